//! The facts on transport that a rule or a report may use.

use super::http_facts::{Accept, ContentType, elements};
use crate::http::{Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage, HttpVersion};
use crate::net::{Endpoint, FlowId, SecuredBy};
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
    /// Under which version and cipher suite; `None` where it did not come out of TLS, or nothing tells.
    pub secured: Option<SecuredBy>,
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
    /// Content-Type with its parameters; `None` when absent or not UTF-8.
    pub content_type: Option<ContentType>,
    /// What Accept of a request asks for; `None` when absent or not UTF-8.
    pub accept: Option<Accept>,
    /// Header lines of the HTTP message that carried it.
    pub headers: Vec<Header>,
    /// Octets of the body before its content coding was undone.
    pub transferred: u64,
    /// How the body ended.
    pub body_end: BodyEnd,
    /// The capture, not a peer, left the exchange incomplete.
    pub cut: bool,
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
            secured: exchange.secured,
            version,
            method,
            url,
            status,
            media: MediaType::parse(message.header("content-type")),
            content_type: message.header("content-type").map(ContentType::parse),
            accept: Accept::of(&message.headers),
            headers: std::mem::take(&mut message.headers),
            transferred: message.transferred,
            body_end: message.end,
            cut: exchange.cut,
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

    /// Whether it came in an HTTP request.
    pub fn is_request(&self) -> bool {
        self.status.is_none()
    }

    /// How many headers have that name.
    pub fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name.as_bytes())).count()
    }

    /// The elements of all headers of that name that are UTF-8, as of one list (RFC 9110, section 5.6.1), trimmed.
    pub fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        elements(&self.headers, name)
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

    /// What shows that a Windows client sent the request ([MS-MDM], section 2.1): the header, or the query of its address.
    pub fn windows_sign(&self) -> Option<&str> {
        if !self.is_request() {
            return None;
        }
        if let Some(agent) = self.header("user-agent").filter(|agent| agent.starts_with("MSFT OMA DM Client")) {
            return Some(agent);
        }
        let own = ["MS-Signature", "MDM-GenericAlert", "MS-CV", "DeviceToken"];
        if let Some(name) = own.into_iter().find(|name| self.header(name).is_some()) {
            return Some(name);
        }
        let (_, query) = self.url.split_once('?')?;
        let has = |name: &str| query.split('&').any(|part| part.starts_with(name));
        (has("mode=") && has("Platform=")).then_some(query)
    }

    /// Whether the request carried HTTP credentials (`Authorization`).
    pub fn has_http_credentials(&self) -> bool {
        self.header("authorization").is_some()
    }
}
