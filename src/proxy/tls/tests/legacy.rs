//! Devices that only OpenSSL takes.

use super::super::*;
use super::device::Log;
use super::{LONG, authority, client, name};
use crate::proxy::authority::CertificateFacts;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use rustls::{ALL_VERSIONS, NoKeyLog};
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_openssl::SslStream;
use tokio_rustls::{TlsConnector, rustls};

fn proxy(log: Arc<dyn KeyLog>) -> DeviceTls {
    DeviceTls::new(Certificates::Authority(authority()), log).unwrap().with_legacy().unwrap()
}

/// An old device: its version, its cipher suites, and what it trusts.
fn device(
    version: SslVersion,
    ciphers: &str,
    trusted: &[u8],
    protocols: &[u8],
    stream: DuplexStream,
) -> SslStream<DuplexStream> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_cipher_list(&format!("{ciphers}:@SECLEVEL=0")).unwrap();
    connector.set_min_proto_version(Some(version)).unwrap();
    connector.set_max_proto_version(Some(version)).unwrap();
    connector.set_verify(SslVerifyMode::PEER);
    connector.cert_store_mut().add_cert(X509::from_der(trusted).unwrap()).unwrap();
    if !protocols.is_empty() {
        connector.set_alpn_protos(protocols).unwrap();
    }
    let ssl = connector.build().configure().unwrap().into_ssl("dm.example").unwrap();
    SslStream::new(ssl, stream).unwrap()
}

#[tokio::test]
async fn old_versions_and_key_exchange_with_rsa_get_through_and_are_logged() {
    let table = [
        (SslVersion::TLS1, "AES128-SHA", "TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (SslVersion::TLS1_1, "AES256-SHA", "TLS 1.1", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        (SslVersion::TLS1, "ECDHE-RSA-AES128-SHA", "TLS 1.0", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        (SslVersion::TLS1_2, "AES128-SHA256", "TLS 1.2", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        (SslVersion::TLS1_2, "AES128-GCM-SHA256", "TLS 1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    ];
    for (wire, ciphers, version, suite) in table {
        let log = Arc::new(Log::default());
        let proxy = proxy(log.clone());
        let (ours, theirs) = duplex(64 << 10);
        let mut device = device(wire, ciphers, authority().der(), b"\x08http/1.1", theirs);
        let (theirs, ours) = tokio::join!(Pin::new(&mut device).connect(), proxy.accept(ours, "else.example", LONG));
        theirs.unwrap();
        let mut ours = ours.unwrap();
        let expected = Negotiated {
            version: version.to_owned(),
            suite: suite.to_owned(),
            server_name: Some("dm.example".to_owned()),
            protocol: Some("http/1.1".to_owned()),
        };
        assert_eq!(*ours.negotiated(), expected);
        let shown = device.ssl().peer_certificate().unwrap().to_der().unwrap();
        let facts = CertificateFacts::read(&shown.into()).unwrap();
        assert_eq!((&*facts.names, &*facts.key), (&["dm.example".to_owned()][..], "RSA 2048"));
        device.write_all(b"POST /dm").await.unwrap();
        let mut octets = [0; 8];
        ours.read_exact(&mut octets).await.unwrap();
        ours.write_all(&octets).await.unwrap();
        ours.shutdown().await.unwrap();
        let mut answer = Vec::new();
        device.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"POST /dm");
        assert_eq!(log.lines(), [("CLIENT_RANDOM".to_owned(), 32, 48)], "{suite}");
    }
}

#[tokio::test]
async fn devices_of_today_stay_with_rustls() {
    let proxy = proxy(Arc::new(NoKeyLog));
    let (ours, theirs) = duplex(64 << 10);
    let device = TlsConnector::from(Arc::new(client(authority().der(), ALL_VERSIONS)));
    let (theirs, ours) =
        tokio::join!(device.connect(name("dm.example"), theirs), proxy.accept(ours, "x.example", LONG));
    theirs.unwrap();
    assert_eq!(ours.unwrap().negotiated().version, "TLS 1.3");
}

#[tokio::test]
async fn what_even_openssl_refuses_is_told_apart() {
    let proxy = proxy(Arc::new(NoKeyLog));
    let (stranger, known) = (super::stranger("Stranger"), authority());
    let table: [(&[u8], &[u8], &str); 2] = [
        (stranger.der(), b"", "alert 48 (unknown_ca): the device does not trust dmscope's CA"),
        (known.der(), b"\x02h2", "the device wants h2 and not http/1.1"),
    ];
    for (trusted, protocols, message) in table {
        let (ours, theirs) = duplex(64 << 10);
        let mut device = device(SslVersion::TLS1, "AES128-SHA", trusted, protocols, theirs);
        let (theirs, ours) = tokio::join!(Pin::new(&mut device).connect(), proxy.accept(ours, "x.example", LONG));
        theirs.unwrap_err();
        let failed = ours.unwrap_err().to_string();
        assert!(failed.contains(message), "{failed}");
    }
    let old = super::device::hello(0x0300, &[0x0004]);
    let (failed, _) = super::device::send(&proxy, &old).await;
    assert!(failed.to_string().contains("offers SSL 3.0 or lower"), "{failed}");
    assert!(failed.to_string().contains("--legacy-tls does not help here"), "{failed}");
    let (failed, _) = super::device::send(&proxy, &super::device::hello(0x0301, &[0x0004])).await;
    assert!(failed.to_string().contains("no cipher suite in common"), "{failed}");
    let (failed, answer) = super::device::send(&proxy, &super::device::hello(0x0301, &[0x002f])).await;
    assert!(matches!(failed, HandshakeError::Dropped { .. }), "{failed:?}");
    assert_eq!(answer[0], 22);
}
