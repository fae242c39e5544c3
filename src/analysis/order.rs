//! Sessions are finished in the order in which they end, and reported in the order in which they began.
//!
//! A finished session waits until no session that began earlier can still come. Where one long session holds many back, the
//! waiting ones go to a temporary file.

use crate::base::{FrameNo, Limits};
use crate::rules::Tally;
use crate::verdict::{FindingReport, SessionReport};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A session that is ready but for its number.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) session: SessionReport,
    pub(super) findings: Vec<FindingReport>,
    /// What the rules did in it, in the order of the engine's rules.
    pub(super) tallies: Vec<Tally>,
    /// Whether the filter keeps it; if not, it has a number and nothing more.
    pub(super) kept: bool,
}

enum Waiting {
    InMemory(Box<Ready>),
    InFile { at: u64, octets: u64 },
}

/// Puts sessions into the order of their first frames.
#[derive(Default)]
pub(super) struct Order {
    waiting: BTreeMap<(FrameNo, u64), Waiting>,
    arrivals: u64,
    in_memory: usize,
    spill: Option<File>,
    spilled: u64,
    in_file: usize,
}

impl Order {
    /// Takes a finished session.
    pub(super) fn add(&mut self, first_frame: FrameNo, ready: Ready) -> io::Result<()> {
        let key = (first_frame, self.arrivals);
        self.arrivals += 1;
        if self.in_memory < Limits::WAITING_SESSIONS {
            self.in_memory += 1;
            self.waiting.insert(key, Waiting::InMemory(Box::new(ready)));
            return Ok(());
        }
        let row = serde_json::to_vec(&(&ready.session, &ready.findings, &ready.tallies, ready.kept))?;
        let file = match &mut self.spill {
            Some(file) => file,
            None => self.spill.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::End(0))?;
        file.write_all(&row)?;
        let octets = row.len() as u64;
        self.waiting.insert(key, Waiting::InFile { at: self.spilled, octets });
        self.spilled += octets;
        self.in_file += 1;
        Ok(())
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next session, if it began before `watermark`; `None` as a watermark lets all of them go.
    pub(super) fn next(&mut self, watermark: Option<FrameNo>) -> io::Result<Option<Ready>> {
        let Some(first) = self.waiting.first_entry() else { return Ok(None) };
        if watermark.is_some_and(|watermark| first.key().0 >= watermark) {
            return Ok(None);
        }
        match first.remove() {
            Waiting::InMemory(ready) => {
                self.in_memory -= 1;
                Ok(Some(*ready))
            }
            Waiting::InFile { at, octets } => {
                let Some(file) = &mut self.spill else { return Ok(None) };
                file.seek(SeekFrom::Start(at))?;
                let mut row = Vec::new();
                file.take(octets).read_to_end(&mut row)?;
                let (session, findings, tallies, kept) = serde_json::from_slice(&row)?;
                self.in_file = self.in_file.saturating_sub(1);
                if self.in_file == 0 {
                    // Nothing is left in the file: begin again, so that it does not grow with the capture.
                    self.spill = None;
                    self.spilled = 0;
                }
                Ok(Some(Ready { session, findings, tallies, kept }))
            }
        }
    }
}
