//! Connections made in memory, with every suite of rustls and at every cut.

use super::{Run, folder};
use dmscope::base::{FrameNo, Timestamp};
use dmscope::net::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId};
use dmscope::tls::{KeyLog, Secrets, Tls};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, SupportedCipherSuite,
    SupportedProtocolVersion,
};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

/// Writes down secrets as a key log.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<String>);

impl rustls::KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        *self.0.lock().unwrap() += &format!("{label} {} {}\n", hex(client_random), hex(secret));
    }
}

/// What passes over the wire, in order.
pub(super) type Wire = Vec<(FlowDirection, Vec<u8>)>;

pub(super) struct Ends {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    pub(super) log: Arc<Log>,
}

impl Ends {
    pub(super) fn new(suite: SupportedCipherSuite, groups: [&[&'static dyn SupportedKxGroup]; 2]) -> Self {
        let version = if suite.tls13().is_some() { &rustls::version::TLS13 } else { &rustls::version::TLS12 };
        let versions: [&'static SupportedProtocolVersion; 1] = [version];
        let provider = |groups: &[&'static dyn SupportedKxGroup]| {
            let kx_groups = groups.to_vec();
            Arc::new(CryptoProvider { cipher_suites: vec![suite], kx_groups, ..aws_lc_rs::default_provider() })
        };
        let kind = if format!("{:?}", suite.suite()).contains("ECDSA") { "ec" } else { "rsa" };
        let certificate = CertificateDer::from_pem_file(folder().join(format!("{kind}.cert.pem"))).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder().join(format!("{kind}.key.pem"))).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let log = Arc::new(Log::default());
        let mut client = ClientConfig::builder_with_provider(provider(groups[0]))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.key_log = log.clone();
        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        client.enable_early_data = true;
        let mut server = ServerConfig::builder_with_provider(provider(groups[1]))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        server.max_early_data_size = 1_000;
        Self { client: Arc::new(client), server: Arc::new(server), log }
    }

    pub(super) fn plain(suite: SupportedCipherSuite) -> Self {
        Self::new(suite, [aws_lc_rs::ALL_KX_GROUPS, aws_lc_rs::ALL_KX_GROUPS])
    }

    /// One connection on which the client sends each piece and the server answers with the same in upper case. `before`
    /// runs before each piece.
    pub(super) fn talk(&self, pieces: &[&[u8]], before: &dyn Fn(&mut ClientConnection, &mut ServerConnection)) -> Wire {
        let name = ServerName::try_from("dm.example.com").unwrap();
        let mut client = ClientConnection::new(self.client.clone(), name).unwrap();
        let mut server = ServerConnection::new(self.server.clone()).unwrap();
        client.set_buffer_limit(None);
        server.set_buffer_limit(None);
        let mut wire = Wire::new();
        exchange(&mut client, &mut server, &mut wire);
        for piece in pieces {
            before(&mut client, &mut server);
            client.writer().write_all(piece).unwrap();
            let (up, _) = exchange(&mut client, &mut server, &mut wire);
            assert_eq!(&up, piece);
            server.writer().write_all(&up.to_ascii_uppercase()).unwrap();
            let (_, down) = exchange(&mut client, &mut server, &mut wire);
            assert_eq!(down, up.to_ascii_uppercase());
        }
        client.send_close_notify();
        server.send_close_notify();
        exchange(&mut client, &mut server, &mut wire);
        wire
    }

    pub(super) fn secrets(&self) -> Arc<Secrets> {
        let (log, errors) = KeyLog::parse(self.log.0.lock().unwrap().as_bytes());
        assert_eq!(errors, []);
        Arc::new(Secrets { log, ..Secrets::default() })
    }
}

/// Lets both ends write and read until neither has anything to say; gives what the server and the client received.
fn exchange(client: &mut ClientConnection, server: &mut ServerConnection, wire: &mut Wire) -> (Vec<u8>, Vec<u8>) {
    let mut received = (Vec::new(), Vec::new());
    loop {
        let (mut up, mut down) = (Vec::new(), Vec::new());
        while client.wants_write() {
            client.write_tls(&mut up).unwrap();
        }
        let mut rest = up.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets().unwrap();
            // It would block at the end.
            let _ = server.reader().read_to_end(&mut received.0);
        }
        while server.wants_write() {
            server.write_tls(&mut down).unwrap();
        }
        let mut rest = down.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
            let _ = client.reader().read_to_end(&mut received.1);
        }
        if up.is_empty() && down.is_empty() {
            return received;
        }
        wire.extend([(FlowDirection::ToServer, up), (FlowDirection::ToClient, down)]);
    }
}

/// The wire in segments.
pub(super) fn cut(wire: &Wire, size: usize) -> Wire {
    wire.iter().flat_map(|(way, octets)| octets.chunks(size).map(|piece| (*way, piece.to_vec()))).collect()
}

/// Runs connections through, one flow after the other. Segments for which `lost` says so are gaps.
pub(super) fn run(flows: &[Wire], tls: Tls, lost: &dyn Fn(usize) -> bool) -> Run {
    let (mut tls, mut run) = (tls, Run::default());
    let mut frame = 0;
    let mut index = 0;
    for (flow, wire) in flows.iter().enumerate() {
        let mut send = |kind: FlowEventKind<'_>| {
            frame += 1;
            let event = FlowEvent {
                flow: FlowId(flow as u64),
                frame: FrameNo::new(frame).unwrap(),
                time: Timestamp::from_nanos(frame as i64),
                kind,
            };
            tls.event(&event, &mut |event| run.take(&event));
        };
        let end = |text: &str| {
            let socket: std::net::SocketAddr = text.parse().unwrap();
            Endpoint { address: socket.ip(), port: socket.port() }
        };
        let (client, server) = (end("10.0.0.1:40000"), end("10.0.0.2:8443"));
        send(FlowEventKind::Opened { client, server, mid_stream: false });
        for (direction, bytes) in wire {
            let direction = *direction;
            if lost(index) {
                send(FlowEventKind::Gap { direction, length: Some(bytes.len() as u64) });
            } else {
                send(FlowEventKind::Data { direction, bytes });
            }
            index += 1;
        }
        for direction in [FlowDirection::ToServer, FlowDirection::ToClient] {
            send(FlowEventKind::HalfClosed { direction });
        }
        send(FlowEventKind::Closed { reason: CloseReason::Finished });
    }
    tls.finish(&mut |event| run.take(&event));
    assert_eq!(tls.oldest_open(), None);
    run.problems = tls.take_problems();
    run.stats = tls.stats();
    run
}

#[track_caller]
fn check(run: &Run, suite: &str, flows: usize, sent: &str) {
    assert_eq!(run.problems, [], "{suite}");
    assert_eq!(run.flows.len(), flows, "{suite}");
    for seen in run.flows.values() {
        assert!(seen.secured.as_ref().is_some_and(|text| text.ends_with("dm.example.com http/1.1")), "{seen:?}");
        assert_eq!(seen.to_server, sent, "{suite}");
        assert_eq!(seen.to_client, sent.to_ascii_uppercase(), "{suite}");
        assert_eq!((seen.gaps, seen.ended, seen.closed), (0, 2, 1), "{suite}");
    }
}

#[test]
fn every_suite_is_opened_at_every_cut() {
    for suite in aws_lc_rs::ALL_CIPHER_SUITES {
        let ends = Ends::plain(*suite);
        let wire = ends.talk(&[b"one ", b"two ", b"three"], &|_, _| {});
        for size in [1, 2, 3, 5, 6, 64, 100, 1_460, usize::MAX] {
            let run = run(&[cut(&wire, size)], Tls::new(ends.secrets()), &|_| false);
            check(&run, &format!("{:?} at {size}", suite.suite()), 1, "one two three");
        }
    }
}

#[test]
fn a_hello_that_is_asked_for_again_is_followed() {
    let groups: [&[&'static dyn SupportedKxGroup]; 2] =
        [&[aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1], &[aws_lc_rs::kx_group::SECP256R1]];
    for suite in aws_lc_rs::ALL_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some()) {
        let ends = Ends::new(*suite, groups);
        let wire = ends.talk(&[b"one ", b"two"], &|_, _| {});
        check(&run(&[cut(&wire, 300)], Tls::new(ends.secrets()), &|_| false), "retry", 1, "one two");
    }
}

#[test]
fn a_tunnel_through_a_proxy_is_plaintext_and_then_opened() {
    let ends = Ends::plain(aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384);
    let (ask, grant) = ("CONNECT dm.example.com:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
    let mut wire = vec![(FlowDirection::ToServer, ask.into()), (FlowDirection::ToClient, grant.into())];
    wire.extend(ends.talk(&[b"one ", b"two"], &|_, _| {}));
    let opened = run(std::slice::from_ref(&wire), Tls::new(ends.secrets()), &|_| false);
    assert_eq!(opened.problems, []);
    assert_eq!(opened.flows[&0].to_server, format!("{ask}one two"));
    assert_eq!(opened.flows[&0].to_client, format!("{grant}ONE TWO"));
    let closed = run(&[wire], Tls::new(Arc::default()), &|_| false);
    assert_eq!(closed.flows[&0].to_server, ask);
    assert!(closed.problems[0].text.contains("no secret for client random"));
}

#[test]
fn a_hello_that_was_captured_after_its_answer_is_found() {
    for suite in aws_lc_rs::ALL_CIPHER_SUITES {
        let ends = Ends::plain(*suite);
        let mut wire = ends.talk(&[b"one ", b"two"], &|_, _| {});
        wire.swap(0, 1);
        check(&run(&[cut(&wire, 100)], Tls::new(ends.secrets()), &|_| false), "swapped", 1, "one two");
    }
}

#[test]
fn keys_that_are_updated_are_followed() {
    for suite in aws_lc_rs::ALL_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some()) {
        let ends = Ends::plain(*suite);
        let wire = ends.talk(&[b"one ", b"two ", b"three"], &|client, server| {
            client.refresh_traffic_keys().unwrap();
            server.refresh_traffic_keys().unwrap();
        });
        check(&run(&[cut(&wire, 300)], Tls::new(ends.secrets()), &|_| false), "update", 1, "one two three");
    }
}

#[test]
fn resumed_connections_are_opened() {
    for suite in aws_lc_rs::ALL_CIPHER_SUITES {
        let ends = Ends::plain(*suite);
        let flows: Vec<Wire> = (0..3).map(|_| ends.talk(&[b"one ", b"two"], &|_, _| {})).collect();
        check(&run(&flows, Tls::new(ends.secrets()), &|_| false), "resumed", 3, "one two");
    }
}

#[test]
fn large_streams_go_on_behind_lost_segments() {
    // Each line says which it is, so that what is missing can be told.
    let lines: String = (0..8_000).map(|line| format!("line {line:05}\n")).collect();
    for suite in aws_lc_rs::ALL_CIPHER_SUITES {
        let ends = Ends::plain(*suite);
        let wire = cut(&ends.talk(&[lines.as_bytes()], &|_, _| {}), 1_460);
        let total = wire.len();
        // One segment in the middle of a record, one at a border between two, several in a row.
        for lost in [20..21, 21..22, 22..23, 30..45, 40..41, 10..13] {
            let run = run(std::slice::from_ref(&wire), Tls::new(ends.secrets()), &|index| lost.contains(&index));
            let seen = &run.flows[&0];
            assert_eq!(run.problems, [], "{:?} {lost:?} of {total}", suite.suite());
            assert!(seen.gaps > 0);
            let missing = lines.len() - seen.to_server.len();
            // No more is missing than the records that were hit.
            assert!(missing > 0 && missing <= lost.len() * 1_460 + 2 * 16_384, "{missing} {lost:?}");
            assert!(seen.to_server.ends_with("line 07999\n"));
            assert!(seen.to_client.ends_with("LINE 07999\n"));
        }
    }
}

#[test]
fn a_lost_end_is_told_before_the_connection_ends() {
    for suite in aws_lc_rs::ALL_CIPHER_SUITES {
        let ends = Ends::plain(*suite);
        let wire = ends.talk(&[b"one ", b"two ", b"three"], &|_, _| {});
        let mut hit = 0;
        for from in wire.len() - 5..wire.len() {
            let run = run(std::slice::from_ref(&wire), Tls::new(ends.secrets()), &|index| index >= from);
            let seen = &run.flows[&0];
            let whole = seen.to_server == "one two three" && seen.to_client == "ONE TWO THREE";
            assert!(whole || seen.gaps > 0, "{:?} from {from}: {seen:?} {:?}", suite.suite(), run.problems);
            hit += usize::from(!whole);
        }
        assert!(hit > 0);
    }
}

#[test]
fn what_waits_for_secrets_has_a_ceiling_and_the_oldest_is_given_up_first() {
    let ends = Ends::plain(aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256);
    let piece = vec![b'x'; 1 << 20];
    let flows: Vec<Wire> = (0..40).map(|_| cut(&ends.talk(&[&piece], &|_, _| {}), 60_000)).collect();
    // Twice a piece, there and back, of each: not all find room.
    let mut tls = Tls::new(Arc::default());
    tls.expect_secrets(true);
    let mut seen = Run::default();
    for (flow, wire) in flows.iter().enumerate() {
        feed(flow as u64, wire, &mut tls, &mut seen);
    }
    let given_up = tls.take_problems();
    assert!(given_up.iter().all(|problem| problem.text.contains("no secret for client random")));
    assert_eq!(given_up.first().and_then(|problem| problem.frame).map(FrameNo::get), Some(1));
    assert!((5..15).contains(&given_up.len()), "{}", given_up.len());
    // Secrets of the last one only: opening takes its time.
    let log = ends.log.0.lock().unwrap().clone();
    let random = log.lines().last().and_then(|line| line.split(' ').nth(1)).unwrap();
    let log: String = log.lines().filter(|line| line.contains(random)).map(|line| format!("{line}\n")).collect();
    tls.secrets(log.as_bytes(), None, &mut |event| seen.take(&event));
    tls.finish(&mut |event| seen.take(&event));
    assert_eq!(tls.take_problems().len(), flows.len() - given_up.len() - 1);
    assert_eq!(seen.flows.values().filter(|seen| seen.to_server.len() == piece.len()).count(), 1);
    assert!(seen.flows.values().all(|seen| seen.closed == 1));
}

/// One connection, each piece in a frame of its own.
fn feed(flow: u64, wire: &Wire, tls: &mut Tls, seen: &mut Run) {
    let address = std::net::Ipv4Addr::LOCALHOST.into();
    let (client, server) = (Endpoint { address, port: 1 }, Endpoint { address, port: 2 });
    let data = wire.iter().map(|(direction, bytes)| FlowEventKind::Data { direction: *direction, bytes });
    let opened = FlowEventKind::Opened { client, server, mid_stream: false };
    let closed = FlowEventKind::Closed { reason: CloseReason::Finished };
    for (index, kind) in std::iter::once(opened).chain(data).chain([closed]).enumerate() {
        let frame = FrameNo::new(flow * 1_000 + index as u64).unwrap_or(FrameNo::FIRST);
        let event = FlowEvent { flow: FlowId(flow), frame, time: Timestamp::default(), kind };
        tls.event(&event, &mut |event| seen.take(&event));
    }
}

#[test]
fn another_connections_secret_is_a_bad_mac() {
    for suite in [
        aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
        aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ] {
        let ends = Ends::plain(suite);
        let wire = ends.talk(&[b"one"], &|_, _| {});
        let log: String = ends.log.0.lock().unwrap().lines().fold(String::new(), |text, line| {
            let (start, last) = line.split_at(line.len() - 1);
            text + start + if last == "0" { "1" } else { "0" } + "\n"
        });
        let secrets = Secrets { log: KeyLog::parse(log.as_bytes()).0, ..Secrets::default() };
        let run = run(&[wire], Tls::new(Arc::new(secrets)), &|_| false);
        assert_eq!(run.problems.len(), 1);
        assert!(run.problems[0].text.contains("does not pass its check"), "{}", run.problems[0].text);
        assert_eq!(run.flows[&0].to_server, "");
    }
}
