//! Recordings that say which faults were injected: who is still judged, and what the report shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;

use dmscope::base::{Direction, Effect, Injected};
use dmscope::capture::{Event, Reader, SecretsBlock, write};
use dmscope::fixture::Script;
use dmscope::verdict::{MessageReport, Report, Verdict};
use program::Folder;
use std::collections::BTreeMap;

/// The same capture as pcapng, with comments on some frames.
fn commented(capture: &[u8], comments: &BTreeMap<u64, String>) -> Vec<u8> {
    let mut out = Vec::new();
    write::section(&mut out, "test").unwrap();
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(capture.to_vec())));
    let mut is_open = false;
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                if !std::mem::replace(&mut is_open, true) {
                    write::interface(&mut out, frame.link_type, 0).unwrap();
                }
                let packet = write::Packet {
                    interface: 0,
                    time: frame.time.unwrap(),
                    data: frame.data,
                    original_len: frame.original_len,
                    direction: None,
                    comment: comments.get(&frame.number.get()).map(String::as_str),
                };
                write::packet(&mut out, &packet).unwrap();
            }
            Event::Secrets(block) => write::secrets(&mut out, SecretsBlock::TLS_KEY_LOG, block.bytes).unwrap(),
            Event::Problem(problem) => panic!("{problem:?}"),
        }
    }
    out
}

fn report(capture: &[u8], comments: &BTreeMap<u64, String>) -> Report {
    let folder = Folder::new();
    folder.put("r.pcapng", &commented(capture, comments));
    let run = folder.dmscope(["analyze", "--format", "json", "r.pcapng"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

fn capture(script: &str) -> Vec<u8> {
    Script::parse(script).unwrap().capture()
}

/// The report with a fault on one frame: one that is picked from those of a message (both counted from 0).
fn with_fault(capture: &[u8], message: usize, frame: usize, effect: Effect) -> Report {
    let plain = report(capture, &BTreeMap::new());
    let message = &plain.sessions[0].messages[message];
    let frame = message.frames[frame.min(message.frames.len() - 1)].get();
    report(capture, &fault(frame, effect, message.direction))
}

fn fault(frame: u64, effect: Effect, direction: Direction) -> BTreeMap<u64, String> {
    let fault = Injected::new(effect, direction, "test fault once");
    BTreeMap::from([(frame, Injected::comment(&[fault]).unwrap())])
}

fn rules(report: &Report, role: &str) -> Vec<String> {
    let of_role = report.findings.iter().filter(|finding| finding.role.to_string() == role);
    let mut rules: Vec<String> = of_role.map(|finding| finding.rule.to_string()).collect();
    rules.dedup();
    rules
}

fn undecided(report: &Report, rule: &str) -> u64 {
    let rule = report.rules.iter().find(|one| one.id == rule).unwrap();
    rule.undecided.iter().filter(|one| one.reason == "fault-injected").map(|one| one.occasions).sum()
}

/// Numbers of the messages (from 1) that the report says a fault was injected into.
fn marked(report: &Report) -> Vec<u32> {
    let messages = report.sessions.iter().flat_map(|session| &session.messages);
    messages.filter(|message| !message.injected.is_empty()).map(|message| message.index).collect()
}

const PACKAGE_1: &str = "device
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en
";

/// The server forgets a Status in its second message and the client one in its second; the server again in its third.
fn both_at_fault(network: &str) -> Vec<u8> {
    capture(&format!(
        "{network}
{PACKAGE_1}server
    Status SyncHdr 200
    Status Alert 200
    Status Replace 200
    Get ./DevDetail/SwV
device
    Status Get 200
    Results ./DevDetail/SwV=7.1
    Alert 1226 type=x format=chr data=a
server
    Status Alert 200
"
    ))
}

#[test]
fn behind_a_fault_the_server_is_not_judged_and_the_device_is() {
    for network in ["", "network split=90"] {
        let capture = both_at_fault(network);
        let plain = report(&capture, &BTreeMap::new());
        assert_eq!(plain.sessions[0].verdict, Verdict::Fail);
        assert!(rules(&plain, "server").contains(&"STA-001".to_owned()), "{:?}", plain.findings);
        assert!(rules(&plain, "client").contains(&"STA-001".to_owned()));
        assert_eq!(undecided(&plain, "STA-001"), 0);
        for frame in [0, 2, 100] {
            for message in [0, 1, 2, 3] {
                let altered = with_fault(&capture, message, frame, Effect::Altered);
                assert_eq!(rules(&altered, "server"), [""; 0], "{network} {message}");
                assert_eq!(rules(&altered, "client"), rules(&plain, "client"), "{network} {message}");
                assert!(undecided(&altered, "STA-001") > 0);
                assert_eq!(marked(&altered), [u32::try_from(message).unwrap() + 1], "{network} {frame}");
                assert_eq!(altered.sessions[0].messages[message].injected, ["test fault once"]);
            }
        }
    }
}

#[test]
fn a_fault_that_each_frame_of_a_message_tells_of_is_one() {
    let capture = both_at_fault("network split=90");
    let message = report(&capture, &BTreeMap::new()).sessions[0].messages[1].clone();
    assert!(message.frames.len() > 5);
    let frames = message.frames.iter().map(|frame| frame.get());
    let comments = frames.flat_map(|frame| fault(frame, Effect::Altered, message.direction)).collect();
    let injected = report(&capture, &comments);
    assert_eq!(injected.sessions[0].messages[1].injected, ["test fault once"]);
    assert_eq!(marked(&injected), [2]);
}

#[test]
fn what_the_server_did_before_the_fault_stays() {
    let capture = capture(&format!(
        "{PACKAGE_1}server
    Status Replace 200
    Status Alert 200
    Get ./DevDetail/SwV
device
    Status SyncHdr 200
    Status Get 200
    Results ./DevDetail/SwV=7.1
server
    Status SyncHdr 200
"
    ));
    let plain = report(&capture, &BTreeMap::new());
    assert!(rules(&plain, "server").contains(&"STA-001".to_owned()));
    let late = with_fault(&capture, 2, 0, Effect::Altered);
    assert_eq!(rules(&late, "server"), rules(&plain, "server"));
    assert!(undecided(&late, "STA-001") > 0);
}

#[test]
fn a_delay_is_shown_and_changes_nothing() {
    let capture = both_at_fault("");
    let plain = report(&capture, &BTreeMap::new());
    let slow = with_fault(&capture, 0, 0, Effect::Delayed);
    assert_eq!((&slow.findings, &slow.rules, &slow.summary), (&plain.findings, &plain.rules, &plain.summary));
    assert_eq!(marked(&slow), [1]);
}

#[test]
fn without_a_violation_a_fault_leaves_the_session_undecided() {
    let capture =
        capture(&format!("{PACKAGE_1}server\n    Status SyncHdr 200\n    Status Alert 200\n    Status Replace 200\n"));
    assert_eq!(report(&capture, &BTreeMap::new()).sessions[0].verdict, Verdict::Pass);
    assert_eq!(with_fault(&capture, 1, 0, Effect::Delayed).sessions[0].verdict, Verdict::Pass);
    let altered = with_fault(&capture, 1, 0, Effect::Altered);
    assert_eq!(altered.sessions[0].verdict, Verdict::Inconclusive);
    assert!(altered.sessions[0].undecided > 0);
}

/// A client that, after an answer of 503, sends its answer again with other octets under the old MsgID, and then goes on.
fn retry(answer: &str) -> Vec<u8> {
    capture(&format!(
        "{PACKAGE_1}server
    Status SyncHdr 200
    Status Alert 200
    Status Replace 200
    Get ./DevDetail/SwV
device
    Status SyncHdr 200
    Status Get 200
    Results ./DevDetail/SwV=7.1
{answer}device msg=2
    Status SyncHdr 200
    Status Get 200 msgref=1 ref=4
    Results ./DevDetail/SwV=7.2 msgref=1 ref=4
server
    Status SyncHdr 200
"
    ))
}

/// The first frame behind those of a message (from 0) that satisfies a test on its octets, past the TCP header.
fn frame_behind(capture: &[u8], message: usize, test: impl Fn(&[u8]) -> bool) -> u64 {
    let plain = report(capture, &BTreeMap::new());
    let last = plain.sessions[0].messages[message].frames.last().unwrap().get();
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(capture.to_vec())));
    while let Some(event) = reader.next() {
        if let Event::Frame(frame) = event
            && frame.number.get() > last
            && test(frame.data)
        {
            return frame.number.get();
        }
    }
    panic!("there is no such frame");
}

#[test]
fn a_device_that_begins_again_after_an_injected_error_is_not_blamed() {
    let capture = retry("server empty status=503\n");
    let plain = report(&capture, &BTreeMap::new());
    assert!(rules(&plain, "client").contains(&"HDR-013".to_owned()), "{:?}", plain.findings);
    let error = frame_behind(&capture, 2, |octets| octets.windows(12).any(|one| one == b"HTTP/1.1 503"));
    let injected = report(&capture, &fault(error, Effect::Interrupted, Direction::ServerToDevice));
    assert!(!rules(&injected, "client").contains(&"HDR-013".to_owned()), "{:?}", injected.findings);
    assert!(undecided(&injected, "HDR-013") > 0);
    // It stands at the request: what came in place of the answer is no message.
    assert_eq!(marked(&injected), [3]);
    assert_eq!(injected.sessions[0].messages[2].injected, ["test fault once (into its answer)"]);
    // An alteration is no reason to count wrongly.
    let altered = report(&capture, &fault(error, Effect::Altered, Direction::ServerToDevice));
    assert!(rules(&altered, "client").contains(&"HDR-013".to_owned()));
}

#[test]
fn a_device_that_sends_the_same_again_and_gets_its_answer_has_made_it_good() {
    let capture = capture(&format!(
        "{PACKAGE_1}server empty status=503
device resend
server
    Status SyncHdr 200
    Status Alert 200
    Status Replace 200
    Get ./DevDetail/SwV
device msg=1
    Status SyncHdr 200
    Status Get 200
    Results ./DevDetail/SwV=7.1
server
    Status SyncHdr 200
"
    ));
    let error = frame_behind(&capture, 0, |octets| octets.windows(12).any(|one| one == b"HTTP/1.1 503"));
    let injected = report(&capture, &fault(error, Effect::Interrupted, Direction::ServerToDevice));
    assert!(rules(&injected, "client").contains(&"HDR-013".to_owned()), "{:?}", injected.findings);
    assert_eq!(marked(&injected), [1]);
    assert!(undecided(&injected, "STA-001") > 0);
}

#[test]
fn a_comment_behind_a_request_without_an_answer_belongs_to_it() {
    let script = format!("network conn=per-message\n{PACKAGE_1}");
    let capture = capture(&script);
    // The last frames close the connection.
    let fin = frame_behind(&capture, 0, |octets| octets[14 + 20 + 13] & 1 == 1);
    let injected = report(&capture, &fault(fin, Effect::Interrupted, Direction::ServerToDevice));
    assert_eq!(marked(&injected), [1]);
    assert!(injected.sessions[0].why.ends_with("; a fault was injected there"), "{}", injected.sessions[0].why);
    assert_eq!(injected.sessions[0].messages[0].injected, ["test fault once (into its answer)"]);
    let of_request = report(&capture, &fault(fin, Effect::Interrupted, Direction::DeviceToServer));
    assert_eq!(of_request.sessions[0].messages[0].injected, ["test fault once"]);
}

#[test]
fn behind_tls_the_frames_of_the_records_count() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/22-https-tls12.pcapng");
    let capture = std::fs::read(path).unwrap();
    let plain = report(&capture, &BTreeMap::new());
    assert_eq!(plain.sessions.len(), 2);
    let place = |message: &MessageReport<'_>| (message.direction, message.frames[0].get(), message.index);
    for (direction, frame, index) in plain.sessions[0].messages.iter().map(place) {
        let injected = report(&capture, &fault(frame, Effect::Altered, direction));
        assert_eq!(marked(&injected), [index], "frame {frame}");
        assert!(!injected.sessions[0].messages[index as usize - 1].injected.is_empty());
        assert!(injected.sessions[1].messages.iter().all(|message| message.injected.is_empty()));
    }
}

#[test]
fn the_text_report_names_the_fault_at_its_message() {
    let capture = both_at_fault("");
    let folder = Folder::new();
    let plain = report(&capture, &BTreeMap::new());
    let frame = plain.sessions[0].messages[1].frames[0].get();
    let fault = Injected::new(Effect::Altered, Direction::ServerToDevice, "drop-final on server \x1b[31m");
    let comments = BTreeMap::from([(frame, Injected::comment(&[fault]).unwrap())]);
    folder.put("r.pcapng", &commented(&capture, &comments));
    let run = folder.dmscope(["analyze", "r.pcapng"]);
    assert!(run.stdout.contains("fault injected: drop-final on server \\x1b[31m\n"), "{}", run.stdout);
    assert!(run.stdout.contains("rules behind an injected fault (--verbose lists them)"), "{}", run.stdout);
    assert!(!run.stdout.contains("undecided: STA-001"), "{}", run.stdout);
    let verbose = folder.dmscope(["analyze", "--verbose", "r.pcapng"]);
    assert!(verbose.stdout.contains("undecided: STA-001 2×, fault-injected"), "{}", verbose.stdout);
}

#[cfg(feature = "proxy")]
mod engine {
    use super::*;
    use dmscope::proxy::fault::{Engine, Fault};

    #[test]
    fn the_examples_of_the_page_can_be_read() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md")).unwrap();
        let block = page.split("```faults\n").nth(1).unwrap().split("```").next().unwrap();
        let faults = dmscope::proxy::fault::read_file(block).unwrap_or_else(|error| panic!("{error}"));
        assert!(faults.len() >= 7);
        let inline = page.split("--fault '").skip(1).map(|rest| rest.split('\'').next().unwrap());
        let inline: Vec<Fault> = inline.map(|fault| fault.parse().unwrap_or_else(|error| panic!("{error}"))).collect();
        assert_eq!(inline.len(), 2);
    }

    /// A message as the engine is given it.
    fn plan(engine: &Engine, message: &dmscope::fixture::ScriptMessage) -> dmscope::proxy::fault::Plan {
        let wire = message.wire();
        let head = wire.len() - message.transferred.len();
        engine.message(1, message.direction, &wire[..head], &message.transferred)
    }

    #[test]
    fn what_the_engine_does_and_notes_the_analysis_understands() {
        let session = |answer: &str| {
            format!(
                "{PACKAGE_1}{answer}device
    Status SyncHdr 200 msgref=1
    Status Get 200 msgref=1 ref=4
    Results ./DevDetail/SwV=7.1 msgref=1 ref=4
server msg=2
    Status SyncHdr 200
"
            )
        };
        let honest =
            "server\n    Status SyncHdr 200\n    Status Alert 200\n    Status Replace 200\n    Get ./DevDetail/SwV\n";
        let script = Script::parse(&session(honest)).unwrap();
        for (spec, rule, blamed) in [
            ("drop-final on server message 1", "MSG-007", None),
            ("msgid 4 on server message 1", "MSG-003", Some("client")),
            ("strip-status on server status to Replace", "STA-002", None),
        ] {
            let engine = Engine::new(vec![spec.parse().unwrap()]);
            assert!(plan(&engine, &script.messages()[0]).is_empty());
            let plan = plan(&engine, &script.messages()[1]);
            let body: String = plan.body.unwrap().iter().map(|octet| format!("{octet:02x}")).collect();
            let answer = format!("server body-hex={body} type=application/vnd.syncml.dm+xml\n");
            let capture = capture(&session(&answer));
            let plain = report(&capture, &BTreeMap::new());
            let frame = plain.sessions[0].messages[1].frames[0].get();
            let injected = report(&capture, &BTreeMap::from([(frame, Injected::comment(&plan.notes).unwrap())]));
            assert_eq!(rules(&injected, "server"), [""; 0], "{spec}");
            let is_blamed = rules(&injected, "client").contains(&rule.to_owned());
            assert_eq!(is_blamed, blamed.is_some(), "{spec}: {:?}", injected.findings);
            assert!(injected.sessions[0].messages[1].injected[0].starts_with(spec.split(' ').next().unwrap()));
        }
    }
}
