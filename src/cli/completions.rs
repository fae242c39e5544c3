//! `dmscope completions`.

use super::args::Cli;
use super::exit::{Exit, Failure};
use super::output::Output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Example: dmscope completions bash > ~/.local/share/bash-completion/completions/dmscope")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    // The generator can't pass on an error of its writer.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "dmscope", &mut script);
    let mut results = output.results();
    results.write_all(&script)?;
    results.flush()?;
    Ok(Exit::Done)
}
