//! What was wrong with what was told of a tree.

use super::uri::UriProblem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every kind of trouble that a tree can give. Closed: readers may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TreeProblemKind {
    /// A ceiling on nodes, changes or texts was hit: what came later is not in the tree.
    Limit,
    /// A URI is missing, or leads to no node.
    BadUri,
    /// A URI is too long or too deep, or goes up again.
    EndlessUri,
    /// A name that is none, of a child or a rename.
    BadName,
    /// An ACL was not understood as a whole.
    BadAcl,
    /// A serialised tree was not understood, or not as a whole.
    BadTnds,
    /// A serialised tree has two nodes of the same URI.
    DuplicateNode,
    /// A serialised tree has a node whose parent is not in it.
    OrphanNode,
}

impl TreeProblemKind {
    /// As a document writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::BadUri => "bad-uri",
            Self::EndlessUri => "endless-uri",
            Self::BadName => "bad-name",
            Self::BadAcl => "bad-acl",
            Self::BadTnds => "bad-tnds",
            Self::DuplicateNode => "duplicate-node",
            Self::OrphanNode => "orphan-node",
        }
    }

    /// Of a URI.
    pub(super) const fn of_uri(problem: UriProblem) -> Self {
        match problem {
            UriProblem::Missing | UriProblem::Absolute => Self::BadUri,
            UriProblem::TooLong | UriProblem::TooDeep | UriProblem::GoesUp => Self::EndlessUri,
        }
    }
}

/// What was wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TreeProblem {
    /// What kind of trouble.
    pub kind: TreeProblemKind,
    /// Number of the session in the run.
    pub session: u32,
    /// The message with the command.
    pub message: u32,
    /// CmdID of the command, where there is one.
    pub cmd_id: Option<String>,
    /// One sentence for a person.
    pub text: String,
}
