//! What must not be flagged, what is flagged mildly, and what nobody can say.

use super::FAMILY;
use super::common::{after_package_1, opened};
use crate::base::Severity;
use crate::dm::{Profile, Session, Tracker};
use crate::fixture::Script;
use crate::rules::engine::{Engine, Mode, Selection};
use crate::rules::finding::Reason;
use crate::rules::rule::Rule;

fn rule(id: &str) -> &'static Rule {
    FAMILY.rules.iter().copied().find(|rule| rule.id == id).unwrap()
}

fn sessions(script: &Script) -> Vec<Session> {
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    let mut keep = |finished: crate::dm::Finished| sessions.push(*finished.session);
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    sessions
}

/// What a rule says of a script: `e`, `w` and `i` for each finding, `?` where it could not decide, `.` where it held.
fn said(id: &str, script: &Script, mode: Mode) -> String {
    let engine = Engine::with_rules(vec![rule(id)], Selection { mode, ..Selection::default() });
    let mut said = String::new();
    let (mut held, mut undecided) = (0, 0);
    for session in sessions(script) {
        let outcome = engine.judge(&session);
        for tally in &outcome.tallies {
            held += tally.occasions - tally.violations - tally.undecided_in_all();
            undecided += tally.undecided_in_all();
        }
        said.extend(outcome.findings.iter().map(|finding| match finding.severity {
            Severity::Info => 'i',
            Severity::Warning => 'w',
            Severity::Error => 'e',
        }));
    }
    if undecided > 0 {
        said.push('?');
    }
    if said.is_empty() && held > 0 {
        said.push('.');
    }
    said
}

fn interop(id: &str, text: &str) -> String {
    said(id, &Script::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")), Mode::Interop)
}

/// Each row: a rule, what it says, the session.
fn check(rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(id, expected, text)| {
            let said = interop(id, text);
            (said != *expected).then(|| format!("{id} says {said:?}, not {expected:?}, of\n{text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_passes_one_rule_passes_the_whole_family() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
    for owner in FAMILY.rules {
        for text in owner.pass {
            for session in sessions(&Script::parse(text).unwrap()) {
                let outcome = engine.judge(&session);
                let bad: Vec<String> = outcome
                    .findings
                    .iter()
                    .filter(|finding| finding.severity > Severity::Info)
                    .map(|finding| format!("{}: {}", finding.rule.id, finding.seen))
                    .collect();
                assert!(bad.is_empty(), "{}: {bad:?}\n{text}", owner.id);
            }
        }
    }
}

#[test]
fn the_reference_session_has_no_findings() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection { mode: Mode::Strict, ..Selection::default() });
    let script = Script::parse(include_str!("../../../tests/fixtures/r1.dms")).unwrap();
    for session in sessions(&script) {
        let findings = engine.judge(&session).findings;
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn missing_header_status_has_its_exceptions() {
    check(&[
        ("STA-001", "e", after_package_1!("server", " Status Alert 200", " Status Replace 200")),
        // The message that aborts.
        ("STA-001", "w", after_package_1!("server", " Alert 1223")),
        // The server has aborted: the client had better be silent.
        ("STA-001", "w", after_package_1!("server", " Alert 1223", "device", " Status Alert 200")),
        // A server confirms the client's abort.
        ("STA-001", "e", "device\n Alert 1223\nserver\n Status Alert 200\n"),
        // An answer whose reference leads nowhere is an answer, reported elsewhere.
        ("STA-001", "?", after_package_1!("server", " Status SyncHdr 200 msgref=9", " Status Alert 200")),
        // The header asked for no answer.
        ("STA-001", "", "device noresp\n Alert 1201\nserver\n Status Alert 200\n"),
        // The other side's message has no MsgID.
        ("STA-001", "?", "device\n Alert 1201\n patch \"<MsgID>1</MsgID>\" => \"\"\nserver\n Status Alert 200\n"),
        // A Windows client that is still at work.
        (
            "STA-001",
            "i",
            opened!(
                " Get ./Vendor/MSFT/A",
                "device nofinal",
                " Alert 1224 type=com.microsoft.mdm.requestpending format=int data=1",
            ),
        ),
        // Something that was sent after the session was over.
        ("STA-001", ".", opened!("device", " Alert 1226 source=./Vendor/A type=a.b format=chr data=1")),
    ]);
}

#[test]
fn missing_command_status_has_its_exceptions() {
    let one_of_two = |answer: &str| format!("{}device\n Status SyncHdr {answer}\n", opened!(" Get ./DevDetail/SwV"));
    assert_eq!(interop("STA-002", &one_of_two("200")), "e");
    assert_eq!(interop("STA-002", &one_of_two("500")), "w");
    assert_eq!(interop("STA-002", &one_of_two("401 chal=md5:Tm9uY2U=")), ".");
    check(&[
        // Only the Replace of DevInfo has no answer.
        ("STA-002", "w", after_package_1!("server", " Status SyncHdr 200", " Status Alert 200")),
        ("STA-002", "ee", after_package_1!("server", " Status SyncHdr 200")),
        // Windows servers answer the SyncHdr alone.
        (
            "STA-002",
            "i",
            after_package_1!(
                "server",
                " Status SyncHdr 200",
                " Status Alert 200",
                " Get ./Vendor/MSFT/A",
                "device",
                " Status * 200"
            ),
        ),
        // Nobody wants an answer.
        ("STA-002", ".", opened!(" Get ./DevDetail/SwV noresp", "device", " Status SyncHdr 200")),
        // Aborted.
        ("STA-002", ".", opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Alert 1223")),
        // The end is not captured.
        ("STA-002", "?", opened!(" Get ./DevDetail/SwV")),
        ("STA-002", "?", opened!(" Get ./DevDetail/SwV", "device nofinal", " Status SyncHdr 200", " Alert 1222")),
        // Two commands with one CmdID.
        (
            "STA-002",
            "?",
            opened!(" Get ./A cmd=4", " Get ./B cmd=4", "device", " Status SyncHdr 200", " Status Get 404"),
        ),
        // A Status that may have meant it.
        ("STA-002", "?", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404 ref=77")),
        // The Atomic was not executed as a whole.
        ("STA-002", "w", opened!(" Atomic", "  Replace ./A=1", "device", " Status SyncHdr 200", " Status Atomic 406")),
        ("STA-002", "e", opened!(" Atomic", "  Replace ./A=1", "device", " Status SyncHdr 200", " Status Atomic 507")),
        // An answer in several messages.
        (
            "STA-002",
            ".",
            opened!(
                " Get ./A",
                " Get ./B",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Get 404",
                "server nofinal",
                " Status SyncHdr 200",
                " Alert 1222",
                "device",
                " Status SyncHdr 200",
                " Status Alert 200",
                " Status Get 404",
            ),
        ),
        // Many servers leave the Status for Alert 1222 out.
        (
            "STA-002",
            "w",
            opened!(
                " Get ./A",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Get 404",
                " Alert 1222",
                "server",
                " Status SyncHdr 200",
            ),
        ),
    ]);
}

#[test]
fn a_lost_message_may_have_held_the_status() {
    let text = opened!(
        " Get ./A",
        "device nofinal lost",
        " Status SyncHdr 200",
        " Status Get 404",
        "server nofinal lost",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
    );
    assert_eq!(interop("STA-002", text), "?");
}

#[test]
fn order_has_its_exceptions() {
    check(&[
        ("STA-003", "w", after_package_1!("server", " Status Alert 200", " Status SyncHdr 200", " Status Replace 200")),
        // Commands may stand before it.
        (
            "STA-003",
            ".",
            after_package_1!("server", " Alert 1100 \"\" \"Hi\"", " Status SyncHdr 200", " Status Alert 200")
                .trim_end(),
        ),
        // The container after its children.
        (
            "STA-004",
            ".",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                "  Delete ./B",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Delete 200",
                " Status Sequence 200",
                " Status Get 404",
            ),
        ),
        (
            "STA-004",
            "w",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Get 404",
                " Status Sequence 200",
            ),
        ),
        // 101 first, the end later.
        (
            "STA-004",
            ".",
            opened!(
                " Exec ./A",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Exec 101",
                " Status Get 404",
                " Status Exec 200 msgref=1 ref=4",
            ),
        ),
        // Across messages of a package.
        (
            "STA-004",
            "w",
            opened!(
                " Get ./A",
                " Delete ./B",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Delete 200",
                "server nofinal",
                " Status SyncHdr 200",
                " Alert 1222",
                "device",
                " Status SyncHdr 200",
                " Status Get 404",
                " Status Alert 200",
            ),
        ),
        (
            "STA-004",
            "i",
            opened!(
                " Get ./Vendor/MSFT/A",
                " Delete ./B",
                "device",
                " Status SyncHdr 200",
                " Status Delete 200",
                " Status Get 404",
            ),
        ),
    ]);
}

#[test]
fn repeated_status_has_its_exceptions() {
    check(&[
        (
            "STA-005",
            ".",
            opened!(
                " Exec ./A",
                "device",
                " Status SyncHdr 200",
                " Status Exec 101",
                " Status Exec 200 msgref=1 ref=4"
            ),
        ),
        (
            "STA-005",
            ".",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200 targetref=./A",
                " Status Replace 404 targetref=./B msgref=1 ref=4",
            ),
        ),
        (
            "STA-005",
            "w",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Replace 404 msgref=1 ref=4",
            ),
        ),
        (
            "STA-005",
            "e",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200 targetref=./A",
                " Status Replace 404 targetref=./A msgref=1 ref=4",
            ),
        ),
        // Which of two Gets with one CmdID is answered twice cannot be known.
        (
            "STA-005",
            ".",
            opened!(
                " Get ./A cmd=4",
                " Get ./B cmd=4",
                "device",
                " Status SyncHdr 200",
                " Status Get 404 msgref=1 ref=4",
                " Status Get 404 msgref=1 ref=4",
            ),
        ),
        ("STA-043", ".", after_package_1!("server", " Status SyncHdr 101", " Status SyncHdr 200", " Status * 200")),
        ("STA-043", "e", after_package_1!("server", " Status SyncHdr 200", " Status SyncHdr 200", " Status * 200")),
    ]);
}

#[test]
fn a_package_that_was_refused_and_sent_again_answers_once() {
    let text = opened!(
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 401 chal=md5:Tm9uY2U=",
        " Status * 401",
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Status SyncHdr 200",
        " Status Get 404 msgref=1 ref=4",
        "server",
        " Status SyncHdr 212",
    );
    let text = text.replace("\n Status * 401", "");
    assert_eq!(interop("STA-005", &text), ".");
    assert_eq!(interop("STA-043", &text), ".");
}

#[test]
fn different_results_have_their_exceptions() {
    check(&[
        (
            "STA-006",
            ".",
            opened!(
                " Get ./A ./B",
                "device",
                " Status SyncHdr 200",
                " Status Get 200",
                " Results ./a=1",
                " Results ./B= msgref=1 ref=4",
            ),
        ),
        // A tree.
        (
            "STA-006",
            "",
            opened!(" Get ./A?list=Struct ./B", "device", " Status SyncHdr 200", " Status Get 200", " Results ./A=1"),
        ),
        // A Status for each.
        (
            "STA-006",
            "",
            opened!(
                " Get ./A ./B",
                "device",
                " Status SyncHdr 200",
                " Status Get 200 targetref=./A",
                " Status Get 404 targetref=./B msgref=1 ref=4",
                " Results ./A=1",
            ),
        ),
        // The answer goes on after the capture.
        (
            "STA-006",
            "?",
            opened!(" Get ./A ./B", "device nofinal", " Status SyncHdr 200", " Status Get 200", " Results ./A=1"),
        ),
    ]);
}

#[test]
fn references_are_compared_by_their_meaning() {
    let get = |uri: &str, reference: &str| {
        format!(
            "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Get {uri}\ndevice\n \
             Status SyncHdr 200\n Status Get 404 targetref=\"{reference}\"\n"
        )
    };
    let header =
        |options: &str| format!("device\n Alert 1201\nserver\n Status SyncHdr 200 {options}\n Status Alert 200\n");
    for (expected, text) in [
        (".", get("./A/x", "A/x")),
        ("i", get("./A/x", "./a/X")),
        ("i", get("./A/x?list=Struct", "./A/x")),
        ("e", get("./A/x", "./A/y")),
        (".", get("./Device/Vendor/MSFT/x", "./Vendor/MSFT/x")),
        // An Alert names nothing.
        ("i", "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200 targetref=./A\n".to_owned()),
        (".", header("targetref=https://dm.example.com/dm sourceref=IMEI:004400112233445")),
        // Exchanged, shortened, foreign.
        ("ww", header("targetref=IMEI:004400112233445 sourceref=https://dm.example.com/dm")),
        ("w", header("targetref=https://dm.example.com")),
        ("e", header("targetref=https://elsewhere.example.com/dm")),
        // Inside a LocURI.
        (
            ".",
            header("")
                + " patch \"<TargetRef>https://dm.example.com/dm<\" => \"<TargetRef><LocURI>https://dm.example.com/dm</LocURI><\"\n",
        ),
    ] {
        assert_eq!(interop("STA-007", &text), expected, "{text}");
    }
}

#[test]
fn shape_has_its_exceptions() {
    check(&[
        ("STA-010", "w", "device\n Alert 1201\nserver\n Status SyncHdr 200 nocmdref\n Status Alert 200\n"),
        ("STA-010", ".", opened!(" Get ./A nocmd", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\"")),
        ("STA-010", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\"")),
        ("STA-012", ".", opened!(" Exec ./A", "device", " Status SyncHdr 200", " Status Exec 1450")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 1450")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 600")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get")),
        // Something is missing besides.
        (
            "STA-017",
            "w",
            "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
             patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"\n",
        ),
        (
            "STA-020",
            "",
            opened!(" Get ./Vendor/MSFT/A nocmd", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\""),
        ),
    ]);
    let swapped = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
                   patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"\n";
    let swapped = Script::parse(swapped).unwrap();
    assert_eq!(said("STA-017", &swapped, Mode::Interop), "i");
    assert_eq!(said("STA-017", &swapped, Mode::Strict), "e");
}

#[test]
fn codes_have_their_exceptions() {
    let get = |code: &str| format!("{}device\n Status SyncHdr 200\n Status Get {code}\n", opened!(" Get ./A"));
    let exec = |code: &str| format!("{}device\n Status SyncHdr 200\n Status Exec {code}\n", opened!(" Exec ./A"));
    for (id, expected, text) in [
        ("STA-013", "e", get("430")),
        ("STA-013", "e", get("299")),
        ("STA-013", "i", exec("451")),
        ("STA-013", "e", exec("430")),
        ("STA-013", ".", get("517")),
        ("STA-013", "i", format!("session version=1.1\n{}", get("517"))),
        ("STA-014", "w", get("508")),
        ("STA-014", "i", get("205")),
        ("STA-014", ".", get("204")),
        ("STA-015", "i", get("418")),
        // Reported as of data synchronisation, and as not defined.
        ("STA-015", ".", get("208")),
        ("STA-015", ".", get("430")),
        ("STA-029", "", format!("session version=1.1\n{}", get("426"))),
        (
            "STA-016",
            "i",
            "device\n Alert 1201\nserver\n Status SyncHdr 401 chal=md5:Tm9uY2U=\n Status Alert 401\n\
             device\n Status SyncHdr 200\n Status Status 406 msgref=1 ref=1\n Alert 1201\n"
                .to_owned(),
        ),
    ] {
        assert_eq!(interop(id, &text), expected, "{id}\n{text}");
    }
}

#[test]
fn accepted_credentials_may_have_been_seen_elsewhere() {
    let http = "session server=http://dm.example.com/dm\n";
    check(&[
        // TLS may have authenticated the client.
        ("STA-021", "i", "device\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n"),
    ]);
    for (expected, text) in [
        ("w", format!("{http}device\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n")),
        (
            "i",
            format!(
                "{http}device header=\"Authorization: Basic QTpC\"\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n"
            ),
        ),
        // Credentials once are enough for the session.
        (
            ".",
            format!(
                "{http}device cred=basic:A:B\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n Get ./A\n\
                 device\n Status SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 212\n"
            ),
        ),
    ] {
        assert_eq!(interop("STA-021", &text), expected, "{text}");
    }
    // The message with the credentials was not captured.
    let text = format!(
        "{http}device cred=basic:A:B\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n Get ./A\n\
         device\n Status SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 212\n"
    );
    assert_eq!(said("STA-021", &Script::parse(&text).unwrap().cut(2, 4), Mode::Interop), "?");
}

#[test]
fn causes_have_their_exceptions() {
    check(&[
        ("STA-023", "i", opened!(" Replace ./A=1", "device", " Status SyncHdr 200", " Status Replace 214")),
        ("STA-023", "i", opened!(" Replace ./A=1", "device", " Status SyncHdr 200", " Status Replace 408")),
        // The user cancelled an Alert outside any container.
        (
            "STA-025",
            ".",
            opened!(
                " Alert 1100 \"\" \"Hello\"",
                " Get ./A",
                "device",
                " Status SyncHdr 200",
                " Status Alert 214",
                " Status Get 215",
            ),
        ),
        // A later child of the same Atomic failed.
        (
            "STA-025",
            ".",
            opened!(
                " Atomic",
                "  Replace ./A=1",
                "  Replace ./B=1",
                "device",
                " Status SyncHdr 200",
                " Status Atomic 500",
                " Status Replace 215",
                " Status Replace 404",
            ),
        ),
        ("STA-025", ".", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 215", " Alert 1223")),
        // A failure further down, in no common container.
        (
            "STA-025",
            "w",
            opened!(" Get ./A", " Get ./B", "device", " Status SyncHdr 200", " Status Get 215", " Status Get 404"),
        ),
        // In a Sequence of the Atomic.
        (
            "STA-026",
            ".",
            opened!(
                " Atomic",
                "  Sequence",
                "   Replace ./A=1",
                "  Delete ./B",
                "device",
                " Status SyncHdr 200",
                " Status Atomic 507",
                " Status Sequence 200",
                " Status Replace 216",
                " Status Delete 404",
            ),
        ),
        (
            "STA-027",
            "i",
            opened!(
                " Atomic",
                "  Replace ./Vendor/MSFT/A=1",
                "device",
                " Status SyncHdr 200",
                " Status Atomic 507",
                " Status Replace 507",
            ),
        ),
        // An unknown command may have been in an Atomic.
        (
            "STA-026",
            "?",
            opened!(
                " Replace ./A=1 cmd=4",
                " Replace ./B=1 cmd=4",
                "device",
                " Status SyncHdr 200",
                " Status Replace 216 msgref=1 ref=4"
            ),
        ),
        ("STA-028", "w", opened!(" Replace ./A=abc size=3", "device", " Status SyncHdr 200", " Status Replace 424")),
        ("STA-028", ".", opened!(" Replace ./A=abc size=4", "device", " Status SyncHdr 200", " Status Replace 424")),
        (
            "STA-028",
            "?",
            opened!(
                " Replace ./A=abc size=6 more",
                " patch \"<Final/>\" => \"\"",
                "device",
                " Status SyncHdr 200",
                " Status Replace 424",
            ),
        ),
    ]);
}

#[test]
fn answers_have_their_exceptions() {
    let alert = |code: &str| {
        format!(
            "device\n Alert 1201\n Alert 1226 source=./A type=a.b.c format=chr data=1\n\
             server\n Status SyncHdr 200\n Status Alert 200\n Status Alert {code}\n"
        )
    };
    let broken = |code: &str| {
        format!(
            "device\n Alert 1201\n Alert 1226 source=./A\nserver\n Status SyncHdr 200\n Status Alert 200\n Status Alert {code}\n"
        )
    };
    let event = |code: &str| {
        format!(
            "device\n Alert 1201\n Alert 1224 type=a:b format=chr data=1\n\
             server\n Status SyncHdr 200\n Status Alert 200\n Status Alert {code}\n"
        )
    };
    for (id, expected, text) in [
        ("STA-036", ".", alert("415")),
        ("STA-036", "w", alert("406")),
        ("STA-036", "w", alert("503")),
        ("STA-036", "e", alert("400")),
        ("STA-036", "", broken("400")),
        ("STA-036", "", format!("session version=1.1\n{}", alert("405"))),
        ("STA-037", ".", event("406")),
        ("STA-037", "i", event("202")),
        ("STA-037", "w", event("404")),
        // In an authentication failure.
        ("STA-037", ".", event("401").replace("SyncHdr 200", "SyncHdr 401 chal=md5:Tm9uY2U=")),
    ] {
        assert_eq!(interop(id, &text), expected, "{id}\n{text}");
    }
    check(&[
        // No choice: the Alert is broken itself.
        ("STA-033", "", opened!(" Alert 1103 \"\" \"Choose\"", "device", " Status SyncHdr 200", " Status Alert 404")),
        (
            "STA-033",
            "",
            opened!(" Alert 1100 \"DR=50%\" \"Hello\"", "device", " Status SyncHdr 200", " Status Alert 404"),
        ),
        (
            "STA-033",
            "w",
            opened!(
                " Alert 1100 \"MINDT=10&MAXDT=20\" \"Hello\"",
                "device",
                " Status SyncHdr 200",
                " Status Alert 501"
            ),
        ),
        ("STA-033", ".", opened!(" Alert 1100 \"\" \"Hello\"", "device", " Status SyncHdr 200", " Status Alert 405")),
        // The device took another tree.
        (
            "STA-034",
            ".",
            opened!(
                " Add type=application/vnd.syncml.dmtnds+xml format=xml ./A=<MgmtTree/>",
                " Add type=application/vnd.syncml.dmtnds+xml format=xml ./B=<MgmtTree/>",
                "device",
                " Status SyncHdr 200",
                " Status Add 200",
                " Status Add 406",
            ),
        ),
        (
            "STA-034",
            "i",
            opened!(
                " Add type=application/vnd.syncml.dmtnds+xml format=xml ./A=<MgmtTree/>",
                "device",
                " Status SyncHdr 200",
                " Status Add 405",
            ),
        ),
        (
            "STA-035",
            "w",
            opened!(
                " Add ./A/B=1",
                "device",
                " Status SyncHdr 200",
                " Status Add 500",
                " patch \"<Cmd>Add</Cmd><Data>500</Data>\" => \
                 \"<Cmd>Add</Cmd><Data>500</Data><Item><Target><LocURI>./C</LocURI></Target></Item>\"",
            ),
        ),
        ("STA-035", "", opened!(" Add ./A/B=1", "device", " Status SyncHdr 200", " Status Add 418 \"text\"")),
        // Whether an alert follows in another session is not in this one.
        ("STA-038", "?", opened!(" Exec ./A correlator=c", "device", " Status SyncHdr 200", " Status Exec 200")),
        // All was skipped; all was refused alike.
        (
            "STA-039",
            "",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                "device",
                " Status SyncHdr 200",
                " Status Sequence 500",
                " Status Replace 215"
            ),
        ),
        (
            "STA-039",
            "",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                "device",
                " Status SyncHdr 200",
                " Status Sequence 406",
                " Status Replace 406"
            ),
        ),
        (
            "STA-039",
            ".",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                "device",
                " Status SyncHdr 200",
                " Status Sequence 101",
                " Status Replace 200",
                " Status Sequence 200 msgref=1 ref=4",
            ),
        ),
        // Directly in SyncBody a refusal skips nothing.
        (
            "STA-040",
            "",
            opened!(
                " Alert 1101 \"\" \"Sure?\"",
                " Replace ./A=1",
                "device",
                " Status SyncHdr 200",
                " Status Alert 304",
                " Status Replace 200",
            ),
        ),
        (
            "STA-040",
            "w",
            opened!(
                " Sequence",
                "  Alert 1101 \"\" \"Sure?\"",
                "  Replace ./A=1",
                "device",
                " Status SyncHdr 200",
                " Status Sequence 200",
                " Status Alert 304",
                " Status Replace 404",
            ),
        ),
    ]);
}

#[test]
fn objects_have_their_exceptions() {
    let add_then_get = |between: &str| {
        format!(
            "{}{between}device\n Status SyncHdr 200\n Status * 200\nserver\n Status SyncHdr 200\n Get ./A\n\
             device\n Status SyncHdr 200\n Status Get 404\n",
            opened!(" Add format=node ./A")
        )
    };
    assert_eq!(interop("STA-044", &add_then_get("")), "w");
    let deleted = "device\n Status SyncHdr 200\n Status * 200\nserver\n Status SyncHdr 200\n Delete ./A\n";
    assert_eq!(interop("STA-044", &add_then_get(deleted)), "");
    let executed = "device\n Status SyncHdr 200\n Status * 200\nserver\n Status SyncHdr 200\n Exec ./B\n";
    assert_eq!(interop("STA-044", &add_then_get(executed)), "");
    check(&[
        ("STA-041", "w", opened!(" Delete ./A?prop=ACL", "device", " Status SyncHdr 200", " Status Delete 403")),
        ("STA-041", ".", opened!(" Delete ./A?prop=ACL", "device", " Status SyncHdr 200", " Status Delete 404")),
        ("STA-041", "", opened!(" Delete ./A?prop=ACL", "device", " Status SyncHdr 200", " Status Delete 215")),
        ("STA-041", "", opened!(" Replace ./A?prop=Title=x", "device", " Status SyncHdr 200", " Status Replace 200")),
        (
            "STA-041",
            "i",
            opened!(" Get ./A?prop=Colour", "device", " Status SyncHdr 200", " Status Get 200", " Results ./A=1"),
        ),
        // The failure may be that of the other Item.
        ("STA-041", ".", opened!(" Delete ./A?prop=ACL ./B", "device", " Status SyncHdr 200", " Status Delete 403")),
        ("STA-042", "", opened!(" Get ./A?list=Struct ./B", "device", " Status SyncHdr 200", " Status Get 405")),
        (
            "STA-045",
            "",
            opened!(" Replace ./Vendor/MSFT/A?prop=ACL=Get=*", "device", " Status SyncHdr 200", " Status Replace 403"),
        ),
        // Optional features behind a node.
        (
            "STA-046",
            "",
            opened!(
                " Get ./A?prop=Title",
                " Get ./B?list=Struct",
                " Get ./Inbox",
                "device",
                " Status SyncHdr 200",
                " Status * 406",
            ),
        ),
        ("STA-046", "", opened!(" Get ./A ./B", "device", " Status SyncHdr 200", " Status * 406")),
        ("STA-046", "w", opened!(" Get ./A ./B ./C", "device", " Status SyncHdr 200", " Status * 501")),
        ("STA-046", "i", opened!(" Get ./Vendor/MSFT/A ./B ./C", "device", " Status SyncHdr 200", " Status * 406")),
        ("STA-047", "w", after_package_1!("server", " Status SyncHdr 200", " Status Alert 200", " Status Replace 406")),
        ("STA-047", "e", after_package_1!("server", " Status SyncHdr 200", " Status Alert 200", " Status Replace 501")),
        ("STA-047", ".", after_package_1!("server", " Status SyncHdr 200", " Status Alert 401", " Status Replace 403")),
        // An Alert 1201 in the middle of the session.
        (
            "STA-047",
            ".",
            opened!(
                " Get ./A",
                "device",
                " Status SyncHdr 200",
                " Status Get 404",
                " Alert 1201",
                "server",
                " Status SyncHdr 200",
                " Status Alert 405",
            ),
        ),
    ]);
}

#[test]
fn a_session_that_was_captured_late_is_not_accused_of_what_came_before() {
    let text = opened!(
        " Get ./A ./B",
        " Sequence",
        "  Replace ./C=1",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Get 404",
        "server nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Status Sequence 200",
        " Status Replace 200",
        "server",
        " Status SyncHdr 200",
    );
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
    let script = Script::parse(text).unwrap();
    let count = script.messages().len();
    for from in 0..count {
        for to in from..=count {
            for session in sessions(&script.cut(from, to)) {
                let findings = engine.judge(&session).findings;
                assert!(findings.is_empty(), "messages {from} to {to}: {findings:?}");
            }
        }
    }
    let late = sessions(&script.cut(2, count));
    let outcome = engine.judge(late.first().unwrap());
    let undecided: u64 = outcome.tallies.iter().map(|tally| tally.undecided[Reason::StartNotCaptured as usize]).sum();
    assert!(undecided > 0);
}

#[test]
fn a_profile_can_be_asked_for() {
    let text = opened!(
        " Atomic",
        "  Replace ./A=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 507"
    );
    let selection = Selection { profile: Some(Profile::MsMdm), ..Selection::default() };
    let engine = Engine::with_rules(vec![rule("STA-027")], selection);
    for session in sessions(&Script::parse(text).unwrap()) {
        let findings = engine.judge(&session).findings;
        assert_eq!(findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Info]);
    }
}
