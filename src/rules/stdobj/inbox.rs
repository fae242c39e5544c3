//! The Inbox: STD-022.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{plain, quoted, without_query};
use super::super::rule::{Check, Clause, Judged, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, is_tnds, opened, shown};
use super::super::tnd::{self, Kind};
use super::STDOBJ;
use crate::base::Severity;
use crate::dm::Session;
use crate::markup::Tag;
use crate::rules::cx::Msg;
use crate::syncml::CommandName;

/// An object that is added to the Inbox: what stands in its Type.
macro_rules! adding {
    ($kind:literal) => {
        concat!(
            opened!(),
            " Add ./Inbox=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>",
            "<Format><node/></Format><Type>",
            $kind,
            "</Type></RTProperties></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\n",
            "device\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}

pub(super) static ADD_ONLY: Rule = Rule {
    id: "STD-022",
    name: "inbox-used-otherwise",
    title: "Objects with a Type are added to the Inbox, and nothing else is done there",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: STDOBJ, section: "5.3.4 The Inbox URI" }],
    what: "No Replace, Delete, Exec or Copy names ./Inbox or a node below it, and what an Add puts there is a management object: a \
           serialised tree whose top nodes have a DDFName, or an interior node with a Type. Gets are for the client to refuse.",
    why: "The device places what comes through the Inbox by its Type; it cannot place this, or finds nothing there.",
    mend: "Add the object in one serialised tree with its identifier in Type.",
    pass: &[adding!("<DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName>")],
    violate: &[opened!(" Delete ./Inbox/A"), opened!(" Add ./Inbox/A=x format=chr"), adding!("<DDFName/>")],
    not_applicable: &[ONE_GET],
    check: Check::Session(add_only),
    ..Rule::MUST
};

fn is_inbox(uri: &str) -> bool {
    let path = plain(without_query(uri)).trim_end_matches('/');
    path == "Inbox" || path.starts_with("Inbox/")
}

fn add_only(session: &Session, cx: &mut Cx<'_>) {
    tnd::judge(Kind::InboxType, cx);
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.is_server()) {
        if !entry.message.is_judgeable() {
            continue;
        }
        for cmd in (Msg { session, id, entry }).commands() {
            command(cmd, cx);
        }
    }
}

fn command(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    use CommandName::{Add, Copy, Delete, Exec, Replace};
    if !matches!(cmd.command.name, Add | Copy | Delete | Exec | Replace) || cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if !is_inbox(uri) {
            continue;
        }
        let expected = "an Add of an object with its identifier in Type";
        if cmd.command.name != Add {
            cx.occasion(cmd.at_node(item.node)).violated(format!("{} of {}", shown(cmd), quoted(uri)), expected);
            continue;
        }
        // What is in a tree is looked at with the tree.
        if is_tnds(cmd, item) {
            continue;
        }
        let met_inf = |tag| cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), tag));
        let is_object = met_inf(Tag::Format).eq_ignore_ascii_case("node") && !met_inf(Tag::Type).is_empty();
        let occasion = cx.occasion(cmd.at_node(item.node));
        // A node of an object that the same server puts there node by node.
        let is_inside = plain(uri).trim_end_matches('/').matches('/').count() > 1;
        if !is_object && !is_inside {
            let seen = format!("{} of {} that is no object with a Type", shown(cmd), quoted(uri));
            occasion.violated(seen, expected);
        }
    }
}
