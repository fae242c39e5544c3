//! What is known of what is selected in a session: messages and commands, large objects, downloads, the notification, authentication.

use super::line::{Line, Spot, Subject, Tone, fitted, wrapped};
use super::timeline::{close, command_at, message, size, tied};
use crate::base::Direction;
use crate::report::words::{auth, command, count, frames};
use crate::rules::status_meaning;
use crate::verdict::{CommandReport, CredentialsCloseUp, FindingReport, ObjectCloseUp, OpenSession};
use std::fmt::Write as _;

/// Octets of a notification that are shown.
const OCTETS: usize = 1_024;
/// What is said where credentials were not recomputed.
const NO_SECRET: &str = "not recomputed: no secret was given (--credentials)";

/// Facts with their names before them.
pub(super) struct Facts {
    pub(super) lines: Vec<Line>,
    width: usize,
}

impl Facts {
    const NAME: usize = 12;

    pub(super) const fn new(width: usize) -> Self {
        Self { lines: Vec::new(), width }
    }

    /// One of them; nothing where there is nothing to say.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut lines = wrapped(Tone::Plain, &" ".repeat(Self::NAME), text, self.width).into_iter();
        if let Some(first) = lines.next() {
            let text = first.text();
            self.lines.push(Line::of(Tone::Dim, fitted(name, Self::NAME)).and(Tone::Plain, text.trim_start()));
        }
        self.lines.extend(lines);
    }

    pub(super) fn findings<'f>(
        &mut self,
        open: &OpenSession,
        findings: impl Iterator<Item = &'f FindingReport<'static>>,
    ) {
        for finding in findings {
            self.lines.push(Line::new());
            self.lines.extend(super::findings::told(open, finding, self.width));
        }
    }
}

/// What is known of the selected place, for the pane beside the ladder.
pub fn details(open: &OpenSession, subject: &Subject, width: usize) -> Vec<Line> {
    let position = |at: u32| usize::try_from(at).ok();
    match subject {
        Subject::Finding(_, at) => {
            let finding = position(*at).and_then(|at| open.findings.get(at));
            finding.map(|finding| super::findings::told(open, finding, width)).unwrap_or_default()
        }
        Subject::Spot(spot) => place(open, *spot, width),
        Subject::Bootstrap(at) => bootstrap(open, *at, width),
        Subject::Object(at) => {
            let object = position(*at).and_then(|at| open.closeup.objects.get(at));
            object.map(|object| large_object(open, object, width)).unwrap_or_default()
        }
        Subject::Notification => notification(open, width),
        Subject::Download(at) => super::download::details(open, *at, width),
        _ => Vec::new(),
    }
}

/// A message as it is named everywhere: by its number in the session, and by its MsgID.
pub fn message_name(open: &OpenSession, number: u32) -> String {
    match message(open, number).and_then(|message| message.msg_id.as_deref()) {
        Some(id) => format!("message {number} (MsgID {id})"),
        None => format!("message {number}"),
    }
}

fn place(open: &OpenSession, spot: Spot, width: usize) -> Vec<Line> {
    let Some(message) = message(open, spot.message) else { return Vec::new() };
    let mut facts = Facts::new(width);
    let way = match message.direction {
        Direction::DeviceToServer => "device → server",
        Direction::ServerToDevice => "server → device",
    };
    facts.add("Message", &format!("{} {way}", message.index));
    facts.add("Package", &message.package.map(|package| package.to_string()).unwrap_or_default());
    facts.add("MsgID", message.msg_id.as_deref().unwrap_or("missing"));
    facts.add("Time", &message.time.to_string());
    facts.add("Size", &format!("{} of {}", size(message.bytes), message.encoding));
    facts.add("Frames", &frames(&message.frames));
    if let Some(close) = close(open, spot.message) {
        facts.add("Carried", &close.carried);
        if let (Some(shown), None) = (&close.credentials, spot.command) {
            let text = format!("{}, {}", short(&shown.scheme), answer(open, spot.message));
            facts.add("Credentials", &text);
        }
    }
    if let Some(command) = command_at(open, spot) {
        facts.add("Command", &format!("{} CmdID {}", command.name, command.cmd_id.as_deref().unwrap_or("missing")));
        facts.add("Target", command.target.as_deref().unwrap_or_default());
        facts.add("Source", command.source.as_deref().unwrap_or_default());
        facts.add("Data", command.data.as_deref().unwrap_or_default());
        facts.add("Status", command.status.as_deref().unwrap_or_default());
    }
    for spot in tied(open, spot).into_iter().take(12) {
        let text = match command_at(open, spot) {
            Some(other) if other.name == "Status" => {
                let code = other.data.as_deref().unwrap_or("without a code");
                let cmd = other.cmd.as_deref().unwrap_or("?");
                format!("Status {code} for {cmd}, message {}", spot.message)
            }
            Some(other) => format!("{}, message {}", command(other), spot.message),
            None => format!("SyncHdr of message {}", spot.message),
        };
        facts.add("Tied to", &text);
    }
    facts.findings(open, open.findings.iter().filter(|finding| finding.message == Some(spot.message)));
    facts.lines
}

/// How a large object is told in a line: how it ended first, whatever is cut at its end.
pub fn object_line(object: &ObjectCloseUp<'_>) -> String {
    let octets = match object.announced {
        Some(announced) => format!("{} of {announced} octets", object.octets),
        None => format!("{} octets", object.octets),
    };
    let chunks = count(u64::try_from(object.chunks.len()).unwrap_or(u64::MAX), "chunk");
    format!("large object {}: {octets}, {} {}, {chunks}", object.end, object.command, object.uri)
}

fn large_object(open: &OpenSession, object: &ObjectCloseUp<'_>, width: usize) -> Vec<Line> {
    let mut facts = Facts::new(width);
    facts.add("Object", &format!("{} {}", object.command, object.uri));
    facts.add("Ended", &object.end);
    let announced = object.announced.map(|octets| format!("{octets} octets"));
    facts.add("Announced", announced.as_deref().unwrap_or("no size"));
    let chunks = count(u64::try_from(object.chunks.len()).unwrap_or(u64::MAX), "chunk");
    facts.add("Received", &format!("{} octets in {chunks}", object.octets));
    // The chunks, and what answers each of them: findings stand at either.
    let mut places = Vec::new();
    for (number, (message, command)) in (1..).zip(&object.chunks) {
        let spot = Spot { message: *message, command: Some(*command) };
        places.push(spot);
        places.extend(tied(open, spot));
        let Some(chunk) = command_at(open, spot) else { continue };
        let answer = match chunk.status.as_deref() {
            Some(code) => format!("answered with {}", code_named(code)),
            None => "not answered".to_owned(),
        };
        let id = chunk.cmd_id.as_deref().unwrap_or("missing");
        facts.add(&format!("Chunk {number}"), &format!("{}, CmdID {id}: {answer}", message_name(open, *message)));
    }
    let is_its = |finding: &&FindingReport<'_>| {
        let at = |spot: &Spot| {
            let own = command_at(open, *spot).and_then(|command| command.cmd_id.as_deref());
            finding.message == Some(spot.message) && own.is_some() && own == finding.cmd_id.as_deref()
        };
        places.iter().any(at)
    };
    facts.findings(open, open.findings.iter().filter(is_its));
    facts.lines
}

/// A status code with its name.
fn code_named(code: &str) -> String {
    match code.trim().parse().ok().and_then(status_meaning) {
        Some(meaning) => format!("{code} ({meaning})"),
        None => code.to_owned(),
    }
}

fn notification(open: &OpenSession, width: usize) -> Vec<Line> {
    let Some(notified) = &open.session.notification else { return Vec::new() };
    let datagram = open.carried.iter().find_map(|carried| carried.datagram.as_ref());
    let mut facts = Facts::new(width);
    facts.add("Package", "0: asks the device for a session");
    facts.add("Frame", &notified.frame.to_string());
    facts.add("Time", &notified.time.to_string());
    let parts = notified.parts.map(|parts| format!(" in {parts} short messages")).unwrap_or_default();
    facts.add("Carried", &format!("{}{parts} to {}", notified.bearer, notified.destination));
    let repeated = datagram.map(|datagram| datagram.repeated).filter(|times| *times > 0);
    for way in &notified.also {
        facts.add("Other way", &way.text());
    }
    facts.add("Sent again", &repeated.map(|times| format!("{times} times")).unwrap_or_default());
    match &notified.version {
        Some(version) => {
            facts.add("Version", version);
            facts.add("UI mode", notified.ui_mode.as_deref().unwrap_or_default());
            facts.add("Initiator", notified.initiator.as_deref().unwrap_or_default());
            facts.add("SessionID", notified.session_id.as_deref().unwrap_or_default());
            facts.add("Server", notified.server.as_deref().unwrap_or_default());
            facts.add("Digest", notified.digest.as_deref().unwrap_or(NO_SECRET));
        }
        None => facts.add("Content", "not read"),
    }
    let device = open.session.device.as_deref().unwrap_or("an unknown device");
    let id = open.session.session_id.as_deref().unwrap_or("missing");
    facts.add("Led to", &format!("session {} of {device}, SessionID {id}", open.session.index));
    facts.add("Tied by", &notified.tie);
    let is_its =
        |finding: &&FindingReport<'_>| finding.rule.starts_with("NOT-") || finding.text.contains("notification");
    facts.findings(open, open.findings.iter().filter(is_its));
    facts.lines
}

/// The notification opened: what is known of it, and its octets.
pub fn notification_opened(open: &OpenSession, width: usize) -> Vec<Line> {
    let mut lines = notification(open, width);
    let Some(datagram) = open.carried.iter().find_map(|carried| carried.datagram.as_ref()) else { return lines };
    lines.push(Line::new());
    lines.push(Line::of(Tone::Heading, format!("Octets of the datagram ({})", datagram.payload.len())));
    for (row, octets) in datagram.payload.chunks(16).take(OCTETS / 16).enumerate() {
        let mut line = Line::of(Tone::Dim, format!("{:06x}  ", row.saturating_mul(16)));
        let hex: String = octets.iter().fold(String::new(), |mut text, octet| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{octet:02x} ");
            text
        });
        let shown = |octet: &u8| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '.' };
        line.push(Tone::Plain, format!("{hex:<49}"));
        line.push(Tone::Value, octets.iter().map(shown).collect::<String>());
        lines.push(line);
    }
    let more = datagram.payload.len().saturating_sub(OCTETS);
    if more > 0 {
        lines.push(Line::of(Tone::Dim, format!("… {more} more")));
    }
    lines
}

/// A bootstrap message: who sent it, how it is protected, and what is in it.
pub fn bootstrap(open: &OpenSession, at: u32, width: usize) -> Vec<Line> {
    let Some(at) = usize::try_from(at).ok() else { return Vec::new() };
    let Some(bootstrap) = open.session.bootstraps.get(at) else { return Vec::new() };
    let mut facts = Facts::new(width);
    facts.add("From", &bootstrap.source);
    facts.add("To", &bootstrap.destination);
    facts.add("In", &bootstrap.parts.map(|parts| format!("{parts} short messages")).unwrap_or_default());
    facts.add("Tied by", bootstrap.tie.as_deref().unwrap_or_default());
    facts.add("Type", &bootstrap.media);
    facts.add("Protection", &bootstrap.protection);
    facts.add("Holds", &bootstrap.summary);
    for account in &bootstrap.accounts {
        let server = account.server.as_deref().unwrap_or("without a server");
        facts.add("Account", &account.place().map(|place| format!("{server}, {place}")).unwrap_or_default());
    }
    let mut lines = facts.lines;
    let text = open.closeup.bootstraps.get(at).map(|text| &**text).unwrap_or_default();
    if !text.is_empty() {
        lines.push(Line::new());
        lines.extend(text.lines().map(|line| Line::of(Tone::Plain, line)));
    }
    lines
}

/// A scheme without what all of them begin with.
fn short(scheme: &str) -> &str {
    scheme.strip_prefix("syncml:auth-").unwrap_or(scheme)
}

/// What the other side answered to the credentials of a message.
fn answer(open: &OpenSession, number: u32) -> String {
    let answers = tied(open, Spot { message: number, command: None });
    let of_header = |spot: Spot| -> Option<&CommandReport<'_>> {
        let ties = &close(open, spot.message)?.ties;
        let is_for_header =
            |at: u32| ties.iter().any(|tie| tie.command == at && tie.message == number && tie.to.is_none());
        command_at(open, spot).filter(|command| command.name == "Status" && spot.command.is_some_and(is_for_header))
    };
    match answers.into_iter().find_map(of_header).and_then(|status| status.data.as_deref()) {
        None => "not answered".to_owned(),
        Some("212") => "accepted".to_owned(),
        Some(code) if code.starts_with('2') => format!("accepted ({code})"),
        Some(code @ ("401" | "407")) => format!("refused ({code})"),
        Some(code) => format!("answered with {code}"),
    }
}

/// Authentication of both sides, credentials by credentials.
pub fn authentication(open: &OpenSession, width: usize) -> Vec<Line> {
    let mut facts = Facts::new(width);
    for (name, side, report, direction) in [
        ("Client auth", "client", &open.session.auth.client, Direction::DeviceToServer),
        ("Server auth", "server", &open.session.auth.server, Direction::ServerToDevice),
    ] {
        let mut told: Vec<(String, Vec<u32>)> = Vec::new();
        for message in open.session.messages.iter().filter(|message| message.direction == direction) {
            let Some(shown) = close(open, message.index).and_then(|close| close.credentials.as_ref()) else { continue };
            let text = format!("{} {}", short(&shown.scheme), answer(open, message.index));
            match told.last_mut() {
                Some((last, numbers)) if *last == text => numbers.push(message.index),
                _ => told.push((text, vec![message.index])),
            }
        }
        let parts: Vec<String> = told
            .iter()
            .map(|(text, numbers)| match numbers.as_slice() {
                [one] => format!("{text} (message {one})"),
                [first, .., last] => format!("{text} (messages {first} to {last})"),
                [] => text.clone(),
            })
            .collect();
        let text = match parts.as_slice() {
            [] => auth(side, report).unwrap_or_else(|| "no credentials were sent".to_owned()),
            parts => parts.join(", "),
        };
        facts.add(name, &text);
        for digest in &report.digests {
            facts.add("", digest);
        }
    }
    facts.lines
}

/// Credentials of a message: their scheme, their nonce, whether they were recomputed, what came of them.
pub fn credentials(open: &OpenSession, number: u32, width: usize) -> Vec<Line> {
    let Some(shown) = close(open, number).and_then(|close| close.credentials.as_ref()) else { return Vec::new() };
    let mut facts = Facts::new(width);
    facts.add("Scheme", &shown.scheme);
    facts.add("Nonce", &nonce(open, shown));
    facts.add("Digest", shown.proof.as_deref().unwrap_or(NO_SECRET));
    facts.add("Outcome", &answer(open, number));
    facts.lines
}

fn nonce(open: &OpenSession, shown: &CredentialsCloseUp<'_>) -> String {
    match (shown.has_nonce, shown.asked) {
        (false, _) => "the scheme has none".to_owned(),
        (true, Some(asked)) => format!("NextNonce of {}", message_name(open, asked)),
        (true, None) => "of before this session: of an earlier one, or the default".to_owned(),
    }
}

/// A challenge: what it asks for, and which credentials followed it.
pub fn challenge(open: &OpenSession, number: u32, width: usize) -> Vec<Line> {
    let Some(chal) = close(open, number).and_then(|close| close.challenge.as_ref()) else { return Vec::new() };
    let mut facts = Facts::new(width);
    facts.add("Asks for", chal.scheme.as_deref().unwrap_or("no scheme"));
    let used = match chal.used {
        Some(used) => format!("by the credentials of {}", message_name(open, used)),
        None if chal.for_next_session => "never in this session; it is for the next one (Status 212)".to_owned(),
        None => "never in this session".to_owned(),
    };
    facts.add(if chal.has_nonce { "Nonce used" } else { "Followed" }, &used);
    facts.lines
}
