//! 3GPP and 3GPP2 objects: requirements of the management-tree side, `GPP-001` to `GPP-005`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "GPP",
    title: "3GPP and 3GPP2 objects",
    left_out: &[
        LeftOut {
            id: "GPP-001",
            title: "Recognise by Type: see management-objects.md §13; children not in the table → info",
            why: LATER,
        },
        LeftOut {
            id: "GPP-002",
            title: "ANDSF alert types `urn:oma:at:ext-3gpp-andsf:1.0:{provision, provision-single-if, provision-multiple-if …",
            why: LATER,
        },
        LeftOut {
            id: "GPP-003",
            title: "Numeric timers / enumerations of IMS and NAS MOs are integers in range where the table gives one",
            why: LATER,
        },
        LeftOut {
            id: "GPP-004",
            title: "Identity leaves are read-only (Private_user_identity, Public_user_identity, Home_network_domain_name: Get)",
            why: LATER,
        },
        LeftOut {
            id: "GPP-005",
            title: "3GPP2/CDMA subtrees (`./CDMA`, `./3GPP2`, DevDetail/Bearer/CDMA) decoded as opaque binary/int with names; no …",
            why: LATER,
        },
    ],
    ..Family::NONE
};
