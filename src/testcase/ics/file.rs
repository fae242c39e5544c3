//! The file of a statement of support, and what it says of a case.

use super::items::{ITEMS, Item, ItemKind, Side, Status, find};
use crate::testcase::FieldPath;
use crate::testcase::expr::{Env, Expr, ExprError, Value, parse};
use crate::testcase::{CaseVersion, Reason};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A statement of support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IcsFile {
    /// Number of the format: 1.
    pub format: u32,
    /// `ics`.
    pub kind: IcsKind,
    /// Its name.
    pub id: String,
    /// Whose it is.
    pub side: Side,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductName>,
    /// The versions that it supports.
    pub versions: Vec<CaseVersion>,
    /// The profile that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What is declared of the items; what is left out is unknown.
    #[serde(default)]
    pub items: BTreeMap<ItemId, ItemValue>,
    /// Where things are in this product: URNs of management objects and names of roles, each with a URI.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bind: BTreeMap<String, String>,
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IcsKind {
    /// A statement of support.
    Ics,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductName {
    /// Its name.
    pub name: String,
    /// The version of its software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
}

/// The name of an item that is in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ItemId(&'static str);

impl ItemId {
    /// The item of a name.
    pub fn new(id: &str) -> Option<Self> {
        find(id).map(|item| Self(item.id))
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for ItemId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| D::Error::custom(format!("there is no ICS item `{}`", text.escape_default())))
    }
}

impl JsonSchema for ItemId {
    fn schema_name() -> Cow<'static, str> {
        "ItemId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ids: Vec<&str> = ITEMS.iter().map(|item| item.id).collect();
        json_schema!({"type": "string", "enum": ids})
    }
}

/// What is said of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemValue {
    /// Supported, or not.
    Flag(bool),
    /// A limit.
    Number(i64),
    /// Nobody knows.
    Unknown,
}

impl Serialize for ItemValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i64(*value),
            Self::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

impl<'de> Deserialize<'de> for ItemValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl Visitor<'_> for ValueVisitor {
            type Value = ItemValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, unknown or a whole number")
            }

            fn visit_bool<E>(self, value: bool) -> Result<ItemValue, E> {
                Ok(ItemValue::Flag(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ItemValue, E> {
                if value < 0 { Err(E::custom("a limit below zero")) } else { Ok(ItemValue::Number(value)) }
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ItemValue, E> {
                i64::try_from(value).map(ItemValue::Number).map_err(|_| E::custom("a number that is too large"))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<ItemValue, E> {
                if value == "unknown" {
                    return Ok(ItemValue::Unknown);
                }
                Err(E::custom(format!("`{}` is not true, false, unknown or a whole number", value.escape_default())))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

impl JsonSchema for ItemValue {
    fn schema_name() -> Cow<'static, str> {
        "ItemValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "boolean"}, {"type": "integer", "minimum": 0}, {"const": "unknown"}]})
    }
}

/// What is wrong with a value of a statement: an error in the file, not a finding about the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsProblem {
    /// The item.
    pub item: &'static str,
    /// What is wrong.
    pub what: String,
    /// How it is put right.
    pub mend: &'static str,
}

impl IcsFile {
    /// Values that do not fit their items, and items of the other side.
    pub fn problems(&self) -> Vec<IcsProblem> {
        let mut problems = Vec::new();
        for (id, value) in &self.items {
            let Some(item) = find(id.0) else { continue };
            let mut add = |what: String, mend| problems.push(IcsProblem { item: item.id, what, mend });
            if item.side() != self.side {
                add(format!("{} is an item of the other side", item.id), "Write it in the statement of that side.");
            }
            if item.kind == ItemKind::Flag && matches!(value, ItemValue::Number(_)) {
                add(format!("{} is no limit", item.id), "Write true, false or unknown.");
            }
            if item.kind == ItemKind::Limit && *value == ItemValue::Flag(true) {
                add(format!("{} is a limit", item.id), "Write the number, false or unknown.");
            }
        }
        problems
    }

    /// Items declared as not supported although they are mandatory in every version that is declared: findings.
    pub fn missing_mandatory(&self) -> Vec<&'static Item> {
        let product = Product(self);
        let is_false = |item: &&Item| self.items.get(&ItemId(item.id)) == Some(&ItemValue::Flag(false));
        let of_side = ITEMS.iter().filter(|item| item.side() == self.side);
        of_side.filter(is_false).filter(|item| product.is_mandatory(item)).collect()
    }
}

/// A product as `when` of a case sees it.
#[derive(Debug, Clone, Copy)]
pub struct Product<'f>(pub &'f IcsFile);

/// Values as they are declared.
struct Declared<'f>(&'f IcsFile);

impl<'v> Env<'v> for Declared<'_> {
    fn field(&self, _: &str, _: &FieldPath) -> Value<'v> {
        Value::Absent
    }

    fn word(&self, word: &str) -> Value<'v> {
        let Some(id) = ItemId::new(word) else { return Value::Absent };
        match self.0.items.get(&id) {
            Some(ItemValue::Flag(value)) => Value::Bool(*value),
            Some(ItemValue::Number(value)) => Value::Int(*value),
            Some(ItemValue::Unknown) | None => Value::Unknown(Reason::ApplicabilityUnknown),
        }
    }
}

impl Product<'_> {
    /// Whether an item is mandatory in every version that is declared.
    pub fn is_mandatory(&self, item: &Item) -> bool {
        let in_version = |version: &CaseVersion| match item.status(*version) {
            Status::Mandatory => true,
            Status::Conditional => {
                let condition = parse(item.condition).ok();
                condition.is_some_and(|condition| condition.truth(&Declared(self.0)) == Value::Bool(true))
            }
            Status::Optional | Status::OneOf(_) | Status::Prohibited => false,
        };
        !self.0.versions.is_empty() && self.0.versions.iter().all(in_version)
    }

    /// Whether a case with this `when` applies: true, false or unknown. A mandatory item of which nothing is declared counts as
    /// supported.
    pub fn applies(&self, when: &Expr) -> Value<'static> {
        when.truth(self)
    }
}

impl<'v> Env<'v> for Product<'_> {
    fn field(&self, _: &str, _: &FieldPath) -> Value<'v> {
        Value::Absent
    }

    fn word(&self, word: &str) -> Value<'v> {
        if word == "versions" {
            let name = |version: &CaseVersion| match version {
                CaseVersion::Dm11 => "DM/1.1",
                CaseVersion::Dm12 => "DM/1.2",
                CaseVersion::Dm13 => "DM/1.3",
            };
            return Value::List(self.0.versions.iter().map(|version| Value::text(name(version))).collect());
        }
        match (Declared(self.0).word(word), find(word)) {
            (Value::Unknown(_), Some(item)) if self.is_mandatory(item) => Value::Bool(true),
            (value, _) => value,
        }
    }

    fn call(&self, function: &str, args: &[Value<'v>]) -> Value<'v> {
        match (function, args, &self.0.profile) {
            ("profile", [Value::Text(name)], Some(profile)) => Value::Bool(name == profile),
            ("profile", ..) => Value::Unknown(Reason::ApplicabilityUnknown),
            _ => Value::Absent,
        }
    }
}

/// Reads the `when` of a case, which may use ICS items, `versions` and `profile(name)`, and nothing else.
///
/// # Errors
///
/// [`ExprError`] where the text is no such expression.
pub fn check_when(text: &str) -> Result<Expr, ExprError> {
    let error = |at, what: String, mend: &str| ExprError { at, what, mend: mend.to_owned() };
    let when = parse(text)?;
    if let Some(name) = when.names().first() {
        return Err(error(
            name.at,
            format!("`${}` before a trial", name.name),
            "Use ICS items; names are bound by steps.",
        ));
    }
    if let Some((word, at)) = when.words().iter().find(|(word, _)| *word != "versions" && find(word).is_none()) {
        return Err(error(*at, format!("there is no ICS item `{word}`"), "Use an item of the table in docs/ics.md."));
    }
    let allowed = ["profile", "between", "in_ranges", "same_set"];
    match when.calls().iter().find(|(name, _)| !allowed.contains(name)) {
        Some((name, at)) => {
            Err(error(*at, format!("`{name}` before a trial"), "Use ICS items, `versions` and `profile(name)`."))
        }
        None => Ok(when),
    }
}

/// The JSON Schema of a statement, as it is committed in `testcases/schema/ics.schema.json`: pretty JSON with a line feed at
/// its end.
pub fn ics_schema() -> String {
    let mut schema = schemars::schema_for!(IcsFile);
    schema.insert("$id".to_owned(), "dmscope-ics/1".into());
    schema.insert("title".to_owned(), "dmscope statement of support (ICS), format 1".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
