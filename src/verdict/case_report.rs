//! The rows of test cases in the report, field by field; see [`Report`](super::Report).

use super::{SpecReport, Text, WaivedReport};
use crate::base::FrameNo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of one test case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestCaseReport {
    /// Its id.
    pub id: Text<'static>,
    /// What it tests: a sentence whose truth is the pass.
    pub title: Text<'static>,
    /// Whom it tests.
    pub role: TestedRole,
    /// Its revision: it changes where a verdict could.
    #[serde(default)]
    pub rev: u32,
    /// SHA-256 of its content, in hexadecimal, whatever its layout: two runs with the same one ran the same case.
    #[serde(default)]
    pub sha256: Text<'static>,
    /// How strong the requirement is that it tests; of a failure, that of the step that failed.
    #[serde(default)]
    pub level: RequirementLevel,
    /// Where the requirement is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spec: Vec<SpecReport<'static>>,
    /// Ids that others gave to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ids: Vec<Text<'static>>,
    /// What came out.
    pub verdict: TestCaseVerdict,
    /// The step that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Text<'static>>,
    /// Why. Of an inconclusive verdict it begins with a word of the closed list and a colon (`window-open: …`), of one that
    /// is not applicable with what excludes the case.
    pub reason: String,
    /// How often it was tried, by what came out.
    #[serde(default)]
    pub trials: TrialCounts,
    /// The waiver that accepts its failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<WaivedReport<'static>>,
    /// What stays the same when the same failure shows in another capture; waivers and baselines match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Text<'static>>,
    /// Where it is to be seen: of the first trial with the verdict.
    pub evidence: Vec<Evidence>,
}

/// Whom a test case tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestedRole {
    /// The device.
    Client,
    /// The server.
    Server,
    /// The two together.
    Interop,
}

impl TestedRole {
    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Interop => "interop",
        }
    }
}

/// How strong a requirement is (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequirementLevel {
    /// MUST.
    #[default]
    Must,
    /// SHOULD: its failure weighs as a warning.
    Should,
    /// MAY: it only informs.
    May,
}

/// Trials of a test case by what came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrialCounts {
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Could not be decided.
    pub inconclusive: u64,
}

/// The verdict of a test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestCaseVerdict {
    /// Version, profile or what the product supports exclude it.
    NotApplicable,
    /// Passed.
    Pass,
    /// Could not be decided.
    Inconclusive,
    /// Failed.
    Fail,
    /// Could not be run.
    Error,
}

impl TestCaseVerdict {
    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// A place that bears out a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Number of the session.
    pub session: u32,
    /// Number of the message in it; null where it is about the session as a whole, or its notification.
    pub message: Option<u32>,
    /// Number of the input whose frames are meant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// Frames that carried the message.
    pub frames: Vec<FrameNo>,
    /// The step that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Text<'static>>,
    /// What it is in the trial.
    #[serde(default)]
    pub part: EvidencePart,
    /// The name that the step gave to it.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Text<'static>>,
    /// CmdID of the command, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<Text<'static>>,
    /// Path of the element from the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Text<'static>>,
    /// What is to be seen there, in one line.
    #[serde(default)]
    pub text: Text<'static>,
    /// What would have been right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Text<'static>>,
    /// Rules that are violated at this place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Text<'static>>,
}

/// What a piece of evidence is in its trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidencePart {
    /// What a step waited for.
    #[default]
    Matched,
    /// What broke the requirement.
    Violation,
    /// Where something should have come by, and did not.
    Missing,
    /// What helps to understand the rest.
    Context,
}
