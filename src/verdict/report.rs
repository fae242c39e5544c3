//! The report, field by field, as the JSON format writes it. Fields may be added; none that is here changes its meaning.
//!
//! Numbers of sessions, messages and inputs count from 1; frame numbers are those of Wireshark for the same file. Text
//! from the wire stands here as it came (but see [`clip`]): each format escapes it for its own reader.

use super::{
    AlertReport, DownloadReport, FindingCounts, IcsMismatch, NotificationReport, PendingReport, Role, Severity,
    Summary, TestCaseReport, Time, Verdict,
};
use crate::base::{Direction, FrameNo, Limits, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Text of a report: borrowed from the session it tells of while the report is written, owned when one is read back.
pub type Text<'a> = Cow<'a, str>;

/// Frames of a message, borrowed or owned like [`Text`].
pub type Frames<'a> = Cow<'a, [FrameNo]>;

/// The name and version of the format, as it stands in `schema`.
pub const SCHEMA: &str = "dmscope-report/1";

/// A text from the wire, cut to [`Limits::REPORT_TEXT`] octets with `…` in place of the rest.
pub fn clip(text: &str) -> Text<'_> {
    if text.len() <= Limits::REPORT_TEXT {
        return text.into();
    }
    let mut end = Limits::REPORT_TEXT;
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    format!("{}…", text.get(..end).unwrap_or_default()).into()
}

/// A whole report, as read back from a file.
// Whoever writes one uses `ReportStore` instead, which never holds all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The name and version of this format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: Text<'static>,
    /// What wrote it.
    pub tool: ToolReport,
    /// All DM sessions, by the time at which they began.
    pub sessions: Vec<SessionReport<'static>>,
    /// All findings, by session, message and rule.
    pub findings: Vec<FindingReport<'static>>,
    /// All selected rules, those never exercised among them.
    pub rules: Vec<RuleReport>,
    /// All test cases.
    pub testcases: Vec<TestCaseReport>,
    /// Operations that were accepted and whose end no alert tells by the end of the captures, by the session of their Exec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingReport>,
    /// Where a statement of support (`--ics`) does not agree with the traffic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ics: Vec<IcsMismatch>,
    /// What was read, in the order of the command line; the files of a folder by name.
    pub inputs: Vec<InputReport>,
    /// The numbers and the verdict.
    pub summary: Summary,
}

/// What wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolReport {
    /// `dmscope`.
    pub name: Text<'static>,
    /// Its version.
    pub version: Text<'static>,
}

impl Default for ToolReport {
    fn default() -> Self {
        Self { name: "dmscope".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// One capture file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct InputReport {
    /// Its path as it was given; `-` for standard input.
    pub path: String,
    /// Octets that were read, before decompression.
    pub bytes: u64,
    /// Packets in it.
    pub packets: u64,
    /// What was found in it, where no DM session was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// DM sessions in it that the filter left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl InputReport {
    /// Whether a part of it, or all, could not be read (exit code 3).
    pub fn is_unread(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.is_unread())
    }
}

/// How a session ended, as far as the capture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The server closed it, also after refusing the client.
    Completed,
    /// One side sent Alert 1223.
    Aborted,
    /// The capture lacks a part of it: the answer to its last message is missing, was cut or could not be decoded.
    Truncated,
    /// Nothing says that it ended: an answer that was due did not come.
    #[default]
    Open,
}

impl SessionEnd {
    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Aborted => "aborted",
            Self::Truncated => "truncated",
            Self::Open => "open",
        }
    }
}

/// What became of one side's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthState {
    /// The other side accepted them.
    Accepted,
    /// The other side asked for (better) ones, and the session ended there.
    Challenged,
    /// The other side refused them.
    Failed,
    /// None were sent.
    None,
}

/// One side's authentication; empty where nothing is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AuthReport<'a> {
    /// `syncml:auth-basic`, `syncml:auth-md5`, `syncml:auth-MAC` or what was sent instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Text<'a>>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AuthState>,
    /// What recomputing its digests showed, where credentials were given; one sentence for each message with credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<Text<'a>>,
}

/// Both sides' authentication.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AuthSides<'a> {
    /// How the client showed to the server who it is.
    pub client: AuthReport<'a>,
    /// How the server showed to the client who it is.
    pub server: AuthReport<'a>,
}

/// An account of a server for device management in a bootstrap message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapAccount<'a> {
    /// The server: PROVIDER-ID, or ServerID that a message of DM writes, or else its Source.
    pub server: Option<Text<'a>>,
    /// Its addresses, the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Text<'a>>,
    /// The node that a message of DM makes the account of, by a command or in a serialised tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Text<'a>>,
}

impl BootstrapAccount<'_> {
    /// Where a message of DM makes the account, in words.
    pub fn place(&self) -> Option<String> {
        let node = self.node.as_deref()?;
        // What comes to the Inbox, the device puts where such objects are.
        let behind = if node.starts_with("./Inbox/") { ", for ./DMAcc" } else { "" };
        Some(format!("written to {node}{behind}"))
    }
}

/// A bootstrap message to the device that was captured before the session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapReport<'a> {
    /// The file that it was read from, where there are several: position in `inputs`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// The frame with which it was complete.
    pub frame: u64,
    /// The time of that frame.
    pub time: Time,
    /// How it was carried: `wap-push`.
    pub bearer: Text<'a>,
    /// What carried the push, where that was no UDP datagram: `sms`, `http`, `pap` or `sip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Text<'a>>,
    /// In how many short messages it came, where it came by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
    /// What ties it to the session, where that is not the address that it went to: `server`, where it went to a telephone, and
    /// is the only one that names the server of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie: Option<Text<'a>>,
    /// Address and port that it came from, or the telephone number or name of who sent it.
    pub source: Text<'a>,
    /// Address and port that it went to, or the telephone number; `unknown` where the capture does not say.
    pub destination: Text<'a>,
    /// The media type that the push gives.
    pub media: Text<'a>,
    /// What is in it: `provisioning-document`, `dm-message`, or `unread`.
    pub holds: Text<'a>,
    /// The same in one line, with the groups or commands in it; of what was not read, why.
    pub summary: Text<'a>,
    /// The accounts for device management in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<BootstrapAccount<'a>>,
    /// The parameter SEC, by number or as text.
    pub sec: Option<Text<'a>>,
    /// How it is protected, and what recomputing its MAC showed.
    pub protection: Text<'a>,
    /// How often it was sent again before the session.
    #[serde(default, skip_serializing_if = "is_never")]
    pub repeated: u32,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationOutcome {
    /// No Status for the Exec was seen.
    #[default]
    Unanswered,
    /// Its Status says that nothing was done.
    Refused,
    /// Its Status says that it was done at once, and no alert came by the end of the session.
    Done,
    /// It was accepted, and no alert came by the end of the session.
    Pending,
    /// Its result code is one of success.
    Succeeded,
    /// Its result code is one of failure.
    Failed,
    /// An alert tells of it, without a result code.
    Told,
}

/// An operation on a management object that the session has to do with: its Exec, what was seen of it since, its end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct OperationReport<'a> {
    /// The whole of it in one line.
    pub text: Text<'a>,
    /// The object, such as `FUMO`; left out where nothing tells which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Text<'a>>,
    /// What was started, such as `firmware update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Text<'a>>,
    /// Target of the Exec; of an alert without one, its Source.
    pub node: Text<'a>,
    /// Its Correlator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlator: Option<Text<'a>>,
    /// What became of it.
    pub outcome: OperationOutcome,
    /// The result code, or that of the Status where that is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The version of the firmware that the device gave before it, of an operation that changes the firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_before: Option<Text<'a>>,
    /// The version of the firmware that the device gave after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_after: Option<Text<'a>>,
    /// Number of the message with its Exec, where it began in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<u32>,
    /// SessionID of the earlier session in which it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_in: Option<Text<'a>>,
    /// Number of the message with the alert that tells of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u32>,
}

/// One DM session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SessionReport<'a> {
    /// Its number, from 1.
    pub index: u32,
    /// Its SessionID, as written.
    pub session_id: Option<Text<'a>>,
    /// The device's LocURI.
    pub device: Option<Text<'a>>,
    /// The server's LocURI.
    pub server: Option<Text<'a>>,
    /// The profile it was judged by: `oma-dm-1.1.2`, `oma-dm-1.2`, `oma-dm-1.3`, `ms-mdm`.
    pub profile: Text<'a>,
    /// `http`, `https`.
    pub transport: Text<'a>,
    /// Time of its first octet.
    pub started: Time,
    /// Time of its last octet.
    pub ended: Time,
    /// How it ended.
    pub end: SessionEnd,
    /// How it ended and why, in one sentence.
    #[serde(default)]
    pub why: Text<'a>,
    /// Authentication of both sides.
    pub auth: AuthSides<'a>,
    /// Its verdict.
    #[serde(default)]
    pub verdict: Verdict,
    /// Its findings by severity.
    #[serde(default)]
    pub findings: FindingCounts,
    /// Occasions of MUST rules that could not be decided.
    #[serde(default)]
    pub undecided: u32,
    /// Nothing that was selected had anything in it to decide on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unjudged: bool,
    /// What the device says of itself in it.
    #[serde(default, skip_serializing_if = "ProductReport::is_empty")]
    pub product: ProductReport<'a>,
    /// The notification that asked for it, where one was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<NotificationReport<'a>>,
    /// The version of TLS that protects it, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Text<'a>>,
    /// The access control lists that it shows, of each node the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<RightsReport<'a>>,
    /// The Generic Alerts and Client Events of its device, in the order of the capture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertReport<'a>>,
    /// The bootstrap messages to its device that were captured since the session before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bootstraps: Vec<BootstrapReport<'a>>,
    /// Downloads that its server asked for, of which something was captured since the session before, or in this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<DownloadReport<'a>>,
    /// Operations on management objects that it has to do with, in the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationReport<'a>>,
    /// Its messages, in the order of the capture.
    pub messages: Vec<MessageReport<'a>>,
}

/// Who may do what with a node (OMA-TS-DM_TND-V1_2_1, 7.7.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RightsReport<'a> {
    /// The node.
    pub node: Text<'a>,
    /// Its ACL, as written; empty where it has none of its own.
    pub acl: Text<'a>,
    /// Number of the message with which it became known.
    pub message: u32,
}

/// What a device says of itself (OMA-TS-DM_StdObj-V1_2_1, DevInfo and DevDetail).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ProductReport<'a> {
    /// DevInfo/Man.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<Text<'a>>,
    /// DevInfo/Mod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Text<'a>>,
    /// DevDetail/FwV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Text<'a>>,
    /// DevDetail/SwV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<Text<'a>>,
    /// DevDetail/HwV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<Text<'a>>,
}

impl ProductReport<'_> {
    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How much of a message could be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecodeState {
    /// All of it.
    #[default]
    Whole,
    /// The first part of it.
    Partial,
    /// Nothing that would be a message.
    None,
}

impl DecodeState {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// One message of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageReport<'a> {
    /// Its number in the session, from 1.
    pub index: u32,
    /// Which way it went.
    pub direction: Direction,
    /// The package it belongs to: odd ones are the device's (1, 3, 5 …), even ones the server's; null where not known.
    pub package: Option<u32>,
    /// Its MsgID, as written.
    pub msg_id: Option<Text<'a>>,
    /// `xml` or `wbxml`.
    pub encoding: Text<'a>,
    /// Time of its first octet.
    pub time: Time,
    /// Number of the input whose frames are meant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// Frames that carried it.
    pub frames: Frames<'a>,
    /// Octets of its body.
    pub bytes: u64,
    /// The HTTP message around it.
    pub http: HttpReport<'a>,
    /// Whether it carries Final.
    #[serde(rename = "final", default)]
    pub is_final: bool,
    /// How much of it could be decoded; left out when all.
    #[serde(default, skip_serializing_if = "DecodeState::is_whole")]
    pub decoded: DecodeState,
    /// Faults that were injected into it on purpose, each in one line; of a device's message also those in an answer that is
    /// no message itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub injected: Vec<Text<'a>>,
    /// Its commands in order, Status and Results among them, a container before its children.
    pub commands: Vec<CommandReport<'a>>,
}

/// The HTTP message around a DM message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct HttpReport<'a> {
    /// Method of a request.
    pub method: Option<Text<'a>>,
    /// Request target without scheme and authority.
    pub path: Option<Text<'a>>,
    /// Status code of a response.
    pub status: Option<u16>,
    /// The version, where it is not HTTP/1.1: `HTTP/1.0`, `HTTP/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Text<'a>>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CommandReport<'a> {
    /// Its CmdID, as written.
    pub cmd_id: Option<Text<'a>>,
    /// Its element name.
    pub name: Text<'a>,
    /// LocURI of its first item's target.
    pub target: Option<Text<'a>>,
    /// LocURI of its first item's source.
    pub source: Option<Text<'a>>,
    /// The status code with which the other side answered it, once it has.
    pub status: Option<Text<'a>>,
    /// Its one short word of data: the code of an Alert or a Status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Text<'a>>,
    /// MsgRef of a Status or Results, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_ref: Option<Text<'a>>,
    /// CmdRef of a Status or Results, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd_ref: Option<Text<'a>>,
    /// Cmd of a Status, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Text<'a>>,
    /// Number of its items, where it has more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// CmdID of the Atomic or Sequence around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Text<'a>>,
}

/// One violation of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingReport<'a> {
    /// Number of the session.
    pub session: u32,
    /// The rule's id.
    pub rule: Text<'a>,
    /// How much it weighs.
    pub severity: Severity,
    /// Who violated it.
    pub role: Role,
    /// Number of the message in it; null where it is about the session as a whole.
    pub message: Option<u32>,
    /// CmdID of the command, as written.
    pub cmd_id: Option<Text<'a>>,
    /// Path of the element from the root.
    pub element: Option<Text<'a>>,
    /// Number of the input whose frames are meant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// Frames that carried the message.
    pub frames: Frames<'a>,
    /// Line of the element in the exported message, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column of the element in that line, in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong, with the values seen.
    pub text: Text<'a>,
    /// What would have been right.
    pub expected: Text<'a>,
    /// Where it is written.
    pub spec: SpecReport<'a>,
    /// How to mend it.
    #[serde(default)]
    pub mend: Text<'a>,
    /// Other places that belong to it: the command that a Status answers, for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedReport<'a>>,
    /// What stays the same when the same violation shows in another capture; waivers and baselines match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Text<'a>>,
    /// The waiver that accepts it.
    pub waived: Option<WaivedReport<'a>>,
    /// Whether it stands in the baseline, where there is one; left out when not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub known: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn is_false(truth: &bool) -> bool {
    !truth
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn is_never(times: &u32) -> bool {
    *times == 0
}

/// Where a requirement is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SpecReport<'a> {
    /// The document.
    pub document: Text<'a>,
    /// Its section.
    pub section: Text<'a>,
}

/// A place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RelatedReport<'a> {
    /// What is to be seen there.
    pub text: Text<'a>,
    /// Number of the message in the session.
    pub message: Option<u32>,
    /// CmdID of the command, as written.
    pub cmd_id: Option<Text<'a>>,
    /// Path of the element from the root.
    pub element: Option<Text<'a>>,
    /// Frames that carried the message.
    pub frames: Frames<'a>,
}

/// An accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct WaivedReport<'a> {
    /// Why it is accepted.
    pub reason: Text<'a>,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text<'a>>,
    /// The day from which it is no longer accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Text<'a>>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RuleReport {
    /// Its id.
    pub id: Text<'static>,
    /// Its name, in words with hyphens.
    #[serde(default)]
    pub name: Text<'static>,
    /// The requirement in one sentence.
    #[serde(default)]
    pub title: Text<'static>,
    /// Other ids under which the same requirement is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Text<'static>>,
    /// How often it had something to look at.
    pub occasions: u64,
    /// How often that violated it.
    pub violations: u64,
    /// How often it could not be decided, by reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<UndecidedReport>,
}

/// Why a rule could not be decided, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct UndecidedReport {
    /// The reason.
    pub reason: Text<'static>,
    /// How often.
    pub occasions: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(clip("short"), "short");
        let long = "ä".repeat(Limits::REPORT_TEXT);
        let clipped = clip(&long);
        assert!(clipped.ends_with('…') && clipped.len() <= Limits::REPORT_TEXT + 3);
        let odd = format!("x{long}");
        assert!(clip(&odd).ends_with("ä…"));
    }
}
