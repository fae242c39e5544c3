//! Findings to verdict: the report as it is written, and the arithmetic behind its one word.
//!
//! **In**: judged sessions, each a [`SessionReport`] with its [`FindingReport`]s, and the tallies of the rules. **Out**: a
//! [`ReportStore`] that any format can read, in bounded memory however long the capture was. **Does not know** how a
//! report looks: that is `report`.
//!
//! The verdict of a session, and of a report, is one of [`Verdict`], ordered *none < pass < inconclusive < fail < error*;
//! [`session_verdict`] and [`report_verdict`] say when it is which. *Not judged* is never *passed*: a session that was cut,
//! or a MUST rule that could not be decided, makes it inconclusive.

mod arisen;
mod arithmetic;
mod filter;
mod judged;
mod report;
mod row;
mod schema;
mod severity;
mod store;
mod time;

pub use crate::base::{Role, Severity};
pub use crate::rules::Reason;
pub use arisen::Arisen;
pub use arithmetic::{SessionVerdicts, leaves_unjudged, report_verdict, session_verdict, why};
pub use filter::{Filter, FilterError, FilterErrorKind};
pub(crate) use judged::write_finding;
pub use judged::{JudgedSession, SessionFacts};
pub use report::{
    AuthReport, AuthSides, AuthState, CommandReport, DecodeState, Evidence, FindingCounts, FindingReport, Frames,
    HttpReport, InputReport, MessageReport, NotificationReport, RelatedReport, Report, RuleCounts, RuleReport, SCHEMA,
    SessionEnd, SessionReport, SpecReport, Summary, TestCaseCounts, TestCaseReport, TestCaseVerdict, Text, ToolReport,
    UndecidedReport, WaivedReport, clip,
};
pub use schema::report_schema;
pub use severity::{FailOn, Verdict};
pub(crate) use store::Spool;
pub use store::{ReportStore, Rows, Tail};
pub use time::Time;

#[cfg(test)]
pub(crate) mod example;
