//! How the Items of a command ended.

use crate::dm::uri::plain;
use crate::dm::{Entry, EntryId, Place, Session};
use crate::markup::Tag;
use crate::syncml::{Command, CommandName};
use std::collections::HashMap;

/// What the Atomic commands around a command make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// It counts, from that message on.
    Counts(EntryId),
    /// It counts, if the Atomic went well, of which no Status tells.
    Untold,
    /// It was undone, or not done.
    Undone,
    /// It should have been undone, and was not.
    Half,
}

/// A code that undoes nothing and ends nothing: accepted for later, or a chunk was buffered.
const fn is_passing(code: u16) -> bool {
    matches!(code, 101 | 213)
}

/// The Status elements of a command that say how it ended.
fn finals(session: &Session, place: Place) -> impl Iterator<Item = (Place, &Entry, &Command, u16)> {
    session.statuses_of(place).filter_map(move |status| {
        let (entry, command) = session.command(status)?;
        let code = entry.message.code(command).filter(|code| !is_passing(*code) && !entry.refused)?;
        Some((status, entry, command, code))
    })
}

/// The containers around a command (OMA-TS-DM_RepPro-V1_2_1, Atomic; code 516: the roll back failed).
pub(super) fn around(session: &Session, place: Place) -> Around {
    let Some((entry, command)) = session.command(place) else { return Around::Undone };
    let (mut at, mut since) = (command.parent, place.entry);
    let mut result = None;
    while let Some(id) = at {
        let Some(container) = entry.message.command(id) else { break };
        if container.name == CommandName::Atomic {
            let last = finals(session, Place { entry: place.entry, command: Some(id) }).last();
            match last {
                Some((status, _, _, 200)) => since = since.max(status.entry),
                Some((_, _, _, 516)) => return Around::Half,
                Some(_) => return Around::Undone,
                None => result = Some(Around::Untold),
            }
        }
        at = container.parent;
    }
    result.unwrap_or(Around::Counts(since))
}

/// How the Items of a command ended, as far as its Status elements say it.
pub(super) enum Ending<'s> {
    /// Nobody can say.
    Unknown,
    /// All in the same way.
    Alike(Place, u16),
    /// Each has a Status of its own, found by its Target or Source; `None` where there are two.
    Each(HashMap<&'s str, Option<(Place, u16)>>),
}

impl<'s> Ending<'s> {
    pub(super) fn of(session: &'s Session, place: Place) -> Self {
        let Some((entry, command)) = session.command(place) else { return Self::Unknown };
        if entry.message.items(command).len() == 1 {
            return finals(session, place)
                .last()
                .map_or(Self::Unknown, |(status, _, _, code)| Self::Alike(status, code));
        }
        let mut all = finals(session, place);
        let (Some((status, _, response, code)), second) = (all.next(), all.next()) else { return Self::Unknown };
        if second.is_none() && response.target_ref.is_none() && response.source_ref.is_none() {
            // A failing code may be that of another Item.
            return if matches!(code, 200..=299) { Self::Alike(status, code) } else { Self::Unknown };
        }
        let mut each = HashMap::new();
        for (status, entry, response, code) in finals(session, place) {
            for tag in [Tag::TargetRef, Tag::SourceRef] {
                for node in entry.message.each(response.node, tag) {
                    let uri = plain(entry.message.text(node));
                    each.entry(uri)
                        .and_modify(|known: &mut Option<(Place, u16)>| {
                            // One Status may name an Item twice.
                            *known = known.filter(|(known, _)| *known == status);
                        })
                        .or_insert(Some((status, code)));
                }
            }
        }
        Self::Each(each)
    }

    /// How the Item of that Target, or Source, ended.
    pub(super) fn item(&self, uri: &str) -> Option<(Place, u16)> {
        match self {
            Self::Unknown => None,
            Self::Alike(status, code) => Some((*status, *code)),
            Self::Each(each) => each.get(plain(uri)).copied().flatten(),
        }
    }
}
