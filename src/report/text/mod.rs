//! The report for a person: verdict first, then what led to it, then what to do.
//!
//! Colour is never the only sign: a letter (E, W, I) or a word stands beside it. Long lists are folded unless
//! [`Detail::Verbose`]; what was folded is counted.

mod findings;
mod footer;
mod ics;
mod ladder;
mod paint;
mod pending;

pub(crate) use ladder::{FETCHES, auth, bootstrap_accounts, command, fetch, seconds, statuses};
pub use paint::severity_style;
pub(crate) use paint::{count, frames, short};

use super::{Detail, Format, Options, visible};
use crate::verdict::{ReportStore, Tail, Verdict};
use paint::Paint;
use std::io::{self, Write};

/// Text for a terminal, or a file without colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn file_name(&self) -> Option<&'static str> {
        None
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, options: &Options) -> io::Result<()> {
        let paint = Paint::new(options);
        if report.tail().summary.verdict == Verdict::None && options.detail == Detail::Normal {
            nothing(report.tail(), out, &paint)?;
            ics::write(report.tail(), out, &paint)?;
            return remarks(report.tail(), out, &paint);
        }
        headline(report.tail(), out, &paint)?;
        if options.detail == Detail::Quiet {
            return Ok(());
        }
        ladder::write(report, out, &paint)?;
        let groups = findings::gather(report, options)?;
        findings::write(&groups, report.tail(), out, &paint)?;
        pending::write(report.tail(), out, &paint)?;
        ics::write(report.tail(), out, &paint)?;
        remarks(report.tail(), out, &paint)?;
        footer::write(report.tail(), groups.first_rule(), out, &paint)
    }
}

/// What is said of a report that does not show everything.
pub(super) const REDACTED: &str = "redacted: *** stands for credentials, nonces, accounts, and who devices are";

/// Inputs without a session that are told of one by one.
const NOTHING_IN: usize = 8;

/// Where no session was found: for each input, in a line or two, what it is and what to try.
fn nothing(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let summary = &tail.summary;
    let mut first = format!("{}  ", paint.verdict(summary.verdict, summary.verdict.name().to_uppercase()));
    if tail.inputs.is_empty() || tail.inputs.iter().any(|input| input.left_out > 0) {
        return writeln!(out, "{first}{}", summary.why);
    }
    for input in tail.inputs.iter().take(NOTHING_IN) {
        let unread = input.problems.iter().find(|problem| problem.kind.is_unread());
        let text = match (unread, &input.seen) {
            (Some(problem), _) => &problem.text,
            (None, Some(seen)) => seen,
            (None, None) => &summary.why,
        };
        writeln!(out, "{first}{}: {}", visible(&input.path), visible(text))?;
        first = "      ".to_owned();
    }
    let left = tail.inputs.len().saturating_sub(NOTHING_IN);
    if left > 0 {
        let left = count(u64::try_from(left).unwrap_or(u64::MAX), "more input");
        writeln!(out, "      {}", paint.dim(format_args!("… {left} (--verbose shows all)")))?;
    }
    Ok(())
}

/// What has to be looked after.
fn remarks(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let remarks = &tail.summary.remarks;
    if !remarks.is_empty() {
        writeln!(out, "\n{}", paint.bold("Remarks"))?;
    }
    remarks.iter().try_for_each(|remark| paint.paragraph(out, "  ! ", "    ", &visible(remark)))
}

/// The verdict with its reason, and the numbers.
fn headline(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let summary = &tail.summary;
    let word = summary.verdict.name().to_uppercase();
    writeln!(out, "{}  {}", paint.verdict(summary.verdict, &word), summary.why)?;
    if paint.detail == Detail::Quiet {
        return Ok(());
    }
    let found = &summary.findings;
    let mut numbers = vec![
        count(summary.sessions, "session"),
        count(summary.messages, "message"),
        count(summary.commands, "command"),
        count(found.error, "error"),
        count(found.warning, "warning"),
    ];
    if found.info > 0 {
        numbers.push(count(found.info, "info"));
    }
    if found.waived > 0 {
        numbers.push(format!("{} waived", found.waived));
    }
    if summary.ics > 0 {
        numbers.push(format!("{} of the ICS", count(summary.ics, "contradiction")));
    }
    let by = &summary.session_verdicts;
    let sides: Vec<String> =
        [(by.fail, "failed"), (by.inconclusive, "inconclusive"), (by.pass, "passed"), (by.error, "not judged")]
            .into_iter()
            .filter(|(number, _)| *number > 0 && *number < summary.sessions)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
    if let Some(sessions) = numbers.first_mut().filter(|_| !sides.is_empty()) {
        sessions.push_str(&format!(" ({})", sides.join(", ")));
    }
    paint.paragraph(out, "      ", "      ", &numbers.join(" · "))?;
    match summary.redacted {
        true => paint.paragraph(out, "      ", "      ", REDACTED),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Problem, ProblemKind};
    use crate::report::example;
    use crate::verdict::InputReport;

    fn text(mut store: ReportStore, options: Options) -> String {
        let mut out = Vec::new();
        Text.write(&mut store, &mut out, &options).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_with_findings_reads_from_verdict_to_next_step() {
        insta::assert_snapshot!(text(example::store(3), Options::default()));
    }

    #[test]
    fn a_quiet_report_is_the_verdict_alone() {
        let options = Options { detail: Detail::Quiet, ..Options::default() };
        insta::assert_snapshot!(text(example::store(3), options), @"FAIL  2 errors in 1 of 3 sessions");
    }

    #[test]
    fn a_narrow_terminal_wraps_and_loses_nothing() {
        insta::assert_snapshot!(text(example::store(1), Options { width: 48, ..Options::default() }));
    }

    #[test]
    fn many_sessions_are_folded_to_those_that_matter() {
        let folded = text(example::store(30), Options::default());
        let heads = |text: &str| text.lines().filter(|line| line.starts_with("Session ")).count();
        assert_eq!(heads(&folded), 20);
        assert!(folded.contains("10 more sessions passed without findings"), "{folded}");
        let all = text(example::store(30), Options { detail: Detail::Verbose, ..Options::default() });
        assert_eq!(heads(&all), 30);
        assert!(all.len() > folded.len());
    }

    #[test]
    fn a_report_without_sessions_says_what_to_try() {
        let mut nothing = ReportStore::default();
        let input = |path: &str, problems| InputReport {
            path: path.to_owned(),
            bytes: 10,
            packets: 3,
            seen: Some("no DM session: 3 frames, 1 TCP connection, 0 HTTP exchanges; no connection is HTTP".to_owned()),
            left_out: 0,
            problems,
        };
        nothing.finish(vec![input("a.pcap", Vec::new())], Vec::new(), Vec::new());
        insta::assert_snapshot!(text(nothing, Options::default()));
        let mut garbage = ReportStore::default();
        let problem = Problem::whole(ProblemKind::NotACapture, "this is no capture: it begins with \"<html>\"");
        garbage.finish(vec![input("a.html", vec![problem])], Vec::new(), Vec::new());
        insta::assert_snapshot!(text(garbage, Options::default()));
    }

    #[test]
    fn no_octet_of_the_wire_reaches_the_terminal_unescaped() {
        for detail in [Detail::Normal, Detail::Verbose] {
            let text = text(example::store(3), Options { detail, ..Options::default() });
            assert!(!text.contains(['\x1b', '\x07', '\u{200b}', '\u{202e}']));
            assert!(text.contains("\\x1b]0;owned\\x07") && text.contains("\\u{202e}"));
            assert!(!text.lines().any(|line| line == "FAIL"));
        }
    }

    #[test]
    fn colour_adds_escape_codes_and_changes_no_word() {
        let plain = text(example::store(3), Options::default());
        let colored = text(example::store(3), Options { color: true, ..Options::default() });
        assert!(colored.contains("\x1b["));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}
