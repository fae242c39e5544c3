//! What the traffic shows of a product, on one sheet for reading.

use super::super::output::Output;
use super::{Head, SharedForest};
use crate::report::visible;
use crate::testcase::ics::{ITEMS, Item, ItemId, ItemValue, Seen, Side, Sight, Status};
use crate::tree::Existence;
use std::io::{self, Write};

/// Objects in which a device says of itself what it is (OMA-TS-DM_StdObj-V1_2_1).
const OBJECTS: [&str; 2] = ["./DevInfo", "./DevDetail"];
/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// An item with what was seen of it.
struct Row<'s> {
    item: &'static Item,
    value: ItemValue,
    at: Option<&'s Sight>,
    largest: Option<i64>,
}

impl<'s> Row<'s> {
    fn of(item: &'static Item, seen: &'s Seen) -> Self {
        let found = ItemId::new(item.id).and_then(|id| seen.item(id));
        let (value, at) = found.and_then(|found| found.value()).unzip();
        let largest = found.and_then(|found| Some(found.largest.as_ref()?.0));
        Self { item, value: value.unwrap_or(ItemValue::Unknown), at, largest }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "  {:<20} {}", self.item.id, self.item.meaning)?;
        match (self.value, self.largest) {
            (ItemValue::Number(smallest), Some(largest)) if largest != smallest => {
                write!(out, ": {smallest} to {largest}")?;
            }
            (ItemValue::Number(number), _) => write!(out, ": {number}")?,
            _ => {}
        }
        if let Some(sight) = self.at {
            let input = sight.input.map(|input| format!("input {input}, ")).unwrap_or_default();
            let frame = sight.frames.first().map(|frame| format!(", frame {frame}")).unwrap_or_default();
            let place = format!("{input}session {}, message {}{frame}", sight.session, sight.message);
            write!(out, "  ({}: {place})", visible(&sight.text))?;
        }
        writeln!(out)
    }
}

/// Writes the sheet of one side.
pub(super) fn write(head: &Head, side: Side, seen: &Seen, trees: &SharedForest, output: &Output) -> io::Result<()> {
    let mut out = output.results();
    let versions: Vec<&str> = head.versions.iter().map(|version| version.name()).collect();
    let profiles: Vec<&str> = head.profiles.iter().map(String::as_str).collect();
    let whose = if side == Side::Client { "client" } else { "server" };
    let parts = [versions.join(", "), profiles.join(", ")];
    let parts: Vec<&str> = std::iter::once(whose).chain(parts.iter().map(String::as_str)).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    writeln!(out, "{}", visible(&parts.join(" · ")))?;
    if side == Side::Client {
        says(trees, &mut out)?;
    }
    let is_there = |item: &&Item| {
        item.side() == side && head.versions.iter().any(|version| item.status(*version) != Status::Prohibited)
    };
    let rows: Vec<Row<'_>> = ITEMS.iter().filter(is_there).map(|item| Row::of(item, seen)).collect();
    type Group = (&'static str, fn(ItemValue) -> bool);
    let groups: [Group; 4] = [
        ("Limits", |value| matches!(value, ItemValue::Number(_))),
        ("Supports", |value| value == ItemValue::Flag(true)),
        ("Refuses", |value| value == ItemValue::Flag(false)),
        ("Not shown by this traffic", |value| value == ItemValue::Unknown),
    ];
    for (title, is_in) in groups {
        let mut of_group = rows.iter().filter(|row| is_in(row.value)).peekable();
        if of_group.peek().is_some() {
            writeln!(out, "\n{title}")?;
        }
        of_group.try_for_each(|row| row.write(&mut out))?;
    }
    out.flush()
}

/// What each device says of itself: the latest value of each leaf.
fn says(trees: &SharedForest, out: &mut dyn Write) -> io::Result<()> {
    trees.read(|forest| {
        for journal in forest.journals() {
            writeln!(out, "\n{} says of itself", visible(journal.device()))?;
            let tree = journal.end();
            for object in OBJECTS {
                let rows = tree.rows_below(object).into_iter().flatten();
                for row in rows.filter(|row| row.existence == Existence::Present) {
                    let Some(text) = row.value.as_ref().and_then(|known| known.value.text.as_deref()) else { continue };
                    let shown: String = text.chars().take(SHOWN).collect();
                    let more = if shown.len() < text.len() { "…" } else { "" };
                    writeln!(out, "  {:<20} {}{more}", visible(&row.uri), visible(&shown))?;
                }
            }
        }
        Ok(())
    })
}
