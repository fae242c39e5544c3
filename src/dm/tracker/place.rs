//! Where a message belongs: the session that it goes on with, or a new one.

use super::super::bootstrap::Bootstrap;
use super::super::build::DraftEntry;
use super::super::build::{Draft, Ending};
use super::super::classify::Content;
use super::super::download::{Chunked, Writing};
use super::super::live::{Live, entry_id, is_start, normal_server};
use super::super::memory::pair_of;
use super::super::phase::{Phase, PhaseInput};
use super::super::session::{EntryId, HttpAnswer, Identity};
use super::super::transport::Transport;
use super::{Finished, Tracker};
use crate::base::{Direction, FrameNo, Limits, Problem, ProblemKind};
use crate::http::HttpMessage;
use crate::net::FlowId;
use crate::syncml::Message;

pub(super) struct Placed {
    pub(super) session: u64,
    pub(super) entry: Option<EntryId>,
    /// It was there before.
    pub(super) resent: bool,
}

impl Tracker {
    /// The live session that a message belongs to, by what it says of itself, or else by its connection.
    pub(super) fn find(&self, message: &Message, direction: Direction, connection: FlowId) -> Option<u64> {
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
    pub(super) fn place<L>(
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
    pub(super) fn has_room(&mut self, session: u64, frames: &[FrameNo], sink: &mut dyn FnMut(Finished)) -> bool {
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

    pub(super) fn begin<L>(
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
                chunked_address: Chunked::default(),
            },
        );
        at
    }

    pub(super) fn connect(&mut self, session: u64, connection: FlowId) {
        self.of_connection.insert(connection, session);
        if let Some(live) = self.live.get_mut(&session)
            && !live.connections.contains(&connection)
        {
            live.connections.push(connection);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one message, each from another place")]
    pub(super) fn add<L>(
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
        // Where the roles of HTTP are swapped, the device answers.
        let is_client = transport.is_request() == (direction == Direction::DeviceToServer);
        let device = if is_client { transport.client } else { transport.server };
        let (pair, session_id) = (pair_of(live), live.draft.identity.session_id.as_str());
        let writing = Writing { message: &message, direction, frame, device: device.address, pair, session_id };
        self.problems.extend(self.downloads.written(&writing, &mut live.chunked_address));
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
    pub(super) fn add_response<L>(
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
}
