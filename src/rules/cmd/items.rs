//! Items of commands: CMD-012 to CMD-015, CMD-018, CMD-020, CMD-022 to CMD-024.

use super::who::is_from_server;
use super::{ON_NODES, UNDECODABLE, is_format, uri_of};
use crate::base::Severity;
use crate::dm::{Profile, Version};
use crate::markup::{NodeId, Tag};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Source};
use crate::rules::sta::common::{CREP, DREP, FIRST, ONE_GET, PRO, TND, is_tnds, opened, shown};
use crate::syncml::{CommandName, Item};

const COMMANDS: Clause = Clause { document: DREP, section: "6.6 Add, Copy, Delete, Exec, Get, Replace" };
const WRITING: &[CommandName] = &[CommandName::Add, CommandName::Replace];

pub(super) static ITEM: Rule = Rule {
    id: "CMD-012",
    name: "command-without-item",
    title: "Add, Copy, Delete, Exec, Get and Replace have an Item",
    scope: Scope::Element,
    clause: &[COMMANDS],
    what: "Each Add, Copy, Delete, Exec, Get and Replace has at least one Item.",
    why: "Nobody can say which node is meant.",
    mend: "Put an Item with Target into the command.",
    pass: &[ONE_GET],
    violate: &[opened!(" xml <Get><CmdID>4</CmdID></Get>")],
    not_applicable: &["device\n Alert 1201\n", UNDECODABLE],
    check: Check::Command(ON_NODES, item),
    ..Rule::MUST
};

fn item(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(cmd.at());
    if cmd.items().is_empty() {
        occasion.violated(format!("{} has no Item", shown(cmd)), "an Item for each node");
    }
}

pub(super) static ONE_ITEM: Rule = Rule {
    id: "CMD-013",
    name: "exec-with-several-items",
    title: "Exec has one Item",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[Clause { document: CREP, section: "7 DTD, Exec" }],
    what: "No Exec has more than one Item. The text of DM allows several where the DTD has one, hence only a warning.",
    why: "Clients execute the first Item and answer for the whole Exec.",
    mend: "Send an Exec for each node.",
    pass: &[opened!(" Exec ./Vendor/A")],
    violate: &[opened!(" Exec ./Vendor/A ./Vendor/B")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], one_item),
    ..Rule::MUST
};

fn one_item(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let count = exec.items().len();
    if count == 0 {
        return;
    }
    let occasion = cx.occasion(exec.at());
    if count > 1 {
        occasion.violated(format!("{} has {count} Items", shown(exec)), "one Item");
    }
}

pub(super) static TARGET: Rule = Rule {
    id: "CMD-014",
    name: "item-without-target",
    title: "Every Item of a server's command names its node in Target",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[COMMANDS],
    what: "Every Item of an Add, Copy, Delete, Exec, Get or Replace of a server has Target with a LocURI that is not empty. Not \
           looked at: the later chunks of a large object, and a Target with the URI as its own text, which another rule reports.",
    why: "The client does not know which node is meant.",
    mend: "Write the URI of the node into Target/LocURI.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get item=\"x\"")],
    not_applicable: &[FIRST, UNDECODABLE],
    check: Check::Command(ON_NODES, target),
    ..Rule::MUST
};

fn target(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_from_server(cmd) || cmd.items().is_empty() || cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    let lacks = |item: &&Item| {
        let has_text = item.target.is_some_and(|target| !cmd.text(target).is_empty());
        cmd.text(item.target_uri).is_empty() && !has_text
    };
    let missing = cmd.items().iter().find(lacks);
    let occasion = cx.occasion(cmd.at_node(missing.map(|item| item.node)));
    if let Some(item) = missing {
        let how = if item.target.is_some() { "a Target without LocURI" } else { "no Target" };
        occasion.violated(format!("an Item of {} has {how}", shown(cmd)), "Target with the URI of the node");
    }
}

pub(super) static COPY: Rule = Rule {
    id: "CMD-015",
    name: "copy-without-source",
    title: "Every Item of Copy names in Source what is copied",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.4 Copy" }],
    what: "Every Item of a Copy has Source with a LocURI that is not empty. A Source with the URI as its own text is another \
           rule's matter.",
    why: "The client does not know what to copy.",
    mend: "Write the URI of the node to copy into Source/LocURI, its new place into Target/LocURI.",
    pass: &[opened!(" Copy ./Vendor/A -> ./Vendor/B")],
    violate: &[opened!(" xml <Copy><CmdID>4</CmdID><Item><Target><LocURI>./Vendor/B</LocURI></Target></Item></Copy>")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Copy], copy),
    ..Rule::MUST
};

fn copy(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if cmd.items().is_empty() {
        return;
    }
    let lacks = |item: &&Item| {
        let has_text = item.source.is_some_and(|source| !cmd.text(source).is_empty());
        cmd.text(item.source_uri).is_empty() && !has_text
    };
    let missing = cmd.items().iter().find(lacks);
    let occasion = cx.occasion(cmd.at_node(missing.map(|item| item.node)));
    if missing.is_some() {
        occasion.violated(format!("an Item of {} has no Source with LocURI", shown(cmd)), "Source and Target");
    }
}

pub(super) static DATA: Rule = Rule {
    id: "CMD-018",
    name: "item-without-data",
    title: "An Item that writes a value has Data",
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.3.2 Item" }],
    what: "Every Item of Add and Replace whose URI has no query and whose Format (of the Item, else of the command, else chr) is \
           neither null nor node has Data; empty Data is enough. Chunks of a large object are not looked at. In DM 1.1.2 it is \
           only a warning, and in the ms-mdm profile, where a node to Exec is added without a value.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Warning) }],
    why: "The client cannot tell an empty value from an interior node, and refuses the command or creates the wrong one.",
    mend: "Write empty Data for an empty value, Format node for an interior node, Format null for a leaf without value.",
    pass: &[opened!(" Replace ./Vendor/A=")],
    violate: &[opened!(" Replace ./Vendor/A format=chr")],
    not_applicable: &[ONE_ALERT, UNDECODABLE],
    check: Check::Command(WRITING, data),
    yields_to: &["PKG-015"],
    ..Rule::MUST
};

const ONE_ALERT: &str = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n";

/// The Format that holds for an Item.
pub(super) fn format<'s>(cmd: Cmd<'s>, item: &Item) -> &'s str {
    cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Format))
}

fn data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    let writes_value = |item: &&Item| {
        let format = format(cmd, item);
        let uri = uri_of(cmd, item);
        item.more_data.is_none() && !uri.contains('?') && !is_format(format, "null") && !is_format(format, "node")
    };
    let mut items = cmd.items().iter().filter(writes_value).peekable();
    if items.peek().is_none() {
        return;
    }
    let version = cx.profile().version();
    let Some(item) = items.find(|item| item.data.is_none()) else { return cx.occasion(cmd.at()).held() };
    let format = match format(cmd, item) {
        "" => "no Format".to_owned(),
        format => format!("Format {}", quoted(format)),
    };
    let occasion = cx.occasion(cmd.at_node(item.node));
    let seen = format!("{} of {} with {format} and without Data", cmd.command.name, quoted(uri_of(cmd, item)));
    if version == Version::V1_1_2 {
        occasion.violated_as(Severity::Warning, seen, "Data, be it empty");
    } else {
        occasion.violated(seen, "Data, be it empty, or Format node or null");
    }
}

pub(super) static INTERIOR_VALUE: Rule = Rule {
    id: "CMD-020",
    name: "interior-node-with-value",
    title: "An Add of an interior node carries no value",
    level: Level::ShouldNot,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "Adding dynamic nodes" }],
    what: "An Item of Add with Format node has no Data, or empty Data. A serialised tree (TNDS) may have any Format.",
    why: "Clients refuse the command, or drop the value.",
    mend: "Leave Data out, or give the Format of the leaf that is meant.",
    pass: &[opened!(" Add ./Vendor/A format=node")],
    violate: &[opened!(" Add ./Vendor/A=abc format=node")],
    not_applicable: &[ONE_GET, opened!(" Add ./Vendor/A=abc format=chr")],
    check: Check::Command(&[CommandName::Add], interior_value),
    ..Rule::SHOULD
};

fn interior_value(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for item in cmd.items().iter().filter(|item| is_format(format(cmd, item), "node") && !is_tnds(cmd, item)) {
        let value = cmd.text(item.data);
        let occasion = cx.occasion(cmd.at_node(item.node));
        if !value.is_empty() {
            let uri = quoted(uri_of(cmd, item));
            occasion.violated(format!("Add of {uri} with Format node and Data {}", quoted(value)), "no Data");
        }
    }
}

pub(super) static META: Rule = Rule {
    id: "CMD-022",
    name: "value-without-format-and-type",
    title: "Add and Replace of a value give Format or Type",
    severity: Severity::Info,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[
        Clause { document: TND, section: "7 Properties: Format, Type" },
        Clause { document: PRO, section: "8.4 Package 2" },
    ],
    what: "Every Item of a server's Add or Replace with a value and without a query has Format or Type in its own Meta or in that \
           of its command. Other texts let chr and text/plain hold where nothing is said, hence an observation outside strict \
           mode.",
    why: "Clients that store the Format with the node refuse the command, or take chr where an int was meant.",
    mend: "Give Format and Type with each value.",
    pass: &[opened!(" Replace ./Vendor/A=1 format=int")],
    violate: &[opened!(" Add ./Vendor/A=1")],
    not_applicable: &[ONE_GET, opened!(" Add ./Vendor/A format=node")],
    check: Check::Command(WRITING, meta),
    ..Rule::MUST
};

fn meta(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_from_server(cmd) || cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    let writes_value = |item: &&Item| {
        item.data.is_some() && !cmd.text(item.target_uri).contains('?') && !is_format(format(cmd, item), "node")
    };
    let mut items = cmd.items().iter().filter(writes_value).peekable();
    if items.peek().is_none() {
        return;
    }
    let value = |item: &Item, tag| cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), tag));
    let bare = items.find(|item| value(item, Tag::Format).is_empty() && value(item, Tag::Type).is_empty());
    let occasion = cx.occasion(cmd.at_node(bare.map(|item| item.node)));
    if let Some(item) = bare {
        let uri = quoted(uri_of(cmd, item));
        occasion.violated(format!("{} of {uri} without Format and Type", cmd.command.name), "Format and Type");
    }
}

pub(super) static GET_DATA: Rule = Rule {
    id: "CMD-023",
    name: "get-with-data",
    title: "Get has no Data",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "6.5 Get" }, Clause { document: DREP, section: "6.6.7 Get" }],
    what: "No Item of a Get has Data.",
    why: "It has no meaning; strict parsers refuse the command.",
    mend: "Leave Data out.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./Vendor/A=1")],
    not_applicable: &[FIRST, UNDECODABLE],
    check: Check::Command(&[CommandName::Get], get_data),
    ..Rule::SHOULD
};

fn get_data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    superfluous(cmd, cx, |item| item.data.map(|node| (node, "Data")));
}

pub(super) static DELETE_DATA: Rule = Rule {
    id: "CMD-024",
    name: "delete-with-data",
    title: "Delete has neither Data nor Source",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: DREP, section: "6.6.5 Delete" }],
    what: "No Item of a Delete has Data or Source.",
    why: "They have no meaning; strict parsers refuse the command.",
    mend: "Name the node in Target, and nothing else.",
    pass: &[opened!(" Delete ./Vendor/A")],
    violate: &[opened!(" Delete ./Vendor/A=1")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Delete], delete_data),
    ..Rule::SHOULD
};

fn delete_data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    superfluous(cmd, cx, |item| item.data.map(|node| (node, "Data")).or(item.source.map(|node| (node, "Source"))));
}

fn superfluous(cmd: Cmd<'_>, cx: &mut Cx<'_>, part: impl Fn(&Item) -> Option<(NodeId, &'static str)>) {
    if cmd.items().is_empty() {
        return;
    }
    let found = cmd.items().iter().find_map(part);
    let occasion = cx.occasion(cmd.at_node(found.map(|(node, _)| node)));
    if let Some((_, name)) = found {
        occasion.violated(format!("{} has {name}", shown(cmd)), format!("no {name}"));
    }
}
