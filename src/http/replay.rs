//! Byte scripts, each replayed whole, cut once at every octet, and one octet at a time: the exchanges are the same.

mod bodies;
mod h2;
mod hostile;
mod tables;

use super::{Anomaly, Exchange, Header, Http, HttpMessage, RequestLine, ResponseLine, Stats};
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::net::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
use std::fmt::Write;

/// One step of a script. Each has a frame of its own, counted from 1; `Open` has frame 1 and is implied.
#[derive(Clone)]
enum Step {
    Client(Vec<u8>),
    Server(Vec<u8>),
    ClientGap(Option<u64>),
    ServerGap(Option<u64>),
    ClientFin,
    ServerFin,
    Close(CloseReason),
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(bytes) => write!(f, "c(b\"{}\")", bytes.escape_ascii()),
            Self::Server(bytes) => write!(f, "s(b\"{}\")", bytes.escape_ascii()),
            Self::ClientGap(length) => write!(f, "ClientGap({length:?})"),
            Self::ServerGap(length) => write!(f, "ServerGap({length:?})"),
            Self::ClientFin => f.write_str("ClientFin"),
            Self::ServerFin => f.write_str("ServerFin"),
            Self::Close(reason) => write!(f, "Close({reason:?})"),
        }
    }
}

fn c(bytes: impl AsRef<[u8]>) -> Step {
    Step::Client(bytes.as_ref().to_vec())
}

fn s(bytes: impl AsRef<[u8]>) -> Step {
    Step::Server(bytes.as_ref().to_vec())
}

const FINISHED: Step = Step::Close(CloseReason::Finished);

fn everything(_: &[Header], _: &[u8]) -> bool {
    true
}

/// Where the octets of a step are cut, ascending.
type Cut<'a> = &'a dyn Fn(usize, &[u8]) -> Vec<usize>;

struct Run {
    exchanges: Vec<Exchange>,
    problems: Vec<Problem>,
    stats: Stats,
}

impl Run {
    fn lines(&self) -> Vec<String> {
        self.exchanges.iter().map(render).collect()
    }
}

fn endpoint(last: u8, port: u16) -> Endpoint {
    Endpoint { address: [10, 0, 0, last].into(), port }
}

/// Replays steps; the pieces of step n, which `cut` makes, have its time, and its frame in the result.
fn replay(mid_stream: bool, steps: &[Step], interest: super::Interest, cut: Cut<'_>) -> Run {
    let mut http = Http::new(interest);
    let mut exchanges = Vec::new();
    // The step of each frame, by frame number.
    let mut step_of = vec![0u64];
    let mut send = |http: &mut Http, step: u64, kind: FlowEventKind<'_>| {
        step_of.push(step);
        let event = FlowEvent {
            flow: FlowId(7),
            frame: FrameNo::new(step_of.len() as u64 - 1).unwrap(),
            time: Timestamp::from_nanos(step as i64),
            kind,
        };
        http.event(&event, &mut |exchange| exchanges.push(exchange));
        if let Some(open) = http.oldest_open() {
            assert!(open <= event.frame);
        }
    };
    let opened = FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream };
    send(&mut http, 0, opened);
    for (number, step) in steps.iter().enumerate() {
        let at = number as u64 + 1;
        let (direction, bytes) = match step {
            Step::Client(bytes) => (FlowDirection::ToServer, bytes),
            Step::Server(bytes) => (FlowDirection::ToClient, bytes),
            other => {
                let kind = match other {
                    Step::ClientGap(length) => {
                        FlowEventKind::Gap { direction: FlowDirection::ToServer, length: *length }
                    }
                    Step::ServerGap(length) => {
                        FlowEventKind::Gap { direction: FlowDirection::ToClient, length: *length }
                    }
                    Step::ClientFin => FlowEventKind::HalfClosed { direction: FlowDirection::ToServer },
                    Step::ServerFin => FlowEventKind::HalfClosed { direction: FlowDirection::ToClient },
                    Step::Close(reason) => FlowEventKind::Closed { reason: *reason },
                    Step::Client(_) | Step::Server(_) => unreachable!(),
                };
                send(&mut http, at, kind);
                continue;
            }
        };
        let mut start = 0;
        for end in cut(number, bytes).into_iter().chain([bytes.len()]) {
            send(&mut http, at, FlowEventKind::Data { direction, bytes: &bytes[start..end] });
            start = end;
        }
    }
    http.finish(&mut |exchange| exchanges.push(exchange));
    assert_eq!(http.oldest_open(), None);
    let frames = |frames: &mut Vec<FrameNo>| {
        assert!(frames.is_sorted_by(|a, b| a < b), "{frames:?}");
        let mut steps: Vec<_> =
            frames.iter().map(|frame| FrameNo::new(step_of[frame.get() as usize]).unwrap()).collect();
        steps.dedup();
        *frames = steps;
    };
    for exchange in &mut exchanges {
        if let Some(request) = &mut exchange.request {
            frames(&mut request.frames);
        }
        if let Some(response) = &mut exchange.response {
            frames(&mut response.frames);
        }
    }
    Run { exchanges, problems: http.take_problems(), stats: http.stats() }
}

fn whole(mid_stream: bool, steps: &[Step]) -> Run {
    replay(mid_stream, steps, everything, &|_, _| Vec::new())
}

fn message<L>(out: &mut String, message: Option<&HttpMessage<L>>, line: impl Fn(&L) -> String) {
    let Some(message) = message else {
        out.push('-');
        return;
    };
    let frames: Vec<_> = message.frames.iter().map(FrameNo::to_string).collect();
    let body = if message.body.len() > 200 {
        format!("<{} octets>", message.body.len())
    } else {
        message.body.escape_ascii().to_string()
    };
    write!(out, "{} @{} {body:?}", line(&message.line), frames.join(",")).unwrap();
    if message.transferred != message.body.len() as u64 {
        write!(out, " of {}", message.transferred).unwrap();
    }
    if message.end != super::BodyEnd::Complete {
        write!(out, " {:?}", message.end).unwrap();
    }
    if let Some(coding) = message.coding {
        write!(out, " {coding:?}").unwrap();
    }
    if !message.anomalies.is_empty() {
        write!(out, " {:?}", message.anomalies).unwrap();
    }
    let span = (message.started.nanos() as u64, message.ended.nanos() as u64);
    let frames = (message.frames[0].get(), message.frames.last().unwrap().get());
    if span != frames {
        write!(out, " times {}-{}", span.0, span.1).unwrap();
    }
}

fn render(exchange: &Exchange) -> String {
    let mut out = format!("#{} ", exchange.ordinal);
    message(&mut out, exchange.request.as_ref(), |line: &RequestLine| format!("{} {}", line.method, line.target));
    out.push_str(" | ");
    message(&mut out, exchange.response.as_ref(), |line: &ResponseLine| line.status.to_string());
    if exchange.after_gap {
        out.push_str(" after-gap");
    }
    if exchange.cut {
        out.push_str(" cut");
    }
    out
}

/// Replays a script in all ways and compares each with what is expected.
fn check(name: &str, mid_stream: bool, steps: &[Step], expected: &[&str]) -> Run {
    let run = whole(mid_stream, steps);
    assert_eq!(run.lines(), expected, "{name}");
    let singly = replay(mid_stream, steps, everything, &|_, bytes| (1..bytes.len()).collect());
    assert_eq!(singly.lines(), expected, "{name}, one octet at a time");
    assert_eq!(singly.stats, run.stats, "{name}, one octet at a time");
    for (number, step) in steps.iter().enumerate() {
        let (Step::Client(bytes) | Step::Server(bytes)) = step else { continue };
        for at in 1..bytes.len() {
            let cut = move |step: usize, _: &[u8]| if step == number { vec![at] } else { Vec::new() };
            let run = replay(mid_stream, steps, everything, &cut);
            assert_eq!(run.lines(), expected, "{name}, step {} cut at {at}", number + 1);
        }
    }
    run
}

fn checks(cases: &[(&str, &[Step], &[&str])]) {
    for (name, steps, expected) in cases {
        check(name, false, steps, expected);
    }
}

const POST: &str = "POST /dm HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = "GET /a HTTP/1.1\r\n\r\n";
