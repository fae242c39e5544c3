//! Sessions as the ordered list of events that a test case sees. Events are references: no text is copied.

use super::EventKind;
use super::uris::UriIndex;
use crate::base::Direction;
use crate::dm::{EntryId, Place, Session};
use crate::markup::NodeId;
use crate::rules::Outcome;
use crate::syncml::{CommandId, CommandName};
use std::cell::OnceCell;
use std::ops::Range;

/// A session, and what the rules said of it where that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'s> {
    /// The session.
    pub(super) session: &'s Session,
    /// What the rules said.
    pub(super) outcome: Option<&'s Outcome>,
}

/// Where in its message an event stands, so that events sort as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The notification that asked for the session.
    Notification,
    /// The session as a whole.
    Session,
    /// The HTTP message around a message.
    Http,
    /// The message as a whole.
    Message,
    /// Its header.
    SyncHdr,
    /// A command.
    Command(CommandId),
    /// An Item of a command, from 0.
    Item(CommandId, u32),
    /// An element where a command may stand that is none, from 0.
    Unknown(u32),
    /// Final.
    Final,
    /// A response without a DM message, from 0.
    Bare(u32),
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    /// Which session of the chain.
    pub(super) session: usize,
    /// The message that it belongs to.
    pub(super) entry: EntryId,
    /// What of it.
    pub(super) part: Part,
    /// What it is.
    pub(super) kind: EventKind,
    /// Who sent it.
    pub(super) sender: Direction,
    /// What it is and who sent it, as [`bit`]s.
    pub(super) bits: u64,
}

impl Event {
    fn new(session: usize, entry: EntryId, part: Part, kind: EventKind, sender: Direction) -> Self {
        let any = if is_command(kind) { bit(EventKind::Command, sender) } else { 0 };
        Self { session, entry, part, kind, sender, bits: bit(kind, sender) | any }
    }

    /// Whether a matcher that asks for a kind means it: `Command` means any of the nine commands.
    pub(super) fn is(&self, kind: EventKind) -> bool {
        self.kind == kind || (kind == EventKind::Command && is_command(self.kind))
    }

    /// The command that it is, or that it belongs to.
    pub(super) const fn command(&self) -> Option<CommandId> {
        match self.part {
            Part::Command(command) | Part::Item(command, _) => Some(command),
            _ => None,
        }
    }

    /// What a Status may answer: the command, or the header for an event of a message as a whole.
    pub(super) const fn place(&self) -> Place {
        Place { entry: self.entry, command: self.command() }
    }

    /// What sorts it among the events of a chain.
    pub(super) const fn key(&self) -> (usize, EntryId, PartKey) {
        (self.session, self.entry, part_key(self.part))
    }
}

/// What sorts a part among those of its message: a command stands before its Items, and these before the next command.
pub(super) type PartKey = (u8, u32, u32);

/// See [`PartKey`].
pub(super) const fn part_key(part: Part) -> PartKey {
    match part {
        Part::Notification => (0, 0, 0),
        Part::Session => (1, 0, 0),
        Part::Http => (2, 0, 0),
        Part::Message => (3, 0, 0),
        Part::SyncHdr => (4, 0, 0),
        Part::Command(command) => (5, command.0, 0),
        Part::Item(command, item) => (5, command.0, item.saturating_add(1)),
        Part::Unknown(at) => (6, at, 0),
        Part::Final => (7, 0, 0),
        Part::Bare(at) => (8, at, 0),
    }
}

const fn is_command(kind: EventKind) -> bool {
    use EventKind::{Add, Alert, Atomic, Copy, Delete, Exec, Get, Replace, Sequence};
    matches!(kind, Add | Replace | Delete | Copy | Get | Exec | Atomic | Sequence | Alert)
}

/// The kind of event that a command is. Commands that DM does not have are `Unknown`.
const fn kind_of(name: CommandName) -> EventKind {
    match name {
        CommandName::Add => EventKind::Add,
        CommandName::Alert => EventKind::Alert,
        CommandName::Atomic => EventKind::Atomic,
        CommandName::Copy => EventKind::Copy,
        CommandName::Delete => EventKind::Delete,
        CommandName::Exec => EventKind::Exec,
        CommandName::Get => EventKind::Get,
        CommandName::Replace => EventKind::Replace,
        CommandName::Results => EventKind::Results,
        CommandName::Sequence => EventKind::Sequence,
        CommandName::Status => EventKind::Status,
        _ => EventKind::Unknown,
    }
}

/// Sessions of one pair of device and server, in order, and all events in them.
#[derive(Debug)]
pub(super) struct Chain<'s> {
    /// The sessions.
    pub(super) sessions: Vec<Seen<'s>>,
    /// Their events.
    pub(super) events: Vec<Event>,
    /// A bit for each kind of event and sender that occurs: see [`bit`].
    pub(super) present: u64,
    /// For each bit, the positions of its events.
    lists: Vec<Vec<usize>>,
    /// For each session, where its events begin, and its messages in `heads`.
    begins: Vec<(usize, usize)>,
    /// For each message, where its events begin, and its commands in `commands`.
    heads: Vec<(usize, usize)>,
    /// The positions of all commands.
    commands: Vec<usize>,
    uris: OnceCell<UriIndex>,
}

/// Positions of one or several kinds of events, in order.
pub(super) struct Candidates<'l> {
    first: &'l [usize],
    others: Vec<&'l [usize]>,
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.others.is_empty() {
            let (next, rest) = self.first.split_first()?;
            self.first = rest;
            return Some(*next);
        }
        let lists = || std::iter::once(&self.first).chain(&self.others);
        let next = lists().filter_map(|list| list.first()).min().copied()?;
        for list in std::iter::once(&mut self.first).chain(&mut self.others) {
            if list.first() == Some(&next) {
                *list = list.get(1..).unwrap_or_default();
            }
        }
        Some(next)
    }
}

/// Events that there may be of a message before its commands; of the first message, those of the session among them.
const EARLY: usize = 5;

/// Bits that there may be.
const BITS: usize = 64;

/// The bit of a kind of event from a sender in [`Chain::present`].
pub(super) const fn bit(kind: EventKind, sender: Direction) -> u64 {
    let side = match sender {
        Direction::DeviceToServer => 0,
        Direction::ServerToDevice => 1,
    };
    1 << ((kind as u64) * 2 + side)
}

impl<'s> Chain<'s> {
    /// The chain of these sessions.
    pub(super) fn new(sessions: Vec<Seen<'s>>) -> Self {
        let mut chain = Self {
            sessions: Vec::new(),
            events: Vec::new(),
            present: 0,
            lists: Vec::new(),
            begins: Vec::new(),
            heads: Vec::new(),
            commands: Vec::new(),
            uris: OnceCell::new(),
        };
        for (at, seen) in sessions.iter().enumerate() {
            chain.begins.push((chain.events.len(), chain.heads.len()));
            chain.add(at, seen.session);
        }
        chain.begins.push((chain.events.len(), chain.heads.len()));
        chain.heads.push((chain.events.len(), chain.commands.len()));
        chain.lists.resize_with(BITS, Vec::new);
        for (at, event) in chain.events.iter().enumerate() {
            chain.present |= event.bits;
            let mut bits = event.bits;
            while bits != 0 {
                let lowest = usize::try_from(bits.trailing_zeros()).unwrap_or(BITS);
                if let Some(list) = chain.lists.get_mut(lowest) {
                    list.push(at);
                }
                bits &= bits.wrapping_sub(1);
            }
        }
        chain.sessions = sessions;
        chain
    }

    fn add(&mut self, at: usize, session: &Session) {
        let first = session.entries.first().map_or(Direction::DeviceToServer, |entry| entry.direction);
        let begin = self.events.len();
        let mut whole = |part, kind, sender| {
            self.events.push(Event::new(at, EntryId(0), part, kind, sender));
        };
        if session.notification.is_some() {
            whole(Part::Notification, EventKind::Notification, Direction::ServerToDevice);
        }
        whole(Part::Session, EventKind::Session, first);
        for (id, entry) in session.entries_with_ids() {
            let head = if id == EntryId(0) { begin } else { self.events.len() };
            self.heads.push((head, self.commands.len()));
            let sender = entry.direction;
            let mut push = |part, kind| self.events.push(Event::new(at, id, part, kind, sender));
            if entry.transport.is_some() {
                push(Part::Http, EventKind::Http);
            }
            push(Part::Message, EventKind::Message);
            push(Part::SyncHdr, EventKind::SyncHdr);
            for (command_id, command) in entry.message.commands_with_ids() {
                self.commands.push(self.events.len());
                let mut push = |part, kind| self.events.push(Event::new(at, id, part, kind, sender));
                push(Part::Command(command_id), kind_of(command.name));
                for (item, _) in (0_u32..).zip(entry.message.items(command)) {
                    push(Part::Item(command_id, item), EventKind::Item);
                }
            }
            let mut push = |part, kind| self.events.push(Event::new(at, id, part, kind, sender));
            for (number, _) in (0_u32..).zip(&entry.message.survey().unknown_commands) {
                push(Part::Unknown(number), EventKind::Unknown);
            }
            if entry.message.has_final() {
                push(Part::Final, EventKind::Final);
            }
            for (number, _) in (0_u32..).zip(&entry.bare) {
                let (part, kind, sender) = (Part::Bare(number), EventKind::Http, Direction::ServerToDevice);
                self.events.push(Event::new(at, id, part, kind, sender));
            }
        }
    }

    /// The session of an event.
    pub(super) fn session(&self, event: &Event) -> Option<&'s Session> {
        self.sessions.get(event.session).map(|seen| seen.session)
    }

    /// The position of a part of a message.
    pub(super) fn find(&self, session: usize, entry: EntryId, part: Part) -> Option<usize> {
        let key = (session, entry, part_key(part));
        let command = |id: CommandId| {
            let (_, commands) = self.head(session, entry)?;
            self.commands.get(commands.saturating_add(id.index())).copied()
        };
        let at = match part {
            Part::Command(id) => command(id)?,
            Part::Item(id, item) => command(id)?.saturating_add(usize::try_from(item).ok()?).saturating_add(1),
            _ => {
                let range = self.of_message(session, entry);
                let events = self.events.get(range.clone())?;
                // What is about the message as a whole stands at its beginning.
                let is_early = matches!(part, Part::Http | Part::Message | Part::SyncHdr);
                let early = events.iter().take(EARLY).position(|event| is_early && event.part == part);
                let at = early.or_else(|| events.binary_search_by_key(&key, Event::key).ok())?;
                range.start.saturating_add(at)
            }
        };
        self.events.get(at).filter(|event| event.key() == key).map(|_| at)
    }

    fn head(&self, session: usize, entry: EntryId) -> Option<(usize, usize)> {
        let (_, heads) = self.begins.get(session)?;
        self.heads.get(heads.saturating_add(entry.index())).copied()
    }

    /// The positions of all events of a message.
    pub(super) fn of_message(&self, session: usize, entry: EntryId) -> Range<usize> {
        let all = self.of_session(session);
        let from = self.head(session, entry).map_or(all.end, |(from, _)| from);
        let next = EntryId(entry.0.saturating_add(1));
        let to = self.head(session, next).map_or(all.end, |(to, _)| to);
        from.min(all.end)..to.min(all.end)
    }

    /// The positions of all events of a session.
    pub(super) fn of_session(&self, session: usize) -> Range<usize> {
        let at = |session: usize| self.begins.get(session).map_or(self.events.len(), |(begin, _)| *begin);
        at(session)..at(session.saturating_add(1))
    }

    /// Where the Items are that name a URI; worked out when it is first asked for.
    pub(super) fn uris(&self) -> &UriIndex {
        self.uris.get_or_init(|| UriIndex::of(self))
    }

    /// The positions in a range of what these bits mean, in order.
    pub(super) fn candidates(&self, bits: u64, range: &Range<usize>) -> Candidates<'_> {
        let mut found = Candidates { first: &[], others: Vec::new() };
        let mut bits = bits & self.present;
        while bits != 0 {
            let lowest = usize::try_from(bits.trailing_zeros()).unwrap_or(BITS);
            if let Some(list) = self.lists.get(lowest) {
                let from = list.partition_point(|at| *at < range.start);
                let to = list.partition_point(|at| *at < range.end);
                match list.get(from..to).filter(|list| !list.is_empty()) {
                    Some(list) if found.first.is_empty() => found.first = list,
                    Some(list) => found.others.push(list),
                    None => {}
                }
            }
            bits &= bits.wrapping_sub(1);
        }
        found
    }

    /// The element that an event is about.
    pub(super) fn node(&self, event: &Event) -> Option<NodeId> {
        let message = &self.session(event)?.entry(event.entry)?.message;
        match event.part {
            Part::SyncHdr => message.hdr.node,
            Part::Command(command) => message.command(command).map(|command| command.node),
            Part::Item(command, item) => {
                let command = message.command(command)?;
                message.items(command).get(usize::try_from(item).ok()?).map(|item| item.node)
            }
            Part::Unknown(at) => message.survey().unknown_commands.get(usize::try_from(at).ok()?).copied(),
            Part::Final => message.final_mark,
            Part::Notification | Part::Session | Part::Http | Part::Message | Part::Bare(_) => None,
        }
    }
}
