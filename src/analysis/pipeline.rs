//! One input, from octets to judged sessions.

use super::Options;
use super::convert;
use super::order::{Order, Ready};
use super::run::Part;
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use crate::capture::sources::Source;
use crate::capture::{Event, Reader, SecretsBlock};
use crate::dm::{Finished, Session, Tracker};
use crate::http::Http;
use crate::net::Net;
use crate::rules::{Engine, Mode, Selection, Tally};
use crate::syncml::{MediaType, sniff};
use crate::tls::{Secrets, Tls};
use crate::verdict::{Filter, InputReport, JudgedSession};
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::sync::Arc;

/// How sessions are judged; shared by all threads.
pub(super) struct Judge {
    engine: Engine,
    filter: Option<Filter>,
    credentials: super::Credentials,
    secrets: Arc<Secrets>,
}

impl Judge {
    pub(super) fn new(options: &Options) -> Self {
        let selection = Selection {
            select: options.select.clone(),
            ignore: options.ignore.clone(),
            profile: options.profile,
            role: options.role.role(),
            mode: if options.strict { Mode::Strict } else { Mode::Interop },
        };
        Self {
            engine: Engine::new(selection),
            filter: options.filter.clone(),
            credentials: options.credentials.clone(),
            secrets: options.secrets.clone(),
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Judges one session. What the rules did goes to `tallies` where the filter keeps it.
    fn judge(&self, session: &mut Session, input: Option<u32>, tallies: &mut [Tally]) -> io::Result<Ready> {
        if let Some(secrets) = self.credentials.of(&session.identity) {
            session.verify(&secrets);
        }
        let outcome = self.engine.judge(session);
        let (mut report, findings) = convert::report(session, &outcome, input);
        report.judge(&findings);
        if self.filter.as_ref().is_some_and(|filter| !filter.matches(&report)) {
            return Ok(Ready::LeftOut);
        }
        for (sum, tally) in tallies.iter_mut().zip(&outcome.tallies) {
            sum.merge(tally);
        }
        JudgedSession::new(report, findings).map(Ready::Kept)
    }
}

/// Judges the sessions of one input as they are finished, so that none is held longer than that.
struct Court<'a> {
    judge: &'a Judge,
    input: Option<u32>,
    order: Order,
    tallies: Vec<Tally>,
    sessions: u64,
    /// Those of them that the filter leaves out.
    left_out: u64,
    /// Whether one was finished since this was last looked at.
    fresh: bool,
    failed: Option<io::Error>,
}

impl<'a> Court<'a> {
    fn new(judge: &'a Judge, input: Option<u32>) -> Self {
        Self {
            judge,
            input,
            order: Order::default(),
            tallies: vec![Tally::default(); judge.engine.rules().len()],
            sessions: 0,
            left_out: 0,
            fresh: false,
            failed: None,
        }
    }
}

impl Bench for Court<'_> {
    /// [`Court::call`] says later that it failed.
    fn take(&mut self, mut finished: Finished) {
        let first = finished.session.first_frame;
        self.sessions += 1;
        self.fresh = true;
        let judged = self.judge.judge(&mut finished.session, self.input, &mut self.tallies);
        self.left_out += u64::from(matches!(judged, Ok(Ready::LeftOut)));
        if let Err(error) = judged.and_then(|ready| self.order.add(first, ready)) {
            self.failed.get_or_insert(error);
        }
    }

    fn waits(&self, look: bool) -> bool {
        self.fresh || (!self.order.is_empty() && look)
    }

    fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Hands on all sessions whose turn it is.
    fn call(&mut self, watermark: Option<FrameNo>, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        self.fresh = false;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while let Some(ready) = self.order.next(watermark)? {
            sink(Part::Session(ready))?;
        }
        Ok(())
    }
}

/// Takes the sessions of one input as they are finished.
pub(super) trait Bench {
    /// Takes one; never fails here, deep in the layers below.
    fn take(&mut self, finished: Finished);

    /// Whether finished sessions wait to be called, at a frame at which waiting ones are looked through once more.
    fn waits(&self, look: bool) -> bool;

    /// Lets go what began before `watermark`; `None` lets go everything.
    fn call(&mut self, watermark: Option<FrameNo>, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()>;

    /// Sessions taken so far.
    fn sessions(&self) -> u64;
}

/// Which bodies are worth keeping: those that say that they are SyncML, and those that look like it.
fn interest(headers: &[crate::http::Header], first: &[u8]) -> bool {
    let media = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"content-type"));
    let media = media.and_then(|header| std::str::from_utf8(&header.value).ok());
    if MediaType::parse(media).is_syncml() {
        return true;
    }
    // A coded body does not show what it is; what says that it is something else is believed.
    let coded = headers.iter().any(|header| header.name.eq_ignore_ascii_case(b"content-encoding"));
    (coded && media.is_none()) || sniff(first).is_some()
}

/// Frames after which finished sessions are looked through once more.
const LOOK_EVERY: u64 = 1_024;
/// Octets after which progress is told.
const TELL_EVERY: u64 = 4 << 20;

/// Reads one input to its end. Sessions go to `sink` in the order in which they began.
///
/// # Errors
///
/// Only those of `sink`; what is wrong with the input stands in its report.
pub(super) fn read(
    source: &Source,
    input: Option<u32>,
    judge: &Judge,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    let mut court = Court::new(judge, input);
    let mut report = drive(source, &judge.secrets, &mut court, sink)?;
    report.left_out = court.left_out;
    sink(Part::Rules(court.tallies))?;
    Ok(report)
}

/// Runs the layers from the octets of one input to its sessions.
///
/// # Errors
///
/// Only those of `sink`; what is wrong with the input stands in its report.
pub(super) fn drive(
    source: &Source,
    secrets: &Arc<Secrets>,
    court: &mut dyn Bench,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    let mut report = InputReport { path: source.name().into_owned(), ..InputReport::default() };
    let mut problems = Problems::default();
    let opened = match source.open() {
        Ok(opened) => opened,
        Err(problem) => {
            problems.add(problem);
            report.problems = problems.finish();
            return Ok(report);
        }
    };
    let mut reader = Reader::open(opened);
    let mut net = Net::new();
    let mut tls = Tls::new(secrets.clone());
    let all_secrets = read_ahead(source, &mut tls);
    let mut http = Http::new(interest);
    let mut tracker = Tracker::new();
    let mut frames = 0_u64;
    let mut last = None;
    let mut told = 0_u64;
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                frames += 1;
                last = Some(frame.number);
                net.frame(&frame, &mut |event| {
                    tls.event(&event, &mut |event| {
                        http.event(&event, &mut |exchange| {
                            tracker.exchange(exchange, &mut |session| court.take(session));
                        });
                    });
                });
            }
            Event::Secrets(block) if block.format == SecretsBlock::TLS_KEY_LOG && !all_secrets => {
                tls.secrets(block.bytes, last, &mut |event| {
                    http.event(&event, &mut |exchange| {
                        tracker.exchange(exchange, &mut |session| court.take(session));
                    });
                });
            }
            Event::Secrets(_) => {}
            Event::Problem(problem) => problems.add(problem),
        }
        tls.expect_secrets(!all_secrets && reader.may_hold_secrets());
        if court.waits(frames.is_multiple_of(LOOK_EVERY)) {
            let watermark = [tracker.oldest_open(), http.oldest_open(), tls.oldest_open()].into_iter().flatten().min();
            // Without anything open, the next frame is the earliest at which a session can begin.
            let watermark = watermark.or(FrameNo::new(reader.frames().saturating_add(1)));
            court.call(watermark, sink)?;
        }
        if frames.is_multiple_of(LOOK_EVERY) {
            problems.extend([net.take_problems(), tls.take_problems(), http.take_problems(), tracker.take_problems()]);
            let offset = reader.offset();
            if offset.saturating_sub(told) >= TELL_EVERY {
                sink(Part::Read(offset.saturating_sub(told)))?;
                told = offset;
            }
        }
    }
    net.finish(&mut |event| {
        tls.event(&event, &mut |event| {
            http.event(&event, &mut |exchange| {
                tracker.exchange(exchange, &mut |session| court.take(session));
            });
        });
    });
    tls.finish(&mut |event| {
        http.event(&event, &mut |exchange| {
            tracker.exchange(exchange, &mut |session| court.take(session));
        });
    });
    http.finish(&mut |exchange| tracker.exchange(exchange, &mut |session| court.take(session)));
    tracker.finish(&mut |session| court.take(session));
    court.call(None, sink)?;
    problems.extend([net.take_problems(), tls.take_problems(), http.take_problems(), tracker.take_problems()]);
    report.bytes = source.size.unwrap_or_else(|| reader.offset());
    report.packets = reader.frames();
    if court.sessions() == 0 {
        report.seen = Some(super::seen::describe(&net, &tls, &http));
    }
    sink(Part::Read(report.bytes.saturating_sub(told)))?;
    report.problems = problems.finish();
    Ok(report)
}

/// Reads the secrets that a capture holds, wherever in it they stand, so that no connection waits for its own. Gives whether
/// all of them are known now: of a pipe, and of a compressed file, they come while it is read.
fn read_ahead(source: &Source, tls: &mut Tls) -> bool {
    let mut first = [0; PCAPNG.len()];
    let is_pcapng = source.size.is_some()
        && source.open().is_ok_and(|mut file| file.read_exact(&mut first).is_ok() && first == PCAPNG);
    let Some(file) = source.open().ok().filter(|_| is_pcapng) else { return false };
    let mut reader = Reader::open(file);
    let mut frame = None;
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(read) => frame = Some(read.number),
            // No connection is open yet.
            Event::Secrets(block) if block.format == SecretsBlock::TLS_KEY_LOG => {
                tls.secrets(block.bytes, frame, &mut |_| {});
            }
            Event::Secrets(_) | Event::Problem(_) => {}
        }
    }
    true
}

/// How a pcapng file begins: the type of its section header, the same in both byte orders.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Problems of one input: of a kind, only so many are listed.
#[derive(Default)]
struct Problems {
    list: Vec<Problem>,
    counts: BTreeMap<ProblemKind, usize>,
}

impl Problems {
    fn add(&mut self, problem: Problem) {
        let count = self.counts.entry(problem.kind).or_default();
        *count += 1;
        if *count <= Limits::PROBLEMS_OF_A_KIND {
            self.list.push(problem);
        }
    }

    fn extend(&mut self, lists: [Vec<Problem>; 4]) {
        for problem in lists.into_iter().flatten() {
            self.add(problem);
        }
    }

    /// In the order of the file: by frame, then by offset; what is about the whole input comes last.
    fn finish(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| (problem.frame.is_none(), problem.frame, problem.offset));
        for (kind, count) in self.counts {
            let left = count.saturating_sub(Limits::PROBLEMS_OF_A_KIND);
            if left > 0 {
                self.list.push(Problem::whole(kind, format!("{left} more problems of this kind are not listed")));
            }
        }
        self.list
    }
}
