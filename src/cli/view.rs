//! `dmscope view`.

#[cfg(feature = "tui")]
mod run;

use super::exit::{Exit, Failure};
use super::output::Output;
#[cfg(feature = "tui")]
use super::{inputs, judgement};
use clap::Args;

/// Arguments of `view`.
#[cfg(feature = "tui")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required_unless_present = "keys")]
    captures: Vec<std::path::PathBuf>,

    #[command(flatten)]
    judgement: judgement::Arguments,

    #[command(flatten)]
    reading: inputs::ReadingArguments,

    #[command(flatten)]
    look: LookArguments,
    /// Write all keys, with the names that the configuration has for them, and end
    #[arg(long, help_heading = "Screen")]
    keys: bool,
}

/// How the screen looks, wherever there is one.
#[cfg(feature = "tui")]
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct LookArguments {
    /// dark, light, high-contrast or plain [default: that of the configuration; plain with NO_COLOR]
    #[arg(long, value_name = "NAME", help_heading = "Screen")]
    theme: Option<String>,
    /// Leave the mouse to the terminal, for its own selection
    #[arg(long, help_heading = "Screen")]
    no_mouse: bool,
    /// Keys, theme and columns (TOML) [default: dmscope/view.toml in the folder for configuration]
    #[arg(long, value_name = "FILE", help_heading = "Screen")]
    config: Option<std::path::PathBuf>,
}

#[cfg(all(feature = "tui", feature = "proxy"))]
impl LookArguments {
    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        self.theme.is_some() || self.no_mouse || self.config.is_some()
    }
}

#[cfg(feature = "tui")]
const EXAMPLES: &str = "\
Examples:
  dmscope view field.pcapng
  dmscope view --filter 'verdict=fail' captures/

? shows the keys of each screen, i explains what is selected, q leaves.

Exit codes:
  0  it was shown, whatever the verdict
  2  the command line, or a file that it names as a setting, is wrong; or there is no terminal
  3  an input could not be read, or only in part; what could be read was shown";

/// Arguments of `view`.
#[cfg(not(feature = "tui"))]
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<std::ffi::OsString>,
}

#[cfg(feature = "tui")]
pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    run::run(arguments, output)
}

#[cfg(not(feature = "tui"))]
pub(super) fn run(_arguments: Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage("this dmscope was built without its terminal UI; build with --features tui"))
}

#[cfg(all(feature = "tui", feature = "proxy"))]
pub(super) use run::{begin, need_terminal, settings};
