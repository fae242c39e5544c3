//! XML: octets to element tree and back.
//!
//! **In**: a body of `application/vnd.syncml.dm+xml`. **Out**: an [`XmlDocument`]: the tree, how it was written, and
//! every [`Anomaly`] on the way. **Does not know** what an element means.
//!
//! A document that is not well-formed still gives a tree: reading goes on after what can be bridged without guessing
//! much, and stops at the rest ([`XmlDocument::fault`]). Nothing is ever expanded: of entities only the five of XML and
//! character references are resolved, and a document type declaration is reported as it stands.
//!
//! Three writers: [`write_faithful`] gives back the octets that were read, [`write_pretty`] is for people,
//! [`write_canonical`] has one way to write each thing and is what may be sent.
//!
//! **Rests on**: XML 1.0 (5th edition), Namespaces in XML 1.0, OMA-TS-SyncML-RepPro-V1_2_2 section 5 (use of XML).
//! **Limits**: [`Limits::DEPTH`](crate::base::Limits::DEPTH), [`Limits::NODES`](crate::base::Limits::NODES),
//! [`Limits::NAMESPACES`](crate::base::Limits::NAMESPACES), [`Limits::RECOVERIES`](crate::base::Limits::RECOVERIES),
//! [`Limits::EMBEDDED`](crate::base::Limits::EMBEDDED).

mod anomaly;
mod attributes;
mod canonical;
mod chars;
mod decode;
mod document;
mod encoding;
mod faithful;
mod names;
mod pretty;
mod prolog;
mod scan;
#[cfg(test)]
mod tests;

pub use anomaly::{Anomaly, AnomalyKind, XmlError, XmlErrorKind};
pub use attributes::attributes_of;
pub use canonical::write_canonical;
pub use decode::{decode, decode_as};
pub use document::{Declaration, DocType, XmlDocument};
pub use encoding::Encoding;
pub use faithful::write_faithful;
pub(crate) use names::vocabulary_of_namespace;
pub use pretty::{Place, PrettyOptions, write_pretty, write_pretty_hiding, write_pretty_with_positions};
