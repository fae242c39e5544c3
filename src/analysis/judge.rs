//! How one session is judged: rules, test cases, waivers, baseline, and what must not be told of it.

use super::Options;
use super::carried;
use super::closeup;
use super::convert;
use super::early::Early;
use super::exhibit;
use super::order::Ready;
use super::redact;
use crate::dm::Session;
use crate::rules::{self, Engine, Mode, Outcome, Selection, Tally};
use crate::testcase::{Case, Cases};
use crate::tls::Secrets;
use crate::tree::Lesson;
use crate::verdict::{Baseline, Filter, JudgedSession, Masks, Notes, Role, TestCaseReport, TestedRole, Waivers};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

/// How sessions are judged; shared by all threads.
pub(super) struct Judge<'o> {
    engine: Engine,
    pub(super) cases: Cases<'o>,
    filter: Option<Filter>,
    waivers: Waivers,
    baseline: Option<Arc<Baseline>>,
    credentials: super::Credentials,
    pub(super) secrets: Arc<Secrets>,
    exhibits: bool,
    closeups: bool,
    pub(super) carried: bool,
    pub(super) redact: bool,
    pub(super) wants_seen: bool,
    pub(super) wants_trees: bool,
}

impl<'o> Judge<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        let is_of_role = |case: &Case| match options.role.role() {
            Some(Role::Client) => case.file.role != TestedRole::Server,
            Some(Role::Server) => case.file.role != TestedRole::Client,
            None => true,
        };
        let is_selected = |case: &&Case| options.selects(&case.file.id) && is_of_role(case) && case.is_passive();
        let selected: Vec<&Case> = options.testcases.all().iter().filter(is_selected).collect();
        let mut selection = Selection {
            select: options.select.clone(),
            ignore: options.ignore.clone(),
            unheard: BTreeSet::new(),
            watched: BTreeSet::new(),
            profile: options.profile,
            role: options.role.role(),
            mode: if options.strict { Mode::Strict } else { Mode::Interop },
            descriptions: options.descriptions.clone(),
        };
        let held: BTreeSet<&str> = selected.iter().flat_map(|case| case.rules_held()).collect();
        let unheard = rules::all().filter(|rule| held.contains(rule.id) && !selection.includes(rule));
        selection.unheard = unheard.map(|rule| rule.id).collect();
        let single: BTreeSet<&str> = selected.iter().flat_map(|case| case.rules_held_in_messages()).collect();
        selection.watched = rules::all().map(|rule| rule.id).filter(|id| single.contains(id)).collect();
        let engine = Engine::new(selection);
        let cases = Cases::new(selected, engine.rules(), options.ics.as_deref()).with_ids(options.ids.as_deref());
        Self {
            engine,
            cases,
            filter: options.filter.clone(),
            waivers: options.waivers.clone(),
            baseline: options.baseline.clone(),
            credentials: options.credentials.clone(),
            secrets: options.secrets.clone(),
            exhibits: options.exhibits,
            closeups: options.closeups,
            carried: options.carried,
            redact: options.redact,
            wants_seen: options.wants_seen,
            wants_trees: options.trees.is_some(),
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The selected test cases.
    pub(super) fn cases(&self) -> &Cases<'o> {
        &self.cases
    }

    /// Judges one session. What the rules did goes to `tallies` where the filter keeps it.
    pub(super) fn judge(
        &self,
        session: &mut Session,
        input: Option<u32>,
        tallies: &mut [Tally],
        early: Option<&mut Early>,
    ) -> io::Result<(Ready, Outcome)> {
        let kept = std::mem::take(&mut session.kept);
        let outcome = self.decide(session);
        let (mut report, mut findings) = convert::report(session, &outcome, input);
        report.unjudged = self.left_unjudged(&outcome);
        let used = self.waivers.apply(&report, &mut findings);
        if let Some(baseline) = &self.baseline {
            baseline.mark(&mut findings);
        }
        report.judge(&findings);
        if self.filter.as_ref().is_some_and(|filter| !filter.matches(&report)) {
            drop((report, findings));
            return Ok((Ready::LeftOut, outcome));
        }
        self.waivers.count(&used);
        let redaction = self.redact.then(|| {
            let (mut mask, hidden) = redact::collect(session);
            redact::of_exchanges(&kept, &mut mask);
            (mask, hidden)
        });
        let mask = |text: &str| redaction.as_ref().and_then(|(mask, _)| mask.text(text));
        let mask: Option<Masks<'_>> = if self.redact { Some(&mask) } else { None };
        if let Some(early) = early {
            early.last_word(session.first_frame, &report, &findings, mask);
        }
        for (sum, tally) in tallies.iter_mut().zip(&outcome.tallies) {
            sum.merge(tally);
        }
        let exhibits = match self.exhibits {
            true => exhibit::show(session, &outcome, &mut findings, redaction.as_ref(), self.carried && !self.closeups),
            false => Vec::new(),
        };
        let closeup = self.closeups.then(|| closeup::of(session, self.redact));
        let mut judged = JudgedSession::masked(report, findings, exhibits, mask)?.with_closeup(closeup, mask)?;
        if self.carried {
            judged = judged.carried_by(carried::write_down(session, kept, input, redaction.as_ref()))?;
        }
        Ok((Ready::Kept(judged), outcome))
    }

    /// Whether no selected rule decided anything about a session. Test cases are tried elsewhere, and speak for themselves.
    fn left_unjudged(&self, outcome: &Outcome) -> bool {
        self.cases.is_empty() && outcome.tallies.iter().all(|tally| tally.decided_for(None) == 0)
    }

    /// Judges what there is of a session that goes on. No rule has the last word before its end; but what a rule finds in the
    /// beginning of a session, it finds in the whole.
    pub(super) fn look_early(&self, session: &mut Session, early: &mut Early) {
        let outcome = self.decide(session);
        let (mut report, mut findings) = convert::report(session, &outcome, None);
        report.unjudged = self.left_unjudged(&outcome);
        // What is used is counted when the session is finished.
        let _ = self.waivers.apply(&report, &mut findings);
        report.judge(&findings);
        if self.filter.as_ref().is_none_or(|filter| filter.matches(&report)) {
            let redaction = self.redact.then(|| redact::collect(session));
            let mask = |text: &str| redaction.as_ref().and_then(|(mask, _)| mask.text(text));
            let mask: Option<Masks<'_>> = if self.redact { Some(&mask) } else { None };
            early.tell(session.first_frame, &report, &findings, mask);
        }
    }

    /// Ends a run: accepts test cases, and says what is to be said of waivers and baseline.
    pub(super) fn close(&self, options: &Options, testcases: &mut [TestCaseReport]) -> Notes {
        self.waivers.apply_to_cases(testcases);
        let selects = |id: &str| match rules::all().any(|rule| rule.id == id) {
            true => self.engine.rules().iter().any(|rule| rule.id == id),
            false => options.selects(id),
        };
        let since = self.baseline.as_ref().map(|baseline| baseline.since(testcases, |id| options.selects(id)));
        Notes { remarks: self.waivers.remarks(selects), since, redacted: self.redact }
    }

    fn decide(&self, session: &mut Session) -> Outcome {
        if let Some(secrets) = self.credentials.of(&session.identity) {
            session.verify(&secrets);
        }
        self.engine.judge(session)
    }
}

/// What a session tells of its device's tree; with `redact`, without what must not be told of it.
pub(super) fn lesson(session: &Session, redact: bool) -> Lesson {
    if !redact {
        return Lesson::of(session, None);
    }
    let (mask, _) = redact::collect(session);
    Lesson::of(session, Some(&|uri, text| redact::value_at(uri).or_else(|| mask.text(text))))
}

/// A text of a session without what must not be told of it.
pub(super) fn hidden(session: &Session, text: &str) -> Option<String> {
    let (mask, _) = redact::collect(session);
    mask.text(text)
}
