//! Finished sessions and their findings, kept outside memory.
//!
//! A capture of many hours gives a report that is larger than what a machine wants to hold. Sessions and findings are
//! serialised as soon as they are finished and wait in two spools, which are temporary files from
//! [`Limits::REPORT_IN_MEMORY`] octets on. Formats read them back one by one, or copy them as they are.

use super::pending::PendingOperations;
use super::row::write_row;
use super::{
    Carried, Exhibit, FindingReport, IcsMismatch, InputReport, JudgedSession, PendingReport, RequirementLevel,
    RuleCounts, RuleReport, SessionFacts, SessionReport, SeverityCounts, Since, Summary, TestCaseCounts,
    TestCaseReport, TestCaseVerdict, report_verdict, session_verdict, why, write_carried, write_exhibit, write_finding,
};
use crate::base::Limits;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use tempfile::SpooledTempFile;

/// What stands between two rows of a spool, so that a spool as a whole is the inside of a JSON array.
const SEPARATOR: &[u8] = b",\n";
/// Octets that are collected before they go to the spool.
const CHUNK: usize = 64 << 10;

/// Values in the order in which they came, as JSON.
#[derive(Debug)]
pub(crate) struct Spool {
    file: SpooledTempFile,
    pending: Vec<u8>,
    rows: u64,
    /// The file's position is not its end.
    moved: bool,
}

impl Spool {
    pub(crate) fn new() -> Self {
        Self::spilling_at(Limits::REPORT_IN_MEMORY)
    }

    fn spilling_at(in_memory: usize) -> Self {
        Self { file: SpooledTempFile::new(in_memory), pending: Vec::new(), rows: 0, moved: false }
    }

    /// Adds a row, which `write` appends as JSON in one line.
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        if self.rows > 0 {
            self.pending.extend_from_slice(SEPARATOR);
        }
        write(&mut self.pending)?;
        self.rows = self.rows.saturating_add(1);
        if self.pending.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.moved {
            self.file.seek(SeekFrom::End(0))?;
            self.moved = false;
        }
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    fn rewind(&mut self) -> io::Result<&mut SpooledTempFile> {
        self.flush()?;
        self.moved = true;
        self.file.rewind()?;
        Ok(&mut self.file)
    }

    fn read<T>(&mut self) -> io::Result<Rows<'_, T>> {
        Ok(Rows { source: BufReader::with_capacity(CHUNK, self.rewind()?), line: Vec::new(), row: PhantomData })
    }

    /// Copies all rows, with a comma and a line feed between them.
    pub(crate) fn copy(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let file = self.rewind()?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(chunk.get(..read).unwrap_or_default())?;
        }
    }
}

/// The rows of a spool, read one by one.
#[derive(Debug)]
pub struct Rows<'s, T> {
    source: BufReader<&'s mut SpooledTempFile>,
    line: Vec<u8>,
    row: PhantomData<T>,
}

impl<'s, T: DeserializeOwned> Rows<'s, T> {
    fn line(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        self.source.read_until(b'\n', &mut self.line)?;
        let row = self.line.strip_suffix(SEPARATOR).unwrap_or(&self.line);
        Ok(Some(row).filter(|row| !row.is_empty()))
    }

    fn read(&mut self) -> io::Result<Option<T>> {
        Ok(self.line()?.map(serde_json::from_slice).transpose()?)
    }

    /// The same rows, of which only the fields of `U` are read.
    pub fn narrowed<U: DeserializeOwned>(self) -> Rows<'s, U> {
        Rows { source: self.source, line: self.line, row: PhantomData }
    }

    /// The fields `U` of the next row, and the whole of it where `wanted` says so. `None` after the last row.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn next_with<U: DeserializeOwned>(
        &mut self,
        wanted: impl FnOnce(&U) -> bool,
    ) -> io::Result<Option<(U, Option<T>)>> {
        let Some(row) = self.line()? else { return Ok(None) };
        let some: U = serde_json::from_slice(row)?;
        let whole = if wanted(&some) { Some(serde_json::from_slice(row)?) } else { None };
        Ok(Some((some, whole)))
    }
}

impl<T: DeserializeOwned> Iterator for Rows<'_, T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// What is to be said of a run besides what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// What has to be looked after; each weighs as a warning.
    pub remarks: Vec<String>,
    /// What changed since the baseline, where there is one.
    pub since: Option<Since>,
    /// Whether what must not be seen was taken out.
    pub redacted: bool,
}

/// What a report says besides its sessions and findings: known once all of them are.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// What was read.
    pub inputs: Vec<InputReport>,
    /// What became of the rules.
    pub rules: Vec<RuleReport>,
    /// What became of the test cases.
    pub testcases: Vec<TestCaseReport>,
    /// Operations that are not finished.
    pub pending: Vec<PendingReport>,
    /// Where a statement of support does not agree with the traffic.
    pub ics: Vec<IcsMismatch>,
    /// The numbers and the verdict.
    pub summary: Summary,
    notes: Notes,
    known: SeverityCounts,
    operations: PendingOperations,
}

impl Tail {
    /// Takes notes, before the line is drawn.
    pub(crate) fn note(&mut self, notes: Notes) {
        self.notes = notes;
    }

    /// Counts one session, and keeps up with its operations.
    ///
    /// # Errors
    ///
    /// When its row can't be read again, which does not happen with rows that were written here.
    pub(crate) fn add(&mut self, number: u32, judged: &JudgedSession) -> io::Result<()> {
        let session: &SessionFacts = judged.facts();
        let summary = &mut self.summary;
        summary.sessions = summary.sessions.saturating_add(1);
        summary.messages = summary.messages.saturating_add(session.messages);
        summary.commands = summary.commands.saturating_add(session.commands);
        summary.findings.merge(&session.findings);
        summary.session_verdicts.add(session.verdict);
        self.known.merge(session.known);
        self.operations.take(number, judged.session_row())
    }

    /// Takes what a statement of support is contradicted in.
    pub(crate) fn add_ics(&mut self, rows: Vec<IcsMismatch>) {
        self.summary.ics = self.summary.ics.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        self.ics.extend(rows);
    }

    /// Takes what is known at the end, and draws the line.
    pub(crate) fn finish(&mut self, inputs: Vec<InputReport>, rules: Vec<RuleReport>, testcases: Vec<TestCaseReport>) {
        let (pending, more) = self.operations.finish();
        self.summary.pending = u64::try_from(pending.len()).unwrap_or(u64::MAX).saturating_add(more);
        self.pending = pending;
        let mut counts = RuleCounts::default();
        for rule in &rules {
            let add = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
            add(&mut counts.exercised, rule.occasions > 0);
            add(&mut counts.not_exercised, rule.occasions == 0);
            add(&mut counts.violated, rule.violations > 0);
            add(&mut counts.undecided, !rule.undecided.is_empty());
        }
        let mut cases = TestCaseCounts::default();
        for case in &testcases {
            if case.waived.is_some() {
                let waived = &mut self.summary.findings.waived;
                *waived = waived.saturating_add(1);
                continue;
            }
            let count = match case.verdict {
                TestCaseVerdict::Pass => &mut cases.pass,
                TestCaseVerdict::Fail => {
                    cases.fail_should += u64::from(case.level != RequirementLevel::Must);
                    &mut cases.fail
                }
                TestCaseVerdict::Inconclusive => &mut cases.inconclusive,
                TestCaseVerdict::NotApplicable => &mut cases.not_applicable,
                TestCaseVerdict::Error => &mut cases.error,
            };
            *count = count.saturating_add(1);
        }
        self.summary.rules = counts;
        self.summary.testcases = cases;
        self.summary.verdict = report_verdict(&self.summary.session_verdicts, &counts, &cases, &inputs);
        self.summary.why = why(&self.summary, &inputs);
        let notes = std::mem::take(&mut self.notes);
        self.summary.remarks = notes.remarks;
        self.summary.redacted = notes.redacted;
        self.summary.baseline = notes.since.map(|since| since.report(&self.summary, self.known));
        if let Some(baseline) = &self.summary.baseline {
            self.summary.why = format!("{}; {}", self.summary.why, baseline.say());
        }
        self.inputs = inputs;
        self.rules = rules;
        self.testcases = testcases;
    }
}

impl SessionReport<'_> {
    /// Counts the session's findings and draws its verdict from them ([`session_verdict`]). A verdict of *error*, set by
    /// who could not judge it, stays.
    pub fn judge(&mut self, findings: &[FindingReport<'_>]) {
        self.findings = super::FindingCounts::default();
        for finding in findings {
            self.findings.add(finding);
        }
        if self.verdict != super::Verdict::Error {
            self.verdict = session_verdict(self, &self.findings);
        }
    }
}

/// Sessions, findings and exhibits, each in order.
pub type AllRows<'s> = (Rows<'s, SessionReport<'static>>, Rows<'s, FindingReport<'static>>, Rows<'s, Exhibit<'static>>);

/// A report under way, and then a finished one: what every format reads.
#[derive(Debug)]
pub struct ReportStore {
    sessions: Spool,
    findings: Spool,
    exhibits: Spool,
    carried: Spool,
    /// Octets of exhibits that there is room for.
    room: u64,
    tail: Tail,
}

impl Default for ReportStore {
    fn default() -> Self {
        let spool = Spool::new;
        Self {
            sessions: spool(),
            findings: spool(),
            exhibits: spool(),
            carried: spool(),
            room: Limits::EXHIBITS,
            tail: Tail::default(),
        }
    }
}

impl ReportStore {
    /// A store that keeps every message as text: for who writes all of them into files.
    pub fn of_everything() -> Self {
        Self { room: u64::MAX, ..Self::default() }
    }

    /// Adds a session, which is in its place, with its final number.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be written.
    pub fn add(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.tail.add(number, session)?;
        self.sessions.add(|out| session.write_session(number, out))?;
        session.findings().try_for_each(|row| self.findings.add(|out| write_finding(row, number, out)))?;
        session.exhibits().try_for_each(|row| self.exhibit(row, number))?;
        session.carried_rows().try_for_each(|row| self.carried.add(|out| write_carried(row, number, out)))
    }

    /// Keeps a message as text while there is room, and its name after that.
    fn exhibit(&mut self, row: &[u8], number: u32) -> io::Result<()> {
        let octets = u64::try_from(row.len()).unwrap_or(u64::MAX);
        if let Some(left) = self.room.checked_sub(octets) {
            self.room = left;
            return self.exhibits.add(|out| write_exhibit(row, number, out));
        }
        // What comes later is left out too, however short: that is easier to say than which were.
        self.room = 0;
        let named: Exhibit<'_> = serde_json::from_slice(row)?;
        let named = Exhibit { session: number, text: None, ..named };
        self.exhibits.add(|out| Ok(write_row(&named, out)?))
    }

    /// Takes notes on the run, before [`ReportStore::finish`].
    pub fn note(&mut self, notes: Notes) {
        self.tail.note(notes);
    }

    /// Takes what is known at the end, and draws the verdict over everything.
    pub fn finish(&mut self, inputs: Vec<InputReport>, rules: Vec<RuleReport>, testcases: Vec<TestCaseReport>) {
        self.tail.finish(inputs, rules, testcases);
    }

    /// Takes where a statement of support does not agree with the traffic.
    pub fn add_ics(&mut self, rows: Vec<IcsMismatch>) {
        self.tail.add_ics(rows);
    }

    /// Everything but sessions and findings.
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// All sessions and all findings, each in order; read side by side they can be joined by session number.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read; reading on gives the same kind of error.
    pub fn read(&mut self) -> io::Result<(Rows<'_, SessionReport<'static>>, Rows<'_, FindingReport<'static>>)> {
        Ok((self.sessions.read()?, self.findings.read()?))
    }

    /// All sessions, in order. Errors as [`ReportStore::read`].
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn sessions(&mut self) -> io::Result<Rows<'_, SessionReport<'static>>> {
        self.sessions.read()
    }

    /// Whether messages are there as text.
    pub fn has_exhibits(&self) -> bool {
        self.exhibits.rows > 0
    }

    /// The messages as text, by session and message; empty where they were not asked for.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn exhibits(&mut self) -> io::Result<Rows<'_, Exhibit<'static>>> {
        self.exhibits.read()
    }

    /// What carried the sessions, session by session; empty where it was not asked for.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn carried(&mut self) -> io::Result<Rows<'_, Carried>> {
        self.carried.read()
    }

    /// All sessions, all findings and all messages as text, each in order, to be read side by side.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read; reading on gives the same kind of error.
    pub fn read_all(&mut self) -> io::Result<AllRows<'_>> {
        Ok((self.sessions.read()?, self.findings.read()?, self.exhibits.read()?))
    }

    /// All findings, in order. Errors as [`ReportStore::read`].
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn findings(&mut self) -> io::Result<Rows<'_, FindingReport<'static>>> {
        self.findings.read()
    }

    /// The sessions as JSON, one a line, with commas between them.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read, or `out` not be written.
    pub fn copy_sessions(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.sessions.copy(out)
    }

    /// The findings as JSON, one a line, with commas between them.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read, or `out` not be written.
    pub fn copy_findings(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.findings.copy(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::example;
    use crate::verdict::{Severity, Verdict};

    #[test]
    fn rows_come_back_in_order_from_memory_and_from_disk() {
        for in_memory in [usize::MAX, 10] {
            let mut spool = Spool::spilling_at(in_memory);
            for number in 0..20_000_u32 {
                spool.add(|out| Ok(serde_json::to_writer(out, &format!("row {number}\n,"))?)).unwrap();
            }
            assert_eq!(spool.file.is_rolled(), in_memory == 10);
            for _ in 0..2 {
                let rows: Vec<String> = spool.read().unwrap().map(Result::unwrap).collect();
                assert_eq!(rows.len(), 20_000);
                assert!(rows.iter().enumerate().all(|(number, row)| *row == format!("row {number}\n,")));
            }
            // Half read, then written on.
            let mut rows = spool.read::<String>().unwrap();
            rows.next().unwrap().unwrap();
            drop(rows);
            spool.add(|out| out.write_all(b"\"last\"")).unwrap();
            assert_eq!(spool.read::<String>().unwrap().last().unwrap().unwrap(), "last");
            let mut copy = b"[".to_vec();
            spool.copy(&mut copy).unwrap();
            copy.push(b']');
            assert_eq!(serde_json::from_slice::<Vec<String>>(&copy).unwrap().len(), 20_001);
        }
    }

    #[test]
    fn an_empty_spool_has_no_rows() {
        let mut spool = Spool::new();
        assert!(spool.read::<String>().unwrap().next().is_none());
        let mut copy = Vec::new();
        spool.copy(&mut copy).unwrap();
        assert!(copy.is_empty());
    }

    #[test]
    fn sessions_and_findings_keep_their_order_and_are_counted() {
        let mut store = ReportStore::default();
        for index in 1..=50 {
            let findings: Vec<_> = (0..index % 3).map(|_| example::finding("HDR-001", Severity::Error, 0, 1)).collect();
            let mut session = example::session(index);
            session.judge(&findings);
            store.add(index, &JudgedSession::new(session, findings).unwrap()).unwrap();
        }
        store.finish(Vec::new(), Vec::new(), Vec::new());
        let (sessions, findings) = store.read().unwrap();
        let sessions: Vec<SessionReport<'_>> = sessions.map(Result::unwrap).collect();
        assert!(sessions.iter().map(|session| session.index).eq(1..=50));
        assert_eq!(sessions[0].verdict, Verdict::Fail);
        assert_eq!(sessions[2].verdict, Verdict::Pass);
        let places: Vec<u32> = findings.map(|finding| finding.unwrap().session).collect();
        assert!(places.is_sorted());
        let summary = &store.tail().summary;
        assert_eq!(summary.sessions, 50);
        assert_eq!(summary.findings.error, places.len() as u64);
        assert_eq!(summary.session_verdicts.fail, 34);
        assert_eq!(summary.session_verdicts.pass, 16);
        assert_eq!(summary.verdict, Verdict::Fail);
    }
}
