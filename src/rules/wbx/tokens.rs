//! The tokens of the body: WBX-006 to WBX-010, WBX-014, WBX-015.

use super::super::cx::{Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Level, Rule, Source};
use super::{
    CODE_PAGES, CREP, GOOD, MET, TND, WAP_WBXML, XML, document_of, first_of, is_whole, places, session, sighting,
};
use crate::base::Severity;
use crate::markup::{Kind, Since};
use crate::syncml::Oddity;
use crate::wbxml::{Anomaly, Document, WbxmlErrorKind};

const TOKENS: Clause = Clause { document: WAP_WBXML, section: "5.8 Token structure" };

/// Whether reading stopped since the octets made no sense any more, so that what came before may be misread already.
fn is_damaged(document: &Document) -> bool {
    document.fault.as_ref().is_some_and(|fault| !matches!(fault.kind, WbxmlErrorKind::Truncated { .. }))
}

pub(super) static UNDEFINED_TOKEN: Rule = Rule {
    id: "WBX-006",
    name: "undefined-token",
    title: "Tags and code pages are defined",
    clause: &[
        Clause { document: CREP, section: "8.3 Token assignments" },
        Clause { document: MET, section: "Token assignments" },
        Clause { document: TND, section: "10 WBXML" },
    ],
    what: "Every tag token is one of its code page: 05 to 3C without 30 on page 0, 05 to 16 on page 1, 05 to 3C on page 2; and \
           there are no other pages. Tokens that came with SyncML 1.2, in a document of SyncML 1.1, are a warning.",
    why: "The recipient does not know which element it is, and refuses the message.",
    mend: "Write the tokens of the specification, and a LITERAL for elements that have none.",
    yields_to: &["WBX-007"],
    pass: &[GOOD],
    violate: &[session!("    hex-patch 6b69 => 6b3d69\n")],
    not_applicable: &[XML],
    check: Check::Encoding(undefined_token),
    ..Rule::MUST
};

fn undefined_token(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let undefined = |anomaly: &Anomaly| matches!(anomaly, Anomaly::UnknownTag { .. } | Anomaly::UnknownPage { .. });
    if let Some((_, seen)) = first_of(document, undefined) {
        let occasion = cx.occasion(msg.at());
        if is_damaged(document) {
            occasion.undecided(Reason::Undecodable);
        } else {
            occasion.violated(seen, "tokens of SyncML, MetInf and DM DDF");
        }
        return;
    }
    let is_1_1 = document.header.public_id.known().is_some_and(|known| known.version == Since::V1_1);
    if is_1_1 && let Some(seen) = sighting(msg, Oddity::Since1_2) {
        let occasion = cx.occasion(msg.at_node(seen.first));
        let seen = format!("{} in a document of SyncML 1.1", places(msg, seen.first, seen.count));
        return occasion.violated_as(Severity::Warning, seen, "tokens up to 34 on page 0 and 15 on page 1");
    }
    cx.occasion(msg.at()).held();
}

pub(super) static WRONG_PAGE: Rule = Rule {
    id: "WBX-007",
    name: "wrong-code-page",
    title: "Code pages are switched where elements of another page stand",
    clause: &[CODE_PAGES],
    what: "In a message with a Meta, what stands in Meta is of page 1, and what stands elsewhere outside Data is not: an element \
           where the one around it cannot have it, CmdRef in Meta for one, shows that a SWITCH_PAGE is missing or wrong.",
    why: "The recipient reads another element for each token up to the next switch.",
    mend: "Write SWITCH_PAGE 1 before the first element in Meta, and SWITCH_PAGE 0 before the next element after it.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch 5a0001 => 5a\n")],
    not_applicable: &[
        XML,
        "session encoding=wbxml\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n",
    ],
    check: Check::Message(wrong_page),
    ..Rule::MUST
};

fn wrong_page(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() || !(msg.message().survey().has_meta || sighting(msg, Oddity::WrongPage).is_some()) {
        return;
    }
    let Some(seen) = sighting(msg, Oddity::WrongPage) else { return cx.occasion(msg.at()).held() };
    let occasion = cx.occasion(msg.at_node(seen.first));
    let octet = msg.message().span(seen.first).start;
    let place = places(msg, seen.first, seen.count);
    occasion.violated(format!("offset {octet}: {place}, which cannot stand there"), "SWITCH_PAGE before it");
}

pub(super) static END_BALANCE: Rule = Rule {
    id: "WBX-008",
    name: "end-tokens-unbalanced",
    title: "Each element has its END, and nothing follows the root",
    source: Source::Memory,
    clause: &[TOKENS],
    what: "As many END tokens stand in a document as elements with content, and nothing follows the END of the root. A single 00 \
           behind it is information.",
    why: "The recipient waits for the rest of the document, or takes what follows for a second one.",
    mend: "Write one END for each tag with the content bit, and the length of the body without what follows it.",
    yields_to: &["MSG-011"],
    pass: &[GOOD],
    violate: &[session!("    hex-patch 120101 => 1201\n")],
    not_applicable: &[XML],
    check: Check::Encoding(end_balance),
    ..Rule::MUST
};

fn end_balance(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    if let Some(fault) = &document.fault
        && fault.kind == WbxmlErrorKind::EndBeforeRoot
    {
        return occasion.violated(fault.to_string(), "an element before the first END");
    }
    let missing = |anomaly: &Anomaly| matches!(anomaly, Anomaly::MissingEnd { .. });
    let surplus = |anomaly: &Anomaly| matches!(anomaly, Anomaly::SurplusEnd { .. } | Anomaly::TrailingOctets { .. });
    let nul = |anomaly: &Anomaly| matches!(anomaly, Anomaly::TrailingNul { .. });
    let expected = "one END for each element with content, and nothing after the last";
    if let Some((_, seen)) = first_of(document, missing) {
        if is_whole(msg) {
            occasion.violated(seen, expected);
        } else {
            occasion.undecided(Reason::MessageLost);
        }
    } else if let Some((_, seen)) = first_of(document, surplus) {
        occasion.violated(seen, expected);
    } else if let Some((_, seen)) = first_of(document, nul) {
        occasion.violated_as(Severity::Info, seen, expected);
    }
}

pub(super) static CONTENT_BIT: Rule = Rule {
    id: "WBX-009",
    name: "content-bit",
    title: "The content bit says whether an element has content",
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[TOKENS],
    what: "Elements that are empty by definition (Final, MoreData, NoResp) have no content, and elements that need text (CmdID, \
           MsgID, MsgRef, SessionID, VerDTD, VerProto, Cmd) are not written with the content bit and nothing in them. The \
           content bit on an empty Final, with an END right behind it, is information.",
    why: "Parsers that follow the DTD refuse the message.",
    mend: "Set the content bit exactly where text or elements follow.",
    yields_to: &["WBX-007"],
    pass: &[GOOD],
    violate: &[session!("    hex-patch 120101 => 52033100010101\n"), session!("    hex-patch 120101 => 52010101\n")],
    not_applicable: &[XML],
    check: Check::Message(content_bit),
    ..Rule::MUST
};

fn content_bit(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let cases = [
        (Oddity::EmptyWithContent, "content in", Severity::Warning),
        (Oddity::NoTextWithContentBit, "the content bit, and no text, in", Severity::Warning),
        (Oddity::EmptyWithBlank, "white space in", Severity::Info),
        (Oddity::EmptyWithContentBit, "the content bit, and nothing, in", Severity::Info),
    ];
    for (oddity, what, severity) in cases {
        if let Some(seen) = sighting(msg, oddity) {
            let occasion = cx.occasion(msg.at_node(seen.first));
            let seen = format!("{what} {}", places(msg, seen.first, seen.count));
            return occasion.violated_as(severity, seen, "the content bit exactly where there is content");
        }
    }
    cx.occasion(msg.at()).held();
}

pub(super) static ATTRIBUTES: Rule = Rule {
    id: "WBX-010",
    name: "attribute-bit",
    title: "No tag has attributes",
    level: Level::MustNot,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "8 WBXML definition" }],
    what: "No tag token has the attribute bit (80): SyncML has no table of attributes.",
    why: "The recipient cannot read the attributes, and loses its place in the document.",
    mend: "Leave attributes out; name spaces are code pages in WBXML.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch 6d6c => ed05016c\n")],
    not_applicable: &[XML],
    check: Check::Encoding(attributes),
    ..Rule::MUST
};

fn attributes(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let Some((_, seen)) = first_of(document, |anomaly| matches!(anomaly, Anomaly::Attributes { .. })) else { return };
    if is_damaged(document) {
        occasion.undecided(Reason::Undecodable);
    } else {
        occasion.violated(seen, "tags without the attribute bit");
    }
}

pub(super) static LITERALS: Rule = Rule {
    id: "WBX-014",
    name: "literal-for-known-element",
    title: "Elements that have a token are written with it",
    level: Level::ShouldNot,
    source: Source::Memory,
    clause: &[TOKENS],
    what: "No LITERAL names an element that the code pages have a token for. Correlator in a document of SyncML 1.1, which has no \
           token for it, is right.",
    why: "Small parsers do not read LITERAL.",
    mend: "Write the token.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch a4016a00 => a4016a0646696e616c00\n    hex-patch 120101 => 04000101\n")],
    not_applicable: &[XML],
    check: Check::Message(literals),
    ..Rule::SHOULD
};

fn literals(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let is_1_1 = document.header.public_id.known().is_some_and(|known| known.version == Since::V1_1);
    let tree = msg.message().tree();
    let is_right = |node| is_1_1 && tree.tag(node).and_then(crate::markup::Tag::since) == Some(Since::V1_2);
    match sighting(msg, Oddity::LiteralForToken) {
        Some(seen) if !is_right(seen.first) => {
            let occasion = cx.occasion(msg.at_node(seen.first));
            let name = tree.name(seen.first);
            let seen = format!("a LITERAL for {} at {}", quoted(name), places(msg, seen.first, seen.count));
            occasion.violated(seen, "its token");
        }
        _ => cx.occasion(msg.at()).held(),
    }
}

pub(super) static EXTENSIONS: Rule = Rule {
    id: "WBX-015",
    name: "entities-and-extensions",
    title: "Entities, extension tokens and processing instructions are not used",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[TOKENS],
    what: "A message has no EXT token and no PI, which mean nothing in SyncML, and no ENTITY, which is legal text and yet seldom \
           read.",
    why: "Small parsers stop at these tokens.",
    mend: "Write characters as such in strings.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch 033500 => 0235\n"), session!("    hex-patch 6b69 => 6bc069\n")],
    not_applicable: &[XML],
    check: Check::Message(extensions),
    ..Rule::SHOULD
};

fn extensions(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let found = sighting(msg, Oddity::Extension).or_else(|| sighting(msg, Oddity::Entity));
    let Some(seen) = found else { return cx.occasion(msg.at()).held() };
    let tree = msg.message().tree();
    let occasion = cx.occasion(msg.at_node(tree.parent(seen.first)));
    let what = match tree.kind(seen.first) {
        Kind::Text { .. } => format!("an ENTITY for {}", quoted(tree.piece(seen.first))),
        _ => format!("the token {}", quoted(tree.piece(seen.first))),
    };
    let place =
        tree.parent(seen.first).map_or(String::new(), |parent| format!(" in {}", places(msg, parent, seen.count)));
    occasion.violated(format!("{what}{place}"), "strings and tags only");
}
