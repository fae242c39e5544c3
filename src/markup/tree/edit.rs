//! The few changes that a tree can be put through: parts of it taken out, text replaced.
//!
//! A tree stays in document order, so that its writers need not know. Spans still name the octets of the body that the
//! nodes came from.

use super::node::Node;
use super::{ElementForm, Extra, Kind, NodeId, StringForm, TextForm, Tree};

impl Tree {
    /// Takes out nodes, each with all below it. Ids of nodes behind the first of them change: the answer has, for each node
    /// that was there, the place of what it has become, or `None`.
    pub fn remove(&mut self, ids: &[NodeId]) -> Vec<Option<NodeId>> {
        let mut gone = vec![false; self.nodes.len()];
        for id in ids {
            if let Some(gone) = gone.get_mut(id.index()) {
                *gone = true;
            }
        }
        let mut places: Vec<Option<NodeId>> = Vec::with_capacity(self.nodes.len());
        let mut kept: Vec<Node> = Vec::with_capacity(self.nodes.len());
        for (node, gone) in std::mem::take(&mut self.nodes).into_iter().zip(gone) {
            // A parent stands before its children.
            let parent = NodeId::some(node.parent);
            let place = parent.map(|parent| places.get(parent.index()).copied().flatten());
            if gone || place == Some(None) {
                places.push(None);
                continue;
            }
            let id = NodeId::at(kept.len());
            places.push(Some(id));
            let mut node = node;
            node.parent = place.flatten().map_or(NodeId::NONE, NodeId::raw);
            (node.next, node.has_children) = (NodeId::NONE, false);
            kept.push(node);
        }
        self.nodes = kept;
        let extras = std::mem::take(&mut self.extras).into_iter();
        // The order stays.
        self.extras = extras
            .filter_map(|extra| {
                let of = places.get(extra.of as usize).copied().flatten()?.raw();
                Some(Extra { of, ..extra })
            })
            .collect();
        self.root = self.root.and_then(|root| places.get(root.index()).copied().flatten());
        self.link();
        places
    }

    /// Works out children and siblings from parents.
    fn link(&mut self) {
        let mut last: Vec<Option<NodeId>> = vec![None; self.nodes.len()];
        for at in 0..self.nodes.len() {
            let id = NodeId::at(at);
            let Some(parent) = self.nodes.get(at).and_then(|node| NodeId::some(node.parent)) else { continue };
            if let Some(parent) = self.nodes.get_mut(parent.index()) {
                parent.has_children = true;
            }
            let before = last.get_mut(parent.index()).and_then(|last| last.replace(id));
            if let Some(before) = before.and_then(|before| self.nodes.get_mut(before.index())) {
                before.next = id.raw();
            }
        }
    }

    /// Replaces what one piece of character data says, or the octets of a [`Kind::Bytes`] node. Says whether it could: text
    /// must be UTF-8. A reference of XML becomes plain text, and a reference to the string table of WBXML a string of its own.
    pub fn replace_piece(&mut self, id: NodeId, octets: &[u8]) -> bool {
        let (kind, start, end) = match self.kind(id) {
            Kind::Bytes => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(octets);
                (Kind::Bytes, start, self.bytes.len())
            }
            Kind::Text { form } => {
                let Ok(text) = str::from_utf8(octets) else { return false };
                let form = match form {
                    TextForm::Plain | TextForm::Reference => TextForm::Plain,
                    TextForm::CData => TextForm::CData,
                    TextForm::String(StringForm::Opaque { .. }) => {
                        TextForm::String(StringForm::Opaque { length_octets: 1 })
                    }
                    TextForm::String(_) => TextForm::String(StringForm::Inline),
                };
                let start = self.text.len();
                self.text.push_str(text);
                (Kind::Text { form }, start, self.text.len())
            }
            Kind::Element { .. } | Kind::Aside { .. } => return false,
        };
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let parent = self.parent(id);
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.set_kind(kind);
            (node.start, node.end) = (clamp(start), clamp(end));
        }
        if let Some(parent) = parent {
            self.join(parent);
        }
        true
    }

    /// Makes the text of an element one range of the arena again.
    fn join(&mut self, element: NodeId) {
        let pieces = self.children(element).take_while(|&child| !matches!(self.kind(child), Kind::Element { .. }));
        let text: String = pieces.map(|piece| self.text_piece(piece)).collect();
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let start = clamp(self.text.len());
        self.text.push_str(&text);
        let end = clamp(self.text.len());
        if let Some(node) = self.nodes.get_mut(element.index()) {
            (node.start, node.end) = (start, end);
        }
    }

    fn text_piece(&self, id: NodeId) -> &str {
        if matches!(self.kind(id), Kind::Text { .. }) { self.piece(id) } else { "" }
    }

    /// The only piece of character data, or of octets, of an element that holds nothing else.
    pub fn only_piece(&self, element: NodeId) -> Option<NodeId> {
        let mut children = self.children(element);
        let piece = children.next().filter(|&piece| matches!(self.kind(piece), Kind::Text { .. } | Kind::Bytes))?;
        children.next().is_none().then_some(piece)
    }

    /// Whether an element has an end of its own in WBXML: its content bit is set.
    pub fn has_content_bit(&self, id: NodeId) -> bool {
        matches!(self.element_form(id), Some(ElementForm::Open | ElementForm::Literal { content: true, .. }))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Span;
    use crate::markup::{Tag, TextForm, Tree, TreeBuilder};

    fn sample() -> Tree {
        let mut builder = TreeBuilder::default();
        builder.start(Tag::SyncBody);
        for id in ["1", "2", "3"] {
            builder.start(Tag::Status);
            builder.leaf(Tag::CmdID, id);
            builder.close(0);
            builder.text("\n", TextForm::Plain, Span::default());
        }
        builder.leaf(Tag::Final, "");
        builder.finish(0)
    }

    fn shape(tree: &Tree) -> Vec<String> {
        let root = tree.root().unwrap();
        tree.descendants(root).map(|id| format!("{}{:?}{}", tree.name(id), tree.piece(id), tree.text(id))).collect()
    }

    #[test]
    fn removed_nodes_are_gone_with_all_below_them_and_the_rest_stays_linked() {
        let mut tree = sample();
        let root = tree.root().unwrap();
        let statuses: Vec<_> = tree.elements(root).filter(|&id| tree.tag(id) == Some(Tag::Status)).collect();
        let before = shape(&tree);
        let places = tree.remove(&[statuses[0], statuses[2]]);
        assert_eq!(places.len(), before.len() + 1);
        assert_eq!((places[statuses[0].index()], places[statuses[2].index()]), (None, None));
        let second = places[statuses[1].index()].unwrap();
        assert_eq!(tree.text(tree.child(second, Tag::CmdID).unwrap()), "2");
        assert_eq!(tree.parent(second), Some(root));
        let expected: Vec<String> = before
            .iter()
            .enumerate()
            .filter(|(at, _)| ![0, 1, 2, 8, 9, 10].contains(at))
            .map(|(_, one)| one.clone())
            .collect();
        assert_eq!(shape(&tree), expected);
        assert_eq!(tree.ids().count(), expected.len() + 1);
        tree.remove(&[root]);
        assert!(tree.is_empty() && tree.root().is_none());
    }

    #[test]
    fn a_replaced_piece_is_the_text_of_its_element() {
        let mut tree = sample();
        let root = tree.root().unwrap();
        let id = tree.descendants(root).find(|&id| tree.tag(id) == Some(Tag::CmdID)).unwrap();
        let piece = tree.only_piece(id).unwrap();
        assert!(tree.replace_piece(piece, b"seventeen"));
        assert_eq!((tree.text(id), tree.piece(piece)), ("seventeen", "seventeen"));
        assert!(!tree.replace_piece(piece, b"\xff") && !tree.replace_piece(id, b"x"));
        assert_eq!(tree.only_piece(root), None);
    }
}
