//! Rows of records in which [`frames`](super::frames) and [`http`](super::http) take their input: a kind (one octet), a
//! length (two octets, most significant first), and so many octets. A last record may be shorter than it says.

use crate::net::FlowDirection;

/// Link types that the low bits of the kind of a record of [`frames`](super::frames) name: those that are known, so that
/// most input gets past the link layer, and some that are not.
pub const LINKS: [u16; 16] = [1, 101, 0, 108, 113, 276, 12, 228, 229, 9, 50, 51, 105, 127, 147, 252];

/// Kinds of records of [`http`](super::http): what happens, in the low bits; see [`kind`].
pub mod event {
    /// Octets of the stream.
    pub const DATA: u8 = 0;
    /// Octets that are missing; how many is the content, as a number, most significant octet first.
    pub const GAP: u8 = 1;
    /// A FIN.
    pub const HALF_CLOSED: u8 = 2;
    /// The end, by a RST where the content is empty.
    pub const CLOSED: u8 = 3;
    /// A new connection in the place of the old one, seen from its middle where the content is empty.
    pub const OPENED: u8 = 4;
    /// A key log; only for [`tls`](super::super::tls).
    pub const SECRETS: u8 = 5;
}

/// The kind of a record of [`http`](super::http): what happens on one of four connections, in which direction.
pub const fn kind(event: u8, direction: FlowDirection, flow: u8) -> u8 {
    let direction = match direction {
        FlowDirection::ToServer => 0,
        FlowDirection::ToClient => 8,
    };
    event & 7 | direction | (flow & 3) << 4
}

/// The reverse of [`kind`].
pub(super) const fn parts(kind: u8) -> (u8, FlowDirection, u8) {
    let direction = if kind & 8 == 0 { FlowDirection::ToServer } else { FlowDirection::ToClient };
    (kind & 7, direction, kind >> 4 & 3)
}

/// Adds a record; content past 65535 octets goes into further ones of the same kind.
pub fn write(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let mut rest = content;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(usize::from(u16::MAX)));
        out.push(kind);
        out.extend_from_slice(&u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(piece);
        rest = after;
        if rest.is_empty() {
            return;
        }
    }
}

/// The records, in order.
pub(super) fn read(octets: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (&[kind, high, low], after) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low])).min(after.len());
        let (content, after) = after.split_at(length);
        rest = after;
        Some((kind, content))
    })
}
