//! Asynchronous operations of all management objects: requirements of the management-tree side, `MOA-001` to `MOA-016`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "MOA",
    title: "Asynchronous operations of all management objects",
    same: &[
        Same { id: "MOA-004", title: "Correlator echoed", rules: &["CMD-037"] },
        Same { id: "MOA-005", title: "No Correlator invented", rules: &["CMD-038"] },
        Same { id: "MOA-006", title: "Server should supply a Correlator", rules: &["CMD-036"] },
        Same { id: "MOA-007", title: "Alert Type present and well formed", rules: &["ALR-011", "ALR-012"] },
        Same { id: "MOA-008", title: "Alert Format present, Data present", rules: &["ALR-011", "ALR-013"] },
        Same { id: "MOA-009", title: "Mark", rules: &["ALR-019", "ALR-020"] },
        Same { id: "MOA-010", title: "Source identifies the MO", rules: &["ALR-021"] },
        Same { id: "MOA-011", title: "Server's Status to a Generic Alert", rules: &["STA-036"] },
        Same { id: "MOA-012", title: "Generic Alert only from client", rules: &["ALR-006"] },
        Same { id: "MOA-014", title: "Alert in the right place", rules: &["ALR-022"] },
    ],
    left_out: &[
        LeftOut { id: "MOA-001", title: "Legal answers to an Exec on an operation node", why: LATER },
        LeftOut { id: "MOA-002", title: "An accepted operation is finished by exactly one alert", why: LATER },
        LeftOut { id: "MOA-003", title: "Alert without a captured Exec", why: LATER },
        LeftOut { id: "MOA-013", title: "No retry after the final alert", why: LATER },
        LeftOut { id: "MOA-015", title: "MO instance Type", why: LATER },
        LeftOut { id: "MOA-016", title: "Integer result Data", why: LATER },
    ],
    ..Family::NONE
};
