//! What the proxy is asked to do.

use super::authority::Authority;
use super::fault::Engine;
use super::log::Log;
use super::replay::{Url, UrlError};
use super::tls::{DeviceTls, UpstreamTls};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// A server, as `scheme://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// What is no URL of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It can't be read.
    #[error("\"{text}\": {error}")]
    Url {
        /// What was given.
        text: String,
        /// What is wrong with it.
        error: UrlError,
    },
    /// A path, which the device's request has already.
    #[error("\"{0}\" has a path; give scheme, host and port alone: paths pass as the device sends them")]
    Path(String),
}

impl Origin {
    /// Reads host and port, as in the target of CONNECT.
    pub fn from_authority(tls: bool, authority: &str) -> Option<Self> {
        let default = if tls { 443 } else { 80 };
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?)
            }
            None => authority.rsplit_once(':').unwrap_or((authority, "")),
        };
        let is_host = !host.is_empty()
            && host.chars().all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '.' | '_' | ':' | '%'));
        let port = if port.is_empty() { default } else { port.parse().ok().filter(|port| *port > 0)? };
        is_host.then(|| Self { tls, host: host.to_owned(), port })
    }

    /// Host and port as the header Host has them: the port only where it is not the usual one.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|error| OriginError::Url { text: text.to_owned(), error })?;
        if url.target != "/" {
            return Err(OriginError::Path(text.to_owned()));
        }
        Ok(Self { tls: url.tls, host: url.bare_host().to_owned(), port: url.port })
    }
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// To one server, as if the proxy were it.
    Reverse(Origin),
    /// Where the device says: it knows that it speaks to a proxy (absolute URIs, CONNECT).
    Forward,
}

/// How long the proxy waits, and how much it takes.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Connections of devices at one time.
    pub connections: usize,
    /// For a TLS handshake, for a connection to the server, and for the first octets of a connection.
    pub handshake: Duration,
    /// Without an octet in either direction.
    pub idle: Duration,
    /// For a connection as a whole.
    pub total: Duration,
    /// For exchanges under way, when the proxy ends.
    pub drain: Duration,
}

/// Everything that connections share.
#[derive(Debug)]
pub struct Settings {
    /// Where requests go.
    pub mode: Mode,
    /// TLS towards devices; without it, what is TLS passes as it is, and stays closed.
    pub device_tls: Option<DeviceTls>,
    /// TLS towards servers.
    pub upstream_tls: UpstreamTls,
    /// What was TLS is recorded in clear.
    pub record_clear: bool,
    /// Host is rewritten to the server's name.
    pub rewrite_host: bool,
    /// The authority whose certificate devices may fetch.
    pub downloads: Option<Arc<Authority>>,
    /// What is broken on purpose.
    pub faults: Option<Engine>,
    /// Limits.
    pub patience: Patience,
    /// Where lines go.
    pub log: Log,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_scheme_a_host_and_a_port() {
        let table = [
            ("http://127.0.0.1:8080", Ok((false, "127.0.0.1", 8080, "http://127.0.0.1:8080"))),
            ("https://dm.example.com/", Ok((true, "dm.example.com", 443, "https://dm.example.com"))),
            ("HTTPS://[::1]:8443", Ok((true, "::1", 8443, "https://[::1]:8443"))),
            ("http://[::1]", Ok((false, "::1", 80, "http://[::1]"))),
            ("ftp://x", Err("\"ftp://x\": it does not begin with http:// or https://")),
            ("http://x:70000", Err("\"http://x:70000\": its port is no number from 1 to 65535")),
            ("http://", Err("\"http://\": its host is missing or malformed")),
        ];
        for (text, expected) in table {
            let origin = text.parse::<Origin>();
            let seen = origin.as_ref().map(|it| (it.tls, it.host.as_str(), it.port, it.to_string()));
            let expected =
                expected.map(|(tls, host, port, text): (bool, &str, u16, &str)| (tls, host, port, text.to_owned()));
            assert_eq!(seen.map_err(ToString::to_string), expected.map_err(str::to_owned), "{text}");
        }
        assert_eq!("http://x/dm".parse::<Origin>(), Err(OriginError::Path("http://x/dm".into())));
    }
}
