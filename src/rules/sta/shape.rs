//! The elements of a Status, and its place among others.

use super::common::{
    Answered, DREP, FIRST, ONE_GET, PRO, STATUS, STATUS_DTD, STATUS_ELEMENT, answered, inside, is_for_exec, message_at,
    opened, proper_code, shown, status_shown,
};
use crate::base::Severity;
use crate::dm::{EntryId, Profile};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Level, Override, Rule, Scope, Source};
use crate::syncml::{CommandId, CommandName};

pub(super) static HEADER_FIRST: Rule = Rule {
    id: "STA-003",
    name: "header-status-not-first",
    title: "The Status for the SyncHdr comes first",
    severity: Severity::Warning,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "In each message that has a Status for a SyncHdr, that one comes before every other Status. Commands such as an \
           Alert may stand before it.",
    why: "A receiver that works through the message in order meets results before it knows whether its message was \
          accepted at all.",
    mend: "Write the Status for the SyncHdr before all others.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status Get 200",
        " Status SyncHdr 200",
        " Results ./DevDetail/SwV=7.1",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Message(header_first),
    ..Rule::MUST
};

fn header_first(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let mut statuses = msg.commands().filter(|cmd| cmd.command.name == CommandName::Status);
    let Some(first) = statuses.next() else { return };
    if first.answers_header() {
        return cx.occasion(first.at()).held();
    }
    if let Some(late) = statuses.find(|status| status.answers_header()) {
        cx.occasion(late.at()).related(first.at()).violated(
            format!("{} comes after {}", status_shown(late), status_shown(first)),
            "the Status for the SyncHdr before every other Status",
        );
    }
}

pub(super) static STATUS_ORDER: Rule = Rule {
    id: "STA-004",
    name: "status-out-of-order",
    title: "Status elements come in the order of the commands",
    severity: Severity::Warning,
    scope: Scope::Package,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "The Status elements of a package that answer commands of one message come in the order in which that message has \
           the commands. A container may be answered before or after its children, a command may have several Status \
           elements, and the end of what was 101 before may come late.",
    why: "Implementations that count instead of looking at CmdRef tie results to the wrong commands.",
    mend: "Collect the Status elements and send them in the order of the commands, in whatever order they were executed.",
    pass: &[opened!(
        " Get ./DevDetail/SwV",
        " Get ./DevDetail/HwV",
        "device",
        " Status SyncHdr 200",
        " Status * 200",
        " Results ./DevDetail/SwV=7.1",
        " Results ./DevDetail/HwV=2",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        " Delete ./Vendor/Old",
        "device",
        " Status SyncHdr 200",
        " Status Delete 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST, ONE_ANSWER],
    check: Check::Message(status_order),
    ..Rule::MUST
};

/// A message with a single command, answered.
const ONE_ANSWER: &str = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n";

fn status_order(msg: Msg<'_>, cx: &mut Cx<'_>) {
    // The furthest command of a message that was answered so far in the package.
    let mut furthest: Option<(EntryId, CommandId)> = None;
    if let Some((id, before)) = msg.session.previous_of_sender(msg.id)
        && !before.message.has_final()
        && let Some(before) = message_at(msg.session, id)
    {
        for status in before.commands().filter(|cmd| cmd.command.name == CommandName::Status) {
            if let Answered::Command(cmd) = answered(status) {
                furthest = Some(further(furthest, cmd));
            }
        }
    }
    for status in msg.commands().filter(|cmd| cmd.command.name == CommandName::Status) {
        let Answered::Command(cmd) = answered(status) else { continue };
        if let Some((message, last)) = furthest
            && message == cmd.msg.id
            && last != cmd.id
            && let Some(before) = cmd.msg.command(last)
        {
            let occasion = cx.occasion(status.at()).related(cmd.at());
            if cmd.id >= last || may_come_late(status, cmd, last) {
                occasion.held();
            } else if !msg.session.is_whole_between(cmd.msg.id, msg.id) {
                // An earlier Status of it, as 101, may be in a message that is missing.
                occasion.undecided(Reason::MessageLost);
            } else {
                occasion.violated(
                    format!("{} comes after the Status for {}", status_shown(status), shown(before)),
                    "Status elements in the order of the commands that they answer",
                );
            }
        }
        furthest = Some(further(furthest, cmd));
    }
}

fn further(furthest: Option<(EntryId, CommandId)>, cmd: Cmd<'_>) -> (EntryId, CommandId) {
    match furthest {
        Some((message, last)) if message == cmd.msg.id => (message, last.max(cmd.id)),
        _ => (cmd.msg.id, cmd.id),
    }
}

/// A container behind its children, or one more Status of a command that had one.
fn may_come_late(status: Cmd<'_>, cmd: Cmd<'_>, last: CommandId) -> bool {
    let repeated = cmd.session().statuses_of(cmd.place()).next() != Some(status.place());
    repeated || (cmd.command.name.is_container() && inside(cmd).last().is_some_and(|child| last <= child.id))
}

pub(super) static CMD: Rule = Rule {
    id: "STA-011",
    name: "status-without-cmd",
    title: "A Status has Cmd",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[STATUS_DTD],
    what: "Each Status has a Cmd that is not empty.",
    why: "Receivers choose by Cmd how to read the Status; without it some drop the whole message as malformed.",
    mend: "Write the name of the command that is answered, or SyncHdr.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200 nocmd-name",
        " Results ./DevDetail/SwV=7.1",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, cmd_name),
    ..Rule::MUST
};

fn cmd_name(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at());
    if status.text(status.command.cmd).is_empty() {
        let how = if status.command.cmd.is_some() { "an empty" } else { "no" };
        occasion
            .violated(format!("{} has {how} Cmd", status_shown(status)), "Cmd with the name of the command answered");
    }
}

pub(super) static DATA: Rule = Rule {
    id: "STA-012",
    name: "status-code-malformed",
    title: "Data of a Status is a code of three digits",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[STATUS_DTD, super::common::CODES],
    what: "Each Status has Data with three digits, the first from 1 to 5. Result codes of four digits that management objects \
           define for Exec (12xx, 14xx, 15xx) are accepted in the Status of an Exec; attributes of Data do not count.",
    why: "The receiver cannot tell success from failure.",
    mend: "Write the code alone; put texts for people into an Item of the Status.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
        " patch \"<Cmd>Get</Cmd><Data>200</Data>\" => \"<Cmd>Get</Cmd><Data>OK</Data>\"",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, data),
    ..Rule::MUST
};

fn data(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at_node(status.command.data));
    let text = status.text(status.command.data);
    if proper_code(text).is_some() || (is_object_code(text) && is_for_exec(status)) {
        return occasion.held();
    }
    let seen = match status.command.data {
        None => format!("{} has no Data", status_shown(status)),
        Some(_) => format!("Data {}", quoted(text)),
    };
    occasion.violated(seen, "a code of three digits between 100 and 599");
}

/// Result codes of management objects: 12xx, 14xx, 15xx.
fn is_object_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1', b'2' | b'4' | b'5', third, fourth] if third.is_ascii_digit() && fourth.is_ascii_digit())
}

pub(super) static ELEMENT_ORDER: Rule = Rule {
    id: "STA-017",
    name: "status-elements-out-of-order",
    title: "The elements of a Status are in their order",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[STATUS_DTD],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "The children of each Status come in the order CmdID, MsgRef, CmdRef, Cmd, TargetRef, SourceRef, Cred, Chal, Data, \
           Item. Outside strict mode it is only an observation where CmdID, MsgRef, CmdRef, Cmd and Data are there once, \
           since published examples have another order.",
    why: "Parsers that follow the document type definition refuse the message.",
    mend: "Write the elements in the order of the document type definition.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
        " patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, element_order),
    ..Rule::MUST
};

/// The children of Status in order; those from the fifth on are optional or repeated, Data apart.
const ORDER: [Tag; 10] = [
    Tag::CmdID,
    Tag::MsgRef,
    Tag::CmdRef,
    Tag::Cmd,
    Tag::TargetRef,
    Tag::SourceRef,
    Tag::Cred,
    Tag::Chal,
    Tag::Data,
    Tag::Item,
];

fn element_order(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let is_strict = cx.is_strict();
    let tree = status.message().tree();
    let mut last = (0, Tag::CmdID);
    let mut misplaced = None;
    let mut counts = [0_u32; ORDER.len()];
    for child in tree.elements(status.command.node) {
        let Some(tag) = tree.tag(child) else { continue };
        let Some(rank) = ORDER.iter().position(|known| *known == tag) else { continue };
        if let Some(count) = counts.get_mut(rank) {
            *count += 1;
        }
        if rank < last.0 {
            misplaced = misplaced.or(Some((child, tag, last.1)));
        } else {
            last = (rank, tag);
        }
    }
    let occasion = cx.occasion(status.at_node(misplaced.map(|(child, ..)| child)));
    let Some((_, tag, before)) = misplaced else { return occasion.held() };
    let name = |tag: Tag| tag.known_name().unwrap_or_default();
    let seen = format!("{} comes after {} in {}", name(tag), name(before), status_shown(status));
    let expected = "CmdID, MsgRef, CmdRef, Cmd, TargetRef, SourceRef, Cred, Chal, Data, Item in this order";
    let [cmd_id, msg_ref, cmd_ref, cmd, .., data, _] = counts;
    if !is_strict && [cmd_id, msg_ref, cmd_ref, cmd, data] == [1; 5] {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static CRED: Rule = Rule {
    id: "STA-018",
    name: "credentials-in-status",
    title: "A Status has no Cred",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.1.6 Cred" }],
    what: "No Status contains Cred.",
    why: "Credentials in a Status are never checked, so that whoever sends them there is not authenticated, and they are \
          exposed for nothing.",
    mend: "Put Cred into SyncHdr.",
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
                patch \"<Cmd>Alert</Cmd>\" => \"<Cmd>Alert</Cmd><Cred><Data>QTpC</Data></Cred>\"\n"],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, cred),
    ..Rule::MUST
};

fn cred(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at_node(status.command.cred));
    if status.command.cred.is_some() {
        occasion.violated(format!("{} contains Cred", status_shown(status)), "credentials in SyncHdr only");
    }
}

pub(super) static CHAL: Rule = Rule {
    id: "STA-019",
    name: "challenge-for-a-command",
    title: "Only the Status for a SyncHdr has Chal",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "9.3" }],
    what: "Each Status with Chal answers a SyncHdr. SyncML knows challenges for single commands, but in device management the \
           header alone is authenticated.",
    why: "Clients and servers ignore a challenge at a command, and the session comes to a halt.",
    mend: "Challenge the whole message: Status 401 or 407 with Chal for its SyncHdr.",
    pass: &["device\n Alert 1201\nserver\n Status SyncHdr 407 chal=md5:Tm9uY2U=\n Status Alert 407\n"],
    violate: &["device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 401 chal=md5:Tm9uY2U=\n"],
    not_applicable: &[ONE_GET],
    check: Check::Command(STATUS, chal),
    ..Rule::MUST
};

fn chal(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(chal) = status.command.chal else { return };
    let occasion = cx.occasion(status.at_node(chal));
    if !status.answers_header() && status.text(status.command.cmd) != "SyncHdr" {
        occasion.violated(format!("{} contains Chal", status_shown(status)), "Chal in a Status for a SyncHdr only");
    }
}
