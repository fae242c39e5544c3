//! HTTP/1.x over any stream: one message at a time, with ceilings and a time limit on everything.

use crate::base::Limits;
use crate::http::{BodyLength, HeadError, HeadScan, LiveHead, chunk_size};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// What a connection can be: TCP, TLS over it, or a pipe of a test.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Why an HTTP message could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The head is larger than [`Limits::HTTP_HEAD`].
    #[error("the head is larger than {} octets", Limits::HTTP_HEAD)]
    HeadTooLarge,
    /// The body is larger than [`Limits::REPLAY_BODY`].
    #[error("the body is larger than {} octets", Limits::REPLAY_BODY)]
    BodyTooLarge,
    /// The head can't be used.
    #[error("{0}")]
    Head(#[from] HeadError),
    /// The line before a chunk is no size, or the chunk does not end where it says.
    #[error("a chunk of the body is not as long as it says, or says nothing")]
    BadChunk,
    /// The connection was closed in the middle of a message.
    #[error("the connection was closed in the middle of a message")]
    Truncated,
    /// Not an octet of a message came.
    #[error("nothing came for {} s", .0.as_secs())]
    Idle(Duration),
    /// A message began and did not end.
    #[error("the message did not come to its end in {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

impl HttpError {
    /// The HTTP status that tells a client; `None` where nobody is left to be told (RFC 9110, section 15.5; RFC 6585).
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::HeadTooLarge | Self::Head(HeadError::TooManyHeaders) => Some(431),
            Self::BodyTooLarge => Some(413),
            Self::Head(HeadError::UnknownTransferCoding) => Some(501),
            Self::Head(HeadError::UnknownContentCoding) => Some(415),
            Self::Head(_) | Self::BadChunk => Some(400),
            Self::TimedOut(_) => Some(408),
            Self::Idle(_) | Self::Truncated | Self::Io(_) => None,
        }
    }
}

/// Octets that are asked of a stream at one time.
const PIECE: usize = 8 << 10;

/// One end of a connection.
pub(super) struct Wire<S> {
    stream: S,
    /// Octets that were read and not used yet.
    rest: Vec<u8>,
    limit: Duration,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, rest: Vec::new(), limit }
    }

    /// The head of the next message; `None` where the connection ends before its first octet.
    pub(super) async fn head(&mut self) -> Result<Option<LiveHead>, HttpError> {
        if self.rest.is_empty() {
            match timeout(self.limit, self.more()).await {
                Err(_) => return Err(HttpError::Idle(self.limit)),
                Ok(Ok(0)) => return Ok(None),
                Ok(read) => read?,
            };
        }
        timeout(self.limit, self.whole_head()).await.map_err(|_| HttpError::TimedOut(self.limit))?.map(Some)
    }

    async fn whole_head(&mut self) -> Result<LiveHead, HttpError> {
        let mut scan = HeadScan::default();
        let mut seen = 0;
        loop {
            let fresh = self.rest.get(seen..).unwrap_or_default();
            if let Some(length) = scan.piece(fresh) {
                let rest = self.rest.split_off(seen.saturating_add(length));
                let head = std::mem::replace(&mut self.rest, rest);
                (scan, seen) = (HeadScan::default(), 0);
                // Blank lines before a start line are passed over (RFC 9112, section 2.2).
                let head = head.trim_ascii_start();
                if !head.is_empty() {
                    return Ok(LiveHead::read(head)?);
                }
                continue;
            }
            seen = self.rest.len();
            if seen > Limits::HTTP_HEAD {
                return Err(HttpError::HeadTooLarge);
            }
            self.need_more().await?;
        }
    }

    /// The body behind a head, its content coding undone.
    pub(super) async fn body(&mut self, head: &LiveHead, bodiless: bool) -> Result<Vec<u8>, HttpError> {
        let length = head.body_length(bodiless)?;
        let body = timeout(self.limit, self.framed(length)).await.map_err(|_| HttpError::TimedOut(self.limit))??;
        Ok(head.unfold(body)?)
    }

    async fn framed(&mut self, length: BodyLength) -> Result<Vec<u8>, HttpError> {
        match length {
            BodyLength::None => Ok(Vec::new()),
            BodyLength::Octets(octets) => {
                let octets = usize::try_from(octets).ok().filter(|octets| *octets <= Limits::REPLAY_BODY);
                self.take(octets.ok_or(HttpError::BodyTooLarge)?).await
            }
            BodyLength::Chunked => self.chunks().await,
            BodyLength::UntilClose => loop {
                if self.rest.len() > Limits::REPLAY_BODY {
                    return Err(HttpError::BodyTooLarge);
                }
                if self.more().await? == 0 {
                    return Ok(std::mem::take(&mut self.rest));
                }
            },
        }
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        loop {
            let line = self.line(Limits::CHUNK_LINE).await?;
            let size = chunk_size(&line).ok_or(HttpError::BadChunk)?;
            let room = Limits::REPLAY_BODY.saturating_sub(body.len());
            let size = usize::try_from(size).ok().filter(|size| *size <= room).ok_or(HttpError::BodyTooLarge)?;
            if size == 0 {
                break;
            }
            body.append(&mut self.take(size).await?);
            if !self.line(Limits::CHUNK_LINE).await?.is_empty() {
                return Err(HttpError::BadChunk);
            }
        }
        let mut trailers = 0_usize;
        loop {
            let line = self.line(Limits::HTTP_HEAD).await?;
            trailers = trailers.saturating_add(line.len());
            match line.as_slice() {
                [] => return Ok(body),
                _ if trailers > Limits::HTTP_HEAD => return Err(HttpError::HeadTooLarge),
                _ => {}
            }
        }
    }

    /// A line without its line end.
    async fn line(&mut self, most: usize) -> Result<Vec<u8>, HttpError> {
        let mut seen = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.rest.get(seen..).unwrap_or_default()) {
                let rest = self.rest.split_off(seen.saturating_add(at).saturating_add(1));
                let mut line = std::mem::replace(&mut self.rest, rest);
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            seen = self.rest.len();
            if seen > most {
                return Err(HttpError::BadChunk);
            }
            self.need_more().await?;
        }
    }

    async fn take(&mut self, octets: usize) -> Result<Vec<u8>, HttpError> {
        while self.rest.len() < octets {
            self.need_more().await?;
        }
        let rest = self.rest.split_off(octets);
        Ok(std::mem::replace(&mut self.rest, rest))
    }

    async fn need_more(&mut self) -> Result<(), HttpError> {
        if self.more().await? == 0 { Err(HttpError::Truncated) } else { Ok(()) }
    }

    async fn more(&mut self) -> Result<usize, HttpError> {
        let mut piece = [0; PIECE];
        let read = self.stream.read(&mut piece).await?;
        self.rest.extend_from_slice(piece.get(..read).unwrap_or_default());
        Ok(read)
    }

    pub(super) async fn write(&mut self, octets: &[u8]) -> Result<(), HttpError> {
        let write = async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        };
        Ok(timeout(self.limit, write).await.map_err(|_| HttpError::TimedOut(self.limit))??)
    }

    /// Says that nothing more will be written, and lets what was written arrive: octets that are not read when a socket is
    /// closed make some systems take back what they sent.
    pub(super) async fn shut_down(&mut self) {
        let drain = async {
            if self.stream.shutdown().await.is_err() {
                return;
            }
            let mut piece = [0; PIECE];
            let mut drained = 0_usize;
            while let Ok(read @ 1..) = self.stream.read(&mut piece).await {
                drained = drained.saturating_add(read);
                if drained > Limits::REPLAY_BODY {
                    break;
                }
            }
        };
        let _ = timeout(LINGER, drain).await;
    }
}

/// How long a closed connection waits for the other end to close too.
const LINGER: Duration = Duration::from_secs(1);

/// Whether a connection goes on after a message with this head (RFC 9112, section 9.3).
pub(super) fn keeps_alive(head: &LiveHead) -> bool {
    use crate::http::{HttpVersion, StartLine};
    let version = match &head.line {
        StartLine::Request(line) => line.version,
        StartLine::Response(line) => line.version,
    };
    let old = matches!(version, HttpVersion::Http1 { minor: 0 });
    if old { head.lists("connection", "keep-alive") } else { !head.lists("connection", "close") }
}
