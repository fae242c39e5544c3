//! Octets of a capture that is still being written, on their way to the judge.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A stream that one side writes and the judge reads. The writer waits while `room` octets are unread: nothing grows with
/// the traffic.
pub fn channel(room: usize) -> (Feed, Follow) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State { queue: VecDeque::new(), octets: 0, writers: 1, reader: true }),
        changed: Condvar::new(),
        room,
        written: Arc::new(AtomicU64::new(0)),
    });
    (Feed { shared: shared.clone() }, Follow { shared, current: Vec::new(), at: 0 })
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    room: usize,
    written: Arc<AtomicU64>,
}

impl Shared {
    /// Each change of the state is one assignment: what a thread that panicked left is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Vec<u8>>,
    octets: usize,
    writers: usize,
    reader: bool,
}

/// The end that is written to. The stream ends when the last clone of it is dropped.
#[derive(Debug)]
pub struct Feed {
    shared: Arc<Shared>,
}

impl Feed {
    /// Hands over octets: whole blocks of a capture. Waits while there is no room.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` when nobody reads any more.
    pub fn write(&self, octets: Vec<u8>) -> io::Result<()> {
        let mut state = self.shared.state();
        while state.reader && state.octets >= self.shared.room {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.reader {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.shared.written.fetch_add(octets.len() as u64, Ordering::Release);
        state.octets = state.octets.saturating_add(octets.len());
        state.queue.push_back(octets);
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Clone for Feed {
    fn clone(&self) -> Self {
        self.shared.state().writers += 1;
        Self { shared: self.shared.clone() }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.writers = state.writers.saturating_sub(1);
        drop(state);
        self.shared.changed.notify_all();
    }
}

/// The end that is read from.
#[derive(Debug)]
pub struct Follow {
    shared: Arc<Shared>,
    current: Vec<u8>,
    at: usize,
}

impl Follow {
    /// How much was written, for asking while it is read.
    pub(super) fn written(&self) -> Written {
        Written(self.shared.written.clone())
    }
}

impl Read for Follow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.current.len() && !into.is_empty() {
            let mut state = self.shared.state();
            let next = loop {
                match state.queue.pop_front() {
                    Some(next) if next.is_empty() => {}
                    Some(next) => break next,
                    None if state.writers == 0 => return Ok(0),
                    None => state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            state.octets = state.octets.saturating_sub(next.len());
            drop(state);
            self.shared.changed.notify_all();
            self.current = next;
            self.at = 0;
        }
        let rest = self.current.get(self.at..).unwrap_or_default();
        let length = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(rest);
        }
        self.at = self.at.saturating_add(length);
        Ok(length)
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.shared.state().reader = false;
        self.shared.changed.notify_all();
    }
}

/// Octets of a stream that were written so far.
#[derive(Debug)]
pub(super) struct Written(Arc<AtomicU64>);

impl Written {
    pub(super) fn octets(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn octets_come_in_order_and_the_stream_ends_with_its_last_writer() {
        let (feed, mut follow) = channel(8);
        let written = follow.written();
        let writer = thread::spawn(move || {
            let other = feed.clone();
            for at in 0..100_u8 {
                feed.write(vec![at; 3]).unwrap();
            }
            feed.write(Vec::new()).unwrap();
            drop(feed);
            other.write(vec![255]).unwrap();
        });
        let mut octets = Vec::new();
        follow.read_to_end(&mut octets).unwrap();
        writer.join().unwrap();
        let expected: Vec<u8> = (0..100_u8).flat_map(|at| [at; 3]).chain([255]).collect();
        assert_eq!(octets, expected);
        assert_eq!(written.octets(), 301);
    }

    #[test]
    fn a_writer_is_told_that_nobody_reads() {
        let (feed, follow) = channel(1);
        feed.write(vec![1, 2, 3]).unwrap();
        let waiting = thread::spawn(move || feed.write(vec![4]));
        drop(follow);
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
