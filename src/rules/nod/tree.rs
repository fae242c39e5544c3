//! Commands held against what is known of their nodes: NOD-003, NOD-005, NOD-006, NOD-009, NOD-015.

use super::super::cx::Cx;
use super::super::helper::quoted;
use super::super::known::{Case, DREP, TND, cases, grown};
use super::super::prp::judge_new;
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, opened, shown, status_shown};
use crate::base::Severity;
use crate::dm::{Known, Profile, Session};
use crate::syncml::CommandName;

const NODES: Clause = Clause { document: TND, section: "6 Nodes" };
const ADD: Clause = Clause { document: DREP, section: "6.6.1 Add" };

/// What a finding says of the Status of a case, and of its node.
fn seen(case: &Case<'_>, what: &str) -> String {
    format!("{} of {}, {} {what}", status_shown(case.status), quoted(case.target()), shown(case.by))
}

pub(super) static PARENT: Rule = Rule {
    id: "NOD-003",
    name: "child-of-leaf-accepted",
    title: "A leaf cannot have children",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[NODES],
    what: "An Add does not get 200 where the node above the new one is a leaf: an Add earlier in the session gave it a value and a \
           Format that no interior node has. Where Results showed its Format, it is a warning. Forgotten is what a Delete, a \
           rename, a failure, an Exec, another command of the package or a lost message may have changed.",
    why: "The value of the leaf is lost, or its children are.",
    mend: "Refuse the Add with 405 or 500.",
    pass: &[grown!(" Add ./Vendor/Leaf/c=1 format=chr", "device", " Status SyncHdr 200", " Status Add 405")],
    violate: &[
        grown!(" Add ./Vendor/Leaf/c=1 format=chr", "device", " Status SyncHdr 200", " Status Add 200"),
        opened!(
            " Get ./Vendor/Leaf",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Leaf=5 format=int",
            "server",
            " Status SyncHdr 200",
            " Add ./Vendor/Leaf/c=1 format=chr",
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
        ),
    ],
    not_applicable: &[
        ONE_GET,
        grown!(" Add ./Vendor/Dir/c=1 format=chr", "device", " Status SyncHdr 200", " Status Add 200"),
    ],
    check: Check::Session(parent),
    ..Rule::MUST
};

fn parent(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::LeafAbove) {
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code != 200 {
            continue;
        }
        if case.by.command.name == CommandName::Add {
            occasion.violated(seen(&case, "added the node above as a leaf"), "405 or 500");
        } else {
            occasion.violated_as(Severity::Warning, seen(&case, "showed the node above as a leaf"), "405 or 500");
        }
    }
}

pub(super) static MISSING_EXISTS: Rule = Rule {
    id: "NOD-005",
    name: "missing-node-already-exists",
    title: "418 is for a node that is there",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[ADD],
    what: "An Add does not get 418 where the node was deleted, or an earlier Get, Replace or Delete of the session did not find it. \
           What is forgotten is said at NOD-003.",
    why: "The server takes the node for created by somebody else, and goes on without it.",
    mend: "Answer 418 only where the node exists; 500 where the Add fails for another reason.",
    pass: &[grown!(
        " Delete ./Vendor/Leaf",
        "device",
        " Status SyncHdr 200",
        " Status Delete 200",
        "server",
        " Status SyncHdr 200",
        " Add ./Vendor/Leaf=1 format=chr",
        "device",
        " Status SyncHdr 200",
        " Status Add 200",
    )],
    violate: &[
        grown!(
            " Delete ./Vendor/Leaf",
            "device",
            " Status SyncHdr 200",
            " Status Delete 200",
            "server",
            " Status SyncHdr 200",
            " Add ./Vendor/Leaf=1 format=chr",
            "device",
            " Status SyncHdr 200",
            " Status Add 418",
        ),
        opened!(
            " Get ./Vendor/A",
            "device",
            " Status SyncHdr 200",
            " Status Get 404",
            "server",
            " Status SyncHdr 200",
            " Add ./Vendor/A=1 format=chr",
            "device",
            " Status SyncHdr 200",
            " Status Add 418",
        ),
    ],
    not_applicable: &[
        ONE_GET,
        grown!(" Add ./Vendor/Leaf=1 format=chr", "device", " Status SyncHdr 200", " Status Add 418"),
    ],
    check: Check::Session(missing_exists),
    ..Rule::MUST
};

fn missing_exists(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Deleted { .. } | Known::NotFound)) {
        if case.cmd.command.name != CommandName::Add {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code == 418 {
            let what = if case.fact.known == Known::NotFound { "did not find it" } else { "had deleted it" };
            occasion.violated(seen(&case, what), "200, or another reason");
        }
    }
}

/// A session in which the node between is not there, comes with an Add of one below it, and its ACL is read.
macro_rules! implied {
    ($root:literal, $read:literal) => {
        opened!(
            " Get .?prop=ACL",
            " Get ./A",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results .?prop=ACL=Add=*&Get=*&Replace=*",
            " Status Get 404",
            "server",
            " Status SyncHdr 200",
            $root,
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
            "server",
            " Status SyncHdr 200",
            " Get ./A?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $read,
            "server",
            " Status SyncHdr 200",
        )
    };
}

pub(super) static IMPLIED: Rule = Rule {
    id: "NOD-006",
    name: "implied-node-with-acl",
    title: "A node that came with the Add of one below it has an empty ACL",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[ADD],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "Where an earlier command of the session did not find a node, or deleted it, and an Add of a node below it got 200, \
           Results for a Get of its ACL, which nobody wrote, are empty. Looked at only where ACLs that were read in the session \
           show that the server may replace the node above, as at PRP-020.",
    why: "The device has copied the ACL that the node only inherits: a later change above does not reach it.",
    mend: "Create the nodes on the way without ACL.",
    pass: &[implied!(" Add ./A/B=1 format=chr", " Results ./A?prop=ACL=\"\"")],
    violate: &[implied!(" Add ./A/B=1 format=chr", " Results ./A?prop=ACL=Add=*&Get=*&Replace=*")],
    not_applicable: &[ONE_GET, implied!(" Add ./C/B=1 format=chr", " Results ./A?prop=ACL=Get=*")],
    check: Check::Session(implied),
    ..Rule::MUST
};

fn implied(session: &Session, cx: &mut Cx<'_>) {
    judge_new(session, true, cx);
}

pub(super) static VALUE_OF_INTERIOR: Rule = Rule {
    id: "NOD-009",
    name: "value-written-into-interior-node",
    title: "A value cannot be written into an interior node",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[NODES, Clause { document: DREP, section: "6.6.11 Replace" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "A Replace with Data, whose Format is not node and whose Type is not that of a serialised tree, does not get 200 where an \
           Add with Format node, or Results with Format node, showed earlier in the session that the node is interior. What is \
           forgotten is said at NOD-003.",
    why: "The children of the node are lost, or the server takes for stored what is nowhere.",
    mend: "Refuse the Replace with 405.",
    pass: &[grown!(" Replace ./Vendor/Dir=5 format=chr", "device", " Status SyncHdr 200", " Status Replace 405")],
    violate: &[grown!(" Replace ./Vendor/Dir=5 format=chr", "device", " Status SyncHdr 200", " Status Replace 200")],
    not_applicable: &[
        ONE_GET,
        grown!(" Replace ./Vendor/Leaf=5 format=chr", "device", " Status SyncHdr 200", " Status Replace 200"),
    ],
    check: Check::Session(value_of_interior),
    ..Rule::MUST
};

fn value_of_interior(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::Interior) {
        if case.cmd.command.name != CommandName::Replace || case.target().contains('?') {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code == 200 {
            occasion.violated(seen(&case, "showed that it is interior"), "405");
        }
    }
}

/// A session in which a leaf gets another name, and a node is read.
macro_rules! renamed {
    ($get:literal, $status:literal) => {
        grown!(
            " Replace ./Vendor/Leaf?prop=Name=Blade",
            "device",
            " Status SyncHdr 200",
            " Status Replace 200",
            "server",
            " Status SyncHdr 200",
            $get,
            "device",
            " Status SyncHdr 200",
            $status,
        )
    };
}

pub(super) static RENAMED: Rule = Rule {
    id: "NOD-015",
    name: "renamed-node-under-old-name",
    title: "A node that was given another name is found under that name alone",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[
        Clause { document: TND, section: "7.5 Operations on properties" },
        Clause { document: TND, section: "7.7.3 Name" },
    ],
    what: "After a Replace of `?prop=Name` got 200, a Get of the node under its old name does not get 200, nor one under the new name \
           404. Success under the old name is a warning where the server had not added the node in the session, since a device \
           may put its own nodes back. What is forgotten is said at NOD-003.",
    why: "The server cannot reach the node, or there are two of it.",
    mend: "Move the node, with all that lies below it, before answering 200.",
    pass: &[renamed!(" Get ./Vendor/Leaf", " Status Get 404")],
    violate: &[
        renamed!(" Get ./Vendor/Leaf", " Status Get 200\n Results ./Vendor/Leaf=abc"),
        renamed!(" Get ./Vendor/Blade", " Status Get 404"),
    ],
    not_applicable: &[ONE_GET, renamed!(" Get ./Vendor/Dir", " Status Get 404")],
    check: Check::Session(renamed),
    ..Rule::MUST
};

fn renamed(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Renamed { .. } | Known::Named)) {
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        match (case.fact.known, case.fact.code) {
            (Known::Renamed { created }, 200) => {
                let severity = if created { Severity::Error } else { Severity::Warning };
                occasion.violated_as(severity, seen(&case, "had given it another name"), "404");
            }
            (Known::Named, 404) => occasion.violated(seen(&case, "had given it that name"), "200"),
            _ => occasion.held(),
        }
    }
}
