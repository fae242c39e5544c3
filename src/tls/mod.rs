//! TLS: encrypted flows to plaintext ones, with secrets from a key log, from the capture, or from a server's RSA key.
//!
//! **In**: [`FlowEvent`](crate::net::FlowEvent)s, [`Secrets`]. **Out**: the same events with plaintext in place of records,
//! [`FlowEventKind::Secured`](crate::net::FlowEventKind::Secured) before it, and for each connection that stays closed one
//! [`Problem`](crate::base::Problem) with the reason ([`Closed`]). **Does not know** what is encrypted: flows without TLS
//! pass untouched, whatever they are.
//!
//! **Rests on**: RFC 2246, 4346, 5246 and 8446 (TLS 1.0 to 1.3); RFC 5288, 6655 and 7905 (AEAD suites); RFC 7366
//! (encrypt-then-MAC); RFC 7627 (extended master secret); RFC 5077 (tickets); draft-ietf-tls-keylogfile (key logs).
//!
//! The way down: `reader` tells TLS flows from others by content and keeps the ceilings; `connection` cuts the records of
//! both directions and holds what must wait; `negotiation` reads the handshake and makes keys; `protect` opens records;
//! `search` joins what stands before and after octets that are missing.
//!
//! A record counts when it has passed its check; nothing that did not is passed on. The cipher suites are those of the table
//! in `suite`: AES (GCM, CCM, CBC), ChaCha20-Poly1305, 3DES, DES, RC4 and NULL.
//!
//! **Limits**: [`ALL_TLS_BUFFERS`](crate::base::Limits::ALL_TLS_BUFFERS) octets held,
//! [`TLS_MESSAGE`](crate::base::Limits::TLS_MESSAGE) of one handshake message,
//! [`TLS_SESSIONS`](crate::base::Limits::TLS_SESSIONS) sessions to be resumed,
//! [`KEY_LOG_LINES`](crate::base::Limits::KEY_LOG_LINES) secrets, [`TLS_TRIALS`](crate::base::Limits::TLS_TRIALS) octets
//! tried after gaps.

mod certificate;
mod closed;
mod connection;
mod handshake;
mod hash;
mod keylog;
mod negotiation;
mod offer;
mod prf;
mod private_key;
mod protect;
mod reader;
mod record;
mod search;
mod side;
mod sources;
mod suite;
mod version;

#[cfg(test)]
mod tests;

pub use closed::{ClientRandom, Closed, Sender, alert_name};
pub use keylog::{BadLine, KeyLog, KeyLogError};
pub use offer::{Offer, Opening};
pub use private_key::{PrivateKeyError, PrivateKeys};
pub use reader::{Stats, Tls};
pub use sources::Secrets;
pub use suite::{by_name as cipher_suite_by_name, name as cipher_suite_name};
