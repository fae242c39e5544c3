//! The whole way, and the texts that people write.

use super::codecs;
use crate::analysis::{self, Inputs, Options, Sink};
use crate::capture::sources::Source;
use crate::fixture::{Encoding, Script};
use crate::report::{self, JsonStream};
use crate::verdict::{Filter, JudgedSession, Report};
use std::io::{self, Write};
use std::num::NonZeroUsize;

/// Analyses a capture file and reads its report back; `None` where the machine's own disk fails.
pub fn analyse(file: &[u8]) -> Option<Report> {
    let mut disk = tempfile::NamedTempFile::new().ok()?;
    disk.write_all(file).and_then(|()| disk.flush()).ok()?;
    let source = Source { path: disk.path().to_owned(), size: None };
    let options = Options { jobs: Some(NonZeroUsize::MIN), ..Options::default() };
    let mut sink = Json(JsonStream::new(Vec::new()).ok()?);
    let outcome = analysis::run(&Inputs { sources: vec![source], of_more: false }, &options, &mut sink).ok()?;
    let (json, _) = sink.0.finish(outcome.inputs, outcome.rules, outcome.testcases).ok()?;
    let report = serde_json::from_slice::<Report>(&json);
    assert!(report.is_ok(), "the report can be read: {:?}", report.err());
    report.ok()
}

struct Json(JsonStream<Vec<u8>>);

impl Sink for Json {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.0.add(number, session)
    }
}

/// Analyses a capture file. Asserts that the report is one, that its numbers agree with each other, and that every finding
/// points at a message that is there.
pub fn pipeline(file: &[u8]) {
    let Some(report) = analyse(file) else { return };
    assert_eq!(report.inputs.len(), 1, "one input gives one entry");
    assert_eq!(report.summary.sessions, report.sessions.len() as u64, "sessions are counted");
    for (session, number) in report.sessions.iter().zip(1..) {
        assert_eq!(session.index, number, "sessions are numbered");
        assert!(session.started <= session.ended || session.messages.len() > 1, "a session has a length");
        assert!(session.messages.iter().all(|message| !message.frames.is_empty()), "a message comes from frames");
    }
    for finding in &report.findings {
        let session = report.sessions.iter().find(|session| session.index == finding.session);
        assert!(session.is_some(), "a finding belongs to a session");
        let there = |index| session.is_some_and(|session| session.messages.iter().any(|one| one.index == index));
        assert!(finding.message.is_none_or(there), "a finding points at a message");
    }
    let violations: u64 = report.rules.iter().map(|rule| rule.violations).sum();
    assert_eq!(violations, report.findings.len() as u64, "violations are counted");
}

/// Reads a `--filter` expression.
pub fn filter(text: &[u8]) {
    if let Ok(text) = str::from_utf8(text)
        && let Err(error) = Filter::parse(text)
    {
        assert!(!error.to_string().is_empty(), "an error says something");
        let _ = report::visible(text);
    }
}

/// Reads a script. What it makes goes through the readers of what it imitates.
pub fn fixture(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let Ok(script) = Script::parse(text) else { return };
    for message in script.messages() {
        codecs::message(&message.body);
    }
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        if let Ok(script) = script.with_encoding(encoding) {
            pipeline(&script.capture());
        }
    }
}
