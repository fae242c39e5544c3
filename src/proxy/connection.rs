//! One connection of a device: what it speaks, where it goes, and the octets in between.

use super::exchange::{Exchanges, Host};
use super::log::Level;
use super::passing::{Over, both, linger, pass, put};
use super::recorder::{Recorder, Track};
use super::settings::{Mode, Origin, Settings};
use super::tap::Tap;
use super::tls::{DeviceStream, Explained, First, HandshakeError, Lenient, Prefixed, UpstreamTlsError};
use super::watch::Watch;
use crate::base::{Direction, Effect, Injected};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, split};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the rest of a request is waited for before it is answered.
const READ_FIRST: std::time::Duration = std::time::Duration::from_millis(300);

/// Any stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
/// Any stream, whatever it goes through.
pub(super) type Boxed = Box<dyn Stream>;

/// Why a connection ended that did not end by itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("nothing came for so long that the connection was closed (--idle-timeout)")]
    Idle,
    #[error("the connection was open for so long that it was closed (--max-time)")]
    Total,
    #[error("nothing came after the connection was opened (--handshake-timeout)")]
    Silent,
    #[error("there is no TLS with the device: {0}")]
    Device(#[from] HandshakeError),
    #[error("{origin} can't be reached: {why}")]
    Upstream { origin: Origin, why: UpstreamError },
    #[error("{0}")]
    Request(&'static str),
    #[error("a head does not end within {} octets; it was answered with 431", crate::base::Limits::HTTP_HEAD)]
    HeadTooLong,
    #[error("closed by a fault")]
    Fault,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Why a server can't be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error("{0}")]
    Connect(io::Error),
    #[error("no answer in time (--handshake-timeout)")]
    Timeout,
    #[error("that is the proxy itself")]
    Loop,
    #[error(transparent)]
    Tls(Box<UpstreamTlsError>),
}

impl End {
    /// Peers come and go; that is worth a line only to who wants all of them.
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Io(_) | Self::Fault => Level::Info,
            _ => Level::Warning,
        }
    }
}

/// What a connection needs to know.
pub(super) struct Context<'a> {
    pub(super) number: u64,
    pub(super) settings: &'a Settings,
    pub(super) recorder: Arc<Recorder>,
    pub(super) track: Arc<Track>,
    /// Where the proxy listens.
    local: std::net::SocketAddr,
    device: std::net::SocketAddr,
}

/// Serves a connection to its end.
pub(super) async fn serve(
    stream: TcpStream,
    number: u64,
    settings: &Settings,
    recorder: Arc<Recorder>,
    track: Arc<Track>,
) -> Result<(), End> {
    let (local, device) = (stream.local_addr()?, stream.peer_addr()?);
    let context = Context { number, settings, recorder, track, local, device };
    match &settings.mode {
        Mode::Reverse(origin) => context.towards(Prefixed::new(stream), origin).await,
        Mode::Forward => context.forward(stream).await,
    }
}

impl Context<'_> {
    /// What a device says to one server.
    async fn towards(&self, mut stream: Prefixed<TcpStream>, origin: &Origin) -> Result<(), End> {
        let first = timeout(self.settings.patience.handshake, stream.first()).await.map_err(|_| End::Silent)??;
        match (first, &self.settings.device_tls) {
            (First::Nothing, _) => Ok(()),
            (First::Tls, Some(tls)) => {
                let patience = self.settings.patience.handshake;
                if self.settings.record_clear {
                    let secured = tls.accept(stream, &origin.host, patience).await?;
                    self.secured(&secured);
                    let device = Tap::new(Lenient(secured), Arc::clone(&self.track));
                    return self.relay(Box::new(device), origin).await;
                }
                let device = Tap::new(stream, Arc::clone(&self.track));
                let tls = tls.with_key_log(Arc::clone(&self.track) as _);
                let secured = tls.accept(device, &origin.host, patience).await?;
                self.secured(&secured);
                self.relay(Box::new(Lenient(secured)), origin).await
            }
            // What it cannot open, it lets pass.
            (First::Tls, None) => {
                let device = Tap::new(stream, Arc::clone(&self.track));
                let plain = Origin { tls: false, ..origin.clone() };
                let upstream = self.connect(&plain).await?;
                self.duplex(Box::new(device), upstream, false, Default::default()).await
            }
            (First::Plain, _) => {
                let device = Tap::new(stream, Arc::clone(&self.track));
                // A tunnel is for what is in it; a server that was named speaks what its name says.
                let spoken = Origin { tls: origin.tls && self.settings.mode != Mode::Forward, ..origin.clone() };
                self.relay(Box::new(device), &spoken).await
            }
        }
    }

    fn secured<S>(&self, stream: &DeviceStream<S>) {
        let agreed = stream.negotiated();
        let name = agreed.server_name.as_deref().unwrap_or("no name");
        let text = format!("{}: {}, {}, for {name}", self.device, agreed.version, agreed.suite);
        self.settings.log.line(Level::Info, &text);
        if self.settings.record_clear {
            self.track.was_secured(&agreed.version, &agreed.suite);
        }
    }

    /// HTTP of a device, to one server.
    async fn relay(&self, device: Boxed, origin: &Origin) -> Result<(), End> {
        let settings = self.settings;
        if settings.faults.is_some() || settings.downloads.is_some() || settings.rewrite_host {
            let host = Host::Fixed { origin: origin.clone(), rewrite: settings.rewrite_host };
            return Exchanges::new(self, host).run(device).await;
        }
        match self.connect(origin).await {
            Ok(upstream) => self.duplex(device, upstream, true, Default::default()).await,
            Err(end) => Err(self.refuse(device, end).await),
        }
    }

    /// A device that knows that it speaks to a proxy.
    async fn forward(&self, stream: TcpStream) -> Result<(), End> {
        let device = Tap::new(stream, Arc::clone(&self.track));
        let mut exchanges = Exchanges::new(self, Host::Named);
        let Some((device, rest, origin)) = exchanges.until_connect(device).await? else { return Ok(()) };
        // What comes now is a connection of its own, and is recorded as one: to the server, as the device sees it.
        let track = self.tunnel(&origin).await;
        let context = Context { track, settings: self.settings, recorder: Arc::clone(&self.recorder), ..*self };
        Box::pin(context.towards(Prefixed::with(rest, device), &origin)).await
    }

    /// The record of a connection to a server through the proxy.
    async fn tunnel(&self, origin: &Origin) -> Arc<Track> {
        let addresses = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
        let server = addresses.ok().and_then(|mut addresses| addresses.next()).unwrap_or(self.local);
        Track::follow(&self.track, self.device, server)
    }

    /// A connection to a server.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Boxed, End> {
        let failed = |why| End::Upstream { origin: origin.clone(), why };
        let patience = self.settings.patience.handshake;
        let stream = match timeout(patience, TcpStream::connect((origin.host.as_str(), origin.port))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(failed(UpstreamError::Connect(error))),
            Err(_) => return Err(failed(UpstreamError::Timeout)),
        };
        if stream.peer_addr().is_ok_and(|address| address == self.local) {
            return Err(failed(UpstreamError::Loop));
        }
        let _ = stream.set_nodelay(true);
        if !origin.tls {
            return Ok(Box::new(stream));
        }
        let secured = self.settings.upstream_tls.connect(stream, &origin.host, patience).await;
        let secured = secured.map_err(|error| failed(UpstreamError::Tls(Box::new(error))))?;
        // What a server of TLS 1.3 has against the client, it says after the handshake.
        let (log, device, origin) = (self.settings.log.clone(), self.device, origin.clone());
        let given = self.settings.upstream_tls.shows_certificate();
        let tell = move |error: &io::Error| {
            if let Some(why) = UpstreamTlsError::of_reading(error, &origin.host, given) {
                log.line(Level::Warning, &format!("{device}: {origin}: {why}"));
            }
        };
        Ok(Box::new(Lenient(Explained::new(secured, tell))))
    }

    /// Passes everything on, in both directions, as it comes: first what was read of the device, and of the server, already.
    pub(super) async fn duplex(
        &self,
        device: Boxed,
        upstream: Boxed,
        is_http: bool,
        [asked, answered]: [Vec<u8>; 2],
    ) -> Result<(), End> {
        let (mut from_device, mut to_device) = split(Watch::new(device, is_http, Arc::clone(self.recorder.counters())));
        let (mut from_server, mut to_server) = split(upstream);
        let up = pass(&asked, &mut from_device, &mut to_server);
        let down = pass(&answered, &mut from_server, &mut to_device);
        let over = both(up, down).await;
        let mut device = from_device.unsplit(to_device);
        match over {
            Over::Both => Ok(()),
            Over::Server => {
                linger(&mut device).await;
                Ok(())
            }
            Over::Device(_) if device.head_is_too_long() => {
                // In the midst of another answer, one of our own would be taken for a part of it.
                if !device.is_writing() {
                    let (reason, why) = ("Request Header Fields Too Large", "the head of the request does not end");
                    self.answer(&mut device.into_inner(), 431, reason, why).await;
                }
                Err(End::HeadTooLong)
            }
            Over::Device(error) => Err(error.into()),
        }
    }

    /// Says to the device why there is no server. Gives the reason back.
    pub(super) async fn refuse(&self, mut device: Boxed, end: End) -> End {
        // Who gets an answer before all was read may lose it.
        let mut sink = vec![0; super::cut::CHUNK];
        let _ = timeout(READ_FIRST, device.read(&mut sink)).await;
        self.answer(&mut device, 502, "Bad Gateway", &end.to_string()).await;
        end
    }

    /// An answer of the proxy's own, after which the connection ends. The recording says that it is none of the server's.
    pub(super) async fn answer(&self, device: &mut Boxed, status: u16, reason: &str, why: &str) {
        let answer =
            self.own_answer(&format!("{status} {reason}"), &format!("{status} answered by the proxy: {why}"), why);
        // The device may be gone.
        if put(device, &answer).await.is_ok() {
            linger(device).await;
        }
    }

    /// The octets of an answer of the proxy's own in words; `note` is what the recording says of it.
    pub(super) fn own_answer(&self, status: &str, note: &str, why: &str) -> Vec<u8> {
        let body = format!("dmscope proxy: {why}\n");
        self.own_answer_with(status, note, "text/plain; charset=utf-8", body.as_bytes())
    }

    /// The same, with any body.
    pub(super) fn own_answer_with(&self, status: &str, note: &str, media: &str, body: &[u8]) -> Vec<u8> {
        self.track.note(&[Injected::new(Effect::Interrupted, Direction::ServerToDevice, note)]);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }
}
