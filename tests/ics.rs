//! Statements of support: inferred from traffic, held against it, and their table of items.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::fixture::Script;
use dmscope::testcase::CaseVersion;
use dmscope::testcase::ics::{self, ITEMS, IcsFile, ItemId, ItemKind, ItemValue, Status};
use dmscope::verdict::Report;
use program::Folder;
use std::collections::BTreeMap;
use std::path::Path;

/// A session with these commands of package 2 and answers of package 3.
fn session(device: &str, server: &str, answers: &str) -> String {
    format!(
        "session server=http://dm.example.com/dm\ndevice {device}\n    Alert 1201\n    Replace ./DevInfo/Man=Acme ./DevInfo/Mod=X1\n\
         server\n    Status SyncHdr 200\n    Status * 200\n{server}device\n    Status SyncHdr 200\n{answers}server\n    \
         Status SyncHdr 200\n"
    )
}

/// The statement that is inferred from captures of scripts, and its text.
fn inferred(scripts: &[String], arguments: &[&str]) -> (IcsFile, String) {
    let folder = Folder::new();
    for (at, script) in scripts.iter().enumerate() {
        folder.put(&format!("in/{at}.pcap"), &Script::parse(script).unwrap().capture());
    }
    let text = folder.dmscope([&["ics", "infer", "in"], arguments].concat()).succeeds();
    (ics::load("inferred.yaml", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:?}\n{text}")), text)
}

/// What is known of items, the others left out.
fn known(ics: &IcsFile) -> BTreeMap<&'static str, ItemValue> {
    ics.items.iter().filter(|(_, value)| **value != ItemValue::Unknown).map(|(id, value)| (id.name(), *value)).collect()
}

fn value(ics: &IcsFile, item: &str) -> ItemValue {
    ics.items[&ItemId::new(item).unwrap()]
}

/// An item, and what is known of it.
type Expected = (&'static str, ItemValue);

const YES: ItemValue = ItemValue::Flag(true);
const NO: ItemValue = ItemValue::Flag(false);
const OPEN: ItemValue = ItemValue::Unknown;

#[test]
fn a_use_is_true_a_refusal_false_and_silence_unknown() {
    let tnds = "application/vnd.syncml.dmtnds+xml";
    let table: [(&str, &str, &[Expected]); 14] = [
        ("    Copy ./A -> ./B\n", "    Status Copy 200\n", &[("C-COPY", YES), ("C-EXEC", OPEN)]),
        ("    Copy ./A -> ./B\n", "    Status Copy 406\n", &[("C-COPY", NO)]),
        ("    Copy ./A -> ./B\n", "    Status Copy 404\n", &[("C-COPY", OPEN)]),
        ("    Exec ./A\n    Exec ./B\n", "    Status Exec 406\n    Status Exec 202\n", &[("C-EXEC", YES)]),
        (
            "    Atomic\n        Replace ./A=1\n",
            "    Status Atomic 507\n    Status Replace 216\n",
            &[("C-ATOMIC", YES), ("C-REPLACE", OPEN)],
        ),
        ("    Atomic\n        Replace ./A=1\n", "    Status Atomic 406\n", &[("C-ATOMIC", NO), ("C-REPLACE", OPEN)]),
        ("    Get ./A?prop=Title\n", "    Status Get 406\n", &[("C-PROP-TITLE", NO), ("C-GET", OPEN)]),
        (
            "    Get ./A?prop=Title\n",
            "    Status Get 200\n    Results ./A?prop=Title=x\n",
            &[("C-PROP-TITLE", YES), ("C-GET", YES)],
        ),
        (
            "    Get ./A?list=StructData\n",
            "    Status Get 200\n",
            &[("C-LIST-STRUCTDATA", YES), ("C-LIST-STRUCT", OPEN)],
        ),
        // Which of two was refused, nobody knows; then somebody says so.
        (
            "    Get ./A?list=Struct ./B?prop=Size\n",
            "    Status Get 406\n",
            &[("C-LIST-STRUCT", OPEN), ("C-PROP-SIZE", OPEN), ("C-GET", OPEN)],
        ),
        (
            "    Get ./A?list=Struct ./B?prop=Size\n",
            "    Status Get 406 targetref=./B?prop=Size\n",
            &[("C-LIST-STRUCT", OPEN), ("C-PROP-SIZE", NO)],
        ),
        (
            "    Alert 1103 \"MINDT=10\" \"Which?\" \"This\"\n",
            "    Status Alert 406\n",
            &[("C-UI-CHOICE", NO), ("C-UI-INPUT", OPEN)],
        ),
        ("    Alert 1101 \"MINDT=10\" \"Do it?\"\n", "    Status Alert 304\n", &[("C-UI-CONFIRM", YES)]),
        (
            "    Get ./DevDetail/LrgObj\n",
            "    Status Get 200\n    Results ./DevDetail/LrgObj=false\n",
            &[("C-LRGOBJ", NO)],
        ),
    ];
    for (server, answers, expected) in table {
        let (ics, text) = inferred(&[session("", server, answers)], &[]);
        for (item, expected) in expected {
            assert_eq!(value(&ics, item), *expected, "{item} of\n{server}{answers}\n{text}");
        }
    }
    let add = format!("    Add type={tnds} format=xml ./Inbox/A=<x/>\n");
    for (code, tnds, inbox) in [("200", YES, YES), ("415", NO, OPEN), ("406", OPEN, OPEN)] {
        let (ics, text) = inferred(&[session("", &add, &format!("    Status Add {code}\n"))], &[]);
        assert_eq!((value(&ics, "C-TNDS"), value(&ics, "C-INBOX")), (tnds, inbox), "{code}\n{text}");
    }
}

#[test]
fn parts_of_a_firmware_object_are_nodes_below_it() {
    let typed = "    Status Get 200\n    Results ./X/F format=node type=urn:oma:mo:oma-fumo:1.0 ./X/F/Update/PkgData=1 ./X/F/State=10\n";
    let (ics, text) = inferred(&[session("", "    Get ./X/F?list=StructData\n", typed)], &[]);
    let seen = ["C-FUMO", "C-FUMO-UPD", "C-FUMO-DL"].map(|item| value(&ics, item));
    assert_eq!(seen, [YES, YES, OPEN], "{text}");
    let (ics, _) = inferred(&[session("", "    Get ./X/F\n", &typed.replace("fumo", "scomo"))], &[]);
    assert_eq!((value(&ics, "C-SCOMO"), value(&ics, "C-FUMO-UPD")), (YES, OPEN));
}

#[test]
fn the_conforming_sessions_show_what_they_were_written_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let scripts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let (client, _) = inferred(&scripts, &[]);
    let (server, _) = inferred(&scripts, &["--side", "server"]);
    let names =
        |ics: &IcsFile| known(ics).into_iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>();
    insta::assert_snapshot!("fixtures", [names(&client), names(&server)].concat().join("\n"));
}

#[test]
fn both_sides_show_what_they_send() {
    let script = "\
device cred=md5:user:secret:bm9uY2U= maxmsg=16384 maxobj=65536 encoding=wbxml
    Alert 1200
    Alert 1226 item type=org.openmobilealliance.dm.firmwareupdate.download data=200 format=chr
    Replace ./DevInfo/Man=Acme ./DevInfo/Mod=\"X\\\"1: #\"
server cred=basic:srv:secret encoding=wbxml
    Status SyncHdr 212
    Status * 200
    Exec ./A
device encoding=wbxml
    Status SyncHdr 200
    Status Exec 200
    Alert 1223
";
    let (client, text) = inferred(&[script.to_owned()], &[]);
    let names = ["C-ABORT", "C-AUTH-MD5", "C-EXEC", "C-FUMO", "C-GALERT", "C-HTTP", "C-TLS", "C-WBXML"];
    let mut expected: BTreeMap<&str, ItemValue> = names.into_iter().map(|name| (name, YES)).collect();
    expected.insert("C-MAXMSG", ItemValue::Number(16_384));
    expected.insert("C-MAXOBJ", ItemValue::Number(65_536));
    // Whether a capture in the clear counts as TLS is the fixture's matter.
    expected.retain(|name, _| *name != "C-TLS" || known(&client).contains_key("C-TLS"));
    assert_eq!(known(&client), expected, "{text}");
    assert!(text.contains("  C-EXEC: true  # session 1, message 3, frame 8: Exec answered with 200\n"), "{text}");
    assert_eq!(client.product.unwrap().name, "Acme X\"1: #");
    let (server, text) = inferred(&[script.to_owned()], &["--side", "server"]);
    let names = ["S-ALERT", "S-AUTH-MD5", "S-CRED", "S-EXEC", "S-GALERT", "S-WBXML"];
    let mut known = known(&server);
    known.retain(|name, _| *name != "S-TLS");
    assert_eq!(known.into_keys().collect::<Vec<_>>(), names, "{text}");
}

#[test]
fn the_first_place_is_kept_whatever_the_threads_and_the_filter_picks_devices() {
    let quiet = session("", "", "");
    let copies = |code: &str| session("", "    Copy ./A -> ./B\n", &format!("    Status Copy {code}\n"));
    let scripts = [quiet, copies("406"), copies("200"), copies("200")];
    let folder = Folder::new();
    for (at, script) in scripts.iter().enumerate() {
        folder.put(&format!("in/{at}.pcap"), &Script::parse(script).unwrap().capture());
    }
    let one = folder.dmscope(["ics", "infer", "in"]).succeeds();
    assert!(
        one.contains("  C-COPY: true  # input 3, session 3, message 3, frame 8: Copy answered with 200\n"),
        "{one}"
    );
    let other = session("source=IMEI:2", "    Exec ./A\n", "    Status Exec 200\n")
        .replace("session ", "session device=IMEI:2 ");
    folder.put("in/9.pcap", &Script::parse(&other).unwrap().capture());
    let picked = folder.dmscope(["ics", "infer", "--filter", "device=IMEI:2", "in"]).succeeds();
    assert!(
        picked.contains("C-EXEC: true  # input 5, session 5, message 3") && picked.contains("C-COPY: unknown"),
        "{picked}"
    );
    folder.put("none.pcap", &program::EMPTY_PCAP);
    let none = folder.dmscope(["ics", "infer", "none.pcap"]);
    assert_eq!((none.code, &*none.stdout), (2, ""));
    assert!(none.stderr.contains("no DM session was found"), "{}", none.stderr);
}

fn support() -> Folder {
    let folder = Folder::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let script = std::fs::read_to_string(root.join("support.dms")).unwrap();
    folder.put("support.pcap", &Script::parse(&script).unwrap().capture());
    folder
}

#[test]
fn a_sheet_says_what_the_device_is_and_what_it_can() {
    let folder = support();
    let text = folder.dmscope(["ics", "infer", "--sheet", "support.pcap"]).succeeds();
    let group = |title: &str| text.split(&format!("\n{title}\n")).nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(text.starts_with("client · DM/1.2 · oma-dm-1.2\n"), "{text}");
    let said = group("IMEI:004400112233445 says of itself");
    for line in ["./DevInfo/Man        Example", "./DevDetail/LrgObj   false"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(group("Limits").contains("announces MaxObjSize: 65536  (MaxObjSize 65536: session 1, message 1, frame 4)"));
    assert!(
        group("Supports").contains("C-COPY               Copy received  (Copy answered with 200: session 1, message 3")
    );
    assert!(group("Refuses").contains("C-EXEC               Exec received  (Exec answered with 406"));
    assert!(group("Not shown by this traffic").contains("C-ATOMIC             Atomic received"));
    let server = folder.dmscope(["ics", "infer", "--sheet", "--side", "server", "support.pcap"]).succeeds();
    assert!(server.starts_with("server · ") && !server.contains("says of itself"), "{server}");
    // What the filter leaves out says nothing.
    for (name, device) in [("a", "IMEI:1"), ("b", "IMEI:2")] {
        let script = session(
            "",
            "    Get ./DevDetail/FwV\n",
            &format!("    Status Get 200\n    Results ./DevDetail/FwV={name}\n"),
        );
        let script = script.replace("session server", &format!("session device={device} server"));
        folder.put(&format!("two/{name}.pcap"), &Script::parse(&script).unwrap().capture());
    }
    let one = folder.dmscope(["ics", "infer", "--sheet", "--filter", "device=IMEI:2", "two"]).succeeds();
    assert!(one.contains("IMEI:2 says of itself") && !one.contains("IMEI:1"), "{one}");
}

fn statement(items: &str) -> String {
    format!("format: 1\nkind: ics\nid: x\nside: client\nversions: [DM/1.2]\nitems: {{{items}}}\n")
}

#[test]
fn what_the_traffic_contradicts_is_a_row_of_the_report_and_weighs_as_a_warning() {
    let folder = support();
    let items = "C-COPY: false, C-EXEC: true, C-MAXOBJ: 1048576, C-MAXMSG: 16384, C-PROP-TITLE: unknown, C-GET: false, C-ABORT: true";
    folder.put("x.yaml", statement(items).as_bytes());
    let analyze = |arguments: &[&str]| {
        folder.dmscope([&["analyze", "--select", "HDR-006", "--ics", "x.yaml", "support.pcap"], arguments].concat())
    };
    let json = analyze(&["--format", "json"]);
    assert_eq!(json.code, 0);
    let report: Report = serde_json::from_str(&json.stdout).unwrap();
    let rows: Vec<_> = report
        .ics
        .iter()
        .map(|row| (&*row.item, &*row.declared, row.seen.as_deref(), row.session, row.message))
        .collect();
    let expected = [
        ("C-COPY", "false", Some("true"), Some(1), Some(3)),
        ("C-EXEC", "true", Some("false"), Some(1), Some(3)),
        ("C-GET", "false", None, None, None),
        ("C-GET", "false", Some("true"), Some(1), Some(3)),
        ("C-MAXOBJ", "1048576", Some("65536"), Some(1), Some(1)),
    ];
    assert_eq!(rows, expected);
    assert_eq!(report.summary.ics, 5);
    assert!(report.ics.iter().all(|row| row.frames.is_empty() == row.seen.is_none()));
    assert_eq!(analyze(&["--fail-on", "warning"]).code, 1);
    let text = analyze(&[]).stdout;
    assert!(
        text.contains("5 contradictions of the ICS") && text.contains("W C-COPY  declared false, seen true\n"),
        "{text}"
    );
    let markdown = analyze(&["--format", "markdown"]).stdout;
    assert!(markdown.contains("| C-COPY | `false` | `true` |"), "{markdown}");
    let html = analyze(&["--format", "html"]).stdout;
    assert!(html.contains("<section id=\"ics\">") && html.contains("<a href=\"#m-1-3\">session 1, message 3</a>"));
    // Stored, it says the same again.
    folder.put("report.json", json.stdout.as_bytes());
    let again = folder.dmscope(["report", "report.json", "--format", "json"]).succeeds();
    assert_eq!(again, json.stdout);
    let merged = folder.dmscope(["merge", "report.json", "report.json", "--format", "json"]);
    let merged: Report = serde_json::from_str(&merged.stdout).unwrap();
    assert_eq!((merged.ics.len(), merged.summary.ics), (5, 5));
    assert_eq!(merged.ics[0].input, Some(1));
    // With a folder, the same document.
    assert_eq!(analyze(&["--out", "out", "--fail-on", "warning"]).code, 1);
    let stored: Report = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    assert_eq!(stored.ics, report.ics);
}

#[test]
fn what_was_inferred_contradicts_nothing() {
    let folder = support();
    for side in ["client", "server"] {
        let text = folder.dmscope(["ics", "infer", "--side", side, "support.pcap"]).succeeds();
        folder.put("own.yaml", text.as_bytes());
        let run =
            folder.dmscope(["analyze", "--format", "json", "--fail-on", "never", "--ics", "own.yaml", "support.pcap"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let report: Report = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report.ics, [], "{text}");
    }
}

#[test]
fn a_wrong_statement_is_told_with_line_and_column() {
    let folder = support();
    let table = [
        (statement("C-COPPY: true"), "x.yaml:6:9: there is no ICS item `C-COPPY`"),
        (statement("C-COPY: 5"), "x.yaml:6:17: C-COPY is no limit"),
        (statement("C-MAXOBJ: true, S-COPY: true"), "x.yaml:6:19: C-MAXOBJ is a limit"),
        (statement("S-COPY: true"), "x.yaml:6:17: S-COPY is an item of the other side"),
        (
            statement("").replace("format: 1", "format: 2"),
            "x.yaml:1:9: the format is 2, and this program reads format 1",
        ),
        (statement("").replace("[DM/1.2]", "[]"), "x.yaml:5:11: no version is declared"),
        (
            statement("").replace("items:", "profile: oma-dm-1.4\nitems:"),
            "x.yaml:6:10: there is no profile `oma-dm-1.4`; did you mean",
        ),
        (statement("").replace("side: client", "side: both"), "x.yaml:4:7: `both` is not known here"),
        ("no statement".to_owned(), "x.yaml"),
    ];
    for (text, said) in table {
        folder.put("x.yaml", text.as_bytes());
        let run = folder.dmscope(["analyze", "--ics", "x.yaml", "support.pcap"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{text}");
        assert!(run.stderr.contains(said), "{text}\n{}", run.stderr);
    }
    let missing = folder.dmscope(["analyze", "--ics", "none.yaml", "support.pcap"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("--ics: none.yaml can't be read"), "{}", missing.stderr);
    // All that is wrong with the values at one time.
    folder.put("x.yaml", statement("C-COPY: 5, S-COPY: true").as_bytes());
    let both = folder.dmscope(["analyze", "--ics", "x.yaml", "support.pcap"]);
    assert!(both.stderr.contains("C-COPY is no limit") && both.stderr.contains("S-COPY is an item"), "{}", both.stderr);
}

/// The table of items in the documentation.
fn table() -> String {
    let mut out = String::from("| item | status | meaning | seen by |\n| --- | --- | --- | --- |\n");
    for item in &ITEMS {
        let status = match item.status(CaseVersion::Dm13) {
            Status::Mandatory => "m".to_owned(),
            Status::Optional | Status::Prohibited => "o".to_owned(),
            Status::OneOf(group) => format!("o.{group}"),
            Status::Conditional if item.condition.is_empty() => "c".to_owned(),
            Status::Conditional => format!("c: `{}`", item.condition),
        };
        let only = if item.status(CaseVersion::Dm12) == Status::Prohibited { ", 1.3" } else { "" };
        let limit = if item.kind == ItemKind::Limit { " (a number)" } else { "" };
        out += &format!("| `{}` | {status}{only} | {}{limit} | {} |\n", item.id, item.meaning, item.seen);
    }
    out
}

#[test]
fn the_documentation_has_every_item() {
    const MARKS: (&str, &str) = ("<!-- items -->\n", "<!-- /items -->");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ics.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS.0).unwrap();
    let (_, after) = rest.split_once(MARKS.1).unwrap();
    let right = format!("{before}{}\n{}\n{}{after}", MARKS.0, table(), MARKS.1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, right).unwrap();
    } else {
        assert!(text == right, "UPDATE=1 cargo test --test ics writes the table again");
    }
}
