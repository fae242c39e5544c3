//! Files with secrets of TLS connections.

use super::exit::Failure;
use super::output::Output;
use crate::tls::Secrets;
use clap::Args;
use std::fs;
use std::path::PathBuf;

/// Options of everything that opens TLS of a capture.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Secrets of TLS connections, as browsers, curl and other clients write them (SSLKEYLOGFILE)
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    keylog: Vec<PathBuf>,
    /// RSA private key of a server (PEM), for TLS connections with RSA key exchange
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    tls_key: Vec<PathBuf>,
}

impl Arguments {
    /// Reads the files that they name.
    pub(super) fn read(&self, output: &Output) -> Result<Secrets, Failure> {
        read(&self.keylog, &self.tls_key, output)
    }
}

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
