//! Framing, pairing, gaps and oddities.

use super::*;

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
            &["#0 POST /dm @1,2,3,4 \"abc0123456789\" | 200 @5 \"ok\"", "#1 POST /dm @6 \"abc\" | 200 @7 \"ok\""],
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
        ("no answer", &[c(POST), Step::ClientFin, Step::ServerFin, FINISHED], &["#0 POST /dm @1 \"abc\" | -"]),
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
            &["#0 POST /dm @1,3 \"abc\" of 9 Gap | 200 @4 \"ok\" cut", "#1 POST /dm @5 \"abc\" | 200 @6 \"ok\""],
        ),
        (
            "at the end of a body",
            &[c("POST /dm HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"), Step::ClientGap(Some(6)), s(OK), c(POST), s(OK)],
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
            &["#0 POST /dm @1,3 \"ab\" of 7 Gap | 200 @4 \"ok\" cut"],
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
            &["#0 GET /a @1 \"\" | 200 @2,4 \"ab\" of 4 Gap cut"],
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
            &["#0 - | 200 @2 \"ok\" [Unsolicited] after-gap cut", "#1 POST /dm @3 \"abc\" | 200 @4 \"ok\" after-gap"],
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
            &["#0 - | 200 @1 \"\" [Unsolicited] after-gap cut", "#1 POST /dm @2 \"abc\" | 200 @3 \"ok\" after-gap"],
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
            &[c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nxyz\r\n"), s(OK), c(POST), s(OK)],
            &[
                "#0 POST /dm @1 \"ab\" Truncated { missing: None } [BadChunk { offset: 2 }] | 200 @2 \"ok\"",
                "#1 POST /dm @3 \"abc\" [Garbage { octets: 5 }] | 200 @4 \"ok\"",
            ],
        ),
        (
            "a chunk size that overflows",
            &[c(GET), s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), c(GET), s(OK)],
            &[
                "#0 GET /a @1 \"\" | 200 @2 \"\" Truncated { missing: None } [BadChunk { offset: 0 }]",
                "#1 GET /a @3 \"\" | 200 @4 \"ok\" [Garbage { octets: 18 }]",
            ],
        ),
        (
            "a chunk that does not end where it should",
            &[c("POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"), s(OK), c(POST), s(OK)],
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
