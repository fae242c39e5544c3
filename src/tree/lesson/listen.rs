//! From the messages of a session to what they say of the tree.

mod answers;

use super::super::acl::Acl;
use super::super::node::{NodeKind, Property, is_kept_by_device};
use super::super::place::{Source, Teller};
use super::super::problem::{TreeProblem, TreeProblemKind};
use super::super::texts::{Index, TextId};
use super::super::uri::{NodeUri, Query};
use super::ending::{Around, Ending, around};
use super::items::{Conveyed, Part, number_of, part};
use super::package::{Effect, Touches, Turn, key_of};
use super::{Event, Hide, Lesson, Said};
use crate::base::Limits;
use crate::dm::{Entry, EntryId, Place, Session};
use crate::syncml::{Command, CommandName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

/// One Item of a server's command, with how it ended.
pub(super) struct Step<'s> {
    pub(super) entry: &'s Entry,
    pub(super) command: &'s Command,
    pub(super) place: Place,
    pub(super) conveyed: Conveyed<'s>,
    pub(super) uri: NodeUri<'s>,
    pub(super) code: Option<u16>,
    around: Around,
    /// The message with which that is known; of a command without a Status, its own.
    known: EntryId,
    turn: Turn,
}

/// Where among the events of a message something counts: a gap comes before all of it, and reading before writing where the
/// order is free, since what was written then is known; what an Exec leaves in doubt is everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Gap,
    Early,
    Usual,
    Late,
}

/// What is being told, and by whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    source: u32,
    message: u32,
    rank: Rank,
    pub(super) certain: bool,
}

impl Voice {
    /// The same, certain or not.
    pub(super) const fn being(self, certain: bool) -> Self {
        Self { certain, ..self }
    }
}

/// What an Item says, beside its URI.
pub(super) struct Content<'s> {
    pub(super) format: Option<&'s str>,
    pub(super) media: Option<&'s str>,
}

/// Listens to one session.
pub(super) struct Listener<'s, 'h> {
    pub(super) session: &'s Session,
    hide: Option<Hide<'h>>,
    lesson: Lesson,
    index: Index,
    events: Vec<(u32, Rank, Event)>,
    touches: Touches,
    problems: BTreeMap<TreeProblemKind, usize>,
}

impl<'s, 'h> Listener<'s, 'h> {
    pub(super) fn new(session: &'s Session, hide: Option<Hide<'h>>) -> Self {
        let shown = |text: &str| hide.and_then(|hide| hide("", text)).unwrap_or_else(|| text.to_owned());
        let identity = &session.identity;
        let lesson = Lesson {
            key: identity.device.clone(),
            device: shown(&identity.device),
            session_id: shown(&identity.session_id),
            server: shown(&identity.server),
            messages: u32::try_from(session.entries.len()).unwrap_or(u32::MAX),
            started: session.times().0,
            ..Lesson::default()
        };
        Self {
            session,
            hide,
            lesson,
            index: Index::default(),
            events: Vec::new(),
            touches: Touches::default(),
            problems: BTreeMap::new(),
        }
    }

    pub(super) fn listen(mut self) -> Lesson {
        let steps = self.steps();
        for step in &steps {
            self.touch(step);
        }
        for (id, entry) in self.session.entries_with_ids() {
            if entry.is_after_loss() || !entry.message.is_judgeable() {
                self.doubt_all(id, entry, Rank::Gap);
            }
            if entry.is_client() {
                self.reports(id, entry);
            }
            if self.session.abort() == Some(id) {
                self.doubt_all(id, entry, Rank::Late);
            }
        }
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            let more = steps.iter().skip(at).take_while(|other| other.place == step.place).count();
            let same = steps.get(at..at.saturating_add(more)).unwrap_or_default();
            if step.command.name == CommandName::Get {
                self.results(same);
            }
            for step in same {
                self.follow(step);
            }
            at = at.saturating_add(more.max(1));
        }
        self.events.sort_by_key(|(message, rank, _)| (*message, *rank));
        self.lesson.events = self.events.into_iter().map(|(_, _, event)| event).collect();
        self.lesson
    }

    /// All Items of the server's commands that were executed, or may have been.
    fn steps(&mut self) -> Vec<Step<'s>> {
        let session = self.session;
        let (mut steps, mut turn) = (Vec::new(), Turn::default());
        for (id, entry) in session.entries_with_ids() {
            if !entry.is_server() || entry.refused || !entry.message.is_judgeable() {
                continue;
            }
            for (command_id, command) in entry.message.commands_with_ids() {
                use CommandName::{Add, Copy, Delete, Exec, Get, Replace};
                turn.unit = turn.unit.saturating_add(u32::from(command.parent.is_none()));
                let place = Place { entry: id, command: Some(command_id) };
                if matches!(command.name, Add | Copy | Delete | Exec | Get | Replace) {
                    self.items(place, entry, command, turn, &mut steps);
                }
            }
            if entry.message.has_final() {
                turn = Turn { package: turn.package.saturating_add(1), unit: 0 };
            }
        }
        steps
    }

    fn items(&mut self, place: Place, entry: &'s Entry, command: &'s Command, turn: Turn, steps: &mut Vec<Step<'s>>) {
        let session = self.session;
        // Who is meant by a Status cannot be said where CmdIDs repeat (guard 7).
        let ending = if place.command.is_some_and(|id| entry.is_sound(id)) {
            Ending::of(session, place)
        } else {
            Ending::Unknown
        };
        let around = around(session, place);
        for at in 0..entry.message.items(command).len() {
            let Part::Whole(conveyed) = part(session, entry, command, place, at) else { continue };
            let uri = match NodeUri::parse(conveyed.target()) {
                Ok(uri) => uri,
                Err(problem) => {
                    let kind = TreeProblemKind::of_uri(problem);
                    self.problem(kind, place, entry, &format!("{problem}: {} {}", command.name, conveyed.target()));
                    continue;
                }
            };
            // The Status of a last chunk may name its own Target, or leave that out.
            let own = entry.message.items(command).get(at).map_or("", |item| entry.message.text(item.target_uri));
            let ended = ending.item(if own.is_empty() { conveyed.target() } else { own });
            let told = ended.map_or(place.entry, |(status, _)| status.entry);
            let known = match around {
                Around::Counts(since) => told.max(since),
                _ => told,
            };
            let code = ended.map(|(_, code)| code);
            steps.push(Step { entry, command, place, conveyed, uri, code, around, known, turn });
        }
    }

    /// Notes what a step may change.
    fn touch(&mut self, step: &Step<'s>) {
        use CommandName::{Add, Copy, Delete, Replace};
        let is_refused = matches!(step.code, Some(215 | 216 | 304 | 401 | 403..=407 | 414 | 415 | 418 | 425));
        if is_refused || step.around == Around::Undone {
            return;
        }
        let key = key_of(&step.uri.segments);
        let effect = match (step.command.name, step.uri.query) {
            (Add | Replace, _) if is_serialised(step.conveyed.media()) => Effect::Anything,
            (Add, _) => Effect::Growth,
            (Delete | Copy, _) => Effect::Anything,
            (Replace, Query::Property(Property::Name)) => {
                let text = step.conveyed.text(self.session);
                if let Some((_, over)) = step.uri.segments.split_last() {
                    let new: Vec<&str> = over.iter().copied().chain([&*text]).collect();
                    self.touches.note(step.turn, key_of(&new), Effect::Anything);
                }
                Effect::Anything
            }
            (Replace, _) => Effect::Value,
            _ => return,
        };
        self.touches.note(step.turn, key, effect);
    }

    /// Whether something else in the package may have changed what a step tells.
    fn is_disturbed(&self, step: &Step<'s>, segments: &[&str], below: bool) -> bool {
        self.touches.disturb(step.turn, &key_of(segments), below)
    }

    /// What a server's command tells, by how it ended.
    fn follow(&mut self, step: &Step<'s>) {
        use CommandName::{Add, Copy, Delete, Exec, Get, Replace};
        let name = step.command.name;
        let is_change = matches!(name, Add | Copy | Delete | Replace);
        if step.around == Around::Undone {
            return;
        }
        let path = self.path(&step.uri.segments);
        let is_plain = step.uri.query == Query::None;
        let is_wide = matches!(name, Delete | Copy) || is_serialised(step.conveyed.media());
        let mut voice = self.voice(step, Teller::Answer, is_wide);
        match step.code {
            Some(200 | 201 | 204) if is_change => {
                voice = self.voice(step, Teller::Command, is_wide);
                voice.certain &= step.code == Some(200);
                if step.around == Around::Half {
                    self.say(voice, path, Said::Doubt);
                    return;
                }
                self.changed(step, path, voice);
            }
            Some(200..=299) if name == Exec => {
                voice = self.voice(step, Teller::Command, false);
                self.say(
                    voice,
                    path,
                    Said::Node { kind: NodeKind::Unknown, is_stated: true, format: None, media: None },
                );
                self.say(Voice { rank: Rank::Late, ..voice }, path, Said::Executed);
                // It was under way when the rest of the package was.
                if let Some(end) = self.session.answer_end(step.place.entry).filter(|end| *end > step.known) {
                    let voice = Voice { message: number_of(end), rank: Rank::Late, ..voice };
                    self.say(voice, path, Said::Executed);
                }
            }
            Some(200) if name == Get && (is_plain || matches!(step.uri.query, Query::Property(_) | Query::List(_))) => {
                self.say(
                    voice,
                    path,
                    Said::Node { kind: NodeKind::Unknown, is_stated: true, format: None, media: None },
                );
            }
            Some(404) if is_plain && matches!(name, Get | Replace | Delete | Exec) => {
                self.say(voice, path, Said::Absent);
            }
            Some(418) if name == Add && !is_inbox(&step.uri) => {
                self.say(
                    voice,
                    path,
                    Said::Node { kind: NodeKind::Unknown, is_stated: true, format: None, media: None },
                );
            }
            // Refused, or not executed: nothing was changed, unless a serialised tree failed half way.
            Some(215 | 216 | 304 | 401 | 403..=407 | 414 | 425) => {}
            Some(_) | None if name == Exec => self.say(Voice { rank: Rank::Late, ..voice }, path, Said::Executed),
            Some(400..=499) if !is_serialised(step.conveyed.media()) => {}
            Some(_) | None if is_change => {
                self.say(voice, path, Said::Doubt);
                if name == Copy
                    && let Ok(source) = NodeUri::parse(step.conveyed.source())
                {
                    let source = self.path(&source.segments);
                    self.say(voice, source, Said::Doubt);
                }
            }
            _ => {}
        }
    }

    /// What a command did that was accepted.
    fn changed(&mut self, step: &Step<'s>, path: TextId, voice: Voice) {
        let session = self.session;
        match (step.command.name, step.uri.query) {
            (CommandName::Delete, Query::None) => self.say(voice, path, Said::Absent),
            // The device finds a place for it (OMA-TS-DM_StdObj-V1_2_1, Inbox).
            (CommandName::Add, _) if is_inbox(&step.uri) => {}
            (CommandName::Copy, Query::None) => match NodeUri::parse(step.conveyed.source()) {
                Ok(source) => {
                    let (source, to) = (self.path(&source.segments), path);
                    self.say(voice, source, Said::Copied { to });
                }
                Err(problem) => {
                    let kind = TreeProblemKind::of_uri(problem);
                    self.problem(kind, step.place, step.entry, &format!("{problem}: Copy {}", step.conveyed.source()));
                }
            },
            (CommandName::Replace, Query::Property(Property::Name)) => {
                let text = step.conveyed.text(session);
                if text.is_empty() || text.contains(['/', '?']) || matches!(&*text, "." | "..") {
                    let what = format!("\"{text}\" is no name of a node");
                    self.problem(TreeProblemKind::BadName, step.place, step.entry, &what);
                    self.say(voice, path, Said::Doubt);
                } else {
                    let name = self.keep(&text);
                    self.say(voice, path, Said::Renamed { name });
                }
            }
            (CommandName::Replace, Query::Property(property)) => {
                let text = step.conveyed.text(session);
                self.property(step.place, step.entry, path, property, &text, voice);
            }
            (CommandName::Add | CommandName::Replace, Query::None) => {
                if is_serialised(step.conveyed.media()) {
                    self.object(step, voice);
                } else {
                    let content = Content { format: step.conveyed.format(), media: step.conveyed.media() };
                    let is_added = step.command.name == CommandName::Add;
                    let is_interior = content.format == Some("node");
                    self.node(&step.uri.segments, path, &content, Some(&step.conveyed), voice);
                    if is_added {
                        self.say(Voice { certain: false, ..voice }, path, Said::Made { is_leaf: !is_interior });
                    }
                }
            }
            _ => {}
        }
    }

    /// Keeps a value, its beginning where it is long.
    pub(super) fn value(&mut self, segments: &[&str], path: TextId, octets: &[u8], mut voice: Voice) {
        voice.certain &= !is_kept_by_device(&segments.join("/"));
        let (mut text, is_octets) = match std::str::from_utf8(octets) {
            Ok(text) => (std::borrow::Cow::Borrowed(text), false),
            Err(_) => {
                let most = octets.len().min(Limits::TREE_VALUE);
                (std::borrow::Cow::Owned(STANDARD.encode(octets.get(..most).unwrap_or_default())), true)
            }
        };
        let mut length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let mut digest = foldhash::fast::FixedState::default().hash_one(octets);
        let mut is_clipped = is_octets && octets.len() > Limits::TREE_VALUE;
        if let Some(hidden) = self.hide.and_then(|hide| hide(&format!("./{}", segments.join("/")), &text)) {
            // Neither length nor digest may tell what is hidden.
            digest = foldhash::fast::FixedState::default().hash_one(hidden.as_bytes());
            length = u64::try_from(hidden.len()).unwrap_or(u64::MAX);
            text = std::borrow::Cow::Owned(hidden);
            is_clipped = false;
        }
        if !is_octets && text.len() > Limits::TREE_VALUE {
            text = std::borrow::Cow::Owned(beginning(&text, Limits::TREE_VALUE).to_owned());
            is_clipped = true;
        }
        let digest = u32::try_from(digest & u64::from(u32::MAX)).unwrap_or_default();
        let text = Some(self.index.intern(&mut self.lesson.texts, &text));
        self.say(voice, path, Said::Value { text, length, digest, is_octets, is_clipped });
    }

    /// What a property of a node is.
    pub(super) fn property(
        &mut self,
        place: Place,
        entry: &Entry,
        path: TextId,
        property: Property,
        text: &str,
        mut voice: Voice,
    ) {
        voice.certain &= !property.is_kept_by_device();
        match property {
            Property::Acl => {
                for problem in Acl::parse(text).1 {
                    self.problem(TreeProblemKind::BadAcl, place, entry, &format!("in the ACL \"{text}\", {problem}"));
                }
            }
            Property::Format if text == "node" => {
                self.interior(path, &Content { format: Some(text), media: None }, voice);
            }
            Property::Format => {
                let format = Some(self.keep(text));
                self.say(voice, path, Said::Node { kind: NodeKind::Leaf, is_stated: true, format, media: None });
            }
            _ => {}
        }
        let text = self.keep(beginning(text, Limits::TREE_VALUE));
        self.say(voice, path, Said::Property { property, text });
    }

    fn doubt_all(&mut self, id: EntryId, entry: &Entry, rank: Rank) {
        let message = number_of(id);
        let teller = Teller::Gap;
        let told = Source { asked: message, ..self.blank(message, entry, teller) };
        let source = self.add_source(told);
        let path = self.path(&[]);
        self.say(Voice { source, message, rank, certain: true }, path, Said::Doubt);
    }

    fn voice(&mut self, step: &Step<'s>, teller: Teller, below: bool) -> Voice {
        let message = number_of(step.known);
        let source = self.source(message, step.place, step.entry, step.code, teller);
        let disturbed = self.is_disturbed(step, &step.uri.segments, below);
        let is_read = step.command.name == CommandName::Get;
        Voice {
            source,
            message,
            rank: if disturbed && is_read { Rank::Early } else { Rank::Usual },
            certain: !disturbed && matches!(step.around, Around::Counts(_)),
        }
    }

    fn blank(&self, message: u32, entry: &Entry, teller: Teller) -> Source {
        let at = (message as usize).saturating_sub(1);
        let time = self.session.entries.get(at).unwrap_or(entry).time.nanos();
        Source { session: 0, message, asked: 0, cmd_id: None, command: None, status: None, teller, time }
    }

    fn source(&mut self, message: u32, place: Place, entry: &Entry, status: Option<u16>, teller: Teller) -> u32 {
        let command = place.command.and_then(|id| entry.message.command(id));
        let cmd_id = command.and_then(|command| entry.message.cmd_id(command)).map(|id| self.keep(id));
        let told = Source {
            asked: number_of(place.entry),
            cmd_id,
            command: command.map(|command| command.name),
            status,
            ..self.blank(message, entry, teller)
        };
        self.add_source(told)
    }

    /// Items of one command share their source.
    fn add_source(&mut self, told: Source) -> u32 {
        let sources = &mut self.lesson.sources;
        if sources.last() != Some(&told) {
            sources.push(told);
        }
        u32::try_from(sources.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    pub(super) fn say(&mut self, voice: Voice, path: TextId, said: Said) {
        let event = Event { source: voice.source, path, certain: voice.certain, said };
        self.events.push((voice.message, voice.rank, event));
    }

    /// Keeps a name, a URI or another text that belongs to no one node.
    pub(super) fn keep(&mut self, text: &str) -> TextId {
        let hidden = self.hide.and_then(|hide| hide("", text));
        let text = hidden.as_deref().unwrap_or(text);
        self.index.intern(&mut self.lesson.texts, beginning(text, Limits::TREE_URI))
    }

    pub(super) fn path(&mut self, segments: &[&str]) -> TextId {
        self.keep(&segments.join("/"))
    }

    pub(super) fn problem(&mut self, kind: TreeProblemKind, place: Place, entry: &Entry, text: &str) {
        let count = self.problems.entry(kind).or_default();
        *count = count.saturating_add(1);
        if *count > Limits::PROBLEMS_OF_A_KIND {
            self.lesson.more_problems = self.lesson.more_problems.saturating_add(1);
            return;
        }
        let shown = |text: &str| self.hide.and_then(|hide| hide("", text)).unwrap_or_else(|| text.to_owned());
        let command = place.command.and_then(|id| entry.message.command(id));
        let mut text = shown(text);
        text.truncate(beginning(&text, Limits::REPORT_TEXT).len());
        self.lesson.problems.push(TreeProblem {
            kind,
            session: 0,
            message: number_of(place.entry),
            cmd_id: command.and_then(|command| entry.message.cmd_id(command)).map(shown),
            text,
        });
    }
}

/// The beginning of a text: whole characters of at most so many octets.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Whether a media type is that of a serialised tree.
pub(super) fn is_serialised(media: Option<&str>) -> bool {
    const TNDS: &str = "application/vnd.syncml.dmtnds";
    media.and_then(|media| media.get(..TNDS.len())).is_some_and(|start| start.eq_ignore_ascii_case(TNDS))
}

fn is_inbox(uri: &NodeUri<'_>) -> bool {
    uri.segments.first().is_some_and(|first| first.eq_ignore_ascii_case("Inbox"))
}
