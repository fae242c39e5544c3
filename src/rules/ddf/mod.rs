//! DDF: descriptions of devices, and whether a device is what its description says.
//!
//! What is asked of the file itself is checked when it is read ([`crate::ddf`]): it has no session that could be judged.

mod wire;

use super::rule::{Family, LeftOut};

/// The reason of what is checked in the file.
const OF_FILE: &str = "It is about the file, not about traffic: `dmscope ddf` checks it.";

pub(super) static FAMILY: Family = Family {
    letters: "DDF",
    title: "Descriptions of devices (DDF)",
    rules: &[&wire::AS_DESCRIBED],
    left_out: &[
        LeftOut { id: "DDF-001", title: "A description is a MgmtTree with VerDTD and at least one Node", why: OF_FILE },
        LeftOut { id: "DDF-002", title: "The elements of a Node stand in their order", why: OF_FILE },
        LeftOut { id: "DDF-003", title: "Every Node has DFProperties", why: OF_FILE },
        LeftOut { id: "DDF-004", title: "DFProperties has its elements, each once", why: OF_FILE },
        LeftOut { id: "DDF-005", title: "AccessType lists commands, each once", why: OF_FILE },
        LeftOut { id: "DDF-006", title: "DFFormat has one format; a node with children has node", why: OF_FILE },
        LeftOut {
            id: "DDF-007",
            title: "DFType of an interior node is one DDFName, of a leaf media types",
            why: OF_FILE,
        },
        LeftOut { id: "DDF-008", title: "Occurrence is one of six, with a number where one belongs", why: OF_FILE },
        LeftOut { id: "DDF-009", title: "Scope is Permanent or Dynamic", why: OF_FILE },
        LeftOut { id: "DDF-010", title: "A permanent node is neither added nor deleted", why: OF_FILE },
        LeftOut { id: "DDF-011", title: "Of siblings at most one has no name", why: OF_FILE },
        LeftOut { id: "DDF-012", title: "Path stands in the outermost Nodes only", why: OF_FILE },
        LeftOut { id: "DDF-013", title: "RTProperties lists what every node has", why: OF_FILE },
        LeftOut { id: "DDF-014", title: "An ACL follows its grammar", why: OF_FILE },
        LeftOut { id: "DDF-015", title: "CaseSense is CS or CIS", why: OF_FILE },
        LeftOut { id: "DDF-016", title: "DefaultValue has the format of its node", why: OF_FILE },
        LeftOut {
            id: "DDF-017",
            title: "The description of a standard object keeps what the standard one has",
            why: "Needs the standard description of every object to compare with, which this version does not carry.",
        },
        LeftOut {
            id: "DDF-018",
            title: "Names and values are written as the document type spells them",
            why: "XML compares names letter by letter: what is spelt otherwise is reported as an element that has no place. WBXML has tokens in place of names.",
        },
        LeftOut { id: "DDF-019", title: "A description in WBXML uses the tokens of its own code page", why: OF_FILE },
        LeftOut {
            id: "DDF-020",
            title: "Of two descriptions of one object, the more local one holds",
            why: "Which of two descriptions a device goes by is no mistake of either.",
        },
    ],
    ..Family::NONE
};

#[cfg(test)]
pub(super) use wire::example;
