//! Where messages begin and end in the octets of one side, while they pass.
//!
//! What leaves room for doubt about that is not interpreted: from there on everything is [`Piece::Opaque`], and passes as it
//! is.

use crate::base::Limits;
use crate::http::{BodyLength, HeadScan, LiveHead, StartLine, chunk_size};
use std::io;
use std::ops::Range;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Octets that are read at a time.
pub(super) const CHUNK: usize = 16 << 10;

/// A part of what one side sends.
#[derive(Debug)]
pub(super) enum Piece {
    /// A whole head: its octets up to the blank line, and what it says.
    Head(Vec<u8>, LiveHead),
    /// Octets of a body as they are transferred, and those of them that are the body's own and no chunk's frame: places for
    /// [`Half::octets`].
    Body { raw: Range<usize>, content: Range<usize> },
    /// The message ends.
    End,
    /// Octets that follow no grammar.
    Opaque(Vec<u8>),
}

#[derive(Debug)]
enum State {
    Head,
    Octets(u64),
    ChunkLine(Vec<u8>),
    ChunkOctets(u64),
    /// After the octets of a chunk.
    ChunkEnd(Vec<u8>),
    Trailers(HeadScan),
    UntilClose,
    End,
    Opaque,
}

/// What is wrong with what a side sends, so that nothing more is taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head does not end within {} octets", Limits::HTTP_HEAD)]
pub(super) struct HeadTooLong;

/// Cuts the octets of one side. Keeps no more than a head, or the size line of a chunk.
#[derive(Debug)]
pub(super) struct Cutter {
    state: State,
    head: Vec<u8>,
    scan: HeadScan,
    /// The next response has no body, whatever its head says: it answers HEAD.
    bodiless: bool,
}

impl Cutter {
    pub(super) fn new() -> Self {
        Self { state: State::Head, head: Vec::new(), scan: HeadScan::default(), bodiless: false }
    }

    /// What the next response answers.
    pub(super) fn answers(&mut self, method: &str) {
        self.bodiless = method.eq_ignore_ascii_case("HEAD");
    }

    /// Whether the message that has begun ends with its connection.
    pub(super) const fn is_until_close(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// The next piece of `octets`, which begin at `at`, and where it ends; `None` when more is needed.
    pub(super) fn next(&mut self, octets: &[u8], at: usize) -> Result<Option<(Piece, usize)>, HeadTooLong> {
        let mut at = at;
        loop {
            let rest = octets.get(at..).unwrap_or_default();
            if rest.is_empty() && !matches!(self.state, State::End) {
                return Ok(None);
            }
            let whole = at..octets.len();
            match &mut self.state {
                State::Head => {
                    let (taken, is_whole) = match self.scan.piece(rest) {
                        Some(length) => (length, true),
                        None => (rest.len(), false),
                    };
                    self.head.extend_from_slice(rest.get(..taken).unwrap_or_default());
                    at = at.saturating_add(taken);
                    if self.head.len() > Limits::HTTP_HEAD {
                        return Err(HeadTooLong);
                    }
                    if is_whole {
                        return Ok(Some((self.head(), at)));
                    }
                }
                State::Octets(left) => {
                    let (piece, end) = some(at, rest.len(), left);
                    if *left == 0 {
                        self.state = State::End;
                    }
                    return Ok(Some((Piece::Body { raw: piece.clone(), content: piece }, end)));
                }
                State::ChunkLine(line) => {
                    let end =
                        rest.iter().position(|octet| *octet == b'\n').map_or(rest.len(), |at| at.saturating_add(1));
                    line.extend_from_slice(rest.get(..end).unwrap_or_default());
                    let is_whole = line.ends_with(b"\n");
                    let raw = at..at.saturating_add(end);
                    if is_whole {
                        let text = line.strip_suffix(b"\n").unwrap_or(line);
                        self.state = match chunk_size(text.strip_suffix(b"\r").unwrap_or(text)) {
                            Some(0) => State::Trailers(HeadScan::after_line()),
                            Some(size) => State::ChunkOctets(size),
                            None => State::Opaque,
                        };
                    } else if line.len() > Limits::CHUNK_LINE {
                        self.state = State::Opaque;
                    }
                    return Ok(Some((Piece::Body { content: raw.end..raw.end, raw: raw.clone() }, raw.end)));
                }
                State::ChunkOctets(left) => {
                    let (piece, end) = some(at, rest.len(), left);
                    if *left == 0 {
                        self.state = State::ChunkEnd(Vec::new());
                    }
                    return Ok(Some((Piece::Body { raw: piece.clone(), content: piece }, end)));
                }
                State::ChunkEnd(seen) => {
                    let first = rest.first().copied().unwrap_or_default();
                    seen.push(first);
                    self.state = match (seen.as_slice(), first) {
                        ([b'\r'], _) => State::ChunkEnd(std::mem::take(seen)),
                        ([b'\n'] | [b'\r', b'\n'], _) => State::ChunkLine(Vec::new()),
                        _ => State::Opaque,
                    };
                    let end = at.saturating_add(1);
                    return Ok(Some((Piece::Body { raw: at..end, content: end..end }, end)));
                }
                State::Trailers(scan) => {
                    let taken = scan.piece(rest);
                    let end = at.saturating_add(taken.unwrap_or(rest.len()));
                    if taken.is_some() {
                        self.state = State::End;
                    }
                    return Ok(Some((Piece::Body { raw: at..end, content: end..end }, end)));
                }
                State::UntilClose => {
                    return Ok(Some((Piece::Body { raw: whole.clone(), content: whole }, octets.len())));
                }
                State::End => {
                    self.state = State::Head;
                    return Ok(Some((Piece::End, at)));
                }
                State::Opaque => return Ok(Some((Piece::Opaque(rest.to_vec()), octets.len()))),
            }
        }
    }

    fn head(&mut self) -> Piece {
        let octets = std::mem::take(&mut self.head);
        self.scan = HeadScan::default();
        let Ok(head) = LiveHead::read(&octets) else {
            self.state = State::Opaque;
            return Piece::Opaque(octets);
        };
        let (is_informational, is_bodiless, is_upgrade) = match &head.line {
            StartLine::Response(line) => (
                (100..200).contains(&line.status),
                self.bodiless || matches!(line.status, 100..200 | 204 | 304),
                line.status == 101,
            ),
            StartLine::Request(_) => (false, false, false),
        };
        self.state = match head.body_length(is_bodiless) {
            _ if is_upgrade => State::Opaque,
            Ok(BodyLength::None | BodyLength::Octets(0)) => State::End,
            Ok(BodyLength::Octets(length)) => State::Octets(length),
            Ok(BodyLength::Chunked) => State::ChunkLine(Vec::new()),
            Ok(BodyLength::UntilClose) => State::UntilClose,
            Err(_) => State::Opaque,
        };
        if matches!(self.state, State::Opaque) && !is_upgrade {
            return Piece::Opaque(octets);
        }
        if !is_informational {
            self.bodiless = false;
        }
        Piece::Head(octets, head)
    }
}

/// As much of a run of octets as there is.
fn some(at: usize, there: usize, left: &mut u64) -> (Range<usize>, usize) {
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(there);
    *left = left.saturating_sub(length as u64);
    let end = at.saturating_add(length);
    (at..end, end)
}

/// What one side sends, read piece by piece.
#[derive(Debug)]
pub(super) struct Half {
    pub(super) cutter: Cutter,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Half {
    pub(super) fn new() -> Self {
        Self { cutter: Cutter::new(), buffer: vec![0; CHUNK], at: 0, end: 0 }
    }

    /// The next piece; `None` when the side has closed. Nothing is lost when the wait for it is given up.
    ///
    /// # Errors
    ///
    /// Those of the stream; and, with [`HeadTooLong`] inside, `InvalidData`.
    pub(super) async fn piece(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Piece>> {
        loop {
            let octets = self.buffer.get(..self.end).unwrap_or_default();
            let next = self.cutter.next(octets, self.at);
            match next.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
                Some((piece, end)) => {
                    self.at = end;
                    return Ok(Some(piece));
                }
                None => (self.at, self.end) = (0, 0),
            }
            self.end = stream.read(&mut self.buffer).await?;
            if self.end == 0 {
                return Ok(None);
            }
        }
    }

    /// The octets of a piece. They stay until the next one is asked for.
    pub(super) fn octets(&self, place: &Range<usize>) -> &[u8] {
        self.buffer.get(place.clone()).unwrap_or_default()
    }

    /// All octets of a piece, as they were sent.
    pub(super) fn octets_of<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        match piece {
            Piece::Head(octets, _) | Piece::Opaque(octets) => octets,
            Piece::Body { raw, .. } => self.octets(raw),
            Piece::End => &[],
        }
    }

    /// What was read and not cut yet.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.cutter.head);
        rest.extend_from_slice(self.buffer.get(self.at..self.end).unwrap_or_default());
        (self.at, self.end) = (0, 0);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads, contents and what is opaque, in one line.
    fn cut(octets: &[u8], step: usize) -> String {
        let mut cutter = Cutter::new();
        let mut out = String::new();
        for chunk in octets.chunks(step) {
            let mut at = 0;
            while let Some((piece, end)) = cutter.next(chunk, at).unwrap() {
                at = end;
                match piece {
                    Piece::Head(head, _) => {
                        out += &format!("<{}>", String::from_utf8_lossy(&head).lines().next().unwrap())
                    }
                    Piece::Body { content, .. } => out += &String::from_utf8_lossy(&chunk[content]),
                    Piece::End => out.push('|'),
                    Piece::Opaque(octets) => out += &format!("?{}", String::from_utf8_lossy(&octets).escape_debug()),
                }
            }
        }
        out.replace('?', "")
    }

    #[test]
    fn messages_are_cut_whatever_the_pieces_they_come_in() {
        let table = [
            (
                "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.0\r\n\r\n",
                "<POST /a HTTP/1.1>abc|<GET /b HTTP/1.0>|",
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\n\n",
                "<POST / HTTP/1.1>abcd|<GET / HTTP/1.1>|",
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                "<POST / HTTP/1.1>|<GET / HTTP/1.1>|",
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end",
                "<HTTP/1.1 100 Continue>|<HTTP/1.1 200 OK>until the end",
            ),
            (
                "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                "<HTTP/1.1 204 No>|<HTTP/1.1 200 OK>x|",
            ),
        ];
        for (octets, expected) in table {
            for step in [1, 2, 7, 1_000] {
                assert_eq!(cut(octets.as_bytes(), step), expected, "{octets:?} by {step}");
            }
        }
    }

    #[test]
    fn what_leaves_room_for_doubt_is_opaque_from_there_on() {
        for octets in [
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "\u{16}\u{3}\u{1}\n\n garbage",
        ] {
            let mut cutter = Cutter::new();
            let mut passed = Vec::new();
            let mut at = 0;
            while let Some((piece, end)) = cutter.next(octets.as_bytes(), at).unwrap() {
                at = end;
                let Piece::Opaque(octets) = piece else { panic!("{piece:?}") };
                passed.extend(octets);
            }
            assert_eq!(passed, octets.as_bytes());
        }
        let lie = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX rest";
        assert!(cut(lie.as_bytes(), 1_000).ends_with("abc rest"), "{}", cut(lie.as_bytes(), 1_000));
    }

    #[test]
    fn a_head_without_end_has_one() {
        let mut cutter = Cutter::new();
        let line =
            b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
        let result = (0..Limits::HTTP_HEAD).find_map(|_| cutter.next(line, 0).err());
        assert_eq!(result, Some(HeadTooLong));
        assert!(cutter.head.len() <= Limits::HTTP_HEAD + line.len());
    }
}
