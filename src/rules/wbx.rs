//! Placeholder.

use super::rule::Family;

/// WBX.
pub(super) static FAMILY: Family = Family { letters: "WBX", title: "", rules: &[] };
