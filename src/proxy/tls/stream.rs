//! The plaintext side of a connection of a device.

use super::prefixed::Prefixed;
use crate::tls::cipher_suite_name;
use rustls::{CommonState, ProtocolVersion};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::rustls;

/// What device and proxy agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// The protocol version, such as `TLS 1.2`.
    pub version: String,
    /// The cipher suite.
    pub suite: String,
    /// The host that the device asked for (SNI).
    pub server_name: Option<String>,
    /// The protocol for the application (ALPN).
    pub protocol: Option<String>,
}

impl Negotiated {
    /// What a connection of rustls agreed on, of either side; it knows the name only as a server.
    pub fn of(connection: &CommonState, server_name: Option<&str>) -> Self {
        let suite = connection.negotiated_cipher_suite().and_then(|suite| cipher_suite_name(suite.suite().into()));
        Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
                _ => "TLS 1.3".to_owned(),
            },
            suite: suite.unwrap_or_default().to_owned(),
            server_name: server_name.map(str::to_owned),
            protocol: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

/// A connection of a device after its handshake.
#[derive(Debug)]
pub struct DeviceStream<S> {
    pub(super) inner: Inner<S>,
    pub(super) negotiated: Negotiated,
}

#[derive(Debug)]
pub(super) enum Inner<S> {
    Modern(Box<tokio_rustls::server::TlsStream<Prefixed<S>>>),
    #[cfg(feature = "legacy-tls")]
    Legacy(Box<tokio_openssl::SslStream<Prefixed<S>>>),
}

impl<S> DeviceStream<S> {
    /// What was agreed on.
    pub fn negotiated(&self) -> &Negotiated {
        &self.negotiated
    }
}

/// Passes a call on to whichever stream it is.
macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match &mut $stream.get_mut().inner {
            Inner::Modern($inner) => $call,
            #[cfg(feature = "legacy-tls")]
            Inner::Legacy($inner) => $call,
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for DeviceStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_read(cx, buf))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for DeviceStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, inner => Pin::new(inner).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_shutdown(cx))
    }
}

/// A stream of TLS whose end may come without an alert (close_notify): many peers just close (RFC 8446, section 6.1).
#[derive(Debug)]
pub struct Lenient<S>(pub S);

impl<S: AsyncRead + Unpin> AsyncRead for Lenient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.0).poll_read(cx, buf) {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lenient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A stream whose errors of reading are told to somebody who may know what they mean.
pub struct Explained<S, F> {
    stream: S,
    tell: F,
}

impl<S, F> Explained<S, F> {
    /// Tells of the errors of a stream.
    pub const fn new(stream: S, tell: F) -> Self {
        Self { stream, tell }
    }
}

impl<S: AsyncRead + Unpin, F: Fn(&io::Error) + Unpin> AsyncRead for Explained<S, F> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &outcome {
            (self.tell)(error);
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin, F: Unpin> AsyncWrite for Explained<S, F> {
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
