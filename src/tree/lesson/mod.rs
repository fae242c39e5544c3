//! What one session tells of the tree of its device.
//!
//! A lesson is taken out of a session without knowing what was known before: what that makes of it is for the journal.

mod ending;
mod items;
mod listen;
mod objects;
mod package;

use super::node::{NodeKind, Property};
use super::place::Source;
use super::problem::{TreeProblem, TreeProblemKind};
use super::texts::{TextId, Texts};
use crate::base::Timestamp;
use crate::dm::Session;

/// Says what is to be written in place of a text, by the URI of the node that it belongs to (empty for names and URIs);
/// `None` for a text that may stay.
pub type Hide<'h> = &'h dyn Fn(&str, &str) -> Option<String>;

/// What is said of a node.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said {
    /// It is there. `is_stated` is false where its kind only follows from what is usual.
    Node { kind: NodeKind, is_stated: bool, format: Option<TextId>, media: Option<TextId> },
    /// It has this value; without a text, one that was not seen.
    Value { text: Option<TextId>, length: u64, digest: u32, is_octets: bool, is_clipped: bool },
    /// It has this property.
    Property { property: Property, text: TextId },
    /// The server has made it, and no ACL came with it.
    Made { is_leaf: bool },
    /// These are its children: a range of [`Lesson::names`].
    Children { from: u32, to: u32, all: bool },
    /// It is not there.
    Absent,
    /// It has this name now.
    Renamed { name: TextId },
    /// Another node has its value now.
    Copied { to: TextId },
    /// It was executed, which may change what belongs to it.
    Executed,
    /// It may have been changed.
    Doubt,
}

/// One thing that is said, in the order in which it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Index into [`Lesson::sources`].
    pub(super) source: u32,
    /// The path of the node: its names with `/` between.
    pub(super) path: TextId,
    pub(super) certain: bool,
    pub(super) said: Said,
}

/// What one session tells, without the session.
#[derive(Debug, Clone, Default)]
pub struct Lesson {
    /// The device as it names itself, also where that is to be hidden.
    pub(super) key: String,
    pub(super) device: String,
    pub(super) session_id: String,
    pub(super) server: String,
    pub(super) messages: u32,
    pub(super) started: Timestamp,
    pub(super) texts: Texts,
    pub(super) names: Vec<TextId>,
    pub(super) sources: Vec<Source>,
    pub(super) events: Vec<Event>,
    pub(super) problems: Vec<TreeProblem>,
    pub(super) more_problems: u64,
}

impl Lesson {
    /// Listens to a session. With `hide`, no text leaves it that must not be seen.
    pub fn of(session: &Session, hide: Option<Hide<'_>>) -> Self {
        listen::Listener::new(session, hide).listen()
    }

    /// The device as it names itself, also where that is hidden in everything that is written.
    pub fn named(&self) -> &str {
        &self.key
    }

    /// Whether it tells nothing at all.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Forgets what it tells, and says so: there was no room for it until its session had its number.
    pub fn forget(&mut self) {
        let message = self.sources.first().map_or(0, |source| source.message);
        let text = "what the session tells was not kept: too much waited for a session that began before it".to_owned();
        let problem = TreeProblem { kind: TreeProblemKind::Limit, session: 0, message, cmd_id: None, text };
        (self.texts, self.names, self.sources, self.events) = Default::default();
        self.problems = vec![problem];
    }

    /// Octets of memory that it holds, roughly.
    pub fn octets(&self) -> usize {
        self.texts.octets()
            + self.names.capacity() * size_of::<TextId>()
            + self.sources.capacity() * size_of::<Source>()
            + self.events.capacity() * size_of::<Event>()
    }
}
