//! The parser of filter expressions.

use super::{Comparison, FilterError, FilterErrorKind, Glob, Node, NumberField, TextField};
use crate::base::Limits;
use crate::verdict::{Time, Verdict};

pub(super) fn expression(text: &str) -> Result<Node, FilterError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    if text.len() > Limits::FILTER {
        return Err(parser.error(FilterErrorKind::TooLarge));
    }
    if text.trim().is_empty() {
        return Err(parser.error(FilterErrorKind::Empty));
    }
    let root = parser.any()?;
    parser.skip_blanks();
    if parser.rest().is_empty() {
        Ok(root)
    } else {
        let found = parser.found();
        Err(parser.error(FilterErrorKind::ExpectedEnd { found }))
    }
}

struct Parser<'t> {
    text: &'t str,
    /// Octet offset, always between characters.
    at: usize,
    depth: usize,
}

/// A field with its name and the kind of its value.
#[derive(Clone, Copy)]
enum Field {
    Text(TextField),
    Verdict,
    Time,
    Number(NumberField),
}

const FIELDS: [(&str, Field); 9] = [
    ("device", Field::Text(TextField::Device)),
    ("server", Field::Text(TextField::Server)),
    ("session", Field::Text(TextField::Session)),
    ("profile", Field::Text(TextField::Profile)),
    ("verdict", Field::Verdict),
    ("time", Field::Time),
    ("findings", Field::Number(NumberField::Findings)),
    ("errors", Field::Number(NumberField::Errors)),
    ("warnings", Field::Number(NumberField::Warnings)),
];

/// Longer operators first.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::Unequal),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, kind: FilterErrorKind) -> FilterError {
        self.error_at(self.at, kind)
    }

    fn error_at(&self, at: usize, kind: FilterErrorKind) -> FilterError {
        let before = self.text.get(..at).unwrap_or_default();
        FilterError { at: before.chars().count().saturating_add(1), kind }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at = self.at.saturating_add(rest.len().saturating_sub(rest.trim_start().len()));
    }

    /// What stands at the position, for an error: a word or one character.
    fn found(&self) -> String {
        let rest = self.rest();
        let word = word_len(rest);
        let len = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        match rest.get(..len) {
            Some(text) if !text.is_empty() => format!("\"{text}\""),
            _ => "the end".to_owned(),
        }
    }

    /// Takes a word if it stands here, in any case, as a whole.
    fn keyword(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let rest = self.rest();
        let len = word_len(rest);
        let here = rest.get(..len).is_some_and(|found| found.eq_ignore_ascii_case(word));
        if here {
            self.at = self.at.saturating_add(len);
        }
        here
    }

    fn token(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.at = self.at.saturating_add(token.len());
        }
        here
    }

    fn any(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.keyword("or") {
            nodes.push(self.all()?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.unary()?];
        while self.keyword("and") {
            nodes.push(self.unary()?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn unary(&mut self) -> Result<Node, FilterError> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > Limits::FILTER_DEPTH {
            return Err(self.error(FilterErrorKind::TooLarge));
        }
        let node = if self.keyword("not") {
            Node::Not(Box::new(self.unary()?))
        } else {
            self.skip_blanks();
            let open = self.at;
            if self.token("(") {
                let node = self.any()?;
                self.skip_blanks();
                if !self.token(")") {
                    return Err(if self.rest().is_empty() {
                        self.error_at(open, FilterErrorKind::UnclosedParenthesis)
                    } else {
                        self.error(FilterErrorKind::ExpectedEnd { found: self.found() })
                    });
                }
                node
            } else {
                self.comparison()?
            }
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, FilterError> {
        let start = self.at;
        let name = self.rest().get(..word_len(self.rest())).unwrap_or_default();
        if name.is_empty() {
            return Err(self.error(FilterErrorKind::ExpectedField { found: self.found() }));
        }
        let Some((name, field)) = FIELDS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return Err(self.error_at(start, FilterErrorKind::UnknownField { name: name.to_owned() }));
        };
        self.at = self.at.saturating_add(name.len());
        self.skip_blanks();
        let before = self.at;
        let comparison =
            COMPARISONS.into_iter().find_map(|(token, comparison)| self.token(token).then_some(comparison));
        let (ordered, wanted) = match field {
            Field::Text(_) | Field::Verdict => (false, "= or !="),
            Field::Time | Field::Number(_) => (true, "=, !=, <, <=, > or >="),
        };
        let comparison = match comparison {
            Some(comparison) if ordered || matches!(comparison, Comparison::Equal | Comparison::Unequal) => comparison,
            _ => {
                self.at = before;
                let found = self.found();
                return Err(self.error(FilterErrorKind::ExpectedOperator { field: name, wanted, found }));
            }
        };
        self.skip_blanks();
        let at = self.at;
        let value = self.value()?;
        let equal = comparison == Comparison::Equal;
        Ok(match field {
            Field::Text(field) => Node::Text(field, equal, Glob(value.into_bytes())),
            Field::Verdict => {
                let verdicts = [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail, Verdict::Error];
                match verdicts.into_iter().find(|verdict| verdict.name().eq_ignore_ascii_case(&value)) {
                    Some(verdict) => Node::Verdict(equal, verdict),
                    None => return Err(self.error_at(at, FilterErrorKind::BadVerdict { value })),
                }
            }
            Field::Time => match Time::parse(&value) {
                Some(time) => Node::Time(comparison, time),
                None => return Err(self.error_at(at, FilterErrorKind::BadTime { value })),
            },
            Field::Number(field) => match value.parse() {
                Ok(number) => Node::Number(field, comparison, number),
                Err(_) => return Err(self.error_at(at, FilterErrorKind::BadNumber { value })),
            },
        })
    }

    /// A value in double quotes, or everything up to a blank or a parenthesis.
    fn value(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        if self.token("\"") {
            let rest = self.rest();
            let Some(len) = rest.find('"') else {
                return Err(self.error_at(start, FilterErrorKind::UnclosedQuote));
            };
            self.at = self.at.saturating_add(len).saturating_add(1);
            return Ok(rest.get(..len).unwrap_or_default().to_owned());
        }
        let rest = self.rest();
        let len = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"')).unwrap_or(rest.len());
        if len == 0 {
            return Err(self.error(FilterErrorKind::ExpectedValue { found: self.found() }));
        }
        self.at = self.at.saturating_add(len);
        Ok(rest.get(..len).unwrap_or_default().to_owned())
    }
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len())
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(node)) => node,
        (_, last) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}
