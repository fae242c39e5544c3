use super::super::proof::{check, judge, sessions};
use super::super::rule::Rule;
use super::{ONE_GET, next_message, opened, references, transport};
use crate::base::Severity::{Error, Info, Warning};
use crate::fixture::{Encoding, Script};
use crate::rules::finding::Reason;
use crate::rules::{Engine, Selection};

/// Sessions in which a rule finds nothing, and cannot decide so many of its occasions.
fn undecided(rule: &'static Rule, table: &[(&str, Reason, u64)]) {
    for (script, reason, expected) in table {
        let (tally, findings) = judge(rule, script);
        assert!(findings.is_empty(), "{}: {findings:?}\n{script}", rule.id);
        assert_eq!(tally.undecided_for(*reason), *expected, "{}: {tally:?}\n{script}", rule.id);
        assert_eq!(tally.undecided_in_all(), *expected, "{}: {tally:?}\n{script}", rule.id);
    }
}

fn octets_of(script: &str, message: usize) -> usize {
    Script::parse(script).unwrap().messages()[message].body.len()
}

#[test]
fn a_message_may_be_as_large_as_announced() {
    let script = |first: String, third: &str| {
        format!(
            "device maxmsg={first}\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A\n\
             device {third}\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n    Get ./B ./C ./D ./E ./F\n"
        )
    };
    let octets = octets_of(&script("1000".to_owned(), ""), 1);
    assert!((100..1000).contains(&octets), "{octets}");
    check(
        &transport::TOO_LARGE,
        &[
            (&script(format!("0{octets}"), "maxmsg=9999"), &[]),
            (&script(format!("0{}", octets - 1), "maxmsg=9999"), &[Error]),
            (&script(format!("0{}", octets), ""), &[Warning]),
            (&script("0".to_owned(), ""), &[]),
            (
                "device\n    Alert 1201\nserver maxmsg=10\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./Vendor/MSFT/A\n\
                 device\n    Status SyncHdr 200\n    Status Get 404\n",
                &[Info],
            ),
        ],
    );
    let lost = script(format!("0{octets}"), "lost");
    assert_eq!(judge(&transport::TOO_LARGE, &lost).1.len(), 0);
    undecided(&transport::TOO_LARGE, &[(&lost, Reason::MessageLost, 1)]);
}

#[test]
fn what_may_follow_a_document_is_told_apart() {
    check(
        &transport::ONE_DOCUMENT,
        &[
            ("device\n    Alert 1201\n    patch </SyncML> => \"</SyncML>\\r\\n  \"\n", &[]),
            ("device\n    Alert 1201\n    patch </SyncML> => \"</SyncML>\\0\"\n", &[]),
            ("device\n    Alert 1201\n    patch </SyncML> => \"</SyncML><!-- x -->\"\n", &[]),
            ("device encoding=wbxml\n    Alert 1201\n    hex-patch 120101 => 12010100\n", &[Info]),
            ("device encoding=wbxml\n    Alert 1201\n    hex-patch 120101 => 1201010003a401\n", &[Error]),
        ],
    );
    let wbxml = Script::parse(ONE_GET).unwrap().with_encoding(Encoding::Wbxml).unwrap();
    assert_eq!(wbxml.messages().len(), 4);
}

#[test]
fn references_into_what_is_not_captured_are_undecided() {
    let late = "device msg=3\n    Status SyncHdr 200 msgref=2 norefs\n    Status Get 200 msgref=2 ref=4\nserver msg=3\n    Status SyncHdr 200\n";
    let first_answer_lost =
        opened!("device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1");
    let first_answer_lost = first_answer_lost.replacen("server\n", "server lost\n", 1);
    let mut rows = Vec::new();
    for rule in [&references::MSG_REF, &references::OWN] {
        rows.push((rule, late, Reason::StartNotCaptured, 2));
        rows.push((rule, &first_answer_lost, Reason::MessageLost, 3));
    }
    rows.push((&references::CMD_REF, late, Reason::StartNotCaptured, 1));
    rows.push((&references::CMD_REF, &first_answer_lost, Reason::MessageLost, 2));
    rows.push((&references::CMD, late, Reason::StartNotCaptured, 2));
    rows.push((&references::CMD, &first_answer_lost, Reason::MessageLost, 2));
    for (rule, script, reason, count) in rows {
        undecided(rule, &[(script, reason, count)]);
    }
}

#[test]
fn nobody_is_blamed_for_a_reference_that_the_other_side_spoiled() {
    let doubled = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A cmd=7\n    Delete ./B cmd=7\n\
                   device\n    Status SyncHdr 200\n    Status Get 200 ref=7 cmd-name=Delete\n";
    let without = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A nocmd\n\
                   device\n    Status SyncHdr 200\n    Status Get 200 msgref=1 ref=7\n";
    let nameless = "device\n    Alert 1201\nserver msg=\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A cmd=7\n\
                    device\n    Status SyncHdr 200 msgref=1 norefs\n";
    undecided(
        &references::CMD_REF,
        &[(doubled, Reason::AmbiguousReference, 1), (without, Reason::AmbiguousReference, 1)],
    );
    undecided(&references::CMD, &[(doubled, Reason::AmbiguousReference, 1)]);
    undecided(&references::MSG_REF, &[(nameless, Reason::AmbiguousReference, 1)]);
}

#[test]
fn broken_references_have_one_rule_each() {
    let all = [
        &references::MSG_REF,
        &references::CMD_REF,
        &references::CMD,
        &references::FORWARD,
        &references::OWN,
        &references::STALE_MSG_REF,
    ];
    let table = [
        (opened!("device\n    Status SyncHdr 200 msgref=0\n    Status Get 200"), "MSG-003"),
        (opened!("device\n    Status SyncHdr 200\n    Status Get 200 msgref=9 ref=3"), "MSG-003"),
        (opened!("device\n    Status SyncHdr 200\n    Status Get 200 ref=8"), "MSG-004"),
        (opened!("device\n    Status SyncHdr 200\n    Status Get 200 cmd-name=get"), "MSG-005"),
        (opened!("device\n    Status SyncHdr 200\n    Status Get 200 ref=0"), "MSG-005"),
        (opened!("device\n    Status SyncHdr 200\n    Status Get 200 cmd-name=SyncHdr"), "MSG-005"),
        (
            opened!("device\n    Status SyncHdr 200 msgref=2\n    Status Get 200", "server\n    Status SyncHdr 200"),
            "MSG-006",
        ),
        (
            "device\n    Alert 1201\nserver msg=10\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A\n\
             device\n    Status SyncHdr 200\n    Status Get 404\n    Status Alert 200 msgref=1 ref=1\n",
            "MSG-012",
        ),
    ];
    for (script, expected) in table {
        let engine = Engine::with_rules(all.to_vec(), Selection::default());
        let findings: Vec<&str> = sessions(script)
            .iter()
            .flat_map(|session| engine.judge(session).findings)
            .map(|finding| finding.rule.id)
            .collect();
        assert_eq!(findings, [expected], "{script}");
    }
}

#[test]
fn children_answered_with_the_containers_name_are_reported_once() {
    let script = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Atomic\n        Replace ./A=1\n        \
                  Replace ./B=2\n        Delete ./C\ndevice\n    Status SyncHdr 200\n    Status Atomic 200\n    \
                  Status Replace 200 cmd-name=Atomic\n    Status Replace 200 cmd-name=Atomic\n    Status Delete 200 cmd-name=Atomic\n";
    check(&references::CMD, &[(script, &[Error])]);
    check(
        &references::CMD,
        &[(&script.replace("Delete 200 cmd-name=Atomic", "Delete 200 cmd-name=Get"), &[Error, Error])],
    );
}

#[test]
fn an_answer_counts_as_late_only_with_a_command_left_over() {
    let plain = references::STALE_MSG_REF.pass[0];
    let stale = references::STALE_MSG_REF.violate[0];
    check(
        &references::STALE_MSG_REF,
        &[
            (stale, &[Warning]),
            // One answer for two commands: the other one is missing, which is another rule's to say.
            (&plain.replace("    Status Delete 200 msgref=1 ref=7\n", ""), &[]),
            (&stale.replace("msgref=2 ref=7", "msgref=2 ref=7 target=./Vendor/Example/Older"), &[]),
            (&stale.replace("Older cmd=7", "Older cmd=9").replace("msgref=2 ref=7", "msgref=2 ref=9"), &[]),
        ],
    );
    let cut = format!(
        "{}device nofinal\n{}",
        stale.split("device\n    Status SyncHdr 200\n    Status Delete").next().unwrap(),
        "    Status SyncHdr 200\n    Status Delete 200 msgref=2 ref=7\n    Status Delete 200 msgref=2 ref=7\n"
    );
    undecided(&references::STALE_MSG_REF, &[(&cut, Reason::EndNotCaptured, 1)]);
}

#[test]
fn a_server_may_answer_an_open_package_in_several_ways() {
    let answer = |lines: &str| {
        format!(
            "{}{lines}",
            opened!(
                "device nofinal\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7 size=20 more"
            )
        )
    };
    check(
        &next_message::SHAPE,
        &[
            (&answer("server\n    Status SyncHdr 200\n    Alert 1223\n"), &[]),
            (
                &answer(
                    "server nofinal\n    Status SyncHdr 200\n    Status Results 213\n    Alert 1225 source=./A\n    Alert 1222\n",
                ),
                &[],
            ),
            (&answer("server\n    Status SyncHdr 401 chal=md5:Tm9uY2U=\n"), &[]),
            (&answer("server nofinal\n    Status SyncHdr 200\n    Alert 1222\n    Get ./A\n"), &[Error]),
            (
                &answer("server nofinal\n    Status SyncHdr 200\n    Alert 1222\n    Alert 1100 \"\" \"Hello\"\n"),
                &[Error],
            ),
            (&answer("server nofinal\n    Status SyncHdr 200\n    Status Results 213\n"), &[Error]),
            // A client that never sends Final.
            (&answer("server\n    Status SyncHdr 200\n").replacen("device\n", "device nofinal\n", 1), &[Warning]),
            // The server's own package is open, or its Final is missing.
            (next_message::MISSING.pass[1], &[]),
            (&answer("server\n    Status SyncHdr 200\n    Get ./A\n").replacen("server\n", "server nofinal\n", 1), &[]),
        ],
    );
    let windows = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./Vendor/MSFT/A\n\
                   device nofinal\n    Alert 1224 type=com.microsoft.mdm.requestpending data=1\n\
                   server\n    Status SyncHdr 200\n    Status Alert 200\n";
    for rule in [&next_message::SHAPE, &next_message::MISSING] {
        assert_eq!(judge(rule, windows).0.occasions, 0, "{}", rule.id);
    }
    let late = "device nofinal msg=3\n    Status SyncHdr 200 msgref=2 norefs\n    Status Get 200 msgref=2 ref=4\nserver msg=3\n    Status SyncHdr 200\n";
    for rule in [&next_message::SHAPE, &next_message::MISSING] {
        undecided(rule, &[(late, Reason::StartNotCaptured, 1)]);
    }
}

#[test]
fn asking_for_more_needs_something_that_is_to_come() {
    let asked = |options: &str| {
        format!(
            "{}device {options}\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1\n    Alert 1222\n",
            opened!()
        )
    };
    check(
        &next_message::NEEDLESS,
        &[
            (&asked(""), &[Warning]),
            (&asked("nofinal"), &[Info]),
            (&asked("").replacen("server\n", "server nofinal\n", 1), &[]),
            (&asked("").replace("Get ./DevDetail/SwV\n", "Get ./DevDetail/SwV\n    Add ./A=1 size=9 more\n"), &[]),
        ],
    );
    undecided(
        &next_message::NEEDLESS,
        &[(
            opened!(
                "device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1",
                "server lost\n    Status SyncHdr 200\n    Get ./A",
                "device\n    Status SyncHdr 200\n    Status Get 200\n    Alert 1222"
            ),
            Reason::MessageLost,
            1,
        )],
    );
}

#[test]
fn not_asking_for_more_is_excused_where_nothing_is_wanted() {
    let chunk = |answer: &str| {
        format!(
            "device\n    Alert 1201\nserver nofinal\n    Status SyncHdr 200\n    Status Alert 200\n    Add ./A=1 size=9 more\n\
             device nofinal\n    Status SyncHdr 200\n{answer}"
        )
    };
    check(
        &next_message::MISSING,
        &[
            (&chunk("    Status Add 213\n"), &[Error]),
            (&chunk("    Status Add 213\n    Alert 1222\n"), &[]),
            (&chunk("    Status Add 413\n"), &[]),
            (&chunk("    Status Add 213\n    Alert 1223\n"), &[]),
            (&chunk("    Status Add 213\n    Results ./B=1 msgref=1 ref=3\n"), &[]),
            // Final beside MoreData, or neither: the server is at fault.
            (&chunk("    Status Add 213\n").replace("server nofinal", "server"), &[]),
            (&chunk("    Status Add 200\n").replace(" size=9 more", ""), &[]),
            // A client that goes on with its own package after a Next Message.
            (next_message::SHAPE.pass[0], &[]),
            (
                "device nofinal\n    Alert 1201\nserver\n    Status SyncHdr 401 chal=md5:Tm9uY2U=\n    Status Alert 401\n",
                &[],
            ),
        ],
    );
}

/// Rules of both families over conversations in which nothing is wrong.
#[test]
fn conversations_without_fault_are_left_in_peace() {
    macro_rules! conversations {
        ($($name:literal),* $(,)?) => {
            [$(($name, include_str!(concat!("../../../tests/fixtures/", $name, ".dms")))),*]
        };
    }
    let rules: Vec<&'static Rule> =
        super::super::hdr::FAMILY.rules.iter().chain(super::FAMILY.rules).copied().collect();
    let engine = Engine::with_rules(rules, Selection::default());
    let scripts = conversations!(
        "r1",
        "s01",
        "s02",
        "s03",
        "s04",
        "s05",
        "s06",
        "s07",
        "s08",
        "s09",
        "s10",
        "s11",
        "s11b",
        "s12",
        "s13",
        "s14",
        "s15",
        "s16",
        "s17",
        "s17-opaque",
        "s17-string",
        "s20",
        "s21",
        "s22",
        "s23",
        "s24",
    );
    let examples = engine.rules().iter().flat_map(|rule| rule.pass.iter().map(|script| (rule.id, *script)));
    for (name, script) in scripts.into_iter().chain(examples) {
        for session in sessions(script) {
            let outcome = engine.judge(&session);
            assert!(
                outcome.findings.iter().all(|finding| finding.severity == Info),
                "{name}: {:?}",
                outcome.findings.iter().map(|finding| (finding.rule.id, &finding.seen)).collect::<Vec<_>>()
            );
        }
    }
}
