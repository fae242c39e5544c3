//! Which commands of one package get into each other's way.
//!
//! Commands of one package that stand in no common Atomic or Sequence may be executed in any order
//! (OMA-TS-DM_Protocol-V1_2_1, section 6): what one of them tells is certain only while no other may have changed the same.

use super::super::uri;
use crate::base::Limits;
use std::collections::BTreeMap;

/// What a command does to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It adds a node.
    Growth,
    /// It changes the value or a property of a node.
    Value,
    /// It may remove nodes, or put others in their place.
    Anything,
}

/// What the units of a package do to one node. A unit is a command with what stands in it.
#[derive(Debug, Clone, Copy)]
struct Touch {
    first: u32,
    last: u32,
    effect: Effect,
}

impl Touch {
    const fn is_foreign(self, unit: u32) -> bool {
        self.first != unit || self.last != unit
    }
}

/// A command's place in the order of execution: its package, and its unit in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Turn {
    pub(super) package: u32,
    pub(super) unit: u32,
}

/// What all packages of a session do.
#[derive(Debug, Default)]
pub(super) struct Touches(BTreeMap<(u32, String), Touch>);

/// A path as paths are compared.
pub(super) fn key_of(segments: &[&str]) -> String {
    let keys: Vec<_> = segments.iter().map(|segment| uri::key(segment)).collect();
    keys.join("/")
}

impl Touches {
    /// Notes that a command changes a node.
    pub(super) fn note(&mut self, turn: Turn, key: String, effect: Effect) {
        let new = Touch { first: turn.unit, last: turn.unit, effect };
        let touch = self.0.entry((turn.package, key)).or_insert(new);
        touch.last = turn.unit;
        touch.effect = touch.effect.max(effect);
    }

    /// Whether another unit of the package may change a node, or one above it; with `below`, or one below it.
    pub(super) fn disturb(&self, turn: Turn, key: &str, below: bool) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let get = |key: &str| self.0.get(&(turn.package, key.to_owned())).filter(|touch| touch.is_foreign(turn.unit));
        if get(key).is_some() {
            return true;
        }
        let mut at = key;
        while !at.is_empty() {
            at = at.rsplit_once('/').map_or("", |(over, _)| over);
            if get(at).is_some_and(|touch| touch.effect == Effect::Anything) {
                return true;
            }
        }
        below && self.is_disturbed_below(turn, key)
    }

    fn is_disturbed_below(&self, turn: Turn, key: &str) -> bool {
        let start = if key.is_empty() { String::new() } else { format!("{key}/") };
        let nodes = self.0.range((turn.package, start.clone())..);
        let mut below = nodes.take_while(|((package, path), _)| *package == turn.package && path.starts_with(&start));
        for (_, touch) in below.by_ref().take(Limits::TREE_NEIGHBOURS) {
            // A value below is no matter of the nodes above it.
            if touch.is_foreign(turn.unit) && touch.effect != Effect::Value {
                return true;
            }
        }
        below.next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_unit_of_the_package_does_is_in_the_way() {
        let mut touches = Touches::default();
        let turn = |package, unit| Turn { package, unit };
        touches.note(turn(1, 1), "A/b".to_owned(), Effect::Value);
        touches.note(turn(1, 2), "C".to_owned(), Effect::Anything);
        touches.note(turn(1, 3), "D/e".to_owned(), Effect::Growth);
        let table = [
            ((1, 1), "A/b", false, false),
            ((1, 2), "A/b", false, true),
            ((2, 2), "A/b", false, false),
            ((1, 2), "A", true, false),
            ((1, 1), "C/x/y", false, true),
            ((1, 2), "C/x/y", false, false),
            ((1, 1), "Cx", false, false),
            ((1, 1), "D", true, true),
            ((1, 1), "D", false, false),
            ((1, 3), "D", true, false),
        ];
        for ((package, unit), key, below, expected) in table {
            assert_eq!(touches.disturb(turn(package, unit), key, below), expected, "{package} {unit} {key}");
        }
    }
}
