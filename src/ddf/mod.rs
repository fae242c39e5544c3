//! Descriptions of devices (DDF): what a device says that its tree looks like.
//!
//! **In**: the octets of a description in XML or WBXML, of DM 1.1.2 or 1.2 or of a Windows CSP. **Out**: a [`Description`]: its nodes
//! with access types, format, media types, occurrence and scope, found by URI ([`Description::find`]); and what is wrong with the
//! file itself ([`Description::faults`], against the [`REQUIREMENTS`]). **Does not know** sessions.
//!
//! Sources: OMA-TS-DM_TND-V1_2_1, section 10 (device description framework).
//! **Limits**: those of the readers of XML and WBXML, and [`Limits::DDF_FAULTS`](crate::base::Limits::DDF_FAULTS).

mod description;
mod read;
mod requirements;

pub use description::{Access, Description, Found, Node, NodeId, Occurrence, Operation};
pub use read::{DdfError, read};
pub use requirements::{Fault, Place, REQUIREMENTS, Requirement};

#[cfg(test)]
mod tests;
