//! Serialised trees (TNDS): requirements of the management-tree side, `TND-001` to `TND-024`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "TND",
    title: "Serialised trees (TNDS)",
    same: &[Same { id: "TND-013", title: "Client without TNDS answers 415", rules: &["STA-034"] }],
    left_out: &[
        LeftOut { id: "TND-001", title: "Root element MgmtTree", why: LATER },
        LeftOut { id: "TND-002", title: "VerDTD present and `1.2`", why: LATER },
        LeftOut { id: "TND-003", title: "Every Node has a NodeName (possibly empty)", why: LATER },
        LeftOut { id: "TND-004", title: "RTProperties mandatory in every Node", why: LATER },
        LeftOut { id: "TND-005", title: "Only TNDS elements", why: LATER },
        LeftOut { id: "TND-006", title: "Value terminates recursion", why: LATER },
        LeftOut { id: "TND-007", title: "Format has exactly one format element; interior = node", why: LATER },
        LeftOut { id: "TND-008", title: "Type: MIME for leaves, DDFName for interiors", why: LATER },
        LeftOut { id: "TND-009", title: "ACL content obeys PRP-015…PRP-019", why: LATER },
        LeftOut { id: "TND-010", title: "TStamp/VerNo/Title content obeys PRP-010…PRP-012", why: LATER },
        LeftOut { id: "TND-011", title: "Path placement", why: LATER },
        LeftOut { id: "TND-012", title: "Meta of a TNDS command", why: LATER },
        LeftOut { id: "TND-014", title: "One Status for the whole object", why: LATER },
        LeftOut { id: "TND-015", title: "Failed TNDS command leaves the tree unchanged", why: LATER },
        LeftOut { id: "TND-016", title: "Successful TNDS Add creates every node with its value", why: LATER },
        LeftOut { id: "TND-017", title: "Successful TNDS Replace yields exactly the object", why: LATER },
        LeftOut { id: "TND-018", title: "TNDS Add on an existing target → 418", why: LATER },
        LeftOut { id: "TND-019", title: "Sibling names unique", why: LATER },
        LeftOut { id: "TND-020", title: "DDF vs TNDS media types are not interchangeable", why: LATER },
        LeftOut { id: "TND-021", title: "Namespace", why: LATER },
        LeftOut { id: "TND-022", title: "Values conform to declared format", why: LATER },
        LeftOut { id: "TND-023", title: "WBXML", why: LATER },
        LeftOut { id: "TND-024", title: "Connectivity references inside one object", why: LATER },
    ],
    ..Family::NONE
};
