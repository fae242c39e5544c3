//! What to read, and how to judge it.

use super::Credentials;
use crate::capture::sources::Source;
use crate::ddf::Description;
use crate::dm::Profile;
use crate::testcase::ics::IcsFile;
use crate::testcase::{self, Case, IdMap};
use crate::tls::Secrets;
use crate::tree::SharedForest;
use crate::verdict::{Baseline, Filter, Role, Waivers};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// What to read, in order.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Capture files and standard input; folders have been walked.
    pub sources: Vec<Source>,
    /// Whether they are a part of more, so that a report says of which input its frames are even where there is only one
    /// of them here.
    pub of_more: bool,
}

/// Whose conformance is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JudgedRole {
    /// The device's.
    Client,
    /// The server's.
    Server,
    /// Both sides'.
    #[default]
    Both,
}

impl JudgedRole {
    /// The one side that is judged; `None` for both.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Client => Some(Role::Client),
            Self::Server => Some(Role::Server),
            Self::Both => None,
        }
    }

    /// Whether this side is judged.
    pub const fn includes(self, role: Role) -> bool {
        matches!((self, role), (Self::Both, _) | (Self::Client, Role::Client) | (Self::Server, Role::Server))
    }
}

/// The test cases of a run.
#[derive(Debug, Clone, Default)]
pub enum TestCases {
    /// None.
    #[default]
    None,
    /// Those that the program carries.
    BuiltIn,
    /// These.
    Given(Arc<[Case]>),
}

impl TestCases {
    /// All of them, selected or not.
    pub fn all(&self) -> &[Case] {
        match self {
            Self::None => &[],
            // What the program carries is whole: a test holds that.
            Self::BuiltIn => testcase::built_in().unwrap_or_default(),
            Self::Given(cases) => cases,
        }
    }
}

/// How to judge.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// For all sessions; `None`: what VerProto says, session by session.
    pub profile: Option<Profile>,
    /// Whose conformance is judged.
    pub role: JudgedRole,
    /// To the letter, also where the field deviates on a large scale.
    pub strict: bool,
    /// Ids and prefixes of rules; empty: all.
    pub select: Vec<String>,
    /// Ids and prefixes of rules that are left out, even if selected.
    pub ignore: Vec<String>,
    /// Sessions that do not match are neither reported nor counted, nor are their rules' occasions; they keep their number.
    pub filter: Option<Filter>,
    /// What is accepted.
    pub waivers: Waivers,
    /// What was known before.
    pub baseline: Option<Arc<Baseline>>,
    /// Secrets for recomputing digests.
    pub credentials: Credentials,
    /// Secrets for opening TLS, beside those in the captures.
    pub secrets: Arc<Secrets>,
    /// Extra ports to look for HTTP on.
    pub ports: Vec<u16>,
    /// Take what must not be seen out of everything that comes out: credentials, nonces, accounts, who the device is.
    pub redact: bool,
    /// Keep each message as text, and say at which line of it a finding is.
    pub exhibits: bool,
    /// Keep what a close look at a session needs beside what carried it: what answers what, what was tried again.
    pub closeups: bool,
    /// Keep what carried each session ([`Carried`](crate::verdict::Carried)), and leave no message as text cut.
    pub carried: bool,
    /// The test cases.
    pub testcases: TestCases,
    /// Ids that others gave to them.
    pub ids: Option<Arc<IdMap>>,
    /// What is declared of the product that they test.
    pub ics: Option<Arc<IcsFile>>,
    /// What the devices are said to look like.
    pub descriptions: Vec<Arc<Description>>,
    /// Gather what the traffic shows of the items of a statement of support.
    pub wants_seen: bool,
    /// Where to keep what becomes known of the devices' trees, session by session.
    pub trees: Option<SharedForest>,
    /// Threads; `None`: as many as the machine has cores. Never changes what comes out.
    pub jobs: Option<NonZeroUsize>,
}

impl Options {
    /// Whether a rule (or test case) with this id is to be checked. A prefix ends where a family or a number does:
    /// `HDR` and `HDR-0` select `HDR-006`.
    pub fn selects(&self, id: &str) -> bool {
        let hit = |list: &[String]| list.iter().any(|prefix| starts_with(id, prefix));
        (self.select.is_empty() || hit(&self.select)) && !hit(&self.ignore)
    }
}

/// Whether an id begins with a prefix, without regard to case.
fn starts_with(id: &str, prefix: &str) -> bool {
    id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_selected_by_id_or_prefix_and_ignored_after_that() {
        let options = |select: &[&str], ignore: &[&str]| Options {
            select: select.iter().map(|id| (*id).to_owned()).collect(),
            ignore: ignore.iter().map(|id| (*id).to_owned()).collect(),
            ..Options::default()
        };
        let table: [(&[&str], &[&str], bool); 7] = [
            (&[], &[], true),
            (&["HDR"], &[], true),
            (&["hdr-006"], &[], true),
            (&["AUTH"], &[], false),
            (&["HDR"], &["HDR-006"], false),
            (&[], &["HDR-00"], false),
            (&["HDR-0066"], &[], false),
        ];
        for (select, ignore, expected) in table {
            assert_eq!(options(select, ignore).selects("HDR-006"), expected, "{select:?} {ignore:?}");
        }
    }
}
