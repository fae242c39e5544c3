//! A case as it is run: its expressions read, its regular expressions compiled, the names of each step known.

use super::cond::{Cond, Form, Scalar, Test};
use super::events::bit;
use super::expr::{Expr, Value, names_in, parse};
use super::file::{CaseFile, CaseVersion, EventKind, Matcher, Step, Trials, Window, Worth};
use super::ics::check_when;
use super::one_or_many::OneOrMany;
use super::path::{FieldPath, Hop, Leaf, Way, Which};
use crate::base::Direction;
use crate::dm::{Profile, Version};
use crate::rules::Rule;
use crate::verdict::RequirementLevel;
use regex::Regex;
use std::sync::OnceLock;

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
    pub(super) matches: Option<Box<PlanMatcher<'c>>>,
    pub(super) upon: Option<Box<PlanMatcher<'c>>>,
    pub(super) bind: Vec<(&'c str, Expr)>,
    pub(super) expect: Vec<PlanMatcher<'c>>,
    pub(super) never: Vec<PlanMatcher<'c>>,
    pub(super) check: Vec<PlanCheck<'c>>,
    pub(super) repeat: Option<(PlanMatcher<'c>, Vec<PlanStep<'c>>)>,
    pub(super) any_of: Vec<PlanStep<'c>>,
    pub(super) all_of: Vec<PlanStep<'c>>,
    pub(super) first_decided: Vec<PlanStep<'c>>,
    pub(super) steps: Vec<PlanStep<'c>>,
    pub(super) may: Option<Box<PlanStep<'c>>>,
    pub(super) otherwise: Option<Worth>,
    pub(super) verdict: Option<Worth>,
    /// The message of which alone the rules that it rests on are asked.
    pub(super) held_in: Option<PlanName<'c>>,
    /// The rules that it rests on, with their places among those that run.
    pub(super) held: Vec<(usize, &'static Rule)>,
    /// Names that it gives, also inside.
    pub(super) gives: Vec<&'c str>,
    /// Names that it needs from before.
    pub(super) needs: Vec<String>,
}

/// An expression that has to be true.
#[derive(Debug)]
pub(super) struct PlanCheck<'c> {
    pub(super) expr: Expr,
    pub(super) text: &'c str,
    pub(super) needs: Vec<String>,
}

impl<'c> PlanCheck<'c> {
    fn new(text: &'c str) -> Option<Self> {
        let expr = parse(text).ok()?;
        let mut needs = Vec::new();
        names_of(&expr, &mut needs);
        needs.sort_unstable();
        needs.dedup();
        Some(Self { expr, text, needs })
    }
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
    pub(super) of: Vec<PlanOf<'c>>,
    pub(super) inside: Option<PlanName<'c>>,
    pub(super) continues: Option<PlanName<'c>>,
    /// What is cheap to try stands first.
    pub(super) conditions: Vec<PlanCondition<'c>>,
    /// Which of them says what URI an Item has, of those that do not stand in a regular expression.
    pub(super) by_uri: Option<usize>,
    /// How many values its conditions name.
    pub(super) named: usize,
    pub(super) window: Option<Window>,
    pub(super) needs: Vec<String>,
}

/// A name with a field; the field is empty for the thing itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanName<'c> {
    pub(super) name: &'c str,
    pub(super) path: FieldPath,
}

/// What something answers or belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PlanOf<'c> {
    Name(PlanName<'c>),
    Kind(EventKind),
}

/// A field and what it has to be.
#[derive(Debug)]
pub(super) struct PlanCondition<'c> {
    pub(super) field: FieldPath,
    /// Whether it holds a URI.
    pub(super) is_uri: bool,
    pub(super) cond: &'c Cond,
    pub(super) plan: PlanCond<'c>,
}

impl<'c> PlanCondition<'c> {
    /// The way from each Item of a command, and what has to hold for one of them.
    pub(super) fn of_any_item(&self) -> Option<(&Way, &PlanCond<'c>)> {
        match (self.field.way(), &self.plan) {
            (Way::Over(Hop::Items(Which::All), rest), PlanCond::All(tests)) => match tests.as_slice() {
                [PlanTest::Has(cond)] => Some((rest, cond)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl PlanCondition<'_> {
    /// Whether it can hold only of an Item, or of a command with an Item, that has one of the URIs that it names.
    fn is_uri_of_item(&self, kinds: &[EventKind]) -> bool {
        let is_uri = |way: &Way| matches!(way, Way::To(Leaf::TargetUri | Leaf::SourceUri | Leaf::Uri | Leaf::Node));
        let has_items = |kind: &EventKind| {
            use EventKind::{Add, Alert, Command, Copy, Delete, Exec, Get, Replace, Results};
            matches!(kind, Add | Alert | Command | Copy | Delete | Exec | Get | Replace | Results)
        };
        let is_one = match self.field.way() {
            Way::Over(Hop::Item | Hop::Items(_), rest) => is_uri(rest) && kinds.iter().all(has_items),
            way => is_uri(way) && matches!(kinds, [EventKind::Item]),
        };
        is_one && self.plan.named_values().is_some()
    }
}

/// A value that a condition names.
#[derive(Debug)]
pub(super) enum PlanScalar<'c> {
    Value(Value<'c>),
    /// Its number among those that the matcher names, and the name.
    Name(usize, PlanName<'c>),
    /// The same, of a text in which names are filled in.
    Filled(usize, &'c str),
}

/// A condition, ready to be tried.
#[derive(Debug)]
pub(super) enum PlanCond<'c> {
    OneOf(Vec<PlanScalar<'c>>),
    /// All must hold.
    All(Vec<PlanTest<'c>>),
}

/// A regular expression, compiled when it is first tried: most cases are not exercised, and each takes a good deal of memory.
#[derive(Debug)]
pub(super) struct PlanRe<'c> {
    text: &'c str,
    re: OnceLock<Option<Regex>>,
}

impl PlanRe<'_> {
    /// Whether it matches somewhere. The loader has refused what does not compile.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.re.get_or_init(|| Regex::new(self.text).ok()).as_ref().is_some_and(|re| re.is_match(text))
    }
}

/// Whether two numbers stand in an order.
type Admits = fn(&i64, &i64) -> bool;

/// An operator, ready to be tried.
#[derive(Debug)]
pub(super) enum PlanTest<'c> {
    /// The value is there, or is not.
    Present(bool),
    Eq(&'c str),
    Ne(PlanScalar<'c>),
    /// A glob over the segments of a URI.
    Uri(PlanScalar<'c>),
    Re(PlanRe<'c>),
    Has(PlanCond<'c>),
    /// Numbers of which this holds.
    Order(Admits, PlanScalar<'c>),
    Len(u64),
    DecodedLen(u64),
    Is(Form),
    Not(PlanCond<'c>),
}

impl<'c> PlanName<'c> {
    /// The name that a text is as a whole.
    pub(super) fn of(text: &'c str) -> Option<Self> {
        let found = names_in(text);
        let [one] = found.as_slice() else { return None };
        let dot = usize::from(!one.path.is_empty());
        let whole = one.name.len().saturating_add(one.path.as_str().len()).saturating_add(dot).saturating_add(1);
        let rest = text.strip_prefix('$').filter(|_| text.len() == whole)?;
        let name = rest.split_once('.').map_or(rest, |(name, _)| name);
        Some(Self { name, path: one.path.clone() })
    }
}

impl<'c> PlanScalar<'c> {
    fn new(scalar: &'c Scalar, named: &mut usize) -> Self {
        match scalar {
            Scalar::Bool(value) => Self::Value(Value::Bool(*value)),
            Scalar::Int(value) => Self::Value(Value::Int(*value)),
            Scalar::Text(text) => Self::text(text, named),
        }
    }

    fn text(text: &'c str, named: &mut usize) -> Self {
        if names_in(text).is_empty() {
            return Self::Value(Value::text(text));
        }
        let at = *named;
        *named += 1;
        match PlanName::of(text) {
            Some(name) => Self::Name(at, name),
            None => Self::Filled(at, text),
        }
    }
}

impl<'c> Plan<'c> {
    /// Makes a loaded case ready. What does not read is left out of it: the loader has refused that before.
    pub(super) fn new(case: &'c CaseFile, rules: &[&'static Rule]) -> Self {
        let flow: Vec<PlanStep<'c>> = steps(&case.flow, rules);
        let trigger = flow.first().and_then(|step| step.upon.as_ref()).map_or(0, |upon| upon.bits);
        Self {
            case,
            when: case.when.as_deref().and_then(|when| check_when(when).ok()),
            profiles: case.profiles.iter().filter_map(|name| Profile::of_name(name.strip_prefix('!')?)).collect(),
            given: steps(&case.given, rules),
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

fn steps<'c>(steps: &'c [Step], rules: &[&'static Rule]) -> Vec<PlanStep<'c>> {
    steps.iter().map(|step| PlanStep::new(step, rules)).collect()
}

fn held(ids: &OneOrMany<String>, rules: &[&'static Rule]) -> Vec<(usize, &'static Rule)> {
    let is_named = |rule: &Rule| ids.iter().any(|id| id == rule.id);
    rules.iter().enumerate().filter(|(_, rule)| is_named(rule)).map(|(at, rule)| (at, *rule)).collect()
}

fn names_of(expr: &Expr, into: &mut Vec<String>) {
    into.extend(expr.names().into_iter().map(|found| found.name));
}

impl<'c> PlanStep<'c> {
    fn new(step: &'c Step, rules: &[&'static Rule]) -> Self {
        let expr = |text: &String| parse(text).ok();
        let mut plan = Self {
            step,
            level: step.level,
            when: step.when.as_ref().and_then(expr),
            matches: step.matches.as_deref().map(|matcher| Box::new(PlanMatcher::new(matcher))),
            upon: step.upon.as_deref().map(|matcher| Box::new(PlanMatcher::new(matcher))),
            bind: step.bind.iter().filter_map(|(name, text)| Some((name.as_str(), expr(text)?))).collect(),
            expect: step.expect.iter().map(PlanMatcher::new).collect(),
            never: step.never.iter().map(PlanMatcher::new).collect(),
            check: step.check.iter().filter_map(|text| PlanCheck::new(text)).collect(),
            repeat: step.repeat.as_ref().map(|repeat| (PlanMatcher::new(&repeat.each), steps(&repeat.steps, rules))),
            any_of: steps(&step.any_of, rules),
            all_of: steps(&step.all_of, rules),
            first_decided: steps(&step.first_decided, rules),
            steps: steps(&step.steps, rules),
            may: step.may.as_ref().map(|may| Box::new(Self::new(may, rules))),
            otherwise: step.otherwise,
            verdict: step.verdict,
            held_in: step.holds.as_ref().and_then(|holds| PlanName::of(holds.inside.as_deref()?)),
            held: step.holds.iter().flat_map(|holds| held(&holds.rules, rules)).collect(),
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
        needs.extend(self.check.iter().flat_map(|check| check.needs.iter().cloned()));
        needs.extend(self.step.holds.iter().filter_map(|holds| holds.inside.as_deref()).flat_map(first_name));
        gives.extend(self.bind.iter().map(|(name, _)| *name));
        let each = self.repeat.as_ref().map(|(each, _)| each);
        let single = self.matches.iter().chain(&self.upon).map(|matcher| &**matcher);
        let matchers = single.chain(&self.expect).chain(&self.never).chain(each);
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
        let mut named = 0;
        let condition = |(field, cond): (&'c String, &'c Cond)| PlanCondition {
            field: FieldPath::new(field),
            is_uri: FieldPath::new(field).is_uri(),
            cond,
            plan: PlanCond::new(cond, &mut named),
        };
        let mut conditions: Vec<PlanCondition<'c>> = matcher.conditions.iter().map(condition).collect();
        conditions.sort_by_key(|one| one.plan.cost().saturating_add(u8::from(one.field.as_str().contains('*'))));
        let of = |text: &'c String| match PlanName::of(text) {
            Some(name) => Some(PlanOf::Name(name)),
            None => super::check::kind_of(text).map(PlanOf::Kind),
        };
        Self {
            matcher,
            bits,
            sender,
            kinds,
            of: matcher.of.iter().filter_map(of).collect(),
            inside: matcher.inside.as_deref().and_then(PlanName::of),
            continues: matcher.continues.as_deref().and_then(PlanName::of),
            by_uri: conditions.iter().position(|condition| condition.is_uri_of_item(kinds)),
            conditions,
            named,
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

impl<'c> PlanCond<'c> {
    fn new(cond: &'c Cond, named: &mut usize) -> Self {
        match cond {
            Cond::Is(one) => Self::OneOf(vec![PlanScalar::new(one, named)]),
            Cond::OneOf(many) => Self::OneOf(many.iter().map(|one| PlanScalar::new(one, named)).collect()),
            Cond::Test(test) => Self::All(tests(test, named)),
        }
    }

    /// The values of which a field has to have one, where that is what is asked.
    pub(super) fn named_values(&self) -> Option<&[PlanScalar<'c>]> {
        match self {
            Self::OneOf(all) => Some(all),
            Self::All(tests) => {
                tests.iter().find_map(|test| if let PlanTest::Has(has) = test { has.named_values() } else { None })
            }
        }
    }

    /// How much it costs to try.
    fn cost(&self) -> u8 {
        match self {
            Self::OneOf(all) => u8::from(!all.iter().all(|one| matches!(one, PlanScalar::Value(_)))),
            Self::All(tests) => tests.iter().map(PlanTest::cost).fold(2, u8::max),
        }
    }
}

impl PlanTest<'_> {
    fn cost(&self) -> u8 {
        match self {
            Self::Re(_) => 3,
            Self::Has(inner) | Self::Not(inner) => inner.cost(),
            _ => 2,
        }
    }
}

/// The operators of a condition, in the order in which they are tried.
fn tests<'c>(test: &'c Test, named: &mut usize) -> Vec<PlanTest<'c>> {
    let mut tests = Vec::new();
    tests.extend(test.present.map(PlanTest::Present));
    tests.extend(test.absent.map(|absent| PlanTest::Present(!absent)));
    tests.extend(test.eq.as_deref().map(PlanTest::Eq));
    tests.extend(test.ne.as_ref().map(|ne| PlanTest::Ne(PlanScalar::new(ne, named))));
    tests.extend(test.uri.as_deref().map(|uri| PlanTest::Uri(PlanScalar::text(uri, named))));
    tests.extend(test.re.as_deref().map(|text| PlanTest::Re(PlanRe { text, re: OnceLock::new() })));
    tests.extend(test.has.as_deref().map(|has| PlanTest::Has(PlanCond::new(has, named))));
    let orders: [(_, Admits); 4] = [(&test.gt, i64::gt), (&test.ge, i64::ge), (&test.lt, i64::lt), (&test.le, i64::le)];
    for (operand, admits) in orders {
        tests.extend(operand.as_ref().map(|operand| PlanTest::Order(admits, PlanScalar::new(operand, named))));
    }
    tests.extend(test.len.map(PlanTest::Len));
    tests.extend(test.decoded_len.map(PlanTest::DecodedLen));
    tests.extend(test.is.map(PlanTest::Is));
    tests.extend(test.not.as_deref().map(|not| PlanTest::Not(PlanCond::new(not, named))));
    tests
}
