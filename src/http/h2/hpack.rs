//! Header blocks (RFC 7541, section 6).

use super::huffman;
use super::table::{Name, Table};
use crate::base::Limits;

/// Why a header block, and with it all that follow in its direction, can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HpackError {
    /// A field goes on past the end of the block.
    #[error("a field goes on past its end")]
    Truncated,
    /// An integer that does not fit into 32 bits.
    #[error("it has a number that is too large")]
    Number,
    /// An index behind which nothing stands.
    #[error("it refers to entry {0} of the table, which is not there")]
    Index(usize),
    /// A string that is no Huffman code.
    #[error("a string in it is no Huffman code")]
    Huffman,
    /// A table that is larger than any that is followed.
    #[error("it asks for a table of {0} octets; at most {most} are followed", most = Limits::HPACK_TABLE)]
    Table(usize),
}

/// The decoder of one direction.
///
/// What the receiver allows in SETTINGS_HEADER_TABLE_SIZE need not be known: the sender says which part of it it uses, at
/// the beginning of the next header block (RFC 7541, section 4.2).
#[derive(Debug)]
pub(super) struct Hpack {
    table: Table,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// Storage that is kept between two fields; more is given back.
const KEEP: usize = 1 << 10;

impl Hpack {
    pub(super) const fn new() -> Self {
        Self { table: Table::new(), name: Vec::new(), value: Vec::new() }
    }

    /// Reads a whole header block; `each` is given the fields in order. After an error nothing that comes later can be
    /// read. The octets given to `each` may be many times those of the block: an index of one octet stands for an entry.
    pub(super) fn decode(&mut self, block: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), HpackError> {
        let mut reader = Reader { rest: block };
        let done = self.fields(&mut reader, each);
        for scratch in [&mut self.name, &mut self.value] {
            if scratch.capacity() > KEEP {
                *scratch = Vec::new();
            }
        }
        done
    }

    fn fields(&mut self, reader: &mut Reader<'_>, each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), HpackError> {
        while let Some(first) = reader.rest.first().copied() {
            match first {
                // Section 6.1.
                0x80.. => {
                    let index = reader.number(7)?;
                    let (name, value) = self.table.get(index).ok_or(HpackError::Index(index))?;
                    each(name, value);
                }
                // Section 6.2.1.
                0x40..=0x7f => self.literal(reader, 6, true, each)?,
                // Section 6.3. That it comes first in a block is not insisted on.
                0x20..=0x3f => {
                    let size = reader.number(5)?;
                    if size > Limits::HPACK_TABLE {
                        return Err(HpackError::Table(size));
                    }
                    self.table.resize(size);
                }
                // Sections 6.2.2 and 6.2.3.
                _ => self.literal(reader, 4, false, each)?,
            }
        }
        Ok(())
    }

    fn literal(
        &mut self,
        reader: &mut Reader<'_>,
        prefix: u8,
        keep: bool,
        each: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), HpackError> {
        let index = reader.number(prefix)?;
        if index == 0 {
            reader.string(&mut self.name)?;
        }
        reader.string(&mut self.value)?;
        let name: &[u8] = if index == 0 {
            &self.name
        } else {
            self.table.get(index).map(|(name, _)| name).ok_or(HpackError::Index(index))?
        };
        each(name, &self.value);
        if keep {
            let name = if index == 0 { None } else { self.table.name(index) };
            let name = name.unwrap_or_else(|| Name::from(self.name.as_slice()));
            self.table.add(name, &self.value);
        }
        Ok(())
    }

    /// Octets held in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.table.weight()
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn octet(&mut self) -> Result<u8, HpackError> {
        let (first, rest) = self.rest.split_first().ok_or(HpackError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    /// An integer whose first octet has `prefix` bits of it (section 5.1).
    fn number(&mut self, prefix: u8) -> Result<usize, HpackError> {
        let mask = (1u32 << prefix).saturating_sub(1);
        let first = u32::from(self.octet()?) & mask;
        if first < mask {
            return Ok(first as usize);
        }
        let mut sum = u64::from(mask);
        for shift in [0, 7, 14, 21, 28] {
            let octet = self.octet()?;
            sum = sum.saturating_add(u64::from(octet & 0x7f) << shift);
            if octet & 0x80 == 0 {
                let sum = u32::try_from(sum).map_err(|_| HpackError::Number)?;
                return Ok(sum as usize);
            }
        }
        Err(HpackError::Number)
    }

    /// A string (section 5.2).
    fn string(&mut self, out: &mut Vec<u8>) -> Result<(), HpackError> {
        out.clear();
        let coded = self.rest.first().is_some_and(|first| first & 0x80 != 0);
        let length = self.number(7)?;
        let (string, rest): (&'a [u8], _) = self.rest.split_at_checked(length).ok_or(HpackError::Truncated)?;
        self.rest = rest;
        if coded {
            return huffman::decode(string, out).map_err(|_| HpackError::Huffman);
        }
        out.extend_from_slice(string);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn list(hpack: &mut Hpack, block: &[u8]) -> Result<Vec<String>, HpackError> {
        let mut fields = Vec::new();
        hpack.decode(block, &mut |name, value| {
            fields.push(format!("{}: {}", name.escape_ascii(), value.escape_ascii()));
        })?;
        Ok(fields)
    }

    #[test]
    fn integers_are_those_of_appendix_c_1() {
        for (prefix, hex, expected) in [
            (5, "0a", Ok(10)),
            (5, "1f9a0a", Ok(1337)),
            (8, "2a", Ok(42)),
            (5, "ff00", Ok(31)),
            (7, "ffffffffff0f", Err(HpackError::Number)),
            (7, "ff80ffffff0f", Ok(0xffff_ffff)),
            (7, "ff808080808000", Err(HpackError::Number)),
            (7, "ff80", Err(HpackError::Truncated)),
            (7, "", Err(HpackError::Truncated)),
        ] {
            let bytes = octets(hex);
            assert_eq!(Reader { rest: &bytes }.number(prefix), expected, "{hex}");
        }
    }

    #[test]
    fn fields_are_those_of_appendix_c_2() {
        for (hex, field, size) in [
            ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 55),
            ("040c2f73616d706c652f70617468", ":path: /sample/path", 0),
            ("100870617373776f726406736563726574", "password: secret", 0),
            ("82", ":method: GET", 0),
        ] {
            let mut hpack = Hpack::new();
            assert_eq!(list(&mut hpack, &octets(hex)), Ok(vec![field.to_owned()]));
            assert_eq!(hpack.table.size(), size, "{field}");
        }
    }

    /// Sections C.3 to C.6: three blocks each, with the size of the table after them.
    #[test]
    fn blocks_are_those_of_appendix_c_3_to_c_6() {
        let requests: &[(&[&str], usize)] = &[
            (&[":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"], 57),
            (
                &[
                    ":method: GET",
                    ":scheme: http",
                    ":path: /",
                    ":authority: www.example.com",
                    "cache-control: no-cache",
                ],
                110,
            ),
            (
                &[
                    ":method: GET",
                    ":scheme: https",
                    ":path: /index.html",
                    ":authority: www.example.com",
                    "custom-key: custom-value",
                ],
                164,
            ),
        ];
        let responses: &[(&[&str], usize)] = &[
            (
                &[
                    ":status: 302",
                    "cache-control: private",
                    "date: Mon, 21 Oct 2013 20:13:21 GMT",
                    "location: https://www.example.com",
                ],
                222,
            ),
            (
                &[
                    ":status: 307",
                    "cache-control: private",
                    "date: Mon, 21 Oct 2013 20:13:21 GMT",
                    "location: https://www.example.com",
                ],
                222,
            ),
            (
                &[
                    ":status: 200",
                    "cache-control: private",
                    "date: Mon, 21 Oct 2013 20:13:22 GMT",
                    "location: https://www.example.com",
                    "content-encoding: gzip",
                    "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
                ],
                215,
            ),
        ];
        for (capacity, blocks, expected) in [
            (
                4_096,
                [
                    "828684410f7777772e6578616d706c652e636f6d",
                    "828684be58086e6f2d6361636865",
                    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
                ],
                requests,
            ),
            (
                4_096,
                [
                    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
                    "828684be5886a8eb10649cbf",
                    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
                ],
                requests,
            ),
            (
                256,
                [
                    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17\
                     68747470733a2f2f7777772e6578616d706c652e636f6d",
                    "4803333037c1c0bf",
                    "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d41\
                     53444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
                ],
                responses,
            ),
            (
                256,
                [
                    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8\
                     e9ae82ae43d3",
                    "4883640effc1c0bf",
                    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b\
                     3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
                ],
                responses,
            ),
        ] {
            let mut hpack = Hpack::new();
            hpack.table.resize(capacity);
            for (block, (fields, size)) in blocks.iter().zip(expected) {
                let fields: Vec<_> = fields.iter().map(|field| (*field).to_owned()).collect();
                assert_eq!(list(&mut hpack, &octets(block)), Ok(fields), "{block}");
                assert_eq!(hpack.table.size(), *size, "{block}");
            }
        }
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        for (hex, expected) in [
            ("80", HpackError::Index(0)),
            ("be", HpackError::Index(62)),
            ("7e00", HpackError::Index(62)),
            ("40", HpackError::Truncated),
            ("400161", HpackError::Truncated),
            ("4001610562", HpackError::Truncated),
            ("4001618100", HpackError::Huffman),
            ("3fe1ff0f", HpackError::Table(262_144)),
        ] {
            assert_eq!(list(&mut Hpack::new(), &octets(hex)), Err(expected), "{hex}");
        }
    }

    #[test]
    fn the_table_has_the_size_that_the_sender_says() {
        let mut hpack = Hpack::new();
        // 64 KiB are followed; the table empties when it becomes nothing, and an entry larger than it empties it as well.
        for (hex, size) in [
            ("3fe1ff03", 0),
            ("40016101624001630164", 68),
            ("20", 0),
            ("400161 0162", 0),
            ("3f02", 0),
            ("4001610162", 0),
            ("3f03", 0),
            ("4001610162", 34),
            ("4001610263 63", 0),
        ] {
            list(&mut hpack, &octets(hex)).unwrap();
            assert_eq!(hpack.table.size(), size, "{hex}");
        }
    }

    #[test]
    fn a_bomb_costs_no_memory() {
        let mut hpack = Hpack::new();
        // A name as large as the table, then many entries that repeat it with two octets each.
        let mut block = octets("3fe1ff03 40 7f81fd03");
        block.resize(block.len() + 65_280, b'n');
        block.push(0);
        assert_eq!(hpack.decode(&block, &mut |_, _| {}), Ok(()));
        let mut octets = 0u64;
        let repeated: Vec<u8> = [0x7e, 0].repeat(100_000);
        hpack.decode(&repeated, &mut |name, _| octets += name.len() as u64).unwrap();
        assert_eq!(octets, 65_280 * 100_000);
        assert!(hpack.weight() < 2 * Limits::HPACK_TABLE);
    }

    #[test]
    fn every_prefix_of_a_block_is_survived() {
        let block = octets("828684418cf1e3c2e5f23a6ba0ab90f4ff400a637573746f6d2d6b65790d637573746f6d2d686561646572");
        for end in 0..block.len() {
            let _ = list(&mut Hpack::new(), &block[..end]);
        }
    }
}
