//! Large objects: values that came in several messages (OMA-TS-DM_Protocol-V1_2_1, section 7).

use super::session::EntryId;
use crate::base::Direction;
use crate::markup::Tag;
use crate::syncml::{CommandId, CommandName, Message, number};

/// One part of a large object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// The message.
    pub entry: EntryId,
    /// The command.
    pub command: CommandId,
    /// Position of the Item in the command.
    pub item: u32,
    /// Octets of its Data as conveyed.
    pub octets: u64,
    /// Whether MoreData says that more follows.
    pub more: bool,
}

/// How a large object ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectEnd {
    /// Its last chunk was seen.
    Complete,
    /// Something else came while it was open, or the other side refused it.
    Broken,
    /// The session ended first.
    Open,
}

/// A value that was sent in several messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeObject {
    /// Who sent it.
    pub direction: Direction,
    /// The command that carried it.
    pub command: CommandName,
    /// Target or, from a client, Source of the first chunk.
    pub uri: String,
    /// Size that the first chunk announced.
    pub announced: Option<u64>,
    /// Its parts in order.
    pub chunks: Vec<Chunk>,
    /// How it ended.
    pub end: ObjectEnd,
}

impl LargeObject {
    /// Octets of all chunks together, as conveyed.
    pub fn octets(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.octets).sum()
    }
}

/// Joins the chunks of one sender.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    open: Option<LargeObject>,
}

impl Joiner {
    /// Looks through a message of the sender. Returns objects that ended with it.
    pub(super) fn message(&mut self, entry: EntryId, direction: Direction, message: &Message) -> Vec<LargeObject> {
        let mut ended = Vec::new();
        for (id, command) in message.commands_with_ids() {
            if command.name == CommandName::Status
                || (command.name == CommandName::Alert && message.code(command) != Some(1226))
            {
                continue;
            }
            for (at, item) in message.items(command).iter().enumerate() {
                let more = item.more_data.is_some();
                if !more && self.open.is_none() {
                    continue;
                }
                let uri = message.value(item.target_uri).or_else(|| message.value(item.source_uri)).unwrap_or_default();
                let octets = item.data.map_or(0, |data| message.tree().content_bytes(data).len() as u64);
                let chunk = Chunk { entry, command: id, item: u32::try_from(at).unwrap_or(u32::MAX), octets, more };
                let goes_on = self
                    .open
                    .as_ref()
                    .is_some_and(|open| open.command == command.name && (uri.is_empty() || open.uri == uri));
                if goes_on {
                    if let Some(open) = &mut self.open {
                        open.chunks.push(chunk);
                    }
                    if !more && let Some(mut object) = self.open.take() {
                        object.end = ObjectEnd::Complete;
                        ended.push(object);
                    }
                    continue;
                }
                if let Some(mut object) = self.open.take() {
                    object.end = ObjectEnd::Broken;
                    ended.push(object);
                }
                if more {
                    let size = message.effective_met_inf(command, Some(item), Tag::Size);
                    self.open = Some(LargeObject {
                        direction,
                        command: command.name,
                        uri: uri.to_owned(),
                        announced: message.value(size).and_then(number),
                        chunks: vec![chunk],
                        end: ObjectEnd::Open,
                    });
                }
            }
        }
        ended
    }

    /// The session ended.
    pub(super) fn finish(self) -> Option<LargeObject> {
        self.open
    }
}
