//! One door for both encodings.

use super::media::{Encoding, MediaType, sniff};
use super::message::Message;
use super::xml;
use crate::markup::Tree;
use crate::wbxml;

/// A decoded document with what was odd about its encoding.
#[derive(Debug, Clone)]
pub enum Document {
    /// It was XML.
    Xml(xml::XmlDocument),
    /// It was WBXML.
    Wbxml(wbxml::Document),
}

impl Document {
    /// The element tree.
    pub fn tree(&self) -> &Tree {
        match self {
            Self::Xml(document) => &document.tree,
            Self::Wbxml(document) => &document.tree,
        }
    }

    /// How it was encoded.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Xml(_) => Encoding::Xml,
            Self::Wbxml(_) => Encoding::Wbxml,
        }
    }

    /// Whether rules on content may judge it: it was decoded to its end, and nothing about it leaves its structure in
    /// doubt. U+0000 in text does not count: it is reported once, and everything around it is sound (guard G6).
    pub fn is_judgeable(&self) -> bool {
        match self {
            Self::Xml(document) => document.is_well_formed() || document.only_nul_is_wrong(),
            Self::Wbxml(document) => {
                document.fault.is_none()
                    && !document.ends_early()
                    && !document.anomalies.iter().any(|anomaly| matches!(anomaly, wbxml::Anomaly::MissingEnd { .. }))
            }
        }
    }
}

/// Nothing at all could be made of a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Neither the media type nor the first octets say that it is SyncML.
    #[error("the body is neither XML nor WBXML of SyncML")]
    NotSyncMl,
    /// XML of which nothing could be read.
    #[error("the body is no XML: {0}")]
    Xml(#[from] xml::XmlError),
    /// WBXML of which nothing could be read.
    #[error("the body is no WBXML: {0}")]
    Wbxml(#[from] wbxml::WbxmlError),
}

/// The tree of a document that a value holds, in the language of descriptions and serialised trees: WBXML by its first octet, XML
/// where it begins like some. `None` where it is neither, or cannot be read to its end.
pub fn serialised_tree(octets: &[u8]) -> Option<Tree> {
    if matches!(octets.first(), Some(1..=3)) {
        let hint = wbxml::Hint { language: Some(wbxml::Language::Ddf) };
        return wbxml::decode(octets, hint)
            .ok()
            .filter(|document| document.fault.is_none())
            .map(|document| document.tree);
    }
    let begins = octets.iter().find(|octet| !octet.is_ascii_whitespace()) == Some(&b'<');
    let document = begins.then(|| xml::decode(octets).ok()).flatten()?;
    document.fault.is_none().then_some(document.tree)
}

/// Decodes a body. What its first octets look like counts more than what the media type says, since clients lie; the
/// media type decides where the octets do not.
///
/// # Errors
/// When nothing can be made of it; the body is given back, since the caller may want to keep it.
pub fn decode(body: Vec<u8>, media: MediaType) -> Result<Message, (DecodeError, Vec<u8>)> {
    let encoding = match (sniff(&body), media.encoding()) {
        (Some(encoding), _) | (None, Some(encoding)) => encoding,
        (None, None) => return Err((DecodeError::NotSyncMl, body)),
    };
    let document = match encoding {
        Encoding::Xml => xml::decode(&body).map(Document::Xml).map_err(DecodeError::from),
        Encoding::Wbxml => wbxml::decode(&body, wbxml::Hint::default()).map(Document::Wbxml).map_err(DecodeError::from),
    };
    match document {
        Ok(document) => Ok(Message::new(body, document)),
        Err(error) => Err((error, body)),
    }
}
