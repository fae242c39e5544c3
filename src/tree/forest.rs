//! The journals of all devices of a run, while they are written.

use super::journal::{Journal, SessionMark, seq_of};
use super::lesson::{Event, Lesson, Said};
use super::node::{NodeKind, Property, is_mo_id};
use super::problem::{TreeProblem, TreeProblemKind};
use super::record::{Change, PathId, What};
use super::state::{Seq, State};
use super::texts::{Index, TextId};
use super::uri;
use super::{Acl, Right};
use crate::base::Limits;
use crate::dm::Session;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all journals of a run hold together.
#[derive(Debug, Default)]
struct Budget {
    nodes: usize,
    changes: usize,
    text: usize,
}

/// What the sessions of a run tell of the trees of their devices.
#[derive(Debug, Default)]
pub struct Forest {
    devices: BTreeMap<String, Recorder>,
    budget: Budget,
    sessions: u32,
}

impl Forest {
    /// Adds a session. Sessions come in the order of their numbers.
    pub fn take(&mut self, number: u32, session: &Session) {
        self.learn(number, &Lesson::of(session, None));
    }

    /// Adds what a session tells; `number` is its number in the run. Lessons come in the order of these numbers.
    pub fn learn(&mut self, number: u32, lesson: &Lesson) {
        self.sessions = self.sessions.max(number);
        // Without a name, nobody can say whose tree it is.
        if lesson.key.is_empty() {
            return;
        }
        let recorder = self.devices.entry(lesson.key.clone()).or_default();
        recorder.learn(number, lesson, &mut self.budget);
    }

    /// The highest number of a session so far.
    pub fn sessions(&self) -> u32 {
        self.sessions
    }

    /// Whether no device is known.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// The journals, in the order in which their devices first showed.
    pub fn journals(&self) -> Vec<&Journal> {
        let mut all: Vec<&Journal> = self.devices.values().map(|recorder| &recorder.journal).collect();
        all.sort_by_key(|journal| journal.sessions().first().map(|session| session.number));
        all
    }

    /// The journal of a device, by the name that it gives itself, also where that is hidden in everything that is shown.
    pub fn of(&self, device: &str) -> Option<&Journal> {
        self.devices.get(device).map(|recorder| &recorder.journal)
    }

    /// The journal of a device, by the name that is shown.
    pub fn shown_as(&self, device: &str) -> Option<&Journal> {
        self.devices.values().map(|recorder| &recorder.journal).find(|journal| journal.device() == device)
    }
}

/// A forest that is read while it is written.
#[derive(Debug, Clone, Default)]
pub struct SharedForest(Arc<Mutex<Forest>>);

impl SharedForest {
    fn lock(&self) -> MutexGuard<'_, Forest> {
        // Whoever broke off while learning has left a journal that ends early, and nothing worse.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what a session tells: see [`Forest::learn`].
    pub fn learn(&self, number: u32, lesson: &Lesson) {
        self.lock().learn(number, lesson);
    }

    /// What is known by now.
    pub fn read<R>(&self, look: impl FnOnce(&Forest) -> R) -> R {
        look(&self.lock())
    }

    /// Takes everything out of it.
    pub fn take(&self) -> Forest {
        std::mem::take(&mut *self.lock())
    }
}

/// Writes the journal of one device.
#[derive(Debug, Default)]
struct Recorder {
    journal: Journal,
    state: State,
    index: Index,
    /// Paths by the one above and the name as names are compared.
    paths: HashMap<(PathId, TextId), PathId>,
    /// A ceiling was hit: what comes later is not kept.
    is_full: bool,
    session: u32,
}

impl Recorder {
    fn learn(&mut self, number: u32, lesson: &Lesson, budget: &mut Budget) {
        if self.journal.sessions.is_empty() {
            self.journal.device.clone_from(&lesson.device);
        }
        self.session = number;
        self.journal.sessions.push(SessionMark {
            number,
            session_id: lesson.session_id.clone(),
            server: lesson.server.clone(),
            messages: lesson.messages,
            started: lesson.started.to_string(),
        });
        self.journal.more_problems = self.journal.more_problems.saturating_add(lesson.more_problems);
        for problem in &lesson.problems {
            self.problem(TreeProblem { session: number, ..problem.clone() });
        }
        if self.is_full {
            return;
        }
        let sources = u32::try_from(self.journal.sources.len()).unwrap_or(u32::MAX);
        for source in &lesson.sources {
            let cmd_id = source.cmd_id.map(|id| self.text(lesson.texts.get(id), budget));
            let source = super::place::Source { session: number, cmd_id, ..*source };
            self.journal.sources.push(source);
        }
        self.state.grow(&self.journal.paths);
        for event in &lesson.events {
            if self.is_full {
                break;
            }
            self.event(event, lesson, sources, budget);
        }
    }

    fn problem(&mut self, problem: TreeProblem) {
        let same = self.journal.problems.iter().filter(|known| known.kind == problem.kind).count();
        if same < Limits::PROBLEMS_OF_A_KIND {
            self.journal.problems.push(problem);
        } else {
            self.journal.more_problems = self.journal.more_problems.saturating_add(1);
        }
    }

    /// Says that no more is kept.
    fn full(&mut self, what: &str) {
        if self.is_full {
            return;
        }
        self.is_full = true;
        let source = self.journal.changes.last().and_then(|change| self.journal.source(change)).copied();
        self.problem(TreeProblem {
            kind: TreeProblemKind::Limit,
            session: self.session,
            message: source.map_or(0, |source| source.message),
            cmd_id: None,
            text: format!("the trees of all devices have {what}: what comes later is not in this one"),
        });
    }

    fn text(&mut self, text: &str, budget: &mut Budget) -> TextId {
        let before = self.journal.texts.octets();
        let id = self.index.intern(&mut self.journal.texts, text);
        budget.text = budget.text.saturating_add(self.journal.texts.octets().saturating_sub(before));
        if budget.text > Limits::TREE_TEXT {
            self.full(&format!("more than {} octets of names and values", Limits::TREE_TEXT));
        }
        id
    }

    /// The path below another; `None` where there is no more room.
    fn below(&mut self, over: PathId, name: &str, budget: &mut Budget) -> Option<PathId> {
        let key = self.text(&uri::key(name), budget);
        if let Some(id) = self.paths.get(&(over, key)) {
            return Some(*id);
        }
        if budget.nodes >= Limits::TREE_NODES {
            self.full(&format!("{} nodes", Limits::TREE_NODES));
        }
        let name = self.text(name, budget);
        if self.is_full {
            return None;
        }
        budget.nodes = budget.nodes.saturating_add(1);
        let id = self.journal.paths.push(over, name);
        self.paths.insert((over, key), id);
        self.state.grow(&self.journal.paths);
        Some(id)
    }

    fn path(&mut self, text: &str, budget: &mut Budget) -> Option<PathId> {
        text.split('/').filter(|name| !name.is_empty()).try_fold(PathId::ROOT, |at, name| self.below(at, name, budget))
    }

    fn push(&mut self, change: Change, budget: &mut Budget) {
        if budget.changes >= Limits::TREE_CHANGES {
            self.full(&format!("{} changes", Limits::TREE_CHANGES));
            return;
        }
        budget.changes = budget.changes.saturating_add(1);
        let seq = seq_of(self.journal.changes.len());
        self.state.apply(&self.journal.paths, seq, &change);
        self.journal.changes.push(change);
    }

    fn event(&mut self, event: &Event, lesson: &Lesson, sources: u32, budget: &mut Budget) {
        let Some(path) = self.path(lesson.texts.get(event.path), budget) else { return };
        let source = event.source.saturating_add(sources);
        let change = |what| Change { source, path, certain: event.certain, what };
        let mut text = |of: &mut Self, id: Option<TextId>| id.map(|id| of.text(lesson.texts.get(id), budget));
        match event.said {
            Said::Node { mut kind, is_stated, format, media } => {
                // A leaf only by custom is no word against what is known.
                if !is_stated && self.kind(path) == NodeKind::Interior {
                    kind = NodeKind::Unknown;
                }
                let (format, media) = (text(self, format), text(self, media));
                self.push(change(What::Node { kind, format, media }), budget);
            }
            Said::Value { text: value, length, digest, is_octets, is_clipped } => {
                let value = text(self, value);
                self.push(change(What::Value { text: value, length, digest, is_octets, is_clipped }), budget);
            }
            Said::Property { property, text: told } => {
                if let Some(text) = text(self, Some(told)) {
                    self.push(change(What::Property { property, text }), budget);
                }
            }
            Said::Made { is_leaf } => self.made(change(What::Doubt), is_leaf, budget),
            Said::Children { from, to, all } => {
                let names = lesson.names.get(from as usize..to as usize).unwrap_or_default();
                self.children(change(What::Complete), names.iter().map(|id| lesson.texts.get(*id)), all, budget);
            }
            Said::Absent => self.push(change(What::Absent), budget),
            Said::Doubt => self.push(change(What::Doubt), budget),
            Said::Renamed { name } => self.renamed(change(What::Doubt), lesson.texts.get(name), budget),
            Said::Copied { to } => {
                if let Some(to) = self.path(lesson.texts.get(to), budget) {
                    self.copied(change(What::Doubt), to, budget);
                }
            }
            Said::Executed => {
                let root = self.object_of(path);
                self.push(Change { path: root, ..change(What::Doubt) }, budget);
            }
        }
    }

    fn holds(&self, path: PathId, seq: Seq) -> bool {
        let gone = self.state.slot(path).map_or(0, |slot| slot.gone);
        seq > gone.max(self.state.bounds(&self.journal.paths, path).gone)
    }

    fn kind(&self, path: PathId) -> NodeKind {
        match self.state.slot(path) {
            Some(slot) if self.holds(path, slot.kind_by) => slot.kind,
            _ => NodeKind::Unknown,
        }
    }

    /// The root of the management object that a node belongs to; the root of the tree where none is known.
    fn object_of(&self, path: PathId) -> PathId {
        let is_object = |id: &PathId| {
            let Some(slot) = self.state.slot(*id) else { return false };
            let media = self.journal.texts.some(slot.media.text);
            media.is_some_and(is_mo_id) && self.kind(*id) != NodeKind::Leaf && self.holds(*id, slot.media.by)
        };
        std::iter::once(path).chain(self.journal.paths.above(path)).find(is_object).unwrap_or(PathId::ROOT)
    }

    /// A node that a server made has an empty ACL, unless it is an interior one and the server has no Replace above it: then
    /// the device gives it one (OMA-TS-DM_TND-V1_2_1, 7.7.1). Which identifier is the server's is not known here.
    fn made(&mut self, change: Change, is_leaf: bool, budget: &mut Budget) {
        let is_empty = is_leaf || {
            let over = self.journal.paths.parent(change.path);
            let acl = over.and_then(|over| self.effective_acl(over));
            acl.is_some_and(|acl| acl.of(Right::Replace) == Some(&super::Grant::Everybody))
        };
        if is_empty {
            let text = self.text("", budget);
            self.push(Change { what: What::Property { property: Property::Acl, text }, ..change }, budget);
        }
    }

    fn effective_acl(&self, path: PathId) -> Option<Acl> {
        for id in std::iter::once(path).chain(self.journal.paths.above(path)) {
            let slot = self.state.slot(id)?;
            if slot.acl.by == 0 || !self.holds(id, slot.acl.by) {
                return None;
            }
            let acl = Acl::parse(self.journal.texts.some(slot.acl.text).unwrap_or_default()).0;
            if !acl.is_empty() {
                return Some(acl);
            }
        }
        None
    }

    /// A list of children: those are there and, where it names all, no others.
    fn children<'n>(&mut self, change: Change, names: impl Iterator<Item = &'n str>, all: bool, budget: &mut Budget) {
        let mut listed = HashSet::new();
        for name in names {
            let Some(path) = self.below(change.path, name, budget) else { return };
            if listed.insert(path) {
                let what = What::Node { kind: NodeKind::Unknown, format: None, media: None };
                self.push(Change { path, what, ..change }, budget);
            }
        }
        if !all {
            return;
        }
        let others: Vec<PathId> = self
            .state
            .children(change.path)
            .filter(|id| !listed.contains(id) && self.state.exists(&self.journal.paths, *id))
            .collect();
        for path in others {
            self.push(Change { path, what: What::Absent, ..change }, budget);
        }
        self.push(Change { what: What::Complete, ..change }, budget);
    }

    fn renamed(&mut self, change: Change, name: &str, budget: &mut Budget) {
        let from = change.path;
        let Some(over) = self.journal.paths.parent(from) else { return };
        let Some(to) = self.below(over, name, budget).filter(|to| *to != from) else { return };
        // Of a node that nothing was known of, this is the first word.
        if !self.state.exists(&self.journal.paths, from) {
            let what = What::Node { kind: NodeKind::Unknown, format: None, media: None };
            self.push(Change { what, ..change }, budget);
        }
        let mut todo = vec![(from, to, true)];
        while let Some((from, to, is_top)) = todo.pop() {
            let below: Vec<PathId> = self
                .state
                .children(from)
                .filter(|id| self.state.slot(*id).is_some_and(|slot| slot.exists > slot.gone))
                .collect();
            let gone = self.state.slot(from).map_or(0, |slot| slot.gone);
            for child in below {
                // What was deleted with the node before does not move.
                if self.state.slot(child).is_some_and(|slot| slot.exists > gone) {
                    let name = self.journal.name(child).to_owned();
                    let Some(new) = self.below(to, &name, budget) else { return };
                    todo.push((child, new, false));
                }
            }
            self.push(Change { path: from, what: What::Moved { to, is_top }, ..change }, budget);
            if self.is_full {
                return;
            }
        }
    }

    fn copied(&mut self, change: Change, to: PathId, budget: &mut Budget) {
        let from = change.path;
        let mut what = What::Value { text: None, length: 0, digest: 0, is_octets: false, is_clipped: false };
        let (mut certain, mut format, mut media) = (false, None, None);
        if let Some(slot) =
            self.state.slot(from).copied().filter(|slot| slot.value.by > 0 && self.holds(from, slot.value.by))
        {
            let doubt = self.state.bounds(&self.journal.paths, from).doubt;
            let told = self.journal.change(slot.value.by);
            let is_fresh = told.is_some_and(|told| {
                told.certain && self.journal.source(told).is_some_and(|source| source.session == self.session)
            });
            certain = change.certain && is_fresh && slot.value.by > doubt;
            (format, media) = (slot.format.text, slot.media.text);
            what = What::Value {
                text: slot.value.text,
                length: slot.length,
                digest: slot.digest,
                is_octets: slot.is_octets,
                is_clipped: slot.is_clipped,
            };
        }
        let is_known = self.kind(from) == NodeKind::Leaf || certain;
        let kind = if is_known { NodeKind::Leaf } else { NodeKind::Unknown };
        self.push(Change { path: to, what: What::Node { kind, format, media }, ..change }, budget);
        if is_known || self.kind(from) == NodeKind::Unknown {
            self.push(Change { path: to, certain, what, ..change }, budget);
        }
    }
}
