//! What a request for a part of the tree names, and what it gets: URI-010, URI-017.

use crate::base::Severity;
use crate::dm::Profile;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::{plain, quoted};
use crate::rules::known::TND;
use crate::rules::prp::{SELECTABLE, is_selectable, listed_by, tnds_properties};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope, Versions};
use crate::rules::sta::common::{ONE_GET, opened, shown};
use crate::syncml::CommandName;
use std::collections::BTreeSet;

pub(super) static QUERY: Rule = Rule {
    id: "URI-008",
    name: "query-not-defined",
    title: "The query of a node's URI asks for a property or a list",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[
        Clause { document: TND, section: "7.3 Property addressing" },
        Clause { document: TND, section: "8.1 Requesting a Part of a Management Tree" },
    ],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "What follows the question mark in a Target begins with `prop=` or `list=`, and has no second question mark. Which            properties and lists there are is said at CMD-026 and CMD-027.",
    why: "The client takes the query for a part of the name, or answers as if it were not there.",
    mend: "Write ?prop=ACL for a property, ?list=Struct for a list.",
    pass: &[opened!(" Get ./Vendor/A?prop=ACL"), opened!(" Get ./Vendor/A?list=TNDS")],
    violate: &[opened!(" Get ./Vendor/A?props=ACL"), opened!(" Get ./Vendor/A?prop=ACL?list=Struct")],
    not_applicable: &[ONE_GET],
    check: Check::Command(ADDRESSING, query),
    ..Rule::MUST
};

/// The commands that address nodes.
pub(super) const ADDRESSING: &[CommandName] = &[
    CommandName::Add,
    CommandName::Copy,
    CommandName::Delete,
    CommandName::Exec,
    CommandName::Get,
    CommandName::Replace,
];

fn query(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !cmd.msg.entry.is_server() || !cmd.message().survey().uris.query {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        let Some((_, query)) = uri.split_once('?') else { continue };
        let occasion = cx.occasion(cmd.at_node(item.target_uri));
        if query.contains('?') || !(query.starts_with("prop=") || query.starts_with("list=")) {
            occasion.violated(format!("{} on {}", shown(cmd), quoted(uri)), "?prop= or ?list= with a name");
        }
    }
}

pub(super) static SELECTOR: Rule = Rule {
    id: "URI-010",
    name: "selector-names-no-property",
    title: "What is asked for with a serialised tree is a property, or Value",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "8.2 Representation Response" }],
    what: "Each name behind `+` or `-` in `?list=TNDS` is ACL, Format, Name, Size, Title, TStamp, Type, VerNo or Value, as it is \
           spelt here. `+` may come percent-encoded. Both signs in one list, and names without a sign, are said at CMD-027.",
    why: "The client leaves the unknown name out, or refuses the whole request.",
    mend: "Spell the property as the specification does.",
    pass: &[opened!(" Get ./Vendor/A?list=TNDS+Value+ACL"), opened!(" Get ./Vendor/A?list=TNDS-Format")],
    violate: &[opened!(" Get ./Vendor/A?list=TNDS+Values")],
    not_applicable: &[ONE_GET, opened!(" Get ./Vendor/A?list=TNDS"), opened!(" Get ./Vendor/A?list=TNDS+ACL-Valu")],
    check: Check::Command(&[CommandName::Get], selector),
    ..Rule::MUST
};

fn selector(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !cmd.msg.entry.is_server() || !cmd.message().survey().uris.query {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        let Some(names) = tnds_properties(uri) else { continue };
        let occasion = cx.occasion(cmd.at_node(item.target_uri));
        if let Some(name) = names.names.iter().find(|name| !is_selectable(name)) {
            let seen = format!("{} on {}: {} is no property", shown(cmd), quoted(uri), quoted(name));
            occasion.violated(seen, format!("one of {}", SELECTABLE.join(", ")));
        }
    }
}

pub(super) static ONCE: Rule = Rule {
    id: "URI-017",
    name: "node-listed-twice",
    title: "Each node comes once in the answer to a request for a structure",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: TND, section: "6 Nodes" }],
    what: "The Items of all Results for one Get of `?list=Struct` or `?list=StructData` name different nodes; later parts of a \
           large value do not count. A name that is twice in a child list is said at RES-009.",
    why: "The server cannot tell whether there are two nodes, and keeps the last value.",
    mend: "Send one Item for each node.",
    pass: &[opened!(
        " Get ./Vendor?list=Struct",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results source=./Vendor format=node source=./Vendor/A format=chr",
    )],
    violate: &[opened!(
        " Get ./Vendor?list=Struct",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results source=./Vendor format=node source=./Vendor/A format=chr source=./Vendor/A format=chr",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Get], once),
    ..Rule::MUST
};

fn once(get: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(list) = listed_by(get) else { return };
    let mut known = BTreeSet::new();
    let mut first = None;
    let mut doubled = None;
    for (results, item) in list.items() {
        first = first.or(Some(results));
        let source = plain(results.text(item.source_uri));
        if !source.is_empty() && !known.insert(source) {
            doubled = doubled.or(Some((results, item, source)));
        }
    }
    let Some(first) = first else { return };
    let at = doubled.map_or(first.at(), |(results, item, _)| results.at_node(item.node));
    let occasion = cx.occasion(at).related(get.at());
    if let Some((_, _, source)) = doubled {
        occasion.violated(format!("{} comes twice in the answer to {}", quoted(source), shown(get)), "each node once");
    }
}
