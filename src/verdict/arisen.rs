//! A finding on its own, as it is told while traffic flows.

use super::{FindingReport, Masks, SessionReport, Severity};
use crate::base::{FrameNo, Role};
use serde::Serialize;

/// A finding with what tells its session from others: the session has no number before it is finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arisen {
    /// The rule's id.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Who violated it.
    pub role: Role,
    /// The device's name for itself.
    pub device: Option<String>,
    /// The server's URI, as the device calls it.
    pub server: Option<String>,
    /// SessionID.
    pub session_id: Option<String>,
    /// Number of the message in its session.
    pub message: Option<u32>,
    /// CmdID of the command, as written.
    pub cmd_id: Option<String>,
    /// Path of the element from the root.
    pub element: Option<String>,
    /// Frames that carried the message.
    pub frames: Vec<FrameNo>,
    /// What is wrong, with the values seen.
    pub text: String,
    /// What would have been right.
    pub expected: String,
    /// The document that says so.
    pub document: String,
    /// Its section.
    pub section: String,
    /// How to mend it.
    pub mend: String,
}

impl Arisen {
    /// With what must not be seen taken out of every text.
    #[must_use]
    pub fn masked(self, mask: Masks<'_>) -> Self {
        let text = |text: String| mask(&text).unwrap_or(text);
        let maybe = |some: Option<String>| some.map(text);
        // Named one by one, so that no field is forgotten.
        let Self {
            rule,
            severity,
            role,
            device,
            server,
            session_id,
            message,
            cmd_id,
            element,
            frames,
            text: seen,
            expected,
            document,
            section,
            mend,
        } = self;
        Self {
            rule,
            severity,
            role,
            device: maybe(device),
            server: maybe(server),
            session_id: maybe(session_id),
            message,
            cmd_id: maybe(cmd_id),
            element: maybe(element),
            frames,
            text: text(seen),
            expected: text(expected),
            document,
            section,
            mend: text(mend),
        }
    }

    /// Takes a finding out of its session.
    pub fn new(session: &SessionReport<'_>, finding: &FindingReport<'_>) -> Self {
        let text = |text: &Option<super::Text<'_>>| text.as_ref().map(ToString::to_string);
        Self {
            rule: finding.rule.to_string(),
            severity: finding.severity,
            role: finding.role,
            device: text(&session.device),
            server: text(&session.server),
            session_id: text(&session.session_id),
            message: finding.message,
            cmd_id: text(&finding.cmd_id),
            element: text(&finding.element),
            frames: finding.frames.to_vec(),
            text: finding.text.to_string(),
            expected: finding.expected.to_string(),
            document: finding.spec.document.to_string(),
            section: finding.spec.section.to_string(),
            mend: finding.mend.to_string(),
        }
    }
}
