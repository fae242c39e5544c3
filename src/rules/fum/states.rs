//! The states of a firmware update, one after the other: FUM-012, FUM-017.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::finding::At;
use super::super::helper::{UriMatch, compare_uris, is_below};
use super::super::mo::{Leaf, READ, accuse, leaves, typed};
use super::super::rule::{Check, Judged, Need, Rule, Scope};
use super::super::sta::common::{ONE_GET, last_status};
use super::STATE;
use crate::base::Severity;
use crate::dm::{AlertContent, EntryId, Session};
use crate::objects::{self, AlertRole, FUMO, Transition, is_success, uri_of};
use crate::syncml::CommandName;

const RESULTS: &[CommandName] = &[CommandName::Results];

/// The state, read twice with an Exec in between.
macro_rules! read_twice {
    ($first:literal, $between:literal, $answer:literal, $second:literal) => {
        typed!(
            "./F",
            "urn:oma:mo:oma-fumo:1.0",
            " Get ./F/State\n",
            concat!(
                " Status Get 200\n Results ./F/State=",
                $first,
                " format=int\nserver\n Status SyncHdr 200\n",
                $between,
                " Get ./DevDetail/SwV\ndevice\n Status SyncHdr 200\n",
                $answer,
                " Status Get 200\n Results ./DevDetail/SwV=1\nserver\n Status SyncHdr 200\n Get ./F/State\n\
                 device\n Status SyncHdr 200\n Status Get 200\n Results ./F/State=",
                $second,
                " format=int\n"
            )
        )
    };
}

pub(super) static TRANSITIONS: Rule = Rule {
    id: "FUM-012",
    name: "firmware-state-impossible",
    title: "The states of a firmware update follow each other as the state diagram has it",
    judged: Judged::Client,
    scope: Scope::CrossSession,
    clause: &[STATE],
    needs: &[Need::NoLoss],
    what: "Of two states of a firmware object that the client gives in one session, in two messages, the second can be reached from the first: \
           by what the device does on its own, and by every operation that was started on the object before, in the session or in an earlier \
           one that is known. The server may miss states. Left out where the object was added, deleted or moved in between.",
    why: "The server takes an update for one that has not begun, or starts it again.",
    mend: "Keep to the state diagram; clean up through the states that lead to Idle.",
    pass: &[
        read_twice!("50", " Exec ./F/Update\n", " Status Exec 202\n", "60"),
        read_twice!("100", " Exec ./F/DownloadAndUpdate\n", " Status Exec 202\n", "80"),
    ],
    violate: &[read_twice!("100", "", "", "60"), read_twice!("80", " Exec ./F/Update\n", " Status Exec 405\n", "70")],
    not_applicable: &[ONE_GET],
    check: Check::Command(RESULTS, transitions),
    ..READ
};

/// What was done to an object before a message: names of the operations that were started and not refused; an empty name for
/// a new package. `None` where the object itself changed since an earlier message.
fn done(session: &Session, root: &str, since: EntryId, before: EntryId) -> Option<Vec<&'static str>> {
    let mut done = Vec::new();
    let operation = |uri: &str| {
        let (over, name) = uri.rsplit_once('/')?;
        let mut known = FUMO.operations().map(|(node, _)| node.name());
        let is_here = compare_uris(over, root) != UriMatch::Different;
        known.find(|own| is_here && own.eq_ignore_ascii_case(name))
    };
    let earlier = session.past().sessions().flat_map(|earlier| earlier.execs());
    done.extend(earlier.filter_map(|exec| operation(&exec.uri)));
    for (id, entry) in
        session.entries_with_ids().take_while(|(id, _)| *id < before).filter(|(_, entry)| entry.is_server())
    {
        let msg = Msg { session, id, entry };
        for cmd in msg.commands() {
            let is_refused = last_status(cmd).is_some_and(|(_, code)| code >= 300 || code == 215);
            for item in cmd.items().iter().filter(|_| !is_refused) {
                let uri = cmd.text(item.target_uri);
                match cmd.command.name {
                    CommandName::Exec => done.extend(operation(uri)),
                    CommandName::Add | CommandName::Delete | CommandName::Copy | CommandName::Replace => {
                        let is_data = uri.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("PkgData"));
                        if is_data && is_below(uri, root) {
                            done.push("");
                        } else if id >= since && (compare_uris(uri, root) != UriMatch::Different || is_below(root, uri))
                        {
                            return None;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    Some(done)
}

/// The value of the same leaf that an earlier message gave.
fn before<'s>(cmd: Cmd<'s>, leaf: &Leaf<'_>) -> Option<(EntryId, At, &'s str)> {
    let session = cmd.session();
    let mut last = None;
    for (id, entry) in session.entries_with_ids().take_while(|(id, _)| *id < cmd.msg.id) {
        if !entry.is_client() || entry.refused {
            continue;
        }
        let msg = Msg { session, id, entry };
        for other in msg.commands().filter(|other| other.command.name == CommandName::Results) {
            for item in other.items() {
                let uri = uri_of(session, other.message(), other.id, other.command, item, other.place());
                if !uri.contains('?') && compare_uris(uri, leaf.uri) != UriMatch::Different {
                    last = Some((id, other.at(), other.text(item.data)));
                }
            }
        }
    }
    last
}

fn transitions(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &FUMO).into_iter().filter(|leaf| leaf.is(&["State"])) {
        let Some((since, at, first)) = before(cmd, &leaf) else { continue };
        let step = FUMO.transitions.iter().find(|step| step.from == first);
        let is_known = leaf.node.values.iter().any(|one| one.value == leaf.value);
        let Some(step) = step.filter(|_| is_known) else { continue };
        let Some(done) = done(cmd.session(), &leaf.root, since, cmd.msg.id) else { continue };
        let occasion = cx.occasion(leaf.at).related(at);
        if !may_follow(step, leaf.value, &done) {
            let seen = format!("{} is {} after {first}", leaf.uri, leaf.value);
            accuse(
                occasion,
                (Severity::Warning, leaf.sureness),
                seen,
                format!("one of {}", reachable(step, &done).join(", ")),
            );
        }
    }
}

/// States that may come next.
fn reachable(step: &Transition, done: &[&str]) -> Vec<&'static str> {
    let after = step.after.iter().filter(|(name, _)| done.contains(name)).flat_map(|(_, states)| states.iter());
    let mut all: Vec<&'static str> = step.alone.iter().chain(after).copied().collect();
    all.sort_by_key(|state| state.parse::<u16>().unwrap_or_default());
    all.dedup();
    all
}

fn may_follow(step: &Transition, next: &str, done: &[&str]) -> bool {
    // A download that is under way may be one that the update follows without another command.
    let goes_on = matches!(step.from, "30" | "40" | "50") && (done.is_empty() || done.contains(&"DownloadAndUpdate"));
    goes_on || reachable(step, done).contains(&next)
}

/// An alert about an update, and the state that is read then.
macro_rules! agreeing {
    ($code:literal, $state:literal) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            " Alert 1226 source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int mark=warning data=",
            $code,
            "\nserver\n Status SyncHdr 200\n Status * 200\n Get ./F/State\n\
             device\n Status SyncHdr 200\n Status Get 200\n Results ./F/State=",
            $state,
            " format=int\n"
        )
    };
}

pub(super) static AGREES: Rule = Rule {
    id: "FUM-017",
    name: "firmware-state-against-result",
    title: "The state of a firmware update agrees with the result that was told",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[STATE],
    needs: &[Need::NoLoss],
    what: "A state that is read after the alert about the object, in the same session, with no Exec on the object in between, agrees with its \
           result code: after success of an update not 20, 70 or 80; after failure of an update not 90 or 100; after success of a download \
           not 20.",
    why: "The server cannot tell whether the device has the new firmware.",
    mend: "Set State before the alert is sent.",
    pass: &[agreeing!("200", "100")],
    violate: &[agreeing!("200", "80"), agreeing!("410", "100")],
    not_applicable: &[ONE_GET],
    check: Check::Command(RESULTS, agrees),
    ..READ
};

fn agrees(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &FUMO).into_iter().filter(|leaf| leaf.is(&["State"])) {
        let Some((name, code, at)) = last_result(cmd, &leaf.root) else { continue };
        let occasion = cx.occasion(leaf.at).related(at);
        let is_wrong = match (name, is_success(code)) {
            ("Download", true) => leaf.value == "20",
            ("Download", false) => false,
            (_, true) => matches!(leaf.value, "20" | "70" | "80"),
            (_, false) => matches!(leaf.value, "90" | "100"),
        };
        if is_wrong {
            let seen = format!("{} after an alert with result code {code} of {name}", leaf.shown());
            let expected = if is_success(code) { "a state without failure" } else { "a state without success" };
            accuse(occasion, (Severity::Warning, leaf.sureness), seen, expected);
        }
    }
}

/// The alert about an object that was the last to tell of the end of an operation, where no Exec followed it.
fn last_result(cmd: Cmd<'_>, root: &str) -> Option<(&'static str, u16, At)> {
    let session = cmd.session();
    let mut last = None;
    for (id, entry) in session.entries_with_ids().take_while(|(id, _)| *id < cmd.msg.id) {
        let msg = Msg { session, id, entry };
        for other in msg.commands() {
            if entry.is_server() {
                let touches = |item: &crate::syncml::Item| is_below(other.text(item.target_uri), root);
                let is_read = matches!(other.command.name, CommandName::Get | CommandName::Status);
                if !is_read && other.items().iter().any(touches) {
                    last = None;
                }
                continue;
            }
            let Some(content) = AlertContent::of(other.message(), other.command).filter(|_| !entry.refused) else {
                continue;
            };
            let Some((_, kind)) = objects::by_alert(&content.kind).filter(|(object, _)| *object == &FUMO) else {
                continue;
            };
            let is_here = compare_uris(&content.source, root) != UriMatch::Different || is_below(&content.source, root);
            if let (AlertRole::Result(name), Some(code), true) = (kind.role, content.result, is_here) {
                last = Some((name, code, other.at()));
            }
        }
    }
    last
}
