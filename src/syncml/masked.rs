//! A message without what must not be seen, in its own encoding.

use super::decode::Document;
use super::message::Message;
use super::xml::{self, XmlDocument};
use crate::markup::{Kind, NodeId, StringForm, TextForm, Tree};
use crate::wbxml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};

/// What stands in place of something that must not be seen.
const HIDDEN: &str = "***";

/// Says what is to be written in place of a text; `None` for a text that may stay.
type Mask<'m> = &'m dyn Fn(&str) -> Option<String>;

impl Message {
    /// The body without the content of these elements, and without what `mask` finds in any text: what is left is a
    /// document in the same encoding, its lengths right. What could not be decoded is left out. A body in which something
    /// stands that cannot be taken out is hidden as a whole.
    pub fn masked(&self, hidden: &BTreeSet<NodeId>, mask: Mask<'_>) -> Vec<u8> {
        let changes = Changes::of(self.tree(), hidden, mask);
        let written = match self.document() {
            Document::Xml(document) => in_xml(document, &changes, mask),
            Document::Wbxml(document) => in_wbxml(document, &changes, mask),
        };
        written.unwrap_or_else(|| HIDDEN.into())
    }
}

/// A text, if something in it must not be seen. Between marks, as it stands in an element: there the shortest secret counts.
fn masked(text: &str, mask: Mask<'_>) -> Option<String> {
    let masked = mask(&format!(">{text}<"))?;
    let inner = masked.strip_prefix('>').and_then(|rest| rest.strip_suffix('<'));
    Some(inner.map_or_else(|| HIDDEN.to_owned(), str::to_owned))
}

/// What is to be changed in a tree.
#[derive(Default)]
struct Changes {
    /// Pieces with what comes in their place.
    replaced: BTreeMap<NodeId, String>,
    removed: Vec<NodeId>,
}

impl Changes {
    fn of(tree: &Tree, hidden: &BTreeSet<NodeId>, mask: Mask<'_>) -> Self {
        let mut changes = Self::default();
        let mut inside: BTreeSet<NodeId> = BTreeSet::new();
        for id in tree.ids() {
            // Parents come before their children.
            if tree.parent(id).is_some_and(|parent| inside.contains(&parent)) {
                inside.insert(id);
                continue;
            }
            match tree.kind(id) {
                Kind::Element { .. } if hidden.contains(&id) => {
                    inside.insert(id);
                    changes.hide(tree, id);
                }
                Kind::Element { .. } => changes.texts(tree, id, mask),
                Kind::Bytes => changes.octets(tree, id, mask),
                Kind::Aside { .. } if masked(tree.piece(id), mask).is_some() => changes.removed.push(id),
                Kind::Text { .. } | Kind::Aside { .. } => {}
            }
        }
        changes
    }

    /// One piece says that something was there, everything else of the element goes.
    fn hide(&mut self, tree: &Tree, element: NodeId) {
        let mut stands = false;
        for child in tree.children(element) {
            if !stands && matches!(tree.kind(child), Kind::Text { .. } | Kind::Bytes) {
                stands = true;
                self.replaced.insert(child, HIDDEN.to_owned());
            } else {
                self.removed.push(child);
            }
        }
    }

    /// The text of an element counts as a whole, however many pieces it was written in.
    fn texts(&mut self, tree: &Tree, element: NodeId, mask: Mask<'_>) {
        let pieces: Vec<NodeId> =
            tree.children(element).filter(|child| matches!(tree.kind(*child), Kind::Text { .. })).collect();
        let text: String = pieces.iter().map(|piece| tree.piece(*piece)).collect();
        let Some(text) = Some(text).filter(|text| !text.is_empty()).and_then(|text| masked(&text, mask)) else {
            return;
        };
        if let Some((first, rest)) = pieces.split_first() {
            self.replaced.insert(*first, text);
            self.removed.extend(rest);
        }
    }

    fn octets(&mut self, tree: &Tree, id: NodeId, mask: Mask<'_>) {
        let octets = tree.bytes(id);
        let shows = masked(&String::from_utf8_lossy(octets), mask).is_some()
            || masked(&STANDARD.encode(octets), mask).is_some();
        if shows {
            self.replaced.insert(id, HIDDEN.to_owned());
        }
    }
}

fn in_xml(document: &XmlDocument, changes: &Changes, mask: Mask<'_>) -> Option<Vec<u8>> {
    let mut document = document.clone();
    let shows = |id: NodeId| mask(document.tree.raw(id)).is_some() || mask(document.tree.end_raw(id)).is_some();
    // Attributes cannot be changed.
    if document.tree.ids().any(|id| matches!(document.tree.kind(id), Kind::Element { .. }) && shows(id)) {
        return None;
    }
    for (id, text) in &changes.replaced {
        let text = match document.tree.kind(*id) {
            Kind::Text { form: TextForm::CData } if text.contains("]]>") => HIDDEN.to_owned(),
            Kind::Text { form: TextForm::CData } => text.clone(),
            _ => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        };
        if !document.tree.replace_piece(*id, text.as_bytes()) {
            return None;
        }
    }
    document.tree.remove(&changes.removed);
    Some(xml::write_faithful(&document))
}

fn in_wbxml(document: &wbxml::Document, changes: &Changes, mask: Mask<'_>) -> Option<Vec<u8>> {
    let mut document = document.clone();
    let gone = changes.replaced.keys().chain(&changes.removed);
    let table: Vec<u32> = gone.filter_map(|id| table_index(&document.tree, *id)).collect();
    document.blank(&table, &|text| masked(text, mask).is_some());
    let replaced: Vec<(NodeId, &[u8])> = changes.replaced.iter().map(|(id, text)| (*id, text.as_bytes())).collect();
    if !document.replace_pieces(&replaced) {
        return None;
    }
    document.remove(&changes.removed);
    document.forget_undecoded();
    let octets = wbxml::encode(&document);
    (!document.written_otherwise().any(|octets| mask(&String::from_utf8_lossy(octets)).is_some())).then_some(octets)
}

fn table_index(tree: &Tree, id: NodeId) -> Option<u32> {
    match tree.kind(id) {
        Kind::Text { form: TextForm::String(StringForm::Table(index)) } => Some(index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::Tag;
    use crate::syncml::{MediaType, decode};

    fn mask(text: &str) -> Option<String> {
        let masked = text.replace("Secret&7", HIDDEN).replace(">ab<", ">***<");
        (masked != text).then_some(masked)
    }

    const XML: &str = "<?xml version='1.0'?><SyncML><SyncBody><!-- Secret&7 --><Data>x Secret&amp;7 <![CDATA[& y]]></Data>\
        <Data>ab</Data><Data>abc</Data><Data>gone<A/>too</Data></SyncBody></SyncML>";

    fn message(body: &[u8]) -> Message {
        decode(body.to_vec(), MediaType::parse(None)).unwrap()
    }

    /// The last Data.
    fn hidden(message: &Message) -> BTreeSet<NodeId> {
        let tree = message.tree();
        tree.ids().filter(|id| tree.tag(*id) == Some(Tag::Data)).last().into_iter().collect()
    }

    #[test]
    fn xml_stays_xml_and_shows_nothing() {
        let message = message(XML.as_bytes());
        let masked = String::from_utf8(message.masked(&hidden(&message), &mask)).unwrap();
        let expected = "<?xml version='1.0'?><SyncML><SyncBody><Data>x *** &amp; y</Data>\
            <Data>***</Data><Data>abc</Data><Data>***</Data></SyncBody></SyncML>";
        assert_eq!(masked, expected);
        assert_eq!(message.masked(&BTreeSet::new(), &|_| None), XML.as_bytes());
    }

    #[test]
    fn a_secret_in_an_attribute_hides_the_whole() {
        let message = message(b"<SyncML xmlns='Secret&7'><SyncBody/></SyncML>");
        assert_eq!(message.masked(&BTreeSet::new(), &mask), b"***");
    }

    #[test]
    fn wbxml_stays_wbxml_also_where_the_secret_is_in_the_string_table() {
        // The string table has "Secret&7" and "fine"; Data with the first, with the second, inline, and as octets.
        let table = b"Secret&7\0fine\0";
        let mut body = vec![0x03, 0xa4, 0x01, 0x6a, 0x0e];
        body.extend(table);
        body.extend([0x6d, 0x6b]);
        body.extend([0x4f, 0x83, 0x00, 0x01, 0x4f, 0x83, 0x09, 0x01]);
        body.extend(
            b"\x4f\x03a Secret&7\0\x01\x4f\xc3\x0a\xff\xfeSecret&7\x01\x4f\x03gone\0\x01\x01\x01behind Secret&7",
        );
        let message = message(&body);
        let masked = message.masked(&hidden(&message), &mask);
        let text = String::from_utf8_lossy(&masked).into_owned();
        assert!(!text.contains("Secret") && !text.contains("gone"), "{text}");
        let again = decode(masked, MediaType::parse(None)).unwrap();
        assert!(again.is_judgeable());
        let tree = again.tree();
        let texts: Vec<String> = (tree.ids().filter(|id| tree.tag(*id) == Some(Tag::Data)))
            .map(|id| String::from_utf8_lossy(tree.content_bytes(id)).into_owned())
            .collect();
        assert_eq!(texts, ["***", "fine", "a ***", "***", "***"]);
    }
}
