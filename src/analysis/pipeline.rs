//! One input, from octets to judged sessions.

use super::beside::{Seat, hear};
use super::court::{Bench, Court};
use super::early::Early;
use super::injected::InjectedFrames;
use super::judge::Judge;
use super::live::{Follow, Written};
use super::radio::ShortMessages;
use super::run::Part;
use super::signalling::Signalling;
use crate::base::{Decrypted, FrameNo, Handshake, Limits, Problem, ProblemKind};
use crate::capture::sources::Source;
use crate::capture::{Event, Frame, Reader, SecretsBlock};
use crate::dm::{Carrier, Delivery, PUSHES, Tracker};
use crate::download;
use crate::http::{Exchange, Header, Http};
use crate::net::{FlowEvent, FlowEventKind, Net, Secured};
use crate::push;
use crate::syncml::{MediaType, sniff};
use crate::tls::{Secrets, Tls, cipher_suite_by_name};
use crate::verdict::InputReport;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// What the streams become: exchanges to sessions, and these before the bench.
struct Sessions<'b> {
    tracker: Tracker,
    signalling: Signalling,
    injected: InjectedFrames,
    bench: &'b mut dyn Bench,
}

impl Sessions<'_> {
    /// Keeps what asks a device for a session, or gives it its first account.
    fn datagram(&mut self, event: &FlowEvent<'_>) {
        let FlowEventKind::Datagram { source, destination, bytes: payload } = event.kind else { return };
        let carrier = Carrier::Udp { source, destination };
        self.tracker.deliver(Delivery { frame: event.frame, time: event.time, carrier, payload });
        self.signalling.datagram(event, &mut self.tracker);
    }

    /// Keeps what is pushed in SIP on a connection.
    fn stream(&mut self, event: &FlowEvent<'_>) {
        self.signalling.stream(event, &mut self.tracker);
    }

    fn exchange(&mut self, exchange: Exchange) {
        let marks = self.injected.claim(&exchange);
        self.tracker.marked_exchange(exchange, marks, &mut |session| self.bench.take(session));
    }

    fn finish(&mut self) {
        self.signalling.finish();
        self.tracker.finish(&mut |session| self.bench.take(session));
    }

    /// Looks at what goes on.
    fn look_early(&mut self) {
        self.tracker.changed(&mut |session| self.bench.look_early(session));
    }
}

/// Which bodies are worth keeping: those that say that they are SyncML, and those that look like it; of downloads, descriptors
/// and what may be a report; and what may be a push.
fn interest(headers: &[Header], first: &[u8]) -> bool {
    let media = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"content-type"));
    let media = media.and_then(|header| std::str::from_utf8(&header.value).ok());
    if MediaType::parse(media).is_syncml() || media.is_some_and(download::is_descriptor_type) {
        return true;
    }
    if media.is_some_and(push::is_pushed_type)
        || media.is_some_and(push::is_pap_type) && is_request(headers) && is_small(headers)
    {
        return true;
    }
    if may_be_report(headers, first) || download::looks_like_descriptor(first) {
        return true;
    }
    // A coded body does not show what it is; what says that it is something else is believed.
    let coded = headers.iter().any(|header| header.name.eq_ignore_ascii_case(b"content-encoding"));
    (coded && media.is_none()) || sniff(first).is_some()
}

/// Whether a body is that of a request, and short enough for a report on a download.
fn may_be_report(headers: &[Header], first: &[u8]) -> bool {
    // Of a body without a length, what is shorter than this is all of it.
    let is_short = length(headers).map_or(first.len() < 64, |length| length <= Limits::DOWNLOAD_REPORT);
    is_request(headers) && is_short && !first.is_empty()
}

/// Whether headers are those of a request: only these name the host.
fn is_request(headers: &[Header]) -> bool {
    headers.iter().any(|header| header.name.eq_ignore_ascii_case(b"host"))
}

/// Whether a body may be no larger than a push and what stands around it: one in chunks does not say.
fn is_small(headers: &[Header]) -> bool {
    length(headers).is_none_or(|length| length <= 2 * Limits::PUSH_ENTITY as u64)
}

/// What Content-Length says.
fn length(headers: &[Header]) -> Option<u64> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"content-length"))?;
    std::str::from_utf8(&header.value).ok()?.trim().parse().ok()
}

/// Frames after which finished sessions are looked through once more.
const LOOK_EVERY: u64 = 1_024;
/// Octets after which progress is told.
const TELL_EVERY: u64 = 4 << 20;

/// Reads one input to its end, and judges it where `seat` says. Sessions go to `sink` in the order in which they began.
///
/// # Errors
///
/// Only those of `sink`; what is wrong with the input stands in its report.
pub(super) fn read(
    source: &Source,
    input: Option<u32>,
    judge: &Judge<'_>,
    seat: Seat,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    let drive = |bench: &mut dyn Bench, sink: &mut dyn FnMut(Part) -> io::Result<()>| {
        drive(source, &judge.secrets, judge.carried, bench, sink)
    };
    hear(judge, input, seat, drive, sink)
}

/// Runs the layers from the octets of one input to its sessions, which keep what carried them if that is wanted.
///
/// # Errors
///
/// Only those of `sink`; what is wrong with the input stands in its report.
pub(super) fn drive(
    source: &Source,
    secrets: &Arc<Secrets>,
    keeps: bool,
    bench: &mut dyn Bench,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    match source.open() {
        Ok(opened) => {
            let mut pipeline = Pipeline::new(opened, secrets, bench);
            if keeps {
                pipeline.layers.sessions.tracker.keep_exchanges();
            }
            pipeline.all_secrets = read_ahead(source, &mut pipeline.layers.tls);
            pipeline.run(&source.name(), source.size, sink)
        }
        Err(problem) => {
            let mut problems = Problems::default();
            problems.add(problem);
            let report = InputReport { path: source.name().into_owned(), ..InputReport::default() };
            Ok(InputReport { problems: problems.finish(), ..report })
        }
    }
}

/// Judges a stream while it is written. What comes out in the end is what [`read`] makes of the same octets; on the way,
/// findings are told as they arise.
pub(super) fn follow(
    name: &str,
    stream: Follow,
    judge: &Judge<'_>,
    sink: &mut dyn FnMut(Part) -> io::Result<()>,
) -> io::Result<InputReport> {
    let written = stream.written();
    let mut court = Court::new(judge, None);
    court.early = Some(Early::default());
    let mut pipeline = Pipeline::new(Box::new(stream), &judge.secrets, &mut court);
    pipeline.layers.sessions.tracker.watch();
    if judge.carried {
        pipeline.layers.sessions.tracker.keep_exchanges();
    }
    pipeline.written = Some(written);
    let report = pipeline.run(name, None, sink)?;
    court.adjourn(report, sink)
}

/// All layers of one input, from octets to sessions.
struct Pipeline<'a> {
    reader: Reader,
    layers: Layers<'a>,
    problems: Problems,
    /// Every secret of the input is known already.
    all_secrets: bool,
    frames: u64,
    told: u64,
    /// Of a stream that is still written: how much of it there is.
    written: Option<Written>,
}

impl<'a> Pipeline<'a> {
    fn new(stream: Box<dyn Read + Send>, secrets: &Arc<Secrets>, bench: &'a mut dyn Bench) -> Self {
        Self {
            reader: Reader::open(stream),
            layers: Layers {
                net: Net::new(),
                tls: Tls::new(secrets.clone()),
                http: Http::new(interest).with_one_way(PUSHES),
                messages: ShortMessages::default(),
                sessions: Sessions {
                    tracker: Tracker::new(),
                    signalling: Signalling::default(),
                    injected: InjectedFrames::default(),
                    bench,
                },
                last: None,
            },
            problems: Problems::default(),
            all_secrets: false,
            frames: 0,
            told: 0,
            written: None,
        }
    }

    fn run(
        mut self,
        name: &str,
        size: Option<u64>,
        sink: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<InputReport> {
        while let Some(event) = self.reader.next() {
            match event {
                Event::Frame(frame) => {
                    self.frames += 1;
                    self.layers.frame(&frame);
                }
                Event::Secrets(block) if block.format == SecretsBlock::TLS_KEY_LOG && !self.all_secrets => {
                    self.layers.secrets(block.bytes);
                }
                Event::Secrets(_) => {}
                Event::Problem(problem) => self.problems.add(problem),
            }
            self.layers.tls.expect_secrets(!self.all_secrets && self.reader.may_hold_secrets());
            self.look(sink)?;
        }
        let mut report = InputReport { path: name.to_owned(), ..InputReport::default() };
        self.layers.finish();
        self.layers.sessions.bench.call(None, sink)?;
        self.problems.extend(self.layers.take_problems());
        report.bytes = size.unwrap_or_else(|| self.reader.offset());
        report.packets = self.reader.frames();
        let Layers { net, tls, http, sessions, .. } = self.layers;
        if sessions.bench.sessions() == 0 {
            report.seen = Some(super::seen::describe(&net, &tls, &http));
        }
        sink(Part::Read(report.bytes.saturating_sub(self.told)))?;
        report.problems = self.problems.finish();
        Ok(report)
    }

    /// Hands on what is finished, and now and then tells how far the reading has come.
    fn look(&mut self, sink: &mut dyn FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        let layers = &mut self.layers;
        // Whoever is behind has better things to do than to judge what goes on.
        if self.written.as_ref().is_some_and(|written| self.reader.offset() >= written.octets()) {
            layers.sessions.look_early();
        }
        let now_and_then = self.frames.is_multiple_of(LOOK_EVERY);
        if layers.sessions.bench.waits(now_and_then) {
            // Without anything open, the next frame is the earliest at which a session can begin.
            let watermark = layers.oldest_open().or(FrameNo::new(self.reader.frames().saturating_add(1)));
            layers.sessions.bench.call(watermark, sink)?;
        }
        if now_and_then {
            self.problems.extend(layers.take_problems());
            let offset = self.reader.offset();
            if offset.saturating_sub(self.told) >= TELL_EVERY {
                sink(Part::Read(offset.saturating_sub(self.told)))?;
                self.told = offset;
            }
        }
        Ok(())
    }
}

/// What was agreed on for a connection that was recorded in clear.
fn secured(agreed: &Decrypted, handshake: Handshake) -> Secured<'static> {
    let (cipher, cipher_name) = cipher_suite_by_name(&agreed.suite).unwrap_or_default();
    let version = Secured::VERSIONS.iter().find(|(_, name)| *name == agreed.version).map_or(0, |(version, _)| *version);
    Secured { version, cipher, cipher_name, server_name: None, protocol: None, handshake }
}

/// The layers between frames and the court, each of which calls the next.
struct Layers<'a> {
    net: Net,
    tls: Tls,
    http: Http,
    messages: ShortMessages,
    sessions: Sessions<'a>,
    last: Option<FrameNo>,
}

impl Layers<'_> {
    fn frame(&mut self, frame: &Frame<'_>) {
        let Self { net, tls, http, messages, sessions, last } = self;
        *last = Some(frame.number);
        sessions.injected.frame(frame.number, frame.comment);
        let decrypted = frame.comment.and_then(|comment| Some((Decrypted::read(comment)?, Handshake::read(comment))));
        messages.frame(frame, &mut sessions.tracker);
        net.frame(frame, &mut |event| {
            sessions.injected.event(&event);
            sessions.datagram(&event);
            messages.datagram(&event, &mut sessions.tracker);
            tls.event(&event, &mut |event| {
                messages.stream(&event, &mut sessions.tracker);
                sessions.stream(&event);
                http.event(&event, &mut |exchange| sessions.exchange(exchange));
            });
            if let (Some((agreed, handshake)), FlowEventKind::Opened { .. }) = (&decrypted, event.kind) {
                let event = FlowEvent { kind: FlowEventKind::Secured(secured(agreed, *handshake)), ..event };
                http.event(&event, &mut |exchange| sessions.exchange(exchange));
            }
        });
    }

    fn secrets(&mut self, log: &[u8]) {
        let Self { tls, http, messages, sessions, last, .. } = self;
        tls.secrets(log, *last, &mut |event| {
            messages.stream(&event, &mut sessions.tracker);
            sessions.stream(&event);
            http.event(&event, &mut |exchange| sessions.exchange(exchange));
        });
    }

    fn finish(&mut self) {
        let Self { net, tls, http, messages, sessions, .. } = self;
        let mut opened = |event: FlowEvent<'_>, sessions: &mut Sessions<'_>, http: &mut Http| {
            messages.stream(&event, &mut sessions.tracker);
            sessions.stream(&event);
            http.event(&event, &mut |exchange| sessions.exchange(exchange));
        };
        net.finish(&mut |event| tls.event(&event, &mut |event| opened(event, sessions, http)));
        tls.finish(&mut |event| opened(event, sessions, http));
        http.finish(&mut |exchange| sessions.exchange(exchange));
        messages.finish();
        sessions.finish();
    }

    fn oldest_open(&self) -> Option<FrameNo> {
        let open = [self.sessions.tracker.oldest_open(), self.http.oldest_open(), self.tls.oldest_open()];
        open.into_iter().flatten().min()
    }

    fn take_problems(&mut self) -> [Vec<Problem>; 6] {
        let Self { net, tls, http, messages, sessions, .. } = self;
        let of_sessions = sessions.tracker.take_problems();
        let of_signalling = sessions.signalling.take_problems();
        let below = [net.take_problems(), tls.take_problems(), http.take_problems()];
        let [net, tls, http] = below;
        [net, tls, http, messages.take_problems(), of_signalling, of_sessions]
    }
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

    fn extend(&mut self, lists: [Vec<Problem>; 6]) {
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
