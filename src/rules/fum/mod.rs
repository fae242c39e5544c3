//! Firmware update: requirements of the management-tree side, `FUM-001` to `FUM-023`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "FUM",
    title: "Firmware update",
    same: &[Same { id: "FUM-008", title: "Exec accepted for later ⇒ 202", rules: &["STA-038"] }],
    left_out: &[
        LeftOut { id: "FUM-001", title: "Node set", why: LATER },
        LeftOut { id: "FUM-002", title: "State value", why: LATER },
        LeftOut { id: "FUM-003", title: "Format of x/Download, x/Update", why: LATER },
        LeftOut { id: "FUM-004", title: "PkgURL access", why: LATER },
        LeftOut { id: "FUM-005", title: "PkgData is write-only", why: LATER },
        LeftOut { id: "FUM-006", title: "State is read-only for servers", why: LATER },
        LeftOut { id: "FUM-007", title: "Exec only on Download, Update, DownloadAndUpdate", why: LATER },
        LeftOut { id: "FUM-009", title: "Precondition PkgURL", why: LATER },
        LeftOut { id: "FUM-010", title: "PkgURL and PkgData are mutually exclusive", why: LATER },
        LeftOut { id: "FUM-011", title: "Update without package", why: LATER },
        LeftOut { id: "FUM-012", title: "State transitions", why: LATER },
        LeftOut { id: "FUM-013", title: "Alert type matches the operation", why: LATER },
        LeftOut { id: "FUM-014", title: "Alert Source is the FUMO object", why: LATER },
        LeftOut { id: "FUM-015", title: "Result code value", why: LATER },
        LeftOut { id: "FUM-016", title: "Result code fits operation", why: LATER },
        LeftOut { id: "FUM-017", title: "Success/failure agrees with State", why: LATER },
        LeftOut { id: "FUM-018", title: "Format of the result Data", why: LATER },
        LeftOut { id: "FUM-019", title: "Client-initiated request", why: LATER },
        LeftOut { id: "FUM-020", title: "Server answer to a client request", why: LATER },
        LeftOut { id: "FUM-021", title: "Firmware version after success", why: LATER },
        LeftOut { id: "FUM-022", title: "At least one download and one update mechanism", why: LATER },
        LeftOut { id: "FUM-023", title: "Cancelled by user ⇒ 401", why: LATER },
    ],
    ..Family::NONE
};
