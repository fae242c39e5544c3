//! What of a large report is shown in full, decided before anything is written, so that every link lands.

use crate::verdict::{FindingCounts, FindingReport, ReportStore, Severity, SpecReport, Verdict};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Sessions that are shown; those with something to see come first. More make a file that no browser likes.
const SESSIONS: usize = 2_000;
/// Findings that are listed, over all rules.
const FINDINGS: u64 = 20_000;
/// Messages of one session that are shown.
pub(super) const MESSAGES: u32 = 500;

/// What is known of the findings of one rule.
#[derive(Debug, Default)]
pub(super) struct RuleFindings {
    /// All of them.
    pub(super) count: u64,
    /// Those that a waiver accepts.
    pub(super) waived: u64,
    /// The worst of those that none accepts.
    pub(super) worst: Option<Severity>,
    /// Sessions that have one.
    pub(super) sessions: u64,
    last_session: u32,
    /// Those that are listed.
    pub(super) listed: u64,
    /// The clause of the first.
    pub(super) spec: SpecReport<'static>,
    /// How to mend it.
    pub(super) mend: String,
}

/// What is shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    sessions: BTreeSet<u32>,
    /// Sessions that are not.
    pub(super) left_out: u64,
    /// Rules with findings.
    pub(super) rules: BTreeMap<String, RuleFindings>,
}

#[derive(Deserialize)]
struct Head {
    index: u32,
    verdict: Verdict,
    findings: FindingCounts,
}

#[derive(Deserialize)]
struct Brief {
    rule: String,
    session: u32,
    severity: Severity,
    #[serde(default)]
    waived: Option<serde::de::IgnoredAny>,
    spec: SpecReport<'static>,
    #[serde(default)]
    mend: String,
}

impl Shown {
    /// Reads through the report once.
    pub(super) fn of(report: &mut ReportStore) -> io::Result<Self> {
        let mut shown = Self::default();
        let mut fine = Vec::new();
        for head in report.sessions()?.narrowed::<Head>() {
            let head = head?;
            let matters = head.verdict != Verdict::Pass || head.findings.total() > 0;
            if matters && shown.sessions.len() < SESSIONS {
                shown.sessions.insert(head.index);
            } else if !matters && fine.len() < SESSIONS {
                fine.push(head.index);
            }
        }
        let room = SESSIONS.saturating_sub(shown.sessions.len());
        shown.sessions.extend(fine.into_iter().take(room));
        let count = u64::try_from(shown.sessions.len()).unwrap_or(u64::MAX);
        for brief in report.findings()?.narrowed::<Brief>() {
            shown.count(brief?);
        }
        shown.left_out = report.tail().summary.sessions.saturating_sub(count);
        shown.allot();
        Ok(shown)
    }

    fn count(&mut self, brief: Brief) {
        let rule = self.rules.entry(brief.rule).or_default();
        if rule.count == 0 {
            rule.spec = brief.spec;
            rule.mend = brief.mend;
        }
        rule.count = rule.count.saturating_add(1);
        match brief.waived {
            Some(_) => rule.waived = rule.waived.saturating_add(1),
            None => rule.worst = rule.worst.max(Some(brief.severity)),
        }
        if rule.last_session != brief.session {
            rule.last_session = brief.session;
            rule.sessions = rule.sessions.saturating_add(1);
        }
    }

    /// Gives every rule its share: what one does not need, others get.
    fn allot(&mut self) {
        let mut rules: Vec<&mut RuleFindings> = self.rules.values_mut().collect();
        rules.sort_by_key(|rule| rule.count);
        let mut rest = FINDINGS;
        let mut left = u64::try_from(rules.len()).unwrap_or(u64::MAX);
        for rule in rules {
            rule.listed = rule.count.min(rest.checked_div(left).unwrap_or(0).max(1));
            rest = rest.saturating_sub(rule.listed);
            left = left.saturating_sub(1);
        }
    }

    /// Where a link to a place in a session leads: the message, or else the session, or else nowhere.
    pub(super) fn anchor(&self, session: u32, message: Option<u32>) -> Option<String> {
        if !self.sessions.contains(&session) {
            return None;
        }
        Some(match message.filter(|message| *message <= MESSAGES) {
            Some(message) => format!("m-{session}-{message}"),
            None => format!("s-{session}"),
        })
    }

    /// Whether a session is shown.
    pub(super) fn has(&self, session: u32) -> bool {
        self.sessions.contains(&session)
    }
}

/// Numbers the findings in the order of the report, alike in every pass.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    number: u64,
    seen: BTreeMap<String, u64>,
}

impl Numbering {
    /// The number of the next finding, where it is listed.
    pub(super) fn next(&mut self, rule: &str, shown: &Shown) -> Option<u64> {
        self.number = self.number.saturating_add(1);
        let seen = match self.seen.get_mut(rule) {
            Some(seen) => seen,
            None => self.seen.entry(rule.to_owned()).or_default(),
        };
        *seen = seen.saturating_add(1);
        let listed = shown.rules.get(rule).map_or(0, |rule| rule.listed);
        (*seen <= listed).then_some(self.number)
    }
}

/// `session 1, message 3`, as a link where it leads somewhere. Holds nothing from the wire.
pub(super) fn place(shown: &Shown, session: u32, message: Option<u32>) -> String {
    let text = match message {
        Some(message) => format!("session {session}, message {message}"),
        None => format!("session {session}"),
    };
    match shown.anchor(session, message) {
        Some(anchor) => format!("<a href=\"#{anchor}\">{text}</a>"),
        None => text,
    }
}

/// The class of a severity, and its mark: a letter and a word, never the colour alone.
pub(super) fn severity(finding: &FindingReport<'_>) -> String {
    match finding.waived {
        Some(_) => "<span class=\"sev w0\">waived</span>".to_owned(),
        None => mark(finding.severity),
    }
}

/// The mark of a severity.
pub(super) fn mark(severity: Severity) -> String {
    let class = severity.letter().to_ascii_lowercase();
    format!("<span class=\"sev {class}\"><b>{}</b> {}</span>", severity.letter(), severity.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_violated_everywhere_leaves_room_for_the_others() {
        let mut shown = Shown::default();
        for (rule, count) in [("A-001", 1_000_000), ("B-001", 3), ("C-001", 15_000)] {
            shown.rules.insert(rule.to_owned(), RuleFindings { count, ..RuleFindings::default() });
        }
        shown.allot();
        let listed: Vec<u64> = shown.rules.values().map(|rule| rule.listed).collect();
        assert_eq!(listed.iter().sum::<u64>(), FINDINGS);
        assert_eq!(listed[1], 3);
        assert!(listed[0] >= 9_998 && listed[2] >= 9_998, "{listed:?}");
        let mut numbering = Numbering::default();
        let numbers: Vec<_> = (0..5).map(|_| numbering.next("B-001", &shown)).collect();
        assert_eq!(numbers, [Some(1), Some(2), Some(3), None, None]);
    }
}
