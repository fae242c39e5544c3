//! `dmscope export`: what it writes says the same as the capture.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dmscope::analysis::{self, Inputs, Options, Sink};
use dmscope::capture::sources::Source;
use dmscope::capture::{Event, Reader};
use dmscope::verdict::{Carried, JudgedSession};
use program::{EMPTY_PCAP, Folder};
use serde_json::Value;
use std::path::Path;

/// A report without what belongs to the file that was read: frames, and what is said of the inputs.
fn said(folder: &Folder, arguments: &[&str]) -> Value {
    let run = folder.dmscope(["analyze", "--format", "json"].iter().chain(arguments));
    let mut report: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {} {arguments:?}", run.stderr));
    for key in ["inputs", "summary"] {
        report.as_object_mut().unwrap().remove(key);
    }
    forget_frames(&mut report);
    report
}

fn forget_frames(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "frames" && name != "frame");
            fields.values_mut().for_each(forget_frames);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_frames),
        // Texts name frames, too.
        Value::String(text) => {
            let digits = |part: &str| part.trim_start_matches(|ch: char| ch.is_ascii_digit()).to_owned();
            *text = text.split("frame ").map(digits).collect::<Vec<String>>().join("frame ");
        }
        _ => {}
    }
}

/// Where two values differ first.
fn difference(one: &Value, other: &Value, place: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            names.into_iter().find_map(|name| {
                let null = Value::Null;
                let of = |fields: &serde_json::Map<String, Value>| fields.get(name).unwrap_or(&null).clone();
                difference(&of(one), &of(other), &format!("{place}/{name}"))
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(one, other, &format!("{place}/{at}")))
        }
        _ => (one != other).then(|| format!("{place}: {one} became {other}")),
    }
}

/// Exports a capture and reads what came out; says how the reports differ.
fn round(capture: &Path, keys: Option<&Path>, more: &[&str]) -> Option<String> {
    let folder = Folder::new();
    let capture = std::fs::canonicalize(capture).unwrap();
    let capture = capture.to_str().unwrap();
    let keys = keys.map(|keys| std::fs::canonicalize(keys).unwrap().to_str().unwrap().to_owned());
    let mut from = vec![capture];
    if let Some(keys) = &keys {
        from.extend(["--keylog", keys]);
    }
    let run = folder.dmscope(["export", "--to", "out"].iter().chain(&from));
    assert!(matches!(run.code, 0 | 3), "{capture}: {}", run.stderr);
    if run.stderr.contains("no session to export") {
        assert!(!folder.path("out").exists());
        return None;
    }
    from.extend(more);
    difference(&said(&folder, &from), &said(&folder, &[&["out/decrypted.pcapng"], more].concat()), capture)
}

#[test]
fn the_sample_captures_say_the_same_when_they_were_exported() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir("captures").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // Downloads and uploads are counted and not kept: nothing of them can be written again.
        if !name.contains(".pcap") || ["download.pcap", "diagnostics.pcap"].contains(&name) {
            continue;
        }
        seen += 1;
        wrong.extend(round(&path, None, &[]));
    }
    assert!(seen > 25, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn captures_of_tls_say_the_same_when_they_were_exported_in_clear() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir("tests/tls/captures").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pcap") {
            seen += 1;
            wrong.extend(round(&path, Some(&path.with_extension("keys.log")), &["--no-tests"]));
        }
    }
    assert!(seen > 15, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_fixtures_say_the_same_when_they_were_exported() {
    let folder = Folder::new();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir("tests/fixtures").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // Downloads are counted and not kept: nothing of them can be written again.
        if text.lines().any(|line| line.starts_with("download ")) {
            continue;
        }
        let script = dmscope::fixture::Script::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let name = format!("{}.pcap", path.file_stem().unwrap().to_str().unwrap());
        folder.put(&name, &script.capture());
        wrong.extend(round(&folder.path(&name), None, &["--no-tests"]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SAMPLE: &str = "captures/03-wbxml-md5-challenge.pcapng";

#[test]
fn messages_stand_as_text_and_as_they_were_sent() {
    let folder = Folder::new();
    let run = program::dmscope(["export", SAMPLE, "--raw", "--to", &folder.place("out")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("written:"), "{}", run.stdout);
    assert_eq!(folder.names("out"), ["decrypted.pcapng", "messages", "session.har"]);
    let session = folder.names("out/messages/session-0001");
    assert_eq!(session[..2], ["message-0001.wbxml", "message-0001.xml"]);
    // As the report writes it, and as the codec reads it.
    program::dmscope(["analyze", SAMPLE, "--out", &folder.place("report")]);
    let text = folder.read("out/messages/session-0001/message-0001.xml");
    assert_eq!(text, folder.read("report/messages/session-0001/message-0001.xml"));
    let decoded = folder.dmscope(["decode", "out/messages/session-0001/message-0001.wbxml"]).succeeds();
    assert_eq!(decoded, text);
    // What an earlier export wrote goes.
    let run = program::dmscope(["export", SAMPLE, "--what", "messages", "--to", &folder.place("out")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(folder.names("out/messages/session-0001")[..1], ["message-0001.xml"]);
}

#[test]
fn sessions_are_chosen_by_number_and_filter() {
    let capture = "captures/18-same-sessionid-reused.pcap";
    let exported = |arguments: &[&str]| {
        let folder = Folder::new();
        let to = folder.place("out");
        let run = program::dmscope(["export", capture, "--to", &to].iter().chain(arguments));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let names = if folder.path("out").exists() { folder.names("out/messages") } else { Vec::new() };
        (names, run.stderr)
    };
    let (all, _) = exported(&[]);
    assert_eq!(all, ["session-0001", "session-0002", "session-0003"]);
    let (some, told) = exported(&["--session", "1,3-9"]);
    assert_eq!(some, ["session-0001", "session-0003"]);
    assert!(told.contains("there are 3 sessions"), "{told}");
    let (none, told) = exported(&["--filter", "device=nobody"]);
    assert!(none.is_empty() && told.contains("no session to export"), "{told}");
}

#[test]
fn a_wrong_command_line_an_unread_capture_and_one_without_sessions_are_told() {
    let folder = Folder::new();
    folder.put("empty.pcap", &EMPTY_PCAP);
    folder.put("file", b"");
    let code = |arguments: &[&str]| {
        let run = folder.dmscope(["export"].iter().chain(arguments));
        (run.code, run.stderr)
    };
    let (done, told) = code(&["empty.pcap", "--to", "out"]);
    assert_eq!(done, 0, "{told}");
    assert!(told.contains("no session to export"), "{told}");
    assert!(!folder.path("out").exists());
    assert_eq!(code(&["empty.pcap"]).0, 2);
    assert_eq!(code(&["empty.pcap", "--to", "out", "--session", "0"]).0, 2);
    assert_eq!(code(&["empty.pcap", "--to", "out", "--what", "har", "--raw"]).0, 2);
    assert_eq!(code(&["missing.pcap", "--to", "out"]).0, 3);
    let sample = std::fs::canonicalize(SAMPLE).unwrap();
    let (failed, told) = code(&[sample.to_str().unwrap(), "--to", "file/out"]);
    assert_eq!(failed, 2);
    assert!(told.contains("file/out"), "{told}");
    // Half of a capture gives what it holds, and says that it is half.
    let whole = std::fs::read("captures/10-atomic.pcap").unwrap();
    folder.put("half.pcap", &whole[..whole.len() - 7]);
    let (unread, _) = code(&["half.pcap", "--to", "half"]);
    assert_eq!(unread, 3);
    assert!(folder.path("half/decrypted.pcapng").exists());
    assert!(folder.names("half").iter().all(|name| !name.ends_with(".partial")));
}

#[test]
fn several_captures_become_one_and_threads_change_nothing() {
    let captures = ["captures/32-package0-push.pcap", "captures/27-https-h2.pcapng", "captures/01-xml-basic.pcap"];
    let sessions =
        |folder: &Folder, path: &str| said(folder, &["--no-tests", path])["sessions"].as_array().unwrap().len();
    let export = |jobs: &str| {
        let folder = Folder::new();
        let to = folder.place("out");
        let run = program::dmscope(["export", "--jobs", jobs, "--to", &to].iter().chain(&captures));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let paths = captures.map(|capture| std::fs::canonicalize(capture).unwrap().to_str().unwrap().to_owned());
        let separate: usize = paths.iter().map(|path| sessions(&folder, path)).sum();
        assert_eq!(sessions(&folder, "out/decrypted.pcapng"), separate);
        (folder.octets("out/decrypted.pcapng"), folder.octets("out/session.har"))
    };
    assert!(export("1") == export("3"));
}

/// What HAR 1.2 asks of each object, with the kind of each field: s a text, n a number, a a list, o an object.
const HAR: &[(&str, &str)] = &[
    ("log", "version:s creator:o entries:a"),
    ("page", "startedDateTime:s id:s title:s pageTimings:o"),
    ("entry", "startedDateTime:s time:n request:o response:o cache:o timings:o pageref:s"),
    ("request", "method:s url:s httpVersion:s cookies:a headers:a queryString:a headersSize:n bodySize:n"),
    (
        "response",
        "status:n statusText:s httpVersion:s cookies:a headers:a content:o redirectURL:s headersSize:n bodySize:n",
    ),
    ("content", "size:n mimeType:s"),
    ("timings", "send:n wait:n receive:n"),
];

fn fits(value: &Value, kind: &str) {
    let (_, fields) = HAR.iter().find(|(name, _)| *name == kind).unwrap();
    for field in fields.split(' ') {
        let (name, wanted) = field.split_once(':').unwrap();
        let field = &value[name];
        let is = match wanted {
            "s" => field.is_string(),
            "n" => field.is_number(),
            "a" => field.is_array(),
            _ => field.is_object(),
        };
        assert!(is, "{kind}: {name}: {field}");
    }
}

#[test]
fn the_archive_has_the_structure_of_har_and_every_exchange() {
    let mut bodies = 0;
    for capture in [SAMPLE, "captures/27-https-h2.pcapng", "captures/http-error.pcap", "captures/mid-session.pcap"] {
        let folder = Folder::new();
        let run = program::dmscope(["export", capture, "--raw", "--to", &folder.place("out")]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let har: Value = serde_json::from_str(&folder.read("out/session.har")).unwrap();
        let log = &har["log"];
        fits(log, "log");
        assert_eq!(log["version"], "1.2");
        let pages = log["pages"].as_array().unwrap();
        pages.iter().for_each(|page| fits(page, "page"));
        for entry in log["entries"].as_array().unwrap() {
            fits(entry, "entry");
            fits(&entry["request"], "request");
            fits(&entry["response"], "response");
            fits(&entry["response"]["content"], "content");
            fits(&entry["timings"], "timings");
            assert!(pages.iter().any(|page| page["id"] == entry["pageref"]), "{entry}");
            // Its body is the message.
            let content = &entry["response"]["content"];
            let message = entry["_dmscope"]["response"]["message"].as_u64();
            if let (Some(message), Some("base64")) = (message, content["encoding"].as_str()) {
                let body = STANDARD.decode(content["text"].as_str().unwrap()).unwrap();
                let session = entry["_dmscope"]["session"].as_u64().unwrap();
                let path = format!("out/messages/session-{session:04}/message-{message:04}.wbxml");
                assert_eq!(body, folder.octets(&path));
                bodies += 1;
            }
        }
    }
    assert!(bodies > 0);
}

#[test]
fn packets_say_which_they_were_and_what_was_tls() {
    let folder = Folder::new();
    let run = program::dmscope(["export", "captures/22-https-tls12.pcapng", "--to", &folder.place("out")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let file = folder.octets("out/decrypted.pcapng");
    let text = String::from_utf8_lossy(&file).into_owned();
    assert!(text.contains("opened with its secrets and exported in clear\nthe server's port was "));
    assert!(text.contains("session 1, message 1; frame") && text.contains(" of 22-https-tls12.pcapng"));
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(file)));
    let mut times = Vec::new();
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => times.push(frame.time),
            Event::Problem(problem) => panic!("{problem:?}"),
            Event::Secrets(_) => panic!("secrets of a connection in clear"),
        }
    }
    assert!(times.len() > 10 && times.is_sorted());
}

/// Keeps what carried each session.
struct Keep(Vec<Vec<Carried>>);

impl Sink for Keep {
    fn session(&mut self, _number: u32, session: &JudgedSession) -> std::io::Result<()> {
        self.0.push(session.carried()?);
        Ok(())
    }
}

#[test]
fn one_session_can_be_cut_out_of_what_a_store_holds() {
    let source = Source { path: "captures/interleaved.pcap".into(), size: None };
    let options = Options { carried: true, ..Options::default() };
    let mut kept = Keep(Vec::new());
    analysis::run(&Inputs { sources: vec![source], of_more: false }, &options, &mut kept).unwrap();
    assert!(kept.0.len() > 1);
    let folder = Folder::new();
    let all = std::fs::canonicalize("captures/interleaved.pcap").unwrap();
    let all = said(&folder, &["--no-tests", all.to_str().unwrap()]);
    for (number, rows) in kept.0.iter().enumerate() {
        let mut out = Vec::new();
        dmscope::export::slice(rows, "interleaved.pcap", &mut out).unwrap();
        folder.put("one.pcapng", &out);
        let one = said(&folder, &["--no-tests", "one.pcapng"]);
        assert_eq!(one["sessions"].as_array().unwrap().len(), 1);
        let (mut one, mut all) = (one["sessions"][0].clone(), all["sessions"][number].clone());
        for session in [&mut one, &mut all] {
            session["index"] = 0.into();
        }
        assert_eq!(difference(&one, &all, "session"), None);
    }
}
