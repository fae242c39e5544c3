//! Bootstrap and Client Provisioning: requirements of the management-tree side, `BST-001` to `BST-030`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "BST",
    title: "Bootstrap and Client Provisioning",
    same: &[Same { id: "BST-013", title: "Push port and headers", rules: &["NOT-017", "NOT-018", "NOT-019"] }],
    left_out: &[
        LeftOut { id: "BST-001", title: "CP push content type", why: LATER },
        LeftOut { id: "BST-002", title: "WBXML header", why: LATER },
        LeftOut { id: "BST-003", title: "Document version", why: LATER },
        LeftOut { id: "BST-004", title: "Characteristic nesting", why: LATER },
        LeftOut { id: "BST-005", title: "W7 application minimum content", why: LATER },
        LeftOut { id: "BST-006", title: "AAUTHLEVEL values", why: LATER },
        LeftOut { id: "BST-007", title: "AAUTHTYPE values", why: LATER },
        LeftOut { id: "BST-008", title: "References resolve", why: LATER },
        LeftOut { id: "BST-009", title: "Identifiers unique", why: LATER },
        LeftOut { id: "BST-010", title: "SEC/MAC pair", why: LATER },
        LeftOut { id: "BST-011", title: "MAC verifies", why: LATER },
        LeftOut { id: "BST-012", title: "Unprotected OTA bootstrap", why: LATER },
        LeftOut { id: "BST-014", title: "DM-profile message is WBXML", why: LATER },
        LeftOut { id: "BST-015", title: "SEC names of the DM profile", why: LATER },
        LeftOut { id: "BST-016", title: "No response to a bootstrap message", why: LATER },
        LeftOut { id: "BST-017", title: "Bootstrap shape", why: LATER },
        LeftOut { id: "BST-018", title: "Account and connectivity present", why: LATER },
        LeftOut { id: "BST-019", title: "ACLs inside the TNDS", why: LATER },
        LeftOut { id: "BST-020", title: "TNDS for Inbox", why: LATER },
        LeftOut { id: "BST-021", title: "Rights granted after CP bootstrap", why: LATER },
        LeftOut { id: "BST-022", title: "No rights without w7", why: LATER },
        LeftOut { id: "BST-023", title: "W7 values appear in DMAcc", why: LATER },
        LeftOut { id: "BST-024", title: "Instance names", why: LATER },
        LeftOut { id: "BST-025", title: "First session after bootstrap", why: LATER },
        LeftOut { id: "BST-026", title: "Unsupported / multiple versions of an MO", why: LATER },
        LeftOut { id: "BST-027", title: "Server credentials differ per client", why: LATER },
        LeftOut { id: "BST-028", title: "Smart-card bootstrap", why: LATER },
        LeftOut { id: "BST-029", title: "Package-0 / bootstrap confusion", why: LATER },
        LeftOut { id: "BST-030", title: "SMS re-assembly consistency", why: LATER },
    ],
    ..Family::NONE
};
