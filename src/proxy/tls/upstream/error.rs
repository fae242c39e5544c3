//! Why a server's handshake failed.

use super::super::error::is_end;
use super::super::rustls_error;
use super::verify::Seen;
use crate::base::Timestamp;
use crate::proxy::authority::{CertificateFacts, PemError, date, fingerprint};
use crate::tls::alert_name;
use rustls::{AlertDescription, CertificateError, Error as Tls, PeerIncompatible};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use tokio_rustls::rustls;

/// Why there is no TLS with a server, and which option helps. What comes from the server is escaped for the message.
#[derive(Debug, Error)]
pub enum UpstreamTlsError {
    /// Nothing is trusted.
    #[error(
        "this machine has no trusted root certificates; install its ca-certificates, or name some with --upstream-ca FILE"
    )]
    NoRoots,
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] PemError),
    /// Certificate and key do not belong together.
    #[error(
        "the key in {} does not fit the first certificate in {}, which has to be the client's: {error}",
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
    /// The library does not take the settings.
    #[error("TLS towards servers can't be set up: {0}")]
    Setup(String),
    /// What is no name of a server.
    #[error("a server can't be named {name:?}; a host name or an IP address is needed")]
    BadName {
        /// The name.
        name: String,
    },
    /// The handshake took too long.
    #[error("{name} did not finish the TLS handshake within {} s", .after.as_secs_f32())]
    Timeout {
        /// The server.
        name: String,
        /// The time that it had.
        after: Duration,
    },
    /// The certificate's time is over.
    #[error(
        "the certificate of {name} expired{}; renew it, look at this machine's clock, or connect all the same with \
         --insecure-upstream",
        .on.map(|on| format!(" on {}", date(on))).unwrap_or_default()
    )]
    Expired {
        /// The server.
        name: String,
        /// When.
        on: Option<Timestamp>,
    },
    /// The certificate's time has not begun.
    #[error(
        "the certificate of {name} is not valid before {}; look at this machine's clock, or connect all the same with \
         --insecure-upstream",
        .from.map_or_else(|| "a later day".to_owned(), date)
    )]
    NotYetValid {
        /// The server.
        name: String,
        /// From when on it is.
        from: Option<Timestamp>,
    },
    /// Nobody but the server vouches for its certificate.
    #[error(
        "the certificate of {name} ({subject}, SHA-256 {sha256}) is signed by itself; if it is the right one, put it into a \
         PEM file and trust it with --upstream-ca FILE"
    )]
    SelfSigned {
        /// The server.
        name: String,
        /// The subject of the certificate.
        subject: String,
        /// Its fingerprint.
        sha256: String,
    },
    /// An authority that is not trusted issued the certificate.
    #[error(
        "the certificate of {name} ({subject}) was issued by {issuer}, which is not trusted, or the server does not send the \
         certificates between; trust the authority with --upstream-ca FILE"
    )]
    UnknownIssuer {
        /// The server.
        name: String,
        /// The subject of the certificate.
        subject: String,
        /// Its issuer.
        issuer: String,
    },
    /// The certificate is another server's.
    #[error(
        "the certificate of {name} is for {names}; connect under a name that it has, or do without the check with \
         --insecure-upstream"
    )]
    WrongName {
        /// The server.
        name: String,
        /// The names that the certificate has.
        names: String,
    },
    /// Something else is wrong with the certificate.
    #[error("the certificate of {name} is refused: {what}; connect all the same with --insecure-upstream")]
    BadCertificate {
        /// The server.
        name: String,
        /// What the library says.
        what: String,
    },
    /// The server wants to see a certificate of the client.
    #[error(
        "{name} wants a certificate from the client (mutual TLS) and {}",
        if *.given { "refused the one of --upstream-cert" }
        else { "got none; give one with --upstream-cert FILE and --upstream-key FILE" }
    )]
    ClientCertificate {
        /// The server.
        name: String,
        /// Whether one was shown.
        given: bool,
    },
    /// The server knows nothing newer than TLS 1.1.
    #[error(
        "{name} does not speak TLS 1.2 or newer, and towards servers dmscope speaks nothing older; put a TLS relay such as \
         stunnel between"
    )]
    OldVersion {
        /// The server.
        name: String,
    },
    /// The server does not speak TLS.
    #[error("{name} does not speak TLS on this port; if it speaks plain HTTP, give an http:// URL")]
    NotTls {
        /// The server.
        name: String,
    },
    /// The server ended the handshake.
    #[error("{name} ended the handshake with alert {alert} ({}){}", alert_name(*.alert), hint(*.alert))]
    Alert {
        /// The server.
        name: String,
        /// The alert (RFC 8446, section 6.2).
        alert: u8,
    },
    /// The server closed the connection.
    #[error("{name} closed the connection during the TLS handshake")]
    Closed {
        /// The server.
        name: String,
    },
    /// Something else in the handshake.
    #[error("the TLS handshake with {name} failed: {what}")]
    Protocol {
        /// The server.
        name: String,
        /// What the library says.
        what: String,
    },
    /// The connection broke.
    #[error("the connection to {name} broke: {error}")]
    Io {
        /// The server.
        name: String,
        /// Why.
        error: io::Error,
    },
}

fn hint(alert: u8) -> &'static str {
    match alert {
        // handshake_failure, insufficient_security.
        40 | 71 => "; it may speak only cipher suites that are no longer used (key exchange with RSA, CBC)",
        // unrecognized_name.
        112 => "; it does not know itself under this name",
        // no_application_protocol.
        120 => "; it does not speak HTTP/1.1",
        _ => "",
    }
}

/// Names of a certificate that a message lists; those of large hosts have a hundred.
const LISTED: usize = 8;
/// Characters of a text from a certificate in a message.
const SHOWN: usize = 200;

/// Text from a certificate for a message.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

fn names(facts: &CertificateFacts) -> String {
    let mut text: Vec<String> = facts.names.iter().take(LISTED).map(|name| shown(name)).collect();
    match facts.names.len().saturating_sub(LISTED) {
        0 => {}
        more => text.push(format!("{more} more")),
    }
    match (&facts.common_name, text.is_empty()) {
        (_, false) => text.join(", "),
        (Some(name), true) => format!("{} by its common name alone, which no longer counts", shown(name)),
        (None, true) => "no name".to_owned(),
    }
}

impl UpstreamTlsError {
    pub(super) fn of_handshake(error: io::Error, name: &str, seen: &Seen, given: bool) -> Self {
        let name = || name.to_owned();
        match rustls_error(&error) {
            Some(Tls::InvalidCertificate(what)) => Self::of_certificate(what, name(), seen.certificate.as_ref()),
            Some(Tls::AlertReceived(AlertDescription::ProtocolVersion)) => Self::OldVersion { name: name() },
            Some(Tls::AlertReceived(alert)) => match u8::from(*alert) {
                // What servers say about the certificate of a client, or its absence.
                40 | 42..=46 | 48 | 49 | 116 if seen.asked => Self::ClientCertificate { name: name(), given },
                alert => Self::Alert { name: name(), alert },
            },
            Some(Tls::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )) => Self::OldVersion { name: name() },
            Some(Tls::InvalidMessage(_)) => Self::NotTls { name: name() },
            Some(other) => Self::Protocol { name: name(), what: shown(&other.to_string()) },
            None if is_end(&error) => Self::Closed { name: name() },
            None => Self::Io { name: name(), error },
        }
    }

    fn of_certificate(what: &CertificateError, name: String, facts: Option<&CertificateFacts>) -> Self {
        let time = |seconds: u64| {
            i64::try_from(seconds).ok().map(|at| Timestamp::from_nanos(at.saturating_mul(1_000_000_000)))
        };
        match (what, facts) {
            (CertificateError::ExpiredContext { not_after, .. }, _) => {
                Self::Expired { name, on: time(not_after.as_secs()) }
            }
            (CertificateError::Expired, facts) => Self::Expired { name, on: facts.map(|facts| facts.not_after) },
            (CertificateError::NotValidYetContext { not_before, .. }, _) => {
                Self::NotYetValid { name, from: time(not_before.as_secs()) }
            }
            (CertificateError::NotValidYet, facts) => {
                Self::NotYetValid { name, from: facts.map(|facts| facts.not_before) }
            }
            (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }, Some(facts)) => {
                Self::WrongName { name, names: names(facts) }
            }
            // An authority that shows its own certificate fails as an authority before it fails as unknown.
            (CertificateError::UnknownIssuer | CertificateError::Other(_), Some(facts)) if facts.is_self_issued() => {
                Self::SelfSigned { name, subject: shown(&facts.subject), sha256: fingerprint(&facts.sha256) }
            }
            (CertificateError::UnknownIssuer, Some(facts)) => {
                Self::UnknownIssuer { name, subject: shown(&facts.subject), issuer: shown(&facts.issuer) }
            }
            (what, _) => Self::BadCertificate { name, what: shown(&what.to_string()) },
        }
    }

    /// What an error while reading from a server says about the handshake before it: a server of TLS 1.3 refuses a client
    /// without a certificate only then (RFC 8446, section 4.4.2.4). `None` where it says nothing. `given` tells whether the
    /// options have a certificate.
    pub fn of_reading(error: &io::Error, name: &str, given: bool) -> Option<Self> {
        match rustls_error(error)? {
            Tls::AlertReceived(AlertDescription::CertificateRequired) => {
                Some(Self::ClientCertificate { name: name.to_owned(), given })
            }
            Tls::AlertReceived(alert) => match u8::from(*alert) {
                42..=46 | 48 | 49 if given => Some(Self::ClientCertificate { name: name.to_owned(), given }),
                alert => Some(Self::Alert { name: name.to_owned(), alert }),
            },
            _ => None,
        }
    }
}
