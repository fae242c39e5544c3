//! The octets of a message in rows, and which element is whose.

use super::MessageView;
use crate::base::Span;
use crate::markup::NodeId;
use crate::syncml::{Document, Message};
use crate::tui::line::{Line, Tone};
use crate::wbxml;

/// Octets of a row of plain octets where there is room, and where there is not.
pub(super) const PLAIN_ROW: usize = 16;
const NARROW_ROW: usize = 8;
/// Octets of a row with what each of them means.
const ANNOTATED_ROW: usize = 8;
/// From this width on, long rows stand beside the XML.
const WIDE: u16 = 160;

/// A row of octets and what it is.
#[derive(Debug, Clone)]
pub(super) struct OctetRow {
    span: Span,
    text: String,
    tone: Tone,
}

/// Columns of a row: place, octets, characters.
const fn columns(in_row: usize) -> usize {
    in_row.saturating_mul(4).saturating_add(9)
}

/// Columns for the octets beside the XML on a terminal of a width, with a bar at their right.
pub fn beside(view: &MessageView, width: u16) -> u16 {
    if view.is_annotated() {
        return u16::try_from(u32::from(width).saturating_mul(45) / 100).unwrap_or(width);
    }
    let in_row = if width >= WIDE { PLAIN_ROW } else { NARROW_ROW };
    u16::try_from(columns(in_row).saturating_add(1)).unwrap_or(width)
}

/// Rows of plain octets, so many in each.
fn plain(body: &[u8], in_row: usize) -> Vec<OctetRow> {
    let shown = |octet: &u8| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '.' };
    let row = |(number, chunk): (usize, &[u8])| {
        let start = number.saturating_mul(in_row);
        let span = Span::new(start, start.saturating_add(chunk.len()));
        OctetRow { span, text: chunk.iter().map(shown).collect(), tone: Tone::Plain }
    };
    body.chunks(in_row.max(1)).enumerate().map(row).collect()
}

/// Rows of WBXML with what each octet means.
fn annotated(body: &[u8]) -> Vec<OctetRow> {
    let mut rows = Vec::new();
    for line in wbxml::annotate(body, wbxml::Hint::NONE) {
        let (start, end) = (line.span.start as usize, line.span.end as usize);
        let indent = " ".repeat(line.depth.min(20));
        let mut text = format!("{indent}{} {}", line.token, line.text);
        let mut at = start;
        while at < end {
            let next = at.saturating_add(ANNOTATED_ROW).min(end);
            rows.push(OctetRow { span: Span::new(at, next), text: std::mem::take(&mut text), tone: Tone::Plain });
            at = next;
        }
    }
    rows
}

impl MessageView {
    /// Whether its octets are told one by one.
    fn is_annotated(&self) -> bool {
        matches!(self.decoded.as_ref().map(Message::document), Some(Document::Wbxml(_)))
    }

    pub(super) fn read_octets(&mut self) {
        self.octets = if self.is_annotated() { annotated(&self.body) } else { plain(&self.body, self.in_row) };
    }

    /// Rows of octets.
    pub fn octet_rows(&self) -> usize {
        self.octets.len()
    }

    /// A row of octets; those of the selected element are set off.
    pub fn octet_line(&self, at: usize) -> Option<Line> {
        let columns = if self.is_annotated() { ANNOTATED_ROW } else { self.in_row };
        Some(self.drawn(self.octets.get(at)?, columns, self.span()))
    }

    /// All octets, in long rows whatever the terminal.
    pub fn dump(&self) -> Vec<Line> {
        if self.is_annotated() {
            return self.octets.iter().map(|row| self.drawn(row, ANNOTATED_ROW, None)).collect();
        }
        plain(&self.body, PLAIN_ROW).iter().map(|row| self.drawn(row, PLAIN_ROW, None)).collect()
    }

    fn drawn(&self, row: &OctetRow, columns: usize, chosen: Option<Span>) -> Line {
        let mut line = Line::of(Tone::Dim, format!("{:06x}  ", row.span.start));
        let octets = row.span.of(&self.body);
        let mut any = false;
        for (at, octet) in (row.span.start..).zip(octets) {
            let is_chosen = chosen.is_some_and(|span| (span.start..span.end).contains(&at));
            any |= is_chosen;
            line.push(if is_chosen { Tone::Key } else { Tone::Plain }, format!("{octet:02x} "));
        }
        let missing = columns.saturating_sub(octets.len());
        line.push(Tone::Plain, " ".repeat(missing.saturating_mul(3).saturating_add(1)));
        line.push(if any { Tone::Key } else { row.tone }, &row.text);
        line
    }

    /// Rows that fit into a pane of a width.
    pub fn fit_octets(&mut self, width: usize) {
        let in_row = if width >= columns(PLAIN_ROW) { PLAIN_ROW } else { NARROW_ROW };
        if in_row != self.in_row {
            self.in_row = in_row;
            self.read_octets();
            self.followed = usize::MAX;
            self.follow_octets();
        }
    }

    /// Brings the octets of the selected element into sight.
    pub fn follow_octets(&mut self) {
        let Some(span) = self.span() else { return };
        let last = self.octets.len().saturating_sub(1);
        let at = self.octets.partition_point(|row| row.span.end <= span.start).min(last);
        if at != self.followed {
            self.followed = at;
            self.octet_cursor.lead(at);
        }
    }

    /// Selects the element that the selected row of octets belongs to, once one has moved to it: the selected one where some of
    /// its own octets are in the row, or else the first that begins there, or else the innermost around it.
    pub fn follow_xml(&mut self) {
        let at = self.octet_cursor.at;
        if at == self.followed {
            return;
        }
        self.followed = at;
        let (Some(row), Some(decoded)) = (self.octets.get(at).map(|row| row.span), &self.decoded) else { return };
        let near: Vec<(usize, NodeId, Span)> = (0..)
            .zip(&self.shown)
            .filter_map(|(position, index)| {
                let node = self.lines.get(*index)?.node?;
                let span = decoded.span(node);
                (span.start < row.end && row.start < span.end).then_some((position, node, span))
            })
            .collect();
        let length = |span: &Span| span.end.saturating_sub(span.start);
        // Of those with the same octets the first line: that is where the element begins.
        let owner = |octet: u32| {
            near.iter()
                .filter(|(.., span)| (span.start..span.end).contains(&octet))
                .min_by_key(|(.., span)| length(span))
        };
        let current = self.node();
        let mut owners = (row.start..row.end).filter_map(owner);
        if owners.any(|(_, node, _)| Some(*node) == current) {
            return;
        }
        let begins = near.iter().filter(|(.., span)| row.start <= span.start).min_by_key(|(.., span)| span.start);
        if let Some((position, ..)) = begins.or_else(|| owner(row.start)) {
            self.cursor.go(*position);
        }
    }
}
