//! One direction of a TCP connection: segments in, octets in order out.
//!
//! Sequence numbers are unwrapped to 64 bits, so that they only grow. Segments in order are passed on from the frame
//! without a copy; those that come early wait, each with its own frame and time. What came first wins: octets that come
//! again are dropped. They are compared with what waits, octet by octet, and with the last segments passed on, by a digest
//! of each; so different content is noticed where a segment is repeated in the same cut, but not where one that was passed
//! on comes again in other pieces.

use super::outlet::{Moment, Outlet};
use super::{Endpoint, FlowDirection, FlowEventKind, FlowId};
use crate::base::{Limits, ProblemKind};
use std::collections::{BTreeMap, VecDeque};

/// Segments passed on whose digests are kept.
const DELIVERED: usize = 16;
/// Octets before the first acknowledgement that was seen, from which a stream without SYN may still begin.
const REWIND: i64 = 65_536;

/// Whose events these are, and where they go.
pub(super) struct Way<'a, 's> {
    pub(super) flow: FlowId,
    pub(super) direction: FlowDirection,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) out: &'a mut Outlet<'s>,
}

impl Way<'_, '_> {
    fn emit(&mut self, at: Moment, kind: FlowEventKind<'_>) {
        self.out.emit(self.flow, at, kind);
    }

    fn tell(&mut self, kind: ProblemKind, at: Moment, text: impl FnOnce(&str) -> String) {
        let (source, destination) = (self.source, self.destination);
        self.out.problems.add(kind, at.frame, || text(&format!("from {source} to {destination}")));
    }
}

/// What became of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It belongs to the stream (perhaps for the second time).
    Fits,
    /// Its sequence number is out of every window.
    Stray,
}

/// Acknowledged octets that are missing, and how long they have been waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    /// When the wait is over, and a number that makes this unique.
    pub(super) timer: (i64, u64),
    /// Up to where was acknowledged when it began.
    pub(super) level: u64,
    /// Packets of the flow since.
    pub(super) packets: u32,
}

#[derive(Debug)]
struct Piece {
    bytes: Box<[u8]>,
    at: Moment,
}

impl Piece {
    fn end(&self, start: u64) -> u64 {
        start.saturating_add(self.bytes.len() as u64)
    }
}

#[derive(Debug, Clone, Copy)]
struct Delivered {
    start: u64,
    len: usize,
    digest: u64,
}

/// Problems are told once for each direction.
#[derive(Debug, Default)]
struct Told {
    gap: bool,
    conflict: bool,
    after_fin: bool,
    limit: bool,
}

/// The state of one direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Sequence number of the SYN, where one was seen.
    isn: Option<u32>,
    /// The first sequence number at all.
    origin: Option<u32>,
    /// The next octet to pass on; `None` until anything is known.
    next: Option<u64>,
    /// Something was passed on.
    begun: bool,
    /// Up to where the other end acknowledged.
    acked: u64,
    /// Where the stream ends, and the frame that said so.
    fin: Option<(u64, Moment)>,
    finished: bool,
    /// Disjoint pieces past `next`.
    pending: BTreeMap<u64, Piece>,
    /// What they cost.
    held: usize,
    delivered: VecDeque<Delivered>,
    strays: u8,
    told: Told,
    /// Set while acknowledged octets are missing; kept by the connection.
    pub(super) watch: Option<Watch>,
    /// Place among the streams that hold octets; kept by the connection.
    pub(super) holder: Option<u64>,
}

impl Stream {
    /// All was passed on up to the FIN.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Octets held, with what holding them costs.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// The sequence number of the SYN, seen or inferred.
    pub(super) fn isn(&self) -> Option<u32> {
        self.isn.or(self.origin.map(|origin| origin.wrapping_sub(1)))
    }

    /// The next sequence number that is expected.
    pub(super) fn next_sequence(&self) -> Option<u32> {
        self.next.map(|next| next as u32)
    }

    /// Segments out of every window since the last one that fitted.
    pub(super) fn strays(&self) -> u8 {
        self.strays
    }

    /// Whether a SYN with this number belongs to another connection.
    pub(super) fn contradicts_syn(&self, sequence: u32) -> bool {
        self.isn().is_some_and(|isn| isn != sequence)
    }

    /// Whether a RST with this number is to be believed: it must lie in or next to the window (RFC 5961, section 3.2,
    /// with room, since the window itself is not followed).
    pub(super) fn believes_reset(&self, sequence: u32) -> bool {
        let Some(next) = self.next else { return true };
        let reach = i64::try_from(self.horizon().saturating_sub(next)).unwrap_or(0);
        (-1..=reach.saturating_add(Limits::FLOW_BUFFER as i64)).contains(&distance(next, sequence))
    }

    /// Nothing waits and nothing is missing: the common case.
    pub(super) fn is_quiet(&self) -> bool {
        self.watch.is_none() && self.holder.is_none() && self.pending.is_empty() && self.missing().is_none()
    }

    /// The stream begins after this SYN.
    pub(super) fn syn(&mut self, sequence: u32) {
        self.isn = Some(sequence);
        if self.next.is_none() {
            self.begin(sequence.wrapping_add(1));
        }
    }

    /// The stream begins, as far as is known, with this octet.
    pub(super) fn begin(&mut self, sequence: u32) -> u64 {
        // One turn above zero: there is room before it.
        let next = (1 << 32) + u64::from(sequence);
        self.origin = Some(sequence);
        self.next = Some(next);
        self.acked = next;
        next
    }

    /// The other end has acknowledged up to here.
    pub(super) fn acknowledge(&mut self, acknowledgement: u32) {
        let Some(next) = self.next else {
            self.begin(acknowledgement);
            return;
        };
        let ahead = distance(next, acknowledgement);
        if (0..=Limits::SEQUENCE_AHEAD).contains(&ahead) {
            self.acked = self.acked.max(next.wrapping_add_signed(ahead));
        }
    }

    /// Takes the payload of one segment, which is not empty.
    pub(super) fn segment(&mut self, sequence: u32, payload: &[u8], at: Moment, way: &mut Way<'_, '_>) -> Taken {
        let mut next = self.next.unwrap_or_else(|| self.begin(sequence));
        let offset = distance(next, sequence);
        if !(-Limits::SEQUENCE_BEHIND..=Limits::SEQUENCE_AHEAD).contains(&offset) {
            self.strays = self.strays.saturating_add(1);
            return Taken::Stray;
        }
        let start = next.wrapping_add_signed(offset);
        if !self.begun && self.isn.is_none() && payload.len() > 1 && (-REWIND..0).contains(&offset) {
            self.origin = Some(sequence);
            self.next = Some(start);
            next = start;
        }
        let end = start.saturating_add(payload.len() as u64);
        if end <= next {
            self.strays = 0;
            self.compare_delivered(start, payload, at, way);
            return Taken::Fits;
        }
        if self.finished {
            self.strays = self.strays.saturating_add(1);
            if !std::mem::replace(&mut self.told.after_fin, true) {
                way.tell(ProblemKind::BadPacket, at, |ends| format!("TCP octets {ends} after the FIN were left out"));
            }
            return Taken::Stray;
        }
        self.strays = 0;
        if self.fin.is_some_and(|(fin, _)| fin < end) {
            self.fin = None;
        }
        let known = usize::try_from(next.saturating_sub(start)).unwrap_or(usize::MAX);
        let fresh = payload.get(known..).unwrap_or_default();
        if self.pending.is_empty() && start <= next {
            self.deliver(fresh, at, way);
        } else {
            self.place(start.max(next), fresh, at, way);
        }
        Taken::Fits
    }

    /// The stream ends before this sequence number.
    pub(super) fn fin(&mut self, sequence: u32, at: Moment) {
        let next = self.next.unwrap_or_else(|| self.begin(sequence));
        let offset = distance(next, sequence);
        if self.finished || !(0..=Limits::SEQUENCE_AHEAD).contains(&offset) {
            return;
        }
        let fin = next.wrapping_add_signed(offset);
        if fin >= self.pending_end() && self.fin.is_none_or(|(known, _)| known < fin) {
            self.fin = Some((fin, at));
        }
    }

    /// Says that the stream has ended, where all up to the FIN was passed on.
    pub(super) fn finish_if_reached(&mut self, way: &mut Way<'_, '_>) {
        if let (Some((fin, at)), Some(next)) = (self.fin, self.next)
            && fin == next
            && !self.finished
        {
            self.finished = true;
            way.emit(at, FlowEventKind::HalfClosed { direction: way.direction });
        }
    }

    /// Up to where octets are known to have arrived at the other end that are not in the capture.
    pub(super) fn missing(&self) -> Option<u64> {
        let next = self.next?;
        // One number past the end, and nothing after it: a FIN that was not captured.
        if self.fin.is_none() && self.acked == next.saturating_add(1) && self.pending.is_empty() {
            return None;
        }
        let level = self.within(self.acked);
        (level > next).then_some(level)
    }

    /// Gives up what is missing before `level` and passes on what waits behind it.
    pub(super) fn give_up_to(&mut self, level: u64, at: Moment, way: &mut Way<'_, '_>) {
        let level = self.within(level);
        while self.skip_hole(level, at, way) {}
        self.finish_if_reached(way);
    }

    /// Gives up all that is missing.
    pub(super) fn give_up(&mut self, at: Moment, way: &mut Way<'_, '_>) {
        self.give_up_to(self.horizon(), at, way);
    }

    /// Gives up holes until no more than `ceiling` is held, because of a limit.
    pub(super) fn shrink_to(&mut self, ceiling: usize, at: Moment, way: &mut Way<'_, '_>) {
        if self.held > ceiling && !std::mem::replace(&mut self.told.limit, true) {
            let held = self.held;
            way.tell(ProblemKind::BufferLimit, at, |ends| {
                format!("{held} octets out of order were held {ends}; those before them were taken for lost")
            });
        }
        let horizon = self.horizon();
        while self.held > ceiling && self.skip_hole(horizon, at, way) {}
        self.finish_if_reached(way);
    }

    /// Whether a packet more decides that the missing octets are lost; gives up to where.
    pub(super) fn count_packet(&mut self) -> Option<u64> {
        let watch = self.watch.as_mut()?;
        watch.packets = watch.packets.saturating_add(1);
        (watch.packets > Limits::GAP_PACKETS).then_some(watch.level)
    }

    /// Whether pieces wait.
    pub(super) fn holds(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether nothing is missing any more before a level.
    pub(super) fn has_reached(&self, level: u64) -> bool {
        self.next.is_some_and(|next| next >= self.within(level))
    }

    /// The level, or the end of the stream where that comes first: a FIN is acknowledged like an octet.
    fn within(&self, level: u64) -> u64 {
        self.fin.map_or(level, |(fin, _)| level.min(fin))
    }

    fn pending_end(&self) -> u64 {
        self.pending.last_key_value().map_or(0, |(&start, piece)| piece.end(start))
    }

    /// Up to where anything is known of.
    fn horizon(&self) -> u64 {
        let said = self.fin.map(|(fin, _)| fin).or_else(|| self.missing()).unwrap_or(0);
        said.max(self.pending_end())
    }

    /// Passes one hole by, up to the next piece or to `limit`; false where there is none.
    fn skip_hole(&mut self, limit: u64, at: Moment, way: &mut Way<'_, '_>) -> bool {
        let Some(next) = self.next else { return false };
        let target = self.pending.first_key_value().map_or(limit, |(&start, _)| start.min(limit));
        if target <= next {
            return false;
        }
        let length = target - next;
        if !std::mem::replace(&mut self.told.gap, true) {
            way.tell(ProblemKind::StreamGap, at, |ends| {
                format!(
                    "{length} TCP octets {ends} are not in the capture; messages that they belong to are incomplete"
                )
            });
        }
        way.emit(at, FlowEventKind::Gap { direction: way.direction, length: Some(length) });
        self.next = Some(target);
        self.begun = true;
        self.drain(way);
        true
    }

    /// Passes on octets that stand at `next`.
    fn deliver(&mut self, bytes: &[u8], at: Moment, way: &mut Way<'_, '_>) {
        let Some(start) = self.next else { return };
        way.emit(at, FlowEventKind::Data { direction: way.direction, bytes });
        self.next = Some(start.saturating_add(bytes.len() as u64));
        self.begun = true;
        if self.delivered.len() >= DELIVERED {
            self.delivered.pop_front();
        }
        self.delivered.push_back(Delivered { start, len: bytes.len(), digest: digest(bytes) });
    }

    /// Passes on pieces that have become adjacent.
    fn drain(&mut self, way: &mut Way<'_, '_>) {
        while let Some(entry) = self.pending.first_entry()
            && self.next == Some(*entry.key())
        {
            let piece = entry.remove();
            self.held = self.held.saturating_sub(cost(piece.bytes.len()));
            self.deliver(&piece.bytes, piece.at, way);
        }
    }

    /// Takes octets at `at_octet`, not before `next`, leaving out what waits already.
    fn place(&mut self, mut at_octet: u64, mut rest: &[u8], at: Moment, way: &mut Way<'_, '_>) {
        let mut differs = false;
        let alone = rest.len() == 1;
        while !rest.is_empty() {
            let before = self.pending.range(..=at_octet).next_back();
            let known = before
                .and_then(|(&start, piece)| piece.bytes.get(usize::try_from(at_octet - start).ok()?..))
                .unwrap_or_default();
            if known.is_empty() {
                let following = self.pending.range(at_octet..).next().map(|(&start, _)| start - at_octet);
                let room = following.and_then(|room| usize::try_from(room).ok()).unwrap_or(usize::MAX);
                let (new, tail) = rest.split_at(room.min(rest.len()));
                if self.next == Some(at_octet) {
                    self.deliver(new, at, way);
                } else {
                    self.pending.insert(at_octet, Piece { bytes: new.into(), at });
                    self.held = self.held.saturating_add(cost(new.len()));
                }
                at_octet = at_octet.saturating_add(new.len() as u64);
                rest = tail;
            } else {
                let common = known.len().min(rest.len());
                let (old, tail) = rest.split_at(common);
                // A probe of one octet may hold anything.
                differs |= !alone && !known.starts_with(old);
                at_octet = at_octet.saturating_add(common as u64);
                rest = tail;
                if rest.is_empty() {
                    break;
                }
                // Adjacent pieces go first, so that what follows in this segment needs no copy.
                self.drain_before(at_octet, way);
            }
        }
        self.drain(way);
        if differs {
            self.tell_conflict(at, way);
        }
    }

    /// Passes on adjacent pieces that end at `limit` or before.
    fn drain_before(&mut self, limit: u64, way: &mut Way<'_, '_>) {
        while let Some(entry) = self.pending.first_entry()
            && self.next == Some(*entry.key())
            && entry.get().end(*entry.key()) <= limit
        {
            let piece = entry.remove();
            self.held = self.held.saturating_sub(cost(piece.bytes.len()));
            self.deliver(&piece.bytes, piece.at, way);
        }
    }

    /// Compares a segment that was passed on before with what is known of it.
    fn compare_delivered(&mut self, start: u64, payload: &[u8], at: Moment, way: &mut Way<'_, '_>) {
        // A keep-alive probe repeats the last octet's number with any content (RFC 9293, section 3.8.4).
        if payload.len() <= 1 || self.told.conflict {
            return;
        }
        let same = self.delivered.iter().find(|known| known.start == start && known.len == payload.len());
        if same.is_some_and(|known| known.digest != digest(payload)) {
            self.tell_conflict(at, way);
        }
    }

    fn tell_conflict(&mut self, at: Moment, way: &mut Way<'_, '_>) {
        if !std::mem::replace(&mut self.told.conflict, true) {
            way.tell(ProblemKind::ConflictingRetransmission, at, |ends| {
                format!("TCP octets {ends} were sent again with different content; those captured first were taken")
            });
        }
    }
}

/// How far `sequence` is from `next`, the shorter way around.
fn distance(next: u64, sequence: u32) -> i64 {
    i64::from(sequence.wrapping_sub(next as u32) as i32)
}

fn cost(len: usize) -> usize {
    len.saturating_add(Limits::PIECE_COST)
}

/// A digest to tell different content by, at memory speed; no defence against content made to collide.
fn digest(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    #[inline(always)]
    fn mix(lane: u64, word: [u8; 8]) -> u64 {
        (lane.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR)
    }
    // Four lanes that do not wait for each other.
    let (mut a, mut b, mut c, mut d) = (1_u64, 2_u64, 3_u64, 4_u64);
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        if let ([first, second, third, fourth], _) = block.as_chunks::<8>() {
            a = mix(a, *first);
            b = mix(b, *second);
            c = mix(c, *third);
            d = mix(d, *fourth);
        }
    }
    let (words, rest) = rest.as_chunks::<8>();
    let mut sum = bytes.len() as u64;
    for lane in [a, b, c, d] {
        sum = mix(sum, lane.to_le_bytes());
    }
    for word in words {
        sum = mix(sum, *word);
    }
    for octet in rest {
        sum = mix(sum, [*octet, 0, 0, 0, 0, 0, 0, 0]);
    }
    sum
}
