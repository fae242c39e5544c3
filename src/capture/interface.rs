//! The interfaces of a pcapng section: link type, times, dropped packets.

use super::LinkType;
use super::bytes::Order;
use crate::base::{Problem, ProblemKind, Timestamp};

/// How the ticks of an interface become nanoseconds (`if_tsresol`, draft-ietf-opsawg-pcapng, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resolution {
    /// Ticks of this many nanoseconds.
    Nanoseconds(u64),
    /// This many ticks are one nanosecond.
    PerNanosecond(u64),
    /// 2 to this many ticks are one second.
    Binary(u32),
}

impl Resolution {
    /// The resolution of the option's octet. Bit 7 tells powers of two from powers of ten.
    fn new(octet: u8) -> Self {
        let exponent = u32::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            return Self::Binary(exponent);
        }
        match 9_u32.checked_sub(exponent) {
            Some(power) => Self::Nanoseconds(10_u64.pow(power)),
            // Where the power does not fit, no 64-bit count of ticks comes to a nanosecond; 0 stands for that.
            None => Self::PerNanosecond(10_u64.checked_pow(exponent.saturating_sub(9)).unwrap_or(0)),
        }
    }

    #[inline]
    fn nanos(self, ticks: u64) -> u128 {
        match self {
            Self::Nanoseconds(each) => u128::from(ticks) * u128::from(each),
            Self::PerNanosecond(count) => u128::from(ticks.checked_div(count).unwrap_or(0)),
            Self::Binary(exponent) => (u128::from(ticks) * 1_000_000_000).checked_shr(exponent).unwrap_or(0),
        }
    }
}

/// One Interface Description Block.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// The most octets that are kept of a packet; 0 means all.
    pub(super) snaplen: u32,
    resolution: Resolution,
    /// Seconds to add to each time (`if_tsoffset`).
    offset: i64,
    /// Packets that the file says were lost, from statistics blocks.
    stated: u64,
    /// Packets that the file says were lost, from the packets' own blocks.
    counted: u64,
    received: Option<u64>,
}

impl Interface {
    /// Reads the body of an Interface Description Block; `None` where it is too short.
    pub(super) fn parse(order: Order, body: &[u8]) -> Option<Self> {
        let mut interface = Self {
            link_type: LinkType(order.u16(body, 0)?),
            snaplen: order.u32(body, 4)?,
            resolution: Resolution::new(6),
            offset: 0,
            stated: 0,
            counted: 0,
            received: None,
        };
        for option in Options::new(order, body, 8) {
            match option.code {
                9 => interface.resolution = option.value.first().map_or(interface.resolution, |o| Resolution::new(*o)),
                14 => interface.offset = order.u64(option.value, 0).map_or(0, u64::cast_signed),
                _ => {}
            }
        }
        Some(interface)
    }

    /// The time of a count of ticks. Times past the year 2262 are that year's last that can be told.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        let since_offset = i128::try_from(self.resolution.nanos(ticks)).unwrap_or(i128::MAX);
        let nanos = since_offset.saturating_add(i128::from(self.offset) * 1_000_000_000);
        Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Adds packets lost between two packets (`epb_dropcount`, or the count in an old packet block).
    pub(super) fn add_dropped(&mut self, count: u64) {
        self.counted = self.counted.saturating_add(count);
    }

    /// Takes the options of an Interface Statistics Block (section 4.6). Its counters run from the start of the capture.
    pub(super) fn statistics(&mut self, order: Order, body: &[u8]) {
        let (mut by_interface, mut by_system) = (0_u64, 0_u64);
        for option in Options::new(order, body, 12) {
            match (option.code, order.u64(option.value, 0)) {
                (4, Some(received)) => self.received = Some(received),
                (5, Some(dropped)) => by_interface = dropped,
                (7, Some(dropped)) => by_system = dropped,
                _ => {}
            }
        }
        self.stated = self.stated.max(by_interface.saturating_add(by_system));
    }

    /// What to say of dropped packets, when the section ends. `index` counts over the whole file.
    pub(super) fn dropped(&self, index: u32) -> Option<Problem> {
        let dropped = self.stated.max(self.counted);
        if dropped == 0 {
            return None;
        }
        let of = self.received.map_or(String::new(), |received| format!(" ({received} were received)"));
        let packets = if dropped == 1 { "packet" } else { "packets" };
        Some(Problem::whole(
            ProblemKind::DroppedPackets,
            format!(
                "the capturing machine dropped {dropped} {packets} on interface {index}{of}; what is missing from the \
                 sessions may be among them. Capture again with a larger buffer (tcpdump -B) or a narrower filter"
            ),
        ))
    }
}

/// One option of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockOption<'a> {
    pub(super) code: u16,
    pub(super) value: &'a [u8],
    /// Where the value begins in the body.
    pub(super) at: usize,
}

/// The options of a block (section 3.5), up to their end mark. One that runs past the block ends them.
pub(super) struct Options<'a> {
    order: Order,
    body: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    /// The options that begin at an offset of the body.
    pub(super) fn new(order: Order, body: &'a [u8], at: usize) -> Self {
        Self { order, body, at }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = BlockOption<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let code = self.order.u16(self.body, self.at)?;
        let length = usize::from(self.order.u16(self.body, self.at.checked_add(2)?)?);
        if code == 0 {
            self.at = self.body.len();
            return None;
        }
        let at = self.at.checked_add(4)?;
        let value = self.body.get(at..at.checked_add(length)?)?;
        self.at = at.checked_add(length.next_multiple_of(4))?;
        Some(BlockOption { code, value, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(octet: u8, offset: i64) -> Interface {
        let mut body = vec![1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, octet, 0, 0, 0, 14, 0, 8, 0];
        body.extend(offset.to_le_bytes());
        Interface::parse(Order::Little, &body).unwrap()
    }

    #[test]
    fn ticks_of_every_resolution_become_nanoseconds() {
        let cases: [(u8, i64, u64, i64); 11] = [
            (0, 0, 7, 7_000_000_000),
            (6, 0, 1_700_000_000_000_001, 1_700_000_000_000_001_000),
            (9, 0, 1_700_000_000_000_000_001, 1_700_000_000_000_000_001),
            (12, 0, 7_123_456_789_012, 7_123_456_789),
            (127, 0, u64::MAX, 0),
            (0x80, 0, 7, 7_000_000_000),
            (0x8a, 0, 1_024 * 7 + 512, 7_500_000_000),
            (0x8a, 100, 1_024 * 7 + 512, 107_500_000_000),
            (0xff, 0, u64::MAX, 0),
            (0, 0, u64::MAX, i64::MAX),
            (6, i64::MIN, 5, i64::MIN),
        ];
        for (octet, offset, ticks, nanos) in cases {
            assert_eq!(interface(octet, offset).time(ticks).nanos(), nanos, "resolution {octet:#x}, offset {offset}");
        }
    }

    #[test]
    fn an_option_past_the_block_ends_the_options() {
        let body = [1, 0, 2, 0, b'h', b'i', 0, 0, 9, 0, 200, 0, 1];
        let options: Vec<_> = Options::new(Order::Little, &body, 0).map(|o| (o.code, o.value.to_vec())).collect();
        assert_eq!(options, [(1, b"hi".to_vec())]);
    }
}
