//! What a certificate says, for people.

use crate::base::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::net::IpAddr;
use tokio_rustls::rustls;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// What a certificate says (RFC 5280, section 4.1). Texts are as the certificate has them: escape them for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The subject, in the form of RFC 4514.
    pub subject: String,
    /// The common name of the subject, which clients read where there is no subjectAltName.
    pub common_name: Option<String>,
    /// The issuer.
    pub issuer: String,
    /// The names of subjectAltName: hosts and addresses.
    pub names: Vec<String>,
    /// It is valid from here on.
    pub not_before: Timestamp,
    /// It is valid up to here.
    pub not_after: Timestamp,
    /// Kind and size of the public key, such as `RSA 2048`.
    pub key: String,
    /// Whether its key may sign certificates.
    pub is_ca: bool,
    /// SHA-256 over the whole.
    pub sha256: [u8; 32],
    /// SHA-1 over the whole: what old devices show.
    pub sha1: [u8; 20],
}

impl CertificateFacts {
    /// Reads a certificate; `None` where it can't be read.
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let time = |seconds: i64| Timestamp::from_nanos(seconds.saturating_mul(1_000_000_000));
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
            _ => None,
        });
        Some(Self {
            subject: parsed.subject().to_string(),
            common_name: parsed.subject().iter_common_name().find_map(|name| name.as_str().ok()).map(str::to_owned),
            issuer: parsed.issuer().to_string(),
            names: names.collect(),
            not_before: time(parsed.validity().not_before.timestamp()),
            not_after: time(parsed.validity().not_after.timestamp()),
            key: match parsed.public_key().parsed() {
                Ok(key @ PublicKey::RSA(_)) => format!("RSA {}", key.key_size()),
                Ok(key @ PublicKey::EC(_)) => format!("EC {}", key.key_size()),
                _ => "of another kind".to_owned(),
            },
            is_ca: parsed.is_ca(),
            sha256: Sha256::digest(certificate).into(),
            sha1: sha1::Sha1::digest(certificate).into(),
        })
    }

    /// Whether subject and issuer are the same: nobody else vouches for it.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// An iPAddress of subjectAltName: four or sixteen octets (RFC 5280, section 4.2.1.6).
fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// A fingerprint as devices show it: pairs of hexadecimal digits with colons between.
pub fn fingerprint(digest: &[u8]) -> String {
    let mut text = String::with_capacity(digest.len().saturating_mul(3));
    for (index, octet) in digest.iter().enumerate() {
        let _ = write!(text, "{}{octet:02X}", if index == 0 { "" } else { ":" });
    }
    text
}
