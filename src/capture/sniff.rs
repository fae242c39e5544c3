//! What a file is, by its first octets.

use super::unfold::Compression;
use super::{pcap, pcapng};

/// What the first octets of a file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Pcap,
    Pcapng,
    Compressed(Compression),
    /// Something else: what, and what to do about it.
    Other(&'static str, &'static str),
}

/// Octets that are enough to tell.
pub(super) const ENOUGH: usize = 64;

const EXPECTED: &str = "a pcap or pcapng file was expected";
const CONVERT: &str = "convert it with `editcap -F pcapng IN OUT`, which is a part of Wireshark";
const UNPACK: &str = "unpack it first; gzip and zstd are read as they are";
const DECODE: &str = "a pcap or pcapng file was expected; a single message can be read with `dmscope decode`";

/// First octets of files that people confuse with captures.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"GMBU", "a Microsoft Network Monitor capture", CONVERT),
    (b"RTSS", "a Microsoft Network Monitor capture", CONVERT),
    (b"snoop\0\0\0", "a Solaris snoop capture", CONVERT),
    (b"\x54\x52\x00\x64\x00", "a NetXray capture", CONVERT),
    (b"XCP\0", "a NetXray or Sniffer capture", CONVERT),
    (b"TRSNIFF data", "a Sniffer capture", CONVERT),
    (b"btsnoop\0", "a Bluetooth snoop capture", EXPECTED),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", UNPACK),
    (b"\x04\x22\x4d\x18", "an lz4 archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"PK\x03\x04", "a ZIP archive", UNPACK),
    (b"%PDF", "a PDF document", EXPECTED),
    (b"\x7fELF", "a program", EXPECTED),
    (b"MZ", "a program", EXPECTED),
    (b"CLIENT_RANDOM ", "a TLS key log, which belongs to a capture", "name the capture instead"),
    (b"# SSL/TLS secrets", "a TLS key log, which belongs to a capture", "name the capture instead"),
    // WBXML version 1.1 to 1.3 and a public identifier of SyncML: in the string table, or by number.
    (b"\x02\x00\x00\x6a", "a WBXML message", DECODE),
    (b"\x01\x00\x00\x6a", "a WBXML message", DECODE),
    (b"\x03\x00\x00\x6a", "a WBXML message", DECODE),
    (b"\x02\xa4\x01\x6a", "a WBXML message of SyncML", DECODE),
    (b"\x02\xa4\x03\x6a", "a WBXML message of SyncML", DECODE),
    (b"\x02\x9f\x53\x6a", "a WBXML message of SyncML", DECODE),
];

/// What a file with these first octets is. Give [`ENOUGH`] where the file has them.
pub(super) fn look(first: &[u8]) -> Look {
    if pcap::magic(first).is_some() {
        return Look::Pcap;
    }
    if pcapng::section_order(first).is_some() {
        return Look::Pcapng;
    }
    if let Some(compression) = Compression::detect(first) {
        return Look::Compressed(compression);
    }
    if let Some((_, what, advice)) = OTHERS.iter().find(|(magic, ..)| first.starts_with(magic)) {
        return Look::Other(what, advice);
    }
    text(first)
}

/// Whether a file that ends after these octets may be a capture whose copy was cut inside its first header.
pub(super) fn is_beginning(first: &[u8]) -> bool {
    const MAGICS: [[u8; 4]; 7] = [
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x34, 0xcd, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xcd, 0x34],
        [0x0a, 0x0d, 0x0d, 0x0a],
    ];
    !first.is_empty()
        && MAGICS.iter().any(|magic| first.starts_with(magic) && first.len() < 12 || magic.starts_with(first))
}

fn text(first: &[u8]) -> Look {
    let (first, wide) = match first {
        [0xef, 0xbb, 0xbf, rest @ ..] => (rest, false),
        [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] => (rest, true),
        rest => (rest, false),
    };
    if wide {
        return Look::Other("a UTF-16 text", DECODE);
    }
    let begun = first.trim_ascii_start();
    let head = begun.get(..begun.len().min(9)).unwrap_or_default().to_ascii_lowercase();
    if head.starts_with(b"<!doctype") || head.starts_with(b"<html") {
        return Look::Other("a web page (a download that failed, perhaps)", EXPECTED);
    }
    match begun.first() {
        Some(b'<') => return Look::Other("an XML document", DECODE),
        Some(b'{' | b'[') => return Look::Other("a JSON document", EXPECTED),
        _ => {}
    }
    let is_text = |octet: &u8| matches!(octet, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    // A character may be cut at the end of what was looked at.
    let valid = std::str::from_utf8(first).map_or_else(|error| error.valid_up_to() + 4 > first.len(), |_| true);
    if valid && first.iter().all(is_text) {
        return Look::Other("a text", EXPECTED);
    }
    if first.iter().all(|octet| *octet == 0) {
        return Look::Other("a file that begins with zeros (a copy that failed, perhaps)", EXPECTED);
    }
    Look::Other("a binary file of an unknown format", EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_files_are_told_apart() {
        let cases: &[(&[u8], &str)] = &[
            (b"%PDF-1.7\n", "PDF"),
            (b"  <!DOCTYPE html><html>", "web page"),
            (b"<HTML>", "web page"),
            (b"<?xml version='1.0'?><SyncML>", "XML"),
            (b"\xef\xbb\xbf<SyncML/>", "XML"),
            (b"{\"log\": {}}", "JSON"),
            (b"\xff\xfeh\0e\0", "UTF-16"),
            (b"hello, world\n", "a text"),
            ("Grüße".as_bytes(), "a text"),
            (b"PK\x03\x04abc", "ZIP"),
            (b"\x02\x00\x00\x6a\x1d", "WBXML"),
            (b"\0\0\0\0\0\0\0\0", "zeros"),
            (b"\x80\x01\x02\x03", "unknown format"),
            (b"CLIENT_RANDOM 00", "key log"),
        ];
        for (first, expected) in cases {
            let Look::Other(what, advice) = look(first) else { panic!("{expected} was taken for a capture") };
            assert!(what.contains(expected), "{what:?} does not say {expected:?}");
            assert!(!advice.is_empty());
        }
    }

    #[test]
    fn the_first_octets_of_a_capture_may_be_all_there_is() {
        for begun in [&b"\xd4"[..], b"\x0a\x0d\x0d\x0a", b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d"] {
            assert!(is_beginning(begun));
        }
        for other in [&b""[..], b"a", b"\x0a\x0d\x0d\x0b"] {
            assert!(!is_beginning(other));
        }
    }
}
