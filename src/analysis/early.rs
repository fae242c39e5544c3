//! What is told of a session before it is finished.

use crate::base::FrameNo;
use crate::verdict::{Arisen, FindingReport, Masks, SessionReport};
use std::collections::{BTreeMap, BTreeSet};

/// What makes a finding the same one when its session has grown: rule, message, command, element.
type Key = (String, Option<u32>, Option<String>, Option<String>);

/// Findings that were told, by the first frame of their session. What is kept of a session goes when it is finished.
#[derive(Debug, Default)]
pub(super) struct Early {
    told: BTreeMap<FrameNo, BTreeSet<Key>>,
    news: Vec<Arisen>,
}

impl Early {
    /// Takes the findings of a session that goes on.
    pub(super) fn tell(
        &mut self,
        first: FrameNo,
        session: &SessionReport<'_>,
        findings: &[FindingReport<'_>],
        mask: Option<Masks<'_>>,
    ) {
        let told = self.told.entry(first).or_default();
        // What is accepted is no news.
        for finding in findings.iter().filter(|finding| finding.waived.is_none()) {
            if told.insert(key(finding)) {
                let arisen = Arisen::new(session, finding);
                self.news.push(match mask {
                    Some(mask) => arisen.masked(mask),
                    None => arisen,
                });
            }
        }
    }

    /// Takes the findings of a session that is finished.
    pub(super) fn last_word(
        &mut self,
        first: FrameNo,
        session: &SessionReport<'_>,
        findings: &[FindingReport<'_>],
        mask: Option<Masks<'_>>,
    ) {
        self.tell(first, session, findings, mask);
        self.told.remove(&first);
    }

    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<Arisen> {
        std::mem::take(&mut self.news)
    }
}

fn key(finding: &FindingReport<'_>) -> Key {
    let text = |text: &Option<crate::verdict::Text<'_>>| text.as_ref().map(ToString::to_string);
    (finding.rule.to_string(), finding.message, text(&finding.cmd_id), text(&finding.element))
}
