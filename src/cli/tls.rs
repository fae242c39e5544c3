//! TLS of the proxy and of replay: arguments, and what is made of them.

use super::exit::Failure;
use crate::proxy::authority::{self, Authority};
use crate::proxy::tls::{Certificates, ClientCertificate, DeviceTls, NoKeyLog, UpstreamOptions, UpstreamTls};
use clap::Args;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

/// TLS towards devices.
#[derive(Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "TLS towards devices")]
pub(super) struct DeviceArguments {
    /// Folder of the certificate authority [default: where `dmscope ca init` made it]
    #[arg(long, value_name = "DIR")]
    pub(super) ca_dir: Option<PathBuf>,
    /// Certificate with its chain to show to devices, instead of the authority's own (PEM)
    #[arg(long, value_name = "FILE", requires = "cert_key", conflicts_with = "ca_dir")]
    pub(super) cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) cert_key: Option<PathBuf>,
    /// Let devices in that know nothing newer than TLS 1.1 (in builds with the feature legacy-tls)
    #[arg(long)]
    pub(super) legacy_tls: bool,
}

impl DeviceArguments {
    /// The authority: the one that is named, or the one in the usual place if there is one or one is `wanted`.
    pub(super) fn authority(&self, wanted: bool) -> Result<Option<Arc<Authority>>, Failure> {
        if self.cert.is_some() {
            return Ok(None);
        }
        let wanted = wanted || self.ca_dir.is_some() || self.legacy_tls;
        let usual = authority::default_folder(|name| env::var_os(name));
        let Some(folder) = self.ca_dir.clone().or(usual) else { return Ok(None) };
        if !wanted && !folder.exists() {
            return Ok(None);
        }
        Ok(Some(Arc::new(Authority::load(&folder)?)))
    }

    /// TLS with that authority, or with the certificate that is given; `None` without either.
    pub(super) fn tls(&self, authority: Option<Arc<Authority>>) -> Result<Option<DeviceTls>, Failure> {
        let fail = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
        let certificates = match (&self.cert, &self.cert_key) {
            (Some(chain), Some(key)) => Some(Certificates::from_files(chain, key).map_err(|error| fail(&error))?),
            _ => authority.map(Certificates::Authority),
        };
        let Some(certificates) = certificates else { return Ok(None) };
        // Who records a connection takes its secrets from there.
        let tls = DeviceTls::new(certificates, Arc::new(NoKeyLog)).map_err(|error| fail(&error))?;
        Ok(Some(if self.legacy_tls { tls.with_legacy().map_err(|error| fail(&error))? } else { tls }))
    }
}

/// TLS towards servers.
#[derive(Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "TLS towards servers")]
pub(super) struct UpstreamArguments {
    /// Certificates of authorities, or of servers, to trust besides the machine's own (PEM)
    #[arg(long, value_name = "FILE")]
    upstream_ca: Vec<PathBuf>,
    /// Certificate to show to servers that ask for one (PEM; mutual TLS, as Windows devices use it)
    #[arg(long, value_name = "FILE", requires = "upstream_key")]
    upstream_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "upstream_cert")]
    upstream_key: Option<PathBuf>,
    /// Do not verify the server's certificate: whoever answers is believed
    #[arg(long)]
    insecure_upstream: bool,
}

impl UpstreamArguments {
    /// Reads the files that are named.
    pub(super) fn tls(&self) -> Result<UpstreamTls, Failure> {
        let client = self.upstream_cert.clone().zip(self.upstream_key.clone());
        let options = UpstreamOptions {
            ca_files: self.upstream_ca.clone(),
            insecure: self.insecure_upstream,
            client: client.map(|(chain, key)| ClientCertificate { chain, key }),
        };
        UpstreamTls::new(&options).map_err(|error| Failure::usage(error.to_string()))
    }
}
