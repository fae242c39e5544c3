//! In place of the history, in a program that was built without it.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::verdict::ReportStore;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

const ABSENT: &str = "this dmscope was built without its history; build with --features history";

/// Arguments of `history`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<OsString>,
}

/// Nothing is kept.
#[derive(Debug)]
pub(in crate::cli) struct Keeping;

impl Keeping {
    pub(in crate::cli) fn open(_path: PathBuf) -> Result<Self, Failure> {
        Err(Failure::usage(ABSENT))
    }

    #[expect(clippy::unused_self, reason = "the history itself has the same method")]
    pub(in crate::cli) fn append(&mut self, _store: &mut ReportStore, _output: &Output) -> Result<(), Failure> {
        Err(Failure::usage(ABSENT))
    }
}

pub(in crate::cli) fn run(_arguments: &Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage(ABSENT))
}
