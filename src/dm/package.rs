//! Phases and package numbers (OMA-TS-DM_Protocol-V1_2_1, sections 6 and 8).

use super::classify::Content;
use super::phase::{Phase, PhaseInput};
use super::session::{Entry, Package};
use crate::base::Direction;

/// Phases and packages in one walk.
pub(super) fn follow_phases(entries: &mut [Entry], start_seen: bool) {
    let mut packages = Packages::new(start_seen);
    for entry in entries {
        // What could not be decoded tells nothing (guard G6).
        let step = packages.next(entry.direction, entry.content, entry.message.is_judgeable());
        entry.phase_before = step.before;
        entry.package = step.package;
        entry.phase_after = step.after;
    }
}

/// Numbers the packages of one session, message by message.
#[derive(Debug)]
pub struct Packages {
    phase: Phase,
    numbering: Numbering,
}

/// Where one message stands in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where the session stood before it.
    pub before: Phase,
    /// The package it belongs to.
    pub package: Package,
    /// Where the session stands after it.
    pub after: Phase,
}

impl Packages {
    /// Before the first message that was seen of a session; `start_seen` says whether that is its first.
    pub fn new(start_seen: bool) -> Self {
        Self {
            phase: if start_seen { Phase::Start } else { Phase::Unknown },
            numbering: Numbering { setup: start_seen, client: None, server: None },
        }
    }

    /// Takes the next message. One that was not decoded as a whole (`judgeable`) leaves the phase as it is.
    pub fn next(&mut self, direction: Direction, content: Content, judgeable: bool) -> Step {
        let before = self.phase;
        let package = self.numbering.next(direction, before);
        if judgeable {
            self.phase = before.step(PhaseInput { direction, content });
        }
        self.numbering.after(direction, package, content);
        Step { before, package, after: self.phase }
    }
}

/// The last package of one side: where it stands, and whether Final has closed it.
#[derive(Debug, Clone, Copy)]
struct Running {
    package: Package,
    closed: bool,
    challenged: bool,
}

#[derive(Debug)]
struct Numbering {
    /// Package 1 is not accepted yet.
    setup: bool,
    client: Option<Running>,
    server: Option<Running>,
}

impl Numbering {
    fn next(&self, direction: Direction, phase: Phase) -> Package {
        let (own, first, later) = match direction {
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
                        (direction, phase),
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

    fn after(&mut self, direction: Direction, package: Package, content: Content) {
        let running = Running { package, closed: content.final_mark, challenged: false };
        match direction {
            Direction::DeviceToServer => {
                self.client = Some(running);
                if content.challenge
                    && let Some(server) = &mut self.server
                {
                    server.challenged = true;
                }
            }
            Direction::ServerToDevice => {
                self.server = Some(Running { closed: running.closed || content.next_message, ..running });
                if content.challenge {
                    // The challenge is no package 2 of its own: the answer to the repeated package is.
                    if let Some(client) = &mut self.client {
                        client.challenged = true;
                    }
                    if let Some(server) = &mut self.server {
                        server.challenged = true;
                    }
                } else if content.final_mark || content.operations {
                    self.setup = false;
                }
            }
        }
    }
}
