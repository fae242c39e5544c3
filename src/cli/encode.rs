//! `dmscope encode`.

use super::exit::{Exit, Failure};
use super::output::{Output, stdout_is_terminal};
use super::payload::{self, Kind};
use crate::fixture::{Format, Network, Script};
use crate::provisioning;
use crate::report::visible;
use crate::syncml::xml;
use crate::wbxml::{self, DataForm, EncodeOptions};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `encode`.
#[derive(Debug, Args)]
#[command(after_help = "Example: dmscope encode session.dms --out session.pcapng")]
pub(super) struct Arguments {
    /// An XML document, which becomes WBXML, or a session in the notation of fixtures, which becomes a capture; - is standard
    /// input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write into this file; the name of a capture says whether it is pcap or pcapng [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How the octets are written
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Raw)]
    format: Form,
    /// The token with which text of Data is written
    #[arg(long, value_name = "TOKEN", value_enum, default_value_t = Data::Inline)]
    data: Data,
    /// Put strings that occur more than once into the string table
    #[arg(long)]
    string_table: bool,
    /// The version that the first octet states
    #[arg(long, value_name = "VERSION", value_parser = ["1.1", "1.2", "1.3"], default_value = "1.3")]
    wbxml_version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Raw,
    Hex,
    Base64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Data {
    // STR_I
    Inline,
    // OPAQUE
    Opaque,
}

/// What a script may begin with, behind comments.
const STATEMENTS: [&str; 8] =
    ["session", "network", "device", "server", "notification", "bootstrap", "download", "expect"];

/// The text of a file that is a session in the notation of fixtures: by its name, or by how its first line begins.
fn script<'o>(octets: &'o [u8], file: &Path) -> Option<&'o str> {
    let text = std::str::from_utf8(octets).ok()?;
    if file.extension().is_some_and(|extension| extension == "dms") {
        return Some(text);
    }
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))?;
    first.split_whitespace().next().is_some_and(|word| STATEMENTS.contains(&word)).then_some(text)
}

/// The capture of a script.
fn capture(text: &str, arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    let name = visible(&arguments.file.display().to_string()).into_owned();
    let told = |error: crate::fixture::FixtureError| {
        Failure::usage(format!("{name}:{}: {}", error.line, visible(&error.problem.to_string())))
    };
    if arguments.format != Form::Raw {
        return Err(Failure::usage("a capture is written as it is; leave --format out, and name a file with --out"));
    }
    let script = Script::parse(text).map_err(told)?;
    let ending = arguments.out.as_deref().and_then(Path::extension);
    let format = match (ending.and_then(|ending| ending.to_str()), script.network().format) {
        (Some("pcapng"), _) => Format::Pcapng,
        (Some("pcap"), Format::Pcapng) => Format::Pcap,
        (_, said) => said,
    };
    let network = Network { format, ..script.network().clone() };
    Ok(script.with_network(network).map_err(told)?.capture())
}

/// Writes octets into the file that was named, or to standard output.
fn write(octets: &[u8], arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if let Some(path) = &arguments.out {
        let name = visible(&path.display().to_string()).into_owned();
        fs::write(path, octets).map_err(|error| Failure::usage(format!("{name} can't be written: {error}")))?;
        return Ok(Exit::Done);
    }
    let mut results = output.results();
    results.write_all(octets)?;
    results.flush()?;
    Ok(Exit::Done)
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let octets = payload::read(&arguments.file)?;
    let is_for_terminal = arguments.out.is_none() && stdout_is_terminal();
    if let Some(text) = script(&octets, &arguments.file) {
        let capture = capture(text, arguments)?;
        if is_for_terminal {
            return Err(Failure::usage("a capture is no text for a terminal; name a file with --out"));
        }
        return write(&capture, arguments, output);
    }
    let (body, kind) = payload::unwrap(octets, &[])?;
    if kind == Kind::Wbxml {
        return Err(Failure::input("this is WBXML already; dmscope decode reads it"));
    }
    // The tokens of provisioning documents are others: what came out would be read by no device.
    if provisioning::is_xml(&body) {
        return Err(Failure::input(
            "a provisioning document has tokens of its own; a session in the notation of fixtures writes one (bootstrap cp)",
        ));
    }
    let document = xml::decode(&body).map_err(|error| Failure::input(format!("the XML can't be read: {error}")))?;
    if let Some(fault) = &document.fault {
        return Err(Failure::input(format!("the XML is broken, so nothing was encoded: {fault}")));
    }
    if arguments.format == Form::Raw && is_for_terminal {
        return Err(Failure::usage("WBXML is no text for a terminal; redirect it, or add --format hex"));
    }
    let options = EncodeOptions {
        version: match &*arguments.wbxml_version {
            "1.1" => 1,
            "1.2" => 2,
            _ => 3,
        },
        public_id: None,
        data: match arguments.data {
            Data::Inline => DataForm::Inline,
            Data::Opaque => DataForm::Opaque,
        },
        share_strings: arguments.string_table,
    };
    let octets = wbxml::encode(&wbxml::from_tree(&document.tree, &options));
    let written = match arguments.format {
        Form::Raw => octets,
        Form::Hex => {
            let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            (digits + "\n").into_bytes()
        }
        Form::Base64 => (STANDARD.encode(&octets) + "\n").into_bytes(),
    };
    write(&written, arguments, output)
}
