//! The document as a whole: XML-001, XML-002, XML-007 to XML-010, XML-016.

use super::super::cx::{Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Level, Rule, Scope, Source};
use super::{CREP, DTD, GOOD, MS_MDM, REGISTRATION, WBXML, XML_USAGE, and_more, document_of, is_whole, session};
use crate::base::Severity;
use crate::markup::{NodeId, Since};
use crate::syncml::xml::{Anomaly, AnomalyKind, XmlDocument};
use crate::wbxml::{KnownId, Language};

const XML_1_0: &str = "XML 1.0";

pub(super) static NOT_WELL_FORMED: Rule = Rule {
    id: "XML-001",
    name: "xml-not-well-formed",
    title: "The message is well-formed XML",
    source: Source::TextMs,
    clause: &[XML_USAGE, Clause { document: MS_MDM, section: "2.2.2" }],
    what: "Each message in XML can be read by a parser that follows XML 1.0 and Namespaces in XML. The first defect is named, \
           with its octet. A byte order mark is fine. White space before the XML declaration is only a warning, and a U+0000 \
           behind the document, as C strings have it, is information.",
    why: "A parser has to refuse the whole message: the session ends, or the peer answers 400.",
    mend: "Write messages with an XML library, and encode values that are no text in base64.",
    yields_to: &["MSG-011"],
    pass: &[GOOD],
    violate: &[
        session!("    patch \"</SyncBody>\" => \"\"\n"),
        session!("    patch \"<Data>5\" => \"<Data>a & b\"\n"),
        session!("    hex-patch 3e353c => 3e35003c\n"),
    ],
    not_applicable: &[WBXML],
    check: Check::Encoding(not_well_formed),
    ..Rule::MUST
};

/// One defect of a document, with where it stands.
struct Defect {
    at: usize,
    text: String,
    is_nul: bool,
}

fn first_defect(document: &XmlDocument) -> Option<Defect> {
    let fault = document.fault.as_ref().map(|fault| (fault.at, None));
    let anomaly = document
        .anomalies
        .iter()
        .filter(|anomaly| anomaly.kind.breaks_well_formedness())
        .min_by_key(|anomaly| anomaly.at)
        .map(|anomaly| (anomaly.at, Some(anomaly)));
    let (at, anomaly) = fault.into_iter().chain(anomaly).min_by_key(|(at, _)| *at)?;
    Some(match (anomaly, &document.fault) {
        (Some(anomaly), _) => Defect { at, text: anomaly.kind.to_string(), is_nul: anomaly.kind.is_nul() },
        (None, Some(fault)) => Defect { at, text: fault.kind.to_string(), is_nul: false },
        (None, None) => return None,
    })
}

/// An offset of the text as one of the body, for people.
fn octet(msg: Msg<'_>, document: &XmlDocument, at: usize) -> String {
    match document.original_offset(msg.message().body(), at) {
        Some(octet) => format!("octet {octet}"),
        None => format!("octet {at} of the text in UTF-8"),
    }
}

/// The innermost element around an offset.
fn element_at(msg: Msg<'_>, at: usize) -> Option<NodeId> {
    let tree = msg.message().tree();
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    tree.ids().filter(|&id| tree.tag(id).is_some() && tree.span(id).start <= at && at < tree.span(id).end).last()
}

fn not_well_formed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    if document.is_well_formed() {
        let occasion = cx.occasion(msg.at());
        if document.anomalies.iter().any(|anomaly| anomaly.kind == AnomalyKind::BlankBeforeDeclaration) {
            let seen = "white space stands before the XML declaration";
            occasion.violated_as(Severity::Warning, seen, "the XML declaration first");
        }
        return;
    }
    let Some(defect) = first_defect(document) else { return };
    let element = element_at(msg, defect.at);
    let occasion = cx.occasion(msg.at_node(element));
    if document.fault.is_some() && !is_whole(msg) {
        return occasion.undecided(Reason::MessageLost);
    }
    let behind = msg.message().tree().root().is_some_and(|root| msg.message().span(root).end as usize <= defect.at);
    let place = match element {
        Some(element) => format!(" in {}", msg.message().path(element)),
        None if behind => " behind the document".to_owned(),
        None => String::new(),
    };
    let more = match document.defects() {
        0 | 1 => String::new(),
        count => format!("; {} more defects", count - 1),
    };
    let seen = format!("{}{place}: {}{more}", octet(msg, document, defect.at), defect.text);
    let expected = "well-formed XML";
    if behind && defect.is_nul && document.only_nul_is_wrong() {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static ROOT: Rule = Rule {
    id: "XML-002",
    name: "root-not-syncml",
    title: "The root element is SyncML",
    source: Source::TextDtd,
    clause: &[Clause { document: CREP, section: "6.2 SyncML" }],
    what: "The local name of the root element is SyncML, in these letters.",
    why: "A parser looks for SyncML and finds a document of another kind.",
    mend: "Write the root element as SyncML.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<SyncML \" => \"<syncml \"\n    patch \"</SyncML>\" => \"</syncml>\"\n")],
    not_applicable: &[WBXML],
    check: Check::Encoding(root),
    ..Rule::MUST
};

fn root(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let tree = msg.message().tree();
    let Some(root) = tree.root() else { return };
    let occasion = cx.occasion(msg.at_node(root));
    let name = tree.name(root);
    if name != "SyncML" {
        occasion.violated(format!("the root element is {}", quoted(name)), "SyncML");
    }
}

pub(super) static ENCODING_MISMATCH: Rule = Rule {
    id: "XML-007",
    name: "encoding-not-as-declared",
    title: "The message is in the encoding that it declares",
    clause: &[Clause { document: XML_1_0, section: "4.3.3 Character Encoding in Entities" }, REGISTRATION],
    what: "The octets of a message can be decoded in the encoding of its XML declaration, or in UTF-8 where none is declared, \
           and a byte order mark says the same. An encoding whose name nobody knows is a warning where the octets are UTF-8.",
    why: "A parser refuses the message, or names and values come out with wrong letters.",
    mend: "Write UTF-8 and declare UTF-8, or nothing.",
    pass: &[GOOD],
    violate: &[
        session!("    hex-patch 3e353c => 3ee93c\n"),
        session!("    patch \"<SyncML\" => \"<?xml version='1.0' encoding='UTF-16'?><SyncML\"\n"),
    ],
    not_applicable: &[WBXML],
    check: Check::Encoding(encoding_mismatch),
    ..Rule::MUST
};

fn encoding_mismatch(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let is_one = |anomaly: &&Anomaly| {
        matches!(
            anomaly.kind,
            AnomalyKind::EncodingMismatch { .. }
                | AnomalyKind::UnknownEncoding { .. }
                | AnomalyKind::UndecodableOctets { .. }
        )
    };
    // Octets that cannot be decoded say more than a name that is not known.
    let unknown = |anomaly: &&Anomaly| matches!(anomaly.kind, AnomalyKind::UnknownEncoding { .. });
    let Some(found) = document.anomalies.iter().filter(is_one).min_by_key(|anomaly| unknown(anomaly)) else { return };
    let cut = matches!(found.kind, AnomalyKind::UndecodableOctets { .. }) && !is_whole(msg);
    if cut {
        return occasion.undecided(Reason::MessageLost);
    }
    let place = match found.kind {
        AnomalyKind::UndecodableOctets { .. } => format!("{}: ", octet(msg, document, found.at)),
        _ => String::new(),
    };
    let declared = document.encoding.declared.as_deref();
    let by = declared.map_or("none declared".to_owned(), |declared| format!("declared {}", quoted(declared)));
    let seen = format!("{place}{} ({by})", found.kind);
    let expected = "octets in the declared encoding";
    if unknown(&found) {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static UNUSUAL_ENCODING: Rule = Rule {
    id: "XML-008",
    name: "encoding-not-unicode",
    title: "The message is in UTF-8 or UTF-16",
    severity: Severity::Info,
    strict: Severity::Info,
    clause: &[REGISTRATION],
    what: "The message is written in UTF-8 or UTF-16, or in US-ASCII, which is a part of UTF-8.",
    why: "Parsers need not know other encodings.",
    mend: "Write UTF-8.",
    pass: &[GOOD],
    violate: &[session!(
        "    patch \"<SyncML\" => \"<?xml version='1.0' encoding='windows-1252'?><SyncML\"\n    hex-patch 3e353c => 3ee93c\n"
    )],
    not_applicable: &[WBXML],
    check: Check::Encoding(unusual_encoding),
    ..Rule::SHOULD
};

fn unusual_encoding(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let encoding = &document.encoding;
    let declared = encoding.declared.as_deref().unwrap_or_default().trim();
    if encoding.utf16 || encoding.actual == "UTF-8" || declared.to_ascii_lowercase().contains("ascii") {
        return;
    }
    let by = if declared.is_empty() { String::new() } else { format!(", declared as {}", quoted(declared)) };
    occasion.violated(format!("the message is in {}{by}", encoding.actual), "UTF-8 or UTF-16");
}

pub(super) static DOCTYPE: Rule = Rule {
    id: "XML-009",
    name: "other-document-type",
    title: "A document type declaration names SyncML",
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "Where a message has a document type declaration, its name is SyncML and its public identifier, if it has one, is \
           that of SyncML 1.1 or 1.2, compared without case.",
    why: "A parser that validates checks the message against another grammar.",
    mend: "Leave the declaration out, or name SyncML.",
    pass: &[session!(
        "    patch \"<SyncML\" => \"<!DOCTYPE SyncML PUBLIC '-//SYNCML//DTD SyncML 1.2//EN' 'syncml.dtd'><SyncML\"\n"
    )],
    violate: &[session!("    patch \"<SyncML\" => \"<!DOCTYPE html><SyncML\"\n")],
    not_applicable: &[WBXML, GOOD],
    check: Check::Encoding(doctype),
    ..Rule::SHOULD
};

fn doctype(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(doctype) = document_of(msg).and_then(|document| document.doctype.as_ref()) else { return };
    let occasion = cx.occasion(msg.at());
    let public_id = doctype.public_id.as_deref().unwrap_or_default();
    let known = KnownId::of_text(public_id)
        .is_some_and(|known| known.language == Language::SyncMl && matches!(known.version, Since::V1_1 | Since::V1_2));
    if &*doctype.name != "SyncML" {
        occasion.violated(format!("the document type is {}", quoted(&doctype.name)), "SyncML");
    } else if !public_id.is_empty() && !known {
        occasion.violated(format!("the public identifier is {}", quoted(public_id)), "that of SyncML 1.1 or 1.2");
    }
}

pub(super) static ENTITIES: Rule = Rule {
    id: "XML-010",
    name: "entity-declarations",
    title: "The message declares no entities",
    level: Level::ShouldNot,
    source: Source::Memory,
    clause: &[Clause { document: XML_1_0, section: "4.2 Entity Declarations" }],
    what: "No document type declaration of a message declares entities, internal or external. A reference to the DTD of SyncML \
           itself is fine.",
    why: "Entities that unfold into each other exhaust memory, external ones read files of the host; careful parsers refuse the \
          message.",
    mend: "Write the text itself in place of entities.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<SyncML\" => \"<!DOCTYPE SyncML [<!ENTITY a 'b'>]><SyncML\"\n")],
    not_applicable: &[WBXML],
    check: Check::Encoding(entities),
    ..Rule::SHOULD
};

fn entities(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let Some(doctype) = document.doctype.as_ref().filter(|doctype| doctype.entities) else { return };
    let what = if doctype.external_entities { "an external entity" } else { "an entity" };
    occasion.violated(format!("the document type declares {what}"), "no entity declarations");
}

pub(super) static FORBIDDEN_CHARACTERS: Rule = Rule {
    id: "XML-016",
    name: "forbidden-characters",
    title: "The message has no characters that XML forbids",
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: XML_1_0, section: "2.2 Characters" }],
    what: "No message in XML holds control characters other than tab, line feed and carriage return, as they are or as \
           references. The first is named with its element. Such a message is not well-formed either, and is reported once, as \
           that.",
    why: "Parsers refuse the message, or cut the value at the character.",
    mend: "Do not send the terminator of a string with it, and encode octets that are no text in base64.",
    yields_to: &["XML-001"],
    pass: &[GOOD],
    violate: &[session!("    hex-patch 3e353c => 3e35003c\n")],
    not_applicable: &[WBXML],
    check: Check::Encoding(forbidden_characters),
    ..Rule::MUST
};

fn forbidden_characters(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    if document.is_well_formed() {
        return cx.occasion(msg.at()).held();
    }
    let is_one = |anomaly: &&Anomaly| {
        matches!(anomaly.kind, AnomalyKind::ForbiddenCharacter { .. } | AnomalyKind::BadCharacterReference { .. })
    };
    let mut all = document.anomalies.iter().filter(is_one);
    let Some(first) = all.next() else { return cx.occasion(msg.at()).held() };
    let element = element_at(msg, first.at);
    let occasion = cx.occasion(msg.at_node(element));
    let behind = msg.message().tree().root().is_some_and(|root| msg.message().span(root).end as usize <= first.at);
    let place = element.map_or(String::new(), |element| format!(" in {}", msg.message().path(element)));
    let more = match (all.count(), document.unlisted) {
        (count, 0) => and_more(count + 1),
        (count, _) => format!(", and more than {count} like it"),
    };
    let seen = format!("{}{place}: {}{more}", octet(msg, document, first.at), first.kind);
    let expected = "no control characters but tab and line ends";
    if behind && document.only_nul_is_wrong() {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}
