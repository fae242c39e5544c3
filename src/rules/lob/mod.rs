//! LOB: values that are sent in several messages (OMA-TS-DM_Protocol-V1_2_1, section 7).
//!
//! [`chunks`] looks at the parts as they are written, [`order`] at what stands between and behind them; [`size`] counts
//! octets; [`answers`] judges what the other side says to each part, [`support`] whether it can have them at all.

mod answers;
mod chunks;
mod order;
mod size;
mod support;
#[cfg(test)]
mod tests;

pub(super) use order::chunk_inside;

use super::cx::{Cmd, Msg};
use super::rule::{Clause, Family};
use super::sta::common::{CREP, PRO, message_at};
use crate::dm::{Chunk, EntryId, LargeObject, Session};
use crate::markup::Tag;
use crate::syncml::{CommandName, Item};

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "LOB",
    title: "Large objects",
    rules: &[
        &order::NOT_CONTINUED,
        &order::UNMARKED,
        &chunks::MORE_DATA_FORM,
        &chunks::SIZE_MISSING,
        &chunks::SIZE_REPEATED,
        &chunks::SIZE_NUMBER,
        &chunks::NOT_REPEATED,
        &order::NOT_CONTIGUOUS,
        &size::MISMATCH,
        &size::MISMATCH_ACCEPTED,
        &order::IN_BETWEEN,
        &answers::NOT_BUFFERED,
        &answers::NOT_ASKED_FOR,
        &answers::LAST_CHUNK,
        &size::TOO_LARGE,
        &support::SENT_WITHOUT_SUPPORT,
        &support::USED_WITHOUT_SUPPORT,
        &support::EVENT_WITHOUT_SUPPORT,
        &support::SERVER_SUPPORT,
        &order::RESUMED,
        &chunks::CHANGED,
        &answers::COMMITTED_EARLY,
        &order::NOT_LAST,
        &order::IN_CONTAINER,
        &support::CREDENTIALS,
    ],
    ..Family::NONE
};

const LARGE_OBJECTS: Clause = Clause { document: PRO, section: "7 Large Object Handling" };
const ITEM_DTD: Clause = Clause { document: CREP, section: "7 DTD: Item" };

/// Commands that carry values.
const CARRIERS: &[CommandName] = &[
    CommandName::Add,
    CommandName::Alert,
    CommandName::Copy,
    CommandName::Exec,
    CommandName::Replace,
    CommandName::Results,
];

/// One part of an object, with the command and Item that hold it.
#[derive(Debug, Clone, Copy)]
struct Part<'s> {
    cmd: Cmd<'s>,
    item: &'s Item,
    chunk: Chunk,
}

fn part(session: &Session, chunk: Chunk) -> Option<Part<'_>> {
    let cmd = message_at(session, chunk.entry)?.command(chunk.command)?;
    Some(Part { cmd, item: cmd.items().get(chunk.item as usize)?, chunk })
}

/// The parts of an object, as far as rules on content may judge them.
fn parts<'s>(session: &'s Session, object: &'s LargeObject) -> impl Iterator<Item = Part<'s>> {
    let parts = object.chunks.iter().filter_map(move |chunk| part(session, *chunk));
    parts.filter(|part| part.cmd.message().is_judgeable())
}

impl<'s> Part<'s> {
    /// Size of the Item itself, or of its command.
    fn size(self) -> Option<crate::markup::NodeId> {
        let message = self.cmd.message();
        message.met_inf(self.item.meta, Tag::Size).or_else(|| message.met_inf(self.cmd.command.meta, Tag::Size))
    }

    /// A value of Meta that holds for the Item.
    fn meta(self, tag: Tag) -> &'s str {
        self.cmd.text(self.cmd.message().effective_met_inf(self.cmd.command, Some(self.item), tag))
    }

    /// Octets of its Data as conveyed.
    fn data(self) -> &'s [u8] {
        self.item.data.map_or(&[], |data| self.cmd.message().tree().content_bytes(data))
    }

    fn uri(self) -> &'s str {
        uri_of(self.cmd, self.item)
    }
}

/// The node that an Item is about: Target, or what a client names in Source.
fn uri_of<'s>(cmd: Cmd<'s>, item: &Item) -> &'s str {
    match cmd.text(item.target_uri) {
        "" => cmd.text(item.source_uri),
        uri => uri,
    }
}

fn is_chunk(cmd: Cmd<'_>) -> bool {
    cmd.items().iter().any(|item| item.more_data.is_some())
}

/// The sender's next message in which a value can go on: one that was refused comes again, and one with Alert 1222 alone
/// lets the other side go on with its own.
fn next_turn(session: &Session, id: EntryId) -> Option<Msg<'_>> {
    let mut at = session.next_of_sender(id);
    while let Some((id, entry)) = at {
        let content = entry.content;
        let only_asks = content.next_message && !content.operations && !content.results;
        if !only_asks && !entry.refused {
            return message_at(session, id);
        }
        at = session.next_of_sender(id);
    }
    None
}

/// A value that goes to the device in two messages: the command with the first part, the device's answer to it, the command
/// with the last part, the answer to that.
macro_rules! down {
    ($first:literal, $answer:literal, $last:literal, $end:literal) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            "server nofinal\n Status SyncHdr 200\n Status * 200\n ",
            $first,
            "\ndevice nofinal\n Status SyncHdr 200\n ",
            $answer,
            "\nserver\n Status SyncHdr 200\n Status * 200\n ",
            $last,
            "\ndevice\n Status SyncHdr 200\n ",
            $end,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}
use down;

/// A value that comes from the device in two messages: the Results with the first part, the server's answer to it, the
/// Results with the last part.
macro_rules! up {
    ($first:literal, $answer:literal, $last:literal) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Get ./Vendor/A\n",
            "device nofinal\n Status SyncHdr 200\n Status Get 200\n ",
            $first,
            "\nserver nofinal\n Status SyncHdr 200\n ",
            $answer,
            "\ndevice\n Status SyncHdr 200\n Status * 200\n ",
            $last,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}
use up;

/// A value that goes to the device in two parts.
const DOWN: &str = down!(
    "Replace ./Vendor/A=Hello format=chr size=12 more",
    "Status Replace 213\n Alert 1222",
    "Replace ./Vendor/A=\" world!\" format=chr",
    "Status Replace 200"
);

/// A value that comes from the device in two parts.
const UP: &str = up!(
    "Results ./Vendor/A=Hello format=chr size=12 more",
    "Status Results 213\n Alert 1222",
    "Results ./Vendor/A=\" world!\" format=chr"
);
