//! Findings for a colleague who has neither the capture nor dmscope: what, who, where, why, how to mend.

use crate::report::words::frames;
use crate::report::{Format as _, Markdown, visible};
use crate::rules;
use crate::tui::details::message_name;
use crate::tui::message::MessageView;
use crate::verdict::{FindingReport, OpenSession};
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::rc::Rc;

/// Lines of a message that are quoted.
const QUOTED: usize = 24;

fn escape(text: &str) -> String {
    let text = visible(text);
    let special = |ch: char| matches!(ch, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '`' | '|' | '#');
    text.chars().flat_map(|ch| special(ch).then_some('\\').into_iter().chain([ch])).collect()
}

/// Findings of a session, the worst first. `capture` says of an input what it is called.
pub(super) fn page(
    session: u32,
    open: &Rc<OpenSession>,
    findings: &[&FindingReport<'_>],
    capture: &dyn Fn(Option<u32>) -> String,
) -> String {
    let row = &open.session;
    let mut page = format!(
        "# Session {}: {} with {}\n\n{} over {}, began {}, {}.\n",
        row.index,
        escape(row.device.as_deref().unwrap_or("unknown device")),
        escape(row.server.as_deref().unwrap_or("unknown server")),
        escape(&row.profile),
        escape(&row.transport),
        row.started,
        escape(&row.why),
    );
    if findings.is_empty() {
        page.push_str("\nNo findings.\n");
    }
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| Reverse((finding.waived.is_none(), finding.severity)));
    for finding in findings {
        self::finding(session, open, finding, capture, &mut page);
    }
    // The report in the same format says the rest. Writing to a String cannot fail.
    let _ = writeln!(
        page,
        "\nFrames are numbered as in the capture that is named; in a session that was cut out of it they are renumbered, and \
         comments of packets say which they were.\n\nWritten by dmscope; `dmscope analyze --format {}` gives the whole report.",
        Markdown.name()
    );
    page
}

fn finding(
    session: u32,
    open: &Rc<OpenSession>,
    finding: &FindingReport<'_>,
    capture: &dyn Fn(Option<u32>) -> String,
    page: &mut String,
) {
    let rule = rules::find(&finding.rule);
    let place = |message: Option<u32>, id: Option<&str>| {
        let mut place = Vec::new();
        place.extend(message.map(|message| escape(&message_name(open, message))));
        place.extend(id.map(|id| format!("CmdID {}", escape(id))));
        place
    };
    let mut at = place(finding.message, finding.cmd_id.as_deref());
    let numbers = frames(&finding.frames);
    if !numbers.is_empty() {
        at.push(format!("{numbers} of {}", escape(&capture(finding.input))));
    }
    at.extend(finding.element.as_deref().map(escape));
    let title = rule.map(|rule| format!(": {}", escape(rule.title))).unwrap_or_default();
    let level = rule.map(|rule| format!(", {}", rule.level.name())).unwrap_or_default();
    let heading = format!("{} {}{title}", finding.severity.letter(), escape(&finding.rule));
    let clause = format!("{} {}", escape(&finding.spec.document), escape(&finding.spec.section));
    let mut lines = vec![
        ("Severity", format!("{}{level}", finding.severity)),
        ("At fault", finding.role.name().to_owned()),
        ("Where", at.join(", ")),
        ("Seen", escape(&finding.text)),
        ("Expected", escape(&finding.expected)),
        ("Clause", clause.trim().to_owned()),
        ("How to mend it", escape(&finding.mend)),
    ];
    for related in &finding.related {
        let mut text = vec![escape(&related.text)];
        text.extend(place(related.message, related.cmd_id.as_deref()));
        lines.push(("See also", text.join(", ")));
    }
    lines.extend(finding.waived.as_ref().map(|waived| ("Waived", escape(&waived.reason))));
    // Writing to a String cannot fail.
    let _ = writeln!(page, "\n## {heading}\n");
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(page, "- **{name}:** {value}");
    }
    let quoted = finding
        .message
        .zip(finding.element.as_deref())
        .map(|(message, element)| MessageView::new(session, Rc::clone(open), message).excerpt(element, QUOTED));
    let quoted: Vec<String> = quoted.unwrap_or_default().iter().map(|line| visible(line).into_owned()).collect();
    if !quoted.is_empty() {
        // Longer than any run of the sign inside, so that nothing quoted ends it.
        let runs = quoted.iter().flat_map(|line| line.split(|ch| ch != '`')).map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(runs.saturating_add(1).max(3));
        let _ = write!(page, "\n{fence}xml\n{}\n{fence}\n", quoted.join("\n"));
    }
}
