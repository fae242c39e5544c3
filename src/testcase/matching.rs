//! Whether an event is what a matcher looks for.

use super::cond::Form;
use super::events::{Chain, Event, Part};
use super::expr::{Value, decoded, fill, same_uri};
use super::plan::{PlanCond, PlanMatcher, PlanOf, PlanScalar, PlanTest};
use super::trial::Trial;
use super::{EventKind, Reason};
use crate::dm::uri::{percent_decoded, plain, without_query};
use std::cell::OnceCell;

/// Yes, no, or that nobody can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    Open(Reason),
}

impl From<bool> for Fit {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Fit {
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            open => open,
        }
    }

    /// Both: what is plainly not, is not.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Open(reason) => match other() {
                Self::No => Self::No,
                Self::Yes => Self::Open(reason),
                Self::Open(more) => Self::Open(reason.max(more)),
            },
        }
    }

    fn or(self, other: impl FnOnce() -> Self) -> Self {
        self.not().and(|| other().not()).not()
    }
}

/// What the conditions of a matcher name, worked out when it is first asked for, and once for all events that are tried.
#[derive(Debug)]
pub(super) struct Named<'t>(Vec<OnceCell<Value<'t>>>);

impl<'t> Named<'t> {
    pub(super) fn of(plan: &PlanMatcher<'_>) -> Self {
        Self(std::iter::repeat_with(OnceCell::new).take(plan.named).collect())
    }

    /// The value of a scalar, borrowed where it stands in the file.
    pub(super) fn value<'v>(&'v self, scalar: &'t PlanScalar<'_>, trial: &Trial<'t, '_, '_>) -> &'v Value<'v> {
        let once = |at: usize, work_out: &dyn Fn() -> Value<'t>| {
            self.0.get(at).map_or(&Value::Absent, |cell| cell.get_or_init(work_out))
        };
        match scalar {
            PlanScalar::Value(value) => value,
            PlanScalar::Name(at, name) => once(*at, &|| trial.named(name)),
            PlanScalar::Filled(at, text) => once(*at, &|| fill(text, trial)),
        }
    }
}

/// Whether the event at a position is what is looked for.
pub(super) fn fits<'t>(trial: &Trial<'t, '_, '_>, at: usize, plan: &'t PlanMatcher<'_>) -> Fit {
    fits_named(trial, at, plan, &Named::of(plan))
}

/// The same, of one event of several that are tried by one matcher while the trial stands still.
pub(super) fn fits_named<'t>(
    trial: &Trial<'t, '_, '_>,
    at: usize,
    plan: &'t PlanMatcher<'_>,
    named: &Named<'t>,
) -> Fit {
    let chain = trial.chain;
    let Some(event) = chain.events.get(at) else { return Fit::No };
    if event.bits & plan.bits == 0 {
        return Fit::No;
    }
    let mut fit = Fit::from(plan.of.is_empty() || of(trial, at, event, plan))
        .and(|| plan.inside.as_ref().map_or(Fit::Yes, |name| is_inside(chain, at, &trial.named(name)).into()))
        .and(|| plan.continues.as_ref().map_or(Fit::Yes, |name| continues(chain, at, &trial.named(name)).into()));
    for condition in &plan.conditions {
        if fit == Fit::No {
            break;
        }
        let is_uri = condition.is_uri;
        fit = fit.and(|| match condition.of_any_item().zip(chain.items_of(at)) {
            // No list is made of what is looked at one by one.
            Some(((way, cond), items)) => items
                .map(|item| chain.follow(Some(item), way))
                .filter(|value| *value != Value::Absent)
                .fold(Fit::No, |fit, value| fit.or(|| holds(&value, cond, is_uri, named, trial))),
            None => holds(&chain.field(at, &condition.field), &condition.plan, is_uri, named, trial),
        });
    }
    fit
}

/// Whether it answers one of these, or, of an Item, belongs to one of these.
fn of<'t>(trial: &Trial<'t, '_, '_>, at: usize, event: &Event, plan: &'t PlanMatcher<'_>) -> bool {
    let chain = trial.chain;
    if let Part::Item(command, _) = event.part {
        let command = chain.find(event.session, event.entry, Part::Command(command));
        let Some(command) = command.and_then(|at| chain.events.get(at)) else { return false };
        return plan.of.iter().any(|of| match of {
            PlanOf::Name(name) => chain
                .event(&trial.named(name))
                .is_some_and(|(_, named)| named.session == command.session && named.place() == command.place()),
            PlanOf::Kind(kind) => command.is(*kind),
        });
    }
    plan.of.iter().any(|of| {
        let PlanOf::Name(name) = of else { return false };
        let Some((_, to)) = chain.event(&trial.named(name)) else { return false };
        // What is no command has no Status that could be tied to it.
        if to.session != event.session || matches!(to.part, Part::Unknown(_)) {
            return false;
        }
        if event.kind == EventKind::Http {
            return chain.request_of(at).is_some_and(|(_, request)| request.entry == to.entry);
        }
        let Some(entry) = chain.session(event).and_then(|session| session.entry(event.entry)) else { return false };
        let resolution = event.command().and_then(|command| entry.resolution(command));
        // Of an Item, its command is answered.
        resolution.and_then(|resolution| resolution.found()) == Some(to.place())
    })
}

/// Whether it stands in a message, or in a container.
fn is_inside(chain: &Chain<'_>, at: usize, container: &Value<'_>) -> bool {
    let (Some(event), Some((_, container))) = (chain.events.get(at), chain.event(container)) else { return false };
    if (event.session, event.entry) != (container.session, container.entry) {
        return false;
    }
    let Part::Command(wanted) = container.part else { return true };
    let Some(entry) = chain.session(event).and_then(|session| session.entry(event.entry)) else { return false };
    let mut around = match event.part {
        Part::Item(command, _) => Some(command),
        Part::Command(command) => entry.message.command(command).and_then(|command| command.parent),
        _ => None,
    };
    while let Some(command) = around {
        if command == wanted {
            return true;
        }
        around = entry.message.command(command).and_then(|command| command.parent);
    }
    false
}

/// Whether it is a part of the large object that an Item began, the beginning itself included.
fn continues(chain: &Chain<'_>, at: usize, first: &Value<'_>) -> bool {
    let (Some(event), Some((begin, first))) = (chain.events.get(at), chain.event(first)) else { return false };
    if at == begin {
        return true;
    }
    let (Part::Item(command, item), Some(session)) = (event.part, chain.session(&first)) else { return false };
    event.session == first.session
        && session.object_of(first.place()).is_some_and(|object| {
            object
                .chunks
                .iter()
                .any(|chunk| chunk.entry == event.entry && chunk.command == command && chunk.item == item)
        })
}

/// Whether a value is what a condition says.
fn holds<'t>(
    value: &Value<'_>,
    cond: &'t PlanCond<'_>,
    uris: bool,
    named: &Named<'t>,
    trial: &Trial<'t, '_, '_>,
) -> Fit {
    if let Value::Unknown(reason) = value {
        return Fit::Open(*reason);
    }
    match cond {
        PlanCond::OneOf(scalars) => {
            scalars.iter().fold(Fit::No, |fit, scalar| fit.or(|| equals(value, named.value(scalar, trial), uris)))
        }
        PlanCond::All(tests) => {
            tests.iter().fold(Fit::Yes, |fit, test| fit.and(|| test_holds(value, test, uris, named, trial)))
        }
    }
}

fn equals(value: &Value<'_>, wanted: &Value<'_>, uris: bool) -> Fit {
    match (value, wanted) {
        (Value::Unknown(reason), _) | (_, Value::Unknown(reason)) => Fit::Open(*reason),
        (Value::Absent, Value::Absent) => Fit::Yes,
        (Value::Absent, _) | (_, Value::Absent) => Fit::No,
        (Value::Text(a), Value::Text(b)) => (a == b || (uris && same_uri(a, b))).into(),
        (Value::List(all), wanted) => all.iter().fold(Fit::No, |fit, one| fit.or(|| equals(one, wanted, uris))),
        (Value::Int(_), _) | (_, Value::Int(_)) => {
            value.number().zip(wanted.number()).is_some_and(|(a, b)| a == b).into()
        }
        _ => (value.scalar_text() == wanted.scalar_text() && value.scalar_text().is_some()).into(),
    }
}

/// Whether an operator holds for a value that is known.
fn test_holds<'t>(
    value: &Value<'_>,
    test: &'t PlanTest<'_>,
    uris: bool,
    named: &Named<'t>,
    trial: &Trial<'t, '_, '_>,
) -> Fit {
    let is_there = || !matches!(value, Value::Absent) && *value != Value::List(Vec::new());
    let on_text = |check: &dyn Fn(&str) -> bool| Fit::from(value.scalar_text().is_some_and(|text| check(&text)));
    match test {
        PlanTest::Present(wanted) => (*wanted == is_there()).into(),
        PlanTest::Eq(eq) => on_text(&|text| text == *eq || (uris && same_uri(text, eq))),
        PlanTest::Ne(ne) if is_there() => equals(value, named.value(ne, trial), uris).not(),
        PlanTest::Ne(_) => Fit::No,
        PlanTest::Uri(pattern) => match named.value(pattern, trial) {
            Value::Text(pattern) => on_text(&|text| is_glob(pattern, text)),
            Value::Unknown(reason) => Fit::Open(*reason),
            _ => Fit::No,
        },
        PlanTest::Re(re) => on_text(&|text| re.is_match(text)),
        PlanTest::Has(cond) => match value {
            Value::List(all) => all.iter().fold(Fit::No, |fit, one| fit.or(|| holds(one, cond, uris, named, trial))),
            one => holds(one, cond, uris, named, trial),
        },
        PlanTest::Order(admits, operand) => match named.value(operand, trial) {
            Value::Unknown(reason) => Fit::Open(*reason),
            wanted => value.number().zip(wanted.number()).is_some_and(|(a, b)| admits(&a, &b)).into(),
        },
        PlanTest::Len(len) => on_text(&|text| u64::try_from(text.chars().count()) == Ok(*len)),
        PlanTest::DecodedLen(len) => {
            on_text(&|text| decoded(text).is_some_and(|octets| u64::try_from(octets.len()) == Ok(*len)))
        }
        PlanTest::Is(form) => on_text(&|text| is_form(text, *form)),
        PlanTest::Not(cond) => holds(value, cond, uris, named, trial).not(),
    }
}

/// Whether two segments are the same name, percent-escapes apart.
fn is_segment(a: &str, b: &str) -> bool {
    a == b || percent_decoded(a) == percent_decoded(b)
}

/// Whether a URI fits a pattern of segments: `*` is one, `**` any number.
pub(super) fn is_glob(pattern: &str, uri: &str) -> bool {
    fn segments(uri: &str) -> impl Iterator<Item = &str> + Clone {
        plain(without_query(uri)).split('/').filter(|segment| !segment.is_empty())
    }
    // A last segment that is another name ends it soon.
    let last = |uri: &'_ str| -> Option<usize> { uri.trim_end().trim_end_matches('/').rfind('/') };
    let plain_uri = without_query(uri);
    let (wanted, found) =
        (last(pattern).and_then(|at| pattern.get(at..)), last(plain_uri).and_then(|at| plain_uri.get(at..)));
    if let (Some(wanted), Some(found)) = (wanted, found)
        && !wanted.contains(['*', '%'])
        && !found.contains('%')
        && wanted.trim_end_matches('/') != found.trim_end().trim_end_matches('/')
    {
        return false;
    }
    // Where a `**` may take one more: the latest one is enough, as with every glob.
    let (mut wanted, mut found, mut back) = (segments(pattern), segments(uri), None);
    loop {
        let (before, here) = (wanted.clone(), found.clone());
        match (wanted.next(), found.next()) {
            (Some("**"), _) => {
                found = here;
                back = Some((wanted.clone(), found.clone()));
            }
            (Some(one), Some(segment)) if one == "*" || is_segment(one, segment) => {}
            (None, None) => return true,
            (_, None) => return before.clone().all(|rest| rest == "**"),
            (_, Some(_)) => {
                let Some((behind, from)) = &mut back else { return false };
                from.next();
                (wanted, found) = (behind.clone(), from.clone());
            }
        }
    }
}

fn is_form(text: &str, form: Form) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    match form {
        Form::Int => digits(text.strip_prefix(['-', '+']).unwrap_or(text)),
        Form::Bool => matches!(text, "true" | "false"),
        Form::B64 => !text.trim().is_empty() && decoded(text).is_some(),
        Form::Hex => !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_hexdigit()),
        Form::Urn => text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) && text.len() > 4,
        Form::Uri => !text.is_empty() && !text.contains(char::is_whitespace),
        Form::Date => is_date(text),
        Form::Xml => text.trim_start().starts_with('<'),
        Form::Tnds => text.contains("<MgmtTree"),
        Form::Ascii => text.is_ascii(),
        // What is not UTF-8 is no text here.
        Form::Utf8 => true,
    }
}

/// A date and time of ISO 8601 in the basic form, `20261123T101500Z`, or in the extended one.
fn is_date(text: &str) -> bool {
    let compact: String = text.chars().filter(|ch| !matches!(ch, '-' | ':')).collect();
    let (date, time) = compact.split_once('T').unwrap_or((&compact, "000000"));
    let time = time.strip_suffix('Z').unwrap_or(time);
    let digits =
        |text: &str, count: &[usize]| count.contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    digits(date, &[8]) && digits(time, &[4, 6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_over_segments() {
        let table = [
            ("./DevInfo/*", "./DevInfo/Man", true),
            ("./DevInfo/*", "DevInfo/Man", true),
            ("./DevInfo/*", "./DevInfo/Ext/X", false),
            ("./DevInfo/**", "./DevInfo/Ext/X", true),
            ("**/DownloadAndUpdate", "./A/B/DownloadAndUpdate", true),
            ("**/DownloadAndUpdate", "./A/B/DownloadAndUpdate/PkgURL", false),
            ("./A/**/Z", "./A/Z", true),
            ("./A/*/Z", "./A/Z", false),
            ("./My%20Dir/*", "./My Dir/a", true),
            ("**", "./x", true),
        ];
        for (pattern, uri, expected) in table {
            assert_eq!(is_glob(pattern, uri), expected, "{pattern} {uri}");
        }
    }

    #[test]
    fn forms_of_texts() {
        let table = [
            ("12", Form::Int, true),
            ("1a", Form::Int, false),
            ("AAAA", Form::B64, true),
            ("A?", Form::B64, false),
            ("20261123T101500Z", Form::Date, true),
            ("2026-11-23T10:15:00Z", Form::Date, true),
            ("yesterday", Form::Date, false),
            ("urn:oma:mo:oma-fumo:1.0", Form::Urn, true),
            ("./A B", Form::Uri, false),
        ];
        for (text, form, expected) in table {
            assert_eq!(is_form(text, form), expected, "{text} {form:?}");
        }
    }
}
