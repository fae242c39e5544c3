//! A statement of support as a file, with the place of each value.

use super::file::ItemValue;
use super::items::{ITEMS, Side, Status};
use super::seen::{Seen, Sight};
use crate::testcase::CaseVersion;
use std::fmt::Write as _;

/// What stands at the head of a statement that is made from traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred<'a> {
    /// Its name.
    pub id: &'a str,
    /// Whose it is.
    pub side: Side,
    /// The product's name, where it is known.
    pub product: Option<&'a str>,
    /// The version of its software.
    pub software: Option<&'a str>,
    /// The versions that were spoken.
    pub versions: &'a [CaseVersion],
    /// The profile, where all sessions have the same.
    pub profile: Option<&'a str>,
}

/// Writes a statement: every item of the side, with what the traffic shows and where, or else what would show it.
pub fn write(head: &Inferred<'_>, seen: &Seen) -> String {
    let mut out = String::new();
    let _ = head_lines(head, &mut out);
    let there = |status: Status| status != Status::Prohibited;
    let of_side = ITEMS.iter().filter(|item| item.side() == head.side);
    for item in of_side.filter(|item| head.versions.iter().any(|version| there(item.status(*version)))) {
        let found = super::ItemId::new(item.id).and_then(|id| seen.item(id));
        let _ = match found.and_then(|found| Some((found, found.value()?))) {
            Some((found, (value, sight))) => {
                let also = match (value, &found.largest) {
                    (ItemValue::Number(smallest), Some((largest, _))) if smallest != *largest => {
                        format!("; also {largest}")
                    }
                    _ => String::new(),
                };
                writeln!(out, "  {}: {}  # {}: {}{also}", item.id, word(value), place(sight), sight.text)
            }
            None if item.seen == "declared" => {
                writeln!(out, "  {}: unknown  # {}; no traffic shows it", item.id, item.meaning)
            }
            None => writeln!(out, "  {}: unknown  # {}; shown by: {}", item.id, item.meaning, item.seen),
        };
    }
    out
}

fn head_lines(head: &Inferred<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# What the traffic shows; what it does not show is unknown, and yours to declare.")?;
    writeln!(out, "format: 1\nkind: ics\nid: {}", quoted(head.id))?;
    writeln!(out, "side: {}", if head.side == Side::Client { "client" } else { "server" })?;
    if let Some(name) = head.product {
        match head.software {
            Some(software) => writeln!(out, "product: {{name: {}, software: {}}}", quoted(name), quoted(software))?,
            None => writeln!(out, "product: {{name: {}}}", quoted(name))?,
        }
    }
    let versions: Vec<&str> = head
        .versions
        .iter()
        .map(|version| match version {
            CaseVersion::Dm11 => "DM/1.1",
            CaseVersion::Dm12 => "DM/1.2",
            CaseVersion::Dm13 => "DM/1.3",
        })
        .collect();
    writeln!(out, "versions: [{}]", versions.join(", "))?;
    if let Some(profile) = head.profile {
        writeln!(out, "profile: {profile}")?;
    }
    writeln!(out, "items:")
}

fn word(value: ItemValue) -> String {
    match value {
        ItemValue::Flag(value) => value.to_string(),
        ItemValue::Number(value) => value.to_string(),
        ItemValue::Unknown => "unknown".to_owned(),
    }
}

fn place(sight: &Sight) -> String {
    let mut out = String::new();
    if let Some(input) = sight.input {
        let _ = write!(out, "input {input}, ");
    }
    let _ = write!(out, "session {}, message {}", sight.session, sight.message);
    if let Some(frame) = sight.frames.first() {
        let _ = write!(out, ", frame {frame}");
    }
    out
}

/// A text from the wire between quotes, of plain characters and escapes alone.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for ch in text.chars() {
        match ch {
            '"' | '\\' => {
                out.push('\\');
                out.push(ch);
            }
            ' '..='~' => out.push(ch),
            _ if ch.is_alphanumeric() => out.push(ch),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(ch));
            }
        }
    }
    out.push('"');
    out
}
