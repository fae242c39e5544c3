use super::*;

#[test]
fn the_first_octets_tell_http_from_the_rest() {
    for (bytes, want, expected) in [
        (&b"POST /dm HTTP/1.1\r\n"[..], Want::Request, Probe::Http),
        (b"post /dm HTTP/1.1\n", Want::Request, Probe::Http),
        (b"POST /dm\r\n", Want::Request, Probe::Http),
        (b"POST http://h/dm HTTP/1.0\r\n", Want::Request, Probe::Http),
        (b"CONNECT h:443 HTTP/1.1\r\n", Want::Request, Probe::Http),
        (b"BREW /pot HTTP/1.1\r\n", Want::Request, Probe::Http),
        (b"P", Want::Request, Probe::More),
        (b"POST /d", Want::Request, Probe::More),
        (b"HEAD / HTTP/1.1\r\n", Want::Either, Probe::Http),
        (b"H", Want::Either, Probe::More),
        (b"HTTP/1.1 200 OK", Want::Either, Probe::Http),
        (b"HTTP/1.1 200 OK", Want::Request, Probe::No),
        (b"HTTP/1.1 200\r", Want::Response, Probe::Http),
        (b"HTTP/1.1 200", Want::Response, Probe::More),
        (b"HTTP/1.1 20", Want::Response, Probe::More),
        (b"HTTP/1.1\r\n", Want::Response, Probe::No),
        (b"HTTP/2 200 OK\r\n", Want::Response, Probe::No),
        (b"HTTP/1.1 2000 \r\n", Want::Response, Probe::No),
        (b"PRI * HTTP/2.0\r\n", Want::Either, Probe::Http2),
        (b"PRI * HTTP/2.0\r", Want::Either, Probe::More),
        (b"PRI * HTTP/2.0\n", Want::Either, Probe::No),
        (b"PRI * HTTP/2.0\r\n", Want::Response, Probe::No),
        (b"\0\0\x12\x04\0\0\0\0\0", Want::Either, Probe::Http2Server),
        (b"\0\0\x12\x04\0\0\0\0\0", Want::Request, Probe::No),
        (b"\0\0\x12\x04", Want::Either, Probe::More),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Want::Either, Probe::No),
        (b"SSH-2.0-", Want::Either, Probe::More),
        (b"EHLO host\r\n", Want::Either, Probe::No),
        (b"220 host ESMTP\r\n", Want::Either, Probe::No),
        (b"get key\r\n", Want::Either, Probe::No),
        (b"*3\r\n", Want::Either, Probe::No),
        (b"POST \0\x01", Want::Either, Probe::No),
        (b"\x16\x03\x01", Want::Either, Probe::Tls),
        (b"\x17\x03\x03", Want::Either, Probe::Tls),
        (b"\x16", Want::Either, Probe::More),
        (b"\x16\x02", Want::Either, Probe::No),
        (b"\0\x01", Want::Either, Probe::No),
        (b"<SyncML>", Want::Either, Probe::No),
        (b"\x02\xa4\x01\x6a", Want::Either, Probe::No),
    ] {
        assert_eq!(probe(bytes, 0, want, false), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_method_without_end_is_no_http() {
    assert_eq!(probe(&[b'A'; 32], 0, Want::Either, false), Probe::More);
    assert_eq!(probe(&[b'A'; 33], 0, Want::Either, false), Probe::No);
}

fn odd(head: &str) -> (Head, Vec<Anomaly>) {
    let head = parse(head.as_bytes()).unwrap();
    let anomalies = head.anomalies.clone();
    (head, anomalies)
}

fn fields(head: &Head) -> Vec<(String, String)> {
    head.headers.iter().map(|header| (text(&header.name), text(&header.value))).collect()
}

#[test]
fn each_oddity_of_a_header_line_is_noted_with_its_offset_and_the_header_is_kept() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (lines, headers, anomalies) in [
        ("A: b\r\nC:d \r\n", vec![pair("A", "b"), pair("C", "d")], vec![]),
        ("A : b\r\n", vec![pair("A", "b")], vec![Anomaly::BlankBeforeColon { offset: 16 }]),
        (
            "A: b\r\n c\r\n\td\r\nE: f\r\n",
            vec![pair("A", "b c d"), pair("E", "f")],
            vec![Anomaly::Folded { offset: 22 }, Anomaly::Folded { offset: 26 }],
        ),
        (" A: b\r\n", vec![pair("A", "b")], vec![Anomaly::Folded { offset: 16 }]),
        ("A: b\0c\r\n", vec![pair("A", "b\0c")], vec![Anomaly::ControlInValue { offset: 16 }]),
        ("A: b\rc\r\n", vec![pair("A", "b\rc")], vec![Anomaly::ControlInValue { offset: 16 }]),
        ("nonsense\r\nA: b\r\n", vec![pair("A", "b")], vec![Anomaly::NoColon { offset: 16 }]),
        (": b\r\n", vec![], vec![Anomaly::NoColon { offset: 16 }]),
        (
            "A: b\nC : d\r\n",
            vec![pair("A", "b"), pair("C", "d")],
            vec![Anomaly::BareLineFeed { offset: 20 }, Anomaly::BlankBeforeColon { offset: 21 }],
        ),
        ("A:\r\n", vec![pair("A", "")], vec![]),
    ] {
        let (head, seen) = odd(&format!("GET / HTTP/1.1\r\n{lines}\r\n"));
        assert_eq!(fields(&head), headers, "{lines:?}");
        assert_eq!(seen, anomalies, "{lines:?}");
    }
}

#[test]
fn odd_start_lines_are_understood() {
    for (line, method, target, minor, count) in [
        ("GET / HTTP/1.1", "GET", "/", 1, 0),
        ("get / HTTP/1.0", "get", "/", 0, 1),
        ("GET  / HTTP/1.1", "GET", "/", 1, 1),
        ("GET /a b HTTP/1.1", "GET", "/a b", 1, 1),
        ("GET /", "GET", "/", 0, 1),
        ("GET / http/1.1", "GET", "/", 1, 1),
        ("GET HTTP/1.1", "GET", "", 1, 1),
        ("POST\t/\tHTTP/1.1 ", "POST", "/", 1, 1),
    ] {
        let (head, anomalies) = odd(&format!("{line}\r\n\r\n"));
        let StartLine::Request(request) = head.line else { panic!("{line}") };
        assert_eq!(
            (request.method.as_str(), request.target.as_str(), request.version),
            (method, target, HttpVersion::Http1 { minor })
        );
        assert_eq!(anomalies.len(), count, "{line}: {anomalies:?}");
    }
    for (line, status, reason, count) in [
        ("HTTP/1.1 200 OK", 200, "OK", 0),
        ("HTTP/1.1 200", 200, "", 0),
        ("HTTP/1.0 999 ", 999, "", 0),
        ("HTTP/1.1  404  Not Found", 404, "Not Found", 1),
        ("http/1.1 200 OK", 200, "OK", 1),
        ("HTTP/1.1 200OK", 200, "OK", 1),
    ] {
        let (head, anomalies) = odd(&format!("{line}\r\n\r\n"));
        let StartLine::Response(response) = head.line else { panic!("{line}") };
        assert_eq!((response.status, response.reason.as_str()), (status, reason));
        assert_eq!(anomalies.len(), count, "{line}: {anomalies:?}");
    }
}

#[test]
fn a_reason_in_latin_1_does_not_hide_the_headers() {
    let head = parse(b"HTTP/1.1 401 Non autoris\xe9\r\nA: \xe9\r\n\r\n").unwrap();
    assert_eq!(head.headers[0].value.as_ref(), b"\xe9");
    let StartLine::Response(line) = head.line else { panic!() };
    assert_eq!(line.reason, "Non autoris\u{fffd}");
}

#[test]
fn framing_headers_are_kept_past_the_ceiling() {
    let mut bytes = b"GET / HTTP/1.1\r\n".to_vec();
    for _ in 0..2_000 {
        bytes.extend_from_slice(b"X: y\r\n");
    }
    bytes.extend_from_slice(b"Content-Length: 3\r\n\r\n");
    let head = parse(&bytes).unwrap();
    assert_eq!(head.headers.len(), Limits::HTTP_HEADERS + 1);
    assert_eq!(head.anomalies, [Anomaly::TooManyHeaders]);
}

#[test]
fn the_blank_line_is_found_wherever_the_head_is_cut() {
    for head in ["a\r\nb\r\n\r\n", "a\nb\n\n", "a\r\n\n", "a\n\r\n", "a\r\n\rb\r\n\r\n"] {
        for cut in 0..head.len() {
            let (front, back) = head.as_bytes().split_at(cut);
            let carry = blank_line(Carry::Text, front).unwrap_err();
            assert_eq!(blank_line(carry, back), Ok(back.len()), "{head:?} cut at {cut}");
        }
    }
}
