//! TCP connections: which segment belongs to which stream, when a connection begins and ends, and what may be held.

use super::outlet::{Moment, Outlet};
use super::stream::{Stream, Taken, Watch, Way};
use super::table::{Slot, Table};
use super::transport::{Segment, looks_like_request};
use super::{CloseReason, Endpoint, FlowDirection, FlowEventKind, FlowId};
use crate::base::{Limits, ProblemKind, Timestamp};
use std::collections::BTreeMap;

/// Segments in a row, out of every window, after which a connection counts as replaced by one whose SYN was not captured.
const STRAYS: u8 = 3;

/// The two ends of a conversation, whoever speaks. Neither interface nor VLAN is part of it, since both directions and
/// second copies may be captured elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    low: Endpoint,
    high: Endpoint,
}

impl FlowKey {
    pub(super) fn new(a: Endpoint, b: Endpoint) -> Self {
        if a <= b { Self { low: a, high: b } } else { Self { low: b, high: a } }
    }
}

#[derive(Debug)]
struct Connection {
    id: FlowId,
    client: Endpoint,
    server: Endpoint,
    /// Its last packet.
    last: Moment,
    to_server: Stream,
    to_client: Stream,
    /// What was counted for it in [`Connections::held`].
    counted: usize,
}

impl Connection {
    fn direction_of(&self, source: Endpoint) -> FlowDirection {
        if source == self.client { FlowDirection::ToServer } else { FlowDirection::ToClient }
    }

    fn stream(&self, direction: FlowDirection) -> &Stream {
        match direction {
            FlowDirection::ToServer => &self.to_server,
            FlowDirection::ToClient => &self.to_client,
        }
    }

    /// The stream of a direction, and where its events go.
    fn with<'a, 's>(&'a mut self, direction: FlowDirection, out: &'a mut Outlet<'s>) -> (&'a mut Stream, Way<'a, 's>) {
        let (stream, source, destination) = match direction {
            FlowDirection::ToServer => (&mut self.to_server, self.client, self.server),
            FlowDirection::ToClient => (&mut self.to_client, self.server, self.client),
        };
        (stream, Way { flow: self.id, direction, source, destination, out })
    }
}

/// What is kept of a connection that ended, so that its stragglers open nothing.
#[derive(Debug)]
struct Ended {
    client: Endpoint,
    time: Timestamp,
    to_server: EndedStream,
    to_client: EndedStream,
}

#[derive(Debug, Clone, Copy)]
struct EndedStream {
    isn: Option<u32>,
    next: Option<u32>,
    /// It was the other end that reset the connection: what this one sent before it knew still arrives.
    was_reset: bool,
}

impl Ended {
    /// Whether a segment belongs to the connection that ended.
    fn swallows(&self, source: Endpoint, segment: &Segment<'_>, now: Timestamp) -> bool {
        if segment.payload.is_empty() && !segment.syn {
            return true;
        }
        if now.since(self.time) > Limits::ENDED_FLOW_AGE {
            return false;
        }
        let stream = if source == self.client { self.to_server } else { self.to_client };
        if segment.syn {
            return stream.isn == Some(segment.sequence);
        }
        let Some(next) = stream.next else { return false };
        let end = segment.sequence.wrapping_add(segment.wire_len as u32);
        let ahead = i64::from(end.wrapping_sub(next) as i32);
        let reach = if stream.was_reset { Limits::SEQUENCE_BEHIND } else { 0 };
        (-Limits::SEQUENCE_BEHIND..=reach).contains(&ahead)
    }
}

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: Table<FlowKey, Box<Connection>>,
    ended: Table<FlowKey, Ended>,
    /// Octets out of order, over all.
    held: usize,
    /// Streams that hold octets, in the order in which they began to.
    holders: BTreeMap<u64, (Slot, FlowDirection)>,
    /// Streams of which acknowledged octets are missing, by the end of the wait.
    timers: BTreeMap<(i64, u64), (Slot, FlowDirection)>,
    serial: u64,
    opened: u64,
}

const BOTH: [FlowDirection; 2] = [FlowDirection::ToServer, FlowDirection::ToClient];

impl Connections {
    /// Connections seen so far.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// Takes one segment.
    pub(super) fn segment(
        &mut self,
        source: Endpoint,
        destination: Endpoint,
        segment: &Segment<'_>,
        at: Moment,
        out: &mut Outlet<'_>,
    ) {
        // No system sends these; scanners do.
        if segment.syn && (segment.fin || segment.rst) {
            return;
        }
        let key = FlowKey::new(source, destination);
        let slot = match self.open.find(&key) {
            Some(slot) if self.is_replaced(slot, source, segment) => {
                self.close(slot, CloseReason::Reopened, at, out);
                self.open(key, source, destination, segment, at, out)
            }
            Some(slot) => slot,
            None => {
                let ended = self.ended.find(&key);
                let known = ended.and_then(|ended| self.ended.get(ended));
                if known.is_some_and(|known| known.swallows(source, segment, at.time)) {
                    return;
                }
                // One octet may be a keep-alive probe, which is no data.
                if segment.rst || !(segment.syn || segment.payload.len() > 1) {
                    return;
                }
                if let Some(ended) = ended {
                    self.ended.remove(ended);
                }
                self.open(key, source, destination, segment, at, out)
            }
        };
        self.open.touch(slot);
        if self.take(slot, source, segment, at, out) == Taken::Stray && self.is_overrun(slot, source) {
            self.close(slot, CloseReason::Reopened, at, out);
            let slot = self.open(key, source, destination, segment, at, out);
            self.take(slot, source, segment, at, out);
        }
    }

    /// Gives up what was waited for long enough.
    pub(super) fn expire(&mut self, now: Timestamp, out: &mut Outlet<'_>) {
        while let Some((&timer, &(slot, direction))) = self.timers.first_key_value() {
            if timer.0 >= now.nanos() {
                break;
            }
            self.timers.remove(&timer);
            if let Some(connection) = self.open.get_mut(slot) {
                let at = connection.last;
                let (stream, mut way) = connection.with(direction, out);
                if let Some(watch) = stream.watch.take() {
                    stream.give_up_to(watch.level, at, &mut way);
                }
                self.settle(slot, out);
            }
        }
    }

    /// Closes all connections, in the order in which they were opened.
    pub(super) fn finish(&mut self, out: &mut Outlet<'_>) {
        let mut slots: Vec<(FlowId, Slot, Moment)> =
            self.open.iter().map(|(slot, connection)| (connection.id, slot, connection.last)).collect();
        slots.sort_unstable_by_key(|(id, ..)| *id);
        for (_, slot, last) in slots {
            self.close(slot, CloseReason::EndOfCapture, last, out);
        }
        self.ended = Table::default();
    }

    fn is_replaced(&self, slot: Slot, source: Endpoint, segment: &Segment<'_>) -> bool {
        let Some(connection) = self.open.get(slot) else { return false };
        segment.syn && connection.stream(connection.direction_of(source)).contradicts_syn(segment.sequence)
    }

    fn is_overrun(&self, slot: Slot, source: Endpoint) -> bool {
        let Some(connection) = self.open.get(slot) else { return false };
        connection.stream(connection.direction_of(source)).strays() >= STRAYS
    }

    fn open(
        &mut self,
        key: FlowKey,
        source: Endpoint,
        destination: Endpoint,
        segment: &Segment<'_>,
        at: Moment,
        out: &mut Outlet<'_>,
    ) -> Slot {
        while self.open.len() >= Limits::FLOWS {
            let Some(oldest) = self.open.oldest() else { break };
            out.problems.add_first(ProblemKind::FlowLimit, at.frame, || {
                format!("more than {} TCP connections are open; those idle longest are closed", Limits::FLOWS)
            });
            let last = self.open.get(oldest).map_or(at, |connection| connection.last);
            self.close(oldest, CloseReason::Evicted, last, out);
        }
        let from_client = match (segment.syn, segment.acknowledgement) {
            (true, None) => true,
            (true, Some(_)) => false,
            (false, _) => looks_like_request(segment.payload).unwrap_or(source.port >= destination.port),
        };
        let (client, server) = if from_client { (source, destination) } else { (destination, source) };
        let id = out.new_flow();
        self.opened = self.opened.saturating_add(1);
        out.emit(id, at, FlowEventKind::Opened { client, server, mid_stream: !segment.syn });
        let (to_server, to_client) = (Stream::default(), Stream::default());
        self.open.insert(key, Box::new(Connection { id, client, server, last: at, to_server, to_client, counted: 0 }))
    }

    /// Takes a segment of an open connection.
    fn take(&mut self, slot: Slot, source: Endpoint, segment: &Segment<'_>, at: Moment, out: &mut Outlet<'_>) -> Taken {
        let Some(connection) = self.open.get_mut(slot) else { return Taken::Fits };
        connection.last = at;
        let direction = connection.direction_of(source);
        if segment.rst {
            if connection.stream(direction).believes_reset(segment.sequence) {
                self.end_by_reset(slot, (direction, segment.sequence), at, out);
            }
            return Taken::Fits;
        }
        if let Some(acknowledgement) = segment.acknowledgement {
            let (other, _) = connection.with(direction.reverse(), out);
            other.acknowledge(acknowledgement);
        }
        let (stream, mut way) = connection.with(direction, out);
        let mut sequence = segment.sequence;
        if segment.syn {
            stream.syn(sequence);
            sequence = sequence.wrapping_add(1);
        }
        let mut taken = Taken::Fits;
        if !segment.payload.is_empty() {
            taken = stream.segment(sequence, segment.payload, at, &mut way);
        }
        if segment.fin && taken == Taken::Fits {
            stream.fin(sequence.wrapping_add(segment.wire_len as u32), at);
        }
        stream.finish_if_reached(&mut way);
        if connection.to_server.is_quiet() && connection.to_client.is_quiet() && connection.counted == 0 {
            self.close_if_finished(slot, out);
        } else {
            self.count_packet(slot, at, out);
            self.settle(slot, out);
        }
        taken
    }

    /// Lets a packet of the flow count towards the wait for what is missing, and keeps the ceiling of one stream.
    fn count_packet(&mut self, slot: Slot, at: Moment, out: &mut Outlet<'_>) {
        let Some(connection) = self.open.get_mut(slot) else { return };
        for direction in BOTH {
            let (stream, mut way) = connection.with(direction, out);
            if let Some(level) = stream.count_packet() {
                stream.give_up_to(level, at, &mut way);
            }
            stream.shrink_to(Limits::FLOW_BUFFER, at, &mut way);
        }
    }

    /// Brings timers, holders and sums up to date with the streams of a connection, and keeps the ceiling of all.
    fn settle(&mut self, slot: Slot, out: &mut Outlet<'_>) {
        self.account(slot);
        while self.held > Limits::ALL_FLOW_BUFFERS {
            let Some((_, &(holder, direction))) = self.holders.first_key_value() else { break };
            let Some(connection) = self.open.get_mut(holder) else { break };
            let at = connection.last;
            let (stream, mut way) = connection.with(direction, out);
            stream.shrink_to(0, at, &mut way);
            self.account(holder);
            if holder != slot {
                self.close_if_finished(holder, out);
            }
        }
        self.close_if_finished(slot, out);
    }

    fn account(&mut self, slot: Slot) {
        let Some(connection) = self.open.get_mut(slot) else { return };
        let Connection { to_server, to_client, last, counted, .. } = &mut **connection;
        for (stream, direction) in
            [(&mut *to_server, FlowDirection::ToServer), (&mut *to_client, FlowDirection::ToClient)]
        {
            if let Some(watch) = stream.watch
                && stream.has_reached(watch.level)
            {
                self.timers.remove(&watch.timer);
                stream.watch = None;
            }
            if stream.watch.is_none()
                && let Some(level) = stream.missing()
            {
                self.serial = self.serial.saturating_add(1);
                let timer = (last.time.nanos().saturating_add(Limits::GAP_WAIT), self.serial);
                self.timers.insert(timer, (slot, direction));
                stream.watch = Some(Watch { timer, level, packets: 0 });
            }
            match (stream.holder, stream.holds()) {
                (Some(number), false) => {
                    self.holders.remove(&number);
                    stream.holder = None;
                }
                (None, true) => {
                    self.serial = self.serial.saturating_add(1);
                    self.holders.insert(self.serial, (slot, direction));
                    stream.holder = Some(self.serial);
                }
                _ => {}
            }
        }
        let held = to_server.held().saturating_add(to_client.held());
        self.held = self.held.saturating_sub(*counted).saturating_add(held);
        *counted = held;
    }

    fn close_if_finished(&mut self, slot: Slot, out: &mut Outlet<'_>) {
        let Some(connection) = self.open.get(slot) else { return };
        if connection.to_server.is_finished() && connection.to_client.is_finished() {
            let last = connection.last;
            if let Some(connection) = self.close(slot, CloseReason::Finished, last, out) {
                self.remember(&connection, None);
            }
        }
    }

    fn end_by_reset(&mut self, slot: Slot, by: (FlowDirection, u32), at: Moment, out: &mut Outlet<'_>) {
        if let Some(connection) = self.close(slot, CloseReason::Reset, at, out) {
            self.remember(&connection, Some(by));
        }
    }

    /// Passes on what waits, says why nothing more comes, and lets the connection go.
    fn close(&mut self, slot: Slot, reason: CloseReason, at: Moment, out: &mut Outlet<'_>) -> Option<Box<Connection>> {
        let (_, mut connection) = self.open.remove(slot)?;
        let last = connection.last;
        for direction in BOTH {
            let (stream, mut way) = connection.with(direction, out);
            stream.give_up(last, &mut way);
            if let Some(watch) = stream.watch.take() {
                self.timers.remove(&watch.timer);
            }
            if let Some(holder) = stream.holder.take() {
                self.holders.remove(&holder);
            }
        }
        self.held = self.held.saturating_sub(connection.counted);
        out.emit(connection.id, at, FlowEventKind::Closed { reason });
        Some(connection)
    }

    fn remember(&mut self, connection: &Connection, reset_by: Option<(FlowDirection, u32)>) {
        while self.ended.len() >= Limits::ENDED_FLOWS {
            let Some(oldest) = self.ended.oldest() else { break };
            self.ended.remove(oldest);
        }
        let key = FlowKey::new(connection.client, connection.server);
        if let Some(known) = self.ended.find(&key) {
            self.ended.remove(known);
        }
        let keep = |direction: FlowDirection| {
            let stream = connection.stream(direction);
            let (next, was_reset) = match reset_by {
                // All that was sent before the RST has lower numbers.
                Some((by, sequence)) if by == direction => (Some(sequence), false),
                Some(_) => (stream.next_sequence(), true),
                None => (stream.next_sequence(), false),
            };
            EndedStream { isn: stream.isn(), next, was_reset }
        };
        let ended = Ended {
            client: connection.client,
            time: connection.last.time,
            to_server: keep(FlowDirection::ToServer),
            to_client: keep(FlowDirection::ToClient),
        };
        self.ended.insert(key, ended);
    }
}
