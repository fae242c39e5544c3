//! The same reading for who speaks HTTP/1.x itself: heads, framing and content codings of octets from a socket.
//!
//! A listener must make sense of everything; who answers may refuse. So what [`Http`](super::Http) only notes is an error here
//! where two readers could disagree about where a message ends (RFC 9112, section 11.2).

use super::coding::{self, Coded};
use super::exchange::{Anomaly, Header, StartLine};
use super::framing::{self, Framing};
use super::head::{self, Carry};
use super::parts::content;
use crate::base::Limits;
use std::borrow::Cow;

/// A start line with its header lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveHead {
    /// The start line.
    pub line: StartLine,
    /// The header lines.
    pub headers: Vec<Header>,
}

/// Where the body of a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    None,
    /// After so many octets.
    Octets(u64),
    /// After the last chunk (RFC 9112, section 7.1).
    Chunked,
    /// Where the connection ends.
    UntilClose,
}

/// Why a message can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The first line is no start line of HTTP/1.x.
    #[error("this is no HTTP/1.x")]
    NotHttp,
    /// More header lines than [`Limits::HTTP_HEADERS`].
    #[error("the head has more than {} header lines", Limits::HTTP_HEADERS)]
    TooManyHeaders,
    /// Content-Length is no number, or there are several that differ.
    #[error("Content-Length is no number, or says two things")]
    BadLength,
    /// Both Content-Length and chunks.
    #[error("the head names both a Content-Length and chunks")]
    LengthAndChunked,
    /// A transfer coding other than `chunked`.
    #[error("the head names a transfer coding that is not known")]
    UnknownTransferCoding,
    /// A content coding other than gzip and deflate, or several.
    #[error("the head names a content coding that is not known")]
    UnknownContentCoding,
    /// The body is not in the content coding that the head names, or unfolds to more than [`Limits::DECODED_BODY`] octets.
    #[error("the body can't be unfolded from its content coding")]
    BadContentCoding,
}

/// Looks for the end of a head in octets that come piece by piece.
#[derive(Debug, Clone, Copy)]
pub struct HeadScan(Carry);

impl Default for HeadScan {
    fn default() -> Self {
        Self(Carry::Text)
    }
}

impl HeadScan {
    /// For what follows a whole line, such as the trailers of a chunked body: a blank line alone ends it.
    pub fn after_line() -> Self {
        Self(Carry::Empty)
    }

    /// Takes the next piece: the octets of it that belong to the head, its blank line included; `None` while the head goes
    /// on.
    pub fn piece(&mut self, octets: &[u8]) -> Option<usize> {
        match head::blank_line(self.0, octets) {
            Ok(length) => Some(length),
            Err(carry) => {
                self.0 = carry;
                None
            }
        }
    }
}

impl LiveHead {
    /// Reads a head.
    ///
    /// # Errors
    ///
    /// When its first line is no start line, or when there are too many header lines.
    pub fn read(octets: &[u8]) -> Result<Self, HeadError> {
        let head = head::parse(octets).ok_or(HeadError::NotHttp)?;
        if head.anomalies.iter().any(|anomaly| matches!(anomaly, Anomaly::TooManyHeaders)) {
            return Err(HeadError::TooManyHeaders);
        }
        Ok(Self { line: head.line, headers: head.headers })
    }

    /// The first header of that name, trimmed; `None` when absent or not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_bytes()))?;
        std::str::from_utf8(&header.value).ok().map(str::trim)
    }

    /// Whether a header that is a list has an element.
    pub fn lists(&self, name: &'static str, element: &str) -> bool {
        framing::has(&self.headers, name, element)
    }

    /// Where the body ends. Of a response, `bodiless` says that it has none whatever its head says (RFC 9110, section 6.4.1).
    ///
    /// # Errors
    ///
    /// When the head leaves room for doubt.
    pub fn body_length(&self, bodiless: bool) -> Result<BodyLength, HeadError> {
        let mut anomalies = Vec::new();
        let framing = match &self.line {
            StartLine::Response(_) if bodiless => return Ok(BodyLength::None),
            StartLine::Response(_) => framing::of_response(&self.headers, &mut anomalies),
            StartLine::Request(_) => framing::of_request(&self.headers, &mut anomalies),
        };
        match anomalies.first() {
            None => {}
            Some(Anomaly::LengthAndChunked) => return Err(HeadError::LengthAndChunked),
            Some(Anomaly::UnknownTransferCoding) => return Err(HeadError::UnknownTransferCoding),
            Some(_) => return Err(HeadError::BadLength),
        }
        Ok(match framing {
            Framing::None | Framing::Unknown => BodyLength::None,
            Framing::Length(octets) => BodyLength::Octets(octets),
            Framing::Chunked => BodyLength::Chunked,
            Framing::UntilClose => BodyLength::UntilClose,
        })
    }

    /// The body without its content coding.
    ///
    /// # Errors
    ///
    /// When the coding is not known, or the body is not in it.
    pub fn unfold(&self, body: Vec<u8>) -> Result<Vec<u8>, HeadError> {
        let decoded = match coding::named(&self.headers) {
            Coded::No => return Ok(body),
            Coded::Unknown => return Err(HeadError::UnknownContentCoding),
            Coded::Yes(_) => content(&self.headers, &body),
        };
        decoded.map(Cow::into_owned).ok_or(HeadError::BadContentCoding)
    }
}

/// The size in the line of a chunk, without its CR LF; `None` when it is none.
pub fn chunk_size(line: &[u8]) -> Option<u64> {
    framing::chunk_size(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(head: &str) -> Result<BodyLength, HeadError> {
        LiveHead::read(head.as_bytes())?.body_length(false)
    }

    #[test]
    fn a_head_that_leaves_no_doubt_gives_the_length_of_its_body() {
        let table = [
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", Ok(BodyLength::Octets(3))),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Ok(BodyLength::Chunked)),
            ("GET / HTTP/1.1\r\n\r\n", Ok(BodyLength::None)),
            ("HTTP/1.1 200 OK\r\n\r\n", Ok(BodyLength::UntilClose)),
            (
                "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                Err(HeadError::LengthAndChunked),
            ),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", Err(HeadError::BadLength)),
            ("POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", Err(HeadError::BadLength)),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", Err(HeadError::UnknownTransferCoding)),
            ("\x16\x03\x01\x02\x00\x01\n\n", Err(HeadError::NotHttp)),
        ];
        for (head, expected) in table {
            assert_eq!(length(head), expected, "{head:?}");
        }
    }

    #[test]
    fn a_head_ends_with_its_blank_line() {
        let head = b"GET / HTTP/1.1\r\n\r\nrest";
        assert_eq!(HeadScan::default().piece(head), Some(18));
        let mut scan = HeadScan::default();
        let ends: Vec<_> = head.chunks(1).filter_map(|piece| scan.piece(piece)).collect();
        assert_eq!(ends.first(), Some(&1));
    }

    #[test]
    fn a_body_that_is_not_in_its_coding_is_refused() {
        let head = |coding: &str| {
            LiveHead::read(format!("POST / HTTP/1.1\r\nContent-Encoding: {coding}\r\n\r\n").as_bytes()).unwrap()
        };
        assert_eq!(head("identity").unfold(b"x".to_vec()), Ok(b"x".to_vec()));
        assert_eq!(head("gzip").unfold(b"x".to_vec()), Err(HeadError::BadContentCoding));
        assert_eq!(head("br").unfold(b"x".to_vec()), Err(HeadError::UnknownContentCoding));
    }
}
