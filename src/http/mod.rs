//! HTTP/1.x: flow events to exchanges.
//!
//! **In**: [`FlowEvent`](crate::net::FlowEvent)s. **Out**: [`Exchange`]s, request and response with their frames, times
//! and anomalies. **Does not know** DM semantics: what bodies are worth keeping, it is told by a [`Interest`] function.

mod exchange;

pub use exchange::{
    Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage, Interest, RequestLine, ResponseLine, StartLine,
};
