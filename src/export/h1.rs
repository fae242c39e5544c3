//! HTTP/1.x messages (RFC 9112) with the framing that their heads name.

use super::{Rendered, Then, coded};
use crate::verdict::{CarriedEnding, CarriedLine, CarriedMessage};
use std::io;

/// Octets by which a chunk that breaks off is said to be longer than what is there, where nobody knows better.
const LONGER: u64 = 1;
/// Octets that are passed over where something is missing and nobody knows how much.
const SOME: u32 = 1_000;

/// Writes a message. `to_head` says that it answers a HEAD, and has no body whatever its head says.
pub(super) fn render(message: &CarriedMessage, to_head: bool) -> io::Result<Rendered> {
    let is_whole = message.ending == CarriedEnding::Whole;
    // A coding that was not undone to its end cannot be written to it.
    let coding = message.coding.filter(|_| is_whole);
    let body = if coding.is_some() { coded(message)? } else { message.body.clone() };
    let chunked = message.is_chunked();
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let said: Vec<Option<u64>> = message
        .headers
        .iter()
        .filter(|header| header.is("content-length"))
        .map(|header| header.value.trim().parse().ok())
        .collect();
    // The first one counts, as it did when it was read.
    let first = said.first().copied().flatten();
    let mends = is_whole && !to_head && !chunked && first.is_some_and(|first| first != length);

    let mut out = Rendered { head: start_line(message), ..Rendered::default() };
    for header in &message.headers {
        if header.is("content-encoding") && message.coding.is_some() && coding.is_none() {
            continue;
        }
        line(&mut out.head, &header.name_octets());
        out.head.extend_from_slice(b": ");
        if header.is("content-length") && mends {
            out.head.extend_from_slice(length.to_string().as_bytes());
        } else {
            line(&mut out.head, &header.value_octets());
        }
        out.head.extend_from_slice(b"\r\n");
    }
    out.head.extend_from_slice(b"\r\n");
    if chunked {
        chunks(&mut out.rest, &body, message.ending);
    } else {
        out.rest = body;
    }
    out.then = match message.ending {
        CarriedEnding::Whole if ends_with_connection(message, first.is_some() || chunked, to_head) => Then::Finishes,
        CarriedEnding::Whole | CarriedEnding::BadChunk => Then::GoesOn,
        CarriedEnding::Finished => Then::Finishes,
        CarriedEnding::Broken => Then::Breaks,
        CarriedEnding::Missing { octets } => {
            Then::Skips(octets.map_or(SOME, |octets| u32::try_from(octets).unwrap_or(u32::MAX >> 2)))
        }
    };
    Ok(out)
}

fn start_line(message: &CarriedMessage) -> Vec<u8> {
    let mut out = Vec::new();
    let text = match &message.line {
        CarriedLine::Request { method, target } => format!("{method} {target} {}", message.version),
        CarriedLine::Response { status, reason } => format!("{} {status} {reason}", message.version),
    };
    line(&mut out, text.as_bytes());
    out.extend_from_slice(b"\r\n");
    out
}

/// Octets that may not end a line.
fn line(out: &mut Vec<u8>, octets: &[u8]) {
    out.extend(octets.iter().map(|octet| if matches!(octet, b'\r' | b'\n') { b' ' } else { *octet }));
}

/// Whether the end of a response is the end of the connection (RFC 9112, section 6.3).
fn ends_with_connection(message: &CarriedMessage, is_framed: bool, to_head: bool) -> bool {
    match message.line {
        CarriedLine::Request { .. } => false,
        CarriedLine::Response { status, .. } => !is_framed && !to_head && !matches!(status, 100..=199 | 204 | 304),
    }
}

/// The chunked coding (RFC 9112, section 7.1), up to where it was readable.
fn chunks(out: &mut Vec<u8>, body: &[u8], ending: CarriedEnding) {
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let size = match ending {
        CarriedEnding::Whole | CarriedEnding::BadChunk => length,
        CarriedEnding::Missing { octets } => length.saturating_add(octets.unwrap_or(LONGER)),
        CarriedEnding::Finished | CarriedEnding::Broken => length.saturating_add(LONGER),
    };
    if size > 0 {
        out.extend_from_slice(format!("{size:x}\r\n").as_bytes());
        out.extend_from_slice(body);
    }
    if size == length && size > 0 {
        out.extend_from_slice(b"\r\n");
    }
    match ending {
        CarriedEnding::Whole => out.extend_from_slice(b"0\r\n\r\n"),
        CarriedEnding::BadChunk => out.extend_from_slice(b"?\r\n"),
        _ => {}
    }
}
