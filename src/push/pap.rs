//! Messages to a push proxy: the Push Access Protocol (WAP-247-PAP, sections 8 and 9). A body in parts: an XML document that
//! names the receivers, then the entity that is pushed.

use super::entity::{Entity, essence, header, parameter};
use super::multipart::{Content, find, parts};
use crate::base::Limits;
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
    /// Receivers that it names besides.
    pub receivers_left: usize,
    content: Content<'p>,
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
        let content = Content::of(&of_content, content)?;
        let (receivers, receivers_left) = receivers(control);
        Some(Self { receivers, receivers_left, content })
    }

    /// What is pushed.
    pub fn entity(&self) -> Entity<'_> {
        self.content.entity()
    }
}

/// The values of the attribute `address-value` in the document that says what to do, and how many more there are.
fn receivers(control: &[u8]) -> (Vec<PapAddress>, usize) {
    const NAME: &[u8] = b"address-value";
    let (mut found, mut left) = (Vec::new(), 0);
    let mut rest = control;
    while let Some((_, after)) = find(rest, NAME) {
        rest = after;
        let Some(value) = after.trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { continue };
        let Some((quote, value)) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\'')) else {
            continue;
        };
        let Some(end) = memchr::memchr(*quote, value) else { continue };
        let Ok(text) = std::str::from_utf8(value.get(..end).unwrap_or_default()) else { continue };
        if found.len() >= Limits::PUSH_RECEIVERS {
            left += 1;
            continue;
        }
        found.push(PapAddress::read(&text.replace("&amp;", "&")));
    }
    (found, left)
}
