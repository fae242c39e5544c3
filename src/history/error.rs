//! What can be wrong with a history.

use rusqlite::ErrorCode;
use std::io;

/// Why a history can't be read or written. The file's name is known to who asked.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no file.
    #[error("there is no such file; dmscope analyze --history FILE makes it")]
    Missing,
    /// The file can't be opened.
    #[error("the file can't be opened: {0}; see whether its folder is there, and who may write to it")]
    Unopened(String),
    /// It is no SQLite file.
    #[error("this is no SQLite file; name one that dmscope made, or one that is not there yet")]
    NotSqlite,
    /// It is one of another program.
    #[error("this SQLite file is not a history of dmscope; name one that dmscope made, or one that is not there yet")]
    Foreign,
    /// It is one of another version.
    #[error(
        "the history has the format {found}, and this program reads format {known}; use the dmscope that wrote it, or begin a new file"
    )]
    Version {
        /// The format of the file.
        found: i64,
        /// The one that is read.
        known: i64,
    },
    /// Somebody else writes to it, and does not come to an end.
    #[error("another program has been writing to the file for {0} seconds; try again when it has ended")]
    Busy(u64),
    /// It can't be written.
    #[error("the file can't be written: {0}")]
    Unwritten(String),
    /// It holds what dmscope never wrote.
    #[error("the file is damaged, or somebody else has changed it: {0}; restore it from a copy, or begin a new file")]
    Broken(String),
    /// The report can't be read back.
    #[error("a temporary file can't be read: {0}")]
    Report(#[from] io::Error),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotSqlite,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(super::tables::PATIENCE.as_secs()),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::Unopened(text),
            Some(ErrorCode::ReadOnly | ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Unwritten(text),
            _ => Self::Broken(text),
        }
    }
}
