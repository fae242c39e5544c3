//! A stream of a device that is recorded while it is read and written.

use super::recorder::Track;
use crate::net::FlowDirection;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Records what is read when it has been read, and what is written before it is.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    track: Arc<Track>,
    /// Octets that were recorded and not taken by the stream yet: they will be offered again.
    ahead: usize,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S, track: Arc<Track>) -> Self {
        Self { stream, track, ahead: 0 }
    }

    /// The stream alone.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.track.poll_room(cx));
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        let read = buf.filled().get(before..).unwrap_or_default();
        Poll::Ready(match result {
            Ok(()) if read.is_empty() => {
                self.track.finish(FlowDirection::ToServer);
                Ok(())
            }
            Ok(()) => self.track.data(FlowDirection::ToServer, read),
            Err(error) => {
                self.track.reset(FlowDirection::ToServer);
                Err(error)
            }
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.track.poll_room(cx));
        let fresh = buf.get(self.ahead..).unwrap_or_default();
        self.track.data(FlowDirection::ToClient, fresh)?;
        self.ahead = self.ahead.max(buf.len());
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.ahead = self.ahead.saturating_sub(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        self.track.finish(FlowDirection::ToClient);
        Poll::Ready(Ok(()))
    }
}
