//! One trial: the steps of a case, from a trigger on.

use super::events::Chain;
use super::expr::{Env, Value};
use super::file::{Reason, Worth};
use super::ics::IcsFile;
use super::matching::{Fit, Named, fits_named};
use super::path::FieldPath;
use super::plan::{Plan, PlanMatcher, PlanName, PlanStep};
use super::tell;
use super::worth::Came;
use crate::rules::Reason as RuleReason;
use crate::verdict::{EvidencePart, RequirementLevel};

/// What all trials of a run share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'r> {
    /// What is declared of the product.
    pub(super) ics: Option<&'r IcsFile>,
}

/// A place that bears out what came of a trial; texts are made of it only where it is reported.
#[derive(Debug, Clone)]
pub(super) struct Trace<'c> {
    /// The event.
    pub(super) at: usize,
    /// The step of the flow; `None` for what was given.
    pub(super) step: Option<usize>,
    pub(super) part: EvidencePart,
    pub(super) bound: Option<&'c str>,
    /// Few places have more to say; there are a great many others.
    pub(super) told: Option<Box<Told>>,
}

/// What is to be told of a place at which something is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) expected: Option<String>,
    pub(super) seen: Option<String>,
    pub(super) rules: Vec<&'static str>,
}

/// What came of a trial.
#[derive(Debug, Clone)]
pub(super) struct Tried<'t, 'c> {
    pub(super) came: Came,
    /// The step of the flow that decided it.
    pub(super) step: Option<usize>,
    pub(super) why: Why<'t, 'c>,
    pub(super) traces: Vec<Trace<'c>>,
    /// The trigger.
    pub(super) begin: usize,
    /// Whether the trigger came: otherwise what had to hold before did not.
    is_begun: bool,
}

/// Why something came to what it came to; words are made of it only where they are reported.
#[derive(Debug, Clone)]
pub(super) enum Why<'t, 'c> {
    Said(String),
    Words(&'static str),
    /// Something that is looked for, and what of it.
    About(&'t PlanMatcher<'c>, &'static str),
}

impl std::fmt::Display for Why<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said(text) => f.write_str(text),
            Self::Words(text) => f.write_str(text),
            Self::About(matcher, text) => write!(f, "{} {text}", tell::matcher(matcher)),
        }
    }
}

/// What came of a step.
pub(super) struct Out<'t, 'c> {
    pub(super) came: Came,
    pub(super) why: Why<'t, 'c>,
    /// The step's own trigger, or a value that it names, is not there.
    pub(super) is_missed: bool,
    /// The step says itself what it is worth, or that the rest is not prescribed.
    pub(super) is_worth: bool,
    /// The step was left out: its `when` is false.
    pub(super) is_left_out: bool,
}

impl<'t, 'c> Out<'t, 'c> {
    pub(super) fn new(came: Came, why: Why<'t, 'c>) -> Self {
        Self { came, why, is_missed: false, is_worth: false, is_left_out: false }
    }

    pub(super) fn said(came: Came, why: impl Into<String>) -> Self {
        Self::new(came, Why::Said(why.into()))
    }

    pub(super) fn pass() -> Self {
        Self::new(Came::Pass, Why::Words(""))
    }

    pub(super) fn is_fail(&self) -> bool {
        matches!(self.came, Came::Fail(_))
    }

    /// The one that weighs more; of two that weigh the same, the first.
    pub(super) fn worse(self, other: Self) -> Self {
        let weight = |out: &Self| match out.came {
            Came::Pass => (0, None),
            Came::Open(reason) => (1, Some(reason)),
            Came::Fail(RequirementLevel::May) => (2, None),
            Came::Fail(RequirementLevel::Should) => (3, None),
            Came::Fail(RequirementLevel::Must) => (4, None),
        };
        if weight(&other) > weight(&self) { other } else { self }
    }

    pub(super) fn ends(&self) -> bool {
        match self.came {
            Came::Pass => false,
            Came::Fail(level) => level == RequirementLevel::Must,
            Came::Open(reason) => {
                matches!(reason, Reason::PeerFault | Reason::RefusedByPeer | Reason::Aborted)
            }
        }
    }
}

/// A trial under way.
pub(super) struct Trial<'t, 'c, 's> {
    pub(super) chain: &'t Chain<'s>,
    pub(super) plan: &'t Plan<'c>,
    pub(super) setting: Setting<'t>,
    pub(super) names: Vec<(&'c str, Value<'t>)>,
    pub(super) cursor: usize,
    pub(super) step: Option<usize>,
    pub(super) traces: Vec<Trace<'c>>,
    /// Whether what fails is only tried, and will be told when nothing else holds.
    pub(super) is_quiet: bool,
    /// The session that the trial is in, for what looks at sessions as a whole.
    pub(super) session: usize,
}

impl<'t> Env<'t> for Trial<'t, '_, '_> {
    fn field(&self, name: &str, path: &FieldPath) -> Value<'t> {
        if let Some((_, value)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return match value {
                Value::Thing(at) => usize::try_from(*at).map_or(Value::Absent, |at| self.chain.field(at, path)),
                value if path.is_empty() => value.clone(),
                _ => Value::Absent,
            };
        }
        // A parameter: a passive run knows its default at most.
        let param = self.plan.case.params.get(name);
        param.and_then(|param| param.default.as_deref()).filter(|_| path.is_empty()).map_or(Value::Absent, Value::text)
    }

    fn member(&self, of: &Value<'t>, path: &str) -> Value<'t> {
        self.chain.object_field(of, path)
    }

    fn call(&self, function: &str, args: &[Value<'t>]) -> Value<'t> {
        match (function, args) {
            ("secret" | "hmac" | "noti_digest" | "md5_cred", _) => Value::Unknown(Reason::MissingSecret),
            ("object", [item]) => self.chain.object(item),
            ("sha256", [object]) => match self.chain.object_octets(object) {
                Some(octets) => Value::text(super::sha256(&octets)),
                None => Value::Unknown(Reason::WindowOpen),
            },
            ("mo_root", [Value::Text(urn)]) => {
                let bound = self.setting.ics.and_then(|ics| ics.bind.get(&**urn));
                bound.map_or(Value::Absent, |uri| Value::text(uri.as_str()))
            }
            // What the tree of the device holds is not known here.
            ("node" | "is_permanent", _) => Value::Unknown(Reason::Truncated),
            ("count", [Value::Text(kind), place]) => self.count(kind, place),
            _ => Value::Absent,
        }
    }
}

impl<'t, 'c, 's> Trial<'t, 'c, 's> {
    /// Runs all trials of a case over a chain, into an empty list: one for each event that triggers it, or one for each session
    /// where nothing does.
    pub(super) fn all(
        chain: &'t Chain<'s>,
        plan: &'t Plan<'c>,
        setting: Setting<'t>,
        most: usize,
        tried: &mut Vec<Tried<'t, 'c>>,
    ) {
        let Some(upon) = plan.flow.first().and_then(|step| step.upon.as_ref()) else {
            tried.extend((0..chain.sessions.len()).map(|at| Self::new(chain, plan, setting, at).run(None)));
            return;
        };
        if chain.present & upon.bits == 0 {
            return;
        }
        for session in 0..chain.sessions.len() {
            let mut blank = Self::new(chain, plan, setting, session);
            let given = blank.given();
            if let Some(out) = given {
                // Without what has to be known before, nothing is tried; that there was something to try is told once.
                let could_begin = chain.candidates(upon.bits, &chain.of_session(session)).next().is_some();
                if could_begin && !matches!(out.came, Came::Pass) {
                    tried.push(blank.tried(out, None));
                }
                continue;
            }
            let named = Named::of(upon);
            for at in chain.candidates(upon.bits, &chain.of_session(session)) {
                if tried.len() >= most {
                    break;
                }
                if fits_named(&blank, at, upon, &named) == Fit::Yes {
                    let mut trial = Self::new(chain, plan, setting, session);
                    (trial.names, trial.traces) = (blank.names.clone(), blank.traces.clone());
                    tried.push(trial.run(Some(at)));
                    if !plan.is_each() {
                        break;
                    }
                }
            }
        }
        // An operation is begun by an Exec; its report must not be charged to another one.
        if chain.sessions.len() > 1 && upon.kinds.contains(&super::EventKind::Exec) {
            tell_apart(chain, tried);
        }
    }

    fn new(chain: &'t Chain<'s>, plan: &'t Plan<'c>, setting: Setting<'t>, session: usize) -> Self {
        let cursor = chain.of_session(session).start;
        Self {
            chain,
            plan,
            setting,
            names: Vec::new(),
            cursor,
            step: None,
            traces: Vec::new(),
            is_quiet: false,
            session,
        }
    }

    /// What has to hold before; `None` where it does.
    fn given(&mut self) -> Option<Out<'t, 'c>> {
        let plan = self.plan;
        for step in &plan.given {
            let out = self.step(step, plan.case.level);
            if !matches!(out.came, Came::Pass) {
                return Some(out);
            }
        }
        None
    }

    fn run(mut self, trigger: Option<usize>) -> Tried<'t, 'c> {
        let plan = self.plan;
        if trigger.is_none()
            && let Some(out) = self.given()
        {
            return self.tried(out, None);
        }
        let begin = trigger.unwrap_or(self.cursor);
        let mut worst = (Out::pass(), None);
        for (at, step) in plan.flow.iter().enumerate() {
            self.step = Some(at);
            let out = match (at, trigger) {
                (0, Some(event)) => {
                    self.found(event, step.upon.as_deref());
                    self.step_after_trigger(step, plan.case.level)
                }
                _ => self.step(step, plan.case.level),
            };
            // Where a step's trigger did not come, what follows it has no place to begin from.
            let stops = out.is_worth || out.is_missed;
            let ends = out.ends() || stops && !matches!(out.came, Came::Pass);
            let before = worst.0.came;
            let weighed = worst.0.worse(out);
            let decided = if weighed.came == before { worst.1 } else { Some(at) };
            worst = (weighed, decided);
            if ends {
                break;
            }
        }
        self.cursor = begin;
        self.tried(worst.0, worst.1)
    }

    fn tried(self, out: Out<'t, 'c>, step: Option<usize>) -> Tried<'t, 'c> {
        let is_begun = step.is_some() || matches!(out.came, Came::Pass);
        Tried { came: out.came, step, why: out.why, traces: self.traces, begin: self.cursor, is_begun }
    }

    /// What a name stands for.
    pub(super) fn named(&self, name: &PlanName<'_>) -> Value<'t> {
        self.field(name.name, &name.path)
    }

    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| *known == name) || self.plan.case.params.contains_key(name)
    }

    pub(super) fn are_bound(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.is_bound(name))
    }

    /// Names that were not given stand for nothing from here on.
    pub(super) fn absent(&mut self, names: &[&'c str]) {
        for name in names {
            if !self.is_bound(name) {
                self.names.push((name, Value::Absent));
            }
        }
    }

    pub(super) fn found(&mut self, at: usize, matcher: Option<&PlanMatcher<'c>>) {
        let bound = matcher.and_then(|matcher| matcher.matcher.bound.as_deref());
        if let (Some(name), Ok(number)) = (bound, u64::try_from(at)) {
            self.names.push((name, Value::Thing(number)));
        }
        let step = self.step;
        self.traces.push(Trace { at, step, part: EvidencePart::Matched, bound, told: None });
        if let Some(event) = self.chain.events.get(at) {
            self.session = event.session;
        }
        self.cursor = at;
    }

    /// Adds a place at which something is wrong.
    pub(super) fn trace(&mut self, at: usize, part: EvidencePart, told: Option<Told>) {
        self.traces.push(Trace { at, step: self.step, part, bound: None, told: told.map(Box::new) });
    }

    /// A step as a whole.
    pub(super) fn step(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        if !self.are_bound(&step.needs) {
            // What it needs was left open before, and the trial with it.
            return Out::pass();
        }
        if let Some(when) = &step.when {
            match when.truth(self) {
                Value::Bool(true) => {}
                Value::Unknown(reason) => {
                    self.absent(&step.gives);
                    return Out::new(Came::Open(reason), Why::Words("whether the step applies cannot be told"));
                }
                _ => {
                    self.absent(&step.gives);
                    return Out { is_left_out: true, ..Out::pass() };
                }
            }
        }
        for matcher in step.matches.iter().chain(&step.upon) {
            let range = self.reach_of_trigger(step, matcher);
            match self.search(matcher, range.start, range.end) {
                (Some(at), _) if self.is_behind_a_hole(step, at) => {
                    let out = Out::new(
                        Came::Open(Reason::Gap),
                        Why::About(matcher, "may have come before, where something is missing"),
                    );
                    return self.otherwise(step, Out { is_missed: true, ..out });
                }
                (Some(at), _) => self.found(at, Some(matcher)),
                (None, maybe) => {
                    let doubt = matcher.window.and_then(|window| self.reach(matcher, window).doubt);
                    let reason = maybe.or(doubt).unwrap_or_else(|| self.why_not_come());
                    let out = Out::new(Came::Open(reason), Why::About(matcher, "did not come"));
                    return self.otherwise(step, Out { is_missed: true, ..out });
                }
            }
        }
        self.step_after_trigger(step, level)
    }

    pub(super) fn step_after_trigger(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let level = step.level.unwrap_or(level);
        let out = self.keys(step, level);
        let out = match step.verdict {
            Some(worth) if matches!(out.came, Came::Pass) => {
                let why = step.step.why.as_deref().or(step.step.title.as_deref()).unwrap_or_default();
                Out { is_worth: true, ..Out::said(came_of(worth, level), why) }
            }
            _ => out,
        };
        self.otherwise(step, out)
    }

    /// What the step says that it is worth when it does not come out.
    fn otherwise(&self, step: &PlanStep<'c>, out: Out<'t, 'c>) -> Out<'t, 'c> {
        match step.otherwise {
            Some(worth) if out.is_missed || out.is_fail() => {
                let level = step.level.unwrap_or(self.plan.case.level);
                Out { came: came_of(worth, level), ..out }
            }
            _ => out,
        }
    }

    /// The keys of a step in their order, after its trigger. The first failure of a must ends it.
    fn keys(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        for (name, expr) in &step.bind {
            match expr.eval(self) {
                Value::Unknown(reason) => {
                    return Out::said(Came::Open(reason), format!("`{name}` cannot be worked out"));
                }
                Value::Absent => {
                    let out = Out::said(Came::Open(Reason::NotExercised), format!("there is nothing for `{name}`"));
                    return Out { is_missed: true, ..out };
                }
                value => self.names.push((name, value)),
            }
        }
        let mut all = Out::pass();
        let from = self.cursor;
        let mut last = None;
        for matcher in &step.expect {
            self.cursor = from;
            let out = self.expect(step, matcher, level);
            if matcher.matcher.inside.is_none() && self.cursor > from {
                last = last.max(Some(self.cursor));
            }
            all = all.worse(out);
            if !matches!(all.came, Came::Pass) {
                self.cursor = last.unwrap_or(from);
                return all;
            }
        }
        self.cursor = last.unwrap_or(from);
        for matcher in &step.never {
            all = all.worse(self.never(step, matcher, level));
        }
        for check in &step.check {
            all = all.worse(self.check(step, check, level));
            if all.is_fail() {
                return all;
            }
        }
        if step.step.holds.is_some() {
            all = all.worse(self.holds(step, level));
        }
        if all.is_fail() {
            return all;
        }
        if let Some((each, steps)) = &step.repeat {
            all = all.worse(self.repeat(step, each, steps, level));
        }
        if !step.any_of.is_empty() {
            all = all.worse(self.any_of(step, level));
        }
        for branch in &step.all_of {
            let cursor = self.cursor;
            all = all.worse(self.step(branch, level));
            self.cursor = cursor;
        }
        if !step.first_decided.is_empty() {
            all = all.worse(self.first_decided(step, level));
        }
        for inner in &step.steps {
            let out = self.step(inner, level);
            let ends = out.ends();
            all = all.worse(out);
            if ends {
                return all;
            }
        }
        if let Some(may) = &step.may {
            all = all.worse(self.may(may, level));
        }
        if step.step.observe.is_some() {
            all =
                all.worse(Out::new(Came::Open(Reason::NeedsObserver), Why::Words("a person has to say what was seen")));
        }
        all
    }
}

/// Trials over several sessions that overlap: what came of one may belong to another. Only a pass of a trial whose trigger has a
/// Correlator of its own stays one.
fn tell_apart(chain: &Chain<'_>, tried: &mut [Tried<'_, '_>]) {
    let correlator = FieldPath::new("correlator");
    let spans: Vec<(usize, usize, Value<'_>)> = tried
        .iter()
        .map(|one| {
            let end = one.traces.iter().map(|trace| trace.at).max().unwrap_or(one.begin);
            // What is still waited for goes on to the end.
            let is_open = matches!(one.came, Came::Open(Reason::WindowOpen));
            let end = if is_open { chain.events.len() } else { end.max(one.begin) };
            (one.begin, end, chain.field(one.begin, &correlator))
        })
        .collect();
    let begun: Vec<bool> = tried.iter().map(|one| one.is_begun).collect();
    for (at, one) in tried.iter_mut().enumerate().filter(|(_, one)| one.is_begun) {
        let Some((begin, end, correlator)) = spans.get(at) else { continue };
        let mut others = spans.iter().enumerate().filter(|(other, _)| *other != at && begun.get(*other) == Some(&true));
        let overlaps = others.any(|(_, (from, to, _))| from.max(begin) <= to.min(end));
        let is_told_apart = one.came == Came::Pass
            && *correlator != Value::Absent
            && spans.iter().filter(|(.., other)| other == correlator).count() == 1;
        if overlaps && !is_told_apart && !matches!(one.came, Came::Open(_)) {
            one.came = Came::Open(Reason::Ambiguous);
            one.why = Why::Words("another operation of the kind went on at the same time");
        }
    }
}

fn came_of(worth: Worth, level: RequirementLevel) -> Came {
    match worth {
        Worth::Pass => Came::Pass,
        Worth::Fail => Came::Fail(level),
        Worth::Inconclusive(reason) | Worth::NotApplicable(reason) => Came::Open(reason),
    }
}

/// Why a rule could not be decided, in the words of cases.
pub(super) const fn reason_of(reason: RuleReason) -> Reason {
    match reason {
        RuleReason::StartNotCaptured | RuleReason::PastNotKnown => Reason::Truncated,
        RuleReason::EndNotCaptured => Reason::WindowOpen,
        RuleReason::MessageLost => Reason::Gap,
        RuleReason::Undecodable => Reason::Undecodable,
        RuleReason::AmbiguousReference => Reason::Ambiguous,
        RuleReason::NotVisible => Reason::Encrypted,
        RuleReason::NoCredentials => Reason::MissingSecret,
        RuleReason::FaultInjected => Reason::PeerFault,
    }
}
