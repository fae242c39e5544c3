//! OMA Download, with which firmware and software is fetched: requirements `DLO-001` to `DLO-010`.

use super::rule::{Family, LeftOut};

/// Why most of them have no check.
const BESIDE: &str =
    "A download goes over HTTP beside the sessions; of HTTP, this version keeps what carries messages of DM.";

pub(super) static FAMILY: Family = Family {
    letters: "DLO",
    title: "OMA Download",
    left_out: &[
        LeftOut { id: "DLO-001", title: "A download descriptor is known by its media type and its root", why: BESIDE },
        LeftOut { id: "DLO-002", title: "A download descriptor has type, size and objectURI", why: BESIDE },
        LeftOut { id: "DLO-003", title: "The object has the size that its descriptor gives", why: BESIDE },
        LeftOut { id: "DLO-004", title: "The version of a download descriptor is 1.0 or 2.0", why: BESIDE },
        LeftOut { id: "DLO-005", title: "The report of a download begins with a status code", why: BESIDE },
        LeftOut {
            id: "DLO-006",
            title: "A download is reported once, and success only when it is complete",
            why: BESIDE,
        },
        LeftOut { id: "DLO-007", title: "The report of a download and the alert of the operation agree", why: BESIDE },
        LeftOut { id: "DLO-008", title: "The first request of a download goes to PkgURL", why: BESIDE },
        LeftOut {
            id: "DLO-009",
            title: "PkgURL may give the package itself, without a descriptor",
            why: "It allows something: there is nothing to violate.",
        },
        LeftOut { id: "DLO-010", title: "The object has one of the types that its descriptor names", why: BESIDE },
    ],
    ..Family::NONE
};
