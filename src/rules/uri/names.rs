//! Names of nodes: URI-015, URI-016, URI-020.

use crate::base::Severity;
use crate::dm::{Known, Profile, Session};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::{loose_uri, percent_decoded, plain, quoted, without_query};
use crate::rules::known::{TND, cases, grown, item_at, value};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope};
use crate::rules::sta::common::{ONE_GET, opened, property, shown};
use crate::syncml::CommandName;

const TREE: Clause = Clause { document: TND, section: "The Management Tree" };

/// The last segment of a path.
fn name_of(uri: &str) -> &str {
    let path = plain(without_query(uri)).trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(super) static CASE_KEPT: Rule = Rule {
    id: "URI-015",
    name: "case-of-name-changed",
    title: "A node keeps the case of the name that it was given",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[TREE],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "A child list that a later Get returns has the name of a node that the server added in the session as the Add wrote it, \
           percent-encoding apart, where it has that name in any case. Not looked at where a name in another case was known \
           before, and where another command of the package may have changed the node. Whether an older node of the other name \
           took its place cannot be seen, hence a warning outside strict mode.",
    why: "A server that compares names letter by letter takes its node for missing.",
    mend: "Keep names of nodes as they were written, even where names are compared without case.",
    pass: &[grown!(
        " Get ./Vendor",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor=Leaf/Dir format=node",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[grown!(
        " Get ./Vendor",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor=leaf/Dir format=node",
    )],
    not_applicable: &[
        ONE_GET,
        grown!(
            " Get ./Vendor",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor=Other format=node",
        ),
    ],
    check: Check::Session(case_kept),
    ..Rule::MUST
};

fn case_kept(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Listed { .. })) {
        let Known::Listed { item } = case.fact.known else { continue };
        let (Some(told), Some(item)) = (case.answer(), item_at(case.by, item)) else { continue };
        let written = case.by.text(item.target_uri);
        let wanted = percent_decoded(name_of(written));
        let names = || told.value().split('/');
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if names().any(|name| percent_decoded(name) == wanted) {
            continue;
        }
        let key = loose_uri(&wanted);
        let other = names().find(|name| loose_uri(name) == key).unwrap_or_default();
        let seen = format!(
            "the child list of {} has {}; {} wrote {}",
            quoted(case.target()),
            quoted(other),
            shown(case.by),
            quoted(&wanted)
        );
        occasion.violated(seen, "the name as it was given");
    }
}

pub(super) static CASE_ALONE: Rule = Rule {
    id: "URI-016",
    name: "names-differ-in-case-alone",
    title: "Names of siblings differ in more than case",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[TREE],
    what: "An observation: an Add names a node beside one that is known from an earlier answer of the session, and whose name is the \
           same but for the case of its letters. Names should differ in more.",
    why: "Devices that compare names without case take both for one node, and answer 418.",
    mend: "Choose a name that differs in more than case.",
    pass: &[],
    violate: &[grown!(" Add ./Vendor/leaf=1 format=chr", "device", " Status SyncHdr 200", " Status Add 418")],
    not_applicable: &[
        ONE_GET,
        grown!(" Add ./Vendor/Other=1 format=chr", "device", " Status SyncHdr 200", " Status Add 200"),
    ],
    check: Check::Session(case_alone),
    ..Rule::MAY
};

fn case_alone(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::OtherCase) {
        let seen =
            format!("Add of {} beside a node that {} named in another case", quoted(case.target()), shown(case.by));
        let at = case.item().map_or(case.cmd.at(), |item| case.cmd.at_node(item.node));
        cx.occasion(at).related(case.by.at()).violated(seen, "a name that differs in more than case");
    }
}

pub(super) static ONE_SEGMENT: Rule = Rule {
    id: "URI-020",
    name: "name-not-one-segment",
    title: "The name of a node is one segment, and not empty",
    scope: Scope::Element,
    clause: &[
        Clause { document: TND, section: "7.7.3 Name" },
        Clause { document: TND, section: "Addressing interior node child lists" },
    ],
    what: "Data of a Replace of `?prop=Name`, and Data of Results for a Get of it, is not empty and has no slash. The root may have \
           the name `.`, or none.",
    why: "The node can no longer be addressed, or another one is.",
    mend: "Give the last segment of the URI alone; percent-encode a slash that belongs to the name.",
    pass: &[opened!(" Replace ./Vendor/A?prop=Name=B")],
    violate: &[
        opened!(" Replace ./Vendor/A?prop=Name=B/C"),
        opened!(
            " Get ./Vendor/A?prop=Name",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=Name=./Vendor/A",
        ),
    ],
    not_applicable: &[ONE_GET, opened!(" Replace .?prop=Name=\"\"")],
    check: Check::Command(&[CommandName::Replace, CommandName::Results], one_segment),
    ..Rule::MUST
};

fn one_segment(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if cmd.command.name == CommandName::Results {
        for told in crate::rules::prp::told(cmd, "Name") {
            judge_name(cmd, told.uri, told.data, cx);
        }
        return;
    }
    if !cmd.msg.entry.is_server() || !cmd.message().survey().uris.query {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if let Some(data) = item.data.filter(|_| property(uri) == Some("Name") && item.more_data.is_none()) {
            judge_name(cmd, uri, data, cx);
        }
    }
}

fn judge_name(cmd: Cmd<'_>, uri: &str, data: crate::markup::NodeId, cx: &mut Cx<'_>) {
    if plain(without_query(uri)).is_empty() {
        return;
    }
    let occasion = cx.occasion(cmd.at_node(data));
    let name = value(cmd, data);
    if name.is_empty() {
        occasion.violated(format!("{} is empty", quoted(uri)), "the last segment of the node's URI");
    } else if name.contains('/') {
        let seen = format!("{} is {}, which has a slash", quoted(uri), quoted(name));
        occasion.violated(seen, "the last segment of the node's URI");
    }
}
