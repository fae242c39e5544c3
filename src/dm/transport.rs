//! The facts on transport that a rule or a report may use.

use crate::http::{Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage, HttpVersion};
use crate::net::{Endpoint, FlowId};
use crate::syncml::MediaType;

/// How one message was carried.
#[derive(Debug, Clone)]
pub struct Transport {
    /// The connection.
    pub connection: FlowId,
    /// Position of the exchange on the connection, from 0.
    pub ordinal: u64,
    /// The end that sent the HTTP request.
    pub client: Endpoint,
    /// The end that answered it.
    pub server: Endpoint,
    /// Whether it came out of TLS.
    pub tls: bool,
    /// The version of HTTP in which the message was sent.
    pub version: HttpVersion,
    /// Method of the request that carried or caused the message; empty when the request was not captured.
    pub method: String,
    /// Request target as sent.
    pub url: String,
    /// HTTP status, where the message came in a response.
    pub status: Option<u16>,
    /// What Content-Type says.
    pub media: MediaType,
    /// Header lines of the HTTP message that carried it.
    pub headers: Vec<Header>,
    /// Octets of the body before its content coding was undone.
    pub transferred: u64,
    /// How the body ended.
    pub body_end: BodyEnd,
    /// The content coding that was undone.
    pub coding: Option<ContentCoding>,
    /// What was odd about the HTTP message.
    pub anomalies: Vec<Anomaly>,
}

impl Transport {
    pub(super) fn with<L>(
        exchange: &Exchange,
        message: &mut HttpMessage<L>,
        version: HttpVersion,
        status: Option<u16>,
        method: String,
        url: String,
    ) -> Self {
        Self {
            connection: exchange.flow,
            ordinal: exchange.ordinal,
            client: exchange.client,
            server: exchange.server,
            tls: exchange.tls,
            version,
            method,
            url,
            status,
            media: MediaType::parse(message.header("content-type")),
            headers: std::mem::take(&mut message.headers),
            transferred: message.transferred,
            body_end: message.end,
            coding: message.coding,
            anomalies: std::mem::take(&mut message.anomalies),
        }
    }

    /// The first header of that name, trimmed; `None` when absent or not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name.as_bytes()))
            .and_then(|header| std::str::from_utf8(&header.value).ok())
            .map(str::trim)
    }

    /// Header lines that are plain text: names of visible characters, values without control characters.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> + '_ {
        self.headers.iter().filter_map(|header| {
            let name = std::str::from_utf8(&header.name).ok()?;
            let value = std::str::from_utf8(&header.value).ok()?;
            let plain = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_graphic() && octet != b':');
            (plain && !value.chars().any(char::is_control)).then_some((name, value))
        })
    }

    /// Whether the body is in the capture from its first to its last octet.
    pub fn has_whole_body(&self) -> bool {
        self.body_end == BodyEnd::Complete
    }

    /// Whether the request carried HTTP credentials (`Authorization`).
    pub fn has_http_credentials(&self) -> bool {
        self.header("authorization").is_some()
    }
}
