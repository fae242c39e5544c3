//! Fragmented IP datagrams, put together.
//!
//! The same octets may come twice (a capture on several interfaces sees each fragment again). Where they differ, the
//! whole datagram is given up, as receivers do (RFC 5722 for IPv6; common systems do the same for IPv4).

use super::ip::{Fragment, IpPacket};
use super::outlet::{Moment, Problems};
use crate::base::{FrameNo, Limits, ProblemKind, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

/// Completed datagrams that are remembered, so that second copies of their fragments begin nothing.
const DONE: usize = 16;
/// Nanoseconds of capture time for which they are.
const DONE_AGE: i64 = 1_000_000_000;
/// No datagram is longer (RFC 791, section 3.1; RFC 8200, section 4.5).
const LARGEST: usize = 65_535;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// 0 for IPv6, where only the first fragment's counts.
    protocol: u8,
}

#[derive(Debug)]
struct Datagram {
    key: Key,
    first: Moment,
    /// Disjoint, by offset.
    pieces: BTreeMap<usize, Box<[u8]>>,
    received: usize,
    /// Known from the last fragment.
    total: Option<usize>,
    /// Of the fragment at offset 0.
    protocol: u8,
}

#[derive(Debug)]
struct Done {
    key: Key,
    time: Timestamp,
    bytes: Vec<u8>,
}

/// Datagrams that are not complete yet.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// By age.
    open: BTreeMap<u64, Datagram>,
    by_key: HashMap<Key, u64>,
    serial: u64,
    held: usize,
    done: VecDeque<Done>,
}

/// A datagram that became complete: the protocol of its payload, and the payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) protocol: u8,
    pub(super) bytes: Vec<u8>,
}

impl Fragments {
    /// Adds a fragment; gives the datagram that it completes.
    pub(super) fn add(
        &mut self,
        packet: &IpPacket<'_>,
        fragment: Fragment,
        at: Moment,
        problems: &mut Problems,
    ) -> Option<Whole> {
        self.prune(at.time, problems);
        let protocol = if packet.source.is_ipv4() { packet.protocol } else { 0 };
        let key = Key { source: packet.source, destination: packet.destination, id: fragment.id, protocol };
        let start = fragment.offset as usize;
        let end = start.saturating_add(packet.payload.len());
        let wire_len = packet.payload.len().saturating_add(packet.cut);
        if end > LARGEST || (fragment.more && !wire_len.is_multiple_of(8)) {
            problems.add(ProblemKind::BadFragments, at.frame, || {
                format!(
                    "a fragment of {} octets at offset {start} cannot belong to a datagram; it was left out",
                    wire_len
                )
            });
            return None;
        }
        if packet.payload.is_empty() || self.is_repeated(&key, start, packet.payload, at.time) {
            return None;
        }
        let number = self.find_or_open(key, at, problems);
        let datagram = self.open.get_mut(&number)?;
        let before = datagram.pieces.len();
        let received = datagram.received;
        let agrees = datagram.put(start, packet.payload);
        if start == 0 {
            datagram.protocol = packet.protocol;
        }
        let ends_agree = if fragment.more || packet.cut > 0 {
            datagram.total.is_none_or(|total| total >= end)
        } else {
            let last = datagram.pieces.last_key_value().map_or(0, |(at, piece)| at + piece.len());
            datagram.total.replace(end).is_none_or(|total| total == end) && last <= end
        };
        let pieces = datagram.pieces.len().saturating_sub(before);
        self.held = self
            .held
            .saturating_add(datagram.received.saturating_sub(received))
            .saturating_add(pieces.saturating_mul(Limits::PIECE_COST));
        if !(agrees && ends_agree) {
            problems.add(ProblemKind::BadFragments, at.frame, || {
                format!(
                    "fragments of datagram {:#x} from {} to {} overlap with different content; it was left out",
                    key.id, key.source, key.destination
                )
            });
            self.remove(number);
            return None;
        }
        if datagram.total != Some(datagram.received) {
            while self.held > Limits::FRAGMENT_BYTES {
                let Some((&oldest, _)) = self.open.first_key_value() else { break };
                self.give_up(oldest, problems);
            }
            return None;
        }
        let datagram = self.remove(number)?;
        let mut bytes = Vec::with_capacity(datagram.received);
        for piece in datagram.pieces.values() {
            bytes.extend_from_slice(piece);
        }
        if self.done.len() >= DONE {
            self.done.pop_front();
        }
        self.done.push_back(Done { key, time: at.time, bytes: bytes.clone() });
        Some(Whole { protocol: datagram.protocol, bytes })
    }

    /// Says which datagrams never became complete.
    pub(super) fn finish(&mut self, problems: &mut Problems) {
        while let Some((&number, _)) = self.open.first_key_value() {
            self.give_up(number, problems);
        }
        self.done.clear();
    }

    fn is_repeated(&self, key: &Key, start: usize, payload: &[u8], now: Timestamp) -> bool {
        self.done.iter().any(|done| {
            done.key == *key
                && now.since(done.time) <= DONE_AGE
                && done.bytes.get(start..).is_some_and(|rest| rest.starts_with(payload))
        })
    }

    fn find_or_open(&mut self, key: Key, at: Moment, problems: &mut Problems) -> u64 {
        if let Some(&number) = self.by_key.get(&key) {
            return number;
        }
        while self.open.len() >= Limits::FRAGMENTED {
            let Some((&oldest, _)) = self.open.first_key_value() else { break };
            self.give_up(oldest, problems);
        }
        let number = self.serial;
        self.serial = self.serial.saturating_add(1);
        self.by_key.insert(key, number);
        let pieces = BTreeMap::new();
        self.open.insert(number, Datagram { key, first: at, pieces, received: 0, total: None, protocol: key.protocol });
        number
    }

    fn prune(&mut self, now: Timestamp, problems: &mut Problems) {
        while let Some((&number, oldest)) = self.open.first_key_value() {
            if now.since(oldest.first.time) <= Limits::FRAGMENT_AGE {
                break;
            }
            self.give_up(number, problems);
        }
    }

    fn remove(&mut self, number: u64) -> Option<Datagram> {
        let datagram = self.open.remove(&number)?;
        self.by_key.remove(&datagram.key);
        let cost = datagram.received.saturating_add(datagram.pieces.len().saturating_mul(Limits::PIECE_COST));
        self.held = self.held.saturating_sub(cost);
        Some(datagram)
    }

    fn give_up(&mut self, number: u64, problems: &mut Problems) {
        let Some(datagram) = self.remove(number) else { return };
        let Datagram { key, first, received, .. } = datagram;
        let frame: FrameNo = first.frame;
        problems.add(ProblemKind::BadFragments, frame, || {
            format!(
                "datagram {:#x} from {} to {}, begun in frame {frame}, never became complete ({received} octets seen); it \
                 was left out",
                key.id, key.source, key.destination
            )
        });
    }
}

impl Datagram {
    /// Keeps what is new of `bytes`. False where octets that were there differ.
    fn put(&mut self, start: usize, bytes: &[u8]) -> bool {
        let mut at = start;
        let mut rest = bytes;
        while !rest.is_empty() {
            let covering = self.pieces.range(..=at).next_back();
            let known = covering.and_then(|(piece_at, piece)| piece.get(at - piece_at..)).unwrap_or_default();
            if known.is_empty() {
                let next = self.pieces.range(at..).next().map_or(usize::MAX, |(&next, _)| next);
                let (new, tail) = rest.split_at(rest.len().min(next - at));
                self.pieces.insert(at, new.into());
                self.received += new.len();
                at += new.len();
                rest = tail;
            } else {
                let common = known.len().min(rest.len());
                let (old, tail) = rest.split_at(common);
                if !known.starts_with(old) {
                    return false;
                }
                at += common;
                rest = tail;
            }
        }
        true
    }
}
