//! Which message belongs to which session, and when nothing more will come.
//!
//! A session is told from others by device, server, SessionID and time: SessionIDs are used again, sessions interleave on
//! one connection, one session spans several connections, and a capture begins and ends in the middle. The connection is
//! never the key, only a last resort for messages that do not say who they are.

mod body;
mod closing;
mod place;

use super::bootstrap::Bootstraps;
use super::build::Ending;
use super::download::Downloads;
use super::http_facts::BareResponse;
use super::live::{Live, opens_management};
use super::memory::{Memory, past_of};
use super::notified::Pending;
use super::session::{EntryId, HttpAnswer, Session};
use super::transport::Transport;
use crate::base::{Direction, FrameNo, Injected, Limits, Problem, ProblemKind, Timestamp};
use crate::http::{BodyEnd, Exchange, Header, HttpMessage};
use crate::net::FlowId;
use crate::syncml::Message;
use body::{Body, is_from_server, is_of_other_request, read};
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
                if (exchange.after_gap || exchange.cut) && is_of_other_request(asked, answer) =>
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
            Some(Body::Empty | Body::Other | Body::Missing) | None => {}
        }
        let answer = match (&response, &exchange.response) {
            (None, _) if !exchange.cut => Some(HttpAnswer::Nothing),
            (Some(Body::Message(_) | Body::Missing), _) | (None, _) | (_, None) => None,
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
            Some(Body::Missing) => {
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
}
