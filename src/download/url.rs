//! Addresses on the web, as far as two of them have to be held against one another (RFC 3986, sections 5 and 6).

use super::punycode;
use std::net::Ipv6Addr;

/// The parts of an address, without its fragment (RFC 3986, appendix B).
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    /// Behind its question mark.
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Self {
        let address = address.split('#').next().unwrap_or_default().trim_end();
        let (scheme, rest) = match address.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, address),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let Some(behind) = rest.strip_prefix("//") else { return Self { scheme, authority: None, path: rest, query } };
        let (authority, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
        Self { scheme, authority: Some(authority), path, query }
    }

    fn joined(&self, path: &str) -> String {
        let mut whole = String::new();
        if let Some(scheme) = self.scheme {
            whole.push_str(scheme);
            whole.push(':');
        }
        if let Some(authority) = self.authority {
            whole.push_str("//");
            whole.push_str(authority);
        }
        whole.push_str(path);
        if let Some(query) = self.query {
            whole.push('?');
            whole.push_str(query);
        }
        whole
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
}

/// The absolute form of a reference that stands in a document or a header of an address (RFC 3986, sections 5.2 and 5.3),
/// without its fragment, which is never sent. Of a base that is not absolute, the reference as it is.
pub fn absolute(base: &str, reference: &str) -> String {
    let reference = reference.trim();
    let own = Parts::of(reference);
    if own.scheme.is_some() {
        return own.joined(&without_dots(own.path));
    }
    let base = Parts::of(base.trim());
    if base.scheme.is_none() {
        return reference.to_owned();
    }
    if own.authority.is_some() {
        return Parts { scheme: base.scheme, ..own }.joined(&without_dots(own.path));
    }
    if own.path.is_empty() {
        let query = own.query.or(base.query);
        return Parts { query, ..base }.joined(base.path);
    }
    let path = if own.path.starts_with('/') {
        without_dots(own.path)
    } else {
        let folder = base.path.rfind('/').and_then(|at| base.path.get(..=at)).unwrap_or("/");
        without_dots(&format!("{folder}{}", own.path))
    };
    Parts { query: own.query, ..base }.joined(&path)
}

/// A path without its segments `.` and `..` (RFC 3986, section 5.2.4). A path that begins with no slash has none that lead
/// anywhere, and stays as it is.
fn without_dots(path: &str) -> String {
    let Some(inner) = path.strip_prefix('/') else { return path.to_owned() };
    let mut kept: Vec<&str> = Vec::new();
    let mut is_folder = false;
    for segment in inner.split('/') {
        is_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    if is_folder {
        kept.push("");
    }
    format!("/{}", kept.join("/"))
}

/// What is the same of two addresses that lead to the same place (RFC 3986, sections 6.2.2 and 6.2.3): the host as a resolver
/// is asked for it, without the default port; path and query with only those octets encoded that must be, and without segments
/// of dots. Whether it was protected does not count: a capture may have been made behind the end of TLS. `None` of what is no
/// address of HTTP.
pub fn same_place(url: &str) -> Option<String> {
    let parts = Parts::of(url.trim());
    let scheme = parts.scheme?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = parts.authority?.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => (host, port.trim_start_matches('0')),
        _ => (authority, ""),
    };
    let host = normal_host(host);
    if host.is_empty() {
        return None;
    }
    let port = match port {
        "" | "80" | "443" => String::new(),
        port => format!(":{port}"),
    };
    let path = without_dots(&normal_octets(parts.path));
    let slash = if path.starts_with('/') { "" } else { "/" };
    let query = parts.query.map_or_else(String::new, |query| format!("?{}", normal_octets(query)));
    Some(format!("{host}{port}{slash}{path}{query}"))
}

/// A host in lower case, without the dot of the root; labels with letters beyond ASCII as they are asked for in the DNS
/// (RFC 5890, section 2.3.2.1). Letters that are composed in another way are not brought together.
fn normal_host(host: &str) -> String {
    let host = String::from_utf8(decoded(host)).unwrap_or_else(|_| host.to_owned());
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => host.to_ascii_lowercase(),
        };
    }
    let lower: String = host.chars().flat_map(char::to_lowercase).collect();
    // Full stops of other scripts part labels, too (RFC 3490, section 3.1).
    let labels = lower.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).map(punycode::ascii);
    let mut labels: Vec<String> = labels.collect();
    if labels.len() > 1 && labels.last().is_some_and(String::is_empty) {
        labels.pop();
    }
    labels.join(".")
}

/// The octets that a text with percent-encoding stands for.
fn decoded(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (octet, after) = escape(rest).unwrap_or((*first, behind));
        octets.push(octet);
        rest = after;
    }
    octets
}

/// The octet that a text begins with where it begins with one that is encoded, and what stands behind it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, behind @ ..] = text else { return None };
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let octet = digit(*high)? << 4 | digit(*low)?;
    Some((u8::try_from(octet).ok()?, behind))
}

/// A path or a query in which octets are encoded where they have to be, with large digits, and nowhere else.
fn normal_octets(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let is_unreserved = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
        let (octet, stands, after) = match escape(rest) {
            Some((octet, behind)) => (octet, is_unreserved(octet), behind),
            // Reserved characters mean something else where they are not encoded; a lone percent sign stands for itself.
            None => (*first, first.is_ascii_graphic() && !b"\"%<>\\^`{|}".contains(first), behind),
        };
        if stands {
            normal.push(char::from(octet));
        } else {
            normal.push_str(&format!("%{octet:02X}"));
        }
        rest = after;
    }
    normal
}
