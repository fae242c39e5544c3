//! Tokens of an expression.

use super::{ExprError, MAX_LENGTH};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Int(i64),
    Text(String),
    Name {
        name: String,
        path: String,
        rest: Option<String>,
    },
    Word(String),
    /// `.len` behind a closing parenthesis.
    Field(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

const SIGNS: [&str; 13] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", "+", "-"];

/// The tokens, each with the octet where it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ExprError> {
    if text.len() > MAX_LENGTH {
        let what = format!("the expression has more than {MAX_LENGTH} octets");
        return Err(ExprError::new(MAX_LENGTH, what, "Split it into several checks."));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let Some(first) = trimmed.chars().next() else { break };
        let (token, length) = match first {
            '"' => quoted(trimmed, at)?,
            '$' => named(trimmed, at)?,
            '0'..='9' => number(trimmed, at)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = word_length(trimmed);
                (Token::Word(trimmed.get(..length).unwrap_or_default().to_owned()), length)
            }
            '.' => {
                let length = path_length(trimmed);
                let path = trimmed.get(1..length).unwrap_or_default();
                if path.is_empty() {
                    return Err(ExprError::new(
                        at,
                        "a point without a field",
                        "Write the field behind it, or leave it out.",
                    ));
                }
                (Token::Field(path.to_owned()), length)
            }
            _ => match SIGNS.iter().find(|sign| trimmed.starts_with(*sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return Err(foreign(first, at)),
            },
        };
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

fn foreign(found: char, at: usize) -> ExprError {
    let mend = match found {
        '=' => "Write `==` for equal.",
        '!' => "Write `not`, or `!=` for different.",
        '&' => "Write `and`.",
        '|' => "Write `or`.",
        '\'' => "Write texts in double quotes.",
        _ => "Write texts in double quotes; the operators are == != < <= > >= in, not in, and, or, not, + and -.",
    };
    ExprError::new(at, format!("`{}` has no meaning here", found.escape_default()), mend)
}

fn quoted(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((offset, ch)) = chars.next() {
        match ch {
            '"' => return Ok((Token::Text(value), offset + 1)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => {
                    let mend = "Write `\\\\` for a backslash and `\\\"` for a quote; nothing else is escaped.";
                    return Err(ExprError::new(at + offset, "a backslash that escapes nothing", mend));
                }
            },
            other => value.push(other),
        }
    }
    Err(ExprError::new(at, "a text without its closing quote", "Add the `\"`."))
}

fn number(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let digits = text.get(..length).unwrap_or_default();
    let after = text.get(length..).and_then(|rest| rest.chars().next());
    if after.is_some_and(|ch| ch.is_alphanumeric() || ch == '.' || ch == '_') {
        let mend = "Write a whole number in decimal, or a text in double quotes.";
        return Err(ExprError::new(at, "a number with something behind it", mend));
    }
    match digits.parse() {
        Ok(value) => Ok((Token::Int(value), length)),
        Err(_) => Err(ExprError::new(at, "a number that is too large", "Write it as a text, in double quotes.")),
    }
}

fn named(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let Some((name, path, length)) = name_at(text) else {
        return Err(ExprError::new(at, "`$` without a name", "Write the name behind it, such as `$first`."));
    };
    let behind = text.get(length..).unwrap_or_default();
    let mut end = length;
    let rest = behind.starts_with('/').then(|| {
        let stop = behind.find(|ch: char| ch.is_whitespace() || ",()[]\"".contains(ch)).unwrap_or(behind.len());
        end += stop;
        behind.get(..stop).unwrap_or_default().to_owned()
    });
    Ok((Token::Name { name: name.to_owned(), path: path.to_owned(), rest }, end))
}

/// `$name.field` at the beginning of a text: name, field, octets.
pub(super) fn name_at(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.strip_prefix('$')?;
    let length = rest.bytes().take_while(|octet| octet.is_ascii_alphanumeric() || *octet == b'_').count();
    let name = rest.get(..length)?;
    if !name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_') {
        return None;
    }
    let behind = rest.get(length..)?;
    let path_octets = path_length(behind);
    let path = behind.get(1..path_octets).unwrap_or_default();
    Some((name, path, 1 + length + path_octets))
}

/// Octets of a bare word: a hyphen belongs to it where a letter or digit follows, a point where a digit follows.
fn word_length(text: &str) -> usize {
    let octets = text.as_bytes();
    let is_part = |at: usize| octets.get(at).is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet == b'_');
    let mut at = 0;
    let is_digit = |at: usize| octets.get(at).is_some_and(u8::is_ascii_digit);
    while is_part(at)
        || octets.get(at) == Some(&b'-') && is_part(at + 1)
        || octets.get(at) == Some(&b'.') && is_digit(at + 1)
    {
        at += 1;
    }
    at
}

/// Octets of `.field.field`: a hyphen belongs to a field where a letter stands before and behind it; `*` is any element.
fn path_length(text: &str) -> usize {
    let octets = text.as_bytes();
    let mut at = 0;
    while octets.get(at) == Some(&b'.') {
        let is_part = |at: usize| octets.get(at).is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet == b'_');
        let is_letter = |at: usize| octets.get(at).is_some_and(u8::is_ascii_alphabetic);
        let mut end = at + 1;
        if octets.get(end) == Some(&b'*') {
            end += 1;
        } else {
            while is_part(end) || octets.get(end) == Some(&b'-') && is_letter(end - 1) && is_letter(end + 1) {
                end += 1;
            }
        }
        if end == at + 1 {
            break;
        }
        at = end;
    }
    at
}
