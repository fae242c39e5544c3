//! Captures of real TLS connections, opened with what opens them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod gaps;
mod handshakes;
mod program;
#[path = "../program/mod.rs"]
mod runner;

use dmscope::base::{Certificate, Handshake, Offered, Problem, ProblemKind};
use dmscope::capture::{Event, Reader};
use dmscope::net::{FlowDirection, FlowEvent, FlowEventKind, Net};
use dmscope::tls::{KeyLog, Secrets, Stats, Tls};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What came of one flow.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Seen {
    secured: Option<String>,
    to_server: String,
    to_client: String,
    gaps: usize,
    ended: usize,
    closed: usize,
}

#[derive(Debug, Default)]
struct Run {
    flows: BTreeMap<u64, Seen>,
    problems: Vec<Problem>,
    stats: Stats,
    handshakes: Vec<Handshake>,
}

impl Run {
    fn take(&mut self, event: &FlowEvent<'_>) {
        let seen = self.flows.entry(event.flow.0).or_default();
        match event.kind {
            FlowEventKind::Data { direction: FlowDirection::ToServer, bytes } => {
                seen.to_server += &String::from_utf8_lossy(bytes);
            }
            FlowEventKind::Data { bytes, .. } => seen.to_client += &String::from_utf8_lossy(bytes),
            FlowEventKind::Gap { .. } => seen.gaps += 1,
            FlowEventKind::HalfClosed { .. } => seen.ended += 1,
            FlowEventKind::Closed { .. } => seen.closed += 1,
            FlowEventKind::Secured(secured) => {
                self.handshakes.push(secured.handshake);
                let (name, protocol) = (secured.server_name.unwrap_or("-"), secured.protocol.unwrap_or("-"));
                seen.secured = Some(format!("{} {} {name} {protocol}", secured.version_name(), secured.cipher_name));
            }
            FlowEventKind::Opened { .. } | FlowEventKind::Datagram { .. } => {}
        }
    }

    /// The reasons, without the connections' names.
    fn reasons(&self) -> Vec<&str> {
        self.problems.iter().map(|problem| problem.text.split_once("closed: ").unwrap().1).collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn keylog(name: &str) -> Arc<Secrets> {
    let (log, errors) = KeyLog::parse(&read(&format!("captures/{name}.keys.log")));
    assert_eq!(errors, []);
    Arc::new(Secrets { log, ..Secrets::default() })
}

fn server_key(file: &str) -> Arc<Secrets> {
    let mut secrets = Secrets::default();
    secrets.keys.add(&String::from_utf8(read(file)).unwrap()).unwrap();
    Arc::new(secrets)
}

/// Runs a capture through; frames for which `keep` is false are taken for not captured.
fn run(capture: Vec<u8>, tls: Tls, keep: &dyn Fn(u64) -> bool) -> Run {
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(capture)));
    let mut net = Net::new();
    let mut tls = tls;
    let mut run = Run::default();
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) if keep(frame.number.get()) => net.frame(&frame, &mut |event| {
                tls.event(&event, &mut |event| run.take(&event));
            }),
            Event::Frame(_) => {}
            Event::Secrets(block) => tls.secrets(block.bytes, None, &mut |event| run.take(&event)),
            Event::Problem(problem) => panic!("{}", problem.text),
        }
    }
    net.finish(&mut |event| tls.event(&event, &mut |event| run.take(&event)));
    tls.finish(&mut |event| run.take(&event));
    assert_eq!(tls.oldest_open(), None);
    run.problems = tls.take_problems();
    run.stats = tls.stats();
    run
}

fn whole(name: &str, secrets: Arc<Secrets>) -> Run {
    run(read(&format!("captures/{name}.pcap")), Tls::new(secrets), &|_| true)
}

const SENT: &str = "the first line\nthe second line\n";
const BACK: &str = "enil tsrif eht\nenil dnoces eht\n";

#[track_caller]
fn check_opened(name: &str, run: &Run, secured: &str) {
    assert_eq!(run.problems, [], "{name}");
    assert!(!run.flows.is_empty(), "{name}");
    for seen in run.flows.values() {
        assert_eq!(seen.secured.as_deref(), Some(secured), "{name}");
        assert_eq!((seen.to_server.as_str(), seen.to_client.as_str()), (SENT, BACK), "{name}");
        assert_eq!((seen.gaps, seen.closed), (0, 1), "{name}");
    }
}

/// Captures, and what their connections agreed on; whether the server's key opens them.
const CAPTURES: [(&str, usize, &str, bool); 19] = [
    ("tls10-3des", 1, "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA", true),
    ("tls10-aes128-cbc-sha", 1, "TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", false),
    ("tls10-aes256-cbc-sha-rsa-mac-then-encrypt", 1, "TLS 1.0 TLS_RSA_WITH_AES_256_CBC_SHA", true),
    ("tls11-aes256-cbc-sha", 1, "TLS 1.1 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", false),
    ("tls11-rc4-md5", 1, "TLS 1.1 TLS_RSA_WITH_RC4_128_MD5", true),
    ("tls12-3des-encrypt-then-mac", 1, "TLS 1.2 TLS_RSA_WITH_3DES_EDE_CBC_SHA", true),
    ("tls12-aes128-cbc-sha256-rsa", 1, "TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA256", true),
    ("tls12-aes128-ccm8-rsa", 1, "TLS 1.2 TLS_RSA_WITH_AES_128_CCM_8", true),
    ("tls12-aes256-cbc-sha384", 1, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", false),
    ("tls12-aes256-cbc-sha384-mac-then-encrypt", 1, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", false),
    ("tls12-aes256-ccm", 1, "TLS 1.2 TLS_DHE_RSA_WITH_AES_256_CCM", false),
    ("tls12-null-sha256", 1, "TLS 1.2 TLS_RSA_WITH_NULL_SHA256", true),
    ("tls12-rc4-sha-rsa", 1, "TLS 1.2 TLS_RSA_WITH_RC4_128_SHA", true),
    ("tls12-renegotiated", 1, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", false),
    ("tls12-resumed-by-session-id", 2, "TLS 1.2 TLS_RSA_WITH_AES_128_GCM_SHA256", true),
    ("tls12-resumed-by-ticket", 2, "TLS 1.2 TLS_RSA_WITH_AES_256_GCM_SHA384", true),
    ("tls13-aes128-ccm", 1, "TLS 1.3 TLS_AES_128_CCM_SHA256", false),
    ("tls13-padded-and-resumed", 2, "TLS 1.3 TLS_AES_256_GCM_SHA384", false),
    ("tls13-retry-and-key-update", 1, "TLS 1.3 TLS_AES_256_GCM_SHA384", false),
];

#[test]
fn every_capture_is_opened_by_its_key_log() {
    for (name, connections, agreed, _) in CAPTURES {
        let run = whole(name, keylog(name));
        check_opened(name, &run, &format!("{agreed} dm.example.com -"));
        assert_eq!(run.flows.len(), connections, "{name}");
        assert_eq!(
            (run.stats.connections, run.stats.opened, run.stats.closed),
            (connections as u64, connections as u64, 0)
        );
    }
}

#[test]
fn of_a_handshake_it_is_told_what_was_offered_and_until_when_the_certificate_is_valid() {
    // As openssl shows them.
    let dates = (1_795_651_210, 4_949_251_210);
    let dates_of = |certificate: Certificate| (certificate.not_before, certificate.not_after);
    for (name, connections, agreed, _) in CAPTURES {
        let run = whole(name, keylog(name));
        assert_eq!(run.handshakes.len(), connections, "{name}");
        for (at, Handshake { offered, certificate }) in run.handshakes.iter().enumerate() {
            let offered = offered.unwrap();
            assert!(
                agreed.contains(["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"][usize::from(offered.highest) - 0x301]),
                "{name}"
            );
            let common = Offered::COMMON.iter().any(|(_, suite)| agreed.ends_with(suite));
            assert!(!common || offered.common().any(|suite| agreed.ends_with(suite)), "{name}");
            // Who resumes a session shows none.
            let resumed = at > 0 && name.contains("resumed");
            assert_eq!(certificate.map(dates_of), (!resumed).then_some(dates), "{name} {at}");
            assert!(certificate.is_none_or(|certificate| certificate.shown.nanos() > 0), "{name}");
        }
    }
}

#[test]
fn connections_with_rsa_key_exchange_are_opened_by_the_key_of_the_server() {
    for file in ["rsa.key.pem", "rsa.pkcs1.pem"] {
        for (name, _, agreed, _) in CAPTURES.iter().filter(|capture| capture.3) {
            check_opened(name, &whole(name, server_key(file)), &format!("{agreed} dm.example.com -"));
        }
    }
}

#[test]
fn an_rsa_line_alone_opens_a_connection() {
    let name = "tls12-aes128-cbc-sha256-rsa";
    let log = String::from_utf8(read(&format!("captures/{name}.keys.log"))).unwrap();
    let line: String = log.lines().filter(|line| line.starts_with("RSA ")).collect();
    let (log, errors) = KeyLog::parse(line.as_bytes());
    assert_eq!(errors, []);
    let run = whole(name, Arc::new(Secrets { log, ..Secrets::default() }));
    check_opened(name, &run, "TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA256 dm.example.com -");
}

#[test]
fn without_a_secret_each_connection_says_why_it_stays_closed() {
    for (name, connections, agreed, _) in CAPTURES {
        if agreed.contains("NULL") {
            continue;
        }
        let run = whole(name, Arc::default());
        assert_eq!(run.problems.len(), connections, "{name}: {:?}", run.problems);
        for (problem, seen) in run.problems.iter().zip(run.flows.values()) {
            assert_eq!(problem.kind, ProblemKind::EncryptedTraffic);
            assert!(problem.text.contains("(dm.example.com) stays closed: "), "{}", problem.text);
            assert!(problem.text.contains("--keylog"), "{}", problem.text);
            assert_eq!((seen.to_server.as_str(), seen.to_client.as_str(), seen.closed), ("", "", 1), "{name}");
        }
    }
}

#[test]
fn records_that_are_not_encrypted_need_no_secret() {
    let run = whole("tls12-null-sha256", Arc::default());
    check_opened("null", &run, "TLS 1.2 TLS_RSA_WITH_NULL_SHA256 dm.example.com -");
}

#[test]
fn early_data_counts_where_the_server_accepts_it_and_only_there() {
    let run = whole("tls13-early-data", keylog("tls13-early-data"));
    assert_eq!(run.problems, []);
    let sent: Vec<&str> = run.flows.values().map(|seen| seen.to_server.as_str()).collect();
    let early = format!("an early line\n{SENT}");
    assert_eq!(sent, [SENT, early.as_str(), SENT]);
    assert!(run.flows.values().all(|seen| seen.to_client == "a reply\n" && seen.gaps == 0));
}

#[test]
fn early_data_without_its_secret_is_a_gap() {
    let log = String::from_utf8(read("captures/tls13-early-data.keys.log")).unwrap();
    let log: String = log.lines().filter(|line| !line.contains("EARLY")).map(|line| format!("{line}\n")).collect();
    let secrets = Secrets { log: KeyLog::parse(log.as_bytes()).0, ..Secrets::default() };
    let run = whole("tls13-early-data", Arc::new(secrets));
    assert_eq!(run.problems, []);
    let sent: Vec<(&str, usize)> = run.flows.values().map(|seen| (seen.to_server.as_str(), seen.gaps)).collect();
    assert_eq!(sent, [(SENT, 0), (SENT, 1), (SENT, 0)]);
}

#[test]
fn the_secrets_of_the_handshake_are_not_needed() {
    let name = "tls13-retry-and-key-update";
    let log = String::from_utf8(read(&format!("captures/{name}.keys.log"))).unwrap();
    let log: String = log.lines().filter(|line| !line.contains("HANDSHAKE")).map(|line| format!("{line}\n")).collect();
    let secrets = Secrets { log: KeyLog::parse(log.as_bytes()).0, ..Secrets::default() };
    check_opened(name, &whole(name, Arc::new(secrets)), "TLS 1.3 TLS_AES_256_GCM_SHA384 dm.example.com -");
}

#[test]
fn ssl_3_is_recognised_and_named() {
    let run = whole("ssl30", keylog("ssl30"));
    assert_eq!(run.reasons(), ["dmscope does not open protocol version 0x0300 (SSL 3.0); it opens TLS 1.0 to 1.3"]);
}

#[test]
fn a_secret_that_comes_late_opens_what_waited() {
    for (name, connections, agreed, _) in CAPTURES {
        let log = read(&format!("captures/{name}.keys.log"));
        let mut reader = Reader::open(Box::new(std::io::Cursor::new(read(&format!("captures/{name}.pcap")))));
        let (mut net, mut tls, mut run) = (Net::new(), Tls::new(Arc::default()), Run::default());
        tls.expect_secrets(true);
        while let Some(event) = reader.next() {
            let Event::Frame(frame) = event else { continue };
            net.frame(&frame, &mut |event| tls.event(&event, &mut |event| run.take(&event)));
        }
        net.finish(&mut |event| tls.event(&event, &mut |event| run.take(&event)));
        assert!(tls.oldest_open().is_some() || agreed.contains("NULL"), "{name}");
        tls.secrets(&log, None, &mut |event| run.take(&event));
        tls.finish(&mut |event| run.take(&event));
        run.problems = tls.take_problems();
        check_opened(name, &run, &format!("{agreed} dm.example.com -"));
        assert_eq!(run.flows.len(), connections, "{name}");
    }
}

#[test]
fn a_capture_that_begins_in_the_middle_says_so() {
    let run = run(read("captures/tls13-aes128-ccm.pcap"), Tls::new(keylog("tls13-aes128-ccm")), &|frame| frame > 7);
    assert_eq!(
        run.reasons(),
        ["its handshake is not in the capture as a whole; start the capture before the connection"]
    );
}
