//! The table of sessions: columns, order, filter, and time over the capture.

use super::cursor::Cursor;
use super::line::{Line, Subject, Tone, fitted};
use super::model::{Mark, Model};
use super::settings::Settings;
use super::store::{SessionLine, Store, head_of};
use crate::report::words::{count, seconds};
use crate::verdict::{Filter, SessionEnd, Verdict};
use std::cmp::Ordering;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Its number.
    Number,
    /// Its verdict.
    Verdict,
    /// When it began.
    Time,
    /// How long it took.
    Duration,
    /// The device.
    Device,
    /// The server.
    Server,
    /// SessionID.
    SessionId,
    /// The profile.
    Version,
    /// XML or WBXML.
    Encoding,
    /// HTTP or HTTPS.
    Transport,
    /// Messages.
    Messages,
    /// Commands.
    Commands,
    /// How it ended.
    End,
    /// Findings.
    Findings,
    /// Manufacturer, model, firmware.
    Product,
}

impl Column {
    /// All, in the order of the table.
    pub const ALL: [Self; 15] = [
        Self::Number,
        Self::Verdict,
        Self::Time,
        Self::Duration,
        Self::Device,
        Self::Server,
        Self::SessionId,
        Self::Version,
        Self::Encoding,
        Self::Transport,
        Self::Messages,
        Self::Commands,
        Self::End,
        Self::Findings,
        Self::Product,
    ];

    /// Those shown where the settings name none.
    pub const USUAL: [Self; 11] = [
        Self::Number,
        Self::Verdict,
        Self::Time,
        Self::Device,
        Self::Server,
        Self::Version,
        Self::Encoding,
        Self::Messages,
        Self::Commands,
        Self::End,
        Self::Findings,
    ];

    /// Its name in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Verdict => "verdict",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Device => "device",
            Self::Server => "server",
            Self::SessionId => "session-id",
            Self::Version => "version",
            Self::Encoding => "encoding",
            Self::Transport => "transport",
            Self::Messages => "messages",
            Self::Commands => "commands",
            Self::End => "end",
            Self::Findings => "findings",
            Self::Product => "product",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Number => "#",
            Self::Verdict => "Verdict",
            Self::Time => "Time",
            Self::Duration => "Took",
            Self::Device => "Device",
            Self::Server => "Server",
            Self::SessionId => "Session",
            Self::Version => "DM",
            Self::Encoding => "Enc",
            Self::Transport => "Over",
            Self::Messages => "Msg",
            Self::Commands => "Cmd",
            Self::End => "End",
            Self::Findings => "Findings",
            Self::Product => "Product",
        }
    }

    /// Columns that it takes at least; what is left goes to device, server and product.
    const fn width(self, several_days: bool) -> usize {
        match self {
            Self::Time if several_days => 11,
            Self::Number | Self::Encoding | Self::Transport | Self::Commands => 5,
            Self::Verdict => 7,
            Self::Time => 8,
            Self::Duration => 8,
            Self::Device | Self::Server => 10,
            Self::SessionId => 8,
            Self::Version => 6,
            Self::Messages => 4,
            Self::End => 9,
            Self::Findings => 9,
            Self::Product => 12,
        }
    }

    const fn is_wide(self) -> bool {
        matches!(self, Self::Device | Self::Server | Self::Product)
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Duration | Self::Messages | Self::Commands)
    }

    /// What a narrow terminal gives up first.
    const fn weight(self) -> u8 {
        match self {
            Self::Number | Self::Verdict | Self::Device | Self::Findings => 0,
            Self::End => 1,
            Self::Time => 2,
            Self::Messages => 3,
            Self::Server => 4,
            Self::Encoding => 6,
            Self::Version => 5,
            _ => 7,
        }
    }

    fn cell(self, session: &SessionLine, several_days: bool) -> (Tone, String) {
        let plain = |text: &str| (Tone::Plain, text.to_owned());
        match self {
            Self::Number => (Tone::Dim, session.number.to_string()),
            Self::Verdict => (Tone::of_verdict(session.verdict), verdict_word(session.verdict).to_owned()),
            Self::Time => {
                let time = session.started.to_string();
                let part = if several_days { time.get(5..16) } else { time.get(11..19) };
                (Tone::Dim, part.unwrap_or_default().replace('T', " "))
            }
            Self::Duration => plain(&seconds(session.ended.0.since(session.started.0))),
            Self::Device => match session.device.is_empty() {
                true => (Tone::Dim, "unknown".to_owned()),
                false => (Tone::Device, session.device.to_string()),
            },
            Self::Server => match session.server.is_empty() {
                true => (Tone::Dim, "unknown".to_owned()),
                false => (Tone::Server, bare_address(&session.server).to_owned()),
            },
            Self::SessionId => plain(&session.session_id),
            Self::Version => plain(session.profile.strip_prefix("oma-dm-").unwrap_or(&session.profile)),
            Self::Encoding => plain(&session.encoding),
            Self::Transport => plain(&session.transport),
            Self::Messages => plain(&session.messages.to_string()),
            Self::Commands => plain(&session.commands.to_string()),
            Self::End => {
                let tone = match session.end {
                    SessionEnd::Completed => Tone::Plain,
                    SessionEnd::Aborted => Tone::Error,
                    SessionEnd::Truncated | SessionEnd::Open => Tone::Open,
                };
                (tone, session.end.name().to_owned())
            }
            Self::Findings => findings(session),
            Self::Product => plain(&session.product),
        }
    }

    fn order(self, one: &SessionLine, other: &SessionLine) -> Ordering {
        match self {
            Self::Number => one.number.cmp(&other.number),
            // The worst first.
            Self::Verdict => other.verdict.cmp(&one.verdict),
            Self::Time => one.started.cmp(&other.started),
            Self::Duration => one.ended.0.since(one.started.0).cmp(&other.ended.0.since(other.started.0)),
            Self::Device => one.device.cmp(&other.device),
            Self::Server => one.server.cmp(&other.server),
            Self::SessionId => one.session_id.cmp(&other.session_id),
            Self::Version => one.profile.cmp(&other.profile),
            Self::Encoding => one.encoding.cmp(&other.encoding),
            Self::Transport => one.transport.cmp(&other.transport),
            Self::Messages => one.messages.cmp(&other.messages),
            Self::Commands => one.commands.cmp(&other.commands),
            Self::End => one.end.name().cmp(other.end.name()),
            Self::Findings => {
                let key = |line: &SessionLine| (line.findings.error, line.findings.warning, line.findings.info);
                key(other).cmp(&key(one))
            }
            Self::Product => one.product.cmp(&other.product),
        }
    }
}

/// The word of a verdict in the table.
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::None => "none",
        Verdict::Pass => "✓ pass",
        Verdict::Inconclusive => "? incon",
        Verdict::Fail => "✗ FAIL",
        Verdict::Error => "! ERROR",
    }
}

/// An address without its scheme.
fn bare_address(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

fn findings(session: &SessionLine) -> (Tone, String) {
    let found = &session.findings;
    let words = [('E', found.error), ('W', found.warning), ('I', found.info), ('–', found.waived)];
    let text: Vec<String> = words
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(letter, number)| format!("{letter}{number}"))
        .collect();
    let tone = match (found.error, found.warning) {
        (0, 0) => Tone::Dim,
        (0, _) => Tone::Warning,
        _ => Tone::Error,
    };
    (tone, text.join(" "))
}

/// The state of the first screen.
#[derive(Debug, Clone)]
pub struct SessionsView {
    /// Positions in the store, in the order in which they are shown.
    pub order: Vec<u32>,
    /// Where one is.
    pub cursor: Cursor,
    /// What is shown.
    pub columns: Vec<Column>,
    /// What it is sorted by.
    pub sort: Column,
    /// Whether the order is turned round.
    pub reversed: bool,
    /// What the filter says.
    pub filter_text: String,
    filter: Option<Filter>,
    /// Whether the newest session stays selected.
    pub follow: bool,
    /// Sessions that were looked at already.
    taken: usize,
    /// The day of the first of them, and whether another one began on another.
    day: Option<String>,
    several_days: bool,
}

impl SessionsView {
    /// An empty table.
    pub fn new(settings: &Settings) -> Self {
        Self {
            order: Vec::new(),
            cursor: Cursor::default(),
            columns: settings.columns.clone(),
            sort: Column::Number,
            reversed: false,
            filter_text: String::new(),
            filter: None,
            follow: false,
            taken: 0,
            day: None,
            several_days: false,
        }
    }

    /// The selected session: its position in the store.
    pub fn selected(&self) -> Option<u32> {
        self.order.get(self.cursor.at).copied()
    }

    /// Whether only some of the sessions are shown.
    pub fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// Takes in what has arrived, up to so many sessions.
    pub fn take(&mut self, store: &Store, shown: usize) {
        let sorted = self.sort == Column::Number && !self.reversed;
        let fresh = store.sessions().get(self.taken..shown).unwrap_or_default();
        if fresh.is_empty() {
            return;
        }
        for line in fresh {
            if self.several_days {
                break;
            }
            let day = line.started.to_string().get(..10).unwrap_or_default().to_owned();
            self.several_days = self.day.as_ref().is_some_and(|known| *known != day);
            self.day.get_or_insert(day);
        }
        let first = u32::try_from(self.taken).unwrap_or(u32::MAX);
        let filter = self.filter.as_ref();
        let matching =
            (first..).zip(fresh).filter(|(_, line)| filter.is_none_or(|filter| filter.matches(&head_of(line))));
        self.order.extend(matching.map(|(at, _)| at));
        self.taken = shown;
        if !sorted {
            self.rearrange(store);
        }
        if self.follow {
            self.cursor.at = self.order.len().saturating_sub(1);
        }
    }

    /// Sorts anew; the selected session stays selected.
    pub fn rearrange(&mut self, store: &Store) {
        let selected = self.selected();
        let (sort, reversed) = (self.sort, self.reversed);
        let lines = store.sessions();
        let line = |at: u32| usize::try_from(at).ok().and_then(|at| lines.get(at));
        self.order.sort_by(|one, other| {
            let (Some(first), Some(second)) = (line(*one), line(*other)) else { return one.cmp(other) };
            let order = sort.order(first, second);
            let order = if reversed { order.reverse() } else { order };
            order.then(one.cmp(other))
        });
        self.reselect(selected);
    }

    fn reselect(&mut self, selected: Option<u32>) {
        let found = selected.and_then(|selected| self.order.iter().position(|at| *at == selected));
        self.cursor.at = found.unwrap_or(self.cursor.at).min(self.order.len().saturating_sub(1));
    }

    /// Shows only what matches; an empty text shows everything.
    ///
    /// # Errors
    ///
    /// What is wrong with the expression.
    pub fn set_filter(&mut self, text: &str, store: &Store) -> Result<(), String> {
        let filter = match text.trim() {
            "" => None,
            text => Some(Filter::parse(text).map_err(|error| error.to_string())?),
        };
        let selected = self.selected();
        self.filter = filter;
        text.trim().clone_into(&mut self.filter_text);
        let shown = self.taken;
        self.order.clear();
        self.taken = 0;
        self.take(store, shown);
        self.reselect(selected);
        Ok(())
    }

    /// The columns for which there is room.
    pub fn shown_columns(&self, width: usize) -> Vec<Column> {
        self.widths(width).into_iter().map(|(column, _)| column).collect()
    }

    /// The columns for which there is room, each with its width.
    fn widths(&self, width: usize) -> Vec<(Column, usize)> {
        let days = self.several_days;
        let mut columns = self.columns.clone();
        let needed =
            |columns: &[Column]| columns.iter().map(|column| column.width(days).saturating_add(1)).sum::<usize>();
        while needed(&columns).saturating_add(2) > width && columns.len() > 1 {
            let Some(least) = columns.iter().copied().max_by_key(|column| column.weight()) else { break };
            columns.retain(|column| *column != least);
        }
        let spare = width.saturating_sub(needed(&columns)).saturating_sub(2);
        let wide = columns.iter().filter(|column| column.is_wide()).count().max(1);
        let more = spare / wide;
        columns
            .into_iter()
            .map(|column| (column, column.width(days).saturating_add(if column.is_wide() { more.min(48) } else { 0 })))
            .collect()
    }

    /// The heading of the table.
    pub fn heading(&self, width: usize) -> Line {
        let mut line = Line::of(Tone::Heading, "  ");
        for (column, width) in self.widths(width) {
            let mut heading = column.heading().to_owned();
            if column == self.sort && (self.sort != Column::Number || self.reversed) {
                heading.push(if self.reversed { '↓' } else { '↑' });
            }
            line.push(Tone::Heading, aligned(&heading, width, column.is_number()));
            line.push(Tone::Heading, " ");
        }
        line
    }

    /// One line of the table.
    pub fn line(&self, model: &Model, at: usize, width: usize) -> Option<Line> {
        let position = *self.order.get(at)?;
        let session = model.store.session(position)?;
        let mark = if model.is_marked(Mark::Session(position)) { "● " } else { "  " };
        let mut line = Line::of(Tone::Key, mark);
        for (column, width) in self.widths(width) {
            let (tone, text) = column.cell(session, self.several_days);
            line.push(tone, aligned(&text, width, column.is_number()));
            line.push(Tone::Plain, " ");
        }
        Some(line.for_subject(Subject::Session(position)))
    }

    /// What is found in a line when it is searched.
    pub fn text(&self, model: &Model, at: usize) -> String {
        let session = self.order.get(at).and_then(|position| model.store.session(*position));
        session.map_or_else(String::new, |session| {
            format!(
                "{} {} {} {} {} {} {}",
                session.number,
                session.device,
                session.server,
                session.session_id,
                session.product,
                session.end.name(),
                session.verdict,
            )
        })
    }

    /// Time over the capture: sessions in the first line, findings below, from the first to the last session.
    pub fn time_bar(&self, model: &Model, width: usize) -> [Line; 2] {
        const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let sessions: Vec<&SessionLine> = self.order.iter().filter_map(|at| model.store.session(*at)).collect();
        let (Some(first), Some(last)) =
            (sessions.iter().map(|session| session.started).min(), sessions.iter().map(|session| session.ended).max())
        else {
            let text = if self.is_filtered() { "no session matches" } else { "no sessions yet" };
            return [Line::of(Tone::Dim, text), Line::new()];
        };
        let from = first.to_string();
        let to = last.to_string();
        let same_day = from.get(..10) == to.get(..10);
        let shown = |time: &str| time.get(if same_day { 11 } else { 5 }..19).unwrap_or_default().replace('T', " ");
        let (left, right) = (shown(&from), shown(&to));
        let room = width.saturating_sub(left.len()).saturating_sub(right.len()).saturating_sub(3).max(1);
        let span = last.0.since(first.0).max(1);
        let mut buckets = vec![(0_u64, 0_u64, 0_u64); room];
        let bucket = |time: crate::verdict::Time| {
            let part = i128::from(time.0.since(first.0)).saturating_mul(i128::try_from(room).unwrap_or(1));
            usize::try_from(part / i128::from(span)).unwrap_or(0).min(room.saturating_sub(1))
        };
        let selected = self.selected().and_then(|at| model.store.session(at));
        for session in &sessions {
            if let Some((number, errors, warnings)) = buckets.get_mut(bucket(session.started)) {
                *number = number.saturating_add(1);
                *errors = errors.saturating_add(session.findings.error);
                *warnings = warnings.saturating_add(session.findings.warning);
            }
        }
        let most = buckets.iter().map(|(number, ..)| *number).max().unwrap_or(1).max(1);
        let here = selected.map(|session| bucket(session.started));
        let mut top = Line::of(Tone::Dim, format!("{left} "));
        let mut below = Line::of(Tone::Dim, " ".repeat(left.len().saturating_add(1)));
        for (at, (number, errors, warnings)) in buckets.iter().enumerate() {
            let step = usize::try_from(number.saturating_mul(7) / most).unwrap_or(7);
            let bar = if *number == 0 { ' ' } else { HEIGHTS.get(step).copied().unwrap_or('█') };
            let tone = if Some(at) == here { Tone::Key } else { Tone::Strong };
            top.push(tone, bar.to_string());
            let (tone, letter) = match (errors, warnings) {
                (0, 0) if Some(at) == here => (Tone::Key, "▲"),
                (0, 0) => (Tone::Dim, "·"),
                (0, _) => (Tone::Warning, "W"),
                _ => (Tone::Error, "E"),
            };
            below.push(tone, letter);
        }
        top.push(Tone::Dim, format!(" {right}"));
        [top, below]
    }

    /// What there is, in a few words.
    pub fn summary(&self, model: &Model) -> String {
        let all = u64::try_from(model.store.sessions().len()).unwrap_or(u64::MAX);
        let mut text = count(all, "session");
        if self.is_filtered() {
            text = format!("{} of {text}", self.order.len());
        }
        let mut findings = crate::verdict::FindingCounts::default();
        for session in model.store.sessions() {
            findings.merge(&session.findings);
        }
        for (number, word) in [(findings.error, "error"), (findings.warning, "warning")] {
            if number > 0 {
                text.push_str(&format!(", {}", count(number, word)));
            }
        }
        if model.store.left_out() > 0 {
            text.push_str(&format!(", {} more not shown", model.store.left_out()));
        }
        text
    }
}

fn aligned(text: &str, width: usize, right: bool) -> String {
    let fitted = fitted(text, width);
    if !right {
        return fitted;
    }
    let trimmed = fitted.trim_end();
    let blanks = fitted.len().saturating_sub(trimmed.len());
    format!("{}{trimmed}", " ".repeat(blanks))
}
