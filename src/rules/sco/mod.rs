//! Software components: requirements of the management-tree side, `SCO-001` to `SCO-022`.

mod alerts;
mod nodes;

use super::rule::{Clause, Family, LeftOut};

/// Where it is specified; the text itself could not be read.
const CLAUSE: &[Clause] =
    &[Clause { document: "OMA-TS-DM-SCOMO-V1_0", section: "Software Component Management Object" }];

pub(super) static FAMILY: Family = Family {
    letters: "SCO",
    title: "Software components",
    rules: &[
        &nodes::ROOT,
        &nodes::DOWNLOAD,
        &nodes::DELIVERED,
        &nodes::DEPLOYED,
        &nodes::DOWNLOAD_STATUS,
        &nodes::DELIVERED_STATUS,
        &nodes::STATE,
        &nodes::DEPLOYED_STATUS,
        &nodes::TARGETS,
        &alerts::TYPE,
        &alerts::SOURCE,
        &alerts::DATA,
        &alerts::CODE,
        &alerts::CODE_FITS,
        &nodes::EFFECT,
        &nodes::WITHOUT_URL,
        &nodes::ALREADY,
        &nodes::DATA,
        &nodes::OWNED,
    ],
    left_out: &[
        LeftOut {
            id: "SCO-015",
            title: "An installation leaves a component behind",
            why: "The component may be delivered only, or an older one replaced; the list before would have to be known.",
        },
        LeftOut {
            id: "SCO-017",
            title: "An installation without activation leaves the component inactive",
            why: "Which component came out of a package is told only by the optional Target of the alert.",
        },
        LeftOut {
            id: "SCO-022",
            title: "PkgIDRef of a component is the PkgID of its package",
            why: "The package may be gone after a clean-up, so that a reference which leads nowhere is no fault.",
        },
    ],
    ..Family::NONE
};
