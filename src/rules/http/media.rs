//! What headers say of the body: HTTP-007 to HTTP-012, HTTP-017, HTTP-018.

use super::{
    ANSWER_ALONE, DREP, HTTP_BINDING, PLAIN, REGISTRATION, UNANSWERED, exchange, request_of, request_to, response_of,
};
use crate::base::Severity;
use crate::dm::Transport;
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::At;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source, Versions};
use crate::syncml::{Document, Encoding, MediaType, sniff};

const MEDIA_TYPES: &[Clause] = &[
    Clause { document: DREP, section: "5.1" },
    Clause { document: DREP, section: "6.2.1" },
    Clause { document: HTTP_BINDING, section: "Content-Type" },
];
const PARAMETERS: Clause = Clause { document: REGISTRATION, section: "Optional parameters" };

pub(super) static REQUEST_TYPE: Rule = Rule {
    id: "HTTP-007",
    name: "request-content-type",
    title: "Content-Type of a request is a media type of DM",
    judged: Judged::Client,
    clause: MEDIA_TYPES,
    what: "Content-Type of each request that holds a DM message is application/vnd.syncml.dm+xml or \
           application/vnd.syncml.dm+wbxml, case and parameters apart. The types of data synchronisation, \
           application/vnd.syncml+xml and +wbxml, which widespread clients send, are a warning; in strict mode an error.",
    why: "Servers that also speak data synchronisation choose the protocol by the type; others refuse the request.",
    mend: "Send the type of DM that names the encoding of the body.",
    needs: &[Need::Transport],
    pass: &[
        PLAIN,
        exchange!("", "encoding=wbxml", "encoding=wbxml"),
        exchange!("", "type=Application/vnd.SyncML.dm+XML", ""),
    ],
    violate: &[exchange!("", "type=text/xml", ""), exchange!("", "type=application/vnd.syncml+xml", "")],
    not_applicable: &[ANSWER_ALONE],
    check: Check::Encoding(request_type),
    ..Rule::MUST
};

fn request_type(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if let Some(transport) = request_of(msg) {
        content_type(msg, transport, cx);
    }
}

pub(super) static RESPONSE_TYPE: Rule = Rule {
    id: "HTTP-008",
    name: "response-content-type",
    title: "Content-Type of a response is a media type of DM",
    judged: Judged::Server,
    clause: MEDIA_TYPES,
    what: "Content-Type of each response that holds a DM message is application/vnd.syncml.dm+xml or \
           application/vnd.syncml.dm+wbxml, case and parameters apart. The types of data synchronisation, which servers send \
           to clients that send them, are a warning; in strict mode an error.",
    why: "A client takes a body of another type for an error page of the network, and ends the session.",
    mend: "Send the type of DM that names the encoding of the body.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "", "type=text/html"), exchange!("", "", "type=application/vnd.syncml+xml")],
    not_applicable: &[UNANSWERED],
    check: Check::Encoding(response_type),
    ..Rule::MUST
};

fn response_type(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if let Some((transport, _)) = response_of(msg) {
        content_type(msg, transport, cx);
    }
}

fn content_type(msg: Msg<'_>, transport: &Transport, cx: &mut Cx<'_>) {
    let is_strict = cx.is_strict();
    let occasion = cx.occasion(msg.at());
    if matches!(transport.media, MediaType::DmXml | MediaType::DmWbxml) {
        return;
    }
    let seen = match &transport.content_type {
        Some(found) => format!("Content-Type {}", quoted(&found.essence)),
        None => "no Content-Type".to_owned(),
    };
    let expected = format!("application/vnd.syncml.dm+{}", msg.message().encoding().name());
    match transport.media {
        MediaType::DsXml | MediaType::DsWbxml if !is_strict => {
            occasion.violated_as(Severity::Warning, seen, expected);
        }
        _ => occasion.violated(seen, expected),
    }
}

pub(super) static TYPE_AND_ENCODING: Rule = Rule {
    id: "HTTP-009",
    name: "content-type-not-of-the-encoding",
    title: "Content-Type names the encoding of the body",
    clause: &[Clause { document: DREP, section: "5.1" }],
    what: "Where Content-Type is a SyncML type and the first octets of the body tell its encoding, a type that ends in +xml \
           stands with XML and one that ends in +wbxml with WBXML.",
    why: "The receiver gives the body to the wrong parser, which cannot read a single element.",
    mend: "Take the type from the encoder that wrote the body.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[
        exchange!("", "type=application/vnd.syncml.dm+wbxml", ""),
        exchange!("encoding=wbxml", "", "type=application/vnd.syncml.dm+xml"),
    ],
    not_applicable: &[exchange!("", "type=text/xml", "type=text/xml")],
    check: Check::Encoding(type_and_encoding),
    ..Rule::MUST
};

fn type_and_encoding(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = &msg.entry.transport else { return };
    let Some(promised) = transport.media.encoding() else { return };
    let Some(actual) = sniff(msg.message().body()) else { return };
    let occasion = cx.occasion(msg.at());
    if promised != actual {
        let seen = format!("Content-Type of {} with a body in {}", promised.name(), actual.name());
        occasion.violated(seen, format!("Content-Type of {}", actual.name()));
    }
}

pub(super) static CHARSET: Rule = Rule {
    id: "HTTP-010",
    name: "charset-parameter",
    title: "The charset parameter of Content-Type agrees with the body",
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[PARAMETERS],
    what: "Where Content-Type has a charset, it is the one that the XML declaration, a byte order mark or the header of WBXML \
           names; names of one charset are equal. Without such a word in the body, any charset holds whose letters of ASCII have \
           one octet: those of UTF-16 and UTF-32 have more, and nobody can take one for the other.",
    why: "The receiver believes one of the two, and text outside ASCII comes out as something else.",
    mend: "Write UTF-8 in both places, or leave the parameter out.",
    needs: &[Need::Transport],
    yields_to: &["XML-007"],
    pass: &[PLAIN, exchange!("encoding=wbxml", "type=\"application/vnd.syncml.dm+wbxml; charset=utf-8\"", "")],
    violate: &[exchange!("encoding=wbxml", "type=\"application/vnd.syncml.dm+wbxml; charset=iso-8859-1\"", "")],
    not_applicable: &[exchange!("encoding=wbxml", "", "")],
    check: Check::Encoding(charset),
    ..Rule::MUST
};

fn charset(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let content_type = msg.entry.transport.as_ref().and_then(|transport| transport.content_type.as_ref());
    let Some(given) = content_type.and_then(|found| found.charset.as_deref()) else { return };
    let occasion = cx.occasion(msg.at());
    let of_body = match msg.message().document() {
        Document::Xml(document) => {
            let encoding = &document.encoding;
            let marked = (encoding.bom || encoding.utf16).then_some(encoding.actual);
            encoding.declared.as_deref().or(marked)
        }
        Document::Wbxml(document) => document.header.charset.and_then(name_of_mib),
    };
    let Some(of_body) = of_body else {
        if matches!(msg.message().document(), Document::Xml(_)) && is_wide(given) {
            let seen = format!("charset={} with a body in which each letter has one octet", quoted(given));
            occasion.violated(seen, "charset=utf-8");
        }
        return;
    };
    if !is_same_charset(given, of_body) {
        let seen = format!("charset={} with a body that says {}", quoted(given), quoted(of_body));
        occasion.violated(seen, format!("charset={of_body}"));
    }
}

/// Charsets of WBXML, by their MIBenum in the registry of character sets (IANA).
fn name_of_mib(mib: u32) -> Option<&'static str> {
    match mib {
        3 => Some("us-ascii"),
        4 => Some("iso-8859-1"),
        106 => Some("utf-8"),
        1013 => Some("utf-16be"),
        1014 => Some("utf-16le"),
        1015 => Some("utf-16"),
        _ => None,
    }
}

/// Whether a name is that of a charset in which no character has one octet.
fn is_wide(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    ["utf-16", "utf-32", "iso-10646-ucs-"].iter().any(|start| name.starts_with(start))
}

fn is_same_charset(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim().to_ascii_lowercase(), b.trim().to_ascii_lowercase());
    let wide = |name: &str| name.starts_with("utf-16");
    let of = |name: &str| encoding_rs::Encoding::for_label(name.as_bytes());
    a == b || (wide(&a) && wide(&b) && (a == "utf-16" || b == "utf-16")) || (of(&a).is_some() && of(&a) == of(&b))
}

pub(super) static VER_PROTO: Rule = Rule {
    id: "HTTP-011",
    name: "verproto-parameter",
    title: "The verproto parameter of Content-Type agrees with VerProto",
    versions: Versions::Since1_2,
    clause: &[PARAMETERS],
    what: "Where Content-Type has verproto, its value is DM/ with two numbers and a point between them, and the same as \
           VerProto of the message.",
    why: "Gateways and servers choose by the parameter what to read the body with.",
    mend: "Take the parameter from the message, or leave it out.",
    needs: &[Need::Transport],
    pass: &[exchange!("", "type=\"application/vnd.syncml.dm+xml; verproto=DM/1.2\"", "")],
    violate: &[
        exchange!("", "type=\"application/vnd.syncml.dm+xml; verproto=DM/1.1\"", ""),
        exchange!("", "type=\"application/vnd.syncml.dm+xml; verproto=1.2\"", ""),
    ],
    not_applicable: &[PLAIN],
    check: Check::Message(ver_proto),
    ..Rule::MUST
};

fn ver_proto(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let content_type = msg.entry.transport.as_ref().and_then(|transport| transport.content_type.as_ref());
    let Some(given) = content_type.and_then(|found| found.ver_proto.as_deref()) else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.ver_proto));
    let numbers = given.get(..3).filter(|start| start.eq_ignore_ascii_case("DM/")).and_then(|_| given.get(3..));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let is_version = numbers.and_then(|rest| rest.split_once('.')).is_some_and(|(a, b)| is_number(a) && is_number(b));
    let own = msg.message().value(msg.message().hdr.ver_proto);
    if !is_version {
        occasion.violated(format!("verproto={}", quoted(given)), "DM/ and a version, such as DM/1.2");
    } else if let Some(own) = own.filter(|own| !own.eq_ignore_ascii_case(given)) {
        occasion.violated(format!("verproto={} with VerProto {}", quoted(given), quoted(own)), "the same version");
    }
}

pub(super) static VER_DTD: Rule = Rule {
    id: "HTTP-012",
    name: "verdtd-parameter",
    title: "The verdtd parameter of Content-Type agrees with VerDTD",
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    versions: Versions::Since1_2,
    clause: &[PARAMETERS],
    what: "Where Content-Type has verdtd, its value is that of VerDTD of the message.",
    why: "Gateways and servers choose by the parameter what to read the body with.",
    mend: "Take the parameter from the message, or leave it out.",
    needs: &[Need::Transport],
    pass: &[exchange!("", "type=\"application/vnd.syncml.dm+xml; verdtd=1.2\"", "")],
    violate: &[exchange!("", "type=\"application/vnd.syncml.dm+xml; verdtd=1.1\"", "")],
    not_applicable: &[PLAIN],
    check: Check::Message(ver_dtd),
    ..Rule::MUST
};

fn ver_dtd(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let content_type = msg.entry.transport.as_ref().and_then(|transport| transport.content_type.as_ref());
    let Some(given) = content_type.and_then(|found| found.ver_dtd.as_deref()) else { return };
    let Some(own) = msg.message().value(msg.message().hdr.ver_dtd) else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.ver_dtd));
    if own != given.trim() {
        occasion.violated(format!("verdtd={} with VerDTD {}", quoted(given), quoted(own)), "the same version");
    }
}

pub(super) static NOT_ACCEPTED: Rule = Rule {
    id: "HTTP-017",
    name: "response-type-not-accepted",
    title: "The media type of a response is one that the request accepts",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Accept" }],
    what: "Where the request that a response answers has Accept, the list covers the Content-Type of the response, by itself or \
           by a wildcard, with a weight above 0. A type that is none of DM is left to the rule on Content-Type.",
    why: "A client that has one parser only cannot read the answer.",
    mend: "Answer in the encoding that Accept asks for; where it asks for several, in that of the request.",
    needs: &[Need::Transport],
    yields_to: &["HTTP-008"],
    pass: &[PLAIN, exchange!("", "header=\"Accept: */*\"", "encoding=wbxml")],
    violate: &[exchange!("", "header=\"Accept: application/vnd.syncml.dm+xml\"", "encoding=wbxml")],
    not_applicable: &[exchange!("", "noheader=Accept", ""), ANSWER_ALONE],
    check: Check::Encoding(not_accepted),
    ..Rule::MUST
};

fn not_accepted(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((transport, _)) = response_of(msg) else { return };
    let Some((_, request)) = request_to(msg) else { return };
    let (Some(accept), Some(content_type)) = (&request.accept, &transport.content_type) else { return };
    let occasion = cx.occasion(msg.at());
    if !accept.takes(&content_type.essence) {
        let list: Vec<&str> = request.elements("accept").collect();
        let seen = format!("{}, where Accept is {}", quoted(&content_type.essence), quoted(&list.join(", ")));
        occasion.violated(seen, "a type that the request accepts");
    }
}

pub(super) static OTHER_ENCODING: Rule = Rule {
    id: "HTTP-018",
    name: "answer-in-other-encoding",
    title: "The server answers in the encoding of the request",
    level: Level::Should,
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Content-Type" }],
    what: "A response is XML where its request is XML, and WBXML where it is WBXML; unless Accept of the request asks for the \
           other encoding and not for its own, or gives it more weight.",
    why: "Clients that can write one encoding need not be able to read the other.",
    mend: "Take the encoding of the answer from the request.",
    needs: &[Need::Transport],
    yields_to: &["HTTP-017"],
    pass: &[PLAIN, exchange!("encoding=wbxml", "", "")],
    violate: &[exchange!("", "", "encoding=wbxml"), exchange!("", "encoding=wbxml", "")],
    not_applicable: &[UNANSWERED, ANSWER_ALONE],
    check: Check::Encoding(other_encoding),
    ..Rule::MUST
};

fn other_encoding(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if response_of(msg).is_none() {
        return;
    }
    let Some((entry, request)) = request_to(msg) else { return };
    let (asked, given) = (entry.message.encoding(), msg.message().encoding());
    let weight = |encoding: Encoding| {
        let types = [
            format!("application/vnd.syncml.dm+{}", encoding.name()),
            format!("application/vnd.syncml+{}", encoding.name()),
        ];
        request.accept.as_ref().and_then(|accept| types.iter().map(|essence| accept.weight(essence)).max())
    };
    let occasion = cx.occasion(msg.at());
    if asked == given || weight(given) > weight(asked) {
        return;
    }
    let at = msg.entry.answers.map(|entry| At { entry, command: None, node: None });
    let occasion = match at {
        Some(at) => occasion.related(at),
        None => occasion,
    };
    let seen = format!("an answer in {} to a request in {}", given.name(), asked.name());
    occasion.violated(seen, format!("an answer in {}", asked.name()));
}
