//! The recorded server: takes devices' requests, and opens no connection of its own.

use super::event::Event;
use super::http::{HttpError, Stream, Wire, keeps_alive};
use super::player::{Memory, Outgoing, Player};
use super::script::Script;
use super::serving::Reply;
use super::url::Url;
use super::{Outcome, ReplayError, Settings};
use crate::base::Limits;
use crate::http::{LiveHead, StartLine};
use crate::proxy::tls::{DeviceTls, First, Lenient, Prefixed};
use crate::syncml::{self, MediaType, Message};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Takes what a replay tells.
type Log = Arc<dyn Fn(&Event) + Send + Sync>;

/// A recorded server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<DeviceTls>>,
    handler: Handler,
}

impl Server {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the address can't be listened on.
    pub async fn bind(
        address: SocketAddr,
        script: Script,
        settings: Settings,
        log: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Result<Self, ReplayError> {
        let failed = |error| ReplayError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let log: Log = Arc::new(log);
        log(&Event::Listening { url: format!("http://{address}") });
        for text in script.remarks() {
            log(&Event::Remark { session: None, text });
        }
        let shared = Shared {
            script: Arc::new(script),
            settings: Arc::new(settings),
            log,
            address,
            state: Mutex::default(),
            ended: Notify::new(),
        };
        Ok(Self { listener, address, tls: None, handler: Handler(Arc::new(shared)) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Opens the TLS of devices, too, on the same port. A device that names no server gets a certificate for the address
    /// that it connected to.
    #[must_use]
    pub fn with_tls(mut self, tls: DeviceTls) -> Self {
        self.tls = Some(Arc::new(tls));
        self
    }

    /// What serves a connection, for streams that come from elsewhere: out of TLS, for one.
    pub fn handler(&self) -> Handler {
        self.handler.clone()
    }

    /// Serves until `stop` comes; with [`Settings::once`], until the first session has ended.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Outcome {
        let Self { listener, handler, tls, .. } = self;
        let once = handler.0.settings.once;
        let mut connections = JoinSet::new();
        let places = Arc::new(Semaphore::new(Limits::REPLAY_CONNECTIONS));
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = handler.0.ended.notified(), if once => break,
                _ = look.tick() => handler.0.end_idle(),
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let (handler, places, tls) = (handler.clone(), places.clone(), tls.clone());
                        connections.spawn(async move {
                            let Ok(_place) = places.try_acquire() else {
                                handler.0.refuse(stream, &peer.to_string()).await;
                                return;
                            };
                            handler.take(stream, &peer.to_string(), tls.as_deref()).await;
                        });
                    }
                    // Out of file descriptors, mostly: it gets better when connections end.
                    Err(error) => {
                        let text = format!("a connection can't be taken: {error}");
                        (handler.0.log)(&Event::Remark { session: None, text });
                        tokio::time::sleep(LOOK).await;
                    }
                },
            }
        }
        // A last answer is on its way to the device still.
        let _ = timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
        handler.0.finish()
    }
}

/// How often sessions are looked through for idle ones.
const LOOK: Duration = Duration::from_millis(500);
/// How long open connections may take to come to their end when the server stops.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves connections of devices, over any stream.
#[derive(Clone)]
pub struct Handler(Arc<Shared>);

struct Shared {
    script: Arc<Script>,
    settings: Arc<Settings>,
    log: Log,
    address: SocketAddr,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    sessions: Vec<Live>,
    memories: BTreeMap<String, Memory>,
    begun: u32,
    outcome: Outcome,
}

/// One session of a device.
struct Live {
    device: String,
    player: Player,
    touched: Instant,
    ended: bool,
    /// The last request and what answered it: a device that did not get the answer asks again.
    last: Vec<u8>,
    answer: Option<Outgoing>,
}

/// A response, ready to be written.
struct Response {
    status: u16,
    message: Option<Outgoing>,
    close: bool,
    /// It was the last one of a session.
    ends: bool,
}

impl Handler {
    /// Serves a connection of a device, after its TLS where it begins with one.
    async fn take(&self, stream: TcpStream, peer: &str, tls: Option<&DeviceTls>) {
        let Some(tls) = tls else { return self.converse(stream, peer, false).await };
        let patience = self.0.settings.timeout;
        let local = stream.local_addr().map_or_else(|_| String::new(), |address| address.ip().to_string());
        let mut stream = Prefixed::new(stream);
        match timeout(patience, stream.first()).await {
            Ok(Ok(First::Tls)) => match tls.accept(stream, &local, patience).await {
                Ok(secured) => self.converse(Lenient(secured), peer, true).await,
                Err(error) => self.0.complain(peer, error.to_string()),
            },
            Ok(Ok(First::Plain)) => self.converse(stream, peer, false).await,
            Ok(Ok(First::Nothing)) => {}
            Ok(Err(error)) => self.0.complain(peer, error.to_string()),
            Err(_) => self.0.complain(peer, "nothing came in time".to_owned()),
        }
    }

    /// Serves one connection to its end; `tls` says whether it came out of TLS, so that RespURI leads back there. Nothing that
    /// the other end does is an error here: it is told in the log. With [`Settings::once`], the connection is closed behind
    /// the last answer of a session.
    pub async fn converse<S: Stream>(&self, stream: S, peer: &str, tls: bool) {
        let shared = &*self.0;
        let once = shared.settings.once;
        let mut wire = Wire::new(stream, shared.settings.timeout);
        for _ in 0..Limits::REPLAY_REQUESTS {
            let (head, body) = match request(&mut wire).await {
                Ok(Some(request)) => request,
                Ok(None) => break,
                Err(error) => {
                    shared.complain(peer, error.to_string());
                    if let Some(status) = error.status() {
                        let _ = wire.write(&head_of(status, None, true)).await;
                    }
                    break;
                }
            };
            let Some(response) = shared.respond(&head, &body, peer, tls) else { break };
            let close = response.close || (once && response.ends) || !keeps_alive(&head);
            let mut octets = head_of(response.status, response.message.as_ref(), close);
            if let Some(message) = &response.message {
                octets.extend_from_slice(&message.body);
            }
            let written = wire.write(&octets).await;
            if let Err(error) = &written {
                shared.complain(peer, error.to_string());
            }
            if response.ends {
                shared.ended.notify_one();
            }
            if close || written.is_err() {
                break;
            }
        }
        wire.shut_down().await;
    }
}

/// Reads one request.
async fn request<S: Stream>(wire: &mut Wire<S>) -> Result<Option<(LiveHead, Vec<u8>)>, HttpError> {
    let head = match wire.head().await {
        Ok(Some(head)) => head,
        Ok(None) | Err(HttpError::Idle(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if head.lists("expect", "100-continue") {
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let body = wire.body(&head, false).await?;
    Ok(Some((head, body)))
}

/// The head of a response.
fn head_of(status: u16, message: Option<&Outgoing>, close: bool) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "",
    };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
    // Writing to a String cannot fail.
    if let Some(message) = message {
        let _ = write!(head, "Content-Type: {}\r\n", message.media);
        if let Some(hmac) = &message.hmac {
            let _ = write!(head, "x-syncml-hmac: {hmac}\r\n");
        }
    }
    if status == 405 {
        head.push_str("Allow: POST\r\n");
    }
    if !matches!(status, 100..=199 | 204 | 304) {
        let _ = write!(head, "Content-Length: {}\r\n", message.map_or(0, |message| message.body.len()));
    }
    head.push_str(if close { "Connection: close\r\n\r\n" } else { "\r\n" });
    head.into_bytes()
}

impl Response {
    const fn status(status: u16) -> Self {
        Self { status, message: None, close: false, ends: false }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn complain(&self, peer: &str, text: String) {
        (self.log)(&Event::Connection { peer: peer.to_owned(), text });
    }

    async fn refuse<S: Stream>(&self, stream: S, peer: &str) {
        self.complain(peer, format!("refused: {} connections are open", Limits::REPLAY_CONNECTIONS));
        let mut wire = Wire::new(stream, LOOK);
        let _ = wire.write(&head_of(503, None, true)).await;
    }

    /// What answers a request; `None` closes the connection.
    fn respond(&self, head: &LiveHead, body: &[u8], peer: &str, tls: bool) -> Option<Response> {
        let StartLine::Request(line) = &head.line else {
            self.complain(peer, "a response came where a request should".to_owned());
            return Some(Response { close: true, ..Response::status(400) });
        };
        if line.method != "POST" {
            let method: String = line.method.chars().take(20).collect();
            self.complain(peer, format!("{method} refused: devices use POST"));
            return Some(Response::status(405));
        }
        let message = match syncml::decode(body.to_vec(), MediaType::parse(head.header("content-type"))) {
            Ok(message) if message.hdr.node.is_some() => message,
            Ok(_) => {
                self.complain(peer, "the body is SyncML without a SyncHdr".to_owned());
                return Some(Response::status(400));
            }
            Err((error, _)) => {
                self.complain(peer, error.to_string());
                return Some(Response::status(400));
            }
        };
        self.play(&message, head, body, tls)
    }

    fn play(&self, message: &Message, head: &LiveHead, body: &[u8], tls: bool) -> Option<Response> {
        let mut state = self.state();
        let state = &mut *state;
        let at = self.find(state, message, body);
        let live = state.sessions.get_mut(at)?;
        live.touched = Instant::now();
        if live.last == body
            && let Some(answer) = &live.answer
        {
            let answer = answer.clone();
            live.player.remark("the device sent its last message again, and gets the same answer");
            self.drain(&mut live.player);
            return Some(Response { message: Some(answer), ..Response::status(200) });
        }
        live.player.here = self.here(head, tls);
        let before = live.player.divergences;
        let reply = live.player.answer(message, head.header("x-syncml-hmac"));
        let more = live.player.divergences.saturating_sub(before);
        state.outcome.divergences = state.outcome.divergences.saturating_add(more);
        let ends = live.player.is_over() && !live.ended;
        if ends {
            live.ended = true;
            live.player.end();
            state.outcome.sessions = state.outcome.sessions.saturating_add(1);
            remember(&mut state.memories, &live.device, live.player.memory());
        }
        self.drain(&mut live.player);
        body.clone_into(&mut live.last);
        live.answer = None;
        match reply {
            Reply::Message(outgoing) => {
                live.answer = Some(outgoing.clone());
                Some(Response { message: Some(outgoing), ends, ..Response::status(200) })
            }
            Reply::Status(status) => Some(Response { ends, ..Response::status(status) }),
            Reply::Close => {
                if ends {
                    self.ended.notify_one();
                }
                None
            }
        }
    }

    /// The session that a message belongs to; a new one where it begins one.
    fn find(&self, state: &mut State, message: &Message, body: &[u8]) -> usize {
        let device = message.source().unwrap_or_default();
        let session_id = message.session_id().unwrap_or_default();
        let known =
            state.sessions.iter().position(|live| live.device == device && live.player.session_id == session_id);
        if let Some(at) = known {
            let begins = message.msg_number().is_none_or(|number| number <= 1);
            let again = state.sessions.get(at).is_some_and(|live| live.last == body);
            if !begins || again {
                return at;
            }
            let mut old = state.sessions.swap_remove(at);
            self.abandon(state, &mut old, "the device began the session anew");
        }
        if state.sessions.len() >= Limits::REPLAY_SESSIONS {
            let idle = state.sessions.iter().enumerate().min_by_key(|(_, live)| (!live.ended, live.touched));
            if let Some(at) = idle.map(|(at, _)| at) {
                let mut old = state.sessions.swap_remove(at);
                self.abandon(state, &mut old, "given up for a newer session");
            }
        }
        state.begun = state.begun.saturating_add(1);
        let memory = state.memories.get(device).cloned().unwrap_or_default();
        let mut player = Player::new(&self.script, &self.settings, state.begun, memory);
        session_id.clone_into(&mut player.session_id);
        player.begin(device, message.target().unwrap_or_default(), session_id);
        let touched = Instant::now();
        let device = device.to_owned();
        state.sessions.push(Live { device, player, touched, ended: false, last: Vec::new(), answer: None });
        state.sessions.len().saturating_sub(1)
    }

    fn abandon(&self, state: &mut State, live: &mut Live, why: &str) {
        if live.ended {
            return;
        }
        live.ended = true;
        let (played, of) = (live.player.cursor, self.script.steps().len());
        live.player.diverge(format!("{why}, after {played} of {of} exchanges"));
        state.outcome.divergences = state.outcome.divergences.saturating_add(1);
        state.outcome.sessions = state.outcome.sessions.saturating_add(1);
        live.player.give_up();
        live.player.end();
        self.drain(&mut live.player);
    }

    /// Ends sessions of which nothing came for too long.
    fn end_idle(&self) {
        let mut state = self.state();
        let state = &mut *state;
        let limit = self.settings.timeout;
        let idle = |live: &Live| !live.ended && live.touched.elapsed() >= limit;
        let mut sessions = std::mem::take(&mut state.sessions);
        for live in sessions.iter_mut().filter(|live| idle(live)) {
            self.abandon(state, live, &format!("nothing came from the device for {} s", limit.as_secs()));
            self.ended.notify_one();
        }
        state.sessions = sessions;
    }

    fn finish(&self) -> Outcome {
        let mut state = self.state();
        let state = &mut *state;
        let mut sessions = std::mem::take(&mut state.sessions);
        for live in &mut sessions {
            self.abandon(state, live, "the server was stopped");
        }
        state.outcome
    }

    fn drain(&self, player: &mut Player) {
        for event in player.take_log() {
            (self.log)(&event);
        }
    }

    /// This server as the device calls it: for RespURI.
    fn here(&self, head: &LiveHead, tls: bool) -> String {
        let scheme = if tls { "https" } else { "http" };
        let host = head.header("host").and_then(|host| Url::parse(&format!("{scheme}://{host}/")).ok());
        host.map_or_else(|| format!("{scheme}://{}", self.address), |url| format!("{scheme}://{}", url.authority()))
    }
}

fn remember(memories: &mut BTreeMap<String, Memory>, device: &str, memory: Memory) {
    if memories.len() >= Limits::REPLAY_SESSIONS && !memories.contains_key(device) {
        memories.pop_first();
    }
    memories.insert(device.to_owned(), memory);
}
