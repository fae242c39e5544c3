//! Sessions are finished in the order in which they end, and reported in the order in which they began.
//!
//! A finished session waits until no session that began earlier can still come. Where one long session holds many back, the
//! waiting ones go to a temporary file.

use crate::base::{FrameNo, Limits};
use crate::verdict::{JudgedSession, SessionFacts};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A session that is ready but for its number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// One that is reported.
    Kept(JudgedSession),
    /// One that the filter leaves out: it has a number and nothing more.
    LeftOut,
}

enum Waiting {
    InMemory(Ready),
    InFile { facts: SessionFacts, at: u64, octets: u64 },
}

/// Puts sessions into the order of their first frames.
pub(super) struct Order {
    waiting: BTreeMap<(FrameNo, u64), Waiting>,
    arrivals: u64,
    /// Octets that may wait in memory.
    most: usize,
    in_memory: usize,
    spill: Option<File>,
    spilled: u64,
    in_file: usize,
}

impl Default for Order {
    fn default() -> Self {
        Self::spilling_at(Limits::WAITING_OCTETS)
    }
}

impl Order {
    fn spilling_at(most: usize) -> Self {
        let waiting = BTreeMap::new();
        Self { waiting, arrivals: 0, most, in_memory: 0, spill: None, spilled: 0, in_file: 0 }
    }

    /// Takes a finished session.
    pub(super) fn add(&mut self, first_frame: FrameNo, ready: Ready) -> io::Result<()> {
        let waiting = match ready {
            Ready::Kept(session) if self.in_memory.saturating_add(session.rows().len()) > self.most => {
                self.write(&session)?
            }
            ready => {
                self.in_memory = self.in_memory.saturating_add(octets(&ready));
                Waiting::InMemory(ready)
            }
        };
        self.waiting.insert((first_frame, self.arrivals), waiting);
        self.arrivals += 1;
        Ok(())
    }

    fn write(&mut self, session: &JudgedSession) -> io::Result<Waiting> {
        let file = match &mut self.spill {
            Some(file) => file,
            None => self.spill.insert(tempfile::tempfile()?),
        };
        let at = self.spilled;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(session.rows())?;
        let octets = session.rows().len() as u64;
        self.spilled += octets;
        self.in_file += 1;
        Ok(Waiting::InFile { facts: *session.facts(), at, octets })
    }

    /// The first frame of the session that comes next.
    pub(super) fn first_frame(&self) -> Option<FrameNo> {
        self.waiting.first_key_value().map(|((first, _), _)| *first)
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
                self.in_memory = self.in_memory.saturating_sub(octets(&ready));
                Ok(Some(ready))
            }
            Waiting::InFile { facts, at, octets } => {
                let Some(file) = &mut self.spill else { return Ok(None) };
                file.seek(SeekFrom::Start(at))?;
                let mut rows = Vec::new();
                file.take(octets).read_to_end(&mut rows)?;
                self.in_file = self.in_file.saturating_sub(1);
                if self.in_file == 0 {
                    // Nothing is left in the file: begin again, so that it does not grow with the capture.
                    self.spill = None;
                    self.spilled = 0;
                }
                Ok(Some(Ready::Kept(JudgedSession::from_parts(facts, rows))))
            }
        }
    }
}

fn octets(ready: &Ready) -> usize {
    match ready {
        Ready::Kept(session) => session.rows().len(),
        Ready::LeftOut => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{SessionReport, Verdict};

    fn session(id: u64) -> JudgedSession {
        let id = id.to_string();
        let mut session = SessionReport { session_id: Some(id.as_str().into()), ..SessionReport::default() };
        session.verdict = Verdict::Pass;
        JudgedSession::new(session, Vec::new()).unwrap()
    }

    #[test]
    fn sessions_come_in_the_order_of_their_first_frames_from_memory_and_from_file() {
        let frames = [5, 3, 9, 1, 8, 2, 7];
        for most in [0, 600, usize::MAX] {
            let mut order = Order::spilling_at(most);
            for frame in frames {
                let ready = if frame == 8 { Ready::LeftOut } else { Ready::Kept(session(frame)) };
                order.add(FrameNo::new(frame).unwrap(), ready).unwrap();
            }
            assert_eq!(order.spill.is_some(), most != usize::MAX);
            let mut came = Vec::new();
            for watermark in [FrameNo::new(1), FrameNo::new(4), None] {
                while let Some(ready) = order.next(watermark).unwrap() {
                    came.push(ready);
                }
                let expected = match watermark.map(FrameNo::get) {
                    Some(1) => 0,
                    Some(_) => 3,
                    None => 7,
                };
                assert_eq!(came.len(), expected);
            }
            assert_eq!((order.in_memory, order.in_file, order.spill.is_some()), (0, 0, false));
            for (ready, frame) in came.iter().zip([1, 2, 3, 5, 7, 8, 9]) {
                let expected = if frame == 8 { Ready::LeftOut } else { Ready::Kept(session(frame)) };
                assert_eq!(*ready, expected, "{frame}");
            }
        }
    }

    #[test]
    fn a_file_that_has_been_read_is_begun_again() {
        let mut order = Order::spilling_at(0);
        for frame in 1..=5 {
            order.add(FrameNo::new(frame).unwrap(), Ready::Kept(session(frame))).unwrap();
            assert_eq!(order.next(None).unwrap(), Some(Ready::Kept(session(frame))));
            assert_eq!((order.spilled, order.is_empty()), (0, true));
        }
    }
}
