//! Throughput of each layer on input that is built here: `cargo bench`, or `cargo bench --bench layers -- wbxml`.

#![allow(missing_docs, reason = "criterion's macros write functions")]
#![allow(unused_crate_dependencies, reason = "benches share the library's list")]
#![allow(clippy::expect_used, reason = "a bench without its input is none")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dmscope::capture::{Event, Frame, Reader};
use dmscope::dm::{Session, Tracker};
use dmscope::fixture::{Capture, Encoding, Script};
use dmscope::http::{Header, Http};
use dmscope::net::{FlowEventKind, Net};
use dmscope::rules::{Engine, Selection};
use dmscope::syncml::{self, MediaType, xml};
use dmscope::wbxml::{self, Hint};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Cursor;

/// A session with a device that answers many commands at once.
fn script(commands: usize) -> Script {
    let mut text = String::from(
        "device cred=md5:user:secret:bm9uY2U=\n  Alert 1201\n  Replace ./DevInfo/DevId=IMEI:1 ./DevInfo/Man=Acme\n\
         server\n  Status SyncHdr 212 chal=md5:bm9uY2Uy\n  Status * 200\n",
    );
    for number in 0..commands {
        let line = match number % 3 {
            0 => format!("  Get ./DevDetail/Ext/Node{number}\n"),
            1 => format!("  Replace ./Vendor/Policy/Rule{number}=\"value {number} & more of it\" format=chr\n"),
            _ => format!("  Add ./Vendor/Settings/{number}=enabled format=chr type=text/plain\n"),
        };
        text.push_str(&line);
    }
    text.push_str("device\n  Status SyncHdr 212\n  Status * 200\n");
    for number in (0..commands).step_by(3) {
        let _ = writeln!(text, "  Results ./DevDetail/Ext/Node{number}=\"result {number}\"");
    }
    text.push_str("server\n  Status SyncHdr 200\n");
    Script::parse(&text).expect("the script is one")
}

fn body(encoding: Encoding) -> Vec<u8> {
    let script = script(90).with_encoding(encoding).expect("the script can be encoded");
    script.messages().get(1).expect("a server's message").body.clone()
}

fn codecs(criterion: &mut Criterion) {
    let (binary, text) = (body(Encoding::Wbxml), body(Encoding::Xml));
    let mut group = criterion.benchmark_group("wbxml");
    group.throughput(Throughput::Bytes(binary.len() as u64));
    group.bench_function("decode", |bencher| bencher.iter(|| wbxml::decode(black_box(&binary), Hint::default())));
    let document = wbxml::decode(&binary, Hint::default()).expect("a document");
    group.bench_function("encode", |bencher| bencher.iter(|| wbxml::encode(black_box(&document))));
    group.finish();
    let mut group = criterion.benchmark_group("xml");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode", |bencher| bencher.iter(|| xml::decode(black_box(&text))));
    let document = xml::decode(&text).expect("a document");
    group.bench_function("write", |bencher| bencher.iter(|| xml::write_faithful(black_box(&document))));
    group.finish();
    let mut group = criterion.benchmark_group("message");
    for (name, body) in [("wbxml", &binary), ("xml", &text)] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), body, |bencher, body| {
            bencher.iter(|| syncml::decode(black_box(body.clone()), MediaType::Missing));
        });
    }
    group.finish();
}

/// A capture of several sessions at once, with these conditions.
fn capture(network: &str) -> Vec<u8> {
    let encodings = [Encoding::Xml, Encoding::Wbxml];
    let mut capture = Capture::new().interleaved();
    let base = Script::parse(&format!("network {network}\ndevice\n  Alert 1201\n")).expect("a network line");
    for number in 0..40 {
        let encoding = encodings.get(number % 2).copied().unwrap_or_default();
        let script = script(60 + number).with_network(base.network().clone()).expect("the same script");
        capture = capture.script(&script.with_encoding(encoding).expect("the script can be encoded"));
    }
    capture.bytes()
}

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tcp");
    let captures = [
        ("in order", capture("split=1460")),
        ("out of order", capture("split=1460 reorder=20 duplicate=50")),
        ("small segments", capture("split=100")),
    ];
    for (name, file) in &captures {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), file, |bencher, file| {
            bencher.iter(|| reassembled(file));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("http");
    for (name, file) in captures.iter().take(1) {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), file, |bencher, file| {
            bencher.iter(|| sessions(file, false));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("sessions");
    for (name, file) in captures.iter().take(1) {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), file, |bencher, file| {
            bencher.iter(|| sessions(file, true));
        });
    }
    group.finish();
}

fn each_frame(file: &[u8], mut take: impl FnMut(&Frame<'_>)) {
    let mut reader = Reader::open(Box::new(Cursor::new(file.to_vec())));
    while let Some(event) = reader.next() {
        if let Event::Frame(frame) = event {
            take(&frame);
        }
    }
}

/// Octets that came out in order.
fn reassembled(file: &[u8]) -> usize {
    let mut net = Net::new();
    let mut octets = 0;
    each_frame(file, |frame| {
        net.frame(frame, &mut |event| {
            if let FlowEventKind::Data { bytes, .. } = event.kind {
                octets += black_box(bytes).len();
            }
        });
    });
    net.finish(&mut |_| {});
    octets
}

fn everything(_: &[Header], _: &[u8]) -> bool {
    true
}

/// The sessions of a capture, or only its exchanges.
fn sessions(file: &[u8], with_sessions: bool) -> Vec<Session> {
    let mut net = Net::new();
    let mut http = Http::new(everything);
    let mut tracker = Tracker::new();
    let mut found = Vec::new();
    let mut take = |exchange| {
        if with_sessions {
            tracker.exchange(exchange, &mut |finished| found.push(*finished.session));
        } else {
            black_box(exchange);
        }
    };
    each_frame(file, |frame| net.frame(frame, &mut |event| http.event(&event, &mut take)));
    net.finish(&mut |event| http.event(&event, &mut take));
    http.finish(&mut take);
    tracker.finish(&mut |finished| found.push(*finished.session));
    found
}

fn rules(criterion: &mut Criterion) {
    let engine = Engine::new(Selection::default());
    let file = capture("split=1460");
    let sessions = sessions(&file, true);
    let octets =
        sessions.iter().flat_map(|session| &session.entries).map(|entry| entry.message.body().len() as u64).sum();
    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Bytes(octets));
    group.bench_function("all", |bencher| {
        bencher.iter(|| sessions.iter().map(|session| engine.judge(black_box(session)).findings.len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, codecs, streams, rules);
criterion_main!(benches);
