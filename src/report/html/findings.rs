//! Findings by rule.

use super::escape::esc;
use super::shown::{Numbering, RuleFindings, Shown, mark, place, severity};
use crate::base::Limits;
use crate::report::text::{count, frames};
use crate::verdict::{FindingReport, ReportStore, Severity};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use tempfile::SpooledTempFile;

/// Findings of one rule on one page.
const PAGE: usize = 100;

/// The written findings, outside memory, with their places by rule.
struct Sorted {
    file: SpooledTempFile,
    places: BTreeMap<String, Vec<(u64, usize)>>,
}

impl Sorted {
    fn of(report: &mut ReportStore, shown: &Shown) -> io::Result<Self> {
        let several = report.tail().inputs.len() > 1;
        let mut sorted = Self { file: SpooledTempFile::new(Limits::REPORT_IN_MEMORY), places: BTreeMap::new() };
        let mut numbering = Numbering::default();
        let mut row = Vec::new();
        let mut end = 0_u64;
        for finding in report.findings()? {
            let finding = finding?;
            let Some(number) = numbering.next(&finding.rule, shown) else { continue };
            row.clear();
            item(number, &finding, several, shown, &mut row)?;
            sorted.file.write_all(&row)?;
            sorted.places.entry(finding.rule.into_owned()).or_default().push((end, row.len()));
            end = end.saturating_add(u64::try_from(row.len()).unwrap_or(u64::MAX));
        }
        Ok(sorted)
    }

    fn copy(&mut self, (at, octets): (u64, usize), out: &mut dyn Write) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        let mut row = vec![0; octets];
        self.file.read_exact(&mut row)?;
        out.write_all(&row)
    }
}

/// Rules in the order in which they are shown: the worst first, waived ones last.
pub(super) fn order(shown: &Shown) -> Vec<(&str, &RuleFindings)> {
    let mut rules: Vec<_> = shown.rules.iter().map(|(id, rule)| (&**id, rule)).collect();
    rules.sort_by_key(|(_, rule)| Reverse(rule.worst));
    rules
}

pub(super) fn write(report: &mut ReportStore, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let total = report.tail().summary.findings.total();
    writeln!(out, "<section id=\"findings\"><h2>Findings <span class=\"n\">{total}</span></h2>")?;
    if shown.rules.is_empty() {
        return writeln!(out, "<p class=\"empty\">No rule was violated by what could be judged.</p></section>");
    }
    writeln!(
        out,
        "<div class=\"bar\" hidden><input type=\"search\" id=\"filter\" placeholder=\"Filter: rule, device, text …\" \
         aria-label=\"Filter findings and sessions\"> <span class=\"sevs\">\
         <label><input type=\"checkbox\" data-sev=\"e\" checked> errors</label>\
         <label><input type=\"checkbox\" data-sev=\"w\" checked> warnings</label>\
         <label><input type=\"checkbox\" data-sev=\"i\" checked> infos</label>\
         <label><input type=\"checkbox\" data-sev=\"w0\" checked> waived</label></span>\
         <button type=\"button\" id=\"unfold\">Unfold all</button><button type=\"button\" id=\"fold\">Fold all</button>\
         <span id=\"hits\" role=\"status\"></span></div>"
    )?;
    let mut sorted = Sorted::of(report, shown)?;
    for (position, (id, rule)) in order(shown).into_iter().enumerate() {
        let title = report.tail().rules.iter().find(|row| row.id == id).map_or("", |row| &*row.title);
        // The first one shows what is behind the others.
        let open = if position == 0 || shown.rules.len() <= 3 && rule.count <= 10 { " open" } else { "" };
        head(id, title, rule, open, out)?;
        let places = sorted.places.get(id).cloned().unwrap_or_default();
        let paged = places.len() > PAGE;
        for (page, places) in places.chunks(PAGE).enumerate() {
            let first = page.saturating_mul(PAGE).saturating_add(1);
            if paged {
                let last = first.saturating_add(places.len()).saturating_sub(1);
                let open = if page == 0 { " open" } else { "" };
                writeln!(out, "<details class=\"page\"{open}><summary>Findings {first} to {last}</summary>")?;
            }
            writeln!(out, "<ol class=\"list\" start=\"{first}\">")?;
            places.iter().try_for_each(|place| sorted.copy(*place, out))?;
            out.write_all(if paged { b"</ol></details>\n" } else { b"</ol>\n" })?;
        }
        if rule.count > rule.listed {
            let left = count(rule.count.saturating_sub(rule.listed), "more finding");
            writeln!(out, "<p class=\"more\">{left} of this rule are not listed here; the JSON report has all.</p>")?;
        }
        writeln!(out, "</div></details>")?;
    }
    writeln!(out, "</section>")
}

fn head(id: &str, title: &str, rule: &RuleFindings, open: &str, out: &mut dyn Write) -> io::Result<()> {
    let sign = rule.worst.map_or("<span class=\"sev w0\">waived</span>".to_owned(), mark);
    write!(
        out,
        "<details class=\"rule\" id=\"r-{0}\"{open}><summary>{sign} <b class=\"id\">{0}</b> <span class=\"t\">{1}</span> \
         <span class=\"n\">{2}</span></summary><div class=\"in\">",
        esc(id),
        esc(title),
        rule.count
    )?;
    write!(out, "<dl class=\"facts\"><dt>Clause</dt><dd>{}", esc(&rule.spec.document))?;
    if !rule.spec.section.is_empty() {
        write!(out, ", “{}”", esc(&rule.spec.section))?;
    }
    let mut extent = count(rule.count, "finding");
    extent.push_str(&format!(" in {}", count(rule.sessions, "session")));
    if rule.waived > 0 {
        extent.push_str(&format!(", {} waived", rule.waived));
    }
    write!(out, "</dd><dt>Extent</dt><dd>{extent}</dd>")?;
    if !rule.mend.is_empty() {
        write!(out, "<dt>Mend</dt><dd class=\"mend\">{}</dd>", esc(&rule.mend))?;
    }
    writeln!(out, "</dl>")
}

fn item(number: u64, finding: &FindingReport<'_>, several: bool, shown: &Shown, out: &mut Vec<u8>) -> io::Result<()> {
    let class = match (&finding.waived, finding.severity) {
        (Some(_), _) => "w0",
        (None, Severity::Error) => "e",
        (None, Severity::Warning) => "w",
        (None, Severity::Info) => "i",
    };
    write!(out, "<li class=\"f\" id=\"f-{number}\" data-sev=\"{class}\"><p>{} ", severity(finding))?;
    let mut places = vec![finding.role.to_string(), place(shown, finding.session, finding.message)];
    places.extend(finding.cmd_id.as_ref().map(|id| format!("CmdID {}", esc(id))));
    places.extend(Some(frames(&finding.frames)).filter(|frames| !frames.is_empty()));
    places
        .extend(finding.input.filter(|_| several).map(|input| format!("<a href=\"#input-{input}\">input {input}</a>")));
    places.extend(finding.element.as_ref().map(|path| format!("<code>{}</code>", esc(path))));
    places.extend(finding.line.map(|line| format!("line {line}")));
    write!(out, "{}</p>", places.join(" <i>·</i> "))?;
    write!(out, "<dl><dt>seen</dt><dd>{}</dd>", esc(&finding.text))?;
    if !finding.expected.is_empty() {
        write!(out, "<dt>expected</dt><dd>{}</dd>", esc(&finding.expected))?;
    }
    for related in &finding.related {
        let mut places = vec![place(shown, finding.session, related.message)];
        places.extend(related.cmd_id.as_ref().map(|id| format!("CmdID {}", esc(id))));
        places.extend(Some(frames(&related.frames)).filter(|frames| !frames.is_empty()));
        let places = places.join(" <i>·</i> ");
        write!(out, "<dt>see also</dt><dd>{}: {places}</dd>", esc(&related.text))?;
    }
    if finding.known {
        write!(out, "<dt>baseline</dt><dd>known</dd>")?;
    }
    if let Some(waived) = &finding.waived {
        write!(out, "<dt>waived</dt><dd>{}", esc(&waived.reason))?;
        for (word, text) in [("by", &waived.owner), ("until", &waived.expires)] {
            if let Some(text) = text {
                write!(out, " · {word} {}", esc(text))?;
            }
        }
        write!(out, "</dd>")?;
    }
    writeln!(out, "</dl></li>")
}
