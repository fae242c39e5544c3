//! Back to the octets that were read.

use super::document::XmlDocument;
use crate::markup::{ElementForm, Kind, NodeId, Prolog, TextForm, Tree};

/// Writes a document as it was written.
///
/// Byte-identical to the body for a document without [`fault`](XmlDocument::fault) whose encoding is UTF-8, UTF-16 or one
/// of single octets, and that was decoded without loss; anomalies do not matter.
pub fn write_faithful(document: &XmlDocument) -> Vec<u8> {
    let tree = &document.tree;
    let mut out = String::new();
    if document.encoding.bom {
        out.push('\u{feff}');
    }
    let mut open: Vec<NodeId> = Vec::new();
    // Nodes are in document order: an element is closed when a node comes that is not inside it.
    for id in tree.ids() {
        while let Some(&innermost) = open.last()
            && tree.parent(id) != Some(innermost)
        {
            end_tag(tree, innermost, &mut out);
            open.pop();
        }
        match tree.kind(id) {
            Kind::Element { form, .. } => {
                out.push('<');
                out.push_str(tree.qualified_name(id));
                out.push_str(tree.raw(id));
                if form == ElementForm::Empty {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    open.push(id);
                }
            }
            Kind::Text { form } => {
                let (before, text, after) = match form {
                    TextForm::CData => ("<![CDATA[", tree.piece(id), "]]>"),
                    TextForm::Reference => ("&", tree.raw(id), ";"),
                    TextForm::Plain | TextForm::String(_) => ("", tree.piece(id), ""),
                };
                out.extend([before, text, after]);
            }
            Kind::Aside { what } => {
                let (before, after) = match what {
                    Prolog::Comment => ("<!--", "-->"),
                    Prolog::DocType => ("<!DOCTYPE", ">"),
                    Prolog::Declaration | Prolog::Instruction => ("<?", "?>"),
                    // Not of XML.
                    Prolog::WbxmlInstruction | Prolog::WbxmlExtension => continue,
                };
                out.extend([before, tree.piece(id), after]);
            }
            // Not of XML.
            Kind::Bytes => {}
        }
    }
    while let Some(innermost) = open.pop() {
        end_tag(tree, innermost, &mut out);
    }
    document.encoding.encode(out)
}

fn end_tag(tree: &Tree, id: NodeId, out: &mut String) {
    out.push_str("</");
    out.push_str(tree.qualified_name(id));
    out.push_str(tree.end_raw(id));
    out.push('>');
}
