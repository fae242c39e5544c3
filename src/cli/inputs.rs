//! From the paths of the command line to captures.

use super::exit::Failure;
use super::suggest::similar;
use crate::analysis::{Inputs, Options};
use crate::base::ProblemKind;
use crate::capture::sources::{Source, Unreadable, expand};
use crate::verdict::InputReport;
use clap::Args;
use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Names of a folder that are compared with a missing one.
const SIMILAR: usize = 1_000;

/// How captures are read, for commands that show all that is in them.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(super) struct ReadingArguments {
    /// Extra ports to look for HTTP on; content is recognised on any port anyway
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Reading")]
    port: Vec<u16>,
    /// Threads [default: the machine's cores]; never changes the result
    #[arg(long, value_name = "N", help_heading = "Reading")]
    jobs: Option<NonZeroUsize>,
}

impl ReadingArguments {
    /// Puts them where the analysis looks.
    pub(super) fn apply(self, options: &mut Options) {
        options.ports = self.port;
        options.jobs = self.jobs;
    }
}

/// What was found, and what could not be.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) inputs: Inputs,
    /// Paths that lead to no capture, with the reason.
    pub(super) missing: Vec<InputReport>,
}

/// Finds the captures that the paths stand for. What is wrong with a path becomes an entry of the report.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, Failure> {
    if paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input (-) can be read only once"));
    }
    if paths.iter().any(|path| path.as_os_str() == "-") && io::stdin().is_terminal() {
        return Err(Failure::usage("standard input is a terminal; pipe a capture into it, or name a file"));
    }
    let mut found = Found::default();
    for source in expand(paths).sources {
        match source {
            Ok(source) => found.inputs.sources.push(source),
            Err(unreadable) => found.missing.push(missing(unreadable)),
        }
    }
    found.inputs.of_more = found.inputs.sources.len().saturating_add(found.missing.len()) > 1;
    Ok(found)
}

/// A path that leads to no capture, as the report says it.
fn missing(unreadable: Unreadable) -> InputReport {
    let Unreadable { path, mut problem } = unreadable;
    if problem.kind == ProblemKind::Io && !path.exists() {
        problem.text = match neighbour(&path) {
            Some(name) => format!("there is no such file; did you mean {name}?"),
            None => "there is no such file or folder".to_owned(),
        };
    }
    let path = Source { path, size: None }.name().into_owned();
    InputReport { path, problems: vec![problem], ..InputReport::default() }
}

/// A file beside a missing one whose name is like it.
fn neighbour(path: &Path) -> Option<String> {
    let missing = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut names: Vec<String> =
        entries.take(SIMILAR).flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let found = similar(missing, names.iter().map(String::as_str))?;
    Some(folder.map_or_else(|| found.to_owned(), |folder| folder.join(found).display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_nowhere_is_reported_and_the_rest_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trace.pcap"), b"").unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        let paths = ["tracee.pcap", "empty", "trace.pcap", "quite-different"].map(|name| folder.path().join(name));
        let found = find(&paths).unwrap();
        assert_eq!(found.inputs.sources.len(), 1);
        let problems: Vec<_> = found.missing.iter().map(|input| &input.problems[0]).collect();
        assert!(problems[0].text.contains("did you mean") && problems[0].text.contains("trace.pcap?"));
        assert_eq!(problems[1].kind, ProblemKind::NotACapture);
        assert_eq!(problems[2].text, "there is no such file or folder");
        assert!(found.missing.iter().all(InputReport::is_unread));
    }
}
