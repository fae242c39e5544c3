//! SyncML: a body in XML or WBXML to one [`Message`].
//!
//! **In**: an HTTP body. **Out**: the element tree with a position for every element, and on top of it the typed message:
//! SyncHdr, commands with their nesting, Status, Results, Items. **Does not know** captures or sessions.
//!
//! Reading never drops a message: one that is not well-formed is decoded as far as it goes, says so
//! ([`Message::is_judgeable`]), and keeps what was odd for the rules ([`Document`]).

mod command;
mod content;
mod decode;
mod edit;
mod format;
mod masked;
mod media;
mod message;
mod survey;
pub mod xml;

pub use command::{Command, CommandId, CommandName, Item};
pub use content::{Slot, content_of, slot_of};
pub use decode::{DecodeError, Document, decode, serialised_tree};
pub use format::Format;
pub use media::{Encoding, MediaType, SNIFF, sniff};
pub use message::{Message, SyncHdr, number, trim};
pub use survey::{FormatSet, MetInfSet, Oddity, Sighting, Survey, UriMarks, known_in_other_case};
