//! Reads the messages of one session in order and works out everything that hangs together in it.

use super::auth::{AuthTrack, Challenge};
use super::bootstrap::Bootstrap;
use super::classify::Content;
use super::ending::ending_of;
use super::http_facts::BareResponse;
use super::links::{Links, Place, Resolution};
use super::memory::Past;
use super::notified::Notified;
use super::object::{LargeObject, join_objects, support_told};
use super::package::follow_phases;
use super::phase::Phase;
use super::reorder::in_order;
use super::resolve::{CommandKeys, mark_refused, resolve};
use super::session::{Entry, EntryId, HttpAnswer, Identity, Package, Session, SizeLimit};
use super::transport::Transport;
use super::version::{Profile, Version};
use crate::base::{Direction, Effect, FrameNo, Injected, Timestamp};
use crate::markup::Tag;
use crate::syncml::{Command, CommandName, Message, number};
use std::sync::OnceLock;

/// One message as the tracker hands it over.
#[derive(Debug, Clone)]
pub(super) struct DraftEntry {
    pub(super) message: Message,
    pub(super) direction: Direction,
    pub(super) time: Timestamp,
    pub(super) started: Timestamp,
    pub(super) frames: Vec<FrameNo>,
    pub(super) transport: Option<Transport>,
    pub(super) content: Content,
    pub(super) http_answer: HttpAnswer,
    pub(super) bare: Vec<BareResponse>,
    pub(super) request: Option<EntryId>,
    pub(super) resent: u32,
    pub(super) after_loss: bool,
    pub(super) injected: Vec<Injected>,
}

/// Why nothing more comes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The capture ended.
    CaptureEnd,
    /// The same device began a new session under the same SessionID.
    Superseded,
    /// It had ended, and nothing came late.
    Settled,
    /// A ceiling was hit.
    GivenUp,
}

/// A session as the tracker hands it over.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) identity: Identity,
    pub(super) entries: Vec<DraftEntry>,
    pub(super) start_seen: bool,
    pub(super) ending: Ending,
    /// A message of the session after the last entry is known to be missing or could not be decoded.
    pub(super) loss_at_end: bool,
    /// The notification that asked for it.
    pub(super) notification: Option<Box<Notified>>,
    /// The bootstrap messages to its device that came before it.
    pub(super) bootstraps: Vec<Bootstrap>,
}

impl Session {
    /// Works everything out; `past` is what was seen before. Never fails.
    pub(super) fn build(draft: Draft, past: Past) -> Session {
        let Draft { identity, entries: drafts, start_seen, ending, loss_at_end, notification, bootstraps } = draft;
        let drafts = in_order(drafts);
        let mut entries: Vec<Entry> = Vec::with_capacity(drafts.len());
        let mut keys: Vec<CommandKeys> = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let own = CommandKeys::of(&draft.message);
            entries.push(entry(draft, own.soundness(), &entries));
            keys.push(own);
        }
        neighbours(&mut entries);
        follow_phases(&mut entries, start_seen);
        let mut links = Links::default();
        resolve(&mut entries, &keys, start_seen, &mut links);
        links.sort(&entries);
        mark_refused(&mut entries, &links);
        follow_sizes(&mut entries);
        let objects: Vec<LargeObject> = join_objects(&mut entries, &links);
        let (mut client_auth, mut server_auth) = follow_authentication(&entries);
        client_auth.carry(&past, Direction::DeviceToServer);
        server_auth.carry(&past, Direction::ServerToDevice);
        let (end, why) = ending_of(&entries, ending, start_seen, loss_at_end);
        let version = version_of(&entries);
        Session {
            identity,
            notification,
            bootstraps,
            downloads: Vec::new(),
            uploads: Vec::new(),
            version,
            profile: profile_of(&entries, version),
            start_seen,
            has_losses: loss_at_end || entries.iter().any(|entry| entry.after_loss || !entry.message.is_judgeable()),
            end,
            why,
            client_auth,
            server_auth,
            chunks: chunks_of(&objects),
            objects,
            large_object_support: support_told(&entries),
            first_frame: entries
                .iter()
                .filter_map(|entry| entry.frames.first())
                .min()
                .copied()
                .unwrap_or(FrameNo::FIRST),
            kept: Vec::new(),
            abort: entries.iter().position(|entry| entry.content.abort).map(id),
            altered: entries.iter().position(|entry| entry.injected.iter().any(Injected::alters)).map(id),
            interruptions: interruptions(&entries),
            nodes: OnceLock::new(),
            has_queries: OnceLock::new(),
            strays: OnceLock::new(),
            gaps: OnceLock::new(),
            entries,
            links,
            past,
        }
    }
}

/// Where each part of each object stands.
fn chunks_of(objects: &[LargeObject]) -> Vec<(Place, usize)> {
    let mut chunks: Vec<(Place, usize)> = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        chunks
            .extend(object.chunks.iter().map(|chunk| (Place { entry: chunk.entry, command: Some(chunk.command) }, at)));
    }
    chunks.sort_unstable();
    chunks
}

fn id(at: usize) -> EntryId {
    EntryId(u32::try_from(at).unwrap_or(u32::MAX))
}

fn entry(draft: DraftEntry, sound: Vec<bool>, before: &[Entry]) -> Entry {
    let last_server = before.iter().rposition(|entry| entry.direction == Direction::ServerToDevice).map(id);
    let answers = match draft.direction {
        Direction::ServerToDevice => draft
            .request
            .or_else(|| before.iter().rposition(|entry| entry.direction == Direction::DeviceToServer).map(id)),
        Direction::DeviceToServer => last_server,
    };
    let commands = draft.message.commands.len();
    let after_loss = draft.after_loss
        || is_behind_a_gap(&draft, before)
        || is_after_unseen_answer(draft.direction, before)
        || is_after_unseen_try(&draft, before)
        || is_answered_before(&draft, before);
    Entry {
        sound,
        message: draft.message,
        direction: draft.direction,
        time: draft.time,
        started: draft.started,
        frames: draft.frames,
        transport: draft.transport,
        content: draft.content,
        package: Package { number: 0, iteration: 1, attempt: 1, part: 1 },
        phase_before: Phase::Start,
        phase_after: Phase::Start,
        answers,
        http_answer: draft.http_answer,
        bare: draft.bare,
        resent: draft.resent,
        size_limit: None,
        object_limit: None,
        refused: false,
        resolutions: vec![None; commands],
        header_answers: Vec::new(),
        continues: Vec::new(),
        injected: draft.injected,
        after_loss,
        previous: None,
        next: None,
        next_of_peer: None,
        final_before: None,
        final_from: None,
    }
}

/// Messages whose exchange an injected fault broke off, and that no later try made good.
fn interruptions(entries: &[Entry]) -> Vec<EntryId> {
    let is_interrupted = |entry: &Entry| entry.injected.iter().any(|fault| fault.effect == Effect::Interrupted);
    let is_made_good = |entry: &Entry| match entry.http_answer {
        HttpAnswer::Message(answer) => entries.get(answer.index()).is_some_and(|answer| !is_interrupted(answer)),
        _ => false,
    };
    let broken = |entry: &Entry| is_interrupted(entry) && !is_made_good(entry);
    entries.iter().enumerate().filter(|(_, entry)| broken(entry)).map(|(at, _)| id(at)).collect()
}

/// Whether a client's message follows a request of its own whose answer is not in the capture: a client goes on with
/// something new only after an answer, so that one of the server's messages is missing.
fn is_after_unseen_answer(direction: Direction, before: &[Entry]) -> bool {
    direction == Direction::DeviceToServer
        && before.last().is_some_and(|last| {
            last.direction == Direction::DeviceToServer
                && last.http_answer == HttpAnswer::NotCaptured
                && last.transport.as_ref().is_some_and(|transport| transport.status.is_none())
        })
}

/// Whether a whole exchange is missing before a message: its MsgID skips numbers, and it answers the SyncHdr of a message of
/// the other side that is not there and that would be newer than all of them. Either alone is a fault of the sender.
fn is_behind_a_gap(draft: &DraftEntry, before: &[Entry]) -> bool {
    let last = |direction| before.iter().rev().find(|entry| entry.direction == direction)?.message.msg_number();
    let (Some(own), Some(peer)) = (last(draft.direction), last(draft.direction.reverse())) else { return false };
    let message = &draft.message;
    message.msg_number().is_some_and(|number| number > own.saturating_add(1))
        && confirmed_headers(message).any(|answered| answered > peer)
}

/// Whether a client's message follows one that HTTP redirected or refused, or whose connection was closed without an answer, and
/// answers a message of the server that is not there: the client has sent the other one again, where the capture does not reach.
fn is_after_unseen_try(draft: &DraftEntry, before: &[Entry]) -> bool {
    let Some(last) = before.last().filter(|last| last.direction == Direction::DeviceToServer) else { return false };
    let was_in_vain = match last.http_answer {
        HttpAnswer::Empty { status } | HttpAnswer::Other { status } => !(200..300).contains(&status),
        HttpAnswer::Nothing => true,
        _ => false,
    };
    let server = before.iter().rev().find(|entry| entry.direction == Direction::ServerToDevice);
    let peer = server.map_or(Some(0), |entry| entry.message.msg_number());
    draft.direction == Direction::DeviceToServer
        && was_in_vain
        && peer.is_some_and(|peer| confirmed_headers(&draft.message).any(|answered| answered > peer))
}

/// Whether a client's message comes again, and was captured only this time: the server's latest message, whose request is
/// missing or lies before the capture, has answered it.
fn is_answered_before(draft: &DraftEntry, before: &[Entry]) -> bool {
    let Some(own) = draft.message.msg_number().filter(|_| draft.direction == Direction::DeviceToServer) else {
        return false;
    };
    let is_without_request = |last: &&Entry| last.after_loss || before.len() == 1;
    let latest = before.last().filter(|last| last.direction == Direction::ServerToDevice).filter(is_without_request);
    latest.is_some_and(|latest| confirmed_headers(&latest.message).any(|answered| answered == own))
}

/// MsgIDs of the messages for whose SyncHdr a message has a Status.
pub(super) fn confirmed_headers(message: &Message) -> impl Iterator<Item = u64> {
    let confirms = |command: &&Command| command.name == CommandName::Status && message.text(command.cmd) == "SyncHdr";
    message.commands.iter().filter(confirms).filter_map(|command| number(message.text(command.msg_ref)))
}

fn neighbours(entries: &mut [Entry]) {
    let side = |direction: Direction| usize::from(direction == Direction::ServerToDevice);
    let mut last: [Option<EntryId>; 2] = [None, None];
    let mut last_final: [Option<EntryId>; 2] = [None, None];
    for at in 0..entries.len() {
        let Some(entry) = entries.get_mut(at) else { break };
        let slot = side(entry.direction);
        entry.previous = last.get(slot).copied().flatten();
        entry.final_before = last_final.get(slot).copied().flatten();
        if entry.message.has_final()
            && let Some(slot) = last_final.get_mut(slot)
        {
            *slot = Some(id(at));
        }
        if let Some(previous) = entry.previous
            && let Some(previous) = entries.get_mut(previous.index())
        {
            previous.next = Some(id(at));
        }
        if let Some(slot) = last.get_mut(slot) {
            *slot = Some(id(at));
        }
    }
    let mut following: [Option<EntryId>; 2] = [None, None];
    let mut next_final: [Option<EntryId>; 2] = [None, None];
    for (at, entry) in entries.iter_mut().enumerate().rev() {
        let slot = side(entry.direction);
        entry.next_of_peer = following.get(1 - slot).copied().flatten();
        if let Some(slot) = following.get_mut(slot) {
            *slot = Some(id(at));
        }
        if let Some(slot) = next_final.get_mut(slot) {
            if entry.message.has_final() {
                *slot = Some(id(at));
            }
            entry.final_from = *slot;
        }
    }
}

/// MaxMsgSize and MaxObjSize of the other side, as they stood before each message.
fn follow_sizes(entries: &mut [Entry]) {
    follow_limit(entries, Tag::MaxMsgSize, |entry, limit| entry.size_limit = limit);
    follow_limit(entries, Tag::MaxObjSize, |entry, limit| entry.object_limit = limit);
}

fn follow_limit(entries: &mut [Entry], tag: Tag, keep: impl Fn(&mut Entry, Option<SizeLimit>)) {
    let mut announced: [Option<SizeLimit>; 2] = [None, None];
    for (at, entry) in entries.iter_mut().enumerate() {
        let own = usize::from(entry.direction == Direction::ServerToDevice);
        keep(entry, announced.get(1 - own).copied().flatten());
        let value = entry.message.met_inf(entry.message.hdr.meta, tag);
        let octets = entry.message.value(value).and_then(number);
        if let Some(slot) = announced.get_mut(own) {
            match octets {
                Some(octets) => *slot = Some(SizeLimit { octets, announced_by: id(at), latest: true }),
                None => {
                    if let Some(limit) = slot {
                        limit.latest = false;
                    }
                }
            }
        }
    }
}

fn follow_authentication(entries: &[Entry]) -> (AuthTrack, AuthTrack) {
    let mut client = AuthTrack::default();
    let mut server = AuthTrack::default();
    for (at, entry) in entries.iter().enumerate() {
        let hmac = entry.transport.as_ref().is_some_and(|transport| transport.header("x-syncml-hmac").is_some());
        let (own, peer) = match entry.direction {
            Direction::DeviceToServer => (&mut client, &mut server),
            Direction::ServerToDevice => (&mut server, &mut client),
        };
        own.present(id(at), &entry.message, hmac);
        for (command_id, command) in entry.message.commands_with_ids() {
            if command.name != CommandName::Status {
                continue;
            }
            let Some(Resolution::Found(Place { entry: answered, command: None })) = entry.resolution(command_id) else {
                continue;
            };
            let Some(code) = entry.message.code(command) else { continue };
            let carried = entries.get(answered.index()).is_some_and(|entry| entry.content.credentials);
            let challenge = command.chal.map(|chal| Challenge::of(&entry.message, chal));
            peer.answer(id(at), code, challenge, carried);
        }
    }
    (client, server)
}

fn version_of(entries: &[Entry]) -> Version {
    let first = entries.iter().find(|entry| entry.direction == Direction::DeviceToServer).or_else(|| entries.first());
    let Some(message) = first.map(|entry| &entry.message) else { return Version::Unknown };
    match (message.value(message.hdr.ver_proto), message.value(message.hdr.ver_dtd)) {
        (Some(proto), _) => Version::of_ver_proto(proto).unwrap_or(Version::Unknown),
        (None, Some(dtd)) => Version::of_ver_dtd(dtd),
        (None, None) => Version::Unknown,
    }
}

/// Windows device management shows itself by the headers of its client, by its URIs, and by the types of its Alerts
/// ([MS-MDM]).
fn profile_of(entries: &[Entry], version: Version) -> Profile {
    let windows = entries.iter().any(|entry| {
        if entry.transport.as_ref().is_some_and(|transport| transport.windows_sign().is_some()) {
            return true;
        }
        let message = &entry.message;
        message.commands.iter().any(|command| {
            message.items(command).iter().any(|item| {
                let uri = |node| {
                    let uri = message.text(node);
                    // `./Vendor/MSFT`, and the same below `./Device` and `./User`.
                    uri.starts_with("./cimv2")
                        || ["./", "./Device/", "./User/"]
                            .iter()
                            .any(|root| uri.strip_prefix(root).is_some_and(|rest| rest.starts_with("Vendor/MSFT")))
                };
                uri(item.target_uri)
                    || uri(item.source_uri)
                    || (command.name == CommandName::Alert
                        && is_windows_type(message.text(message.met_inf(item.meta, Tag::Type))))
            })
        })
    });
    if windows { Profile::MsMdm } else { Profile::of_version(version) }
}

/// Whether the Type of an Alert is one of Windows, with the prefix of a name space or without.
fn is_windows_type(kind: &str) -> bool {
    kind.strip_prefix("Reversed-Domain-Name:").unwrap_or(kind).trim_start().starts_with("com.microsoft")
}
