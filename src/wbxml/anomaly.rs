//! What was odd about a document, and yet understood.

use crate::base::Limits;
use std::fmt;

/// Something odd about a document that was understood all the same. Offsets count octets from the start of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anomaly {
    /// The version octet is none of WBXML 1.0 to 1.3; the document was read as 1.3.
    UnknownVersion {
        /// Where: the first octet of the document.
        offset: usize,
        /// The octet.
        version: u8,
    },
    /// The version octet says 1.0, which has no charset field, but one is there.
    CharsetInVersion10 {
        /// The charset field.
        offset: usize,
    },
    /// The public identifier is a reference to a place outside the string table.
    PublicIdIndex {
        /// The index in the header.
        offset: usize,
        /// Its value.
        index: u32,
    },
    /// The charset is none that can be decoded; text was read as UTF-8.
    UnknownCharset {
        /// The charset field.
        offset: usize,
        /// Its MIBenum.
        charset: u32,
    },
    /// A multi-byte integer has more than five octets or more than 32 bits (WBXML 1.3, section 5.1).
    LongInteger {
        /// Its first octet.
        offset: usize,
        /// Its octets.
        octets: u8,
    },
    /// A switch to a code page that the document's language does not have.
    UnknownPage {
        /// The SWITCH_PAGE token.
        offset: usize,
        /// The page.
        page: u8,
    },
    /// A tag token that its code page does not have.
    UnknownTag {
        /// The token.
        offset: usize,
        /// The page in force.
        page: u8,
        /// The token without content and attribute bits.
        token: u8,
    },
    /// A tag with attributes, which no SyncML language has; they were skipped.
    Attributes {
        /// The tag token.
        offset: usize,
        /// Octets of the attribute list, its END included.
        length: usize,
    },
    /// A LITERAL tag names a place outside the string table.
    LiteralIndex {
        /// The LITERAL token.
        offset: usize,
        /// The index.
        index: u32,
    },
    /// A STR_T names a place outside the string table; the text is empty.
    StringIndex {
        /// The STR_T token.
        offset: usize,
        /// The index.
        index: u32,
    },
    /// A string is not in the charset of the document; what could not be read became U+FFFD.
    BadText {
        /// The token.
        offset: usize,
    },
    /// The charset says US-ASCII, but the string has octets above 0x7F; it was read as UTF-8.
    NotAscii {
        /// The token.
        offset: usize,
    },
    /// An ENTITY names no character; it became U+FFFD.
    BadEntity {
        /// The ENTITY token.
        offset: usize,
        /// The code.
        code: u32,
    },
    /// Text before the root element.
    TextOutsideRoot {
        /// The token.
        offset: usize,
    },
    /// The document ends while elements are open.
    MissingEnd {
        /// Where it ends.
        offset: usize,
        /// Elements that are open.
        count: usize,
    },
    /// END tokens after the END of the root element.
    SurplusEnd {
        /// The first of them.
        offset: usize,
        /// How many.
        count: usize,
    },
    /// A single octet 00 after the END of the root element.
    TrailingNul {
        /// The octet.
        offset: usize,
    },
    /// Octets after the END of the root element, other than a single 00.
    TrailingOctets {
        /// The first of them.
        offset: usize,
        /// How many.
        count: usize,
    },
}

impl Anomaly {
    const KINDS: usize = 18;

    /// Octets from the start of the body to the place.
    pub const fn offset(&self) -> usize {
        match *self {
            Self::UnknownVersion { offset, .. }
            | Self::CharsetInVersion10 { offset }
            | Self::PublicIdIndex { offset, .. }
            | Self::UnknownCharset { offset, .. }
            | Self::LongInteger { offset, .. }
            | Self::UnknownPage { offset, .. }
            | Self::UnknownTag { offset, .. }
            | Self::Attributes { offset, .. }
            | Self::LiteralIndex { offset, .. }
            | Self::StringIndex { offset, .. }
            | Self::BadText { offset }
            | Self::NotAscii { offset }
            | Self::BadEntity { offset, .. }
            | Self::TextOutsideRoot { offset }
            | Self::MissingEnd { offset, .. }
            | Self::SurplusEnd { offset, .. }
            | Self::TrailingNul { offset }
            | Self::TrailingOctets { offset, .. } => offset,
        }
    }

    const fn kind(&self) -> usize {
        match self {
            Self::UnknownVersion { .. } => 0,
            Self::CharsetInVersion10 { .. } => 1,
            Self::PublicIdIndex { .. } => 2,
            Self::UnknownCharset { .. } => 3,
            Self::LongInteger { .. } => 4,
            Self::UnknownPage { .. } => 5,
            Self::UnknownTag { .. } => 6,
            Self::Attributes { .. } => 7,
            Self::LiteralIndex { .. } => 8,
            Self::StringIndex { .. } => 9,
            Self::BadText { .. } => 10,
            Self::NotAscii { .. } => 11,
            Self::BadEntity { .. } => 12,
            Self::TextOutsideRoot { .. } => 13,
            Self::MissingEnd { .. } => 14,
            Self::SurplusEnd { .. } => 15,
            Self::TrailingNul { .. } => 16,
            Self::TrailingOctets { .. } => 17,
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: ", self.offset())?;
        match *self {
            Self::UnknownVersion { version, .. } => {
                write!(f, "version octet 0x{version:02X} is not in WBXML 1.0 to 1.3; read as 1.3")
            }
            Self::CharsetInVersion10 { .. } => {
                f.write_str("version octet 0x00 says WBXML 1.0, which has no charset field, but one is there")
            }
            Self::PublicIdIndex { index, .. } => {
                write!(f, "the public identifier refers to {index}, outside the string table")
            }
            Self::UnknownCharset { charset, .. } => {
                write!(f, "charset {charset} (MIBenum) cannot be decoded; text was read as UTF-8")
            }
            Self::LongInteger { octets, .. } => {
                write!(f, "a multi-byte integer of {octets} octets; five octets and 32 bits are allowed")
            }
            Self::UnknownPage { page, .. } => write!(f, "switch to code page {page}, which the language does not have"),
            Self::UnknownTag { page, token, .. } => write!(f, "tag token 0x{token:02X} is not defined on page {page}"),
            Self::Attributes { length, .. } => {
                write!(f, "a tag with the attribute bit; {length} octets of attributes were skipped")
            }
            Self::LiteralIndex { index, .. } => write!(f, "a LITERAL tag refers to {index}, outside the string table"),
            Self::StringIndex { index, .. } => {
                write!(f, "STR_T refers to {index}, outside the string table; read as empty")
            }
            Self::BadText { .. } => f.write_str("a string that is not in the charset of the document"),
            Self::NotAscii { .. } => {
                f.write_str("a string with octets above 0x7F though the charset is US-ASCII; read as UTF-8")
            }
            Self::BadEntity { code, .. } => write!(f, "ENTITY 0x{code:X} is no character"),
            Self::TextOutsideRoot { .. } => f.write_str("text before the root element"),
            Self::MissingEnd { count, .. } => write!(f, "the document ends with {count} elements open"),
            Self::SurplusEnd { count, .. } => write!(f, "{count} END tokens after the END of the root element"),
            Self::TrailingNul { .. } => f.write_str("one octet 00 after the END of the root element"),
            Self::TrailingOctets { count, .. } => write!(f, "{count} octets after the END of the root element"),
        }
    }
}

/// Anomalies with a ceiling for each kind; past it they are counted.
#[derive(Debug, Default)]
pub(crate) struct Anomalies {
    pub(crate) list: Vec<Anomaly>,
    pub(crate) left_out: usize,
    counts: [usize; Anomaly::KINDS],
}

impl Anomalies {
    pub(crate) fn push(&mut self, anomaly: Anomaly) {
        let Some(count) = self.counts.get_mut(anomaly.kind()) else { return };
        if *count < Limits::PROBLEMS_OF_A_KIND {
            *count += 1;
            self.list.push(anomaly);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}
