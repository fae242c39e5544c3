//! What was seen of a device and a server before a session: the memory across the sessions of one input.
//!
//! A session is given its [`Past`] when it is built: the earlier sessions of the same device with the same server, as far as
//! they began before it. *Before* is told by frames, not by the order in which sessions are finished. What was captured only
//! in part says so ([`Earlier::whole`]), and so does what had to be forgotten ([`Past::complete`]).

use super::auth::decode_base64;
use super::build::{Draft, DraftEntry};
use super::live::{Live, normal_server};
use super::notified::EarlierNotice;
use super::object::lrg_obj_of;
use super::operations::{EarlierAlert, EarlierDownload, EarlierExec, EarlierNode, EarlierState, Operations, keep};
use super::session::{End, Entry, Identity, Session};
use super::transport::Transport;
use crate::base::{Direction, FrameNo, Limits, Timestamp};
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Message};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// What was seen before a session.
#[derive(Debug, Clone, Default)]
pub struct Past {
    sessions: Vec<Arc<Earlier>>,
    beside: bool,
    forgotten: bool,
}

impl Past {
    /// Of a session before which nothing was seen.
    pub const NOTHING: &'static Self = &Self { sessions: Vec::new(), beside: false, forgotten: false };

    /// Sessions of the same device with the same server that began before this one, in the order in which they began.
    pub fn sessions(&self) -> impl DoubleEndedIterator<Item = &Earlier> + '_ {
        self.sessions.iter().map(|session| &**session)
    }

    /// The latest of them.
    pub fn previous(&self) -> Option<&Earlier> {
        self.sessions.last().map(|session| &**session)
    }

    /// Whether nothing of what was seen had to be forgotten.
    pub fn is_complete(&self) -> bool {
        !self.forgotten
    }

    /// Whether another session of the same device with the same server went on while this one did.
    pub fn is_interleaved(&self) -> bool {
        self.beside
    }
}

/// One earlier session, as far as later ones may depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Earlier {
    /// SessionID as the client's first message wrote it.
    pub session_id: String,
    /// Whether it was captured from its first message to its end. Where it was not, what is missing here may have been said.
    pub whole: bool,
    /// When its first octet was seen.
    pub started: Timestamp,
    /// When its last octet was seen.
    pub ended: Timestamp,
    /// The session Alert of its first package, 1200 or 1201.
    pub opened_by: Option<u16>,
    /// Whether the client went on after an answer of the server.
    pub went_on: bool,
    /// Whether the server accepted a SyncHdr of the client: it was more than an attempt.
    pub accepted: bool,
    /// Whether one side broke it off with Alert 1223.
    pub aborted: bool,
    /// Nonces that were given, in order: at most [`Limits::REMEMBERED_OF_A_KIND`], the latest ones.
    pub nonces: Vec<EarlierNonce>,
    /// Digests that were shown, in order; bounded alike.
    pub digests: Vec<EarlierDigest>,
    /// Where its first request went, as an http URI, where its first message was captured with its transport.
    pub address: Option<String>,
    /// RespURIs that the server gave, in order; bounded alike.
    pub resp_uris: Vec<String>,
    /// What the device said last of its support for large objects (Results for `./DevDetail/LrgObj`).
    pub large_objects: Option<bool>,
    /// The notification that asked for it, where one was captured.
    pub notice: Option<EarlierNotice>,
    /// Whether one of these lists, or of those of [`Earlier::execs`] and [`Earlier::alerts`], is not complete.
    pub shortened: bool,
    operations: Operations,
    frames: Option<(FrameNo, FrameNo)>,
}

/// A nonce that was given in an earlier session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierNonce {
    /// To which side: that of the messages of this direction.
    pub claimant: Direction,
    /// Status code that it came with.
    pub code: Option<u16>,
    /// NextNonce as written.
    pub text: String,
    /// NextNonce decoded.
    pub octets: Option<Vec<u8>>,
    /// The last frame of the message that gave it.
    pub frame: FrameNo,
}

/// A digest that was shown in an earlier session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierDigest {
    /// By whom.
    pub claimant: Direction,
    /// Data of Cred as written.
    pub text: String,
    /// The last frame of the message that showed it.
    pub frame: FrameNo,
}

/// One message on its way into the memory.
struct Part<'m> {
    direction: Direction,
    message: &'m Message,
    started: Timestamp,
    ended: Timestamp,
    frames: &'m [FrameNo],
    transport: Option<&'m Transport>,
}

impl Earlier {
    /// Its Exec commands, in order; bounded as the lists of nonces are.
    pub fn execs(&self) -> &[EarlierExec] {
        &self.operations.execs
    }

    /// Its Generic Alerts, in order; bounded alike.
    pub fn alerts(&self) -> &[EarlierAlert] {
        &self.operations.alerts
    }

    /// Nodes that were added in it, in order; bounded alike.
    pub fn added(&self) -> &[EarlierNode] {
        &self.operations.added
    }

    /// States that its client gave, in order; bounded alike.
    pub fn states(&self) -> &[EarlierState] {
        &self.operations.states
    }

    /// Versions of the firmware that its client gave, in order; bounded alike.
    pub fn firmware(&self) -> &[EarlierState] {
        &self.operations.versions
    }

    /// Downloads that it was given, in order; bounded alike.
    pub fn downloads(&self) -> &[EarlierDownload] {
        &self.operations.downloads
    }

    /// Secrets of accounts that its server wrote and its client did not refuse, in order; bounded alike.
    pub fn secrets(&self) -> &[String] {
        &self.operations.secrets
    }

    /// The frames of its first and last octets.
    pub fn frames(&self) -> Option<(FrameNo, FrameNo)> {
        self.frames
    }

    fn collect<'m>(
        session_id: &str,
        start_seen: bool,
        parts: impl Iterator<Item = Part<'m>>,
        codes: impl Fn(usize, CommandId) -> Vec<u16>,
    ) -> Self {
        let mut earlier = Self { session_id: session_id.to_owned(), ..Self::default() };
        let mut answered = false;
        for (at, part) in parts.enumerate() {
            let (Some(first), Some(last)) = (part.frames.first(), part.frames.last()) else { continue };
            if let Some(frames) = &mut earlier.frames {
                *frames = (frames.0.min(*first), frames.1.max(*last));
                earlier.started = earlier.started.min(part.started);
                earlier.ended = earlier.ended.max(part.ended);
            } else {
                earlier.frames = Some((*first, *last));
                (earlier.started, earlier.ended) = (part.started, part.ended);
            }
            if at == 0 && start_seen {
                earlier.address = part.transport.and_then(address_of);
            }
            match part.direction {
                Direction::ServerToDevice => answered = true,
                Direction::DeviceToServer => earlier.went_on |= answered,
            }
            earlier.read(&part, *last, |command| codes(at, command));
        }
        earlier
    }

    fn read(&mut self, part: &Part<'_>, frame: FrameNo, codes: impl Fn(CommandId) -> Vec<u16>) {
        let message = part.message;
        self.aborted |= message.alerts(1223).next().is_some();
        if let Some(cred) = message.hdr.cred
            && message.auth_type(cred).is_some_and(|kind| kind.eq_ignore_ascii_case("syncml:auth-md5"))
            && let Some(text) = message.value(message.tree().child(cred, Tag::Data))
        {
            let digest = EarlierDigest { claimant: part.direction, text: text.to_owned(), frame };
            self.shortened |= keep(&mut self.digests, digest, text.len());
        }
        if part.direction == Direction::ServerToDevice
            && let Some(uri) = message.value(message.hdr.resp_uri)
        {
            self.shortened |= keep(&mut self.resp_uris, uri.to_owned(), uri.len());
        }
        for (id, command) in message.commands_with_ids() {
            if let Some(text) = next_nonce(message, command) {
                let nonce = EarlierNonce {
                    claimant: part.direction.reverse(),
                    code: message.code(command),
                    octets: decode_base64(text),
                    text: text.to_owned(),
                    frame,
                };
                self.shortened |= keep(&mut self.nonces, nonce, text.len());
            }
            let code = message.code(command);
            match (command.name, code) {
                (CommandName::Alert, Some(1200 | 1201)) => self.opened_by = self.opened_by.or(code),
                (CommandName::Status, Some(200..=299)) if part.direction == Direction::ServerToDevice => {
                    self.accepted |= is_for_header(message, command);
                }
                _ => {}
            }
            if command.name == CommandName::Results {
                self.large_objects = lrg_obj_of(message, command).last().or(self.large_objects);
            }
            self.operations.read(message, command, || codes(id), frame);
        }
        self.shortened |= self.operations.shortened;
    }

    /// Of a session that is complete.
    pub(super) fn of(session: &Session) -> Self {
        let codes = |at: usize, command: CommandId| {
            let entry = super::live::entry_id(at);
            session.codes_of(super::links::Place { entry, command: Some(command) }).take(4).collect()
        };
        let parts = session.entries.iter().map(part_of);
        let mut earlier = Self::collect(&session.identity.session_id, session.start_seen, parts, codes);
        for download in session.downloads.iter().chain(&session.uploads) {
            if let Some(first) = download.fresh().first() {
                let (nodes, told) = (download.nodes.clone(), download.summary());
                let length = nodes.iter().map(String::len).max().unwrap_or_default().max(told.len());
                // That one is told only helps.
                keep(
                    &mut earlier.operations.downloads,
                    EarlierDownload { nodes, told, frame: first.frame, is_upload: download.is_upload },
                    length,
                );
            }
        }
        earlier.whole =
            session.start_seen && !session.has_losses && matches!(session.end, End::Completed | End::Aborted);
        earlier.notice = session.notification.as_deref().and_then(EarlierNotice::of);
        earlier
    }

    /// Of a session that may go on.
    pub(super) fn of_draft(draft: &Draft) -> Self {
        let Draft { identity, start_seen, entries, notification, .. } = draft;
        let parts = entries.iter().map(part_of_draft);
        let mut earlier = Self::collect(&identity.session_id, *start_seen, parts, |_, _| Vec::new());
        earlier.notice = notification.as_deref().and_then(EarlierNotice::of);
        earlier
    }

    /// What it takes in memory, in octets, roughly.
    fn octets(&self) -> usize {
        let nonces: usize = self.nonces.iter().map(|nonce| size_of_val(nonce) + 2 * nonce.text.len()).sum();
        let digests: usize = self.digests.iter().map(|digest| size_of_val(digest) + digest.text.len()).sum();
        let addresses: usize = self.resp_uris.iter().chain(&self.address).map(|uri| size_of_val(uri) + uri.len()).sum();
        size_of::<Self>() + self.session_id.len() + nonces + digests + addresses + self.operations.octets()
    }

    fn begins(&self) -> Option<FrameNo> {
        self.frames.map(|(first, _)| first)
    }
}

fn part_of(entry: &Entry) -> Part<'_> {
    let Entry { direction, message, started, time, frames, transport, .. } = entry;
    Part { direction: *direction, message, started: *started, ended: *time, frames, transport: transport.as_ref() }
}

fn part_of_draft(entry: &DraftEntry) -> Part<'_> {
    let DraftEntry { direction, message, started, time, frames, transport, .. } = entry;
    Part { direction: *direction, message, started: *started, ended: *time, frames, transport: transport.as_ref() }
}

/// Where a request went, as an http URI whatever its scheme.
fn address_of(transport: &Transport) -> Option<String> {
    let uri = if transport.url.starts_with('/') {
        format!("http://{}{}", transport.header("host")?, transport.url)
    } else {
        transport.url.clone()
    };
    (uri.len() <= Limits::REMEMBERED_TEXT).then_some(uri)
}

/// Whether a Status is one for a SyncHdr.
fn is_for_header(message: &Message, status: &Command) -> bool {
    message.text(status.cmd) == "SyncHdr" || status.cmd.is_none() && message.text(status.cmd_ref) == "0"
}

/// NextNonce of a Status for a SyncHdr.
fn next_nonce<'m>(message: &'m Message, command: &Command) -> Option<&'m str> {
    let chal = command.chal.filter(|_| command.name == CommandName::Status && is_for_header(message, command))?;
    let meta = message.tree().child(chal, Tag::Meta);
    message.value(message.met_inf(meta, Tag::NextNonce))
}

/// A device and a server, as their sessions name them.
pub(super) type Pair = (String, String);

/// The finished sessions of an input that later ones may depend on. What is oldest is forgotten.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pairs: HashMap<Pair, Remembered>,
    /// Pairs by when they were last touched.
    touched: BTreeMap<u64, Pair>,
    touches: u64,
    octets: usize,
    forgot_a_pair: bool,
}

#[derive(Debug, Default)]
struct Remembered {
    sessions: VecDeque<Arc<Earlier>>,
    octets: usize,
    touched: u64,
    forgotten: bool,
}

impl Memory {
    /// What was seen before and beside a session with these messages; `open` are other sessions of the pair that may go on, of
    /// which there are more where `more_open` says so.
    pub(super) fn past(&self, pair: &Pair, entries: &[DraftEntry], open: Vec<Earlier>, more_open: bool) -> Past {
        let frames = || entries.iter().flat_map(|entry| [entry.frames.first(), entry.frames.last()]).flatten().copied();
        let (Some(first), Some(last)) = (frames().min(), frames().max()) else { return Past::default() };
        let remembered = self.pairs.get(pair);
        let mut sessions: Vec<Arc<Earlier>> = open.into_iter().map(Arc::new).collect();
        sessions.extend(remembered.iter().flat_map(|remembered| remembered.sessions.iter().cloned()));
        let beside = sessions.iter().any(|other| other.frames.is_some_and(|(begin, end)| begin < last && end > first));
        sessions.retain(|other| other.begins().is_some_and(|begin| begin < first));
        sessions.sort_by_key(|other| other.begins());
        let forgotten = more_open || remembered.map_or(self.forgot_a_pair, |remembered| remembered.forgotten);
        Past { sessions, beside, forgotten }
    }

    /// Whether a session of a pair was seen; where one was forgotten, it may have been of this one.
    pub(super) fn knows(&self, pair: &Pair) -> bool {
        self.forgot_a_pair || self.pairs.contains_key(pair)
    }

    /// Takes in a finished session.
    pub(super) fn note(&mut self, pair: Pair, earlier: Earlier) {
        let (new, forgotten) = (!self.pairs.contains_key(&pair), self.forgot_a_pair);
        let remembered = self.pairs.entry(pair.clone()).or_default();
        if new {
            // Where a pair was forgotten, nobody knows whether it was this one.
            remembered.forgotten = forgotten;
            remembered.octets = size_of::<Remembered>() + 2 * (pair.0.len() + pair.1.len());
            self.octets = self.octets.saturating_add(remembered.octets);
        }
        let octets = earlier.octets();
        let at = remembered.sessions.partition_point(|other| other.begins() <= earlier.begins());
        remembered.sessions.insert(at, Arc::new(earlier));
        if remembered.sessions.len() > Limits::REMEMBERED_SESSIONS
            && let Some(oldest) = remembered.sessions.pop_front()
        {
            remembered.forgotten = true;
            remembered.octets = remembered.octets.saturating_sub(oldest.octets());
            self.octets = self.octets.saturating_sub(oldest.octets());
        }
        remembered.octets = remembered.octets.saturating_add(octets);
        self.octets = self.octets.saturating_add(octets);
        self.touched.remove(&remembered.touched);
        self.touches += 1;
        remembered.touched = self.touches;
        self.touched.insert(self.touches, pair);
        while self.octets > Limits::REMEMBERED_OCTETS {
            let Some((_, oldest)) = self.touched.pop_first() else { break };
            if let Some(gone) = self.pairs.remove(&oldest) {
                self.octets = self.octets.saturating_sub(gone.octets);
                self.forgot_a_pair = true;
            }
        }
    }
}

/// What a session is remembered by; `None` where it does not say who takes part.
pub(super) fn pair_of(live: &Live) -> Option<Pair> {
    let Identity { device, server, .. } = &live.draft.identity;
    (!device.is_empty() && !server.is_empty()).then(|| (device.clone(), normal_server(server)))
}

/// What was seen before a session, in sessions that are finished and in those that may go on.
pub(super) fn past_of(
    session: u64,
    live: &Live,
    lives: &BTreeMap<u64, Live>,
    of_device: &HashMap<String, Vec<u64>>,
    memory: &Memory,
) -> Past {
    let Some(own) = pair_of(live) else { return Past::default() };
    let others = of_device.get(&own.0).map(Vec::as_slice).unwrap_or_default();
    // Sessions are numbered as they begin: its neighbours on both sides are the ones that count.
    let at = others.partition_point(|other| *other < session);
    let from = at.saturating_sub(Limits::REMEMBERED_SESSIONS);
    let to = at.saturating_add(Limits::REMEMBERED_SESSIONS).min(others.len());
    let near = others.get(from..to).unwrap_or_default();
    let open = near.iter().filter(|other| **other != session).filter_map(|other| lives.get(other));
    let open = open.filter(|other| pair_of(other).as_ref() == Some(&own));
    let open = open.map(|other| Earlier::of_draft(&other.draft)).collect();
    memory.past(&own, &live.draft.entries, open, near.len() < others.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(frame: u64) -> Earlier {
        let frame = FrameNo::new(frame).unwrap();
        Earlier { session_id: frame.get().to_string(), frames: Some((frame, frame)), ..Earlier::default() }
    }

    #[test]
    fn of_one_pair_the_oldest_session_is_forgotten_and_that_is_known() {
        let mut memory = Memory::default();
        let pair = || ("d".to_owned(), "s".to_owned());
        for frame in 1..=Limits::REMEMBERED_SESSIONS as u64 {
            memory.note(pair(), earlier(frame));
        }
        assert!(!memory.pairs[&pair()].forgotten);
        memory.note(pair(), earlier(100));
        let remembered = &memory.pairs[&pair()];
        assert!(remembered.forgotten);
        assert_eq!(remembered.sessions.len(), Limits::REMEMBERED_SESSIONS);
        assert_eq!(remembered.sessions.front().unwrap().session_id, "2");
        assert_eq!(memory.octets, remembered.octets);
    }

    #[test]
    fn of_many_pairs_the_one_touched_longest_ago_is_forgotten_and_that_is_known() {
        let mut memory = Memory::default();
        let pair = |number: u64| (format!("device {number}"), "s".repeat(1_000));
        let mut number = 0;
        while !memory.forgot_a_pair {
            memory.note(pair(number), earlier(number + 1));
            // The first one comes again and again.
            memory.note(pair(0), earlier(number + 1));
            number += 1;
        }
        assert!(memory.pairs.contains_key(&pair(0)) && !memory.pairs.contains_key(&pair(1)));
        assert!(memory.octets <= Limits::REMEMBERED_OCTETS);
        assert_eq!(memory.octets, memory.pairs.values().map(|pair| pair.octets).sum::<usize>());
        assert_eq!(memory.pairs.len(), memory.touched.len());
        memory.note(pair(1), earlier(number + 1));
        assert!(memory.pairs[&pair(1)].forgotten);
    }
}
