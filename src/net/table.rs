//! A map that knows which entry was idle longest.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::Hash;

/// Names an entry until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u32);

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    /// Used before this one.
    older: Option<Slot>,
    /// Used after this one.
    newer: Option<Slot>,
    value: V,
}

/// Entries by key, linked in the order of their last use. Every operation takes constant time.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    by_key: HashMap<K, Slot, RandomState>,
    entries: Vec<Option<Entry<K, V>>>,
    free: Vec<Slot>,
    oldest: Option<Slot>,
    newest: Option<Slot>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { by_key: HashMap::default(), entries: Vec::new(), free: Vec::new(), oldest: None, newest: None }
    }
}

impl<K: Copy + Eq + Hash, V> Table<K, V> {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn find(&self, key: &K) -> Option<Slot> {
        self.by_key.get(key).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&V> {
        self.entry(slot).map(|entry| &entry.value)
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut V> {
        self.entry_mut(slot).map(|entry| &mut entry.value)
    }

    pub(super) fn oldest(&self) -> Option<Slot> {
        self.oldest
    }

    /// All entries, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &V)> {
        let numbered = (0u32..).zip(&self.entries);
        numbered.filter_map(|(at, entry)| entry.as_ref().map(|entry| (Slot(at), &entry.value)))
    }

    /// Adds an entry as the newest. One with the same key must have been removed before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Slot {
        let entry = Some(Entry { key, older: None, newer: None, value });
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX)),
        };
        match self.entries.get_mut(slot.0 as usize) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        self.by_key.insert(key, slot);
        self.link(slot);
        slot
    }

    /// Makes an entry the newest.
    pub(super) fn touch(&mut self, slot: Slot) {
        if self.newest != Some(slot) && self.entry(slot).is_some() {
            self.unlink(slot);
            self.link(slot);
        }
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<(K, V)> {
        self.entry(slot)?;
        self.unlink(slot);
        let entry = self.entries.get_mut(slot.0 as usize)?.take()?;
        self.by_key.remove(&entry.key);
        self.free.push(slot);
        Some((entry.key, entry.value))
    }

    fn entry(&self, slot: Slot) -> Option<&Entry<K, V>> {
        self.entries.get(slot.0 as usize)?.as_ref()
    }

    fn entry_mut(&mut self, slot: Slot) -> Option<&mut Entry<K, V>> {
        self.entries.get_mut(slot.0 as usize)?.as_mut()
    }

    fn link(&mut self, slot: Slot) {
        let older = self.newest.replace(slot);
        if let Some(entry) = self.entry_mut(slot) {
            entry.older = older;
            entry.newer = None;
        }
        match older.and_then(|older| self.entry_mut(older)) {
            Some(entry) => entry.newer = Some(slot),
            None => self.oldest = Some(slot),
        }
    }

    fn unlink(&mut self, slot: Slot) {
        let Some(entry) = self.entry(slot) else { return };
        let (older, newer) = (entry.older, entry.newer);
        match older.and_then(|older| self.entry_mut(older)) {
            Some(entry) => entry.newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|newer| self.entry_mut(newer)) {
            Some(entry) => entry.older = older,
            None => self.newest = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_the_one_not_touched_longest() {
        let mut table = Table::default();
        let slots: Vec<Slot> = (0..4).map(|key| table.insert(key, key * 10)).collect();
        table.touch(slots[0]);
        table.touch(slots[2]);
        table.touch(slots[2]);
        let mut order = Vec::new();
        while let Some(slot) = table.oldest() {
            order.push(table.remove(slot).unwrap());
        }
        assert_eq!(order, [(1, 10), (3, 30), (0, 0), (2, 20)]);
        assert_eq!(table.len(), 0);
        assert_eq!(table.remove(slots[1]), None);
    }

    #[test]
    fn a_place_is_used_again() {
        let mut table = Table::default();
        let first = table.insert('a', 1);
        let second = table.insert('b', 2);
        table.remove(first);
        assert_eq!(table.insert('c', 3), first);
        assert_eq!(table.find(&'a'), None);
        assert_eq!(table.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(table.oldest(), Some(second));
        *table.get_mut(second).unwrap() = 5;
        assert_eq!(table.get(second), Some(&5));
    }
}
