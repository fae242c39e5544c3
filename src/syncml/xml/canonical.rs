//! One way to write each thing: what may be sent, and what may be compared octet by octet.

use super::names::{self, Meaning};
use crate::markup::{Kind, Namespace, NodeId, Since, Tree, Vocabulary};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The name space of SyncML elements in a version (OMA-TS-SyncML-RepPro-V1_2_2, section 5).
pub(super) const fn syncml_uri(version: Since) -> &'static str {
    match version {
        Since::V1_0 => "SYNCML:SYNCML1.0",
        Since::V1_1 => "SYNCML:SYNCML1.1",
        Since::V1_2 => "SYNCML:SYNCML1.2",
    }
}

/// The name space in which an element has to be written; `None` where it may stay in the one around it.
pub(super) fn wanted_uri(tree: &Tree, id: NodeId, version: Since) -> Option<&str> {
    let of = |vocabulary| match vocabulary {
        Vocabulary::SyncMl => syncml_uri(version),
        other => other.space().uri,
    };
    if let Some(vocabulary) = tree.tag(id).and_then(|tag| tag.vocabulary()) {
        return Some(of(vocabulary));
    }
    match tree.namespace(id) {
        Namespace::CodePage(_) => None,
        Namespace::Undeclared | Namespace::UnboundPrefix => Some(""),
        Namespace::Uri(_) => {
            let uri = tree.namespace_uri(id)?;
            match names::meaning(uri) {
                Meaning::Of(vocabulary) => Some(of(vocabulary)),
                Meaning::Open | Meaning::Foreign => Some(uri),
            }
        }
    }
}

struct Open<'t> {
    id: NodeId,
    uri: &'t str,
    /// Whether it has child elements, so that white space in it is layout.
    container: bool,
}

/// Writes the root of a tree compactly, in UTF-8 and on one line, without declaration.
///
/// Name spaces are declared where they change, as defaults, with the URI that the specifications give; octets become
/// base64; other attributes, comments, prefixes and white space between elements are left out, and text has one form.
/// Reading the result and writing it again gives the same octets. Characters that XML forbids stay as they are, since
/// nothing can stand for them: what is to be sent should not have any. Characters of a name that would end it become `_`.
pub fn write_canonical(tree: &Tree, version: Since) -> Vec<u8> {
    let mut out = String::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    // Whether the innermost start tag still lacks its `>`.
    let mut pending = false;
    // Text of a container up to its next element.
    let mut stray = String::new();
    let Some(root) = tree.root() else { return Vec::new() };
    for id in std::iter::once(root).chain(tree.descendants(root)) {
        while let Some(innermost) = open.last()
            && tree.parent(id) != Some(innermost.id)
        {
            push_stray(&mut stray, &mut pending, &mut out);
            end_tag(tree, innermost.id, &mut pending, &mut out);
            open.pop();
        }
        match tree.kind(id) {
            Kind::Element { .. } => {
                push_stray(&mut stray, &mut pending, &mut out);
                finish_start(&mut pending, &mut out);
                let around = open.last().map_or("", |around| around.uri);
                let uri = wanted_uri(tree, id, version).unwrap_or(around);
                out.push('<');
                push_name(tree.name(id), &mut out);
                if uri != around {
                    out.push_str(" xmlns='");
                    push_uri(uri, &mut out);
                    out.push('\'');
                }
                pending = true;
                open.push(Open { id, uri, container: tree.elements(id).next().is_some() });
            }
            Kind::Text { .. } => {
                let text = tree.piece(id);
                if open.last().is_some_and(|around| around.container) {
                    stray.push_str(text);
                } else if !text.is_empty() {
                    finish_start(&mut pending, &mut out);
                    push_text(text, &mut out);
                }
            }
            Kind::Bytes => {
                let bytes = tree.bytes(id);
                if !bytes.is_empty() {
                    finish_start(&mut pending, &mut out);
                    STANDARD.encode_string(bytes, &mut out);
                }
            }
            Kind::Aside { .. } => {}
        }
    }
    while let Some(innermost) = open.pop() {
        push_stray(&mut stray, &mut pending, &mut out);
        end_tag(tree, innermost.id, &mut pending, &mut out);
    }
    out.into_bytes()
}

/// Writes text that stands beside elements, without the white space around it.
fn push_stray(stray: &mut String, pending: &mut bool, out: &mut String) {
    let text = stray.trim();
    if !text.is_empty() {
        finish_start(pending, out);
        push_text(text, out);
    }
    stray.clear();
}

fn finish_start(pending: &mut bool, out: &mut String) {
    if std::mem::take(pending) {
        out.push('>');
    }
}

fn end_tag(tree: &Tree, id: NodeId, pending: &mut bool, out: &mut String) {
    if std::mem::take(pending) {
        out.push_str("/>");
    } else {
        out.push_str("</");
        push_name(tree.name(id), out);
        out.push('>');
    }
}

fn push_name(name: &str, out: &mut String) {
    if name.is_empty() {
        out.push('_');
    }
    out.extend(name.chars().map(|ch| match ch {
        '<' | '>' | '/' | '&' | '\'' | '"' | '=' | '!' | '?' => '_',
        ch if ch.is_whitespace() || ch.is_control() => '_',
        ch => ch,
    }));
}

fn push_uri(uri: &str, out: &mut String) {
    for ch in uri.chars() {
        match ch {
            '\'' => out.push_str("&apos;"),
            '<' => out.push_str("&lt;"),
            ch => out.push(ch),
        }
    }
}

/// Escapes text so that a parser gives back exactly that text, line ends included.
fn push_text(text: &str, out: &mut String) {
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            ch => out.push(ch),
        }
    }
}
