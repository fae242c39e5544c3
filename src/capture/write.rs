//! Writes small captures: fixtures, recordings, cut-outs.
//!
//! All numbers are little-endian. Texts and octets longer than their length field can say are cut to what it can.

use super::pcapng::block;
use super::{FrameDirection, LinkType};
use crate::base::Timestamp;
use std::io::{self, Write};

/// What the times of a classic pcap file count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Microseconds, as nearly every pcap file does.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// Writes the header of a classic pcap file (draft-ietf-opsawg-pcap, section 4). A `snaplen` of 0 is "no limit".
///
/// # Errors
/// Those of the writer.
pub fn pcap_header(out: &mut impl Write, precision: Precision, link_type: LinkType, snaplen: u32) -> io::Result<()> {
    let magic = match precision {
        Precision::Micros => 0xa1b2_c3d4_u32,
        Precision::Nanos => 0xa1b2_3c4d,
    };
    out.write_all(&magic.to_le_bytes())?;
    out.write_all(&[2, 0, 4, 0])?;
    out.write_all(&[0; 8])?;
    out.write_all(&snaplen.to_le_bytes())?;
    out.write_all(&u32::from(link_type.0).to_le_bytes())
}

/// Writes one record of a classic pcap file (section 5). Times before 1970 and after 2106 can't be said; the nearest is.
///
/// # Errors
/// Those of the writer.
pub fn pcap_record(
    out: &mut impl Write,
    precision: Precision,
    time: Timestamp,
    data: &[u8],
    original_len: u32,
) -> io::Result<()> {
    let nanos = time.nanos().max(0);
    let seconds = u32::try_from(nanos / 1_000_000_000).unwrap_or(u32::MAX);
    let fraction = match precision {
        Precision::Micros => nanos % 1_000_000_000 / 1_000,
        Precision::Nanos => nanos % 1_000_000_000,
    };
    let (data, length) = cut(data);
    out.write_all(&seconds.to_le_bytes())?;
    out.write_all(&u32::try_from(fraction).unwrap_or(0).to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&original_len.to_le_bytes())?;
    out.write_all(data)
}

/// Writes a Section Header Block (draft-ietf-opsawg-pcapng, section 4.1) that names the writing application.
///
/// # Errors
/// Those of the writer.
pub fn section(out: &mut impl Write, application: &str) -> io::Result<()> {
    let mut body = Vec::new();
    body.extend(0x1a2b_3c4d_u32.to_le_bytes());
    body.extend([1, 0, 0, 0]);
    // The length of the section is not known.
    body.extend([0xff; 8]);
    option(&mut body, 4, application.as_bytes());
    end_of_options(&mut body);
    write_block(out, block::SECTION, &body)
}

/// Writes an Interface Description Block (section 4.2) with times in nanoseconds. A `snaplen` of 0 is "no limit".
///
/// # Errors
/// Those of the writer.
pub fn interface(out: &mut impl Write, link_type: LinkType, snaplen: u32) -> io::Result<()> {
    let mut body = Vec::new();
    body.extend(link_type.0.to_le_bytes());
    body.extend([0, 0]);
    body.extend(snaplen.to_le_bytes());
    option(&mut body, 9, &[9]);
    end_of_options(&mut body);
    write_block(out, block::INTERFACE, &body)
}

/// A packet to be written.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// The interface of the section, counted from 0.
    pub interface: u32,
    /// When it was captured. Times before 1970 can't be said; 1970 is.
    pub time: Timestamp,
    /// Its octets.
    pub data: &'a [u8],
    /// Octets that were on the wire.
    pub original_len: u32,
    /// Which way it went.
    pub direction: Option<FrameDirection>,
    /// A comment on it.
    pub comment: Option<&'a str>,
}

/// Writes an Enhanced Packet Block (section 4.3).
///
/// # Errors
/// Those of the writer.
pub fn packet(out: &mut impl Write, packet: &Packet<'_>) -> io::Result<()> {
    packet_with(out, &[], packet)
}

/// Writes an Enhanced Packet Block whose octets are `head`, and after it the packet's own.
///
/// # Errors
/// Those of the writer.
pub fn packet_with(out: &mut impl Write, head: &[u8], packet: &Packet<'_>) -> io::Result<()> {
    let ticks = u64::try_from(packet.time.nanos()).unwrap_or(0);
    let (data, _) = cut(packet.data);
    let captured = data.len().saturating_add(head.len());
    let mut options = Vec::new();
    if let Some(comment) = packet.comment {
        option(&mut options, 1, comment.as_bytes());
    }
    if let Some(direction) = packet.direction {
        let flags: u32 = match direction {
            FrameDirection::Inbound => 1,
            FrameDirection::Outbound => 2,
        };
        option(&mut options, 2, &flags.to_le_bytes());
    }
    if !options.is_empty() {
        end_of_options(&mut options);
    }
    let padding = captured.next_multiple_of(4).saturating_sub(captured);
    // Type, length, the five fields of the block, and length again.
    const AROUND: usize = 32;
    let total = length(captured.saturating_add(padding).saturating_add(options.len()).saturating_add(AROUND))?;
    let mut fields = [0; 28];
    let words = [
        block::ENHANCED_PACKET,
        total,
        packet.interface,
        (ticks >> 32) as u32,
        ticks as u32,
        length(captured)?,
        packet.original_len,
    ];
    for (field, word) in fields.chunks_exact_mut(4).zip(words) {
        field.copy_from_slice(&word.to_le_bytes());
    }
    out.write_all(&fields)?;
    out.write_all(head)?;
    out.write_all(data)?;
    out.write_all([0; 3].get(..padding).unwrap_or_default())?;
    out.write_all(&options)?;
    out.write_all(&total.to_le_bytes())
}

/// What an interface counted, from the start of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// The interface of the section, counted from 0.
    pub interface: u32,
    /// When it was counted. Times before 1970 can't be said; 1970 is.
    pub time: Timestamp,
    /// Packets received.
    pub received: u64,
    /// Packets lost by the interface.
    pub interface_dropped: u64,
    /// Packets lost by the system.
    pub system_dropped: u64,
}

/// Writes an Interface Statistics Block (section 4.6).
///
/// # Errors
/// Those of the writer.
pub fn statistics(out: &mut impl Write, counted: &Statistics) -> io::Result<()> {
    let ticks = u64::try_from(counted.time.nanos()).unwrap_or(0);
    let mut body = Vec::new();
    body.extend(counted.interface.to_le_bytes());
    body.extend(((ticks >> 32) as u32).to_le_bytes());
    body.extend((ticks as u32).to_le_bytes());
    option(&mut body, 4, &counted.received.to_le_bytes());
    option(&mut body, 5, &counted.interface_dropped.to_le_bytes());
    option(&mut body, 7, &counted.system_dropped.to_le_bytes());
    end_of_options(&mut body);
    write_block(out, block::STATISTICS, &body)
}

/// Writes a Decryption Secrets Block (section 4.7); `format` as in [`SecretsBlock`](super::SecretsBlock).
///
/// # Errors
/// Those of the writer.
pub fn secrets(out: &mut impl Write, format: u32, bytes: &[u8]) -> io::Result<()> {
    let (bytes, length) = cut(bytes);
    let mut body = Vec::with_capacity(bytes.len().saturating_add(16));
    body.extend(format.to_le_bytes());
    body.extend(length.to_le_bytes());
    body.extend(bytes);
    write_block(out, block::SECRETS, &body)
}

/// Octets, and their length as a file says it, with room for the headers around them.
fn cut(bytes: &[u8]) -> (&[u8], u32) {
    const MOST: u32 = u32::MAX - (256 << 10);
    match u32::try_from(bytes.len()) {
        Ok(length) if length <= MOST => (bytes, length),
        _ => (bytes.get(..super::bytes::size(MOST)).unwrap_or_default(), MOST),
    }
}

fn write_block(out: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let padding = body.len().next_multiple_of(4).saturating_sub(body.len());
    let total = length(body.len().saturating_add(padding).saturating_add(12))?;
    out.write_all(&kind.to_le_bytes())?;
    out.write_all(&total.to_le_bytes())?;
    out.write_all(body)?;
    out.write_all([0; 3].get(..padding).unwrap_or_default())?;
    out.write_all(&total.to_le_bytes())
}

fn length(octets: usize) -> io::Result<u32> {
    u32::try_from(octets)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a block of 4 GiB or more can't be written"))
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend(code.to_le_bytes());
    body.extend(length.to_le_bytes());
    body.extend(value.iter().take(usize::from(length)));
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}
