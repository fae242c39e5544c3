//! All connections of one input.

use super::connection::{Connection, Context, Verdict};
use super::exchange::{Exchange, Interest, OneWay};
use super::pending::Place;
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use crate::net::{CloseReason, FlowEvent, FlowEventKind, FlowId};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// What was seen, so that an input without DM can still be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// TCP connections.
    pub connections: u64,
    /// Connections on which HTTP was found.
    pub http: u64,
    /// Connections, and tunnels through a proxy, that began with a TLS record.
    pub tls: u64,
    /// Connections with octets that are neither HTTP nor TLS.
    pub unknown: u64,
    /// Exchanges.
    pub exchanges: u64,
    /// Exchanges of which at least one body was kept.
    pub interesting: u64,
}

/// Problems since they were last taken; not more than fit into a report.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// Kinds of problems that this layer has, several times what a report lists of each.
    const MOST: usize = 16 * Limits::PROBLEMS_OF_A_KIND;

    pub(super) fn push(&mut self, kind: ProblemKind, frame: FrameNo, text: fmt::Arguments<'_>) {
        if self.0.len() < Self::MOST {
            self.0.push(Problem::at_frame(kind, frame, text.to_string()));
        }
    }
}

/// A connection, and what is known of it outside.
#[derive(Debug)]
struct Entry {
    connection: Connection,
    /// As it stands in `Http::open`.
    open: Option<FrameNo>,
    /// As it is counted in `Http::held`.
    weight: usize,
}

/// The HTTP of one input: takes flow events, hands out exchanges in the order in which they become complete.
///
/// It never fails. Anything odd about a message travels with it; where framing was lost, a [`Problem`] says so.
#[derive(Debug)]
pub struct Http {
    interest: Interest,
    one_way: OneWay,
    /// Connections that are, or may become, HTTP; others are forgotten.
    connections: HashMap<FlowId, Entry, RandomState>,
    /// Connections on which something is open, by its lowest frame.
    open: BTreeSet<(FrameNo, FlowId)>,
    /// Connections that speak HTTP/2, which hold something as long as they last.
    multiplexed: BTreeSet<FlowId>,
    /// Octets held over all connections, roughly.
    held: usize,
    stats: Stats,
    problems: Problems,
    last: Option<Place>,
}

impl Http {
    /// A listener that keeps the bodies that `interest` approves of. It is asked once a message, when its head and 64
    /// octets of its body, or all of it, are here; with no octets when the body is under a content coding; and not at
    /// all when there is no body.
    pub fn new(interest: Interest) -> Self {
        Self {
            interest,
            one_way: OneWay::NONE,
            connections: HashMap::default(),
            open: BTreeSet::new(),
            multiplexed: BTreeSet::new(),
            held: 0,
            stats: Stats::default(),
            problems: Problems::default(),
            last: None,
        }
    }

    /// The same listener, which does not wait for the responses to some requests.
    #[must_use]
    pub fn with_one_way(mut self, one_way: OneWay) -> Self {
        self.one_way = one_way;
        self
    }

    /// Takes the next event; complete exchanges go to `sink`.
    pub fn event(&mut self, event: &FlowEvent<'_>, sink: &mut dyn FnMut(Exchange)) {
        let place = Place { frame: event.frame, time: event.time };
        self.last = Some(place);
        if let FlowEventKind::Opened { client, server, mid_stream } = event.kind {
            self.stats.connections = self.stats.connections.saturating_add(1);
            let connection = Connection::new(event.flow, client, server, mid_stream);
            let entry = Entry { connection, open: None, weight: 0 };
            if let Some(old) = self.connections.insert(event.flow, entry) {
                self.close(event.flow, old, CloseReason::Reopened, place, sink);
            }
            return;
        }
        let Some(entry) = self.connections.get_mut(&event.flow) else { return };
        let mut cx = Context {
            interest: self.interest,
            one_way: self.one_way,
            sink,
            stats: &mut self.stats,
            problems: &mut self.problems,
        };
        let connection = &mut entry.connection;
        let verdict = match event.kind {
            FlowEventKind::Data { direction, bytes } => connection.data(direction, bytes, place, &mut cx),
            FlowEventKind::Gap { direction, length } => {
                connection.gap(direction, length, place, &mut cx);
                Verdict::Keep
            }
            FlowEventKind::HalfClosed { direction } => {
                connection.half_close(direction, place, &mut cx);
                Verdict::Keep
            }
            FlowEventKind::Closed { reason } => {
                connection.close(reason, place, &mut cx);
                Verdict::Drop
            }
            FlowEventKind::Secured(secured) => {
                connection.secured(secured.into());
                Verdict::Keep
            }
            FlowEventKind::Opened { .. } | FlowEventKind::Datagram { .. } => Verdict::Keep,
        };
        match verdict {
            Verdict::Keep => {
                Self::register(&mut self.open, &mut self.held, event.flow, entry);
                if entry.weight > 0 && entry.connection.is_http2() {
                    self.multiplexed.insert(event.flow);
                }
                if self.held > Limits::OPEN_EXCHANGES {
                    self.relieve(place, sink);
                }
            }
            Verdict::Drop => {
                if let Some(entry) = self.connections.remove(&event.flow) {
                    self.forget(event.flow, &entry);
                }
            }
        }
    }

    /// Nothing more comes: what is open is handed out as it is.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Exchange)) {
        let place = self.last.unwrap_or(Place { frame: FrameNo::FIRST, time: crate::base::Timestamp::default() });
        let left: BTreeMap<FlowId, Entry> = std::mem::take(&mut self.connections).into_iter().collect();
        for (flow, entry) in left {
            self.close(flow, entry, CloseReason::EndOfCapture, place, sink);
        }
    }

    /// The problems since the last call: framing that was lost, and ceilings that were hit.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems.0)
    }

    /// The lowest frame of any message that has begun and whose exchange was not handed out yet: no exchange that comes
    /// later from the messages open now has a lower one.
    pub fn oldest_open(&self) -> Option<FrameNo> {
        self.open.first().map(|(frame, _)| *frame)
    }

    /// What was seen so far. Connections are told apart by their first octets or at their end.
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    fn close(
        &mut self,
        flow: FlowId,
        mut entry: Entry,
        reason: CloseReason,
        place: Place,
        sink: &mut dyn FnMut(Exchange),
    ) {
        let mut cx = Context {
            interest: self.interest,
            one_way: self.one_way,
            sink,
            stats: &mut self.stats,
            problems: &mut self.problems,
        };
        entry.connection.close(reason, place, &mut cx);
        self.forget(flow, &entry);
    }

    fn forget(&mut self, flow: FlowId, entry: &Entry) {
        self.held = self.held.saturating_sub(entry.weight);
        self.multiplexed.remove(&flow);
        if let Some(frame) = entry.open {
            self.open.remove(&(frame, flow));
        }
    }

    /// Notes what the connection holds and since when.
    fn register(open: &mut BTreeSet<(FrameNo, FlowId)>, held: &mut usize, flow: FlowId, entry: &mut Entry) {
        let weight = entry.connection.weight();
        *held = held.saturating_sub(entry.weight).saturating_add(weight);
        entry.weight = weight;
        let first = entry.connection.first_frame();
        if first != entry.open {
            if let Some(frame) = entry.open {
                open.remove(&(frame, flow));
            }
            if let Some(frame) = first {
                open.insert((frame, flow));
            }
            entry.open = first;
        }
    }

    /// Gives up the exchanges open longest until there is room again, then connections of HTTP/2 with their tables.
    fn relieve(&mut self, place: Place, sink: &mut dyn FnMut(Exchange)) {
        while self.held > Limits::OPEN_EXCHANGES {
            let Some((_, flow)) = self.open.pop_first() else { break };
            let Some(entry) = self.connections.get_mut(&flow) else { continue };
            entry.open = None;
            let mut cx = Context {
                interest: self.interest,
                one_way: self.one_way,
                sink,
                stats: &mut self.stats,
                problems: &mut self.problems,
            };
            entry.connection.give_up(place, &mut cx);
            Self::register(&mut self.open, &mut self.held, flow, entry);
        }
        while self.held > Limits::OPEN_EXCHANGES {
            let Some(flow) = self.multiplexed.pop_first() else { return };
            let Some(entry) = self.connections.get_mut(&flow) else { continue };
            let mut cx = Context {
                interest: self.interest,
                one_way: self.one_way,
                sink,
                stats: &mut self.stats,
                problems: &mut self.problems,
            };
            entry.connection.let_go(place, &mut cx);
            Self::register(&mut self.open, &mut self.held, flow, entry);
        }
    }
}
