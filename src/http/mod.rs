//! HTTP/1.x: flow events to exchanges.
//!
//! **In**: [`FlowEvent`](crate::net::FlowEvent)s. **Out**: [`Exchange`]s, request and response with their frames, times
//! and anomalies. **Does not know** DM semantics: what bodies are worth keeping, it is told by a [`Interest`] function.
//!
//! [`Http`] listens; it never speaks. HTTP is recognised on any port by its first octets, and a connection that is
//! evidently something else is let go at once. In a connection that is HTTP nothing makes it stop: after octets that are
//! missing or follow no grammar it goes on at the next plausible start line.
//!
//! **Rests on**: RFC 9110 (HTTP Semantics), RFC 9112 (HTTP/1.1), RFC 1950 to 1952 (zlib, deflate, gzip).
//! **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `HTTP_`, and `BODY`, `DECODED_BODY`,
//! `OPEN_EXCHANGES`, `CHUNK_LINE`, `RESYNC_LINE`.
//!
//! From the inside out: `pending` (octets that remember their frames), `head` (start lines and header lines), `framing`
//! (where a body ends), `resync` (the next start line), `coding` (gzip and deflate), `building` (a message under way),
//! `stream` (one direction), `slot` (an exchange under way), `connection` (which response answers which request), `reader` (all connections).

mod building;
mod coding;
mod connection;
mod exchange;
mod framing;
mod head;
mod pending;
mod reader;
mod resync;
mod slot;
mod stream;

#[cfg(test)]
mod replay;

pub use exchange::{
    Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage, Interest, RequestLine, ResponseLine, StartLine,
};
pub use reader::{Http, Stats};
