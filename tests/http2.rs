//! The sample captures, said again in HTTP/2: the reports are the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;
mod traffic;

use dmscope::base::Direction;
use dmscope::capture::{Event, Reader};
use dmscope::http::{Exchange, Header, Http};
use dmscope::net::{FlowId, Net};
use dmscope::verdict::{Report, RuleReport};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use traffic::Traffic;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn everything(_: &[Header], _: &[u8]) -> bool {
    true
}

/// The exchanges of a capture, in the order of their connections.
fn exchanges(path: &str) -> BTreeMap<FlowId, Vec<Exchange>> {
    let mut reader = Reader::open(Box::new(File::open(path).unwrap()));
    let (mut net, mut http) = (Net::new(), Http::new(everything));
    let mut exchanges: BTreeMap<FlowId, Vec<Exchange>> = BTreeMap::new();
    let mut take = |exchange: Exchange| exchanges.entry(exchange.flow).or_default().push(exchange);
    while let Some(event) = reader.next() {
        if let Event::Frame(frame) = event {
            net.frame(&frame, &mut |event| http.event(&event, &mut take));
        }
    }
    net.finish(&mut |event| http.event(&event, &mut take));
    http.finish(&mut take);
    exchanges
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[length[1], length[2], length[3], kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// A sender of header blocks that lets every field enter its table, and refers to those that are there.
#[derive(Default)]
struct Sender {
    table: VecDeque<(Vec<u8>, Vec<u8>)>,
    size: usize,
}

fn number(out: &mut Vec<u8>, pattern: u8, prefix: u8, mut value: usize) {
    let mask = (1usize << prefix) - 1;
    if value < mask {
        return out.push(pattern | u8::try_from(value).unwrap());
    }
    out.push(pattern | u8::try_from(mask).unwrap());
    value -= mask;
    while value >= 128 {
        out.push(u8::try_from(value % 128).unwrap() | 128);
        value /= 128;
    }
    out.push(u8::try_from(value).unwrap());
}

impl Sender {
    fn block<'a>(&mut self, fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in fields {
            let name = name.to_ascii_lowercase();
            if let Some(at) = self.table.iter().position(|(known, with)| *known == name && with == value) {
                number(&mut out, 0x80, 7, 62 + at);
                continue;
            }
            out.push(0x40);
            for text in [&name, value] {
                number(&mut out, 0, 7, text.len());
                out.extend_from_slice(text);
            }
            self.size += name.len() + value.len() + 32;
            self.table.push_front((name, value.to_vec()));
            while self.size > 4_096 {
                let (name, value) = self.table.pop_back().unwrap();
                self.size -= name.len() + value.len() + 32;
            }
        }
        out
    }

    /// A message: its head in two frames, its body in frames of 1000 octets, some of them padded.
    fn message(&mut self, stream: u32, pseudo: &[(&str, &str)], headers: &[Header], body: &[u8]) -> Vec<u8> {
        let of_http_1 = |name: &[u8]| {
            ["connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length", "host"]
                .iter()
                .any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
        };
        let pseudo = pseudo.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let headers = headers.iter().map(|header| (&*header.name, &*header.value));
        let block = self.block(pseudo.chain(headers.filter(|(name, _)| !of_http_1(name))));
        let (first, second) = block.split_at(block.len() / 2);
        let mut out = frame(1, 0, stream, first);
        out.extend(frame(9, 4, stream, second));
        for (number, piece) in body.chunks(1_000).enumerate() {
            if number % 2 == 1 {
                out.extend(frame(0, 8, stream, &[&[3], piece, &[0; 3]].concat()));
            } else {
                out.extend(frame(0, 0, stream, piece));
            }
            out.extend(frame(6, 0, 0, b"12345678"));
        }
        out.extend(frame(0, 1, stream, b""));
        out
    }
}

/// Says the exchanges of a capture again in HTTP/2, in small segments.
fn said_again(path: &str) -> Vec<u8> {
    let mut traffic = Traffic::new();
    for (port, exchanges) in (40_000..).zip(exchanges(path).into_values()) {
        let mut connection = traffic.open(port);
        let (mut client, mut server) = (Sender::default(), Sender::default());
        let mut say = |from_server, octets: &[u8]| {
            for piece in octets.chunks(700) {
                traffic.send(&mut connection, from_server, piece);
            }
        };
        say(true, &frame(4, 0, 0, b""));
        say(false, &[PREFACE, &frame(4, 0, 0, b"")].concat());
        for (stream, exchange) in (1..).step_by(2).zip(&exchanges) {
            let request = exchange.request.as_ref().unwrap();
            let pseudo = [
                (":method", request.line.method.as_str()),
                (":scheme", "http"),
                (":authority", request.header("host").unwrap()),
                (":path", request.line.target.as_str()),
            ];
            say(false, &client.message(stream, &pseudo, &request.headers, &request.body));
            if let Some(response) = &exchange.response {
                let status = response.line.status.to_string();
                say(true, &server.message(stream, &[(":status", &status)], &response.headers, &response.body));
            }
        }
        traffic.close(&connection);
    }
    traffic.file
}

fn report(path: &str) -> Report {
    let run = program::dmscope(["analyze", "--format", "json", path]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{path}: {error}: {}", run.stderr))
}

#[test]
fn sessions_over_http_2_are_judged_as_those_over_http_1() {
    let folder = tempfile::tempdir().unwrap();
    let mut messages = 0;
    for name in [
        "01-xml-basic.pcap",
        "03-wbxml-md5-challenge.pcapng",
        "09-large-object.pcap",
        "10-atomic.pcap",
        "16-binary-utf8.pcap",
    ] {
        let path = format!("captures/{name}");
        let expected = report(&path);
        let again = folder.path().join("again.pcap");
        std::fs::write(&again, said_again(&path)).unwrap();
        let found = report(again.to_str().unwrap());
        assert_eq!(found.inputs[0].problems, [], "{name}");
        // What protects the connection and how bodies end is another matter in HTTP/2, and between other addresses.
        let of_messages = |report: &Report| -> Vec<RuleReport> {
            report.rules.iter().filter(|rule| !["HTTP-001", "HTTP-021"].contains(&&*rule.id)).cloned().collect()
        };
        assert_eq!(of_messages(&found), of_messages(&expected), "{name}: the tallies of rules");
        assert_eq!(found.sessions.len(), expected.sessions.len(), "{name}");
        for (found, expected) in found.sessions.iter().zip(&expected.sessions) {
            assert_eq!((&found.device, found.end), (&expected.device, expected.end), "{name}");
            assert_eq!(found.verdict, expected.verdict, "{name}");
            assert_eq!(found.auth, expected.auth, "{name}");
            assert_eq!(found.messages.len(), expected.messages.len(), "{name}");
            for (found, expected) in found.messages.iter().zip(&expected.messages) {
                messages += 1;
                assert_eq!(found.commands, expected.commands, "{name}");
                assert_eq!((found.bytes, &found.msg_id), (expected.bytes, &expected.msg_id), "{name}");
                let request = found.direction == Direction::DeviceToServer;
                assert_eq!(found.http.path.is_some(), request, "{name}");
                assert_eq!(found.http.status, expected.http.status, "{name}");
                assert_eq!(found.http.version.as_deref(), Some("HTTP/2"), "{name}");
                assert_eq!(expected.http.version, None, "{name}");
            }
        }
    }
    assert!(messages > 50, "{messages}");
}
