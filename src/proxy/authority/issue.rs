//! Certificates for servers.

use super::{Authority, AuthorityError, BEGINS_BEFORE, DAY, KeyKind, crypto};
use crate::base::{Limits, Timestamp};
use rcgen::string::PrintableString;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::{CertifiedKey, SigningKey};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_rustls::rustls;

/// Days for which a certificate of a server is valid in all. Apple's devices refuse more than 398, Android 825.
const DAYS: u32 = 397;

/// A certificate for a server with its chain and its key.
#[derive(Debug)]
pub struct Leaf {
    /// The chain and the key as rustls takes them.
    pub(in super::super) certified: Arc<CertifiedKey>,
    /// The key once more, as OpenSSL takes it. It is a secret.
    #[cfg_attr(not(feature = "legacy-tls"), allow(dead_code, reason = "only OpenSSL takes it"))]
    pub(in super::super) key: Arc<PrivateKeyDer<'static>>,
}

impl Leaf {
    /// The certificate, then those of the authority, in DER form.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.certified.cert
    }
}

#[derive(Debug)]
struct LeafKey {
    pair: KeyPair,
    signing: Arc<dyn SigningKey>,
    der: Arc<PrivateKeyDer<'static>>,
}

/// Keys and certificates that were made since the start.
#[derive(Debug, Default)]
pub(super) struct Issued {
    keys: BTreeMap<KeyKind, Arc<LeafKey>>,
    leaves: BTreeMap<(String, KeyKind), (u64, Arc<Leaf>)>,
    uses: u64,
}

impl Issued {
    pub(super) fn leaf(
        &mut self,
        authority: &Authority,
        name: &ServerName<'_>,
        kind: KeyKind,
    ) -> Result<Arc<Leaf>, AuthorityError> {
        self.uses = self.uses.saturating_add(1);
        let place = (name.to_str().to_ascii_lowercase(), kind);
        if let Some((used, leaf)) = self.leaves.get_mut(&place) {
            *used = self.uses;
            return Ok(Arc::clone(leaf));
        }
        let leaf = Arc::new(authority.issue(name, &*self.key(authority, kind)?, kind)?);
        if self.leaves.len() >= Limits::ISSUED_CERTIFICATES
            && let Some(oldest) = self.leaves.iter().min_by_key(|(_, (used, _))| *used).map(|(place, _)| place.clone())
        {
            self.leaves.remove(&oldest);
        }
        self.leaves.insert(place, (self.uses, Arc::clone(&leaf)));
        Ok(leaf)
    }

    fn key(&mut self, authority: &Authority, kind: KeyKind) -> Result<Arc<LeafKey>, AuthorityError> {
        if let Some(key) = self.keys.get(&kind) {
            return Ok(Arc::clone(key));
        }
        let pair = kind.generate().map_err(crypto)?;
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialized_der().to_vec()));
        let signing = authority.provider.key_provider.load_private_key(der.clone_key()).map_err(crypto)?;
        let key = Arc::new(LeafKey { pair, signing, der: Arc::new(der) });
        self.keys.insert(kind, Arc::clone(&key));
        Ok(key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }
}

impl Authority {
    fn issue(&self, name: &ServerName<'_>, key: &LeafKey, kind: KeyKind) -> Result<Leaf, AuthorityError> {
        let text = name.to_str();
        let mut params = CertificateParams::default();
        // Old devices look at the common name alone. It takes 64 characters (RFC 5280, appendix A).
        params.distinguished_name = distinguished_name(None, if text.len() <= 64 { &text } else { "server" });
        params.subject_alt_names = vec![match name {
            ServerName::IpAddress(address) => SanType::IpAddress(IpAddr::from(*address)),
            _ => SanType::DnsName(
                text.trim_end_matches('.')
                    .try_into()
                    .map_err(|_| AuthorityError::BadName { name: text.to_string() })?,
            ),
        }];
        params.serial_number = Some(serial(&self.provider)?.to_vec().into());
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = match kind {
            // The premaster secret of old cipher suites goes under the key.
            KeyKind::Rsa => vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment],
            KeyKind::Ec => vec![KeyUsagePurpose::DigitalSignature],
        };
        // Inside the time of the authority: some devices want the times nested.
        let begin = SystemTime::now().checked_sub(BEGINS_BEFORE).unwrap_or(SystemTime::UNIX_EPOCH);
        let begin = begin.max(system_time(self.facts.not_before));
        let end = begin.checked_add(DAY.saturating_mul(DAYS)).unwrap_or(begin).min(system_time(self.facts.not_after));
        set_validity(&mut params, begin, end);
        let certificate = params.signed_by(&key.pair, &self.issuer).map_err(crypto)?;
        let chain = std::iter::once(certificate.into()).chain(self.chain.iter().cloned()).collect();
        let certified = Arc::new(CertifiedKey::new(chain, Arc::clone(&key.signing)));
        Ok(Leaf { certified, key: Arc::clone(&key.der) })
    }
}

/// A name of an organisation, where there is one, and a common name. Old devices read PrintableString best.
pub(super) fn distinguished_name(organization: Option<&str>, common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, text) in [(DnType::OrganizationName, organization), (DnType::CommonName, Some(common))] {
        if let Some(text) = text {
            name.push(kind, PrintableString::try_from(text).map_or_else(|_| text.into(), DnValue::PrintableString));
        }
    }
    name
}

/// A random serial number: positive, and of one length (RFC 5280, section 4.1.2.2).
pub(super) fn serial(provider: &CryptoProvider) -> Result<[u8; 16], AuthorityError> {
    let mut octets = [0; 16];
    provider.secure_random.fill(&mut octets).map_err(|_| crypto("the system gives no random octets"))?;
    if let Some(first) = octets.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(octets)
}

/// Sets from when to when a certificate is valid, in whole seconds.
pub(super) fn set_validity(params: &mut CertificateParams, begin: SystemTime, end: SystemTime) {
    let time = |of: SystemTime| {
        let since = of.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(since.as_secs())
    };
    (params.not_before, params.not_after) = (time(begin), time(end));
}

fn system_time(of: Timestamp) -> SystemTime {
    let since = Duration::from_nanos(u64::try_from(of.nanos()).unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}
