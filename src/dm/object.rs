//! Large objects: values that came in several messages (OMA-TS-DM_Protocol-V1_2_1, section 7).

use super::links::{Links, Place};
use super::session::{Entry, EntryId};
use crate::base::Direction;
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Message, number};

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
    /// Something else came while it was open.
    Broken,
    /// The other side refused a chunk, or said with Alert 1225 that the rest did not come.
    Refused,
    /// The session ended first.
    Open,
}

/// A value that was sent in several messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeObject {
    /// Who sent it.
    pub direction: Direction,
    /// The command that carried its first chunk.
    pub command: CommandName,
    /// Target or, from a client, Source of the first chunk.
    pub uri: String,
    /// Size that the first chunk announced.
    pub announced: Option<u64>,
    /// Whether it began without Size after one of the same command and URI that was broken off or refused.
    pub resumes: bool,
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

/// What a device said in Results for `./DevDetail/LrgObj` (OMA-TS-DM_StdObj-V1_2_1, DevDetail).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargeObjectSupport {
    /// The Results.
    pub at: Place,
    /// Whether it takes large objects.
    pub supported: bool,
}

/// Everything that the device said of its support, in order.
pub(super) fn support_told(entries: &[Entry]) -> Vec<LargeObjectSupport> {
    let mut told = Vec::new();
    for (entry, message) in messages(entries, Direction::DeviceToServer) {
        for (id, command) in message.commands_with_ids().filter(|(_, command)| command.name == CommandName::Results) {
            let at = Place { entry, command: Some(id) };
            told.extend(lrg_obj_of(message, command).map(|supported| LargeObjectSupport { at, supported }));
        }
    }
    told
}

/// What the Items of a Results say of `./DevDetail/LrgObj`.
pub(super) fn lrg_obj_of<'m>(message: &'m Message, results: &'m Command) -> impl Iterator<Item = bool> + 'm {
    message.items(results).iter().filter_map(|item| {
        let uri = message.text(item.source_uri);
        let is_meant = uri.strip_prefix("./").unwrap_or(uri) == "DevDetail/LrgObj";
        match message.text(item.data) {
            "true" if is_meant => Some(true),
            "false" if is_meant => Some(false),
            _ => None,
        }
    })
}

/// Messages of one direction, with their positions.
fn messages(entries: &[Entry], direction: Direction) -> impl Iterator<Item = (EntryId, &Message)> {
    let numbered = entries.iter().enumerate().filter(move |(_, entry)| entry.direction == direction);
    numbered.map(|(at, entry)| (EntryId(u32::try_from(at).unwrap_or(u32::MAX)), &entry.message))
}

/// Joins the chunks of both sides, and marks the commands that go on with an object.
pub(super) fn join_objects(entries: &mut [Entry], links: &Links) -> Vec<LargeObject> {
    let mut objects = Vec::new();
    for direction in [Direction::ServerToDevice, Direction::DeviceToServer] {
        let mut joiner = Joiner::new(direction);
        for (entry, message) in messages(entries, direction) {
            // What was refused with its header is sent again as a whole (guard G5).
            if entries.get(entry.index()).is_some_and(|entry| entry.refused) {
                continue;
            }
            joiner.settle(entry, entries, links);
            joiner.message(entry, message, &mut objects);
        }
        objects.extend(joiner.open);
    }
    for object in &objects {
        for chunk in object.chunks.iter().skip(1) {
            if let Some(entry) = entries.get_mut(chunk.entry.index()) {
                entry.continues.push(chunk.command);
            }
        }
    }
    for entry in entries {
        entry.continues.sort_unstable();
    }
    objects
}

/// One Item of a command, as a part of an object.
struct Part<'m> {
    name: CommandName,
    uri: &'m str,
    has_size: bool,
    has_data: bool,
    chunk: Chunk,
}

/// Joins the chunks of one sender.
#[derive(Debug)]
struct Joiner {
    direction: Direction,
    open: Option<LargeObject>,
    /// Up to where the other side's messages were looked through for Alert 1225.
    settled: usize,
    /// Whether the latest chunk was answered, and not with 213, or its message not at all.
    doubtful: bool,
    /// Command and URI of the latest object that came to no good end.
    failed: Option<(CommandName, String)>,
}

impl Joiner {
    fn new(direction: Direction) -> Self {
        Self { direction, open: None, settled: 0, doubtful: false, failed: None }
    }

    fn end(&mut self, end: ObjectEnd, objects: &mut Vec<LargeObject>) {
        if let Some(mut object) = self.open.take() {
            object.end = end;
            if end != ObjectEnd::Complete {
                self.failed = Some((object.command, object.uri.clone()));
            }
            objects.push(object);
        }
    }

    /// What the other side said of the open object before a message of the sender.
    fn settle(&mut self, before: EntryId, entries: &[Entry], links: &Links) {
        let from = self.settled;
        self.settled = before.index();
        let Some(object) = &mut self.open else { return };
        let Some(chunk) = object.chunks.last() else { return };
        let to = Place { entry: chunk.entry, command: Some(chunk.command) };
        let codes = links.statuses(to).filter(|answer| answer.entry < before).filter_map(|answer| {
            let message = &entries.get(answer.entry.index())?.message;
            message.code(message.command(answer.command?)?)
        });
        let mut refused = false;
        self.doubtful = entries.get(chunk.entry.index()).is_some_and(Entry::is_unanswered);
        for code in codes {
            refused |= matches!(code, 400..=599);
            self.doubtful |= code != 213;
        }
        let between = entries.get(from.max(chunk.entry.index())..before.index()).unwrap_or_default();
        refused |= between.iter().any(|entry| entry.direction != self.direction && entry.content.object_error);
        if refused {
            object.end = ObjectEnd::Refused;
        }
    }

    /// Looks through a message of the sender, and adds the objects that ended with it.
    fn message(&mut self, entry: EntryId, message: &Message, objects: &mut Vec<LargeObject>) {
        if self.open.as_ref().is_some_and(|open| open.end == ObjectEnd::Refused) {
            self.end(ObjectEnd::Refused, objects);
        }
        let parts = parts(entry, message, self.open.is_some());
        // Something may stand in between: the object is broken off only where it does not go on behind that.
        let continuation = parts.iter().position(|part| self.goes_on(part));
        for (at, part) in parts.iter().enumerate() {
            if Some(at) == continuation {
                self.doubtful = false;
                if let Some(open) = &mut self.open {
                    open.chunks.push(part.chunk);
                }
                if !part.chunk.more {
                    self.end(ObjectEnd::Complete, objects);
                }
                continue;
            }
            // What stands behind a chunk in its message does not break it off either: it may go on in the next.
            let is_behind =
                self.open.as_ref().is_some_and(|open| open.chunks.last().is_some_and(|last| last.entry == entry));
            if is_behind || continuation.is_some_and(|continuation| at < continuation) {
                continue;
            }
            if self.open.is_some() {
                self.end(ObjectEnd::Broken, objects);
            }
            if part.chunk.more {
                self.begin(part, message);
            }
        }
    }

    fn begin(&mut self, part: &Part<'_>, message: &Message) {
        let command = message.command(part.chunk.command);
        let item = command.and_then(|command| message.items(command).get(part.chunk.item as usize));
        let size = command.and_then(|command| message.effective_met_inf(command, item, Tag::Size));
        let failed = self.failed.as_ref();
        self.open = Some(LargeObject {
            direction: self.direction,
            command: part.name,
            uri: part.uri.to_owned(),
            announced: message.value(size).and_then(number),
            resumes: size.is_none() && failed.is_some_and(|(name, uri)| *name == part.name && uri == part.uri),
            chunks: vec![part.chunk],
            end: ObjectEnd::Open,
        });
    }

    /// Whether a part goes on with the open object. One under another command is known by its URI alone; one that states a
    /// Size after a chunk that was not accepted begins anew.
    fn goes_on(&self, part: &Part<'_>) -> bool {
        let Some(open) = &self.open else { return false };
        // An object goes on in the next message, not in the same one.
        if open.chunks.last().is_some_and(|last| last.entry == part.chunk.entry) || (part.has_size && self.doubtful) {
            return false;
        }
        if part.name == open.command {
            part.uri.is_empty() || part.uri == open.uri
        } else {
            let carries = matches!(part.name, CommandName::Add | CommandName::Replace);
            carries && part.has_data && !part.has_size && !part.uri.is_empty() && part.uri == open.uri
        }
    }
}

/// The Items of a message that can be parts of an object; none where no object is open and none begins.
fn parts(entry: EntryId, message: &Message, is_open: bool) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut begins = is_open;
    for (id, command) in message.commands_with_ids() {
        let is_event = || matches!(message.code(command), Some(1224 | 1226));
        if command.name == CommandName::Status || (command.name == CommandName::Alert && !is_event()) {
            continue;
        }
        for (at, item) in message.items(command).iter().enumerate() {
            let more = item.more_data.is_some();
            begins |= more;
            if !begins {
                continue;
            }
            let uri = message.value(item.target_uri).or_else(|| message.value(item.source_uri)).unwrap_or_default();
            let octets = item.data.map_or(0, |data| message.tree().content_bytes(data).len() as u64);
            let own = |meta| message.met_inf(meta, Tag::Size).is_some();
            parts.push(Part {
                name: command.name,
                uri,
                has_size: own(item.meta) || own(command.meta),
                has_data: item.data.is_some(),
                chunk: Chunk { entry, command: id, item: u32::try_from(at).unwrap_or(u32::MAX), octets, more },
            });
        }
    }
    parts
}
