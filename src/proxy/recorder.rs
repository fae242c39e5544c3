//! What passes, on its way into the recording and to the judge.
//!
//! Everything is recorded before the other side gets it: what a device has got is in the recording, whenever the proxy is
//! killed. The same octets go to the judge, so that it cannot see anything else than who reads the recording later.

use super::counters::Counters;
use super::log::{Level, Log};
use crate::analysis::{Feed, Room};
use crate::base::{Decrypted, Injected, Opener, Timestamp};
use crate::capture::recording::{Recording, RecordingError};
use crate::capture::write::{self, Packet};
use crate::capture::{FrameDirection, LinkType, SecretsBlock};
use crate::net::FlowDirection;
use crate::net::wire::{HANDSHAKE, Headers, MOST, Wire, flag};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Take};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_rustls::rustls;

/// The link type of the packets: IPv4 or IPv6 without anything around it.
const RAW_IP: LinkType = LinkType(101);
/// Octets that are collected before they are written, as long as nobody waits for them.
const COLLECT: usize = 64 << 10;

/// What every file of a recording begins with.
pub fn prelude() -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = write::section(&mut out, concat!("dmscope proxy ", env!("CARGO_PKG_VERSION")));
    let _ = write::interface(&mut out, RAW_IP, 0);
    out
}

/// The recording and the judge, for all connections.
#[derive(Debug)]
pub struct Recorder {
    state: Mutex<State>,
    /// Whether anybody wants to know.
    wanted: bool,
    /// What the judge has room for.
    room: Option<Room>,
    strict: bool,
    failed: AtomicBool,
    stop: Notify,
    log: Log,
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct State {
    /// Whole blocks that are not written yet.
    pending: Vec<u8>,
    recording: Option<Recording>,
    feed: Option<Feed>,
    /// The secrets of connections that are open, by their numbers, for the files that follow.
    secrets: BTreeMap<u64, String>,
    /// Connections that have ended, and whose latest octets may be pending.
    ended: Vec<u64>,
}

impl Recorder {
    /// Hands the beginning of the recording to the judge, and gets ready. A recording that is `strict` stops the traffic when
    /// it can't go on; any other leaves it alone.
    pub fn new(recording: Option<Recording>, feed: Option<Feed>, strict: bool, log: Log) -> Arc<Self> {
        let wanted = recording.is_some() || feed.is_some();
        let feed = feed.filter(|feed| feed.push(prelude()).is_ok());
        let room = feed.as_ref().map(Feed::room);
        let state = State { pending: Vec::new(), recording, feed, secrets: BTreeMap::new(), ended: Vec::new() };
        let (failed, stop) = (AtomicBool::new(false), Notify::new());
        let counters = Arc::default();
        Arc::new(Self { state: Mutex::new(state), wanted, room, strict, failed, stop, log, counters })
    }

    /// What a thread left that panicked is sound: whole blocks are added in one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of the recording, the oldest first, each up to its last whole block: opened, because the oldest may be gone
    /// before they are read.
    pub fn files(&self) -> Vec<Take<File>> {
        let state = self.state();
        let open = |recording: &Recording| -> Vec<Take<File>> {
            let files = recording.files().filter_map(|(path, octets)| Some(File::open(path).ok()?.take(octets)));
            files.collect()
        };
        state.recording.as_ref().map(open).unwrap_or_default()
    }

    /// What has passed so far, recorded or not.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Whether there is a recording, and it goes on.
    pub fn is_recording(&self) -> bool {
        self.state().recording.is_some()
    }

    /// Writes what is pending.
    ///
    /// # Errors
    ///
    /// Where the recording must go on and can't: nothing more may pass.
    pub fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        self.flush_locked(&mut state)
    }

    fn flush_locked(&self, state: &mut State) -> io::Result<()> {
        if !state.pending.is_empty() {
            let State { pending, recording, feed, secrets, .. } = &mut *state;
            let mut failed = None;
            if let Some(file) = recording {
                failed = file.write(pending, now(), || with_secrets(secrets)).err();
            }
            if let Some(error) = failed {
                *recording = None;
                self.tell_of(&error);
            }
            match feed {
                Some(judge) => {
                    let octets = std::mem::take(pending);
                    if judge.push(octets).is_err() {
                        *feed = None;
                        self.log.line(Level::Error, "the judge is gone; traffic is no longer judged");
                    }
                }
                None => pending.clear(),
            }
        }
        for number in state.ended.drain(..) {
            state.secrets.remove(&number);
        }
        match self.has_failed() {
            true => Err(io::Error::other("the recording can't go on, and --strict-recording stops the traffic")),
            false => Ok(()),
        }
    }

    fn tell_of(&self, error: &RecordingError) {
        let then = if self.strict { "the traffic is stopped" } else { "THE TRAFFIC GOES ON AND IS NOT RECORDED" };
        self.log.line(Level::Error, &format!("the recording has ended: {error}; {then}"));
        if self.strict {
            self.failed.store(true, Ordering::Release);
            self.stop.notify_waiters();
            self.stop.notify_one();
        }
    }

    /// Ready while the judge has room: one that is behind slows the traffic, and memory does not grow with it.
    fn poll_room(&self, who: u64, cx: &Context<'_>) -> Poll<()> {
        self.room.as_ref().map_or(Poll::Ready(()), |room| room.poll(who, cx))
    }

    /// Whether a recording that had to go on could not.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Waits until that happens.
    pub async fn failure(&self) {
        while !self.has_failed() {
            self.stop.notified().await;
        }
    }

    /// Ends: writes what is pending and lets the judge come to its end.
    pub fn close(&self) {
        let mut state = self.state();
        // It was told when it happened.
        let _ = self.flush_locked(&mut state);
        state.feed = None;
        state.recording = None;
    }

    fn packet(
        &self,
        state: &mut State,
        time: Timestamp,
        headers: &Headers,
        payload: &[u8],
        direction: FlowDirection,
        comment: Option<&str>,
    ) {
        let original_len = u32::try_from(payload.len().saturating_add(headers.octets().len())).unwrap_or(u32::MAX);
        let direction = match direction {
            FlowDirection::ToServer => FrameDirection::Inbound,
            FlowDirection::ToClient => FrameDirection::Outbound,
        };
        let packet = Packet { interface: 0, time, data: payload, original_len, direction: Some(direction), comment };
        // Writing to memory does not fail.
        let _ = write::packet_with(&mut state.pending, headers.octets(), &packet);
    }
}

/// Secrets of a TLS connection with a device go into the recording, before the octets that they open.
impl rustls::KeyLog for Track {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if !self.recorder.wanted {
            return;
        }
        let mut line = format!("{label} ");
        for octet in client_random {
            let _ = write!(line, "{octet:02x}");
        }
        line.push(' ');
        for octet in secret {
            let _ = write!(line, "{octet:02x}");
        }
        line.push('\n');
        let mut state = self.recorder.state();
        let _ = write::secrets(&mut state.pending, SecretsBlock::TLS_KEY_LOG, line.as_bytes());
        state.secrets.entry(self.number).or_default().push_str(&line);
    }
}

fn with_secrets(secrets: &BTreeMap<u64, String>) -> Vec<u8> {
    let mut out = prelude();
    if !secrets.is_empty() {
        let lines: String = secrets.values().map(String::as_str).collect();
        let _ = write::secrets(&mut out, SecretsBlock::TLS_KEY_LOG, lines.as_bytes());
    }
    out
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// What happens on a connection, for those who wait for nothing to happen.
#[derive(Debug)]
struct Activity {
    begin: Instant,
    /// When octets were the latest: milliseconds from the beginning.
    latest: AtomicU64,
    count: AtomicU64,
    /// Whether the device's octets were the latest.
    asked: AtomicBool,
    /// A fault keeps something back.
    pauses: AtomicBool,
}

impl Activity {
    fn new() -> Self {
        let (latest, count) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { begin: Instant::now(), latest, count, asked: AtomicBool::new(false), pauses: AtomicBool::new(false) }
    }

    fn happens(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let now = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.latest.store(now, Ordering::Relaxed);
    }

    fn still_for(&self) -> Duration {
        self.begin.elapsed().saturating_sub(Duration::from_millis(self.latest.load(Ordering::Relaxed)))
    }
}

/// One connection of a device, as the recording shows it.
#[derive(Debug)]
pub struct Track {
    recorder: Arc<Recorder>,
    /// Its own among all.
    number: u64,
    line: Mutex<Line>,
    activity: Arc<Activity>,
}

/// How often it is looked whether an answer is outstanding.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct Line {
    wire: Wire,
    opened: bool,
    /// What was TLS: how.
    secured: Option<String>,
    /// What was said of the octets that come next, by direction.
    notes: [Option<String>; 2],
    closed: [bool; 2],
    /// What the device sent while it was not known what to say of it.
    held: Option<Vec<(Timestamp, Vec<u8>)>>,
}

const fn side(direction: FlowDirection) -> usize {
    match direction {
        FlowDirection::ToServer => 0,
        FlowDirection::ToClient => 1,
    }
}

impl Track {
    /// A connection from `client` to `server`. Nothing is recorded of it before something happens.
    pub fn new(recorder: Arc<Recorder>, client: SocketAddr, server: SocketAddr) -> Arc<Self> {
        let line = Line {
            wire: Wire::new(client, server),
            opened: false,
            secured: None,
            notes: [None, None],
            closed: [false; 2],
            held: None,
        };
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { recorder, number, line: Mutex::new(line), activity: Arc::new(Activity::new()) })
    }

    /// Another connection inside of `outer`, which a CONNECT has opened: from now on, nothing is recorded of the outer one.
    pub(super) fn follow(outer: &Self, client: SocketAddr, server: SocketAddr) -> Arc<Self> {
        outer.finish(FlowDirection::ToClient);
        outer.finish(FlowDirection::ToServer);
        let inner = Self::new(Arc::clone(&outer.recorder), client, server);
        match Arc::try_unwrap(inner) {
            Ok(mut inner) => {
                inner.activity = Arc::clone(&outer.activity);
                Arc::new(inner)
            }
            Err(inner) => inner,
        }
    }

    /// Waits until nothing has happened for so long.
    pub(super) async fn idle(&self, patience: Duration) {
        loop {
            let left = match self.activity.pauses.load(Ordering::Relaxed) {
                true => patience,
                false => patience.saturating_sub(self.activity.still_for()),
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    /// Waits because a fault wants so; the time does not count as idle.
    pub(super) async fn pause(&self, time: Duration) {
        self.activity.pauses.store(true, Ordering::Relaxed);
        sleep(time).await;
        self.activity.happens();
        self.activity.pauses.store(false, Ordering::Relaxed);
    }

    /// Waits until the server has said the last word, and nothing comes any more.
    pub(super) async fn answered(&self) {
        loop {
            let before = self.activity.count.load(Ordering::Relaxed);
            sleep(LOOK).await;
            let is_still = self.activity.count.load(Ordering::Relaxed) == before;
            if is_still && !self.activity.asked.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// What follows was TLS, and is recorded in clear.
    pub(super) fn was_secured(&self, version: &str, suite: &str) {
        self.line().secured = Some(Decrypted::new(version, suite, Opener::Proxy).to_string());
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ready when more octets may come.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        self.recorder.poll_room(self.number, cx)
    }

    /// Records octets. What goes to the device is with the operating system when this returns.
    ///
    /// # Errors
    ///
    /// As of [`Recorder::flush`].
    pub(super) fn data(&self, direction: FlowDirection, octets: &[u8]) -> io::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        self.activity.happens();
        self.activity.asked.store(direction == FlowDirection::ToServer, Ordering::Relaxed);
        match direction {
            FlowDirection::ToServer => self.recorder.counters.of_device(octets.len()),
            FlowDirection::ToClient => self.recorder.counters.for_device(octets.len()),
        }
        if !self.recorder.wanted {
            return Ok(());
        }
        let mut line = self.line();
        let line = &mut *line;
        match &mut line.held {
            Some(held) if direction == FlowDirection::ToServer => {
                held.push((now(), octets.to_vec()));
                Ok(())
            }
            _ => {
                let mut state = self.recorder.state();
                self.write(&mut state, line, now(), direction, octets);
                match direction {
                    FlowDirection::ToServer if state.pending.len() < COLLECT => Ok(()),
                    _ => self.recorder.flush_locked(&mut state),
                }
            }
        }
    }

    fn write(&self, state: &mut State, line: &mut Line, time: Timestamp, direction: FlowDirection, octets: &[u8]) {
        self.open(state, line, time);
        for chunk in octets.chunks(MOST) {
            let note = line.notes.get_mut(side(direction)).and_then(Option::take);
            let headers = line.wire.headers(direction, flag::PSH | flag::ACK, chunk);
            self.recorder.packet(state, time, &headers, chunk, direction, note.as_deref());
        }
    }

    fn open(&self, state: &mut State, line: &mut Line, time: Timestamp) {
        if !std::mem::replace(&mut line.opened, true) {
            for (direction, flags) in HANDSHAKE {
                let headers = line.wire.headers(direction, flags, &[]);
                let comment = line.secured.take();
                self.recorder.packet(state, time, &headers, &[], direction, comment.as_deref());
            }
        }
    }

    /// From now on, what the device sends waits for [`Track::release`].
    pub(super) fn hold(&self) {
        if self.recorder.wanted {
            self.line().held.get_or_insert_default();
        }
    }

    /// Records what waited, with what is to be said of it.
    pub(super) fn release(&self, notes: &[Injected]) {
        let mut line = self.line();
        let held = line.held.take().unwrap_or_default();
        if let Some(comment) = Injected::comment(notes) {
            add(&mut line.notes, FlowDirection::ToServer, comment);
        }
        let line = &mut *line;
        let mut state = self.recorder.state();
        for (time, octets) in held {
            self.write(&mut state, line, time, FlowDirection::ToServer, &octets);
        }
    }

    /// Says something of the octets that the device gets next, or else of the end of the connection.
    pub(super) fn note(&self, notes: &[Injected]) {
        if let Some(comment) = Injected::comment(notes) {
            add(&mut self.line().notes, FlowDirection::ToClient, comment);
        }
    }

    /// One side says that nothing more comes of it.
    pub(super) fn finish(&self, direction: FlowDirection) {
        self.end(direction, flag::FIN | flag::ACK);
    }

    /// The connection breaks, on the side that sends in this direction.
    pub(super) fn reset(&self, direction: FlowDirection) {
        self.end(direction, flag::RST | flag::ACK);
    }

    fn end(&self, direction: FlowDirection, flags: u8) {
        // What the device sent came before its end.
        self.release(&[]);
        let mut line = self.line();
        let line = &mut *line;
        let is_reset = flags & flag::RST != 0;
        let is_over = line.closed == [true, true];
        let Some(closed) = line.closed.get_mut(side(direction)) else { return };
        if !self.recorder.wanted || !line.opened || is_over || (*closed && !is_reset) {
            return;
        }
        *closed = true;
        if is_reset {
            line.closed = [true, true];
        }
        let note = line.notes.get_mut(side(direction)).and_then(Option::take);
        let headers = line.wire.headers(direction, flags, &[]);
        let mut state = self.recorder.state();
        self.recorder.packet(&mut state, now(), &headers, &[], direction, note.as_deref());
        if line.closed == [true, true] && direction == FlowDirection::ToServer {
            // The last acknowledgement, so that the connection ends as connections do.
            let headers = line.wire.headers(FlowDirection::ToClient, flag::ACK, &[]);
            self.recorder.packet(&mut state, now(), &headers, &[], FlowDirection::ToClient, None);
        }
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        // What is left to be said of an answer that never came is said of the end.
        let direction = match self.line().notes.get(side(FlowDirection::ToClient)) {
            Some(Some(_)) => FlowDirection::ToClient,
            _ => FlowDirection::ToServer,
        };
        self.reset(direction);
        let mut state = self.recorder.state();
        if state.secrets.contains_key(&self.number) {
            state.ended.push(self.number);
        }
    }
}

fn add(notes: &mut [Option<String>; 2], direction: FlowDirection, comment: String) {
    if let Some(slot) = notes.get_mut(side(direction)) {
        match slot {
            Some(before) => {
                before.push('\n');
                before.push_str(&comment);
            }
            None => *slot = Some(comment),
        }
    }
}
