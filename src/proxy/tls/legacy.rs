//! Devices that rustls refuses: TLS 1.0 and 1.1, CBC, key exchange with RSA; by OpenSSL.
//!
//! Its security level 0 is what lets TLS 1.0 and 1.1 and their signatures with SHA-1 through.

use super::PROTOCOLS;
use super::error::{HandshakeError, Legacy, Trust, is_end};
use super::prefixed::Prefixed;
use super::stream::{DeviceStream, Inner, Negotiated};
use crate::proxy::authority::{AuthorityError, Leaf};
use crate::tls::Offer;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{
    AlpnError, NameType, Ssl, SslContext, SslContextBuilder, SslMethod, SslRef, SslVersion, select_next_proto,
};
use openssl::x509::X509;
use rustls::KeyLog;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_openssl::SslStream;
use tokio_rustls::rustls;

/// All that OpenSSL was built with, apart from suites without a certificate or without encryption.
const CIPHERS: &str = "ALL:!aNULL:!eNULL:@SECLEVEL=0";

/// Takes the handshake of an old device.
pub(super) async fn accept<S>(
    stream: Prefixed<S>,
    leaf: &Leaf,
    key_log: Arc<dyn KeyLog>,
    offer: &Offer,
    trust: Trust,
) -> Result<DeviceStream<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let setup = |error: ErrorStack| HandshakeError::from(AuthorityError::Crypto(error.to_string()));
    let context = context(leaf, key_log).map_err(setup)?;
    let ssl = Ssl::new(&context).map_err(setup)?;
    let mut stream = SslStream::new(ssl, stream).map_err(setup)?;
    match Pin::new(&mut stream).accept().await {
        Ok(()) => {
            let negotiated = negotiated(stream.ssl());
            Ok(DeviceStream { inner: Inner::Legacy(Box::new(stream)), negotiated })
        }
        Err(error) => Err(explain(error, offer, trust)),
    }
}

fn context(leaf: &Leaf, key_log: Arc<dyn KeyLog>) -> Result<SslContext, ErrorStack> {
    let mut context = SslContextBuilder::new(SslMethod::tls_server())?;
    context.set_cipher_list(CIPHERS)?;
    context.set_min_proto_version(Some(SslVersion::TLS1))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    if let Some((certificate, above)) = leaf.chain().split_first() {
        context.set_certificate(X509::from_der(certificate)?.as_ref())?;
        for certificate in above {
            context.add_extra_chain_cert(X509::from_der(certificate)?)?;
        }
    }
    context.set_private_key(PKey::private_key_from_der(leaf.key.secret_der())?.as_ref())?;
    context.set_keylog_callback(move |_, line| log(&*key_log, line));
    let protocols: Vec<u8> = PROTOCOLS.iter().flat_map(|name| std::iter::once(8).chain(name.bytes())).collect();
    context.set_alpn_select_callback(move |_, offered| chosen(&protocols, offered).ok_or(AlpnError::ALERT_FATAL));
    Ok(context.build())
}

/// The protocol of the device's list that both know: a piece of the list that the device sent.
fn chosen<'a>(known: &[u8], offered: &'a [u8]) -> Option<&'a [u8]> {
    let name = select_next_proto(known, offered)?;
    offered.windows(name.len()).find(|window| *window == name)
}

/// Passes a line of a key log on.
fn log(key_log: &dyn KeyLog, line: &str) {
    let mut words = line.split_ascii_whitespace();
    if let (Some(label), Some(random), Some(secret)) =
        (words.next(), words.next().and_then(octets), words.next().and_then(octets))
    {
        key_log.log(label, &random, &secret);
    }
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |octet: &u8| char::from(*octet).to_digit(16);
    let octet = |[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(octet).collect())?
}

fn negotiated(ssl: &SslRef) -> Negotiated {
    Negotiated {
        version: match ssl.version_str() {
            "TLSv1" => "TLS 1.0".to_owned(),
            version => version.replace("TLSv", "TLS "),
        },
        suite: ssl.current_cipher().and_then(|cipher| cipher.standard_name()).unwrap_or_default().to_owned(),
        server_name: ssl.servername(NameType::HOST_NAME).map(str::to_owned),
        protocol: ssl.selected_alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
    }
}

/// Reasons of OpenSSL (`sslerr.h`); an alert of the peer is its number and [`ALERT`].
mod reason {
    pub(super) const NO_SHARED_CIPHER: i32 = 193;
    pub(super) const NO_APPLICATION_PROTOCOL: i32 = 235;
    pub(super) const UNSUPPORTED_PROTOCOL: i32 = 258;
    pub(super) const UNEXPECTED_EOF: i32 = 294;
    pub(super) const VERSION_TOO_LOW: i32 = 396;
    pub(super) const ALERT: i32 = 1_000;
}

fn explain(error: openssl::ssl::Error, offer: &Offer, trust: Trust) -> HandshakeError {
    let boxed = || Box::new(offer.clone());
    let first = error.ssl_error().and_then(|stack| stack.errors().first()).cloned();
    let Some(first) = first else {
        return match error.into_io_error() {
            Ok(error) if !is_end(&error) => error.into(),
            // Without an error of the system it is the end of the stream.
            _ => HandshakeError::Dropped { trust, offer: boxed() },
        };
    };
    match first.reason_code() {
        reason::NO_SHARED_CIPHER => {
            HandshakeError::NothingInCommon { what: "cipher suite", offer: boxed(), legacy: Legacy::On }
        }
        reason::UNSUPPORTED_PROTOCOL | reason::VERSION_TOO_LOW => {
            HandshakeError::OldVersion { offer: boxed(), legacy: Legacy::On }
        }
        reason::NO_APPLICATION_PROTOCOL => HandshakeError::OtherProtocol { offer: boxed() },
        reason::UNEXPECTED_EOF => HandshakeError::Dropped { trust, offer: boxed() },
        code => match u8::try_from(code.saturating_sub(reason::ALERT)) {
            Ok(alert) => HandshakeError::alert(alert, offer, trust),
            Err(_) => {
                HandshakeError::Protocol { what: first.reason().unwrap_or("no reason").to_owned(), offer: boxed() }
            }
        },
    }
}
