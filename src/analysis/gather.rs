//! The sessions of one input, kept instead of judged.

use super::court::Bench;
use super::pipeline;
use super::run::Part;
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use crate::capture::sources::Source;
use crate::dm::{Finished, Session};
use crate::tls::Secrets;
use crate::verdict::InputReport;
use std::io;
use std::sync::Arc;

/// What one input holds.
#[derive(Debug)]
pub struct Gathered {
    /// Its sessions in the order of their first frames: the first is the one that a report numbers 1.
    pub sessions: Vec<Session>,
    /// What was read, and what was wrong with it.
    pub input: InputReport,
}

/// Reads one input and keeps its sessions, up to [`Limits::GATHERED_SESSIONS`] octets of them. What is wrong with the input
/// becomes one of its problems.
pub fn gather(source: &Source, secrets: &Arc<Secrets>) -> Gathered {
    let mut shelf = Shelf::default();
    // Nothing here can fail but the sink.
    let input = pipeline::drive(source, secrets, false, &mut shelf, &mut |_| Ok(())).unwrap_or_default();
    let mut gathered = Gathered { sessions: shelf.sessions, input };
    gathered.sessions.sort_by_key(|session| session.first_frame);
    if shelf.left_out > 0 {
        gathered.input.problems.push(Problem::whole(
            ProblemKind::SessionLimit,
            format!("{} more sessions were not kept; cut the recording to the wanted one", shelf.left_out),
        ));
    }
    gathered
}

#[derive(Default)]
struct Shelf {
    sessions: Vec<Session>,
    octets: usize,
    left_out: u64,
}

impl Bench for Shelf {
    fn take(&mut self, finished: Finished) {
        let octets: usize = finished.session.entries.iter().map(|entry| entry.message.octets()).sum();
        let sum = self.octets.saturating_add(octets);
        if sum > Limits::GATHERED_SESSIONS {
            self.left_out += 1;
            return;
        }
        self.octets = sum;
        self.sessions.push(*finished.session);
    }

    fn waits(&self, _look: bool) -> bool {
        false
    }

    fn call(&mut self, _watermark: Option<FrameNo>, _sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }

    fn sessions(&self) -> u64 {
        self.sessions.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_of_a_capture_are_kept_in_the_order_in_which_they_began() {
        let source = Source { path: "captures/18-same-sessionid-reused.pcap".into(), size: None };
        let gathered = gather(&source, &Arc::default());
        assert_eq!(gathered.sessions.len(), 3);
        assert!(gathered.sessions.is_sorted_by_key(|session| session.first_frame));
        assert!(gathered.input.problems.is_empty());
    }

    #[test]
    fn a_missing_file_is_a_problem_of_the_input() {
        let gathered = gather(&Source { path: "captures/missing".into(), size: None }, &Arc::default());
        assert!(gathered.sessions.is_empty());
        assert_eq!(gathered.input.problems[0].kind, ProblemKind::Io);
    }
}
