//! Nonces and SessionIDs of a replay's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use std::hash::{BuildHasher as _, RandomState};
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// Octets of a nonce: those of the digest that it goes into.
const NONCE: usize = 16;

/// Where nonces come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Nonces {
    /// With a seed, every run gives the same ones: for tests alone.
    seed: Option<u64>,
    drawn: u64,
}

impl Nonces {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A nonce as NextNonce has it.
    pub(super) fn nonce(&mut self) -> String {
        STANDARD.encode(self.octets())
    }

    /// A SessionID: up to four hexadecimal digits, never 0 (OMA-TS-DM_RepPro-V1_2_1 wants no more than four characters).
    pub(super) fn session_id(&mut self) -> String {
        let [high, low, ..] = self.octets();
        format!("{:X}", u16::from_be_bytes([high, low]).max(1))
    }

    fn octets(&mut self) -> [u8; NONCE] {
        self.drawn = self.drawn.wrapping_add(1);
        let mut octets = [0; NONCE];
        let start = match self.seed {
            Some(seed) => seed,
            None if aws_lc_rs::default_provider().secure_random.fill(&mut octets).is_ok() => return octets,
            // Without a source of random octets: what the standard library draws for its maps.
            None => RandomState::new().hash_one(self.drawn),
        };
        let mut digest = Md5::new();
        digest.update(start.to_be_bytes());
        digest.update(self.drawn.to_be_bytes());
        digest.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_nonces_and_none_gives_others() {
        let draw = |seed| {
            let mut nonces = Nonces::new(seed);
            [nonces.nonce(), nonces.nonce(), nonces.session_id()]
        };
        assert_eq!(draw(Some(1)), draw(Some(1)));
        assert_ne!(draw(Some(1)), draw(Some(2)));
        assert_ne!(draw(None), draw(None));
        assert!(draw(None)[2].len() <= 4);
    }
}
