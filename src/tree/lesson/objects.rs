//! Serialised trees in Items: where their nodes go, and what they say.

use super::super::node::{NodeKind, Property, is_mo_id};
use super::super::problem::TreeProblemKind;
use super::super::tnds::{self, Object, Oddity, TndsError};
use super::super::uri::key;
use super::Said;
use super::items::Conveyed;
use super::listen::{Listener, Step, Voice};
use crate::dm::{Entry, Place};
use crate::markup::Tag;
use crate::syncml::CommandName;

/// Where the nodes of an object go: below `base`, without the first `skip` names of their paths.
struct Placing<'s> {
    base: Vec<&'s str>,
    skip: usize,
    /// Whether senders that read the texts differently mean the same.
    is_sure: bool,
}

fn same(a: &[&str], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| key(a) == key(b))
}

/// The target of a command is the node above the object (OMA-TS-DM_TNDS-V1_2_1, Path) or, as many senders have it, its top
/// node; results begin with the node that was asked for.
fn place<'s>(target: &[&'s str], object: &Object, is_result: bool) -> Placing<'s> {
    let first: &[String] = object.nodes.first().map_or(&[], |node| &node.path);
    let at_target = |skip| Placing { base: target.to_vec(), skip, is_sure: true };
    if first.last().is_some_and(String::is_empty) {
        return at_target(first.len());
    }
    let start = target.len().checked_sub(first.len());
    if let Some(base) = start.and_then(|start| target.get(..start).zip(target.get(start..)))
        && same(base.1, first)
    {
        return Placing { base: base.0.to_vec(), skip: 0, is_sure: is_result };
    }
    if is_result {
        if first.get(..target.len()).is_some_and(|start| same(target, start)) {
            return Placing { base: Vec::new(), skip: 0, is_sure: true };
        }
        // The top node, by its name alone.
        if let (Some(last), [name]) = (target.last(), first)
            && key(last) == key(name)
        {
            return at_target(1);
        }
        return Placing { is_sure: false, ..at_target(0) };
    }
    at_target(0)
}

impl<'s> Listener<'s, '_> {
    /// The serialised tree in an Item.
    fn parse(&self, conveyed: &Conveyed<'s>) -> Result<Object, TndsError> {
        let tree = conveyed.message.tree();
        if let Some(data) = conveyed.data() {
            if let Some(root) =
                tree.elements(data).find(|id| tree.name(*id) == Tag::DdfMgmtTree.known_name().unwrap_or_default())
            {
                return tnds::read(tree, root);
            }
            let embedded = tree.children(data).find_map(|child| tree.embedded(child));
            if let Some((inner, root)) = embedded.and_then(|inner| inner.root().map(|root| (inner, root))) {
                return tnds::read(inner, root);
            }
        }
        let octets = conveyed.octets(self.session);
        tnds::decode(conveyed.format(), &octets)?.object()
    }

    /// What an accepted Add or Replace of a serialised tree did.
    pub(super) fn object(&mut self, step: &Step<'s>, voice: Voice) {
        let path = self.path(&step.uri.segments);
        match self.parse(&step.conveyed) {
            Ok(object) => {
                let placing = place(&step.uri.segments, &object, false);
                let is_replaced = step.command.name == CommandName::Replace;
                self.nodes(&object, &placing, (step.place, step.entry), voice, Some(is_replaced));
            }
            Err(error) => {
                self.problem(TreeProblemKind::BadTnds, step.place, step.entry, &error.to_string());
                self.say(voice, path, Said::Doubt);
            }
        }
    }

    /// What Results with a serialised tree tell.
    pub(super) fn read_object(
        &mut self,
        conveyed: &Conveyed<'s>,
        at: (Place, &Entry),
        target: &[&'s str],
        voice: Voice,
    ) {
        match self.parse(conveyed) {
            Ok(object) => {
                let placing = place(target, &object, true);
                self.nodes(&object, &placing, at, voice, None);
            }
            Err(error) => self.problem(TreeProblemKind::BadTnds, at.0, at.1, &error.to_string()),
        }
    }

    /// `made`: the nodes were written, and with `true` in place of what was there.
    fn nodes(&mut self, object: &Object, placing: &Placing<'s>, at: (Place, &Entry), voice: Voice, made: Option<bool>) {
        for oddity in &object.oddities {
            let kind = match oddity {
                Oddity::Duplicate(_) => TreeProblemKind::DuplicateNode,
                Oddity::Orphan(_) => TreeProblemKind::OrphanNode,
                Oddity::BadName(_) => TreeProblemKind::BadName,
                _ => TreeProblemKind::BadTnds,
            };
            self.problem(kind, at.0, at.1, &oddity.to_string());
        }
        let voice = voice.being(voice.certain && placing.is_sure);
        let top = object.nodes.first().map_or(0, |node| node.path.len());
        for node in &object.nodes {
            let below = node.path.get(placing.skip..).unwrap_or_default();
            let segments: Vec<&str> = placing
                .base
                .iter()
                .copied()
                .chain(below.iter().map(String::as_str))
                .filter(|name| !name.is_empty())
                .collect();
            let path = self.path(&segments);
            if made == Some(true) && node.path.len() == top {
                self.say(voice, path, Said::Absent);
            }
            let kind = if node.is_interior() { NodeKind::Interior } else { NodeKind::Leaf };
            let format = node.format.as_deref().or_else(|| node.has_children.then_some("node"));
            let format = format.map(|format| self.keep(format));
            let is_type = |media: &&str| kind == NodeKind::Leaf || is_mo_id(media);
            let media = node.media_type.as_deref().filter(is_type).map(|media| self.keep(media));
            self.say(voice, path, Said::Node { kind, is_stated: format.is_some(), format, media });
            if let Some(value) = node.value.as_deref().filter(|_| kind == NodeKind::Leaf) {
                self.value(&segments, path, value, voice);
            }
            let told = [
                (Property::Acl, &node.acl),
                (Property::Title, &node.title),
                (Property::TStamp, &node.tstamp),
                (Property::VerNo, &node.ver_no),
            ];
            for (property, text) in told {
                if let Some(text) = text.as_deref().filter(|text| property == Property::Acl || !text.is_empty()) {
                    self.property(at.0, at.1, path, property, text, voice);
                }
            }
            if made.is_some() && node.acl.is_none() {
                let is_leaf = kind == NodeKind::Leaf;
                self.say(voice.being(false), path, Said::Made { is_leaf });
            }
        }
    }
}
