//! ACLs of nodes, and which of them decides about a command (OMA-TS-DM_TND-V1_2_1, "ACL").
//!
//! An ACL counts only where it was read or written in the session; those of all nodes between the one that is addressed and
//! the one that has the deciding ACL must be known to be empty.

use super::super::uri::loose_uri;
use super::node::{AclAt, Change, Node, State};
use super::step::{Effect, Step, path, value_of};
use super::{Known, Place, Tree, is_inbox};
use crate::syncml::CommandName;

impl<'s> Tree<'s> {
    /// Notes that a step may change an ACL.
    pub(super) fn note_acl(&mut self, unit: usize, step: &Step<'s>) {
        if step.command.name == CommandName::Replace && step.property() == Some("ACL") {
            Change::note(&mut self.acl_changes, unit, step.key.clone(), Effect::Value);
        }
    }

    /// Whether the ACL of a node may be another one by what other units of the package do.
    fn is_acl_disturbed(&self, key: &str) -> bool {
        let is_foreign = |change: &Change| change.is_foreign(self.unit);
        self.executing.iter().any(|unit| *unit != self.unit)
            || self.acl_changes.get(key).is_some_and(is_foreign)
            || self.changes.get(key).is_some_and(|change| is_foreign(change) && change.effect == Effect::Anything)
    }

    /// The ACL that decides about a node.
    fn effective(&self, path: &str) -> Option<(Place, u32)> {
        let mut at = path;
        loop {
            let key = loose_uri(at);
            let node = self.nodes.get(&key).filter(|node| node.path == at)?;
            let acl = node.acl.filter(|acl| self.is_earlier(acl.unit) && !self.is_acl_disturbed(&key))?;
            if !acl.is_empty {
                return Some((acl.place, acl.item));
            }
            if at.is_empty() {
                return None;
            }
            at = over(at);
        }
    }

    /// Keeps what is known of the rights that a step needs.
    pub(super) fn tell_of_access(&self, step: &Step<'s>, target: Option<&Node<'s>>, facts: &mut Vec<(Known, Place)>) {
        use CommandName::{Add, Delete, Exec, Get, Replace};
        let own = path(step.target());
        let is_acl = step.property() == Some("ACL");
        if is_acl && step.command.name == Get {
            self.tell_of_acl(step, own, target, facts);
        }
        if !self.has_acl || is_inbox(&step.key) || step.is_tree {
            return;
        }
        let deciding = match step.command.name {
            Add if !step.target().contains('?') && !own.is_empty() => self.above_new(own),
            Get if is_acl => None,
            Get | Replace | Delete | Exec => self.effective(own),
            _ => None,
        };
        facts.extend(deciding.map(|(by, item)| (Known::Access { item }, by)));
        if is_acl && !own.is_empty() {
            let above = self.effective(over(own));
            facts.extend(above.map(|(by, item)| (Known::AccessAbove { item }, by)));
        }
        if is_acl && step.command.name == Replace {
            let node = target.filter(|node| !node.state.is_absent() && node.path == own);
            facts.extend(node.and_then(|node| node.interior).map(|by| (Known::Interior, by)));
            facts.extend(node.and_then(|node| node.leaf).map(|by| (Known::Leaf, by)));
        }
    }

    /// The ACL that decides about the node under which a new one comes: the next one above that is there.
    fn above_new(&self, own: &str) -> Option<(Place, u32)> {
        let mut at = over(own);
        loop {
            let key = loose_uri(at);
            let node = self.nodes.get(&key).filter(|node| node.path == at && self.is_earlier(node.unit));
            match node.map(|node| node.state)? {
                State::Deleted { .. } | State::NotFound if !at.is_empty() => at = over(at),
                State::Renamed { .. } | State::Deleted { .. } | State::NotFound => return None,
                State::Added | State::Listed | State::Named => return self.effective(at),
            }
        }
    }

    /// Keeps what is known of an ACL that is read.
    fn tell_of_acl(&self, step: &Step<'s>, own: &str, target: Option<&Node<'s>>, facts: &mut Vec<(Known, Place)>) {
        let Some(node) = target.filter(|node| !node.state.is_absent() && node.path == own) else { return };
        if self.is_acl_disturbed(&step.key) {
            return;
        }
        match node.acl {
            Some(acl) if acl.is_written && self.is_earlier(acl.unit) => {
                facts.push((Known::AclWritten { item: acl.item }, acl.place));
            }
            None if node.state == State::Added && !node.has_own_acl && !node.is_tree => {
                facts.push((Known::Fresh { item: node.item, implied: false }, node.by));
            }
            None if !node.has_own_acl => {
                facts.extend(node.implied.map(|(by, item)| (Known::Fresh { item, implied: true }, by)));
            }
            _ => {}
        }
    }

    /// Takes in an ACL that was read.
    pub(super) fn read_acl(&mut self, step: &Step<'s>, path: &'s str, key: String) {
        // What another unit of the package writes counts, whichever comes first.
        let answer = self.answer(step).filter(|_| !self.is_acl_disturbed(&key));
        let Some((place, item)) = answer else { return };
        // What was known already holds on: for the rest of the package, too.
        let known = self.nodes.get(&key).filter(|node| node.path == path).and_then(|node| node.acl);
        if known.is_some_and(|acl| self.acl_text(acl.place, acl.item) == self.acl_text(place, item)) {
            return;
        }
        let is_empty = self.is_empty(place, item);
        self.keep_acl(step, path, key, AclAt { place, item, is_empty, is_written: false, unit: (0, 0) });
    }

    /// Takes in a Replace of an ACL.
    pub(super) fn change_acl(&mut self, step: &Step<'s>, path: &'s str, key: String) {
        if step.property() != Some("ACL") || step.is_refused() {
            return;
        }
        match value_of(step).filter(|_| step.code() == Some(200)) {
            Some((place, item)) => {
                let is_empty = self.is_empty(place, item);
                self.keep_acl(step, path, key, AclAt { place, item, is_empty, is_written: true, unit: (0, 0) });
            }
            None => self.forget_acl(&key),
        }
    }

    fn keep_acl(&mut self, step: &Step<'s>, path: &'s str, key: String, acl: AclAt) {
        let unit = (self.package, self.unit);
        if self.nodes.get(&key).is_none_or(|node| node.state.is_absent() || node.path != path) {
            self.insert(step, path, key.clone(), State::Listed);
        }
        if let Some(node) = self.nodes.get_mut(&key) {
            node.acl = Some(AclAt { unit, ..acl });
            node.has_own_acl |= acl.is_written;
            self.has_acl = true;
        }
    }

    fn forget_acl(&mut self, key: &str) {
        if let Some(node) = self.nodes.get_mut(key) {
            node.acl = None;
            node.has_own_acl = true;
        }
    }

    /// Forgets every ACL: with an account, its server goes out of all of them.
    pub(super) fn forget_acls(&mut self) {
        if self.has_acl {
            self.nodes.values_mut().for_each(|node| node.acl = None);
        }
    }

    /// Forgets the ACLs that several units of the package have changed.
    pub(super) fn settle_acls(&mut self) {
        for (key, change) in std::mem::take(&mut self.acl_changes) {
            if change.first != change.last {
                self.forget_acl(&key);
            }
        }
    }

    /// An ACL as an Item tells it.
    fn acl_text(&self, place: Place, item: u32) -> Option<&'s str> {
        let (entry, command) = self.session.command(place)?;
        let item = entry.message.items(command).get(usize::try_from(item).ok()?)?;
        Some(entry.message.text(item.data).trim_matches('\0'))
    }

    fn is_empty(&self, place: Place, item: u32) -> bool {
        self.acl_text(place, item).is_some_and(str::is_empty)
    }
}

/// The path of the node above; of a child of the root, the empty path of the root itself.
fn over(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(over, _)| over)
}
