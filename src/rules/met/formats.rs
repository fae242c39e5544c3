//! Format and Type: MET-001 and MET-002.

use super::super::cx::{Cx, Msg};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Rule, Scope};
use super::super::sta::common::opened;
use super::{MET, NO_META, TND, each_met_inf};
use crate::base::Severity;
use crate::dm::Version;
use crate::markup::Tag;
use crate::syncml::{CommandName, Format};

/// A value with Format and Type.
const GOOD: &str = opened!(" Replace ./Vendor/A=1 format=int type=text/plain");

pub(super) static FORMAT: Rule = Rule {
    id: "MET-001",
    name: "format-unknown",
    title: "Format is one of the defined words",
    scope: Scope::Element,
    clause: &[Clause { document: MET, section: "Format" }, Clause { document: TND, section: "7.7.2 Format" }],
    what: "Each Format in the Meta of a command or an Item is b64, bin, bool, chr, int, node, null, xml, date, time or float. \
           Another case is a warning, and so are the last three in DM 1.1.2. Formats of credentials and challenges are \
           another family's matter.",
    why: "The receiver does not know how to read the value; it refuses it, or stores it as text.",
    mend: "Use the word for the format; the media type belongs into Type.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=1 format=string")],
    not_applicable: &[NO_META],
    check: Check::Message(format),
    ..Rule::MUST
};

fn format(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let version = cx.profile().version();
    for (cmd, node) in each_met_inf(msg, Tag::Format) {
        let text = cmd.text(node);
        let known = Format::of(text);
        let occasion = cx.occasion(cmd.at_node(node));
        let seen = || format!("Format {} in {}", quoted(text), cmd.command.name);
        match known {
            Some(format) if format.is_since_1_2() && version == Version::V1_1_2 => {
                let seen = format!("{}, which came with DM 1.2", seen());
                occasion.violated_as(Severity::Warning, seen, "a format of DM 1.1.2");
            }
            Some(_) => {}
            None if Format::of(&text.to_ascii_lowercase()).is_some() => {
                occasion.violated_as(Severity::Warning, seen(), text.to_ascii_lowercase());
            }
            None => {
                let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
                occasion.violated(seen(), format!("one of {}", names.join(", ")));
            }
        }
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "MET-002",
    name: "type-no-identifier",
    title: "Type is a media type or the identifier of a management object",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: MET, section: "Type" }, Clause { document: TND, section: "7.7.7 Type" }],
    what: "Each Type in the Meta of a command or an Item is a media type (`type/subtype`), a URI or URN, or a reversed domain \
           name. Types of Alerts, credentials and challenges have rules of their own; an empty one is not looked at.",
    why: "The receiver finds no handler for the value, and answers 415 or stores it without one.",
    mend: "Write text/plain for text, or the identifier that the management object has.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=1 format=chr type=text")],
    not_applicable: &[NO_META],
    check: Check::Message(kind),
    ..Rule::MUST
};

fn kind(msg: Msg<'_>, cx: &mut Cx<'_>) {
    for (cmd, node) in each_met_inf(msg, Tag::Type) {
        let text = cmd.text(node);
        if cmd.command.name == CommandName::Alert || text.is_empty() {
            continue;
        }
        let occasion = cx.occasion(cmd.at_node(node));
        if !is_identifier(text) {
            let seen = format!("Type {} in {}", quoted(text), cmd.command.name);
            occasion.violated(seen, "a media type such as text/plain, a URN, or a reversed domain name");
        }
    }
}

/// Whether a Type can be an identifier of any kind: parameters of a media type aside, printable, and in more than one part.
fn is_identifier(text: &str) -> bool {
    let end = memchr::memchr(b';', text.as_bytes()).unwrap_or(text.len());
    let (mut parts, mut is_inside) = (0, false);
    for octet in text.get(..end).unwrap_or_default().trim_end().bytes() {
        match octet {
            b'/' | b':' | b'.' => is_inside = false,
            0x21..=0x7e | 0x80.. => {
                parts += usize::from(!is_inside);
                is_inside = true;
            }
            _ => return false,
        }
    }
    parts > 1
}
