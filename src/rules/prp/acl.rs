//! The property ACL: PRP-020, PRP-021, PRP-024 to PRP-026, PRP-029, PRP-030.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{quoted, without_query};
use super::super::known::{Case, TND, Told, item_at, readings, value};
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope};
use super::super::sta::common::{ONE_GET, opened, property, shown};
use super::rights::{Grant, effective, grant, server_id};
use super::{NO_ACLS, is_root, told};
use crate::base::Severity;
use crate::dm::{Known, Session};
use crate::syncml::CommandName;
use crate::tree::{Acl, Right};

pub(super) const CHANGING: Clause = Clause { document: TND, section: "7.7.1.3 Changing the ACL" };
pub(super) const INHERITANCE: Clause = Clause { document: TND, section: "7.7.1.1 ACL and inheritance" };
const ROOT_VALUE: Clause = Clause { document: TND, section: "7.7.1.2 The root ACL value" };

/// A session in which the ACL of the root, or of ./V, is read first.
macro_rules! with_root {
    ($acl:literal, $($line:literal),* $(,)?) => {
        opened!(
            " Get .?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $acl,
            "server",
            " Status SyncHdr 200",
            $($line),*
        )
    };
}
pub(super) use with_root;

/// A session in which a node is added below the root, and its ACL is read.
macro_rules! added {
    ($root:literal, $add:literal, $read:literal) => {
        with_root!(
            $root,
            $add,
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
            "server",
            " Status SyncHdr 200",
            " Get ./N?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $read,
            "server",
            " Status SyncHdr 200",
        )
    };
}

/// A session in which the ACL of a node is written and read.
macro_rules! written {
    ($write:literal, $read:literal) => {
        opened!(
            $write,
            "device",
            " Status SyncHdr 200",
            " Status Replace 200",
            "server",
            " Status SyncHdr 200",
            " Get ./V/a?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $read,
            "server",
            " Status SyncHdr 200",
        )
    };
}

/// What the server may do with the node above one that it added: from the facts of the Add.
pub(in crate::rules) fn grant_above(case: &Case<'_>, item: u32) -> Option<Grant> {
    let session = case.cmd.session();
    let facts = session.node_facts().iter();
    let mut facts = facts.filter(|fact| fact.command == case.fact.by && fact.item == item);
    let by = facts.find_map(|fact| match fact.known {
        Known::Access { item } => Some((fact.by, item)),
        _ => None,
    })?;
    Some(grant(&effective(session, by)?, Right::Replace, server_id(session)))
}

pub(super) static NEW_NODE: Rule = Rule {
    id: "PRP-020",
    name: "new-node-with-acl",
    title: "A node that was added has an empty ACL",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[CHANGING, INHERITANCE],
    overrides: NO_ACLS,
    what: "Results for a Get of the ACL of a node that the server added in the session, and whose ACL it did not write, are empty, \
           where ACLs that were read in the session show that the server may replace the node above. A server whose name is not \
           seen counts only where the ACL grants that to everybody.",
    why: "The device has copied the ACL that the node only inherits: a later change above does not reach it.",
    mend: "Create nodes without ACL, and look it up above when a command comes.",
    pass: &[added!(" Results .?prop=ACL=Add=*&Get=*&Replace=*", " Add ./N=1 format=chr", " Results ./N?prop=ACL=\"\"")],
    violate: &[added!(
        " Results .?prop=ACL=Add=*&Get=*&Replace=*",
        " Add ./N=1 format=chr",
        " Results ./N?prop=ACL=Add=*&Get=*&Replace=*"
    )],
    not_applicable: &[
        ONE_GET,
        added!(
            " Results .?prop=ACL=Add=*&Get=*",
            " Add ./N format=node",
            " Results ./N?prop=ACL=Add=a&Delete=a&Replace=a"
        ),
    ],
    check: Check::Session(new_node),
    ..Rule::MUST
};

fn new_node(session: &Session, cx: &mut Cx<'_>) {
    judge_new(session, false, cx);
}

/// Holds the ACLs of new nodes, or of those that an Add of a node below them made too, to be empty.
pub(in crate::rules) fn judge_new(session: &Session, is_implied: bool, cx: &mut Cx<'_>) {
    let is_fresh = |known| matches!(known, Known::Fresh { implied, .. } if implied == is_implied);
    for (case, told) in readings(session, "ACL", is_fresh) {
        let Known::Fresh { item, .. } = case.fact.known else { continue };
        let Some(Grant::Everybody | Grant::Named(true)) = grant_above(&case, item) else { continue };
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if !told.value().is_empty() {
            let seen = format!(
                "the ACL of {} is {}, though {} created it and nobody wrote one",
                quoted(without_query(case.target())),
                quoted(told.value()),
                shown(case.by)
            );
            occasion.violated(seen, "an empty ACL");
        }
    }
}

pub(super) static CREATOR: Rule = Rule {
    id: "PRP-021",
    name: "creator-without-rights",
    title: "Who adds an interior node where it may not replace gets rights on it",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[CHANGING],
    overrides: NO_ACLS,
    what: "Results for a Get of the ACL of an interior node that the server added in the session, or that came with the Add of a \
           node below it, grant Add, Delete and Replace to it, where ACLs that were read in the session show that the server may \
           not replace the node above. An error where nobody may replace that and nobody is granted a right; where it hangs \
           on the name of the server, a warning.",
    why: "Nobody can change or delete the node any more.",
    mend: "Set the ACL of the new node to Add, Delete and Replace for the server that created it.",
    pass: &[added!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Add ./N format=node",
        " Results ./N?prop=ACL=Add=dm.example.com&Delete=dm.example.com&Replace=dm.example.com"
    )],
    violate: &[added!(" Results .?prop=ACL=Add=*&Get=*", " Add ./N format=node", " Results ./N?prop=ACL=\"\"")],
    not_applicable: &[
        ONE_GET,
        added!(" Results .?prop=ACL=Add=*&Get=*", " Add ./N=1 format=chr", " Results ./N?prop=ACL=\"\""),
    ],
    check: Check::Session(creator),
    ..Rule::MUST
};

fn creator(session: &Session, cx: &mut Cx<'_>) {
    let id = server_id(session);
    for (case, told) in readings(session, "ACL", |known| matches!(known, Known::Fresh { .. })) {
        let Known::Fresh { item, .. } = case.fact.known else { continue };
        if !is_interior(&case, item) {
            continue;
        }
        let Some(above @ (Grant::Nobody | Grant::Named(false))) = grant_above(&case, item) else { continue };
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        let (acl, _) = Acl::parse(told.value());
        let rights = [Right::Add, Right::Delete, Right::Replace];
        let lacks = |wanted: Grant| rights.iter().find(|right| grant(&acl, **right, id) == wanted);
        let uri = quoted(without_query(case.target()));
        let seen = |right: &Right, who: &str| {
            format!(
                "the ACL of {uri} is {}, which grants {} to {who}; {} created the node",
                quoted(told.value()),
                right.name(),
                shown(case.by)
            )
        };
        let expected = "Add, Delete and Replace for the server that created it";
        if let Some(right) = lacks(Grant::Nobody) {
            if above == Grant::Nobody {
                occasion.violated(seen(right, "nobody"), expected);
            } else {
                occasion.violated_as(Severity::Warning, seen(right, "nobody"), expected);
            }
        } else if let Some(right) = lacks(Grant::Named(false)) {
            occasion.violated_as(Severity::Warning, seen(right, "other servers alone"), expected);
        }
    }
}

/// Whether the node whose ACL was read is an interior one: the Add of it said so, or named a node below it.
fn is_interior(case: &Case<'_>, item: u32) -> bool {
    let Known::Fresh { implied, .. } = case.fact.known else { return false };
    implied
        || item_at(case.by, item)
            .is_some_and(|item| super::stored::met_inf(case.by, item, crate::markup::Tag::Format) == "node")
}

/// What was written into an ACL, where it was read afterwards.
fn before<'s>(case: &Case<'s>) -> Option<&'s str> {
    let Known::AclWritten { item } = case.fact.known else { return None };
    Some(value(case.by, item_at(case.by, item)?.data))
}

/// ACLs that were written and then read.
fn read_back(session: &Session) -> impl Iterator<Item = (Case<'_>, Told<'_>, &str)> {
    let readings = readings(session, "ACL", |known| matches!(known, Known::AclWritten { .. }));
    readings.filter_map(|(case, told)| Some((before(&case)?, case, told))).map(|(text, case, told)| (case, told, text))
}

pub(super) static INHERITED: Rule = Rule {
    id: "PRP-024",
    name: "inherited-acl-returned",
    title: "A Get of an ACL that is empty returns nothing",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[INHERITANCE],
    overrides: NO_ACLS,
    what: "Results for a Get of an ACL that a Replace of the session set to an empty value, with 200, are empty.",
    why: "The server takes the inherited ACL for that of the node, and writes it back: from then on nothing is inherited.",
    mend: "Return empty Data for a node without an ACL of its own.",
    pass: &[written!(" Replace ./V/a?prop=ACL=\"\"", " Results ./V/a?prop=ACL=\"\"")],
    violate: &[written!(" Replace ./V/a?prop=ACL=\"\"", " Results ./V/a?prop=ACL=Get=*")],
    not_applicable: &[ONE_GET, written!(" Replace ./V/a?prop=ACL=Get=a", " Results ./V/a?prop=ACL=Get=a")],
    check: Check::Session(inherited),
    ..Rule::MUST
};

fn inherited(session: &Session, cx: &mut Cx<'_>) {
    for (case, told, written) in read_back(session) {
        // The root has an ACL of its own, whatever is written.
        if !written.is_empty() || is_root(case.target()) {
            continue;
        }
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if !told.value().is_empty() {
            let seen = format!(
                "the ACL of {} is {}; {} had emptied it",
                quoted(without_query(case.target())),
                quoted(told.value()),
                shown(case.by)
            );
            occasion.violated(seen, "empty Data");
        }
    }
}

/// Whether an ACL has all that another one has.
fn has_all(acl: &Acl, other: &Acl) -> bool {
    Right::ALL.into_iter().all(|right| match (acl.of(right), other.of(right)) {
        (_, None) | (Some(crate::tree::Grant::Everybody), _) => true,
        (None, Some(_)) | (Some(_), Some(crate::tree::Grant::Everybody)) => false,
        (Some(crate::tree::Grant::Servers(own)), Some(crate::tree::Grant::Servers(wanted))) => wanted.is_subset(own),
    })
}

/// Reads an ACL that is well-formed as far as its meaning goes.
fn sound(text: &str) -> Option<Acl> {
    let (acl, problems) = Acl::parse(text);
    let is_harmless = |problem: &crate::tree::AclProblem| {
        matches!(problem, crate::tree::AclProblem::Twice(_) | crate::tree::AclProblem::WildcardBeside(_))
    };
    problems.iter().all(is_harmless).then_some(acl)
}

pub(super) static MERGED: Rule = Rule {
    id: "PRP-025",
    name: "acl-merged-with-inherited",
    title: "An ACL is not put together from those of several nodes",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[INHERITANCE],
    overrides: NO_ACLS,
    what: "Results for a Get of an ACL that a Replace of the session wrote, with 200, do not have what was written and, besides, \
           nothing but grants of the ACL that decides about the node above, as it was read or written in the session.",
    why: "Servers that were shut out of the node still have access to it.",
    mend: "Use the ACL of the node alone as soon as it has a value.",
    pass: &[with_root!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Replace ./V?prop=ACL=Get=a",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
        "server",
        " Status SyncHdr 200",
        " Get ./V?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./V?prop=ACL=Get=a",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[with_root!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Replace ./V?prop=ACL=Replace=a",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
        "server",
        " Status SyncHdr 200",
        " Get ./V?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./V?prop=ACL=Add=*&Get=*&Replace=a",
    )],
    not_applicable: &[ONE_GET, written!(" Replace ./V/a?prop=ACL=Get=a", " Results ./V/a?prop=ACL=Get=a")],
    check: Check::Session(merged),
    ..Rule::MUST
};

fn merged(session: &Session, cx: &mut Cx<'_>) {
    for (case, told, written) in read_back(session) {
        let above = case.beside().find_map(|fact| match fact.known {
            Known::AccessAbove { item } => effective(session, (fact.by, item)),
            _ => None,
        });
        let (Some(above), Some(own), Some(read)) = (above, sound(written), sound(told.value())) else { continue };
        if own.is_empty() {
            continue;
        }
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        // A grant to everybody covers those that are named.
        let is_from_above = |right: Right| {
            read.of(right)
                .is_none_or(|grant| Some(grant) == own.of(right) || is_union(grant, own.of(right), above.of(right)))
        };
        if read != own && has_all(&read, &own) && Right::ALL.into_iter().all(is_from_above) {
            let seen = format!(
                "the ACL of {} is {}: {} wrote {}, and the rest is from the node above",
                quoted(without_query(case.target())),
                quoted(told.value()),
                shown(case.by),
                quoted(written)
            );
            occasion.violated(seen, "what was written");
        }
    }
}

/// Whether a grant is what two others come to together.
fn is_union(grant: &crate::tree::Grant, own: Option<&crate::tree::Grant>, above: Option<&crate::tree::Grant>) -> bool {
    use crate::tree::Grant::{Everybody, Servers};
    match (grant, own, above) {
        (Everybody, Some(Everybody), _) | (Everybody, _, Some(Everybody)) => true,
        (Servers(all), own, Some(Servers(above))) => {
            let own = match own {
                Some(Servers(own)) => own.clone(),
                _ => Default::default(),
            };
            own.union(above).eq(all.iter())
        }
        _ => false,
    }
}

pub(super) static AS_WRITTEN: Rule = Rule {
    id: "PRP-026",
    name: "acl-not-as-written",
    title: "A Replace of an ACL sets the whole of it",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.5 Operations on properties" }],
    overrides: NO_ACLS,
    yields_to: &["PRP-025"],
    what: "Results for a Get of an ACL that a Replace of the session wrote, with 200 and a value, mean the same as what was \
           written: the same servers for each command, in whatever order. The root, of which the device may keep Add=*, is not \
           looked at, nor are malformed ACLs.",
    why: "Servers have rights that were taken from them, or lack those that they were given.",
    mend: "Store what a Replace brings, and forget the ACL that was there.",
    pass: &[written!(" Replace ./V/a?prop=ACL=Get=a+b", " Results ./V/a?prop=ACL=Get=b+a")],
    violate: &[written!(" Replace ./V/a?prop=ACL=Get=a+b", " Results ./V/a?prop=ACL=Get=a")],
    not_applicable: &[ONE_GET, written!(" Replace ./V/a?prop=ACL=\"\"", " Results ./V/a?prop=ACL=Get=*")],
    check: Check::Session(as_written),
    ..Rule::MUST
};

fn as_written(session: &Session, cx: &mut Cx<'_>) {
    for (case, told, written) in read_back(session) {
        let (Some(own), Some(read)) = (sound(written), sound(told.value())) else { continue };
        if own.is_empty() || is_root(case.target()) {
            continue;
        }
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if own != read {
            let seen = format!(
                "the ACL of {} is {}; {} wrote {}",
                quoted(without_query(case.target())),
                quoted(told.value()),
                shown(case.by),
                quoted(written)
            );
            occasion.violated(seen, own.to_string());
        }
    }
}

pub(super) static ROOT: Rule = Rule {
    id: "PRP-029",
    name: "root-without-acl",
    title: "The root always has an ACL",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[INHERITANCE, ROOT_VALUE],
    overrides: NO_ACLS,
    what: "Results for a Get of `.?prop=ACL` have Data that is not empty. Another value than Add=*&Get=* is information.",
    why: "A search for an ACL ends nowhere: the device grants everything, or nothing.",
    mend: "Give the root the ACL Add=*&Get=* at manufacture.",
    pass: &[opened!(
        " Get .?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results .?prop=ACL=Add=*&Get=*",
    )],
    violate: &[opened!(
        " Get .?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results .?prop=ACL=\"\"",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], root),
    ..Rule::MUST
};

fn root(results: Cmd<'_>, cx: &mut Cx<'_>) {
    for property in told(results, "ACL").filter(|property| is_root(property.uri)) {
        let text = value(results, property.data);
        let occasion = cx.occasion(results.at_node(property.data));
        if text.is_empty() {
            occasion.violated("the ACL of the root is empty", "Add=*&Get=*");
        } else if Acl::parse(text).0 != Acl::parse("Add=*&Get=*").0 {
            occasion.violated_as(Severity::Info, format!("the ACL of the root is {}", quoted(text)), "Add=*&Get=*");
        }
    }
}

pub(super) static ROOT_ADD: Rule = Rule {
    id: "PRP-030",
    name: "root-closed",
    title: "Everybody may add nodes below the root",
    level: Level::ShouldNot,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[ROOT_VALUE],
    overrides: NO_ACLS,
    yields_to: &["CMD-028"],
    what: "Data of a Replace of `.?prop=ACL` grants Add to everybody (Add=*).",
    why: "No other server can extend the tree any more, and none of them can repair that.",
    mend: "Keep Add=* in the ACL of the root.",
    pass: &[opened!(" Replace .?prop=ACL=Add=*&Get=srv")],
    violate: &[opened!(" Replace .?prop=ACL=Get=*&Add=srv")],
    not_applicable: &[ONE_GET, opened!(" Replace ./V?prop=ACL=Get=*&Add=srv")],
    check: Check::Command(&[CommandName::Replace], root_add),
    ..Rule::SHOULD
};

fn root_add(replace: Cmd<'_>, cx: &mut Cx<'_>) {
    if !replace.msg.entry.is_server() || !replace.message().survey().uris.query {
        return;
    }
    for item in replace.items() {
        let uri = replace.text(item.target_uri);
        if property(uri) != Some("ACL") || !is_root(uri) {
            continue;
        }
        let Some(data) = item.data else { continue };
        let text = value(replace, data);
        let occasion = cx.occasion(replace.at_node(data));
        if Acl::parse(text).0.of(Right::Add) != Some(&crate::tree::Grant::Everybody) {
            occasion.violated(format!("the ACL {} for the root", quoted(text)), "an ACL with Add=*");
        }
    }
}
