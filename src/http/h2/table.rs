//! Static and dynamic table of HPACK (RFC 7541, section 2.3 and appendix A).

use std::collections::VecDeque;
use std::sync::Arc;

/// The static table, from index 1 on.
#[rustfmt::skip]
const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
    (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
    ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
    ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
    ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
    ("www-authenticate", ""),
];

/// What an entry counts beyond its octets (RFC 7541, section 4.1).
const OVERHEAD: usize = 32;

/// The size of a table before anything was said about it (RFC 9113, section 6.5.2).
const DEFAULT: usize = 4_096;

/// A name that is kept: shared by the entries that were made from each other, since a sender repeats a long one with two
/// octets.
pub(super) type Name = Arc<[u8]>;

/// The dynamic table of one direction.
#[derive(Debug)]
pub(super) struct Table {
    /// The newest first.
    entries: VecDeque<(Name, Box<[u8]>)>,
    /// Their size as the specification counts it.
    size: usize,
    capacity: usize,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { entries: VecDeque::new(), size: 0, capacity: DEFAULT }
    }

    /// Name and value at an index of both tables.
    pub(super) fn get(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let at = index.checked_sub(1)?;
        if let Some((name, value)) = STATIC.get(at) {
            return Some((name.as_bytes(), value.as_bytes()));
        }
        let (name, value) = self.entries.get(at.checked_sub(STATIC.len())?)?;
        Some((name, value))
    }

    /// The name at an index, to be kept.
    pub(super) fn name(&self, index: usize) -> Option<Name> {
        let at = index.checked_sub(1)?;
        match STATIC.get(at) {
            Some((name, _)) => Some(name.as_bytes().into()),
            None => self.entries.get(at.checked_sub(STATIC.len())?).map(|(name, _)| Name::clone(name)),
        }
    }

    /// Adds an entry; the oldest make room for it. One that is larger than the table empties it (section 4.4).
    pub(super) fn add(&mut self, name: Name, value: &[u8]) {
        let size = name.len().saturating_add(value.len()).saturating_add(OVERHEAD);
        self.shrink(self.capacity.saturating_sub(size));
        if size <= self.capacity {
            self.size = self.size.saturating_add(size);
            self.entries.push_front((name, value.into()));
        }
    }

    pub(super) fn resize(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.shrink(capacity);
    }

    fn shrink(&mut self, size: usize) {
        while self.size > size {
            let Some((name, value)) = self.entries.pop_back() else { return };
            let freed = name.len().saturating_add(value.len()).saturating_add(OVERHEAD);
            self.size = self.size.saturating_sub(freed);
        }
    }

    /// Octets held in memory, roughly: entries are two pointers to counted octets.
    pub(super) fn weight(&self) -> usize {
        self.size.saturating_add(self.entries.len().saturating_mul(OVERHEAD))
    }

    #[cfg(test)]
    pub(super) const fn size(&self) -> usize {
        self.size
    }
}
