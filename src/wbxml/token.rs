//! Octets to tokens (WBXML 1.3, sections 5.1, 5.8 and 7).

use super::error::{WbxmlError, WbxmlErrorKind};

/// Octets of a multi-byte integer that are followed at most. Five are allowed; a few more are still understood.
const INTEGER_OCTETS: u8 = 16;

/// A multi-byte integer (`mb_u_int32`): seven bits an octet, most significant first, the high bit on all but the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Integer {
    /// The value; [`u32::MAX`] where it does not fit.
    pub(crate) value: u32,
    /// Octets that it took.
    pub(crate) octets: u8,
    /// Whether it was greater than 32 bits hold.
    pub(crate) overflow: bool,
    /// Its first octet.
    pub(crate) at: usize,
}

impl Integer {
    /// Whether it is longer than the specification allows.
    pub(crate) const fn is_long(self) -> bool {
        self.overflow || self.octets > 5
    }

    /// Whether it was written in as few octets as its value needs.
    pub(crate) fn is_minimal(self) -> bool {
        !self.overflow && self.octets == width(self.value)
    }
}

/// Octets that a value needs as a multi-byte integer.
pub(crate) const fn width(value: u32) -> u8 {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    }
}

/// Appends a value as a multi-byte integer of at least so many octets.
pub(crate) fn write_integer(out: &mut Vec<u8>, value: u32, octets: u8) {
    let needed = width(value);
    for _ in needed..octets.min(INTEGER_OCTETS) {
        out.push(0x80);
    }
    for group in (0..needed).rev() {
        let bits = value.checked_shr(u32::from(group) * 7).unwrap_or_default() & 0x7f;
        let more = if group > 0 { 0x80 } else { 0 };
        out.push(u8::try_from(bits).unwrap_or_default() | more);
    }
}

/// One token of the body, with its payload.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token<'a> {
    /// SWITCH_PAGE with the page.
    Switch(u8),
    /// END.
    End,
    /// ENTITY with the code.
    Entity(Integer),
    /// STR_I; the octets without the terminator.
    Inline(&'a [u8]),
    /// STR_T with the index.
    Table(Integer),
    /// OPAQUE with its length and octets.
    Opaque(Integer, &'a [u8]),
    /// A tag of the page in force: the octet with its content and attribute bits.
    Tag(u8),
    /// LITERAL in its four forms: the octet and the index.
    Literal(u8, Integer),
    /// PI; what follows the token, with the END.
    Instruction(&'a [u8]),
    /// EXT_I_0 to EXT_I_2 with the string.
    ExtensionInline(u8, &'a [u8]),
    /// EXT_T_0 to EXT_T_2 with the integer.
    ExtensionTable(u8, Integer),
    /// EXT_0 to EXT_2.
    Extension(u8),
}

/// Reads a body from front to back. Every step is checked; an error names the offset.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    wide: bool,
}

impl<'a> Reader<'a> {
    /// A reader of `body` from `at`; strings end with one zero octet.
    pub(crate) const fn new(body: &'a [u8], at: usize) -> Self {
        Self { body, at, wide: false }
    }

    /// Says whether strings end with two zero octets.
    pub(crate) const fn set_wide(&mut self, wide: bool) {
        self.wide = wide;
    }

    /// Octets from the start of the body to the next one.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The whole body, octets before the document included.
    pub(crate) const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    /// Octets from `start` to the next one.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.body.get(start..self.at).unwrap_or_default()
    }

    /// The next octet, left where it is.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    /// The next octet.
    #[inline]
    pub(crate) fn octet(&mut self, what: &'static str) -> Result<u8, WbxmlError> {
        let Some(&octet) = self.body.get(self.at) else {
            return Err(WbxmlError::new(self.at, WbxmlErrorKind::Truncated { what }));
        };
        self.at += 1;
        Ok(octet)
    }

    /// So many octets, or `None` with the number of octets that are left.
    pub(crate) fn take(&mut self, count: u32) -> Result<&'a [u8], usize> {
        let rest = self.rest();
        let taken = usize::try_from(count).ok().and_then(|count| rest.get(..count)).ok_or(rest.len())?;
        self.at += taken.len();
        Ok(taken)
    }

    /// A multi-byte integer.
    #[inline]
    pub(crate) fn integer(&mut self, what: &'static str) -> Result<Integer, WbxmlError> {
        let at = self.at;
        let first = self.octet(what)?;
        if first < 0x80 {
            return Ok(Integer { value: u32::from(first), octets: 1, overflow: false, at });
        }
        let (mut value, mut octets, mut overflow) = (u64::from(first & 0x7f), 1, false);
        loop {
            if octets == INTEGER_OCTETS {
                return Err(WbxmlError::new(at, WbxmlErrorKind::Integer { what }));
            }
            let octet = self.octet(what)?;
            octets += 1;
            value = value << 7 | u64::from(octet & 0x7f);
            if value > u64::from(u32::MAX) {
                (value, overflow) = (u64::from(u32::MAX), true);
            }
            if octet < 0x80 {
                return Ok(Integer { value: u32::try_from(value).unwrap_or(u32::MAX), octets, overflow, at });
            }
        }
    }

    /// A string up to its terminator, which is skipped.
    #[inline]
    fn string(&mut self, what: &'static str) -> Result<&'a [u8], WbxmlError> {
        let rest = self.rest();
        let Some(length) = terminator(rest, self.wide) else {
            return Err(WbxmlError::new(self.at, WbxmlErrorKind::Truncated { what }));
        };
        self.at += length + if self.wide { 2 } else { 1 };
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// The next token. On an error the reader stands somewhere inside it.
    #[inline(always)]
    pub(crate) fn token(&mut self) -> Result<Token<'a>, WbxmlError> {
        let octet = self.octet("a token")?;
        Ok(match octet {
            0x00 => Token::Switch(self.octet("SWITCH_PAGE")?),
            0x01 => Token::End,
            0x02 => Token::Entity(self.integer("ENTITY")?),
            0x03 => Token::Inline(self.string("STR_I")?),
            0x83 => Token::Table(self.integer("STR_T")?),
            0xc3 => {
                let length = self.integer("the length of an OPAQUE")?;
                let octets = self.take(length.value).map_err(|left| {
                    WbxmlError::new(length.at, WbxmlErrorKind::Opaque { length: length.value, left })
                })?;
                Token::Opaque(length, octets)
            }
            0x04 | 0x44 | 0x84 | 0xc4 => Token::Literal(octet, self.integer("a LITERAL tag")?),
            0x43 => Token::Instruction(self.attributes("a PI")?),
            0x40..=0x42 => Token::ExtensionInline(octet - 0x40, self.string("EXT_I")?),
            0x80..=0x82 => Token::ExtensionTable(octet - 0x80, self.integer("EXT_T")?),
            0xc0..=0xc2 => Token::Extension(octet - 0xc0),
            _ => Token::Tag(octet),
        })
    }

    /// A list of attributes up to its END, which is taken. Attribute tokens have pages of their own and no payload; the
    /// global tokens keep their meaning (WBXML 1.3, section 5.8.3).
    pub(crate) fn attributes(&mut self, what: &'static str) -> Result<&'a [u8], WbxmlError> {
        let start = self.at;
        loop {
            if self.at == self.body.len() {
                return Err(WbxmlError::new(self.at, WbxmlErrorKind::Truncated { what }));
            }
            match self.peek() {
                Some(0x43) => self.at += 1,
                _ => {
                    if matches!(self.token()?, Token::End) {
                        return Ok(self.since(start));
                    }
                }
            }
        }
    }
}

/// Octets before the terminator of a string.
pub(crate) fn terminator(octets: &[u8], wide: bool) -> Option<usize> {
    if wide {
        octets.chunks_exact(2).position(|pair| pair == [0, 0]).map(|pairs| pairs * 2)
    } else {
        memchr::memchr(0, octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_they_are_written() {
        for (value, octets) in [
            (0, &[0x00][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x81, 0x00]),
            (0x0fd3, &[0x9f, 0x53]),
            (0x1201, &[0xa4, 0x01]),
            (0x1f_ffff, &[0xff, 0xff, 0x7f]),
            (0x20_0000, &[0x81, 0x80, 0x80, 0x00]),
            (u32::MAX, &[0x8f, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let mut out = Vec::new();
            write_integer(&mut out, value, 1);
            assert_eq!(out, octets);
            let read = Reader::new(octets, 0).integer("it").unwrap();
            assert_eq!((read.value, usize::from(read.octets), read.is_long()), (value, octets.len(), false));
            assert!(read.is_minimal());
        }
        let mut out = Vec::new();
        write_integer(&mut out, 5, 4);
        assert_eq!(out, [0x80, 0x80, 0x80, 0x05]);
    }

    #[test]
    fn an_integer_past_32_bits_is_the_greatest_and_said_to_be_long() {
        let read = Reader::new(&[0x90, 0x80, 0x80, 0x80, 0x00], 0).integer("it").unwrap();
        assert_eq!((read.value, read.overflow, read.is_long()), (u32::MAX, true, true));
        let read = Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x05], 0).integer("it").unwrap();
        assert_eq!((read.value, read.overflow, read.is_long()), (5, false, true));
        let error = Reader::new(&[0x80; 40], 0).integer("it").unwrap_err();
        assert_eq!(error, WbxmlError::new(0, WbxmlErrorKind::Integer { what: "it" }));
        let error = Reader::new(&[0x80; 4], 0).integer("it").unwrap_err();
        assert_eq!(error, WbxmlError::new(4, WbxmlErrorKind::Truncated { what: "it" }));
    }

    #[test]
    fn attributes_end_at_their_own_end() {
        let octets = [0x05, 0x03, 0x01, 0x00, 0xc3, 0x01, 0x01, 0x00, 0x01, 0x85, 0x01, 0x77];
        let mut reader = Reader::new(&octets, 0);
        assert_eq!(reader.attributes("it").unwrap().len(), 11);
        assert_eq!(reader.peek(), Some(0x77));
    }
}
