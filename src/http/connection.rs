//! One connection: which response answers which request.

use super::building::{Built, Typed};
use super::exchange::{BodyEnd, Exchange, HttpMessage, Interest, OneWay, RequestLine, StartLine};
use super::framing::{self, Framing, has};
use super::h2::Http2;
use super::head::Want;
use super::pending::Place;
use super::reader::{Problems, Stats};
use super::slot::{Ends, Half, Method, Slot};
use super::stream::{Out, Stream};
use crate::base::{FrameNo, Limits, ProblemKind};
use crate::net::{CloseReason, Endpoint, FlowDirection, FlowId, SecuredBy};
use std::collections::VecDeque;

/// What a connection works with and writes to.
pub(super) struct Context<'a> {
    pub(super) interest: Interest,
    pub(super) one_way: OneWay,
    pub(super) sink: &'a mut dyn FnMut(Exchange),
    pub(super) stats: &'a mut Stats,
    pub(super) problems: &'a mut Problems,
}

impl Context<'_> {
    pub(super) fn hand_out(&mut self, exchange: Exchange) {
        self.stats.exchanges = self.stats.exchanges.saturating_add(1);
        if kept(exchange.request.as_ref()) || kept(exchange.response.as_ref()) {
            self.stats.interesting = self.stats.interesting.saturating_add(1);
        }
        (self.sink)(exchange);
    }

    /// Hands out an exchange whose request has just become complete, where its response is of no interest.
    pub(super) fn hand_out_ahead(&mut self, slot: &mut Slot, ends: Ends) {
        let Half::Done(request) = &slot.request else { return };
        if request.end != BodyEnd::Complete || !(self.one_way.head)(&request.headers) {
            return;
        }
        let exchange = slot.ahead(ends);
        if let Some(exchange) = exchange.filter(|exchange| (self.one_way.whole)(exchange)) {
            slot.is_handed_out = true;
            self.hand_out(exchange);
        }
    }

    /// Says when the body of a message that has ended was larger than what is kept.
    pub(super) fn report_limit<L>(
        &mut self,
        client: Endpoint,
        server: Endpoint,
        message: &HttpMessage<L>,
        place: Place,
    ) {
        if message.end == BodyEnd::Limit {
            let (transferred, kept) = (message.transferred, message.body.len());
            self.problems.push(
                ProblemKind::BodyLimit,
                place.frame,
                format_args!("{client} to {server}: a body has {transferred} octets; only the first {kept} were kept"),
            );
        }
    }
}

/// Whether a connection is still worth listening to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Verdict {
    Keep,
    /// It is no HTTP.
    Drop,
}

/// One connection. Small, since there are many: what is large is in its streams' pending octets and bodies.
#[derive(Debug)]
pub(super) struct Connection {
    flow: FlowId,
    client: Endpoint,
    server: Endpoint,
    to_server: Stream,
    to_client: Stream,
    /// The direction of requests, once known.
    requests: Option<FlowDirection>,
    /// The direction of requests can't turn out to be the other one.
    sure: bool,
    /// Something of HTTP was seen since the connection, or the tunnel in it, began.
    established: bool,
    /// HTTP was seen at any time.
    was_http: bool,
    heard: bool,
    /// Requests were sent before the response to the one before.
    pipelined: bool,
    /// No response comes any more.
    responses_ended: bool,
    /// The capture ends, or the connection is given up.
    cutting: bool,
    /// What comes was encrypted on the wire.
    tls: Option<SecuredBy>,
    slots: VecDeque<Slot>,
    slots_weight: usize,
    /// Responses to come whose requests were handed out already.
    orphans: u64,
    ordinal: u64,
    /// Octets of it are missing: what answers what is told by the frames as well as by the order.
    is_lossy: bool,
    /// What took over when HTTP/2 began.
    http2: Option<Box<Http2>>,
}

impl Connection {
    pub(super) fn new(flow: FlowId, client: Endpoint, server: Endpoint, mid_stream: bool) -> Self {
        Self {
            flow,
            client,
            server,
            to_server: Stream::new(mid_stream),
            to_client: Stream::new(mid_stream),
            requests: None,
            sure: false,
            established: false,
            was_http: false,
            heard: false,
            pipelined: false,
            responses_ended: false,
            cutting: false,
            tls: None,
            slots: VecDeque::new(),
            slots_weight: 0,
            orphans: 0,
            ordinal: 0,
            is_lossy: false,
            http2: None,
        }
    }

    /// The lowest frame of anything that was begun and not handed out.
    pub(super) fn first_frame(&self) -> Option<FrameNo> {
        if let Some(http2) = &self.http2 {
            return http2.first_frame();
        }
        let slots = self.slots.front().map(|slot| slot.first);
        [slots, self.to_server.first_frame(), self.to_client.first_frame()].into_iter().flatten().min()
    }

    /// Octets held in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        if let Some(http2) = &self.http2 {
            return http2.weight();
        }
        self.slots_weight.saturating_add(self.to_server.weight()).saturating_add(self.to_client.weight())
    }

    fn stream(&mut self, direction: FlowDirection) -> &mut Stream {
        match direction {
            FlowDirection::ToServer => &mut self.to_server,
            FlowDirection::ToClient => &mut self.to_client,
        }
    }

    fn want(&self, direction: FlowDirection) -> Want {
        match self.requests {
            Some(requests) if self.sure && requests == direction => Want::Request,
            Some(_) if self.sure => Want::Response,
            _ => Want::Either,
        }
    }

    /// What follows was encrypted on the wire.
    pub(super) fn secured(&mut self, by: SecuredBy) {
        self.tls = Some(by);
    }

    /// Octets of one direction.
    pub(super) fn data(
        &mut self,
        direction: FlowDirection,
        bytes: &[u8],
        place: Place,
        cx: &mut Context<'_>,
    ) -> Verdict {
        self.heard = true;
        if let Some(http2) = &mut self.http2 {
            return http2.data(direction, bytes, place, cx);
        }
        if self.requests == Some(direction) {
            self.doubt_body(direction);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let want = self.want(direction);
            let (taken, out) = self.stream(direction).step(rest, place, want, cx.interest);
            rest = rest.get(taken..).unwrap_or_default();
            match out {
                Out::More => {}
                Out::Lost { tls } => {
                    if self.lost(direction, tls, place, cx) == Verdict::Drop {
                        return Verdict::Drop;
                    }
                }
                Out::Replay(pending) => {
                    // No second replay begins in here: the body that it belongs to is settled.
                    for (piece, at) in pending.pieces() {
                        if self.data(direction, piece, at, cx) == Verdict::Drop {
                            return Verdict::Drop;
                        }
                    }
                }
                Out::Http2 { client } => {
                    let requests = if client { direction } else { direction.reverse() };
                    if self.go_over(requests, None, cx) == Verdict::Drop {
                        return Verdict::Drop;
                    }
                }
                out => self.take(direction, out, None, place, cx),
            }
            if let Some(http2) = &mut self.http2 {
                return http2.data(direction, rest, place, cx);
            }
        }
        Verdict::Keep
    }

    /// HTTP/2 begins, with a request that asked for it in HTTP/1.1 or of itself.
    fn go_over(&mut self, requests: FlowDirection, request: Option<Slot>, cx: &mut Context<'_>) -> Verdict {
        self.emit_all(cx);
        self.requests = Some(requests);
        let mut http2 = Box::new(Http2::new(self.ends(), requests, self.ordinal, self.was_http, self.tls));
        if let Some(slot) = request {
            http2.upgraded(slot);
        }
        for direction in [requests, requests.reverse()] {
            let pending = self.stream(direction).take_pending();
            for (piece, place) in pending.pieces() {
                if http2.data(direction, piece, place, cx) == Verdict::Drop {
                    return Verdict::Drop;
                }
            }
        }
        self.http2 = Some(http2);
        Verdict::Keep
    }

    /// Whether tables are held that no exchange of its own accounts for.
    pub(super) fn is_http2(&self) -> bool {
        self.http2.is_some()
    }

    /// Lets everything go that HTTP/2 holds.
    pub(super) fn let_go(&mut self, place: Place, cx: &mut Context<'_>) {
        let (client, server) = (self.client, self.server);
        let Some(http2) = &mut self.http2 else { return };
        http2.let_go(place, cx);
        cx.problems.push(
            ProblemKind::BufferLimit,
            place.frame,
            format_args!(
                "{client} to {server}: over {} octets are held for open exchanges; what follows on this connection is not read",
                Limits::OPEN_EXCHANGES
            ),
        );
    }

    fn ends(&self) -> Ends {
        let (client, server) = match self.requests.unwrap_or(FlowDirection::ToServer) {
            FlowDirection::ToServer => (self.client, self.server),
            FlowDirection::ToClient => (self.server, self.client),
        };
        Ends { flow: self.flow, client, server }
    }

    /// Something that is no start line stands where one should.
    fn lost(&mut self, direction: FlowDirection, tls: bool, place: Place, cx: &mut Context<'_>) -> Verdict {
        let tunnel = self.requests == Some(direction)
            && self.slots.iter().any(|slot| slot.method == Method::Connect && !matches!(slot.response, Half::Done(_)));
        if tunnel {
            // The client did not wait for the proxy's word.
            self.stream(direction).deafen();
            return Verdict::Keep;
        }
        if !self.established && (tls || !self.stream(direction).has_gap()) {
            if tls {
                cx.stats.tls = cx.stats.tls.saturating_add(1);
            } else {
                cx.stats.unknown = cx.stats.unknown.saturating_add(u64::from(!self.was_http));
            }
            self.emit_all(cx);
            return Verdict::Drop;
        }
        if !self.stream(direction).has_gap() {
            self.report_lost(place, "what follows a message is no start line", cx);
        }
        Verdict::Keep
    }

    fn report_lost(&self, place: Place, what: &str, cx: &mut Context<'_>) {
        let (client, server) = (self.client, self.server);
        cx.problems.push(
            ProblemKind::BadHttp,
            place.frame,
            format_args!("{client} to {server}: {what}; octets were skipped up to the next start line"),
        );
    }

    /// A head or a message that a stream handed out. `cut` for a head that is not whole: whether for a gap.
    fn take(&mut self, direction: FlowDirection, out: Out, cut: Option<bool>, place: Place, cx: &mut Context<'_>) {
        match out {
            Out::Head => {
                let request = match self.stream(direction).building().map(|building| &building.message().line) {
                    Some(StartLine::Request(_)) => true,
                    Some(StartLine::Response(_)) => false,
                    None => return,
                };
                if !self.settle_roles(direction, request, cx) {
                    return;
                }
                let next = if request {
                    self.request_head(direction, cut, place, cx)
                } else {
                    self.response_head(direction, cut, cx)
                };
                if let Some(Out::Done(built, lost)) = next {
                    self.done(direction, *built, lost, place, cx);
                }
            }
            Out::Done(built, lost) => self.done(direction, *built, lost, place, cx),
            Out::More | Out::Lost { .. } | Out::Replay(_) | Out::Http2 { .. } => {}
        }
    }

    /// Learns from a head which direction carries the requests; whether the head is of the right kind.
    fn settle_roles(&mut self, direction: FlowDirection, request: bool, cx: &mut Context<'_>) -> bool {
        let requests = if request { direction } else { direction.reverse() };
        if self.requests.is_some_and(|known| known != requests) {
            if self.sure {
                self.stream(direction).search();
                return false;
            }
            // What was taken for a start line in the middle of a connection was part of a body.
            self.cutting = true;
            self.emit_all(cx);
            self.cutting = false;
            self.stream(direction.reverse()).search();
        }
        self.requests = Some(requests);
        if !self.sure && !self.stream(direction).has_gap() {
            self.settle(requests);
        }
        self.established = true;
        if !self.was_http {
            self.was_http = true;
            cx.stats.http = cx.stats.http.saturating_add(1);
        }
        true
    }

    /// The direction of requests is certain from now on.
    fn settle(&mut self, requests: FlowDirection) {
        self.sure = true;
        self.requests = Some(requests);
        self.stream(requests).refit(Want::Request);
        self.stream(requests.reverse()).refit(Want::Response);
    }

    fn request_head(
        &mut self,
        direction: FlowDirection,
        cut: Option<bool>,
        place: Place,
        cx: &mut Context<'_>,
    ) -> Option<Out> {
        self.end_endless_response(direction.reverse(), place, cx);
        let after_gap = self.stream(direction.reverse()).has_gap();
        let after_gap = self.stream(direction).take_gap() || after_gap;
        self.is_lossy |= after_gap;
        let building = self.stream(direction).building()?;
        let method = match &building.message().line {
            StartLine::Request(line) if line.method.eq_ignore_ascii_case("HEAD") => Method::Head,
            StartLine::Request(line) if line.method.eq_ignore_ascii_case("CONNECT") => Method::Connect,
            _ => Method::Other,
        };
        let first = building.first_frame();
        self.give_up_requests(Some(first), cx);
        self.take_back_response(first);
        let building = self.stream(direction).building()?;
        let (headers, anomalies) = building.split();
        let framing = framing::of_request(headers, anomalies);
        // The response to a head of which the beginning is here may come before its end.
        let coming = self.slots.iter().position(|slot| matches!(slot.request, Half::Coming));
        // Where it was held back for octets that never came, its response was here first.
        let awaited = self.slots.iter().position(|slot| slot.awaits_request && slot.first > first);
        let last = self.slots.len().checked_sub(1);
        let slot = coming.or(awaited).or(last).and_then(|at| self.slots.get_mut(at));
        match slot.filter(|slot| slot.awaits_request || matches!(slot.request, Half::Coming)) {
            Some(slot) => {
                slot.awaits_request = false;
                slot.request = Half::Open;
                slot.method = method;
                slot.after_gap |= after_gap;
                slot.first = slot.first.min(first);
            }
            None => {
                if self.slots.len() >= Limits::HTTP_PIPELINE {
                    self.drop_oldest(place, cx);
                }
                let slot = self.slot(Half::Open, method, after_gap, first);
                self.slots.push_back(slot);
            }
        }
        let Some(gap) = cut else {
            let out = self.stream(direction).begin_body(framing, cx.interest);
            self.doubt_body(direction);
            return out;
        };
        self.stream(direction).end_head(gap, cx.interest)
    }

    /// A client that does not pipeline asks again only when it has its answer: what began to come after this request is no answer to
    /// one before it, whatever octets that are missing made of it. The request before it stays without one.
    fn take_back_response(&mut self, first: FrameNo) {
        if !self.is_lossy || self.pipelined {
            return;
        }
        let is_wrong = |slot: &Slot| {
            slot.first < first
                && slot.answered.is_some_and(|answered| answered > first)
                && !matches!(slot.request, Half::Absent | Half::Coming)
        };
        let Some(at) = self.slots.iter().position(is_wrong) else { return };
        let Some(slot) = self.slots.get_mut(at) else { return };
        let answered = slot.answered.take();
        let response = std::mem::replace(&mut slot.response, Half::Absent);
        slot.cut = true;
        let mut own = self.slot(Half::Absent, Method::Other, true, answered.unwrap_or(first));
        (own.response, own.answered, own.awaits_request) = (response, answered, true);
        self.slots.insert(at.saturating_add(1), own);
    }

    /// The requests of responses that are already here are not in the capture: those of responses that began before a frame,
    /// where one is given, else all.
    fn give_up_requests(&mut self, before: Option<FrameNo>, cx: &mut Context<'_>) {
        for slot in &mut self.slots {
            if slot.awaits_request && before.is_none_or(|before| slot.first < before) {
                (slot.awaits_request, slot.after_gap) = (false, true);
            }
        }
        self.emit_ready(cx);
    }

    /// A client that has its answer may keep the body that it announced to itself.
    fn doubt_body(&mut self, direction: FlowDirection) {
        let answered =
            |slot: &Slot| matches!(slot.request, Half::Open) && matches!(slot.response, Half::Open | Half::Done(_));
        if self.slots.back().is_some_and(answered) {
            self.stream(direction).doubt_body();
        }
    }

    fn slot(&mut self, request: Half<RequestLine>, method: Method, after_gap: bool, first: FrameNo) -> Slot {
        let ordinal = self.ordinal;
        self.ordinal = ordinal.saturating_add(1);
        Slot {
            ordinal,
            request,
            response: Half::Absent,
            method,
            after_gap,
            cut: false,
            tls: self.tls,
            orphan: false,
            awaits_request: false,
            is_handed_out: false,
            answered: None,
            first,
            weight: 0,
        }
    }

    /// More requests wait than any client sends ahead. Where the responses are not in the capture at all, this is how
    /// requests are handed out.
    fn drop_oldest(&mut self, place: Place, cx: &mut Context<'_>) {
        let Some(mut slot) = self.slots.pop_front() else { return };
        if self.orphans == 0 {
            let (client, server) = (self.client, self.server);
            cx.problems.push(
                ProblemKind::BufferLimit,
                place.frame,
                format_args!(
                    "{client} to {server}: {} requests wait for a response; the oldest are reported without one",
                    Limits::HTTP_PIPELINE
                ),
            );
        }
        self.orphans = self.orphans.saturating_add(1);
        slot.cut = true;
        self.emit(slot, cx);
    }

    /// A client that does not pipeline asks again only when it has its answer. So a response that seemed to go on until
    /// the connection closes, though nobody said that it will, has ended (it may have answered a HEAD that was not
    /// captured).
    fn end_endless_response(&mut self, direction: FlowDirection, place: Place, cx: &mut Context<'_>) {
        let pipelined = self.pipelined;
        let stream = self.stream(direction);
        let stays = stream.building().is_some_and(|building| building.keeps_alive());
        if pipelined || !stays || !stream.is_endless() {
            return;
        }
        if let Some(out) = stream.end_endless(cx.interest) {
            self.take(direction, out, None, place, cx);
        }
    }

    fn response_head(&mut self, direction: FlowDirection, cut: Option<bool>, cx: &mut Context<'_>) -> Option<Out> {
        let stream = self.stream(direction);
        let StartLine::Response(line) = &stream.building()?.message().line else { return None };
        let status = line.status;
        if (100..200).contains(&status) && status != 101 {
            if cut.is_some() {
                let _ = stream.end_head(true, cx.interest);
            } else {
                stream.discard();
            }
            return None;
        }
        let after_gap = stream.take_gap();
        self.is_lossy |= after_gap;
        let first = self.stream(direction).building()?.first_frame();
        if self.stream(direction.reverse()).has_gap() {
            // What was missing will not come, nor did a request after it.
            self.give_up_requests(None, cx);
        }
        let method = self.choose_slot(direction, after_gap, first, cx);
        let building = self.stream(direction).building()?;
        let bodiless = match method {
            Method::Head => true,
            Method::Connect => (200..300).contains(&status),
            Method::Other => false,
        } || matches!(status, 101 | 204 | 304);
        let framing = if bodiless {
            Framing::None
        } else {
            let (headers, anomalies) = building.split();
            framing::of_response(headers, anomalies)
        };
        match cut {
            Some(gap) => self.stream(direction).end_head(gap, cx.interest),
            None => self.stream(direction).begin_body(framing, cx.interest),
        }
    }

    /// Finds the exchange to which the response that begins belongs, and says its method.
    fn choose_slot(
        &mut self,
        direction: FlowDirection,
        after_gap: bool,
        first: FrameNo,
        cx: &mut Context<'_>,
    ) -> Method {
        // Octets that are missing may hold a response back until later requests are here, which it can't answer.
        let is_lossy = self.is_lossy || after_gap;
        let is_later = |slot: &Slot| is_lossy && slot.first > first && !matches!(slot.request, Half::Absent);
        let waits = |slot: &Slot| matches!(slot.response, Half::Absent);
        let waiting = self.slots.iter().filter(|slot| waits(slot) && !is_later(slot)).count();
        if after_gap {
            self.orphans = 0;
        }
        if is_lossy {
            if !self.pipelined {
                // A client that does not pipeline had its answers to all but the last: they are what is missing.
                for _ in 1..waiting {
                    let Some(at) = self.slots.iter().position(waits) else { break };
                    if let Some(mut slot) = self.slots.remove(at) {
                        slot.cut = true;
                        self.emit(slot, cx);
                    }
                }
            }
        } else if waiting > 1 {
            self.pipelined = true;
        }
        let orphan = self.orphans > 0;
        let at = self.slots.iter().position(waits).filter(|_| !orphan);
        if let Some((at, slot)) = at.and_then(|at| Some((at, self.slots.get_mut(at)?))) {
            if is_later(slot) {
                let mut own = self.slot(Half::Absent, Method::Other, true, first);
                (own.response, own.answered) = (Half::Open, Some(first));
                self.slots.insert(at, own);
                return Method::Other;
            }
            (slot.response, slot.answered) = (Half::Open, Some(first));
            slot.after_gap |= after_gap;
            return slot.method;
        }
        // There is one head that has begun: the request of a second response is behind it.
        let has_coming = self.slots.iter().any(|slot| matches!(slot.request, Half::Coming));
        let coming = !orphan && !has_coming && self.stream(direction.reverse()).has_partial_head();
        let request = if coming { Half::Coming } else { Half::Absent };
        let request_lost = self.stream(direction.reverse()).has_gap();
        let after_gap = after_gap || request_lost;
        let mut slot = self.slot(request, Method::Other, after_gap, first);
        (slot.response, slot.answered) = (Half::Open, Some(first));
        // Nobody answers what was not sent: the request is on its way behind octets that are missing. Even where some of them
        // were given up already, others may hold it back still.
        slot.awaits_request = self.sure && !coming && !orphan && self.slots.len() < Limits::HTTP_PIPELINE;
        if orphan {
            self.orphans = self.orphans.saturating_sub(1);
            slot.orphan = true;
            self.slots.push_front(slot);
        } else {
            self.slots.push_back(slot);
        }
        Method::Other
    }

    fn done(
        &mut self,
        direction: FlowDirection,
        built: Built,
        lost: Option<&'static str>,
        place: Place,
        cx: &mut Context<'_>,
    ) {
        if let Some(what) = lost {
            self.report_lost(place, what, cx);
        }
        cx.report_limit(self.client, self.server, &built.message, place);
        let (weight, gapped) = (built.weight(), built.gapped);
        let ends = self.ends();
        let mut tunnel = None;
        let slot = match built.typed() {
            Typed::Request(message) => {
                let slot = self.slots.iter_mut().rev().find(|slot| matches!(slot.request, Half::Open));
                let Some(slot) = slot else { return };
                slot.request = Half::Done(message);
                cx.hand_out_ahead(slot, ends);
                slot
            }
            Typed::Response(message) => {
                let at = self.slots.iter().position(|slot| matches!(slot.response, Half::Open));
                let Some(at) = at else { return };
                let status = message.line.status;
                let upgraded = status == 101 && has(&message.headers, "upgrade", "h2c");
                if upgraded && self.slots.get(at).is_some_and(|slot| matches!(slot.request, Half::Done(_))) {
                    let slot = self.slots.remove(at);
                    self.slots_weight = self.slots_weight.saturating_sub(slot.as_ref().map_or(0, |slot| slot.weight));
                    // What the client has sent already says whether it is dropped, with the octets that follow.
                    let _ = self.go_over(direction.reverse(), slot, cx);
                    return;
                }
                let Some(slot) = self.slots.get_mut(at) else { return };
                if slot.method == Method::Connect || status == 101 {
                    tunnel = Some(status == 101 || (200..300).contains(&status));
                }
                slot.response = Half::Done(message);
                slot
            }
        };
        slot.cut |= gapped;
        slot.weight = slot.weight.saturating_add(weight);
        let both = matches!((&slot.request, &slot.response), (Half::Done(_), Half::Done(_)));
        self.slots_weight = self.slots_weight.saturating_add(weight);
        if let Some(requests) = self.requests.filter(|_| both && !gapped && !self.sure) {
            self.settle(requests);
        }
        self.emit_ready(cx);
        if let Some(opened) = tunnel {
            self.tunnel(direction.reverse(), opened);
        }
    }

    /// The response to a CONNECT, or the switch to another protocol.
    fn tunnel(&mut self, requests: FlowDirection, opened: bool) {
        let deaf = self.stream(requests).is_deaf();
        if opened && deaf {
            self.stream(requests.reverse()).deafen();
        } else if opened {
            // Plain HTTP may be inside; anything else is let go by its first octets.
            self.established = false;
            self.to_server.begin_anew();
            self.to_client.begin_anew();
        } else if deaf && !self.cutting {
            self.stream(requests).search();
        }
    }

    /// Octets of one direction that the capture does not have.
    pub(super) fn gap(&mut self, direction: FlowDirection, length: Option<u64>, place: Place, cx: &mut Context<'_>) {
        if let Some(http2) = &mut self.http2 {
            return http2.gap(direction, length, place, cx);
        }
        if length == Some(0) {
            return;
        }
        self.is_lossy = true;
        let (out, torn) = self.stream(direction).lose(length, place, cx.interest);
        if let Some(out) = out {
            self.take(direction, out, Some(true), place, cx);
        }
        if torn {
            self.stream(direction).mark_gap();
        }
        self.forget_coming(direction, true);
        self.emit_ready(cx);
    }

    /// A request whose head never became readable.
    fn forget_coming(&mut self, direction: FlowDirection, gap: bool) {
        if self.requests != Some(direction) {
            return;
        }
        for slot in self.slots.iter_mut().filter(|slot| matches!(slot.request, Half::Coming)) {
            slot.request = Half::Absent;
            slot.cut |= gap;
        }
    }

    /// One end sends no more.
    pub(super) fn half_close(&mut self, direction: FlowDirection, place: Place, cx: &mut Context<'_>) {
        if let Some(http2) = &mut self.http2 {
            return http2.half_close(direction, place, cx);
        }
        self.end_stream(direction, true, place, cx);
        self.responses_ended |= self.requests == Some(direction.reverse());
        self.emit_ready(cx);
    }

    fn end_stream(&mut self, direction: FlowDirection, orderly: bool, place: Place, cx: &mut Context<'_>) {
        if let Some(out) = self.stream(direction).end(orderly, place, cx.interest) {
            self.take(direction, out, Some(false), place, cx);
        }
        self.forget_coming(direction, false);
    }

    /// Nothing more comes.
    pub(super) fn close(&mut self, reason: CloseReason, place: Place, cx: &mut Context<'_>) {
        if let Some(http2) = &mut self.http2 {
            return http2.close(reason, place, cx);
        }
        self.end(reason, place, cx);
        if self.heard && !self.was_http {
            cx.stats.unknown = cx.stats.unknown.saturating_add(1);
        }
    }

    fn end(&mut self, reason: CloseReason, place: Place, cx: &mut Context<'_>) {
        self.cutting = matches!(reason, CloseReason::Reopened | CloseReason::Evicted | CloseReason::EndOfCapture);
        let requests = self.requests.unwrap_or(FlowDirection::ToServer);
        let orderly = reason == CloseReason::Finished;
        self.end_stream(requests, orderly, place, cx);
        self.end_stream(requests.reverse(), orderly, place, cx);
        self.emit_all(cx);
    }

    /// Hands out everything and begins anew, as if the connection were seen from its middle.
    pub(super) fn give_up(&mut self, place: Place, cx: &mut Context<'_>) {
        if let Some(http2) = &mut self.http2 {
            http2.give_up(place, cx);
        } else {
            self.end(CloseReason::Evicted, place, cx);
            self.cutting = false;
            self.orphans = 0;
            self.to_server.search();
            self.to_client.search();
        }
        let (client, server) = (self.client, self.server);
        cx.problems.push(
            ProblemKind::BufferLimit,
            place.frame,
            format_args!(
                "{client} to {server}: over {} octets wait for their exchange to end; the one open longest was given up",
                Limits::OPEN_EXCHANGES
            ),
        );
    }

    fn emit_ready(&mut self, cx: &mut Context<'_>) {
        while let Some(slot) = self.slots.front() {
            let ready = match (&slot.request, &slot.response) {
                (Half::Absent, Half::Done(_)) => !slot.awaits_request,
                (Half::Done(_), Half::Done(_)) => true,
                (Half::Done(_), Half::Absent) => self.responses_ended,
                _ => false,
            };
            if !ready {
                return;
            }
            if let Some(slot) = self.slots.pop_front() {
                self.emit(slot, cx);
            }
        }
    }

    fn emit_all(&mut self, cx: &mut Context<'_>) {
        while let Some(slot) = self.slots.pop_front() {
            self.emit(slot, cx);
        }
    }

    fn emit(&mut self, slot: Slot, cx: &mut Context<'_>) {
        self.slots_weight = self.slots_weight.saturating_sub(slot.weight);
        if slot.is_handed_out {
            return;
        }
        let requests = self.requests.unwrap_or(FlowDirection::ToServer);
        let ends = self.ends();
        let responses_lost = self.stream(requests.reverse()).has_gap();
        let Some(exchange) = slot.exchange(ends, self.cutting, responses_lost) else { return };
        cx.hand_out(exchange);
    }
}

fn kept<L>(message: Option<&HttpMessage<L>>) -> bool {
    message.is_some_and(|message| !message.body.is_empty() && message.end != BodyEnd::NotKept)
}
