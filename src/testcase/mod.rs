//! Test cases: what was asked, and how it was answered.
//!
//! **In**: case files, and sessions with what the rules said of them. **Out**: a verdict for each case, with the evidence that
//! bears it out. **Does not know** where sessions come from, nor how reports look.

mod branches;
mod catalogue;
mod check;
mod cond;
mod demands;
mod docket;
mod events;
pub mod expr;
mod fields;
mod file;
pub mod ics;
mod id_map;
mod load;
mod look;
mod matching;
mod model;
mod time;
mod one_or_many;
mod outline;
pub mod page;
mod path;
mod plan;
mod reading;
pub mod proof;
mod send;
mod tell;
mod trial;
mod unwritten;
mod uris;
mod window;
mod worth;

pub use catalogue::{Case, built_in, case_schema, checked, source};
pub use check::{load, unique};
pub use cond::{Cond, Conditions, Form, Scalar, Test};
pub use docket::{CaseTally, Cases, Docket, Hide};
pub use file::*;
pub use id_map::{IdMap, IdMapKind};
pub use load::{CaseError, CaseErrors, located, read, text_of};
pub use model::{Field, FieldType, fields, resolve};
pub use one_or_many::OneOrMany;
pub use outline::{Outline, Place};
pub use path::FieldPath;
pub use send::*;
pub use unwritten::{UNWRITTEN, Unwritten, unwritten};

/// SHA-256, in hexadecimal.
fn sha256(octets: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests;
