//! RSA private keys of servers, for connections with RSA key exchange.

use super::hash::Secret;
use super::prf::MASTER;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Encrypt, PrivateKey};
use std::fmt;
use thiserror::Error;

/// The private keys of servers.
#[derive(Clone, Default)]
pub struct PrivateKeys(Vec<PrivateKey>);

impl fmt::Debug for PrivateKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKeys({})", self.0.len())
    }
}

/// A key file gave no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PrivateKeyError {
    /// No PEM block of a private key.
    #[error("it holds no private key in PEM (-----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----)")]
    NoKey,
    /// The key is encrypted.
    #[error("its key is encrypted; take the pass phrase off with `openssl pkey -in FILE -out PLAIN`")]
    Encrypted,
    /// The key is no RSA key.
    #[error("its key is no RSA key; with other keys the server's key alone opens nothing, and a key log is needed")]
    NotRsa,
    /// The block can't be decoded.
    #[error("its key can't be decoded; `openssl pkey -in FILE -check` says more")]
    Broken,
}

impl PrivateKeys {
    /// Takes the keys of one PEM file: PKCS#1 (RFC 8017, appendix A.1.2) or PKCS#8 (RFC 5958), without encryption. Other
    /// blocks, such as certificates, are passed over.
    ///
    /// # Errors
    ///
    /// Where the file has no key that can be used.
    pub fn add(&mut self, pem: &str) -> Result<(), PrivateKeyError> {
        let before = self.0.len();
        let mut rest = pem;
        while let Some((_, after)) = rest.split_once("-----BEGIN ") {
            let (label, body) = after.split_once("-----").ok_or(PrivateKeyError::Broken)?;
            let (body, after) = body.split_once("-----END ").ok_or(PrivateKeyError::Broken)?;
            rest = after;
            match label {
                "RSA PRIVATE KEY" if body.contains("ENCRYPTED") => return Err(PrivateKeyError::Encrypted),
                "ENCRYPTED PRIVATE KEY" => return Err(PrivateKeyError::Encrypted),
                "RSA PRIVATE KEY" => {
                    let key = PrivateKey::from_pkcs1_der(&decode(body)?).map_err(|_| PrivateKeyError::Broken)?;
                    self.0.push(key);
                }
                "PRIVATE KEY" => {
                    let der = decode(body)?;
                    let is_rsa = der.windows(RSA_ENCRYPTION.len()).take(32).any(|window| window == RSA_ENCRYPTION);
                    let wrong = if is_rsa { PrivateKeyError::Broken } else { PrivateKeyError::NotRsa };
                    self.0.push(PrivateKey::from_pkcs8_der(&der).map_err(|_| wrong)?);
                }
                "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(PrivateKeyError::NotRsa),
                _ => {}
            }
        }
        if self.0.len() == before { Err(PrivateKeyError::NoKey) } else { Ok(()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The premaster secret of a ClientKeyExchange (RFC 5246, section 7.4.7.1): what one of the keys opens to 48 octets
    /// that begin with the version which the client offered.
    pub(super) fn premaster(&self, encrypted: &[u8], offered: u16) -> Option<Secret> {
        self.0.iter().find_map(|key| {
            let opened = key.decrypt(Pkcs1v15Encrypt, encrypted).ok()?;
            let fits = opened.len() == MASTER && opened.starts_with(&offered.to_be_bytes());
            fits.then(|| Secret::new(&opened)).flatten()
        })
    }
}

/// The object identifier rsaEncryption (RFC 8017, appendix C) in DER.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

fn decode(body: &str) -> Result<Vec<u8>, PrivateKeyError> {
    let digits: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(digits).map_err(|_| PrivateKeyError::Broken)
}
