//! Connections whose TLS the proxy has opened, as a comment of a recording tells of them.

use std::fmt;

/// What was agreed on for a connection that was TLS and is recorded in clear. Stands in the comment of its first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// The version, such as `TLS 1.2`.
    pub version: String,
    /// The cipher suite by its name in the registry.
    pub suite: String,
}

const PREFIX: &str = "dmscope tls: ";
const SUFFIX: &str = ", opened by the proxy and recorded in clear";

impl Decrypted {
    /// Version and cipher suite.
    pub fn new(version: &str, suite: &str) -> Self {
        Self { version: version.to_owned(), suite: suite.to_owned() }
    }

    /// What the comment of a packet tells, if it tells of that.
    pub fn read(comment: &str) -> Option<Self> {
        let line = comment.lines().find_map(|line| line.strip_prefix(PREFIX))?;
        let (version, suite) = line.strip_suffix(SUFFIX)?.split_once(", ")?;
        Some(Self::new(version, suite))
    }
}

impl fmt::Display for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}, {}{SUFFIX}", self.version, self.suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let agreed = Decrypted::new("TLS 1.3", "TLS_AES_128_GCM_SHA256");
        assert_eq!(Decrypted::read(&format!("note\n{agreed}\n")), Some(agreed));
        for comment in ["", "dmscope tls: TLS 1.2", "TLS 1.2, x, opened by the proxy and recorded in clear"] {
            assert_eq!(Decrypted::read(comment), None);
        }
    }
}
