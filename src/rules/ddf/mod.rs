//! Descriptions of devices (DDF): requirements of the management-tree side, `DDF-001` to `DDF-021`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "DDF",
    title: "Descriptions of devices (DDF)",
    left_out: &[
        LeftOut {
            id: "DDF-001",
            title: "Root MgmtTree with VerDTD (= `1.2`), optional Man, Mod, then 1+ Node",
            why: LATER,
        },
        LeftOut {
            id: "DDF-002",
            title: "Node = NodeName, Path?, RTProperties?, DFProperties?, (Node* | Value?) in that order",
            why: LATER,
        },
        LeftOut { id: "DDF-003", title: "DFProperties present in every Node", why: LATER },
        LeftOut {
            id: "DDF-004",
            title: "DFProperties children: AccessType, DefaultValue?, Description?, DFFormat, Occurrence?, Scope?, DFTitle? …",
            why: LATER,
        },
        LeftOut {
            id: "DDF-005",
            title: "AccessType children ⊆ {Add, Copy, Delete, Exec, Get, Replace}, no duplicates",
            why: LATER,
        },
        LeftOut {
            id: "DDF-006",
            title: "DFFormat has exactly one of the eleven format elements; nodes with children must be `node`",
            why: LATER,
        },
        LeftOut {
            id: "DDF-007",
            title: "DFType: interior → exactly one DDFName (may be empty) ; leaf → 1+ MIME",
            why: LATER,
        },
        LeftOut {
            id: "DDF-008",
            title: "Occurrence: One, ZeroOrOne, ZeroOrMore, OneOrMore, ZeroOrN(n), OneOrN(n); 2 ≤ n ≤ 65536; omitted = One",
            why: LATER,
        },
        LeftOut { id: "DDF-009", title: "Scope: Permanent or Dynamic, omitted = Dynamic", why: LATER },
        LeftOut {
            id: "DDF-010",
            title: "A Permanent node offering Add or Delete access → warning (`src: text`: servers cannot create/delete permanent …",
            why: LATER,
        },
        LeftOut {
            id: "DDF-011",
            title: "NodeName empty ⇔ name assigned at run time; two unnamed siblings under one parent → warning",
            why: LATER,
        },
        LeftOut {
            id: "DDF-012",
            title: "Path only on direct children of MgmtTree; concatenated URI valid",
            why: LATER,
        },
        LeftOut {
            id: "DDF-013",
            title: "RTProperties, if present, lists all mandatory run-time properties (ACL, Format, Name, Type); Size never on …",
            why: LATER,
        },
        LeftOut { id: "DDF-014", title: "ACL value obeys grammar", why: LATER },
        LeftOut { id: "DDF-015", title: "CaseSense content is CS or CIS", why: LATER },
        LeftOut { id: "DDF-016", title: "DefaultValue lexically valid for DFFormat", why: LATER },
        LeftOut {
            id: "DDF-017",
            title: "Derived description of a standard MO: Copy/Delete/Exec/Get/Replace access types of the standard DDF are not …",
            why: LATER,
        },
        LeftOut {
            id: "DDF-018",
            title: "Element names and values case-sensitive; DTD public id `-//OMA//DTD-DM-DDF 1.2//EN`; namespace/URN …",
            why: LATER,
        },
        LeftOut { id: "DDF-019", title: "WBXML form uses code page 2 tokens only", why: LATER },
        LeftOut {
            id: "DDF-020",
            title: "Two descriptions of the same MO in one device: the more local one wins; differences → info",
            why: LATER,
        },
        LeftOut { id: "DDF-021", title: "Wire behaviour matches the supplied DDF", why: LATER },
    ],
    ..Family::NONE
};
