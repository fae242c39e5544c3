//! What is wrong with the text of a fault.

use std::fmt;

/// Why a fault can't be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FaultError {
    /// The line of a file, from 1; `None` for a fault of the command line.
    pub line: Option<usize>,
    /// The character of the line at which it stands, from 1.
    pub column: usize,
    /// What.
    pub kind: FaultErrorKind,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        write!(f, "column {}: {}", self.column, self.kind)
    }
}

/// What is wrong with the text of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultErrorKind {
    /// There is nothing.
    Empty,
    /// It is longer than [`Limits::FAULT_SPEC`](crate::base::Limits::FAULT_SPEC), or the file than
    /// [`Limits::FAULT_FILE`](crate::base::Limits::FAULT_FILE).
    TooLong {
        /// Octets that are allowed.
        limit: usize,
    },
    /// The first word names no fault.
    UnknownFault {
        /// The word.
        found: String,
        /// The name that it resembles.
        meant: Option<&'static str>,
    },
    /// A word that is no condition.
    UnknownCondition {
        /// The word.
        found: String,
        /// The word that it resembles.
        meant: Option<&'static str>,
    },
    /// The text ends where something must follow.
    Missing {
        /// The word that it must follow.
        after: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A value that is not allowed there.
    BadValue {
        /// The value.
        found: String,
        /// What is allowed.
        allowed: &'static str,
        /// The word that it resembles.
        meant: Option<&'static str>,
    },
    /// A condition stands there for the second time.
    Twice {
        /// Its word.
        what: &'static str,
    },
    /// No message can meet it.
    Never {
        /// Why.
        why: &'static str,
    },
}

impl fmt::Display for FaultErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |f: &mut fmt::Formatter<'_>, meant: &Option<&str>, all: &[&str]| match meant {
            Some(meant) => write!(f, "; did you mean {meant}? There are: {}", all.join(", ")),
            None => write!(f, "; there are: {}", all.join(", ")),
        };
        match self {
            Self::Empty => f.write_str("there is no fault; write, for one, \"drop-final on server package 4\""),
            Self::TooLong { limit } => write!(f, "more than {limit} octets are not read"),
            Self::UnknownFault { found, meant: guess } => {
                write!(f, "unknown fault {found:?}")?;
                all(f, guess, super::parse::KINDS)
            }
            Self::UnknownCondition { found, meant: guess } => {
                write!(f, "{found:?} is no condition")?;
                all(f, guess, super::parse::CONDITIONS)
            }
            Self::Missing { after, allowed } => write!(f, "after {after:?} is missing: {allowed}"),
            Self::BadValue { found, allowed, meant: guess } => {
                write!(f, "{found:?} is not allowed here: {allowed}")?;
                guess.map_or(Ok(()), |meant| write!(f, "; did you mean {meant}?"))
            }
            Self::Twice { what } => write!(f, "{what} is said twice"),
            Self::Never { why } => write!(f, "this never happens: {why}"),
        }
    }
}
