//! Diagnostics and monitoring: requirements of the management-tree side, `DIA-001` to `DIA-012`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "DIA",
    title: "Diagnostics and monitoring",
    left_out: &[
        LeftOut { id: "DIA-001", title: "MO ids", why: LATER },
        LeftOut { id: "DIA-002", title: "Function structure", why: LATER },
        LeftOut { id: "DIA-003", title: "Exec targets below `…/Operations` only", why: LATER },
        LeftOut { id: "DIA-004", title: "Alert types", why: LATER },
        LeftOut { id: "DIA-005", title: "TrapNotification Source is a trap MO instance", why: LATER },
        LeftOut {
            id: "DIA-006",
            title: "OperationComplete Source is a DiagMon function (or its operation node)",
            why: LATER,
        },
        LeftOut { id: "DIA-007", title: "Result code ranges 1200–1299 / 1400–1499 / 1500–1599", why: LATER },
        LeftOut { id: "DIA-008", title: "Alert to the right server", why: LATER },
        LeftOut { id: "DIA-009", title: "Units and types", why: LATER },
        LeftOut { id: "DIA-010", title: "Trap enable/disable", why: LATER },
        LeftOut { id: "DIA-011", title: "DefDuration/DefMemory positive integers", why: LATER },
        LeftOut { id: "DIA-012", title: "DiagDataURL is an absolute URL", why: LATER },
    ],
    ..Family::NONE
};
