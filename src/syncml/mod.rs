//! Placeholder.
pub mod xml;
