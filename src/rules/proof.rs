//! Every rule is held to its own examples: a session that passes, one that violates, one where it does not apply.

use super::{Engine, FAMILIES, Family, Finding, Level, Rule, Selection, Source, Tally};
use crate::base::Severity;
use crate::dm::{Secret, Secrets, Session};
use crate::fixture::Script;
use crate::provisioning;
use std::collections::BTreeSet;

/// The credentials with which examples are written.
fn secrets() -> Secrets {
    let secret = |secret: &str| Some(Secret { name: None, secret: secret.to_owned(), nonce: None });
    let known = provisioning::Secrets {
        imsi: Some("262011234567890".to_owned()),
        pin: Some("1234".to_owned()),
        ..provisioning::Secrets::default()
    };
    Secrets { client: secret("OhBehave"), server: secret("secret"), bootstrap: known }
}

/// The sessions of a script, as the tracker sees them; `Bruce2:OhBehave` and `dm.example.com:secret`, the PIN and the IMSI of
/// bootstrap messages are known.
pub(super) fn sessions(text: &str) -> Vec<Session> {
    let script = Script::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    crate::testcase::proof::sessions(&script, &secrets())
}

/// What one rule says of a script.
pub(super) fn judge(rule: &'static Rule, text: &str) -> (Tally, Vec<Finding>) {
    let descriptions = vec![std::sync::Arc::new(super::ddf::example())];
    let engine = Engine::with_rules(vec![rule], Selection { descriptions, ..Selection::default() });
    let mut tally = Tally::default();
    let mut findings = Vec::new();
    for session in sessions(text) {
        let outcome = engine.judge(&session);
        for part in &outcome.tallies {
            tally.merge(part);
        }
        findings.extend(outcome.findings);
    }
    (tally, findings)
}

/// Holds a rule to a table of scripts, each with the severities of what is found in it.
pub(super) fn check(rule: &'static Rule, table: &[(&str, &[Severity])]) {
    for (script, expected) in table {
        let (tally, findings) = judge(rule, script);
        let found: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(found, *expected, "{}: {tally:?} {findings:?}\n{script}", rule.id);
    }
}

/// A session of several steps: what the server sends and how the client answers it, step by step.
pub(super) fn steps(steps: &[(&str, &str)]) -> String {
    let mut text = super::sta::common::package_1!().to_owned();
    text.push_str("server\n Status SyncHdr 200\n Status * 200\n");
    for (commands, answers) in steps {
        text.push_str(commands);
        text.push_str("\ndevice\n Status SyncHdr 200\n");
        text.push_str(answers);
        text.push_str("\nserver\n Status SyncHdr 200\n");
    }
    text
}

fn rules() -> impl Iterator<Item = (&'static Family, &'static Rule)> {
    FAMILIES.iter().flat_map(|family| family.rules.iter().map(move |rule| (*family, *rule)))
}

#[test]
fn every_rule_does_what_its_examples_say() {
    let mut failures = Vec::new();
    for (_, rule) in rules() {
        for text in rule.pass {
            let (tally, findings) = judge(rule, text);
            let decided = tally.occasions - tally.undecided_in_all();
            if decided == 0 || !findings.is_empty() {
                failures.push(format!("{} pass: {tally:?} {}\n{text}", rule.id, shown(&findings)));
            }
        }
        for text in rule.violate {
            let (tally, findings) = judge(rule, text);
            if findings.is_empty() {
                failures.push(format!("{} violate: {tally:?}\n{text}", rule.id));
            }
        }
        for text in rule.not_applicable {
            let (tally, findings) = judge(rule, text);
            if tally.occasions != 0 || !findings.is_empty() {
                failures.push(format!("{} not applicable: {tally:?} {}\n{text}", rule.id, shown(&findings)));
            }
        }
    }
    assert!(failures.is_empty(), "{} examples fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("[{}: {} / {}]", finding.severity, finding.seen, finding.expected)).collect()
}

#[test]
fn every_rule_is_complete() {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (family, rule) in rules() {
        let id = rule.id;
        assert!(ids.insert(id), "{id} occurs twice");
        assert!(names.insert(rule.name), "the name {} occurs twice", rule.name);
        assert_eq!(rule.family(), family.letters, "{id} stands in the wrong family");
        assert!(
            id.split_once('-')
                .is_some_and(|(_, number)| number.len() == 3 && number.bytes().all(|o| o.is_ascii_digit())),
            "{id} is no id"
        );
        assert!(
            rule.name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-'),
            "{id}: the name {} is not in lower case with hyphens",
            rule.name
        );
        assert!(!rule.clause.is_empty(), "{id} names no clause");
        for text in [rule.name, rule.title, rule.what, rule.why, rule.mend] {
            assert!(!text.trim().is_empty(), "{id} leaves a text empty");
        }
        assert!(!rule.violate.is_empty(), "{id} has no example that violates it");
        // An observation has nothing to pass: whatever it sees, it reports.
        assert!(rule.level == Level::May || !rule.pass.is_empty(), "{id} has no example that passes");
        assert!(!rule.not_applicable.is_empty(), "{id} has no example where it does not apply");
        assert!(rule.severity <= rule.strict, "{id} is milder in strict mode");
        for other in rule.yields_to {
            assert!(super::find(other).is_some(), "{id} yields to {other}, which does not exist");
        }
    }
}

#[test]
fn families_list_their_rules_in_order() {
    for family in FAMILIES {
        let ids: Vec<&str> = family.rules.iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted(), "{}: {ids:?}", family.letters);
    }
}

/// Rules from memory that may be errors: without them the message could not be interpreted at all.
const MEMORY_ERRORS: &[&str] = &[
    "HTTP-006", "HTTP-021", "LOB-006", "MET-009", "MET-010", "MSG-006", "MSG-011", "MSG-012", "WBX-005", "WBX-008",
    "WBX-010", "WBX-012", "XML-016",
];

#[test]
fn a_rule_from_memory_is_at_most_a_warning() {
    for (_, rule) in rules() {
        let is_unread = matches!(rule.source, Source::Memory | Source::Code | Source::Registry);
        if is_unread && !MEMORY_ERRORS.contains(&rule.id) {
            assert!(rule.severity <= Severity::Warning, "{} is from memory and an error", rule.id);
        }
    }
}
