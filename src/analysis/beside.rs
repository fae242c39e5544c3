//! Where a court sits: in the thread that reads, or beside it in a thread of its own, with test cases in another.
//!
//! What comes out is the same: sessions, and calls for what may go out, come through one channel in their order.

use super::court::{Bench, Court};
use super::judge::{Judge, hidden};
use super::run::Part;
use crate::base::{FrameNo, Limits};
use crate::dm::{Finished, Session};
use crate::rules::Outcome;
use crate::testcase::{self, CaseTally, Docket};
use crate::verdict::InputReport;
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};

/// Where a court sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// In the thread that reads.
    Here,
    /// In a thread of its own, test cases in another.
    Beside,
}

/// Sessions that wait for a thread, so that reading does not run away from judging. [`Scale`] sees to it that they are not
/// too large together.
const WAITING_SESSIONS: usize = 16;

fn docket<'a>(judge: &'a Judge<'a>) -> Docket<'a> {
    Docket::new(&judge.cases).hiding(judge.redact.then_some(hidden as testcase::Hide))
}

/// Who gives judged sessions to the test cases.
pub(super) enum Clerk<'a> {
    Here(Box<Docket<'a>>),
    /// The docket is kept by another thread, which hands back what the cases came to.
    Beside(SyncSender<Entry>, Receiver<Vec<CaseTally>>),
}

/// What a docket is told.
pub(super) enum Entry {
    Session(Box<Session>, Box<Outcome>, Option<Held>),
    Numbered(FrameNo, u32),
}

impl<'a> Clerk<'a> {
    pub(super) fn here(judge: &'a Judge<'a>) -> Self {
        Self::Here(Box::new(docket(judge)))
    }

    fn beside<'s>(judge: &'a Judge<'a>, scope: &'s Scope<'s, 'a>) -> Self {
        let (entries, read) = sync_channel(WAITING_SESSIONS);
        let (tallies, result) = sync_channel(1);
        scope.spawn(move || {
            let mut docket = docket(judge);
            for entry in read {
                match entry {
                    Entry::Session(session, outcome, _held) => docket.session(*session, &outcome),
                    Entry::Numbered(first, number) => docket.numbered(first, number),
                }
            }
            // Nobody waits for them where the run has failed.
            let _ = tallies.send(docket.finish());
        });
        Self::Beside(entries, result)
    }

    pub(super) fn session(&mut self, session: Box<Session>, outcome: Outcome, held: Option<Held>) {
        match self {
            Self::Here(docket) => docket.session(*session, &outcome),
            // The thread ends early only by a panic, which the scope passes on.
            Self::Beside(entries, _) => drop(entries.send(Entry::Session(session, Box::new(outcome), held))),
        }
    }

    pub(super) fn numbered(&mut self, first: FrameNo, number: u32) {
        match self {
            Self::Here(docket) => docket.numbered(first, number),
            Self::Beside(entries, _) => drop(entries.send(Entry::Numbered(first, number))),
        }
    }

    pub(super) fn finish(self) -> Vec<CaseTally> {
        match self {
            Self::Here(docket) => docket.finish(),
            Self::Beside(entries, result) => {
                drop(entries);
                result.recv().unwrap_or_default()
            }
        }
    }
}

/// Reads an input by `drive` and judges what is in it. Sessions go to `sink` in the order in which they began.
///
/// # Errors
///
/// Those of `drive` and of `sink`.
pub(super) fn hear<'a>(
    judge: &'a Judge<'a>,
    input: Option<u32>,
    seat: Seat,
    drive: impl FnOnce(&mut dyn Bench, &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<InputReport>,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    if seat == Seat::Here {
        let mut court = Court::new(judge, input);
        let report = drive(&mut court, sink)?;
        return court.adjourn(report, sink);
    }
    thread::scope(|scope| {
        let (briefs, inbox) = sync_channel(WAITING_SESSIONS);
        let (outbox, parts) = channel();
        let clerk = Clerk::beside(judge, scope);
        let court = scope.spawn(move || sit(Court::with(judge, input, clerk), inbox, &outbox));
        let mut messenger = Messenger { briefs, parts, scale: Arc::default(), sessions: 0, fresh: false };
        let report = drive(&mut messenger, sink);
        let Messenger { briefs, parts, .. } = messenger;
        drop(briefs);
        // Until the court has heard everything.
        parts.into_iter().try_for_each(&mut *sink)?;
        let court = joined(court)?;
        court.adjourn(report?, sink)
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// What a court in a thread of its own is told.
enum Brief {
    Session(Finished, Held),
    Call(Option<FrameNo>),
}

/// Hears everything; what comes of it goes to `parts`, which holds no more than comes of the waiting sessions.
fn sit<'a>(mut court: Court<'a>, briefs: Receiver<Brief>, parts: &Sender<Part>) -> io::Result<Court<'a>> {
    for brief in briefs {
        match brief {
            Brief::Session(finished, held) => {
                court.held = Some(held);
                court.take(finished);
                // What the filter leaves out goes no further.
                court.held = None;
            }
            Brief::Call(watermark) => court.call(watermark, &mut |part| parts.send(part).map_err(|_| gone()))?,
        }
    }
    Ok(court)
}

fn gone() -> io::Error {
    io::Error::other("the report is no longer wanted")
}

/// Weighs the sessions on their way from one thread to another.
#[derive(Default)]
struct Scale {
    octets: Mutex<usize>,
    lighter: Condvar,
}

impl Scale {
    /// Takes a session on, when there is room for it; one that is larger than all room, when nothing else is there.
    fn hold(scale: &Arc<Self>, octets: usize) -> Held {
        // A number is sound, whatever became of the thread that had it.
        let mut on_it = scale.octets.lock().unwrap_or_else(PoisonError::into_inner);
        while *on_it > 0 && on_it.saturating_add(octets) > Limits::SESSIONS_ON_THEIR_WAY {
            on_it = scale.lighter.wait(on_it).unwrap_or_else(PoisonError::into_inner);
        }
        *on_it = on_it.saturating_add(octets);
        Held { scale: scale.clone(), octets }
    }
}

/// A session on the scale, until this is dropped.
pub(super) struct Held {
    scale: Arc<Scale>,
    octets: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut on_it = self.scale.octets.lock().unwrap_or_else(PoisonError::into_inner);
        *on_it = on_it.saturating_sub(self.octets);
        drop(on_it);
        self.scale.lighter.notify_all();
    }
}

/// Brings sessions to a court in another thread.
struct Messenger {
    briefs: SyncSender<Brief>,
    parts: Receiver<Part>,
    scale: Arc<Scale>,
    sessions: u64,
    fresh: bool,
}

impl Bench for Messenger {
    /// A court that has failed says so when it is joined.
    fn take(&mut self, finished: Finished) {
        self.sessions += 1;
        self.fresh = true;
        let octets = finished.session.entries.iter().map(|entry| entry.message.octets()).fold(0, usize::saturating_add);
        let held = Scale::hold(&self.scale, octets);
        drop(self.briefs.send(Brief::Session(finished, held)));
    }

    fn waits(&self, look: bool) -> bool {
        self.fresh || look
    }

    fn call(&mut self, watermark: Option<FrameNo>, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        self.fresh = false;
        drop(self.briefs.send(Brief::Call(watermark)));
        self.parts.try_iter().try_for_each(sink)
    }

    fn sessions(&self) -> u64 {
        self.sessions
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Inputs, Options, Sink, run};
    use super::{Scale, channel, thread};
    use crate::base::Limits;
    use crate::capture::sources::Source;
    use crate::verdict::JudgedSession;
    use std::io;
    use std::num::NonZeroUsize;
    use std::sync::Arc;
    use std::time::Duration;

    /// Takes so many sessions, and then no more.
    struct Full(usize);

    impl Sink for Full {
        fn session(&mut self, _: u32, _: &JudgedSession) -> io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("full"))?;
            Ok(())
        }
    }

    #[test]
    fn sessions_wait_until_there_is_room_and_a_large_one_goes_alone() {
        let scale = Arc::new(Scale::default());
        let first = Scale::hold(&scale, 2 * Limits::SESSIONS_ON_THEIR_WAY);
        let (done, waits) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _second = Scale::hold(&scale, 1);
                let _third = Scale::hold(&scale, 1);
                done.send(()).unwrap();
            });
            assert!(waits.recv_timeout(Duration::from_millis(50)).is_err());
            drop(first);
            waits.recv().unwrap();
        });
        assert_eq!(*scale.octets.lock().unwrap(), 0);
    }

    #[test]
    fn a_run_ends_with_the_error_of_its_sink_wherever_the_court_sits() {
        for (jobs, room, ends_well) in
            [(1, 0, false), (2, 0, false), (1, 2, false), (2, 2, false), (1, 3, true), (2, 3, true)]
        {
            let source = Source { path: "captures/18-same-sessionid-reused.pcap".into(), size: None };
            let options = Options { jobs: NonZeroUsize::new(jobs), ..Options::default() };
            let inputs = Inputs { sources: vec![source], of_more: false };
            let ran = run(&inputs, &options, &mut Full(room));
            assert_eq!(
                ran.map_err(|error| error.to_string()).map(drop),
                if ends_well { Ok(()) } else { Err("full".into()) }
            );
        }
    }
}
