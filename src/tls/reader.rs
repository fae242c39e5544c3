//! All connections of one input.

use super::closed::Closed;
use super::connection::{Connection, Cx, Verdict};
use super::keylog::KeyLogError;
use super::record::{ENOUGH, Look, look};
use super::side::Place;
use super::sources::{Secrets, Sources};
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use crate::net::{Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What was seen, so that an input can be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Connections that began with a TLS handshake, or were in the middle of TLS.
    pub connections: u64,
    /// Those of which plaintext was read.
    pub opened: u64,
    /// Those that stayed closed, as a whole or from some record on.
    pub closed: u64,
}

/// Segments of one direction, in a connection seen from its middle, that are looked at for the start of a record.
const LOOKS: u8 = 4;

/// One direction of a flow that is not known to be TLS.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// First octets, too few to tell; of them, so many.
    octets: [u8; ENOUGH],
    len: u8,
    place: Place,
}

/// What is known of a flow.
enum Flow {
    /// Anything may come. For each direction: the first octets, as long as they are too few to tell, and how many segments
    /// are still looked at for any record. `whole` while nothing is missing: a hello may then still come.
    Plain {
        client: Endpoint,
        server: Endpoint,
        starts: [Option<Start>; 2],
        looks: [u8; 2],
        whole: bool,
    },
    Tls(Box<Connection>),
    /// TLS that can't be read.
    Closed,
}

/// Since when a flow holds octets; those that wait for something come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Since {
    Waiting(FrameNo),
    Reading(FrameNo),
}

/// A flow, and what is known of it outside.
struct Entry {
    flow: Flow,
    /// As it stands in `Tls::holding`.
    oldest: Option<FrameNo>,
    /// As it stands in `Tls::heavy`.
    since: Option<Since>,
    /// As it is counted in `Tls::held`.
    weight: usize,
}

/// The TLS of one input: takes flow events, hands them on with the plaintext in place of the records.
///
/// Flows without TLS pass untouched. TLS is recognised by its first octets, on any port, also behind a plaintext beginning
/// (a tunnel through a proxy). Of a connection that is opened come [`FlowEventKind::Secured`], and then
/// [`FlowEventKind::Data`] with frame and time of the last octet of each record; of one that stays closed comes no data, and
/// one [`Problem`] of kind [`ProblemKind::EncryptedTraffic`] that says why.
pub struct Tls {
    sources: Sources,
    flows: BTreeMap<FlowId, Entry>,
    /// Flows that hold something that comes later, by the frame from which on.
    holding: BTreeSet<(FrameNo, FlowId)>,
    /// Flows that hold octets, in the order in which they are given up.
    heavy: BTreeSet<(Since, FlowId)>,
    held: usize,
    scratch: Vec<u8>,
    problems: Vec<Problem>,
    stats: Stats,
    last: Option<Place>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("flows", &self.flows.len()).field("stats", &self.stats).finish_non_exhaustive()
    }
}

impl Tls {
    /// Opens connections with these secrets.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self {
            sources: Sources { given: secrets, ..Sources::default() },
            flows: BTreeMap::new(),
            holding: BTreeSet::new(),
            heavy: BTreeSet::new(),
            held: 0,
            scratch: Vec::new(),
            problems: Vec::new(),
            stats: Stats::default(),
            last: None,
        }
    }

    /// Whether more secrets may come while events come. Where they may, a connection without one waits, within
    /// [`Limits::ALL_TLS_BUFFERS`]; otherwise it is closed at once.
    pub fn expect_secrets(&mut self, expect: bool) {
        self.sources.late = expect;
    }

    /// Takes a key log that stands in the capture, and goes on with the connections that waited for it. `frame`: the frame
    /// before it, for messages on lines that can't be read.
    pub fn secrets(&mut self, log: &[u8], frame: Option<FrameNo>, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        for KeyLogError { line, what } in self.sources.captured.add(log) {
            let text = format!("line {line} of a key log in the capture was left out: {what}");
            let problem = Problem { kind: ProblemKind::BadKeyLog, offset: None, frame, text };
            if self.problems.len() < 16 * Limits::PROBLEMS_OF_A_KIND {
                self.problems.push(problem);
            }
        }
        let waiting: Vec<FlowId> = self.holding.iter().map(|(_, flow)| *flow).collect();
        for flow in waiting {
            self.with(flow, sink, &mut |connection, cx| connection.more_secrets(cx));
        }
    }

    /// Takes the next event; what comes of it goes to `sink`.
    pub fn event(&mut self, event: &FlowEvent<'_>, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        let place = Place { frame: event.frame, time: event.time };
        self.last = Some(place);
        match event.kind {
            FlowEventKind::Opened { client, server, mid_stream } => {
                let looks = [if mid_stream { LOOKS } else { 1 }; 2];
                let flow = Flow::Plain { client, server, starts: [None; 2], looks, whole: !mid_stream };
                let entry = Entry { flow, oldest: None, since: None, weight: 0 };
                if let Some(old) = self.flows.insert(event.flow, entry) {
                    self.forget(event.flow, &old);
                }
                sink(*event);
            }
            FlowEventKind::Datagram { .. } | FlowEventKind::Secured(_) => sink(*event),
            kind => {
                match self.flows.get_mut(&event.flow).map(|entry| &mut entry.flow) {
                    None => return sink(*event),
                    Some(Flow::Tls(_)) => {
                        self.with(event.flow, sink, &mut |connection, cx| connection.event(kind, place, cx));
                    }
                    Some(Flow::Closed) => match kind {
                        FlowEventKind::Closed { .. } => {
                            if let Some(old) = self.flows.remove(&event.flow) {
                                self.forget(event.flow, &old);
                            }
                            sink(*event);
                        }
                        FlowEventKind::HalfClosed { .. } => sink(*event),
                        _ => {}
                    },
                    Some(Flow::Plain { .. }) => self.plain(event, place, sink),
                }
                if self.held > Limits::ALL_TLS_BUFFERS {
                    self.relieve(place, sink);
                }
            }
        }
    }

    /// Nothing more comes: connections that wait are given up.
    pub fn finish(&mut self, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        let flows: Vec<FlowId> = self.flows.keys().copied().collect();
        for flow in flows {
            self.with(flow, sink, &mut |connection, cx| connection.give_up(cx));
        }
        self.flows.clear();
        self.holding.clear();
        self.heavy.clear();
        self.held = 0;
    }

    /// The problems since the last call: why connections stay closed, and lines of key logs that could not be read.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// The lowest frame of any event that was held back: no event that comes later because of it has a lower one.
    pub fn oldest_open(&self) -> Option<FrameNo> {
        self.holding.first().map(|(frame, _)| *frame)
    }

    /// What was seen so far.
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Lets a connection work, and notes what it holds then.
    fn with(
        &mut self,
        flow: FlowId,
        sink: &mut dyn FnMut(FlowEvent<'_>),
        work: &mut dyn FnMut(&mut Connection, &mut Cx<'_>) -> Verdict,
    ) {
        let Some(entry) = self.flows.get_mut(&flow) else { return };
        let Flow::Tls(connection) = &mut entry.flow else { return };
        let mut cx = Cx {
            sources: &mut self.sources,
            sink,
            scratch: &mut self.scratch,
            problems: &mut self.problems,
            stats: &mut self.stats,
        };
        match work(connection, &mut cx) {
            Verdict::Keep if connection.is_dead() => {
                entry.flow = Flow::Closed;
                self.register(flow, None, 0);
            }
            Verdict::Keep => {
                let (oldest, weight) = (connection.oldest(), connection.weight());
                self.register(flow, oldest, weight);
            }
            Verdict::Done => {
                if let Some(old) = self.flows.remove(&flow) {
                    self.forget(flow, &old);
                }
            }
        }
    }

    fn register(&mut self, flow: FlowId, oldest: Option<FrameNo>, weight: usize) {
        let Some(entry) = self.flows.get_mut(&flow) else { return };
        if entry.oldest != oldest {
            replace(&mut self.holding, flow, entry.oldest, oldest);
            entry.oldest = oldest;
        }
        self.held = self.held.saturating_sub(entry.weight).saturating_add(weight);
        entry.weight = weight;
        let since = match (weight, oldest, entry.since, self.last) {
            (0, ..) | (_, None, None, None) => None,
            (_, Some(frame), ..) => Some(Since::Waiting(frame)),
            (_, None, known @ Some(Since::Reading(_)), _) => known,
            (_, None, _, Some(place)) => Some(Since::Reading(place.frame)),
            (_, None, Some(Since::Waiting(frame)), None) => Some(Since::Reading(frame)),
        };
        if entry.since != since {
            replace(&mut self.heavy, flow, entry.since, since);
            entry.since = since;
        }
    }

    fn forget(&mut self, flow: FlowId, entry: &Entry) {
        self.held = self.held.saturating_sub(entry.weight);
        replace(&mut self.holding, flow, entry.oldest, None);
        replace(&mut self.heavy, flow, entry.since, None);
    }

    /// Gives up what is held longest until there is room again.
    fn relieve(&mut self, place: Place, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        while self.held > Limits::ALL_TLS_BUFFERS {
            let Some((since, flow)) = self.heavy.first().copied() else { return };
            self.with(flow, sink, &mut |connection, cx| connection.relieve(place, cx));
            if self.heavy.first() == Some(&(since, flow)) {
                return;
            }
        }
    }

    /// An event of a flow that is not known to be TLS.
    fn plain(&mut self, event: &FlowEvent<'_>, place: Place, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        let Some(Entry { flow: Flow::Plain { client, server, starts, looks, whole }, .. }) =
            self.flows.get_mut(&event.flow)
        else {
            return;
        };
        let (client, server) = (*client, *server);
        let FlowEventKind::Data { direction, bytes } = event.kind else {
            let ended = match event.kind {
                FlowEventKind::Gap { direction, .. } | FlowEventKind::HalfClosed { direction } => Some(direction),
                _ => None,
            };
            // What was too little to tell is what it is.
            for direction in [FlowDirection::ToServer, FlowDirection::ToClient] {
                if ended.is_none_or(|ended| ended == direction)
                    && let Some(start) = starts.get_mut(index(direction)).and_then(Option::take)
                {
                    sink(start.event(event.flow, direction));
                }
            }
            if let Some(direction) = ended
                && let FlowEventKind::Gap { .. } = event.kind
                && let Some(looks) = looks.get_mut(index(direction))
            {
                *looks = (*looks).max(1);
                *whole = false;
            }
            sink(*event);
            if let FlowEventKind::Closed { .. } = event.kind
                && let Some(old) = self.flows.remove(&event.flow)
            {
                self.forget(event.flow, &old);
            }
            return self.note_starts(event.flow);
        };
        let (Some(start), Some(looks)) = (starts.get_mut(index(direction)), looks.get_mut(index(direction))) else {
            return;
        };
        if let Some(before) = *start {
            let mut joined = before;
            match look(joined.join(bytes)) {
                // All of it found room.
                Look::Short => *start = Some(joined),
                Look::Other => {
                    *start = None;
                    *looks = looks.saturating_sub(1);
                    sink(before.event(event.flow, direction));
                    sink(*event);
                }
                seen => {
                    *start = None;
                    self.begin(event.flow, (client, server), direction, seen, before.place, sink);
                    for event in [&before.event(event.flow, direction), event] {
                        let (kind, place) = (event.kind, Place { frame: event.frame, time: event.time });
                        self.with(event.flow, sink, &mut |connection, cx| connection.event(kind, place, cx));
                    }
                }
            }
            return self.note_starts(event.flow);
        }
        // The middle of plaintext: only a whole beginning of a ClientHello counts (a tunnel).
        if *looks == 0 && (bytes.first() != Some(&22) || bytes.len() < ENOUGH) {
            return sink(*event);
        }
        match look(bytes) {
            Look::Short if *looks > 0 => {
                *start = Some(Start::new(bytes, place));
                self.note_starts(event.flow);
            }
            seen @ (Look::ClientHello | Look::Record) if *looks > 0 || seen == Look::ClientHello => {
                self.begin(event.flow, (client, server), direction, seen, place, sink);
                let kind = event.kind;
                self.with(event.flow, sink, &mut |connection, cx| connection.event(kind, place, cx));
            }
            _ => {
                *looks = looks.saturating_sub(1);
                sink(*event);
            }
        }
    }

    /// A flow turns out to be TLS.
    fn begin(
        &mut self,
        flow: FlowId,
        (client, server): (Endpoint, Endpoint),
        direction: FlowDirection,
        seen: Look,
        place: Place,
        sink: &mut dyn FnMut(FlowEvent<'_>),
    ) {
        let Some(entry) = self.flows.get_mut(&flow) else { return };
        let mut other = None;
        let mut may_come = false;
        if let Flow::Plain { starts, whole, .. } = &mut entry.flow {
            may_come = *whole;
            other = starts.get_mut(index(direction.reverse())).and_then(Option::take);
        }
        if seen == Look::ClientHello {
            entry.flow = Flow::Tls(Box::new(Connection::new(flow, client, server, direction, place)));
        } else if may_come {
            // The two directions may have been captured apart, and the ClientHello stand in a later frame.
            entry.flow = Flow::Tls(Box::new(Connection::new(flow, client, server, direction.reverse(), place)));
        } else {
            entry.flow = Flow::Closed;
            self.stats.connections = self.stats.connections.saturating_add(1);
            self.stats.closed = self.stats.closed.saturating_add(1);
            if self.problems.len() < 16 * Limits::PROBLEMS_OF_A_KIND {
                let text = format!("connection {client} → {server} stays closed: {}", Closed::HandshakeNotCaptured);
                self.problems.push(Problem::at_frame(ProblemKind::EncryptedTraffic, place.frame, text));
            }
        }
        if let Some(start) = other {
            let event = start.event(flow, direction.reverse());
            let (kind, place) = (event.kind, start.place);
            self.with(flow, sink, &mut |connection, cx| connection.event(kind, place, cx));
        }
    }

    /// Notes which first octets are held back.
    fn note_starts(&mut self, flow: FlowId) {
        let Some(Entry { flow: Flow::Plain { starts, .. }, .. }) = self.flows.get(&flow) else { return };
        let oldest = starts.iter().flatten().map(|start| start.place.frame).min();
        self.register(flow, oldest, 0);
    }
}

fn replace<T: Copy + Ord>(set: &mut BTreeSet<(T, FlowId)>, flow: FlowId, old: Option<T>, new: Option<T>) {
    if old != new {
        if let Some(old) = old {
            set.remove(&(old, flow));
        }
        if let Some(new) = new {
            set.insert((new, flow));
        }
    }
}

const fn index(direction: FlowDirection) -> usize {
    match direction {
        FlowDirection::ToServer => 0,
        FlowDirection::ToClient => 1,
    }
}

impl Start {
    fn new(octets: &[u8], place: Place) -> Self {
        let mut start = Self { octets: [0; ENOUGH], len: 0, place };
        start.join(octets);
        start
    }

    /// Adds what follows, as far as there is room, and gives all.
    fn join(&mut self, octets: &[u8]) -> &[u8] {
        let from = usize::from(self.len);
        let room = self.octets.get_mut(from..).unwrap_or_default();
        let taken = room.len().min(octets.len());
        for (place, octet) in room.iter_mut().zip(octets) {
            *place = *octet;
        }
        self.len = self.len.saturating_add(taken as u8);
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn event(&self, flow: FlowId, direction: FlowDirection) -> FlowEvent<'_> {
        let bytes = self.octets.get(..usize::from(self.len)).unwrap_or_default();
        let kind = FlowEventKind::Data { direction, bytes };
        FlowEvent { flow, frame: self.place.frame, time: self.place.time, kind }
    }
}
