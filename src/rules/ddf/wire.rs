//! Whether a device is what its description says: DDF-021.

use crate::base::{Direction, Severity};
use crate::ddf::{Description, Found, Node, NodeId, Operation};
use crate::dm::Session;
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::{UriMatch, compare_uris, quoted};
use crate::rules::rule::{Check, Clause, Judged, Rule, Scope, Source};
use crate::rules::sta::common::{FIRST, TND, last_status, opened, shown, status_shown};
use crate::syncml::{CommandName, Item};

pub(super) static AS_DESCRIBED: Rule = Rule {
    id: "DDF-021",
    name: "not-as-described",
    title: "The device is what its description says",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    source: Source::Text,
    clause: &[Clause { document: TND, section: "10.5 Device description framework: DFProperties" }],
    what: "With `--ddf`: a command that the AccessType of its node does not list is not answered with 200, and one that it lists \
           not with 405; Results have the format and one of the media types that are described (b64 stands for bin); and a list of \
           children has every child that must be there. A node that no description knows, below one that it does, is an \
           observation, unless it stands below Ext. Looked at are commands with one Item, without a query, outside the Inbox. \
           Whether the description is that of this firmware, who gives it has to know.",
    why: "Servers build their commands from the description; what it does not say, they cannot know.",
    mend: "Mend the device, or describe what it does.",
    pass: &[
        opened!(
            " Get ./Vendor/Example/Settings",
            " Replace ./Vendor/Example/Settings/Volume=3 format=int",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Status Replace 200",
            " Results ./Vendor/Example/Settings=Volume format=node",
        ),
        opened!(" Delete ./Vendor/Example/Settings/Volume", "device", " Status SyncHdr 200", " Status Delete 405"),
    ],
    violate: &[
        opened!(" Delete ./Vendor/Example/Settings/Volume", "device", " Status SyncHdr 200", " Status Delete 200"),
        opened!(" Get ./Vendor/Example/Settings/Volume", "device", " Status SyncHdr 200", " Status Get 405"),
        opened!(
            " Get ./Vendor/Example/Settings/Volume",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Example/Settings/Volume=3 format=chr",
        ),
        opened!(
            " Get ./Vendor/Example/Settings",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Example/Settings=home format=node",
        ),
        opened!(" Get ./Vendor/Example/Settings/Volume/x", "device", " Status SyncHdr 200", " Status Get 200"),
    ],
    not_applicable: &[
        FIRST,
        opened!(" Get ./Vendor/Other", "device", " Status SyncHdr 200", " Status Get 200"),
        opened!(" Get ./Vendor/Example/Settings/Volume?prop=ACL", "device", " Status SyncHdr 200", " Status Get 406"),
    ],
    check: Check::Session(as_described),
    ..Rule::MUST
};

/// What a command does, in the words of a description.
const fn operation(name: CommandName) -> Option<Operation> {
    match name {
        CommandName::Add => Some(Operation::Add),
        CommandName::Delete => Some(Operation::Delete),
        CommandName::Exec => Some(Operation::Exec),
        CommandName::Get => Some(Operation::Get),
        CommandName::Replace => Some(Operation::Replace),
        _ => None,
    }
}

fn as_described(session: &Session, cx: &mut Cx<'_>) {
    if cx.descriptions().is_empty() {
        return;
    }
    for (id, entry) in session.entries_with_ids() {
        if entry.direction != Direction::ServerToDevice || entry.refused || !entry.message.is_judgeable() {
            continue;
        }
        let msg = crate::rules::cx::Msg { session, id, entry };
        for cmd in msg.commands() {
            let (Some(operation), [item]) = (operation(cmd.command.name), cmd.items()) else { continue };
            let uri = cmd.text(item.target_uri);
            let is_plain = !uri.is_empty() && !uri.contains('?') && !uri.trim_start_matches("./").starts_with("Inbox");
            let found = cx.descriptions().iter().find_map(|description| Some((description.find(uri)?, &**description)));
            let (Some((found, description)), true) = (found, is_plain) else { continue };
            let Some((status, code)) = last_status(cmd) else { continue };
            command(cmd, operation, (description, found), status, code, cx);
        }
    }
}

fn command(
    cmd: Cmd<'_>,
    operation: Operation,
    (description, found): (&Description, Found),
    status: Cmd<'_>,
    code: u16,
    cx: &mut Cx<'_>,
) {
    let Some(item) = cmd.items().first() else { return };
    let uri = cmd.text(item.target_uri);
    let at = |node: &Node| format!("{}, {}", description.file, node.place);
    match found {
        Found::Below(above) => {
            let is_open = description.is_below(above, "Ext");
            if let Some(node) = description.node(above).filter(|_| !is_open && matches!(code, 200 | 202)) {
                let occasion = cx.occasion(status.at()).related(cmd.at());
                let seen = format!("{} of {}, which is not described", status_shown(status), quoted(uri));
                occasion.violated_as(Severity::Info, seen, format!("404, or a description of it ({})", at(node)));
            }
        }
        Found::Node(id) => {
            let Some(node) = description.node(id) else { return };
            let Some(access) = node.access else { return };
            // Who may not, or is asked to come again, learns nothing of the node.
            if !matches!(code, 200 | 202 | 405) {
                return;
            }
            let occasion = cx.occasion(status.at()).related(cmd.at());
            let expected = |what: &str| format!("{what}: the description allows {} ({})", access.names(), at(node));
            match (access.has(operation), code) {
                (false, 200 | 202) => {
                    let seen = format!("{} of {}", status_shown(status), quoted(uri));
                    occasion.violated(seen, expected("405"));
                }
                (true, 405) => {
                    let seen = format!("{} of {}", status_shown(status), quoted(uri));
                    occasion.violated(seen, expected("another code than 405"));
                }
                _ => {
                    drop(occasion);
                    if operation == Operation::Get && code == 200 {
                        results(cmd, (description, id, node), cx);
                    }
                }
            }
        }
    }
}

/// The Results of a Get: their format, their type, and the children that they list.
fn results(get: Cmd<'_>, (description, id, node): (&Description, NodeId, &Node), cx: &mut Cx<'_>) {
    let session = get.session();
    let wanted = get.items().first().map(|item| get.text(item.target_uri)).unwrap_or_default();
    for place in session.results_of(get.place()) {
        let Some(results) = crate::rules::sta::common::command_at(session, place) else { continue };
        let is_it = |item: &&Item| {
            item.more_data.is_none() && compare_uris(results.text(item.source_uri), wanted) != UriMatch::Different
        };
        let Some(item) = results.items().iter().find(is_it) else { continue };
        let met_inf = |tag| results.text(results.message().effective_met_inf(results.command, Some(item), tag));
        let (format, kind) = (met_inf(Tag::Format), met_inf(Tag::Type));
        let format = if format.is_empty() { "chr" } else { format };
        let occasion = cx.occasion(results.at_node(item.source_uri)).related(get.at());
        let is_octets = |format: &str| matches!(format, "b64" | "bin");
        let is_format = node.format.is_empty() || node.format == format || is_octets(&node.format) && is_octets(format);
        let is_type =
            kind.is_empty() || node.types.is_empty() || node.types.iter().any(|one| one.eq_ignore_ascii_case(kind));
        let at = format!("{}, {}", description.file, node.place);
        if !is_format {
            let seen = format!("Format {format} of {} in {}", quoted(wanted), shown(results));
            occasion.violated(seen, format!("Format {} ({at})", node.format));
        } else if !is_type {
            let seen = format!("Type {} of {} in {}", quoted(kind), quoted(wanted), shown(results));
            occasion.violated(seen, format!("{} ({at})", node.types.join(" or ")));
        } else if format == "node" {
            let names: Vec<&str> = results.text(item.data).split('/').collect();
            let is_there = |name: &str| names.contains(&name);
            let missing = description.children(id).find(|(_, child)| {
                child.occurrence.least > 0 && !child.name.is_empty() && !child.ignores_case && !is_there(&child.name)
            });
            if let Some((_, child)) = missing {
                let seen = format!("children of {} without {}", quoted(wanted), quoted(&child.name));
                let at = format!("{}, {}", description.file, child.place);
                occasion.violated(seen, format!("{}, which must be there ({at})", quoted(&child.name)));
            }
        }
    }
}

/// The description that examples of rules are written for.
#[cfg(test)]
pub(in crate::rules) fn example() -> Description {
    let leaf = |name: &str, access: &str, format: &str| {
        format!(
            "<Node><NodeName>{name}</NodeName><DFProperties><AccessType>{access}</AccessType><DFFormat><{format}/></DFFormat>\
             <DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
        )
    };
    let text = format!(
        "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Settings</NodeName><Path>./Vendor/Example</Path><DFProperties>\
         <AccessType><Get/></AccessType><DFFormat><node/></DFFormat><DFType><DDFName/></DFType></DFProperties>{}</Node></MgmtTree>",
        leaf("Volume", "<Get/><Replace/>", "int")
    );
    crate::ddf::read("example.xml", text.as_bytes()).unwrap_or_else(|error| unreachable!("{error}"))
}
