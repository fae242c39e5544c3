//! One message: what is known of it, and its text with what is wrong marked in it.

use super::escape::{Code, esc};
use super::sessions::{Found, marks};
use crate::base::Direction;
use crate::report::text::{count, frames, short};
use crate::verdict::{DecodeState, Exhibit, MessageReport, SessionReport, exhibit_path};
use std::io::{self, Write};

/// Octets of texts in one page. Past half of it only messages with findings get theirs.
const TEXTS: usize = 16 << 20;
/// Octets of the text of a finding that is told inside a message.
const NOTE: usize = 160;

/// How much room there is for texts.
pub(super) struct Texts {
    are_there: bool,
    used: usize,
}

impl Texts {
    pub(super) fn new(are_there: bool) -> Self {
        Self { are_there, used: 0 }
    }

    /// Whether the report holds any.
    pub(super) fn are_there(&self) -> bool {
        self.are_there
    }

    fn take(&mut self, octets: usize, matters: bool) -> bool {
        let used = self.used.saturating_add(octets);
        let fits = used <= if matters { TEXTS } else { TEXTS / 2 };
        if fits {
            self.used = used;
        }
        fits
    }
}

pub(super) fn write(
    session: &SessionReport<'_>,
    message: &MessageReport<'_>,
    found: &[&Found],
    exhibit: Option<&Exhibit<'_>>,
    texts: &mut Texts,
    several: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (side, way) = match message.direction {
        Direction::DeviceToServer => ("dev", "device → server"),
        Direction::ServerToDevice => ("srv", "server → device"),
    };
    let mut facts = Vec::new();
    facts.push(message.package.map_or("P?".to_owned(), |package| format!("P{package}")));
    facts.push(message.msg_id.as_deref().map_or("no MsgID".to_owned(), |id| format!("MsgID {}", esc(&short(id, 20)))));
    facts.push(format!("{}, {}", esc(&message.encoding), count(message.bytes, "octet")));
    facts.extend(Some(frames(&message.frames)).filter(|frames| !frames.is_empty()));
    facts.extend(message.input.filter(|_| several).map(|input| format!("input {input}")));
    writeln!(
        out,
        "<details class=\"message\" id=\"m-{}-{number}\"><summary><b class=\"id\">{number}</b> \
         <span class=\"way {side}\">{way}</span> <span class=\"dim\">{}</span>{}</summary>",
        session.index,
        facts.join(" · "),
        marks(found),
        number = message.index,
    )?;
    for fault in &message.injected {
        writeln!(out, "<p class=\"fault\"><b>Fault injected on purpose:</b> {}</p>", esc(fault))?;
    }
    if message.decoded != DecodeState::Whole {
        writeln!(out, "<p class=\"fault\">Not all of this message could be decoded.</p>")?;
    }
    let text = exhibit.and_then(|exhibit| exhibit.text.as_deref());
    let text = text.filter(|text| texts.take(text.len(), !found.is_empty()));
    // What has no line to stand at stands above.
    let rest: Vec<&&Found> = found.iter().filter(|found| text.is_none() || found.line.is_none()).collect();
    if !rest.is_empty() {
        writeln!(out, "<ul class=\"notes\">")?;
        rest.iter().try_for_each(|found| note(found, out))?;
        writeln!(out, "</ul>")?;
    }
    match text {
        Some("") => writeln!(out, "<p class=\"more\">Nothing of it could be decoded.</p>")?,
        Some(text) => {
            self::text(text, found, out)?;
            let missing = exhibit.map_or(0, Exhibit::missing);
            if missing > 0 {
                writeln!(out, "<p class=\"more\">{} of this text are left out.</p>", count(missing, "more octet"))?;
            }
        }
        None if texts.are_there => writeln!(
            out,
            "<p class=\"more\">There is no room for its text here. With <code>--out</code> it is in <code>{}</code>.</p>",
            exhibit_path(session.index, message.index)
        )?,
        None => {}
    }
    writeln!(out, "</details>")
}

/// A finding in one line, which leads to where all of it is told.
pub(super) fn note(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<li>")?;
    pointer(found, out)?;
    writeln!(out, "</li>")
}

fn class(found: &Found) -> char {
    if found.waived { 'x' } else { found.severity.letter().to_ascii_lowercase() }
}

fn pointer(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    let word = if found.waived { "waived" } else { found.severity.name() };
    let letter = if found.waived { '–' } else { found.severity.letter() };
    let (tag, href) = match found.number {
        Some(number) => ("a", format!(" href=\"#f-{number}\"")),
        None => ("span", String::new()),
    };
    write!(
        out,
        "<{tag} class=\"point {}\"{href} title=\"{word}\"><b>{letter}</b> {}: {}</{tag}>",
        class(found),
        esc(&found.rule),
        esc(&short(&found.text, NOTE)),
    )
}

/// The text, each line an element of its own, so that the style sheet can number it.
fn text(text: &str, found: &[&Found], out: &mut dyn Write) -> io::Result<()> {
    let mut places: Vec<&Found> = found.iter().copied().filter(|found| found.line.is_some()).collect();
    places.sort_by_key(|found| (found.line, found.column));
    let mut places = places.into_iter().peekable();
    write!(out, "<pre class=\"xml\" tabindex=\"0\">")?;
    for (number, line) in (1..).zip(text.lines()) {
        let mut here = Vec::new();
        while let Some(found) = places.next_if(|found| found.line <= Some(number)) {
            here.push(found);
        }
        let worst = here.iter().filter(|found| !found.waived).max_by_key(|found| found.severity);
        let Some(first) = worst.or(here.first()) else {
            write!(out, "<i>")?;
            tags(line, out)?;
            write!(out, "</i>")?;
            continue;
        };
        let column = here.iter().filter_map(|found| found.column).min().unwrap_or(1);
        let column = usize::try_from(column.saturating_sub(1)).unwrap_or_default();
        let at = line.char_indices().nth(column).map_or(0, |(at, _)| at);
        let (before, marked) = line.split_at_checked(at).unwrap_or(("", line));
        write!(out, "<i class=\"hit {}\">{}<mark>", class(first), Code(before))?;
        tags(marked, out)?;
        write!(out, "</mark>")?;
        for found in here {
            write!(out, "<s></s>")?;
            pointer(found, out)?;
        }
        write!(out, "</i>")?;
    }
    writeln!(out, "</pre>")
}

/// A line with its tags set off. In an indented message, `<` is always the beginning of one.
fn tags(line: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = line;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (plain, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let end = memchr::memchr(b'>', tag.as_bytes()).map_or(tag.len(), |end| end.saturating_add(1));
        let (tag, after) = tag.split_at_checked(end).unwrap_or((tag, ""));
        write!(out, "{}<b>{}</b>", Code(plain), Code(tag))?;
        rest = after;
    }
    write!(out, "{}", Code(rest))
}
