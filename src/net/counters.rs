//! What was in the frames, for the case that it was not DM.

use std::collections::BTreeMap;

/// Counts over the frames of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames by `LINKTYPE_` number; their sum is the number of frames.
    pub link_types: BTreeMap<u16, u64>,
    /// Frames of link types that are not read.
    pub unknown_link: u64,
    /// Frames, or contents of tunnels, that hold no IP packet (ARP, for one).
    pub not_ip: u64,
    /// Packets whose headers could not be read.
    pub unreadable: u64,
    /// IP packets, those inside tunnels too.
    pub ip_packets: u64,
    /// Those that were fragments.
    pub fragments: u64,
    /// TCP segments.
    pub tcp_segments: u64,
    /// TCP connections.
    pub tcp_flows: u64,
    /// UDP datagrams, tunnels left out.
    pub udp_datagrams: u64,
    /// IP packets of other protocols (ICMP, ESP, SCTP …).
    pub other_transports: u64,
}

impl Counters {
    /// All frames.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.link_types.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}
