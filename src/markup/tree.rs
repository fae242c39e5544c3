//! Elements and pieces of text, in document order, with the octets that they came from.
//!
//! A tree is a vector of nodes and two arenas. All text is UTF-8, whatever the encoding of the document was; octets of an
//! OPAQUE that are no UTF-8 stand in an arena of their own. The tree borrows nothing, so that it may outlive the body.

mod builder;
mod edit;
mod node;
#[cfg(test)]
mod tests;

pub use builder::TreeBuilder;

use super::tag::Tag;
use crate::base::Span;
use node::{Node, Shape};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;

/// A node of one [`Tree`]. Ids of one tree mean nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    const NONE: u32 = u32::MAX;

    /// Position in document order, from 0.
    pub const fn index(self) -> usize {
        self.raw() as usize
    }

    /// The position as nodes keep it: never `NONE`.
    const fn raw(self) -> u32 {
        self.0.get() - 1
    }

    /// The node at a position; a tree has far fewer than 2³² of them ([`Limits::NODES`](crate::base::Limits::NODES)).
    fn at(position: usize) -> Self {
        let raw = u32::try_from(position).unwrap_or(Self::NONE - 1);
        Self(NonZeroU32::MIN.saturating_add(raw))
    }

    const fn some(raw: u32) -> Option<Self> {
        match NonZeroU32::new(raw.wrapping_add(1)) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An element.
    Element {
        /// Its name.
        tag: Tag,
        /// How its start was written.
        form: ElementForm,
    },
    /// A piece of character data. An element may hold several (text, CDATA, references, strings of WBXML).
    Text {
        /// How it was written.
        form: TextForm,
    },
    /// Octets that are no UTF-8: an OPAQUE of WBXML.
    Bytes,
    /// Something beside the data: a comment, a processing instruction (of XML or WBXML), an extension token of WBXML, a
    /// document type. Its text is what was written, without the marks around it.
    Aside {
        /// What it was.
        what: Prolog,
    },
}

/// What stands beside the data of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prolog {
    /// The XML declaration.
    Declaration,
    /// A comment of XML.
    Comment,
    /// A processing instruction of XML.
    Instruction,
    /// A document type declaration of XML; never acted upon.
    DocType,
    /// A PI token of WBXML (0x43) with everything up to its END; the text is the octets in hexadecimal.
    WbxmlInstruction,
    /// An extension token of WBXML with its argument; the text is its annotation, `EXT_I_0 "x"` for one.
    WbxmlExtension,
}

/// How an element was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementForm {
    /// XML with a start tag and an end tag, or WBXML with the content bit.
    Open,
    /// XML `<a/>`, or WBXML without the content bit.
    Empty,
    /// WBXML LITERAL: the name stands in the string table at this index, though a token may exist.
    Literal {
        /// Index into the string table.
        index: u32,
        /// Whether the content bit was set.
        content: bool,
    },
}

/// How a piece of text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// Characters of XML.
    Plain,
    /// A CDATA section of XML.
    CData,
    /// A character or entity reference of XML; [`Tree::raw`] has the text between `&` and `;`.
    Reference,
    /// A string of WBXML.
    String(StringForm),
}

/// The token with which WBXML wrote a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringForm {
    /// STR_I.
    Inline,
    /// STR_T with this index into the string table.
    Table(u32),
    /// OPAQUE; so many octets its length took (more than needed is a choice of the encoder).
    Opaque {
        /// Octets of the length field.
        length_octets: u8,
    },
    /// ENTITY with this code, written in so many octets.
    Entity {
        /// Octets of the code.
        code_octets: u8,
    },
}

/// The name space of an element as resolved by the XML reader; for WBXML it follows from the code page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// WBXML has none; the code page decides.
    CodePage(u8),
    /// No declaration is in force.
    Undeclared,
    /// A URI; [`Tree::namespace_uri`] has its text.
    Uri(u8),
    /// A prefix that is bound to nothing.
    UnboundPrefix,
}

/// A range of octets in the arena `raws`.
type RawRange = (u32, u32);

/// What few nodes have.
#[derive(Debug, Clone, Default)]
struct Extra {
    /// Of which node.
    of: u32,
    /// An index into the string table, of a form that has one.
    index: u32,
    /// The name of an unknown element, or of a known one that was written with a prefix.
    name: RawRange,
    /// Attributes (white space before them included), as written; of a reference, what stood between `&` and `;`.
    raw: RawRange,
    /// White space inside the end tag.
    end_raw: RawRange,
    /// A document inside an OPAQUE or a CDATA.
    embedded: Option<Box<Tree>>,
}

/// One document.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Character data only, so that the pieces of one element stand next to each other.
    text: String,
    /// What is no character data: asides, names, attributes.
    raws: String,
    bytes: Vec<u8>,
    /// In the order of their nodes.
    extras: Vec<Extra>,
    uris: Vec<Box<str>>,
    root: Option<NodeId>,
}

impl Tree {
    /// The root element; `None` for a document without one.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Octets of memory that it holds, roughly; embedded documents count too.
    pub fn octets(&self) -> usize {
        let inner: usize =
            self.extras.iter().filter_map(|extra| extra.embedded.as_ref()).map(|tree| tree.octets()).sum();
        self.nodes.capacity() * size_of::<Node>()
            + self.text.capacity()
            + self.raws.capacity()
            + self.bytes.capacity()
            + self.extras.capacity() * size_of::<Extra>()
            + inner
    }

    /// All nodes in document order, asides among them.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::at)
    }

    /// Nodes at the top: the root, and what stands beside it.
    pub fn top(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.ids().filter(|&id| self.parent(id).is_none())
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).map_or(Kind::Bytes, |node| node.kind(|| self.extra(id).map_or(0, |extra| extra.index)))
    }

    /// The octets of the body that it came from, tags included; empty for a node that was built.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).map_or(Span::default(), |node| node.span)
    }

    /// The element around it.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).and_then(|node| NodeId::some(node.parent))
    }

    /// The tag, where the node is an element.
    pub fn tag(&self, id: NodeId) -> Option<Tag> {
        self.node(id)?.tag()
    }

    /// How the element was written, where the node is one.
    pub fn element_form(&self, id: NodeId) -> Option<ElementForm> {
        match self.kind(id) {
            Kind::Element { form, .. } => Some(form),
            _ => None,
        }
    }

    /// The local name of an element, as written; empty for other nodes.
    pub fn name(&self, id: NodeId) -> &str {
        let Some(tag) = self.tag(id) else { return "" };
        match tag.known_name() {
            Some(name) => name,
            None => {
                let name = self.qualified_name(id);
                name.rsplit_once(':').map_or(name, |(_, local)| local)
            }
        }
    }

    /// The name of an element with its prefix, as written; empty for other nodes.
    pub fn qualified_name(&self, id: NodeId) -> &str {
        let written = self.extra(id).map_or("", |extra| self.raw_text(extra.name));
        match self.tag(id) {
            Some(_) if !written.is_empty() => written,
            Some(tag) => tag.known_name().unwrap_or_default(),
            _ => "",
        }
    }

    /// The name space of an element.
    pub fn namespace(&self, id: NodeId) -> Namespace {
        self.node(id).map_or(Namespace::Undeclared, |node| node.namespace)
    }

    /// The URI of the element's name space, where it has one.
    pub fn namespace_uri(&self, id: NodeId) -> Option<&str> {
        match self.namespace(id) {
            Namespace::Uri(index) => self.uris.get(usize::from(index)).map(|uri| &**uri),
            _ => None,
        }
    }

    fn raw_text(&self, (start, end): RawRange) -> &str {
        self.raws.get(start as usize..end as usize).unwrap_or_default()
    }

    fn extra(&self, id: NodeId) -> Option<&Extra> {
        if !self.node(id)?.has_extra {
            return None;
        }
        let at = self.extras.binary_search_by_key(&id.raw(), |extra| extra.of).ok()?;
        self.extras.get(at)
    }

    /// Attributes of an element as written, or what stood between `&` and `;` of a reference; mostly empty.
    pub fn raw(&self, id: NodeId) -> &str {
        self.extra(id).map_or("", |extra| self.raw_text(extra.raw))
    }

    /// White space inside the end tag; mostly empty.
    pub fn end_raw(&self, id: NodeId) -> &str {
        self.extra(id).map_or("", |extra| self.raw_text(extra.end_raw))
    }

    /// The document inside an OPAQUE or a text, where one was decoded.
    pub fn embedded(&self, id: NodeId) -> Option<&Tree> {
        self.extra(id)?.embedded.as_deref()
    }

    /// The text of one text or aside node; empty for other nodes.
    pub fn piece(&self, id: NodeId) -> &str {
        match self.node(id) {
            Some(node) if node.shape.is_text() => self.character_data(node),
            Some(node) if node.shape == Shape::Aside => self.raw_text((node.start, node.end)),
            _ => "",
        }
    }

    /// The octets of a [`Kind::Bytes`] node; of a text node, its UTF-8.
    pub fn bytes(&self, id: NodeId) -> &[u8] {
        match self.node(id) {
            Some(node) if node.shape == Shape::Bytes => {
                self.bytes.get(node.start as usize..node.end as usize).unwrap_or_default()
            }
            _ => self.piece(id).as_bytes(),
        }
    }

    /// The first child of an element stands right behind it.
    fn first_child(&self, id: NodeId) -> u32 {
        if self.node(id).is_some_and(|node| node.has_children) { id.raw() + 1 } else { NodeId::NONE }
    }

    /// The child nodes of an element, in order: elements, pieces of text, asides.
    pub fn children(&self, id: NodeId) -> Children<'_> {
        Children { tree: self, next: self.first_child(id) }
    }

    /// The child elements of an element, in order.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id).filter(|&child| matches!(self.kind(child), Kind::Element { .. }))
    }

    /// The first child element with this tag.
    pub fn child(&self, id: NodeId, tag: Tag) -> Option<NodeId> {
        self.children(id).find(|&child| self.tag(child) == Some(tag))
    }

    /// All nodes below an element, in document order, without itself.
    pub fn descendants(&self, id: NodeId) -> Descendants<'_> {
        Descendants { tree: self, top: id, at: NodeId::some(self.first_child(id)) }
    }

    /// The character data directly inside an element, its pieces joined, references resolved, nothing trimmed.
    ///
    /// Pieces of one element stand next to each other in the arena unless an element lies between them; text after a
    /// child element is left out (mixed content: see [`Tree::has_stray_text`]).
    pub fn text(&self, id: NodeId) -> &str {
        match self.node(id) {
            Some(node) if node.shape.is_element() => self.character_data(node),
            _ => "",
        }
    }

    fn character_data(&self, node: &Node) -> &str {
        self.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    /// The octets directly inside an element: those of its only [`Kind::Bytes`] child, or else the UTF-8 of its text.
    pub fn content_bytes(&self, id: NodeId) -> &[u8] {
        match self.children(id).find(|&child| self.kind(child) == Kind::Bytes) {
            Some(bytes) => self.bytes(bytes),
            None => self.text(id).as_bytes(),
        }
    }

    /// Whether an element holds text other than white space beside or instead of child elements.
    pub fn has_stray_text(&self, id: NodeId) -> bool {
        self.children(id).any(|child| match self.kind(child) {
            Kind::Text { .. } => !self.piece(child).trim().is_empty(),
            Kind::Bytes => true,
            _ => false,
        })
    }

    /// The path of an element from the root, `/SyncML/SyncBody/Get[2]/Item`: a number stands where siblings share a name.
    pub fn path(&self, id: NodeId) -> String {
        self.path_with(id, None)
    }

    /// Like [`Tree::path`], with the places of this tree.
    pub fn path_by(&self, id: NodeId, places: &Places) -> String {
        self.path_with(id, Some(places))
    }

    fn path_with(&self, id: NodeId, places: Option<&Places>) -> String {
        let mut steps = Vec::new();
        let mut at = Some(id);
        while let Some(node) = at {
            let parent = self.parent(node);
            if let Some(tag) = self.tag(node) {
                steps.push((
                    node,
                    places.map_or_else(
                        || self.place_among_twins(node, tag, parent),
                        |places| places.0.get(node.index()).copied().filter(|place| *place > 0),
                    ),
                ));
            }
            at = parent;
        }
        let mut path = String::new();
        for (node, place) in steps.into_iter().rev() {
            path.push('/');
            path.push_str(self.name(node));
            if let Some(place) = place {
                // Writing to a String cannot fail.
                let _ = write!(path, "[{place}]");
            }
        }
        path
    }

    /// Where each element stands among its siblings of the same name: for many paths through a large tree.
    pub fn places(&self) -> Places {
        let mut places = vec![0; self.nodes.len()];
        let mut put = |node: NodeId, place| {
            if let Some(slot) = places.get_mut(node.index()) {
                *slot = place;
            }
        };
        let mut twins: HashMap<(Tag, &str), (NodeId, u32)> = HashMap::new();
        for parent in self.ids() {
            twins.clear();
            for child in self.children(parent) {
                let Some(tag) = self.tag(child) else { continue };
                let name = if tag == Tag::Unknown { self.name(child) } else { "" };
                let (first, count) = twins.entry((tag, name)).or_insert((child, 0));
                *count += 1;
                if *count == 2 {
                    put(*first, 1);
                }
                if *count > 1 {
                    put(child, *count);
                }
            }
        }
        Places(places)
    }

    /// Which of its siblings of the same name an element is, from 1; `None` where it is the only one.
    fn place_among_twins(&self, node: NodeId, tag: Tag, parent: Option<NodeId>) -> Option<u32> {
        let (mut before, mut after) = (0, false);
        for sibling in self.children(parent?) {
            // Names are compared only where no table has them.
            let is_twin =
                self.tag(sibling) == Some(tag) && (tag != Tag::Unknown || self.name(sibling) == self.name(node));
            if sibling == node {
                after = true;
            } else if is_twin && after {
                return Some(before + 1);
            } else if is_twin {
                before += 1;
            }
        }
        (before > 0).then_some(before + 1)
    }

    /// Whether two documents say the same: elements by vocabulary and name, text joined, forms and spans ignored. White
    /// space between elements, asides and attributes do not count.
    pub fn same_content(&self, other: &Tree) -> bool {
        match (self.root, other.root) {
            (Some(a), Some(b)) => self.same_element(a, other, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn same_element(&self, a: NodeId, other: &Tree, b: NodeId) -> bool {
        let mut pairs = vec![(a, b)];
        while let Some((a, b)) = pairs.pop() {
            if self.tag(a) != other.tag(b) || self.name(a) != other.name(b) {
                return false;
            }
            let left: Vec<NodeId> = self.elements(a).collect();
            let right: Vec<NodeId> = other.elements(b).collect();
            if left.len() != right.len() {
                return false;
            }
            if left.is_empty() {
                if self.content_bytes(a) != other.content_bytes(b) {
                    return false;
                }
            } else if self.has_stray_text(a) || other.has_stray_text(b) {
                let stray = |tree: &Tree, id| -> String {
                    tree.children(id)
                        .filter(|&child| matches!(tree.kind(child), Kind::Text { .. }))
                        .flat_map(|child| tree.piece(child).split_whitespace())
                        .collect()
                };
                if stray(self, a) != stray(other, b) {
                    return false;
                }
            }
            pairs.extend(left.into_iter().zip(right));
        }
        true
    }
}

/// See [`Tree::places`].
#[derive(Debug, Clone)]
pub struct Places(Vec<u32>);

/// See [`Tree::children`].
#[derive(Debug, Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = NodeId::some(self.next)?;
        self.next = self.tree.node(id).map_or(NodeId::NONE, |node| node.next);
        Some(id)
    }
}

/// See [`Tree::descendants`].
#[derive(Debug, Clone)]
pub struct Descendants<'t> {
    tree: &'t Tree,
    top: NodeId,
    at: Option<NodeId>,
}

impl Iterator for Descendants<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let found = self.at?;
        let node = self.tree.node(found)?;
        let mut next = NodeId::some(self.tree.first_child(found)).or_else(|| NodeId::some(node.next));
        let mut up = found;
        while next.is_none() {
            let Some(parent) = self.tree.parent(up) else { break };
            if parent == self.top {
                break;
            }
            up = parent;
            next = self.tree.node(up).and_then(|node| NodeId::some(node.next));
        }
        self.at = next;
        Some(found)
    }
}
