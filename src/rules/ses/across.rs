//! What one session has to do with others of the same device and server: SES-005, SES-011, SES-012.

use super::PACKAGES;
use crate::base::Severity;
use crate::dm::{Earlier, EntryId, Profile, Session};
use crate::rules::address::{Address, path_of};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::operation::{self, is_known_since, known, told};
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{CREP, DREP, FIRST, FUMO, ONE_GET, message_at, package_1};

const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];
const BEGINNING: EntryId = EntryId(0);

/// Sessions that a device may have before what it accepted for later is asked after.
const PATIENCE: usize = 4;

/// A session that does nothing.
macro_rules! idle {
    ($id:literal) => {
        concat!("session session=", $id, "\n", package_1!(), "server\n Status SyncHdr 200\n Status * 200\n")
    };
}

pub(super) static ONE_AT_A_TIME: Rule = Rule {
    id: "SES-005",
    name: "sessions-in-parallel",
    title: "A client has one session with a server at a time",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::CrossSession,
    source: Source::Memory,
    clause: &[PACKAGES],
    needs: &[Need::Start],
    overrides: NOT_WINDOWS,
    what: "No message of an earlier session of the same device with the same server comes after a session has begun. Not looked at for \
           Windows clients, which have one session for the device and one for each user. Undecided where not all earlier sessions are \
           known.",
    why: "Both sessions change the same nodes, and neither server process knows of the other.",
    mend: "End the session, or abort it with Alert 1223, before opening another one with that server.",
    pass: &[ONE_GET],
    violate: &[concat!(
        "session session=1\n",
        package_1!(),
        "server\n Status SyncHdr 200\n Status * 200\n Get ./A\n",
        "session session=2\n",
        package_1!(),
        "server\n Status SyncHdr 200\n Status * 200\n",
        "session session=1\ndevice msg=2\n Status SyncHdr 200 msgref=1\n Status Get 404 msgref=1 ref=4\n",
        "server msg=2\n Status SyncHdr 200\n",
    )],
    not_applicable: &[FIRST],
    check: Check::Session(one_at_a_time),
    ..Rule::SHOULD
};

fn one_at_a_time(session: &Session, cx: &mut Cx<'_>) {
    // A session of one message has nothing that another one could fall into.
    let Some(first) = message_at(session, BEGINNING).filter(|_| session.entries.len() > 1) else { return };
    let past = cx.past();
    let begun = session.first_frame;
    let beside = past.sessions().rev().find(|earlier| earlier.frames().is_some_and(|(_, last)| last > begun));
    let occasion = cx.occasion(first.at());
    if let Some(beside) = beside {
        let seen = format!(
            "a session began while that with SessionID {} was under way, which went on afterwards",
            quoted(&beside.session_id)
        );
        occasion.violated(seen, "one session at a time");
    } else if !past.is_complete() {
        occasion.undecided(Reason::PastNotKnown);
    }
}

pub(super) static ENDS_TOLD: Rule = Rule {
    id: "SES-011",
    name: "end-of-operation-never-told",
    title: "What was accepted with 202 is reported in a later session",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[
        Clause { document: FUMO, section: "Exec, Generic Alert" },
        Clause { document: DREP, section: "6.6.6 Exec" },
    ],
    overrides: NOT_WINDOWS,
    what: "An Exec was accepted with 202: a Generic Alert with its Correlator, or from its node or the object that has it, comes in that \
           session or in one of the four sessions behind it. Operations may take longer, hence only information. Undecided where one of \
           these sessions was captured only in part.",
    why: "The server never learns whether the update, say, was done.",
    mend: "Send the Alert in package 1 of the first session after the end of the operation; keep the Correlator over restarts.",
    pass: &[include_str!("../../../tests/fixtures/s14.dms")],
    violate: &[concat!(
        "session session=1\n",
        package_1!(),
        "server\n Status SyncHdr 200\n Status * 200\n Exec ./Vendor/Job/Run correlator=job-7\n",
        "device\n Status SyncHdr 200\n Status Exec 202\nserver\n Status SyncHdr 200\n",
        idle!("2"),
        idle!("3"),
        idle!("4"),
        idle!("5"),
    )],
    not_applicable: &[ONE_GET, concat!(idle!("1"), idle!("2"))],
    check: Check::Session(ends_told),
    ..Rule::MUST
};

fn ends_told(session: &Session, cx: &mut Cx<'_>) {
    let past = cx.past();
    let count = past.sessions().count();
    let operations = known(session, past, BEGINNING);
    if operations.iter().all(|operation| operation.accepted != Some(true)) {
        return;
    }
    let before = told(session, past, BEGINNING);
    let is_ended =
        |operation: &operation::Operation<'_>| before.iter().any(|(alert, frame)| operation.is_ended_by(alert, *frame));
    let open: Vec<_> =
        operations.iter().filter(|operation| operation.accepted == Some(true) && !is_ended(operation)).collect();
    let mut ended = vec![false; open.len()];
    for (id, entry) in session.entries_with_ids() {
        let msg = Msg { session, id, entry };
        for alert in msg.commands() {
            let Some(content) = operation::content(alert, cx) else { continue };
            let frame = entry.frames.last().copied().unwrap_or(session.first_frame);
            for (operation, ended) in open.iter().zip(&mut ended) {
                if operation.is_ended_by(&content, frame) && !std::mem::replace(ended, true) {
                    cx.occasion(alert.at()).held();
                }
            }
        }
    }
    let Some(due) = count.checked_sub(PATIENCE) else { return };
    for (operation, ended) in open.iter().zip(ended) {
        if ended || operation.session != Some(due) {
            continue;
        }
        let occasion = cx.occasion(At { entry: BEGINNING, command: None, node: None });
        if !is_known_since(past, due) {
            occasion.undecided(Reason::PastNotKnown);
        } else if !session.start_seen {
            occasion.undecided(Reason::StartNotCaptured);
        } else if session.has_losses {
            occasion.undecided(Reason::MessageLost);
        } else {
            let correlator =
                operation.correlator.map_or_else(String::new, |one| format!(" with Correlator {}", quoted(one)));
            let began = past.sessions().nth(due).map_or("", |earlier| earlier.session_id.as_str());
            let seen = format!(
                "nothing was told of the Exec on {}{correlator}, accepted with 202 in the session {}, {PATIENCE} sessions ago",
                quoted(operation.uri),
                quoted(began)
            );
            occasion.violated(seen, "a Generic Alert that tells of its end");
        }
    }
}

pub(super) static RESP_URI_KEPT: Rule = Rule {
    id: "SES-012",
    name: "resp-uri-outlives-session",
    title: "RespURI does not outlive its session",
    judged: Judged::Client,
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::CrossSession,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "6.1 RespURI" }],
    needs: &[Need::Start, Need::Transport],
    what: "The first message of a session does not go to a RespURI of the session before, where that differs from the address at which \
           the session before began. Not looked at where the server never accepted a message of it: the client may be trying again. \
           Undecided where it was captured only in part and none of its RespURIs fits.",
    why: "The key of an ended session is in the address; the server refuses the new one, or mixes the two up.",
    mend: "Begin each session at the address of the account.",
    pass: &[concat!(
        "session session=1\n",
        package_1!(),
        "server respuri=https://dm.example.com/dm?sid=7\n Status SyncHdr 200\n Status * 200\n Get ./A\n",
        "device url=/dm?sid=7\n Status SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 200\n",
        idle!("2"),
    )],
    violate: &[concat!(
        "session session=1\n",
        package_1!(),
        "server respuri=https://dm.example.com/dm?sid=7\n Status SyncHdr 200\n Status * 200\n Get ./A\n",
        "device url=/dm?sid=7\n Status SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 200\n",
        "session session=2\n",
        "device url=/dm?sid=7\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\n",
        "server\n Status SyncHdr 200\n Status * 200\n",
    )],
    not_applicable: &[ONE_GET, concat!(idle!("1"), idle!("2"))],
    check: Check::Session(resp_uri_kept),
    ..Rule::SHOULD
};

fn resp_uri_kept(session: &Session, cx: &mut Cx<'_>) {
    let Some(first) = message_at(session, BEGINNING).filter(|first| first.entry.is_client()) else { return };
    let Some(sent) = first.entry.transport.as_ref().and_then(Address::of_request) else { return };
    let Some(previous) = cx.past().previous().filter(|previous| previous.accepted && !previous.resp_uris.is_empty())
    else {
        return;
    };
    let windows = cx.profile() == Profile::MsMdm;
    let is_same = |a: &Address<'_>, b: &Address<'_>| {
        let authorities = a.authority.as_ref().zip(b.authority.as_ref());
        path_of(a.path, windows) == path_of(b.path, windows) && authorities.is_none_or(|(a, b)| a == b)
    };
    let Some(usual) = previous.address.as_deref().and_then(Address::of_uri) else {
        return cx.occasion(first.at()).undecided(Reason::PastNotKnown);
    };
    // A RespURI that is the usual address says nothing.
    let given = |uri: &&String| Address::of_uri(uri).is_some_and(|given| !is_same(&given, &usual));
    let own: Vec<&String> = previous.resp_uris.iter().filter(given).collect();
    if own.is_empty() {
        return;
    }
    let kept = own.iter().find(|uri| Address::of_uri(uri).is_some_and(|given| is_same(&given, &sent)));
    let occasion = cx.occasion(first.at());
    if let Some(kept) = kept {
        let seen =
            format!("a session begins at {}, the RespURI {} of the session before", quoted(sent.path), quoted(kept));
        occasion.violated(seen, format!("a request to {}", quoted(usual.path)));
    } else if is_in_part(previous) {
        occasion.undecided(Reason::PastNotKnown);
    }
}

/// Whether a RespURI of a session may have been missed.
fn is_in_part(earlier: &Earlier) -> bool {
    !earlier.whole || earlier.shortened
}
