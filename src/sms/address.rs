//! Addresses of short messages: telephone numbers in semi-octets, and names in seven bits a letter (3GPP TS 23.040, 9.1.2.5).

use std::fmt;

/// Digits of an address at most: ten octets of semi-octets.
const DIGITS: u8 = 20;
/// Types of number.
const INTERNATIONAL: u8 = 1;
const ALPHANUMERIC: u8 = 5;
/// Type and plan of an address that is written out: international, or nothing said; ISDN numbering.
const ISDN: u8 = 0x81;
const SEMI_OCTETS: [char; 15] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];

/// A telephone number, or a name in the place of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Type of number and numbering plan, as sent.
    pub kind: u8,
    /// The number, with `+` before it where it is international; or the name.
    pub text: String,
}

impl Address {
    /// Reads an address as a TPDU has it: digits, type, semi-octets. Gives what follows it.
    pub(super) fn read(octets: &[u8]) -> Option<(Self, &[u8])> {
        let [digits @ 0..=DIGITS, kind, rest @ ..] = octets else { return None };
        let (value, rest) = rest.split_at_checked(usize::from(digits.div_ceil(2)))?;
        Some((Self { kind: *kind, text: written(*kind, usize::from(*digits), value) }, rest))
    }

    /// Reads an address as the relay layer and modems have it: octets, type, semi-octets (TS 24.011, 8.2.5.1).
    pub(super) fn read_centre(octets: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let (length, rest) = octets.split_first()?;
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        let address = match value {
            [] => None,
            [_, digits @ ..] if digits.len() > usize::from(DIGITS / 2) => return None,
            [kind, digits @ ..] => {
                let filled = digits.last().is_some_and(|last| last >> 4 == 0xf);
                let count = (digits.len() * 2).saturating_sub(usize::from(filled));
                Some(Self { kind: *kind, text: written(*kind, count, digits) })
            }
        };
        Some((address, rest))
    }

    /// The address of a text: a number where it is one, or else a name.
    pub fn of(text: &str) -> Self {
        let digits = text.strip_prefix('+');
        let is_number = digits.unwrap_or(text).chars().all(|digit| SEMI_OCTETS.contains(&digit));
        let kind = match (is_number, digits) {
            (true, Some(_)) => ISDN | INTERNATIONAL << 4,
            (true, None) => ISDN,
            (false, _) => 0x80 | ALPHANUMERIC << 4,
        };
        Self { kind, text: text.to_owned() }
    }

    /// The octets again, of a number or name that fits.
    pub fn encode(&self) -> Vec<u8> {
        if type_of(self.kind) == ALPHANUMERIC {
            let packed = pack(&self.text);
            let useful = (self.text.chars().count() * 7).div_ceil(4);
            return [&[u8::try_from(useful).unwrap_or(DIGITS), self.kind][..], &packed].concat();
        }
        let half = |digit: char| SEMI_OCTETS.iter().position(|known| *known == digit);
        let halves: Vec<u8> = self.text.chars().filter_map(half).filter_map(|half| u8::try_from(half).ok()).collect();
        let digits = u8::try_from(halves.len()).unwrap_or(DIGITS);
        let octets = halves.chunks(2).map(|pair| pair.first().unwrap_or(&0) | pair.get(1).unwrap_or(&0xf) << 4);
        [digits, self.kind].into_iter().chain(octets).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const fn type_of(kind: u8) -> u8 {
    kind >> 4 & 7
}

fn written(kind: u8, count: usize, octets: &[u8]) -> String {
    if type_of(kind) == ALPHANUMERIC {
        return unpack(octets, count * 4 / 7);
    }
    let halves = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]).take(count);
    let digits = halves.map(|half| SEMI_OCTETS.get(usize::from(half)).copied().unwrap_or('?'));
    let plus = (type_of(kind) == INTERNATIONAL).then_some('+');
    plus.into_iter().chain(digits).collect()
}

/// Letters of seven bits each, the first in the lowest bits (TS 23.038, 6.1.2.1.1); what is no letter of ASCII there is shown as `?`.
fn unpack(octets: &[u8], count: usize) -> String {
    let bit = |at: usize| octets.get(at / 8).is_some_and(|octet| octet >> (at % 8) & 1 == 1);
    let letters = (0..count).map(|letter| (0..7).fold(0_u8, |sum, at| sum | u8::from(bit(letter * 7 + at)) << at));
    letters
        .map(|letter| match letter {
            0 => '@',
            2 => '$',
            0x11 => '_',
            b' '..=b'#' | b'%'..=b'?' | b'A'..=b'Z' | b'a'..=b'z' => char::from(letter),
            _ => '?',
        })
        .collect()
}

fn pack(text: &str) -> Vec<u8> {
    let letters = text.chars().map(|letter| match letter {
        '@' => 0,
        '$' => 2,
        '_' => 0x11,
        letter => u8::try_from(letter).unwrap_or(b'?') & 0x7f,
    });
    let mut octets = vec![0; (text.chars().count() * 7).div_ceil(8)];
    for (letter, value) in letters.enumerate() {
        for at in 0..7 {
            if let Some(octet) = octets.get_mut((letter * 7 + at) / 8) {
                *octet |= (value >> at & 1) << ((letter * 7 + at) % 8);
            }
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_read_and_come_back() {
        let table: [(&[u8], &str); 5] = [
            (&[0x0b, 0x91, 0x94, 0x71, 0x21, 0x43, 0x65, 0xf7], "+49171234567"),
            (&[0x04, 0x81, 0x21, 0x43], "1234"),
            (&[0x05, 0x81, 0x21, 0x3a, 0xfb], "12*3#"),
            // "OMADM": five letters of seven bits are nine semi-octets.
            (&[0x09, 0xd0, 0xcf, 0x66, 0x90, 0xd8, 0x04], "OMADM"),
            (&[0x00, 0x81], ""),
        ];
        for (octets, text) in table {
            let behind = [octets, &[7]].concat();
            let (address, rest) = Address::read(&behind).unwrap();
            assert_eq!((address.text.as_str(), rest), (text, &[7][..]));
            assert_eq!(address.encode(), octets, "{text}");
            if !text.is_empty() {
                assert_eq!(Address::of(text), address);
            }
        }
        // Digits that are none are shown, and more than an address may have are no address.
        assert_eq!(Address::read(&[3, 0x81, 0xf1, 0xf2]).unwrap().0.text, "1?2");
        assert!(Address::read(&[21, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_none());
        assert!(Address::read(&[4, 0x81, 0x21]).is_none());
    }

    #[test]
    fn addresses_of_centres_are_counted_in_octets() {
        let (centre, rest) = Address::read_centre(&[7, 0x91, 0x94, 0x71, 0x21, 0x43, 0x65, 0xf7, 4]).unwrap();
        assert_eq!((centre.unwrap().text.as_str(), rest), ("+49171234567", &[4][..]));
        assert_eq!(Address::read_centre(&[0, 1]), Some((None, &[1][..])));
        assert_eq!(Address::read_centre(&[3, 0x91]), None);
        assert_eq!(Address::read_centre(&[]), None);
    }
}
