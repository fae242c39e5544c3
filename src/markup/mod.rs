//! The one element tree and the one vocabulary, for XML and for WBXML.
//!
//! **Holds** [`Tree`]: elements and pieces of text, each with the [`Span`](crate::base::Span) of octets that it came from
//! and with the form in which it was written; and [`Tag`]: every element name of SyncML, MetInf, DM DDF/TNDS and DevInf
//! with its code page, token and name space. **Does not know** how either encoding is read, nor what an element means.
//!
//! Sources: OMA-TS-SyncML-RepPro-V1_2_2 (code page 0), OMA-TS-SyncML_MetaInfo-V1_2_2 (code page 1),
//! OMA-TS-DM_TND-V1_2_1 section 10 (code page 2), OMA-TS-SyncML_DevInf-V1_2 (DevInf).

mod edit;
mod tag;
mod tree;

pub use edit::Edits;
pub use tag::{Since, Space, Tag, Vocabulary};
pub use tree::{
    Children, Descendants, ElementForm, Kind, Namespace, NodeId, Places, Prolog, StringForm, TextForm, Tree,
    TreeBuilder,
};
