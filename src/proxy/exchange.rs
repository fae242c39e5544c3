//! Exchange by exchange: for devices that name the server in each request, and for faults, which need whole messages.

use super::connection::{Boxed, Context, End};
use super::cut::{Half, HeadTooLong, Piece};
use super::fault::{Engine, Plan};
use super::settings::Origin;
use super::tap::Tap;
use crate::base::{Direction, Effect, Injected, Limits};
use crate::http::{BodyLength, LiveHead, StartLine, with_length};
use std::io;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio::time::sleep;

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
struct Upstream {
    origin: Origin,
    reader: ReadHalf<Boxed>,
    writer: WriteHalf<Boxed>,
    responses: Half,
    /// Answers that nobody wants: to requests that were sent once more.
    unwanted: u32,
}

/// A device's connection, both ways.
struct Device {
    reader: ReadHalf<Boxed>,
    writer: WriteHalf<Boxed>,
}

/// What comes after an exchange.
enum Next {
    Exchange,
    Close,
    /// Everything passes as it is from now on.
    Opaque,
}

/// A whole message.
struct Whole {
    head: Vec<u8>,
    /// As transferred.
    raw: Vec<u8>,
    content: Vec<u8>,
}

/// A message, or the beginning of one that is too large to be held.
enum Held {
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
            device.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            let rest = self.requests.rest();
            return Ok(Some((device.into_inner(), rest, origin)));
        }
        self.serve(Box::new(device), Some(first)).await?;
        Ok(None)
    }

    /// Serves a connection to its end.
    pub(super) async fn run(mut self, device: Boxed) -> Result<(), End> {
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
                Ok(None) => break,
                Ok(Some(Piece::Head(octets, head))) => self.exchange(&mut device, &mut upstream, octets, head).await,
                // The end of a message that has been dealt with.
                Ok(Some(Piece::End | Piece::Body { .. })) => Ok(Next::Exchange),
                Ok(Some(Piece::Opaque(octets))) => return self.opaque(device, upstream, octets).await,
                Err(error) => Err(error.into()),
            };
            match step {
                Ok(Next::Exchange) => {}
                Ok(Next::Close) => break,
                Ok(Next::Opaque) => return self.opaque(device, upstream, Vec::new()).await,
                Err(End::Io(error)) => return Err(self.stop(device.reader.unsplit(device.writer), error).await),
                Err(end @ End::Upstream { .. }) => {
                    return Err(self.context.refuse(device.reader.unsplit(device.writer), end).await);
                }
                Err(end) => return Err(end),
            }
        }
        // The device may be gone already.
        let _ = device.writer.shutdown().await;
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
                biased;
                piece = self.requests.piece(&mut device.reader) => return piece,
                piece = server.responses.piece(&mut server.reader) => match piece {
                    Ok(Some(piece)) => server.throw_away(&piece),
                    _ => {
                        *upstream = None;
                        // A server that closes ends the connection; a device that named it may name another one.
                        return match self.host {
                            Host::Fixed { .. } => Ok(None),
                            Host::Named => self.requests.piece(&mut device.reader).await,
                        };
                    }
                },
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
        let mut sent = self.hold_request(device, &head, octets).await?;
        let mut plan = Plan::default();
        if let (Some(engine), Held::Whole(whole)) = (&self.context.settings.faults, &sent) {
            plan = engine.message(self.context.number, Direction::DeviceToServer, &whole.head, &whole.content);
        }
        self.context.track.release(&plan.notes);
        wait(&plan).await;
        if let Some(answer) = &plan.replace_with {
            device.writer.write_all(answer).await?;
            return Ok(Next::Exchange);
        }
        let server = match upstream {
            Some(server) if server.origin == origin => server,
            slot => {
                let stream = self.context.connect(&origin).await?;
                let (reader, writer) = split(stream);
                slot.insert(Upstream { origin, reader, writer, responses: Half::new(), unwanted: 0 })
            }
        };
        apply_body(&mut sent, &plan);
        let octets = sent.octets();
        if let Some(most) = plan.drop_after {
            write_some(&mut server.writer, &octets, most).await?;
            return Err(End::Fault);
        }
        // A server that closes early may have answered all the same.
        let mut outcome = server.writer.write_all(&octets).await;
        if plan.repeat && outcome.is_ok() {
            server.unwanted = server.unwanted.saturating_add(1);
            outcome = server.writer.write_all(&octets).await;
        }
        let is_whole = matches!(sent, Held::Whole(_)) && outcome.is_ok();
        server.responses.cutter.answers(&line.method);
        self.answer(device, server, is_whole).await
    }

    /// Reads a request to its end where a fault may apply to it, and gives its head alone otherwise.
    async fn hold_request(&mut self, device: &mut Device, head: &LiveHead, octets: Vec<u8>) -> Result<Held, End> {
        let length = head.body_length(false);
        let wanted = self.wants(Direction::DeviceToServer, head) && is_short(length.ok());
        if !wanted {
            return Ok(Held::Beginning(octets));
        }
        if head.lists("expect", "100-continue") {
            // The device waits for that, and the proxy for the device.
            device.writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        hold(&mut self.requests, &mut device.reader, octets).await
    }

    fn wants(&self, direction: Direction, head: &LiveHead) -> bool {
        let wants = |engine: &Engine| engine.wants(direction, head.header("content-type"));
        self.context.settings.faults.as_ref().is_some_and(wants)
    }

    /// Passes the answer on, and the rest of the request while it is not whole.
    async fn answer(&mut self, device: &mut Device, server: &mut Upstream, is_whole: bool) -> Result<Next, End> {
        let mut request_done = is_whole;
        let mut answered = false;
        let mut begun = false;
        while !answered || !request_done {
            tokio::select! {
                piece = self.requests.piece(&mut device.reader), if !request_done => match piece? {
                    Some(Piece::Body { raw, .. }) => {
                        if server.writer.write_all(self.requests.octets(&raw)).await.is_err() && answered {
                            return Ok(Next::Close);
                        }
                    }
                    Some(Piece::End) => {
                        request_done = true;
                        self.hold_next();
                    }
                    Some(Piece::Opaque(octets)) => {
                        server.writer.write_all(&octets).await?;
                        return Ok(Next::Opaque);
                    }
                    Some(Piece::Head(..)) | None => {
                        // It will say no more; its answer may still come.
                        let _ = server.writer.shutdown().await;
                        request_done = true;
                    }
                },
                piece = server.responses.piece(&mut server.reader), if !answered => match piece? {
                    Some(Piece::Head(octets, head)) => {
                        if let StartLine::Response(line) = &head.line && (100..200).contains(&line.status) {
                            device.writer.write_all(&octets).await?;
                        } else {
                            begun = true;
                            if self.begin_answer(device, server, octets, &head).await? {
                                answered = true;
                            }
                        }
                    }
                    Some(Piece::Body { raw, .. }) => device.writer.write_all(server.responses.octets(&raw)).await?,
                    Some(Piece::End) => answered = begun,
                    Some(Piece::Opaque(octets)) => {
                        device.writer.write_all(&octets).await?;
                        return Ok(Next::Opaque);
                    }
                    None => {
                        let _ = server.responses.cutter.close();
                        return Ok(Next::Close);
                    }
                },
            }
        }
        Ok(Next::Exchange)
    }

    /// Passes the beginning of an answer on; the whole of it where a fault may apply. Gives whether that was all.
    async fn begin_answer(
        &mut self,
        device: &mut Device,
        server: &mut Upstream,
        octets: Vec<u8>,
        head: &LiveHead,
    ) -> Result<bool, End> {
        let wanted = self.wants(Direction::ServerToDevice, head) && is_short(head.body_length(false).ok());
        if !wanted {
            device.writer.write_all(&octets).await?;
            return Ok(false);
        }
        let mut sent = hold(&mut server.responses, &mut server.reader, octets).await?;
        let Held::Whole(whole) = &sent else {
            device.writer.write_all(&sent.octets()).await?;
            return Ok(false);
        };
        let plan = match &self.context.settings.faults {
            Some(engine) => engine.message(self.context.number, Direction::ServerToDevice, &whole.head, &whole.content),
            None => Plan::default(),
        };
        self.context.track.note(&plan.notes);
        wait(&plan).await;
        if let Some(answer) = &plan.replace_with {
            device.writer.write_all(answer).await?;
            return Ok(true);
        }
        apply_body(&mut sent, &plan);
        let octets = sent.octets();
        if let Some(most) = plan.drop_after {
            write_some(&mut device.writer, &octets, most).await?;
            return Err(End::Fault);
        }
        device.writer.write_all(&octets).await?;
        Ok(true)
    }

    /// What the device sends next may be held again.
    fn hold_next(&self) {
        if self.context.settings.faults.is_some() {
            self.context.track.hold();
        }
    }

    /// Passes everything on from here.
    async fn opaque(&mut self, device: Device, upstream: Option<Upstream>, octets: Vec<u8>) -> Result<(), End> {
        self.context.track.release(&[]);
        let Device { reader, writer } = device;
        let mut device = reader.unsplit(writer);
        let (mut stream, behind) = match (upstream, &self.host) {
            (Some(mut server), _) => {
                let behind = server.responses.rest();
                (server.reader.unsplit(server.writer), behind)
            }
            (None, Host::Fixed { origin, .. }) => (self.context.connect(origin).await?, Vec::new()),
            (None, Host::Named) => {
                let why = "the device speaks no HTTP that can be relayed";
                self.context.answer(&mut device, 400, "Bad Request", why).await;
                return Err(End::Request(why));
            }
        };
        stream.write_all(&octets).await?;
        stream.write_all(&self.requests.rest()).await?;
        device.write_all(&behind).await?;
        self.context.duplex(device, stream, false).await
    }

    /// A certificate that was asked for.
    async fn download(&self, device: &mut Device, media: &str, body: &[u8]) -> Result<Next, End> {
        self.context.track.release(&[]);
        let note =
            Injected::new(Effect::Interrupted, Direction::ServerToDevice, "answered by the proxy: its certificate");
        self.context.track.note(&[note]);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        device.writer.write_all(&[head.as_bytes(), body].concat()).await?;
        Ok(Next::Close)
    }

    async fn refuse_request(&self, device: &mut Device, why: &'static str) -> Result<Next, End> {
        self.context.track.release(&[]);
        let text = format!("400 answered by the proxy: {why}");
        self.context.track.note(&[Injected::new(Effect::Interrupted, Direction::ServerToDevice, &text)]);
        let head = format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{why}\n",
            why.len().saturating_add(1)
        );
        device.writer.write_all(head.as_bytes()).await?;
        let _ = device.writer.shutdown().await;
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

impl Upstream {
    /// Takes a piece of an answer that nobody wants.
    fn throw_away(&mut self, piece: &Piece) {
        if matches!(piece, Piece::End) {
            self.unwanted = self.unwanted.saturating_sub(1);
        }
    }
}

impl Held {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Whole(whole) => [whole.head.as_slice(), &whole.raw].concat(),
            Self::Beginning(octets) => octets.clone(),
        }
    }
}

/// Reads a message to its end, or as far as is held.
async fn hold(half: &mut Half, reader: &mut ReadHalf<Boxed>, head: Vec<u8>) -> Result<Held, End> {
    let mut whole = Whole { head, raw: Vec::new(), content: Vec::new() };
    loop {
        match half.piece(reader).await? {
            Some(Piece::Body { raw, content }) => {
                whole.raw.extend_from_slice(half.octets(&raw));
                whole.content.extend_from_slice(half.octets(&content));
                if whole.raw.len() > Limits::FAULT_BODY {
                    return Ok(Held::Beginning([whole.head, whole.raw].concat()));
                }
            }
            Some(Piece::End) => return Ok(Held::Whole(whole)),
            // It did not end as it said: what there is of it passes.
            Some(Piece::Opaque(octets)) => {
                return Ok(Held::Beginning([whole.head, whole.raw, octets].concat()));
            }
            Some(Piece::Head(..)) | None => return Ok(Held::Beginning([whole.head, whole.raw].concat())),
        }
    }
}

/// Whether a body may be short enough to be held. One that ends with the connection is not waited for.
fn is_short(length: Option<BodyLength>) -> bool {
    match length {
        Some(BodyLength::Octets(length)) => length <= Limits::FAULT_BODY as u64,
        Some(BodyLength::Chunked) => true,
        Some(BodyLength::None | BodyLength::UntilClose) | None => false,
    }
}

async fn wait(plan: &Plan) {
    if let Some(delay) = plan.delay {
        sleep(delay).await;
    }
}

fn apply_body(held: &mut Held, plan: &Plan) {
    if let (Held::Whole(whole), Some(body)) = (held, &plan.body) {
        whole.head = with_length(&whole.head, body.len());
        whole.raw.clone_from(body);
    }
}

async fn write_some(writer: &mut WriteHalf<Boxed>, octets: &[u8], most: u64) -> io::Result<()> {
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(octets.len());
    writer.write_all(octets.get(..most).unwrap_or_default()).await?;
    writer.flush().await
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
