//! Ids that others gave to cases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A file that gives ids of a laboratory or an operator to cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdMap {
    /// Number of the format: 1.
    pub format: u32,
    /// `id-map`.
    pub kind: IdMapKind,
    /// Whose ids they are.
    pub source: String,
    /// For the id of a case, the ids of others.
    pub map: BTreeMap<String, Vec<String>>,
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IdMapKind {
    /// Ids of others.
    #[serde(rename = "id-map")]
    IdMap,
}

impl IdMap {
    /// The cases that another one's id stands for.
    pub fn cases_of<'m>(&'m self, other: &'m str) -> impl Iterator<Item = &'m str> {
        let has = move |ids: &Vec<String>| ids.iter().any(|id| id.eq_ignore_ascii_case(other));
        self.map.iter().filter(move |(_, ids)| has(ids)).map(|(case, _)| case.as_str())
    }
}
