//! Which sessions: the small language of `--filter`.
//!
//! ```text
//! device=IMEI:0049* and verdict=fail
//! (server=*example.com* or session=1A2F) and not time<2026-01-01T12:00:00Z
//! ```
//!
//! A comparison is a field, an operator and a value. `device`, `server`, `session` and `profile` are texts, compared
//! without regard to the case of ASCII letters, with `*` for any characters; `verdict` is one of the words of the report;
//! `time` is when the session began, compared with RFC 3339 or a day; `findings` is their number, `errors` and `warnings`
//! are those of such a severity. Texts and verdicts know `=` and `!=`, the others `<`, `<=`, `>`, `>=` besides. `not` binds tighter than `and`, `and` tighter than
//! `or`. A value with blanks or parentheses stands in double quotes. A session without a device has no `device`: it
//! equals nothing, not even `*`.

mod parse;

use super::{SessionReport, Time, Verdict};

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    root: Node,
    text: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Text(TextField, bool, Glob),
    Verdict(bool, Verdict),
    Time(Comparison, Time),
    Number(NumberField, Comparison, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextField {
    Device,
    Server,
    Session,
    Profile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberField {
    Findings,
    Errors,
    Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {kind}")]
pub struct FilterError {
    /// Position in characters, from 1.
    pub at: usize,
    /// What is wrong.
    pub kind: FilterErrorKind,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterErrorKind {
    /// Nothing, or only blanks.
    #[error("the expression is empty; for example: device=IMEI:0049* and verdict=fail")]
    Empty,
    /// A field was expected.
    #[error(
        "expected a field (device, server, session, profile, verdict, time, findings, errors, warnings), found {found}"
    )]
    ExpectedField {
        /// What stood there.
        found: String,
    },
    /// No field of that name.
    #[error(
        "there is no field \"{name}\"; there are device, server, session, profile, verdict, time, findings, errors and warnings"
    )]
    UnknownField {
        /// The name.
        name: String,
    },
    /// An operator was expected.
    #[error("expected {wanted} after \"{field}\", found {found}")]
    ExpectedOperator {
        /// The field.
        field: &'static str,
        /// The operators that it knows.
        wanted: &'static str,
        /// What stood there.
        found: String,
    },
    /// A value was expected.
    #[error("expected a value, found {found}; put it in double quotes where it holds blanks or parentheses")]
    ExpectedValue {
        /// What stood there.
        found: String,
    },
    /// A quoted value does not end.
    #[error("the double quote is never closed")]
    UnclosedQuote,
    /// A parenthesis does not end.
    #[error("the parenthesis is never closed")]
    UnclosedParenthesis,
    /// Something follows the end of the expression.
    #[error("expected \"and\", \"or\" or the end, found {found}")]
    ExpectedEnd {
        /// What stood there.
        found: String,
    },
    /// Not a verdict.
    #[error("\"{value}\" is no verdict; there are pass, inconclusive, fail and error")]
    BadVerdict {
        /// The value.
        value: String,
    },
    /// Not a time.
    #[error("\"{value}\" is no time; write it like 2026-01-31T12:00:00Z or 2026-01-31")]
    BadTime {
        /// The value.
        value: String,
    },
    /// Not a number.
    #[error("\"{value}\" is no number")]
    BadNumber {
        /// The value.
        value: String,
    },
    /// Longer or deeper than anybody needs.
    #[error("the expression is too long or too deeply nested")]
    TooLarge,
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// With the position, when it is none.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::expression(text).map(|root| Self { root, text: text.trim().to_owned() })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the session is one of those that were asked for.
    pub fn matches(&self, session: &SessionReport<'_>) -> bool {
        self.root.matches(session)
    }
}

impl Node {
    /// Recursion is bounded by the depth that the parser allows.
    fn matches(&self, session: &SessionReport<'_>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(session)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(session)),
            Self::Not(node) => !node.matches(session),
            Self::Text(field, equal, glob) => {
                let value = match field {
                    TextField::Device => session.device.as_deref(),
                    TextField::Server => session.server.as_deref(),
                    TextField::Session => session.session_id.as_deref(),
                    TextField::Profile => Some(&*session.profile),
                };
                value.is_some_and(|value| glob.matches(value)) == *equal
            }
            Self::Verdict(equal, verdict) => (session.verdict == *verdict) == *equal,
            Self::Time(comparison, time) => comparison.holds(&session.started, time),
            Self::Number(field, comparison, number) => {
                let value = match field {
                    NumberField::Findings => session.findings.total(),
                    NumberField::Errors => session.findings.error,
                    NumberField::Warnings => session.findings.warning,
                };
                comparison.holds(&value, number)
            }
        }
    }
}

/// A text with `*` for any characters; upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<u8>);

impl Glob {
    /// The pattern as it is written.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.as_bytes().to_vec())
    }

    /// Whether a text is like it. Compares in time that grows with the product of the lengths at worst: one place to come back to, no recursion.
    pub fn matches(&self, text: &str) -> bool {
        let (glob, text) = (&*self.0, text.as_bytes());
        let (mut at, mut pos) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while let Some(octet) = text.get(pos) {
            match glob.get(at) {
                Some(b'*') => {
                    star = Some((at.saturating_add(1), pos));
                    at = at.saturating_add(1);
                }
                Some(wanted) if wanted.eq_ignore_ascii_case(octet) => {
                    at = at.saturating_add(1);
                    pos = pos.saturating_add(1);
                }
                _ => {
                    let Some((after, from)) = star else { return false };
                    let from = from.saturating_add(1);
                    star = Some((after, from));
                    (at, pos) = (after, from);
                }
            }
        }
        glob.get(at..).unwrap_or_default().iter().all(|octet| *octet == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::example;
    use proptest::prelude::*;

    fn session() -> SessionReport<'static> {
        let mut session = example::session(7);
        session.device = Some("IMEI:004999010640000".into());
        session.server = Some("https://dm.example.com/dm".into());
        session.session_id = Some("1A2F".into());
        session.profile = "oma-dm-1.2".into();
        session.verdict = Verdict::Fail;
        session.findings.error = 2;
        session.started = Time::parse("2026-01-01T10:00:00Z").unwrap();
        session
    }

    #[test]
    fn an_expression_picks_the_sessions_that_it_says() {
        let table = [
            ("device=IMEI:0049*", true),
            ("device=imei:004999010640000", true),
            ("device=IMEI:0049", false),
            ("device!=IMEI:0049*", false),
            ("device=*0640*", true),
            ("device=*", true),
            ("server=\"https://dm.example.com/dm\"", true),
            ("session=1a2f", true),
            ("session = 1A2F", true),
            ("profile=ms-mdm", false),
            ("verdict=fail", true),
            ("verdict!=fail", false),
            ("verdict=FAIL", true),
            ("time>2026-01-01T00:00:00Z", true),
            ("time>=2026-01-01T11:00:00+01:00", true),
            ("time<2026-01-01", false),
            ("time>2026-01-01", true),
            ("findings=2", true),
            ("errors=2", true),
            ("warnings>0", false),
            ("findings>2", false),
            ("findings>=2", true),
            ("findings=0", false),
            ("verdict=pass or device=IMEI* and findings=2", true),
            ("(verdict=pass or device=IMEI*) and findings=8", false),
            ("not verdict=pass", true),
            ("not (verdict=fail and findings=2)", false),
            ("not not verdict=fail", true),
            ("NOT verdict=pass AND findings=2", true),
            ("verdict=pass or verdict=fail or verdict=error", true),
        ];
        for (text, expected) in table {
            let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(filter.matches(&session()), expected, "{text}");
        }
    }

    #[test]
    fn a_session_without_a_device_equals_no_device() {
        let mut session = session();
        session.device = None;
        for (text, expected) in [("device=*", false), ("device!=*", true), ("not device=x", true)] {
            assert_eq!(Filter::parse(text).unwrap().matches(&session), expected, "{text}");
        }
    }

    #[test]
    fn an_error_names_the_position_and_what_was_expected() {
        let table = [
            ("", 1, "the expression is empty; for example: device=IMEI:0049* and verdict=fail"),
            (
                "devise=x",
                1,
                "there is no field \"devise\"; there are device, server, session, profile, verdict, time, findings, errors and warnings",
            ),
            ("device", 7, "expected = or != after \"device\", found the end"),
            ("device>x", 7, "expected = or != after \"device\", found \">\""),
            (
                "device=",
                8,
                "expected a value, found the end; put it in double quotes where it holds blanks or parentheses",
            ),
            ("device=\"x", 8, "the double quote is never closed"),
            ("(device=x", 1, "the parenthesis is never closed"),
            ("device=x device=y", 10, "expected \"and\", \"or\" or the end, found \"device\""),
            ("device=x)", 9, "expected \"and\", \"or\" or the end, found \")\""),
            (
                "ü=x",
                1,
                "expected a field (device, server, session, profile, verdict, time, findings, errors, warnings), found \"ü\"",
            ),
            (
                "device=ü and",
                13,
                "expected a field (device, server, session, profile, verdict, time, findings, errors, warnings), found the end",
            ),
            ("verdict=ok", 9, "\"ok\" is no verdict; there are pass, inconclusive, fail and error"),
            ("time>yesterday", 6, "\"yesterday\" is no time; write it like 2026-01-31T12:00:00Z or 2026-01-31"),
            ("findings=many", 10, "\"many\" is no number"),
        ];
        for (text, at, message) in table {
            let error = Filter::parse(text).unwrap_err();
            assert_eq!((error.at, error.kind.to_string().as_str()), (at, message), "{text}");
        }
        assert_eq!(Filter::parse(&"(".repeat(100)).unwrap_err().kind, FilterErrorKind::TooLarge);
        assert_eq!(Filter::parse(&"not ".repeat(100)).unwrap_err().kind, FilterErrorKind::TooLarge);
        assert_eq!(Filter::parse(&"x".repeat(5_000)).unwrap_err().kind, FilterErrorKind::TooLarge);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_text_makes_the_parser_stumble(text in "[a-z=<>!()\"* ü]{0,60}|(not |\\(|device=x | and | or |\\)){0,20}") {
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&session());
            }
        }

        #[test]
        fn a_glob_made_from_a_text_matches_it(text in "[ab]{0,12}", cut in 0_usize..12, stars in 0_usize..3) {
            let cut = cut.min(text.len());
            let glob = format!("{}{}{}", &text[..cut], "*".repeat(stars), &text[cut..]);
            let longer = format!("{text}c");
            prop_assert!(Glob(glob.into_bytes()).matches(&text));
            prop_assert!(!Glob(longer.into_bytes()).matches(&text));
        }
    }
}
