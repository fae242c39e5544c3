//! Lock and wipe: requirements of the management-tree side, `LAW-001` to `LAW-012`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "LAW",
    title: "Lock and wipe",
    left_out: &[
        LeftOut { id: "LAW-001", title: "Structure", why: LATER },
        LeftOut { id: "LAW-002", title: "State ∈ {10 fully locked, 20 partially locked, 30 unlocked}", why: LATER },
        LeftOut { id: "LAW-003", title: "Exec targets", why: LATER },
        LeftOut { id: "LAW-004", title: "ToBeWiped / NotifyUser are booleans, ListItemName not empty", why: LATER },
        LeftOut { id: "LAW-005", title: "Only ToBeWiped (and NotifyUser) are writable", why: LATER },
        LeftOut { id: "LAW-006", title: "Alert", why: LATER },
        LeftOut { id: "LAW-007", title: "Result codes", why: LATER },
        LeftOut { id: "LAW-008", title: "Result fits operation", why: LATER },
        LeftOut { id: "LAW-009", title: "State after success", why: LATER },
        LeftOut { id: "LAW-010", title: "A locked device stays manageable", why: LATER },
        LeftOut { id: "LAW-011", title: "Wiped list items", why: LATER },
        LeftOut { id: "LAW-012", title: "FactoryReset", why: LATER },
    ],
    ..Family::NONE
};
