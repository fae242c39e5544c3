//! The credentials file.

use super::exit::Failure;
use crate::analysis::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::path::Path;

/// Reads the file that `--credentials` names.
pub(super) fn read(path: &Path) -> Result<Credentials, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("--credentials: {} can't be read: {error}", path.display())))?;
    parse(&text).map_err(|error| Failure::usage(format!("{}{error}", path.display())))
}

/// The error begins with `:line:column: `. It shows no line of the file: that may hold a secret.
fn parse(text: &str) -> Result<Credentials, String> {
    let credentials: Credentials = toml::from_str(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| place(text, span.start));
        format!(":{line}:{column}: {}", error.message().trim())
    })?;
    for (number, account) in credentials.accounts.iter().enumerate() {
        let nonces = [("client_nonce", &account.client_nonce), ("server_nonce", &account.server_nonce)];
        for (name, nonce) in nonces {
            if nonce.as_ref().is_some_and(|nonce| STANDARD.decode(nonce).is_err()) {
                let number = number.saturating_add(1);
                return Err(format!(": {name} of account {number} is no base64; write it like \"bm9uY2U=\""));
            }
        }
    }
    Ok(credentials)
}

/// Line and column, from 1, of an offset.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_in_order() {
        let text = "[[account]]\ndevice = \"IMEI:0049*\"\nclient_name = \"u\"\nclient_secret = \"s\"\n\
                    client_nonce = \"bm9uY2U=\"\n[[account]]\nserver_secret = \"t\"\n";
        let credentials = parse(text).unwrap();
        assert_eq!(credentials.accounts.len(), 2);
        assert_eq!(credentials.accounts[0].device.as_deref(), Some("IMEI:0049*"));
        assert!(!format!("{credentials:?}").contains("bm9uY2U"), "secrets are not shown");
    }

    #[test]
    fn an_error_names_line_and_column_and_shows_no_secret() {
        let table = [
            ("[[account]]\nclient_secret = \"hush\"\npasword = \"hush\"\n", ":3:1: unknown field `pasword`"),
            ("[[account]]\nclient_name = 7\n", ":2:15: invalid type"),
            ("[[account]\n", ":1:"),
            ("[[account]]\nserver_nonce = \"?\"\n", ": server_nonce of account 1 is no base64"),
        ];
        for (text, start) in table {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(start), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
