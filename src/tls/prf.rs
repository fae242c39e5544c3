//! The key schedules: the PRF of TLS 1.0 to 1.2, and HKDF of TLS 1.3.

use super::hash::{Hash, Secret};
use super::suite::Suite;
use super::version::Version;
use hkdf::Hkdf;
use sha2::{Sha256, Sha384};

/// Octets of the master secret (RFC 5246, section 8.1).
pub(super) const MASTER: usize = 48;
/// Octets of the longest key block: two of each, a MAC key of 48, a key of 32, an IV of 16.
const KEY_BLOCK: usize = 2 * (48 + 32 + 16);

/// P_hash (RFC 5246, section 5), exclusive-ored onto `out`.
fn p_hash(hash: Hash, secret: &[u8], label: &[u8], seed: &[&[u8]; 2], out: &mut [u8]) {
    let [first, second] = seed;
    let mut a = hash.hmac(secret, &[label, first, second]);
    for piece in out.chunks_mut(hash.size()) {
        let octets = hash.hmac(secret, &[a.octets(), label, first, second]);
        for (place, octet) in piece.iter_mut().zip(octets.octets()) {
            *place ^= octet;
        }
        a = hash.hmac(secret, &[a.octets()]);
    }
}

/// The PRF of a version (RFC 5246, section 5; before TLS 1.2: RFC 2246, section 5). `out` is filled as a whole.
pub(super) fn prf(version: Version, hash: Hash, secret: &[u8], label: &[u8], seed: &[&[u8]; 2], out: &mut [u8]) {
    out.fill(0);
    if version >= Version::TLS_1_2 {
        return p_hash(hash, secret, label, seed, out);
    }
    // The halves share their middle octet where the number is odd.
    let half = secret.len().div_ceil(2);
    let left = secret.get(..half).unwrap_or_default();
    let right = secret.get(secret.len().saturating_sub(half)..).unwrap_or_default();
    p_hash(Hash::Md5, left, label, seed, out);
    p_hash(Hash::Sha1, right, label, seed, out);
}

/// What the master secret is derived with, beside the premaster secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum MasterSeed<'a> {
    /// The two randoms (RFC 5246, section 8.1).
    Randoms(&'a [u8; 32], &'a [u8; 32]),
    /// The hash of the handshake up to ClientKeyExchange (RFC 7627, section 4).
    Session(&'a Secret),
}

/// The master secret.
pub(super) fn master(version: Version, hash: Hash, premaster: &[u8], seed: MasterSeed<'_>) -> Secret {
    let mut out = Secret::zeros(MASTER);
    match seed {
        MasterSeed::Randoms(client, server) => {
            prf(version, hash, premaster, b"master secret", &[client, server], out.octets_mut());
        }
        MasterSeed::Session(session) => {
            prf(version, hash, premaster, b"extended master secret", &[session.octets(), &[]], out.octets_mut());
        }
    }
    out
}

/// The hash of the handshake that the extended master secret uses (RFC 7627, section 3): before TLS 1.2, MD5 and SHA-1.
pub(super) fn session_hash(version: Version, hash: Hash, pieces: &[&[u8]]) -> Option<Secret> {
    if version >= Version::TLS_1_2 {
        return Some(hash.digest(pieces));
    }
    let (md5, sha1) = (Hash::Md5.digest(pieces), Hash::Sha1.digest(pieces));
    Secret::new(&[md5.octets(), sha1.octets()].concat())
}

/// The keys of one direction.
#[derive(Clone, Copy, Default)]
pub(super) struct Keys<'a> {
    pub(super) mac: &'a [u8],
    pub(super) key: &'a [u8],
    pub(super) iv: &'a [u8],
}

/// The key block of TLS 1.0 to 1.2 (RFC 5246, section 6.3).
pub(super) struct KeyBlock {
    octets: [u8; KEY_BLOCK],
    mac: usize,
    key: usize,
    iv: usize,
}

impl KeyBlock {
    pub(super) fn new(
        version: Version,
        suite: &Suite,
        master: &Secret,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
    ) -> Self {
        let iv = suite.cipher.fixed_iv(version);
        let (mac, key) = (suite.mac.map_or(0, Hash::size), suite.cipher.key());
        let mut block = Self { octets: [0; KEY_BLOCK], mac, key, iv };
        let seed = [server_random.as_slice(), client_random.as_slice()];
        let out = block.octets.get_mut(..2 * (mac + key + iv)).unwrap_or_default();
        prf(version, suite.hash, master.octets(), b"key expansion", &seed, out);
        block
    }

    /// The keys with which the client writes, or the server.
    pub(super) fn keys(&self, client: bool) -> Keys<'_> {
        let second = usize::from(!client);
        let part = |from: usize, len: usize| {
            self.octets.get(from + second * len..from + (second + 1) * len).unwrap_or_default()
        };
        Keys { mac: part(0, self.mac), key: part(2 * self.mac, self.key), iv: part(2 * (self.mac + self.key), self.iv) }
    }
}

/// HKDF-Expand-Label of TLS 1.3 (RFC 8446, section 7.1) with an empty context. `out` is filled as a whole.
pub(super) fn expand_label(hash: Hash, secret: &Secret, label: &[u8], out: &mut [u8]) {
    const PREFIX: &[u8] = b"tls13 ";
    // All labels are ours and short.
    let length = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
    let label_length = [u8::try_from(PREFIX.len() + label.len()).unwrap_or(u8::MAX)];
    let info: [&[u8]; 5] = [&length, &label_length, PREFIX, label, &[0]];
    let expanded = match hash {
        Hash::Sha384 => {
            Hkdf::<Sha384>::from_prk(secret.octets()).is_ok_and(|hkdf| hkdf.expand_multi_info(&info, out).is_ok())
        }
        _ => Hkdf::<Sha256>::from_prk(secret.octets()).is_ok_and(|hkdf| hkdf.expand_multi_info(&info, out).is_ok()),
    };
    if !expanded {
        out.fill(0);
    }
}

/// The traffic secret after a KeyUpdate (RFC 8446, section 7.2).
pub(super) fn next_secret(hash: Hash, secret: &Secret) -> Secret {
    let mut next = Secret::zeros(hash.size());
    expand_label(hash, secret, b"traffic upd", next.octets_mut());
    next
}
