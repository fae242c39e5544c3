//! `dmscope encode`.

use super::exit::{Exit, Failure};
use super::output::{Output, stdout_is_terminal};
use super::payload::{self, Kind};
use crate::syncml::xml;
use crate::wbxml::{self, DataForm, EncodeOptions};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `encode`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An XML document; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
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

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let (body, kind) = payload::unwrap(payload::read(&arguments.file)?, &[])?;
    if kind == Kind::Wbxml {
        return Err(Failure::input("this is WBXML already; dmscope decode reads it"));
    }
    let document = xml::decode(&body).map_err(|error| Failure::input(format!("the XML can't be read: {error}")))?;
    if let Some(fault) = &document.fault {
        return Err(Failure::input(format!("the XML is broken, so nothing was encoded: {fault}")));
    }
    if arguments.format == Form::Raw && stdout_is_terminal() {
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
    let mut results = output.results();
    match arguments.format {
        Form::Raw => results.write_all(&octets)?,
        Form::Hex => {
            octets.iter().try_for_each(|octet| write!(results, "{octet:02x}"))?;
            writeln!(results)?;
        }
        Form::Base64 => writeln!(results, "{}", STANDARD.encode(&octets))?,
    }
    results.flush()?;
    Ok(Exit::Done)
}
