//! A finished report becomes a run of the history.

use super::digest::{Digest, session_key};
use super::{History, HistoryError};
use crate::verdict::{FindingReport, ReportStore, Rows, SessionReport, Severity, Tail, ToolReport};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

/// What became of a run that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is there now, with this number.
    Added(i64),
    /// It was there already, with this number; nothing was changed.
    Already(i64),
    /// It has no sessions, and so neither a date nor anything to keep.
    Nothing,
}

/// Violations of one fingerprint in a session.
struct Violated {
    role: &'static str,
    severity: Severity,
    violations: i64,
    waived: i64,
}

/// A count as SQLite keeps it.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl History {
    /// Adds a finished report, as a whole or not at all.
    ///
    /// # Errors
    ///
    /// When the file can't be written, or the report's temporary files not be read.
    pub fn append(&mut self, store: &mut ReportStore) -> Result<Appended, HistoryError> {
        let tail = store.tail().clone();
        if tail.summary.sessions == 0 {
            return Ok(Appended::Nothing);
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tool = ToolReport::default();
        // Key and date follow when all sessions were seen; nobody reads them before.
        transaction.execute(
            "INSERT INTO runs (key, started, tool, verdict, sessions) VALUES ('', '', ?1, ?2, ?3)",
            params![tool.version, tail.summary.verdict.name(), integer(tail.summary.sessions)],
        )?;
        let run = transaction.last_insert_rowid();
        let mut digest = Digest::new();
        let started = sessions(&transaction, run, store, &mut digest)?;
        ends(&transaction, run, &tail, &mut digest)?;
        let key = digest.finish();
        let known = transaction.query_row("SELECT id FROM runs WHERE key = ?1", [&key], |row| row.get(0)).optional()?;
        if let Some(known) = known {
            // Dropped without a commit, the transaction leaves no trace.
            return Ok(Appended::Already(known));
        }
        transaction.execute("UPDATE runs SET key = ?2, started = ?3 WHERE id = ?1", params![run, key, started])?;
        transaction.commit()?;
        Ok(Appended::Added(run))
    }
}

/// Writes sessions and their violations, and gives the time of the earliest.
fn sessions(
    connection: &Connection,
    run: i64,
    store: &mut ReportStore,
    digest: &mut Digest,
) -> Result<String, HistoryError> {
    let mut add = connection.prepare(
        "INSERT INTO sessions (run, number, key, device, server, session_id, manufacturer, model, firmware, software, \
         profile, started, verdict, errors, warnings, infos, waived, undecided) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?;
    let mut add_violation = connection.prepare(
        "INSERT INTO violations (session, rule, fingerprint, role, severity, violations, waived) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut earliest: Option<String> = None;
    let (sessions, findings) = store.read()?;
    let mut findings = findings.peekable();
    for session in sessions {
        let session: SessionReport<'static> = session?;
        let (key, started) = (session_key(&session), session.started.to_string());
        let (product, counts) = (&session.product, &session.findings);
        add.execute(params![
            run,
            session.index,
            key,
            session.device.as_deref(),
            session.server.as_deref(),
            session.session_id.as_deref(),
            product.manufacturer.as_deref(),
            product.model.as_deref(),
            product.firmware.as_deref(),
            product.software.as_deref(),
            session.profile,
            started,
            session.verdict.name(),
            integer(counts.error),
            integer(counts.warning),
            integer(counts.info),
            integer(counts.waived),
            session.undecided,
        ])?;
        let id = connection.last_insert_rowid();
        digest.text(&key).text(&session.profile).text(session.verdict.name()).number(session.undecided.into());
        for ((rule, fingerprint), found) in violated(&mut findings, session.index)? {
            digest.text(&rule).text(&fingerprint).text(found.severity.name());
            digest.number(found.violations.unsigned_abs()).number(found.waived.unsigned_abs());
            let severity = found.severity.name();
            add_violation.execute(params![
                id,
                rule,
                fingerprint,
                found.role,
                severity,
                found.violations,
                found.waived
            ])?;
        }
        if earliest.as_ref().is_none_or(|earliest| started < *earliest) {
            earliest = Some(started);
        }
    }
    Ok(earliest.unwrap_or_default())
}

/// The violations of a session by rule and fingerprint. Both spools are in the order of sessions.
fn violated(
    findings: &mut Peekable<Rows<'_, FindingReport<'static>>>,
    session: u32,
) -> Result<BTreeMap<(String, String), Violated>, HistoryError> {
    let mut all: BTreeMap<(String, String), Violated> = BTreeMap::new();
    while let Some(finding) = findings.next_if(|next| next.as_ref().map_or(true, |next| next.session <= session)) {
        let finding = finding?;
        let key = (finding.rule.into_owned(), finding.fingerprint.unwrap_or_default().into_owned());
        let role = finding.role.name();
        let found = all.entry(key).or_insert(Violated { role, severity: finding.severity, violations: 0, waived: 0 });
        found.severity = found.severity.max(finding.severity);
        let count = if finding.waived.is_some() { &mut found.waived } else { &mut found.violations };
        *count = count.saturating_add(1);
    }
    Ok(all)
}

/// Writes what is known at the end of a run.
fn ends(connection: &Connection, run: i64, tail: &Tail, digest: &mut Digest) -> Result<(), HistoryError> {
    let mut add = connection.prepare("INSERT INTO inputs (run, number, path) VALUES (?1, ?2, ?3)")?;
    for (number, input) in (1_i64..).zip(&tail.inputs) {
        add.execute(params![run, number, input.path])?;
    }
    let mut add =
        connection.prepare("INSERT OR IGNORE INTO rules (run, rule, occasions, violations) VALUES (?1, ?2, ?3, ?4)")?;
    for rule in &tail.rules {
        digest.text(&rule.id).number(rule.occasions).number(rule.violations);
        add.execute(params![run, rule.id, integer(rule.occasions), integer(rule.violations)])?;
    }
    let mut add = connection.prepare(
        "INSERT OR IGNORE INTO testcases (run, testcase, rev, sha256, verdict, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut add_evidence =
        connection.prepare("INSERT OR IGNORE INTO evidence (run, testcase, number) VALUES (?1, ?2, ?3)")?;
    for case in &tail.testcases {
        digest.text(&case.id).number(case.rev.into()).text(&case.sha256).text(case.verdict.name()).text(&case.reason);
        add.execute(params![run, case.id, case.rev, case.sha256, case.verdict.name(), case.reason])?;
        let numbers: BTreeSet<u32> = case.evidence.iter().map(|one| one.session).collect();
        for number in numbers {
            add_evidence.execute(params![run, case.id, number])?;
        }
    }
    Ok(())
}
