//! `dmscope ddf`, and the descriptions that `--ddf` names.

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::base::{Limits, Severity};
use crate::ddf::{self, Description, Place, REQUIREMENTS};
use crate::report::visible;
use clap::Args;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `ddf`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  the files are read, and have no errors
  1  a file has errors
  2  the command line is wrong, or a file is no description")]
pub(super) struct Arguments {
    /// Descriptions of devices (DDF) in XML or WBXML
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Reads a description.
pub(super) fn read(path: &Path) -> Result<Arc<Description>, Failure> {
    let name = visible(&path.display().to_string()).into_owned();
    let failed = |text: &dyn std::fmt::Display| Failure::usage(format!("{name} can't be read: {text}"));
    let size = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > Limits::DDF_FILE {
        return Err(failed(&format!("it has {size} octets, and a description at most {}", Limits::DDF_FILE)));
    }
    let octets = fs::read(path).map_err(|error| failed(&error))?;
    ddf::read(&name, &octets).map(Arc::new).map_err(|error| failed(&error))
}

/// Checks descriptions.
pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut results = output.results();
    let mut exit = Exit::Done;
    for path in &arguments.files {
        let description = read(path)?;
        for fault in &description.faults {
            let requirement = REQUIREMENTS.iter().find(|one| one.id == fault.id);
            let section =
                requirement.map(|one| format!(" (OMA-TS-DM_TND-V1_2_1, \"{}\")", one.section)).unwrap_or_default();
            let place = match fault.place {
                Place::Text { line, column } => format!("{}:{line}:{column}", description.file),
                octet @ Place::Octet(_) => format!("{}: {octet}", description.file),
            };
            writeln!(results, "{place}: {} {}: {}{section}", fault.severity, fault.id, visible(&fault.text))?;
            if fault.severity == Severity::Error {
                exit = Exit::Failed;
            }
        }
        if description.more_faults > 0 {
            writeln!(results, "{}: {} more are not listed", description.file, description.more_faults)?;
        }
        let nodes = description.len();
        let of = [&description.manufacturer, &description.model].into_iter().flatten();
        let of: Vec<&str> = of.map(String::as_str).filter(|text| !text.is_empty()).collect();
        let of = if of.is_empty() { String::new() } else { format!(" of {}", visible(&of.join(" "))) };
        writeln!(
            results,
            "{}: {nodes} {}{of} described, {} wrong",
            description.file,
            if nodes == 1 { "node" } else { "nodes" },
            match description.faults.len() {
                0 => "nothing is".to_owned(),
                1 => "1 thing is".to_owned(),
                all => format!("{all} things are"),
            }
        )?;
    }
    results.flush()?;
    Ok(exit)
}
