//! `dmscope man`.

use super::args::Cli;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::suggest::similar;
use clap::{Args, Command, CommandFactory};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Example: dmscope man analyze | man -l -")]
pub(super) struct Arguments {
    /// The command whose page is written to standard output; left out: that of dmscope itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(program, folder))
            .map_err(|error| Failure::usage(format!("--out: {} can't be written: {error}", folder.display())))?;
        return Ok(Exit::Done);
    }
    let page = match &arguments.command {
        None => program,
        Some(name) => subcommand(program, name)?,
    };
    let mut results = output.results();
    clap_mangen::Man::new(page).render(&mut results)?;
    results.flush()?;
    Ok(Exit::Done)
}

fn subcommand(program: Command, name: &str) -> Result<Command, Failure> {
    match program.find_subcommand(name) {
        Some(found) => Ok(found.clone()),
        None => {
            let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
            let hint = similar(name, names.iter().copied()).map_or_else(
                || format!("there are {}", names.join(", ")),
                |similar| format!("did you mean \"{similar}\"?"),
            );
            Err(Failure::usage(format!("there is no command \"{name}\"; {hint}")))
        }
    }
}
