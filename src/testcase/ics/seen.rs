//! What the traffic shows of the items, gathered session by session.

use super::file::{ItemId, ItemValue};
use super::items::{ItemKind, find};
use crate::base::FrameNo;
use std::collections::BTreeMap;

/// Where something was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Number of the input, where there are several.
    pub input: Option<u32>,
    /// Number of the session in the report; 0 until it has one.
    pub session: u32,
    /// Number of the message in the session, from 1.
    pub message: u32,
    /// Frames that carried it.
    pub frames: Vec<FrameNo>,
    /// What is to be seen there, in words of the program.
    pub text: String,
    /// The first frame of the session: what orders sessions before they have numbers.
    pub(super) first: FrameNo,
}

impl Sight {
    fn key(&self) -> (u32, FrameNo, u32) {
        (self.input.unwrap_or(0), self.first, self.message)
    }
}

/// What was seen of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeenItem {
    /// Where it is first used.
    pub shown: Option<Sight>,
    /// Where it is first refused.
    pub refused: Option<Sight>,
    /// Of a limit: the smallest number that was announced, and where first.
    pub smallest: Option<(i64, Sight)>,
    /// The greatest one.
    pub largest: Option<(i64, Sight)>,
}

/// Takes the earlier one.
fn earlier(slot: &mut Option<Sight>, new: Sight) {
    if slot.as_ref().is_none_or(|old| new.key() < old.key()) {
        *slot = Some(new);
    }
}

/// Takes the number that comes first in `order`, and of equal ones the earlier.
fn extreme(slot: &mut Option<(i64, Sight)>, new: (i64, Sight), order: fn(i64, i64) -> bool) {
    let takes = slot.as_ref().is_none_or(|old| order(new.0, old.0) || (new.0 == old.0 && new.1.key() < old.1.key()));
    if takes {
        *slot = Some(new);
    }
}

impl SeenItem {
    /// What the traffic makes of it: a use makes it true, whatever was refused beside it; only a refusal makes it false; of
    /// several limits the smallest is what always held.
    pub fn value(&self) -> Option<(ItemValue, &Sight)> {
        if let Some((number, sight)) = &self.smallest {
            return Some((ItemValue::Number(*number), sight));
        }
        let shown = self.shown.as_ref().map(|sight| (ItemValue::Flag(true), sight));
        shown.or_else(|| self.refused.as_ref().map(|sight| (ItemValue::Flag(false), sight)))
    }

    fn merge(&mut self, other: Self) {
        if let Some(sight) = other.shown {
            earlier(&mut self.shown, sight);
        }
        if let Some(sight) = other.refused {
            earlier(&mut self.refused, sight);
        }
        if let Some(number) = other.smallest {
            extreme(&mut self.smallest, number, |new, old| new < old);
        }
        if let Some(number) = other.largest {
            extreme(&mut self.largest, number, |new, old| new > old);
        }
    }

    fn sights(&mut self) -> impl Iterator<Item = &mut Sight> {
        let limits = [&mut self.smallest, &mut self.largest].into_iter().flatten().map(|(_, sight)| sight);
        [&mut self.shown, &mut self.refused].into_iter().flatten().chain(limits)
    }
}

/// What was seen of all items. Whatever the order in which sessions come to it, the earliest place of each is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    items: BTreeMap<ItemId, SeenItem>,
}

impl Seen {
    /// What was seen of an item.
    pub fn item(&self, id: ItemId) -> Option<&SeenItem> {
        self.items.get(&id)
    }

    /// All items of which something was seen.
    pub fn items(&self) -> impl Iterator<Item = (ItemId, &SeenItem)> {
        self.items.iter().map(|(id, item)| (*id, item))
    }

    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (id, item) in other.items {
            self.items.entry(id).or_default().merge(item);
        }
    }

    /// Gives the session that began with this frame its number, where it has none yet.
    pub fn number(&mut self, first: FrameNo, session: u32) {
        for sight in self.items.values_mut().flat_map(SeenItem::sights) {
            if sight.session == 0 && sight.first == first {
                sight.session = session;
            }
        }
    }

    /// Counts so many sessions before its own.
    pub fn behind(mut self, sessions: u32) -> Self {
        for sight in self.items.values_mut().flat_map(SeenItem::sights) {
            sight.session = sight.session.saturating_add(sessions);
        }
        self
    }

    fn slot(&mut self, id: &str) -> Option<&mut SeenItem> {
        let id = ItemId::new(id)?;
        Some(self.items.entry(id).or_default())
    }

    /// Whether a first use, or a first refusal, is still of interest: later ones of a session are not.
    pub(super) fn wants(&self, id: &str, refused: bool) -> bool {
        let item = ItemId::new(id).and_then(|id| self.items.get(&id));
        item.is_none_or(|item| if refused { item.refused.is_none() } else { item.shown.is_none() })
    }

    pub(super) fn show(&mut self, id: &str, sight: Sight) {
        if let Some(item) = self.slot(id) {
            earlier(&mut item.shown, sight);
        }
    }

    pub(super) fn refuse(&mut self, id: &str, sight: Sight) {
        if let Some(item) = self.slot(id) {
            earlier(&mut item.refused, sight);
        }
    }

    pub(super) fn announce(&mut self, id: &str, number: i64, sight: Sight) {
        debug_assert!(find(id).is_some_and(|item| item.kind == ItemKind::Limit));
        if let Some(item) = self.slot(id) {
            extreme(&mut item.smallest, (number, sight.clone()), |new, old| new < old);
            extreme(&mut item.largest, (number, sight), |new, old| new > old);
        }
    }
}
