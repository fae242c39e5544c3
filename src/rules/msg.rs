//! Placeholder.

use super::rule::Family;

/// MSG.
pub(super) static FAMILY: Family = Family { letters: "MSG", title: "", rules: &[] };
