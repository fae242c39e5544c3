//! URLs of DM servers: as much of RFC 3986 as a device needs.

use std::fmt;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether the scheme is https.
    pub tls: bool,
    /// Host, an IPv6 address in its brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query, `/` at least.
    pub target: String,
}

/// Why a text is no URL that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Neither http nor https.
    #[error("it does not begin with http:// or https://")]
    Scheme,
    /// No host, or characters that no host has.
    #[error("its host is missing or malformed")]
    Host,
    /// The port is no number of 1 to 65535.
    #[error("its port is no number from 1 to 65535")]
    Port,
    /// User name or password before the host.
    #[error("it holds a user name; credentials come from --credentials")]
    UserInfo,
    /// Blanks, control characters or others that a URL does not have.
    #[error("it holds characters that a URL can't have")]
    Characters,
}

impl Url {
    /// Reads a URL. A fragment is cut off.
    ///
    /// # Errors
    ///
    /// When it can't be posted to.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if !text.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(UrlError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(UrlError::Scheme),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        let (host, port) = match authority.rfind(':').filter(|_| !authority.ends_with(']')) {
            Some(colon) => {
                let (host, port) = authority.split_at(colon);
                let port = port.get(1..).and_then(|port| port.parse().ok()).filter(|port| *port > 0);
                (host, port.ok_or(UrlError::Port)?)
            }
            None => (authority, if tls { 443 } else { 80 }),
        };
        if !is_host(host) {
            return Err(UrlError::Host);
        }
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { tls, host: host.to_ascii_lowercase(), port, target })
    }

    /// Whether another URL is on the same scheme, host and port.
    pub fn is_same_origin(&self, other: &Url) -> bool {
        self.tls == other.tls && self.host == other.host && self.port == other.port
    }

    /// Host and port, as the Host header has them.
    pub fn authority(&self) -> String {
        let default = if self.tls { 443 } else { 80 };
        if self.port == default { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The host without brackets, as a resolver wants it.
    pub(in crate::proxy) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, self.authority(), self.target)
    }
}

/// Whether a text can be a host: a name or an address, with no character that means something elsewhere.
pub(super) fn is_host(host: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_');
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(|octet| plain(octet) || octet == b':'),
        None => !host.is_empty() && host.bytes().all(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_or_refused_with_a_reason() {
        let table = [
            ("http://127.0.0.1:8080/dm?x=1#f", Ok("http://127.0.0.1:8080/dm?x=1")),
            ("HTTPS://DM.Example.com", Ok("https://dm.example.com/")),
            ("http://[::1]:81/", Ok("http://[::1]:81/")),
            ("http://[::1]", Ok("http://[::1]/")),
            ("http://a:80?q", Ok("http://a/?q")),
            ("ftp://a/", Err(UrlError::Scheme)),
            ("a/b", Err(UrlError::Scheme)),
            ("http:///x", Err(UrlError::Host)),
            ("http://a:0/", Err(UrlError::Port)),
            ("http://a:99999/", Err(UrlError::Port)),
            ("http://u:p@a/", Err(UrlError::UserInfo)),
            ("http://a/\r\nX: y", Err(UrlError::Characters)),
        ];
        for (text, expected) in table {
            let parsed = Url::parse(text).map(|url| url.to_string());
            assert_eq!(parsed.as_deref().map_err(|error| *error), expected, "{text}");
        }
    }
}
