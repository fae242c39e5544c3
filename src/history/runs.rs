//! The runs of a history, with devices and verdicts.

use super::select::{Judged, pick};
use super::{History, HistoryError, Selection};
use rusqlite::{Connection, Row};
use serde::Serialize;

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// Its number in the history.
    pub run: i64,
    /// What it is known by: SHA-256 over what it found.
    pub key: String,
    /// When its first session began.
    pub started: String,
    /// The version of the program that judged it.
    pub tool: String,
    /// The verdict over all of it.
    pub verdict: String,
    /// Its captures, as they were named.
    pub inputs: Vec<String>,
    /// The sessions that are meant, by device, product and server.
    pub devices: Vec<DeviceRow>,
}

/// Sessions of one device with one server, in one version of its firmware.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// The device's LocURI.
    pub device: Option<String>,
    /// DevInfo/Man.
    pub manufacturer: Option<String>,
    /// DevInfo/Mod.
    pub model: Option<String>,
    /// DevDetail/FwV.
    pub firmware: Option<String>,
    /// The server's LocURI.
    pub server: Option<String>,
    /// Sessions.
    pub sessions: u64,
    /// Those that passed.
    pub pass: u64,
    /// Those that failed.
    pub fail: u64,
    /// Those that could not be judged as a whole.
    pub inconclusive: u64,
    /// Errors in them.
    pub errors: u64,
    /// Warnings in them.
    pub warnings: u64,
}

/// A count from the file; less than nothing is nothing.
pub(super) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0))
}

impl History {
    /// The runs with sessions that are meant, by date.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn runs(&self, selection: &Selection) -> Result<Vec<RunRow>, HistoryError> {
        pick(&self.connection, selection, std::slice::from_ref(&selection.firmware), Judged::EachTime)?;
        let mut all = self.connection.prepare(
            "SELECT id, key, started, tool, verdict FROM main.runs WHERE id IN (SELECT run FROM temp.picked) \
             ORDER BY started, id",
        )?;
        let rows = all.query_map([], |row| {
            Ok(RunRow {
                run: row.get(0)?,
                key: row.get(1)?,
                started: row.get(2)?,
                tool: row.get(3)?,
                verdict: row.get(4)?,
                inputs: Vec::new(),
                devices: Vec::new(),
            })
        })?;
        rows.map(|row| {
            let mut row = row?;
            row.inputs = inputs(&self.connection, row.run)?;
            row.devices = devices(&self.connection, row.run)?;
            Ok(row)
        })
        .collect()
    }
}

fn inputs(connection: &Connection, run: i64) -> Result<Vec<String>, HistoryError> {
    let mut all = connection.prepare("SELECT path FROM main.inputs WHERE run = ?1 ORDER BY number")?;
    let rows = all.query_map([run], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn devices(connection: &Connection, run: i64) -> Result<Vec<DeviceRow>, HistoryError> {
    let mut all = connection.prepare(
        "SELECT device, manufacturer, model, firmware, server, count(*), total(verdict = 'pass'), \
         total(verdict = 'fail'), total(errors), total(warnings) \
         FROM main.sessions WHERE run = ?1 AND id IN (SELECT session FROM temp.picked) \
         GROUP BY device, manufacturer, model, firmware, server \
         ORDER BY device, firmware, server, manufacturer, model",
    )?;
    let rows = all.query_map([run], |row| {
        let (sessions, pass, fail) = (count(row, 5)?, total(row, 6)?, total(row, 7)?);
        Ok(DeviceRow {
            device: row.get(0)?,
            manufacturer: row.get(1)?,
            model: row.get(2)?,
            firmware: row.get(3)?,
            server: row.get(4)?,
            sessions,
            pass,
            fail,
            inconclusive: sessions.saturating_sub(pass.saturating_add(fail)),
            errors: total(row, 8)?,
            warnings: total(row, 9)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A sum, which SQLite gives as a floating number so that it cannot overflow.
pub(super) fn total(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    // From a negative or huge sum, what fits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    row.get::<_, f64>(at).map(|sum| sum as u64)
}
