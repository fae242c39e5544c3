//! HTML: one file for people, which needs nothing but a browser.
//!
//! It loads nothing. The one style sheet and the one script are our own and stand in it; a policy inside the page names both
//! by their digests, so that nothing else would run or be fetched even if some text from the wire were not escaped.
//! Without the script everything can be read: it only filters, and opens what a link leads into.

mod alerts;
mod escape;
mod findings;
mod ics;
mod ladder;
mod message;
mod pending;
mod security;
mod sessions;
mod shown;
mod tail;

use super::{Format, Options};
use crate::verdict::{ReportStore, ToolReport, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use escape::esc;
use sha2::{Digest, Sha256};
use shown::Shown;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The HTML report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn file_name(&self) -> Option<&'static str> {
        Some("report.html")
    }

    fn wants_exhibits(&self) -> bool {
        true
    }

    fn write(&self, report: &mut ReportStore, out: &mut dyn Write, _: &Options) -> io::Result<()> {
        let shown = Shown::of(report)?;
        let alerts = alerts::Alerts::of(report)?;
        head(report, &alerts, out)?;
        tail::summary(report.tail(), &shown, out)?;
        findings::write(report, &shown, out)?;
        sessions::write(report, &shown, out)?;
        tail::testcases(report.tail(), &shown, out)?;
        pending::write(report.tail(), &shown, out)?;
        alerts.write(&shown, out)?;
        ics::write(report.tail(), &shown, out)?;
        security::write(report, &shown, out)?;
        tail::coverage(report.tail(), &shown, out)?;
        tail::inputs(report.tail(), out)?;
        foot(out)
    }
}

/// A source of the policy: the digest of what stands between two tags.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn head(report: &ReportStore, alerts: &alerts::Alerts, out: &mut dyn Write) -> io::Result<()> {
    let tail = report.tail();
    let tool = ToolReport::default();
    let verdict = tail.summary.verdict;
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"{} {}\">\n<title>{} — OMA DM conformance report</title>",
        digest(STYLE),
        digest(SCRIPT),
        tool.name,
        tool.version,
        verdict.name().to_uppercase(),
    )?;
    write!(out, "<style>{STYLE}</style>\n</head>\n<body>\n<header><h1>OMA DM conformance report</h1>")?;
    write!(out, "<p class=\"dim\">")?;
    match tail.inputs.as_slice() {
        [] => {}
        [input] => write!(out, "<code>{}</code> · ", esc(&input.path))?,
        [input, rest @ ..] => write!(out, "<code>{}</code> and {} more · ", esc(&input.path), rest.len())?,
    }
    writeln!(out, "{} {}</p></header>", tool.name, tool.version)?;
    write!(out, "<nav aria-label=\"Sections\">")?;
    let sections = [
        ("summary", "Summary", true),
        ("findings", "Findings", true),
        ("sessions", "Sessions", true),
        ("testcases", "Test cases", !tail.testcases.is_empty()),
        ("pending", "Not yet finished", !tail.pending.is_empty()),
        ("alerts", "Alerts", !alerts.is_empty()),
        ("ics", "Statement of support", !tail.ics.is_empty()),
        ("security", "Security", true),
        ("coverage", "Coverage", true),
        ("inputs", "Inputs", true),
        ("about", "About", true),
    ];
    for (anchor, name, _) in sections.iter().filter(|(_, _, there)| *there) {
        write!(out, "<a href=\"#{anchor}\">{name}</a>")?;
    }
    writeln!(out, "</nav>\n<main>")
}

fn foot(out: &mut dyn Write) -> io::Result<()> {
    let tool = ToolReport::default();
    writeln!(
        out,
        "<section id=\"about\"><h2>About this report</h2>\
         <p class=\"redaction\"><b>Nothing is masked.</b> This report shows what was sent as it was sent: credentials, nonces, \
         identifiers of devices and subscribers, and values of the management tree. Pass it on with care.</p>\
         <p class=\"dim\">Numbers of frames are those that Wireshark shows for the same file; octets that are not text are shown \
         escaped. Messages are indented for reading, those in WBXML are shown as XML. The file stands alone: it loads nothing \
         and sends nothing. Written by {} {}.</p></section>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>",
        tool.name, tool.version
    )
}

/// The verdict as a badge: a sign and a word, never the colour alone.
fn badge(verdict: Verdict) -> String {
    let sign = match verdict {
        Verdict::None => "–",
        Verdict::Pass => "✓",
        Verdict::Inconclusive => "?",
        Verdict::Fail => "✕",
        Verdict::Error => "!",
    };
    format!("<span class=\"badge v-{0}\"><i>{sign}</i> {0}</span>", verdict.name())
}

#[cfg(test)]
mod tests;
