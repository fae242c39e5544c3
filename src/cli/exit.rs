//! Exit codes, and the errors that lead to them.

use crate::verdict::{FailOn, InputReport, Summary};
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything was done, and nothing is wrong.
    Done,
    /// Everything was done, and a verdict is at or above `--fail-on`.
    Failed,
    /// An input could not be read, or only in part.
    Unread,
}

impl Exit {
    /// Of a report.
    pub(super) fn of(inputs: &[InputReport], summary: &Summary, fail_on: FailOn) -> Self {
        let failed = fail_on.is_reached(summary.verdict, summary.findings.warning.saturating_add(summary.ics));
        match (inputs.iter().any(InputReport::is_unread), failed) {
            (true, _) => Self::Unread,
            (false, true) => Self::Failed,
            (false, false) => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Unread => Self::from(3),
        }
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The command line, or a file that it names as a setting, is wrong.
    #[error("{0}")]
    Usage(String),
    /// The only input could not be read.
    #[error("{0}")]
    Input(String),
    /// A result could not be written.
    #[error("the result can't be written: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(super) fn input(text: impl Into<String>) -> Self {
        Self::Input(text.into())
    }

    /// Whether the reader of the output went away, which is no failure.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(super) fn code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Output(_) => ExitCode::from(2),
            Self::Input(_) => ExitCode::from(3),
        }
    }
}
