//! When nothing more will come: sessions that are given away.

use super::super::build::Ending;
use super::super::live::Live;
use super::super::memory::{Earlier, pair_of, past_of};
use super::super::session::Session;
use super::{Finished, Tracker};
use crate::base::{Limits, Problem, ProblemKind, Timestamp};

impl Tracker {
    /// Gives up the session idle longest when the open ones together hold too much.
    pub(super) fn hold_open_limit(&mut self, current: u64, sink: &mut dyn FnMut(Finished)) {
        while self.open_octets > Limits::OPEN_SESSIONS {
            let oldest = self
                .live
                .iter()
                .filter(|(at, live)| !live.ended && **at != current)
                .min_by_key(|(at, live)| (live.touched, **at))
                .map(|(at, live)| (*at, live.first_frame));
            let Some((oldest, frame)) = oldest else { break };
            self.problems.push(Problem::at_frame(
                ProblemKind::SessionLimit,
                frame,
                format!(
                    "sessions that have not ended hold more than {} MiB; the one idle longest was given up",
                    Limits::OPEN_SESSIONS >> 20
                ),
            ));
            self.finish_one(oldest, Ending::GivenUp, sink);
        }
    }

    /// Lets go of sessions that ended long enough ago, or that hold too much.
    pub(super) fn settle(&mut self, now: Timestamp, sink: &mut dyn FnMut(Finished)) {
        while let Some((since, session)) = self.ended.front().copied() {
            if now.since(since) <= Limits::ENDED_LINGER && self.ended_octets <= Limits::ENDED_SESSIONS {
                break;
            }
            self.finish_one(session, Ending::Settled, sink);
        }
    }

    pub(super) fn finish_one(&mut self, session: u64, ending: Ending, sink: &mut dyn FnMut(Finished)) {
        let Some(live) = self.live.remove(&session) else { return };
        self.first_frames.remove(&(live.first_frame, session));
        if live.ended {
            self.ended_octets = self.ended_octets.saturating_sub(live.octets);
            if self.ended.front().is_some_and(|(_, front)| *front == session) {
                self.ended.pop_front();
            } else {
                self.ended.retain(|(_, other)| *other != session);
            }
        } else {
            self.open_octets = self.open_octets.saturating_sub(live.octets);
        }
        if let Some(lives) = self.of_device.get_mut(&live.draft.identity.device) {
            lives.retain(|other| *other != session);
            if lives.is_empty() {
                self.of_device.remove(&live.draft.identity.device);
            }
        }
        for connection in &live.connections {
            if self.of_connection.get(connection) == Some(&session) {
                self.of_connection.remove(connection);
            }
        }
        let past = past_of(session, &live, &self.live, &self.of_device, &self.memory);
        let pair = pair_of(&live);
        let Live { mut draft, loss, kept, .. } = live;
        draft.ending = ending;
        draft.loss_at_end = loss;
        let mut session = Session::build(draft, past);
        session.kept = kept;
        let last = session.entries.iter().filter_map(|entry| entry.frames.last()).max().copied();
        if let (Some(pair), Some(last)) = (&pair, last) {
            let claimed = self.downloads.claim(pair, last);
            (session.uploads, session.downloads) = claimed.into_iter().partition(|download| download.is_upload);
        }
        if let Some(pair) = pair {
            self.memory.note(pair, Earlier::of(&session));
        }
        sink(Finished { session: Box::new(session) });
    }

    /// The capture ended: every session that is left is finished, in the order of their first frames.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Finished)) {
        while let Some((_, session)) = self.first_frames.first().copied() {
            let ended = self.live.get(&session).is_some_and(|live| live.ended);
            self.finish_one(session, if ended { Ending::Settled } else { Ending::CaptureEnd }, sink);
        }
        self.problems.extend(self.pending.finish());
        self.problems.extend(self.bootstraps.finish());
        self.problems.extend(self.downloads.finish());
        for ((device, session_id), (frame, messages)) in std::mem::take(&mut self.data_sync) {
            self.problems.push(Problem::at_frame(
                ProblemKind::DataSync,
                frame,
                format!(
                    "recognised and not judged: data synchronisation (SyncML, not DM) by \"{device}\", SessionID \"{session_id}\", messages: {messages}"
                ),
            ));
        }
    }
}
