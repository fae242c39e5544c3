//! The recorded device: posts to a live server.

use super::event::Event;
use super::http::{HttpError, Stream, Wire, keeps_alive};
use super::player::{HdrStatus, Memory, Outgoing, Player};
use super::script::Script;
use super::url::Url;
use super::{Outcome, ReplayError, Settings};
use crate::dm::Transport;
use crate::http::{LiveHead, StartLine};
use crate::proxy::tls::{Lenient, UpstreamTls};
use crate::syncml::{self, MediaType, Message};
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Opens connections to a server.
pub trait Connect {
    /// What comes of it.
    type Stream: Stream;

    /// Opens one.
    ///
    /// # Errors
    ///
    /// When the server can't be reached, or the scheme is not spoken.
    fn connect(&self, url: &Url) -> impl Future<Output = Result<Self::Stream, ReplayError>> + Send;
}

/// TCP, and TLS over it for https.
#[derive(Debug)]
pub struct Dial {
    tls: UpstreamTls,
    patience: Duration,
}

impl Dial {
    /// Connects within `patience`, and so long again for TLS.
    pub fn new(tls: UpstreamTls, patience: Duration) -> Self {
        Self { tls, patience }
    }
}

impl Connect for Dial {
    type Stream = Box<dyn Stream>;

    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, ReplayError> {
        let host = url.authority();
        let stream = match timeout(self.patience, TcpStream::connect((url.bare_host(), url.port))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(ReplayError::Connect { host, error }),
            Err(_) => return Err(ReplayError::Connect { host, error: io::ErrorKind::TimedOut.into() }),
        };
        if !url.tls {
            return Ok(Box::new(stream));
        }
        let secured = self.tls.connect(stream, url.bare_host(), self.patience).await;
        match secured {
            Ok(secured) => Ok(Box::new(Lenient(secured))),
            Err(error) => Err(ReplayError::Tls { host, error: Box::new(error) }),
        }
    }
}

/// The recorded device.
pub struct Client<C> {
    script: Arc<Script>,
    settings: Arc<Settings>,
    connect: C,
    log: Box<dyn Fn(&Event) + Send + Sync>,
}

/// What a server answered.
struct Response {
    status: u16,
    head: LiveHead,
    body: Vec<u8>,
}

impl<C: Connect> Client<C> {
    /// A device that plays a script.
    pub fn new(script: Script, settings: Settings, connect: C, log: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(script), settings: Arc::new(settings), connect, log: Box::new(log) }
    }

    /// Plays the session against the server at a URL, until it closes the session or the script ends.
    ///
    /// # Errors
    ///
    /// When the server can't be reached, or answers with what is no HTTP or no SyncML.
    pub async fn run(&self, to: &Url) -> Result<Outcome, ReplayError> {
        for text in self.script.remarks() {
            (self.log)(&Event::Remark { session: None, text });
        }
        let mut player = Player::new(&self.script, &self.settings, 1, Memory::default());
        player.home = to.to_string();
        player.here.clone_from(&player.home);
        let device = self.script.session().identity.device.clone();
        let session_id = player.session_id.clone();
        player.begin(&device, &to.to_string(), &session_id);
        player.find_secrets(None);
        let played = self.play(&mut player, to).await;
        player.end();
        self.drain(&mut player);
        played?;
        Ok(Outcome { sessions: 1, divergences: player.divergences })
    }

    async fn play(&self, player: &mut Player, to: &Url) -> Result<(), ReplayError> {
        let mut url = to.clone();
        let mut wire = None;
        let mut next = player.ask(HdrStatus::AsRecorded);
        while let Some(outgoing) = next {
            self.drain(player);
            let headers = self.headers(player);
            let response = self.exchange(&mut wire, &url, &headers, &outgoing).await?;
            next = match self.message(&url, &response)? {
                Some(message) => {
                    let next = player.hear(&message, response.head.header("x-syncml-hmac"));
                    self.follow(player, &message, &mut url);
                    next
                }
                None => player.hear_status(response.status),
            };
            self.drain(player);
        }
        if !player.is_over() {
            let (played, of) = (player.cursor, self.script.steps().len());
            if player.divergences == 0 {
                player.diverge(format!("the session ended after {played} of {of} exchanges"));
            }
        }
        Ok(())
    }

    fn drain(&self, player: &mut Player) {
        for event in player.take_log() {
            (self.log)(&event);
        }
    }

    /// The message in a response; `None` where it has no body, or says with its status that it is none.
    fn message(&self, url: &Url, response: &Response) -> Result<Option<Message>, ReplayError> {
        let media = MediaType::parse(response.head.header("content-type"));
        if response.body.is_empty() || (response.status != 200 && !media.is_syncml()) {
            return Ok(None);
        }
        let host = url.authority();
        match syncml::decode(response.body.clone(), media) {
            Ok(message) if message.hdr.node.is_some() => Ok(Some(message)),
            Ok(_) => Err(ReplayError::NotSyncMl { host, text: "it has no SyncHdr".to_owned() }),
            Err((error, _)) => Err(ReplayError::NotSyncMl { host, text: error.to_string() }),
        }
    }

    /// Later messages go where RespURI says (OMA-TS-SyncML-RepPro-V1_2_2, RespURI): to the same scheme, host and port, unless
    /// more is allowed. Where the device goes over to it in the recording, so does its Target.
    fn follow(&self, player: &mut Player, message: &Message, url: &mut Url) {
        let Some(text) = message.value(message.hdr.resp_uri) else { return };
        match Url::parse(text) {
            Ok(next) if next.is_same_origin(url) || self.settings.follow_other_hosts => {
                player.here = next.to_string();
                *url = next;
            }
            Ok(next) => player.remark(format!(
                "RespURI leads to {} and is not followed; --follow-other-hosts allows it",
                next.authority()
            )),
            Err(error) => player.diverge(format!("the server's RespURI can't be followed: {error}")),
        }
    }

    /// Header lines of the recorded request that a server may look at, as text.
    fn headers(&self, player: &Player) -> String {
        let sent = player.sent.last().and_then(|(_, id)| self.script.entry(*id));
        let mut text = String::new();
        for header in sent.and_then(|entry| entry.transport.as_ref()).into_iter().flat_map(Transport::lines) {
            let (name, value) = header;
            if !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                // Writing to a String cannot fail.
                let _ = write!(text, "{name}: {value}\r\n");
            }
        }
        text
    }

    async fn exchange(
        &self,
        wire: &mut Option<Wire<C::Stream>>,
        url: &Url,
        headers: &str,
        outgoing: &Outgoing,
    ) -> Result<Response, ReplayError> {
        let mut request = format!("POST {} HTTP/1.1\r\nHost: {}\r\n{headers}", url.target, url.authority());
        // Writing to a String cannot fail.
        let _ = write!(request, "Content-Type: {}\r\n", outgoing.media);
        if let Some(hmac) = &outgoing.hmac {
            let _ = write!(request, "x-syncml-hmac: {hmac}\r\n");
        }
        let _ = write!(request, "Content-Length: {}\r\n\r\n", outgoing.body.len());
        let mut octets = request.into_bytes();
        octets.extend_from_slice(&outgoing.body);
        let failed = |error| ReplayError::Http { host: url.authority(), error };
        if let Some(open) = wire.take() {
            // A server may close a connection that it does not use at any time; then nothing of this request was heard.
            match self.try_once(open, &octets).await {
                Ok((response, open)) => {
                    *wire = open;
                    return Ok(response);
                }
                Err(Failed { error, unheard: false }) => return Err(failed(error)),
                Err(_) => {}
            }
        }
        let limit = self.settings.timeout;
        let connected = timeout(limit, self.connect.connect(url)).await;
        let timed_out = || ReplayError::Connect {
            host: url.authority(),
            error: io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {} s", limit.as_secs())),
        };
        let stream = connected.map_err(|_| timed_out())??;
        let (response, open) =
            self.try_once(Wire::new(stream, limit), &octets).await.map_err(|failed_once| failed(failed_once.error))?;
        *wire = open;
        Ok(response)
    }

    async fn try_once(
        &self,
        mut wire: Wire<C::Stream>,
        request: &[u8],
    ) -> Result<(Response, Option<Wire<C::Stream>>), Failed> {
        let unheard = |error| Failed { error, unheard: true };
        let heard = |error| Failed { error, unheard: false };
        wire.write(request).await.map_err(unheard)?;
        let mut interim = 0_u32;
        loop {
            let head = match wire.head().await {
                Ok(Some(head)) => head,
                Ok(None) => return Err(Failed { error: HttpError::Truncated, unheard: interim == 0 }),
                Err(error) => return Err(heard(error)),
            };
            let StartLine::Response(line) = &head.line else {
                return Err(heard(HttpError::Head(crate::http::HeadError::NotHttp)));
            };
            let status = line.status;
            if (100..200).contains(&status) {
                interim = interim.saturating_add(1);
                if interim > INTERIM {
                    return Err(heard(HttpError::HeadTooLarge));
                }
                continue;
            }
            let body = wire.body(&head, matches!(status, 204 | 304)).await.map_err(heard)?;
            let framed = head.header("content-length").is_some() || head.lists("transfer-encoding", "chunked");
            let open = (keeps_alive(&head) && framed).then_some(wire);
            return Ok((Response { status, head, body }, open));
        }
    }
}

/// Interim responses to one request; nobody sends more than one or two.
const INTERIM: u32 = 16;

/// A request that came to nothing.
struct Failed {
    error: HttpError,
    /// The server closed the connection before it said anything: it may be asked once more.
    unheard: bool,
}

/// Header lines that are made anew, or that were about the recorded connection alone; Authorization and Cookie are secrets of
/// the recording.
const OWN: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-syncml-hmac",
];
