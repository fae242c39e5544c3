//! ICS: what a product is declared to support, and whether a case applies to it.
//!
//! The items are one table ([`ITEMS`]). A file ([`IcsFile`]) gives values to some of them; the `when` of a case is an
//! expression over items, `versions` and `profile(name)`, and is three-valued.

mod file;
mod items;

#[cfg(test)]
mod tests;

pub use file::{IcsFile, IcsKind, IcsProblem, ItemId, ItemValue, Product, ProductName, check_when};
pub use items::{ITEMS, Item, ItemKind, Side, Status, find};
