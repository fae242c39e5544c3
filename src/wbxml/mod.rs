//! WBXML: bytes to element tree and back.
//!
//! **In**: a body of `application/vnd.syncml.dm+wbxml`, or of the DDF, TNDS and DevInf types of WBXML. **Out**: a
//! [`Document`]: its [`Header`], a [`Tree`](crate::markup::Tree) whose elements and texts know the octets that they came
//! from, what was odd about it ([`Anomaly`]), and where it could not be read any further ([`Document::fault`]).
//! The way back is [`encode()`], which writes every document that was decoded as the same octets, the encoder's choices
//! included; [`from_tree`] makes a document of a tree that has another origin, and [`annotate`] explains each octet.
//!
//! **Does not know** what an element means, nor whether the sender was allowed to write it.
//!
//! **Rests on**: WAP-192-WBXML (WBXML 1.3), sections 5 to 7; WAP-135-WBXML (1.1) and the W3C note of WBXML 1.0 where they
//! differ; OMA-TS-SyncML-RepPro-V1_2_2, "WBXML Definition"; OMA-TS-SyncML_MetaInfo-V1_2_2 and
//! OMA-TS-DM_TND-V1_2_1, section 10, for code pages 1 and 2.
//!
//! **Limits**: [`Limits::DEPTH`](crate::base::Limits::DEPTH) nested elements,
//! [`Limits::NODES`](crate::base::Limits::NODES) nodes, [`Limits::STRING_TABLE`](crate::base::Limits::STRING_TABLE)
//! octets of string table, [`Limits::DECODED_BODY`](crate::base::Limits::DECODED_BODY) octets of text made from
//! references to that table, [`Limits::EMBEDDED`](crate::base::Limits::EMBEDDED) documents in one another.

mod anomaly;
mod error;
mod charset;
mod language;
mod header;
mod token;
mod document;
mod decode;
mod encode;
mod edit;
mod build;
mod annotate;

#[cfg(test)]
mod tests;

pub use annotate::{AnnotatedLine, Annotation, annotate};
pub use anomaly::Anomaly;
pub use build::{DataForm, EncodeOptions, IdForm, from_tree};
pub use decode::decode;
pub use document::{Document, Embedded};
pub use encode::encode;
pub use error::{WbxmlError, WbxmlErrorKind};
pub use header::{Header, PublicId, Widths};
pub use language::{Hint, KnownId, Language};
