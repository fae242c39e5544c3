//! Of the certificate that a server shows, from when until when it is valid.

use super::handshake::first_certificate;
use crate::base::{Certificate, Timestamp};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The first certificate of a Certificate message, which is the server's own (RFC 5246, section 7.4.2; RFC 8446, section
/// 4.4.2); `None` where there is none, or none that can be read.
pub(super) fn shown(body: &[u8], tls13: bool, shown: Timestamp) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(first_certificate(body, tls13)?).ok()?;
    let validity = certificate.validity();
    Some(Certificate { shown, not_before: validity.not_before.timestamp(), not_after: validity.not_after.timestamp() })
}
