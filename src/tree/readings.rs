//! Every value that nodes had, in order: what was measured, and what was changed by whom.

use super::journal::Journal;
use super::node::{Certainty, Value};
use super::place::Origin;
use super::record::{Change, PathId, What};
use super::state::State;
use super::texts::TextId;
use super::uri::{self, NodeUri, UriProblem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of a node, from one place of the run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The value; `None`: the node is not there any more, or not under this name.
    pub value: Option<Value>,
    /// How sure it was at that place.
    pub certainty: Certainty,
    /// Who told it, and when.
    pub origin: Origin,
}

/// The values of one node, in the order in which they became known: one for each time that a value was told, also where it is the
/// same as before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readings {
    /// Its URI from the root.
    pub uri: String,
    /// Its values.
    pub readings: Vec<Reading>,
}

impl Readings {
    /// The smallest and the greatest value, where there are several and each of them is a decimal number.
    pub fn range(&self) -> Option<(&str, &str)> {
        let texts: Option<Vec<&str>> = self.values().map(|value| value.text.as_deref()).collect();
        let numbers: Option<Vec<(f64, &str)>> = texts?.into_iter().map(|text| Some((number(text)?, text))).collect();
        let numbers = numbers.filter(|all| all.len() > 1)?;
        let by_number = |a: &&(f64, &str), b: &&(f64, &str)| a.0.total_cmp(&b.0);
        Some((numbers.iter().min_by(by_number)?.1, numbers.iter().max_by(by_number)?.1))
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        self.readings.iter().filter_map(|reading| reading.value.as_ref())
    }
}

/// A decimal number, as nodes of the formats int and float hold it (OMA-TS-DM_TND-V1_2_1, 7.7.3).
fn number(text: &str) -> Option<f64> {
    let is_decimal =
        text.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())
}

/// The order of what one message tells is that of the commands that it answers, as far as their CmdIDs are numbers that rise.
fn turn(origin: &Origin) -> (u32, u32, u32, u64) {
    let number = origin.cmd_id.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default();
    (origin.session, origin.message, origin.command_message, number)
}

/// Readings on their way.
struct Course<'j> {
    journal: &'j Journal,
    /// The paths as they hang together.
    shape: State,
    /// What is known of each path.
    nodes: Vec<Followed>,
    readings: BTreeMap<PathId, Vec<Reading>>,
}

/// A path on the way.
#[derive(Clone, Copy, Default)]
struct Followed {
    /// It was asked for.
    is_wanted: bool,
    /// The value that it has.
    value: Option<Told>,
    /// How many nodes have a value, of it and those below it.
    valued: u32,
}

/// A value as a change tells it.
#[derive(Clone, Copy)]
struct Told {
    text: Option<TextId>,
    length: u64,
    is_octets: bool,
    is_clipped: bool,
}

impl<'j> Course<'j> {
    /// Nothing so far, of what lies at or below a URI.
    fn new(journal: &'j Journal, wanted: &NodeUri<'_>) -> Self {
        let keys: Vec<_> = wanted.segments.iter().map(|name| uri::key(name)).collect();
        let mut shape = State::with_room(journal.paths.len());
        shape.grow(&journal.paths);
        let mut course = Self { journal, shape, nodes: Vec::new(), readings: BTreeMap::new() };
        course.nodes.resize_with(journal.paths.len(), Followed::default);
        let mut depths: Vec<Option<usize>> = Vec::with_capacity(journal.paths.len());
        // A parent always comes before its children. The depth is that to which the names agree.
        for at in 0..journal.paths.len() {
            let id = PathId(u32::try_from(at).unwrap_or(u32::MAX));
            let above = match journal.paths.parent(id) {
                None => Some(0),
                Some(over) => depths.get(over.index()).copied().flatten(),
            };
            let depth = match (above, journal.paths.parent(id)) {
                (Some(depth), Some(_)) if depth < keys.len() => {
                    let agrees = keys.get(depth).is_some_and(|wanted| uri::key(journal.name(id)) == *wanted);
                    agrees.then_some(depth.saturating_add(1))
                }
                (depth, _) => depth,
            };
            depths.push(depth);
            if let Some(node) = course.nodes.get_mut(at) {
                node.is_wanted = depth == Some(keys.len());
            }
        }
        course
    }

    fn node(&self, path: PathId) -> Followed {
        self.nodes.get(path.index()).copied().unwrap_or_default()
    }

    fn reading(&mut self, path: PathId, change: &Change, value: Option<Told>) {
        let Some(source) = self.journal.source(change).filter(|_| self.node(path).is_wanted) else { return };
        let texts = &self.journal.texts;
        let value = value.map(|told| Value {
            text: texts.some(told.text).map(str::to_owned),
            length: told.length,
            is_octets: told.is_octets,
            is_clipped: told.is_clipped,
        });
        let origin = Origin::of(source, texts.some(source.cmd_id));
        let certainty = if change.certain { Certainty::Certain } else { Certainty::Inferred };
        self.readings.entry(path).or_default().push(Reading { value, certainty, origin });
    }

    /// What a node has now; what it had.
    fn set(&mut self, path: PathId, change: &Change, value: Option<Told>) -> Option<Told> {
        let had = std::mem::replace(&mut self.nodes.get_mut(path.index())?.value, value);
        for id in std::iter::once(path).chain(self.journal.paths.above(path)) {
            let Some(node) = self.nodes.get_mut(id.index()) else { break };
            match (had, value) {
                (None, Some(_)) => node.valued = node.valued.saturating_add(1),
                (Some(_), None) => node.valued = node.valued.saturating_sub(1),
                _ => break,
            }
        }
        if had.is_some() || value.is_some() {
            self.reading(path, change, value);
        }
        had
    }

    /// A node, and what is below it, is not there any more.
    fn gone(&mut self, top: PathId, change: &Change) {
        let mut todo = vec![top];
        while let Some(path) = todo.pop() {
            if self.node(path).valued > 0 {
                self.set(path, change, None);
                todo.extend(self.shape.children(path));
            }
        }
    }

    fn change(&mut self, change: &Change) {
        match change.what {
            What::Value { text, length, is_octets, is_clipped, .. } => {
                self.set(change.path, change, Some(Told { text, length, is_octets, is_clipped }));
            }
            What::Absent => self.gone(change.path, change),
            What::Moved { to, is_top } => {
                if is_top {
                    self.gone(to, change);
                }
                if let Some(value) = self.set(change.path, change, None) {
                    self.set(to, change, Some(value));
                }
            }
            What::Node { .. } | What::Property { .. } | What::Complete | What::Doubt => {}
        }
    }
}

impl Journal {
    /// Every value that a node, and each node below it, was seen to have; nodes by URI, without those that never had one.
    ///
    /// # Errors
    /// When the URI leads to no node.
    pub fn readings(&self, uri: &str) -> Result<Vec<Readings>, UriProblem> {
        let mut course = Course::new(self, &NodeUri::parse(uri)?);
        self.changes.iter().for_each(|change| course.change(change));
        let of = |(path, mut readings): (PathId, Vec<Reading>)| {
            readings.sort_by_key(|reading| turn(&reading.origin));
            Readings { uri: self.uri(path), readings }
        };
        let mut found: Vec<Readings> = course.readings.into_iter().map(of).collect();
        found.sort_by(|a, b| a.uri.split('/').cmp(b.uri.split('/')));
        Ok(found)
    }
}
