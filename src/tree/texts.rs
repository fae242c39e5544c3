//! Texts of a journal, each kept once.

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;

/// A text of one [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct TextId(NonZeroU32);

/// Texts one behind the other: a tree has some hundred thousand of a few octets each.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    octets: String,
    ends: Vec<u32>,
}

impl Texts {
    /// A text; empty for an id of another set.
    pub(super) fn get(&self, id: TextId) -> &str {
        let at = id.0.get() as usize - 1;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.octets.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The text of an id, where there is one.
    pub(super) fn some(&self, id: Option<TextId>) -> Option<&str> {
        id.map(|id| self.get(id))
    }

    fn push(&mut self, text: &str) -> TextId {
        self.octets.push_str(text);
        self.ends.push(u32::try_from(self.octets.len()).unwrap_or(u32::MAX));
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        TextId(NonZeroU32::MIN.saturating_add(number.saturating_sub(1)))
    }

    /// Octets of all of them.
    pub(super) fn octets(&self) -> usize {
        self.octets.len().saturating_add(self.ends.len().saturating_mul(size_of::<u32>()))
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.ends.len()))?;
        let mut start = 0;
        for end in &self.ends {
            list.serialize_element(self.octets.get(start..*end as usize).unwrap_or_default())?;
            start = *end as usize;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Texts::default();
                while let Some(text) = list.next_element::<std::borrow::Cow<'de, str>>()? {
                    texts.push(&text);
                }
                Ok(texts)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// Finds texts again. Ids follow from the order of the texts alone, never from hashes.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_hash: HashMap<u64, TextId>,
    hasher: RandomState,
}

impl Index {
    /// Where a text is in `texts`, or where it would go.
    fn slot(&self, texts: &Texts, text: &str) -> Result<TextId, u64> {
        let mut hash = self.hasher.hash_one(text);
        loop {
            match self.by_hash.get(&hash) {
                Some(id) if texts.get(*id) == text => return Ok(*id),
                // Another text with the same hash: the next number is as good.
                Some(_) => hash = hash.wrapping_add(1),
                None => return Err(hash),
            }
        }
    }

    /// The text's id; it is added where it is new.
    pub(super) fn intern(&mut self, texts: &mut Texts, text: &str) -> TextId {
        match self.slot(texts, text) {
            Ok(id) => id,
            Err(hash) => {
                let id = texts.push(text);
                self.by_hash.insert(hash, id);
                id
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_survives_being_written_down() {
        let (mut texts, mut index) = (Texts::default(), Index::default());
        let ids: Vec<TextId> = ["a", "", "b", "a", ""].iter().map(|text| index.intern(&mut texts, text)).collect();
        assert_eq!(ids[0], ids[3]);
        assert_eq!(ids[1], ids[4]);
        assert_eq!(ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(), ["a", "", "b", "a", ""]);
        assert_eq!(index.intern(&mut texts, "b"), ids[2]);
        let json = serde_json::to_string(&texts).unwrap();
        assert_eq!(json, r#"["a","","b"]"#);
        let again: Texts = serde_json::from_str(&json).unwrap();
        assert_eq!(again.get(ids[2]), "b");
        assert_eq!(Texts::default().get(ids[2]), "");
    }
}
