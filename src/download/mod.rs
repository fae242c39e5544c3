//! OMA Download: the descriptors of what devices fetch over HTTP, and their reports of how that ended.
//!
//! **In**: the body of an HTTP response or request. **Out**: a [`Descriptor`], a [`Report`]. **Does not know** sessions, nor how
//! a body came.
//!
//! **Sources**: OMA-Download-OTA-V1_0 (Download Descriptor, Installation Notification) and OMA-TS-DLOTA-V2_0, as public
//! implementations follow them. **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `DOWNLOAD`.

mod descriptor;
mod punycode;
mod report;
#[cfg(test)]
mod tests;
mod url;

pub use descriptor::{Descriptor, MediaObject, is_descriptor, is_descriptor_type, looks_like_descriptor};
pub use report::{Report, ReportCode};
pub use url::{absolute, same_place};
