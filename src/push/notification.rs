//! The notification that asks a device for a session (package 0) in the format of DM 1.1.2 and 1.2
//! (OMA-TS-DM_Notification-V1_2_1, section 6).
//!
//! Bits in network order: digest (128), version (10), ui-mode (2), initiator (1), future use (27), SessionID (16), length
//! of the server identifier (8), server identifier, and what vendors add.

use crate::base::Span;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// Octets before the server identifier.
pub const HEADER: usize = 24;
const DIGEST: usize = 16;

/// What the device may do with its user (section 6.2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UiMode {
    /// 0: the device decides.
    NotSpecified,
    /// 1: nothing is shown.
    Background,
    /// 2: the user is told.
    Informative,
    /// 3: the user is asked.
    UserInteraction,
}

impl UiMode {
    const fn of(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::NotSpecified,
            1 => Self::Background,
            2 => Self::Informative,
            _ => Self::UserInteraction,
        }
    }

    const fn bits(self) -> u8 {
        self as u8
    }

    /// As the specification calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSpecified => "not specified",
            Self::Background => "background",
            Self::Informative => "informative",
            Self::UserInteraction => "user interaction",
        }
    }
}

/// A notification that is too short for its fixed fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a notification has {HEADER} octets before the server identifier; here are {octets}")]
pub struct TooShort {
    /// Octets that there are.
    pub octets: usize,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// MD5 over server identifier, password, nonce and everything behind it; see [`digest`].
    pub digest: [u8; DIGEST],
    /// Ten times the version of the format: 11 is 1.1.
    pub version: u16,
    /// What the device may do with its user.
    pub ui_mode: UiMode,
    /// Whether the server caused it of itself, and not its user.
    pub by_server: bool,
    /// 27 bits that should be 0.
    pub future: u32,
    /// Which SessionID the session shall have; see [`Notification::session_id_text`].
    pub session_id: u16,
    /// How long the server identifier is said to be.
    pub length: u8,
    /// The server identifier, as far as it is there.
    pub server: Vec<u8>,
    /// What vendors add.
    pub vendor: Vec<u8>,
}

/// A field of a notification, where it stands, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As the specification calls it.
    pub name: &'static str,
    /// Octets that hold it; fields of some bits share octets.
    pub span: Span,
    /// What it says.
    pub value: String,
}

impl Notification {
    /// Reads a notification.
    ///
    /// # Errors
    ///
    /// Where the fixed fields are cut.
    pub fn decode(octets: &[u8]) -> Result<Self, TooShort> {
        let too_short = TooShort { octets: octets.len() };
        let (digest, trigger) = octets.split_first_chunk::<DIGEST>().ok_or(too_short)?;
        let (header, rest) = trigger.split_first_chunk::<{ HEADER - DIGEST }>().ok_or(too_short)?;
        let [a, b, c, d, e, id_high, id_low, length] = *header;
        let (server, vendor) = rest.split_at(usize::from(length).min(rest.len()));
        Ok(Self {
            digest: *digest,
            version: u16::from(a) << 2 | u16::from(b >> 6),
            ui_mode: UiMode::of(b >> 4),
            by_server: b & 8 != 0,
            future: u32::from_be_bytes([b & 7, c, d, e]),
            session_id: u16::from_be_bytes([id_high, id_low]),
            length,
            server: server.to_vec(),
            vendor: vendor.to_vec(),
        })
    }

    /// The octets again, the same that were read. Bits that do not fit into their field are lost.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.digest.to_vec();
        out.extend_from_slice(&self.trigger());
        out
    }

    /// Everything behind the digest, which covers it.
    pub fn trigger(&self) -> Vec<u8> {
        let high = u8::try_from(self.version >> 2 & 0xff).unwrap_or_default();
        let [future, rest @ ..] = self.future.to_be_bytes();
        let low = u8::try_from(self.version & 3).unwrap_or_default();
        let mut out = vec![high, low << 6 | self.ui_mode.bits() << 4 | u8::from(self.by_server) << 3 | future & 7];
        out.extend_from_slice(&rest);
        out.extend_from_slice(&self.session_id.to_be_bytes());
        out.push(self.length);
        out.extend_from_slice(&self.server);
        out.extend_from_slice(&self.vendor);
        out
    }

    /// The SessionID as the session writes it (section 6.2.10): hexadecimal digits in upper case, without leading zeros.
    pub fn session_id_text(&self) -> String {
        format!("{:X}", self.session_id)
    }

    /// The server identifier as text; octets that are no UTF-8 are replaced.
    pub fn server_text(&self) -> String {
        String::from_utf8_lossy(&self.server).into_owned()
    }

    /// Whether the server identifier has a length, and is there as a whole.
    pub fn has_whole_server(&self) -> bool {
        self.length > 0 && self.server.len() == usize::from(self.length)
    }

    /// The fields, in order.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut add = |name, from: usize, to: usize, value: String| {
            fields.push(Field { name, span: Span::new(from, to), value });
        };
        add("digest", 0, DIGEST, hex(&self.digest));
        let at = DIGEST;
        add("version", at, at + 2, format!("{}.{}", self.version / 10, self.version % 10));
        add("ui-mode", at + 1, at + 2, self.ui_mode.name().to_owned());
        add("initiator", at + 1, at + 2, if self.by_server { "server" } else { "user" }.to_owned());
        add("future-use", at + 1, at + 5, format!("{:#x}", self.future));
        add("sessionid", at + 5, at + 7, format!("0x{:04X}, SessionID {}", self.session_id, self.session_id_text()));
        add("length-identifier", at + 7, at + 8, self.length.to_string());
        let at = HEADER;
        add("server-identifier", at, at + self.server.len(), self.server_text());
        let at = at + self.server.len();
        if !self.vendor.is_empty() {
            add("vendor-specific", at, at + self.vendor.len(), hex(&self.vendor));
        }
        fields
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The digest of a notification (section 6.2.2): `MD5(B64(MD5(server ":" password)) ":" nonce ":" B64(MD5(trigger)))`.
pub fn digest(server: &[u8], password: &[u8], nonce: &[u8], trigger: &[u8]) -> [u8; DIGEST] {
    let md5 = |parts: &[&[u8]]| -> [u8; DIGEST] {
        let mut hash = Md5::new();
        for part in parts {
            hash.update(part);
        }
        hash.finalize().into()
    };
    let account = STANDARD.encode(md5(&[server, b":", password]));
    let trigger = STANDARD.encode(md5(&[trigger]));
    md5(&[account.as_bytes(), b":", nonce, b":", trigger.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn notifications_are_read_to_the_bit_and_come_back() {
        let first = octets("686860a800770b26a5d7fa957e8c509a02d0000000123412636f6d2e6d676d747372762e6d616e616765");
        let read = Notification::decode(&first).unwrap();
        assert_eq!((read.version, read.ui_mode, read.by_server, read.future), (11, UiMode::Background, false, 0));
        assert_eq!((read.session_id, read.session_id_text().as_str()), (0x1234, "1234"));
        assert_eq!((read.server_text().as_str(), read.has_whole_server()), ("com.mgmtsrv.manage", true));
        assert!(read.vendor.is_empty());
        assert_eq!(read.encode(), first);
        assert_eq!(read.digest, digest(b"com.mgmtsrv.manage", b"srvpwd", b"nonce", &read.trigger()));

        let second = [octets("dbbcb93b3f6d1ed79248b88fa89e5a19"), octets("02f800000000010473727631010203")].concat();
        let read = Notification::decode(&second).unwrap();
        assert_eq!((read.ui_mode, read.by_server, read.session_id), (UiMode::UserInteraction, true, 1));
        assert_eq!((read.server_text().as_str(), read.vendor.as_slice()), ("srv1", &[1, 2, 3][..]));
        assert_eq!(read.encode(), second);
        assert_eq!(read.digest, digest(b"srv1", b"pw", &octets("2c6de265086176628d1e"), &read.trigger()));
        let fields: Vec<&str> = read.fields().iter().map(|field| field.name).collect();
        assert_eq!(fields.last(), Some(&"vendor-specific"));
    }

    #[test]
    fn digests_match_the_known_vectors() {
        let trigger = octets("02d0000000123412636f6d2e6d676d747372762e6d616e616765");
        for (nonce, expected) in [
            (&b"Nonce"[..], "291f40c9048e97434175d10d0c6e25a7"),
            (&[0, 0, 0, 0][..], "4e94c58c36a8c50aabcdbe0c296b2ba7"),
            (&b"0x00000000"[..], "ed2be65e9e73d7dc3826b3141edf462f"),
        ] {
            assert_eq!(hex(&digest(b"com.mgmtsrv.manage", b"secret", nonce, &trigger)), expected);
        }
    }

    #[test]
    fn a_notification_that_is_cut_is_read_as_far_as_it_goes() {
        assert_eq!(Notification::decode(&[0; 20]), Err(TooShort { octets: 20 }));
        let cut = [&[0; 16][..], &octets("fff7ffffffabcd05"), b"ab"].concat();
        let read = Notification::decode(&cut).unwrap();
        assert_eq!((read.version, read.future), (0x3ff, 0x7ff_ffff));
        assert!(!read.has_whole_server());
        assert_eq!(read.encode(), cut);
    }
}
