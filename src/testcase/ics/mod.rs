//! ICS: what a product is declared to support, and whether a case applies to it.
//!
//! The items are one table ([`ITEMS`]). A file ([`IcsFile`]) gives values to some of them; the `when` of a case is an
//! expression over items, `versions` and `profile(name)`, and is three-valued.
//!
//! What the traffic shows of items is [`Seen`], gathered session by session: it is written as a file ([`write`]), or held
//! against one ([`IcsFile::contradictions`]).

mod contradict;
mod file;
mod infer;
mod items;
mod load;
mod seen;
mod write;

#[cfg(test)]
mod tests;

pub use file::{IcsFile, IcsKind, IcsProblem, ItemId, ItemValue, Product, ProductName, check_when, ics_schema};
pub use items::{ITEMS, Item, ItemKind, Side, Status, find};
pub use load::load;
pub use seen::{Seen, SeenItem, Sight};
pub use write::{Inferred, write};
