//! Comparisons and texts that several families share (guard G13).

pub(super) use crate::dm::uri::{
    UriMatch, compare_uris, is_below, loose_uri, percent_decoded, percent_octets, plain, without_query,
};

/// A value from the wire for a finding's text: in quotes, cut after some 80 characters.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("\"{cut}\"")
}
