//! Phases and package numbers (OMA-TS-DM_Protocol-V1_2_1, sections 6 and 8).

use super::phase::{Phase, PhaseInput};
use super::session::{Entry, Package};
use crate::base::Direction;

/// Phases and packages in one walk.
pub(super) fn follow_phases(entries: &mut [Entry], start_seen: bool) {
    let mut phase = if start_seen { Phase::Start } else { Phase::Unknown };
    let mut numbering = Numbering { setup: start_seen, client: None, server: None };
    for entry in entries {
        entry.phase_before = phase;
        entry.package = numbering.next(entry, phase);
        // What could not be decoded tells nothing (guard G6).
        if entry.message.is_judgeable() {
            phase = phase.step(PhaseInput { direction: entry.direction, content: entry.content });
        }
        entry.phase_after = phase;
        numbering.after(entry);
    }
}

/// The last package of one side: where it stands, and whether Final has closed it.
#[derive(Debug, Clone, Copy)]
struct Running {
    package: Package,
    closed: bool,
    challenged: bool,
}

struct Numbering {
    /// Package 1 is not accepted yet.
    setup: bool,
    client: Option<Running>,
    server: Option<Running>,
}

impl Numbering {
    fn next(&mut self, entry: &Entry, phase: Phase) -> Package {
        let (own, first, later) = match entry.direction {
            Direction::DeviceToServer => (self.client, 1, 3),
            Direction::ServerToDevice => (self.server, 2, 4),
        };
        let fresh = if self.setup { first } else { later };
        match own {
            None => Package { number: fresh, iteration: 1, attempt: 1, part: 1 },
            // The side that was challenged repeats its package.
            Some(run)
                if run.challenged
                    || matches!(
                        (entry.direction, phase),
                        (Direction::DeviceToServer, Phase::ClientAuth) | (Direction::ServerToDevice, Phase::ServerAuth)
                    ) =>
            {
                Package { attempt: run.package.attempt.saturating_add(1), part: 1, ..run.package }
            }
            Some(run) if !run.closed => Package { part: run.package.part.saturating_add(1), ..run.package },
            Some(run) => Package {
                number: fresh,
                iteration: if run.package.number == fresh { run.package.iteration.saturating_add(1) } else { 1 },
                attempt: 1,
                part: 1,
            },
        }
    }

    fn after(&mut self, entry: &Entry) {
        let running = Running { package: entry.package, closed: entry.content.final_mark, challenged: false };
        match entry.direction {
            Direction::DeviceToServer => {
                self.client = Some(running);
                if entry.content.challenge
                    && let Some(server) = &mut self.server
                {
                    server.challenged = true;
                }
            }
            Direction::ServerToDevice => {
                self.server = Some(Running { closed: running.closed || entry.content.next_message, ..running });
                if entry.content.challenge {
                    // The challenge is no package 2 of its own: the answer to the repeated package is.
                    if let Some(client) = &mut self.client {
                        client.challenged = true;
                    }
                    if let Some(server) = &mut self.server {
                        server.challenged = true;
                    }
                } else if entry.content.final_mark || entry.content.operations {
                    self.setup = false;
                }
            }
        }
    }
}
