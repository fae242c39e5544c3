//! The classic pcap format (draft-ietf-opsawg-pcap, sections 4 and 5).

use super::LinkType;
use super::bytes::{Order, size};
use super::ledger::{Ledger, Slot, Step};
use super::resync;
use super::window::Window;
use crate::base::{Limits, ProblemKind, Timestamp};

/// Octets of the file header.
pub(super) const FILE_HEADER: usize = 24;

/// What a record header says.
struct Record {
    time: Timestamp,
    fraction: u32,
    captured: u32,
    original: u32,
}

/// What the file header says, and how far the file was read.
pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds of one unit of the fraction: 1000, or 1.
    unit: i64,
    /// Octets of a record header: 16, or 24 in the modified format.
    record_header: usize,
    link_type: LinkType,
    /// The largest captured length that is taken as it is.
    bound: usize,
    last: Option<Timestamp>,
}

/// Byte order, nanoseconds of a unit and record header of a file that begins with these octets; `None` where they are no
/// magic number of pcap. The modified format is that of Alexey Kuznetsov's patches to libpcap: the record header has an
/// interface index, a protocol and a packet type at its end.
pub(super) fn magic(first: &[u8]) -> Option<(Order, i64, usize)> {
    let first: [u8; 4] = *first.first_chunk()?;
    Some(match first {
        [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1_000, 16),
        [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1_000, 16),
        [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1, 16),
        [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1, 16),
        [0x34, 0xcd, 0xb2, 0xa1] => (Order::Little, 1_000, 24),
        [0xa1, 0xb2, 0xcd, 0x34] => (Order::Big, 1_000, 24),
        _ => return None,
    })
}

impl Pcap {
    /// Reads a file header; `None` where it is none or too short.
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let (order, unit, record_header) = magic(header)?;
        let snaplen = size(order.u32(header, 16)?);
        // The upper half has the length of the frame check sequence and reserved bits.
        let network = order.u32(header, 20)? & 0xffff;
        let bound = match snaplen {
            0 => Limits::RECORD,
            large if large > Limits::RECORD => Limits::RECORD,
            // Some writers keep records that are longer than the snap length they declare.
            snaplen => snaplen.max(Limits::RESYNC_FRAME),
        };
        let link_type = LinkType(u16::try_from(network).unwrap_or(u16::MAX));
        Some(Self { order, unit, record_header, link_type, bound, last: None })
    }

    #[inline]
    fn record(&self, header: &[u8]) -> Option<Record> {
        let header = header.get(..self.record_header)?;
        let seconds = self.order.u32(header, 0)?;
        let fraction = self.order.u32(header, 4)?;
        Some(Record {
            // Both factors are 32-bit numbers: the sum stays below 2^63.
            time: Timestamp::from_nanos(
                (i64::from(seconds) * 1_000_000_000).saturating_add(i64::from(fraction) * self.unit),
            ),
            fraction,
            captured: self.order.u32(header, 8)?,
            original: self.order.u32(header, 12)?,
        })
    }

    /// Reads the next record.
    #[inline]
    pub(super) fn step(&mut self, window: &mut Window, ledger: &mut Ledger) -> Step {
        let there = window.fill(self.record_header);
        let Some(record) = self.record(window.rest()) else {
            if there > 0 && !window.failed() {
                ledger.problem(
                    ProblemKind::TruncatedRecord,
                    window.offset(),
                    format!(
                        "the file ends inside a record header, {there} of {} octets; the last packets are missing, so \
                         copy the file again or let the capture finish",
                        self.record_header
                    ),
                );
            }
            window.consume(there);
            return Step::End;
        };
        if magic(window.rest()).is_some()
            && let Some(next) = self.second_file(window)
        {
            *self = next;
            return Step::Again;
        }
        let captured = size(record.captured);
        if captured > self.bound {
            let text = format!(
                "the record claims {} captured octets, more than any packet has; the file is damaged here",
                record.captured
            );
            return self.broken(window, ledger, text);
        }
        let length = self.record_header.saturating_add(captured);
        if window.fill(length) < length {
            return self.unfinished(window, ledger, length);
        }
        let number = ledger.number();
        ledger.note_length(number, captured, record.original);
        let data = window.place(self.record_header, captured);
        window.consume(length);
        self.last = Some(record.time);
        Step::Frame(Slot {
            number,
            time: Some(record.time),
            link_type: self.link_type,
            interface: 0,
            data,
            original_len: record.original,
            direction: None,
            comment: None,
        })
    }

    /// The header of a second file that was appended to the first. As a record it would be an empty one of the year 2055
    /// or later, whose fraction is the format's version.
    fn second_file(&self, window: &mut Window) -> Option<Self> {
        if window.fill(FILE_HEADER) < FILE_HEADER {
            return None;
        }
        let next = Self::parse(window.rest())?;
        let version = (next.order.u16(window.rest(), 4)?, next.order.u16(window.rest(), 6)?);
        if version != (2, 4) {
            return None;
        }
        window.consume(FILE_HEADER);
        Some(Self { last: self.last, ..next })
    }

    /// A record that claims more octets than the file has: the end of a file that was cut, or a wrong length.
    #[cold]
    fn unfinished(&mut self, window: &mut Window, ledger: &mut Ledger, length: usize) -> Step {
        let there = window.rest().len();
        if window.failed() {
            window.consume(there);
            return Step::End;
        }
        let offset = window.offset();
        match self.seek(window) {
            Some(skipped) => {
                ledger.problem(
                    ProblemKind::BadRecord,
                    offset,
                    format!(
                        "the record claims {length} octets with its header, and the file has only {there} more, with \
                         other records among them; the file is damaged here"
                    ),
                );
                found(ledger, window.offset(), skipped);
                Step::Again
            }
            None => {
                ledger.problem(
                    ProblemKind::TruncatedRecord,
                    offset,
                    format!(
                        "the file ends inside a record, {there} of {length} octets; the last packets are missing, so \
                         copy the file again or let the capture finish"
                    ),
                );
                Step::End
            }
        }
    }

    /// A record that can't be: looks for the next one.
    #[cold]
    fn broken(&mut self, window: &mut Window, ledger: &mut Ledger, text: String) -> Step {
        let offset = window.offset();
        match self.seek(window) {
            Some(skipped) => {
                ledger.problem(ProblemKind::BadRecord, offset, text);
                found(ledger, window.offset(), skipped);
                Step::Again
            }
            None => {
                not_found(ledger, offset, text);
                Step::End
            }
        }
    }

    fn seek(&self, window: &mut Window) -> Option<u64> {
        resync::seek(window, Limits::RESYNC, |window, ahead| self.plausible(window, ahead))
    }

    /// Whether two records that may be neighbours begin at an offset of the window, or one that ends with the file.
    fn plausible(&self, window: &mut Window, ahead: usize) -> bool {
        let header = ahead.saturating_add(self.record_header);
        if window.fill(header) < header {
            return false;
        }
        let Some(first) = window.rest().get(ahead..).and_then(|rest| self.record(rest)) else { return false };
        if !self.possible(&first, self.last) {
            return false;
        }
        let end = header.saturating_add(size(first.captured));
        let both = end.saturating_add(self.record_header);
        let there = window.fill(both);
        if there == end {
            return true;
        }
        let Some(second) = window.rest().get(end..).and_then(|rest| self.record(rest)) else { return false };
        there >= both && self.possible(&second, Some(first.time))
    }

    /// Whether a header could be one of a record, `near` another one.
    fn possible(&self, record: &Record, near: Option<Timestamp>) -> bool {
        size(record.captured) <= self.bound.min(Limits::RESYNC_FRAME)
            && record.captured > 0
            && record.captured <= record.original
            && size(record.original) <= Limits::RECORD
            && i64::from(record.fraction).saturating_mul(self.unit) < 1_000_000_000
            && near.is_none_or(|near| record.time.since(near).unsigned_abs() <= Limits::RESYNC_AGE.unsigned_abs())
    }
}

/// Says where reading goes on.
pub(super) fn found(ledger: &mut Ledger, offset: u64, skipped: u64) {
    ledger.problem(
        ProblemKind::Resynchronised,
        offset,
        format!(
            "{skipped} octets were skipped up to the next plausible record; packets in them are lost, and frame numbers \
             from here on may differ from other tools"
        ),
    );
}

/// Says that reading ends at a broken record.
pub(super) fn not_found(ledger: &mut Ledger, offset: u64, text: String) {
    ledger.problem(
        ProblemKind::BadRecord,
        offset,
        format!(
            "{text}. No plausible record follows within {}, so the rest of the file was not read",
            resync::searched()
        ),
    );
}
