//! Who shares which secrets with whom: what is needed to recompute a digest.

use serde::Deserialize;
use std::fmt;

/// The credentials file (TOML).
///
/// ```toml
/// [[account]]
/// device = "IMEI:0049*"                # the device's LocURI, * for any characters; left out: any device
/// server = "https://dm.example.com/*"  # the server's LocURI; left out: any server
/// client_name = "user"                 # what the device shows to the server
/// client_secret = "…"
/// client_nonce = "…"                   # base64, the first one of the session; later ones are in the traffic
/// server_name = "dm.example.com"       # what the server shows to the device
/// server_secret = "…"
/// server_nonce = "…"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The accounts; the first one that matches device and server counts.
    #[serde(default, rename = "account")]
    pub accounts: Vec<Account>,
}

/// What one device and one server know of each other.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The device's LocURI, with `*` for any characters.
    pub device: Option<String>,
    /// The server's LocURI, with `*` for any characters.
    pub server: Option<String>,
    /// The user name that the device shows.
    pub client_name: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
    /// The nonce of its first digest, base64.
    pub client_nonce: Option<String>,
    /// The name that the server shows.
    pub server_name: Option<String>,
    /// Its secret.
    pub server_secret: Option<String>,
    /// The nonce of its first digest, base64.
    pub server_nonce: Option<String>,
}

impl fmt::Debug for Account {
    /// Without secrets and nonces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("device", &self.device).field("server", &self.server).finish_non_exhaustive()
    }
}
