//! `dmscope tree`.

mod text;
mod values;

use super::exit::{Exit, Failure};
use super::output::Output;
use super::{inputs, reports, secrets};
use crate::analysis::{self, Sink};
use crate::report::visible;
use crate::rules;
use crate::tree::{DeviceDocument, DiffDocument, Forest, Journal, NodeUri, Point, SharedForest, TreeDocument};
use crate::verdict::JudgedSession;
use clap::{Args, ValueEnum};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `tree`.
#[derive(Debug, Args)]
#[command(after_help = "\
A place S:M is message M of session S, as reports number them; S alone is the end of session S; start and end are those of the
capture. docs/tree.md says what is known, and how surely.

Exit codes:
  0  done
  2  the command line is wrong, or names a device, a session or a node that is not there
  3  an input could not be read, or only in part; what could be read is in the tree")]
pub(super) struct Arguments {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
    /// Only this device, by the name that it gives itself (Source of its messages)
    #[arg(long, value_name = "ID", help_heading = "What to show")]
    device: Option<String>,
    /// The tree as it was known after that message [default: the end]
    #[arg(long, value_name = "S:M", conflicts_with_all = ["diff", "values"], help_heading = "What to show")]
    at: Option<Point>,
    /// What differs between two places: added, found, gone, changed, each with who told it and when
    #[arg(long, value_names = ["A", "B"], num_args = 2, help_heading = "What to show")]
    diff: Option<Vec<Point>>,
    /// Every value that this node, and each below it, was seen to have: what was measured or changed, by whom, and when
    #[arg(long, value_name = "URI", value_parser = node_uri, conflicts_with_all = ["diff", "node"], help_heading = "What to show")]
    values: Option<String>,
    /// Only this node and what is below it; who told each thing, and when
    #[arg(long, value_name = "URI", value_parser = node_uri, help_heading = "What to show")]
    node: Option<String>,
    /// How to show it; csv is for --values
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
    /// Mask credentials, nonces, accounts and who the device is
    #[arg(long, help_heading = "Output")]
    redact: bool,
    #[command(flatten)]
    secrets: secrets::Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

fn node_uri(text: &str) -> Result<String, String> {
    NodeUri::parse(text).map(|_| text.to_owned()).map_err(|problem| problem.to_string())
}

/// Sessions themselves are of no interest here.
struct Nobody;

impl Sink for Nobody {
    fn session(&mut self, _number: u32, _session: &JudgedSession) -> io::Result<()> {
        Ok(())
    }
}

/// What is asked of each device.
enum Asked {
    At(Option<Point>),
    Diff(Point, Point),
    Values(String),
}

impl Asked {
    /// What the command line asks.
    ///
    /// # Errors
    /// When it asks for lines of values, and not for values.
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        match (&arguments.values, arguments.diff.as_deref(), arguments.format) {
            (None, _, Format::Csv) => Err(Failure::usage("--format csv writes values: say of what with --values URI")),
            (Some(uri), ..) => Ok(Self::Values(uri.clone())),
            (None, Some([from, to]), _) => Ok(Self::Diff(*from, *to)),
            (None, ..) => Ok(Self::At(arguments.at)),
        }
    }
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let asked = Asked::of(&arguments)?;
    let found = inputs::find(&arguments.captures)?;
    let trees = SharedForest::default();
    let options = analysis::Options {
        // Nothing is judged here.
        ignore: rules::FAMILIES.iter().map(|family| family.letters.to_owned()).collect(),
        secrets: Arc::new(arguments.secrets.read(output)?),
        redact: arguments.redact,
        trees: Some(trees.clone()),
        ..analysis::Options::default()
    };
    let mut outcome = analysis::run(&found.inputs, &options, &mut Nobody)?;
    outcome.inputs.extend(found.missing);
    if arguments.redact {
        outcome.inputs.iter_mut().for_each(analysis::redact_input);
    }
    let unread = outcome.inputs.iter().any(crate::verdict::InputReport::is_unread);
    reports::tell(&outcome.inputs, output);
    let exit = if unread { Exit::Unread } else { Exit::Done };
    let forest = trees.take();
    if forest.is_empty() {
        if unread {
            return Ok(exit);
        }
        return Err(Failure::usage("no DM session was found, and so no tree is known; dmscope analyze says why"));
    }
    check(&asked, &forest)?;
    let journals = match &arguments.device {
        None => forest.journals(),
        Some(device) => vec![forest.of(device).ok_or_else(|| no_device(device, &forest))?],
    };
    let node = arguments.node.as_deref();
    match arguments.format {
        Format::Json => json(&journals, &asked, node, output)?,
        Format::Csv => values::csv(&journals, &asked, output)?,
        Format::Text => text::write(&journals, &asked, node, output)?,
    }
    Ok(exit)
}

/// A place must be one of the capture's.
fn check(asked: &Asked, forest: &Forest) -> Result<(), Failure> {
    let points = match asked {
        Asked::At(at) => [*at, None],
        Asked::Diff(from, to) => [Some(*from), Some(*to)],
        Asked::Values(_) => [None, None],
    };
    for point in points.into_iter().flatten().filter(|point| !matches!(*point, Point::START | Point::END)) {
        let sessions = forest.sessions();
        if point.session == 0 || point.session > sessions {
            let text = format!("there is no session {}: sessions are numbered from 1 to {sessions}", point.session);
            return Err(Failure::usage(text));
        }
        let all = forest.journals();
        let mark = all.iter().flat_map(|journal| journal.sessions()).find(|mark| mark.number == point.session);
        if let Some(mark) = mark.filter(|mark| point.message != u32::MAX && point.message > mark.messages) {
            let text = format!("session {} has no message {}: it has {}", mark.number, point.message, mark.messages);
            return Err(Failure::usage(text));
        }
    }
    Ok(())
}

/// Devices that are named when the wanted one is not there.
const NAMED: usize = 10;

fn no_device(device: &str, forest: &Forest) -> Failure {
    let all = forest.journals();
    let mut known: Vec<_> = all.iter().take(NAMED).map(|journal| visible(journal.device()).into_owned()).collect();
    if all.len() > NAMED {
        known.push(format!("{} more", all.len().saturating_sub(NAMED)));
    }
    Failure::usage(format!("--device: there is no \"{device}\"; the capture has {}", known.join(", ")))
}

/// Whether a URI of a difference is that of a node or below it.
fn is_within(uri: &str, node: Option<&str>) -> bool {
    let parsed = |uri| NodeUri::parse(uri).map(|uri| uri.segments).unwrap_or_default();
    node.is_none_or(|node| parsed(uri).starts_with(&parsed(node)))
}

fn json(journals: &[&Journal], asked: &Asked, node: Option<&str>, output: &Output) -> Result<(), Failure> {
    let device = |journal: &&Journal| {
        let mut values = None;
        let (at, diff, nodes) = match asked {
            Asked::At(at) => {
                let tree = journal.at(at.unwrap_or(Point::END));
                // The URI was looked at when the command line was read.
                let rows = tree.rows_below(node.unwrap_or(".")).map(Iterator::collect).unwrap_or_default();
                (*at, None, rows)
            }
            Asked::Diff(from, to) => {
                let mut nodes = journal.diff(*from, *to);
                nodes.retain(|one| is_within(&one.uri, node));
                (None, Some(DiffDocument { from: *from, to: *to, nodes }), Vec::new())
            }
            Asked::Values(uri) => {
                values = Some(journal.readings(uri).unwrap_or_default());
                (None, None, Vec::new())
            }
        };
        DeviceDocument {
            device: journal.device().to_owned(),
            sessions: journal.sessions().to_vec(),
            at,
            nodes,
            diff,
            values,
            problems: journal.problems().to_vec(),
            more_problems: journal.more_problems(),
        }
    };
    let document = TreeDocument { schema: "dmscope-tree/1".to_owned(), devices: journals.iter().map(device).collect() };
    let mut out = output.results();
    serde_json::to_writer_pretty(&mut out, &document).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}
