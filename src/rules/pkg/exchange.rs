//! Whether a package is answered at all, and whether it may be.

use super::{PACKAGES, PRO_6_1, is_keep_alive};
use crate::base::{Direction, Severity};
use crate::dm::{HttpAnswer, Phase};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope};
use crate::rules::sta::common::{COMMANDS, FIRST, MS_MDM, ONE_GET, message_at, number, opened, shown};
use crate::syncml::CommandName;

pub(super) static NEW_COMMANDS: Rule = Rule {
    id: "PKG-008",
    name: "new-commands-before-answers",
    title: "The server sends no new commands before all earlier ones are answered",
    judged: Judged::Server,
    level: Level::MustNot,
    scope: Scope::Package,
    clause: &[PRO_6_1],
    needs: &[Need::NotAborted],
    what: "A server's message that answers a client's message without Final holds no new command while a command of the server's \
           message before has no Status. The next part of a large object is no new command. Where the server's own package was \
           closed, MSG-007 speaks.",
    why: "A client with little memory is overrun, and answers to the two sets of commands get mixed up.",
    mend: "Wait for the Status of every command, asking with Alert 1222, before sending new ones.",
    yields_to: &["MSG-007"],
    pass: &[opened!(
        " Get ./DevDetail/SwV",
        " patch <Final/> => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200",
        " Get ./DevDetail/HwV",
    )],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        " Get ./DevDetail/FwV",
        " patch <Final/> => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200",
        " Get ./DevDetail/HwV",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Message(new_commands),
    ..Rule::MUST
};

/// Whether a command asks the other side for something.
fn is_operation(cmd: Cmd<'_>) -> bool {
    COMMANDS.contains(&cmd.command.name)
        && !(cmd.command.name == CommandName::Alert && matches!(cmd.code(), Some(1222 | 1223 | 1225)))
}

fn new_commands(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_client() || !msg.entry.content.operations || msg.entry.content.challenge {
        return;
    }
    let at = |id| message_at(session, id);
    let Some(asked) = msg.entry.answers.and_then(at) else { return };
    let Some(before) = session.previous_of_sender(msg.id).and_then(|(id, _)| at(id)) else { return };
    let is_partial = asked.message().is_judgeable()
        && !asked.message().has_final()
        && before.id < asked.id
        && !asked.entry.content.challenge
        && !is_keep_alive(asked, cx.profile());
    if !is_partial || before.entry.refused {
        return;
    }
    let Some(new) = msg.commands().find(|cmd| is_operation(*cmd) && !msg.entry.is_continuation(cmd.id)) else { return };
    let occasion = cx.occasion(msg.at());
    let is_unanswered = |cmd: &Cmd<'_>| {
        !session.statuses_of(cmd.place()).any(|status| status.entry < msg.id) && cmd.command.no_resp.is_none()
    };
    let Some(open) = before.commands().filter(|cmd| is_operation(*cmd)).find(is_unanswered) else { return };
    let occasion = occasion.related(new.at()).related(open.at());
    if !before.entry.is_sound(open.id) || session.has_stray_answer(asked.id, open.command.name.name()) {
        occasion.undecided(Reason::AmbiguousReference);
    } else if !session.is_whole_between(before.id, msg.id) {
        occasion.undecided(Reason::MessageLost);
    } else {
        occasion.violated(
            format!("{} while {} has no Status and {} no Final", shown(new), shown(open), number(asked)),
            "Alert 1222 until the client's package is complete",
        );
    }
}

pub(super) static IDLE_ANSWER: Rule = Rule {
    id: "PKG-020",
    name: "closing-message-answered",
    title: "The client does not answer the message that closes the session",
    judged: Judged::Client,
    level: Level::MustNot,
    scope: Scope::Session,
    clause: &[PACKAGES, Clause { document: MS_MDM, section: "2.2.6.1" }],
    needs: &[Need::NotAborted],
    what: "After a server's message with Final and nothing but Status elements, none of them a refusal, the client sends no \
           message that holds only a successful Status for SyncHdr. New Alerts may follow; a client whose own package has no \
           Final yet may end it.",
    why: "The session never ends: each side answers the other's Status with a Status.",
    mend: "Stop when the server's package holds neither commands nor a challenge.",
    pass: &[ONE_GET],
    violate: &[opened!("device", " Status SyncHdr 200", "server", " Status SyncHdr 200")],
    not_applicable: &[FIRST, opened!(" Get ./DevDetail/SwV")],
    check: Check::Message(idle_answer),
    ..Rule::MUST
};

/// Whether a message holds only Status elements for SyncHdr, none of them failing.
pub(in crate::rules) fn only_confirms_header(msg: Msg<'_>) -> bool {
    !msg.message().commands.is_empty()
        && !msg.entry.content.failing_status
        && msg.commands().all(|cmd| cmd.command.name == CommandName::Status && cmd.answers_header())
}

fn idle_answer(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let content = msg.entry.content;
    let is_closing = msg.entry.phase_after == Phase::Closed && content.is_closing(msg.entry.direction);
    if msg.entry.is_client() || !is_closing || !content.final_mark || content.refusal {
        return;
    }
    let session = msg.session;
    // A client whose package is open owes its end, whatever the server believes (MSG-007).
    let asked = msg.entry.answers.and_then(|id| message_at(session, id));
    if asked.is_some_and(|asked| asked.message().is_judgeable() && !asked.message().has_final()) {
        return;
    }
    let next = session.next_of_peer(msg.id).and_then(|(id, _)| message_at(session, id));
    let Some(next) = next.filter(|next| next.entry.answers == Some(msg.id)) else {
        return cx.occasion_against(Direction::DeviceToServer, msg.at()).held();
    };
    let occasion = cx.occasion(next.at()).related(msg.at());
    if !next.message().is_judgeable() {
        occasion.undecided(Reason::Undecodable);
    } else if next.entry.is_after_loss() || asked.is_none() || msg.entry.is_after_loss() {
        occasion.undecided(Reason::MessageLost);
    } else if only_confirms_header(next) {
        occasion.violated(
            format!("a message with nothing but Status for SyncHdr, after {} had closed the session", number(msg)),
            "no message",
        );
    }
}

pub(super) static UNANSWERED: Rule = Rule {
    id: "PKG-021",
    name: "package-not-answered",
    title: "The server answers every package of the client",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[PACKAGES],
    needs: &[Need::NotAborted, Need::Transport],
    what: "A client's message with Final is not answered with an empty HTTP response of class 2xx, not even the last one of a \
           session. Not looked at after an abort, and where the client should not have sent the message (PKG-020). Where the \
           transport failed, nobody can say.",
    why: "The client cannot tell whether its package arrived, and sends it again or drops the session.",
    mend: "Answer every package with a message; to close the session, with Status and Final.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404", "server empty")],
    not_applicable: &["device\n Alert 1201\n Alert 1223\nserver empty\n", UNDER_WAY],
    check: Check::Message(unanswered),
    ..Rule::MUST
};

pub(super) static UNANSWERED_PART: Rule = Rule {
    id: "PKG-022",
    name: "message-not-answered",
    title: "The server answers each message of a package",
    judged: Judged::Server,
    clause: &[PRO_6_1],
    needs: &[Need::NotAborted, Need::Transport],
    what: "A client's message without Final is not answered with an empty HTTP response of class 2xx. An observation for the \
           sign of life of a Windows client; otherwise as PKG-021.",
    why: "The client has more to send, and may not: the rest of its package is lost.",
    mend: "Answer with Status for SyncHdr and Alert 1222.",
    pass: &["device nofinal\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n Alert 1222\n"],
    violate: &["device nofinal\n Alert 1201\nserver empty\n"],
    not_applicable: &[ONE_GET],
    check: Check::Message(unanswered_part),
    ..Rule::MUST
};

/// A package that is not complete.
const UNDER_WAY: &str =
    "device nofinal\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n Alert 1222\n";

fn unanswered(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() && msg.message().has_final() {
        answered_at_all(msg, cx);
    }
}

fn unanswered_part(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() && !msg.message().has_final() {
        answered_at_all(msg, cx);
    }
}

fn answered_at_all(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let may_be_idle = only_confirms_header(msg);
    if may_be_idle && msg.entry.phase_before == Phase::Closed {
        return;
    }
    let is_waiting = is_keep_alive(msg, cx.profile());
    let occasion = cx.occasion_against(Direction::ServerToDevice, msg.at());
    if may_be_idle && msg.entry.is_after_loss() {
        return occasion.undecided(Reason::MessageLost);
    }
    if may_be_idle && msg.entry.answers.is_none() {
        return occasion.undecided(Reason::StartNotCaptured);
    }
    match msg.entry.http_answer {
        HttpAnswer::Message(_) => occasion.held(),
        HttpAnswer::Empty { status: status @ 200..=299 } => {
            let seen = format!("HTTP {status} without a body in answer to {}", number(msg));
            if is_waiting {
                occasion.violated_as(Severity::Info, seen, "a message of the server");
            } else {
                occasion.violated(seen, "a message of the server");
            }
        }
        HttpAnswer::Undecodable { .. } => occasion.undecided(Reason::Undecodable),
        HttpAnswer::NotCaptured => occasion.undecided(Reason::EndNotCaptured),
        HttpAnswer::Empty { .. } | HttpAnswer::Other { .. } | HttpAnswer::Nothing => {
            occasion.undecided(Reason::NotVisible)
        }
    }
}
