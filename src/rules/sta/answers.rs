//! Codes held against what is answered: Alerts, TNDS, Add, Exec, Sequence.

use super::common::{
    Answered, CONFIRMED, DREP, FIRST, FUMO, ONE_GET, PRO, STATUS, after_package_1, answered, inside, is_done,
    is_failure, is_inside, is_plain_node, is_tnds, last_status, opened, shown, status_shown, statuses,
};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{UriMatch, compare_uris, is_below, quoted};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope, Versions};
use crate::syncml::CommandName;
use std::collections::HashMap;

pub(super) static USER_INTERACTION: Rule = Rule {
    id: "STA-033",
    name: "user-interaction-refused-with-wrong-code",
    title: "A user interaction that is not supported is answered with 406",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2 User interaction alerts" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "A well-formed user interaction Alert (1100 to 1104) is not answered with 404 or 501. Other failing codes have reasons \
           of their own and are left alone.",
    why: "The server looks for a missing node or believes that the client knows no Alerts at all, and stops sending any.",
    mend: "Answer 406 to a user interaction that the device does not have.",
    pass: &[opened!(
        " Alert 1103 \"\" \"Choose\" \"Now\" \"Later\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 406",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Alert 1103 \"\" \"Choose\" \"Now\" \"Later\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 404",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(&[CommandName::Alert], user_interaction),
    ..Rule::MUST
};

fn user_interaction(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(alert) = answered(status) else { return };
    if !matches!(alert.code(), Some(1100..=1104)) {
        return;
    }
    let Some(code) = status.code().filter(|code| *code != 101) else { return };
    if !crate::rules::ui::is_sound(alert) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(alert.at());
    if matches!(code, 404 | 501) {
        occasion.violated(
            format!("{}, an Alert {}", status_shown(status), alert.text(alert.command.data)),
            "406 for an optional feature that is not supported",
        );
    }
}

pub(super) static TREE_NOT_SUPPORTED: Rule = Rule {
    id: "STA-034",
    name: "tnds-refused-with-wrong-code",
    title: "A serialised tree that is not supported is answered with 415",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.1 Add" }, Clause { document: DREP, section: "6.6.11 Replace" }],
    what: "An Add or Replace whose Type is a TNDS media type is not refused with 406, on a device that accepted none in the \
           session. 405 is an observation, since the node itself may forbid the command; every other code that a plain Add \
           may get is right.",
    why: "The server cannot tell that the format is the obstacle, and does not fall back to single Adds.",
    mend: "Answer 415 to a Type that the device does not process.",
    pass: &[opened!(
        " Add type=application/vnd.syncml.dmtnds+xml format=xml ./Vendor/A=<MgmtTree/>",
        "device",
        " Status SyncHdr 200",
        " Status Add 415",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Add type=application/vnd.syncml.dmtnds+xml format=xml ./Vendor/A=<MgmtTree/>",
        "device",
        " Status SyncHdr 200",
        " Status Add 406",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(tree_not_supported),
    ..Rule::MUST
};

fn tree_not_supported(session: &Session, cx: &mut Cx<'_>) {
    let mut accepts = false;
    let mut answers = Vec::new();
    for (id, entry) in session.sent_by(Direction::ServerToDevice).filter(|(_, entry)| entry.message.is_judgeable()) {
        let msg = Msg { session, id, entry };
        for cmd in msg.commands() {
            if matches!(cmd.command.name, CommandName::Add | CommandName::Replace)
                && cmd.items().iter().any(|item| is_tnds(cmd, item))
                && let Some((status, code)) = last_status(cmd)
            {
                accepts |= is_done(code) || code == 202;
                answers.push((cmd, status, code));
            }
        }
    }
    for (cmd, status, code) in answers {
        let occasion = cx.occasion(status.at()).related(cmd.at());
        if accepts || !matches!(code, 405 | 406) {
            occasion.held();
        } else if session.has_losses {
            occasion.undecided(Reason::MessageLost);
        } else if !session.start_seen {
            occasion.undecided(Reason::StartNotCaptured);
        } else {
            let seen = format!("{}, which holds a serialised tree", status_shown(status));
            let expected = "415 for a media type that is not supported";
            if code == 405 {
                occasion.violated_as(Severity::Info, seen, expected);
            } else {
                occasion.violated(seen, expected);
            }
        }
    }
}

pub(super) static FAILED_ADD: Rule = Rule {
    id: "STA-035",
    name: "failed-add-names-no-node",
    title: "The Status of a failed implicit Add names the node that failed",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.1 Add" }],
    what: "Where the Status of a failed Add of a node that may have lacked its parent has an Item, the Item names that node, or \
           one above it, in Target; a foreign node is a warning. A Status without an Item is accepted: whether parents had to \
           be created cannot be seen.",
    why: "The server does not learn how far the tree was built, and repeats the Add on a tree that is half there.",
    mend: "Put an Item with Target of the first node that could not be created into the Status.",
    pass: &[opened!(
        " Add ./Vendor/A/B/C=1",
        "device",
        " Status SyncHdr 200",
        " Status Add 500",
        " patch \"<Cmd>Add</Cmd><Data>500</Data>\" => \
         \"<Cmd>Add</Cmd><Data>500</Data><Item><Target><LocURI>./Vendor/A</LocURI></Target></Item>\"",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(" Add ./Vendor/A/B/C=1", "device", " Status SyncHdr 200", " Status Add 500 \"cannot create\"",)],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, failed_add),
    ..Rule::SHOULD
};

fn failed_add(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code) = status.code().filter(|code| is_failure(*code)) else { return };
    // Neither the missing rights nor the existing node has to do with parents.
    if matches!(code, 401 | 407 | 418 | 425) || status.items().is_empty() {
        return;
    }
    let Answered::Command(add) = answered(status) else { return };
    if add.command.name != CommandName::Add || add.items().len() != 1 {
        return;
    }
    let Some(target) = add.items().first().map(|item| add.text(item.target_uri)) else { return };
    // With two segments, `./A`, there is no parent that could be missing.
    if !is_plain_node(target) || crate::rules::helper::plain(target).split('/').count() < 2 {
        return;
    }
    let occasion = cx.occasion(status.at()).related(add.at());
    let expected = format!("an Item whose Target is {} or a node above it", quoted(target));
    let named = || status.items().iter().map(|item| status.text(item.target_uri));
    if named().all(str::is_empty) {
        occasion.violated(format!("{}, with an Item that has no Target", status_shown(status)), expected);
    } else if let Some(foreign) = named()
        .find(|uri| !uri.is_empty() && compare_uris(uri, target) == UriMatch::Different && !is_below(target, uri))
    {
        occasion.violated_as(
            Severity::Warning,
            format!("{}, with an Item for {}", status_shown(status), quoted(foreign)),
            expected,
        );
    }
}

pub(super) static GENERIC_ALERT: Rule = Rule {
    id: "STA-036",
    name: "generic-alert-answered-with-other-code",
    title: "A Generic Alert is answered with one of its codes",
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7 Generic Alert" }],
    what: "The Status of an Alert 1226 has 200, 202, 401, 407, 412, 415 or 500, or 213 for a chunk. 406, which another section \
           asks for, and 503 are warnings. Alerts that lack an Item, Type, Format or Data, or whose Type has no namespace, \
           may get any code.",
    why: "Devices keep an alert and send it again until they see a code that they know: results of updates arrive twice, or \
          never.",
    mend: "Answer 200, or 415 for a Type or Format and 412 for an incomplete Alert that the server cannot process.",
    pass: &[after_package_1!(
        " patch \"<Final/>\" => \"<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Source><LocURI>./Vendor/A</LocURI></Source>\
         <Meta><Format xmlns='syncml:metinf'>chr</Format><Type xmlns='syncml:metinf'>Reversed-Domain-Name: com.example.a</Type>\
         </Meta><Data>1</Data></Item></Alert><Final/>\"",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Status Replace 200",
        " Status Alert 200 ref=3",
    )],
    violate: &[
        "device\n Alert 1201\n Alert 1226 source=./Vendor/A type=\"Reversed-Domain-Name: com.example.a\" format=chr data=1\n\
         server\n Status SyncHdr 200\n Status Alert 200\n Status Alert 405\n",
    ],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(&[CommandName::Alert], generic_alert),
    ..Rule::MUST
};

fn generic_alert(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(alert) = answered(status) else { return };
    if alert.code() != Some(1226) {
        return;
    }
    let Some(code) = status.code().filter(|code| *code != 101) else { return };
    let is_chunk = alert.items().iter().any(|item| item.more_data.is_some());
    let goes_on = alert.msg.entry.is_continuation(alert.id);
    // A 213 without a chunk is reported as such.
    if (code == 213 && !is_chunk) || !(goes_on || is_sound_alert(alert)) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(alert.at());
    let seen = || format!("{}, a Generic Alert", status_shown(status));
    let expected = "200, 202, 401, 407, 412, 415 or 500";
    match code {
        200 | 202 | 213 | 401 | 407 | 412 | 415 | 500 => occasion.held(),
        406 | 503 => occasion.violated_as(Severity::Warning, seen(), expected),
        _ => occasion.violated(seen(), expected),
    }
}

/// Whether an Alert of the client has what its Items need: Type, Format and Data (OMA-TS-DM_Protocol-V1_2_1, section 8.7).
fn is_sound_alert(alert: Cmd<'_>) -> bool {
    let meta = |item: &crate::syncml::Item, tag| alert.text(alert.message().met_inf(item.meta, tag));
    !alert.items().is_empty()
        && alert.items().iter().all(|item| {
            item.data.is_some()
                && !meta(item, Tag::Format).is_empty()
                && crate::rules::alr::has_namespace(meta(item, Tag::Type))
        })
}

pub(super) static CLIENT_EVENT: Rule = Rule {
    id: "STA-037",
    name: "client-event-answered-with-other-code",
    title: "A client event is answered with 200 or 406",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.2 Alert" }],
    what: "The Status of an Alert 1224 has 200 or 406, or 401 or 407 where the whole message was refused. 202, 213 and 500 are an \
           observation. Alerts without an Item or its Type may get any code.",
    why: "The client does not know whether the event was taken, and sends it again in every session.",
    mend: "Answer 200 to an event that is known, 406 to one that is not.",
    pass: &["device\n Alert 1201\n Alert 1224 type=com.example:ready format=chr data=1\n\
         server\n Status SyncHdr 200\n Status Alert 200\n Status Alert 200\n"],
    violate: &["device\n Alert 1201\n Alert 1224 type=com.example:ready format=chr data=1\n\
         server\n Status SyncHdr 200\n Status Alert 200\n Status Alert 404\n"],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(&[CommandName::Alert], client_event),
    ..Rule::MUST
};

fn client_event(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(alert) = answered(status) else { return };
    if alert.code() != Some(1224) {
        return;
    }
    let Some(code) = status.code().filter(|code| *code != 101) else { return };
    let message = alert.message();
    let is_sound = !alert.items().is_empty()
        && alert
            .items()
            .iter()
            .all(|item| !message.text(message.effective_met_inf(alert.command, Some(item), Tag::Type)).is_empty());
    if !(is_sound || alert.msg.entry.is_continuation(alert.id)) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(alert.at());
    let seen = || format!("{}, a client event", status_shown(status));
    let expected = "200, or 406 for an event that the server does not know";
    match code {
        200 | 406 => occasion.held(),
        401 | 407 if alert.msg.entry.refused => occasion.held(),
        202 | 213 | 500 => occasion.violated_as(Severity::Info, seen(), expected),
        _ => occasion.violated(seen(), expected),
    }
}

pub(super) static ASYNCHRONOUS_EXEC: Rule = Rule {
    id: "STA-038",
    name: "asynchronous-exec-answered-200",
    title: "An Exec whose result comes later is answered with 202",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[
        Clause { document: DREP, section: "6.6.6 Exec" },
        Clause { document: FUMO, section: "Use of Generic Alert" },
    ],
    what: "An Exec with Correlator that a later Generic Alert reports on, with the same Correlator, was answered with 202. Within \
           one session 200 is an observation, since the operation may have been short; whether an alert follows in another \
           session is not looked at.",
    why: "After 200 the server takes the operation for done, and what the alert reports, a failed update for one, is lost.",
    mend: "Answer 202 when the outcome is reported by a Generic Alert, 200 when the operation has come to its end.",
    pass: &[opened!(
        " Exec ./Vendor/FW/Update correlator=c1",
        "device",
        " Status SyncHdr 200",
        " Status Exec 202",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Exec ./Vendor/FW/Update correlator=c1",
        "device",
        " Status SyncHdr 200",
        " Status Exec 200",
        " Alert 1226 correlator=c1 source=./Vendor/FW type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(asynchronous_exec),
    ..Rule::MUST
};

/// An Exec with Correlator that was answered with 200.
struct Finished<'s> {
    exec: Cmd<'s>,
    status: Cmd<'s>,
    /// The Generic Alert that reports on it.
    alert: Option<Cmd<'s>>,
}

fn asynchronous_exec(session: &Session, cx: &mut Cx<'_>) {
    let mut finished: HashMap<&str, Vec<Finished<'_>>> = HashMap::new();
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.message.is_judgeable()) {
        for cmd in (Msg { session, id, entry }).commands() {
            let correlator = cmd.text(cmd.command.correlator);
            if correlator.is_empty() {
                continue;
            }
            match cmd.command.name {
                CommandName::Exec if entry.is_server() => match last_status(cmd) {
                    Some((status, 202)) => cx.occasion(status.at()).related(cmd.at()).held(),
                    Some((status, 200)) => {
                        finished.entry(correlator).or_default().push(Finished { exec: cmd, status, alert: None });
                    }
                    _ => {}
                },
                CommandName::Alert if entry.is_client() && cmd.code() == Some(1226) => {
                    // The first alert is enough, and looked for once.
                    for Finished { exec, status, .. } in finished.remove(correlator).into_iter().flatten() {
                        report(Finished { exec, status, alert: Some(cmd) }, cx);
                    }
                }
                _ => {}
            }
        }
    }
    let mut rest: Vec<_> = finished.into_values().flatten().collect();
    rest.sort_by_key(|finished| finished.status.place());
    for finished in rest {
        report(finished, cx);
    }
}

fn report(finished: Finished<'_>, cx: &mut Cx<'_>) {
    let Finished { exec, status, alert } = finished;
    let occasion = cx.occasion(status.at()).related(exec.at());
    let Some(alert) = alert else { return occasion.undecided(Reason::NotVisible) };
    occasion.related(alert.at()).violated_as(
        Severity::Info,
        format!(
            "{}, and {} reports on Correlator {}",
            status_shown(status),
            shown(alert),
            quoted(exec.text(exec.command.correlator))
        ),
        "202 for an Exec whose outcome a Generic Alert reports",
    );
}

pub(super) static SEQUENCE: Rule = Rule {
    id: "STA-039",
    name: "sequence-begun-but-not-200",
    title: "A Sequence that was begun is answered with 200",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: DREP, section: "6.6.14 Sequence" }],
    what: "Where a child of a Sequence has a code that shows its execution (success, an answer of the user, or a failure of that \
           command alone), the Sequence has 200. Not looked at: 101, 401 and 407, and a Sequence in an Atomic that was \
           rolled back. 202 is a warning.",
    why: "The server takes the whole Sequence for failed and does all of it again.",
    mend: "Answer 200 for a Sequence that is supported, whatever becomes of its children.",
    pass: &[SEQUENCE_DONE],
    violate: &[opened!(
        " Sequence",
        "  Replace ./Vendor/A=1",
        "  Delete ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Sequence 500",
        " Status Replace 200",
        " Status Delete 404",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(&[CommandName::Sequence], sequence),
    ..Rule::MUST
};

/// A Sequence that works.
const SEQUENCE_DONE: &str = opened!(
    " Sequence",
    "  Replace ./Vendor/A=1",
    "  Delete ./Vendor/B",
    "device",
    " Status SyncHdr 200",
    " Status Sequence 200",
    " Status Replace 200",
    " Status Delete 404",
    "server",
    " Status SyncHdr 200",
);

fn sequence(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((status, code)) = last_status(container) else { return };
    if matches!(code, 401 | 407) || (is_inside(container, CommandName::Atomic) && matches!(code, 215 | 216 | 516)) {
        return;
    }
    // A failing code equal to that of the Sequence may have been given to all children without looking at them.
    let executed = inside(container)
        .filter(|child| child.command.parent == Some(container.id))
        .filter_map(last_status)
        .find(|(_, own)| shows_execution(*own) && (*own != code || code == 200));
    let Some((executed, _)) = executed else { return };
    let occasion = cx.occasion(status.at()).related(container.at()).related(executed.at());
    // A chunk inside keeps the Sequence open.
    if code == 200 || code == 213 {
        return occasion.held();
    }
    let seen = format!("{}, though one of its commands has {}", status_shown(status), status_shown(executed));
    if code == 202 {
        occasion.violated_as(Severity::Warning, seen, "200 for the Sequence");
    } else {
        occasion.violated(seen, "200 for the Sequence");
    }
}

/// Whether a command with that code was looked at itself, and not skipped or refused together with its container.
const fn shows_execution(code: u16) -> bool {
    is_done(code) || matches!(code, 202 | 213 | 214 | 304 | 404 | 408 | 418 | 420 | 424 | 425)
}

pub(super) static BYPASSED: Rule = Rule {
    id: "STA-040",
    name: "executed-after-user-refused",
    title: "Commands that the user had skipped are answered with 215",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[
        Clause { document: PRO, section: "10.2.2 Confirmation" },
        Clause { document: DREP, section: "6.6.14 Sequence" },
    ],
    what: "Inside a Sequence, every command after an Alert 1101 with Status 304, or after a user interaction with 214, has Status \
           215. An Alert directly in SyncBody skips nothing; a later command with a failing code of its own is a warning.",
    why: "The user said no, and the change was made all the same.",
    mend: "Skip the rest of the Sequence after a refusal, and answer 215 for each command in it.",
    pass: &[CONFIRMED],
    violate: &[opened!(
        " Sequence",
        "  Alert 1101 \"\" \"Update now?\"",
        "  Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Sequence 200",
        " Status Alert 304",
        " Status Replace 200",
    )],
    not_applicable: &[FIRST, ONE_GET, SEQUENCE_DONE],
    check: Check::Command(&[CommandName::Sequence], bypassed),
    ..Rule::MUST
};

fn bypassed(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let session = container.session();
    let mut refusal: Option<Cmd<'_>> = None;
    for child in inside(container) {
        if let Some(refusal) = refusal {
            for status in statuses(session, child.place()) {
                let Some(code) = status.code().filter(|code| *code != 101) else { continue };
                let occasion = cx.occasion(status.at()).related(child.at()).related(refusal.at());
                if code == 215 {
                    occasion.held();
                    continue;
                }
                let seen = format!("{}, behind {}", status_shown(status), status_shown(refusal));
                if matches!(code, 200..=299) {
                    occasion.violated(seen, "215 for every command behind it in the Sequence");
                } else {
                    occasion.violated_as(Severity::Warning, seen, "215 for every command behind it in the Sequence");
                }
            }
        } else if child.command.parent == Some(container.id) && child.command.name == CommandName::Alert {
            refusal = last_status(child).filter(|(_, code)| is_refusal(child, *code)).map(|(status, _)| status);
        }
    }
}

/// Whether the user refused or cancelled that Alert.
fn is_refusal(alert: Cmd<'_>, code: u16) -> bool {
    match alert.code() {
        Some(1101) => matches!(code, 214 | 304),
        Some(1100 | 1102..=1104) => code == 214,
        _ => false,
    }
}
