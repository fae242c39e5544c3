//! Reads the messages of one session in order and works out everything that hangs together in it.

use super::auth::{AuthState, AuthTrack, Challenge};
use super::classify::Content;
use super::links::{Links, Place, Resolution};
use super::object::{Joiner, LargeObject};
use super::phase::{Phase, PhaseInput};
use super::session::{End, Entry, EntryId, HttpAnswer, Identity, Package, Session, SizeLimit};
use super::transport::Transport;
use super::version::{Profile, Version};
use crate::base::{Direction, FrameNo, Timestamp};
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Message, number};

/// One message as the tracker hands it over.
#[derive(Debug)]
pub(super) struct DraftEntry {
    pub(super) message: Message,
    pub(super) direction: Direction,
    pub(super) time: Timestamp,
    pub(super) started: Timestamp,
    pub(super) frames: Vec<FrameNo>,
    pub(super) transport: Option<Transport>,
    pub(super) content: Content,
    pub(super) http_answer: HttpAnswer,
    pub(super) request: Option<EntryId>,
    pub(super) resent: u32,
    pub(super) after_loss: bool,
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
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) identity: Identity,
    pub(super) entries: Vec<DraftEntry>,
    pub(super) start_seen: bool,
    pub(super) ending: Ending,
    /// A message of the session after the last entry is known to be missing or could not be decoded.
    pub(super) loss_at_end: bool,
}

impl Session {
    /// Works everything out. Never fails.
    pub(super) fn build(draft: Draft) -> Session {
        let Draft { identity, entries: drafts, start_seen, ending, loss_at_end } = draft;
        let mut entries: Vec<Entry> = Vec::with_capacity(drafts.len());
        for draft in drafts {
            entries.push(entry(draft, &entries));
        }
        neighbours(&mut entries);
        follow_phases(&mut entries, start_seen);
        let mut links = Links::default();
        resolve(&mut entries, start_seen, &mut links);
        links.sort();
        mark_refused(&mut entries, &links);
        follow_sizes(&mut entries);
        let objects = join_objects(&mut entries);
        let (client_auth, server_auth) = follow_authentication(&entries);
        let (end, why) = ending_of(&entries, ending, start_seen, loss_at_end);
        let version = version_of(&entries);
        Session {
            identity,
            version,
            profile: profile_of(&entries, version),
            start_seen,
            has_losses: loss_at_end || entries.iter().any(|entry| entry.after_loss || !entry.message.is_judgeable()),
            end,
            why,
            client_auth,
            server_auth,
            objects,
            first_frame: entries
                .iter()
                .filter_map(|entry| entry.frames.first())
                .min()
                .copied()
                .unwrap_or(FrameNo::FIRST),
            abort: entries.iter().position(|entry| entry.content.abort).map(id),
            entries,
            links,
        }
    }
}

fn id(at: usize) -> EntryId {
    EntryId(u32::try_from(at).unwrap_or(u32::MAX))
}

fn entry(draft: DraftEntry, before: &[Entry]) -> Entry {
    let last_server = before.iter().rposition(|entry| entry.direction == Direction::ServerToDevice).map(id);
    let answers = match draft.direction {
        Direction::ServerToDevice => draft
            .request
            .or_else(|| before.iter().rposition(|entry| entry.direction == Direction::DeviceToServer).map(id)),
        Direction::DeviceToServer => last_server,
    };
    let commands = draft.message.commands.len();
    Entry {
        sound: soundness(&draft.message),
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
        resent: draft.resent,
        size_limit: None,
        refused: false,
        resolutions: vec![None; commands],
        continues: Vec::new(),
        after_loss: draft.after_loss || is_after_unseen_answer(draft.direction, before),
        previous: None,
        next: None,
        next_of_peer: None,
    }
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

/// A CmdID or MsgID as something that compares fast: its number, or a hash of its text with the highest bit set. Two
/// different texts of one number (`1` and `01`) are the same identifier.
fn key(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    Some(match number(text) {
        Some(number) => number & !(1 << 63),
        None => {
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))
                | 1 << 63
        }
    })
}

fn soundness(message: &Message) -> Vec<bool> {
    let keys: Vec<Option<u64>> = message.commands.iter().map(|command| key(message.text(command.cmd_id))).collect();
    let mut sorted: Vec<u64> = keys.iter().copied().flatten().collect();
    sorted.sort_unstable();
    let is_single = |key: u64| {
        let start = sorted.partition_point(|other| *other < key);
        sorted.get(start + 1) != Some(&key)
    };
    keys.into_iter().map(|key| key.is_some_and(is_single)).collect()
}

fn neighbours(entries: &mut [Entry]) {
    let mut last: [Option<EntryId>; 2] = [None, None];
    let side = |direction: Direction| usize::from(direction == Direction::ServerToDevice);
    for at in 0..entries.len() {
        let Some(entry) = entries.get_mut(at) else { break };
        let slot = side(entry.direction);
        entry.previous = last.get(slot).copied().flatten();
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
    for (at, entry) in entries.iter_mut().enumerate().rev() {
        let slot = side(entry.direction);
        entry.next_of_peer = following.get(1 - slot).copied().flatten();
        if let Some(slot) = following.get_mut(slot) {
            *slot = Some(id(at));
        }
    }
}

/// Phases and packages in one walk (OMA-TS-DM_Protocol-V1_2_1, sections 6 and 8).
fn follow_phases(entries: &mut [Entry], start_seen: bool) {
    let mut phase = if start_seen { Phase::Start } else { Phase::Unknown };
    let mut numbering = Numbering { setup: start_seen, client: None, server: None };
    for entry in entries {
        entry.phase_before = phase;
        entry.package = numbering.next(entry, phase);
        phase = phase.step(PhaseInput { direction: entry.direction, content: entry.content });
        entry.phase_after = phase;
        numbering.after(entry);
    }
}

/// The last package of one side: where it stands, and whether Final has closed it.
#[derive(Debug, Clone, Copy)]
struct Running {
    package: Package,
    closed: bool,
    challenged: bool,
}

struct Numbering {
    /// Package 1 is not accepted yet.
    setup: bool,
    client: Option<Running>,
    server: Option<Running>,
}

impl Numbering {
    fn next(&mut self, entry: &Entry, phase: Phase) -> Package {
        let (own, first, later) = match entry.direction {
            Direction::DeviceToServer => (self.client, 1, 3),
            Direction::ServerToDevice => (self.server, 2, 4),
        };
        let fresh = if self.setup { first } else { later };
        match own {
            None => Package { number: fresh, iteration: 1, attempt: 1, part: 1 },
            // The side that was challenged repeats its package.
            Some(run)
                if run.challenged
                    || matches!(
                        (entry.direction, phase),
                        (Direction::DeviceToServer, Phase::ClientAuth) | (Direction::ServerToDevice, Phase::ServerAuth)
                    ) =>
            {
                Package { attempt: run.package.attempt.saturating_add(1), part: 1, ..run.package }
            }
            Some(run) if !run.closed => Package { part: run.package.part.saturating_add(1), ..run.package },
            Some(run) => Package {
                number: fresh,
                iteration: if run.package.number == fresh { run.package.iteration.saturating_add(1) } else { 1 },
                attempt: 1,
                part: 1,
            },
        }
    }

    fn after(&mut self, entry: &Entry) {
        let running = Running { package: entry.package, closed: entry.content.final_mark, challenged: false };
        match entry.direction {
            Direction::DeviceToServer => {
                self.client = Some(running);
                if entry.content.challenge
                    && let Some(server) = &mut self.server
                {
                    server.challenged = true;
                }
            }
            Direction::ServerToDevice => {
                self.server = Some(Running { closed: running.closed || entry.content.next_message, ..running });
                if entry.content.challenge {
                    // The challenge is no package 2 of its own: the answer to the repeated package is.
                    if let Some(client) = &mut self.client {
                        client.challenged = true;
                    }
                    if let Some(server) = &mut self.server {
                        server.challenged = true;
                    }
                } else if entry.content.final_mark || entry.content.operations {
                    self.setup = false;
                }
            }
        }
    }
}

/// Who sent which MsgID, for one side.
struct Sent(Vec<(u64, EntryId)>);

impl Sent {
    fn of(entries: &[Entry], direction: Direction) -> Self {
        let mut sent: Vec<(u64, EntryId)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.direction == direction)
            .filter_map(|(at, entry)| Some((key(entry.message.msg_id()?)?, id(at))))
            .collect();
        sent.sort_unstable();
        Self(sent)
    }

    fn all(&self, key: u64) -> &[(u64, EntryId)] {
        let start = self.0.partition_point(|(other, _)| *other < key);
        let end = self.0.partition_point(|(other, _)| *other <= key);
        self.0.get(start..end).unwrap_or_default()
    }

    fn lowest(&self) -> Option<u64> {
        self.0.first().map(|(key, _)| *key)
    }

    /// The highest MsgID that is a number.
    fn highest(&self) -> Option<u64> {
        let numbers = self.0.partition_point(|(key, _)| key >> 63 == 0);
        self.0.get(numbers.checked_sub(1)?).map(|(key, _)| *key)
    }

    /// How many MsgIDs are missing between the lowest and a given one.
    fn missing_up_to(&self, key: u64) -> u64 {
        let seen = self.0.partition_point(|(other, _)| *other <= key) as u64;
        self.lowest().map_or(0, |lowest| key.saturating_sub(lowest).saturating_add(1).saturating_sub(seen))
    }
}

/// What a CmdRef leads to in a message.
enum Found {
    Command(CommandId),
    Doubled,
    Nothing,
}

/// CmdIDs of one message as keys; a Status mostly refers to the command after the one before it.
struct CommandKeys {
    keys: Vec<Option<u64>>,
}

impl CommandKeys {
    fn of(message: &Message) -> Self {
        Self { keys: message.commands.iter().map(|command| key(message.text(command.cmd_id))).collect() }
    }

    fn find(&self, wanted: u64, sound: &[bool]) -> Found {
        match self.keys.iter().position(|key| *key == Some(wanted)) {
            None => Found::Nothing,
            Some(at) if sound.get(at).copied().unwrap_or(false) => {
                Found::Command(CommandId(u32::try_from(at).unwrap_or(u32::MAX)))
            }
            Some(_) => Found::Doubled,
        }
    }
}

/// Where a session first becomes doubtful to somebody who follows references.
struct Doubts {
    /// A message is missing, or one without a readable MsgID is there.
    loss: Option<EntryId>,
    /// A message without MsgID, by who sent it.
    nameless: [Option<EntryId>; 2],
}

impl Doubts {
    fn of(entries: &[Entry]) -> Self {
        let is_nameless = |entry: &Entry| entry.message.msg_id().is_none();
        let nameless =
            |direction| entries.iter().position(|entry| entry.direction == direction && is_nameless(entry)).map(id);
        Self {
            loss: entries
                .iter()
                .position(|entry| entry.after_loss || !entry.message.is_judgeable() && is_nameless(entry))
                .map(id),
            nameless: [nameless(Direction::DeviceToServer), nameless(Direction::ServerToDevice)],
        }
    }

    fn nameless(&self, direction: Direction) -> Option<EntryId> {
        let [client, server] = self.nameless;
        if direction == Direction::DeviceToServer { client } else { server }
    }
}

fn resolve(entries: &mut [Entry], start_seen: bool, links: &mut Links) {
    let doubts = Doubts::of(entries);
    let client = Sent::of(entries, Direction::DeviceToServer);
    let server = Sent::of(entries, Direction::ServerToDevice);
    let keys: Vec<CommandKeys> = entries.iter().map(|entry| CommandKeys::of(&entry.message)).collect();
    for at in 0..entries.len() {
        let Some(entry) = entries.get(at) else { break };
        let (own, peer) = match entry.direction {
            Direction::DeviceToServer => (&client, &server),
            Direction::ServerToDevice => (&server, &client),
        };
        let scope = Scope { entries, keys: &keys, own, peer, start_seen, doubts: &doubts, at: id(at) };
        let mut found = Vec::new();
        for (command_id, command) in entry.message.commands_with_ids() {
            if command.name.is_response() {
                found.push((command_id, scope.resolve(&entry.message, command)));
            }
        }
        for (command_id, resolution) in found {
            let answer = Place { entry: id(at), command: Some(command_id) };
            if let Resolution::Found(to) = resolution {
                let is_status = entries
                    .get(at)
                    .and_then(|entry| entry.message.command(command_id))
                    .is_some_and(|command| command.name == CommandName::Status);
                if is_status {
                    links.add_status(to, answer);
                } else {
                    links.add_results(to, answer);
                }
            }
            if let Some(slot) = entries.get_mut(at).and_then(|entry| entry.resolutions.get_mut(command_id.index())) {
                *slot = Some(resolution);
            }
        }
    }
}

struct Scope<'a> {
    entries: &'a [Entry],
    keys: &'a [CommandKeys],
    own: &'a Sent,
    peer: &'a Sent,
    start_seen: bool,
    doubts: &'a Doubts,
    at: EntryId,
}

impl Scope<'_> {
    fn resolve(&self, message: &Message, command: &Command) -> Resolution {
        let Some(msg_ref) = key(message.text(command.msg_ref)) else {
            return if command.name == CommandName::Results {
                self.default_of_results(message, command)
            } else {
                Resolution::NoMsgRef
            };
        };
        let all = self.peer.all(msg_ref);
        let mut earlier = all.iter().map(|(_, entry)| *entry).filter(|entry| *entry < self.at);
        match (earlier.next(), earlier.next()) {
            (Some(entry), None) => self.in_message(entry, message, command),
            (Some(_), Some(_)) => Resolution::Ambiguous,
            (None, _) => self.unfound(msg_ref, all.first().map(|(_, entry)| *entry), message, command),
        }
    }

    fn unfound(&self, msg_ref: u64, later: Option<EntryId>, message: &Message, command: &Command) -> Resolution {
        let before_capture =
            !self.start_seen && self.peer.lowest().is_none_or(|lowest| msg_ref <= lowest || msg_ref >> 63 == 1);
        let lost = self.doubts.loss.is_some_and(|loss| loss <= self.at);
        if before_capture || lost || later.is_none() && self.is_in_gap(msg_ref) {
            return Resolution::NotCaptured;
        }
        // A message of the other side without a MsgID cannot be referred to (guard G15).
        if self.doubts.nameless(self.direction().reverse()).is_some_and(|nameless| nameless < self.at) {
            return Resolution::Ambiguous;
        }
        if let Some(later) = later {
            return Resolution::Forward(later);
        }
        let cmd = message.text(command.cmd);
        for (_, own) in self.own.all(msg_ref) {
            let Some(entry) = self.entries.get(own.index()) else { continue };
            if let Resolution::Found(place) = self.in_message(*own, message, command)
                && place.command.is_some()
                && self.name_at(place, entry) == Some(cmd)
            {
                return Resolution::Own(place);
            }
        }
        Resolution::NoSuchMessage
    }

    /// Whether nobody but the capture may be at fault for a MsgID that is not there: the other side's numbers leave it out,
    /// or they end before it while the sender's own leave out as many.
    fn is_in_gap(&self, msg_ref: u64) -> bool {
        let (Some(lowest), Some(highest)) = (self.peer.lowest(), self.peer.highest()) else { return false };
        if msg_ref < highest {
            return msg_ref > lowest;
        }
        let own = self.entries.get(self.at.index()).and_then(|entry| entry.message.msg_number());
        own.is_some_and(|own| msg_ref - highest <= self.own.missing_up_to(own))
    }

    fn direction(&self) -> Direction {
        self.entries.get(self.at.index()).map_or(Direction::DeviceToServer, |entry| entry.direction)
    }

    fn name_at(&self, place: Place, entry: &Entry) -> Option<&'static str> {
        Some(entry.message.command(place.command?)?.name.name())
    }

    fn in_message(&self, target: EntryId, message: &Message, command: &Command) -> Resolution {
        let cmd_ref = message.text(command.cmd_ref);
        let for_hdr = message.text(command.cmd) == "SyncHdr";
        if cmd_ref.is_empty() && !for_hdr {
            return Resolution::NoCmdRef(target);
        }
        let wanted = key(cmd_ref).unwrap_or(0);
        if wanted == 0 {
            return Resolution::Found(Place { entry: target, command: None });
        }
        let Some(entry) = self.entries.get(target.index()) else { return Resolution::NoSuchMessage };
        let Some(keys) = self.keys.get(target.index()) else { return Resolution::NoSuchMessage };
        match keys.find(wanted, &entry.sound) {
            Found::Command(id) => Resolution::Found(Place { entry: target, command: Some(id) }),
            Found::Doubled => Resolution::Ambiguous,
            Found::Nothing if !entry.message.is_judgeable() => Resolution::NotCaptured,
            // Which command a reference means cannot be known where one has no CmdID (guard G15).
            Found::Nothing if keys.keys.contains(&None) => Resolution::Ambiguous,
            Found::Nothing if for_hdr => Resolution::Found(Place { entry: target, command: None }),
            Found::Nothing => Resolution::NoSuchCommand(target),
        }
    }

    /// Results without MsgRef: the other side's latest message that has a Get with that CmdID.
    fn default_of_results(&self, message: &Message, command: &Command) -> Resolution {
        let Some(wanted) = key(message.text(command.cmd_ref)) else { return Resolution::NoMsgRef };
        let direction = self.direction();
        for at in (0..self.at.index()).rev() {
            let (Some(entry), Some(keys)) = (self.entries.get(at), self.keys.get(at)) else { break };
            if entry.direction == direction {
                continue;
            }
            if let Found::Command(found) = keys.find(wanted, &entry.sound)
                && entry.message.command(found).is_some_and(|command| command.name == CommandName::Get)
            {
                return Resolution::Found(Place { entry: id(at), command: Some(found) });
            }
        }
        Resolution::NoMsgRef
    }
}

fn mark_refused(entries: &mut [Entry], links: &Links) {
    for at in 0..entries.len() {
        let place = Place { entry: id(at), command: None };
        let refused = links.statuses(place).any(|answer| {
            answer
                .command
                .and_then(|command| {
                    let entry = entries.get(answer.entry.index())?;
                    entry.message.code(entry.message.command(command)?)
                })
                .is_some_and(|code| matches!(code, 401 | 407))
        });
        if let Some(entry) = entries.get_mut(at) {
            entry.refused = refused;
        }
    }
}

/// MaxMsgSize of the other side, as it stood before each message.
fn follow_sizes(entries: &mut [Entry]) {
    let mut announced: [Option<SizeLimit>; 2] = [None, None];
    for (at, entry) in entries.iter_mut().enumerate() {
        let own = usize::from(entry.direction == Direction::ServerToDevice);
        entry.size_limit = announced.get(1 - own).copied().flatten();
        let value = entry.message.met_inf(entry.message.hdr.meta, Tag::MaxMsgSize);
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

fn join_objects(entries: &mut [Entry]) -> Vec<LargeObject> {
    let mut objects = Vec::new();
    for direction in [Direction::ServerToDevice, Direction::DeviceToServer] {
        let mut joiner = Joiner::default();
        for (at, entry) in entries.iter().enumerate() {
            if entry.direction == direction {
                objects.extend(joiner.message(id(at), direction, &entry.message));
            }
        }
        objects.extend(joiner.finish());
    }
    for object in &objects {
        for chunk in object.chunks.iter().skip(1) {
            if let Some(entry) = entries.get_mut(chunk.entry.index()) {
                entry.continues.push(chunk.command);
            }
        }
    }
    objects
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

/// Windows device management shows itself by its URIs and by the types of its Alerts ([MS-MDM]).
fn profile_of(entries: &[Entry], version: Version) -> Profile {
    let windows = entries.iter().any(|entry| {
        let message = &entry.message;
        message.commands.iter().any(|command| {
            message.items(command).iter().any(|item| {
                let uri = |node| {
                    let uri = message.text(node);
                    uri.contains("/Vendor/MSFT") || uri.starts_with("./cimv2")
                };
                uri(item.target_uri)
                    || uri(item.source_uri)
                    || (command.name == CommandName::Alert
                        && message.text(message.met_inf(item.meta, Tag::Type)).starts_with("com.microsoft"))
            })
        })
    });
    if windows { Profile::MsMdm } else { Profile::of_version(version) }
}

/// How it ended, and the sentence that says why.
fn ending_of(entries: &[Entry], ending: Ending, start_seen: bool, loss_at_end: bool) -> (End, String) {
    let Some(last) = entries.last() else { return (End::Open, "no message was captured".to_owned()) };
    let number = |entry: &Entry| entry.message.msg_id().unwrap_or("?").to_owned();
    let (end, mut why) = match last.phase_after {
        Phase::Closed => {
            let refused = entries
                .iter()
                .rev()
                .find(|entry| entry.direction == Direction::ServerToDevice)
                .and_then(|entry| entry.content.hdr_status)
                .filter(|code| *code >= 400);
            match refused {
                Some(code) => (
                    End::Completed,
                    format!("the server refused the client's message with {code} and closed the session"),
                ),
                None => (End::Completed, "the server had no more operations and closed the session".to_owned()),
            }
        }
        Phase::Aborted => {
            let abort = entries.iter().find(|entry| entry.content.abort).unwrap_or(last);
            let who = if abort.direction == Direction::DeviceToServer { "client" } else { "server" };
            (End::Aborted, format!("the {who} sent Alert 1223 (session abort) in message {}", number(abort)))
        }
        _ if matches!(last.http_answer, HttpAnswer::Undecodable { .. }) => {
            (End::Truncated, format!("the server's answer to message {} could not be decoded", number(last)))
        }
        _ if loss_at_end || !last.message.is_judgeable() => {
            (End::Truncated, "a message after this could not be decoded, or is not in the capture".to_owned())
        }
        phase => match (last.direction, last.http_answer) {
            (Direction::DeviceToServer, HttpAnswer::Empty { status }) => {
                (End::Open, format!("the server answered message {} with HTTP {status} and no body", number(last)))
            }
            (Direction::DeviceToServer, HttpAnswer::Other { status }) => (
                End::Open,
                format!("the server answered message {} with HTTP {status} and no readable SyncML", number(last)),
            ),
            (Direction::DeviceToServer, _) => {
                (End::Truncated, format!("the server's answer to message {} is not in the capture", number(last)))
            }
            (Direction::ServerToDevice, _) if phase == Phase::ClientAuth => {
                let end = if ending == Ending::Superseded { End::Completed } else { End::Open };
                (end, "the server asked for credentials, and the client did not come back with any".to_owned())
            }
            (Direction::ServerToDevice, _) => {
                (End::Open, format!("the client never answered the server's message {}", number(last)))
            }
        },
    };
    match ending {
        Ending::Superseded if end != End::Completed && end != End::Aborted => {
            why.push_str("; the device then began a new session under the same SessionID");
        }
        Ending::GivenUp => why.push_str("; a ceiling on open sessions was hit"),
        _ => {}
    }
    if !start_seen {
        why.push_str("; its beginning was not captured");
    }
    (end, why)
}

impl AuthTrack {
    /// Whether the claimant was accepted at some time.
    pub fn is_accepted(&self) -> bool {
        self.state == AuthState::Accepted
    }
}
