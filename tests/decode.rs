//! `decode` and `encode`: payloads to readable form and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;

use program::{Folder, dmscope};

const MESSAGE: &[u8] = br#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
<SessionID>1A</SessionID><MsgID>1</MsgID><Target><LocURI>https://dm.example.com/dm</LocURI></Target>
<Source><LocURI>IMEI:004999010640000</LocURI></Source><Meta><MaxMsgSize xmlns="syncml:metinf">6000</MaxMsgSize></Meta>
</SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>"#;

#[test]
fn xml_becomes_wbxml_and_comes_back_from_every_form() {
    let folder = Folder::new();
    folder.put("m.xml", MESSAGE);
    let hex = folder.dmscope(["encode", "--format", "hex", "m.xml"]).succeeds();
    assert!(hex.starts_with("03"), "{hex}");
    let base64 = folder.dmscope(["encode", "--format", "base64", "m.xml"]).succeeds();
    folder.put("m.hex", hex.as_bytes());
    folder.put("m.b64", base64.as_bytes());
    let octets: Vec<u8> =
        (0..hex.trim().len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    folder.put("m.wbxml", &octets);
    let xml = folder.dmscope(["decode", "m.wbxml"]).succeeds();
    insta::assert_snapshot!("decode-xml", xml);
    for name in ["m.hex", "m.b64"] {
        assert_eq!(folder.dmscope(["decode", name]).succeeds(), xml, "{name}");
    }
    folder.put("again.xml", xml.as_bytes());
    assert_eq!(folder.dmscope(["encode", "--format", "hex", "again.xml"]).succeeds(), hex);
    insta::assert_snapshot!("decode-hex", folder.dmscope(["decode", "--format", "hex", "m.hex"]).succeeds());
    let json = folder.dmscope(["decode", "--format", "json", "m.hex"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["type"], "wbxml");
    assert_eq!(json["fault"], serde_json::Value::Null);
    assert_eq!(json["nodes"][0]["element"], "SyncML");
    assert_eq!(json["nodes"][0]["children"][0]["children"][0]["children"][0]["text"], "1.2");
}

#[test]
fn a_session_written_by_hand_becomes_a_capture() {
    let script = "# a session\n\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let folder = Folder::new();
    folder.put("s.dms", script.as_bytes());
    for (name, start) in [("s.pcap", [0xd4, 0xc3, 0xb2, 0xa1]), ("s.pcapng", [0x0a, 0x0d, 0x0d, 0x0a])] {
        assert_eq!(folder.dmscope(["encode", "s.dms", "--out", name]).succeeds(), "");
        assert_eq!(folder.octets(name)[..4], start, "{name}");
        let report = folder.dmscope(["analyze", "--format", "json", name]);
        assert!(report.stdout.contains("\"messages\":2"), "{}", report.stdout);
    }
    let wrong = script.replace("Alert 1201", "Get mystery");
    let told = folder.dmscope_with(wrong.as_bytes(), ["encode", "-", "--out", "x.pcap"]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("-:4: a line of `Add, Alert, "), "{}", told.stderr);
    let told = folder.dmscope(["encode", "s.dms", "--format", "hex"]);
    assert!(told.code == 2 && told.stderr.contains("name a file with --out"), "{}", told.stderr);
    // By its name, a session it is whatever its first word.
    folder.put("typo.dms", b"devise\n    Alert 1201\n");
    let told = folder.dmscope(["encode", "typo.dms", "--out", "x.pcap"]);
    assert!(told.code == 2 && told.stderr.contains("typo.dms:1: expected session"), "{}", told.stderr);
    // What is XML stays a document, and goes into a file as well.
    folder.put("m.xml", b"<SyncML><SyncHdr/><SyncBody/></SyncML>");
    folder.dmscope(["encode", "m.xml", "--out", "m.wbxml"]).succeeds();
    assert_eq!(folder.octets("m.wbxml").first(), Some(&3));
    assert_eq!(folder.dmscope(["encode", "m.xml", "--out", "no/m.wbxml"]).code, 2);
    // Tokens of messages are none of provisioning documents.
    folder.put("cp.xml", b"<wap-provisioningdoc version='1.1'><characteristic type='NAPDEF'/></wap-provisioningdoc>");
    let told = folder.dmscope(["encode", "cp.xml", "--out", "cp.wbxml"]);
    assert!(told.code == 3 && told.stderr.contains("bootstrap cp"), "{}", told.stderr);
    assert!(!std::path::Path::new(&folder.path("cp.wbxml")).exists());
}

#[test]
fn options_of_the_encoder_change_what_they_name() {
    let folder = Folder::new();
    folder.put("m.xml", MESSAGE);
    let encode = |options: &[&str]| {
        let run = folder.dmscope([&["encode", "--format", "hex"], options, &["m.xml"]].concat());
        run.succeeds()
    };
    let plain = encode(&[]);
    assert!(encode(&["--wbxml-version", "1.1"]).starts_with("01"));
    assert_ne!(encode(&["--data", "opaque"]), plain);
    assert_eq!(encode(&["--data", "inline"]), plain);
}

#[test]
fn a_cut_payload_is_decoded_as_far_as_it_goes() {
    let folder = Folder::new();
    folder.put("m.xml", MESSAGE);
    let hex = folder.dmscope(["encode", "--format", "hex", "m.xml"]).succeeds();
    folder.put("cut.hex", &hex.as_bytes()[..hex.len() / 4 * 2]);
    let run = folder.dmscope(["decode", "cut.hex"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("<VerDTD>1.2</VerDTD>"), "{}", run.stdout);
    assert!(run.stderr.contains("the rest could not be decoded: offset"), "{}", run.stderr);
    folder.put("cut.xml", &MESSAGE[..200]);
    assert_eq!(folder.dmscope(["decode", "cut.xml"]).code, 3);
    let encoded = folder.dmscope(["encode", "cut.xml"]);
    assert_eq!((encoded.code, &*encoded.stdout), (3, ""));
    assert!(encoded.stderr.contains("the XML is broken, so nothing was encoded: offset"), "{}", encoded.stderr);
}

#[test]
fn what_is_no_payload_is_answered_with_what_was_found() {
    let folder = Folder::new();
    folder.put("empty", b"");
    folder.put("text", b"hello, world");
    folder.put("m.wbxml", &[3, 1, 0x6a, 0]);
    let table = [
        (["decode", "empty"], 3, "empty: it is empty"),
        (["decode", "text"], 3, "it begins with \"hello, world\""),
        (["decode", "m.wbxlm"], 3, "there is no such file; did you mean m.wbxml?"),
        (["encode", "m.wbxml"], 3, "this is WBXML already"),
        (["decode", "--format"], 2, "--format"),
    ];
    for (arguments, code, message) in table {
        let run = folder.dmscope(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    insta::assert_snapshot!("help-decode", dmscope(["decode", "--help"]).succeeds());
    insta::assert_snapshot!("help-encode", dmscope(["encode", "--help"]).succeeds());
}

#[test]
fn a_notification_is_told_apart_and_read_field_by_field() {
    const PUSH: &str =
        "010603c4af87686860a800770b26a5d7fa957e8c509a02d0000000123412636f6d2e6d676d747372762e6d616e616765";
    let folder = Folder::new();
    folder.put("push.hex", PUSH.as_bytes());
    let text = folder.dmscope(["decode", "push.hex"]).succeeds();
    for line in ["application-id     7", "version            1.1", "sessionid          0x1234, SessionID 1234"] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    // The notification alone has nothing that tells what it is.
    folder.put("bare.hex", &PUSH.as_bytes()[12..]);
    assert_ne!(folder.dmscope(["decode", "bare.hex"]).code, 0);
    let json = folder.dmscope(["decode", "--type", "notification,hex", "--format", "json", "bare.hex"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["type"], "notification");
    assert_eq!(json["fields"][7]["value"], "com.mgmtsrv.manage");
    assert_eq!(json["fields"][7]["span"], serde_json::json!([24, 42]));
    let hex = folder.dmscope(["decode", "--format", "hex", "push.hex"]).succeeds();
    assert!(hex.lines().any(|line| line.starts_with("0000001b  sessionid          1234  ")), "{hex}");
    folder.put("short.hex", &PUSH.as_bytes()[..58]);
    let run = folder.dmscope(["decode", "short.hex"]);
    assert!(run.stderr.contains("24 octets before the server identifier; here are 23"), "{}", run.stderr);
}

#[test]
fn a_bootstrap_message_is_shown_with_its_push_and_the_account_that_it_becomes() {
    let folder = Folder::new();
    let corpus = |name: &str| format!("{}/tests/corpus/provisioning/{name}", env!("CARGO_MANIFEST_DIR"));
    let run = folder.dmscope(["decode", &corpus("account")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("provisioning", run.stdout);
    let run = folder.dmscope(["decode", "--pin", "1234", &corpus("push")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("provisioning-push", run.stdout);
    let run = folder.dmscope(["decode", "--format", "hex", &corpus("pages")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("provisioning-hex", run.stdout);
    let run = folder.dmscope(["decode", "--format", "json", &corpus("account")]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["type"], "provisioning");
    assert!(json["account"].as_array().is_some_and(|rows| !rows.is_empty()));
    let run = folder.dmscope(["decode", &corpus("dm-push")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("<SyncML"), "{}", run.stdout);
    assert!(run.stderr.contains("push: MAC is:"), "{}", run.stderr);
}

#[test]
fn the_documents_of_a_smart_card_are_shown_and_what_was_skipped_is_said() {
    let folder = Folder::new();
    let corpus =
        |name: &str| std::fs::read(format!("{}/tests/corpus/provisioning/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let short = corpus("short");
    let length = u16::try_from(short.len()).unwrap().to_be_bytes();
    let image = [&[0x30][..], &length, &short, &[0xff; 20], &corpus("account"), &[0xff; 50]].concat();
    folder.put("ef.bin", &image);
    let run = folder.dmscope(["decode", "ef.bin"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("document 1: provisioning document") && run.stdout.contains("document 2: provisioning")
    );
    assert_eq!(run.stdout.matches("<wap-provisioningdoc").count(), 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("3 octets at 0 were skipped: they end with the length of the document"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("50 octets at"), "{}", run.stderr);
    let hex: String = image.iter().map(|octet| format!("{octet:02X}")).collect();
    folder.put("ef.hex", hex.as_bytes());
    let json = folder.dmscope(["decode", "--format", "json", "ef.hex"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["type"], json["documents"].as_array().unwrap().len()), (&serde_json::json!("card"), 2));
    folder.put("empty.bin", &[0xff; 64]);
    let run = folder.dmscope(["decode", "--type", "card", "empty.bin"]);
    assert!(run.code != 0 && run.stderr.contains("no bootstrap document"), "{}", run.stderr);
}
