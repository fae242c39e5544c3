//! TLS towards the device.

use super::error::{HandshakeError, Legacy, Trust, is_end};
use super::prefixed::Prefixed;
use super::stream::{DeviceStream, Inner, Negotiated};
use super::{PROTOCOLS, provider};
use crate::proxy::authority::{
    Access, Authority, AuthorityError, CertificateFacts, KeyKind, Leaf, PemError, read_certificates, read_key,
};
use crate::tls::{Offer, Opening};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::{KeyLog, NamedGroup, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, rustls};

/// What devices are shown.
#[derive(Debug, Clone)]
pub enum Certificates {
    /// A certificate for each name, made on demand.
    Authority(Arc<Authority>),
    /// One certificate with its chain, whatever the name.
    Given(Arc<Leaf>),
}

impl Certificates {
    /// A certificate with its chain, and its key, from PEM files.
    ///
    /// # Errors
    ///
    /// Where a file can't be used, and where they do not belong together.
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, DeviceTlsError> {
        let (certificates, key_der) = (read_certificates(chain)?, read_key(key, Access::AsGiven)?);
        let certified = CertifiedKey::from_der(certificates, key_der.clone_key(), &provider());
        let certified = certified.map_err(|error| DeviceTlsError::WrongKey {
            chain: chain.to_owned(),
            key: key.to_owned(),
            error: error.to_string(),
        })?;
        Ok(Self::Given(Arc::new(Leaf { certified: Arc::new(certified), key: Arc::new(key_der) })))
    }

    fn trust(&self) -> Trust {
        match self {
            Self::Authority(authority) if authority.facts().key.starts_with("EC") => Trust::EcAuthority,
            Self::Authority(_) => Trust::Authority,
            Self::Given(_) => Trust::Given,
        }
    }

    /// What the given certificate says; `None` for an authority.
    pub fn given(&self) -> Option<CertificateFacts> {
        match self {
            Self::Authority(_) => None,
            Self::Given(leaf) => leaf.chain().first().and_then(CertificateFacts::read),
        }
    }
}

/// Why there can't be TLS towards devices at all.
#[derive(Debug, Error)]
pub enum DeviceTlsError {
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] PemError),
    /// The authority can't be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Certificate and key do not belong together.
    #[error(
        "the key in {} does not fit the first certificate in {}, which has to be the server's: {error}",
        .key.display(), .chain.display()
    )]
    WrongKey {
        /// The file with the certificates.
        chain: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// What the library says.
        error: String,
    },
    /// The program has no OpenSSL.
    #[error("--legacy-tls: dmscope was built without OpenSSL; build with --features legacy-tls")]
    NoLegacy,
    /// The library does not take the settings.
    #[error("TLS towards devices can't be set up: {0}")]
    Setup(String),
}

/// TLS towards devices.
#[derive(Debug, Clone)]
pub struct DeviceTls {
    certificates: Certificates,
    provider: Arc<CryptoProvider>,
    config: ServerConfig,
    legacy: Legacy,
}

impl DeviceTls {
    /// Gets ready for devices. The secrets of their connections go to `key_log`.
    ///
    /// # Errors
    ///
    /// Where the time of the authority is over.
    pub fn new(certificates: Certificates, key_log: Arc<dyn KeyLog>) -> Result<Self, DeviceTlsError> {
        if let Certificates::Authority(authority) = &certificates {
            authority.check_time()?;
        }
        let provider = Arc::new(provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| DeviceTlsError::Setup(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(One(None)));
        config.alpn_protocols = PROTOCOLS.map(|name| name.as_bytes().to_vec()).to_vec();
        config.key_log = key_log;
        let legacy = if cfg!(feature = "legacy-tls") { Legacy::Off } else { Legacy::NotBuilt };
        Ok(Self { certificates, provider, config, legacy })
    }

    /// Lets OpenSSL take the devices that know nothing newer than TLS 1.1, or no cipher suite of today.
    ///
    /// # Errors
    ///
    /// Where the program was built without OpenSSL.
    pub fn with_legacy(mut self) -> Result<Self, DeviceTlsError> {
        if self.legacy == Legacy::NotBuilt {
            return Err(DeviceTlsError::NoLegacy);
        }
        self.legacy = Legacy::On;
        Ok(self)
    }

    /// The same, with another place for the secrets.
    #[must_use]
    pub fn with_key_log(&self, key_log: Arc<dyn KeyLog>) -> Self {
        let mut other = self.clone();
        other.config.key_log = key_log;
        other
    }

    /// Takes the handshake of a device. Without a name from the device (SNI) the certificate is for `default_name`: the
    /// host or the address to which the device wanted to connect.
    ///
    /// # Errors
    ///
    /// Where there is no TLS with the device, with the reason and what it offered.
    pub async fn accept<S>(
        &self,
        stream: S,
        default_name: &str,
        handshake_timeout: Duration,
    ) -> Result<DeviceStream<S>, HandshakeError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut offer = None;
        let handshake = self.handshake(Prefixed::new(stream), default_name, &mut offer);
        match tokio::time::timeout(handshake_timeout, handshake).await {
            Ok(outcome) => outcome,
            Err(_) => Err(HandshakeError::Timeout { after: handshake_timeout, offer: offer.map(Box::new) }),
        }
    }

    async fn handshake<S>(
        &self,
        mut stream: Prefixed<S>,
        default_name: &str,
        seen: &mut Option<Offer>,
    ) -> Result<DeviceStream<S>, HandshakeError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let offer = &*seen.insert(hello(&mut stream).await?);
        if self.legacy != Legacy::On && (offer.old_format || offer.highest() < Offer::TLS_1_2) {
            // rustls answers with a general alert, or with none; the device may be about to try another version.
            let refusal = stream.write_all(&[21, 3, 1, 0, 2, 2, PROTOCOL_VERSION]).await;
            return Err(match refusal.and(stream.shutdown().await) {
                Err(error) if !is_end(&error) => error.into(),
                _ => HandshakeError::OldVersion { offer: Box::new(offer.clone()), legacy: self.legacy },
            });
        }
        let modern = self.is_modern(offer);
        let kind = if modern && takes_ec(offer) { KeyKind::Ec } else { KeyKind::Rsa };
        let leaf = self.leaf(offer.server_name.as_deref().unwrap_or(default_name), kind).await?;
        #[cfg(feature = "legacy-tls")]
        if !modern && self.legacy == Legacy::On {
            let key_log = Arc::clone(&self.config.key_log);
            return super::legacy::accept(stream, &leaf, key_log, offer, self.certificates.trust()).await;
        }
        let mut config = self.config.clone();
        config.cert_resolver = Arc::new(One(Some(Arc::clone(&leaf.certified))));
        match TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            Ok(stream) => {
                let connection = stream.get_ref().1;
                let negotiated = Negotiated::of(connection, connection.server_name());
                Ok(DeviceStream { inner: Inner::Modern(Box::new(stream)), negotiated })
            }
            Err(error) => Err(HandshakeError::modern(error, offer, self.certificates.trust(), self.legacy)),
        }
    }

    /// The certificate for a name. Making one takes a while, so it goes where it may block.
    async fn leaf(&self, name: &str, kind: KeyKind) -> Result<Arc<Leaf>, HandshakeError> {
        let authority = match &self.certificates {
            Certificates::Authority(authority) => Arc::clone(authority),
            Certificates::Given(leaf) => return Ok(Arc::clone(leaf)),
        };
        let server = ServerName::try_from(name.to_owned());
        let server = server.map_err(|_| AuthorityError::BadName { name: name.to_owned() })?;
        let made = tokio::task::spawn_blocking(move || authority.leaf(&server, kind)).await;
        Ok(made.map_err(|error| AuthorityError::Crypto(error.to_string()))??)
    }

    /// Whether rustls has a version, a cipher suite and a group in common with the device.
    fn is_modern(&self, offer: &Offer) -> bool {
        let suite = |id: &u16| self.provider.cipher_suites.iter().any(|known| u16::from(known.suite()) == *id);
        let group = |id: &u16| self.provider.kx_groups.iter().any(|known| u16::from(known.name()) == *id);
        !offer.old_format
            && offer.highest() >= Offer::TLS_1_2
            && offer.suites.iter().any(suite)
            && (offer.groups.is_empty() || offer.groups.iter().any(group))
    }
}

/// The alert protocol_version (RFC 8446, section 6.2).
const PROTOCOL_VERSION: u8 = 70;

/// Reads the ClientHello, which stays to be read.
async fn hello<S: AsyncRead + Unpin>(stream: &mut Prefixed<S>) -> Result<Offer, HandshakeError> {
    loop {
        match Opening::read(stream.seen()) {
            Opening::Hello(offer) => return Ok(offer),
            Opening::Broken => return Err(HandshakeError::BadHello),
            Opening::NotTls => return Err(HandshakeError::not_tls(stream.seen())),
            Opening::Incomplete => {}
        }
        match stream.look().await {
            Ok(0) => return Err(HandshakeError::Closed),
            Ok(_) => {}
            Err(error) if is_end(&error) => return Err(HandshakeError::Closed),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether the device takes a certificate with an EC key: it names the signature, and for TLS 1.2 a cipher suite (RFC 8446,
/// section 4.2.3; RFC 8422, section 2) and the curve.
fn takes_ec(offer: &Offer) -> bool {
    let signature = offer.schemes.contains(&u16::from(SignatureScheme::ECDSA_NISTP256_SHA256));
    let curve = offer.groups.contains(&u16::from(NamedGroup::secp256r1));
    let suite = offer.suites.iter().any(|id| ECDHE_ECDSA.contains(id));
    signature && (offer.highest() >= Offer::TLS_1_3 || (curve && suite))
}

/// The suites of TLS 1.2 with ECDSA that rustls knows: AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305.
const ECDHE_ECDSA: [u16; 3] = [0xc02b, 0xc02c, 0xcca9];

/// Shows one certificate, chosen before the handshake goes on.
#[derive(Debug)]
struct One(Option<Arc<CertifiedKey>>);

impl ResolvesServerCert for One {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}
