//! Sessions: each with its ladder and its messages.

use super::badge;
use super::escape::esc;
use super::ladder;
use super::message::{self, Texts};
use super::shown::{MESSAGES, Numbering, Shown, mark};
use crate::base::Severity;
use crate::report::text::{auth, count, seconds};
use crate::verdict::{Exhibit, FindingReport, ReportStore, Rows, SessionReport};
use std::io::{self, Write};
use std::iter::Peekable;

/// Sessions on one page.
const PAGE: u64 = 50;
/// So many are open from the start, if there are no more.
const OPEN: u64 = 2;
/// Operations of one session that are shown.
const OPERATIONS: usize = 50;
/// Findings of one session that are marked in its messages.
const MARKS: usize = 2_000;

/// A finding as its message shows it.
pub(super) struct Found {
    pub(super) message: Option<u32>,
    pub(super) rule: String,
    pub(super) severity: Severity,
    pub(super) waived: bool,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) text: String,
    /// Its number, where it is listed.
    pub(super) number: Option<u64>,
}

pub(super) fn write(report: &mut ReportStore, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let total = report.tail().summary.sessions;
    let several = report.tail().inputs.len() > 1;
    let mut texts = Texts::new(report.has_exhibits());
    writeln!(out, "<section id=\"sessions\"><h2>Sessions <span class=\"n\">{total}</span></h2>")?;
    if total == 0 {
        writeln!(out, "<p class=\"empty\">No DM session was found.</p>")?;
    }
    if !texts.are_there() && total > 0 {
        writeln!(
            out,
            "<p class=\"more\">The texts of the messages are not part of the stored report that this page was made from; \
             <code>dmscope analyze --format html</code> shows them.</p>"
        )?;
    }
    let (sessions, findings, exhibits) = report.read_all()?;
    let mut findings = findings.peekable();
    let mut exhibits = exhibits.peekable();
    let mut numbering = Numbering::default();
    let mut written = 0_u64;
    for session in sessions {
        let session = session?;
        let found = found(&mut findings, session.index, shown, &mut numbering)?;
        if !shown.has(session.index) {
            continue;
        }
        if total > PAGE && written.is_multiple_of(PAGE) {
            if written > 0 {
                writeln!(out, "</details>")?;
            }
            let open = if written == 0 { " open" } else { "" };
            writeln!(
                out,
                "<details class=\"page\"{open}><summary>Sessions from number {} on</summary>",
                session.index
            )?;
        }
        written = written.saturating_add(1);
        self::session(&session, &found, total <= OPEN, several, out)?;
        messages(&session, &found, &mut exhibits, &mut texts, several, out)?;
        writeln!(out, "</div></details>")?;
    }
    if total > PAGE && written > 0 {
        writeln!(out, "</details>")?;
    }
    if shown.left_out > 0 {
        let left = count(shown.left_out, "more session");
        writeln!(
            out,
            "<p class=\"more\">{left} are not shown here, those that passed first; the JSON report has all.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

/// The findings of a session; those of earlier ones are passed over.
fn found(
    findings: &mut Peekable<Rows<'_, FindingReport<'static>>>,
    session: u32,
    shown: &Shown,
    numbering: &mut Numbering,
) -> io::Result<Vec<Found>> {
    let mut all = Vec::new();
    while let Some(finding) = findings.next_if(|finding| finding.as_ref().map_or(true, |row| row.session <= session)) {
        let finding = finding?;
        let number = numbering.next(&finding.rule, shown);
        if finding.session == session && all.len() < MARKS {
            all.push(Found {
                message: finding.message,
                rule: finding.rule.into_owned(),
                severity: finding.severity,
                waived: finding.waived.is_some(),
                line: finding.line,
                column: finding.column,
                text: finding.text.into_owned(),
                number,
            });
        }
    }
    Ok(all)
}

fn session(
    session: &SessionReport<'_>,
    found: &[Found],
    open: bool,
    several: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let unknown = |text: Option<&str>, what: &str| match text {
        Some(text) => format!("<span class=\"who\">{}</span>", esc(text)),
        None => format!("<span class=\"who dim\">{what}</span>"),
    };
    let open = if open { " open" } else { "" };
    write!(
        out,
        "<details class=\"session\" id=\"s-{0}\"{open}><summary>{1} <b class=\"id\">Session {0}</b> {2} \
         <span class=\"dim\">with</span> {3}",
        session.index,
        badge(session.verdict),
        unknown(session.device.as_deref(), "unknown device"),
        unknown(session.server.as_deref(), "unknown server"),
    )?;
    let counts = &session.findings;
    for (number, severity) in
        [(counts.error, Severity::Error), (counts.warning, Severity::Warning), (counts.info, Severity::Info)]
    {
        if number > 0 {
            let class = severity.letter().to_ascii_lowercase();
            write!(
                out,
                " <span class=\"sev {class}\"><b>{}</b> {}</span>",
                severity.letter(),
                count(number, severity.name())
            )?;
        }
    }
    if counts.waived > 0 {
        write!(out, " <span class=\"sev w0\">{} waived</span>", counts.waived)?;
    }
    writeln!(out, "</summary><div class=\"in\"><dl class=\"facts\">")?;
    let mut fact = |name: &str, text: &str| writeln!(out, "<dt>{name}</dt><dd>{}</dd>", esc(text));
    if let Some(id) = &session.session_id {
        fact("SessionID", id)?;
    }
    let lasted = seconds(session.ended.0.since(session.started.0));
    fact("Time", &format!("{}, {lasted} s", session.started))?;
    fact("Judged by", &format!("{} over {}", session.profile, session.transport))?;
    let sides = [auth("client", &session.auth.client), auth("server", &session.auth.server)];
    let sides: Vec<String> = sides.into_iter().flatten().collect();
    if !sides.is_empty() {
        fact("Credentials", &sides.join(" · "))?;
    }
    for digest in session.auth.client.digests.iter().chain(&session.auth.server.digests).take(20) {
        fact("Recomputed", digest)?;
    }
    let product = &session.product;
    let product: Vec<&str> =
        [&product.manufacturer, &product.model, &product.firmware, &product.software, &product.hardware]
            .into_iter()
            .filter_map(|text| text.as_deref())
            .collect();
    if !product.is_empty() {
        fact("Product", &product.join(" · "))?;
    }
    for operation in session.operations.iter().take(OPERATIONS) {
        fact("Operation", &operation.text)?;
    }
    let left = session.operations.len().saturating_sub(OPERATIONS);
    if left > 0 {
        fact("Operation", &format!("{left} more; the JSON report has all"))?;
    }
    if session.undecided > 0 {
        fact("Undecided", &count(u64::from(session.undecided), "occasion"))?;
    }
    let end = if session.why.is_empty() {
        session.end.name().to_owned()
    } else {
        format!("{}: {}", session.end.name(), session.why)
    };
    fact("End", &end)?;
    if let Some(input) = session.messages.first().and_then(|message| message.input).filter(|_| several) {
        writeln!(out, "<dt>Input</dt><dd><a href=\"#input-{input}\">input {input}</a></dd>")?;
    }
    writeln!(out, "</dl>")?;
    let whole: Vec<&Found> = found.iter().filter(|found| found.message.is_none()).collect();
    if !whole.is_empty() {
        writeln!(out, "<ul class=\"notes\">")?;
        whole.iter().try_for_each(|found| message::note(found, out))?;
        writeln!(out, "</ul>")?;
    }
    ladder::write(session, found, out)
}

fn messages(
    session: &SessionReport<'_>,
    found: &[Found],
    exhibits: &mut Peekable<Rows<'_, Exhibit<'static>>>,
    texts: &mut Texts,
    several: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let total = u64::try_from(session.messages.len()).unwrap_or(u64::MAX);
    writeln!(out, "<h3>{}</h3>", count(total, "message"))?;
    for message in session.messages.iter().filter(|message| message.index <= MESSAGES) {
        let place = (session.index, message.index);
        let is_due = |exhibit: &io::Result<Exhibit<'_>>| {
            exhibit.as_ref().map_or(true, |exhibit| (exhibit.session, exhibit.message) <= place)
        };
        let mut exhibit = None;
        while let Some(due) = exhibits.next_if(is_due) {
            exhibit = Some(due?).filter(|due| (due.session, due.message) == place);
        }
        let here: Vec<&Found> = found.iter().filter(|found| found.message == Some(message.index)).collect();
        message::write(session, message, &here, exhibit.as_ref(), texts, several, out)?;
    }
    let left = total.saturating_sub(u64::from(MESSAGES));
    if left > 0 {
        writeln!(out, "<p class=\"more\">{} are not shown here.</p>", count(left, "more message"))?;
    }
    Ok(())
}

/// The marks of findings, by severity: how many.
pub(super) fn marks(found: &[&Found]) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let number = found.iter().filter(|found| found.severity == severity && !found.waived).count();
        if number > 0 {
            out.push(' ');
            out.push_str(&mark(severity));
            if number > 1 {
                out.push_str(&format!(" ×{number}"));
            }
        }
    }
    out
}
