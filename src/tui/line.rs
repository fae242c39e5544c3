//! Prepared lines: plain data between the model and the screen, so that both can be tested without a terminal.

use crate::base::Severity;
use crate::report::visible;
use crate::verdict::{TestCaseVerdict, Verdict};

/// What a piece of text is; the theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tone {
    /// Text as it is.
    #[default]
    Plain,
    /// What matters less.
    Dim,
    /// What matters more.
    Strong,
    /// Heading of a table or a part.
    Heading,
    /// An error, or what failed.
    Error,
    /// A warning.
    Warning,
    /// An info.
    Info,
    /// What passed.
    Good,
    /// What could not be decided.
    Open,
    /// The device and what it sends.
    Device,
    /// The server and what it sends.
    Server,
    /// The name of an element, with its brackets.
    Tag,
    /// A value.
    Value,
    /// A key to press.
    Key,
}

impl Tone {
    /// That of a severity.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }

    /// That of a verdict.
    pub const fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::None => Self::Dim,
            Verdict::Pass => Self::Good,
            Verdict::Inconclusive => Self::Open,
            Verdict::Fail | Verdict::Error => Self::Error,
        }
    }

    /// That of the verdict of a test case.
    pub const fn of_case(verdict: TestCaseVerdict) -> Self {
        match verdict {
            TestCaseVerdict::NotApplicable => Self::Dim,
            TestCaseVerdict::Pass => Self::Good,
            TestCaseVerdict::Inconclusive => Self::Open,
            TestCaseVerdict::Fail | TestCaseVerdict::Error => Self::Error,
        }
    }
}

/// A piece of text of one tone, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    text: String,
    /// What it is.
    pub tone: Tone,
}

impl Piece {
    /// The text, in which nothing acts on a terminal.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A place in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Number of the message, from 1.
    pub message: u32,
    /// Position of the command among those of the message, from 0; `None` for the message itself.
    pub command: Option<u32>,
}

/// What a line stands for: what Enter opens and `i` explains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Subject {
    /// Nothing.
    #[default]
    Nothing,
    /// A session, by its position in the store.
    Session(u32),
    /// A message or command of the session that is open.
    Spot(Spot),
    /// A bootstrap message of the session that is open, by its position there.
    Bootstrap(u32),
    /// A request of a download of the session that is open, by its position among those of all downloads.
    Download(u32),
    /// A finding: position of its session in the store, and of it among the findings there.
    Finding(u32, u32),
    /// A group of findings, by its number.
    Group(u32),
    /// A rule, by its id.
    Rule(String),
    /// A test case, by its id.
    Case(String),
    /// A place in another session: its number, its message.
    Elsewhere(u32, u32),
    /// A node of the shown message: the number of its line.
    Element(u32),
    /// A large object of the session that is open, by its position there.
    Object(u32),
    /// The notification of the session that is open.
    Notification,
    /// A word that can be looked up: a code, an element.
    Word(String),
    /// Something that has a key of its own: a choice in a menu.
    Choice(u32),
}

/// One line of a screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its pieces, left to right.
    pub pieces: Vec<Piece>,
    /// What it stands for.
    pub subject: Subject,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of one piece.
    pub fn of(tone: Tone, text: impl AsRef<str>) -> Self {
        Self::new().and(tone, text)
    }

    /// Adds a piece. Whatever in the text would act on a terminal is shown instead.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        self.push(tone, text);
        self
    }

    /// The same line, standing for something.
    #[must_use]
    pub fn for_subject(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    /// Adds a piece.
    pub fn push(&mut self, tone: Tone, text: impl AsRef<str>) {
        let text = text.as_ref();
        if text.is_empty() {
            return;
        }
        let text = visible(text);
        match self.pieces.last_mut() {
            Some(last) if last.tone == tone => last.text.push_str(&text),
            _ => self.pieces.push(Piece { text: text.into_owned(), tone }),
        }
    }

    /// All of its text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(Piece::text).collect()
    }

    /// The same line in so many columns, with `…` at its end where something is missing.
    #[must_use]
    pub fn cut_to(mut self, width: usize) -> Self {
        if self.width() <= width || columns(self.text().trim_end()) <= width {
            return self;
        }
        let mut room = width;
        self.pieces.retain_mut(|piece| {
            if room == 0 {
                return false;
            }
            // The last piece that fits in full gives its last column to the sign where others follow.
            if columns(&piece.text) >= room {
                piece.text = cut(&format!("{}…", piece.text), room);
                room = 0;
            } else {
                room = room.saturating_sub(columns(&piece.text));
            }
            true
        });
        self
    }

    /// Its columns on a terminal.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|piece| columns(&piece.text)).sum()
    }
}

/// Columns of a text on a terminal.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { ratatui::text::Span::raw(text).width() }
}

/// A text cut to so many columns, with `…` at its end where something is missing, and filled up with blanks.
pub fn fitted(text: &str, width: usize) -> String {
    let mut out = cut(text, width);
    let used = columns(&out);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

/// A text cut to so many columns, with `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if columns(&text) <= width {
        return text.into_owned();
    }
    let mut out = String::new();
    let mut used: usize = 0;
    for ch in text.chars() {
        let wide = columns(ch.encode_utf8(&mut [0; 4]));
        if used.saturating_add(wide) >= width {
            break;
        }
        out.push(ch);
        used = used.saturating_add(wide);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Lines of a text for a pane of a width, broken at blanks where it can be; each begins with `indent`.
pub fn wrapped(tone: Tone, indent: &str, text: &str, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(columns(indent)).max(8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let paragraph = visible(paragraph);
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word;
            if !line.is_empty() && columns(&line).saturating_add(columns(word)) >= room {
                lines.push(Line::of(Tone::Plain, indent).and(tone, &line));
                line.clear();
            }
            // A word that is longer than a line goes over several.
            while columns(word) > room {
                let end = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
                let (head, rest) = word.split_at_checked(end).unwrap_or((word, ""));
                lines.push(Line::of(Tone::Plain, indent).and(tone, head));
                word = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(Line::of(Tone::Plain, indent).and(tone, &line));
    }
    lines
}

/// A name with what is said of it beside it, over as many lines as it takes.
pub fn named(name: &str, text: &str, width: usize) -> Vec<Line> {
    let indent = " ".repeat(columns(name));
    let mut lines = wrapped(Tone::Plain, &indent, text, width);
    if let Some(first) = lines.first_mut() {
        let text = first.text();
        *first = Line::of(Tone::Key, name).and(Tone::Plain, text.get(indent.len()..).unwrap_or_default());
    }
    lines
}

/// A line of one tone that fits into a width: one that is longer goes over several, which begin where its text does.
pub fn folded(tone: Tone, text: &str, width: usize) -> Vec<Line> {
    let text = visible(text);
    if columns(&text) <= width {
        return vec![Line::of(tone, &text)];
    }
    let body = text.trim_start_matches(' ');
    let indent = " ".repeat(text.len().saturating_sub(body.len()).min(width / 2));
    wrapped(tone, &indent, body, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_and_does_not_act() {
        let line = Line::of(Tone::Plain, "a\x1b[2J\u{202e}b\0");
        assert_eq!(line.text(), "a\\x1b[2J\\u{202e}b\\x00");
    }

    #[test]
    fn texts_are_cut_by_columns_not_characters() {
        assert_eq!(fitted("漢字漢字", 5), "漢字…");
        assert_eq!(fitted("ab", 4), "ab  ");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_line_that_is_too_long_says_so() {
        let line = || Line::of(Tone::Dim, "abc").and(Tone::Strong, "defg");
        assert_eq!(line().cut_to(7).text(), "abcdefg");
        assert_eq!(line().cut_to(6).text(), "abcde…");
        assert_eq!(line().cut_to(3).text(), "ab…");
        assert_eq!(Line::of(Tone::Dim, "abc   ").cut_to(3).text(), "abc   ", "blanks are no loss");
    }

    #[test]
    fn long_words_go_over_several_lines() {
        let lines = wrapped(Tone::Plain, "  ", "one two threefourfivesix", 12);
        let texts: Vec<String> = lines.iter().map(Line::text).collect();
        assert_eq!(texts, ["  one two", "  threefourf", "  ivesix"]);
    }
}
