//! CMD: commands and their Items.
//!
//! [`ids`] is about CmdID, [`who`] about who may send what, [`items`] about what an Item has to hold, [`uris`] and
//! [`property`] about what it addresses, [`shape`] about the elements of a command, [`asynchronous`] about the Correlator of what
//! ends later; [`tree`] holds answers against what
//! earlier ones told of a node ([`NodeFact`](crate::dm::NodeFact)).

use super::cx::Cmd;
use super::rule::{Family, LeftOut};
use crate::syncml::{CommandName, Item};

mod asynchronous;
mod ids;
mod items;
mod property;
mod shape;
mod tree;
mod uris;
mod who;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;

pub(super) use property::acl_defect;
pub(super) use who::{is_excluded, unknown_element};

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "CMD",
    title: "Commands and items",
    rules: &[
        &ids::PRESENT,
        &ids::UNIQUE,
        &ids::NOT_ZERO,
        &ids::NUMERIC,
        &who::CLIENT_COMMANDS,
        &who::CLIENT_REPLACE,
        &who::LATE_REPLACE,
        &who::SERVER_RESULTS,
        &who::DATA_SYNC,
        &who::NOT_USED,
        &who::ADDITIONS,
        &items::ITEM,
        &items::ONE_ITEM,
        &items::TARGET,
        &items::COPY,
        &uris::FULL_URI,
        &uris::LIMITS,
        &items::DATA,
        &tree::INTERIOR_FORMAT,
        &items::INTERIOR_VALUE,
        &items::META,
        &items::GET_DATA,
        &items::DELETE_DATA,
        &property::PROPERTY_COMMAND,
        &property::PROPERTY_NAME,
        &property::LIST,
        &property::ACL,
        &property::META,
        &tree::ADDED_TWICE,
        &tree::REPLACED_NOTHING,
        &tree::USED_AFTER_DELETE,
        &tree::PERMANENT,
        &tree::INBOX,
        &shape::CORRELATOR,
        &shape::NO_CORRELATOR,
        &asynchronous::ECHOED,
        &asynchronous::UNSOLICITED,
        &uris::WELL_FORMED,
        &uris::UTF_8,
        &shape::ORDER,
        &shape::CARDINALITY,
        &shape::UNKNOWN_CHILD,
        &who::UNRECOGNISED,
        &tree::TRUNCATED,
        &tree::INTERIOR_COPIED,
        &tree::RENAMED_ONTO_SIBLING,
        &tree::INBOX_ADDITION,
    ],
    left_out: &[LeftOut {
        id: "CMD-021",
        title: "Data that is not plain text comes with its Format",
        why: "Both forms of it that can be seen have a rule: WBX-011 reports octets that are no text, XML-005 mark-up. A third \
                  rule would say the same twice.",
    }],
    ..Family::NONE
};

/// Every command and response element.
const EVERY: &[CommandName] = &[
    CommandName::Add,
    CommandName::Alert,
    CommandName::Atomic,
    CommandName::Copy,
    CommandName::Delete,
    CommandName::Exec,
    CommandName::Get,
    CommandName::Replace,
    CommandName::Results,
    CommandName::Sequence,
    CommandName::Status,
    CommandName::Map,
    CommandName::Move,
    CommandName::Put,
    CommandName::Search,
    CommandName::Sync,
];

/// The commands that address nodes.
const ON_NODES: &[CommandName] = &[
    CommandName::Add,
    CommandName::Copy,
    CommandName::Delete,
    CommandName::Exec,
    CommandName::Get,
    CommandName::Replace,
];

/// A message that breaks off: rules on content do not look at it.
const UNDECODABLE: &str = "device\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\n \
                           patch \"</SyncBody></SyncML>\" => \"\"\n";

/// A session of the plainest kind.
const EVERY_MESSAGE: &str = super::sta::common::ONE_GET;

/// The URI of an Item: Target, or Source where a client writes it.
fn uri_of<'s>(cmd: Cmd<'s>, item: &Item) -> &'s str {
    let target = cmd.text(item.target_uri);
    if target.is_empty() || cmd.msg.entry.is_client() {
        match cmd.text(item.source_uri) {
            "" => target,
            source => source,
        }
    } else {
        target
    }
}

/// Whether a Format is that one; another rule minds its case.
fn is_format(format: &str, name: &str) -> bool {
    format.eq_ignore_ascii_case(name)
}
