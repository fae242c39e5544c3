//! The Huffman code of HPACK (RFC 7541, section 5.2 and appendix B).

use std::sync::LazyLock;

/// Bits of the code of each octet; at 256, of the end of the string. The code is canonical: codes of one length are
/// consecutive numbers in the order of the octets, and follow those of the length before. So the lengths say all.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// The symbol that ends a string; it may only stand there in part, as padding.
const END: u16 = 256;

/// Bits of the shortest code.
const SHORTEST: u8 = 5;
/// Bits of the longest.
const LONGEST: u8 = 30;

/// The codes of one length.
#[derive(Debug, Clone, Copy)]
struct Level {
    bits: u8,
    /// What is below it, as a number of 32 bits from the left, has this length at most.
    limit: u64,
    /// The first code.
    first: u32,
    /// Where its symbol stands in [`Code::symbols`].
    offset: usize,
}

struct Code {
    levels: Vec<Level>,
    /// Ordered by their codes.
    symbols: Vec<u16>,
}

static CODE: LazyLock<Code> = LazyLock::new(|| {
    let mut levels = Vec::new();
    let mut symbols = Vec::new();
    let mut next = 0u32;
    for bits in SHORTEST..=LONGEST {
        let (first, offset) = (next, symbols.len());
        symbols.extend((0..=END).zip(LENGTHS).filter(|(_, length)| *length == bits).map(|(symbol, _)| symbol));
        let count = u32::try_from(symbols.len().saturating_sub(offset)).unwrap_or(0);
        next = next.saturating_add(count);
        let limit = u64::from(next) << (32u8.saturating_sub(bits));
        if count > 0 {
            levels.push(Level { bits, limit, first, offset });
        }
        next <<= 1;
    }
    Code { levels, symbols }
});

/// The string is no Huffman code, or its padding is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotHuffman;

/// Adds the octets of a coded string to `out`: at most eight fifths of what there was.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Result<(), NotHuffman> {
    let code = &*CODE;
    // The last `bits` bits are not decoded yet; what stands before them was.
    let mut held = 0u64;
    let mut bits = 0u8;
    for octet in coded {
        held = held << 8 | u64::from(*octet);
        bits = bits.saturating_add(8);
        while bits >= SHORTEST {
            let window = window(held, bits);
            let level = code.levels.iter().find(|level| u64::from(window) < level.limit).ok_or(NotHuffman)?;
            if level.bits > bits {
                break;
            }
            let at = (window >> (32u8.saturating_sub(level.bits))).saturating_sub(level.first);
            let at = level.offset.saturating_add(usize::try_from(at).unwrap_or(usize::MAX));
            let symbol = code.symbols.get(at).copied().unwrap_or(END);
            out.push(u8::try_from(symbol).map_err(|_| NotHuffman)?);
            bits = bits.saturating_sub(level.bits);
        }
    }
    // Padding: less than an octet, and the beginning of the end symbol, which is all ones.
    let ones = (1u64 << bits).saturating_sub(1);
    if bits < 8 && held & ones == ones { Ok(()) } else { Err(NotHuffman) }
}

/// The last `bits` bits of `held`, less than 64, from the left of a number of 32 bits.
const fn window(held: u64, bits: u8) -> u32 {
    let window = if bits >= 32 { held >> (bits - 32) } else { held << (32 - bits) };
    // What was decoded already falls off.
    (window & 0xffff_ffff) as u32
}

/// Codes a string, for tests.
#[cfg(test)]
pub(in crate::http) fn encode(text: &[u8]) -> Vec<u8> {
    let mut codes = vec![(0u32, 0u8); 257];
    for level in &CODE.levels {
        for (number, symbol) in CODE.symbols[level.offset..].iter().enumerate() {
            if LENGTHS[usize::from(*symbol)] == level.bits {
                codes[usize::from(*symbol)] = (level.first + number as u32, level.bits);
            }
        }
    }
    let mut bits: Vec<bool> = Vec::new();
    for octet in text {
        let (code, length) = codes[usize::from(*octet)];
        bits.extend((0..length).rev().map(|at| code >> at & 1 == 1));
    }
    while !bits.len().is_multiple_of(8) {
        bits.push(true);
    }
    bits.chunks(8).map(|octet| octet.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(coded: &[u8]) -> Result<Vec<u8>, NotHuffman> {
        let mut out = Vec::new();
        decode(coded, &mut out).map(|()| out)
    }

    #[test]
    fn the_codes_are_those_of_the_specification() {
        // Appendix B: some of each end of the table.
        let mut codes = Vec::new();
        for level in &CODE.levels {
            for (number, symbol) in CODE.symbols[level.offset..].iter().enumerate() {
                if LENGTHS[usize::from(*symbol)] == level.bits {
                    codes.push((*symbol, level.first + number as u32, level.bits));
                }
            }
        }
        assert_eq!(codes.len(), 257);
        for expected in [
            (u16::from(b'0'), 0x0, 5),
            (u16::from(b't'), 0x9, 5),
            (u16::from(b' '), 0x14, 6),
            (u16::from(b'u'), 0x2d, 6),
            (u16::from(b':'), 0x5c, 7),
            (u16::from(b'X'), 0xfc, 8),
            (u16::from(b'?'), 0x3fc, 10),
            (u16::from(b'\\'), 0x7fff0, 19),
            (0, 0x1ff8, 13),
            (10, 0x3ffffffc, 30),
            (22, 0x3ffffffe, 30),
            (128, 0xfffe6, 20),
            (255, 0x3ffffee, 26),
            (END, 0x3fffffff, 30),
        ] {
            assert!(codes.contains(&expected), "{expected:?}");
        }
    }

    #[test]
    fn every_octet_goes_there_and_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&encode(&all)), Ok(all.clone()));
        for octet in all {
            let text = [octet, b'a', octet];
            assert_eq!(decoded(&encode(&text)), Ok(text.to_vec()), "{octet}");
        }
    }

    #[test]
    fn padding_is_the_beginning_of_the_end_symbol() {
        assert_eq!(decoded(&[]), Ok(vec![]));
        // `0` is five zeros.
        assert_eq!(decoded(&[0b0000_0111]), Ok(b"0".to_vec()));
        assert_eq!(decoded(&[0b0000_0110]), Err(NotHuffman));
        assert_eq!(decoded(&[0b0000_0000]), Err(NotHuffman));
        assert_eq!(decoded(&[0b0000_0111, 0xff]), Err(NotHuffman), "a whole octet of padding");
        assert_eq!(decoded(&[0xff, 0xff, 0xff, 0xff]), Err(NotHuffman), "the end symbol as a whole");
    }
}
