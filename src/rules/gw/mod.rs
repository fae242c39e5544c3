//! Gateway, reporting, delegation: requirements of the management-tree side, `GW-001` to `GW-003`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "GW",
    title: "Gateway, reporting, delegation",
    left_out: &[
        LeftOut {
            id: "GW-001",
            title: "Recognise `urn:oma:mo:oma-gwmo-*`, SACMO `urn:oma:mo:oma-sacmo:1.0` and alert …",
            why: LATER,
        },
        LeftOut {
            id: "GW-002",
            title: "Fan-out results: several Generic Alerts with one Correlator are legal for gateway MOs (exception to MOA-002)",
            why: LATER,
        },
        LeftOut {
            id: "GW-003",
            title: "DM 1.3 bootstrap configuration, delegation and reporting MOs: decode by DDF only",
            why: LATER,
        },
    ],
    ..Family::NONE
};
