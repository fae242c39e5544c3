//! Who can have large objects at all, and what may differ between their messages.

use super::{DOWN, LARGE_OBJECTS, UP, part, parts};
use crate::base::{Direction, Severity};
use crate::dm::{EntryId, LargeObjectSupport, Session};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::operation::is_known_since;
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{ONE_GET, PRO, command_at, last_status, opened, shown, status_shown};
use crate::syncml::CommandName;

/// What the device had said last of its support by a message of its own, or before one of the server.
fn told_by(session: &Session, id: EntryId) -> Option<LargeObjectSupport> {
    let told = session.large_object_support.partition_point(|told| told.at.entry <= id);
    session.large_object_support.get(told.checked_sub(1)?).copied()
}

/// What the device said last in earlier sessions, and whether it may have said otherwise since, where it was not captured.
fn told_earlier(cx: &Cx<'_>) -> Option<(bool, bool)> {
    let past = cx.past();
    let last = past.sessions().count().checked_sub(1)?;
    let (before, supported) =
        past.sessions().rev().enumerate().find_map(|(before, earlier)| Some((before, earlier.large_objects?)))?;
    Some((supported, !is_known_since(past, last.saturating_sub(before))))
}

/// Judges the use of large objects by what the device said last, in the session or before it.
fn judge_use(used: Cmd<'_>, cx: &mut Cx<'_>, seen: impl Fn() -> String, expected: &str) {
    let session = used.session();
    if let Some(told) = told_by(session, used.msg.id) {
        let occasion = cx.occasion(used.at());
        if told.supported {
            return occasion.held();
        }
        let occasion = match command_at(session, told.at) {
            Some(results) => occasion.related(results.at()),
            None => occasion,
        };
        return occasion.violated(format!("{}, and ./DevDetail/LrgObj was false", seen()), expected);
    }
    let Some((supported, is_in_doubt)) = told_earlier(cx) else { return };
    let occasion = cx.occasion(used.at());
    if supported {
        occasion.held();
    } else if is_in_doubt {
        occasion.undecided(Reason::PastNotKnown);
    } else {
        occasion.violated(format!("{}, and ./DevDetail/LrgObj was false in an earlier session", seen()), expected);
    }
}

/// A device that says of itself whether it takes large objects; the lines are the server's next package and what follows.
macro_rules! told {
    ($supported:literal, $($line:literal),* $(,)?) => {
        opened!(
            " Get ./DevDetail/LrgObj",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $supported,
            $($line),*
        )
    };
}

pub(super) static SENT_WITHOUT_SUPPORT: Rule = Rule {
    id: "LOB-016",
    name: "large-object-for-device-without-support",
    title: "The server sends no large object to a device that takes none",
    judged: Judged::Server,
    level: Level::ShouldNot,
    scope: Scope::CrossSession,
    source: Source::Memory,
    clause: &[LARGE_OBJECTS],
    what: "After the device has returned false for ./DevDetail/LrgObj, in the session or last in an earlier one, no Item of the server \
           has MoreData. Without that value nothing is looked at. Undecided where a session since was captured only in part.",
    why: "The device takes the first part for the whole value, or refuses each of them.",
    mend: "Read ./DevDetail/LrgObj first, and send such a device only what fits into one message.",
    pass: &[told!(
        " Results ./DevDetail/LrgObj=true format=bool",
        "server nofinal",
        " Status SyncHdr 200",
        " Replace ./Vendor/A=Hello size=12 more"
    )],
    violate: &[told!(
        " Results ./DevDetail/LrgObj=false format=bool",
        "server nofinal",
        " Status SyncHdr 200",
        " Replace ./Vendor/A=Hello size=12 more"
    )],
    not_applicable: &[ONE_GET, DOWN],
    check: Check::Session(sent_without_support),
    ..Rule::SHOULD
};

fn sent_without_support(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.direction == Direction::ServerToDevice) {
        let Some(first) = parts(session, object).next() else { continue };
        let seen = || format!("{} has MoreData", shown(first.cmd));
        judge_use(first.cmd, cx, seen, "a value that fits into one message");
    }
}

pub(super) static USED_WITHOUT_SUPPORT: Rule = Rule {
    id: "LOB-017",
    name: "large-object-of-device-without-support",
    title: "A device that uses large objects says so in ./DevDetail/LrgObj",
    judged: Judged::Client,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[LARGE_OBJECTS],
    yields_to: &["LOB-018"],
    what: "A device that has returned false for ./DevDetail/LrgObj, in the session or last in an earlier one, neither sends an Item \
           with MoreData nor answers one with 213. Without that value nothing is looked at. Undecided where a session since was \
           captured only in part.",
    why: "Servers do not send it what it could take, firmware for one.",
    mend: "Return true for ./DevDetail/LrgObj.",
    pass: &[told!(
        " Results ./DevDetail/LrgObj=true format=bool",
        " Results ./Vendor/A=Hello size=12 more msgref=1 ref=4",
    )],
    violate: &[
        told!(" Results ./DevDetail/LrgObj=false format=bool", " Results ./Vendor/A=Hello size=12 more msgref=1 ref=4",),
        told!(
            " Results ./DevDetail/LrgObj=false format=bool",
            "server nofinal",
            " Status SyncHdr 200",
            " Replace ./Vendor/A=Hello size=12 more",
            "device nofinal",
            " Status SyncHdr 200",
            " Status Replace 213",
            " Alert 1222",
        ),
    ],
    not_applicable: &[ONE_GET, DOWN, UP],
    check: Check::Session(used_without_support),
    ..Rule::MUST
};

fn used_without_support(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let used = match object.direction {
            Direction::DeviceToServer => parts(session, object).next().map(|part| (part.cmd, shown(part.cmd))),
            Direction::ServerToDevice => parts(session, object).filter(|part| part.chunk.more).find_map(|part| {
                let (status, _) = last_status(part.cmd).filter(|(_, code)| *code == 213)?;
                Some((status, status_shown(status)))
            }),
        };
        let Some((used, what)) = used else { continue };
        judge_use(used, cx, || format!("{what}, a large object"), "./DevDetail/LrgObj true");
    }
}

pub(super) static EVENT_WITHOUT_SUPPORT: Rule = Rule {
    id: "LOB-018",
    name: "large-event-of-device-without-support",
    title: "A device without large objects sends no event that needs one",
    judged: Judged::Client,
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7 Generic Alert" }],
    what: "No Alert 1226 of a device that has returned false for ./DevDetail/LrgObj has MoreData. That its message is larger than \
           MaxMsgSize is MSG-002.",
    why: "The server does not expect the rest of the event, and drops it.",
    mend: "Shorten the Data of the event, or support large objects.",
    pass: &[told!(
        " Results ./DevDetail/LrgObj=true format=bool",
        " Alert 1226 type=org.example.event format=chr data=Hello size=12 more",
    )],
    violate: &[told!(
        " Results ./DevDetail/LrgObj=false format=bool",
        " Alert 1226 type=org.example.event format=chr data=Hello size=12 more",
    )],
    not_applicable: &[ONE_GET, UP],
    check: Check::Session(event_without_support),
    ..Rule::MUST
};

fn event_without_support(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.direction == Direction::DeviceToServer) {
        let Some(first) = parts(session, object).next().filter(|part| part.cmd.command.name == CommandName::Alert)
        else {
            continue;
        };
        let Some(told) = told_by(session, first.cmd.msg.id) else { continue };
        let occasion = cx.occasion(first.cmd.at());
        if !told.supported {
            occasion.violated(
                format!("{} has MoreData, and ./DevDetail/LrgObj was false", shown(first.cmd)),
                "no MoreData",
            );
        }
    }
}

pub(super) static SERVER_SUPPORT: Rule = Rule {
    id: "LOB-019",
    name: "large-object-refused-by-server",
    title: "A server takes large objects",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    what: "A part that the client sends with MoreData is not answered with 405, 406, 415 or 501. For an event, 415 speaks of its \
           Type, and the others are a warning.",
    why: "The device cannot return a value that does not fit into one message: the server never sees it.",
    mend: "Support large objects: answer 213, and put the parts together.",
    pass: &[UP],
    violate: &[super::up!(
        "Results ./Vendor/A=Hello format=chr size=12 more",
        "Status Results 406\n Alert 1222",
        "Alert 1226 type=org.example.event format=chr data=x"
    )],
    not_applicable: &[ONE_GET, DOWN],
    check: Check::Session(server_support),
    ..Rule::MUST
};

fn server_support(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.direction == Direction::DeviceToServer) {
        for chunk in object.chunks.iter().filter(|chunk| chunk.more) {
            let Some(part) = part(session, *chunk) else { continue };
            let Some((status, code)) = last_status(part.cmd) else { continue };
            let is_event = part.cmd.command.name == CommandName::Alert;
            let occasion = cx.occasion(status.at()).related(part.cmd.at());
            if !matches!(code, 405 | 406 | 501) && (code != 415 || is_event) {
                continue;
            }
            let seen = format!("{}, which has MoreData", status_shown(status));
            if is_event {
                occasion.violated_as(Severity::Warning, seen, "213");
            } else {
                occasion.violated(seen, "213");
            }
        }
    }
}

pub(super) static CREDENTIALS: Rule = Rule {
    id: "LOB-025",
    name: "credentials-differ-between-chunks",
    title: "Credentials may differ between the messages of a large object",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    what: "An observation: two messages with parts of one value have different Cred or x-syncml-hmac. That is allowed, and no other \
           rule holds it against anybody.",
    why: "Digests hang on a nonce that changes from message to message; a receiver that compares them drops good values.",
    mend: "Nothing: a receiver must not compare the credentials of two messages.",
    violate: &["device cred=basic:a:b\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Get ./Vendor/A\n\
                device nofinal cred=basic:a:b\n Status SyncHdr 200\n Status Get 200\n Results ./Vendor/A=Hello size=12 more\n\
                server nofinal\n Status SyncHdr 200\n Status Results 213\n Alert 1222\n\
                device cred=basic:a:c\n Status SyncHdr 200\n Status Alert 200\n Results ./Vendor/A=\" world!\"\n"],
    not_applicable: &[ONE_GET, DOWN, UP],
    check: Check::Session(credentials),
    ..Rule::MAY
};

fn credentials(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let mut before: Option<&str> = None;
        for part in parts(session, object) {
            let message = part.cmd.message();
            let hmac = part.cmd.msg.entry.transport.as_ref().and_then(|transport| transport.header("x-syncml-hmac"));
            let cred = message.hdr.cred.and_then(|cred| message.tree().child(cred, crate::markup::Tag::Data));
            let Some(shown) = hmac.or_else(|| message.value(cred)) else { continue };
            if before.is_some_and(|before| before != shown) {
                let seen = format!("the messages of {} carry different credentials", quoted(&object.uri));
                cx.occasion(part.cmd.msg.at_node(message.hdr.cred)).violated(seen, "allowed");
                break;
            }
            before = Some(shown);
        }
    }
}
