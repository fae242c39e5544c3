//! Device capabilities: requirements of the management-tree side, `DCM-001` to `DCM-010`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "DCM",
    title: "Device capabilities",
    left_out: &[
        LeftOut { id: "DCM-001", title: "Structure", why: LATER },
        LeftOut {
            id: "DCM-002",
            title: "Property not empty; Attached, Enabled, DenyUserEnable, NotifyUser booleans",
            why: LATER,
        },
        LeftOut {
            id: "DCM-003",
            title: "Group free text; known values Hardware, I/O (IO), Connectivity, Software, Service",
            why: LATER,
        },
        LeftOut {
            id: "DCM-004",
            title: "Exec targets only Operations/Enable, Operations/Disable (and Operations/Ext/*)",
            why: LATER,
        },
        LeftOut { id: "DCM-005", title: "Effect", why: LATER },
        LeftOut { id: "DCM-006", title: "Alert", why: LATER },
        LeftOut { id: "DCM-007", title: "Result codes", why: LATER },
        LeftOut { id: "DCM-008", title: "Writable nodes only DCMOConfig children", why: LATER },
        LeftOut { id: "DCM-009", title: "Detached capability", why: LATER },
        LeftOut { id: "DCM-010", title: "Capability reports", why: LATER },
    ],
    ..Family::NONE
};
