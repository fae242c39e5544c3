//! Certificates and keys in files.

use crate::base::Limits;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;
use tokio_rustls::rustls;

/// Why a file with certificates or a key can't be used.
#[derive(Debug, Error)]
pub enum PemError {
    /// The file can't be read.
    #[error("{} can't be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is too large to be one.
    #[error("{} is too large for a file with certificates or a key", .file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
    },
    /// It has no certificate.
    #[error(
        "{} has no certificate in PEM form; turn one in DER form into PEM with `openssl x509 -inform der -in FILE`",
        .file.display()
    )]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// It has no key.
    #[error("{} has no private key in PEM form", .file.display())]
    NoKey {
        /// The file.
        file: PathBuf,
    },
    /// Its key has a pass phrase.
    #[error("the key in {} is encrypted; take the pass phrase off with `openssl pkey -in FILE -out PLAIN`", .file.display())]
    Encrypted {
        /// The file.
        file: PathBuf,
    },
    /// A PEM block is damaged.
    #[error("{} is damaged: a PEM block in it can't be decoded", .file.display())]
    Broken {
        /// The file.
        file: PathBuf,
    },
    /// Others may read the key.
    #[error("{} can be read by others than its owner, and whoever has it can pose as every server; run `chmod 600 {}`",
        .file.display(), .file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
    },
}

/// Who may read a file with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Access {
    /// Nobody but the owner; anything else is refused.
    OwnerOnly,
    /// Whoever the user allowed.
    AsGiven,
}

/// All certificates of a file; at least one.
pub(in super::super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let octets = read(file, Access::AsGiven)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&octets).collect();
    let found = found.map_err(|_| PemError::Broken { file: file.to_owned() })?;
    if found.is_empty() { Err(PemError::NoCertificate { file: file.to_owned() }) } else { Ok(found) }
}

/// The first private key of a file.
pub(in super::super) fn key(file: &Path, access: Access) -> Result<PrivateKeyDer<'static>, PemError> {
    let octets = read(file, access)?;
    let file = || file.to_owned();
    // OpenSSL's own form says it in a header, PKCS#8 in the label.
    if memchr::memmem::find(&octets, b"ENCRYPTED").is_some() {
        return Err(PemError::Encrypted { file: file() });
    }
    match PrivateKeyDer::from_pem_slice(&octets) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => Err(PemError::NoKey { file: file() }),
        Err(_) => Err(PemError::Broken { file: file() }),
    }
}

fn read(path: &Path, access: Access) -> Result<Vec<u8>, PemError> {
    let unreadable = |error| PemError::Unreadable { file: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    if access == Access::OwnerOnly && is_exposed(&file).map_err(unreadable)? {
        return Err(PemError::Exposed { file: path.to_owned() });
    }
    let mut octets = Vec::new();
    file.take(Limits::PEM_FILE.saturating_add(1)).read_to_end(&mut octets).map_err(unreadable)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length <= Limits::PEM_FILE) {
        Ok(octets)
    } else {
        Err(PemError::TooLarge { file: path.to_owned() })
    }
}

/// Whether group or others have any right to the file.
#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere rights are inherited from the folder, which is the user's own.
#[cfg(not(unix))]
fn is_exposed(_file: &File) -> io::Result<bool> {
    Ok(false)
}
