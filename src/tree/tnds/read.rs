//! A serialised tree, read tolerantly.

use super::super::uri;
use crate::base::Limits;
use crate::markup::{NodeId, Tag, Tree};
use crate::syncml::{self, xml};
use crate::wbxml;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;
use std::collections::HashSet;

/// One node of a serialised tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Names from the top of the object down to the node: those in Path, of the nodes around it, and its own. An empty
    /// NodeName gives an empty name: that of the command's target.
    pub path: Vec<String>,
    /// Format: the name of the element in it; `None` where there is none.
    pub format: Option<String>,
    /// Type: MIME of a leaf, DDFName of an interior node.
    pub media_type: Option<String>,
    /// Whether it has nodes in it.
    pub has_children: bool,
    /// Value, where there is one: its octets as they were conveyed.
    pub value: Option<Vec<u8>>,
    /// ACL; an empty one says so.
    pub acl: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// TStamp.
    pub tstamp: Option<String>,
    /// VerNo.
    pub ver_no: Option<String>,
}

impl Node {
    /// Whether it is an interior node, as far as the object says it.
    pub fn is_interior(&self) -> bool {
        self.format.as_deref() == Some("node") || (self.format.is_none() && self.has_children)
    }
}

/// What was odd about a serialised tree that was still understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// Two nodes have the same URI, and both say something of it; the first counts.
    #[error("the node {0} is there twice; the first counts")]
    Duplicate(String),
    /// The Path of a node leads below nodes that are not in the object.
    #[error("the node {0} stands alone: the node above it is not in the object")]
    Orphan(String),
    /// A name or Path that leads nowhere.
    #[error("\"{0}\" is no name of a node; the node and what is below it are left out")]
    BadName(String),
    /// A node has a value and nodes in it.
    #[error("the node {0} has a value and nodes in it")]
    ValueAndNodes(String),
    /// Nodes are deeper than [`Limits::TREE_SEGMENTS`].
    #[error("nodes deeper than {} are left out", Limits::TREE_SEGMENTS)]
    TooDeep,
    /// The document is broken; what stands before that was read.
    #[error("the document is broken: {0}")]
    Broken(String),
}

/// A serialised tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// Its nodes in document order: a node before those in it.
    pub nodes: Vec<Node>,
    /// How many nodes stand directly in MgmtTree.
    pub tops: usize,
    /// What was odd; at most [`Limits::PROBLEMS_OF_A_KIND`].
    pub oddities: Vec<Oddity>,
}

/// Why nothing could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TndsError {
    /// The octets are neither XML nor WBXML.
    #[error("the value is no document: {0}")]
    NoDocument(String),
    /// The document has another root than MgmtTree.
    #[error("the document is no serialised tree: it has no MgmtTree")]
    NoTree,
}

/// A document that may hold a serialised tree, as it was decoded.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its elements.
    pub tree: Tree,
    /// Why it could not be read to its end.
    pub fault: Option<String>,
    /// Whether it was read as it stands, without repairs.
    pub is_sound: bool,
    /// What was odd about it, where it is in WBXML; `None` for XML.
    pub wbxml: Option<Vec<wbxml::Anomaly>>,
}

impl Document {
    /// Reads the serialised tree in it.
    ///
    /// # Errors
    /// When it has another root than MgmtTree.
    pub fn object(&self) -> Result<Object, TndsError> {
        let root = self.tree.root().ok_or(TndsError::NoTree)?;
        let mut object = read(&self.tree, root)?;
        object.oddities.extend(self.fault.clone().map(Oddity::Broken));
        Ok(object)
    }
}

/// Base64 as it comes: with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes the document in a value with that Format: out of its base64 where it is in some, then WBXML by its first octet, XML
/// else.
///
/// # Errors
/// When it is neither.
pub fn decode(format: Option<&str>, octets: &[u8]) -> Result<Document, TndsError> {
    if matches!(format, Some("b64" | "bin")) {
        let dense: Vec<u8> = octets.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
        if let Ok(decoded) = BASE64.decode(&dense) {
            return of_octets(&decoded);
        }
    }
    of_octets(octets)
}

fn of_octets(octets: &[u8]) -> Result<Document, TndsError> {
    let no_document = |error: &dyn std::fmt::Display| TndsError::NoDocument(error.to_string());
    if matches!(octets.first(), Some(0..=3)) {
        let hint = wbxml::Hint { language: Some(wbxml::Language::Ddf) };
        let document = wbxml::decode(octets, hint).map_err(|error| no_document(&error))?;
        let fault = document.fault.map(|fault| fault.to_string());
        Ok(Document { tree: document.tree, is_sound: fault.is_none(), fault, wbxml: Some(document.anomalies) })
    } else {
        let document = xml::decode(octets).map_err(|error| no_document(&error))?;
        let is_sound = document.is_well_formed();
        let fault = document.fault.map(|fault| fault.to_string());
        Ok(Document { tree: document.tree, fault, is_sound, wbxml: None })
    }
}

/// Reads the serialised tree in a value: WBXML by its first octet, XML else.
///
/// # Errors
/// When it holds none.
pub fn from_octets(octets: &[u8]) -> Result<Object, TndsError> {
    of_octets(octets)?.object()
}

/// Reads the serialised tree that begins with an element.
///
/// # Errors
/// When that is no MgmtTree.
pub fn read(tree: &Tree, root: NodeId) -> Result<Object, TndsError> {
    if !is(tree, root, Tag::DdfMgmtTree) {
        return Err(TndsError::NoTree);
    }
    let mut reader = Reader { tree, object: Object::default(), known: HashSet::new() };
    // Depth is the sender's choice: a stack of our own.
    let mut todo: Vec<(NodeId, Option<Vec<String>>)> = nodes_in(tree, root).map(|node| (node, None)).collect();
    reader.object.tops = todo.len();
    todo.reverse();
    while let Some((element, above)) = todo.pop() {
        let Some(path) = reader.node(element, above.as_deref()) else { continue };
        let below = todo.len();
        todo.extend(nodes_in(tree, element).map(|node| (node, Some(path.clone()))));
        todo.get_mut(below..).unwrap_or_default().reverse();
    }
    reader.orphans();
    Ok(reader.object)
}

/// Reads the serialised tree that stands in an element as elements, or that the document in it is; `None` where its text has to
/// be decoded first.
pub fn inside(tree: &Tree, data: NodeId) -> Option<Result<Object, TndsError>> {
    if let Some(root) = tree.elements(data).find(|id| is(tree, *id, Tag::DdfMgmtTree)) {
        return Some(read(tree, root));
    }
    let inner = tree.children(data).find_map(|child| tree.embedded(child))?;
    Some(read(inner, inner.root()?))
}

/// Whether an element has this name. Documents without name spaces, and with old ones, are read by name.
fn is(tree: &Tree, id: NodeId, tag: Tag) -> bool {
    tree.tag(id) == Some(tag) || tag.known_name().is_some_and(|name| tree.name(id) == name)
}

fn child(tree: &Tree, id: NodeId, tag: Tag) -> Option<NodeId> {
    tree.elements(id).find(|&child| is(tree, child, tag))
}

fn nodes_in(tree: &Tree, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    tree.elements(id).filter(|&child| is(tree, child, Tag::DdfNode))
}

struct Reader<'t> {
    tree: &'t Tree,
    object: Object,
    /// URIs of nodes, as they are compared.
    known: HashSet<String>,
}

impl Reader<'_> {
    fn odd(&mut self, oddity: Oddity) {
        if self.object.oddities.len() < Limits::PROBLEMS_OF_A_KIND && !self.object.oddities.contains(&oddity) {
            self.object.oddities.push(oddity);
        }
    }

    fn text(&self, element: NodeId, tag: Tag) -> Option<String> {
        Some(syncml::trim(self.tree.text(child(self.tree, element, tag)?)).to_owned())
    }

    /// Reads one node; gives its path, unless that leads nowhere.
    fn node(&mut self, element: NodeId, above: Option<&[String]>) -> Option<Vec<String>> {
        let tree = self.tree;
        let name = self.text(element, Tag::DdfNodeName).unwrap_or_default();
        let mut path: Vec<String> = above.map(<[String]>::to_vec).unwrap_or_default();
        if let Some(written) = self.text(element, Tag::DdfPath) {
            // A Path of a node inside others goes on from the top all the same.
            if above.is_some() && !written.is_empty() {
                path.clear();
            }
            path.extend(written.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned));
        }
        path.push(name);
        if path.len() > Limits::TREE_SEGMENTS {
            self.odd(Oddity::TooDeep);
            return None;
        }
        let length = path.len();
        let bad = |(at, part): (usize, &String)| match part.as_str() {
            // Only nodes at the top may leave their names to the target.
            "" => above.is_some() && at.saturating_add(1) == length,
            "." | ".." => true,
            part => part.contains(['/', '?']) || part.len() > Limits::TREE_URI,
        };
        if let Some((_, part)) = path.iter().enumerate().find(|part| bad(*part)) {
            self.odd(Oddity::BadName(part.chars().take(80).collect()));
            return None;
        }
        let mut node = Node { path, has_children: nodes_in(tree, element).next().is_some(), ..Node::default() };
        self.properties(element, &mut node);
        if let Some(value) = child(tree, element, Tag::DdfValue) {
            node.value = Some(value_of(tree, value).into_owned());
        }
        let shown = node.path.join("/");
        if node.has_children && node.value.as_ref().is_some_and(|value| !value.is_empty()) {
            self.odd(Oddity::ValueAndNodes(shown.clone()));
        }
        let path = node.path.clone();
        let key: Vec<Cow<'_, str>> = path.iter().map(|part| uri::key(part)).collect();
        if self.known.insert(key.join("/")) {
            self.object.nodes.push(node);
        } else if node.value.is_some() || !node.has_children {
            // A node may come again to hold more nodes.
            self.odd(Oddity::Duplicate(shown));
        }
        Some(path)
    }

    fn properties(&self, element: NodeId, node: &mut Node) {
        let tree = self.tree;
        let Some(properties) = child(tree, element, Tag::DdfRTProperties) else { return };
        node.acl = self.text(properties, Tag::DdfACL);
        node.title = self.text(properties, Tag::DdfTitle);
        node.tstamp = self.text(properties, Tag::DdfTStamp);
        node.ver_no = self.text(properties, Tag::DdfVerNo);
        if let Some(format) = child(tree, properties, Tag::DdfFormat) {
            let named = tree.elements(format).next().map(|id| tree.name(id).to_owned());
            // Some write the name as text.
            let written = || Some(syncml::trim(tree.text(format)).to_owned()).filter(|text| !text.is_empty());
            node.format = named.or_else(written);
        }
        if let Some(media) = child(tree, properties, Tag::DdfType) {
            let inside = [Tag::DdfMIME, Tag::DdfDDFName].into_iter().find_map(|tag| self.text(media, tag));
            node.media_type =
                inside.or_else(|| Some(syncml::trim(tree.text(media)).to_owned())).filter(|text| !text.is_empty());
        }
    }

    /// Names nodes whose Path leads below nodes that are not in the object, where others of it are.
    fn orphans(&mut self) {
        if self.object.tops < 2 {
            return;
        }
        let key = |path: &[String]| path.iter().map(|part| uri::key(part)).collect::<Vec<_>>().join("/");
        let first = self.object.nodes.first().map(|node| node.path.clone()).unwrap_or_default();
        let top = first.len();
        let alone = |node: &&Node| {
            let above = node.path.get(..node.path.len().saturating_sub(1)).unwrap_or_default();
            // Beside the first node, all of them are as good as it.
            node.path.len() > top && !above.is_empty() && !self.known.contains(&key(above))
        };
        let found: Vec<String> = self.object.nodes.iter().filter(alone).map(|node| node.path.join("/")).collect();
        for path in found {
            self.odd(Oddity::Orphan(path));
        }
    }
}

/// The octets of a value.
fn value_of(tree: &Tree, value: NodeId) -> Cow<'_, [u8]> {
    match tree.content_bytes(value) {
        octets if std::str::from_utf8(octets).is_err() => Cow::Borrowed(octets),
        _ => Cow::Borrowed(syncml::trim(tree.text(value)).as_bytes()),
    }
}
