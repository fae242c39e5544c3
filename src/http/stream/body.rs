//! Bodies: by length, in chunks with their trailers (RFC 9112, section 7.1), until the connection closes.

use super::{Body, Out, State, Stream};
use crate::base::Limits;
use crate::http::building::Ending;
use crate::http::exchange::{Anomaly, Interest};
use crate::http::head::{self, Carry, Probe, Want};
use crate::http::pending::Place;
use crate::http::{framing, resync};

impl Stream {
    /// The next octets may be another start line instead of the body: the client was answered before it sent it.
    pub(in crate::http) fn doubt_body(&mut self) {
        let State::Body(body @ (Body::Length(_) | Body::ChunkSize)) = self.state else { return };
        let waits = self.building.as_ref().is_some_and(|building| {
            building.message().transferred == 0 && building.message().body.is_empty() && building.expects_continue()
        });
        if waits && self.pending.is_empty() {
            self.state = State::Doubt(body);
        }
    }

    pub(super) fn doubt(&mut self, bytes: &[u8], place: Place, body: Body, interest: Interest) -> (usize, Out) {
        let (consumed, judged) = self.extend_line(bytes, place);
        match head::probe(self.pending.bytes(), judged, Want::Request, true) {
            Probe::More => (consumed, Out::More),
            Probe::Http => {
                self.state = State::Start;
                let missing = if let Body::Length(length) = body { Some(length) } else { None };
                (consumed, self.finish(Ending::Truncated(missing), interest, None).unwrap_or(Out::More))
            }
            Probe::Tls | Probe::No | Probe::Http2 | Probe::Http2Server => {
                self.state = State::Body(body);
                if let Some(building) = self.building() {
                    building.settle();
                }
                (consumed, Out::Replay(std::mem::take(&mut self.pending)))
            }
        }
    }

    /// No more octets come that could end the doubt: what is pending is the beginning of the body.
    pub(super) fn end_doubt(&mut self, interest: Interest) {
        let State::Doubt(body) = self.state else { return };
        self.state = State::Body(body);
        // Of chunks, what is pending is an unfinished size line.
        let Body::Length(mut left) = body else { return };
        let pending = std::mem::take(&mut self.pending);
        for (piece, place) in pending.pieces() {
            (_, left) = self.data(piece, place, left, interest);
        }
        self.state = State::Body(Body::Length(left));
    }

    pub(super) fn body(
        &mut self,
        bytes: &[u8],
        place: Place,
        body: Body,
        want: Want,
        interest: Interest,
    ) -> (usize, Out) {
        match body {
            Body::Length(left) => {
                let (taken, left) = self.data(bytes, place, left, interest);
                self.state = State::Body(Body::Length(left));
                if left > 0 {
                    return (taken, Out::More);
                }
                self.state = State::Start;
                (taken, self.finish(Ending::Complete, interest, None).unwrap_or(Out::More))
            }
            Body::UntilClose => {
                let (taken, _) = self.data(bytes, place, u64::MAX, interest);
                (taken, Out::More)
            }
            Body::ChunkData(left) => {
                let (taken, left) = self.data(bytes, place, left, interest);
                self.state = State::Body(if left > 0 { Body::ChunkData(left) } else { Body::ChunkEnd });
                (taken, Out::More)
            }
            Body::ChunkSize => self.chunk_size(bytes, place, interest),
            Body::ChunkEnd => {
                let (taken, next) = match (bytes, self.pending.is_empty()) {
                    ([b'\r', ..], true) => {
                        self.pending.push(b"\r", place);
                        (1, Body::ChunkEnd)
                    }
                    ([b'\n', ..], _) => {
                        self.pending.clear();
                        (1, Body::ChunkSize)
                    }
                    _ => return (0, self.bad_chunk(interest)),
                };
                if let Some(building) = self.building() {
                    building.touch(place);
                }
                self.state = State::Body(next);
                (taken, Out::More)
            }
            Body::Trailer { carry, first: true } => self.first_trailer(bytes, place, carry, want, interest),
            Body::Trailer { carry, first: false } => self.trailer(bytes, place, carry, interest),
        }
    }

    /// Gives up to `left` octets to the body: how many it took, and how many are still to come.
    fn data(&mut self, bytes: &[u8], place: Place, left: u64, interest: Interest) -> (usize, u64) {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        if let Some(building) = self.building() {
            building.append(bytes.get(..taken).unwrap_or_default(), place, interest);
        }
        (taken, left.saturating_sub(taken as u64))
    }

    fn chunk_size(&mut self, bytes: &[u8], place: Place, interest: Interest) -> (usize, Out) {
        if let Some(building) = self.building() {
            building.touch(place);
        }
        let end = resync::line(bytes);
        let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let whole = self.pending.len().saturating_add(line.len());
        let size = if whole > Limits::CHUNK_LINE {
            self.pending.push(line, place);
            None
        } else if end.is_none() {
            self.pending.push(line, place);
            return (line.len(), Out::More);
        } else if self.pending.is_empty() {
            let size = framing::chunk_size(line);
            if size.is_none() {
                self.pending.push(line, place);
            }
            size
        } else {
            self.pending.push(line, place);
            framing::chunk_size(self.pending.bytes())
        };
        let Some(size) = size else { return (line.len(), self.bad_chunk(interest)) };
        self.pending.clear();
        self.state = State::Body(if size > 0 {
            Body::ChunkData(size)
        } else {
            Body::Trailer { carry: Carry::Empty, first: true }
        });
        (line.len(), Out::More)
    }

    /// Chunks are lost; what is pending is searched for a start line.
    fn bad_chunk(&mut self, interest: Interest) -> Out {
        if let Some(building) = self.building() {
            let offset = building.message().transferred;
            building.note(Anomaly::BadChunk { offset });
        }
        self.state = State::Resync;
        self.finish(Ending::Truncated(None), interest, Some("a chunk has no valid size")).unwrap_or(Out::More)
    }

    /// The line after the last chunk: some senders leave the blank line out, and the next message follows.
    fn first_trailer(
        &mut self,
        bytes: &[u8],
        place: Place,
        carry: Carry,
        want: Want,
        interest: Interest,
    ) -> (usize, Out) {
        let (consumed, _) = self.extend_line(bytes, place);
        let line = bytes.get(..consumed).unwrap_or_default();
        if !self.pending.bytes().ends_with(b"\n") {
            let carry = head::blank_line(carry, line).err().unwrap_or(carry);
            self.state = State::Body(Body::Trailer { carry, first: true });
            return (consumed, self.check_trailer(interest));
        }
        if is_start_line(self.pending.bytes(), want) {
            self.state = State::Start;
            return (consumed, self.finish(Ending::Complete, interest, None).unwrap_or(Out::More));
        }
        if let Some(building) = self.building.as_deref_mut() {
            self.pending.places().for_each(|place| building.touch(place));
        }
        match head::blank_line(carry, line) {
            Ok(_) => (consumed, self.end_of_trailer(interest)),
            Err(carry) => {
                self.state = State::Body(Body::Trailer { carry, first: false });
                (consumed, self.check_trailer(interest))
            }
        }
    }

    fn trailer(&mut self, bytes: &[u8], place: Place, carry: Carry, interest: Interest) -> (usize, Out) {
        let found = head::blank_line(carry, bytes);
        let taken = found.unwrap_or(bytes.len());
        self.pending.push(bytes.get(..taken).unwrap_or_default(), place);
        if let Some(building) = self.building() {
            building.touch(place);
        }
        match found {
            Ok(_) => (taken, self.end_of_trailer(interest)),
            Err(carry) => {
                self.state = State::Body(Body::Trailer { carry, first: false });
                (taken, self.check_trailer(interest))
            }
        }
    }

    fn check_trailer(&mut self, interest: Interest) -> Out {
        if self.pending.len() <= Limits::HTTP_HEAD {
            return Out::More;
        }
        self.pending.clear();
        self.state = State::Resync;
        self.note_overlong();
        self.finish(Ending::Complete, interest, Some("the trailers of a chunked body do not end")).unwrap_or(Out::More)
    }

    fn end_of_trailer(&mut self, interest: Interest) -> Out {
        if let Some(building) = self.building.as_deref_mut() {
            let (headers, anomalies) = building.split();
            head::header_section(self.pending.bytes(), 0, headers, anomalies);
        }
        self.pending.clear();
        self.state = State::Start;
        self.finish(Ending::Complete, interest, None).unwrap_or(Out::More)
    }
}

fn is_start_line(line: &[u8], want: Want) -> bool {
    let named = memchr::memmem::find(line, b"HTTP/1.").is_some();
    named && head::probe(line, 0, want, true) == Probe::Http
}
