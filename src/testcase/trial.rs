//! One trial: the steps of a case, from a trigger on.

use super::events::{Chain, Part};
use super::expr::{Env, Value};
use super::file::{Reason, Window, Worth};
use super::ics::IcsFile;
use super::matching::{Fit, Names, fits};
use super::plan::{Plan, PlanMatcher, PlanName, PlanOf, PlanStep};
use super::tell;
use super::window::{Reach, doubt_of_answer, reach};
use super::worth::Came;
use crate::base::Role;
use crate::rules::{Reason as RuleReason, Rule};
use crate::verdict::{EvidencePart, RequirementLevel, Severity, TestedRole};

/// What all trials of a run share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'r> {
    /// The rules that ran, in the order of their tallies.
    pub(super) rules: &'r [&'static Rule],
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
    pub(super) expected: Option<String>,
    pub(super) text: Option<String>,
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
struct Out<'t, 'c> {
    came: Came,
    why: Why<'t, 'c>,
    /// The step's own trigger, or a value that it names, is not there.
    is_missed: bool,
    /// The step says itself what it is worth, or that the rest is not prescribed.
    is_worth: bool,
    /// The step was left out: its `when` is false.
    is_left_out: bool,
}

impl<'t, 'c> Out<'t, 'c> {
    fn new(came: Came, why: Why<'t, 'c>) -> Self {
        Self { came, why, is_missed: false, is_worth: false, is_left_out: false }
    }

    fn said(came: Came, why: impl Into<String>) -> Self {
        Self::new(came, Why::Said(why.into()))
    }

    fn pass() -> Self {
        Self::new(Came::Pass, Why::Words(""))
    }

    fn is_fail(&self) -> bool {
        matches!(self.came, Came::Fail(_))
    }

    /// The one that weighs more; of two that weigh the same, the first.
    fn worse(self, other: Self) -> Self {
        let weight = |out: &Self| match out.came {
            Came::Pass => (0, None),
            Came::Open(reason) => (1, Some(reason)),
            Came::Fail(RequirementLevel::May) => (2, None),
            Came::Fail(RequirementLevel::Should) => (3, None),
            Came::Fail(RequirementLevel::Must) => (4, None),
        };
        if weight(&other) > weight(&self) { other } else { self }
    }

    fn ends(&self) -> bool {
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
    chain: &'t Chain<'s>,
    plan: &'t Plan<'c>,
    setting: Setting<'t>,
    names: Vec<(&'c str, Value)>,
    cursor: usize,
    step: Option<usize>,
    traces: Vec<Trace<'c>>,
    /// The session that the trial is in, for what looks at sessions as a whole.
    session: usize,
}

impl Env for Trial<'_, '_, '_> {
    fn field(&self, name: &str, path: &str) -> Value {
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

    fn member(&self, of: &Value, path: &str) -> Value {
        self.chain.object_field(of, path)
    }

    fn call(&self, function: &str, args: &[Value]) -> Value {
        match (function, args) {
            ("secret" | "hmac" | "noti_digest" | "md5_cred", _) => Value::Unknown(Reason::MissingSecret),
            ("object", [item]) => self.chain.object(item),
            ("sha256", [object]) => match self.chain.object_octets(object) {
                Some(octets) => Value::Text(super::sha256(&octets)),
                None => Value::Unknown(Reason::WindowOpen),
            },
            ("mo_root", [Value::Text(urn)]) => {
                let bound = self.setting.ics.and_then(|ics| ics.bind.get(urn));
                bound.map_or(Value::Absent, |uri| Value::text(uri.as_str()))
            }
            // What the tree of the device holds is not known here.
            ("node" | "is_permanent", _) => Value::Unknown(Reason::Truncated),
            ("count", [Value::Text(kind), place]) => self.count(kind, place),
            _ => Value::Absent,
        }
    }
}

impl Names for Trial<'_, '_, '_> {
    fn as_env(&self) -> &dyn Env {
        self
    }
}

impl<'t, 'c, 's> Trial<'t, 'c, 's> {
    /// Runs all trials of a case over a chain: one for each event that triggers it, or one for each session where nothing does.
    pub(super) fn all(
        chain: &'t Chain<'s>,
        plan: &'t Plan<'c>,
        setting: Setting<'t>,
        most: usize,
    ) -> Vec<Tried<'t, 'c>> {
        let Some(upon) = plan.flow.first().and_then(|step| step.upon.as_ref()) else {
            return (0..chain.sessions.len()).map(|at| Self::new(chain, plan, setting, at).run(None)).collect();
        };
        if chain.present & upon.bits == 0 {
            return Vec::new();
        }
        let mut tried: Vec<Tried<'t, 'c>> = Vec::new();
        for session in 0..chain.sessions.len() {
            let mut blank = Self::new(chain, plan, setting, session);
            let given = blank.given();
            if let Some(out) = given {
                // Without what has to be known before, nothing is tried; that there was something to try is told once.
                let of_session = chain.events.get(chain.of_session(session)).unwrap_or_default();
                let could_begin = of_session.iter().any(|event| event.bits & upon.bits != 0);
                if could_begin && !matches!(out.came, Came::Pass) {
                    tried.push(blank.tried(out, None));
                }
                continue;
            }
            for at in chain.of_session(session) {
                if tried.len() >= most {
                    break;
                }
                if fits(chain, at, upon, &blank) == Fit::Yes {
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
            tell_apart(chain, &mut tried);
        }
        tried
    }

    fn new(chain: &'t Chain<'s>, plan: &'t Plan<'c>, setting: Setting<'t>, session: usize) -> Self {
        let cursor = chain.of_session(session).start;
        Self { chain, plan, setting, names: Vec::new(), cursor, step: None, traces: Vec::new(), session }
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
                    self.found(event, step.upon.as_ref());
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
        Tried { came: out.came, step, why: out.why, traces: self.traces, begin: self.cursor }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| *known == name) || self.plan.case.params.contains_key(name)
    }

    fn are_bound(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.is_bound(name))
    }

    /// Names that were not given stand for nothing from here on.
    fn absent(&mut self, names: &[&'c str]) {
        for name in names {
            if !self.is_bound(name) {
                self.names.push((name, Value::Absent));
            }
        }
    }

    fn found(&mut self, at: usize, matcher: Option<&PlanMatcher<'c>>) {
        let bound = matcher.and_then(|matcher| matcher.matcher.bound.as_deref());
        if let (Some(name), Ok(number)) = (bound, u64::try_from(at)) {
            self.names.push((name, Value::Thing(number)));
        }
        self.trace(at, EvidencePart::Matched, bound, None);
        if let Some(event) = self.chain.events.get(at) {
            self.session = event.session;
        }
        self.cursor = at;
    }

    fn trace(&mut self, at: usize, part: EvidencePart, bound: Option<&'c str>, expected: Option<String>) {
        let (step, text, rules) = (self.step, None, Vec::new());
        self.traces.push(Trace { at, step, part, bound, expected, text, rules });
    }

    /// A step as a whole.
    fn step(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
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
            let from =
                if step.matches.is_some() { self.chain.of_session(self.session).start } else { self.after(matcher) };
            match self.search(matcher, from, self.end_of_scope(matcher)) {
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

    fn step_after_trigger(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
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
        for (expr, text) in &step.check {
            all = all.worse(self.check(step, expr, text, level));
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

    /// Where a matcher begins to look: behind what it answers, or behind the cursor.
    fn after(&self, matcher: &PlanMatcher<'c>) -> usize {
        let answered = matcher.of.iter().find_map(|of| match of {
            PlanOf::Name(name) => Some(self.named(name)),
            PlanOf::Kind(_) => None,
        });
        let item = matcher.kinds == [super::EventKind::Item];
        match answered.filter(|_| !item).and_then(|value| self.chain.event(&value)) {
            Some((at, _)) => at.saturating_add(1),
            None => self.cursor.saturating_add(1),
        }
    }

    /// The first event of some that fits, and why one before it may have.
    fn search(&self, matcher: &PlanMatcher<'c>, from: usize, end: usize) -> (Option<usize>, Option<Reason>) {
        let mut maybe = None;
        for at in from..end.min(self.chain.events.len()) {
            match fits(self.chain, at, matcher, self) {
                Fit::Yes => return (Some(at), maybe),
                Fit::Open(reason) => maybe = maybe.max(Some(reason)),
                Fit::No => {}
            }
        }
        (None, maybe)
    }

    /// Up to where a trigger is waited for.
    fn end_of_scope(&self, matcher: &PlanMatcher<'c>) -> usize {
        use super::file::Scope;
        match (matcher.window, self.plan.case.scope) {
            (Some(window), _) => self.reach(matcher, window).end,
            (None, Scope::Device | Scope::Notification) => self.chain.events.len(),
            (None, _) => self.chain.of_session(self.session).end,
        }
    }

    /// Whether something is missing between the cursor and an event of the same session, so that it need not be the next one.
    fn is_behind_a_hole(&self, step: &PlanStep<'c>, at: usize) -> bool {
        let (Some(from), Some(to)) = (self.chain.events.get(self.cursor), self.chain.events.get(at)) else {
            return false;
        };
        let session = self.chain.session(from).filter(|_| step.matches.is_none() && from.session == to.session);
        let between = session.and_then(|session| session.entries.get(from.entry.index()..=to.entry.index()));
        between.is_some_and(|between| between.iter().skip(1).any(crate::dm::Entry::is_after_loss))
    }

    /// Why something that nobody asked for did not come.
    fn why_not_come(&self) -> Reason {
        use crate::dm::End;
        match self.chain.sessions.get(self.session).map(|seen| seen.session.end) {
            Some(End::Aborted) => Reason::Aborted,
            Some(End::Truncated | End::Open) => Reason::WindowOpen,
            _ => Reason::NotExercised,
        }
    }

    /// The window of a matcher from where it begins to look.
    fn reach(&self, matcher: &PlanMatcher<'c>, window: Window) -> Reach {
        let begin = self.after(matcher).saturating_sub(1);
        let nothing = Reach { end: 0, doubt: Some(Reason::WindowOpen), silence: Some(Reason::WindowOpen) };
        let Some(event) = self.chain.events.get(begin) else { return nothing };
        let sender = matcher.sender.unwrap_or(event.sender.reverse());
        let mut found = reach(self.chain, event, sender, window);
        let is_answer = matches!(matcher.kinds, [super::EventKind::Status | super::EventKind::Results]);
        if is_answer
            && !matcher.matcher.of.is_empty()
            && matches!(window, Window::Reply | Window::Package)
            && let Some(session) = self.chain.session(event)
        {
            found.doubt = found.doubt.or(doubt_of_answer(session, event.place(), sender, window));
        }
        found
    }

    /// The events that a matcher may find, and what it means that it finds none.
    fn range(
        &self,
        matcher: &PlanMatcher<'c>,
        default: Window,
    ) -> (std::ops::Range<usize>, Option<Reason>, Option<Reason>) {
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

    fn expect(&mut self, step: &'t PlanStep<'c>, matcher: &'t PlanMatcher<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        if !self.are_bound(&matcher.needs) {
            return Out::new(Came::Open(Reason::Ambiguous), Why::Words("what it depends on is open"));
        }
        let (range, doubt, _) = self.range(matcher, Window::Reply);
        let what = || tell::matcher(matcher);
        let miss = |trial: &mut Self, seen: &str| {
            let last = range.end.saturating_sub(1).max(trial.cursor);
            let why = tell::why(step).unwrap_or_else(|| format!("{} did not come", what()));
            trial.trace(last, EvidencePart::Missing, None, Some(what()));
            if let Some(trace) = trial.traces.last_mut() {
                trace.text = Some(seen.to_owned());
            }
            Out::said(Came::Fail(level), why)
        };
        if let Some(wanted) = matcher.matcher.count {
            let mut found = Vec::new();
            let mut maybe = doubt;
            for at in range.clone() {
                match fits(self.chain, at, matcher, self) {
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
                    self.trace(at, EvidencePart::Violation, None, None);
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

    fn never(&mut self, step: &'t PlanStep<'c>, matcher: &'t PlanMatcher<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        if !self.are_bound(&matcher.needs) {
            return Out::pass();
        }
        let (range, _, silence) = self.range(matcher, Window::Session);
        match self.search(matcher, range.start, range.end) {
            (Some(at), _) => {
                self.trace(at, EvidencePart::Violation, None, None);
                let why = tell::why(step).unwrap_or_else(|| format!("{} came", tell::matcher(matcher)));
                Out::said(Came::Fail(level), why)
            }
            (None, maybe) => match silence.max(maybe) {
                Some(reason) => Out::new(Came::Open(reason), Why::About(matcher, "has not come so far")),
                None => Out::pass(),
            },
        }
    }

    fn check(
        &mut self,
        step: &PlanStep<'c>,
        expr: &super::expr::Expr,
        text: &str,
        level: RequirementLevel,
    ) -> Out<'t, 'c> {
        if expr.names().iter().any(|found| !self.is_bound(&found.name)) {
            return Out::new(Came::Open(Reason::Ambiguous), Why::Words("what it depends on is open"));
        }
        match expr.truth(self) {
            Value::Bool(true) => Out::pass(),
            Value::Unknown(reason) => Out::said(Came::Open(reason), format!("`{text}` cannot be told")),
            _ => {
                let seen = self.values(expr);
                let things = expr.names().into_iter().filter_map(|found| {
                    let (at, _) = self.chain.event(&self.field(&found.name, ""))?;
                    Some(at)
                });
                let at = things.max().unwrap_or(self.cursor);
                self.trace(at, EvidencePart::Violation, None, Some(text.to_owned()));
                if let Some(trace) = self.traces.last_mut() {
                    trace.text = Some(seen.clone());
                }
                let why = tell::why(step).unwrap_or_else(|| format!("`{text}` does not hold"));
                Out::said(Came::Fail(level), format!("{why}: {seen}"))
            }
        }
    }

    /// The values that an expression was about.
    fn values(&self, expr: &super::expr::Expr) -> String {
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
            let text = format!("{}{dot}{} is {value}", found.name, found.path);
            if !told.contains(&text) {
                told.push(text);
            }
        }
        if told.is_empty() { "it is false".to_owned() } else { told.join(", ") }
    }

    /// Rules that must hold, in the session or in one message of it.
    fn holds(&mut self, step: &PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let Some(holds) = &step.step.holds else { return Out::pass() };
        let Some(outcome) = self.chain.sessions.get(self.session).and_then(|seen| seen.outcome) else {
            return Out::new(Came::Open(Reason::NotExercised), Why::Words("the rules did not run"));
        };
        let inside =
            match holds.inside.as_deref().and_then(PlanName::of).map(|name| self.chain.event(&self.named(&name))) {
                Some(Some((_, event))) => Some(event.entry),
                Some(None) => return Out::pass(),
                None => None,
            };
        let judged = match self.plan.case.role {
            TestedRole::Client => Some(Role::Client),
            TestedRole::Server => Some(Role::Server),
            TestedRole::Interop => None,
        };
        let is_named = |id: &str| holds.rules.iter().any(|named| named == id);
        let mut worst: Option<(RequirementLevel, &crate::rules::Finding)> = None;
        for finding in outcome.findings.iter().chain(&outcome.unheard) {
            let is_here = inside.is_none_or(|entry| entry == finding.at.entry);
            if !is_here || judged.is_some_and(|role| role != finding.role) || !is_named(finding.rule.id) {
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
            self.trace(at, EvidencePart::Violation, None, Some(finding.expected.clone()));
            if let Some(trace) = self.traces.last_mut() {
                trace.rules = vec![finding.rule.id];
                trace.text = Some(finding.seen.clone());
            }
            let why = tell::why(step).unwrap_or_else(|| finding.rule.title.to_owned());
            return Out::said(Came::Fail(level), format!("{why}: {} ({})", finding.seen, finding.rule.id));
        }
        let mut open: Option<Reason> = None;
        let mut has_looked = false;
        if let Some(entry) = inside {
            let here =
                outcome.watched.iter().filter(|one| one.at == entry && judged.is_none_or(|role| role == one.role));
            for one in here.filter(|one| is_named(one.rule)) {
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
        for (_, tally) in self.setting.rules.iter().zip(&outcome.tallies).filter(|(rule, _)| is_named(rule.id)) {
            has_looked |= tally.decided_for(judged) > 0;
            for (reason, count) in RuleReason::ALL.iter().zip(tally.undecided) {
                if count > 0 && tally.undecided_for_side(judged) > 0 {
                    open = open.max(Some(reason_of(*reason)));
                }
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
    fn unread(&self, judged: Option<Role>) -> Option<Reason> {
        let session = self.chain.sessions.get(self.session)?.session;
        let is_unread = |entry: &crate::dm::Entry| {
            judged.is_none_or(|role| role == Role::of(entry.direction)) && !entry.message.is_judgeable()
        };
        let is_lost = session.entries.iter().any(crate::dm::Entry::is_after_loss);
        let unread = session.entries.iter().any(is_unread).then_some(Reason::Undecodable);
        unread.or(is_lost.then_some(Reason::Gap))
    }

    fn repeat(
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
        for at in from..found.end {
            if fits(self.chain, at, each, self) != Fit::Yes {
                continue;
            }
            rounds = rounds.saturating_add(1);
            if bounds.max.is_some_and(|max| rounds > max) {
                self.trace(at, EvidencePart::Violation, None, None);
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
    fn any_of(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let before = (self.names.clone(), self.cursor, self.traces.clone(), self.session);
        let mut open = None;
        let mut failed: Option<(Out<'t, 'c>, Vec<Trace<'c>>)> = None;
        for branch in &step.any_of {
            (self.names, self.cursor, self.traces, self.session) = before.clone();
            let out = self.step(branch, level);
            if out.is_left_out {
                continue;
            }
            if out.is_fail() {
                let traces = std::mem::take(&mut self.traces);
                failed = Some((out, traces));
                continue;
            }
            let decides = matches!(out.came, Came::Pass) || out.is_worth;
            if decides {
                step.any_of.iter().for_each(|other| self.absent(&other.gives));
                return out;
            }
            open = open.or(Some(out));
        }
        (self.names, self.cursor, self.traces, self.session) = before;
        step.any_of.iter().for_each(|other| self.absent(&other.gives));
        match (open, failed) {
            (Some(out), _) => out,
            (None, Some((out, traces))) => {
                self.traces = traces;
                match tell::why(step) {
                    Some(why) => Out { why: Why::Said(format!("{why}: {}", out.why)), ..out },
                    None => out,
                }
            }
            (None, None) => Out::pass(),
        }
    }

    fn first_decided(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let before = (self.names.clone(), self.cursor, self.traces.clone(), self.session);
        let mut open = Out::new(Came::Open(Reason::NotExercised), Why::Words("nothing decides it"));
        for branch in &step.first_decided {
            (self.names, self.cursor, self.traces, self.session) = before.clone();
            let out = self.step(branch, level);
            if !matches!(out.came, Came::Open(_)) && !out.is_left_out {
                step.first_decided.iter().for_each(|other| self.absent(&other.gives));
                return out;
            }
            open = open.worse(out);
        }
        (self.names, self.cursor, self.traces, self.session) = before;
        step.first_decided.iter().for_each(|other| self.absent(&other.gives));
        open
    }

    /// An option: nothing where its trigger does not come.
    fn may(&mut self, step: &'t PlanStep<'c>, level: RequirementLevel) -> Out<'t, 'c> {
        let Some(upon) = &step.upon else { return self.step(step, level) };
        let found = if self.are_bound(&upon.needs) {
            self.search(upon, self.after(upon), self.end_of_scope(upon)).0
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

    /// Events of a kind in a message or container, or answering a command.
    fn count(&self, kind: &str, place: &Value) -> Value {
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

/// Trials over several sessions that overlap: what came of one may belong to another. Only a pass of a trial whose trigger has a
/// Correlator of its own stays one.
fn tell_apart(chain: &Chain<'_>, tried: &mut [Tried<'_, '_>]) {
    let spans: Vec<(usize, usize, Value)> = tried
        .iter()
        .map(|one| {
            let end = one.traces.iter().map(|trace| trace.at).max().unwrap_or(one.begin);
            // What is still waited for goes on to the end.
            let is_open = matches!(one.came, Came::Open(Reason::WindowOpen));
            let end = if is_open { chain.events.len() } else { end.max(one.begin) };
            (one.begin, end, chain.field(one.begin, "correlator"))
        })
        .collect();
    for (at, one) in tried.iter_mut().enumerate() {
        let Some((begin, end, correlator)) = spans.get(at) else { continue };
        let mut others = spans.iter().enumerate().filter(|(other, _)| *other != at);
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
const fn reason_of(reason: RuleReason) -> Reason {
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
