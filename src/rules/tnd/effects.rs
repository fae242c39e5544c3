//! What became of a serialised tree, as later Gets of the session show it: TND-015 to TND-018.
//!
//! The texts let the target be the node above the object; many senders mean its top node. Followed are only trees that mean the
//! same both ways.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::evidence::{Serialised, Voice};
use super::super::helper::{UriMatch, compare_uris, is_below, plain, quoted};
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Versions};
use super::super::sta::common::{DREP, ONE_GET, is_failure, is_plain_node, last_status, opened, shown, status_shown};
use super::GOOD;
use crate::base::Severity;
use crate::dm::{EntryId, Session};
use crate::syncml::CommandName;
use std::collections::HashSet;

/// Trees that are followed in one session: each is held against all later Gets.
const FOLLOWED: usize = 64;
/// Gets of leaves of one tree that are looked at: each is held against what lies between.
const GETS: usize = 16;

const WARNING: Rule = Rule {
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    not_applicable: &[ONE_GET, GOOD],
    ..Rule::MUST
};
const ADD: Clause = Clause { document: DREP, section: "6.6.1 Add" };
const REPLACE: Clause = Clause { document: DREP, section: "6.6.11 Replace" };

/// A tree that the server sends, how that ended, and a Get of one of its leaves with its Status.
macro_rules! followed {
    ($before:literal, $command:literal, $code:literal, $then:literal) => {
        opened!(
            $before,
            " Get ./DevDetail/SwV",
            "device",
            " Status SyncHdr 200",
            " Status * 404",
            "server",
            " Status SyncHdr 200",
            $command,
            "device",
            " Status SyncHdr 200",
            $code,
            "server",
            " Status SyncHdr 200",
            " Get ./Vendor/A/x",
            "device",
            " Status SyncHdr 200",
            $then,
            "server",
            " Status SyncHdr 200",
        )
    };
    (add $before:literal, $code:literal, $then:literal) => {
        followed!(
            $before,
            " Add ./Vendor=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>x</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>5</Value></Node></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml",
            $code,
            $then
        )
    };
}

/// A tree that is added at a node that is there; the Status of the Add.
macro_rules! onto {
    ($code:literal) => {
        opened!(
            " Get ./Vendor/A",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A= format=node",
            "server",
            " Status SyncHdr 200",
            " Add ./Vendor/A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName/><RTProperties><Format><node/></Format></RTProperties></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml",
            "device",
            " Status SyncHdr 200",
            $code,
            "server",
            " Status SyncHdr 200",
        )
    };
}
pub(super) static FAILED: Rule = Rule {
    id: "TND-015",
    name: "failed-tree-added-in-part",
    title: "A serialised tree that could not be added leaves no node behind",
    level: Level::Should,
    clause: &[ADD, REPLACE],
    what: "An Add of a serialised tree failed: a leaf of it that was not there before, as a 404 had shown, is not found by a Get in a later \
           package. Trees whose top node has the name at the end of the target can be meant in two ways and are not followed, nor \
           is anything behind another command on the node, an Exec or a lost message.",
    why: "The server adds the tree again, and fails with 418 at the nodes that are left.",
    mend: "Undo what was done before answering with a failure.",
    pass: &[followed!(add " Get ./Vendor/A/x", " Status Add 420", " Status Get 404")],
    violate: &[followed!(add " Get ./Vendor/A/x", " Status Add 420", " Status Get 200\n Results ./Vendor/A/x=5")],
    check: Check::Session(|session, cx| fates(session, cx, Fate::Failed)),
    ..WARNING
};

pub(super) static ADDED: Rule = Rule {
    id: "TND-016",
    name: "added-tree-not-found",
    title: "A serialised tree that was added is there with all its nodes",
    clause: &[ADD],
    what: "An Add of a serialised tree got 200: a leaf of it is not answered with 404 in a later package. Not followed are the Inbox, nodes \
           below Ext, trees whose top node has the name at the end of the target, and anything behind another command on the node, \
           an Exec or a lost message. Values are not compared, since devices normalise and hash them.",
    why: "The server believes that the settings are in force, and they are not.",
    mend: "Answer 200 only when every node was made; 500, or what fits, else.",
    pass: &[followed!(add " Get ./Vendor/B", " Status Add 200", " Status Get 200\n Results ./Vendor/A/x=5")],
    violate: &[followed!(add " Get ./Vendor/B", " Status Add 200", " Status Get 404")],
    check: Check::Session(|session, cx| fates(session, cx, Fate::Added)),
    ..WARNING
};

pub(super) static REPLACED: Rule = Rule {
    id: "TND-017",
    name: "replaced-tree-not-found",
    title: "A serialised tree that replaced another is there with all its nodes",
    clause: &[REPLACE],
    what: "A Replace with a serialised tree got 200: a leaf of it is not answered with 404 in a later package. What is not followed is said \
           at TND-016; whether nodes of the old tree are gone is not looked at, since permanent nodes stay.",
    why: "The server believes that the settings are in force, and they are not.",
    mend: "Answer 200 only when every node was made; 500, or what fits, else.",
    pass: &[followed!(
        " Get ./Vendor/B",
        " Replace ./Vendor/A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName/><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>x</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>5</Value></Node></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml",
        " Status Replace 200",
        " Status Get 200\n Results ./Vendor/A/x=5"
    )],
    violate: &[followed!(
        " Get ./Vendor/B",
        " Replace ./Vendor/A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName/><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>x</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>5</Value></Node></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml",
        " Status Replace 200",
        " Status Get 404"
    )],
    check: Check::Session(|session, cx| fates(session, cx, Fate::Replaced)),
    ..WARNING
};

/// How a command with a tree ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Failed,
    Added,
    Replaced,
}

impl Fate {
    fn of(name: CommandName, code: u16) -> Option<Self> {
        match (name, code) {
            (CommandName::Add, 200) => Some(Self::Added),
            (CommandName::Replace, 200) => Some(Self::Replaced),
            // What exists was there before.
            (CommandName::Add, 418) => None,
            (CommandName::Add, code) if is_failure(code) => Some(Self::Failed),
            _ => None,
        }
    }
}

/// The Status of a command that stands alone with one Item, where the containers around it were executed.
fn ended(cmd: Cmd<'_>) -> Option<(Cmd<'_>, u16)> {
    let is_executed = |cmd: Cmd<'_>| last_status(cmd).is_some_and(|(_, code)| code == 200);
    let is_alone = cmd.items().len() == 1 && cmd.containers().all(is_executed);
    last_status(cmd).filter(|_| is_alone)
}

/// The path of the target of a tree of the server, where its nodes can lie below it only, or at it.
fn base<'s>(tree: &Serialised<'s>) -> Option<&'s str> {
    let top = tree.look()?.top.as_deref()?;
    let base = plain(tree.uri).trim_end_matches('/');
    let is_for_inbox = base == "Inbox" || base.starts_with("Inbox/");
    let first = top.split('/').next().unwrap_or_default();
    let is_double = !first.is_empty() && base.rsplit('/').next() == Some(first);
    (tree.voice == Voice::Written && !is_for_inbox && !is_double && !tree.uri.contains('?')).then_some(base)
}

/// Target of the first Item.
fn target(cmd: Cmd<'_>) -> &str {
    cmd.items().first().map_or("", |item| cmd.text(item.target_uri))
}

/// Commands of the server that were not refused as a whole.
fn commands(session: &Session) -> impl Iterator<Item = Cmd<'_>> {
    let of_server = session.entries_with_ids().filter(|(_, entry)| entry.is_server() && !entry.refused);
    of_server.flat_map(move |(id, entry)| Msg { session, id, entry }.commands())
}

/// Whether a message belongs to an earlier package than another one of the same side.
fn is_earlier(session: &Session, earlier: EntryId, later: EntryId) -> bool {
    session.final_before(later).is_some_and(|(end, _)| end >= earlier)
}

/// Whether nothing but these two commands can have changed a node, from the package of the one to that of the other.
fn is_untouched(session: &Session, path: &str, from: Cmd<'_>, to: Cmd<'_>) -> bool {
    let begin = session.final_before(from.msg.id).map(|(id, _)| id);
    let end = session.package_end(to.msg.id);
    let is_inside = |id: EntryId| begin.is_none_or(|begin| id > begin) && end.is_none_or(|end| id <= end);
    let last = last_status(to).map_or(to.msg.id, |(status, _)| status.msg.id);
    session.is_whole_between(from.msg.id, last)
        && commands(session).filter(|cmd| is_inside(cmd.msg.id)).all(|cmd| {
            if cmd.place() == from.place() || cmd.place() == to.place() {
                return true;
            }
            match cmd.command.name {
                CommandName::Exec => false,
                CommandName::Add | CommandName::Replace | CommandName::Delete | CommandName::Copy => {
                    cmd.items().iter().all(|item| {
                        let uri = cmd.text(item.target_uri);
                        compare_uris(uri, path) == UriMatch::Different && !is_below(uri, path) && !is_below(path, uri)
                    })
                }
                _ => true,
            }
        })
}

/// The Get of exactly that node which showed, in an earlier package, whether it was there, as nothing has changed since.
fn seen_before<'s>(session: &'s Session, path: &str, before: Cmd<'s>) -> Option<(Cmd<'s>, u16)> {
    let is_meant = |cmd: &Cmd<'_>| {
        let uri = target(*cmd);
        cmd.command.name == CommandName::Get && is_plain_node(uri) && plain(uri) == path
    };
    let earlier = commands(session).take_while(|cmd| cmd.msg.id < before.msg.id).filter(is_meant);
    let last = earlier.filter(|cmd| is_earlier(session, cmd.msg.id, before.msg.id)).last()?;
    let (_, code) = ended(last)?;
    is_untouched(session, path, last, before).then_some((last, code))
}

fn fates(session: &Session, cx: &mut Cx<'_>, wanted: Fate) {
    let evidence = cx.evidence();
    let trees = evidence.trees.iter().filter(|tree| tree.voice == Voice::Written);
    for tree in trees.take(FOLLOWED) {
        let Some((status, code)) = ended(tree.cmd) else { continue };
        let Some((base, look)) = base(tree).zip(tree.look()) else { continue };
        if Fate::of(tree.cmd.command.name, code) != Some(wanted) {
            continue;
        }
        let whole = |leaf: &String| if base.is_empty() { leaf.clone() } else { format!("{base}/{leaf}") };
        let leaves: HashSet<String> =
            look.leaves.iter().filter(|leaf| !leaf.split('/').any(|name| name == "Ext")).map(whole).collect();
        let is_meant = |get: &Cmd<'_>| {
            let uri = target(*get);
            get.command.name == CommandName::Get
                && get.msg.id > tree.cmd.msg.id
                && is_plain_node(uri)
                && leaves.contains(plain(uri))
        };
        for get in commands(session).filter(is_meant).take(GETS) {
            let uri = target(get);
            let Some((answer, found)) = ended(get).filter(|(_, code)| matches!(code, 200 | 404)) else { continue };
            if !is_earlier(session, tree.cmd.msg.id, get.msg.id) || !is_untouched(session, plain(uri), tree.cmd, get) {
                continue;
            }
            let was_absent = wanted != Fate::Failed
                || seen_before(session, plain(uri), tree.cmd).is_some_and(|(_, code)| code == 404);
            if !was_absent {
                continue;
            }
            let occasion = cx.occasion(answer.at()).related(get.at()).related(status.at()).related(tree.cmd.at());
            let is_there = found == 200;
            if is_there == (wanted == Fate::Failed) {
                let seen = format!(
                    "{} of {}, a node of the tree in {}, which got {code}",
                    status_shown(answer),
                    quoted(uri),
                    shown(tree.cmd)
                );
                occasion.violated(seen, if is_there { "404, as before" } else { "200 with the value" });
            }
        }
    }
}

pub(super) static EXISTING: Rule = Rule {
    id: "TND-018",
    name: "tree-added-onto-existing-node",
    title: "A serialised tree cannot be added where a node is",
    clause: &[ADD],
    what: "An Add of a serialised tree whose top node has no name, so that the target is its node, does not get 200 where a Get of the target \
           got 200 in an earlier package. Trees with a named top node are not looked at: their target may be the node above. \
           Nothing is concluded behind another command on the node, an Exec or a lost message.",
    why: "What was there before is lost, or mixed with the new tree, and the server does not know.",
    mend: "Answer 418.",
    pass: &[onto!(" Status Add 418")],
    violate: &[onto!(" Status Add 200")],
    check: Check::Session(existing),
    ..WARNING
};

fn existing(session: &Session, cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for tree in evidence.trees.iter().take(FOLLOWED) {
        let is_named = tree.look().and_then(|look| look.top.as_deref()) != Some("");
        if is_named || tree.cmd.command.name != CommandName::Add {
            continue;
        }
        let (Some((status, code)), Some(path)) = (ended(tree.cmd), base(tree).filter(|path| !path.is_empty())) else {
            continue;
        };
        let Some((get, _)) = seen_before(session, path, tree.cmd).filter(|(_, code)| *code == 200) else { continue };
        let occasion = cx.occasion(status.at()).related(tree.cmd.at()).related(get.at());
        if code == 200 {
            let seen = format!("{} of {}, which was there", status_shown(status), quoted(path));
            occasion.violated(seen, "418");
        }
    }
}
