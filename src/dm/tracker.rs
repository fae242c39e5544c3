//! Which message belongs to which session, and when nothing more will come.
//!
//! A session is told from others by device, server, SessionID and time: SessionIDs are used again, sessions interleave on
//! one connection, one session spans several connections, and a capture begins and ends in the middle. The connection is
//! never the key, only a last resort for messages that do not say who they are.

use super::bootstrap::{Bootstrap, Bootstraps};
use super::build::{Draft, DraftEntry, Ending, confirmed_headers};
use super::classify::Content;
use super::download::{Downloads, Writing};
use super::http_facts::BareResponse;
use super::live::{Live, entry_id, is_start, names_dev_info, normal_server, opens_management};
use super::memory::{Earlier, Memory, pair_of, past_of};
use super::notified::Pending;
use super::phase::{Phase, PhaseInput};
use super::session::{EntryId, HttpAnswer, Identity, Session};
use super::transport::Transport;
use crate::base::{Direction, FrameNo, Injected, Limits, Problem, ProblemKind, Timestamp};
use crate::http::{BodyEnd, Exchange, Header, HttpMessage};
use crate::net::FlowId;
use crate::syncml::{self, CommandName, MediaType, Message, sniff};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A session that is complete, as far as the capture goes.
#[derive(Debug)]
pub struct Finished {
    /// The session.
    pub session: Box<Session>,
}

/// Sorts exchanges into sessions. Memory follows what is open, not what has been read.
#[derive(Debug, Default)]
pub struct Tracker {
    pub(super) live: BTreeMap<u64, Live>,
    fresh: u64,
    pub(super) of_device: HashMap<String, Vec<u64>>,
    of_connection: HashMap<FlowId, u64>,
    /// Ended sessions in the order in which they ended, with the time.
    ended: VecDeque<(Timestamp, u64)>,
    pub(super) ended_octets: usize,
    pub(super) open_octets: usize,
    /// Live sessions by the frame with which they began.
    first_frames: BTreeSet<(FrameNo, u64)>,
    data_sync: BTreeMap<(String, String), (FrameNo, u64)>,
    pub(super) problems: Vec<Problem>,
    pub(super) memory: Memory,
    pub(super) pending: Pending,
    pub(super) bootstraps: Bootstraps,
    pub(super) downloads: Downloads,
    /// Sessions that grew and were not looked at since, where somebody wants to look.
    changed: Option<BTreeSet<u64>>,
    /// Whether sessions keep the exchanges that carried them.
    keeps: bool,
}

/// An exchange that belongs to a session, as it was before its bodies were decoded, with what a recording tells of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The exchange.
    pub exchange: Exchange,
    /// The faults that were injected into it.
    pub marks: Marks,
}

impl Kept {
    /// Octets of memory that it holds, roughly.
    fn octets(&self) -> usize {
        fn of<L>(message: Option<&HttpMessage<L>>) -> usize {
            message.map_or(0, |message| {
                let heads = message.headers.iter().map(|header| header.name.len() + header.value.len());
                message.body.len() + heads.sum::<usize>() + message.headers.len() * size_of::<Header>()
            })
        }
        size_of::<Self>() + of(self.exchange.request.as_ref()) + of(self.exchange.response.as_ref())
    }
}

/// Faults that were injected into one exchange, as a recording tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Into the request.
    pub request: Vec<Injected>,
    /// Into the response, or in its place.
    pub response: Vec<Injected>,
}

/// One body of an exchange, decoded or not.
enum Body {
    Message(Box<Message>),
    /// It should be SyncML, but nothing could be made of it.
    Undecodable,
    Empty,
    Other,
}

impl Tracker {
    /// A tracker with no session.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was wrong so far.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// The first frame of the oldest session that is not finished; a finished session that began earlier may be reported.
    pub fn oldest_open(&self) -> Option<FrameNo> {
        self.first_frames.first().map(|(frame, _)| *frame)
    }

    /// From now on, [`Tracker::changed`] says what grew.
    pub fn watch(&mut self) {
        self.changed.get_or_insert_default();
    }

    /// From now on, sessions have the exchanges that carried them ([`Session::kept`](super::Session::kept)), sent again or
    /// without a message, too: for who wants to write them down. They need about as much memory again as the bodies.
    pub fn keep_exchanges(&mut self) {
        self.keeps = true;
    }

    /// Gives the open sessions that grew since the last time, as if the capture ended here. A long session is not given each
    /// time, but when it has grown by an eighth: looking at it costs as much as it is long.
    pub fn changed(&mut self, look: &mut dyn FnMut(Session)) {
        let Some(changed) = &mut self.changed else { return };
        while let Some(session) = changed.pop_first() {
            let Some(live) = self.live.get_mut(&session) else { continue };
            let entries = live.draft.entries.len();
            if entries < live.looked_at.saturating_add(live.looked_at / 8) {
                continue;
            }
            live.looked_at = entries;
            let Some(live) = self.live.get(&session) else { continue };
            let mut draft = live.draft.clone();
            draft.ending = if live.ended { Ending::Settled } else { Ending::CaptureEnd };
            draft.loss_at_end = live.loss;
            look(Session::build(draft, past_of(session, live, &self.live, &self.of_device, &self.memory)));
        }
    }

    /// Takes one exchange. Sessions that are finished by it go to `sink`.
    pub fn exchange(&mut self, exchange: Exchange, sink: &mut dyn FnMut(Finished)) {
        self.marked_exchange(exchange, Marks::default(), sink);
    }

    /// Takes one exchange into which faults were injected.
    pub fn marked_exchange(&mut self, mut exchange: Exchange, marks: Marks, sink: &mut dyn FnMut(Finished)) {
        if self.pushed_over_http(&exchange) {
            return;
        }
        let kept = self.keeps.then(|| Kept { exchange: exchange.clone(), marks: marks.clone() });
        let request = exchange.request.as_mut().map(read);
        let response = exchange.response.as_mut().map(read);
        let time = exchange
            .response
            .as_ref()
            .map(|response| response.ended)
            .or(exchange.request.as_ref().map(|request| request.ended))
            .unwrap_or_default();
        let is_dm = |body: &Option<Body>| matches!(body, Some(Body::Message(_) | Body::Undecodable));
        if !is_dm(&request) && !is_dm(&response) {
            self.look_for_download(&exchange);
        }
        let session = match (&request, &response) {
            (Some(Body::Message(asked)), Some(Body::Message(answer)))
                if exchange.after_gap && is_of_other_request(asked, answer) =>
            {
                // What was asked, and what was answered in between, is not in the capture.
                let asked =
                    Exchange { request: exchange.request.take(), response: None, cut: true, ..exchange.clone() };
                let Marks { request: of_request, response: of_response } = marks;
                let marks = Marks { request: of_request, ..Marks::default() };
                let first = self.request_and_response(asked, request, None, marks, sink);
                let marks = Marks { response: of_response, ..Marks::default() };
                let second = self.request_and_response(Exchange { cut: true, ..exchange }, None, response, marks, sink);
                first.or(second)
            }
            _ => self.request_and_response(exchange, request, response, marks, sink),
        };
        if let (Some(session), Some(kept)) = (session, kept) {
            self.keep(session, kept);
            self.hold_open_limit(session, sink);
        }
        self.settle(time, sink);
    }

    /// Keeps an exchange with its session, and counts what it holds.
    fn keep(&mut self, session: u64, kept: Kept) {
        let Some(live) = self.live.get_mut(&session) else { return };
        // Every message has one; what is sent again and again need not be kept for ever.
        if live.kept.len() >= Limits::SESSION_MESSAGES {
            return;
        }
        let octets = kept.octets();
        live.kept.push(kept);
        live.octets += octets;
        if live.ended {
            self.ended_octets += octets;
        } else {
            self.open_octets += octets;
        }
    }

    /// Puts what an exchange carries where it belongs, and gives the session that it belongs to.
    fn request_and_response(
        &mut self,
        mut exchange: Exchange,
        request: Option<Body>,
        response: Option<Body>,
        marks: Marks,
        sink: &mut dyn FnMut(Finished),
    ) -> Option<u64> {
        let swapped = matches!(
            &request,
            Some(Body::Message(message)) if is_from_server(message) && !self.is_known_device(message)
        );
        let (asker, answerer) = if swapped {
            (Direction::ServerToDevice, Direction::DeviceToServer)
        } else {
            (Direction::DeviceToServer, Direction::ServerToDevice)
        };
        let connection = exchange.flow;
        let (method, url) = match &exchange.request {
            Some(request) => (request.line.method.clone(), request.line.target.clone()),
            None => (String::new(), String::new()),
        };
        let mut session = None;
        let mut request_entry = None;
        match request {
            Some(Body::Message(message)) => {
                let mut http = exchange.request.take()?;
                if self.is_data_sync(&message, asker, connection, &http.frames) {
                    // The answer is of the same kind, and counted where it says so.
                    if let (Some(Body::Message(answer)), Some(http)) = (&response, &exchange.response) {
                        self.is_data_sync(answer, answerer, connection, &http.frames);
                    }
                    return None;
                }
                let version = http.line.version;
                let transport = Transport::with(&exchange, &mut http, version, None, method.clone(), url.clone());
                let lost = exchange.after_gap;
                let found = self.find(&message, asker, connection);
                let answer = match &response {
                    Some(Body::Message(answer)) => Some(&**answer),
                    _ => None,
                };
                let placed = self.place(found, message, answer, asker, transport, &http, None, lost, sink);
                session = Some(placed.session);
                request_entry = placed.entry;
                self.mark(session, request_entry, marks.request);
                if placed.resent && response.is_none() {
                    // Its answer need not be the one that an earlier try got.
                    self.note_loss(session);
                }
            }
            Some(Body::Undecodable) => {
                let Some(http) = &exchange.request else { return None };
                self.undecodable(http, "request");
                session = self.of_connection.get(&connection).copied();
                self.mark(session, None, marks.request);
                self.note_loss(session);
            }
            Some(Body::Empty | Body::Other) | None => {}
        }
        let answer = match (&response, &exchange.response) {
            (None, _) if !exchange.cut => Some(HttpAnswer::Nothing),
            (Some(Body::Message(_)), _) | (None, _) | (_, None) => None,
            // It may be the answer to another request: it does not say.
            (Some(Body::Empty | Body::Other), _) if exchange.after_gap => None,
            (Some(body), Some(http)) => {
                let status = http.line.status;
                Some(match body {
                    Body::Undecodable => HttpAnswer::Undecodable { status },
                    Body::Empty => HttpAnswer::Empty { status },
                    _ => HttpAnswer::Other { status },
                })
            }
        };
        if let (Some(live), Some(entry), Some(answer)) =
            (session.and_then(|session| self.live.get_mut(&session)), request_entry, answer)
            && let Some(entry) = live.draft.entries.get_mut(entry.index())
        {
            if let Some(http) = &exchange.response
                && entry.bare.len() < Limits::BARE_RESPONSES
            {
                entry.bare.push(BareResponse::of(http));
            }
            if entry.http_answer == HttpAnswer::NotCaptured {
                entry.http_answer = answer;
            }
        }
        match response {
            Some(Body::Message(message)) => {
                let Some(mut http) = exchange.response.take() else { return session };
                if session.is_none() && self.is_data_sync(&message, answerer, connection, &http.frames) {
                    return None;
                }
                let status = http.line.status;
                let version = http.line.version;
                let transport = Transport::with(&exchange, &mut http, version, Some(status), method, url);
                let found = session.or_else(|| {
                    let found = self.find(&message, answerer, connection)?;
                    let is_past = answerer == Direction::ServerToDevice
                        && (self.live.get(&found)).is_some_and(|live| {
                            !live.has_answer(&message) && live.is_past(&message, connection, &http.frames)
                        });
                    (!is_past).then_some(found)
                });
                // The request of an answer has just found room; an answer alone must find it itself.
                let found = found.filter(|found| request_entry.is_some() || self.has_room(*found, &http.frames, sink));
                match found {
                    Some(session) => {
                        let lost = request_entry.is_none();
                        let added =
                            self.add_response(session, message, answerer, transport, &http, request_entry, lost);
                        self.mark(Some(session), added, marks.response);
                        self.hold_open_limit(session, sink);
                        return Some(session);
                    }
                    None => {
                        let placed =
                            self.place(None, message, None, answerer, transport, &http, request_entry, true, sink);
                        self.mark(Some(placed.session), placed.entry, marks.response);
                        return Some(placed.session);
                    }
                }
            }
            Some(Body::Undecodable) => {
                if let Some(http) = &exchange.response {
                    self.undecodable(http, "response");
                }
                self.mark(session, request_entry, marks.response);
                self.note_loss(session);
            }
            _ => self.mark(session, request_entry, marks.response),
        }
        session
    }

    /// Notes faults that were injected into a message; where it is no entry itself, at the latest one.
    fn mark(&mut self, session: Option<u64>, entry: Option<EntryId>, faults: Vec<Injected>) {
        if faults.is_empty() {
            return;
        }
        let Some(live) = session.and_then(|session| self.live.get_mut(&session)) else { return };
        let at = entry.map_or(live.draft.entries.len().saturating_sub(1), EntryId::index);
        if let Some(entry) = live.draft.entries.get_mut(at) {
            let room = Limits::INJECTED.saturating_sub(entry.injected.len());
            entry.injected.extend(faults.into_iter().take(room));
        }
    }

    /// Whether a message names a device in Source that a session is live for: it is that device's, whatever it holds.
    fn is_known_device(&self, message: &Message) -> bool {
        message.source().is_some_and(|source| self.of_device.contains_key(source))
    }

    fn note_loss(&mut self, session: Option<u64>) {
        if let Some(live) = session.and_then(|session| self.live.get_mut(&session)) {
            live.loss = true;
        }
    }

    fn undecodable<L>(&mut self, http: &HttpMessage<L>, what: &str) {
        let frame = http.frames.first().copied().unwrap_or(FrameNo::FIRST);
        let how = match http.end {
            BodyEnd::Complete => "is neither XML nor WBXML that can be read",
            BodyEnd::Gap => "has octets missing from the capture",
            BodyEnd::Limit | BodyEnd::NotKept => "is larger than what is kept",
            BodyEnd::Truncated { .. } => "was cut before anything in it could be read",
        };
        self.problems.push(Problem::at_frame(
            ProblemKind::BadMessage,
            frame,
            format!(
                "the {what} says that it is SyncML, but its body of {} octets {how}; `dmscope decode` shows how far it goes",
                http.body.len()
            ),
        ));
    }

    /// Data synchronisation is recognised, named, and left unjudged. VerProto alone does not make it: what opens a
    /// management session, or goes on with one, is DM under a wrong name.
    fn is_data_sync(
        &mut self,
        message: &Message,
        direction: Direction,
        connection: FlowId,
        frames: &[FrameNo],
    ) -> bool {
        let says_so = message.text(message.hdr.ver_proto).starts_with("SyncML/");
        if !says_so || opens_management(message) || self.find(message, direction, connection).is_some() {
            return false;
        }
        let device = match direction {
            Direction::DeviceToServer => message.source(),
            Direction::ServerToDevice => message.target(),
        };
        let key = (device.unwrap_or_default().to_owned(), message.session_id().unwrap_or_default().to_owned());
        if self.data_sync.len() < Limits::PROBLEMS_OF_A_KIND || self.data_sync.contains_key(&key) {
            let frame = frames.first().copied().unwrap_or(FrameNo::FIRST);
            self.data_sync.entry(key).or_insert((frame, 0)).1 += 1;
        }
        true
    }

    /// The live session that a message belongs to, by what it says of itself, or else by its connection.
    fn find(&self, message: &Message, direction: Direction, connection: FlowId) -> Option<u64> {
        let (device, server) = match direction {
            Direction::DeviceToServer => (message.source(), message.target()),
            Direction::ServerToDevice => (message.target(), message.source()),
        };
        let session_id = message.session_id();
        if let (Some(device), Some(session_id)) = (device, session_id) {
            let lives = self.of_device.get(device).map(Vec::as_slice).unwrap_or_default();
            let same_id = lives
                .iter()
                .rev()
                .copied()
                .filter(|at| self.live.get(at).is_some_and(|live| live.draft.identity.session_id == session_id));
            let server = server.map(normal_server);
            let mut candidates: Vec<u64> = same_id.collect();
            if candidates.len() > 1
                && let Some(exact) = candidates.iter().copied().find(|at| {
                    self.live.get(at).is_some_and(|live| {
                        server.as_ref().is_some_and(|server| live.servers.iter().any(|known| known == server))
                    })
                })
            {
                candidates = vec![exact];
            }
            let holds = |at: &u64| {
                self.live.get(at).is_some_and(|live| live.can_hold(message, direction, connection, server.as_deref()))
            };
            if let Some(found) = candidates.into_iter().find(holds) {
                return Some(found);
            }
            // The same device goes on under another SessionID (HDR-007): it must name the server's last message.
            if direction == Direction::DeviceToServer {
                let goes_on = lives.iter().rev().copied().find(|at| {
                    self.live.get(at).is_some_and(|live| {
                        !live.ended
                            && live.is_continued_by(message)
                            && live.is_answered_by(message)
                            && (live.next_client_number() == message.msg_number() || live.phase == Phase::ClientAuth)
                            && message.msg_number() != Some(1)
                    })
                });
                if goes_on.is_some() {
                    return goes_on;
                }
            }
        }
        let at = self.of_connection.get(&connection).copied()?;
        let live = self.live.get(&at)?;
        let same_id = session_id.is_none_or(|session_id| live.draft.identity.session_id == session_id);
        let belongs = match direction {
            Direction::ServerToDevice => device.is_none() || session_id.is_none(),
            // The client calls itself something else (HDR-018), or nothing (HDR-016), and goes on where it stood.
            Direction::DeviceToServer => {
                !live.ended
                    && live.is_continued_by(message)
                    && (device.is_none() || live.next_client_number() == message.msg_number())
            }
        };
        (same_id && belongs).then_some(at)
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one message, each from another place")]
    fn place<L>(
        &mut self,
        mut found: Option<u64>,
        message: Box<Message>,
        answer: Option<&Message>,
        direction: Direction,
        transport: Transport,
        http: &HttpMessage<L>,
        request: Option<EntryId>,
        lost: bool,
        sink: &mut dyn FnMut(Finished),
    ) -> Placed {
        if direction == Direction::DeviceToServer
            && let Some(at) = found
            && let Some(live) = self.live.get_mut(&at)
        {
            if let Some(entry) = live.resent(&message, answer, http.started) {
                live.touched = http.ended;
                let connection = transport.connection;
                self.connect(at, connection);
                return Placed { session: at, entry: Some(entry), resent: true };
            }
            if live.begins_anew(&message) {
                self.finish_one(at, Ending::Superseded, sink);
                found = None;
            } else if !self.has_room(at, &http.frames, sink) {
                found = None;
            }
        }
        let session = match found {
            Some(session) => session,
            None => self.begin(&message, direction, &transport, http),
        };
        let entry = self.add(session, message, direction, transport, http, request, lost);
        self.hold_open_limit(session, sink);
        Placed { session, entry, resent: false }
    }

    /// Whether a session may hold one more message. One that may not is finished; what follows is a session of its own.
    fn has_room(&mut self, session: u64, frames: &[FrameNo], sink: &mut dyn FnMut(Finished)) -> bool {
        let Some(live) = self.live.get(&session) else { return false };
        if live.draft.entries.len() < Limits::SESSION_MESSAGES {
            return true;
        }
        let frame = frames.first().copied().unwrap_or(FrameNo::FIRST);
        self.problems.push(Problem::at_frame(
            ProblemKind::SessionLimit,
            frame,
            format!(
                "a session of device \"{}\" has more than {} messages; what follows is judged as a session of its own",
                live.draft.identity.device,
                Limits::SESSION_MESSAGES
            ),
        ));
        self.finish_one(session, Ending::GivenUp, sink);
        false
    }

    fn begin<L>(
        &mut self,
        message: &Message,
        direction: Direction,
        transport: &Transport,
        http: &HttpMessage<L>,
    ) -> u64 {
        let (device, server) = match direction {
            Direction::DeviceToServer => (message.source(), message.target()),
            Direction::ServerToDevice => (message.target(), message.source()),
        };
        let identity = Identity {
            device: device.unwrap_or_default().to_owned(),
            server: server.unwrap_or_default().to_owned(),
            session_id: message.session_id().unwrap_or_default().to_owned(),
        };
        let at = self.fresh;
        self.fresh += 1;
        let first_frame = http.frames.first().copied().unwrap_or(FrameNo::FIRST);
        self.of_device.entry(identity.device.clone()).or_default().push(at);
        self.first_frames.insert((first_frame, at));
        let start_seen = direction == Direction::DeviceToServer && is_start(message);
        let notification = start_seen
            .then(|| self.pending.claim(message, transport.client.address, http.started))
            .flatten()
            .map(Box::new);
        let bootstraps = match start_seen {
            true => self.bootstraps.claim(transport.client.address, http.started, &identity.device),
            false => Vec::new(),
        };
        let octets = bootstraps.iter().map(Bootstrap::octets).sum();
        self.open_octets += octets;
        self.live.insert(
            at,
            Live {
                draft: Draft {
                    identity,
                    entries: Vec::new(),
                    start_seen,
                    ending: Ending::CaptureEnd,
                    loss_at_end: false,
                    notification,
                    bootstraps,
                },
                phase: if start_seen { Phase::Start } else { Phase::Unknown },
                octets,
                ended: false,
                loss: false,
                connections: Vec::new(),
                first_frame,
                touched: http.ended,
                looked_at: 0,
                servers: Vec::new(),
                kept: Vec::new(),
            },
        );
        at
    }

    fn connect(&mut self, session: u64, connection: FlowId) {
        self.of_connection.insert(connection, session);
        if let Some(live) = self.live.get_mut(&session)
            && !live.connections.contains(&connection)
        {
            live.connections.push(connection);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one message, each from another place")]
    fn add<L>(
        &mut self,
        session: u64,
        message: Box<Message>,
        direction: Direction,
        transport: Transport,
        http: &HttpMessage<L>,
        request: Option<EntryId>,
        lost: bool,
    ) -> Option<EntryId> {
        self.connect(session, transport.connection);
        let frame = http.frames.first().copied().unwrap_or(FrameNo::FIRST);
        for anomaly in &transport.anomalies {
            let what = if transport.status.is_some() { "response" } else { "request" };
            self.problems.push(Problem::at_frame(
                ProblemKind::HttpAnomaly,
                frame,
                format!("the {what} that carries a DM message is understood, but odd: {anomaly}"),
            ));
        }
        let hmac = transport.header("x-syncml-hmac").is_some();
        let named = self.names_server(session, &message, direction);
        let live = self.live.get_mut(&session)?;
        let content = Content::of(&message, hmac);
        let octets = message.octets();
        live.octets += octets;
        live.touched = http.ended;
        live.name_server(&message, direction);
        if direction == Direction::ServerToDevice {
            // Where the roles of HTTP are swapped, the device answers.
            let device = if transport.is_request() { transport.server } else { transport.client };
            let (pair, session_id) = (pair_of(live), live.draft.identity.session_id.as_str());
            let writing = Writing { message: &message, frame, device: device.address, pair, session_id };
            self.problems.extend(self.downloads.written(&writing));
        }
        if message.is_judgeable() {
            live.phase = live.phase.step(PhaseInput { direction, content });
        }
        if let Some(changed) = &mut self.changed {
            changed.insert(session);
        }
        let at = entry_id(live.draft.entries.len());
        live.draft.entries.push(DraftEntry {
            message: *message,
            direction,
            time: http.ended,
            started: http.started,
            frames: http.frames.clone(),
            transport: Some(transport),
            content,
            http_answer: HttpAnswer::NotCaptured,
            bare: Vec::new(),
            request,
            resent: 0,
            injected: Vec::new(),
            after_loss: (lost || std::mem::take(&mut live.loss)) && at.index() > 0,
        });
        let ends = matches!(live.phase, Phase::Closed | Phase::Aborted);
        match (live.ended, ends) {
            (false, true) => {
                live.ended = true;
                self.open_octets = self.open_octets.saturating_sub(live.octets - octets);
                self.ended_octets += live.octets;
                self.ended.push_back((http.ended, session));
            }
            (true, false) => {
                live.ended = false;
                self.ended_octets = self.ended_octets.saturating_sub(live.octets - octets);
                self.open_octets += live.octets;
                self.ended.retain(|(_, other)| *other != session);
            }
            (true, true) => self.ended_octets += octets,
            (false, false) => self.open_octets += octets,
        }
        if let Some(server) = named {
            self.claim_named(session, &server);
        }
        Some(at)
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one message, each from another place")]
    fn add_response<L>(
        &mut self,
        session: u64,
        message: Box<Message>,
        direction: Direction,
        transport: Transport,
        http: &HttpMessage<L>,
        request: Option<EntryId>,
        lost: bool,
    ) -> Option<EntryId> {
        let mut before = 0;
        let mut of_first = Vec::new();
        if let Some(live) = self.live.get_mut(&session) {
            // The answer to a request that was sent again, octet by octet the same, is the same message.
            let known = request
                .and_then(|request| live.draft.entries.get(request.index()))
                .and_then(|entry| match entry.http_answer {
                    HttpAnswer::Message(answer) => Some(answer.index()),
                    _ => None,
                })
                .and_then(|at| Some((at, live.draft.entries.get(at)?)));
            let same = known.is_some_and(|(_, answer)| answer.message.body() == message.body());
            // Written anew under its old number, it takes the place of the first one, which the client did not get.
            let anew = known.is_some_and(|(at, answer)| {
                at + 1 == live.draft.entries.len()
                    && message.msg_number().is_some()
                    && answer.message.msg_number() == message.msg_number()
            });
            let known = known.map(|(at, _)| entry_id(at));
            if anew
                && !same
                && let Some(first) = live.draft.entries.pop()
            {
                let octets = first.message.octets();
                before = first.resent.saturating_add(1);
                of_first = first.injected;
                live.octets = live.octets.saturating_sub(octets);
                let held = if live.ended { &mut self.ended_octets } else { &mut self.open_octets };
                *held = held.saturating_sub(octets);
            }
            if same {
                return known;
            }
            if request.is_none() && direction == Direction::ServerToDevice && live.has_answer(&message) {
                return None;
            }
        }
        // What befell the answer to an earlier try belongs to the request now.
        self.mark(Some(session), request, of_first);
        let added = self.add(session, message, direction, transport, http, request, lost);
        if let (Some(added), Some(request)) = (added, request)
            && let Some(live) = self.live.get_mut(&session)
        {
            if let Some(entry) = live.draft.entries.get_mut(request.index()) {
                entry.http_answer = HttpAnswer::Message(added);
            }
            if let Some(entry) = live.draft.entries.get_mut(added.index()) {
                entry.resent = before;
            }
        }
        added
    }

    /// Gives up the session idle longest when the open ones together hold too much.
    fn hold_open_limit(&mut self, current: u64, sink: &mut dyn FnMut(Finished)) {
        while self.open_octets > Limits::OPEN_SESSIONS {
            let oldest = self
                .live
                .iter()
                .filter(|(at, live)| !live.ended && **at != current)
                .min_by_key(|(at, live)| (live.touched, **at))
                .map(|(at, live)| (*at, live.first_frame));
            let Some((oldest, frame)) = oldest else { break };
            self.problems.push(Problem::at_frame(
                ProblemKind::SessionLimit,
                frame,
                format!(
                    "sessions that have not ended hold more than {} MiB; the one idle longest was given up",
                    Limits::OPEN_SESSIONS >> 20
                ),
            ));
            self.finish_one(oldest, Ending::GivenUp, sink);
        }
    }

    /// Lets go of sessions that ended long enough ago, or that hold too much.
    fn settle(&mut self, now: Timestamp, sink: &mut dyn FnMut(Finished)) {
        while let Some((since, session)) = self.ended.front().copied() {
            if now.since(since) <= Limits::ENDED_LINGER && self.ended_octets <= Limits::ENDED_SESSIONS {
                break;
            }
            self.finish_one(session, Ending::Settled, sink);
        }
    }

    fn finish_one(&mut self, session: u64, ending: Ending, sink: &mut dyn FnMut(Finished)) {
        let Some(live) = self.live.remove(&session) else { return };
        self.first_frames.remove(&(live.first_frame, session));
        if live.ended {
            self.ended_octets = self.ended_octets.saturating_sub(live.octets);
            if self.ended.front().is_some_and(|(_, front)| *front == session) {
                self.ended.pop_front();
            } else {
                self.ended.retain(|(_, other)| *other != session);
            }
        } else {
            self.open_octets = self.open_octets.saturating_sub(live.octets);
        }
        if let Some(lives) = self.of_device.get_mut(&live.draft.identity.device) {
            lives.retain(|other| *other != session);
            if lives.is_empty() {
                self.of_device.remove(&live.draft.identity.device);
            }
        }
        for connection in &live.connections {
            if self.of_connection.get(connection) == Some(&session) {
                self.of_connection.remove(connection);
            }
        }
        let past = past_of(session, &live, &self.live, &self.of_device, &self.memory);
        let pair = pair_of(&live);
        let Live { mut draft, loss, kept, .. } = live;
        draft.ending = ending;
        draft.loss_at_end = loss;
        let mut session = Session::build(draft, past);
        session.kept = kept;
        let last = session.entries.iter().filter_map(|entry| entry.frames.last()).max().copied();
        if let (Some(pair), Some(last)) = (&pair, last) {
            session.downloads = self.downloads.claim(pair, last);
        }
        if let Some(pair) = pair {
            self.memory.note(pair, Earlier::of(&session));
        }
        sink(Finished { session: Box::new(session) });
    }

    /// The capture ended: every session that is left is finished, in the order of their first frames.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Finished)) {
        while let Some((_, session)) = self.first_frames.first().copied() {
            let ended = self.live.get(&session).is_some_and(|live| live.ended);
            self.finish_one(session, if ended { Ending::Settled } else { Ending::CaptureEnd }, sink);
        }
        self.problems.extend(self.bootstraps.finish());
        self.problems.extend(self.downloads.finish());
        for ((device, session_id), (frame, messages)) in std::mem::take(&mut self.data_sync) {
            self.problems.push(Problem::at_frame(
                ProblemKind::DataSync,
                frame,
                format!(
                    "recognised and not judged: data synchronisation (SyncML, not DM) by \"{device}\", SessionID \"{session_id}\", messages: {messages}"
                ),
            ));
        }
    }
}

struct Placed {
    session: u64,
    entry: Option<EntryId>,
    /// It was there before.
    resent: bool,
}

/// Whether an answer behind octets that are missing is none to this request: it is of another session, or answers the SyncHdr
/// of another message.
fn is_of_other_request(request: &Message, answer: &Message) -> bool {
    let (Some(own), mut confirmed) = (request.msg_number(), confirmed_headers(answer).peekable()) else { return false };
    let names_another = confirmed.peek().is_some() && confirmed.all(|number| number != own);
    let ids = (request.session_id(), answer.session_id());
    names_another || matches!(ids, (Some(asked), Some(answered)) if asked != answered)
}

/// Whether an HTTP request carries a server's message: OBEX gateways and others swap the roles (guard G12).
fn is_from_server(message: &Message) -> bool {
    let mut operations = false;
    for command in &message.commands {
        match command.name {
            CommandName::Results => return false,
            CommandName::Alert if matches!(message.code(command), Some(1200 | 1201 | 1224 | 1226)) => return false,
            CommandName::Replace if names_dev_info(message, command) => return false,
            CommandName::Get | CommandName::Exec | CommandName::Delete | CommandName::Copy => operations = true,
            _ => {}
        }
    }
    operations
}

/// Whether a document is a SyncML message, however much of it is missing.
fn has_root(message: &Message) -> bool {
    let tree = message.tree();
    message.hdr.node.is_some() || tree.root().is_some_and(|root| tree.name(root).eq_ignore_ascii_case("SyncML"))
}

/// Decodes a body, and takes it out of the HTTP message.
fn read<L>(http: &mut HttpMessage<L>) -> Body {
    let media = MediaType::parse(http.header("content-type"));
    if http.body.is_empty() {
        return if http.end == BodyEnd::Complete || !media.is_syncml() { Body::Empty } else { Body::Undecodable };
    }
    if !media.is_syncml() && sniff(&http.body).is_none() {
        return Body::Other;
    }
    match syncml::decode(std::mem::take(&mut http.body), media) {
        Ok(message) if has_root(&message) => Body::Message(Box::new(message)),
        Ok(message) => {
            http.body = message.body().to_vec();
            Body::Undecodable
        }
        Err((_, body)) => {
            http.body = body;
            Body::Undecodable
        }
    }
}
