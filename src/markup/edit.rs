//! Changes to a tree, made in one pass: what they leave is a tree in document order again.

use super::tag::Tag;
use super::tree::{Children, ElementForm, Kind, NodeId, TextForm, Tree, TreeBuilder};
use crate::base::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be changed in a tree. Ids are those of the tree before the changes.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    removed: BTreeSet<NodeId>,
    texts: BTreeMap<NodeId, String>,
    before: BTreeMap<NodeId, Vec<Tree>>,
    appended: BTreeMap<NodeId, Vec<Tree>>,
}

impl Edits {
    /// Leaves a node out, with all that is in it.
    pub fn remove(&mut self, node: NodeId) {
        self.removed.insert(node);
    }

    /// Gives an element this text in place of everything that is in it.
    pub fn set_text(&mut self, element: NodeId, text: impl Into<String>) {
        self.texts.insert(element, text.into());
    }

    /// Puts the root of another tree before a node, behind what was put there earlier.
    pub fn insert_before(&mut self, node: NodeId, added: Tree) {
        self.before.entry(node).or_default().push(added);
    }

    /// Puts the root of another tree at the end of an element, behind what was put there earlier.
    pub fn append(&mut self, element: NodeId, added: Tree) {
        self.appended.entry(element).or_default().push(added);
    }

    /// Whether a node stays, as far as it alone is concerned.
    pub fn keeps(&self, node: NodeId) -> bool {
        !self.removed.contains(&node)
    }
}

impl Tree {
    /// The tree with these changes. Everything else stays as it was written, spans included.
    #[must_use]
    pub fn edited(&self, edits: &Edits) -> Tree {
        let mut out = TreeBuilder::for_body(self.len().saturating_mul(8), 8);
        // Numbers of name spaces stay the same.
        for id in self.ids() {
            if let Some(uri) = self.namespace_uri(id) {
                out.namespace(uri);
            }
        }
        for id in self.top() {
            copy(&mut out, self, id, edits);
        }
        out.finish(0)
    }
}

/// Copies a node and all below it.
fn copy(out: &mut TreeBuilder, tree: &Tree, top: NodeId, edits: &Edits) {
    let mut open: Vec<(NodeId, Children<'_>)> = Vec::new();
    let mut next = Some(top);
    loop {
        match next {
            Some(id) => {
                add(out, edits.before.get(&id));
                if edits.keeps(id) && enter(out, tree, id, edits) {
                    open.push((id, tree.children(id)));
                }
            }
            None => {
                if let Some((id, _)) = open.pop() {
                    add(out, edits.appended.get(&id));
                    out.close(tree.span(id).end as usize);
                }
            }
        }
        match open.last_mut() {
            Some((_, children)) => next = children.next(),
            None => return,
        }
    }
}

fn add(out: &mut TreeBuilder, added: Option<&Vec<Tree>>) {
    for tree in added.into_iter().flatten() {
        if let Some(root) = tree.root() {
            copy(out, tree, root, &Edits::default());
        }
    }
}

/// Copies a node without its children; tells whether these follow, in an element that is still open.
fn enter(out: &mut TreeBuilder, tree: &Tree, id: NodeId, edits: &Edits) -> bool {
    let span = tree.span(id);
    let copied = match tree.kind(id) {
        Kind::Element { tag, form } => {
            let text = edits.texts.get(&id);
            let grows = text.is_some_and(|text| !text.is_empty()) || edits.appended.contains_key(&id);
            let form = if grows && form == ElementForm::Empty { ElementForm::Open } else { form };
            open(out, tree, id, tag, form);
            if let Some(text) = text {
                out.characters(text);
                out.close(span.end as usize);
                return false;
            }
            return true;
        }
        Kind::Text { form } => out.text(tree.piece(id), form, span),
        Kind::Bytes => out.bytes(tree.bytes(id), span),
        Kind::Aside { what } => out.aside(tree.piece(id), what, span),
    };
    out.set_raw(copied, tree.raw(id));
    if let Some(embedded) = tree.embedded(id) {
        out.set_embedded(copied, embedded.clone());
    }
    false
}

fn open(out: &mut TreeBuilder, tree: &Tree, id: NodeId, tag: Tag, form: ElementForm) {
    let namespace = match tree.namespace_uri(id) {
        Some(uri) => out.namespace(uri),
        None => tree.namespace(id),
    };
    let copied = out.open(tag, form, namespace, tree.span(id));
    let name = tree.qualified_name(id);
    if tag.known_name() != Some(name) {
        out.set_name(copied, name);
    }
    out.set_raw(copied, tree.raw(id));
    out.set_end_raw(copied, tree.end_raw(id));
}

impl TreeBuilder {
    /// Adds text to the innermost element so that XML may write its pieces as they are: what is mark-up there becomes a
    /// reference (XML 1.0, section 2.4). Characters that XML does not have (section 2.2) are left out.
    pub fn characters(&mut self, text: &str) {
        let mut plain = String::new();
        for character in text.chars() {
            let reference = match character {
                '&' => "amp",
                '<' => "lt",
                '>' => "gt",
                '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => continue,
                _ => {
                    plain.push(character);
                    continue;
                }
            };
            self.plain(&mut plain);
            let mut octets = [0; 4];
            let id = self.text(character.encode_utf8(&mut octets), TextForm::Reference, Span::default());
            self.set_raw(id, reference);
        }
        self.plain(&mut plain);
    }

    fn plain(&mut self, text: &mut String) {
        if !text.is_empty() {
            self.text(text, TextForm::Plain, Span::default());
            text.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Namespace, Prolog};

    /// `<SyncML><SyncBody><CmdID>1</CmdID><!--c--><Final/></SyncBody></SyncML>`
    fn sample() -> (Tree, [NodeId; 4]) {
        let mut builder = TreeBuilder::default();
        builder.start(Tag::SyncML);
        let body = builder.start(Tag::SyncBody);
        let id = builder.leaf(Tag::CmdID, "1");
        let comment = builder.aside("c", Prolog::Comment, Span::default());
        let last = builder.open(Tag::Final, ElementForm::Empty, Namespace::CodePage(0), Span::default());
        builder.close(0);
        (builder.finish(9), [body, id, comment, last])
    }

    fn names(tree: &Tree) -> Vec<String> {
        let name = |id| match tree.tag(id) {
            Some(_) => format!("{}={}", tree.name(id), tree.text(id)),
            None => tree.piece(id).to_owned(),
        };
        tree.ids().map(name).collect()
    }

    #[test]
    fn without_changes_a_tree_stays_as_it_was() {
        let (tree, _) = sample();
        let same = tree.edited(&Edits::default());
        assert_eq!(names(&same), names(&tree));
        assert!(same.ids().all(|id| same.span(id) == tree.span(id) && same.kind(id) == tree.kind(id)));
    }

    #[test]
    fn nodes_are_removed_changed_and_added_in_document_order() {
        let (tree, [body, id, comment, last]) = sample();
        let leaf = |text: &str| {
            let mut builder = TreeBuilder::default();
            builder.leaf(Tag::CmdID, text);
            builder.finish(0)
        };
        let mut edits = Edits::default();
        edits.set_text(id, "a<b");
        edits.remove(comment);
        edits.insert_before(last, leaf("2"));
        edits.insert_before(last, leaf("3"));
        edits.append(body, leaf("4"));
        let changed = tree.edited(&edits);
        let expected = [
            "SyncML=",
            "SyncBody=",
            "CmdID=a<b",
            "a",
            "<",
            "b",
            "CmdID=2",
            "2",
            "CmdID=3",
            "3",
            "Final=",
            "CmdID=4",
            "4",
        ];
        assert_eq!(names(&changed), expected);
    }

    #[test]
    fn an_empty_element_that_gets_something_is_written_open() {
        let (tree, [_, _, _, last]) = sample();
        let mut edits = Edits::default();
        edits.set_text(last, "x");
        let changed = tree.edited(&edits);
        let element = changed.ids().find(|&id| changed.tag(id) == Some(Tag::Final)).unwrap();
        assert_eq!(changed.element_form(element), Some(ElementForm::Open));
    }

    #[test]
    fn text_that_is_mark_up_in_xml_becomes_references() {
        let mut builder = TreeBuilder::default();
        let id = builder.start(Tag::Data);
        builder.characters("a&b\u{1}<>");
        let tree = builder.finish(0);
        assert_eq!(tree.text(id), "a&b<>");
        let raw: Vec<&str> = tree.children(id).map(|piece| tree.raw(piece)).collect();
        assert_eq!(raw, ["", "amp", "", "lt", "gt"]);
    }
}
