//! Push: octets to the notifications and bootstrap messages in them.
//!
//! **In**: a push PDU, from a datagram or from short messages; an entity whose headers are text ([`Entity`]), from HTTP, from a message to a push proxy
//! ([`PapMessage`]) or from SIP ([`SipMessage`]). **Out**: a [`Push`], a connectionless WSP push PDU that carries a notification of DM,
//! and the [`Notification`] (package 0) in it; or a [`BootstrapPush`], whose body other layers read. **Does not know** sessions, nor who sent what to whom.
//!
//! Read are the format of DM 1.1.2 and 1.2, and of DM 1.3 that it is there. OBEX and sessions of WSP are not read.
//!
//! Sources: OMA-TS-DM_Notification-V1_2_1 (sections 6 and 7), WAP-230-WSP (section 8.2.4, PDUs; 8.4, headers; appendix A,
//! assigned numbers), WAP-235-PushOTA (OTA-HTTP), WAP-247-PAP, RFC 3261 and RFC 3428.
//!
//! **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `PUSH` and `SIP`.

mod bootstrap;
mod entity;
mod multipart;
mod notification;
mod pap;
mod sip;
#[cfg(test)]
mod tests;
mod wsp;

pub use bootstrap::{BootstrapMedia, BootstrapPush};
pub use entity::{Entity, Pushed, is_pushed_type};
pub use notification::{Field, HEADER, Notification, TooShort, UiMode, digest};
pub use pap::{PapAddress, PapMessage, is_pap_type};
pub use sip::{SipFault, SipMessage, SipRead, SipStream, begins_as_sip};
pub use wsp::{ApplicationId, Carries, Push, PushError};
