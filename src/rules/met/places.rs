//! Where elements of Meta belong, and what they hold: MET-009 to MET-013, MET-015, MET-016.

use super::super::cx::{Cx, Msg};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Effect, Level, Override, Rule, Scope, Source};
use super::super::sta::common::opened;
use super::{DREP, MET, NO_META, PRO, command_around, occurrences, place};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::Tag;
use crate::syncml::{CommandName, Oddity, number};

/// A device that announces what it can take.
const SIZES: &str = "device maxmsg=16384 maxobj=65536\n Alert 1201\n";

pub(super) static MAX_MSG_SIZE: Rule = Rule {
    id: "MET-009",
    name: "max-msg-size-malformed",
    title: "MaxMsgSize is a positive number",
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: MET, section: "MaxMsgSize" }],
    what: "MaxMsgSize in the Meta of a SyncHdr is a positive decimal number. 0, which some mean for no limit, and less than 200 \
           octets, which no message fits, are warnings.",
    why: "The other side does not know how long its messages may be; those that are too long are lost.",
    mend: "Give the number of octets, in decimal digits and without a unit, or leave MaxMsgSize out.",
    pass: &[SIZES],
    violate: &["device maxmsg=5k\n Alert 1201\n"],
    not_applicable: &[NO_META],
    check: Check::Message(max_msg_size),
    ..Rule::MUST
};

/// A SyncHdr alone is longer.
const SHORTEST_MESSAGE: u64 = 200;

fn max_msg_size(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(node) = msg.message().met_inf(msg.message().hdr.meta, Tag::MaxMsgSize) else { return };
    let text = msg.text(node);
    let occasion = cx.occasion(msg.at_node(node));
    let seen = || format!("MaxMsgSize {}", quoted(text));
    match number(text) {
        None if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) => {}
        None => occasion.violated(seen(), "a positive number of octets"),
        Some(size) if size < SHORTEST_MESSAGE => {
            occasion.violated_as(Severity::Warning, seen(), "a number of octets in which a message fits");
        }
        Some(_) => {}
    }
}

pub(super) static MAX_OBJ_SIZE: Rule = Rule {
    id: "MET-010",
    name: "max-obj-size-malformed",
    title: "MaxObjSize is a number",
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: MET, section: "MaxObjSize" }],
    what: "MaxObjSize in the Meta of a SyncHdr is a decimal number, 0 included.",
    why: "The other side does not know how large a value may be, and sends what cannot be stored.",
    mend: "Give the number of octets, in decimal digits and without a unit, or leave MaxObjSize out.",
    pass: &[SIZES],
    violate: &["device maxobj=unlimited\n Alert 1201\n"],
    not_applicable: &[NO_META],
    check: Check::Message(max_obj_size),
    ..Rule::MUST
};

fn max_obj_size(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(node) = msg.message().met_inf(msg.message().hdr.meta, Tag::MaxObjSize) else { return };
    let text = msg.text(node);
    let occasion = cx.occasion(msg.at_node(node));
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        occasion.violated(format!("MaxObjSize {}", quoted(text)), "a number of octets");
    }
}

pub(super) static SIZES_IN_HEADER: Rule = Rule {
    id: "MET-011",
    name: "limits-outside-header",
    title: "MaxMsgSize and MaxObjSize stand in the SyncHdr",
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[
        Clause { document: MET, section: "MaxMsgSize, MaxObjSize" },
        Clause { document: PRO, section: "7 Large Object Handling" },
    ],
    what: "Each MaxMsgSize and MaxObjSize stands in the Meta of a SyncHdr. In data synchronisation an Alert may have \
           MaxObjSize; device management makes no use of that.",
    why: "The other side does not look for limits elsewhere, and exceeds them.",
    mend: "Move them into Meta of the SyncHdr.",
    pass: &[SIZES],
    violate: &[opened!(
        " Replace ./Vendor/A=1 format=chr",
        " patch \"<Meta>\" => \"<Meta><MaxMsgSize xmlns='syncml:metinf'>5000</MaxMsgSize>\""
    )],
    not_applicable: &[NO_META],
    check: Check::Message(sizes_in_header),
    ..Rule::SHOULD
};

fn sizes_in_header(msg: Msg<'_>, cx: &mut Cx<'_>) {
    for (node, holder) in occurrences(msg, &[Tag::MaxMsgSize, Tag::MaxObjSize]) {
        let occasion = cx.occasion(place(msg, node));
        if holder.tag != Tag::SyncHdr {
            let tree = msg.message().tree();
            let seen = format!("{} in Meta of {}", tree.name(node), tree.name(holder.node));
            occasion.violated(seen, "limits in Meta of SyncHdr only");
        }
    }
}

pub(super) static NEXT_NONCE: Rule = Rule {
    id: "MET-012",
    name: "nonce-outside-challenge",
    title: "NextNonce stands in a challenge",
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.1.2 Chal" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "Each NextNonce stands in the Meta of a Chal. In the Meta of a Cred, which one published description has, it is \
           information; so it is everywhere for Windows, which lists it as supported in general.",
    why: "The other side does not find the nonce: the next digest is computed from the wrong one, and fails.",
    mend: "Send the next nonce in Chal of the Status for the SyncHdr.",
    pass: &["device\n Alert 1201\nserver\n Status SyncHdr 407 chal=md5:Tm9uY2U=\n Status Alert 407\n"],
    violate: &["device\n Alert 1201\n hdr-xml <Meta><NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta>\n"],
    not_applicable: &[NO_META],
    check: Check::Message(next_nonce),
    ..Rule::SHOULD
};

fn next_nonce(msg: Msg<'_>, cx: &mut Cx<'_>) {
    for (node, holder) in occurrences(msg, &[Tag::NextNonce]) {
        let occasion = cx.occasion(place(msg, node));
        let seen = || format!("NextNonce in Meta of {}", msg.message().tree().name(holder.node));
        match holder.tag {
            Tag::Chal => occasion.held(),
            Tag::Cred => occasion.violated_as(Severity::Info, seen(), "NextNonce in Meta of Chal"),
            _ => occasion.violated(seen(), "NextNonce in Meta of Chal"),
        }
    }
}

pub(super) static MARK: Rule = Rule {
    id: "MET-013",
    name: "mark-outside-alert",
    title: "Mark stands in an Item of an Alert",
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    clause: &[
        Clause { document: PRO, section: "8.7.1 Generic Alert: Mark" },
        Clause { document: MET, section: "Mark" },
    ],
    what: "Each Mark stands in the Meta of an Item of an Alert.",
    why: "It means nothing elsewhere, and is dropped.",
    mend: "Leave it out.",
    pass: &[
        "device\n Alert 1201\n Alert 1226 source=./A type=\"Reversed-Domain-Name: com.example.a\" format=chr mark=minor data=1\n",
    ],
    violate: &[opened!(" Replace ./Vendor/A=1 mark=critical")],
    not_applicable: &[NO_META],
    check: Check::Message(mark),
    ..Rule::SHOULD
};

fn mark(msg: Msg<'_>, cx: &mut Cx<'_>) {
    for (node, holder) in occurrences(msg, &[Tag::Mark]) {
        let occasion = cx.occasion(place(msg, node));
        let is_alert = command_around(msg, node).is_some_and(|cmd| cmd.command.name == CommandName::Alert);
        if holder.tag != Tag::Item || !is_alert {
            let seen = format!("Mark {} in Meta of {}", quoted(msg.text(node)), msg.message().tree().name(holder.node));
            occasion.violated(seen, "Mark in Items of Alerts only");
        }
    }
}

pub(super) static TWICE: Rule = Rule {
    id: "MET-015",
    name: "meta-element-twice",
    title: "A Meta has each element once",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: MET, section: "DTD" }],
    what: "No Meta has Format, Type, Size or another element of meta information twice. EMI alone may be repeated.",
    why: "One reads the first, another the last: the two sides do not mean the same value.",
    mend: "Send each element once.",
    pass: &[SIZES],
    violate: &[opened!(" Replace ./Vendor/A=1 format=chr type=text/plain type=text/html")],
    not_applicable: &[NO_META],
    check: Check::Message(twice),
    ..Rule::MUST
};

fn twice(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let survey = msg.message().survey();
    if !survey.has_met_inf {
        return;
    }
    let Some(seen) = survey.sighting(Oddity::MetInfTwice) else { return cx.occasion(msg.at()).held() };
    let occasion = cx.occasion(place(msg, seen.first));
    let more = match seen.count {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let seen = format!("a second {} in one Meta{more}", msg.message().tree().name(seen.first));
    occasion.violated(seen, "each element of a Meta once");
}

/// Elements of meta information that device management does not list (OMA-TS-DM_RepPro-V1_2_1, section 6.4).
const FOREIGN: &[Tag] = &[
    Tag::Anchor,
    Tag::Last,
    Tag::Next,
    Tag::Version,
    Tag::Mem,
    Tag::SharedMem,
    Tag::FreeMem,
    Tag::FreeID,
    Tag::FieldLevel,
];

pub(super) static NOT_OF_DM: Rule = Rule {
    id: "MET-016",
    name: "meta-element-of-data-synchronisation",
    title: "Elements of Meta that device management does not list",
    level: Level::May,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.4 Meta Information Elements" }],
    what: "Anchor, Version, Mem, FieldLevel and what belongs into them, in the Meta of a command, an Item, a Cred or a Chal, is \
           named once for each message. What it means is left to the implementation; the SyncHdr is the matter of HDR-028.",
    why: "Peers of another make pass over it.",
    mend: "Nothing needs mending; leave out what no peer understands.",
    violate: &[opened!(
        " Replace ./Vendor/A=1 format=chr",
        " patch \"</Meta>\" => \"<Version xmlns='syncml:metinf'>2</Version></Meta>\""
    )],
    not_applicable: &[NO_META, SIZES],
    check: Check::Message(not_of_dm),
    ..Rule::MAY
};

fn not_of_dm(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let foreign = occurrences(msg, FOREIGN).find(|(_, holder)| holder.tag != Tag::SyncHdr);
    let Some((node, holder)) = foreign else { return };
    let tree = msg.message().tree();
    let seen = format!("{} in Meta of {}", tree.name(node), tree.name(holder.node));
    cx.occasion(place(msg, node)).violated(seen, "elements that device management lists");
}
