//! Reports that were written earlier: read back, put together, compared.

use super::{
    FindingReport, IcsMismatch, JudgedSession, Notes, Report, ReportStore, RequirementLevel, RuleReport, SCHEMA,
    Severity, Since, TestCaseReport, TestCaseVerdict, UndecidedReport,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;

/// Why a file is no report that this program reads.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It is no JSON, or no report.
    #[error("line {line}, column {column}: this is no report of dmscope: {text}; write one with --format json")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        text: String,
    },
    /// It has another format.
    #[error(
        "line 2: the report has the format {0:?}, and this program reads {SCHEMA:?}; write it anew from its capture"
    )]
    Schema(String),
}

impl From<serde_json::Error> for StoredError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        // The place stands before it already.
        let text = text.split(" at line ").next().unwrap_or_default().to_owned();
        Self::Form { line: error.line(), column: error.column(), text }
    }
}

impl Report {
    /// Reads a report as the JSON format writes it.
    ///
    /// # Errors
    ///
    /// With the place, when it is none, or one of another format.
    pub fn parse(json: &[u8]) -> Result<Self, StoredError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let head: Head = serde_json::from_slice(json)?;
        if head.schema != SCHEMA {
            return Err(StoredError::Schema(head.schema));
        }
        Ok(serde_json::from_slice(json)?)
    }

    /// The same as what formats read.
    ///
    /// # Errors
    ///
    /// When a temporary file can't be written.
    pub fn into_store(self) -> io::Result<ReportStore> {
        merge(vec![self])
    }
}

/// Puts reports together as if their inputs had been read in one run, in this order.
///
/// # Errors
///
/// When a temporary file can't be written.
pub fn merge(parts: Vec<Report>) -> io::Result<ReportStore> {
    let several = parts.iter().map(|part| part.inputs.len()).sum::<usize>() > 1;
    let mut store = ReportStore::default();
    let (mut inputs, mut rules, mut cases) = (Vec::new(), Rules::default(), Cases::default());
    let mut ics: Vec<IcsMismatch> = Vec::new();
    let mut number = 0_u32;
    let mut remarks: Option<Vec<String>> = None;
    let mut baselines = Vec::new();
    // One part that shows everything is enough.
    let redacted = !parts.is_empty() && parts.iter().all(|part| part.summary.redacted);
    for part in parts {
        // A waiver that is of use in one part is of use.
        let here = part.summary.remarks;
        remarks = Some(match remarks {
            None => here,
            Some(before) => before.into_iter().filter(|remark| here.contains(remark)).collect(),
        });
        baselines.extend(part.summary.baseline);
        let before = u32::try_from(inputs.len()).unwrap_or(u32::MAX);
        let input = |input: Option<u32>| several.then(|| before.saturating_add(input.unwrap_or(1)));
        let mut findings = part.findings.into_iter().peekable();
        let first = number;
        for mut session in part.sessions {
            let mut own: Vec<FindingReport<'static>> = Vec::new();
            while let Some(mut finding) = findings.next_if(|next| next.session == session.index) {
                finding.input = input(finding.input);
                own.push(finding);
            }
            session.messages.iter_mut().for_each(|message| message.input = input(message.input));
            if let Some(notification) = &mut session.notification {
                notification.input = input(notification.input);
            }
            for bootstrap in &mut session.bootstraps {
                bootstrap.input = input(bootstrap.input);
            }
            for download in &mut session.downloads {
                download.input = input(download.input);
            }
            number = first.saturating_add(session.index);
            store.add(number, &JudgedSession::new(session, own)?)?;
        }
        rules.add(part.rules);
        cases.add(part.testcases, first, &input);
        for row in part.ics.into_iter().map(|row| moved(row, first, &input)) {
            // Each part holds the same statement against its own traffic.
            let same = |known: &IcsMismatch| known.item == row.item && known.seen.is_some() == row.seen.is_some();
            if !ics.iter().any(same) {
                ics.push(row);
            }
        }
        inputs.extend(part.inputs);
    }
    store.add_ics(ics);
    let verdict = |id: &str| cases.0.iter().find(|case| case.id == id).map(|case| case.verdict);
    let since = Since::of_parts(baselines, verdict);
    store.note(Notes { remarks: remarks.unwrap_or_default(), since, redacted });
    store.finish(inputs, rules.0, cases.0);
    Ok(store)
}

/// A row with the numbers that session and input have among those of all parts.
fn moved(row: IcsMismatch, sessions: u32, input: &dyn Fn(Option<u32>) -> Option<u32>) -> IcsMismatch {
    let session = row.session.map(|session| session.saturating_add(sessions));
    let input = if row.session.is_some() { input(row.input) } else { None };
    IcsMismatch { session, input, ..row }
}

/// Tallies of rules, in the order in which they first came.
#[derive(Default)]
struct Rules(Vec<RuleReport>);

impl Rules {
    fn add(&mut self, rules: Vec<RuleReport>) {
        for rule in rules {
            let Some(sum) = self.0.iter_mut().find(|sum| sum.id == rule.id) else {
                self.0.push(rule);
                continue;
            };
            sum.occasions = sum.occasions.saturating_add(rule.occasions);
            sum.violations = sum.violations.saturating_add(rule.violations);
            for undecided in rule.undecided {
                match sum.undecided.iter_mut().find(|sum| sum.reason == undecided.reason) {
                    Some(sum) => sum.occasions = sum.occasions.saturating_add(undecided.occasions),
                    None => sum.undecided.push(undecided),
                }
            }
            sum.undecided.sort_by_key(place_of);
        }
    }
}

/// Reasons stand in the order of their list.
fn place_of(undecided: &UndecidedReport) -> Option<usize> {
    crate::rules::Reason::ALL.iter().position(|reason| reason.name() == undecided.reason)
}

/// Test cases, in the order in which they first came.
#[derive(Default)]
struct Cases(Vec<TestCaseReport>);

impl Cases {
    fn add(&mut self, cases: Vec<TestCaseReport>, sessions: u32, input: &dyn Fn(Option<u32>) -> Option<u32>) {
        for mut case in cases {
            for evidence in &mut case.evidence {
                evidence.session = evidence.session.saturating_add(sessions);
                evidence.input = input(evidence.input);
            }
            let Some(sum) = self.0.iter_mut().find(|sum| sum.id == case.id) else {
                self.0.push(case);
                continue;
            };
            let mut trials = sum.trials;
            trials.pass = trials.pass.saturating_add(case.trials.pass);
            trials.fail = trials.fail.saturating_add(case.trials.fail);
            trials.inconclusive = trials.inconclusive.saturating_add(case.trials.inconclusive);
            // One failure fails, one pass is worth more than what could not be decided.
            if weight(&case) > weight(sum) {
                *sum = case;
            }
            sum.trials = trials;
        }
    }
}

/// The reason of a test case where there was no session.
pub(crate) const NO_SESSION: &str = "not-exercised: there was no session";

/// Reasons of inconclusive verdicts, the most telling last: the first word of the reason of a test case.
pub(crate) const REASONS: [&str; 14] = [
    "not-exercised",
    "window-open",
    "truncated",
    "gap",
    "undecodable",
    "encrypted",
    "missing-secret",
    "aborted",
    "peer-fault",
    "refused-by-peer",
    "applicability-unknown",
    "ambiguous",
    "needs-observer",
    "no-agreement",
];

/// What decides between the rows of two parts: one failure fails, one pass is worth more than what could not be decided.
fn weight(case: &TestCaseReport) -> (u8, usize) {
    match (case.verdict, case.level) {
        // A part without a session says nothing, not even whether the case applies.
        (TestCaseVerdict::Inconclusive, _) if case.reason == NO_SESSION => (0, 0),
        (TestCaseVerdict::NotApplicable, _) => (0, 1),
        (TestCaseVerdict::Inconclusive, _) => {
            let word = case.reason.split(':').next().unwrap_or_default();
            let reason = REASONS.iter().position(|reason| *reason == word).map_or(0, |at| at.saturating_add(1));
            // Of the same reason, one that something bears out.
            (1, reason.saturating_mul(2).saturating_add(usize::from(!case.evidence.is_empty())))
        }
        (TestCaseVerdict::Pass, _) => (2, 0),
        (TestCaseVerdict::Fail, RequirementLevel::May) => (3, 0),
        (TestCaseVerdict::Fail, RequirementLevel::Should) => (4, 0),
        (TestCaseVerdict::Fail, RequirementLevel::Must) => (5, 0),
        (TestCaseVerdict::Error, _) => (6, 0),
    }
}

/// How something changed from one report to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was not there.
    New,
    /// It weighs more. That it is found more often is no such change: the capture may be longer.
    Worse,
    /// It weighs less.
    Better,
    /// It is no longer there.
    Gone,
}

impl Change {
    /// The word of the comparison.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Gone => "gone",
        }
    }

    /// Whether it is one to the bad.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::New | Self::Worse)
    }
}

/// A violation that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChangedFinding {
    /// How.
    pub change: Change,
    /// The rule.
    pub rule: String,
    /// How much it weighs now, or weighed where it is gone.
    pub severity: Severity,
    /// What makes it known in both.
    pub fingerprint: String,
    /// How often it was found before, and is found now.
    pub counts: (u64, u64),
    /// One of the findings: of the new report, or of the old one where it is gone.
    pub example: FindingReport<'static>,
}

/// A test case whose verdict is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChangedCase {
    /// How.
    pub change: Change,
    /// Its id.
    pub id: String,
    /// Its verdict before; null where there was none.
    pub before: Option<TestCaseVerdict>,
    /// Its verdict now; null where there is none.
    pub after: Option<TestCaseVerdict>,
    /// Whether the case itself changed in between.
    pub case_changed: bool,
    /// Why it is what it is now.
    pub reason: String,
}

/// What became of an older report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Findings, the worst change first.
    pub findings: Vec<ChangedFinding>,
    /// Test cases, the worst change first.
    pub testcases: Vec<ChangedCase>,
    /// Violations that are as they were.
    pub same: u64,
}

impl Difference {
    /// Whether something that weighs at least this much got worse.
    pub fn is_regression(&self, least: Severity) -> bool {
        let finding = |changed: &ChangedFinding| changed.change.is_bad() && changed.severity >= least;
        self.findings.iter().any(finding) || self.testcases.iter().any(|case| case.change.is_bad())
    }
}

/// What is known of one violation.
struct Known {
    count: u64,
    worst: Severity,
    example: FindingReport<'static>,
}

/// What makes a finding known in another report.
pub(super) fn finding_key(finding: &FindingReport<'_>) -> String {
    match &finding.fingerprint {
        Some(fingerprint) => fingerprint.to_string(),
        None => format!("{}:{}", finding.rule, finding.element.as_deref().unwrap_or_default()),
    }
}

/// Violations that no waiver accepts, by what makes them known.
fn known(report: Report) -> BTreeMap<String, Known> {
    let mut all: BTreeMap<String, Known> = BTreeMap::new();
    for finding in report.findings.into_iter().filter(|finding| finding.waived.is_none()) {
        let key = finding_key(&finding);
        match all.get_mut(&key) {
            Some(known) => {
                known.count = known.count.saturating_add(1);
                known.worst = known.worst.max(finding.severity);
            }
            None => drop(all.insert(key, Known { count: 1, worst: finding.severity, example: finding })),
        }
    }
    all
}

/// Compares two reports by fingerprint.
pub fn difference(mut old: Report, mut new: Report) -> Difference {
    let testcases = changed_cases(&std::mem::take(&mut old.testcases), &std::mem::take(&mut new.testcases));
    let mut before = known(old);
    let mut findings = Vec::new();
    let mut same = 0_u64;
    for (fingerprint, now) in known(new) {
        let then = before.remove(&fingerprint);
        let change = match &then {
            None => Change::New,
            Some(then) if now.worst > then.worst => Change::Worse,
            Some(then) if now.worst < then.worst => Change::Better,
            Some(_) => {
                same = same.saturating_add(1);
                continue;
            }
        };
        let counts = (then.map_or(0, |then| then.count), now.count);
        let (severity, example) = (now.worst, now.example);
        findings.push(ChangedFinding {
            change,
            rule: example.rule.to_string(),
            severity,
            fingerprint,
            counts,
            example,
        });
    }
    for (fingerprint, then) in before {
        let (severity, counts, example) = (then.worst, (then.count, 0), then.example);
        let rule = example.rule.to_string();
        findings.push(ChangedFinding { change: Change::Gone, rule, severity, fingerprint, counts, example });
    }
    let key =
        |one: &ChangedFinding| (one.change, std::cmp::Reverse(one.severity), one.rule.clone(), one.fingerprint.clone());
    findings.sort_by_cached_key(key);
    Difference { findings, testcases, same }
}

/// How good a verdict is to have.
pub(crate) fn goodness(verdict: TestCaseVerdict) -> u8 {
    match verdict {
        TestCaseVerdict::Error => 0,
        TestCaseVerdict::Fail => 1,
        TestCaseVerdict::Inconclusive => 2,
        TestCaseVerdict::NotApplicable => 3,
        TestCaseVerdict::Pass => 4,
    }
}

fn changed_cases(old: &[TestCaseReport], new: &[TestCaseReport]) -> Vec<ChangedCase> {
    let before: BTreeMap<&str, &TestCaseReport> = old.iter().map(|case| (case.id.as_ref(), case)).collect();
    let after: BTreeMap<&str, &TestCaseReport> = new.iter().map(|case| (case.id.as_ref(), case)).collect();
    let ids = before.keys().chain(after.keys().filter(|id| !before.contains_key(*id)));
    let mut changed: Vec<ChangedCase> = ids
        .filter_map(|id| {
            let (then, now) = (before.get(id), after.get(id));
            let change = match (then, now) {
                (Some(then), Some(now)) if goodness(now.verdict) < goodness(then.verdict) => Change::Worse,
                (Some(then), Some(now)) if goodness(now.verdict) > goodness(then.verdict) => Change::Better,
                // A case that is no longer run may hide a failure.
                (Some(_), None) => Change::Worse,
                (None, Some(now)) if matches!(now.verdict, TestCaseVerdict::Fail | TestCaseVerdict::Error) => {
                    Change::New
                }
                _ => return None,
            };
            Some(ChangedCase {
                change,
                id: (*id).to_owned(),
                before: then.map(|case| case.verdict),
                after: now.map(|case| case.verdict),
                case_changed: then.zip(now).is_some_and(|(then, now)| then.sha256 != now.sha256),
                reason: now.map_or_else(|| "it is no longer run".to_owned(), |case| case.reason.clone()),
            })
        })
        .collect();
    changed.sort_by(|a, b| (a.change, &a.id).cmp(&(b.change, &b.id)));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::example;

    fn report(findings: Vec<FindingReport<'static>>) -> Report {
        let mut session = example::session(1);
        session.judge(&findings);
        Report {
            pending: Vec::new(),
            schema: SCHEMA.into(),
            tool: crate::verdict::ToolReport::default(),
            sessions: vec![session],
            findings,
            rules: Vec::new(),
            testcases: Vec::new(),
            ics: Vec::new(),
            inputs: Vec::new(),
            summary: crate::verdict::Summary::default(),
        }
    }

    fn finding(rule: &'static str, severity: Severity, fingerprint: &'static str) -> FindingReport<'static> {
        FindingReport { fingerprint: Some(fingerprint.into()), ..example::finding(rule, severity, 1, 1) }
    }

    #[test]
    fn what_changed_is_told_by_fingerprint() {
        let old = report(vec![
            finding("HDR-001", Severity::Error, "a"),
            finding("HDR-002", Severity::Error, "b"),
            finding("HDR-002", Severity::Error, "b"),
            finding("HDR-003", Severity::Warning, "c"),
            finding("HDR-004", Severity::Error, "d"),
            finding("HDR-006", Severity::Error, "f"),
        ]);
        let new = report(vec![
            finding("HDR-001", Severity::Error, "a"),
            finding("HDR-002", Severity::Error, "b"),
            finding("HDR-003", Severity::Error, "c"),
            finding("HDR-005", Severity::Warning, "e"),
            finding("HDR-006", Severity::Info, "f"),
        ]);
        let difference = difference(old, new);
        let shown: Vec<(Change, &str, (u64, u64))> =
            difference.findings.iter().map(|one| (one.change, one.rule.as_str(), one.counts)).collect();
        let expected = [
            (Change::New, "HDR-005", (0, 1)),
            (Change::Worse, "HDR-003", (1, 1)),
            (Change::Better, "HDR-006", (1, 1)),
            (Change::Gone, "HDR-004", (1, 0)),
        ];
        assert_eq!(shown, expected);
        assert_eq!(difference.same, 2);
        assert!(difference.is_regression(Severity::Error));
    }

    #[test]
    fn a_new_warning_is_a_regression_only_for_who_asks() {
        let difference = difference(report(Vec::new()), report(vec![finding("HDR-001", Severity::Warning, "a")]));
        assert!(!difference.is_regression(Severity::Error));
        assert!(difference.is_regression(Severity::Warning));
    }

    #[test]
    fn a_waived_finding_is_none() {
        let waived = crate::verdict::WaivedReport { reason: "known".into(), owner: None, expires: None };
        let waived = FindingReport { waived: Some(waived), ..finding("HDR-001", Severity::Error, "a") };
        assert_eq!(difference(report(vec![waived.clone()]), report(Vec::new())).findings, []);
        assert_eq!(difference(report(Vec::new()), report(vec![waived])).findings, []);
    }

    #[test]
    fn a_file_that_is_no_report_says_where() {
        let table = [
            ("", "line 1, column 0: this is no report of dmscope: EOF while parsing a value"),
            ("{\n\"schema\": 7}", "line 2, column 11: this is no report"),
            ("{\"schema\": \"dmscope-report/9\"}", "\"dmscope-report/9\", and this program reads \"dmscope-report/1\""),
            ("{\"schema\": \"dmscope-report/1\"}", "missing field"),
        ];
        for (text, expected) in table {
            let error = Report::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
