//! Binary data: WBX-011, WBX-012, WBX-016.

use super::super::cx::{Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Level, Rule, Scope, Source, Versions};
use super::{DREP, GOOD, TND, WAP_WBXML, XML, document_of, first_of, is_whole, places, session};
use crate::base::Severity;
use crate::markup::{Kind, NodeId, StringForm, Tag, TextForm, Tree};
use crate::syncml::{Command, Format, Item};
use crate::wbxml::{Anomaly, Language, WbxmlErrorKind};

pub(super) static BINARY_DATA: Rule = Rule {
    id: "WBX-011",
    name: "binary-data-with-text-format",
    title: "Octets that are no text have Format bin",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.2 Format" }],
    what: "Data that holds an OPAQUE with octets that are no text has Format bin, and Data with Format bin does not hold base64. \
           An OPAQUE around text is right, a document in WBXML inside it is, and so is an encrypted object. A U+0000 in the \
           text of another format, the terminator of a string for one, is reported here and nowhere else.",
    why: "The recipient keeps the octets as text and cuts the value at the first 00, or decodes base64 where there is none.",
    mend: "Give Format bin for octets as they are, b64 for base64, and leave the terminator of strings out.",
    pass: &[session!(" opaque", "")],
    violate: &[
        session!("    patch \"<Data>5</Data>\" => \"<Data>5\\0</Data>\"\n"),
        "session encoding=wbxml\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
         Replace ./A/x#=89504e47ff00 format=b64\n",
    ],
    not_applicable: &[XML, GOOD],
    check: Check::Message(binary_data),
    ..Rule::MUST
};

const NUL_AT_END: &str = "text with a U+0000 at its end";
const BASE64: &str = "base64 with Format bin";

/// What stands in a Data, as far as binary data is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Octets that are no UTF-8, and no document.
    Octets,
    /// Text of an OPAQUE that has control characters.
    Control,
    /// Other text of an OPAQUE.
    Text,
    /// A document in WBXML.
    Document,
}

/// The content of a Data that is an OPAQUE.
fn opaque(tree: &Tree, data: NodeId) -> Option<Content> {
    tree.children(data).find_map(|child| {
        let is_opaque =
            matches!(tree.kind(child), Kind::Bytes | Kind::Text { form: TextForm::String(StringForm::Opaque { .. }) });
        if !is_opaque {
            return None;
        }
        Some(match tree.kind(child) {
            _ if tree.embedded(child).is_some() => Content::Document,
            Kind::Bytes => Content::Octets,
            _ if has_control(tree.piece(child)) => Content::Control,
            _ => Content::Text,
        })
    })
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|octet| octet < 0x20 && !matches!(octet, b'\t' | b'\n' | b'\r'))
}

/// Base64 beyond doubt: nothing but its alphabet, in groups of four, with its padding.
fn is_base64(text: &str) -> bool {
    let text = text.trim();
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    text.len() >= 8
        && text.len().is_multiple_of(4)
        && (1..=2).contains(&padding)
        && body.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/'))
}

/// What is wrong with the Data of an Item, as a text; `None` where it is no OPAQUE and has no Format bin.
fn judge(msg: Msg<'_>, command: &Command, item: &Item) -> Option<Option<&'static str>> {
    let message = msg.message();
    let tree = message.tree();
    let data = item.data?;
    let content = opaque(tree, data);
    let format = message.text(message.effective_met_inf(command, Some(item), Tag::Format));
    let is = |name: &str| format.eq_ignore_ascii_case(name);
    if is("bin") {
        let base64 = !matches!(content, Some(Content::Octets | Content::Document)) && is_base64(tree.text(data));
        return Some(base64.then_some(BASE64));
    }
    let wrong = match content? {
        Content::Document | Content::Text => None,
        Content::Octets | Content::Control => {
            let of_type = message.text(message.effective_met_inf(command, Some(item), Tag::Type)).to_ascii_lowercase();
            let encrypted = of_type.contains("pkcs7") || of_type.contains("encrypted");
            let nul_at_end = content == Some(Content::Control)
                && tree.text(data).ends_with('\0')
                && !has_control(tree.text(data).trim_end_matches('\0'));
            match () {
                () if encrypted => None,
                () if nul_at_end => Some(NUL_AT_END),
                () if is("b64") => Some("octets that are no base64, with Format b64"),
                () if format.is_empty() => Some("octets that are no text, without Format"),
                () => Some("octets that are no text, with a Format of text"),
            }
        }
    };
    Some(wrong)
}

fn binary_data(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let message = msg.message();
    let survey = message.survey();
    if !survey.has_opaque_data && !survey.formats.contains(Format::Bin) && !survey.has_other_format {
        return;
    }
    let mut looked = false;
    let mut wrong: Option<(NodeId, &'static str, u32)> = None;
    for command in &message.commands {
        for item in message.items(command) {
            let Some(verdict) = judge(msg, command, item) else { continue };
            looked = true;
            match (verdict, item.data, &mut wrong) {
                (Some(_), _, Some((_, _, count))) => *count += 1,
                (Some(what), Some(data), None) => wrong = Some((data, what, 1)),
                _ => {}
            }
        }
    }
    if !looked {
        return;
    }
    match wrong {
        None => cx.occasion(msg.at()).held(),
        Some((data, what, count)) => {
            let occasion = cx.occasion(msg.at_node(data));
            let expected = match what {
                NUL_AT_END => "the text without its terminator",
                BASE64 => "Format b64, or the octets themselves",
                _ => "Format bin for octets that are no text",
            };
            occasion.violated(format!("{what} in {}", places(msg, data, count)), expected);
        }
    }
}

pub(super) static LENGTH: Rule = Rule {
    id: "WBX-012",
    name: "opaque-length",
    title: "The length of an OPAQUE and other integers are sound",
    source: Source::Memory,
    clause: &[
        Clause { document: WAP_WBXML, section: "5.1 Multi-byte Integers" },
        Clause { document: WAP_WBXML, section: "5.8.4.6 Opaque Data" },
    ],
    what: "Each OPAQUE ends inside the document, and no multi-byte integer has more than five octets.",
    why: "The recipient cannot tell where the data ends, and loses the rest of the message.",
    mend: "Write the number of octets that follow, seven bits an octet.",
    pass: &[session!(" opaque", "")],
    violate: &[session!(" opaque", "    hex-patch c30135 => c3ff7f35\n")],
    not_applicable: &[XML],
    check: Check::Encoding(length),
    ..Rule::MUST
};

fn length(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let expected = "a length inside the document, in at most five octets";
    match &document.fault {
        Some(fault) if matches!(fault.kind, WbxmlErrorKind::Opaque { .. } | WbxmlErrorKind::Integer { .. }) => {
            if is_whole(msg) {
                occasion.violated(fault.to_string(), expected);
            } else {
                occasion.undecided(Reason::MessageLost);
            }
        }
        fault => {
            if let Some((_, seen)) = first_of(document, |anomaly| matches!(anomaly, Anomaly::LongInteger { .. })) {
                occasion.violated(seen, expected);
            } else if fault.is_some() {
                // What was not read may hold more.
                occasion.undecided(Reason::Undecodable);
            }
        }
    }
}

pub(super) static INNER_DOCUMENT: Rule = Rule {
    id: "WBX-016",
    name: "inner-wbxml-document",
    title: "Values that are WBXML documents of their own",
    level: Level::May,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "5.2 WBXML" }, Clause { document: TND, section: "10 WBXML" }],
    what: "Data with the Type application/vnd.syncml.dmtnds+wbxml or application/vnd.syncml.dmddf+wbxml is looked at, and told \
           when its OPAQUE was read as a document of the DDF code page.",
    why: "What such a document says is judged like any other tree; that it stands in an OPAQUE is worth knowing when messages are \
          compared.",
    mend: "Nothing need be done.",
    violate: &[
        "session encoding=wbxml\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
         Replace ./A/x#=03016a006001 format=bin type=application/vnd.syncml.dmtnds+wbxml\n",
    ],
    not_applicable: &[XML, GOOD],
    check: Check::Message(inner_document),
    ..Rule::MAY
};

fn inner_document(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(document) = document_of(msg) else { return };
    if document.embedded.is_empty() {
        return;
    }
    let message = msg.message();
    let tree = message.tree();
    for command in &message.commands {
        for item in message.items(command) {
            let Some(data) = item.data else { continue };
            let of_type = message.text(message.effective_met_inf(command, Some(item), Tag::Type));
            let is_meant = ["application/vnd.syncml.dmtnds+wbxml", "application/vnd.syncml.dmddf+wbxml"]
                .iter()
                .any(|name| of_type.eq_ignore_ascii_case(name));
            if !is_meant {
                continue;
            }
            let inner = document
                .embedded
                .iter()
                .find(|inner| tree.parent(inner.node) == Some(data) && inner.language == Language::Ddf);
            let occasion = cx.occasion(msg.at_node(data));
            if let Some(inner) = inner {
                let nodes = tree.embedded(inner.node).map_or(0, Tree::len);
                let seen = format!("a document of {nodes} nodes, in WBXML, for Type {}", quoted(of_type));
                occasion.violated(seen, "nothing: an observation");
            }
        }
    }
}
