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
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    use std::io::{Read, Write};
    stream.write_all(format!("CONNECT {} HTTP/1.1\r\nHost: x\r\n\r\n", server.address).as_bytes()).unwrap();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let mut answer = vec![0; established.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, established);
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
