//! Judging while traffic flows: what `proxy` and `capture` share.

use super::exit::{Exit, Failure};
use super::judgement;
use super::output::Output;
use super::reports::{self, Plan};
use crate::analysis::{self, Feed, Outcome, Sink, channel};
use crate::report::{self, Detail, FORMATS, visible};
use crate::tree::SharedForest;
use crate::verdict::{Arisen, FailOn, JudgedSession, ReportStore, Summary};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

/// Octets of traffic that may wait to be judged.
const WAITING: usize = 2 << 20;
/// Octets that are read from a recording at a time.
const CHUNK: usize = 256 << 10;
/// The format that tells findings as they arise.
const NDJSON: &str = "ndjson";

/// Arguments of everything that judges while traffic flows.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct Arguments {
    #[command(flatten)]
    judgement: judgement::Arguments,

    /// Format of the report at the end [default: text; with --out: text to standard output, all others into the folder];
    /// ndjson: one line on standard output for each finding as it arises, and one for the summary
    #[arg(long, value_name = "FMT", value_delimiter = ',', value_parser = formats(), help_heading = "Output")]
    format: Vec<String>,
    /// Write reports into this folder (report.json, report.html, junit.xml … and messages/)
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name())))
}

impl Arguments {
    /// Reads the files that the arguments name, so that a mistake shows before traffic flows.
    pub(super) fn prepare(self, output: &Output) -> Result<Prepared, Failure> {
        let fail_on = self.judgement.fail_on();
        self.judgement.share_stdin(&[])?;
        let mut options = self.judgement.options(output)?;
        let ndjson = self.format.iter().any(|format| format == NDJSON);
        let formats: Vec<String> = self.format.into_iter().filter(|format| format != NDJSON).collect();
        let plan = Plan::of(&formats, self.out.as_deref())?;
        let plan = if ndjson { plan.without_stdout() } else { plan };
        options.exhibits = plan.wants_exhibits();
        Ok(Prepared { options, plan, ndjson, fail_on, screen: None })
    }
}

/// Everything about judging but the traffic.
pub(super) struct Prepared {
    options: analysis::Options,
    plan: Plan,
    ndjson: bool,
    fail_on: FailOn,
    screen: Option<(Screen, SharedForest)>,
}

/// Gets everything that the report gets, as it comes. What it can't take is its own affair: the judgement goes on.
type Screen = Box<dyn Sink + Send>;

impl Prepared {
    /// Shows what is judged on a screen, too, which gets sessions with what a close look needs. Nothing is told on standard
    /// output or standard error meanwhile.
    ///
    /// # Errors
    ///
    /// Where the standard output is wanted for something else.
    #[cfg(all(feature = "tui", feature = "proxy"))]
    pub(super) fn on_screen(mut self, screen: Screen, trees: &SharedForest) -> Result<Self, Failure> {
        if self.ndjson {
            return Err(Failure::usage("--tui and --format ndjson both need standard output while traffic flows"));
        }
        self.screen = Some((screen, trees.clone()));
        Ok(self)
    }

    /// Begins to judge, on a thread of its own. `name` is what reports call the traffic.
    pub(super) fn start(mut self, name: &str, output: &Output) -> (Feed, Judge) {
        let (feed, follow) = channel(WAITING);
        let mut options = self.options.clone();
        let name = name.to_owned();
        let screen = self.screen.take();
        let has_screen = screen.is_some();
        let (screen, trees) = screen.unzip();
        options.trees = trees;
        let teller = if has_screen { Teller::Silent } else { Teller::new(self.ndjson, output) };
        if has_screen {
            options.closeups = true;
            options.carried = true;
        }
        let input = name.clone();
        let thread = thread::spawn(move || {
            let mut keeper = Keeper { store: ReportStore::default(), teller, screen };
            let outcome = analysis::follow(&input, follow, &options, &mut keeper)?;
            Ok((keeper.store, outcome))
        });
        (feed, Judge { prepared: self, name, has_screen, thread })
    }
}

/// A judgement under way.
pub(super) struct Judge {
    prepared: Prepared,
    name: String,
    has_screen: bool,
    thread: JoinHandle<io::Result<(ReportStore, Outcome)>>,
}

impl Judge {
    /// Waits for the rest to be judged, and writes the report. The feed must have been dropped.
    pub(super) fn finish(self, output: &Output) -> Result<Exit, Failure> {
        let judged = self.thread.join().map_err(|_| io::Error::other("the judging thread broke down"))?;
        let (store, outcome) = judged?;
        let inputs = outcome.inputs.clone();
        let summary = self.prepared.write(&self.prepared.plan, store, outcome, output)?;
        if !self.prepared.plan.text_on_stdout() {
            reports::tell(&inputs, output);
        }
        reports::remark(&summary, output);
        Ok(Exit::of(&inputs, &summary, self.prepared.fail_on))
    }

    /// Writes the report of what the files of a recording hold by now, as if the traffic had ended. Under a screen there is
    /// only the folder of `--out`.
    pub(super) fn report_now(&self, files: Vec<impl Read + Send + 'static>, output: &Output) -> Result<(), Failure> {
        let plan = match self.has_screen {
            true if !self.prepared.plan.has_folder() => {
                return Err(Failure::usage(
                    "there is no report before the end: the screen is in its place (--out DIR)",
                ));
            }
            true => self.prepared.plan.clone().without_stdout(),
            false => self.prepared.plan.clone(),
        };
        let (feed, follow) = channel(WAITING);
        let reader = thread::spawn(move || {
            let mut chunk = vec![0; CHUNK];
            for mut file in files {
                while let Ok(length @ 1..) = file.read(&mut chunk) {
                    if feed.write(chunk.get(..length).unwrap_or_default().to_vec()).is_err() {
                        return;
                    }
                }
            }
        });
        let mut keeper = Keeper { store: ReportStore::default(), teller: Teller::Silent, screen: None };
        let outcome = analysis::follow(&self.name, follow, &self.prepared.options, &mut keeper);
        let _ = reader.join();
        self.prepared.write(&plan, keeper.store, outcome?, output)?;
        Ok(())
    }
}

impl Prepared {
    fn write(
        &self,
        plan: &Plan,
        mut store: ReportStore,
        outcome: Outcome,
        output: &Output,
    ) -> Result<Summary, Failure> {
        store.note(outcome.notes);
        let contradictions = self.options.ics.as_deref().map(|ics| ics.contradictions(&outcome.seen));
        store.add_ics(contradictions.unwrap_or_default());
        store.finish(outcome.inputs, outcome.rules, outcome.testcases);
        plan.write(&mut store, output)?;
        let summary = store.tail().summary.clone();
        if self.ndjson {
            line(&serde_json::json!({ "type": "summary", "summary": summary }))?;
        }
        Ok(summary)
    }
}

/// Tells findings as they arise.
enum Teller {
    Silent,
    /// For people, on standard error: standard output is the report's.
    Lines {
        color: bool,
    },
    /// For programs.
    Ndjson,
}

impl Teller {
    fn new(ndjson: bool, output: &Output) -> Self {
        match (ndjson, output.detail) {
            (true, _) => Self::Ndjson,
            (false, Detail::Quiet) => Self::Silent,
            (false, _) => Self::Lines { color: output.colors_remarks() },
        }
    }

    fn tell(&self, arisen: &Arisen) -> io::Result<()> {
        match self {
            Self::Silent => Ok(()),
            Self::Lines { color } => {
                let style = if *color { report::severity_style(arisen.severity) } else { anstyle::Style::new() };
                let text = describe(arisen);
                // Nobody is left to be told when standard error is gone.
                let _ = writeln!(io::stderr().lock(), "{style}{}{style:#} {text}", arisen.severity.letter());
                Ok(())
            }
            Self::Ndjson => line(&serde_json::json!({ "type": "finding", "finding": arisen })),
        }
    }
}

/// One line of JSON on standard output.
fn line(value: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

/// A finding in one line: rule, who, where, what.
pub(super) fn describe(arisen: &Arisen) -> String {
    let unknown = || "?".to_owned();
    let place = [
        Some(format!("{} of {}", arisen.role.name(), arisen.device.clone().unwrap_or_else(unknown))),
        arisen.session_id.as_ref().map(|id| format!("SessionID {id}")),
        arisen.message.map(|message| format!("message {message}")),
        arisen.cmd_id.as_ref().map(|id| format!("CmdID {id}")),
        arisen.frames.first().map(|frame| format!("frame {frame}")),
    ];
    let place: Vec<String> = place.into_iter().flatten().collect();
    let text = format!("{}  {}: {}; expected {}", arisen.rule, place.join(", "), arisen.text, arisen.expected);
    visible(&text).into_owned()
}

struct Keeper {
    store: ReportStore,
    teller: Teller,
    screen: Option<Screen>,
}

impl Sink for Keeper {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.store.add(number, session)?;
        match &mut self.screen {
            Some(screen) => screen.session(number, session),
            None => Ok(()),
        }
    }

    fn arisen(&mut self, arisen: &Arisen) -> io::Result<()> {
        if let Some(screen) = &mut self.screen {
            screen.arisen(arisen)?;
        }
        self.teller.tell(arisen)
    }
}
