//! Push: octets that were carried to the notifications in them.
//!
//! **In**: the payload of a datagram, or what short messages were joined to. **Out**: a [`Push`], a connectionless WSP push PDU that carries a notification of DM,
//! and the [`Notification`] (package 0) in it; or a [`BootstrapPush`], whose body other layers read. **Does not know** sessions, nor who sent what to whom.
//!
//! Read are the format of DM 1.1.2 and 1.2, and of DM 1.3 that it is there. OBEX and push over HTTP are not read.
//!
//! Sources: OMA-TS-DM_Notification-V1_2_1 (sections 6 and 7), WAP-230-WSP (section 8.2.4, PDUs; 8.4, headers; appendix A,
//! assigned numbers).

mod bootstrap;
mod notification;
mod wsp;

pub use bootstrap::{BootstrapMedia, BootstrapPush};
pub use notification::{Field, HEADER, Notification, TooShort, UiMode, digest};
pub use wsp::{ApplicationId, Carries, Push, PushError};
