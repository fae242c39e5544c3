//! The two streams of the program, and what is known of the terminal.

use super::args::{Color, Common};
use crate::report::{Detail, Options, visible};
use anstyle::{AnsiColor, Style};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// Columns where there is no terminal.
const COLUMNS: usize = 100;

/// How much a remark matters.
#[cfg(any(feature = "proxy", feature = "live"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Only to who wants everything.
    Detail,
    /// What a user should know.
    Note,
    /// What may need attention.
    Warning,
    /// What no longer works; told also to who wants quiet.
    Error,
}

/// The remarks of an [`Output`], for other threads.
#[cfg(any(feature = "proxy", feature = "live"))]
#[derive(Debug, Clone)]
pub(super) struct Remarks {
    color: bool,
    detail: Detail,
}

#[cfg(any(feature = "proxy", feature = "live"))]
impl Remarks {
    /// Whether the user wants such lines.
    pub(super) fn wants(&self, level: Level) -> bool {
        match level {
            Level::Detail => self.detail == Detail::Verbose,
            Level::Note | Level::Warning => self.detail != Detail::Quiet,
            Level::Error => true,
        }
    }

    /// One line on standard error.
    pub(super) fn line(&self, level: Level, text: &str) {
        if !self.wants(level) {
            return;
        }
        let (color, word) = match level {
            Level::Detail | Level::Note => (AnsiColor::Cyan, "dmscope"),
            Level::Warning => (AnsiColor::Yellow, "warning"),
            Level::Error => (AnsiColor::Red, "error"),
        };
        remark(self.color, color, word, text);
    }
}

/// Where results and remarks go.
#[derive(Debug)]
pub(super) struct Output {
    color: Color,
    pub(super) detail: Detail,
}

impl Output {
    pub(super) fn new(common: &Common) -> Self {
        let detail = match (common.quiet, common.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        };
        Self { color: common.color, detail }
    }

    /// Results.
    #[expect(clippy::unused_self, reason = "results are asked for where everything else about output is")]
    pub(super) fn results(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::with_capacity(64 << 10, io::stdout().lock())
    }

    /// How a text for standard output looks.
    pub(super) fn text_options(&self) -> Options {
        let width = terminal_size::terminal_size_of(io::stdout()).map_or(COLUMNS, |(width, _)| usize::from(width.0));
        Options { width, color: self.colors(&io::stdout()), detail: self.detail }
    }

    /// Whether what goes to standard error is coloured.
    #[cfg(any(feature = "proxy", feature = "live"))]
    pub(super) fn colors_remarks(&self) -> bool {
        self.colors(&io::stderr())
    }

    fn colors(&self, stream: &dyn Colored) -> bool {
        match self.color {
            Color::Auto => stream.wants_color(),
            Color::Always => true,
            Color::Never => false,
        }
    }

    /// One line on standard error: why the program can't do what was asked.
    pub(super) fn error(&self, text: &str) {
        self.line(AnsiColor::Red, "error", text);
    }

    /// One line on standard error: what may need attention. Not when quiet.
    pub(super) fn warning(&self, text: &str) {
        if self.detail != Detail::Quiet {
            self.line(AnsiColor::Yellow, "warning", text);
        }
    }

    /// One line on standard error: what is good to know. Not when quiet.
    #[cfg(feature = "history")]
    pub(super) fn note(&self, text: &str) {
        if self.detail != Detail::Quiet {
            self.line(AnsiColor::Cyan, "dmscope", text);
        }
    }

    fn line(&self, color: AnsiColor, word: &str, text: &str) {
        remark(self.colors(&io::stderr()), color, word, text);
    }

    /// Remarks for other threads.
    #[cfg(any(feature = "proxy", feature = "live"))]
    pub(super) fn remarks(&self) -> Remarks {
        Remarks { color: self.colors_remarks(), detail: self.detail }
    }
}

/// Only line feeds of our own stay: texts that hold names and values from outside come escaped.
fn remark(colors: bool, color: AnsiColor, word: &str, text: &str) {
    let style: Style = if colors { color.on_default().bold() } else { Style::new() };
    let mut stderr = io::stderr().lock();
    let text: Vec<_> = text.lines().map(visible).collect();
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(stderr, "{style}{word}:{style:#} {}", text.join("\n"));
}

/// A stream that knows whether it shows colour.
trait Colored {
    fn wants_color(&self) -> bool;
}

impl Colored for io::Stdout {
    fn wants_color(&self) -> bool {
        anstream::AutoStream::choice(self) != anstream::ColorChoice::Never
    }
}

impl Colored for io::Stderr {
    fn wants_color(&self) -> bool {
        anstream::AutoStream::choice(self) != anstream::ColorChoice::Never
    }
}

/// Whether standard output is a terminal.
pub(super) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}
