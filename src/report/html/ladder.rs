//! A session as a ladder: the device on the left, the server on the right, time from top to bottom.

use super::escape::esc;
use super::sessions::Found;
use super::shown::MESSAGES;
use crate::base::{Direction, Severity};
use crate::report::text::{FETCHES, bootstrap_accounts, command, fetch, seconds, short, statuses};
use crate::verdict::{DecodeState, MessageReport, SessionReport, Time};
use std::io::{self, Write};

/// Messages of one picture; a browser scales and prints pictures as a whole.
const RUNGS: usize = 40;
/// Lines under an arrow.
const NOTES: usize = 4;
/// Where the lines of device and server stand, and how wide everything is.
const DEVICE: u32 = 112;
const SERVER: u32 = 772;
const WIDTH: u32 = 960;
/// Height of the names above, of a rung without notes, and of a note.
const HEAD: u32 = 44;
const RUNG: u32 = 48;
const NOTE: u32 = 15;
/// Characters of a note that fit between the lines.
const COLUMNS: usize = 100;

struct Rung<'m> {
    message: &'m MessageReport<'m>,
    notes: Vec<String>,
}

pub(super) fn write(session: &SessionReport<'_>, found: &[Found], out: &mut dyn Write) -> io::Result<()> {
    let limit = usize::try_from(MESSAGES).unwrap_or(usize::MAX);
    let rungs: Vec<Rung<'_>> =
        session.messages.iter().take(limit).map(|message| Rung { message, notes: notes(message) }).collect();
    let pages = rungs.len().div_ceil(RUNGS);
    for (page, rungs) in rungs.chunks(RUNGS).enumerate() {
        if pages > 1 {
            let first = page.saturating_mul(RUNGS).saturating_add(1);
            let last = first.saturating_add(rungs.len()).saturating_sub(1);
            let open = if page == 0 { " open" } else { "" };
            writeln!(out, "<details class=\"page\"{open}><summary>Ladder of messages {first} to {last}</summary>")?;
        }
        picture(session, rungs, page == 0, found, out)?;
        if pages > 1 {
            writeln!(out, "</details>")?;
        }
    }
    Ok(())
}

fn notes(message: &MessageReport<'_>) -> Vec<String> {
    let mut all = statuses(&message.commands);
    all.extend(message.commands.iter().filter(|command| command.name != "Status").map(command));
    if let Some(status) = message.http.status.filter(|status| *status != 200) {
        all.push(format!("HTTP {status}"));
    }
    match message.decoded {
        DecodeState::Whole if all.is_empty() => all.push("no commands".to_owned()),
        DecodeState::Whole => {}
        DecodeState::Partial => all.push("the rest could not be decoded".to_owned()),
        DecodeState::None => all.push("could not be decoded".to_owned()),
    }
    if !message.is_final && message.decoded == DecodeState::Whole {
        all.push("no Final".to_owned());
    }
    all.extend(message.injected.iter().map(|fault| format!("fault injected: {}", short(fault, 72))));
    // Short ones share a line.
    let mut lines: Vec<String> = Vec::new();
    for note in all {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(note.chars().count()) < COLUMNS => {
                line.push_str("  ·  ");
                line.push_str(&note);
            }
            _ => lines.push(note),
        }
    }
    let left = lines.len().saturating_sub(NOTES);
    if left > 0 {
        lines.truncate(NOTES.saturating_sub(1));
        lines.push(format!("… {} more lines", left.saturating_add(1)));
    }
    lines
}

fn height(rung: &Rung<'_>) -> u32 {
    let notes = u32::try_from(rung.notes.len()).unwrap_or_default();
    RUNG.saturating_add(notes.saturating_mul(NOTE))
}

fn picture(
    session: &SessionReport<'_>,
    rungs: &[Rung<'_>],
    first: bool,
    found: &[Found],
    out: &mut dyn Write,
) -> io::Result<()> {
    let asked = if first { &session.notification } else { &None };
    let bootstraps = if first { session.bootstraps.as_slice() } else { &[] };
    let downloads = if first { session.downloads.as_slice() } else { &[] };
    let requests = || downloads.iter().flat_map(|download| &download.requests).take(FETCHES);
    let before = bootstraps.len().saturating_add(requests().count()).saturating_add(usize::from(asked.is_some()));
    let before = u32::try_from(before).unwrap_or(u32::MAX).saturating_mul(RUNG);
    let body = rungs.iter().map(height).fold(before, u32::saturating_add);
    let total = HEAD.saturating_add(body).saturating_add(16);
    let device = session.device.as_deref().unwrap_or("unknown device");
    let server = session.server.as_deref().unwrap_or("unknown server");
    writeln!(
        out,
        "<figure class=\"ladder\"><svg viewBox=\"0 0 {WIDTH} {total}\" role=\"img\" \
         aria-label=\"Ladder of session {}: device left, server right\">",
        session.index
    )?;
    for (at, class, who, name) in [(DEVICE, "dev", "device", device), (SERVER, "srv", "server", server)] {
        let left = at.saturating_sub(110);
        write!(
            out,
            "<g class=\"{class}\"><title>{}</title><rect x=\"{left}\" y=\"1\" width=\"220\" height=\"38\" rx=\"7\"/>\
             <svg x=\"{left}\" y=\"0\" width=\"220\" height=\"40\"><text x=\"110\" y=\"16\" class=\"who\">{who}</text>\
             <text x=\"110\" y=\"32\" class=\"name\">{}</text></svg></g>",
            esc(name),
            esc(&short(name, 32)),
        )?;
        writeln!(out, "<line class=\"life\" x1=\"{at}\" x2=\"{at}\" y1=\"39\" y2=\"{}\"/>", total.saturating_sub(2))?;
    }
    let mut y = HEAD;
    for bootstrap in bootstraps {
        let accounts: Vec<String> = bootstrap_accounts(bootstrap).collect();
        let what = if accounts.is_empty() { bootstrap.summary.to_string() } else { accounts.join(", ") };
        let (what, protection) = (short(&what, 48), short(&bootstrap.protection, 32));
        let text = format!("bootstrap · {what} · {protection} · frame {}", bootstrap.frame);
        earlier(session, bootstrap.time, y, &text, out)?;
        y = y.saturating_add(RUNG);
    }
    for request in requests() {
        let (what, words) = fetch(request);
        let text = format!("{what} · {} · frame {}", short(&words, 72), request.frame);
        let since = seconds(request.time.0.since(session.started.0)).replace('-', "−");
        beside(&since, y, matches!(&*request.purpose, "report" | "upload"), &text, out)?;
        y = y.saturating_add(RUNG);
    }
    if let Some(notified) = asked {
        let id = notified.session_id.as_deref().map_or("?".into(), |id| short(id, 20));
        let text = format!("P0 · notification · SessionID {id} · frame {}", notified.frame);
        earlier(session, notified.time, y, &text, out)?;
        y = y.saturating_add(RUNG);
    }
    for rung in rungs {
        self::rung(session, rung, y, found, out)?;
        y = y.saturating_add(height(rung));
    }
    writeln!(out, "</svg></figure>")
}

/// What went to the device before the session.
fn earlier(session: &SessionReport<'_>, time: Time, y: u32, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let before = seconds(session.started.0.since(time.0));
    beside(&format!("−{before}"), y, false, text, out)
}

/// What is none of the session's messages.
fn beside(time: &str, y: u32, from_device: bool, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<g class=\"rung p0\"><text class=\"time\" x=\"{}\" y=\"{}\">{time} s</text>",
        DEVICE.saturating_sub(10),
        y.saturating_add(34)
    )?;
    arrow(y, from_device, text, out)?;
    writeln!(out, "</g>")
}

/// An arrow with the words above it.
fn arrow(y: u32, from_device: bool, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let (from, to, back) = if from_device {
        (DEVICE, SERVER, SERVER.saturating_sub(9))
    } else {
        (SERVER, DEVICE, DEVICE.saturating_add(9))
    };
    let line = y.saturating_add(30);
    let (above, below) = (line.saturating_sub(5), line.saturating_add(5));
    write!(
        out,
        "<svg x=\"{}\" y=\"{y}\" width=\"{}\" height=\"28\"><text class=\"what\" x=\"8\" y=\"21\">{}</text></svg>\
         <line class=\"arrow\" x1=\"{from}\" x2=\"{back}\" y1=\"{line}\" y2=\"{line}\"/>\
         <path class=\"tip\" d=\"M{to} {line}L{back} {above}L{back} {below}Z\"/>",
        DEVICE.saturating_add(6),
        SERVER.saturating_sub(DEVICE).saturating_sub(12),
        esc(text),
    )
}

fn rung(session: &SessionReport<'_>, rung: &Rung<'_>, y: u32, found: &[Found], out: &mut dyn Write) -> io::Result<()> {
    let message = rung.message;
    let here = || found.iter().filter(|found| found.message == Some(message.index) && !found.waived);
    let worst: Option<Severity> = here().map(|found| found.severity).max();
    let class = worst.map_or(String::new(), |worst| format!(" {}", worst.letter().to_ascii_lowercase()));
    let from_device = message.direction == Direction::DeviceToServer;
    let side = if from_device { "dev" } else { "srv" };
    writeln!(
        out,
        "<a href=\"#m-{}-{}\"><g class=\"rung {side}{class}\"><rect class=\"hover\" x=\"0\" y=\"{}\" width=\"{WIDTH}\" \
         height=\"{}\" rx=\"6\"/><text class=\"time\" x=\"{}\" y=\"{}\">{} s</text>",
        session.index,
        message.index,
        y.saturating_add(4),
        height(rung).saturating_sub(4),
        DEVICE.saturating_sub(10),
        y.saturating_add(34),
        seconds(message.time.0.since(session.started.0)),
    )?;
    let package = message.package.map_or("P?".to_owned(), |package| format!("P{package}"));
    let msg_id = message.msg_id.as_deref().map_or("?".into(), |id| short(id, 12));
    let mut text = format!("{} · {package} · MsgID {msg_id}", message.index);
    if let (Some(method), Some(path)) = (&message.http.method, &message.http.path) {
        text.push_str(&format!(" · {} {}", short(method, 8), short(path, 48)));
    }
    arrow(y, from_device, &text, out)?;
    if let Some(worst) = worst {
        let more = here().count().saturating_sub(1);
        let rule = here().filter(|found| found.severity == worst).map(|found| &found.rule).next();
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        let rule = rule.map_or("", |rule| rule);
        write!(
            out,
            "<rect class=\"flag\" x=\"{}\" y=\"{}\" width=\"160\" height=\"22\" rx=\"11\"/>\
             <text class=\"flag\" x=\"{}\" y=\"{}\"><tspan class=\"letter\">{}</tspan> {}{more}</text>",
            SERVER.saturating_add(16),
            y.saturating_add(19),
            SERVER.saturating_add(28),
            y.saturating_add(34),
            worst.letter(),
            esc(&short(rule, 14)),
        )?;
    }
    let width = SERVER.saturating_sub(DEVICE).saturating_sub(12);
    let notes = u32::try_from(rung.notes.len()).unwrap_or_default().saturating_mul(NOTE).saturating_add(4);
    write!(
        out,
        "<svg x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{notes}\">",
        DEVICE.saturating_add(6),
        y.saturating_add(34)
    )?;
    let mut line = 13_u32;
    for note in &rung.notes {
        write!(
            out,
            "<text class=\"note\" x=\"8\" y=\"{line}\">{}</text>",
            esc(&short(note, COLUMNS.saturating_add(8)))
        )?;
        line = line.saturating_add(NOTE);
    }
    writeln!(out, "</svg></g></a>")
}
