//! Input that nobody should send: nothing panics, what is wrong is said, and what comes after it is analysed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;
mod traffic;

use dmscope::base::{Limits, ProblemKind};
use dmscope::entry::{self, Entry};
use dmscope::fixture::{Encoding, Format, Network, Script};
use dmscope::verdict::Report;
use program::Folder;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use traffic::{Traffic, WBXML, XML, gzip, has_good, message, ok, post, wbxml};

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn the_corpus_is_read_without_a_panic() {
    let mut failed = Vec::new();
    for (name, entry) in entry::ALL {
        let inputs = corpus(name);
        assert!(!inputs.is_empty(), "{name} has no seed; run `cargo run --example seeds`");
        for (path, octets) in inputs {
            if catch_unwind(|| entry(&octets)).is_err() {
                failed.push(path.display().to_string());
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Changes to an input: at a place, in permille of its length.
#[derive(Debug, Clone)]
enum Change {
    Set(u16, u8),
    Flip(u16, u8),
    Insert(u16, Vec<u8>),
    Delete(u16, u16),
    Copy(u16, u16, u16),
    Cut(u16),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let octet =
        prop_oneof![any::<u8>(), prop::sample::select(vec![0u8, 1, 3, 0x7f, 0x80, 0xff, b'<', b'&', b'"', b'\n'])];
    let place = 0..1000_u16;
    let change = prop_oneof![
        4 => (place.clone(), octet.clone()).prop_map(|(at, octet)| Change::Set(at, octet)),
        3 => (place.clone(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        2 => (place.clone(), prop::collection::vec(octet, 1..9)).prop_map(|(at, octets)| Change::Insert(at, octets)),
        2 => (place.clone(), 1..40_u16).prop_map(|(at, length)| Change::Delete(at, length)),
        2 => (place.clone(), place.clone(), 1..200_u16).prop_map(|(from, to, length)| Change::Copy(from, to, length)),
        1 => place.prop_map(Change::Cut),
    ];
    prop::collection::vec(change, 0..9)
}

fn changed(mut octets: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let place = |permille: u16| octets.len() * usize::from(permille) / 1000;
        match change {
            Change::Set(at, octet) => {
                let at = place(*at);
                octets.iter_mut().skip(at).take(1).for_each(|old| *old = *octet);
            }
            Change::Flip(at, bit) => {
                let at = place(*at);
                octets.iter_mut().skip(at).take(1).for_each(|old| *old ^= 1 << bit);
            }
            Change::Insert(at, new) => {
                let at = place(*at);
                octets.splice(at..at, new.iter().copied());
            }
            Change::Delete(at, length) => {
                let at = place(*at);
                let end = (at + usize::from(*length)).min(octets.len());
                octets.drain(at..end);
            }
            Change::Copy(from, to, length) => {
                let (from, to) = (place(*from), place(*to));
                let piece: Vec<u8> = octets.iter().skip(from).take(usize::from(*length)).copied().collect();
                octets.splice(to..to, piece);
            }
            Change::Cut(at) => octets.truncate(place(*at)),
        }
    }
    octets
}

/// Sends an entry changed seeds, and octets that were never anything.
fn attack((name, entry): &Entry) {
    let seeds: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, octets)| octets).collect();
    let input = prop_oneof![
        7 => (prop::sample::select(seeds), changes()).prop_map(|(seed, changes)| changed(seed, &changes)),
        1 => prop::collection::vec(any::<u8>(), 0..400),
    ];
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let random = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let result = TestRunner::new_with_rng(config, random).run(&input, |octets| {
        entry(&octets);
        Ok(())
    });
    assert!(result.is_ok(), "{name}: {}", result.unwrap_err());
}

macro_rules! attacks {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            attack(entry::ALL.iter().find(|(name, _)| *name == $name).unwrap());
        })*

        #[test]
        fn every_entry_is_attacked() {
            let names: Vec<&str> = entry::ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

attacks! {
    damaged_capture_files_are_read "capture"
    damaged_frames_are_read "frames"
    damaged_tls_is_read "tls"
    damaged_http_is_read "http"
    damaged_pushes_are_read_and_written_back "push"
    damaged_short_messages_are_read "sms"
    damaged_radio_interfaces_are_read "gsmtap"
    damaged_gateways_are_read "smpp"
    damaged_bootstrap_messages_are_read "provisioning"
    damaged_descriptors_of_downloads_are_read "download"
    damaged_wbxml_is_read_and_written_back "wbxml"
    damaged_xml_is_read_and_written_back "xml"
    damaged_messages_are_read "message"
    damaged_filters_are_refused "filter"
    damaged_scripts_are_refused_or_built "fixture"
    damaged_captures_are_analysed "pipeline"
}

fn analyse(file: &[u8]) -> Report {
    entry::analyse(file).unwrap()
}

fn kinds(report: &Report) -> Vec<ProblemKind> {
    report.inputs[0].problems.iter().map(|problem| problem.kind).collect()
}

/// The ends of the records of a little-endian pcap file.
fn records(file: &[u8]) -> Vec<usize> {
    let mut ends = vec![24];
    while let Some(&last) = ends.last().filter(|last| **last < file.len()) {
        let length = u32::from_le_bytes(file[last + 8..last + 12].try_into().unwrap());
        ends.push(last + 16 + length as usize);
    }
    ends
}

fn small() -> Script {
    let text =
        "session device=IMEI:1 server=http://s/\ndevice\n  Alert 1201\nserver\n  Status SyncHdr 200\n  Status * 200\n";
    Script::parse(text).unwrap().with_encoding(Encoding::Wbxml).unwrap()
}

#[test]
fn every_prefix_of_a_capture_is_analysed_and_a_cut_record_is_reported() {
    let file = small().capture();
    let ends = records(&file);
    assert_eq!(*ends.last().unwrap(), file.len());
    let mut messages = 0;
    for end in 0..=file.len() {
        let report = analyse(&file[..end]);
        let unread = report.inputs[0].is_unread();
        assert_eq!(unread, !ends.contains(&end), "cut at {end}: {:?}", report.inputs[0].problems);
        assert!(report.sessions.len() <= 1, "cut at {end}");
        // A longer prefix never knows less.
        let now = report.sessions.first().map_or(0, |session| session.messages.len());
        assert!(now >= messages, "cut at {end}: {now} messages after {messages}");
        messages = now;
    }
    assert_eq!(messages, 2);
}

#[test]
fn every_prefix_of_a_pcapng_capture_is_analysed_too() {
    let network = Network { format: Format::Pcapng, ..Network::default() };
    let file = small().with_network(network).unwrap().capture();
    for end in 0..=file.len() {
        let report = analyse(&file[..end]);
        assert!(report.sessions.len() <= 1, "cut at {end}");
        assert_eq!(
            report.inputs[0].is_unread(),
            !is_whole_pcapng(&file[..end]),
            "{end}: {:?}",
            report.inputs[0].problems
        );
    }
}

/// Whether a pcapng file ends where a block does.
fn is_whole_pcapng(mut file: &[u8]) -> bool {
    if file.is_empty() {
        return false;
    }
    while let Some(length) = file.get(4..8) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let Some(rest) = file.get(length..) else { return false };
        file = rest;
    }
    file.is_empty()
}

#[test]
fn the_program_ends_with_code_0_1_or_3_whatever_the_prefix() {
    let folder = Folder::new();
    let file = small().capture();
    for end in (0..file.len()).step_by(61).chain([file.len()]) {
        folder.put("cut.pcap", &file[..end]);
        let run = folder.dmscope(["analyze", "--format", "json", "cut.pcap"]);
        assert!([0, 1, 3].contains(&run.code), "cut at {end}: {} {}", run.code, run.stderr);
        let report: Report = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(run.code == 3, report.inputs[0].is_unread(), "cut at {end}");
        assert!(run.stderr.lines().count() <= 2, "cut at {end}: {}", run.stderr);
    }
}

#[test]
fn every_octet_of_a_message_may_be_damaged() {
    for encoding in [Encoding::Wbxml, Encoding::Xml] {
        let script = small().with_encoding(encoding).unwrap();
        let body = &script.messages()[0].body;
        let entry = if encoding == Encoding::Wbxml { entry::wbxml } else { entry::xml };
        for at in 0..body.len() {
            for damage in [0x00, 0x01, 0x3c, 0x7f, 0x80, 0xc3, 0xff, body[at] ^ 0x20, body[at].wrapping_add(1)] {
                let mut damaged = body.clone();
                damaged[at] = damage;
                if catch_unwind(AssertUnwindSafe(|| entry(&damaged))).is_err() {
                    panic!("octet {at} as {damage:#04x}: {damaged:02x?}");
                }
                entry::message(&damaged);
            }
        }
    }
}

/// Analyses one bad exchange and the good session after it; whoever calls says what must be reported.
fn bad_exchange(request: &[u8], response: &[u8]) -> Report {
    let mut traffic = Traffic::new();
    traffic.exchange(40_000, request, response);
    traffic.good();
    let report = analyse(&traffic.file);
    assert!(has_good(&report), "the session after it is lost: {:?}", report.inputs[0]);
    report
}

/// The session of the bad exchange, where there is one.
fn bad_session(report: &Report) -> Option<&dmscope::verdict::SessionReport<'_>> {
    report.sessions.iter().find(|session| session.device.as_deref() == Some("IMEI:bad"))
}

#[test]
fn an_xml_bomb_is_reported_and_never_expanded() {
    let mut laughs = String::from("<!DOCTYPE SyncML [<!ENTITY lol0 'lol'>");
    for level in 1..10 {
        laughs += &format!("<!ENTITY lol{level} '{}'>", format!("&lol{};", level - 1).repeat(10));
    }
    let laughs =
        format!("{laughs}]>{}", message("bad", false, 1, "<Alert><CmdID>1</CmdID><Data>&lol9;</Data></Alert>"));
    let report = bad_exchange(&post(XML, "", laughs.as_bytes()), &ok(XML, b""));
    assert_eq!(bad_session(&report).map(|session| session.messages.len()), Some(1), "{:?}", report.inputs);

    let deep = message("bad", false, 1, &"<Sequence>".repeat(100_000));
    let report = bad_exchange(&post(XML, "", deep.as_bytes()), &ok(XML, b""));
    let session = bad_session(&report).expect("the header was read");
    assert_eq!(session.messages[0].decoded, dmscope::verdict::DecodeState::Partial);

    let wide = "x".repeat(1 << 20);
    let wide = message("bad", false, 1, &format!("<Alert a='{wide}'><CmdID>1</CmdID><Data>1201</Data></Alert>"));
    let report = bad_exchange(&post(XML, "", wide.as_bytes()), &ok(XML, b""));
    let session = bad_session(&report).expect("an attribute is left out of the reading");
    assert_eq!(session.messages[0].commands.len(), 1);

    let names: String = (0..20_000).map(|number| format!(" a{number}=''")).collect();
    let names = message("bad", false, 1, &format!("<Alert{names}><CmdID>1</CmdID><Data>1201</Data></Alert>"));
    assert!(bad_session(&bad_exchange(&post(XML, "", names.as_bytes()), &ok(XML, b""))).is_some());

    let many = message("bad", false, 1, &"<Alert/>".repeat(100_000));
    let report = bad_exchange(&post(XML, "", many.as_bytes()), &ok(XML, b""));
    assert_eq!(bad_session(&report).expect("it was read").messages[0].commands.len(), 100_000);
}

#[test]
fn a_wbxml_message_that_lies_is_reported_and_the_next_one_read() {
    let header = b"\x6d\x6c\x71\x031.2\0\x01\x72\x03DM/1.2\0\x01\x65\x03bad\0\x01\x5b\x031\0\x01\
                   \x6e\x57\x03http://s\0\x01\x01\x67\x57\x03IMEI:bad\0\x01\x01\x01\x6b";
    let table: [(&str, Vec<u8>); 6] = [
        ("nesting", [&header[..], &[0x6b; 10_000]].concat()),
        ("OPAQUE", [&header[..], b"\x4f\xc3\x8f\xff\xff\xff\x7f"].concat()),
        ("an endless number", [&header[..], b"\x4f\xc3", &[0x80; 10_000]].concat()),
        ("a reference past the string table", [&header[..], b"\x4f\x83\x8f\xff\xff\xff\x7f\x01\x01"].concat()),
        ("a string without an end", [&header[..], b"\x4f\x03", &[b'a'; 10_000]].concat()),
        ("pages", [&header[..], &b"\x00\x07".repeat(10_000)].concat()),
    ];
    for (what, tokens) in table {
        let report = bad_exchange(&post(WBXML, "", &wbxml(&tokens)), &ok(WBXML, b""));
        let session = bad_session(&report).unwrap_or_else(|| panic!("{what}: {:?}", report.inputs));
        assert_eq!(session.messages[0].decoded, dmscope::verdict::DecodeState::Partial, "{what}");
    }
    // Nothing can be read of these; the report says so.
    for (what, body) in [
        ("a string table past the end", b"\x03\xa4\x01\x6a\x8f\xff\xff\xff\x7f\x6d".to_vec()),
        ("an endless number in the header", [&b"\x03\xa4\x01"[..], &[0xff; 100]].concat()),
        ("only a version", vec![3]),
    ] {
        let report = bad_exchange(&post(WBXML, "", &body), &ok(WBXML, b""));
        let said = kinds(&report).contains(&ProblemKind::BadMessage) || report.sessions.len() == 2;
        assert!(said, "{what}: {:?}", report.inputs);
    }
}

#[test]
fn a_length_that_no_body_has_is_no_reason_to_stop() {
    let head = "POST /dm HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.syncml.dm+xml\r\n";
    for lines in [
        "Content-Length: 9223372036854775808\r\n\r\n<SyncML>",
        "Content-Length: 9223372036854775807\r\n\r\n<SyncML>",
        "Content-Length: 18446744073709551616\r\n\r\n<SyncML>",
        "Content-Length: 99999999999999999999999999999999\r\n\r\n<SyncML>",
        "Content-Length: -1\r\n\r\n<SyncML>",
        "Content-Length: 0x10\r\n\r\n<SyncML>",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n<SyncML>",
        "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n<SyncML>",
        "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n<SyncML>",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n<SyncML>",
        "Transfer-Encoding: chunked\r\n\r\n8\r\n<SyncML>8\r\n",
    ] {
        let request = format!("{head}{lines}");
        let report = bad_exchange(request.as_bytes(), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let said = !report.inputs[0].problems.is_empty() || report.sessions.len() == 2;
        assert!(said, "{lines:?}: {:?}", report.inputs);
    }
    let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", "1".repeat(1 << 20));
    bad_exchange(endless.as_bytes(), b"HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn a_head_without_an_end_is_given_up() {
    let endless = format!("POST /dm HTTP/1.1\r\nX: {}", "x".repeat(1 << 20));
    bad_exchange(endless.as_bytes(), b"HTTP/1.1 400 No\r\n\r\n");
    let line = format!("POST /{} HTTP/1.1\r\n", "x".repeat(1 << 20));
    bad_exchange(line.as_bytes(), b"HTTP/1.1 414 No\r\n\r\n");
    let folded = format!("POST /dm HTTP/1.1\r\nX: y\r\n{}\r\n", " z\r\n".repeat(50_000));
    bad_exchange(folded.as_bytes(), b"HTTP/1.1 400 No\r\n\r\n");
}

#[test]
fn a_hundred_thousand_header_lines_do_not_hide_what_follows() {
    let body = message("bad", false, 1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
    let few = post(XML, &"X: y\r\n".repeat(5_000), body.as_bytes());
    let report = bad_exchange(&few, &ok(XML, b""));
    assert!(bad_session(&report).is_some(), "more lines than are kept, in a head that is: {:?}", report.inputs);
    let many = post(XML, &"X: y\r\n".repeat(100_000), body.as_bytes());
    let report = bad_exchange(&many, &ok(XML, b""));
    let said = !report.inputs[0].problems.is_empty() || bad_session(&report).is_some();
    assert!(said, "{:?}", report.inputs);
}

#[test]
fn a_bomb_in_a_content_coding_goes_off_in_a_box() {
    let chunk = vec![b'a'; 1 << 20];
    let start = message("bad", false, 1, "");
    let start = start.split("<Final").next().unwrap().as_bytes();
    let bomb = gzip(std::iter::once(start).chain(std::iter::repeat_n(&*chunk, 32)));
    assert!(bomb.len() < 1 << 20);
    let report = bad_exchange(&post(XML, "Content-Encoding: gzip\r\n", &bomb), &ok(XML, b""));
    let session = bad_session(&report).expect("what was unfolded is read");
    assert_eq!(session.messages[0].decoded, dmscope::verdict::DecodeState::Partial);
    assert!(session.messages[0].bytes <= Limits::DECODED_BODY as u64);
    let broken = post(XML, "Content-Encoding: gzip\r\n", b"\x1f\x8b\x08\x00 this is no gzip at all");
    let report = bad_exchange(&broken, &ok(XML, b""));
    assert!(!report.inputs[0].problems.is_empty(), "a coding that could not be undone is reported");
}

#[test]
fn a_bomb_as_a_capture_file_is_read_piece_by_piece() {
    let mut traffic = Traffic::new();
    traffic.good();
    let record = [&[0; 8][..], &(8_u32 << 20).to_le_bytes(), &(8_u32 << 20).to_le_bytes(), &vec![0; 8 << 20]].concat();
    let bomb = gzip(std::iter::once(&traffic.file).chain(std::iter::repeat_n(&record, 8)));
    assert!(bomb.len() < 1 << 20);
    let report = analyse(&bomb);
    assert!(has_good(&report), "{:?}", report.inputs);
    assert_eq!(report.inputs[0].bytes, (traffic.file.len() + 8 * record.len()) as u64);
    let nested = analyse(&gzip([bomb]));
    assert_eq!(kinds(&nested), [ProblemKind::NotACapture], "{:?}", nested.inputs);
}

#[test]
fn a_truncated_gzip_gives_what_it_held() {
    let mut traffic = Traffic::new();
    traffic.good();
    let whole = gzip([&traffic.file]);
    for end in (0..whole.len()).step_by(7) {
        let report = analyse(&whole[..end]);
        assert!(report.inputs[0].is_unread(), "cut at {end}: {:?}", report.inputs);
    }
    assert!(has_good(&analyse(&whole)));
}

#[test]
fn a_record_that_lies_about_its_length_is_stepped_over() {
    let good = {
        let mut traffic = Traffic::new();
        traffic.good();
        traffic.file
    };
    let header = |length: u32| {
        let mut octets = good[24..32].to_vec();
        octets.extend(length.to_le_bytes());
        octets.extend(length.to_le_bytes());
        octets
    };
    for length in [u32::MAX, 1 << 31, 100 << 20, (16 << 20) + 1] {
        let file = [&good[..24], &header(length), &[0x45; 60], &good[24..]].concat();
        let report = analyse(&file);
        assert!(report.inputs[0].is_unread(), "{length}");
        assert!(has_good(&report), "{length}: {:?}", report.inputs);
    }
    // A length that is possible leads somewhere else; the octets there are the file's end.
    let report = analyse(&[&good[..], &header(1000), &[0x45; 60]].concat());
    assert!(has_good(&report));
    assert_eq!(kinds(&report), [ProblemKind::TruncatedRecord], "{:?}", report.inputs);
}

#[test]
fn a_pcapng_block_that_lies_about_its_length_is_stepped_over() {
    let network = Network { format: Format::Pcapng, ..traffic::good().network().clone() };
    let good = traffic::good().with_network(network).unwrap().capture();
    // Section header and interface description come first.
    let first = u32::from_le_bytes(good[4..8].try_into().unwrap()) as usize;
    let second = u32::from_le_bytes(good[first + 4..first + 8].try_into().unwrap()) as usize;
    let start = first + second;
    for length in [0_u32, 1, 8, 11, 13, 14, 15, 100 << 20, 0x7fff_fffc, u32::MAX, u32::MAX - 3] {
        let block = [&6_u32.to_le_bytes()[..], &length.to_le_bytes(), &[0; 24]].concat();
        let report = analyse(&[&good[..start], &block, &good[start..]].concat());
        assert!(report.inputs[0].is_unread(), "{length}: {:?}", report.inputs);
        assert!(has_good(&report), "{length}: {:?}", report.inputs);
    }
    let mut trailer = good.clone();
    let length = u32::from_le_bytes(good[start + 4..start + 8].try_into().unwrap()) as usize;
    trailer[start + length - 4..start + length].copy_from_slice(&[0xff; 4]);
    let report = analyse(&trailer);
    assert!(!report.inputs[0].problems.is_empty() && has_good(&report), "{:?}", report.inputs);
}

#[test]
fn ten_thousand_connections_are_followed() {
    let mut traffic = Traffic::new();
    for port in 10_000..20_000 {
        let mut connection = traffic.open(port);
        let start = &post(XML, "", &[b'x'; 500])[..200];
        traffic.send(&mut connection, false, start);
    }
    traffic.good();
    let report = analyse(&traffic.file);
    assert!(has_good(&report), "{:?}", report.inputs);
}

#[test]
fn more_connections_than_are_held_let_the_idle_ones_go() {
    let mut traffic = Traffic::new();
    // Seen from their middle, so that one packet is enough; one octet alone would be a keep-alive probe.
    for number in 0..70_000_u32 {
        let [_, a, b, c] = number.to_be_bytes();
        let mut packet = vec![0x45, 0, 0, 42, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, a, b, c, 198, 51, 100, 1];
        packet.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0, b'P', b'O']);
        traffic.frame(&packet);
    }
    traffic.good();
    let report = analyse(&traffic.file);
    assert!(kinds(&report).contains(&ProblemKind::FlowLimit), "{:?}", report.inputs);
    assert!(has_good(&report), "{:?}", report.inputs);
}

#[test]
fn a_session_without_end_is_cut_at_the_limit() {
    let mut traffic = Traffic::new();
    let mut connection = traffic.open(40_000);
    for number in 1..=10_000 {
        let last = number - 1;
        let status = format!(
            "<Status><CmdID>1</CmdID><MsgRef>{last}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>"
        );
        let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get>";
        let request = message("bad", false, number, &status);
        let response = message("bad", true, number, get);
        traffic.send(&mut connection, false, &post(XML, "", request.as_bytes()));
        traffic.send(&mut connection, true, &ok(XML, response.as_bytes()));
    }
    traffic.close(&connection);
    traffic.good();
    let report = analyse(&traffic.file);
    assert!(has_good(&report), "{:?}", report.inputs);
    assert!(kinds(&report).contains(&ProblemKind::SessionLimit), "{:?}", report.inputs);
    let longest = report.sessions.iter().map(|session| session.messages.len()).max().unwrap();
    assert!(longest <= Limits::SESSION_MESSAGES, "{longest}");
}

#[test]
fn segments_that_never_join_do_not_block_the_capture() {
    let mut traffic = Traffic::new();
    let mut connection = traffic.open(40_000);
    // Every segment leaves a hole before it.
    for _ in 0..2_000 {
        traffic.skip(&mut connection, false, 1);
        traffic.send(&mut connection, false, &[b'x'; 10_000]);
    }
    traffic.good();
    let report = analyse(&traffic.file);
    assert!(has_good(&report), "{:?}", report.inputs);
    let said = [ProblemKind::BufferLimit, ProblemKind::StreamGap];
    assert!(kinds(&report).iter().any(|kind| said.contains(kind)), "{:?}", report.inputs);
}
