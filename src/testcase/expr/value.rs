//! What an expression comes to, and how values compare.

use super::functions::same_uri;
use crate::testcase::Reason;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What an expression comes to. Texts are borrowed from the traffic and from the case, as long as nothing new is made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'v> {
    /// There is no such thing.
    Absent,
    /// It cannot be told, and why.
    Unknown(Reason),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(Cow<'v, str>),
    /// Values in order.
    List(Vec<Self>),
    /// An event, an object, a node: only whoever gave it out knows what it is.
    Thing(u64),
}

impl<'v> Value<'v> {
    /// A text.
    pub fn text(text: impl Into<Cow<'v, str>>) -> Self {
        Self::Text(text.into())
    }

    /// As a condition: true, false or unknown. What is absent is false; so is zero, an empty list, and a text but `true`.
    pub fn truth(&self) -> Value<'static> {
        Value::Bool(match self {
            Self::Unknown(reason) => return Value::Unknown(*reason),
            Self::Absent => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Text(text) => text == "true",
            Self::List(values) => !values.is_empty(),
            Self::Thing(_) => true,
        })
    }

    /// As a whole number; a text is read as a decimal number.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(text) => decimal(text),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn scalar_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
            Self::Int(value) => Some(value.to_string().into()),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// Kleene's *not*.
    pub(super) fn negated(&self) -> Value<'static> {
        match self.truth() {
            Value::Bool(value) => Value::Bool(!value),
            other => other,
        }
    }
}

/// A text that is a decimal number and nothing else.
fn decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    if is_decimal { text.parse().ok() } else { None }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Compare {
    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Lt => order == Ordering::Less,
            Self::Le => order != Ordering::Greater,
            Self::Gt => order == Ordering::Greater,
            Self::Ge => order != Ordering::Less,
        }
    }

    fn is_order(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne)
    }

    /// Compares two values; as URIs where `uris` says so.
    ///
    /// Absent equals absent; any other comparison with what is absent is false. A text is read as a decimal number where it
    /// meets an integer, and the comparison is false if it is none.
    pub(super) fn compare(self, a: &Value<'_>, b: &Value<'_>, uris: bool) -> Value<'static> {
        let holds = match (a, b) {
            (Value::Unknown(a), Value::Unknown(b)) => return Value::Unknown(*a.max(b)),
            (Value::Unknown(reason), _) | (_, Value::Unknown(reason)) => return Value::Unknown(*reason),
            (Value::Absent, Value::Absent) => self == Self::Eq,
            (Value::Absent, _) | (_, Value::Absent) => false,
            (Value::Text(a), Value::Text(b)) if uris && !self.is_order() => same_uri(a, b) == (self == Self::Eq),
            (Value::Text(a), Value::Text(b)) if self.is_order() => match (decimal(a), decimal(b)) {
                (Some(a), Some(b)) => self.admits(a.cmp(&b)),
                _ => self.admits(a.cmp(b)),
            },
            (Value::Text(a), Value::Text(b)) => self.admits(a.cmp(b)),
            (Value::Int(_) | Value::Text(_), Value::Int(_)) | (Value::Int(_), Value::Text(_)) => {
                a.number().zip(b.number()).is_some_and(|(a, b)| self.admits(a.cmp(&b)))
            }
            (Value::List(a), Value::List(b)) if !self.is_order() => return self.lists(a, b, uris),
            _ => match self {
                Self::Eq => a == b,
                Self::Ne => a != b,
                _ => false,
            },
        };
        Value::Bool(holds)
    }

    /// Whether two lists are equal, or differ, element by element.
    fn lists(self, a: &[Value<'_>], b: &[Value<'_>], uris: bool) -> Value<'static> {
        let equal = if a.len() == b.len() {
            all(a.iter().zip(b).map(|(a, b)| Self::Eq.compare(a, b, uris)))
        } else {
            Value::Bool(false)
        };
        if self == Self::Eq { equal } else { equal.negated() }
    }
}

/// Kleene's *and* over values; stops at the first that is false.
pub(super) fn all<'v>(values: impl IntoIterator<Item = Value<'v>>) -> Value<'static> {
    decided(values, false)
}

/// Kleene's *or* over values; stops at the first that is true.
pub(super) fn any<'v>(values: impl IntoIterator<Item = Value<'v>>) -> Value<'static> {
    decided(values, true)
}

/// The first value that decides; the most telling reason where one is unknown; the opposite otherwise.
fn decided<'v>(values: impl IntoIterator<Item = Value<'v>>, by: bool) -> Value<'static> {
    let mut open = None;
    for value in values {
        match value.truth() {
            Value::Bool(truth) if truth == by => return Value::Bool(by),
            Value::Unknown(reason) => open = open.max(Some(reason)),
            _ => {}
        }
    }
    open.map_or(Value::Bool(!by), Value::Unknown)
}

/// Whether a value is in a list, or (`negated`) differs from all in it; what is no list counts as its only element.
pub(super) fn within(value: &Value<'_>, list: &Value<'_>, negated: bool, uris: bool) -> Value<'static> {
    let elements = match list {
        Value::List(elements) => elements.as_slice(),
        Value::Unknown(reason) => return Value::Unknown(*reason),
        one => std::slice::from_ref(one),
    };
    match (negated, value) {
        // A comparison with what is absent is false.
        (true, Value::Absent) => Value::Bool(false),
        (true, _) => all(elements.iter().map(|element| Compare::Ne.compare(value, element, uris))),
        (false, _) => any(elements.iter().map(|element| Compare::Eq.compare(value, element, uris))),
    }
}
