//! A stream whose first octets were looked at.

use crate::base::Limits;
use crate::tls::Opening;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// A stream that gives its first octets once more, after somebody looked at them.
#[derive(Debug)]
pub struct Prefixed<S> {
    prefix: Vec<u8>,
    given: usize,
    stream: S,
}

/// What a connection begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// TLS, in whatever version.
    Tls,
    /// Anything else: plain HTTP, as a rule.
    Plain,
    /// It was closed before it could be told.
    Nothing,
}

impl<S: AsyncRead + Unpin> Prefixed<S> {
    /// Nothing was looked at yet.
    pub fn new(stream: S) -> Self {
        Self { prefix: Vec::new(), given: 0, stream }
    }

    /// These octets were taken from the stream already.
    pub fn with(prefix: Vec<u8>, stream: S) -> Self {
        Self { prefix, given: 0, stream }
    }

    /// Waits until it can be told whether the connection begins with TLS. The octets stay to be read. It has no timeout of
    /// its own.
    ///
    /// # Errors
    ///
    /// Where the stream can't be read.
    pub async fn first(&mut self) -> io::Result<First> {
        loop {
            match Opening::read(self.seen()) {
                Opening::NotTls => return Ok(First::Plain),
                Opening::Hello(_) | Opening::Broken => return Ok(First::Tls),
                // The header of a record tells; the rest of the hello is the handshake's matter.
                Opening::Incomplete if self.seen().len() >= ENOUGH => return Ok(First::Tls),
                Opening::Incomplete => {}
            }
            if self.look().await? == 0 {
                return Ok(First::Nothing);
            }
        }
    }

    /// The octets that were looked at and not read yet.
    pub fn seen(&self) -> &[u8] {
        self.prefix.get(self.given..).unwrap_or_default()
    }

    /// Takes more octets into what can be looked at; the number of them, 0 at the end of the stream or of what is kept.
    pub(super) async fn look(&mut self) -> io::Result<usize> {
        let mut octets = [0; 2_048];
        if self.prefix.len() > Limits::TLS_MESSAGE.saturating_mul(2) {
            return Ok(0);
        }
        let count = self.stream.read(&mut octets).await?;
        self.prefix.extend_from_slice(octets.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Octets after which TLS can be told from anything else.
const ENOUGH: usize = 11;

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let seen = self.seen();
        if seen.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let count = seen.len().min(buf.remaining());
        buf.put_slice(seen.get(..count).unwrap_or_default());
        self.given = self.given.saturating_add(count);
        if self.seen().is_empty() {
            (self.prefix, self.given) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
