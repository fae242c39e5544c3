//! What a case says of itself in reports, in words.

use super::cond::{Cond, Scalar};
use super::plan::{PlanMatcher, PlanStep};
use crate::base::Direction;

/// Characters of a value that are told.
const SHORT: usize = 60;

/// A value, cut where it is long.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(SHORT).collect();
    if text.chars().nth(SHORT).is_some() {
        out.push('…');
    }
    out
}

/// What is wrong when a step fails, in its own words.
pub(super) fn why(step: &PlanStep<'_>) -> Option<String> {
    step.step.why.clone()
}

/// What a matcher looks for: `a Status of the client with code 213`.
pub(super) fn matcher(plan: &PlanMatcher<'_>) -> String {
    let kinds: Vec<String> = plan.kinds.iter().map(|kind| format!("{kind:?}")).collect();
    let mut text = kinds.join(" or ");
    match plan.sender {
        Some(Direction::DeviceToServer) => text.push_str(" of the client"),
        Some(Direction::ServerToDevice) => text.push_str(" of the server"),
        None => {}
    }
    if !plan.matcher.of.is_empty() {
        let of: Vec<&str> = plan.matcher.of.iter().map(String::as_str).collect();
        text.push_str(&format!(" of {}", of.join(" or ")));
    }
    let conditions: Vec<String> = plan.conditions.iter().map(|one| condition(one.field.as_str(), one.cond)).collect();
    if !conditions.is_empty() {
        text.push_str(&format!(" with {}", conditions.join(", ")));
    }
    text
}

fn condition(field: &str, cond: &Cond) -> String {
    let scalar = |scalar: &Scalar| match scalar {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Text(text) => short(text),
    };
    let test = match cond {
        Cond::Is(one) => return format!("{field} {}", scalar(one)),
        Cond::OneOf(all) => return format!("{field} {}", all.iter().map(scalar).collect::<Vec<_>>().join("/")),
        Cond::Test(test) => test,
    };
    let orders = [(&test.ne, "other than"), (&test.gt, ">"), (&test.ge, ">="), (&test.lt, "<"), (&test.le, "<=")];
    let order = orders.into_iter().find_map(|(operand, word)| Some((operand.as_ref()?, word)));
    if test.present == Some(true) || test.absent == Some(false) {
        field.to_owned()
    } else if test.present == Some(false) || test.absent == Some(true) {
        format!("no {field}")
    } else if let Some(pattern) = test.uri.as_deref().or(test.re.as_deref()).or(test.eq.as_deref()) {
        format!("{field} like {}", short(pattern))
    } else if let Some((operand, word)) = order {
        format!("{field} {word} {}", scalar(operand))
    } else if let Some(not) = &test.not {
        format!("not {}", condition(field, not))
    } else if let Some(has) = &test.has {
        condition(field, has)
    } else {
        format!("a certain {field}")
    }
}

/// What an event is, in a few words.
pub(super) fn event(chain: &super::events::Chain<'_>, at: usize) -> String {
    use super::events::Part;
    use super::expr::Value;
    use super::path::FieldPath;
    let Some(event) = chain.events.get(at) else { return String::new() };
    let field = |path: &str| match chain.field(at, &FieldPath::new(path)) {
        Value::Absent | Value::Unknown(_) | Value::Thing(_) | Value::List(_) => None,
        value => value.scalar_text().map(|text| short(&text)),
    };
    let first = |paths: &[&str]| paths.iter().find_map(|path| field(path));
    let name = format!("{:?}", event.kind);
    match event.part {
        Part::Message | Part::SyncHdr => {
            let path = if event.part == Part::SyncHdr { "msg_id" } else { "encoding" };
            format!("{name} {}", field(path).unwrap_or_default()).trim_end().to_owned()
        }
        Part::Command(_) => {
            let code = field("code").map(|code| format!(" {code}")).unwrap_or_default();
            let cmd = field("cmd").map(|cmd| format!(" for {cmd}")).unwrap_or_default();
            let uri = first(&["items.0.target.uri", "items.0.source.uri"]);
            let uri = uri.map(|uri| format!(" {uri}")).unwrap_or_default();
            format!("{name}{code}{cmd}{uri}")
        }
        Part::Item(..) => {
            let uri = first(&["target.uri", "source.uri"]).map(|uri| format!(" {uri}")).unwrap_or_default();
            format!("{name}{uri}")
        }
        Part::Http | Part::Bare(_) => {
            let what = first(&["code", "method"]).map(|what| format!(" {what}")).unwrap_or_default();
            format!("HTTP{what}")
        }
        Part::Unknown(_) => format!("{name} {}", field("name").unwrap_or_default()),
        Part::Notification => format!("{name} {}", field("session_id").unwrap_or_default()),
        Part::Session | Part::Final => name,
    }
}
