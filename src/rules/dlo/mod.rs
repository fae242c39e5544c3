//! OMA Download: requirements of the management-tree side, `DLO-001` to `DLO-010`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "DLO",
    title: "OMA Download",
    left_out: &[
        LeftOut { id: "DLO-001", title: "Download Descriptor recognition", why: LATER },
        LeftOut { id: "DLO-002", title: "Mandatory attributes `type` (1+), `size`, `objectURI`", why: LATER },
        LeftOut {
            id: "DLO-003",
            title: "Size positive integer; equals Content-Length of the object fetched from objectURI in the same capture …",
            why: LATER,
        },
        LeftOut {
            id: "DLO-004",
            title: "DDVersion absent or `1.0`/`2.0`; other major ⇒ client reports 951",
            why: LATER,
        },
        LeftOut {
            id: "DLO-005",
            title: "Install notification client POSTs to installNotifyURI a body `<code> <text>`; code ∈ {900, 901, 902, 903 …",
            why: LATER,
        },
        LeftOut {
            id: "DLO-006",
            title: "Exactly one final notification per download; 900 only after the object was completely received",
            why: LATER,
        },
        LeftOut { id: "DLO-007", title: "Consistency with the DM result", why: LATER },
        LeftOut { id: "DLO-008", title: "PkgURL fetched", why: LATER },
        LeftOut {
            id: "DLO-009",
            title: "Direct download PkgURL may return the package itself (no descriptor)",
            why: LATER,
        },
        LeftOut {
            id: "DLO-010",
            title: "Object type acceptable server's Content-Type of the object is listed in DD `type`",
            why: LATER,
        },
    ],
    ..Family::NONE
};
