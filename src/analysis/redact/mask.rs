//! Texts that must not be seen, and how they are taken out of others.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What stands in place of a secret, and begins what stands in place of an identity.
pub(super) const HIDDEN: &str = "***";
/// Octets by which patterns are found. Shorter ones are hidden only between quotes: anywhere else they may be anything.
const GRAM: usize = 4;
/// Letters and digits up to which a pattern is hidden only where it is a word of its own.
const WORD: usize = 8;
/// Digits of an IMEI, an IMSI, and what is made of them.
const NUMBER: RangeInclusive<usize> = 14..=17;
/// Digits of a telephone number behind its `+`.
const PHONE: RangeInclusive<usize> = 8..=15;
/// How names of devices say what they are.
const SCHEMES: &[&str] =
    &["IMEI:", "IMSI:", "MEID:", "ESN:", "MSISDN:", "MAC:", "UUID:", "TEL:", "URN:UUID:", "URN:IMEI:"];
/// What stands around values that are quoted.
const QUOTES: &[char] = &['"', '\'', '`', '“', '”', '>', '<', '='];

/// Octets of a secret up to which all its forms are looked for; findings quote the beginning of longer ones.
const LONG: usize = 64 << 10;

/// What comes in place of a text.
#[derive(Debug)]
struct Instead {
    by: Arc<str>,
    /// Whether the text counts only as a word of its own.
    word: bool,
}

/// Texts that begin with the same octets.
#[derive(Debug, Default)]
struct Shelf {
    texts: BTreeMap<Box<str>, Instead>,
    lengths: BTreeSet<usize>,
}

/// Texts that must not be seen, in every form in which they may show.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Mask {
    /// By their first octets.
    shelves: HashMap<[u8; GRAM], Shelf, foldhash::fast::FixedState>,
    short: BTreeMap<Box<str>, Instead>,
    longest: usize,
    /// The server's address, which a report shows: what is in it is no secret.
    shown: String,
}

impl Mask {
    /// `shown` is the server's address.
    pub(super) fn new(shown: &str) -> Self {
        Self { shown: shown.to_owned(), ..Self::default() }
    }

    /// Hides a secret.
    pub(super) fn secret(&mut self, text: &str) {
        self.hide(text, &HIDDEN.into());
    }

    /// Hides what may as well be part of the server's address, as the server's own user name often is.
    pub(super) fn name(&mut self, text: &str) {
        if !self.shown.contains(text.trim()) {
            self.secret(text);
        }
    }

    /// Hides who somebody is: the same one is the same one everywhere.
    pub(super) fn identity(&mut self, text: &str) {
        let text = text.trim();
        let bare = bare(text);
        let by: Arc<str> = pseudonym(bare).into();
        // A short one is told from other words by what stands before it.
        if bare.len() < GRAM && bare != text {
            let scheme = text.get(..text.len().saturating_sub(bare.len())).unwrap_or_default();
            self.hide(text, &format!("{scheme}{by}").into());
        } else {
            self.hide(bare, &by);
        }
        let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= WORD && digits != bare {
            self.hide(&digits, &by);
        }
    }

    /// Octets that are a secret.
    pub(super) fn octets(&mut self, octets: &[u8]) {
        let by = HIDDEN.into();
        self.forms_of(octets, &by);
        if let Ok(text) = std::str::from_utf8(octets) {
            self.hide(text, &by);
        }
    }

    fn hide(&mut self, text: &str, by: &Arc<str>) {
        for text in [text, text.trim()] {
            self.spelt(text, by);
        }
        if text.len() > LONG {
            return;
        }
        self.forms_of(text.trim().as_bytes(), by);
        // What it says in base64 is the secret itself.
        let clean: String = text.chars().filter(|ch| !ch.is_ascii_whitespace() && *ch != '=').collect();
        if clean.len() >= GRAM
            && let Ok(octets) = STANDARD_NO_PAD.decode(&clean)
        {
            self.add(&clean, by);
            self.forms_of(&octets, by);
            if let Ok(text) = std::str::from_utf8(&octets) {
                self.spelt(text, by);
            }
        }
    }

    /// A text as the wire, a finding, a message as text and an address write it.
    fn spelt(&mut self, text: &str, by: &Arc<str>) {
        self.add(text, by);
        if text.len() > LONG {
            return;
        }
        let quoted = format!("{text:?}");
        self.add(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default(), by);
        let marked = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.add(&marked.replace('"', "&quot;").replace('\'', "&apos;"), by);
        self.add(&marked, by);
        for upper in [true, false] {
            self.add(&percent(text, upper), by);
        }
    }

    /// Octets in base64 and in hexadecimal.
    fn forms_of(&mut self, octets: &[u8], by: &Arc<str>) {
        if octets.len() < GRAM {
            return;
        }
        for text in [STANDARD.encode(octets), STANDARD_NO_PAD.encode(octets), URL_SAFE_NO_PAD.encode(octets)] {
            self.add(&text, by);
        }
        let hex = octets.iter().fold(String::new(), |mut hex, octet| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{octet:02x}");
            hex
        });
        self.add(&hex.to_uppercase(), by);
        self.add(&hex, by);
    }

    fn add(&mut self, text: &str, by: &Arc<str>) {
        if text.is_empty() {
            return;
        }
        let word = text.len() < WORD && text.bytes().all(|octet| octet.is_ascii_alphanumeric());
        let instead = Instead { by: by.clone(), word };
        self.longest = self.longest.max(text.len());
        // Whoever came first stays.
        match text.as_bytes().first_chunk::<GRAM>() {
            Some(gram) => {
                let shelf = self.shelves.entry(*gram).or_default();
                shelf.lengths.insert(text.len());
                shelf.texts.entry(text.into()).or_insert(instead);
            }
            None => drop(self.short.entry(text.into()).or_insert(instead)),
        }
    }

    /// The text without what must not be seen; `None` where nothing of it is there.
    pub(in crate::analysis) fn text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut end = 0;
        for (start, _) in text.char_indices() {
            let Some((length, by)) = self.at(text, start) else { continue };
            let stop = start.saturating_add(length);
            // What overlaps goes together.
            if start >= end {
                out.push_str(text.get(end..start)?);
                out.push_str(&by);
                end = stop;
            }
            end = end.max(stop);
        }
        out.push_str(text.get(end..).unwrap_or_default());
        (end > 0).then_some(out)
    }

    /// What must not be seen at a place of a text: how long it is, and what comes in its place.
    fn at(&self, text: &str, at: usize) -> Option<(usize, Arc<str>)> {
        let rest = text.get(at..)?;
        let before = text.get(..at)?.chars().next_back();
        let shelf = rest.as_bytes().first_chunk::<GRAM>().and_then(|gram| self.shelves.get(gram));
        if let Some(shelf) = shelf {
            let alone = |length: usize| !joins(before) && !joins(after(rest, length));
            let hit = shelf.lengths.iter().rev().find_map(|length| {
                let instead = shelf.texts.get(rest.get(..*length)?)?;
                (!instead.word || alone(*length)).then_some((*length, instead))
            });
            if let Some((length, instead)) = hit {
                return Some((length, instead.by.clone()));
            }
            if let Some(hit) = self.beginning(rest, shelf) {
                return Some(hit);
            }
        }
        let quoted = |ch: Option<char>| ch.is_some_and(|ch| QUOTES.contains(&ch));
        if quoted(before) {
            let mut lengths = 1..GRAM;
            let hit = lengths.find_map(|length| {
                let instead = self.short.get(rest.get(..length)?)?;
                quoted(after(rest, length)).then_some((length, instead))
            });
            if let Some((length, instead)) = hit {
                return Some((length, instead.by.clone()));
            }
        }
        number(text, at).map(|length| (length, pseudonym(rest.get(..length).unwrap_or_default()).into()))
    }

    /// The beginning of a text that was cut and ends with `…`: it says enough.
    fn beginning(&self, rest: &str, shelf: &Shelf) -> Option<(usize, Arc<str>)> {
        let most = self.longest.saturating_add('…'.len_utf8()).min(rest.len());
        let most = (0..=most).rev().find(|end| rest.is_char_boundary(*end))?;
        let end = rest.get(..most)?.find('…').filter(|end| *end >= GRAM)?;
        let start = rest.get(..end)?;
        let from = (std::ops::Bound::Included(start), std::ops::Bound::Unbounded);
        let (text, instead) = shelf.texts.range::<str, _>(from).next()?;
        text.starts_with(start).then(|| (end, instead.by.clone()))
    }
}

/// Numbers that look as if they were somebody's, wherever they stand, and what stands between quotes: for texts on what
/// belongs to no session.
pub(super) fn loose(text: &str, quotes: bool) -> String {
    let mask = Mask::default();
    let masked = mask.text(text).unwrap_or_else(|| text.to_owned());
    if !quotes {
        return masked;
    }
    let mut out = String::new();
    for (number, part) in masked.split('"').enumerate() {
        if number > 0 {
            out.push('"');
        }
        out.push_str(if number % 2 == 1 { HIDDEN } else { part });
    }
    out
}

/// The character behind so many octets.
fn after(rest: &str, length: usize) -> Option<char> {
    rest.get(length..)?.chars().next()
}

fn joins(ch: Option<char>) -> bool {
    ch.is_some_and(char::is_alphanumeric)
}

/// The length of a number at a place of a text, where it looks like an IMEI, an IMSI or a telephone number. Among letters it may be
/// one, but not where all of them are hexadecimal digits.
fn number(text: &str, at: usize) -> Option<usize> {
    let (before, rest) = text.split_at_checked(at)?;
    let plus = usize::from(rest.starts_with('+'));
    let digits = rest.bytes().skip(plus).take_while(u8::is_ascii_digit).count();
    let range = if plus > 0 { PHONE } else { NUMBER };
    if !range.contains(&digits) || before.ends_with(|ch: char| ch.is_ascii_digit()) {
        return None;
    }
    let length = plus.saturating_add(digits);
    let joined = |ch: &char| ch.is_alphanumeric();
    let mut around = before.chars().rev().take_while(joined).chain(rest.get(length..)?.chars().take_while(joined));
    let (first, hexadecimal) = (around.next(), |ch: char| ch.is_ascii_hexdigit());
    (first.is_none_or(|first| !hexadecimal(first)) || !around.all(hexadecimal)).then_some(length)
}

/// A name without the scheme before it.
fn bare(text: &str) -> &str {
    let rest = |scheme: &&str| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    SCHEMES.iter().filter_map(rest).min_by_key(|rest| rest.len()).filter(|rest| !rest.is_empty()).unwrap_or(text)
}

/// What stands in place of an identity: the same for the same one, in every run.
fn pseudonym(identity: &str) -> String {
    let hash = Sha256::digest(identity.as_bytes());
    hash.iter().take(4).fold(HIDDEN.to_owned(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn percent(text: &str, upper: bool) -> String {
    text.bytes().fold(String::new(), |mut out, octet| {
        // Writing to a String cannot fail.
        let _ = match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(octet));
                Ok(())
            }
            _ if upper => write!(out, "%{octet:02X}"),
            _ => write!(out, "%{octet:02x}"),
        };
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secrets: &[&str], identities: &[&str]) -> Mask {
        let mut mask = Mask::new("http://dm.example.com/dm");
        identities.iter().for_each(|text| mask.identity(text));
        secrets.iter().for_each(|text| mask.secret(text));
        mask
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let mask = mask(&["Oh <Be>\"have\"\\ü"], &[]);
        let table = [
            "it is Oh <Be>\"have\"\\ü, is it",
            "it is Oh &lt;Be&gt;\"have\"\\ü, is it",
            "it is Oh &lt;Be&gt;&quot;have&quot;\\ü, is it",
            "it is \"Oh <Be>\\\"have\\\"\\\\ü\", is it",
            "it is Oh%20%3CBe%3E%22have%22%5C%C3%BC, is it",
            "it is Oh%20%3cBe%3e%22have%22%5c%c3%bc, is it",
            "it is T2ggPEJlPiJoYXZlIlzDvA==, is it",
            "it is 4f68203c42653e2268617665225cc3bc, is it",
            "it is \"Oh <Be>…\", is it",
        ];
        for text in table {
            let masked = mask.text(text).unwrap_or_else(|| text.to_owned());
            assert!(masked.replace('"', "") == "it is ***, is it" || masked.contains("***…"), "{text}: {masked}");
        }
        assert_eq!(mask.text("Oh, be have"), None);
        assert_eq!(mask.text(""), None);
    }

    #[test]
    fn what_stands_in_base64_is_hidden_in_clear() {
        let mask = mask(&["QnJ1Y2UyOk9oQmVoYXZl"], &[]);
        assert_eq!(mask.text("user Bruce2:OhBehave").as_deref(), Some("user ***"));
    }

    #[test]
    fn short_secrets_are_hidden_where_they_are_words_or_quoted() {
        let mask = mask(&["test", "ab"], &[]);
        assert_eq!(mask.text("the latest test \"test\"").as_deref(), Some("the latest *** \"***\""));
        assert_eq!(mask.text("about ab \"ab\" <Data>ab</Data>").as_deref(), Some("about ab \"***\" <Data>***</Data>"));
    }

    #[test]
    fn secrets_that_overlap_are_hidden_together() {
        let mask = mask(&["abcdefgh", "efghijkl"], &[]);
        assert_eq!(mask.text("x abcdefghijkl y").as_deref(), Some("x *** y"));
        assert_eq!(mask.text("abcdefghefghijkl").as_deref(), Some("******"));
    }

    #[test]
    fn an_identity_is_the_same_one_in_every_form() {
        let mask = mask(&[], &["IMEI:490154203237518", "me@example.org"]);
        let device = mask.text("IMEI:490154203237518").unwrap();
        let bare = device.strip_prefix("IMEI:").unwrap();
        assert!(bare.starts_with("***") && bare.len() == 11, "{device}");
        assert_eq!(mask.text("490154203237518").as_deref(), Some(bare));
        assert_eq!(Mask::default().text("a 490154203237518.").unwrap(), format!("a {bare}."));
        assert_ne!(mask.text("me@example.org").unwrap(), bare);
        assert!(mask.text(&device).is_none(), "nothing is left to hide");
    }

    #[test]
    fn numbers_that_look_like_somebody_are_hidden_anywhere() {
        let numbers = [
            "490154203237518",
            "to +4915112345678 now",
            "/dm/262073992311147?x",
            "49015420323751",
            "IMEI490154203237518",
            "490154203237518xb",
        ];
        for text in numbers {
            assert!(Mask::default().text(text).is_some_and(|masked| masked.contains("***")), "{text}");
        }
        for text in [
            "1234567890123",
            "123456789012345678",
            "a490154203237518",
            "490154203237518ff",
            "2026-01-01T00:00:00.000000Z",
            "+1234567",
        ] {
            assert_eq!(Mask::default().text(text), None, "{text}");
        }
        assert_eq!(loose("it begins with \"<se\" and \"cret\"", true), "it begins with \"***\" and \"***\"");
        assert_eq!(loose("plain", true), "plain");
    }

    #[test]
    fn what_is_part_of_the_servers_address_is_shown() {
        let mut mask = Mask::new("http://dm.example.com/dm");
        mask.name("dm.example.com");
        mask.name("dm-user");
        assert_eq!(
            mask.text("http://dm.example.com/dm by dm-user").as_deref(),
            Some("http://dm.example.com/dm by ***")
        );
    }
}
