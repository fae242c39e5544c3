//! One payload: read from a file or standard input, raw or as text, and told apart.

use super::decode::sms;
use super::exit::Failure;
use super::suggest::similar;
use crate::base::Limits;
use crate::provisioning;
use crate::push::{BootstrapPush, Push};
use crate::report::visible;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use clap::ValueEnum;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// Octets of a file that are read: the largest body as a hex dump with offsets and characters.
const LARGEST_FILE: u64 = 6 * Limits::BODY as u64;

/// What a payload is, where the user says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PayloadType {
    Wbxml,
    Xml,
    Notification,
    /// A bootstrap message: a provisioning document (OMA CP), or a push that carries one or a message of DM.
    #[value(name = "cp")]
    Provisioning,
    /// The image of a file on a smart card, with bootstrap documents in it.
    Card,
    /// Short messages: one TPDU, or lines of them in hexadecimal, with or without their service centre.
    Sms,
    Raw,
    Hex,
    Base64,
}

/// What a payload turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Wbxml,
    Xml,
    /// A notification, or a push that carries one.
    Notification,
    /// A provisioning document, or a push that carries a bootstrap message.
    Provisioning,
    /// The image of a file on a smart card.
    Card,
    /// Short messages.
    ShortMessages,
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = visible(&path.to_string_lossy()).into_owned();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::input(format!("{name}: there is no such file{}", hint(path))),
        _ => Failure::input(format!("{name}: it can't be read: {error}")),
    };
    let mut octets = Vec::new();
    if path.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            return Err(Failure::usage("standard input is a terminal; pipe a payload into it, or name a file"));
        }
        io::stdin().lock().take(LARGEST_FILE.saturating_add(1)).read_to_end(&mut octets).map_err(failed)?;
    } else {
        let file = fs::File::open(path).map_err(failed)?;
        file.take(LARGEST_FILE.saturating_add(1)).read_to_end(&mut octets).map_err(failed)?;
    }
    if u64::try_from(octets.len()).is_ok_and(|len| len > LARGEST_FILE) {
        let text = format!("{name}: this is larger than any payload; dmscope analyze reads captures");
        return Err(Failure::input(text));
    }
    if octets.is_empty() {
        return Err(Failure::input(format!("{name}: it is empty")));
    }
    Ok(octets)
}

/// A file beside a missing one whose name is like it.
fn hint(path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        .unwrap_or_default();
    names.sort_unstable();
    let missing = path.file_name().unwrap_or_default().to_string_lossy();
    match similar(&missing, names.iter().map(String::as_str)) {
        Some(name) => format!("; did you mean {}?", visible(name)),
        None => String::new(),
    }
}

/// The octets of the payload and what they are, from what was read and what the user said of it.
pub(super) fn unwrap(octets: Vec<u8>, said: &[PayloadType]) -> Result<(Vec<u8>, Kind), Failure> {
    let says = |what: PayloadType| said.contains(&what);
    let kinds = [
        (PayloadType::Wbxml, Kind::Wbxml),
        (PayloadType::Xml, Kind::Xml),
        (PayloadType::Notification, Kind::Notification),
        (PayloadType::Provisioning, Kind::Provisioning),
        (PayloadType::Card, Kind::Card),
        (PayloadType::Sms, Kind::ShortMessages),
    ];
    let kind = kinds.into_iter().find(|(what, _)| says(*what)).map(|(_, kind)| kind);
    let body = if says(PayloadType::Hex) {
        hex(&octets).or_else(|| dump(&octets)).ok_or_else(|| {
            Failure::input(
                "this is no hexadecimal text: pairs of digits, with blanks, colons, commas or 0x between them",
            )
        })?
    } else if says(PayloadType::Base64) {
        base64(&octets).ok_or_else(|| Failure::input("this is no base64 text"))?
    } else if says(PayloadType::Raw) || looks_like(&octets).is_some() {
        octets
    } else {
        // Octets that are a payload by themselves were taken above; text around a payload comes next. Hexadecimal
        // digits are letters of base64 too, so the stricter reading goes first.
        let mut read = [hex, dump, base64].into_iter().filter_map(|read| read(&octets));
        match read.find(|body| kind.is_some() || looks_like(body).is_some()) {
            Some(body) => body,
            None if kind.is_some() => octets,
            None => {
                let start = String::from_utf8_lossy(octets.get(..24).unwrap_or(&octets)).into_owned();
                return Err(Failure::input(format!(
                    "this is neither WBXML nor XML nor the push of a notification nor a short message, nor hexadecimal or base64 text of one; it begins with \"{}\". --type says what it is",
                    visible(&start)
                )));
            }
        }
    };
    let kind = kind.or_else(|| looks_like(&body)).unwrap_or(Kind::Wbxml);
    Ok((body, kind))
}

/// What octets are by their start: XML begins with `<` in some encoding; WBXML with a version octet, 1.0 to 1.3; a
/// push with its type.
pub(super) fn looks_like(octets: &[u8]) -> Option<Kind> {
    if sms::are_these(octets) {
        return Some(Kind::ShortMessages);
    }
    // A push begins as WBXML might; its media type leaves no doubt.
    if Push::decode(octets).is_ok() {
        return Some(Kind::Notification);
    }
    if BootstrapPush::decode(octets).is_err() && provisioning::is_card(octets) {
        return Some(Kind::Card);
    }
    if BootstrapPush::decode(octets).is_ok() || provisioning::is_wbxml(octets) || provisioning::is_xml(octets) {
        return Some(Kind::Provisioning);
    }
    let start = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start();
    match (start, octets) {
        ([b'<', ..], _) | (_, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..]) => Some(Kind::Xml),
        (_, [0..=3, ..]) => Some(Kind::Wbxml),
        _ => None,
    }
}

/// Pairs of hexadecimal digits with nothing but blanks, colons, commas, hyphens and `0x` or `\x` between them.
fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text;
    loop {
        rest = match rest {
            [] => break,
            [b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' | b'-', after @ ..] => after,
            [b'0' | b'\\', b'x', after @ ..] => after,
            [high, low, after @ ..] => {
                octets.push(digit(*high)? << 4 | digit(*low)?);
                after
            }
            _ => return None,
        };
    }
    (!octets.is_empty()).then_some(octets)
}

fn digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Lines of an offset, octets and characters, as `xxd`, `hexdump -C` and Wireshark write them. Each offset must be the
/// number of octets before it, which keeps characters that look like digits out.
fn dump(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut parsed: Vec<(usize, &str)> = Vec::new();
    for line in lines {
        let line = line.trim_start();
        let (offset, rest) = line.split_once([':', ' ']).unwrap_or((line, ""));
        if offset.len() < 4 {
            return None;
        }
        parsed.push((usize::from_str_radix(offset, 16).ok()?, rest));
    }
    let mut octets = Vec::new();
    let mut lines = parsed.iter().peekable();
    while let Some((offset, rest)) = lines.next() {
        if *offset != octets.len() {
            return None;
        }
        let wanted = lines.peek().map_or(16, |(next, _)| next.saturating_sub(*offset));
        let before = octets.len();
        // A wide gap separates the octets from the characters; hexdump has a narrower one in their middle.
        let words = rest.split('|').next().unwrap_or_default().trim_start();
        let words = words.find("   ").and_then(|gap| words.get(..gap)).unwrap_or(words);
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            let pairs = word.as_bytes().chunks(2).map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            });
            let Some(pairs) = pairs.collect::<Option<Vec<u8>>>() else { break };
            if octets.len().saturating_sub(before).saturating_add(pairs.len()) > wanted {
                break;
            }
            octets.extend(pairs);
        }
    }
    (!octets.is_empty()).then_some(octets)
}

/// Base64 with or without padding, in either alphabet, over any number of lines.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut text: Vec<u8> = text.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    while text.last() == Some(&b'=') {
        text.pop();
    }
    let octets = STANDARD_NO_PAD.decode(&text).or_else(|_| URL_SAFE_NO_PAD.decode(&text)).ok()?;
    (!octets.is_empty()).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WBXML: &[u8] = &[0x03, 0x01, 0x6a, 0x00, 0x6d, 0x6c, 0x01, 0x01];

    #[test]
    fn a_payload_is_told_apart_from_text_around_it() {
        let table: [(&[u8], &[u8], Kind); 14] = [
            (WBXML, WBXML, Kind::Wbxml),
            (b"\n <SyncML/>", b"\n <SyncML/>", Kind::Xml),
            (b"\xef\xbb\xbf<SyncML/>", b"\xef\xbb\xbf<SyncML/>", Kind::Xml),
            (b"\xff\xfe<\0", b"\xff\xfe<\0", Kind::Xml),
            (b"03016a006d6c0101", WBXML, Kind::Wbxml),
            (b"03 01 6A 00\n6d 6c 01 01\n", WBXML, Kind::Wbxml),
            (b"03:01:6a:00:6d:6c:01:01", WBXML, Kind::Wbxml),
            (b"0x03, 0x01, 0x6a, 0x00, 0x6d, 0x6c, 0x01, 0x01", WBXML, Kind::Wbxml),
            (b"\\x03\\x01\\x6a\\x00\\x6d\\x6c\\x01\\x01", WBXML, Kind::Wbxml),
            (b"00000000: 0301 6a00 6d6c 0101                      ..j.ml..\n", WBXML, Kind::Wbxml),
            (
                b"0000   03 01 6a 00                                       ..j.\n0004   6d 6c 01 01    ml..\n",
                WBXML,
                Kind::Wbxml,
            ),
            (b"00000000  03 01 6a 00 6d 6c 01 01                           |..j.ml..|\n00000008\n", WBXML, Kind::Wbxml),
            (b"AwFqAG1sAQE=\n", WBXML, Kind::Wbxml),
            (b"PFN5bmNNTC8-", b"<SyncML/>", Kind::Xml),
        ];
        for (text, body, kind) in table {
            let name = String::from_utf8_lossy(text).into_owned();
            assert_eq!(unwrap(text.to_vec(), &[]).unwrap(), (body.to_vec(), kind), "{name}");
        }
    }

    #[test]
    fn what_the_user_says_counts_more_than_the_content() {
        assert_eq!(unwrap(b"3c3c".to_vec(), &[PayloadType::Hex]).unwrap(), (b"<<".to_vec(), Kind::Xml));
        assert_eq!(unwrap(b"<x/>".to_vec(), &[PayloadType::Wbxml]).unwrap().1, Kind::Wbxml);
        assert_eq!(unwrap(b"zz".to_vec(), &[PayloadType::Xml]).unwrap(), (b"zz".to_vec(), Kind::Xml));
        for what in [PayloadType::Hex, PayloadType::Base64] {
            assert!(unwrap(b"<x/>".to_vec(), &[what]).is_err());
        }
        let refused = unwrap(b"hello \x1b[31m world".to_vec(), &[]).unwrap_err().to_string();
        assert!(refused.contains("begins with \"hello \\x1b[31m world\""), "{refused}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_octets_come_back_from_hex_and_base64(octets in proptest::collection::vec(any::<u8>(), 1..80)) {
            let text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            prop_assert_eq!(hex(text.as_bytes()), Some(octets.clone()));
            let text = base64::engine::general_purpose::STANDARD.encode(&octets);
            prop_assert_eq!(base64(text.as_bytes()), Some(octets.clone()));
            let mut lines = String::new();
            for (line, row) in octets.chunks(16).enumerate() {
                let pairs: Vec<String> = row.iter().map(|octet| format!("{octet:02x}")).collect();
                let chars: String = row.iter().map(|c| if c.is_ascii_graphic() { char::from(*c) } else { '.' }).collect();
                lines.push_str(&format!("{:08x}  {}   {chars}\n", line * 16, pairs.join(" ")));
            }
            prop_assert_eq!(dump(lines.as_bytes()), Some(octets.clone()));
            let _ = unwrap(octets, &[]);
        }
    }
}
