//! Octets of a capture that is still being written, on their way to the judge.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A stream that one side writes and the judge reads. The writer waits while `room` octets of memory are unread: nothing grows
/// with the traffic.
pub fn channel(room: usize) -> (Feed, Follow) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            queue: VecDeque::new(),
            octets: 0,
            writers: 1,
            reader: true,
            waiting: BTreeMap::new(),
        }),
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
    /// Who asked for room, and is to be told of it.
    waiting: BTreeMap<u64, Waker>,
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
        self.push_to(state, octets)
    }

    /// Hands over octets without waiting. Who writes in this way asks for [`Feed::room`] before it takes more.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` when nobody reads any more.
    pub fn push(&self, octets: Vec<u8>) -> io::Result<()> {
        self.push_to(self.shared.state(), octets)
    }

    /// The room that is left, for those who wait for it without a thread.
    pub fn room(&self) -> Room {
        Room { shared: self.shared.clone() }
    }

    fn push_to(&self, mut state: MutexGuard<'_, State>, octets: Vec<u8>) -> io::Result<()> {
        if !state.reader {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if octets.is_empty() {
            return Ok(());
        }
        self.shared.written.fetch_add(octets.len() as u64, Ordering::Release);
        state.octets = state.octets.saturating_add(octets.capacity());
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

/// Whether the stream has room for more. It does not keep the stream open.
#[derive(Debug, Clone)]
pub struct Room {
    shared: Arc<Shared>,
}

impl Room {
    /// Ready while there is room, or when nobody reads any more; otherwise the task is woken when half of the room is free.
    /// `who` is a number of the caller's own: it waits once, however often it asks.
    pub fn poll(&self, who: u64, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.shared.state();
        if !state.reader || state.octets < self.shared.room {
            return Poll::Ready(());
        }
        state.waiting.insert(who, cx.waker().clone());
        Poll::Pending
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
                    Some(next) => break next,
                    None if state.writers == 0 => return Ok(0),
                    None => state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            state.octets = state.octets.saturating_sub(next.capacity());
            let is_half_free = state.octets <= self.shared.room / 2;
            let woken = if is_half_free { std::mem::take(&mut state.waiting) } else { BTreeMap::new() };
            drop(state);
            self.shared.changed.notify_all();
            woken.into_values().for_each(Waker::wake);
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
        let mut state = self.shared.state();
        state.reader = false;
        let woken = std::mem::take(&mut state.waiting);
        drop(state);
        self.shared.changed.notify_all();
        woken.into_values().for_each(Waker::wake);
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

    #[test]
    fn who_waits_for_room_is_woken_when_half_of_it_is_free_or_nobody_reads() {
        struct Woken(AtomicU64);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let woken = Arc::new(Woken(AtomicU64::new(0)));
        let waker = Waker::from(woken.clone());
        let cx = Context::from_waker(&waker);
        let times = || woken.0.load(Ordering::Relaxed);
        let (feed, mut follow) = channel(4);
        let room = feed.room();
        assert!(room.poll(1, &cx).is_ready());
        for _ in 0..3 {
            feed.push(vec![1; 3]).unwrap();
        }
        assert!(room.poll(1, &cx).is_pending() && room.poll(1, &cx).is_pending());
        let mut octets = [0; 3];
        let steps = [0, 0, 1].map(|_| {
            follow.read_exact(&mut octets).unwrap();
            times()
        });
        assert_eq!(steps, [0, 0, 1]);
        feed.push(vec![1; 4]).unwrap();
        assert!(room.poll(1, &cx).is_pending());
        drop(follow);
        assert_eq!(times(), 2);
        assert!(room.poll(1, &cx).is_ready());
        assert_eq!(feed.push(vec![1]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
