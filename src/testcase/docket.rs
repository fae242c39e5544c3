//! All cases over the sessions of an input: what each trial came to, counted, and the first that bears out each verdict.

use super::catalogue::Case;
use super::events::{Chain, Seen};
use super::expr::Value;
use super::file::{Reason, Scope};
use super::ics::{IcsFile, Product, Seen as Shown, Side};
use super::plan::Plan;
use super::tell;
use super::trial::{Setting, Trace, Trial, Tried};
use super::worth::{Came, Counts};
use super::{CaseSource, CaseVersion, IdMap};
use crate::base::{FrameNo, Limits};
use crate::dm::{Profile, Session};
use crate::rules::{Outcome, Rule};
use crate::verdict::{
    Evidence, RequirementLevel, SpecReport, TestCaseReport, TestCaseVerdict, TrialCounts, case_fingerprint,
};
use std::collections::BTreeMap;

/// Selected cases, ready to be run; shared by threads.
#[derive(Debug)]
pub struct Cases<'c> {
    plans: Vec<(Plan<'c>, &'c Case)>,
    ics: Option<&'c IcsFile>,
    ids: Option<&'c IdMap>,
    /// Bits of what triggers cases that look over several sessions.
    over_sessions: u64,
}

/// Whether a case looks over several sessions.
const fn is_over_sessions(scope: Scope) -> bool {
    matches!(scope, Scope::Device | Scope::Notification)
}

impl<'c> Cases<'c> {
    /// Makes cases ready. `rules` are those that run, in the order of their tallies.
    pub fn new(cases: impl IntoIterator<Item = &'c Case>, rules: &[&'static Rule], ics: Option<&'c IcsFile>) -> Self {
        let plans: Vec<(Plan<'c>, &'c Case)> =
            cases.into_iter().map(|case| (Plan::new(&case.file, rules), case)).collect();
        let wide = plans.iter().filter(|(plan, _)| is_over_sessions(plan.case.scope));
        let over_sessions = wide.fold(0, |bits, (plan, _)| bits | plan.trigger);
        Self { plans, ics, ids: None, over_sessions }
    }

    /// The same cases, with the ids that others gave to them.
    #[must_use]
    pub fn with_ids(mut self, ids: Option<&'c IdMap>) -> Self {
        self.ids = ids;
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// A blank tally for each case.
    pub fn tallies(&self) -> Vec<CaseTally> {
        self.plans.iter().map(|_| CaseTally::default()).collect()
    }

    /// The rows of the report, in the order of the cases.
    pub fn report(&self, tallies: &[CaseTally]) -> Vec<TestCaseReport> {
        let nothing = undeclared();
        let declared = self.ics.unwrap_or(&nothing);
        let one = |((plan, case), tally): (&(Plan<'c>, &'c Case), &CaseTally)| {
            let mut row = row(plan, case, tally, declared);
            let others = self.ids.and_then(|ids| ids.map.get(&case.file.id)).into_iter().flatten();
            row.other_ids = others.map(|id| id.clone().into()).collect();
            row
        };
        self.plans.iter().zip(tallies).map(one).collect()
    }
}

/// The trial that bears out a verdict.
#[derive(Debug, Clone)]
struct Example {
    /// The first frame of its session.
    first: FrameNo,
    step: Option<String>,
    why: String,
    reason: Option<Reason>,
    evidence: Vec<Evidence>,
    /// For each piece of evidence, the first frame of its session.
    sessions: Vec<FrameNo>,
}

impl Example {
    /// Hides in all its texts what the sessions must not tell.
    fn hide(&mut self, chain: &Chain<'_>, hide: Hide) {
        for seen in &chain.sessions {
            if let Some(hidden) = hide(seen.session, &self.why) {
                self.why = hidden;
            }
            for evidence in &mut self.evidence {
                let texts = [Some(&mut evidence.text), evidence.expected.as_mut(), evidence.cmd_id.as_mut()];
                for text in texts.into_iter().flatten() {
                    if let Some(hidden) = hide(seen.session, text) {
                        *text = hidden.into();
                    }
                }
            }
        }
    }
}

/// What came of the trials of one case.
#[derive(Debug, Clone, Default)]
pub struct CaseTally {
    counts: Counts,
    /// Of a failed must, a failed should, what only informs, what is open, and a pass.
    examples: [Option<Box<Example>>; 5],
    /// Sessions in which it could have been tried.
    considered: u64,
    /// Sessions of another version.
    other_version: u64,
    /// Sessions of a profile that leaves it out.
    other_profile: u64,
    /// There were more trials than are made.
    is_capped: bool,
}

const fn class(came: Came) -> usize {
    match came {
        Came::Fail(RequirementLevel::Must) => 0,
        Came::Fail(RequirementLevel::Should) => 1,
        Came::Fail(RequirementLevel::May) => 2,
        Came::Open(_) => 3,
        Came::Pass => 4,
    }
}

impl CaseTally {
    /// Adds what came of the next input, whose sessions come after `before` others; `input` is its number where there are
    /// several.
    pub fn merge(&mut self, other: Self, before: u32, input: Option<u32>) {
        self.counts.merge(&other.counts);
        self.considered = self.considered.saturating_add(other.considered);
        self.other_version = self.other_version.saturating_add(other.other_version);
        self.other_profile = self.other_profile.saturating_add(other.other_profile);
        self.is_capped |= other.is_capped;
        for (mine, others) in self.examples.iter_mut().zip(other.examples) {
            let Some(mut others) = others else { continue };
            if mine.as_ref().is_none_or(|mine| mine.reason < others.reason) {
                for evidence in &mut others.evidence {
                    evidence.session = evidence.session.saturating_add(before);
                    evidence.input = input;
                }
                *mine = Some(others);
            }
        }
    }

    /// Whether a trial that came to this is a better example than the one there is: more telling, or earlier.
    fn wants(&self, came: Came, first: FrameNo) -> bool {
        let reason = if let Came::Open(reason) = came { Some(reason) } else { None };
        let known = self.examples.get(class(came)).and_then(Option::as_ref);
        known.is_none_or(|known| reason > known.reason || (reason == known.reason && first < known.first))
    }
}

/// Sessions of one pair of device and server that wait for later ones.
#[derive(Debug, Default)]
struct Held {
    sessions: Vec<Session>,
    octets: usize,
}

/// The cases of one input.
#[derive(Debug)]
pub struct Docket<'b> {
    cases: &'b Cases<'b>,
    tallies: Vec<CaseTally>,
    held: BTreeMap<(String, String), Held>,
    octets: usize,
    /// Numbers of the sessions that examples are in, by their first frames; 0 where it is not known yet.
    numbers: BTreeMap<FrameNo, u32>,
    /// What hides in a text what a session must not tell.
    hide: Option<Hide>,
}

/// The text without what a session must not tell; `None` where there is nothing of it.
pub type Hide = fn(&Session, &str) -> Option<String>;

impl<'b> Docket<'b> {
    /// Nothing tried so far.
    pub fn new(cases: &'b Cases<'b>) -> Self {
        let tallies = cases.tallies();
        Self { cases, tallies, held: BTreeMap::new(), octets: 0, numbers: BTreeMap::new(), hide: None }
    }

    /// The same, with what hides in texts what a session must not tell.
    #[must_use]
    pub fn hiding(mut self, hide: Option<Hide>) -> Self {
        self.hide = hide;
        self
    }

    /// Tries all cases over a session.
    pub fn session(&mut self, session: Session, outcome: &Outcome) {
        if self.cases.is_empty() {
            return;
        }
        let present = {
            let chain = Chain::new(vec![Seen { session: &session, outcome: Some(outcome) }]);
            self.consider(&session, outcome.profile);
            self.run(&chain, outcome.profile, |scope| !is_over_sessions(scope));
            chain.present
        };
        let pair = (session.identity.device.clone(), session.identity.server.clone());
        let waits = self.held.contains_key(&pair);
        if waits || present & self.cases.over_sessions != 0 {
            self.hold(pair, session);
        }
    }

    fn consider(&mut self, session: &Session, profile: Profile) {
        for ((plan, _), tally) in self.cases.plans.iter().zip(&mut self.tallies) {
            let count = if !plan.holds_for(session.version) {
                &mut tally.other_version
            } else if plan.profiles.contains(&profile) {
                &mut tally.other_profile
            } else {
                &mut tally.considered
            };
            *count = count.saturating_add(1);
        }
    }

    /// Keeps a session for cases over several; those of a pair that has too many are tried as far as they go.
    fn hold(&mut self, pair: (String, String), session: Session) {
        let octets: usize = session.entries.iter().map(|entry| entry.message.octets()).sum();
        self.numbers.entry(session.first_frame).or_default();
        let held = self.held.entry(pair.clone()).or_default();
        held.octets = held.octets.saturating_add(octets);
        held.sessions.push(session);
        self.octets = self.octets.saturating_add(octets);
        if held.sessions.len() >= Limits::CASE_SESSIONS || held.octets > Limits::CASE_SESSION_OCTETS {
            self.release(&pair);
        }
        while self.octets > Limits::CASE_HELD_OCTETS {
            let Some(first) = self.held.keys().next().cloned() else { break };
            self.release(&first);
        }
    }

    fn release(&mut self, pair: &(String, String)) {
        let Some(mut held) = self.held.remove(pair) else { return };
        self.octets = self.octets.saturating_sub(held.octets);
        held.sessions.sort_by_key(|session| session.first_frame);
        let Some(profile) = held.sessions.first().map(|session| session.profile) else { return };
        let chain = Chain::new(held.sessions.iter().map(|session| Seen { session, outcome: None }).collect());
        self.run(&chain, profile, is_over_sessions);
    }

    fn run(&mut self, chain: &Chain<'_>, profile: Profile, scope: impl Fn(Scope) -> bool) {
        let setting = Setting { ics: self.cases.ics };
        let version = chain.sessions.first().map(|seen| seen.session.version);
        let nothing = undeclared();
        let declared = self.cases.ics.unwrap_or(&nothing);
        let mut shown: Option<IcsFile> = None;
        let mut all = Vec::new();
        for ((plan, _), tally) in self.cases.plans.iter().zip(&mut self.tallies) {
            let is_left_out =
                version.is_none_or(|version| !plan.holds_for(version)) || plan.profiles.contains(&profile);
            if is_left_out || !scope(plan.case.scope) || (plan.trigger != 0 && plan.trigger & chain.present == 0) {
                continue;
            }
            let made = tally.counts.total();
            let most = Limits::CASE_TRIALS.saturating_sub(usize::try_from(made).unwrap_or(usize::MAX));
            if most == 0 {
                tally.is_capped = true;
                continue;
            }
            Trial::all(chain, plan, setting, most, &mut all);
            for mut tried in all.drain(..) {
                if matches!(tried.came, Came::Fail(_))
                    && let Some(when) = &plan.when
                    && Product(declared).applies(when) != Value::Bool(true)
                {
                    // Who shows in these sessions that it has what the case asks for, may fail it.
                    let shown = shown.get_or_insert_with(|| declared.with_seen(&seen_in(chain)));
                    if Product(shown).applies(when) != Value::Bool(true) {
                        tried.came = Came::Open(Reason::ApplicabilityUnknown);
                    }
                }
                tally.counts.add(tried.came);
                let first = chain
                    .events
                    .get(tried.begin)
                    .and_then(|event| chain.session(event))
                    .map(|session| session.first_frame);
                let Some(first) = first.filter(|first| tally.wants(tried.came, *first)) else { continue };
                let mut example = example(chain, plan, &tried, first);
                if let Some(hide) = self.hide {
                    example.hide(chain, hide);
                }
                for key in &example.sessions {
                    self.numbers.entry(*key).or_default();
                }
                if let Some(place) = tally.examples.get_mut(class(tried.came)) {
                    *place = Some(Box::new(example));
                }
            }
        }
    }

    /// The session that began with this frame has this number among those of the input, from 1.
    pub fn numbered(&mut self, first: FrameNo, number: u32) {
        if let Some(known) = self.numbers.get_mut(&first) {
            *known = number;
        }
    }

    /// Tries what waited for later sessions, and gives all that came of it, with session numbers of this input.
    pub fn finish(mut self) -> Vec<CaseTally> {
        while let Some(pair) = self.held.keys().next().cloned() {
            self.release(&pair);
        }
        for example in self.tallies.iter_mut().flat_map(|tally| tally.examples.iter_mut().flatten()) {
            for (evidence, first) in example.evidence.iter_mut().zip(&example.sessions) {
                evidence.session = self.numbers.get(first).copied().unwrap_or_default();
            }
        }
        self.tallies
    }
}

/// What the sessions of a chain show that the products support.
fn seen_in(chain: &Chain<'_>) -> Shown {
    let mut all = Shown::default();
    chain.sessions.iter().for_each(|seen| all.merge(Shown::of(seen.session, None)));
    all
}

fn example(chain: &Chain<'_>, plan: &Plan<'_>, tried: &Tried<'_, '_>, first: FrameNo) -> Example {
    let step_id = |at: Option<usize>| at.and_then(|at| plan.flow.get(at)).and_then(|step| step.step.id.clone());
    let reason = if let Came::Open(reason) = tried.came { Some(reason) } else { None };
    let mut example = Example {
        first,
        step: step_id(tried.step),
        why: tried.why.to_string(),
        reason,
        evidence: Vec::new(),
        sessions: Vec::new(),
    };
    // Of a long trial, its beginning and its end.
    let half = Limits::CASE_EVIDENCE / 2;
    let end = tried.traces.len().saturating_sub(half);
    let shown = tried.traces.iter().enumerate().filter(|(at, _)| *at < half || *at >= end);
    for (_, trace) in shown {
        if let Some((evidence, key)) = evidence(chain, trace, step_id(trace.step)) {
            example.evidence.push(evidence);
            example.sessions.push(key);
        }
    }
    if example.evidence.is_empty() {
        let trace = Trace {
            at: tried.begin,
            step: tried.step,
            part: crate::verdict::EvidencePart::Context,
            bound: None,
            told: None,
        };
        if let Some((evidence, key)) = evidence(chain, &trace, step_id(tried.step)) {
            example.evidence.push(evidence);
            example.sessions.push(key);
        }
    }
    example
}

fn evidence(chain: &Chain<'_>, trace: &Trace<'_>, step: Option<String>) -> Option<(Evidence, FrameNo)> {
    let event = chain.events.get(trace.at)?;
    let session = chain.session(event)?;
    let entry = session.entry(event.entry);
    let command = event.command().and_then(|command| entry?.message.command(command));
    let is_whole = matches!(event.part, super::events::Part::Session | super::events::Part::Notification);
    let frames = match (&session.notification, event.part) {
        (Some(notified), super::events::Part::Notification) => vec![notified.notice.frame],
        _ => entry.map(|entry| entry.frames.clone()).unwrap_or_default(),
    };
    let told = trace.told.as_deref();
    let evidence = Evidence {
        session: 0,
        message: (!is_whole).then_some(event.entry.0.saturating_add(1)),
        input: None,
        frames,
        step: step.map(Into::into),
        part: trace.part,
        bound: trace.bound.map(|name| name.to_owned().into()),
        cmd_id: command.and_then(|command| entry?.message.cmd_id(command)).map(|id| id.to_owned().into()),
        element: chain.node(event).and_then(|node| Some(entry?.message.path(node).into())),
        text: match told.and_then(|told| told.seen.as_ref()) {
            Some(text) => format!("{}: {text}", tell::event(chain, trace.at)).into(),
            None => tell::event(chain, trace.at).into(),
        },
        expected: told.and_then(|told| told.expected.clone()).map(Into::into),
        rules: told.iter().flat_map(|told| &told.rules).map(|rule| (*rule).into()).collect(),
    };
    Some((evidence, session.first_frame))
}

/// What is known of a product of which nothing is declared.
fn undeclared() -> IcsFile {
    IcsFile {
        format: 1,
        kind: super::ics::IcsKind::Ics,
        id: String::new(),
        side: Side::Client,
        product: None,
        versions: vec![CaseVersion::Dm12],
        profile: None,
        items: BTreeMap::new(),
        bind: BTreeMap::new(),
    }
}

fn row(plan: &Plan<'_>, case: &Case, tally: &CaseTally, ics: &IcsFile) -> TestCaseReport {
    let file = plan.case;
    let product = Product(ics);
    let applies = plan.when.as_ref().map_or(Value::Bool(true), |when| product.applies(when));
    let counts = &tally.counts;
    let mut report = TestCaseReport {
        id: file.id.clone().into(),
        title: file.title.clone().into(),
        role: file.role,
        rev: file.rev,
        sha256: case.sha256().into(),
        level: file.level,
        spec: file
            .spec
            .iter()
            .map(|spec| SpecReport { document: spec.doc.clone().into(), section: spec.sec.clone().into() })
            .collect(),
        other_ids: Vec::new(),
        verdict: TestCaseVerdict::NotApplicable,
        step: None,
        reason: String::new(),
        trials: TrialCounts {
            pass: counts.pass,
            fail: counts.must.saturating_add(counts.should),
            inconclusive: counts.open.saturating_add(counts.may),
        },
        waived: None,
        fingerprint: None,
        evidence: Vec::new(),
    };
    if applies == Value::Bool(false) {
        report.reason = format!("{}: not so, by the ICS", file.when.as_deref().unwrap_or_default());
        return report;
    }
    if tally.considered == 0 && (tally.other_version > 0 || tally.other_profile > 0) {
        report.reason = if tally.other_profile > 0 {
            format!(
                "profile: it is left out in {}",
                file.profiles.iter().map(|name| name.trim_start_matches('!')).collect::<Vec<_>>().join(", ")
            )
        } else {
            let versions: Vec<&str> = file.versions.iter().map(|version| version.name()).collect();
            format!("version: it holds for {}, which no session speaks", versions.join(", "))
        };
        return report;
    }
    if tally.considered == 0 {
        report.verdict = TestCaseVerdict::Inconclusive;
        report.reason = crate::verdict::NO_SESSION.to_owned();
        return report;
    }
    let came = counts.verdict(file.aggregate);
    let example = tally.examples.get(class(came)).and_then(Option::as_deref);
    let tempered = came.tempered(file.source != CaseSource::Text);
    report.verdict = tempered.verdict();
    if let Came::Fail(level) = tempered {
        report.level = level;
    }
    if let Some(example) = example {
        report.evidence.clone_from(&example.evidence);
        report.step = example.step.clone().filter(|_| !matches!(came, Came::Pass)).map(Into::into);
    }
    let why = example.map(|example| example.why.as_str()).unwrap_or_default();
    let capped = if tally.is_capped {
        format!(" (only the first {} trials of an input are made)", Limits::CASE_TRIALS)
    } else {
        String::new()
    };
    report.reason = match tempered {
        Came::Pass => format!("what was asked for was seen{capped}"),
        Came::Fail(_) => format!("{why}{capped}"),
        Came::Open(reason) if why.is_empty() => format!("{}: {}{capped}", reason.name(), reason.text()),
        Came::Open(reason) => format!("{}: {why}{capped}", reason.name()),
    };
    if report.verdict == TestCaseVerdict::Fail {
        report.fingerprint = Some(case_fingerprint(&file.id, report.step.as_deref()).into());
    }
    report
}
