//! The parts of a large object as they are written.

use super::{CARRIERS, DOWN, ITEM_DTD, LARGE_OBJECTS, UP, down, parts};
use crate::base::Severity;
use crate::dm::Session;
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Need, Rule, Scope, Source};
use crate::rules::sta::common::{ONE_GET, shown};

const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";

pub(super) static MORE_DATA_FORM: Rule = Rule {
    id: "LOB-003",
    name: "more-data-form",
    title: "MoreData is empty and the last element of its Item",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[ITEM_DTD],
    what: "MoreData stands in an Item, behind everything else in it, and holds nothing. White space in it is an observation.",
    why: "A parser that validates refuses the message; others do not see MoreData, and take a part for the whole value.",
    mend: "Write an empty MoreData as the last element of the Item.",
    pass: &[DOWN],
    violate: &[
        down!(
            "Replace ./Vendor/A=Hello format=chr size=12 more\n patch <MoreData/> => <MoreData>1</MoreData>",
            "Status Replace 213\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=chr",
            "Status Replace 200"
        ),
        down!(
            "Replace ./Vendor/A=Hello format=chr size=12 more\n patch <Data>Hello</Data><MoreData/> => <MoreData/><Data>Hello</Data>",
            "Status Replace 213\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=chr",
            "Status Replace 200"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(CARRIERS, more_data_form),
    ..Rule::MUST
};

fn more_data_form(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let tree = cmd.message().tree();
    for item in cmd.items() {
        let Some(more) = item.more_data else { continue };
        let occasion = cx.occasion(cmd.at_node(more));
        if tree.elements(item.node).last() != Some(more) {
            let behind = tree.elements(item.node).last().map_or("", |node| tree.name(node));
            occasion.violated(format!("MoreData before {behind}"), "MoreData as the last element of the Item");
        } else if tree.elements(more).next().is_some() || tree.has_stray_text(more) {
            occasion.violated("MoreData has content", "an empty MoreData");
        } else if tree.children(more).next().is_some() {
            occasion.violated_as(Severity::Info, "MoreData holds white space", "an empty MoreData");
        }
    }
    if let Some(more) = tree.child(cmd.command.node, Tag::MoreData) {
        let seen = format!("MoreData in {} beside its Items", cmd.command.name);
        cx.occasion(cmd.at_node(more)).violated(seen, "MoreData as the last element of an Item");
    }
}

pub(super) static SIZE_MISSING: Rule = Rule {
    id: "LOB-004",
    name: "size-of-large-object-missing",
    title: "The first part of a large object announces its Size",
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NoLoss],
    yields_to: &["LOB-002", "LOB-020"],
    what: "The first Item of a value with MoreData has Size in its Meta, or in that of its command. Nobody can say where a \
           message before it is missing, and a value that goes on after it was broken off is another rule's matter.",
    why: "The receiver cannot tell whether it has room for the value, nor in the end whether it got all of it.",
    mend: "Put the Size of the whole value into the Meta of the first part.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 200"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(size_missing),
    ..Rule::MUST
};

fn size_missing(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let Some(first) = parts(session, object).next().filter(|part| Some(&part.chunk) == object.chunks.first())
        else {
            continue;
        };
        if object.resumes {
            continue;
        }
        let message = first.cmd.message();
        let size = message.effective_met_inf(first.cmd.command, Some(first.item), Tag::Size);
        let occasion = cx.occasion(first.cmd.at_node(first.item.node));
        if size.is_some() {
            continue;
        }
        let before = session.previous_of_sender(first.cmd.msg.id);
        match before {
            None if !session.start_seen => occasion.undecided(Reason::StartNotCaptured),
            _ => occasion.violated(
                format!("{} has MoreData and no Size", shown(first.cmd)),
                "Size in the Meta of the first part",
            ),
        }
    }
}

pub(super) static SIZE_REPEATED: Rule = Rule {
    id: "LOB-005",
    name: "size-in-later-chunk",
    title: "Only the first part of a large object states Size",
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS],
    what: "No part but the first has Size, in the Meta of its Item or of its command. A value that is sent again from its \
           beginning, after a part was refused or Alert 1225 came, is a new one; behind a message that is missing nobody can say.",
    why: "The receiver takes the part for the beginning of a new value, and drops what it had.",
    mend: "Leave Size out of all parts but the first.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr size=12",
        "Status Replace 200"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(size_repeated),
    ..Rule::MUST
};

fn size_repeated(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        for part in parts(session, object).filter(|part| Some(&part.chunk) != object.chunks.first()) {
            let size = part.size();
            let occasion = cx.occasion(part.cmd.at_node(size.unwrap_or(part.item.node)));
            let begun = object.chunks.first().map_or(part.chunk.entry, |first| first.entry);
            if size.is_some() && !session.is_whole_between(begun, part.chunk.entry) {
                // What is missing may have refused the value, which then begins anew.
                occasion.undecided(Reason::MessageLost);
            } else if size.is_some() {
                let seen = format!("Size {} in a later part of {}", quoted(part.cmd.text(size)), quoted(&object.uri));
                occasion.violated(seen, "Size in the first part only");
            }
        }
    }
}

pub(super) static SIZE_NUMBER: Rule = Rule {
    id: "LOB-006",
    name: "size-no-number",
    title: "Size is a decimal number",
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: MET, section: "Size" }],
    what: "Each Size in the Meta of an Item or command consists of decimal digits. 0 stands for an empty value.",
    why: "The receiver cannot tell how long the value is, and refuses it or reads garbage.",
    mend: "Write the number of octets in decimal digits, without unit or sign.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=3k more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 200"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(CARRIERS, size_number),
    ..Rule::MUST
};

fn size_number(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let message = cmd.message();
    let metas = std::iter::once(cmd.command.meta).chain(cmd.items().iter().map(|item| item.meta));
    for size in metas.flatten().filter_map(|meta| message.met_inf(meta, Tag::Size)) {
        let text = cmd.text(size);
        let occasion = cx.occasion(cmd.at_node(size));
        if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
            occasion.violated(format!("Size {}", quoted(text)), "decimal digits");
        }
    }
}

pub(super) static NOT_REPEATED: Rule = Rule {
    id: "LOB-007",
    name: "chunk-without-item-information",
    title: "Later parts repeat Target or Source and Meta",
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS],
    what: "Each part but the first has a Target or Source with a URI, and Meta where the first one has it.",
    why: "A receiver that does not remember what is under way cannot tell what the part belongs to.",
    mend: "Repeat Target or Source, and Meta without Size, in each part.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Replace data=\" world!\"",
        "Status Replace 200"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(not_repeated),
    ..Rule::SHOULD
};

fn not_repeated(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let mut parts = parts(session, object);
        let Some(first) = parts.next().filter(|part| Some(&part.chunk) == object.chunks.first()) else { continue };
        let has_meta = |part: super::Part<'_>| part.item.meta.is_some() || part.cmd.command.meta.is_some();
        // Meta that holds nothing but Size has nothing to repeat.
        let expects_meta = !first.meta(Tag::Format).is_empty() || !first.meta(Tag::Type).is_empty();
        for part in parts {
            let uri = part.uri().is_empty() && !object.uri.is_empty();
            let meta = expects_meta && !has_meta(part);
            let occasion = cx.occasion(part.cmd.at_node(part.item.node));
            let missing = match (uri, meta) {
                (false, false) => continue,
                (true, false) => "neither Target nor Source",
                (false, true) => "no Meta",
                (true, true) => "neither Target nor Source, and no Meta",
            };
            occasion.related(first.cmd.at()).violated(
                format!("{missing} in a later part of {}", quoted(&object.uri)),
                "what the first part says of the Item",
            );
        }
    }
}

pub(super) static CHANGED: Rule = Rule {
    id: "LOB-021",
    name: "chunk-of-another-kind",
    title: "All parts of a large object have the same command, Format and Type",
    severity: Severity::Warning,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[LARGE_OBJECTS],
    what: "A part that names the URI of the open object and no Size comes in the same command as the first part, and where it \
           states Format or Type, they are those of the first part. Another URI is another object.",
    why: "The receiver cannot tell which of the two is meant, and most take the part for a new command.",
    mend: "Repeat the command with the same Meta in each part.",
    pass: &[DOWN, UP],
    violate: &[
        down!(
            "Add ./Vendor/A=Hello format=chr size=12 more",
            "Status Add 213\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=chr",
            "Status Replace 200"
        ),
        down!(
            "Replace ./Vendor/A=Hello format=chr size=12 more",
            "Status Replace 213\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=xml",
            "Status Replace 200"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(changed),
    ..Rule::MUST
};

fn changed(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let mut parts = parts(session, object);
        let Some(first) = parts.next().filter(|part| Some(&part.chunk) == object.chunks.first()) else { continue };
        for part in parts {
            let occasion = cx.occasion(part.cmd.at()).related(first.cmd.at());
            if part.cmd.command.name != object.command {
                let seen = format!("{} goes on with what {} began", shown(part.cmd), shown(first.cmd));
                occasion.violated(seen, format!("{} in all parts", object.command));
                continue;
            }
            let other = [Tag::Format, Tag::Type].into_iter().find_map(|tag| {
                let (before, now) = (first.meta(tag), part.meta(tag));
                (!now.is_empty() && !before.is_empty() && !now.eq_ignore_ascii_case(before))
                    .then_some((tag, before, now))
            });
            if let Some((tag, before, now)) = other {
                let name = if tag == Tag::Format { "Format" } else { "Type" };
                let seen = format!("{name} {} after {} in the first part", quoted(now), quoted(before));
                occasion.violated(seen, format!("the same {name} in all parts"));
            }
        }
    }
}
