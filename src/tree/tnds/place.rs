//! Where the nodes of a serialised tree go.

use super::super::uri::key;
use super::read::{Node, Object};

/// Where the nodes of an object go: below one, without the first names of their paths.
#[derive(Debug, Clone)]
pub struct Placing<'s> {
    base: Vec<&'s str>,
    skip: usize,
    /// Whether senders that read the texts differently mean the same.
    pub is_sure: bool,
}

fn same(a: &[&str], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| key(a) == key(b))
}

impl<'s> Placing<'s> {
    /// Of an object in a command with that target, or in Results for a node: by the names on the way there.
    ///
    /// The target of a command is the node above the object (OMA-TS-DM_TNDS-V1_2_1, Path) or, as many senders have it, its top
    /// node; results begin with the node that was asked for.
    pub fn of(target: &[&'s str], object: &Object, is_result: bool) -> Self {
        let first: &[String] = object.nodes.first().map_or(&[], |node| &node.path);
        let at_target = |skip| Self { base: target.to_vec(), skip, is_sure: true };
        if first.last().is_some_and(String::is_empty) {
            return at_target(first.len());
        }
        let start = target.len().checked_sub(first.len());
        if let Some(base) = start.and_then(|start| target.get(..start).zip(target.get(start..)))
            && same(base.1, first)
        {
            return Self { base: base.0.to_vec(), skip: 0, is_sure: is_result };
        }
        if is_result {
            if first.get(..target.len()).is_some_and(|start| same(target, start)) {
                return Self { base: Vec::new(), skip: 0, is_sure: true };
            }
            // The top node, by its name alone.
            if let (Some(last), [name]) = (target.last(), first)
                && key(last) == key(name)
            {
                return at_target(1);
            }
            return Self { is_sure: false, ..at_target(0) };
        }
        at_target(0)
    }

    /// The names on the way to a node of the object.
    pub fn segments<'n>(&'n self, node: &'n Node) -> Vec<&'n str> {
        let below = node.path.get(self.skip..).unwrap_or_default();
        self.base.iter().copied().chain(below.iter().map(String::as_str)).filter(|name| !name.is_empty()).collect()
    }
}
