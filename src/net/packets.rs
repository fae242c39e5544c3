//! From frames to events.

use super::fragments::Fragments;
use super::header::{Budget, HeaderError};
use super::ip::{self, IpPacket};
use super::link::{self, Content};
use super::outlet::{Moment, Outlet, Problems};
use super::tcp::{Connections, FlowKey};
use super::transport::{self, Datagram};
use super::{Counters, Endpoint, FlowEvent, FlowEventKind, FlowId};
use crate::base::{Limits, Problem, ProblemKind, Timestamp};
use crate::capture::Frame;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The packet and stream layer of one input: takes its frames in order, gives the events of its flows.
///
/// Events come while the frame is being read; none outlives the call. Whatever a frame holds, reading goes on after it.
#[derive(Debug, Default)]
pub struct Net {
    layers: Layers,
    problems: Problems,
    next_flow: u64,
    clock: Timestamp,
}

impl Net {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        self.clock = frame.time.unwrap_or(self.clock);
        let at = Moment { frame: frame.number, time: self.clock };
        let mut out = Outlet { sink, problems: &mut self.problems, next_flow: &mut self.next_flow };
        self.layers.frame(frame, at, &mut out);
    }

    /// Says that no frame follows: what waits is passed on, and all flows are closed, in the order of their numbers.
    pub fn finish(&mut self, sink: &mut dyn FnMut(FlowEvent<'_>)) {
        let mut out = Outlet { sink, problems: &mut self.problems, next_flow: &mut self.next_flow };
        self.layers.tcp.finish(&mut out);
        self.layers.fragments.finish(&mut self.problems);
        self.problems.finish();
    }

    /// The problems found since this was last called.
    #[must_use]
    pub fn take_problems(&mut self) -> Vec<Problem> {
        self.problems.take()
    }

    /// What has been in the frames so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.layers.counters
    }
}

#[derive(Debug, Default)]
struct Layers {
    counters: Counters,
    fragments: Fragments,
    tcp: Connections,
    udp: Conversations,
}

impl Layers {
    fn frame(&mut self, frame: &Frame<'_>, at: Moment, out: &mut Outlet<'_>) {
        self.tcp.expire(at.time, out);
        let link = frame.link_type;
        let seen = self.counters.link_types.entry(link.0).or_default();
        *seen = seen.saturating_add(1);
        if !link::is_known(link) {
            if *seen == 1 {
                out.problems.add(ProblemKind::UnknownLinkType, at.frame, || {
                    format!(
                        "frames of link type {} are not read; capture on another interface, or convert them",
                        link.0
                    )
                });
            }
            self.counters.unknown_link = self.counters.unknown_link.saturating_add(1);
            return;
        }
        let cut = (frame.original_len as usize).saturating_sub(frame.data.len());
        let mut budget = Budget::new();
        match link::unwrap(link, frame.data, &mut budget) {
            Ok(content) => self.content(content, cut, budget, at, out),
            Err(error) => self.bad(error, cut, at, out),
        }
    }

    /// A header could not be read: because the frame was cut, or because it is broken.
    fn bad(&mut self, error: HeaderError, cut: usize, at: Moment, out: &mut Outlet<'_>) {
        self.counters.unreadable = self.counters.unreadable.saturating_add(1);
        if cut > 0 && matches!(error, HeaderError::Short { .. }) {
            out.problems.add_first(ProblemKind::CutPackets, at.frame, || {
                format!("{error}: the frame was cut by the snap length; capture whole frames")
            });
        } else {
            out.problems.add(ProblemKind::BadPacket, at.frame, || format!("{error}; the packet was left out"));
        }
    }

    fn content(&mut self, content: Content<'_>, cut: usize, budget: Budget, at: Moment, out: &mut Outlet<'_>) {
        match content {
            Content::Ip(data) => self.ip(data, cut, budget, at, out),
            Content::Other => self.counters.not_ip = self.counters.not_ip.saturating_add(1),
        }
    }

    fn ip(&mut self, data: &[u8], cut: usize, budget: Budget, at: Moment, out: &mut Outlet<'_>) {
        let packet = match ip::parse(data, cut) {
            Ok(packet) => packet,
            Err(error) => return self.bad(error, cut, at, out),
        };
        self.counters.ip_packets = self.counters.ip_packets.saturating_add(1);
        let Some(fragment) = packet.fragment else { return self.transport(&packet, budget, at, out) };
        self.counters.fragments = self.counters.fragments.saturating_add(1);
        let Some(whole) = self.fragments.add(&packet, fragment, at, out.problems) else { return };
        let packet = IpPacket { protocol: whole.protocol, payload: &whole.bytes, cut: 0, fragment: None, ..packet };
        match ip::extensions(packet) {
            Ok(IpPacket { fragment: Some(fragment), .. }) => {
                let error = HeaderError::Field { layer: "IP extension", field: "fragment", value: fragment.id };
                self.bad(error, 0, at, out);
            }
            Ok(packet) => self.transport(&packet, budget, at, out),
            Err(error) => self.bad(error, 0, at, out),
        }
    }

    fn transport(&mut self, packet: &IpPacket<'_>, mut budget: Budget, at: Moment, out: &mut Outlet<'_>) {
        let IpPacket { source, destination, payload, cut, .. } = *packet;
        match packet.protocol {
            6 => match transport::tcp(payload, cut) {
                Ok(segment) => {
                    self.counters.tcp_segments = self.counters.tcp_segments.saturating_add(1);
                    let source = Endpoint { address: source, port: segment.source_port };
                    let destination = Endpoint { address: destination, port: segment.destination_port };
                    self.tcp.segment(source, destination, &segment, at, out);
                    self.counters.tcp_flows = self.tcp.opened();
                }
                Err(error) => self.bad(error, cut, at, out),
            },
            17 => match transport::udp(payload, cut) {
                Ok(datagram) => {
                    let spent = budget.spend();
                    match transport::udp_tunnel(&datagram, &mut budget) {
                        Some(inner) => match spent {
                            Ok(()) => self.ip(inner, datagram.cut, budget, at, out),
                            Err(error) => self.bad(error, 0, at, out),
                        },
                        None => self.datagram(packet, &datagram, at, out),
                    }
                }
                Err(error) => self.bad(error, cut, at, out),
            },
            4 | 41 => match budget.spend() {
                Ok(()) => self.ip(payload, cut, budget, at, out),
                Err(error) => self.bad(error, 0, at, out),
            },
            47 => match budget.spend().and_then(|()| transport::gre(payload, &mut budget)) {
                Ok(content) => self.content(content, cut, budget, at, out),
                Err(error) => self.bad(error, cut, at, out),
            },
            _ => self.counters.other_transports = self.counters.other_transports.saturating_add(1),
        }
    }

    fn datagram(&mut self, packet: &IpPacket<'_>, datagram: &Datagram<'_>, at: Moment, out: &mut Outlet<'_>) {
        self.counters.udp_datagrams = self.counters.udp_datagrams.saturating_add(1);
        let source = Endpoint { address: packet.source, port: datagram.source_port };
        let destination = Endpoint { address: packet.destination, port: datagram.destination_port };
        if datagram.cut > 0 {
            // Half a datagram would be judged as if its sender had cut it.
            out.problems.add_first(ProblemKind::CutPackets, at.frame, || {
                format!("the UDP datagram from {source} to {destination} was cut by the snap length and is not read")
            });
            return;
        }
        let flow = self.udp.number(FlowKey::new(source, destination), out);
        out.emit(flow, at, FlowEventKind::Datagram { source, destination, bytes: datagram.payload });
    }
}

/// Numbers of UDP conversations. Those not used for long are forgotten, a generation at a time.
#[derive(Debug, Default)]
struct Conversations {
    recent: HashMap<FlowKey, FlowId, RandomState>,
    older: HashMap<FlowKey, FlowId, RandomState>,
}

impl Conversations {
    fn number(&mut self, key: FlowKey, out: &mut Outlet<'_>) -> FlowId {
        if let Some(&id) = self.recent.get(&key) {
            return id;
        }
        let id = self.older.remove(&key).unwrap_or_else(|| out.new_flow());
        if self.recent.len() >= Limits::UDP_CONVERSATIONS {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, id);
        id
    }
}
