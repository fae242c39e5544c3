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
    if loose(a) == loose(b) { UriMatch::Loosely } else { UriMatch::Different }
}

/// Whether `uri` names a node below `parent` (not `parent` itself), compared loosely.
pub fn is_below(uri: &str, parent: &str) -> bool {
    let (uri, parent) = (loose(plain(uri)), loose(plain(parent)));
    uri.strip_prefix(parent.as_str()).is_some_and(|rest| parent.is_empty() || rest.starts_with('/')) && uri != parent
}

/// A URI without one leading `./` (and without a lone `.`, the root).
pub fn plain(uri: &str) -> &str {
    let uri = uri.trim();
    if uri == "." { "" } else { uri.strip_prefix("./").unwrap_or(uri) }
}

/// A URI as it compares loosely: two have the same text here when [`compare_uris`] finds them at least loosely equal.
pub fn loose_uri(uri: &str) -> String {
    loose(plain(uri))
}

fn loose(uri: &str) -> String {
    let path = uri.split('?').next().unwrap_or_default();
    let mut text = percent_decoded(path).to_lowercase();
    if let Some(rest) = text.strip_prefix("device/vendor/") {
        text = format!("vendor/{rest}");
    }
    while text.ends_with('/') {
        text.pop();
    }
    text
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
    if !text.contains('%') {
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
            ("./A/x", "./A/y", UriMatch::Different),
        ];
        for (a, b, expected) in table {
            assert_eq!(compare_uris(a, b), expected, "{a} {b}");
        }
        assert!(is_below("./A/x/y", "./A/x"));
        assert!(is_below("./A", "."));
        assert!(!is_below("./A/xy", "./A/x"));
        assert!(!is_below("./A/x", "./A/x"));
    }
}
