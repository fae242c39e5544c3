//! Where reports go: arguments of every command that writes one.

use super::exit::Failure;
use super::messages;
use super::output::Output;
use super::whole;
use crate::report::{self, FORMATS, Format};
use crate::verdict::{InputReport, ReportStore, Summary};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Problems of inputs that are told on standard error.
const TOLD: usize = 10;

/// Arguments of everything that reports.
#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Formats of the report [default: text; with --out: text to standard output, all others into the folder]
    #[arg(long, value_name = "FMT", value_delimiter = ',', value_parser = formats(), help_heading = "Output")]
    format: Vec<String>,
    /// Write reports into this folder (report.json, report.html, junit.xml … and messages/)
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name())))
}

/// Which formats go where.
#[derive(Clone)]
pub(super) struct Plan {
    stdout: Option<&'static dyn Format>,
    folder: Option<PathBuf>,
    files: Vec<(PathBuf, &'static dyn Format)>,
}

impl Plan {
    pub(super) fn new(arguments: &Arguments) -> Result<Self, Failure> {
        Self::of(&arguments.format, arguments.out.as_deref())
    }

    /// For these formats, and the folder of `--out`.
    pub(super) fn of(names: &[String], out: Option<&Path>) -> Result<Self, Failure> {
        let mut formats: Vec<&'static dyn Format> = Vec::new();
        for format in names.iter().filter_map(|name| report::by_name(name)) {
            if !formats.iter().any(|known| known.name() == format.name()) {
                formats.push(format);
            }
        }
        let mut plan = Self { stdout: None, folder: out.map(Path::to_owned), files: Vec::new() };
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
                    // On standard output, the text is for everybody.
                    let is_wanted = |format: &&dyn Format| format.file_name().is_some() || format.name() == "text";
                    formats = FORMATS.iter().copied().filter(|format| is_wanted(format)).collect();
                }
                for format in formats {
                    match format.file_name() {
                        Some(name) => plan.files.push((folder.join(name), format)),
                        None if plan.stdout.is_some() => {
                            return Err(Failure::usage("text and github both go to standard output: choose one"));
                        }
                        None => plan.stdout = Some(format),
                    }
                }
            }
        }
        Ok(plan)
    }

    /// Whether the messages are wanted as text.
    pub(super) fn wants_exhibits(&self) -> bool {
        let formats = self.files.iter().map(|(_, format)| format).chain(&self.stdout);
        self.folder.is_some() || formats.into_iter().any(|format| format.wants_exhibits())
    }

    /// Whether the text goes to standard output.
    pub(super) fn text_on_stdout(&self) -> bool {
        self.stdout.is_some_and(|format| format.name() == "text")
    }

    /// Nothing goes to standard output.
    #[cfg(any(feature = "proxy", feature = "live"))]
    pub(super) fn without_stdout(mut self) -> Self {
        self.stdout = None;
        self
    }

    /// Whether there is a folder for reports.
    #[cfg(any(feature = "proxy", feature = "live"))]
    pub(super) fn has_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// Whether sessions can go straight to standard output.
    pub(super) fn streams(&self) -> bool {
        self.files.is_empty() && self.stdout.is_some_and(|format| format.name() == "json")
    }

    pub(super) fn write(&self, store: &mut ReportStore, output: &Output) -> Result<(), Failure> {
        if let Some(folder) = &self.folder {
            messages::write(store, folder).map_err(|error| {
                Failure::usage(format!("--out: the messages can't be written into {}: {error}", folder.display()))
            })?;
        }
        for (path, format) in &self.files {
            let failed =
                |error: io::Error| Failure::usage(format!("--out: {} can't be written: {error}", path.display()));
            // A report is there as a whole or not at all.
            let written = whole::write(path, |file| format.write(store, file, &report::Options::default()));
            written.map_err(failed)?;
        }
        if let Some(format) = self.stdout {
            let mut results = output.results();
            format.write(store, &mut results, &output.text_options())?;
            results.flush()?;
        }
        Ok(())
    }
}

/// Says on standard error what has to be looked after.
pub(super) fn remark(summary: &Summary, output: &Output) {
    summary.remarks.iter().for_each(|remark| output.warning(&report::visible(remark)));
}

/// Says on standard error what could not be read.
pub(super) fn tell(inputs: &[InputReport], output: &Output) {
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
