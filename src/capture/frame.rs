//! One captured frame.

use crate::base::{FrameNo, Timestamp};

/// A `LINKTYPE_` number of the pcap registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// Which way a frame went over the interface that captured it (pcapng `epb_flags`, bits 0 and 1; SLL packet type).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameDirection {
    /// Received by the capturing machine.
    Inbound,
    /// Sent by the capturing machine.
    Outbound,
}

/// One captured frame, borrowed from the reader's window.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its number, as Wireshark counts.
    pub number: FrameNo,
    /// When it was captured; `None` where the file has no time (simple packet blocks).
    pub time: Option<Timestamp>,
    /// What its first octets are.
    pub link_type: LinkType,
    /// The interface of the section, counted from 0 over the whole file.
    pub interface: u32,
    /// The captured octets, without padding.
    pub data: &'a [u8],
    /// Octets that were on the wire; more than `data` when the snap length cut the frame.
    pub original_len: u32,
    /// Which way it went, where the file says so.
    pub direction: Option<FrameDirection>,
    /// A comment of the file on this frame (pcapng `opt_comment`).
    pub comment: Option<&'a str>,
}
