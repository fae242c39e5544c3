//! Packets by hand, and a record of what comes of them.

use super::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, Net};
use crate::base::{FrameNo, ProblemKind, Timestamp};
use crate::capture::{Frame, LinkType};
use std::net::IpAddr;

pub(super) const ETHERNET: u16 = 1;
pub(super) const RAW: u16 = 101;

/// An IPv4 or IPv6 packet without options.
pub(super) fn ip(source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            packet.extend([0x45, 0]);
            packet.extend((20 + payload.len() as u16).to_be_bytes());
            packet.extend([0, 1, 0, 0, 64, protocol, 0, 0]);
            packet.extend(source.octets());
            packet.extend(destination.octets());
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            packet.extend([0x60, 0, 0, 0]);
            packet.extend((payload.len() as u16).to_be_bytes());
            packet.extend([protocol, 64]);
            packet.extend(source.octets());
            packet.extend(destination.octets());
        }
        _ => panic!("both ends need the same version"),
    }
    packet.extend(payload);
    packet
}

/// A TCP segment. Flags are letters: S, A, F, R.
pub(super) fn tcp(ports: (u16, u16), sequence: u32, acknowledgement: u32, flags: &str, payload: &[u8]) -> Vec<u8> {
    let bits = flags.chars().map(|flag| match flag {
        'F' => 1,
        'S' => 2,
        'R' => 4,
        'A' => 16,
        _ => panic!("flag {flag}"),
    });
    let mut segment = Vec::new();
    segment.extend(ports.0.to_be_bytes());
    segment.extend(ports.1.to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledgement.to_be_bytes());
    segment.extend([5 << 4, bits.sum(), 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend(payload);
    segment
}

/// A UDP datagram.
pub(super) fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend(ports.0.to_be_bytes());
    datagram.extend(ports.1.to_be_bytes());
    datagram.extend((8 + payload.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

/// An Ethernet frame, padded to its least length.
pub(super) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(ether_type.to_be_bytes());
    frame.extend(payload);
    frame.resize(frame.len().max(60), 0xee);
    frame
}

pub(super) const CLIENT: &str = "10.0.0.1:40000";
pub(super) const SERVER: &str = "10.0.0.2:80";

pub(super) fn endpoint(text: &str) -> Endpoint {
    let socket: std::net::SocketAddr = text.parse().unwrap();
    Endpoint { address: socket.ip(), port: socket.port() }
}

/// One segment of the connection between [`CLIENT`] and [`SERVER`]; numbers are relative to those of the SYNs.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) from_client: bool,
    pub(super) sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) flags: &'static str,
    pub(super) payload: Vec<u8>,
    /// Numbers of the SYNs of client and server.
    pub(super) base: (u32, u32),
    /// Octets that the snap length leaves of the payload.
    pub(super) snap: usize,
    /// Milliseconds since the step before.
    pub(super) wait: i64,
}

/// A segment from the client.
pub(super) fn c(sequence: u32, acknowledgement: u32, flags: &'static str, payload: &str) -> Step {
    let payload = payload.as_bytes().to_vec();
    Step {
        from_client: true,
        sequence,
        acknowledgement,
        flags,
        payload,
        base: (1_000, 5_000),
        snap: usize::MAX,
        wait: 1,
    }
}

/// A segment from the server.
pub(super) fn s(sequence: u32, acknowledgement: u32, flags: &'static str, payload: &str) -> Step {
    Step { from_client: false, ..c(sequence, acknowledgement, flags, payload) }
}

impl Step {
    pub(super) fn base(self, client: u32, server: u32) -> Self {
        Self { base: (client, server), ..self }
    }

    pub(super) fn wait(self, wait: i64) -> Self {
        Self { wait, ..self }
    }

    pub(super) fn snap(self, snap: usize) -> Self {
        Self { snap, ..self }
    }
}

pub(super) fn handshake() -> Vec<Step> {
    vec![c(0, 0, "S", ""), s(0, 1, "SA", ""), c(1, 1, "A", "")]
}

/// Runs frames through a [`Net`] and writes down what comes.
#[derive(Debug, Default)]
pub(super) struct Bench {
    pub(super) net: Net,
    frames: u64,
    nanos: i64,
    pub(super) events: Vec<String>,
    /// All octets of flow 0, by direction.
    pub(super) octets: [Vec<u8>; 2],
}

fn note(event: &FlowEvent<'_>) -> String {
    let side = |direction| if direction == FlowDirection::ToServer { 'c' } else { 's' };
    let flow = if event.flow.0 == 0 { String::new() } else { format!("#{} ", event.flow.0) };
    let what = match event.kind {
        FlowEventKind::Opened { client, mid_stream, .. } => {
            format!("open {}{}", client.port, if mid_stream { " mid" } else { "" })
        }
        FlowEventKind::Data { direction, bytes } => {
            format!("{} {} @{}", side(direction), String::from_utf8_lossy(bytes), event.frame)
        }
        FlowEventKind::Secured(secured) => format!("{secured:?}"),
        FlowEventKind::Gap { direction, length } => format!("{} gap {}", side(direction), length.unwrap()),
        FlowEventKind::HalfClosed { direction } => format!("{} fin @{}", side(direction), event.frame),
        FlowEventKind::Closed { reason: CloseReason::EndOfCapture } => "end".to_owned(),
        FlowEventKind::Closed { reason } => format!("{reason:?}"),
        FlowEventKind::Datagram { source, destination, bytes } => {
            format!("{}>{} {}", source.port, destination.port, String::from_utf8_lossy(bytes))
        }
    };
    flow + &what
}

impl Bench {
    pub(super) fn frame(&mut self, link: u16, data: &[u8]) {
        self.cut_frame(link, data, data.len());
    }

    pub(super) fn cut_frame(&mut self, link: u16, data: &[u8], original_len: usize) {
        self.frames += 1;
        self.nanos += 1_000_000;
        let frame = Frame {
            number: FrameNo::new(self.frames).unwrap(),
            time: Some(Timestamp::from_nanos(self.nanos)),
            link_type: LinkType(link),
            interface: 0,
            data,
            original_len: original_len as u32,
            direction: None,
            comment: None,
        };
        let (events, octets) = (&mut self.events, &mut self.octets);
        self.net.frame(&frame, &mut |event| {
            if let (0, FlowEventKind::Data { direction, bytes }) = (event.flow.0, event.kind) {
                octets[usize::from(direction == FlowDirection::ToClient)].extend_from_slice(bytes);
            }
            events.push(note(&event));
        });
    }

    pub(super) fn wait(&mut self, millis: i64) {
        self.nanos += millis * 1_000_000;
    }

    pub(super) fn step(&mut self, step: &Step) {
        let (client, server) = (endpoint(CLIENT), endpoint(SERVER));
        let (from, to, own, other) = if step.from_client {
            (client, server, step.base.0, step.base.1)
        } else {
            (server, client, step.base.1, step.base.0)
        };
        let acknowledgement = if step.flags.contains('A') { other.wrapping_add(step.acknowledgement) } else { 0 };
        let sequence = own.wrapping_add(step.sequence);
        let segment = tcp((from.port, to.port), sequence, acknowledgement, step.flags, &step.payload);
        let frame = ethernet(0x0800, &ip(from.address, to.address, 6, &segment));
        self.wait(step.wait - 1);
        let len = step.snap.saturating_add(54).min(frame.len());
        self.cut_frame(ETHERNET, &frame[..len], frame.len());
    }

    pub(super) fn finish(&mut self) {
        let (events, octets) = (&mut self.events, &mut self.octets);
        self.net.finish(&mut |event| {
            if let (0, FlowEventKind::Data { direction, bytes }) = (event.flow.0, event.kind) {
                octets[usize::from(direction == FlowDirection::ToClient)].extend_from_slice(bytes);
            }
            events.push(note(&event));
        });
    }

    pub(super) fn problems(&mut self) -> Vec<ProblemKind> {
        self.net.take_problems().into_iter().map(|problem| problem.kind).collect()
    }
}
