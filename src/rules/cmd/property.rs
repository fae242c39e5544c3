//! Properties and lists of nodes: CMD-025 to CMD-029.

use super::who::is_from_server;
use super::{ON_NODES, UNDECODABLE};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::NodeId;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::{plain, quoted, without_query};
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use crate::rules::sta::common::{FIRST, ONE_GET, TND, opened, property, shown};
use crate::rules::sta::objects::{Access, CHANGEABLE, READ_ONLY, access};
use crate::syncml::CommandName;

const OPERATIONS: Clause = Clause { document: TND, section: "7.5 Operations on properties" };
const READING: &[CommandName] = &[CommandName::Get, CommandName::Replace];

pub(super) static PROPERTY_COMMAND: Rule = Rule {
    id: "CMD-025",
    name: "property-with-other-command",
    title: "Properties are read by Get and changed by Replace",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[OPERATIONS],
    what: "No Add, Copy, Delete or Exec addresses `?prop=`, and no Replace the properties Format, Size, TStamp, Type and VerNo. A \
           server may do so on purpose, to see the client refuse it; hence only a warning.",
    why: "The client refuses the command, or creates a node of that name.",
    mend: "Use Get, or Replace for ACL, Name and Title.",
    pass: &[opened!(" Get ./Vendor/A?prop=ACL")],
    violate: &[opened!(" Add ./Vendor/A?prop=ACL=Get=*"), opened!(" Replace ./Vendor/A?prop=Size=5")],
    not_applicable: &[ONE_GET],
    check: Check::Command(ON_NODES, property_command),
    ..Rule::MUST
};

/// Whether a command is of a server and can address a property or a list: URIs of most messages have no query.
fn may_address(cmd: Cmd<'_>) -> bool {
    is_from_server(cmd) && cmd.message().survey().uris.query
}

/// The Items of a server's command that address a property, each with its Target and the name.
fn properties(cmd: Cmd<'_>) -> impl Iterator<Item = (NodeId, &str, &str)> {
    let items = if may_address(cmd) { cmd.items() } else { &[] };
    items.iter().filter_map(move |item| {
        let uri = cmd.text(item.target_uri);
        Some((item.target_uri?, uri, property(uri)?))
    })
}

fn property_command(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for (node, uri, name) in properties(cmd) {
        let occasion = cx.occasion(cmd.at_node(node));
        if access(cmd, name) == Access::Misuse {
            let seen = format!("{} on {}", shown(cmd), quoted(uri));
            occasion.violated(seen, "Get, or Replace of ACL, Name or Title");
        }
    }
}

pub(super) static PROPERTY_NAME: Rule = Rule {
    id: "CMD-026",
    name: "property-not-defined",
    title: "The property that is addressed is one that is defined",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.1 Definition" }],
    what: "The value of `?prop=` is ACL, Format, Name, Size, Title, TStamp, Type or VerNo.",
    why: "The client answers 406: it has no such property.",
    mend: "Use the name as the specification spells it.",
    pass: &[opened!(" Get ./Vendor/A?prop=ACL")],
    violate: &[opened!(" Get ./Vendor/A?prop=Owner")],
    not_applicable: &[ONE_GET],
    check: Check::Command(READING, property_name),
    ..Rule::SHOULD
};

fn property_name(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for (node, uri, name) in properties(cmd) {
        let occasion = cx.occasion(cmd.at_node(node));
        if !READ_ONLY.contains(&name) && !CHANGEABLE.contains(&name) {
            let names = [&CHANGEABLE[..], &READ_ONLY[..]].concat().join(", ");
            occasion.violated(format!("{} on {}", shown(cmd), quoted(uri)), format!("one of {names}"));
        }
    }
}

pub(super) static LIST: Rule = Rule {
    id: "CMD-027",
    name: "list-malformed",
    title: "A list is asked for by Get, and by a name that is defined",
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "8.1 Requesting a part of a management tree" }],
    what: "A Target with `?list=` stands in a Get, and asks for Struct, StructData, or TNDS, which may be followed by names of \
           properties, and Value, each behind `+` or each behind `-`. Another command and another value are warnings; `+` and `-` \
           in one list, which the text excludes in words, is an error. `+` may come percent-encoded, and names that are not \
           defined are for the client to refuse.",
    why: "The client refuses the request, or returns another part of the tree than was wanted.",
    mend: "Ask for Struct, StructData or TNDS by Get; name what to add or what to leave out, not both.",
    pass: &[opened!(" Get ./Vendor/A?list=TNDS+ACL+Name")],
    violate: &[
        opened!(" Get ./Vendor/A?list=TNDS+ACL-Size"),
        opened!(" Get ./Vendor/A?list=All"),
        opened!(" Delete ./Vendor/A?list=Struct"),
    ],
    not_applicable: &[ONE_GET, concat!("session version=1.1\n", opened!(" Get ./Vendor/A?list=All"))],
    check: Check::Command(ON_NODES, list),
    ..Rule::MUST
};

fn list(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !may_address(cmd) {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        // Most URIs have no query.
        let path = without_query(uri).len();
        let Some((_, value)) = uri.get(path..).and_then(|query| query.split_once("?list=")) else { continue };
        let occasion = cx.occasion(cmd.at_node(item.target_uri));
        let seen = format!("{} on {}", shown(cmd), quoted(uri));
        let value = value.replace("%2B", "+").replace("%2b", "+");
        let names = value.strip_prefix("TNDS");
        if cmd.command.name != CommandName::Get {
            occasion.violated_as(Severity::Warning, seen, "a Get");
        } else if names.is_some_and(|names| names.contains('+') && names.contains('-')) {
            occasion.violated(seen, "names to add or names to leave out, not both");
        } else if !matches!(value.as_str(), "Struct" | "StructData") && !names.is_some_and(is_list_of_names) {
            occasion.violated_as(Severity::Warning, seen, "Struct, StructData, or TNDS with names behind + or -");
        }
    }
}

/// Whether what follows TNDS is nothing, or names that each follow a sign.
fn is_list_of_names(names: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric());
    names.is_empty() || (names.starts_with(['+', '-']) && names.split(['+', '-']).skip(1).all(is_name))
}

pub(super) static ACL: Rule = Rule {
    id: "CMD-028",
    name: "acl-malformed",
    title: "The value of an ACL follows its grammar",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.1.5 ACL syntax" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "Data of a Replace on `?prop=ACL` is empty, or a list of COMMAND=ID+ID… parted by &, where the command is Add, Delete, \
           Exec, Get or Replace, and each identifier is * or printable without =, &, *, + and blanks. Empty is wrong for the root \
           alone. * beside other identifiers, and line breaks or U+0000 around the parts, are warnings; a command named twice, \
           as the text's own figure has it, is information. Windows has no ACLs.",
    why: "The client refuses the value, or keeps one that shuts every server out of the node.",
    mend: "Write for example Get=*&Replace=server-1+server-2.",
    pass: &[opened!(" Replace ./Vendor/A?prop=ACL=Get=*&Replace=dm.example.com+ops.example.com")],
    violate: &[
        opened!(" Replace ./Vendor/A?prop=ACL=Get=&Replace=srv"),
        opened!(" Replace ./Vendor/A?prop=ACL=Copy=srv"),
        opened!(" Replace ./Vendor/A?prop=ACL=Get=*+srv"),
    ],
    not_applicable: &[ONE_GET, opened!(" Get ./Vendor/A?prop=ACL")],
    check: Check::Command(&[CommandName::Replace], acl),
    ..Rule::MUST
};

fn acl(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !may_address(cmd) {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if property(uri) != Some("ACL") {
            continue;
        }
        // Without Data there is no value to judge.
        let Some(data) = item.data else { continue };
        let raw = cmd.message().tree().text(data);
        let occasion = cx.occasion(cmd.at_node(data));
        let seen = |what: &str| format!("{} on {}: {what}", quoted(raw), quoted(uri));
        let is_root = plain(without_query(uri)).is_empty();
        match acl_defect(raw, is_root) {
            None => {}
            Some((what, None)) => occasion.violated(seen(&what), "COMMAND=ID+ID, parted by &"),
            Some((what, Some(severity))) => {
                occasion.violated_as(severity, seen(&what), "COMMAND=ID+ID, parted by &, each command once");
            }
        }
    }
}

/// What is wrong with an ACL, and how bad it is at most.
pub(in crate::rules) fn acl_defect(raw: &str, is_root: bool) -> Option<(String, Option<Severity>)> {
    const STRAY: [char; 5] = ['\r', '\n', '\t', ' ', '\0'];
    let value = raw.trim_matches(STRAY);
    if value.is_empty() {
        return is_root.then(|| ("the root cannot be without ACL".to_owned(), None));
    }
    let mut mild = (raw.len() != value.len()).then_some(("white space or U+0000 around the value", Severity::Warning));
    let mut worse = |what: &'static str, severity: Severity| {
        if mild.is_none_or(|(_, found)| found < severity) {
            mild = Some((what, severity));
        }
    };
    let mut commands = Vec::new();
    for part in value.split('&') {
        let entry = part.trim_matches(STRAY);
        if entry.len() != part.len() {
            worse("white space or U+0000 between the parts", Severity::Warning);
        }
        let Some((command, ids)) = entry.split_once('=') else {
            return Some((format!("{} is no COMMAND=ID", quoted(entry)), None));
        };
        if !matches!(command, "Add" | "Delete" | "Exec" | "Get" | "Replace") {
            return Some((format!("{} is no command of an ACL", quoted(command)), None));
        }
        if commands.contains(&command) {
            worse("a command is named twice", Severity::Info);
        }
        commands.push(command);
        let is_id = |id: &str| {
            id == "*"
                || (!id.is_empty()
                    && !id.contains(|ch: char| matches!(ch, '=' | '*') || ch.is_whitespace() || ch.is_control()))
        };
        if let Some(id) = ids.split('+').find(|id| !is_id(id)) {
            return Some((format!("{} is no identifier of a server", quoted(id)), None));
        }
        if ids.contains('*') && ids.contains('+') {
            worse("* stands beside other identifiers", Severity::Warning);
        }
    }
    mild.map(|(what, severity)| (what.to_owned(), Some(severity)))
}

pub(super) static META: Rule = Rule {
    id: "CMD-029",
    name: "meta-for-property",
    title: "A value of a property comes without Meta",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.4" }],
    what: "A Replace on `?prop=` has no Meta, neither its own nor in the Item: every property is text.",
    why: "Some clients take the Format for that of the node, and change it.",
    mend: "Leave Meta out.",
    pass: &[opened!(" Replace ./Vendor/A?prop=Title=Hello")],
    violate: &[opened!(" Replace ./Vendor/A?prop=Title=Hello format=chr")],
    not_applicable: &[ONE_GET, FIRST, UNDECODABLE],
    check: Check::Command(&[CommandName::Replace], meta),
    ..Rule::SHOULD
};

fn meta(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !may_address(cmd) {
        return;
    }
    let mut items = cmd.items().iter().filter(|item| property(cmd.text(item.target_uri)).is_some()).peekable();
    let Some(first) = items.peek() else { return };
    // Meta of the command holds for values of nodes too, where there are any in it.
    let own = cmd.command.meta.filter(|_| cmd.items().len() == 1);
    let uri = cmd.text(first.target_uri);
    let meta = items.find_map(|item| item.meta).or(own);
    let occasion = cx.occasion(cmd.at_node(meta));
    if meta.is_some() {
        occasion.violated(format!("{} on {} has Meta", shown(cmd), quoted(uri)), "no Meta");
    }
}
