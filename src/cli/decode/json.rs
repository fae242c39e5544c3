//! An element tree as JSON.
//!
//! ```json
//! {"type": "wbxml", "remarks": [], "fault": null, "nodes": [
//!   {"element": "SyncML", "span": [4, 90], "children": [{"text": "1", "span": [12, 15]}]}
//! ]}
//! ```
//!
//! A node is an `element` (with `namespace` and `attributes` where there are any), a `text`, `bytes` in base64, or an
//! `aside` with its kind. `embedded` holds the nodes of a document inside a text. Spans count octets of the payload.

use super::Decoded;
use crate::markup::{Kind, NodeId, Prolog, Tree};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Write};

pub(super) fn write(decoded: &Decoded, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"type\":\"{}\",\"remarks\":", decoded.kind)?;
    serde_json::to_writer(&mut *out, &decoded.remarks)?;
    out.write_all(b",\"fault\":")?;
    serde_json::to_writer(&mut *out, &decoded.fault)?;
    out.write_all(b",\"nodes\":")?;
    nodes(&decoded.tree, decoded.tree.top(), out)?;
    out.write_all(b"}\n")
}

/// Recursion is bounded by the depth of a tree and the number of documents in one another (`Limits`).
fn nodes(tree: &Tree, ids: impl Iterator<Item = NodeId>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (number, id) in ids.enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        node(tree, id, out)?;
    }
    out.write_all(b"]")
}

fn node(tree: &Tree, id: NodeId, out: &mut dyn Write) -> io::Result<()> {
    let member = |out: &mut dyn Write, name: &str, value: &str| {
        write!(out, "\"{name}\":")?;
        serde_json::to_writer(&mut *out, value).map_err(io::Error::from)
    };
    out.write_all(b"{")?;
    match tree.kind(id) {
        Kind::Element { .. } => {
            member(out, "element", tree.qualified_name(id))?;
            if let Some(uri) = tree.namespace_uri(id) {
                out.write_all(b",")?;
                member(out, "namespace", uri)?;
            }
            let attributes = tree.raw(id).trim();
            if !attributes.is_empty() {
                out.write_all(b",")?;
                member(out, "attributes", attributes)?;
            }
        }
        Kind::Text { .. } => member(out, "text", tree.piece(id))?,
        Kind::Bytes => member(out, "bytes", &STANDARD.encode(tree.bytes(id)))?,
        Kind::Aside { what } => {
            member(out, "aside", aside(what))?;
            out.write_all(b",")?;
            member(out, "text", tree.piece(id))?;
        }
    }
    let span = tree.span(id);
    write!(out, ",\"span\":[{},{}]", span.start, span.end)?;
    if let Some(embedded) = tree.embedded(id) {
        out.write_all(b",\"embedded\":")?;
        nodes(embedded, Vec::from_iter(embedded.top()).into_iter(), out)?;
    }
    if matches!(tree.kind(id), Kind::Element { .. }) {
        out.write_all(b",\"children\":")?;
        nodes(tree, Vec::from_iter(tree.children(id)).into_iter(), out)?;
    }
    out.write_all(b"}")
}

const fn aside(what: Prolog) -> &'static str {
    match what {
        Prolog::Declaration => "declaration",
        Prolog::Comment => "comment",
        Prolog::Instruction => "instruction",
        Prolog::DocType => "doctype",
        Prolog::WbxmlInstruction => "wbxml-instruction",
        Prolog::WbxmlExtension => "wbxml-extension",
    }
}
