//! ATM: Atomic and Sequence.
//!
//! [`content`] is about what stands in them, [`outcome`] about how an Atomic ended.

use super::rule::{Clause, Family, LeftOut};
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
    left_out: &[
        LeftOut {
            id: "ATM-012",
            title: "An Atomic or Sequence and each command in it have a Status",
            why: "STA-002 asks it of every command, containers and what stands in them included. A rule of its own would say the \
                  same twice.",
        },
        LeftOut {
            id: "ATM-013",
            title: "The commands of a Sequence are executed in their order",
            why: "Only the order of the Status elements shows it, and STA-004 reports that for all commands.",
        },
        LeftOut {
            id: "ATM-014",
            title: "A Sequence goes on behind a command that failed",
            why: "It says what is no violation. What can be seen, a command skipped without cause, is reported by STA-025.",
        },
    ],
    ..Family::NONE
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
