//! The management tree of a device, as it became known on the wire.
//!
//! **In**: [`Session`](crate::dm::Session)s of a run, in their order. **Out**: for each device a [`Journal`]: every change of
//! what is known, with its place in the traffic; and from it, the [`Tree`] at any place ([`Journal::at`]), as plain rows
//! ([`Tree::rows`]), what differs between two places ([`Journal::diff`]), and every value that nodes had ([`Journal::readings`]). **Does not know** what a device or a server
//! should have done: it keeps what they said, and how sure that is.
//!
//! Two steps: [`Lesson::of`] takes out of one session what it tells, so that the session need not be kept; [`Forest::learn`]
//! adds it to the journal of its device, which is where it meets what was known before.
//!
//! Sources: OMA-TS-DM_TND-V1_2_1 (the tree, properties, access control), OMA-TS-DM_TNDS-V1_2_1 (serialised trees),
//! OMA-TS-DM_RepPro-V1_2_1 (what each command does), OMA-TS-DM_Protocol-V1_2_1, section 6 (order inside a package).
//!
//! **Limits**: [`Limits::TREE_NODES`](crate::base::Limits::TREE_NODES),
//! [`Limits::TREE_CHANGES`](crate::base::Limits::TREE_CHANGES), [`Limits::TREE_TEXT`](crate::base::Limits::TREE_TEXT) over all
//! devices of a run. What does not fit is named among the [`Journal::problems`].

mod acl;
mod diff;
mod document;
mod forest;
mod journal;
mod lesson;
mod node;
mod place;
mod problem;
mod readings;
mod record;
mod shown;
mod snapshot;
mod state;
mod texts;
pub mod tnds;
mod uri;

pub use acl::{Acl, AclProblem, Grant, Right};
pub use diff::{Difference, DifferenceKind, Shift};
pub use document::{DeviceDocument, DiffDocument, TreeDocument, TreeSession, tree_schema};
pub use forest::{Forest, SharedForest};
pub use journal::{Journal, SessionMark};
pub use lesson::{Hide, Lesson};
pub use node::{Certainty, Existence, FactKind, Known, NodeKind, Property, Row, Value};
pub use place::{Origin, Point, Teller};
pub use problem::{TreeProblem, TreeProblemKind};
pub use readings::{Reading, Readings};
pub use shown::{ShownAcl, shown_acls};
pub use snapshot::{Access, Tree};
pub use uri::{NodeUri, Query, UriProblem};

#[cfg(test)]
mod tests;
