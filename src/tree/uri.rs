//! URIs of nodes, taken apart.
//!
//! Source: OMA-TS-DM_TND-V1_2_1, 5 (the tree and its addresses), 7.5 (properties), OMA-TS-DM_RepPro-V1_2_1 (list).

use super::node::Property;
use crate::base::Limits;
use crate::dm::uri::percent_octets;
use std::borrow::Cow;

/// Why a URI leads to no node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UriProblem {
    /// There is none.
    #[error("a URI is missing")]
    Missing,
    /// More octets than [`Limits::TREE_URI`].
    #[error("a URI is longer than {} octets", Limits::TREE_URI)]
    TooLong,
    /// More segments than [`Limits::TREE_SEGMENTS`].
    #[error("a URI has more than {} segments", Limits::TREE_SEGMENTS)]
    TooDeep,
    /// It goes up again with `..`, and so may go round for ever.
    #[error("a URI goes up the tree with \"..\"")]
    GoesUp,
    /// It has a scheme: it is no address in the tree.
    #[error("a URI has a scheme: it is no address in the tree")]
    Absolute,
}

/// What a URI asks of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query<'u> {
    /// The node itself.
    None,
    /// One of its properties (`?prop=`).
    Property(Property),
    /// A part of the tree, by the attribute (`?list=Struct` for one).
    List(&'u str),
    /// Something else.
    Other,
}

/// The URI of a node: its segments as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeUri<'u> {
    /// Names from the root down, without a leading `.`; none: the root itself.
    pub segments: Vec<&'u str>,
    /// What is asked of the node.
    pub query: Query<'u>,
}

impl<'u> NodeUri<'u> {
    /// Takes a URI apart. A leading `./` or `/`, slashes at the end and empty segments do not count.
    ///
    /// # Errors
    /// When it leads to no node.
    pub fn parse(text: &'u str) -> Result<Self, UriProblem> {
        let text = crate::syncml::trim(text);
        if text.is_empty() {
            return Err(UriProblem::Missing);
        }
        if text.len() > Limits::TREE_URI {
            return Err(UriProblem::TooLong);
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        if has_scheme(path) {
            return Err(UriProblem::Absolute);
        }
        let mut segments = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => continue,
                ".." => return Err(UriProblem::GoesUp),
                name => segments.push(name),
            }
            if segments.len() > Limits::TREE_SEGMENTS {
                return Err(UriProblem::TooDeep);
            }
        }
        let query = match query.split_once('=') {
            _ if query.is_empty() => Query::None,
            Some(("prop", name)) => Property::of(name).map_or(Query::Other, Query::Property),
            Some(("list", attribute)) => Query::List(attribute),
            _ => Query::Other,
        };
        Ok(Self { segments, query })
    }
}

/// Whether a URI begins with a scheme (RFC 2396, 3.1). A first segment with a colon behind `./` is a name.
fn has_scheme(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let Some((scheme, _)) = first.split_once(':') else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|ch| ch.is_ascii_alphabetic())
        && letters.all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '+' | '-' | '.'))
}

/// A name as names are compared: percent-decoded, unless that gives something that no name can be.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    let Cow::Owned(octets) = percent_octets(name) else { return Cow::Borrowed(name) };
    match String::from_utf8(octets) {
        Ok(text) if !text.chars().any(|ch| ch == '/' || ch.is_control()) && !matches!(&*text, "" | "." | "..") => {
            Cow::Owned(text)
        }
        _ => Cow::Owned(name.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_taken_apart() {
        let table: [(&str, Result<&str, UriProblem>); 16] = [
            (".", Ok("")),
            ("./", Ok("")),
            (" ./A/b ", Ok("A b")),
            ("A/b", Ok("A b")),
            ("/A/b/", Ok("A b")),
            ("./A//b", Ok("A b")),
            ("./A/./b", Ok("A b")),
            ("./A/x:y", Ok("A x:y")),
            ("./urn:x/b", Ok("urn:x b")),
            ("./A?prop=ACL", Ok("A")),
            ("", Err(UriProblem::Missing)),
            ("./A/../b", Err(UriProblem::GoesUp)),
            ("http://dm/x/A", Err(UriProblem::Absolute)),
            ("urn:x/b", Err(UriProblem::Absolute)),
            ("./..", Err(UriProblem::GoesUp)),
            ("1:x", Ok("1:x")),
        ];
        for (text, expected) in table {
            assert_eq!(
                NodeUri::parse(text).map(|uri| uri.segments.join(" ")).as_deref(),
                expected.as_deref(),
                "{text}"
            );
        }
        let queries = [
            ("./A", Query::None),
            ("./A?", Query::None),
            ("./A?prop=ACL", Query::Property(Property::Acl)),
            ("./A?prop=acl", Query::Other),
            ("./A?list=TNDS+ACL", Query::List("TNDS+ACL")),
            ("./A?x", Query::Other),
        ];
        for (text, query) in queries {
            assert_eq!(NodeUri::parse(text).unwrap().query, query, "{text}");
        }
    }

    #[test]
    fn a_uri_without_end_is_named_and_costs_nothing() {
        let deep = |count: usize| format!(".{}", "/a".repeat(count));
        assert_eq!(NodeUri::parse(&deep(Limits::TREE_SEGMENTS)).unwrap().segments.len(), Limits::TREE_SEGMENTS);
        assert_eq!(NodeUri::parse(&deep(Limits::TREE_SEGMENTS + 1)), Err(UriProblem::TooDeep));
        assert_eq!(NodeUri::parse(&deep(1_000)), Err(UriProblem::TooDeep));
        assert_eq!(NodeUri::parse(&deep(100_000)), Err(UriProblem::TooLong));
        assert_eq!(NodeUri::parse(&"/A/..".repeat(100)), Err(UriProblem::GoesUp));
    }

    #[test]
    fn names_compare_in_both_forms() {
        for (a, b) in [("%41b", "Ab"), ("a%2fb", "a%2Fb"), ("%e6%bc%a2", "漢"), ("100%", "100%"), ("%2e%2e", "%2E%2E")]
        {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_ne!(key("a%2Fb"), "a/b");
        assert_ne!(key("Ab"), key("aB"));
    }
}
