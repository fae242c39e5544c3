//! Answers held against what is known of a node: CMD-019, CMD-030 to CMD-034, CMD-045 to CMD-048.

use super::who::is_from_server;
use super::{UNDECODABLE, is_format, items};
use crate::base::{Direction, Severity};
use crate::dm::{Known, Profile, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::{loose_uri, plain, quoted, without_query};
use crate::rules::known::{cases, is_permanent};
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{
    CREP, DREP, FIRST, ONE_GET, TND, command_at, is_done, last_status, opened, shown, status_shown,
};
use crate::syncml::{CommandName, Item};
use std::collections::HashMap;

const INBOX_CLAUSE: Clause = Clause { document: "OMA-TS-DM_StdObj-V1_2_1", section: "5.3.4 Inbox" };
const DELETE_CLAUSE: Clause = Clause { document: DREP, section: "6.6.5 Delete" };

/// A session in which the server adds a node and asks for something in a second message.
macro_rules! added {
    ($($line:literal),* $(,)?) => {
        opened!(
            " Add ./Vendor/A=1 format=chr",
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
            "server",
            " Status SyncHdr 200",
            $($line),*
        )
    };
}

/// A node that is added twice; the second time is refused.
const ADDED_AGAIN: &str = added!(
    " Add ./Vendor/A=2 format=chr",
    "device",
    " Status SyncHdr 200",
    " Status Add 418",
    "server",
    " Status SyncHdr 200",
);

/// A node that is added, deleted and asked for.
const DELETED: &str = added!(
    " Delete ./Vendor/A",
    "device",
    " Status SyncHdr 200",
    " Status Delete 200",
    "server",
    " Status SyncHdr 200",
    " Get ./Vendor/A",
    " Replace ./Vendor/A=3 format=chr",
    "device",
    " Status SyncHdr 200",
    " Status Get 404",
    " Status Replace 404",
    "server",
    " Status SyncHdr 200",
);

pub(super) static ADDED_TWICE: Rule = Rule {
    id: "CMD-030",
    name: "added-twice",
    title: "A node that is there cannot be added again",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6.1 Add" }],
    what: "An Add of a node that an earlier Add of the session created does not get 200; where the node was read, listed or replaced, \
           a success is a warning. Compared are nodes written alike, from one \
           package to the next or inside one container. Forgotten is what a Delete, a rename, a failure, an Exec or a lost message \
           may have changed; the Inbox is not looked at, nor are the chunks of a large object a second Add.",
    why: "The server believes that the node is new, and has in fact overwritten another value.",
    mend: "Answer 418 to an Add of a node that exists.",
    pass: &[ADDED_AGAIN],
    violate: &[added!(" Add ./Vendor/A=2 format=chr", "device", " Status SyncHdr 200", " Status Add 200")],
    not_applicable: &[ONE_GET, UNDECODABLE],
    check: Check::Session(added_twice),
    ..Rule::MUST
};

fn added_twice(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Added | Known::There)) {
        if case.cmd.command.name != CommandName::Add {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code != 200 {
            continue;
        }
        let uri = quoted(case.target());
        let seen = |how: &str| format!("{} of {uri}, which {} {how}", status_shown(case.status), shown(case.by));
        let expected = "418 for a node that exists";
        if case.fact.known == Known::Added {
            occasion.violated(seen("had added"), expected);
        } else {
            occasion.violated_as(Severity::Warning, seen("showed to be there"), expected);
        }
    }
}

pub(super) static REPLACED_NOTHING: Rule = Rule {
    id: "CMD-031",
    name: "replace-of-missing-node-accepted",
    title: "A node that is not there cannot be replaced",
    level: Level::MustNot,
    severity: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6.11 Replace" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "A Replace of a node that was deleted, or that an earlier Get, Replace or Delete did not find, does not get 200. Another \
           text hints that Replace may create nodes, hence only a warning outside strict mode; on Windows it does so often. What \
           is forgotten is said at CMD-030.",
    why: "The server cannot tell a node that it changed from one that it created.",
    mend: "Answer 404; nodes are created by Add.",
    pass: &[DELETED],
    violate: &[opened!(
        " Get ./Vendor/A",
        " Delete ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        " Status Delete 200",
        "server",
        " Status SyncHdr 200",
        " Replace ./Vendor/A=1 format=chr",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
    )],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Session(replaced_nothing),
    ..Rule::MUST
};

fn replaced_nothing(session: &Session, cx: &mut Cx<'_>) {
    let is_absent = |known| matches!(known, Known::NotFound | Known::Deleted { .. });
    for case in cases(session, |fact| is_absent(fact.known)) {
        if case.cmd.command.name != CommandName::Replace {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code == 200 {
            let how = if case.fact.known == Known::NotFound { "did not find" } else { "had deleted" };
            let uri = quoted(case.target());
            let seen = format!("{} of {uri}, which {} {how}", status_shown(case.status), shown(case.by));
            occasion.violated(seen, "404 for a node that does not exist");
        }
    }
}

pub(super) static USED_AFTER_DELETE: Rule = Rule {
    id: "CMD-032",
    name: "deleted-node-answers",
    title: "A node that was deleted is not there",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[DELETE_CLAUSE, Clause { document: DREP, section: "6.6.7 Get" }],
    what: "Get and Exec of a node, and Copy from it, do not get 200 once a Delete of the node, or of one above it, got 200. It is a \
           warning where the server had not added the node in the same session, since a device may put its own nodes back. \
           What is forgotten is said at CMD-030.",
    why: "Nothing was deleted: credentials and settings that the server takes for gone are still there.",
    mend: "Delete the node with all that lies below it before answering 200.",
    pass: &[DELETED],
    violate: &[added!(
        " Delete ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Delete 200",
        "server",
        " Status SyncHdr 200",
        " Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/A=1",
    )],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Session(used_after_delete),
    ..Rule::MUST
};

fn used_after_delete(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Deleted { .. })) {
        if !matches!(case.cmd.command.name, CommandName::Get | CommandName::Exec | CommandName::Copy) {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code != 200 {
            continue;
        }
        let seen = format!("{}, though {} got 200", status_shown(case.status), shown(case.by));
        let expected = "404 for a node that was deleted";
        if case.fact.known == (Known::Deleted { created: true }) {
            occasion.violated(seen, expected);
        } else {
            occasion.violated_as(Severity::Warning, seen, expected);
        }
    }
}

pub(super) static PERMANENT: Rule = Rule {
    id: "CMD-033",
    name: "permanent-node-deleted",
    title: "The root and permanent nodes cannot be deleted",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[DELETE_CLAUSE],
    what: "A Delete of the root, ./DevInfo, ./DevDetail or a node that every device has below them does not get 200; one in an \
           Atomic that was rolled back is not looked at. For the root another failing code than 405 is a warning, unless it \
           speaks of something else (401, 403, 407, 425, 5xx).",
    why: "Either the device has lost its tree, or the server believes so.",
    mend: "Answer 405.",
    pass: &[opened!(" Delete .", "device", " Status SyncHdr 200", " Status Delete 405")],
    violate: &[
        opened!(" Delete ./DevInfo", "device", " Status SyncHdr 200", " Status Delete 200"),
        opened!(" Delete ./DevDetail/FwV", "device", " Status SyncHdr 200", " Status Delete 200"),
    ],
    not_applicable: &[ONE_GET, opened!(" Delete ./Vendor/A", "device", " Status SyncHdr 200", " Status Delete 200")],
    check: Check::Command(&[CommandName::Delete], permanent),
    ..Rule::MUST
};

fn permanent(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let [item] = cmd.items() else { return };
    let uri = cmd.text(item.target_uri);
    let is_root = matches!(uri, "." | "./");
    if !is_from_server(cmd) || !is_permanent(uri) {
        return;
    }
    let Some((status, code)) = last_status(cmd) else { return };
    let is_executed = |cmd: Cmd<'_>| last_status(cmd).is_some_and(|(_, code)| code == 200);
    if is_done(code) && !cmd.containers().all(is_executed) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let seen = format!("{} of {}", status_shown(status), quoted(uri));
    if is_done(code) {
        occasion.violated(seen, "405 for a permanent node");
    } else if is_root && matches!(code, 400..=499) && !matches!(code, 401 | 403 | 405 | 407 | 425) {
        occasion.violated_as(Severity::Warning, seen, "405 for the root");
    }
}

/// Whether a URI lies in the Inbox.
fn is_inbox(uri: &str) -> bool {
    let path = plain(without_query(uri));
    path.strip_prefix("Inbox").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) static INBOX: Rule = Rule {
    id: "CMD-034",
    name: "inbox-read",
    title: "A Get of the Inbox is refused",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[INBOX_CLAUSE],
    what: "A Get of ./Inbox, or of a node below it, gets 405. Success is an error; 404, as of a device without Inbox, is \
           information, and another failing code a warning, unless it speaks of something else (401, 406, 407, 425, 5xx). Its \
           properties are not looked at.",
    why: "What one server put there for the device is shown to another.",
    mend: "Answer 405.",
    pass: &[opened!(" Get ./Inbox", "device", " Status SyncHdr 200", " Status Get 405")],
    violate: &[opened!(
        " Get ./Inbox",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Inbox= format=node",
    )],
    not_applicable: &[ONE_GET, concat!("session version=1.1\n", opened!(" Get ./Inbox", "device", " Status Get 200"))],
    check: Check::Command(&[CommandName::Get], inbox),
    ..Rule::MUST
};

fn inbox(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    // The text speaks of what is in the Inbox, not of properties such as its ACL.
    let is_wanted = |item: &Item| {
        let uri = cmd.text(item.target_uri);
        is_inbox(uri) && !uri.contains("?prop=")
    };
    // With other Items beside it the code may be that of another one.
    if !is_from_server(cmd) || cmd.items().is_empty() || !cmd.items().iter().all(is_wanted) {
        return;
    }
    let Some((status, code)) = last_status(cmd) else { return };
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let seen = format!("{} of the Inbox", status_shown(status));
    match code {
        404 => occasion.violated_as(Severity::Info, seen, "405"),
        200..=299 if is_done(code) => occasion.violated(seen, "405, since the Inbox cannot be read"),
        401 | 405..=407 | 425 => occasion.held(),
        400..=499 => occasion.violated_as(Severity::Warning, seen, "405"),
        _ => occasion.held(),
    }
}

pub(super) static TRUNCATED: Rule = Rule {
    id: "CMD-045",
    name: "value-cut-short",
    title: "A value that is read back is the one that was written",
    level: Level::May,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[
        Clause { document: DREP, section: "6.6" },
        Clause { document: CREP, section: "10 Response Status Codes: 200" },
    ],
    what: "An observation: a Get returns the beginning of a value that an Add or Replace wrote with 200 earlier in the session, \
           and not all of it. Values in several chunks are not compared. What is forgotten is said at CMD-030.",
    why: "The device cut the value and did not say so.",
    mend: "Answer 413 or 500 to a value that does not fit.",
    pass: &[],
    violate: &[added!(
        " Replace ./Vendor/A=\"a long value\" format=chr",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
        "server",
        " Status SyncHdr 200",
        " Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/A=\"a long\"",
    )],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Session(truncated),
    ..Rule::MAY
};

/// Items of one Get whose values are compared: each is looked for among all Results.
const COMPARED: usize = 32;

fn truncated(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| matches!(fact.known, Known::Written { .. }) && fact.code == 200) {
        let Known::Written { item } = case.fact.known else { continue };
        if case.cmd.items().len() > COMPARED {
            continue;
        }
        let written = usize::try_from(item).ok().and_then(|item| case.by.items().get(item)).and_then(|item| item.data);
        let Some(written) = written.map(|data| case.by.message().tree().content_bytes(data)) else { continue };
        for results in session.results_of(case.cmd.place()).filter_map(|place| command_at(session, place)) {
            let is_asked = |item: &&Item| plain(results.text(item.source_uri)) == plain(case.target());
            let Some(item) = results.items().iter().find(is_asked) else { continue };
            let is_chunk = item.more_data.is_some() || results.msg.entry.is_continuation(results.id);
            let Some(data) = item.data.filter(|_| !is_chunk) else { continue };
            let read = results.message().tree().content_bytes(data);
            let occasion = cx.occasion(results.at_node(data)).related(case.by.at());
            if !read.is_empty() && read.len() < written.len() && written.starts_with(read) {
                let uri = quoted(case.target());
                let seen = format!("{uri} has {} octets; {} wrote {}", read.len(), shown(case.by), written.len());
                occasion.violated(seen, "the whole value");
            }
        }
    }
}

pub(super) static INTERIOR_COPIED: Rule = Rule {
    id: "CMD-046",
    name: "interior-node-copied",
    title: "Copy of an interior node, or onto one, is refused",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6.4 Copy" }],
    what: "A Copy does not get 200 where its Source or its Target is an interior node, as an Add with Format node or Results with \
           Format node showed earlier in the session. What is forgotten is said at CMD-030.",
    why: "The server takes the whole tree for copied, and the device has copied a part of it, or nothing.",
    mend: "Answer 406 or 500; copy the leaves one by one.",
    pass: &[opened!(
        " Add ./Vendor/A format=node",
        "device",
        " Status SyncHdr 200",
        " Status Add 200",
        "server",
        " Status SyncHdr 200",
        " Copy ./Vendor/A -> ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Copy 500",
    )],
    violate: &[opened!(
        " Add ./Vendor/A format=node",
        "device",
        " Status SyncHdr 200",
        " Status Add 200",
        "server",
        " Status SyncHdr 200",
        " Copy ./Vendor/A -> ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Copy 200",
    )],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Session(interior_copied),
    ..Rule::MUST
};

fn interior_copied(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::Interior) {
        if case.cmd.command.name != CommandName::Copy {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code == 200 {
            let seen = format!("{} with an interior node, as {} showed", status_shown(case.status), shown(case.by));
            occasion.violated(seen, "406 or 500");
        }
    }
}

pub(super) static RENAMED_ONTO_SIBLING: Rule = Rule {
    id: "CMD-047",
    name: "renamed-onto-sibling",
    title: "A node cannot take the name of its sibling",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6.11 Replace" }, Clause { document: TND, section: "7.7.3 Name" }],
    what: "A Replace of the property Name does not get 200 where the node beside it that has the new name was added, or listed, \
           earlier in the session. What is forgotten is said at CMD-030.",
    why: "One of the two nodes is lost, or cannot be reached any more.",
    mend: "Answer 418.",
    pass: &[added!(" Replace ./Vendor/B?prop=Name=A", "device", " Status SyncHdr 200", " Status Replace 418",)],
    violate: &[added!(" Replace ./Vendor/B?prop=Name=A", "device", " Status SyncHdr 200", " Status Replace 200",)],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Session(renamed_onto_sibling),
    ..Rule::MUST
};

fn renamed_onto_sibling(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::Sibling) {
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if case.fact.code == 200 {
            let name = case.item().map_or("", |item| case.cmd.text(item.data));
            let uri = quoted(case.target());
            let seen =
                format!("{} of {uri} to {}, which {} showed", status_shown(case.status), quoted(name), shown(case.by));
            occasion.violated(seen, "418 for a name that a sibling has");
        }
    }
}

pub(super) static INBOX_ADDITION: Rule = Rule {
    id: "CMD-048",
    name: "addition-to-inbox",
    title: "What is added to the Inbox is kept elsewhere",
    level: Level::May,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[INBOX_CLAUSE],
    what: "An observation: an Add names a node below ./Inbox. The device puts the object where it belongs, under a name that the \
           session does not show, and rules that follow nodes do not follow this one.",
    why: "A server that looks for the node where it added it finds nothing.",
    mend: "Nothing is wrong; ask for the object where its type belongs.",
    pass: &[],
    violate: &[opened!(" Add ./Inbox/Operator=x format=chr")],
    not_applicable: &[ONE_GET, ADDED_AGAIN],
    check: Check::Command(&[CommandName::Add], inbox_addition),
    ..Rule::MAY
};

fn inbox_addition(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_from_server(cmd) || cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    if let Some(item) = cmd.items().iter().find(|item| is_inbox(cmd.text(item.target_uri))) {
        let uri = quoted(cmd.text(item.target_uri));
        cx.occasion(cmd.at_node(item.node))
            .violated(format!("Add of {uri}"), "the object at another place of the tree");
    }
}

pub(super) static INTERIOR_FORMAT: Rule = Rule {
    id: "CMD-019",
    name: "interior-node-without-format",
    title: "An Add of an interior node has Format node",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[
        Clause { document: TND, section: "Adding dynamic nodes" },
        Clause { document: DREP, section: "6.6.1 Add" },
    ],
    what: "An Add without Data has Format node where another Add of the session, later or in the same message, names a child of \
           its node; where the device accepted that child, it is information. Where Data had to be there, that is said instead.",
    why: "The client creates a leaf, and the Adds of its children fail.",
    mend: "Give Format node when adding an interior node.",
    yields_to: &["CMD-018"],
    pass: &[opened!(" Add ./Vendor/A format=node", " Add ./Vendor/A/B=1 format=chr")],
    violate: &[opened!(" Add ./Vendor/A format=null", " Add ./Vendor/A/B=1 format=chr")],
    not_applicable: &[FIRST, opened!(" Add ./Vendor/A format=null")],
    check: Check::Session(interior_format),
    ..Rule::MUST
};

/// Nodes that are remembered of one session.
const REMEMBERED: usize = 1024;

fn interior_format(session: &Session, cx: &mut Cx<'_>) {
    let mut open: HashMap<String, (Cmd<'_>, &Item)> = HashMap::new();
    for (id, entry) in session.sent_by(Direction::ServerToDevice).filter(|(_, entry)| entry.message.is_judgeable()) {
        let msg = Msg { session, id, entry };
        for cmd in msg.commands().filter(|cmd| cmd.command.name == CommandName::Add) {
            for item in cmd.items() {
                let uri = cmd.text(item.target_uri);
                if uri.is_empty() || uri.contains('?') || entry.is_continuation(cmd.id) {
                    continue;
                }
                let key = loose_uri(uri);
                if let Some((add, parent)) = key.rsplit_once('/').and_then(|(over, _)| open.remove(over)) {
                    let format = items::format(add, parent);
                    let occasion = cx.occasion(add.at_node(parent.node)).related(cmd.at());
                    if !is_format(format, "node") {
                        let node = quoted(add.text(parent.target_uri));
                        let what = if format.is_empty() { "no Format".to_owned() } else { format!("Format {format}") };
                        let seen = format!("Add of {node} with {what}; {} adds a child of it", shown(cmd));
                        if last_status(cmd).is_some_and(|(_, code)| is_done(code)) {
                            occasion.violated_as(Severity::Info, seen, "Format node");
                        } else {
                            occasion.violated(seen, "Format node");
                        }
                    }
                }
                if item.data.is_none() && open.len() < REMEMBERED {
                    open.insert(key, (cmd, item));
                }
            }
        }
    }
}
