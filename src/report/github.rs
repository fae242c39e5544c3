//! Annotations of GitHub Actions: lines that the runner turns into remarks on the job.

use super::place::{explanation, place};
use super::{Format, Options, visible};
use crate::verdict::{ReportStore, Severity, TestCaseVerdict};
use std::io::{self, Write};

/// Annotations of a kind that are written; the runner itself shows ten of a kind for a step.
const OF_A_KIND: usize = 50;

/// Workflow commands on standard output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Github;

impl Format for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn file_name(&self) -> Option<&'static str> {
        None
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        let mut written = [0_usize; 3];
        let mut left = 0_u64;
        for finding in report.findings()? {
            let finding = finding?;
            if finding.waived.is_some() || finding.known {
                continue;
            }
            let (kind, command) = match finding.severity {
                Severity::Error => (0, "error"),
                Severity::Warning => (1, "warning"),
                Severity::Info => (2, "notice"),
            };
            let Some(count) = written.get_mut(kind).filter(|count| **count < OF_A_KIND) else {
                left = left.saturating_add(1);
                continue;
            };
            *count = count.saturating_add(1);
            let title = format!("{} ({})", finding.rule, finding.role.name());
            annotate(out, command, &title, &format!("{}: {}", place(&finding), explanation(&finding)))?;
        }
        let tail = report.tail();
        for case in tail.testcases.iter().filter(|case| case.waived.is_none() && !tail.summary.knows_case(&case.id)) {
            match case.verdict {
                TestCaseVerdict::Fail | TestCaseVerdict::Error => {
                    annotate(out, "error", &case.id, &format!("{}: {}", case.title, case.reason))?;
                }
                TestCaseVerdict::Pass | TestCaseVerdict::Inconclusive | TestCaseVerdict::NotApplicable => {}
            }
        }
        for remark in &tail.summary.remarks {
            annotate(out, "warning", "waivers", remark)?;
        }
        for input in &tail.inputs {
            for problem in input.problems.iter().filter(|problem| problem.kind.is_unread()) {
                annotate(out, "warning", &input.path, &problem.text)?;
            }
        }
        if left > 0 {
            annotate(out, "notice", "dmscope", &format!("{left} more findings; the report lists all"))?;
        }
        let summary = &tail.summary;
        annotate(out, "notice", &format!("Verdict: {}", summary.verdict), &summary.why)
    }
}

/// One line. What has a meaning for the runner is escaped as it asks for.
fn annotate(out: &mut dyn Write, command: &str, title: &str, text: &str) -> io::Result<()> {
    let text = visible(text).replace('%', "%25");
    let title = visible(title).replace('%', "%25").replace(':', "%3A").replace(',', "%2C");
    writeln!(out, "::{command} title={title}::{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn text_from_the_wire_gives_no_command_of_its_own() {
        let mut out = Vec::new();
        annotate(&mut out, "error", "a,b:c%", "x\n::stop-commands::y%0A").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "::error title=a%2Cb%3Ac%25::x\\n::stop-commands::y%250A\n");
    }

    #[test]
    fn findings_become_annotations_and_waived_ones_do_not() {
        let mut out = Vec::new();
        Github.write(&mut example::store_with_cases(3), &mut out, &Options::default()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
        let mut out = Vec::new();
        Github.write(&mut example::store(300), &mut out, &Options::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("::error title=HDR")).count(), OF_A_KIND);
        assert!(text.contains("more findings; the report lists all"));
    }
}
