//! TLS on both sides of the proxy: towards the device, and towards the server.
//!
//! **In**: connections, certificates. **Out**: streams of plaintext, secrets for a key log; for each handshake that fails a
//! typed error that says what the other end offered or showed, and which option helps. **Does not know** what the plaintext
//! is.
//!
//! **Rests on** RFC 5246 and 8446 (TLS 1.2 and 1.3, by rustls), RFC 7301 (ALPN). With the feature `legacy-tls` OpenSSL takes
//! devices that know nothing newer than TLS 1.1 or key exchange with RSA.
//!
//! **Limits**: [`TLS_MESSAGE`](crate::base::Limits::TLS_MESSAGE) octets of a ClientHello.

mod device;
mod error;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod prefixed;
mod stream;
mod upstream;

#[cfg(test)]
mod tests;

pub use device::{Certificates, DeviceTls, DeviceTlsError};
pub use error::{HandshakeError, Legacy, Trust};
pub use prefixed::{First, Prefixed};
pub use stream::{DeviceStream, Explained, Lenient, Negotiated};
pub use upstream::{ClientCertificate, UpstreamOptions, UpstreamTls, UpstreamTlsError};

/// Secrets of connections go here as they are made, or nowhere; both come from rustls.
pub use tokio_rustls::rustls::{KeyLog, NoKeyLog};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls;

/// The cryptography of both sides; what the process has installed is not asked.
fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

/// The error of rustls inside one of a stream.
fn rustls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// The protocols for the application that the proxy relays, the best first (RFC 7301, section 6).
const PROTOCOLS: [&str; 2] = ["http/1.1", "http/1.0"];
