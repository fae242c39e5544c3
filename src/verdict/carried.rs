//! What carried a session: its HTTP exchanges and the notification that asked for it, as they are written out again.
//!
//! A row holds all that an export, or a cut-out of one session, needs: bodies, heads, times, addresses. Rows wait beside
//! those of the report and can be kept by whoever keeps sessions; nothing of the capture is needed once they are made.

use crate::base::{FrameNo, Handshake};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::SocketAddr;

/// One exchange of a session, or the datagram that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Number of the session.
    #[serde(rename = "carried")]
    pub session: u32,
    /// Which input it was captured in, from 1, where there are several.
    pub input: Option<u32>,
    /// The connection, by its number in the input.
    pub connection: u64,
    /// Position of the exchange on the connection, from 0.
    pub ordinal: u64,
    /// The end that asked; of a datagram, the one that sent it.
    pub client: SocketAddr,
    /// The end that answered; of a datagram, the one that it was sent to.
    pub server: SocketAddr,
    /// What it came out of, where that was TLS.
    pub tls: Option<CarriedTls>,
    /// Octets of the connection before it are not in the capture.
    pub after_gap: bool,
    /// The capture, not a peer, left it incomplete.
    pub cut: bool,
    /// What a recording tells of faults that took the place of the response, a line each.
    pub faults: Vec<String>,
    /// The request, where it was captured.
    pub request: Option<CarriedMessage>,
    /// The response, where one was captured.
    pub response: Option<CarriedMessage>,
    /// A datagram; then there are neither request nor response.
    pub datagram: Option<CarriedDatagram>,
}

/// What was agreed on for a connection that was TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedTls {
    /// The version as people write it; empty where it is not known.
    pub version: String,
    /// The cipher suite by its name in the registry; empty where it is not known.
    pub suite: String,
    /// What the handshake showed beside it.
    #[serde(default, skip_serializing_if = "Handshake::is_unknown")]
    pub handshake: Handshake,
}

/// One HTTP message of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedMessage {
    /// Number of the message of the session that it holds, from 1; `None` where it holds none.
    pub message: Option<u32>,
    /// It holds a message that an earlier exchange held already.
    pub again: bool,
    /// How that message is encoded: `xml` or `wbxml`.
    pub encoding: Option<CarriedEncoding>,
    /// Its first line.
    pub line: CarriedLine,
    /// Its version: `HTTP/1.1`, `HTTP/2`.
    pub version: String,
    /// Its header lines, in order.
    pub headers: Vec<CarriedHeader>,
    /// The body, without transfer and content coding.
    #[serde(with = "Octets64")]
    pub body: Vec<u8>,
    /// The content coding that was undone.
    pub coding: Option<CarriedCoding>,
    /// How the body ended.
    pub ending: CarriedEnding,
    /// When its first octet was seen, in nanoseconds since 1970.
    pub started: i64,
    /// When its last octet was seen, in nanoseconds since 1970.
    pub ended: i64,
    /// Frames of the capture that carried it.
    pub frames: Vec<FrameNo>,
    /// What a recording tells of faults that were injected into it, a line each.
    pub faults: Vec<String>,
}

/// The encoding of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CarriedEncoding {
    /// XML.
    Xml,
    /// WBXML.
    Wbxml,
}

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CarriedCoding {
    /// gzip (RFC 1952).
    Gzip,
    /// deflate in a zlib wrapper (RFC 1950).
    Deflate,
}

/// The first line of an HTTP message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CarriedLine {
    /// Of a request.
    Request {
        /// The method.
        method: String,
        /// The target as sent.
        target: String,
    },
    /// Of a response.
    Response {
        /// The status code.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CarriedEnding {
    /// As its head promised.
    Whole,
    /// A chunk could not be read; it ends there.
    BadChunk,
    /// The sender ended the connection in order before the rest.
    Finished,
    /// The connection broke before the rest.
    Broken,
    /// The rest is not in the capture, or not kept.
    Missing {
        /// So many octets, where that is known.
        octets: Option<u64>,
    },
}

/// A header line. Octets that are no UTF-8 are there as well: each character stands for one octet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedHeader {
    /// The name, as sent.
    pub name: String,
    /// The value, without white space around it.
    pub value: String,
}

impl CarriedHeader {
    /// From octets.
    pub fn new(name: &[u8], value: &[u8]) -> Self {
        let text = |octets: &[u8]| octets.iter().map(|octet| char::from(*octet)).collect();
        Self { name: text(name), value: text(value) }
    }

    /// The octets of the name.
    pub fn name_octets(&self) -> Vec<u8> {
        octets(&self.name)
    }

    /// The octets of the value.
    pub fn value_octets(&self) -> Vec<u8> {
        octets(&self.value)
    }

    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value as text: UTF-8 where it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.value_octets()).into_owned()
    }
}

/// Characters that stand for one octet each; one that stands for none becomes a question mark.
fn octets(text: &str) -> Vec<u8> {
    text.chars().map(|ch| u8::try_from(u32::from(ch)).unwrap_or(b'?')).collect()
}

impl CarriedMessage {
    /// The value of the first header with this name, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|header| header.is(name)).map(CarriedHeader::text)
    }

    /// Whether its transfer coding is chunked (RFC 9112, section 7.1).
    pub fn is_chunked(&self) -> bool {
        let codings = self.headers.iter().filter(|header| header.is("transfer-encoding"));
        codings.flat_map(|header| header.value.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("chunked"))
    }
}

/// A push: a UDP datagram, or what short messages were joined to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedDatagram {
    /// Its payload, or the push PDU that the short messages carried.
    #[serde(with = "Octets64")]
    pub payload: Vec<u8>,
    /// When it was seen, in nanoseconds since 1970.
    pub time: i64,
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// How often it was sent again before the session began.
    pub repeated: u32,
    /// Of short messages, what packets are made of again; then the two ends are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<CarriedSms>,
}

/// What is kept of the short messages of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedSms {
    /// Number or name of who sent it; empty where that is not known.
    pub originator: String,
    /// The port that it went to.
    pub port: Option<u16>,
}

/// Octets in base64.
struct Octets64;

impl Octets64 {
    fn serialize<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(octets))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        STANDARD.decode(&*text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was_whatever_its_octets() {
        let all: Vec<u8> = (0..=255).collect();
        let message = CarriedMessage {
            message: Some(1),
            again: false,
            encoding: Some(CarriedEncoding::Wbxml),
            line: CarriedLine::Request { method: "POST".into(), target: "/dm".into() },
            version: "HTTP/1.1".into(),
            headers: vec![CarriedHeader::new(b"X", &all)],
            body: all.clone(),
            coding: Some(CarriedCoding::Gzip),
            ending: CarriedEnding::Missing { octets: Some(3) },
            started: 1,
            ended: 2,
            frames: vec![FrameNo::FIRST],
            faults: vec!["a fault".into()],
        };
        let row = Carried {
            session: 0,
            input: None,
            connection: 3,
            ordinal: 4,
            client: "[2001:db8::1]:40000".parse().unwrap(),
            server: "192.0.2.1:80".parse().unwrap(),
            tls: Some(CarriedTls { version: "TLS 1.2".into(), suite: "x".into(), handshake: Handshake::default() }),
            after_gap: true,
            cut: false,
            faults: Vec::new(),
            response: Some(CarriedMessage {
                line: CarriedLine::Response { status: 200, reason: "OK".into() },
                ..message.clone()
            }),
            request: Some(message),
            datagram: None,
        };
        let text = serde_json::to_string(&row).unwrap();
        assert!(text.starts_with("{\"carried\":0,") && !text.contains('\n'));
        let back: Carried = serde_json::from_str(&text).unwrap();
        assert_eq!(back, row);
        assert_eq!(back.request.unwrap().headers[0].value_octets(), all);
    }
}
