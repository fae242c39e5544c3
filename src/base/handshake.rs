//! What a handshake of TLS shows beside what was agreed on.

use super::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the handshake of a connection showed; a recording or an export in clear tells it in the comment of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handshake {
    /// What the client offered; `None` where the handshake was not seen.
    pub offered: Option<Offered>,
    /// The certificate of the server; `None` where none was seen that can be read.
    pub certificate: Option<Certificate>,
}

const PREFIX: &str = "dmscope handshake:";
const OFFERED: &str = "offered";
const CERTIFICATE: &str = "certificate";

impl Handshake {
    /// What the comment of a packet tells; nothing where it tells of none.
    pub fn read(comment: &str) -> Self {
        let mut handshake = Self::default();
        let Some(line) = comment.lines().find_map(|line| line.strip_prefix(PREFIX)) else { return handshake };
        for part in line.split(';') {
            let mut words = part.split_whitespace();
            match words.next() {
                Some(OFFERED) => {
                    let mut numbers = words.map_while(|word| u16::from_str_radix(word, 16).ok());
                    handshake.offered = numbers.next().map(|highest| Offered::new(highest, numbers));
                }
                Some(CERTIFICATE) => {
                    let mut numbers = words.map_while(|word| word.parse().ok());
                    if let (Some(not_before), Some(not_after), Some(shown)) =
                        (numbers.next(), numbers.next(), numbers.next())
                    {
                        let shown = Timestamp::from_nanos(shown);
                        handshake.certificate = Some(Certificate { shown, not_before, not_after });
                    }
                }
                _ => {}
            }
        }
        handshake
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Handshake {
    /// Version and cipher suites as they are numbered on the wire; seconds since 1970, and nanoseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        if let Some(offered) = self.offered {
            write!(f, " {OFFERED} {:04x}", offered.highest)?;
            for ((number, _), _) in Offered::COMMON.iter().zip(offered.common).filter(|(_, offered)| *offered) {
                write!(f, " {number:04x}")?;
            }
            f.write_str(";")?;
        }
        if let Some(Certificate { shown, not_before, not_after }) = self.certificate {
            write!(f, " {CERTIFICATE} {not_before} {not_after} {};", shown.nanos())?;
        }
        Ok(())
    }
}

/// What a client offered in its ClientHello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The highest version of the protocol, as on the wire.
    pub highest: u16,
    /// Those of [`Offered::COMMON`] that are among its cipher suites.
    common: [bool; Offered::COMMON.len()],
}

impl Offered {
    /// Cipher suites that were common in the time of TLS 1.0, and that specifications of then name.
    pub const COMMON: [(u16, &'static str); 3] = [
        (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
        (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    ];

    /// What a client offers that speaks this version and older ones.
    pub fn new(highest: u16, suites: impl IntoIterator<Item = u16>) -> Self {
        let mut common = [false; Self::COMMON.len()];
        for suite in suites {
            for (known, offered) in Self::COMMON.iter().zip(&mut common) {
                *offered |= known.0 == suite;
            }
        }
        Self { highest, common }
    }

    /// The names of those of the common cipher suites that are offered.
    pub fn common(&self) -> impl Iterator<Item = &'static str> + '_ {
        Self::COMMON.iter().zip(self.common).filter(|(_, offered)| *offered).map(|((_, name), _)| *name)
    }
}

/// When the certificate of a server was shown, and from when until when it is valid (RFC 5280, section 4.1.2.5; both ends
/// count).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The time of the frame.
    pub shown: Timestamp,
    /// The first second, since 1970.
    pub not_before: i64,
    /// The last second, since 1970.
    pub not_after: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let offers = [None, Some(Offered::new(0x0304, [])), Some(Offered::new(0x0301, [0xc02f, 0x002f, 0x0005]))];
        let shown = Timestamp::from_nanos(1_795_651_300_000_000_001);
        let certificates = [None, Some(Certificate { shown, not_before: -1, not_after: 4_949_251_210 })];
        for offered in offers {
            for certificate in certificates {
                let handshake = Handshake { offered, certificate };
                assert_eq!(Handshake::read(&format!("note\n{handshake}\nmore")), handshake);
            }
        }
        for comment in ["", "dmscope handshake:", "dmscope handshake: offered; certificate 1 2;", "offered 0301;"] {
            assert!(Handshake::read(comment).is_unknown(), "{comment}");
        }
        let names: Vec<&str> = Offered::new(0x0301, [0xc02f, 0x002f, 0x0005]).common().collect();
        assert_eq!(names, ["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"]);
    }
}
