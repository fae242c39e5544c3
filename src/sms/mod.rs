//! Short messages: octets from a radio interface, a gateway's stream or a file to what a push was cut into, and joined again.
//!
//! **In**: GSMTAP ([`gsmtap`]), SMPP ([`smpp`]), the TPDUs of SMS ([`Tpdu`]). **Out**: [`Part`]s, and the [`ShortMessage`]s that an [`Assembler`]
//! makes of them: who sent what to whom, to which port, in how many parts. **Does not know** what is in them.
//!
//! Sources: 3GPP TS 23.040 (sections 9.1.2, 9.2.2, 9.2.3), TS 23.038 (4), TS 24.011 (7, 8), TS 44.006 (5, 6), gsmtap.h of
//! libosmocore, Short Message Peer to Peer Protocol Specification v3.4.
//!
//! **Limits**: [`Limits::SMS_OPEN`](crate::base::Limits::SMS_OPEN) messages and [`Limits::SMS_OCTETS`](crate::base::Limits::SMS_OCTETS) octets that wait for their parts.

mod address;
mod assembly;
pub mod gsmtap;
mod lapdm;
mod part;
mod relay;
pub mod smpp;
mod text;
mod tpdu;
mod udh;

pub use address::Address;
pub use assembly::Assembler;
pub use part::{Joined, Part, ShortMessage, cut};
pub use text::{Lines, lines, listed, tpdu_of};
pub use tpdu::{Alphabet, Tpdu, TpduError, TpduKind, WithCentre};
pub use udh::{Concatenation, Element, Ports, UdhFault, UserDataHeader};
