//! The rows that a report has by the hundred thousand, written fast.
//!
//! Field names are literals here, and a value that needs no escape is copied as it is. What comes out is octet by octet
//! what serde writes of the same types: a test holds the two together, so that their definition stays the only one.

use super::{CommandReport, DecodeState, FindingReport, HttpReport, MessageReport, RelatedReport, SessionReport};
use std::borrow::Cow;
use std::io;

/// Appends a session as JSON.
pub(super) fn session<'a>(mut session: SessionReport<'a>, out: &mut Vec<u8>) -> io::Result<SessionReport<'a>> {
    // The messages are the last field: without them serde's text ends with an empty list, into which they go.
    let messages = std::mem::take(&mut session.messages);
    serde_json::to_writer(&mut *out, &session)?;
    session.messages = messages;
    let Some(open) = out.len().checked_sub(END.len()).filter(|open| out.get(*open..) == Some(END)) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a session does not end with its messages"));
    };
    out.truncate(open);
    list(&session.messages, out, message)?;
    out.push(b'}');
    Ok(session)
}

const END: &[u8] = b"[]}";

fn list<T>(rows: &[T], out: &mut Vec<u8>, row: impl Fn(&T, &mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    out.push(b'[');
    for (at, one) in rows.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        row(one, out)?;
    }
    out.push(b']');
    Ok(())
}

fn message(message: &MessageReport<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"{\"index\":");
    serde_json::to_writer(&mut *out, &message.index)?;
    out.extend_from_slice(b",\"direction\":");
    serde_json::to_writer(&mut *out, &message.direction)?;
    out.extend_from_slice(b",\"package\":");
    serde_json::to_writer(&mut *out, &message.package)?;
    out.extend_from_slice(b",\"msg_id\":");
    maybe(&message.msg_id, out)?;
    out.extend_from_slice(b",\"encoding\":");
    text(&message.encoding, out)?;
    out.extend_from_slice(b",\"time\":");
    serde_json::to_writer(&mut *out, &message.time)?;
    if message.input.is_some() {
        out.extend_from_slice(b",\"input\":");
        serde_json::to_writer(&mut *out, &message.input)?;
    }
    out.extend_from_slice(b",\"frames\":");
    serde_json::to_writer(&mut *out, &message.frames)?;
    out.extend_from_slice(b",\"bytes\":");
    serde_json::to_writer(&mut *out, &message.bytes)?;
    let HttpReport { method, path, status } = &message.http;
    out.extend_from_slice(b",\"http\":{\"method\":");
    maybe(method, out)?;
    out.extend_from_slice(b",\"path\":");
    maybe(path, out)?;
    out.extend_from_slice(b",\"status\":");
    serde_json::to_writer(&mut *out, status)?;
    out.extend_from_slice(if message.is_final { b"},\"final\":true" } else { b"},\"final\":false" });
    if message.decoded != DecodeState::Whole {
        out.extend_from_slice(b",\"decoded\":");
        serde_json::to_writer(&mut *out, &message.decoded)?;
    }
    out.extend_from_slice(b",\"commands\":");
    list(&message.commands, out, command)?;
    out.push(b'}');
    Ok(())
}

fn command(command: &CommandReport<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"{\"cmd_id\":");
    maybe(&command.cmd_id, out)?;
    out.extend_from_slice(b",\"name\":");
    text(&command.name, out)?;
    out.extend_from_slice(b",\"target\":");
    maybe(&command.target, out)?;
    out.extend_from_slice(b",\"source\":");
    maybe(&command.source, out)?;
    out.extend_from_slice(b",\"status\":");
    maybe(&command.status, out)?;
    let optional: [(&[u8], &Option<Cow<'_, str>>); 4] = [
        (b",\"data\":", &command.data),
        (b",\"msg_ref\":", &command.msg_ref),
        (b",\"cmd_ref\":", &command.cmd_ref),
        (b",\"cmd\":", &command.cmd),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            out.extend_from_slice(name);
            text(value, out)?;
        }
    }
    if command.items.is_some() {
        out.extend_from_slice(b",\"items\":");
        serde_json::to_writer(&mut *out, &command.items)?;
    }
    if let Some(within) = &command.within {
        out.extend_from_slice(b",\"within\":");
        text(within, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Appends a finding as JSON.
pub(super) fn finding(finding: &FindingReport<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"{\"session\":");
    serde_json::to_writer(&mut *out, &finding.session)?;
    out.extend_from_slice(b",\"rule\":");
    text(&finding.rule, out)?;
    out.extend_from_slice(b",\"severity\":");
    text(finding.severity.name(), out)?;
    out.extend_from_slice(b",\"role\":");
    text(finding.role.name(), out)?;
    out.extend_from_slice(b",\"message\":");
    serde_json::to_writer(&mut *out, &finding.message)?;
    out.extend_from_slice(b",\"cmd_id\":");
    maybe(&finding.cmd_id, out)?;
    out.extend_from_slice(b",\"element\":");
    maybe(&finding.element, out)?;
    if finding.input.is_some() {
        out.extend_from_slice(b",\"input\":");
        serde_json::to_writer(&mut *out, &finding.input)?;
    }
    out.extend_from_slice(b",\"frames\":");
    serde_json::to_writer(&mut *out, &finding.frames)?;
    out.extend_from_slice(b",\"text\":");
    text(&finding.text, out)?;
    out.extend_from_slice(b",\"expected\":");
    text(&finding.expected, out)?;
    out.extend_from_slice(b",\"spec\":{\"document\":");
    text(&finding.spec.document, out)?;
    out.extend_from_slice(b",\"section\":");
    text(&finding.spec.section, out)?;
    out.extend_from_slice(b"},\"mend\":");
    text(&finding.mend, out)?;
    if !finding.related.is_empty() {
        out.extend_from_slice(b",\"related\":");
        list(&finding.related, out, related)?;
    }
    if let Some(fingerprint) = &finding.fingerprint {
        out.extend_from_slice(b",\"fingerprint\":");
        text(fingerprint, out)?;
    }
    out.extend_from_slice(b",\"waived\":");
    serde_json::to_writer(&mut *out, &finding.waived)?;
    out.push(b'}');
    Ok(())
}

fn related(related: &RelatedReport<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"{\"text\":");
    text(&related.text, out)?;
    out.extend_from_slice(b",\"message\":");
    serde_json::to_writer(&mut *out, &related.message)?;
    out.extend_from_slice(b",\"cmd_id\":");
    maybe(&related.cmd_id, out)?;
    out.extend_from_slice(b",\"element\":");
    maybe(&related.element, out)?;
    out.extend_from_slice(b",\"frames\":");
    serde_json::to_writer(&mut *out, &related.frames)?;
    out.push(b'}');
    Ok(())
}

fn maybe(value: &Option<Cow<'_, str>>, out: &mut Vec<u8>) -> io::Result<()> {
    match value {
        Some(value) => text(value, out),
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

fn text(value: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let plain = value.bytes().all(|octet| octet >= b' ' && octet != b'"' && octet != b'\\');
    if !plain {
        serde_json::to_writer(&mut *out, value)?;
        return Ok(());
    }
    out.reserve(value.len() + 2);
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Severity, WaivedReport, example};
    use proptest::prelude::*;

    fn held_to_serde(report: SessionReport<'_>) {
        let mut fast = Vec::new();
        let report = session(report, &mut fast).unwrap();
        assert_eq!(String::from_utf8(fast).unwrap(), serde_json::to_string(&report).unwrap());
    }

    #[test]
    fn a_session_is_written_as_serde_writes_it() {
        let mut report = example::session(3);
        held_to_serde(report.clone());
        let hostile = "a \"b\" \\ \n\u{0}\u{7f}\u{2028}ä";
        for message in &mut report.messages {
            message.input = Some(2);
            message.is_final = true;
            message.decoded = DecodeState::Partial;
            message.msg_id = None;
            message.http.path = Some(hostile.into());
            for command in &mut message.commands {
                command.items = Some(3);
                command.within = Some(hostile.into());
                command.data = Some(hostile.into());
                command.msg_ref = Some("1".into());
                command.cmd_ref = Some("2".into());
                command.cmd = Some(hostile.into());
            }
        }
        held_to_serde(report.clone());
        report.messages.clear();
        held_to_serde(report);
    }

    #[test]
    fn a_finding_is_written_as_serde_writes_it() {
        let mut report = example::finding("HDR-001", Severity::Warning, 3, 1);
        let check = |report: &FindingReport<'_>| {
            let mut fast = Vec::new();
            finding(report, &mut fast).unwrap();
            assert_eq!(String::from_utf8(fast).unwrap(), serde_json::to_string(report).unwrap());
        };
        check(&report);
        report.input = Some(2);
        report.cmd_id = Some("4".into());
        report.fingerprint = Some("\"f\"".into());
        report.text = "\u{1}\"".into();
        report.related = vec![RelatedReport { text: "there".into(), message: Some(1), ..RelatedReport::default() }; 2];
        report.waived = Some(WaivedReport { reason: "known".into(), ..WaivedReport::default() });
        check(&report);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_written_as_serde_writes_it(value in any::<String>()) {
            let mut fast = Vec::new();
            text(&value, &mut fast).unwrap();
            prop_assert_eq!(String::from_utf8(fast).unwrap(), serde_json::to_string(&value).unwrap());
        }
    }
}
