//! The Items of Results: RES-004, RES-005, RES-006, RES-010.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::{percent_decoded, quoted};
use super::super::rule::{Check, Clause, Judged, Need, Rule, Scope};
use super::{
    Answered, DREP, LEAF, NO_GET, PACKAGE_3, Query, TND, answered, asks_for_subtree, format_of, get_of, goes_on,
    is_directly_below, next_lies_below, path, query, reading, request_of, requested, unseen_before, written_query,
};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::Tag;
use crate::syncml::CommandName;
use std::borrow::Cow;
use std::collections::BTreeSet;

const VALUES: Clause = Clause { document: TND, section: "Addressing object values" };

pub(super) static NO_SOURCE: Rule = Rule {
    id: "RES-004",
    name: "results-item-without-source",
    title: "Each Item of Results names its node in Source",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[PACKAGE_3],
    what: "Each Item of Results for a Get has a Source with a LocURI. A Target in its place, one Item whose URI stands in \
           SourceRef of the Results, and the only Item for a Get of one URI are warnings. Later parts of a large value are \
           left out.",
    why: "The server cannot tell which node the value belongs to.",
    mend: "Put the URI of the node into Source/LocURI of the Item.",
    pass: &[LEAF],
    violate: &[
        reading!("Get ./A/x ./A/y", "Status Get 200\n    Results data=5 source=./A/y data=6"),
        reading!("Get ./A/x", "Status Get 200\n    Results target=./A/x data=5"),
    ],
    not_applicable: &[NO_GET],
    check: Check::Command(&[CommandName::Results], no_source),
    ..Rule::MUST
};

fn no_source(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let answered = answered(results);
    if matches!(answered, Answered::Other(_) | Answered::Header) {
        return;
    }
    let items = results.items();
    for (position, item) in items.iter().enumerate() {
        if goes_on(results, position) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if !results.text(item.source_uri).is_empty() {
            continue;
        }
        // Later parts of a value need no Source.
        if position == 0
            && let Some(reason) = unseen_before(results.msg)
        {
            occasion.undecided(reason);
            continue;
        }
        let get = match answered {
            Answered::Get(get) => get,
            Answered::Unknown(reason) => {
                occasion.undecided(reason);
                continue;
            }
            _ => {
                occasion.undecided(Reason::AmbiguousReference);
                continue;
            }
        };
        let target = results.text(item.target_uri);
        let source_ref = results.text(results.command.source_ref);
        let expected = "Source/LocURI with the URI of the node";
        if !target.is_empty() {
            let seen = format!("an Item of Results with Target {} and no Source", quoted(target));
            occasion.violated_as(Severity::Warning, seen, expected);
        } else if items.len() == 1 && !source_ref.is_empty() {
            let seen = format!("an Item of Results without Source; SourceRef says {}", quoted(source_ref));
            occasion.violated_as(Severity::Warning, seen, expected);
        } else if items.len() == 1 && get.items().len() == 1 {
            occasion.violated_as(Severity::Warning, "the only Item of Results has no Source", expected);
        } else {
            occasion.violated(format!("Item {} of Results has no Source", position + 1), expected);
        }
    }
}

pub(super) static WRONG_SOURCE: Rule = Rule {
    id: "RES-005",
    name: "results-for-other-node",
    title: "Results name a node that was asked for",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[PACKAGE_3, VALUES],
    what: "Source of each Item of Results is one of the URIs of the Get, or lies below one that asked for a list. A leading \
           ./ and percent-encoding do not count. A node below a plain Get is a warning; a difference in case, a query that was \
           dropped and ./Device/Vendor for ./Vendor are told as information, the last not in the ms-mdm profile.",
    why: "The server files the value under a node that it never asked for, and waits for the other one.",
    mend: "Repeat the URI of the Get in Source as it came.",
    needs: &[Need::Executed],
    pass: &[LEAF, reading!("Get ./A/%78", "Status Get 200\n    Results A/x=5")],
    violate: &[reading!("Get ./A/x", "Status Get 200\n    Results ./A/y=5")],
    not_applicable: &[NO_GET],
    check: Check::Command(&[CommandName::Results], wrong_source),
    ..Rule::MUST
};

/// How far a returned URI is from a requested one; the least counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Same,
    Device,
    NoQuery,
    Case,
    Below,
    Other,
}

fn distance(source: &str, request: &str) -> Distance {
    let (own, asked) = (path(source), path(request));
    let same_query = written_query(source) == written_query(request);
    if own == asked && same_query {
        return Distance::Same;
    }
    // Names of lists come without the query that asked for them.
    let list = asks_for_subtree(request);
    let query_is_fine = same_query || (list && !source.contains('?'));
    let decoded = |uri| -> Cow<'_, str> { percent_decoded(uri) };
    let (own, asked) = (decoded(own), decoded(asked));
    let vendor = |uri: &str| uri.strip_prefix("Device/Vendor").map(|rest| format!("Vendor{rest}"));
    let same_but_device = |a: &str, b: &str| vendor(a).is_some_and(|a| a == b) || vendor(b).is_some_and(|b| a == b);
    if own == asked {
        return if query_is_fine { Distance::Same } else { Distance::NoQuery };
    }
    if is_directly_below(&own, &asked) {
        return if list { Distance::Same } else { Distance::Below };
    }
    if same_but_device(&own, &asked) {
        return Distance::Device;
    }
    if own.eq_ignore_ascii_case(&asked) || own.to_lowercase() == asked.to_lowercase() {
        return Distance::Case;
    }
    if list {
        let (own, asked) = (own.to_lowercase(), asked.to_lowercase());
        if is_directly_below(&own, &asked) {
            return Distance::Case;
        }
        let bare = |uri: &str| vendor(uri).unwrap_or_else(|| uri.to_owned());
        if is_directly_below(&bare(&own), &bare(&asked)) {
            return Distance::Device;
        }
    }
    Distance::Other
}

fn wrong_source(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let get = match answered(results) {
        Answered::Get(get) if !get.msg.entry.refused && requested(get).all(|uri| !uri.is_empty()) => get,
        Answered::Unknown(reason) => {
            cx.occasion(results.at()).undecided(reason);
            return;
        }
        _ => return,
    };
    let profile = cx.profile();
    for item in results.items() {
        let source = results.text(item.source_uri);
        if source.is_empty() {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.source_uri.unwrap_or(item.node)));
        if requested(get).any(|uri| uri == source) {
            continue;
        }
        let Some((found, request)) =
            requested(get).map(|uri| (distance(source, uri), uri)).min_by_key(|(found, _)| *found)
        else {
            continue;
        };
        let seen = format!("Results for {}, the Get asked for {}", quoted(source), quoted(request));
        let expected = "the URI of the Get in Source";
        let occasion = occasion.related(get.at());
        match found {
            Distance::Same => occasion.held(),
            Distance::Device if profile == Profile::MsMdm => occasion.held(),
            Distance::Device | Distance::NoQuery | Distance::Case => {
                occasion.violated_as(Severity::Info, seen, expected);
            }
            Distance::Below => occasion.violated_as(Severity::Warning, seen, expected),
            Distance::Other => occasion.violated(seen, expected),
        }
    }
}

pub(super) static ITEM_NOT_RETURNED: Rule = Rule {
    id: "RES-006",
    name: "requested-item-not-returned",
    title: "Results bring every Item that the Status says was read",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[PACKAGE_3],
    what: "For a Get of several Items that has Results, each Item that a Status 200 stands for is among the Items of its \
           Results by the end of the client's package. All Results of the Get count together, a failing Status excuses the Item \
           that it names, and names are compared as loosely as can be. As many Items as were asked for, under other names, \
           are another rule's matter.",
    why: "The server takes the Get for complete and never learns the missing value.",
    mend: "Send one Item for each URI of the Get, or a failing Status with TargetRef for the ones that could not be read.",
    pass: &[reading!("Get ./A/x ./A/y", "Status Get 200\n    Results ./A/x=5 ./A/y=6")],
    violate: &[reading!("Get ./A/x ./A/y", "Status Get 200\n    Results ./A/x=5")],
    not_applicable: &[NO_GET, LEAF],
    check: Check::Command(&[CommandName::Get], item_not_returned),
    ..Rule::MUST
};

fn item_not_returned(get: Cmd<'_>, cx: &mut Cx<'_>) {
    let session = get.session();
    if !get.msg.entry.is_server() || get.items().len() < 2 || get.msg.entry.refused || session.is_aborted() {
        return;
    }
    let all_results = || session.results_of(get.place()).filter_map(|place| super::link::command_at(get, place));
    let Some(first_results) = all_results().next() else { return };
    let statuses = || super::link::statuses(get);
    let names_some = |status: Cmd<'_>| status.command.target_ref.is_some();
    let Some(success) = statuses().find(|status| status.code() == Some(200)) else { return };
    let overall = statuses().any(|status| status.code() == Some(200) && !names_some(status));
    let named = || statuses().filter(|status| status.code() == Some(200)).flat_map(refs);
    let needed = if overall { get.items().len() } else { named().count() };
    if needed == 0 {
        return;
    }
    let occasion = cx.occasion(success.at()).related(get.at());
    let mut returned = 0;
    for results in all_results() {
        returned += (0..results.items().len()).filter(|position| !goes_on(results, *position)).count();
    }
    if returned >= needed {
        return;
    }

    // Something is missing by number; now names count.
    let names: BTreeSet<String> = all_results()
        .flat_map(|results| results.items().iter().map(move |item| loose(results.text(item.source_uri))))
        .collect();
    let excused: BTreeSet<String> =
        statuses().filter(|status| status.code() != Some(200)).flat_map(refs).map(loose).collect();
    let is_there = |uri: &str| {
        let uri = loose(uri);
        let below = format!("{uri}/");
        names.contains(&uri)
            || excused.contains(&uri)
            || names.range(below.clone()..).next().is_some_and(|name| name.starts_with(&below))
    };
    let missing: Vec<&str> = if overall {
        requested(get).filter(|uri| !is_there(uri)).collect()
    } else {
        named().filter(|uri| !is_there(uri)).collect()
    };
    // A failing Status that names no Item may mean any.
    let failures = statuses().filter(|status| status.code() != Some(200) && !names_some(*status)).count();
    let Some(first) = missing.get(failures).and(missing.first()) else { return };
    let Some(end) = session.package_end(success.msg.id.max(first_results.msg.id)) else {
        return occasion.undecided(Reason::EndNotCaptured);
    };
    if !session.is_whole_between(get.msg.id, end) {
        return occasion.undecided(Reason::MessageLost);
    }
    let astray = session
        .entries_with_ids()
        .skip(get.msg.id.index() + 1)
        .take_while(|(id, _)| *id <= end)
        .filter(|(_, entry)| entry.is_client())
        .any(|(id, entry)| has_stray_results(Msg { session, id, entry }));
    if astray {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    let others = match missing.len() {
        1 => String::new(),
        more => format!(" and {} more", more - 1),
    };
    occasion.violated(
        format!("the Status for the Get says 200, but its Results lack {}{others}", quoted(first)),
        "an Item for each URI that was read",
    );
}

/// What a Status names as read.
fn refs<'s>(status: Cmd<'s>) -> impl Iterator<Item = &'s str> {
    status.each(Tag::TargetRef).map(move |node| status.text(node))
}

fn loose(uri: &str) -> String {
    let uri = percent_decoded(path(uri)).to_lowercase();
    let uri = uri.trim_end_matches('/');
    uri.strip_prefix("device/vendor").map_or_else(|| uri.to_owned(), |rest| format!("vendor{rest}"))
}

fn has_stray_results(msg: Msg<'_>) -> bool {
    msg.commands().any(|command| {
        command.command.name == CommandName::Results
            && command.resolution().is_some_and(|resolution| resolution.found().is_none())
    })
}

pub(super) static NO_DATA: Rule = Rule {
    id: "RES-010",
    name: "results-item-without-data",
    title: "Each Item of Results has Data",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.3.2" }, VALUES],
    what: "Each Item of Results for a plain Get or a property has a Data element, which may be empty. With Format node its \
           absence is a warning. Not looked at: Format null, requests for a structure, Items of a Get that has a failing \
           Status.",
    why: "The server cannot tell an empty value from one that was forgotten.",
    mend: "Send an empty Data element for an empty value.",
    needs: &[Need::Executed],
    pass: &[LEAF, reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=\"\"")],
    violate: &[reading!("Get ./A/x", "Status Get 200\n    Results ./A/x")],
    not_applicable: &[NO_GET, reading!("Get ./A/x", "Status Get 200\n    Results ./A/x format=null")],
    check: Check::Command(&[CommandName::Results], no_data),
    ..Rule::MUST
};

fn no_data(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results) else { return };
    let mut failed = None;
    let has_query = requested(get).any(|uri| uri.contains('?'));
    for (position, item) in results.items().iter().enumerate() {
        let format = if item.data.is_some() { None } else { format_of(results, item) };
        if format.is_some_and(|format| format.eq_ignore_ascii_case("null")) {
            continue;
        }
        if has_query {
            let asked = request_of(get, results.text(item.source_uri));
            if !asked.is_some_and(|uri| matches!(query(uri), Query::None | Query::Prop(_))) {
                continue;
            }
        }
        let failed = *failed.get_or_insert_with(|| results.session().codes_of(get.place()).any(|code| code >= 400));
        if failed {
            return;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if item.data.is_some() {
            continue;
        }
        let source = quoted(results.text(item.source_uri));
        let expected = "a Data element, empty where the value is";
        if format.is_some_and(|format| format.eq_ignore_ascii_case("node")) || next_lies_below(results, position) {
            let seen = format!("the child list of {source} has no Data");
            occasion.violated_as(Severity::Warning, seen, expected);
        } else if goes_on(results, position) {
            occasion.violated_as(Severity::Warning, "a later part of a large value has no Data", expected);
        } else {
            occasion.violated(format!("the Item for {source} has no Data"), expected);
        }
    }
}
