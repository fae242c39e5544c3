//! The pcapng format (draft-ietf-opsawg-pcapng).

use super::FrameDirection;
use super::bytes::{Order, size};
use super::interface::{Interface, Options};
use super::ledger::{Ledger, Slot, Step};
use super::pcap::{found, not_found};
use super::resync;
use super::window::Window;
use crate::base::{Limits, Problem, ProblemKind};
use std::ops::Range;

/// Block types (section 11.1).
pub(super) mod block {
    pub(in super::super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(in super::super) const INTERFACE: u32 = 1;
    /// The packet block that the enhanced one replaced (appendix A).
    pub(in super::super) const OLD_PACKET: u32 = 2;
    pub(in super::super) const SIMPLE_PACKET: u32 = 3;
    pub(in super::super) const NAMES: u32 = 4;
    pub(in super::super) const STATISTICS: u32 = 5;
    pub(in super::super) const ENHANCED_PACKET: u32 = 6;
    /// A record of the systemd journal.
    pub(in super::super) const JOURNAL: u32 = 9;
    pub(in super::super) const SECRETS: u32 = 10;
    pub(in super::super) const CUSTOM: u32 = 0x0000_0bad;
    pub(in super::super) const CUSTOM_NO_COPY: u32 = 0x4000_0bad;
    /// System calls as sysdig records them, in three versions.
    pub(in super::super) const SYSDIG: [u32; 3] = [0x204, 0x216, 0x221];
}

/// Octets of a block around its body: type, length, and length again.
const AROUND: usize = 12;
/// The section header's mark of its byte order, most significant octet first.
const BYTE_ORDER: [u8; 4] = [0x1a, 0x2b, 0x3c, 0x4d];

/// The byte order of a section header block that begins with these octets; `None` where it is no such block.
pub(super) fn section_order(first: &[u8]) -> Option<Order> {
    if first.get(..4)? != block::SECTION.to_be_bytes() {
        return None;
    }
    let mut mark: [u8; 4] = *first.get(8..)?.first_chunk()?;
    if mark == BYTE_ORDER {
        return Some(Order::Big);
    }
    mark.reverse();
    (mark == BYTE_ORDER).then_some(Order::Little)
}

/// How far a file was read.
pub(super) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    /// Interfaces of the sections before.
    earlier: u32,
}

/// The fields of a packet block before its octets.
struct Packet {
    interface: u32,
    ticks: u64,
    captured: u32,
    original: u32,
    dropped: u64,
}

impl Pcapng {
    /// A reader of a file whose first section has this byte order. The section header itself is read as the first block.
    pub(super) fn new(order: Order) -> Self {
        Self { order, interfaces: Vec::new(), earlier: 0 }
    }

    /// Reads the next block.
    pub(super) fn step(&mut self, window: &mut Window, ledger: &mut Ledger) -> Step {
        let there = window.fill(AROUND);
        let Some((kind, total)) = self.head(window.rest()) else {
            return if there < AROUND {
                if there > 0 && !window.failed() {
                    truncated(ledger, window.offset(), there, AROUND);
                }
                window.consume(there);
                Step::End
            } else {
                self.broken(window, ledger, "the section header's byte-order mark is no such mark".to_owned())
            };
        };
        // The standard has only multiples of four; Wireshark rounds others up.
        let length = size(total).saturating_add(3) & !3;
        if !(AROUND..=Limits::RECORD).contains(&length) {
            let text = format!("the block of type {kind:#x} claims {total} octets, which no block has");
            return self.broken(window, ledger, text);
        }
        let there = window.fill(length);
        if there < length {
            return self.unfinished(window, ledger, length);
        }
        if self.order.u32(window.rest(), length.saturating_sub(4)) != Some(total) {
            // Wireshark reads by the first length. So it is done here where that leads to another block.
            if there_is_more(window, length) && !self.plausible(window, length) {
                let text =
                    format!("the block of type {kind:#x} says {total} octets at its start and others at its end");
                return self.broken(window, ledger, text);
            }
            ledger.problem(
                ProblemKind::BadRecord,
                window.offset(),
                format!(
                    "the block of type {kind:#x} says {total} octets at its start and others at its end; it was read by \
                     the first"
                ),
            );
        }
        let step = self.block(window, ledger, kind, length);
        window.consume(length);
        step
    }

    /// Type and length of the block that begins with these octets. A section header changes the byte order.
    fn head(&mut self, rest: &[u8]) -> Option<(u32, u32)> {
        let kind = self.order.u32(rest, 0)?;
        if rest.len() < AROUND {
            return None;
        }
        if kind == block::SECTION {
            self.order = section_order(rest)?;
        }
        Some((kind, self.order.u32(rest, 4)?))
    }

    /// Takes one whole block.
    fn block(&mut self, window: &Window, ledger: &mut Ledger, kind: u32, length: usize) -> Step {
        let body = window.rest().get(8..length.saturating_sub(4)).unwrap_or_default();
        match kind {
            block::ENHANCED_PACKET | block::OLD_PACKET | block::SIMPLE_PACKET => {
                return self.packet(window, ledger, kind, body);
            }
            block::SECTION => self.section(window, ledger, body),
            block::INTERFACE => self.interface(window, ledger, body),
            block::STATISTICS => {
                let index = self.order.u32(body, 0).map_or(usize::MAX, size);
                if let Some(interface) = self.interfaces.get_mut(index) {
                    interface.statistics(self.order, body);
                }
            }
            block::SECRETS => return self.secrets(window, ledger, body),
            // Wireshark shows these as frames, though no packet is in them.
            block::CUSTOM | block::CUSTOM_NO_COPY | block::JOURNAL => ledger.pass_number(),
            kind if block::SYSDIG.contains(&kind) => ledger.pass_number(),
            _ => {}
        }
        Step::Again
    }

    /// A new section: its interfaces are counted from 0 again.
    fn section(&mut self, window: &Window, ledger: &mut Ledger, body: &[u8]) {
        self.close(ledger);
        self.earlier = self.earlier.saturating_add(u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX));
        self.interfaces.clear();
        let version = self.order.u16(body, 4);
        if version != Some(1) {
            ledger.problem(
                ProblemKind::BadRecord,
                window.offset(),
                match version {
                    Some(version) => format!("the section is of pcapng version {version}; it was read as version 1"),
                    None => "the section header is too short to hold its version; it was read as version 1".to_owned(),
                },
            );
        }
    }

    fn interface(&mut self, window: &Window, ledger: &mut Ledger, body: &[u8]) {
        let problem = if self.interfaces.len() >= Limits::INTERFACES {
            format!(
                "the section describes more than {} interfaces; packets of the others were not read",
                Limits::INTERFACES
            )
        } else if let Some(interface) = Interface::parse(self.order, body) {
            self.interfaces.push(interface);
            return;
        } else {
            "the interface description is too short; packets of this interface and those after it may be misread"
                .to_owned()
        };
        ledger.problem(ProblemKind::BadRecord, window.offset(), problem);
    }

    fn packet(&mut self, window: &Window, ledger: &mut Ledger, kind: u32, body: &[u8]) -> Step {
        let fields = match kind {
            block::ENHANCED_PACKET => self.enhanced(body).map(|packet| (packet, 20)),
            block::OLD_PACKET => self.old(body).map(|packet| (packet, 20)),
            _ => self.simple(body).map(|packet| (packet, 4)),
        };
        let Some((packet, at)) = fields else {
            return skipped(window, ledger, "the packet block is too short for its fields; the packet was not read");
        };
        let Some(interface) = self.interfaces.get_mut(size(packet.interface)) else {
            let text = format!(
                "the packet is of interface {}, which the file does not describe; it was not read",
                packet.interface
            );
            return skipped(window, ledger, text);
        };
        let captured = size(packet.captured);
        let end = captured.saturating_add(at);
        if end > body.len() {
            let text = format!(
                "the packet claims {captured} octets, and its block has room for {}; it was not read",
                body.len().saturating_sub(at)
            );
            return skipped(window, ledger, text);
        }
        interface.add_dropped(packet.dropped);
        let mut slot = Slot {
            number: ledger.number(),
            time: (kind != block::SIMPLE_PACKET).then(|| interface.time(packet.ticks)),
            link_type: interface.link_type,
            interface: self.earlier.saturating_add(packet.interface),
            data: in_body(window, at, captured),
            original_len: packet.original,
            direction: None,
            comment: None,
        };
        ledger.note_length(slot.number, captured, packet.original);
        let options = end.saturating_add(3) & !3;
        if kind != block::SIMPLE_PACKET && options < body.len() {
            for option in Options::new(self.order, body, options) {
                match option.code {
                    1 if slot.comment.is_none() => slot.comment = Some(in_body(window, option.at, option.value.len())),
                    // Bits 0 and 1 (section 4.3.1): 1 is inbound, 2 is outbound.
                    2 => {
                        slot.direction = match self.order.u32(option.value, 0).map(|flags| flags & 3) {
                            Some(1) => Some(FrameDirection::Inbound),
                            Some(2) => Some(FrameDirection::Outbound),
                            _ => None,
                        };
                    }
                    4 if kind == block::ENHANCED_PACKET => {
                        interface.add_dropped(self.order.u64(option.value, 0).unwrap_or(0));
                    }
                    _ => {}
                }
            }
        }
        Step::Frame(slot)
    }

    fn enhanced(&self, body: &[u8]) -> Option<Packet> {
        Some(Packet {
            interface: self.order.u32(body, 0)?,
            ticks: self.ticks(body)?,
            captured: self.order.u32(body, 12)?,
            original: self.order.u32(body, 16)?,
            dropped: 0,
        })
    }

    fn old(&self, body: &[u8]) -> Option<Packet> {
        // 65535 means that the count is not known.
        let dropped = self.order.u16(body, 2).filter(|count| *count != u16::MAX).map_or(0, u64::from);
        Some(Packet { interface: u32::from(self.order.u16(body, 0)?), dropped, ..self.enhanced(body)? })
    }

    /// A simple packet block has no captured length: it follows from the snap length of interface 0 (section 4.4).
    fn simple(&self, body: &[u8]) -> Option<Packet> {
        let original = self.order.u32(body, 0)?;
        let snaplen = self.interfaces.first().map_or(0, |interface| interface.snaplen);
        let room = u32::try_from(body.len().saturating_sub(4)).unwrap_or(u32::MAX);
        let captured = if snaplen == 0 { original } else { original.min(snaplen) };
        Some(Packet { interface: 0, ticks: 0, captured: captured.min(room), original, dropped: 0 })
    }

    /// The time of a packet block: two halves, the high one first in either byte order.
    fn ticks(&self, body: &[u8]) -> Option<u64> {
        Some((u64::from(self.order.u32(body, 4)?) << 32) | u64::from(self.order.u32(body, 8)?))
    }

    fn secrets(&self, window: &Window, ledger: &mut Ledger, body: &[u8]) -> Step {
        let fields = self.order.u32(body, 0).zip(self.order.u32(body, 4));
        match fields.filter(|(_, length)| size(*length).saturating_add(8) <= body.len()) {
            Some((format, length)) => Step::Secrets(format, in_body(window, 8, size(length))),
            None => {
                ledger.problem(
                    ProblemKind::BadRecord,
                    window.offset(),
                    "the block of decryption secrets is shorter than the secrets it claims; they were not read",
                );
                Step::Again
            }
        }
    }

    /// Says what the interfaces of a section dropped, when it ends.
    pub(super) fn close(&self, ledger: &mut Ledger) {
        let indices = (0_u32..).map(|index| self.earlier.saturating_add(index));
        let problems: Vec<Problem> =
            self.interfaces.iter().zip(indices).filter_map(|(interface, index)| interface.dropped(index)).collect();
        problems.into_iter().for_each(|problem| ledger.push(problem));
    }

    #[cold]
    fn unfinished(&mut self, window: &mut Window, ledger: &mut Ledger, length: usize) -> Step {
        let there = window.rest().len();
        if window.failed() {
            window.consume(there);
            return Step::End;
        }
        let offset = window.offset();
        let Some(octets) = self.seek(window) else {
            truncated(ledger, offset, there, length);
            return Step::End;
        };
        ledger.problem(
            ProblemKind::BadRecord,
            offset,
            format!(
                "the block claims {length} octets, and the file has only {there} more, with other blocks among them; the \
                 file is damaged here"
            ),
        );
        found(ledger, window.offset(), octets);
        Step::Again
    }

    #[cold]
    fn broken(&mut self, window: &mut Window, ledger: &mut Ledger, text: String) -> Step {
        let offset = window.offset();
        match self.seek(window) {
            Some(octets) => {
                ledger.problem(ProblemKind::BadRecord, offset, format!("{text}; the file is damaged here"));
                found(ledger, window.offset(), octets);
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

    /// Whether a block of a known type, with the same length at both ends, begins at an offset of the window.
    fn plausible(&self, window: &mut Window, ahead: usize) -> bool {
        let head = ahead.saturating_add(AROUND);
        if window.fill(head) < head {
            return false;
        }
        let rest = window.rest().get(ahead..).unwrap_or_default();
        let order = section_order(rest).unwrap_or(self.order);
        let Some((kind, total)) = order.u32(rest, 0).zip(order.u32(rest, 4)) else { return false };
        let least = match kind {
            block::SECTION => 28,
            block::INTERFACE => 20,
            block::OLD_PACKET | block::ENHANCED_PACKET => 32,
            block::SIMPLE_PACKET | block::CUSTOM | block::CUSTOM_NO_COPY => 16,
            block::STATISTICS => 24,
            block::SECRETS => 20,
            block::NAMES | block::JOURNAL => 16,
            _ => return false,
        };
        let length = size(total);
        if length < least || length > Limits::RESYNC_FRAME.saturating_add(1_024) || !length.is_multiple_of(4) {
            return false;
        }
        let end = ahead.saturating_add(length);
        window.fill(end) >= end && order.u32(window.rest(), end.saturating_sub(4)) == Some(total)
    }
}

/// A place in the body of the block at the window's start.
fn in_body(window: &Window, at: usize, length: usize) -> Range<usize> {
    window.place(at.saturating_add(8), length)
}

fn there_is_more(window: &mut Window, length: usize) -> bool {
    let next = length.saturating_add(1);
    window.fill(next) >= next
}

/// A packet that can't be read in a block that can be stepped over. It has a number all the same.
fn skipped(window: &Window, ledger: &mut Ledger, text: impl Into<String>) -> Step {
    ledger.problem(ProblemKind::BadRecord, window.offset(), text);
    ledger.pass_number();
    Step::Again
}

fn truncated(ledger: &mut Ledger, offset: u64, there: usize, length: usize) {
    ledger.problem(
        ProblemKind::TruncatedRecord,
        offset,
        format!(
            "the file ends inside a block, {there} of {length} octets or more; the last packets are missing, so copy the \
             file again or let the capture finish"
        ),
    );
}
