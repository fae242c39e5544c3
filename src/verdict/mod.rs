//! Findings to verdict: the report as it is written, and the arithmetic behind its one word.
//!
//! **In**: judged sessions, each a [`SessionReport`] with its [`FindingReport`]s, and the tallies of the rules. **Out**: a
//! [`ReportStore`] that any format can read, in bounded memory however long the capture was. **Does not know** how a
//! report looks: that is `report`.
//!
//! The verdict of a session, and of a report, is one of [`Verdict`], ordered *none < pass < inconclusive < fail < error*;
//! [`session_verdict`] and [`report_verdict`] say when it is which. *Not judged* is never *passed*: a session that was cut,
//! or a MUST rule that could not be decided, makes it inconclusive.

mod alert_report;
mod arisen;
mod arithmetic;
mod baseline;
mod carried;
mod case_report;
mod closeup;
mod download_report;
mod exhibit;
mod filter;
mod fingerprint;
mod ics_report;
mod judged;
mod notification_report;
mod pending;
mod report;
mod row;
mod schema;
pub mod security;
mod severity;
mod store;
mod stored;
mod summary;
mod time;
mod waiver;

pub use crate::base::{Role, Severity};
pub use crate::rules::Reason;
pub use alert_report::AlertReport;
pub use arisen::Arisen;
pub use arithmetic::{SessionVerdicts, leaves_unjudged, nothing_was_judged, report_verdict, session_verdict, why};
pub use baseline::{Baseline, Since};
pub use carried::{
    Carried, CarriedCoding, CarriedDatagram, CarriedEncoding, CarriedEnding, CarriedHeader, CarriedLine,
    CarriedMessage, CarriedSms, CarriedTls,
};
pub use case_report::{
    Evidence, EvidencePart, RequirementLevel, TestCaseReport, TestCaseVerdict, TestedRole, TrialCounts,
};
pub use closeup::{ChallengeCloseUp, CloseUp, CredentialsCloseUp, MessageCloseUp, ObjectCloseUp, Tie};
pub use download_report::{DescriptorField, DownloadReport, FetchReport};
pub use exhibit::{Exhibit, exhibit_path, message_path};
pub use filter::{Filter, FilterError, FilterErrorKind, Glob};
pub use fingerprint::{Violation, case_fingerprint};
pub use ics_report::IcsMismatch;
pub use judged::{JudgedSession, OpenSession, SessionFacts};
pub(crate) use judged::{write_carried, write_exhibit, write_finding};
pub use notification_report::{NotificationReport, OtherWayReport};
pub use pending::PendingReport;
pub use report::{
    AuthReport, AuthSides, AuthState, BootstrapAccount, BootstrapReport, CommandReport, DecodeState, FindingReport,
    Frames, HttpReport, InputReport, MessageReport, OperationOutcome, OperationReport, ProductReport, RelatedReport,
    Report, RightsReport, RuleReport, SCHEMA, SessionEnd, SessionReport, SpecReport, Text, ToolReport, UndecidedReport,
    WaivedReport, clip,
};
pub use row::Masks;
pub use schema::{report_schema, waivers_schema};
pub use severity::{FailOn, Verdict};
pub(crate) use store::Spool;
pub use store::{AllRows, Notes, ReportStore, Rows, Tail};
pub(crate) use stored::NO_SESSION;
pub(crate) use stored::REASONS;
#[cfg(feature = "history")]
pub(crate) use stored::goodness;
pub use stored::{Change, ChangedCase, ChangedFinding, Difference, StoredError, difference, merge};
pub use summary::{BaselineReport, FindingCounts, RuleCounts, SeverityCounts, Summary, TestCaseCounts, WorseCase};
pub use time::Time;
pub use waiver::{Accepted, Day, Used, Waiver, WaiverError, WaiverFile, WaiverKind, WaiverMatch, Waivers};

#[cfg(test)]
pub(crate) mod example;
