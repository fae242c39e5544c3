//! A value decoded in place: every reading of it that makes sense.

use super::line::{Line, Tone, wrapped};
use crate::rules::{alert_meaning, status_meaning};
use crate::syncml::xml::{PrettyOptions, decode as decode_xml, write_pretty};
use crate::wbxml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Octets of a value that are shown in one reading.
const SHOWN: usize = 16 << 10;

/// All readings of a value.
pub fn readings(octets: &[u8], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut part = |name: &str, content: Vec<Line>| {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(Line::of(Tone::Heading, name));
        lines.extend(content);
    };
    let octets_name = format!("As it is ({} octets)", octets.len());
    part(&octets_name, raw(octets, width));
    let Ok(text) = std::str::from_utf8(octets) else {
        for (name, lines) in inner(octets, width) {
            part(name, lines);
        }
        return lines;
    };
    let trimmed = text.trim();
    if let Ok(code) = trimmed.parse::<u16>() {
        let meanings = [("As a status", status_meaning(code)), ("As an Alert", alert_meaning(code))];
        for (name, meaning) in meanings {
            if let Some(meaning) = meaning {
                part(name, vec![Line::of(Tone::Plain, format!("{code}: {meaning}"))]);
            }
        }
    }
    if let Some(decoded) = entities(trimmed) {
        part("Entities undone", wrapped(Tone::Value, "", &decoded, width));
    }
    if let Some(decoded) = percent(trimmed) {
        part("Percent signs undone (URL)", raw(&decoded, width));
    }
    for (name, lines) in inner(trimmed.as_bytes(), width) {
        part(name, lines);
    }
    if let Some(decoded) = hex(trimmed) {
        part("From hexadecimal", raw(&decoded, width));
    }
    let compact: String = trimmed.chars().filter(|ch| !ch.is_ascii_whitespace()).collect();
    if compact.len() >= 4
        && compact.len().is_multiple_of(4)
        && let Ok(decoded) = STANDARD.decode(&compact)
    {
        part("From Base64", raw(&decoded, width));
        for (name, lines) in inner(&decoded, width) {
            part(name, lines);
        }
    }
    lines
}

/// Text as text, other octets as a dump.
fn raw(octets: &[u8], width: usize) -> Vec<Line> {
    let shown = octets.get(..SHOWN).unwrap_or(octets);
    let mut lines = match std::str::from_utf8(shown) {
        Ok(text) => text.lines().flat_map(|line| wrapped(Tone::Value, "", line, width)).collect(),
        Err(_) => dump(shown),
    };
    let more = octets.len().saturating_sub(shown.len());
    if more > 0 {
        lines.push(Line::of(Tone::Dim, format!("… {more} more octets")));
    }
    lines
}

fn dump(octets: &[u8]) -> Vec<Line> {
    let row = |(number, row): (usize, &[u8])| {
        let pairs: Vec<String> = row.iter().map(|octet| format!("{octet:02x}")).collect();
        let shown = |octet: &u8| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '.' };
        let text: String = row.iter().map(shown).collect();
        Line::of(Tone::Dim, format!("{:06x}  ", number.saturating_mul(16)))
            .and(Tone::Value, format!("{:<47}  {text}", pairs.join(" ")))
    };
    octets.chunks(16).enumerate().map(row).collect()
}

/// Documents inside the octets: XML (TNDS and DDF among it), WBXML, a certificate.
fn inner(octets: &[u8], width: usize) -> Vec<(&'static str, Vec<Line>)> {
    let mut parts = Vec::new();
    let start = octets.trim_ascii_start();
    if start.starts_with(b"<")
        && let Ok(document) = decode_xml(start)
        && document.tree.root().is_some()
    {
        let text = write_pretty(&document.tree, &PrettyOptions::default());
        let has = |word: &[u8]| memchr::memmem::find(octets, word).is_some();
        let name = match has(b"MgmtTree") {
            true if has(b"DFProperties") => "As XML: a device description (DDF)",
            true => "As XML: a part of a management tree (TNDS)",
            false => "As XML",
        };
        parts.push((name, text.lines().map(|line| Line::of(Tone::Tag, line)).collect()));
    }
    if matches!(octets, [1..=3, _, _, ..])
        && let Ok(document) = wbxml::decode(octets, wbxml::Hint::NONE)
        && document.fault.is_none()
        && document.tree.root().is_some()
    {
        let text = write_pretty(&document.tree, &PrettyOptions::default());
        parts.push(("As WBXML", text.lines().map(|line| Line::of(Tone::Tag, line)).collect()));
    }
    if let Some(text) = certificate(octets) {
        parts.push(("As an X.509 certificate", wrapped(Tone::Plain, "", &text, width)));
    }
    parts
}

/// What a certificate says of itself.
fn certificate(octets: &[u8]) -> Option<String> {
    use x509_parser::prelude::{FromDer as _, X509Certificate};
    if octets.first() != Some(&0x30) {
        return None;
    }
    let (_, certificate) = X509Certificate::from_der(octets).ok()?;
    let validity = certificate.validity();
    Some(format!(
        "subject {}\nissuer {}\nserial {}\nvalid from {} to {}",
        certificate.subject(),
        certificate.issuer(),
        certificate.raw_serial_as_string(),
        validity.not_before,
        validity.not_after,
    ))
}

/// Pairs of hexadecimal digits.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|octet| !matches!(octet, b' ' | b':' | b'\n' | b'\r' | b'-')).collect();
    if digits.len() < 4 || !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// `%41` and the like; `None` where there is none.
fn percent(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    let mut any = false;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|pair| *first == b'%' && pair.iter().all(u8::is_ascii_hexdigit));
        let octet = pair.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match octet {
            Some(octet) => {
                any = true;
                out.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    any.then_some(out)
}

/// `&lt;`, `&#65;` and the like; `None` where there is none.
fn entities(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut any = false;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at_checked(at)?;
        out.push_str(before);
        let end = from.get(..from.len().min(12)).unwrap_or(from).find(';');
        let name = end.and_then(|end| from.get(1..end));
        let number = name.and_then(|name| name.strip_prefix('#'));
        let number = number.and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        });
        let known = match name {
            Some("lt") => Some('<'),
            Some("gt") => Some('>'),
            Some("amp") => Some('&'),
            Some("quot") => Some('"'),
            Some("apos") => Some('\''),
            Some("nbsp") => Some('\u{a0}'),
            _ => number.and_then(char::from_u32),
        };
        match (known, end) {
            (Some(ch), Some(end)) => {
                any = true;
                out.push(ch);
                rest = from.get(end.saturating_add(1)..).unwrap_or_default();
            }
            _ => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        readings(value.as_bytes(), 76).iter().map(|line| format!("{}\n", line.text())).collect()
    }

    #[test]
    fn a_value_is_read_in_every_way_that_makes_sense() {
        assert!(text("SGVsbG8sIHdvcmxk").contains("From Base64\nHello, world"));
        assert!(text("48656c6c6f").contains("From hexadecimal\nHello"));
        assert!(text("a%20b").contains("(URL)\na b"));
        assert!(text("&lt;a&gt;&#65;&#x42;").contains("Entities undone\n<a>AB"));
        assert!(text("401").contains("As a status\n401: "));
        assert!(text("1226").contains("As an Alert\n1226: "));
        assert!(text("<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>").contains("(TNDS)\n<MgmtTree>"));
        assert!(!text("plain words").contains("From"));
    }

    #[test]
    fn what_is_no_text_is_dumped() {
        let lines: String = readings(&[0xff, 0, 1], 76).iter().map(Line::text).collect();
        assert!(lines.contains("ff 00 01"), "{lines}");
    }

    proptest::proptest! {
        #[test]
        fn any_octets_have_readings(octets: Vec<u8>) {
            let _ = readings(&octets, 40);
        }

        #[test]
        fn any_text_has_readings(text in "[&#%a-zA-Z0-9;<>/ =]{0,60}") {
            let _ = readings(text.as_bytes(), 40);
        }
    }
}
