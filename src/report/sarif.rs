//! SARIF 2.1.0 for code scanning: each finding points at the exported message, with line and column where they are known.

use super::place::{explanation, place};
use super::{Format, Options, visible};
use crate::verdict::{
    FindingReport, ReportStore, RequirementLevel, Severity, Tail, TestCaseReport, TestCaseVerdict, WaivedReport,
    exhibit_path,
};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// SARIF.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.sarif")
    }

    fn wants_exhibits(&self) -> bool {
        true
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        let tail = report.tail().clone();
        write!(out, "{{\n\"$schema\":\"{SCHEMA}\",\n\"version\":\"2.1.0\",\n\"runs\":[{{\n\"tool\":{{\"driver\":")?;
        serde_json::to_writer(&mut *out, &driver(&tail))?;
        write!(out, "}},\n\"columnKind\":\"unicodeCodePoints\",\n\"invocations\":[")?;
        serde_json::to_writer(&mut *out, &invocation(&tail))?;
        write!(out, "],\n\"results\":[")?;
        let mut separator = "\n";
        let mut result = |out: &mut dyn Write, result: &Value| -> io::Result<()> {
            out.write_all(separator.as_bytes())?;
            separator = ",\n";
            Ok(serde_json::to_writer(out, result)?)
        };
        for finding in report.findings()? {
            let finding = finding?;
            result(out, &of_finding(&finding, &tail))?;
        }
        for case in tail.testcases.iter().filter(|case| is_bad(case)) {
            result(out, &of_case(case, &tail))?;
        }
        writeln!(out, "\n]\n}}]\n}}")
    }
}

fn is_bad(case: &TestCaseReport) -> bool {
    matches!(case.verdict, TestCaseVerdict::Fail | TestCaseVerdict::Error)
}

fn text(text: &str) -> Value {
    json!({"text": visible(text)})
}

/// The rules that were violated, and the cases that failed.
fn driver(tail: &Tail) -> Value {
    let rules = tail.rules.iter().filter(|rule| rule.violations > 0);
    let rules = rules.map(|rule| json!({"id": rule.id, "name": rule.name, "shortDescription": text(&rule.title)}));
    let cases = tail.testcases.iter().filter(|case| is_bad(case));
    let cases = cases.map(|case| json!({"id": case.id, "shortDescription": text(&case.title)}));
    let tool = crate::verdict::ToolReport::default();
    json!({"name": tool.name, "semanticVersion": tool.version, "rules": rules.chain(cases).collect::<Vec<Value>>()})
}

/// What could not be read stands beside the results.
fn invocation(tail: &Tail) -> Value {
    let notes = tail.inputs.iter().flat_map(|input| {
        input.problems.iter().map(move |problem| {
            let level = if problem.kind.is_unread() { "error" } else { "note" };
            json!({"level": level, "message": text(&format!("{}: {}", input.path, problem.text))})
        })
    });
    let notes: Vec<Value> = notes.collect();
    json!({
        "executionSuccessful": !tail.inputs.iter().any(crate::verdict::InputReport::is_unread),
        "toolExecutionNotifications": notes,
    })
}

/// A relative reference to a file, percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, octet| {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            uri.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{octet:02X}");
        }
        uri
    })
}

/// The exported message, or the capture where the finding is about a session as a whole.
fn artifact(session: u32, message: Option<u32>, input: Option<u32>, tail: &Tail) -> Value {
    let input = input.and_then(|input| usize::try_from(input).ok()?.checked_sub(1)).unwrap_or_default();
    let path = match (message, tail.inputs.get(input)) {
        (Some(message), _) => exhibit_path(session, message),
        (None, Some(input)) => uri(&input.path),
        (None, None) => "report.json".to_owned(),
    };
    json!({"uri": path})
}

fn location(finding: &FindingReport<'_>, tail: &Tail) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), artifact(finding.session, finding.message, finding.input, tail));
    if let Some(line) = finding.line {
        physical.insert("region".to_owned(), json!({"startLine": line, "startColumn": finding.column.unwrap_or(1)}));
    }
    let mut location = Map::new();
    location.insert("physicalLocation".to_owned(), physical.into());
    if let Some(element) = &finding.element {
        let logical = json!([{"fullyQualifiedName": visible(element), "kind": "element"}]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    location.into()
}

fn suppression(waived: &WaivedReport<'_>) -> Value {
    json!([{"kind": "external", "status": "accepted", "justification": visible(&waived.reason)}])
}

fn of_finding(finding: &FindingReport<'_>, tail: &Tail) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(finding.rule));
    result.insert("level".to_owned(), level.into());
    result.insert("message".to_owned(), text(&format!("{} [{}]", explanation(finding), place(finding))));
    result.insert("locations".to_owned(), json!([location(finding, tail)]));
    let related: Vec<Value> = (finding.related.iter())
        .map(|related| {
            let artifact = artifact(finding.session, related.message, finding.input, tail);
            json!({"physicalLocation": {"artifactLocation": artifact}, "message": text(&related.text)})
        })
        .collect();
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), related.into());
    }
    if let Some(fingerprint) = &finding.fingerprint {
        result.insert("partialFingerprints".to_owned(), json!({"dmscope/v1": fingerprint}));
    }
    if let Some(waived) = &finding.waived {
        result.insert("suppressions".to_owned(), suppression(waived));
    }
    if tail.summary.baseline.is_some() {
        let state = if finding.known { "unchanged" } else { "new" };
        result.insert("baselineState".to_owned(), state.into());
    }
    let properties = json!({
        "role": finding.role.name(),
        "session": finding.session,
        "message": finding.message,
        "frames": finding.frames,
        "document": finding.spec.document,
        "section": finding.spec.section,
    });
    result.insert("properties".to_owned(), properties);
    result.into()
}

fn of_case(case: &TestCaseReport, tail: &Tail) -> Value {
    let level = if case.level == RequirementLevel::Must { "error" } else { "warning" };
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(case.id));
    result.insert("level".to_owned(), level.into());
    result.insert("message".to_owned(), text(&format!("{}: {}", case.title, case.reason)));
    let locations: Vec<Value> = (case.evidence.iter())
        .map(|one| json!({"physicalLocation": {"artifactLocation": artifact(one.session, one.message, one.input, tail)}}))
        .collect();
    result.insert("locations".to_owned(), locations.into());
    if let Some(fingerprint) = &case.fingerprint {
        result.insert("partialFingerprints".to_owned(), json!({"dmscope/v1": fingerprint}));
    }
    if tail.summary.baseline.is_some() {
        let state = if tail.summary.knows_case(&case.id) { "unchanged" } else { "new" };
        result.insert("baselineState".to_owned(), state.into());
    }
    if let Some(waived) = &case.waived {
        result.insert("suppressions".to_owned(), suppression(waived));
    }
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn results_have_what_code_scanning_asks_for() {
        let mut out = Vec::new();
        Sarif.write(&mut example::store_with_cases(3), &mut out, &Options::default()).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let known: Vec<&Value> =
            run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
        for result in run["results"].as_array().unwrap() {
            assert!(known.contains(&&result["ruleId"]), "{result}");
            assert!(result["message"]["text"].is_string());
            assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
        }
        assert_eq!(run["results"][3]["suppressions"][0]["status"], "accepted");
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("a b/ü.pcap"), "a%20b/%C3%BC.pcap");
        assert_eq!(uri("x:y?z#1"), "x%3Ay%3Fz%231");
    }
}
