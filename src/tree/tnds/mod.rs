//! Serialised trees (TNDS): a part of a tree in one document.
//!
//! **In**: the Data of an Item, with TNDS as XML (escaped, in CDATA, or as elements of the message) or as WBXML. **Out**: an
//! [`Object`]: its nodes in document order, and what was odd about it. [`write`] is the way back: XML from a tree.
//!
//! Source: OMA-TS-DM_TNDS-V1_2_1; element names of OMA-TS-DM_TND-V1_2_1, section 10.

mod place;
mod read;
mod write;

pub use place::Placing;
pub use read::{Document, Node, Object, Oddity, TndsError, decode, from_octets, inside, read};
pub use write::write;
