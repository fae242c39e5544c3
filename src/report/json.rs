//! JSON: one document, one session or finding a line, never as a whole in memory.

use super::{Format, Options};
use crate::verdict::{
    IcsMismatch, InputReport, JudgedSession, Notes, ReportStore, RuleReport, SCHEMA, Spool, Summary, Tail,
    TestCaseReport, ToolReport, write_finding,
};
use serde::Serialize;
use std::io::{self, Write};

/// The JSON report (`reports/report.schema.json`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.json")
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        head(out)?;
        report.copy_sessions(out)?;
        between(out)?;
        report.copy_findings(out)?;
        end(out, report.tail())
    }
}

/// Writes the same document while the analysis is still under way: sessions go out as they come, only findings wait.
#[derive(Debug)]
pub struct JsonStream<W> {
    out: W,
    findings: Spool,
    tail: Tail,
}

impl<W: Write> JsonStream<W> {
    /// Begins the document.
    ///
    /// # Errors
    ///
    /// When `out` can't be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        head(&mut out)?;
        Ok(Self { out, findings: Spool::new(), tail: Tail::default() })
    }

    /// Writes a session, which is in its place, with its final number, and keeps its findings.
    ///
    /// # Errors
    ///
    /// When `out` or the temporary file can't be written.
    pub fn add(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        if self.tail.summary.sessions > 0 {
            self.out.write_all(b",\n")?;
        }
        self.tail.add(number, session)?;
        session.write_session(number, &mut self.out)?;
        session.findings().try_for_each(|row| self.findings.add(|out| write_finding(row, number, out)))
    }

    /// Takes notes on the run, before [`JsonStream::finish`].
    pub fn note(&mut self, notes: Notes) {
        self.tail.note(notes);
    }

    /// Takes where a statement of support does not agree with the traffic.
    pub fn add_ics(&mut self, rows: Vec<IcsMismatch>) {
        self.tail.add_ics(rows);
    }

    /// Ends the document, and says what came out.
    ///
    /// # Errors
    ///
    /// When `out` can't be written, or the temporary file not be read.
    pub fn finish(
        mut self,
        inputs: Vec<InputReport>,
        rules: Vec<RuleReport>,
        testcases: Vec<TestCaseReport>,
    ) -> io::Result<(W, Summary)> {
        self.tail.finish(inputs, rules, testcases);
        between(&mut self.out)?;
        self.findings.copy(&mut self.out)?;
        end(&mut self.out, &self.tail)?;
        self.out.flush()?;
        Ok((self.out, self.tail.summary))
    }
}

fn head(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\n\"schema\":")?;
    serde_json::to_writer(&mut *out, SCHEMA)?;
    out.write_all(b",\n\"tool\":")?;
    serde_json::to_writer(&mut *out, &ToolReport::default())?;
    out.write_all(b",\n\"sessions\":[\n")
}

fn between(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\n],\n\"findings\":[\n")
}

fn end(out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
    out.write_all(b"\n]")?;
    array(out, "rules", &tail.rules)?;
    array(out, "testcases", &tail.testcases)?;
    if !tail.pending.is_empty() {
        array(out, "pending", &tail.pending)?;
    }
    if !tail.ics.is_empty() {
        array(out, "ics", &tail.ics)?;
    }
    array(out, "inputs", &tail.inputs)?;
    out.write_all(b",\n\"summary\":")?;
    serde_json::to_writer(&mut *out, &tail.summary)?;
    out.write_all(b"\n}\n")
}

fn array<T: Serialize>(out: &mut dyn Write, name: &str, rows: &[T]) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[\n")?;
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, row)?;
    }
    out.write_all(b"\n]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;
    use crate::verdict::{Report, Verdict};

    fn written(sessions: u32) -> Vec<u8> {
        let mut json = Vec::new();
        Json.write(&mut example::store(sessions), &mut json, &Options::default()).unwrap();
        json
    }

    #[test]
    fn the_document_reads_back_as_the_report_that_was_written() {
        for sessions in [0, 1, 3] {
            let json = written(sessions);
            let report: Report = serde_json::from_slice(&json).unwrap();
            assert_eq!(report.schema, SCHEMA);
            assert_eq!(report.sessions.len(), sessions as usize);
            let mut store = example::store(sessions);
            let (rows, findings) = store.read().unwrap();
            assert!(rows.map(Result::unwrap).eq(report.sessions.iter().cloned()));
            assert!(findings.map(Result::unwrap).eq(report.findings.iter().cloned()));
            assert_eq!(store.tail().summary, report.summary);
            let again: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
            assert_eq!(again, report);
        }
        let report: Report = serde_json::from_slice(&written(0)).unwrap();
        assert_eq!(report.summary.verdict, Verdict::None);
    }

    #[test]
    fn a_stream_writes_the_same_octets_as_a_store() {
        for sessions in [0, 1, 3] {
            let mut stream = JsonStream::new(Vec::new()).unwrap();
            for (number, session) in (1..).zip(example::sessions(sessions)) {
                stream.add(number, &session).unwrap();
            }
            let (json, summary) = stream.finish(example::inputs(), example::rules(), Vec::new()).unwrap();
            assert_eq!(String::from_utf8(json).unwrap(), String::from_utf8(written(sessions)).unwrap());
            assert_eq!(&summary, &example::store(sessions).tail().summary);
        }
    }

    #[test]
    fn the_fields_of_the_contract_have_their_names() {
        let json: serde_json::Value = serde_json::from_slice(&written(3)).unwrap();
        let paths = [
            "/schema",
            "/tool/name",
            "/tool/version",
            "/inputs/0/path",
            "/inputs/0/bytes",
            "/inputs/0/packets",
            "/inputs/1/problems/0/kind",
            "/inputs/1/problems/0/offset",
            "/inputs/1/problems/0/frame",
            "/inputs/1/problems/0/text",
            "/summary/sessions",
            "/summary/messages",
            "/summary/commands",
            "/summary/findings/error",
            "/summary/findings/warning",
            "/summary/findings/info",
            "/summary/findings/waived",
            "/summary/rules/exercised",
            "/summary/rules/violated",
            "/summary/rules/not_exercised",
            "/summary/testcases/pass",
            "/summary/testcases/fail",
            "/summary/testcases/inconclusive",
            "/summary/testcases/not_applicable",
            "/summary/testcases/error",
            "/summary/verdict",
            "/sessions/0/index",
            "/sessions/0/session_id",
            "/sessions/0/device",
            "/sessions/0/server",
            "/sessions/0/profile",
            "/sessions/0/transport",
            "/sessions/0/started",
            "/sessions/0/ended",
            "/sessions/0/end",
            "/sessions/0/auth/client/scheme",
            "/sessions/0/auth/client/state",
            "/sessions/0/auth/server",
            "/sessions/0/messages/0/index",
            "/sessions/0/messages/0/direction",
            "/sessions/0/messages/0/package",
            "/sessions/0/messages/0/msg_id",
            "/sessions/0/messages/0/encoding",
            "/sessions/0/messages/0/time",
            "/sessions/0/messages/0/frames/0",
            "/sessions/0/messages/0/bytes",
            "/sessions/0/messages/0/http/method",
            "/sessions/0/messages/0/http/path",
            "/sessions/0/messages/0/http/status",
            "/sessions/0/messages/0/commands/0/cmd_id",
            "/sessions/0/messages/0/commands/0/name",
            "/sessions/0/messages/0/commands/0/target",
            "/sessions/0/messages/0/commands/0/source",
            "/sessions/0/messages/0/commands/0/status",
            "/findings/0/rule",
            "/findings/0/severity",
            "/findings/0/role",
            "/findings/0/session",
            "/findings/0/message",
            "/findings/0/cmd_id",
            "/findings/0/element",
            "/findings/0/frames/0",
            "/findings/0/text",
            "/findings/0/expected",
            "/findings/0/spec/document",
            "/findings/0/spec/section",
            "/findings/0/waived",
            "/rules/0/id",
            "/rules/0/occasions",
            "/rules/0/violations",
            "/testcases",
        ];
        for path in paths {
            assert!(json.pointer(path).is_some(), "{path} is missing");
        }
        assert_eq!(json.pointer("/sessions/0/messages/0/direction").unwrap(), "device-to-server");
        assert_eq!(json.pointer("/sessions/0/end").unwrap(), "completed");
    }
}
