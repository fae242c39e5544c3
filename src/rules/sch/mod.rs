//! Scheduling: requirements of the management-tree side, `SCH-001` to `SCH-006`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "SCH",
    title: "Scheduling",
    left_out: &[
        LeftOut {
            id: "SCH-001",
            title: "Recognise MO id beginning `urn:oma:mo:oma-dm-schedul` / names Schedule, Task, Condition, Gating, Report",
            why: LATER,
        },
        LeftOut {
            id: "SCH-002",
            title: "A schedule is owned by a server and carries validity, tasks, conditions (timer, threshold on a tree URI …",
            why: LATER,
        },
        LeftOut { id: "SCH-003", title: "Condition URIs obey URI-001…005", why: LATER },
        LeftOut { id: "SCH-004", title: "Validity interval start ≤ end, ISO 8601", why: LATER },
        LeftOut {
            id: "SCH-005",
            title: "Embedded task commands decoded as SyncML commands; each obeys the URI/NOD static rules",
            why: LATER,
        },
        LeftOut { id: "SCH-006", title: "Result report alerts accepted generically (MOA rules)", why: LATER },
    ],
    ..Family::NONE
};
