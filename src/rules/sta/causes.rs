//! Codes that need a cause: 213, 214, 215, 216, 304, 408, 424, 507, 516, 517.

use super::common::{
    Answered, CONFIRMED, CREP, DREP, FIRST, ONE_GET, PRO, STATUS, answered, inside, is_failure, is_inside, message_at,
    opened, status_shown, statuses,
};
use crate::base::Severity;
use crate::dm::{ObjectEnd, Place, Profile, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope};
use crate::syncml::{CommandId, CommandName, number as decimal};

pub(super) static BUFFERED: Rule = Rule {
    id: "STA-022",
    name: "chunk-accepted-without-chunk",
    title: "213 answers a chunk only",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[
        Clause { document: PRO, section: "7 Large Object Handling" },
        Clause { document: CREP, section: "10 Response Status Codes: 213" },
    ],
    what: "Each Status 213 answers a command with an Item that has MoreData, or a container that holds one.",
    why: "The sender of a complete value waits for a final code that never comes, or sends a next chunk that does not exist.",
    mend: "Answer 213 only to a command whose Item has MoreData; a complete value gets the code of its execution.",
    yields_to: &["LOB-014"],
    pass: &[CHUNKS],
    violate: &[opened!(" Replace ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Replace 213")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, buffered),
    ..Rule::MUST
};

/// A value in two chunks.
const CHUNKS: &str = opened!(
    " Replace ./Vendor/A=Hello size=12 more",
    " patch \"<Final/>\" => \"\"",
    "device nofinal",
    " Status SyncHdr 200",
    " Status Replace 213",
    " Alert 1222",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
    " Replace ./Vendor/A=\" world!\"",
    "device",
    " Status SyncHdr 200",
    " Status Replace 200",
    "server",
    " Status SyncHdr 200",
);

fn buffered(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(213) {
        return;
    }
    let occasion = cx.occasion(status.at());
    let expected = "213 for a command with MoreData only";
    let is_chunk = |cmd: Cmd<'_>| cmd.items().iter().any(|item| item.more_data.is_some());
    match answered(status) {
        Answered::Unknown(reason) => occasion.undecided(reason),
        Answered::Nothing => occasion.undecided(Reason::AmbiguousReference),
        Answered::Command(cmd) if is_chunk(cmd) || inside(cmd).any(is_chunk) || lacks_more_data(cmd) => occasion.held(),
        Answered::Command(cmd) => {
            occasion.related(cmd.at()).violated(format!("{}, which has no MoreData", status_shown(status)), expected)
        }
        Answered::Header(msg) => {
            occasion.related(msg.at_node(None)).violated(status_shown(status), expected);
        }
    }
}

/// Whether a command is taken for the last part of a value that it does not complete: its MoreData is missing (guard G15).
fn lacks_more_data(cmd: Cmd<'_>) -> bool {
    let object = cmd.session().object_of(cmd.place());
    object.is_some_and(|object| object.announced.is_some_and(|announced| object.octets() < announced))
}

pub(super) static USER_CODES: Rule = Rule {
    id: "STA-023",
    name: "user-interaction-code-for-other-command",
    title: "214, 304 and 408 answer an Alert",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[
        Clause { document: PRO, section: "10 User interaction commands" },
        Clause { document: DREP, section: "6.6.2 Alert" },
    ],
    what: "Each Status 304 answers an Alert. 214 and 408 for something else are an observation, since SyncML defines them for \
           every command.",
    why: "The server takes a refusal of the user for what was a failure of the device.",
    mend: "Answer a management command with the code of its own failure, or 215 where the user had it skipped.",
    pass: &[CONFIRMED],
    violate: &[opened!(" Replace ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Replace 304")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, user_codes),
    ..Rule::MUST
};

fn user_codes(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (214 | 304 | 408)) = status.code() else { return };
    let occasion = cx.occasion(status.at());
    let related = match answered(status) {
        Answered::Unknown(reason) => return occasion.undecided(reason),
        Answered::Nothing => return occasion.undecided(Reason::AmbiguousReference),
        Answered::Command(cmd) if cmd.command.name == CommandName::Alert => return occasion.held(),
        Answered::Command(cmd) => cmd.at(),
        Answered::Header(msg) => msg.at_node(None),
    };
    let occasion = occasion.related(related);
    let seen = status_shown(status);
    let expected = format!("{code} for an Alert only");
    if code == 304 {
        occasion.violated(seen, expected);
    } else {
        occasion.violated_as(Severity::Info, seen, expected);
    }
}

pub(super) static NOT_MODIFIED: Rule = Rule {
    id: "STA-024",
    name: "refusal-of-other-alert",
    title: "304 answers a confirmation",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.2 Confirmation" }],
    what: "Each Status 304 for an Alert answers an Alert 1101.",
    why: "304 says that the user answered no; an Alert that asks no yes-or-no question leaves the server without a meaning.",
    mend: "Answer 200 with the Items, 214 where the user cancelled, or 408 where nobody answered.",
    pass: &[CONFIRMED],
    violate: &[opened!(" Alert 1100 \"\" \"Please wait\"", "device", " Status SyncHdr 200", " Status Alert 304")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, not_modified),
    ..Rule::MUST
};

fn not_modified(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(304) {
        return;
    }
    let Answered::Command(cmd) = answered(status) else { return };
    if cmd.command.name != CommandName::Alert {
        return;
    }
    let occasion = cx.occasion(status.at()).related(cmd.at());
    if cmd.code() != Some(1101) {
        occasion.violated(
            format!("{}, an Alert {}", status_shown(status), cmd.text(cmd.command.data)),
            "304 for an Alert 1101 only",
        );
    }
}

pub(super) static NOT_EXECUTED: Rule = Rule {
    id: "STA-025",
    name: "not-executed-without-cause",
    title: "215 has a cause",
    judged: Judged::Client,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Package,
    clause: &[
        Clause { document: PRO, section: "10.2 User interaction alerts" },
        Clause { document: DREP, section: "6.6.3 Atomic" },
        Clause { document: DREP, section: "6.6.14 Sequence" },
    ],
    what: "A command with Status 215 comes after a command of the same package that failed, was refused (304), cancelled (214) \
           or timed out (408), or shares a container with one, or with a failure of the container itself. An abort of the \
           session and a refused message are causes too.",
    why: "The server cannot tell why the command was skipped, and neither repeats nor reports it.",
    mend: "Execute the command, or answer the code of what hindered it.",
    pass: &[CONFIRMED],
    violate: &[opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Status Get 215")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Message(not_executed),
    ..Rule::MUST
};

fn not_executed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.is_server() {
        return;
    }
    let session = msg.session;
    let mut earlier: Option<bool> = None;
    let mut container: Option<(CommandId, bool)> = None;
    let mut seen_cause = false;
    let mut is_vague = false;
    for cmd in msg.commands().filter(|cmd| !cmd.command.name.is_response()) {
        is_vague |= !msg.entry.is_sound(cmd.id);
        for status in statuses(session, cmd.place()) {
            if status.code() != Some(215) {
                seen_cause |= status.code().is_some_and(is_cause);
                continue;
            }
            let occasion = cx.occasion(status.at()).related(cmd.at());
            let has_cause = seen_cause
                || *earlier.get_or_insert_with(|| has_cause_before(msg))
                || session.is_aborted_by(status.msg.id)
                || cmd.containers().last().is_some_and(|outermost| match container {
                    Some((id, has_cause)) if id == outermost.id => has_cause,
                    _ => {
                        let has_cause = fails_within(outermost);
                        container = Some((outermost.id, has_cause));
                        has_cause
                    }
                });
            if has_cause {
                occasion.held();
            } else if session.has_losses {
                occasion.undecided(Reason::MessageLost);
            } else if !session.start_seen && is_in_first_package(msg) {
                occasion.undecided(Reason::StartNotCaptured);
            } else if is_vague {
                occasion.undecided(Reason::AmbiguousReference);
            } else {
                occasion.violated(
                    format!("{}, and nothing before it failed or was cancelled", status_shown(status)),
                    "215 only behind a command that failed, was refused or was cancelled",
                );
            }
        }
    }
}

/// Whether a code makes a client skip other commands.
const fn is_cause(code: u16) -> bool {
    is_failure(code) || matches!(code, 214 | 216 | 304)
}

fn has_cause(session: &Session, to: Place) -> bool {
    session.codes_of(to).any(is_cause)
}

/// Whether the message itself failed, or something in an earlier message of its package.
fn has_cause_before(msg: Msg<'_>) -> bool {
    let session = msg.session;
    if has_cause(session, msg.header()) {
        return true;
    }
    let mut at = session.previous_of_sender(msg.id);
    while let Some((id, _)) = at.filter(|(_, entry)| !entry.message.has_final()) {
        let Some(before) = message_at(session, id) else { break };
        if has_cause(session, before.header()) || before.commands().any(|cmd| has_cause(session, cmd.place())) {
            return true;
        }
        at = session.previous_of_sender(id);
    }
    false
}

/// Whether no message of its sender before it ended a package: the package may have begun before the capture.
fn is_in_first_package(msg: Msg<'_>) -> bool {
    let mut at = msg.session.previous_of_sender(msg.id);
    while let Some((id, before)) = at {
        if before.message.has_final() {
            return false;
        }
        at = msg.session.previous_of_sender(id);
    }
    true
}

fn fails_within(container: Cmd<'_>) -> bool {
    let session = container.session();
    has_cause(session, container.place()) || inside(container).any(|cmd| has_cause(session, cmd.place()))
}

pub(super) static ROLLED_BACK: Rule = Rule {
    id: "STA-026",
    name: "roll-back-outside-atomic",
    title: "216 and 516 answer commands of an Atomic",
    judged: Judged::Client,
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[
        Clause { document: CREP, section: "10 Response Status Codes: 216, 516" },
        Clause { document: DREP, section: "6.6" },
    ],
    what: "Each Status 216 or 516 answers a command inside an Atomic, at any depth, or the Atomic itself.",
    why: "Nothing outside an Atomic is rolled back: the server believes a change undone that may have stayed.",
    mend: "Answer the code of the command's own success or failure.",
    pass: &[ROLL_BACK],
    violate: &[opened!(" Replace ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Replace 216")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, rolled_back),
    ..Rule::MUST
};

/// An Atomic whose second command fails.
const ROLL_BACK: &str = opened!(
    " Atomic",
    "  Replace ./Vendor/A=1",
    "  Delete ./Vendor/B",
    "  Replace ./Vendor/C=1",
    "device",
    " Status SyncHdr 200",
    " Status Atomic 507",
    " Status Replace 216",
    " Status Delete 404",
    " Status Replace 215",
    "server",
    " Status SyncHdr 200",
);

fn rolled_back(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (216 | 516)) = status.code() else { return };
    let occasion = cx.occasion(status.at());
    let seen = || format!("{}, outside an Atomic", status_shown(status));
    let expected = format!("{code} for a command inside an Atomic only");
    match answered(status) {
        Answered::Unknown(reason) => occasion.undecided(reason),
        Answered::Nothing => occasion.undecided(Reason::AmbiguousReference),
        Answered::Command(cmd) if cmd.command.name == CommandName::Atomic || is_inside(cmd, CommandName::Atomic) => {
            occasion.held();
        }
        Answered::Command(cmd) => occasion.related(cmd.at()).violated(seen(), expected),
        Answered::Header(msg) => occasion.related(msg.at_node(None)).violated(status_shown(status), expected),
    }
}

pub(super) static ATOMIC_FAILED: Rule = Rule {
    id: "STA-027",
    name: "atomic-code-for-other-command",
    title: "507 and 517 answer an Atomic",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.3 Atomic" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "Each Status 507 or 517 answers an Atomic. Windows clients give 507 to its children too, an observation in their \
           profile.",
    why: "The server cannot see which command of the Atomic failed.",
    mend: "Answer 507 for the Atomic, the real code for the command that failed, 216 before and 215 behind it.",
    pass: &[ROLL_BACK],
    violate: &[opened!(" Replace ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Replace 507")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, atomic_failed),
    ..Rule::MUST
};

fn atomic_failed(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (507 | 517)) = status.code() else { return };
    let occasion = cx.occasion(status.at());
    let expected = format!("{code} for an Atomic only");
    match answered(status) {
        Answered::Unknown(reason) => occasion.undecided(reason),
        Answered::Nothing => occasion.undecided(Reason::AmbiguousReference),
        Answered::Command(cmd) if cmd.command.name == CommandName::Atomic => occasion.held(),
        Answered::Command(cmd) => occasion.related(cmd.at()).violated(status_shown(status), expected),
        Answered::Header(msg) => occasion.related(msg.at_node(None)).violated(status_shown(status), expected),
    }
}

pub(super) static SIZE_MISMATCH: Rule = Rule {
    id: "STA-028",
    name: "size-mismatch-without-mismatch",
    title: "424 is given only where the size differs",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "7 Large Object Handling" }],
    needs: &[Need::NoLoss],
    what: "Where a value with an announced Size was refused with 424, its chunks together do not have exactly that many octets. \
           The octets count as they were conveyed: base64 text as text.",
    why: "A large value that arrived complete is refused each time it is sent, firmware for one.",
    mend: "Count the octets of the character data as received, before decoding base64.",
    pass: &[WRONG_SIZE],
    violate: &[opened!(
        " Replace ./Vendor/A=Hello size=12 more",
        " patch \"<Final/>\" => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 213",
        " Alert 1222",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Replace ./Vendor/A=\" world!\"",
        "device",
        " Status SyncHdr 200",
        " Status Replace 424",
    )],
    not_applicable: &[FIRST, ONE_GET, CHUNKS],
    check: Check::Command(STATUS, size_mismatch),
    ..Rule::MUST
};

/// A value that is one octet shorter than its Size.
const WRONG_SIZE: &str = opened!(
    " Replace ./Vendor/A=Hello size=12 more",
    " patch \"<Final/>\" => \"\"",
    "device nofinal",
    " Status SyncHdr 200",
    " Status Replace 213",
    " Alert 1222",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
    " Replace ./Vendor/A=\" world\"",
    "device",
    " Status SyncHdr 200",
    " Status Replace 424",
    "server",
    " Status SyncHdr 200",
);

fn size_mismatch(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(424) {
        return;
    }
    let cmd = match answered(status) {
        Answered::Command(cmd) => cmd,
        Answered::Unknown(reason) => return cx.occasion(status.at()).undecided(reason),
        Answered::Header(_) | Answered::Nothing => return,
    };
    let (octets, announced, is_complete) = match status.session().object_of(cmd.place()) {
        Some(object) => {
            let is_last =
                object.chunks.last().is_some_and(|chunk| chunk.entry == cmd.msg.id && chunk.command == cmd.id);
            (object.octets(), object.announced, object.end == ObjectEnd::Complete && is_last)
        }
        // One that came in one piece.
        None => {
            let [item] = cmd.items() else { return };
            let size = cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Size));
            let octets = item.data.map_or(0, |data| cmd.message().tree().content_bytes(data).len() as u64);
            (octets, decimal(size), true)
        }
    };
    let Some(announced) = announced else { return };
    let occasion = cx.occasion(status.at()).related(cmd.at());
    if !is_complete {
        occasion.undecided(Reason::EndNotCaptured);
    } else if octets == announced {
        occasion.violated(
            format!("{}, though Size {announced} was announced and {octets} octets came", status_shown(status)),
            "the code of the command's execution",
        );
    }
}
