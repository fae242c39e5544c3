//! Who shares which secrets with whom: what is needed to recompute a digest.

use crate::dm::{Identity, Secret, Secrets};
use crate::provisioning;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
/// pin = "…"                            # what bootstrap messages to the device are protected with
/// imsi = "…"
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
    /// The PIN with which bootstrap messages to the device are protected.
    pub pin: Option<String>,
    /// The IMSI of the device, in digits, for bootstrap messages that are protected with it.
    pub imsi: Option<String>,
}

impl Credentials {
    /// The secrets of the two sides of a session: those of the first account that matches. PIN and IMSI are those of the first
    /// one that matches and has them.
    pub fn of(&self, identity: &Identity) -> Option<Secrets> {
        let fits = |pattern: &Option<String>, text: &str| pattern.as_ref().is_none_or(|pattern| glob(pattern, text));
        let mut accounts = self
            .accounts
            .iter()
            .filter(|account| fits(&account.device, &identity.device) && fits(&account.server, &identity.server));
        let account = accounts.clone().next()?;
        // What is said of all devices is known of those that have an account as well.
        let bootstrap = provisioning::Secrets {
            imsi: accounts.clone().find_map(|account| account.imsi.clone()),
            pin: accounts.find_map(|account| account.pin.clone()),
            network: None,
        };
        let secret = |name: &Option<String>, secret: &Option<String>, nonce: &Option<String>| {
            Some(Secret {
                name: name.clone(),
                secret: secret.clone()?,
                nonce: nonce.as_ref().and_then(|nonce| STANDARD.decode(nonce).ok()),
            })
        };
        Some(Secrets {
            client: secret(&account.client_name, &account.client_secret, &account.client_nonce),
            server: secret(&account.server_name, &account.server_secret, &account.server_nonce),
            bootstrap,
        })
    }
}

/// Whether a text fits a pattern in which `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

impl fmt::Debug for Account {
    /// Without secrets and nonces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("device", &self.device).field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let table = [
            ("IMEI:1", "IMEI:1", true),
            ("IMEI:1", "IMEI:12", false),
            ("IMEI:*", "IMEI:12", true),
            ("*", "", true),
            ("https://*/dm", "https://a.example/dm", true),
            ("https://*/dm", "https://a.example/dm2", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_first_account_that_fits_gives_the_secrets() {
        let account = |device: &str, secret: &str| Account {
            device: Some(device.to_owned()),
            client_secret: Some(secret.to_owned()),
            ..Account::default()
        };
        let credentials = Credentials { accounts: vec![account("A*", "one"), account("*", "two")] };
        let identity =
            |device: &str| Identity { device: device.to_owned(), server: String::new(), session_id: String::new() };
        let secret = |device: &str| credentials.of(&identity(device)).unwrap().client.unwrap().secret;
        assert_eq!(secret("A1"), "one");
        assert_eq!(secret("B1"), "two");
    }
}
