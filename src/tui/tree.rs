//! The device's management tree as it became known: at any point, and what differs between two.

use super::keys::Action;
use super::line::{Line, Subject, Tone, wrapped};
use super::model::{Listing, Model, Screen};
use crate::tree::{Certainty, DifferenceKind, Existence, Journal, Known, NodeKind, Origin, Point, Row, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Characters of a value in the list; beside it all that is kept is shown.
const SHOWN: usize = 48;

/// The state of the screen.
#[derive(Debug, Clone)]
pub struct TreeView {
    /// What stands above it.
    pub title: String,
    /// Of when it is.
    pub moment: String,
    /// Its lines.
    pub list: Listing,
    journal: Rc<Journal>,
    places: Vec<Point>,
    /// Which of the places is shown; behind the last one, the end.
    at: usize,
    /// The place that is compared with.
    base: Option<usize>,
    comparing: bool,
    folded: BTreeSet<String>,
    rows: Vec<Row>,
}

/// Opens the tree of the device of the session that is looked at, at the place where one stands.
pub(super) fn show(model: &mut Model) {
    let line = model.current_session().and_then(|at| model.store.session(at)).cloned();
    let Some(line) = line else {
        model.say(Tone::Plain, "no session is selected");
        return;
    };
    let Some(journal) = model.store.journal(&line.device) else {
        model.say(Tone::Plain, "nothing became known of this device's tree");
        return;
    };
    let message = match model.screen() {
        Some(Screen::Timeline(view)) => view.spot().map(|spot| spot.message),
        Some(Screen::Message(view)) => Some(view.number),
        _ => None,
    };
    let wanted = Point { session: line.number, message: message.unwrap_or(u32::MAX) };
    let places: Vec<Point> = journal.places().collect();
    let at = places.partition_point(|place| *place <= wanted).saturating_sub(1);
    let mut view = TreeView {
        title: String::new(),
        moment: String::new(),
        list: Listing::default(),
        journal,
        places,
        at,
        base: None,
        comparing: false,
        folded: BTreeSet::new(),
        rows: Vec::new(),
    };
    view.rebuild();
    model.screens.push(Screen::Tree(view));
}

/// An action on it; gives the session and the message that a leaf was told in, where it is to be opened.
pub(super) fn update(model: &mut Model, view: &mut TreeView, action: Action) -> Option<(u32, u32)> {
    match action {
        Action::Following => view.at = view.at.saturating_add(1).min(view.places.len().saturating_sub(1)),
        Action::Preceding => view.at = view.at.saturating_sub(1),
        Action::Mark => {
            view.base = Some(view.at);
            let key = model.settings.keys.name_of(Action::Compare);
            model.say(
                Tone::Plain,
                format!("marked {}; go elsewhere with < and >, {key} shows what differs", view.point()),
            );
        }
        Action::Compare => {
            view.comparing = !view.comparing;
            if view.comparing && view.base.is_none() {
                // With what was before this place.
                view.base = Some(view.at.saturating_sub(1));
            }
        }
        Action::Open if view.selected().is_some_and(|row| row.children == 0) => {
            let origin = view
                .selected()
                .and_then(|row| row.value.as_ref().map(|value| value.origin.clone()).or_else(|| row.origin.clone()));
            if origin.is_none() {
                model.say(Tone::Plain, "no message tells of this node");
            }
            return origin.map(|origin| (origin.session, origin.message));
        }
        Action::Fold | Action::Open | Action::Left | Action::Right => {
            if let Some(row) = view.selected() {
                let uri = row.uri.clone();
                let fold = match action {
                    Action::Left => true,
                    Action::Right => false,
                    _ => !view.folded.contains(&uri),
                };
                if fold {
                    view.folded.insert(uri);
                } else {
                    view.folded.remove(&uri);
                }
            }
        }
        Action::FoldAll => {
            if view.folded.is_empty() {
                let inner = view.rows.iter().filter(|row| row.children > 0 && row.depth > 0);
                view.folded = inner.map(|row| row.uri.clone()).collect();
            } else {
                view.folded.clear();
            }
        }
        _ => return None,
    }
    view.rebuild();
    None
}

impl TreeView {
    /// Shows the tree again where differences are shown; whether they were.
    pub(super) fn end_comparing(&mut self) -> bool {
        let was = std::mem::take(&mut self.comparing);
        if was {
            self.rebuild();
        }
        was
    }

    fn point(&self) -> Point {
        self.places.get(self.at).copied().unwrap_or(Point::END)
    }

    fn selected(&self) -> Option<&Row> {
        match self.list.subject() {
            Subject::Element(at) => self.rows.get(usize::try_from(at).ok()?),
            _ => None,
        }
    }

    /// The URI of the selected node.
    pub fn uri(&self) -> Option<String> {
        self.selected().map(|row| row.uri.clone())
    }

    fn rebuild(&mut self) {
        let journal = Rc::clone(&self.journal);
        let point = self.point();
        let device = journal.device().to_owned();
        let step = format!("{}/{}", self.at.saturating_add(1).min(self.places.len()), self.places.len());
        let base = self.base.and_then(|at| self.places.get(at).copied()).filter(|_| self.comparing);
        let lines = match base {
            Some(base) => {
                let (from, to) = if base <= point { (base, point) } else { (point, base) };
                self.title = format!("Tree of {device}");
                self.moment = format!("what differs between {from} and {to}");
                self.rows.clear();
                differences(&journal, from, to)
            }
            None => {
                self.title = format!("Tree of {device}");
                self.moment = format!("at {point} ({step}; < > step through time)");
                self.rows = journal.at(point).rows().collect();
                self.lines()
            }
        };
        self.list.replace(lines);
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut hidden: Option<u32> = None;
        for (at, row) in (0..).zip(&self.rows) {
            if hidden.is_some_and(|depth| row.depth > depth) {
                continue;
            }
            hidden = None;
            let folded = self.folded.contains(&row.uri);
            if folded {
                hidden = Some(row.depth);
            }
            lines.push(line(row, folded).for_subject(Subject::Element(at)));
        }
        if lines.is_empty() {
            lines.push(Line::of(Tone::Dim, "nothing was known yet"));
        }
        lines
    }

    /// What is known of the selected node, and from where.
    pub fn told(&self, width: usize) -> Vec<Line> {
        let Some(row) = self.selected() else { return legend() };
        let mut lines = vec![Line::of(Tone::Strong, &row.uri)];
        let from = |sure: Certainty, origin: &Origin| {
            let inferred = if sure == Certainty::Inferred { "~ inferred, " } else { "" };
            format!("{inferred}{}", told_by(origin))
        };
        if let Some(value) = &row.value {
            let text = value.value.text.as_deref().unwrap_or("(not seen)");
            lines.push(Line::of(Tone::Dim, "Value"));
            lines.extend(wrapped(Tone::Value, "  ", &format!("{text} ({} octets)", value.value.length), width));
            lines.extend(wrapped(Tone::Dim, "  ", &from(value.certainty, &value.origin), width));
        }
        let there = match row.existence {
            Existence::Present => "is there",
            Existence::Absent => "is not there",
            Existence::Unknown => "may be there",
        };
        let mut fact = |name: &str, text: &str, sure: Option<Certainty>, origin: Option<&Origin>| {
            lines.push(Line::of(Tone::Dim, name));
            lines.extend(wrapped(Tone::Value, "  ", text, width));
            let mut from = Vec::new();
            from.extend(sure.filter(|sure| *sure == Certainty::Inferred).map(|_| "~ inferred".to_owned()));
            from.extend(origin.map(told_by));
            if !from.is_empty() {
                lines.extend(wrapped(Tone::Dim, "  ", &from.join(", "), width));
            }
        };
        fact("Existence", there, row.certainty, row.origin.as_ref());
        let mut known = |name: &str, known: Option<&Known<String>>| {
            if let Some(known) = known {
                fact(name, &known.value, Some(known.certainty), Some(&known.origin));
            }
        };
        known("Format", row.format.as_ref());
        known("Type", row.media_type.as_ref());
        known("ACL", row.acl.as_ref());
        for (property, value) in &row.properties {
            known(property.name(), Some(value));
        }
        if let Some(id) = &row.mo_id {
            fact("Management object", id, None, None);
        }
        lines
    }
}

fn told_by(origin: &Origin) -> String {
    let command = origin.command.map(|command| format!(" ({})", command.name())).unwrap_or_default();
    format!(
        "{}{command}: session {}, message {}, {}",
        origin.teller.text(),
        origin.session,
        origin.message,
        origin.time
    )
}

/// What the signs before a node mean.
pub(super) fn legend() -> Vec<Line> {
    [
        ("~", "inferred: of an earlier session, or something after it may have changed it"),
        ("x", "known not to be there"),
        ("?", "whether it is there is not known"),
        ("…", "more children may be there"),
    ]
    .into_iter()
    .map(|(sign, meaning)| Line::of(Tone::Key, format!("{sign} ")).and(Tone::Dim, meaning))
    .collect()
}

fn line(row: &Row, folded: bool) -> Line {
    let (tone, mark) = match (row.existence, row.certainty) {
        (Existence::Absent, _) => (Tone::Error, 'x'),
        (Existence::Unknown, _) if row.depth > 0 => (Tone::Dim, '?'),
        (Existence::Present, Some(Certainty::Inferred)) => (Tone::Dim, '~'),
        _ => (Tone::Plain, ' '),
    };
    let depth = usize::try_from(row.depth).unwrap_or(usize::MAX).min(40);
    let sign = match (row.children, folded) {
        (0, _) => ' ',
        (_, true) => '▸',
        (_, false) => '▾',
    };
    let mut line = Line::of(tone, format!("{mark} "));
    line.push(Tone::Dim, format!("{}{sign} ", "  ".repeat(depth)));
    let is_interior = row.kind == NodeKind::Interior;
    let name = if row.existence == Existence::Absent {
        Tone::Error
    } else if is_interior {
        Tone::Tag
    } else {
        Tone::Plain
    };
    line.push(name, &row.name);
    if is_interior && row.depth > 0 {
        line.push(name, "/");
    }
    if is_interior && row.children_complete != Some(Certainty::Certain) {
        line.push(Tone::Dim, " …");
    }
    if let Some(value) = &row.value {
        line.push(Tone::Dim, " = ");
        line.push(Tone::Value, short(&value.value));
    }
    let mut facts = Vec::new();
    facts.extend(row.format.as_ref().map(|format| format.value.clone()));
    facts.extend(row.mo_id.clone());
    facts.extend(row.acl.as_ref().filter(|acl| !acl.value.is_empty()).map(|acl| format!("ACL {}", acl.value)));
    if !facts.is_empty() {
        line.push(Tone::Dim, format!("  {}", facts.join(" · ")));
    }
    line
}

fn short(value: &Value) -> String {
    match &value.text {
        Some(text) => super::line::cut(text, SHOWN),
        None => "(not seen)".to_owned(),
    }
}

fn differences(journal: &Journal, from: Point, to: Point) -> Vec<Line> {
    let mut lines = Vec::new();
    for difference in journal.diff(from, to) {
        let (tone, sign) = match difference.kind {
            DifferenceKind::Added => (Tone::Good, "+ added  "),
            DifferenceKind::Found => (Tone::Info, "+ found  "),
            DifferenceKind::Gone => (Tone::Error, "- gone   "),
            DifferenceKind::Changed => (Tone::Warning, "~ changed"),
        };
        let mut head = Line::of(tone, format!("{sign} ")).and(Tone::Strong, &difference.uri);
        if let Some(origin) = &difference.origin {
            head.push(Tone::Dim, format!("  session {}, message {}", origin.session, origin.message));
        }
        lines.push(head);
        for shift in &difference.shifts {
            let name =
                shift.property.map_or_else(|| format!("{:?}", shift.what), |property| property.name().to_owned());
            let side = |side: &Option<String>| {
                side.as_deref().map_or("unknown".to_owned(), |text| super::line::cut(text, SHOWN))
            };
            lines.push(
                Line::of(Tone::Dim, format!("    {name}: "))
                    .and(Tone::Value, side(&shift.before))
                    .and(Tone::Dim, " → ")
                    .and(Tone::Value, side(&shift.after)),
            );
        }
    }
    if lines.is_empty() {
        lines.push(Line::of(Tone::Dim, "nothing differs"));
    }
    lines
}
