//! What stands before the first tag: WBX-001 to WBX-005, WBX-013.

use super::super::cx::{Cx, Msg};
use super::super::finding::At;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Rule, Scope, Source};
use super::{CREP, GOOD, WAP_WBXML, WBXML_USAGE, XML, document_of, first_of, is_whole, session};
use crate::base::Severity;
use crate::dm::{HttpAnswer, Session};
use crate::markup::Since;
use crate::rules::finding::Reason;
use crate::wbxml::{Anomaly, Document, KnownId, Language, PublicId, WbxmlErrorKind};

const IDENTIFIERS: Clause = Clause { document: CREP, section: "8.1 WBXML public identifiers" };

pub(super) static VERSION: Rule = Rule {
    id: "WBX-001",
    name: "wbxml-version",
    title: "The document says WBXML 1.1, 1.2 or 1.3",
    clause: &[WBXML_USAGE],
    what: "The first octet of each message in WBXML is 01, 02 or 03. 04 to 0F, versions of WBXML 1.x that do not exist, are a \
           warning.",
    why: "WBXML 1.0 has another header, so a recipient that believes the octet misreads all that follows.",
    mend: "Write 02 or 03.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch 03a401 => 00a401\n")],
    not_applicable: &[XML],
    check: Check::Encoding(version),
    ..Rule::MUST
};

fn version(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let version = document.header.version;
    let seen = || format!("the first octet is {version:02X}");
    let expected = "01, 02 or 03";
    match version {
        1..=3 => {}
        4..=0x0f => occasion.violated_as(Severity::Warning, seen(), expected),
        _ => occasion.violated(seen(), expected),
    }
}

/// The identifier of SyncML 1.1 or 1.2 that a document has.
fn known(document: &Document) -> Option<&'static KnownId> {
    document
        .header
        .public_id
        .known()
        .filter(|known| known.language == Language::SyncMl && matches!(known.version, Since::V1_1 | Since::V1_2))
}

fn shown(public_id: &PublicId) -> String {
    match public_id {
        PublicId::Number(number) => format!("public identifier 0x{number:04X}"),
        PublicId::Table { text: Some(text), .. } => format!("public identifier {}", quoted(text)),
        PublicId::Table { index, text: None } => format!("a public identifier at {index}, outside the string table"),
        PublicId::Unknown => "public identifier 01, unknown".to_owned(),
    }
}

pub(super) static PUBLIC_ID: Rule = Rule {
    id: "WBX-002",
    name: "public-identifier",
    title: "The public identifier is that of SyncML 1.1 or 1.2",
    clause: &[IDENTIFIERS, Clause { document: WAP_WBXML, section: "5.5 Document public identifier" }],
    what: "The public identifier is 0x0FD3 (SyncML 1.1), 0x1201 (SyncML 1.2), or their text in the string table, compared \
           without case. 01, which stands for unknown, is a warning.",
    why: "It selects the table of tokens. With another one the recipient reads other elements, or refuses the message.",
    mend: "Write 0x1201 (A4 01), with VerDTD 1.1 0x0FD3 (9F 53).",
    pass: &[GOOD, session!(" publicid=string", ""), session!(" publicid=string0", "")],
    violate: &[session!("    hex-patch a4016a => 9f516a\n")],
    not_applicable: &[XML],
    check: Check::Encoding(public_id),
    ..Rule::MUST
};

fn public_id(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    if known(document).is_some() {
        return;
    }
    let public_id = &document.header.public_id;
    let expected = "0x0FD3, 0x1201, or their text";
    if *public_id == PublicId::Unknown {
        occasion.violated_as(Severity::Warning, shown(public_id), expected);
    } else {
        occasion.violated(shown(public_id), expected);
    }
}

pub(super) static PUBLIC_ID_AND_VERSION: Rule = Rule {
    id: "WBX-003",
    name: "public-identifier-of-other-version",
    title: "The public identifier agrees with VerDTD",
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[IDENTIFIERS],
    what: "A message with the public identifier of SyncML 1.1 or 1.2 has the same version in VerDTD.",
    why: "A recipient that selects tokens by the identifier does not know the elements that came with 1.2, Correlator for one.",
    mend: "Write the public identifier of the version in VerDTD.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch a4016a => 9f536a\n")],
    not_applicable: &[XML],
    check: Check::Encoding(public_id_and_version),
    ..Rule::MUST
};

fn public_id_and_version(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let Some(known) = known(document) else { return };
    let ver_dtd = msg.text(msg.message().hdr.ver_dtd);
    let expected = match ver_dtd {
        "1.1" => Since::V1_1,
        "1.2" => Since::V1_2,
        _ => return,
    };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.ver_dtd));
    if known.version != expected {
        let number = known.number.unwrap_or_default();
        let seen = format!("public identifier 0x{number:04X} ({}) with VerDTD {}", known.text, quoted(ver_dtd));
        occasion.violated(seen, "the same version in both");
    }
}

pub(super) static CHARSET: Rule = Rule {
    id: "WBX-004",
    name: "wbxml-charset",
    title: "The charset is UTF-8, US-ASCII or UTF-16, and strings are in it",
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: WAP_WBXML, section: "5.6 Charset" }],
    what: "The charset field is 106 (UTF-8), 3 (US-ASCII), 1015 (UTF-16) or 0 (unknown), and every string can be decoded in it. \
           4 (ISO-8859-1) is information where the charset of Content-Type says the same.",
    why: "The recipient reads wrong letters, or refuses the message.",
    mend: "Write 106 (6A), and all strings in UTF-8.",
    pass: &[GOOD],
    violate: &[session!("    hex-patch a4016a => a40104\n"), session!("    hex-patch 033500 => 03e900\n")],
    not_applicable: &[XML],
    check: Check::Encoding(charset),
    ..Rule::MUST
};

fn charset(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let Some(charset) = document.header.charset else { return };
    let occasion = cx.occasion(msg.at());
    let expected = "106 (UTF-8), 3 (US-ASCII) or 1015 (UTF-16), and strings in it";
    let bad_text = |anomaly: &Anomaly| matches!(anomaly, Anomaly::BadText { .. } | Anomaly::NotAscii { .. });
    if !matches!(charset, 0 | 3 | 106 | 1015) {
        let seen = format!("charset {charset} (MIBenum)");
        if charset == 4 && http_charset(msg).is_some_and(is_latin_1) {
            occasion.violated_as(Severity::Info, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    } else if let Some((_, seen)) = first_of(document, bad_text) {
        if is_whole(msg) {
            occasion.violated(format!("{seen} (charset {charset})"), expected);
        } else {
            occasion.undecided(Reason::MessageLost);
        }
    } else if document.fault.is_some() {
        // What was not read may hold more.
        occasion.undecided(Reason::Undecodable);
    }
}

/// The charset parameter of Content-Type.
fn http_charset<'s>(msg: Msg<'s>) -> Option<&'s str> {
    let value = msg.entry.transport.as_ref()?.header("content-type")?;
    value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn is_latin_1(charset: &str) -> bool {
    ["iso-8859-1", "latin1", "iso_8859-1"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

pub(super) static STRING_TABLE: Rule = Rule {
    id: "WBX-005",
    name: "string-table",
    title: "The string table is as long as it says, and references lead into it",
    source: Source::Memory,
    clause: &[Clause { document: WAP_WBXML, section: "5.7 String Table" }],
    what: "The string table lies inside the document, and every reference to it (of the public identifier, STR_T, LITERAL) \
           leads into it. A last string without its terminator, as toolkits write the public identifier, is information.",
    why: "The recipient reads past the table, or takes the body for strings.",
    mend: "Write the real length of the table, and offsets in octets from its beginning.",
    pass: &[GOOD, session!(" publicid=string0", "")],
    violate: &[session!("    hex-patch 033500 => 8305\n"), session!(" publicid=string", "")],
    not_applicable: &[XML],
    check: Check::Encoding(string_table),
    ..Rule::MUST
};

fn string_table(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let outside = |anomaly: &Anomaly| {
        matches!(anomaly, Anomaly::PublicIdIndex { .. } | Anomaly::StringIndex { .. } | Anomaly::LiteralIndex { .. })
    };
    if let Some(fault) = &document.fault
        && matches!(fault.kind, WbxmlErrorKind::StringTable { .. })
    {
        if is_whole(msg) {
            occasion.violated(fault.to_string(), "a string table inside the document");
        } else {
            occasion.undecided(Reason::MessageLost);
        }
    } else if let Some((_, seen)) = first_of(document, outside) {
        occasion.violated(seen, "references into the string table");
    } else if document.fault.is_some() {
        // What was not read may hold more.
        occasion.undecided(Reason::Undecodable);
    } else if !document.header.is_table_terminated() {
        let length = document.header.string_table.len();
        let seen = format!("the last string of the table of {length} octets has no terminator");
        occasion.violated_as(Severity::Info, seen, "a 00 at its end");
    }
}

pub(super) static VERSION_REFUSED: Rule = Rule {
    id: "WBX-013",
    name: "wbxml-version-refused",
    title: "A recipient accepts every version of WBXML 1.x",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[WBXML_USAGE],
    what: "A server that answers a sound message in WBXML 1.0 to 1.3 with HTTP 400 or 415 does not accept the same content in \
           another form in the same session. A refusal alone proves nothing, and is not looked at.",
    why: "A client with an older encoder cannot be managed.",
    mend: "Read the versions 1.0 to 1.3 of WBXML alike.",
    pass: &[GOOD],
    violate: &[concat!(
        "session encoding=wbxml\ndevice wbxml=1.1\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n",
        "server\n    Status SyncHdr 200\n    Status * 200\n    Get ./A/x\n",
        "device wbxml=1.1 msg=2\n    Status SyncHdr 200\n    Status Get 404\nserver empty status=415\n",
        "device wbxml=1.3 msg=2\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
    )],
    not_applicable: &[XML],
    check: Check::Session(version_refused),
    ..Rule::MUST
};

fn version_refused(session: &Session, cx: &mut Cx<'_>) {
    for (id, entry) in session.entries_with_ids() {
        let msg = Msg { session, id, entry };
        let Some(document) = document_of(msg) else { continue };
        if !entry.is_client() || document.header.version > 3 || !entry.message.is_judgeable() {
            continue;
        }
        let at = |answer| At { entry: answer, command: None, node: None };
        match entry.http_answer {
            HttpAnswer::Message(answer) => cx.occasion(at(answer)).held(),
            HttpAnswer::Empty { status: status @ (400 | 415) } | HttpAnswer::Other { status: status @ (400 | 415) } => {
                let accepted = session.sent_by(entry.direction).find_map(|(_, other)| match other.http_answer {
                    HttpAnswer::Message(answer) if other.message.tree().same_content(entry.message.tree()) => {
                        Some(answer)
                    }
                    _ => None,
                });
                if let Some(answer) = accepted {
                    let seen = format!(
                        "HTTP {status} for a message with version octet {:02X}, and the same content accepted in another form",
                        document.header.version
                    );
                    cx.occasion(at(answer)).related(msg.at()).violated(seen, "the message accepted in every version");
                }
            }
            _ => {}
        }
    }
}
