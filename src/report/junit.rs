//! JUnit XML: a `testcase` for each input, each rule and each test case, for the list of tests of a CI system.
//!
//! An error finding makes the rule's `testcase` a failure of type `must`, a warning one of type `should`; what was never
//! exercised, could not be decided, does not apply, is waived or stands in the baseline is skipped, and its message says which.

use super::place::{explanation, place};
use super::xml::xml;
use super::{Format, Options, visible};
use crate::verdict::{
    EvidencePart, FindingReport, InputReport, ReportStore, RequirementLevel, RuleReport, Severity, Summary,
    TestCaseReport, TestCaseVerdict,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Findings of a rule that are told one by one.
const OF_A_RULE: usize = 20;

/// JUnit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("junit.xml")
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        let found = gather(report)?;
        let suites = suites(report, &found);
        let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<testsuites name=\"dmscope\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
            sum(|suite| suite.rows.len()),
            sum(|suite| suite.count(Outcome::is_failure)),
            sum(|suite| suite.count(Outcome::is_error)),
        )?;
        suites.iter().try_for_each(|suite| suite.write(out))?;
        writeln!(out, "</testsuites>")
    }
}

/// What was found by one rule.
#[derive(Default)]
struct Found {
    worst: Option<Severity>,
    count: u64,
    lines: Vec<String>,
    waived: u64,
    known: u64,
    reason: Option<String>,
}

fn gather(report: &mut ReportStore) -> io::Result<BTreeMap<String, Found>> {
    let mut rules: BTreeMap<String, Found> = BTreeMap::new();
    for finding in report.findings()? {
        let finding: FindingReport<'_> = finding?;
        let found = rules.entry(finding.rule.to_string()).or_default();
        if let Some(waived) = &finding.waived {
            found.waived = found.waived.saturating_add(1);
            found.reason.get_or_insert_with(|| waived.reason.to_string());
            continue;
        }
        if finding.known {
            found.known = found.known.saturating_add(1);
            continue;
        }
        found.worst = found.worst.max(Some(finding.severity));
        found.count = found.count.saturating_add(1);
        if found.lines.len() < OF_A_RULE {
            found.lines.push(visible(&format!("{}: {}", place(&finding), explanation(&finding))).into_owned());
        }
    }
    Ok(rules)
}

/// What became of one `testcase`.
enum Outcome {
    Pass { note: Option<String> },
    Failure { kind: &'static str, message: String, text: String },
    Error { message: String },
    Skipped { message: String },
}

impl Outcome {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Failure { .. })
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Error { .. })
    }

    fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped { .. })
    }
}

struct Row {
    class: String,
    name: String,
    properties: Vec<(&'static str, String)>,
    outcome: Outcome,
}

struct Suite {
    name: String,
    rows: Vec<Row>,
}

impl Suite {
    fn count(&self, what: fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|row| what(&row.outcome)).count()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            xml(&self.name),
            self.rows.len(),
            self.count(Outcome::is_failure),
            self.count(Outcome::is_error),
            self.count(Outcome::is_skipped),
        )?;
        self.rows.iter().try_for_each(|row| row.write(out))?;
        writeln!(out, "  </testsuite>")
    }
}

impl Row {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", xml(&self.class), xml(&self.name))?;
        if !self.properties.is_empty() {
            writeln!(out, "      <properties>")?;
            for (name, value) in &self.properties {
                writeln!(out, "        <property name=\"{name}\" value=\"{}\"/>", xml(value))?;
            }
            writeln!(out, "      </properties>")?;
        }
        match &self.outcome {
            Outcome::Pass { note: None } => {}
            Outcome::Pass { note: Some(note) } => writeln!(out, "      <system-out>{}</system-out>", lines(note))?,
            Outcome::Failure { kind, message, text } => {
                let message = xml(message);
                writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{}</failure>", lines(text))?;
            }
            Outcome::Error { message } => writeln!(out, "      <error message=\"{}\"/>", xml(message))?,
            Outcome::Skipped { message } => writeln!(out, "      <skipped message=\"{}\"/>", xml(message))?,
        }
        writeln!(out, "    </testcase>")
    }
}

/// Escapes a text of several lines, and keeps their ends: each line is already such that no wire made them.
fn lines(text: &str) -> String {
    text.lines().map(xml).collect::<Vec<_>>().join("\n")
}

fn suites(report: &ReportStore, found: &BTreeMap<String, Found>) -> Vec<Suite> {
    let tail = report.tail();
    let mut suites = vec![Suite { name: "inputs".to_owned(), rows: tail.inputs.iter().map(of_input).collect() }];
    for rule in &tail.rules {
        let family = rule.id.split('-').next().unwrap_or_default();
        push(&mut suites, format!("rules/{family}"), of_rule(rule, found.get(rule.id.as_ref())));
    }
    for case in &tail.testcases {
        let area = case.id.rsplit('-').nth(1).unwrap_or_default();
        push(&mut suites, format!("testcases/{}/{area}", case.role.name()), of_case(case, &tail.summary));
    }
    suites
}

fn push(suites: &mut Vec<Suite>, name: String, row: Row) {
    match suites.iter_mut().find(|suite| suite.name == name) {
        Some(suite) => suite.rows.push(row),
        None => suites.push(Suite { name, rows: vec![row] }),
    }
}

fn of_input(input: &InputReport) -> Row {
    let unread = input.problems.iter().find(|problem| problem.kind.is_unread());
    let outcome = match unread {
        Some(problem) => Outcome::Error { message: problem.text.clone() },
        None => Outcome::Pass { note: input.seen.clone() },
    };
    Row { class: "inputs".to_owned(), name: input.path.clone(), properties: Vec::new(), outcome }
}

fn of_rule(rule: &RuleReport, found: Option<&Found>) -> Row {
    let undecided: u64 = rule.undecided.iter().map(|undecided| undecided.occasions).sum();
    let why = || {
        let reasons = rule.undecided.iter().map(|one| format!("{} ({})", one.reason, one.occasions));
        reasons.collect::<Vec<_>>().join(", ")
    };
    let outcome = match found {
        Some(found) if found.count > 0 => {
            let kind = match found.worst {
                Some(Severity::Error) => Some("must"),
                Some(Severity::Warning) => Some("should"),
                _ => None,
            };
            let mut text = found.lines.join("\n");
            let left = found.count.saturating_sub(u64::try_from(found.lines.len()).unwrap_or(u64::MAX));
            if left > 0 {
                // Writing to a String cannot fail.
                let _ = write!(text, "\n… and {left} more");
            }
            match kind {
                Some(kind) => Outcome::Failure {
                    kind,
                    message: format!("{}: {} of {} occasions violate it", rule.title, found.count, rule.occasions),
                    text,
                },
                None => Outcome::Pass { note: Some(text) },
            }
        }
        Some(found) if found.known > 0 => {
            Outcome::Skipped { message: format!("known ({}): it stands in the baseline", found.known) }
        }
        Some(found) if found.waived > 0 => Outcome::Skipped {
            message: format!("waived ({}): {}", found.waived, found.reason.as_deref().unwrap_or_default()),
        },
        _ if rule.occasions == 0 && undecided > 0 => Outcome::Skipped { message: format!("inconclusive: {}", why()) },
        _ if rule.occasions == 0 => {
            Outcome::Skipped { message: "not exercised: nothing in the captures is an occasion for it".to_owned() }
        }
        _ if undecided > 0 => Outcome::Pass { note: Some(format!("{undecided} occasions undecided: {}", why())) },
        _ => Outcome::Pass { note: None },
    };
    Row {
        class: format!("rules.{}", rule.id.split('-').next().unwrap_or_default()),
        name: format!("{} {}", rule.id, rule.title),
        properties: vec![
            ("occasions", rule.occasions.to_string()),
            ("violations", rule.violations.to_string()),
            ("undecided", undecided.to_string()),
        ],
        outcome,
    }
}

fn of_case(case: &TestCaseReport, summary: &Summary) -> Row {
    let outcome = match (case.verdict, &case.waived) {
        (TestCaseVerdict::Fail | TestCaseVerdict::Error, None) if summary.knows_case(&case.id) => {
            Outcome::Skipped { message: format!("known ({}): {}", case.verdict.name(), case.reason) }
        }
        (verdict, Some(waived)) => {
            Outcome::Skipped { message: format!("waived ({}): {}", verdict.name(), waived.reason) }
        }
        (TestCaseVerdict::Pass, None) => Outcome::Pass { note: Some(evidence(case)) },
        (TestCaseVerdict::Fail, None) => Outcome::Failure {
            kind: match case.level {
                RequirementLevel::Must => "must",
                RequirementLevel::Should => "should",
                RequirementLevel::May => "may",
            },
            message: case.reason.clone(),
            text: evidence(case),
        },
        (TestCaseVerdict::Inconclusive, None) => Outcome::Skipped { message: format!("inconclusive: {}", case.reason) },
        (TestCaseVerdict::NotApplicable, None) => {
            Outcome::Skipped { message: format!("not applicable: {}", case.reason) }
        }
        (TestCaseVerdict::Error, None) => Outcome::Error { message: case.reason.clone() },
    };
    let mut properties = vec![
        ("rev", case.rev.to_string()),
        ("trials-pass", case.trials.pass.to_string()),
        ("trials-fail", case.trials.fail.to_string()),
        ("trials-inconclusive", case.trials.inconclusive.to_string()),
    ];
    properties.extend(case.other_ids.iter().map(|id| ("id", id.to_string())));
    let area = case.id.rsplit('-').nth(1).unwrap_or_default();
    Row {
        class: format!("testcases.{}.{area}", case.role.name()),
        name: format!("{} {}", case.id, case.title),
        properties,
        outcome,
    }
}

/// One line for each piece of evidence.
fn evidence(case: &TestCaseReport) -> String {
    let line = |one: &crate::verdict::Evidence| {
        let part = match one.part {
            EvidencePart::Matched => "seen",
            EvidencePart::Violation => "violation",
            EvidencePart::Missing => "missing",
            EvidencePart::Context => "context",
        };
        let step = one.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
        let message = one.message.map(|message| format!(", message {message}")).unwrap_or_default();
        let frames: Vec<String> = one.frames.iter().map(ToString::to_string).collect();
        let expected = one.expected.as_ref().map(|expected| format!("; expected: {expected}")).unwrap_or_default();
        format!("{part}: {step}session {}{message} (frames {}): {}{expected}", one.session, frames.join(", "), one.text)
    };
    case.evidence.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    fn written(count: u32) -> String {
        let mut out = Vec::new();
        Junit.write(&mut example::store_with_cases(count), &mut out, &Options::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rules_and_cases_are_tests() {
        insta::assert_snapshot!(written(3));
    }

    #[test]
    fn it_is_well_formed_and_counts_what_it_holds() {
        let text = written(120);
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut tests, mut failures, mut skipped) = (0, 0, 0);
        loop {
            use quick_xml::events::Event;
            match reader.read_event().unwrap() {
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    "testcase" => tests += 1,
                    "failure" => failures += 1,
                    "skipped" => skipped += 1,
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(skipped > 0);
        assert!(text.contains(&format!("<testsuites name=\"dmscope\" tests=\"{tests}\" failures=\"{failures}\"")));
        assert!(text.contains("… and "), "long lists are cut");
    }
}
