//! Steps inside a step: `repeat`, `any_of`, `first_decided`, `may`.

use super::file::{Reason, Window};
use super::matching::{Fit, fits};
use super::plan::{PlanMatcher, PlanStep};
use super::tell;
use super::trial::{Out, Trial, Why};
use super::worth::Came;
use crate::verdict::{EvidencePart, RequirementLevel};

/// See [`Trial::mark`].
#[derive(Debug, Clone, Copy)]
struct Mark {
    names: usize,
    traces: usize,
    cursor: usize,
    session: usize,
}

impl<'t, 'c> Trial<'t, 'c, '_> {
    pub(super) fn repeat(
        &mut self,
        step: &PlanStep<'c>,
        each: &'t PlanMatcher<'c>,
        steps: &'t [PlanStep<'c>],
        level: RequirementLevel,
    ) -> Out<'t, 'c> {
        let Some(bounds) = &step.step.repeat else { return Out::pass() };
        let from = if each.matcher.continues.is_some() { self.cursor } else { self.after(each) };
        let found = self.reach(each, each.window.unwrap_or(Window::Session));
        let (names, step_at, cursor) = (self.names.len(), self.step, self.cursor);
        let mut rounds = 0_u32;
        let mut all = Out::pass();
        for at in self.chain.candidates(each.bits, &(from..found.end)) {
            if fits(self, at, each) != Fit::Yes {
                continue;
            }
            rounds = rounds.saturating_add(1);
            if bounds.max.is_some_and(|max| rounds > max) {
                self.trace(at, EvidencePart::Violation, None);
                let why =
                    tell::why(step).unwrap_or_else(|| format!("more than {rounds} times {}", tell::matcher(each)));
                return Out::said(Came::Fail(level), why);
            }
            self.found(at, Some(each));
            for inner in steps {
                let out = self.step(inner, level);
                let ends = out.ends();
                all = all.worse(out);
                if ends {
                    self.step = step_at;
                    return all;
                }
            }
            self.names.truncate(names);
        }
        self.cursor = cursor;
        if bounds.min.is_some_and(|min| rounds < min) {
            let why = tell::why(step).unwrap_or_else(|| format!("{rounds} times {}", tell::matcher(each)));
            let came = found.doubt.map_or(Came::Fail(level), Came::Open);
            all = all.worse(Out::said(came, why));
        }
        all
    }

    /// Alternatives: one that holds decides, else one that is open, else all have failed.
    pub(super) fn any_of(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let before = self.mark();
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let mut open = None;
        let mut failed = None;
        for branch in &step.any_of {
            self.back_to(before);
            let out = self.step(branch, level);
            if out.is_left_out {
                continue;
            }
            if out.is_fail() {
                failed = Some(branch);
                continue;
            }
            let decides = matches!(out.came, Came::Pass) || out.is_worth;
            if decides {
                self.is_quiet = was_quiet;
                step.any_of.iter().for_each(|other| self.absent(&other.gives));
                return out;
            }
            open = open.or(Some(out));
        }
        self.is_quiet = was_quiet;
        self.back_to(before);
        let out = match (open, failed) {
            (Some(out), _) => out,
            (None, Some(branch)) => {
                // Once more, to say what is wrong.
                let out = self.step(branch, level);
                (self.cursor, self.session) = (before.cursor, before.session);
                self.names.truncate(before.names);
                match tell::why(step) {
                    Some(why) if !self.is_quiet => Out { why: Why::Said(format!("{why}: {}", out.why)), ..out },
                    _ => out,
                }
            }
            (None, None) => Out::pass(),
        };
        step.any_of.iter().for_each(|other| self.absent(&other.gives));
        out
    }

    pub(super) fn first_decided(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let before = self.mark();
        let mut open = Out::new(Came::Open(Reason::NotExercised), Why::Words("nothing decides it"));
        for branch in &step.first_decided {
            self.back_to(before);
            let out = self.step(branch, level);
            if !matches!(out.came, Came::Open(_)) && !out.is_left_out {
                step.first_decided.iter().for_each(|other| self.absent(&other.gives));
                return out;
            }
            open = open.worse(out);
        }
        self.back_to(before);
        step.first_decided.iter().for_each(|other| self.absent(&other.gives));
        open
    }

    /// Where the trial stands, before a branch is tried. Branches only add.
    fn mark(&self) -> Mark {
        Mark { names: self.names.len(), traces: self.traces.len(), cursor: self.cursor, session: self.session }
    }

    fn back_to(&mut self, mark: Mark) {
        self.names.truncate(mark.names);
        self.traces.truncate(mark.traces);
        (self.cursor, self.session) = (mark.cursor, mark.session);
    }

    /// An option: nothing where its trigger does not come.
    pub(super) fn may(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let Some(upon) = &step.upon else { return self.step(step, level) };
        let found = if self.are_bound(&upon.needs) {
            let range = self.reach_of_trigger(step, upon);
            self.search(upon, range.start, range.end).0
        } else {
            None
        };
        match found {
            Some(at) => {
                let cursor = self.cursor;
                self.found(at, Some(upon));
                let out = self.step_after_trigger(step, level);
                self.absent(&step.gives);
                self.cursor = cursor;
                out
            }
            None => {
                self.absent(&step.gives);
                Out::pass()
            }
        }
    }
}
