//! The messages of a judged session as text, and where in it its findings are.

use super::redact::{Hidden, Mask};
use crate::base::Limits;
use crate::dm::Session;
use crate::rules::{At, Outcome};
use crate::syncml::Message;
use crate::syncml::xml::{Place, write_pretty_hiding, write_pretty_with_positions};
use crate::verdict::{Exhibit, FindingReport};

/// Writes every message as text, and notes in the findings, which are those of the outcome, at which line and column of it
/// they are; without what must not be seen, where something must not. Long ones are cut, unless they are wanted `whole`.
pub(super) fn show(
    session: &Session,
    outcome: &Outcome,
    findings: &mut [FindingReport<'_>],
    redaction: Option<&(Mask, Hidden)>,
    whole: bool,
) -> Vec<Exhibit<'static>> {
    let mut places: Vec<(At, &mut FindingReport<'_>)> = (outcome.findings.iter())
        .filter(|found| session.entry(found.at.entry).is_some())
        .map(|found| found.at)
        .zip(findings)
        .collect();
    // Findings come in the order of their messages, but nothing here rests on it.
    places.sort_by_key(|(at, _)| at.entry);
    let mut places = places.into_iter().peekable();
    let mut exhibits = Vec::new();
    for (id, entry) in session.entries_with_ids() {
        let tree = entry.message.tree();
        let (mut text, mut nodes) = match redaction.and_then(|(_, hidden)| hidden.of(id)) {
            Some(hidden) => write_pretty_hiding(tree, hidden),
            None => write_pretty_with_positions(tree),
        };
        if let Some(masked) = redaction.and_then(|(mask, _)| mask.text(&text)) {
            let lines = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
            // A secret of several lines moves what is below it.
            if lines(&masked) != lines(&text) {
                nodes.clear();
            }
            text = masked;
        }
        let octets = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if !whole {
            cut(&mut text);
        }
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        while let Some((at, finding)) = places.next_if(|(at, _)| at.entry <= id) {
            if let Some(place) = place(&entry.message, at, &nodes).filter(|place| place.line <= lines) {
                finding.line = u32::try_from(place.line).ok();
                finding.column = u32::try_from(place.column).ok();
            }
        }
        let message = id.0.saturating_add(1);
        exhibits.push(Exhibit { session: 0, message, octets, text: Some(text.into()) });
    }
    exhibits
}

/// Where a finding is: its element, or else its command.
fn place(message: &Message, at: At, nodes: &[(crate::markup::NodeId, Place)]) -> Option<Place> {
    let command = || at.command.and_then(|command| message.command(command)).map(|command| command.node);
    let node = at.node.or_else(command)?;
    // Nodes stand in document order, which is that of their ids.
    let found = nodes.binary_search_by_key(&node, |(id, _)| *id).ok()?;
    nodes.get(found).map(|(_, place)| *place)
}

/// Leaves whole lines, at most [`Limits::EXHIBIT`] octets of them; of a longer first line its beginning.
fn cut(text: &mut String) {
    if text.len() <= Limits::EXHIBIT {
        return;
    }
    let mut end = Limits::EXHIBIT;
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
    if let Some(line) = text.rfind('\n') {
        text.truncate(line.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_lines_or_else_between_characters() {
        let mut short = "a\n".to_owned();
        cut(&mut short);
        assert_eq!(short, "a\n");
        let mut lines = "0123456789ä\n".repeat(Limits::EXHIBIT / 10);
        cut(&mut lines);
        assert!(lines.len() <= Limits::EXHIBIT && lines.ends_with("ä\n"));
        let mut line = format!("x{}", "ä".repeat(Limits::EXHIBIT));
        cut(&mut line);
        assert_eq!(line.len(), Limits::EXHIBIT - 1);
    }
}
