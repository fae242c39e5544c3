//! Codes and elements to be looked up, whether the traffic has them or not.

use super::glossary;
use super::keys::Context;
use super::line::{Line, Subject, Tone, fitted, wrapped};
use super::model::{Listing, TextView};
use crate::rules::{self, alert_meaning, status_meaning};

/// Every status code, Alert code and element, to be searched.
pub fn list() -> TextView {
    let mut lines = vec![Line::of(Tone::Dim, "/ searches, Enter tells more of what is selected")];
    let told = |code: u16, name: &str| {
        let more = glossary::code(code).unwrap_or_default();
        Line::of(Tone::Key, format!("  {code:<6}"))
            .and(Tone::Plain, fitted(name, 34))
            .and(Tone::Dim, format!(" {more}"))
            .for_subject(Subject::Word(code.to_string()))
    };
    lines.push(Line::of(Tone::Heading, "Status codes"));
    lines.extend((100..600).filter_map(|code| Some(told(code, status_meaning(code)?))));
    lines.push(Line::of(Tone::Heading, "Alert codes"));
    lines.extend((1_000..2_000).filter_map(|code| Some(told(code, alert_meaning(code)?))));
    lines.push(Line::of(Tone::Heading, "Elements"));
    for (name, entry) in glossary::elements() {
        let line = Line::of(Tone::Key, format!("  {name:<13}")).and(Tone::Plain, entry.text);
        lines.push(line.for_subject(Subject::Word(name.to_owned())));
    }
    TextView { context: Context::Codes, title: "Codes and elements".to_owned(), list: Listing::new(lines) }
}

/// A code in full; nothing where no specification has it.
pub(super) fn code(code: u16, width: usize) -> Vec<Line> {
    let (kind, name) = match (status_meaning(code), alert_meaning(code)) {
        (Some(name), _) => ("Status", name),
        (None, Some(name)) => ("Alert", name),
        (None, None) => return Vec::new(),
    };
    let mut lines = wrapped(Tone::Strong, "", &format!("{kind} {code}: {name}"), width);
    lines.extend(glossary::code(code).map(|text| wrapped(Tone::Plain, "", text, width)).into_iter().flatten());
    let digits = code.to_string();
    let mentions = |text: &str| text.split(|ch: char| !ch.is_ascii_digit()).any(|word| word == digits);
    let about: Vec<_> = rules::all().filter(|rule| mentions(rule.title)).collect();
    if !about.is_empty() {
        lines.push(Line::new());
        lines.push(Line::of(Tone::Heading, "Rules that speak of it"));
    }
    for rule in about {
        lines.extend(super::line::named(&format!("  {:<9}", rule.id), rule.title, width));
    }
    lines
}
