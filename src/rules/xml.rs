//! Placeholder.

use super::rule::Family;

/// XML.
pub(super) static FAMILY: Family = Family { letters: "XML", title: "", rules: &[] };
