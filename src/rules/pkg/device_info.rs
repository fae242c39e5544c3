//! The DevInfo of package 1.

use super::opening::{first_package, unseen};
use super::{MID_SESSION, PACKAGE_1};
use crate::base::Severity;
use crate::dm::Session;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{loose_uri, quoted};
use crate::rules::rule::{Check, Clause, Judged, Need, Rule, Scope};
use crate::rules::sta::common::{ONE_GET, PRO};
use crate::syncml::{CommandName, Item};

const STDOBJ: &str = "OMA-TS-DM_StdObj-V1_2_1";
const DEVICE_INFORMATION: Clause = Clause { document: PRO, section: "8.3 Package 1, item 3" };
const REPLACE: &[CommandName] = &[CommandName::Replace];

/// Nodes that every device has (OMA-TS-DM_StdObj-V1_2_1, DevInfo).
const LEAVES: [&str; 5] = ["DevId", "Man", "Mod", "DmV", "Lang"];

/// The node of DevInfo that an Item names, wherever it does so, in lower case; empty for `./DevInfo` itself.
fn node_of(cmd: Cmd<'_>, item: &Item) -> Option<String> {
    let has_name = |start: &[u8]| start.windows(7).any(|part| part.eq_ignore_ascii_case(b"devinfo"));
    [item.source_uri, item.target_uri].into_iter().find_map(|uri| {
        let uri = cmd.text(uri);
        // Most URIs name something else: a look for the name is cheap.
        let is_candidate = uri.get(..9).is_some_and(|start| has_name(start.as_bytes()));
        if !is_candidate {
            return None;
        }
        let loose = loose_uri(uri);
        let rest = loose.strip_prefix("devinfo")?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
    })
}

fn is_device_information(cmd: Cmd<'_>) -> bool {
    cmd.command.name == CommandName::Replace && cmd.items().iter().any(|item| node_of(cmd, item).is_some())
}

/// Whether a client's message has a Replace of DevInfo.
pub(in crate::rules) fn carries_device_information(msg: Msg<'_>) -> bool {
    msg.commands().any(is_device_information)
}

/// Nodes of DevInfo that a message sends, with their values.
pub(in crate::rules) fn device_nodes(msg: Msg<'_>) -> Vec<(String, &str)> {
    let replaces = msg.commands().filter(|cmd| cmd.command.name == CommandName::Replace);
    replaces
        .flat_map(|cmd| cmd.items().iter().filter_map(move |item| Some((node_of(cmd, item)?, cmd.text(item.data)))))
        .collect()
}

pub(super) static PRESENT: Rule = Rule {
    id: "PKG-012",
    name: "device-information-missing",
    title: "The client's first message has a Replace of DevInfo",
    judged: Judged::Client,
    clause: &[PACKAGE_1],
    needs: &[Need::NotAborted],
    what: "The first message of a session has a Replace with at least one Item below ./DevInfo. Where package 1 has several messages \
           and a later one has it, that is a warning, since one text asks for it in the package only; undecided where the \
           rest of the package is not there.",
    why: "The server does not know what device it talks to, and sends it what was made for another one.",
    mend: "Send the Replace of DevInfo in the first message of each session.",
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n"],
    not_applicable: &[MID_SESSION],
    check: Check::Session(present),
    ..Rule::MUST
};

fn present(session: &Session, cx: &mut Cx<'_>) {
    const SEEN: &str = "no Replace of DevInfo in the first message";
    const EXPECTED: &str = "a Replace with an Item for each node of DevInfo";
    let (messages, is_complete) = first_package(session);
    let Some(first) = messages.first().copied() else { return };
    let occasion = cx.occasion(first.at());
    if !first.message().is_judgeable() {
        occasion.undecided(Reason::Undecodable);
    } else if carries_device_information(first) {
        occasion.held();
    } else if messages.iter().any(|msg| carries_device_information(*msg)) {
        occasion.violated_as(Severity::Warning, SEEN, EXPECTED);
    } else if let Some(reason) = unseen(&messages) {
        occasion.undecided(reason);
    } else if !is_complete {
        occasion.undecided(Reason::EndNotCaptured);
    } else {
        occasion.violated(SEEN, EXPECTED);
    }
}

pub(super) static LEAVES_SENT: Rule = Rule {
    id: "PKG-013",
    name: "device-information-incomplete",
    title: "DevInfo is sent with all its mandatory nodes",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[DEVICE_INFORMATION, Clause { document: STDOBJ, section: "5.3.2 DevInfo" }],
    needs: &[Need::NotAborted],
    what: "The Replace of DevInfo in package 1 has Items for DevId, Man, Mod, DmV and Lang; Ext and Bearer are optional. A \
           warning where the nodes are spread over several Replace commands and one of them is missing; that they are spread is \
           an observation.",
    why: "Servers choose what to send by model, version and language: without them they guess.",
    mend: "Send one Item for each of the five nodes, in one Replace.",
    pass: &[ONE_GET],
    violate: &[
        "device\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1\n",
    ],
    not_applicable: &[MID_SESSION, "device\n Alert 1201\n"],
    check: Check::Session(leaves),
    ..Rule::MUST
};

fn leaves(session: &Session, cx: &mut Cx<'_>) {
    let (messages, is_complete) = first_package(session);
    let replaces: Vec<Cmd<'_>> =
        messages.iter().flat_map(|msg| msg.commands()).filter(|cmd| is_device_information(*cmd)).collect();
    let Some(first) = replaces.first().filter(|cmd| messages.first().is_some_and(|msg| msg.id == cmd.msg.id)) else {
        return;
    };
    let nodes: Vec<String> =
        replaces.iter().flat_map(|cmd| cmd.items().iter().filter_map(|item| node_of(*cmd, item))).collect();
    let occasion = cx.occasion(first.at());
    let has = |leaf: &str| nodes.iter().any(|node| node.eq_ignore_ascii_case(leaf));
    let missing: Vec<&str> = LEAVES.into_iter().filter(|leaf| !has(leaf)).collect();
    let expected = "one Item each for DevId, Man, Mod, DmV and Lang";
    if missing.is_empty() {
        if replaces.len() > 1 {
            let seen = format!("the nodes of DevInfo in {} Replace commands", replaces.len());
            occasion.violated_as(Severity::Info, seen, "one Replace with an Item for each node");
        }
        return;
    }
    // The whole subtree in one Item.
    if nodes.iter().any(String::is_empty) {
        return occasion.undecided(Reason::NotVisible);
    }
    if let Some(reason) = unseen(&messages) {
        return occasion.undecided(reason);
    }
    if !is_complete {
        return occasion.undecided(Reason::EndNotCaptured);
    }
    let seen = format!("DevInfo without {}", missing.join(", "));
    if replaces.len() > 1 {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// Items of a client's Replace of DevInfo; none of a command that is something else.
fn items(cmd: Cmd<'_>) -> &[Item] {
    if cmd.msg.entry.is_client() && is_device_information(cmd) && !cmd.msg.entry.is_continuation(cmd.id) {
        cmd.items()
    } else {
        &[]
    }
}

pub(super) static SOURCE: Rule = Rule {
    id: "PKG-014",
    name: "device-information-without-source",
    title: "Items of DevInfo name their node in Source",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[DEVICE_INFORMATION],
    what: "Each Item of a client's Replace of DevInfo has Source with a LocURI. A warning where it has Target as well.",
    why: "A Target is a node of the receiver: the server looks for it in its own tree, and does not find it.",
    mend: "Put the URI of the node into Source.",
    pass: &[ONE_GET],
    violate: &[
        "device\n Alert 1201\n Replace target=./DevInfo/Man data=Example source=./DevInfo/Mod data=X\n",
        "device\n Alert 1201\n Replace source=./DevInfo/Man target=./DevInfo/Man data=Example\n",
    ],
    not_applicable: &["device\n Alert 1201\n"],
    check: Check::Command(REPLACE, source),
    ..Rule::MUST
};

fn source(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let items = items(cmd);
    if items.is_empty() {
        return;
    }
    let expected = "the URI of the node in Source";
    let has = |uri| !cmd.text(uri).is_empty();
    if let Some(item) = items.iter().find(|item| !has(item.source_uri)) {
        let occasion = cx.occasion(cmd.at_node(item.node));
        match cmd.text(item.target_uri) {
            "" => occasion.violated("an Item with neither Source nor Target", expected),
            uri => occasion.violated(format!("{} in Target, and no Source", quoted(uri)), expected),
        }
    } else if let Some(item) = items.iter().find(|item| has(item.target_uri) && node_of(cmd, item).is_some()) {
        let seen = format!("{} in Source and a Target beside it", quoted(cmd.text(item.source_uri)));
        cx.occasion(cmd.at_node(item.node)).violated_as(Severity::Warning, seen, expected);
    } else {
        cx.occasion(cmd.at()).held();
    }
}

pub(super) static DATA: Rule = Rule {
    id: "PKG-015",
    name: "device-information-without-data",
    title: "Items of DevInfo carry Data",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[DEVICE_INFORMATION],
    what: "Each Item of a client's Replace of DevInfo has a Data element. An empty one is an observation.",
    why: "The server takes the node for missing, or the old value for the present one.",
    mend: "Write Data in each Item, empty where the node has no value.",
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\n Replace ./DevInfo/Man=Example ./DevInfo/Mod\n"],
    not_applicable: &["device\n Alert 1201\n"],
    check: Check::Command(REPLACE, data),
    ..Rule::MUST
};

fn data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let items = items(cmd);
    if items.is_empty() {
        return;
    }
    let is_named = |item: &Item| node_of(cmd, item).is_some_and(|node| !node.is_empty());
    let uri = |item: &Item| quoted(cmd.text(item.source_uri.or(item.target_uri)));
    let is_empty = |item: &Item| {
        let tree = cmd.message().tree();
        item.data.is_some_and(|data| tree.children(data).next().is_none()) && item.more_data.is_none()
    };
    if let Some(item) = items.iter().find(|item| item.data.is_none() && is_named(item)) {
        cx.occasion(cmd.at_node(item.node)).violated(format!("{} without Data", uri(item)), "a Data element");
    } else if let Some(item) = items.iter().find(|item| is_empty(item) && is_named(item)) {
        let seen = format!("{} with empty Data", uri(item));
        cx.occasion(cmd.at_node(item.node)).violated_as(Severity::Info, seen, "the value of the node");
    } else {
        cx.occasion(cmd.at()).held();
    }
}
