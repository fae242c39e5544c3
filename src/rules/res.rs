//! Placeholder.

use super::rule::Family;

/// RES.
pub(super) static FAMILY: Family = Family { letters: "RES", title: "", rules: &[] };
