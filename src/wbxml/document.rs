//! A document as it was written.

use super::anomaly::Anomaly;
use super::error::WbxmlError;
use super::header::Header;
use super::language::Language;
use crate::markup::{NodeId, Tree};

/// One WBXML document: decoded by [`decode`](super::decode), or made by [`from_tree`](super::from_tree).
#[derive(Debug, Clone)]
pub struct Document {
    /// What stands before the body.
    pub header: Header,
    /// The language that gave the tokens their meaning: by public identifier, or else by hint, or else by the root.
    pub language: Language,
    /// The elements and texts; as far as they could be read, where there is a [`fault`](Document::fault).
    pub tree: Tree,
    /// What was odd, in order of reading; at most
    /// [`Limits::PROBLEMS_OF_A_KIND`](crate::base::Limits::PROBLEMS_OF_A_KIND) of a kind.
    pub anomalies: Vec<Anomaly>,
    /// Anomalies past that ceiling.
    pub anomalies_left_out: usize,
    /// Where and why reading stopped early; the octets from there on are kept for [`encode`](super::encode()).
    pub fault: Option<WbxmlError>,
    /// What is known of the documents inside OPAQUE; their trees hang in this one
    /// ([`Tree::embedded`](crate::markup::Tree::embedded)).
    pub embedded: Vec<Embedded>,
    pub(crate) choices: Choices,
}

/// A document that stood in an OPAQUE. Offsets and spans count in the body of the outermost document.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The text or bytes node of the document around it.
    pub node: NodeId,
    /// Its header.
    pub header: Header,
    /// Its language.
    pub language: Language,
    /// What was odd about it.
    pub anomalies: Vec<Anomaly>,
    /// Where and why reading it stopped early.
    pub fault: Option<WbxmlError>,
}

impl Document {
    /// Octets that were not decoded: what follows the root element, or the place of the fault.
    pub fn undecoded(&self) -> &[u8] {
        &self.choices.rest
    }

    /// Whether what follows the root element can be a part of it: an END too many closes elements early, and all that
    /// comes then is lost. A further document, padding and line ends are none.
    pub fn ends_early(&self) -> bool {
        let behind = self.choices.rest.iter().position(|octet| *octet != 0x01);
        let rest = behind.and_then(|at| self.choices.rest.get(at..)).unwrap_or_default();
        let is_padding = rest.iter().all(|octet| matches!(octet, 0x00 | b'\t' | b'\n' | b'\r' | b' '));
        self.fault.is_none() && !is_padding && !matches!(rest.first(), Some(0x02 | 0x03))
    }
}

/// What an encoder chose where the tree does not say it. Only what differs from the shortest way is kept.
///
/// Events are counted in document order: each start of an element, each END, each text, octets or aside is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choices {
    pub(crate) list: Vec<Choice>,
    pub(crate) octets: Vec<u8>,
    /// The string table and its length are not in the header but in `rest`.
    pub(crate) header_cut: bool,
    /// The event at which reading stopped; nothing of the tree is written from there on.
    pub(crate) cut: Option<u32>,
    /// Octets after the last event.
    pub(crate) rest: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) event: u32,
    pub(crate) what: What,
}

/// One choice. A range is one of `Choices::octets`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// A SWITCH_PAGE before the token that was not needed there.
    Switch(u8),
    /// A multi-byte integer with more octets than needed.
    Integer(u32, u32),
    /// A string that its charset would write differently, or an extension token as a whole.
    Octets(u32, u32),
    /// The attribute list of a tag, END included.
    Attributes(u32, u32),
}

impl Choices {
    pub(crate) fn switch(&mut self, event: u32, page: u8) {
        self.list.push(Choice { event, what: What::Switch(page) });
    }

    pub(crate) fn octets(&mut self, event: u32, octets: &[u8], what: fn(u32, u32) -> What) {
        let clamp = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let start = clamp(self.octets.len());
        self.octets.extend_from_slice(octets);
        let end = clamp(self.octets.len());
        self.list.push(Choice { event, what: what(start, end) });
    }

    pub(crate) fn range(&self, start: u32, end: u32) -> &[u8] {
        self.octets.get(start as usize..end as usize).unwrap_or_default()
    }
}
