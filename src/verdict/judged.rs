//! A judged session as it waits for its place in the report.
//!
//! A session is written as JSON once, as soon as it is judged, from rows that borrow from it; what holds its tree can then
//! be let go. It gets its number later, when everything that began earlier is finished: rows are written with the number
//! 0, which is their first field, and get the real one on their way out.

use super::row::{Masks, write_row_masked};
use super::{
    Carried, CarriedMessage, CloseUp, Exhibit, FindingCounts, FindingReport, SessionReport, SeverityCounts, Verdict,
};
use crate::base::Limits;
use std::io::{self, Write};

/// How the row of a session begins.
const SESSION: &str = "{\"index\":";
/// How the row of a finding begins.
const FINDING: &str = "{\"session\":";
/// How the row of an exhibit begins.
const EXHIBIT: &str = "{\"exhibit\":";

/// How the row of what carried a session begins.
const CARRIED: &str = "{\"carried\":";

/// What the summary counts of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionFacts {
    /// Its messages.
    pub messages: u64,
    /// Their commands.
    pub commands: u64,
    /// Its findings by severity.
    pub findings: FindingCounts,
    /// Those of them that stand in the baseline.
    pub known: SeverityCounts,
    /// Its verdict.
    pub verdict: Verdict,
}

impl SessionFacts {
    /// Those of a judged session with its findings.
    pub fn of(session: &SessionReport<'_>, findings: &[FindingReport<'_>]) -> Self {
        let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        let mut known = SeverityCounts::default();
        findings.iter().filter(|finding| finding.known).for_each(|finding| known.add(finding.severity));
        Self {
            known,
            messages: count(session.messages.len()),
            commands: session.messages.iter().map(|message| count(message.commands.len())).sum(),
            findings: session.findings,
            verdict: session.verdict,
        }
    }
}

/// A judged session and its findings as JSON, ready but for the session's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedSession {
    facts: SessionFacts,
    /// The session's row, then those of its findings, then those of its exhibits, its close-up, and those of what
    /// carried it, each with a line feed after it.
    rows: Box<[u8]>,
}

impl JudgedSession {
    /// Writes down a session that [`SessionReport::judge`] has judged, and its findings in order. Numbers in them count
    /// for nothing.
    ///
    /// # Errors
    ///
    /// When a value can't be written as JSON, which none of these types brings about.
    pub fn new(session: SessionReport<'_>, findings: Vec<FindingReport<'_>>) -> io::Result<Self> {
        Self::with_exhibits(session, findings, Vec::new())
    }

    /// As [`JudgedSession::new`], with its messages as text.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn with_exhibits(
        session: SessionReport<'_>,
        findings: Vec<FindingReport<'_>>,
        exhibits: Vec<Exhibit<'_>>,
    ) -> io::Result<Self> {
        Self::masked(session, findings, exhibits, None)
    }

    /// The same, with what must not be seen taken out of every text.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn masked(
        mut session: SessionReport<'_>,
        findings: Vec<FindingReport<'_>>,
        exhibits: Vec<Exhibit<'_>>,
        mask: Option<Masks<'_>>,
    ) -> io::Result<Self> {
        session.index = 0;
        let facts = SessionFacts::of(&session, &findings);
        let mut rows = Vec::with_capacity(likely_octets(&facts));
        write_row_masked(&session, &mut rows, mask)?;
        rows.push(b'\n');
        for mut finding in findings {
            finding.session = 0;
            write_row_masked(&finding, &mut rows, mask)?;
            rows.push(b'\n');
        }
        for mut exhibit in exhibits {
            exhibit.session = 0;
            write_row_masked(&exhibit, &mut rows, mask)?;
            rows.push(b'\n');
        }
        Ok(Self { facts, rows: rows.into_boxed_slice() })
    }

    /// Adds what a close look needs, where there is something.
    ///
    /// # Errors
    ///
    /// As [`JudgedSession::new`].
    pub fn with_closeup(self, closeup: Option<CloseUp<'_>>, mask: Option<Masks<'_>>) -> io::Result<Self> {
        let Some(mut closeup) = closeup else { return Ok(self) };
        closeup.session = 0;
        let mut rows = self.rows.into_vec();
        write_row_masked(&closeup, &mut rows, mask)?;
        rows.push(b'\n');
        Ok(Self { facts: self.facts, rows: rows.into_boxed_slice() })
    }

    /// The same session with what carried it, which nothing must be seen of that should not: these rows are written as they
    /// are.
    ///
    /// # Errors
    ///
    /// As [`JudgedSession::new`].
    pub fn carried_by(self, carried: Vec<Carried>) -> io::Result<Self> {
        if carried.is_empty() {
            return Ok(self);
        }
        let mut rows = self.rows.into_vec();
        for mut row in carried {
            row.session = 0;
            serde_json::to_writer(&mut rows, &row)?;
            rows.push(b'\n');
        }
        Ok(Self { facts: self.facts, rows: rows.into_boxed_slice() })
    }

    /// Puts one together again from its parts.
    pub(crate) fn from_parts(facts: SessionFacts, rows: Vec<u8>) -> Self {
        Self { facts, rows: rows.into_boxed_slice() }
    }

    /// What the summary counts.
    pub fn facts(&self) -> &SessionFacts {
        &self.facts
    }

    /// All rows as they are kept: JSON, with the number 0, and a line feed after each.
    pub(crate) fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// The rows as they are kept, for [`OpenSession::read`].
    pub fn octets(&self) -> &[u8] {
        &self.rows
    }

    /// The session's row, with the number 0.
    pub(crate) fn session_row(&self) -> &[u8] {
        lines(&self.rows).next().unwrap_or_default()
    }

    /// Writes the session's row.
    pub(crate) fn write_session(&self, number: u32, out: &mut impl Write) -> io::Result<()> {
        numbered(SESSION, self.session_row(), number, out)
    }

    /// The rows of the findings, for [`write_finding`].
    pub(crate) fn findings(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.rows).skip(1).take_while(|row| row.starts_with(FINDING.as_bytes()))
    }

    /// The rows of the exhibits, for [`write_exhibit`].
    pub(crate) fn exhibits(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.rows).skip(1).filter(|row| row.starts_with(EXHIBIT.as_bytes()))
    }

    /// The rows of what carried it, for [`write_carried`].
    pub(crate) fn carried_rows(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.rows).skip(1).filter(|row| row.starts_with(CARRIED.as_bytes()))
    }

    /// What carried it, in order, where that was asked for.
    ///
    /// # Errors
    ///
    /// When a row can't be read again, which does not happen with rows that were written here.
    pub fn carried(&self) -> io::Result<Vec<Carried>> {
        self.carried_rows().map(|row| serde_json::from_slice(row).map_err(io::Error::from)).collect()
    }
}

/// A session read back with everything that was kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenSession {
    /// Its row.
    pub session: SessionReport<'static>,
    /// Its findings, in order.
    pub findings: Vec<FindingReport<'static>>,
    /// Its messages as text; empty where they were not kept.
    pub exhibits: Vec<Exhibit<'static>>,
    /// What a close look needs; without messages where it was not kept.
    pub closeup: CloseUp<'static>,
    /// What carried it; empty where it was not kept.
    pub carried: Vec<Carried>,
}

impl OpenSession {
    /// The HTTP message that carried a message of the session first, by its number.
    pub fn carrier(&self, number: u32) -> Option<&CarriedMessage> {
        let messages = self.carried.iter().flat_map(|carried| carried.request.iter().chain(&carried.response));
        messages.into_iter().find(|carried| carried.message == Some(number) && !carried.again)
    }
}

impl OpenSession {
    /// Reads the rows of one session ([`JudgedSession::octets`]) and gives them their number.
    ///
    /// # Errors
    ///
    /// When the octets are not such rows.
    pub fn read(rows: &[u8], number: u32) -> io::Result<Self> {
        let mut lines = lines(rows);
        let mut session: SessionReport<'static> = serde_json::from_slice(lines.next().unwrap_or_default())?;
        session.index = number;
        let mut open = Self { session, ..Self::default() };
        for line in lines {
            if line.starts_with(FINDING.as_bytes()) {
                let finding: FindingReport<'static> = serde_json::from_slice(line)?;
                open.findings.push(FindingReport { session: number, ..finding });
            } else if line.starts_with(EXHIBIT.as_bytes()) {
                let exhibit: Exhibit<'static> = serde_json::from_slice(line)?;
                open.exhibits.push(Exhibit { session: number, ..exhibit });
            } else if line.starts_with(CARRIED.as_bytes()) {
                let carried: Carried = serde_json::from_slice(line)?;
                open.carried.push(Carried { session: number, ..carried });
            } else {
                open.closeup = CloseUp { session: number, ..serde_json::from_slice(line)? };
            }
        }
        Ok(open)
    }
}

/// About how long the rows of a session are; a little more, so that they need not move while they are written.
fn likely_octets(facts: &SessionFacts) -> usize {
    let octets = [(1, 1_024), (facts.messages, 384), (facts.commands, 128), (facts.findings.total(), 640)]
        .into_iter()
        .fold(0_u64, |sum, (count, each)| sum.saturating_add(count.saturating_mul(each)));
    usize::try_from(octets).unwrap_or_default().min(Limits::WAITING_OCTETS)
}

/// Writes the row of a finding with the number of its session.
pub(crate) fn write_finding(row: &[u8], number: u32, out: &mut impl Write) -> io::Result<()> {
    numbered(FINDING, row, number, out)
}

/// Writes the row of an exhibit with the number of its session.
pub(crate) fn write_exhibit(row: &[u8], number: u32, out: &mut impl Write) -> io::Result<()> {
    numbered(EXHIBIT, row, number, out)
}

/// Writes the row of what carried a session with the number of the session.
pub(crate) fn write_carried(row: &[u8], number: u32, out: &mut impl Write) -> io::Result<()> {
    numbered(CARRIED, row, number, out)
}

fn numbered(start: &str, row: &[u8], number: u32, out: &mut impl Write) -> io::Result<()> {
    let rest = row.strip_prefix(start.as_bytes()).and_then(|rest| rest.strip_prefix(b"0"));
    let rest =
        rest.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a row of the report lost its beginning"))?;
    write!(out, "{start}{number}")?;
    out.write_all(rest)
}

/// JSON has no line feed inside a row: strings escape it.
fn lines(mut rows: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rows)?;
        let (line, rest) = rows.split_at_checked(end)?;
        rows = rest.get(1..).unwrap_or_default();
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Severity, example};

    #[test]
    fn rows_get_their_number_and_nothing_else_on_their_way_out() {
        for number in [1, 7, 4_294_967_295] {
            let mut session = example::session(3);
            session.why = "a line\nand {\"index\":0 in it".into();
            let findings = vec![example::finding("HDR-001", Severity::Error, 3, 1); 2];
            session.judge(&findings);
            let judged = JudgedSession::new(session.clone(), findings.clone()).unwrap();
            assert_eq!(judged.facts(), &SessionFacts::of(&session, &findings));
            assert_eq!((judged.facts().messages, judged.facts().findings.error), (4, 2));
            let mut row = Vec::new();
            judged.write_session(number, &mut row).unwrap();
            session.index = number;
            assert_eq!(serde_json::from_slice::<SessionReport<'_>>(&row).unwrap(), session);
            let rows: Vec<Vec<u8>> = judged
                .findings()
                .map(|finding| {
                    let mut row = Vec::new();
                    write_finding(finding, number, &mut row).unwrap();
                    row
                })
                .collect();
            assert_eq!(rows.len(), 2);
            let expected = example::finding("HDR-001", Severity::Error, number, 1);
            for row in rows {
                assert_eq!(serde_json::from_slice::<FindingReport<'_>>(&row).unwrap(), expected);
            }
        }
    }

    #[test]
    fn a_row_that_is_none_is_refused() {
        for row in ["", "{}", "{\"session\":", "{\"index\":0}"] {
            assert!(write_finding(row.as_bytes(), 1, &mut Vec::new()).is_err(), "{row}");
        }
    }
}
