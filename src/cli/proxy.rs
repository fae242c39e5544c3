//! `dmscope proxy`.

#[cfg(feature = "proxy")]
mod run;
#[cfg(all(feature = "proxy", feature = "tui"))]
mod screen;
#[cfg(feature = "proxy")]
mod voice;

use super::exit::{Exit, Failure};
use super::output::Output;
#[cfg(all(feature = "proxy", feature = "tui"))]
use super::view;
#[cfg(feature = "proxy")]
use super::{live, recording, tls};
#[cfg(feature = "proxy")]
use crate::proxy::{fault::Fault, settings::Origin};
use clap::Args;

/// Arguments of `proxy`.
#[cfg(feature = "proxy")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Where devices connect; 0 as port: any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: std::net::SocketAddr,
    /// The server, as http(s)://HOST[:PORT]; without it, devices use the proxy as their HTTP proxy and name the server
    /// themselves
    #[arg(long, value_name = "URL")]
    upstream: Option<Origin>,
    /// Rewrite Host to the server's name; without it, requests pass as the device sends them
    #[arg(long, requires = "upstream")]
    rewrite_host: bool,

    #[command(flatten)]
    recording: recording::Arguments,
    /// What was TLS is recorded as it was seen, with its secrets, or in clear
    #[arg(long, value_name = "HOW", value_enum, default_value_t = RecordTls::Sealed, help_heading = "Recording")]
    record_tls: RecordTls,
    /// Stop the traffic when it can't be recorded any more (disk full), instead of letting it pass
    #[arg(long, requires = "record", help_heading = "Recording")]
    strict_recording: bool,
    /// Relay and record alone, without judging
    #[arg(long, help_heading = "Judgement")]
    no_analysis: bool,

    #[command(flatten)]
    device_tls: tls::DeviceArguments,
    /// Give the authority's certificate to who asks for /.dmscope/ca.cer or /.dmscope/ca.pem
    #[arg(long, conflicts_with = "cert", help_heading = "TLS towards devices")]
    serve_ca: bool,
    /// Do not open TLS: let it pass as it is
    #[arg(long, conflicts_with_all = ["ca_dir", "cert", "serve_ca", "legacy_tls"], help_heading = "TLS towards devices")]
    no_intercept: bool,
    #[command(flatten)]
    upstream_tls: tls::UpstreamArguments,

    /// Break something on purpose, such as "drop-final on server package 4"; docs/faults.md has all of them
    #[arg(long, value_name = "SPEC", help_heading = "Faults")]
    fault: Vec<Fault>,
    /// Faults, one a line
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    fault_file: Vec<std::path::PathBuf>,

    /// Connections of devices at one time
    #[arg(long, value_name = "N", default_value_t = 4_096, value_parser = limit(), help_heading = "Limits")]
    max_connections: u64,
    /// Seconds for a TLS handshake, for connecting to the server, and for the first octet of a device
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = limit(), help_heading = "Limits")]
    handshake_timeout: u64,
    /// Seconds without an octet in either direction after which a connection is closed
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = limit(), help_heading = "Limits")]
    idle_timeout: u64,
    /// Seconds after which a connection is closed in any case
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = limit(), help_heading = "Limits")]
    max_time: u64,
    /// Seconds for exchanges under way when the proxy is told to end
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = limit(), help_heading = "Limits")]
    drain_timeout: u64,

    #[command(flatten)]
    live: live::Arguments,

    /// Show it on the terminal while it runs: sessions, traffic, what is said, and switches for the faults; q leaves
    #[arg(long, conflicts_with = "no_analysis", help_heading = "Screen")]
    tui: bool,
    #[cfg(feature = "tui")]
    #[command(flatten)]
    look: view::LookArguments,
}

#[cfg(feature = "proxy")]
fn limit() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=31_536_000)
}

#[cfg(feature = "proxy")]
const EXAMPLES: &str = "\
Examples:
  dmscope proxy --upstream http://127.0.0.1:9000 --record dm.pcapng
  dmscope proxy --listen 0.0.0.0:8443 --upstream https://dm.example.com --record dm.pcapng
  dmscope proxy --record dm.pcapng        (the device has the proxy in its settings)
  dmscope proxy --upstream http://127.0.0.1:9000 --tui --fault 'http 503 on client p=0.1'

SIGINT and SIGTERM end it, with --tui q as well: what is under way may finish, then the report is written. SIGUSR1
writes the report of what was recorded so far.

Exit codes:
  0  the proxy was told to end; nothing at or above --fail-on
  1  the same, and a verdict is at or above --fail-on
  2  the command line, or a file that it names, is wrong; the port is taken; a result can't be
     written; or there is no terminal (--tui)
  3  the traffic could be judged only in part, or no longer be recorded (--strict-recording)";

/// How TLS is recorded.
#[cfg(feature = "proxy")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RecordTls {
    // As it was seen, with its secrets beside it.
    Sealed,
    Clear,
}

/// Arguments of `proxy`.
#[cfg(not(feature = "proxy"))]
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<std::ffi::OsString>,
}

#[cfg(feature = "proxy")]
pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    run::run(arguments, output)
}

#[cfg(not(feature = "proxy"))]
pub(super) fn run(_arguments: Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage("this dmscope was built without its proxy; build with --features proxy"))
}
