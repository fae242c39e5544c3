//! Rows of a report as JSON, at the speed at which they are copied.
//!
//! A report of a large capture is larger than the capture; most of it are names of fields and short texts that need no
//! escape. This writer puts them down as they are and leaves everything else to `serde_json`, whose octets it gives.

use serde::ser::{Error as _, Impossible, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct};
use serde::{Serialize, Serializer};
use serde_json::Error;

/// Appends a value in one line, octet by octet as `serde_json` writes it.
///
/// # Errors
///
/// For kinds of values that rows do not have: maps, and variants with fields.
pub(crate) fn write_row<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    write_row_masked(value, out, None)
}

/// Says what is to be written in place of a text; `None` for a text that may stay.
pub type Masks<'m> = &'m dyn Fn(&str) -> Option<String>;

/// The same, with every text changed: whatever fields a row has, or will have.
pub(crate) fn write_row_masked<T: Serialize>(
    value: &T,
    out: &mut Vec<u8>,
    mask: Option<Masks<'_>>,
) -> Result<(), Error> {
    value.serialize(&mut Writer { out, mask })
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    mask: Option<Masks<'o>>,
}

impl Writer<'_> {
    fn plain_str(&mut self, text: &str) -> Result<(), Error> {
        if !is_plain(text) {
            return serde_json::to_writer(&mut *self.out, text);
        }
        self.out.reserve(text.len().saturating_add(3));
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
        Ok(())
    }

    /// A comma is written after every field and every element; the last one becomes the end.
    fn close(&mut self, end: u8) {
        match self.out.last_mut() {
            Some(last @ b',') => *last = end,
            _ => self.out.push(end),
        }
    }
}

/// Whether a text can stand between quotes as it is. By blocks, without a branch for each octet.
fn is_plain(text: &str) -> bool {
    let special = |octet: u8| (octet < 0x20) | (octet == b'"') | (octet == b'\\');
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    blocks.iter().all(|block| !block.iter().fold(false, |any, octet| any | special(*octet)))
        && !rest.iter().fold(false, |any, octet| any | special(*octet))
}

fn refused<T>() -> Result<T, Error> {
    Err(Error::custom("a row of a report holds no maps and no variants with fields"))
}

/// Scalars that `serde_json` writes.
macro_rules! as_serde_json {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            serde_json::to_writer(&mut *self.out, &value)
        })*
    };
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Error>;

    as_serde_json! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_bytes: &[u8],
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Error> {
        match self.mask.and_then(|mask| mask(text)) {
            Some(masked) => self.plain_str(&masked),
            None => self.plain_str(text),
        }
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Error> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        // A word of the program.
        self.plain_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        refused()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Error> {
        self.out.push(b'[');
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        refused()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        refused()
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        self.out.push(b'{');
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        refused()
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;

    /// Names of fields are words of the program and need no escape.
    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.out.reserve(name.len().saturating_add(4));
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        value.serialize(&mut **self)?;
        self.out.push(b',');
        Ok(())
    }

    #[inline]
    fn end(self) -> Result<(), Error> {
        self.close(b'}');
        Ok(())
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut **self)?;
        self.out.push(b',');
        Ok(())
    }

    #[inline]
    fn end(self) -> Result<(), Error> {
        self.close(b']');
        Ok(())
    }
}

impl SerializeTuple for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Error> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Error> {
        SerializeSeq::end(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{CommandReport, Severity, WaivedReport, example};
    use proptest::prelude::*;

    fn row<T: Serialize>(value: &T) -> String {
        let mut out = Vec::new();
        write_row(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn same<T: Serialize>(value: &T) {
        assert_eq!(row(value), serde_json::to_string(value).unwrap());
    }

    #[test]
    fn a_row_is_written_as_serde_json_writes_it() {
        let mut session = example::session(3);
        session.auth.client.digests = vec!["one".into(), "a \"two\"".into()];
        same(&session);
        session.messages.clear();
        session.device = None;
        same(&session);
        let mut finding = example::finding("HDR-001", Severity::Warning, 3, 2);
        finding.waived = Some(WaivedReport { reason: "known".into(), ..WaivedReport::default() });
        finding.fingerprint = Some("f".into());
        finding.frames = Vec::new().into();
        same(&finding);
        same(&(1_u8, -2_i64, 1.5_f64, 'x', true, (), [None, Some(u64::MAX)], Vec::<u8>::new()));
        same(&CommandReport::default());
    }

    #[test]
    fn what_rows_do_not_have_is_refused() {
        let map = std::collections::BTreeMap::from([("a", 1)]);
        assert!(write_row(&map, &mut Vec::new()).is_err());
        assert!(write_row(&Ok::<u8, u8>(1), &mut Vec::new()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_is_escaped_as_serde_json_escapes_it(text in "[ -~]{0,40}|\\PC{0,20}|[\\x00-\\x7f]{0,40}") {
            same(&text);
        }
    }
}
