//! `dmscope ics`, and the statement that `analyze --ics` reads.

mod sheet;

use super::exit::{Exit, Failure};
use super::output::Output;
use super::{inputs, reports, secrets};
use crate::analysis::{self, Sink};
use crate::base::Limits;
use crate::report::visible;
use crate::rules;
use crate::testcase::CaseVersion;
use crate::testcase::ics::{self, IcsFile, Inferred, Side};
use crate::tree::SharedForest;
use crate::verdict::{Filter, JudgedSession, ProductReport, ReportStore, SessionReport};
use clap::{Args, Subcommand, ValueEnum};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `ics`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write what the traffic shows of every item, each with the place where it is seen, to standard output
    #[command(after_help = "\
Exit codes:
  0  done
  2  the command line is wrong
  3  an input could not be read, or only in part; what could be read is in the statement")]
    Infer(Box<Infer>),
}

#[derive(Debug, Args)]
struct Infer {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
    /// Whose statement it is
    #[arg(long, value_name = "SIDE", value_enum, default_value_t = SideArgument::Client)]
    side: SideArgument,
    /// A sheet for reading in place of a file: what devices say of themselves, limits, what is supported, refused, not shown
    #[arg(long)]
    sheet: bool,
    /// Only sessions that match, as for dmscope analyze; a statement is of one product
    #[arg(long, value_name = "EXPR", value_parser = Filter::parse, help_heading = "Reading")]
    filter: Option<Filter>,
    #[command(flatten)]
    secrets: secrets::Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SideArgument {
    Client,
    Server,
}

/// Reads a statement of support.
pub(super) fn read(path: &Path) -> Result<IcsFile, Failure> {
    let name = path.display().to_string();
    // No longer than a statement may be; one octet more, so that a longer one shows.
    let most = u64::try_from(Limits::CASE_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut octets))
        .map_err(|error| Failure::usage(format!("--ics: {} can't be read: {error}", visible(&name))))?;
    ics::load(&name, &octets).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::usage(lines.join("\n"))
    })
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let Action::Infer(arguments) = arguments.action;
    infer(*arguments, output)
}

/// Keeps what the head of a statement is made of.
struct Keeper(ReportStore);

impl Sink for Keeper {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.0.add(number, session)
    }
}

/// What the sessions have in common.
#[derive(Default)]
struct Head {
    products: BTreeSet<(Option<String>, Option<String>)>,
    product: ProductReport<'static>,
    versions: BTreeSet<CaseVersion>,
    profiles: BTreeSet<String>,
}

impl Head {
    fn add(&mut self, session: SessionReport<'static>) {
        let version = match &*session.profile {
            "oma-dm-1.1.2" => Some(CaseVersion::Dm11),
            "oma-dm-1.2" | "ms-mdm" => Some(CaseVersion::Dm12),
            "oma-dm-1.3" => Some(CaseVersion::Dm13),
            _ => None,
        };
        self.versions.extend(version);
        if version.is_some() {
            self.profiles.insert(session.profile.into_owned());
        }
        let told = session.product;
        let owned = |text: &Option<crate::verdict::Text<'static>>| text.as_deref().map(str::to_owned);
        if told.manufacturer.is_some() || told.model.is_some() {
            self.products.insert((owned(&told.manufacturer), owned(&told.model)));
        }
        let product = &mut self.product;
        // The latest word on each.
        product.manufacturer = told.manufacturer.or(product.manufacturer.take());
        product.model = told.model.or(product.model.take());
        product.firmware = told.firmware.or(product.firmware.take());
        product.software = told.software.or(product.software.take());
    }
}

fn infer(arguments: Infer, output: &Output) -> Result<Exit, Failure> {
    let found = inputs::find(&arguments.captures)?;
    let trees = SharedForest::default();
    let options = analysis::Options {
        // Nothing is judged here, unless a filter asks for verdicts.
        ignore: match arguments.filter {
            Some(_) => Vec::new(),
            None => rules::FAMILIES.iter().map(|family| family.letters.to_owned()).collect(),
        },
        filter: arguments.filter,
        secrets: Arc::new(arguments.secrets.read(output)?),
        wants_seen: true,
        trees: arguments.sheet.then(|| trees.clone()),
        ..analysis::Options::default()
    };
    let mut keeper = Keeper(ReportStore::default());
    let mut outcome = analysis::run(&found.inputs, &options, &mut keeper)?;
    outcome.inputs.extend(found.missing);
    let (mut head, mut sessions) = (Head::default(), 0_u64);
    for session in keeper.0.sessions()? {
        head.add(session?);
        sessions = sessions.saturating_add(1);
    }
    let unread = outcome.inputs.iter().any(crate::verdict::InputReport::is_unread);
    reports::tell(&outcome.inputs, output);
    if sessions == 0 {
        if unread {
            return Ok(Exit::Unread);
        }
        return Err(Failure::usage("no DM session was found, and so nothing is seen; dmscope analyze says why"));
    }
    let side = match arguments.side {
        SideArgument::Client => Side::Client,
        SideArgument::Server => Side::Server,
    };
    if side == Side::Client && head.products.len() > 1 {
        output
            .warning("the sessions are of several products, and a statement is of one: pick its devices with --filter");
    }
    if arguments.sheet {
        sheet::write(&head, side, &outcome.seen, &trees, output)?;
        return Ok(if unread { Exit::Unread } else { Exit::Done });
    }
    let text = statement(&head, side, &outcome.seen);
    let mut results = output.results();
    results.write_all(text.as_bytes())?;
    results.flush()?;
    Ok(if unread { Exit::Unread } else { Exit::Done })
}

fn statement(head: &Head, side: Side, seen: &ics::Seen) -> String {
    let product = &head.product;
    let of_client = side == Side::Client;
    let name: Vec<&str> =
        [&product.manufacturer, &product.model].into_iter().filter_map(|text| text.as_deref()).collect();
    let name = Some(name.join(" ")).filter(|name| of_client && !name.is_empty());
    let software = product.firmware.as_deref().or(product.software.as_deref()).filter(|_| of_client);
    let id: String =
        [name.as_deref().unwrap_or(if of_client { "client" } else { "server" }), software.unwrap_or_default()]
            .join(" ")
            .split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '.')
            .filter(|part| !part.is_empty())
            .collect::<Vec<&str>>()
            .join("-")
            .to_ascii_lowercase();
    let mut versions: Vec<CaseVersion> = head.versions.iter().copied().collect();
    if versions.is_empty() {
        versions.push(CaseVersion::Dm12);
    }
    let profile = head.profiles.first().filter(|_| head.profiles.len() == 1);
    let inferred = Inferred {
        id: if id.is_empty() { "inferred" } else { &id },
        side,
        product: name.as_deref(),
        software,
        versions: &versions,
        profile: profile.map(String::as_str),
    };
    ics::write(&inferred, seen)
}
