//! The header of a document (WBXML 1.3, section 5.4): version, public identifier, charset, string table.

use super::anomaly::{Anomalies, Anomaly};
use super::charset::{Charset, Fit};
use super::error::{WbxmlError, WbxmlErrorKind};
use super::language::{Hint, KnownId, Language};
use super::token::{Integer, Reader, Token, terminator};
use crate::base::Limits;
use crate::markup::Tag;
use std::borrow::Cow;

/// What stands before the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version octet: 0x01 is WBXML 1.1, 0x03 is 1.3.
    pub version: u8,
    /// The public identifier.
    pub public_id: PublicId,
    /// The MIBenum of the charset, 106 for UTF-8; `None` where the field is absent, as in WBXML 1.0.
    pub charset: Option<u32>,
    /// The string table as it was written, a terminator at its end included if there is one.
    pub string_table: Box<[u8]>,
    /// How many octets the integers of the header took.
    pub widths: Widths,
}

/// The public identifier of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicId {
    /// A number other than 0 and 1; [`KnownId::of_number`] knows those of SyncML.
    Number(u32),
    /// 0: the text stands in the string table.
    Table {
        /// Where it begins there.
        index: u32,
        /// The text up to its terminator, or up to the end of a table without one; `None` where the index is outside.
        text: Option<Box<str>>,
    },
    /// 1: "missing or unknown".
    Unknown,
}

impl PublicId {
    /// The identifier of the SyncML family that it is.
    pub fn known(&self) -> Option<&'static KnownId> {
        match self {
            Self::Number(number) => KnownId::of_number(*number),
            Self::Table { text, .. } => KnownId::of_text(text.as_deref()?),
            Self::Unknown => None,
        }
    }
}

/// Octets that the multi-byte integers of a header took; more than needed is a choice of the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widths {
    /// Of the public identifier.
    pub public_id: u8,
    /// Of the index that follows a public identifier of 0.
    pub index: u8,
    /// Of the charset.
    pub charset: u8,
    /// Of the length of the string table.
    pub table: u8,
}

impl Default for Widths {
    fn default() -> Self {
        Self { public_id: 1, index: 1, charset: 1, table: 1 }
    }
}

impl Header {
    /// Whether the last string of the table has its terminator; also true of an empty table. Toolkits that write the
    /// public identifier there leave it out.
    pub fn is_table_terminated(&self) -> bool {
        if self.charset().is_wide() {
            matches!(&*self.string_table, [] | [.., 0, 0])
        } else {
            matches!(&*self.string_table, [] | [.., 0])
        }
    }

    /// The string of the table that begins at an index, with what is said of its octets; `None` outside the table.
    pub(crate) fn string(&self, index: u32) -> Option<(Cow<'_, str>, Fit)> {
        let charset = self.charset();
        let octets = table_string(&self.string_table, index, charset)?;
        Some(charset.decode(octets))
    }

    /// The beginning of that string, from at most so many octets.
    pub(crate) fn excerpt(&self, index: u32, octets: usize) -> Option<Cow<'_, str>> {
        let at = usize::try_from(index).ok()?;
        let rest = self.string_table.get(at..).filter(|rest| !rest.is_empty())?;
        let rest = rest.get(..octets).unwrap_or(rest);
        Some(self.charset().decode(table_string(rest, 0, self.charset())?).0)
    }

    pub(crate) fn charset(&self) -> Charset {
        Charset::of(self.charset).0
    }
}

fn table_string(table: &[u8], index: u32, charset: Charset) -> Option<&[u8]> {
    let rest = table.get(usize::try_from(index).ok()?..).filter(|rest| !rest.is_empty())?;
    Some(terminator(rest, charset.is_wide()).and_then(|length| rest.get(..length)).unwrap_or(rest))
}

/// A header, where its body begins, and what the body's tokens mean.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) header: Header,
    pub(crate) language: Language,
    /// Why there is no body: a string table that cannot be had. The reader then stands before the table's length.
    pub(crate) fault: Option<WbxmlError>,
    pub(crate) anomalies: Anomalies,
}

/// Reads the header; the reader then stands at the body.
pub(crate) fn read(reader: &mut Reader<'_>, hint: Hint) -> Result<Start, WbxmlError> {
    let at = reader.at();
    if reader.rest().is_empty() {
        return Err(WbxmlError::new(at, WbxmlErrorKind::Empty));
    }
    let mut after = reader.clone();
    let mut start = fields(&mut after, hint, false)?;
    if start.header.version == 0 && !begins_with_root(&after, &start) {
        let mut with_charset = reader.clone();
        if let Ok(mut other) = fields(&mut with_charset, hint, true)
            && is_plausible(&with_charset, &other)
            && (begins_with_root(&with_charset, &other) || !is_plausible(&after, &start))
        {
            let widths = other.header.widths;
            let index = if matches!(other.header.public_id, PublicId::Table { .. }) { widths.index } else { 0 };
            let offset = at + 1 + usize::from(widths.public_id) + usize::from(index);
            other.anomalies.push(Anomaly::CharsetInVersion10 { offset });
            (after, start) = (with_charset, other);
        }
    }
    let version = start.header.version;
    if version > 0x0f && !(is_plausible(&after, &start) && start.header.public_id.known().is_some()) {
        return Err(WbxmlError::new(at, WbxmlErrorKind::Version { version }));
    }
    if version > 0x03 {
        start.anomalies.push(Anomaly::UnknownVersion { offset: at, version });
    }
    *reader = after;
    Ok(start)
}

/// Reads the fields; those of WBXML 1.0 have no charset, unless `charset` insists.
fn fields(reader: &mut Reader<'_>, hint: Hint, charset: bool) -> Result<Start, WbxmlError> {
    let mut anomalies = Anomalies::default();
    let mut widths = Widths::default();
    let version = reader.octet("the version")?;
    let number = field(reader, "the public identifier", &mut anomalies)?;
    widths.public_id = number.octets;
    let index = if number.value == 0 {
        let index = field(reader, "the index of the public identifier", &mut anomalies)?;
        widths.index = index.octets;
        Some(index)
    } else {
        None
    };
    let charset = if version > 0 || charset {
        let charset = field(reader, "the charset", &mut anomalies)?;
        widths.charset = charset.octets;
        if !Charset::of(Some(charset.value)).1 {
            anomalies.push(Anomaly::UnknownCharset { offset: charset.at, charset: charset.value });
        }
        Some(charset.value)
    } else {
        None
    };
    let (text_charset, _) = Charset::of(charset);
    reader.set_wide(text_charset.is_wide());

    let before = reader.clone();
    let length = field(reader, "the length of the string table", &mut anomalies)?;
    widths.table = length.octets;
    let (table, fault) = if length.value as usize > Limits::STRING_TABLE && length.value as usize <= reader.rest().len()
    {
        (&[][..], Some(WbxmlErrorKind::StringTableLimit { length: length.value }))
    } else {
        match reader.take(length.value) {
            Ok(table) => (table, None),
            Err(left) => (&[][..], Some(WbxmlErrorKind::StringTable { length: length.value, left })),
        }
    };
    let fault = fault.map(|kind| WbxmlError::new(length.at, kind));
    if fault.is_some() {
        *reader = before;
    }

    let public_id = match (number.value, index) {
        (_, Some(index)) => {
            let text = table_string(table, index.value, text_charset)
                .map(|octets| text_charset.decode(octets).0.into_owned().into_boxed_str());
            if text.is_none() && fault.is_none() {
                anomalies.push(Anomaly::PublicIdIndex { offset: index.at, index: index.value });
            }
            PublicId::Table { index: index.value, text }
        }
        (1, None) => PublicId::Unknown,
        (number, None) => PublicId::Number(number),
    };
    let language = match public_id.known() {
        Some(known) => known.language,
        None => hint.language.or_else(|| shape(reader)).unwrap_or(Language::SyncMl),
    };
    let header = Header { version, public_id, charset, string_table: table.into(), widths };
    Ok(Start { header, language, fault, anomalies })
}

/// An integer of the header; one that does not fit 32 bits makes the header unreadable.
fn field(reader: &mut Reader<'_>, what: &'static str, anomalies: &mut Anomalies) -> Result<Integer, WbxmlError> {
    let integer = reader.integer(what)?;
    if integer.overflow {
        return Err(WbxmlError::new(integer.at, WbxmlErrorKind::Integer { what }));
    }
    if integer.is_long() {
        anomalies.push(Anomaly::LongInteger { offset: integer.at, octets: integer.octets });
    }
    Ok(integer)
}

/// The page and token of the root element; the reader stays where it is.
fn root(reader: &Reader<'_>) -> Option<(u8, u8)> {
    let mut reader = reader.clone();
    let mut page = 0;
    // Eight tokens before the root are more than any document has: a switch, perhaps a PI.
    for _ in 0..8 {
        match reader.token().ok()? {
            Token::Switch(to) => page = to,
            Token::Instruction(_) => {}
            Token::Tag(octet) => return Some((page, octet & 0x3f)),
            _ => return None,
        }
    }
    None
}

/// The language whose root element the document begins with. Only three tokens are decisive; on page 0 they are
/// `SyncML`, `MgmtTree` and `DevInf` of three languages, and none of them is a root in the other two.
fn shape(reader: &Reader<'_>) -> Option<Language> {
    match root(reader)? {
        (0, 0x2d) => Some(Language::SyncMl),
        (0, 0x20) => Some(Language::Ddf),
        (0, 0x0a) => Some(Language::DevInf),
        _ => None,
    }
}

/// The first element, where the header was read in full and the element is known.
pub(crate) fn first_tag(reader: &Reader<'_>, start: &Start) -> Tag {
    match root(reader) {
        Some((page, token)) if start.fault.is_none() => start.language.tag(page, token),
        _ => Tag::Unknown,
    }
}

/// Whether the first element is the root of the language: far less of a coincidence than any known element, since many
/// letters are tag tokens.
fn begins_with_root(reader: &Reader<'_>, start: &Start) -> bool {
    Language::of_root(first_tag(reader, start)) == Some(start.language)
}

fn is_plausible(reader: &Reader<'_>, start: &Start) -> bool {
    first_tag(reader, start) != Tag::Unknown
}
