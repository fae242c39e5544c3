//! TLS towards the server.

mod error;
mod verify;

pub use error::UpstreamTlsError;

use super::{PROTOCOLS, provider};
use crate::proxy::authority::{Access, read_certificates, read_key};
use rustls::RootCertStore;
use rustls::client::{ClientConfig, Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};
use verify::{Client, Judge, Seen};

/// A certificate with which the proxy shows the server who it is (mutual TLS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// A PEM file with the certificate and its chain.
    pub chain: PathBuf,
    /// A PEM file with its key.
    pub key: PathBuf,
}

/// How servers are met.
#[derive(Debug, Clone, Default)]
pub struct UpstreamOptions {
    /// PEM files with certificates that are trusted besides the roots of the machine: authorities, or the very
    /// certificates of servers.
    pub ca_files: Vec<PathBuf>,
    /// Nothing is verified.
    pub insecure: bool,
    /// What is shown to servers that ask for a certificate.
    pub client: Option<ClientCertificate>,
}

/// TLS towards servers.
#[derive(Debug)]
pub struct UpstreamTls {
    provider: Arc<CryptoProvider>,
    config: ClientConfig,
    verifier: Option<Arc<WebPkiServerVerifier>>,
    pinned: Arc<[CertificateDer<'static>]>,
    client: Option<Arc<CertifiedKey>>,
}

impl UpstreamTls {
    /// Reads the roots of the machine and the files of the options.
    ///
    /// # Errors
    ///
    /// Where a file can't be used, and where nothing at all is trusted.
    pub fn new(options: &UpstreamOptions) -> Result<Self, UpstreamTlsError> {
        let provider = Arc::new(provider());
        let setup = |error: &dyn std::fmt::Display| UpstreamTlsError::Setup(error.to_string());
        let mut pinned = Vec::new();
        for file in &options.ca_files {
            pinned.extend(read_certificates(file)?);
        }
        let verifier = if options.insecure {
            None
        } else {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(pinned.iter().cloned());
            if roots.is_empty() {
                return Err(UpstreamTlsError::NoRoots);
            }
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(|error| setup(&error))?)
        };
        let client = match &options.client {
            None => None,
            Some(ClientCertificate { chain, key }) => {
                let (certificates, der) = (read_certificates(chain)?, read_key(key, Access::AsGiven)?);
                let wrong = |error: rustls::Error| UpstreamTlsError::WrongKey {
                    chain: chain.clone(),
                    key: key.clone(),
                    error: error.to_string(),
                };
                Some(Arc::new(CertifiedKey::from_der(certificates, der, &provider).map_err(wrong)?))
            }
        };
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| setup(&error))?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.alpn_protocols = vec![PROTOCOLS[0].as_bytes().to_vec()];
        // Each connection shows its certificates, so that each failure can be explained.
        config.resumption = Resumption::disabled();
        Ok(Self { provider, config, verifier, pinned: pinned.into(), client })
    }

    /// Whether servers that ask for a certificate get one.
    pub const fn shows_certificate(&self) -> bool {
        self.client.is_some()
    }

    /// Takes the handshake with a server that is known under a name: a host or an address.
    ///
    /// A server of TLS 1.3 that wants a certificate says so after the handshake, at the first reading:
    /// [`UpstreamTlsError::of_reading`] tells.
    ///
    /// # Errors
    ///
    /// Where there is no TLS with the server, with the reason and the option that helps.
    pub async fn connect<S>(&self, stream: S, name: &str, timeout: Duration) -> Result<TlsStream<S>, UpstreamTlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let server = ServerName::try_from(name.to_owned());
        let server = server.map_err(|_| UpstreamTlsError::BadName { name: name.to_owned() })?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(Arc::new(Judge {
            verifier: self.verifier.clone(),
            pinned: Arc::clone(&self.pinned),
            algorithms: self.provider.signature_verification_algorithms,
            seen: Arc::clone(&seen),
        }));
        config.client_auth_cert_resolver = Arc::new(Client { certified: self.client.clone(), seen: Arc::clone(&seen) });
        let handshake = TlsConnector::from(Arc::new(config)).connect(server, stream);
        match tokio::time::timeout(timeout, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => {
                let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                Err(UpstreamTlsError::of_handshake(error, name, &seen, self.client.is_some()))
            }
            Err(_) => Err(UpstreamTlsError::Timeout { name: name.to_owned(), after: timeout }),
        }
    }
}
