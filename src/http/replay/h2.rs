//! HTTP/2: scripts of frames.

use super::*;
use crate::http::h2::huffman;
use crate::http::{BodyEnd, HttpVersion};
use proptest::prelude::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 0x01;
const END_HEADERS: u8 = 0x04;
const PADDED: u8 = 0x08;
const PRIORITY: u8 = 0x20;
/// Of HEADERS: the block and the message end.
const ALL: u8 = END_STREAM | END_HEADERS;

fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let length = (payload.len() as u32).to_be_bytes();
    let mut out = vec![length[1], length[2], length[3], kind, flags];
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// Fields as literals that enter no table.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        out.push(0);
        for text in [name, value] {
            out.push(text.len() as u8);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

const POST2: &[(&str, &str)] =
    &[(":method", "POST"), (":scheme", "http"), (":path", "/dm"), (":authority", "h"), ("content-length", "3")];
const OK2: &[(&str, &str)] = &[(":status", "200"), ("content-length", "2")];

fn post(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, block(POST2))
}

fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, ALL, stream, block(&[(":method", "GET"), (":scheme", "http"), (":path", "/a")]))
}

fn ok(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, block(OK2))
}

fn data(stream: u32, text: &str) -> Vec<u8> {
    frame(DATA, 0, stream, text)
}

fn last(stream: u32, text: &str) -> Vec<u8> {
    frame(DATA, END_STREAM, stream, text)
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, [0, 3, 0, 0, 0, 100])
}

/// Steps 1 and 2 of a connection, then others.
fn after_start(steps: &[Step]) -> Vec<Step> {
    let start = [c([PREFACE, &settings()].concat()), s(settings())];
    start.iter().chain(steps).cloned().collect()
}

fn all(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn streams_become_exchanges() {
    let cases: &[(&str, &[Step], &[&str])] = &[
        (
            "one after the other",
            &[
                c(all(&[post(1), last(1, "abc")])),
                s(all(&[ok(1), last(1, "ok")])),
                c(get(3)),
                s(ok(3)),
                s(last(3, "ok")),
            ],
            &["#0 POST /dm @3 \"abc\" | 200 @4 \"ok\"", "#1 GET /a @5 \"\" | 200 @6,7 \"ok\""],
        ),
        (
            "interleaved, answered in another order",
            &[
                c(all(&[post(1), post(3), get(5)])),
                c(all(&[data(3, "a"), data(1, "ab")])),
                c(all(&[last(1, "c"), last(3, "bc")])),
                s(all(&[ok(5), ok(1), data(1, "o"), last(5, "ok")])),
                s(all(&[frame(HEADERS, ALL, 3, block(&[(":status", "404")])), last(1, "k")])),
            ],
            &[
                "#2 GET /a @3 \"\" | 200 @6 \"ok\"",
                "#1 POST /dm @3,4,5 \"abc\" | 404 @7 \"\"",
                "#0 POST /dm @3,4,5 \"abc\" | 200 @6,7 \"ok\"",
            ],
        ),
        (
            "answered before it is asked to the end",
            &[c(post(1)), s(all(&[ok(1), last(1, "ok")])), c(last(1, "abc")), FINISHED],
            &["#0 POST /dm @3,5 \"abc\" | 200 @4 \"ok\""],
        ),
        (
            "padding, priority, continuation",
            &[
                c(frame(
                    HEADERS,
                    PADDED | PRIORITY,
                    1,
                    [&[2, 0, 0, 0, 0, 9][..], &block(&POST2[..2]), &[0, 0]].concat(),
                )),
                c(frame(CONTINUATION, 0, 1, &block(&POST2[2..])[..5])),
                c(frame(CONTINUATION, 0, 1, "")),
                c(frame(CONTINUATION, END_HEADERS, 1, &block(&POST2[2..])[5..])),
                c(frame(DATA, PADDED, 1, b"\x03ab\0\0\0")),
                c(frame(DATA, PADDED | END_STREAM, 1, b"\0c")),
                s(all(&[ok(1), frame(DATA, PADDED, 1, b"\x02ok\0\0"), last(1, "")])),
            ],
            &["#0 POST /dm @3,4,5,6,7,8 \"abc\" | 200 @9 \"ok\""],
        ),
        (
            "frames that carry no message",
            &[
                c(all(&[frame(SETTINGS, 1, 0, ""), frame(PING, 0, 0, "12345678"), post(1), frame(2, 0, 1, "12345")])),
                s(all(&[frame(WINDOW_UPDATE, 0, 1, "1234"), frame(0x77, 0xff, 1, "what is this"), ok(1)])),
                c(all(&[frame(WINDOW_UPDATE, 0, 0, "1234"), last(1, "abc")])),
                s(all(&[frame(GOAWAY, 0, 0, "12345678"), last(1, "ok")])),
            ],
            &["#0 POST /dm @3,5 \"abc\" | 200 @4,6 \"ok\""],
        ),
        (
            "interim responses",
            &[
                c(post(1)),
                s(frame(HEADERS, END_HEADERS, 1, block(&[(":status", "100")]))),
                c(last(1, "abc")),
                s(frame(HEADERS, END_HEADERS, 1, block(&[(":status", "103"), ("link", "x")]))),
                s(all(&[ok(1), last(1, "ok")])),
            ],
            &["#0 POST /dm @3,5 \"abc\" | 200 @7 \"ok\""],
        ),
        (
            "trailers",
            &[
                c(all(&[post(1), data(1, "abc"), frame(HEADERS, ALL, 1, block(&[("x", "y")]))])),
                s(all(&[ok(1), data(1, "ok")])),
                s(frame(HEADERS, ALL, 1, block(&[("x", "y")]))),
            ],
            &["#0 POST /dm @3 \"abc\" | 200 @4,5 \"ok\""],
        ),
        (
            "reset by the server, by the client, before the answer",
            &[
                c(all(&[post(1), get(3), get(5)])),
                s(all(&[ok(1), last(1, "ok"), frame(RST_STREAM, 0, 1, "0000")])),
                s(all(&[ok(3), data(3, "o")])),
                c(all(&[frame(RST_STREAM, 0, 3, "0000"), frame(RST_STREAM, 0, 5, "0000")])),
                s(all(&[last(3, "k"), ok(5), last(5, "ok")])),
            ],
            &[
                "#0 POST /dm @3 \"\" Truncated { missing: Some(3) } | 200 @4 \"ok\"",
                "#1 GET /a @3 \"\" | 200 @5 \"o\" Truncated { missing: Some(1) }",
                "#2 GET /a @3 \"\" | -",
            ],
        ),
        (
            "what is pushed",
            &[
                c(get(1)),
                s(frame(PUSH_PROMISE, END_HEADERS, 1, [&[0, 0, 0, 2][..], &block(POST2)].concat())),
                s(all(&[ok(2), ok(1), last(2, "no"), last(1, "ok")])),
            ],
            &["#0 GET /a @3 \"\" | 200 @5 \"ok\""],
        ),
        (
            "a length that differs",
            &[c(all(&[post(1), last(1, "abcd")])), s(frame(HEADERS, ALL, 1, block(OK2)))],
            &["#0 POST /dm @3 \"abcd\" [LengthDiffers { said: 3, sent: 4 }] | \
               200 @4 \"\" [LengthDiffers { said: 2, sent: 0 }]"],
        ),
        (
            "no body for a HEAD",
            &[
                c(frame(HEADERS, ALL, 1, block(&[(":method", "HEAD"), (":scheme", "http"), (":path", "/a")]))),
                s(frame(HEADERS, ALL, 1, block(OK2))),
            ],
            &["#0 HEAD /a @3 \"\" | 200 @4 \"\""],
        ),
        (
            "a tunnel",
            &[
                c(frame(HEADERS, END_HEADERS, 1, block(&[(":method", "CONNECT"), (":authority", "h:1")]))),
                s(frame(HEADERS, END_HEADERS, 1, block(&[(":status", "200")]))),
                c(last(1, "there")),
                s(last(1, "back")),
            ],
            &["#0 CONNECT h:1 @3,5 \"there\" | 200 @4,6 \"back\""],
        ),
        (
            "odd pseudo headers",
            &[
                c(frame(HEADERS, ALL, 1, block(&[("a", "b"), (":path", "/a"), (":path", "/b"), (":status", "1")]))),
                s(frame(HEADERS, ALL, 1, block(&[(":status", "200"), (":path", "/"), ("a", "\0")]))),
            ],
            &["#0  /a @3 \"\" [StartLine { what: \"a pseudo header after other headers\" }, \
               StartLine { what: \"a pseudo header after other headers\" }, \
               StartLine { what: \"a pseudo header that comes twice\" }, \
               StartLine { what: \"a pseudo header after other headers\" }, \
               StartLine { what: \"no :method\" }, StartLine { what: \"no :scheme\" }, \
               StartLine { what: \"a :status in a request\" }] | \
               200 @4 \"\" [ControlInValue { offset: 16 }, \
               StartLine { what: \"a pseudo header of a request in a response\" }]"],
        ),
    ];
    for (name, steps, expected) in cases {
        let run = check(name, false, &after_start(steps), expected);
        assert_eq!(run.problems, [], "{name}");
        assert_eq!((run.stats.http, run.stats.unknown), (1, 0), "{name}");
    }
}

#[test]
fn what_is_left_open_is_cut_only_where_the_capture_ends_it() {
    let open = &[c(post(1)), c(data(1, "a")), s(ok(1)), c(get(3))][..];
    let cut_request = "Truncated { missing: Some(2) }";
    let cut_response = "200 @5 \"\" Truncated { missing: Some(2) }";
    for (end, suffix) in [
        (Some(Step::Close(CloseReason::Finished)), ""),
        (Some(Step::Close(CloseReason::Reset)), ""),
        (Some(Step::Close(CloseReason::Evicted)), " cut"),
        (None, " cut"),
    ] {
        let steps: Vec<_> = open.iter().cloned().chain(end).collect();
        let expected = [
            format!("#0 POST /dm @3,4 \"a\" {cut_request} | {cut_response}{suffix}"),
            format!("#1 GET /a @6 \"\" | -{suffix}"),
        ];
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check("open", false, &after_start(&steps), &expected);
    }
    // The server sends no more, so that there is nothing to wait for.
    let steps: Vec<_> = open.iter().cloned().chain([Step::ServerFin, c(last(1, "bc")), FINISHED]).collect();
    let second = "#1 GET /a @6 \"\" | -";
    let first = format!("#0 POST /dm @3,4,8 \"abc\" | {cut_response}");
    check("half closed", false, &after_start(&steps), &[second, &first]);
}

#[test]
fn pseudo_headers_become_a_start_line_and_headers() {
    let fields = &[
        (":method", "POST"),
        (":scheme", "https"),
        (":path", "/dm?a=b"),
        (":authority", "server.example"),
        ("host", "server.example"),
        ("content-type", "text/xml"),
    ];
    let steps = [
        c(all(&[frame(HEADERS, END_HEADERS, 1, block(fields)), frame(HEADERS, ALL, 1, block(&[("late", "1")]))])),
        s(frame(HEADERS, ALL, 1, block(&[(":status", "204"), ("server", "x")]))),
    ];
    let run = whole(false, &after_start(&steps));
    let request = run.exchanges[0].request.as_ref().unwrap();
    let expected = RequestLine { method: "POST".into(), target: "/dm?a=b".into(), version: HttpVersion::Http2 };
    assert_eq!(request.line, expected);
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|header| format!("{}: {}", header.name.escape_ascii(), header.value.escape_ascii()))
        .collect();
    assert_eq!(headers, ["host: server.example", ":scheme: https", "content-type: text/xml", "late: 1"]);
    let response = run.exchanges[0].response.as_ref().unwrap();
    let expected = ResponseLine { status: 204, reason: String::new(), version: HttpVersion::Http2 };
    assert_eq!(response.line, expected);
    assert_eq!(response.line.version.to_string(), "HTTP/2");
}

#[test]
fn a_connection_is_recognised_however_it_begins() {
    let client = all(&[PREFACE.to_vec(), settings(), get(1)]);
    let server = all(&[ok(1), last(1, "ok")]);
    let settings = settings();
    for (name, mid_stream, steps, expected) in [
        (
            "the server speaks first",
            false,
            vec![s(&settings), s(frame(WINDOW_UPDATE, 0, 0, "1234")), c(&client), s(&server)],
            "#0 GET /a @3 \"\" | 200 @4 \"ok\"",
        ),
        (
            "from its middle, with the ends mistaken for each other",
            true,
            vec![s(&client), c(all(&[settings.clone(), server.clone()]))],
            "#0 GET /a @1 \"\" | 200 @2 \"ok\" after-gap",
        ),
        (
            "in a tunnel",
            false,
            vec![
                c("CONNECT h:80 HTTP/1.1\r\n\r\n"),
                s("HTTP/1.1 200 OK\r\n\r\n"),
                s(&settings),
                c(&client),
                s(&server),
            ],
            "#1 GET /a @4 \"\" | 200 @5 \"ok\"",
        ),
        (
            "by an upgrade",
            false,
            vec![
                c("POST /dm HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \
                   AAMAAABk\r\nContent-Length: 3\r\n\r\nabc"),
                s([b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", &settings[..]]
                    .concat()),
                s(&server),
                c(all(&[PREFACE.to_vec(), settings.clone(), get(3)])),
                s(all(&[ok(3), last(3, "ok")])),
            ],
            "#0 POST /dm @1 \"abc\" | 200 @3 \"ok\"",
        ),
    ] {
        let run = whole(mid_stream, &steps);
        let lines = run.lines();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        assert!(lines.contains(&expected.trim_end_matches(" after-gap")), "{name}: {lines:?}");
        check(name, mid_stream, &steps, &lines);
        assert_eq!((run.stats.http, run.stats.unknown), (1, 0), "{name}");
        assert_eq!(run.problems, [], "{name}");
    }
    let run = whole(true, &[s(&client), c(all(&[settings, server]))]);
    assert_eq!(run.exchanges[0].client, endpoint(2, 80));
}

/// Fields that enter the table, then the same by their index.
#[test]
fn header_blocks_of_a_direction_rest_on_each_other() {
    let host = huffman::encode(b"www.example.com");
    let first = all(&[vec![0x83, 0x86, 0x44, 3], b"/dm".to_vec(), vec![0x41, 0x80 | host.len() as u8], host]);
    let pushed = [&[0, 0, 0, 2][..], b"\x40\x01p\x01q\x84"].concat();
    let steps = [
        c(frame(HEADERS, ALL, 1, first)),
        s(frame(HEADERS, ALL, 1, b"\x88\x40\x01x\x01y")),
        // `:authority` is the newest entry, `:path` the one before.
        c(frame(HEADERS, ALL, 3, [0x83, 0x86, 0xbf, 0xbe])),
        s(all(&[frame(PUSH_PROMISE, END_HEADERS, 3, pushed), frame(HEADERS, ALL, 3, [0x89, 0xbe, 0xbf])])),
        // The table is emptied.
        c(frame(HEADERS, ALL, 5, [0x20, 0x83, 0x86, 0x84])),
        s(frame(HEADERS, ALL, 5, [0x8d, 0xbe])),
    ];
    let run = check(
        "tables",
        false,
        &after_start(&steps),
        &["#0 POST /dm @3 \"\" | 200 @4 \"\"", "#1 POST /dm @5 \"\" | 204 @6 \"\"", "#2 POST / @7 \"\" | 404 @8 \"\""],
    );
    let value = |exchange: usize, name: &str| {
        let exchange: &Exchange = &run.exchanges[exchange];
        let request = exchange.request.as_ref().unwrap().header(name).map(str::to_owned);
        (request, exchange.response.as_ref().unwrap().header(name).map(str::to_owned))
    };
    assert_eq!(value(1, "host").0.as_deref(), Some("www.example.com"));
    assert_eq!(value(2, "host").0, None);
    assert_eq!(value(1, "x").1.as_deref(), Some("y"));
    assert_eq!(value(1, "p").1.as_deref(), Some("q"));
    assert_eq!(value(2, "p").1.as_deref(), Some("q"));
}

#[test]
fn octets_that_are_missing_cost_as_little_as_can_be() {
    let answer = |stream| s(all(&[ok(stream), last(stream, "ok")]));
    let missing = "octets are missing from the capture, and with them where the next frame begins";
    type Case<'a> = (&'a str, &'a [Step], &'a [&'a str], Option<&'a str>);
    let cases: &[Case<'_>] = &[
        (
            "in DATA",
            &[c(post(1)), c(&last(1, "abc")[..10]), Step::ClientGap(Some(1)), c("c"), answer(1), c(get(3)), answer(3)],
            &["#0 POST /dm @3,4,6 \"a\" of 3 Gap | 200 @7 \"ok\" cut", "#1 GET /a @8 \"\" | 200 @9 \"ok\""],
            None,
        ),
        (
            "to the end of DATA",
            &[c(post(1)), c(&last(1, "abc")[..10]), Step::ClientGap(Some(2)), answer(1)],
            &["#0 POST /dm @3,4 \"a\" of 3 Gap | 200 @6 \"ok\" cut"],
            None,
        ),
        (
            "the length of a padding",
            &[
                c(post(1)),
                c(&frame(DATA, PADDED | END_STREAM, 1, "\x01abc\0")[..9]),
                Step::ClientGap(Some(1)),
                c("abc\0"),
                answer(1),
            ],
            &["#0 POST /dm @3,4,6 \"\" Gap | 200 @7 \"ok\" cut"],
            None,
        ),
        (
            "in a frame that carries no message",
            &[c(&frame(PING, 0, 0, "12345678")[..12]), Step::ClientGap(Some(5)), c(get(1)), answer(1)],
            &["#0 GET /a @5 \"\" | 200 @6 \"ok\""],
            None,
        ),
        (
            "in the head of a request",
            &[
                c(&post(1)[..20]),
                Step::ClientGap(Some(2)),
                c(&post(1)[22..]),
                c(last(1, "abc")),
                answer(1),
                c(get(3)),
                answer(3),
            ],
            &["#0 - | 200 @7 \"ok\" [Unsolicited] after-gap cut", "#1 - | 200 @9 \"ok\" [Unsolicited] after-gap cut"],
            Some("octets of a header block are missing from the capture"),
        ),
        (
            "in the head of a response",
            &[
                c(get(1)),
                s(&ok(1)[..20]),
                Step::ServerGap(Some(2)),
                s(&ok(1)[22..]),
                s(last(1, "ok")),
                c(get(3)),
                answer(3),
            ],
            &["#0 GET /a @3 \"\" | - cut", "#1 GET /a @8 \"\" | - after-gap cut"],
            Some("octets of a header block are missing from the capture"),
        ),
        (
            "past the end of a frame of the client",
            &[c(post(1)), c(&data(1, "ab")[..10]), Step::ClientGap(Some(2)), c("c"), c(get(3)), answer(1), answer(3)],
            &[
                "#0 POST /dm @3,4 \"a\" Gap | 200 @8 \"ok\" after-gap cut",
                "#1 - | 200 @9 \"ok\" [Unsolicited] after-gap cut",
            ],
            Some(missing),
        ),
        (
            "between the frames of the server",
            &[c(get(1)), Step::ServerGap(Some(2)), answer(1), c(get(3)), answer(3)],
            &["#0 GET /a @3 \"\" | - cut", "#1 GET /a @6 \"\" | - after-gap cut"],
            Some(missing),
        ),
        (
            "nobody knows how many",
            &[c(get(1)), s(all(&[ok(1), data(1, "o")])), Step::ServerGap(None), s("k"), FINISHED],
            &["#0 GET /a @3 \"\" | 200 @4 \"o\" Gap cut"],
            Some(missing),
        ),
    ];
    for (name, steps, expected, problem) in cases {
        let run = check(name, false, &after_start(steps), expected);
        match problem {
            None => assert_eq!(run.problems, [], "{name}"),
            Some(text) => {
                assert_eq!(run.problems.len(), 1, "{name}: {:?}", run.problems);
                assert_eq!(run.problems[0].kind, ProblemKind::BadHttp);
                assert!(run.problems[0].text.contains(text), "{name}: {}", run.problems[0].text);
            }
        }
    }
}

#[test]
fn heads_that_can_not_be_read_are_reported_once() {
    let long = frame(HEADERS, END_STREAM, 1, vec![0x82; 200]);
    let flood = vec![frame(CONTINUATION, 0, 1, ""); 30_000].concat();
    let answer = |stream| s(all(&[ok(stream), last(stream, "ok")]));
    for (name, head, text) in [
        ("an index that is not there", frame(HEADERS, ALL, 1, [0xff, 0x80, 0x01]), "entry 255"),
        ("a table that is too large", frame(HEADERS, ALL, 1, b"\x3f\xe1\xff\xff\x7f"), "asks for a table"),
        ("a field that does not end", frame(HEADERS, ALL, 1, [0x40]), "past its end"),
        ("padding without end", frame(HEADERS, ALL | PADDED, 1, b"\xffabc"), "shorter than what it must hold"),
        ("no room for a priority", frame(HEADERS, ALL | PRIORITY, 1, "ab"), "shorter than what it must hold"),
        ("a block that is not finished", all(&[frame(HEADERS, 0, 3, ""), get(1)]), "was not finished"),
        ("a continuation of nothing", all(&[frame(CONTINUATION, END_HEADERS, 1, ""), get(1)]), "continues nothing"),
        ("a flood", all(&[long, flood, frame(CONTINUATION, END_HEADERS, 1, "")]), "more than"),
    ] {
        let steps = [c(head), answer(1), c(get(5)), answer(5), FINISHED];
        let run = whole(false, &after_start(&steps));
        let lines = run.lines();
        assert_eq!(
            lines,
            ["#0 - | 200 @4 \"ok\" [Unsolicited] cut", "#1 - | 200 @6 \"ok\" [Unsolicited] cut"],
            "{name}"
        );
        assert_eq!(run.problems.len(), 1, "{name}: {:?}", run.problems);
        assert_eq!(run.problems[0].frame, FrameNo::new(4), "{name}");
        assert!(run.problems[0].text.contains(text), "{name}: {}", run.problems[0].text);
    }
    let steps = [c(get(1)), s(frame(HEADERS, ALL, 1, block(&[(":status", "x")]))), FINISHED];
    let run = check("no status", false, &after_start(&steps), &["#0 GET /a @3 \"\" | - cut"]);
    assert_eq!(run.problems.len(), 1);
    let steps = [c([PREFACE, &get(1)].concat()), FINISHED];
    let run = check("no settings", false, &steps, &[]);
    assert!(run.problems[0].text.contains("does not begin with SETTINGS"));
}

#[test]
fn a_list_that_unfolds_without_end_is_kept_to_the_ceiling() {
    let value = "v".repeat(120);
    let mut head = block(&[(":method", "GET"), (":scheme", "http"), (":path", "/a")]);
    head.extend_from_slice(b"\x40\x01n\x78");
    head.extend_from_slice(value.as_bytes());
    head.extend(vec![0xbe; 100_000]);
    let run = whole(false, &after_start(&[c(frame(HEADERS, ALL, 1, head)), s(all(&[ok(1), last(1, "ok")]))]));
    let request = run.exchanges[0].request.as_ref().unwrap();
    assert_eq!(request.line.target, "/a");
    // `:scheme` is not counted.
    assert_eq!(request.headers.len(), Limits::HTTP_HEADERS + 1);
    assert_eq!(request.anomalies, [Anomaly::TooManyHeaders]);
    assert_eq!(run.problems, []);
}

#[test]
fn trailers_without_end_are_kept_to_the_ceiling_of_a_head() {
    // A field of 3000 octets, once as a literal that enters the table, then as its index.
    let mut first = b"\x40\x01x\x7f\xb9\x16".to_vec();
    first.extend(vec![b'v'; 3_000]);
    let trailer = |number| {
        let fields = if number == 0 { first.clone() } else { vec![0xbe; 20] };
        c(frame(HEADERS, END_HEADERS, 1, fields))
    };
    let steps: Vec<_> = [c(post(1))].into_iter().chain((0..200).map(trailer)).chain([c(last(1, "abc"))]).collect();
    let run = whole(false, &after_start(&[steps, vec![s(all(&[ok(1), last(1, "ok")]))]].concat()));
    let request = run.exchanges[0].request.as_ref().unwrap();
    let kept: usize = request.headers.iter().map(|header| header.name.len() + header.value.len()).sum();
    assert!(kept > 100_000 && kept <= Limits::HTTP_HEAD, "{kept}");
    assert!(request.anomalies.contains(&Anomaly::TooManyHeaders));
    assert_eq!(request.body, b"abc");
}

#[test]
fn streams_have_a_ceiling() {
    let count = Limits::HTTP2_STREAMS as u32 + 2;
    let open: Vec<_> = (0..count).map(|number| c(post(2 * number + 1))).collect();
    let steps: Vec<_> = open.into_iter().chain([s(all(&[ok(1), last(1, "ok")])), FINISHED]).collect();
    let run = whole(false, &after_start(&steps));
    assert_eq!(run.exchanges.len(), count as usize + 1);
    assert!(run.exchanges[..3].iter().all(|exchange| exchange.cut && exchange.response.is_none()));
    // The late answer is not held to be one that nobody asked for.
    assert_eq!(render(&run.exchanges[3]), format!("#{count} - | 200 @{} \"ok\" cut", count + 3));
    assert_eq!(run.problems.len(), 3);
    assert!(run.problems.iter().all(|problem| problem.kind == ProblemKind::BufferLimit));
}

#[test]
fn bodies_are_kept_and_decoded_as_in_http_1() {
    fn xml(headers: &[Header], first: &[u8]) -> bool {
        first.starts_with(b"<") || headers.iter().any(|header| header.name.as_ref() == b"content-encoding")
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, b"<a/>").unwrap();
    let coded = encoder.finish().unwrap();
    let long = "<".repeat(100);
    let gzip = &[(":status", "200"), ("content-encoding", "gzip")];
    let steps = after_start(&[
        c(all(&[get(1), get(3), get(5)])),
        s(all(&[frame(HEADERS, END_HEADERS, 1, block(gzip)), frame(DATA, END_STREAM, 1, &coded)])),
        s(all(&[ok(3), data(3, &long[..70]), last(3, &long[70..])])),
        s(all(&[ok(5), data(5, &"x".repeat(80)), last(5, "y")])),
    ]);
    let singly = replay(false, &steps, xml, &|_, bytes| (1..bytes.len()).collect());
    let run = replay(false, &steps, xml, &|_, _| Vec::new());
    assert_eq!(run.lines(), singly.lines());
    let ends: Vec<_> = run
        .exchanges
        .iter()
        .map(|exchange| exchange.response.as_ref().unwrap())
        .map(|response| (response.body.len(), response.transferred, response.end))
        .collect();
    let expected =
        [(4, coded.len() as u64, BodyEnd::Complete), (100, 100, BodyEnd::Complete), (0, 81, BodyEnd::NotKept)];
    assert_eq!(ends, expected);
    assert_eq!(run.stats.interesting, 2);
}

#[test]
fn tables_of_many_connections_have_a_ceiling() {
    let mut http = Http::new(everything);
    // A table of 64 KiB, and a field that fills it.
    let mut head = b"\x3f\xe1\xff\x03\x40\x01n\x7f\x81\xfd\x03".to_vec();
    head.extend(vec![b'v'; 65_280]);
    let client = [PREFACE, &settings(), &frame(HEADERS, END_HEADERS, 2, head)].concat();
    let flows = (Limits::OPEN_EXCHANGES / 65_280) as u64 + 10;
    let mut number = FrameNo::FIRST;
    for flow in 0..flows {
        let opened = FlowEventKind::Opened { client: endpoint(1, 40_000), server: endpoint(2, 80), mid_stream: false };
        for kind in [opened, FlowEventKind::Data { direction: FlowDirection::ToServer, bytes: &client }] {
            let event = FlowEvent { flow: FlowId(flow), frame: number, time: Timestamp::default(), kind };
            http.event(&event, &mut |_| ());
            number = number.next();
        }
    }
    let problems = http.take_problems();
    assert!(!problems.is_empty() && problems.len() < 30, "{}", problems.len());
    assert!(problems.iter().all(|problem| problem.kind == ProblemKind::BufferLimit));
}

/// Pieces of HTTP/2 and of nothing.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let streams = proptest::sample::select(vec![0u32, 1, 2, 3, 5]);
    let payloads = prop_oneof![
        proptest::sample::select(vec![
            block(POST2),
            block(OK2),
            block(&[(":status", "100")]),
            vec![0x82, 0x84, 0x86],
            vec![0x40, 1, b'a', 1, b'b', 0xbe],
            vec![0x88, 0xbf],
            vec![2, 0x88, 0, 0],
            b"abc".to_vec(),
            Vec::new(),
        ]),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    let kinds = prop_oneof![4 => 0u8..2, 1 => 0u8..11];
    let flags = prop_oneof![
        4 => proptest::sample::select(vec![0, END_STREAM, END_HEADERS, ALL]),
        1 => any::<u8>()
    ];
    prop_oneof![
        12 => (kinds, flags, streams, payloads).prop_map(|(kind, flags, stream, payload)| {
            frame(kind, flags, stream, payload)
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => piece().prop_map(Step::Client),
        8 => piece().prop_map(Step::Server),
        1 => proptest::option::of(0u64..40).prop_map(Step::ClientGap),
        1 => proptest::option::of(0u64..40).prop_map(Step::ServerGap),
        1 => Just(Step::ServerFin),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_frames_give_the_same_exchanges_however_they_are_cut(
        steps in proptest::collection::vec(step(), 0..12), at in 1usize..30,
    ) {
        let steps = after_start(&steps);
        let expected = whole(false, &steps);
        for run in [
            replay(false, &steps, everything, &|_, bytes| (1..bytes.len()).collect()),
            replay(false, &steps, everything, &|_, bytes| if at < bytes.len() { vec![at] } else { Vec::new() }),
        ] {
            prop_assert_eq!(run.lines(), expected.lines());
            prop_assert_eq!(run.stats, expected.stats);
            prop_assert_eq!(run.problems.len(), expected.problems.len());
        }
        let mut ordinals: Vec<_> = expected.exchanges.iter().map(|exchange| exchange.ordinal).collect();
        ordinals.sort_unstable();
        ordinals.dedup();
        prop_assert_eq!(ordinals.len(), expected.exchanges.len());
    }

    #[test]
    fn random_octets_after_the_preface_are_survived(
        client in proptest::collection::vec(any::<u8>(), 0..300),
        server in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let steps = after_start(&[c(&client), s(&server), c(&server), s(&client)]);
        let expected = whole(false, &steps);
        let singly = replay(false, &steps, everything, &|_, bytes| (1..bytes.len()).collect());
        prop_assert_eq!(singly.lines(), expected.lines());
    }
}
