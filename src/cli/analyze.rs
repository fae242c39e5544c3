//! `dmscope analyze`.

use super::exit::{Exit, Failure};
use super::inputs;
use super::output::Output;
use super::progress::Bar;
use super::{catalogue, credentials, secrets};
use crate::analysis::{self, JudgedRole, Progress, Sink};
use crate::dm::Profile;
use crate::report::{self, Detail, FORMATS, Format, JsonStream};
use crate::rules;
use crate::verdict::{FailOn, Filter, InputReport, JudgedSession, ReportStore, Summary};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::fs;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Problems of inputs that are told on standard error.
const TOLD: usize = 10;

/// Arguments of `analyze`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct Arguments {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,

    /// Judge by this specification [default: what VerProto says, session by session]
    #[arg(long, value_name = "NAME", value_parser = profiles(), help_heading = "Judgement")]
    profile: Option<Profile>,
    /// Whose conformance is judged
    #[arg(long, value_name = "ROLE", value_enum, default_value_t = RoleArgument::Both, help_heading = "Judgement")]
    role: RoleArgument,
    /// Judge to the letter, also where the field deviates on a large scale
    #[arg(long, help_heading = "Judgement")]
    strict: bool,
    /// Only rules with these ids, beginnings of ids, or names
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', help_heading = "Judgement")]
    select: Vec<String>,
    /// No rules with these ids, beginnings of ids, or names
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', help_heading = "Judgement")]
    ignore: Vec<String>,
    /// User names, secrets and nonces by device and server (TOML), for recomputing digests
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    credentials: Option<PathBuf>,
    /// From where on the exit code is 1: error, warning (errors and warnings), inconclusive (these, and what could
    /// not be judged), never
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOnArgument::Error, help_heading = "Judgement")]
    fail_on: FailOnArgument,

    /// Extra ports to look for HTTP on; content is recognised on any port anyway
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Reading")]
    port: Vec<u16>,
    /// Secrets of TLS connections, as browsers, curl and other clients write them (SSLKEYLOGFILE)
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    keylog: Vec<PathBuf>,
    /// RSA private key of a server (PEM), for TLS connections with RSA key exchange
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    tls_key: Vec<PathBuf>,
    /// Only sessions that match: device, server, session, profile, verdict, time, findings; = != < <= > >=,
    /// * for any characters, and, or, not, parentheses
    #[arg(long, value_name = "EXPR", value_parser = Filter::parse, help_heading = "Reading")]
    filter: Option<Filter>,
    /// Threads [default: the machine's cores]; never changes the result
    #[arg(long, value_name = "N", help_heading = "Reading")]
    jobs: Option<NonZeroUsize>,

    /// Formats of the report [default: text; with --out: text to standard output, all others into the folder]
    #[arg(long, value_name = "FMT", value_delimiter = ',', value_parser = formats(), help_heading = "Output")]
    format: Vec<String>,
    /// Write reports into this folder (report.json)
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.map(Profile::name)).try_map(|name| {
        Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or("there is no such profile")
    })
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name())))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArgument {
    Client,
    Server,
    Both,
}

impl From<RoleArgument> for JudgedRole {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Client => Self::Client,
            RoleArgument::Server => Self::Server,
            RoleArgument::Both => Self::Both,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOnArgument {
    Error,
    Warning,
    Inconclusive,
    Never,
}

impl From<FailOnArgument> for FailOn {
    fn from(level: FailOnArgument) -> Self {
        match level {
            FailOnArgument::Error => Self::Error,
            FailOnArgument::Warning => Self::Warning,
            FailOnArgument::Inconclusive => Self::Inconclusive,
            FailOnArgument::Never => Self::Never,
        }
    }
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    catalogue::check("--select", &arguments.select, rules::all())?;
    catalogue::check("--ignore", &arguments.ignore, rules::all())?;
    let credentials = arguments.credentials.as_deref().map(credentials::read).transpose()?;
    let secrets = secrets::read(&arguments.keylog, &arguments.tls_key, output)?;
    let plan = Plan::new(&arguments.format, arguments.out.as_deref())?;
    let options = analysis::Options {
        profile: arguments.profile,
        role: arguments.role.into(),
        strict: arguments.strict,
        select: arguments.select,
        ignore: arguments.ignore,
        filter: arguments.filter,
        credentials: credentials.unwrap_or_default(),
        secrets: Arc::new(secrets),
        ports: arguments.port,
        jobs: arguments.jobs,
    };
    let found = inputs::find(&arguments.captures)?;
    let bar = Bar::new(output.detail != Detail::Quiet);
    let target = if plan.streams() {
        Target::Stream(Box::new(JsonStream::new(output.results())?))
    } else {
        Target::Store(Box::default())
    };
    let mut keeper = Keeper { target, bar };
    let mut outcome = analysis::run(&found.inputs, &options, &mut keeper)?;
    keeper.bar.finish();
    outcome.inputs.extend(found.missing);
    let inputs = outcome.inputs.clone();
    let summary = keeper.finish(outcome, &plan, output)?;
    // The text has just said so.
    if !plan.text_on_stdout {
        tell(&inputs, output);
    }
    let failed = FailOn::from(arguments.fail_on).is_reached(summary.verdict, summary.findings.warning);
    Ok(match (inputs.iter().any(InputReport::is_unread), failed) {
        (true, _) => Exit::Unread,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    })
}

/// Which formats go where.
struct Plan {
    stdout: Option<&'static dyn Format>,
    text_on_stdout: bool,
    files: Vec<(PathBuf, &'static dyn Format)>,
}

impl Plan {
    fn new(names: &[String], out: Option<&Path>) -> Result<Self, Failure> {
        let mut formats: Vec<&'static dyn Format> = Vec::new();
        for format in names.iter().filter_map(|name| report::by_name(name)) {
            if !formats.iter().any(|known| known.name() == format.name()) {
                formats.push(format);
            }
        }
        let mut plan = Self { stdout: None, text_on_stdout: false, files: Vec::new() };
        match out {
            None => {
                if formats.len() > 1 {
                    return Err(Failure::usage("several formats need a folder to go to: add --out DIR"));
                }
                plan.stdout = formats.first().copied().or_else(|| report::by_name("text"));
            }
            Some(folder) => {
                fs::create_dir_all(folder).map_err(|error| {
                    Failure::usage(format!("--out: the folder {} can't be made: {error}", folder.display()))
                })?;
                if formats.is_empty() {
                    formats = FORMATS.to_vec();
                }
                for format in formats {
                    match format.file_name() {
                        Some(name) => plan.files.push((folder.join(name), format)),
                        None => plan.stdout = Some(format),
                    }
                }
            }
        }
        plan.text_on_stdout = plan.stdout.is_some_and(|format| format.name() == "text");
        Ok(plan)
    }

    /// Whether sessions can go straight to standard output.
    fn streams(&self) -> bool {
        self.files.is_empty() && self.stdout.is_some_and(|format| format.name() == "json")
    }

    fn write(&self, store: &mut ReportStore, output: &Output) -> Result<(), Failure> {
        for (path, format) in &self.files {
            let failed =
                |error: io::Error| Failure::usage(format!("--out: {} can't be written: {error}", path.display()));
            // A report is there as a whole or not at all.
            let partial = path.with_extension("partial");
            let mut file = BufWriter::new(fs::File::create(&partial).map_err(failed)?);
            format.write(store, &mut file, &report::Options::default()).map_err(failed)?;
            file.flush().and_then(|()| fs::rename(&partial, path)).map_err(failed)?;
        }
        if let Some(format) = self.stdout {
            let mut results = output.results();
            format.write(store, &mut results, &output.text_options())?;
            results.flush()?;
        }
        Ok(())
    }
}

/// Where finished sessions go.
enum Target {
    Store(Box<ReportStore>),
    Stream(Box<JsonStream<BufWriter<StdoutLock<'static>>>>),
}

struct Keeper {
    target: Target,
    bar: Bar,
}

impl Sink for Keeper {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        match &mut self.target {
            Target::Store(store) => store.add(number, session),
            Target::Stream(stream) => stream.add(number, session),
        }
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.bar.show(progress);
    }
}

impl Keeper {
    /// Writes what has not been written yet.
    fn finish(self, outcome: analysis::Outcome, plan: &Plan, output: &Output) -> Result<Summary, Failure> {
        match self.target {
            Target::Store(mut store) => {
                store.finish(outcome.inputs, outcome.rules, outcome.testcases);
                plan.write(&mut store, output)?;
                Ok(store.tail().summary.clone())
            }
            Target::Stream(stream) => {
                let (_, summary) = stream.finish(outcome.inputs, outcome.rules, outcome.testcases)?;
                Ok(summary)
            }
        }
    }
}

/// Says on standard error what could not be read.
fn tell(inputs: &[InputReport], output: &Output) {
    let mut unread = inputs.iter().flat_map(|input| {
        input.problems.iter().filter(|problem| problem.kind.is_unread()).map(move |problem| (input, problem))
    });
    for (input, problem) in unread.by_ref().take(TOLD) {
        output.warning(&format!("{}: {}", report::visible(&input.path), report::visible(&problem.text)));
    }
    let left = unread.count();
    if left > 0 {
        output.warning(&format!("{left} more problems of inputs; the report lists all"));
    }
}
