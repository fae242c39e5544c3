//! What is known of nodes whose names change, and whose properties are read.

use super::super::uri::loose_uri;
use super::node::{Node, State, VersionAt};
use super::step::{Step, path, query};
use super::{Known, LISTED, Place, Tree, above, renamed};
use crate::markup::Tag;
use crate::syncml::CommandName;

/// Items of one Get whose answers are looked for: each is looked for among all Results.
const COMPARED: usize = 32;

impl<'s> Tree<'s> {
    /// Keeps what is known of the names that a step depends on, and of the kind of node that it needs.
    pub(super) fn tell_of_names(&self, step: &Step<'s>, target: Option<&Node<'s>>, facts: &mut Vec<(Known, Place)>) {
        if step.target().contains('?') {
            return;
        }
        let own = path(step.target());
        match step.command.name {
            CommandName::Add if !step.is_tree => {
                match target.map(|node| (node.state, node.by)) {
                    Some((State::Deleted { created }, by)) => facts.push((Known::Deleted { created }, by)),
                    Some((State::NotFound, by)) => facts.push((Known::NotFound, by)),
                    Some((State::Listed, by)) => facts.push((Known::There, by)),
                    _ => {}
                }
                let over = own.rsplit_once('/').and_then(|(over, _)| match step.key.rsplit_once('/') {
                    // Where the two are written alike, so is what is above them.
                    Some((key, _)) if step.key.eq_ignore_ascii_case(own) => self.look_at(over, key),
                    _ => self.look(over),
                });
                let leaf = over.filter(|node| !node.state.is_absent()).and_then(|node| node.leaf);
                facts.extend(leaf.map(|by| (Known::LeafAbove, by)));
                let is_twin = |node: &&Node<'s>| {
                    node.path != own
                        && is_beside(&node.path, own)
                        && !node.state.is_absent()
                        && self.is_earlier(node.unit)
                };
                let twin = self.node(&step.key).filter(is_twin).filter(|_| !self.is_disturbed(&step.key));
                facts.extend(twin.map(|node| (Known::OtherCase, node.by)));
            }
            CommandName::Replace if !step.is_tree && step.met_inf(Tag::Format) != "node" => {
                let interior = target.filter(|node| !node.state.is_absent() && step.item.data.is_some());
                facts.extend(interior.and_then(|node| node.interior).map(|by| (Known::Interior, by)));
            }
            CommandName::Get => {
                match target.map(|node| (node.state, node.by)) {
                    Some((State::Renamed { created }, by)) => facts.push((Known::Renamed { created }, by)),
                    Some((State::Named, by)) => facts.push((Known::Named, by)),
                    _ => {}
                }
                self.tell_of_children(step, own, facts);
            }
            _ => {}
        }
    }

    /// Nodes that the server added, and that a child list has, in whatever case.
    fn tell_of_children(&self, step: &Step<'s>, own: &str, facts: &mut Vec<(Known, Place)>) {
        if step.code() != Some(200) || self.nodes.is_empty() {
            return;
        }
        let Some(list) = self.answer(step).and_then(|at| self.child_list(at)) else { return };
        for name in list.split('/').filter(|name| !name.is_empty()).take(LISTED) {
            let child = if own.is_empty() { name.to_owned() } else { format!("{own}/{name}") };
            let key = loose_uri(&child);
            let is_ours = |node: &&Node<'s>| {
                node.state == State::Added
                    && !node.has_twin
                    && is_beside(&node.path, &child)
                    && self.is_earlier(node.unit)
            };
            let Some(node) = self.node(&key).filter(is_ours) else { continue };
            if !self.is_disturbed(&key) {
                facts.push((Known::Listed { item: node.item }, node.by));
            }
        }
    }

    /// Data of Results, where its Format says that it is a list of children.
    fn child_list(&self, (place, item): (Place, u32)) -> Option<&'s str> {
        let (entry, results) = self.session.command(place)?;
        let item = entry.message.items(results).get(usize::try_from(item).ok()?)?;
        let format = entry.message.text(entry.message.effective_met_inf(results, Some(item), Tag::Format));
        (format == "node").then(|| entry.message.text(item.data))
    }

    /// Keeps what is known of the node whose property is read.
    pub(super) fn tell_of_property(&self, step: &Step<'s>, target: Option<&Node<'s>>, facts: &mut Vec<(Known, Place)>) {
        let Some(name) = step.property().filter(|_| step.command.name == CommandName::Get) else { return };
        let Some(node) = target.filter(|node| !node.state.is_absent() && node.path == path(step.target())) else {
            return;
        };
        facts.push((Known::There, node.by));
        facts.extend(node.interior.map(|by| (Known::Interior, by)));
        facts.extend(node.leaf.filter(|_| node.interior.is_none()).map(|by| (Known::Leaf, by)));
        facts.extend(node.stored.map(|(by, item)| (Known::Stored { item }, by)));
        let version = node.version.filter(|_| name == "VerNo");
        facts.extend(version.and_then(|version| {
            Some((Known::Version { item: version.item, is_other: version.changed? }, version.place))
        }));
    }

    /// Takes in that a property was read, and VerNo and ACL themselves.
    pub(super) fn read_property(&mut self, step: &Step<'s>, path: &'s str, key: String) {
        let Some(name) = step.property() else { return };
        if self.is_disturbed(&key) && name != "ACL" {
            return;
        }
        if name == "ACL" {
            self.read_acl(step, path, key);
            return;
        }
        let Some((place, item)) = self.answer(step).filter(|_| name == "VerNo") else { return };
        if self.nodes.get(&key).is_none_or(|node| node.state.is_absent()) {
            self.insert(step, path, key.clone(), State::Listed);
        }
        if let Some(node) = self.nodes.get_mut(&key).filter(|node| node.path == path) {
            node.version = Some(VersionAt { place, item, changed: None });
        }
    }

    /// The one Item of Results that answers an Item of a Get, with the whole value.
    pub(super) fn answer(&self, step: &Step<'s>) -> Option<(Place, u32)> {
        let session = self.session;
        if step.entry.message.items(step.command).len() > COMPARED {
            return None;
        }
        let wanted = (path(step.target()), query(step.target()));
        let mut found = None;
        for place in session.results_of(step.place) {
            let (entry, results) = session.command(place)?;
            if place.command.is_some_and(|command| entry.is_continuation(command)) {
                return None;
            }
            for (at, item) in entry.message.items(results).iter().enumerate() {
                let source = entry.message.text(item.source_uri);
                // Some clients leave the query out.
                let is_short = entry.message.items(results).len() == 1
                    && step.entry.message.items(step.command).len() == 1
                    && !source.contains('?');
                if path(source) != wanted.0 || !(query(source) == wanted.1 || is_short) {
                    continue;
                }
                if item.more_data.is_some() || item.data.is_none() || found.is_some() {
                    return None;
                }
                found = Some((place, u32::try_from(at).unwrap_or(u32::MAX)));
            }
        }
        found
    }

    /// A node gets another name, and all below it another path.
    pub(super) fn rename(&mut self, step: &Step<'s>, own: &'s str, key: &str, name: &str) {
        let new = renamed(own, name);
        let new_key = loose_uri(&new);
        let created = self.nodes.get(key).is_some_and(|node| node.state == State::Added && node.path == own);
        self.forget(key);
        self.forget(&new_key);
        let is_sure = step.code() == Some(200) && !name.contains(['/', '?']) && !own.is_empty();
        if is_sure && new_key != *key {
            self.insert(step, own, key.to_owned(), State::Renamed { created });
            self.insert(step, new, new_key, State::Named);
        }
    }

    /// Nodes that were not there, and that an Add of a node below them made too.
    pub(super) fn imply(&mut self, step: &Step<'s>, path: &'s str, key: &str) {
        if !self.absent.may_have(key) {
            return;
        }
        let mut over = path;
        while let Some((rest, _)) = over.rsplit_once('/') {
            over = rest;
            let is_absent = |node: &&Node<'s>| {
                matches!(node.state, State::Deleted { .. } | State::NotFound)
                    && node.path == over
                    && self.is_earlier(node.unit)
            };
            let key = loose_uri(over);
            if self.node(&key).filter(is_absent).is_none() || self.is_foreign(&key) {
                continue;
            }
            self.insert(step, over, key.clone(), State::Listed);
            if let Some(node) = self.nodes.get_mut(&key) {
                node.implied = Some((step.place, step.at));
                node.interior = Some(step.place);
            }
        }
    }

    /// Whether another unit of the package may change a node, or one above it.
    fn is_foreign(&self, key: &str) -> bool {
        let changed = |key: &str| self.changes.get(key).is_some_and(|change| change.is_foreign(self.unit));
        self.executing.iter().any(|unit| *unit != self.unit) || changed(key) || above(key).any(changed)
    }
}

/// Whether two paths lead to children of the same node, as both are written.
fn is_beside(one: &str, other: &str) -> bool {
    let over = |path| str::rsplit_once(path, '/').map_or("", |(over, _)| over);
    over(one) == over(other)
}
