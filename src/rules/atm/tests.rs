//! What must not be flagged, what is flagged mildly, and what nobody can say.

use super::{FAMILY, ROLLED_BACK};
use crate::base::Severity::{self, Error, Info, Warning};
use crate::fixture::Script;
use crate::rules::engine::{Engine, Selection};
use crate::rules::proof::{check, judge, sessions};
use crate::rules::rule::Rule;
use crate::rules::sta::common::opened;

fn rule(id: &str) -> &'static Rule {
    FAMILY.rules.iter().copied().find(|rule| rule.id == id).unwrap()
}

#[test]
fn what_passes_one_rule_passes_the_whole_family() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
    for owner in FAMILY.rules {
        // Its examples hold a command that has no place in an Atomic.
        for text in owner.pass.iter().filter(|_| owner.id != "ATM-005") {
            for session in sessions(text) {
                let mut findings = engine.judge(&session).findings;
                findings.retain(|finding| finding.severity > Info);
                assert!(findings.is_empty(), "{}: {findings:?}\n{text}", owner.id);
            }
        }
    }
}

#[test]
fn containers_in_containers_are_doubtful_and_windows_has_its_own_grammar() {
    check(
        rule("ATM-001"),
        &[
            (opened!(" Atomic", "  Sequence", "   Replace ./A=1"), &[Warning]),
            (opened!(" Atomic", "  Exec ./A"), &[Error]),
            (opened!(" Atomic", "  Atomic", "   Replace ./A=1"), &[Error]),
            (opened!(" Atomic", "  Exec ./Vendor/MSFT/A"), &[Info]),
            (opened!(" Atomic", "  Exec ./Vendor/MSFT/A", "  Get ./Vendor/MSFT/A"), &[Warning]),
            (opened!(" Atomic type=x", "  Alert 1100 \"\" \"Hello\"", "  Copy ./A -> ./B", "  Delete ./C"), &[]),
            (opened!(" Atomic", "  xml <Reboot/>"), &[Error]),
            // Others speak of these.
            (opened!(" Atomic", "  Replace ./A=1", "  xml <Put/><NoResp/><Item/>"), &[]),
        ],
    );
    check(
        rule("ATM-003"),
        &[
            (opened!(" Sequence", "  Atomic", "   Replace ./A=1"), &[Warning]),
            (opened!(" Sequence", "  Exec ./A", "  Get ./A", "  Alert 1100 \"\" \"Hello\""), &[]),
        ],
    );
    check(rule("ATM-017"), &[(opened!(" Sequence", "  Get ./A", "  xml <Target/>"), &[Error])]);
    let windows = opened!(
        " Atomic",
        "  Get ./Vendor/MSFT/A",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 200",
        " Status Get 200",
        " Results ./Vendor/MSFT/A=1",
    );
    check(rule("ATM-005"), &[(windows, &[Warning]), (windows.replace("MSFT", "Other").as_str(), &[Error])]);
}

/// An Atomic of `Alert`, `Replace`, `Delete`, `Replace`, and the lines of the client's answer.
fn ended(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!(" Status {line}\n")).collect();
    format!(
        "{} Atomic\n  Alert 1100 \"\" \"Hello\"\n  Replace ./A=1\n  Delete ./B\n  Replace ./C=1\ndevice\n Status SyncHdr 200\n\
         {lines}server\n Status SyncHdr 200\n",
        opened!()
    )
}

#[test]
fn an_atomic_ends_as_a_whole() {
    let table: &[(&str, &[&str], &[Severity])] = &[
        // An Alert that was shown cannot be undone.
        ("ATM-008", &["Atomic 507", "Alert 200", "Replace 216", "Delete 404", "Replace 215"], &[]),
        ("ATM-008", &["Atomic 507", "Alert 200", "Replace 200", "Delete 404", "Replace 215"], &[Error]),
        ("ATM-008", &["Atomic 500", "Alert 200", "Replace 200", "Delete 404", "Replace 215"], &[Error]),
        ("ATM-008", &["Alert 200", "Replace 200", "Delete 404", "Replace 200"], &[Error]),
        ("ATM-008", &["Atomic 507", "Alert 200", "Replace 516", "Delete 404", "Replace 215"], &[]),
        ("ATM-008", &["Atomic 507", "Alert 304", "Replace 200", "Delete 215", "Replace 215"], &[Error]),
        ("ATM-008", &["Atomic 200", "Alert 200", "Replace 200", "Delete 404", "Replace 200"], &[]),
        ("ATM-008", &["Atomic 406", "Alert 406", "Replace 200", "Delete 406", "Replace 406"], &[]),
        ("ATM-015", &["Atomic 406", "Alert 406", "Replace 200", "Delete 406", "Replace 406"], &[Info]),
        ("ATM-015", &["Atomic 406"], &[]),
        ("ATM-006", &["Atomic 200", "Alert 200", "Replace 200", "Delete 404", "Replace 200"], &[Error]),
        ("ATM-006", &["Atomic 200", "Alert 304", "Replace 215", "Delete 215", "Replace 215"], &[Error]),
        ("ATM-006", &["Atomic 200", "Alert 406", "Replace 200", "Delete 200", "Replace 200"], &[Error]),
        ("ATM-006", &["Atomic 200", "Alert 200", "Replace 200"], &[]),
        ("ATM-007", &["Atomic 507", "Alert 214", "Replace 215", "Delete 215", "Replace 215"], &[]),
        ("ATM-007", &["Atomic 507", "Alert 408", "Replace 215", "Delete 215", "Replace 215"], &[]),
        ("ATM-007", &["Atomic 507", "Alert 200", "Replace 216", "Delete 216", "Replace 216"], &[Warning]),
        // One of them may have failed: its Status is missing.
        ("ATM-007", &["Atomic 507", "Alert 200", "Replace 216"], &[]),
        ("ATM-007", &["Atomic 517", "Alert 200", "Replace 216", "Delete 216", "Replace 216"], &[]),
        ("ATM-009", &["Atomic 507", "Alert 216", "Replace 216", "Delete 216", "Replace 215"], &[Warning]),
        ("ATM-009", &["Atomic 517", "Alert 216", "Replace 216", "Delete 216", "Replace 215"], &[]),
        ("ATM-010", &["Atomic 507", "Alert 200", "Replace 216", "Delete 404", "Replace 216"], &[Warning]),
        ("ATM-010", &["Atomic 507", "Alert 200", "Replace 404", "Delete 215", "Replace 215"], &[]),
        ("ATM-011", &["Atomic 200", "Alert 200", "Replace 200", "Delete 200", "Replace 200"], &[]),
    ];
    for (id, lines, expected) in table {
        check(rule(id), &[(ended(lines).as_str(), expected)]);
    }
}

#[test]
fn a_status_that_may_still_come_or_may_be_another_commands_accuses_nobody() {
    let open = ended(&["Alert 200", "Replace 200", "Delete 404", "Replace 200"]).replacen(
        "device\n Status SyncHdr",
        "device nofinal\n Status SyncHdr",
        1,
    );
    let (tally, findings) = judge(rule("ATM-008"), &open);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!((tally.occasions, tally.undecided_in_all()), (1, 1));
    // Two commands with one CmdID.
    let vague = opened!(
        " Atomic",
        "  Replace ./A=1 cmd=5",
        "  Replace ./C=1 cmd=7",
        "  Delete ./B cmd=6",
        "  Replace ./D=1 cmd=7",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 200 msgref=1 ref=5",
        " Status Delete 404 msgref=1 ref=6",
    );
    let (tally, findings) = judge(rule("ATM-008"), vague);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!((tally.occasions, tally.undecided_in_all()), (1, 1));
    // What was answered before the failure was known.
    let early = opened!(
        " Atomic",
        "  Replace ./A=1",
        "  Delete ./B",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 200",
        "server nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Status Delete 404 msgref=1 ref=6",
        " Status Atomic 507 msgref=1 ref=4",
    );
    check(rule("ATM-008"), &[(early, &[Warning])]);
}

#[test]
fn a_session_cut_anywhere_accuses_nobody_of_what_is_missing() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
    let script = Script::parse(ROLLED_BACK).unwrap();
    for from in 0..script.messages().len() {
        for to in from..=script.messages().len() {
            let mut tracker = crate::dm::Tracker::new();
            let mut keep = |finished: crate::dm::Finished| {
                let findings = engine.judge(&finished.session).findings;
                assert!(findings.is_empty(), "messages {from} to {to}: {findings:?}");
            };
            for exchange in script.cut(from, to).exchanges() {
                tracker.exchange(exchange, &mut keep);
            }
            tracker.finish(&mut keep);
        }
    }
}

#[test]
fn a_get_in_an_atomic_is_refused_or_the_atomic_is() {
    let of = |atomic: &str, get: &str| {
        format!(
            "{} Atomic\n  Get ./A\ndevice\n Status SyncHdr 200\n Status Atomic {atomic}\n Status Get {get}\n",
            opened!()
        )
    };
    for (atomic, get, expected) in [
        ("500", "500", &[][..]),
        ("507", "500", &[]),
        ("507", "404", &[]),
        ("500", "215", &[]),
        ("200", "500", &[Error]),
        ("507", "200", &[Error]),
    ] {
        check(rule("ATM-005"), &[(of(atomic, get).as_str(), expected)]);
    }
}

#[test]
fn a_sequence_in_an_atomic_fails_nothing_by_itself() {
    let of = |atomic: &str| {
        format!(
            "{} Atomic\n  Replace ./A=1\n  Sequence\n   Delete ./B\ndevice\n Status SyncHdr 200\n{atomic} Status Replace 200\n \
             Status Sequence 200\n Status Delete 404\nserver\n Status SyncHdr 200\n",
            opened!()
        )
    };
    check(rule("ATM-006"), &[(of(" Status Atomic 200\n").as_str(), &[])]);
    check(rule("ATM-008"), &[(of("").as_str(), &[]), (of(" Status Atomic 507\n").as_str(), &[Error])]);
}
