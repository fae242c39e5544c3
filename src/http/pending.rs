//! Octets that wait for the rest of their line or head, and remember the frames in which they stood.

use crate::base::{FrameNo, Timestamp};

/// The frame of an octet, and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) frame: FrameNo,
    pub(super) time: Timestamp,
}

/// Octets of one direction in order, and where each stood.
#[derive(Debug, Default)]
pub(super) struct Pending {
    bytes: Vec<u8>,
    /// Offset of the first octet of each place, ascending.
    marks: Vec<(usize, Place)>,
    lowest: Option<FrameNo>,
}

impl Pending {
    /// Storage that is kept for the next head; more is given back.
    const KEEP: usize = 4 << 10;

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn push(&mut self, bytes: &[u8], place: Place) {
        if bytes.is_empty() {
            return;
        }
        if self.marks.last().is_none_or(|(_, last)| *last != place) {
            self.marks.push((self.bytes.len(), place));
            self.lowest = Some(self.lowest.map_or(place.frame, |lowest| lowest.min(place.frame)));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the first `count` octets.
    pub(super) fn drop_front(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        if count >= self.bytes.len() {
            self.clear();
            return;
        }
        self.bytes.drain(..count);
        let kept = self.marks.partition_point(|(start, _)| *start <= count).saturating_sub(1);
        self.marks.drain(..kept);
        for (start, _) in &mut self.marks {
            *start = start.saturating_sub(count);
        }
        self.lowest = self.places().map(|place| place.frame).min();
    }

    pub(super) fn clear(&mut self) {
        self.lowest = None;
        if self.bytes.capacity() > Self::KEEP {
            self.bytes = Vec::new();
            self.marks = Vec::new();
        } else {
            self.bytes.clear();
            self.marks.clear();
        }
    }

    /// The lowest of its frames.
    pub(super) const fn lowest(&self) -> Option<FrameNo> {
        self.lowest
    }

    /// The places of its octets, in their order.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.marks.iter().map(|(_, place)| *place)
    }

    /// The octets of each place, in their order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], Place)> {
        let ends = self.marks.iter().skip(1).map(|(start, _)| *start).chain([self.bytes.len()]);
        self.marks.iter().zip(ends).map(|((start, place), end)| {
            let piece = self.bytes.get(*start..end).unwrap_or_default();
            (piece, *place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(frame: u64) -> Place {
        Place { frame: FrameNo::new(frame).unwrap(), time: Timestamp::from_nanos(0) }
    }

    #[test]
    fn octets_keep_their_frames_when_the_front_is_dropped() {
        for (dropped, expected) in [
            (0, vec![(&b"ab"[..], 1), (b"cde", 2), (b"f", 3)]),
            (1, vec![(&b"b"[..], 1), (b"cde", 2), (b"f", 3)]),
            (2, vec![(&b"cde"[..], 2), (b"f", 3)]),
            (4, vec![(&b"e"[..], 2), (b"f", 3)]),
            (5, vec![(&b"f"[..], 3)]),
            (6, vec![]),
            (9, vec![]),
        ] {
            let mut pending = Pending::default();
            pending.push(b"ab", place(1));
            pending.push(b"cd", place(2));
            pending.push(b"e", place(2));
            pending.push(b"f", place(3));
            pending.drop_front(dropped);
            let pieces: Vec<_> = pending.pieces().map(|(bytes, at)| (bytes, at.frame.get())).collect();
            assert_eq!(pieces, expected, "{dropped} dropped");
        }
    }
}
