//! What a recording holds, whatever happens to the proxy; and what the proxy holds, whatever happens to it.

use super::house::{PATIENCE, Proxy, Recorded, echo, echoes, read_recording, session};
use super::program::{Folder, dmscope};
use super::secured::client;
use dmscope::base::ProblemKind;
use std::collections::HashSet;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Bodies of answers.
fn answers(recorded: &Recorded) -> HashSet<Vec<u8>> {
    recorded.exchanges.iter().map(|(_, answer)| answer.clone()).collect()
}

fn body(name: &str, length: usize) -> Vec<u8> {
    let mut body = format!("<{name}>").into_bytes();
    body.resize(length.max(body.len()), b'.');
    body
}

#[test]
fn a_recording_that_is_full_ends_loudly_and_the_traffic_goes_on() {
    let server = echo();
    let folder = Folder::new();
    let path = folder.path("r.pcapng");
    let url = server.url();
    let arguments = ["--upstream", &url, "--no-analysis", "--record", path.to_str().unwrap()];
    // The system says "file too large" where a full disk says "no space left".
    let mut proxy = Proxy::limited("trap '' XFSZ; ulimit -f 100", arguments);
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    for at in 0..200 {
        assert!(echoes(&mut stream, &body(&at.to_string(), 1_000)));
    }
    let line = proxy.wait_for("THE TRAFFIC GOES ON AND IS NOT RECORDED");
    assert!(line.starts_with("error: ") && line.contains("can't be written any more"), "{line}");
    assert_eq!(proxy.end().code, Some(0));
    let recorded = read_recording(folder.octets("r.pcapng"));
    assert!(recorded.problems.is_empty(), "{:?}", recorded.problems);
    let count = recorded.exchanges.len();
    assert!((10..200).contains(&count), "{count}");
    for (at, (_, answer)) in recorded.exchanges.iter().enumerate() {
        assert_eq!(*answer, body(&at.to_string(), 1_000));
    }
}

#[test]
fn a_recording_that_must_go_on_and_can_not_stops_the_traffic() {
    let server = echo();
    let folder = Folder::new();
    let url = server.url();
    for (name, more) in [("a.pcapng", &["--no-analysis"][..]), ("b.pcapng", &[])] {
        let path = folder.path(name);
        let arguments = ["--upstream", &url, "--strict-recording", "--record", path.to_str().unwrap()];
        let proxy = Proxy::limited("trap '' XFSZ; ulimit -f 100", arguments.iter().chain(more));
        let mut stream = TcpStream::connect(proxy.address).unwrap();
        let mut got = Vec::new();
        for at in 0.. {
            use std::io::{Read, Write};
            let body = body(&at.to_string(), 1_000);
            let octets = super::house::post("x", "application/octet-stream", &body);
            if stream.write_all(&octets).is_err() {
                break;
            }
            let end = got.len() + 1_000 + super::house::response("application/octet-stream", &body).len() - body.len();
            let mut one = [0; 512];
            while got.len() < end {
                match stream.read(&mut one) {
                    Ok(count @ 1..) => got.extend_from_slice(&one[..count]),
                    _ => break,
                }
            }
            if got.len() < end {
                break;
            }
        }
        let ended = proxy.join();
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert!(ended.stderr.contains("the traffic is stopped"), "{}", ended.stderr);
        let recorded = read_recording(folder.octets(name));
        assert!(recorded.problems.is_empty(), "{:?}", recorded.problems);
        assert!(got.len() > 10_000 && recorded.to_devices.starts_with(&got), "{} octets", got.len());
    }
}

trait Stream: std::io::Read + std::io::Write + Send {}
impl<S: std::io::Read + std::io::Write + Send> Stream for S {}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn what_a_device_has_got_is_recorded_whenever_the_proxy_is_killed() {
    let server = echo();
    let url = server.url();
    let folder = Folder::new();
    let ca = folder.path("ca");
    let ca = ca.to_str().unwrap();
    dmscope(["ca", "init", "--dir", ca, "--key", "ec"]).succeeds();
    let path = folder.path("r.pcapng");
    let plain = ["--upstream", &url, "--overwrite", "--record", path.to_str().unwrap(), "--no-intercept"];
    let judged = &plain[..];
    let unjudged = [judged, &["--no-analysis"]].concat();
    let secured =
        ["--upstream", &url, "--overwrite", "--record", path.to_str().unwrap(), "--ca-dir", ca, "--no-analysis"];
    for round in 0..100_usize {
        let is_secured = round % 5 == 4;
        let arguments = if is_secured {
            &secured[..]
        } else if round % 5 == 3 {
            judged
        } else {
            &unjudged
        };
        let proxy = Proxy::start(arguments);
        let streams: Vec<Box<dyn Stream>> = (0..3)
            .map(|_| match is_secured {
                true => Box::new(client(&folder, proxy.address)) as Box<dyn Stream>,
                false => Box::new(connect(&proxy)),
            })
            .collect();
        let done: Mutex<HashSet<Vec<u8>>> = Mutex::default();
        let enough = 1 + round * 7 % 60;
        thread::scope(|scope| {
            for (number, mut stream) in streams.into_iter().enumerate() {
                let done = &done;
                scope.spawn(move || {
                    for at in 0.. {
                        let body = body(&format!("{round}-{number}-{at}"), 200 + 37 * (at % 50));
                        if !echoes(&mut *stream, &body) {
                            return;
                        }
                        done.lock().unwrap().insert(body);
                    }
                });
            }
            while done.lock().unwrap().len() < enough {
                thread::yield_now();
            }
            proxy.signal("KILL");
        });
        drop(proxy);
        let recorded = read_recording(folder.octets("r.pcapng"));
        let problems: Vec<_> =
            recorded.problems.iter().filter(|problem| problem.kind != ProblemKind::TruncatedRecord).collect();
        assert!(problems.is_empty() && recorded.problems.len() <= 1, "round {round}: {:?}", recorded.problems);
        let recorded = answers(&recorded);
        let done = done.into_inner().unwrap();
        let missing = done.iter().filter(|one| !recorded.contains(*one)).count();
        assert_eq!(missing, 0, "round {round}: of {} answers", done.len());
    }
}

#[test]
fn a_ring_keeps_its_size_and_its_files_are_one_recording_together() {
    let server = echo();
    let folder = Folder::new();
    let path = folder.path("r.pcapng");
    let url = server.url();
    let arguments = ["--upstream", &url, "--no-analysis", "--record", path.to_str().unwrap(), "--ring", "3x64k"];
    let proxy = Proxy::start(arguments);
    let mut streams = [connect(&proxy), connect(&proxy), connect(&proxy)];
    for at in 0..600 {
        assert!(echoes(&mut streams[at % 3], &body(&at.to_string(), 500)));
        assert!(folder.names(".").len() <= 4, "{:?}", folder.names("."));
    }
    drop(streams);
    assert_eq!(proxy.end().code, Some(0));
    let names = folder.names(".");
    assert_eq!(names.len(), 3, "{names:?}");
    let mut all = Vec::new();
    for name in &names {
        let octets = folder.octets(name);
        assert!(octets.len() <= 65 << 10, "{name}: {}", octets.len());
        let recorded = read_recording(octets.clone());
        assert!(recorded.problems.is_empty() && recorded.exchanges.len() > 20, "{name}: {:?}", recorded.problems);
        all.extend(octets);
    }
    let recorded = read_recording(all.clone());
    let count = recorded.exchanges.len();
    let window: Vec<_> = (600 - count..600).map(|at| body(&at.to_string(), 500)).collect();
    let mut answers: Vec<_> = recorded.exchanges.into_iter().map(|(_, answer)| answer).collect();
    answers.sort_by_key(|one| String::from_utf8_lossy(one)[1..].split('>').next().unwrap().parse::<u32>().unwrap());
    assert!(answers == window && count > 100, "{count}");
    let run = folder.dmscope_with(&all, ["analyze", "--format", "json", "-"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["inputs"][0]["problems"].to_string(), "[]");
}

/// The secrets that a client tells of, as a key log has them.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

impl rustls::KeyLog for Told {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        if label.ends_with("TRAFFIC_SECRET_0") {
            self.0.lock().unwrap().push(secret.iter().map(|octet| format!("{octet:02x}")).collect());
        }
    }
}

#[test]
fn each_file_of_a_ring_has_the_secrets_of_its_connections() {
    let server = echo();
    let folder = Folder::new();
    let ca = folder.path("ca");
    let ca = ca.to_str().unwrap();
    dmscope(["ca", "init", "--dir", ca, "--key", "ec"]).succeeds();
    let path = folder.path("ring/r.pcapng");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let url = server.url();
    let proxy = Proxy::start([
        "--upstream",
        &url,
        "--no-analysis",
        "--record",
        path.to_str().unwrap(),
        "--ring",
        "3x64k",
        "--ca-dir",
        ca,
    ]);
    let told = Arc::new(Told::default());
    let mut lives_on = super::secured::client_with(&folder, proxy.address, Arc::clone(&told) as _);
    for at in 0..60 {
        assert!(echoes(&mut lives_on, &body(&format!("long-{at}"), 2_000)));
        let mut short = client(&folder, proxy.address);
        assert!(echoes(&mut short, &body(&format!("short-{at}"), 500)));
    }
    let _ = proxy.end();
    let secrets = told.0.lock().unwrap().clone();
    assert_eq!(secrets.len(), 2);
    let names = folder.names("ring");
    assert_eq!(names.len(), 3, "{names:?}");
    let mut all = Vec::new();
    for name in names {
        let octets = folder.octets(&format!("ring/{name}"));
        // Those of connections that have ended are of no use any more.
        assert!(octets.len() <= 66 << 10, "{name}: {}", octets.len());
        for secret in &secrets {
            assert!(octets.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name}");
        }
        all.extend(octets);
    }
    let recorded = answers(&read_recording(all));
    assert!((50..60).all(|at| recorded.contains(&body(&format!("short-{at}"), 500))));
}

#[test]
fn a_report_on_demand_is_whole_while_traffic_flows_and_needs_a_recording() {
    let server = echo();
    let folder = Folder::new();
    let path = folder.path("r.pcapng");
    let url = server.url();
    let out = folder.path("out");
    let arguments = ["--upstream", &url, "--format", "json", "--out", out.to_str().unwrap()];
    let mut proxy = Proxy::start(arguments);
    proxy.signal("USR1");
    proxy.wait_for("there is no report before the end: the traffic is not recorded (--record)");
    drop(proxy);
    let proxy = Proxy::start(arguments.iter().chain(&["--record", path.to_str().unwrap()]));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..3 {
            let (mut stream, stop) = (connect(&proxy), &stop);
            scope.spawn(move || {
                for at in 0.. {
                    let body = body(&format!("{number}-{at}"), 3_000);
                    if stop.load(Ordering::SeqCst) || !echoes(&mut stream, &body) {
                        return;
                    }
                }
            });
        }
        for _ in 0..5 {
            let report = out.join("report.json");
            let _ = std::fs::remove_file(&report);
            proxy.signal("USR1");
            let text = (0..6_000).find_map(|_| {
                thread::sleep(Duration::from_millis(10));
                std::fs::read_to_string(&report).ok()
            });
            let report: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
            assert_eq!(report["inputs"][0]["problems"].to_string(), "[]");
        }
        stop.store(true, Ordering::SeqCst);
    });
    proxy.end();
}

#[test]
fn limits_do_what_they_say() {
    let server = echo();
    let url = server.url();
    let start = |more: &[&str]| Proxy::start(["--upstream", &url, "--no-analysis"].iter().chain(more));

    let mut proxy = start(&["--max-connections", "1"]);
    let mut first = connect(&proxy);
    assert!(echoes(&mut first, b"first"));
    let mut second = connect(&proxy);
    let waiting = thread::spawn(move || echoes(&mut second, b"second"));
    proxy.wait_for("1 connections are open; more have to wait (--max-connections)");
    assert!(echoes(&mut first, b"first again") && !waiting.is_finished());
    drop(first);
    assert!(waiting.join().unwrap());

    let mut proxy = start(&["--idle-timeout", "1"]);
    let mut stream = connect(&proxy);
    assert!(echoes(&mut stream, b"x"));
    proxy.wait_for("(--idle-timeout)");
    assert!(!echoes(&mut stream, b"x"));

    let mut proxy = start(&["--max-time", "1"]);
    let mut stream = connect(&proxy);
    while echoes(&mut stream, b"x") {}
    proxy.wait_for("(--max-time)");
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_without_end() {
    let (arrived, waiting) = std::sync::mpsc::channel();
    let silent = super::house::server(move |mut stream| {
        let _ = std::io::Read::read(&mut stream, &mut [0]);
        let _ = arrived.send(());
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let url = format!("http://{silent}");
    let start = |drain: &str| {
        let proxy = Proxy::start(["--upstream", &url, "--no-analysis", "--drain-timeout", drain]);
        let mut stream = connect(&proxy);
        std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\n\r\n").unwrap();
        // What has not come to the proxy when it is told to end is none of its connections.
        waiting.recv().unwrap();
        (proxy, stream)
    };
    let (mut proxy, _stream) = start("1");
    proxy.signal("TERM");
    proxy.wait_for("1 connections were cut: they did not come to an end in time");
    assert_eq!(proxy.join().code, Some(0));

    // The second signal does not wait.
    let (proxy, _stream) = start("86400");
    proxy.signal("INT");
    while TcpStream::connect(proxy.address).is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
    proxy.signal("INT");
    assert_eq!(proxy.join().code, Some(0));
}

#[test]
fn a_judge_that_is_held_up_holds_up_the_traffic_and_neither_memory_nor_signals() {
    // Standard output is full, because nobody reads it: the judge can't go on.
    let (media, exchanges) = session("10-atomic.pcap");
    let answers = exchanges.clone();
    let server = super::house::Server::start(move |pending| {
        let Some((_, body)) = super::house::request(pending) else { return Some(Vec::new()) };
        let answer = answers.iter().find(|(asked, _)| *asked == body);
        Some(match answer {
            Some((_, answer)) => super::house::response(media, answer),
            None => super::house::response("application/octet-stream", &body),
        })
    });
    let proxy = Proxy::start(["--upstream", &server.url(), "--format", "ndjson"]);
    for _ in 0..50 {
        super::house::play(&mut connect(&proxy), media, &exchanges);
    }
    let passed = Arc::new(AtomicU64::new(0));
    let devices: Vec<_> = (0..8)
        .map(|_| {
            let (mut stream, passed) = (connect(&proxy), Arc::clone(&passed));
            let body = vec![b'z'; 256 << 10];
            thread::spawn(move || {
                while echoes(&mut stream, &body) {
                    passed.fetch_add(body.len() as u64, Ordering::SeqCst);
                }
            })
        })
        .collect();
    // Until nothing moves.
    let mut before = None;
    while before != Some(passed.load(Ordering::SeqCst)) {
        before = Some(passed.load(Ordering::SeqCst));
        assert!(before < Some(64 << 20), "nothing holds the traffic up");
        thread::sleep(Duration::from_millis(500));
    }
    assert!(proxy.peak_octets() < 64 << 20, "{}", proxy.peak_octets());
    proxy.signal("INT");
    while TcpStream::connect(proxy.address).is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
    let ended = proxy.join();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stdout.ends_with("}\n") && ended.stdout.contains("\"type\":\"summary\""));
    devices.into_iter().for_each(|device| device.join().unwrap());
}
