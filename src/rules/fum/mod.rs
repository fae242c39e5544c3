//! Firmware update: requirements of the management-tree side, `FUM-001` to `FUM-023`.

mod alerts;
mod nodes;
mod states;

use super::rule::{Clause, Family, LeftOut};
use super::sta::common::FUMO;

/// Most of what is asked of the nodes.
const CLAUSE: &[Clause] = &[Clause { document: FUMO, section: "Firmware Update Management Object Parameters" }];
/// What is asked of the state.
const STATE: Clause = Clause { document: FUMO, section: "State" };

pub(super) static FAMILY: Family = Family {
    letters: "FUM",
    title: "Firmware update",
    rules: &[
        &nodes::NODES,
        &nodes::STATES,
        &nodes::PACKAGE_URL,
        &nodes::PACKAGE_DATA,
        &nodes::STATE_WRITTEN,
        &nodes::TARGETS,
        &alerts::ANSWERED,
        &nodes::WITHOUT_URL,
        &nodes::WITHOUT_PACKAGE,
        &states::TRANSITIONS,
        &alerts::TYPE,
        &alerts::SOURCE,
        &alerts::CODE,
        &alerts::CODE_FITS,
        &states::AGREES,
        &alerts::FORMAT,
        &alerts::REQUEST,
        &nodes::MECHANISMS,
    ],
    same: &[],
    left_out: &[
        LeftOut {
            id: "FUM-003",
            title: "Download and Update are interior nodes",
            why: "The text prints chr for nodes that have children: either format must be accepted, so nothing is left to check.",
        },
        LeftOut {
            id: "FUM-010",
            title: "A package is delivered by PkgURL or by PkgData, not by both",
            why: "A recommendation of an appendix; which of the two a server meant last cannot be told from the writes alone.",
        },
        LeftOut {
            id: "FUM-020",
            title: "A request of the client is answered 200 where an update follows, else 202",
            why: "The server may answer either way; an update may follow in another session, or not at all.",
        },
        LeftOut {
            id: "FUM-021",
            title: "The firmware version changes with an update",
            why: "A package may bring the same version, or change only a part; the version before would have to be remembered.",
        },
        LeftOut {
            id: "FUM-023",
            title: "An update that the user cancels ends with 401",
            why: "A refusal in the same Sequence keeps the Exec from being executed, so that no result follows; what the user does later \
                  is not on the wire.",
        },
    ],
};
