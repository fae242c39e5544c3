//! Provisioning: the documents with which devices get their first accounts (OMA Client Provisioning).
//!
//! **In**: the body of a bootstrap message. **Out**: a [`Document`] of characteristics and parameters, whether it was written
//! in XML or in WBXML; every token of the latter ([`annotate`]); the account of DM that an application `w7` becomes
//! ([`account_rows`]); whether what protects the message is right ([`verify`]); the documents in the image of a file of a smart card ([`card()`]). **Does not know** how it came, nor sessions.
//!
//! Reading never drops a document: one that is cut is read as far as it goes, and says so ([`Document::fault`]).
//!
//! **Rests on**: OMA-WAP-TS-ProvCont-V1_1 (documents), OMA-WAP-TS-ProvBoot-V1_1 (what protects them), WAP-192-WBXML,
//! OMA-TS-DM_Bootstrap-V1_2_1 (what becomes of them).
//! **Limits**: [`Limits::DEPTH`](crate::base::Limits::DEPTH), [`Limits::NODES`](crate::base::Limits::NODES),
//! [`Limits::STRING_TABLE`](crate::base::Limits::STRING_TABLE), [`Limits::DECODED_BODY`](crate::base::Limits::DECODED_BODY).

mod account;
mod build;
mod card;
mod document;
mod error;
mod mac;
mod tokens;
mod wbxml;
mod xml;

#[cfg(test)]
mod tests;

pub use account::{Row, rows as account_rows};
pub use card::{CardDocument, CardImage, CardKind, Skipped, card, is_card};
pub use document::{Characteristic, Document, Encoding, Item, Parm, characteristics, parms};
pub use error::{Fault, FaultKind, Remark, RemarkKind};
pub use mac::{KeyForm, Profile, Proof, Secrets, Security, Undecided, verify};
pub use wbxml::{Line, WbxmlHeader, annotate, is_wbxml, wbxml_header};
pub use xml::is_xml;

/// Reads a document in either encoding, told apart by its start: what begins as XML, or has a byte order mark, is XML.
pub fn decode(body: &[u8]) -> Document {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    match (start, body) {
        ([b'<', ..], _) | (_, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..]) => xml::decode(body),
        _ => wbxml::decode(body),
    }
}
