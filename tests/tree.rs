//! `dmscope tree` from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::fixture::Script;
use dmscope::tree::TreeDocument;
use program::{Folder, dmscope};

/// Two sessions of a device, one of another: reading, writing, an Atomic that is rolled back, secrets.
const RUN: &str = "
session device=IMEI:004400112233445 session=1
device
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=\"Acme Corp\"
server
    Status SyncHdr 200
    Status * 200
    Get ./ ./Vendor ./Vendor/Ring?prop=ACL
    Replace ./DMAcc/dm/Name=hidden-account format=chr
device
    Status SyncHdr 200
    Status Get 200
    Status Replace 200
    Results ./=DevInfo/Vendor/DMAcc format=node ./Vendor=Ring/Old format=node ./Vendor/Ring?prop=ACL=Get=*
server
    Status SyncHdr 200
    Atomic
        Delete ./Vendor/Old
        Add ./Vendor/New=1 format=int
device
    Status SyncHdr 200
    Status Atomic 507
    Status Delete 216
    Status Add 500
server
    Status SyncHdr 200
session device=IMEI:004400112233446 session=1
device at=+10
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:004400112233446
server
    Status SyncHdr 200
    Status * 200
session device=IMEI:004400112233445 session=2
device at=+10
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=\"Acme Inc\"
server
    Status SyncHdr 200
    Status * 200
    Delete ./Vendor/Old
    Add ./Vendor/New/Tone=bell format=chr type=text/plain
device
    Status SyncHdr 200
    Status Delete 200
    Status Add 200
server
    Status SyncHdr 200
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.put("run.pcap", &Script::parse(RUN).unwrap().capture());
    folder
}

#[test]
fn the_tree_is_printed_with_marks_and_their_meaning() {
    let folder = folder();
    insta::assert_snapshot!("end", folder.dmscope(["tree", "run.pcap"]).succeeds());
    insta::assert_snapshot!(
        "at",
        folder.dmscope(["tree", "run.pcap", "--at", "1:3", "--device", "IMEI:004400112233445"]).succeeds()
    );
    insta::assert_snapshot!(
        "node",
        folder.dmscope(["tree", "run.pcap", "--node", "./Vendor", "--device", "IMEI:004400112233445"]).succeeds()
    );
    insta::assert_snapshot!(
        "diff",
        folder.dmscope(["tree", "run.pcap", "--diff", "1", "end", "--device", "IMEI:004400112233445"]).succeeds()
    );
    insta::assert_snapshot!("help", dmscope(["tree", "--help"]).succeeds());
}

#[test]
fn the_document_is_what_the_types_say() {
    let folder = folder();
    let text = folder.dmscope(["tree", "run.pcap", "--format", "json"]).succeeds();
    let document: TreeDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(document.devices.iter().map(|one| one.sessions.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(document.devices[0].nodes.iter().any(|row| row.uri == "./Vendor/New/Tone"));
    let text = folder.dmscope(["tree", "run.pcap", "--format", "json", "--diff", "start", "1:3"]).succeeds();
    let document: TreeDocument = serde_json::from_str(&text).unwrap();
    assert!(document.devices[0].diff.as_ref().unwrap().nodes.iter().any(|one| one.uri == "./Vendor/Ring"));
    assert_eq!(document.devices[1].diff.as_ref().unwrap().nodes, []);
}

#[test]
fn every_value_of_a_node_is_listed_in_each_format() {
    let folder = folder();
    let text = folder.dmscope(["tree", "run.pcap", "--values", "./DevInfo/Man"]).succeeds();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "IMEI:004400112233445  2 sessions (1, 3), values of ./DevInfo/Man");
    assert_eq!(lines[1], "  ./DevInfo/Man");
    assert!(lines[2].contains("\"Acme Corp\"") && lines[2].contains("of session 1"), "{text}");
    assert!(lines[3].contains("\"Acme Inc\"") && lines[3].contains("of session 3"), "{text}");
    assert!(text.contains("no value of ./DevInfo/Man, or of a node below it, is known"), "{text}");
    let text = folder.dmscope(["tree", "run.pcap", "--values", "./DevInfo", "--format", "json"]).succeeds();
    let document: TreeDocument = serde_json::from_str(&text).unwrap();
    let values = document.devices[0].values.as_ref().unwrap();
    assert_eq!(
        values.iter().map(|node| (&*node.uri, node.readings.len())).collect::<Vec<_>>(),
        [("./DevInfo/DevId", 2), ("./DevInfo/Man", 2)]
    );
    let text = folder.dmscope(["tree", "run.pcap", "--values", "./Vendor", "--format", "csv"]).succeeds();
    let mut rows = text.lines();
    assert_eq!(rows.next(), Some("device,uri,time,session,message,value,octets,certainty,teller,command"));
    let row = rows.next().unwrap();
    assert!(row.starts_with("IMEI:004400112233445,./Vendor/New/Tone,"), "{text}");
    assert!(row.ends_with("Z,3,3,bell,4,certain,command,Add"), "{text}");
    let text = folder.dmscope(["tree", "run.pcap", "--values", ".", "--redact"]).succeeds();
    assert!(!text.contains("hidden-account") && !text.contains("00440011223344"), "{text}");
}

#[test]
fn what_must_not_be_seen_is_not() {
    let folder = folder();
    for arguments in [&["tree", "run.pcap", "--redact"][..], &["tree", "run.pcap", "--redact", "--format", "json"]] {
        let text = folder.dmscope(arguments).succeeds();
        assert!(!text.contains("hidden-account") && !text.contains("00440011223344"), "{text}");
        assert!(text.contains("Acme Inc"), "{text}");
    }
    let text = folder.dmscope(["tree", "run.pcap", "--redact", "--device", "IMEI:004400112233446"]).succeeds();
    assert!(!text.contains("Acme"), "{text}");
    assert!(folder.dmscope(["tree", "run.pcap"]).succeeds().contains("hidden-account"));
}

#[test]
fn what_is_not_there_is_said() {
    let folder = folder();
    folder.put("empty.pcap", b"");
    let table: [(&[&str], i32, &str); 11] = [
        (&["run.pcap", "--at", "4:1"], 2, "there is no session 4: sessions are numbered from 1 to 3"),
        (&["run.pcap", "--at", "2:9"], 2, "session 2 has no message 9: it has 2"),
        (&["run.pcap", "--at", "x"], 2, "a place looks like 2:5"),
        (&["run.pcap", "--diff", "1"], 2, "--diff"),
        (&["run.pcap", "--node", "../x"], 2, "goes up the tree"),
        (&["run.pcap", "--values", "../x"], 2, "goes up the tree"),
        (&["run.pcap", "--values", "./x", "--diff", "1", "2"], 2, "cannot be used with"),
        (&["run.pcap", "--format", "csv"], 2, "say of what with --values URI"),
        (&["run.pcap", "--device", "other"], 2, "there is no \"other\"; the capture has IMEI:004400112233445, IMEI:"),
        (&["empty.pcap"], 3, "empty"),
        (&["run.pcap", "empty.pcap"], 3, "empty"),
    ];
    for (arguments, code, message) in table {
        let run = folder.dmscope([&["tree"], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
    let nothing = folder.dmscope(["tree", "run.pcap", "--node", "./Nowhere"]).succeeds();
    assert!(nothing.contains("nothing is known of ./Nowhere"), "{nothing}");
}
