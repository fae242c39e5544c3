//! `dmscope report`, `merge` and `diff`: what can be done with reports that were written earlier.

use super::exit::{Exit, Failure};
use super::judgement::FailOnArgument;
use super::output::Output;
use super::reports::{self, Plan};
use crate::report::visible;
use crate::verdict::{self, ChangedFinding, Difference, FailOn, Report, ReportStore, Severity};
use clap::{Args, ValueEnum};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Findings of a kind of change that are listed.
const OF_A_CHANGE: usize = 100;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct ReportArguments {
    /// Report in JSON, as `--format json` or `--out` wrote it; - is standard input
    #[arg(value_name = "FROM.json")]
    from: PathBuf,
    /// From where on the exit code is 1
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOnArgument::Never)]
    fail_on: FailOnArgument,
    #[command(flatten)]
    reports: reports::Arguments,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct MergeArguments {
    /// Reports in JSON, in the order of their inputs: of `--shard 1/N` to `--shard N/N`
    #[arg(value_name = "PART.json", required = true)]
    parts: Vec<PathBuf>,
    /// From where on the exit code is 1
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOnArgument::Error)]
    fail_on: FailOnArgument,
    #[command(flatten)]
    reports: reports::Arguments,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  nothing got worse
  1  something that weighs at least --fail-on is new or worse
  2  the command line, or a report, is wrong")]
pub(super) struct DiffArguments {
    /// The earlier report, in JSON
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// The later report, in JSON
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
    /// What a finding must weigh for the exit code to be 1
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Least::Error)]
    fail_on: Least,
    /// Form of the result
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Least {
    Error,
    Warning,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Markdown,
}

/// Reads a stored report.
pub(super) fn read(path: &Path) -> Result<Report, Failure> {
    let name = visible(&path.display().to_string()).into_owned();
    let unread = |error: io::Error| Failure::usage(format!("{name} can't be read: {error}"));
    let json = if path.as_os_str() == "-" {
        let mut json = Vec::new();
        io::stdin().lock().read_to_end(&mut json).map_err(unread)?;
        json
    } else {
        fs::read(path).map_err(unread)?
    };
    Report::parse(&json).map_err(|error| Failure::usage(format!("{name}: {}", visible(&error.to_string()))))
}

fn write(
    store: &mut ReportStore,
    arguments: &reports::Arguments,
    fail_on: FailOn,
    output: &Output,
) -> Result<Exit, Failure> {
    Plan::new(arguments)?.write(store, output)?;
    let tail = store.tail();
    Ok(Exit::of(&tail.inputs, &tail.summary, fail_on))
}

pub(super) fn report(arguments: &ReportArguments, output: &Output) -> Result<Exit, Failure> {
    let mut store = read(&arguments.from)?.into_store()?;
    match write(&mut store, &arguments.reports, arguments.fail_on.into(), output)? {
        // What could not be read then is no failure of this run.
        Exit::Unread => Ok(Exit::Done),
        exit => Ok(exit),
    }
}

pub(super) fn merge(arguments: &MergeArguments, output: &Output) -> Result<Exit, Failure> {
    let parts = arguments.parts.iter().map(|path| read(path)).collect::<Result<Vec<Report>, Failure>>()?;
    if let Some(first) = parts.first() {
        for (part, path) in parts.iter().zip(&arguments.parts) {
            if part.tool != first.tool {
                return Err(Failure::usage(format!(
                    "{}: written by {} {}, the first one by {} {}: rules differ between versions; write all parts with one",
                    visible(&path.display().to_string()),
                    visible(&part.tool.name),
                    visible(&part.tool.version),
                    visible(&first.tool.name),
                    visible(&first.tool.version),
                )));
            }
        }
    }
    let mut store = verdict::merge(parts)?;
    write(&mut store, &arguments.reports, arguments.fail_on.into(), output)
}

pub(super) fn diff(arguments: &DiffArguments, output: &Output) -> Result<Exit, Failure> {
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let difference = verdict::difference(old, new);
    let mut results = output.results();
    match arguments.format {
        Form::Text => lines(&difference, &mut results, "")?,
        Form::Markdown => {
            writeln!(results, "# dmscope: what changed\n\n```text")?;
            lines(&difference, &mut results, " ")?;
            writeln!(results, "```")?;
        }
        Form::Json => {
            serde_json::to_writer_pretty(&mut results, &difference).map_err(io::Error::from)?;
            writeln!(results)?;
        }
    }
    results.flush()?;
    let is_regression = match arguments.fail_on {
        Least::Error => difference.is_regression(Severity::Error),
        Least::Warning => difference.is_regression(Severity::Warning),
        Least::Never => false,
    };
    Ok(if is_regression { Exit::Failed } else { Exit::Done })
}

/// One line for each change; `margin` keeps a text from the wire from ending a block of Markdown.
fn lines(difference: &Difference, out: &mut dyn Write, margin: &str) -> io::Result<()> {
    let findings = &difference.findings;
    let bad = findings.iter().filter(|one| one.change.is_bad()).count();
    writeln!(
        out,
        "{margin}{bad} new or worse, {} better or gone, {} as before",
        findings.len().saturating_sub(bad),
        difference.same
    )?;
    let mut listed = (None, 0_usize);
    for changed in findings {
        listed = if listed.0 == Some(changed.change) {
            (listed.0, listed.1.saturating_add(1))
        } else {
            (Some(changed.change), 0)
        };
        if listed.1 < OF_A_CHANGE {
            writeln!(out, "{margin}{}", line(changed))?;
        } else if listed.1 == OF_A_CHANGE {
            writeln!(out, "{margin}… (--format json lists all)")?;
        }
    }
    for case in &difference.testcases {
        let word = |verdict: Option<verdict::TestCaseVerdict>| verdict.map_or("none", verdict::TestCaseVerdict::name);
        let revised = if case.case_changed { " (the case changed)" } else { "" };
        let (before, after, reason) = (word(case.before), word(case.after), visible(&case.reason));
        writeln!(out, "{margin}{:6} {} {before} → {after}{revised}: {reason}", case.change.name(), visible(&case.id))?;
    }
    Ok(())
}

fn line(changed: &ChangedFinding) -> String {
    let (before, after) = changed.counts;
    let finding = &changed.example;
    let message = finding.message.map(|message| format!(", message {message}")).unwrap_or_default();
    format!(
        "{:6} {:7} {} {before} → {after}  session {}{message}: {}",
        changed.change.name(),
        changed.severity.name(),
        visible(&changed.rule),
        finding.session,
        visible(&finding.text)
    )
}
