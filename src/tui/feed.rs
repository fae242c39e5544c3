//! From the analysis to the screen: what is judged on other threads comes through a channel.

use super::live::LiveControl;
use super::store::Arrival;
use crate::analysis::{Outcome, Progress, Sink};
use crate::tree::SharedForest;
use crate::verdict::{JudgedSession, Tail};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// What may wait for the screen.
const WAITING: usize = 512;

/// What arrives.
#[derive(Debug)]
pub enum Incoming {
    /// A session.
    Session(Box<Arrival>),
    /// How far the reading has come.
    Progress {
        /// The capture being read.
        input: String,
        /// Octets read.
        bytes: u64,
        /// Octets there are, where that is known.
        total: Option<u64>,
    },
    /// The end, with what is known there.
    Finished(Box<Tail>),
    /// Where what becomes known of the devices' trees is kept.
    Trees(SharedForest),
    /// It broke off.
    Failed(String),
    /// The proxy behind it.
    Live(Arc<dyn LiveControl>),
}

/// The end that the analysis writes to.
#[derive(Debug)]
pub struct Feeder {
    sender: SyncSender<Incoming>,
    tail: Tail,
    told: u64,
    trees: SharedForest,
}

/// Both ends.
pub fn feed() -> (Feeder, Receiver<Incoming>) {
    let (sender, receiver) = sync_channel(WAITING);
    let trees = SharedForest::default();
    // There is room for it, and somebody who gets it.
    let _ = sender.send(Incoming::Trees(trees.clone()));
    (Feeder { sender, tail: Tail::default(), told: 0, trees }, receiver)
}

/// Octets after which progress is told again.
const TELL_EVERY: u64 = 256 << 10;

impl Feeder {
    fn send(&self, incoming: Incoming) -> io::Result<()> {
        self.sender.send(incoming).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the screen was closed"))
    }

    /// Tells of the proxy behind it.
    ///
    /// # Errors
    ///
    /// When the screen was closed.
    pub fn live(&self, control: Arc<dyn LiveControl>) -> io::Result<()> {
        self.send(Incoming::Live(control))
    }

    /// Where the analysis is to keep what becomes known of the devices' trees: the screen looks at them there.
    pub const fn trees(&self) -> &SharedForest {
        &self.trees
    }

    /// Ends with what the run came to.
    pub fn finish(mut self, outcome: io::Result<Outcome>) {
        let last = match outcome {
            Ok(outcome) => {
                self.tail.note(outcome.notes);
                self.tail.finish(outcome.inputs, outcome.rules, outcome.testcases);
                Incoming::Finished(Box::new(std::mem::take(&mut self.tail)))
            }
            Err(error) => Incoming::Failed(error.to_string()),
        };
        // Nobody looks any more: then nobody need be told.
        let _ = self.send(last);
    }
}

impl Sink for Feeder {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.tail.add(number, session)?;
        self.send(Incoming::Session(Box::new(Arrival::new(number, session)?)))
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        if progress.bytes.saturating_sub(self.told) < TELL_EVERY && progress.bytes > 0 {
            return;
        }
        self.told = progress.bytes;
        let told =
            Incoming::Progress { input: progress.input.to_owned(), bytes: progress.bytes, total: progress.total };
        let _ = self.send(told);
    }
}
