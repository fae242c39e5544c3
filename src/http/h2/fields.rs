//! Fields of a header block to a head (RFC 9113, section 8).

use super::lane::Block;
use crate::base::Limits;
use crate::http::building::weigh;
use crate::http::exchange::{Anomaly, Header, HttpVersion, RequestLine, ResponseLine, StartLine};
use crate::http::head::{self, Head, note};

/// What a field counts beyond its octets, as in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, section 6.5.2).
const OVERHEAD: usize = 32;

/// The fields of one block, below the ceilings.
#[derive(Debug, Default)]
pub(super) struct Fields {
    headers: Vec<Header>,
    anomalies: Vec<Anomaly>,
    method: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    scheme: Option<Vec<u8>>,
    status: Option<Vec<u8>>,
    /// Octets of the list so far; they give places to oddities.
    octets: usize,
    size: usize,
}

impl Fields {
    /// Takes the next field.
    pub(super) fn push(&mut self, name: &[u8], value: &[u8]) {
        let offset = u32::try_from(self.octets).unwrap_or(u32::MAX);
        let octets = name.len().saturating_add(value.len());
        self.octets = self.octets.saturating_add(octets);
        self.size = self.size.saturating_add(octets).saturating_add(OVERHEAD);
        if self.size > Limits::HTTP_HEAD {
            if !self.anomalies.contains(&Anomaly::TooManyHeaders) {
                self.anomalies.push(Anomaly::TooManyHeaders);
            }
            return;
        }
        if head::has_control(value) {
            note(&mut self.anomalies, Anomaly::ControlInValue { offset });
        }
        if !name.starts_with(b":") {
            return head::keep(Some((name.to_vec(), value.to_vec())), &mut self.headers, &mut self.anomalies);
        }
        if !self.headers.is_empty() {
            note(&mut self.anomalies, Anomaly::StartLine { what: "a pseudo header after other headers" });
        }
        let place = match name {
            b":method" => &mut self.method,
            b":path" => &mut self.path,
            b":authority" => &mut self.authority,
            b":scheme" => &mut self.scheme,
            b":status" => &mut self.status,
            _ => {
                // `:protocol` (RFC 8441) among them.
                return head::keep(Some((name.to_vec(), value.to_vec())), &mut self.headers, &mut self.anomalies);
            }
        };
        if place.is_some() {
            note(&mut self.anomalies, Anomaly::StartLine { what: "a pseudo header that comes twice" });
        } else {
            *place = Some(value.to_vec());
        }
    }

    fn odd(&mut self, wrong: bool, what: &'static str) {
        if wrong {
            note(&mut self.anomalies, Anomaly::StartLine { what });
        }
    }

    /// The head of a request. What is missing of its pseudo headers is empty.
    pub(super) fn request(mut self) -> Head {
        let method = self.method.take();
        let authority = self.authority.take();
        let path = self.path.take();
        // Section 8.5: a CONNECT has neither path nor scheme.
        let connect = method.as_deref() == Some(b"CONNECT") && path.is_none();
        self.odd(method.is_none(), "no :method");
        self.odd(path.is_none() && !connect, "no :path");
        self.odd(self.scheme.is_none() && !connect, "no :scheme");
        self.odd(self.status.is_some(), "a :status in a request");
        let mut headers = Vec::with_capacity(self.headers.len().saturating_add(2));
        let own = |name: &[u8], value: &[u8]| Header { name: name.into(), value: value.into() };
        if let Some(host) = &authority {
            headers.push(own(b"host", host));
        }
        if let Some(scheme) = &self.scheme {
            headers.push(own(b":scheme", scheme));
        }
        let same = |header: &Header| {
            header.name.eq_ignore_ascii_case(b"host") && Some(header.value.as_ref()) == authority.as_deref()
        };
        headers.extend(self.headers.into_iter().filter(|header| !same(header)));
        let target = if connect { authority.as_deref() } else { path.as_deref() };
        let line = RequestLine { method: text(method.as_deref()), target: text(target), version: HttpVersion::Http2 };
        Head { line: StartLine::Request(line), headers, anomalies: self.anomalies }
    }

    /// The head of a response; `None` when it has no status.
    pub(super) fn response(mut self) -> Option<Head> {
        let status = match self.status.take()?.as_slice() {
            digits @ [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => std::str::from_utf8(digits).ok()?.parse().ok()?,
            _ => return None,
        };
        let others = [&self.method, &self.path, &self.authority, &self.scheme];
        let odd = others.into_iter().any(|field| field.is_some());
        self.odd(odd, "a pseudo header of a request in a response");
        let line = ResponseLine { status, reason: String::new(), version: HttpVersion::Http2 };
        Some(Head { line: StartLine::Response(line), headers: self.headers, anomalies: self.anomalies })
    }

    /// Adds the fields as trailers to those of a message.
    pub(super) fn trail(mut self, headers: &mut Vec<Header>, anomalies: &mut Vec<Anomaly>) {
        let pseudo = [&self.method, &self.path, &self.authority, &self.scheme, &self.status];
        let odd = pseudo.into_iter().any(|field| field.is_some());
        self.odd(odd, "a pseudo header in trailers");
        for anomaly in self.anomalies {
            note(anomalies, anomaly);
        }
        // Head and trailers together stay below the ceiling of a head, however many blocks of trailers come.
        let mut room = Limits::HTTP_HEAD.saturating_sub(weigh(headers));
        for header in self.headers {
            let weight = weigh(std::slice::from_ref(&header));
            if weight > room {
                if !anomalies.contains(&Anomaly::TooManyHeaders) {
                    anomalies.push(Anomaly::TooManyHeaders);
                }
                break;
            }
            room = room.saturating_sub(weight);
            head::keep(Some((header.name.into_vec(), header.value.into_vec())), headers, anomalies);
        }
    }
}

fn text(value: Option<&[u8]>) -> String {
    value.map_or_else(String::new, head::text)
}

/// Reads the fields of a block.
pub(super) fn read(lane: &mut super::lane::Lane, block: &Block) -> Result<Fields, Option<String>> {
    let mut fields = Fields::default();
    lane.decode(block, &mut |name, value| fields.push(name, value))?;
    Ok(fields)
}
