//! What the device says of its nodes: Results, lists of children, and its own reports.

use super::super::super::node::{NodeKind, is_mo_id};
use super::super::super::place::Teller;
use super::super::super::problem::TreeProblemKind;
use super::super::super::texts::TextId;
use super::super::super::uri::{NodeUri, Query};
use super::super::Said;
use super::super::items::{Conveyed, Part, number_of, part};
use super::super::package::key_of;
use super::{Content, Listener, Rank, Step, Voice, is_serialised};
use crate::base::Limits;
use crate::dm::{Entry, EntryId, Place};
use crate::syncml::CommandName;

impl<'s> Listener<'s, '_> {
    /// What the Results of a Get tell.
    pub(super) fn results(&mut self, steps: &[Step<'s>]) {
        let (session, Some(first)) = (self.session, steps.first()) else { return };
        for place in session.results_of(first.place) {
            let Some((entry, results)) = session.command(place).filter(|(entry, _)| !entry.refused) else { continue };
            for at in 0..entry.message.items(results).len() {
                let Part::Whole(conveyed) = part(session, entry, results, place, at) else { continue };
                let written = if conveyed.source().is_empty() { conveyed.target() } else { conveyed.source() };
                let uri = match NodeUri::parse(written) {
                    Ok(uri) => Some(uri),
                    Err(_) if written.is_empty() && steps.len() == 1 => None,
                    Err(problem) => {
                        let what = format!("{problem}: Results {written}");
                        self.problem(TreeProblemKind::of_uri(problem), place, entry, &what);
                        continue;
                    }
                };
                let segments = |uri: &Option<NodeUri<'s>>| uri.as_ref().map_or(&[][..], |uri| &uri.segments).to_vec();
                let mut named = segments(&uri);
                if uri.is_none() {
                    named.clone_from(&first.uri.segments);
                }
                let key = key_of(&named);
                let is_asked = |step: &&Step<'s>| {
                    let asked = key_of(&step.uri.segments);
                    key == asked
                        || key.strip_prefix(&*asked).is_some_and(|rest| asked.is_empty() || rest.starts_with('/'))
                };
                // The same node may be asked for in several ways.
                let same_query = |step: &&Step<'s>| uri.as_ref().is_some_and(|uri| uri.query == step.uri.query);
                let asked = steps.iter().filter(is_asked).find(same_query).or_else(|| steps.iter().find(is_asked));
                let Some(asked) = asked.or(Some(first).filter(|_| steps.len() == 1)) else { continue };
                let query = match uri.as_ref().map(|uri| uri.query) {
                    None | Some(Query::None) => asked.uri.query,
                    Some(query) => query,
                };
                if asked.code.is_none_or(|code| matches!(code, 200..=299)) {
                    self.result(asked, (place, entry), &conveyed, &named, query);
                }
            }
        }
    }

    fn result(
        &mut self,
        asked: &Step<'s>,
        (place, entry): (Place, &'s Entry),
        conveyed: &Conveyed<'s>,
        segments: &[&'s str],
        query: Query<'s>,
    ) {
        let session = self.session;
        let is_list = conveyed.format() == Some("node");
        let disturbed = self.is_disturbed(asked, segments, is_list || matches!(query, Query::List(_)));
        let message = number_of(place.entry);
        let source = self.source(message, asked.place, asked.entry, asked.code, Teller::Answer);
        let voice = Voice {
            source,
            message,
            rank: if disturbed { Rank::Early } else { Rank::Usual },
            certain: !disturbed && asked.code == Some(200),
        };
        let path = self.path(segments);
        let content = Content { format: conveyed.format(), media: conveyed.media() };
        let is_tree = is_serialised(content.media);
        match query {
            Query::Property(property) => {
                let text = conveyed.text(session);
                self.property(place, entry, path, property, &text, voice);
            }
            Query::List(_) if is_tree => self.read_object(conveyed, (place, entry), segments, voice),
            _ if is_list => {
                self.interior(path, &content, voice);
                let lists = query == Query::None || matches!(query, Query::List(name) if name.starts_with("TNDS"));
                if lists || conveyed.has_data() {
                    let text = conveyed.text(session);
                    self.children(path, &text, lists, (place, entry), voice);
                }
            }
            Query::List(name) if name.starts_with("Struct") && !conveyed.has_data() => {
                self.node(segments, path, &content, None, voice);
            }
            // Some answer a plain Get with a whole tree.
            _ if is_tree => self.read_object(conveyed, (place, entry), segments, voice),
            Query::None | Query::List(_) => self.node(segments, path, &content, Some(conveyed), voice),
            Query::Other => {}
        }
    }

    pub(super) fn interior(&mut self, path: TextId, content: &Content<'_>, voice: Voice) {
        // The media type of a list of children is no Type of the node.
        let media = content.media.filter(|media| is_mo_id(media)).map(|media| self.keep(media));
        let format = Some(self.keep("node"));
        self.say(voice, path, Said::Node { kind: NodeKind::Interior, is_stated: true, format, media });
    }

    fn children(&mut self, path: TextId, text: &str, all: bool, at: (Place, &Entry), voice: Voice) {
        let from = self.lesson.names.len();
        for name in text.split('/').map(str::trim).filter(|name| !name.is_empty()) {
            if matches!(name, "." | "..") || name.contains('?') || name.len() > Limits::TREE_URI {
                let what = format!("\"{name}\" in a list of children is no name of a node");
                self.problem(TreeProblemKind::BadName, at.0, at.1, &what);
            } else {
                let name = self.keep(name);
                self.lesson.names.push(name);
            }
        }
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let to = number(self.lesson.names.len());
        self.say(voice, path, Said::Children { from: number(from), to, all });
    }

    /// What an Item says of its node, and of its value.
    pub(super) fn node(
        &mut self,
        segments: &[&str],
        path: TextId,
        content: &Content<'_>,
        conveyed: Option<&Conveyed<'s>>,
        voice: Voice,
    ) {
        if content.format == Some("node") {
            return self.interior(path, content, voice);
        }
        let format = content.format.map(|format| self.keep(format));
        let media = content.media.map(|media| self.keep(media));
        let is_stated = format.is_some();
        self.say(voice, path, Said::Node { kind: NodeKind::Leaf, is_stated, format, media });
        if let Some(conveyed) = conveyed.filter(|conveyed| conveyed.has_data()) {
            let octets = conveyed.octets(self.session);
            self.value(segments, path, &octets, voice);
        }
    }

    /// What the device says of its own accord.
    pub(super) fn reports(&mut self, id: EntryId, entry: &'s Entry) {
        for (command_id, command) in entry.message.commands_with_ids() {
            let is_event = entry.message.code(command) == Some(1226);
            let is_report = command.name == CommandName::Replace || (command.name == CommandName::Alert && is_event);
            if !is_report {
                continue;
            }
            let place = Place { entry: id, command: Some(command_id) };
            for at in 0..entry.message.items(command).len() {
                let Part::Whole(conveyed) = part(self.session, entry, command, place, at) else { continue };
                let written = if conveyed.source().is_empty() { conveyed.target() } else { conveyed.source() };
                // Events name no node where they are about none.
                if command.name == CommandName::Alert && written.is_empty() {
                    continue;
                }
                let uri = match NodeUri::parse(written) {
                    Ok(uri) => uri,
                    Err(problem) => {
                        let what = format!("{problem}: {} {written}", command.name);
                        self.problem(TreeProblemKind::of_uri(problem), place, entry, &what);
                        continue;
                    }
                };
                let message = number_of(id);
                let source = self.source(message, place, entry, None, Teller::Report);
                let is_value = command.name == CommandName::Replace;
                let voice = Voice { source, message, rank: Rank::Usual, certain: is_value };
                let path = self.path(&uri.segments);
                let content = Content { format: conveyed.format(), media: conveyed.media() };
                match uri.query {
                    // An event comes from a node; its Data is not that node's value.
                    _ if !is_value => self.say(
                        voice,
                        path,
                        Said::Node { kind: NodeKind::Unknown, is_stated: true, format: None, media: None },
                    ),
                    Query::None if content.format == Some("node") => {
                        self.interior(path, &content, voice);
                        let text = conveyed.text(self.session);
                        self.children(path, &text, false, (place, entry), voice);
                    }
                    Query::None => self.node(&uri.segments, path, &content, Some(&conveyed), voice),
                    Query::Property(property) => {
                        let text = conveyed.text(self.session);
                        self.property(place, entry, path, property, &text, voice);
                    }
                    Query::List(_) | Query::Other => {}
                }
            }
        }
    }
}
