//! The end of a session by Alert 1223: ALR-014 to ALR-018; and what Alerts of the protocol itself do not carry: ALR-027.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::finding::Reason;
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Source};
use super::super::sta::common::{FIRST, ONE_GET, message_at, number, opened};
use super::{ALERT, PRO, shown};
use crate::base::{Direction, Severity};
use crate::dm::{EntryId, Session};
use crate::syncml::CommandName;

const ABORT: u16 = 1223;

const ABORT_CLAUSE: Clause = Clause { document: PRO, section: "8.1.2 Session Abort: Requirement" };

/// The client aborts, and the server confirms.
const BY_CLIENT: &str = opened!(
    " Get ./DevDetail/SwV",
    "device",
    " Status SyncHdr 200",
    " Status Get 200",
    " Results ./DevDetail/SwV=7.1",
    " Alert 1223",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
);

/// The server aborts, and the client is silent.
const BY_SERVER: &str = opened!(" Alert 1223");

/// The server aborts, the client answers, and is answered.
const ANSWERED: &str =
    opened!(" Alert 1223", "device", " Status SyncHdr 200", " Status Alert 200", "server", " Status SyncHdr 200",);

pub(super) static FINAL: Rule = Rule {
    id: "ALR-014",
    name: "abort-without-final",
    title: "A message that aborts the session has Final",
    clause: &[ABORT_CLAUSE],
    what: "Each message with Alert 1223 has Final.",
    why: "The other side waits for the rest of the package, until it runs into a timeout.",
    mend: "End the message with Final.",
    pass: &[BY_CLIENT, BY_SERVER],
    violate: &["device nofinal\n Alert 1223\n"],
    not_applicable: &[FIRST],
    check: Check::Message(has_final),
    ..Rule::MUST
};

fn has_final(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.content.abort {
        return;
    }
    let occasion = cx.occasion(msg.at());
    if !msg.message().has_final() {
        occasion.violated(format!("{} has Alert 1223 and no Final", number(msg)), "Final");
    }
}

/// The client's message with the first Alert 1223 of a session, where this is the server's answer to it.
fn answered_abort(msg: Msg<'_>) -> Option<Msg<'_>> {
    let asked = msg.entry.answers.filter(|_| msg.entry.is_server())?;
    let asked = message_at(msg.session, asked).filter(|_| msg.session.abort() == Some(asked))?;
    // One that was refused was not executed (guard G5).
    asked.entry.is_client().then_some(asked).filter(|asked| !asked.entry.refused)
}

pub(super) static ACKNOWLEDGED: Rule = Rule {
    id: "ALR-015",
    name: "abort-not-acknowledged",
    title: "A server that answers an abort has a Status for its Alert",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[ABORT_CLAUSE],
    what: "The server's answer to a message with Alert 1223 has a Status for that Alert. Whether it has one for the SyncHdr is \
           the matter of STA-001; that a server gives no answer at all is only discouraged, and not looked at.",
    why: "The client cannot tell whether the server has let go of the session, and keeps its transaction open.",
    mend: "Answer with a Status for the SyncHdr, a Status for the Alert, and nothing else.",
    pass: &[BY_CLIENT],
    violate: &[opened!("device", " Status SyncHdr 200", " Alert 1223", "server", " Status SyncHdr 200")],
    not_applicable: &[FIRST, ONE_GET, BY_SERVER],
    check: Check::Message(acknowledged),
    ..Rule::MUST
};

fn acknowledged(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(asked) = answered_abort(msg) else { return };
    let session = msg.session;
    let mut aborts = asked.commands().filter(|cmd| cmd.command.name == CommandName::Alert && cmd.code() == Some(ABORT));
    let Some(alert) = aborts.next() else { return };
    if alert.command.no_resp.is_some() || asked.message().hdr.no_resp.is_some() {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(alert.at());
    if session.statuses_of(alert.place()).next().is_some() {
        return;
    }
    if !asked.entry.is_sound(alert.id) || aborts.next().is_some() || session.has_stray_answer(msg.id, "Alert") {
        occasion.undecided(Reason::AmbiguousReference);
    } else {
        occasion.violated(
            format!("{} answers {} and has no Status for it", number(msg), shown(alert)),
            "a Status for the Alert",
        );
    }
}

pub(super) static NO_COMMANDS: Rule = Rule {
    id: "ALR-016",
    name: "commands-after-abort",
    title: "The answer to an abort has no new commands",
    level: Level::MustNot,
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[ABORT_CLAUSE],
    what: "The server's answer to a message with Alert 1223 holds no management command and no user interaction.",
    why: "The client has ended the session: the commands are lost, and the server takes them for sent.",
    mend: "Keep the commands for the next session.",
    pass: &[BY_CLIENT],
    violate: &[opened!(
        "device",
        " Status SyncHdr 200",
        " Alert 1223",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Get ./DevDetail/SwV",
    )],
    not_applicable: &[FIRST, ONE_GET, BY_SERVER],
    check: Check::Message(no_commands),
    ..Rule::MUST
};

fn no_commands(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(asked) = answered_abort(msg) else { return };
    let is_new = |cmd: &Cmd<'_>| match cmd.command.name {
        CommandName::Alert => matches!(cmd.code(), Some(1100..=1104)),
        name => !name.is_response(),
    };
    let new = msg.commands().find(is_new);
    let occasion = cx.occasion(new.map_or(msg.at(), Cmd::at)).related(asked.at());
    if let Some(new) = new {
        let seen = format!("{} of {} comes after the client's Alert 1223", new.command.name, number(msg));
        occasion.violated(seen, "Status elements only");
    }
}

pub(super) static SILENCE: Rule = Rule {
    id: "ALR-017",
    name: "answer-to-server-abort",
    title: "A client does not answer an abort of the server",
    level: Level::ShouldNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[ABORT_CLAUSE],
    what: "After a message of the server with Alert 1223, no message of the client follows in the session. A server ignores it.",
    why: "The server has ended the session: it opens another one for the answer, or answers with an HTTP error.",
    mend: "End the session without another message.",
    pass: &[BY_SERVER],
    violate: &[ANSWERED],
    not_applicable: &[FIRST, ONE_GET, BY_CLIENT],
    check: Check::Session(silence),
    ..Rule::SHOULD
};

/// The first message with Alert 1223 and its sender.
fn first_abort(session: &Session) -> Option<Msg<'_>> {
    message_at(session, session.abort()?)
}

/// The client's messages after a message, in order.
fn client_messages_after(session: &Session, id: EntryId) -> impl Iterator<Item = Msg<'_>> {
    let after = session.sent_by(Direction::DeviceToServer).skip_while(move |(other, _)| *other <= id);
    after.map(move |(id, entry)| Msg { session, id, entry })
}

fn silence(session: &Session, cx: &mut Cx<'_>) {
    let Some(abort) = first_abort(session).filter(|abort| abort.entry.is_server()) else { return };
    match client_messages_after(session, abort.id).next() {
        Some(answer) => cx.occasion(answer.at()).related(abort.at()).violated(
            format!("{} follows the server's Alert 1223", number(answer)),
            "no message after the server has aborted the session",
        ),
        // Silence shows at the last message that there is.
        None => {
            if let Some(last) = abort.entry.answers.and_then(|id| message_at(session, id)) {
                cx.occasion(last.at()).held();
            }
        }
    }
}

pub(super) static NOTHING_FOLLOWS: Rule = Rule {
    id: "ALR-018",
    name: "session-goes-on-after-abort",
    title: "A session does not go on after an abort",
    level: Level::ShouldNot,
    scope: Scope::Session,
    clause: &[ABORT_CLAUSE],
    what: "After a message with Alert 1223 at most one more exchange follows in the session; a client's answer to an abort of \
           the server is not counted. A new session with the same SessionID is another session.",
    why: "One side has let the session go: what the other one still sends is done without its knowledge, or lost.",
    mend: "End the session with the abort, and begin a new one.",
    pass: &[BY_CLIENT, ANSWERED],
    violate: &[opened!(
        "device",
        " Status SyncHdr 200",
        " Alert 1223",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        "device",
        " Status SyncHdr 200",
        "server",
        " Status SyncHdr 200",
        "device",
        " Status SyncHdr 200",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(nothing_follows),
    ..Rule::SHOULD
};

fn nothing_follows(session: &Session, cx: &mut Cx<'_>) {
    let Some(abort) = first_abort(session) else { return };
    let uncounted = if abort.entry.is_server() { 2 } else { 1 };
    match client_messages_after(session, abort.id).nth(uncounted) {
        None => cx.occasion(abort.at()).held(),
        Some(next) => cx.occasion(next.at()).related(abort.at()).violated(
            format!("the session goes on with {} after the Alert 1223 of {}", number(next), number(abort)),
            "the end of the session",
        ),
    }
}

pub(super) static USER_DATA: Rule = Rule {
    id: "ALR-027",
    name: "data-in-protocol-alert",
    title: "Alerts of the protocol itself carry no data",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "6.2" }, ABORT_CLAUSE],
    what: "No Alert 1222 or 1223 has an Item with Data.",
    why: "The other side has no use for it, and drops it without a word.",
    mend: "Leave the Items out.",
    pass: &[BY_CLIENT],
    violate: &["device\n Alert 1223 \"no time\"\n"],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, user_data),
    ..Rule::SHOULD
};

fn user_data(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if !matches!(alert.code(), Some(1222 | 1223)) {
        return;
    }
    let occasion = cx.occasion(alert.at());
    if alert.items().iter().any(|item| !alert.text(item.data).is_empty()) {
        occasion.violated(format!("{} has an Item with Data", shown(alert)), "no Items");
    }
}
