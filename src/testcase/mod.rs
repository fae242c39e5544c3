//! Test cases: what was asked, and how it was answered.
//!
//! **In**: case files, and sessions with what the rules said of them. **Out**: a verdict for each case, with the evidence that
//! bears it out. **Does not know** where sessions come from, nor how reports look.

mod catalogue;
mod check;
mod cond;
pub mod expr;
mod file;
pub mod ics;
mod load;
mod model;
mod names;
mod one_or_many;
mod outline;

pub use catalogue::{Case, built_in, case_schema, source};
pub use check::{load, unique};
pub use cond::{Cond, Conditions, Form, Scalar, Test};
pub use file::*;
pub use load::{CaseError, located, read, text_of};
pub use model::{Field, FieldType, fields, resolve};
pub use one_or_many::OneOrMany;
pub use outline::{Outline, Place};

#[cfg(test)]
mod tests;
