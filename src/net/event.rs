//! What happens on a flow.

use crate::base::{FrameNo, Handshake, Timestamp};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Names one TCP connection or UDP conversation of one input, in the order in which they were first seen, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Address and port of one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// IP address.
    pub address: IpAddr,
    /// TCP or UDP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::new(self.address, self.port).fmt(f)
    }
}

/// Which end of a connection sent something. The client is the one that sent the SYN; in a flow seen from its middle, the
/// end with the higher port until the content says better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowDirection {
    /// From the end that opened the connection.
    ToServer,
    /// From the end that accepted it.
    ToClient,
}

impl FlowDirection {
    /// The other way.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

/// Why nothing more comes of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Both ends said FIN.
    Finished,
    /// One end sent RST.
    Reset,
    /// The same two ends opened a new connection.
    Reopened,
    /// It was idle longest when a ceiling was hit.
    Evicted,
    /// The capture ended.
    EndOfCapture,
}

/// One event of one flow, with the frame and the time at which it became known.
#[derive(Debug, Clone, Copy)]
pub struct FlowEvent<'a> {
    /// The flow.
    pub flow: FlowId,
    /// The frame that carried it: for data, the frame in which these octets stood.
    pub frame: FrameNo,
    /// The time of that frame; where the file has none, that of the last frame that had one.
    pub time: Timestamp,
    /// What happened.
    pub kind: FlowEventKind<'a>,
}

/// How a connection was encrypted, as its two ends agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secured<'a> {
    /// The protocol version as on the wire: 0x0303 is TLS 1.2.
    pub version: u16,
    /// The cipher suite, by its number in the registry.
    pub cipher: u16,
    /// The name of the cipher suite in the registry.
    pub cipher_name: &'static str,
    /// The host name that the client asked for (server name indication).
    pub server_name: Option<&'a str>,
    /// The protocol that the server chose (ALPN), such as `h2`.
    pub protocol: Option<&'a str>,
    /// What the handshake showed beside it.
    pub handshake: Handshake,
}

impl Secured<'_> {
    /// Versions, and how people write them.
    pub const VERSIONS: [(u16, &'static str); 5] =
        [(0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1"), (0x0303, "TLS 1.2"), (0x0304, "TLS 1.3")];

    /// The version as people write it.
    pub fn version_name(&self) -> &'static str {
        let known = Self::VERSIONS.iter().find(|(version, _)| *version == self.version);
        known.map_or("an unknown version", |(_, name)| name)
    }
}

/// What of [`Secured`] stays with each message of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecuredBy {
    /// The protocol version as on the wire: 0x0303 is TLS 1.2; 0 where it is not known.
    pub version: u16,
    /// The cipher suite, by its number in the registry; 0 where it is not known.
    pub cipher: u16,
    /// The name of the cipher suite in the registry; empty where it is not known.
    pub cipher_name: &'static str,
    /// What the handshake showed beside it.
    pub handshake: Handshake,
}

impl SecuredBy {
    /// The version as people write it; `None` where it is not known.
    pub fn version_name(self) -> Option<&'static str> {
        Secured::VERSIONS.iter().find(|(version, _)| *version == self.version).map(|(_, name)| *name)
    }
}

impl From<Secured<'_>> for SecuredBy {
    fn from(secured: Secured<'_>) -> Self {
        let Secured { version, cipher, cipher_name, handshake, .. } = secured;
        Self { version, cipher, cipher_name, handshake }
    }
}

/// What happened on a flow.
#[derive(Debug, Clone, Copy)]
pub enum FlowEventKind<'a> {
    /// A TCP connection was first seen.
    Opened {
        /// The end that opened it.
        client: Endpoint,
        /// The end that accepted it.
        server: Endpoint,
        /// No SYN was captured: the first octets may be the middle of something.
        mid_stream: bool,
    },
    /// Octets of the stream, in order, each once.
    Data {
        /// Who sent them.
        direction: FlowDirection,
        /// The octets.
        bytes: &'a [u8],
    },
    /// What follows was encrypted on the wire and has been opened. Comes once, before the first octets that were opened; a
    /// layer between this one and the reader of the streams says it, never this one.
    Secured(Secured<'a>),
    /// Octets that were sent and are not in the capture. What follows is not adjacent to what came before.
    Gap {
        /// Who sent them.
        direction: FlowDirection,
        /// How many octets; `None` where it can't be known.
        length: Option<u64>,
    },
    /// One end has sent its FIN: no more data in this direction.
    HalfClosed {
        /// Who will send no more.
        direction: FlowDirection,
    },
    /// Nothing more comes.
    Closed {
        /// Why.
        reason: CloseReason,
    },
    /// One UDP datagram.
    Datagram {
        /// Who sent it.
        source: Endpoint,
        /// To whom.
        destination: Endpoint,
        /// Its payload.
        bytes: &'a [u8],
    },
}
