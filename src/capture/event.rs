//! What a capture file yields.

use super::Frame;
use crate::base::Problem;

/// One thing read from a capture file, in the order of the file.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// A captured frame.
    Frame(Frame<'a>),
    /// Secrets that the capture carries for its encrypted traffic.
    Secrets(SecretsBlock<'a>),
    /// Something was wrong with the file.
    Problem(Problem),
}

/// A Decryption Secrets Block of pcapng (draft-ietf-opsawg-pcapng, section 4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretsBlock<'a> {
    /// What the secrets are; see [`SecretsBlock::TLS_KEY_LOG`].
    pub format: u32,
    /// The secrets, without padding.
    pub bytes: &'a [u8],
}

impl SecretsBlock<'_> {
    /// The format of an NSS key log (`SSLKEYLOGFILE`), the letters "TLSK".
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}
