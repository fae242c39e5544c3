//! A proxy that runs, a server behind it, and a client in front.

use super::program::Folder;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a test waits for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A proxy that runs. It is killed when it goes out of scope.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: SocketAddr,
    lines: Receiver<String>,
    pub(crate) said: String,
}

/// How a proxy ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Proxy {
    /// Starts one on a free port, and waits until it listens.
    pub(crate) fn start<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dmscope"));
        command.args(["proxy", "--color", "never", "--listen", "127.0.0.1:0"]).args(arguments);
        Self::run(command)
    }

    /// Starts one under limits of the shell.
    pub(crate) fn limited<I: IntoIterator<Item: AsRef<OsStr>>>(limits: &str, arguments: I) -> Self {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_dmscope"));
        command.args(["proxy", "--color", "never", "--listen", "127.0.0.1:0"]).args(arguments);
        Self::run(command)
    }

    /// Runs a command that starts one.
    pub(crate) fn run(mut command: Command) -> Self {
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut said = String::new();
        let address = loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it does not listen:\n{said}"));
            said += &line;
            said.push('\n');
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        Self { child, address, lines, said }
    }

    /// Waits for a line on standard error.
    pub(crate) fn wait_for(&mut self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it does not say {what:?}:\n{}", self.said));
            self.said += &line;
            self.said.push('\n');
            if line.contains(what) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Octets that it has held in memory at most so far, without the pages of the program itself: those are not
    /// the traffic's, and a debug build has tens of megabytes of them.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_octets(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let octets = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
        };
        octets("VmHWM:").saturating_sub(octets("RssFile:"))
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn end(self) -> Ended {
        self.signal("INT");
        self.join()
    }

    /// Waits until it has ended.
    pub(crate) fn join(mut self) -> Ended {
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut stderr = std::mem::take(&mut self.said);
        stderr.extend(self.lines.iter().map(|line| line + "\n"));
        Ended { code, stdout, stderr }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server on a free port that answers each connection by a function, on a thread of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// What came on all connections, in the order in which it came.
    pub(crate) received: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    /// `answer` gets what was received on the connection and not consumed, takes whole requests off its front and gives
    /// octets to send; `None` closes.
    pub(crate) fn start(answer: impl Fn(&mut Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received: Arc<Mutex<Vec<u8>>> = Arc::default();
        let all = Arc::clone(&received);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &all, &*answer));
            }
        });
        Self { address, received }
    }

    /// One that answers every request to `/dm` with what stands in `answers` for its body.
    pub(crate) fn dm(media: &'static str, answers: Exchanges) -> Self {
        Self::start(move |pending| {
            let Some((_, body)) = request(pending) else { return Some(Vec::new()) };
            let answer = answers.iter().find(|(asked, _)| *asked == body).map(|(_, answer)| answer.clone());
            Some(match answer {
                Some(answer) => response(media, &answer),
                None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
            })
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn take_received(&self) -> Vec<u8> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, all: &Mutex<Vec<u8>>, answer: &dyn Fn(&mut Vec<u8>) -> Option<Vec<u8>>) {
    let mut pending = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        all.lock().unwrap().extend_from_slice(&chunk[..count]);
        pending.extend_from_slice(&chunk[..count]);
        loop {
            let Some(octets) = answer(&mut pending) else { return };
            if octets.is_empty() || stream.write_all(&octets).is_err() {
                break;
            }
            if pending.is_empty() {
                break;
            }
        }
    }
}

/// A server that does with each connection what it is told.
pub(crate) fn server(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    address
}

/// Reads up to a blank line.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut one = [0; 1];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut one).is_ok_and(|count| count == 1) {
        head.push(one[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Takes a whole request off the front: head and body, by length or in chunks.
pub(crate) fn request(pending: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = pending.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&pending[..end]).into_owned();
    let lower = head.to_lowercase();
    let (body, whole) = if lower.contains("transfer-encoding: chunked") {
        let mut at = end;
        let mut body = Vec::new();
        loop {
            let line = pending.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
            let text = std::str::from_utf8(&pending[at..at + line]).unwrap();
            let size = usize::from_str_radix(text.split(';').next().unwrap().trim(), 16).unwrap();
            at += line + 2;
            if size == 0 {
                let trailers = pending.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
                break (body, at + trailers + 2);
            }
            body.extend_from_slice(pending.get(at..at + size)?);
            at += size + 2;
        }
    } else {
        let length = lower.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
        let length = length.map_or(0, |text| text.trim().parse().unwrap());
        (pending.get(end..end + length)?.to_vec(), end + length)
    };
    pending.drain(..whole);
    Some((head, body))
}

pub(crate) fn response(media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn post(host: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST /dm HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Sends octets, says that nothing more comes, and reads everything that does.
pub(crate) fn talk(address: SocketAddr, octets: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let octets = octets.to_vec();
    let sender = thread::spawn(move || {
        let _ = writer.write_all(&octets);
        let _ = writer.shutdown(std::net::Shutdown::Write);
    });
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    sender.join().unwrap();
    answer
}

/// Sends one request over an open connection and reads its answer, which says its length.
pub(crate) fn ask(stream: &mut (impl Read + Write), octets: &[u8]) -> (String, Vec<u8>) {
    stream.write_all(octets).unwrap();
    let mut answer = Vec::new();
    let mut one = [0; 1];
    while !answer.ends_with(b"\r\n\r\n") {
        assert_eq!(stream.read(&mut one).unwrap(), 1, "closed after {:?}", String::from_utf8_lossy(&answer));
        answer.push(one[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length =
        head.to_lowercase().split("content-length:").nth(1).unwrap().lines().next().unwrap().trim().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

/// The bodies of a request and of its answer.
pub(crate) type Bodies = (Vec<u8>, Vec<u8>);

/// Requests and their answers, in order.
pub(crate) type Exchanges = Vec<Bodies>;

/// A session of a real client, and its media type.
pub(crate) fn session(capture: &str) -> (&'static str, Exchanges) {
    use dmscope::capture::{Event, Reader};
    use dmscope::http::Http;
    use dmscope::net::Net;
    let path = format!("{}/captures/{capture}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = Reader::open(Box::new(std::fs::File::open(path).unwrap()));
    let (mut net, mut http) = (Net::new(), Http::new(|_, _| true));
    let mut exchanges = Vec::new();
    let mut wbxml = false;
    let mut take = |exchange: dmscope::http::Exchange| {
        let (Some(request), Some(response)) = (exchange.request, exchange.response) else { return };
        wbxml |= request.header("content-type").is_some_and(|media| media.contains("wbxml"));
        exchanges.push((request.body, response.body));
    };
    while let Some(event) = reader.next() {
        if let Event::Frame(frame) = event {
            net.frame(&frame, &mut |event| http.event(&event, &mut take));
        }
    }
    net.finish(&mut |event| http.event(&event, &mut take));
    http.finish(&mut take);
    assert!(!exchanges.is_empty());
    (if wbxml { "application/vnd.syncml.dm+wbxml" } else { "application/vnd.syncml.dm+xml" }, exchanges)
}

/// Plays a session over one connection, and compares each answer.
pub(crate) fn play(stream: &mut (impl Read + Write), media: &str, exchanges: &[(Vec<u8>, Vec<u8>)]) {
    for (asked, answer) in exchanges {
        let (_, body) = ask(stream, &post("dm.example.com", media, asked));
        assert_eq!(body, *answer);
    }
}

/// The JSON report of a recording.
pub(crate) fn analyze(folder: &Folder, recording: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dmscope"))
        .args(["analyze", "--format", "json", recording])
        .current_dir(folder.path("."))
        .env_clear()
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// What a recording holds.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// The bodies of whole exchanges, in order.
    pub(crate) exchanges: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) problems: Vec<dmscope::base::Problem>,
    /// What devices got, as one.
    pub(crate) to_devices: Vec<u8>,
}

/// Reads a recording, TLS included.
pub(crate) fn read_recording(octets: Vec<u8>) -> Recorded {
    use dmscope::capture::{Event, FrameDirection, Reader};
    use dmscope::http::{Exchange, Http};
    use dmscope::net::Net;
    use dmscope::tls::{Secrets, Tls};
    let mut recorded = Recorded::default();
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(octets)));
    let (mut net, mut tls, mut http) = (Net::new(), Tls::new(Arc::new(Secrets::default())), Http::new(|_, _| true));
    tls.expect_secrets(true);
    let mut exchanges = Vec::new();
    let mut take = |exchange: Exchange| {
        if let (Some(request), Some(response)) = (exchange.request, exchange.response) {
            exchanges.push((request.body, response.body));
        }
    };
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                if frame.direction == Some(FrameDirection::Outbound) {
                    recorded.to_devices.extend_from_slice(&frame.data[40..]);
                }
                net.frame(&frame, &mut |event| tls.event(&event, &mut |event| http.event(&event, &mut take)));
            }
            Event::Secrets(block) => tls.secrets(block.bytes, None, &mut |event| http.event(&event, &mut take)),
            Event::Problem(problem) => recorded.problems.push(problem),
        }
    }
    net.finish(&mut |event| tls.event(&event, &mut |event| http.event(&event, &mut take)));
    tls.finish(&mut |event| http.event(&event, &mut take));
    http.finish(&mut take);
    recorded.exchanges = exchanges;
    recorded
}

/// A server that answers each body with itself.
pub(crate) fn echo() -> Server {
    Server::start(|pending| {
        Some(request(pending).map_or_else(Vec::new, |(_, body)| response("application/octet-stream", &body)))
    })
}

/// Sends a body to an [`echo`]; whether the whole answer came.
pub(crate) fn echoes(stream: &mut (impl Read + Write + ?Sized), body: &[u8]) -> bool {
    let octets = post("x", "application/octet-stream", body);
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut answer = vec![0; head.len() + body.len()];
    let came = stream.write_all(&octets).is_ok() && stream.read_exact(&mut answer).is_ok();
    if came {
        assert!(answer.strip_prefix(head.as_bytes()) == Some(body));
    }
    came
}
