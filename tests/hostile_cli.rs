//! What the program says of files that are no captures, or hardly: the exit code, and a line or two that help.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;
mod traffic;

use program::{Folder, Run};
use std::path::Path;
use traffic::{Traffic, gzip};

/// Analyses a path in a folder.
fn analyze(folder: &Folder, path: &str) -> Run {
    folder.dmscope(["analyze", path])
}

#[test]
fn what_cannot_be_read_ends_with_code_3_and_says_why_in_a_line() {
    let folder = Folder::new();
    let capture = traffic::good().capture();
    folder.put("garbage.pcap", &[0x5a; 4_000]);
    folder.put("text.pcap", b"This is a shopping list.\n");
    folder.put("empty.pcap", b"");
    folder.put("header.pcap", &capture[..10]);
    folder.put("cut.pcap", &capture[..capture.len() - 5]);
    folder.put("cut.pcap.gz", &gzip([&capture])[..300]);
    folder.put("nothing/notes.txt", b"none here");
    folder.put("body.xml", b"<?xml version='1.0'?><SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/></SyncML>");
    let table = [
        ("garbage.pcap", "is no capture"),
        ("text.pcap", "is no capture"),
        ("empty.pcap", "the file is empty"),
        ("header.pcap", "the file ends inside its first header"),
        ("cut.pcap", "ends inside"),
        ("cut.pcap.gz", "gzip"),
        ("nothing", "no capture is in the folder"),
        ("nowhere.pcap", "there is no such file"),
        ("body.xml", "dmscope decode"),
    ];
    for (path, message) in table {
        let run = analyze(&folder, path);
        assert_eq!(run.code, 3, "{path}: {}", run.stderr);
        assert!(run.stdout.contains(message), "{path}: {}", run.stdout);
        // What could be read is judged and reported as a whole; where nothing could, a line says why.
        let lines = run.stdout.lines().count();
        assert!(lines == 1 || path.starts_with("cut"), "{path}: {}", run.stdout);
        assert_eq!(run.stderr, "", "{path}");
    }
}

#[test]
fn the_device_of_nothing_is_an_empty_input() {
    if !Path::new("/dev/null").exists() {
        return;
    }
    let run = analyze(&Folder::new(), "/dev/null");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("empty"), "{}", run.stdout);
}

#[test]
fn a_capture_without_dm_is_no_error_and_says_what_was_there() {
    let folder = Folder::new();
    let mut web = Traffic::new();
    web.exchange(40_000, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    folder.put("web.pcap", &web.file);
    let mut tls = Traffic::new();
    tls.exchange(40_000, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00");
    folder.put("tls.pcap", &tls.file);
    let mut other = Traffic::new();
    other.exchange(40_000, b"SSH-2.0-x\r\n", b"SSH-2.0-y\r\n");
    folder.put("ssh.pcap", &other.file);
    let mut none = Traffic::new();
    none.frame(&[0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0, 0, 0, 0, 0, 0]);
    folder.put("ping.pcap", &none.file);
    folder.put("silent.pcap", &Traffic::new().file);
    let table = [
        ("web.pcap", "no HTTP body is a SyncML message"),
        ("tls.pcap", "encrypted"),
        ("ssh.pcap", "no connection is HTTP"),
        ("ping.pcap", "none of it is TCP"),
        ("silent.pcap", "it holds no packet"),
    ];
    for (path, message) in table {
        let run = analyze(&folder, path);
        assert_eq!(run.code, 0, "{path}: {}", run.stderr);
        assert!(run.stdout.contains(message), "{path}: {}", run.stdout);
    }
}

#[test]
fn one_bad_input_does_not_keep_the_others_from_being_analysed() {
    let folder = Folder::new();
    let mut traffic = Traffic::new();
    traffic.good();
    folder.put("in/a.pcap", &[0x5a; 400]);
    folder.put("in/b.pcap", &traffic.file);
    folder.put("in/c.pcap", b"");
    let run = folder.dmscope(["analyze", "--format", "json", "in"]);
    assert_eq!(run.code, 3);
    let report: dmscope::verdict::Report = serde_json::from_str(&run.stdout).unwrap();
    assert!(traffic::has_good(&report), "{}", run.stdout);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
}
