//! What a journal is made of: paths and changes.

use super::node::{NodeKind, Property};
use super::texts::TextId;
use serde::{Deserialize, Serialize};

/// A path of one [`Paths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct PathId(pub(super) u32);

impl PathId {
    pub(super) const ROOT: Self = Self(0);

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Every path that was ever told of, each as its parent and its name; parents come first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Paths(Vec<(PathId, TextId)>);

impl Paths {
    /// Number of paths, the root among them.
    pub(super) fn len(&self) -> usize {
        self.0.len() + 1
    }

    pub(super) fn push(&mut self, parent: PathId, name: TextId) -> PathId {
        self.0.push((parent, name));
        PathId(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    /// Parent and name; `None` for the root. A parent never comes behind its child, whatever a file says.
    fn entry(&self, id: PathId) -> Option<(PathId, TextId)> {
        self.0.get(id.index().checked_sub(1)?).copied().filter(|(parent, _)| parent.0 < id.0)
    }

    pub(super) fn parent(&self, id: PathId) -> Option<PathId> {
        self.entry(id).map(|(parent, _)| parent)
    }

    pub(super) fn name(&self, id: PathId) -> Option<TextId> {
        self.entry(id).map(|(_, name)| name)
    }

    /// The paths above one, from the inside out.
    pub(super) fn above(&self, id: PathId) -> impl Iterator<Item = PathId> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// Octets that it holds.
    pub(super) fn octets(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<(PathId, TextId)>())
    }
}

/// One change of what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    /// Index into the journal's sources.
    pub(super) source: u32,
    pub(super) path: PathId,
    /// Whether it is certain at that moment.
    pub(super) certain: bool,
    pub(super) what: What,
}

/// What became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    /// The node is there.
    Node { kind: NodeKind, format: Option<TextId>, media: Option<TextId> },
    /// It has this value; without a text, one that was not seen.
    Value { text: Option<TextId>, length: u64, digest: u32, is_octets: bool, is_clipped: bool },
    /// It has this property.
    Property { property: Property, text: TextId },
    /// All of its children are known.
    Complete,
    /// It is not there, nor anything below it.
    Absent,
    /// What is known of it, and of what is below it, may no longer be so.
    Doubt,
    /// It is found elsewhere now; what is below it follows with changes of its own.
    Moved { to: PathId, is_top: bool },
}
