//! Addresses of nodes: requirements of the management-tree side, `URI-001` to `URI-020`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "URI",
    title: "Addresses of nodes",
    same: &[
        Same {
            id: "URI-001",
            title: "Target is a relative URI rooted at the tree root",
            rules: &["CMD-016", "CMD-039"],
        },
        Same { id: "URI-002", title: "No trailing slash; root is \".\"", rules: &["CMD-039"] },
        Same { id: "URI-003", title: "\"../\" never, \"./\" only at the beginning", rules: &["CMD-039"] },
        Same { id: "URI-004", title: "No leading \"/\"", rules: &["CMD-039"] },
        Same { id: "URI-005", title: "No empty segment", rules: &["CMD-039"] },
        Same { id: "URI-006", title: "Characters allowed in a segment", rules: &["CMD-039"] },
        Same { id: "URI-007", title: "UTF-8", rules: &["CMD-040"] },
        Same { id: "URI-008", title: "Query part is `?prop=<name>` or `?list=<attr>`", rules: &["CMD-026", "CMD-027"] },
        Same { id: "URI-009", title: "`?list=` only with Get", rules: &["CMD-027"] },
        Same { id: "URI-011", title: "Segment length within ./DevDetail/URI/MaxSegLen", rules: &["CMD-017"] },
        Same { id: "URI-012", title: "Total length within ./DevDetail/URI/MaxTotLen", rules: &["CMD-017"] },
        Same { id: "URI-013", title: "Depth within ./DevDetail/URI/MaxDepth", rules: &["CMD-017"] },
        Same {
            id: "URI-018",
            title: "Every tree command names its target by a full device URI",
            rules: &["CMD-014", "CMD-015", "CMD-016"],
        },
        Same { id: "URI-019", title: "Results identify their node", rules: &["RES-004", "RES-005"] },
    ],
    left_out: &[
        LeftOut { id: "URI-010", title: "TNDS property selector syntax", why: LATER },
        LeftOut { id: "URI-014", title: "414 only for a URI that is too long", why: LATER },
        LeftOut { id: "URI-015", title: "Case of created names is preserved", why: LATER },
        LeftOut { id: "URI-016", title: "Names should not differ only in case", why: LATER },
        LeftOut { id: "URI-017", title: "Unique URIs", why: LATER },
        LeftOut { id: "URI-020", title: "A node name is a single non-empty segment", why: LATER },
    ],
    ..Family::NONE
};
