//! Packets and streams: frames to flow events.
//!
//! **In**: [`Frame`](crate::capture::Frame)s. **Out**: [`FlowEvent`]s: TCP payload in order with its gaps, UDP datagrams.
//! **Does not know** HTTP.

mod event;

pub use event::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
