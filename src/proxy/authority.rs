//! The proxy's own certificate authority: a key and a certificate in files, and certificates for servers on demand.
//!
//! **In**: a folder, names of servers. **Out**: certificate chains with keys that a device accepts once it trusts the
//! authority. **Rests on** RFC 5280 (certificates) and RFC 6125 (names of servers).
//!
//! **Limits**: [`ISSUED_CERTIFICATES`](crate::base::Limits::ISSUED_CERTIFICATES) remembered,
//! [`PEM_FILE`](crate::base::Limits::PEM_FILE) octets of a file.

mod certificate;
mod issue;
mod pem;
mod store;

#[cfg(test)]
mod tests;

pub use certificate::{CertificateFacts, fingerprint};
pub use issue::Leaf;
pub use pem::PemError;
pub use store::default_folder;

pub(super) use pem::{Access, certificates as read_certificates, key as read_key};

use crate::base::Timestamp;
use issue::Issued;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use thiserror::Error;
use tokio_rustls::rustls;

const DAY: Duration = Duration::from_secs(86_400);

/// How far in the past certificates begin: clocks of devices are wrong, and by more than a time zone.
const BEGINS_BEFORE: Duration = Duration::from_secs(7 * 86_400);

/// The kind of a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// RSA with 2048 bits, which every device knows.
    Rsa,
    /// ECDSA on the curve P-256.
    Ec,
}

impl KeyKind {
    fn generate(self) -> Result<KeyPair, rcgen::Error> {
        KeyPair::generate_for(match self {
            Self::Rsa => &rcgen::PKCS_RSA_SHA256,
            Self::Ec => &rcgen::PKCS_ECDSA_P256_SHA256,
        })
    }
}

/// How a new authority is made.
#[derive(Debug, Clone)]
pub struct NewAuthority {
    /// The common name of its certificate, 1 to 64 characters; `None` makes one that no other authority has.
    pub name: Option<String>,
    /// The kind of its key. Devices that do not know elliptic curves trust nothing that such a key signed.
    pub key: KeyKind,
    /// Days for which it is valid, from now on.
    pub days: u32,
    /// Whether an authority that is there is replaced. Devices then have to trust the new one.
    pub overwrite: bool,
}

impl Default for NewAuthority {
    /// An RSA key and ten years.
    fn default() -> Self {
        Self { name: None, key: KeyKind::Rsa, days: 3_650, overwrite: false }
    }
}

/// Why an authority can't be made, read or used.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// There is none yet.
    #[error("there is no certificate authority in {}; make one with `dmscope ca init`", .folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// There is one already.
    #[error(
        "{} is there already; --force replaces it, and every device then has to trust the new certificate",
        .file.display()
    )]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// A file can't be written.
    #[error("{} can't be written: {error}", .file.display())]
    Unwritable {
        /// The file or folder.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] PemError),
    /// Its certificate can't be read, or is no authority's.
    #[error("{} is not the certificate of an authority; `dmscope ca init --force` makes a new one", .file.display())]
    NotAnAuthority {
        /// The file.
        file: PathBuf,
    },
    /// Its key belongs to another certificate, or is of a kind that can't sign.
    #[error("{} is not the key of the certificate beside it; `dmscope ca init --force` makes a new pair", .file.display())]
    WrongKey {
        /// The key's file.
        file: PathBuf,
    },
    /// Its time is over.
    #[error("the certificate of the authority expired on {}; make a new one with `dmscope ca init --force`", date(*.on))]
    Expired {
        /// When.
        on: Timestamp,
    },
    /// A name for which there can't be a certificate.
    #[error("a server can't be named {name:?}; a host name or an IP address is needed")]
    BadName {
        /// The name.
        name: String,
    },
    /// The common name of the authority.
    #[error("--name takes 1 to 64 characters (RFC 5280, appendix A)")]
    BadAuthorityName,
    /// The cryptographic library failed.
    #[error("no certificate could be made: {0}")]
    Crypto(String),
}

/// The day of a time, in UTC.
pub(super) fn date(time: Timestamp) -> String {
    time.rfc3339().as_str().chars().take_while(|sign| *sign != 'T').collect()
}

fn crypto(error: impl std::fmt::Display) -> AuthorityError {
    AuthorityError::Crypto(error.to_string())
}

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    /// Its certificate, and those of the ones above it where its file has them.
    chain: Vec<CertificateDer<'static>>,
    facts: CertificateFacts,
    issuer: Issuer<'static, KeyPair>,
    provider: Arc<CryptoProvider>,
    issued: Mutex<Issued>,
}

impl Authority {
    /// Makes an authority and writes its certificate (`ca.pem`) and its key (`ca.key`, mode 0600) into a folder.
    ///
    /// # Errors
    ///
    /// Where there is one already and it is not to be replaced, and where a file can't be written.
    pub fn create(folder: &Path, new: &NewAuthority) -> Result<Self, AuthorityError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let serial = issue::serial(&provider)?;
        let name = match &new.name {
            Some(name) if name.trim().is_empty() || name.chars().count() > 64 => {
                return Err(AuthorityError::BadAuthorityName);
            }
            Some(name) => name.clone(),
            // Old devices tell issuers by name alone, and one that trusts a former authority may stay with its key.
            None => format!(
                "dmscope CA {}",
                serial.iter().skip(1).take(4).map(|octet| format!("{octet:02X}")).collect::<String>()
            ),
        };
        let mut params = CertificateParams::default();
        params.distinguished_name = issue::distinguished_name(Some("dmscope"), &name);
        params.serial_number = Some(serial.to_vec().into());
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let now = SystemTime::now();
        let begin = now.checked_sub(BEGINS_BEFORE).unwrap_or(now);
        issue::set_validity(&mut params, begin, now.checked_add(DAY.saturating_mul(new.days)).unwrap_or(now));
        let key = new.key.generate().map_err(crypto)?;
        let certificate = params.self_signed(&key).map_err(crypto)?;
        store::write(folder, &certificate.pem(), &key.serialize_pem(), new.overwrite)?;
        Self::load(folder)
    }

    /// Reads the authority of a folder.
    ///
    /// # Errors
    ///
    /// Where there is none, where the files do not belong together, and where others than the owner may read the key.
    pub fn load(folder: &Path) -> Result<Self, AuthorityError> {
        let (certificate_file, key_file) = (folder.join(store::CERTIFICATE), folder.join(store::KEY));
        let chain = pem::certificates(&certificate_file).map_err(|error| match error {
            PemError::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                AuthorityError::Missing { folder: folder.to_owned() }
            }
            error => error.into(),
        })?;
        let not_one = || AuthorityError::NotAnAuthority { file: certificate_file.clone() };
        let certificate = chain.first().ok_or_else(not_one)?;
        let facts = CertificateFacts::read(certificate).filter(|facts| facts.is_ca).ok_or_else(not_one)?;
        let key = pem::key(&key_file, Access::OwnerOnly)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let wrong = || AuthorityError::WrongKey { file: key_file.clone() };
        rustls::sign::CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider).map_err(|_| wrong())?;
        let key = KeyPair::try_from(key.secret_der()).map_err(|_| wrong())?;
        let issuer = Issuer::from_ca_cert_der(certificate, key).map_err(|_| not_one())?;
        Ok(Self { folder: folder.to_owned(), chain, facts, issuer, provider, issued: Mutex::default() })
    }

    /// What its certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// The file with its certificate.
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join(store::CERTIFICATE)
    }

    /// The file with its key.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join(store::KEY)
    }

    /// Its certificate in DER form, as Android and Windows install it.
    pub fn der(&self) -> &[u8] {
        self.chain.first().map(AsRef::as_ref).unwrap_or_default()
    }

    /// Its certificate in PEM form (RFC 7468).
    pub fn pem(&self) -> String {
        use base64::Engine;
        let digits = base64::engine::general_purpose::STANDARD.encode(self.der());
        let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in digits.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
        text
    }

    /// What a device that fetches its certificate over HTTP gets: media type (RFC 5280 over HTTP: RFC 2585, section 4.1;
    /// PEM: what browsers install) and octets. The paths are `/.dmscope/ca.cer` (DER) and `/.dmscope/ca.pem`; `None` for
    /// any other.
    pub fn download(&self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        match path.split_once('?').map_or(path, |(path, _)| path) {
            "/.dmscope/ca.cer" => Some(("application/x-x509-ca-cert", self.der().to_vec())),
            "/.dmscope/ca.pem" => Some(("application/x-pem-file", self.pem().into_bytes())),
            _ => None,
        }
    }

    /// Whether its own time is over.
    ///
    /// # Errors
    ///
    /// Where it is.
    pub fn check_time(&self) -> Result<(), AuthorityError> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
        if now > self.facts.not_after.nanos() {
            return Err(AuthorityError::Expired { on: self.facts.not_after });
        }
        Ok(())
    }

    /// A certificate for a server, with its key. It is made at the first call for a name and a kind and remembered; the
    /// first one with an RSA key takes a moment, since the key is made then.
    ///
    /// # Errors
    ///
    /// Where the authority's own time is over.
    pub fn leaf(&self, name: &ServerName<'_>, kind: KeyKind) -> Result<Arc<Leaf>, AuthorityError> {
        self.check_time()?;
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.leaf(self, name, kind)
    }
}
