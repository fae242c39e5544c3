//! The numbers of a report, and what decides the exit code.

use super::report::is_false;
use super::{FindingReport, RequirementLevel, SessionVerdicts, Severity, TestCaseVerdict, Text, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The numbers and the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// DM sessions.
    pub sessions: u64,
    /// Messages in them.
    pub messages: u64,
    /// Commands in those.
    pub commands: u64,
    /// Findings by severity.
    pub findings: FindingCounts,
    /// Rules by what became of them.
    pub rules: RuleCounts,
    /// Test cases by verdict.
    pub testcases: TestCaseCounts,
    /// The verdict over everything.
    pub verdict: Verdict,
    /// Why it is this one, in one sentence.
    #[serde(default)]
    pub why: String,
    /// Sessions by verdict.
    #[serde(default)]
    pub session_verdicts: SessionVerdicts,
    /// Values of a statement of support that do not agree with the traffic; each weighs as a warning.
    #[serde(default, skip_serializing_if = "super::report::is_zero")]
    pub ics: u64,
    /// Operations that were accepted and whose end no alert tells by the end of the captures; of very many, `pending` lists a part.
    #[serde(default, skip_serializing_if = "super::report::is_zero")]
    pub pending: u64,
    /// What is new since the baseline, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineReport>,
    /// What has to be looked after, though no traffic is to blame: waivers that have expired, or that cover nothing. Each
    /// weighs as a warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Whether credentials, nonces, accounts and who devices are were taken out of the report; left out when not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redacted: bool,
}

impl Summary {
    /// Whether a bad verdict of a test case stands in the baseline.
    pub fn knows_case(&self, id: &str) -> bool {
        self.baseline.as_ref().is_some_and(|baseline| baseline.testcases.iter().all(|case| case.id != id))
    }
}

/// What is new since the baseline: it alone decides the exit code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BaselineReport {
    /// Findings that no waiver accepts and that stand in the baseline.
    pub known: SeverityCounts,
    /// Findings that no waiver accepts and that do not stand there, or weighed less.
    pub new: SeverityCounts,
    /// Test cases that have become worse.
    pub testcases: Vec<WorseCase>,
    /// Whether something could not be judged, while everything could be in the baseline.
    pub inconclusive: bool,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SeverityCounts {
    /// Errors.
    pub error: u64,
    /// Warnings.
    pub warning: u64,
    /// Infos.
    pub info: u64,
}

impl SeverityCounts {
    /// Counts one.
    pub fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Error => &mut self.error,
            Severity::Warning => &mut self.warning,
            Severity::Info => &mut self.info,
        };
        *count = count.saturating_add(1);
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        self.error = self.error.saturating_add(other.error);
        self.warning = self.warning.saturating_add(other.warning);
        self.info = self.info.saturating_add(other.info);
    }

    /// All.
    pub fn total(self) -> u64 {
        self.error.saturating_add(self.warning).saturating_add(self.info)
    }

    /// Those of all that are not among the known ones.
    pub(super) fn without(all: &FindingCounts, known: Self) -> Self {
        Self {
            error: all.error.saturating_sub(known.error),
            warning: all.warning.saturating_sub(known.warning),
            info: all.info.saturating_sub(known.info),
        }
    }
}

/// A test case that has become worse since the baseline: a failure that does not stand there, an *inconclusive* that was a
/// *pass*, or a case that is no longer there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorseCase {
    /// Its id.
    pub id: Text<'static>,
    /// Its verdict in the baseline; null where it was not there.
    pub before: Option<TestCaseVerdict>,
    /// Its verdict now; null where it is no longer there.
    pub after: Option<TestCaseVerdict>,
    /// How strong the requirement is.
    #[serde(default)]
    pub level: RequirementLevel,
}

/// Findings by severity; a waived one is counted as waived only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FindingCounts {
    /// Errors.
    pub error: u64,
    /// Warnings.
    pub warning: u64,
    /// Infos.
    pub info: u64,
    /// Accepted by a waiver, of any severity.
    pub waived: u64,
}

impl FindingCounts {
    /// Counts one finding.
    pub fn add(&mut self, finding: &FindingReport<'_>) {
        let count = match (&finding.waived, finding.severity) {
            (Some(_), _) => &mut self.waived,
            (None, Severity::Error) => &mut self.error,
            (None, Severity::Warning) => &mut self.warning,
            (None, Severity::Info) => &mut self.info,
        };
        *count = count.saturating_add(1);
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &FindingCounts) {
        self.error = self.error.saturating_add(other.error);
        self.warning = self.warning.saturating_add(other.warning);
        self.info = self.info.saturating_add(other.info);
        self.waived = self.waived.saturating_add(other.waived);
    }

    /// All, waived ones among them.
    pub fn total(&self) -> u64 {
        self.error.saturating_add(self.warning).saturating_add(self.info).saturating_add(self.waived)
    }
}

/// Rules by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RuleCounts {
    /// With at least one occasion.
    pub exercised: u64,
    /// With at least one violation.
    pub violated: u64,
    /// Without any occasion in what was read.
    pub not_exercised: u64,
    /// With at least one occasion that could not be decided.
    #[serde(default)]
    pub undecided: u64,
}

/// Test cases by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TestCaseCounts {
    /// Passed.
    pub pass: u64,
    /// Failed; a waived one is not counted here, but among the waived findings.
    pub fail: u64,
    /// Of those, the ones that failed nothing but a SHOULD.
    #[serde(default, skip_serializing_if = "super::report::is_zero")]
    pub fail_should: u64,
    /// Could not be decided.
    pub inconclusive: u64,
    /// Their precondition never came.
    pub not_applicable: u64,
    /// Could not be run.
    pub error: u64,
}
