//! Whether an event is what a matcher looks for.

use super::cond::Form;
use super::events::{Chain, Part};
use super::expr::{Env, Value, decoded, fill, same_uri};
use super::plan::{PlanCond, PlanMatcher, PlanName, PlanOf, PlanScalar, PlanTest};
use super::{EventKind, Reason};
use crate::dm::uri::{percent_decoded, plain, without_query};
use std::borrow::Cow;

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

/// Names with their values.
pub(super) trait Names: Env {
    /// What a name stands for.
    fn named(&self, name: &PlanName<'_>) -> Value {
        self.field(name.name, name.path)
    }

    fn as_env(&self) -> &dyn Env;
}

/// Whether the event at a position is what is looked for.
pub(super) fn fits(chain: &Chain<'_>, at: usize, plan: &PlanMatcher<'_>, names: &dyn Names) -> Fit {
    let Some(event) = chain.events.get(at) else { return Fit::No };
    if event.bits & plan.bits == 0 {
        return Fit::No;
    }
    let whole = Fit::from(plan.of.is_empty() || of(chain, at, plan, names))
        .and(|| plan.inside.as_ref().map_or(Fit::Yes, |name| is_inside(chain, at, &names.named(name)).into()))
        .and(|| plan.continues.as_ref().map_or(Fit::Yes, |name| continues(chain, at, &names.named(name)).into()));
    let mut fit = whole;
    for condition in &plan.conditions {
        if fit == Fit::No {
            break;
        }
        let field = condition.field;
        fit = fit.and(|| {
            let uris = condition.is_uri;
            let text = condition.quick.and_then(|quick| chain.quick_text(event, quick));
            let quick = text.and_then(|text| text_holds(text, &condition.plan, uris, names));
            quick.unwrap_or_else(|| holds(&chain.field(at, field), &condition.plan, uris, names))
        });
    }
    fit
}

/// Whether it answers one of these, or, of an Item, belongs to one of these.
fn of(chain: &Chain<'_>, at: usize, plan: &PlanMatcher<'_>, names: &dyn Names) -> bool {
    let Some(event) = chain.events.get(at) else { return false };
    plan.of.iter().any(|of| {
        if event.kind == EventKind::Item {
            let Some((_, command)) = chain.event(&chain.field(at, "command")) else { return false };
            return match of {
                PlanOf::Name(name) => chain
                    .event(&names.named(name))
                    .is_some_and(|(_, named)| named.session == command.session && named.place() == command.place()),
                PlanOf::Kind(kind) => command.is(*kind),
            };
        }
        let PlanOf::Name(name) = of else { return false };
        let Some((_, to)) = chain.event(&names.named(name)) else { return false };
        // What is no command has no Status that could be tied to it.
        if to.session != event.session || matches!(to.part, Part::Unknown(_)) {
            return false;
        }
        if event.kind == EventKind::Http {
            return chain.event(&chain.field(at, "of")).is_some_and(|(_, request)| request.entry == to.entry);
        }
        let Some(entry) = chain.session(event).and_then(|session| session.entry(event.entry)) else { return false };
        let resolution = event.command().and_then(|command| entry.resolution(command));
        // Of an Item, its command is answered.
        resolution.and_then(|resolution| resolution.found()) == Some(to.place())
    })
}

/// Whether it stands in a message, or in a container.
fn is_inside(chain: &Chain<'_>, at: usize, container: &Value) -> bool {
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
fn continues(chain: &Chain<'_>, at: usize, first: &Value) -> bool {
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

/// Whether a text, or nothing, is what a condition says; `None` where that takes more than a look at it.
fn text_holds(text: Option<&str>, cond: &PlanCond<'_>, uris: bool, names: &dyn Names) -> Option<Fit> {
    match cond {
        PlanCond::OneOf(scalars) => {
            let mut fit = Fit::No;
            for scalar in scalars {
                fit = fit.or(|| match &*of_scalar(scalar, names) {
                    Value::Unknown(reason) => Fit::Open(*reason),
                    Value::Text(wanted) => {
                        text.is_some_and(|text| text == wanted || (uris && same_uri(text, wanted))).into()
                    }
                    Value::Absent => text.is_none().into(),
                    _ => Fit::No,
                });
                if fit == Fit::Yes {
                    break;
                }
            }
            // Numbers, lists and the like are for others.
            let is_text = |scalar: &PlanScalar<'_>| !matches!(scalar, PlanScalar::Value(value) if !matches!(value, Value::Text(_)));
            scalars.iter().all(is_text).then_some(fit)
        }
        PlanCond::Test(plan) => {
            let test = plan.test;
            let is_more = plan.ne.is_some()
                || plan.gt.is_some()
                || plan.ge.is_some()
                || plan.lt.is_some()
                || plan.le.is_some()
                || plan.has.is_some()
                || test.len.is_some()
                || test.decoded_len.is_some()
                || test.is.is_some();
            if is_more {
                return None;
            }
            let is_there = text.is_some();
            let inner = match &plan.not {
                Some(not) => text_holds(text, not, uris, names)?.not(),
                None => Fit::Yes,
            };
            let glob = || match plan.uri.as_ref().map(|pattern| of_scalar(pattern, names)) {
                None => Fit::Yes,
                Some(pattern) => match &*pattern {
                    Value::Text(pattern) => text.is_some_and(|text| is_glob(pattern, text)).into(),
                    Value::Unknown(reason) => Fit::Open(*reason),
                    _ => Fit::No,
                },
            };
            let same = |eq: &str| text.is_some_and(|text| text == eq || (uris && same_uri(text, eq)));
            Some(
                Fit::from(test.present.is_none_or(|wanted| wanted == is_there))
                    .and(|| test.absent.is_none_or(|wanted| wanted != is_there).into())
                    .and(|| test.eq.as_deref().is_none_or(same).into())
                    .and(glob)
                    .and(|| plan.re.as_ref().is_none_or(|re| text.is_some_and(|text| re.is_match(text))).into())
                    .and(|| inner),
            )
        }
    }
}

/// Whether a value is what a condition says.
fn holds(value: &Value, cond: &PlanCond<'_>, uris: bool, names: &dyn Names) -> Fit {
    match (cond, value) {
        (PlanCond::Test(test), _) => test_holds(value, test, uris, names),
        (_, Value::Unknown(reason)) => Fit::Open(*reason),
        (PlanCond::OneOf(scalars), _) => {
            scalars.iter().fold(Fit::No, |fit, scalar| fit.or(|| equals(value, &of_scalar(scalar, names), uris)))
        }
    }
}

/// What a condition names, borrowed where it stands in the file.
fn of_scalar<'p>(scalar: &'p PlanScalar<'_>, names: &dyn Names) -> Cow<'p, Value> {
    match scalar {
        PlanScalar::Value(value) => Cow::Borrowed(value),
        PlanScalar::Name(name) => Cow::Owned(names.named(name)),
        PlanScalar::Filled(text) => Cow::Owned(fill(text, names.as_env())),
    }
}

fn equals(value: &Value, wanted: &Value, uris: bool) -> Fit {
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

fn test_holds(value: &Value, plan: &PlanTest<'_>, uris: bool, names: &dyn Names) -> Fit {
    let test = plan.test;
    let is_there = !matches!(value, Value::Absent) && *value != Value::List(Vec::new());
    if let Value::Unknown(reason) = value {
        return Fit::Open(*reason);
    }
    let on_text = |check: &dyn Fn(&str) -> bool| match value {
        Value::Text(text) => Fit::from(check(text)),
        value => Fit::from(value.scalar_text().as_deref().is_some_and(check)),
    };
    let order = |operand: &Option<PlanScalar<'_>>, admits: fn(i64, i64) -> bool| match operand {
        None => Fit::Yes,
        Some(scalar) => match &*of_scalar(scalar, names) {
            Value::Unknown(reason) => Fit::Open(*reason),
            wanted => value.number().zip(wanted.number()).is_some_and(|(a, b)| admits(a, b)).into(),
        },
    };
    let glob = || match &plan.uri {
        None => Fit::Yes,
        Some(pattern) => match &*of_scalar(pattern, names) {
            Value::Text(pattern) => on_text(&|text| is_glob(pattern, text)),
            Value::Unknown(reason) => Fit::Open(*reason),
            _ => Fit::No,
        },
    };
    Fit::from(test.present.is_none_or(|wanted| wanted == is_there))
        .and(|| test.absent.is_none_or(|wanted| wanted != is_there).into())
        .and(|| test.eq.as_deref().map_or(Fit::Yes, |eq| on_text(&|text| text == eq || (uris && same_uri(text, eq)))))
        .and(|| {
            plan.ne.as_ref().map_or(Fit::Yes, |ne| {
                if is_there { equals(value, &of_scalar(ne, names), uris).not() } else { Fit::No }
            })
        })
        .and(glob)
        .and(|| plan.re.as_ref().map_or(Fit::Yes, |re| on_text(&|text| re.is_match(text))))
        .and(|| {
            plan.has.as_ref().map_or(Fit::Yes, |cond| match value {
                Value::List(all) => all.iter().fold(Fit::No, |fit, one| fit.or(|| holds(one, cond, uris, names))),
                one => holds(one, cond, uris, names),
            })
        })
        .and(|| order(&plan.gt, |a, b| a > b))
        .and(|| order(&plan.ge, |a, b| a >= b))
        .and(|| order(&plan.lt, |a, b| a < b))
        .and(|| order(&plan.le, |a, b| a <= b))
        .and(|| test.len.map_or(Fit::Yes, |len| on_text(&|text| u64::try_from(text.chars().count()) == Ok(len))))
        .and(|| {
            test.decoded_len.map_or(Fit::Yes, |len| {
                on_text(&|text| decoded(text).is_some_and(|octets| u64::try_from(octets.len()) == Ok(len)))
            })
        })
        .and(|| test.is.map_or(Fit::Yes, |form| on_text(&|text| is_form(text, form))))
        .and(|| plan.not.as_ref().map_or(Fit::Yes, |cond| holds(value, cond, uris, names).not()))
}

/// Whether two segments are the same name, percent-escapes apart.
fn is_segment(a: &str, b: &str) -> bool {
    a == b || percent_decoded(a) == percent_decoded(b)
}

/// Whether a URI fits a pattern of segments: `*` is one, `**` any number.
pub(super) fn is_glob(pattern: &str, uri: &str) -> bool {
    fn segments(uri: &str) -> Vec<&str> {
        plain(without_query(uri)).split('/').filter(|segment| !segment.is_empty()).collect()
    }
    fn fit(pattern: &[&str], uri: &[&str]) -> bool {
        // Where a `**` may take one more: the latest one is enough, as with every glob.
        let (mut at, mut of, mut back) = (0, 0, None);
        while of < uri.len() {
            match pattern.get(at) {
                Some(&"**") => {
                    back = Some((at, of));
                    at += 1;
                }
                Some(one) if *one == "*" || uri.get(of).is_some_and(|segment| is_segment(one, segment)) => {
                    (at, of) = (at + 1, of + 1)
                }
                _ => match &mut back {
                    Some((star, from)) => {
                        *from += 1;
                        (at, of) = (*star + 1, *from);
                    }
                    None => return false,
                },
            }
        }
        pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == "**")
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
    fit(&segments(pattern), &segments(uri))
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
