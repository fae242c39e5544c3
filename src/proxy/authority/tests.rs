//! Authorities and what they issue.

use super::*;
use crate::base::Limits;
use rustls::pki_types::CertificateDer;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};

fn authority(new: &NewAuthority) -> Authority {
    let folder = tempfile::tempdir().unwrap();
    Authority::create(&folder.path().join("ca"), new).unwrap()
}

fn ec() -> Authority {
    authority(&NewAuthority { key: KeyKind::Ec, ..NewAuthority::default() })
}

fn leaf(authority: &Authority, name: &str, kind: KeyKind) -> Arc<Leaf> {
    authority.leaf(&ServerName::try_from(name.to_owned()).unwrap(), kind).unwrap()
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> X509Certificate<'a> {
    X509Certificate::from_der(certificate).unwrap().1
}

/// The key identifiers of subject and authority.
fn identifiers(certificate: &X509Certificate<'_>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let mut both = (None, None);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => both.0 = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => both.1 = id.key_identifier.as_ref().map(|id| id.0.to_vec()),
            _ => {}
        }
    }
    both
}

#[test]
fn a_certificate_has_what_devices_look_for() {
    let authority = ec();
    let long = format!("{}.{}.example", "a".repeat(60), "b".repeat(60));
    for (name, common, kind, key) in [
        ("dm.example", "dm.example", KeyKind::Ec, "EC 256"),
        ("192.0.2.7", "192.0.2.7", KeyKind::Ec, "EC 256"),
        ("2001:db8::7", "2001:db8::7", KeyKind::Ec, "EC 256"),
        (&long, "server", KeyKind::Ec, "EC 256"),
        ("dm.example", "dm.example", KeyKind::Rsa, "RSA 2048"),
    ] {
        let leaf = leaf(&authority, name, kind);
        let [certificate, issuer] = leaf.chain() else { panic!("{:?}", leaf.chain()) };
        assert_eq!(issuer.as_ref(), authority.der());
        let facts = CertificateFacts::read(certificate).unwrap();
        assert_eq!(facts.names, [name]);
        assert_eq!((facts.common_name.as_deref(), &*facts.key, facts.is_ca), (Some(common), key, false));
        assert_eq!(facts.issuer, authority.facts().subject);
        let day = 86_400_000_000_000;
        let now =
            Timestamp::from_nanos(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64);
        assert!(facts.not_after.since(facts.not_before) <= 398 * day);
        assert!(now.since(facts.not_before) >= day && facts.not_after.since(now) > 300 * day);
        assert!(facts.not_before >= authority.facts().not_before && facts.not_after <= authority.facts().not_after);

        let parsed = parse(certificate);
        let usage = parsed.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth && !usage.any);
        let usage = parsed.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && !usage.key_cert_sign());
        assert_eq!(usage.key_encipherment(), kind == KeyKind::Rsa);
        let (of_issuer, _) = identifiers(&parse(issuer));
        assert_eq!(identifiers(&parsed).1, of_issuer);
        assert!(of_issuer.is_some());
        assert_eq!(parsed.raw_serial().len(), 16);
    }
}

#[test]
fn certificates_are_remembered_and_share_one_key() {
    let authority = ec();
    let first = leaf(&authority, "dm.example", KeyKind::Ec);
    assert!(Arc::ptr_eq(&first, &leaf(&authority, "DM.example", KeyKind::Ec)));
    let other = leaf(&authority, "other.example", KeyKind::Ec);
    assert_eq!(parse(&first.chain()[0]).public_key().raw, parse(&other.chain()[0]).public_key().raw);
    assert_ne!(parse(&first.chain()[0]).raw_serial(), parse(&other.chain()[0]).raw_serial());
}

#[test]
fn the_certificate_used_longest_ago_is_forgotten() {
    let authority = ec();
    let first = leaf(&authority, "0.example", KeyKind::Ec);
    let second = leaf(&authority, "1.example", KeyKind::Ec);
    for number in 2..Limits::ISSUED_CERTIFICATES {
        leaf(&authority, &format!("{number}.example"), KeyKind::Ec);
    }
    assert!(Arc::ptr_eq(&first, &leaf(&authority, "0.example", KeyKind::Ec)));
    leaf(&authority, "one-more.example", KeyKind::Ec);
    assert_eq!(authority.issued.lock().unwrap().len(), Limits::ISSUED_CERTIFICATES);
    assert!(Arc::ptr_eq(&first, &leaf(&authority, "0.example", KeyKind::Ec)));
    assert!(!Arc::ptr_eq(&second, &leaf(&authority, "1.example", KeyKind::Ec)));
}

#[test]
fn an_authority_whose_time_is_over_issues_nothing() {
    let authority = authority(&NewAuthority { key: KeyKind::Ec, days: 0, ..NewAuthority::default() });
    let refused = authority.leaf(&ServerName::try_from("dm.example").unwrap(), KeyKind::Ec).unwrap_err();
    assert!(matches!(refused, AuthorityError::Expired { .. }));
    assert!(refused.to_string().contains("dmscope ca init --force"), "{refused}");
}

#[test]
fn its_certificate_is_an_authority_and_can_be_fetched_at_two_paths() {
    let authority = authority(&NewAuthority { name: Some("Läb".to_owned()), ..NewAuthority::default() });
    assert_eq!((&*authority.facts().key, authority.facts().is_ca), ("RSA 2048", true));
    assert_eq!(authority.facts().common_name.as_deref(), Some("Läb"));
    let der = CertificateDer::from(authority.der().to_vec());
    let parsed = parse(&der);
    assert!(parsed.key_usage().unwrap().unwrap().value.key_cert_sign());
    assert!(authority.facts().is_self_issued());

    assert_eq!(
        authority.download("/.dmscope/ca.cer").unwrap(),
        ("application/x-x509-ca-cert", authority.der().to_vec())
    );
    let (media, pem) = authority.download("/.dmscope/ca.pem?x=1").unwrap();
    assert_eq!((media, &pem), ("application/x-pem-file", &authority.pem().into_bytes()));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
    assert_eq!(read_certificates(&folder.path().join("ca.pem")).unwrap(), std::slice::from_ref(&der));
    for other in ["/.dmscope/ca.key", "/.dmscope/", "/", "/dm", ""] {
        assert_eq!(authority.download(other), None, "{other}");
    }
}

#[test]
fn keys_are_not_printed() {
    let authority = ec();
    leaf(&authority, "dm.example", KeyKind::Ec);
    let text = format!("{authority:?}");
    // Octets of a key would be a list of numbers as long as the key.
    let key = authority.issuer.key().serialized_der();
    let octets = format!("{:?}", &key[key.len() - 8..]);
    assert!(!text.contains(octets.trim_matches(['[', ']'])), "{text}");
}

#[test]
fn files_that_can_not_be_used_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let key = |path: &Path| read_key(path, Access::AsGiven).unwrap_err().to_string();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(key(&file("encrypted", encrypted)).contains("is encrypted; take the pass phrase off"));
    assert!(key(&file("empty", "")).contains("has no private key in PEM form"));
    assert!(key(&file("broken", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n")).contains("is damaged"));
    assert!(key(&folder.path().join("none")).contains("can't be read"));
    let large = "x".repeat(usize::try_from(Limits::PEM_FILE).unwrap() + 1);
    assert!(key(&file("large", &large)).contains("is too large"));
    assert!(read_certificates(&file("text", "text")).unwrap_err().to_string().contains("no certificate in PEM form"));
}
