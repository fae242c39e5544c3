//! Halves of exchanges that came late, put where they belong.
//!
//! Where octets of one direction are missing, what follows them is held back until it is certain that they will not come; what
//! the other side sent meanwhile overtakes it. Frames tell the order.

use super::build::DraftEntry;
use super::session::{EntryId, HttpAnswer};
use crate::base::{Direction, FrameNo};

/// Puts messages where their frames say, exchange by exchange, where one that came without the other half of its exchange is out
/// of place. Otherwise all stay as they came: one client may have several exchanges under way.
pub(super) fn in_order(drafts: Vec<DraftEntry>) -> Vec<DraftEntry> {
    if !is_out_of_order(&drafts) {
        return drafts;
    }
    // Each message goes where its exchange began.
    let first_of = |entry: &DraftEntry| entry.frames.first().copied().unwrap_or(FrameNo::FIRST);
    let begins = |entry: &DraftEntry| {
        entry.request.and_then(|request| drafts.get(request.index())).map_or_else(|| first_of(entry), first_of)
    };
    let mut order: Vec<(FrameNo, usize)> = drafts.iter().enumerate().map(|(at, entry)| (begins(entry), at)).collect();
    order.sort_unstable();
    let mut places = vec![EntryId(0); drafts.len()];
    for ((_, from), to) in order.iter().zip(0_u32..) {
        if let Some(place) = places.get_mut(*from) {
            *place = EntryId(to);
        }
    }
    let moved = |id: EntryId| places.get(id.index()).copied().unwrap_or(id);
    let mut sorted: Vec<(EntryId, DraftEntry)> =
        drafts.into_iter().zip(places.iter().copied()).map(|(entry, to)| (to, entry)).collect();
    sorted.sort_unstable_by_key(|(to, _)| *to);
    let mut entries: Vec<DraftEntry> = Vec::with_capacity(sorted.len());
    for (at, (_, mut entry)) in sorted.into_iter().enumerate() {
        entry.request = entry.request.map(moved);
        if let HttpAnswer::Message(answer) = entry.http_answer {
            entry.http_answer = HttpAnswer::Message(moved(answer));
        }
        // Behind a message without its other half something is missing, and before the first one nothing is.
        let before = entries.last();
        entry.after_loss =
            at > 0 && (entry.after_loss || before.is_some_and(|before| is_alone(before) && entry.request.is_none()));
        entries.push(entry);
    }
    entries
}

/// Whether the request of a server's message, or the answer to a client's, was not captured with it.
fn is_alone(entry: &DraftEntry) -> bool {
    match entry.direction {
        Direction::ServerToDevice => entry.request.is_none(),
        Direction::DeviceToServer => entry.http_answer == HttpAnswer::NotCaptured,
    }
}

/// Whether a message that came without its other half stands behind, or before, one that its frames say otherwise of.
fn is_out_of_order(drafts: &[DraftEntry]) -> bool {
    if !drafts.iter().any(is_alone) {
        return false;
    }
    let frames = |entry: &DraftEntry| Some((*entry.frames.first()?, *entry.frames.last()?));
    let mut latest: Option<(FrameNo, bool)> = None;
    for entry in drafts {
        let Some((first, last)) = frames(entry) else { continue };
        let alone = is_alone(entry);
        if latest.is_some_and(|(before, other_alone)| last < before && (alone || other_alone)) {
            return true;
        }
        if latest.is_none_or(|(before, _)| before < first) {
            latest = Some((first, alone));
        }
    }
    false
}
