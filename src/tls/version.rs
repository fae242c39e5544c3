//! Protocol versions.

/// A protocol version as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u16);

impl Version {
    pub(super) const TLS_1_0: Self = Self(0x0301);
    pub(super) const TLS_1_2: Self = Self(0x0303);
    pub(super) const TLS_1_3: Self = Self(0x0304);

    /// Whether its record protection is known here. SSL 3.0 has a MAC and a key schedule of its own.
    pub(super) fn is_supported(self) -> bool {
        (Self::TLS_1_0..=Self::TLS_1_3).contains(&self)
    }
}
