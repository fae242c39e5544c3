//! Packets and streams: frames to flow events.
//!
//! **In**: [`Frame`](crate::capture::Frame)s. **Out**: [`FlowEvent`]s: TCP payload in order with its gaps, UDP datagrams;
//! [`Counters`] of what the frames held; [`Problem`](crate::base::Problem)s. **Does not know** HTTP, except that an HTTP
//! start line tells client from server where no SYN was captured.
//!
//! The way down: `link` takes off what stands before IP, `ip` and `fragments` give whole datagrams, `transport` reads TCP
//! and UDP headers and opens tunnels (GTP-U, GRE, VXLAN, IP in IP), `tcp` finds the connection, `stream` puts one
//! direction of it in order.
//!
//! **Limits**: [`Limits::ENCAPSULATIONS`](crate::base::Limits::ENCAPSULATIONS) headers inside each other,
//! [`FRAGMENTED`](crate::base::Limits::FRAGMENTED) datagrams, [`FLOWS`](crate::base::Limits::FLOWS) connections,
//! [`FLOW_BUFFER`](crate::base::Limits::FLOW_BUFFER) octets out of order in one direction,
//! [`ALL_FLOW_BUFFERS`](crate::base::Limits::ALL_FLOW_BUFFERS) in all.
//!
//! When octets are missing, the stream waits: they may come late. They count as lost when the other end has acknowledged
//! them and then [`GAP_PACKETS`](crate::base::Limits::GAP_PACKETS) packets of the flow or
//! [`GAP_WAIT`](crate::base::Limits::GAP_WAIT) of capture time have gone by, when the connection closes, or when a limit
//! is hit. Octets that a short snap length cut off are missing in the same way.

mod counters;
mod event;
mod fragments;
mod header;
mod ip;
mod link;
mod outlet;
mod packets;
mod stream;
mod table;
mod tcp;
mod transport;
pub(crate) mod wire;

#[cfg(test)]
mod packet_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use counters::Counters;
pub use event::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId, Secured, SecuredBy};
pub use packets::Net;
