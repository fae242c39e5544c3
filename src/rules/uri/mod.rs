//! Addresses of nodes: requirements of the management-tree side, `URI-001` to `URI-020`.

use super::rule::{Family, Same};

mod limits;
mod lists;
mod names;
#[cfg(test)]
mod tests;

pub(super) static FAMILY: Family = Family {
    letters: "URI",
    title: "Addresses of nodes",
    rules: &[
        &lists::QUERY,
        &lists::SELECTOR,
        &limits::TOO_LONG,
        &names::CASE_KEPT,
        &names::CASE_ALONE,
        &lists::ONCE,
        &names::ONE_SEGMENT,
    ],
    same: &[
        Same {
            id: "URI-001",
            title: "Target is a relative URI rooted at the tree root",
            rules: &["CMD-016", "RES-005"],
        },
        Same { id: "URI-002", title: "No trailing slash; root is \".\"", rules: &["CMD-016", "RES-005"] },
        Same { id: "URI-003", title: "\"../\" never, \"./\" only at the beginning", rules: &["CMD-016", "RES-005"] },
        Same { id: "URI-004", title: "No leading \"/\"", rules: &["CMD-016", "RES-005"] },
        Same { id: "URI-005", title: "No empty segment", rules: &["CMD-016", "RES-005"] },
        Same { id: "URI-006", title: "Characters allowed in a segment", rules: &["CMD-039"] },
        Same { id: "URI-007", title: "UTF-8", rules: &["CMD-040"] },
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
    ..Family::NONE
};
