//! URIs of nodes and addresses, and when two of them mean the same.

use std::borrow::Cow;

/// How two URIs of nodes or addresses compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UriMatch {
    /// Octet by octet, one leading `./` apart.
    Same,
    /// After percent-decoding, ignoring case, dropping a query, or taking `./Device/Vendor` for `./Vendor`.
    Loosely,
    /// Not at all.
    Different,
}

/// Compares two URIs. Leading `./` does not count; other differences that are no difference in meaning make it loose.
pub fn compare_uris(a: &str, b: &str) -> UriMatch {
    let (a, b) = (plain(a), plain(b));
    if a == b {
        return UriMatch::Same;
    }
    let is_loosely = match (written(a), written(b)) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => loose(a) == loose(b),
    };
    if is_loosely { UriMatch::Loosely } else { UriMatch::Different }
}

/// Whether `uri` names a node below `parent` (not `parent` itself), compared loosely.
pub fn is_below(uri: &str, parent: &str) -> bool {
    let (uri, parent) = (plain(uri), plain(parent));
    if let (Some(uri), Some(parent)) = (written(uri), written(parent)) {
        let starts = uri.get(..parent.len()).is_some_and(|start| start.eq_ignore_ascii_case(parent));
        let rest = uri.get(parent.len()..).filter(|rest| starts && !rest.is_empty());
        return rest.is_some_and(|rest| parent.is_empty() || rest.starts_with('/'));
    }
    let (uri, parent) = (loose(uri), loose(parent));
    uri.strip_prefix(parent.as_str()).is_some_and(|rest| parent.is_empty() || rest.starts_with('/')) && uri != parent
}

/// A URI without one leading `./` (and without a lone `.`, the root).
pub fn plain(uri: &str) -> &str {
    // Nearly every URI begins and ends with something.
    let solid = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_graphic);
    let is_trimmed = solid(uri.as_bytes().first()) && solid(uri.as_bytes().last());
    let uri = if is_trimmed { uri } else { uri.trim() };
    if uri == "." { "" } else { uri.strip_prefix("./").unwrap_or(uri) }
}

/// A URI as it compares loosely: two have the same text here when [`compare_uris`] finds them at least loosely equal.
pub fn loose_uri(uri: &str) -> String {
    loose(plain(uri))
}

/// A URI without its query.
pub fn without_query(uri: &str) -> &str {
    memchr::memchr(b'?', uri.as_bytes()).and_then(|end| uri.get(..end)).unwrap_or(uri)
}

/// What is left of a plain URI in a loose comparison, but for the case of its letters; `None` where it must be decoded.
fn written(uri: &str) -> Option<&str> {
    let mut path = without_query(uri);
    if !path.is_ascii() || memchr::memchr(b'%', path.as_bytes()).is_some() {
        return None;
    }
    if path.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("device/vendor/")) {
        path = path.get(7..).unwrap_or(path);
    }
    while let Some(rest) = path.strip_suffix('/') {
        path = rest;
    }
    Some(path)
}

fn loose(uri: &str) -> String {
    if let Some(written) = written(uri) {
        return written.to_ascii_lowercase();
    }
    let mut text = percent_decoded(without_query(uri)).to_lowercase();
    if let Some(rest) = text.strip_prefix("device/vendor/") {
        text = format!("vendor/{rest}");
    }
    while text.ends_with('/') {
        text.pop();
    }
    text
}

/// A URI made ready to be compared loosely with many others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseUri<'u>(Cow<'u, str>);

impl<'u> LooseUri<'u> {
    /// Takes a URI.
    pub fn of(uri: &'u str) -> Self {
        let uri = plain(uri);
        Self(written(uri).map_or_else(|| Cow::Owned(loose(uri)), Cow::Borrowed))
    }

    /// Whether it names the node that another one names, or one below that, compared as [`compare_uris`] and [`is_below`] do.
    pub fn is_at_or_below(&self, other: &LooseUri<'_>) -> bool {
        // Names in what had to be decoded are in lower case already.
        let starts = self.0.get(..other.0.len()).is_some_and(|start| start.eq_ignore_ascii_case(&other.0));
        let rest = self.0.get(other.0.len()..).filter(|_| starts);
        rest.is_some_and(|rest| rest.is_empty() || other.0.is_empty() || rest.starts_with('/'))
    }
}

/// Percent-decoded text; octets that are no UTF-8 afterwards are replaced.
pub fn percent_decoded(text: &str) -> Cow<'_, str> {
    match percent_octets(text) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
    }
}

/// The octets of a percent-decoded text; borrowed where there was nothing to decode.
pub fn percent_octets(text: &str) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |octet: &u8| (*octet as char).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                let value = hex(high).unwrap_or(0) * 16 + hex(low).unwrap_or(0);
                out.push(u8::try_from(value).unwrap_or(b'?'));
                rest = after;
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_that_mean_the_same_compare_loosely() {
        let table = [
            ("./A/x", "./A/x", UriMatch::Same),
            ("A/x", "./A/x", UriMatch::Same),
            ("./A/x", "./a/X", UriMatch::Loosely),
            ("./A%2Fx", "./A/x", UriMatch::Loosely),
            ("./A/x?list=Struct", "./A/x", UriMatch::Loosely),
            ("./Device/Vendor/MSFT", "./Vendor/MSFT", UriMatch::Loosely),
            ("./DEVICE/vendor/A%2Fx/", "./Vendor/a/X", UriMatch::Loosely),
            ("./DEVICE/vendor/A/x/", "./Vendor/a/X?prop=ACL", UriMatch::Loosely),
            ("./Ä", "./ä", UriMatch::Loosely),
            ("./A/x", "./A/y", UriMatch::Different),
            ("./Device/VendorX", "./VendorX", UriMatch::Different),
        ];
        for (a, b, expected) in table {
            assert_eq!(compare_uris(a, b), expected, "{a} {b}");
        }
        let all =
            table.iter().flat_map(|(a, b, _)| [*a, *b]).chain([".", "./A", "./a/", "./V%C3%84", "./vä/x", "./Device"]);
        let all: Vec<&str> = all.collect();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let is = compare_uris(a, b) != UriMatch::Different || is_below(a, b);
            assert_eq!(LooseUri::of(a).is_at_or_below(&LooseUri::of(b)), is, "{a} {b}");
        }
        assert!(is_below("./A/x/y", "./A/x"));
        assert!(is_below("./a/%78", "./A"));
        assert!(is_below("./Device/Vendor/A/b", "./vendor/a/"));
        assert!(is_below("./A", "."));
        assert!(!is_below("./A/xy", "./A/x"));
        assert!(!is_below("./A/x", "./A/x"));
        assert!(!is_below("./A/x/", "./a/X"));
        assert!(!is_below("./A", "./A/x"));
    }
}
