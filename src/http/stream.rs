//! One direction of a connection: octets to messages.
//!
//! The stream knows where messages begin and end; which response answers which request, and with it whether a response
//! has a body, the connection knows. [`Stream::step`] therefore stops after each head and goes on when
//! [`Stream::begin_body`] has said what follows.

mod body;

use super::building::{Building, Built, Ending};
use super::exchange::{Anomaly, Interest, StartLine};
use super::framing::Framing;
use super::head::{self, Carry, Probe, Want};
use super::pending::{Pending, Place};
use super::resync;
use crate::base::{FrameNo, Limits};

/// Where a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between messages; what is pending may be a start line.
    Start,
    /// In a head whose start line is known; the value is what its unfinished line is.
    Head(Carry),
    /// In the rest of a head that is longer than what is kept.
    LongHead(Carry),
    /// A head was handed out; nothing is read before its framing is known.
    Framing,
    /// In a body.
    Body(Body),
    /// A body may begin, but the peer may also have given it up (`Expect: 100-continue`).
    Doubt(Body),
    /// Framing is lost; the next start line is searched for.
    Resync,
    /// What comes is no HTTP, or nothing comes.
    Deaf,
}

/// Where in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// So many octets are to come.
    Length(u64),
    /// In the size line of a chunk.
    ChunkSize,
    /// So many octets of a chunk are to come.
    ChunkData(u64),
    /// In the line end after a chunk.
    ChunkEnd,
    /// In the trailers, or at the blank line after the last chunk.
    Trailer {
        /// What the unfinished line is.
        carry: Carry,
        /// Whether it is the first after the last chunk.
        first: bool,
    },
    /// Until the connection is closed.
    UntilClose,
}

/// What a step came to.
#[derive(Debug)]
pub(super) enum Out {
    /// Nothing yet; go on with the octets that are left, if any.
    More,
    /// A head is complete: [`Stream::building`] has it, and [`Stream::begin_body`] or [`Stream::discard`] must follow.
    Head,
    /// A message has ended. With a text, framing was lost in it.
    Done(Box<Built>, Option<&'static str>),
    /// Framing was lost between messages: what is here is no start line. Whether it looks like TLS.
    Lost {
        /// A TLS record begins here.
        tls: bool,
    },
    /// HTTP/2 begins here, as said by its client or by its server: [`Stream::take_pending`] has its first octets.
    Http2 {
        /// Whether it was the client.
        client: bool,
    },
    /// What was pending in doubt belongs to the body; it must be given again.
    Replay(Pending),
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Stream {
    state: State,
    pending: Pending,
    building: Option<Box<Building>>,
    /// Octets skipped since the last message.
    garbage: u64,
    /// Octets were lost to the capture since the last message, or it was seen from its middle.
    gap: bool,
    /// A message was seen, so that its rest may stand before the next.
    seen: bool,
}

impl Stream {
    pub(super) fn new(mid_stream: bool) -> Self {
        Self {
            state: State::Start,
            pending: Pending::default(),
            building: None,
            garbage: 0,
            gap: mid_stream,
            seen: false,
        }
    }

    pub(super) fn building(&mut self) -> Option<&mut Building> {
        self.building.as_deref_mut()
    }

    /// Whether octets were lost to the capture since the last message of this direction.
    pub(super) const fn has_gap(&self) -> bool {
        self.gap
    }

    /// Whether the start of a message is here, but not all of its head.
    pub(super) fn has_partial_head(&self) -> bool {
        match self.state {
            State::Start | State::Head(_) => !self.pending.is_empty(),
            State::LongHead(_) => true,
            _ => false,
        }
    }

    /// Whether anything was begun and is not handed out: its lowest frame.
    pub(super) fn first_frame(&self) -> Option<FrameNo> {
        let pending = if self.has_partial_head() { self.pending.lowest() } else { None };
        let building = self.building.as_ref().map(|building| building.first_frame());
        match (pending, building) {
            (Some(pending), Some(building)) => Some(pending.min(building)),
            (pending, building) => pending.or(building),
        }
    }

    /// Octets held in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.pending.len().saturating_add(self.building.as_ref().map_or(0, |building| building.weight()))
    }

    /// Whether a response body goes on until the connection closes though no head said that it will close.
    pub(super) fn is_endless(&self) -> bool {
        self.state == State::Body(Body::UntilClose)
    }

    /// Takes octets from the front of `bytes`, which is not empty: how many, and what came of it. A step that takes none
    /// changes the state, and no two such steps follow each other more than a few times.
    pub(super) fn step(&mut self, bytes: &[u8], place: Place, want: Want, interest: Interest) -> (usize, Out) {
        match self.state {
            State::Start => self.start(bytes, place, want),
            State::Head(carry) => self.head(bytes, place, carry),
            State::LongHead(carry) => self.long_head(bytes, place, carry),
            State::Framing | State::Deaf => (bytes.len(), Out::More),
            State::Body(body) => self.body(bytes, place, body, want, interest),
            State::Doubt(body) => self.doubt(bytes, place, body, interest),
            State::Resync => self.resync(bytes, place, want),
        }
    }

    fn start(&mut self, bytes: &[u8], place: Place, want: Want) -> (usize, Out) {
        if self.pending.is_empty() {
            // RFC 9112, section 2.2: empty lines before a request line are ignored.
            let blank = bytes.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
            if blank > 0 {
                return (blank, Out::More);
            }
        }
        let glued = self.seen || self.gap;
        let (consumed, probe) = if self.pending.is_empty() {
            let line = resync::line(bytes).unwrap_or(bytes.len());
            let line = bytes.get(..line).unwrap_or_default();
            match head::probe(line, 0, want, glued) {
                Probe::Http => (0, Probe::Http),
                probe => {
                    self.pending.push(line, place);
                    (line.len(), probe)
                }
            }
        } else {
            let (consumed, judged) = self.extend_line(bytes, place);
            (consumed, head::probe(self.pending.bytes(), judged, want, glued))
        };
        match probe {
            Probe::More => (consumed, Out::More),
            Probe::Http => {
                // What is pending ends inside the start line, or with its LF.
                let at_line_end = self.pending.bytes().ends_with(b"\n");
                self.state = State::Head(if at_line_end { Carry::Empty } else { Carry::Text });
                (consumed, Out::More)
            }
            probe @ (Probe::Http2 | Probe::Http2Server) => (consumed, Out::Http2 { client: probe == Probe::Http2 }),
            Probe::Tls | Probe::No => {
                self.state = State::Resync;
                // What begins here is no start line, so that the search begins one octet later.
                self.skip_pending(1);
                self.search_pending(want);
                (consumed, Out::Lost { tls: probe == Probe::Tls })
            }
        }
    }

    /// Adds to the pending line up to its LF: octets taken, and octets that were pending before.
    fn extend_line(&mut self, bytes: &[u8], place: Place) -> (usize, usize) {
        let before = self.pending.len();
        if self.pending.bytes().ends_with(b"\n") {
            return (0, 0);
        }
        let line = resync::line(bytes).unwrap_or(bytes.len());
        self.pending.push(bytes.get(..line).unwrap_or_default(), place);
        (line, before)
    }

    fn head(&mut self, bytes: &[u8], place: Place, carry: Carry) -> (usize, Out) {
        let found = head::blank_line(carry, bytes);
        let length = found.unwrap_or(bytes.len());
        let room = Limits::HTTP_HEAD.saturating_sub(self.pending.len());
        if length > room {
            self.pending.push(bytes.get(..room).unwrap_or_default(), place);
            // What is cut inside a line is no header.
            let whole = memchr::memrchr(b'\n', self.pending.bytes()).map_or(0, |at| at.saturating_add(1));
            if !self.build(whole, place) {
                self.state = State::Resync;
                return (room, Out::Lost { tls: false });
            }
            self.note_overlong();
            self.pending.clear();
            let carry = head::blank_line(carry, bytes.get(..room).unwrap_or_default()).err().unwrap_or(Carry::Text);
            self.state = State::LongHead(carry);
            return (room, Out::More);
        }
        match found {
            Err(carry) => {
                self.pending.push(bytes, place);
                self.state = State::Head(carry);
                (bytes.len(), Out::More)
            }
            Ok(length) => {
                let bytes = bytes.get(..length).unwrap_or_default();
                let built = if self.pending.is_empty() {
                    self.build_from(bytes, place)
                } else {
                    self.pending.push(bytes, place);
                    let built = self.build(self.pending.len(), place);
                    self.pending.clear();
                    built
                };
                self.state = if built { State::Framing } else { State::Resync };
                (length, if built { Out::Head } else { Out::Lost { tls: false } })
            }
        }
    }

    /// Begins a message from the first `length` pending octets.
    fn build(&mut self, length: usize, place: Place) -> bool {
        let Some(head) = self.pending.bytes().get(..length).and_then(head::parse) else { return false };
        let building = Building::new(head, length, self.pending.places(), place);
        self.begin(building);
        true
    }

    fn build_from(&mut self, bytes: &[u8], place: Place) -> bool {
        let Some(head) = head::parse(bytes) else { return false };
        self.begin(Building::new(head, bytes.len(), [place].into_iter(), place));
        true
    }

    fn begin(&mut self, mut building: Building) {
        if self.garbage > 0 && !self.gap {
            building.note(Anomaly::Garbage { octets: self.garbage });
        }
        self.garbage = 0;
        self.seen = true;
        self.building = Some(Box::new(building));
    }

    fn long_head(&mut self, bytes: &[u8], place: Place, carry: Carry) -> (usize, Out) {
        match head::blank_line(carry, bytes) {
            Err(carry) => {
                self.state = State::LongHead(carry);
                (bytes.len(), Out::More)
            }
            Ok(length) => {
                if let Some(building) = self.building() {
                    building.touch(place);
                }
                self.state = State::Framing;
                (length, Out::Head)
            }
        }
    }

    fn note_overlong(&mut self) {
        if let Some(building) = self.building().filter(|building| !building.has(&Anomaly::TooManyHeaders)) {
            building.note(Anomaly::TooManyHeaders);
        }
    }

    /// Takes the gap flag: the message that begins is the first after it.
    pub(super) fn take_gap(&mut self) -> bool {
        std::mem::take(&mut self.gap)
    }

    /// Says what follows the head that was handed out. The message, when nothing does.
    pub(super) fn begin_body(&mut self, framing: Framing, interest: Interest) -> Option<Out> {
        let body = match framing {
            Framing::None | Framing::Length(0) => {
                self.state = State::Start;
                return self.finish(Ending::Complete, interest, None);
            }
            Framing::Unknown => {
                self.state = State::Resync;
                let lost = Some("the length of a request body can't be known");
                return self.finish(Ending::Truncated(None), interest, lost);
            }
            Framing::Length(length) => Body::Length(length),
            Framing::Chunked => Body::ChunkSize,
            Framing::UntilClose => Body::UntilClose,
        };
        self.state = State::Body(body);
        if let Some(building) = self.building() {
            building.expect_body(interest);
        }
        None
    }

    /// Forgets the head that was handed out (an interim response); the next message may begin.
    pub(super) fn discard(&mut self) {
        self.building = None;
        self.state = State::Start;
    }

    fn resync(&mut self, bytes: &[u8], place: Place, want: Want) -> (usize, Out) {
        if !self.pending.is_empty() {
            let (consumed, _) = self.extend_line(bytes, place);
            self.search_pending(want);
            return (consumed, Out::More);
        }
        if let Some(at) = resync::find(bytes, want) {
            self.garbage = self.garbage.saturating_add(at as u64);
            self.state = State::Start;
            return (at, Out::More);
        }
        let skipped = bytes.len().saturating_sub(resync::tail(bytes));
        self.garbage = self.garbage.saturating_add(skipped as u64);
        self.pending.push(bytes.get(skipped..).unwrap_or_default(), place);
        (bytes.len(), Out::More)
    }

    /// Goes on at the start line that is pending, or keeps only what may be one.
    fn search_pending(&mut self, want: Want) {
        let held = self.pending.bytes();
        if let Some(at) = resync::find(held, want) {
            self.skip_pending(at);
            self.state = State::Start;
        } else {
            let tail = resync::tail(held);
            self.skip_pending(held.len().saturating_sub(tail));
        }
    }

    fn skip_pending(&mut self, count: usize) {
        self.garbage = self.garbage.saturating_add(count as u64);
        self.pending.drop_front(count);
    }

    fn finish(&mut self, ending: Ending, interest: Interest, lost: Option<&'static str>) -> Option<Out> {
        self.building.take().map(|building| Out::Done(Box::new(building.finish(ending, interest)), lost))
    }

    /// Octets were sent and are not in the capture. What comes back: a message that ends here, or its head; and whether
    /// more than a part of one body may be missing, so that [`Stream::mark_gap`] is to follow.
    pub(super) fn lose(&mut self, length: Option<u64>, place: Place, interest: Interest) -> (Option<Out>, bool) {
        self.end_doubt(interest);
        if let State::Body(body) = self.state {
            let inside = match (body, length) {
                (Body::Length(left), Some(length)) => left.checked_sub(length).map(Body::Length),
                (Body::ChunkData(left), Some(length)) => left.checked_sub(length).map(Body::ChunkData),
                (Body::UntilClose, _) => Some(Body::UntilClose),
                _ => None,
            };
            if let Some(body) = inside {
                if let Some(building) = self.building() {
                    building.skip(length.unwrap_or(0));
                }
                match body {
                    Body::Length(0) => {
                        self.state = State::Start;
                        return (self.finish(Ending::Gap, interest, None), false);
                    }
                    Body::ChunkData(0) => self.state = State::Body(Body::ChunkEnd),
                    body => self.state = State::Body(body),
                }
                return (None, false);
            }
        }
        if self.state == State::Deaf {
            return (None, false);
        }
        let whole = self.state == State::Body(Body::Length(0));
        (self.cut(if whole { Ending::Complete } else { Ending::Gap }, place, interest), true)
    }

    /// Messages of this direction may be missing before the next one.
    pub(super) const fn mark_gap(&mut self) {
        self.gap = true;
    }

    /// Nothing more comes: what was begun ends. `orderly` when the sender said so.
    pub(super) fn end(&mut self, orderly: bool, place: Place, interest: Interest) -> Option<Out> {
        self.end_doubt(interest);
        let missing = match self.state {
            State::Body(Body::Length(left)) => Some(left),
            _ => None,
        };
        let complete = missing == Some(0) || (orderly && self.state == State::Body(Body::UntilClose));
        let ending = if complete { Ending::Complete } else { Ending::Truncated(missing) };
        if let (true, false, Some(missing), Some(building)) = (orderly, complete, missing, self.building()) {
            building.note(Anomaly::ShortOfLength { missing });
        }
        let out = self.cut(ending, place, interest);
        self.state = State::Deaf;
        out
    }

    /// Ends a message wherever it is. Of a head whose start line is here, a message is made: [`Out::Head`], to be ended
    /// by [`Stream::end_head`].
    fn cut(&mut self, ending: Ending, place: Place, interest: Interest) -> Option<Out> {
        let state = std::mem::replace(&mut self.state, State::Resync);
        let partial = match state {
            State::Head(_) => {
                let last = self.pending.places().last().unwrap_or(place);
                let whole = memchr::memrchr(b'\n', self.pending.bytes()).map_or(0, |at| at.saturating_add(1));
                self.build(whole, last)
            }
            // A start line that was found, with nothing after it yet.
            State::Start if self.pending.bytes().ends_with(b"\n") => {
                let last = self.pending.places().last().unwrap_or(place);
                self.build(self.pending.len(), last)
            }
            State::LongHead(_) => true,
            _ => false,
        };
        self.pending.clear();
        if partial { Some(Out::Head) } else { self.finish(ending, interest, None) }
    }

    /// Ends the message of a head that [`Stream::lose`] or [`Stream::end`] handed out.
    pub(super) fn end_head(&mut self, gap: bool, interest: Interest) -> Option<Out> {
        let ending = if gap { Ending::Gap } else { Ending::Truncated(None) };
        self.finish(ending, interest, None)
    }

    /// Ends a body that goes on until the connection closes, since the client took it for complete.
    pub(super) fn end_endless(&mut self, interest: Interest) -> Option<Out> {
        self.state = State::Resync;
        self.finish(Ending::Complete, interest, None)
    }

    /// The kind of message of this direction became certain: a head of the other kind that has begun is none.
    pub(super) fn refit(&mut self, want: Want) {
        match self.state {
            State::Start if self.pending.is_empty() => {}
            // Too little to tell. Without a gap before it, the next octets will tell.
            State::Start if !self.pending.bytes().ends_with(b"\n") && !self.gap => {}
            State::Start if !self.pending.bytes().ends_with(b"\n") => self.state = State::Resync,
            State::Start | State::Head(_) => {
                let response = head::status_of(self.pending.bytes()) == head::Status::Is;
                if !(if response { want.response() } else { want.request() }) {
                    let tail = resync::tail(self.pending.bytes());
                    self.skip_pending(self.pending.len().saturating_sub(tail));
                    self.state = State::Resync;
                }
            }
            State::LongHead(_) => {
                let response = self
                    .building
                    .as_ref()
                    .is_some_and(|building| matches!(building.message().line, StartLine::Response(_)));
                if !(if response { want.response() } else { want.request() }) {
                    self.search();
                }
            }
            _ => {}
        }
    }

    /// Whatever is held is let go, and a start line is searched for.
    pub(super) fn search(&mut self) {
        self.pending.clear();
        self.building = None;
        self.state = State::Resync;
        self.gap = true;
    }

    /// What follows has nothing to do with the messages before it.
    pub(super) const fn begin_anew(&mut self) {
        self.seen = false;
    }

    /// Octets of this direction that nothing was made of yet.
    pub(super) fn take_pending(&mut self) -> Pending {
        std::mem::take(&mut self.pending)
    }

    /// No octet of this direction is looked at any more.
    pub(super) fn deafen(&mut self) {
        self.pending.clear();
        self.state = State::Deaf;
    }

    pub(super) fn is_deaf(&self) -> bool {
        self.state == State::Deaf
    }
}
