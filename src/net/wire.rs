//! The packets that a recording or an export shows for a connection: IP and TCP as they might have been, around the octets
//! that were.
//!
//! No Ethernet header is made up: the link type is raw IP. Checksums are right, sequence numbers count from 0, and what one
//! side sends acknowledges all that the other has sent.

use super::event::FlowDirection;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Octets of payload that one packet takes: with its headers less than IPv4 allows.
pub(crate) const MOST: usize = 65_000;

/// Flags of TCP (RFC 9293, section 3.1).
pub(crate) mod flag {
    pub(crate) const FIN: u8 = 1;
    pub(crate) const SYN: u8 = 2;
    pub(crate) const RST: u8 = 4;
    pub(crate) const PSH: u8 = 8;
    pub(crate) const ACK: u8 = 16;
}

/// How a connection is opened: who sends which flags, in order.
pub(crate) const HANDSHAKE: [(FlowDirection, u8); 3] = [
    (FlowDirection::ToServer, flag::SYN),
    (FlowDirection::ToClient, flag::SYN | flag::ACK),
    (FlowDirection::ToServer, flag::ACK),
];

/// The protocol numbers of TCP and UDP (RFC 9293, section 1; RFC 768).
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Both ends of a connection, and how far each has come.
#[derive(Debug)]
pub(crate) struct Wire {
    client: SocketAddr,
    server: SocketAddr,
    /// The next sequence numbers of client and server.
    next: [u32; 2],
    identification: u16,
}

impl Wire {
    pub(crate) fn new(client: SocketAddr, server: SocketAddr) -> Self {
        Self { client: plain(client), server: plain(server), next: [0; 2], identification: 0 }
    }

    /// The headers of the next packet, which carries `payload`.
    pub(crate) fn headers(&mut self, direction: FlowDirection, flags: u8, payload: &[u8]) -> Headers {
        let (from, to) = match direction {
            FlowDirection::ToServer => (self.client, self.server),
            FlowDirection::ToClient => (self.server, self.client),
        };
        let [client, server] = self.next;
        let (sequence, acknowledged) = match direction {
            FlowDirection::ToServer => (client, server),
            FlowDirection::ToClient => (server, client),
        };
        let length = u32::try_from(payload.len()).unwrap_or(0);
        let counted = length.wrapping_add(u32::from(flags & (flag::SYN | flag::FIN) != 0));
        match direction {
            FlowDirection::ToServer => self.next = [client.wrapping_add(counted), server],
            FlowDirection::ToClient => self.next = [client, server.wrapping_add(counted)],
        }
        let mut tcp = [0_u8; 20];
        put(&mut tcp, &from.port().to_be_bytes());
        put(tcp.get_mut(2..).unwrap_or_default(), &to.port().to_be_bytes());
        put(tcp.get_mut(4..).unwrap_or_default(), &sequence.to_be_bytes());
        if flags & flag::ACK != 0 {
            put(tcp.get_mut(8..).unwrap_or_default(), &acknowledged.to_be_bytes());
        }
        // Twenty octets of header, and a window that is always open.
        put(tcp.get_mut(12..).unwrap_or_default(), &[5 << 4, flags, 0xff, 0xff]);
        let (pseudo, ip) = self.ip(from.ip(), to.ip(), TCP, length.saturating_add(20));
        let check = checksum(sum(sum(pseudo, &tcp), payload));
        put(tcp.get_mut(16..).unwrap_or_default(), &check);
        let mut out = ip;
        out.push(&tcp);
        out
    }

    /// So many octets of one side were sent, and no packet carries them.
    pub(crate) fn skip(&mut self, direction: FlowDirection, octets: u32) {
        let [client, server] = self.next;
        match direction {
            FlowDirection::ToServer => self.next = [client.wrapping_add(octets), server],
            FlowDirection::ToClient => self.next = [client, server.wrapping_add(octets)],
        }
    }

    /// The headers of a UDP datagram (RFC 768) with `payload`.
    pub(crate) fn datagram(&mut self, direction: FlowDirection, payload: &[u8]) -> Headers {
        let (from, to) = match direction {
            FlowDirection::ToServer => (self.client, self.server),
            FlowDirection::ToClient => (self.server, self.client),
        };
        let length = u32::try_from(payload.len()).unwrap_or(0).saturating_add(8);
        let mut udp = [0_u8; 8];
        put(&mut udp, &from.port().to_be_bytes());
        put(udp.get_mut(2..).unwrap_or_default(), &to.port().to_be_bytes());
        put(udp.get_mut(4..).unwrap_or_default(), &u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        let (pseudo, ip) = self.ip(from.ip(), to.ip(), UDP, length);
        let check = match checksum(sum(sum(pseudo, &udp), payload)) {
            // No checksum is written as zero, so that zero is written as what counts the same.
            [0, 0] => [0xff, 0xff],
            check => check,
        };
        put(udp.get_mut(6..).unwrap_or_default(), &check);
        let mut out = ip;
        out.push(&udp);
        out
    }

    /// The IP header before a segment of so many octets, and the sum over the pseudo header that its checksum begins with
    /// (RFC 9293, section 3.1; RFC 8200, section 8.1).
    fn ip(&mut self, from: IpAddr, to: IpAddr, protocol: u8, segment: u32) -> (u64, Headers) {
        let mut out = Headers::default();
        let start = u64::from(protocol).wrapping_add(u64::from(segment));
        let pseudo = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                self.identification = self.identification.wrapping_add(1);
                let [total_high, total_low] =
                    u16::try_from(segment.saturating_add(20)).unwrap_or(u16::MAX).to_be_bytes();
                let [id_high, id_low] = self.identification.to_be_bytes();
                let mut ip = [0_u8; 20];
                put(&mut ip, &[0x45, 0, total_high, total_low, id_high, id_low, 0x40, 0, 64, protocol, 0, 0]);
                put(ip.get_mut(12..).unwrap_or_default(), &from.octets());
                put(ip.get_mut(16..).unwrap_or_default(), &to.octets());
                let check = checksum(sum(0, &ip));
                put(ip.get_mut(10..).unwrap_or_default(), &check);
                out.push(&ip);
                sum(sum(start, &from.octets()), &to.octets())
            }
            (from, to) => {
                let (from, to) = (v6(from), v6(to));
                let mut ip = [0_u8; 40];
                let length = u16::try_from(segment).unwrap_or(u16::MAX).to_be_bytes();
                put(&mut ip, &[0x60, 0, 0, 0]);
                put(ip.get_mut(4..).unwrap_or_default(), &length);
                put(ip.get_mut(6..).unwrap_or_default(), &[protocol, 64]);
                put(ip.get_mut(8..).unwrap_or_default(), &from.octets());
                put(ip.get_mut(24..).unwrap_or_default(), &to.octets());
                out.push(&ip);
                sum(sum(start, &from.octets()), &to.octets())
            }
        };
        (pseudo, out)
    }
}

/// An IPv4 address inside IPv6, as sockets for both show it, is IPv4.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

fn put(into: &mut [u8], octets: &[u8]) {
    into.iter_mut().zip(octets).for_each(|(into, octet)| *into = *octet);
}

/// Adds octets, two at a time, to the sum that a checksum is made from (RFC 1071).
fn sum(start: u64, octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<4>();
    let sum = words.iter().fold(start, |sum, word| sum.wrapping_add(u64::from(u32::from_be_bytes(*word))));
    let mut last = [0; 4];
    put(&mut last, rest);
    sum.wrapping_add(u64::from(u32::from_be_bytes(last)))
}

fn checksum(mut sum: u64) -> [u8; 2] {
    while sum > 0xffff {
        sum = (sum >> 16).wrapping_add(sum & 0xffff);
    }
    (!(sum as u16)).to_be_bytes()
}

/// The headers of one packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Headers {
    octets: [u8; 60],
    length: usize,
}

impl Default for Headers {
    fn default() -> Self {
        Self { octets: [0; 60], length: 0 }
    }
}

impl Headers {
    fn push(&mut self, octets: &[u8]) {
        put(self.octets.get_mut(self.length..).unwrap_or_default(), octets);
        self.length = self.length.saturating_add(octets.len()).min(60);
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}
