//! The search for the next plausible record after a broken one.

use super::window::Window;
use crate::base::Limits;

/// Octets after which the searched part is consumed, so that the window need not grow.
const STRIDE: usize = 64 << 10;

/// Moves the window to the next place that is `plausible`, one octet or more ahead, and returns how many octets were
/// skipped. `None` where the stream ends, or `limit` octets were searched, before one was found; they are consumed.
pub(super) fn seek(
    window: &mut Window,
    limit: usize,
    mut plausible: impl FnMut(&mut Window, usize) -> bool,
) -> Option<u64> {
    let mut skipped = 0_usize;
    let mut ahead = 1_usize;
    loop {
        if skipped.saturating_add(ahead) > limit {
            window.consume(ahead);
            return None;
        }
        if ahead >= STRIDE {
            window.consume(ahead);
            skipped = skipped.saturating_add(ahead);
            ahead = 0;
        }
        let there = window.fill(ahead.saturating_add(1));
        if there <= ahead {
            window.consume(there);
            return None;
        }
        if plausible(window, ahead) {
            window.consume(ahead);
            return Some(skipped.saturating_add(ahead) as u64);
        }
        ahead = ahead.saturating_add(1);
    }
}

/// The ceiling as a person reads it.
pub(super) fn searched() -> String {
    format!("{} MiB", Limits::RESYNC >> 20)
}
