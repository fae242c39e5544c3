//! What a step demands: `expect`, `never`, `check`, `holds`.

use super::events::Part;
use super::expr::{Env, Value};
use super::file::{Reason, Window};
use super::matching::{Fit, Named, fits_named};
use super::path::FieldPath;
use super::plan::{PlanCheck, PlanMatcher, PlanStep};
use super::tell;
use super::trial::{Out, Told, Trial, Why, reason_of};
use super::worth::Came;
use crate::base::Role;
use crate::rules::Rule;
use crate::verdict::{EvidencePart, RequirementLevel, Severity, TestedRole};

impl<'t, 'c> Trial<'t, 'c, '_> {
    pub(super) fn expect(
        &mut self,
        step: &'t PlanStep<'c>,
        matcher: &'t PlanMatcher<'c>,
        level: RequirementLevel,
    ) -> Out<'t, 'c> {
        if !self.are_bound(&matcher.needs) {
            return Out::new(Came::Open(Reason::Ambiguous), Why::Words("what it depends on is open"));
        }
        let (range, doubt, _) = self.range(matcher, Window::Reply);
        let what = || tell::matcher(matcher);
        let miss = |trial: &mut Self, seen: &str| {
            if trial.is_quiet {
                return Out::new(Came::Fail(level), Why::Words(""));
            }
            let last = range.end.saturating_sub(1).max(trial.cursor);
            // The step's own words may be about what it checks afterwards.
            let missed = format!("{} did not come", what());
            let why = tell::why(step).map_or_else(|| missed.clone(), |why| format!("{why}: {missed}"));
            let told = Told { expected: Some(what()), seen: Some(seen.to_owned()), ..Told::default() };
            trial.trace(last, EvidencePart::Missing, Some(told));
            Out::said(Came::Fail(level), why)
        };
        if let Some(wanted) = matcher.matcher.count {
            let mut found = Vec::new();
            let mut maybe = doubt.or_else(|| self.doubt_of(matcher));
            let named = Named::of(matcher);
            for at in self.chain.candidates(matcher.bits, &range) {
                match fits_named(self, at, matcher, &named) {
                    Fit::Yes => found.push(at),
                    Fit::Open(reason) => maybe = maybe.max(Some(reason)),
                    Fit::No => {}
                }
            }
            let count = found.len();
            let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
            if let Some(last) = found.last().copied().filter(|_| count == wanted) {
                self.found(last, Some(matcher));
                return maybe.map_or_else(Out::pass, |reason| {
                    Out::new(Came::Open(reason), Why::About(matcher, "may have come more often"))
                });
            }
            if count > wanted || maybe.is_none() {
                for at in found {
                    self.trace(at, EvidencePart::Violation, None);
                }
                return if count == 0 && wanted == 0 {
                    Out::pass()
                } else {
                    miss(self, &format!("{count} came, {wanted} expected"))
                };
            }
            return Out::new(
                Came::Open(maybe.unwrap_or(Reason::WindowOpen)),
                Why::About(matcher, "did not come, as far as can be seen"),
            );
        }
        let (found, maybe) = self.search(matcher, range.start, range.end);
        let doubt = if found.is_some() { None } else { doubt.or_else(|| self.doubt_of(matcher)) };
        match (found, doubt.max(maybe)) {
            (Some(at), _) => {
                let cursor = self.cursor;
                self.found(at, Some(matcher));
                if matcher.matcher.inside.is_some() {
                    self.cursor = cursor;
                }
                Out::pass()
            }
            (None, Some(reason)) => {
                Out::new(Came::Open(reason), Why::About(matcher, "did not come, as far as can be seen"))
            }
            (None, None) => miss(self, "it did not come"),
        }
    }

    pub(super) fn never(
        &mut self,
        step: &'t PlanStep<'c>,
        matcher: &'t PlanMatcher<'c>,
        level: RequirementLevel,
    ) -> Out<'t, 'c> {
        if !self.are_bound(&matcher.needs) {
            return Out::pass();
        }
        let (range, _, silence) = self.range(matcher, Window::Session);
        match self.search(matcher, range.start, range.end) {
            (Some(at), _) => {
                self.trace(at, EvidencePart::Violation, None);
                let came = format!("{} came", tell::matcher(matcher));
                let why = tell::why(step).map_or_else(|| came.clone(), |why| format!("{why}: {came}"));
                Out::said(Came::Fail(level), why)
            }
            (None, maybe) => match silence.max(maybe) {
                Some(reason) => Out::new(Came::Open(reason), Why::About(matcher, "has not come so far")),
                None => Out::pass(),
            },
        }
    }

    pub(super) fn check(
        &mut self,
        step: &PlanStep<'c>,
        check: &'t PlanCheck<'c>,
        level: RequirementLevel,
    ) -> Out<'t, 'c> {
        let (expr, text) = (&check.expr, check.text);
        if !self.are_bound(&check.needs) {
            return Out::new(Came::Open(Reason::Ambiguous), Why::Words("what it depends on is open"));
        }
        match expr.truth(self) {
            Value::Bool(true) => Out::pass(),
            Value::Unknown(reason) => Out::said(Came::Open(reason), format!("`{text}` cannot be told")),
            _ if self.is_quiet => Out::new(Came::Fail(level), Why::Words("")),
            _ => {
                let seen = self.values(expr);
                let here = FieldPath::new("");
                let things = check.needs.iter().filter_map(|name| {
                    let (at, _) = self.chain.event(&self.field(name, &here))?;
                    Some(at)
                });
                let at = things.max().unwrap_or(self.cursor);
                let told = Told { expected: Some(text.to_owned()), seen: Some(seen.clone()), ..Told::default() };
                self.trace(at, EvidencePart::Violation, Some(told));
                let why = tell::why(step).unwrap_or_else(|| format!("`{text}` does not hold"));
                Out::said(Came::Fail(level), format!("{why}: {seen}"))
            }
        }
    }

    /// The values that an expression was about.
    pub(super) fn values(&self, expr: &super::expr::Expr) -> String {
        let mut told: Vec<String> = Vec::new();
        for found in expr.names() {
            let value = match self.field(&found.name, &found.path) {
                Value::Absent => "absent".to_owned(),
                Value::Thing(_) => continue,
                Value::List(all) => {
                    format!("[{}]", all.iter().filter_map(Value::scalar_text).collect::<Vec<_>>().join(", "))
                }
                value => format!("\"{}\"", tell::short(&value.scalar_text().unwrap_or_default())),
            };
            let dot = if found.path.is_empty() { "" } else { "." };
            let text = format!("{}{dot}{} is {value}", found.name, found.path.as_str());
            if !told.contains(&text) {
                told.push(text);
            }
        }
        if told.is_empty() { "it is false".to_owned() } else { told.join(", ") }
    }

    /// Rules that must hold, in the session or in one message of it.
    pub(super) fn holds(&mut self, step: &PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let Some(outcome) = self.chain.sessions.get(self.session).and_then(|seen| seen.outcome) else {
            return Out::new(Came::Open(Reason::NotExercised), Why::Words("the rules did not run"));
        };
        let inside = match step.held_in.as_ref().map(|name| self.chain.event(&self.named(name))) {
            Some(Some((_, event))) => Some(event.entry),
            Some(None) => return Out::pass(),
            None => None,
        };
        let judged = match self.plan.case.role {
            TestedRole::Client => Some(Role::Client),
            TestedRole::Server => Some(Role::Server),
            TestedRole::Interop => None,
        };
        let is_named = |rule: &'static Rule| step.held.iter().any(|(_, held)| std::ptr::eq(*held, rule));
        let mut worst: Option<(RequirementLevel, &crate::rules::Finding)> = None;
        for finding in outcome.findings.iter().chain(&outcome.unheard) {
            let is_here = inside.is_none_or(|entry| entry == finding.at.entry);
            if !is_here || judged.is_some_and(|role| role != finding.role) || !is_named(finding.rule) {
                continue;
            }
            let weight = match finding.severity {
                Severity::Error => level,
                Severity::Warning => level.max(RequirementLevel::Should),
                Severity::Info => continue,
            };
            if worst.is_none_or(|(before, _)| weight < before) {
                worst = Some((weight, finding));
            }
        }
        if let Some((level, finding)) = worst {
            let part = finding.at.command.map_or(Part::SyncHdr, Part::Command);
            let at = self.chain.find(self.session, finding.at.entry, part).unwrap_or(self.cursor);
            let told = Told {
                expected: Some(finding.expected.clone()),
                seen: Some(finding.seen.clone()),
                rules: vec![finding.rule.id],
            };
            self.trace(at, EvidencePart::Violation, Some(told));
            let why = tell::why(step).unwrap_or_else(|| finding.rule.title.to_owned());
            return Out::said(Came::Fail(level), format!("{why}: {} ({})", finding.seen, finding.rule.id));
        }
        let mut open: Option<Reason> = None;
        let mut has_looked = false;
        if let Some(entry) = inside {
            let here =
                outcome.watched.iter().filter(|one| one.at == entry && judged.is_none_or(|role| role == one.role));
            for one in here.filter(|one| step.held.iter().any(|(_, rule)| rule.id == one.rule)) {
                match one.undecided {
                    Some(reason) => open = open.max(Some(reason_of(reason))),
                    None => has_looked = true,
                }
            }
            return match (open, has_looked) {
                (Some(reason), _) => {
                    Out::new(Came::Open(reason), Why::Words("a rule that it rests on could not be decided there"))
                }
                (None, true) => Out::pass(),
                (None, false) => Out::new(
                    Came::Open(Reason::NotExercised),
                    Why::Words("no rule that it rests on had an occasion there"),
                ),
            };
        }
        for tally in step.held.iter().filter_map(|(at, _)| outcome.tallies.get(*at)) {
            has_looked |= tally.decided_for(judged) > 0;
            if tally.undecided_for_side(judged) > 0 {
                open = open.max(tally.undecided_reasons().map(|(reason, _)| reason_of(reason)).max());
            }
        }
        // Where something that the side sent cannot be read, no rule has looked.
        open = open.max(self.unread(judged));
        match (open, has_looked) {
            (Some(reason), _) => {
                Out::new(Came::Open(reason), Why::Words("a rule that it rests on could not be decided everywhere"))
            }
            (None, true) => Out::pass(),
            (None, false) => {
                Out::new(Came::Open(Reason::NotExercised), Why::Words("no rule that it rests on had an occasion"))
            }
        }
    }

    /// Why not all that a side sent in the session was looked at.
    pub(super) fn unread(&self, judged: Option<Role>) -> Option<Reason> {
        let session = self.chain.sessions.get(self.session)?.session;
        let is_unread = |entry: &crate::dm::Entry| {
            judged.is_none_or(|role| role == Role::of(entry.direction)) && !entry.message.is_judgeable()
        };
        let is_lost = session.entries.iter().any(crate::dm::Entry::is_after_loss);
        let unread = session.entries.iter().any(is_unread).then_some(Reason::Undecodable);
        unread.or(is_lost.then_some(Reason::Gap))
    }
}
