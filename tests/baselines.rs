//! Conforming conversations raise nothing at warning or above, whole or cut; expectations written into scripts hold.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, unused_crate_dependencies)]

mod scripted;

use dmscope::base::{Direction, Severity};
use dmscope::fixture::{Encoding, Script};
use dmscope::rules::{Engine, Finding, Selection, Tally};
use scripted::{findings, sessions, shown};

/// Scripts that break a rule on purpose, and the rules that say so: a client answers the message that closes its session, or
/// the one that aborts it; an Atomic stands in a Sequence, which one specification allows and another one does not;
/// credentials are refused without a challenge; a SessionID is used twice in a row; the root's
/// ACL is replaced by one that nobody may add under.
const AT_FAULT: &[(&str, &[&str])] = &[
    ("u06", &["ATM-003"]),
    ("u12", &["ALR-017"]),
    ("u25", &["AUTH-008"]),
    ("u47", &["PKG-020"]),
    ("u49", &["HDR-009"]),
    ("u51", &["HDR-009"]),
    ("u52", &["HDR-009"]),
    ("u59", &["PRP-030"]),
];

fn scripts() -> Vec<(String, Script)> {
    parsed(scripted::scripts())
}

fn parsed(texts: Vec<(String, String)>) -> Vec<(String, Script)> {
    texts
        .into_iter()
        .map(|(name, text)| {
            let script = scripted::parse(&name, &text);
            (name, script)
        })
        .collect()
}

#[test]
fn conforming_sessions_raise_nothing_at_warning_or_above_in_either_encoding() {
    let engine = Engine::new(Selection::default());
    let mut wrong = Vec::new();
    for (name, script) in scripts() {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            // What has no token exists in XML alone.
            let Ok(script) = script.with_encoding(encoding) else {
                assert_eq!(encoding, Encoding::Wbxml, "{name}");
                continue;
            };
            let findings = findings(&engine, &script);
            let meant = AT_FAULT.iter().find(|(script, _)| *script == name).map_or(&[][..], |(_, rules)| *rules);
            let is_bad =
                |finding: &&Finding| finding.severity >= Severity::Warning && !meant.contains(&finding.rule.id);
            let bad: Vec<&Finding> = findings.iter().filter(is_bad).collect();
            if !bad.is_empty() {
                wrong.push(format!("{name} {encoding:?}:\n{}", shown(&bad)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_session_cut_at_any_message_raises_no_error_that_the_whole_did_not() {
    let engine = Engine::new(Selection::default());
    let mut wrong = Vec::new();
    for (name, script) in scripts() {
        let errors = |script: &Script| -> Vec<Finding> {
            let mut found = findings(&engine, script);
            found.retain(|finding| finding.severity == Severity::Error);
            found
        };
        let whole: Vec<&str> = errors(&script).iter().map(|finding| finding.rule.id).collect();
        let last = script.messages().len();
        for (from, to) in (1..last).map(|from| (from, last)).chain((1..last).map(|to| (0, to))) {
            let found = errors(&script.cut(from, to));
            let new: Vec<&Finding> = found.iter().filter(|finding| !whole.contains(&finding.rule.id)).collect();
            if !new.is_empty() {
                wrong.push(format!("{name} messages {from}..{to}:\n{}", shown(&new)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A script with other lines: what was done to it, and the script.
type Variant = (String, Script);

fn parse(name: &str, lines: &[String]) -> Script {
    scripted::parse(name, &lines.join("\n"))
}

fn is_message(line: &str) -> bool {
    line.starts_with("device") || line.starts_with("server")
}

/// The script with one request sent twice, or one exchange repeated.
fn with_repetitions(name: &str, lines: &[String]) -> Vec<Variant> {
    let mut variants = Vec::new();
    for at in (0..lines.len()).filter(|at| is_message(&lines[*at])) {
        let options: String = (lines[at].split_whitespace())
            .filter(|word| word.starts_with("conn=") || word.starts_with("url="))
            .map(|word| format!(" {word}"))
            .collect();
        let end = (at + 1..lines.len()).find(|at| !lines[*at].starts_with(' ')).unwrap_or(lines.len());
        let repetition = if lines[at].starts_with("device") {
            format!("device resend{options}")
        } else {
            format!("device resend{options}\nserver resend")
        };
        let mut again = lines.to_vec();
        again.insert(end, repetition);
        variants.push((format!("with the message of line {} again", at + 1), parse(name, &again)));
    }
    variants
}

/// The script with one request lost and its exchange repeated; and as well without the request behind that.
fn with_lost_requests_repeated(name: &str, lines: &[String]) -> Vec<Variant> {
    let is_request = |at: &usize| lines.get(*at).is_some_and(|line| line.starts_with("device"));
    let requests: Vec<usize> = (0..lines.len()).filter(is_request).collect();
    let mut variants = Vec::new();
    for (which, at) in requests.iter().enumerate() {
        let is_end = |end: &usize| !lines[*end].starts_with(' ');
        let Some(answer) = (at + 1..lines.len()).find(is_end).filter(|end| lines[*end].starts_with("server")) else {
            continue;
        };
        let end = (answer + 1..lines.len()).find(is_end).unwrap_or(lines.len());
        let options = |line: &str| -> String {
            let kept = line.split_whitespace().filter(|word| word.starts_with("conn=") || word.starts_with("url="));
            kept.map(|word| format!(" {word}")).collect()
        };
        let mut lost = lines.to_vec();
        lost[*at].push_str(" lost");
        let mut also = lost.clone();
        if let Some(next) = requests.get(which + 1) {
            also[*next].push_str(" lost");
        }
        for (what, mut script) in [("", lost), (", and the request behind it", also)] {
            script.insert(end, format!("device resend{}\nserver resend", options(&lines[*at])));
            variants.push((format!("without the request of line {} at first{what}", at + 1), parse(name, &script)));
        }
    }
    variants
}

/// Errors that a variant of a script raises, and that the script itself does not.
fn new_errors(variants: impl Fn(&str, &[String]) -> Vec<Variant>) -> String {
    let engine = Engine::new(Selection::default());
    let mut wrong = Vec::new();
    for (name, text) in scripted::scripts() {
        let whole = scripted::parse(&name, &text);
        let known: Vec<&str> = findings(&engine, &whole).iter().map(|finding| finding.rule.id).collect();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (what, script) in variants(&name, &lines) {
            let found = findings(&engine, &script);
            let new: Vec<&Finding> = found
                .iter()
                .filter(|finding| finding.severity == Severity::Error && !known.contains(&finding.rule.id))
                .collect();
            if !new.is_empty() {
                wrong.push(format!("{name} {what}:\n{}", shown(&new)));
            }
        }
    }
    wrong.join("\n\n")
}

#[test]
fn a_session_with_a_message_sent_again_raises_no_error_that_the_whole_did_not() {
    let wrong = new_errors(with_repetitions);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_session_with_a_lost_request_sent_again_raises_no_error_that_the_whole_did_not() {
    let wrong = new_errors(with_lost_requests_repeated);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn expectations_of_scripts_hold() {
    let mut checked = 0;
    for (name, script) in scripts().into_iter().chain(parsed(scripted::scripts_in("docs/examples"))) {
        for expectation in script.expectations() {
            checked += 1;
            let rule =
                dmscope::rules::find(&expectation.rule).unwrap_or_else(|| panic!("{name}: {}", expectation.rule));
            let engine = Engine::with_rules(vec![rule], Selection::default());
            let mut tally = Tally::default();
            let mut found = Vec::new();
            for session in sessions(&script) {
                let outcome = engine.judge(&session);
                outcome.tallies.iter().for_each(|part| tally.merge(part));
                for finding in outcome.findings {
                    let entry = session.entry(finding.at.entry).unwrap();
                    let place = (entry.direction, entry.message.msg_id().unwrap_or_default().to_owned());
                    found.push((place, finding.seen));
                }
            }
            let say = |what: &str| format!("{name}: {} {what}: {tally:?} {found:?}", rule.id);
            if let Some(occasions) = expectation.occasions {
                assert_eq!(tally.occasions, u64::from(occasions), "{}", say("occasions"));
            }
            if let Some(violated) = expectation.violated {
                assert_eq!(tally.violations, u64::from(violated), "{}", say("violations"));
            }
            if let Some((direction, msg_id)) = &expectation.at {
                let direction: Direction = *direction;
                assert!(found.iter().any(|(place, _)| *place == (direction, msg_id.clone())), "{}", say("place"));
            }
            if let Some(text) = &expectation.text {
                assert!(found.iter().any(|(_, seen)| seen.contains(text.as_str())), "{}", say("text"));
            }
        }
    }
    assert!(checked > 0, "no script says what it expects");
}
