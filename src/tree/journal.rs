//! The journal of one device: every change of what is known, in order.

use super::diff::{self, Difference};
use super::place::{Origin, Point, Source};
use super::problem::TreeProblem;
use super::record::{Change, PathId, Paths};
use super::snapshot::Tree;
use super::state::{Seq, State};
use super::texts::Texts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A session of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionMark {
    /// Its number in the run, from 1.
    pub number: u32,
    /// SessionID as the device wrote it.
    pub session_id: String,
    /// Address of the server.
    pub server: String,
    /// How many messages it has.
    pub messages: u32,
    /// When its first octet was seen: RFC 3339 in UTC.
    pub started: String,
}

/// What became known of the tree of one device, and where; plain data, which may be written down and read again.
///
/// It is kept in bounded memory: about 24 octets for each change and 8 for each node beside the texts themselves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Journal {
    pub(super) device: String,
    pub(super) sessions: Vec<SessionMark>,
    pub(super) sources: Vec<Source>,
    pub(super) texts: Texts,
    pub(super) paths: Paths,
    pub(super) changes: Vec<Change>,
    pub(super) problems: Vec<TreeProblem>,
    /// Problems that are not listed.
    pub(super) more_problems: u64,
}

impl Journal {
    /// The device, as its messages name it; hidden where that was asked for.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Its sessions, in order.
    pub fn sessions(&self) -> &[SessionMark] {
        &self.sessions
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing became known.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What was wrong, in order; at most [`Limits::PROBLEMS_OF_A_KIND`](crate::base::Limits::PROBLEMS_OF_A_KIND) of a kind.
    pub fn problems(&self) -> &[TreeProblem] {
        &self.problems
    }

    /// Problems past that ceiling.
    pub fn more_problems(&self) -> u64 {
        self.more_problems
    }

    /// Places at which something became known, in order and each once: where it is worth looking.
    pub fn places(&self) -> impl Iterator<Item = Point> + '_ {
        let mut last = None;
        self.changes.iter().filter_map(move |change| {
            let point = self.source(change)?.point();
            (last.replace(point) != Some(point)).then_some(point)
        })
    }

    /// The tree as it was known after a message. What was told in the session of that message may be certain; what is older
    /// is inferred.
    pub fn at(&self, point: Point) -> Tree<'_> {
        let end = self.changes.partition_point(|change| self.source(change).is_some_and(|told| told.point() <= point));
        let mut state = State::with_room(self.paths.len());
        state.grow(&self.paths);
        for (at, change) in self.changes.iter().take(end).enumerate() {
            state.apply(&self.paths, seq_of(at), change);
        }
        Tree::new(self, state, self.session_at(point))
    }

    /// What is known in the end.
    pub fn end(&self) -> Tree<'_> {
        self.at(Point::END)
    }

    /// What differs between two points: first `from`, then `to`.
    pub fn diff(&self, from: Point, to: Point) -> Vec<Difference> {
        diff::between(&self.at(from), &self.at(to))
    }

    /// The session in which a point lies, where the device has one; at the end, its last.
    fn session_at(&self, point: Point) -> Option<u32> {
        let last = self.sessions.iter().rev().find(|session| session.number <= point.session)?;
        (point.session == u32::MAX || last.number == point.session).then_some(last.number)
    }

    pub(super) fn source(&self, change: &Change) -> Option<&Source> {
        self.sources.get(change.source as usize)
    }

    /// The change of a number.
    pub(super) fn change(&self, seq: Seq) -> Option<&Change> {
        self.changes.get((seq as usize).checked_sub(1)?)
    }

    /// Where a change comes from.
    pub(super) fn origin(&self, seq: Seq) -> Option<Origin> {
        let source = self.source(self.change(seq)?)?;
        Some(Origin::of(source, self.texts.some(source.cmd_id)))
    }

    /// The name of a path; `.` for the root.
    pub(super) fn name(&self, id: PathId) -> &str {
        self.texts.some(self.paths.name(id)).unwrap_or(".")
    }

    /// The URI of a path, from the root.
    pub(super) fn uri(&self, id: PathId) -> String {
        let mut names: Vec<&str> = std::iter::once(id).chain(self.paths.above(id)).map(|id| self.name(id)).collect();
        names.reverse();
        names.join("/")
    }

    /// Octets of memory that it holds, roughly.
    pub fn octets(&self) -> usize {
        self.texts.octets()
            + self.paths.octets()
            + self.changes.capacity() * size_of::<Change>()
            + self.sources.capacity() * size_of::<Source>()
    }
}

/// The number of a change at a position.
pub(super) fn seq_of(at: usize) -> Seq {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}
