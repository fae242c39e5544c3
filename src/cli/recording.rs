//! Where traffic is recorded: arguments of every command that does.

use crate::capture::recording::Rotation;
#[cfg(any(feature = "proxy", feature = "live"))]
use crate::capture::recording::{Recording, RecordingError};
use clap::Args;
use std::path::PathBuf;

/// Arguments of everything that records.
#[derive(Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Recording")]
pub(super) struct Arguments {
    /// Record the traffic into this pcapng file
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Go on in another file when one is full or old enough, and keep so many: 10x100M, 24x1h, or all of them: 100M
    #[arg(long, value_name = "NxSIZE", requires = "record")]
    ring: Option<Rotation>,
    /// Replace the file if it is there
    #[arg(long, requires = "record")]
    overwrite: bool,
}

impl Arguments {
    /// Begins the recording that is asked for.
    #[cfg(any(feature = "proxy", feature = "live"))]
    pub(super) fn begin(&self, prelude: &[u8]) -> Result<Option<Recording>, RecordingError> {
        let begin = |path: &PathBuf| Recording::create(path, self.ring.unwrap_or_default(), self.overwrite, prelude);
        self.record.as_ref().map(begin).transpose()
    }
}
