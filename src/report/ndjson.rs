//! NDJSON: the rows of the JSON report, one a line, each with its kind, so that a script can read them as they come.

use super::{Format, Options};
use crate::verdict::{ReportStore, SCHEMA, ToolReport};
use serde::Serialize;
use std::io::{self, Write};

/// NDJSON. The kinds are `report`, `input`, `session`, `finding`, `rule`, `testcase`, `pending`, `ics`, `summary`, in this order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ndjson;

/// The first line: what the others are.
#[derive(Serialize)]
struct Head {
    schema: &'static str,
    tool: ToolReport,
}

impl Format for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.ndjson")
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        line(out, "report", &Head { schema: SCHEMA, tool: ToolReport::default() })?;
        report.tail().inputs.iter().try_for_each(|input| line(out, "input", input))?;
        for row in report.sessions()? {
            line(out, "session", &row?)?;
        }
        for row in report.findings()? {
            line(out, "finding", &row?)?;
        }
        let tail = report.tail();
        tail.rules.iter().try_for_each(|rule| line(out, "rule", rule))?;
        tail.testcases.iter().try_for_each(|case| line(out, "testcase", case))?;
        tail.pending.iter().try_for_each(|row| line(out, "pending", row))?;
        tail.ics.iter().try_for_each(|row| line(out, "ics", row))?;
        line(out, "summary", &tail.summary)
    }
}

/// One line: an object with the row under the name of its kind.
fn line<T: Serialize>(out: &mut dyn Write, kind: &str, row: &T) -> io::Result<()> {
    write!(out, "{{\"type\":\"{kind}\",\"{kind}\":")?;
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn every_line_is_an_object_that_says_what_it_is() {
        let mut out = Vec::new();
        Ndjson.write(&mut example::store_with_cases(3), &mut out, &Options::default()).unwrap();
        let mut kinds = Vec::new();
        for line in String::from_utf8(out).unwrap().lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            assert_eq!(row.len(), 2);
            let kind = row["type"].as_str().unwrap().to_owned();
            assert!(row[&kind].is_object());
            kinds.push(kind);
        }
        kinds.dedup();
        assert_eq!(kinds, ["report", "input", "session", "finding", "rule", "testcase", "summary"]);
    }
}
