//! `dmscope replay` over loopback: server and client of one recording against each other, and peers that are none.

#![cfg(feature = "proxy")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dmscope::fixture::{Capture, Script};
use dmscope::syncml::{CommandName, MediaType, Message, decode};
use md5::{Digest, Md5};
use program::{Folder, Run, dmscope};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// The secrets of the samples.
const CREDENTIALS: &str = r#"
[[account]]
device = "IMEI:0044*"
client_name = "Bruce2"
client_secret = "OhBehave"
client_nonce = "Tm9uY2U="
server_name = "srv"
server_secret = "pw"
server_nonce = "Tm9uY2U="
[[account]]
client_name = "funambol"
client_secret = "funambol"
server_name = "funambol"
server_secret = "srvpwd"
"#;

/// What must be in no line of the log.
const SECRETS: [&str; 6] = ["OhBehave", "srvpwd", "Tm9uY2U", "ZnVuYW1ib2w", "client_secret", "mac="];

/// A replayed server that runs.
struct Server {
    child: Child,
    address: String,
    log: Option<JoinHandle<String>>,
}

impl Drop for Server {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one on a free port, and waits until it listens.
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dmscope"))
            .args(["replay", "--as", "server", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let Some(address) = first.trim().strip_prefix("listening on http://").map(str::to_owned) else {
            panic!("{first}");
        };
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        Self { child, address, log: Some(log) }
    }

    fn url(&self) -> String {
        format!("http://{}/dm", self.address)
    }

    /// Waits for the end of a server with `--once`.
    fn end(mut self) -> (i32, String) {
        let code = self.child.wait().unwrap().code().unwrap();
        (code, self.log.take().unwrap().join().unwrap())
    }

    /// Kills a server that would go on.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }

    /// Sends octets on a connection of their own, and reads until it is closed.
    fn say(&self, octets: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // A server that refuses in the middle may close before it read everything.
        let _ = stream.write_all(octets);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Posts a message, and decodes the one that answers it.
    fn post(&self, xml: &str) -> Message {
        let request = format!(
            "POST /dm HTTP/1.1\r\nHost: {}\r\nContent-Type: application/vnd.syncml.dm+xml\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{xml}",
            self.address,
            xml.len()
        );
        let answer = self.say(request.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        decode(body.as_bytes().to_vec(), MediaType::DmXml).unwrap()
    }
}

fn client(url: &str, arguments: &[&str]) -> Run {
    dmscope(["replay", "--as", "client", "--to", url].iter().chain(arguments))
}

/// Stands between two peers, and keeps what the first one says and hears.
fn tee(to: String) -> (String, Arc<Mutex<[Vec<u8>; 2]>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let kept = heard.clone();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(&to).unwrap();
            for (way, mut from, mut into) in [
                (0, client.try_clone().unwrap(), server.try_clone().unwrap()),
                (1, server.try_clone().unwrap(), client.try_clone().unwrap()),
            ] {
                let kept = kept.clone();
                thread::spawn(move || {
                    let mut piece = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut piece) {
                        kept.lock().unwrap()[way].extend_from_slice(&piece[..read]);
                        if into.write_all(&piece[..read]).is_err() {
                            break;
                        }
                    }
                    let _ = into.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
    (address, heard)
}

/// The samples with their sessions from the recording itself to its own replay.
#[test]
fn server_and_client_of_one_recording_play_it_to_its_end() {
    let samples = [
        ("01-xml-basic.pcap", "1"),
        ("03-wbxml-md5-challenge.pcapng", "1"),
        ("09-large-object.pcap", "3"),
        ("10-atomic.pcap", "2"),
        ("16-binary-utf8.pcap", "1"),
        ("18-same-sessionid-reused.pcap", "2"),
        ("20-chunked.pcap", "1"),
        ("22-https-tls12.pcapng", "1"),
        ("27-https-h2.pcapng", "1"),
        ("abort.pcap", "1"),
        ("challenge.pcapng", "1"),
        ("compressed.pcap.gz", "1"),
        ("http-error.pcap", "1"),
        ("interleaved.pcap", "2"),
        ("latin1.pcap", "1"),
        ("refused.pcapng", "1"),
        ("truncated.pcap", "1"),
        ("upload.pcap", "1"),
        ("versions.pcap", "2"),
        ("windows.pcap", "1"),
    ];
    for (sample, session) in samples {
        let path = format!("captures/{sample}");
        let server = Server::start(&[&path, "--session", session, "--once"]);
        let client = client(&server.url(), &[&path, "--session", session]);
        let (code, log) = server.end();
        assert_eq!((client.code, code), (0, 0), "{sample}: {}\n{log}", client.stderr);
        for log in [&client.stderr, &log] {
            assert!(log.contains("exchanges played, 0 divergences"), "{sample}: {log}");
        }
    }
}

#[test]
fn digests_are_made_for_fresh_nonces_and_verified_by_the_other_side() {
    let folder = Folder::new();
    folder.put("c.toml", CREDENTIALS.as_bytes());
    // Integrity headers in both directions.
    let both = Script::parse(
        "session server=http://dm.example.com/dm
device hmac=Bruce2:OhBehave:Tm9uY2U=
    Alert 1201
server hmac=srv:pw:Tm9uY2U=
    Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==
    Status * 200
    Get ./DevDetail/SwV
device hmac=Bruce2:OhBehave:9RfKc3YtV6oAeN0uGhB5Jw==
    Status SyncHdr 200 chal=mac:LG3iZQhhdmKNHg==
    Status Get 200
    Results ./DevDetail/SwV=7.1
server hmac=srv:pw:LG3iZQhhdmKNHg==
    Status SyncHdr 200 chal=mac:Zk81QxLrT2mWvD7yPs0bCA==
",
    )
    .unwrap();
    folder.put("hmac.pcap", &Capture::new().script(&both).bytes());
    let samples = ["captures/challenge.pcapng", "captures/01-xml-basic.pcap", "captures/20-chunked.pcap"];
    let hmac = folder.place("hmac.pcap");
    let credentials = folder.place("c.toml");
    for sample in samples.into_iter().chain([hmac.as_str()]) {
        let arguments = [sample, "--session", "1", "--credentials", &credentials];
        let server = Server::start(&[&arguments[..], &["--once"]].concat());
        let (address, heard) = tee(server.address.clone());
        let client = client(&format!("http://{address}/dm"), &arguments);
        let (code, log) = server.end();
        assert_eq!((client.code, code), (0, 0), "{sample}: {}\n{log}", client.stderr);
        for secret in SECRETS {
            assert!(!client.stderr.contains(secret) && !log.contains(secret), "{secret}: {}\n{log}", client.stderr);
        }
        if sample == hmac {
            let heard = heard.lock().unwrap();
            check_hmac(&heard[0], &heard[1], "Bruce2:OhBehave");
        }
    }
}

/// Checks the second HMAC of the device against the nonce that the server handed out, and that neither is the recorded one.
fn check_hmac(said: &[u8], heard: &[u8], account: &str) {
    let (said, heard) = (String::from_utf8_lossy(said), String::from_utf8_lossy(heard));
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before).unwrap();
        rest.split(after).next().unwrap().to_owned()
    };
    let nonce = between(&heard, "NextNonce xmlns=\"syncml:metinf\">", "<");
    assert_ne!(nonce, "9RfKc3YtV6oAeN0uGhB5Jw==");
    let second = said.rsplit("POST ").next().unwrap();
    let (_, body) = second.split_once("\r\n\r\n").unwrap();
    let mut digest = Md5::new();
    digest.update(STANDARD.encode(Md5::digest(account)));
    digest.update(":");
    digest.update(STANDARD.decode(&nonce).unwrap());
    digest.update(":");
    digest.update(STANDARD.encode(Md5::digest(body)));
    let expected = STANDARD.encode(digest.finalize());
    assert_eq!(between(second, "mac=", "\r\n"), expected);
}

#[test]
fn wrong_credentials_are_challenged_and_never_accepted() {
    let folder = Folder::new();
    folder.put("right.toml", CREDENTIALS.as_bytes());
    folder.put("wrong.toml", CREDENTIALS.replace("OhBehave", "OhNo").as_bytes());
    let server = Server::start(&["captures/challenge.pcapng", "--once", "--credentials", &folder.place("right.toml")]);
    let client = client(&server.url(), &["captures/challenge.pcapng", "--credentials", &folder.place("wrong.toml")]);
    let (code, log) = server.end();
    assert_eq!((client.code, code), (1, 1), "{}\n{log}", client.stderr);
    assert!(
        log.contains("divergence: the device's credentials are wrong: no nonce known makes the digest right"),
        "{log}"
    );
    assert!(!log.contains("SyncHdr 212"), "{log}");
    assert!(log.contains("refused for good after 3 challenges"), "{log}");
    assert!(
        client.stderr.contains("the server answered SyncHdr with 401: it wants other credentials"),
        "{}",
        client.stderr
    );
}

#[test]
fn a_server_that_wants_credentials_gets_them() {
    // The recorded device sent none, the live server has a challenge for it.
    let folder = Folder::new();
    folder.put("c.toml", CREDENTIALS.as_bytes());
    let plain = Script::parse("session server=http://dm.example.com/dm\ndevice\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n").unwrap();
    folder.put("plain.pcap", &Capture::new().script(&plain).bytes());
    let server = Server::start(&["captures/challenge.pcapng", "--once", "--credentials", &folder.place("c.toml")]);
    let client = client(
        &server.url(),
        &[&folder.place("plain.pcap"), "--credentials", &folder.place("c.toml"), "--timeout", "5"],
    );
    assert_eq!(client.code, 1, "{}", client.stderr);
    assert!(
        client.stderr.contains("device -> server  Msg 2  Status SyncHdr 200, Alert 1201, Final"),
        "{}",
        client.stderr
    );
    assert!(client.stderr.contains("Msg 2  Status SyncHdr 212,"), "{}", client.stderr);
    server.kill();
}

/// A message of a hand-made device.
fn message(msg_id: u32, body: &str) -> String {
    format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>9</SessionID><MsgID>{msg_id}</MsgID><Target><LocURI>http://here/dm</LocURI></Target>\
         <Source><LocURI>IMEI:7</LocURI></Source></SyncHdr><SyncBody>{body}<Final/></SyncBody></SyncML>"
    )
}

#[test]
fn a_device_with_other_ids_gets_references_to_its_own() {
    let server = Server::start(&["captures/upload.pcap", "--once", "--timeout", "1"]);
    let replace = "<Replace><CmdID>8</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source></Item></Replace>";
    let reply = server.post(&message(1, &format!("{replace}<Alert><CmdID>9</CmdID><Data>1201</Data></Alert>")));
    let text = |node| reply.text(node);
    let refs: Vec<_> = (reply.commands.iter())
        .filter(|command| command.name == CommandName::Status)
        .map(|command| (text(command.cmd), text(command.msg_ref), text(command.cmd_ref)))
        .collect();
    assert_eq!(refs, [("SyncHdr", "1", "0"), ("Alert", "1", "9"), ("Replace", "1", "8")]);
    assert_eq!((reply.session_id(), reply.target()), (Some("9"), Some("IMEI:7")));
    assert_eq!(reply.source(), Some("http://here/dm"));
    // A device that goes away in the middle, and begins anew.
    server.post(&message(1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"));
    let (code, log) = server.end();
    assert_eq!(code, 1);
    assert!(log.contains("divergence: the device began the session anew, after 1 of 4 exchanges"), "{log}");
}

#[test]
fn a_message_that_comes_again_gets_the_same_answer() {
    let server = Server::start(&["captures/upload.pcap"]);
    let first = message(1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
    let answers = [server.post(&first), server.post(&first)];
    assert_eq!(answers[0].body(), answers[1].body());
    let log = server.kill();
    assert!(log.contains("the device sent its last message again, and gets the same answer"), "{log}");
    assert!(!log.contains("session 2"), "{log}");
}

#[test]
fn a_hostile_peer_is_told_why_and_the_server_lives() {
    let server = Server::start(&["captures/challenge.pcapng", "--once"]);
    let half_open = {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(b"POST /dm HTTP/1.1\r\nContent-Len").unwrap();
        stream
    };
    let huge = [&b"POST / HTTP/1.1\r\nX: "[..], &vec![b'a'; 300 << 10]].concat();
    let many: String = (0..1_100).map(|at| format!("A{at}: b\r\n")).collect();
    let post = |rest: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}").into_bytes();
    let table: [(Vec<u8>, &str, &str); 12] = [
        (post("Content-Length: 7\r\n\r\ngarbage"), "400", "the body is neither XML nor WBXML of SyncML"),
        (post("Content-Length: 9\r\n\r\n<SyncML/>"), "400", "the body is SyncML without a SyncHdr"),
        (huge, "431", "the head is larger than 262144 octets"),
        (post(&format!("{many}\r\n")), "431", "the head has more than 1000 header lines"),
        (b"\x16\x03\x01\x02\x00\n\n\n".to_vec(), "400", "this is no HTTP/1.x"),
        (post("Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "400", "a chunk of the body is not as long as it says"),
        (
            post("Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n"),
            "400",
            "a chunk of the body is not as long as it says",
        ),
        (post("Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"), "413", "the body is larger than 4194304 octets"),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"), "400", "both a Content-Length and chunks"),
        (post("Content-Length: 99999999999\r\n\r\n"), "413", "the body is larger than 4194304 octets"),
        (
            post("Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
            "400",
            "can't be unfolded from its content coding",
        ),
        (b"GET / HTTP/1.0\r\n\r\n".to_vec(), "405", "GET refused: devices use POST"),
    ];
    for (octets, status, _) in &table {
        // Those that are left open by the server are closed from here.
        let octets = String::from_utf8_lossy(octets).replace("Host: a", "Connection: close").into_bytes();
        let answer = server.say(&octets);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
    }
    let client = client(&server.url(), &["captures/challenge.pcapng"]);
    assert_eq!(client.code, 0, "{}", client.stderr);
    drop(half_open);
    let (code, log) = server.end();
    assert_eq!(code, 0, "{log}");
    for (_, _, why) in &table {
        assert!(log.contains(why), "{why}: {log}");
    }
}

#[test]
fn more_connections_than_can_be_served_are_turned_away() {
    let server = Server::start(&["captures/challenge.pcapng"]);
    let held: Vec<TcpStream> = (0..32).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    let answer = server.say(b"");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(held);
    let log = server.kill();
    assert!(log.contains("refused: 32 connections are open"), "{log}");
}

#[test]
fn a_device_that_stays_away_ends_its_session() {
    let server = Server::start(&["captures/upload.pcap", "--once", "--timeout", "1"]);
    server.post(&message(1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"));
    let (code, log) = server.end();
    assert_eq!(code, 1);
    assert!(log.contains("nothing came from the device for 1 s, after 1 of 4 exchanges"), "{log}");
}

/// A server that says what it is told to, one response for each request.
fn scripted(responses: Vec<Vec<u8>>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/dm", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let mut requests = Vec::new();
        for response in responses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            requests.push(head + &String::from_utf8_lossy(&body));
            let mut stream = stream;
            stream.write_all(&response).unwrap();
        }
        requests
    });
    (url, thread)
}

fn response(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+xml\r\nConnection: close\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn a_server_that_asks_for_something_else_is_answered_all_the_same() {
    let first = message(
        1,
        "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
         <Exec><CmdID>4</CmdID><Item><Target><LocURI>./x</LocURI></Target></Item></Exec>\
         <Get><CmdID>5</CmdID><Item><Target><LocURI>./Vendor/Example/Log</LocURI></Target></Item></Get>\
         <Get><CmdID>6</CmdID><Item><Target><LocURI>./Other</LocURI></Target></Item></Get>",
    );
    let last = message(
        2,
        "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>",
    );
    let (url, server) = scripted(vec![response(&first), response(&last)]);
    let run = client(&url, &["captures/upload.pcap", "--session-id", "recorded", "--unknown-status", "406"]);
    let requests = server.join().unwrap();
    assert_eq!(run.code, 1, "{}", run.stderr);
    for text in [
        "divergence: the server sent Exec ./x, not recorded",
        "divergence: the server sent Get ./Other, not recorded",
        "divergence: the server did not answer Alert 1201, recorded 200",
        "divergence: the server closed the session after 2 of 4 exchanges",
    ] {
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
    }
    assert!(requests[0].starts_with("POST /dm HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("<SessionID>B</SessionID>"), "{}", requests[0]);
    let (_, body) = requests[1].split_once("\r\n\r\n").unwrap();
    let second = decode(body.as_bytes().to_vec(), MediaType::DmXml).unwrap();
    let text = |node| second.text(node);
    let answers: Vec<_> = (second.commands.iter())
        .map(|command| {
            (command.name.name(), text(command.cmd), text(command.cmd_ref), command.code.unwrap_or_default())
        })
        .collect();
    let expected = [
        ("Status", "SyncHdr", "0", 200),
        ("Status", "Get", "5", 200),
        ("Status", "Exec", "4", 406),
        ("Status", "Get", "6", 406),
        ("Results", "", "5", 0),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn a_server_that_speaks_something_else_is_an_error_with_its_reason() {
    let table = [
        (b"SSH-2.0-x\r\n\r\n".to_vec(), "this is no HTTP/1.x"),
        (response("<html/>"), "the response is no SyncML message: it has no SyncHdr"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<Syn".to_vec(),
            "the connection was closed in the middle of a message",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n".to_vec(),
            "a chunk of the body is not as long as it says",
        ),
    ];
    for (answer, why) in table {
        let (url, server) = scripted(vec![answer]);
        let run = client(&url, &["captures/upload.pcap"]);
        server.join().unwrap();
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(why), "{why}: {}", run.stderr);
    }
    let (url, server) = scripted(vec![b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_vec()]);
    let run = client(&url, &["captures/upload.pcap"]);
    server.join().unwrap();
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("the server answered with HTTP 503 and no message"), "{}", run.stderr);
}

#[test]
fn wrong_usage_is_code_2_and_an_unreadable_recording_3() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    folder.put("page.html", b"<html>no capture</html>");
    folder.put("quiet.pcap", &program::EMPTY_PCAP);
    let (page, quiet) = (folder.place("page.html"), folder.place("quiet.pcap"));
    let one = "captures/challenge.pcapng";
    let table: [(&[&str], i32, &str); 12] = [
        (&[one], 2, "--as <SIDE>"),
        (&[one, "--as", "client"], 2, "--as client needs --to URL; the recorded server's URL is not used by itself"),
        (&[one, "--as", "server", "--to", "http://a/"], 2, "--to is for --as client"),
        (&[one, "--as", "client", "--to", "dm.example.com"], 2, "--to: it does not begin with http:// or https://"),
        (&[one, "--as", "client", "--to", "http://u:hush@a/"], 2, "--to: it holds a user name"),
        (&[one, "--as", "client", "--to", "https://127.0.0.1:1/"], 2, "https, which replay can't speak yet"),
        (&[one, "--as", "server", "--listen", &port], 2, "can't be listened on"),
        (&[one, "--as", "server", "--session", "2"], 2, "holds 1 sessions; there is no session of that number:"),
        (&["captures/10-atomic.pcap", "--as", "server"], 2, "\n  2: dev-atomic"),
        (&["captures/missing.pcap", "--as", "server"], 3, "there is no such file"),
        (&[&page, "--as", "server"], 3, "page.html"),
        (&[&quiet, "--as", "server"], 3, "it holds no packet"),
    ];
    for (arguments, code, message) in table {
        let run = dmscope(["replay"].iter().chain(arguments));
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("hush") && run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn the_log_comes_as_json_lines_when_it_is_asked_for() {
    let server = Server::start(&["captures/challenge.pcapng", "--once"]);
    let run = client(&server.url(), &["captures/challenge.pcapng", "--format", "ndjson"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.first().unwrap()["event"], "session");
    assert_eq!(lines.iter().filter(|line| line["event"] == "message").count(), 6);
    let end = lines.last().unwrap();
    assert_eq!((&end["event"], &end["divergences"]), (&"end".into(), &0.into()));
    server.end();
}
