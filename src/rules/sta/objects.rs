//! Codes held against the state and the kind of the node that was addressed, and mandatory features.

use super::common::{
    Answered, DREP, FIRST, ONE_GET, STATUS, TND, answered, is_failure, is_plain_node, is_tnds, last_status, opened,
    property, shown, status_shown,
};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{is_below, loose_uri, plain, quoted, without_query};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope, Versions};
use crate::syncml::CommandName;
use std::collections::{BTreeMap, HashSet};

pub(super) static PROPERTY_MISUSE: Rule = Rule {
    id: "STA-041",
    name: "property-misuse-accepted",
    title: "A command that a property does not have is refused with 405 or 406",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[
        Clause { document: TND, section: "7.3 Property addressing" },
        Clause { document: TND, section: "7.5 Operations on properties" },
    ],
    what: "Add, Copy, Delete and Exec on `?prop=`, and Replace on Format, Size, TStamp, Type or VerNo, are not answered with \
           success; for Format and Type of a node that need not be permanent, that is a warning. Another failing code than 405 or 406 is one, too; 401, 407 and 5xx are not, nor are 404 and 425, which \
           speak of the node. Success for a Get of a property that is not in the table is an observation.",
    why: "The server believes that the property is set, and the node keeps its old one; or a node of that odd name was created.",
    mend: "Answer 405 for a command that the property does not support, 406 for a property that the device does not have.",
    pass: &[opened!(
        " Replace ./Vendor/A?prop=Size=5",
        "device",
        " Status SyncHdr 200",
        " Status Replace 405",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(" Add ./Vendor/A?prop=ACL=Get=*", "device", " Status SyncHdr 200", " Status Add 200",)],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, property_misuse),
    ..Rule::MUST
};

/// Properties that Replace may change, and those that Get alone may read (OMA-TS-DM_TND-V1_2_1, section 7.5).
pub(in crate::rules) const CHANGEABLE: [&str; 3] = ["ACL", "Name", "Title"];
pub(in crate::rules) const READ_ONLY: [&str; 5] = ["Format", "Size", "TStamp", "Type", "VerNo"];

/// What a command does to a property that it addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Access {
    /// Something that the property does not support.
    Misuse,
    /// Reads a property that no specification defines.
    Unknown,
    /// Something that it supports.
    Fine,
}

/// What a command does to the property of that name.
pub(in crate::rules) fn access(cmd: Cmd<'_>, name: &str) -> Access {
    match cmd.command.name {
        CommandName::Add | CommandName::Copy | CommandName::Delete | CommandName::Exec => Access::Misuse,
        CommandName::Replace if READ_ONLY.contains(&name) => Access::Misuse,
        CommandName::Get if !READ_ONLY.contains(&name) && !CHANGEABLE.contains(&name) => Access::Unknown,
        _ => Access::Fine,
    }
}

/// Whether a command replaces Format or Type of a node that need not be permanent.
fn is_mild(cmd: Cmd<'_>, uri: &str) -> bool {
    let is_meant = cmd.command.name == CommandName::Replace && matches!(property(uri), Some("Format" | "Type"));
    is_meant && !crate::rules::known::is_permanent(without_query(uri))
}

fn property_misuse(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(cmd) = answered(status) else { return };
    if !cmd.items().iter().any(|item| property(cmd.text(item.target_uri)).is_some()) {
        return;
    }
    let Some(code) = status.code().filter(|code| !matches!(code, 101 | 213..=216)) else { return };
    // Where a Status does not say which of several Items it is for, a failure may be that of another one.
    let is_for = |uri: &str| {
        let mut named = status.each(Tag::TargetRef).peekable();
        named.peek().is_none() || named.any(|node| plain(super::presence::reference_text(status, node)) == plain(uri))
    };
    let mut found = None;
    let mut addresses_more = false;
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if !is_for(uri) {
            continue;
        }
        match property(uri).map_or(Access::Fine, |name| access(cmd, name)) {
            Access::Fine => addresses_more = true,
            access => found = found.or(Some((uri, access))),
        }
    }
    let Some((uri, access)) = found else { return };
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let seen = || format!("{} on {}", status_shown(status), quoted(uri));
    let is_success = matches!(code, 200..=299);
    match access {
        Access::Unknown if is_success => {
            occasion.violated_as(Severity::Info, format!("{}, a property that is not defined", seen()), "406");
        }
        // The text forbids in words to change these of permanent nodes alone.
        Access::Misuse if is_success && is_mild(cmd, uri) => {
            let expected = "405, or 406 for a property that the device does not have";
            occasion.violated_as(Severity::Warning, seen(), expected);
        }
        Access::Misuse if is_success => {
            occasion.violated(seen(), "405, or 406 for a property that the device does not have")
        }
        Access::Misuse if matches!(code, 400..=499) && !matches!(code, 401 | 404..=407 | 425) && !addresses_more => {
            occasion.violated_as(Severity::Warning, seen(), "405, or 406 for a property that the device does not have");
        }
        _ => occasion.held(),
    }
}

pub(super) static LIST_NOT_SUPPORTED: Rule = Rule {
    id: "STA-042",
    name: "list-refused-with-other-code",
    title: "A list attribute that is not supported is answered with 406",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "8.1 Requesting a part of a management tree" }],
    what: "A Get on `?list=` that fails has 406, 404, 401, 407 or 425.",
    why: "The server cannot tell whether the node or the kind of list is the obstacle, and does not fall back to single Gets.",
    mend: "Answer 406 for a list attribute that the device does not support.",
    pass: &[opened!(
        " Get ./Vendor/A?list=Struct",
        "device",
        " Status SyncHdr 200",
        " Status Get 406",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(" Get ./Vendor/A?list=Struct", "device", " Status SyncHdr 200", " Status Get 405")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(&[CommandName::Get], list_not_supported),
    ..Rule::SHOULD
};

fn list_not_supported(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(get) = answered(status) else { return };
    let Some(code) = status.code().filter(|code| is_failure(*code)) else { return };
    let mut uris = get.items().iter().map(|item| get.text(item.target_uri));
    // With Items of both kinds the failure may be that of a plain one.
    let Some(uri) = uris.next().filter(|uri| uri.contains("?list=")) else { return };
    if !uris.all(|uri| uri.contains("?list=")) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(get.at());
    if !matches!(code, 401 | 404 | 406 | 407 | 425) {
        occasion.violated(
            format!("{} on {}", status_shown(status), quoted(uri)),
            "406 for a list attribute that is not supported",
        );
    }
}

pub(super) static EMPTY_NODE: Rule = Rule {
    id: "STA-044",
    name: "empty-node-not-found",
    title: "A Get of an interior node without children is answered with 200",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "Addressing interior node child lists" }],
    what: "A Get of an interior node that an earlier message added with success is not answered with 404. Forgotten are nodes \
           that a Delete at or above them, or a Replace or Copy of them (with a query or a tree, also above them) may have changed, all of them after an Exec or a lost \
           message; a device may still delete nodes of its own accord, hence only a warning.",
    why: "The server takes the node for missing and adds it again, which fails with 418.",
    mend: "Answer 200 and Results with empty Data for an interior node without children.",
    pass: &[opened!(
        " Add format=node ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Add 200",
        "server",
        " Status SyncHdr 200",
        " Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/A= format=node",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Add format=node ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Add 200",
        "server",
        " Status SyncHdr 200",
        " Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(empty_node),
    ..Rule::MUST
};

/// Nodes that are remembered: each Delete looks through all of them, so that their number has to have an end.
const REMEMBERED: usize = 1024;

fn empty_node(session: &Session, cx: &mut Cx<'_>) {
    // Interior nodes added so far, with the Add.
    let mut nodes: BTreeMap<String, Cmd<'_>> = BTreeMap::new();
    for (id, entry) in session.entries_with_ids() {
        if entry.is_after_loss() || !entry.message.is_judgeable() {
            nodes.clear();
        }
        if !entry.is_server() || entry.refused {
            continue;
        }
        let msg = Msg { session, id, entry };
        // Commands of one message may be executed in any order (guard G14): first what may remove nodes, last what adds.
        for cmd in msg.commands() {
            forget(&mut nodes, cmd);
        }
        if !nodes.is_empty() {
            for cmd in msg.commands().filter(|cmd| cmd.command.name == CommandName::Get) {
                judge_get(&nodes, cmd, cx);
            }
        }
        for cmd in msg.commands().filter(|cmd| cmd.command.name == CommandName::Add) {
            if nodes.len() < REMEMBERED
                && let Some(uri) = added_node(cmd)
            {
                nodes.insert(loose_uri(uri), cmd);
            }
        }
    }
}

/// Forgets what a command may have removed or turned into something else.
fn forget(nodes: &mut BTreeMap<String, Cmd<'_>>, cmd: Cmd<'_>) {
    if nodes.is_empty() {
        return;
    }
    match cmd.command.name {
        CommandName::Exec => nodes.clear(),
        CommandName::Delete | CommandName::Replace | CommandName::Copy => {
            for item in cmd.items() {
                let uri = loose_uri(cmd.text(item.target_uri));
                if cmd.command.name == CommandName::Delete {
                    nodes.retain(|node, _| *node != uri && !is_below(node, &uri));
                } else {
                    // A Replace of the node itself, or of its name (the query is cut off).
                    nodes.remove(&uri);
                    let is_renaming = cmd.text(item.target_uri).contains('?');
                    if is_renaming || is_tnds(cmd, item) {
                        nodes.retain(|node, _| !is_below(node, &uri));
                    }
                }
            }
        }
        _ => {}
    }
}

/// The interior node that an Add created for certain.
fn added_node(cmd: Cmd<'_>) -> Option<&str> {
    let [item] = cmd.items() else { return None };
    let format = cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Format));
    let uri = cmd.text(item.target_uri);
    let is_executed = |cmd: Cmd<'_>| last_status(cmd).is_some_and(|(_, code)| code == 200);
    (format == "node" && is_plain_node(uri) && is_executed(cmd) && cmd.containers().all(is_executed)).then_some(uri)
}

fn judge_get(nodes: &BTreeMap<String, Cmd<'_>>, get: Cmd<'_>, cx: &mut Cx<'_>) {
    let [item] = get.items() else { return };
    let uri = get.text(item.target_uri);
    if !is_plain_node(uri) {
        return;
    }
    let Some(add) = nodes.get(&loose_uri(uri)) else { return };
    let Some((status, code)) = last_status(get) else { return };
    let occasion = cx.occasion(status.at()).related(get.at()).related(add.at());
    if code == 404 && plain(uri) == plain(add.items().first().map_or("", |item| add.text(item.target_uri))) {
        occasion.violated(
            format!("{} on {}, an interior node that {} had created", status_shown(status), quoted(uri), shown(*add)),
            "200, and Results with empty Data while the node has no children",
        );
    }
}

pub(super) static ACL_REFUSED: Rule = Rule {
    id: "STA-045",
    name: "acl-change-refused-with-other-code",
    title: "A change of an ACL that is not permitted is answered with 425",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6" }, Clause { document: TND, section: "7.7.1.3 Changing the ACL" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "A Replace on `?prop=ACL` that fails has 425, 405, 420, 401, 407 or 500, or 404 where the node does not exist. Windows \
           clients have no ACLs and are not looked at.",
    why: "The server cannot tell that it lacks the right, and does not ask the owner of the node.",
    mend: "Answer 425 where the server's rights do not suffice.",
    pass: &[opened!(
        " Replace ./Vendor/A?prop=ACL=Get=*",
        "device",
        " Status SyncHdr 200",
        " Status Replace 425",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(" Replace ./Vendor/A?prop=ACL=Get=*", "device", " Status SyncHdr 200", " Status Replace 403",)],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(&[CommandName::Replace], acl_refused),
    ..Rule::SHOULD
};

fn acl_refused(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(replace) = answered(status) else { return };
    let Some(code) = status.code().filter(|code| is_failure(*code)) else { return };
    let [item] = replace.items() else { return };
    let uri = replace.text(item.target_uri);
    if property(uri) != Some("ACL") {
        return;
    }
    let occasion = cx.occasion(status.at()).related(replace.at());
    if !matches!(code, 401 | 404 | 405 | 407 | 420 | 425 | 500) {
        occasion.violated(
            format!("{} on {}", status_shown(status), quoted(uri)),
            "425 where the server may not change the ACL",
        );
    }
}

pub(super) static MANDATORY_COMMANDS: Rule = Rule {
    id: "STA-046",
    name: "mandatory-command-refused",
    title: "A client supports Add, Delete, Get, Replace and Sequence",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6 (support table)" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "No Sequence is answered with 406 or 501, and not every Add (Delete, Get, Replace) of the session, on at least three \
           different nodes. A single node may hide an optional feature: properties, lists, serialised trees and ./Inbox do \
           not count. 501 is a warning.",
    why: "A server cannot manage the device with what is left.",
    mend: "Implement the command; 406 is for optional features only.",
    pass: &[ONE_GET],
    violate: &[
        opened!(
            " Sequence",
            "  Replace ./Vendor/A=1",
            "device",
            " Status SyncHdr 200",
            " Status Sequence 406",
            " Status Replace 406",
        ),
        opened!(
            " Delete ./Vendor/A",
            " Delete ./Vendor/B",
            " Delete ./Vendor/C",
            "device",
            " Status SyncHdr 200",
            " Status * 406",
        ),
    ],
    not_applicable: &[FIRST],
    check: Check::Session(mandatory_commands),
    ..Rule::MUST
};

/// What the session shows of one mandatory command.
#[derive(Default)]
struct Support<'s> {
    accepted: Option<Cmd<'s>>,
    /// The last refusal.
    refused: Option<Cmd<'s>>,
    /// Different nodes on which it was refused, three at most.
    nodes: HashSet<String>,
    not_implemented: bool,
}

fn mandatory_commands(session: &Session, cx: &mut Cx<'_>) {
    const ENOUGH: usize = 3;
    let names = [CommandName::Add, CommandName::Delete, CommandName::Get, CommandName::Replace];
    let mut support: [Support<'_>; 4] = Default::default();
    for (id, entry) in session.sent_by(Direction::ServerToDevice).filter(|(_, entry)| entry.message.is_judgeable()) {
        for cmd in (Msg { session, id, entry }).commands() {
            if cmd.command.name == CommandName::Sequence {
                if let Some((status, code)) = last_status(cmd) {
                    judge_sequence(cmd, status, code, cx);
                }
                continue;
            }
            let known = names.iter().position(|name| *name == cmd.command.name).and_then(|at| support.get_mut(at));
            let Some(support) = known else { continue };
            match last_status(cmd) {
                Some((status, code @ (406 | 501))) => {
                    support.not_implemented |= code == 501;
                    support.refused = Some(status);
                    if support.nodes.len() < ENOUGH {
                        support.nodes.extend(plain_targets(cmd).map(loose_uri).take(ENOUGH));
                    }
                }
                // Whether the client has the command does not show where it was not executed at all.
                Some((_, 215 | 216 | 401 | 407 | 507 | 516)) | None => {}
                Some((status, _)) => support.accepted = support.accepted.or(Some(status)),
            }
        }
    }
    for (name, support) in names.into_iter().zip(support) {
        match support {
            Support { accepted: Some(status), .. } => cx.occasion(status.at()).held(),
            Support { refused: Some(status), nodes, not_implemented, .. } if nodes.len() >= ENOUGH => {
                let occasion = cx.occasion(status.at());
                if session.has_losses || !session.start_seen {
                    occasion.undecided(if session.has_losses { Reason::MessageLost } else { Reason::StartNotCaptured });
                    continue;
                }
                let seen = format!(
                    "every {name} of the session was refused with 406 or 501; the last one: {}",
                    status_shown(status)
                );
                let expected = format!("support for {name}, which is mandatory");
                if not_implemented {
                    occasion.violated_as(Severity::Warning, seen, expected);
                } else {
                    occasion.violated(seen, expected);
                }
            }
            Support { .. } => {}
        }
    }
}

fn judge_sequence(cmd: Cmd<'_>, status: Cmd<'_>, code: u16, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let expected = "support for Sequence, which is mandatory";
    match code {
        406 => occasion.violated(status_shown(status), expected),
        501 => occasion.violated_as(Severity::Warning, status_shown(status), expected),
        _ => occasion.held(),
    }
}

/// Targets behind which no optional feature stands.
fn plain_targets(cmd: Cmd<'_>) -> impl Iterator<Item = &str> {
    cmd.items()
        .iter()
        .filter(move |item| !is_tnds(cmd, item))
        .map(move |item| cmd.text(item.target_uri))
        .filter(|uri| is_plain_node(uri) && !plain(uri).starts_with("Inbox"))
}

pub(super) static MANDATORY_ELEMENTS: Rule = Rule {
    id: "STA-047",
    name: "mandatory-client-element-refused",
    title: "A server accepts the Alerts and the DevInfo of every client",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[
        Clause { document: DREP, section: "6.6 (support table)" },
        Clause { document: DREP, section: "6.1 (support table)" },
    ],
    what: "The Status of an Alert 1200, 1201, 1222, 1223 or 1225, and that of the client's Replace of DevInfo, is not 405, 406 or \
           501. 405 for Alert 1200 or 1201 after package 1 is right; 405 or 406 for DevInfo is only a warning.",
    why: "The client takes the server for one that speaks another protocol, and ends the session.",
    mend: "Support these elements, and answer 200.",
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 406\n"],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, mandatory_elements),
    ..Rule::MUST
};

fn mandatory_elements(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(cmd) = answered(status) else { return };
    let Some(code) = status.code().filter(|code| *code != 101) else { return };
    if !cmd.msg.entry.is_client() {
        return;
    }
    let starts_session = match (cmd.command.name, cmd.code()) {
        (CommandName::Alert, Some(1200 | 1201)) => true,
        (CommandName::Alert, Some(1222 | 1223 | 1225)) => false,
        (CommandName::Replace, _) if is_device_information(cmd) => false,
        _ => return,
    };
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let is_late = starts_session && code == 405 && cmd.msg.entry.package.number != 1;
    if !matches!(code, 405 | 406 | 501) || is_late {
        return occasion.held();
    }
    let what = if cmd.command.name == CommandName::Alert {
        format!("an Alert {}", cmd.text(cmd.command.data))
    } else {
        "the client's DevInfo".to_owned()
    };
    let seen = format!("{}, {what}", status_shown(status));
    let expected = "200, since every server has to support it";
    if cmd.command.name == CommandName::Replace && code != 501 {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

fn is_device_information(cmd: Cmd<'_>) -> bool {
    let is_devinfo = |uri: &str| plain(uri).starts_with("DevInfo");
    cmd.items().iter().any(|item| is_devinfo(cmd.text(item.source_uri)) || is_devinfo(cmd.text(item.target_uri)))
}
