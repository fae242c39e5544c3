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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_at_its_limit_and_at_the_end_of_the_stream() {
        // Where the mark is, the limit, and what is skipped and consumed.
        let cases = [
            (1, 10, Some(1), 1),
            (10, 10, Some(10), 10),
            (11, 10, None, 11),
            (70_000, 200_000, Some(70_000), 70_000),
            (150_000, 200_000, None, 140_000),
        ];
        for (mark, limit, skipped, consumed) in cases {
            let mut octets = vec![0; 140_000];
            if let Some(octet) = octets.get_mut(mark) {
                *octet = 1;
            }
            let mut window = Window::new(Box::new(std::io::Cursor::new(octets)), 64);
            let found = seek(&mut window, limit, |window, ahead| window.rest().get(ahead) == Some(&1));
            assert_eq!(found, skipped, "mark at {mark}, limit {limit}");
            assert_eq!(window.offset(), consumed, "mark at {mark}, limit {limit}");
        }
    }
}
