//! Each fault, once, from outside: what the server gets, what the device gets, what the recording says, and that the next
//! exchange is right.

use super::house::{PATIENCE, Proxy, Server, analyze, ask, post, request, response, session};
use super::program::Folder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How messages are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Length,
    Chunks,
    /// The device waits for 100 (Continue) before it sends the body.
    Expect,
}

fn in_chunks(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in body.chunks(100) {
        out.extend(format!("{:x}\r\n", chunk.len()).bytes().chain(chunk.iter().copied()).chain(*b"\r\n"));
    }
    out.extend(b"0\r\n\r\n");
    out
}

/// A server of a session that keeps the bodies that it got.
struct Lab {
    server: Server,
    got: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Which answer comes next.
    next: Arc<AtomicUsize>,
    media: &'static str,
    exchanges: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Lab {
    fn new(capture: &str, shape: Shape) -> Self {
        let (media, exchanges) = session(capture);
        let got: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let next: Arc<AtomicUsize> = Arc::default();
        let (all, answers, wanted) = (Arc::clone(&got), exchanges.clone(), Arc::clone(&next));
        let server = Server::start(move |pending| {
            if let Some(at) = pending.windows(12).position(|window| window == b"100-continue") {
                pending[at] = b'_';
                return Some(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
            }
            let Some((_, body)) = request(pending) else { return Some(Vec::new()) };
            let (_, answer) = &answers[wanted.load(Ordering::SeqCst)];
            all.lock().unwrap().push(body);
            Some(match shape {
                Shape::Chunks => [
                    format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .as_bytes(),
                    &in_chunks(answer),
                ]
                .concat(),
                _ => response(media, answer),
            })
        });
        Self { server, got, next, media, exchanges }
    }

    fn send(&self, stream: &mut TcpStream, shape: Shape, body: &[u8]) {
        let head = format!("POST /dm HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\n", self.media);
        let length = format!("Content-Length: {}\r\n", body.len());
        match shape {
            Shape::Length => stream.write_all(&[format!("{head}{length}\r\n").as_bytes(), body].concat()).unwrap(),
            Shape::Chunks => {
                let head = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
                stream.write_all(&[head.as_bytes(), &in_chunks(body)].concat()).unwrap();
            }
            Shape::Expect => {
                stream.write_all(format!("{head}{length}Expect: 100-continue\r\n\r\n").as_bytes()).unwrap();
                assert_eq!(read_answer(stream), (100, Vec::new()));
                stream.write_all(body).unwrap();
            }
        }
    }

    fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.got.lock().unwrap())
    }
}

/// Status and body; status 0 where there is no whole answer.
fn read_answer(stream: &mut TcpStream) -> (u16, Vec<u8>) {
    let mut answer = Vec::new();
    let mut one = [0; 1];
    let mut until = |end: &dyn Fn(&[u8]) -> bool, answer: &mut Vec<u8>| {
        while !end(answer) {
            match stream.read(&mut one) {
                Ok(1) => answer.push(one[0]),
                _ => return false,
            }
        }
        true
    };
    if !until(&|answer| answer.ends_with(b"\r\n\r\n"), &mut answer) {
        return (0, answer);
    }
    let head = String::from_utf8(answer).unwrap().to_lowercase();
    let status = head[9..12].parse().unwrap();
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        loop {
            let mut line = Vec::new();
            assert!(until(&|line| line.ends_with(b"\r\n"), &mut line));
            let size = usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim(), 16).unwrap();
            let mut chunk = Vec::new();
            assert!(until(&|chunk| chunk.len() == size + 2, &mut chunk));
            if size == 0 {
                return (status, body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
    let length = head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let whole = until(&|body| body.len() == length, &mut body);
    (if whole { status } else { 0 }, body)
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn has(octets: &[u8], what: &str) -> bool {
    octets.windows(what.len()).any(|window| window == what.as_bytes())
}

/// What one side gets of a message.
type Seen = fn(sent: &[u8], got: &[u8]) -> bool;

const SAME: Seen = |sent, got| sent == got;
const CUT: Seen = |sent, got| *got == sent[..10];
const CORRUPT: Seen = |sent, got| {
    sent.len() == got.len()
        && sent.iter().zip(got).filter(|(one, other)| one != other).count() == 1
        && sent[17] != got[17]
};
const NO_FINAL: Seen = |sent, got| has(sent, "<Final") && !has(got, "<Final") && got.len() < sent.len();
const MSGID: Seen = |_, got| has(got, "<MsgID>77</MsgID>");
const SHORTER: Seen = |sent, got| got.len() < sent.len();

#[test]
fn each_fault_of_a_message_does_what_it_says_in_every_framing() {
    // The fault; whether on the device's message; what comes of it.
    let cases: [(&str, bool, Seen); 10] = [
        ("delay 1ms on client once", true, SAME),
        ("delay 1ms on server once", false, SAME),
        ("truncate 10 on client once", true, CUT),
        ("truncate 10 on server once", false, CUT),
        ("corrupt 17 on client once", true, CORRUPT),
        ("corrupt 17 on server once", false, CORRUPT),
        ("drop-final on client once", true, NO_FINAL),
        ("drop-final on server once", false, NO_FINAL),
        ("msgid 77 on client once", true, MSGID),
        ("strip-status all on server once", false, SHORTER),
    ];
    for shape in [Shape::Length, Shape::Chunks, Shape::Expect] {
        let lab = Lab::new("01-xml-basic.pcap", shape);
        for (fault, on_client, seen) in cases {
            let what = format!("{fault}, {shape:?}");
            let folder = Folder::new();
            let recording = folder.path("r.pcapng");
            let recording = recording.to_str().unwrap();
            let url = lab.server.url();
            let proxy = Proxy::start(["--upstream", &url, "--no-analysis", "--record", recording, "--fault", fault]);
            let mut stream = connect(&proxy);
            for (at, (asked, answer)) in lab.exchanges.iter().take(2).enumerate() {
                lab.next.store(at, Ordering::SeqCst);
                lab.send(&mut stream, shape, asked);
                let (status, got) = read_answer(&mut stream);
                assert_eq!(status, 200, "{what}");
                let (up, down): (Seen, Seen) = match (at, on_client) {
                    (0, true) => (seen, SAME),
                    (0, false) => (SAME, seen),
                    _ => (SAME, SAME),
                };
                let sent = lab.take();
                assert_eq!(sent.len(), 1, "{what}");
                assert!(up(asked, &sent[0]), "{what}, exchange {at}: {}", String::from_utf8_lossy(&sent[0]));
                assert!(down(answer, &got), "{what}, exchange {at}: {}", String::from_utf8_lossy(&got));
            }
            drop(stream);
            proxy.end();
            let report: serde_json::Value = serde_json::from_str(&analyze(&folder, "r.pcapng")).unwrap();
            let name = fault.split(' ').next().unwrap();
            let messages = report["sessions"][0]["messages"].as_array().unwrap();
            let noted: Vec<usize> =
                (0..messages.len()).filter(|at| messages[*at]["injected"].to_string().contains(name)).collect();
            // A body that was cut or broken may be no message any more.
            if !name.starts_with("truncate") && !name.starts_with("corrupt") {
                assert_eq!(noted, [usize::from(!on_client)], "{what}: {report}");
                assert_eq!(report["inputs"][0]["problems"].to_string(), "[]", "{what}");
            }
            assert!(has(&folder.octets("r.pcapng"), &format!("dmscope fault: {fault} (")), "{what}");
        }
    }
}

#[test]
fn an_error_in_the_place_of_a_message_leaves_the_connection_right() {
    for shape in [Shape::Length, Shape::Chunks, Shape::Expect] {
        let lab = Lab::new("01-xml-basic.pcap", shape);
        for (fault, asked_server) in [("http 503 on client once", false), ("http 503 on server once", true)] {
            let proxy = Proxy::start(["--upstream", &lab.server.url(), "--no-analysis", "--fault", fault]);
            let mut stream = connect(&proxy);
            let (asked, answer) = &lab.exchanges[0];
            lab.send(&mut stream, shape, asked);
            assert_eq!(read_answer(&mut stream), (503, Vec::new()), "{fault}, {shape:?}");
            assert_eq!(lab.take().len(), usize::from(asked_server), "{fault}, {shape:?}");
            lab.send(&mut stream, shape, asked);
            assert_eq!(read_answer(&mut stream), (200, answer.clone()), "{fault}, {shape:?}");
            assert_eq!(lab.take(), std::slice::from_ref(asked));
        }
    }
}

#[test]
fn a_message_that_is_dropped_ends_its_connection_and_the_recording_says_so() {
    for (fault, asked_server, got) in [
        ("drop after 0 on client once", false, 0),
        ("drop after 40 on client once", false, 0),
        ("drop after 0 on server once", true, 0),
        ("drop after 40 on server once", true, 40),
    ] {
        let lab = Lab::new("01-xml-basic.pcap", Shape::Length);
        let folder = Folder::new();
        let recording = folder.path("r.pcapng");
        let recording = recording.to_str().unwrap();
        let url = lab.server.url();
        let proxy = Proxy::start(["--upstream", &url, "--no-analysis", "--record", recording, "--fault", fault]);
        let mut stream = connect(&proxy);
        let (asked, answer) = &lab.exchanges[0];
        lab.send(&mut stream, Shape::Length, asked);
        let (status, octets) = read_answer(&mut stream);
        assert_eq!((status, octets.len()), (0, got), "{fault}");
        assert_eq!(lab.take().len(), usize::from(asked_server), "{fault}");
        let mut stream = connect(&proxy);
        lab.send(&mut stream, Shape::Length, asked);
        assert_eq!(read_answer(&mut stream), (200, answer.clone()), "{fault}");
        drop(stream);
        proxy.end();
        let comment = format!("dmscope fault: {fault} (interrupted");
        assert!(has(&folder.octets("r.pcapng"), &comment), "{fault}");
        let report: serde_json::Value = serde_json::from_str(&analyze(&folder, "r.pcapng")).unwrap();
        assert_eq!(report["inputs"][0]["problems"].to_string(), "[]", "{fault}");
    }
}

#[test]
fn a_request_that_is_repeated_has_one_answer_however_late_the_other_comes() {
    let (media, exchanges) = session("01-xml-basic.pcap");
    let answers = exchanges.clone();
    let seen: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let all = Arc::clone(&seen);
    // The answer to a request that was seen already comes together with that of the next one.
    let late = Mutex::new(Vec::new());
    let server = Server::start(move |pending| {
        let Some((_, body)) = request(pending) else { return Some(Vec::new()) };
        let (_, answer) = answers.iter().find(|(asked, _)| *asked == body).unwrap();
        let is_again = all.lock().unwrap().contains(&body);
        all.lock().unwrap().push(body);
        if is_again {
            late.lock().unwrap().extend([&b"HTTP/1.1 100 Continue\r\n\r\n"[..], &response(media, answer)].concat());
            return Some(Vec::new());
        }
        Some([std::mem::take(&mut *late.lock().unwrap()), response(media, answer)].concat())
    });
    let proxy = Proxy::start(["--upstream", &server.url(), "--no-analysis", "--fault", "repeat on client message 1"]);
    let mut stream = connect(&proxy);
    for (asked, answer) in &exchanges {
        let (_, body) = ask(&mut stream, &post("x", media, asked));
        assert_eq!(body, *answer);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), exchanges.len() + 1);
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_fault_that_needs_a_message_before_it_or_a_nonce_finds_them() {
    let lab = Lab::new("01-xml-basic.pcap", Shape::Length);
    let proxy =
        Proxy::start(["--upstream", &lab.server.url(), "--no-analysis", "--fault", "repeat-msgid on client message 2"]);
    let mut stream = connect(&proxy);
    for (asked, _) in lab.exchanges.iter().take(2) {
        lab.send(&mut stream, Shape::Length, asked);
        read_answer(&mut stream);
    }
    let got = lab.take();
    assert!(has(&lab.exchanges[1].0, "<MsgID>2</MsgID>") && has(&got[1], "<MsgID>1</MsgID>"));
    assert_eq!(got[0], lab.exchanges[0].0);

    let lab = Lab::new("03-wbxml-md5-challenge.pcapng", Shape::Length);
    let proxy =
        Proxy::start(["--upstream", &lab.server.url(), "--no-analysis", "--fault", "alter-nonce on server once"]);
    let mut stream = connect(&proxy);
    let (asked, answer) = &lab.exchanges[0];
    lab.send(&mut stream, Shape::Length, asked);
    let (_, got) = read_answer(&mut stream);
    assert_eq!(got.len(), answer.len());
    assert_eq!(got.iter().zip(answer).filter(|(one, other)| one != other).count(), 1);
}

#[test]
fn a_delay_keeps_its_own_exchange_back_and_counts_as_no_idle_time() {
    let lab = Lab::new("01-xml-basic.pcap", Shape::Length);
    let (asked, answer) = &lab.exchanges[0];
    let arguments = ["--upstream", &lab.server.url(), "--no-analysis", "--idle-timeout", "1"];
    for fault in ["delay 3s on server once", "delay 3s on client once"] {
        let proxy = Proxy::start(arguments.iter().chain(&["--fault", fault]));
        let mut delayed = connect(&proxy);
        lab.send(&mut delayed, Shape::Length, asked);
        if fault.contains("client") {
            // What is no DM is not what the fault waits for, whichever is read first.
            let mut other = connect(&proxy);
            let request = post("x", "application/octet-stream", b"other");
            other.write_all(&request).unwrap();
            assert_eq!(read_answer(&mut other), (200, answer.clone()));
        }
        delayed.set_nonblocking(true).unwrap();
        assert!(delayed.read(&mut [0; 1]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
        delayed.set_nonblocking(false).unwrap();
        assert_eq!(read_answer(&mut delayed), (200, answer.clone()));
    }
}
