//! A test case as it is written: the types of a case file, and nothing else.
//!
//! What a case means stands in `docs/writing-test-cases.md`. The JSON Schema that editors use is made from these types, and so
//! is the normalised content whose SHA-256 tells whether two runs ran the same case: what is written here reads back as it was.

use super::cond::Cond;
use super::one_or_many::OneOrMany;
use super::send::Send;
use crate::verdict::{RequirementLevel, TestedRole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format that this program reads.
pub const FORMAT: u32 = 1;

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Number of the format: 1.
    pub format: u32,
    /// `DM12-CLI-AUTH-003`: baseline, role, area, number; also the name of the file. Never used again, never renumbered.
    pub id: String,
    /// Counts up with every change that can change a verdict.
    pub rev: u32,
    /// A sentence whose truth is the pass.
    pub title: String,
    /// What is tested, in one paragraph.
    pub purpose: String,
    /// Who is tested.
    pub role: TestedRole,
    /// The versions that it holds for.
    pub versions: Vec<CaseVersion>,
    /// Profiles in which it is left out, each with `!` before its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// How strong the requirement is.
    pub level: RequirementLevel,
    /// How it can be run.
    pub modes: Vec<CaseMode>,
    /// Where the requirement is written.
    pub spec: Vec<SpecRef>,
    /// What the requirement was read from; what is weaker than `text` fails at level should at most.
    #[serde(default, skip_serializing_if = "CaseSource::is_text")]
    pub source: CaseSource,
    /// Rules that it leans on: what they find inside a trial is added to its evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What the product must support for the case to apply: an expression over ICS items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What one trial is confined to.
    pub scope: Scope,
    /// Values for the active run and for expressions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// Which triggers start a trial.
    #[serde(default, skip_serializing_if = "Trials::is_each")]
    pub trials: Trials,
    /// How the verdict of the case follows from its trials.
    #[serde(default, skip_serializing_if = "Aggregate::is_all")]
    pub aggregate: Aggregate,
    /// What must hold before a trial starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Step>,
    /// The steps.
    pub flow: Vec<Step>,
}

/// A version of the protocol, as VerProto names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum CaseVersion {
    /// DM 1.1.2.
    #[serde(rename = "DM/1.1")]
    Dm11,
    /// DM 1.2.
    #[serde(rename = "DM/1.2")]
    Dm12,
    /// DM 1.3.
    #[serde(rename = "DM/1.3")]
    Dm13,
}

impl CaseVersion {
    /// As VerProto names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dm11 => "DM/1.1",
            Self::Dm12 => "DM/1.2",
            Self::Dm13 => "DM/1.3",
        }
    }
}

/// How a case can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseMode {
    /// Over traffic that others made.
    Passive,
    /// With this program as the other side.
    Active,
}

/// What a requirement was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseSource {
    /// The text of a specification.
    #[default]
    Text,
    /// Source code of an implementation.
    Code,
    /// General knowledge that was not checked against a text.
    Memory,
    /// An own reading, or an own limit.
    Own,
}

impl CaseSource {
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// Where a requirement is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecRef {
    /// The document.
    pub doc: String,
    /// Its section.
    pub sec: String,
    /// What of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// What one trial is confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A notification and what follows from it, over the sessions of the pair of device and server.
    Notification,
    /// One message.
    Message,
    /// A command and what answers it.
    Exchange,
    /// A session.
    Session,
    /// All sessions of the pair of device and server in one input.
    Device,
}

/// A value that an active run is given, and that expressions may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// What it is when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What a person is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A place in the tree.
    Uri,
    /// An address.
    Url,
    /// Base64.
    B64,
    /// A number.
    Int,
    /// A file beside the case.
    File,
}

/// Which triggers start a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trials {
    /// Each one.
    #[default]
    Each,
    /// The first one of each scope.
    First,
}

impl Trials {
    fn is_each(&self) -> bool {
        *self == Self::Each
    }
}

/// How the verdict of a case follows from its trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// One failure is a failure.
    #[default]
    All,
    /// One pass is a pass.
    Any,
}

impl Aggregate {
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// One step. Its keys are worked off in the order of the fields here, whatever their order in the file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// Its name, by which waivers and fixtures call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is wrong when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How strong it is, where that is not the level of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<RequirementLevel>,
    /// Left out where this expression is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What an active run sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<Send>,
    /// What must be there before the trial (`given` only).
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<Box<Matcher>>,
    /// What it waits for: the next event that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upon: Option<Box<Matcher>>,
    /// Names for values.
    #[serde(rename = "let", skip_serializing_if = "BTreeMap::is_empty")]
    pub bind: BTreeMap<String, String>,
    /// What must come.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub expect: OneOrMany<Matcher>,
    /// What must not come.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub never: OneOrMany<Matcher>,
    /// Expressions that must be true.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub check: OneOrMany<String>,
    /// Rules that must hold in the session, or in one message of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
    /// Steps for each event of a kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Box<Repeat>>,
    /// Alternatives: the first one that does not fail decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Step>,
    /// All must hold, in any order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Step>,
    /// Alternatives in the order of the strength of their evidence: the first one that passes or fails decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub first_decided: Vec<Step>,
    /// Steps in order, as the content of an alternative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Counts where its trigger comes, and is nothing where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may: Option<Box<Step>>,
    /// A question for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observe: Option<String>,
    /// What the step is worth when it does not come out.
    #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Worth>,
    /// What an alternative is worth when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Worth>,
}

impl Step {
    /// The steps in it.
    pub fn inner(&self) -> impl Iterator<Item = &Self> {
        let lists = self.any_of.iter().chain(&self.all_of).chain(&self.first_decided).chain(&self.steps);
        lists.chain(self.may.as_deref()).chain(self.repeat.iter().flat_map(|repeat| &repeat.steps))
    }
}

/// Rules that must hold: the case's own words would say what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// Their ids. At least one of them must have looked for the step to pass; the first that is violated fails it.
    pub rules: OneOrMany<String>,
    /// Only what they say of this message (a name).
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
}

/// Steps for each event of a kind, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The events.
    pub each: Matcher,
    /// Fewer fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// More fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// What is done for each.
    pub steps: Vec<Step>,
}

/// What a step is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Pass.
    Pass,
    /// Fail.
    Fail,
    /// Cannot be decided.
    Inconclusive(Reason),
    /// Does not apply.
    NotApplicable(Reason),
}

/// Why a verdict is inconclusive; in the order of what they tell, the most telling last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// What starts the case did not occur.
    NotExercised,
    /// The input ends before what was waited for.
    WindowOpen,
    /// What came before is not in the input.
    Truncated,
    /// Octets are missing in between.
    Gap,
    /// A message in between could not be decoded.
    Undecodable,
    /// What would tell is encrypted, or belongs to a transport that is not in the input.
    Encrypted,
    /// A secret is needed that was not given.
    MissingSecret,
    /// The session was aborted, or broke off.
    Aborted,
    /// The other side broke a rule first.
    PeerFault,
    /// The other side refused what it may refuse.
    RefusedByPeer,
    /// Whether the product supports it is not known.
    ApplicabilityUnknown,
    /// The traffic can be read in two ways.
    Ambiguous,
    /// A person must say.
    NeedsObserver,
    /// The records of the two sides differ.
    NoAgreement,
}

impl Reason {
    /// The word of reports and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotExercised => "not-exercised",
            Self::WindowOpen => "window-open",
            Self::Truncated => "truncated",
            Self::Gap => "gap",
            Self::Undecodable => "undecodable",
            Self::Encrypted => "encrypted",
            Self::MissingSecret => "missing-secret",
            Self::Aborted => "aborted",
            Self::PeerFault => "peer-fault",
            Self::RefusedByPeer => "refused-by-peer",
            Self::ApplicabilityUnknown => "applicability-unknown",
            Self::Ambiguous => "ambiguous",
            Self::NeedsObserver => "needs-observer",
            Self::NoAgreement => "no-agreement",
        }
    }

    /// In one sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotExercised => "what starts the case did not occur",
            Self::WindowOpen => "the input ends before what was waited for",
            Self::Truncated => "what came before it is not in the input",
            Self::Gap => "octets are missing in between",
            Self::Undecodable => "a message in between could not be decoded",
            Self::Encrypted => "what would tell is encrypted, or not in the input",
            Self::MissingSecret => "a secret is needed that was not given",
            Self::Aborted => "the session was aborted, or broke off",
            Self::PeerFault => "the other side broke a rule first",
            Self::RefusedByPeer => "the other side refused what it may refuse",
            Self::ApplicabilityUnknown => "whether the product supports it is not known",
            Self::Ambiguous => "the traffic can be read in two ways",
            Self::NeedsObserver => "a person must say",
            Self::NoAgreement => "the records of the two sides differ",
        }
    }
}

/// What a step looks for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// Sent by the client: kinds of event.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub client: OneOrMany<EventKind>,
    /// Sent by the server: kinds of event.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub server: OneOrMany<EventKind>,
    /// Sent by either: kinds of event.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub any: OneOrMany<EventKind>,
    /// What it answers (a name); of an Item, the kinds or the name of its command.
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    pub of: OneOrMany<String>,
    /// The message or container that it stands in (a name).
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// Of an Item: it is a part of the large object that this one began (a name).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<String>,
    /// Conditions on fields; all must hold.
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, Cond>,
    /// How far it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Window>,
    /// How long an active run waits, such as `60s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How many, exactly; without it at least one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The name of what is found.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
}

/// How far a matcher looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// To the end of the message.
    Message,
    /// To the end of the next message of the expected sender.
    Reply,
    /// To the end of the expected sender's next message with Final.
    Package,
    /// To the end of the session.
    Session,
    /// To the end of the next session of the same device and server.
    NextSession,
    /// To the end of the input for this pair.
    Device,
}

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each is the element of that name, or what the format's documentation says")]
pub enum EventKind {
    Session,
    Notification,
    Message,
    Http,
    SyncHdr,
    Command,
    Add,
    Replace,
    Delete,
    Copy,
    Get,
    Exec,
    Atomic,
    Sequence,
    Alert,
    Item,
    Status,
    Results,
    Final,
    Unknown,
}
