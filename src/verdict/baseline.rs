//! What was known before: an earlier report, against which only what is new counts.

use super::stored::finding_key;
use super::{
    BaselineReport, FailOn, FindingReport, Report, RequirementLevel, Severity, SeverityCounts, Summary, TestCaseReport,
    TestCaseVerdict, Verdict, WorseCase,
};
use std::collections::{BTreeMap, BTreeSet};

/// What an earlier report found. What a waiver accepted in it is not known: it counts again when the waiver is gone.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// Findings by what makes them known, each with what it weighed.
    findings: BTreeMap<String, Severity>,
    cases: BTreeMap<String, KnownCase>,
    /// Whether something could not be judged.
    inconclusive: bool,
}

#[derive(Debug, Clone)]
struct KnownCase {
    verdict: TestCaseVerdict,
    level: RequirementLevel,
    fingerprint: Option<String>,
    waived: bool,
}

impl Baseline {
    /// Takes what counts out of a report.
    pub fn new(report: &Report) -> Self {
        let mut findings: BTreeMap<String, Severity> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.waived.is_none()) {
            let worst = findings.entry(finding_key(finding)).or_insert(finding.severity);
            *worst = finding.severity.max(*worst);
        }
        let case = |case: &TestCaseReport| {
            let known = KnownCase {
                verdict: case.verdict,
                level: case.level,
                fingerprint: case.fingerprint.as_ref().map(ToString::to_string),
                waived: case.waived.is_some(),
            };
            (case.id.to_string(), known)
        };
        let cases = report.testcases.iter().map(case).collect();
        Self { findings, cases, inconclusive: is_unjudged(&report.summary) }
    }

    /// Notes in the findings which of them it holds.
    pub fn mark(&self, findings: &mut [FindingReport<'_>]) {
        for finding in findings {
            let weighed = self.findings.get(&finding_key(finding));
            finding.known = finding.waived.is_none() && weighed.is_some_and(|weighed| *weighed >= finding.severity);
        }
    }

    /// What is to be said at the end of a run with these test cases; `selects` says which were asked for.
    pub fn since(&self, cases: &[TestCaseReport], selects: impl Fn(&str) -> bool) -> Since {
        let mut worse: Vec<WorseCase> = cases.iter().filter_map(|case| self.worse(case)).collect();
        let here: BTreeSet<&str> = cases.iter().map(|case| case.id.as_ref()).collect();
        for (id, known) in &self.cases {
            if known.verdict != TestCaseVerdict::NotApplicable && !here.contains(id.as_str()) && selects(id) {
                let before = Some(known.verdict);
                worse.push(WorseCase { id: id.clone().into(), before, after: None, level: known.level });
            }
        }
        worse.sort_by(|a, b| a.id.cmp(&b.id));
        Since { testcases: worse, was_inconclusive: self.inconclusive }
    }

    fn worse(&self, case: &TestCaseReport) -> Option<WorseCase> {
        let before = self.cases.get(case.id.as_ref());
        let same_place = |known: &KnownCase| match (&known.fingerprint, &case.fingerprint) {
            (Some(then), Some(now)) => then == now,
            _ => true,
        };
        let stands = |known: &KnownCase| known.verdict == case.verdict && !known.waived && same_place(known);
        let is_worse = case.waived.is_none()
            && match case.verdict {
                TestCaseVerdict::Fail | TestCaseVerdict::Error => !before.is_some_and(stands),
                TestCaseVerdict::Inconclusive => before.is_some_and(|known| known.verdict == TestCaseVerdict::Pass),
                TestCaseVerdict::Pass | TestCaseVerdict::NotApplicable => false,
            };
        is_worse.then(|| WorseCase {
            id: case.id.clone(),
            before: before.map(|known| known.verdict),
            after: Some(case.verdict),
            level: case.level,
        })
    }
}

/// Whether a session, or an input, could not be judged as a whole.
fn is_unjudged(summary: &Summary) -> bool {
    summary.session_verdicts.inconclusive > 0 || summary.verdict == Verdict::Inconclusive
}

/// What changed since the baseline, as far as the findings of sessions do not say it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Since {
    pub(super) testcases: Vec<WorseCase>,
    pub(super) was_inconclusive: bool,
}

impl Since {
    /// With the findings that a summary counts, of which so many are known.
    pub(super) fn report(&self, summary: &Summary, known: SeverityCounts) -> BaselineReport {
        BaselineReport {
            known,
            new: SeverityCounts::without(&summary.findings, known),
            testcases: self.testcases.clone(),
            inconclusive: is_unjudged(summary) && !self.was_inconclusive,
        }
    }

    /// Of the parts of a run, together; `verdict` says what became of a test case in all of them. `None` without a baseline.
    pub(super) fn of_parts(
        parts: Vec<BaselineReport>,
        verdict: impl Fn(&str) -> Option<TestCaseVerdict>,
    ) -> Option<Self> {
        let mut since = Self { testcases: Vec::new(), was_inconclusive: true };
        let mut seen = BTreeSet::new();
        for part in parts.iter() {
            since.was_inconclusive &= !part.inconclusive;
            // What became of a case in all parts is what one of them says.
            let holds = part.testcases.iter().filter(|case| verdict(&case.id) == case.after);
            since.testcases.extend(holds.filter(|case| seen.insert(case.id.clone())).cloned());
        }
        since.testcases.sort_by(|a, b| a.id.cmp(&b.id));
        (!parts.is_empty()).then_some(since)
    }
}

impl BaselineReport {
    /// The verdict that decides the exit code, and the warnings beside it.
    fn weight(&self, summary: &Summary) -> (Verdict, u64) {
        let (mut verdict, mut warnings) = (Verdict::Pass, self.new.warning);
        if self.inconclusive {
            verdict = Verdict::Inconclusive;
        }
        for case in &self.testcases {
            match (case.after, case.level) {
                (Some(TestCaseVerdict::Inconclusive), _) => verdict = verdict.max(Verdict::Inconclusive),
                (Some(TestCaseVerdict::Error), _) | (_, RequirementLevel::Must) => verdict = verdict.max(Verdict::Fail),
                (_, RequirementLevel::Should) => warnings = warnings.saturating_add(1),
                (_, RequirementLevel::May) => {}
            }
        }
        if self.new.error > 0 {
            verdict = Verdict::Fail;
        }
        // That dmscope could not judge is never known.
        (if summary.verdict == Verdict::Error { Verdict::Error } else { verdict }, warnings)
    }

    /// What is new, in a few words.
    pub(super) fn say(&self) -> String {
        let new = match (self.new.total(), self.testcases.len()) {
            (0, 0) if self.inconclusive => "nothing new, but not all could be judged".to_owned(),
            (0, 0) => "nothing new".to_owned(),
            (new, 0) => format!("{new} new"),
            (new, cases) => format!("{new} new, {cases} test case{} worse", if cases == 1 { "" } else { "s" }),
        };
        format!("since the baseline: {new}, {} known", self.known.total())
    }
}

impl FailOn {
    /// Whether a run with this summary failed. With a baseline, only what is new counts; the verdict stays what it is.
    pub fn is_reached_by(self, summary: &Summary) -> bool {
        let (verdict, warnings) = match &summary.baseline {
            Some(baseline) => baseline.weight(summary),
            None => (summary.verdict, summary.findings.warning.saturating_add(summary.testcases.fail_should)),
        };
        let remarks = u64::try_from(summary.remarks.len()).unwrap_or(u64::MAX).saturating_add(summary.ics);
        self.is_reached(verdict, warnings.saturating_add(remarks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::case;
    use crate::verdict::{FindingCounts, ReportStore, SessionVerdicts, WaivedReport, example};

    fn report(findings: Vec<FindingReport<'static>>, testcases: Vec<TestCaseReport>) -> Report {
        let json = serde_json::json!({
            "schema": super::super::SCHEMA, "tool": {"name": "dmscope", "version": "0"}, "sessions": [],
            "findings": findings, "rules": [], "testcases": testcases, "inputs": [],
            "summary": Summary::default(),
        });
        serde_json::from_value(json).unwrap()
    }

    fn finding(fingerprint: &'static str, severity: Severity) -> FindingReport<'static> {
        FindingReport { fingerprint: Some(fingerprint.into()), ..example::finding("HDR-001", severity, 1, 1) }
    }

    #[test]
    fn a_finding_is_known_by_its_fingerprint_unless_it_weighs_more_or_was_accepted() {
        let waived = FindingReport { waived: Some(WaivedReport::default()), ..finding("c", Severity::Error) };
        let nameless = FindingReport { fingerprint: None, ..example::finding("HDR-002", Severity::Error, 1, 1) };
        let before = vec![finding("a", Severity::Error), finding("b", Severity::Warning), waived.clone(), nameless];
        let baseline = Baseline::new(&report(before, Vec::new()));
        let nameless = FindingReport { fingerprint: None, ..example::finding("HDR-002", Severity::Error, 7, 9) };
        let mut now = [
            finding("a", Severity::Error),
            finding("a", Severity::Info),
            finding("b", Severity::Warning),
            finding("b", Severity::Error),
            finding("c", Severity::Error),
            finding("d", Severity::Error),
            FindingReport { waived: Some(WaivedReport::default()), ..finding("a", Severity::Error) },
            nameless,
        ];
        baseline.mark(&mut now);
        let known: Vec<bool> = now.iter().map(|finding| finding.known).collect();
        assert_eq!(known, [true, true, true, false, false, false, false, true]);
    }

    #[test]
    fn a_case_is_worse_when_it_fails_anew_can_no_longer_be_judged_or_is_gone() {
        use TestCaseVerdict::{Error, Fail, Inconclusive, NotApplicable, Pass};
        let at = |number, verdict, fingerprint: &'static str| TestCaseReport {
            fingerprint: Some(fingerprint.into()),
            ..case(number, verdict, "")
        };
        let waived = |case: TestCaseReport| TestCaseReport { waived: Some(WaivedReport::default()), ..case };
        let table: [(Option<TestCaseReport>, Option<TestCaseReport>, bool); 13] = [
            (Some(at(1, Pass, "a")), Some(at(1, Fail, "a")), true),
            (Some(at(1, Fail, "a")), Some(at(1, Fail, "a")), false),
            (Some(at(1, Fail, "a")), Some(at(1, Fail, "b")), true),
            (Some(waived(at(1, Fail, "a"))), Some(at(1, Fail, "a")), true),
            (Some(at(1, Pass, "a")), Some(waived(at(1, Fail, "a"))), false),
            (None, Some(at(1, Fail, "a")), true),
            (None, Some(at(1, Error, "a")), true),
            (None, Some(at(1, Inconclusive, "a")), false),
            (Some(at(1, Pass, "a")), Some(at(1, Inconclusive, "a")), true),
            (Some(at(1, Fail, "a")), Some(at(1, Inconclusive, "a")), false),
            (Some(at(1, Fail, "a")), Some(at(1, Pass, "a")), false),
            (Some(at(1, Pass, "a")), None, true),
            (Some(at(1, NotApplicable, "a")), None, false),
        ];
        for (row, (before, now, expected)) in table.into_iter().enumerate() {
            let baseline = Baseline::new(&report(Vec::new(), before.into_iter().collect()));
            let now: Vec<TestCaseReport> = now.into_iter().collect();
            assert_eq!(!baseline.since(&now, |_| true).testcases.is_empty(), expected, "row {row}");
        }
        let baseline = Baseline::new(&report(Vec::new(), vec![at(1, Pass, "a")]));
        assert!(baseline.since(&[], |_| false).testcases.is_empty(), "who leaves a case out knows it");
    }

    #[test]
    fn only_what_is_new_decides() {
        let counts = |error, warning| SeverityCounts { error, warning, info: 9 };
        let worse = |after, level| WorseCase { id: "X-1".into(), before: None, after, level };
        use RequirementLevel::{May, Must, Should};
        use TestCaseVerdict::{Error, Fail, Inconclusive};
        let table: [(BaselineReport, [bool; 3]); 10] = [
            (BaselineReport { known: counts(7, 7), ..BaselineReport::default() }, [false, false, false]),
            (BaselineReport { new: counts(1, 0), ..BaselineReport::default() }, [true, true, true]),
            (BaselineReport { new: counts(0, 1), ..BaselineReport::default() }, [false, true, true]),
            (BaselineReport { inconclusive: true, ..BaselineReport::default() }, [false, false, true]),
            (BaselineReport { testcases: vec![worse(Some(Fail), Must)], ..Default::default() }, [true, true, true]),
            (BaselineReport { testcases: vec![worse(Some(Fail), Should)], ..Default::default() }, [false, true, true]),
            (BaselineReport { testcases: vec![worse(Some(Fail), May)], ..Default::default() }, [false, false, false]),
            (BaselineReport { testcases: vec![worse(Some(Error), May)], ..Default::default() }, [true, true, true]),
            (
                BaselineReport { testcases: vec![worse(Some(Inconclusive), Must)], ..Default::default() },
                [false, false, true],
            ),
            (BaselineReport { testcases: vec![worse(None, Must)], ..Default::default() }, [true, true, true]),
        ];
        for (row, (baseline, expected)) in table.into_iter().enumerate() {
            let findings = FindingCounts { error: 7, warning: 7, ..FindingCounts::default() };
            let mut summary = Summary { verdict: Verdict::Fail, findings, ..Summary::default() };
            summary.baseline = Some(baseline);
            for (level, expected) in [FailOn::Error, FailOn::Warning, FailOn::Inconclusive].into_iter().zip(expected) {
                assert_eq!(level.is_reached_by(&summary), expected, "row {row} {level:?}");
            }
            assert!(!FailOn::Never.is_reached_by(&summary));
            summary.verdict = Verdict::Error;
            assert!(FailOn::Error.is_reached_by(&summary), "row {row}");
        }
    }

    #[test]
    fn remarks_weigh_as_warnings() {
        let summary = Summary { verdict: Verdict::Pass, remarks: vec!["old".to_owned()], ..Summary::default() };
        assert!(!FailOn::Error.is_reached_by(&summary) && FailOn::Warning.is_reached_by(&summary));
    }

    #[test]
    fn what_could_not_be_judged_before_is_no_news() {
        let cut = SessionVerdicts { inconclusive: 1, ..SessionVerdicts::default() };
        let now = Summary { session_verdicts: cut, verdict: Verdict::Inconclusive, ..Summary::default() };
        let mut before = report(Vec::new(), Vec::new());
        let news = |before: &Report| {
            let since = Baseline::new(before).since(&[], |_| true);
            since.report(&now, SeverityCounts::default()).inconclusive
        };
        assert!(news(&before));
        before.summary.session_verdicts.inconclusive = 3;
        assert!(!news(&before));
    }

    #[test]
    fn parts_of_a_run_say_together_what_is_new() {
        let worse = |id: &'static str, after| WorseCase {
            id: id.into(),
            before: Some(TestCaseVerdict::Pass),
            after,
            level: RequirementLevel::Must,
        };
        let inconclusive = Some(TestCaseVerdict::Inconclusive);
        let part = |testcases| BaselineReport { testcases, ..BaselineReport::default() };
        let parts = vec![
            part(vec![worse("A-1", inconclusive), worse("B-1", inconclusive), worse("C-1", None)]),
            part(vec![worse("A-1", inconclusive), worse("C-1", None)]),
        ];
        let verdict = |id: &str| match id {
            "A-1" => inconclusive,
            "B-1" => Some(TestCaseVerdict::Pass),
            _ => None,
        };
        let since = Since::of_parts(parts, verdict).unwrap();
        let ids: Vec<&str> = since.testcases.iter().map(|case| case.id.as_ref()).collect();
        assert_eq!(ids, ["A-1", "C-1"]);
        assert!(since.was_inconclusive);
        assert!(Since::of_parts(Vec::new(), |_| None).is_none());
        let odd = BaselineReport { inconclusive: true, ..BaselineReport::default() };
        assert!(!Since::of_parts(vec![odd], |_| None).unwrap().was_inconclusive);
        assert!(ReportStore::default().tail().summary.baseline.is_none());
    }
}
