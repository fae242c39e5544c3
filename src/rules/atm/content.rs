//! What stands in Atomic and Sequence: ATM-001 to ATM-004, ATM-016, ATM-017.

use super::{ATOMIC, DONE, IN_SEQUENCE, SEQUENCE};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::{NodeId, Tag};
use crate::rules::cmd::is_excluded;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::{loose_uri, quoted};
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{CREP, MS_MDM, ONE_GET, inside, opened, shown};
use crate::syncml::CommandName;
use std::collections::HashMap;

const ATOMICS: &[CommandName] = &[CommandName::Atomic];
const SEQUENCES: &[CommandName] = &[CommandName::Sequence];
const CONTAINERS: &[CommandName] = &[CommandName::Atomic, CommandName::Sequence];

pub(super) static ATOMIC_CONTENT: Rule = Rule {
    id: "ATM-001",
    name: "atomic-with-illegal-command",
    title: "An Atomic holds Add, Alert, Copy, Delete and Replace",
    level: Level::MustNot,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[ATOMIC],
    what: "Beside CmdID and Meta an Atomic holds Add, Alert, Copy, Delete and Replace only. A Sequence in it, which the DTD \
           allows, is a warning. In the ms-mdm profile, whose grammar allows them, Get and Atomic are warnings and Exec is \
           information. What DM excludes altogether, and Item, Data, Target and Source, are other rules' matter.",
    why: "Clients refuse the whole Atomic with 500; what cannot be undone would have to be.",
    mend: "Send Get and Exec outside the Atomic, and one Atomic behind the other.",
    yields_to: &["XML-011", "WBX-005", "WBX-006", "WBX-007"],
    pass: &[DONE],
    violate: &[opened!(" Atomic", "  Get ./Vendor/A"), opened!(" Atomic", "  Replace ./Vendor/A=1", "  xml <Final/>")],
    not_applicable: &[ONE_GET, IN_SEQUENCE],
    check: Check::Command(ATOMICS, atomic_content),
    ..Rule::MUST
};

/// The children of a container that are neither its own parts nor for other rules to judge.
fn content(container: Cmd<'_>) -> impl Iterator<Item = (NodeId, Tag)> {
    let tree = container.message().tree();
    tree.elements(container.command.node).filter_map(move |node| {
        let tag = tree.tag(node)?;
        let is_part =
            matches!(tag, Tag::CmdID | Tag::Meta | Tag::Cred | Tag::Correlator) || is_excluded(tag) || is_own_item(tag);
        (!is_part).then_some((node, tag))
    })
}

const fn is_own_item(tag: Tag) -> bool {
    matches!(tag, Tag::Item | Tag::Data | Tag::Target | Tag::Source)
}

/// Reports the worst child of a container.
fn judge(
    container: Cmd<'_>,
    cx: &mut Cx<'_>,
    expected: &'static str,
    severity_of: impl Fn(Tag, Profile) -> Option<Severity>,
) {
    let profile = cx.profile();
    let wrong = content(container).filter_map(|(node, tag)| Some((severity_of(tag, profile)?, node)));
    let worst = wrong.reduce(|a, b| if b.0 > a.0 { b } else { a });
    let occasion = cx.occasion(container.at_node(worst.map(|(_, node)| node)));
    if let Some((severity, node)) = worst {
        let name = container.message().tree().name(node);
        occasion.violated_as(severity, format!("{} in {}", quoted(name), shown(container)), expected);
    }
}

fn atomic_content(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    judge(atomic, cx, "Add, Alert, Copy, Delete and Replace", |tag, profile| {
        let windows = profile == Profile::MsMdm;
        match tag {
            Tag::Add | Tag::Alert | Tag::Copy | Tag::Delete | Tag::Replace => None,
            Tag::Sequence => Some(Severity::Warning),
            Tag::Get | Tag::Atomic if windows => Some(Severity::Warning),
            Tag::Exec if windows => Some(Severity::Info),
            _ => Some(Severity::Error),
        }
    });
}

pub(super) static SEQUENCE_CONTENT: Rule = Rule {
    id: "ATM-003",
    name: "sequence-with-illegal-command",
    title: "A Sequence holds Add, Alert, Copy, Delete, Exec, Get and Replace",
    level: Level::MustNot,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[SEQUENCE],
    what: "Beside CmdID and Meta a Sequence holds Add, Alert, Copy, Delete, Exec, Get and Replace only. An Atomic in it, which the \
           DTD allows, is a warning. What DM excludes altogether, and Item, Data, Target and Source, are other rules' matter.",
    why: "Clients refuse the whole Sequence, or skip what they do not expect there.",
    mend: "Send one Sequence behind the other.",
    yields_to: &["XML-011", "WBX-005", "WBX-006", "WBX-007"],
    pass: &[IN_SEQUENCE],
    violate: &[opened!(" Sequence", "  Sequence", "   Get ./Vendor/A")],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(SEQUENCES, sequence_content),
    ..Rule::MUST
};

fn sequence_content(sequence: Cmd<'_>, cx: &mut Cx<'_>) {
    judge(sequence, cx, "Add, Alert, Copy, Delete, Exec, Get and Replace", |tag, _| match tag {
        Tag::Add | Tag::Alert | Tag::Copy | Tag::Delete | Tag::Exec | Tag::Get | Tag::Replace => None,
        Tag::Atomic => Some(Severity::Warning),
        _ => Some(Severity::Error),
    });
}

pub(super) static ATOMIC_EMPTY: Rule = Rule {
    id: "ATM-002",
    name: "atomic-without-command",
    title: "An Atomic has a command",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[ATOMIC],
    what: "Each Atomic holds at least one command.",
    why: "Clients that follow the document type definition refuse the message.",
    mend: "Leave the Atomic out where nothing is to be done.",
    yields_to: &["ATM-001", "ATM-017"],
    pass: &[DONE],
    violate: &[opened!(" Atomic")],
    not_applicable: &[ONE_GET, IN_SEQUENCE],
    check: Check::Command(ATOMICS, empty),
    ..Rule::MUST
};

pub(super) static SEQUENCE_EMPTY: Rule = Rule {
    id: "ATM-004",
    name: "sequence-without-command",
    title: "A Sequence has a command",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[SEQUENCE],
    what: "Each Sequence holds at least one command.",
    why: "Clients that follow the document type definition refuse the message.",
    mend: "Leave the Sequence out where nothing is to be done.",
    yields_to: &["ATM-003", "ATM-017"],
    pass: &[IN_SEQUENCE],
    violate: &[opened!(" Sequence")],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(SEQUENCES, empty),
    ..Rule::MUST
};

fn empty(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(container.at());
    if inside(container).next().is_none() {
        occasion.violated(format!("{} holds no command", shown(container)), "at least one command");
    }
}

pub(super) static OWN_ITEMS: Rule = Rule {
    id: "ATM-017",
    name: "container-with-item",
    title: "Atomic and Sequence have no Item of their own",
    level: Level::MustNot,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[
        Clause { document: CREP, section: "7 DTD, Atomic" },
        Clause { document: CREP, section: "7 DTD, Sequence" },
    ],
    what: "No Item, Data, Target or Source stands directly in an Atomic or Sequence. Meta may.",
    why: "It belongs to no command, and nothing is done with it.",
    mend: "Put the Item into a command inside the container.",
    pass: &[DONE, IN_SEQUENCE],
    violate: &[opened!(" Atomic", "  Replace ./Vendor/A=1", "  xml <Item><Data>1</Data></Item>")],
    not_applicable: &[ONE_GET],
    check: Check::Command(CONTAINERS, own_items),
    ..Rule::MUST
};

fn own_items(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let tree = container.message().tree();
    let mut children = tree.elements(container.command.node);
    let found = children.find(|node| tree.tag(*node).is_some_and(is_own_item));
    let occasion = cx.occasion(container.at_node(found));
    if let Some(node) = found {
        occasion.violated(format!("{} directly in {}", tree.name(node), shown(container)), "commands only");
    }
}

pub(super) static ADD_THEN_REPLACE: Rule = Rule {
    id: "ATM-016",
    name: "atomic-adds-and-replaces-a-node",
    title: "An Atomic for Windows does not replace a node that it adds",
    level: Level::May,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[Clause { document: MS_MDM, section: "Atomic" }],
    what: "In the ms-mdm profile, and there alone: no Replace in an Atomic names a node that an Add before it in the same Atomic \
           names.",
    why: "The Windows client does not support it: the whole Atomic fails.",
    mend: "Add the node with the value that it is to have.",
    pass: &[opened!(" Atomic", "  Add ./Vendor/MSFT/A=1", "  Replace ./Vendor/MSFT/B=2")],
    violate: &[opened!(" Atomic", "  Add ./Vendor/MSFT/A=1", "  Replace ./Vendor/MSFT/A=2")],
    not_applicable: &[ONE_GET, opened!(" Atomic", "  Add ./Vendor/A=1", "  Replace ./Vendor/A=2")],
    check: Check::Command(ATOMICS, add_then_replace),
    ..Rule::MAY
};

fn add_then_replace(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    if cx.profile() != Profile::MsMdm {
        return;
    }
    let mut added: HashMap<String, Cmd<'_>> = HashMap::new();
    let mut twice = None;
    for cmd in inside(atomic) {
        let uris = cmd.items().iter().map(|item| cmd.text(item.target_uri)).filter(|uri| !uri.is_empty());
        match cmd.command.name {
            CommandName::Add => added.extend(uris.map(|uri| (loose_uri(uri), cmd))),
            CommandName::Replace if !added.is_empty() => {
                let again = |uri: &str| Some((cmd, uri.to_owned(), *added.get(&loose_uri(uri))?));
                twice = twice.or_else(|| uris.filter(|uri| !uri.contains('?')).find_map(again));
            }
            _ => {}
        }
    }
    if added.is_empty() {
        return;
    }
    match twice {
        None => cx.occasion(atomic.at()).held(),
        Some((replace, uri, add)) => cx.occasion(replace.at()).related(add.at()).violated(
            format!("{} of {}, which {} adds", shown(replace), quoted(&uri), shown(add)),
            "the value in the Add",
        ),
    }
}
