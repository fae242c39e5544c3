//! How verdicts and rules went over time.

use super::runs::{count, total};
use super::select::{Judged, pick};
use super::{History, HistoryError, Selection, compare_versions};
use serde::Serialize;
use std::collections::BTreeMap;

/// What makes a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The day, in UTC, on which a session began.
    Day,
    /// The run.
    Run,
}

/// What was found on a day, or by a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrendRow {
    /// The day.
    pub day: String,
    /// The number of the run, where rows are runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<i64>,
    /// Devices.
    pub devices: u64,
    /// Versions of firmware, in their order.
    pub firmware: Vec<String>,
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
    /// The rules that were violated, those in most sessions first.
    pub rules: Vec<RuleCount>,
}

/// A rule, and the sessions in which it was violated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Its id.
    pub rule: String,
    /// Sessions.
    pub sessions: u64,
}

impl History {
    /// The sessions that are meant, day by day or run by run.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn trend(&self, selection: &Selection, by: By) -> Result<Vec<TrendRow>, HistoryError> {
        let judged = if by == By::Run { Judged::EachTime } else { Judged::Last };
        pick(&self.connection, selection, std::slice::from_ref(&selection.firmware), judged)?;
        self.connection.execute_batch(match by {
            By::Day => {
                "DROP TABLE IF EXISTS temp.periods; CREATE TEMP TABLE periods AS \
                 SELECT p.session, substr(s.started, 1, 10) AS day, 0 AS run \
                 FROM temp.picked p JOIN main.sessions s ON s.id = p.session"
            }
            By::Run => {
                "DROP TABLE IF EXISTS temp.periods; CREATE TEMP TABLE periods AS \
                 SELECT p.session, substr(r.started, 1, 10) AS day, r.id AS run \
                 FROM temp.picked p JOIN main.runs r ON r.id = p.run"
            }
        })?;
        let mut rows = self.trend_rows(by)?;
        self.trend_rules(&mut rows)?;
        self.trend_firmware(&mut rows)?;
        Ok(rows.into_values().collect())
    }

    fn trend_rows(&self, by: By) -> Result<BTreeMap<(String, i64), TrendRow>, HistoryError> {
        let mut all = self.connection.prepare(
            "SELECT t.day, t.run, count(DISTINCT s.device), count(*), total(s.verdict = 'pass'), \
             total(s.verdict = 'fail'), total(s.errors), total(s.warnings) \
             FROM temp.periods t JOIN main.sessions s ON s.id = t.session GROUP BY t.day, t.run",
        )?;
        let rows = all.query_map([], |row| {
            let (sessions, pass, fail) = (count(row, 3)?, total(row, 4)?, total(row, 5)?);
            let run = row.get(1)?;
            Ok(TrendRow {
                day: row.get(0)?,
                run: (by == By::Run).then_some(run),
                devices: count(row, 2)?,
                firmware: Vec::new(),
                sessions,
                pass,
                fail,
                inconclusive: sessions.saturating_sub(pass.saturating_add(fail)),
                errors: total(row, 6)?,
                warnings: total(row, 7)?,
                rules: Vec::new(),
            })
        })?;
        let keyed = rows.map(|row| row.map(|row| ((row.day.clone(), row.run.unwrap_or(0)), row)));
        Ok(keyed.collect::<rusqlite::Result<_>>()?)
    }

    fn trend_rules(&self, rows: &mut BTreeMap<(String, i64), TrendRow>) -> Result<(), HistoryError> {
        let mut all = self.connection.prepare(
            "SELECT t.day, t.run, v.rule, count(DISTINCT v.session) AS sessions \
             FROM temp.periods t JOIN main.violations v ON v.session = t.session WHERE v.violations > 0 \
             GROUP BY t.day, t.run, v.rule ORDER BY sessions DESC, v.rule",
        )?;
        let mut found = all.query([])?;
        while let Some(row) = found.next()? {
            if let Some(of) = rows.get_mut(&(row.get(0)?, row.get(1)?)) {
                of.rules.push(RuleCount { rule: row.get(2)?, sessions: count(row, 3)? });
            }
        }
        Ok(())
    }

    fn trend_firmware(&self, rows: &mut BTreeMap<(String, i64), TrendRow>) -> Result<(), HistoryError> {
        let mut all = self.connection.prepare(
            "SELECT DISTINCT t.day, t.run, s.firmware \
             FROM temp.periods t JOIN main.sessions s ON s.id = t.session WHERE s.firmware IS NOT NULL",
        )?;
        let mut found = all.query([])?;
        while let Some(row) = found.next()? {
            if let Some(of) = rows.get_mut(&(row.get(0)?, row.get(1)?)) {
                of.firmware.push(row.get(2)?);
            }
        }
        for row in rows.values_mut() {
            row.firmware.sort_by(|a, b| compare_versions(a, b).then_with(|| a.cmp(b)));
        }
        Ok(())
    }
}
