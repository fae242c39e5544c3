//! A message with a small change, every other octet as it was written.

use super::decode::Document;
use super::message::Message;
use super::xml;
use crate::markup::{Kind, NodeId, TextForm};
use crate::wbxml;

impl Message {
    /// The body without these elements. `None` where the message can't be written again octet by octet: it was not decoded
    /// as a whole, or its encoding loses something.
    pub fn without(&self, elements: &[NodeId]) -> Option<Vec<u8>> {
        self.is_faithful().then(|| match self.document() {
            Document::Xml(document) => {
                let mut document = document.clone();
                document.tree.remove(elements);
                xml::write_faithful(&document)
            }
            Document::Wbxml(document) => {
                let mut document = document.clone();
                document.remove(elements);
                wbxml::encode(&document)
            }
        })
    }

    /// The body with another content of an element that holds one piece of text or octets. `None` where it holds something
    /// else, where the content would have to be escaped, and as with [`Message::without`].
    pub fn with_content(&self, element: NodeId, content: &[u8]) -> Option<Vec<u8>> {
        let piece = self.tree().only_piece(element).filter(|_| self.is_faithful())?;
        match self.document() {
            Document::Xml(document) => {
                let escapes = match self.tree().kind(piece) {
                    Kind::Text { form: TextForm::CData } => memchr::memchr(b'>', content).is_some(),
                    _ => content.iter().any(|octet| matches!(octet, b'<' | b'&' | b'>')),
                };
                let mut document = document.clone();
                (!escapes && document.tree.replace_piece(piece, content)).then(|| xml::write_faithful(&document))
            }
            Document::Wbxml(document) => {
                // U+0000 ends a string.
                let ends = self.tree().kind(piece) != Kind::Bytes && content.contains(&0);
                let mut document = document.clone();
                (!ends && document.replace_piece(piece, content)).then(|| wbxml::encode(&document))
            }
        }
    }

    /// Whether it was decoded as a whole and becomes the same octets again.
    fn is_faithful(&self) -> bool {
        self.is_judgeable()
            && match self.document() {
                Document::Xml(document) => xml::write_faithful(document) == self.body(),
                Document::Wbxml(document) => wbxml::encode(document) == self.body(),
            }
    }
}
