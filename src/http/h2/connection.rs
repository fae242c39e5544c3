//! The streams of a connection: which header block and which DATA belongs to which exchange.

use super::fields;
use super::lane::{Block, Event, Lane, Taken};
use crate::base::{FrameNo, Limits, ProblemKind};
use crate::http::building::{Building, Ending, Typed, weigh};
use crate::http::connection::{Context, Verdict};
use crate::http::exchange::{Anomaly, StartLine};
use crate::http::framing::{self, Framing};
use crate::http::head::Head;
use crate::http::pending::Place;
use crate::http::slot::{Ends, Half, Method, Slot};
use crate::net::{CloseReason, FlowDirection, SecuredBy};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Where one half of an exchange is.
#[derive(Debug)]
enum Side {
    /// Its head has not come.
    Waiting,
    /// Its body comes.
    Open {
        building: Box<Building>,
        /// What Content-Length says.
        length: Option<u64>,
    },
    /// Its head could not be read.
    Unreadable,
    Ended,
}

impl Side {
    fn building(&self) -> Option<&Building> {
        match self {
            Self::Open { building, .. } => Some(building),
            _ => None,
        }
    }

    fn building_mut(&mut self) -> Option<&mut Building> {
        match self {
            Self::Open { building, .. } => Some(building),
            _ => None,
        }
    }

    fn is_ended(&self) -> bool {
        matches!(self, Self::Ended)
    }
}

/// A stream that is open, and its exchange.
#[derive(Debug)]
struct Open {
    slot: Slot,
    request: Side,
    response: Side,
}

impl Open {
    fn side(&mut self, request: bool) -> &mut Side {
        if request { &mut self.request } else { &mut self.response }
    }

    fn weight(&self) -> usize {
        let bodies = [&self.request, &self.response].into_iter().filter_map(Side::building);
        bodies.fold(self.slot.weight, |sum, building| sum.saturating_add(building.weight()))
    }

    fn first_frame(&self) -> FrameNo {
        let sides = [&self.request, &self.response].into_iter().filter_map(Side::building);
        sides.fold(self.slot.first, |lowest, building| lowest.min(building.first_frame()))
    }
}

/// A connection that speaks HTTP/2.
#[derive(Debug)]
pub(in crate::http) struct Http2 {
    /// Whose client sends the preface.
    ends: Ends,
    requests: FlowDirection,
    from_client: Lane,
    from_server: Lane,
    streams: BTreeMap<u32, Open>,
    /// The highest stream that the client has opened: those below are open, or closed for good.
    highest: u32,
    /// Streams whose requests were handed out before their responses came.
    late: BTreeSet<u32>,
    ordinal: u64,
    /// Octets that the open exchanges hold, roughly.
    held: usize,
    lowest: Option<FrameNo>,
    /// It is counted as HTTP.
    counted: bool,
    /// It came out of TLS.
    tls: Option<SecuredBy>,
    /// The capture ends, or the connection is given up.
    cutting: bool,
}

impl Http2 {
    /// A connection on which the client in `ends` sends `requests`, and on which so many exchanges were seen before.
    pub(in crate::http) fn new(
        ends: Ends,
        requests: FlowDirection,
        ordinal: u64,
        counted: bool,
        tls: Option<SecuredBy>,
    ) -> Self {
        Self {
            ends,
            requests,
            from_client: Lane::new(true),
            from_server: Lane::new(false),
            streams: BTreeMap::new(),
            highest: 0,
            late: BTreeSet::new(),
            ordinal,
            held: 0,
            lowest: None,
            counted,
            tls,
            cutting: false,
        }
    }

    /// The request that asked for HTTP/2 is answered on stream 1 (RFC 7540, section 3.2).
    pub(in crate::http) fn upgraded(&mut self, mut slot: Slot) {
        slot.response = Half::Absent;
        self.insert(1, Open { slot, request: Side::Ended, response: Side::Waiting });
        self.highest = 1;
    }

    /// The lowest frame of anything that was begun and not handed out.
    pub(in crate::http) fn first_frame(&self) -> Option<FrameNo> {
        [self.lowest, self.from_client.first_frame(), self.from_server.first_frame()].into_iter().flatten().min()
    }

    /// Octets held in memory, roughly.
    pub(in crate::http) fn weight(&self) -> usize {
        let late = self.late.len().saturating_mul(size_of::<u64>());
        let lanes = self.from_client.weight().saturating_add(self.from_server.weight());
        self.held.saturating_add(lanes).saturating_add(late)
    }

    fn lane(&mut self, request: bool) -> &mut Lane {
        if request { &mut self.from_client } else { &mut self.from_server }
    }

    /// Octets of one direction.
    pub(in crate::http) fn data(
        &mut self,
        direction: FlowDirection,
        bytes: &[u8],
        place: Place,
        cx: &mut Context<'_>,
    ) -> Verdict {
        let request = direction == self.requests;
        let mut rest = bytes;
        loop {
            let (taken, event) = self.lane(request).step(rest, place);
            rest = rest.get(taken..).unwrap_or_default();
            match event {
                Event::More if taken == 0 && rest.is_empty() => return Verdict::Keep,
                Event::More => {}
                Event::NotHttp2 => {
                    self.emit_all(cx);
                    cx.stats.unknown = cx.stats.unknown.saturating_add(u64::from(!self.counted));
                    return Verdict::Drop;
                }
                Event::Proven => {
                    cx.stats.http = cx.stats.http.saturating_add(u64::from(!self.counted));
                    self.counted = true;
                }
                Event::DataBegins(stream) => {
                    let lane = if request { &self.from_client } else { &self.from_server };
                    let side = self.streams.get_mut(&stream).map(|open| open.side(request));
                    if let Some(building) = side.and_then(Side::building_mut) {
                        let before = building.weight();
                        for place in lane.header_places() {
                            building.touch(place);
                            saw(&mut self.lowest, place.frame);
                        }
                        self.held = self.held.saturating_sub(before).saturating_add(building.weight());
                    }
                }
                Event::Content(stream, bytes) => self.with_building(stream, request, |building| {
                    building.append(bytes, place, cx.interest);
                    Some(place.frame)
                }),
                Event::Beside(stream) => self.with_building(stream, request, |building| {
                    building.touch(place);
                    Some(place.frame)
                }),
                Event::DataEnds { stream, end_stream, malformed } => {
                    if malformed {
                        self.with_building(stream, request, |building| {
                            building.skip(0);
                            None
                        });
                        self.report(place, request, "the padding of a DATA frame is longer than the frame", cx);
                    }
                    if end_stream {
                        self.end_side(stream, request, Ending::Complete, place, cx);
                        self.emit_ready(stream, cx);
                    }
                }
                Event::Block(block) => self.block(request, &block, place, cx),
                Event::Reset(stream) => self.reset(stream, place, cx),
                Event::Lost(what) => {
                    self.report(place, request, what, cx);
                    self.lane(request).mark_lost(false);
                    self.lose_direction(request, Ending::Truncated(None), place, cx);
                }
            }
        }
    }

    /// Does something to a message under way, which says the frame that it came to.
    fn with_building(&mut self, stream: u32, request: bool, change: impl FnOnce(&mut Building) -> Option<FrameNo>) {
        let side = self.streams.get_mut(&stream).map(|open| open.side(request));
        let Some(building) = side.and_then(Side::building_mut) else { return };
        let before = building.weight();
        let frame = change(building);
        self.held = self.held.saturating_sub(before).saturating_add(building.weight());
        if let Some(frame) = frame {
            saw(&mut self.lowest, frame);
        }
    }

    fn report(&self, place: Place, request: bool, what: impl fmt::Display, cx: &mut Context<'_>) {
        let Ends { client, server, .. } = self.ends;
        let whose = if request { "client" } else { "server" };
        cx.problems.push(
            ProblemKind::BadHttp,
            place.frame,
            format_args!("{client} to {server}: HTTP/2 of the {whose}: {what}"),
        );
    }

    /// A header block: a head, trailers, or what only keeps the table in step.
    fn block(&mut self, request: bool, block: &Block, place: Place, cx: &mut Context<'_>) {
        let read = match fields::read(self.lane(request), block) {
            Ok(fields) => Some(fields),
            Err(why) => {
                if let Some(why) = why {
                    let what = format_args!("{why}; the heads that follow in this direction can't be read");
                    self.report(place, request, what, cx);
                }
                None
            }
        };
        let stream = block.stream;
        // What the server pushes has even numbers (RFC 9113, section 5.1.1).
        if block.promise || stream.is_multiple_of(2) {
            return;
        }
        let Some(fields) = read else { return self.unreadable(request, block, place, cx) };
        let side = self.streams.get_mut(&stream).map(|open| open.side(request));
        match side {
            Some(Side::Ended | Side::Unreadable) => {}
            Some(Side::Open { .. }) => {
                self.with_building(stream, request, |building| {
                    building.trail(|headers, anomalies| fields.trail(headers, anomalies));
                    None
                });
                for place in block.places() {
                    self.with_building(stream, request, |building| {
                        building.touch(place);
                        Some(place.frame)
                    });
                }
            }
            Some(Side::Waiting) | None if request => {
                if self.open_stream(stream, true, block, place, cx) {
                    self.head(stream, true, fields.request(), block, place, cx);
                }
            }
            Some(Side::Waiting) | None => {
                let Some(head) = fields.response() else {
                    self.report(place, request, format_args!("a response on stream {stream} has no valid :status"), cx);
                    return self.unreadable(request, block, place, cx);
                };
                let interim = matches!(&head.line, StartLine::Response(line) if line.status < 200);
                if !interim && self.open_stream(stream, false, block, place, cx) {
                    self.head(stream, false, head, block, place, cx);
                }
            }
        }
        if block.end_stream {
            self.end_side(stream, request, Ending::Complete, place, cx);
            self.emit_ready(stream, cx);
        }
    }

    /// A head that can't be read. Of a request it tells at least that there was one.
    fn unreadable(&mut self, request: bool, block: &Block, place: Place, cx: &mut Context<'_>) {
        let known = self.streams.contains_key(&block.stream);
        let opened = known || (request && self.open_stream(block.stream, true, block, place, cx));
        if !opened {
            return;
        }
        let Some(open) = self.streams.get_mut(&block.stream) else { return };
        open.slot.cut = true;
        let side = open.side(request);
        if matches!(side, Side::Waiting) {
            *side = Side::Unreadable;
        }
        if block.end_stream {
            // Of a message whose trailers can't be read, some headers are missing; nothing else.
            self.end_side(block.stream, request, Ending::Complete, place, cx);
            self.emit_ready(block.stream, cx);
        }
    }

    /// Finds or makes the exchange of a stream on which a head has come; whether there is one.
    fn open_stream(&mut self, stream: u32, request: bool, block: &Block, place: Place, cx: &mut Context<'_>) -> bool {
        let after_gap = self.from_client.has_gap() || self.from_server.has_gap();
        let first = block.places().map(|place| place.frame).min().unwrap_or(place.frame);
        if let Some(open) = self.streams.get_mut(&stream) {
            if request {
                self.highest = self.highest.max(stream);
            }
            open.slot.after_gap |= after_gap;
            open.slot.first = open.slot.first.min(first);
            saw(&mut self.lowest, first);
            return true;
        }
        let orphan = !request && self.late.remove(&stream);
        if stream <= self.highest && !orphan {
            // What comes late on a stream that was closed.
            return false;
        }
        if request {
            self.highest = self.highest.max(stream);
        }
        if self.streams.len() >= Limits::HTTP2_STREAMS {
            self.drop_oldest(place, cx);
        }
        let slot = Slot {
            ordinal: self.ordinal,
            request: Half::Absent,
            response: Half::Absent,
            method: Method::Other,
            after_gap,
            cut: false,
            orphan,
            awaits_request: false,
            is_handed_out: false,
            answered: None,
            tls: self.tls,
            first,
            weight: 0,
        };
        self.ordinal = self.ordinal.saturating_add(1);
        let request = if orphan { Side::Ended } else { Side::Waiting };
        self.insert(stream, Open { slot, request, response: Side::Waiting });
        true
    }

    fn insert(&mut self, stream: u32, open: Open) {
        self.held = self.held.saturating_add(open.weight());
        saw(&mut self.lowest, open.first_frame());
        self.streams.insert(stream, open);
    }

    fn head(&mut self, stream: u32, request: bool, head: Head, block: &Block, place: Place, cx: &mut Context<'_>) {
        let Some(open) = self.streams.get_mut(&stream) else { return };
        if let StartLine::Request(line) = &head.line {
            open.slot.method = match line.method.as_str() {
                "HEAD" => Method::Head,
                "CONNECT" => Method::Connect,
                _ => Method::Other,
            };
        }
        let status = if let StartLine::Response(line) = &head.line { Some(line.status) } else { None };
        let octets = weigh(&head.headers);
        let mut building = Box::new(Building::new(head, octets, block.places(), place));
        let (headers, anomalies) = building.split();
        let framing =
            if request { framing::of_request(headers, anomalies) } else { framing::of_response(headers, anomalies) };
        // Of a response without a body, Content-Length says what another request would have got.
        let bodiless = open.slot.method == Method::Head || matches!(status, Some(204 | 304));
        let length = match framing {
            Framing::Length(length) if !bodiless => Some(length),
            _ => None,
        };
        if !block.end_stream {
            building.expect_body(cx.interest);
        }
        self.held = self.held.saturating_add(building.weight());
        *open.side(request) = Side::Open { building, length };
    }

    /// Nothing more comes of one half of an exchange.
    fn end_side(&mut self, stream: u32, request: bool, ending: Ending, place: Place, cx: &mut Context<'_>) {
        let Some(open) = self.streams.get_mut(&stream) else { return };
        let before = open.weight();
        let Side::Open { mut building, length } = std::mem::replace(open.side(request), Side::Ended) else { return };
        let transferred = building.message().transferred;
        let ending = match (ending, length) {
            (Ending::Truncated(None), Some(length)) => Ending::Truncated(length.checked_sub(transferred)),
            (Ending::Complete, Some(length)) if length != transferred && building.is_counted() => {
                building.note(Anomaly::LengthDiffers { said: length, sent: transferred });
                Ending::Complete
            }
            (ending, _) => ending,
        };
        open.slot.first = open.slot.first.min(building.first_frame());
        let built = building.finish(ending, cx.interest);
        open.slot.cut |= built.gapped;
        cx.report_limit(self.ends.client, self.ends.server, &built.message, place);
        open.slot.weight = open.slot.weight.saturating_add(built.weight());
        match built.typed() {
            Typed::Request(message) => {
                open.slot.request = Half::Done(message);
                cx.hand_out_ahead(&mut open.slot, self.ends);
            }
            Typed::Response(message) => open.slot.response = Half::Done(message),
        }
        self.held = self.held.saturating_sub(before).saturating_add(open.weight());
    }

    /// One end closes a stream at once, for both.
    fn reset(&mut self, stream: u32, place: Place, cx: &mut Context<'_>) {
        self.end_side(stream, true, Ending::Truncated(None), place, cx);
        self.end_side(stream, false, Ending::Truncated(None), place, cx);
        self.late.remove(&stream);
        self.emit(stream, cx);
    }

    /// More streams are open than any server allows.
    fn drop_oldest(&mut self, place: Place, cx: &mut Context<'_>) {
        let Some((stream, open)) = self.streams.first_key_value() else { return };
        let (stream, unanswered) = (*stream, matches!(open.response, Side::Waiting));
        let Ends { client, server, .. } = self.ends;
        cx.problems.push(
            ProblemKind::BufferLimit,
            place.frame,
            format_args!(
                "{client} to {server}: {} streams of HTTP/2 are open; the oldest are reported as they are",
                Limits::HTTP2_STREAMS
            ),
        );
        self.give_up_stream(stream, unanswered, place, cx);
    }

    /// Hands an exchange out as it is; what comes of its response is handed out later.
    fn give_up_stream(&mut self, stream: u32, unanswered: bool, place: Place, cx: &mut Context<'_>) {
        self.end_side(stream, true, Ending::Truncated(None), place, cx);
        self.end_side(stream, false, Ending::Truncated(None), place, cx);
        if let Some(open) = self.streams.get_mut(&stream) {
            open.slot.cut = true;
        }
        self.emit(stream, cx);
        if unanswered {
            self.late.insert(stream);
            if self.late.len() > Limits::HTTP2_STREAMS {
                self.late.pop_first();
            }
        }
    }

    /// Octets of one direction that the capture does not have.
    pub(in crate::http) fn gap(
        &mut self,
        direction: FlowDirection,
        length: Option<u64>,
        place: Place,
        cx: &mut Context<'_>,
    ) {
        let request = direction == self.requests;
        match self.lane(request).lose(length) {
            // What is missing of a head is reported when the block ends.
            Taken::Nothing | Taken::Head => {}
            Taken::Body(stream, octets) => self.with_building(stream, request, |building| {
                building.skip(octets);
                None
            }),
            Taken::Frames => {
                let what = "octets are missing from the capture, and with them where the next frame begins; \
                            what follows in this direction can't be read";
                self.report(place, request, what, cx);
                self.lane(request).mark_lost(true);
                self.lose_direction(request, Ending::Gap, place, cx);
            }
        }
        let _ = self.data(direction, &[], place, cx);
    }

    /// Nothing can be read, or comes, in a direction any more.
    fn lose_direction(&mut self, request: bool, ending: Ending, place: Place, cx: &mut Context<'_>) {
        self.lane(request).deafen();
        for stream in self.numbers() {
            self.end_side(stream, request, ending, place, cx);
        }
        for stream in self.numbers() {
            self.emit_ready(stream, cx);
        }
    }

    /// The streams that are open.
    fn numbers(&self) -> Vec<u32> {
        self.streams.keys().copied().collect()
    }

    /// One end sends no more.
    pub(in crate::http) fn half_close(&mut self, direction: FlowDirection, place: Place, cx: &mut Context<'_>) {
        let request = direction == self.requests;
        self.lose_direction(request, Ending::Truncated(None), place, cx);
    }

    /// Nothing more comes.
    pub(in crate::http) fn close(&mut self, reason: CloseReason, place: Place, cx: &mut Context<'_>) {
        self.cutting = matches!(reason, CloseReason::Reopened | CloseReason::Evicted | CloseReason::EndOfCapture);
        for stream in self.numbers() {
            self.end_side(stream, true, Ending::Truncated(None), place, cx);
            self.end_side(stream, false, Ending::Truncated(None), place, cx);
        }
        self.emit_all(cx);
        cx.stats.unknown = cx.stats.unknown.saturating_add(u64::from(!self.counted));
        self.counted = true;
    }

    /// Hands out everything; what comes is followed on.
    pub(in crate::http) fn give_up(&mut self, place: Place, cx: &mut Context<'_>) {
        for stream in self.numbers() {
            let unanswered = self.streams.get(&stream).is_some_and(|open| matches!(open.response, Side::Waiting));
            self.give_up_stream(stream, unanswered, place, cx);
        }
        let dropped = [self.from_client.drop_block(), self.from_server.drop_block()];
        if dropped.contains(&true) {
            self.report(place, dropped == [true, false], "a header block was given up; what follows can't be read", cx);
        }
    }

    /// Lets everything go, the tables too.
    pub(in crate::http) fn let_go(&mut self, place: Place, cx: &mut Context<'_>) {
        self.give_up(place, cx);
        for lane in [&mut self.from_client, &mut self.from_server] {
            lane.mark_lost(false);
            lane.deafen();
        }
        self.late.clear();
    }

    fn emit_ready(&mut self, stream: u32, cx: &mut Context<'_>) {
        let Some(open) = self.streams.get(&stream) else { return };
        let over = |side: &Side, lane: &Lane| side.is_ended() || lane.is_deaf();
        if over(&open.request, &self.from_client) && over(&open.response, &self.from_server) {
            self.emit(stream, cx);
        }
    }

    fn emit_all(&mut self, cx: &mut Context<'_>) {
        for stream in self.numbers() {
            self.emit(stream, cx);
        }
    }

    fn emit(&mut self, stream: u32, cx: &mut Context<'_>) {
        let Some(open) = self.streams.remove(&stream) else { return };
        self.held = self.held.saturating_sub(open.weight());
        if self.lowest.is_some_and(|lowest| open.first_frame() <= lowest) {
            self.lowest = self.streams.values().map(Open::first_frame).min();
        }
        let mut slot = open.slot;
        if slot.is_handed_out {
            return;
        }
        // What can't be read may have been sent all the same.
        slot.cut |= matches!(slot.request, Half::Absent) && self.from_client.has_lost();
        if let Some(exchange) = slot.exchange(self.ends, self.cutting, self.from_server.has_lost()) {
            cx.hand_out(exchange);
        }
    }
}

fn saw(lowest: &mut Option<FrameNo>, frame: FrameNo) {
    *lowest = Some(lowest.map_or(frame, |lowest| lowest.min(frame)));
}
