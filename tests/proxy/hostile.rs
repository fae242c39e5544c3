//! Devices and servers that misbehave, by mistake or on purpose.

use super::house::{PATIENCE, Proxy, Server, ask, post, read_head, request, response, server, session, talk};
use super::program::{Folder, dmscope};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Both ways in which HTTP is relayed to one server: as it comes, and exchange by exchange.
const WAYS: [&[&str]; 2] = [&[], &["--rewrite-host"]];

/// A proxy in front of an address.
fn before(address: SocketAddr, more: &[&str]) -> Proxy {
    Proxy::start(["--no-analysis", "--upstream", &format!("http://{address}")].iter().chain(more))
}

/// A device whose request is too long for one that first writes and then reads.
fn long_post(length: usize) -> Vec<u8> {
    post("x", "application/octet-stream", &vec![b'q'; length])
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(&octets[..octets.len().min(400)]).into_owned()
}

#[test]
fn a_server_that_closes_in_the_midst_of_its_answer_leaves_what_there_was() {
    for way in WAYS {
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten octets",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nten oct",
        ] {
            let address = server(move |mut stream| {
                read_head(&mut stream);
                stream.write_all(head.as_bytes()).unwrap();
            });
            let proxy = before(address, way);
            let mut stream = TcpStream::connect(proxy.address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert_eq!(text(&answer), head, "{way:?}");
        }
    }
}

#[test]
fn an_answer_before_the_end_of_the_request_gets_through_though_the_server_has_closed() {
    const ANSWER: &[u8] = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge";
    let address = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(ANSWER).unwrap();
        // Closed with octets that were not read: the connection is reset.
    });
    for way in WAYS {
        let proxy = before(address, way);
        let answer = talk(proxy.address, &long_post(900_000));
        assert_eq!(text(&answer), text(ANSWER), "{way:?}");
    }
}

#[test]
fn both_sides_may_write_before_they_read() {
    const LENGTH: usize = 12 << 20;
    let address = server(|mut stream| {
        let head = read_head(&mut stream);
        let mut reader = stream.try_clone().unwrap();
        stream.write_all(&response("x/y", &vec![b'a'; LENGTH])).unwrap();
        let length = head.split("Content-Length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert!(body.iter().all(|octet| *octet == b'q'));
        assert_eq!(read_head(&mut reader).lines().next(), Some("GET /next HTTP/1.1"));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext").unwrap();
    });
    for way in WAYS {
        let proxy = before(address, way);
        let octets = [long_post(LENGTH), b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()].concat();
        let answer = talk(proxy.address, &octets);
        assert!(answer.ends_with(b"\r\n\r\nnext"), "{way:?}: {} octets", answer.len());
        assert!(answer.len() > LENGTH);
    }
}

#[test]
fn a_side_that_has_said_all_still_gets_the_rest() {
    let address = server(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        stream.write_all(&all).unwrap();
    });
    for way in WAYS {
        let proxy = before(address, way);
        let answer = talk(proxy.address, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
        assert!(
            answer.starts_with(b"HTTP/1.0 200 OK") && answer.ends_with(b"\r\n\r\nhalf"),
            "{way:?}: {}",
            text(&answer)
        );
    }
}

#[test]
fn a_head_without_end_is_answered_named_and_not_kept() {
    let forward = ["--no-analysis"];
    let origin = Server::start(|_| Some(Vec::new()));
    let reverse = ["--no-analysis", "--upstream", &origin.url()];
    let exchanges = ["--no-analysis", "--upstream", &origin.url(), "--rewrite-host"];
    let endless =
        format!("GET / HTTP/1.1\r\n{}", "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a:\r\n".repeat(100_000));
    let one_line = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
    for arguments in [&forward[..], &reverse, &exchanges] {
        for head in [&endless, &many, &one_line] {
            let mut proxy = Proxy::start(arguments);
            let answer = talk(proxy.address, head.as_bytes());
            assert!(answer.starts_with(b"HTTP/1.1 431 "), "{arguments:?}: {}", text(&answer));
            let line = proxy.wait_for("431");
            assert!(line.contains("a head does not end within 262144 octets"), "{line}");
            assert!(proxy.peak_octets() < 32 << 20, "{}", proxy.peak_octets());
        }
    }
}

#[test]
fn thousands_of_headers_pass_as_they_are() {
    let received = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let seen = std::sync::Arc::clone(&received);
    let address = server(move |mut stream| {
        let head = read_head(&mut stream);
        *seen.lock().unwrap() = head;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
    });
    let head = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(20_000));
    for way in WAYS {
        let proxy = before(address, way);
        let answer = talk(proxy.address, head.as_bytes());
        assert!(answer.ends_with(b"ok"), "{way:?}: {}", text(&answer));
        assert!(*received.lock().unwrap() == head, "{way:?}");
    }
}

#[test]
fn a_device_that_drips_is_served_and_one_that_is_silent_is_not_waited_for() {
    let (media, exchanges) = session("01-xml-basic.pcap");
    let server = Server::dm(media, exchanges.clone());
    let mut proxy = Proxy::start(["--upstream", &server.url(), "--no-analysis", "--handshake-timeout", "1"]);
    let silent = TcpStream::connect(proxy.address).unwrap();
    let mut drips = TcpStream::connect(proxy.address).unwrap();
    let (asked, answer) = &exchanges[0];
    let octets = post("x", media, asked);
    drips.write_all(&octets[..1]).unwrap();
    proxy.wait_for("nothing came after the connection was opened (--handshake-timeout)");
    assert_eq!((&silent).read(&mut [0; 1]).unwrap(), 0);
    for octet in &octets[1..octets.len() - 1] {
        drips.write_all(std::slice::from_ref(octet)).unwrap();
    }
    let (_, body) = ask(&mut drips, &octets[octets.len() - 1..]);
    assert_eq!(body, *answer);
}

#[test]
fn tls_that_is_none_ends_its_connection_alone() {
    let folder = Folder::new();
    let ca = folder.path("ca");
    dmscope(["ca", "init", "--dir", ca.to_str().unwrap(), "--key", "ec"]).succeeds();
    let origin = Server::start(|pending| Some(request(pending).map_or_else(Vec::new, |_| response("x/y", b"yes"))));
    let url = origin.url();
    let ca = ca.to_str().unwrap();
    let mut proxy = Proxy::start(["--upstream", &url, "--no-analysis", "--ca-dir", ca, "--handshake-timeout", "1"]);
    let garbage: [&[u8]; 3] = [
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x24\x01\x00\x00\x20\x03\x03garbage garbage garbage garbag",
        b"\x16\x03\x01\x00\x05\x01\x00\xff\xff\xff\x17\x03",
    ];
    for octets in garbage {
        let answer = talk(proxy.address, octets);
        // An alert, or nothing.
        assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
        proxy.wait_for("there is no TLS with the device");
    }
    // Half a hello, and then nothing.
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
    proxy.wait_for("did not finish the TLS handshake within 1 s");
    assert!(talk(proxy.address, b"GET / HTTP/1.1\r\n\r\n").ends_with(b"yes"));
}

#[test]
fn a_certificate_that_does_not_hold_is_named_with_the_option_that_helps() {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    let origin = Server::start(|pending| Some(request(pending).map_or_else(Vec::new, |_| response("x/y", b"yes"))));
    let mut expired = CertificateParams::new(["localhost".to_owned()]).unwrap();
    expired.not_before = date_time_ymd(2001, 1, 1);
    expired.not_after = date_time_ymd(2002, 1, 1);
    let sound = || CertificateParams::new(["localhost".to_owned()]).unwrap();
    let other = CertificateParams::new(["other.example.com".to_owned()]).unwrap();
    let cases = [
        ("expired", expired, true, "expired on 2002-01-01", "--insecure-upstream"),
        ("self-signed", sound(), false, "is signed by itself", "--upstream-ca FILE"),
        ("wrong name", other, true, "is for other.example.com", "--insecure-upstream"),
    ];
    let folder = Folder::new();
    let key = KeyPair::generate().unwrap();
    folder.put("key.pem", key.serialize_pem().as_bytes());
    for (what, params, trusted, why, help) in cases {
        folder.put("cert.pem", params.self_signed(&key).unwrap().pem().as_bytes());
        let (cert, key) = (folder.path("cert.pem"), folder.path("key.pem"));
        let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
        let url = origin.url();
        let secured = Proxy::start(["--upstream", &url, "--no-analysis", "--cert", cert, "--cert-key", key]);
        let url = format!("https://localhost:{}", secured.address.port());
        let trust: &[&str] = if trusted { &["--upstream-ca", cert] } else { &[] };
        let mut proxy = Proxy::start(["--no-analysis", "--upstream", &url].iter().chain(trust));
        let answer = talk(proxy.address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(answer.starts_with(b"HTTP/1.1 502 "), "{what}: {}", text(&answer));
        assert!(text(&answer).contains(why), "{what}: {}", text(&answer));
        let line = proxy.wait_for("can't be reached");
        assert!(line.contains(why) && line.contains(help), "{what}: {line}");
        drop(proxy);
        // What it says helps.
        let trust: &[&str] = if trusted { &["--insecure-upstream"] } else { &["--upstream-ca", cert] };
        let proxy = Proxy::start(["--no-analysis", "--upstream", &url].iter().chain(trust));
        assert!(talk(proxy.address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").ends_with(b"yes"), "{what}");
    }
}

#[test]
fn a_server_that_is_down_is_the_proxys_to_tell_and_nobodys_fault() {
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (media, exchanges) = session("01-xml-basic.pcap");
    for way in WAYS {
        let folder = Folder::new();
        let recording = folder.path("r.pcapng");
        let url = format!("http://{dead}");
        let arguments = ["--upstream", &url, "--format", "json", "--record", recording.to_str().unwrap()];
        let proxy = Proxy::start(arguments.iter().chain(way));
        let answer = talk(proxy.address, &post("x", media, &exchanges[0].0));
        assert!(answer.starts_with(b"HTTP/1.1 502 Bad Gateway\r\n"), "{}", text(&answer));
        assert!(text(&answer).contains("Connection refused"), "{}", text(&answer));
        let ended = proxy.end();
        assert!(ended.stderr.contains(&format!("{url} can't be reached: Connection refused")), "{}", ended.stderr);
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let blamed: Vec<_> =
            report["findings"].as_array().unwrap().iter().filter(|one| one["role"] == "server").collect();
        assert!(blamed.is_empty(), "{blamed:?}");
        let said = String::from_utf8_lossy(&folder.octets("r.pcapng")).into_owned();
        assert!(said.contains("dmscope fault: 502 answered by the proxy"), "{way:?}");
        assert!(report.to_string().contains("502 answered by the proxy"), "{}", ended.stdout);
    }
}

#[test]
fn what_can_not_begin_says_why() {
    let folder = Folder::new();
    folder.put("there.pcapng", b"evidence");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let cases: [(&[&str], &str); 3] = [
        (&["--listen", &listen], "another program has that port: choose one with --listen"),
        (&["--listen", "127.0.0.1:0", "--record", "no/r.pcapng"], "its folder does not exist"),
        (&["--listen", "127.0.0.1:0", "--record", "there.pcapng"], "there.pcapng exists"),
    ];
    for (arguments, why) in cases {
        let run = folder.dmscope(["proxy"].iter().chain(arguments));
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    assert_eq!(folder.read("there.pcapng"), "evidence");
}

/// Writes until the other side takes no more.
fn fill(stream: &TcpStream) -> usize {
    stream.set_write_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
    let chunk = vec![b'q'; 64 << 10];
    let mut written = 0;
    while let Ok(count @ 1..) = { stream }.write(&chunk) {
        written += count;
        assert!(written < 64 << 20, "nobody holds it up");
    }
    written
}

#[test]
fn who_is_stuck_holds_up_nobody_else_and_fills_no_memory() {
    let address = server(|mut stream| {
        let head = read_head(&mut stream);
        if head.contains("/small") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        } else if head.contains("/large") {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n");
            fill(&stream);
            thread::park();
        } else {
            thread::park();
        }
    });
    for way in WAYS {
        let proxy = before(address, way);
        let stuck: Vec<TcpStream> = (0..6)
            .map(|at| {
                let mut stream = TcpStream::connect(proxy.address).unwrap();
                if at % 2 == 0 {
                    stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                } else {
                    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n").unwrap();
                    fill(&stream);
                }
                stream
            })
            .collect();
        assert!(talk(proxy.address, b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n").ends_with(b"ok"), "{way:?}");
        assert!(proxy.peak_octets() < 32 << 20, "{way:?}: {}", proxy.peak_octets());
        stuck.iter().for_each(|stream| stream.shutdown(Shutdown::Both).unwrap());
    }
}

#[test]
fn a_long_answer_streams() {
    const LENGTH: usize = 64 << 20;
    let address = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n").as_bytes()).unwrap();
        let chunk = vec![b'a'; 1 << 20];
        (0..LENGTH >> 20).for_each(|_| stream.write_all(&chunk).unwrap());
    });
    let folder = Folder::new();
    let recording = folder.path("r.pcapng");
    let recording = ["--record", recording.to_str().unwrap()];
    for way in WAYS.iter().copied().chain([&recording[..]]) {
        let proxy = before(address, way);
        let mut stream = TcpStream::connect(proxy.address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        read_head(&mut stream);
        let got = std::io::copy(&mut stream.take(LENGTH as u64), &mut std::io::sink()).unwrap();
        assert_eq!(got, LENGTH as u64, "{way:?}");
        assert!(proxy.peak_octets() < 32 << 20, "{way:?}: {}", proxy.peak_octets());
    }
}

#[test]
fn no_line_tells_a_credential_or_a_body() {
    const SECRET: &str = "tops3cret";
    let (media, exchanges) = session("01-xml-basic.pcap");
    let body = [&exchanges[0].0[..], format!("<!-- {SECRET} -->").as_bytes()].concat();
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let live = server(|mut stream| {
        let mut chunk = [0; 4_096];
        let answer = format!("HTTP/1.1 200 OK\r\nX: {SECRET}\r\nContent-Length: 9\r\n\r\n{SECRET}");
        while stream.read(&mut chunk).is_ok_and(|count| count > 0) && stream.write_all(answer.as_bytes()).is_ok() {}
    });
    let tail = format!(
        "HTTP/1.1\r\nAuthorization: Basic {SECRET}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let with = |start: &str| [start.as_bytes(), b" ", tail.as_bytes(), &body].concat();
    let talks = [
        with(&format!("POST http://user:{SECRET}@{live}/dm?key={SECRET}")),
        with(&format!("POST http://user:{SECRET}@{dead}/dm?key={SECRET}")),
        with(&format!("CONNECT user:{SECRET}@{live}")),
        with(&format!("POST /dm?key={SECRET}")),
        format!("{SECRET}\r\n\r\n").into_bytes(),
        format!("POST http://{live}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n").into_bytes(),
        [&b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c"[..], SECRET.as_bytes()].concat(),
    ];
    let (live, dead) = (format!("http://{live}"), format!("http://{dead}"));
    let mut said = String::new();
    for mode in [
        &[][..],
        &["--upstream", &live],
        &["--upstream", &dead],
        &["--upstream", &live, "--fault", "corrupt on client"],
    ] {
        let proxy = Proxy::start(["-v", "--format", "ndjson"].iter().chain(mode));
        for octets in &talks {
            talk(proxy.address, octets);
        }
        let ended = proxy.end();
        assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
        said += &ended.stderr;
    }
    for what in ["Connection refused", "the target of CONNECT", "names no server"] {
        assert!(said.contains(what), "{said}");
    }
}
