//! `dmscope history`, and what `analyze --history` does.

#[cfg(not(feature = "history"))]
mod absent;
#[cfg(feature = "history")]
mod args;
#[cfg(feature = "history")]
mod run;
#[cfg(feature = "history")]
mod text;

#[cfg(not(feature = "history"))]
pub(super) use absent::{Arguments, Keeping, run};
#[cfg(feature = "history")]
pub(super) use args::Arguments;
#[cfg(feature = "history")]
pub(super) use run::{Keeping, run};
