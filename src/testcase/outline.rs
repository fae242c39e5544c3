//! Where things stand in a file: its lists, maps and values with their places.

use super::load::Fault;
use crate::base::Limits;
use granit_parser::{Event, Parser};

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
}

/// The lists, maps and values of a file.
#[derive(Debug, Clone)]
pub struct Outline {
    root: Node,
}

#[derive(Debug, Clone)]
struct Node {
    place: Place,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Value(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Lines of a file that can be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// The key of the file, where it is one as a whole.
    pub(super) key: Option<String>,
    /// The first line, counted from 1.
    pub(super) from: u32,
    /// The line behind the last one; `None` for the end of the file.
    pub(super) to: Option<u32>,
}

/// A list or a map that is not at its end yet.
struct Open {
    node: Node,
    /// Of a map: the key whose value comes.
    key: Option<Node>,
}

impl Outline {
    /// Outlines a text, and refuses what no file may have.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        let (mut documents, mut nodes) = (0u32, 0usize);
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let mark = error.marker();
                let what = error.to_string();
                let what = what.split(" at byte ").next().unwrap_or_default();
                let what = what.split(" at line ").next().unwrap_or_default();
                Fault::new(Some(place(mark.line(), mark.col())), format!("not YAML: {what}"))
            })?;
            let at = place(span.start.line(), span.start.col());
            refuse(&event, at)?;
            let done = match event {
                Event::DocumentStart(..) => {
                    documents = documents.saturating_add(1);
                    if documents > 1 {
                        return Err(
                            Fault::new(Some(at), "a second document in one file").mend("one file, one document")
                        );
                    }
                    None
                }
                Event::Scalar(text, ..) => Some(Node { place: at, content: Content::Value(text.into_owned()) }),
                Event::SequenceStart(..) => {
                    open.push(Open { node: Node { place: at, content: Content::List(Vec::new()) }, key: None });
                    None
                }
                Event::MappingStart(..) => {
                    open.push(Open { node: Node { place: at, content: Content::Map(Vec::new()) }, key: None });
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
                _ => None,
            };
            if open.len() > Limits::CASE_DEPTH {
                let what = format!("lists and maps are nested too deep; the limit is {}", Limits::CASE_DEPTH);
                return Err(Fault::new(Some(at), what));
            }
            let Some(node) = done else { continue };
            nodes = nodes.saturating_add(1);
            if nodes > Limits::CASE_NODES {
                return Err(Fault::new(Some(at), format!("more than {} values in one file", Limits::CASE_NODES)));
            }
            match open.last_mut() {
                None => root = Some(node),
                Some(parent) => parent.take(node)?,
            }
        }
        root.map(|root| Self { root }).ok_or_else(|| Fault::new(None, "the file is empty"))
    }

    /// The place of what a path leads to: keys of maps, and numbers in lists, counted from 0. A number that finds no list is
    /// passed over, because a list of one may be written without its brackets. Where the path ends early, its last place.
    pub fn value(&self, path: &[String]) -> Place {
        self.walk(path).1
    }

    /// The place of the key that a path ends with.
    pub fn entry(&self, path: &[String]) -> Place {
        self.walk(path).0
    }

    fn walk(&self, path: &[String]) -> (Place, Place) {
        let (mut key, mut node) = (self.root.place, &self.root);
        for name in path {
            match &node.content {
                Content::Map(entries) => {
                    let found =
                        entries.iter().find(|(key, _)| matches!(&key.content, Content::Value(text) if text == name));
                    let Some((found, value)) = found else {
                        if name.parse::<usize>().is_ok() {
                            continue;
                        }
                        return (key, node.place);
                    };
                    (key, node) = (found.place, value);
                }
                Content::List(items) => match name.parse::<usize>().ok().and_then(|index| items.get(index)) {
                    Some(item) => (key, node) = (item.place, item),
                    None => return (key, node.place),
                },
                Content::Value(_) if name.parse::<usize>().is_ok() => {}
                Content::Value(_) => return (key, node.place),
            }
        }
        (key, node.place)
    }

    /// Whether the file has a key.
    pub(super) fn has(&self, key: &str) -> bool {
        let Content::Map(entries) = &self.root.content else { return false };
        entries.iter().any(|(found, _)| found.is(key))
    }

    /// The key whose value stands at a place, or that stands there itself, and what its value is where that is a single one.
    pub(super) fn at(&self, place: Place) -> Option<(&str, Option<&str>)> {
        let mut todo = vec![&self.root];
        let mut found = None;
        while let Some(node) = todo.pop() {
            match &node.content {
                Content::Value(_) => {}
                Content::List(items) => todo.extend(items),
                Content::Map(entries) => {
                    for (key, value) in entries {
                        if let Content::Value(name) = &key.content
                            && (key.place == place || value.place == place)
                        {
                            let single =
                                if let Content::Value(text) = &value.content { Some(text.as_str()) } else { None };
                            found = Some((name.as_str(), single));
                        }
                        todo.push(value);
                    }
                }
            }
        }
        found
    }

    /// What has to be left out of a file so that a place in it is gone: a step of several, or a key with its value. `None` where that
    /// shares its lines with something else.
    pub(super) fn unit(&self, at: Place) -> Option<Unit> {
        let Content::Map(entries) = &self.root.content else { return None };
        let after = entries.iter().position(|(key, _)| key.place > at);
        let (key, value) = entries.get(after.unwrap_or(entries.len()).checked_sub(1)?)?;
        let end = after.and_then(|after| entries.get(after)).map(|(key, _)| key.place.line);
        if let Content::List(items) = &value.content
            && (key.is("flow") || key.is("given"))
            && items.len() > 1
            && items.first().is_some_and(|first| first.place <= at)
        {
            let after = items.iter().position(|item| item.place > at);
            let number = after.unwrap_or(items.len()).checked_sub(1)?;
            let from = items.get(number)?.place.line;
            let to = after.and_then(|after| items.get(after)).map(|item| item.place.line).or(end);
            let before = number
                .checked_sub(1)
                .and_then(|before| items.get(before))
                .map_or(key.place.line, |item| item.place.line);
            return (before < from && to.is_none_or(|to| from < to)).then_some(Unit { key: None, from, to });
        }
        let from = key.place.line;
        let Content::Value(name) = &key.content else { return None };
        let is_alone = entries.iter().filter(|(key, _)| key.place.line == from).count() == 1;
        is_alone.then(|| Unit { key: Some(name.clone()), from, to: end })
    }

    /// The first place of a key of that name; of several the one that stands nearest at or after `near`.
    pub(super) fn key(&self, name: &str, near: Option<Place>) -> Option<Place> {
        let mut found = Vec::new();
        let mut todo = vec![&self.root];
        while let Some(node) = todo.pop() {
            match &node.content {
                Content::Value(_) => {}
                Content::List(items) => todo.extend(items),
                Content::Map(entries) => {
                    for (key, value) in entries {
                        if matches!(&key.content, Content::Value(text) if text == name) {
                            found.push(key.place);
                        }
                        todo.push(value);
                    }
                }
            }
        }
        found.sort_unstable();
        let after = near.and_then(|near| found.iter().find(|place| **place >= near));
        after.or_else(|| found.last()).copied()
    }
}

impl Node {
    fn is(&self, name: &str) -> bool {
        matches!(&self.content, Content::Value(text) if text == name)
    }
}

impl Open {
    /// Takes a node that stands in this list or map.
    fn take(&mut self, node: Node) -> Result<(), Fault> {
        match &mut self.node.content {
            Content::Value(_) => {}
            Content::List(items) => items.push(node),
            Content::Map(entries) => match self.key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let Content::Value(text) = &node.content else {
                        return Err(Fault::new(Some(node.place), "a key is a plain text"));
                    };
                    if text == "<<" {
                        return Err(Fault::new(Some(node.place), "merge keys are not read").mend("write the keys out"));
                    }
                    self.key = Some(node);
                }
            },
        }
        Ok(())
    }
}

/// A number of the parser that counts lines from 1 and columns from 0.
fn place(line: usize, column: usize) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(line), column: number(column).saturating_add(1) }
}

/// Anchors, aliases and tags: what stands in a file is what is meant.
fn refuse(event: &Event<'_>, at: Place) -> Result<(), Fault> {
    let (anchor, tagged) = match event {
        Event::Alias(_) => {
            return Err(Fault::new(Some(at), "aliases (`*name`) are not read").mend("write it out, or quote the text"));
        }
        Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
        Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag) => (*anchor, tag.is_some()),
        _ => (0, false),
    };
    match (anchor, tagged) {
        (0, false) => Ok(()),
        (0, true) => {
            Err(Fault::new(Some(at), "tags (`!name`) are not read").mend("leave the tag out, or quote the text"))
        }
        _ => Err(Fault::new(Some(at), "anchors (`&name`) are not read").mend("write it out, or quote the text")),
    }
}
