//! What the proxy has done so far, in numbers. Nothing is decided by them: they are for who watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counted while traffic flows, by all connections.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    open: AtomicU64,
    exchanges: AtomicU64,
    from_devices: AtomicU64,
    to_devices: AtomicU64,
}

/// The numbers at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Connections of devices that were taken so far.
    pub accepted: u64,
    /// Those of them that have not ended.
    pub open: u64,
    /// Requests of HTTP whose heads were read, without CONNECT; what is in TLS that passes unopened is not among them.
    pub exchanges: u64,
    /// Octets from devices, on the device's side of the proxy, as a recording has them: those of TLS itself count where it is
    /// recorded as it was seen.
    pub from_devices: u64,
    /// Octets to devices, counted in the same way: what the server sent, after any fault, and answers of the proxy's own.
    pub to_devices: u64,
}

impl Counters {
    /// The numbers by now. Each is right; together they may be of slightly different moments.
    pub fn counted(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            accepted: read(&self.accepted),
            open: read(&self.open),
            exchanges: read(&self.exchanges),
            from_devices: read(&self.from_devices),
            to_devices: read(&self.to_devices),
        }
    }

    /// A connection was taken; it is open until what this gives goes out of scope.
    pub(super) fn connection(self: &Arc<Self>) -> Open {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(self))
    }

    pub(super) fn exchange(&self) {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn of_device(&self, octets: usize) {
        self.from_devices.fetch_add(octets as u64, Ordering::Relaxed);
    }

    pub(super) fn for_device(&self, octets: usize) {
        self.to_devices.fetch_add(octets as u64, Ordering::Relaxed);
    }
}

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Open(Arc<Counters>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_open_until_it_ends_and_counts_ever_after() {
        let counters = Arc::new(Counters::default());
        let first = counters.connection();
        let second = counters.connection();
        drop(first);
        counters.exchange();
        counters.of_device(3);
        counters.for_device(5);
        let counted = Counted { accepted: 2, open: 1, exchanges: 1, from_devices: 3, to_devices: 5 };
        assert_eq!(counters.counted(), counted);
        drop(second);
        assert_eq!(counters.counted(), Counted { open: 0, ..counted });
    }
}
