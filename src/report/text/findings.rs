//! Findings, grouped by rule.

use super::paint::{Paint, count, frames};
use crate::report::{Detail, Options, visible};
use crate::verdict::{FindingReport, RelatedReport, ReportStore, Severity, Tail};
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Places of one rule that are shown.
const PLACES: usize = 5;
/// Those that are shown with `--verbose`; the JSON report has all.
const PLACES_VERBOSE: usize = 1_000;

/// Findings of one rule and severity: how many, and the first of them.
#[derive(Debug)]
struct Group {
    count: u64,
    /// Sessions that have one; findings come in their order.
    sessions: u64,
    last_session: u32,
    places: Vec<FindingReport<'static>>,
}

/// What is read of findings of which many others are shown already.
#[derive(Debug, Deserialize)]
struct Brief {
    rule: String,
    severity: Severity,
    session: u32,
    waived: Option<Waiver>,
}

#[derive(Debug, Deserialize)]
struct Waiver {
    reason: String,
}

/// All findings, folded to a bounded number for each rule.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Worst first, then by rule.
    open: BTreeMap<(Reverse<Severity>, String), Group>,
    /// Waived ones by rule, with the first reason.
    waived: BTreeMap<String, (u64, String)>,
}

impl Groups {
    /// The rule to look at first.
    pub(super) fn first_rule(&self) -> Option<&str> {
        self.open.keys().next().map(|(_, rule)| &**rule)
    }
}

pub(super) fn gather(report: &mut ReportStore, options: &Options) -> io::Result<Groups> {
    let most = if options.detail == Detail::Verbose { PLACES_VERBOSE } else { PLACES };
    let mut groups = Groups::default();
    let mut findings = report.findings()?;
    loop {
        let has_room = |brief: &Brief| {
            let group = groups.open.get(&(Reverse(brief.severity), brief.rule.clone()));
            brief.waived.is_none() && group.is_none_or(|group| group.places.len() < most)
        };
        let Some((brief, finding)) = findings.next_with(has_room)? else { return Ok(groups) };
        if let Some(waiver) = brief.waived {
            let (count, _) = groups.waived.entry(brief.rule).or_insert((0, waiver.reason));
            *count = count.saturating_add(1);
            continue;
        }
        let group = groups.open.entry((Reverse(brief.severity), brief.rule)).or_insert_with(|| Group {
            count: 0,
            sessions: 0,
            last_session: 0,
            places: Vec::new(),
        });
        group.count = group.count.saturating_add(1);
        if group.last_session != brief.session {
            group.last_session = brief.session;
            group.sessions = group.sessions.saturating_add(1);
        }
        group.places.extend(finding);
    }
}

pub(super) fn write(groups: &Groups, tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let several = tail.inputs.len() > 1;
    if !groups.open.is_empty() {
        writeln!(out, "\n{}", paint.bold("Findings"))?;
    }
    for ((Reverse(severity), rule), group) in &groups.open {
        let Some(first) = group.places.first() else { continue };
        writeln!(out)?;
        writeln!(
            out,
            "{} {}  {}",
            paint.severity(*severity, severity.letter()),
            paint.bold(visible(rule)),
            visible(title(tail, rule))
        )?;
        let mut facts = vec![severity.name().to_owned(), format!("{}×", group.count)];
        if group.sessions > 1 {
            facts.push(format!("in {}", count(group.sessions, "session")));
        }
        facts.push(format!("{}, \"{}\"", visible(&first.spec.document), visible(&first.spec.section)));
        paint.paragraph(out, "  ", "  ", &facts.join(" · "))?;
        for (position, finding) in group.places.iter().enumerate() {
            place(position.saturating_add(1), finding, several, out, paint)?;
        }
        let shown = u64::try_from(group.places.len()).unwrap_or(u64::MAX);
        if group.count > shown {
            let left = count(group.count.saturating_sub(shown), "more place");
            let how = if paint.verbose() { "--format json lists all" } else { "--verbose shows more" };
            writeln!(out, "  {}", paint.dim(format_args!("… {left} ({how})")))?;
        }
        if !first.mend.is_empty() {
            paint.paragraph(out, "  mend: ", "        ", &visible(&first.mend))?;
        }
    }
    if !groups.waived.is_empty() {
        writeln!(out, "\n{}", paint.bold("Waived"))?;
        for (rule, (number, reason)) in &groups.waived {
            let text = format!("{} {number}×: {}", visible(rule), visible(reason));
            paint.paragraph(out, "  ", "    ", &text)?;
        }
    }
    Ok(())
}

/// The requirement of a rule in one sentence.
fn title<'t>(tail: &'t Tail, rule: &str) -> &'t str {
    tail.rules.iter().find(|row| row.id == rule).map_or("", |row| &row.title)
}

/// Who, where, what was seen, what was expected.
fn place(
    number: usize,
    finding: &FindingReport<'_>,
    several: bool,
    out: &mut dyn Write,
    paint: &Paint,
) -> io::Result<()> {
    let mut place = vec![finding.role.to_string(), format!("session {}", finding.session)];
    place.extend(finding.known.then(|| "known".to_owned()));
    place.extend(finding.message.map(|message| format!("message {message}")));
    place.extend(finding.cmd_id.as_ref().map(|id| format!("CmdID {}", visible(id))));
    place.extend(Some(frames(&finding.frames)).filter(|frames| !frames.is_empty()));
    if let Some(input) = finding.input.filter(|_| several) {
        place.push(format!("input {input}"));
    }
    place.extend(finding.element.as_ref().map(|path| visible(path).into_owned()));
    paint.paragraph(out, &format!("  {number}. "), "     ", &place.join(", "))?;
    paint.paragraph(out, "     seen      ", "               ", &visible(&finding.text))?;
    paint.paragraph(out, "     expected  ", "               ", &visible(&finding.expected))?;
    finding.related.iter().try_for_each(|related| self::related(related, out, paint))
}

fn related(related: &RelatedReport<'_>, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let mut place = Vec::new();
    place.extend(related.message.map(|message| format!("message {message}")));
    place.extend(related.cmd_id.as_ref().map(|id| format!("CmdID {}", visible(id))));
    place.extend(Some(frames(&related.frames)).filter(|frames| !frames.is_empty()));
    place.extend(related.element.as_ref().map(|path| visible(path).into_owned()));
    let text = match place.is_empty() {
        true => visible(&related.text).into_owned(),
        false => format!("{}: {}", place.join(", "), visible(&related.text)),
    };
    paint.paragraph(out, "     see also  ", "               ", &text)
}
