//! Alert 1222: a package goes on in the next message (OMA-TS-DM_Protocol-V1_2_1, section 6.2).

use super::{DREP, FIRST, ONE_GET, PRO, opened};
use crate::base::{Direction, Severity};
use crate::dm::{Phase, Profile};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Source};
use crate::syncml::CommandName;

const PRO_6_2: Clause = Clause { document: PRO, section: "6.2 Requirements" };

/// Results in two messages; the server asks for the second.
const SPLIT: &str = opened!(
    "device nofinal\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=\"7.1 \" format=chr type=text/plain size=8 more",
    "server nofinal\n    Status SyncHdr 200\n    Status Results 213\n    Alert 1222",
    "device\n    Status SyncHdr 200\n    Status Alert 200\n    Results ./DevDetail/SwV=beta format=chr type=text/plain",
    "server\n    Status SyncHdr 200",
);

/// A value for the device in two messages; the device asks for the second.
macro_rules! large_add {
    ($answer:literal) => {
        concat!(
            "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
             ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
             server nofinal\n    Status SyncHdr 200\n    Status * 200\n    Add ./Vendor/Example/Story=\"Once upon \" \
             format=chr type=text/plain size=16 more\n\
             device nofinal\n    Status SyncHdr 200\n    Status Add 213\n",
            $answer,
            "server\n    Status SyncHdr 200\n    Add ./Vendor/Example/Story=\"a time\" format=chr type=text/plain\n\
             device\n    Status SyncHdr 200\n    Status Add 200\nserver\n    Status SyncHdr 200\n"
        )
    };
}

/// The message that another answers, where it could be decoded and this is the first answer to it.
fn first_answer_to(msg: Msg<'_>) -> Option<Msg<'_>> {
    let session = msg.session;
    let id = msg.entry.answers?;
    let entry = session.entry(id).filter(|entry| entry.message.is_judgeable())?;
    let is_first = session.previous_of_sender(msg.id).is_none_or(|(before, _)| before < id);
    (is_first && !session.is_aborted_by(id)).then_some(Msg { session, id, entry })
}

/// A Windows client that is still at work says so with an Alert 1224 and nothing else ([MS-MDM]).
fn is_keep_alive(msg: Msg<'_>, profile: Profile) -> bool {
    let message = msg.message();
    profile == Profile::MsMdm
        && !msg.entry.content.responses
        && message
            .alerts(1224)
            .flat_map(|(_, alert)| message.items(alert))
            .any(|item| message.text(message.met_inf(item.meta, Tag::Type)).ends_with("requestpending"))
}

/// Whether a client's message leaves its package open, and does not just ask for the server's next one.
fn leaves_package_open(msg: Msg<'_>, profile: Profile) -> bool {
    let content = msg.entry.content;
    msg.entry.is_client()
        && !content.final_mark
        && !content.next_message
        && !content.challenge
        && !matches!(msg.entry.phase_before, Phase::ServerOpen | Phase::Closed | Phase::Aborted)
        && !is_keep_alive(msg, profile)
}

/// Whether a message sends the other side back to its beginning, or refuses it altogether.
fn refuses(msg: Msg<'_>) -> bool {
    msg.entry.content.challenge || msg.entry.content.refusal
}

pub(super) static SHAPE: Rule = Rule {
    id: "MSG-007",
    name: "next-message-shape",
    title: "While a client's package is open, the server only asks for the next message",
    judged: Judged::Server,
    clause: &[PRO_6_2],
    what: "The server has closed its own package, and a client's message has no Final: the server's answer holds Status \
           elements and Alert 1222 without Final, or Alert 1223. Alert 1225 may stand beside them, and a Status 4xx or 5xx \
           for SyncHdr may stand instead of 1222. Only a warning where the client closes none of its packages; not looked \
           at for keep-alive messages of Windows clients.",
    why: "The client is still sending: commands that come in between are executed out of order or never answered, and the \
          rest of its package is lost.",
    mend: "Answer with the Status elements needed and Alert 1222, without Final, until the client's Final has come.",
    pass: &[SPLIT],
    violate: &[
        opened!(
            "device nofinal\n    Status SyncHdr 200\n    Status Get 200",
            "server\n    Status SyncHdr 200\n    Get ./DevDetail/FwV",
        ),
        opened!(
            "device nofinal\n    Status SyncHdr 200\n    Status Get 200",
            "server\n    Status SyncHdr 200\n    Alert 1222"
        ),
        opened!("device nofinal\n    Status SyncHdr 200\n    Status Get 200", "server\n    Status SyncHdr 200"),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Message(shape),
    ..Rule::MUST
};

fn shape(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() {
        return;
    }
    let Some(asked) = first_answer_to(msg) else { return };
    if !leaves_package_open(asked, cx.profile()) {
        return;
    }
    let session = msg.session;
    let Some((before_id, before)) = session.previous_of_sender(msg.id) else {
        if !session.start_seen {
            cx.occasion(msg.at()).undecided(Reason::StartNotCaptured);
        }
        return;
    };
    if !before.message.is_judgeable() {
        cx.occasion(msg.at()).undecided(Reason::Undecodable);
        return;
    }
    // Its own package is open: it goes on with a large object, or forgot Final.
    if before.content.chunk || !before.content.final_mark && !before.content.next_message {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(asked.at());
    if !session.is_whole_between(before_id, msg.id) {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    let content = msg.entry.content;
    if content.abort || refuses(msg) {
        return;
    }
    let may_stand = |cmd: &Cmd<'_>| match cmd.command.name {
        CommandName::Status => true,
        CommandName::Alert => matches!(cmd.code(), Some(1222 | 1225)),
        _ => false,
    };
    let number = asked.message().msg_id().unwrap_or("?");
    let seen = if let Some(other) = msg.commands().find(|cmd| !may_stand(cmd)) {
        let code = other.code().filter(|_| other.command.name == CommandName::Alert);
        let code = code.map_or_else(String::new, |code| format!(" {code}"));
        format!("{}{code} in the answer to message {number}, which has no Final", other.command.name)
    } else if !content.next_message {
        format!("neither Alert 1222 nor 1223 in the answer to message {number}, which has no Final")
    } else if content.final_mark {
        format!("Alert 1222 and Final in the answer to message {number}, which has no Final")
    } else {
        return;
    };
    let expected = "Status elements and Alert 1222, without Final";
    if session.sent_by(Direction::DeviceToServer).any(|(_, entry)| entry.content.final_mark) {
        occasion.violated(seen, expected);
    } else {
        let seen = format!("{seen}; the client closes none of its packages");
        occasion.violated_as(Severity::Warning, seen, expected);
    }
}

pub(super) static NEEDLESS: Rule = Rule {
    id: "MSG-008",
    name: "next-message-needless",
    title: "Alert 1222 is sent only when more is to come",
    level: Level::ShouldNot,
    source: Source::Memory,
    clause: &[PRO_6_2, Clause { document: DREP, section: "7 Alert codes" }],
    what: "No Alert 1222 answers a message that has Final and carries no MoreData. From a client that leaves its own package \
           open with it, an observation.",
    why: "The other side has nothing more to send: it answers with an empty message, and the session goes round in a circle.",
    mend: "Send Alert 1222 only after a message without Final, or with MoreData.",
    pass: &[SPLIT],
    violate: &[opened!(
        "device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1\n    Alert 1222"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Alert], needless),
    ..Rule::SHOULD
};

fn needless(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if cmd.code() != Some(1222) {
        return;
    }
    let msg = cmd.msg;
    let Some((id, answered)) = msg.entry.answers.and_then(|id| Some((id, msg.session.entry(id)?))) else { return };
    let answered = Msg { session: msg.session, id, entry: answered };
    let occasion = cx.occasion(cmd.at());
    if !answered.message().is_judgeable() {
        occasion.undecided(Reason::Undecodable);
        return;
    }
    if !answered.message().has_final() || answered.entry.content.chunk {
        return;
    }
    if answered.commands().flat_map(Cmd::items).any(|item| item.more_data.is_some()) {
        return;
    }
    if msg.entry.is_after_loss() {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    let number = answered.message().msg_id().unwrap_or("?");
    let occasion = occasion.related(answered.at_node(answered.message().final_mark));
    let seen = format!("Alert 1222 in the answer to message {number}, which has Final and no MoreData");
    let expected = "no Alert 1222: nothing more is to come";
    if msg.entry.is_client() && !msg.message().has_final() {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static MISSING: Rule = Rule {
    id: "MSG-009",
    name: "next-message-not-asked-for",
    title: "Alert 1222 asks for the rest of a package or value",
    clause: &[
        PRO_6_2,
        Clause { document: PRO, section: "7 Large objects" },
        Clause { document: DREP, section: "6.5.1 Status" },
    ],
    what: "The answer to a message whose last command has MoreData, or to a client's message without Final, holds Alert 1222 \
           or 1223, or Results. With MoreData an error, otherwise a warning. Not asked for where the answer refuses the \
           header or, of a value, the part received; after a client's message that only asks for more itself; of the answer \
           to a server's message without Final and without MoreData, where the server is at fault; and of the answer to a \
           keep-alive message of Windows clients.",
    why: "The sender waits to be asked, or takes the session for ended: the rest of the value never comes.",
    mend: "Answer every message that is not the last of its package with Alert 1222.",
    yields_to: &["MSG-007", "PKG-008", "LOB-013"],
    pass: &[SPLIT, large_add!("    Alert 1222\n")],
    violate: &[
        large_add!(""),
        "device nofinal\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n",
    ],
    not_applicable: &[ONE_GET, FIRST],
    check: Check::Message(missing),
    ..Rule::MUST
};

fn missing(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(asked) = first_answer_to(msg) else { return };
    let (content, chunk) = (msg.entry.content, asked.entry.content.chunk);
    // MoreData beside Final contradicts itself: whoever answers is not at fault.
    if asked.message().has_final() || !chunk && !leaves_package_open(asked, cx.profile()) {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(asked.at());
    if content.next_message || content.abort || content.object_error || content.results || refuses(msg) {
        return;
    }
    if chunk && content.failing_status {
        return;
    }
    let unseen = match msg.session.previous_of_sender(msg.id) {
        _ if msg.entry.is_after_loss() => Some(Reason::MessageLost),
        // Whether the package was open by then hangs on what came before.
        Some((before, _)) if !chunk && !msg.session.is_whole_between(before, msg.id) => Some(Reason::MessageLost),
        None if !chunk && !msg.session.start_seen => Some(Reason::StartNotCaptured),
        _ => None,
    };
    if let Some(reason) = unseen {
        occasion.undecided(reason);
        return;
    }
    let number = asked.message().msg_id().unwrap_or("?");
    if chunk {
        occasion.violated(
            format!("no Alert 1222 in the answer to message {number}, whose last command has MoreData"),
            "Alert 1222, to get the next part",
        );
    } else {
        occasion.violated_as(
            Severity::Warning,
            format!("no Alert 1222 in the answer to message {number}, which has no Final"),
            "Alert 1222, to get the next message",
        );
    }
}
