//! Messages to a push proxy: the Push Access Protocol (WAP-247-PAP, sections 8 and 9). A body in parts: an XML document that
//! names the receivers, then the entity that is pushed.

use super::entity::{APPLICATION_ID, Entity, essence, header, headers, parameter};
use crate::base::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::net::IpAddr;

/// A receiver of a push (WAP-249-PPGService, section 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PapAddress {
    /// A telephone number.
    Number(String),
    /// An address of the network.
    Address(IpAddr),
    /// Something else, as written.
    Other(String),
}

impl PapAddress {
    /// Octets of one that are kept.
    const LONGEST: usize = 256;

    /// Reads an address: `WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com`.
    fn read(text: &str) -> Self {
        let text: String = text.trim().chars().take(Self::LONGEST).collect();
        let client = text.rsplit_once('@').map_or(text.as_str(), |(client, _)| client);
        let is_push = client.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("WAPPUSH="));
        let client = client.get(8..).filter(|_| is_push).unwrap_or_default();
        let (name, kind) = client.split_once('/').unwrap_or((client, ""));
        let kind = kind.get(5..).filter(|_| kind.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("TYPE=")));
        let kind = kind.unwrap_or_default().to_ascii_uppercase();
        match (kind.as_str(), name.parse()) {
            ("PLMN", _) if !name.is_empty() => Self::Number(name.to_owned()),
            ("IPV4" | "IPV6", Ok(address)) => Self::Address(address),
            _ => Self::Other(text),
        }
    }
}

/// A message to a push proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PapMessage<'p> {
    /// To whom; at most [`Limits::PUSH_RECEIVERS`].
    pub receivers: Vec<PapAddress>,
    content_type: &'p str,
    application: Option<&'p str>,
    content: Cow<'p, [u8]>,
}

/// Whether a Content-Type may be that of a message to a push proxy.
pub fn is_pap_type(content_type: &str) -> bool {
    essence(content_type).eq_ignore_ascii_case("multipart/related")
}

impl<'p> PapMessage<'p> {
    /// Reads the body of a request; `None` where it is no message that pushes something.
    pub fn read(content_type: &str, body: &'p [u8]) -> Option<Self> {
        let boundary =
            parameter(content_type, "boundary").filter(|boundary| is_pap_type(content_type) && !boundary.is_empty())?;
        let mut parts = parts(body, &boundary);
        let (of_control, control) = parts.next()?;
        let is_xml = header(&of_control, &["content-type"]).is_none_or(|kind| essence(kind).ends_with("xml"));
        if !is_xml || memchr::memmem::find(control, b"<push-message").is_none() {
            return None;
        }
        let (of_content, content) = parts.next()?;
        let is_base64 = header(&of_content, &["content-transfer-encoding"])
            .is_some_and(|coding| coding.eq_ignore_ascii_case("base64"));
        let content = if is_base64 {
            let text: Vec<u8> = content.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
            Cow::Owned(STANDARD.decode(text).ok()?)
        } else {
            Cow::Borrowed(content)
        };
        Some(Self {
            receivers: receivers(control),
            content_type: header(&of_content, &["content-type"])?,
            application: header(&of_content, &[APPLICATION_ID]),
            content,
        })
    }

    /// What is pushed.
    pub fn entity(&self) -> Entity<'_> {
        Entity { content_type: self.content_type, application: self.application, body: &self.content }
    }
}

/// The headers of a part.
type Headers<'p> = Vec<(&'p str, &'p str)>;

/// The parts of a body (RFC 2046, section 5.1.1), each with its headers, from the first delimiter to the last.
fn parts<'p>(body: &'p [u8], boundary: &str) -> impl Iterator<Item = (Headers<'p>, &'p [u8])> {
    let delimiter = format!("--{boundary}");
    let mut rest = find(body, delimiter.as_bytes()).map(|(_, after)| after);
    std::iter::from_fn(move || {
        let own = rest.take()?;
        if own.starts_with(b"--") {
            return None;
        }
        let own = own.get(memchr::memchr(b'\n', own)?.saturating_add(1)..)?;
        let (part, after) = match find(own, format!("\n{delimiter}").as_bytes()) {
            Some((part, after)) => (part.strip_suffix(b"\r").unwrap_or(part), Some(after)),
            None => (own, None),
        };
        rest = after;
        let (headers, length) = headers(part)?;
        Some((headers, part.get(length..).unwrap_or_default()))
    })
}

/// What stands before a text and what behind it.
fn find<'o>(octets: &'o [u8], text: &[u8]) -> Option<(&'o [u8], &'o [u8])> {
    let at = memchr::memmem::find(octets, text)?;
    Some((octets.get(..at)?, octets.get(at.saturating_add(text.len())..)?))
}

/// The values of the attribute `address-value` in the document that says what to do.
fn receivers(control: &[u8]) -> Vec<PapAddress> {
    const NAME: &[u8] = b"address-value";
    let mut found = Vec::new();
    let mut rest = control;
    while let Some((_, after)) = find(rest, NAME) {
        rest = after;
        if found.len() >= Limits::PUSH_RECEIVERS {
            break;
        }
        let Some(value) = after.trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { continue };
        let Some((quote, value)) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\'')) else {
            continue;
        };
        let Some(end) = memchr::memchr(*quote, value) else { continue };
        if let Ok(text) = std::str::from_utf8(value.get(..end).unwrap_or_default()) {
            found.push(PapAddress::read(&text.replace("&amp;", "&")));
        }
    }
    found
}
