//! ACLs after the account of a server was deleted: PRP-032.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::{is_below, loose_uri, plain, quoted, without_query};
use super::super::known::{TND, value};
use super::super::rule::{Check, Clause, Judged, Rule, Scope};
use super::super::sta::common::{ONE_GET, is_tnds, last_status, opened, status_shown};
use super::{NO_ACLS, told};
use crate::base::Severity;
use crate::dm::Session;
use crate::syncml::CommandName;
use crate::tree::{Acl, Right};
use std::collections::BTreeMap;

/// A session in which an account is read and deleted, and the ACL of the root read.
macro_rules! account {
    ($acl:literal) => {
        opened!(
            " Get ./DMAcc/s1/ServerID",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DMAcc/s1/ServerID=srv-1",
            "server",
            " Status SyncHdr 200",
            " Delete ./DMAcc/s1",
            "device",
            " Status SyncHdr 200",
            " Status Delete 200",
            "server",
            " Status SyncHdr 200",
            " Get .?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $acl,
            "server",
            " Status SyncHdr 200",
        )
    };
}
const ACCOUNT_DELETED: &str = account!(" Results .?prop=ACL=Add=*&Get=*");

pub(super) static DELETED_ACCOUNT: Rule = Rule {
    id: "PRP-032",
    name: "deleted-server-in-acl",
    title: "With its account, a server goes out of every ACL",
    severity: Severity::Info,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.1.4 Deletion of DM Server Identifier" }],
    overrides: NO_ACLS,
    what: "Once a Delete of a DM account, whose ServerID the session showed, got 200, no ACL that a later message returns names that \
           server. Not looked at where the session showed another account with the same ServerID, or where accounts were added \
           since; whether there is one that the session did not show cannot be known, hence information.",
    why: "Whoever takes the identifier next has the rights of the server that is gone.",
    mend: "Take the identifier out of every ACL when the account is deleted; in the root, put * in its place.",
    pass: &[ACCOUNT_DELETED],
    violate: &[account!(" Results .?prop=ACL=Add=*&Get=*&Replace=srv-1")],
    not_applicable: &[ONE_GET],
    check: Check::Session(deleted_account),
    ..Rule::MUST
};

/// Accounts that are remembered of one session.
const ACCOUNTS: usize = 64;

fn deleted_account(session: &Session, cx: &mut Cx<'_>) {
    // Most sessions delete nothing.
    let deletes = |cmd: &crate::syncml::Command| cmd.name == CommandName::Delete;
    if !session.entries.iter().any(|entry| entry.is_server() && entry.message.commands.iter().any(deletes)) {
        return;
    }
    // By the path of the account: its ServerID, and the Status that says that it is gone.
    let mut accounts: BTreeMap<String, (String, Option<Cmd<'_>>)> = BTreeMap::new();
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.message.is_judgeable() && !entry.refused) {
        for cmd in (Msg { session, id, entry }).commands() {
            match cmd.command.name {
                CommandName::Results => {
                    for property in told(cmd, "ACL") {
                        judge_names(cmd, &property, &accounts, cx);
                    }
                    learn(cmd, &mut accounts);
                }
                CommandName::Add | CommandName::Replace if entry.is_server() => {
                    if cmd.items().iter().any(|item| is_tnds(cmd, item)) {
                        accounts.clear();
                    }
                    learn(cmd, &mut accounts);
                }
                CommandName::Delete => delete(cmd, &mut accounts),
                _ => {}
            }
        }
    }
}

/// Takes in the accounts whose ServerID some Items tell.
fn learn<'s>(cmd: Cmd<'s>, accounts: &mut BTreeMap<String, (String, Option<Cmd<'s>>)>) {
    for item in cmd.items() {
        let node = if cmd.command.name == CommandName::Results { item.source_uri } else { item.target_uri };
        let Some(account) = plain(cmd.text(node)).strip_suffix("/ServerID").map(loose_uri) else { continue };
        let id = value(cmd, item.data);
        if id.is_empty() {
            continue;
        }
        if accounts.len() < ACCOUNTS || accounts.contains_key(&account) {
            accounts.insert(account, (id.to_owned(), None));
        } else {
            // Another account may have any identifier.
            accounts.clear();
        }
    }
}

fn delete<'s>(cmd: Cmd<'s>, accounts: &mut BTreeMap<String, (String, Option<Cmd<'s>>)>) {
    let [item] = cmd.items() else { return };
    let is_executed = |cmd: Cmd<'_>| last_status(cmd).is_some_and(|(_, code)| code == 200);
    let Some((status, 200)) = last_status(cmd) else { return };
    if accounts.is_empty() || !cmd.containers().all(is_executed) {
        return;
    }
    let uri = cmd.text(item.target_uri);
    for (account, (_, deleted)) in accounts.iter_mut() {
        if *account == loose_uri(uri) || is_below(account, uri) {
            *deleted = Some(status);
        }
    }
}

fn judge_names(
    results: Cmd<'_>,
    property: &super::Property<'_>,
    accounts: &BTreeMap<String, (String, Option<Cmd<'_>>)>,
    cx: &mut Cx<'_>,
) {
    let is_kept = |id: &str| accounts.values().any(|(other, deleted)| other == id && deleted.is_none());
    let (acl, _) = Acl::parse(value(results, property.data));
    for (id, delete) in accounts.values().filter_map(|(id, delete)| Some((id, (*delete)?))) {
        // The ACL may have been read before the account was deleted, in the same package.
        let get = results.answered_message().map(|msg| msg.id);
        if is_kept(id) || get.is_none_or(|get| get <= delete.msg.id) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(property.data)).related(delete.at());
        let names =
            |right: Right| matches!(acl.of(right), Some(crate::tree::Grant::Servers(servers)) if servers.contains(id));
        if Right::ALL.into_iter().any(names) {
            let seen = format!(
                "the ACL of {} names {}, whose account is gone: {}",
                quoted(without_query(property.uri)),
                quoted(id),
                status_shown(delete)
            );
            occasion.violated(seen, "an ACL without it");
        }
    }
}
