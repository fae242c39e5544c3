//! The arguments of every command.

use super::{
    analyze, ca, capture, completions, ddf, decode, encode, export, history, ics, man, proxy, replay, rules, stored,
    testcases, tree, view,
};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Decode, analyse and conformance-test OMA Device Management traffic.
#[derive(Debug, Parser)]
#[command(name = "dmscope", version, max_term_width = 100, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  everything asked for was done; nothing at or above --fail-on
  1  done, and a verdict is at or above --fail-on
  2  the command line, or a file that it names as a setting, is wrong
  3  an input could not be read, or only in part; the report lists the problem";

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Common {
    /// Colour in the output; NO_COLOR is respected
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// The verdict alone, no progress, no remarks
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Everything, nothing folded
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(super) verbose: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    // On a terminal, unless NO_COLOR says otherwise.
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Decode every DM session in captures, check it against the rules, print the verdict
    Analyze(analyze::Arguments),
    /// The same in the terminal: sessions, timelines, messages, findings, test cases
    View(Box<view::Arguments>),
    /// Stand between device and server: relay, record, judge while traffic flows
    Proxy(Box<proxy::Arguments>),
    /// Capture on an interface and judge while it flows
    Capture(Box<capture::Arguments>),
    /// Decode one payload to readable XML, JSON or an annotated hex dump
    Decode(decode::Arguments),
    /// Encode XML as WBXML, the reverse of decode; make a capture of a session written by hand
    Encode(encode::Arguments),
    /// Write sessions out: messages, a capture in clear, an HTTP archive
    Export(Box<export::Arguments>),
    /// Play one side of a recorded session against a live peer
    Replay(replay::Arguments),
    /// The encoded rules: what each checks, where it is written, examples
    Rules(rules::Arguments),
    /// The test cases: the catalogue, one in full, a check of one's own files
    Testcases(testcases::Arguments),
    /// Turn a stored JSON report into any other format
    Report(stored::ReportArguments),
    /// What got better and worse between two reports
    Diff(stored::DiffArguments),
    /// One report out of many, for runs that were spread over jobs
    Merge(stored::MergeArguments),
    /// What the traffic shows that a product supports, as an ICS file
    Ics(ics::Arguments),
    /// The management tree of each device, as it became known
    Tree(Box<tree::Arguments>),
    /// Check descriptions of devices (DDF)
    Ddf(ddf::Arguments),
    /// Verdicts over time, by device, firmware and server
    History(history::Arguments),
    /// The certificate authority of the proxy: make it, show it, give it to devices
    Ca(ca::Arguments),
    /// Write a shell completion script to standard output
    Completions(completions::Arguments),
    /// Write man pages
    Man(man::Arguments),
}
