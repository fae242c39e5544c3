//! Character sets of WBXML strings, by MIBenum (IANA "Character Sets"; WBXML 1.3, section 5.4, field `charset`).

use encoding_rs::Encoding;
use std::borrow::Cow;

/// How strings of a document are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Charset {
    /// 106, and whatever is not known.
    Utf8,
    /// 3; read as UTF-8 where it is not.
    Ascii,
    /// 4.
    Latin1,
    /// 1013, 1014, 1015 and 1000.
    Utf16(Order),
    /// One of the sets that `encoding_rs` has.
    Other(&'static Encoding),
}

/// The order of octets in UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
    /// By the byte order mark, or else by where the zeros are, or else big-endian (RFC 2781, section 4.3).
    Unsaid,
}

/// How well octets fitted the charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Exact,
    NotAscii,
    Lossy,
}

impl Charset {
    /// The charset of a MIBenum, and whether it is known. 0 is "unknown" by definition and no surprise.
    pub(crate) fn of(mib: Option<u32>) -> (Self, bool) {
        let other = match mib {
            None | Some(0 | 106) => return (Self::Utf8, true),
            Some(3) => return (Self::Ascii, true),
            Some(4) => return (Self::Latin1, true),
            Some(1013) => return (Self::Utf16(Order::Big), true),
            Some(1014) => return (Self::Utf16(Order::Little), true),
            Some(1000 | 1015) => return (Self::Utf16(Order::Unsaid), true),
            Some(5) => encoding_rs::ISO_8859_2,
            Some(6) => encoding_rs::ISO_8859_3,
            Some(7) => encoding_rs::ISO_8859_4,
            Some(8) => encoding_rs::ISO_8859_5,
            Some(9) => encoding_rs::ISO_8859_6,
            Some(10) => encoding_rs::ISO_8859_7,
            Some(11) => encoding_rs::ISO_8859_8,
            Some(12 | 2254) => encoding_rs::WINDOWS_1254,
            Some(111) => encoding_rs::ISO_8859_15,
            Some(17) => encoding_rs::SHIFT_JIS,
            Some(18) => encoding_rs::EUC_JP,
            Some(38) => encoding_rs::EUC_KR,
            Some(113 | 2025) => encoding_rs::GBK,
            Some(114) => encoding_rs::GB18030,
            Some(2026) => encoding_rs::BIG5,
            Some(2084) => encoding_rs::KOI8_R,
            Some(2250) => encoding_rs::WINDOWS_1250,
            Some(2251) => encoding_rs::WINDOWS_1251,
            Some(2252) => encoding_rs::WINDOWS_1252,
            Some(2253) => encoding_rs::WINDOWS_1253,
            Some(_) => return (Self::Utf8, false),
        };
        (Self::Other(other), true)
    }

    /// Whether a string ends with two zero octets.
    pub(crate) const fn is_wide(self) -> bool {
        matches!(self, Self::Utf16(_))
    }

    /// The text of some octets. Octets that the charset does not have become U+FFFD.
    pub(crate) fn decode(self, octets: &[u8]) -> (Cow<'_, str>, Fit) {
        match self {
            Self::Utf8 => utf8(octets, Fit::Exact),
            Self::Ascii if octets.is_ascii() => utf8(octets, Fit::Exact),
            Self::Ascii => utf8(octets, Fit::NotAscii),
            Self::Latin1 => (encoding_rs::mem::decode_latin1(octets), Fit::Exact),
            Self::Utf16(order) => {
                let (encoding, octets) = utf16(order, octets);
                other(encoding, octets)
            }
            Self::Other(encoding) => other(encoding, octets),
        }
    }

    /// The octets of a text; characters that the charset does not have become numeric references or `?`.
    pub(crate) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 | Self::Ascii => Cow::Borrowed(text.as_bytes()),
            Self::Latin1 => encoding_rs::mem::encode_latin1_lossy(text),
            Self::Utf16(Order::Little) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16(_) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Other(encoding) => encoding.encode(text).0,
        }
    }
}

fn utf8(octets: &[u8], fit: Fit) -> (Cow<'_, str>, Fit) {
    match str::from_utf8(octets) {
        Ok(text) => (Cow::Borrowed(text), fit),
        Err(_) => (String::from_utf8_lossy(octets), Fit::Lossy),
    }
}

fn other<'o>(encoding: &'static Encoding, octets: &'o [u8]) -> (Cow<'o, str>, Fit) {
    let (text, bad) = encoding.decode_without_bom_handling(octets);
    (text, if bad { Fit::Lossy } else { Fit::Exact })
}

fn utf16(order: Order, octets: &[u8]) -> (&'static Encoding, &[u8]) {
    match (order, octets) {
        (Order::Big, _) => (encoding_rs::UTF_16BE, octets),
        (Order::Little, _) => (encoding_rs::UTF_16LE, octets),
        (Order::Unsaid, [0xfe, 0xff, rest @ ..]) => (encoding_rs::UTF_16BE, rest),
        (Order::Unsaid, [0xff, 0xfe, rest @ ..]) => (encoding_rs::UTF_16LE, rest),
        (Order::Unsaid, _) => {
            let little = octets.chunks_exact(2).all(|pair| matches!(pair, [low, 0] if *low != 0));
            (if little && !octets.is_empty() { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE }, octets)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_in_the_charset_of_the_header() {
        for (mib, octets, text, fit) in [
            (106, &b"M\xc3\xbcller"[..], "Müller", Fit::Exact),
            (106, b"M\xfcller", "M\u{fffd}ller", Fit::Lossy),
            (3, b"Mueller", "Mueller", Fit::Exact),
            (3, b"M\xc3\xbcller", "Müller", Fit::NotAscii),
            (4, b"M\xfcller", "Müller", Fit::Exact),
            (1013, b"\0M\0\xfc", "Mü", Fit::Exact),
            (1014, b"M\0\xfc\0", "Mü", Fit::Exact),
            (1015, b"\0M\0\xfc", "Mü", Fit::Exact),
            (1015, b"M\0\xfc\0", "Mü", Fit::Exact),
            (1015, b"\xff\xfeM\0\xfc\0", "Mü", Fit::Exact),
            (1015, b"\xfe\xff\0M\0\xfc", "Mü", Fit::Exact),
            (1013, b"\xd8\0", "\u{fffd}", Fit::Lossy),
            (17, b"\x83\x65", "テ", Fit::Exact),
            (2251, b"\xcc", "М", Fit::Exact),
        ] {
            let (charset, known) = Charset::of(Some(mib));
            assert!(known);
            let (read, how) = charset.decode(octets);
            assert_eq!((&*read, how), (text, fit), "MIBenum {mib}, {octets:02x?}");
        }
        assert_eq!(Charset::of(Some(9_999)), (Charset::Utf8, false));
    }

    #[test]
    fn text_is_written_in_the_charset_of_the_header() {
        for (mib, octets) in [(106, &b"M\xc3\xbc"[..]), (4, b"M\xfc"), (1015, b"\0M\0\xfc"), (1014, b"M\0\xfc\0")] {
            assert_eq!(&*Charset::of(Some(mib)).0.encode("Mü"), octets, "MIBenum {mib}");
        }
    }
}
