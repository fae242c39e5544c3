//! Codes that need a cause: 212, 213, 214, 215, 216, 304, 401, 407, 408, 424, 505, 507, 513, 516, 517.

use super::common::{
    Answered, CREP, DREP, FIRST, ONE_GET, PRO, STATUS, after_package_1, answered, inside, is_done, is_failure,
    is_inside, message_at, number, opened, status_shown, statuses,
};
use crate::base::Severity;
use crate::dm::{Entry, ObjectEnd, Place, Profile, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope, Source};
use crate::syncml::{CommandId, CommandName, number as decimal};

pub(super) static ACCEPTED_WITHOUT_CREDENTIALS: Rule = Rule {
    id: "STA-021",
    name: "authentication-accepted-without-credentials",
    title: "212 is given only to a side that sent credentials",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 212" }],
    needs: &[Need::Start, Need::NoLoss],
    what: "A Status 212 for a SyncHdr comes only after the sender of that SyncHdr has sent Cred, or an x-syncml-hmac header, in \
           this message or earlier in the session. An observation where the transport may have authenticated it: TLS, HTTP \
           credentials, a proxy in front, or a transport that was not captured.",
    why: "The receiver believes that it is authenticated for the session, though nobody has looked at its credentials.",
    mend: "Answer 200 where no credentials were checked, and challenge with 407 where they are needed.",
    pass: &["session server=http://dm.example.com/dm\ndevice cred=basic:Bruce2:OhBehave\n Alert 1201\n\
         server\n Status SyncHdr 212\n Status Alert 200\n"],
    violate: &[
        "session server=http://dm.example.com/dm\ndevice\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n",
    ],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, accepted_without_credentials),
    ..Rule::MUST
};

fn accepted_without_credentials(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(212) {
        return;
    }
    let Answered::Header(msg) = answered(status) else { return };
    let session = status.session();
    let claimant = if msg.entry.is_client() { &session.client_auth } else { &session.server_auth };
    let occasion = cx.occasion(status.at()).related(msg.at_node(None));
    if claimant.presented.first().is_some_and(|first| *first <= msg.id) {
        return occasion.held();
    }
    let seen = format!("212 for the SyncHdr of {}, whose sender has sent no credentials in the session", number(msg));
    let expected = "200, or a challenge with 401 or 407";
    if may_be_authenticated_below(msg.entry) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// Whether the transport may have authenticated the sender of a message.
fn may_be_authenticated_below(entry: &Entry) -> bool {
    entry.transport.as_ref().is_none_or(|transport| {
        let is_behind_proxy = || {
            ["via", "forwarded", "x-forwarded-for", "x-forwarded-proto"]
                .iter()
                .any(|name| transport.header(name).is_some())
        };
        transport.tls || transport.has_http_credentials() || is_behind_proxy()
    })
}

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
        Answered::Command(cmd) if is_chunk(cmd) || inside(cmd).any(is_chunk) => occasion.held(),
        Answered::Command(cmd) => {
            occasion.related(cmd.at()).violated(format!("{}, which has no MoreData", status_shown(status)), expected)
        }
        Answered::Header(msg) => {
            occasion.related(msg.at_node(None)).violated(status_shown(status), expected);
        }
    }
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

/// A confirmation that the user refuses, and what was to be done then.
const CONFIRMED: &str = opened!(
    " Sequence",
    "  Alert 1101 \"\" \"Update now?\"",
    "  Replace ./Vendor/A=1",
    "device",
    " Status SyncHdr 200",
    " Status Sequence 200",
    " Status Alert 304",
    " Status Replace 215",
    "server",
    " Status SyncHdr 200",
);

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

pub(super) static REFUSED_AND_EXECUTED: Rule = Rule {
    id: "STA-030",
    name: "refused-message-executed",
    title: "A message refused with 401 or 407 is not executed",
    severity: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "9.1" }],
    what: "Where a message has Status 401 or 407 for a SyncHdr, none of its Status elements for commands of the same message says \
           that the command was executed (2xx; 214, 215 and 216 do not say so).",
    why: "Commands of an unauthenticated sender took effect; and the sender, told to repeat its message, has them executed \
          twice.",
    mend: "Check the credentials before anything is executed, and answer every command of a refused message with the code of \
           its SyncHdr.",
    pass: &[after_package_1!("server", " Status SyncHdr 407 chal=md5:Tm9uY2U=", " Status * 407")],
    violate: &[after_package_1!(
        "server",
        " Status SyncHdr 401 chal=md5:Tm9uY2U=",
        " Status Alert 401",
        " Status Replace 200",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Message(refused_and_executed),
    ..Rule::MUST
};

fn refused_and_executed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.content.failing_status {
        return;
    }
    let each = || msg.commands().filter(|cmd| cmd.command.name == CommandName::Status);
    let refusal = each().find_map(|status| match (answered(status), status.code()) {
        (Answered::Header(refused), Some(401 | 407)) => Some((status, refused)),
        _ => None,
    });
    let Some((header, refused)) = refusal else { return };
    for status in each() {
        let (Answered::Command(cmd), Some(code)) = (answered(status), status.code()) else { continue };
        if cmd.msg.id != refused.id {
            continue;
        }
        let occasion = cx.occasion(status.at()).related(header.at()).related(cmd.at());
        if is_done(code) || matches!(code, 202 | 213) {
            occasion.violated(
                format!("{} beside {}", status_shown(status), status_shown(header)),
                "401 or 407 for every command of the refused message",
            );
        }
    }
}

pub(super) static SUPPORTED_VERSIONS: Rule = Rule {
    id: "STA-031",
    name: "version-refused-without-list",
    title: "505 and 513 name the versions that are supported",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 505, 513" }],
    what: "Each Status 505 or 513 has an Item whose Data is not empty.",
    why: "The other side cannot fall back to a version that would work, and the devices stay unmanaged.",
    mend: "Add an Item with the supported version, or one for each.",
    pass: &[
        "session version=1.3\ndevice\n Alert 1201\nserver\n Status SyncHdr 513 \"DM/1.2\"\n Status Alert 513 \"DM/1.2\"\n",
    ],
    violate: &["session version=1.3\ndevice\n Alert 1201\nserver\n Status SyncHdr 513\n"],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, supported_versions),
    ..Rule::MUST
};

fn supported_versions(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (505 | 513)) = status.code() else { return };
    let occasion = cx.occasion(status.at());
    if status.items().iter().all(|item| status.text(item.data).is_empty()) {
        let kind = if code == 505 { "VerDTD" } else { "VerProto" };
        occasion.violated(
            format!("{} without an Item that names a version", status_shown(status)),
            format!("an Item with each {kind} that is supported"),
        );
    }
}

pub(super) static VERSION_ACCEPTED: Rule = Rule {
    id: "STA-032",
    name: "foreign-version-accepted",
    title: "A server refuses a version that it does not speak",
    level: Level::Should,
    judged: Judged::Server,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[
        Clause { document: CREP, section: "10 Response Status Codes: 513" },
        Clause { document: PRO, section: "8 Packages" },
    ],
    what: "The first message of the server that accepts a client's SyncHdr with 2xx carries the VerProto of the client's message.",
    why: "Both sides go on under different rules; what only one of the versions has (TNDS, Generic Alerts) fails later, where \
          nobody looks for the version.",
    mend: "Answer 513 with the supported versions in Items, or speak the client's version.",
    pass: &[ONE_GET],
    violate: &[
        "session version=1.3\ndevice\n Alert 1201\nserver verproto=DM/1.2\n Status SyncHdr 200\n Status Alert 200\n",
    ],
    not_applicable: &[FIRST],
    check: Check::Session(version_accepted),
    ..Rule::SHOULD
};

fn version_accepted(session: &Session, cx: &mut Cx<'_>) {
    for (id, entry) in session.entries_with_ids() {
        if !entry.is_server() || !entry.message.is_judgeable() || !matches!(entry.content.hdr_status, Some(200..=299)) {
            continue;
        }
        let Some(msg) = message_at(session, id) else { return };
        let accepted = msg.commands().filter(|cmd| cmd.command.name == CommandName::Status).find_map(|status| {
            match (answered(status), status.code()) {
                (Answered::Header(asked), Some(200..=299)) => Some((status, asked)),
                _ => None,
            }
        });
        let Some((status, asked)) = accepted else { continue };
        let proto = |msg: Msg<'_>| msg.message().value(msg.message().hdr.ver_proto).map(str::to_owned);
        let (Some(own), Some(theirs)) = (proto(msg), proto(asked)) else { return };
        let occasion = cx.occasion(status.at()).related(asked.at_node(asked.message().hdr.ver_proto));
        if own != theirs {
            occasion.violated(
                format!(
                    "{} for VerProto {}, in a message with VerProto {}",
                    status.text(status.command.data),
                    quoted(&theirs),
                    quoted(&own)
                ),
                "Status 513 with an Item for each VerProto that is supported",
            );
        }
        return;
    }
}
