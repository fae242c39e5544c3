//! Files with secrets of TLS connections.

use super::exit::Failure;
use super::output::Output;
use crate::tls::Secrets;
use std::fs;
use std::path::PathBuf;

/// Lines that are complained about, for each key log.
const TOLD: usize = 10;

/// Reads the files that `--keylog` and `--tls-key` name. Lines of a key log that can't be read are told; they may belong to
/// connections of other protocols.
pub(super) fn read(logs: &[PathBuf], keys: &[PathBuf], output: &Output) -> Result<Secrets, Failure> {
    let mut secrets = Secrets::default();
    for path in logs {
        let text = fs::read(path)
            .map_err(|error| Failure::usage(format!("--keylog: {} can't be read: {error}", path.display())))?;
        let before = secrets.log.len();
        let errors = secrets.log.add(&text);
        if secrets.log.len() == before {
            let why = errors.first().map_or_else(|| "it has no line with one".to_owned(), ToString::to_string);
            return Err(Failure::usage(format!("--keylog: {} holds no secret: {why}", path.display())));
        }
        for error in errors.iter().take(TOLD) {
            output.warning(&format!("{}: {error}", path.display()));
        }
        let left = errors.len().saturating_sub(TOLD);
        if left > 0 {
            output.warning(&format!("{}: at least {left} more lines were left out", path.display()));
        }
    }
    for path in keys {
        let fail = |what: &dyn std::fmt::Display| Failure::usage(format!("--tls-key: {}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| fail(&error))?;
        secrets.keys.add(&text).map_err(|error| fail(&error))?;
    }
    Ok(secrets)
}
