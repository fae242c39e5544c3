//! `dmscope ca`.

#[cfg(feature = "proxy")]
mod actions;

use super::exit::{Exit, Failure};
use super::output::Output;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Arguments of `ca`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
#[cfg_attr(not(feature = "proxy"), allow(dead_code, reason = "the command stays in the help without the proxy"))]
enum Action {
    /// Make an authority: a certificate for devices to trust, and its key
    Init(Init),
    /// Show it: fingerprints, where the files lie, how devices come to trust it
    Show(Show),
    /// Write its certificate, never its key
    Export(Export),
}

/// Where the authority lies.
#[derive(Debug, Args)]
#[cfg_attr(not(feature = "proxy"), allow(dead_code, reason = "the command stays in the help without the proxy"))]
struct Place {
    /// Its folder [default: $DMSCOPE_CA_DIR, $XDG_CONFIG_HOME/dmscope/ca or ~/.config/dmscope/ca]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[cfg_attr(not(feature = "proxy"), allow(dead_code, reason = "the command stays in the help without the proxy"))]
struct Init {
    #[command(flatten)]
    place: Place,
    /// Replace the authority that is there; devices then have to trust the new one
    #[arg(long)]
    force: bool,
    /// The kind of its key; old devices know RSA alone
    #[arg(long, value_name = "KIND", value_enum, default_value_t = Kind::Rsa)]
    key: Kind,
    /// Its name, as devices list it [default: dmscope CA and a number]
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Days for which it is valid
    #[arg(long, value_name = "N", default_value_t = 3_650, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

#[derive(Debug, Args)]
#[cfg_attr(not(feature = "proxy"), allow(dead_code, reason = "the command stays in the help without the proxy"))]
struct Show {
    #[command(flatten)]
    place: Place,
    /// Add a QR code: of --url, or of the fingerprint
    #[arg(long)]
    qr: bool,
    /// Where a device can fetch the certificate, such as http://HOST:PORT/.dmscope/ca.cer of `dmscope proxy --serve-ca`
    #[arg(long, value_name = "URL", requires = "qr")]
    url: Option<String>,
}

#[derive(Debug, Args)]
#[cfg_attr(not(feature = "proxy"), allow(dead_code, reason = "the command stays in the help without the proxy"))]
struct Export {
    #[command(flatten)]
    place: Place,
    /// How the certificate is written; Android and Windows take DER
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Pem)]
    format: Form,
    /// Write it into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Rsa,
    Ec,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Pem,
    Der,
}

#[cfg(feature = "proxy")]
pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.action {
        Action::Init(init) => actions::init(init, output),
        Action::Show(show) => actions::show(show, output),
        Action::Export(export) => actions::export(export, output),
    }
}

#[cfg(not(feature = "proxy"))]
pub(super) fn run(_arguments: &Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage("this dmscope was built without its proxy and the authority of it; build with --features proxy"))
}
