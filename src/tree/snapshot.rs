//! The tree at one point.

use super::acl::{Acl, Right};
use super::journal::Journal;
use super::node::{Certainty, Existence, Known, NodeKind, Property, Row, Value, is_mo_id};
use super::record::PathId;
use super::state::{Bounds, Seq, State, Told};
use super::uri::{self, NodeUri, UriProblem};

/// What is known of a device's tree at one point of a run.
#[derive(Debug)]
pub struct Tree<'j> {
    pub(super) journal: &'j Journal,
    pub(super) state: State,
    /// The session in which the point lies.
    session: Option<u32>,
}

/// Whether a server may do something, as far as the ACLs that are known say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Allowed,
    /// It may not.
    Denied,
    /// An ACL that decides is not known.
    Unknown,
}

/// A node with its bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) id: PathId,
    pub(super) bounds: Bounds,
}

impl<'j> Tree<'j> {
    pub(super) fn new(journal: &'j Journal, state: State, session: Option<u32>) -> Self {
        Self { journal, state, session }
    }

    pub(super) fn here(&self, id: PathId) -> Here {
        Here { id, bounds: self.state.bounds(&self.journal.paths, id) }
    }

    /// What a number tells, where that still holds.
    pub(super) fn holds(&self, here: Here, seq: Seq) -> bool {
        let gone = self.state.slot(here.id).map_or(0, |slot| slot.gone);
        seq > gone.max(here.bounds.gone)
    }

    /// How sure what a change told is by now.
    pub(super) fn certainty(&self, here: Here, seq: Seq) -> Certainty {
        let is_certain = self.journal.change(seq).is_some_and(|change| {
            change.certain && self.journal.source(change).map(|source| source.session) == self.session
        });
        if is_certain && seq > here.bounds.doubt { Certainty::Certain } else { Certainty::Inferred }
    }

    fn known<T>(&self, here: Here, seq: Seq, value: impl FnOnce() -> T) -> Option<Known<T>> {
        if seq == 0 || !self.holds(here, seq) {
            return None;
        }
        let origin = self.journal.origin(seq)?;
        Some(Known { value: value(), certainty: self.certainty(here, seq), origin })
    }

    pub(super) fn text(&self, here: Here, told: Told) -> Option<Known<String>> {
        self.known(here, told.by, || self.journal.texts.some(told.text).unwrap_or_default().to_owned())
    }

    /// Whether a node is there, and the change that says so.
    pub(super) fn existence(&self, here: Here) -> (Existence, Seq) {
        let Some(slot) = self.state.slot(here.id) else { return (Existence::Unknown, 0) };
        let gone = slot.gone.max(here.bounds.gone);
        if slot.exists > gone {
            (Existence::Present, slot.exists)
        } else if gone > 0 {
            (Existence::Absent, gone)
        } else {
            (Existence::Unknown, 0)
        }
    }

    pub(super) fn kind(&self, here: Here) -> NodeKind {
        match self.state.slot(here.id) {
            Some(slot) if self.holds(here, slot.kind_by) => slot.kind,
            _ => NodeKind::Unknown,
        }
    }

    /// The path of a URI, where something was ever told of it.
    fn find(&self, uri: &str) -> Result<Option<PathId>, UriProblem> {
        let uri = NodeUri::parse(uri)?;
        let mut at = PathId::ROOT;
        for segment in &uri.segments {
            let wanted = uri::key(segment);
            let found = self.state.children(at).find(|id| uri::key(self.journal.name(*id)) == wanted);
            let Some(id) = found else { return Ok(None) };
            at = id;
        }
        Ok(Some(at))
    }

    /// A node by its URI; `None` where nothing was ever told of it.
    ///
    /// # Errors
    /// When the URI leads to no node.
    pub fn node(&self, uri: &str) -> Result<Option<Row>, UriProblem> {
        Ok(self.find(uri)?.map(|id| self.row(self.here(id), self.depth(id))))
    }

    fn depth(&self, id: PathId) -> u32 {
        u32::try_from(self.journal.paths.above(id).count()).unwrap_or(u32::MAX)
    }

    /// All nodes that are there, or were known to be and are not any more, from the top down; siblings by name.
    pub fn rows(&self) -> Rows<'_, 'j> {
        Rows { tree: self, todo: vec![(self.here(PathId::ROOT), 0)] }
    }

    /// The same, of one node and what is below it; empty where nothing was ever told of it.
    ///
    /// # Errors
    /// When the URI leads to no node.
    pub fn rows_below(&self, uri: &str) -> Result<Rows<'_, 'j>, UriProblem> {
        let start = self.find(uri)?.map(|id| (self.here(id), self.depth(id)));
        Ok(Rows { tree: self, todo: start.into_iter().collect() })
    }

    /// Children that are rows, by name.
    pub(super) fn shown(&self, over: Here) -> Vec<Here> {
        let gone = self.state.slot(over.id).map_or(0, |slot| slot.gone).max(over.bounds.gone);
        // Of what is not there, nothing below is of interest.
        if self.existence(over).0 == Existence::Absent {
            return Vec::new();
        }
        let below = |id: PathId| {
            let slot = self.state.slot(id)?;
            let doubt = over.bounds.doubt.max(slot.doubt);
            let is_told = slot.exists > gone || slot.gone > gone;
            is_told.then_some(Here { id, bounds: Bounds { gone, doubt } })
        };
        let mut found: Vec<Here> = self.state.children(over.id).filter_map(below).collect();
        found.sort_by(|a, b| self.journal.name(a.id).cmp(self.journal.name(b.id)));
        found
    }

    pub(super) fn row(&self, here: Here, depth: u32) -> Row {
        let (existence, by) = self.existence(here);
        let mut row = Row {
            depth,
            uri: self.journal.uri(here.id),
            name: self.journal.name(here.id).to_owned(),
            existence,
            certainty: (by > 0).then(|| self.certainty(here, by)),
            origin: self.journal.origin(by),
            kind: self.kind(here),
            format: None,
            media_type: None,
            mo_id: None,
            value: None,
            acl: None,
            properties: Vec::new(),
            children_complete: None,
            children: u32::try_from(self.shown(here).len()).unwrap_or(u32::MAX),
        };
        let Some(slot) = self.state.slot(here.id).filter(|_| existence == Existence::Present) else { return row };
        row.format = self.text(here, slot.format);
        row.media_type = self.text(here, slot.media);
        row.mo_id = self.mo_id(here).map(str::to_owned);
        row.value = self.known(here, slot.value.by, || Value {
            text: self.journal.texts.some(slot.value.text).map(str::to_owned),
            length: slot.length,
            is_octets: slot.is_octets,
            is_clipped: slot.is_clipped,
        });
        row.acl = self.text(here, slot.acl);
        for property in Property::ALL {
            let told = self.state.property(here.id, property).and_then(|told| self.text(here, told));
            row.properties.extend(told.map(|told| (property, told)));
        }
        if slot.complete > 0 && self.holds(here, slot.complete) {
            row.children_complete = Some(self.certainty(here, slot.complete));
        }
        row
    }

    /// The identifier of the management object that begins at a node.
    pub(super) fn mo_id(&self, here: Here) -> Option<&str> {
        let slot = self.state.slot(here.id)?;
        let id = self.journal.texts.some(slot.media.text).filter(|_| self.holds(here, slot.media.by))?;
        (self.kind(here) != NodeKind::Leaf && is_mo_id(id)).then_some(id)
    }

    /// The ACL of a node itself, where it is known: of a present node, or of one that is about to be made.
    fn own_acl(&self, here: Here) -> Option<Acl> {
        let slot = self.state.slot(here.id)?;
        if slot.acl.by == 0 || !self.holds(here, slot.acl.by) {
            return None;
        }
        Some(Acl::parse(self.journal.texts.some(slot.acl.text).unwrap_or_default()).0)
    }

    /// The ACL that counts for a node: its own or, where that is empty, that of the nearest node above with one
    /// (OMA-TS-DM_TND-V1_2_1, 7.7.1). `None` where one on the way is not known.
    ///
    /// # Errors
    /// When the URI leads to no node.
    pub fn effective_acl(&self, uri: &str) -> Result<Option<Acl>, UriProblem> {
        Ok(self.find(uri)?.and_then(|id| self.effective(id)))
    }

    pub(super) fn effective(&self, id: PathId) -> Option<Acl> {
        for id in std::iter::once(id).chain(self.journal.paths.above(id)) {
            let acl = self.own_acl(self.here(id))?;
            // The root always has one, and nothing is above it.
            if !acl.is_empty() {
                return Some(acl);
            }
        }
        None
    }

    fn decides(&self, id: PathId, right: Right, server: &str) -> Access {
        match self.effective(id) {
            Some(acl) if acl.grants(right, server) => Access::Allowed,
            Some(_) => Access::Denied,
            None => Access::Unknown,
        }
    }

    /// Whether a server may use a command on a node, by its identifier in ACLs. An Add needs the right on the node above; a
    /// change of the ACL (`?prop=ACL` with Replace) needs Replace on the node above, of an interior node there or on itself.
    ///
    /// # Errors
    /// When the URI leads to no node.
    pub fn access(&self, server: &str, right: Right, uri: &str) -> Result<Access, UriProblem> {
        let parsed = NodeUri::parse(uri)?;
        let (over, steps) = self.nearest(&parsed);
        let is_acl = right == Right::Replace && parsed.query == uri::Query::Property(Property::Acl);
        if right == Right::Add {
            // The nearest node that is there decides, without the node itself.
            let parent = if steps == 0 { self.journal.paths.parent(over).unwrap_or(over) } else { over };
            return Ok(self.decides(parent, right, server));
        }
        if steps > 0 {
            return Ok(Access::Unknown);
        }
        if !is_acl {
            return Ok(self.decides(over, right, server));
        }
        let above = self.journal.paths.parent(over).map(|parent| self.decides(parent, right, server));
        let own = self.decides(over, right, server);
        Ok(match (self.kind(self.here(over)), above) {
            (_, Some(Access::Allowed)) => Access::Allowed,
            (NodeKind::Leaf, Some(above)) => above,
            (_, None) => own,
            (NodeKind::Interior, Some(above)) => match (own, above) {
                (Access::Allowed, _) => Access::Allowed,
                (Access::Denied, Access::Denied) => Access::Denied,
                _ => Access::Unknown,
            },
            (NodeKind::Unknown, Some(above)) if own == Access::Denied => above,
            (NodeKind::Unknown, Some(_)) => Access::Unknown,
        })
    }

    /// The lowest node on the way to a URI that something was told of, and how many steps are left.
    fn nearest(&self, uri: &NodeUri<'_>) -> (PathId, usize) {
        let mut at = PathId::ROOT;
        for (done, segment) in uri.segments.iter().enumerate() {
            let wanted = uri::key(segment);
            match self.state.children(at).find(|id| uri::key(self.journal.name(*id)) == wanted) {
                Some(id) => at = id,
                None => return (at, uri.segments.len().saturating_sub(done)),
            }
        }
        (at, 0)
    }
}

/// See [`Tree::rows`].
#[derive(Debug)]
pub struct Rows<'t, 'j> {
    tree: &'t Tree<'j>,
    todo: Vec<(Here, u32)>,
}

impl Iterator for Rows<'_, '_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let (here, depth) = self.todo.pop()?;
        let children = self.tree.shown(here);
        self.todo.extend(children.into_iter().rev().map(|child| (child, depth.saturating_add(1))));
        Some(self.tree.row(here, depth))
    }
}
