//! The elements of a command: CMD-035, CMD-036, CMD-041 to CMD-043.

use super::who::is_excluded;
use super::{EVERY, UNDECODABLE};
use crate::base::Severity;
use crate::dm::{Profile, Version};
use crate::markup::{NodeId, Tag};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{CREP, DREP, ONE_GET, last_status, opened, shown};
use crate::syncml::{CommandName, Oddity, Slot, content_of, slot_of};

const DTD: Clause = Clause { document: CREP, section: "7 DTD" };

pub(super) static ORDER: Rule = Rule {
    id: "CMD-041",
    name: "command-elements-out-of-order",
    title: "The elements of a command and of its Items are in their order",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "The children of each command, and those of Item, Target, Source, Cred and Chal in it, come in the order of the DTD. The \
           children of Status and Results themselves, MoreData, and elements that do not belong there are other rules' matter. \
           Meta before Target or Source, as samples have it, is information outside strict mode.",
    why: "Parsers that follow the document type definition refuse the message.",
    mend: "Write the elements in the order of the document type definition.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Exec ./Vendor/A correlator=7",
        " patch \"<Correlator>7</Correlator>\" => \"\"",
        " patch \"</Item></Exec>\" => \"</Item><Correlator>7</Correlator></Exec>\"",
    )],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| each_odd(msg, cx, order)),
    ..Rule::MUST
};

/// Looks at the commands one by one, unless all elements of the message are as the DTD has them.
fn each_odd(msg: Msg<'_>, cx: &mut Cx<'_>, check: impl Fn(Cmd<'_>, &mut Cx<'_>)) {
    if msg.message().survey().sighting(Oddity::OtherContent).is_none() {
        return cx.occasion(msg.at()).held();
    }
    for cmd in msg.commands() {
        check(cmd, cx);
    }
}

/// The elements of a command whose content is known, itself first.
fn parents(cmd: Cmd<'_>) -> impl Iterator<Item = NodeId> {
    let items = cmd.items().iter().flat_map(|item| [Some(item.node), item.target, item.source]);
    [Some(cmd.command.node), cmd.command.cred, cmd.command.chal].into_iter().chain(items).flatten()
}

/// The children of an element that have a place in it, with that place.
fn placed(cmd: Cmd<'_>, parent: NodeId) -> impl Iterator<Item = (NodeId, Tag, usize, Slot)> {
    let tree = cmd.message().tree();
    let content = tree.tag(parent).and_then(content_of).unwrap_or_default();
    tree.elements(parent).filter_map(move |node| {
        let tag = tree.tag(node).filter(|tag| !is_excluded(*tag))?;
        let at = slot_of(content, tag)?;
        Some((node, tag, at, *content.get(at)?))
    })
}

/// The first element that comes behind one that is due later, and that one.
fn misplaced(elements: impl Iterator<Item = (NodeId, Tag, usize, Slot)>) -> Option<(NodeId, Tag, Tag)> {
    let mut last: Option<(usize, Tag)> = None;
    for (node, tag, at, _) in elements {
        match last {
            Some((highest, before)) if at < highest => return Some((node, tag, before)),
            _ => last = Some((at, tag)),
        }
    }
    None
}

fn order(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let is_strict = cx.is_strict();
    let is_response = cmd.command.name.is_response();
    let tree = cmd.message().tree();
    let mut mild = None;
    for parent in parents(cmd).filter(|parent| !(is_response && *parent == cmd.command.node)) {
        let elements = || placed(cmd, parent).filter(|(_, tag, ..)| *tag != Tag::MoreData);
        let Some((node, late, early)) = misplaced(elements()) else { continue };
        let name = |tag: Tag| tag.known_name().unwrap_or_default();
        let seen = format!("{} comes after {} in {} of {}", name(late), name(early), tree.name(parent), shown(cmd));
        let expected = format!("{}, in this order", listed(tree.tag(parent)));
        let is_usual = matches!((late, early), (Tag::Target | Tag::Source, Tag::Meta))
            && misplaced(elements().filter(|(_, tag, ..)| *tag != Tag::Meta)).is_none();
        if is_usual && !is_strict {
            mild = mild.or(Some((node, seen, expected)));
        } else {
            return cx.occasion(cmd.at_node(node)).violated(seen, expected);
        }
    }
    match mild {
        None => cx.occasion(cmd.at()).held(),
        Some((node, seen, expected)) => {
            cx.occasion(cmd.at_node(node)).violated_as(Severity::Info, seen, expected);
        }
    }
}

/// The content of an element in words.
fn listed(tag: Option<Tag>) -> String {
    let slots = tag.and_then(content_of).unwrap_or_default();
    let of = |slot: &Slot| match slot.tags {
        [tag] if !is_excluded(*tag) => tag.known_name(),
        [_] => None,
        _ => Some("commands"),
    };
    slots.iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

pub(super) static CARDINALITY: Rule = Rule {
    id: "CMD-042",
    name: "command-element-repeated",
    title: "Elements of a command that may stand once stand once",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "In each command, and in Item, Target, Source, Cred and Chal in it, no element is repeated that the DTD allows at most \
           once. What stands inside Data is not counted; a second Correlator, and a second Item of Exec, are other rules' matter.",
    why: "One parser takes the first, another one the last: the two sides speak of different values.",
    mend: "Write the element once; use an Item for each value.",
    pass: &[ONE_GET],
    violate: &[opened!(" Replace ./Vendor/A=1", " patch \"<Data>1</Data>\" => \"<Data>1</Data><Data>2</Data>\"")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| each_odd(msg, cx, cardinality)),
    ..Rule::MUST
};

fn cardinality(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for parent in parents(cmd) {
        let mut seen_tags = Vec::new();
        for (node, tag, _, slot) in placed(cmd, parent) {
            if slot.many || tag == Tag::Correlator {
                continue;
            }
            if seen_tags.contains(&tag) {
                let name = tag.known_name().unwrap_or_default();
                let around = cmd.message().tree().name(parent);
                return cx
                    .occasion(cmd.at_node(node))
                    .violated(format!("a second {name} in {around} of {}", shown(cmd)), format!("one {name}"));
            }
            seen_tags.push(tag);
        }
    }
    cx.occasion(cmd.at()).held();
}

pub(super) static UNKNOWN_CHILD: Rule = Rule {
    id: "CMD-043",
    name: "element-where-none-belongs",
    title: "A command holds no other elements than its own",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "Each command, and Item, Target, Source, Cred and Chal in it, holds only elements that the DTD gives to it. Not looked \
           at: what DM excludes altogether, Cmd in Results, Correlator of a command, and the commands in Atomic and Sequence, \
           which have rules of their own.",
    why: "The peer drops the element, or with it the whole message: a Type beside Meta has no effect.",
    mend: "Put the element where it belongs: Type and Format into Meta.",
    yields_to: &["XML-011", "WBX-005", "WBX-006", "WBX-007", "LOB-003"],
    pass: &[ONE_GET],
    violate: &[opened!(
        " Replace ./Vendor/A=1",
        " patch \"<Data>1</Data>\" => \"<Type xmlns='syncml:metinf'>text/plain</Type><Data>1</Data>\"",
    )],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| each_odd(msg, cx, unknown_child)),
    ..Rule::MUST
};

fn unknown_child(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let tree = cmd.message().tree();
    for parent in parents(cmd) {
        let around = tree.tag(parent).unwrap_or(Tag::Unknown);
        let Some(content) = content_of(around).filter(|_| !matches!(around, Tag::Atomic | Tag::Sequence)) else {
            continue;
        };
        let is_foreign = |node: &NodeId| {
            let Some(tag) = tree.tag(*node) else { return false };
            let is_known_elsewhere =
                is_excluded(tag) || (parent == cmd.command.node && matches!(tag, Tag::Correlator | Tag::Cmd));
            slot_of(content, tag).is_none() && !is_known_elsewhere
        };
        if let Some(node) = tree.elements(parent).find(is_foreign) {
            return cx.occasion(cmd.at_node(node)).violated(
                format!("{} in {} of {}", quoted(tree.name(node)), tree.name(parent), shown(cmd)),
                format!("{} only", listed(Some(around))),
            );
        }
    }
    cx.occasion(cmd.at()).held();
}

pub(super) static CORRELATOR: Rule = Rule {
    id: "CMD-035",
    name: "correlator-misplaced",
    title: "Correlator stands in Exec and Alert, once, with a value",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[Clause { document: CREP, section: "6.3 Correlator" }, DTD],
    what: "A command with Correlator is an Exec or Alert and has one only. An empty one is a warning, and so is each one in \
           DM 1.1.2, which does not have the element, and in the ms-mdm profile, whose client does not support it.",
    why: "The other side does not find the value, and cannot tie the result to the operation.",
    mend: "Put one Correlator into the Exec, and the same one into the Alert that tells the result.",
    pass: &[ASYNCHRONOUS],
    violate: &[opened!(
        " Replace ./Vendor/A=1",
        " patch \"<Item><Target><LocURI>./Vendor/A\" => \"<Correlator>7</Correlator><Item><Target><LocURI>./Vendor/A\"",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(EVERY, correlator),
    ..Rule::MUST
};

/// An Exec whose result comes later.
const ASYNCHRONOUS: &str = opened!(
    " Exec ./Vendor/A correlator=7",
    "device",
    " Status SyncHdr 200",
    " Status Exec 202",
    "server",
    " Status SyncHdr 200",
);

fn correlator(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(first) = cmd.command.correlator else { return };
    let profile = cx.profile();
    let occasion = cx.occasion(cmd.at_node(first));
    let value = quoted(cmd.text(first));
    if !matches!(cmd.command.name, CommandName::Exec | CommandName::Alert) {
        occasion.violated(format!("Correlator {value} in {}", shown(cmd)), "Correlator in Exec and Alert only");
    } else if cmd.each(Tag::Correlator).nth(1).is_some() {
        occasion.violated(format!("a second Correlator in {}", shown(cmd)), "one Correlator");
    } else if cmd.text(first).is_empty() {
        occasion.violated_as(Severity::Warning, format!("an empty Correlator in {}", shown(cmd)), "a value");
    } else if profile == Profile::MsMdm {
        let expected = "no Correlator, which Windows does not support";
        occasion.violated_as(Severity::Warning, format!("Correlator {value} in {}", shown(cmd)), expected);
    } else if profile.version() == Version::V1_1_2 {
        let expected = "no Correlator, which came with DM 1.2";
        occasion.violated_as(Severity::Warning, format!("Correlator {value} in {}", shown(cmd)), expected);
    }
}

pub(super) static NO_CORRELATOR: Rule = Rule {
    id: "CMD-036",
    name: "asynchronous-exec-without-correlator",
    title: "An Exec that may end later has a Correlator",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6.6 Exec" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "An Exec that the client answers with 202 has a Correlator. Windows does not support the element, and the ms-mdm \
           profile does not look.",
    why: "The Alert with the result cannot be told from that of another Exec of the same node.",
    mend: "Give each Exec a Correlator of its own.",
    pass: &[ASYNCHRONOUS],
    violate: &[opened!(" Exec ./Vendor/A", "device", " Status SyncHdr 200", " Status Exec 202")],
    not_applicable: &[ONE_GET, opened!(" Exec ./Vendor/A", "device", " Status SyncHdr 200", " Status Exec 200")],
    check: Check::Command(&[CommandName::Exec], no_correlator),
    ..Rule::SHOULD
};

fn no_correlator(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((status, 202)) = last_status(exec) else { return };
    let occasion = cx.occasion(exec.at()).related(status.at());
    if exec.command.correlator.is_none() {
        occasion.violated(format!("{} was answered with 202 and has no Correlator", shown(exec)), "a Correlator");
    }
}
