//! Before whom sessions come: a bench takes them as they are finished, and the court judges them.

use super::beside::{Clerk, Held};
use super::early::Early;
use super::judge::{Judge, lesson};
use super::lessons::Lessons;
use super::order::{Order, Ready};
use super::run::Part;
use crate::base::FrameNo;
use crate::dm::{Finished, Session};
use crate::rules::Tally;
use crate::testcase::ics::Seen;
use crate::verdict::InputReport;
use std::io;

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
    /// The weight of the session that is heard, where it came from another thread.
    pub(super) held: Option<Held>,
    failed: Option<io::Error>,
}

impl<'a> Court<'a> {
    pub(super) fn new(judge: &'a Judge<'a>, input: Option<u32>) -> Self {
        Self::with(judge, input, Clerk::here(judge))
    }

    pub(super) fn with(judge: &'a Judge<'a>, input: Option<u32>, clerk: Clerk<'a>) -> Self {
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
            held: None,
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
                self.clerk.session(finished.session, outcome, self.held.take());
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
