//! From arguments to the history, and back.

use super::args::{Action, Arguments, Form, Least, Rows, Which};
use super::text;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::history::{Appended, By, Firmware, History, HistoryError, Selection};
use crate::report::visible;
use crate::verdict::{Glob, ReportStore, Severity};
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Versions that are named where one is not known.
const NAMED: usize = 20;

fn failure(path: &Path, error: &HistoryError) -> Failure {
    Failure::usage(format!("{}: {}", visible(&path.display().to_string()), visible(&error.to_string())))
}

/// The history that a run is to be added to.
#[derive(Debug)]
pub(in crate::cli) struct Keeping {
    path: PathBuf,
    history: History,
}

impl Keeping {
    /// Opens it before the work begins, so that a wrong name costs nothing.
    pub(in crate::cli) fn open(path: PathBuf) -> Result<Self, Failure> {
        let history = History::open_or_create(&path).map_err(|error| failure(&path, &error))?;
        Ok(Self { path, history })
    }

    /// Adds a finished run.
    pub(in crate::cli) fn append(&mut self, store: &mut ReportStore, output: &Output) -> Result<(), Failure> {
        let appended = self.history.append(store).map_err(|error| failure(&self.path, &error))?;
        let path = self.path.display().to_string();
        match appended {
            Appended::Added(_) => {}
            Appended::Already(run) => output.note(&format!("{path}: this run is already there, as run {run}")),
            Appended::Nothing => output.note(&format!("{path}: nothing was added: there was no DM session")),
        }
        Ok(())
    }
}

impl Which {
    fn open(&self) -> Result<History, Failure> {
        History::open(&self.file).map_err(|error| failure(&self.file, &error))
    }

    fn selection(&self, firmware: Option<&str>) -> Selection {
        let glob = |pattern: &Option<String>| pattern.as_deref().map(Glob::new);
        Selection {
            device: glob(&self.device),
            server: glob(&self.server),
            model: glob(&self.model),
            firmware: firmware.map_or(Firmware::Any, Firmware::parse),
        }
    }

    fn failed(&self, error: &HistoryError) -> Failure {
        failure(&self.file, error)
    }
}

/// One JSON document.
fn json(output: &Output, value: &impl Serialize) -> Result<(), Failure> {
    let mut results = output.results();
    serde_json::to_writer_pretty(&mut results, value).map_err(io::Error::from)?;
    writeln!(results)?;
    Ok(results.flush()?)
}

pub(in crate::cli) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.action {
        Action::Show { which, firmware, format } => {
            let selection = which.selection(firmware.as_deref());
            let runs = which.open()?.runs(&selection).map_err(|error| which.failed(&error))?;
            match format {
                Form::Json => json(output, &serde_json::json!({ "runs": runs }))?,
                Form::Text => text::runs(&runs, output)?,
            }
            Ok(Exit::Done)
        }
        Action::Trend { which, firmware, by, format } => {
            let selection = which.selection(firmware.as_deref());
            let by = match by {
                Rows::Day => By::Day,
                Rows::Run => By::Run,
            };
            let rows = which.open()?.trend(&selection, by).map_err(|error| which.failed(&error))?;
            match format {
                Form::Json => json(output, &serde_json::json!({ "rows": rows }))?,
                Form::Text => text::trend(&rows, output)?,
            }
            Ok(Exit::Done)
        }
        Action::Compare { which, firmware, fail_on, format } => compare(which, firmware, *fail_on, *format, output),
    }
}

fn compare(which: &Which, firmware: &str, fail_on: Least, form: Form, output: &Output) -> Result<Exit, Failure> {
    let two = firmware.split_once("..").map(|(before, after)| (before.trim(), after.trim()));
    let Some((before, after)) = two.filter(|(before, after)| !before.is_empty() && !after.is_empty()) else {
        let given = visible(firmware);
        return Err(Failure::usage(format!("--firmware {given}: write the two versions, such as 1.2..1.3")));
    };
    let comparison =
        which.open()?.compare(&which.selection(None), before, after).map_err(|error| which.failed(&error))?;
    if !comparison.is_whole() {
        let side = if comparison.before.sessions == 0 { before } else { after };
        let known = &comparison.known_firmware;
        let named: Vec<&str> = known.iter().take(NAMED).map(String::as_str).collect();
        let more = if known.len() > NAMED { ", …" } else { "" };
        let known = if named.is_empty() {
            "no session of these tells its firmware; a server must read ./DevDetail/FwV".to_owned()
        } else {
            format!("there is {}{more}", named.join(", "))
        };
        let file = which.file.display().to_string();
        return Err(Failure::usage(
            visible(&format!("{file}: there is no session with firmware {side}; {known}")).into_owned(),
        ));
    }
    match form {
        Form::Json => json(output, &comparison)?,
        Form::Text => text::comparison(&comparison, output)?,
    }
    let is_regression = match fail_on {
        Least::Error => comparison.is_regression(Severity::Error),
        Least::Warning => comparison.is_regression(Severity::Warning),
        Least::Never => false,
    };
    Ok(if is_regression { Exit::Failed } else { Exit::Done })
}
