//! Placeholder.

use super::rule::Family;

/// STA.
pub(super) static FAMILY: Family = Family { letters: "STA", title: "", rules: &[] };
