//! Expressions of case files: `check`, `let`, `when`, and texts in which names are filled in.
//!
//! One small language: no loops, no definitions, total, without side effects. A result is three-valued where it matters: what
//! a missing secret or a hole in the traffic leaves open is [`Value::Unknown`], with the reason.

mod ast;
mod eval;
mod fill;
mod functions;
mod lex;
mod parse;
mod value;

#[cfg(test)]
mod tests;

pub use ast::{Doubt, Expr, NameUse};
pub use eval::Env;
pub use fill::{fill, names_in};
pub(crate) use functions::decoded;
pub use functions::{acl_allows, noti_digest, same_uri};
pub use parse::parse;
pub use value::Value;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ExprError {
    /// Where, in octets from the beginning of the expression.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// How it is put right.
    pub mend: String,
}

impl ExprError {
    pub(super) fn new(at: usize, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { at, what: what.into(), mend: mend.into() }
    }
}

/// Octets that an expression may have.
const MAX_LENGTH: usize = 8192;

/// How deep parentheses, lists, calls and `not` may nest.
const MAX_DEPTH: usize = 32;
