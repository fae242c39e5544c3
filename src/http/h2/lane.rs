//! One direction of a connection: octets to frames.

use super::frame::{Frame, HEADER, Kind, PREFACE};
use super::hpack::Hpack;
use crate::base::{FrameNo, Limits};
use crate::http::pending::{Pending, Place};

/// Where a direction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many octets of the preface are here.
    Preface(usize),
    /// Before a frame, or in its header.
    Header,
    /// In the payload of a frame.
    Payload(Frame),
    /// Where frames begin is not known, or nothing comes.
    Deaf,
}

/// A header block under way, or whole.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) stream: u32,
    pub(super) end_stream: bool,
    /// It heads a response that the server pushes.
    pub(super) promise: bool,
    octets: Vec<u8>,
    places: Vec<Place>,
    /// Why it can't be read.
    unreadable: Option<String>,
    /// Octets on the wire, with the headers of frames: empty frames count as well.
    cost: usize,
}

impl Block {
    fn touch(&mut self, place: Place) {
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
    }

    /// Counts octets; past the ceiling nothing of the block is kept.
    fn cost(&mut self, octets: usize) {
        self.cost = self.cost.saturating_add(octets);
        if self.cost > Limits::HTTP_HEAD {
            self.octets = Vec::new();
            self.places.truncate(1);
            self.spoil(|| format!("a header block has more than {} octets", Limits::HTTP_HEAD));
        }
    }

    fn spoil(&mut self, why: impl FnOnce() -> String) {
        self.unreadable.get_or_insert_with(why);
    }

    fn push(&mut self, bytes: &[u8], place: Place) {
        self.cost(bytes.len());
        if self.unreadable.is_none() {
            self.octets.extend_from_slice(bytes);
            self.touch(place);
        }
    }

    /// Where it stood.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.places.iter().copied()
    }

    fn weight(&self) -> usize {
        self.octets.len().saturating_add(self.places.len().saturating_mul(size_of::<Place>()))
    }

    fn first_frame(&self) -> Option<FrameNo> {
        self.places.iter().map(|place| place.frame).min()
    }
}

/// What a step came to.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// Nothing that matters to anybody.
    More,
    /// The octets are no preface.
    NotHttp2,
    /// The preface, or the first frame of a server, is whole.
    Proven,
    /// A DATA frame has begun; [`Lane::header_places`] has where.
    DataBegins(u32),
    /// Content of a DATA frame.
    Content(u32, &'a [u8]),
    /// Octets of a DATA frame that are no content.
    Beside(u32),
    /// A DATA frame has ended.
    DataEnds {
        stream: u32,
        end_stream: bool,
        /// Its padding was longer than itself.
        malformed: bool,
    },
    /// A header block is whole.
    Block(Box<Block>),
    /// A stream was reset.
    Reset(u32),
    /// Frames are lost for good.
    Lost(&'static str),
}

/// What a gap has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Nothing that matters.
    Nothing,
    /// So many octets of the content of DATA.
    Body(u32, u64),
    /// A part of a header block.
    Head,
    /// Where the next frame begins.
    Frames,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Lane {
    state: State,
    /// The header of the frame.
    header: Pending,
    /// Frames were seen; the first must be SETTINGS.
    begun: bool,
    block: Option<Box<Block>>,
    hpack: Hpack,
    /// Header blocks can be read.
    readable: bool,
    /// Octets are missing that heads may have been in.
    gap: bool,
    /// Messages may have been sent that will not be handed out.
    lost: bool,
}

impl Lane {
    /// The direction of the client, which begins with the preface, or that of the server.
    pub(super) fn new(client: bool) -> Self {
        Self {
            state: if client { State::Preface(0) } else { State::Header },
            header: Pending::default(),
            begun: false,
            block: None,
            hpack: Hpack::new(),
            readable: true,
            gap: false,
            lost: false,
        }
    }

    /// Takes octets from the front of `bytes`: how many, and what came of it. It is to be called again until it neither
    /// takes nor says anything, also when no octets are left: a frame may end where it began.
    pub(super) fn step<'a>(&mut self, bytes: &'a [u8], place: Place) -> (usize, Event<'a>) {
        match self.state {
            State::Preface(matched) => self.preface(bytes, matched),
            State::Header => self.header(bytes, place),
            State::Payload(frame) => self.payload(bytes, place, frame),
            State::Deaf => (bytes.len(), Event::More),
        }
    }

    fn preface(&mut self, bytes: &[u8], matched: usize) -> (usize, Event<'static>) {
        let expected = PREFACE.get(matched..).unwrap_or_default();
        let shared = expected.len().min(bytes.len());
        if bytes.get(..shared) != expected.get(..shared) {
            return (bytes.len(), Event::NotHttp2);
        }
        if shared < expected.len() {
            self.state = State::Preface(matched.saturating_add(shared));
            return (shared, Event::More);
        }
        self.state = State::Header;
        (shared, Event::Proven)
    }

    fn header(&mut self, bytes: &[u8], place: Place) -> (usize, Event<'static>) {
        let wanted = HEADER.saturating_sub(self.header.len()).min(bytes.len());
        self.header.push(bytes.get(..wanted).unwrap_or_default(), place);
        let Some(frame) = Frame::parse(self.header.bytes()) else { return (wanted, Event::More) };
        if !self.begun && frame.kind != Kind::Settings {
            self.deafen();
            return (
                wanted,
                Event::Lost("it does not begin with SETTINGS; what follows in this direction can't be read"),
            );
        }
        self.begun = true;
        self.state = State::Payload(frame);
        match frame.kind {
            Kind::Data => return (wanted, Event::DataBegins(frame.stream)),
            Kind::Headers | Kind::PushPromise => self.begin_block(&frame),
            Kind::Continuation => self.go_on_with_block(&frame),
            Kind::ResetStream | Kind::Settings | Kind::Other => {}
        }
        (wanted, Event::More)
    }

    fn begin_block(&mut self, frame: &Frame) {
        let unfinished = self.block.take().is_some();
        let mut block = Box::new(Block {
            stream: frame.stream,
            end_stream: frame.end_stream,
            promise: frame.kind == Kind::PushPromise,
            octets: Vec::new(),
            places: Vec::new(),
            unreadable: None,
            cost: HEADER,
        });
        if unfinished {
            block.spoil(|| "the header block before it was not finished".to_owned());
        }
        self.header.places().for_each(|place| block.touch(place));
        self.block = Some(block);
    }

    fn go_on_with_block(&mut self, frame: &Frame) {
        if let Some(block) = self.block.as_deref_mut().filter(|block| block.stream == frame.stream) {
            block.cost(HEADER);
            if block.unreadable.is_none() {
                self.header.places().for_each(|place| block.touch(place));
            }
        } else {
            // What it continues is not here.
            self.begin_block(frame);
            if let Some(block) = &mut self.block {
                block.spoil(|| "a CONTINUATION continues nothing".to_owned());
                // No stream: it heads no message.
                block.stream = 0;
            }
        }
    }

    fn payload<'a>(&mut self, bytes: &'a [u8], place: Place, mut frame: Frame) -> (usize, Event<'a>) {
        if frame.left() == 0 {
            return (0, self.end_of_frame(frame));
        }
        let [first, ..] = bytes else { return (0, Event::More) };
        let content = frame.prefix == 0 && frame.content > 0;
        if frame.padded {
            frame.prefix = frame.prefix.saturating_sub(1);
            frame.pad(u32::from(*first));
            self.state = State::Payload(frame);
            return (1, self.beside(&frame, place));
        }
        let part = if frame.prefix > 0 {
            &mut frame.prefix
        } else if content {
            &mut frame.content
        } else {
            &mut frame.padding
        };
        let taken = bytes.len().min(*part as usize);
        *part = part.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX));
        self.state = State::Payload(frame);
        if !content {
            return (taken, self.beside(&frame, place));
        }
        let bytes = bytes.get(..taken).unwrap_or_default();
        if frame.kind == Kind::Data {
            return (taken, Event::Content(frame.stream, bytes));
        }
        if let Some(block) = self.block.as_deref_mut().filter(|_| frame.is_block()) {
            block.push(bytes, place);
        }
        (taken, Event::More)
    }

    /// Octets of a frame that are no content of it.
    fn beside(&mut self, frame: &Frame, place: Place) -> Event<'static> {
        if frame.kind == Kind::Data {
            return Event::Beside(frame.stream);
        }
        if let Some(block) = self.block.as_deref_mut().filter(|block| frame.is_block() && block.unreadable.is_none()) {
            block.touch(place);
        }
        Event::More
    }

    fn end_of_frame(&mut self, frame: Frame) -> Event<'static> {
        self.header.clear();
        self.state = State::Header;
        match frame.kind {
            Kind::Data => {
                Event::DataEnds { stream: frame.stream, end_stream: frame.end_stream, malformed: frame.malformed }
            }
            Kind::Headers | Kind::PushPromise | Kind::Continuation => {
                let Some(block) = &mut self.block else { return Event::More };
                if frame.malformed {
                    block.spoil(|| "the frame of a header block is shorter than what it must hold".to_owned());
                }
                match self.block.take_if(|_| frame.end_headers) {
                    Some(block) => Event::Block(block),
                    None => Event::More,
                }
            }
            Kind::ResetStream => Event::Reset(frame.stream),
            Kind::Settings | Kind::Other => Event::More,
        }
    }

    /// Reads a header block; every one must come here, for those after it. An error says why it, and with it those that
    /// follow, can't be read; nothing, when that was said already.
    pub(super) fn decode(&mut self, block: &Block, each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Option<String>> {
        if !self.readable {
            return Err(None);
        }
        let why = match &block.unreadable {
            Some(why) => why.clone(),
            None => match self.hpack.decode(&block.octets, each) {
                Ok(()) => return Ok(()),
                Err(error) => format!("a header block can't be read: {error}"),
            },
        };
        self.unread();
        Err(Some(why))
    }

    /// No header block can be read any more; whether one could before.
    fn unread(&mut self) -> bool {
        self.lost = true;
        self.hpack = Hpack::new();
        std::mem::replace(&mut self.readable, false)
    }

    /// Octets were sent and are not in the capture; `None` when it is not known how many.
    pub(super) fn lose(&mut self, length: Option<u64>) -> Taken {
        let State::Payload(mut frame) = self.state else {
            return if self.state == State::Deaf { Taken::Nothing } else { Taken::Frames };
        };
        let Some(length) = length.filter(|length| *length <= frame.left()) else { return Taken::Frames };
        let is_unsure = frame.padded;
        if is_unsure {
            // Where the content ends is not known any more, and nobody is at fault.
            frame.padded = false;
            frame.spoil();
            frame.malformed = false;
        }
        let mut left = u32::try_from(length).unwrap_or(u32::MAX);
        let mut content = 0;
        for (part, counts) in [(&mut frame.prefix, false), (&mut frame.content, true), (&mut frame.padding, false)] {
            let taken = left.min(*part);
            *part = part.saturating_sub(taken);
            left = left.saturating_sub(taken);
            content = if counts { taken } else { content };
        }
        self.state = State::Payload(frame);
        match frame.kind {
            Kind::Data if content > 0 || is_unsure => Taken::Body(frame.stream, u64::from(content)),
            Kind::Headers | Kind::PushPromise | Kind::Continuation => {
                self.gap = true;
                if let Some(block) = &mut self.block {
                    block.spoil(|| "octets of a header block are missing from the capture".to_owned());
                }
                Taken::Head
            }
            _ => Taken::Nothing,
        }
    }

    /// Messages of this direction may be missing, for a gap in the capture or for another reason.
    pub(super) const fn mark_lost(&mut self, gap: bool) {
        self.gap |= gap;
        self.lost = true;
    }

    /// No octet of this direction is looked at any more.
    pub(super) fn deafen(&mut self) {
        self.state = State::Deaf;
        self.header.clear();
        self.block = None;
        self.hpack = Hpack::new();
    }

    /// Lets an unfinished header block go, and with it all that follow; whether there was one.
    pub(super) fn drop_block(&mut self) -> bool {
        if let Some(block) = &mut self.block {
            block.octets = Vec::new();
            block.places = Vec::new();
            block.spoil(String::new);
            return self.unread();
        }
        false
    }

    /// Whether no message begins here any more.
    pub(super) fn is_deaf(&self) -> bool {
        self.state == State::Deaf
    }

    /// Whether messages may have been sent in this direction that will not be handed out.
    pub(super) const fn has_lost(&self) -> bool {
        self.lost
    }

    pub(super) const fn has_gap(&self) -> bool {
        self.gap
    }

    /// Where the header of the frame stood.
    pub(super) fn header_places(&self) -> impl Iterator<Item = Place> {
        self.header.places()
    }

    /// The lowest frame of a head under way.
    pub(super) fn first_frame(&self) -> Option<FrameNo> {
        self.block.as_ref().and_then(|block| block.first_frame())
    }

    /// Octets held in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.hpack.weight().saturating_add(self.block.as_ref().map_or(0, |block| block.weight()))
    }
}
