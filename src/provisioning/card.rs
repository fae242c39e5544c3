//! Images of the files on a smart card that a device gets its accounts from (OMA-TS-DM_Bootstrap-V1_2_1, smart card; the files of
//! ProvSC hold provisioning documents, the file of DM a message of DM, both in WBXML).
//!
//! A file has a fixed size: what no document fills is FF. What stands before a document (a length, the tag of a structure) has no
//! form that all cards share; documents are found by how they begin, and end where their root ends.

use super::error::RemarkKind;
use super::{decode, is_wbxml};
use crate::base::{Limits, Span};
use crate::wbxml::{self, Hint};

/// Octets of a document in which the name of its type must stand, where its public identifier is a text.
const HEADER: usize = 48;

/// A kind of document on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// A provisioning document.
    Provisioning,
    /// A message of DM.
    Dm,
}

/// A document on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardDocument {
    /// Its kind.
    pub kind: CardKind,
    /// Where it stands.
    pub span: Span,
    /// Whether it could be read to its end.
    pub whole: bool,
}

/// Octets of a card that are no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// Where they stand.
    pub span: Span,
    /// Whether all of them are FF: nothing was written there.
    pub is_unused: bool,
    /// Whether the last one or two are the length of the document behind them.
    pub has_length: bool,
}

/// What an image of a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardImage {
    /// Its documents, in order; at most [`Limits::CARD_DOCUMENTS`].
    pub documents: Vec<CardDocument>,
    /// What stands before, between and behind them, in order.
    pub skipped: Vec<Skipped>,
    /// What stands behind the last document that is read, and was not looked at: an image has more octets than
    /// [`Limits::CARD_IMAGE`], more documents than [`Limits::CARD_DOCUMENTS`] or more places that look like one than
    /// [`Limits::CARD_TRIES`].
    pub unread: Option<Span>,
}

/// Looks for documents in an image of a file.
pub fn card(image: &[u8]) -> CardImage {
    let mut found = CardImage::default();
    let (mut at, mut from, mut tries) = (0, 0, 0);
    if image.len() > Limits::CARD_IMAGE {
        found.unread = Some(Span::new(0, image.len()));
        return found;
    }
    while at < image.len() {
        let rest = image.get(at..).unwrap_or_default();
        let Some(kind) = begins(rest) else {
            at += 1;
            continue;
        };
        if tries >= Limits::CARD_TRIES || found.documents.len() >= Limits::CARD_DOCUMENTS {
            skip(image, from, at, None, &mut found);
            found.unread = Some(Span::new(at, image.len()));
            return found;
        }
        tries += 1;
        let Some((length, whole)) = extent(kind, rest) else {
            at += 1;
            continue;
        };
        skip(image, from, at, Some(length), &mut found);
        found.documents.push(CardDocument { kind, span: Span::new(at, at + length), whole });
        at += length;
        from = at;
    }
    skip(image, from, image.len(), None, &mut found);
    found
}

/// Whether octets are an image of a file, and not only a document: something else stands around what it holds.
pub fn is_card(image: &[u8]) -> bool {
    // What is a document as a whole may hold others.
    if wbxml::decode(image, Hint::NONE).is_ok_and(|whole| whole.fault.is_none() && whole.undecoded().is_empty()) {
        return false;
    }
    let found = card(image);
    let is_padded = found.skipped.last().is_some_and(|last| last.is_unused && last.span.end as usize == image.len());
    match found.documents.as_slice() {
        [] => false,
        [only] => only.whole && (only.span.start > 0 || is_padded),
        _ => found.documents.iter().any(|document| document.whole),
    }
}

/// The kind of document that seems to begin here.
fn begins(rest: &[u8]) -> Option<CardKind> {
    if !matches!(rest, [1..=3, ..]) {
        return None;
    }
    if is_wbxml(rest) {
        return Some(CardKind::Provisioning);
    }
    let is_numbered = matches!(rest, [_, 0xa4, 0x01, 0x6a, ..] | [_, 0x9f, 0x51 | 0x53, 0x6a, ..]);
    let start = rest.get(..rest.len().min(HEADER)).unwrap_or_default();
    let is_named = matches!(rest, [_, 0, ..]) && memchr::memmem::find(start, b"-//SYNCML//DTD").is_some();
    // Some cards leave the identifier out.
    let is_bare = matches!(rest, [_, 0x01, 0x6a, 0x00, 0x6d, ..]);
    (is_numbered || is_named || is_bare).then_some(CardKind::Dm)
}

/// Octets of a document, and whether it was read to its end; `None` where it is none after all.
fn extent(kind: CardKind, rest: &[u8]) -> Option<(usize, bool)> {
    match kind {
        CardKind::Provisioning => {
            let document = decode(rest);
            let behind = document.remarks.iter().find(|remark| matches!(remark.kind, RemarkKind::Trailing(_)));
            match &document.fault {
                None => Some((behind.map_or(rest.len(), |remark| remark.at), true)),
                Some(fault) => (!document.items.is_empty()).then_some((fault.at.clamp(1, rest.len()), false)),
            }
        }
        CardKind::Dm => {
            let document = wbxml::decode(rest, Hint::NONE).ok()?;
            let root = document.tree.root()?;
            let length = rest.len().saturating_sub(document.undecoded().len()).max(1);
            (document.tree.name(root) == "SyncML").then_some((length, document.fault.is_none()))
        }
    }
}

fn skip(image: &[u8], from: usize, to: usize, before: Option<usize>, found: &mut CardImage) {
    // Unused octets are told apart from what stands before the next document.
    let octets = image.get(from..to).unwrap_or_default();
    let unused = octets.iter().take_while(|octet| **octet == 0xff).count();
    for (start, end) in [(from, from + unused), (from + unused, to)] {
        let part = image.get(start..end).unwrap_or_default();
        if part.is_empty() {
            continue;
        }
        let has_length = before.is_some_and(|length| match part {
            [.., high, low] if usize::from(u16::from_be_bytes([*high, *low])) == length => true,
            [.., low] => usize::from(*low) == length,
            [] => false,
        });
        found.skipped.push(Skipped { span: Span::new(start, end), is_unused: start < from + unused, has_length });
    }
}
