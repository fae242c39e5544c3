//! The proxy's own certificate authority.
