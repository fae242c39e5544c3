//! Where a finding is to be seen, in the words and paths that several formats share.

use crate::verdict::FindingReport;
use std::fmt::Write as _;

/// Frames that are named one by one.
const FRAMES: usize = 8;

/// `session 1, message 3 (frames 8, 9), CmdID 4, /SyncML/…`.
pub(super) fn place(finding: &FindingReport<'_>) -> String {
    let mut text = format!("session {}", finding.session);
    if let Some(message) = finding.message {
        // Writing to a String cannot fail.
        let _ = write!(text, ", message {message}");
    }
    if !finding.frames.is_empty() {
        let input = finding.input.map(|input| format!("input {input}, ")).unwrap_or_default();
        let word = if finding.frames.len() == 1 { "frame" } else { "frames" };
        let shown: Vec<String> = finding.frames.iter().take(FRAMES).map(ToString::to_string).collect();
        let more = if finding.frames.len() > FRAMES { ", …" } else { "" };
        let _ = write!(text, " ({input}{word} {}{more})", shown.join(", "));
    }
    if let Some(cmd_id) = &finding.cmd_id {
        let _ = write!(text, ", CmdID {cmd_id}");
    }
    if let Some(element) = &finding.element {
        let _ = write!(text, ", {element}");
    }
    text
}

/// What is wrong, what was expected, where it is written, and how to mend it, in sentences.
pub(super) fn explanation(finding: &FindingReport<'_>) -> String {
    let mut text = finding.text.to_string();
    if !finding.expected.is_empty() {
        let _ = write!(text, "; expected: {}", finding.expected);
    }
    if !finding.spec.document.is_empty() {
        let _ = write!(text, " ({}, {})", finding.spec.document, finding.spec.section);
    }
    if !finding.mend.is_empty() {
        let _ = write!(text, ". {}", finding.mend);
    }
    text
}
