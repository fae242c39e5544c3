//! Looks at the heads of requests that pass, so that none is without end.

use super::connection::Boxed;
use super::counters::Counters;
use super::cut::{Cutter, Piece};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of a device whose requests are counted out. What follows no grammar passes all the same.
pub(super) struct Watch {
    stream: Boxed,
    cutter: Option<Cutter>,
    too_long: bool,
    /// Octets were to be written, and the stream did not take all of them.
    writing: bool,
    counters: Arc<Counters>,
}

impl Watch {
    pub(super) fn new(stream: Boxed, is_http: bool, counters: Arc<Counters>) -> Self {
        Self { stream, cutter: is_http.then(Cutter::new), too_long: false, writing: false, counters }
    }

    pub(super) fn head_is_too_long(&self) -> bool {
        self.too_long
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing
    }

    pub(super) fn into_inner(self) -> Boxed {
        self.stream
    }

    fn look(&mut self, octets: &[u8]) -> io::Result<()> {
        let Some(cutter) = &mut self.cutter else { return Ok(()) };
        let mut at = 0;
        loop {
            match cutter.next(octets, at) {
                Ok(Some((Piece::Opaque(_), _))) => {
                    self.cutter = None;
                    return Ok(());
                }
                Ok(Some((piece, end))) => {
                    if let Piece::Head(..) = piece {
                        self.counters.exchange();
                    }
                    at = end;
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.too_long = true;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            }
        }
    }
}

impl AsyncRead for Watch {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        Poll::Ready(self.look(buf.filled().get(before..).unwrap_or_default()))
    }
}

impl AsyncWrite for Watch {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.writing = !matches!(outcome, Poll::Ready(Ok(count)) if count == buf.len());
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
