//! Where Final stands, and where it is missing.

use super::{PACKAGES, PRO_6_1, PRO_6_2, UNDECODABLE, chunked};
use crate::base::Severity;
use crate::dm::Phase;
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source};
use crate::rules::sta::common::{
    CREP, FIRST, ONE_GET, after_package_1, message_at, number, opened, shown, status_shown,
};
use crate::syncml::CommandName;

const BODY_DTD: Clause = Clause { document: CREP, section: "7 DTD: SyncBody" };

/// A value that the device asks for the rest of.
const CHUNKED: &str = chunked!("device nofinal", " Status SyncHdr 200", " Status Replace 213", " Alert 1222");

pub(super) static MISSING: Rule = Rule {
    id: "PKG-001",
    name: "final-missing",
    title: "The last message of a package has Final",
    scope: Scope::Package,
    clause: &[PRO_6_2, PACKAGES],
    what: "A client that answers several packages of the server closes its own with Final: looked at where it closes none in \
           the whole session. The server's closing message (Status elements only, and nothing of the client after it) has \
           Final; one that refuses the client's message is only a warning. A server message with operations and without Final \
           is PKG-006, a server that goes on while the client's package is open MSG-007.",
    why: "The other side waits for the rest of a package that is complete, or never learns that the session is over.",
    mend: "End the last message of each package with Final.",
    needs: &[Need::NotAborted],
    pass: &[ONE_GET],
    violate: &[
        opened!(
            " Get ./DevDetail/SwV",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/SwV=7.1",
            "server nofinal",
            " Status SyncHdr 200",
        ),
        "device nofinal\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n Status * 200\n Status SyncHdr 200\n \
         Get ./A\ndevice nofinal\n Status SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 200\n Get ./B\ndevice nofinal\n \
         Status SyncHdr 200\n Status Get 404\n",
    ],
    not_applicable: &["device nofinal\n Alert 1201\n", UNDECODABLE],
    check: Check::Message(missing),
    ..Rule::MUST
};

fn missing(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() {
        closing_without_final(msg, cx);
    } else if msg.message().has_final() {
        cx.occasion(msg.at()).held();
    } else {
        never_closed(msg, cx);
    }
}

fn closing_without_final(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let content = msg.entry.content;
    let asked = msg.entry.answers.and_then(|id| message_at(session, id));
    if !content.is_closing(msg.entry.direction)
        || session.next_of_peer(msg.id).is_some()
        || msg.entry.phase_after != Phase::Closed
        || !asked.is_some_and(|asked| asked.message().has_final())
    {
        return;
    }
    let occasion = cx.occasion(msg.at());
    if msg.message().has_final() {
        return occasion.held();
    }
    let seen = "the message that closes the session has no Final";
    if content.refusal {
        occasion.violated_as(Severity::Warning, seen, "Final");
    } else {
        occasion.violated(seen, "Final");
    }
}

/// A client's message after which the server went on to a later package, though no message of the client has Final.
fn never_closed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let closes_one = session.package_end(msg.id).is_some() || session.final_before(msg.id).is_some();
    if closes_one || super::is_keep_alive(msg, cx.profile()) {
        return;
    }
    let is_package = |id| {
        let msg = message_at(session, id)?;
        (msg.entry.is_server() && msg.entry.content.operations && msg.message().has_final()).then_some(msg)
    };
    let Some(answered) = msg.entry.answers.and_then(is_package) else { return };
    let Some(later) = session.next_of_peer(msg.id).and_then(|(id, _)| is_package(id)) else { return };
    let occasion = cx.occasion(msg.at()).related(answered.at()).related(later.at());
    if !session.start_seen {
        occasion.undecided(Reason::StartNotCaptured);
    } else if session.has_losses {
        occasion.undecided(Reason::MessageLost);
    } else if session.next_of_sender(msg.id).is_none() {
        occasion.undecided(Reason::EndNotCaptured);
    } else {
        occasion.violated(
            format!(
                "{} answers {}, the next answers {}, and none has Final",
                number(msg),
                number(answered),
                number(later)
            ),
            "Final in the last message of each answer",
        );
    }
}

pub(super) static EARLY: Rule = Rule {
    id: "PKG-002",
    name: "final-too-early",
    title: "No message before the last of a package has Final",
    level: Level::MustNot,
    scope: Scope::Package,
    clause: &[PRO_6_2],
    what: "A message with Final holds no Item with MoreData, and the sender's next message brings no first Status and no first \
           Results for a command that was there before the Final. A Status after 101 or 202 is not late, and a package that \
           was refused with 401 or 407 is sent again. A warning where only a server's Status for DevInfo or for Alert 1222 is late.",
    why: "Final says that the package is complete: what follows is taken for the answer to something else, or dropped.",
    mend: "Send Final only in the last message of the package.",
    needs: &[Need::NotAborted, Need::Executed],
    pass: &[ONE_GET],
    violate: &[
        after_package_1!("server", " Status SyncHdr 200", " Status * 200", " Replace ./Vendor/A=Hello size=12 more",),
        opened!(
            " Get ./DevDetail/SwV",
            " Get ./DevDetail/HwV",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/SwV=7.1",
            "server",
            " Status SyncHdr 200",
            " Get ./DevDetail/FwV",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/FwV=2",
            " Status Get 200 msgref=1 ref=5",
        ),
    ],
    not_applicable: &["device nofinal\n Alert 1201\n", UNDECODABLE],
    check: Check::Message(early),
    ..Rule::MUST
};

fn early(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(final_mark) = msg.message().final_mark else { return };
    let occasion = cx.occasion(msg.at_node(final_mark));
    let chunk = msg.commands().find(|cmd| cmd.items().iter().any(|item| item.more_data.is_some()));
    if let Some(chunk) = chunk {
        let seen = format!("Final in {}, though {} has MoreData", number(msg), shown(chunk));
        return occasion
            .related(chunk.at())
            .violated(seen, "Final only in the message with the last part of the value");
    }
    let session = msg.session;
    let Some(next) = session.next_of_sender(msg.id).and_then(|(id, _)| message_at(session, id)) else { return };
    if msg.entry.content.challenge || !next.message().is_judgeable() {
        return;
    }
    if let Some(late) = next.commands().find(|cmd| is_late(*cmd, msg)) {
        let what = match late.command.name {
            CommandName::Status => status_shown(late),
            _ => format!("Results for {}", late.answered().map_or_else(String::new, shown)),
        };
        let seen = format!("Final in {}, and {what} only in {}", number(msg), number(next));
        let expected = "Final in the message with the last answer to a package";
        let occasion = occasion.related(late.at());
        // Whether a server answers these at all is asked for less strictly (STA-002).
        let is_optional = late.answered().is_some_and(|to| {
            msg.entry.is_server() && (to.command.name == CommandName::Replace || to.code() == Some(1222))
        });
        if is_optional {
            occasion.violated_as(Severity::Warning, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}

/// Whether a Status or Results is the first for a command that a message with Final should have answered.
fn is_late(answer: Cmd<'_>, closed: Msg<'_>) -> bool {
    let session = answer.session();
    let Some(to) = answer.resolution().and_then(|resolution| resolution.found()) else { return false };
    if to.command.is_none() || to.entry >= closed.id || session.entry(to.entry).is_none_or(|entry| entry.refused) {
        return false;
    }
    match answer.command.name {
        CommandName::Status => session.statuses_of(to).next() == Some(answer.place()),
        CommandName::Results => {
            session.results_of(to).next() == Some(answer.place())
                && !session.codes_of(to).any(|code| matches!(code, 101 | 202 | 400..=599))
        }
        _ => false,
    }
}

pub(super) static LAST_CHILD: Rule = Rule {
    id: "PKG-003",
    name: "command-after-final",
    title: "Final is the last element of SyncBody",
    source: Source::TextDtd,
    clause: &[BODY_DTD],
    what: "No command stands behind Final in SyncBody.",
    why: "A receiver that stops at Final never sees the command, and does not answer it.",
    mend: "Write Final as the last element of SyncBody.",
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\n Final\n Replace ./DevInfo/DevId=IMEI:004400112233445\n"],
    not_applicable: &["device nofinal\n Alert 1201\n"],
    check: Check::Message(last_child),
    ..Rule::MUST
};

fn last_child(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(final_mark) = msg.message().final_mark else { return };
    let occasion = cx.occasion(msg.at_node(final_mark));
    let behind = msg.message().commands.iter().find(|command| command.node > final_mark);
    if msg.message().commands.last().is_some_and(|command| command.node > final_mark)
        && let Some(behind) = behind
    {
        occasion.violated(format!("{} stands behind Final", behind.name), "Final as the last element of SyncBody");
    }
}

pub(super) static EMPTY_AND_SINGLE: Rule = Rule {
    id: "PKG-004",
    name: "final-with-content-or-twice",
    title: "Final is empty and stands once",
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 Final" }],
    what: "SyncBody holds Final at most once, and Final holds nothing. White space in it is an observation.",
    why: "A parser that validates refuses the message; a 0 in it may be read as a No, which it is not.",
    mend: "Write one empty Final, or none.",
    pass: &[ONE_GET],
    violate: &[
        "device\n Alert 1201\n patch <Final/> => <Final>1</Final>\n",
        "device\n Alert 1201\n patch <Final/> => <Final/><Final/>\n",
    ],
    not_applicable: &["device nofinal\n Alert 1201\n"],
    check: Check::Message(empty_and_single),
    ..Rule::MUST
};

fn empty_and_single(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let message = msg.message();
    let (Some(final_mark), Some(body)) = (message.final_mark, message.sync_body) else { return };
    let tree = message.tree();
    let occasion = cx.occasion(msg.at_node(final_mark));
    let (mut count, mut content) = (0, None);
    for node in message.each(body, Tag::Final) {
        count += 1;
        content = content.or(tree.children(node).next().map(|_| node));
    }
    if count > 1 {
        occasion.violated(format!("SyncBody holds Final {count} times"), "one Final");
    } else if let Some(node) = content {
        if tree.elements(node).next().is_some() || tree.has_stray_text(node) {
            occasion.violated("Final has content", "an empty Final");
        } else {
            occasion.violated_as(Severity::Info, "Final holds white space", "an empty Final");
        }
    }
}

pub(super) static BEFORE_SERVER: Rule = Rule {
    id: "PKG-005",
    name: "client-final-before-server-final",
    title: "The client closes its package only after the server has closed its own",
    judged: Judged::Client,
    level: Level::MustNot,
    scope: Scope::Package,
    clause: &[PRO_6_2],
    needs: &[Need::NotAborted],
    what: "A client's message that answers a server's message with MoreData and without Final has no Final. An observation \
           where it refuses that part of the value. A server's message without Final and without MoreData is the server's \
           fault (PKG-006), and the client may take its package for complete.",
    why: "The server has not finished: it cannot send the rest of its value into a package that the client has closed.",
    mend: "Answer each part but the last with 213 and Alert 1222, without Final.",
    pass: &[CHUNKED, ONE_GET],
    violate: &[chunked!("device", " Status SyncHdr 200", " Status Replace 213", " Alert 1222")],
    not_applicable: &[FIRST],
    check: Check::Message(before_server),
    ..Rule::MUST
};

fn before_server(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() || msg.entry.phase_before == Phase::Closed {
        return;
    }
    let Some(asked) = msg.entry.answers.and_then(|id| message_at(msg.session, id)) else { return };
    let is_open = asked.entry.content.chunk && !asked.message().has_final();
    if !is_open && !msg.message().has_final() || msg.entry.content.challenge {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().final_mark)).related(asked.at());
    if msg.entry.is_after_loss() {
        return occasion.undecided(Reason::MessageLost);
    }
    if !is_open || !msg.message().has_final() {
        return occasion.held();
    }
    let seen = format!("Final in the answer to {}, whose value goes on", number(asked));
    let expected = "no Final until the server has sent its own";
    if msg.entry.content.failing_status {
        occasion.violated_as(Severity::Info, format!("{seen}; that part was refused"), expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// Whether a server's message leaves its package open, though nothing keeps it from closing it. A closing message is left
/// to PKG-001, and one that answers a client's open package to MSG-007.
fn is_left_open(msg: Msg<'_>) -> bool {
    let content = msg.entry.content;
    if msg.entry.is_client() || content.final_mark || content.next_message || content.abort {
        return false;
    }
    if msg.commands().flat_map(Cmd::items).any(|item| item.more_data.is_some()) {
        return false;
    }
    let asked = msg.entry.answers.and_then(|id| message_at(msg.session, id));
    // A client that only asks for the next part has no open package of its own.
    let is_next_message_due = |asked: Msg<'_>| !asked.message().has_final() && !asked.entry.content.next_message;
    let is_last = msg.session.next_of_peer(msg.id).is_none();
    !(content.is_closing(msg.entry.direction) && (is_last || asked.is_none_or(is_next_message_due)))
}

pub(super) static SERVER_ALWAYS: Rule = Rule {
    id: "PKG-006",
    name: "server-message-without-final",
    title: "A server's message has Final wherever that is possible",
    judged: Judged::Server,
    severity: Severity::Warning,
    clause: &[PRO_6_2],
    needs: &[Need::NotAborted],
    yields_to: &["LOB-002"],
    what: "A server's message without Final has an Item with MoreData, or Alert 1222. An observation for a challenge. The \
           closing message is PKG-001; of several such messages in a row only the first is named here (PKG-007).",
    why: "The client waits for the rest of a package that is complete, and asks for messages that do not exist.",
    mend: "Put Final into every message that is neither a part of a large object nor a request for the client's next message.",
    pass: &[CHUNKED],
    violate: &[opened!(" Get ./DevDetail/SwV", " patch <Final/> => \"\"")],
    not_applicable: &[ONE_GET],
    check: Check::Message(server_always),
    ..Rule::MUST
};

fn server_always(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() || msg.message().has_final() || msg.entry.content.abort {
        return;
    }
    let left_open = is_left_open(msg);
    let content = msg.entry.content;
    if !left_open && content.is_closing(msg.entry.direction) {
        return;
    }
    let occasion = cx.occasion(msg.at());
    let before = msg.session.previous_of_sender(msg.id).and_then(|(id, _)| message_at(msg.session, id));
    if !left_open || before.is_some_and(is_left_open) {
        return occasion.held();
    }
    let seen = "no Final, and neither MoreData nor Alert 1222";
    if content.challenge {
        occasion.violated_as(Severity::Info, format!("{seen}, in a challenge"), "Final");
    } else {
        occasion.violated(seen, "Final");
    }
}

pub(super) static SEVERAL_MESSAGES: Rule = Rule {
    id: "PKG-007",
    name: "server-package-in-several-messages",
    title: "A server's package has several messages only for a large object",
    judged: Judged::Server,
    level: Level::MustNot,
    severity: Severity::Warning,
    scope: Scope::Package,
    clause: &[PRO_6_1],
    needs: &[Need::NotAborted],
    what: "Of two server messages without Final in a row, at least one has MoreData or Alert 1222. Reported once, at the last \
           message of the row.",
    why: "A client with little memory cannot put off commands until a package is complete: it may answer, and close, too early.",
    mend: "Send commands in one message with Final, and the next ones after the client's answers.",
    pass: &[chunked!("device nofinal", " Status SyncHdr 200", " Status Replace 213", " Alert 1222"), TWO_PARTS],
    violate: &[after_package_1!(
        "server nofinal",
        " Status SyncHdr 200",
        " Status * 200",
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server nofinal",
        " Status SyncHdr 200",
        " Get ./DevDetail/HwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Message(several_messages),
    ..Rule::MUST
};

/// A value in three messages.
const TWO_PARTS: &str = after_package_1!(
    "server nofinal",
    " Status SyncHdr 200",
    " Status * 200",
    " Replace ./Vendor/A=Hello size=12 more",
    "device nofinal",
    " Status SyncHdr 200",
    " Status Replace 213",
    " Alert 1222",
    "server nofinal",
    " Status SyncHdr 200",
    " Status * 200",
    " Replace ./Vendor/A=\" world\" more",
    "device nofinal",
    " Status SyncHdr 200",
    " Status Replace 213",
    " Alert 1222",
    "server",
    " Status SyncHdr 200",
    " Status * 200",
    " Replace ./Vendor/A=!",
);

fn several_messages(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_client() {
        return;
    }
    // The last message of a row without Final, whatever its cause.
    let is_open = |id| message_at(session, id).filter(|msg| !msg.message().has_final());
    if session.previous_of_sender(msg.id).and_then(|(id, _)| is_open(id)).is_none() {
        return;
    }
    if !is_left_open(msg) {
        return cx.occasion(msg.at()).held();
    }
    if session.next_of_sender(msg.id).and_then(|(id, _)| message_at(session, id)).is_some_and(is_left_open) {
        return;
    }
    let mut count = 1;
    let mut first = msg;
    let mut at = session.previous_of_sender(msg.id);
    while let Some(other) = at.and_then(|(id, _)| message_at(session, id)).filter(|other| is_left_open(*other)) {
        count += 1;
        first = other;
        at = session.previous_of_sender(other.id);
    }
    let occasion = cx.occasion(msg.at());
    if count > 1 {
        occasion.related(first.at()).violated(
            format!("{count} messages in a row without Final, and without MoreData or Alert 1222"),
            "one message with Final, and new commands after the client's answer",
        );
    }
}
