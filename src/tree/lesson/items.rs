//! Items of commands and Results: what they convey, joined where it came in parts.

use crate::base::Limits;
use crate::dm::{Chunk, Entry, EntryId, LargeObject, ObjectEnd, Place, Session};
use crate::markup::{NodeId, Tag};
use crate::syncml::{Command, Item, Message};
use std::borrow::Cow;

/// An Item with the message that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conveyed<'s> {
    pub(super) message: &'s Message,
    command: &'s Command,
    item: &'s Item,
    /// The object of which it is the beginning, where there is one.
    object: Option<&'s LargeObject>,
}

/// What an Item of a command is a part of.
pub(super) enum Part<'s> {
    /// It is whole, or its last part is, and this is its beginning.
    Whole(Conveyed<'s>),
    /// More of it comes, or never came.
    Piece,
}

/// The Item at a place: of a large object the last chunk stands for all, and everything but its Data is that of the first.
pub(super) fn part<'s>(
    session: &'s Session,
    entry: &'s Entry,
    command: &'s Command,
    place: Place,
    at: usize,
) -> Part<'s> {
    let Some(item) = entry.message.items(command).get(at) else { return Part::Piece };
    let whole = Conveyed { message: &entry.message, command, item, object: None };
    let is_here =
        |chunk: &Chunk| chunk.entry == place.entry && Some(chunk.command) == place.command && chunk.item as usize == at;
    let Some(object) = session.object_of(place).filter(|object| object.chunks.iter().any(is_here)) else {
        return if item.more_data.is_some() { Part::Piece } else { Part::Whole(whole) };
    };
    if object.end != ObjectEnd::Complete || !object.chunks.last().is_some_and(is_here) {
        return Part::Piece;
    }
    match object.chunks.first().and_then(|chunk| of_chunk(session, chunk)) {
        Some(first) => Part::Whole(Conveyed { object: Some(object), ..first }),
        None => Part::Piece,
    }
}

fn of_chunk<'s>(session: &'s Session, chunk: &Chunk) -> Option<Conveyed<'s>> {
    let (entry, command) = session.command(Place { entry: chunk.entry, command: Some(chunk.command) })?;
    let item = entry.message.items(command).get(chunk.item as usize)?;
    Some(Conveyed { message: &entry.message, command, item, object: None })
}

impl<'s> Conveyed<'s> {
    pub(super) fn target(&self) -> &'s str {
        self.message.text(self.item.target_uri)
    }

    pub(super) fn source(&self) -> &'s str {
        self.message.text(self.item.source_uri)
    }

    /// Format, where it is stated.
    pub(super) fn format(&self) -> Option<&'s str> {
        self.message.value(self.message.effective_met_inf(self.command, Some(self.item), Tag::Format))
    }

    /// Type, where it is stated.
    pub(super) fn media(&self) -> Option<&'s str> {
        self.message.value(self.message.effective_met_inf(self.command, Some(self.item), Tag::Type))
    }

    /// Its Data, where that came in one piece.
    pub(super) fn data(&self) -> Option<NodeId> {
        self.item.data.filter(|_| self.object.is_none())
    }

    /// Whether it has Data.
    pub(super) fn has_data(&self) -> bool {
        self.item.data.is_some()
    }

    /// The octets of its Data, white space around a text cut off, chunks joined.
    pub(super) fn octets(&self, session: &'s Session) -> Cow<'s, [u8]> {
        let Some(object) = self.object else {
            return self.item.data.map_or(Cow::Borrowed(&[]), |data| Cow::Borrowed(octets_of(self.message, data)));
        };
        let mut joined = Vec::new();
        for chunk in &object.chunks {
            let Some(part) = of_chunk(session, chunk) else { continue };
            let octets = part.item.data.map_or(&[][..], |data| part.message.tree().content_bytes(data));
            let room = Limits::TREE_OBJECT.saturating_sub(joined.len());
            joined.extend_from_slice(octets.get(..octets.len().min(room)).unwrap_or_default());
        }
        Cow::Owned(joined)
    }

    /// Its Data as a text; empty where it is none.
    pub(super) fn text(&self, session: &'s Session) -> Cow<'s, str> {
        match self.octets(session) {
            Cow::Borrowed(octets) => Cow::Borrowed(std::str::from_utf8(octets).unwrap_or_default()),
            Cow::Owned(octets) => Cow::Owned(String::from_utf8(octets).unwrap_or_default()),
        }
    }
}

fn octets_of(message: &Message, data: NodeId) -> &[u8] {
    match message.tree().content_bytes(data) {
        octets if std::str::from_utf8(octets).is_err() => octets,
        _ => message.text(data).as_bytes(),
    }
}

/// The number of a message, from 1, as reports have it.
pub(super) const fn number_of(id: EntryId) -> u32 {
    id.0.saturating_add(1)
}
