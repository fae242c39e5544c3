//! Devices that know that they speak to a proxy.

use super::house::{Proxy, Server, analyze, ask, post, session, talk};
use super::program::Folder;
use std::net::TcpStream;

#[test]
fn a_request_with_an_absolute_uri_goes_to_its_server_and_changes_in_nothing_else() {
    let (media, exchanges) = session("01-xml-basic.pcap");
    let first = Server::dm(media, exchanges.clone());
    let second = Server::dm(media, exchanges.clone());
    let folder = Folder::new();
    let recording = folder.path("r.pcapng");
    let proxy = Proxy::start(["--record", recording.to_str().unwrap(), "--no-analysis"]);
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    let (asked, answer) = &exchanges[0];
    for server in [&first, &second, &first] {
        let plain = post("dm.example.com", media, asked);
        let named = [format!("POST {}/dm", server.url()).as_bytes(), &plain[8..]].concat();
        let (head, body) = ask(&mut stream, &named);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(body, *answer);
        assert_eq!(server.take_received(), plain);
    }
    drop(stream);
    proxy.end();
    let report = analyze(&folder, "r.pcapng");
    assert!(report.contains("\"messages\":["), "{report}");
}

#[test]
fn a_connection_to_a_server_is_a_connection_of_its_own_in_the_recording() {
    let (media, exchanges) = session("01-xml-basic.pcap");
    let server = Server::dm(media, exchanges.clone());
    let folder = Folder::new();
    let recording = folder.path("r.pcapng");
    let proxy = Proxy::start(["--record", recording.to_str().unwrap(), "--format", "json"]);
    let mut stream = connect_through(&proxy, &server.address.to_string());
    // No TLS inside: then it is HTTP.
    super::house::play(&mut stream, media, &exchanges);
    drop(stream);
    let ended = proxy.end();
    assert_eq!(ended.stdout.replace(recording.to_str().unwrap(), "r.pcapng"), analyze(&folder, "r.pcapng"));
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let count = report["sessions"][0]["messages"].as_array().unwrap().len();
    assert!(count >= exchanges.len(), "{}", ended.stdout);
}

#[test]
fn a_request_that_names_no_server_is_refused_with_the_way_out() {
    let proxy = Proxy::start(["--no-analysis"]);
    for request in ["GET /dm HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT nowhere:x HTTP/1.1\r\n\r\n", "garbage\r\n\r\n"] {
        let answer = String::from_utf8(talk(proxy.address, request.as_bytes())).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{request:?}: {answer:?}");
    }
    let ended = proxy.end();
    assert!(ended.stderr.contains("start it with --upstream"), "{}", ended.stderr);
}

#[test]
fn a_proxy_does_not_speak_to_itself() {
    let proxy = Proxy::start(["--no-analysis"]);
    let request = format!("GET http://{}/dm HTTP/1.1\r\n\r\n", proxy.address);
    let answer = String::from_utf8(talk(proxy.address, request.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("that is the proxy itself"), "{answer}");
}

#[test]
fn a_server_that_closes_between_exchanges_is_connected_to_again() {
    let server = super::house::server(|mut stream| {
        super::house::read_head(&mut stream);
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
    });
    let other = Server::start(|pending| {
        Some(super::house::request(pending).map_or_else(Vec::new, |_| super::house::response("x/y", b"other")))
    });
    let proxy = Proxy::start(["--no-analysis"]);
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    for _ in 0..20 {
        let (_, body) = ask(&mut stream, format!("GET http://{server}/ HTTP/1.1\r\n\r\n").as_bytes());
        assert_eq!(body, b"ok");
        // Meanwhile the first one has closed.
        let (_, body) = ask(&mut stream, format!("GET {}/ HTTP/1.1\r\n\r\n", other.url()).as_bytes());
        assert_eq!(body, b"other");
    }
}

#[test]
fn tls_in_a_tunnel_is_opened_recorded_and_judged() {
    let (media, exchanges) = session("10-atomic.pcap");
    let origin = Server::dm(media, exchanges.clone());
    let folder = Folder::new();
    let ca = folder.path("ca");
    let ca = ca.to_str().unwrap();
    super::program::dmscope(["ca", "init", "--dir", ca, "--key", "ec"]).succeeds();
    // A server of TLS.
    let secured = Proxy::start(["--upstream", &origin.url(), "--ca-dir", ca, "--no-analysis"]);
    let recording = folder.path("r.pcapng");
    let recording = recording.to_str().unwrap();
    let proxy = Proxy::start(["--ca-dir", ca, "--record", recording, "--format", "json", "--insecure-upstream"]);
    let stream = connect_through(&proxy, &format!("localhost:{}", secured.address.port()));
    stream.set_read_timeout(Some(super::house::PATIENCE)).unwrap();
    let mut stream = super::secured::over(&folder, stream);
    super::house::play(&mut stream, media, &exchanges);
    drop(stream);
    let ended = proxy.end();
    assert_eq!(ended.stdout.replace(recording, "r.pcapng"), analyze(&folder, "r.pcapng"));
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["sessions"][0]["transport"], "https", "{}", ended.stdout);
    assert_eq!(report["inputs"][0]["problems"].to_string(), "[]");
    assert!(!folder.octets("r.pcapng").windows(7).any(|seven| seven == b"SyncHdr"));
}

#[test]
fn a_tunnel_to_nowhere_ends_and_the_log_names_it() {
    use std::io::{Read, Write};
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut proxy = Proxy::start(["--no-intercept"]);
    let mut stream = connect_through(&proxy, &dead.to_string());
    // A whole ClientHello would do no better.
    stream.write_all(b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03").unwrap();
    stream.write_all(&[0; 39]).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
    let line = proxy.wait_for("can't be reached");
    assert!(line.contains(&dead.to_string()) && line.contains("Connection refused"), "{line}");
}

/// A connection to a server through the proxy.
fn connect_through(proxy: &Proxy, server: &str) -> TcpStream {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.write_all(format!("CONNECT {server} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let mut answer = vec![0; established.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, established);
    stream
}
