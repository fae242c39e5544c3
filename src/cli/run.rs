//! From arguments to an exit code.

use super::args::{Cli, Command};
use super::exit::{Exit, Failure};
use super::output::Output;
use super::{
    analyze, ca, capture, completions, ddf, decode, encode, export, history, ics, man, proxy, replay, rules, stored,
    testcases, tree, view,
};
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, its own name first.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; everything else is a wrong command line.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let output = Output::new(&cli.common);
    match run(cli.command, &output) {
        Ok(exit) => exit.into(),
        Err(failure) if failure.is_closed_pipe() => ExitCode::from(0),
        Err(failure) => {
            output.error(&failure.to_string());
            failure.code()
        }
    }
}

fn run(command: Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Analyze(arguments) => analyze::run(arguments, output),
        Command::View(arguments) => view::run(*arguments, output),
        Command::Proxy(arguments) => proxy::run(*arguments, output),
        Command::Capture(arguments) => capture::run(*arguments, output),
        Command::Decode(arguments) => decode::run(&arguments, output),
        Command::Encode(arguments) => encode::run(&arguments, output),
        Command::Export(arguments) => export::run(*arguments, output),
        Command::Replay(arguments) => replay::run(arguments, output),
        Command::Rules(arguments) => rules::run(arguments, output),
        Command::Testcases(arguments) => testcases::run(arguments, output),
        Command::Report(arguments) => stored::report(&arguments, output),
        Command::Diff(arguments) => stored::diff(&arguments, output),
        Command::Merge(arguments) => stored::merge(&arguments, output),
        Command::Ics(arguments) => ics::run(arguments, output),
        Command::Tree(arguments) => tree::run(*arguments, output),
        Command::Ddf(arguments) => ddf::run(&arguments, output),
        Command::History(arguments) => history::run(&arguments, output),
        Command::Ca(arguments) => ca::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Man(arguments) => man::run(&arguments, output),
    }
}
