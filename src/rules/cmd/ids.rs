//! CmdID: CMD-001 to CMD-004.

use super::{EVERY, UNDECODABLE};
use crate::base::Severity;
use crate::dm::Profile;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Level, Override, Rule, Scope, Source};
use crate::rules::sta::common::{CREP, DREP, ONE_GET, opened};
use std::collections::HashMap;

const CMD_ID: Clause = Clause { document: CREP, section: "6.1 CmdID" };

pub(super) static PRESENT: Rule = Rule {
    id: "CMD-001",
    name: "command-without-cmdid",
    title: "Every command has a CmdID",
    scope: Scope::Element,
    clause: &[CMD_ID, Clause { document: DREP, section: "6.6" }],
    what: "Every command, Status, Results and Alert has a CmdID that is not empty, those inside Atomic and Sequence included. \
           Snippets in specifications leave it out; a message may not.",
    why: "Nothing can answer a command that has no number: its Status is missing, or taken for that of another.",
    mend: "Number the commands of each message, Status and Results among them.",
    yields_to: &["XML-011"],
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV nocmd")],
    not_applicable: &[UNDECODABLE],
    check: Check::Command(EVERY, present),
    ..Rule::MUST
};

fn present(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(cmd.at());
    if cmd.message().cmd_id(cmd.command).is_none() {
        let how = if cmd.command.cmd_id.is_some() { "an empty" } else { "no" };
        occasion.violated(format!("{} with {how} CmdID", cmd.command.name), "a CmdID that no other command of it has");
    }
}

pub(super) static UNIQUE: Rule = Rule {
    id: "CMD-002",
    name: "cmdid-repeated",
    title: "No two commands of a message have the same CmdID",
    source: Source::TextMs,
    clause: &[CMD_ID],
    what: "Each CmdID of a message stands at one command only; nested commands, Status and Results count, and texts are \
           compared as they stand. Every message begins anew.",
    why: "An answer to that CmdID answers two commands, or the wrong one.",
    mend: "Count CmdID on through the whole message, into containers and over Status and Results.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV cmd=3")],
    not_applicable: &[UNDECODABLE, "device\n Alert 1201 nocmd\n"],
    check: Check::Message(unique),
    ..Rule::MUST
};

fn unique(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let numbered = || msg.commands().filter_map(|cmd| Some((cmd, msg.message().cmd_id(cmd.command)?)));
    let mut doubled: HashMap<&str, Vec<Cmd<'_>>> = HashMap::new();
    for (cmd, id) in numbered() {
        if msg.entry.is_sound(cmd.id) {
            cx.occasion(cmd.at()).held();
        } else {
            doubled.entry(id).or_default().push(cmd);
        }
    }
    if doubled.is_empty() {
        return;
    }
    // One occasion for each number: at the second command that has it.
    for (cmd, id) in numbered() {
        match doubled.get(id).map(Vec::as_slice) {
            Some([only]) if only.id == cmd.id => cx.occasion(cmd.at()).held(),
            Some([first, second, more @ ..]) if second.id == cmd.id => {
                let others = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
                cx.occasion(cmd.at()).related(first.at()).violated(
                    format!("CmdID {} of {} and of {}{others}", quoted(id), first.command.name, cmd.command.name),
                    "a CmdID of its own for every command of the message",
                );
            }
            _ => {}
        }
    }
}

pub(super) static NOT_ZERO: Rule = Rule {
    id: "CMD-003",
    name: "cmdid-zero",
    title: "CmdID is not 0",
    level: Level::MustNot,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[CMD_ID],
    what: "No CmdID is zero, however it is written.",
    why: "CmdRef 0 means SyncHdr: a Status for the command is taken for one of the whole message.",
    mend: "Begin with CmdID 1.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV cmd=0")],
    not_applicable: &[UNDECODABLE, "device\n Alert 1201 nocmd\n"],
    check: Check::Command(EVERY, not_zero),
    ..Rule::MUST
};

fn not_zero(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(id) = cmd.message().cmd_id(cmd.command) else { return };
    let occasion = cx.occasion(cmd.at_node(cmd.command.cmd_id));
    if id.bytes().all(|octet| octet == b'0') {
        occasion.violated(format!("CmdID {} of {}", quoted(id), cmd.command.name), "a CmdID from 1 on");
    }
}

pub(super) static NUMERIC: Rule = Rule {
    id: "CMD-004",
    name: "cmdid-not-numeric",
    title: "CmdID is a number",
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[CMD_ID],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "CmdID holds decimal digits only. Other text is legal for the document type definition, and usual on Windows, where \
           the rule does not look.",
    why: "Clients that keep CmdID as a number answer another one than the server sent.",
    mend: "Use decimal numbers.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV cmd=a1")],
    not_applicable: &[UNDECODABLE, "device\n Alert 1201 nocmd\n"],
    check: Check::Command(EVERY, numeric),
    ..Rule::SHOULD
};

fn numeric(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(id) = cmd.message().cmd_id(cmd.command) else { return };
    let occasion = cx.occasion(cmd.at_node(cmd.command.cmd_id));
    if !id.bytes().all(|octet| octet.is_ascii_digit()) {
        occasion.violated(format!("CmdID {} of {}", quoted(id), cmd.command.name), "decimal digits");
    }
}
