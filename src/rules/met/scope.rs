//! How Metas combine: MET-014 and MET-018.

use super::super::cx::{Cmd, Cx};
use super::super::rule::{Check, Clause, Level, Rule, Scope, Source};
use super::super::sta::common::{COMMANDS, opened, shown};
use super::{CREP, NO_META};
use crate::markup::{NodeId, Tag};
use crate::syncml::CommandName;

const META: Clause = Clause { document: CREP, section: "6.3 Meta" };

/// Elements of a Meta, for the text of a finding.
fn names(cmd: Cmd<'_>, meta: NodeId) -> String {
    const FEW: usize = 4;
    let tree = cmd.message().tree();
    let inner = tree.child(meta, Tag::MetInf).unwrap_or(meta);
    let names: Vec<&str> = tree.elements(inner).take(FEW).map(|node| tree.name(node)).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

pub(super) static ITEM_OVERRIDES: Rule = Rule {
    id: "MET-014",
    name: "meta-of-command-and-item",
    title: "Meta of an Item goes before Meta of its command",
    level: Level::May,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[META],
    what: "A command and one of its Items that both have Meta are named, once for each command. Element by element, what the \
           Item says holds for it, and the rest comes from the command; all rules read it so.",
    why: "Implementations that take only one of the two Metas lose the Type or the Size of the value.",
    mend: "Nothing needs mending; where a peer reads only one, put everything into Meta of the Item.",
    violate: &[opened!(" Replace format=chr ./Vendor/A=hello size=5")],
    not_applicable: &[NO_META, opened!(" Replace ./Vendor/A=1 format=chr")],
    check: Check::Command(COMMANDS, item_overrides),
    ..Rule::MAY
};

fn item_overrides(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(own) = cmd.command.meta else { return };
    let Some(meta) = cmd.items().iter().find_map(|item| item.meta) else { return };
    let seen = format!("{} in Meta of {}, {} in Meta of an Item", names(cmd, own), shown(cmd), names(cmd, meta));
    cx.occasion(cmd.at_node(meta)).violated(seen, "both are read; what the Item says goes before");
}

pub(super) static CONTAINER: Rule = Rule {
    id: "MET-018",
    name: "meta-of-container",
    title: "Meta of an Atomic or Sequence holds for the commands in it",
    level: Level::May,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[META],
    what: "An Atomic or Sequence with Meta is named. What it says holds for the commands inside, unless they say otherwise; all \
           rules read it so.",
    why: "Implementations that look for Meta at the command only take each value for plain text.",
    mend: "Nothing needs mending; where a peer does not look so far, give each command its Meta.",
    violate: &[opened!(" Sequence format=chr", "  Replace ./Vendor/A=1",)],
    not_applicable: &[NO_META, opened!(" Sequence", "  Replace ./Vendor/A=1 format=chr")],
    check: Check::Command(&[CommandName::Atomic, CommandName::Sequence], container),
    ..Rule::MAY
};

fn container(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(meta) = cmd.command.meta else { return };
    let seen = format!("{} in Meta of {}", names(cmd, meta), shown(cmd));
    cx.occasion(cmd.at_node(meta)).violated(seen, "it holds for the commands inside");
}
