//! Package 1: the session Alert, and the package that is sent again after a challenge.

use super::device_info::carries_device_information;
use super::{MID_SESSION, PACKAGE_1};
use crate::base::{Direction, Severity};
use crate::dm::{HttpAnswer, Profile, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope, Source};
use crate::rules::sta::common::{DREP, ONE_GET, PRO, after_package_1, message_at, number, opened};
use crate::syncml::CommandName;

const ALERTS: &[CommandName] = &[CommandName::Alert];

/// The first package 1 of a session whose start was captured: its messages, and whether it is known to be complete.
pub(super) fn first_package(session: &Session) -> (Vec<Msg<'_>>, bool) {
    let mut messages = Vec::new();
    if !session.start_seen {
        return (messages, false);
    }
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        if entry.package.number != 1 {
            return (messages, true);
        }
        // Refused before its end: the rest was never sent.
        if entry.package.attempt != 1 {
            return (messages, false);
        }
        messages.push(Msg { session, id, entry });
        if entry.message.has_final() {
            return (messages, true);
        }
    }
    (messages, false)
}

/// Why nobody can say what stands in all of these messages.
pub(super) fn unseen(messages: &[Msg<'_>]) -> Option<Reason> {
    messages.iter().find_map(|msg| {
        if !msg.message().is_judgeable() {
            Some(Reason::Undecodable)
        } else {
            msg.entry.is_after_loss().then_some(Reason::MessageLost)
        }
    })
}

fn is_session_alert(cmd: Cmd<'_>) -> bool {
    cmd.command.name == CommandName::Alert && matches!(cmd.code(), Some(1200 | 1201))
}

pub(super) static SESSION_ALERT: Rule = Rule {
    id: "PKG-009",
    name: "session-alert-missing",
    title: "Package 1 has an Alert that says who began the session",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.3 Package 1, item 2" }],
    needs: &[Need::NotAborted],
    what: "The client's first package holds an Alert 1200 or 1201. From a Windows client that sends an Alert 1224 or 1226 \
           instead, as in published samples, an observation.",
    why: "The server cannot tell whether the session answers a notification, and many refuse to open it.",
    mend: "Send Alert 1200 in a session that a notification asked for, otherwise Alert 1201.",
    pass: &[ONE_GET],
    violate: &[
        "device\n Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en\n\
                server\n Status SyncHdr 200\n Status Replace 200\n",
    ],
    not_applicable: &[MID_SESSION],
    check: Check::Session(session_alert),
    ..Rule::MUST
};

fn session_alert(session: &Session, cx: &mut Cx<'_>) {
    let (messages, is_complete) = first_package(session);
    let Some(last) = messages.last() else { return };
    let found = messages.iter().flat_map(|msg| msg.commands()).find(|cmd| is_session_alert(*cmd));
    let profile = cx.profile();
    if let Some(alert) = found {
        return cx.occasion(alert.at()).held();
    }
    let occasion = cx.occasion(last.at());
    if let Some(reason) = unseen(&messages) {
        return occasion.undecided(reason);
    }
    if !is_complete {
        return occasion.undecided(Reason::EndNotCaptured);
    }
    let seen = "package 1 has neither Alert 1200 nor Alert 1201";
    let expected = "Alert 1201, or 1200 in a session that a notification asked for";
    let tells = |msg: &Msg<'_>| [1224, 1226].into_iter().any(|code| msg.message().alerts(code).next().is_some());
    if profile == Profile::MsMdm && messages.iter().any(tells) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static ONE_SESSION_ALERT: Rule = Rule {
    id: "PKG-010",
    name: "several-session-alerts",
    title: "Package 1 has one session Alert",
    judged: Judged::Client,
    level: Level::ShouldNot,
    scope: Scope::Package,
    source: Source::Memory,
    clause: &[PACKAGE_1],
    needs: &[Need::NotAborted],
    what: "No package 1 holds two of the Alerts 1200 and 1201. A package that is sent again after a challenge counts anew.",
    why: "The two contradict each other: the server cannot tell who began the session.",
    mend: "Send one Alert: 1200 or 1201.",
    pass: &[ONE_GET],
    violate: &[after_package_1!(" Alert 1200")],
    not_applicable: &[MID_SESSION],
    check: Check::Session(one_session_alert),
    ..Rule::SHOULD
};

fn one_session_alert(session: &Session, cx: &mut Cx<'_>) {
    if !session.start_seen {
        return;
    }
    let mut first: Option<((u32, u32), Cmd<'_>)> = None;
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        if entry.package.number != 1 {
            return;
        }
        if !entry.message.is_judgeable() {
            continue;
        }
        let msg = Msg { session, id, entry };
        let package = (entry.package.iteration, entry.package.attempt);
        for alert in msg.commands().filter(|cmd| is_session_alert(*cmd)) {
            match first {
                Some((known, before)) if known == package && (before.msg.id == id || !may_begin_again(msg)) => {
                    let seen = format!(
                        "Alert {} after Alert {}",
                        alert.text(alert.command.data),
                        before.text(before.command.data)
                    );
                    cx.occasion(alert.at()).related(before.at()).violated(seen, "one Alert 1200 or 1201");
                }
                _ => {
                    cx.occasion(alert.at()).held();
                    first = Some((package, alert));
                }
            }
        }
    }
}

pub(super) static LATE_SESSION_ALERT: Rule = Rule {
    id: "PKG-011",
    name: "session-alert-after-package-1",
    title: "The session Alert stands in package 1 only",
    judged: Judged::Client,
    level: Level::ShouldNot,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[PACKAGE_1, Clause { document: DREP, section: "7 Alert codes" }],
    needs: &[Need::Start, Need::NotAborted],
    what: "No client's message after package 1 holds Alert 1200 or 1201, unless the server's message before it asked for \
           credentials or refused the client's, or the client's message before it got no answer.",
    why: "The server takes it for a new session, and forgets what was under way in this one.",
    mend: "Send the session Alert in package 1, and Alert 1226 for what happens later.",
    yields_to: &["SES-006"],
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Alert 1201", " Status Get 404")],
    not_applicable: &["device msg=3\n Status SyncHdr 200 msgref=2 norefs\n"],
    check: Check::Command(ALERTS, late_session_alert),
    ..Rule::SHOULD
};

/// Whether a client may begin again with a message: it was asked to, refused, or not answered.
pub(in crate::rules) fn may_begin_again(msg: Msg<'_>) -> bool {
    let session = msg.session;
    let asked = msg.entry.answers.and_then(|id| message_at(session, id));
    let is_unanswered = session.previous_of_sender(msg.id).is_none_or(|(_, before)| match before.http_answer {
        HttpAnswer::Message(answer) => answer > msg.id,
        _ => true,
    });
    is_unanswered || asked.is_none_or(|asked| asked.entry.content.challenge || asked.entry.content.refusal)
}

fn late_session_alert(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if alert.msg.entry.is_server() || !is_session_alert(alert) {
        return;
    }
    let occasion = cx.occasion(alert.at());
    if alert.msg.entry.package.number == 1 || may_begin_again(alert.msg) {
        return;
    }
    if alert.msg.entry.is_after_loss() {
        return occasion.undecided(Reason::MessageLost);
    }
    let seen = format!("Alert {} in package {}", alert.text(alert.command.data), alert.msg.entry.package.number);
    occasion.violated(seen, "the session Alert in package 1 only");
}

pub(super) static AFTER_CHALLENGE: Rule = Rule {
    id: "PKG-016",
    name: "package-1-not-repeated",
    title: "Package 1 is sent again as a whole after a challenge",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "9 Authentication" }],
    needs: &[Need::NotAborted],
    what: "The client's answer to a 401 or 407 with Chal for package 1 holds the session Alert and the DevInfo Replace again. A \
           client may also abort, or give up.",
    why: "The server has executed nothing of the refused package: it knows neither the device nor who began the session.",
    mend: "Repeat package 1, with Status for the server's SyncHdr and with credentials.",
    pass: &[after_package_1!(
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status * 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        " Replace ./DevInfo/DevId=IMEI:004400112233445",
    )],
    violate: &[after_package_1!(
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status * 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        "server",
        " Status SyncHdr 212",
        " Status Alert 200",
    )],
    not_applicable: &[ONE_GET, MID_SESSION],
    check: Check::Message(after_challenge),
    ..Rule::MUST
};

fn after_challenge(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let is_repeated = msg.entry.is_client() && msg.entry.package.number == 1 && msg.entry.package.attempt > 1;
    if !is_repeated || msg.entry.package.part > 1 || msg.entry.content.abort {
        return;
    }
    let Some(challenge) = msg.entry.answers.and_then(|id| message_at(session, id)) else { return };
    if !challenge.entry.content.challenge {
        return;
    }
    let has_alert = |msg: Msg<'_>| msg.entry.content.session_alert;
    let (mut alert, mut device) = (has_alert(msg), carries_device_information(msg));
    let mut complete = msg.message().has_final();
    let mut at = session.next_of_sender(msg.id).filter(|_| !(complete || alert && device));
    while let Some(next) = at.and_then(|(id, _)| message_at(session, id)) {
        if next.entry.package.number != 1 || next.entry.package.attempt != msg.entry.package.attempt {
            complete = true;
            break;
        }
        alert |= has_alert(next);
        device |= carries_device_information(next);
        complete = next.message().has_final();
        at = session.next_of_sender(next.id).filter(|_| !complete);
    }
    let occasion = cx.occasion(msg.at()).related(challenge.at());
    let missing = match (alert, device) {
        (true, true) => return occasion.held(),
        (false, false) => "neither the session Alert nor the DevInfo",
        (false, true) => "no session Alert",
        (true, false) => "no DevInfo",
    };
    if msg.entry.is_after_loss() || session.has_losses {
        occasion.undecided(Reason::MessageLost);
    } else if !complete {
        occasion.undecided(Reason::EndNotCaptured);
    } else {
        occasion.violated(
            format!("{missing} in the answer to the challenge of {}", number(challenge)),
            "the session Alert and the DevInfo Replace again",
        );
    }
}

pub(super) static ALERT_FIRST: Rule = Rule {
    id: "PKG-025",
    name: "session-alert-not-first",
    title: "The session Alert is the first command of package 1",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Package,
    clause: &[PACKAGE_1],
    needs: &[Need::NotAborted],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "Nothing but Status stands before the Alert 1200 or 1201 of package 1. The texts show this order and do not ask for it.",
    why: "Servers that dispatch on the first command take the session for something else.",
    mend: "Begin package 1 with the session Alert, then DevInfo, then events.",
    pass: &[ONE_GET],
    violate: &["device\n Replace ./DevInfo/DevId=IMEI:004400112233445\n Alert 1201\n"],
    not_applicable: &[MID_SESSION],
    check: Check::Command(ALERTS, alert_first),
    ..Rule::SHOULD
};

fn alert_first(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let entry = alert.msg.entry;
    if entry.is_server() || entry.package.number != 1 || !is_session_alert(alert) {
        return;
    }
    let Some(first) = alert.msg.commands().find(|cmd| !cmd.command.name.is_response()) else { return };
    // A second one is PKG-010.
    if first.id != alert.id && is_session_alert(first) {
        return;
    }
    let occasion = cx.occasion(alert.at());
    if first.id != alert.id {
        let seen = format!("{} stands before Alert {}", first.command.name, alert.text(alert.command.data));
        occasion.related(first.at()).violated(seen, "the session Alert as the first command");
    }
}
