//! Which encoding a document is in, to UTF-8 and back.

use super::anomaly::{AnomalyKind, XmlError, XmlErrorKind};
use super::document::Notes;
use super::prolog;
use crate::base::Span;
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How the characters of a document were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// The name in the XML declaration, as written.
    pub declared: Option<Box<str>>,
    /// The name that the transport gave (`charset`), as written.
    pub transport: Option<Box<str>>,
    /// The encoding in which the document was read. ISO-8859-1 and US-ASCII are read as their superset windows-1252.
    pub actual: &'static str,
    /// Whether a byte order mark stands at the start.
    pub bom: bool,
    /// Whether it is UTF-16, of either byte order.
    pub utf16: bool,
    /// Whether U+FFFD stands for octets that could not be decoded.
    pub lossy: bool,
}

/// What came out: the document's text (byte order mark included) and how it was written.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) encoding: Encoding,
}

/// Decodes a body (XML 1.0, section 4.3.3 and appendix F; RFC 7303, section 3: a byte order mark comes first, then the
/// transport's charset, then the declaration).
pub(super) fn decode<'b>(body: &'b [u8], charset: Option<&str>, notes: &mut Notes) -> Result<Decoded<'b>, XmlError> {
    let unsupported = |name| XmlError { at: 0, kind: XmlErrorKind::UnsupportedEncoding { name } };
    let (sniffed, bom) = match body {
        [0xef, 0xbb, 0xbf, ..] => (Some(UTF_8), true),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] | [b'<', 0, 0, 0, ..] => {
            return Err(unsupported("UTF-32"));
        }
        [0x4c, 0x6f, 0xa7, 0x94, ..] => return Err(unsupported("EBCDIC")),
        [0xff, 0xfe, ..] => (Some(UTF_16LE), true),
        [0xfe, 0xff, ..] => (Some(UTF_16BE), true),
        [b'<', 0, ..] => (Some(UTF_16LE), false),
        [0, b'<', ..] => (Some(UTF_16BE), false),
        _ => (None, false),
    };
    let mut encoding = Encoding {
        declared: None,
        transport: charset.map(Into::into),
        actual: sniffed.unwrap_or(UTF_8).name(),
        bom,
        utf16: false,
        lossy: false,
    };
    if let Some(utf16) = sniffed.filter(|&sniffed| sniffed != UTF_8) {
        let (text, malformed) = utf16.decode_without_bom_handling(body);
        encoding.utf16 = true;
        encoding.declared = declared_encoding(&text);
        encoding.lossy = malformed;
        if malformed {
            notes.note(first_replacement(&text), AnomalyKind::UndecodableOctets { encoding: utf16.name() });
        }
        let fits = |name: &str| encoding_rs::Encoding::for_label(name.as_bytes()) == Some(utf16);
        if let Some(declared) = &encoding.declared
            && !fits(declared)
            && !declared.trim().eq_ignore_ascii_case("utf-16")
        {
            notes.note(0, AnomalyKind::EncodingMismatch { declared: declared.clone(), actual: utf16.name() });
        }
        return Ok(Decoded { text, encoding });
    }
    let utf8 = std::str::from_utf8(body);
    let head = match &utf8 {
        Ok(text) => text,
        Err(error) => body.get(..error.valid_up_to()).map_or("", |head| str::from_utf8(head).unwrap_or_default()),
    };
    encoding.declared = declared_encoding(head);
    let claimed = if bom { encoding.declared.clone() } else { charset.map(Into::into).or(encoding.declared.clone()) };
    let Some(claimed) = claimed else {
        return Ok(as_utf8(body, utf8, encoding, notes));
    };
    let label = claimed.trim();
    let Some(known) = encoding_rs::Encoding::for_label(label.as_bytes()) else {
        notes.note(0, AnomalyKind::UnknownEncoding { declared: claimed.clone() });
        return Ok(as_utf8(body, utf8, encoding, notes));
    };
    let ascii_only = utf8.is_ok_and(str::is_ascii);
    if known == UTF_8 || (ascii_only && known.is_single_byte()) {
        if known != UTF_8 {
            encoding.actual = known.name();
        }
        return Ok(as_utf8(body, utf8, encoding, notes));
    }
    let plain_ascii =
        ["us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us"].iter().any(|name| label.eq_ignore_ascii_case(name));
    // What says that it is UTF-16, but is not; what has the mark of UTF-8; and UTF-8 under the name of its subset.
    let declared = encoding.declared.as_deref().unwrap_or_default().trim().as_bytes();
    let not_as_claimed = bom
        || known == UTF_16LE
        || known == UTF_16BE
        || (!known.is_ascii_compatible() && ascii_only)
        // The transport says otherwise, but declaration and octets agree.
        || (utf8.is_ok() && encoding_rs::Encoding::for_label(declared) == Some(UTF_8));
    if not_as_claimed || (plain_ascii && utf8.is_ok()) {
        notes.note(0, AnomalyKind::EncodingMismatch { declared: claimed, actual: UTF_8.name() });
        return Ok(as_utf8(body, utf8, encoding, notes));
    }
    if plain_ascii {
        notes.note(0, AnomalyKind::EncodingMismatch { declared: claimed, actual: WINDOWS_1252.name() });
    }
    let (text, malformed) = known.decode_without_bom_handling(body);
    encoding.actual = known.name();
    encoding.lossy = malformed;
    if malformed {
        notes.note(first_replacement(&text), AnomalyKind::UndecodableOctets { encoding: known.name() });
    }
    Ok(Decoded { text, encoding })
}

fn first_replacement(text: &str) -> usize {
    text.find('\u{fffd}').unwrap_or(0)
}

fn as_utf8<'b>(
    body: &'b [u8],
    utf8: Result<&'b str, std::str::Utf8Error>,
    mut encoding: Encoding,
    notes: &mut Notes,
) -> Decoded<'b> {
    match utf8 {
        Ok(text) => Decoded { text: Cow::Borrowed(text), encoding },
        Err(error) => {
            notes.note(error.valid_up_to(), AnomalyKind::UndecodableOctets { encoding: UTF_8.name() });
            encoding.lossy = true;
            Decoded { text: String::from_utf8_lossy(body), encoding }
        }
    }
}

/// The encoding in the XML declaration, where one stands at the start (white space before it allowed).
fn declared_encoding(text: &str) -> Option<Box<str>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rest = text.trim_start().strip_prefix("<?xml")?;
    if !rest.starts_with([' ', '\t', '\r', '\n']) {
        return None;
    }
    let (raw, _) = rest.split_once("?>")?;
    prolog::declaration(raw, Span::default()).0.encoding
}

impl Encoding {
    /// How a text that was transcoded is written in the document's own encoding.
    pub(super) fn encode(&self, text: String) -> Vec<u8> {
        if self.utf16 {
            let to_bytes = if self.actual == UTF_16LE.name() { u16::to_le_bytes } else { u16::to_be_bytes };
            return text.encode_utf16().flat_map(to_bytes).collect();
        }
        match encoding_rs::Encoding::for_label(self.actual.as_bytes()) {
            Some(known) if known != UTF_8 => known.encode(&text).0.into_owned(),
            _ => text.into_bytes(),
        }
    }

    /// How many octets of `body` the text before an offset came from.
    pub(super) fn original_offset(&self, body: &[u8], before: &str) -> Option<usize> {
        if self.utf16 {
            return Some((before.encode_utf16().count() * 2).min(body.len()));
        }
        let known = encoding_rs::Encoding::for_label(self.actual.as_bytes())?;
        if known.is_single_byte() {
            return Some(before.chars().count().min(body.len()));
        }
        if known != UTF_8 {
            return None;
        }
        // Lossy UTF-8: one U+FFFD stands for each broken sequence.
        let (mut from, mut to) = (0, 0);
        for chunk in body.utf8_chunks() {
            if to + chunk.valid().len() >= before.len() {
                break;
            }
            to += chunk.valid().len();
            from += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                to += '\u{fffd}'.len_utf8();
                from += chunk.invalid().len();
            }
        }
        Some((from + before.len().saturating_sub(to)).min(body.len()))
    }
}
