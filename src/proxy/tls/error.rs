//! Why a device's handshake failed.

use super::{PROTOCOLS, rustls_error};
use crate::proxy::authority::AuthorityError;
use crate::tls::{Offer, alert_name};
use rustls::{Error as Tls, PeerIncompatible};
use std::fmt;
use std::io;
use std::time::Duration;
use thiserror::Error;
use tokio_rustls::rustls;

/// Whether OpenSSL is there for devices that rustls refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legacy {
    /// The program was built without it.
    NotBuilt,
    /// It was not asked for.
    Off,
    /// It is in use.
    On,
}

impl fmt::Display for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBuilt => "build dmscope with --features legacy-tls and start it with --legacy-tls",
            Self::Off => "start with --legacy-tls",
            Self::On => "--legacy-tls does not help here: OpenSSL refuses it too",
        })
    }
}

/// Whose certificates devices are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Those of dmscope's own authority with an RSA key.
    Authority,
    /// Those of dmscope's own authority with an EC key.
    EcAuthority,
    /// The one that the user gave.
    Given,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authority => {
                "the device does not trust dmscope's CA: install it (dmscope ca export), or give a certificate that the device \
                 trusts with --cert and --cert-key"
            }
            Self::EcAuthority => {
                "the device does not trust dmscope's CA: install it (dmscope ca export), or, if the device does not know \
                 elliptic curves, make one with an RSA key (dmscope ca init --force --key rsa)"
            }
            Self::Given => {
                "the device does not trust the certificate of --cert: install its issuer on the device, put the whole chain \
                 into the file, and look whether it names the host that the device asks for"
            }
        })
    }
}

/// Why there is no TLS with a device. What comes from the device is escaped for the message.
#[derive(Debug, Error)]
pub enum HandshakeError {
    /// The connection ended before there was a ClientHello.
    #[error("the device closed the connection before it said anything that could be TLS")]
    Closed,
    /// The handshake took too long.
    #[error("the device did not finish the TLS handshake within {} s{}", .after.as_secs_f32(), offered(.offer.as_deref()))]
    Timeout {
        /// The time that it had.
        after: Duration,
        /// What it offered, where it came so far.
        offer: Option<Box<Offer>>,
    },
    /// The device speaks HTTP without TLS.
    #[error(
        "the device speaks plain HTTP where TLS is expected ({start:?}); let it use https, or start dmscope for http"
    )]
    PlainHttp {
        /// The beginning of the request.
        start: String,
    },
    /// The device speaks something else.
    #[error("what the device sends is neither TLS nor HTTP; it begins with {start}")]
    NotTls {
        /// The first octets in hexadecimal.
        start: String,
    },
    /// TLS records, but no ClientHello that can be read.
    #[error("the device begins with TLS records that hold no ClientHello that can be read")]
    BadHello,
    /// The device knows nothing newer than TLS 1.1.
    #[error("the device offers {offer}; TLS 1.2 is the oldest version that is spoken without OpenSSL: {legacy}")]
    OldVersion {
        /// What it offers.
        offer: Box<Offer>,
        /// What may help.
        legacy: Legacy,
    },
    /// No cipher suite, group or signature algorithm in common.
    #[error("device and proxy have no {what} in common; the device offers {offer}{}: {legacy}", rsa_only(.offer))]
    NothingInCommon {
        /// Of what.
        what: &'static str,
        /// What it offers.
        offer: Box<Offer>,
        /// What may help.
        legacy: Legacy,
    },
    /// The device wants another protocol than HTTP/1 (ALPN).
    #[error(
        "the device wants {} and not {}, the only protocol that the proxy relays; switch the other one off in the device",
        .offer.protocols.join(" or "), PROTOCOLS[0]
    )]
    OtherProtocol {
        /// What it offers.
        offer: Box<Offer>,
    },
    /// The device refused the certificate.
    #[error("the device refused the certificate with alert {} ({}): {trust}", .alert, alert_name(*.alert))]
    NotTrusted {
        /// The alert (RFC 8446, section 6.2).
        alert: u8,
        /// Whose certificate it was.
        trust: Trust,
        /// What it offered.
        offer: Box<Offer>,
    },
    /// The device ended the handshake with another alert.
    #[error("the device ended the handshake with alert {} ({}); it offers {offer}", .alert, alert_name(*.alert))]
    Alert {
        /// The alert (RFC 8446, section 6.2).
        alert: u8,
        /// What it offered.
        offer: Box<Offer>,
    },
    /// The device closed the connection in the middle of the handshake.
    #[error("the device closed the connection during the handshake without a reason; often {trust}. It offers {offer}")]
    Dropped {
        /// Whose certificate it was.
        trust: Trust,
        /// What it offered.
        offer: Box<Offer>,
    },
    /// Something else in the handshake.
    #[error("the handshake with the device failed: {what}; it offers {offer}")]
    Protocol {
        /// What the library says.
        what: String,
        /// What it offered.
        offer: Box<Offer>,
    },
    /// There is no certificate to show.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// The connection broke.
    #[error("the connection of the device broke: {0}")]
    Io(#[from] io::Error),
}

fn offered(offer: Option<&Offer>) -> String {
    offer.map_or_else(|| "; it sent no whole ClientHello".to_owned(), |offer| format!("; it offers {offer}"))
}

fn rsa_only(offer: &Offer) -> &'static str {
    if offer.has_rsa_key_exchange() { "; key exchange with RSA alone is not spoken without OpenSSL" } else { "" }
}

impl HandshakeError {
    /// What octets that are no TLS are.
    pub(super) fn not_tls(octets: &[u8]) -> Self {
        let line = octets.split(|octet| *octet == b'\r' || *octet == b'\n').next().unwrap_or_default();
        let method = line.split(|octet| *octet == b' ').next().unwrap_or_default();
        let is_method = line.contains(&b' ') && (3..=12).contains(&method.len());
        if is_method && method.iter().all(u8::is_ascii_uppercase) {
            let start = String::from_utf8_lossy(line).chars().take(SHOWN).collect();
            return Self::PlainHttp { start };
        }
        let start: Vec<String> = octets.iter().take(16).map(|octet| format!("{octet:02x}")).collect();
        Self::NotTls { start: start.join(" ") }
    }

    /// What an error of rustls means.
    pub(super) fn modern(error: io::Error, offer: &Offer, trust: Trust, legacy: Legacy) -> Self {
        let boxed = || Box::new(offer.clone());
        let in_common = |what| Self::NothingInCommon { what, offer: boxed(), legacy };
        match rustls_error(&error) {
            Some(Tls::PeerIncompatible(what)) => match what {
                PeerIncompatible::NoCipherSuitesInCommon => in_common("cipher suite"),
                PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NamedGroupsExtensionRequired => {
                    in_common("group for key exchange")
                }
                PeerIncompatible::NoSignatureSchemesInCommon
                | PeerIncompatible::SignatureAlgorithmsExtensionRequired => in_common("signature algorithm"),
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::SupportedVersionsExtensionRequired => in_common("protocol version"),
                what => Self::Protocol { what: format!("{what:?}"), offer: boxed() },
            },
            Some(Tls::NoApplicationProtocol) => Self::OtherProtocol { offer: boxed() },
            Some(Tls::AlertReceived(alert)) => Self::alert(u8::from(*alert), offer, trust),
            Some(other) => Self::Protocol { what: other.to_string(), offer: boxed() },
            None if is_end(&error) => Self::Dropped { trust, offer: boxed() },
            None => Self::Io(error),
        }
    }

    /// What an alert of the device means.
    pub(super) fn alert(alert: u8, offer: &Offer, trust: Trust) -> Self {
        let offer = Box::new(offer.clone());
        // bad_certificate to unknown_ca (RFC 8446, section 6.2); decrypt_error where the device trusts an authority of the same
        // name with another key.
        if (42..=46).contains(&alert) || alert == 48 || alert == 51 {
            Self::NotTrusted { alert, trust, offer }
        } else {
            Self::Alert { alert, offer }
        }
    }
}

/// Characters of a request that are shown.
const SHOWN: usize = 80;

/// Whether the other end went away.
pub(super) fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}
