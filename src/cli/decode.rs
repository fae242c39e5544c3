//! `dmscope decode`.

mod bootstrap;
mod card;
mod dump;
mod json;
mod notification;
pub(super) mod sms;

use super::exit::{Exit, Failure};
use super::output::Output;
use super::payload::{self, Kind, PayloadType};
use crate::markup::Tree;
use crate::push::BootstrapPush;
use crate::report::visible;
use crate::syncml::xml::{self, PrettyOptions};
use crate::wbxml::{self, Hint};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

/// Remarks that are told on standard error.
const TOLD: usize = 10;

/// Arguments of `decode`.
#[derive(Debug, Args)]
#[command(after_help = "Example: pbpaste | dmscope decode -")]
pub(super) struct Arguments {
    /// WBXML, XML, a notification, a bootstrap message, short messages or the image of a smart card's file, raw or as hexadecimal, hex dump or base64 text; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the file holds, and how it is written [default: told apart by content]
    #[arg(long = "type", value_name = "TYPE", value_enum, value_delimiter = ',')]
    types: Vec<PayloadType>,
    /// Readable XML, the element tree as JSON, or an annotated hex dump
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Xml)]
    format: Form,
    /// The PIN with which a bootstrap message was protected (USERPIN)
    #[arg(long, value_name = "PIN")]
    pin: Option<String>,
    /// The IMSI of the device, in digits, for a bootstrap message that is protected with it (NETWPIN)
    #[arg(long, value_name = "DIGITS")]
    imsi: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Xml,
    Json,
    Hex,
}

/// A payload that was decoded, whatever its encoding.
struct Decoded {
    kind: &'static str,
    tree: Tree,
    remarks: Vec<String>,
    fault: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let (body, kind) = payload::unwrap(payload::read(&arguments.file)?, &arguments.types)?;
    if kind != Kind::ShortMessages {
        return show(body, kind, arguments, output);
    }
    let shown = sms::show(&body, arguments.format, output)?;
    let (mut pushes, mut is_all) = (0_usize, shown.is_all);
    for message in shown.whole {
        match payload::looks_like(&message.data) {
            Some(kind @ (Kind::Notification | Kind::Provisioning)) => {
                pushes = pushes.saturating_add(1);
                is_all &= show(message.data, kind, arguments, output)? == Exit::Done;
            }
            _ => output.warning("what the short messages carry is no push of device management"),
        }
    }
    Ok(if pushes > 0 && is_all { Exit::Done } else { Exit::Unread })
}

/// Shows a payload that is no short message.
fn show(mut body: Vec<u8>, mut kind: Kind, arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if kind == Kind::Provisioning {
        let known = bootstrap::Known { pin: arguments.pin.clone(), imsi: arguments.imsi.clone() };
        match BootstrapPush::decode(&body) {
            // A message of DM as any other, with its push around it.
            Ok(push) if !push.media.is_provisioning() => {
                for (name, value) in bootstrap::of_push(&push, &known) {
                    output.warning(&format!("push: {name}: {}", visible(&value)));
                }
                body = push.body;
                kind = if body.first() == Some(&b'<') { Kind::Xml } else { Kind::Wbxml };
            }
            _ => return bootstrap::run(&body, arguments.format, &known, output),
        }
    }
    if kind == Kind::Card {
        let known = bootstrap::Known { pin: arguments.pin.clone(), imsi: arguments.imsi.clone() };
        return card::run(&body, arguments.format, &known, output);
    }
    let mut results = output.results();
    if kind == Kind::Notification {
        return notification::run(&body, arguments.format, output);
    }
    if arguments.format == Form::Hex {
        match kind {
            Kind::Wbxml => dump::annotated(&body, wbxml::annotate(&body, Hint::NONE), &mut results)?,
            Kind::Xml | Kind::Notification | Kind::Provisioning | Kind::ShortMessages | Kind::Card => {
                dump::plain(&body, &mut results)?
            }
        }
        results.flush()?;
    }
    let decoded = decode(&body, kind)?;
    match arguments.format {
        Form::Hex => {}
        Form::Xml => {
            results.write_all(xml::write_pretty(&decoded.tree, &PrettyOptions::default()).as_bytes())?;
        }
        Form::Json => json::write(&decoded, &mut results)?,
    }
    results.flush()?;
    for remark in decoded.remarks.iter().take(TOLD) {
        output.warning(remark);
    }
    if let Some(left) = decoded.remarks.len().checked_sub(TOLD).filter(|left| *left > 0) {
        output.warning(&format!("{left} more remarks; --format json lists all"));
    }
    match decoded.fault {
        Some(fault) => {
            output.warning(&format!("the rest could not be decoded: {}", visible(&fault)));
            Ok(Exit::Unread)
        }
        None => Ok(Exit::Done),
    }
}

fn decode(body: &[u8], kind: Kind) -> Result<Decoded, Failure> {
    match kind {
        Kind::Wbxml => {
            let document = wbxml::decode(body, Hint::NONE)
                .map_err(|error| Failure::input(format!("the WBXML can't be read: {error}")))?;
            let inner = document.embedded.iter();
            let inner = inner.flat_map(|embedded| embedded.anomalies.iter().map(ToString::to_string));
            let remarks = document.anomalies.iter().map(ToString::to_string).chain(inner).collect();
            let fault = document.fault.as_ref().or_else(|| document.embedded.iter().find_map(|e| e.fault.as_ref()));
            Ok(Decoded { kind: "wbxml", remarks, fault: fault.map(ToString::to_string), tree: document.tree })
        }
        Kind::Notification | Kind::Provisioning | Kind::ShortMessages | Kind::Card => {
            Err(Failure::input("this is no message of SyncML"))
        }
        Kind::Xml => {
            let document =
                xml::decode(body).map_err(|error| Failure::input(format!("the XML can't be read: {error}")))?;
            let remarks = document.anomalies.iter().map(|odd| format!("offset {}: {}", odd.at, odd.kind)).collect();
            let fault = document.fault.as_ref().map(ToString::to_string);
            Ok(Decoded { kind: "xml", remarks, fault, tree: document.tree })
        }
    }
}
