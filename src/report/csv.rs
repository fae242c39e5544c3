//! CSV (RFC 4180) of findings and verdicts, for spreadsheets: one row a finding, a test case, a session.

use super::{Format, Options, visible};
use crate::verdict::{EvidencePart, FindingReport, ReportStore, SessionReport, TestCaseReport, TestCaseVerdict};
use std::borrow::Cow;
use std::io::{self, Write};

/// Columns of a row.
const WIDTH: usize = 25;

/// The columns; a row leaves empty what it does not have.
const COLUMNS: [&str; WIDTH] = [
    "kind",
    "id",
    "verdict",
    "role",
    "session",
    "session_id",
    "device",
    "server",
    "profile",
    "message",
    "cmd_id",
    "element",
    "frames",
    "text",
    "expected",
    "document",
    "section",
    "mend",
    "fingerprint",
    "waived",
    "manufacturer",
    "model",
    "firmware",
    "software",
    "hardware",
];

/// CSV.
#[derive(Debug, Clone, Copy, Default)]
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.csv")
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        row(out, COLUMNS.map(Cow::from))?;
        let (sessions, findings) = report.read()?;
        let mut findings = findings.peekable();
        for session in sessions {
            let session = session?;
            row(out, of_session(&session))?;
            while findings.peek().is_some_and(|next| next.as_ref().is_ok_and(|next| next.session == session.index)) {
                if let Some(finding) = findings.next() {
                    row(out, of_finding(&finding?, &session))?;
                }
            }
        }
        findings.next().transpose()?;
        report.tail().testcases.iter().try_for_each(|case| row(out, of_case(case)))
    }
}

fn text<'t>(text: Option<&'t Cow<'_, str>>) -> Cow<'t, str> {
    text.map_or(Cow::Borrowed(""), |text| Cow::Borrowed(text.as_ref()))
}

fn frames<T: ToString>(frames: &[T]) -> String {
    frames.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn of_session<'s>(session: &'s SessionReport<'_>) -> [Cow<'s, str>; WIDTH] {
    let mut columns = [const { Cow::Borrowed("") }; WIDTH];
    let values = [
        (0, "session".into()),
        (2, session.verdict.name().into()),
        (4, session.index.to_string().into()),
        (5, text(session.session_id.as_ref())),
        (6, text(session.device.as_ref())),
        (7, text(session.server.as_ref())),
        (8, session.profile.as_ref().into()),
        (13, session.why.as_ref().into()),
    ];
    place(&mut columns, values);
    place(&mut columns, product(session));
    columns
}

/// What the device says of itself.
fn product<'s>(session: &'s SessionReport<'_>) -> [(usize, Cow<'s, str>); 5] {
    let product = &session.product;
    [
        (20, text(product.manufacturer.as_ref())),
        (21, text(product.model.as_ref())),
        (22, text(product.firmware.as_ref())),
        (23, text(product.software.as_ref())),
        (24, text(product.hardware.as_ref())),
    ]
}

fn of_finding<'s>(finding: &'s FindingReport<'_>, session: &'s SessionReport<'_>) -> [Cow<'s, str>; WIDTH] {
    let mut columns = [const { Cow::Borrowed("") }; WIDTH];
    let values = [
        (0, "finding".into()),
        (1, finding.rule.as_ref().into()),
        (2, finding.severity.name().into()),
        (3, finding.role.name().into()),
        (4, finding.session.to_string().into()),
        (5, text(session.session_id.as_ref())),
        (6, text(session.device.as_ref())),
        (7, text(session.server.as_ref())),
        (8, session.profile.as_ref().into()),
        (9, finding.message.map(|message| message.to_string()).unwrap_or_default().into()),
        (10, text(finding.cmd_id.as_ref())),
        (11, text(finding.element.as_ref())),
        (12, frames(&finding.frames).into()),
        (13, finding.text.as_ref().into()),
        (14, finding.expected.as_ref().into()),
        (15, finding.spec.document.as_ref().into()),
        (16, finding.spec.section.as_ref().into()),
        (17, finding.mend.as_ref().into()),
        (18, text(finding.fingerprint.as_ref())),
        (19, finding.waived.as_ref().map_or("".into(), |waived| waived.reason.as_ref().into())),
    ];
    place(&mut columns, values);
    place(&mut columns, product(session));
    columns
}

fn of_case(case: &TestCaseReport) -> [Cow<'_, str>; WIDTH] {
    let mut columns = [const { Cow::Borrowed("") }; WIDTH];
    let spec = case.spec.first();
    // A failure is told where it shows, everything else where it began.
    let shown = match case.verdict {
        TestCaseVerdict::Fail => case.evidence.iter().find(|one| one.part != EvidencePart::Matched),
        _ => None,
    };
    let shown = shown.or(case.evidence.first());
    let values = [
        (0, "testcase".into()),
        (1, case.id.as_ref().into()),
        (2, case.verdict.name().into()),
        (3, case.role.name().into()),
        (4, shown.map(|one| one.session.to_string()).unwrap_or_default().into()),
        (9, shown.and_then(|one| one.message).map(|message| message.to_string()).unwrap_or_default().into()),
        (10, text(shown.and_then(|one| one.cmd_id.as_ref()))),
        (11, text(shown.and_then(|one| one.element.as_ref()))),
        (12, shown.map(|one| frames(&one.frames)).unwrap_or_default().into()),
        (13, case.reason.as_str().into()),
        (14, case.title.as_ref().into()),
        (15, spec.map_or("".into(), |spec| spec.document.as_ref().into())),
        (16, spec.map_or("".into(), |spec| spec.section.as_ref().into())),
        (18, text(case.fingerprint.as_ref())),
        (19, case.waived.as_ref().map_or("".into(), |waived| waived.reason.as_ref().into())),
    ];
    place(&mut columns, values);
    columns
}

fn place<'t, const N: usize>(columns: &mut [Cow<'t, str>; WIDTH], values: [(usize, Cow<'t, str>); N]) {
    for (at, value) in values {
        if let Some(column) = columns.get_mut(at) {
            *column = value;
        }
    }
}

fn row(out: &mut dyn Write, columns: [Cow<'_, str>; WIDTH]) -> io::Result<()> {
    csv_row(out, &columns)
}

/// One line of CSV, each text as [`visible`] shows it.
///
/// # Errors
/// When it can't be written.
pub fn csv_row(out: &mut dyn Write, columns: &[Cow<'_, str>]) -> io::Result<()> {
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        field(out, column)?;
    }
    out.write_all(b"\r\n")
}

/// A field as a spreadsheet shows it and does not run it: what would begin a formula gets an apostrophe before it. A number is none.
fn field(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let text = visible(text);
    let is_number = text.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'-' | b'+' | b'.'))
        && text.parse::<f64>().is_ok();
    let is_formula = !is_number && text.trim_start().starts_with(['=', '+', '-', '@']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        write!(out, "\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_formula_from_the_wire_is_text() {
        let table = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("\t=1", "\\t=1"),
            (" =1", "\"' =1\""),
            ("-1", "-1"),
            ("-1.5", "-1.5"),
            ("-1+1", "\"'-1+1\""),
            ("-", "\"'-\""),
            ("line\nfeed", "line\\nfeed"),
        ];
        for (wire, written) in table {
            let mut out = Vec::new();
            field(&mut out, wire).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), written, "{wire:?}");
        }
    }

    #[test]
    fn there_is_a_row_for_each_session_finding_and_case() {
        let mut out = Vec::new();
        Csv.write(&mut example::store_with_cases(3), &mut out, &Options::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let kinds: Vec<&str> = text.lines().filter_map(|line| line.split(',').next()).collect();
        let expected = ["kind", "session", "finding", "finding", "finding", "session", "session", "finding"];
        assert_eq!(kinds[..8], expected);
        assert!(kinds[8..].iter().all(|kind| *kind == "testcase") && kinds.len() > 8);
        insta::assert_snapshot!(text);
    }
}
