//! Whether a server is who it says.

use crate::base::Timestamp;
use crate::proxy::authority::CertificateFacts;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::rustls;

/// What a server showed and asked for, for the message about a failure.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) certificate: Option<CertificateFacts>,
    /// It asked for a certificate of the client.
    pub(super) asked: bool,
}

/// Verifies a server and remembers what it showed.
#[derive(Debug)]
pub(super) struct Judge {
    /// `None` lets everything pass.
    pub(super) verifier: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates that the user trusts by themselves.
    pub(super) pinned: Arc<[CertificateDer<'static>]>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let facts = CertificateFacts::read(end_entity);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).certificate.clone_from(&facts);
        let Some(verifier) = &self.verifier else { return Ok(ServerCertVerified::assertion()) };
        match facts {
            // What `openssl req -x509` makes is an authority and a server in one, which a path of certificates never is.
            Some(facts) if self.pinned.iter().any(|pinned| pinned == end_entity) => {
                pinned(end_entity, &facts, server_name, now)
            }
            _ => verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that the user trusts: its time and its name still have to fit.
fn pinned(
    certificate: &CertificateDer<'_>,
    facts: &CertificateFacts,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let seconds = |time: Timestamp| u64::try_from(time.nanos().div_euclid(1_000_000_000)).unwrap_or_default();
    if now.as_secs() > seconds(facts.not_after) {
        return Err(CertificateError::Expired.into());
    }
    if now.as_secs() < seconds(facts.not_before) {
        return Err(CertificateError::NotValidYet.into());
    }
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    Ok(ServerCertVerified::assertion())
}

/// Shows the client's certificate, where there is one, and remembers that it was asked for.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) certified: Option<Arc<CertifiedKey>>,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl ResolvesClientCert for Client {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).asked = true;
        self.certified.clone()
    }

    fn has_certs(&self) -> bool {
        self.certified.is_some()
    }
}
