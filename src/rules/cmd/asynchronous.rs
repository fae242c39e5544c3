//! The Correlator that ties a Generic Alert to its Exec: CMD-037, CMD-038.

use crate::base::Severity;
use crate::dm::{AlertContent, EntryId, Past, Profile, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{UriMatch, compare_uris, is_below, quoted};
use crate::rules::operation::{self, Operation, is_known_since, known, told};
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use crate::rules::sta::common::{DREP, FUMO, ONE_GET, PRO, is_done, last_status, shown};
use crate::syncml::CommandName;

const CORRELATOR: Clause = Clause { document: PRO, section: "8.7.1 Correlator" };
const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// A session in which an Exec is accepted, and a later one with a Generic Alert; the server adds what the Exec is for.
macro_rules! later_told {
    ($add:literal, $exec:literal, $alert:literal) => {
        concat!(
            "session session=1\n",
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n",
            $add,
            "device\n Status SyncHdr 200\n",
            " Status * 200\n",
            "server\n Status SyncHdr 200\n",
            $exec,
            "device\n Status SyncHdr 200\n Status * 202\nserver\n Status SyncHdr 200\n",
            "session session=2\n",
            $crate::rules::sta::common::package_1!(),
            $alert,
            "server\n Status SyncHdr 200\n Status * 200\n"
        )
    };
}

pub(super) static ECHOED: Rule = Rule {
    id: "CMD-037",
    name: "asynchronous-alert-with-other-correlator",
    title: "The Alert about an asynchronous operation has the Correlator of its Exec",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[
        Clause { document: DREP, section: "6.6.2 Alert" },
        CORRELATOR,
        Clause { document: FUMO, section: "Generic Alert" },
    ],
    overrides: NOT_WINDOWS,
    what: "An Exec with Correlator was accepted with 202, in this session or in an earlier one of the same device and server, and no \
           Generic Alert has told of its end yet: a Generic Alert whose Source is its node, or the object that has it, carries the \
           Correlator of an Exec that was seen. An error where the node was added in the capture, so that every Exec of it is known; \
           else a warning, since one from before the capture may be the one that ends. No Correlator at all is a warning, and \
           allowed for what the user asked for. Undecided where a session since the Exec was captured only in part, or went on at the \
           same time. Windows does not support the element.",
    why: "The server cannot tell which of its operations has ended, and waits for this one for ever.",
    mend: "Keep the Correlator of the Exec, over restarts too, and send it with the result.",
    pass: &[
        later_told!(
            " Replace ./Vendor/A=1\n",
            " Exec ./Vendor/Job/Run correlator=job-7\n",
            " Alert 1226 source=./Vendor/Job type=org.example.job format=chr data=done correlator=job-7\n"
        ),
        include_str!("../../../tests/fixtures/s14.dms"),
    ],
    violate: &[
        later_told!(
            " Add ./Vendor/Job/Run\n",
            " Exec ./Vendor/Job/Run correlator=job-7\n",
            " Alert 1226 source=./Vendor/Job/Run type=org.example.job format=chr data=done correlator=job-8\n"
        ),
        later_told!(
            " Replace ./Vendor/A=1\n",
            " Exec ./Vendor/Job/Run correlator=job-7\n",
            " Alert 1226 source=./Vendor/Job type=org.example.job format=chr data=done\n"
        ),
    ],
    not_applicable: &[
        ONE_GET,
        later_told!(
            " Replace ./Vendor/A=1\n",
            " Exec ./Vendor/Job/Run correlator=job-7\n",
            " Alert 1226 source=./Vendor/Fan type=org.example.fan format=chr data=slow\n"
        ),
    ],
    check: Check::Command(&[CommandName::Alert], echoed),
    ..Rule::MUST
};

/// The Execs with Correlator that an Alert with this Source may tell the end of: accepted, as far as is known, and not ended yet.
fn open_on<'s>(
    operations: &[Operation<'s>],
    source: &str,
    session: &Session,
    past: &Past,
    before: EntryId,
) -> Vec<Operation<'s>> {
    let told = told(session, past, before);
    let is_open = |operation: &&Operation<'s>| {
        operation.correlator.is_some()
            && operation.accepted != Some(false)
            && operation.is_of(source)
            && !told.iter().any(|(alert, frame)| operation.is_ended_by(alert, *frame))
    };
    operations.iter().filter(is_open).copied().collect()
}

/// Whether what an Alert says was asked for by the user, and not by a server (OMA-TS-DM-FUMO-V1_0, alert types).
fn is_of_user(alert: &AlertContent) -> bool {
    let kind = alert.kind.to_ascii_lowercase();
    kind.contains("userrequest") || kind.contains("user-request")
}

fn echoed(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(content) = operation::content(alert, cx) else { return };
    let (session, past) = (alert.session(), cx.past());
    let operations = known(session, past, alert.msg.id);
    let own = content.correlator.as_deref();
    let is_meant = |operation: &Operation<'_>| operation.correlator == own && operation.accepted == Some(true);
    if own.is_some() && operations.iter().any(is_meant) {
        return cx.occasion(alert.at_node(alert.command.correlator)).held();
    }
    let open = open_on(&operations, &content.source, session, past, alert.msg.id);
    let Some(oldest) = open.first() else { return };
    if own.is_none() && is_of_user(&content) {
        return;
    }
    let mut occasion = cx.occasion(alert.at_node(alert.command.correlator));
    if own.is_some() && operations.iter().any(|operation| operation.correlator == own) {
        return occasion.held();
    }
    if let Some(reason) = unknown_since(oldest.session, alert.msg, past) {
        return occasion.undecided(reason);
    }
    if open.iter().any(|operation| operation.accepted.is_none()) {
        return occasion.undecided(Reason::PastNotKnown);
    }
    if let Some(exec) = open.iter().find_map(|operation| operation.exec) {
        occasion = occasion.related(exec.at());
    }
    let wanted: Vec<String> = open.iter().filter_map(|operation| operation.correlator).map(quoted).collect();
    let expected = format!("Correlator {}", wanted.join(" or "));
    match own {
        None => {
            let seen = format!("{} from {} without Correlator", shown(alert), quoted(&content.source));
            occasion.violated_as(Severity::Warning, seen, expected);
        }
        Some(own) => {
            let seen = format!("Correlator {} of {} from {}", quoted(own), shown(alert), quoted(&content.source));
            if open.iter().all(|operation| is_added(operation.uri, session, past, alert.msg.id)) {
                occasion.violated(seen, expected);
            } else {
                occasion.violated_as(Severity::Warning, seen, expected);
            }
        }
    }
}

/// Why what came between an Exec of a session and an Alert is not known as a whole.
fn unknown_since(session: Option<usize>, msg: Msg<'_>, past: &Past) -> Option<Reason> {
    if session.is_some_and(|session| !is_known_since(past, session)) || !past.is_complete() || past.is_interleaved() {
        return Some(Reason::PastNotKnown);
    }
    if session.is_some() && !msg.session.start_seen {
        return Some(Reason::StartNotCaptured);
    }
    (!msg.session.is_whole_between(EntryId(0), msg.id)).then_some(Reason::MessageLost)
}

/// Whether a node, or one above it, was added before a message: everything that was ever done to it is in the capture.
fn is_added(uri: &str, session: &Session, past: &Past, before: EntryId) -> bool {
    let is_meant = |added: &str| compare_uris(added, uri) != UriMatch::Different || is_below(uri, added);
    let earlier = past.sessions().flat_map(|earlier| earlier.added()).any(|node| is_meant(&node.uri));
    earlier
        || session.entries_with_ids().take_while(|(id, _)| *id < before).any(|(id, entry)| {
            let msg = Msg { session, id, entry };
            entry.is_server()
                && msg.commands().any(|add| {
                    add.command.name == CommandName::Add
                        && add.items().iter().any(|item| is_meant(add.text(item.target_uri)))
                        && last_status(add).is_some_and(|(_, code)| is_done(code))
                })
        })
}

pub(super) static UNSOLICITED: Rule = Rule {
    id: "CMD-038",
    name: "unsolicited-alert-with-correlator",
    title: "An Alert that nothing asked for has no Correlator",
    judged: Judged::Client,
    level: Level::ShouldNot,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[CORRELATOR, Clause { document: FUMO, section: "Generic Alert" }],
    overrides: NOT_WINDOWS,
    what: "The Correlator of a Generic Alert is that of an Exec that was seen before. Decided against the client only where the node that \
           the Alert names was added in the capture, so that every Exec of it is known; undecided else. Where an Exec with Correlator \
           on the same object is open, another rule speaks.",
    why: "The server looks for an operation that it never asked for, and drops the event.",
    mend: "Send a Correlator only in the Alert about an Exec that had one.",
    pass: &[include_str!("../../../tests/fixtures/s14.dms")],
    violate: &[later_told!(
        " Add ./Vendor/Fan\n",
        " Exec ./Vendor/Job/Run correlator=job-7\n",
        " Alert 1226 source=./Vendor/Fan type=org.example.fan format=chr data=slow correlator=job-8\n"
    )],
    not_applicable: &[
        ONE_GET,
        later_told!(
            " Replace ./Vendor/A=1\n",
            " Exec ./Vendor/Job/Run correlator=job-7\n",
            " Alert 1226 source=./Vendor/Job type=org.example.job format=chr data=done correlator=job-8\n"
        ),
    ],
    check: Check::Command(&[CommandName::Alert], unsolicited),
    ..Rule::SHOULD
};

fn unsolicited(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(content) = operation::content(alert, cx) else { return };
    let Some(own) = content.correlator.as_deref() else { return };
    let (session, past) = (alert.session(), cx.past());
    let operations = known(session, past, alert.msg.id);
    let is_asked_for = operations.iter().any(|operation| operation.correlator == Some(own));
    if !is_asked_for && !open_on(&operations, &content.source, session, past, alert.msg.id).is_empty() {
        return;
    }
    let occasion = cx.occasion(alert.at_node(alert.command.correlator));
    if is_asked_for {
        return occasion.held();
    }
    if content.source.is_empty() || !is_added(&content.source, session, past, alert.msg.id) {
        return occasion.undecided(Reason::PastNotKnown);
    }
    let oldest = past.previous().is_some().then_some(0);
    if let Some(reason) = unknown_since(oldest, alert.msg, past) {
        return occasion.undecided(reason);
    }
    let seen =
        format!("Correlator {} of {} from {}, and no Exec had it", quoted(own), shown(alert), quoted(&content.source));
    occasion.violated(seen, "no Correlator");
}
