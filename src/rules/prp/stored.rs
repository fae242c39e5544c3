//! Properties held against what was written: PRP-009, PRP-012, PRP-014.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::{quoted, without_query};
use super::super::known::{Case, TND, grown, item_at, readings, value};
use super::super::rule::{Check, Clause, Judged, Rule, Scope};
use super::super::sta::common::{ONE_GET, opened, shown};
use super::told;
use crate::base::{Direction, Severity};
use crate::dm::{Known, Session};
use crate::markup::Tag;
use crate::syncml::{CommandName, Item, number};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The Item of the command that said last what a node holds.
pub(in crate::rules) fn stored<'s>(case: &Case<'s>) -> Option<&'s Item> {
    let Known::Stored { item } = case.fact.known else { return None };
    item_at(case.by, item)
}

/// An element of the Meta that holds for an Item.
pub(in crate::rules) fn met_inf<'s>(cmd: Cmd<'s>, item: &Item, tag: Tag) -> &'s str {
    cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), tag))
}

/// Numbers that Results tell for a property, and that are larger than they may be.
fn beyond(session: &Session, name: &'static str, most: u64, cx: &mut Cx<'_>) {
    if !session.has_queries() {
        return;
    }
    for (id, entry) in session.sent_by(Direction::DeviceToServer).filter(|(_, entry)| entry.message.is_judgeable()) {
        let results = Msg { session, id, entry }.commands().filter(|cmd| cmd.command.name == CommandName::Results);
        for results in results {
            for property in told(results, name) {
                let text = value(results, property.data);
                let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
                if !is_number {
                    continue;
                }
                let occasion = cx.occasion(results.at_node(property.data));
                if number(text).is_none_or(|number| number > most) {
                    let seen = format!("the {name} of {} is {}", quoted(without_query(property.uri)), quoted(text));
                    occasion.violated(seen, format!("{most} at most"));
                }
            }
        }
    }
}

pub(super) static SIZE: Rule = Rule {
    id: "PRP-009",
    name: "size-property-wrong",
    title: "The property Size is the number of octets in the value",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.4 Size" }],
    what: "Data of Results for a Get of `?prop=Size` is 4294967295 at most. Where the value was written earlier in the session, in \
           one piece and with its Format or Type, the number is that of its octets; base64 may be counted as it was sent or \
           decoded, and white space around a value may count or not. Another number is a warning. What is no number is said at \
           RES-017.",
    why: "The server believes that the value was cut short, or changed by someone else.",
    mend: "Count the octets of the value as it is stored, without base64.",
    pass: &[grown!(
        " Get ./Vendor/Leaf?prop=Size",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/Leaf?prop=Size=3",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[
        grown!(
            " Get ./Vendor/Leaf?prop=Size",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Leaf?prop=Size=4",
        ),
        opened!(
            " Get ./Vendor/A?prop=Size",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=Size=4294967296",
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(size),
    ..Rule::MUST
};

fn size(session: &Session, cx: &mut Cx<'_>) {
    beyond(session, "Size", u64::from(u32::MAX), cx);
    for (case, told) in readings(session, "Size", |known| matches!(known, Known::Stored { .. })) {
        let Some(data) = stored(&case).and_then(|item| item.data) else { continue };
        let Some(found) = number(told.value()).filter(|found| u32::try_from(*found).is_ok()) else { continue };
        let raw = case.by.message().tree().content_bytes(data);
        let text: Vec<u8> = raw.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(&text).ok().map(|octets| octets.len());
        let lengths = [Some(raw.len()), Some(raw.trim_ascii().len()), Some(value(case.by, data).len()), decoded];
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if lengths.into_iter().flatten().any(|length| length as u64 == found) {
            continue;
        }
        let seen = format!(
            "the Size of {} is {found}; {} wrote {} octets",
            quoted(without_query(case.target())),
            shown(case.by),
            raw.len()
        );
        occasion.violated_as(Severity::Warning, seen, raw.len().to_string());
    }
}

/// A session in which the server reads VerNo, replaces the value, and reads VerNo again.
macro_rules! versions {
    ($first:literal, $second:literal) => {
        grown!(
            " Get ./Vendor/Leaf?prop=VerNo",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $first,
            "server",
            " Status SyncHdr 200",
            " Replace ./Vendor/Leaf=xyz format=chr",
            "device",
            " Status SyncHdr 200",
            " Status Replace 200",
            "server",
            " Status SyncHdr 200",
            " Get ./Vendor/Leaf?prop=VerNo",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $second,
            "server",
            " Status SyncHdr 200",
        )
    };
}

pub(super) static VERSION: Rule = Rule {
    id: "PRP-012",
    name: "version-not-incremented",
    title: "The property VerNo goes up whenever the value changes",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.8 VerNo" }],
    what: "Data of Results for a Get of `?prop=VerNo` is 65535 at most. Where it was read, the value then replaced by another one \
           that is known to differ, and VerNo read again, it is not the same number; where the value before the Replace is not \
           known, that is information. What is no number is said at RES-017.",
    why: "The server believes that the value is still the one that it knows.",
    mend: "Add one to VerNo with each change of the value; after 65535 comes 0.",
    pass: &[versions!(" Results ./Vendor/Leaf?prop=VerNo=3", " Results ./Vendor/Leaf?prop=VerNo=4")],
    violate: &[
        versions!(" Results ./Vendor/Leaf?prop=VerNo=3", " Results ./Vendor/Leaf?prop=VerNo=3"),
        versions!(" Results ./Vendor/Leaf?prop=VerNo=65536", " Results ./Vendor/Leaf?prop=VerNo=0"),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(version),
    ..Rule::MUST
};

fn version(session: &Session, cx: &mut Cx<'_>) {
    beyond(session, "VerNo", u64::from(u16::MAX), cx);
    for (case, told) in readings(session, "VerNo", |known| matches!(known, Known::Version { .. })) {
        let Known::Version { item, is_other } = case.fact.known else { continue };
        let before = item_at(case.by, item).and_then(|item| number(value(case.by, item.data)));
        let (Some(before), Some(after)) = (before, number(told.value())) else { continue };
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if before != after {
            continue;
        }
        let uri = quoted(without_query(case.target()));
        let seen = format!("the VerNo of {uri} is {after} before and after its value was replaced");
        if is_other {
            occasion.violated(seen, "a higher number");
        } else {
            occasion.violated_as(Severity::Info, seen, "a higher number, if the value changed");
        }
    }
}

pub(super) static AS_WRITTEN: Rule = Rule {
    id: "PRP-014",
    name: "type-or-format-not-as-written",
    title: "The properties Type and Format are those that were written last",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[
        Clause { document: TND, section: "7.5 Operations on properties" },
        Clause { document: TND, section: "7.7.7 Type" },
    ],
    yields_to: &["PRP-007"],
    what: "Data of Results for a Get of `?prop=Type` or `?prop=Format` is the Type or Format that the last Add or Replace of the \
           node in the session gave, where it got 200 and gave one. Case and parameters of a media type do not count; bin and \
           b64 are said at NOD-024.",
    why: "The server reads the value back in another way than it wrote it.",
    mend: "Take Type and Format from the command that writes the value.",
    pass: &[grown!(
        " Get ./Vendor/Leaf?prop=Type",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/Leaf?prop=Type=text/plain",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[
        grown!(
            " Get ./Vendor/Leaf?prop=Type",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Leaf?prop=Type=image/gif",
        ),
        grown!(
            " Get ./Vendor/Leaf?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Leaf?prop=Format=int",
        ),
    ],
    not_applicable: &[
        ONE_GET,
        grown!(
            " Get ./Vendor/Dir?prop=Type",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/Dir?prop=Type=x.y/1.0/z",
        ),
    ],
    check: Check::Session(as_written),
    ..Rule::MUST
};

fn as_written(session: &Session, cx: &mut Cx<'_>) {
    for (name, tag) in [("Type", Tag::Type), ("Format", Tag::Format)] {
        for (case, told) in readings(session, name, |known| matches!(known, Known::Stored { .. })) {
            let Some(written) = stored(&case).map(|item| met_inf(case.by, item, tag)) else { continue };
            let is_apart = written.is_empty()
                || tag == Tag::Format && matches!(written.to_ascii_lowercase().as_str(), "b64" | "bin" | "null");
            if is_apart {
                continue;
            }
            let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
            if essence(told.value()) != essence(written) {
                let uri = quoted(without_query(case.target()));
                let seen = format!(
                    "the {name} of {uri} is {}; {} wrote {}",
                    quoted(told.value()),
                    shown(case.by),
                    quoted(written)
                );
                occasion.violated(seen, quoted(written));
            }
        }
    }
}
