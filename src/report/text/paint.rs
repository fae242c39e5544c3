//! Colour, widths, and small words.

use crate::base::FrameNo;
use crate::report::{Detail, Options, visible};
use crate::verdict::{Severity, Verdict};
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};

/// Narrower terminals are written to as if they were this wide.
const NARROWEST: usize = 40;

/// What the parts of the text share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) width: usize,
    pub(super) detail: Detail,
    color: bool,
}

/// How a severity looks on a terminal.
pub fn severity_style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::Cyan,
    };
    color.on_default().bold()
}

impl Paint {
    pub(super) fn new(options: &Options) -> Self {
        Self { width: options.width.max(NARROWEST), detail: options.detail, color: options.color }
    }

    pub(super) fn verbose(&self) -> bool {
        self.detail == Detail::Verbose
    }

    fn styled(&self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    pub(super) fn bold(&self, text: impl Display) -> String {
        self.styled(Style::new().bold(), text)
    }

    pub(super) fn dim(&self, text: impl Display) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    pub(super) fn severity(&self, severity: Severity, text: impl Display) -> String {
        self.styled(severity_style(severity), text)
    }

    pub(super) fn verdict(&self, verdict: Verdict, text: impl Display) -> String {
        let color = match verdict {
            Verdict::None => return self.bold(text),
            Verdict::Pass => AnsiColor::Green,
            Verdict::Inconclusive => AnsiColor::Yellow,
            Verdict::Fail => AnsiColor::Red,
            Verdict::Error => AnsiColor::Magenta,
        };
        self.styled(color.on_default().bold(), text)
    }

    /// Writes a text without colour over as many lines as it takes, broken at blanks; a word longer than a line stays
    /// whole, so that it can be copied.
    pub(super) fn paragraph(&self, out: &mut dyn Write, first: &str, next: &str, text: &str) -> io::Result<()> {
        let mut line = first.to_owned();
        let mut fresh = true;
        for word in text.split(' ') {
            if !fresh && width(&line).saturating_add(width(word)).saturating_add(1) > self.width {
                writeln!(out, "{}", line.trim_end())?;
                line = next.to_owned();
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
        writeln!(out, "{}", line.trim_end())
    }
}

/// Columns of a text without colour; every character counts as one.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// `1 session`, `2 sessions`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `frame 4`, `frames 4–6, 9`; long lists end in `…`. Empty without frames.
pub(crate) fn frames(frames: &[FrameNo]) -> String {
    const RANGES: usize = 3;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for frame in frames.iter().map(|frame| frame.get()) {
        let full = ranges.len() == RANGES;
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(frame) => *last = frame,
            _ if full => {
                ranges.push((0, 0));
                break;
            }
            _ => ranges.push((frame, frame)),
        }
    }
    let noun = match frames.len() {
        0 => return String::new(),
        1 => "frame",
        _ => "frames",
    };
    let ranges: Vec<String> = ranges
        .into_iter()
        .map(|range| match range {
            (0, 0) => "…".to_owned(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}–{last}"),
        })
        .collect();
    format!("{noun} {}", ranges.join(", "))
}

/// A text from the wire, escaped, with its middle left out where it is long.
pub(crate) fn short(text: &str, most: usize) -> Cow<'_, str> {
    let text = visible(text);
    let length = width(&text);
    if length <= most {
        return text;
    }
    let keep = most.saturating_sub(1);
    let tail = keep / 2;
    let head: String = text.chars().take(keep.saturating_sub(tail)).collect();
    let tail: String = text.chars().skip(length.saturating_sub(tail)).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_folded_to_ranges() {
        let table: [(&[u64], &str); 5] = [
            (&[], ""),
            (&[4], "frame 4"),
            (&[4, 5, 6], "frames 4–6"),
            (&[4, 5, 9], "frames 4–5, 9"),
            (&[1, 3, 5, 7, 9], "frames 1, 3, 5, …"),
        ];
        for (numbers, expected) in table {
            let numbers: Vec<FrameNo> = numbers.iter().filter_map(|n| FrameNo::new(*n)).collect();
            assert_eq!(frames(&numbers), expected);
        }
    }

    #[test]
    fn a_long_text_loses_its_middle() {
        assert_eq!(short("./DevInfo/DevId", 20), "./DevInfo/DevId");
        assert_eq!(short("./Vendor/Acme/A/Very/Long/Path", 15), "./Vendo…ng/Path");
        assert_eq!(short("\x1b\x1b\x1b\x1b", 8), "\\x1b…x1b");
    }
}
