//! One Item of a command, with how it ended and what it may change.

use super::super::links::Place;
use super::super::session::{Entry, Session};
use super::super::uri::plain;
use crate::markup::Tag;
use crate::syncml::{Command, CommandName, Item};

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
#[derive(Clone, Copy)]
pub(super) struct Step<'s> {
    pub(super) entry: &'s Entry,
    pub(super) command: &'s Command,
    pub(super) item: &'s Item,
    pub(super) place: Place,
    pub(super) at: u32,
    pub(super) ended: Option<(Place, u16)>,
}

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

    pub(super) fn is_serialised_tree(&self) -> bool {
        self.met_inf(Tag::Type).to_ascii_lowercase().starts_with("application/vnd.syncml.dmtnds")
    }

    /// The new name, of a Replace of the property Name.
    pub(super) fn new_name(&self) -> Option<&'s str> {
        let is_renaming = self.command.name == CommandName::Replace && self.target().ends_with("?prop=Name");
        is_renaming.then(|| self.entry.message.text(self.item.data)).filter(|name| !name.is_empty())
    }

    /// What it may change: the node, and how.
    pub(super) fn change(&self) -> Option<(&'s str, Effect)> {
        let target = self.target();
        match self.command.name {
            CommandName::Add | CommandName::Replace if self.is_serialised_tree() => Some((target, Effect::Anything)),
            CommandName::Add => Some((target, Effect::Growth)),
            CommandName::Delete | CommandName::Copy => Some((target, Effect::Anything)),
            CommandName::Replace if target.contains('?') => self.new_name().map(|_| (target, Effect::Anything)),
            CommandName::Replace => Some((target, Effect::Value)),
            _ => None,
        }
    }
}

/// The path of a node: its URI without query and without leading `./`.
pub(super) fn path(uri: &str) -> &str {
    plain(uri.split('?').next().unwrap_or_default())
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

/// How an Item ended, where that is certain: its command was executed, and so were the containers around it.
pub(super) fn ended(
    session: &Session,
    entry: &Entry,
    command: &Command,
    place: Place,
    item: &Item,
) -> Option<(Place, u16)> {
    let mut around = command.parent;
    while let Some(id) = around {
        let (_, _, _, code) = finals(session, Place { entry: place.entry, command: Some(id) }).last()?;
        if code != 200 {
            return None;
        }
        around = entry.message.command(id)?.parent;
    }
    let is_single = entry.message.items(command).len() == 1;
    let mut all = finals(session, place);
    let (first, second) = (all.next()?, all.next());
    if is_single {
        let (status, _, _, code) = finals(session, place).last()?;
        return Some((status, code));
    }
    let (status, _, response, code) = first;
    if second.is_none() && response.target_ref.is_none() && response.source_ref.is_none() {
        // A failing code may be that of another Item.
        return (code == 200).then_some((status, code));
    }
    let target = plain(entry.message.text(item.target_uri));
    let mut own = finals(session, place).filter(|(_, entry, response, _)| {
        let mut named = entry.message.each(response.node, Tag::TargetRef);
        named.any(|node| plain(entry.message.text(node)) == target)
    });
    match (own.next(), own.next()) {
        (Some((status, _, _, code)), None) => Some((status, code)),
        _ => None,
    }
}
