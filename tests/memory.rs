//! What hostile input may make the program hold, in octets. The allocator of this program counts them; there is one test,
//! so that nothing else is counted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]
#![allow(clippy::print_stdout, reason = "the figures are worth seeing: cargo test --test memory -- --nocapture")]

mod traffic;

use dmscope::analysis::{self, Inputs, Options, Sink};
use dmscope::base::{FrameNo, Limits, Timestamp};
use dmscope::capture::sources::Source;
use dmscope::capture::{Frame, LinkType};
use dmscope::dm::Tracker;
use dmscope::http::{BodyEnd, Exchange, Header, Http, HttpMessage, RequestLine};
use dmscope::net::{Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId, Net};
use dmscope::syncml::xml;
use dmscope::tree::Forest;
use dmscope::verdict::JudgedSession;
use dmscope::wbxml::{self, Hint};
use peak_alloc::PeakAlloc;
use std::io::Write;
use std::time::Instant;
use traffic::{Traffic, gzip, message};

#[global_allocator]
static COUNTER: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// Runs something and says how many MiB it held at most, beyond what was held before.
fn peak(what: impl FnOnce()) -> usize {
    let before = COUNTER.current_usage();
    COUNTER.reset_peak_usage();
    what();
    COUNTER.peak_usage().saturating_sub(before).div_ceil(MIB)
}

/// An input and the MiB that reading it may hold. What is made before the reading is not counted.
type Case = (&'static str, usize, Box<dyn FnOnce()>);

fn case(name: &'static str, ceiling: usize, reading: impl FnOnce() + 'static) -> Case {
    (name, ceiling, Box::new(reading))
}

#[test]
fn hostile_input_is_read_in_bounded_memory() {
    let makers: [fn() -> Case; 18] = [
        gzip_bomb,
        empty_xml_elements,
        empty_wbxml_elements,
        string_table,
        nested_opaque,
        endless_body,
        coded_body,
        open_bodies,
        open_heads,
        pipelined_requests,
        http2_tables,
        http2_lists,
        segments_out_of_order,
        tiny_segments_out_of_order,
        fragments,
        connections,
        open_sessions,
        tree,
    ];
    let mut over = Vec::new();
    for make in makers {
        let (name, ceiling, reading) = make();
        let start = Instant::now();
        let held = peak(reading);
        println!("{name}: {held} MiB of {ceiling}, {:.2} s", start.elapsed().as_secs_f32());
        if held > ceiling {
            over.push(format!("{name}: {held} MiB, more than {ceiling}"));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}

struct Nowhere;

impl Sink for Nowhere {
    fn session(&mut self, _: u32, _: &JudgedSession) -> std::io::Result<()> {
        Ok(())
    }
}

/// 96 MiB in less than one: the window grows to the largest record and no further.
fn gzip_bomb() -> Case {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let record = [&[0; 8][..], &(8_u32 << 20).to_le_bytes(), &(8_u32 << 20).to_le_bytes(), &vec![0; 8 << 20]].concat();
    file.write_all(&gzip(std::iter::once(&Traffic::new().file).chain(std::iter::repeat_n(&record, 12)))).unwrap();
    case("a gzip bomb as a capture", 32, move || {
        let source = Source { path: file.path().to_owned(), size: None };
        let options = Options { jobs: std::num::NonZeroUsize::new(1), ..Options::default() };
        analysis::run(&Inputs { sources: vec![source], of_more: false }, &options, &mut Nowhere).unwrap();
    })
}

fn empty_xml_elements() -> Case {
    let body = format!("<SyncML>{}</SyncML>", "<a/>".repeat(MIB / 4));
    case("1 MiB of empty XML elements", 64, move || drop(xml::decode(body.as_bytes())))
}

fn empty_wbxml_elements() -> Case {
    let body = traffic::wbxml(&[&[0x6d][..], &vec![0x06; MIB]].concat());
    case("1 MiB of empty WBXML elements", 192, move || drop(wbxml::decode(&body, Hint::default())))
}

/// Each reference of two octets stands for a whole table.
fn string_table() -> Case {
    let mut body = b"\x03\xa4\x01\x6a\xbf\xff\x7f".to_vec();
    body.resize(body.len() + 0xf_ffff, b'a');
    body.push(0x6d);
    body.extend(b"\x83\x00".repeat(1_000));
    case("a string table of 1 MiB, a thousand times", 40, move || drop(wbxml::decode(&body, Hint::default())))
}

/// Documents inside each other, each copied out of the one around it.
fn nested_opaque() -> Case {
    let mut body = traffic::wbxml(&[b"\x6d\x4f\x03", &vec![b'x'; MIB][..], b"\0\x01\x01"].concat());
    for _ in 0..20 {
        let length = body.len() as u32;
        let number =
            [0x80 | (length >> 21) as u8, 0x80 | (length >> 14) as u8, 0x80 | (length >> 7) as u8, length as u8 & 0x7f];
        body = traffic::wbxml(&[b"\x6d\x4f\xc3", &number[..], &body, b"\x01\x01"].concat());
    }
    case("1 MiB in twenty documents inside each other", 24, move || drop(wbxml::decode(&body, Hint::default())))
}

fn everything(_: &[Header], _: &[u8]) -> bool {
    true
}

/// An HTTP layer, and connections to it.
struct Line {
    http: Http,
    frame: FrameNo,
    exchanges: usize,
    octets: usize,
}

impl Line {
    fn new() -> Self {
        Self { http: Http::new(everything), frame: FrameNo::FIRST, exchanges: 0, octets: 0 }
    }

    fn tell(&mut self, flow: u64, kind: FlowEventKind<'_>) {
        self.frame = self.frame.next();
        let event = FlowEvent { flow: FlowId(flow), frame: self.frame, time: Timestamp::default(), kind };
        self.http.event(&event, &mut |exchange| {
            self.exchanges += 1;
            self.octets += exchange.request.map_or(0, |request| request.body.len());
        });
    }

    fn open(&mut self, flow: u64) {
        let end = |port| Endpoint { address: std::net::Ipv4Addr::LOCALHOST.into(), port };
        self.tell(flow, FlowEventKind::Opened { client: end(40_000), server: end(80), mid_stream: false });
    }

    fn send(&mut self, flow: u64, bytes: &[u8]) {
        self.tell(flow, FlowEventKind::Data { direction: FlowDirection::ToServer, bytes });
    }

    fn finish(mut self) -> (usize, usize) {
        let (mut exchanges, mut octets) = (self.exchanges, self.octets);
        self.http.finish(&mut |exchange| {
            exchanges += 1;
            octets += exchange.request.map_or(0, |request| request.body.len());
        });
        (exchanges, octets)
    }
}

fn endless_body() -> Case {
    let piece = vec![b'x'; MIB];
    case("a body of 300 MiB", 40, move || {
        let mut line = Line::new();
        line.open(0);
        line.send(0, format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", 300 * MIB).as_bytes());
        for _ in 0..300 {
            line.send(0, &piece);
        }
        assert_eq!(line.finish(), (1, Limits::BODY));
    })
}

fn coded_body() -> Case {
    let bomb = gzip(std::iter::repeat_n(vec![b'x'; MIB], 64));
    let head = format!("POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    case("a body that unfolds to 64 MiB", 40, move || {
        let mut line = Line::new();
        line.open(0);
        line.send(0, head.as_bytes());
        line.send(0, &bomb);
        assert_eq!(line.finish(), (1, Limits::DECODED_BODY));
    })
}

fn open_bodies() -> Case {
    let piece = vec![b'x'; MIB];
    case("200 bodies of 1 MiB under way", 136, move || {
        let mut line = Line::new();
        for flow in 0..200 {
            line.open(flow);
            line.send(flow, format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", 2 * MIB).as_bytes());
            line.send(flow, &piece);
        }
        line.finish();
    })
}

fn open_heads() -> Case {
    let piece = format!("X: {}\r\n", "y".repeat(10_000)).repeat(18);
    case("1000 heads of 180 kB under way", 96, move || {
        let mut line = Line::new();
        for flow in 0..1_000 {
            line.open(flow);
            line.send(flow, b"POST / HTTP/1.1\r\n");
            line.send(flow, piece.as_bytes());
        }
        line.finish();
    })
}

fn pipelined_requests() -> Case {
    let request =
        b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n".iter().copied().chain([b'x'; 1_000]).collect::<Vec<u8>>();
    let many = request.repeat(1_000);
    case("100 000 requests without a response", 8, move || {
        let mut line = Line::new();
        line.open(0);
        for _ in 0..100 {
            line.send(0, &many);
        }
        assert_eq!(line.finish().0, 100_000);
    })
}

/// The preface, SETTINGS, and a header block on a stream.
fn http2(block: &[u8]) -> Vec<u8> {
    let length = u32::try_from(block.len()).unwrap().to_be_bytes();
    let start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    [start, &length[1..], b"\x01\x04\0\0\0\x01", block].concat()
}

/// Tables of 64 KiB, full of entries of one octet, which three octets send.
fn http2_tables() -> Case {
    let octets = http2(&[b"\x82\x84\x86\x3f\xe1\xff\x03", &b"\x40\x01a\0".repeat(2_000)[..]].concat());
    case("3000 tables of HTTP/2 that are full", 136, move || {
        let mut line = Line::new();
        for flow in 0..3_000 {
            line.open(flow);
            line.send(flow, &octets);
        }
        line.finish();
    })
}

/// A field of 4000 octets, which one octet sends again, in the heads of many streams that stay open.
fn http2_lists() -> Case {
    let field = [b"\x40\x01a\x7f\xa1\x1e", &[b'v'; 4_000][..]].concat();
    let mut octets = http2(&[b"\x82\x84\x86", &field[..]].concat());
    for stream in 1..900_u32 {
        octets.extend(b"\0\0\x40\x01\x04");
        octets.extend((2 * stream + 1).to_be_bytes());
        octets.extend(b"\x82\x84\x86");
        octets.extend([0xbe; 61]);
    }
    case("9000 heads of HTTP/2 that unfold to 240 kB each", 136, move || {
        let mut line = Line::new();
        for flow in 0..10 {
            line.open(flow);
            // In pieces, as packets are.
            octets.chunks(1_400).for_each(|piece| line.send(flow, piece));
        }
        line.finish();
    })
}

/// Reads frames that never live longer than their reading.
fn net(packets: impl Iterator<Item = Vec<u8>>) {
    let mut net = Net::new();
    let mut number = FrameNo::FIRST;
    for packet in packets {
        let frame = Frame {
            number,
            time: Some(Timestamp::from_nanos(i64::try_from(number.get()).unwrap() * 1_000)),
            link_type: LinkType(101),
            interface: 0,
            data: &packet,
            original_len: u32::try_from(packet.len()).unwrap(),
            direction: None,
            comment: None,
        };
        net.frame(&frame, &mut |_| {});
        number = number.next();
    }
    net.finish(&mut |_| {});
}

/// A TCP packet with data, of a connection of its own for each `connection`.
fn segment(connection: u32, at: u32, length: usize) -> Vec<u8> {
    let [_, a, b, c] = connection.to_be_bytes();
    let mut packet = vec![0x45, 0];
    packet.extend(u16::try_from(40 + length).unwrap().to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 10, a, b, c, 198, 51, 100, 1, 0x9c, 0x40, 0, 80]);
    packet.extend(at.to_be_bytes());
    packet.extend([0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
    packet.resize(40 + length, b'x');
    packet
}

fn segments_out_of_order() -> Case {
    case("100 connections with 2 MiB out of order each", 48, || {
        net((0..100).flat_map(|connection| {
            std::iter::once(segment(connection, 1, 10))
                .chain((0..40).map(move |number| segment(connection, 1_000 + 60_000 * number, 50_000)))
        }));
    })
}

fn tiny_segments_out_of_order() -> Case {
    case("300 000 octets out of order, each alone", 40, || {
        net((0..6).flat_map(|connection| {
            std::iter::once(segment(connection, 1, 10))
                .chain((0..50_000).map(move |number| segment(connection, 1_000 + 2 * number, 1)))
        }));
    })
}

fn fragments() -> Case {
    case("3000 datagrams of which one fragment is there", 24, || {
        net((0..3_000_u16).map(|number| {
            let mut packet = vec![0x45, 0, 0xea, 0x74];
            packet.extend(number.to_be_bytes());
            // "More fragments", at offset 8.
            packet.extend([0x20, 1, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]);
            packet.resize(60_020, b'x');
            packet
        }));
    })
}

fn connections() -> Case {
    case("100 000 connections", 64, || net((0..100_000).map(|number| segment(number, 1, 2))))
}

/// Sessions of many devices, none of which ends.
fn open_sessions() -> Case {
    case("1000 open sessions with a message of 100 kB each", 200, || {
        let mut tracker = Tracker::new();
        let mut frame = FrameNo::FIRST;
        for number in 0..1_000_u64 {
            let content = format!("<Alert><CmdID>1</CmdID><Data>{}</Data></Alert>", "x".repeat(100_000));
            let body = message(&number.to_string(), false, 1, &content).into_bytes();
            tracker.exchange(request(number, frame, body), &mut |_| {});
            frame = frame.next();
        }
        tracker.finish(&mut |_| {});
    })
}

/// A tree of 100 000 nodes: what sessions tell, the journal, the tree at its end, and a walk through all of it. The sessions
/// themselves are not counted.
fn tree() -> Case {
    const EACH: usize = 10_000;
    let mut sessions = Vec::new();
    let mut frame = FrameNo::FIRST;
    for number in 0..10_u64 {
        let mut tracker = Tracker::new();
        let items = |at: usize| {
            format!(
                "<Item><Source><LocURI>./V/b{number}/node-{at}</LocURI></Source><Meta><Format xmlns='syncml:metinf'>chr\
                 </Format></Meta><Data>value {number} {at}</Data></Item>"
            )
        };
        let replace: String = (0..EACH).map(items).collect();
        let content = format!("<Replace><CmdID>1</CmdID>{replace}</Replace>");
        tracker.exchange(request(number, frame, message("1", false, 1, &content).into_bytes()), &mut |_| {});
        frame = frame.next();
        tracker.finish(&mut |finished| sessions.push(finished.session));
    }
    case("a tree of 100 000 nodes", 64, move || {
        let mut forest = Forest::default();
        for (number, session) in (1..).zip(&sessions) {
            forest.take(number, session);
        }
        let journals = forest.journals();
        assert_eq!(journals.len(), 1);
        let tree = journals[0].end();
        assert_eq!(tree.rows().count(), 100_000 + 10 + 2);
    })
}

fn request(flow: u64, frame: FrameNo, body: Vec<u8>) -> Exchange {
    let end = |port| Endpoint { address: std::net::Ipv4Addr::LOCALHOST.into(), port };
    let media = Header { name: b"Content-Type"[..].into(), value: traffic::XML.as_bytes().into() };
    let request = HttpMessage {
        line: RequestLine {
            method: "POST".to_owned(),
            target: "/dm".to_owned(),
            version: dmscope::http::HttpVersion::Http1 { minor: 1 },
        },
        headers: vec![media],
        transferred: body.len() as u64,
        body,
        end: BodyEnd::Complete,
        was_sent_whole: true,
        coding: None,
        frames: vec![frame],
        started: Timestamp::default(),
        ended: Timestamp::default(),
        anomalies: Vec::new(),
    };
    Exchange {
        flow: FlowId(flow),
        client: end(40_000),
        server: end(80),
        ordinal: 0,
        request: Some(request),
        response: None,
        tls: false,
        secured: None,
        after_gap: false,
        cut: false,
    }
}
