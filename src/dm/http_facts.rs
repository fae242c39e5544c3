//! What header fields say, worked out once.

use crate::base::Timestamp;
use crate::http::{BodyEnd, Header, HttpMessage, ResponseLine};

/// The elements of all headers of a name that are UTF-8, as of one list (RFC 9110, section 5.6.1), trimmed.
pub(super) fn elements<'a>(headers: &'a [Header], name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name.as_bytes()))
        .filter_map(|header| std::str::from_utf8(&header.value).ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// Content-Type with the parameters that the types of DM have (registrations in OMA-TS-DM_RepPro-V1_2_1, appendix).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// Type and subtype in lower case.
    pub essence: String,
    /// `charset`, as written.
    pub charset: Option<String>,
    /// `verproto`, as written.
    pub ver_proto: Option<String>,
    /// `verdtd`, as written.
    pub ver_dtd: Option<String>,
}

impl ContentType {
    /// Reads a value (RFC 9110, section 8.3.1); what is no parameter is passed over, of a parameter that comes twice the
    /// first counts.
    pub fn parse(value: &str) -> Self {
        let mut parts = pieces(value).into_iter();
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut found = Self { essence, charset: None, ver_proto: None, ver_dtd: None };
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "charset" => &mut found.charset,
                "verproto" => &mut found.ver_proto,
                "verdtd" => &mut found.ver_dtd,
                _ => continue,
            };
            slot.get_or_insert_with(|| unquoted(value.trim()));
        }
        found
    }
}

/// Parts of a value between semicolons that stand in no quotes.
fn pieces(value: &str) -> Vec<&str> {
    let mut quoted = false;
    let mut escaped = false;
    value
        .split(|ch| {
            let is_end = ch == ';' && !quoted;
            if !escaped && ch == '"' {
                quoted = !quoted;
            }
            escaped = quoted && !escaped && ch == '\\';
            is_end
        })
        .collect()
}

/// The text of a quoted string, or the token that it is.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let mut escaped = false;
    inner
        .chars()
        .filter(|ch| {
            escaped = *ch == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// What Accept asks for (RFC 9110, section 12.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accept {
    /// Media ranges in lower case without parameters, each with its weight in thousandths.
    ranges: Vec<(String, u16)>,
}

impl Accept {
    /// Reads all Accept headers; `None` where there is none.
    pub(super) fn of(headers: &[Header]) -> Option<Self> {
        let mut ranges: Option<Vec<(String, u16)>> = None;
        if headers.iter().any(|header| header.name.eq_ignore_ascii_case(b"accept")) {
            ranges.get_or_insert_default().extend(elements(headers, "accept").map(|element| {
                let mut parts = element.split(';');
                let range = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
                (range, parts.find_map(weight).unwrap_or(MOST))
            }));
        }
        ranges.map(|ranges| Self { ranges })
    }

    /// Whether it takes a media type, given in lower case: the most specific range that covers it decides.
    pub fn takes(&self, essence: &str) -> bool {
        self.weight(essence) > 0
    }

    /// How much it wants a media type, given in lower case: its weight in thousandths, 0 where it does not take it.
    pub fn weight(&self, essence: &str) -> u16 {
        let kind = essence.split('/').next().unwrap_or_default();
        let of = |wanted: &str| self.ranges.iter().find(|(range, _)| range == wanted).map(|(_, taken)| *taken);
        of(essence).or_else(|| of(&format!("{kind}/*"))).or_else(|| of("*/*")).or_else(|| of("*")).unwrap_or(0)
    }
}

/// The weight of what has none.
const MOST: u16 = 1000;

/// The weight that a parameter of a media range is (RFC 9110, section 12.4.2), in thousandths; what cannot be read counts as
/// the most. `None` for another parameter.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, part) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let thousandths = format!("{:0<3}", part.get(..3).unwrap_or(part)).parse::<u16>();
    Some(match (whole, thousandths) {
        ("0", Ok(thousandths)) => thousandths.min(MOST),
        _ => MOST,
    })
}

/// An HTTP response to a client's message that holds no DM message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareResponse {
    /// HTTP status.
    pub status: u16,
    /// Whether it has no body at all.
    pub is_empty: bool,
    /// When its last octet was seen.
    pub time: Timestamp,
    /// Whether it asks for HTTP credentials (`WWW-Authenticate`).
    pub asks_for_credentials: bool,
    /// Seconds that `Retry-After` asks to wait; `None` when absent, or a date.
    pub retry_after: Option<u32>,
    /// Whether it has an `x-syncml-hmac` header.
    pub has_hmac: bool,
    /// When the client sent the same message again after it; `None` where it did not.
    pub next_try: Option<Timestamp>,
}

impl BareResponse {
    pub(super) fn of(message: &HttpMessage<ResponseLine>) -> Self {
        Self {
            status: message.line.status,
            is_empty: message.transferred == 0 && message.end == BodyEnd::Complete,
            time: message.ended,
            asks_for_credentials: message.header("www-authenticate").is_some(),
            retry_after: message.header("retry-after").and_then(|value| value.parse().ok()),
            has_hmac: message.header("x-syncml-hmac").is_some(),
            next_try: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.as_bytes().into(), value: value.as_bytes().into() }
    }

    #[test]
    fn parameters_of_a_content_type_are_read_quoted_or_not() {
        let found = ContentType::parse(
            "Application/vnd.syncml.dm+XML; CharSet=\"UTF-8\" ; x=\"a;charset=b\"; verproto=DM/1.2; verdtd=1.2; charset=x",
        );
        assert_eq!(found.essence, "application/vnd.syncml.dm+xml");
        assert_eq!(found.charset.as_deref(), Some("UTF-8"));
        assert_eq!(found.ver_proto.as_deref(), Some("DM/1.2"));
        assert_eq!(found.ver_dtd.as_deref(), Some("1.2"));
        assert_eq!(ContentType::parse("a/b; charset=\"x\\\"y\"").charset.as_deref(), Some("x\"y"));
        assert_eq!(ContentType::parse(";;=").essence, "");
    }

    #[test]
    fn the_most_specific_range_of_accept_decides() {
        let of = |values: &[&str]| Accept::of(&values.iter().map(|value| header("Accept", value)).collect::<Vec<_>>());
        assert_eq!(of(&[]), None);
        let accept = of(&["text/html, application/*;q=0.5", "application/x; q=0"]).unwrap();
        assert!(accept.takes("text/html"));
        assert!(accept.takes("application/y"));
        assert!(!accept.takes("application/x"));
        assert!(!accept.takes("text/plain"));
        assert!(of(&["*/*"]).unwrap().takes("a/b"));
        assert!(!of(&[""]).unwrap().takes("a/b"));
        let weighed = of(&["a/b;q=0.5, a/c; Q=0.25, a/d;q=1.000, a/e;q=0.000"]).unwrap();
        assert_eq!(["a/b", "a/c", "a/d", "a/e", "a/f"].map(|kind| weighed.weight(kind)), [500, 250, 1000, 0, 0]);
    }
}
