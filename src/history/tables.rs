//! The tables, and the file that holds them.

use super::HistoryError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// The version of the tables below; a change to them is a new one.
const FORMAT: i64 = 1;
/// What tells the file from those of other programs: `dmsc`.
const APPLICATION: i64 = 0x646d_7363;
/// How long somebody else may write to the file before this program gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Times are RFC 3339 in UTC, so that they sort as text; words are those of the JSON report.
const TABLES: &str = "
-- What was appended at one time. The date is that of its first session.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    started TEXT NOT NULL,
    tool TEXT NOT NULL,
    verdict TEXT NOT NULL,
    sessions INTEGER NOT NULL
) STRICT;

-- The captures of a run, as they were named.
CREATE TABLE inputs (
    run INTEGER NOT NULL REFERENCES runs,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- Sessions; the key is the same where another run judged the same session.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    device TEXT,
    server TEXT,
    session_id TEXT,
    manufacturer TEXT,
    model TEXT,
    firmware TEXT,
    software TEXT,
    profile TEXT NOT NULL,
    started TEXT NOT NULL,
    verdict TEXT NOT NULL,
    errors INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    infos INTEGER NOT NULL,
    waived INTEGER NOT NULL,
    undecided INTEGER NOT NULL,
    UNIQUE (run, number)
) STRICT;
CREATE INDEX sessions_by_key ON sessions (key);

-- Violations of a session by fingerprint: how many that no waiver accepts, how many that one does, the worst severity.
CREATE TABLE violations (
    session INTEGER NOT NULL REFERENCES sessions,
    rule TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    role TEXT NOT NULL,
    severity TEXT NOT NULL,
    violations INTEGER NOT NULL,
    waived INTEGER NOT NULL,
    PRIMARY KEY (session, rule, fingerprint)
) STRICT, WITHOUT ROWID;

-- The rules that a run judged by, and how often they had something to look at in all of it.
CREATE TABLE rules (
    run INTEGER NOT NULL REFERENCES runs,
    rule TEXT NOT NULL,
    occasions INTEGER NOT NULL,
    violations INTEGER NOT NULL,
    PRIMARY KEY (run, rule)
) STRICT, WITHOUT ROWID;

-- Test cases of a run.
CREATE TABLE testcases (
    run INTEGER NOT NULL REFERENCES runs,
    testcase TEXT NOT NULL,
    rev INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, testcase)
) STRICT, WITHOUT ROWID;

-- The sessions, by number, that bear out the verdict of a test case.
CREATE TABLE evidence (
    run INTEGER NOT NULL REFERENCES runs,
    testcase TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (run, testcase, number)
) STRICT, WITHOUT ROWID;
";

/// Opens the file. Nothing that stands in it can make SQLite do more than read tables.
pub(super) fn connect(path: &Path, create: bool) -> Result<Connection, HistoryError> {
    // Names with a meaning of their own (":memory:", "") are files like any other.
    let path = Path::new(".").join(path);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY")?;
    Ok(connection)
}

fn number(connection: &Connection, sql: &str) -> Result<i64, HistoryError> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Makes the tables where the file is empty, and looks at what it is otherwise.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), HistoryError> {
    // Of several that find an empty file, one makes the tables; the others wait, and find them.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_empty(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    check(&transaction)?;
    Ok(transaction.commit()?)
}

fn is_empty(connection: &Connection) -> Result<bool, HistoryError> {
    Ok(number(connection, "SELECT count(*) FROM sqlite_schema")? == 0
        && number(connection, "PRAGMA application_id")? == 0
        && number(connection, "PRAGMA user_version")? == 0)
}

/// Looks whether the file is a history that this program understands.
pub(super) fn check(connection: &Connection) -> Result<(), HistoryError> {
    if is_empty(connection)? {
        return Err(HistoryError::Foreign);
    }
    if number(connection, "PRAGMA application_id")? != APPLICATION {
        return Err(HistoryError::Foreign);
    }
    match number(connection, "PRAGMA user_version")? {
        FORMAT => Ok(()),
        found => Err(HistoryError::Version { found, known: FORMAT }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;

    #[test]
    fn a_file_that_is_no_history_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, sql: &str| {
            let path = folder.path().join(name);
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            path
        };
        let table = [
            (put("other", "CREATE TABLE a (b)"), "not a history of dmscope"),
            (put("id", "PRAGMA application_id = 5; CREATE TABLE a (b)"), "not a history of dmscope"),
            (
                put("newer", "PRAGMA application_id = 0x646d7363; PRAGMA user_version = 7; CREATE TABLE a (b)"),
                "has the format 7, and this program reads format 1",
            ),
        ];
        for (path, text) in table {
            let before = std::fs::read(&path).unwrap();
            for error in [History::open(&path).unwrap_err(), History::open_or_create(&path).unwrap_err()] {
                assert!(error.to_string().contains(text), "{error}");
            }
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
        let path = folder.path().join("text");
        std::fs::write(&path, "no database ".repeat(100)).unwrap();
        assert!(matches!(History::open(&path), Err(HistoryError::NotSqlite)));
        assert!(matches!(History::open_or_create(&path), Err(HistoryError::NotSqlite)));
        assert!(matches!(History::open(&folder.path().join("none")), Err(HistoryError::Missing)));
        assert!(matches!(History::open_or_create(&folder.path().join("no/file")), Err(HistoryError::Unopened(_))));
        assert!(matches!(History::open_or_create(folder.path()), Err(HistoryError::Unopened(_))));
    }
}
