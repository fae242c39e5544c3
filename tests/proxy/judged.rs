//! What passes is judged while it does, as the recording is judged later.

use super::house::{Proxy, Server, analyze, play, session};
use super::program::Folder;
use std::net::TcpStream;

/// Names the first line in which two reports differ.
fn same_lines(live: &str, later: &str) {
    let differ = live.lines().zip(later.lines()).find(|(live, later)| live != later);
    assert_eq!(differ, None);
    assert_eq!(live.len(), later.len());
}

fn through(folder: &Folder, capture: &str, more: &[&str]) -> Proxy {
    let (media, exchanges) = session(capture);
    let server = Server::dm(media, exchanges.clone());
    let url = server.url();
    let mut arguments = vec!["--upstream", &url];
    arguments.extend(more);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dmscope"));
    command
        .args(["proxy", "--color", "never", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .current_dir(folder.path("."));
    let proxy = Proxy::run(command);
    play(&mut TcpStream::connect(proxy.address).unwrap(), media, &exchanges);
    proxy
}

#[test]
fn the_report_at_the_end_is_that_of_the_recording() {
    for capture in ["10-atomic.pcap", "03-wbxml-md5-challenge.pcapng", "09-large-object.pcap"] {
        let folder = Folder::new();
        let proxy = through(&folder, capture, &["--record", "r.pcapng", "--format", "json"]);
        let ended = proxy.end();
        same_lines(&ended.stdout, &analyze(&folder, "r.pcapng"));
        assert!(ended.stdout.contains("\n{\"index\":1,"), "{}", ended.stdout);
    }
}

#[test]
fn findings_are_told_as_they_arise_and_the_report_comes_on_demand() {
    let folder = Folder::new();
    let mut proxy =
        through(&folder, "10-atomic.pcap", &["--record", "r.pcapng", "--format", "json", "--out", "report"]);
    let line = proxy.wait_for("E STA-002");
    assert!(
        line.contains("client of dev-atomic, SessionID 1, message 3") && line.contains("expected a Status"),
        "{line}"
    );
    proxy.signal("USR1");
    let report = folder.path("report/report.json");
    let deadline = std::time::Instant::now() + super::house::PATIENCE;
    while !report.exists() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let early = folder.read("report/report.json");
    assert!(early.contains("STA-002"), "{early}");
    let ended = proxy.end();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    folder.dmscope(["analyze", "--format", "json", "--out", "later", "r.pcapng"]);
    assert_eq!(folder.read("report/report.json"), folder.read("later/report.json"));
    let message = "messages/session-0001/message-0003.xml";
    assert_eq!(folder.read(&format!("report/{message}")), folder.read(&format!("later/{message}")));
}

#[test]
fn a_statement_of_support_is_held_against_what_passes() {
    let folder = Folder::new();
    let items = "{C-GET: false, C-ATOMIC: false, C-REPLACE: false, C-ADD: false, C-EXEC: false, C-COPY: false}";
    let statement = format!("format: 1\nkind: ics\nid: x\nside: client\nversions: [DM/1.2]\nitems: {items}\n");
    folder.put("x.yaml", statement.as_bytes());
    let arguments = ["--record", "r.pcapng", "--format", "json", "--ics", "x.yaml"];
    let ended = through(&folder, "10-atomic.pcap", &arguments).end();
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(report["ics"].as_array().is_some_and(|rows| !rows.is_empty()), "{}", report["summary"]);
    let later = folder.dmscope(["analyze", "--format", "json", "--ics", "x.yaml", "r.pcapng"]);
    let later: serde_json::Value = serde_json::from_str(&later.stdout).unwrap();
    assert_eq!((&report["ics"], &report["summary"]), (&later["ics"], &later["summary"]));
    // A mistake in it shows before traffic flows.
    folder.put("x.yaml", b"format: 1\nkind: nothing\n");
    let wrong =
        folder.dmscope(["proxy", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9", "--ics", "x.yaml"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
}

#[test]
fn programs_get_a_line_of_json_for_each_finding_and_one_for_the_summary() {
    let folder = Folder::new();
    let ended = through(&folder, "10-atomic.pcap", &["--format", "ndjson", "--fail-on", "never"]).end();
    assert_eq!(ended.code, Some(0));
    let lines: Vec<serde_json::Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, findings) = lines.split_last().unwrap();
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["summary"]["verdict"], "fail");
    assert!(findings.iter().all(|line| line["type"] == "finding"));
    assert!(
        findings.iter().any(|line| line["finding"]["rule"] == "STA-002" && line["finding"]["device"] == "dev-atomic")
    );
}

#[test]
fn a_fault_is_injected_recorded_and_held_against_nobody() {
    let folder = Folder::new();
    let (media, exchanges) = session("01-xml-basic.pcap");
    let server = Server::dm(media, exchanges.clone());
    let recording = folder.path("r.pcapng");
    let proxy = Proxy::start([
        "--upstream",
        &server.url(),
        "--record",
        recording.to_str().unwrap(),
        "--fault",
        "strip-status all on server package 2 once",
        "--format",
        "json",
    ]);
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    let (asked, answer) = &exchanges[0];
    let (_, body) = super::house::ask(&mut stream, &super::house::post("dm.example.com", media, asked));
    assert!(body.len() < answer.len(), "the fault did nothing");
    drop(stream);
    let ended = proxy.end();
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let injected = report["sessions"][0]["messages"][1]["injected"].to_string();
    assert!(injected.contains("strip-status"), "{}", ended.stdout);
    let blamed: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|one| one["role"] == "server").collect();
    assert!(blamed.is_empty(), "{blamed:?}");
    assert_eq!(ended.stdout.replace(recording.to_str().unwrap(), "r.pcapng"), analyze(&folder, "r.pcapng"));
}

#[test]
fn an_answer_under_way_is_waited_for_and_then_the_proxy_ends() {
    use std::io::{Read, Write};
    let (asked, waiting) = std::sync::mpsc::channel();
    let (answer, go) = std::sync::mpsc::channel::<()>();
    let go = std::sync::Mutex::new(go);
    let server = Server::start(move |pending| {
        if pending.is_empty() {
            return Some(Vec::new());
        }
        pending.clear();
        asked.send(()).unwrap();
        go.lock().unwrap().recv().unwrap();
        Some(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate".to_vec())
    });
    let proxy = Proxy::start(["--upstream", &server.url()]);
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.write_all(b"GET /dm HTTP/1.1\r\n\r\n").unwrap();
    waiting.recv_timeout(super::house::PATIENCE).unwrap();
    proxy.signal("TERM");
    answer.send(()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert!(all.ends_with(b"late"), "{}", String::from_utf8_lossy(&all));
    assert_eq!(proxy.join().code, Some(0));
}
