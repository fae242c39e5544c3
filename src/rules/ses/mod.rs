//! SES: a session as a whole.
//!
//! [`order`] asks who may speak when; [`course`] what a session comes to; [`across`] what it has to do with the ones before it.

mod across;
mod course;
mod order;
#[cfg(test)]
mod tests;

use super::rule::{Clause, Family, LeftOut};
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
    left_out: &[
        LeftOut {
            id: "SES-001",
            title: "A session starts with package 1 from the client",
            why: "A session is known by its client's messages: what a server sends before the first of them belongs to none. A first \
                  message that is no package 1 is PKG-009 and PKG-012.",
        },
        LeftOut {
            id: "SES-003",
            title: "A client answers commands of the server before it begins another session",
            why: "Sessions may end without a sign, for want of power or coverage; every report says of each session that the client never answered, and what.",
        },
        LeftOut {
            id: "SES-008",
            title: "There is no time limit between packages",
            why: "An observation without a condition: no rule measures pauses, and reports give the time of every message.",
        },
        LeftOut {
            id: "SES-014",
            title: "Every message has a package number",
            why: "An observation without a condition: reports give the package of every message.",
        },
    ],
    ..Family::NONE
};

const PACKAGES: Clause = Clause { document: PRO, section: "8 Packages" };
const ABORTS: Clause = Clause { document: PRO, section: "8.1 Session Abort" };
const AUTHENTICATION: Clause = Clause { document: PRO, section: "9 Authentication" };
const HTTP_BINDING: &str = "OMA-TS-SyncML_HTTPBinding-V1_2_1";
