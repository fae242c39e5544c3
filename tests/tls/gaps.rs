//! Captures with frames left out, and hostile octets.

use super::{BACK, CAPTURES, SENT, keylog, read, run};
use dmscope::base::{FrameNo, Timestamp};
use dmscope::net::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
use dmscope::tls::{KeyLog, PrivateKeyError, PrivateKeys, Secrets, Tls};
use proptest::prelude::*;
use std::sync::Arc;

/// Whether a text is what is left of two lines.
fn is_rest_of(text: &str, whole: &str) -> bool {
    let (first, second) = whole.split_at(whole.find('\n').unwrap() + 1);
    ["", first, second, whole].contains(&text)
}

#[test]
fn with_any_one_frame_missing_nothing_wrong_comes_out_and_what_is_missing_is_told() {
    for (name, ..) in CAPTURES {
        let capture = read(&format!("captures/{name}.pcap"));
        let secrets = keylog(name);
        for lost in 1..80 {
            let run = run(capture.clone(), Tls::new(secrets.clone()), &|frame| frame != lost);
            for seen in run.flows.values() {
                // Tiny records of TLS 1.0: single octets can be missing.
                let rest = name.starts_with("tls10")
                    || (is_rest_of(&seen.to_server, SENT) && is_rest_of(&seen.to_client, BACK));
                assert!(rest, "{name} without {lost}: {seen:?}");
                let complete = seen.to_server == SENT && seen.to_client == BACK;
                let told = seen.gaps > 0 || !run.problems.is_empty();
                assert!(complete || told || seen.secured.is_none(), "{name} without {lost}: {seen:?}");
            }
        }
    }
}

#[test]
fn a_lost_line_leaves_the_other_one() {
    for name in ["tls13-aes128-ccm", "tls12-aes256-cbc-sha384", "tls12-aes128-ccm8-rsa", "tls11-aes256-cbc-sha"] {
        let capture = read(&format!("captures/{name}.pcap"));
        let both = (1..40)
            .filter(|lost| {
                let run = run(capture.clone(), Tls::new(keylog(name)), &|frame| frame != *lost);
                let seen = &run.flows[&0];
                run.problems.is_empty() && seen.gaps == 1 && seen.to_server == "the second line\n"
            })
            .count();
        assert_eq!(both, 1, "{name}");
    }
}

#[test]
fn key_files_that_give_no_key_say_why() {
    let table = [
        ("", Err(PrivateKeyError::NoKey)),
        ("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", Err(PrivateKeyError::NoKey)),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ", Err(PrivateKeyError::Encrypted)),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n-----END ", Err(PrivateKeyError::Encrypted)),
        ("-----BEGIN RSA PRIVATE KEY-----\n!\n-----END ", Err(PrivateKeyError::Broken)),
        ("-----BEGIN RSA PRIVATE KEY-----\nAA==\n", Err(PrivateKeyError::Broken)),
        ("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END ", Err(PrivateKeyError::NotRsa)),
    ];
    for (text, expected) in table {
        assert_eq!(PrivateKeys::default().add(text), expected, "{text}");
    }
    let ec = String::from_utf8(read("ec.key.pem")).unwrap();
    assert_eq!(PrivateKeys::default().add(&ec), Err(PrivateKeyError::NotRsa));
    let mut keys = PrivateKeys::default();
    keys.add(&String::from_utf8(read("rsa.key.pem")).unwrap()).unwrap();
    assert_eq!(format!("{keys:?}"), "PrivateKeys(1)");
}

#[test]
fn a_hello_in_the_format_of_ssl_2_begins_a_connection() {
    let mut reader =
        dmscope::capture::Reader::open(Box::new(std::io::Cursor::new(read("captures/tls12-null-sha256.pcap"))));
    let (mut net, mut pieces) = (dmscope::net::Net::new(), Vec::new());
    while let Some(event) = reader.next() {
        let dmscope::capture::Event::Frame(frame) = event else { continue };
        net.frame(&frame, &mut |event| {
            if let FlowEventKind::Data { direction, bytes } = event.kind {
                pieces.push((direction == FlowDirection::ToServer, bytes.to_vec()));
            }
        });
    }
    // Type, version, lengths of one suite, no session and a challenge of 16 octets; before it the length of all.
    let mut hello = vec![1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0, 0x3b];
    hello.extend([7; 16]);
    let first = pieces.iter_mut().find(|piece| piece.0).unwrap();
    first.1 = [vec![0x80, hello.len() as u8], hello].concat();
    for cut in [usize::MAX, 1] {
        let pieces: Vec<(bool, Vec<u8>)> =
            pieces.iter().flat_map(|(up, octets)| octets.chunks(cut).map(|piece| (*up, piece.to_vec()))).collect();
        let (out, closed) = feed(&pieces, Arc::default(), false);
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("the second line\n") && out.contains("enil dnoces eht\n"), "{out}");
        assert_eq!(closed, 1);
    }
}

fn end(port: u16) -> Endpoint {
    Endpoint { address: [10, 0, 0, 1].into(), port }
}

/// Runs pieces of both directions through; gives what came out, and what was left waiting.
fn feed(pieces: &[(bool, Vec<u8>)], secrets: Arc<Secrets>, late: bool) -> (Vec<u8>, usize) {
    let mut tls = Tls::new(secrets);
    tls.expect_secrets(late);
    let (mut out, mut closed) = (Vec::new(), 0);
    let mut sink = |event: FlowEvent<'_>| match event.kind {
        FlowEventKind::Data { bytes, .. } => out.extend_from_slice(bytes),
        FlowEventKind::Closed { .. } => closed += 1,
        _ => {}
    };
    let opened = FlowEventKind::Opened { client: end(1), server: end(2), mid_stream: false };
    let events = pieces.iter().map(|(up, bytes)| {
        let direction = if *up { FlowDirection::ToServer } else { FlowDirection::ToClient };
        if bytes.is_empty() {
            FlowEventKind::Gap { direction, length: Some(9) }
        } else {
            FlowEventKind::Data { direction, bytes }
        }
    });
    let last = FlowEventKind::Closed { reason: CloseReason::Finished };
    for (index, kind) in std::iter::once(opened).chain(events).chain([last]).enumerate() {
        let frame = FrameNo::new(index as u64 + 1).unwrap();
        tls.event(&FlowEvent { flow: FlowId(0), frame, time: Timestamp::default(), kind }, &mut sink);
    }
    tls.finish(&mut sink);
    (out, closed)
}

#[test]
fn plaintext_passes_as_it_is_also_where_it_begins_like_a_record() {
    let table: [&[&[u8]]; 6] = [
        &[b"GET / HTTP/1.1\r\n", b"\x16\x03\x01 no record"],
        &[b"\x16"],
        &[b"\x16", b"\x03", b"\x01", b"\xff\xff\x01 no record"],
        &[b"\x16\x03\x01\x00\x20\x01\x00", b"\x00\x1c\x99\x99 no hello"],
        &[b"\x80\x2e\x01", b"\x04 no hello"],
        &[b"\x17\x02 no record"],
    ];
    for pieces in table {
        let events: Vec<(bool, Vec<u8>)> = pieces.iter().map(|piece| (true, piece.to_vec())).collect();
        let (out, closed) = feed(&events, Arc::default(), false);
        assert_eq!((out, closed), (pieces.concat(), 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_octets_neither_panic_nor_hold_the_end_back(
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 0..20),
        late: bool,
    ) {
        prop_assert_eq!(feed(&pieces, Arc::default(), late).1, 1);
    }

    #[test]
    fn altered_captures_neither_panic_nor_show_anything_altered(
        which in 0..CAPTURES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (name, ..) = CAPTURES[which];
        // Records without encryption are shown as they are, and those of TLS 1.0 in single octets.
        prop_assume!(!name.contains("null") && !name.contains("tls10"));
        let mut capture = read(&format!("captures/{name}.pcap"));
        for (at, value) in changes {
            // In the packets' octets, behind headers of the file.
            let at = 24 + at.index(capture.len() - 24);
            capture[at] ^= value;
        }
        let mut reader = dmscope::capture::Reader::open(Box::new(std::io::Cursor::new(capture)));
        let (mut net, mut tls, mut seen) = (dmscope::net::Net::new(), Tls::new(keylog(name)), super::Run::default());
        while let Some(event) = reader.next() {
            let dmscope::capture::Event::Frame(frame) = event else { continue };
            net.frame(&frame, &mut |event| tls.event(&event, &mut |event| seen.take(&event)));
        }
        net.finish(&mut |event| tls.event(&event, &mut |event| seen.take(&event)));
        tls.finish(&mut |event| seen.take(&event));
        for flow in seen.flows.values().filter(|flow| flow.secured.is_some()) {
            // Where the start of the flow was altered, client and server may be taken for each other.
            let fits = |one, other| is_rest_of(one, SENT) && is_rest_of(other, BACK);
            let (up, down) = (&flow.to_server, &flow.to_client);
            prop_assert!(fits(up, down) || fits(down, up), "{:?}", flow);
        }
    }

    #[test]
    fn any_key_log_is_read_or_its_lines_are_named(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = KeyLog::parse(&text);
    }
}
