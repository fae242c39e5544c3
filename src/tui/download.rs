//! What is known of a request of a download: where it went, what came of it, and how the download went by then.

use super::details::Facts;
use super::line::{Line, Tone};
use crate::verdict::{DownloadReport, FetchReport, FindingReport, OpenSession};

/// The request at a position among those of all downloads of a session, with its download.
fn request(open: &OpenSession, at: u32) -> Option<(&DownloadReport<'static>, &FetchReport<'static>)> {
    let downloads = open.session.downloads.iter();
    let mut requests = downloads.flat_map(|download| download.requests.iter().map(move |request| (download, request)));
    requests.nth(usize::try_from(at).ok()?)
}

/// What a request was for, in words.
fn purpose(request: &FetchReport<'_>) -> &'static str {
    match &*request.purpose {
        "package" => "what PkgURL leads to",
        "object" => "an object of the descriptor",
        "report" => "the report on the download (device → server)",
        "upload" => "data of diagnostics (device → server)",
        "elsewhere" => "a descriptor from another address than PkgURL",
        _ => "something else",
    }
}

/// How many octets there are of how many.
fn octets(received: u64, size: Option<u64>, complete: Option<bool>) -> String {
    match (complete, size) {
        (Some(true), _) => format!("{received} octets, all of it"),
        (Some(false), Some(size)) => format!("{received} of {size} octets: not all of it"),
        (Some(false), None) => format!("{received} octets: not all of it"),
        (None, Some(size)) => format!("{received} of {size} octets; the capture does not say whether that is all"),
        (None, None) => format!("{received} octets; the capture does not say whether that is all"),
    }
}

/// The lines of the request at a position among those of all downloads.
pub(super) fn details(open: &OpenSession, at: u32, width: usize) -> Vec<Line> {
    let Some((download, request)) = request(open, at) else { return Vec::new() };
    let is_report = request.purpose == "report";
    let is_upload = request.purpose == "upload";
    let mut facts = Facts::new(width);
    facts.add("Request", &format!("{} for {}", request.method, purpose(request)));
    facts.add("Address", &request.url);
    facts.add("Frame", &request.frame.to_string());
    facts.add("Time", &request.time.to_string());
    facts.add("Answer", &request.status.map_or_else(|| "not captured".to_owned(), |status| format!("HTTP {status}")));
    facts.add("Type", request.media.as_deref().unwrap_or_default());
    if is_report {
        facts.add("Report", request.holds.as_deref().unwrap_or("not read"));
        facts.add("Means", request.meaning.as_deref().unwrap_or("a code that the specification does not have"));
    } else if let Some(sent) = request.sent {
        facts.add("Sent", &format!("{sent} octets"));
    } else if request.status.is_some() {
        facts.add("Range", request.range.as_deref().unwrap_or_default());
        facts.add("Size", &octets(request.received, request.declared, request.complete));
    }
    if request.more > 0 {
        facts.add("Went on", &format!("with {} more requests, each where the one before ended", request.more));
    }
    if !request.descriptor.is_empty() {
        facts.lines.push(Line::new());
        facts.lines.push(Line::of(Tone::Heading, "Descriptor"));
        for field in &request.descriptor {
            let name = if field.name == "installNotifyURI" { "Reports to" } else { &field.name };
            facts.add(name, &field.value);
        }
    }
    facts.lines.push(Line::new());
    let (heading, name) = if is_upload { ("Upload", "DiagDataURL") } else { ("Download", "PkgURL") };
    facts.lines.push(Line::of(Tone::Heading, heading));
    facts.add("Node", &download.nodes.join(", "));
    facts.add(name, &download.url);
    facts.add("Asked in", &format!("SessionID {}", download.asked_in));
    if let Some(received) = download.received {
        facts.add("Received", &octets(received, download.size, download.complete));
    }
    facts.add("Went", &download.summary);
    let frame = format!("frame {}", request.frame);
    // Findings on downloads stand at the first message and name the frame of the request.
    let names_it = |finding: &&FindingReport<'_>| {
        let mut places = finding.text.match_indices(frame.as_str());
        let ends = |at: usize| finding.text.get(at..).and_then(|rest| rest.chars().next());
        finding.rule.starts_with("DLO-")
            && places.any(|(at, _)| !ends(at.saturating_add(frame.len())).is_some_and(|next| next.is_ascii_digit()))
    };
    facts.findings(open, open.findings.iter().filter(names_it));
    facts.lines
}
