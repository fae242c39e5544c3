//! The timeline of a session: a ladder with the device on the left, the server on the right, an arrow for each message.

use super::line::{Line, Spot, Subject, Tone, columns, cut, fitted, wrapped};
use super::model::Listing;
use crate::base::Direction;
use crate::report::words::{FETCHES, auth, bootstrap_accounts, command, count, fetch, seconds, statuses};
use crate::verdict::{
    BootstrapReport, CommandReport, DecodeState, FindingReport, MessageCloseUp, MessageReport, NotificationReport,
    OpenSession, Tie,
};
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Findings that stand at an arrow; the others are counted.
const NOTES: usize = 3;
/// Operations that are told; the others are counted.
const OPERATIONS: usize = 12;
/// Columns before the ladder: mark, number, time, large objects.
const MARGIN: usize = 19;

/// How time is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeMode {
    /// Since the start of the session.
    #[default]
    SinceStart,
    /// Since the message before.
    Delta,
    /// Of the day, in UTC.
    OfDay,
}

impl TimeMode {
    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::SinceStart => Self::Delta,
            Self::Delta => Self::OfDay,
            Self::OfDay => Self::SinceStart,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SinceStart => "time since the start",
            Self::Delta => "time since the message before",
            Self::OfDay => "time of day, UTC",
        }
    }
}

/// The state of a timeline.
#[derive(Debug, Clone)]
pub struct TimelineView {
    /// Position of the session in the store.
    pub at: u32,
    /// The session.
    pub open: Rc<OpenSession>,
    /// The ladder.
    pub list: Listing,
    /// Messages whose commands are shown.
    pub unfolded: BTreeSet<u32>,
    /// How time is told.
    pub time: TimeMode,
    /// Whether what is selected is shown beside the ladder, where there is room.
    pub beside: bool,
    /// Which messages are marked.
    pub marked: BTreeSet<u32>,
    width: usize,
}

impl TimelineView {
    /// Opens a session. In a short one all commands are shown.
    pub fn new(at: u32, open: Rc<OpenSession>, width: usize) -> Self {
        const SHORT: usize = 60;
        let commands: usize = open.session.messages.iter().map(|message| message.commands.len()).sum();
        let all = open.session.messages.iter().map(|message| message.index);
        let unfolded = if commands <= SHORT { all.collect() } else { BTreeSet::new() };
        let mut view = Self {
            at,
            open,
            list: Listing::default(),
            unfolded,
            time: TimeMode::default(),
            beside: true,
            marked: BTreeSet::new(),
            width,
        };
        view.rebuild(width);
        let first = view.list.lines.iter().position(|line| matches!(line.subject, Subject::Spot(_)));
        view.list.cursor.go(first.unwrap_or_default());
        view
    }

    /// Makes the lines anew for a width.
    pub fn rebuild(&mut self, width: usize) {
        self.width = width;
        let lines = Ladder::new(self, width).lines();
        self.list.replace(lines);
    }

    /// The sides of the ladder, above it.
    pub fn ends(&self) -> Line {
        Ladder::new(self, self.width).ends()
    }

    /// All of the ladder as wide as it takes, with every command and every finding.
    pub fn whole(&self) -> Vec<Line> {
        let mut view = self.clone();
        view.unfolded = view.open.session.messages.iter().map(|message| message.index).collect();
        let measure = Ladder { widest: Some(Cell::new(0)), ..Ladder::new(&view, 0) };
        measure.lines();
        let inner = measure.widest.map_or(0, Cell::into_inner);
        let ladder = Ladder::new(&view, inner.saturating_add(MARGIN).saturating_add(1));
        std::iter::once(ladder.ends()).chain(ladder.lines()).collect()
    }

    /// Makes the lines anew for the width that they have.
    pub fn refresh(&mut self) {
        self.rebuild(self.width);
    }

    /// Makes the lines anew where the width has changed.
    pub fn fit_to(&mut self, width: usize) {
        if self.width != width {
            self.rebuild(width);
        }
    }

    /// The selected place; a finding's is that of its message.
    pub fn spot(&self) -> Option<Spot> {
        match self.list.subject() {
            Subject::Spot(spot) => Some(spot),
            Subject::Finding(_, at) => {
                let finding = self.open.findings.get(usize::try_from(at).ok()?)?;
                Some(Spot { message: finding.message?, command: None })
            }
            Subject::Object(at) => {
                let object = self.open.closeup.objects.get(usize::try_from(at).ok()?)?;
                object.chunks.first().map(|(message, command)| Spot { message: *message, command: Some(*command) })
            }
            _ => None,
        }
    }

    /// The message at a number.
    pub fn message(&self, number: u32) -> Option<&MessageReport<'static>> {
        message(&self.open, number)
    }

    /// Places tied to the selected one: what it answers, and what answers it.
    pub fn tied(&self) -> Vec<Spot> {
        self.spot().map(|spot| tied(&self.open, spot)).unwrap_or_default()
    }

    /// Goes to the next finding, or the one before.
    pub fn step_finding(&mut self, forward: bool) -> bool {
        let is_finding = |line: &Line| matches!(line.subject, Subject::Finding(..));
        let at = self.list.cursor.at;
        let found = match forward {
            true => {
                let rest = self.list.lines.iter().enumerate().skip(at.saturating_add(1));
                rest.filter(|(_, line)| is_finding(line)).map(|(at, _)| at).next()
            }
            false => {
                let before = self.list.lines.iter().enumerate().take(at);
                before.filter(|(_, line)| is_finding(line)).map(|(at, _)| at).next_back()
            }
        };
        if let Some(found) = found {
            self.list.cursor.go(found);
        }
        found.is_some()
    }

    /// Selects a place; where its message is folded, the message.
    pub fn select(&mut self, spot: Spot) {
        if !self.list.select(&Subject::Spot(spot)) {
            self.list.select(&Subject::Spot(Spot { command: None, ..spot }));
        }
    }

    /// The title line: what matters most first, since its end may be cut.
    pub fn heading(&self) -> Line {
        let session = &self.open.session;
        let device = session.device.as_deref().unwrap_or("unknown device");
        let server = session.server.as_deref().unwrap_or("unknown server");
        let mut line = Line::of(Tone::Heading, format!("Session {} ", session.index));
        line.push(Tone::of_verdict(session.verdict), super::sessions::verdict_word(session.verdict));
        let mut facts = vec![session.end.name().to_owned()];
        facts.extend(auth("client", &session.auth.client));
        facts.extend(auth("server", &session.auth.server));
        line.push(Tone::Plain, format!("  {}", facts.join(" · ")));
        line.push(Tone::Plain, "  ");
        line.push(Tone::Device, cut(device, 40));
        line.push(Tone::Dim, " ⇄ ");
        line.push(Tone::Server, cut(server, 48));
        line.push(Tone::Dim, format!("  {} · {}", session.profile, session.transport));
        line
    }
}

/// A message of a session by its number.
pub fn message(open: &OpenSession, number: u32) -> Option<&MessageReport<'static>> {
    open.session.messages.get(usize::try_from(number.checked_sub(1)?).ok()?)
}

/// The close-up of a message by its number.
pub fn close(open: &OpenSession, number: u32) -> Option<&MessageCloseUp<'static>> {
    open.closeup.messages.get(usize::try_from(number.checked_sub(1)?).ok()?)
}

/// A command by its place.
pub fn command_at(open: &OpenSession, spot: Spot) -> Option<&CommandReport<'static>> {
    message(open, spot.message)?.commands.get(usize::try_from(spot.command?).ok()?)
}

/// What a place answers, and what answers it.
pub fn tied(open: &OpenSession, spot: Spot) -> Vec<Spot> {
    let mut spots = Vec::new();
    let own = close(open, spot.message).map(|close| close.ties.as_slice()).unwrap_or_default();
    let is_here = |tie: &&Tie| spot.command.is_none_or(|command| command == tie.command);
    spots.extend(own.iter().filter(is_here).map(|tie| Spot { message: tie.message, command: tie.to }));
    for (number, close) in (1..).zip(&open.closeup.messages) {
        let answers = |tie: &&Tie| tie.message == spot.message && (spot.command.is_none() || spot.command == tie.to);
        let answers = close.ties.iter().filter(answers);
        spots.extend(answers.map(|tie| Spot { message: number, command: Some(tie.command) }));
    }
    spots
}

struct Ladder<'v> {
    view: &'v TimelineView,
    width: usize,
    /// Findings by message, with their positions; 0 for those about the session.
    findings: BTreeMap<u32, Vec<(u32, &'v FindingReport<'static>)>>,
    /// While the ladder is measured: the columns between the life lines that the longest text takes.
    widest: Option<Cell<usize>>,
}

impl<'v> Ladder<'v> {
    fn new(view: &'v TimelineView, width: usize) -> Self {
        let mut findings: BTreeMap<u32, Vec<(u32, &FindingReport<'_>)>> = BTreeMap::new();
        for (at, finding) in (0..).zip(&view.open.findings) {
            findings.entry(finding.message.unwrap_or_default()).or_default().push((at, finding));
        }
        // The worst first: only a few are shown at a folded message.
        let weight = |(_, finding): &(u32, &FindingReport<'_>)| Reverse((finding.waived.is_none(), finding.severity));
        findings.values_mut().for_each(|found| found.sort_by_key(weight));
        Self { view, width, findings, widest: None }
    }

    /// Findings at a message; at 0, those about the session.
    fn at(&self, message: u32) -> &[(u32, &'v FindingReport<'static>)] {
        self.findings.get(&message).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes the columns of a text, while the ladder is measured; whether it is.
    fn measured(&self, columns: usize) -> bool {
        if let Some(widest) = &self.widest {
            widest.set(widest.get().max(columns));
        }
        self.widest.is_some()
    }

    /// Columns between the two life lines, these included.
    fn inner(&self) -> usize {
        if self.widest.is_some() {
            return usize::MAX;
        }
        self.width.saturating_sub(MARGIN).saturating_sub(1).max(24)
    }

    fn lines(&self) -> Vec<Line> {
        let session = &self.view.open.session;
        let mut lines = Vec::new();
        for (at, bootstrap) in (0..).zip(&session.bootstraps) {
            lines.push(self.bootstrap(bootstrap).for_subject(Subject::Bootstrap(at)));
        }
        self.downloads(&mut lines);
        if let Some(notified) = &session.notification {
            lines.push(self.notification(notified));
        }
        self.operations(&mut lines);
        for (at, finding) in self.at(0) {
            lines.push(self.finding(*at, finding));
        }
        for message in &session.messages {
            self.message(message, &mut lines);
        }
        let why = match &*session.why {
            "" => session.end.name().to_owned(),
            why => format!("{}: {why}", session.end.name()),
        };
        lines.push(self.framed(Tone::Dim, &why, Tone::Strong));
        lines
    }

    /// The two sides.
    fn ends(&self) -> Line {
        let inner = self.inner();
        let gap = inner.saturating_sub(12);
        Line::of(Tone::Plain, " ".repeat(MARGIN.saturating_sub(2)))
            .and(Tone::Device, "device")
            .and(Tone::Plain, " ".repeat(gap))
            .and(Tone::Server, "server")
    }

    /// A line between the life lines.
    fn framed(&self, margin: Tone, text: &str, tone: Tone) -> Line {
        if self.measured(columns(text).saturating_add(4)) {
            return Line::new();
        }
        let room = self.inner().saturating_sub(4);
        Line::of(margin, " ".repeat(MARGIN))
            .and(Tone::Device, "│")
            .and(tone, format!(" {} ", fitted(text, room)))
            .and(Tone::Server, "│")
    }

    fn bootstrap(&self, bootstrap: &BootstrapReport<'_>) -> Line {
        let before = seconds(bootstrap.time.0.since(self.view.open.session.started.0));
        let accounts: Vec<String> = bootstrap_accounts(bootstrap).collect();
        let what = if accounts.is_empty() { bootstrap.summary.to_string() } else { accounts.join(", ") };
        let mut text = format!("bootstrap ({}) {what}, {}", bootstrap.bearer, bootstrap.protection);
        if bootstrap.repeated > 0 {
            text.push_str(&format!(", sent {} times", u64::from(bootstrap.repeated).saturating_add(1)));
        }
        self.before(&before, &text, false)
    }

    /// What the device fetched, as its server asked for.
    fn downloads(&self, lines: &mut Vec<Line>) {
        let session = &self.view.open.session;
        let requests = || session.downloads.iter().flat_map(|download| &download.requests);
        for (at, request) in (0..).zip(requests()).take(FETCHES) {
            let time = seconds(request.time.0.since(session.started.0));
            let (what, words) = fetch(request);
            let text = format!("{what} {}: {words}", request.url);
            // A report goes to the server; what is asked for comes from there.
            let line = self.before(&time, &text, matches!(&*request.purpose, "report" | "upload"));
            lines.push(line.for_subject(Subject::Download(at)));
        }
        let left = requests().count().saturating_sub(FETCHES);
        if left > 0 {
            lines.push(self.framed(Tone::Dim, &format!("… {left} more requests of downloads"), Tone::Dim));
        }
    }

    /// Operations on management objects.
    fn operations(&self, lines: &mut Vec<Line>) {
        let operations = &self.view.open.session.operations;
        let room = self.inner().saturating_sub(4);
        for operation in operations.iter().take(OPERATIONS) {
            for line in wrapped(Tone::Plain, "", &operation.text, room) {
                lines.push(self.framed(Tone::Dim, &line.text(), Tone::Strong));
            }
        }
        let left = operations.len().saturating_sub(OPERATIONS);
        if left > 0 {
            lines.push(self.framed(Tone::Dim, &format!("… {left} more operations"), Tone::Dim));
        }
    }

    fn notification(&self, notified: &NotificationReport<'_>) -> Line {
        let before = seconds(notified.time.0.since(self.view.open.session.started.0));
        let mut text = format!("P0 notification ({})", notified.bearer);
        if let Some(id) = &notified.session_id {
            text.push_str(&format!(" for session {id}"));
        }
        if let Some(server) = &notified.server {
            text.push_str(&format!(" of {server}"));
        }
        if let Some(mode) = &notified.ui_mode {
            text.push_str(&format!(", {mode}"));
        }
        if let Some(digest) = &notified.digest {
            text.push_str(&format!(", digest {digest}"));
        }
        self.before(&before, &text, false).for_subject(Subject::Notification)
    }

    /// What went to the device before the session or beside its messages, or from it.
    fn before(&self, time: &str, text: &str, to_the_right: bool) -> Line {
        let line = Line::of(Tone::Dim, format!("   {time:>12}    ")).and(Tone::Device, "│");
        let shaft = self.shaft(text, to_the_right);
        let line = match to_the_right {
            true => line.and(Tone::Device, format!("{shaft}▶")),
            false => line.and(Tone::Server, format!("◀{shaft}")),
        };
        line.and(Tone::Server, "│")
    }

    /// The shaft of an arrow with its text in it.
    fn shaft(&self, text: &str, to_the_right: bool) -> String {
        if self.measured(columns(text).saturating_add(8)) {
            return String::new();
        }
        // The life line at its foot, its head, and the other life line.
        let inner = self.inner().saturating_sub(3);
        let text = cut(text, inner.saturating_sub(4));
        let rest = inner.saturating_sub(columns(&text)).saturating_sub(3);
        match to_the_right {
            true => format!("─ {text} {}", "─".repeat(rest)),
            false => format!("{} {text} ─", "─".repeat(rest)),
        }
    }

    /// What stands in the column of large objects at a message: where one begins, goes on, ends.
    fn object(&self, number: u32) -> char {
        let objects = &self.view.open.closeup.objects;
        for object in objects {
            let (Some((first, _)), Some((last, _))) = (object.chunks.first(), object.chunks.last()) else { continue };
            match number {
                _ if first == last => {}
                at if at == *first => return '╓',
                at if at == *last => return '╙',
                at if (*first..*last).contains(&at) => return '║',
                _ => {}
            }
        }
        ' '
    }

    fn message(&self, message: &MessageReport<'_>, lines: &mut Vec<Line>) {
        let open = &self.view.open;
        let close = close(open, message.index);
        let number = message.index;
        if close.is_some_and(|close| close.after_loss) {
            lines.push(self.framed(Tone::Dim, "╌╌ messages are missing here ╌╌", Tone::Open));
        }
        for (at, object) in (0..).zip(&open.closeup.objects) {
            if object.chunks.first().is_some_and(|(first, _)| *first == number) {
                let tone = if object.end == "complete" { Tone::Info } else { Tone::Warning };
                let line = self.framed(Tone::Dim, &super::details::object_line(object), tone);
                lines.push(line.for_subject(Subject::Object(at)));
            }
        }
        lines.push(self.arrow(message, close));
        if self.view.unfolded.contains(&number) {
            for (at, one) in (0..).zip(&message.commands) {
                lines.push(self.command(message, at, one));
            }
        }
        for text in close.map(|close| close.bare.as_slice()).unwrap_or_default() {
            lines.push(self.framed(Tone::Dim, &format!("⇠ {text}"), Tone::Open));
        }
        for fault in &message.injected {
            lines.push(self.framed(Tone::Dim, &format!("fault injected on purpose: {fault}"), Tone::Warning));
        }
        if message.decoded != DecodeState::Whole {
            lines.push(self.framed(Tone::Dim, "not all of this message could be decoded", Tone::Open));
        }
        let found = self.at(number);
        let shown = if self.view.unfolded.contains(&number) { usize::MAX } else { NOTES };
        for (at, finding) in found.iter().take(shown) {
            lines.push(self.finding(*at, finding));
        }
        let more = found.len().saturating_sub(shown);
        if more > 0 {
            let more = count(u64::try_from(more).unwrap_or(u64::MAX), "more finding");
            lines.push(self.framed(Tone::Dim, &format!("… {more}"), Tone::Dim));
        }
    }

    fn arrow(&self, message: &MessageReport<'_>, close: Option<&MessageCloseUp<'_>>) -> Line {
        let to_the_right = message.direction == Direction::DeviceToServer;
        let package = message.package.map_or("P?".to_owned(), |package| format!("P{package}"));
        let mut words = vec![package];
        let fold = if self.view.unfolded.contains(&message.index) { "" } else { "…" };
        let mut notes = statuses(&message.commands);
        notes.extend(message.commands.iter().filter(|one| one.name != "Status").map(command));
        if notes.is_empty() && message.decoded == DecodeState::Whole {
            notes.push("no commands".to_owned());
        }
        let mut facts = Vec::new();
        if let Some(close) = close {
            if close.attempt > 1 {
                facts.push(format!("try {}", close.attempt));
            }
            if close.refused {
                facts.push("refused".to_owned());
            }
            if close.resent > 0 {
                facts.push(format!("sent again ×{}", close.resent));
            }
        }
        if let Some(status) = message.http.status.filter(|status| *status != 200) {
            facts.push(format!("HTTP {status}"));
        }
        if !message.is_final && message.decoded == DecodeState::Whole {
            facts.push("no Final".to_owned());
        }
        if !facts.is_empty() {
            words.push(format!("[{}]", facts.join(", ")));
        }
        let size = size(message.bytes);
        words.push(match self.view.unfolded.contains(&message.index) {
            true => format!("MsgID {}", message.msg_id.as_deref().unwrap_or("?")),
            false => notes.join(", "),
        });
        let tail = format!(" · {} {size}{fold}", message.encoding);
        let room = self.inner().saturating_sub(8).saturating_sub(columns(&tail));
        let text = format!("{}{tail}", cut(&words.join(" "), room));
        let time = self.time(message);
        let mark = if self.view.marked.contains(&message.index) { '●' } else { ' ' };
        let mut line = Line::of(Tone::Key, mark.to_string());
        let (tone, letter) = self.worst(message.index).unwrap_or((Tone::Dim, " "));
        line.push(tone, letter);
        line.push(Tone::Dim, format!("{:>3} {time:>11} ", message.index));
        line.push(Tone::Info, self.object(message.index).to_string());
        match to_the_right {
            true => {
                line.push(Tone::Device, format!("├{}▶", self.shaft(&text, true)));
                line.push(Tone::Server, "│");
            }
            false => {
                line.push(Tone::Device, "│");
                line.push(Tone::Server, format!("◀{}┤", self.shaft(&text, false)));
            }
        }
        line.for_subject(Subject::Spot(Spot { message: message.index, command: None }))
    }

    /// The worst finding at a message.
    fn worst(&self, number: u32) -> Option<(Tone, &'static str)> {
        let found = self.at(number).iter().filter(|(_, finding)| finding.waived.is_none());
        let worst = found.map(|(_, finding)| finding.severity).max()?;
        let letter = match worst.letter() {
            'E' => "E",
            'W' => "W",
            _ => "I",
        };
        Some((Tone::of(worst), letter))
    }

    fn time(&self, message: &MessageReport<'_>) -> String {
        let session = &self.view.open.session;
        match self.view.time {
            TimeMode::SinceStart => seconds(message.time.0.since(session.started.0)),
            TimeMode::Delta => {
                let before = message.index.checked_sub(1).and_then(|number| self.view.message(number));
                let before = before.map_or(session.started, |before| before.time);
                format!("+{}", seconds(message.time.0.since(before.0)))
            }
            TimeMode::OfDay => message.time.to_string().get(11..22).unwrap_or_default().to_owned(),
        }
    }

    fn command(&self, message: &MessageReport<'_>, at: u32, one: &CommandReport<'_>) -> Line {
        let depth = usize::from(one.within.is_some());
        let text = match &*one.name {
            "Status" => {
                let code = one.data.as_deref().unwrap_or("?");
                let cmd = one.cmd.as_deref().unwrap_or("?");
                let refs = match (&one.msg_ref, &one.cmd_ref) {
                    (Some(message), Some(command)) => format!(" (MsgRef {message}, CmdRef {command})"),
                    _ => String::new(),
                };
                format!("Status {code} for {cmd}{refs}")
            }
            _ => command(one),
        };
        let id = one.cmd_id.as_deref().unwrap_or("?");
        let text = format!("{}{id:>3}  {text}", "  ".repeat(depth));
        let tone = match one.status.as_deref().or(one.data.as_deref().filter(|_| one.name == "Status")) {
            Some(code) if code.starts_with(['4', '5']) => Tone::Error,
            _ if one.name == "Status" => Tone::Dim,
            _ => Tone::Plain,
        };
        let line = self.framed(Tone::Dim, &text, tone);
        line.for_subject(Subject::Spot(Spot { message: message.index, command: Some(at) }))
    }

    fn finding(&self, at: u32, finding: &FindingReport<'_>) -> Line {
        let letter = if finding.waived.is_some() { '–' } else { finding.severity.letter() };
        let text = format!("{letter} {} ({}): {}", finding.rule, finding.role.name(), finding.text);
        let tone = if finding.waived.is_some() { Tone::Dim } else { Tone::of(finding.severity) };
        self.framed(Tone::Dim, &text, tone).for_subject(Subject::Finding(self.view.at, at))
    }
}

/// Octets as people say them.
pub fn size(octets: u64) -> String {
    match octets {
        0..1_024 => format!("{octets} B"),
        1_024..1_048_576 => format!("{}.{} KiB", octets / 1_024, octets % 1_024 * 10 / 1_024),
        _ => format!("{}.{} MiB", octets / 1_048_576, octets % 1_048_576 * 10 / 1_048_576),
    }
}
