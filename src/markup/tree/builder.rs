//! A tree in the making.

use super::super::tag::{Tag, Vocabulary};
use super::node::{Node, string_index};
use super::{ElementForm, Extra, Kind, Namespace, NodeId, Prolog, RawRange, TextForm, Tree};
use crate::base::Span;

/// An element that is open, and the last of its children so far.
#[derive(Debug)]
struct Open {
    id: NodeId,
    last_child: Option<NodeId>,
    /// A child element came after its text; what follows does not join it.
    text_done: bool,
}

/// Builds a [`Tree`] in document order. Never fails; depth and node ceilings are the reader's to keep.
#[derive(Debug, Default)]
pub struct TreeBuilder {
    tree: Tree,
    open: Vec<Open>,
    last_raw: RawRange,
}

impl TreeBuilder {
    /// An empty document, with room for a body of so many octets, about `dense` of them for a node.
    pub fn for_body(octets: usize, dense: usize) -> Self {
        let mut tree = Tree::default();
        tree.nodes.reserve((octets / dense.max(1)).min(4_096));
        tree.text.reserve((octets / 2).min(1 << 16));
        Self { tree, open: Vec::new(), last_raw: (0, 0) }
    }

    /// Number of elements that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Number of nodes so far.
    pub fn len(&self) -> usize {
        self.tree.nodes.len()
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.tree.nodes.is_empty()
    }

    /// The innermost open element.
    pub fn current(&self) -> Option<NodeId> {
        self.open.last().map(|open| open.id)
    }

    /// The tag of the innermost open element.
    pub fn current_tag(&self) -> Option<Tag> {
        self.tree.tag(self.current()?)
    }

    /// The tree so far.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    fn push(&mut self, kind: Kind, span: Span, range: (u32, u32), namespace: Namespace) -> NodeId {
        let id = NodeId::at(self.tree.nodes.len());
        let mut node = Node::new(kind, span, range, namespace);
        if let Some(open) = self.open.last_mut() {
            node.parent = open.id.raw();
            let before = open.last_child.replace(id);
            if let Some(before) = before.and_then(|before| self.tree.nodes.get_mut(before.index())) {
                before.next = id.raw();
            }
            if let Some(parent) = self.tree.nodes.get_mut(open.id.index()) {
                parent.has_children = true;
                open.text_done |= node.shape.is_element() && parent.start < parent.end;
            }
        }
        self.tree.nodes.push(node);
        if let Some(index) = string_index(kind)
            && let Some(extra) = self.extra(id)
        {
            extra.index = index;
        }
        id
    }

    /// What the tree keeps of a node elsewhere. Mostly the node is the last one, or all that came after it lies inside.
    fn extra(&mut self, id: NodeId) -> Option<&mut Extra> {
        let Tree { nodes, extras, .. } = &mut self.tree;
        let node = nodes.get_mut(id.index())?;
        node.has_extra = true;
        let is_last = extras.last().is_none_or(|last| last.of <= id.raw());
        let at = if is_last { extras.len() } else { extras.partition_point(|extra| extra.of <= id.raw()) };
        if at.checked_sub(1).and_then(|last| extras.get(last)).is_some_and(|last| last.of == id.raw()) {
            return extras.get_mut(at - 1);
        }
        extras.insert(at, Extra { of: id.raw(), ..Extra::default() });
        extras.get_mut(at)
    }

    /// Opens an element. A second root becomes a sibling of the first and does not replace it as [`Tree::root`].
    pub fn open(&mut self, tag: Tag, form: ElementForm, namespace: Namespace, span: Span) -> NodeId {
        let id = self.push(Kind::Element { tag, form }, span, (0, 0), namespace);
        if self.open.is_empty() && self.tree.root.is_none() {
            self.tree.root = Some(id);
        }
        self.open.push(Open { id, last_child: None, text_done: false });
        id
    }

    /// Closes the innermost element; its span now ends at `end`. Nothing happens when none is open.
    pub fn close(&mut self, end: usize) -> Option<NodeId> {
        let id = self.open.pop()?.id;
        if let Some(node) = self.tree.nodes.get_mut(id.index()) {
            node.span.end = u32::try_from(end).unwrap_or(u32::MAX);
        }
        Some(id)
    }

    /// Adds a piece of text to the innermost element.
    pub fn text(&mut self, text: &str, form: TextForm, span: Span) -> NodeId {
        let start = self.text_len();
        self.tree.text.push_str(text);
        let end = self.text_len();
        if let Some(open) = self.open.last().filter(|open| start < end && !open.text_done)
            && let Some(parent) = self.tree.nodes.get_mut(open.id.index())
        {
            parent.join(start, end);
        }
        self.push(Kind::Text { form }, span, (start, end), Namespace::Undeclared)
    }

    /// Adds something beside the data.
    pub fn aside(&mut self, text: &str, what: Prolog, span: Span) -> NodeId {
        let range = self.keep_raw(text);
        self.push(Kind::Aside { what }, span, range, Namespace::Undeclared)
    }

    /// Adds octets that are no UTF-8 to the innermost element.
    pub fn bytes(&mut self, bytes: &[u8], span: Span) -> NodeId {
        let clamp = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let start = clamp(self.tree.bytes.len());
        self.tree.bytes.extend_from_slice(bytes);
        let end = clamp(self.tree.bytes.len());
        self.push(Kind::Bytes, span, (start, end), Namespace::Undeclared)
    }

    /// Puts a text into the arena of what is no character data; attributes mostly repeat the ones before them.
    fn keep_raw(&mut self, raw: &str) -> RawRange {
        if !raw.is_empty() && self.tree.raw_text(self.last_raw) == raw {
            return self.last_raw;
        }
        let clamp = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let start = clamp(self.tree.raws.len());
        self.tree.raws.push_str(raw);
        self.last_raw = (start, clamp(self.tree.raws.len()));
        self.last_raw
    }

    fn text_len(&self) -> u32 {
        u32::try_from(self.tree.text.len()).unwrap_or(u32::MAX)
    }

    /// Gives an element the name as it was written: for unknown tags, and for known ones with a prefix.
    pub fn set_name(&mut self, id: NodeId, name: &str) {
        let range = self.keep_raw(name);
        if let Some(extra) = self.extra(id) {
            extra.name = range;
        }
    }

    /// Keeps the attributes of an element, or the inside of a reference, as written.
    pub fn set_raw(&mut self, id: NodeId, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let range = self.keep_raw(raw);
        if let Some(extra) = self.extra(id) {
            extra.raw = range;
        }
    }

    /// Keeps the white space inside an end tag.
    pub fn set_end_raw(&mut self, id: NodeId, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let range = self.keep_raw(raw);
        if let Some(extra) = self.extra(id) {
            extra.end_raw = range;
        }
    }

    /// Attaches a decoded document to the text or bytes node that held it.
    pub fn set_embedded(&mut self, id: NodeId, tree: Tree) {
        if let Some(extra) = self.extra(id) {
            extra.embedded = Some(Box::new(tree));
        }
    }

    /// The number of a name space URI in this tree; the 256th and later share the last number.
    pub fn namespace(&mut self, uri: &str) -> Namespace {
        let at = match self.tree.uris.iter().position(|known| **known == *uri) {
            Some(at) => at,
            None => {
                if self.tree.uris.len() < usize::from(u8::MAX) {
                    self.tree.uris.push(uri.into());
                }
                self.tree.uris.len().saturating_sub(1)
            }
        };
        Namespace::Uri(u8::try_from(at).unwrap_or(u8::MAX))
    }

    /// Convenience for built trees: an element of a known tag with text.
    pub fn leaf(&mut self, tag: Tag, text: &str) -> NodeId {
        let id = self.start(tag);
        if !text.is_empty() {
            self.text(text, TextForm::Plain, Span::default());
        }
        self.close(0);
        id
    }

    /// Convenience for built trees: opens an element of a known tag.
    pub fn start(&mut self, tag: Tag) -> NodeId {
        let page = tag.vocabulary().unwrap_or(Vocabulary::SyncMl).space().page;
        self.open(tag, ElementForm::Open, Namespace::CodePage(page), Span::default())
    }

    /// The document; elements still open are closed at the end of the body.
    pub fn finish(mut self, end: usize) -> Tree {
        while self.close(end).is_some() {}
        self.tree
    }
}
