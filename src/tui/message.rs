//! One message: as XML, as octets, and with the head of HTTP around it. What is selected in one is marked in the other.

mod octets;

use super::cursor::Cursor;
use super::line::{Line, Subject, Tone};
use super::model::Listing;
use super::timeline::{close, message};
use crate::base::{Direction, Span};
use crate::markup::{NodeId, Tag};
use crate::syncml::xml::write_pretty_with_positions;
use crate::syncml::{MediaType, Message, decode};
use crate::verdict::{CarriedLine, FindingReport, MessageReport, OpenSession};
use octets::OctetRow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub use octets::beside;

/// What of a message is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// Indented XML.
    #[default]
    Xml,
    /// Its octets.
    Octets,
    /// The head of HTTP.
    Head,
}

impl Part {
    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::Xml => Self::Octets,
            Self::Octets => Self::Head,
            Self::Head => Self::Xml,
        }
    }
}

/// A line of the indented XML, or what is said below one.
#[derive(Debug, Clone)]
struct XmlLine {
    line: Line,
    /// The first node that begins in it, or that ends with it.
    node: Option<NodeId>,
    /// The last line of what can be folded into this one; itself where nothing can.
    until: usize,
}

/// The state of the screen.
#[derive(Debug)]
pub struct MessageView {
    /// Position of the session in the store.
    pub session: u32,
    /// Number of the message.
    pub number: u32,
    /// The session.
    pub open: Rc<OpenSession>,
    /// What of it is looked at.
    pub part: Part,
    /// Where one is in the XML: a position among [`MessageView::shown`].
    pub cursor: Cursor,
    /// Lines that are not folded away.
    pub shown: Vec<usize>,
    /// Where one is in the octets.
    pub octet_cursor: Cursor,
    /// The head of HTTP.
    pub head: Listing,
    lines: Vec<XmlLine>,
    folded: BTreeSet<usize>,
    octets: Vec<OctetRow>,
    /// Octets of a row.
    in_row: usize,
    /// The row of octets that the selected element was found for, or that was found for it.
    followed: usize,
    decoded: Option<Message>,
    body: Vec<u8>,
}

impl MessageView {
    /// Opens a message.
    pub fn new(session: u32, open: Rc<OpenSession>, number: u32) -> Self {
        let body = open.carrier(number).map(|carried| carried.body.clone()).unwrap_or_default();
        let decoded = decode(body.clone(), MediaType::Missing).ok();
        let mut view = Self {
            session,
            number,
            part: Part::default(),
            cursor: Cursor::default(),
            shown: Vec::new(),
            octet_cursor: Cursor::default(),
            head: Listing::default(),
            lines: Vec::new(),
            folded: BTreeSet::new(),
            octets: Vec::new(),
            in_row: octets::PLAIN_ROW,
            followed: usize::MAX,
            decoded,
            body,
            open,
        };
        view.read_text();
        view.read_octets();
        view.read_head();
        view.unfold();
        view
    }

    /// Its row in the report.
    pub fn row(&self) -> Option<&MessageReport<'static>> {
        message(&self.open, self.number)
    }

    /// The decoded message, where something could be decoded and octets may be seen.
    pub fn decoded(&self) -> Option<&Message> {
        self.decoded.as_ref()
    }

    /// Its octets.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether its octets are there.
    pub fn has_octets(&self) -> bool {
        !self.body.is_empty()
    }

    fn findings(&self) -> impl Iterator<Item = (u32, &FindingReport<'static>)> + '_ {
        (0..).zip(&self.open.findings).filter(|(_, finding)| finding.message == Some(self.number))
    }

    /// At which node each finding is.
    fn places(&self) -> BTreeMap<NodeId, Vec<u32>> {
        let mut places: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
        let Some(decoded) = &self.decoded else { return places };
        let mut wanted: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (at, finding) in self.findings() {
            if let Some(element) = finding.element.as_deref() {
                wanted.entry(element).or_default().push(at);
            }
        }
        if wanted.is_empty() {
            return places;
        }
        for id in decoded.tree().ids() {
            if decoded.tree().name(id).is_empty() {
                continue;
            }
            if let Some(found) = wanted.get(decoded.path(id).as_str()) {
                places.entry(id).or_default().extend(found);
            }
        }
        places
    }

    fn read_text(&mut self) {
        let (text, nodes) = match &self.decoded {
            Some(decoded) => write_pretty_with_positions(decoded.tree()),
            None => (String::new(), Vec::new()),
        };
        let places = self.places();
        let mut by_line: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
        for (id, place) in nodes {
            by_line.entry(place.line).or_default().push(id);
        }
        let mut lines = Vec::new();
        let mut told = BTreeSet::new();
        // Where blocks begin that have not ended: indentation and position.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (number, text) in (1..).zip(text.lines()) {
            let here = by_line.remove(&number).unwrap_or_default();
            let found: Vec<u32> = here.iter().filter_map(|id| places.get(id)).flatten().copied().collect();
            let indent = text.len().saturating_sub(text.trim_start().len());
            let at = lines.len();
            let mut node = here.first().copied();
            if text.trim_start().starts_with("</") {
                while let Some((level, begin)) = open.pop_if(|(level, _)| *level >= indent) {
                    if level == indent
                        && let Some(line) = lines.get_mut(begin)
                    {
                        let line: &mut XmlLine = line;
                        line.until = at;
                        // The end of an element is the element's.
                        node = node.or(line.node);
                    }
                }
            } else if text.trim_start().starts_with('<') && !text.contains("</") && !text.trim_end().ends_with("/>") {
                open.push((indent, at));
            }
            let worst = found.iter().filter_map(|at| self.finding(*at)).filter(|finding| finding.waived.is_none());
            let worst = worst.map(|finding| finding.severity).max();
            lines.push(XmlLine { line: marked_up(number, text, worst.map(Tone::of)), node, until: at });
            for at in found {
                if told.insert(at) {
                    lines.extend(self.note(at));
                }
            }
        }
        // What has no element stands above everything.
        let rest: Vec<u32> = self.findings().map(|(at, _)| at).filter(|at| !told.contains(at)).collect();
        let above: Vec<XmlLine> = rest.into_iter().filter_map(|at| self.note(at)).collect();
        let moved = above.len();
        for line in &mut lines {
            line.until = line.until.saturating_add(moved);
        }
        lines.splice(0..0, above);
        for (at, line) in lines.iter_mut().enumerate() {
            line.until = line.until.max(at);
        }
        if lines.is_empty() {
            let text = match self.has_octets() {
                true => "Nothing of this message could be decoded; Tab shows its octets.",
                false => "This message is not shown.",
            };
            lines.push(XmlLine { line: Line::of(Tone::Open, text), node: None, until: 0 });
        }
        self.lines = lines;
    }

    fn finding(&self, at: u32) -> Option<&FindingReport<'static>> {
        self.open.findings.get(usize::try_from(at).ok()?)
    }

    /// A finding in one line.
    fn note(&self, at: u32) -> Option<XmlLine> {
        let finding = self.finding(at)?;
        let tone = if finding.waived.is_some() { Tone::Dim } else { Tone::of(finding.severity) };
        let letter = if finding.waived.is_some() { '–' } else { finding.severity.letter() };
        let line =
            Line::of(tone, format!("   ▲ {letter} {} ({}): {}", finding.rule, finding.role.name(), finding.text));
        Some(XmlLine { line: line.for_subject(Subject::Finding(self.session, at)), node: None, until: 0 })
    }

    fn read_head(&mut self) {
        let close = close(&self.open, self.number);
        let mut lines = Vec::new();
        if let Some(close) = close {
            if !close.carried.is_empty() {
                lines.push(Line::of(Tone::Dim, &*close.carried));
                lines.push(Line::new());
            }
            if let Some(carrier) = self.open.carrier(self.number) {
                let version = &carrier.version;
                let first = match &carrier.line {
                    CarriedLine::Request { method, target } => format!("{method} {target} {version}"),
                    CarriedLine::Response { status, reason } => format!("{version} {status} {reason}"),
                };
                lines.push(Line::of(Tone::Strong, first.trim_end()));
                for header in &carrier.headers {
                    let line = Line::of(Tone::Tag, &header.name).and(Tone::Dim, ": ");
                    lines.push(line.and(Tone::Value, &header.value));
                }
            }
            for line in &close.bare {
                lines.push(Line::new());
                lines.push(Line::of(Tone::Open, format!("answered by: {line}")));
            }
        }
        if lines.is_empty() {
            lines.push(Line::of(Tone::Dim, "no head of HTTP was kept"));
        }
        self.head = Listing::new(lines);
    }

    fn unfold(&mut self) {
        self.shown.clear();
        let mut at = 0;
        while let Some(line) = self.lines.get(at) {
            self.shown.push(at);
            at = match self.folded.contains(&at) {
                true => line.until.max(at).saturating_add(1),
                false => at.saturating_add(1),
            };
        }
    }

    /// The line at a position among those shown.
    pub fn line(&self, position: usize) -> Option<Line> {
        let at = *self.shown.get(position)?;
        let line = self.lines.get(at)?;
        if !self.folded.contains(&at) {
            return Some(line.line.clone());
        }
        let hidden = line.until.saturating_sub(at);
        Some(line.line.clone().and(Tone::Dim, format!(" … {hidden} lines")))
    }

    /// The selected node.
    pub fn node(&self) -> Option<NodeId> {
        let at = *self.shown.get(self.cursor.at)?;
        // A finding's line belongs to the element above it.
        self.lines.get(..=at)?.iter().rev().find_map(|line| line.node)
    }

    /// What the selected line stands for.
    pub fn subject(&self) -> Subject {
        let line = self.shown.get(self.cursor.at).and_then(|at| self.lines.get(*at));
        line.map(|line| line.line.subject.clone()).unwrap_or_default()
    }

    /// The octets of the selected node.
    pub fn span(&self) -> Option<Span> {
        Some(self.decoded.as_ref()?.span(self.node()?))
    }

    /// Folds or unfolds the selected element.
    pub fn fold(&mut self) {
        let Some(at) = self.shown.get(self.cursor.at).copied() else { return };
        if self.lines.get(at).is_some_and(|line| line.until > at) && !self.folded.remove(&at) {
            self.folded.insert(at);
        }
        self.unfold();
    }

    /// Folds everything below SyncHdr and SyncBody, or unfolds everything.
    pub fn fold_all(&mut self) {
        if self.folded.is_empty() {
            let indents = |line: &XmlLine| line.line.text().chars().skip(5).take_while(|ch| *ch == ' ').count();
            let blocks = self.lines.iter().enumerate().filter(|(at, line)| line.until > *at && indents(line) >= 4);
            self.folded = blocks.map(|(at, _)| at).collect();
        } else {
            self.folded.clear();
        }
        self.unfold();
        self.cursor.at = self.cursor.at.min(self.shown.len().saturating_sub(1));
    }

    /// Selects a command of the message by its position.
    pub fn select_command(&mut self, command: u32) {
        let node = self
            .decoded
            .as_ref()
            .and_then(|message| message.commands.get(usize::try_from(command).ok()?).map(|command| command.node));
        if let Some(node) = node {
            self.select_node(node);
        }
    }

    /// Selects the first element of a name.
    pub fn select_tag(&mut self, tag: Tag) {
        let found = self.decoded.as_ref().and_then(|message| {
            let tree = message.tree();
            tree.ids().find(|id| tree.tag(*id) == Some(tag))
        });
        if let Some(node) = found {
            self.select_node(node);
        }
    }

    /// Selects an element by its path from the root.
    pub fn select_path(&mut self, path: &str) {
        let found = self.decoded.as_ref().and_then(|message| {
            let tree = message.tree();
            tree.ids().find(|id| !tree.name(*id).is_empty() && message.path(*id) == path)
        });
        if let Some(node) = found {
            self.select_node(node);
        }
    }

    /// Whether the selected element is one of that name, or stands in one.
    pub fn is_within(&self, tag: Tag) -> bool {
        let (Some(decoded), Some(node)) = (&self.decoded, self.node()) else { return false };
        std::iter::successors(Some(node), |node| decoded.tree().parent(*node))
            .any(|node| decoded.tree().tag(node) == Some(tag))
    }

    /// The lines of an element as indented XML, no more than so many.
    pub fn excerpt(&self, path: &str, most: usize) -> Vec<String> {
        let Some(decoded) = &self.decoded else { return Vec::new() };
        let (text, nodes) = write_pretty_with_positions(decoded.tree());
        let is_it = |id: NodeId| !decoded.tree().name(id).is_empty() && decoded.path(id) == path;
        let Some((_, place)) = nodes.into_iter().find(|(id, _)| is_it(*id)) else { return Vec::new() };
        let indent = |line: &str| line.len().saturating_sub(line.trim_start().len());
        let mut lines = Vec::new();
        let mut level = None;
        for line in text.lines().skip(place.line.saturating_sub(1)) {
            let begins = *level.get_or_insert(indent(line));
            if !lines.is_empty()
                && (indent(line) < begins || indent(line) == begins && !line.trim_start().starts_with("</"))
            {
                break;
            }
            if lines.len() >= most {
                lines.push("…".to_owned());
                break;
            }
            let ends = !lines.is_empty() && indent(line) == begins;
            lines.push(line.get(begins..).unwrap_or_default().to_owned());
            if ends {
                break;
            }
        }
        lines
    }

    fn select_node(&mut self, node: NodeId) {
        let position = self.shown.iter().position(|at| self.lines.get(*at).is_some_and(|line| line.node == Some(node)));
        if let Some(position) = position {
            self.cursor.go(position);
        }
    }

    /// Selects a finding.
    pub fn select_finding(&mut self, at: u32) {
        let wanted = Subject::Finding(self.session, at);
        let position =
            self.shown.iter().position(|at| self.lines.get(*at).is_some_and(|line| line.line.subject == wanted));
        if let Some(position) = position {
            self.cursor.go(position);
        }
    }

    /// Goes to the next finding, or the one before.
    pub fn step_finding(&mut self, forward: bool) -> bool {
        let is_finding = |position: &usize| {
            let line = self.shown.get(*position).and_then(|at| self.lines.get(*at));
            line.is_some_and(|line| matches!(line.line.subject, Subject::Finding(..)))
        };
        let at = self.cursor.at;
        let found = match forward {
            true => (at.saturating_add(1)..self.shown.len()).find(is_finding),
            false => (0..at).rev().find(is_finding),
        };
        if let Some(found) = found {
            self.cursor.go(found);
        }
        found.is_some()
    }

    /// The next finding of a message behind this one, or the last of one before: the message, and the position of the finding.
    pub fn beyond(&self, forward: bool) -> Option<(u32, u32)> {
        let placed = (0..).zip(&self.open.findings).filter_map(|(at, finding)| Some((finding.message?, at)));
        match forward {
            true => placed.filter(|(message, _)| *message > self.number).min(),
            false => placed.filter(|(message, _)| *message < self.number).max(),
        }
    }

    /// The command in which the selected element stands: its position.
    pub fn command(&self) -> Option<u32> {
        let decoded = self.decoded.as_ref()?;
        let node = self.node()?;
        let around = std::iter::successors(Some(node), |node| decoded.tree().parent(*node));
        for node in around {
            if let Some(at) = decoded.commands.iter().position(|command| command.node == node) {
                return u32::try_from(at).ok();
            }
        }
        None
    }

    /// The text in the selected element; octets where it holds some.
    pub fn value(&self) -> Option<Vec<u8>> {
        let decoded = self.decoded.as_ref()?;
        let node = self.node()?;
        let octets = decoded.tree().content_bytes(node);
        let octets = if octets.is_empty() { decoded.tree().text(node).as_bytes() } else { octets };
        (!octets.is_empty()).then(|| octets.to_vec())
    }

    /// The name of the selected element.
    pub fn element(&self) -> Option<String> {
        let name = self.decoded.as_ref()?.tree().name(self.node()?);
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The title line.
    pub fn heading(&self) -> Line {
        let Some(row) = self.row() else { return Line::new() };
        let (tone, way) = match row.direction {
            Direction::DeviceToServer => (Tone::Device, "device → server"),
            Direction::ServerToDevice => (Tone::Server, "server → device"),
        };
        let part = |part: Part, name: &str| match self.part == part {
            true => (Tone::Key, format!("[{name}]")),
            false => (Tone::Dim, format!(" {name} ")),
        };
        let mut line = Line::of(Tone::Heading, format!("Session {} message {} ", self.open.session.index, row.index));
        line.push(tone, way);
        line.push(Tone::Plain, " ");
        for (part, name) in [part(Part::Xml, "XML"), part(Part::Octets, "octets"), part(Part::Head, "HTTP")] {
            line.push(part, name);
        }
        let package = row.package.map_or("?".to_owned(), |package| package.to_string());
        line.push(Tone::Dim, format!("  package {package} · {} {}", row.encoding, super::timeline::size(row.bytes)));
        line
    }
}

/// A line of XML with its number; tags are set off from values.
fn marked_up(number: usize, text: &str, worst: Option<Tone>) -> Line {
    let mut line = Line::of(worst.unwrap_or(Tone::Dim), format!("{number:>4} "));
    let indent = text.len().saturating_sub(text.trim_start().len());
    line.push(Tone::Plain, text.get(..indent).unwrap_or_default());
    let mut rest = text.get(indent..).unwrap_or_default();
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        line.push(worst.unwrap_or(Tone::Value), before);
        let end = tag.find('>').map_or(tag.len(), |end| end.saturating_add(1));
        let (tag, after) = tag.split_at_checked(end).unwrap_or((tag, ""));
        line.push(if tag.starts_with("<!--") { Tone::Dim } else { Tone::Tag }, tag);
        rest = after;
    }
    line.push(worst.unwrap_or(Tone::Value), rest);
    line
}
