//! The form of a user interaction Alert: options first, then a text, then choices (OMA-TS-DM_Protocol-V1_2_1, sections 10.2
//! and 10.3).

use super::super::cx::Cmd;
use super::super::helper::percent_decoded;
use crate::markup::Tag;
use crate::syncml::{CommandName, Item};
use std::borrow::Cow;

/// One of the five Alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) code: u16,
    pub(super) name: &'static str,
    /// Items that it has at least.
    pub(super) least: usize,
    /// Items that it has at most.
    pub(super) most: usize,
    /// Whether the Items from the third on are choices.
    pub(super) has_choices: bool,
}

pub(super) const DISPLAY: u16 = 1100;
pub(super) const CONFIRMATION: u16 = 1101;
pub(super) const INPUT: u16 = 1102;
pub(super) const CHOICE: u16 = 1103;
pub(super) const CHOICES: u16 = 1104;

const ANY: usize = usize::MAX;

static KINDS: [Kind; 5] = [
    Kind { code: DISPLAY, name: "display", least: 2, most: 2, has_choices: false },
    Kind { code: CONFIRMATION, name: "confirmation", least: 2, most: 2, has_choices: false },
    Kind { code: INPUT, name: "user input", least: 2, most: ANY, has_choices: false },
    Kind { code: CHOICE, name: "single choice", least: 3, most: ANY, has_choices: true },
    Kind { code: CHOICES, name: "multiple choice", least: 3, most: ANY, has_choices: true },
];

/// Options that are defined.
pub(super) const KNOWN: [&str; 6] = ["MINDT", "MAXDT", "DR", "MAXLEN", "IT", "ET"];

/// A user interaction Alert.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interaction<'s> {
    pub(super) alert: Cmd<'s>,
    pub(super) kind: &'static Kind,
}

/// Reads a command; `None` where it is no user interaction.
pub(super) fn interaction(cmd: Cmd<'_>) -> Option<Interaction<'_>> {
    if cmd.command.name != CommandName::Alert {
        return None;
    }
    let code = cmd.code()?;
    let kind = KINDS.iter().find(|kind| kind.code == code)?;
    Some(Interaction { alert: cmd, kind })
}

/// What stands in the first Item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing.
    Empty,
    /// Options in their form.
    Options,
    /// Options, with a small defect.
    Sloppy(&'static str),
    /// Something else.
    Text,
}

impl<'s> Interaction<'s> {
    pub(super) fn items(self) -> &'s [Item] {
        self.alert.items()
    }

    /// The option string; empty where the first Item is, or is missing.
    pub(super) fn option_text(self) -> &'s str {
        self.items().first().map_or("", |item| self.alert.text(item.data))
    }

    /// Names and values of the option string, as written; an option without `=` has no value.
    pub(super) fn pairs(self) -> impl Iterator<Item = (&'s str, Option<&'s str>)> + Clone {
        let pieces = self.option_text().split('&').filter(|piece| !piece.is_empty());
        pieces.map(|piece| match piece.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (piece, None),
        })
    }

    /// Values of an option, decoded; an empty one is no value.
    pub(super) fn values(self, name: &'static str) -> impl Iterator<Item = Cow<'s, str>> {
        let written = self.pairs().filter(move |(other, _)| *other == name).filter_map(|(_, value)| value);
        written.filter(|value| !value.is_empty()).map(decoded)
    }

    /// The first value of an option that is a positive number.
    pub(super) fn number(self, name: &'static str) -> Option<u64> {
        self.values(name).find_map(|value| positive(&value))
    }

    pub(super) fn form(self) -> Form {
        let text = self.option_text();
        if text.is_empty() {
            return Form::Empty;
        }
        let has_pair = self.pairs().any(|(name, value)| value.is_some() && is_name(name));
        let mut form = Form::Options;
        for (name, value) in self.pairs() {
            match value {
                _ if !is_name(name) => return Form::Text,
                None if has_pair || KNOWN.contains(&name) => form = Form::Sloppy("an option without a value"),
                None => return Form::Text,
                // The text that an input begins with may be empty.
                Some("") if name != "DR" => form = Form::Sloppy("an option with an empty value"),
                Some(_) => {}
            }
        }
        if form == Form::Options && text.split('&').any(str::is_empty) {
            form = Form::Sloppy("a stray &");
        }
        form
    }

    /// How many choices there are.
    pub(super) fn choices(self) -> usize {
        if self.kind.has_choices { self.items().len().saturating_sub(2) } else { 0 }
    }

    /// Whether it has as many Items as its kind asks for.
    pub(super) fn has_its_items(self) -> bool {
        (self.kind.least..=self.kind.most).contains(&self.items().len())
    }

    /// How many Data elements an Item has.
    pub(super) fn data_in(self, item: &Item) -> usize {
        self.alert.message().each(item.node, Tag::Data).count()
    }

    /// For the text of a finding: `Alert 1101 (confirmation)`.
    pub(super) fn shown(self) -> String {
        format!("Alert {} ({})", self.kind.code, self.kind.name)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.'))
}

fn decoded(value: &str) -> Cow<'_, str> {
    if value.contains('+') {
        return Cow::Owned(percent_decoded(&value.replace('+', " ")).into_owned());
    }
    percent_decoded(value)
}

/// A positive decimal number; one that does not fit is as large as can be.
pub(super) fn positive(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX)).filter(|number| *number > 0)
}

/// Whether every percent sign begins an escape.
pub(super) fn has_sound_escapes(text: &str) -> bool {
    let is_escape = |rest: &str| rest.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    text.split('%').skip(1).all(is_escape)
}

/// Whether a text has nothing that a URI may not have as it is.
pub(super) fn is_encoded(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'"')
}

/// Whether a user interaction Alert keeps to its own form, so that nothing in it excuses a refusal (guard G15).
pub(in crate::rules) fn is_sound(alert: Cmd<'_>) -> bool {
    let Some(interaction) = interaction(alert) else { return false };
    let texts = interaction.items().get(1..).unwrap_or_default();
    let needed = if interaction.kind.has_choices { texts.len() } else { 1 };
    let text = interaction.option_text();
    interaction.has_its_items()
        && matches!(interaction.form(), Form::Empty | Form::Options)
        && has_sound_escapes(text)
        && is_encoded(text)
        && texts.iter().take(needed).all(|item| !alert.text(item.data).is_empty())
}
