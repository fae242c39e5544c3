//! What a client offers when it opens a connection, in words for people.

use super::handshake::{ClientHello, Messages, message};
use super::record::{HEADER, Header, Look, content, look};
use super::suite;
use super::version::Version;
use crate::base::Limits;
use std::fmt;

/// What stands at the beginning of what a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// A ClientHello.
    Hello(Offer),
    /// It takes more octets to tell.
    Incomplete,
    /// TLS records, but no ClientHello that can be read: an alert, a handshake from its middle.
    Broken,
    /// Something else.
    NotTls,
}

impl Opening {
    /// Reads the octets that a client sent first.
    pub fn read(octets: &[u8]) -> Self {
        match look(octets) {
            Look::Short => Self::Incomplete,
            Look::Other => Self::NotTls,
            Look::Record => Self::Broken,
            Look::ClientHello if octets.first() != Some(&content::HANDSHAKE) => Self::old_format(octets),
            Look::ClientHello => Self::records(octets),
        }
    }

    /// A hello in the format of SSL 2.0: a length with the highest bit set, and the message (RFC 5246, appendix E.2).
    fn old_format(octets: &[u8]) -> Self {
        let Some((&[high, low], rest)) = octets.split_first_chunk::<2>() else { return Self::Incomplete };
        let Some(message) = rest.get(..usize::from(u16::from_be_bytes([high & 0x7f, low]))) else {
            return Self::Incomplete;
        };
        match ClientHello::parse_v2(message) {
            Some(hello) => Self::Hello(Offer { old_format: true, ..Offer::new(&hello) }),
            None => Self::Broken,
        }
    }

    fn records(mut octets: &[u8]) -> Self {
        let (mut messages, mut found) = (Messages::default(), None);
        let mut held = 0_usize;
        while octets.len() >= HEADER {
            let Some(header) = Header::parse(octets).filter(|header| header.kind == content::HANDSHAKE) else {
                return Self::Broken;
            };
            let Some((record, rest)) = octets.split_at_checked(header.total()) else { return Self::Incomplete };
            held = held.saturating_add(header.length);
            if held > Limits::TLS_MESSAGE {
                return Self::Broken;
            }
            messages.take(record.get(HEADER..).unwrap_or_default(), &mut |kind, body, _| {
                found.get_or_insert_with(|| match ClientHello::parse(body) {
                    Some(hello) if kind == message::CLIENT_HELLO => Self::Hello(Offer::new(&hello)),
                    _ => Self::Broken,
                });
            });
            if let Some(found) = found {
                return found;
            }
            octets = rest;
        }
        Self::Incomplete
    }
}

/// What a ClientHello offers. Values that only test a server's tolerance (RFC 8701) are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Protocol versions as they stand on the wire, the highest first.
    pub versions: Vec<u16>,
    /// The versions are a list; otherwise the one that is there is the highest, and lower ones are meant too.
    pub listed: bool,
    /// Cipher suites, in the client's order.
    pub suites: Vec<u16>,
    /// Groups for key exchange, in the client's order.
    pub groups: Vec<u16>,
    /// Signature algorithms, in the client's order.
    pub schemes: Vec<u16>,
    /// Protocols for the application (ALPN), in the client's order.
    pub protocols: Vec<String>,
    /// The host that the client wants (SNI).
    pub server_name: Option<String>,
    /// It came in the format of SSL 2.0.
    pub old_format: bool,
}

impl Offer {
    /// TLS 1.2, the version below which current libraries refuse.
    pub const TLS_1_2: u16 = Version::TLS_1_2.0;
    /// TLS 1.3.
    pub const TLS_1_3: u16 = Version::TLS_1_3.0;
    /// Cipher suites that are named in a message; old stacks offer some fifty.
    const NAMED: usize = 8;

    fn new(hello: &ClientHello<'_>) -> Self {
        let known = |number: &u16| !is_grease(*number);
        let mut versions: Vec<u16> = hello.versions.iter().filter(known).collect();
        let listed = !versions.is_empty();
        if !listed {
            versions.push(hello.version);
        }
        versions.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            versions,
            listed,
            suites: hello.suites.iter().filter(known).filter(|id| *id != SCSV && *id != FALLBACK).collect(),
            groups: hello.groups.iter().filter(known).collect(),
            schemes: hello.schemes.iter().filter(known).collect(),
            protocols: hello.protocols().map(str::to_owned).collect(),
            server_name: hello.server_name.map(str::to_owned),
            old_format: false,
        }
    }

    /// The highest version.
    pub fn highest(&self) -> u16 {
        self.versions.first().copied().unwrap_or_default()
    }

    /// Whether the premaster secret could go to the server under its RSA key, which current libraries do not do.
    pub fn has_rsa_key_exchange(&self) -> bool {
        self.suites.iter().filter_map(|id| suite::name(*id)).any(|name| name.starts_with("TLS_RSA_WITH_"))
    }
}

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746): no cipher suite, but a sign.
const SCSV: u16 = 0x00ff;
/// TLS_FALLBACK_SCSV (RFC 7507): another.
const FALLBACK: u16 = 0x5600;

/// The values of RFC 8701, section 2: 0x0a0a, 0x1a1a and so on.
pub(super) const fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

impl fmt::Display for Offer {
    /// Versions, cipher suites, and protocols where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<String> = self.versions.iter().map(|version| version_name(*version)).collect();
        write!(f, "{}{}", versions.join(", "), if self.listed { "" } else { " or lower" })?;
        if self.old_format {
            f.write_str(" in the format of SSL 2.0")?;
        }
        let names = self.suites.iter().map(|id| suite::name(*id).map_or_else(|| format!("{id:#06x}"), str::to_owned));
        let named: Vec<String> = names.take(Self::NAMED).collect();
        write!(f, ", with {}", if named.is_empty() { "no cipher suite".to_owned() } else { named.join(", ") })?;
        match self.suites.len().saturating_sub(named.len()) {
            0 => {}
            left => write!(f, " and {left} more")?,
        }
        if !self.protocols.is_empty() {
            write!(f, ", for {}", self.protocols.join(", "))?;
        }
        Ok(())
    }
}

/// The name of a protocol version.
fn version_name(version: u16) -> String {
    match version.to_be_bytes() {
        [3, 0] => "SSL 3.0".to_owned(),
        [3, minor @ 1..=4] => format!("TLS 1.{}", minor.saturating_sub(1)),
        _ => format!("version {version:#06x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ClientHello without a random worth the name.
    fn hello(version: u16, suites: &[u16], extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend_from_slice(&[7; 32]);
        body.push(0);
        body.extend_from_slice(&(suites.len() as u16 * 2).to_be_bytes());
        suites.iter().for_each(|suite| body.extend_from_slice(&suite.to_be_bytes()));
        body.extend_from_slice(&[1, 0]);
        if !extensions.is_empty() {
            let total: usize = extensions.iter().map(|(_, data)| data.len() + 4).sum();
            body.extend_from_slice(&(total as u16).to_be_bytes());
            for (kind, data) in extensions {
                body.extend_from_slice(&kind.to_be_bytes());
                body.extend_from_slice(&(data.len() as u16).to_be_bytes());
                body.extend_from_slice(data);
            }
        }
        let mut message = vec![1, 0];
        message.extend_from_slice(&(body.len() as u16).to_be_bytes());
        message.extend_from_slice(&body);
        message
    }

    fn records(message: &[u8], size: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        for piece in message.chunks(size) {
            octets.extend_from_slice(&[22, 3, 1]);
            octets.extend_from_slice(&(piece.len() as u16).to_be_bytes());
            octets.extend_from_slice(piece);
        }
        octets
    }

    #[test]
    fn an_offer_says_versions_suites_and_protocols() {
        let message = hello(
            0x0303,
            &[0x1a1a, 0x1301, 0xc02f, 0x0041, 0x00ff],
            &[
                (0, &[0, 9, 0, 0, 6, b'd', b'm', b'.', b'l', b'a', b'b']),
                (10, &[0, 4, 0, 29, 0, 23]),
                (13, &[0, 4, 4, 3, 8, 4]),
                (16, &[0, 12, 2, b'h', b'2', 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1']),
                (43, &[6, 0x2a, 0x2a, 3, 4, 3, 3]),
            ],
        );
        let Opening::Hello(offer) = Opening::read(&records(&message, 16_384)) else { panic!() };
        assert_eq!(
            offer.to_string(),
            "TLS 1.3, TLS 1.2, with TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0x0041, for h2, http/1.1"
        );
        assert_eq!((offer.highest(), offer.server_name.as_deref()), (Offer::TLS_1_3, Some("dm.lab")));
        assert_eq!((&*offer.groups, &*offer.schemes), (&[29, 23][..], &[0x0403, 0x0804][..]));
        assert!(!offer.has_rsa_key_exchange());
    }

    #[test]
    fn an_old_client_says_its_highest_version_and_long_lists_are_cut() {
        let message = hello(0x0301, &[4, 5, 9, 10, 0x2f, 0x33, 0x35, 0x39, 0x3c], &[]);
        let Opening::Hello(offer) = Opening::read(&records(&message, 16_384)) else { panic!() };
        let text = offer.to_string();
        assert!(text.starts_with("TLS 1.0 or lower, with TLS_RSA_WITH_RC4_128_MD5, "), "{text}");
        assert!(text.ends_with("TLS_DHE_RSA_WITH_AES_256_CBC_SHA and 1 more"), "{text}");
        assert!(offer.has_rsa_key_exchange());
    }

    #[test]
    fn a_hello_is_read_from_records_of_any_size_and_from_ssl_2() {
        let message = hello(0x0302, &[0x2f], &[]);
        let whole = Opening::read(&records(&message, 16_384));
        for size in 1..message.len() {
            let octets = records(&message, size);
            assert_eq!(Opening::read(&octets), whole, "{size}");
            for end in 0..octets.len() {
                assert_eq!(Opening::read(&octets[..end]), Opening::Incomplete, "{size} {end}");
            }
        }
        let mut old = vec![0x80, 9 + 3 + 16, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f];
        old.extend_from_slice(&[9; 16]);
        let Opening::Hello(offer) = Opening::read(&old) else { panic!("{:?}", Opening::read(&old)) };
        assert_eq!(offer.to_string(), "TLS 1.0 or lower in the format of SSL 2.0, with TLS_RSA_WITH_AES_128_CBC_SHA");
    }

    #[test]
    fn what_is_no_hello_is_told_apart() {
        // Its session identifier is longer than the message.
        let mut cut = records(&hello(0x0303, &[0x2f], &[]), 16_384);
        cut[5 + 4 + 34] = 200;
        let table: [(&[u8], Opening); 4] = [
            (b"POST /dm HTTP/1.1\r\n", Opening::NotTls),
            (&[21, 3, 1, 0, 2, 2, 40], Opening::Broken),
            (&cut, Opening::Broken),
            (&[], Opening::Incomplete),
        ];
        for (octets, expected) in table {
            assert_eq!(Opening::read(octets), expected, "{octets:?}");
        }
        // Records that never complete a message end at the ceiling.
        let mut endless = vec![22, 3, 1, 0x40, 0, 1, 3, 0, 0, 3, 3];
        endless.resize(5 + 0x4000, 0);
        let more = records(&vec![0; Limits::TLS_MESSAGE], 0x4000);
        endless.extend_from_slice(&more);
        assert_eq!(Opening::read(&endless), Opening::Broken);
    }
}
