//! Before whom sessions come: a bench takes them as they are finished, and the court judges them.
//!
//! A court may sit in a thread of its own, and give what it has judged to test cases in another ([`Seat::Beside`]). What
//! comes out is the same: sessions, and calls for what may go out, come through one channel in their order.

use super::early::Early;
use super::judge::{Judge, hidden, lesson};
use super::lessons::Lessons;
use super::order::{Order, Ready};
use super::run::Part;
use crate::base::FrameNo;
use crate::dm::{Finished, Session};
use crate::rules::{Outcome, Tally};
use crate::testcase::ics::Seen;
use crate::testcase::{self, CaseTally, Docket};
use crate::verdict::InputReport;
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

/// Takes the sessions of one input as they are finished.
pub(super) trait Bench {
    /// Takes one; never fails here, deep in the layers below.
    fn take(&mut self, finished: Finished);

    /// Takes one that goes on, as it is by now.
    fn look_early(&mut self, _session: Session) {}

    /// Whether finished sessions wait to be called, at a frame at which waiting ones are looked through once more.
    fn waits(&self, look: bool) -> bool;

    /// Lets go what began before `watermark`; `None` lets go everything.
    fn call(&mut self, watermark: Option<FrameNo>, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()>;

    /// Sessions taken so far.
    fn sessions(&self) -> u64;
}

/// Where a court sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// In the thread that reads.
    Here,
    /// In a thread of its own, test cases in another.
    Beside,
}

/// Sessions that wait for a thread, so that reading does not run away from judging.
const WAITING_SESSIONS: usize = 8;

/// Judges the sessions of one input as they are finished, so that none is held longer than that.
pub(super) struct Court<'a> {
    judge: &'a Judge<'a>,
    clerk: Clerk<'a>,
    /// Sessions called so far.
    called: u32,
    input: Option<u32>,
    order: Order,
    tallies: Vec<Tally>,
    sessions: u64,
    /// Those of them that the filter leaves out.
    left_out: u64,
    /// What they show, where that is wanted.
    seen: Seen,
    /// What they tell of trees, where that is wanted.
    lessons: Lessons,
    /// Whether there is something to hand on.
    fresh: bool,
    /// What was told of sessions before they were finished, where that is wanted.
    pub(super) early: Option<Early>,
    failed: Option<io::Error>,
}

impl<'a> Court<'a> {
    pub(super) fn new(judge: &'a Judge<'a>, input: Option<u32>) -> Self {
        Self::with(judge, input, Clerk::Here(Box::new(docket(judge))))
    }

    fn with(judge: &'a Judge<'a>, input: Option<u32>, clerk: Clerk<'a>) -> Self {
        Self {
            judge,
            clerk,
            called: 0,
            input,
            order: Order::default(),
            tallies: vec![Tally::default(); judge.engine().rules().len()],
            sessions: 0,
            left_out: 0,
            seen: Seen::default(),
            lessons: Lessons::default(),
            fresh: false,
            early: None,
            failed: None,
        }
    }

    /// Ends: adds to the report what only the court knows.
    pub(super) fn adjourn(
        self,
        mut report: InputReport,
        sink: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<InputReport> {
        report.left_out = self.left_out;
        if self.judge.wants_seen {
            sink(Part::Seen(Box::new(self.seen), self.called))?;
        }
        sink(Part::Rules(self.tallies))?;
        let tallies = self.clerk.finish();
        sink(Part::Cases { tallies, sessions: self.called, input: self.input })?;
        Ok(report)
    }
}

impl Bench for Court<'_> {
    /// That it failed, [`Court::call`] says later.
    fn take(&mut self, mut finished: Finished) {
        let first = finished.session.first_frame;
        self.sessions += 1;
        self.fresh = true;
        let early = self.early.as_mut();
        let judged = self.judge.judge(&mut finished.session, self.input, &mut self.tallies, early);
        let kept = judged.and_then(|(ready, outcome)| {
            let is_left_out = matches!(ready, Ready::LeftOut);
            self.left_out += u64::from(is_left_out);
            self.order.add(first, ready)?;
            if !is_left_out {
                if self.judge.wants_seen {
                    self.seen.merge(Seen::of(&finished.session, self.input));
                }
                if self.judge.wants_trees {
                    self.lessons.add(first, lesson(&finished.session, self.judge.redact));
                }
                self.clerk.session(finished.session, outcome);
            }
            Ok(())
        });
        if let Err(error) = kept {
            self.failed.get_or_insert(error);
        }
    }

    fn look_early(&mut self, mut session: Session) {
        if let Some(early) = &mut self.early {
            self.judge.look_early(&mut session, early);
            self.fresh |= early.has_news();
        }
    }

    fn waits(&self, look: bool) -> bool {
        self.fresh || (look && !self.order.is_empty())
    }

    fn sessions(&self) -> u64 {
        self.sessions
    }

    fn call(&mut self, watermark: Option<FrameNo>, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        self.fresh = false;
        for arisen in self.early.as_mut().map(Early::take).unwrap_or_default() {
            sink(Part::Arisen(Box::new(arisen)))?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while let Some((first, ready)) = self.order.next(watermark)? {
            self.called = self.called.saturating_add(1);
            self.clerk.numbered(first, self.called);
            if self.judge.wants_seen {
                self.seen.number(first, self.called);
            }
            sink(Part::Session(ready))?;
            if let Some(lesson) = self.lessons.take(first) {
                sink(Part::Lesson(Box::new(lesson)))?;
            }
        }
        Ok(())
    }
}

fn docket<'a>(judge: &'a Judge<'a>) -> Docket<'a> {
    Docket::new(&judge.cases).hiding(judge.redact.then_some(hidden as testcase::Hide))
}

/// Who gives judged sessions to the test cases.
enum Clerk<'a> {
    Here(Box<Docket<'a>>),
    /// The docket is kept by another thread, which hands back what the cases came to.
    Beside(SyncSender<Entry>, Receiver<Vec<CaseTally>>),
}

/// What a docket is told.
enum Entry {
    Session(Box<Session>, Box<Outcome>),
    Numbered(FrameNo, u32),
}

impl<'a> Clerk<'a> {
    fn beside<'s>(judge: &'a Judge<'a>, scope: &'s Scope<'s, 'a>) -> Self {
        let (entries, read) = sync_channel(WAITING_SESSIONS);
        let (tallies, result) = sync_channel(1);
        scope.spawn(move || {
            let mut docket = docket(judge);
            for entry in read {
                match entry {
                    Entry::Session(session, outcome) => docket.session(*session, &outcome),
                    Entry::Numbered(first, number) => docket.numbered(first, number),
                }
            }
            // Nobody waits for them where the run has failed.
            let _ = tallies.send(docket.finish());
        });
        Self::Beside(entries, result)
    }

    fn session(&mut self, session: Box<Session>, outcome: Outcome) {
        match self {
            Self::Here(docket) => docket.session(*session, &outcome),
            // The thread ends early only by a panic, which the scope passes on.
            Self::Beside(entries, _) => drop(entries.send(Entry::Session(session, Box::new(outcome)))),
        }
    }

    fn numbered(&mut self, first: FrameNo, number: u32) {
        match self {
            Self::Here(docket) => docket.numbered(first, number),
            Self::Beside(entries, _) => drop(entries.send(Entry::Numbered(first, number))),
        }
    }

    fn finish(self) -> Vec<CaseTally> {
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
        let mut messenger = Messenger { briefs, parts, sessions: 0, fresh: false };
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
    Session(Finished),
    Call(Option<FrameNo>),
}

/// Hears everything; what comes of it goes to `parts`, which holds no more than comes of the waiting sessions.
fn sit<'a>(mut court: Court<'a>, briefs: Receiver<Brief>, parts: &Sender<Part>) -> io::Result<Court<'a>> {
    for brief in briefs {
        match brief {
            Brief::Session(finished) => court.take(finished),
            Brief::Call(watermark) => court.call(watermark, &mut |part| parts.send(part).map_err(|_| gone()))?,
        }
    }
    Ok(court)
}

fn gone() -> io::Error {
    io::Error::other("the report is no longer wanted")
}

/// Brings sessions to a court in another thread.
struct Messenger {
    briefs: SyncSender<Brief>,
    parts: Receiver<Part>,
    sessions: u64,
    fresh: bool,
}

impl Bench for Messenger {
    /// A court that has failed says so when it is joined.
    fn take(&mut self, finished: Finished) {
        self.sessions += 1;
        self.fresh = true;
        drop(self.briefs.send(Brief::Session(finished)));
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
    use crate::capture::sources::Source;
    use crate::verdict::JudgedSession;
    use std::io;
    use std::num::NonZeroUsize;

    /// Takes so many sessions, and then no more.
    struct Full(usize);

    impl Sink for Full {
        fn session(&mut self, _: u32, _: &JudgedSession) -> io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("full"))?;
            Ok(())
        }
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
