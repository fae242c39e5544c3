//! What is found in one serialised tree, sorted by the rules that ask.

use super::super::evidence::Voice;
use super::super::helper::{plain, without_query};
use crate::base::Severity;
use crate::dm::Version;

/// What rules ask of a serialised tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Kind {
    Version,
    NodeName,
    Properties,
    Elements,
    Value,
    Format,
    Type,
    Acl,
    Stamps,
    Path,
    Siblings,
    Typed,
    Tokens,
    References,
    InboxType,
    AccountShape,
    AppId,
    Address,
    Port,
    Authentication,
    Preference,
    Secret,
    ServerId,
}

/// Something that is wrong with it.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Defect {
    pub(in crate::rules) kind: Kind,
    pub(in crate::rules) severity: Severity,
    pub(in crate::rules) seen: String,
    pub(in crate::rules) expected: &'static str,
}

/// Where a tree comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct About<'s> {
    pub(in crate::rules) voice: Voice,
    /// Target of the command, or what the Get asked for.
    pub(in crate::rules) uri: &'s str,
    /// Whether it is written in WBXML.
    pub(in crate::rules) is_wbxml: bool,
    pub(in crate::rules) version: Version,
}

impl About<'_> {
    /// Whether the Get asked for other properties than those that always come.
    pub(super) fn is_selection(&self) -> bool {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        query.contains(['+', '-', '%'])
    }

    pub(in crate::rules) fn is_for_inbox(&self) -> bool {
        let path = plain(without_query(self.uri));
        path == "Inbox" || path.starts_with("Inbox/")
    }
}

/// What was found in a tree.
#[derive(Debug, Default)]
pub(in crate::rules) struct Look {
    asked: u32,
    defects: Vec<Defect>,
    /// How many defects of each kind there are, with those that are not kept.
    counts: [u32; 32],
    /// Whether a node has run-time properties or a value.
    pub(in crate::rules) is_of_run_time: bool,
    /// Names from the top of the object to each leaf, joined with slashes; a part of them where there are many.
    pub(in crate::rules) leaves: Vec<String>,
    /// NodeName of its only top node, behind its Path; `None` where there are several.
    pub(in crate::rules) top: Option<String>,
}

/// Defects of one kind that are kept; one that is worse than all of them is kept, too.
const OF_A_KIND: usize = 4;

impl Look {
    /// The tree has what rules of a kind look at.
    pub(in crate::rules) fn ask(&mut self, kind: Kind) {
        self.asked |= 1 << kind as u32;
    }

    pub(in crate::rules) fn note(&mut self, defect: Defect) {
        self.ask(defect.kind);
        if let Some(count) = self.counts.get_mut(defect.kind as usize) {
            *count = count.saturating_add(1);
        }
        let is_worst = self.of(defect.kind).all(|other| other.severity < defect.severity);
        if is_worst || self.of(defect.kind).count() < OF_A_KIND {
            self.defects.push(defect);
        }
    }

    /// How many defects of a kind there are.
    pub(super) fn count(&self, kind: Kind) -> u32 {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    pub(super) fn bad(&mut self, kind: Kind, severity: Severity, seen: String, expected: &'static str) {
        self.note(Defect { kind, severity, seen, expected });
    }

    pub(in crate::rules) fn is_asked(&self, kind: Kind) -> bool {
        self.asked & (1 << kind as u32) != 0
    }

    pub(in crate::rules) fn of(&self, kind: Kind) -> impl Iterator<Item = &Defect> {
        self.defects.iter().filter(move |defect| defect.kind == kind)
    }
}
