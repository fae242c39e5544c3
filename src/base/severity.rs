//! How bad a finding is, and whose fault.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a finding weighs. Ordered: `Info < Warning < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A recommendation was not followed, or a requirement on which specification or field are divided.
    Warning,
    /// A requirement was violated.
    Error,
}

impl Severity {
    /// All, worst first: the order in which reports list them.
    pub const ALL: [Severity; 3] = [Self::Error, Self::Warning, Self::Info];

    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The letter that stands beside the colour.
    pub const fn letter(self) -> char {
        match self {
            Self::Info => 'I',
            Self::Warning => 'W',
            Self::Error => 'E',
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whose conformance a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The DM client, that is the device.
    Client,
    /// The DM server.
    Server,
}

impl Role {
    /// The side that sends in a direction.
    pub const fn of(direction: super::Direction) -> Self {
        match direction {
            super::Direction::DeviceToServer => Self::Client,
            super::Direction::ServerToDevice => Self::Server,
        }
    }

    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
