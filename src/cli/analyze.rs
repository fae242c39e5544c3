//! `dmscope analyze`.

use super::exit::{Exit, Failure};
use super::history::Keeping;
use super::output::Output;
use super::progress::Bar;
use super::reports::{self, Plan};
use super::shard::Shard;
use super::{inputs, judgement};
use crate::analysis::{self, Progress, Sink, redact_input};
use crate::report::{Detail, JsonStream};
use crate::testcase::ics::IcsFile;
use crate::verdict::{JudgedSession, ReportStore, Summary};
use clap::Args;
use std::io::{self, BufWriter, StdoutLock};
use std::path::PathBuf;

/// Arguments of `analyze`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct Arguments {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,

    #[command(flatten)]
    judgement: judgement::Arguments,

    #[command(flatten)]
    reading: inputs::ReadingArguments,
    /// Only the I-th of N parts of the inputs, for spreading a run over many jobs; `dmscope merge` puts the reports together
    #[arg(long, value_name = "I/N", help_heading = "Reading")]
    shard: Option<Shard>,

    #[command(flatten)]
    reports: reports::Arguments,
    /// Add what was found to this history (SQLite), which is made where there is none; see dmscope history
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    history: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let fail_on = arguments.judgement.fail_on();
    arguments.judgement.share_stdin(&arguments.captures)?;
    let mut options = arguments.judgement.options(output)?;
    arguments.reading.apply(&mut options);
    let statement = options.ics.clone();
    let plan = Plan::new(&arguments.reports)?;
    options.exhibits = plan.wants_exhibits();
    let mut found = inputs::find(&arguments.captures)?;
    if let Some(shard) = arguments.shard {
        shard.keep(&mut found);
    }
    let mut history = arguments.history.map(Keeping::open).transpose()?;
    let bar = Bar::new(output.detail != Detail::Quiet);
    let target = if plan.streams() && history.is_none() {
        Target::Stream(Box::new(JsonStream::new(output.results())?))
    } else {
        Target::Store(Box::default())
    };
    let mut keeper = Keeper { target, bar };
    let mut outcome = analysis::run(&found.inputs, &options, &mut keeper)?;
    keeper.bar.finish();
    if options.redact {
        found.missing.iter_mut().for_each(redact_input);
    }
    outcome.inputs.extend(found.missing);
    let inputs = outcome.inputs.clone();
    let summary = keeper.finish(outcome, statement.as_deref(), &plan, history.as_mut(), output)?;
    // The text has just said so.
    if !plan.text_on_stdout() {
        reports::tell(&inputs, output);
    }
    reports::remark(&summary, output);
    Ok(Exit::of(&inputs, &summary, fail_on))
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
    fn finish(
        self,
        outcome: analysis::Outcome,
        statement: Option<&IcsFile>,
        plan: &Plan,
        history: Option<&mut Keeping>,
        output: &Output,
    ) -> Result<Summary, Failure> {
        let contradictions = statement.map(|ics| ics.contradictions(&outcome.seen)).unwrap_or_default();
        match self.target {
            Target::Store(mut store) => {
                store.note(outcome.notes);
                store.add_ics(contradictions);
                store.finish(outcome.inputs, outcome.rules, outcome.testcases);
                plan.write(&mut store, output)?;
                if let Some(history) = history {
                    history.append(&mut store, output)?;
                }
                Ok(store.tail().summary.clone())
            }
            Target::Stream(mut stream) => {
                stream.note(outcome.notes);
                stream.add_ics(contradictions);
                let (_, summary) = stream.finish(outcome.inputs, outcome.rules, outcome.testcases)?;
                Ok(summary)
            }
        }
    }
}
