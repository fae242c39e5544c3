//! What is asked of a description, and what is wrong with one.

use crate::base::Severity;
use std::fmt;

/// A requirement on the file of a description (OMA-TS-DM_TND-V1_2_1, section 10).
#[derive(Debug)]
pub struct Requirement {
    /// Its id.
    pub id: &'static str,
    /// It, in one short sentence.
    pub title: &'static str,
    /// The section that asks for it.
    pub section: &'static str,
}

/// Every requirement that is checked, by id.
pub static REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "DDF-001",
        title: "A description is a MgmtTree with VerDTD and at least one Node",
        section: "MgmtTree",
    },
    Requirement { id: "DDF-002", title: "The elements of a Node stand in their order", section: "Node" },
    Requirement { id: "DDF-003", title: "Every Node has DFProperties", section: "DFProperties" },
    Requirement { id: "DDF-004", title: "DFProperties has its elements, each once", section: "DFProperties" },
    Requirement { id: "DDF-005", title: "AccessType lists commands, each once", section: "AccessType" },
    Requirement { id: "DDF-006", title: "DFFormat has one format; a node with children has node", section: "DFFormat" },
    Requirement {
        id: "DDF-007",
        title: "DFType of an interior node is one DDFName, of a leaf media types",
        section: "DFType",
    },
    Requirement {
        id: "DDF-008",
        title: "Occurrence is one of six, with a number where one belongs",
        section: "Occurrence",
    },
    Requirement { id: "DDF-009", title: "Scope is Permanent or Dynamic", section: "Scope" },
    Requirement { id: "DDF-010", title: "A permanent node is neither added nor deleted", section: "Scope" },
    Requirement { id: "DDF-011", title: "Of siblings at most one has no name", section: "NodeName" },
    Requirement { id: "DDF-012", title: "Path stands in the outermost Nodes only", section: "Path" },
    Requirement { id: "DDF-013", title: "RTProperties lists what every node has", section: "RTProperties" },
    Requirement { id: "DDF-014", title: "An ACL follows its grammar", section: "ACL" },
    Requirement { id: "DDF-015", title: "CaseSense is CS or CIS", section: "CaseSense" },
    Requirement { id: "DDF-016", title: "DefaultValue has the format of its node", section: "DefaultValue" },
    Requirement {
        id: "DDF-019",
        title: "A description in WBXML uses the tokens of its own code page",
        section: "WBXML Definition",
    },
];

/// A place in the file of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a text.
    Text {
        /// Line, from 1.
        line: u32,
        /// Column in octets, from 1.
        column: u32,
    },
    /// In WBXML: octets before it.
    Octet(u32),
}

impl fmt::Display for Place {
    /// As it follows the name of the file and a comma: `line 17`, `octet 31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { line, .. } => write!(f, "line {line}"),
            Self::Octet(at) => write!(f, "octet {at}"),
        }
    }
}

/// Something wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The requirement.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong, with the values seen.
    pub text: String,
}
