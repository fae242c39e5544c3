//! MOA: operations of all management objects that end later, and the Generic Alerts that tell of their ends.
//!
//! [`answers`] is about the Status of an Exec, [`ends`] about the alert that tells of the end, [`roots`] about the object whose
//! operation it is.

use super::rule::{Family, Same};

mod answers;
mod ends;
mod roots;
#[cfg(test)]
mod tests;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "MOA",
    title: "Asynchronous operations of all management objects",
    rules: &[&answers::LEGAL, &ends::ONCE, &ends::UNASKED, &roots::IDENTIFIER, &ends::NUMBER],
    same: &[
        Same {
            id: "MOA-004",
            title: "The alert about an operation has the Correlator of its Exec",
            rules: &["CMD-037"],
        },
        Same { id: "MOA-005", title: "An alert has no Correlator that no Exec had", rules: &["CMD-038"] },
        Same { id: "MOA-006", title: "A server gives its Exec a Correlator", rules: &["CMD-036"] },
        Same { id: "MOA-007", title: "An alert has a Type of the right form", rules: &["ALR-011", "ALR-012"] },
        Same { id: "MOA-008", title: "An alert has Format and Data", rules: &["ALR-011", "ALR-013"] },
        Same { id: "MOA-009", title: "Mark is one of its words, and fits the result", rules: &["ALR-019", "ALR-020"] },
        Same { id: "MOA-010", title: "Source of an alert names its object", rules: &["ALR-021"] },
        Same {
            id: "MOA-011",
            title: "A Generic Alert is answered with one of its codes",
            rules: &["STA-036", "STA-002"],
        },
        Same { id: "MOA-012", title: "Generic Alerts come from the client only", rules: &["ALR-006"] },
        Same { id: "MOA-013", title: "An operation is not tried again after its end was told", rules: &["MOA-002"] },
        Same {
            id: "MOA-014",
            title: "A Generic Alert comes after the Alert that opens the session",
            rules: &["ALR-022", "PKG-009"],
        },
    ],
    ..Family::NONE
};
