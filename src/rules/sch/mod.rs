//! Scheduling: requirements `SCH-001` to `SCH-006`.

use super::rule::{Family, LeftOut};

/// Why most of them have no check.
const NAMES: &str = "The nodes of a schedule were not read in a specification: nothing in the traffic says surely which value is a condition, a task or a time.";

pub(super) static FAMILY: Family = Family {
    letters: "SCH",
    title: "Scheduling",
    left_out: &[
        LeftOut {
            id: "SCH-001",
            title: "The object of a schedule is known by its identifier or its names",
            why: NAMES,
        },
        LeftOut {
            id: "SCH-002",
            title: "A schedule belongs to a server, and has tasks, conditions and a time",
            why: NAMES,
        },
        LeftOut { id: "SCH-003", title: "The URI of a condition follows the rules of URIs", why: NAMES },
        LeftOut { id: "SCH-004", title: "A schedule begins before it ends, in times of ISO 8601", why: NAMES },
        LeftOut {
            id: "SCH-005",
            title: "The commands of a task follow the rules of commands",
            why: "The commands in a task are values of nodes: this version reads commands of messages.",
        },
        LeftOut {
            id: "SCH-006",
            title: "Reports of a schedule are Generic Alerts",
            why: "They are judged as Generic Alerts of other objects are; nothing more is asked of them.",
        },
    ],
    ..Family::NONE
};
