//! The one pipeline: captures in, judged sessions out.
//!
//! **In**: [`Inputs`] and [`Options`]. **Out**: sessions and findings through a [`Sink`] as soon as they are finished, in
//! their final order; an [`Outcome`] at the end. **Does not know** the command line, nor how a report looks.

mod alerts;
mod beside;
mod bootstraps;
mod carried;
mod closeup;
mod convert;
mod court;
mod credentials;
mod downloads;
mod early;
mod exhibit;
mod gather;
mod injected;
mod judge;
mod lessons;
mod live;
mod options;
mod order;
mod pipeline;
mod product;
mod radio;
mod redact;
mod run;
mod seen;
mod signalling;

pub use credentials::{Account, Credentials};
pub use gather::{Gathered, gather};
pub use live::{Feed, Follow, Room, channel};
pub use options::{Inputs, JudgedRole, Options, TestCases};
pub use redact::redact_input;
pub use run::{Outcome, Progress, Sink, follow, run};
