//! Why a connection stays closed.

use std::fmt;

/// Whose records they are: the end that sent the ClientHello, or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The TLS client.
    Client,
    /// The TLS server.
    Server,
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// The 32 octets of a ClientHello by which a key log names a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientRandom(pub [u8; 32]);

impl fmt::Display for ClientRandom {
    /// In hexadecimal, as in a key log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Why a connection, or the rest of it, can't be read. Closed: there is no other reason. Records are counted from 1 in
/// their direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// No key log has its client random.
    NoSecret {
        /// The random to look for.
        client_random: ClientRandom,
    },
    /// It resumes a session whose secret is not known.
    NoSecretResumed {
        /// The random to look for.
        client_random: ClientRandom,
    },
    /// A key log knows its client random, but has no line with this label.
    NoLine {
        /// The random to look for.
        client_random: ClientRandom,
        /// The label that the line would have.
        label: &'static str,
    },
    /// Its beginning is not in the capture.
    HandshakeNotCaptured,
    /// A cipher suite whose records dmscope does not open.
    CipherUnsupported(u16),
    /// A protocol version whose records dmscope does not open.
    VersionUnsupported(u16),
    /// A compression method (RFC 3749) that dmscope does not undo.
    CompressionUnsupported(u8),
    /// One of the ends broke the handshake off with an alert before anything was encrypted.
    HandshakeFailed {
        /// Who sent the alert.
        by: Sender,
        /// The alert (RFC 8446, section 6).
        alert: u8,
    },
    /// Octets are missing from the capture before this record, and what follows could not be joined.
    GapBefore {
        /// Whose records.
        sender: Sender,
        /// The first record after the missing octets.
        record: u64,
    },
    /// A record did not pass its check: the secret is another connection's, or octets were altered.
    BadMac {
        /// Whose records.
        sender: Sender,
        /// The record.
        record: u64,
    },
    /// What stands where a record should begin is none.
    BadRecord {
        /// Whose records.
        sender: Sender,
        /// The place in their order.
        record: u64,
    },
    /// Too many octets were held for all connections, and this one's were given up.
    Limit,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret { client_random } => {
                write!(f, "no secret for client random {client_random}; add it with --keylog")
            }
            Self::NoSecretResumed { client_random } => write!(
                f,
                "it resumes a session whose secret is not known, and there is none for client random {client_random}; add it \
                 with --keylog, or capture from the first connection on"
            ),
            Self::NoLine { client_random, label } => write!(
                f,
                "the key log has no line {label} for client random {client_random}; let the program that writes it run to \
                 the end of the connection"
            ),
            Self::HandshakeNotCaptured => {
                f.write_str("its handshake is not in the capture as a whole; start the capture before the connection")
            }
            Self::CipherUnsupported(id) => write!(
                f,
                "dmscope does not open cipher suite {id:#06x}; let one of the ends offer one with AES or ChaCha20"
            ),
            Self::VersionUnsupported(id) => write!(
                f,
                "dmscope does not open protocol version {id:#06x}{}; it opens TLS 1.0 to 1.3",
                if *id == 0x0300 { " (SSL 3.0)" } else { "" }
            ),
            Self::CompressionUnsupported(method) => {
                write!(
                    f,
                    "dmscope does not undo compression method {method}; switch compression off at one of the ends"
                )
            }
            Self::HandshakeFailed { by, alert } => {
                write!(f, "the {by} ended the handshake with alert {alert} ({})", alert_name(*alert))
            }
            Self::GapBefore { sender, record } => write!(
                f,
                "octets before record {record} of the {sender} are not in the capture; capture without loss and without a \
                 snap length"
            ),
            Self::BadMac { sender, record } => write!(
                f,
                "record {record} of the {sender} does not pass its check; look whether the secret belongs to this connection"
            ),
            Self::BadRecord { sender, record } => {
                write!(f, "what stands where record {record} of the {sender} should begin is no TLS record")
            }
            Self::Limit => f.write_str("too much was held while it waited; split the capture with editcap"),
        }
    }
}

/// The name of an alert (RFC 8446, section 6, and the registry "TLS Alerts").
pub fn alert_name(alert: u8) -> &'static str {
    match alert {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => "not a known alert",
    }
}
