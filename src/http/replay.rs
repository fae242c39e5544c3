//! Byte scripts, each replayed whole, cut once at every octet, and one octet at a time: the exchanges are the same.

use super::{Anomaly, Exchange, Header, Http, HttpMessage, RequestLine, ResponseLine, Stats};
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::net::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
use std::fmt::Write;

/// One step of a script. Each has a frame of its own, counted from 1; `Open` has frame 1 and is implied.
#[derive(Debug, Clone)]
enum Step {
    Client(Vec<u8>),
    Server(Vec<u8>),
    ClientGap(Option<u64>),
    ServerGap(Option<u64>),
    ClientFin,
    ServerFin,
    Close(CloseReason),
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
fn replay(
    mid_stream: bool,
    steps: &[Step],
    interest: super::Interest,
    cut: &dyn Fn(usize, &[u8]) -> Vec<usize>,
) -> Run {
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

#[test]
fn bodies_end_where_their_heads_say() {
    checks(&[
        ("length", &[c(POST), s(OK), FINISHED], &["#0 POST /dm @1 \"abc\" | 200 @2 \"ok\""]),
        (
            "several frames",
            &[
                c("POST /dm HTTP/1.1\r\nHost"),
                c(": h\r\nContent-Length: 3\r\n\r\n"),
                c("ab"),
                c("c"),
                s("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"),
                s("k"),
            ],
            &["#0 POST /dm @1,2,3,4 \"abc\" | 200 @5,6 \"ok\""],
        ),
        ("no body", &[c(GET), s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")], &["#0 GET /a @1 \"\" | 200 @2 \"\""]),
        (
            "until close",
            &[c(GET), s("HTTP/1.0 200 OK\r\n\r\nsome"), s("thing"), Step::ServerFin, FINISHED],
            &["#0 GET /a @1 \"\" | 200 @2,3 \"something\""],
        ),
        (
            "until reset",
            &[c(GET), s("HTTP/1.0 200 OK\r\n\r\nsome"), Step::Close(CloseReason::Reset)],
            &["#0 GET /a @1 \"\" | 200 @2 \"some\" Truncated { missing: None }"],
        ),
        (
            "HEAD",
            &[c("HEAD /a HTTP/1.1\r\n\r\n"), s("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), c(POST), s(OK)],
            &["#0 HEAD /a @1 \"\" | 200 @2 \"\"", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "204 and 304",
            &[
                c(GET),
                s("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"),
                c(GET),
                s("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
                c(POST),
                s(OK),
            ],
            &[
                "#0 GET /a @1 \"\" | 204 @2 \"\"",
                "#1 GET /a @3 \"\" | 304 @4 \"\"",
                "#2 POST /dm @5 \"abc\" | 200 @6 \"ok\"",
            ],
        ),
        (
            "chunked",
            &[
                c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                c("3;x=\"y\"\r\nabc\r\n"),
                c("000A \r\n0123456789\r\n0\r\n"),
                c("X-Digest: q\r\n\r\n"),
                s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n"),
                c(POST),
                s(OK),
            ],
            &[
                "#0 POST /dm @1,2,3,4 \"abc0123456789\" | 200 @5 \"ok\"",
                "#1 POST /dm @6 \"abc\" | 200 @7 \"ok\"",
            ],
        ),
        (
            "no blank line after the last chunk",
            &[c(GET), s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"), c(GET), s(OK)],
            &["#0 GET /a @1 \"\" | 200 @2 \"ok\"", "#1 GET /a @3 \"\" | 200 @4 \"ok\""],
        ),
    ]);
}

#[test]
fn trailers_follow_the_headers() {
    let run = whole(false, &[c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A : b\r\n\r\n")]);
    let request = run.exchanges[0].request.as_ref().unwrap();
    assert_eq!(request.header("x-a"), Some("b"));
    assert_eq!(request.anomalies, [Anomaly::BlankBeforeColon { offset: 0 }]);
}

#[test]
fn responses_find_their_requests() {
    checks(&[
        (
            "pipelining",
            &[c(format!("{GET}{POST}{GET}")), s(format!("{OK}HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n{OK}"))],
            &[
                "#0 GET /a @1 \"\" | 200 @2 \"ok\"",
                "#1 POST /dm @1 \"abc\" | 404 @2 \"\"",
                "#2 GET /a @1 \"\" | 200 @2 \"ok\"",
            ],
        ),
        (
            "empty lines between messages",
            &[c(format!("{POST}\r\n")), s(OK), c(format!("\r\n{POST}")), s(format!("\r\n{OK}"))],
            &["#0 POST /dm @1 \"abc\" | 200 @2 \"ok\"", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "100 before the body",
            &[
                c("POST /dm HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
                s("HTTP/1.1 100 Continue\r\n\r\n"),
                c("abc"),
                s(OK),
            ],
            &["#0 POST /dm @1,3 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "102 and 103 after the body",
            &[c(POST), s("HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"), s(OK)],
            &["#0 POST /dm @1 \"abc\" | 200 @3 \"ok\""],
        ),
        (
            "refused before the body, and asked again",
            &[
                c("POST /dm HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
                s("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"),
                c(POST),
                s(OK),
            ],
            &[
                "#0 POST /dm @1 \"\" Truncated { missing: Some(3) } | 417 @2 \"\"",
                "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\"",
            ],
        ),
        (
            "refused before the body, which follows all the same",
            &[
                c("POST /dm HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"),
                s("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"),
                c("3\r\nabc\r\n0\r\n\r\n"),
                c(POST),
                s(OK),
            ],
            &["#0 POST /dm @1,3 \"abc\" | 417 @2 \"\"", "#1 POST /dm @4 \"abc\" | 200 @5 \"ok\""],
        ),
        (
            "an answer in the middle of the body",
            &[
                c("POST /dm HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc"),
                s("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n"),
                c("def"),
                c(POST),
                s(OK),
            ],
            &["#0 POST /dm @1,3 \"abcdef\" | 413 @2 \"\"", "#1 POST /dm @4 \"abc\" | 200 @5 \"ok\""],
        ),
        (
            "an answer in the middle of the head",
            &[
                c("POST /dm HTTP/1.1\r\nContent-"),
                s("HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n"),
                c("Length: 3\r\n\r\nabc"),
                FINISHED,
            ],
            &["#0 POST /dm @1,3 \"abc\" | 408 @2 \"\""],
        ),
        (
            "no answer",
            &[c(POST), Step::ClientFin, Step::ServerFin, FINISHED],
            &["#0 POST /dm @1 \"abc\" | -"],
        ),
        (
            "a truncated answer",
            &[c(POST), s("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), Step::Close(CloseReason::Reset)],
            &["#0 POST /dm @1 \"abc\" | 200 @2 \"abc\" Truncated { missing: Some(6) }"],
        ),
        (
            "the capture ends",
            &[c(POST), s(OK), c("POST /dm HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")],
            &[
                "#0 POST /dm @1 \"abc\" | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" Truncated { missing: Some(6) } | - cut",
            ],
        ),
        (
            "the capture ends in a head",
            &[c("POST /dm HTTP/1.1\r\nHost: h\r\nContent-Le")],
            &["#0 POST /dm @1 \"\" Truncated { missing: None } | - cut"],
        ),
        (
            "an answer that nobody asked for",
            &[s("HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n"), FINISHED],
            &["#0 - | 408 @1 \"\" [Unsolicited]"],
        ),
        (
            "a forward proxy and a redirect",
            &[
                c("POST http://h:8080/dm?x=1 HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
                s("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
            ],
            &["#0 POST http://h:8080/dm?x=1 @1 \"\" | 302 @2 \"\""],
        ),
    ]);
}

#[test]
fn a_tunnel_is_followed_only_when_http_is_inside() {
    let connect = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n";
    let opened = "HTTP/1.1 200 Connection established\r\n\r\n";
    checks(&[
        (
            "TLS",
            &[c(connect), s(opened), c(b"\x16\x03\x01\x02\x00GET / HTTP/1.1\r\n\r\n"), s(OK)],
            &["#0 CONNECT h:443 @1 \"\" | 200 @2 \"\""],
        ),
        (
            "TLS before the proxy's word",
            &[c(connect), c(b"\x16\x03\x01\x02\x00"), s(opened), s(b"\x16\x03\x01"), c(POST)],
            &["#0 CONNECT h:443 @1 \"\" | 200 @3 \"\""],
        ),
        (
            "plain HTTP",
            &[c(connect), s(opened), c(POST), s(OK)],
            &["#0 CONNECT h:443 @1 \"\" | 200 @2 \"\"", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "refused",
            &[c(connect), s("HTTP/1.1 407 Auth\r\nContent-Length: 3\r\n\r\nwho"), c(connect), s(opened)],
            &["#0 CONNECT h:443 @1 \"\" | 407 @2 \"who\"", "#1 CONNECT h:443 @3 \"\" | 200 @4 \"\""],
        ),
        (
            "another protocol",
            &[c(GET), s("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x01\x02"), c(POST), s(OK)],
            &["#0 GET /a @1 \"\" | 101 @2 \"\""],
        ),
    ]);
}

#[test]
fn octets_that_are_missing_cost_no_later_exchange() {
    checks(&[
        (
            "in a body of known length",
            &[
                c("POST /dm HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
                Step::ClientGap(Some(4)),
                c("hi"),
                s(OK),
                c(POST),
                s(OK),
            ],
            &["#0 POST /dm @1,3 \"abchi\" of 9 Gap | 200 @4 \"ok\" cut", "#1 POST /dm @5 \"abc\" | 200 @6 \"ok\""],
        ),
        (
            "at the end of a body",
            &[
                c("POST /dm HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
                Step::ClientGap(Some(6)),
                s(OK),
                c(POST),
                s(OK),
            ],
            &["#0 POST /dm @1 \"abc\" of 9 Gap | 200 @3 \"ok\" cut", "#1 POST /dm @4 \"abc\" | 200 @5 \"ok\""],
        ),
        (
            "in a chunk",
            &[
                c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
                Step::ClientGap(Some(3)),
                c("\r\n2\r\nfg\r\n0\r\n\r\n"),
                s(OK),
            ],
            &["#0 POST /dm @1,3 \"abfg\" of 7 Gap | 200 @4 \"ok\" cut"],
        ),
        (
            "past a body",
            &[
                c("POST /dm HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
                s(OK),
                Step::ClientGap(Some(100)),
                c("tail of somethingPOST /b HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"),
                s(OK),
                c(GET),
                s(OK),
            ],
            &[
                "#0 POST /dm @1 \"abc\" Gap | 200 @2 \"ok\" cut",
                "#1 POST /b @4 \"x\" | 200 @5 \"ok\" after-gap",
                "#2 GET /a @6 \"\" | 200 @7 \"ok\"",
            ],
        ),
        (
            "in a request head",
            &[c("POST /dm HTTP/1.1\r\nHost: h\r\nCont"), Step::ClientGap(None), c("cde\r\n\r\n"), s(OK), c(GET), s(OK)],
            &["#0 POST /dm @1 \"\" Gap | 200 @4 \"ok\" cut", "#1 GET /a @5 \"\" | 200 @6 \"ok\" after-gap"],
        ),
        (
            "a whole request",
            &[c(GET), s(OK), Step::ClientGap(Some(100)), s(OK), c(POST), s(OK)],
            &[
                "#0 GET /a @1 \"\" | 200 @2 \"ok\"",
                "#1 - | 200 @4 \"ok\" [Unsolicited] after-gap cut",
                "#2 POST /dm @5 \"abc\" | 200 @6 \"ok\" after-gap",
            ],
        ),
        (
            "a whole response, noticed late",
            &[c(GET), c(POST), Step::ServerGap(Some(100)), s(OK), c(GET), s(OK)],
            &[
                "#0 GET /a @1 \"\" | - cut",
                "#1 POST /dm @2 \"abc\" | 200 @4 \"ok\" after-gap",
                "#2 GET /a @5 \"\" | 200 @6 \"ok\"",
            ],
        ),
        (
            "the last response",
            &[c(GET), Step::ServerGap(Some(100)), Step::ServerFin, FINISHED],
            &["#0 GET /a @1 \"\" | - cut"],
        ),
        (
            "in a response head",
            &[
                c(GET),
                s("HTTP/1.1 200 OK\r\nContent-Le"),
                Step::ServerGap(Some(10)),
                s("body HTTP/1.1 is not 200 of it"),
                c(POST),
                s(OK),
            ],
            &["#0 GET /a @1 \"\" | 200 @2 \"\" Gap cut", "#1 POST /dm @5 \"abc\" | 200 @6 \"ok\" after-gap"],
        ),
        (
            "in a body until close",
            &[c(GET), s("HTTP/1.0 200 OK\r\n\r\nab"), Step::ServerGap(None), s("ef"), FINISHED],
            &["#0 GET /a @1 \"\" | 200 @2,4 \"abef\" Gap cut"],
        ),
    ]);
}

#[test]
fn a_connection_is_read_from_its_middle() {
    for (name, steps, expected) in [
        (
            "from a request on",
            &[c(POST), s(OK), c(GET), s(OK)][..],
            &["#0 POST /dm @1 \"abc\" | 200 @2 \"ok\" after-gap", "#1 GET /a @3 \"\" | 200 @4 \"ok\""][..],
        ),
        (
            "from the middle of a body on",
            &[c("<x>of it</x>"), s(OK), c(POST), s(OK)],
            &[
                "#0 - | 200 @2 \"ok\" [Unsolicited] after-gap cut",
                "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\" after-gap",
            ],
        ),
        (
            "the ends are the other way round",
            &[s(POST), c(OK), s(POST), c(OK)],
            &["#0 POST /dm @1 \"abc\" | 200 @2 \"ok\" after-gap", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "from a quotation of HTTP on",
            &[s("see GET /q HTTP/1.1\r\n\r\n"), c(POST), s(OK), c(GET), s(OK)],
            &[
                "#0 GET /q @1 \"\" | - after-gap cut",
                "#1 POST /dm @2 \"abc\" | 200 @3 \"ok\" after-gap",
                "#2 GET /a @4 \"\" | 200 @5 \"ok\"",
            ],
        ),
        (
            "from the response to a HEAD that was not captured on",
            &[s("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n"), c(POST), s(OK)],
            &[
                "#0 - | 200 @1 \"\" [Unsolicited] after-gap cut",
                "#1 POST /dm @2 \"abc\" | 200 @3 \"ok\" after-gap",
            ],
        ),
    ] {
        let run = check(name, true, steps, expected);
        assert!(run.problems.is_empty(), "{name}: {:?}", run.problems);
        let client = run.exchanges.last().unwrap().client;
        let expected = if name.contains("other way") { endpoint(2, 80) } else { endpoint(1, 40_000) };
        assert_eq!(client, expected, "{name}");
    }
}

#[test]
fn lost_framing_is_found_again() {
    for (name, steps, expected) in [
        (
            "a length that is too small",
            &[c("POST /dm HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcdef"), s(OK), c(POST), s(OK)][..],
            &[
                "#0 POST /dm @1 \"abc\" | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" [Garbage { octets: 3 }] | 200 @4 \"ok\"",
            ][..],
        ),
        (
            "a chunk size that is none",
            &[
                c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nxyz\r\n"),
                s(OK),
                c(POST),
                s(OK),
            ],
            &[
                "#0 POST /dm @1 \"ab\" Truncated { missing: None } [BadChunk { offset: 2 }] | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" [Garbage { octets: 5 }] | 200 @4 \"ok\"",
            ],
        ),
        (
            "a chunk size that overflows",
            &[
                c(GET),
                s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
                c(GET),
                s(OK),
            ],
            &[
                "#0 GET /a @1 \"\" | 200 @2 \"\" Truncated { missing: None } [BadChunk { offset: 0 }]",
                "#1 GET /a @3 \"\" | 200 @4 \"ok\" [Garbage { octets: 18 }]",
            ],
        ),
        (
            "a chunk that does not end where it should",
            &[
                c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"),
                s(OK),
                c(POST),
                s(OK),
            ],
            &[
                "#0 POST /dm @1 \"ab\" Truncated { missing: None } [BadChunk { offset: 2 }] | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" [Garbage { octets: 8 }] | 200 @4 \"ok\"",
            ],
        ),
        (
            "a length of 2^63",
            &[c("POST /dm HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\nabc"), s(OK), c(POST), s(OK)],
            &[
                "#0 POST /dm @1 \"\" Truncated { missing: None } [BadLength] | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" [Garbage { octets: 3 }] | 200 @4 \"ok\"",
            ],
        ),
        (
            "octets before a response",
            &[c(GET), s(format!("oops\r\n{OK}"))],
            &["#0 GET /a @1 \"\" | 200 @2 \"ok\" [Garbage { octets: 6 }]"],
        ),
    ] {
        let run = check(name, false, steps, expected);
        assert!(run.problems.iter().any(|problem| problem.kind == ProblemKind::BadHttp), "{name}");
        assert_eq!(run.problems.len(), 1, "{name}: {:?}", run.problems);
    }
}

#[test]
fn odd_heads_are_understood() {
    checks(&[(
        "all at once",
        &[
            c("post  /dm HTTP/1.1\nContent-Length : 3\n folded\nnonsense\nX: a\0b\n\nabc"),
            s("HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
            c("POST /b HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
        &[
            "#0 post /dm @1 \"\" Truncated { missing: None } [StartLine { what: \"the method is not in upper case\" }, \
             StartLine { what: \"the words of the request line are not apart by one blank\" }, \
             BareLineFeed { offset: 18 }, BlankBeforeColon { offset: 19 }, Folded { offset: 38 }, \
             NoColon { offset: 46 }, ControlInValue { offset: 55 }, BadLength] | 200 @2 \"ok\" [ConflictingLengths]",
            "#1 POST /b @3 \"\" [Garbage { octets: 3 }, LengthAndChunked] | 200 @4 \"\"",
        ],
    )]);
}

#[test]
fn what_is_no_http_is_dropped_by_its_first_octets() {
    for (name, steps, tls, unknown) in [
        ("TLS", &[c(b"\x16\x03\x01\x00\x05\x01"), c(GET)][..], 1, 0),
        ("SSH", &[c("SSH-2.0-x\r\n"), c(GET)], 0, 1),
        ("SMTP", &[s("220 h ESMTP\r\n"), c(GET)], 0, 1),
        ("HTTP/2", &[c("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), c(GET)], 0, 1),
        ("binary", &[c(b"\0\x01\x02"), c(GET)], 0, 1),
        ("undecided", &[c("NICK"), FINISHED], 0, 1),
        ("silent", &[FINISHED], 0, 0),
    ] {
        let run = check(name, false, steps, &[]);
        assert_eq!((run.stats.tls, run.stats.unknown, run.stats.http), (tls, unknown, 0), "{name}");
        assert!(run.problems.is_empty(), "{name}");
    }
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[test]
fn content_codings_are_undone() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, b"<SyncML/>").unwrap();
    let gzip = encoder.finish().unwrap();
    assert_eq!(gzip.len(), 29);
    checks(&[
        ("gzip", &[c(GET), s(coded("gzip", &gzip))], &["#0 GET /a @1 \"\" | 200 @2 \"<SyncML/>\" of 29 Gzip"]),
        (
            "no gzip at all",
            &[c(GET), s(coded("gzip", b"<SyncML/>"))],
            &["#0 GET /a @1 \"\" | 200 @2 \"<SyncML/>\" [BrokenContentCoding]"],
        ),
        (
            "br",
            &[c(GET), s(coded("br", b"xyz"))],
            &["#0 GET /a @1 \"\" | 200 @2 \"xyz\" [UnknownContentCoding]"],
        ),
    ]);
}

#[test]
fn only_bodies_of_interest_are_kept() {
    fn syncml(_: &[Header], first: &[u8]) -> bool {
        assert!(first.len() <= 64);
        first.starts_with(b"<SyncML")
    }
    let body = |start: &str| format!("{start}{}", "x".repeat(100 - start.len()));
    let post = |body: &str| c(format!("POST /dm HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let chunked = |body: &str| {
        let chunks: String = body.as_bytes().chunks(9).fold(String::new(), |mut out, chunk| {
            write!(out, "{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)).unwrap();
            out
        });
        c(format!("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"))
    };
    let steps = [
        post(&body("<html>")),
        post(&body("<SyncML>")),
        post("<SyncML/>"),
        post("short"),
        chunked(&body("<html>")),
        chunked(&body("<SyncML>")),
    ];
    let cuts: [&dyn Fn(usize, &[u8]) -> Vec<usize>; 3] =
        [&|_, _| vec![], &|_, bytes| (1..bytes.len()).collect(), &|_, bytes| (1..bytes.len()).step_by(7).collect()];
    for cut in cuts {
        let run = replay(false, &steps, syncml, cut);
        let seen: Vec<_> = run
            .exchanges
            .iter()
            .map(|exchange| {
                let request = exchange.request.as_ref().unwrap();
                (request.body.len(), request.transferred, request.end)
            })
            .collect();
        use super::BodyEnd::{Complete, NotKept};
        assert_eq!(seen, [
            (0, 100, NotKept),
            (100, 100, Complete),
            (9, 9, Complete),
            (0, 5, NotKept),
            (0, 100, NotKept),
            (100, 100, Complete),
        ]);
        assert_eq!((run.stats.exchanges, run.stats.interesting), (6, 3));
    }
}

#[test]
fn a_body_beyond_the_ceiling_is_cut_and_reported() {
    let length = Limits::BODY + 10;
    let steps = [
        c(format!("POST /dm HTTP/1.1\r\nContent-Length: {length}\r\n\r\n")),
        c(vec![b'x'; length]),
        s(OK),
        c(POST),
        s(OK),
    ];
    let run = whole(false, &steps);
    let request = run.exchanges[0].request.as_ref().unwrap();
    assert_eq!((request.body.len(), request.transferred), (Limits::BODY, length as u64));
    assert_eq!(request.end, super::BodyEnd::Limit);
    assert_eq!(run.problems[0].kind, ProblemKind::BodyLimit);
    assert_eq!(run.lines()[1], "#1 POST /dm @4 \"abc\" | 200 @5 \"ok\"");
}

#[test]
fn a_head_beyond_the_ceilings_does_not_hide_what_follows() {
    let headers = "X: y\r\n".repeat(100_000);
    let steps = [
        c(format!("POST /dm HTTP/1.1\r\nContent-Length: 3\r\n{headers}\r\nabc")),
        s(OK),
        c(POST),
        s(OK),
    ];
    let cuts: [&dyn Fn(usize, &[u8]) -> Vec<usize>; 2] =
        [&|_, _| vec![], &|_, bytes| (1..bytes.len()).step_by(1_000).collect()];
    for cut in cuts {
        let run = replay(false, &steps, everything, cut);
        assert_eq!(run.lines(), [
            "#0 POST /dm @1 \"abc\" [TooManyHeaders, TooManyHeaders] | 200 @2 \"ok\"",
            "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\"",
        ]);
        assert_eq!(run.exchanges[0].request.as_ref().unwrap().headers.len(), Limits::HTTP_HEADERS);
    }
}

#[test]
fn a_head_without_end_costs_no_memory() {
    let mut http = Http::new(everything);
    let mut exchanges = Vec::new();
    let mut event = |http: &mut Http, frame: u64, kind: FlowEventKind<'_>| {
        let event = FlowEvent {
            flow: FlowId(0),
            frame: FrameNo::new(frame).unwrap(),
            time: Timestamp::default(),
            kind,
        };
        http.event(&event, &mut |exchange| exchanges.push(exchange));
    };
    let opened =
        FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
    event(&mut http, 1, opened);
    let direction = FlowDirection::ToServer;
    event(&mut http, 2, FlowEventKind::Data { direction, bytes: b"GET / HTTP/1.1\r\nX: " });
    for frame in 3..3_000 {
        event(&mut http, frame, FlowEventKind::Data { direction, bytes: &[b'x'; 1_000] });
    }
    assert_eq!(http.oldest_open(), FrameNo::new(2));
    http.finish(&mut |exchange| exchanges.push(exchange));
    assert_eq!(exchanges.len(), 1);
    assert!(exchanges[0].cut);
}

#[test]
fn a_capture_of_requests_alone_hands_them_out_at_the_ceiling() {
    let steps = vec![c(GET); Limits::HTTP_PIPELINE + 2];
    let run = whole(false, &steps);
    assert_eq!(run.exchanges.len(), steps.len());
    assert!(run.exchanges.iter().all(|exchange| exchange.cut && exchange.response.is_none()));
    assert_eq!(run.problems.len(), 1);
}

#[test]
fn the_oldest_open_exchange_is_given_up_when_too_much_is_held() {
    let mut http = Http::new(everything);
    let mut exchanges = Vec::new();
    let body = vec![b'x'; Limits::BODY];
    let flows = (Limits::OPEN_EXCHANGES / Limits::BODY) as u64;
    let mut frame = FrameNo::FIRST;
    for flow in 0..flows {
        let opened =
            FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
        let head = format!("POST /dm HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len() + 1);
        let direction = FlowDirection::ToServer;
        for kind in [
            opened,
            FlowEventKind::Data { direction, bytes: head.as_bytes() },
            FlowEventKind::Data { direction, bytes: &body },
        ] {
            let event = FlowEvent { flow: FlowId(flow), frame, time: Timestamp::default(), kind };
            http.event(&event, &mut |exchange| exchanges.push(exchange));
            frame = frame.next();
        }
    }
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].flow, FlowId(0));
    assert!(exchanges[0].cut);
    assert_eq!(http.take_problems()[0].kind, ProblemKind::BufferLimit);
    assert_eq!(http.oldest_open(), FrameNo::new(5));
}

#[test]
fn frames_out_of_order_are_listed_in_order() {
    let mut http = Http::new(everything);
    let mut exchanges = Vec::new();
    let opened =
        FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
    let direction = FlowDirection::ToServer;
    for (frame, kind) in [
        (1, opened),
        (6, FlowEventKind::Data { direction, bytes: b"POST /dm HTTP/1.1\r\nContent" }),
        (4, FlowEventKind::Data { direction, bytes: b"-Length: 3\r\n\r\na" }),
        (6, FlowEventKind::Data { direction, bytes: b"b" }),
    ] {
        let event =
            FlowEvent { flow: FlowId(0), frame: FrameNo::new(frame).unwrap(), time: Timestamp::default(), kind };
        http.event(&event, &mut |exchange| exchanges.push(exchange));
    }
    assert_eq!(http.oldest_open(), FrameNo::new(4));
    http.finish(&mut |exchange| exchanges.push(exchange));
    let frames: Vec<_> = exchanges[0].request.as_ref().unwrap().frames.iter().map(|frame| frame.get()).collect();
    assert_eq!(frames, [4, 6]);
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of HTTP and of nothing, from which scripts are made.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let known: Vec<Vec<u8>> = [
            POST,
            OK,
            GET,
            "POST /dm HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 101 Up\r\n\r\n",
            "HEAD / HTTP/1.1\r\n\r\n",
            "CONNECT h:1 HTTP/1.1\r\n\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "Content-Encoding: gzip\r\n",
            "\r\n",
            "\r",
            "\n",
            "5\r\nabcde\r\n",
            "0\r\n\r\n",
            "0\r\n",
            " HTTP/1.1\r",
            "\x16\x03\x01",
        ]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
        prop_oneof![
            6 => proptest::sample::select(known),
            1 => proptest::collection::vec(any::<u8>(), 0..40),
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => piece().prop_map(Step::Client),
            8 => piece().prop_map(Step::Server),
            1 => proptest::option::of(0u64..200).prop_map(Step::ClientGap),
            1 => proptest::option::of(0u64..200).prop_map(Step::ServerGap),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_octets_give_the_same_exchanges_however_they_are_cut(
            mid_stream: bool,
            steps in proptest::collection::vec(step(), 0..24),
            width in 1usize..9,
        ) {
            let run = whole(mid_stream, &steps);
            let cut = replay(mid_stream, &steps, everything, &|_, bytes| (1..bytes.len()).step_by(width).collect());
            prop_assert_eq!(run.lines(), cut.lines());
            prop_assert_eq!(run.stats, cut.stats);
            let mut ordinals: Vec<_> = run.exchanges.iter().map(|exchange| exchange.ordinal).collect();
            ordinals.sort_unstable();
            ordinals.dedup();
            prop_assert_eq!(ordinals.len(), run.exchanges.len());
        }

        #[test]
        fn random_octets_are_survived(mid_stream: bool, bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = whole(mid_stream, &[c(&bytes), s(&bytes), FINISHED]);
        }
    }
}
