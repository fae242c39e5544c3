//! Faults on demand: what the relay is told to do wrong, and when.
//!
//! **In**: specifications ([`Fault`], as text in `docs/faults.md`), and whole HTTP messages that carry SyncML. **Out**: for
//! each message a [`Plan`]: wait, cut, answer instead, send other octets, send twice; and what the recording is to say of it
//! ([`Injected`](crate::base::Injected)). **Does not know** sockets, nor how a plan is carried out.
//!
//! Pure and synchronous: the same faults, and the same messages in the same order, give the same plans. Changes to SyncML
//! are made on the element tree and written by the faithful codecs, so that every octet that is not meant stays as it was.
//!
//! **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `FAULT`.
//!
//! `spec` (what a fault is), `parse` and `error` (its text), `random`, `track` (sessions and packages), `change` (bodies),
//! `engine` (which fault applies when).

mod change;
mod engine;
mod error;
mod parse;
mod random;
mod spec;
#[cfg(test)]
mod tests;
mod track;

pub use engine::{Engine, Plan, Standing};
pub use error::{FaultError, FaultErrorKind};
pub use parse::read_file;
pub use spec::{Conditions, Fault, FaultKind, Probability};
