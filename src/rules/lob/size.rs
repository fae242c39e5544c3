//! Octets of large objects against what was announced and what the other side takes.

use super::{CARRIERS, DOWN, LARGE_OBJECTS, UP, down, part};
use crate::base::Severity;
use crate::dm::{LargeObject, ObjectEnd, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Need, Rule, Scope};
use crate::rules::sta::common::{ONE_GET, TND, last_status, message_at, shown, status_shown};
use crate::syncml::{CommandName, Document, Item, number as decimal};

/// How the parts of a value measure up to its Size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Exact,
    /// Size counts what the base64 text stands for.
    Decoded,
    /// Size does not count white space that was added for the eye.
    WithoutBlanks,
    Different,
    Unknown(Reason),
}

/// Measures a complete value; `None` where it announced no Size.
fn measure(session: &Session, object: &LargeObject) -> Option<Measure> {
    let announced = object.announced?;
    let (first, last) = (object.chunks.first()?, object.chunks.last()?);
    if object.octets() == announced {
        return Some(Measure::Exact);
    }
    if !session.is_whole_between(first.entry, last.entry) {
        return Some(Measure::Unknown(Reason::MessageLost));
    }
    let mut octets: Vec<u8> = Vec::new();
    let mut is_base64 = false;
    for (at, chunk) in object.chunks.iter().enumerate() {
        let part = part(session, *chunk)?;
        let message = part.cmd.message();
        let plain = match message.document() {
            Document::Xml(document) => document.text().is_none() && !document.only_nul_is_wrong(),
            Document::Wbxml(_) => true,
        };
        let has_elements = part.item.data.is_some_and(|data| message.tree().elements(data).next().is_some());
        if !plain || has_elements {
            return Some(Measure::Unknown(Reason::NotVisible));
        }
        if at == 0 {
            is_base64 = part.meta(Tag::Format).eq_ignore_ascii_case("b64");
        }
        octets.extend_from_slice(part.data());
    }
    while octets.last() == Some(&0) {
        octets.pop();
    }
    let is = |count: usize| count as u64 == announced;
    let line_ends = octets.windows(2).filter(|pair| *pair == b"\r\n").count();
    let solid = octets.iter().filter(|octet| !octet.is_ascii_whitespace()).count();
    let trimmed = octets.trim_ascii().len();
    Some(if is(octets.len()) || is(octets.len() - line_ends) {
        Measure::Exact
    } else if is_base64 && is(decoded_length(&octets)) {
        Measure::Decoded
    } else if is(trimmed) || (is_base64 && is(solid)) {
        Measure::WithoutBlanks
    } else {
        Measure::Different
    })
}

/// Octets that base64 text stands for.
fn decoded_length(text: &[u8]) -> usize {
    let digits = text.iter().filter(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')).count();
    digits * 3 / 4
}

pub(super) static MISMATCH: Rule = Rule {
    id: "LOB-009",
    name: "large-object-size-mismatch",
    title: "The parts of a large object have together as many octets as Size says",
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS, Clause { document: TND, section: "7.7.4 Size" }],
    yields_to: &["LOB-002"],
    what: "The Data of all parts of a complete value have as many octets as Size announced. Octets count as they were conveyed: \
           base64 text as text, OPAQUE as it is, other text as UTF-8, a line end as one octet or two. Where Size counts what the \
           base64 text stands for, a warning; where it does not count added white space, an observation.",
    why: "The receiver must refuse the value, however often it is sent.",
    mend: "Count the octets of the character data as it is sent.",
    pass: &[DOWN, UP],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=13 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 424"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(mismatch),
    ..Rule::MUST
};

fn mismatch(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.end == ObjectEnd::Complete) {
        let Some(measure) = measure(session, object) else { continue };
        let Some(last) = object.chunks.last().and_then(|chunk| part(session, *chunk)) else { continue };
        let Some(first) = object.chunks.first().and_then(|chunk| part(session, *chunk)) else { continue };
        let occasion = cx.occasion(last.cmd.at()).related(first.cmd.at());
        let (octets, announced) = (object.octets(), object.announced.unwrap_or_default());
        let seen = format!(
            "{octets} octets of {} in {} parts, and Size {announced}",
            quoted(&object.uri),
            object.chunks.len()
        );
        let expected = format!("Size {octets}");
        match measure {
            Measure::Exact => occasion.held(),
            Measure::Unknown(reason) => occasion.undecided(reason),
            Measure::Different => occasion.violated(seen, expected),
            Measure::Decoded => {
                occasion.violated_as(Severity::Warning, format!("{seen}, which counts decoded octets"), expected);
            }
            Measure::WithoutBlanks => {
                occasion.violated_as(Severity::Info, format!("{seen}, which does not count white space"), expected);
            }
        }
    }
}

pub(super) static MISMATCH_ACCEPTED: Rule = Rule {
    id: "LOB-010",
    name: "size-mismatch-accepted",
    title: "A value that is not as long as its Size is refused with 424",
    severity: Severity::Warning,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    what: "Where the parts of a value have together another length than Size says, by whatever way of counting, the Status for the \
           last part is no success.",
    why: "A value that lost a part on its way is put to use: firmware, for one.",
    mend: "Count what was received, and answer 424 where it is not what Size announced.",
    pass: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=13 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 424"
    )],
    violate: &[down!(
        "Replace ./Vendor/A=Hello format=chr size=13 more",
        "Status Replace 213\n Alert 1222",
        "Replace ./Vendor/A=\" world!\" format=chr",
        "Status Replace 200"
    )],
    not_applicable: &[ONE_GET, DOWN],
    check: Check::Session(mismatch_accepted),
    ..Rule::MUST
};

fn mismatch_accepted(session: &Session, cx: &mut Cx<'_>) {
    for object in session.objects.iter().filter(|object| object.end == ObjectEnd::Complete) {
        if measure(session, object) != Some(Measure::Different) {
            continue;
        }
        let Some(last) = object.chunks.last().and_then(|chunk| part(session, *chunk)) else { continue };
        let Some((status, code)) = last_status(last.cmd) else { continue };
        let occasion = cx.occasion(status.at()).related(last.cmd.at());
        if matches!(code, 200..=212 | 214..=299) {
            let seen = format!(
                "{}, though {} octets came and Size was {}",
                status_shown(status),
                object.octets(),
                object.announced.unwrap_or_default()
            );
            occasion.violated(seen, "424");
        }
    }
}

pub(super) static TOO_LARGE: Rule = Rule {
    id: "LOB-015",
    name: "object-larger-than-max-obj-size",
    title: "No value is larger than the other side's MaxObjSize",
    level: Level::MustNot,
    scope: Scope::Session,
    clause: &[LARGE_OBJECTS],
    needs: &[Need::NoLoss],
    what: "Neither the Size of a value in several parts nor the Data of one in a single part is larger than the latest MaxObjSize \
           that the receiver announced before. A warning where base64 text fits once it is decoded. 0 is taken for no limit.",
    why: "The receiver has no room for the value: it refuses it after half of it was sent, or runs out of memory.",
    mend: "Ask for MaxObjSize first, and do not send what does not fit.",
    pass: &[
        "device maxobj=20\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Replace ./Vendor/A=\"as long as is fit\"\n",
    ],
    violate: &[
        "device maxobj=10\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Replace ./Vendor/A=\"longer than that\"\n",
        "device maxobj=10\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n Replace ./Vendor/A=short size=12 more\n",
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(CARRIERS, too_large),
    ..Rule::MUST
};

fn too_large(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(limit) = cmd.msg.entry.object_limit.filter(|limit| limit.octets > 0) else { return };
    // What an Alert shows to the user is no object.
    if cmd.command.name == CommandName::Alert && !matches!(cmd.code(), Some(1224 | 1226)) {
        return;
    }
    let message = cmd.message();
    let mut worst: Option<(u64, bool, &Item)> = None;
    let mut looked = false;
    for item in cmd.items() {
        let octets = if item.more_data.is_some() {
            message.value(message.effective_met_inf(cmd.command, Some(item), Tag::Size)).and_then(decimal)
        } else if cmd.msg.entry.is_continuation(cmd.id) {
            None
        } else {
            item.data.map(|data| message.tree().content_bytes(data).len() as u64)
        };
        let Some(octets) = octets else { continue };
        looked = true;
        if octets > limit.octets && worst.is_none_or(|(known, ..)| octets > known) {
            let format = cmd.text(message.effective_met_inf(cmd.command, Some(item), Tag::Format));
            let fits = format.eq_ignore_ascii_case("b64") && octets / 4 * 3 <= limit.octets.saturating_add(2);
            worst = Some((octets, fits, item));
        }
    }
    if !looked {
        return;
    }
    let Some((octets, fits, item)) = worst else { return cx.occasion(cmd.at()).held() };
    let occasion = cx.occasion(cmd.at_node(item.node));
    let occasion = match message_at(cmd.session(), limit.announced_by) {
        Some(by) => occasion.related(by.at()),
        None => occasion,
    };
    let seen = format!("{octets} octets in {}, and MaxObjSize {}", shown(cmd), limit.octets);
    let expected = format!("at most {} octets", limit.octets);
    if fits {
        occasion.violated_as(Severity::Warning, format!("{seen}; decoded it fits"), expected);
    } else {
        occasion.violated(seen, expected);
    }
}
