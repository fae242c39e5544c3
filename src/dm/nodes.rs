//! What the answers of a session tell of the nodes that later commands address.
//!
//! Commands of one package that stand in no common Atomic or Sequence may be executed in any order (guard G14): something is
//! concluded only from an earlier package, or from an earlier command of the same container, and only while nothing else
//! may have changed the node. A lost message, or an Exec, makes everything forgotten.

use super::links::Place;
use super::session::{Entry, Session};
use super::uri::loose_uri;
use crate::markup::Tag;
use crate::syncml::{Command, CommandName};
use absent::Absent;
use node::{Change, Node, State};
use std::borrow::Cow;
use std::collections::BTreeMap;
use step::{Effect, Ending, LONGEST, Step, is_format_of_leaf, is_serialised_tree, path, value_of};

mod absent;
mod access;
mod node;
mod properties;
mod step;

/// Something that was known of a node when a command addressed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeFact {
    /// The command.
    pub command: Place,
    /// Which of its Items.
    pub item: u32,
    /// The Status that tells how the Item ended.
    pub status: Place,
    /// Its code.
    pub code: u16,
    /// What was known before.
    pub known: Known,
    /// The command, or the Results, that it is known from.
    pub by: Place,
}

/// What may be known of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Of an Add: an earlier Add of the same node succeeded.
    Added,
    /// It, or a node above it, was deleted; `created` says that the server itself had added it in the session.
    Deleted {
        /// Whether the server had added it in the session.
        created: bool,
    },
    /// Of an Add or a Replace: an earlier command found no such node.
    NotFound,
    /// It is an interior node; of a Copy: the node at either end is one.
    Interior,
    /// Of a property that is read: the node is a leaf.
    Leaf,
    /// Of an Add: the node above the new one is a leaf.
    LeafAbove,
    /// Of a Replace of the property Name: a sibling has the new name.
    Sibling,
    /// Of an Add: a sibling has the same name in another case.
    OtherCase,
    /// Of a Get: the value that an earlier command wrote is in that Item of [`NodeFact::by`].
    Written {
        /// Position of the Item.
        item: u32,
    },
    /// Of a Get of a child list: it has the name that an Add gave to a node, in whatever case.
    Listed {
        /// Position of the Item of the Add.
        item: u32,
    },
    /// Of a Get: the node that had this name was given another one.
    Renamed {
        /// Whether the server had added it in the session.
        created: bool,
    },
    /// Of a Get: a node was given this name.
    Named,
    /// Of a property that is read, or of an Add: the node is there.
    There,
    /// Of a property that is read: the Item of the last Add or Replace that said what the node holds.
    Stored {
        /// Position of the Item.
        item: u32,
    },
    /// Of the property VerNo that is read: the Item of Results that told it before the value was changed.
    Version {
        /// Position of the Item.
        item: u32,
        /// Whether another value is known to have been written.
        is_other: bool,
    },
    /// The Item that told the ACL which decides about the command, that of the node or the next one above it that is not
    /// empty; of an Add, about the node above the new one.
    Access {
        /// Position of the Item.
        item: u32,
    },
    /// Of the property ACL: the Item that told the ACL which decides about the node above.
    AccessAbove {
        /// Position of the Item.
        item: u32,
    },
    /// Of the property ACL that is read: the Item that wrote it last.
    AclWritten {
        /// Position of the Item.
        item: u32,
    },
    /// Of the property ACL that is read: the Item of the Add that made the node, whose ACL was not written since.
    Fresh {
        /// Position of the Item.
        item: u32,
        /// Whether the Add named a node below it, and so made this one too.
        implied: bool,
    },
}

/// Nodes that are remembered of one session: how many there are is the sender's choice.
const REMEMBERED: usize = 4096;

/// Names of children that are taken from one list.
const LISTED: usize = 128;

/// Works out all facts of a session.
pub(super) fn learn(session: &Session) -> Vec<NodeFact> {
    let changes = |command: &Command| {
        use CommandName::{Add, Copy, Delete, Replace};
        matches!(command.name, Add | Copy | Delete | Replace)
    };
    let is_of_use = |entry: &Entry| entry.message.commands.iter().any(changes) || entry.message.survey().uris.query;
    if !session.entries.iter().any(|entry| entry.is_server() && is_of_use(entry)) {
        return Vec::new();
    }
    let mut tree = Tree::new(session);
    let mut units = Vec::new();
    for (id, entry) in session.entries_with_ids() {
        if entry.is_after_loss() || !entry.message.is_judgeable() {
            units.clear();
            tree.nodes.clear();
        }
        if !entry.is_server() || entry.refused || !entry.message.is_judgeable() {
            continue;
        }
        for (command_id, command) in
            entry.message.commands_with_ids().filter(|(_, command)| !command.name.is_response())
        {
            let place = Place { entry: id, command: Some(command_id) };
            // A container and what stands in it are one unit.
            let unit = units.last().map_or(0, |(unit, _)| unit + usize::from(command.parent.is_none()));
            units.push((unit, place));
        }
        if entry.message.has_final() {
            tree.package(&units);
            units.clear();
        }
    }
    tree.package(&units);
    tree.facts
}

/// Whether additions to the Inbox are made elsewhere (OMA-TS-DM_StdObj-V1_2_1, section 5.3.4).
fn is_inbox(key: &str) -> bool {
    key == "inbox" || key.starts_with("inbox/")
}

/// The path with its last segment exchanged.
fn renamed(path: &str, name: &str) -> String {
    match path.rsplit_once('/') {
        Some((over, _)) => format!("{over}/{name}"),
        None => name.to_owned(),
    }
}

/// The paths above one, from the inside out.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let mut at = path;
    std::iter::from_fn(move || {
        at = at.get(..memchr::memrchr(b'/', at.as_bytes())?)?;
        Some(at)
    })
}

struct Tree<'s> {
    session: &'s Session,
    /// Boxed: a tree of keys and small values is quicker to add to.
    nodes: BTreeMap<String, Box<Node<'s>>>,
    /// Those of which it was ever known that they are absent.
    absent: Absent,
    /// Whether the ACL of one was ever known.
    has_acl: bool,
    facts: Vec<NodeFact>,
    package: usize,
    unit: usize,
    /// By node.
    changes: BTreeMap<String, Change>,
    /// Of ACLs, by node.
    acl_changes: BTreeMap<String, Change>,
    /// Units with an Exec.
    executing: Vec<usize>,
}

impl<'s> Tree<'s> {
    fn new(session: &'s Session) -> Self {
        Self {
            session,
            nodes: BTreeMap::new(),
            absent: Absent::default(),
            has_acl: false,
            facts: Vec::new(),
            package: 0,
            unit: 0,
            changes: BTreeMap::new(),
            acl_changes: BTreeMap::new(),
            executing: Vec::new(),
        }
    }

    fn steps(&self, units: &[(usize, Place)]) -> Vec<(usize, Step<'s>)> {
        let session = self.session;
        let mut steps = Vec::with_capacity(units.len());
        for (unit, place) in units {
            let Some((entry, command)) = session.command(*place) else { continue };
            let ending = Ending::of(session, entry, command, *place);
            for (at, item) in entry.message.items(command).iter().enumerate() {
                let target = entry.message.text(item.target_uri);
                let key = if target.len() > LONGEST { String::new() } else { loose_uri(path(target)) };
                let step = Step {
                    entry,
                    command,
                    item,
                    place: *place,
                    at: u32::try_from(at).unwrap_or(u32::MAX),
                    key,
                    ended: ending.item(target),
                    is_tree: is_serialised_tree(&entry.message, command, item),
                };
                steps.push((*unit, step));
            }
        }
        steps
    }

    fn package(&mut self, units: &[(usize, Place)]) {
        self.package += 1;
        self.changes.clear();
        self.acl_changes.clear();
        self.executing.clear();
        let steps = self.steps(units);
        for (at, step) in steps.iter().filter(|(_, step)| !step.is_refused()) {
            if step.is_endless() {
                self.disturb(*at);
                continue;
            }
            if let Some((uri, effect)) = step.change() {
                self.note(*at, step.key.clone(), effect);
                if let Some(name) = step.new_name() {
                    self.note(*at, loose_uri(&renamed(path(uri), name)), effect);
                }
            }
            self.note_acl(*at, step);
            if step.command.name == CommandName::Exec {
                self.disturb(*at);
            }
        }
        for (at, step) in steps {
            self.unit = at;
            if step.is_endless() {
                self.nodes.clear();
                continue;
            }
            if step.ended.is_some() {
                self.tell(&step);
            }
            self.follow(step);
        }
        self.settle();
    }

    /// A unit may change anything. Two of them are as good as all.
    fn disturb(&mut self, unit: usize) {
        if self.executing.len() < 2 && !self.executing.contains(&unit) {
            self.executing.push(unit);
        }
    }

    fn note(&mut self, unit: usize, key: String, effect: Effect) {
        Change::note(&mut self.changes, unit, key, effect);
    }

    /// Forgets what the package has left in doubt: nodes that several units changed, one of them by more than adding.
    fn settle(&mut self) {
        if !self.executing.is_empty() {
            self.nodes.clear();
        }
        let changes = std::mem::take(&mut self.changes);
        if self.nodes.is_empty() {
            return;
        }
        self.settle_acls();
        let is_rough = changes.values().any(|change| change.effect == Effect::Anything);
        for (key, change) in &changes {
            if change.first != change.last && change.effect > Effect::Growth {
                self.forget(key);
            }
            for over in above(key).take_while(|_| is_rough) {
                let Some(other) = changes.get(over) else { continue };
                let is_crossed = other.is_foreign(change.first) || other.is_foreign(change.last);
                if is_crossed && change.effect.max(other.effect) == Effect::Anything {
                    self.forget(over);
                }
            }
        }
    }

    /// A node and those below it that are remembered.
    fn subtree(&self, key: &str) -> Vec<String> {
        if key.is_empty() {
            return self.nodes.keys().cloned().collect();
        }
        let below = format!("{key}/");
        let own = self.nodes.get_key_value(key).map(|(key, _)| key);
        let rest = self.nodes.range(below.clone()..).map(|(key, _)| key).take_while(|key| key.starts_with(&below));
        own.into_iter().chain(rest).cloned().collect()
    }

    /// What is remembered of the node with that key.
    fn node(&self, key: &str) -> Option<&Node<'s>> {
        self.nodes.get(key).map(|node| &**node)
    }

    fn forget(&mut self, key: &str) {
        for key in self.subtree(key) {
            self.nodes.remove(&key);
        }
    }

    /// Whether another unit of the package may change a node, one above it or one below it.
    fn is_disturbed(&self, key: &str) -> bool {
        let is_foreign = |change: &Change| change.is_foreign(self.unit);
        let below = format!("{key}/");
        self.executing.iter().any(|unit| *unit != self.unit)
            || std::iter::once(key).chain(above(key)).filter_map(|key| self.changes.get(key)).any(is_foreign)
            || (self.changes.range(below.clone()..))
                .take_while(|(key, _)| key.starts_with(&below))
                .any(|(_, change)| is_foreign(change))
    }

    /// What is known of a node, where nothing else in the package may change it.
    fn look(&self, uri: &str) -> Option<&Node<'s>> {
        if self.nodes.is_empty() { None } else { self.look_at(path(uri), &loose_uri(path(uri))) }
    }

    /// Like [`Tree::look`], of a path with its key.
    fn look_at(&self, path: &str, key: &str) -> Option<&Node<'s>> {
        let own = self.nodes.get(key);
        let over = || {
            above(key).filter_map(|key| self.nodes.get(key)).find(|node| matches!(node.state, State::Deleted { .. }))
        };
        let node = own.or_else(|| if self.absent.may_have(key) { over() } else { None })?;
        let is_named = node.path == path || path.strip_prefix(&*node.path).is_some_and(|rest| rest.starts_with('/'));
        (is_named && self.is_earlier(node.unit) && !self.is_disturbed(key)).then_some(node)
    }

    /// Whether what a unit of a package told was told before the unit at hand, or by itself.
    fn is_earlier(&self, unit: (usize, usize)) -> bool {
        unit.0 < self.package || unit == (self.package, self.unit)
    }

    /// Keeps what is known of the nodes that a step addresses.
    fn tell(&mut self, step: &Step<'s>) {
        let Some((status, code)) = step.ended else { return };
        let mut facts = Vec::new();
        let target = self.look_at(path(step.target()), &step.key);
        let is_plain = !step.target().contains('?');
        match (step.command.name, target) {
            // The target of a serialised tree may be the node above it.
            (CommandName::Add, Some(node)) if node.state == State::Added && is_plain && !step.is_tree => {
                facts.push((Known::Added, node.by))
            }
            (CommandName::Replace, _) if step.new_name().is_some() => {
                let name = step.new_name().unwrap_or_default();
                let own = path(step.target());
                let new = renamed(own, name);
                let sibling = self.look(&new).filter(|node| !node.state.is_absent() && node.path == new && new != own);
                facts.extend(sibling.map(|node| (Known::Sibling, node.by)));
            }
            (CommandName::Replace, Some(node)) if is_plain && !step.is_tree => match node.state {
                State::Deleted { created } => facts.push((Known::Deleted { created }, node.by)),
                State::NotFound => facts.push((Known::NotFound, node.by)),
                State::Added | State::Listed | State::Renamed { .. } | State::Named => {}
            },
            (CommandName::Get | CommandName::Exec, Some(node)) => {
                if let State::Deleted { created } = node.state {
                    facts.push((Known::Deleted { created: created && node.path == path(step.target()) }, node.by));
                }
                if let Some((by, item)) = node.written
                    && step.command.name == CommandName::Get
                    && is_plain
                {
                    facts.push((Known::Written { item }, by));
                }
            }
            (CommandName::Copy, target) => {
                let source = self.look(step.source());
                if let Some(node) = source
                    && let State::Deleted { created } = node.state
                {
                    facts.push((Known::Deleted { created: created && node.path == path(step.source()) }, node.by));
                }
                let is_interior = |node: &&Node| !node.state.is_absent() && node.interior.is_some();
                let interior = source.filter(is_interior).or(target.filter(is_interior));
                facts.extend(interior.and_then(|node| node.interior).map(|by| (Known::Interior, by)));
            }
            _ => {}
        }
        self.tell_of_names(step, target, &mut facts);
        self.tell_of_property(step, target, &mut facts);
        self.tell_of_access(step, target, &mut facts);
        self.facts.extend(facts.into_iter().map(|(known, by)| NodeFact {
            command: step.place,
            item: step.at,
            status,
            code,
            known,
            by,
        }));
    }

    /// Takes in what a step did.
    fn follow(&mut self, mut step: Step<'s>) {
        let uri = step.target();
        let (path, is_plain) = (path(uri), !uri.contains('?'));
        let key = std::mem::take(&mut step.key);
        let step = &step;
        match (step.command.name, step.code()) {
            (_, Some(215)) => {}
            (CommandName::Add, Some(200)) if is_plain && !is_inbox(&key) && !uri.is_empty() => {
                self.add(step, path, key)
            }
            (CommandName::Add, Some(418)) => {}
            (CommandName::Delete, Some(200)) if is_plain => self.delete(step, path, key),
            // That it was deleted says more.
            (_, Some(404)) if is_plain && self.is_deleted(&key) => {}
            (CommandName::Get | CommandName::Delete | CommandName::Replace, Some(404)) if is_plain => {
                self.forget(&key);
                self.insert(step, path, key, State::NotFound);
            }
            (CommandName::Get, Some(200)) if is_plain => {
                self.exists(&key);
                self.read(step, path, &key);
            }
            (CommandName::Get, Some(200)) => self.read_property(step, path, key),
            (CommandName::Replace, Some(200)) if is_plain => {
                self.exists(&key);
                if step.is_tree {
                    self.forget(&key);
                } else {
                    if !self.nodes.contains_key(&key) {
                        self.insert(step, path, key.clone(), State::Listed);
                    }
                    let (unit, session) = ((self.package, self.unit), self.session);
                    if let Some(node) = self.nodes.get_mut(&key) {
                        node.write(session, step, path);
                        node.unit = unit;
                    }
                }
            }
            (CommandName::Replace, code) if !is_plain => {
                if let Some(name) = step.new_name().filter(|_| code != Some(418)) {
                    self.rename(step, path, &key, name);
                }
                self.change_acl(step, path, key);
            }
            (CommandName::Copy, Some(200)) => {
                self.exists(&key);
                self.forget(&key);
            }
            (CommandName::Exec, _) if !step.is_refused() => self.nodes.clear(),
            (CommandName::Exec, _) => {}
            (CommandName::Add | CommandName::Delete | CommandName::Replace | CommandName::Copy, _) => self.forget(&key),
            _ => {}
        }
    }

    fn insert(&mut self, step: &Step<'s>, path: impl Into<Cow<'s, str>>, key: String, state: State) {
        let unit = (self.package, self.unit);
        if state.is_absent() {
            self.absent.add(&key);
        }
        if self.nodes.len() < REMEMBERED || self.nodes.contains_key(&key) {
            self.nodes.insert(key, Box::new(Node::new(path.into(), state, step, unit)));
        }
    }

    fn is_deleted(&self, key: &str) -> bool {
        self.nodes.get(key).is_some_and(|node| matches!(node.state, State::Deleted { .. }))
    }

    /// A node is there, and so are those above it.
    fn exists(&mut self, key: &str) {
        if !self.absent.may_have(key) {
            return;
        }
        for key in std::iter::once(key).chain(above(key)) {
            if self.nodes.get(key).is_some_and(|node| node.state.is_absent()) {
                self.nodes.remove(key);
            }
        }
    }

    fn add(&mut self, step: &Step<'s>, path: &'s str, key: String) {
        let has_twin = self.nodes.get(&key).is_some_and(|node| node.path != path && !node.state.is_absent());
        self.imply(step, path, &key);
        self.exists(&key);
        let is_tree = step.is_tree;
        if is_tree {
            self.forget(&key);
        }
        let interior = step.met_inf(Tag::Format) == "node" && !is_tree;
        self.insert(step, path, key.clone(), State::Added);
        let Some(node) = self.nodes.get_mut(&key) else { return };
        node.has_twin = has_twin;
        node.is_tree = is_tree;
        node.interior = interior.then_some(step.place);
        if !is_tree {
            node.written = value_of(step).filter(|_| !interior);
            node.stored = node.written.or(interior.then_some((step.place, step.at)));
            node.leaf = node.written.filter(|_| step.has_format_of_leaf()).map(|(place, _)| place);
        }
    }

    fn delete(&mut self, step: &Step<'s>, path: &'s str, key: String) {
        let unit = (self.package, self.unit);
        let mut created = false;
        for other in self.subtree(&key) {
            let Some(node) = self.nodes.get_mut(&other) else { continue };
            let was = match node.state {
                State::Added => true,
                State::Deleted { created } => created,
                State::Listed | State::NotFound | State::Renamed { .. } | State::Named => false,
            };
            created |= other == key && was;
            **node = Node::new(std::mem::take(&mut node.path), State::Deleted { created: was }, step, unit);
        }
        self.forget_acls();
        self.insert(step, path, key, State::Deleted { created });
    }

    /// What Results tell of an interior node: its kind, and its children.
    fn read(&mut self, step: &Step<'s>, path: &'s str, key: &str) {
        let session = self.session;
        for place in session.results_of(step.place) {
            let Some((entry, results)) = session.command(place) else { continue };
            let message = &entry.message;
            for item in message.items(results) {
                let format = message.text(message.effective_met_inf(results, Some(item), Tag::Format));
                if self::path(message.text(item.source_uri)) != path {
                    continue;
                }
                if !self.nodes.contains_key(key) {
                    self.insert(step, path, key.to_owned(), State::Listed);
                }
                let is_interior = format == "node";
                if let Some(node) = self.nodes.get_mut(key).filter(|node| node.path == path) {
                    node.interior = is_interior.then_some(place);
                    // A Format that is absent is that of most leaves, and often that of a list too.
                    node.leaf = is_format_of_leaf(format).then_some(place).or(node.leaf.filter(|_| !is_interior));
                }
                if !is_interior {
                    continue;
                }
                for name in message.text(item.data).split('/').filter(|name| !name.is_empty()).take(LISTED) {
                    let child = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                    let child_key = loose_uri(&child);
                    if self.nodes.get(&child_key).is_none_or(|node| node.state.is_absent()) {
                        self.insert(step, child, child_key, State::Listed);
                    }
                }
            }
        }
    }
}
