//! A message under way: its head is known, its body arrives.

use super::coding::{self, Coded};
use super::exchange::{
    Anomaly, BodyEnd, Header, HttpMessage, HttpVersion, Interest, RequestLine, ResponseLine, StartLine,
};
use super::framing::has;
use super::head::{Head, note};
use super::pending::Place;
use crate::base::{FrameNo, Limits, Timestamp};

/// Octets of a body from which its worth is judged.
const FIRST: usize = 64;

/// Whether the body is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Too few octets are here.
    Undecided,
    Yes,
    No,
}

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As its head promised.
    Complete,
    /// Too early; so many octets are missing, where that is known.
    Truncated(Option<u64>),
    /// In octets that the capture does not have.
    Gap,
}

/// A message whose head is complete.
#[derive(Debug)]
pub(super) struct Building {
    /// The message so far; `end`, `was_sent_whole` and `coding` are set when it ends.
    message: HttpMessage<StartLine>,
    keep: Keep,
    gapped: bool,
    /// Nobody knows how many octets were sent.
    is_uncounted: bool,
    over_limit: bool,
    /// Octets of its head; in HTTP/2, where it unfolds to many times what was sent, those in memory.
    head: usize,
    /// The lowest of its frames so far.
    lowest: FrameNo,
    /// Its body has begun for certain.
    settled: bool,
}

/// A message that has ended.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) message: HttpMessage<StartLine>,
    /// Octets inside it are not in the capture.
    pub(super) gapped: bool,
}

/// Octets that headers hold in memory.
pub(super) fn weigh(headers: &[Header]) -> usize {
    headers.iter().fold(0, |sum, Header { name, value }| {
        sum.saturating_add(name.len()).saturating_add(value.len()).saturating_add(size_of::<Header>())
    })
}

/// A message that has ended, by its kind.
#[derive(Debug)]
pub(super) enum Typed {
    Request(HttpMessage<RequestLine>),
    Response(HttpMessage<ResponseLine>),
}

impl Built {
    /// Octets that it holds in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let frames = self.message.frames.len().saturating_mul(size_of::<FrameNo>());
        self.message.body.len().saturating_add(frames).saturating_add(weigh(&self.message.headers))
    }

    pub(super) fn typed(self) -> Typed {
        let HttpMessage {
            line,
            headers,
            body,
            transferred,
            end,
            was_sent_whole,
            coding,
            frames,
            started,
            ended,
            anomalies,
        } = self.message;
        macro_rules! message {
            ($line:expr) => {
                HttpMessage {
                    line: $line,
                    headers,
                    body,
                    transferred,
                    end,
                    was_sent_whole,
                    coding,
                    frames,
                    started,
                    ended,
                    anomalies,
                }
            };
        }
        match line {
            StartLine::Request(line) => Typed::Request(message!(line)),
            StartLine::Response(line) => Typed::Response(message!(line)),
        }
    }
}

impl Building {
    pub(super) fn new(head: Head, octets: usize, places: impl Iterator<Item = Place>, last: Place) -> Self {
        let mut frames: Vec<FrameNo> = Vec::new();
        let mut started: Option<Timestamp> = None;
        for place in places {
            started.get_or_insert(place.time);
            frames.push(place.frame);
        }
        if frames.last() != Some(&last.frame) {
            frames.push(last.frame);
        }
        let lowest = frames.iter().min().copied().unwrap_or(last.frame);
        let message = HttpMessage {
            line: head.line,
            headers: head.headers,
            body: Vec::new(),
            transferred: 0,
            end: BodyEnd::Complete,
            was_sent_whole: false,
            coding: None,
            frames,
            started: started.unwrap_or(last.time),
            ended: last.time,
            anomalies: head.anomalies,
        };
        Self {
            message,
            keep: Keep::Undecided,
            gapped: false,
            is_uncounted: false,
            over_limit: false,
            head: octets,
            lowest,
            settled: false,
        }
    }

    pub(super) fn message(&self) -> &HttpMessage<StartLine> {
        &self.message
    }

    pub(super) fn note(&mut self, anomaly: Anomaly) {
        note(&mut self.message.anomalies, anomaly);
    }

    pub(super) fn has(&self, anomaly: &Anomaly) -> bool {
        self.message.anomalies.contains(anomaly)
    }

    /// The headers, and where to note what is odd about them.
    pub(super) fn split(&mut self) -> (&mut Vec<Header>, &mut Vec<Anomaly>) {
        (&mut self.message.headers, &mut self.message.anomalies)
    }

    /// Adds headers behind the head, and what they weigh.
    pub(super) fn trail(&mut self, add: impl FnOnce(&mut Vec<Header>, &mut Vec<Anomaly>)) {
        let before = weigh(&self.message.headers);
        add(&mut self.message.headers, &mut self.message.anomalies);
        let more = weigh(&self.message.headers).saturating_sub(before);
        self.head = self.head.saturating_add(more);
    }

    /// A body follows. What it is can't be seen through a content coding, so that the head alone decides.
    pub(super) fn expect_body(&mut self, interest: Interest) {
        if coding::named(&self.message.headers) != Coded::No {
            self.decide(interest(&self.message.headers, &[]));
        }
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    pub(super) fn expects_continue(&self) -> bool {
        !self.settled && has(&self.message.headers, "expect", "100-continue")
    }

    /// The body has begun.
    pub(super) const fn settle(&mut self) {
        self.settled = true;
    }

    /// Whether the connection is to stay open after this message, as far as its head says (RFC 9112, section 9.3).
    pub(super) fn keeps_alive(&self) -> bool {
        let headers = &self.message.headers;
        let version = match &self.message.line {
            StartLine::Request(line) => line.version,
            StartLine::Response(line) => line.version,
        };
        let stays = version > HttpVersion::Http1 { minor: 0 };
        !has(headers, "connection", "close") && (stays || has(headers, "connection", "keep-alive"))
    }

    fn decide(&mut self, keep: bool) {
        self.keep = if keep { Keep::Yes } else { Keep::No };
        if !keep {
            self.message.body = Vec::new();
        }
    }

    /// Octets of the message that are none of its body: chunk lines, trailers, the end of an overlong head.
    pub(super) fn touch(&mut self, place: Place) {
        self.message.ended = place.time;
        let counts = self.keep != Keep::No && !self.over_limit;
        if counts && self.message.frames.last() != Some(&place.frame) {
            self.message.frames.push(place.frame);
            self.lowest = self.lowest.min(place.frame);
        }
    }

    /// Octets of the body.
    pub(super) fn append(&mut self, bytes: &[u8], place: Place, interest: Interest) {
        self.message.transferred = self.message.transferred.saturating_add(bytes.len() as u64);
        self.touch(place);
        let mut rest = bytes;
        match self.keep {
            // What stands behind a hole may belong anywhere: joined to what is before it, it would say what nobody sent.
            _ if self.gapped => return,
            Keep::No => return,
            Keep::Undecided => {
                let wanted = FIRST.saturating_sub(self.message.body.len());
                let (first, after) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
                if first.len() < wanted {
                    self.message.body.extend_from_slice(first);
                    return;
                }
                if self.message.body.is_empty() {
                    self.decide(interest(&self.message.headers, first));
                } else {
                    self.message.body.extend_from_slice(first);
                    self.decide(interest(&self.message.headers, &self.message.body));
                    rest = after;
                }
                if self.keep == Keep::No {
                    return;
                }
            }
            Keep::Yes => {}
        }
        let room = Limits::BODY.saturating_sub(self.message.body.len());
        if rest.len() > room {
            self.over_limit = true;
        }
        self.message.body.extend_from_slice(rest.get(..rest.len().min(room)).unwrap_or_default());
    }

    /// Octets of the body that were sent and are not in the capture; 0 when it is not known how many.
    pub(super) fn skip(&mut self, octets: u64) {
        self.message.transferred = self.message.transferred.saturating_add(octets);
        self.gapped = true;
        self.is_uncounted |= octets == 0;
    }

    /// Octets that it holds in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let frames = self.message.frames.len().saturating_mul(size_of::<FrameNo>());
        self.message.body.len().saturating_add(self.head).saturating_add(frames)
    }

    /// Whether `transferred` says how many octets were sent.
    pub(super) const fn is_counted(&self) -> bool {
        !self.is_uncounted
    }

    /// The lowest of its frames so far.
    pub(super) const fn first_frame(&self) -> FrameNo {
        self.lowest
    }

    /// Ends the message.
    pub(super) fn finish(mut self, ending: Ending, interest: Interest) -> Built {
        if self.keep == Keep::Undecided && !self.message.body.is_empty() {
            self.decide(interest(&self.message.headers, &self.message.body));
        }
        let gapped = self.gapped || ending == Ending::Gap;
        self.message.was_sent_whole = ending == Ending::Complete && !self.is_uncounted;
        self.message.end = match ending {
            _ if self.keep == Keep::No => BodyEnd::NotKept,
            _ if gapped => BodyEnd::Gap,
            Ending::Truncated(missing) => BodyEnd::Truncated { missing },
            _ if self.over_limit => BodyEnd::Limit,
            Ending::Complete | Ending::Gap => BodyEnd::Complete,
        };
        // Segments that came out of order stand in frames out of order.
        if !self.message.frames.is_sorted() {
            self.message.frames.sort_unstable();
        }
        self.message.frames.dedup();
        Built { message: self.message, gapped }
    }
}

/// Undoes the content coding of a message that has ended. That a body which is not whole can't be decoded to its end is
/// no oddity of its own.
pub(super) fn decode<L>(message: &mut HttpMessage<L>) {
    if message.body.is_empty() || message.end == BodyEnd::NotKept {
        return;
    }
    let coding = match coding::named(&message.headers) {
        Coded::No => return,
        Coded::Unknown => return note(&mut message.anomalies, Anomaly::UnknownContentCoding),
        Coded::Yes(coding) => coding,
    };
    let whole = message.end == BodyEnd::Complete;
    match coding::undo(coding, &message.body) {
        None if !whole => {}
        None => note(&mut message.anomalies, Anomaly::BrokenContentCoding),
        Some(decoded) => {
            message.body = decoded.body;
            message.coding = Some(coding);
            if let Some(anomaly) = decoded.anomaly.filter(|anomaly| whole || *anomaly != Anomaly::BrokenContentCoding) {
                note(&mut message.anomalies, anomaly);
            }
        }
    }
}
