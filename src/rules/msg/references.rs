//! MsgRef, CmdRef and Cmd of Status and Results.

use super::super::cmd::unknown_element;
use super::super::sta::common::message_at;
use super::{CREP, FIRST, ONE_GET, PRO, opened};
use crate::base::Severity;
use crate::dm::{EntryId, Place, Resolution, Session};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Rule, Scope, Source};
use crate::syncml::{CommandName, number};

/// Everything that refers to something.
const RESPONSES: &[CommandName] = &[CommandName::Status, CommandName::Results];

const MSG_REF_CLAUSE: Clause = Clause { document: CREP, section: "6.1 MsgRef" };

/// Why nobody can say where a reference leads.
fn unseen(session: &Session) -> Reason {
    if session.start_seen { Reason::MessageLost } else { Reason::StartNotCaptured }
}

/// The other side, in words.
fn other_side(cmd: Cmd<'_>) -> &'static str {
    if cmd.msg.entry.is_client() { "server" } else { "client" }
}

/// MsgID of a message, in quotes.
fn msg_id_of(session: &Session, id: EntryId) -> String {
    quoted(session.entry(id).and_then(|entry| entry.message.msg_id()).unwrap_or_default())
}

/// A message, as a place.
fn at_message(session: &Session, id: EntryId) -> At {
    At { entry: id, command: None, node: session.entry(id).and_then(|entry| entry.message.hdr.msg_id) }
}

pub(super) static MSG_REF: Rule = Rule {
    id: "MSG-003",
    name: "msg-ref-to-nothing",
    title: "MsgRef is the MsgID of a message of the other side",
    source: Source::TextMs,
    clause: &[MSG_REF_CLAUSE],
    what: "The MsgRef of each Status and Results is the MsgID of a message that the other side sent earlier in the session; \
           0 never is. Undecided where that message may lie before the capture or was lost from it, and where a message of \
           the other side has no MsgID or the same one as another. References to later messages and to the sender's own \
           are reported by rules of their own.",
    why: "The answer cannot be tied to anything: for the other side its command remains unanswered.",
    mend: "Copy MsgID of the message that holds the command into MsgRef.",
    yields_to: &["BST-016"],
    pass: &[ONE_GET],
    violate: &[opened!("device\n    Status SyncHdr 200 msgref=9\n    Status Get 200")],
    not_applicable: &[FIRST],
    check: Check::Command(RESPONSES, msg_ref),
    ..Rule::MUST
};

fn msg_ref(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let node = cmd.command.msg_ref;
    let Some(found) = cmd.message().value(node) else { return };
    match cmd.resolution() {
        None | Some(Resolution::NoMsgRef | Resolution::Forward(_) | Resolution::Own(_)) => {}
        Some(Resolution::Found(_) | Resolution::NoCmdRef(_) | Resolution::NoSuchCommand(_)) => {
            cx.occasion(cmd.at_node(node)).held();
        }
        Some(Resolution::NotCaptured) => cx.occasion(cmd.at_node(node)).undecided(unseen(cmd.session())),
        Some(Resolution::Ambiguous) => cx.occasion(cmd.at_node(node)).undecided(Reason::AmbiguousReference),
        Some(Resolution::NoSuchMessage) => {
            let side = other_side(cmd);
            let last = match cmd.msg.entry.answers {
                Some(id) => format!("the {side}'s last message before has {}", msg_id_of(cmd.session(), id)),
                None => format!("the {side} sent none before"),
            };
            cx.occasion(cmd.at_node(node)).violated(
                format!("MsgRef {}; {last}", quoted(found)),
                format!("MsgID of an earlier message of the {side}"),
            );
        }
    }
}

pub(super) static CMD_REF: Rule = Rule {
    id: "MSG-004",
    name: "cmd-ref-to-nothing",
    title: "CmdRef is the CmdID of a command in the message that MsgRef names",
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 CmdRef" }],
    what: "A CmdRef other than 0 is the CmdID of a command, those inside Atomic and Sequence included, or of an element that \
           is no command of SyncML, in the message that MsgRef names. Undecided where the capture lacks that message or a part \
           of it, and where a command there has no CmdID or the same one as another.",
    why: "The answer cannot be tied to a command: for the other side that command remains unanswered.",
    mend: "Copy CmdID of the command into CmdRef, and MsgID of the message that holds it into MsgRef.",
    pass: &[ONE_GET],
    violate: &[opened!("device\n    Status SyncHdr 200\n    Status Get 200 ref=7")],
    not_applicable: &[FIRST, "server\n    Get ./A\ndevice\n    Status SyncHdr 200\n"],
    check: Check::Command(RESPONSES, cmd_ref),
    ..Rule::MUST
};

fn is_unknown_element(session: &Session, id: EntryId, cmd_id: &str) -> bool {
    message_at(session, id).is_some_and(|msg| unknown_element(msg, cmd_id).is_some())
}

fn cmd_ref(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let node = cmd.command.cmd_ref;
    let Some(found) = cmd.message().value(node) else { return };
    if number(found) == Some(0) {
        return;
    }
    match cmd.resolution() {
        Some(Resolution::Found(Place { command: Some(_), .. })) => cx.occasion(cmd.at_node(node)).held(),
        Some(Resolution::NotCaptured) => cx.occasion(cmd.at_node(node)).undecided(unseen(cmd.session())),
        Some(Resolution::Ambiguous) => cx.occasion(cmd.at_node(node)).undecided(Reason::AmbiguousReference),
        // An element that is no command of SyncML, and has that CmdID, may be answered all the same.
        Some(Resolution::NoSuchCommand(id)) if is_unknown_element(cmd.session(), id, found) => {
            cx.occasion(cmd.at_node(node)).held();
        }
        Some(Resolution::NoSuchCommand(id)) => {
            let message = msg_id_of(cmd.session(), id);
            let side = other_side(cmd);
            cx.occasion(cmd.at_node(node)).related(at_message(cmd.session(), id)).violated(
                format!("CmdRef {}; message {message} of the {side} has no command with that CmdID", quoted(found)),
                "CmdID of a command in the message that MsgRef names",
            );
        }
        _ => {}
    }
}

pub(super) static CMD: Rule = Rule {
    id: "MSG-005",
    name: "cmd-of-another-command",
    title: "Cmd is the name of the command that MsgRef and CmdRef name",
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 Cmd" }],
    what: "Cmd of each Status is, letter by letter, the name of the element that MsgRef and CmdRef lead to; SyncHdr for CmdRef \
           0, and for nothing else. Where the children of a container are all answered with the container's name, only the \
           first is reported. Not looked at where the reference leads nowhere.",
    why: "Receivers that check Cmd drop the Status; it may also be the answer to another command.",
    mend: "Take MsgRef, CmdRef and Cmd of a Status from one and the same command.",
    pass: &[ONE_GET],
    violate: &[
        opened!("device\n    Status SyncHdr 200\n    Status Get 200 cmd-name=Replace"),
        opened!("device\n    Status SyncHdr 200 cmd-name=Get\n    Status Get 200"),
        opened!("device\n    Status SyncHdr 200 ref=3\n    Status Get 200"),
    ],
    not_applicable: &[FIRST, "device\n    Alert 1201\nserver\n    Status SyncHdr 200 msgref=9 cmd-name=Get\n"],
    check: Check::Command(&[CommandName::Status], cmd_name),
    ..Rule::MUST
};

fn cmd_name(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let node = cmd.command.cmd;
    let Some(found) = cmd.message().value(node) else { return };
    let session = cmd.session();
    let place = match cmd.resolution() {
        Some(Resolution::Found(place)) => place,
        Some(Resolution::NotCaptured) => {
            cx.occasion(cmd.at_node(node)).undecided(unseen(session));
            return;
        }
        Some(Resolution::Ambiguous) => {
            cx.occasion(cmd.at_node(node)).undecided(Reason::AmbiguousReference);
            return;
        }
        _ => return,
    };
    let Some(answered) = cmd.answered() else {
        let cmd_ref = cmd.text(cmd.command.cmd_ref);
        let occasion = cx.occasion(cmd.at_node(node)).related(at_message(session, place.entry));
        if found != "SyncHdr" {
            occasion.violated(format!("Cmd {} with CmdRef {}", quoted(found), quoted(cmd_ref)), "Cmd SyncHdr");
        } else if number(cmd_ref) != Some(0) && !cmd_ref.is_empty() {
            occasion.violated(format!("CmdRef {} with Cmd SyncHdr", quoted(cmd_ref)), "CmdRef 0");
        }
        return;
    };
    let name = answered.command.name.name();
    let occasion = cx.occasion(cmd.at_node(node));
    if found == name || repeats_the_containers_name(cmd, found, answered) {
        return;
    }
    occasion.related(answered.at()).violated(
        format!(
            "Cmd {}; command {} of MsgID {} is {name}",
            quoted(found),
            quoted(cmd.text(cmd.command.cmd_ref)),
            msg_id_of(session, place.entry)
        ),
        format!("Cmd {name}"),
    );
}

/// Whether the Status before does the same: answers a command of the same container with the container's name.
fn repeats_the_containers_name(cmd: Cmd<'_>, found: &str, answered: Cmd<'_>) -> bool {
    let is_container = |answered: Cmd<'_>| answered.containers().any(|outer| outer.command.name.name() == found);
    let before = cmd.id.0.checked_sub(1).and_then(|id| cmd.msg.command(crate::syncml::CommandId(id)));
    before.is_some_and(|before| {
        before.text(before.command.cmd) == found
            && before.answered().is_some_and(|sibling| {
                sibling.msg.id == answered.msg.id
                    && sibling.command.parent == answered.command.parent
                    && is_container(sibling)
                    && is_container(answered)
            })
    })
}

pub(super) static FORWARD: Rule = Rule {
    id: "MSG-006",
    name: "reference-to-a-later-message",
    title: "Nothing refers to a message that was not sent yet",
    level: Level::MustNot,
    source: Source::Memory,
    clause: &[MSG_REF_CLAUSE],
    what: "No Status or Results has the MsgRef of a message that the other side sends only later. Decided by the times of the \
           capture, not by numbers: each side counts for itself.",
    why: "The sender mixes up the two counters: its answers go to commands that do not exist yet, and later match the wrong \
          ones.",
    mend: "Copy MsgID of the message received into MsgRef; do not use the own counter for it.",
    pass: &[ONE_GET],
    violate: &[opened!(
        "device\n    Status SyncHdr 200\n    Status Get 200 msgref=2 ref=3\n    Results ./DevDetail/SwV=7.1",
        "server\n    Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(RESPONSES, forward),
    ..Rule::MUST
};

fn forward(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let node = cmd.command.msg_ref;
    let Some(found) = cmd.message().value(node) else { return };
    let Some(resolution) = cmd.resolution() else { return };
    let occasion = cx.occasion(cmd.at_node(node));
    let Resolution::Forward(later) = resolution else { return };
    let session = cmd.session();
    let sent_later = session.entry(later).is_some_and(|later| later.started >= cmd.msg.entry.started);
    if sent_later {
        let side = other_side(cmd);
        occasion.related(at_message(session, later)).violated(
            format!("MsgRef {}: the {side} sends the message with that MsgID only afterwards", quoted(found)),
            format!("MsgID of an earlier message of the {side}"),
        );
    } else {
        occasion.undecided(Reason::NotVisible);
    }
}

pub(super) static OWN: Rule = Rule {
    id: "MSG-012",
    name: "reference-to-an-own-message",
    title: "Nothing refers to a message of its own sender",
    level: Level::MustNot,
    source: Source::Memory,
    clause: &[MSG_REF_CLAUSE],
    what: "No Status or Results has references that lead nowhere among the other side's messages, but to a command of the \
           same name in a message of the sender itself.",
    why: "The sender has swapped the counters of the two sides; none of its answers reaches a command.",
    mend: "Copy MsgID of the message received into MsgRef; do not use the own counter for it.",
    pass: &[ONE_GET],
    violate: &[
        "device\n    Alert 1201\nserver msg=10\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./DevDetail/SwV\n\
                device\n    Status SyncHdr 200\n    Status Alert 200 msgref=1 ref=1\n",
    ],
    not_applicable: &[FIRST],
    check: Check::Command(RESPONSES, own),
    ..Rule::MUST
};

fn own(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let node = cmd.command.msg_ref;
    let Some(found) = cmd.message().value(node) else { return };
    match cmd.resolution() {
        None => {}
        Some(Resolution::Own(place)) => {
            let side = other_side(cmd);
            let seen = format!(
                "MsgRef {}, CmdRef {}: no message of the {side} has that MsgID; the sender's own message has, with {} as \
                 that command",
                quoted(found),
                quoted(cmd.text(cmd.command.cmd_ref)),
                cmd.text(cmd.command.cmd)
            );
            let own = At { entry: place.entry, command: place.command, node: None };
            cx.occasion(cmd.at_node(node)).related(own).violated(seen, format!("references to messages of the {side}"));
        }
        Some(Resolution::NotCaptured) => cx.occasion(cmd.at_node(node)).undecided(unseen(cmd.session())),
        Some(_) => cx.occasion(cmd.at_node(node)).held(),
    }
}

pub(super) static STALE_MSG_REF: Rule = Rule {
    id: "MSG-013",
    name: "msg-ref-of-another-message",
    title: "A late answer keeps the MsgRef of the message that holds its command",
    severity: Severity::Warning,
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[Clause { document: PRO, section: "6.1" }, Clause { document: CREP, section: "6.4 Status" }],
    what: "Looked at are Status for commands in a message that is not the first of its package. One is taken for the answer \
           to another command when it is a second answer, or its Cmd does not fit, while an earlier message of the package \
           has a command with the same CmdID and that name which is never answered. Answers for single Items do not count.",
    why: "The first command remains unanswered, and the second gets two results.",
    mend: "Remember with each command the MsgID of its message, and answer with that, however late.",
    yields_to: &["MSG-004", "MSG-005"],
    pass: &[LATE_ANSWER],
    violate: &[STALE_ANSWER],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Status], stale_msg_ref),
    ..Rule::MUST
};

/// A package of the server in two messages, since a value did not fit into one.
macro_rules! two_messages {
    ($answer:literal) => {
        concat!(
            "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
             ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
             server nofinal\n    Status SyncHdr 200\n    Status * 200\n    Delete ./Vendor/Example/Old cmd=7\n    \
             Add ./Vendor/Example/Story=\"Once upon \" format=chr type=text/plain size=16 more cmd=8\n\
             device nofinal\n    Status SyncHdr 200\n    Status Add 213\n    Alert 1222\n\
             server\n    Status SyncHdr 200\n    Status Alert 200\n    Add ./Vendor/Example/Story=\"a time\" \
             format=chr type=text/plain cmd=8\n    Delete ./Vendor/Example/Older cmd=7\n\
             device\n    Status SyncHdr 200\n    ",
            $answer,
            "    Status Add 200\n\
             server\n    Status SyncHdr 200\n"
        )
    };
}
const LATE_ANSWER: &str = two_messages!("Status Delete 200 msgref=1 ref=7\n    Status Delete 200 msgref=2 ref=7\n");
const STALE_ANSWER: &str = two_messages!("Status Delete 200 msgref=2 ref=7\n    Status Delete 200 msgref=2 ref=7\n");

fn stale_msg_ref(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(answered) = cmd.answered() else { return };
    if answered.msg.entry.package.part < 2 {
        return;
    }
    let occasion = cx.occasion(cmd.at());
    if cmd.command.target_ref.is_some() || cmd.command.source_ref.is_some() {
        return;
    }
    let session = cmd.session();
    let name = cmd.text(cmd.command.cmd);
    let is_second = session.statuses_of(answered.place()).next() != Some(cmd.place());
    if !is_second && name == answered.command.name.name() {
        return;
    }
    let wanted = answered.text(answered.command.cmd_id);
    let Some(meant) = unanswered_twin(answered, wanted, name) else { return };
    let end = session.answer_end(meant.entry);
    match end {
        None => occasion.undecided(Reason::EndNotCaptured),
        Some(end) if !session.is_whole_between(meant.entry, end) => occasion.undecided(Reason::MessageLost),
        Some(_) => {
            let message = msg_id_of(session, meant.entry);
            occasion.related(At { entry: meant.entry, command: meant.command, node: None }).violated(
                format!(
                    "MsgRef {}; the {name} with CmdID {} of MsgID {message} has no answer",
                    quoted(cmd.text(cmd.command.msg_ref)),
                    quoted(wanted)
                ),
                format!("MsgRef {message}"),
            );
        }
    }
}

/// A command of that CmdID and name, without an answer, in an earlier message of the same package.
fn unanswered_twin(answered: Cmd<'_>, cmd_id: &str, name: &str) -> Option<Place> {
    /// Messages that are looked through, from the latest back.
    const PARTS: usize = 8;
    let session = answered.session();
    let package = answered.msg.entry.package;
    let mut at = answered.msg.id;
    for _ in 0..PARTS {
        let (id, entry) = session.previous_of_sender(at)?;
        if (entry.package.number, entry.package.iteration, entry.package.attempt)
            != (package.number, package.iteration, package.attempt)
        {
            return None;
        }
        let found = entry.message.commands_with_ids().find(|(command_id, command)| {
            command.name.name() == name
                && entry.message.text(command.cmd_id) == cmd_id
                && entry.is_sound(*command_id)
                && session.statuses_of(Place { entry: id, command: Some(*command_id) }).next().is_none()
        });
        if let Some((command, _)) = found {
            return Some(Place { entry: id, command: Some(command) });
        }
        at = id;
    }
    None
}
