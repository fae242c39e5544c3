//! What is known at one moment, and how a change changes it.
//!
//! Nodes lie in one vector, by number of their path. What is known of a node carries the number of the change that told it;
//! that a node above was deleted, or that something may have changed it, is kept once at that node, and told by comparing
//! numbers. So neither the deletion of a subtree nor an Exec costs more than one node.

use super::node::{NodeKind, Property};
use super::record::{Change, PathId, Paths, What};
use super::texts::TextId;
use std::collections::BTreeMap;

/// The number of a change, from 1; 0: never.
pub(super) type Seq = u32;

/// A text with the change that told it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    pub(super) text: Option<TextId>,
    pub(super) by: Seq,
}

/// What is known of one node. Of what is older than `gone`, of the node or one above it, nothing holds any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) first_child: u32,
    pub(super) next: u32,
    pub(super) exists: Seq,
    /// Since when it is, without a break.
    pub(super) since: Seq,
    pub(super) gone: Seq,
    /// What is older is in doubt, here and below.
    pub(super) doubt: Seq,
    pub(super) kind: NodeKind,
    pub(super) kind_by: Seq,
    pub(super) format: Told,
    pub(super) media: Told,
    pub(super) value: Told,
    pub(super) length: u64,
    /// Of the whole value, since only its beginning is kept.
    pub(super) digest: u32,
    pub(super) is_octets: bool,
    pub(super) is_clipped: bool,
    pub(super) acl: Told,
    pub(super) complete: Seq,
}

const NONE: u32 = u32::MAX;

impl Slot {
    const EMPTY: Self = Self {
        first_child: NONE,
        next: NONE,
        exists: 0,
        since: 0,
        gone: 0,
        doubt: 0,
        kind: NodeKind::Unknown,
        kind_by: 0,
        format: Told { text: None, by: 0 },
        media: Told { text: None, by: 0 },
        value: Told { text: None, by: 0 },
        length: 0,
        digest: 0,
        is_octets: false,
        is_clipped: false,
        acl: Told { text: None, by: 0 },
        complete: 0,
    };

    /// The same node, without what is known of it.
    const fn emptied(self) -> Self {
        Self { first_child: self.first_child, next: self.next, ..Self::EMPTY }
    }
}

/// The bounds of what holds at a node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    /// Of the nodes above it: what is older does not hold.
    pub(super) gone: Seq,
    /// Of the node and those above it: what is older is in doubt.
    pub(super) doubt: Seq,
}

/// What is known at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    slots: Vec<Slot>,
    properties: BTreeMap<(PathId, Property), Told>,
}

impl State {
    /// One with room for all paths, so that it does not grow by doubling.
    pub(super) fn with_room(paths: usize) -> Self {
        Self { slots: Vec::with_capacity(paths), properties: BTreeMap::new() }
    }

    /// Makes room for paths that are new, and hangs them below their parents.
    pub(super) fn grow(&mut self, paths: &Paths) {
        for at in self.slots.len()..paths.len() {
            let id = PathId(u32::try_from(at).unwrap_or(NONE));
            self.slots.push(Slot::EMPTY);
            let parent = paths.parent(id).filter(|parent| *parent != id);
            let before = parent.and_then(|parent| self.slots.get_mut(parent.index())).map(|parent| {
                let before = parent.first_child;
                parent.first_child = id.0;
                before
            });
            if let (Some(before), Some(slot)) = (before, self.slots.last_mut()) {
                slot.next = before;
            }
        }
    }

    /// What is known of a node.
    pub(super) fn slot(&self, id: PathId) -> Option<&Slot> {
        self.slots.get(id.index())
    }

    /// Another property.
    pub(super) fn property(&self, id: PathId, property: Property) -> Option<Told> {
        self.properties.get(&(id, property)).copied()
    }

    /// Paths directly below one, those of which nothing is known any more among them; the latest first.
    pub(super) fn children(&self, id: PathId) -> impl Iterator<Item = PathId> + '_ {
        let mut next = self.slot(id).map_or(NONE, |slot| slot.first_child);
        std::iter::from_fn(move || {
            let id = PathId(next);
            next = self.slot(id)?.next;
            Some(id)
        })
    }

    /// The bounds at a node.
    pub(super) fn bounds(&self, paths: &Paths, id: PathId) -> Bounds {
        let mut bounds = Bounds { gone: 0, doubt: self.slot(id).map_or(0, |slot| slot.doubt) };
        for over in paths.above(id) {
            if let Some(slot) = self.slot(over) {
                bounds.gone = bounds.gone.max(slot.gone);
                bounds.doubt = bounds.doubt.max(slot.doubt);
            }
        }
        bounds
    }

    /// Whether a node is known to be there.
    pub(super) fn exists(&self, paths: &Paths, id: PathId) -> bool {
        let bounds = self.bounds(paths, id);
        self.slot(id).is_some_and(|slot| slot.exists > slot.gone.max(bounds.gone))
    }

    /// Makes a change. It must have a higher number than all before.
    pub(super) fn apply(&mut self, paths: &Paths, seq: Seq, change: &Change) {
        self.grow(paths);
        let id = change.path;
        match change.what {
            What::Node { kind, .. } => {
                self.there(paths, id, seq, change.certain);
                let Some(slot) = self.slots.get_mut(id.index()) else { return };
                if kind != NodeKind::Unknown {
                    (slot.kind, slot.kind_by) = (kind, seq);
                }
                if let What::Node { format, media, .. } = change.what {
                    if format.is_some() {
                        slot.format = Told { text: format, by: seq };
                    }
                    if media.is_some() {
                        slot.media = Told { text: media, by: seq };
                    }
                }
            }
            What::Value { text, length, digest, is_octets, is_clipped } => {
                self.there(paths, id, seq, change.certain);
                let Some(slot) = self.slots.get_mut(id.index()) else { return };
                slot.value = Told { text, by: seq };
                (slot.length, slot.digest) = (length, digest);
                (slot.is_octets, slot.is_clipped) = (is_octets, is_clipped);
            }
            What::Property { property, text } => {
                self.there(paths, id, seq, change.certain);
                self.tell(id, property, Told { text: Some(text), by: seq });
            }
            What::Complete => {
                self.there(paths, id, seq, change.certain);
                if let Some(slot) = self.slots.get_mut(id.index()) {
                    slot.complete = seq;
                }
            }
            What::Absent => {
                if let Some(slot) = self.slots.get_mut(id.index()) {
                    slot.gone = seq;
                }
            }
            What::Doubt => {
                if let Some(slot) = self.slots.get_mut(id.index()) {
                    slot.doubt = seq;
                }
            }
            What::Moved { to, is_top } => self.moved(id, to, seq, is_top),
        }
    }

    fn tell(&mut self, id: PathId, property: Property, told: Told) {
        let Some(slot) = self.slots.get_mut(id.index()) else { return };
        match property {
            Property::Acl => slot.acl = told,
            Property::Format => slot.format = told,
            Property::Type => slot.media = told,
            Property::Name | Property::Size | Property::Title | Property::TStamp | Property::VerNo => {
                self.properties.insert((id, property), told);
            }
        }
    }

    /// A node is there, and those above it are interior nodes. A guess says no more than what is known already; what is certain
    /// is the latest word.
    fn there(&mut self, paths: &Paths, id: PathId, seq: Seq, certain: bool) {
        let nodes: Vec<PathId> = std::iter::once(id).chain(paths.above(id)).collect();
        let mut gone = 0;
        // From the root down: what lies above decides whether a node's own word still holds.
        for at in nodes.into_iter().rev() {
            let Some(slot) = self.slots.get_mut(at.index()) else { continue };
            gone = gone.max(slot.gone);
            let was_there = slot.exists > gone;
            if !was_there {
                slot.since = seq;
            }
            if certain || !was_there {
                slot.exists = seq;
            }
            if at != id && (slot.kind != NodeKind::Interior || slot.kind_by <= gone) {
                (slot.kind, slot.kind_by) = (NodeKind::Interior, seq);
            }
        }
    }

    /// A node has another place. Children follow with changes of their own.
    fn moved(&mut self, from: PathId, to: PathId, seq: Seq, is_top: bool) {
        if is_top {
            // What was below the new place before must not come back with it.
            let mut todo = vec![to];
            while let Some(id) = todo.pop() {
                todo.extend(self.children(id));
                self.empty(id);
            }
        }
        let Some(old) = self.slots.get(from.index()).copied() else { return };
        if let Some(slot) = self.slots.get_mut(to.index()) {
            *slot = Slot { first_child: slot.first_child, next: slot.next, ..old };
            if is_top {
                (slot.exists, slot.since) = (seq, seq);
            }
        }
        for property in Property::ALL {
            if let Some(told) = self.properties.remove(&(from, property)) {
                self.properties.insert((to, property), told);
            }
        }
        self.properties.remove(&(to, Property::Name));
        if let Some(slot) = self.slots.get_mut(from.index()) {
            *slot = slot.emptied();
            slot.gone = if is_top { seq } else { 0 };
        }
    }

    fn empty(&mut self, id: PathId) {
        if let Some(slot) = self.slots.get_mut(id.index()) {
            *slot = slot.emptied();
        }
        for property in Property::ALL {
            self.properties.remove(&(id, property));
        }
    }
}
