//! Handshake messages: the few fields that opening records needs.

use super::keylog::SessionId;
use crate::base::Limits;

/// Message types (RFC 8446, section 4; RFC 5246, section 7.4; RFC 5077, section 3.3).
pub(super) mod message {
    pub(in super::super) const CLIENT_HELLO: u8 = 1;
    pub(in super::super) const SERVER_HELLO: u8 = 2;
    pub(in super::super) const NEW_SESSION_TICKET: u8 = 4;
    pub(in super::super) const END_OF_EARLY_DATA: u8 = 5;
    pub(in super::super) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(in super::super) const CERTIFICATE: u8 = 11;
    pub(in super::super) const SERVER_HELLO_DONE: u8 = 14;
    pub(in super::super) const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub(in super::super) const FINISHED: u8 = 20;
    pub(in super::super) const KEY_UPDATE: u8 = 24;
}

/// Extensions (registry "TLS ExtensionType Values").
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const SUPPORTED_GROUPS: u16 = 10;
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const ALPN: u16 = 16;
    pub(super) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
    pub(super) const SESSION_TICKET: u16 = 35;
    pub(super) const EARLY_DATA: u16 = 42;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// The random by which a ServerHello says that it is a HelloRetryRequest (RFC 8446, section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Reads from front to back; `None` where there is not enough.
#[derive(Clone, Copy)]
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.first_chunk().copied()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// A vector with a length of one octet before it.
    fn short(&mut self) -> Option<&'a [u8]> {
        let len = self.u8()?;
        self.take(usize::from(len))
    }

    /// A vector with a length of two octets before it.
    fn long(&mut self) -> Option<&'a [u8]> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// A vector with a length of three octets before it.
    fn longer(&mut self) -> Option<&'a [u8]> {
        let [a, b, c] = self.array()?;
        self.take(usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?)
    }

    /// The extensions of a message, up to the first one that is cut; none where the message ends before them.
    fn extensions(&mut self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let mut list = Octets(self.long().unwrap_or_default());
        std::iter::from_fn(move || Some((list.u16()?, list.long()?)))
    }
}

/// Text of a name that may stand in a report: ASCII letters, digits and signs.
fn name(octets: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(octets).ok()?;
    (!text.is_empty() && text.len() <= 255 && text.bytes().all(|octet| octet.is_ascii_graphic())).then_some(text)
}

/// What a ClientHello says.
#[derive(Debug, Default)]
pub(super) struct ClientHello<'a> {
    /// The version in the body: the highest that is offered up to TLS 1.2.
    pub(super) version: u16,
    pub(super) random: [u8; 32],
    pub(super) session: Option<SessionId>,
    pub(super) ticket: Option<SessionId>,
    /// The host name (RFC 6066, section 3).
    pub(super) server_name: Option<&'a str>,
    /// Early data follows (RFC 8446, section 4.2.10).
    pub(super) early_data: bool,
    /// The cipher suites, without those of SSL 2.0.
    pub(super) suites: Numbers<'a>,
    /// The versions of the extension, in the client's order (RFC 8446, section 4.2.1).
    pub(super) versions: Numbers<'a>,
    /// The groups for key exchange (RFC 8446, section 4.2.7; RFC 8422, section 5.1.1).
    pub(super) groups: Numbers<'a>,
    /// The signature algorithms (RFC 8446, section 4.2.3; RFC 5246, section 7.4.1.4.1).
    pub(super) schemes: Numbers<'a>,
    /// The list of protocols for the application (RFC 7301, section 3.1).
    protocols: &'a [u8],
}

impl<'a> ClientHello<'a> {
    /// Reads the body of the message (RFC 8446, section 4.1.2).
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut body = Octets(body);
        let mut hello = Self { version: body.u16()?, random: body.array()?, ..Self::default() };
        hello.session = SessionId::new(body.short()?);
        hello.suites = Numbers::new(2, body.long()?);
        body.short()?;
        for (kind, data) in body.extensions() {
            match kind {
                extension::SERVER_NAME => hello.server_name = server_name(data),
                extension::SESSION_TICKET => hello.ticket = SessionId::of_ticket(data),
                extension::EARLY_DATA => hello.early_data = true,
                extension::SUPPORTED_VERSIONS => {
                    hello.versions = Numbers::new(2, Octets(data).short().unwrap_or_default());
                }
                extension::SUPPORTED_GROUPS => {
                    hello.groups = Numbers::new(2, Octets(data).long().unwrap_or_default());
                }
                extension::SIGNATURE_ALGORITHMS => {
                    hello.schemes = Numbers::new(2, Octets(data).long().unwrap_or_default());
                }
                extension::ALPN => hello.protocols = Octets(data).long().unwrap_or_default(),
                _ => {}
            }
        }
        Some(hello)
    }

    /// The protocols for the application whose names can be shown.
    pub(super) fn protocols(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut list = Octets(self.protocols);
        std::iter::from_fn(move || list.short()).filter_map(name)
    }

    /// Reads a hello in the format of SSL 2.0, from its type on (RFC 5246, appendix E.2).
    pub(super) fn parse_v2(message: &'a [u8]) -> Option<Self> {
        let mut body = Octets(message);
        body.u8()?;
        let version = body.u16()?;
        let (suites, session, challenge) = (body.u16()?, body.u16()?, body.u16()?);
        let suites = Numbers::new(3, body.take(usize::from(suites))?);
        let session = SessionId::new(body.take(usize::from(session))?);
        let challenge = body.take(usize::from(challenge))?;
        let mut random = [0; 32];
        let start = random.len().checked_sub(challenge.len())?;
        random.get_mut(start..)?.copy_from_slice(challenge);
        Some(Self { version, random, session, suites, ..Self::default() })
    }
}

/// A list of numbers as a ClientHello writes it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers<'a> {
    /// Octets of each.
    size: usize,
    octets: &'a [u8],
}

impl<'a> Numbers<'a> {
    const fn new(size: usize, octets: &'a [u8]) -> Self {
        Self { size, octets }
    }

    /// The numbers of two octets; longer ones, which stand for something else, are passed over.
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.octets.chunks_exact(self.size.max(1)).filter_map(|number| match *number {
            [high, low] | [0, high, low] => Some(u16::from_be_bytes([high, low])),
            _ => None,
        })
    }
}

fn server_name(data: &[u8]) -> Option<&str> {
    let mut list = Octets(Octets(data).long()?);
    while let Some(kind) = list.u8() {
        let host = list.long()?;
        if kind == 0 {
            return name(host);
        }
    }
    None
}

/// The one protocol that a server chose (RFC 7301, section 3.1).
fn protocol(data: &[u8]) -> Option<&str> {
    name(Octets(Octets(data).long()?).short()?)
}

/// What a ServerHello says.
#[derive(Debug, Default)]
pub(super) struct ServerHello<'a> {
    /// The version that was chosen.
    pub(super) version: u16,
    pub(super) random: [u8; 32],
    pub(super) session: Option<SessionId>,
    pub(super) suite: u16,
    pub(super) compression: u8,
    pub(super) encrypt_then_mac: bool,
    pub(super) extended_master_secret: bool,
    pub(super) protocol: Option<&'a str>,
    /// It is a HelloRetryRequest.
    pub(super) retry: bool,
}

impl<'a> ServerHello<'a> {
    /// Reads the body of the message (RFC 8446, section 4.1.3).
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut body = Octets(body);
        let mut hello = Self { version: body.u16()?, random: body.array()?, ..Self::default() };
        hello.session = SessionId::new(body.short()?);
        hello.suite = body.u16()?;
        hello.compression = body.u8()?;
        for (kind, data) in body.extensions() {
            match kind {
                extension::SUPPORTED_VERSIONS => hello.version = Octets(data).u16().unwrap_or(hello.version),
                extension::ENCRYPT_THEN_MAC => hello.encrypt_then_mac = true,
                extension::EXTENDED_MASTER_SECRET => hello.extended_master_secret = true,
                extension::ALPN => hello.protocol = protocol(data),
                _ => {}
            }
        }
        hello.retry = hello.random == RETRY;
        Some(hello)
    }
}

/// What EncryptedExtensions (RFC 8446, section 4.3.1) say: the protocol, and whether early data is accepted.
pub(super) fn encrypted_extensions(body: &[u8]) -> (Option<&str>, bool) {
    let (mut chosen, mut early) = (None, false);
    for (kind, data) in Octets(body).extensions() {
        match kind {
            extension::ALPN => chosen = protocol(data),
            extension::EARLY_DATA => early = true,
            _ => {}
        }
    }
    (chosen, early)
}

/// The first entry of a Certificate message (RFC 5246, section 7.4.2; with a context before it, RFC 8446, section 4.4.2).
pub(super) fn first_certificate(body: &[u8], tls13: bool) -> Option<&[u8]> {
    let mut body = Octets(body);
    if tls13 {
        body.short()?;
    }
    Octets(body.longer()?).longer()
}

/// The ticket of a NewSessionTicket of TLS 1.2 (RFC 5077, section 3.3).
pub(super) fn session_ticket(body: &[u8]) -> Option<SessionId> {
    let mut body = Octets(body);
    body.take(4)?;
    SessionId::of_ticket(body.long()?)
}

/// The encrypted premaster secret of a ClientKeyExchange with RSA (RFC 5246, section 7.4.7.1).
pub(super) fn encrypted_premaster(body: &[u8]) -> Option<&[u8]> {
    Octets(body).long()
}

/// Takes a message: type, body, and the whole.
type Each<'a> = dyn FnMut(u8, &[u8], &[u8]) + 'a;

/// Puts the messages of one direction together.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pending: Vec<u8>,
    /// Octets of a message too long to be kept that still come.
    skip: usize,
}

impl Messages {
    /// Takes the handshake octets of one record; gives each message that is complete now.
    pub(super) fn take(&mut self, octets: &[u8], each: &mut Each<'_>) {
        let skipped = self.skip.min(octets.len());
        self.skip = self.skip.saturating_sub(skipped);
        let octets = octets.get(skipped..).unwrap_or_default();
        if self.pending.is_empty() {
            let rest = self.cut(octets, each);
            self.pending.extend_from_slice(rest);
        } else {
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(octets);
            let left = self.cut(&pending, each).len();
            pending.drain(..pending.len().saturating_sub(left));
            if !pending.is_empty() {
                self.pending = pending;
            }
        }
    }

    /// Octets were lost: the next record begins with a message, as far as is known.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    /// Octets held.
    pub(super) fn weight(&self) -> usize {
        self.pending.capacity()
    }

    fn cut<'a>(&mut self, mut octets: &'a [u8], each: &mut Each<'_>) -> &'a [u8] {
        while let Some(&[kind, a, b, c]) = octets.first_chunk::<4>() {
            let total = 4 + usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX >> 1);
            let Some((message, rest)) = octets.split_at_checked(total) else {
                if total > Limits::TLS_MESSAGE {
                    self.skip = total - octets.len();
                    return &[];
                }
                break;
            };
            each(kind, message.get(4..).unwrap_or_default(), message);
            octets = rest;
        }
        octets
    }
}
