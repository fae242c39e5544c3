//! Texts in which names are filled in: `$mo/State`.

use super::ast::NameUse;
use super::eval::Env;
use super::lex::name_at;
use super::value::Value;
use crate::testcase::FieldPath;
use std::ops::Range;

/// A text with each `$name` and `$name.field` in it filled in.
///
/// A text that is nothing but one name gives the value as it is. In a longer one an unknown value makes all unknown, and what
/// is absent or has no text makes all absent. A `$` without a name behind it stands for itself.
pub fn fill<'v>(text: &'v str, env: &dyn Env<'v>) -> Value<'v> {
    let names = found(text);
    if let [(_, name, path)] = names.as_slice()
        && name_at(text).is_some_and(|(_, _, length)| length == text.len())
    {
        return env.field(name, &FieldPath::new(path));
    }
    let mut filled = String::new();
    let mut done = 0;
    let mut is_absent = false;
    let mut reason = None;
    for (range, name, path) in names {
        filled.push_str(text.get(done..range.start).unwrap_or_default());
        done = range.end;
        match env.field(name, &FieldPath::new(path)) {
            Value::Unknown(why) => reason = reason.max(Some(why)),
            value => match value.scalar_text() {
                Some(value) => filled.push_str(&value),
                None => is_absent = true,
            },
        }
    }
    filled.push_str(text.get(done..).unwrap_or_default());
    match reason {
        Some(reason) => Value::Unknown(reason),
        None if is_absent => Value::Absent,
        None => Value::text(filled),
    }
}

/// The names that [`fill`] would fill in.
pub fn names_in(text: &str) -> Vec<NameUse> {
    let name_use = |(range, name, path): (Range<usize>, &str, &str)| NameUse {
        name: name.to_owned(),
        path: FieldPath::new(path),
        at: range.start,
    };
    found(text).into_iter().map(name_use).collect()
}

fn found(text: &str) -> Vec<(Range<usize>, &str, &str)> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find('$')) {
        at += offset;
        match text.get(at..).and_then(name_at) {
            Some((name, path, length)) => {
                names.push((at..at + length, name, path));
                at += length;
            }
            None => at += 1,
        }
    }
    names
}
