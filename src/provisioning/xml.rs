//! Provisioning documents in XML (OMA-WAP-TS-ProvCont-V1_1, sections 5 and 6).

use super::build::Builder;
use super::document::{Document, Encoding};
use super::error::{Fault, FaultKind, RemarkKind};
use crate::markup::{Kind, NodeId, Tree};
use crate::syncml::xml::{self, XmlDocument};

/// Whether octets are XML whose root is that of a provisioning document.
pub fn is_xml(octets: &[u8]) -> bool {
    let Ok(document) = xml::decode(octets) else { return false };
    document.tree.root().is_some_and(|root| document.tree.name(root) == "wap-provisioningdoc")
}

/// Reads a document. What cannot be read any further gives what stands before it, with [`Document::fault`].
pub(super) fn decode(body: &[u8]) -> Document {
    let mut builder = Builder::new(Encoding::Xml);
    match xml::decode(body) {
        Err(error) => {
            let kind = if body.is_empty() { FaultKind::Empty } else { FaultKind::Xml(error.to_string()) };
            builder.finish(0, Some(Fault { at: 0, kind }))
        }
        Ok(document) => {
            for odd in &document.anomalies {
                builder.remark(odd.at, RemarkKind::Xml(odd.kind.to_string()));
            }
            let read = elements(&document.tree, &mut builder).err();
            let fault = document.fault.as_ref().map(|fault| Fault { at: fault.at, kind: xml_fault(&document) });
            builder.finish(body.len(), read.or(fault))
        }
    }
}

fn xml_fault(document: &XmlDocument) -> FaultKind {
    FaultKind::Xml(document.fault.as_ref().map(|fault| fault.kind.to_string()).unwrap_or_default())
}

/// Walks the tree without recursion: the way up is in the stack.
fn elements(tree: &Tree, builder: &mut Builder) -> Result<(), Fault> {
    let Some(root) = tree.root() else { return Ok(()) };
    open(tree, root, builder)?;
    let mut stack = vec![(root, tree.children(root))];
    while let Some((parent, children)) = stack.last_mut() {
        let Some(child) = children.next() else {
            builder.close(tree.span(*parent).end as usize);
            stack.pop();
            continue;
        };
        match tree.kind(child) {
            Kind::Element { .. } => {
                open(tree, child, builder)?;
                stack.push((child, tree.children(child)));
            }
            Kind::Text { .. } if tree.piece(child).trim_ascii().is_empty() => {}
            Kind::Text { .. } | Kind::Bytes => {
                builder.remark(tree.span(child).start as usize, RemarkKind::StrayText);
            }
            Kind::Aside { .. } => {}
        }
    }
    Ok(())
}

fn open(tree: &Tree, id: NodeId, builder: &mut Builder) -> Result<(), Fault> {
    let at = tree.span(id).start as usize;
    let attributes = xml::attributes_of(tree.raw(id));
    // Name spaces say nothing here, and real documents have a stray one.
    let attributes = attributes.into_iter().filter(|(name, _)| name != "xmlns" && !name.starts_with("xmlns:"));
    builder.open(at, tree.name(id), attributes.collect()).map_err(|kind| Fault { at, kind })
}
