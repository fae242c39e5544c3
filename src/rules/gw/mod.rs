//! Gateway, reporting, delegation: requirements of the management-tree side, `GW-001` to `GW-003`.

use super::rule::{Family, LeftOut};

pub(super) static FAMILY: Family = Family {
    letters: "GW",
    title: "Gateway, reporting, delegation",
    left_out: &[
        LeftOut {
            id: "GW-001",
            title: "Objects of gateways and of SACMO are recognised by their identifiers",
            why: "Nothing is asked of them that holds for no other object.",
        },
        LeftOut {
            id: "GW-002",
            title: "A gateway may send several alerts with one Correlator",
            why: "An exception, not a requirement: no rule counts the alerts of a gateway.",
        },
        LeftOut {
            id: "GW-003",
            title: "Objects of DM 1.3 for bootstrap, delegation and reporting follow their descriptions",
            why: "The descriptions could not be read: only description files tell, to which DDF-021 holds a device with `--ddf`.",
        },
    ],
    ..Family::NONE
};
