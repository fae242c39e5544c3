//! A condition on a field of an event.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// What a field must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Cond {
    /// Equal: a text (in which `$name` and `$name.field` are filled in), a number, true or false.
    Is(Scalar),
    /// One of these.
    OneOf(Vec<Scalar>),
    /// What an operator says.
    Test(Box<Test>),
}

/// A value that a condition names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

/// Operators; all that are given must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// Equal to this text as it stands, also where it begins with `$`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eq: Option<String>,
    /// Not equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ne: Option<Scalar>,
    /// The field is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
    /// The field is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<bool>,
    /// A glob over the segments of a URI: `*` one, `**` any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// A regular expression that matches somewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub re: Option<String>,
    /// Of a list: some element fulfils this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has: Option<Box<Cond>>,
    /// Greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gt: Option<Scalar>,
    /// Greater or equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ge: Option<Scalar>,
    /// Less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lt: Option<Scalar>,
    /// Less or equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub le: Option<Scalar>,
    /// Characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub len: Option<u64>,
    /// Octets, after Base64 is undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoded_len: Option<u64>,
    /// Of this form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Form>,
    /// The opposite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Cond>>,
}

/// A form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Form {
    Int,
    Bool,
    B64,
    Hex,
    Urn,
    Uri,
    Date,
    Xml,
    Tnds,
    Ascii,
    Utf8,
}

/// What a number with a fraction or an exponent would lose.
const FRACTION: &str =
    "an unquoted number with a fraction or an exponent: write it in quotes, it would lose its spelling";

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true or false")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        i64::try_from(value).map(Scalar::Int).map_err(|_| E::custom("a number that is too large: write it in quotes"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Scalar, E> {
        Err(E::custom(FRACTION))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl<'de> Deserialize<'de> for Cond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CondVisitor;

        impl<'de> Visitor<'de> for CondVisitor {
            type Value = Cond;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true, false, a list of these, or operators")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Cond, E> {
                ScalarVisitor.visit_bool(value).map(Cond::Is)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Cond, E> {
                ScalarVisitor.visit_i64(value).map(Cond::Is)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Cond, E> {
                ScalarVisitor.visit_u64(value).map(Cond::Is)
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Cond, E> {
                ScalarVisitor.visit_f64(value).map(Cond::Is)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Cond, E> {
                ScalarVisitor.visit_str(value).map(Cond::Is)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cond, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element()? {
                    all.push(one);
                }
                Ok(Cond::OneOf(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Cond, A::Error> {
                let test = Test::deserialize(value::MapAccessDeserializer::new(map))?;
                Ok(Cond::Test(Box::new(test)))
            }
        }

        deserializer.deserialize_any(CondVisitor)
    }
}

impl Serialize for Cond {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(one) => one.serialize(serializer),
            Self::OneOf(many) => many.serialize(serializer),
            Self::Test(test) => test.serialize(serializer),
        }
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "integer", "boolean"]})
    }
}

impl JsonSchema for Cond {
    fn schema_name() -> Cow<'static, str> {
        "Cond".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        let test = generator.subschema_for::<Test>();
        json_schema!({"anyOf": [scalar, {"type": "array", "items": scalar}, test]})
    }
}

/// Conditions by field.
pub type Conditions = BTreeMap<String, Cond>;
