//! Pushes in short messages: from files of TPDUs, GSMTAP and SMPP to sessions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;

use dmscope::fixture::Script;
use dmscope::sms::{Address, Tpdu, gsmtap};
use program::Folder;
use serde_json::Value;

/// A notification in its push.
const PKG0: &str = "010603c4af87686860a800770b26a5d7fa957e8c509a02d0000000123412636f6d2e6d676d747372762e6d616e616765";
/// The headers of a single short message, and of part 1 of 3, without their last octet (3GPP TS 23.040, 9.2.3.24).
const ALONE: &str = "0605040b8423f0";
const PART: &str = "0b05040b8423f000032a03";

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// An SMS-DELIVER with a header and octets behind it.
fn deliver(header: &str, content: &[u8]) -> Vec<u8> {
    Tpdu::deliver(&Address::of("+491710000"), true, &[&octets(header)[..], content].concat())
}

fn corpus(name: &str) -> String {
    format!("{}/tests/corpus/provisioning/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_notification_in_one_short_message_is_decoded() {
    let folder = Folder::new();
    let tpdu = deliver(ALONE, &octets(PKG0));
    folder.put("raw.bin", &tpdu);
    folder.put("pdu.txt", format!("+CMGR: 0,,{}\r\n0791947101670000{}\r\nOK\r\n", tpdu.len(), hex(&tpdu)).as_bytes());
    folder.put("push.hex", PKG0.as_bytes());
    let push = folder.dmscope(["decode", "push.hex"]).succeeds();
    for (name, centre) in [("raw.bin", false), ("pdu.txt", true)] {
        let text = folder.dmscope(["decode", name]).succeeds();
        assert!(text.ends_with(&push), "{text}");
        assert_eq!(text.contains("service centre     +49171076000"), centre, "{text}");
        for line in
            ["TPDU               SMS-DELIVER", "originator         +491710000", "port               2948 from 9200"]
        {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
    let json = folder.dmscope(["decode", "--format", "json", "raw.bin"]).succeeds();
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["type"], &lines[1]["type"]), (&"short-messages".into(), &"notification".into()));
    assert!(
        folder.dmscope(["decode", "--format", "hex", "raw.bin"]).succeeds().contains("header element     05 0b8423f0")
    );
}

#[test]
fn a_document_in_parts_in_any_order_is_the_same_document() {
    let folder = Folder::new();
    let push = std::fs::read(corpus("push")).unwrap();
    let parts: Vec<String> =
        (1..).zip(push.chunks(128)).map(|(at, chunk)| hex(&deliver(&format!("{PART}{at:02x}"), chunk))).collect();
    assert_eq!(parts.len(), 3);
    folder.put("parts.txt", [&*parts[2], &*parts[0], &*parts[2], &*parts[1]].join("\n").as_bytes());
    let text = folder.dmscope(["decode", "--pin", "1234", "parts.txt"]).succeeds();
    let alone = folder.dmscope(["decode", "--pin", "1234", &corpus("push")]).succeeds();
    assert!(text.ends_with(&alone) && text.contains("part               3 of 3, reference 42"), "{text}");
    // Without one of them, it is named.
    folder.put("less.txt", [&*parts[2], &*parts[0]].join("\n").as_bytes());
    let run = folder.dmscope(["decode", "less.txt"]);
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("came in 3 short messages, of which number 2 is not in the capture"), "{}", run.stderr);
}

#[test]
fn a_line_that_is_no_message_leaves_the_others() {
    let folder = Folder::new();
    let good = hex(&deliver(ALONE, &octets(PKG0)));
    folder.put("good.txt", good.as_bytes());
    let alone = folder.dmscope(["decode", "good.txt"]).succeeds();
    folder.put("bad.txt", format!("{}\n{good}\nnot a message\n", &good[..20]).as_bytes());
    for arguments in [&["decode", "bad.txt"][..], &["decode", "--type", "sms", "bad.txt"]] {
        let run = folder.dmscope(arguments);
        assert_eq!((run.code, &run.stdout), (3, &alone), "{arguments:?}: {}", run.stderr);
        for said in ["line 1 is passed over: its octets are no TPDU", "line 3 is passed over: it is not made of pairs"]
        {
            assert!(run.stderr.contains(said), "{}", run.stderr);
        }
    }
    folder.put("many.txt", format!("{good}\n").repeat(1_002).as_bytes());
    let run = folder.dmscope(["decode", "many.txt"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("2 short messages past the 1000 that are read at a time; split it"), "{}", run.stderr);
}

#[test]
fn what_is_no_push_is_said() {
    let folder = Folder::new();
    folder.put("other.bin", &deliver(ALONE, b"\x01\x06\x01\xaeabc"));
    let run = folder.dmscope(["decode", "other.bin"]);
    assert!(run.code != 0 && run.stderr.contains("no push of device management"), "{}", run.stderr);
    // Cut off: only who says that it is one gets it shown.
    let tpdu = deliver(ALONE, &octets(PKG0));
    folder.put("cut.bin", &tpdu[..60]);
    assert_ne!(folder.dmscope(["decode", "cut.bin"]).code, 0);
    let run = folder.dmscope(["decode", "--type", "sms", "cut.bin"]);
    assert!(run.stdout.contains("SMS-DELIVER") && run.stderr.contains("more than are there"), "{}", run.stderr);
}

/// A push of each kind before a session, and the session.
fn script(bearer: &str) -> Script {
    let text = format!(
        "session session=1A\n\
         bootstrap cp {bearer}\n    NAPDEF NAPID=NAP1 NAME=\"Test APN\" BEARER=GSM-GPRS NAP-ADDRESS=apn.example.com NAP-ADDRTYPE=APN\n    \
         APPLICATION APPID=w7 PROVIDER-ID=dm.example.com NAME=Example TO-NAPID=NAP1\n        \
         APPADDR ADDR=https://dm.example.com/dm ADDRTYPE=URI\n            PORT PORTNBR=443\n        \
         APPAUTH AAUTHLEVEL=APPSRV AAUTHTYPE=DIGEST AAUTHNAME=dev001 AAUTHSECRET=devsecret\n        \
         APPAUTH AAUTHLEVEL=CLIENT AAUTHTYPE=DIGEST AAUTHNAME=dm.example.com AAUTHSECRET=srvsecret\n\
         notification id=1A {bearer} at=+5\n\
         device at=+5\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
         ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
         server\n    Status SyncHdr 200\n    Status * 200\n"
    );
    Script::parse(&text).unwrap()
}

fn analysed(folder: &Folder, name: &str) -> Value {
    let run = folder.dmscope(["analyze", "--format", "json", name]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

#[test]
fn a_notification_that_comes_by_two_ways_asks_for_one_session() {
    let folder = Folder::new();
    let session = "device at=+5\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
                   ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let (udp, sms) = ("notification id=1A at=+1\n", "notification id=1A bearer=smpp to=+4917112345678 at=+1\n");
    let analysed = |name: &str, text: String| {
        folder.put(name, &Script::parse(&text).unwrap().capture());
        analysed(&folder, name)
    };
    for (name, first, second) in [("a.pcap", udp, sms), ("b.pcap", sms, udp)] {
        let report = analysed(name, format!("session session=1A\n{first}{second}{session}"));
        assert_eq!(report["inputs"][0]["problems"], Value::Array(Vec::new()), "{name}");
        let notification = &report["sessions"][0]["notification"];
        assert_eq!(notification["destination"], "192.0.2.10:2948", "{notification}");
        assert_eq!(notification["also"][0]["carrier"], "sms");
        assert_eq!(notification["also"][0]["destination"], "+4917112345678");
    }
    let text = folder.dmscope(["analyze", "a.pcap"]);
    assert!(text.stdout.contains("also by sms to +4917112345678, frame "), "{}", text.stdout);
    let hidden = folder.dmscope(["analyze", "--redact", "a.pcap"]);
    assert!(!hidden.stdout.contains("4917112345678"), "{}", hidden.stdout);
    // Too late by the second way: named, and tied to nothing.
    let report = analysed("late.pcap", format!("session session=1A\n{udp}{session}{sms}"));
    assert_eq!(report["sessions"][0]["notification"]["also"], Value::Null);
    let problem = &report["inputs"][0]["problems"][0];
    assert_eq!(problem["kind"], "notification-alone");
    assert!(problem["text"].as_str().unwrap().contains("the same as one that came by another way"), "{problem}");
}

#[test]
fn a_notification_that_no_session_follows_is_named() {
    let folder = Folder::new();
    let session = "session session=2B\ndevice at=+5\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 \
                   ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    \
                   Status SyncHdr 200\n    Status * 200\n";
    let script = format!("{session}notification id=1A at=+1\n");
    folder.put("alone.pcap", &Script::parse(&script).unwrap().capture());
    let report = analysed(&folder, "alone.pcap");
    let problem = &report["inputs"][0]["problems"][0];
    assert_eq!(problem["kind"], "notification-alone");
    let text = problem["text"].as_str().unwrap();
    assert!(text.contains("for SessionID 1A to 192.0.2.10:2948 is followed by no session"), "{text}");
    // It says nothing against the session that is there.
    assert_eq!(report["summary"]["verdict"], "pass");
}

#[test]
fn pushes_over_gsmtap_and_smpp_are_tied_to_the_session() {
    let folder = Folder::new();
    for (bearer, from, to) in
        [("sms order=3,1,2,4,5", "+491710000", "unknown"), ("smpp from=4911", "4911", "+4917112345678")]
    {
        folder.put("c.pcap", &script(&format!("bearer={bearer}")).capture());
        let report = analysed(&folder, "c.pcap");
        assert_eq!(report["inputs"][0]["problems"], Value::Array(Vec::new()), "{bearer}");
        let session = &report["sessions"][0];
        let notified = &session["notification"];
        assert_eq!((&notified["carrier"], &notified["parts"]), (&"sms".into(), &1.into()), "{bearer}");
        assert_eq!((&notified["tie"], &notified["destination"]), (&"session-id".into(), &to.into()), "{bearer}");
        let bootstrap = &session["bootstraps"][0];
        assert_eq!((&bootstrap["carrier"], &bootstrap["source"]), (&"sms".into(), &from.into()), "{bearer}");
        assert_eq!((&bootstrap["tie"], &bootstrap["destination"]), (&"server".into(), &to.into()), "{bearer}");
        assert!(bootstrap["parts"].as_u64().unwrap() > 2, "{bearer}");
        assert_eq!(bootstrap["accounts"][0]["server"], "dm.example.com");
        let text = folder.dmscope(["analyze", "c.pcap"]).stdout;
        assert!(text.contains("in 1 short message") && text.contains(&format!("from {from}")), "{text}");
        // What is written out again is read again.
        let run = folder.dmscope(["export", "--to", "out", "c.pcap"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let name = folder.names("out").into_iter().find(|name| name.contains("pcapng")).unwrap();
        let again = analysed(&folder, &format!("out/{name}"));
        assert_eq!(again["sessions"][0]["notification"]["carrier"], "sms", "{bearer}: {}", again["inputs"]);
        assert_eq!(again["sessions"][0]["bootstraps"][0]["summary"], bootstrap["summary"]);
        std::fs::remove_dir_all(folder.path("out")).unwrap();
    }
}

#[test]
fn a_part_that_is_missing_is_a_problem_and_the_rest_goes_on() {
    let folder = Folder::new();
    folder.put("c.pcap", &script("bearer=smpp order=1,3,4,5").capture());
    let report = analysed(&folder, "c.pcap");
    let problems = report["inputs"][0]["problems"].as_array().unwrap();
    assert_eq!(problems[0]["kind"], "bad-short-message");
    assert!(problems[0]["text"].as_str().unwrap().contains("number 2 is not in the capture"), "{problems:?}");
    assert_eq!(report["sessions"].as_array().unwrap().len(), 1);
}

/// A pcap file of frames of GSMTAP.
fn radio(tpdus: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 217, 0, 0, 0];
    for (second, frame) in (0_u32..).zip(tpdus.iter().flat_map(|tpdu| gsmtap::downlink(tpdu, 7))) {
        let length = u32::try_from(frame.len()).unwrap();
        for number in [second, 0, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

#[test]
fn a_radio_interface_may_be_the_link_layer_and_headers_may_lie() {
    let folder = Folder::new();
    let push = std::fs::read(corpus("push")).unwrap();
    let parts: Vec<Vec<u8>> =
        (1..).zip(push.chunks(128)).map(|(at, chunk)| deliver(&format!("{PART}{at:02x}"), chunk)).collect();
    folder.put("link.pcap", &radio(&parts));
    let problems = analysed(&folder, "link.pcap")["inputs"][0]["problems"].clone();
    let texts: Vec<&str> = problems.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert!(texts.len() == 1 && texts[0].contains("is followed by no session of that device"), "{texts:?}");
    // A header that says more than there is; a push that is protected by its transport; then one that is whole.
    let lies = deliver("ff05040b8423f0", b"abc");
    let secure = deliver("0605040b8523f0", b"\x16secret");
    folder.put("lies.pcap", &radio(&[&[lies, secure][..], &parts].concat()));
    let problems = analysed(&folder, "lies.pcap")["inputs"][0]["problems"].clone();
    let texts: Vec<&str> = problems.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[0].contains("the user data header is said to have 255 octets, and 9 are there"), "{texts:?}");
    assert!(texts[1].contains("port 2949 is a push that is protected (WTLS), and is not read"), "{texts:?}");
    assert!(texts[2].contains("is followed by no session of that device"), "{texts:?}");
}
