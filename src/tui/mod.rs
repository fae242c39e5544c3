//! The terminal UI: sessions, timeline, messages, findings, test cases.
//!
//! **In**: judged sessions as they arrive ([`feed`]), keys and mouse. **Out**: frames on a terminal. **Does not know** files
//! and sockets: what must happen outside comes back as an [`update::Effect`].
//!
//! State, update, view: [`model`] knows no terminal, [`view`] changes nothing, [`update`] is all that happens in between.
//! Lists are plain data ([`line`]) before they are drawn. One table ([`keys`]) feeds dispatch, footer, help and documentation.

pub mod codes;
pub mod compare;
pub mod cursor;
pub mod details;
mod download;
pub mod explain;
pub mod feed;
pub mod findings;
mod glossary;
pub mod keys;
pub mod layout;
pub mod line;
pub mod live;
pub mod message;
pub mod model;
pub mod mouse;
pub mod picture;
pub mod security;
pub mod sessions;
pub mod settings;
pub mod store;
pub mod terminal;
pub mod timeline;
pub mod tree;
pub mod update;
pub mod values;
pub mod view;

pub use feed::{Feeder, Incoming, feed};
pub use model::Model;
pub use settings::Settings;
pub use terminal::{Outside, run};
