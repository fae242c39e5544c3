//! Where a trial looks for something, and what it means that it is not there.

use super::events::Part;
use super::expr::Value;
use super::file::{Reason, Window};
use super::matching::{Fit, Named, fits_named};
use super::plan::{PlanMatcher, PlanOf, PlanStep};
use super::trial::Trial;
use super::window::{Reach, doubt_of_answer, reach};
use crate::dm::Place;
use std::ops::Range;

impl<'t, 'c> Trial<'t, 'c, '_> {
    /// Where a matcher begins to look: behind what it answers, or behind the cursor.
    pub(super) fn after(&self, matcher: &PlanMatcher<'c>) -> usize {
        let answered = matcher.of.iter().find_map(|of| match of {
            PlanOf::Name(name) => Some(self.named(name)),
            PlanOf::Kind(_) => None,
        });
        match answered.and_then(|value| self.chain.event(&value)) {
            Some((at, _)) => at.saturating_add(1),
            None => self.cursor.saturating_add(1),
        }
    }

    /// The first event of some that fits, and why one before it may have.
    pub(super) fn search(
        &self,
        matcher: &'t PlanMatcher<'c>,
        from: usize,
        end: usize,
    ) -> (Option<usize>, Option<Reason>) {
        let range = from..end.min(self.chain.events.len());
        if self.chain.present & matcher.bits == 0 || range.is_empty() {
            return (None, None);
        }
        let is_answer = match matcher.kinds {
            [super::EventKind::Status] => Some(true),
            [super::EventKind::Results] => Some(false),
            _ => None,
        };
        let (Some(is_status), [PlanOf::Name(name)]) = (is_answer, matcher.of.as_slice()) else {
            return match self.by_uri(matcher, &range) {
                Some(positions) => self.first(matcher, positions),
                None => self.first(matcher, self.chain.candidates(matcher.bits, &range)),
            };
        };
        // What answers something is known.
        let to = self.chain.event(&self.named(name));
        let Some((to, session)) = to.and_then(|(_, to)| Some((to, self.chain.session(&to)?))) else {
            return (None, None);
        };
        let position = |place: Place| {
            let at = self.chain.find(to.session, place.entry, Part::Command(place.command?));
            at.filter(|at| range.contains(at))
        };
        if is_status {
            self.first(matcher, session.statuses_of(to.place()).filter_map(position))
        } else {
            self.first(matcher, session.results_of(to.place()).filter_map(position))
        }
    }

    /// The positions in a range that may fit a matcher which names the URI of an Item, where that saves trying many.
    fn by_uri(&self, matcher: &'t PlanMatcher<'c>, range: &Range<usize>) -> Option<Vec<usize>> {
        const FEW: usize = 24;
        let condition = matcher.by_uri.and_then(|at| matcher.conditions.get(at)).filter(|_| range.len() > FEW)?;
        let named = Named::of(matcher);
        let mut found = Vec::new();
        for scalar in condition.plan.named_values()? {
            let Value::Text(uri) = named.value(scalar, self) else { return None };
            for at in self.chain.uris().of_uri(uri) {
                let event = self.chain.events.get(at)?;
                let at = match (event.part, matcher.kinds) {
                    (_, [super::EventKind::Item]) => at,
                    (Part::Item(_, item), _) => at.checked_sub(usize::try_from(item).ok()?.saturating_add(1))?,
                    _ => continue,
                };
                let is_meant = self.chain.events.get(at).is_some_and(|event| event.bits & matcher.bits != 0);
                if is_meant && range.contains(&at) {
                    found.push(at);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// The first of some positions that fits, and why one before it may have.
    fn first(
        &self,
        matcher: &'t PlanMatcher<'c>,
        positions: impl IntoIterator<Item = usize>,
    ) -> (Option<usize>, Option<Reason>) {
        let mut maybe = None;
        let named = Named::of(matcher);
        for at in positions {
            match fits_named(self, at, matcher, &named) {
                Fit::Yes => return (Some(at), maybe),
                Fit::Open(reason) => maybe = maybe.max(Some(reason)),
                Fit::No => {}
            }
        }
        (None, maybe)
    }

    /// Up to where a trigger is waited for.
    pub(super) fn end_of_scope(&self, matcher: &PlanMatcher<'c>) -> usize {
        use super::file::Scope;
        match (matcher.window, self.plan.case.scope) {
            (Some(window), _) => self.reach(matcher, window).end,
            (None, Scope::Device | Scope::Notification) => self.chain.events.len(),
            (None, _) => self.chain.of_session(self.session).end,
        }
    }

    /// The positions at which a trigger may come, or what has to be there before.
    pub(super) fn reach_of_trigger(&self, step: &PlanStep<'c>, matcher: &PlanMatcher<'c>) -> Range<usize> {
        if matcher.inside.is_some() {
            // The next one behind the cursor, where that stands in there too.
            let inside = self.range(matcher, Window::Message).0;
            let from = if inside.contains(&self.cursor) { self.after(matcher).max(inside.start) } else { inside.start };
            return from..inside.end;
        }
        if step.matches.is_some() {
            let session = self.chain.of_session(self.session);
            let end = matcher.window.map_or(session.end, |window| self.reach(matcher, window).end);
            return session.start..end;
        }
        self.after(matcher)..self.end_of_scope(matcher)
    }

    /// Whether something is missing between the cursor and an event of the same session, so that it need not be the next one.
    pub(super) fn is_behind_a_hole(&self, step: &PlanStep<'c>, at: usize) -> bool {
        let (Some(from), Some(to)) = (self.chain.events.get(self.cursor), self.chain.events.get(at)) else {
            return false;
        };
        let session = self.chain.session(from).filter(|_| step.matches.is_none() && from.session == to.session);
        let between = session.and_then(|session| session.entries.get(from.entry.index()..=to.entry.index()));
        between.is_some_and(|between| between.iter().skip(1).any(crate::dm::Entry::is_after_loss))
    }

    /// Why something that nobody asked for did not come.
    pub(super) fn why_not_come(&self) -> Reason {
        use crate::dm::End;
        match self.chain.sessions.get(self.session).map(|seen| seen.session.end) {
            Some(End::Aborted) => Reason::Aborted,
            Some(End::Truncated | End::Open) => Reason::WindowOpen,
            _ => Reason::NotExercised,
        }
    }

    /// The window of a matcher from where it begins to look.
    pub(super) fn reach(&self, matcher: &PlanMatcher<'c>, window: Window) -> Reach {
        let begin = self.after(matcher).saturating_sub(1);
        let nothing = Reach { end: 0, doubt: Some(Reason::WindowOpen), silence: Some(Reason::WindowOpen) };
        let Some(event) = self.chain.events.get(begin) else { return nothing };
        let sender = matcher.sender.unwrap_or(event.sender.reverse());
        reach(self.chain, event, sender, window)
    }

    /// Why it proves nothing that an answer was not found, beyond what its window says.
    pub(super) fn doubt_of(&self, matcher: &PlanMatcher<'c>) -> Option<Reason> {
        let window = matcher.window.unwrap_or(Window::Package);
        let is_answer = matches!(matcher.kinds, [super::EventKind::Status | super::EventKind::Results]);
        if !is_answer || matcher.of.is_empty() || !matches!(window, Window::Reply | Window::Package) {
            return None;
        }
        let event = self.chain.events.get(self.after(matcher).saturating_sub(1))?;
        let sender = matcher.sender.unwrap_or(event.sender.reverse());
        doubt_of_answer(self.chain.session(event)?, event.place(), sender, window)
    }

    /// The events that a matcher may find, and what it means that it finds none.
    pub(super) fn range(
        &self,
        matcher: &PlanMatcher<'c>,
        default: Window,
    ) -> (Range<usize>, Option<Reason>, Option<Reason>) {
        if let Some(inside) = matcher.inside.as_ref() {
            let Some((_, event)) = self.chain.event(&self.named(inside)) else {
                // What the name stands for is not there: so is nothing in it.
                return (0..0, None, None);
            };
            let is_read = self.chain.session(&event).and_then(|session| session.entry(event.entry));
            let doubt = is_read.is_none_or(|entry| !entry.message.is_judgeable()).then_some(Reason::Undecodable);
            return (self.chain.of_message(event.session, event.entry), doubt, doubt);
        }
        let default = if matcher.of.iter().any(|of| matches!(of, PlanOf::Name(_))) && default == Window::Reply {
            Window::Package
        } else {
            default
        };
        let found = self.reach(matcher, matcher.window.unwrap_or(default));
        (self.after(matcher)..found.end, found.doubt, found.silence)
    }

    /// Events of a kind in a message or container, or answering a command.
    pub(super) fn count(&self, kind: &str, place: &Value<'_>) -> Value<'t> {
        let Some(kind) = super::check::kind_of(kind) else { return Value::Absent };
        let Some((_, place)) = self.chain.event(place) else { return Value::Absent };
        let Some(session) = self.chain.session(&place) else { return Value::Absent };
        let count = if let (Part::Command(_), super::EventKind::Status) = (place.part, kind) {
            session.statuses_of(place.place()).count()
        } else if let (Part::Command(_), super::EventKind::Results) = (place.part, kind) {
            session.results_of(place.place()).count()
        } else {
            let range = self.chain.of_message(place.session, place.entry);
            self.chain.events.get(range).unwrap_or_default().iter().filter(|event| event.is(kind)).count()
        };
        i64::try_from(count).map_or(Value::Absent, Value::Int)
    }
}
