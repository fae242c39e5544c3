//! What can be wrong with a provisioning document.

use crate::base::Limits;

/// Where reading ended before the document did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offset {at}: {kind}")]
pub struct Fault {
    /// The offset in the body, in octets.
    pub at: usize,
    /// What is there.
    pub kind: FaultKind,
}

/// Why reading ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// There are no octets.
    #[error("it is empty")]
    Empty,
    /// The version octet is none of WBXML 1.0 to 1.3.
    #[error("{0:#04x} is no version of WBXML that is read (00 to 03)")]
    Version(u8),
    /// The octets end inside something.
    #[error("the document ends inside {0}")]
    Cut(&'static str),
    /// An integer of variable length has more than five octets, or more than 32 bits.
    #[error("an integer has more than 32 bits")]
    Integer,
    /// A string table longer than what is read.
    #[error("a string table of {0} octets is more than the {max} that are read", max = Limits::STRING_TABLE)]
    Table(u32),
    /// A reference to a place outside of the string table.
    #[error("the string table has no octet {0}")]
    Outside(u32),
    /// A token that WBXML does not have at that place.
    #[error("the token {0:#04x} cannot stand here")]
    Token(u8),
    /// A token whose meaning decides how the rest is read, and is not known.
    #[error("no element has the token {0:#04x}")]
    Tag(u8),
    /// The root is another element.
    #[error("the root is {0}, not wap-provisioningdoc")]
    Root(String),
    /// There is no root.
    #[error("there is no element")]
    NoRoot,
    /// Elements within one another.
    #[error("elements are nested deeper than {max}", max = Limits::DEPTH)]
    Depth,
    /// More elements and attributes than are read.
    #[error("there are more elements and attributes than the {max} that are read", max = Limits::NODES)]
    Nodes,
    /// References to the string table that make more text than is read.
    #[error("references make more than the {max} octets of text that are read", max = Limits::DECODED_BODY)]
    Text,
    /// The XML cannot be read any further.
    #[error("the XML cannot be read: {0}")]
    Xml(String),
}

/// Something odd that did not end the reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offset {at}: {kind}")]
pub struct Remark {
    /// The offset in the body, in octets.
    pub at: usize,
    /// What is there.
    pub kind: RemarkKind,
}

/// What is odd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemarkKind {
    /// The public identifier is another one, or unknown.
    #[error("the public identifier is not that of provisioning documents")]
    PublicId,
    /// The character set is not UTF-8.
    #[error("the character set has the number {0}; the text is read as UTF-8")]
    Charset(u32),
    /// An attribute that begins with a token which the page does not have; it is left out.
    #[error("page {page} has no attribute with the token {token:#04x}")]
    Start {
        /// The page.
        page: u8,
        /// The token.
        token: u8,
    },
    /// A value token that the page does not have; it is left out of the value.
    #[error("page {page} has no value with the token {token:#04x}")]
    Value {
        /// The page.
        page: u8,
        /// The token.
        token: u8,
    },
    /// A fragment of a value by its token of version 1.0.
    #[error("the token {0:#04x} is that of version 1.0 for a fragment of AAUTHTYPE")]
    OldValue(u8),
    /// An attribute that the element does not have.
    #[error("{element} has no attribute {attribute}")]
    Attribute {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: String,
    },
    /// An attribute that is there twice; the last one counts.
    #[error("the attribute {0} is there twice")]
    Twice(&'static str),
    /// An attribute without which the element says nothing.
    #[error("{element} has no {attribute}")]
    Missing {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// An element that is none of the document's; what is in it is left out.
    #[error("{0} is no element of a provisioning document")]
    Element(String),
    /// An element in a `parm`, or a root in the root; it is left out.
    #[error("{0} cannot stand there")]
    Misplaced(&'static str),
    /// Text between elements.
    #[error("text stands between the elements")]
    StrayText,
    /// Octets that are no UTF-8.
    #[error("a text is no UTF-8")]
    Utf8,
    /// Octets follow the root.
    #[error("{0} octets follow the document")]
    Trailing(usize),
    /// What the XML reader said.
    #[error("{0}")]
    Xml(String),
}
