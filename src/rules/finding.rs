//! What a rule found, and why it could not say.

use super::rule::Rule;
use crate::base::{Role, Severity};
use crate::dm::EntryId;
use crate::markup::NodeId;
use crate::syncml::CommandId;
use serde::{Deserialize, Serialize};

/// Where in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The message whose sender is judged; where a message that is missing is the fault, the one that asked for it.
    pub entry: EntryId,
    /// The command, where it is about one.
    pub command: Option<CommandId>,
    /// The element, where it is about one.
    pub node: Option<NodeId>,
}

/// One violation.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad, after mode, profile and the case at hand.
    pub severity: Severity,
    /// Whose fault.
    pub role: Role,
    /// Where.
    pub at: At,
    /// What was seen, with the values.
    pub seen: String,
    /// What was expected.
    pub expected: String,
    /// Other places that belong to it: the command that a Status answers, for one.
    pub related: Vec<At>,
}

/// Why a rule could not decide. Closed: reports list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The beginning of the session was not captured.
    StartNotCaptured,
    /// The capture ends before the answer would have to be complete.
    EndNotCaptured,
    /// A message in between is missing from the capture.
    MessageLost,
    /// A message in between could not be decoded.
    Undecodable,
    /// An identifier that is referred to is missing or occurs twice.
    AmbiguousReference,
    /// Something that lies outside the capture would have to be known.
    NotVisible,
    /// Credentials would have to be given.
    NoCredentials,
    /// A proxy injected a fault before: what is seen need not be what the side that is judged did.
    FaultInjected,
    /// What was seen earlier had to be forgotten, or was captured only in part.
    PastNotKnown,
}

impl Reason {
    /// Every reason, in the order of reports.
    pub const ALL: &'static [Self] = &[
        Self::StartNotCaptured,
        Self::EndNotCaptured,
        Self::MessageLost,
        Self::Undecodable,
        Self::AmbiguousReference,
        Self::NotVisible,
        Self::NoCredentials,
        Self::FaultInjected,
        Self::PastNotKnown,
    ];

    /// In reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartNotCaptured => "start-not-captured",
            Self::EndNotCaptured => "end-not-captured",
            Self::MessageLost => "message-lost",
            Self::Undecodable => "undecodable",
            Self::AmbiguousReference => "ambiguous-reference",
            Self::NotVisible => "not-visible",
            Self::NoCredentials => "no-credentials",
            Self::FaultInjected => "fault-injected",
            Self::PastNotKnown => "past-not-known",
        }
    }

    /// In one sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::StartNotCaptured => "the beginning of the session was not captured",
            Self::EndNotCaptured => "the capture ends before the answer had to be complete",
            Self::MessageLost => "a message in between is missing from the capture",
            Self::Undecodable => "a message in between could not be decoded",
            Self::AmbiguousReference => "an identifier that is referred to is missing or occurs twice",
            Self::NotVisible => "something outside the capture would have to be known",
            Self::NoCredentials => "credentials would have to be given",
            Self::FaultInjected => "a fault that was injected before may be the cause",
            Self::PastNotKnown => "an earlier session was captured only in part, or had to be forgotten",
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
