//! HTTP/2 messages (RFC 9113): frames of one stream, with header blocks that need no table.

use super::{Rendered, coded};
use crate::verdict::{CarriedEnding, CarriedLine, CarriedMessage};
use std::io;

/// What a client begins with (RFC 9113, section 3.4), and an empty SETTINGS behind it.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// What a server begins with: an empty SETTINGS.
pub(super) const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// Types of frames (section 6) and their flags.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// CANCEL (section 7).
const CANCEL: u32 = 8;
/// Octets of a frame that every receiver takes (section 4.2).
const MOST: usize = 16_384;

/// The stream of the exchange at this position: those of clients are odd, and each is higher than those before.
pub(super) fn stream(ordinal: u64) -> u32 {
    u32::try_from(ordinal.saturating_mul(2).saturating_add(1)).unwrap_or(u32::MAX).min(0x7fff_ffff)
}

/// Writes a message as frames of a stream.
pub(super) fn render(message: &CarriedMessage, stream: u32, over_tls: bool) -> io::Result<Rendered> {
    let is_whole = message.ending == CarriedEnding::Whole;
    let coding = message.coding.filter(|_| is_whole);
    let body = if coding.is_some() { coded(message)? } else { message.body.clone() };
    let mut fields = Vec::new();
    let mut host = None;
    let mut is_own = |header: &crate::verdict::CarriedHeader| {
        let is_host = matches!(message.line, CarriedLine::Request { .. }) && header.is("host") && host.is_none();
        if is_host {
            host = Some(header.value_octets());
        }
        is_host || header.name.starts_with(':')
    };
    let others: Vec<_> = message.headers.iter().filter(|header| !is_own(header)).collect();
    match &message.line {
        CarriedLine::Request { method, target } => {
            field(&mut fields, b":method", method.as_bytes());
            let scheme = message.headers.iter().find(|header| header.is(":scheme")).map(|header| header.value_octets());
            let usual: &[u8] = if over_tls { b"https" } else { b"http" };
            field(&mut fields, b":scheme", scheme.as_deref().unwrap_or(usual));
            field(&mut fields, b":path", target.as_bytes());
            if let Some(host) = &host {
                field(&mut fields, b":authority", host);
            }
        }
        CarriedLine::Response { status, .. } => field(&mut fields, b":status", status.to_string().as_bytes()),
    }
    for header in others {
        if header.is("content-encoding") && message.coding.is_some() && coding.is_none() {
            continue;
        }
        let value = match header.is("content-length") && coding.is_some() {
            true => body.len().to_string().into_bytes(),
            false => header.value_octets(),
        };
        field(&mut fields, &header.name_octets().to_ascii_lowercase(), &value);
    }
    let mut out = Rendered::default();
    let ends = if is_whole && body.is_empty() { END_STREAM } else { 0 };
    let mut blocks = fields.chunks(MOST).peekable();
    let mut kind = HEADERS;
    while let Some(block) = blocks.next() {
        let last = if blocks.peek().is_none() { END_HEADERS } else { 0 };
        frame(&mut out.head, kind, last | if kind == HEADERS { ends } else { 0 }, stream, block);
        kind = CONTINUATION;
    }
    let mut parts = body.chunks(MOST).peekable();
    while let Some(part) = parts.next() {
        let ends = if is_whole && parts.peek().is_none() { END_STREAM } else { 0 };
        frame(&mut out.rest, DATA, ends, stream, part);
    }
    // What is missing of one stream is no gap in the others: it simply does not end.
    if matches!(message.ending, CarriedEnding::Finished | CarriedEnding::Broken) {
        frame(&mut out.rest, RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
    }
    Ok(out)
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    out.extend(length.iter().skip(1));
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// A field that enters no table, name and value as they are (RFC 7541, section 6.2.2).
fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.push(0);
    for text in [name, value] {
        length(out, text.len());
        out.extend_from_slice(text);
    }
}

/// An integer with a prefix of seven bits (RFC 7541, section 5.1).
fn length(out: &mut Vec<u8>, value: usize) {
    let Some(mut rest) = value.checked_sub(127) else {
        return out.push(u8::try_from(value).unwrap_or(0));
    };
    out.push(127);
    while rest >= 128 {
        out.push(u8::try_from(rest % 128).unwrap_or(0) | 128);
        rest /= 128;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}
