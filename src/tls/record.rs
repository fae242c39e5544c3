//! The record layer: headers, and where a record ends.

use super::version::Version;

/// Octets of a record's header (RFC 8446, section 5.1).
pub(super) const HEADER: usize = 5;
/// Octets of the longest fragment: 2^14 and 2048 more for compression and protection (RFC 5246, section 6.2.3).
pub(super) const LONGEST_FRAGMENT: usize = (1 << 14) + 2_048;

/// Content types (RFC 8446, section 5.1; heartbeat: RFC 6520, section 6).
pub(super) mod content {
    pub(in super::super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(in super::super) const ALERT: u8 = 21;
    pub(in super::super) const HANDSHAKE: u8 = 22;
    pub(in super::super) const APPLICATION_DATA: u8 = 23;
    pub(in super::super) const HEARTBEAT: u8 = 24;
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    pub(super) version: Version,
    /// Octets of the fragment.
    pub(super) length: usize,
}

impl Header {
    /// The header that these octets are; `None` where they can't be one, and where they are too few.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let &[kind, major, minor, high, low] = octets.first_chunk::<HEADER>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let known = (content::CHANGE_CIPHER_SPEC..=content::HEARTBEAT).contains(&kind);
        let empty = length == 0 && kind != content::APPLICATION_DATA;
        (known && major == 3 && minor <= 4 && length <= LONGEST_FRAGMENT && !empty).then_some(Self {
            kind,
            version: Version(u16::from_be_bytes([major, minor])),
            length,
        })
    }

    /// Octets of the record.
    pub(super) const fn total(self) -> usize {
        HEADER + self.length
    }
}

/// What the first octets of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A ClientHello: the handshake begins here.
    ClientHello,
    /// Another record: TLS, seen from its middle.
    Record,
    /// Something else.
    Other,
    /// It takes more octets to tell.
    Short,
}

/// Octets after which [`look`] always tells.
pub(super) const ENOUGH: usize = 11;

/// Tells TLS from anything else by the first octets of a stream.
pub(super) fn look(octets: &[u8]) -> Look {
    match octets {
        [] => Look::Short,
        // A ClientHello in the format of SSL 2.0, which older stacks send first (RFC 5246, appendix E.2).
        [0x80..=0x8f, rest @ ..] => match rest {
            [] | [_] | [_, 1] => Look::Short,
            [_, 1, 3, ..] => Look::ClientHello,
            _ => Look::Other,
        },
        [20..=23, rest @ ..] => look_at_record(octets, rest),
        _ => Look::Other,
    }
}

fn look_at_record(octets: &[u8], rest: &[u8]) -> Look {
    if rest.first().is_some_and(|major| *major != 3) || rest.get(1).is_some_and(|minor| *minor > 4) {
        return Look::Other;
    }
    let Some(header) = Header::parse(octets) else {
        return if octets.len() < HEADER { Look::Short } else { Look::Other };
    };
    let body = octets.get(HEADER..).unwrap_or_default();
    match (header.kind, body) {
        (content::HANDSHAKE, []) => Look::Short,
        (content::HANDSHAKE, [1, rest @ ..]) if header.length >= 6 => {
            if rest.len() < 5 {
                return Look::Short;
            }
            // The length of the message, and the version in it.
            match rest {
                [0..=3, _, _, 3, 0..=4, ..] => Look::ClientHello,
                _ => Look::Other,
            }
        }
        // A ClientHello in pieces.
        (content::HANDSHAKE, [1, ..]) => Look::ClientHello,
        (content::CHANGE_CIPHER_SPEC, _) if header.length != 1 => Look::Other,
        (content::ALERT, _) if header.length > 64 => Look::Other,
        _ => Look::Record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octets_tell_tls_from_anything_else() {
        let hello = [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 7, 7];
        let table: [(&[u8], Look); 13] = [
            (&hello, Look::ClientHello),
            (b"POST /dm HTTP/1.1\r\n", Look::Other),
            (&[0x80, 46, 1, 3, 1, 0], Look::ClientHello),
            (&[0x80, 46, 1], Look::Short),
            (&[0x80, 46, 2, 3], Look::Other),
            (&[22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3], Look::Record),
            (&[23, 3, 3, 0, 90], Look::Record),
            (&[23, 3, 3, 90, 90], Look::Other),
            (&[23, 4, 3], Look::Other),
            (&[21, 3, 3, 0, 2, 2, 40], Look::Record),
            (&[20, 3, 3, 0, 9], Look::Other),
            (&[22, 3, 1, 0, 1, 1], Look::ClientHello),
            (&[22, 3, 1, 0, 200, 1, 9, 0, 196, 3, 3], Look::Other),
        ];
        for (octets, expected) in table {
            assert_eq!(look(octets), expected, "{octets:?}");
        }
        for end in 0..ENOUGH {
            assert_eq!(look(&hello[..end]), Look::Short, "{end}");
        }
    }
}
