//! TLS on both sides.

use super::house::{PATIENCE, Proxy, Server, analyze, play, session};
use super::program::{Folder, dmscope};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::net::TcpStream;
use std::sync::Arc;

pub(crate) fn client(folder: &Folder, address: std::net::SocketAddr) -> StreamOwned<ClientConnection, TcpStream> {
    client_with(folder, address, Arc::new(rustls::NoKeyLog))
}

/// A client that trusts the authority in the folder, and tells its secrets.
pub(crate) fn client_with(
    folder: &Folder,
    address: std::net::SocketAddr,
    key_log: Arc<dyn rustls::KeyLog>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    over_with(folder, stream, key_log)
}

/// The same over a connection.
pub(crate) fn over(folder: &Folder, stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    over_with(folder, stream, Arc::new(rustls::NoKeyLog))
}

fn over_with(
    folder: &Folder,
    stream: TcpStream,
    key_log: Arc<dyn rustls::KeyLog>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.path("ca/ca.pem")).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.key_log = key_log;
    let name = ServerName::try_from("dm.example.com").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
}

#[test]
fn tls_of_a_device_is_opened_and_recorded_sealed_or_in_clear() {
    let (media, exchanges) = session("10-atomic.pcap");
    let server = Server::dm(media, exchanges.clone());
    for how in ["sealed", "clear"] {
        let folder = Folder::new();
        let ca = folder.path("ca");
        let ca = ca.to_str().unwrap();
        dmscope(["ca", "init", "--dir", ca, "--key", "ec"]).succeeds();
        let recording = folder.path("r.pcapng");
        let recording = recording.to_str().unwrap();
        let proxy = Proxy::start([
            "--upstream",
            &server.url(),
            "--ca-dir",
            ca,
            "--record",
            recording,
            "--record-tls",
            how,
            "--format",
            "json",
        ]);
        let mut stream = client(&folder, proxy.address);
        play(&mut stream, media, &exchanges);
        drop(stream);
        let ended = proxy.end();
        assert_eq!(ended.stdout.replace(recording, "r.pcapng"), analyze(&folder, "r.pcapng"), "{how}");
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(report["sessions"][0]["transport"], "https", "{how}: {}", ended.stderr);
        assert_eq!(report["sessions"].as_array().unwrap().len(), 2, "{how}");
        let octets = folder.octets("r.pcapng");
        let is_readable = octets.windows(7).any(|seven| seven == b"SyncHdr");
        assert_eq!(is_readable, how == "clear");
    }
}

#[test]
fn a_device_that_does_not_trust_the_authority_is_told_of() {
    let folder = Folder::new();
    for ca in ["ca", "other"] {
        let path = folder.path(ca);
        dmscope(["ca", "init", "--dir", path.to_str().unwrap(), "--key", "ec"]).succeeds();
    }
    let other = folder.path("other");
    let mut proxy = Proxy::start(["--upstream", "http://127.0.0.1:9", "--ca-dir", other.to_str().unwrap()]);
    let mut stream = client(&folder, proxy.address);
    assert!(std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\n\r\n").is_err());
    proxy.wait_for("dmscope ca export");
}

#[test]
fn a_device_can_fetch_the_certificate_and_everything_else_goes_to_the_server() {
    let (media, exchanges) = session("01-xml-basic.pcap");
    let server = Server::dm(media, exchanges.clone());
    let folder = Folder::new();
    let ca = folder.path("ca");
    let ca = ca.to_str().unwrap();
    dmscope(["ca", "init", "--dir", ca]).succeeds();
    let proxy = Proxy::start(["--upstream", &server.url(), "--ca-dir", ca, "--serve-ca"]);
    let answer = super::house::talk(proxy.address, b"GET /.dmscope/ca.pem HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(answer.ends_with(&folder.octets("ca/ca.pem")), "{}", String::from_utf8_lossy(&answer));
    assert!(server.take_received().is_empty());
    play(&mut TcpStream::connect(proxy.address).unwrap(), media, &exchanges);
    assert!(!server.take_received().is_empty());
}

#[test]
fn a_server_that_is_not_trusted_gets_nothing_and_the_device_gets_the_reason() {
    // A server of TLS with a certificate of an authority that nobody knows.
    let folder = Folder::new();
    let ca = folder.path("ca");
    let ca = ca.to_str().unwrap();
    dmscope(["ca", "init", "--dir", ca, "--key", "ec"]).succeeds();
    let (media, exchanges) = session("01-xml-basic.pcap");
    let origin = Server::dm(media, exchanges.clone());
    let secured = Proxy::start(["--upstream", &origin.url(), "--ca-dir", ca, "--no-analysis"]);
    let url = format!("https://localhost:{}", secured.address.port());
    let request = super::house::post("x", media, &exchanges[0].0);

    let proxy = Proxy::start(["--upstream", &url]);
    let answer = String::from_utf8(super::house::talk(proxy.address, &request)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("--upstream-ca"), "{answer}");
    assert!(origin.take_received().is_empty());

    let pem = folder.path("ca/ca.pem");
    for trust in [&["--upstream-ca", pem.to_str().unwrap()][..], &["--insecure-upstream"]] {
        let proxy = Proxy::start(["--upstream", &url].iter().chain(trust));
        play(&mut TcpStream::connect(proxy.address).unwrap(), media, &exchanges);
    }
}
