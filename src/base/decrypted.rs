//! Connections whose TLS has been taken off, as a comment of a recording or an export tells of them.

use std::fmt;

/// What was agreed on for a connection that was TLS and is recorded in clear. Stands in the
/// comment of its first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// The version, such as `TLS 1.2`.
    pub version: String,
    /// The cipher suite by its name in the registry.
    pub suite: String,
    /// Who has opened it.
    pub by: Opener,
}

/// Who has opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// The proxy, which was one of its ends.
    Proxy,
    /// An export, with the secrets of the connection.
    Export,
}

impl Opener {
    const ALL: [Self; 2] = [Self::Proxy, Self::Export];

    /// How the comment ends.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Proxy => ", opened by the proxy and recorded in clear",
            Self::Export => ", opened with its secrets and exported in clear",
        }
    }
}

const PREFIX: &str = "dmscope tls: ";

impl Decrypted {
    /// Version and cipher suite, and who has opened it.
    pub fn new(version: &str, suite: &str, by: Opener) -> Self {
        Self { version: version.to_owned(), suite: suite.to_owned(), by }
    }

    /// What the comment of a packet tells, if it tells of that.
    pub fn read(comment: &str) -> Option<Self> {
        let line = comment.lines().find_map(|line| line.strip_prefix(PREFIX))?;
        let (line, by) = Opener::ALL.into_iter().find_map(|by| Some((line.strip_suffix(by.suffix())?, by)))?;
        let (version, suite) = line.split_once(", ")?;
        Some(Self::new(version, suite, by))
    }
}

impl fmt::Display for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}, {}{}", self.version, self.suite, self.by.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for by in Opener::ALL {
            let agreed = Decrypted::new("TLS 1.3", "TLS_AES_128_GCM_SHA256", by);
            assert_eq!(Decrypted::read(&format!("note\n{agreed}\n")), Some(agreed));
        }
        for comment in ["", "dmscope tls: TLS 1.2", "TLS 1.2, x, opened by the proxy and recorded in clear"] {
            assert_eq!(Decrypted::read(comment), None);
        }
    }
}
