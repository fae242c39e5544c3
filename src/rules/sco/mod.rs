//! Software components: requirements of the management-tree side, `SCO-001` to `SCO-022`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "SCO",
    title: "Software components",
    left_out: &[
        LeftOut { id: "SCO-001", title: "Top-level structure", why: LATER },
        LeftOut { id: "SCO-002", title: "Download/<X>", why: LATER },
        LeftOut { id: "SCO-003", title: "Delivered/<X>", why: LATER },
        LeftOut { id: "SCO-004", title: "Deployed/<X>", why: LATER },
        LeftOut { id: "SCO-005", title: "Download Status ∈ {10,20,30,40,50,60,70}", why: LATER },
        LeftOut { id: "SCO-006", title: "Delivered Status ∈ {10,20,30,40,50,60}", why: LATER },
        LeftOut {
            id: "SCO-007",
            title: "Delivered State ∈ {10 delivered, 20 installed}; Deployed State ∈ {10 inactive, 20 active}",
            why: LATER,
        },
        LeftOut { id: "SCO-008", title: "Deployed Status ∈ {10,20,…,70}", why: LATER },
        LeftOut { id: "SCO-009", title: "Exec targets", why: LATER },
        LeftOut { id: "SCO-010", title: "Alert type", why: LATER },
        LeftOut { id: "SCO-011", title: "Alert Source", why: LATER },
        LeftOut { id: "SCO-012", title: "Alert Data", why: LATER },
        LeftOut { id: "SCO-013", title: "Result code value", why: LATER },
        LeftOut { id: "SCO-014", title: "Result fits operation", why: LATER },
        LeftOut { id: "SCO-015", title: "Download+Install without component", why: LATER },
        LeftOut { id: "SCO-016", title: "State after success", why: LATER },
        LeftOut { id: "SCO-017", title: "…Inactive operations leave the component inactive", why: LATER },
        LeftOut { id: "SCO-018", title: "Precondition PkgURL", why: LATER },
        LeftOut { id: "SCO-019", title: "Precondition of Activate/Deactivate", why: LATER },
        LeftOut { id: "SCO-020", title: "Data write", why: LATER },
        LeftOut { id: "SCO-021", title: "Inventory is device-owned", why: LATER },
        LeftOut { id: "SCO-022", title: "PkgID linkage", why: LATER },
    ],
    ..Family::NONE
};
