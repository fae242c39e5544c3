//! What is remembered of one node, and what a package may do to it.

use super::super::links::Place;
use super::super::session::Session;
use super::step::{Effect, Step, value_of};
use crate::markup::Tag;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Whether a node is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The server added it.
    Added,
    /// It was read, named in a list, or written.
    Listed,
    /// It has a name that the server gave it.
    Named,
    /// The node of that name was given another one.
    Renamed { created: bool },
    /// It was deleted, or one above it was.
    Deleted { created: bool },
    /// A command did not find it.
    NotFound,
}

impl State {
    pub(super) const fn is_absent(self) -> bool {
        matches!(self, Self::Deleted { .. } | Self::NotFound | Self::Renamed { .. })
    }
}

/// The ACL of a node, as it was read or written.
#[derive(Debug, Clone, Copy)]
pub(super) struct AclAt {
    pub(super) place: Place,
    pub(super) item: u32,
    pub(super) is_empty: bool,
    pub(super) is_written: bool,
    pub(super) unit: (usize, usize),
}

/// VerNo of a node, as it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct VersionAt {
    pub(super) place: Place,
    pub(super) item: u32,
    /// Whether the value was written since; and whether that was another one.
    pub(super) changed: Option<bool>,
}

/// One node.
#[derive(Debug)]
pub(super) struct Node<'s> {
    /// The path as it was written: names of nodes may differ in case alone.
    pub(super) path: Cow<'s, str>,
    pub(super) state: State,
    pub(super) by: Place,
    /// Which Item of that command.
    pub(super) item: u32,
    pub(super) interior: Option<Place>,
    pub(super) leaf: Option<Place>,
    pub(super) written: Option<(Place, u32)>,
    /// The last command that said what it holds, its Meta and Data in one piece.
    pub(super) stored: Option<(Place, u32)>,
    pub(super) version: Option<VersionAt>,
    pub(super) acl: Option<AclAt>,
    /// Whether its ACL was written, or may have been.
    pub(super) has_own_acl: bool,
    /// The Add of a node below it, which made this one too.
    pub(super) implied: Option<(Place, u32)>,
    /// Whether a node whose name differs in case alone was there before it was added.
    pub(super) has_twin: bool,
    /// Whether it was added as a serialised tree.
    pub(super) is_tree: bool,
    /// Which unit of which package it is known from.
    pub(super) unit: (usize, usize),
}

impl<'s> Node<'s> {
    pub(super) fn new(path: Cow<'s, str>, state: State, step: &Step<'_>, unit: (usize, usize)) -> Self {
        Self {
            path,
            state,
            by: step.place,
            item: step.at,
            interior: None,
            leaf: None,
            written: None,
            stored: None,
            version: None,
            acl: None,
            has_own_acl: false,
            implied: None,
            has_twin: false,
            is_tree: false,
            unit,
        }
    }

    /// Takes the value that a Replace wrote.
    pub(super) fn write(&mut self, session: &Session, step: &Step<'_>, path: &str) {
        let before = self.written;
        self.written = value_of(step).filter(|_| self.path == path);
        let has_meta = !step.met_inf(Tag::Format).is_empty() || !step.met_inf(Tag::Type).is_empty();
        self.stored = self.written.filter(|_| has_meta);
        let Some(version) = self.version.as_mut() else { return };
        let of = |written: Option<(Place, u32)>| written.and_then(|at| content(session, at));
        let (before, after) = (of(before), of(self.written));
        let is_known = before.is_some() && after.is_some();
        if !is_known || before != after {
            version.changed = Some(version.changed.unwrap_or_default() || is_known);
        }
    }
}

/// The octets of Data of an Item.
fn content(session: &Session, (place, item): (Place, u32)) -> Option<&[u8]> {
    let (entry, command) = session.command(place)?;
    let item = entry.message.items(command).get(usize::try_from(item).ok()?)?;
    Some(entry.message.tree().content_bytes(item.data?))
}

/// What the units of a package may do to one node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) effect: Effect,
}

impl Change {
    /// Whether another unit than this one takes part.
    pub(super) const fn is_foreign(self, unit: usize) -> bool {
        self.first != unit || self.last != unit
    }

    /// Adds what a unit does to a node.
    pub(super) fn note(changes: &mut BTreeMap<String, Self>, unit: usize, key: String, effect: Effect) {
        let change = changes.entry(key).or_insert(Self { first: unit, last: unit, effect });
        change.last = unit;
        change.effect = change.effect.max(effect);
    }
}
