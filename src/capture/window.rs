//! The bounded window through which a file is read.

use crate::base::Limits;
use std::io::{self, Read};
use std::ops::Range;

/// The most that the window may grow to: one record of the greatest size, its header and the header after it.
const CEILING: usize = Limits::RECORD + 1_024;

/// A part of a stream in memory. Octets are read behind its end and consumed at its start; what lies between moves only
/// when there is no room left, so that a record is borrowed where it was read.
pub(super) struct Window {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Octets of the stream before `start`.
    offset: u64,
    ended: bool,
    error: Option<io::Error>,
}

impl Window {
    /// A window of `size` octets over a stream. Nothing is read yet.
    pub(super) fn new(source: Box<dyn Read + Send>, size: usize) -> Self {
        Self { source, buffer: vec![0; size], start: 0, end: 0, offset: 0, ended: false, error: None }
    }

    /// Reads until `wanted` octets are there. Returns how many are: fewer than wanted only at the end of the stream, or
    /// where `wanted` is above the ceiling.
    #[inline]
    pub(super) fn fill(&mut self, wanted: usize) -> usize {
        let have = self.end.saturating_sub(self.start);
        if have >= wanted { have } else { self.refill(wanted) }
    }

    #[cold]
    fn refill(&mut self, wanted: usize) -> usize {
        let wanted = wanted.min(CEILING);
        let size = self.buffer.len();
        let tail = size.saturating_sub(self.end);
        if !self.ended && self.start > 0 && (self.start.saturating_add(wanted) > size || tail < size / 4) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        while self.end.saturating_sub(self.start) < wanted && !self.ended {
            if self.end == self.buffer.len() {
                // Doubling, and only when it is full: the length that a record claims allocates nothing.
                let grown = self.buffer.len().saturating_mul(2).clamp(64, CEILING);
                if grown <= self.buffer.len() {
                    break;
                }
                self.buffer.resize(grown, 0);
            }
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            let length = room.len();
            match self.source.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end = self.end.saturating_add(read.min(length)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.error = Some(error);
                }
            }
        }
        self.end.saturating_sub(self.start)
    }

    /// The octets that are there and not consumed.
    #[inline]
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Consumes octets. They stay where they are until the next `fill`.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end.saturating_sub(self.start));
        self.start = self.start.saturating_add(count);
        self.offset = self.offset.saturating_add(count as u64);
    }

    /// The place of octets of `rest`, for `at`. It holds until the next `fill`.
    #[inline]
    pub(super) fn place(&self, ahead: usize, length: usize) -> Range<usize> {
        let start = self.start.saturating_add(ahead);
        start..start.saturating_add(length)
    }

    /// The octets at a place.
    #[inline]
    pub(super) fn at(&self, place: Range<usize>) -> &[u8] {
        self.buffer.get(place).unwrap_or_default()
    }

    /// Octets of the stream that were consumed.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Octets of the stream that were read.
    pub(super) fn read_so_far(&self) -> u64 {
        self.offset.saturating_add(self.end.saturating_sub(self.start) as u64)
    }

    /// Octets that the window has room for.
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Whether reading ended with an error.
    pub(super) fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// The error with which reading ended.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The stream again, from the first octet that is not consumed.
    pub(super) fn into_stream(self) -> Box<dyn Read + Send> {
        let unread = self.rest().to_vec();
        Box::new(io::Cursor::new(unread).chain(self.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one octet a call, with interruptions.
    struct Drip(Vec<u8>, usize);

    impl Read for Drip {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let Some(first) = self.0.pop() else { return Ok(0) };
            into[0] = first;
            Ok(1)
        }
    }

    #[test]
    fn a_window_gives_all_octets_in_order_whatever_its_size() {
        for size in [0, 1, 7, 64, 4_096] {
            let octets: Vec<u8> = (0..200).collect();
            let mut window = Window::new(Box::new(Drip(octets.iter().rev().copied().collect(), 0)), size);
            let mut seen: Vec<u8> = Vec::new();
            while window.fill(9) > 0 {
                seen.extend(window.rest().iter().take(5));
                window.consume(5);
            }
            assert_eq!(seen, octets, "window of {size}");
            assert_eq!(window.offset(), 200);
        }
    }

    #[test]
    fn a_window_grows_no_further_than_its_ceiling() {
        let mut window = Window::new(Box::new(io::repeat(7)), 64);
        assert_eq!(window.fill(usize::MAX), CEILING);
        assert_eq!(window.buffer.len(), CEILING);
    }

    #[test]
    fn an_error_is_kept_behind_the_octets_before_it() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let mut window = Window::new(Box::new(io::Cursor::new(vec![1, 2, 3]).chain(Fails)), 64);
        assert_eq!(window.fill(10), 3);
        assert!(window.failed());
        assert_eq!(window.take_error().unwrap().to_string(), "gone");
    }
}
