//! Markdown for the summary of a job or the description of a merge request: short enough to be read there.

use super::place::place;
use super::text::REDACTED;
use super::{Format, Options, visible};
use crate::verdict::{FindingReport, ReportStore, Severity, Tail, TestCaseVerdict};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Sessions that are listed; those without findings come last and are cut first.
const SESSIONS: usize = 50;
/// Rules that are listed with their findings.
const RULES: usize = 40;
/// Findings of a rule that are listed.
const OF_A_RULE: usize = 5;
/// Operations without an end that are listed.
const PENDING: usize = 50;
/// Test cases of a verdict that are listed.
const CASES: usize = 50;

/// Markdown as GitHub and GitLab read it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.md")
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        headline(report.tail(), out)?;
        findings(report, out)?;
        cases(report.tail(), out)?;
        pending(report.tail(), out)?;
        ics(report.tail(), out)?;
        sessions(report, out)?;
        inputs(report.tail(), out)
    }
}

/// Text from outside as code: nothing in it is Markdown, HTML or a mention, also inside a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return "–".to_owned();
    }
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.saturating_add(1));
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text of our own, in which a value from outside may stand.
fn plain(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // Nobody is mentioned, and no address becomes a link.
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            c => out.push(c),
        }
    }
    out
}

fn headline(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    let summary = &tail.summary;
    writeln!(out, "# dmscope: {}\n\n{}\n", summary.verdict.name().to_uppercase(), plain(&summary.why))?;
    writeln!(out, "| | |\n| --- | --- |")?;
    writeln!(
        out,
        "| Sessions | {} ({} messages, {} commands) |",
        summary.sessions, summary.messages, summary.commands
    )?;
    let counts = &summary.findings;
    writeln!(
        out,
        "| Findings | {} errors, {} warnings, {} infos, {} waived |",
        counts.error, counts.warning, counts.info, counts.waived
    )?;
    let rules = &summary.rules;
    writeln!(
        out,
        "| Rules | {} exercised, {} violated, {} undecided, {} never exercised |",
        rules.exercised, rules.violated, rules.undecided, rules.not_exercised
    )?;
    if !tail.testcases.is_empty() {
        let cases = &summary.testcases;
        writeln!(
            out,
            "| Test cases | {} pass, {} fail, {} inconclusive, {} not applicable, {} error |",
            cases.pass, cases.fail, cases.inconclusive, cases.not_applicable, cases.error
        )?;
    }
    writeln!(out)?;
    if summary.redacted {
        writeln!(out, "{}\n", plain(REDACTED))?;
    }
    if !summary.remarks.is_empty() {
        writeln!(out, "## Remarks\n")?;
        summary.remarks.iter().take(CASES).try_for_each(|remark| writeln!(out, "- {}", plain(remark)))?;
        writeln!(out)?;
    }
    Ok(())
}

/// What one rule found.
struct Group {
    worst: Severity,
    count: u64,
    first: Vec<FindingReport<'static>>,
}

fn findings(report: &mut ReportStore, out: &mut dyn Write) -> io::Result<()> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for finding in report.findings()? {
        let finding = finding?;
        if finding.waived.is_some() {
            continue;
        }
        let severity = finding.severity;
        let group = groups.entry(finding.rule.to_string());
        let group = group.or_insert(Group { worst: severity, count: 0, first: Vec::new() });
        group.worst = group.worst.max(severity);
        group.count = group.count.saturating_add(1);
        if group.first.len() < OF_A_RULE {
            group.first.push(finding);
        }
    }
    let mut groups: Vec<(String, Group)> = groups.into_iter().collect();
    groups.sort_by(|(a_id, a), (b_id, b)| (b.worst, a_id).cmp(&(a.worst, b_id)));
    if groups.is_empty() {
        return writeln!(out, "No findings.\n");
    }
    writeln!(out, "## Findings\n")?;
    let title = |id: &str| report.tail().rules.iter().find(|rule| rule.id == id).map(|rule| plain(&rule.title));
    for (id, group) in groups.iter().take(RULES) {
        let word = group.worst.name();
        writeln!(out, "### {id} {} ({word}, {})\n", title(id).unwrap_or_default(), group.count)?;
        if let Some(first) = group.first.first() {
            if !first.spec.document.is_empty() {
                writeln!(
                    out,
                    "{} {}. {}\n",
                    plain(&first.spec.document),
                    plain(&first.spec.section),
                    plain(&first.mend)
                )?;
            }
            writeln!(out, "| Where | Who | Seen | Expected |\n| --- | --- | --- | --- |")?;
        }
        for finding in &group.first {
            let (who, seen) = (finding.role.name(), code(&finding.text));
            let known = if finding.known { " (known)" } else { "" };
            writeln!(out, "| {}{known} | {who} | {seen} | {} |", plain(&place(finding)), code(&finding.expected))?;
        }
        let shown = u64::try_from(group.first.len()).unwrap_or(u64::MAX);
        if group.count > shown {
            writeln!(out, "\n… and {} more.", group.count.saturating_sub(shown))?;
        }
        writeln!(out)?;
    }
    more(out, groups.len(), RULES, "rules with findings")
}

fn more(out: &mut dyn Write, count: usize, shown: usize, what: &str) -> io::Result<()> {
    match count.saturating_sub(shown) {
        0 => Ok(()),
        left => writeln!(out, "… and {left} more {what}; the JSON and HTML reports list all.\n"),
    }
}

fn cases(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    for (verdict, title) in [
        (TestCaseVerdict::Error, "Test cases that could not be run"),
        (TestCaseVerdict::Fail, "Test cases that failed"),
        (TestCaseVerdict::Pass, "Test cases that passed"),
    ] {
        let cases: Vec<_> = tail.testcases.iter().filter(|case| case.verdict == verdict).collect();
        if cases.is_empty() {
            continue;
        }
        writeln!(out, "## {title}\n\n| Case | Title | Reason |\n| --- | --- | --- |")?;
        for case in cases.iter().take(CASES) {
            let waived = if case.waived.is_some() { " (waived)" } else { "" };
            writeln!(out, "| {}{waived} | {} | {} |", plain(&case.id), plain(&case.title), code(&case.reason))?;
        }
        writeln!(out)?;
        more(out, cases.len(), CASES, "test cases")?;
    }
    Ok(())
}

fn pending(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    if tail.pending.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Not yet finished\n")?;
    writeln!(out, "| Device | Operation | Since |\n| --- | --- | --- |")?;
    for row in tail.pending.iter().take(PENDING) {
        let input = row.input.map(|input| format!(" of input {input}")).unwrap_or_default();
        let device = row.device.as_deref().unwrap_or("unknown device");
        writeln!(out, "| {} | {} | {}{input} |", code(device), plain(&row.name()), plain(&row.since()))?;
    }
    writeln!(out)?;
    more(out, usize::try_from(tail.summary.pending).unwrap_or(usize::MAX), PENDING, "operations")
}

fn ics(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    if tail.ics.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Statement of support (ICS): what does not agree\n")?;
    writeln!(out, "| Item | Declared | Seen | What | Where |\n| --- | --- | --- | --- | --- |")?;
    for row in &tail.ics {
        let input = row.input.map(|input| format!("input {input}, ")).unwrap_or_default();
        let message = row.message.map(|message| format!(", message {message}")).unwrap_or_default();
        let place = row.session.map(|session| format!("{input}session {session}{message}")).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            plain(&row.item),
            code(&row.declared),
            code(row.seen.as_deref().unwrap_or_default()),
            plain(&row.text),
            if place.is_empty() { "–" } else { &place }
        )?;
    }
    writeln!(out)
}

fn sessions(report: &mut ReportStore, out: &mut dyn Write) -> io::Result<()> {
    let total = report.tail().summary.sessions;
    if total == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "## Sessions\n\n| # | SessionID | Device | Server | End | Verdict |\n| --- | --- | --- | --- | --- | --- |"
    )?;
    for session in report.sessions()?.take(SESSIONS) {
        let session = session?;
        let cell = |text: Option<&std::borrow::Cow<'_, str>>| text.map_or("–".to_owned(), |text| code(text));
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            session.index,
            cell(session.session_id.as_ref()),
            cell(session.device.as_ref()),
            cell(session.server.as_ref()),
            session.end.name(),
            session.verdict.name(),
        )?;
    }
    writeln!(out)?;
    more(out, usize::try_from(total).unwrap_or(usize::MAX), SESSIONS, "sessions")
}

fn inputs(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    let troubled: Vec<_> = tail.inputs.iter().filter(|input| !input.problems.is_empty()).collect();
    if troubled.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Inputs with problems\n\n| Input | Problem |\n| --- | --- |")?;
    for (input, problem) in
        troubled.iter().flat_map(|input| input.problems.iter().map(move |one| (input, one))).take(CASES)
    {
        writeln!(out, "| {} | {} |", code(&input.path), plain(&problem.text))?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn nothing_from_the_wire_is_markdown() {
        let table = [
            ("a|b", "`a\\|b`"),
            ("`x`", "`` `x` ``"),
            ("@all <b>", "`@all <b>`"),
            ("line\nfeed", "`line\\nfeed`"),
            ("a``b", "```a``b```"),
            ("", "–"),
        ];
        for (wire, written) in table {
            assert_eq!(code(wire), written);
        }
        assert_eq!(plain("<b> @me [x](y) a_b|c"), "&lt;b&gt; &#64;me \\[x\\](y) a\\_b\\|c");
        assert_eq!(plain("https://evil.example"), "https&#58;//evil.example");
    }

    #[test]
    fn the_summary_says_what_counts() {
        let mut out = Vec::new();
        Markdown.write(&mut example::store_with_cases(3), &mut out, &Options::default()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
        let mut out = Vec::new();
        Markdown.write(&mut example::store(10_000), &mut out, &Options::default()).unwrap();
        assert!(out.len() < 64 << 10, "{} octets are no summary", out.len());
    }
}
