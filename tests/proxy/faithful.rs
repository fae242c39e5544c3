//! Octets pass as they are.

use super::house::{PATIENCE, Proxy, Server, analyze, has, play, session, talk};
use super::program::{Folder, dmscope};
use std::net::TcpStream;
use std::process::Command;

/// Answers by the path: each shape of answer that servers give.
fn answer(pending: &mut Vec<u8>) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(pending).into_owned();
    let shapes: [(&str, &str); 6] = [
        ("/length", "HTTP/1.1 200 OK\r\nX-oDd:  Case \r\nContent-Length: 5\r\n\r\nhello"),
        (
            "/chunks",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;e=1\r\nabc\r\n02\r\nde\r\n0\r\nT: x\r\n\r\n",
        ),
        ("/nothing", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("/continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Fine\nContent-Length: 2\n\nok"),
        ("/lies", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcdefgh"),
        ("/garbage", "no HTTP at all \u{0}\u{1}"),
    ];
    let shape = shapes.iter().find(|(path, _)| text.contains(path)).map(|(_, shape)| *shape);
    let until_close = text.contains("/close");
    if shape.is_none() && !until_close || !is_whole(&text) {
        return Some(Vec::new());
    }
    pending.clear();
    Some(shape.unwrap_or("HTTP/1.0 200 OK\r\nX: y\r\n\r\neverything until the end").into())
}

/// Whether a request of the table below is there as a whole: each ends with this word.
fn is_whole(text: &str) -> bool {
    text.contains("END")
}

#[test]
fn requests_and_answers_pass_octet_by_octet() {
    // As they come, and exchange by exchange, for a fault that never applies.
    for way in [&[][..], &["--fault", "drop-final in session 999"]] {
        requests_and_answers_pass(way);
    }
}

fn requests_and_answers_pass(way: &[&str]) {
    let server = Server::start(answer);
    let proxy = Proxy::start(["--upstream", &server.url()].iter().chain(way));
    let long = format!("POST /length HTTP/1.1\r\nContent-Length: 3000003\r\n\r\n{}END", "x".repeat(3_000_000));
    let requests = [
        "POST /length HTTP/1.1\r\nhOST: a\r\nX-B: 2\r\nx-a: 1\r\nContent-Length: 3\r\n\r\nEND",
        "POST /length HTTP/1.0\r\nContent-Length: 3\r\n\r\nEND",
        "POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0003\r\nEND\r\n0\r\nTrailer: z\r\n\r\n",
        "POST /nothing HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nEND",
        "POST /continue HTTP/1.1\r\n folded: y\r\nContent-Length : 3\r\n\r\nEND",
        "GET /close HTTP/1.0\nX: END\n\n",
        "HEAD /length HTTP/1.1\r\nX: END\r\n\r\n",
        "POST /lies HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\nEND",
        "post /lies\r\nEND",
        "\u{0}\u{1}\u{2} /garbage END",
        &long,
    ];
    for request in requests {
        let direct = talk(server.address, request.as_bytes());
        let received = server.take_received();
        assert!(!direct.is_empty(), "{}", &request[..40.min(request.len())]);
        let mut relayed = talk(proxy.address, request.as_bytes());
        if !way.is_empty() && request.contains("Expect") {
            // What a fault may apply to is read as a whole first: the device must go on.
            relayed = relayed.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap().to_vec();
        }
        assert_eq!(String::from_utf8_lossy(&relayed), String::from_utf8_lossy(&direct));
        assert!(server.take_received() == received, "{}", &request[..40.min(request.len())]);
    }
    assert_eq!(proxy.end().code, Some(0));
}

#[test]
fn a_session_through_the_proxy_is_the_session_in_the_recording() {
    for capture in ["01-xml-basic.pcap", "03-wbxml-md5-challenge.pcapng", "20-chunked.pcap"] {
        let (media, exchanges) = session(capture);
        let server = Server::dm(media, exchanges.clone());
        let folder = Folder::new();
        let recording = folder.path("r.pcapng");
        let proxy =
            Proxy::start(["--upstream", &server.url(), "--no-analysis", "--record", recording.to_str().unwrap()]);
        let mut stream = TcpStream::connect(proxy.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        play(&mut stream, media, &exchanges);
        drop(stream);
        assert_eq!(proxy.end().code, Some(0));
        let report: serde_json::Value = serde_json::from_str(&analyze(&folder, "r.pcapng")).unwrap();
        let messages: usize =
            report["sessions"].as_array().unwrap().iter().map(|one| one["messages"].as_array().unwrap().len()).sum();
        let bodies = exchanges.iter().map(|(_, answer)| if answer.is_empty() { 1 } else { 2 }).sum::<usize>();
        assert_eq!(messages, bodies, "{capture}");
        assert_eq!(report["inputs"][0]["problems"].as_array().unwrap().len(), 0, "{capture}");
        if has("tshark") {
            let run = Command::new("tshark")
                .arg("-r")
                .arg(&recording)
                .args(["-Y", "http", "-T", "fields", "-e", "http.request.method", "-e", "http.response.code"])
                .output()
                .unwrap();
            let text = String::from_utf8(run.stdout).unwrap();
            let count = |what: &str| text.lines().filter(|line| line.contains(what)).count();
            assert_eq!((count("POST"), count("200")), (exchanges.len(), exchanges.len()), "{capture}: {text}");
        }
    }
}

#[test]
fn curl_gets_the_same_with_and_without_the_proxy() {
    if !has("curl") {
        return;
    }
    let folder = Folder::new();
    for capture in ["01-xml-basic.pcap", "03-wbxml-md5-challenge.pcapng"] {
        let (media, exchanges) = session(capture);
        let server = Server::dm(media, exchanges.clone());
        let ca = folder.path("ca");
        let ca = ca.to_str().unwrap();
        dmscope(["ca", "init", "--dir", ca, "--force"]).succeeds();
        let proxy = Proxy::start(["--upstream", &server.url(), "--ca-dir", ca]);
        let (asked, answer) = &exchanges[0];
        folder.put("body", asked);
        let ways: [&[&str]; 3] = [&["--http1.0"], &["--http1.1"], &["--http1.1", "-H", "Transfer-Encoding: chunked"]];
        for way in ways {
            let get = |scheme: &str, address: std::net::SocketAddr| {
                let mut curl = Command::new("curl");
                curl.args(["-s", "-S", "--max-time", "60", "-H", "Expect:", "-H"])
                    .arg(format!("Content-Type: {media}"));
                curl.args(way).arg("--data-binary").arg(format!("@{}", folder.path("body").display()));
                curl.arg("--cacert").arg(folder.path("ca/ca.pem"));
                let run = curl.arg(format!("{scheme}://{address}/dm")).output().unwrap();
                assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
                run.stdout
            };
            let direct = get("http", server.address);
            assert_eq!(direct, *answer);
            for scheme in ["http", "https"] {
                assert_eq!(get(scheme, proxy.address), direct, "{capture} {scheme} {way:?}");
            }
        }
    }
}
