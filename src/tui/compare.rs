//! Two messages, or two sessions, beside each other.

use super::line::{Line, Subject, Tone};
use super::message::MessageView;
use super::model::Listing;
use crate::base::Direction;
use crate::report::words::{command, statuses};
use crate::verdict::{MessageReport, OpenSession};
use similar::{ChangeTag, TextDiff};

/// The state of the screen.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// What is compared: which is `-` and which is `+`.
    pub sides: [String; 2],
    /// Its lines.
    pub list: Listing,
}

impl Compared {
    /// The title line.
    pub fn heading(&self) -> Line {
        let [one, other] = &self.sides;
        Line::of(Tone::Error, format!("- {one}")).and(Tone::Plain, "   ").and(Tone::Good, format!("+ {other}"))
    }

    /// Goes to the next difference, or the one before.
    pub fn step(&mut self, forward: bool) -> bool {
        let differs = |line: &Line| line.text().starts_with(['-', '+']);
        let at = self.list.cursor.at;
        let lines = &self.list.lines;
        let found = match forward {
            true => (at.saturating_add(1)..lines.len()).find(|at| lines.get(*at).is_some_and(differs)),
            false => (0..at).rev().find(|at| lines.get(*at).is_some_and(differs)),
        };
        if let Some(found) = found {
            self.list.cursor.go(found);
        }
        found.is_some()
    }
}

/// Lines of two texts: those that only the first has with `-`, those that only the second has with `+`. What each stands for is
/// told by the numbers of the line in both texts.
fn differences(
    one: &str,
    other: &str,
    subject: impl Fn(Option<usize>, Option<usize>) -> Option<(u32, u32)>,
) -> Vec<Line> {
    let diff = TextDiff::from_lines(one, other);
    diff.iter_all_changes()
        .map(|change| {
            let text = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Equal => Line::of(Tone::Dim, format!("  {text}")),
                ChangeTag::Delete => Line::of(Tone::Error, format!("- {text}")),
                ChangeTag::Insert => Line::of(Tone::Good, format!("+ {text}")),
            };
            let place = subject(change.old_index(), change.new_index());
            line.for_subject(place.map_or(Subject::Nothing, |(session, message)| Subject::Elsewhere(session, message)))
        })
        .collect()
}

/// Two messages, as indented XML.
pub fn messages(one: &MessageView, other: &MessageView) -> Compared {
    let text = |view: &MessageView| {
        view.decoded()
            .map(|message| crate::syncml::xml::write_pretty_with_positions(message.tree()).0)
            .unwrap_or_default()
    };
    let name = |view: &MessageView| format!("session {} message {}", view.open.session.index, view.number);
    let place = |view: &MessageView| (view.open.session.index, view.number);
    let lines = differences(&text(one), &text(other), |old, _| Some(place(if old.is_some() { one } else { other })));
    Compared { sides: [name(one), name(other)], list: Listing::new(lines) }
}

/// A message in words that are the same in two sessions that do the same.
fn words(message: &MessageReport<'_>) -> String {
    let arrow = match message.direction {
        Direction::DeviceToServer => "→",
        Direction::ServerToDevice => "←",
    };
    let package = message.package.map_or("P?".to_owned(), |package| format!("P{package}"));
    let mut notes = statuses(&message.commands);
    notes.extend(message.commands.iter().filter(|one| one.name != "Status").map(command));
    let mut lines = vec![format!("{arrow} {package} {}", message.encoding)];
    lines.extend(notes.into_iter().map(|note| format!("    {note}")));
    lines.join("\n")
}

/// Two sessions, package by package.
pub fn sessions(one: &OpenSession, other: &OpenSession) -> Compared {
    let mut lines = Vec::new();
    let fact = |name: &str, one: &str, other: &str| {
        if one == other {
            vec![Line::of(Tone::Dim, format!("  {name:<10} {one}"))]
        } else {
            vec![
                Line::of(Tone::Error, format!("- {name:<10} {one}")),
                Line::of(Tone::Good, format!("+ {name:<10} {other}")),
            ]
        }
    };
    let (first, second) = (&one.session, &other.session);
    let text = |text: &Option<crate::verdict::Text<'_>>| text.as_deref().unwrap_or("unknown").to_owned();
    lines.extend(fact("device", &text(&first.device), &text(&second.device)));
    lines.extend(fact("server", &text(&first.server), &text(&second.server)));
    lines.extend(fact("profile", &first.profile, &second.profile));
    lines.extend(fact("end", first.end.name(), second.end.name()));
    lines.extend(fact("verdict", first.verdict.name(), second.verdict.name()));
    let rules = |open: &OpenSession| {
        let mut rules: Vec<String> = open.findings.iter().map(|finding| finding.rule.to_string()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.join(" ")
    };
    lines.extend(fact("findings", &rules(one), &rules(other)));
    lines.push(Line::new());
    // The text of all messages, and the message of each line of it.
    let all = |open: &OpenSession| {
        let texts: Vec<String> = open.session.messages.iter().map(words).collect();
        let numbers = (1..).zip(&texts).flat_map(|(number, text)| text.lines().map(move |_| number));
        let numbers: Vec<u32> = numbers.collect();
        (texts.join("\n"), numbers)
    };
    let ((one, of_one), (other, of_other)) = (all(one), all(other));
    lines.extend(differences(&one, &other, |old, new| match (old, new) {
        (Some(old), _) => of_one.get(old).map(|message| (first.index, *message)),
        (None, new) => new.and_then(|new| of_other.get(new)).map(|message| (second.index, *message)),
    }));
    let sides = [format!("session {}", first.index), format!("session {}", second.index)];
    Compared { sides, list: Listing::new(lines) }
}
