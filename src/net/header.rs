//! What all header parsers share: big-endian numbers at offsets, and the two ways in which a header can fail.

/// Why a header could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderError {
    /// Fewer octets than the header has.
    #[error("the {layer} header is cut short after {have} octets")]
    Short {
        /// Which header.
        layer: &'static str,
        /// Octets that are there.
        have: usize,
    },
    /// A field contradicts another one or the format.
    #[error("the {layer} header says {field} {value}, which cannot be")]
    Field {
        /// Which header.
        layer: &'static str,
        /// Which field.
        field: &'static str,
        /// What it says.
        value: u32,
    },
    /// More headers inside each other than are unwrapped.
    #[error("more than {} encapsulations", crate::base::Limits::ENCAPSULATIONS)]
    TooDeep,
}

/// One octet at an offset.
pub(super) fn octet(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// Two octets at an offset, the higher first.
pub(super) fn be16(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Four octets at an offset, the highest first.
pub(super) fn be32(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// What is left of the encapsulations of one frame ([`Limits::ENCAPSULATIONS`](crate::base::Limits::ENCAPSULATIONS)).
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) const fn new() -> Self {
        Self(crate::base::Limits::ENCAPSULATIONS)
    }

    pub(super) fn spend(&mut self) -> Result<(), HeaderError> {
        self.0 = self.0.checked_sub(1).ok_or(HeaderError::TooDeep)?;
        Ok(())
    }
}
