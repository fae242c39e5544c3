//! STA: Status, the answer to every command.
//!
//! [`presence`] asks whether a Status is there, once; [`shape`] looks at its elements and its place among others,
//! [`references`] at what it refers to; [`codes`] knows which codes exist and which go with which command; [`refusals`],
//! [`causes`], [`answers`] and [`objects`] hold a code against what it answers.

mod answers;
mod causes;
mod codes;
pub(super) mod common;
pub(super) mod objects;
mod presence;
mod references;
mod refusals;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use codes::{is_foreign_to_exec, meaning};

use super::rule::Family;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "STA",
    title: "Status",
    rules: &[
        &presence::HEADER_STATUS,
        &presence::COMMAND_STATUS,
        &shape::HEADER_FIRST,
        &shape::STATUS_ORDER,
        &presence::STATUS_ONCE,
        &presence::ITEMS_DIFFER,
        &references::REFERENCE_MATCHES,
        &presence::REFERENCE_SUPERFLUOUS,
        &references::MSG_REF,
        &references::CMD_REF,
        &shape::CMD,
        &shape::DATA,
        &codes::DEFINED,
        &codes::DATA_SYNC,
        &codes::PLAUSIBLE,
        &codes::STATUS_FOR_STATUS,
        &shape::ELEMENT_ORDER,
        &shape::CRED,
        &shape::CHAL,
        &references::NO_CMD_ID,
        &refusals::ACCEPTED_WITHOUT_CREDENTIALS,
        &causes::BUFFERED,
        &causes::USER_CODES,
        &causes::NOT_MODIFIED,
        &causes::NOT_EXECUTED,
        &causes::ROLLED_BACK,
        &causes::ATOMIC_FAILED,
        &causes::SIZE_MISMATCH,
        &codes::PARTIAL_AND_MOVE,
        &refusals::REFUSED_AND_EXECUTED,
        &refusals::SUPPORTED_VERSIONS,
        &refusals::VERSION_ACCEPTED,
        &answers::USER_INTERACTION,
        &answers::TREE_NOT_SUPPORTED,
        &answers::FAILED_ADD,
        &answers::GENERIC_ALERT,
        &answers::CLIENT_EVENT,
        &answers::ASYNCHRONOUS_EXEC,
        &answers::SEQUENCE,
        &answers::BYPASSED,
        &objects::PROPERTY_MISUSE,
        &objects::LIST_NOT_SUPPORTED,
        &presence::HEADER_STATUS_ONCE,
        &objects::EMPTY_NODE,
        &objects::ACL_REFUSED,
        &objects::MANDATORY_COMMANDS,
        &objects::MANDATORY_ELEMENTS,
    ],
    ..Family::NONE
};
