//! Codes.

use super::{check, interop, rule, said, sessions};
use crate::base::Severity;
use crate::dm::Profile;
use crate::fixture::Script;
use crate::rules::engine::{Engine, Mode, Selection};
use crate::rules::sta::common::{after_package_1, opened};

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
