//! One document as it was read.

use super::anomaly::{Anomaly, AnomalyKind, XmlError};
use super::encoding::Encoding;
use crate::base::{Limits, Span};
use crate::markup::Tree;
use std::mem::{Discriminant, discriminant};

/// A document, well-formed or not.
///
/// Spans and offsets count octets of [`XmlDocument::text`]: of the body itself where that is UTF-8 (with or without byte
/// order mark), of the transcoded text otherwise. [`XmlDocument::original_offset`] leads back to the body. Spans of an
/// embedded document count octets of the text that holds it.
#[derive(Debug, Clone)]
pub struct XmlDocument {
    /// The elements. Character data is as written: line ends are not normalised.
    pub tree: Tree,
    /// How characters were written.
    pub encoding: Encoding,
    /// The XML declaration, where there is one.
    pub declaration: Option<Declaration>,
    /// The document type declaration, where there is one.
    pub doctype: Option<DocType>,
    /// What was odd, in the order in which it was noticed.
    pub anomalies: Vec<Anomaly>,
    /// How many anomalies are not listed, since many of their kind are.
    pub unlisted: usize,
    /// The first place at which structure was lost. The tree holds what could be read.
    pub fault: Option<XmlError>,
    /// The transcoded document; `None` where the body itself was read.
    pub(super) text: Option<Box<str>>,
    pub(super) breaking: Breaking,
}

/// Defects that a parser would refuse, counted also where they are not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Breaking {
    pub(super) nul: usize,
    pub(super) other: usize,
}

impl XmlDocument {
    /// The transcoded document that spans and offsets refer to; `None` where they refer to the body.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Whether a parser that follows XML 1.0 and Namespaces in XML accepts it (encoding and blanks before the
    /// declaration aside; see [`AnomalyKind::breaks_well_formedness`]).
    pub fn is_well_formed(&self) -> bool {
        self.fault.is_none() && self.breaking == Breaking::default()
    }

    /// How many defects a parser would refuse, the loss of structure included; those that are not listed count too.
    pub fn defects(&self) -> usize {
        self.breaking.nul.saturating_add(self.breaking.other).saturating_add(usize::from(self.fault.is_some()))
    }

    /// Whether it would be well-formed without its U+0000 characters, and has some.
    pub fn only_nul_is_wrong(&self) -> bool {
        self.fault.is_none() && self.breaking.nul > 0 && self.breaking.other == 0
    }

    /// The offset in `body` of an offset in the text; `None` where the encoding has no cheap way back.
    pub fn original_offset(&self, body: &[u8], offset: usize) -> Option<usize> {
        match &self.text {
            None => Some(offset),
            Some(text) => self.encoding.original_offset(body, text.get(..offset)?),
        }
    }
}

/// Collects anomalies; of one kind only so many are kept.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) unlisted: usize,
    pub(super) breaking: Breaking,
    counts: Vec<(Discriminant<AnomalyKind>, usize)>,
}

impl Notes {
    pub(super) fn note(&mut self, at: usize, kind: AnomalyKind) {
        if kind.is_nul() {
            self.breaking.nul += 1;
        } else if kind.breaks_well_formedness() {
            self.breaking.other += 1;
        }
        let key = discriminant(&kind);
        let count = match self.counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.counts.push((key, 1));
                1
            }
        };
        if count > Limits::PROBLEMS_OF_A_KIND {
            self.unlisted += 1;
        } else {
            self.anomalies.push(Anomaly { at, kind });
        }
    }
}

/// The XML declaration (XML 1.0, section 2.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The version, `1.0` mostly.
    pub version: Option<Box<str>>,
    /// The declared encoding.
    pub encoding: Option<Box<str>>,
    /// `yes` or `no`.
    pub standalone: Option<Box<str>>,
    /// Where it stands.
    pub span: Span,
}

/// A document type declaration (XML 1.0, section 2.8); reported, never acted upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocType {
    /// The name of the root that it speaks of.
    pub name: Box<str>,
    /// The public identifier.
    pub public_id: Option<Box<str>>,
    /// The system identifier: a parser that follows it fetches a document.
    pub system_id: Option<Box<str>>,
    /// Whether declarations stand in `[…]`.
    pub internal_subset: bool,
    /// Whether the internal subset declares entities.
    pub entities: bool,
    /// Whether one of these refers to another document.
    pub external_entities: bool,
    /// Where it stands.
    pub span: Span,
}
