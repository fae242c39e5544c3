//! Media types of SyncML, and bodies told apart by their first octets.

use serde::{Deserialize, Serialize};

/// How a message is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// XML.
    Xml,
    /// WBXML.
    Wbxml,
}

impl Encoding {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Wbxml => "wbxml",
        }
    }
}

/// What a Content-Type header says of a body (media type registrations in OMA-TS-DM_RepPro-V1_2_1; HTTP binding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// `application/vnd.syncml.dm+xml`.
    DmXml,
    /// `application/vnd.syncml.dm+wbxml`.
    DmWbxml,
    /// `application/vnd.syncml+xml`: data synchronisation, though used for DM by some clients.
    DsXml,
    /// `application/vnd.syncml+wbxml`.
    DsWbxml,
    /// Another type, or one that does not parse.
    Other,
    /// No Content-Type.
    Missing,
}

impl MediaType {
    /// Reads a Content-Type value; parameters are ignored, the type is compared without case (RFC 9110, section 8.3.1).
    pub fn parse(value: Option<&str>) -> Self {
        let Some(value) = value else { return Self::Missing };
        let essence = value.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if is("application/vnd.syncml.dm+xml") {
            Self::DmXml
        } else if is("application/vnd.syncml.dm+wbxml") {
            Self::DmWbxml
        } else if is("application/vnd.syncml+xml") {
            Self::DsXml
        } else if is("application/vnd.syncml+wbxml") {
            Self::DsWbxml
        } else {
            Self::Other
        }
    }

    /// Whether it is one of the four SyncML types.
    pub const fn is_syncml(self) -> bool {
        matches!(self, Self::DmXml | Self::DmWbxml | Self::DsXml | Self::DsWbxml)
    }

    /// The encoding that it promises.
    pub const fn encoding(self) -> Option<Encoding> {
        match self {
            Self::DmXml | Self::DsXml => Some(Encoding::Xml),
            Self::DmWbxml | Self::DsWbxml => Some(Encoding::Wbxml),
            Self::Other | Self::Missing => None,
        }
    }
}

/// Octets of a body that [`sniff`] looks at.
pub const SNIFF: usize = 512;

/// What the first octets of a body look like: a SyncML document in XML or WBXML, or neither.
///
/// XML needs a `<SyncML` start tag (any prefix, any case) within the first [`SNIFF`] octets, in UTF-8 or UTF-16; WBXML a
/// version octet of 1.0–1.3 with a SyncML public identifier, by number or as a literal, or an unknown one followed by
/// the SyncML token.
pub fn sniff(body: &[u8]) -> Option<Encoding> {
    let head = body.get(..body.len().min(SNIFF)).unwrap_or_default();
    if looks_like_wbxml(head) {
        return Some(Encoding::Wbxml);
    }
    if matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..]) {
        let narrow: Vec<u8> = head.iter().copied().filter(|octet| *octet != 0 && octet.is_ascii()).collect();
        return has_root(&narrow).then_some(Encoding::Xml);
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    (start.first() == Some(&b'<') && has_root(start)).then_some(Encoding::Xml)
}

fn has_root(text: &[u8]) -> bool {
    // The root may follow a declaration, comments and a document type; what counts is a start tag of that local name.
    memchr::memchr_iter(b'<', text).any(|at| {
        let tag = text.get(at + 1..).unwrap_or_default();
        let end = tag.iter().position(|octet| matches!(octet, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'));
        let name = tag.get(..end.unwrap_or(tag.len())).unwrap_or_default();
        let local = name.rsplit(|octet| *octet == b':').next().unwrap_or_default();
        local.eq_ignore_ascii_case(b"SyncML")
    })
}

fn looks_like_wbxml(head: &[u8]) -> bool {
    match head {
        // Version, public id 0x0FD1/0x0FD3 (two octets) or 0x1201.
        [0..=3, 0x9f, 0x51 | 0x53, ..] | [0..=3, 0xa4, 0x01, ..] => true,
        // A literal public identifier, or an unknown one: the name or the root token must follow soon.
        [0..=3, 0x00 | 0x01, ..] => {
            let table = memchr::memmem::find(head, b"-//SYNCML//DTD SyncML").is_some()
                || memchr::memmem::find(head, b"-//SYNCML//DTD SYNCML").is_some();
            table
                || head
                    .get(2..head.len().min(8))
                    .unwrap_or_default()
                    .windows(2)
                    .any(|pair| matches!(pair, [0x6d, 0x6c]))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_apart_by_their_first_octets() {
        let table: &[(&[u8], Option<Encoding>)] = &[
            (b"<?xml version='1.0'?><SyncML xmlns='SYNCML:SYNCML1.2'>", Some(Encoding::Xml)),
            (b"\xef\xbb\xbf  <SyncML>", Some(Encoding::Xml)),
            (b"<!-- x --><s:SyncML xmlns:s='SYNCML:SYNCML1.2'>", Some(Encoding::Xml)),
            (b"<syncml>", Some(Encoding::Xml)),
            (b"<html><body>", None),
            (b"<SyncMLX>", None),
            (b"\x03\xa4\x01\x6a\x00\x6d", Some(Encoding::Wbxml)),
            (b"\x02\x00\x00\x6a\x1d-//SYNCML//DTD SyncML 1.2//EN", Some(Encoding::Wbxml)),
            (b"\x03\x01\x6a\x00\x6d\x6c", Some(Encoding::Wbxml)),
            (b"\x03\x0b\x6a\x00", None),
            (b"", None),
        ];
        for (body, expected) in table {
            assert_eq!(sniff(body), *expected, "{}", String::from_utf8_lossy(body));
        }
        let utf16: Vec<u8> = "<SyncML>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(sniff(&utf16), Some(Encoding::Xml));
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters_and_without_case() {
        assert_eq!(MediaType::parse(Some("Application/vnd.SyncML.dm+XML; charset=utf-8")), MediaType::DmXml);
        assert_eq!(MediaType::parse(Some("application/vnd.syncml+wbxml")), MediaType::DsWbxml);
        assert_eq!(MediaType::parse(Some("text/html")), MediaType::Other);
        assert_eq!(MediaType::parse(None), MediaType::Missing);
    }
}
