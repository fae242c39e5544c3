//! What must not be flagged, what is flagged mildly, and what nobody can say.

mod code;
mod place;

use super::FAMILY;
use super::common::opened;
use crate::base::Severity;
use crate::dm::{Session, Tracker};
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
    let script = Script::parse(include_str!("../../../../tests/fixtures/r1.dms")).unwrap();
    for session in sessions(&script) {
        let findings = engine.judge(&session).findings;
        assert!(findings.is_empty(), "{findings:?}");
    }
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
    let undecided: u64 = outcome.tallies.iter().map(|tally| tally.undecided_for(Reason::StartNotCaptured)).sum();
    assert!(undecided > 0);
}
