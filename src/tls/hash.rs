//! Hashes and HMAC by name, and the type in which secrets are kept.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};
use std::fmt;

/// Octets of the longest digest and of the longest secret (TLS 1.2 master secret, SHA-384): 48.
pub(super) const LONGEST: usize = 48;

/// A digest or a secret of at most 48 octets. Its octets are never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret {
    octets: [u8; LONGEST],
    len: u8,
}

impl Secret {
    /// A secret from octets; `None` for none at all, and for more than [`LONGEST`].
    pub(super) fn new(from: &[u8]) -> Option<Self> {
        let mut octets = [0; LONGEST];
        octets.get_mut(..from.len()).filter(|place| !place.is_empty())?.copy_from_slice(from);
        Some(Self { octets, len: u8::try_from(from.len()).ok()? })
    }

    /// All zeros, to be filled.
    pub(super) fn zeros(len: usize) -> Self {
        Self { octets: [0; LONGEST], len: len.min(LONGEST) as u8 }
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) fn octets_mut(&mut self) -> &mut [u8] {
        self.octets.get_mut(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} octets)", self.len)
    }
}

/// A hash that cipher suites name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

impl Hash {
    /// Octets of its digests.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    /// The digest of the pieces, one after the other.
    pub(super) fn digest(self, pieces: &[&[u8]]) -> Secret {
        match self {
            Self::Md5 => digest::<Md5>(pieces),
            Self::Sha1 => digest::<Sha1>(pieces),
            Self::Sha256 => digest::<Sha256>(pieces),
            Self::Sha384 => digest::<Sha384>(pieces),
        }
    }

    /// The HMAC (RFC 2104) of the pieces, one after the other.
    pub(super) fn hmac(self, key: &[u8], pieces: &[&[u8]]) -> Secret {
        match self {
            Self::Md5 => mac::<Hmac<Md5>>(key, pieces),
            Self::Sha1 => mac::<Hmac<Sha1>>(key, pieces),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, pieces),
            Self::Sha384 => mac::<Hmac<Sha384>>(key, pieces),
        }
    }
}

fn digest<D: Digest>(pieces: &[&[u8]]) -> Secret {
    let mut state = D::new();
    for piece in pieces {
        state.update(piece);
    }
    keep(&state.finalize())
}

fn mac<M: Mac + KeyInit>(key: &[u8], pieces: &[&[u8]]) -> Secret {
    // HMAC takes keys of any length.
    let Ok(mut state) = <M as KeyInit>::new_from_slice(key) else { return Secret::zeros(0) };
    for piece in pieces {
        state.update(piece);
    }
    keep(&state.finalize().into_bytes())
}

fn keep(octets: &[u8]) -> Secret {
    Secret::new(octets).unwrap_or(Secret::zeros(0))
}
