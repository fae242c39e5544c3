//! Large objects that break off, and Alert 1225 about them: ALR-024 to ALR-026.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::{UriMatch, compare_uris, quoted};
use super::super::rule::{Check, Clause, Level, Need, Rule, Scope};
use super::super::sta::common::{FIRST, ONE_GET, message_at, number, opened};
use super::{ALERT, PRO, shown};
use crate::base::Severity;
use crate::dm::{LargeObject, ObjectEnd, Place, Session};
use crate::syncml::CommandName;

const LARGE_OBJECTS: Clause = Clause { document: PRO, section: "7 Large Object Handling" };

const NO_END: u16 = 1225;

/// A value that breaks off, and the device says so.
const BROKEN: &str = opened!(
    " Replace ./Vendor/A=Hello size=12 more",
    " patch \"<Final/>\" => \"\"",
    "device nofinal",
    " Status SyncHdr 200",
    " Status Replace 213",
    " Alert 1222",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
    " Delete ./Vendor/B",
    "device",
    " Status SyncHdr 200",
    " Alert 1225 target=./Vendor/A",
    " Status Delete 200",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
);

pub(super) static BROKEN_OBJECT: Rule = Rule {
    id: "ALR-024",
    name: "broken-object-not-reported",
    title: "A large object that breaks off is answered with Alert 1225",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NoLoss],
    what: "Where another command or object comes before the last part of a large object, the receiver's answer has Alert 1225, \
           or aborts the session with 1223. Parts that the receiver had refused leave nothing open.",
    why: "The sender believes that the object arrived, or waits for a Status that never comes.",
    mend: "Drop the parts, and send Alert 1225 with Source or Target of the object.",
    pass: &[BROKEN],
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
        " Delete ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Delete 200",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(broken_object),
    ..Rule::MUST
};

fn broken_object(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.end == ObjectEnd::Broken) {
        let Some(last) = object.chunks.last() else { continue };
        let place = Place { entry: last.entry, command: Some(last.command) };
        let Some(chunk) = message_at(session, last.entry) else { continue };
        let mut codes = session.codes_of(place).peekable();
        let is_refused = codes.peek().is_some() && !codes.any(|code| code == 213);
        if is_refused || chunk.entry.refused {
            continue;
        }
        let Some(breaking) = what_broke(session, object, chunk) else { continue };
        let Some((id, entry)) = session.next_of_peer(breaking.msg.id) else { continue };
        if breaking.msg.entry.refused || !entry.message.is_judgeable() {
            continue;
        }
        let answer = Msg { session, id, entry };
        let occasion = cx.occasion(answer.at()).related(breaking.at()).related(chunk.at());
        if entry.content.object_error || entry.content.abort {
            continue;
        }
        occasion.violated(
            format!(
                "{} answers {}, which leaves {} unfinished, without Alert 1225",
                number(answer),
                number(breaking.msg),
                quoted(&object.uri)
            ),
            "Alert 1225 with Source or Target of the object",
        );
    }
}

/// The command that came where the next part was due; `None` where it is that part under a name that only looks different.
fn what_broke<'s>(session: &'s Session, object: &LargeObject, chunk: Msg<'s>) -> Option<Cmd<'s>> {
    let last = object.chunks.last()?;
    let carries = |cmd: &Cmd<'s>| match cmd.command.name {
        CommandName::Status => false,
        CommandName::Alert => cmd.code() == Some(1226),
        _ => !cmd.items().is_empty(),
    };
    let mut in_message = chunk.commands().filter(|cmd| cmd.id > last.command).find(carries);
    let mut at = session.next_of_sender(chunk.id);
    while let (None, Some((id, entry))) = (in_message, at) {
        in_message = Msg { session, id, entry }.commands().find(carries);
        at = session.next_of_sender(id);
    }
    in_message.filter(|cmd| {
        cmd.command.name != object.command
            || cmd.items().iter().all(|item| {
                let uris = [cmd.text(item.target_uri), cmd.text(item.source_uri)];
                uris.iter().all(|uri| compare_uris(uri, &object.uri) == UriMatch::Different)
            })
    })
}

pub(super) static NAMES_COMMAND: Rule = Rule {
    id: "ALR-025",
    name: "end-of-data-alert-without-item",
    title: "Alert 1225 names the object",
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS],
    what: "Each Alert 1225 has an Item with Source or Target.",
    why: "The sender of several objects cannot tell which one was dropped.",
    mend: "Repeat Source or Target of the object in an Item.",
    pass: &[BROKEN],
    violate: &["device\n Alert 1225\n"],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, names_command),
    ..Rule::SHOULD
};

fn names_command(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if alert.code() != Some(NO_END) {
        return;
    }
    let occasion = cx.occasion(alert.at());
    let names = |node| !alert.text(node).is_empty();
    if !alert.items().iter().any(|item| names(item.target_uri) || names(item.source_uri)) {
        occasion.violated(format!("{} names no object", shown(alert)), "an Item with Source or Target of the object");
    }
}

pub(super) static WITHOUT_OBJECT: Rule = Rule {
    id: "ALR-026",
    name: "end-of-data-alert-without-object",
    title: "Alert 1225 is sent only while a large object is open",
    level: Level::MustNot,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::Start, Need::NoLoss],
    what: "Each Alert 1225 comes while a large object of the other side is open, or was left open: a part with MoreData came \
           before, and its last part did not.",
    why: "The other side drops, or sends again, an object that had arrived complete.",
    mend: "Send Alert 1225 only when something else came where the next part was due.",
    pass: &[BROKEN],
    violate: &[opened!(
        " Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
        " Alert 1225 target=./Vendor/A",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, without_object),
    ..Rule::MUST
};

fn without_object(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if alert.code() != Some(NO_END) {
        return;
    }
    let session = alert.session();
    let here = alert.msg.id;
    let sender = alert.msg.entry.direction.reverse();
    let is_open = |object: &LargeObject| {
        object.direction == sender
            && object.chunks.first().is_some_and(|first| first.entry < here)
            && (object.end != ObjectEnd::Complete || object.chunks.last().is_some_and(|last| last.entry > here))
    };
    // Items of other Alerts are not joined to objects.
    let before = session.entries.get(..here.index()).unwrap_or_default();
    let is_cut =
        || before.iter().rev().find(|entry| entry.direction == sender).is_some_and(|entry| entry.content.chunk);
    let occasion = cx.occasion(alert.at());
    if !session.objects.iter().any(is_open) && !is_cut() {
        occasion.violated(format!("{}, and no object of the other side is open", shown(alert)), "no Alert 1225");
    }
}
