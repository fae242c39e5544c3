//! Exchange by exchange: for devices that name the server in each request, and for faults, which need whole messages.

use super::answer::{Asked, Next, answer, status};
use super::connection::{Boxed, Context, End};
use super::cut::{Half, HeadTooLong, Piece};
use super::fault::{Engine, Plan};
use super::passing::{linger, put};
use super::settings::{Origin, Settings};
use super::tap::Tap;
use crate::base::{Direction, Limits};
use crate::http::{BodyLength, LiveHead, StartLine, with_length};
use std::io;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;

/// How it is known where a request goes.
pub(super) enum Host {
    /// It is known already.
    Fixed { origin: Origin, rewrite: bool },
    /// The request says it.
    Named,
}

/// A connection that is served exchange by exchange.
pub(super) struct Exchanges<'a> {
    context: &'a Context<'a>,
    host: Host,
    requests: Half,
}

/// A connection to a server, and what comes from it.
pub(super) struct Upstream {
    origin: Origin,
    pub(super) reader: ReadHalf<Boxed>,
    pub(super) writer: WriteHalf<Boxed>,
    pub(super) responses: Half,
    pub(super) unwanted: Unwanted,
}

/// Answers that nobody wants: to requests that were sent once more.
#[derive(Default)]
pub(super) struct Unwanted {
    left: u32,
    is_final: bool,
}

/// A device's connection, both ways.
pub(super) struct Device {
    pub(super) reader: ReadHalf<Boxed>,
    pub(super) writer: WriteHalf<Boxed>,
}

/// A whole message.
pub(super) struct Whole {
    pub(super) head: Vec<u8>,
    /// As transferred.
    raw: Vec<u8>,
    pub(super) content: Vec<u8>,
}

/// A message, or the beginning of one that is too large to be held.
pub(super) enum Held {
    Whole(Whole),
    Beginning(Vec<u8>),
}

impl<'a> Exchanges<'a> {
    pub(super) fn new(context: &'a Context<'a>, host: Host) -> Self {
        Self { context, host, requests: Half::new() }
    }

    /// Serves a connection whose requests may name a server, up to a CONNECT: gives the connection then, what was read of
    /// it, and the server.
    pub(super) async fn until_connect(
        &mut self,
        mut device: Tap<TcpStream>,
    ) -> Result<Option<(TcpStream, Vec<u8>, Origin)>, End> {
        self.context.hold_next();
        let first = match self.requests.piece(&mut device).await {
            Ok(first) => first,
            Err(error) => return Err(self.stop(Box::new(device), error).await),
        };
        let Some(first) = first else { return Ok(None) };
        if let Piece::Head(_, head) = &first
            && let StartLine::Request(line) = &head.line
            && line.method.eq_ignore_ascii_case("CONNECT")
        {
            let Some(origin) = Origin::from_authority(true, &line.target) else {
                let end = End::Request("the target of CONNECT is no host with a port");
                self.context.answer(&mut (Box::new(device) as Boxed), 400, "Bad Request", &end.to_string()).await;
                return Err(end);
            };
            self.context.track.release(&[]);
            device.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            let rest = self.requests.rest();
            return Ok(Some((device.into_inner(), rest, origin)));
        }
        self.serve(Box::new(device), Some(first)).await?;
        Ok(None)
    }

    /// Serves a connection to its end.
    pub(super) async fn run(mut self, device: Boxed) -> Result<(), End> {
        self.context.hold_next();
        self.serve(device, None).await
    }

    async fn serve(&mut self, device: Boxed, mut first: Option<Piece>) -> Result<(), End> {
        let (reader, writer) = split(device);
        let mut device = Device { reader, writer };
        let mut upstream: Option<Upstream> = None;
        loop {
            let piece = match first.take() {
                Some(piece) => Ok(Some(piece)),
                None => self.next_request(&mut device, &mut upstream).await,
            };
            let step = match piece {
                // The device has said all, in the midst of a head perhaps; its server may have more to say.
                Ok(None) => {
                    let rest = self.requests.rest();
                    let passes = match &upstream {
                        Some(server) => !server.unwanted.is_any(),
                        None => matches!(self.host, Host::Fixed { .. }) && !rest.is_empty(),
                    };
                    if passes {
                        return self.opaque(device, upstream, rest).await;
                    }
                    break;
                }
                Ok(Some(Piece::Head(octets, head))) => self.exchange(&mut device, &mut upstream, octets, head).await,
                // The end of a message that has been dealt with.
                Ok(Some(Piece::End | Piece::Body { .. })) => Ok(Next::Exchange),
                Ok(Some(Piece::Opaque(octets))) => return self.opaque(device, upstream, octets).await,
                Err(error) => Err(error.into()),
            };
            match step {
                Ok(Next::Exchange) => {}
                Ok(Next::Close) => break,
                Err(End::Io(error)) => return Err(self.stop(device.reader.unsplit(device.writer), error).await),
                Err(end @ End::Upstream { .. }) => {
                    return Err(self.context.refuse(device.reader.unsplit(device.writer), end).await);
                }
                Err(end @ End::Request(_)) => {
                    linger(&mut device.reader.unsplit(device.writer)).await;
                    return Err(end);
                }
                Err(end) => return Err(end),
            }
        }
        linger(&mut device.reader.unsplit(device.writer)).await;
        Ok(())
    }

    /// The next piece of the device; none, too, when its server has closed between two exchanges.
    async fn next_request(
        &mut self,
        device: &mut Device,
        upstream: &mut Option<Upstream>,
    ) -> io::Result<Option<Piece>> {
        let Some(server) = upstream else { return self.requests.piece(&mut device.reader).await };
        loop {
            tokio::select! {
                // A server that has closed is not asked any more.
                biased;
                piece = server.responses.piece(&mut server.reader) => match piece {
                    Ok(Some(piece)) if server.unwanted.is_any() => server.unwanted.pass_over(&piece),
                    // Nobody asked for it: it passes all the same, where there is one server.
                    Ok(Some(piece)) => {
                        if let Host::Fixed { .. } = self.host {
                            put(&mut device.writer, server.responses.octets_of(&piece)).await?;
                        }
                    }
                    _ => {
                        if let Host::Fixed { .. } = self.host {
                            put(&mut device.writer, &server.responses.rest()).await?;
                            // What the device has begun goes nowhere.
                            let _ = self.requests.rest();
                        }
                        *upstream = None;
                        // A server that closes ends the connection; a device that named it may name another one.
                        return match self.host {
                            Host::Fixed { .. } => Ok(None),
                            Host::Named => self.requests.piece(&mut device.reader).await,
                        };
                    }
                },
                piece = self.requests.piece(&mut device.reader) => return piece,
            }
        }
    }

    /// One request and its answer.
    async fn exchange(
        &mut self,
        device: &mut Device,
        upstream: &mut Option<Upstream>,
        octets: Vec<u8>,
        head: LiveHead,
    ) -> Result<Next, End> {
        let StartLine::Request(line) = &head.line else {
            return self.refuse_request(device, "the device sent a response").await;
        };
        self.context.recorder.counters().exchange();
        if let Some((media, body)) =
            self.context.settings.downloads.as_ref().and_then(|ca| ca.download(path(&line.target)))
        {
            return self.download(device, media, &body).await;
        }
        let (origin, octets) = match &self.host {
            Host::Fixed { origin, rewrite: false } => (origin.clone(), octets),
            Host::Fixed { origin, rewrite: true } => (origin.clone(), with_host(&octets, &origin.authority())),
            Host::Named => match named(&line.target) {
                Some((origin, target)) => {
                    let octets = with_target(&octets, &line.target, target);
                    (origin, octets)
                }
                None => {
                    let why =
                        "the request names no server: this is a forward proxy; for one server start it with --upstream";
                    return self.refuse_request(device, why).await;
                }
            },
        };
        let (mut sent, continued) = self.hold_request(device, &head, octets).await?;
        let mut plan = Plan::default();
        if let (Some(engine), Held::Whole(whole)) = (&self.context.settings.faults, &sent) {
            plan = engine.message(self.context.number, Direction::DeviceToServer, &whole.head, &whole.content);
        }
        self.context.track.release(&plan.notes);
        let is_whole = matches!(sent, Held::Whole(_));
        if is_whole {
            self.context.hold_next();
        }
        self.context.wait(&plan).await;
        if let Some(answer) = &plan.replace_with {
            put(&mut device.writer, answer).await?;
            return Ok(Next::Exchange);
        }
        let server = match upstream {
            Some(server) if server.origin == origin => server,
            slot => {
                let stream = self.context.connect(&origin).await?;
                let (reader, writer) = split(stream);
                slot.insert(Upstream { origin, reader, writer, responses: Half::new(), unwanted: Unwanted::default() })
            }
        };
        apply_body(&mut sent, &plan);
        let octets = sent.octets();
        if let Some(most) = plan.drop_after {
            let most = usize::try_from(most).unwrap_or(usize::MAX).min(octets.len());
            put(&mut server.writer, octets.get(..most).unwrap_or_default()).await?;
            return Err(End::Fault);
        }
        let octets = if plan.repeat { octets.repeat(2) } else { octets };
        let asked = Asked { method: &line.method, octets: &octets, is_whole, continued };
        let next = answer(self.context, &mut self.requests, device, server, asked).await?;
        server.unwanted.left = server.unwanted.left.saturating_add(u32::from(plan.repeat));
        Ok(next)
    }

    /// Reads a request to its end where a fault may apply to it, and gives its head alone otherwise; and whether the device
    /// was told to go on.
    async fn hold_request(
        &mut self,
        device: &mut Device,
        head: &LiveHead,
        octets: Vec<u8>,
    ) -> Result<(Held, bool), End> {
        let wanted = wants(self.context.settings, Direction::DeviceToServer, head);
        if !wanted || !is_short(head.body_length(false).ok()) {
            return Ok((Held::Beginning(octets), false));
        }
        let continued = head.lists("expect", "100-continue");
        if continued {
            // The device waits for that, and the proxy for the device. What is to be said of the request is said of the body.
            self.context.track.release(&[]);
            self.context.hold_next();
            put(&mut device.writer, b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        Ok((hold(&mut self.requests, &mut device.reader, octets).await, continued))
    }

    /// Passes everything on from here.
    async fn opaque(&mut self, device: Device, upstream: Option<Upstream>, octets: Vec<u8>) -> Result<(), End> {
        self.context.track.release(&[]);
        let Device { reader, writer } = device;
        let mut device = reader.unsplit(writer);
        let (stream, behind) = match (upstream, &self.host) {
            (Some(mut server), _) => {
                let behind = server.responses.rest();
                (server.reader.unsplit(server.writer), behind)
            }
            (None, Host::Fixed { origin, .. }) => match self.context.connect(origin).await {
                Ok(stream) => (stream, Vec::new()),
                Err(end) => return Err(self.context.refuse(device, end).await),
            },
            (None, Host::Named) => {
                let why = "the device speaks no HTTP that can be relayed";
                self.context.answer(&mut device, 400, "Bad Request", why).await;
                return Err(End::Request(why));
            }
        };
        let asked = [octets, self.requests.rest()].concat();
        self.context.duplex(device, stream, false, [asked, behind]).await
    }

    /// A certificate that was asked for.
    async fn download(&self, device: &mut Device, media: &str, body: &[u8]) -> Result<Next, End> {
        self.context.track.release(&[]);
        let answer = self.context.own_answer_with("200 OK", "answered by the proxy: its certificate", media, body);
        put(&mut device.writer, &answer).await?;
        Ok(Next::Close)
    }

    async fn refuse_request(&self, device: &mut Device, why: &'static str) -> Result<Next, End> {
        self.context.track.release(&[]);
        let note = format!("400 answered by the proxy: {why}");
        put(&mut device.writer, &self.context.own_answer("400 Bad Request", &note, why)).await?;
        Err(End::Request(why))
    }

    /// Ends after an error; a head that is too long is answered.
    async fn stop(&self, mut device: Boxed, error: io::Error) -> End {
        self.context.track.release(&[]);
        if error.get_ref().is_some_and(|inner| inner.is::<HeadTooLong>()) {
            let (reason, why) = ("Request Header Fields Too Large", "the head of the request does not end");
            self.context.answer(&mut device, 431, reason, why).await;
            return End::HeadTooLong;
        }
        End::Io(error)
    }
}

impl Context<'_> {
    /// What the device sends next is not recorded before it is known what to say of it.
    pub(super) fn hold_next(&self) {
        if self.settings.faults.is_some() {
            self.track.hold();
        }
    }

    /// Waits as long as a fault wants; that is no idle time.
    pub(super) async fn wait(&self, plan: &Plan) {
        if let Some(delay) = plan.delay {
            self.track.pause(delay).await;
        }
    }
}

impl Unwanted {
    pub(super) const fn is_any(&self) -> bool {
        self.left > 0
    }

    /// Takes a piece of such an answer.
    pub(super) fn pass_over(&mut self, piece: &Piece) {
        match piece {
            Piece::Head(_, head) => self.is_final = !(100..200).contains(&status(head)),
            Piece::End if self.is_final => self.left = self.left.saturating_sub(1),
            _ => {}
        }
    }
}

/// Whether a fault may apply to a message with such a head.
pub(super) fn wants(settings: &Settings, direction: Direction, head: &LiveHead) -> bool {
    let wants = |engine: &Engine| engine.wants(direction, head.header("content-type"));
    settings.faults.as_ref().is_some_and(wants)
}

impl Held {
    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::Whole(whole) => [whole.head.as_slice(), &whole.raw].concat(),
            Self::Beginning(octets) => octets.clone(),
        }
    }
}

/// Reads a message to its end, or as far as is held.
pub(super) async fn hold(half: &mut Half, reader: &mut ReadHalf<Boxed>, head: Vec<u8>) -> Held {
    let mut whole = Whole { head, raw: Vec::new(), content: Vec::new() };
    loop {
        // Where the side that sends it breaks, what there was of it passes.
        match half.piece(reader).await.unwrap_or(None) {
            Some(Piece::Body { raw, content }) => {
                whole.raw.extend_from_slice(half.octets(&raw));
                whole.content.extend_from_slice(half.octets(&content));
                if whole.raw.len() > Limits::FAULT_BODY {
                    return Held::Beginning([whole.head, whole.raw].concat());
                }
            }
            Some(Piece::End) => return Held::Whole(whole),
            // It did not end as it said: what there is of it passes.
            Some(Piece::Opaque(octets)) => {
                return Held::Beginning([whole.head, whole.raw, octets].concat());
            }
            Some(Piece::Head(..)) | None => return Held::Beginning([whole.head, whole.raw].concat()),
        }
    }
}

/// Whether a body may be short enough to be held. One that ends with the connection is not waited for.
pub(super) fn is_short(length: Option<BodyLength>) -> bool {
    match length {
        Some(BodyLength::Octets(length)) => length <= Limits::FAULT_BODY as u64,
        Some(BodyLength::Chunked) => true,
        Some(BodyLength::None | BodyLength::UntilClose) | None => false,
    }
}

pub(super) fn apply_body(held: &mut Held, plan: &Plan) {
    if let (Held::Whole(whole), Some(body)) = (held, &plan.body) {
        whole.head = with_length(&whole.head, body.len());
        whole.raw.clone_from(body);
    }
}

fn path(target: &str) -> &str {
    match named(target) {
        Some((_, path)) => path,
        None => target,
    }
}

/// The server and the path of an absolute URI.
fn named(target: &str) -> Option<(Origin, &str)> {
    let scheme = target.get(..7).filter(|start| start.eq_ignore_ascii_case("http://"))?;
    let rest = target.get(scheme.len()..)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    // A user name is none of the server's business.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = rest.get(end..)?;
    Some((Origin::from_authority(false, authority)?, if path.is_empty() { "/" } else { path }))
}

/// The head with another request target; everything else as it was.
fn with_target(head: &[u8], old: &str, new: &str) -> Vec<u8> {
    let new = if new.starts_with('?') { format!("/{new}") } else { new.to_owned() };
    match memchr::memmem::find(head, old.as_bytes()) {
        Some(at) => {
            let (before, rest) = head.split_at_checked(at).unwrap_or((head, &[]));
            [before, new.as_bytes(), rest.get(old.len()..).unwrap_or_default()].concat()
        }
        None => head.to_vec(),
    }
}

/// The head with another Host; everything else as it was.
fn with_host(head: &[u8], host: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len().saturating_add(host.len()));
    for (at, line) in head.split_inclusive(|octet| *octet == b'\n').enumerate() {
        let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
        if at > 0 && name.trim_ascii().eq_ignore_ascii_case(b"host") && line.contains(&b':') {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(host.as_bytes());
            out.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_changes_where_it_must_and_nowhere_else() {
        let head = b"POST http://dm.example.com:8080/dm?x=1 HTTP/1.1\r\nhOsT : a\r\nX-Host: b\r\n\r\n";
        let (origin, target) = named("http://dm.example.com:8080/dm?x=1").unwrap();
        assert_eq!((origin.to_string().as_str(), target), ("http://dm.example.com:8080", "/dm?x=1"));
        let changed = with_target(head, "http://dm.example.com:8080/dm?x=1", target);
        assert_eq!(changed, b"POST /dm?x=1 HTTP/1.1\r\nhOsT : a\r\nX-Host: b\r\n\r\n");
        assert_eq!(with_host(&changed, "dm"), b"POST /dm?x=1 HTTP/1.1\r\nhOsT : dm\r\nX-Host: b\r\n\r\n");
        assert_eq!(named("http://user:word@h").unwrap().0.authority(), "h");
        assert_eq!(with_target(b"GET http://h?q HTTP/1.1\r\n\r\n", "http://h?q", "?q"), b"GET /?q HTTP/1.1\r\n\r\n");
        for target in ["/dm", "h:80", "https://h/", "http:///x", "*"] {
            assert!(named(target).is_none(), "{target}");
        }
    }
}
