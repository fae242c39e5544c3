//! Verdicts over time: what each run found, by device, firmware and server.
//!
//! **In**: finished reports, run by run ([`History::append`]). **Out**: what a [`Selection`] of them says ([`History::runs`],
//! [`History::trend`], [`History::compare`]). They are kept in one SQLite file, whose tables `tables.rs` holds; other
//! programs may read it. **Does not know** captures, nor how a table looks on a terminal.
//!
//! A run is dated by its traffic, never by the clock, and is known by what it found: the same run is there once, however
//! often it is added. A session that several runs judged counts once, as the run that was added last judged it.

mod append;
mod compare;
mod digest;
mod error;
mod runs;
mod select;
mod tables;
mod trend;

pub use append::Appended;
pub use compare::{CaseChange, Comparison, Known, RuleChange, SideFacts, Word};
pub use error::HistoryError;
pub use runs::{DeviceRow, RunRow};
pub use select::{Firmware, Selection, compare_versions};
pub use trend::{By, RuleCount, TrendRow};

use rusqlite::Connection;
use std::path::Path;

/// An open history.
#[derive(Debug)]
pub struct History {
    connection: Connection,
}

impl History {
    /// Opens a history to add to it, and makes one where there is no file.
    ///
    /// # Errors
    ///
    /// When the file is no history of this version, or can't be opened.
    pub fn open_or_create(path: &Path) -> Result<Self, HistoryError> {
        let mut connection = tables::connect(path, true)?;
        tables::prepare(&mut connection)?;
        Ok(Self { connection })
    }

    /// Opens a history that is there.
    ///
    /// # Errors
    ///
    /// When there is none, or the file is no history of this version, or can't be opened.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if !path.exists() {
            return Err(HistoryError::Missing);
        }
        let connection = tables::connect(path, false)?;
        tables::check(&connection)?;
        Ok(Self { connection })
    }
}
