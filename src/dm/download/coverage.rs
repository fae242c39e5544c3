//! How much of an object has come, over all requests for it.

use super::{Completeness, Fetch};

/// How much of an object has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Octets of it that came, each counted once.
    pub received: u64,
    /// Octets that it has, where that is known for certain.
    pub size: Option<u64>,
    /// Requests that brought a part of it.
    pub requests: u32,
    /// Whether all of it came; `None` where the capture does not say.
    pub whole: Option<bool>,
}

impl Coverage {
    /// Over the requests for one object, in order.
    pub(super) fn of<'f>(fetches: impl Iterator<Item = &'f Fetch>) -> Option<Self> {
        let mut parts: Vec<(u64, u64)> = Vec::new();
        let mut sizes: Vec<u64> = Vec::new();
        let (mut requests, mut has_unknown, mut is_seen) = (0_u32, false, false);
        let mut latest_whole = None;
        for fetch in fetches.filter(|fetch| fetch.is_accepted()) {
            is_seen = true;
            has_unknown |= fetch.after_loss || fetch.completeness == Completeness::Unknown;
            if fetch.coded || !matches!(fetch.status, Some(200 | 206)) {
                has_unknown = true;
                continue;
            }
            let (first, most) = match (fetch.status, fetch.range) {
                (Some(206), Some((first, last))) => (first, last.saturating_sub(first).saturating_add(1)),
                // Several ranges in one answer, or none that can be read.
                (Some(206), None) => {
                    has_unknown = true;
                    continue;
                }
                _ => (0, u64::MAX),
            };
            if fetch.status == Some(200) && fetch.completeness == Completeness::Whole {
                latest_whole = Some(fetch.received);
            }
            let told = if fetch.status == Some(206) { fetch.total } else { fetch.declared };
            sizes.extend(told);
            let end = first.saturating_add(fetch.received.min(most));
            if end > first {
                parts.push((first, end));
                requests = requests.saturating_add(1).saturating_add(fetch.more);
            }
        }
        if let Some(octets) = latest_whole {
            return Some(Self { received: octets, size: Some(octets), requests: 1, whole: Some(true) });
        }
        if !is_seen {
            return None;
        }
        sizes.sort_unstable();
        sizes.dedup();
        // Where they differ, the object became another one on the way.
        let size = match sizes.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        let (received, reach) = joined(&mut parts);
        let whole = match size {
            Some(size) if reach >= size => Some(true),
            Some(_) if !has_unknown => Some(false),
            _ => None,
        };
        Some(Self { received, size, requests, whole })
    }

    /// In a few words.
    pub fn text(&self) -> String {
        let ranges = match self.requests {
            0 | 1 => String::new(),
            several => format!(" in {several} parts"),
        };
        match (self.whole, self.size) {
            (Some(true), _) => format!("{} octets{ranges}", self.received),
            (_, Some(size)) => format!("{} of {size} octets{ranges}", self.received),
            _ => format!("{} octets{ranges}, not known whether that is all", self.received),
        }
    }
}

/// Octets in all of the parts, each counted once, and up to where they reach without a gap from the first octet on.
fn joined(parts: &mut [(u64, u64)]) -> (u64, u64) {
    parts.sort_unstable();
    let (mut octets, mut reach, mut end) = (0_u64, 0_u64, 0_u64);
    for (first, last) in parts.iter().copied() {
        octets = octets.saturating_add(last.saturating_sub(first.max(end)));
        if first <= reach {
            reach = reach.max(last);
        }
        end = end.max(last);
    }
    (octets, reach)
}
