//! Serialised trees in Items: where their nodes go, and what they say.

use super::super::node::{NodeKind, Property, is_mo_id};
use super::super::problem::TreeProblemKind;
use super::super::tnds::{self, Object, Oddity, Placing, TndsError};
use super::Said;
use super::items::Conveyed;
use super::listen::{Listener, Step, Voice};
use crate::dm::{Entry, Place};
use crate::syncml::CommandName;

impl<'s> Listener<'s, '_> {
    /// The serialised tree in an Item.
    fn parse(&self, conveyed: &Conveyed<'s>) -> Result<Object, TndsError> {
        if let Some(object) = conveyed.data().and_then(|data| tnds::inside(conveyed.message.tree(), data)) {
            return object;
        }
        let octets = conveyed.octets(self.session);
        tnds::decode(conveyed.format(), &octets)?.object()
    }

    /// What an accepted Add or Replace of a serialised tree did.
    pub(super) fn object(&mut self, step: &Step<'s>, voice: Voice) {
        let path = self.path(&step.uri.segments);
        match self.parse(&step.conveyed) {
            Ok(object) => {
                let placing = Placing::of(&step.uri.segments, &object, false);
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
                let placing = Placing::of(target, &object, true);
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
            let segments = placing.segments(node);
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
