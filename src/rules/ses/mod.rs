//! SES: a session as a whole.
//!
//! [`order`] asks who may speak when; [`course`] what a session comes to; [`across`] what it has to do with the ones before it.

mod across;
mod course;
mod order;
#[cfg(test)]
mod tests;

use super::rule::{Clause, Family};
use super::sta::common::PRO;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "SES",
    title: "Session state",
    rules: &[
        &order::ALTERNATION,
        &order::AFTER_END,
        &across::ONE_AT_A_TIME,
        &order::PACKAGE_1_AGAIN,
        &course::CHALLENGES,
        &course::ABORT,
        &course::PENDING_AT_ABORT,
        &across::ENDS_TOLD,
        &across::RESP_URI_KEPT,
        &order::NO_PROGRESS,
        &course::SAME_VERSION,
        &order::OTHER_ANSWER,
        &course::EVENTS,
        &course::DEVICE_CHANGED,
    ],
};

const PACKAGES: Clause = Clause { document: PRO, section: "8 Packages" };
const ABORTS: Clause = Clause { document: PRO, section: "8.1 Session Abort" };
const AUTHENTICATION: Clause = Clause { document: PRO, section: "9 Authentication" };
const HTTP_BINDING: &str = "OMA-TS-SyncML_HTTPBinding-V1_2_1";
