//! A tree as text, for people.

use super::super::output::Output;
use super::{Asked, is_within};
use crate::report::{Detail, Options, visible};
use crate::tree::{
    Certainty, Difference, DifferenceKind, Existence, FactKind, Journal, Known, NodeKind, Origin, Point, Readings, Row,
    Shift, Value,
};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Characters of a value in a list; `--node` and JSON show all that is kept.
const SHOWN: usize = 60;
/// Problems that are shown.
const PROBLEMS: usize = 10;

/// Marks, with what they mean.
const LEGEND: [(char, &str); 5] = [
    ('~', "inferred: of an earlier session, or something after it may have changed it"),
    ('x', "known not to be there"),
    ('?', "whether it is there is not known"),
    ('…', "more children may be there"),
    ('^', "the ACL is empty: that of the node above counts"),
];

/// Writes down one device after the other.
pub(super) fn write(journals: &[&Journal], asked: &Asked, node: Option<&str>, output: &Output) -> io::Result<()> {
    let mut page = Page { out: output.results(), options: output.text_options(), used: BTreeSet::new() };
    for (at, journal) in journals.iter().enumerate() {
        if at > 0 {
            writeln!(page.out)?;
        }
        page.head(journal, asked)?;
        match asked {
            Asked::At(at) => page.tree(journal, at.unwrap_or(Point::END), node)?,
            Asked::Diff(from, to) => page.diff(&journal.diff(*from, *to), node)?,
            Asked::Values(uri) => page.values(&journal.readings(uri).unwrap_or_default(), uri)?,
        }
        page.problems(journal)?;
    }
    page.legend()?;
    page.out.flush()
}

struct Page<W> {
    out: W,
    options: Options,
    used: BTreeSet<char>,
}

fn plural(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The beginning of a text, safe to print.
fn clipped(text: &str, most: usize) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown.into_owned(),
    }
}

fn value_text(value: &Value, most: usize) -> String {
    let Some(text) = &value.text else { return "(not seen)".to_owned() };
    let shown = clipped(text, most);
    let form = if value.is_octets { "base64 " } else { "" };
    let length =
        if value.is_clipped || shown.ends_with('…') { format!(" ({} octets)", value.length) } else { String::new() };
    format!("{form}\"{shown}\"{length}")
}

impl<W: Write> Page<W> {
    fn style(&self, color: AnsiColor) -> Style {
        if self.options.color { color.on_default() } else { Style::new() }
    }

    fn head(&mut self, journal: &Journal, asked: &Asked) -> io::Result<()> {
        let sessions = journal.sessions();
        let numbers: Vec<String> = sessions.iter().take(6).map(|session| session.number.to_string()).collect();
        let more = if sessions.len() > numbers.len() { ", …" } else { "" };
        let which = match asked {
            Asked::At(None) => "as known in the end".to_owned(),
            Asked::At(Some(point)) => format!("as known at {point}"),
            Asked::Diff(from, to) => format!("from {from} to {to}"),
            Asked::Values(uri) => format!("values of {}", visible(uri)),
        };
        let bold = if self.options.color { Style::new().bold() } else { Style::new() };
        let name = visible(journal.device());
        let plain = plural(sessions.len(), "session");
        writeln!(self.out, "{bold}{name}{bold:#}  {plain} ({}{more}), {which}", numbers.join(", "))
    }

    fn mark(&mut self, mark: char) -> char {
        self.used.insert(mark);
        mark
    }

    fn sure(&mut self, certainty: Certainty) -> &'static str {
        match certainty {
            Certainty::Certain => "",
            Certainty::Inferred => {
                self.mark('~');
                "~"
            }
        }
    }

    fn tree(&mut self, journal: &Journal, point: Point, node: Option<&str>) -> io::Result<()> {
        let tree = journal.at(point);
        // The URI was looked at when the command line was read.
        let Ok(rows) = tree.rows_below(node.unwrap_or(".")) else { return Ok(()) };
        let mut any = false;
        let mut top = None;
        for row in rows {
            any = true;
            let top = *top.get_or_insert(row.depth);
            self.row(&row, row.depth.saturating_sub(top))?;
            if node.is_some() || self.options.detail == Detail::Verbose {
                self.facts(&row, row.depth.saturating_sub(top))?;
            }
        }
        if !any {
            let uri = visible(node.unwrap_or("."));
            writeln!(self.out, "  nothing is known of {uri}")?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row, depth: u32) -> io::Result<()> {
        let mark = match (row.existence, row.certainty) {
            (Existence::Absent, _) => self.mark('x'),
            (Existence::Unknown, _) if row.depth > 0 => self.mark('?'),
            (Existence::Present, Some(Certainty::Inferred)) => self.mark('~'),
            _ => ' ',
        };
        let mut name = visible(&row.name).into_owned();
        if row.kind == NodeKind::Interior && row.depth > 0 {
            name.push('/');
        }
        if row.kind == NodeKind::Interior && row.children_complete != Some(Certainty::Certain) {
            name.push(' ');
            name.push(self.mark('…'));
        }
        let indent = usize::try_from(depth).unwrap_or_default().saturating_mul(2);
        let color = self.style(match row.existence {
            Existence::Present if row.kind == NodeKind::Interior => AnsiColor::Cyan,
            Existence::Present => AnsiColor::White,
            _ => AnsiColor::Red,
        });
        write!(self.out, "{mark} {:indent$}{color}{name}{color:#}", "")?;
        if let Some(format) = row.format.as_ref().filter(|known| known.value != "node") {
            write!(self.out, "  {}", visible(&format.value))?;
        }
        if let Some(known) = &row.value {
            let sure = if mark == '~' { "" } else { self.sure(known.certainty) };
            write!(self.out, "  {sure}{}", value_text(&known.value, SHOWN))?;
        }
        if let Some(id) = &row.mo_id {
            write!(self.out, "  [{}]", visible(id))?;
        }
        if let Some(known) = &row.acl {
            let sure = if mark == '~' { "" } else { self.sure(known.certainty) };
            let acl = match known.value.as_str() {
                "" => self.mark('^').to_string(),
                text => visible(text).into_owned(),
            };
            write!(self.out, "  acl {sure}{acl}")?;
        }
        writeln!(self.out)
    }

    /// Who told each thing about a node.
    fn facts(&mut self, row: &Row, depth: u32) -> io::Result<()> {
        let indent = usize::try_from(depth).unwrap_or_default().saturating_mul(2).saturating_add(6);
        let dim = if self.options.color { Style::new().dimmed() } else { Style::new() };
        let mut lines = Vec::new();
        let mut add = |what: &str, text: String, certainty: Option<Certainty>, origin: Option<&Origin>| {
            let sure = if certainty == Some(Certainty::Inferred) { "inferred, " } else { "" };
            let from = origin.map_or_else(String::new, |origin| format!("  {sure}{}", shown_origin(origin)));
            lines.push(format!("{what} {text}{from}"));
        };
        let existence = match row.existence {
            Existence::Present => "there",
            Existence::Absent => "not there",
            Existence::Unknown => "not known",
        };
        add("is", existence.to_owned(), row.certainty, row.origin.as_ref());
        if let Some(known) = &row.value {
            add("value", value_text(&known.value, usize::MAX), Some(known.certainty), Some(&known.origin));
        }
        let texts: [(&str, &Option<Known<String>>); 3] =
            [("Format", &row.format), ("Type", &row.media_type), ("ACL", &row.acl)];
        let others = row.properties.iter().map(|(property, known)| (property.name(), known));
        for (what, known) in texts.into_iter().filter_map(|(what, known)| Some((what, known.as_ref()?))).chain(others) {
            let text = format!("\"{}\"", visible(&known.value));
            add(what, text, Some(known.certainty), Some(&known.origin));
        }
        for line in lines {
            writeln!(self.out, "  {:indent$}{dim}{line}{dim:#}", "")?;
        }
        Ok(())
    }

    fn diff(&mut self, all: &[Difference], node: Option<&str>) -> io::Result<()> {
        let mut any = false;
        for one in all.iter().filter(|one| is_within(&one.uri, node)) {
            any = true;
            let (sign, color) = match one.kind {
                DifferenceKind::Added => ('+', AnsiColor::Green),
                DifferenceKind::Found => ('·', AnsiColor::Cyan),
                DifferenceKind::Gone => ('-', AnsiColor::Red),
                DifferenceKind::Changed => ('*', AnsiColor::Yellow),
            };
            let color = self.style(color);
            let sure = one.certainty.map_or("", |certainty| self.sure(certainty));
            let from = one.origin.as_ref().map_or_else(String::new, |origin| format!("  {}", shown_origin(origin)));
            writeln!(self.out, "{color}{sign} {:<7}{color:#} {sure}{}{from}", one.kind.name(), visible(&one.uri))?;
            for shift in &one.shifts {
                self.shift(one, shift)?;
            }
        }
        if !any {
            writeln!(self.out, "  nothing differs")?;
        }
        Ok(())
    }

    fn shift(&mut self, one: &Difference, shift: &Shift) -> io::Result<()> {
        let what = match (shift.what, shift.property) {
            (_, Some(property)) => property.name(),
            (FactKind::Kind, _) => "kind",
            (FactKind::Format, _) => "Format",
            (FactKind::Type, _) => "Type",
            (FactKind::Acl, _) => "ACL",
            _ => "value",
        };
        let text = |text: &Option<String>| match text {
            Some(text) => format!("\"{}\"", clipped(text, SHOWN)),
            None => "not known".to_owned(),
        };
        let change = match one.kind {
            DifferenceKind::Changed => format!("{} → {}", text(&shift.before), text(&shift.after)),
            _ => text(&shift.after),
        };
        // Of a new node, everything has the same origin.
        let origin = shift.origin.as_ref().filter(|_| one.kind == DifferenceKind::Changed);
        let from = origin.map_or_else(String::new, |origin| format!("  {}", shown_origin(origin)));
        writeln!(self.out, "            {what}: {change}{from}")
    }

    /// The values of each node, a line for each time that one was told.
    fn values(&mut self, all: &[Readings], uri: &str) -> io::Result<()> {
        for one in all {
            let range = one.range().map_or_else(String::new, |(least, most)| format!("  {least} to {most}"));
            let color = self.style(AnsiColor::Cyan);
            writeln!(self.out, "  {color}{}{color:#}{}", visible(&one.uri), visible(&range))?;
            for reading in &one.readings {
                let sure = self.sure(reading.certainty);
                let value = match &reading.value {
                    Some(value) => value_text(value, SHOWN),
                    None => "(not there)".to_owned(),
                };
                let origin = shown_origin(&reading.origin);
                writeln!(self.out, "    {}  {sure}{value}  {origin}", visible(&reading.origin.time))?;
            }
        }
        if all.is_empty() {
            writeln!(self.out, "  no value of {}, or of a node below it, is known", visible(uri))?;
        }
        Ok(())
    }

    fn problems(&mut self, journal: &Journal) -> io::Result<()> {
        let all = journal.problems();
        for problem in all.iter().take(PROBLEMS) {
            let place = format!("session {}, message {}", problem.session, problem.message);
            writeln!(self.out, "! {place}: {} ({})", visible(&problem.text), problem.kind.name())?;
        }
        let left = u64::try_from(all.len().saturating_sub(PROBLEMS)).unwrap_or(u64::MAX);
        let left = left.saturating_add(journal.more_problems());
        if left > 0 {
            writeln!(self.out, "! {left} more; --format json lists them")?;
        }
        Ok(())
    }

    fn legend(&mut self) -> io::Result<()> {
        if self.used.is_empty() || self.options.detail == Detail::Quiet {
            return Ok(());
        }
        writeln!(self.out)?;
        for (mark, meaning) in LEGEND.iter().filter(|(mark, _)| self.used.contains(mark)) {
            writeln!(self.out, "{mark}  {meaning}")?;
        }
        Ok(())
    }
}

fn shown_origin(origin: &Origin) -> String {
    visible(&origin.to_string()).into_owned()
}
