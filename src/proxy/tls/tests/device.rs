//! Devices of many kinds.

use super::super::*;
use super::{LONG, authority, client, name, stranger};
use crate::proxy::authority::CertificateFacts;
use rustls::version::{TLS12, TLS13};
use rustls::{ALL_VERSIONS, ClientConfig, NoKeyLog, SignatureScheme};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{TlsConnector, rustls};

/// Keeps what is logged.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<(String, usize, usize)>>);

impl Log {
    /// Label, and octets of random and secret, of each line.
    pub(super) fn lines(&self) -> Vec<(String, usize, usize)> {
        self.0.lock().unwrap().clone()
    }
}

impl KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.0.lock().unwrap().push((label.to_owned(), client_random.len(), secret.len()));
    }
}

fn proxy() -> DeviceTls {
    DeviceTls::new(Certificates::Authority(authority()), Arc::new(NoKeyLog)).unwrap()
}

type Device = io::Result<tokio_rustls::client::TlsStream<DuplexStream>>;

/// A handshake of a device that looks for a server with a name, which the proxy knows as `known`.
async fn meet(
    proxy: &DeviceTls,
    config: ClientConfig,
    host: &str,
    known: &str,
) -> (Device, Result<DeviceStream<DuplexStream>, HandshakeError>) {
    let (ours, theirs) = duplex(64 << 10);
    let device = TlsConnector::from(Arc::new(config)).connect(name(host), theirs);
    tokio::join!(device, proxy.accept(ours, known, LONG))
}

/// What comes of octets of a device, and what it is sent; the device closes its side after them.
pub(super) async fn send(proxy: &DeviceTls, octets: &[u8]) -> (HandshakeError, Vec<u8>) {
    let (ours, mut theirs) = duplex(64 << 10);
    theirs.write_all(octets).await.unwrap();
    theirs.shutdown().await.unwrap();
    let failed = proxy.accept(ours, "dm.example", LONG).await.unwrap_err();
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    (failed, answer)
}

/// The certificate that a device was shown.
fn shown(device: &Device) -> CertificateFacts {
    let chain = device.as_ref().unwrap().get_ref().1.peer_certificates().unwrap();
    CertificateFacts::read(&chain[0]).unwrap()
}

/// A client that verifies signatures with RSA alone.
fn rsa_only(versions: &[&'static rustls::SupportedProtocolVersion]) -> ClientConfig {
    let mut provider = provider();
    let mut algorithms = provider.signature_verification_algorithms;
    let is_rsa = |scheme: &SignatureScheme| format!("{scheme:?}").starts_with("RSA");
    let mapping: Vec<_> = algorithms.mapping.iter().filter(|(scheme, _)| is_rsa(scheme)).copied().collect();
    algorithms.mapping = mapping.leak();
    provider.signature_verification_algorithms = algorithms;
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(super::roots(authority().der()))
        .with_no_client_auth()
}

/// A record with a ClientHello.
pub(super) fn hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&[0, 0, suites.len() as u8 * 2]);
    suites.iter().for_each(|suite| body.extend_from_slice(&suite.to_be_bytes()));
    body.extend_from_slice(&[1, 0]);
    let mut record = vec![22, 3, 1, 0, body.len() as u8 + 4, 1, 0, 0, body.len() as u8];
    record.extend_from_slice(&body);
    record
}

#[tokio::test]
async fn a_device_that_trusts_the_authority_gets_through_with_the_key_that_it_takes() {
    let proxy = proxy();
    let der = authority().der().to_vec();
    let table: [(ClientConfig, &str, &str, &str, &str); 5] = [
        (client(&der, ALL_VERSIONS), "dm.example", "dm.example", "EC 256", "TLS 1.3"),
        (client(&der, &[&TLS12]), "dm.example", "dm.example", "EC 256", "TLS 1.2"),
        (rsa_only(&[&TLS13]), "dm.example", "dm.example", "RSA 2048", "TLS 1.3"),
        (rsa_only(&[&TLS12]), "dm.example", "dm.example", "RSA 2048", "TLS 1.2"),
        // Without a name from the device.
        (client(&der, ALL_VERSIONS), "192.0.2.7", "192.0.2.7", "EC 256", "TLS 1.3"),
    ];
    for (config, host, named, key, version) in table {
        let (device, ours) = meet(&proxy, config, host, if host == "dm.example" { "else.example" } else { host }).await;
        let facts = shown(&device);
        assert_eq!((&*facts.names, &*facts.key), (&[named.to_owned()][..], key), "{version}");
        let (mut device, mut ours) = (device.unwrap(), ours.unwrap());
        let agreed = ours.negotiated().clone();
        assert_eq!(agreed.version, version);
        assert_eq!(agreed.server_name.as_deref(), (host == "dm.example").then_some(host));
        assert!(agreed.suite.starts_with("TLS_"), "{agreed:?}");

        device.write_all(b"POST /dm").await.unwrap();
        let mut octets = [0; 8];
        ours.read_exact(&mut octets).await.unwrap();
        assert_eq!(&octets, b"POST /dm");
        ours.write_all(b"HTTP/1.1").await.unwrap();
        ours.shutdown().await.unwrap();
        let mut answer = Vec::new();
        device.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1");
    }
}

#[tokio::test]
async fn a_certificate_that_was_given_is_shown_whatever_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let pair = rcgen::generate_simple_self_signed(["given.example".to_owned()]).unwrap();
    std::fs::write(&chain, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let certificates = Certificates::from_files(&chain, &key).unwrap();
    assert_eq!(certificates.given().unwrap().names, ["given.example"]);
    let proxy = DeviceTls::new(certificates, Arc::new(NoKeyLog)).unwrap();
    let (device, ours) = meet(&proxy, client(pair.cert.der(), ALL_VERSIONS), "given.example", "x.example").await;
    assert_eq!(shown(&device).names, ["given.example"]);
    ours.unwrap();
    // A device that looks for another name refuses it, and the message speaks of --cert.
    let (device, ours) = meet(&proxy, client(pair.cert.der(), ALL_VERSIONS), "other.example", "x.example").await;
    device.unwrap_err();
    let message = ours.unwrap_err().to_string();
    assert!(message.contains("alert 42 (bad_certificate)") && message.contains("--cert"), "{message}");

    std::fs::write(&key, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let message = Certificates::from_files(&chain, &key).unwrap_err().to_string();
    assert!(message.contains("does not fit the first certificate in"), "{message}");
}

#[tokio::test]
async fn a_device_that_does_not_trust_the_authority_is_told_what_to_do() {
    let strange = |name| Certificates::Authority(Arc::new(stranger(name)));
    let rsa = "make one with an RSA key (dmscope ca init --force --key rsa)";
    // The last one has the name that the device trusts, and another key, as after `dmscope ca init --force`.
    let table = [
        (Certificates::Authority(authority()), 48, "alert 48 (unknown_ca)", "install it (dmscope ca export)"),
        (strange("One"), 48, "alert 48 (unknown_ca)", rsa),
        (strange("Two"), 51, "alert 51 (decrypt_error)", rsa),
    ];
    let trusted = stranger("Two");
    for (certificates, expected, named, hint) in table {
        let proxy = DeviceTls::new(certificates, Arc::new(NoKeyLog)).unwrap();
        for version in [&TLS12, &TLS13] {
            let (device, ours) = meet(&proxy, client(trusted.der(), &[version]), "dm.example", "x.example").await;
            device.unwrap_err();
            let failed = ours.unwrap_err();
            assert!(matches!(failed, HandshakeError::NotTrusted { alert, .. } if alert == expected), "{failed:?}");
            let message = failed.to_string();
            assert!(message.contains(named) && message.contains(hint), "{message}");
        }
    }
}

#[tokio::test]
async fn http_1_is_the_only_protocol() {
    let proxy = proxy();
    let der = authority().der().to_vec();
    let offering = |names: &[&str]| {
        let mut config = client(&der, ALL_VERSIONS);
        config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    };
    for (names, agreed) in
        [(&[][..], None), (&["h2", "http/1.1"][..], Some("http/1.1")), (&["http/1.0"][..], Some("http/1.0"))]
    {
        let (_, ours) = meet(&proxy, offering(names), "dm.example", "x.example").await;
        assert_eq!(ours.unwrap().negotiated().protocol.as_deref(), agreed);
    }
    let (device, ours) = meet(&proxy, offering(&["h2", "spdy/3"]), "dm.example", "x.example").await;
    device.unwrap_err();
    assert_eq!(
        ours.unwrap_err().to_string(),
        "the device wants h2 or spdy/3 and not http/1.1, the only protocol that the proxy relays; switch the other one off \
         in the device"
    );
}

#[tokio::test]
async fn an_old_device_is_told_apart_and_gets_an_alert() {
    let proxy = proxy();
    let (failed, answer) = send(&proxy, &hello(0x0301, &[0x000a, 0x002f])).await;
    let message = failed.to_string();
    assert!(matches!(failed, HandshakeError::OldVersion { .. }), "{failed:?}");
    assert!(
        message.contains("offers TLS 1.0 or lower, with TLS_RSA_WITH_3DES_EDE_CBC_SHA, TLS_RSA_WITH_AES_128_CBC_SHA;"),
        "{message}"
    );
    assert!(message.contains("--legacy-tls"), "{message}");
    // A fatal alert protocol_version.
    assert_eq!(answer, [21, 3, 1, 0, 2, 2, 70]);

    let (failed, answer) = send(&proxy, &hello(0x0303, &[0x002f, 0x003c])).await;
    let message = failed.to_string();
    assert!(matches!(failed, HandshakeError::NothingInCommon { .. }), "{failed:?}");
    assert!(message.contains("key exchange with RSA alone is not spoken without OpenSSL"), "{message}");
    assert!(message.contains("--legacy-tls"), "{message}");
    assert_eq!((answer[0], answer[answer.len() - 2]), (21, 2));

    let mut ssl2 = vec![0x80, 9 + 3 + 16, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f];
    ssl2.extend_from_slice(&[9; 16]);
    let (failed, _) = send(&proxy, &ssl2).await;
    assert!(failed.to_string().contains("TLS 1.0 or lower in the format of SSL 2.0"), "{failed}");
}

#[test]
fn what_helps_depends_on_the_program_and_on_its_options() {
    let hint = |legacy: Legacy| legacy.to_string();
    assert_eq!(hint(Legacy::NotBuilt), "build dmscope with --features legacy-tls and start it with --legacy-tls");
    assert_eq!(hint(Legacy::Off), "start with --legacy-tls");
    let legacy = proxy().with_legacy();
    if cfg!(feature = "legacy-tls") {
        legacy.unwrap();
    } else {
        let message = legacy.unwrap_err().to_string();
        assert!(message.contains("build with --features legacy-tls"), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_tls_is_told_apart() {
    let proxy = proxy();
    let table: [(&[u8], &str); 7] = [
        (b"", "closed the connection before it said anything"),
        (b"\x16\x03\x01\x02", "closed the connection before it said anything"),
        (b"POST /dm HTTP/1.1\r\nHost: x\r\n\r\n", "plain HTTP where TLS is expected (\"POST /dm HTTP/1.1\")"),
        (b"GET /\x1b[31m HTTP/1.1\r\n", "(\"GET /\\u{1b}[31m HTTP/1.1\")"),
        (b"SSH-2.0-x\r\n", "neither TLS nor HTTP; it begins with 53 53 48 2d 32 2e 30 2d 78 0d 0a"),
        (b"\0\x01\x02\xff", "neither TLS nor HTTP; it begins with 00 01 02 ff"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "hold no ClientHello that can be read"),
    ];
    for (octets, message) in table {
        let (failed, answer) = send(&proxy, octets).await;
        assert!(failed.to_string().contains(message), "{octets:?}: {failed}");
        assert_eq!(answer, b"", "{octets:?}");
    }
    let (failed, _) = send(&proxy, &b"A".repeat(100_000)[..60_000]).await;
    assert!(failed.to_string().len() < 200, "{failed}");
}

#[tokio::test]
async fn a_device_that_goes_away_or_stalls_is_said_to() {
    let proxy = proxy();
    let (failed, answer) = send(&proxy, &modern_hello().await).await;
    assert!(matches!(failed, HandshakeError::Dropped { .. }), "{failed:?}");
    assert!(failed.to_string().contains("dmscope ca export"), "{failed}");
    assert_eq!(answer[0], 22);

    let (ours, mut theirs) = duplex(64 << 10);
    let short = Duration::from_millis(5);
    let failed = proxy.accept(ours, "dm.example", short).await.unwrap_err();
    assert!(failed.to_string().contains("it sent no whole ClientHello"), "{failed}");
    drop(theirs);
    let ours;
    (ours, theirs) = duplex(64 << 10);
    theirs.write_all(&modern_hello().await).await.unwrap();
    let failed = proxy.accept(ours, "dm.example", Duration::from_secs(1)).await.unwrap_err();
    assert!(failed.to_string().contains("within 1 s; it offers TLS 1.3"), "{failed}");
}

/// The first octets of a client of today.
async fn modern_hello() -> Vec<u8> {
    let (mut ours, theirs) = duplex(64 << 10);
    let config = Arc::new(client(authority().der(), ALL_VERSIONS));
    let mut octets = vec![0; 64 << 10];
    let device = TlsConnector::from(config).connect(name("dm.example"), theirs);
    tokio::select! {
        _ = device => panic!("nobody answers"),
        read = ours.read(&mut octets) => octets.truncate(read.unwrap()),
    }
    octets
}

#[tokio::test]
async fn a_name_that_no_certificate_can_have_is_an_error() {
    let (ours, mut theirs) = duplex(64 << 10);
    theirs.write_all(&hello(0x0303, &[0xc02f])).await.unwrap();
    let failed = proxy().accept(ours, "not a name", LONG).await.unwrap_err();
    assert!(matches!(failed, HandshakeError::Certificate(_)), "{failed:?}");
    assert!(failed.to_string().contains("can't be named \"not a name\""), "{failed}");
}

#[tokio::test]
async fn secrets_are_logged() {
    for (version, labels) in [
        (&TLS12, &["CLIENT_RANDOM"][..]),
        (
            &TLS13,
            &[
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0",
                "SERVER_TRAFFIC_SECRET_0",
            ],
        ),
    ] {
        let log = Arc::new(Log::default());
        let proxy = DeviceTls::new(Certificates::Authority(authority()), log.clone()).unwrap();
        let (_, ours) = meet(&proxy, client(authority().der(), &[version]), "dm.example", "x.example").await;
        ours.unwrap();
        let lines = log.lines();
        for label in labels {
            let line = lines.iter().find(|(logged, ..)| logged == label);
            let (_, random, secret) = line.unwrap_or_else(|| panic!("{label}: {lines:?}"));
            assert!(*random == 32 && *secret >= 32, "{label}");
        }
    }
}

#[tokio::test]
async fn the_first_octets_tell_tls_and_stay_to_be_read() {
    let whole = hello(0x0303, &[0xc02f]);
    let table: [(&[u8], First); 5] = [
        (b"GET / HTTP/1.1\r\n", First::Plain),
        (&whole[..11], First::Tls),
        (&whole, First::Tls),
        (&whole[..3], First::Nothing),
        (b"", First::Nothing),
    ];
    for (octets, expected) in table {
        let mut stream = Prefixed::new(octets);
        assert_eq!(stream.first().await.unwrap(), expected, "{octets:?}");
        assert_eq!(stream.seen(), octets);
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, octets);
    }
}
