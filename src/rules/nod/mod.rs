//! Nodes, commands on nodes, values: requirements of the management-tree side, `NOD-001` to `NOD-033`.
//!
//! [`tree`] holds commands against what is known of their nodes, [`form`] is about names of permanent nodes and formats.

use super::rule::{Family, LeftOut, Same};

mod form;
#[cfg(test)]
mod tests;
mod tree;

pub(super) static FAMILY: Family = Family {
    letters: "NOD",
    title: "Nodes, commands on nodes, values",
    rules: &[
        &tree::PARENT,
        &tree::MISSING_EXISTS,
        &tree::IMPLIED,
        &tree::VALUE_OF_INTERIOR,
        &form::PERMANENT,
        &tree::RENAMED,
        &form::OCTETS,
    ],
    same: &[
        Same { id: "NOD-001", title: "Interior nodes are created with Format `node`", rules: &["CMD-019"] },
        Same { id: "NOD-002", title: "Interior node carries no value", rules: &["CMD-020"] },
        Same { id: "NOD-004", title: "Add of an existing node fails with 418", rules: &["CMD-030"] },
        Same { id: "NOD-007", title: "Failed implicit Add names the node", rules: &["STA-035"] },
        Same { id: "NOD-008", title: "Replace does not create", rules: &["CMD-031"] },
        Same { id: "NOD-010", title: "Permanent nodes cannot be deleted (405)", rules: &["CMD-033"] },
        Same { id: "NOD-011", title: "Delete removes the whole subtree", rules: &["CMD-032"] },
        Same { id: "NOD-012", title: "A protected node cannot be deleted directly", rules: &["DDF-021"] },
        Same { id: "NOD-014", title: "Rename to a sibling's name is refused with 418", rules: &["CMD-047"] },
        Same { id: "NOD-016", title: "Get on an interior node returns the child list", rules: &["RES-008"] },
        Same { id: "NOD-017", title: "Child list syntax", rules: &["RES-009"] },
        Same { id: "NOD-018", title: "Childless interior node: 200 and empty Data", rules: &["STA-044"] },
        Same {
            id: "NOD-019",
            title: "Successful Get ⇒ Results; unsuccessful ⇒ none",
            rules: &["PKG-019", "RES-001", "RES-002", "RES-003", "RES-006"],
        },
        Same { id: "NOD-020", title: "Meta Format/Type given when not default", rules: &["CMD-022", "RES-007"] },
        Same { id: "NOD-021", title: "Format value is from the closed set", rules: &["MET-001"] },
        Same {
            id: "NOD-022",
            title: "Lexical form of typed values",
            rules: &["MET-004", "MET-005", "MET-006", "MET-007"],
        },
        Same { id: "NOD-023", title: "Binary in XML must be Base64 with Format b64", rules: &["MET-003"] },
        Same { id: "NOD-025", title: "Value items carry Data unless Format is null", rules: &["CMD-018"] },
        Same { id: "NOD-026", title: "Format null has no content", rules: &["MET-008"] },
        Same { id: "NOD-027", title: "Copy works on leaves only", rules: &["CMD-046"] },
        Same { id: "NOD-029", title: "Read-back of a written value", rules: &["CMD-045"] },
        Same { id: "NOD-030", title: "Command not allowed vs not found vs optional", rules: &["STA-015"] },
        Same { id: "NOD-031", title: "A node is executed where its description says so", rules: &["DDF-021"] },
        Same { id: "NOD-032", title: "Valid URI and sufficient rights ⇒ executed", rules: &["PRP-022"] },
        Same {
            id: "NOD-033",
            title: "Only DevInfo Replace, Results, Alert, Status from the client",
            rules: &["CMD-005", "CMD-006"],
        },
    ],
    left_out: &[LeftOut {
        id: "NOD-028",
        title: "A Copy makes the target equal to the source",
        why: "Only the values of both nodes read after the Copy would tell, with nothing in between that may change them; a \
                  device that changes nodes of its own accord looks the same as one that copied wrongly.",
    }],
};
