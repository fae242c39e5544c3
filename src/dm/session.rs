//! One management session, complete.

use super::auth::AuthTrack;
use super::bootstrap::Bootstrap;
use super::classify::Content;
use super::download::Download;
use super::http_facts::BareResponse;
use super::links::{Links, Place, Resolution};
use super::memory::Past;
use super::nodes::{self, NodeFact};
use super::notified::Notified;
use super::object::{LargeObject, LargeObjectSupport};
use super::phase::Phase;
use super::tracker::Kept;
use super::transport::Transport;
use super::version::{Profile, Version};
use crate::base::{Direction, FrameNo, Injected, Timestamp};
use crate::syncml::{Command, CommandId, Message};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Position of a message in [`Session::entries`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u32);

impl EntryId {
    /// As an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What tells one session from another, together with its place in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Source/LocURI of the client's messages; empty when unknown.
    pub device: String,
    /// Target/LocURI of the client's first message; empty when unknown.
    pub server: String,
    /// SessionID as the client's first message wrote it, trimmed; empty when absent.
    pub session_id: String,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// The server closed it.
    Completed,
    /// One side sent Alert 1223.
    Aborted,
    /// The capture lacks a part of it: its last request has no response, or a message was cut.
    Truncated,
    /// Nothing says that it ended.
    Open,
}

/// The package that a message belongs to (OMA-TS-DM_Protocol-V1_2_1, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// 1 and 3 from the client, 2 and 4 from the server; 3 and 4 repeat.
    pub number: u8,
    /// Which 3 or 4 it is, from 1; 1 for packages 1 and 2.
    pub iteration: u32,
    /// Which try of the package, from 1: a package refused with 401 or 407 is sent again.
    pub attempt: u32,
    /// Which message of the package, from 1.
    pub part: u32,
}

/// How the HTTP request that carried a client's message was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpAnswer {
    /// By a DM message: the next entry of the server on this exchange.
    Message(EntryId),
    /// By a response without a body.
    Empty {
        /// HTTP status.
        status: u16,
    },
    /// By a response that holds no SyncML.
    Other {
        /// HTTP status.
        status: u16,
    },
    /// By a SyncML body of which nothing could be decoded.
    Undecodable {
        /// HTTP status.
        status: u16,
    },
    /// By nothing: the connection was closed without a response.
    Nothing,
    /// The capture does not say.
    NotCaptured,
}

/// A limit that was in force when a message was sent: on its size, or on that of an object in it
/// (OMA-TS-SyncML_MetaInfo-V1_2_2, MaxMsgSize and MaxObjSize).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimit {
    /// Octets.
    pub octets: u64,
    /// The message of the other side that announced it.
    pub announced_by: EntryId,
    /// Whether that was the other side's latest message, and not an older one.
    pub latest: bool,
}

/// One message of a session.
#[derive(Debug)]
pub struct Entry {
    /// The message.
    pub message: Message,
    /// Which way it went.
    pub direction: Direction,
    /// When its last octet was seen.
    pub time: Timestamp,
    /// When its first octet was seen.
    pub started: Timestamp,
    /// Frames that carried it, ascending.
    pub frames: Vec<FrameNo>,
    /// How it was carried; `None` where the evidence has no transport.
    pub transport: Option<Transport>,
    /// What it holds.
    pub content: Content,
    /// The package it belongs to.
    pub package: Package,
    /// Where the session stood before it.
    pub phase_before: Phase,
    /// Where the session stood after it.
    pub phase_after: Phase,
    /// The message of the other side that it answers: for a server's, the request on the same exchange; for a client's,
    /// the server's latest message before it.
    pub answers: Option<EntryId>,
    /// How the client's HTTP request was answered; `NotCaptured` for a server's message.
    pub http_answer: HttpAnswer,
    /// Responses to a client's message that hold no DM message, in order: redirects, refusals, errors. At most
    /// [`Limits::BARE_RESPONSES`](crate::base::Limits::BARE_RESPONSES).
    pub bare: Vec<BareResponse>,
    /// How often it was sent again, octet by octet the same.
    pub resent: u32,
    /// The size limit it had to keep.
    pub size_limit: Option<SizeLimit>,
    /// The largest object that the other side accepted when it was sent (MaxObjSize); it holds until a new value comes.
    pub object_limit: Option<SizeLimit>,
    /// Whether the other side refused it with 401 or 407 on SyncHdr: nothing in it was executed.
    pub refused: bool,
    /// Faults that a proxy injected into it, as the recording tells; of a client's message also those in an answer that is
    /// no message itself. At most [`Limits::INJECTED`](crate::base::Limits::INJECTED).
    pub injected: Vec<Injected>,
    /// For each command, where its references lead; `None` for commands that are no Status or Results.
    pub(super) resolutions: Vec<Option<Resolution>>,
    /// The Status elements that answer a SyncHdr, in order.
    pub(super) header_answers: Vec<CommandId>,
    /// For each command, whether its CmdID can be referred to: present, and once in the message.
    pub(super) sound: Vec<bool>,
    /// The commands that go on with a large object that an earlier message began, in order.
    pub(super) continues: Vec<CommandId>,
    /// Whether a message of the session is known to be missing before this one.
    pub(super) after_loss: bool,
    /// Neighbours, so that no rule walks the session to find them.
    pub(super) previous: Option<EntryId>,
    pub(super) next: Option<EntryId>,
    pub(super) next_of_peer: Option<EntryId>,
    /// The sender's latest message with Final before this one, and its first from this one on.
    pub(super) final_before: Option<EntryId>,
    pub(super) final_from: Option<EntryId>,
}

impl Entry {
    /// Whether the device sent it.
    pub fn is_client(&self) -> bool {
        self.direction == Direction::DeviceToServer
    }

    /// Whether the server sent it.
    pub fn is_server(&self) -> bool {
        !self.is_client()
    }

    /// Whether it is a client's message whose exchange brought no message of the server, not even one that could not be
    /// decoded: the client may send it again, also in other words.
    pub fn is_unanswered(&self) -> bool {
        self.is_client()
            && matches!(self.http_answer, HttpAnswer::Empty { .. } | HttpAnswer::Other { .. } | HttpAnswer::Nothing)
    }

    /// Where the references of a Status or Results lead; `None` for other commands.
    pub fn resolution(&self, command: CommandId) -> Option<Resolution> {
        self.resolutions.get(command.index()).copied().flatten()
    }

    /// The Status elements of the message that answer a SyncHdr, in order.
    pub fn header_answers(&self) -> &[CommandId] {
        &self.header_answers
    }

    /// Whether a command's CmdID can be referred to: it is present, and occurs once in the message (guard G15).
    pub fn is_sound(&self, command: CommandId) -> bool {
        self.sound.get(command.index()).copied().unwrap_or(false)
    }

    /// Whether a command goes on with a large object that an earlier message began (guard G8).
    pub fn is_continuation(&self, command: CommandId) -> bool {
        self.continues.binary_search(&command).is_ok()
    }

    /// Whether messages of the session are known to be missing before this one.
    pub fn is_after_loss(&self) -> bool {
        self.after_loss
    }
}

/// One management session: everything that was seen of it, in order.
#[derive(Debug)]
pub struct Session {
    /// Device, server and SessionID.
    pub identity: Identity,
    /// The notification that asked for it, where one was captured.
    pub notification: Option<Box<Notified>>,
    /// The bootstrap messages to its device that were captured since the session before, in the order in which they came.
    pub bootstraps: Vec<Bootstrap>,
    /// Downloads that its server asked for and of which something was captured since the session before, or in this one. Of a
    /// session that goes on, none.
    pub downloads: Vec<Download>,
    /// What its device sent to addresses of diagnostics (DiagDataURL), likewise.
    pub uploads: Vec<Download>,
    /// The version that it speaks.
    pub version: Version,
    /// The profile that its traffic shows.
    pub profile: Profile,
    /// Its messages in the order in which they were sent.
    pub entries: Vec<Entry>,
    /// Whether its first message was captured.
    pub start_seen: bool,
    /// Whether messages inside it are known to be missing, or could not be decoded.
    pub has_losses: bool,
    /// How it ended.
    pub end: End,
    /// In one sentence, how and why it ended.
    pub why: String,
    /// The client proves itself to the server.
    pub client_auth: AuthTrack,
    /// The server proves itself to the client.
    pub server_auth: AuthTrack,
    /// Values that were sent in several messages.
    pub objects: Vec<LargeObject>,
    /// What the device said of its support for large objects, in order.
    pub large_object_support: Vec<LargeObjectSupport>,
    /// Frame of its first octet.
    pub first_frame: FrameNo,
    /// The exchanges that carried it, in the order in which they came; empty where nobody asked for them
    /// ([`Tracker::keep_exchanges`](super::Tracker::keep_exchanges)).
    pub kept: Vec<Kept>,
    /// For each command that carries a part of a large object, in order, which of [`Session::objects`].
    pub(super) chunks: Vec<(Place, usize)>,
    pub(super) links: Links,
    pub(super) past: Past,
    pub(super) abort: Option<EntryId>,
    pub(super) altered: Option<EntryId>,
    pub(super) interruptions: Vec<EntryId>,
    pub(super) nodes: OnceLock<Vec<NodeFact>>,
    pub(super) has_queries: OnceLock<bool>,
    pub(super) strays: OnceLock<Strays>,
    pub(super) gaps: OnceLock<Gaps>,
}

/// By Cmd, the messages of each side in which an answer leads nowhere, in order.
#[derive(Debug, Default)]
pub(super) struct Strays {
    client: BTreeMap<String, Vec<EntryId>>,
    server: BTreeMap<String, Vec<EntryId>>,
}

/// Messages that could not be decoded to their end, and those before which others are missing.
#[derive(Debug)]
pub(super) struct Gaps {
    unread: Vec<EntryId>,
    after: Vec<EntryId>,
}

/// Whether an ascending list has a message between two others, or one of them.
fn has_one(ascending: &[EntryId], from: EntryId, to: EntryId) -> bool {
    let at = ascending.partition_point(|id| *id < from);
    ascending.get(at).is_some_and(|id| *id <= to)
}

impl Session {
    /// The message at a position.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.index())
    }

    /// Messages with their positions, in order.
    pub fn entries_with_ids(&self) -> impl DoubleEndedIterator<Item = (EntryId, &Entry)> + '_ {
        self.entries.iter().enumerate().map(|(at, entry)| (EntryId(u32::try_from(at).unwrap_or(u32::MAX)), entry))
    }

    /// Messages of one direction with their positions, in order.
    pub fn sent_by(&self, direction: Direction) -> impl DoubleEndedIterator<Item = (EntryId, &Entry)> + '_ {
        self.entries_with_ids().filter(move |(_, entry)| entry.direction == direction)
    }

    /// The sender's message before this one.
    pub fn previous_of_sender(&self, id: EntryId) -> Option<(EntryId, &Entry)> {
        self.with_id(self.entry(id)?.previous)
    }

    /// The sender's message after this one.
    pub fn next_of_sender(&self, id: EntryId) -> Option<(EntryId, &Entry)> {
        self.with_id(self.entry(id)?.next)
    }

    /// The other side's first message after this one.
    pub fn next_of_peer(&self, id: EntryId) -> Option<(EntryId, &Entry)> {
        self.with_id(self.entry(id)?.next_of_peer)
    }

    fn with_id(&self, id: Option<EntryId>) -> Option<(EntryId, &Entry)> {
        Some((id?, self.entry(id?)?))
    }

    /// The command at a place; `None` for a header.
    pub fn command(&self, place: Place) -> Option<(&Entry, &Command)> {
        let entry = self.entry(place.entry)?;
        Some((entry, entry.message.command(place.command?)?))
    }

    /// Status elements that answer a header or command, in the order in which they were sent.
    pub fn statuses_of(&self, to: Place) -> impl Iterator<Item = Place> + '_ {
        self.links.statuses(to)
    }

    /// Codes of the Status elements that answer a header or command, in order; a Status without a code is left out.
    pub fn codes_of(&self, to: Place) -> impl Iterator<Item = u16> + '_ {
        self.statuses_of(to).filter_map(|place| {
            let (entry, status) = self.command(place)?;
            entry.message.code(status)
        })
    }

    /// Results that answer a Get (or Exec), in the order in which they were sent.
    pub fn results_of(&self, to: Place) -> impl Iterator<Item = Place> + '_ {
        self.links.results(to)
    }

    /// The last message of the package that a message belongs to: the first one of the sender, from this one on, that has
    /// Final. `None` where the capture ends first.
    pub fn package_end(&self, id: EntryId) -> Option<EntryId> {
        self.entry(id)?.final_from
    }

    /// The sender's latest message with Final before a message: what came before it belongs to another package.
    pub fn final_before(&self, id: EntryId) -> Option<(EntryId, &Entry)> {
        self.with_id(self.entry(id)?.final_before)
    }

    /// The message with which the other side has finished answering a message: its first Final after it. `None` where the
    /// capture ends first (guard G2).
    pub fn answer_end(&self, id: EntryId) -> Option<EntryId> {
        let (first, _) = self.next_of_peer(id)?;
        self.package_end(first)
    }

    /// Whether Alert 1223 was sent by either side before or in a message (guard G4).
    pub fn is_aborted_by(&self, id: EntryId) -> bool {
        self.abort.is_some_and(|abort| abort <= id)
    }

    /// The first message with Alert 1223, of either side.
    pub fn abort(&self) -> Option<EntryId> {
        self.abort
    }

    /// Whether Alert 1223 was sent by either side at any time.
    pub fn is_aborted(&self) -> bool {
        self.abort.is_some()
    }

    /// Whether an injected fault altered or broke off something of the session before or in a message: from there on, what
    /// the server is seen to do is not what it does of itself.
    pub fn is_altered_by(&self, id: EntryId) -> bool {
        self.altered.is_some_and(|altered| altered <= id)
    }

    /// Whether an injected fault broke off an exchange between two messages, the first one's included, and no later try made
    /// it good: what the device does after it need not go on where it stood.
    pub fn is_interrupted_between(&self, from: EntryId, to: EntryId) -> bool {
        self.interruptions.iter().any(|at| (from..to).contains(at))
    }

    /// Whether all that was sent between two messages of the session is in the capture and could be decoded.
    pub fn is_whole_between(&self, from: EntryId, to: EntryId) -> bool {
        let gaps = self.gaps();
        !has_one(&gaps.unread, from, to) && !has_one(&gaps.after, EntryId(from.0.saturating_add(1)), to)
    }

    /// Whether messages of the session are known to be missing between two of its messages, in whatever order.
    pub fn has_loss_between(&self, one: EntryId, other: EntryId) -> bool {
        let (from, to) = (one.min(other), one.max(other));
        has_one(&self.gaps().after, EntryId(from.0.saturating_add(1)), to)
    }

    fn gaps(&self) -> &Gaps {
        self.gaps.get_or_init(|| {
            let all = |is_wanted: fn(&Entry) -> bool| {
                self.entries_with_ids().filter(|(_, entry)| is_wanted(entry)).map(|(id, _)| id).collect()
            };
            Gaps { unread: all(|entry| !entry.message.is_judgeable()), after: all(|entry| entry.after_loss) }
        })
    }

    /// Status or Results of a message whose references do not resolve and that name this command or `SyncHdr`: whoever
    /// sent them did answer, though wrongly (guard G16).
    pub fn has_stray_answer(&self, in_message: EntryId, cmd: &str) -> bool {
        self.has_stray_answer_between(in_message, in_message, cmd)
    }

    /// Like [`Session::has_stray_answer`], in any message from one to another of the same sender.
    pub fn has_stray_answer_between(&self, from: EntryId, to: EntryId, cmd: &str) -> bool {
        let Some(first) = self.entry(from) else { return false };
        let strays = self.strays.get_or_init(|| self.find_strays());
        let of_sender = if first.is_client() { &strays.client } else { &strays.server };
        of_sender.get(cmd).is_some_and(|messages| has_one(messages, from, to))
    }

    fn find_strays(&self) -> Strays {
        let mut strays = Strays::default();
        for (id, entry) in self.entries_with_ids() {
            let of_sender = if entry.is_client() { &mut strays.client } else { &mut strays.server };
            for (command_id, command) in entry.message.commands_with_ids() {
                if entry.resolution(command_id).is_some_and(|resolution| resolution.found().is_none()) {
                    let messages: &mut Vec<_> =
                        of_sender.entry(entry.message.text(command.cmd).to_owned()).or_default();
                    if messages.last() != Some(&id) {
                        messages.push(id);
                    }
                }
            }
        }
        strays
    }

    /// The large object that a command carries a part of.
    pub fn object_of(&self, place: Place) -> Option<&LargeObject> {
        let at = self.chunks.partition_point(|(chunk, _)| *chunk < place);
        let (_, object) = self.chunks.get(at).filter(|(chunk, _)| *chunk == place)?;
        self.objects.get(*object)
    }

    /// What answers told of the nodes that later commands address, in the order of the commands; worked out when it is
    /// first asked for.
    pub fn node_facts(&self) -> &[NodeFact] {
        self.nodes.get_or_init(|| nodes::learn(self))
    }

    /// Whether the server asks for a property or a list anywhere: most sessions have none.
    pub fn has_queries(&self) -> bool {
        let asks = |entry: &Entry| entry.is_server() && entry.message.survey().uris.query;
        *self.has_queries.get_or_init(|| self.entries.iter().any(asks))
    }

    /// What was seen of the same device and server before the session.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// The first and the last time of the session.
    pub fn times(&self) -> (Timestamp, Timestamp) {
        let first = self.entries.iter().map(|entry| entry.started).min().unwrap_or_default();
        let last = self.entries.iter().map(|entry| entry.time).max().unwrap_or_default();
        (first, last)
    }
}
