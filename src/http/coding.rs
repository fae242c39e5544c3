//! Content codings (RFC 9110, section 8.4.1): gzip and deflate, with ceilings.

use super::exchange::{Anomaly, ContentCoding, Header};
use super::framing::values;
use crate::base::Limits;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::Read;

/// What the Content-Encoding of a head asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coded {
    No,
    Yes(ContentCoding),
    /// A coding that is not known, or several.
    Unknown,
}

/// The coding that a head names.
pub(super) fn named(headers: &[Header]) -> Coded {
    let mut coded = Coded::No;
    for value in values(headers, "content-encoding") {
        let coding = match value.to_ascii_lowercase().as_slice() {
            b"" | b"identity" => continue,
            b"gzip" | b"x-gzip" => Coded::Yes(ContentCoding::Gzip),
            b"deflate" => Coded::Yes(ContentCoding::Deflate),
            _ => Coded::Unknown,
        };
        coded = if coded == Coded::No { coding } else { Coded::Unknown };
    }
    coded
}

/// A body without its content coding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) body: Vec<u8>,
    /// [`Anomaly::BrokenContentCoding`] or [`Anomaly::ContentCodingLimit`].
    pub(super) anomaly: Option<Anomaly>,
}

/// Undoes a coding as far as it can be undone; `None` when not a single octet came out of a broken body.
pub(super) fn undo(coding: ContentCoding, body: &[u8]) -> Option<Decoded> {
    match coding {
        ContentCoding::Gzip => gunzip(body),
        ContentCoding::Deflate => inflate(body),
    }
}

/// One or more gzip members; what follows them and is none is padding.
fn gunzip(body: &[u8]) -> Option<Decoded> {
    let mut out = Vec::new();
    let mut rest = body;
    loop {
        let mut decoder = GzDecoder::new(rest);
        let end = read(&mut decoder, &mut out);
        let left = decoder.into_inner();
        match end {
            End::Complete if left.starts_with(&[0x1f, 0x8b]) && left.len() < rest.len() => rest = left,
            end => return end.decoded(out),
        }
    }
}

/// A zlib stream (RFC 1950), which the coding is by its definition, or bare deflate (RFC 1951), which is sent as well.
fn inflate(body: &[u8]) -> Option<Decoded> {
    let mut out = Vec::new();
    if has_zlib_header(body) {
        let end = read(&mut ZlibDecoder::new(body), &mut out);
        if end != End::Broken || !out.is_empty() {
            return end.decoded(out);
        }
    }
    let end = read(&mut DeflateDecoder::new(body), &mut out);
    end.decoded(out)
}

/// RFC 1950, section 2.2: method 8, and a check that makes the two octets a multiple of 31.
fn has_zlib_header(body: &[u8]) -> bool {
    match body {
        [cmf, flg, ..] => cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flg]) % 31 == 0,
        _ => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Broken,
    Limit,
}

impl End {
    fn decoded(self, body: Vec<u8>) -> Option<Decoded> {
        let anomaly = match self {
            Self::Complete => None,
            Self::Broken if body.is_empty() => return None,
            Self::Broken => Some(Anomaly::BrokenContentCoding),
            Self::Limit => Some(Anomaly::ContentCodingLimit),
        };
        Some(Decoded { body, anomaly })
    }
}

/// Reads until the end, an error or the ceiling. Every turn takes at least one octet.
fn read(decoder: &mut dyn Read, out: &mut Vec<u8>) -> End {
    let mut window = [0u8; 16 << 10];
    loop {
        let count = match decoder.read(&mut window) {
            Ok(0) => return End::Complete,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return End::Broken,
        };
        let room = Limits::DECODED_BODY.saturating_sub(out.len());
        out.extend_from_slice(window.get(..count.min(room)).unwrap_or_default());
        if count > room {
            return End::Limit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const TEXT: &[u8] = b"<SyncML><SyncHdr>all of it, and all of it, and all of it</SyncHdr></SyncML>";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_both_kinds_of_deflate_are_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(TEXT).unwrap();
        let twice = [gzip(&TEXT[..10]), gzip(&TEXT[10..])].concat();
        let padded = [gzip(TEXT), b"\0\0\0".to_vec()].concat();
        for (coding, body) in [
            (ContentCoding::Gzip, gzip(TEXT)),
            (ContentCoding::Gzip, twice),
            (ContentCoding::Gzip, padded),
            (ContentCoding::Deflate, zlib.finish().unwrap()),
            (ContentCoding::Deflate, raw.finish().unwrap()),
        ] {
            assert_eq!(undo(coding, &body), Some(Decoded { body: TEXT.to_vec(), anomaly: None }));
        }
    }

    #[test]
    fn of_a_broken_body_the_readable_part_is_kept() {
        let mut body = gzip(TEXT);
        body.truncate(body.len() - 6);
        let decoded = undo(ContentCoding::Gzip, &body).unwrap();
        assert_eq!(decoded.anomaly, Some(Anomaly::BrokenContentCoding));
        assert!(TEXT.starts_with(&decoded.body));
        assert_eq!(undo(ContentCoding::Gzip, TEXT), None);
        assert_eq!(undo(ContentCoding::Deflate, b"\xff\xff\xff"), None);
    }

    #[test]
    fn every_prefix_of_a_coded_body_is_survived() {
        let body = gzip(TEXT);
        for end in 0..body.len() {
            if let Some(decoded) = undo(ContentCoding::Gzip, &body[..end]) {
                assert!(TEXT.starts_with(&decoded.body), "{end}");
            }
            let _ = undo(ContentCoding::Deflate, &body[..end]);
        }
    }

    #[test]
    fn a_bomb_ends_at_the_ceiling() {
        let bomb = gzip(&vec![0; Limits::DECODED_BODY + 1]);
        let decoded = undo(ContentCoding::Gzip, &bomb).unwrap();
        assert_eq!(decoded.body.len(), Limits::DECODED_BODY);
        assert_eq!(decoded.anomaly, Some(Anomaly::ContentCodingLimit));
    }

    #[test]
    fn the_coding_is_named_by_the_head() {
        for (value, expected) in [
            ("gzip", Coded::Yes(ContentCoding::Gzip)),
            ("X-GZIP", Coded::Yes(ContentCoding::Gzip)),
            ("deflate", Coded::Yes(ContentCoding::Deflate)),
            ("identity", Coded::No),
            ("", Coded::No),
            ("identity, gzip", Coded::Yes(ContentCoding::Gzip)),
            ("br", Coded::Unknown),
            ("gzip, gzip", Coded::Unknown),
        ] {
            let header = Header { name: b"content-encoding"[..].into(), value: value.as_bytes().into() };
            assert_eq!(named(&[header]), expected, "{value}");
        }
    }
}
