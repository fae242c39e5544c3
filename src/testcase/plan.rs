//! A case as it is run: its expressions read, its regular expressions compiled, the names of each step known.

use super::cond::{Cond, Form, Scalar, Test};
use super::events::bit;
use super::expr::{Expr, names_in, parse};
use super::file::{CaseFile, CaseVersion, EventKind, Matcher, Step, Trials, Window, Worth};
use super::ics::check_when;
use crate::base::Direction;
use crate::dm::{Profile, Version};
use crate::verdict::RequirementLevel;
use regex::Regex;

/// A case, ready to be run.
#[derive(Debug)]
pub(super) struct Plan<'c> {
    /// The case.
    pub(super) case: &'c CaseFile,
    /// What the product has to support.
    pub(super) when: Option<Expr>,
    pub(super) profiles: Vec<Profile>,
    pub(super) given: Vec<PlanStep<'c>>,
    pub(super) flow: Vec<PlanStep<'c>>,
    /// Bits of the events of which one has to be there for a trial to begin; 0 where nothing triggers it.
    pub(super) trigger: u64,
}

/// A step, ready to be run.
#[derive(Debug)]
pub(super) struct PlanStep<'c> {
    pub(super) step: &'c Step,
    pub(super) level: Option<RequirementLevel>,
    pub(super) when: Option<Expr>,
    pub(super) matches: Option<PlanMatcher<'c>>,
    pub(super) upon: Option<PlanMatcher<'c>>,
    pub(super) bind: Vec<(&'c str, Expr)>,
    pub(super) expect: Vec<PlanMatcher<'c>>,
    pub(super) never: Vec<PlanMatcher<'c>>,
    pub(super) check: Vec<(Expr, &'c str)>,
    pub(super) repeat: Option<(PlanMatcher<'c>, Vec<PlanStep<'c>>)>,
    pub(super) any_of: Vec<PlanStep<'c>>,
    pub(super) all_of: Vec<PlanStep<'c>>,
    pub(super) first_decided: Vec<PlanStep<'c>>,
    pub(super) steps: Vec<PlanStep<'c>>,
    pub(super) may: Option<Box<PlanStep<'c>>>,
    pub(super) otherwise: Option<Worth>,
    pub(super) verdict: Option<Worth>,
    /// Names that it gives, also inside.
    pub(super) gives: Vec<&'c str>,
    /// Names that it needs from before.
    pub(super) needs: Vec<String>,
}

/// What a step looks for, ready to be tried.
#[derive(Debug)]
pub(super) struct PlanMatcher<'c> {
    pub(super) matcher: &'c Matcher,
    /// Bits of the kinds and senders that it means.
    pub(super) bits: u64,
    /// The one sender that it means; `None` for either.
    pub(super) sender: Option<Direction>,
    pub(super) kinds: &'c [EventKind],
    pub(super) conditions: Vec<(&'c str, PlanCond)>,
    pub(super) window: Option<Window>,
    pub(super) needs: Vec<String>,
}

/// A condition, ready to be tried.
#[derive(Debug)]
pub(super) enum PlanCond {
    OneOf(Vec<Scalar>),
    Test(Box<PlanTest>),
}

/// Operators, ready to be tried.
#[derive(Debug)]
pub(super) struct PlanTest {
    pub(super) test: Test,
    pub(super) re: Option<Regex>,
    pub(super) has: Option<PlanCond>,
    pub(super) not: Option<PlanCond>,
    pub(super) is: Option<Form>,
}

impl<'c> Plan<'c> {
    /// Makes a loaded case ready. What does not read is left out of it: the loader has refused that before.
    pub(super) fn new(case: &'c CaseFile) -> Self {
        let flow: Vec<PlanStep<'c>> = case.flow.iter().map(PlanStep::new).collect();
        let trigger = flow.first().and_then(|step| step.upon.as_ref()).map_or(0, |upon| upon.bits);
        Self {
            case,
            when: case.when.as_deref().and_then(|when| check_when(when).ok()),
            profiles: case.profiles.iter().filter_map(|name| Profile::of_name(name.strip_prefix('!')?)).collect(),
            given: case.given.iter().map(PlanStep::new).collect(),
            flow,
            trigger,
        }
    }

    /// Whether the case holds for sessions of this version.
    pub(super) fn holds_for(&self, version: Version) -> bool {
        let named = match version {
            Version::V1_1_2 => CaseVersion::Dm11,
            Version::V1_2 => CaseVersion::Dm12,
            Version::V1_3 => CaseVersion::Dm13,
            Version::Unknown => return false,
        };
        self.case.versions.contains(&named)
    }

    /// Whether each trigger starts a trial.
    pub(super) fn is_each(&self) -> bool {
        self.case.trials == Trials::Each
    }
}

fn steps<'c>(steps: &'c [Step]) -> Vec<PlanStep<'c>> {
    steps.iter().map(PlanStep::new).collect()
}

fn names_of(expr: &Expr, into: &mut Vec<String>) {
    into.extend(expr.names().into_iter().map(|found| found.name));
}

impl<'c> PlanStep<'c> {
    fn new(step: &'c Step) -> Self {
        let expr = |text: &String| parse(text).ok();
        let mut plan = Self {
            step,
            level: step.level,
            when: step.when.as_ref().and_then(expr),
            matches: step.matches.as_ref().map(PlanMatcher::new),
            upon: step.upon.as_ref().map(PlanMatcher::new),
            bind: step.bind.iter().filter_map(|(name, text)| Some((name.as_str(), expr(text)?))).collect(),
            expect: step.expect.iter().map(PlanMatcher::new).collect(),
            never: step.never.iter().map(PlanMatcher::new).collect(),
            check: step.check.iter().filter_map(|text| Some((expr(text)?, text.as_str()))).collect(),
            repeat: step.repeat.as_ref().map(|repeat| (PlanMatcher::new(&repeat.each), steps(&repeat.steps))),
            any_of: steps(&step.any_of),
            all_of: steps(&step.all_of),
            first_decided: steps(&step.first_decided),
            steps: steps(&step.steps),
            may: step.may.as_ref().map(|may| Box::new(Self::new(may))),
            otherwise: step.otherwise,
            verdict: step.verdict,
            gives: Vec::new(),
            needs: Vec::new(),
        };
        let (mut needs, mut gives) = (Vec::new(), Vec::new());
        plan.names(&mut needs, &mut gives);
        needs.retain(|name| !gives.contains(&name.as_str()));
        needs.sort_unstable();
        needs.dedup();
        (plan.needs, plan.gives) = (needs, gives);
        plan
    }

    fn inner(&self) -> impl Iterator<Item = &Self> {
        let rounds = self.repeat.iter().flat_map(|(_, steps)| steps);
        let lists = self.any_of.iter().chain(&self.all_of).chain(&self.first_decided).chain(&self.steps);
        lists.chain(self.may.as_deref()).chain(rounds)
    }

    fn names(&self, needs: &mut Vec<String>, gives: &mut Vec<&'c str>) {
        self.when.iter().for_each(|expr| names_of(expr, needs));
        self.bind.iter().for_each(|(_, expr)| names_of(expr, needs));
        self.check.iter().for_each(|(expr, _)| names_of(expr, needs));
        needs.extend(self.step.holds.iter().filter_map(|holds| holds.inside.as_deref()).flat_map(first_name));
        gives.extend(self.bind.iter().map(|(name, _)| *name));
        let each = self.repeat.as_ref().map(|(each, _)| each);
        let matchers = self.matches.iter().chain(&self.upon).chain(&self.expect).chain(&self.never).chain(each);
        for matcher in matchers {
            needs.extend(matcher.needs.iter().cloned());
            gives.extend(matcher.matcher.bound.as_deref());
        }
        for step in self.inner() {
            needs.extend(step.needs.iter().cloned());
            gives.extend(step.gives.iter().copied());
        }
    }
}

fn first_name(text: &str) -> Option<String> {
    names_in(text).into_iter().next().map(|found| found.name)
}

impl<'c> PlanMatcher<'c> {
    fn new(matcher: &'c Matcher) -> Self {
        let sides = [
            (&matcher.client, Some(Direction::DeviceToServer)),
            (&matcher.server, Some(Direction::ServerToDevice)),
            (&matcher.any, None),
        ];
        let found = sides.into_iter().find(|(kinds, _)| !kinds.is_empty());
        let (kinds, sender) = found.map_or((&[][..], None), |(kinds, sender)| (kinds.0.as_slice(), sender));
        let both = [Direction::DeviceToServer, Direction::ServerToDevice];
        let senders = || both.into_iter().filter(|side| sender.is_none_or(|sender| sender == *side));
        let bits = kinds.iter().flat_map(|kind| senders().map(|side| bit(*kind, side))).fold(0, |all, one| all | one);
        let mut needs: Vec<String> = Vec::new();
        let texts = matcher.of.iter().chain(&matcher.inside).chain(&matcher.continues);
        needs.extend(texts.filter_map(|text| first_name(text)));
        matcher.conditions.values().for_each(|cond| names_of_cond(cond, &mut needs));
        Self {
            matcher,
            bits,
            sender,
            kinds,
            conditions: matcher.conditions.iter().map(|(field, cond)| (field.as_str(), PlanCond::new(cond))).collect(),
            window: matcher.within,
            needs,
        }
    }
}

fn names_of_cond(cond: &Cond, needs: &mut Vec<String>) {
    let mut scalar = |scalar: &Scalar| {
        if let Scalar::Text(text) = scalar {
            needs.extend(names_in(text).into_iter().map(|found| found.name));
        }
    };
    match cond {
        Cond::Is(one) => scalar(one),
        Cond::OneOf(many) => many.iter().for_each(scalar),
        Cond::Test(test) => {
            let operands = [&test.ne, &test.gt, &test.ge, &test.lt, &test.le];
            operands.into_iter().flatten().for_each(&mut scalar);
            if let Some(uri) = &test.uri {
                scalar(&Scalar::Text(uri.clone()));
            }
            test.has.iter().chain(&test.not).for_each(|cond| names_of_cond(cond, needs));
        }
    }
}

impl PlanCond {
    fn new(cond: &Cond) -> Self {
        match cond {
            Cond::Is(one) => Self::OneOf(vec![one.clone()]),
            Cond::OneOf(many) => Self::OneOf(many.clone()),
            Cond::Test(test) => Self::Test(Box::new(PlanTest {
                test: (**test).clone(),
                re: test.re.as_deref().and_then(|re| Regex::new(re).ok()),
                has: test.has.as_deref().map(Self::new),
                not: test.not.as_deref().map(Self::new),
                is: test.is,
            })),
        }
    }
}
