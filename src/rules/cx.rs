//! What a check is given, and the only way to say something.

use super::engine::{Mode, Outcome, Selection, Tally, Watched};
use super::evidence::Evidence;
use super::finding::{At, Finding, Reason};
use super::rule::{Effect, Need, Rule, Scope};
use crate::base::{Direction, Role, Severity};
use crate::ddf::Description;
use crate::dm::{Entry, EntryId, Past, Place, Profile, Resolution, Session};
use crate::markup::{NodeId, Tag};
use crate::objects::Instances;
use crate::syncml::{Command, CommandId, Item, Message};
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

/// One message of a session.
#[derive(Debug, Clone, Copy)]
pub struct Msg<'s> {
    /// The session.
    pub session: &'s Session,
    /// Its position.
    pub id: EntryId,
    /// The message with its direction, frames and package.
    pub entry: &'s Entry,
}

impl<'s> Msg<'s> {
    /// The typed message.
    pub fn message(self) -> &'s Message {
        &self.entry.message
    }

    /// The trimmed text of an element; empty for `None`.
    pub fn text(self, node: impl Into<Option<NodeId>>) -> &'s str {
        self.entry.message.text(node)
    }

    /// The whole message, as a place.
    pub fn at(self) -> At {
        At { entry: self.id, command: None, node: None }
    }

    /// An element of the message, as a place; its SyncHdr, or the message itself, where the element is `None`.
    pub fn at_node(self, node: impl Into<Option<NodeId>>) -> At {
        At { entry: self.id, command: None, node: node.into().or(self.message().hdr.node) }
    }

    /// The SyncHdr, as something that can be answered.
    pub fn header(self) -> Place {
        Place { entry: self.id, command: None }
    }

    /// A command of the message.
    pub fn command(self, id: CommandId) -> Option<Cmd<'s>> {
        Some(Cmd { msg: self, id, command: self.entry.message.command(id)? })
    }

    /// All commands of the message in document order.
    pub fn commands(self) -> impl Iterator<Item = Cmd<'s>> {
        self.entry.message.commands_with_ids().map(move |(id, command)| Cmd { msg: self, id, command })
    }
}

/// One command of a message.
#[derive(Debug, Clone, Copy)]
pub struct Cmd<'s> {
    /// The message.
    pub msg: Msg<'s>,
    /// Its position in the message.
    pub id: CommandId,
    /// The command.
    pub command: &'s Command,
}

impl<'s> Cmd<'s> {
    /// The session.
    pub fn session(self) -> &'s Session {
        self.msg.session
    }

    /// The message that holds it.
    pub fn message(self) -> &'s Message {
        &self.msg.entry.message
    }

    /// The trimmed text of an element of the message; empty for `None`.
    pub fn text(self, node: impl Into<Option<NodeId>>) -> &'s str {
        self.msg.text(node)
    }

    /// The command, as a place.
    pub fn at(self) -> At {
        At { entry: self.msg.id, command: Some(self.id), node: Some(self.command.node) }
    }

    /// An element of the command, as a place; the command itself where the element is `None`.
    pub fn at_node(self, node: impl Into<Option<NodeId>>) -> At {
        At { entry: self.msg.id, command: Some(self.id), node: Some(node.into().unwrap_or(self.command.node)) }
    }

    /// The command, as something that can be answered.
    pub fn place(self) -> Place {
        Place { entry: self.msg.id, command: Some(self.id) }
    }

    /// Its Items.
    pub fn items(self) -> &'s [Item] {
        self.message().items(self.command)
    }

    /// The code of a Status or Alert.
    pub fn code(self) -> Option<u16> {
        self.message().code(self.command)
    }

    /// Where the references of a Status or Results lead.
    pub fn resolution(self) -> Option<Resolution> {
        self.msg.entry.resolution(self.id)
    }

    /// The message that a Status or Results refers to, where that is known.
    pub fn answered_message(self) -> Option<Msg<'s>> {
        let place = self.resolution()?.found()?;
        let entry = self.session().entry(place.entry)?;
        Some(Msg { session: self.session(), id: place.entry, entry })
    }

    /// The command that a Status or Results answers; `None` for a header, or where that is not known.
    pub fn answered(self) -> Option<Cmd<'s>> {
        let Place { entry: id, command } = self.resolution()?.found()?;
        let entry = self.session().entry(id)?;
        Msg { session: self.session(), id, entry }.command(command?)
    }

    /// Whether it is a Status for a SyncHdr, by its references or, where they lead nowhere, by its Cmd.
    pub fn answers_header(self) -> bool {
        match self.resolution() {
            Some(Resolution::Found(place)) => place.command.is_none(),
            _ => self.text(self.command.cmd) == "SyncHdr",
        }
    }

    /// Child elements of the command with a tag.
    pub fn each(self, tag: Tag) -> impl Iterator<Item = NodeId> + 's {
        self.message().each(self.command.node, tag)
    }

    /// The containers around it, from the inside out.
    pub fn containers(self) -> impl Iterator<Item = Cmd<'s>> {
        let mut at = self.command.parent;
        std::iter::from_fn(move || {
            let found = self.msg.command(at?)?;
            at = found.command.parent;
            Some(found)
        })
    }
}

/// The engine's side of a check.
#[derive(Debug)]
pub struct Cx<'s> {
    session: &'s Session,
    rules: &'s [&'static Rule],
    all_gates: &'s [Gates],
    /// Whether an injected fault altered something of the session.
    is_altered: bool,
    /// The first message before which something is missing, or that could not be decoded.
    lost_from: Option<EntryId>,
    /// The message that the engine has come to.
    here: Option<(EntryId, Direction)>,
    mode: Mode,
    descriptions: &'s [Arc<Description>],
    profile: Profile,
    tallies: &'s mut [Tally],
    findings: &'s mut Vec<Finding>,
    /// For each rule, whether its occasions are told one by one; and those occasions.
    watch: &'s [bool],
    watched: &'s mut Vec<Watched>,
    is_watched: bool,
    /// What the session says of standard objects, once a rule has asked.
    evidence: OnceCell<Rc<Evidence<'s>>>,
    /// The management objects of the session, looked for when a rule first asks.
    instances: OnceCell<Arc<Instances>>,
    /// The rule that is running, its place in the lists, and what is left of it.
    rule: &'static Rule,
    current: usize,
    gates: Gates,
}

impl<'s> Cx<'s> {
    /// A context in which no rule runs yet.
    pub(super) fn new(
        session: &'s Session,
        rules: &'s [&'static Rule],
        gates: &'s [Gates],
        watch: &'s [bool],
        selection: &'s Selection,
        outcome: &'s mut Outcome,
    ) -> Self {
        Self {
            session,
            rules,
            all_gates: gates,
            is_altered: session.entries_with_ids().next_back().is_some_and(|(last, _)| session.is_altered_by(last)),
            lost_from: session
                .entries_with_ids()
                .find(|(_, entry)| session.has_losses && (entry.is_after_loss() || !entry.message.is_judgeable()))
                .map(|(id, _)| id),
            here: None,
            mode: selection.mode,
            descriptions: &selection.descriptions,
            profile: outcome.profile,
            tallies: &mut outcome.tallies,
            findings: &mut outcome.findings,
            watch,
            watched: &mut outcome.watched,
            is_watched: false,
            evidence: OnceCell::new(),
            instances: OnceCell::new(),
            rule: &Rule::MUST,
            current: usize::MAX,
            gates: Gates::SHUT,
        }
    }

    /// From here on the rule at that place runs.
    #[inline]
    pub(super) fn enter(&mut self, at: usize) {
        if let (Some(rule), Some(gates)) = (self.rules.get(at), self.all_gates.get(at)) {
            self.rule = rule;
            self.gates = *gates;
            self.current = at;
            self.is_watched = self.watch.get(at).copied().unwrap_or_default();
        }
    }

    /// From here on rules look at this message.
    pub(super) fn go_to(&mut self, msg: Msg<'_>) {
        self.here = Some((msg.id, msg.entry.direction));
    }

    fn tally(&mut self, count: impl FnOnce(&mut Tally)) {
        if let Some(tally) = self.tallies.get_mut(self.current) {
            count(tally);
        }
    }

    /// The rule is exercised at a place. Dropping the occasion means that it held there.
    ///
    /// Where something that the rule needs is not known, the occasion will count as undecided whatever becomes of it; where
    /// the rule does not apply at all (its profile, the role that is judged, an aborted session), it does not count.
    #[inline]
    pub fn occasion(&mut self, at: At) -> Occasion<'_, 's> {
        let judged = match self.here {
            Some((entry, direction)) if entry == at.entry => direction,
            _ => self.session.entry(at.entry).map_or(Direction::DeviceToServer, |entry| entry.direction),
        };
        self.occasion_against(judged, at)
    }

    /// The rule is exercised at a place in a message of one side, and judges what the side that sends in that direction did
    /// about it, or did not: a request that was never answered is the server's fault, and no message of the server shows it.
    #[inline]
    pub fn occasion_against(&mut self, judged: Direction, at: At) -> Occasion<'_, 's> {
        let fate = self.fate(judged, at);
        if !matches!(fate, Fate::Absent) {
            self.tally(|tally| tally.occasion(judged));
            if self.is_watched {
                let undecided = if let Fate::Undecided(reason) = fate { Some(reason) } else { None };
                self.watched.push(Watched { rule: self.rule.id, at: at.entry, role: Role::of(judged), undecided });
            }
        }
        Occasion { cx: self, judged, at, fate, open: true, related: Related::default() }
    }

    #[inline]
    fn fate(&self, judged: Direction, at: At) -> Fate {
        // Most rules need nothing.
        match self.gates.of(judged) {
            Gate::Shut => Fate::Absent,
            Gate::Open { cap } if self.rule.needs.is_empty() && !self.is_altered => Fate::Decides { cap },
            Gate::Open { .. } => self.fate_by_needs(judged, at),
        }
    }

    fn fate_by_needs(&self, judged: Direction, at: At) -> Fate {
        let Some(entry) = self.session.entry(at.entry) else { return Fate::Absent };
        let Gate::Open { cap } = self.gates.of(judged) else { return Fate::Absent };
        let mut reason = None;
        // The server answers what it got, and the recording shows what the device got: the fault lies in between.
        if judged == Direction::ServerToDevice && self.session.is_altered_by(at.entry) {
            reason = Some(Reason::FaultInjected);
        }
        for need in self.rule.needs {
            match need {
                Need::Transport if entry.transport.is_none() => return Fate::Absent,
                Need::NotAborted if self.session.is_aborted_by(at.entry) => return Fate::Absent,
                Need::Executed if entry.refused => return Fate::Absent,
                Need::Start if !self.session.start_seen => reason = reason.or(Some(Reason::StartNotCaptured)),
                Need::NoLoss if self.lost_from.is_some_and(|first| first <= at.entry) => {
                    reason = reason.or(Some(Reason::MessageLost));
                }
                Need::SoundCmdId if at.command.is_some_and(|command| !entry.is_sound(command)) => {
                    reason = reason.or(Some(Reason::AmbiguousReference));
                }
                _ => {}
            }
        }
        match reason {
            Some(reason) => Fate::Undecided(reason),
            None => Fate::Decides { cap },
        }
    }

    /// The occasion at hand turns out to be undecided.
    fn undecide(&mut self, judged: Direction, reason: Reason) {
        self.tally(|tally| tally.undecide(judged, reason));
        if let Some(last) = self.watched.last_mut().filter(|_| self.is_watched) {
            last.undecided = Some(reason);
        }
    }

    /// What the session says of standard objects, and the serialised trees in it.
    pub(super) fn evidence(&self) -> Rc<Evidence<'s>> {
        Rc::clone(self.evidence.get_or_init(|| Rc::new(Evidence::of(self.session))))
    }

    /// The session that is judged.
    pub fn session(&self) -> &'s Session {
        self.session
    }

    /// The management objects of the session.
    pub fn instances(&self) -> Arc<Instances> {
        self.instances.get_or_init(|| Arc::new(Instances::of(self.session))).clone()
    }

    /// What was seen before the session. A rule declares with its scope that it depends on that; to others, nothing was.
    pub fn past(&self) -> &'s Past {
        match self.rule.scope {
            Scope::CrossSession => self.session.past(),
            _ => Past::NOTHING,
        }
    }

    /// The profile that it is judged by.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// What devices are said to look like.
    pub fn descriptions(&self) -> &'s [Arc<Description>] {
        self.descriptions
    }

    /// Whether it is judged strictly.
    pub fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
    }
}

/// Whether a rule speaks of messages of one direction, and how loudly: what profile, role and version leave of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gate {
    /// It does not.
    Shut,
    /// It does; a violation is at most so bad.
    Open {
        /// The ceiling.
        cap: Severity,
    },
}

/// The gates of one rule in one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gates {
    client: Gate,
    server: Gate,
}

impl Gates {
    /// Of a rule that does not hold in the version of the session.
    pub(super) const SHUT: Self = Self { client: Gate::Shut, server: Gate::Shut };

    /// Works out what a profile and the side that is judged (`None` for both) leave of a rule.
    pub(super) fn new(rule: &Rule, profile: Profile, role: Option<Role>) -> Self {
        let gate = |direction: Direction| {
            if !rule.judged.includes(direction) || role.is_some_and(|role| role != Role::of(direction)) {
                return Gate::Shut;
            }
            let mut cap = Severity::Error;
            for change in rule.overrides {
                if change.profile == profile && change.direction.is_none_or(|only| only == direction) {
                    match change.effect {
                        Effect::Off => return Gate::Shut,
                        Effect::AtMost(severity) => cap = cap.min(severity),
                    }
                }
            }
            Gate::Open { cap }
        };
        Self { client: gate(Direction::DeviceToServer), server: gate(Direction::ServerToDevice) }
    }

    /// Whether nothing is left of the rule.
    pub(super) const fn are_shut(self) -> bool {
        matches!((self.client, self.server), (Gate::Shut, Gate::Shut))
    }

    const fn of(self, direction: Direction) -> Gate {
        match direction {
            Direction::DeviceToServer => self.client,
            Direction::ServerToDevice => self.server,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    /// The rule does not apply here.
    Absent,
    /// It applies, but nobody can say.
    Undecided(Reason),
    /// It decides; a violation is at most so bad.
    Decides { cap: Severity },
}

/// One time that a rule looks at something. Dropping it means that the rule held.
#[derive(Debug)]
#[must_use = "dropping an occasion at once means that the rule held: say so with `.held()`"]
pub struct Occasion<'c, 's> {
    cx: &'c mut Cx<'s>,
    judged: Direction,
    at: At,
    fate: Fate,
    open: bool,
    related: Related,
}

/// Related places. Most occasions end with the rule held: the first few cost no allocation.
#[derive(Debug, Default)]
struct Related {
    first: [Option<At>; 3],
    more: Vec<At>,
}

impl Related {
    #[inline]
    fn push(&mut self, at: At) {
        match self.first.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(at),
            None => self.more.push(at),
        }
    }

    fn into_vec(self) -> Vec<At> {
        self.first.into_iter().flatten().chain(self.more).collect()
    }
}

impl Occasion<'_, '_> {
    /// The rule held.
    #[inline]
    pub fn held(self) {}

    /// The capture does not hold enough to say.
    pub fn undecided(mut self, reason: Reason) {
        self.open = false;
        let reason = match self.fate {
            Fate::Absent => return,
            Fate::Undecided(first) => first,
            Fate::Decides { .. } => reason,
        };
        self.cx.undecide(self.judged, reason);
    }

    /// Another place that belongs to the finding.
    #[inline]
    pub fn related(mut self, at: At) -> Self {
        self.related.push(at);
        self
    }

    /// The rule was violated: what was seen, with the values, and what was expected.
    pub fn violated(self, seen: impl Into<String>, expected: impl Into<String>) {
        let severity = self.severity();
        self.violated_as(severity, seen, expected);
    }

    /// Violated, but in this case no worse than `severity`, in interop mode and in strict mode alike.
    pub fn violated_as(mut self, severity: Severity, seen: impl Into<String>, expected: impl Into<String>) {
        self.open = false;
        match self.fate {
            Fate::Absent => {}
            Fate::Undecided(reason) => self.cx.undecide(self.judged, reason),
            Fate::Decides { .. } if self.spans_an_interruption() => {
                self.cx.undecide(self.judged, Reason::FaultInjected);
            }
            Fate::Decides { .. } if self.spans_a_loss() => self.cx.undecide(self.judged, Reason::MessageLost),
            Fate::Decides { cap } => {
                self.cx.tally(|tally| tally.violations += 1);
                self.cx.findings.push(Finding {
                    rule: self.cx.rule,
                    severity: severity.min(cap),
                    role: Role::of(self.judged),
                    at: self.at,
                    seen: seen.into(),
                    expected: expected.into(),
                    related: std::mem::take(&mut self.related).into_vec(),
                });
            }
        }
    }

    /// The other places that belong to it.
    fn related_places(&self) -> impl Iterator<Item = &At> {
        self.related.first.iter().flatten().chain(&self.related.more)
    }

    /// Whether what is wrong hangs on another message, and messages in between are known to be missing (guard G1): then the two
    /// need not even belong to one session, since devices use SessionIDs again.
    fn spans_a_loss(&self) -> bool {
        let session = self.cx.session;
        session.has_losses && self.related_places().any(|other| session.has_loss_between(other.entry, self.at.entry))
    }

    /// Whether what is wrong hangs on an earlier message, and an exchange in between was broken off by a fault that was
    /// injected: a device that begins again, or goes on without the answer, is not to blame.
    fn spans_an_interruption(&self) -> bool {
        let session = self.cx.session;
        self.related_places().any(|other| session.is_interrupted_between(other.entry, self.at.entry))
    }

    /// The severity of a violation in the mode at hand.
    fn severity(&self) -> Severity {
        match self.cx.mode {
            Mode::Interop => self.cx.rule.severity,
            Mode::Strict => self.cx.rule.strict,
        }
    }
}

impl Drop for Occasion<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        if self.open
            && let Fate::Undecided(reason) = self.fate
        {
            self.cx.undecide(self.judged, reason);
        }
    }
}
