//! The arguments of `history`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Arguments of `history`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Action,
}

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The runs, with devices and verdicts
    #[command(after_help = CODES)]
    Show {
        #[command(flatten)]
        which: Which,
        /// Firmware: 1.2, 1.*, or a range with its ends, 1.2..1.3
        #[arg(long, value_name = "A..B|GLOB", help_heading = "Which sessions")]
        firmware: Option<String>,
        /// Form of the result
        #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
        format: Form,
    },
    /// How many sessions passed and failed, and which rules were violated, over time
    #[command(after_help = CODES)]
    Trend {
        #[command(flatten)]
        which: Which,
        /// Firmware: 1.2, 1.*, or a range with its ends, 1.2..1.3
        #[arg(long, value_name = "A..B|GLOB", help_heading = "Which sessions")]
        firmware: Option<String>,
        /// What makes a row
        #[arg(long, value_name = "WHAT", value_enum, default_value_t = Rows::Day)]
        by: Rows,
        /// Form of the result
        #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
        format: Form,
    },
    /// What became better and worse from one version of the firmware to another
    #[command(after_help = "\
Exit codes:
  0  nothing got worse
  1  something that weighs at least --fail-on is new or worse
  2  the command line, or the history, is wrong; or a version has no sessions")]
    Compare {
        #[command(flatten)]
        which: Which,
        /// The two versions, such as 1.2..1.3; each may be a pattern, such as 1.2*..1.3*
        #[arg(long, value_name = "A..B", required = true, help_heading = "Which sessions")]
        firmware: String,
        /// What a change must weigh for the exit code to be 1
        #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Least::Error)]
        fail_on: Least,
        /// Form of the result
        #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
        format: Form,
    },
}

const CODES: &str = "\
Exit codes:
  0  done
  2  the command line, or the history, is wrong";

/// Which sessions are meant, firmware apart.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The history, as analyze --history wrote it
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Only these devices; * for any characters
    #[arg(long, value_name = "GLOB", help_heading = "Which sessions")]
    pub(super) device: Option<String>,
    /// Only sessions with these servers
    #[arg(long, value_name = "GLOB", help_heading = "Which sessions")]
    pub(super) server: Option<String>,
    /// Only devices of these models
    #[arg(long, value_name = "GLOB", help_heading = "Which sessions")]
    pub(super) model: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Rows {
    Day,
    Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Least {
    Error,
    Warning,
    Never,
}
