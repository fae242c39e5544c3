//! Characters, names and references of XML 1.0.

/// White space of XML (section 2.3, S).
pub(super) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether all of it is white space.
pub(super) fn all_blank(text: &str) -> bool {
    text.bytes().all(is_blank)
}

/// Whether XML forbids the character everywhere (section 2.2, Char).
pub(super) const fn is_forbidden(ch: char) -> bool {
    matches!(ch, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text may hold a forbidden character. Reads at memory speed; most documents end here.
pub(super) fn may_have_forbidden(text: &[u8]) -> bool {
    let control = text.chunks(4_096).any(|chunk| {
        // No early end inside a chunk, so that the compiler can take many octets at once.
        chunk.iter().fold(false, |found, &octet| {
            found | ((octet < 0x20) & (octet != b'\t') & (octet != b'\n') & (octet != b'\r'))
        })
    });
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    control || memchr::memmem::find(text, b"\xef\xbf").is_some()
}

/// The forbidden characters of a text with their offsets.
pub(super) fn forbidden(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.char_indices().filter(|&(_, ch)| is_forbidden(ch))
}

const fn starts_name(ch: char) -> bool {
    matches!(ch,
        'A'..='Z' | 'a'..='z' | '_' | ':' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

const fn goes_on_name(ch: char) -> bool {
    starts_name(ch) || matches!(ch, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether it is a name (section 2.3, Name) with at most one colon, inside (Namespaces in XML 1.0, section 4, QName).
pub(super) fn is_qualified_name(name: &str) -> bool {
    let mut chars = name.chars();
    let colon_ok = match name.split_once(':') {
        None => true,
        Some((prefix, local)) => {
            !prefix.is_empty() && !local.contains(':') && local.chars().next().is_some_and(starts_name)
        }
    };
    colon_ok && chars.next().is_some_and(starts_name) && chars.all(goes_on_name)
}

/// What stood between `&` and `;`.
pub(super) enum Reference {
    /// A predefined entity, or a reference to a character that XML allows.
    Char(char),
    /// A character reference to anything else.
    BadChar,
    /// Any other entity.
    Unknown,
    /// No reference at all.
    NotAName,
}

/// Resolves a reference (section 4.1 and 4.6).
pub(super) fn reference(raw: &str) -> Reference {
    let code = match raw {
        "amp" => return Reference::Char('&'),
        "lt" => return Reference::Char('<'),
        "gt" => return Reference::Char('>'),
        "quot" => return Reference::Char('"'),
        "apos" => return Reference::Char('\''),
        _ => match raw.strip_prefix('#') {
            Some(code) => code,
            None if is_qualified_name(raw) => return Reference::Unknown,
            None => return Reference::NotAName,
        },
    };
    let number = match code.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|octet| octet.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if code.bytes().all(|octet| octet.is_ascii_digit()) => code.parse(),
        _ => return Reference::BadChar,
    };
    match number.ok().and_then(char::from_u32) {
        Some(ch) if !is_forbidden(ch) => Reference::Char(ch),
        _ => Reference::BadChar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_is_none() {
        for (name, expected) in [
            ("a", true),
            ("_a-1.b", true),
            ("s:SyncML", true),
            ("é", true),
            ("Rx-Pref", true),
            ("", false),
            ("1a", false),
            ("-a", false),
            (":a", false),
            ("a:", false),
            ("a:b:c", false),
            ("a:1", false),
            ("a b", false),
            ("a\0", false),
            ("a/b", false),
            ("\u{d7}", false),
        ] {
            assert_eq!(is_qualified_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn references_resolve_only_to_characters_of_xml() {
        for (raw, expected) in [
            ("amp", Some('&')),
            ("lt", Some('<')),
            ("#65", Some('A')),
            ("#x41", Some('A')),
            ("#x1F600", Some('😀')),
            ("#0", None),
            ("#x0", None),
            ("#xD800", None),
            ("#x110000", None),
            ("#99999999999", None),
            ("#", None),
            ("#x", None),
            ("#X41", None),
            ("#+5", None),
            ("AMP", None),
            ("lol9", None),
            ("#xFFFE", None),
        ] {
            let found = match reference(raw) {
                Reference::Char(ch) => Some(ch),
                _ => None,
            };
            assert_eq!(found, expected, "{raw}");
        }
    }

    #[test]
    fn the_quick_look_misses_no_forbidden_character() {
        for ch in (0..=0x1_0000).filter_map(char::from_u32) {
            let text = format!("abc{ch}");
            assert!(!is_forbidden(ch) || may_have_forbidden(text.as_bytes()), "{ch:?}");
            assert_eq!(forbidden(&text).count(), usize::from(is_forbidden(ch)));
        }
        assert!(!may_have_forbidden("a\t\r\n\u{7f}é€".as_bytes()));
    }
}
