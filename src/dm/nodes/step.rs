//! One Item of a command, with how it ended and what it may change.

use super::super::links::Place;
use super::super::session::{Entry, Session};
use super::super::uri::{plain, without_query};
use crate::markup::Tag;
use crate::syncml::{Command, CommandName, Item, Message};
use std::collections::HashMap;

/// What a command does to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It adds a node.
    Growth,
    /// It changes the value of a node.
    Value,
    /// It may remove nodes, or put others in their place.
    Anything,
}

/// One Item of a command, with how it ended.
pub(super) struct Step<'s> {
    pub(super) entry: &'s Entry,
    pub(super) command: &'s Command,
    pub(super) item: &'s Item,
    pub(super) place: Place,
    pub(super) at: u32,
    /// The path of its Target as nodes are compared.
    pub(super) key: String,
    pub(super) ended: Option<(Place, u16)>,
    /// Whether its Type is that of a serialised tree.
    pub(super) is_tree: bool,
}

/// Octets of a URI that is followed.
pub(super) const LONGEST: usize = 2048;

impl<'s> Step<'s> {
    pub(super) fn code(&self) -> Option<u16> {
        self.ended.map(|(_, code)| code)
    }

    /// Whether its code says that nothing was done.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.code(), Some(215 | 401 | 403..=407 | 414 | 415 | 418 | 425))
    }

    pub(super) fn target(&self) -> &'s str {
        self.entry.message.text(self.item.target_uri)
    }

    pub(super) fn source(&self) -> &'s str {
        self.entry.message.text(self.item.source_uri)
    }

    pub(super) fn met_inf(&self, tag: Tag) -> &'s str {
        self.entry.message.text(self.entry.message.effective_met_inf(self.command, Some(self.item), tag))
    }

    /// Whether its URIs are longer than any that a device takes: following them would cost too much.
    pub(super) fn is_endless(&self) -> bool {
        self.target().len() > LONGEST || self.source().len() > LONGEST
    }

    /// The new name, of a Replace of the property Name.
    pub(super) fn new_name(&self) -> Option<&'s str> {
        let is_renaming = self.command.name == CommandName::Replace && self.target().ends_with("?prop=Name");
        is_renaming
            .then(|| self.entry.message.text(self.item.data))
            .filter(|name| !name.is_empty() && name.len() <= LONGEST)
    }

    /// The property that its Target names.
    pub(super) fn property(&self) -> Option<&'s str> {
        query(self.target()).strip_prefix("prop=")
    }

    /// Whether its Format is one that leaves alone have.
    pub(super) fn has_format_of_leaf(&self) -> bool {
        is_format_of_leaf(self.met_inf(Tag::Format))
    }

    /// What it may change: the node, and how.
    pub(super) fn change(&self) -> Option<(&'s str, Effect)> {
        let target = self.target();
        match self.command.name {
            CommandName::Add | CommandName::Replace if self.is_tree => Some((target, Effect::Anything)),
            CommandName::Add => Some((target, Effect::Growth)),
            CommandName::Delete | CommandName::Copy => Some((target, Effect::Anything)),
            CommandName::Replace if target.contains('?') => self.new_name().map(|_| (target, Effect::Anything)),
            CommandName::Replace => Some((target, Effect::Value)),
            _ => None,
        }
    }
}

/// Whether the Type of an Item is that of a serialised tree.
pub(super) fn is_serialised_tree(message: &Message, command: &Command, item: &Item) -> bool {
    const TNDS: &str = "application/vnd.syncml.dmtnds";
    message.survey().met_inf.contains(Tag::Type)
        && message
            .text(message.effective_met_inf(command, Some(item), Tag::Type))
            .get(..TNDS.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(TNDS))
}

/// The path of a node: its URI without query and without leading `./`.
pub(super) fn path(uri: &str) -> &str {
    plain(without_query(uri))
}

/// What stands behind the question mark of a URI; nothing where there is none.
pub(super) fn query(uri: &str) -> &str {
    uri.get(without_query(uri).len()..).and_then(|query| query.strip_prefix('?')).unwrap_or_default()
}

/// Whether a Format says that a node is a leaf.
pub(super) fn is_format_of_leaf(format: &str) -> bool {
    !matches!(format, "" | "node" | "null")
}

/// Where a value stands that was written in one piece.
pub(super) fn value_of(step: &Step<'_>) -> Option<(Place, u32)> {
    let is_whole = step.item.more_data.is_none()
        && step.place.command.is_some_and(|command| !step.entry.is_continuation(command))
        && step.item.data.is_some();
    is_whole.then_some((step.place, step.at))
}

/// The Status elements of a command that say how it ended.
fn finals(session: &Session, place: Place) -> impl Iterator<Item = (Place, &Entry, &Command, u16)> {
    session.statuses_of(place).filter_map(|status| {
        let (entry, command) = session.command(status)?;
        let code = entry.message.code(command).filter(|code| *code != 101 && !entry.refused)?;
        Some((status, entry, command, code))
    })
}

/// How the Items of a command ended, as far as that is certain.
pub(super) enum Ending<'s> {
    /// Nobody can say.
    Unknown,
    /// All in the same way.
    Alike(Place, u16),
    /// Each has a Status of its own, found by its Target; `None` where there are two.
    Each(HashMap<&'s str, Option<(Place, u16)>>),
}

impl<'s> Ending<'s> {
    /// Of a command that was executed, and so were the containers around it.
    pub(super) fn of(session: &'s Session, entry: &'s Entry, command: &'s Command, place: Place) -> Self {
        let mut around = command.parent;
        while let Some(id) = around {
            let last = finals(session, Place { entry: place.entry, command: Some(id) }).last();
            if last.is_none_or(|(_, _, _, code)| code != 200) {
                return Self::Unknown;
            }
            around = entry.message.command(id).and_then(|container| container.parent);
        }
        if entry.message.items(command).len() == 1 {
            let last = finals(session, place).last();
            return last.map_or(Self::Unknown, |(status, _, _, code)| Self::Alike(status, code));
        }
        let mut all = finals(session, place);
        let (Some((status, _, response, code)), second) = (all.next(), all.next()) else { return Self::Unknown };
        if second.is_none() && response.target_ref.is_none() && response.source_ref.is_none() {
            // A failing code may be that of another Item.
            return if code == 200 { Self::Alike(status, code) } else { Self::Unknown };
        }
        let mut each = HashMap::new();
        for (status, entry, response, code) in finals(session, place) {
            for node in entry.message.each(response.node, Tag::TargetRef) {
                let target = plain(entry.message.text(node));
                each.entry(target).and_modify(|known| *known = None).or_insert(Some((status, code)));
            }
        }
        Self::Each(each)
    }

    /// How the Item of that Target ended.
    pub(super) fn item(&self, target: &str) -> Option<(Place, u16)> {
        match self {
            Self::Unknown => None,
            Self::Alike(status, code) => Some((*status, *code)),
            Self::Each(each) => each.get(plain(target)).copied().flatten(),
        }
    }
}
