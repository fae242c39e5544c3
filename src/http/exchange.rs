//! One request and its response.

use crate::base::{FrameNo, Timestamp};
use crate::net::{Endpoint, FlowId, SecuredBy};
use std::fmt;

/// One header line, as sent: name and value are raw octets without the surrounding white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name, in the case in which it was sent.
    pub name: Box<[u8]>,
    /// The value; folded lines are joined by one blank.
    pub value: Box<[u8]>,
}

/// The version of HTTP in which a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpVersion {
    /// HTTP/1.x; HTTP/0.9, which has no word for it, is taken for 1.0.
    Http1 {
        /// The digit after the point.
        minor: u8,
    },
    /// HTTP/2.
    Http2,
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http1 { minor } => write!(f, "HTTP/1.{minor}"),
            Self::Http2 => f.write_str("HTTP/2"),
        }
    }
}

/// The first line of a request; of HTTP/2, what its pseudo headers say (RFC 9113, section 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The method, as sent.
    pub method: String,
    /// The request target as sent: a path, an absolute URI (forward proxy), or an authority (CONNECT).
    pub target: String,
    /// The version.
    pub version: HttpVersion,
}

/// The first line of a response; of HTTP/2, what its pseudo header says (RFC 9113, section 8.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseLine {
    /// The status code, 100–999.
    pub status: u16,
    /// The reason phrase, lossily decoded; empty in HTTP/2, which has none.
    pub reason: String,
    /// The version.
    pub version: HttpVersion,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// All octets that the head promised are here (or there is no body).
    Complete,
    /// The connection or the capture ended first; so many octets are missing, where that is known.
    Truncated {
        /// Missing octets.
        missing: Option<u64>,
    },
    /// Octets inside it are missing from the capture: what is here is not one piece.
    Gap,
    /// It was longer than [`Limits::BODY`](crate::base::Limits::BODY); the rest was not kept.
    Limit,
    /// Nobody was interested in it; its octets were not kept.
    NotKept,
}

/// A content coding that was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentCoding {
    /// gzip (RFC 1952).
    Gzip,
    /// deflate, in a zlib wrapper (RFC 1950) or raw (RFC 1951): both are sent.
    Deflate,
}

/// What was odd about an HTTP message that was still understood. Offsets count from the start of the message; in HTTP/2,
/// in the list that its header block unfolds to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anomaly {
    /// A header line began with a blank: a folded header, obsolete since RFC 7230, section 3.2.4.
    Folded {
        /// Offset of the line.
        offset: u32,
    },
    /// A blank stood between the header name and the colon (RFC 9112, section 5.1).
    BlankBeforeColon {
        /// Offset of the line.
        offset: u32,
    },
    /// A header line without a colon.
    NoColon {
        /// Offset of the line.
        offset: u32,
    },
    /// A control character, NUL among them, in a header value.
    ControlInValue {
        /// Offset of the line.
        offset: u32,
    },
    /// Lines ended with LF alone.
    BareLineFeed {
        /// Offset of the first such line's end.
        offset: u32,
    },
    /// A start line that follows no grammar but was understood (method in lower case, several blanks, no version; in
    /// HTTP/2, pseudo headers that are missing or in the wrong place).
    StartLine {
        /// What was odd.
        what: &'static str,
    },
    /// More header lines than are kept.
    TooManyHeaders,
    /// Several Content-Length headers with different values; the first was taken.
    ConflictingLengths,
    /// A Content-Length that is no number or does not fit into 63 bits.
    BadLength,
    /// In HTTP/2, where frames say how long a body is, Content-Length says something else (RFC 9113, section 8.1.1).
    LengthDiffers {
        /// What Content-Length says.
        said: u64,
        /// Octets that were sent.
        sent: u64,
    },
    /// The sender ended the connection in order before it had sent what Content-Length promises.
    ShortOfLength {
        /// Octets that are missing.
        missing: u64,
    },
    /// Content-Length beside Transfer-Encoding (RFC 9112, section 6.3); the latter was taken.
    LengthAndChunked,
    /// A chunk size that is no number or does not fit, or a chunk that does not end where its size says; the body ends
    /// here and what follows was skipped up to the next start line.
    BadChunk {
        /// Octets of body before it.
        offset: u64,
    },
    /// A transfer coding other than chunked.
    UnknownTransferCoding,
    /// A content coding that dmscope does not undo.
    UnknownContentCoding,
    /// A content coding that could not be undone.
    BrokenContentCoding,
    /// The decoded body would pass the ceiling.
    ContentCodingLimit,
    /// Octets between two messages that belong to neither; so many were skipped.
    Garbage {
        /// Skipped octets.
        octets: u64,
    },
    /// A response that no captured request asked for.
    Unsolicited,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folded { offset } => write!(f, "a folded header line at octet {offset}"),
            Self::BlankBeforeColon { offset } => {
                write!(f, "a blank before the colon of the header line at octet {offset}")
            }
            Self::NoColon { offset } => write!(f, "a header line without a colon at octet {offset}"),
            Self::ControlInValue { offset } => write!(f, "a control character in the header line at octet {offset}"),
            Self::BareLineFeed { offset } => write!(f, "lines that end with LF alone, from octet {offset} on"),
            Self::StartLine { what } => write!(f, "an odd start line ({what})"),
            Self::TooManyHeaders => f.write_str("more header lines than are kept"),
            Self::ConflictingLengths => {
                f.write_str("several Content-Length with different values; the first was taken")
            }
            Self::BadLength => f.write_str("a Content-Length that is no number"),
            Self::LengthDiffers { said, sent } => {
                write!(f, "Content-Length says {said} octets, and {sent} were sent")
            }
            Self::ShortOfLength { missing } => {
                write!(
                    f,
                    "the sender ended the connection {missing} octets before the end that Content-Length promises"
                )
            }
            Self::LengthAndChunked => f.write_str("Content-Length beside Transfer-Encoding; the latter was taken"),
            Self::BadChunk { offset } => write!(f, "a chunk size that is no number, after {offset} octets of body"),
            Self::UnknownTransferCoding => f.write_str("a transfer coding other than chunked"),
            Self::UnknownContentCoding => f.write_str("a content coding that is not known; the body was left as it is"),
            Self::BrokenContentCoding => f.write_str("a content coding that could not be undone to its end"),
            Self::ContentCodingLimit => f.write_str("a content coding that unfolds to more than is kept"),
            Self::Garbage { octets } => write!(f, "{octets} octets between two messages that belong to neither"),
            Self::Unsolicited => f.write_str("a response whose request was not captured"),
        }
    }
}

/// The first line of an HTTP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartLine {
    /// Of a request.
    Request(RequestLine),
    /// Of a response.
    Response(ResponseLine),
}

/// One HTTP request or response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpMessage<L> {
    /// Its first line.
    pub line: L,
    /// Its header lines in order; trailers of a chunked body follow at the end.
    pub headers: Vec<Header>,
    /// The entity body after transfer and content coding were removed.
    pub body: Vec<u8>,
    /// Octets of the body as transferred, before content coding was removed and after transfer coding was.
    pub transferred: u64,
    /// How the body ended.
    pub end: BodyEnd,
    /// Whether its sender came to the end that the head, the last chunk or the closing of the connection marks, whatever of the
    /// body was kept; not where nobody knows how many of its octets the capture lacks.
    pub was_sent_whole: bool,
    /// The content coding that was undone.
    pub coding: Option<ContentCoding>,
    /// Frames that carried it, ascending, each once. Of a body that was not kept, or not as a whole, those up to the
    /// point where it was given up.
    pub frames: Vec<FrameNo>,
    /// Time of its first octet.
    pub started: Timestamp,
    /// Time of its last octet.
    pub ended: Timestamp,
    /// What was odd about it.
    pub anomalies: Vec<Anomaly>,
}

impl<L> HttpMessage<L> {
    /// The first header of that name (compared without case), white space trimmed; `None` when absent or not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name.as_bytes()))
            .and_then(|header| std::str::from_utf8(&header.value).ok())
            .map(str::trim)
    }
}

/// One request and the response to it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The connection.
    pub flow: FlowId,
    /// The end that sent the request.
    pub client: Endpoint,
    /// The end that answered.
    pub server: Endpoint,
    /// Position on the connection, from 0: two exchanges of one connection never share it. In HTTP/2, exchanges may be
    /// handed out in another order.
    pub ordinal: u64,
    /// The request; `None` for a response whose request was not captured.
    pub request: Option<HttpMessage<RequestLine>>,
    /// The final response (1xx are dropped); `None` when none was captured.
    pub response: Option<HttpMessage<ResponseLine>>,
    /// Whether it came out of TLS.
    pub tls: bool,
    /// Under which version and cipher suite; `None` where it did not come out of TLS, or nothing tells.
    pub secured: Option<SecuredBy>,
    /// Octets of this connection (either direction) are missing from the capture between the previous exchange and this
    /// one, or it is the first exchange of a connection seen from its middle: exchanges before it may be missing.
    pub after_gap: bool,
    /// The capture, not a peer, left it incomplete: octets inside it are missing, or the capture ended (or dmscope let go
    /// of the connection) before it was complete. What is absent here may have been sent all the same.
    pub cut: bool,
}

/// Which requests say all that there is to say, so that they are handed out as soon as they are whole, and their responses not at
/// all: what comes later may depend on them, and many are never answered.
#[derive(Debug, Clone, Copy)]
pub struct OneWay {
    /// Whether one may be such a request, by its headers.
    pub head: fn(&[Header]) -> bool,
    /// Whether it is one, of an exchange that has no response yet.
    pub whole: fn(&Exchange) -> bool,
}

impl OneWay {
    /// No request is.
    pub(super) const NONE: Self = Self { head: |_| false, whole: |_| false };
}

/// Says, from a message's head and the first octets of its body (possibly none yet), whether the body is worth keeping.
pub type Interest = fn(headers: &[Header], first: &[u8]) -> bool;
