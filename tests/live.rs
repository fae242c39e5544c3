//! Live capture on the loopback interface. Needs libpcap, and the right to capture; where that is missing, the message that
//! says so is what is tested.
#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]
#![allow(clippy::print_stderr, reason = "a test that may not capture says so")]

mod program;

use dmscope::capture::{Event, Reader, sources::Source};
use dmscope::net::{FlowDirection, FlowEventKind, Net};
use program::{Folder, dmscope};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};

/// The capture whose session is spoken again.
const SPOKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/01-xml-basic.pcap");
const LOOPBACK: &str = if cfg!(target_os = "linux") { "lo" } else { "lo0" };

/// What its two ends said, in turn.
fn dialogue() -> Vec<(FlowDirection, Vec<u8>)> {
    let mut turns: Vec<(FlowDirection, Vec<u8>)> = Vec::new();
    let mut reader = Reader::open(Source { path: SPOKEN.into(), size: None }.open().unwrap());
    let mut net = Net::new();
    while let Some(event) = reader.next() {
        let Event::Frame(frame) = event else { continue };
        net.frame(&frame, &mut |event| {
            if let FlowEventKind::Data { direction, bytes } = event.kind {
                match turns.last_mut() {
                    Some((same, turn)) if *same == direction => turn.extend(bytes),
                    _ => turns.push((direction, bytes.to_vec())),
                }
            }
        });
    }
    assert!(turns.len() >= 8);
    turns
}

/// Says it again between two sockets.
fn speak(listener: &TcpListener) {
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    for (direction, octets) in dialogue() {
        let (from, to) = match direction {
            FlowDirection::ToServer => (&mut client, &mut server),
            FlowDirection::ToClient => (&mut server, &mut client),
        };
        from.write_all(&octets).unwrap();
        let mut heard = vec![0; octets.len()];
        to.read_exact(&mut heard).unwrap();
        assert_eq!(heard, octets);
    }
}

/// A capture that goes on.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    /// Starts one; `None` where this machine does not let the test capture, after a look at what is said then.
    fn start(folder: &Folder, arguments: &[&str]) -> Option<Self> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_dmscope"));
        program.args(["capture", "-i", LOOPBACK]).args(arguments);
        Self::start_as(program, folder)
    }

    fn start_as(mut program: Command, folder: &Folder) -> Option<Self> {
        let mut child = program
            .current_dir(folder.path("."))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        stderr.read_line(&mut said).unwrap();
        if said.starts_with("dmscope: capturing on ") {
            return Some(Self { child, stderr, said });
        }
        stderr.read_to_string(&mut said).unwrap();
        assert_refused(child.wait().unwrap().code(), &said);
        eprintln!("no right to capture here; its message was tested instead");
        None
    }

    /// Ends it as a service manager does.
    fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Exit code, standard output, standard error.
    fn finish(mut self) -> (Option<i32>, String, String) {
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut self.said).unwrap();
        (self.child.wait().unwrap().code(), stdout, self.said)
    }
}

/// That a program without the right to capture says how to get it.
fn assert_refused(code: Option<i32>, stderr: &str) {
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("no right to capture on lo"), "{stderr}");
    let remedy = if cfg!(target_os = "linux") { "setcap cap_net_raw=ep" } else { "/dev/bpf" };
    assert!(stderr.contains(remedy), "{stderr}");
}

/// What must not depend on the way that the packets took: sessions and findings without times and frames.
fn judged(report: &str) -> Value {
    let report: Value = serde_json::from_str(report).unwrap();
    let mut judged = serde_json::json!({
        "sessions": report["sessions"], "findings": report["findings"], "summary": report["summary"], "rules": report["rules"],
    });
    forget(&mut judged);
    judged
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["frames", "time", "started", "ended"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Runs `analyze` over a capture, for JSON.
fn analyze(folder: &Folder, capture: &str) -> String {
    folder.dmscope(["analyze", "--format", "json", capture]).stdout
}

#[test]
fn a_session_is_captured_recorded_and_judged_while_it_flows() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    let arguments = ["--bpf", &filter, "--record", "dm.pcapng", "--format", "json"];
    let Some(running) = Running::start(&folder, &arguments) else { return };
    speak(&listener);
    running.terminate();
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(1), "the session has an error: {stderr}");
    assert!(stderr.contains("XML-001  client of IMEI:490154203237518"), "told as it arises: {stderr}");
    let expected = judged(&analyze(&folder, SPOKEN));
    assert_eq!(expected["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(judged(&stdout), expected);
    let recorded = analyze(&folder, "dm.pcapng");
    assert_eq!(judged(&recorded), expected);
    // Each packet once, whole, and none dropped: nothing is to be said of the recording.
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    assert_eq!(recorded["inputs"][0]["problems"], serde_json::json!([]));
    let packets = recorded["inputs"][0]["packets"].as_u64().unwrap();
    assert!(stderr.contains(&format!("{packets} packets")) && stderr.contains("0 dropped"), "{stderr}");
    // The last block is of the statistics, which say so to whoever reads the recording.
    let octets = folder.octets("dm.pcapng");
    let last = octets.len() - u32::from_le_bytes(*octets.last_chunk().unwrap()) as usize;
    assert_eq!(octets[last..last + 4], [5, 0, 0, 0]);
}

#[test]
fn a_capture_ends_after_so_many_packets() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    let arguments = ["--bpf", &filter, "--record", "dm.pcapng", "--count", "5"];
    let Some(running) = Running::start(&folder, &arguments) else { return };
    speak(&listener);
    let (_, _, stderr) = running.finish();
    assert!(stderr.contains("5 packets"), "{stderr}");
    let recorded: Value = serde_json::from_str(&analyze(&folder, "dm.pcapng")).unwrap();
    assert_eq!(recorded["inputs"][0]["packets"], 5);
}

#[test]
fn a_quiet_interface_does_not_hold_up_the_end() {
    let folder = Folder::new();
    // Nobody listens on this port while it is bound here, and nothing is sent.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    let Some(running) = Running::start(&folder, &["--bpf", &filter, "--duration", "50ms"]) else { return };
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("NONE"), "{stdout}");
    let Some(running) = Running::start(&folder, &["--bpf", &filter]) else { return };
    running.terminate();
    assert_eq!(running.finish().0, Some(0));
}

#[test]
fn packets_are_cut_where_it_was_asked_for() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    let arguments = ["--bpf", &filter, "--record", "dm.pcapng", "--snaplen", "60"];
    let Some(running) = Running::start(&folder, &arguments) else { return };
    speak(&listener);
    running.terminate();
    running.finish();
    let mut reader = Reader::open(Source { path: folder.path("dm.pcapng"), size: None }.open().unwrap());
    let mut cut = 0;
    while let Some(event) = reader.next() {
        let Event::Frame(frame) = event else { continue };
        assert!(frame.data.len() <= 60);
        cut += u32::from(usize::try_from(frame.original_len).unwrap() > frame.data.len());
    }
    assert!(cut >= 8, "each message is longer: {cut}");
}

#[test]
fn a_ring_keeps_the_last_files_and_nothing_is_replaced() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    let arguments = ["--bpf", &filter, "--record", "dm.pcapng", "--ring", "1k", "--fail-on", "never"];
    let Some(running) = Running::start(&folder, &arguments) else { return };
    speak(&listener);
    running.terminate();
    assert_eq!(running.finish().0, Some(0));
    let files = folder.names(".");
    assert!(files.len() > 1 && files[0] == "dm-00001.pcapng", "{files:?}");
    let first = folder.path("dm-00001.pcapng");
    let before = std::fs::read(&first).unwrap();
    let again = folder.dmscope([&["capture", "-i", LOOPBACK], &arguments[..]].concat());
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.starts_with("error: --record: dm-00001.pcapng exists; "), "{}", again.stderr);
    assert_eq!(std::fs::read(&first).unwrap(), before);
    let replaced =
        folder.dmscope([&["capture", "-i", LOOPBACK, "--overwrite", "--duration", "1ms"], &arguments[..]].concat());
    assert_eq!(replaced.code, 0, "{}", replaced.stderr);
    assert_ne!(std::fs::read(&first).unwrap(), before);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_ends_the_recording_and_not_the_judging() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let filter = format!("tcp port {}", listener.local_addr().unwrap().port());
    // A file may grow to four blocks of 1024 octets: room for the headers and one packet or two.
    let limited =
        format!("ulimit -f 4; trap '' XFSZ; exec \"$0\" capture -i {LOOPBACK} --bpf '{filter}' --record dm.pcapng");
    let mut shell = Command::new("bash");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_dmscope")]);
    let Some(running) = Running::start_as(shell, &folder) else { return };
    speak(&listener);
    running.terminate();
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("warning: --record: dm.pcapng can't be written any more"), "{stderr}");
    assert!(stdout.contains("8 messages"), "{stdout}");
    let recorded: Value = serde_json::from_str(&analyze(&folder, "dm.pcapng")).unwrap();
    assert_eq!(recorded["inputs"][0]["problems"], serde_json::json!([]), "it ends with a whole block");
}

#[test]
fn what_cannot_be_captured_is_told_apart() {
    let mistyped = dmscope(["capture", "-i", "looo"]);
    assert_eq!(mistyped.code, 2, "{}", mistyped.stderr);
    assert!(mistyped.stderr.starts_with("error: --interface: there is no interface looo; "), "{}", mistyped.stderr);
    if cfg!(target_os = "linux") {
        assert!(dmscope(["capture", "-i", "la"]).stderr.contains("did you mean lo?"));
    }
    let filtered = dmscope(["capture", "-i", LOOPBACK, "--bpf", "tcp prot 80"]);
    if filtered.code == 3 {
        assert_refused(Some(3), &filtered.stderr);
    } else {
        assert_eq!(filtered.code, 2, "{}", filtered.stderr);
        let words = "error: --bpf: \"tcp prot 80\" is no filter: ";
        assert!(filtered.stderr.starts_with(words) && filtered.stderr.contains("syntax error"), "{}", filtered.stderr);
    }
}

#[test]
fn interfaces_are_listed_with_their_addresses() {
    let list = dmscope(["capture", "--list-interfaces"]).succeeds();
    let line = list.lines().find(|line| line.split_whitespace().next() == Some(LOOPBACK)).unwrap();
    assert!(line.contains("loopback") && line.contains("127.0.0.1"), "{line}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_the_right_to_capture_the_remedy_is_named() {
    let program = env!("CARGO_BIN_EXE_dmscope");
    let capture = ["capture", "-i", LOOPBACK, "--count", "1", "--duration", "1ms"];
    // Root without the capability is refused like anybody else.
    let dropped = ["--bounding-set=-net_raw", "--inh-caps=-net_raw", program];
    let run = match Command::new("setpriv").args(dropped).args(capture).output() {
        Ok(run) if !String::from_utf8_lossy(&run.stderr).starts_with("setpriv:") => run,
        // There is no setpriv, or nothing to drop.
        _ => Command::new(program).args(capture).output().unwrap(),
    };
    if run.status.success() {
        eprintln!("the right to capture can't be given up here; the message is tested in capture::live alone");
        return;
    }
    assert_refused(run.status.code(), &String::from_utf8_lossy(&run.stderr));
}
