//! Who may do what, and what protects it: the part of a report that is about security.
//!
//! What is asked of a session stands in the rules; here is only which of them are about security, by subject, and the ACLs that
//! sessions show, put together by device.

use crate::verdict::{RightsReport, RuleReport};
use std::collections::BTreeMap;

/// A subject, and the rules that are about it; those that a version of the program does not have are passed over.
#[derive(Debug)]
pub struct Subject {
    /// The subject.
    pub title: &'static str,
    /// Ids of rules.
    pub rules: &'static [&'static str],
}

/// The subjects, in the order in which they are shown.
pub static SUBJECTS: &[Subject] = &[
    Subject {
        title: "Traffic in clear, and old protection",
        rules: &["HTTP-001", "HTTP-003", "HTTP-004", "HTTP-005", "HTTP-027"],
    },
    Subject { title: "Credentials that others can read", rules: &["AUTH-044", "AUTH-001"] },
    Subject {
        title: "Who is allowed in",
        rules: &["AUTH-007", "AUTH-018", "AUTH-032", "AUTH-033", "AUTH-040", "AUTH-043", "AUTH-045"],
    },
    Subject {
        title: "Nonces: new, long enough, not to be guessed",
        rules: &["AUTH-013", "AUTH-014", "AUTH-015", "AUTH-016", "AUTH-028", "AUTH-029", "AUTH-052"],
    },
    Subject { title: "Notifications", rules: &["NOT-002"] },
    Subject { title: "Bootstrap", rules: &["BST-010", "BST-011", "BST-012", "BST-015", "BST-027"] },
    Subject {
        title: "Access control",
        rules: &[
            "CMD-028", "STA-045", "PRP-020", "PRP-021", "PRP-022", "PRP-023", "PRP-025", "PRP-026", "PRP-027",
            "PRP-029", "PRP-030", "PRP-031", "PRP-036",
        ],
    },
];

/// The subjects with those of their rules that a report has; a subject without any is left out.
pub fn subjects(rules: &[RuleReport]) -> Vec<(&'static str, Vec<&RuleReport>)> {
    let known: BTreeMap<&str, &RuleReport> = rules.iter().map(|rule| (&*rule.id, rule)).collect();
    let found = |subject: &'static Subject| {
        let of_subject: Vec<&RuleReport> = subject.rules.iter().filter_map(|id| known.get(id).copied()).collect();
        (subject.title, of_subject)
    };
    SUBJECTS.iter().map(found).filter(|(_, rules)| !rules.is_empty()).collect()
}

/// What ACLs can grant, as columns.
pub const RIGHTS: [&str; 5] = ["Add", "Delete", "Exec", "Get", "Replace"];

/// Who may do what with one node of a device, by the latest ACL of it that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The node.
    pub node: String,
    /// For each of [`RIGHTS`], the servers that have it; `*` for all.
    pub servers: [String; 5],
    /// The ACL has something that grants nothing to anybody, or is empty: the node above decides.
    pub is_inherited: bool,
    /// The session and the message that show it.
    pub session: u32,
    /// Number of the message.
    pub message: u32,
}

/// The ACLs that sessions show, by device and node; of each node the latest.
#[derive(Debug, Default)]
pub struct Rights {
    devices: BTreeMap<String, BTreeMap<String, Row>>,
    rows: usize,
    /// Rows for which there was no room.
    pub left_out: u64,
}

impl Rights {
    /// Rows that are kept.
    const MOST: usize = 5_000;

    /// Takes what a session of a device shows.
    pub fn add(&mut self, device: &str, session: u32, shown: &[RightsReport<'_>]) {
        for acl in shown {
            let rows = self.devices.entry(device.to_owned()).or_default();
            let is_new = !rows.contains_key(&*acl.node);
            if is_new && self.rows >= Self::MOST {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            self.rows += usize::from(is_new);
            rows.insert(acl.node.to_string(), row(acl, session));
        }
        self.devices.retain(|_, rows| !rows.is_empty());
    }

    /// The devices by name, each with its nodes by URI.
    pub fn devices(&self) -> impl Iterator<Item = (&str, Vec<&Row>)> {
        self.devices.iter().map(|(device, rows)| (device.as_str(), rows.values().collect()))
    }

    /// Whether no ACL was seen.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// The parts of an ACL (OMA-TS-DM_TND-V1_2_1, 7.7.1): `Get=*&Replace=a+b`. What cannot be understood grants nothing.
fn row(acl: &RightsReport<'_>, session: u32) -> Row {
    let mut servers: [String; 5] = Default::default();
    for part in acl.acl.split('&') {
        let Some((command, names)) = part.split_once('=') else { continue };
        let at = RIGHTS.iter().position(|right| *right == command.trim());
        if let Some(cell) = at.and_then(|at| servers.get_mut(at)) {
            let names = names.split('+').map(str::trim).filter(|name| !name.is_empty());
            for name in names {
                cell.push_str(if cell.is_empty() { "" } else { ", " });
                cell.push_str(name);
            }
        }
    }
    let is_inherited = servers.iter().all(String::is_empty);
    Row { node: acl.node.to_string(), servers, is_inherited, session, message: acl.message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_name_rules_that_exist_once() {
        let mut seen = std::collections::BTreeSet::new();
        for id in SUBJECTS.iter().flat_map(|subject| subject.rules) {
            assert!(seen.insert(id), "{id} twice");
            let is_known = crate::rules::all().any(|rule| rule.id == *id) || crate::rules::left_out(id).is_some();
            assert!(is_known, "{id} is no rule");
        }
    }

    #[test]
    fn the_latest_acl_of_a_node_counts() {
        let shown =
            |node: &'static str, acl: &'static str| RightsReport { node: node.into(), acl: acl.into(), message: 3 };
        let mut rights = Rights::default();
        rights.add("d", 1, &[shown("./A", "Get=*&Replace=x+y"), shown("./B", "")]);
        rights.add("d", 2, &[shown("./A", "Get=x&Nonsense")]);
        let devices: Vec<_> = rights.devices().collect();
        let [(_, rows)] = devices.as_slice() else { unreachable!() };
        assert_eq!((rows[0].servers[3].as_str(), rows[0].servers[4].as_str(), rows[0].session), ("x", "", 2));
        assert!(rows[1].is_inherited && !rights.is_empty());
    }
}
