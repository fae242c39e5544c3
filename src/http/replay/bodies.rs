//! What is kept, and what it may cost.

use super::*;
use crate::http::BodyEnd;

#[test]
fn what_is_no_http_is_dropped_by_its_first_octets() {
    for (name, steps, tls, unknown) in [
        ("TLS", &[c(b"\x16\x03\x01\x00\x05\x01"), c(GET)][..], 1, 0),
        ("SSH", &[c("SSH-2.0-x\r\n"), c(GET)], 0, 1),
        ("SMTP", &[s("220 h ESMTP\r\n"), c(GET)], 0, 1),
        ("half a preface of HTTP/2", &[c("PRI * HTTP/2.0\r\n\r\n"), c(GET)], 0, 1),
        ("what a server says in HTTP/2", &[s(b"\0\0\0\x04\0\0\0\0\0"), c("NICK x\r\n"), c(GET)], 0, 1),
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
        ("br", &[c(GET), s(coded("br", b"xyz"))], &["#0 GET /a @1 \"\" | 200 @2 \"xyz\" [UnknownContentCoding]"]),
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
    let cuts: [Cut<'_>; 3] =
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
        use BodyEnd::{Complete, NotKept};
        assert_eq!(
            seen,
            [
                (0, 100, NotKept),
                (100, 100, Complete),
                (9, 9, Complete),
                (0, 5, NotKept),
                (0, 100, NotKept),
                (100, 100, Complete),
            ]
        );
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
    assert_eq!(request.end, BodyEnd::Limit);
    assert_eq!(run.problems[0].kind, ProblemKind::BodyLimit);
    assert_eq!(run.lines()[1], "#1 POST /dm @4 \"abc\" | 200 @5 \"ok\"");
}

#[test]
fn a_head_beyond_the_ceilings_does_not_hide_what_follows() {
    let headers = "X: y\r\n".repeat(100_000);
    let steps = [c(format!("POST /dm HTTP/1.1\r\nContent-Length: 3\r\n{headers}\r\nabc")), s(OK), c(POST), s(OK)];
    let cuts: [Cut<'_>; 2] = [&|_, _| vec![], &|_, bytes| (1..bytes.len()).step_by(1_000).collect()];
    for cut in cuts {
        let run = replay(false, &steps, everything, cut);
        assert_eq!(
            run.lines(),
            ["#0 POST /dm @1 \"abc\" [TooManyHeaders] | 200 @2 \"ok\"", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\"",]
        );
        assert_eq!(run.exchanges[0].request.as_ref().unwrap().headers.len(), Limits::HTTP_HEADERS);
    }
}

#[test]
fn a_head_without_end_costs_no_memory() {
    let mut http = Http::new(everything);
    let mut exchanges = Vec::new();
    let mut event = |http: &mut Http, frame: u64, kind: FlowEventKind<'_>| {
        let event =
            FlowEvent { flow: FlowId(0), frame: FrameNo::new(frame).unwrap(), time: Timestamp::default(), kind };
        http.event(&event, &mut |exchange| exchanges.push(exchange));
    };
    let opened = FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
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
        let opened = FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
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
    let opened = FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
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
