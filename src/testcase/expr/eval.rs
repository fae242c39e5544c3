//! What an expression comes to.

use super::ast::{Expr, Node};
use super::functions::{self};
use super::value::{Value, all, any, within};
use crate::testcase::FieldPath;
use crate::testcase::Reason;

/// What an expression is evaluated against; `'v` is how long its values last.
pub trait Env<'v> {
    /// The value of `$name.path`; with an empty path the thing itself. A path with `*` gives a list.
    fn field(&self, name: &str, path: &FieldPath) -> Value<'v>;

    /// A field of what a call gave: `object($c0).len`, `node(uri).format`. Asked only for what is neither absent nor unknown.
    fn member(&self, of: &Value<'v>, path: &str) -> Value<'v> {
        let _ = (of, path);
        Value::Absent
    }

    /// The value of a bare word: an ICS item, `versions`.
    fn word(&self, word: &str) -> Value<'v> {
        let _ = word;
        Value::Absent
    }

    /// A function that needs more than its arguments: `object`, `secret`, `mo_root`, `node`, `count`, `hmac`, `profile`, and
    /// `sha256` and `noti_digest` of a [`Value::Thing`].
    fn call(&self, function: &str, args: &[Value<'v>]) -> Value<'v> {
        let _ = (function, args);
        Value::Absent
    }
}

impl Expr {
    /// What it comes to.
    pub fn eval<'v>(&'v self, env: &dyn Env<'v>) -> Value<'v> {
        self.node.eval(env)
    }

    /// What it comes to as a condition: true, false or unknown.
    pub fn truth<'v>(&'v self, env: &dyn Env<'v>) -> Value<'static> {
        self.eval(env).truth()
    }
}

impl Node {
    fn eval<'v>(&'v self, env: &dyn Env<'v>) -> Value<'v> {
        match self {
            Self::Absent => Value::Absent,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Text(text) => Value::text(text),
            Self::List(nodes) => Value::List(nodes.iter().map(|node| node.eval(env)).collect()),
            Self::Name { name, path, .. } => env.field(name, path),
            Self::Place { name, path, rest, .. } => match env.field(name, path) {
                Value::Unknown(reason) => Value::Unknown(reason),
                value => value.scalar_text().map_or(Value::Absent, |text| Value::text(text.into_owned() + rest)),
            },
            Self::Word { word, .. } => env.word(word),
            Self::Call { function, args, .. } => {
                let args: Vec<Value<'v>> = args.iter().map(|node| node.eval(env)).collect();
                functions::call(function.name, &args, env)
            }
            Self::Member { of, path } => match of.eval(env) {
                open @ (Value::Absent | Value::Unknown(_)) => open,
                value => env.member(&value, path),
            },
            Self::Compare { how, a, b } => how.compare(&a.eval(env), &b.eval(env), a.is_uri() || b.is_uri()),
            Self::In { value, list, negated } => {
                within(&value.eval(env), &list.eval(env), *negated, value.is_uri() || list.is_uri())
            }
            Self::Not(node) => node.eval(env).negated(),
            Self::And(nodes) => all(nodes.iter().map(|node| node.eval(env))),
            Self::Or(nodes) => any(nodes.iter().map(|node| node.eval(env))),
            Self::Negative(node) => sum(&Value::Int(0), &node.eval(env), false),
            Self::Sum(first, rest) => {
                rest.iter().fold(first.eval(env), |total, (plus, node)| sum(&total, &node.eval(env), *plus))
            }
        }
    }
}

/// What two values come to; absent where one is no number, or the result is too large.
fn sum(a: &Value<'_>, b: &Value<'_>, plus: bool) -> Value<'static> {
    if let Some(reason) = open([a, b]) {
        return Value::Unknown(reason);
    }
    let both = a.number().zip(b.number());
    let result = both.and_then(|(a, b)| if plus { a.checked_add(b) } else { a.checked_sub(b) });
    result.map_or(Value::Absent, Value::Int)
}

/// The most telling reason of values that are unknown.
pub(super) fn open<'a, 'v: 'a>(values: impl IntoIterator<Item = &'a Value<'v>>) -> Option<Reason> {
    let reasons = values.into_iter().filter_map(|value| match value {
        Value::Unknown(reason) => Some(*reason),
        _ => None,
    });
    reasons.max()
}
