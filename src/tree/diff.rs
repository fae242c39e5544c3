//! What differs between two points.

use super::node::{Certainty, Existence, FactKind, Property};
use super::place::{Origin, Teller};
use super::record::PathId;
use super::snapshot::{Here, Tree};
use super::state::{Seq, Slot};
use crate::syncml::CommandName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a node differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// It was made.
    Added,
    /// It was not known before, and may have been there.
    Found,
    /// It was there, and is not any more.
    Gone,
    /// It is there at both points, and something about it differs.
    Changed,
}

impl DifferenceKind {
    /// As a document writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Found => "found",
            Self::Gone => "gone",
            Self::Changed => "changed",
        }
    }
}

/// One thing about a node that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shift {
    /// What it is.
    pub what: FactKind,
    /// Of a property that has no kind of its own, which one.
    pub property: Option<Property>,
    /// At the first point; `None` where it was not known.
    pub before: Option<String>,
    /// At the second point; `None` where it is not known.
    pub after: Option<String>,
    /// Who told the second, and when.
    pub origin: Option<Origin>,
}

/// A node that differs between two points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Its URI.
    pub uri: String,
    /// How it differs.
    pub kind: DifferenceKind,
    /// How sure that is at the second point.
    pub certainty: Option<Certainty>,
    /// Who told that it is there, or is not any more, and when; `None` for a node that only changed.
    pub origin: Option<Origin>,
    /// What about it differs. Of a node that is new, what it has.
    pub shifts: Vec<Shift>,
}

/// All differences, by URI.
pub(super) fn between(from: &Tree<'_>, to: &Tree<'_>) -> Vec<Difference> {
    let journal = to.journal;
    let mut found = Vec::new();
    for at in 0..journal.paths.len() {
        let id = PathId(u32::try_from(at).unwrap_or(u32::MAX));
        found.extend(node(from, to, id));
    }
    found.sort_by(|a, b| a.uri.split('/').cmp(b.uri.split('/')));
    found
}

fn node(from: &Tree<'_>, to: &Tree<'_>, id: PathId) -> Option<Difference> {
    let (before, after) = (from.here(id), to.here(id));
    let ((was, _), (is, by)) = (from.existence(before), to.existence(after));
    // What became of a node is told by what began it, not by the latest word.
    let since = to.state.slot(id).map_or(0, |slot| slot.since);
    let kind = match (was, is) {
        // That a device has a tree is no news.
        _ if id == PathId::ROOT && was != is => return None,
        (Existence::Present, Existence::Present) => DifferenceKind::Changed,
        (Existence::Present, _) => DifferenceKind::Gone,
        (Existence::Absent, Existence::Present) => DifferenceKind::Added,
        (Existence::Unknown, Existence::Present) => {
            let is_made = to.journal.origin(since).is_some_and(|origin| {
                use CommandName::{Add, Copy, Replace};
                origin.teller == Teller::Command && matches!(origin.command, Some(Add | Copy | Replace))
            });
            if is_made { DifferenceKind::Added } else { DifferenceKind::Found }
        }
        _ => return None,
    };
    let shifts = if kind == DifferenceKind::Gone { Vec::new() } else { shifts(from, before, to, after) };
    if kind == DifferenceKind::Changed && shifts.is_empty() {
        return None;
    }
    let (certainty, origin) = match kind {
        DifferenceKind::Changed => (None, None),
        DifferenceKind::Gone => ((by > 0).then(|| to.certainty(after, by)), to.journal.origin(by)),
        _ => (Some(to.certainty(after, by)), to.journal.origin(since)),
    };
    Some(Difference { uri: to.journal.uri(id), kind, certainty, origin, shifts })
}

/// What is compared of a value: the text alone may be only its beginning.
fn value(slot: &Slot) -> (u64, u32) {
    (slot.length, slot.digest)
}

fn shifts(from: &Tree<'_>, before: Here, to: &Tree<'_>, after: Here) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let (Some(old), Some(new)) = (from.state.slot(before.id), to.state.slot(after.id)) else { return shifts };
    let mut add = |what, property, was: Option<String>, is: Option<String>, by: Seq| {
        if was != is {
            let origin = to.journal.origin(by).filter(|_| is.is_some());
            shifts.push(Shift { what, property, before: was, after: is, origin });
        }
    };
    let kind = |tree: &Tree<'_>, here| match tree.kind(here) {
        super::NodeKind::Interior => Some("interior".to_owned()),
        super::NodeKind::Leaf => Some("leaf".to_owned()),
        super::NodeKind::Unknown => None,
    };
    add(FactKind::Kind, None, kind(from, before), kind(to, after), new.kind_by);
    let text = |tree: &Tree<'_>, here, told| tree.text(here, told).map(|known| known.value);
    let told = [
        (FactKind::Format, old.format, new.format),
        (FactKind::Type, old.media, new.media),
        (FactKind::Acl, old.acl, new.acl),
    ];
    for (what, was, is) in told {
        add(what, None, text(from, before, was), text(to, after, is), is.by);
    }
    for property in Property::ALL {
        let of =
            |tree: &Tree<'_>, here: Here| Some(text(tree, here, tree.state.property(here.id, property)?)).flatten();
        let by = to.state.property(after.id, property).map_or(0, |told| told.by);
        add(FactKind::Property, Some(property), of(from, before), of(to, after), by);
    }
    let (was, is) = (from.holds(before, old.value.by), to.holds(after, new.value.by));
    let (was, is) = (was && old.value.by > 0, is && new.value.by > 0);
    if (was || is) && (was != is || value(old) != value(new) || old.value.text.is_some() != new.value.text.is_some()) {
        let show = |tree: &Tree<'_>, slot: &Slot| match tree.journal.texts.some(slot.value.text) {
            None => "(not seen)".to_owned(),
            Some(text) if slot.is_clipped => format!("{text}… ({} octets, {:08x})", slot.length, slot.digest),
            Some(text) => text.to_owned(),
        };
        let origin = to.journal.origin(new.value.by).filter(|_| is);
        let (before, after) = (was.then(|| show(from, old)), is.then(|| show(to, new)));
        shifts.push(Shift { what: FactKind::Value, property: None, before, after, origin });
    }
    shifts
}
