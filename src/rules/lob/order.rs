//! What stands between the parts of a large object, and behind them.

use super::{CARRIERS, DOWN, ITEM_DTD, LARGE_OBJECTS, UP, down, is_chunk, next_turn, part, uri_of};
use crate::base::Severity;
use crate::dm::{LargeObject, ObjectEnd, Phase, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Need, Rule, Scope};
use crate::rules::sta::common::{ONE_GET, PRO, inside, message_at, number, opened, shown};
use crate::syncml::{CommandName, number as decimal};

pub(super) static NOT_CONTINUED: Rule = Rule {
    id: "LOB-001",
    name: "more-data-on-complete-value",
    title: "MoreData stands only where the value goes on in the next message",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NotAborted],
    what: "A part with MoreData that was answered with 213 is followed, in the sender's next message, by the next part. Not \
           looked at after an abort, where the receiver answered otherwise or sends Alert 1225, and where the server has closed \
           the session. A message with Alert 1222 alone does not count as the next.",
    why: "The receiver holds half a value and waits for a rest that never comes; it may execute nothing meanwhile.",
    mend: "Leave MoreData out of a value that is complete, and send the rest of one that is not.",
    pass: &[DOWN, UP],
    violate: &[opened!(
        " Replace ./Vendor/A=Hello size=12 more",
        " patch <Final/> => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 213",
        " Alert 1222",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(not_continued),
    ..Rule::MUST
};

fn not_continued(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        for (at, chunk) in object.chunks.iter().enumerate().filter(|(_, chunk)| chunk.more) {
            let Some(part) = part(session, *chunk).filter(|part| part.cmd.message().is_judgeable()) else { continue };
            if at + 1 < object.chunks.len() {
                cx.occasion(part.cmd.at_node(part.item.more_data)).held();
                continue;
            }
            if session.is_aborted() || object.end == ObjectEnd::Refused {
                continue;
            }
            let next = next_turn(session, chunk.entry);
            let mut codes = session.codes_of(part.cmd.place()).peekable();
            if codes.peek().is_none() && next.is_some() || codes.any(|code| code != 213) {
                continue;
            }
            let is_given_up = |next: Msg<'_>| {
                let answer = session.next_of_peer(next.id);
                next.entry.content.challenge
                    || next.entry.phase_before == Phase::Closed
                    || answer.is_some_and(|(_, answer)| answer.content.object_error)
            };
            if next.is_some_and(is_given_up) {
                continue;
            }
            let occasion = cx.occasion(part.cmd.at_node(part.item.more_data));
            // The answer to what came instead may hold the 1225.
            let answered = next.and_then(|next| Some((next, session.next_of_peer(next.id)?.0)));
            let Some((next, answer)) = answered else {
                occasion.undecided(Reason::EndNotCaptured);
                continue;
            };
            if !session.is_whole_between(chunk.entry, answer) {
                occasion.undecided(Reason::MessageLost);
                continue;
            }
            occasion.related(next.at()).violated(
                format!(
                    "MoreData in {}, and {} does not go on with {}",
                    shown(part.cmd),
                    number(next),
                    quoted(&object.uri)
                ),
                "the next part in the sender's next message, or no MoreData",
            );
        }
    }
}

pub(super) static UNMARKED: Rule = Rule {
    id: "LOB-002",
    name: "more-data-missing",
    title: "Every part of a large object but the last has MoreData",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NotAborted],
    what: "Where the sender's next message goes on with a value (same command and URI, no Size), the part before it has MoreData. \
           A value counts as unfinished where it is shorter than its Size, and as going on where the next part fills it exactly \
           or has MoreData itself.",
    why: "The receiver takes the first part for the whole value, and the second for another one.",
    mend: "Put MoreData behind the Data of every part but the last.",
    pass: &[DOWN, UP],
    violate: &[opened!(
        " Replace ./Vendor/A=Hello size=12",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200",
        "server",
        " Status SyncHdr 200",
        " Replace ./Vendor/A=\" world!\"",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(CARRIERS, unmarked),
    ..Rule::MUST
};

fn unmarked(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if is_chunk(cmd) {
        return cx.occasion(cmd.at()).held();
    }
    let Some(item) = cmd.items().last() else { return };
    let message = cmd.message();
    let octets_of = |cmd: Cmd<'_>, data| cmd.message().tree().content_bytes(data).len() as u64;
    let (octets, announced) = if cmd.msg.entry.is_continuation(cmd.id) {
        let Some(object) = cmd.session().object_of(cmd.place()) else { return };
        (object.octets(), object.announced)
    } else {
        let own = |meta| message.met_inf(meta, Tag::Size);
        let Some(size) = own(item.meta).or_else(|| own(cmd.command.meta)) else { return };
        (item.data.map_or(0, |data| octets_of(cmd, data)), decimal(cmd.text(size)))
    };
    let Some(announced) = announced.filter(|announced| *announced > octets) else { return };
    let session = cmd.session();
    let Some(next) = next_turn(session, cmd.msg.id).filter(|next| next.message().is_judgeable()) else { return };
    let uri = uri_of(cmd, item);
    let is_rest = |other: &Cmd<'_>| {
        let first = other.items().first();
        other.command.name == cmd.command.name
            && first.is_some_and(|first| {
                let own = |meta| other.message().met_inf(meta, Tag::Size).is_some();
                let fills = first.data.is_some_and(|data| octets + octets_of(*other, data) == announced);
                uri_of(*other, first) == uri
                    && !own(first.meta)
                    && !own(other.command.meta)
                    && (fills || first.more_data.is_some())
            })
    };
    let Some(rest) = next.commands().find(is_rest) else { return };
    // A value that was refused may be sent in another way.
    if session.codes_of(cmd.place()).any(|code| code >= 400) {
        return;
    }
    cx.occasion(cmd.at()).related(rest.at()).violated(
        format!("{} has no MoreData, {octets} of {announced} octets, and {} goes on with it", shown(cmd), shown(rest)),
        "MoreData behind the Data of each part but the last",
    );
}

pub(super) static NOT_CONTIGUOUS: Rule = Rule {
    id: "LOB-008",
    name: "chunks-not-contiguous",
    title: "The parts of a large object come in messages that follow each other",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    what: "The next part of a value comes in the sender's next message. A message with Alert 1222 alone, and one that was refused \
           with 401 or 407, does not count.",
    why: "The receiver takes the message in between for a sign that the rest does not come, and drops what it had.",
    mend: "Send the parts of a value in one message after the other.",
    pass: &[DOWN, UP],
    violate: &[opened!(
        " Replace ./Vendor/A=Hello size=12 more",
        " patch <Final/> => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 213",
        " Alert 1222",
        "server nofinal",
        " Status SyncHdr 200",
        " Status Alert 200",
        "device nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Replace ./Vendor/A=\" world!\"",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(not_contiguous),
    ..Rule::MUST
};

fn not_contiguous(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        for (before, after) in object.chunks.iter().zip(object.chunks.iter().skip(1)) {
            let Some(next) = next_turn(session, before.entry) else { continue };
            if next.id >= after.entry {
                if let Some(part) = part(session, *after) {
                    cx.occasion(part.cmd.at()).held();
                }
                continue;
            }
            let occasion = cx.occasion(next.at());
            if !session.is_whole_between(before.entry, after.entry) {
                occasion.undecided(Reason::MessageLost);
                continue;
            }
            let from = message_at(session, before.entry).map_or_else(String::new, number);
            let to = message_at(session, after.entry).map_or_else(String::new, number);
            let seen =
                format!("{} stands between the parts of {} in {from} and {to}", number(next), quoted(&object.uri));
            occasion.violated(seen, "the next part in the sender's next message");
        }
    }
}

/// How bad a command is where none may stand; `None` for what may.
fn intrusion(cmd: Cmd<'_>) -> Option<Severity> {
    match cmd.command.name {
        CommandName::Add
        | CommandName::Replace
        | CommandName::Delete
        | CommandName::Copy
        | CommandName::Atomic
        | CommandName::Sequence => Some(Severity::Error),
        CommandName::Get | CommandName::Exec | CommandName::Results => Some(Severity::Warning),
        CommandName::Alert if cmd.code() == Some(1226) => Some(Severity::Warning),
        _ => None,
    }
}

pub(super) static IN_BETWEEN: Rule = Rule {
    id: "LOB-011",
    name: "command-between-chunks",
    title: "No other object or command stands between the parts of a large object",
    level: Level::MustNot,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    what: "In a message that goes on with a value, no Add, Replace, Delete, Copy, Atomic or Sequence and no other Item stands before \
           the part; Get, Exec, other Results and Alert 1226 there are a warning. What stands behind a part with MoreData is \
           LOB-023.",
    why: "The receiver takes it for a sign that the rest does not come: it drops the value, or executes out of order.",
    mend: "Put the next part in front of all other commands, or send these when the value is complete.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Delete ./Vendor/Old\n Replace ./Vendor/A=\" world!\" format=chr",
        "Status Delete 200\n Status Replace 200"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(in_between),
    ..Rule::MUST
};

fn in_between(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        for (previous, chunk) in object.chunks.iter().zip(object.chunks.iter().skip(1)) {
            let Some(part) = part(session, *chunk).filter(|part| part.cmd.message().is_judgeable()) else { continue };
            let occasion = cx.occasion(part.cmd.at());
            if !session.is_whole_between(previous.entry, chunk.entry) {
                occasion.undecided(Reason::MessageLost);
                continue;
            }
            let around: Vec<_> = part.cmd.containers().map(|container| container.id).collect();
            let before = part.cmd.msg.commands().take_while(|cmd| cmd.id < part.cmd.id);
            let worst = before
                .filter(|cmd| !around.contains(&cmd.id))
                .filter_map(|cmd| Some((intrusion(cmd)?, cmd)))
                .reduce(|worst, other| if other.0 > worst.0 { other } else { worst });
            let expected = "the next part before anything else but Status and Alert 1222";
            if chunk.item > 0 {
                let seen = format!("{} other Items before the part of {}", chunk.item, quoted(&object.uri));
                occasion.violated(seen, expected);
            } else if let Some((severity, other)) = worst {
                let seen = format!("{} before the next part of {}", shown(other), quoted(&object.uri));
                occasion.related(other.at()).violated_as(severity, seen, expected);
            }
        }
    }
}

pub(super) static RESUMED: Rule = Rule {
    id: "LOB-020",
    name: "large-object-resumed-in-the-middle",
    title: "A value that did not arrive is sent again from its beginning",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NotAborted],
    what: "Where the receiver has answered the last part with 424, or has sent Alert 1225, the sender's next message for the same \
           node does not go on with a later part: it has a Size, or a complete value. The sender may also give up.",
    why: "The receiver has dropped all parts: what comes is half a value, and is taken for a whole one.",
    mend: "Send the value again from the first part, with Size.",
    pass: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world\" format=chr",
        "Status Replace 424\nserver\n Status SyncHdr 200\n Replace ./Vendor/A=Hello format=chr size=5\ndevice\n Status SyncHdr 200\n \
         Status Replace 200"
    )],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world\" format=chr",
        "Status Replace 424\nserver\n Status SyncHdr 200\n Replace ./Vendor/A=\" world\" format=chr\ndevice\n Status SyncHdr 200\n \
         Status Replace 200"
    )],
    not_applicable: &[ONE_GET, DOWN],
    check: Check::Session(resumed),
    ..Rule::MUST
};

/// The message with which the other side said that a value did not arrive.
fn refusal<'s>(session: &'s Session, object: &LargeObject) -> Option<Msg<'s>> {
    let last = object.chunks.last()?;
    let to = part(session, *last)?.cmd.place();
    let answer = session.next_of_peer(last.entry).and_then(|(id, _)| message_at(session, id))?;
    let is_mismatch = session.codes_of(to).any(|code| code == 424);
    (is_mismatch || (object.end == ObjectEnd::Refused && answer.entry.content.object_error)).then_some(answer)
}

fn resumed(session: &Session, cx: &mut Cx<'_>) {
    for object in &session.objects {
        let Some(answer) = refusal(session, object) else { continue };
        let Some(next) = session.next_of_peer(answer.id).and_then(|(id, _)| message_at(session, id)) else { continue };
        if !next.message().is_judgeable() || next.entry.is_after_loss() {
            continue;
        }
        let again = next.commands().find_map(|cmd| {
            let item = cmd.items().first()?;
            (cmd.command.name == object.command && uri_of(cmd, item) == object.uri).then_some((cmd, item))
        });
        let Some((cmd, item)) = again else { continue };
        let occasion = cx.occasion(cmd.at()).related(answer.at());
        let own = |meta| cmd.message().met_inf(meta, Tag::Size).is_some();
        if own(item.meta) || own(cmd.command.meta) {
            continue;
        }
        let data = item.data.map_or(&[][..], |data| cmd.message().tree().content_bytes(data));
        let is_later_part = || {
            !data.is_empty()
                && object
                    .chunks
                    .iter()
                    .skip(1)
                    .any(|chunk| part(session, *chunk).is_some_and(|part| part.data() == data))
        };
        if item.more_data.is_some() || is_later_part() {
            let seen =
                format!("{} goes on in the middle of {} after {}", shown(cmd), quoted(&object.uri), number(answer));
            occasion.violated(seen, "the whole value again from its first part, with Size");
        }
    }
}

pub(super) static NOT_LAST: Rule = Rule {
    id: "LOB-023",
    name: "more-data-not-last",
    title: "The Item with MoreData is the last of its message",
    scope: Scope::Element,
    clause: &[LARGE_OBJECTS, ITEM_DTD],
    what: "A message has one Item with MoreData at most, behind which neither another Item of its command nor Add, Replace, Delete, \
           Copy, Atomic or Sequence follows. Get or Exec behind it is a warning; Status may stand anywhere.",
    why: "The value goes on in the next message: what follows it in this one comes between its parts, and breaks it off.",
    mend: "Put the part of the value at the end of the message.",
    pass: &[DOWN, UP],
    violate: &[
        down!(
            "Replace ./Vendor/A=Hello format=chr size=12 more\n Delete ./Vendor/Old",
            "Status Replace 213\n Status Delete 200\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=chr",
            "Status Replace 200"
        ),
        opened!(" Replace ./Vendor/A=Hello size=12 more ./Vendor/B=Hello size=12 more", " patch <Final/> => \"\""),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Message(not_last),
    ..Rule::MUST
};

fn not_last(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let mut chunk: Option<(Cmd<'_>, usize)> = None;
    let mut wrong: Option<(Severity, String)> = None;
    let mut worse = |severity: Severity, what: String| {
        if wrong.as_ref().is_none_or(|(known, _)| severity > *known) {
            wrong = Some((severity, what));
        }
    };
    for cmd in msg.commands() {
        if chunk.is_some() {
            let severity = match cmd.command.name {
                CommandName::Results | CommandName::Alert => None,
                _ => intrusion(cmd),
            };
            if let Some(severity) = severity {
                worse(severity, format!("{} behind it", shown(cmd)));
            }
        }
        for (at, item) in cmd.items().iter().enumerate() {
            match chunk {
                Some(_) if item.more_data.is_some() => {
                    worse(Severity::Error, "a second Item with MoreData behind it".to_owned())
                }
                Some((holder, _)) if holder.id == cmd.id => {
                    worse(Severity::Error, "another Item of its command behind it".to_owned());
                }
                None if item.more_data.is_some() => chunk = Some((cmd, at)),
                _ => {}
            }
        }
    }
    let Some((cmd, item)) = chunk else { return };
    let node = cmd.items().get(item).and_then(|item| item.more_data);
    let occasion = cx.occasion(cmd.at_node(node));
    if let Some((severity, what)) = wrong {
        let seen = format!("{} has MoreData, and {what}", shown(cmd));
        occasion.violated_as(severity, seen, "the Item with MoreData as the last of the message");
    }
}

pub(super) static IN_CONTAINER: Rule = Rule {
    id: "LOB-024",
    name: "more-data-in-container",
    title: "No part of a large object stands in Atomic or Sequence",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[Clause { document: PRO, section: "6.1 Description" }, LARGE_OBJECTS],
    what: "No Item inside an Atomic or Sequence has MoreData: the container fits into one message, and so does what is in it.",
    why: "The receiver would have to execute half a container, or to keep it open over several messages; most refuse.",
    mend: "Send the value outside the container, or one that fits.",
    pass: &[opened!(" Sequence", "  Replace ./Vendor/A=1")],
    violate: &[opened!(" Sequence", "  Replace ./Vendor/A=Hello size=12 more", " patch <Final/> => \"\"")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Atomic, CommandName::Sequence], in_container),
    ..Rule::MUST
};

/// The command with MoreData that stands directly in a container.
pub(in crate::rules) fn chunk_inside(container: Cmd<'_>) -> Option<Cmd<'_>> {
    inside(container).find(|cmd| cmd.command.parent == Some(container.id) && is_chunk(*cmd))
}

fn in_container(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(container.at());
    if let Some(chunk) = chunk_inside(container) {
        let seen = format!("{} in {} has MoreData", shown(chunk), shown(container));
        occasion.related(chunk.at()).violated(seen, "a container that is complete in one message");
    }
}
