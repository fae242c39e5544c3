//! What Results say of a node: RES-007, RES-008, RES-009, RES-011, RES-016, RES-017.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Judged, Need, Rule, Scope, Versions};
use super::{
    CHILD_LISTS, Held, LEAF, NO_GET, PACKAGE_3, Query, TND, format_of, get_of, goes_on, holds, next_lies_below, path,
    query, reading, request_of, requested,
};
use crate::base::Severity;
use crate::dm::{EntryId, ObjectEnd, Profile, Session};
use crate::syncml::{CommandName, trim};
use std::borrow::Cow;
use std::collections::HashMap;

const STRUCTURE: Clause = Clause { document: TND, section: "8.1 Requesting a Part of a Management Tree" };
const STRUCTURE_ANSWER: Clause = Clause { document: TND, section: "8.2 Representation Response" };

/// A Get that asks for a child list, and its answer.
const CHILDREN: &str = reading!("Get ./A", "Status Get 200\n    Results ./A=x/y/z format=node");

fn is(format: Option<&str>, name: &str) -> bool {
    format.is_some_and(|format| format.eq_ignore_ascii_case(name))
}

pub(super) static FORMAT_MISSING: Rule = Rule {
    id: "RES-007",
    name: "results-without-format",
    title: "Results give the Format of what is not plain text",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[PACKAGE_3],
    yields_to: &["XML-005", "WBX-011"],
    what: "An Item of Results, or the Results around it, gives Format where the Data is not plain text: octets that are no \
           text, elements, a serialised tree, or a node of which the next Item shows that it has children. Of other values the \
           format cannot be known from the outside.",
    why: "Without Format a value is chr: the server keeps octets or a child list as if it were the text of a leaf.",
    mend: "Give Format in Meta of the Item: bin or b64, xml, node.",
    pass: &[CHILDREN],
    violate: &[
        reading!("Get ./A?list=Struct", "Status Get 200\n    Results source=./A source=./A/x format=chr"),
        reading!("Get ./A ./A/x", "Status Get 200\n    Results ./A=x ./A/x=5"),
    ],
    not_applicable: &[NO_GET, LEAF],
    check: Check::Command(&[CommandName::Results], format_missing),
    ..Rule::MUST
};

fn format_missing(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results) else { return };
    for (position, item) in results.items().iter().enumerate() {
        if goes_on(results, position) {
            continue;
        }
        let format = format_of(results, item);
        let source = results.text(item.source_uri);
        let asked = if format.is_some() { None } else { request_of(get, source) };
        let what = match (format, holds(results, item.data)) {
            (Some(format), _) if format.eq_ignore_ascii_case("chr") => continue,
            (Some(_), _) => None,
            (None, _) if asked.is_some_and(|uri| matches!(query(uri), Query::Prop(_))) => continue,
            (None, Held::Octets) => Some("octets that are no text"),
            (None, Held::Elements) => Some("elements"),
            (None, Held::Document) if asked.is_some_and(|uri| query(uri) == Query::Other) => Some("a serialised tree"),
            (None, _) if next_lies_below(results, position) => Some("an interior node"),
            (None, _) => continue,
        };
        let occasion = cx.occasion(results.at_node(item.node));
        if let Some(what) = what {
            occasion.violated(format!("{} is {what}, and Format is absent", quoted(source)), "Format in Meta");
        }
    }
}

pub(super) static INTERIOR_FORMAT: Rule = Rule {
    id: "RES-008",
    name: "interior-node-with-leaf-format",
    title: "Results for an interior node have Format node",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[CHILD_LISTS],
    what: "Where a node is known to be interior (the server added it with Format node in this session and deleted nothing \
           since, or the next Item of the Results lies below it), the Results of a plain Get on it give no other Format than \
           node. An absent Format is another rule's matter.",
    why: "The server takes the names of the children for the value of a leaf.",
    mend: "Send Format node with the names of the children.",
    pass: &[reading!("Get ./A ./A/x", "Status Get 200\n    Results ./A=x format=node ./A/x=5 format=chr")],
    violate: &[reading!("Get ./A ./A/x", "Status Get 200\n    Results ./A=x format=chr ./A/x=5 format=chr")],
    not_applicable: &[NO_GET, LEAF, CHILDREN],
    check: Check::Session(interior_format),
    ..Rule::MUST
};

fn interior_format(session: &Session, cx: &mut Cx<'_>) {
    let made = made_by_server(session);
    for (id, entry) in session.entries_with_ids() {
        if !entry.is_client() || !entry.message.is_judgeable() {
            continue;
        }
        for results in (Msg { session, id, entry }).commands() {
            if results.command.name == CommandName::Results {
                results_format(results, &made, cx);
            }
        }
    }
}

fn results_format(results: Cmd<'_>, made: &HashMap<&str, EntryId>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results) else { return };
    for (position, item) in results.items().iter().enumerate() {
        let Some(format) = format_of(results, item) else { continue };
        let source = results.text(item.source_uri);
        let was_made = || made.get(path(source)).is_some_and(|entry| *entry < results.msg.id);
        if source.is_empty() || goes_on(results, position) || !(next_lies_below(results, position) || was_made()) {
            continue;
        }
        if request_of(get, source).is_none_or(|uri| query(uri) != Query::None) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if !format.eq_ignore_ascii_case("node") {
            occasion
                .violated(format!("the interior node {} has Format {}", quoted(source), quoted(format)), "Format node");
        }
    }
}

/// Interior nodes that the server added, with the message that did it; none where the tree may have changed otherwise.
fn made_by_server(session: &Session) -> HashMap<&str, EntryId> {
    let mut made = HashMap::new();
    if session.has_losses {
        return made;
    }
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.is_server()) {
        for command in (Msg { session, id, entry }).commands() {
            match command.command.name {
                CommandName::Delete | CommandName::Exec | CommandName::Copy | CommandName::Atomic => {
                    return HashMap::new();
                }
                CommandName::Add => {}
                _ => continue,
            }
            for item in command.items().iter().filter(|item| is(format_of(command, item), "node")) {
                if session.codes_of(command.place()).eq([200]) {
                    made.insert(path(command.text(item.target_uri)), id);
                }
            }
        }
    }
    made
}

pub(super) static CHILD_LIST: Rule = Rule {
    id: "RES-009",
    name: "malformed-child-list",
    title: "A child list is names joined by single slashes",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[CHILD_LISTS],
    what: "Data of Results with Format node for a plain Get, where it is not empty, is a list of names with one slash between \
           two of them, none before the first and none after the last, and no name twice. Names with ASCII characters that no \
           segment of a URI may have are a warning. The order is free, encoded names are fine, and a list in several parts is \
           judged when it is complete.",
    why: "The server builds the URIs of the children from the list, and asks for nodes that do not exist.",
    mend: "Join the names with single slashes, and percent-encode what a URI may not have.",
    pass: &[CHILDREN],
    violate: &[reading!("Get ./A", "Status Get 200\n    Results ./A=a//b/ format=node")],
    not_applicable: &[NO_GET, LEAF, reading!("Get ./A", "Status Get 200\n    Results ./A=\"\" format=node")],
    check: Check::Command(&[CommandName::Results], child_list),
    ..Rule::MUST
};

fn child_list(results: Cmd<'_>, cx: &mut Cx<'_>) {
    for (position, item) in results.items().iter().enumerate() {
        let continued = goes_on(results, position);
        if item.data.is_none() || (!continued && !is(format_of(results, item), "node")) {
            continue;
        }
        let Some(get) = get_of(results) else { return };
        let source = results.text(item.source_uri);
        if !source.is_empty() && request_of(get, source).is_none_or(|uri| query(uri) != Query::None) {
            continue;
        }
        let list: Cow<'_, str> = if !continued && item.more_data.is_none() {
            Cow::Borrowed(results.text(item.data))
        } else {
            match in_parts(results, continued && item.more_data.is_none()) {
                Parts::Joined(text) => Cow::Owned(text),
                Parts::NotNow => continue,
                Parts::Unfinished => {
                    if !continued {
                        cx.occasion(results.at_node(item.data)).undecided(Reason::EndNotCaptured);
                    }
                    continue;
                }
                Parts::Torn => {
                    cx.occasion(results.at_node(item.data)).undecided(Reason::MessageLost);
                    continue;
                }
            }
        };
        let list = trim(&list);
        if list.is_empty() {
            continue;
        }
        let may_have_braces = cx.profile() == Profile::MsMdm;
        let occasion = cx.occasion(results.at_node(item.data));
        let list_of = || format!("the child list {}", quoted(list));
        if list.split('/').any(str::is_empty) {
            occasion.violated(format!("{} has an empty name", list_of()), "names with single slashes between them");
        } else if let Some(name) = doubled(list) {
            occasion.violated(format!("{} has the name {} twice", list_of(), quoted(name)), "each name once");
        } else if let Some(ch) =
            list.chars().find(|ch| !(fits_segment(*ch) || may_have_braces && matches!(ch, '{' | '}')))
        {
            let seen = format!("{} has the character {ch:?}", list_of());
            occasion.violated_as(Severity::Warning, seen, "characters of a URI segment, others percent-encoded");
        }
    }
}

enum Parts {
    Joined(String),
    /// It goes on in a later message, which will judge it.
    NotNow,
    Unfinished,
    /// A message among its parts may be missing.
    Torn,
}

/// A list in several parts, at its last one; only where its first part has Format node.
fn in_parts(results: Cmd<'_>, is_last: bool) -> Parts {
    let session = results.session();
    let Some(object) = session.object_of(results.place()) else { return Parts::NotNow };
    if object.end != ObjectEnd::Complete {
        return Parts::Unfinished;
    }
    if !is_last {
        return Parts::NotNow;
    }
    let first = object.chunks.first();
    if first.is_some_and(|first| !session.is_whole_between(first.entry, results.msg.id)) {
        return Parts::Torn;
    }
    let mut text = String::new();
    for (number, chunk) in object.chunks.iter().enumerate() {
        let Some(entry) = session.entry(chunk.entry) else { return Parts::NotNow };
        let Some(part) = (Msg { session, id: chunk.entry, entry }).command(chunk.command) else { return Parts::NotNow };
        let Some(item) = part.items().get(chunk.item as usize) else { return Parts::NotNow };
        if number == 0 && !is(format_of(part, item), "node") {
            return Parts::NotNow;
        }
        if let Some(data) = item.data {
            text.push_str(part.message().tree().text(data));
        }
    }
    Parts::Joined(text)
}

/// A name that a list has twice.
fn doubled(list: &str) -> Option<&str> {
    const FEW: usize = 16;
    let names = || list.split('/');
    if names().nth(FEW).is_none() {
        return names()
            .enumerate()
            .find(|(at, name)| names().take(*at).any(|other| other == *name))
            .map(|(_, name)| name);
    }
    let mut sorted: Vec<&str> = names().collect();
    sorted.sort_unstable();
    sorted.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    })
}

/// Whether a segment of a URI may hold it, or it is the slash between two names. Letters outside ASCII pass.
const fn fits_segment(ch: char) -> bool {
    !ch.is_ascii()
        || ch.is_ascii_alphanumeric()
        || matches!(
            ch,
            '/' | '-'
                | '_'
                | '.'
                | '!'
                | '~'
                | '*'
                | '\''
                | '('
                | ')'
                | '%'
                | ':'
                | '@'
                | '&'
                | '='
                | '+'
                | '$'
                | ','
                | ';'
        )
}

/// The answer to a request for a structure, and to one with values.
const STRUCT: &str = reading!(
    "Get ./A?list=Struct",
    "Status Get 200\n    Results source=./A format=node source=./A/x format=chr source=./A/y format=int"
);
const STRUCT_DATA: &str = reading!(
    "Get ./A?list=StructData",
    "Status Get 200\n    Results source=./A format=node source=./A/x format=chr data=5 source=./A/y format=int data=6"
);

pub(super) static STRUCTURE_WITH_VALUES: Rule = Rule {
    id: "RES-011",
    name: "structure-with-values",
    title: "A request for a structure is answered without values",
    severity: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[STRUCTURE, STRUCTURE_ANSWER],
    what: "Items of Results for a Get with ?list=Struct have no Data, or an empty one. A client that does not know the \
           request, and answers it with the one node in the URI, is not meant; an Item without Source is another rule's matter.",
    why: "The server asked for names only, perhaps since the values are large or secret.",
    mend: "Leave Data out of the Items.",
    pass: &[STRUCT],
    violate: &[reading!(
        "Get ./A?list=Struct",
        "Status Get 200\n    Results source=./A format=node source=./A/x format=chr data=5"
    )],
    not_applicable: &[NO_GET, LEAF, STRUCT_DATA],
    check: Check::Command(&[CommandName::Results], structure_with_values),
    ..Rule::MUST
};

/// The Items of some Results that answer a request of one kind, with their positions.
fn answering<'s>(
    results: Cmd<'s>,
    wanted: fn(Query<'_>) -> bool,
) -> Option<(Cmd<'s>, impl Iterator<Item = (usize, &'s crate::syncml::Item, &'s str)>)> {
    let get = get_of(results)?;
    if !requested(get).any(|uri| wanted(query(uri))) {
        return None;
    }
    let items = results.items().iter().enumerate().filter_map(move |(position, item)| {
        let asked = request_of(get, results.text(item.source_uri)).filter(|uri| wanted(query(uri)))?;
        (!goes_on(results, position)).then_some((position, item, asked))
    });
    Some((get, items))
}

fn structure_with_values(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((_, items)) = answering(results, |query| query == Query::Struct) else { return };
    let single = results.items().len() == 1;
    for (_, item, asked) in items {
        let source = results.text(item.source_uri);
        if single && path(source) == path(asked) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if holds(results, item.data) != Held::Nothing {
            let seen = format!("the Item for {} has Data, the Get asked for {}", quoted(source), quoted(asked));
            occasion.violated(seen, "no Data");
        }
    }
}

pub(super) static LEAF_WITHOUT_VALUE: Rule = Rule {
    id: "RES-016",
    name: "leaf-without-value",
    title: "A request for structure and data is answered with the values of leaves",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[STRUCTURE, STRUCTURE_ANSWER],
    what: "Each Item of Results for a Get with ?list=StructData that is a leaf (its Format is neither node nor null, and the \
           next Item does not lie below it) has Data, which may be empty. Where Format is absent, so that the Item may be meant \
           as an interior node, it is a warning.",
    why: "The server takes the value for empty, or asks again for each leaf.",
    mend: "Put the value of each leaf into Data, and leave leaves out that the server may not read.",
    pass: &[STRUCT_DATA],
    violate: &[reading!(
        "Get ./A?list=StructData",
        "Status Get 200\n    Results source=./A format=node source=./A/x format=chr source=./A/y format=int data=6"
    )],
    not_applicable: &[NO_GET, LEAF, STRUCT],
    check: Check::Command(&[CommandName::Results], leaf_without_value),
    ..Rule::MUST
};

fn leaf_without_value(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((_, items)) = answering(results, |query| query == Query::StructData) else { return };
    for (position, item, _) in items {
        let format = format_of(results, item);
        if is(format, "node") || is(format, "null") || next_lies_below(results, position) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        if item.data.is_some() {
            continue;
        }
        let source = quoted(results.text(item.source_uri));
        match format {
            Some(format) => {
                occasion.violated(
                    format!("the leaf {source} with Format {} has no Data", quoted(format)),
                    "its value in Data",
                );
            }
            None => {
                let seen = format!("the Item for {source} has neither Format nor Data");
                occasion.violated_as(Severity::Warning, seen, "Format node, or the value in Data");
            }
        }
    }
}

pub(super) static PROPERTY_VALUE: Rule = Rule {
    id: "RES-017",
    name: "property-value-not-plain",
    title: "The value of a property is plain text",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.4 Property values" }],
    what: "Results for a Get of a property (?prop=) have Format chr or none. Size and VerNo are decimal numbers, TStamp is a \
           time in UTC in the basic form of ISO 8601 (20010711T163817Z). A property without a value may be empty.",
    why: "The server compares versions and times as text; another form looks like a change, or like none.",
    mend: "Write properties as plain text, numbers in decimal, times as YYYYMMDDThhmmssZ.",
    needs: &[Need::Executed],
    pass: &[reading!("Get ./A/x?prop=TStamp", "Status Get 200\n    Results ./A/x?prop=TStamp=20010711T163817Z")],
    violate: &[
        reading!("Get ./A/x?prop=TStamp", "Status Get 200\n    Results ./A/x?prop=TStamp=2001-07-11"),
        reading!("Get ./A/x?prop=VerNo", "Status Get 200\n    Results ./A/x?prop=VerNo=0x1F"),
        reading!("Get ./A/x?prop=Size", "Status Get 200\n    Results ./A/x?prop=Size=5 format=int"),
    ],
    not_applicable: &[NO_GET, LEAF],
    check: Check::Command(&[CommandName::Results], property_value),
    ..Rule::MUST
};

fn property_value(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((_, items)) = answering(results, |query| matches!(query, Query::Prop(_))) else { return };
    for (_, item, asked) in items {
        let Query::Prop(name) = query(asked) else { continue };
        if item.more_data.is_some() {
            continue;
        }
        let occasion = cx.occasion(results.at_node(item.node));
        let value = results.text(item.data);
        let format = format_of(results, item).filter(|format| !format.eq_ignore_ascii_case("chr"));
        let of = || format!("the property {} of {}", quoted(name), quoted(path(asked)));
        if let Some(format) = format {
            occasion.violated(format!("{} comes with Format {}", of(), quoted(format)), "Format chr, or none");
            continue;
        }
        if value.is_empty() {
            continue;
        }
        let is_number = value.bytes().all(|octet| octet.is_ascii_digit());
        if (name.eq_ignore_ascii_case("Size") || name.eq_ignore_ascii_case("VerNo")) && !is_number {
            occasion.violated(format!("{} is {}", of(), quoted(value)), "a decimal number");
        } else if name.eq_ignore_ascii_case("TStamp") && !is_time(value) {
            occasion.violated(format!("{} is {}", of(), quoted(value)), "a time of the form YYYYMMDDThhmmssZ");
        }
    }
}

/// Whether a text is a time of the form YYYYMMDDThhmmssZ (OMA-TS-DM_TND-V1_2_1, 7.7.6 TStamp).
pub(in crate::rules) fn is_time(text: &str) -> bool {
    text.len() == 16
        && text.bytes().enumerate().all(|(at, octet)| match at {
            8 => octet == b'T',
            15 => octet == b'Z',
            _ => octet.is_ascii_digit(),
        })
}
