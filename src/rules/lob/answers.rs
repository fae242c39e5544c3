//! What the other side says to the parts of a large object.

use super::{DOWN, LARGE_OBJECTS, UP, down, is_chunk, part, up};
use crate::base::Direction;
use crate::dm::{ObjectEnd, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{UriMatch, compare_uris, quoted};
use crate::rules::rule::{Check, Clause, Level, Need, Rule, Scope};
use crate::rules::sta::common::{
    DREP, ONE_GET, STATUS, after_package_1, is_failure, last_status, message_at, number, shown, status_shown,
};
use crate::syncml::CommandName;

pub(super) static NOT_BUFFERED: Rule = Rule {
    id: "LOB-012",
    name: "chunk-not-answered-213",
    title: "A part with MoreData is answered with 213",
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NotAborted],
    what: "The Status for a command with MoreData has 213, or a code that refuses it; and there is one in the answer. Not looked at \
           where the whole message was refused by its header.",
    why: "With 200 the sender believes that the value is complete, or that the receiver has executed half of it.",
    mend: "Answer 213 until the part without MoreData has come, and execute the command then.",
    pass: &[DOWN, UP],
    violate: &[
        down!(
            "Replace ./Vendor/A=Hello format=chr size=12 more",
            "Status Replace 200\n Alert 1222",
            "Replace ./Vendor/A=\" world!\" format=chr",
            "Status Replace 200"
        ),
        up!(
            "Results ./Vendor/A=Hello format=chr size=12 more",
            "Alert 1222",
            "Results ./Vendor/A=\" world!\" format=chr"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(not_buffered),
    ..Rule::MUST
};

fn not_buffered(session: &Session, cx: &mut Cx<'_>) {
    let chunks = session.objects.iter().flat_map(|object| &object.chunks).filter(|chunk| chunk.more);
    for cmd in chunks.filter_map(|chunk| part(session, *chunk)).map(|part| part.cmd) {
        let is_refused = session.codes_of(cmd.msg.header()).any(is_failure);
        if !cmd.message().is_judgeable() || is_refused || cmd.msg.entry.is_unanswered() {
            continue;
        }
        if let Some((status, code)) = last_status(cmd) {
            let occasion = cx.occasion(status.at()).related(cmd.at());
            if code != 213 && matches!(code, 200..=299) {
                occasion.violated(format!("{}, which has MoreData", status_shown(status)), "213");
            }
            continue;
        }
        if cmd.command.no_resp.is_some() || cmd.message().hdr.no_resp.is_some() {
            continue;
        }
        let Some(answer) = session.next_of_peer(cmd.msg.id).and_then(|(id, _)| message_at(session, id)) else {
            cx.occasion_against(cmd.msg.entry.direction.reverse(), cmd.at()).undecided(Reason::EndNotCaptured);
            continue;
        };
        let occasion = cx.occasion(answer.at()).related(cmd.at());
        if !session.is_whole_between(cmd.msg.id, answer.id) {
            occasion.undecided(Reason::MessageLost);
        } else if !cmd.msg.entry.is_sound(cmd.id) || session.has_stray_answer(answer.id, cmd.command.name.name()) {
            occasion.undecided(Reason::AmbiguousReference);
        } else {
            let seen = format!("no Status for {}, which has MoreData, in {}", shown(cmd), number(answer));
            occasion.violated(seen, "a Status with 213");
        }
    }
}

pub(super) static NOT_ASKED_FOR: Rule = Rule {
    id: "LOB-013",
    name: "next-chunk-not-asked-for",
    title: "Whoever has answered 213 asks for the next part",
    clause: &[LARGE_OBJECTS, Clause { document: DREP, section: "6.5.1 Status" }],
    needs: &[Need::NotAborted],
    yields_to: &["MSG-007"],
    what: "A message with Status 213 for the last part of a message without Final has Alert 1222 (or 1225), or commands or Results \
           of its own.",
    why: "The sender waits to be asked: the rest of the value never comes.",
    mend: "Send Alert 1222 together with the Status 213.",
    pass: &[DOWN, UP],
    violate: &[after_package_1!(
        "server nofinal",
        " Status SyncHdr 200",
        " Status * 200",
        " Replace ./Vendor/A=Hello format=chr size=12 more",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 213",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(STATUS, not_asked_for),
    ..Rule::MUST
};

fn not_asked_for(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(213) {
        return;
    }
    let Some(cmd) = status.answered().filter(|cmd| is_chunk(*cmd)) else { return };
    // MoreData beside Final contradicts itself: whoever answers is not at fault.
    if cmd.message().has_final() || status.msg.entry.answers != Some(cmd.msg.id) || !cmd.msg.entry.content.chunk {
        return;
    }
    let content = status.msg.entry.content;
    let occasion = cx.occasion(status.at()).related(cmd.at());
    if content.next_message || content.object_error || content.operations || content.results || content.challenge {
        return;
    }
    occasion.violated(format!("{} without Alert 1222", status_shown(status)), "Alert 1222, to get the next part");
}

pub(super) static LAST_CHUNK: Rule = Rule {
    id: "LOB-014",
    name: "last-chunk-without-outcome",
    title: "The last part of a large object is answered with what became of the command",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NotAborted],
    yields_to: &["STA-002"],
    what: "The part without MoreData, after one that was answered with 213, has a Status, and not 213. Results need none. STA-002 \
           speaks first where the Status is missing.",
    why: "The sender cannot tell whether the value was put to use, and waits or sends all of it again.",
    mend: "Answer the last part with the code of the command's execution, or 424.",
    pass: &[DOWN],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 213"
    )],
    not_applicable: &[ONE_GET, UP],
    check: Check::Session(last_chunk),
    ..Rule::MUST
};

fn last_chunk(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.end == ObjectEnd::Complete) {
        let [.., before, last] = object.chunks.as_slice() else { continue };
        let (Some(before), Some(last)) = (part(session, *before), part(session, *last)) else { continue };
        let cmd = last.cmd;
        let is_buffered = last_status(before.cmd).is_some_and(|(_, code)| code == 213);
        if !is_buffered || !cmd.message().is_judgeable() || session.codes_of(cmd.msg.header()).any(is_failure) {
            continue;
        }
        if let Some((status, code)) = last_status(cmd) {
            let occasion = cx.occasion(status.at()).related(cmd.at());
            // A part that lacks its MoreData is the sender's fault (guard G15).
            if code == 213 && object.announced.is_none_or(|announced| object.octets() >= announced) {
                let seen = format!("{}, the last part of {}", status_shown(status), quoted(&object.uri));
                occasion.violated(seen, "the code of the command's execution");
            }
            continue;
        }
        if cmd.command.name == CommandName::Results || cmd.command.no_resp.is_some() {
            continue;
        }
        let end = session.answer_end(cmd.msg.id).and_then(|id| message_at(session, id));
        let Some(end) = end else {
            cx.occasion_against(cmd.msg.entry.direction.reverse(), cmd.at()).undecided(Reason::EndNotCaptured);
            continue;
        };
        let occasion = cx.occasion(end.at()).related(cmd.at());
        if !session.is_whole_between(cmd.msg.id, end.id) {
            occasion.undecided(Reason::MessageLost);
        } else if !cmd.msg.entry.is_sound(cmd.id) || session.has_stray_answer(end.id, cmd.command.name.name()) {
            occasion.undecided(Reason::AmbiguousReference);
        } else {
            let seen = format!("no Status for {}, the last part of {}", shown(cmd), quoted(&object.uri));
            occasion.violated(seen, "the code of the command's execution");
        }
    }
}

pub(super) static COMMITTED_EARLY: Rule = Rule {
    id: "LOB-022",
    name: "large-object-committed-early",
    title: "A value takes effect only when all of its parts have come",
    level: Level::MustNot,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NoLoss],
    what: "Results for a Get of the node, sent between two parts of the value or after the value was refused or broken off, do not \
           hold exactly the parts that had come by then.",
    why: "Half a value is in use: a device that loses power then does not find its old one.",
    mend: "Keep the parts apart, and execute the command when the last one has come and the length is right.",
    pass: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Get ./Vendor/A\n Replace ./Vendor/A=\" world!\" format=chr",
        "Status Get 200\n Results ./Vendor/A=old\n Status Replace 200"
    )],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Get ./Vendor/A",
        "Alert 1225 target=./Vendor/A\n Status Get 200\n Results ./Vendor/A=Hello"
    )],
    not_applicable: &[ONE_GET, DOWN],
    check: Check::Session(committed_early),
    ..Rule::MUST
};

fn committed_early(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.direction == Direction::ServerToDevice) {
        let mut sent: Vec<u8> = Vec::new();
        for (at, chunk) in object.chunks.iter().enumerate() {
            let Some(part) = part(session, *chunk) else { break };
            sent.extend_from_slice(part.data());
            let next = object.chunks.get(at + 1).map(|chunk| chunk.entry);
            let is_last = next.is_none();
            if is_last && object.end == ObjectEnd::Complete {
                let is_refused = last_status(part.cmd).is_some_and(|(_, code)| code == 424);
                if !is_refused {
                    break;
                }
            }
            // The messages behind the part, up to the next part of the value, or the first one after the last.
            let Some(following) = session.next_of_sender(chunk.entry).and_then(|(id, _)| message_at(session, id))
            else {
                break;
            };
            let gets =
                following.commands().filter(|cmd| cmd.command.name == CommandName::Get && cmd.items().len() == 1);
            let gets = gets.filter(|get| {
                get.items()
                    .first()
                    .is_some_and(|item| compare_uris(get.text(item.target_uri), &object.uri) == UriMatch::Same)
            });
            for get in gets {
                judge_get(get, &sent, &object.uri, cx);
            }
        }
    }
}

fn judge_get(get: Cmd<'_>, sent: &[u8], uri: &str, cx: &mut Cx<'_>) {
    let session = get.session();
    let mut results = session.results_of(get.place());
    let (Some(place), None) = (results.next(), results.next()) else { return };
    let Some(results) = message_at(session, place.entry).and_then(|msg: Msg<'_>| msg.command(place.command?)) else {
        return;
    };
    let [item] = results.items() else { return };
    let occasion = cx.occasion(results.at()).related(get.at());
    let data = item.data.map_or(&[][..], |data| results.message().tree().content_bytes(data));
    if !sent.is_empty() && data == sent && item.more_data.is_none() {
        let seen = format!("Results hold the {} octets of {} that had come by then", sent.len(), quoted(uri));
        occasion.violated(seen, "the value from before");
    }
}
