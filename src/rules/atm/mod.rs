//! ATM: Atomic and Sequence.
//!
//! [`content`] is about what stands in them, [`outcome`] about how an Atomic ended.

use super::rule::{Clause, Family};
use super::sta::common::DREP;

mod content;
mod outcome;

#[cfg(test)]
mod tests;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "ATM",
    title: "Atomic and Sequence",
    rules: &[
        &content::ATOMIC_CONTENT,
        &content::ATOMIC_EMPTY,
        &content::SEQUENCE_CONTENT,
        &content::SEQUENCE_EMPTY,
        &outcome::ILLEGAL_ACCEPTED,
        &outcome::SUCCESS,
        &outcome::NO_FAILURE,
        &outcome::NOT_ROLLED_BACK,
        &outcome::NO_OWN_CODE,
        &outcome::AFTER_FAILURE,
        &outcome::SPREAD,
        &outcome::UNSUPPORTED,
        &content::ADD_THEN_REPLACE,
        &content::OWN_ITEMS,
    ],
};

const ATOMIC: Clause = Clause { document: DREP, section: "6.6.3 Atomic" };
const SEQUENCE: Clause = Clause { document: DREP, section: "6.6.14 Sequence" };

/// An Atomic that fails as it should.
const ROLLED_BACK: &str = super::sta::common::opened!(
    " Atomic",
    "  Replace ./Vendor/A=1",
    "  Delete ./Vendor/B",
    "  Replace ./Vendor/C=1",
    "device",
    " Status SyncHdr 200",
    " Status Atomic 507",
    " Status Replace 216",
    " Status Delete 404",
    " Status Replace 215",
    "server",
    " Status SyncHdr 200",
);

/// An Atomic of which all is done.
const DONE: &str = super::sta::common::opened!(
    " Atomic",
    "  Replace ./Vendor/A=1",
    "  Replace ./Vendor/B=1",
    "device",
    " Status SyncHdr 200",
    " Status Atomic 200",
    " Status Replace 200",
    " Status Replace 200",
    "server",
    " Status SyncHdr 200",
);

/// A Sequence of which all is done.
const IN_SEQUENCE: &str = super::sta::common::opened!(
    " Sequence",
    "  Replace ./Vendor/A=1",
    "  Get ./Vendor/A",
    "device",
    " Status SyncHdr 200",
    " Status Sequence 200",
    " Status Replace 200",
    " Status Get 200",
    " Results ./Vendor/A=1",
    "server",
    " Status SyncHdr 200",
);
