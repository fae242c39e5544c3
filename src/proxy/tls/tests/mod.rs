//! Handshakes in memory.

mod device;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod upstream;

use super::provider;
use crate::proxy::authority::{Authority, KeyKind, NewAuthority};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_rustls::rustls;

/// Far more than any handshake in memory takes.
const LONG: Duration = Duration::from_secs(60);

/// An authority with an RSA key, as is the default. Its files are gone.
fn authority() -> Arc<Authority> {
    static AUTHORITY: OnceLock<Arc<Authority>> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        Arc::new(Authority::create(&folder.path().join("ca"), &NewAuthority::default()).unwrap())
    };
    Arc::clone(AUTHORITY.get_or_init(make))
}

/// Another one, with an EC key.
fn stranger(name: &str) -> Authority {
    let folder = tempfile::tempdir().unwrap();
    let new = NewAuthority { key: KeyKind::Ec, name: Some(name.to_owned()), ..NewAuthority::default() };
    Authority::create(&folder.path().join("ca"), &new).unwrap()
}

fn roots(certificate: &[u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.to_vec())).unwrap();
    roots
}

fn name(text: &str) -> ServerName<'static> {
    ServerName::try_from(text.to_owned()).unwrap()
}

/// A client that trusts one certificate and speaks some versions.
fn client(trusted: &[u8], versions: &[&'static rustls::SupportedProtocolVersion]) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots(trusted))
        .with_no_client_auth()
}
