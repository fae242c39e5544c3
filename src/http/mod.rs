//! HTTP/1.x and HTTP/2: flow events to exchanges.
//!
//! **In**: [`FlowEvent`](crate::net::FlowEvent)s. **Out**: [`Exchange`]s, request and response with their frames, times
//! and anomalies. **Does not know** DM semantics: what bodies are worth keeping, it is told by a [`Interest`] function.
//!
//! [`Http`] listens; it never speaks. HTTP is recognised on any port by its first octets, and a connection that is
//! evidently something else is let go at once. In a connection that is HTTP nothing makes it stop: after octets that are
//! missing or follow no grammar it goes on at the next plausible start line. A connection that goes over to HTTP/2 is
//! handed to `h2`, which gives the same exchanges.
//!
//! **Rests on**: RFC 9110 (HTTP Semantics), RFC 9112 (HTTP/1.1), RFC 9113 (HTTP/2), RFC 7541 (HPACK), RFC 1950 to 1952 (zlib, deflate, gzip).
//! **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `HTTP` and `HPACK`, and `BODY`, `DECODED_BODY`,
//! `OPEN_EXCHANGES`, `CHUNK_LINE`, `RESYNC_LINE`.
//!
//! From the inside out: `pending` (octets that remember their frames), `head` (start lines and header lines), `framing`
//! (where a body ends), `resync` (the next start line), `coding` (gzip and deflate), `building` (a message under way),
//! `stream` (one direction), `slot` (an exchange under way), `connection` (which response answers which request), `reader` (all connections); `live` lends heads, framing
//! and codings to who speaks HTTP itself.

mod building;
mod coding;
mod connection;
mod exchange;
mod framing;
mod h2;
mod head;
mod live;
mod parts;
mod pending;
mod reader;
mod resync;
mod slot;
mod stream;

#[cfg(test)]
mod replay;

pub use exchange::{
    Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage, HttpVersion, Interest, OneWay, RequestLine,
    ResponseLine, StartLine,
};
pub use live::{BodyLength, HeadError, HeadScan, LiveHead, chunk_size};
pub use parts::{content, read_head, with_length};
pub use reader::{Http, Stats};
