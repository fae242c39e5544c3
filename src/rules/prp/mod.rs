//! Properties and access control: requirements of the management-tree side, `PRP-001` to `PRP-038`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "PRP",
    title: "Properties and access control",
    same: &[
        Same { id: "PRP-004", title: "Add/Delete/Exec/Copy on a property → 405", rules: &["CMD-025", "STA-041"] },
        Same { id: "PRP-005", title: "Read-only properties", rules: &["CMD-025", "STA-041"] },
        Same { id: "PRP-006", title: "Property values are plain strings", rules: &["CMD-029", "RES-017"] },
        Same { id: "PRP-015", title: "ACL grammar", rules: &["CMD-028"] },
        Same { id: "PRP-016", title: "No command without server identifier", rules: &["CMD-028"] },
        Same { id: "PRP-017", title: "Wildcard stands alone", rules: &["CMD-028"] },
        Same { id: "PRP-018", title: "Copy has no ACL entry", rules: &["CMD-028"] },
        Same { id: "PRP-019", title: "Duplicate command entries", rules: &["CMD-028"] },
        Same { id: "PRP-033", title: "`list=Struct` results", rules: &["RES-011"] },
        Same { id: "PRP-034", title: "`list=StructData` results", rules: &["RES-016"] },
        Same { id: "PRP-037", title: "Unsupported list attribute → 406", rules: &["STA-042"] },
    ],
    left_out: &[
        LeftOut { id: "PRP-001", title: "Mandatory properties always supported", why: LATER },
        LeftOut { id: "PRP-002", title: "No Size on interior nodes", why: LATER },
        LeftOut { id: "PRP-003", title: "Unsupported property → 406", why: LATER },
        LeftOut { id: "PRP-007", title: "Format property", why: LATER },
        LeftOut { id: "PRP-008", title: "Name equals the last segment", why: LATER },
        LeftOut { id: "PRP-009", title: "Size", why: LATER },
        LeftOut { id: "PRP-010", title: "Title ≤ 255 bytes", why: LATER },
        LeftOut { id: "PRP-011", title: "TStamp", why: LATER },
        LeftOut { id: "PRP-012", title: "VerNo", why: LATER },
        LeftOut { id: "PRP-013", title: "Type property", why: LATER },
        LeftOut { id: "PRP-014", title: "Type/Format follow the last write", why: LATER },
        LeftOut { id: "PRP-020", title: "New node has an empty ACL", why: LATER },
        LeftOut { id: "PRP-021", title: "Automatic ACL for the creator of an interior node", why: LATER },
        LeftOut { id: "PRP-022", title: "Permitted operation must not be refused with 425", why: LATER },
        LeftOut { id: "PRP-023", title: "Forbidden operation must not succeed", why: LATER },
        LeftOut { id: "PRP-024", title: "Get ACL does not resolve inheritance", why: LATER },
        LeftOut { id: "PRP-025", title: "No merging with ancestors", why: LATER },
        LeftOut { id: "PRP-026", title: "Replace sets the complete ACL", why: LATER },
        LeftOut { id: "PRP-027", title: "Who may change an ACL", why: LATER },
        LeftOut { id: "PRP-028", title: "Status codes for ACL Replace", why: LATER },
        LeftOut { id: "PRP-029", title: "Root always has an ACL", why: LATER },
        LeftOut { id: "PRP-030", title: "Root Add stays open", why: LATER },
        LeftOut { id: "PRP-031", title: "Creator should secure its node", why: LATER },
        LeftOut { id: "PRP-032", title: "Identifiers of a deleted account disappear from all ACLs", why: LATER },
        LeftOut { id: "PRP-035", title: "Completeness of hierarchy in list results", why: LATER },
        LeftOut { id: "PRP-036", title: "List results respect Get rights", why: LATER },
        LeftOut { id: "PRP-038", title: "TNDS result shape", why: LATER },
    ],
    ..Family::NONE
};
