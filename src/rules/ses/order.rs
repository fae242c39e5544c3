//! Who may speak when.

use super::{AUTHENTICATION, HTTP_BINDING, PACKAGES};
use crate::base::{Direction, Severity};
use crate::dm::{HttpAnswer, Phase, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::pkg::{carries_device_information, is_keep_alive, may_begin_again};
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source};
use crate::rules::sta::common::{FIRST, ONE_GET, PRO, after_package_1, message_at, number, opened};
use crate::syncml::CommandName;

pub(super) static ALTERNATION: Rule = Rule {
    id: "SES-002",
    name: "client-does-not-wait",
    title: "The client sends nothing before the answer to its last message has come",
    judged: Judged::Client,
    severity: Severity::Warning,
    scope: Scope::Session,
    clause: &[
        Clause { document: PRO, section: "6.1 Description" },
        Clause { document: HTTP_BINDING, section: "HTTP requests and responses" },
    ],
    needs: &[Need::Transport],
    what: "No two messages of the client come in a row while the server's answer to the first one is still under way. A message \
           that got no answer may be sent again, also in other words; octet by octet the same, it is one message. An \
           observation for the sign of life of a Windows client.",
    why: "The server has to keep one session in two states; most answer the second message as if the first had failed.",
    mend: "Wait for the answer, or for its time-out, before sending the next message.",
    pass: &[ONE_GET],
    violate: &[after_package_1!(
        "device conn=2 at=+0.01",
        " Alert 1226 type=org.example.event format=chr data=x",
        "server conn=1 at=+0.5",
        " Status SyncHdr 200 msgref=1",
        "server conn=2",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Message(alternation),
    ..Rule::MUST
};

fn alternation(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_server() {
        return;
    }
    let Some((before_id, before)) = session.previous_of_sender(msg.id) else { return };
    let answer = match before.http_answer {
        HttpAnswer::Message(answer) => answer,
        _ => return,
    };
    let is_waiting = is_keep_alive(msg, cx.profile())
        || message_at(session, before_id).is_some_and(|before| is_keep_alive(before, cx.profile()));
    let occasion = cx.occasion(msg.at());
    // Messages stand exchange by exchange: what counts is whether the answer had begun.
    let is_early = session.entry(answer).is_some_and(|answer| answer.started > msg.entry.time);
    if !is_early {
        return;
    }
    let before = message_at(session, before_id).map_or_else(String::new, number);
    let seen = format!("{} was sent before the answer to {before} had come", number(msg));
    let expected = "the next message only after the answer";
    if is_waiting {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static AFTER_END: Rule = Rule {
    id: "SES-004",
    name: "message-after-end",
    title: "Nothing follows the message that closes the session",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    scope: Scope::Session,
    clause: &[PACKAGES],
    needs: &[Need::NotAborted],
    yields_to: &["PKG-020", "SES-006"],
    what: "After a server's message that closes the session, a message of the client under the same SessionID brings a new Alert, or \
           refuses the server's. Where the closing message refused the client's, it may try again; where it came while the client's \
           package was open, the server is at fault.",
    why: "The server has forgotten the session: it answers with an error, or opens a new one for half a conversation.",
    mend: "Begin a new session with MsgID 1, or send what is new as Alert 1226.",
    pass: &[opened!(
        "device",
        " Status SyncHdr 200",
        " Alert 1226 type=org.example.event format=chr data=x",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
    )],
    violate: &[opened!(
        "device",
        " Status SyncHdr 200",
        " Alert 1222",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Message(after_end),
    ..Rule::MUST
};

fn after_end(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() || msg.entry.phase_before != Phase::Closed {
        return;
    }
    let Some(closing) = msg.entry.answers.and_then(|id| message_at(msg.session, id)) else { return };
    let content = closing.entry.content;
    // Without Final it may not have been meant so (PKG-006).
    if content.refusal || content.challenge || !content.final_mark {
        return;
    }
    // The server closed while the client's package was open: that is the fault (MSG-007, guard G15), and the client goes on.
    if closing.entry.answers.and_then(|id| message_at(msg.session, id)).is_some_and(is_open) {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(closing.at());
    let brings_event = |cmd: Cmd<'_>| {
        cmd.command.name == CommandName::Alert && matches!(cmd.code(), Some(1100..=1199 | 1223 | 1224 | 1226))
    };
    if msg.commands().any(brings_event) || msg.entry.content.failing_status {
        occasion.held();
    } else if msg.entry.is_after_loss() {
        occasion.undecided(Reason::MessageLost);
    } else {
        let seen = format!("{} after {} had closed the session", number(msg), number(closing));
        occasion.violated(seen, "no message, or one with a new Alert");
    }
}

/// Whether a client's message leaves its package open.
fn is_open(asked: Msg<'_>) -> bool {
    asked.entry.is_client() && asked.message().is_judgeable() && !asked.message().has_final()
}

pub(super) static PACKAGE_1_AGAIN: Rule = Rule {
    id: "SES-006",
    name: "package-1-repeated",
    title: "Package 1 is sent again only after a challenge or a failure",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[AUTHENTICATION],
    needs: &[Need::Start, Need::NotAborted],
    what: "A message with session Alert and DevInfo after package 1, under the same SessionID, follows a server's message that asked \
           for credentials or refused the client's, or a message of the client that got no answer.",
    why: "The server takes it for a new session, and forgets what was under way in this one.",
    mend: "Begin a new session with a new SessionID and MsgID 1.",
    pass: &[after_package_1!(
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status * 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        " Replace ./DevInfo/DevId=IMEI:004400112233445",
    )],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        " Alert 1201",
        " Replace ./DevInfo/DevId=IMEI:004400112233445",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Message(package_1_again),
    ..Rule::MUST
};

fn package_1_again(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let package = msg.entry.package;
    let is_first = package.number == 1 && package.attempt == 1;
    if msg.entry.is_server() || !msg.entry.content.session_alert || is_first || !carries_device_information(msg) {
        return;
    }
    let occasion = cx.occasion(msg.at());
    if may_begin_again(msg) {
        occasion.held();
    } else if msg.entry.is_after_loss() {
        occasion.undecided(Reason::MessageLost);
    } else {
        let seen = format!("session Alert and DevInfo again in {}, which nothing asked for", number(msg));
        occasion.violated(seen, "a new session, with MsgID 1");
    }
}

/// Rounds without anything new that are let pass: a slow operation may need some.
const IDLE_ROUNDS: u32 = 10;

pub(super) static NO_PROGRESS: Rule = Rule {
    id: "SES-013",
    name: "next-message-without-progress",
    title: "Messages that were asked for bring something new",
    level: Level::Should,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "6.2 Requirements" }],
    what: "Of the answers to Alert 1222, no more than ten in a row bring nothing: no Final, no Results, no Alert, no part of a value, \
           no command, and no Status but those for SyncHdr and for Alert 1222. The sign of life of a Windows client does not \
           count.",
    why: "The session goes round in a circle and costs both sides traffic until one of them gives up.",
    mend: "Send the rest of the package, or Final; abort with Alert 1223 where nothing more can come.",
    pass: &[after_package_1!(
        "server",
        " Status SyncHdr 200",
        " Status * 200",
        " Get ./A",
        "device nofinal",
        " Status SyncHdr 200",
        "server nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Status Get 404 msgref=1 ref=4",
    )],
    violate: &[IDLE],
    not_applicable: &[ONE_GET],
    check: Check::Session(no_progress),
    ..Rule::SHOULD
};

/// Twelve rounds in which the device has nothing to say.
const IDLE: &str = after_package_1!(
    "server\n Status SyncHdr 200\n Status * 200\n Get ./A",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222",
    "device nofinal\n Status SyncHdr 200",
);

/// Whether a message brings anything but confirmations of what keeps the rounds going.
fn is_progress(msg: Msg<'_>) -> bool {
    msg.message().has_final()
        || msg.commands().any(|cmd| match cmd.command.name {
            CommandName::Status => {
                let to = cmd.answered();
                !cmd.answers_header() && to.is_none_or(|to| to.code() != Some(1222))
            }
            CommandName::Alert => cmd.code() != Some(1222),
            _ => true,
        })
}

fn no_progress(session: &Session, cx: &mut Cx<'_>) {
    let mut idle = [0u32; 2];
    let profile = cx.profile();
    for (id, entry) in session.entries_with_ids() {
        let Some(count) = idle.get_mut(usize::from(entry.direction == Direction::ServerToDevice)) else { continue };
        let is_asked = entry.answers.and_then(|id| session.entry(id)).is_some_and(|asked| asked.content.next_message);
        if !is_asked || !entry.message.is_judgeable() {
            *count = 0;
            continue;
        }
        let msg = Msg { session, id, entry };
        if is_progress(msg) || is_keep_alive(msg, profile) {
            *count = 0;
        } else {
            *count += 1;
        }
        let occasion = cx.occasion(msg.at());
        if *count == IDLE_ROUNDS + 1 {
            occasion.violated(
                format!("{count} answers to Alert 1222 in a row that bring nothing"),
                "the rest of the package",
            );
        }
    }
}

pub(super) static OTHER_ANSWER: Rule = Rule {
    id: "SES-016",
    name: "other-answer-to-same-request",
    title: "A request that comes again gets the same answer",
    judged: Judged::Server,
    level: Level::Should,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "HTTP requests and responses" }],
    what: "Where a client's message came twice, octet by octet the same, and two answers of the server were captured, the second has \
           the MsgID of the first.",
    why: "The server has executed the message twice, and its next references are one message ahead of the client.",
    mend: "Keep the last answer of a session, and send it again for a message that was answered before.",
    pass: &[after_package_1!(
        "server",
        " Status SyncHdr 200",
        " Status * 200",
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200",
        "device resend",
        "server resend",
    )],
    violate: &[opened!(
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200",
        "device resend",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Message(other_answer),
    ..Rule::SHOULD
};

fn other_answer(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_server() {
        let asked = msg.entry.answers.and_then(|id| message_at(session, id)).filter(|asked| asked.entry.resent > 0);
        let Some(asked) = asked else { return };
        let before = session.previous_of_sender(msg.id).and_then(|(id, _)| message_at(session, id));
        let Some(before) = before.filter(|before| before.entry.answers == Some(asked.id) && before.id > asked.id)
        else {
            // The first answer; the same one again was counted with it. To package 1 it is the server's first message.
            let is_only = session.next_of_sender(msg.id).is_none_or(|(_, next)| next.answers != Some(asked.id));
            if msg.id > asked.id && is_only {
                cx.occasion(msg.at()).held();
            }
            return;
        };
        let occasion = cx.occasion(msg.at()).related(before.at()).related(asked.at());
        if msg.message().msg_id() != before.message().msg_id() {
            let seen =
                format!("{} answers {} again, which {} had answered", number(msg), number(asked), number(before));
            occasion.violated(seen, "the same answer again");
        }
    }
}
