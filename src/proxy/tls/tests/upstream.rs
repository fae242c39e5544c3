//! Servers of many kinds.

use super::super::*;
use super::{LONG, roots};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::{TlsAcceptor, rustls};

/// An authority of servers, with its certificate in a file.
struct Lab {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A certificate with its key.
struct Server {
    chain: Vec<CertificateDer<'static>>,
    pem: String,
    key: KeyPair,
}

impl Server {
    fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), chain: vec![certificate.into()], key }
    }

    fn config(&self) -> ServerConfig {
        self.config_with(None, &[&TLS12, &TLS13])
    }

    fn config_with(
        &self,
        clients: Option<&[u8]>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let provider = Arc::new(provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(root) => {
                let roots = Arc::new(roots(root));
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        builder.with_single_cert(self.chain.clone(), key).unwrap()
    }
}

impl Lab {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Lab root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), certificate.pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key), certificate: certificate.into() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self.folder.path().join(name)
    }

    fn server(&self, params: &CertificateParams) -> Server {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Server { pem: certificate.pem(), chain: vec![certificate.into()], key }
    }

    /// The machine's roots alone.
    fn machine(&self) -> UpstreamTls {
        // A machine without roots is no less a machine.
        let other = Server::self_signed(&params("roots.example"));
        upstream(UpstreamOptions { ca_files: vec![self.file("other.pem", &other.pem)], ..UpstreamOptions::default() })
    }

    fn trusting(&self) -> UpstreamTls {
        upstream(self.trust())
    }

    fn trust(&self) -> UpstreamOptions {
        UpstreamOptions { ca_files: vec![self.folder.path().join("root.pem")], ..UpstreamOptions::default() }
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

fn upstream(options: UpstreamOptions) -> UpstreamTls {
    UpstreamTls::new(&options).unwrap()
}

/// A connection to a server, which greets and waits for the end.
async fn meet(upstream: &UpstreamTls, server: ServerConfig, name: &str) -> Result<String, UpstreamTlsError> {
    let (ours, theirs) = duplex(64 << 10);
    let serve = async {
        let mut stream = TlsAcceptor::from(Arc::new(server)).accept(theirs).await?;
        stream.write_all(b"hello").await?;
        stream.shutdown().await
    };
    let connect = async {
        let mut stream = upstream.connect(ours, name, LONG).await?;
        let mut text = String::new();
        match stream.read_to_string(&mut text).await {
            Ok(_) => Ok(text),
            Err(error) => Err(UpstreamTlsError::of_reading(&error, name, false).unwrap()),
        }
    };
    tokio::join!(serve, connect).1
}

/// What comes of a server that answers with these octets, whatever it is asked.
async fn answer(octets: &[u8]) -> UpstreamTlsError {
    let (ours, mut theirs) = duplex(64 << 10);
    theirs.write_all(octets).await.unwrap();
    theirs.shutdown().await.unwrap();
    Lab::new().trusting().connect(ours, "dm.example", LONG).await.unwrap_err()
}

#[tokio::test]
async fn a_server_of_a_trusted_authority_gets_through() {
    let lab = Lab::new();
    for name in ["dm.example", "192.0.2.7"] {
        let server = lab.server(&params(name));
        assert_eq!(meet(&lab.trusting(), server.config(), name).await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_a_message_and_a_way_out() {
    let lab = Lab::new();
    let mut expired = params("dm.example");
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 3, 4));
    let mut early = params("dm.example");
    (early.not_before, early.not_after) = (date_time_ymd(3001, 1, 1), date_time_ymd(3002, 3, 4));
    let mut many = params("a.example");
    many.subject_alt_names =
        (0..12).map(|number| rcgen::SanType::DnsName(format!("{number}.example").try_into().unwrap())).collect();
    let mut nameless = params("dm.example");
    nameless.subject_alt_names.clear();
    let mut itself = params("dm.example");
    itself.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let table: [(Server, &UpstreamTls, &str); 9] = [
        (lab.server(&expired), &lab.trusting(), "expired on 2002-03-04; renew it"),
        (lab.server(&early), &lab.trusting(), "is not valid before "),
        (lab.server(&params("other.example")), &lab.trusting(), "is for other.example; connect under a name"),
        (lab.server(&many), &lab.trusting(), "7.example, 4 more; connect"),
        (lab.server(&nameless), &lab.trusting(), "is for dm.example by its common name alone"),
        (lab.server(&params("dm.example")), &lab.machine(), "was issued by CN=Lab root, which is not trusted"),
        (Server::self_signed(&params("dm.example")), &lab.trusting(), "is signed by itself"),
        (Server::self_signed(&itself), &lab.trusting(), "is signed by itself"),
        (Server::self_signed(&expired), &lab.machine(), "expired on 2002-03-04"),
    ];
    for (server, upstream, message) in table {
        let failed = meet(upstream, server.config(), "dm.example").await.unwrap_err().to_string();
        assert!(failed.contains("the certificate of dm.example") && failed.contains(message), "{message}: {failed}");
        assert!(failed.contains("--upstream-ca") || failed.contains("--insecure-upstream"), "{failed}");
        // Nothing of it matters to those who do not want to know.
        let insecure = self::upstream(UpstreamOptions { insecure: true, ..UpstreamOptions::default() });
        assert_eq!(meet(&insecure, server.config(), "dm.example").await.unwrap(), "hello", "{message}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_trusted_by_itself_still_needs_name_and_time() {
    let lab = Lab::new();
    let mut itself = params("dm.example");
    itself.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let mut expired = itself.clone();
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 3, 4));
    let mut early = itself.clone();
    early.not_before = date_time_ymd(2201, 1, 1);
    let trust = |server: &Server| {
        upstream(UpstreamOptions { ca_files: vec![lab.file("pin.pem", &server.pem)], ..UpstreamOptions::default() })
    };
    // As `openssl req -x509` makes it: an authority in name, and without.
    for params in [&itself, &params("dm.example")] {
        let server = Server::self_signed(params);
        assert_eq!(meet(&trust(&server), server.config(), "dm.example").await.unwrap(), "hello");
        let failed = meet(&trust(&server), server.config(), "other.example").await.unwrap_err().to_string();
        assert!(failed.contains("is for dm.example"), "{failed}");
    }
    for (params, message) in [(&expired, "expired on 2002-03-04"), (&early, "not valid before 2201-01-01")] {
        let server = Server::self_signed(params);
        let failed = meet(&trust(&server), server.config(), "dm.example").await.unwrap_err().to_string();
        assert!(failed.contains(message), "{failed}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_is_told_apart() {
    let lab = Lab::new();
    let server = lab.server(&params("dm.example"));
    let shown = lab.server(&params("client"));
    let with = |server: &Server| UpstreamOptions {
        client: Some(ClientCertificate {
            chain: lab.file("client.pem", &server.pem),
            key: lab.file("client.key", &server.key.serialize_pem()),
        }),
        ..lab.trust()
    };
    for version in [&TLS12, &TLS13] {
        let config = || server.config_with(Some(&lab.certificate), &[version]);
        let failed = meet(&lab.trusting(), config(), "dm.example").await.unwrap_err();
        assert!(matches!(failed, UpstreamTlsError::ClientCertificate { given: false, .. }), "{failed:?}");
        assert!(failed.to_string().contains("--upstream-cert FILE and --upstream-key FILE"), "{failed}");
        assert_eq!(meet(&upstream(with(&shown)), config(), "dm.example").await.unwrap(), "hello");
    }
    // One of a stranger.
    let config = server.config_with(Some(&lab.certificate), &[&TLS12]);
    let stranger = Server::self_signed(&params("client"));
    let failed = meet(&upstream(with(&stranger)), config, "dm.example").await.unwrap_err();
    assert!(failed.to_string().contains("refused the one of --upstream-cert"), "{failed}");
    // Files that do not belong together.
    let mut options = with(&shown);
    options.client.as_mut().unwrap().key = lab.file("other.key", &stranger.key.serialize_pem());
    let failed = UpstreamTls::new(&options).unwrap_err().to_string();
    assert!(failed.contains("does not fit the first certificate in"), "{failed}");
}

#[tokio::test]
async fn a_server_that_can_not_or_will_not_is_told_apart() {
    let table: [(&[u8], &str); 7] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "dm.example does not speak TLS on this port"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "dm.example does not speak TLS 1.2 or newer"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert 40 (handshake_failure); it may speak only cipher suites"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "alert 112 (unrecognized_name); it does not know itself"),
        (b"\x15\x03\x03\x00\x02\x02\x78", "alert 120 (no_application_protocol); it does not speak HTTP/1.1"),
        (b"\x15\x03\x03\x00\x02\x02\x2a", "alert 42 (bad_certificate)"),
        (b"", "dm.example closed the connection"),
    ];
    for (octets, message) in table {
        let failed = answer(octets).await.to_string();
        assert!(failed.contains(message), "{octets:?}: {failed}");
    }
    // A ServerHello of TLS 1.0.
    let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0, 0x2f, 0]);
    let failed = answer(&hello).await;
    assert!(matches!(failed, UpstreamTlsError::OldVersion { .. }), "{failed:?}");
    // One that says nothing.
    let (ours, _theirs) = duplex(64 << 10);
    let failed = Lab::new().trusting().connect(ours, "dm.example", Duration::from_millis(5)).await.unwrap_err();
    assert!(matches!(failed, UpstreamTlsError::Timeout { .. }), "{failed:?}");
    let failed = Lab::new().trusting().connect(duplex(1).0, "not a name", LONG).await.unwrap_err();
    assert!(matches!(failed, UpstreamTlsError::BadName { .. }), "{failed:?}");
}
