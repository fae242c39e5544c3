//! Security: what protects the sessions, what the rules on it found, and who may do what.

use super::findings::exercised;
use super::keys::Context;
use super::line::{Line, Tone};
use super::model::{Listing, TextView};
use super::store::SessionLine;
use crate::report::words::count;
use crate::tree::Journal;
use crate::verdict::security::{RIGHTS, Rights, subjects};
use crate::verdict::{RightsReport, Tail};
use std::collections::BTreeMap;

/// Nodes with an ACL that are shown.
const NODES: usize = 1_000;

/// The screen, when everything was read.
pub fn security<'j>(tail: &Tail, sessions: &[SessionLine], trees: impl Iterator<Item = &'j Journal>) -> TextView {
    let mut lines = vec![Line::of(Tone::Heading, "What protects the sessions")];
    let mut by_transport: BTreeMap<&str, u64> = BTreeMap::new();
    for session in sessions {
        *by_transport.entry(&session.transport).or_default() += 1;
    }
    for (transport, sessions) in by_transport {
        let (tone, what) = match transport {
            "https" => (Tone::Good, "over TLS"),
            _ => (Tone::Warning, "in clear"),
        };
        lines.push(Line::of(tone, format!("  {what:<9}")).and(Tone::Plain, format!(" {}", count(sessions, "session"))));
    }
    for (title, rules) in subjects(&tail.rules) {
        lines.push(Line::of(Tone::Heading, title));
        lines.extend(rules.into_iter().map(exercised));
    }
    access(trees, &mut lines);
    TextView { context: Context::Coverage, title: "Security".to_owned(), list: Listing::new(lines) }
}

/// Who may do what, by the ACLs that the trees of the devices have at the end.
fn access<'j>(trees: impl Iterator<Item = &'j Journal>, lines: &mut Vec<Line>) {
    lines.push(Line::of(Tone::Heading, "Who may do what"));
    let mut rights = Rights::default();
    for journal in trees {
        let shown: Vec<RightsReport<'static>> = (journal.end().rows())
            .filter_map(|row| {
                let acl = row.acl?;
                Some(RightsReport { node: row.uri.into(), acl: acl.value.into(), message: 0 })
            })
            .take(NODES)
            .collect();
        rights.add(journal.device(), 0, &shown);
    }
    if rights.is_empty() {
        lines.push(Line::of(Tone::Dim, "  no ACL was read or set in this traffic"));
    }
    for (device, rows) in rights.devices() {
        lines.push(Line::of(Tone::Strong, format!("  {device}")));
        for row in rows {
            let mut line = Line::of(Tone::Plain, format!("    {}  ", row.node));
            if row.is_inherited {
                line.push(Tone::Dim, "none of its own: the node above decides");
            }
            for (right, servers) in RIGHTS.iter().zip(&row.servers).filter(|(_, servers)| !servers.is_empty()) {
                line.push(Tone::Dim, format!("{right} "));
                let tone = if servers == "*" { Tone::Warning } else { Tone::Value };
                line.push(tone, format!("{servers}  "));
            }
            lines.push(line);
        }
    }
}
