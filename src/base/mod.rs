//! What every layer shares: frame numbers, times, spans, limits and problems.
//!
//! **Knows nothing** of any layer above. A number that comes from a file or a wire becomes one of these types at the
//! edge and is not checked again.

mod decrypted;
mod handshake;
mod injected;
mod limits;
mod mark;
mod problem;
mod severity;
pub(crate) mod suggest;

pub use decrypted::{Decrypted, Opener};
pub use handshake::{Certificate, Handshake, Offered};
pub use injected::{Effect, INJECTED_PREFIX, Injected};
pub use limits::Limits;
pub use mark::{MARKS, UNMARKED, rank_of_mark};
pub use problem::{Problem, ProblemKind};
pub use severity::{Role, Severity};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;

/// A frame's number as Wireshark shows it for the same file: counted from 1 over all sections and interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct FrameNo(NonZeroU64);

impl FrameNo {
    /// The first frame of a file.
    pub const FIRST: FrameNo = FrameNo(NonZeroU64::MIN);

    /// The frame with this number; `None` for 0.
    pub const fn new(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, counted from 1.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The frame after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for FrameNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Nanoseconds since 1970-01-01T00:00:00Z, as the capture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A time from nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Nanoseconds from `earlier` to this time; negative when the capture runs backwards.
    pub const fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with microseconds, as in the JSON report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.rfc3339().as_str())
    }
}

/// A time as text: RFC 3339 in UTC with microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Rfc3339([u8; 27]);

impl Rfc3339 {
    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Timestamp {
    /// As a report writes it. All of the years that 64 bits of nanoseconds reach have four digits.
    pub fn rfc3339(self) -> Rfc3339 {
        let seconds = self.0.div_euclid(1_000_000_000);
        let micros = self.0.rem_euclid(1_000_000_000) / 1_000;
        let days = seconds.div_euclid(86_400);
        let second_of_day = seconds.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
        let digit = |value: i64, place: i64| b'0' + u8::try_from(value / place % 10).unwrap_or_default();
        #[rustfmt::skip]
        let text = [
            digit(year, 1_000), digit(year, 100), digit(year, 10), digit(year, 1), b'-',
            digit(month, 10), digit(month, 1), b'-',
            digit(day, 10), digit(day, 1), b'T',
            digit(hour, 10), digit(hour, 1), b':',
            digit(minute, 10), digit(minute, 1), b':',
            digit(second, 10), digit(second, 1), b'.',
            digit(micros, 100_000), digit(micros, 10_000), digit(micros, 1_000),
            digit(micros, 100), digit(micros, 10), digit(micros, 1), b'Z',
        ];
        Rfc3339(text)
    }
}

/// Year, month, day of a day number since 1970-01-01 (proleptic Gregorian calendar).
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// A range of octets in one body, from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First octet.
    pub start: u32,
    /// One past the last octet.
    pub end: u32,
}

impl Span {
    /// The span between two offsets; offsets past 4 GiB are clamped, since no body is that large (see [`Limits::BODY`]).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// Number of octets.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it holds no octet.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The octets of `body` that it names; empty where the body is shorter.
    pub fn of(self, body: &[u8]) -> &[u8] {
        body.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the DM client (the device) to the DM server.
    DeviceToServer,
    /// From the DM server to the DM client.
    ServerToDevice,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::DeviceToServer => Self::ServerToDevice,
            Self::ServerToDevice => Self::DeviceToServer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_prints_as_rfc_3339_with_microseconds() {
        assert_eq!(Timestamp::from_nanos(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::from_nanos(1_767_225_600_123_456_789).to_string(), "2026-01-01T00:00:00.123456Z");
        assert_eq!(Timestamp::from_nanos(951_782_400_000_000_000).to_string(), "2000-02-29T00:00:00.000000Z");
        assert_eq!(Timestamp::from_nanos(-1_000).to_string(), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn a_frame_number_cannot_be_zero() {
        assert_eq!(FrameNo::new(0), None);
        assert_eq!(FrameNo::FIRST.next().get(), 2);
    }

    #[test]
    fn a_span_past_the_body_is_empty() {
        assert_eq!(Span::new(2, 4).of(b"abcdef"), b"cd");
        assert_eq!(Span::new(4, 9).of(b"abcdef"), b"");
    }
}
