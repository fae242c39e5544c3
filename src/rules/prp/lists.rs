//! Parts of the tree that are read at once: PRP-035, PRP-036, PRP-038.

use super::super::cx::{Cmd, Cx};
use super::super::finding::Reason;
use super::super::helper::{percent_decoded, quoted, without_query};
use super::super::known::TND;
use super::super::res::{format_of, get_of, goes_on, path};
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, is_tnds, opened};
use super::{asks_for_tnds, is_selectable, listed_by, tnds_properties};
use crate::base::Severity;
use crate::syncml::{CommandName, Item};
use crate::tree::tnds;
use std::collections::BTreeSet;

const REQUEST: Clause = Clause { document: TND, section: "8.1 Requesting a Part of a Management Tree" };
const RESPONSE: Clause = Clause { document: TND, section: "8.2 Representation Response" };
const ACCOUNT: Clause = Clause { document: "OMA-TS-DM_StdObj-V1_2_1", section: "5.3.1 DM Account" };

/// A session in which the server asks for a part of the tree, and its answer.
macro_rules! read {
    ($get:literal, $results:literal) => {
        opened!($get, "device", " Status SyncHdr 200", " Status Get 200", $results, "server", " Status SyncHdr 200")
    };
}

pub(super) static HIERARCHY: Rule = Rule {
    id: "PRP-035",
    name: "list-without-parents",
    title: "A list has the node above each node that it has",
    severity: Severity::Info,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[REQUEST],
    what: "For each node below the start that Results for a Get of `?list=Struct` or `?list=StructData` name, the node above it is \
           named too, before or after it, in any of the Results. A node above that the server may not read may be missing, \
           hence information.",
    why: "The server cannot put the tree together without a guess at what lies between.",
    mend: "Name every node from the start down, each in an Item of its own.",
    pass: &[read!(
        " Get ./A?list=Struct",
        " Results source=./A format=node source=./A/B format=node source=./A/B/C format=chr"
    )],
    violate: &[read!(" Get ./A?list=Struct", " Results source=./A format=node source=./A/B/C format=chr")],
    not_applicable: &[ONE_GET, read!(" Get ./A?list=Struct", " Results source=./A format=node")],
    check: Check::Command(&[CommandName::Get], hierarchy),
    ..Rule::SHOULD
};

fn hierarchy(get: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(list) = listed_by(get) else { return };
    let start = percent_decoded(list.start()).into_owned();
    let (mut names, mut last) = (BTreeSet::new(), None);
    for (results, item) in list.items() {
        names.insert(percent_decoded(path(results.text(item.source_uri))).into_owned());
        last = Some(results);
    }
    let Some(last) = last else { return };
    let below =
        |name: &String| name.strip_prefix(start.as_str()).is_some_and(|rest| start.is_empty() || rest.starts_with('/'));
    let mut names_below = names.iter().filter(|name| **name != start && below(name)).peekable();
    if names_below.peek().is_none() {
        return;
    }
    let over = |name: &str| name.rsplit_once('/').map_or_else(String::new, |(over, _)| over.to_owned());
    let orphan = names_below.find(|name| !names.contains(&over(name)));
    let session = get.session();
    let occasion = cx.occasion(last.at()).related(get.at());
    let Some(orphan) = orphan else { return };
    match session.package_end(last.msg.id) {
        None => occasion.undecided(Reason::EndNotCaptured),
        Some(end) if !session.is_whole_between(get.msg.id, end) => occasion.undecided(Reason::MessageLost),
        Some(_) => {
            let seen =
                format!("the answer to {} has {} and not {}", quoted(list.uri), quoted(orphan), quoted(&over(orphan)));
            occasion.violated(seen, "the node above as well");
        }
    }
}

pub(super) static SECRETS: Rule = Rule {
    id: "PRP-036",
    name: "secret-in-list",
    title: "A list has no secrets of accounts in it",
    level: Level::MustNot,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[REQUEST, ACCOUNT],
    what: "Results for a Get of `?list=StructData` or `?list=TNDS` have no value for the nodes AAuthSecret and AAuthData of a DM \
           account, which cannot be read. A value of asterisks alone stands for one that is hidden. Which other nodes the \
           server may not read hangs on ACLs, which lists are not held against.",
    why: "The credentials of every server on the device are handed to whoever asks for the tree.",
    mend: "Leave these nodes out of lists, or their Data.",
    pass: &[read!(
        " Get ./DMAcc?list=StructData",
        " Results source=./DMAcc format=node source=./DMAcc/s/AppAuth/a/AAuthSecret format=chr data=\"\""
    )],
    violate: &[
        read!(" Get ./DMAcc?list=StructData", " Results source=./DMAcc/s/AppAuth/a/AAuthSecret format=chr data=secret"),
        read!(
            " Get ./DMAcc?list=TNDS",
            " Results ./DMAcc=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>AAuthSecret</NodeName>\
             <Path>./DMAcc/s/AppAuth/a</Path><Value>secret</Value></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml"
        ),
    ],
    not_applicable: &[
        ONE_GET,
        read!(" Get ./DMAcc/s/AppAuth/a/AAuthSecret", " Results ./DMAcc/s/AppAuth/a/AAuthSecret=secret"),
    ],
    check: Check::Command(&[CommandName::Results], secrets),
    ..Rule::MUST
};

/// Whether a node is one of those that hold the secrets of an account (OMA-TS-DM_StdObj-V1_2_1, DM account).
fn is_secret(name: &str) -> bool {
    matches!(name, "AAuthSecret" | "AAuthData")
}

fn is_shown(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    !value.iter().all(|octet| *octet == b'*' || *octet == 0)
}

fn secrets(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results).filter(|get| get.message().survey().uris.query) else { return };
    if results.msg.entry.refused {
        return;
    }
    let expected = "no value for a node that cannot be read";
    if listed_by(get).is_some() {
        for (position, item) in results.items().iter().enumerate() {
            let uri = without_query(results.text(item.source_uri));
            if !uri.rsplit('/').next().is_some_and(is_secret) || goes_on(results, position) {
                continue;
            }
            let occasion = cx.occasion(results.at_node(item.node));
            if item.data.is_some_and(|data| is_shown(results.message().tree().content_bytes(data))) {
                occasion.violated(format!("the value of {} is in the answer", quoted(uri)), expected);
            }
        }
    }
    for (item, object) in serialised(results, get) {
        let found = object.nodes.iter().find(|node| node.path.last().is_some_and(|name| is_secret(name)));
        let shown = object.nodes.iter().find(|node| {
            node.path.last().is_some_and(|name| is_secret(name)) && node.value.as_deref().is_some_and(is_shown)
        });
        if found.is_none() {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if let Some(node) = shown {
            occasion.violated(format!("the value of {} is in the answer", quoted(&node.path.join("/"))), expected);
        }
    }
}

/// The serialised trees in the Items of some Results for a Get of one, each in one piece.
fn serialised<'s>(results: Cmd<'s>, get: Cmd<'s>) -> impl Iterator<Item = (&'s Item, tnds::Object)> {
    let items = if asks_for_tnds(get).is_some() { results.items() } else { &[] };
    items.iter().enumerate().filter_map(move |(position, item)| {
        if goes_on(results, position) || item.more_data.is_some() {
            return None;
        }
        Some((item, object_in(results, item)?))
    })
}

/// The serialised tree in Data: as elements of the message, or as a document of its own.
fn object_in(results: Cmd<'_>, item: &Item) -> Option<tnds::Object> {
    let data = item.data?;
    let tree = results.message().tree();
    match tree.elements(data).next() {
        Some(root) => tnds::read(tree, root).ok(),
        None => tnds::from_octets(tree.content_bytes(data)).ok(),
    }
}

pub(super) static SERIALISED: Rule = Rule {
    id: "PRP-038",
    name: "serialised-tree-answered-wrongly",
    title: "A request for a serialised tree is answered with one, in one Item, for the node that was asked for",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[RESPONSE, Clause { document: "OMA-TS-DM_TNDS-V1_2_1", section: "5 TND Serialization Definition" }],
    yields_to: &["RES-005"],
    what: "Results for a Get of one URI with `?list=TNDS` that hold a serialised tree (MgmtTree) have Type \
           application/vnd.syncml.dmtnds+xml or +wbxml, and Source is the node of the Get. A second Item is a warning, and so are \
           properties that were not asked for, where names stood behind `+`, or were to be left out, behind `-`; Format and Type, \
           which describe every node, are information. An answer without MgmtTree is that of a client that has no serialised trees.",
    why: "The server reads the tree as the value of a leaf, or puts it in the wrong place.",
    mend: "Send one Item with the Type of serialised trees, with the properties that were asked for.",
    pass: &[read!(
        " Get ./A?list=TNDS+Value",
        " Results ./A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><Value>1</Value></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml"
    )],
    violate: &[
        read!(
            " Get ./A?list=TNDS",
            " Results ./A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><Value>1</Value></Node></MgmtTree>\" format=xml type=text/xml"
        ),
        read!(
            " Get ./A?list=TNDS+Value",
            " Results ./A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties><ACL>Get=*</ACL></RTProperties><Value>1</Value></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml"
        ),
    ],
    not_applicable: &[ONE_GET, read!(" Get ./A?list=TNDS", " Results ./A=b/c format=node")],
    check: Check::Command(&[CommandName::Results], serialised_tree),
    ..Rule::MUST
};

fn serialised_tree(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results).filter(|get| get.message().survey().uris.query) else { return };
    let Some(asked) = asks_for_tnds(get).filter(|_| !results.msg.entry.refused) else { return };
    for (position, item) in results.items().iter().enumerate() {
        if goes_on(results, position) {
            continue;
        }
        let begins = item.data.is_some_and(|data| holds_tree(results, item, data));
        if !begins {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node)).related(get.at());
        let source = results.text(item.source_uri);
        let kind =
            results.text(results.message().effective_met_inf(results.command, Some(item), crate::markup::Tag::Type));
        if !is_tnds(results, item) {
            let seen = format!("a serialised tree with Type {}", quoted(kind));
            occasion.violated(seen, "application/vnd.syncml.dmtnds+xml or application/vnd.syncml.dmtnds+wbxml");
        } else if !source.is_empty() && percent_decoded(path(source)) != percent_decoded(path(asked)) {
            occasion
                .violated(format!("Source {} of the tree for {}", quoted(source), quoted(asked)), quoted(path(asked)));
        } else if position > 0 {
            occasion.violated_as(
                Severity::Warning,
                format!("Item {} of Results for one tree", position + 1),
                "one Item",
            );
        } else if let Some((name, is_mild)) = unwanted(results, item, asked) {
            let seen = format!("the tree for {} has {name}", quoted(asked));
            let severity = if is_mild { Severity::Info } else { Severity::Warning };
            occasion.violated_as(severity, seen, "the properties that were asked for");
        }
    }
}

/// Whether Data begins a serialised tree.
fn holds_tree(results: Cmd<'_>, item: &Item, data: crate::markup::NodeId) -> bool {
    if format_of(results, item) == Some("node") {
        return false;
    }
    let tree = results.message().tree();
    match tree.elements(data).next() {
        Some(root) => tree.name(root) == "MgmtTree",
        None => {
            let text = tree.content_bytes(data);
            let head = text.get(..text.len().min(512)).unwrap_or_default();
            memchr::memmem::find(head, b"MgmtTree").is_some() || is_tnds(results, item)
        }
    }
}

/// A property in a tree that was not asked for, and whether it is one that describes every node.
fn unwanted(results: Cmd<'_>, item: &Item, asked: &str) -> Option<(&'static str, bool)> {
    let selection = tnds_properties(asked)?;
    if item.more_data.is_some() || !selection.names.iter().all(|name| is_selectable(name)) {
        return None;
    }
    let object = object_in(results, item)?;
    let is_unwanted = |name: &str| selection.names.iter().any(|wanted| wanted == name) != selection.is_wanted;
    let has = |name: &str| {
        object.nodes.iter().any(|node| match name {
            "ACL" => node.acl.is_some(),
            "Format" => node.format.is_some(),
            "Title" => node.title.is_some(),
            "TStamp" => node.tstamp.is_some(),
            "Type" => node.media_type.is_some(),
            "VerNo" => node.ver_no.is_some(),
            _ => node.value.as_ref().is_some_and(|value| !value.is_empty()),
        })
    };
    let grave = ["ACL", "Title", "TStamp", "VerNo", "Value"].into_iter().find(|name| is_unwanted(name) && has(name));
    let mild = || ["Format", "Type"].into_iter().find(|name| is_unwanted(name) && has(name));
    grave.map(|name| (name, false)).or_else(|| mild().map(|name| (name, true)))
}
