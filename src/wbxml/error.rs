//! Why a document, or the rest of it, could not be read.

use crate::base::Limits;

/// A place at which reading stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offset {at}: {kind}")]
pub struct WbxmlError {
    /// Octets from the start of the body to the token or field that could not be read.
    pub at: usize,
    /// What was the matter.
    pub kind: WbxmlErrorKind,
}

/// What stopped the reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WbxmlErrorKind {
    /// There is no octet.
    #[error("the body is empty; look whether the capture lost it")]
    Empty,
    /// The body ends inside a field or token.
    #[error("the body ends inside {what}; the sender or the capture cut it")]
    Truncated {
        /// The field or token.
        what: &'static str,
    },
    /// A multi-byte integer that no implementation can mean.
    #[error(
        "{what} is a multi-byte integer past 32 bits or of more than 16 octets; the octets before it were misread or are damaged"
    )]
    Integer {
        /// The field or token.
        what: &'static str,
    },
    /// The first octet is no version of WBXML 1.x, and what follows does not look like WBXML either.
    #[error(
        "the first octet 0x{version:02X} is no version of WBXML 1.x and no known document follows; look at the media type"
    )]
    Version {
        /// The octet.
        version: u8,
    },
    /// The string table is longer than the document.
    #[error(
        "the string table is said to have {length} octets, more than the {left} that follow; the length or the document is damaged"
    )]
    StringTable {
        /// Octets as declared.
        length: u32,
        /// Octets that follow.
        left: usize,
    },
    /// The string table is longer than what is kept.
    #[error("the string table has {length} octets, more than the {} that are read", Limits::STRING_TABLE)]
    StringTableLimit {
        /// Octets as declared.
        length: u32,
    },
    /// An OPAQUE is longer than the document.
    #[error(
        "an OPAQUE is said to have {length} octets, more than the {left} that follow; the length or the document is damaged"
    )]
    Opaque {
        /// Octets as declared.
        length: u32,
        /// Octets that follow.
        left: usize,
    },
    /// The body ends before the first element.
    #[error("the document ends before its first element")]
    NoRoot,
    /// An END without an element that it could end.
    #[error("an END stands before the first element; what precedes it was misread or is damaged")]
    EndBeforeRoot,
    /// Elements are nested deeper than what is followed.
    #[error("elements are nested more than {} deep", Limits::DEPTH)]
    Depth,
    /// More nodes than what is kept.
    #[error("the document has more than {} elements, texts and switches", Limits::NODES)]
    Nodes,
    /// References to the string table unfold to more text than what is kept.
    #[error("references to the string table unfold to more than {} octets", Limits::DECODED_BODY)]
    Expansion,
}

impl WbxmlError {
    pub(crate) const fn new(at: usize, kind: WbxmlErrorKind) -> Self {
        Self { at, kind }
    }
}
