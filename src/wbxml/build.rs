//! A document from a tree that was not decoded from WBXML: read from XML, or built.

use super::document::{Choices, Document};
use super::header::{Header, PublicId, Widths};
use super::language::{KnownId, Language, unknown_token};
use super::token::width;
use crate::base::Span;
use crate::markup::{
    Children, ElementForm, Kind, Namespace, NodeId, Prolog, Since, StringForm, Tag, TextForm, Tree, TreeBuilder,
};
use std::collections::HashMap;

/// How a tree is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeOptions {
    /// The version octet.
    pub version: u8,
    /// The public identifier; `None` takes the one of the root element and its VerDTD.
    pub public_id: Option<IdForm>,
    /// How text of `Data` is written.
    pub data: DataForm,
    /// Whether strings that occur more than once go to the string table.
    pub share_strings: bool,
}

/// How a public identifier is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdForm {
    /// As a number; 1 means "unknown".
    Number(u32),
    /// As text in the string table.
    Text {
        /// The identifier.
        text: String,
        /// Whether a terminator follows it even where nothing else stands in the table.
        terminated: bool,
    },
}

/// The token with which text of `Data` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataForm {
    /// STR_I.
    Inline,
    /// OPAQUE.
    Opaque,
}

impl Default for EncodeOptions {
    /// WBXML 1.3, numbers for public identifiers where there are any, STR_I, no string table.
    fn default() -> Self {
        Self { version: 3, public_id: None, data: DataForm::Inline, share_strings: false }
    }
}

/// Makes a document in UTF-8 of a tree.
///
/// Elements get their tokens, and LITERAL where the language has none; elements of DDF inside SyncML go to page 2. Octets
/// and texts with U+0000 become OPAQUE. Pieces of text that XML separates are joined, and white space between elements,
/// comments and attributes are left out.
pub fn from_tree(tree: &Tree, options: &EncodeOptions) -> Document {
    let derived = identifier(tree);
    let form = match (&options.public_id, derived.number) {
        (Some(form), _) => form.clone(),
        (None, Some(number)) => IdForm::Number(number),
        (None, None) => IdForm::Text { text: derived.text.to_owned(), terminated: true },
    };
    let mut strings = Strings::default();
    let (public_id, known) = match form {
        IdForm::Number(1) => (PublicId::Unknown, None),
        IdForm::Number(number) => (PublicId::Number(number), KnownId::of_number(number)),
        IdForm::Text { text, terminated } => {
            strings.first(&text, terminated);
            let known = KnownId::of_text(&text);
            (PublicId::Table { index: 0, text: Some(text.into_boxed_str()) }, known)
        }
    };
    let language = known.map_or(derived.language, |known| known.language);
    let counts = if options.share_strings { count(tree) } else { HashMap::new() };
    let mut builder = Builder {
        tree,
        language,
        data: options.data,
        counts,
        strings,
        out: TreeBuilder::for_body(tree.len().saturating_mul(8), 8),
    };
    if let Some(root) = tree.root() {
        builder.element(root);
    }
    let Builder { out, strings, .. } = builder;
    let charset = (options.version > 0).then_some(106);
    Document {
        header: Header {
            version: options.version,
            public_id,
            charset,
            string_table: strings.table.into(),
            widths: Widths::default(),
        },
        language,
        tree: out.finish(0),
        anomalies: Vec::new(),
        anomalies_left_out: 0,
        fault: None,
        embedded: Vec::new(),
        choices: Choices::default(),
    }
}

/// The public identifier that belongs to a root element and the VerDTD in its header.
fn identifier(tree: &Tree) -> &'static KnownId {
    const DEFAULT: &KnownId = &KnownId {
        number: Some(0x1201),
        text: "-//SYNCML//DTD SyncML 1.2//EN",
        language: Language::SyncMl,
        version: Since::V1_2,
    };
    let Some(root) = tree.root() else { return DEFAULT };
    let language = tree.tag(root).and_then(Language::of_root).unwrap_or(Language::SyncMl);
    let at = tree.child(root, Tag::SyncHdr).unwrap_or(root);
    let version = [Tag::VerDTD, Tag::DevInfVerDTD].into_iter().find_map(|tag| tree.child(at, tag));
    let version = match version.map(|version| tree.text(version).trim()) {
        Some("1.0") => Since::V1_0,
        Some("1.1") => Since::V1_1,
        _ => Since::V1_2,
    };
    KnownId::of_language(language, version).unwrap_or(DEFAULT)
}

/// How often each text occurs.
fn count(tree: &Tree) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for id in tree.ids().filter(|&id| matches!(tree.kind(id), Kind::Element { .. })) {
        let text = tree.text(id);
        // A reference takes two octets or more, a string of two characters three.
        if text.len() > 2 {
            *counts.entry(text).or_default() += 1;
        }
    }
    counts
}

/// The string table in the making.
#[derive(Debug, Default)]
struct Strings {
    table: Vec<u8>,
    places: HashMap<Box<str>, u32>,
    /// The first string has no terminator yet.
    unterminated: bool,
}

impl Strings {
    fn first(&mut self, text: &str, terminated: bool) {
        self.index(text);
        if !terminated {
            self.table.pop();
            self.unterminated = true;
        }
    }

    fn index(&mut self, text: &str) -> u32 {
        if let Some(&index) = self.places.get(text) {
            return index;
        }
        if std::mem::take(&mut self.unterminated) {
            self.table.push(0);
        }
        let index = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        self.table.extend_from_slice(text.as_bytes());
        self.table.push(0);
        self.places.insert(text.into(), index);
        index
    }
}

struct Builder<'t> {
    tree: &'t Tree,
    language: Language,
    data: DataForm,
    counts: HashMap<&'t str, usize>,
    strings: Strings,
    out: TreeBuilder,
}

/// An element whose children are being written.
struct Frame<'t> {
    id: NodeId,
    children: Children<'t>,
    has_elements: bool,
    /// Text that was met and not written yet.
    text: String,
}

impl<'t> Builder<'t> {
    fn element(&mut self, top: NodeId) {
        let tree = self.tree;
        let mut frames = vec![self.open(top)];
        while let Some(frame) = frames.last_mut() {
            let Some(child) = frame.children.next() else {
                self.flush(frame);
                self.out.close(0);
                frames.pop();
                continue;
            };
            match tree.kind(child) {
                Kind::Text { form: TextForm::String(StringForm::Opaque { .. }) } => {
                    self.flush(frame);
                    let id = self.opaque(tree.piece(child));
                    self.embed(child, id);
                }
                Kind::Text { form: TextForm::String(StringForm::Entity { .. }) } => {
                    self.flush(frame);
                    self.entity(tree.piece(child));
                }
                Kind::Text { .. } => frame.text.push_str(tree.piece(child)),
                Kind::Bytes => {
                    self.flush(frame);
                    let id = self.out.bytes(tree.bytes(child), Span::default());
                    self.embed(child, id);
                }
                Kind::Aside { what: Prolog::WbxmlInstruction } => {
                    self.flush(frame);
                    self.out.aside(tree.piece(child), Prolog::WbxmlInstruction, Span::default());
                }
                Kind::Aside { .. } => {}
                Kind::Element { .. } => {
                    self.flush(frame);
                    let inner = self.open(child);
                    frames.push(inner);
                }
            }
        }
    }

    fn embed(&mut self, from: NodeId, to: NodeId) {
        if let Some(embedded) = self.tree.embedded(from) {
            self.out.set_embedded(to, embedded.clone());
        }
    }

    /// Opens an element with the form that it is to be written in.
    fn open(&mut self, id: NodeId) -> Frame<'t> {
        let tree = self.tree;
        let has_elements = tree.elements(id).next().is_some();
        let content = tree.children(id).any(|child| match tree.kind(child) {
            Kind::Element { .. } | Kind::Bytes | Kind::Aside { what: Prolog::WbxmlInstruction } => true,
            Kind::Text { .. } => !tree.piece(child).is_empty(),
            Kind::Aside { .. } => false,
        });
        let tag = tree.tag(id).unwrap_or(Tag::Unknown);
        let asked = matches!(tree.element_form(id), Some(ElementForm::Literal { .. }));
        let token = if asked { None } else { self.token(id, tag) };
        let (form, page) = match token {
            Some(page) => (if content { ElementForm::Open } else { ElementForm::Empty }, page),
            None => (ElementForm::Literal { index: self.strings.index(tree.name(id)), content }, 0),
        };
        let node = self.out.open(tag, form, Namespace::CodePage(page), Span::default());
        if tag == Tag::Unknown {
            self.out.set_name(node, tree.name(id));
        }
        Frame { id, children: tree.children(id), has_elements, text: String::new() }
    }

    /// The page of an element that has a token in the language.
    fn token(&self, id: NodeId, tag: Tag) -> Option<u8> {
        match tag.vocabulary() {
            Some(vocabulary) => self.language.page(vocabulary),
            None => unknown_token(self.tree.name(id)).map(|(page, _)| page),
        }
    }

    /// Writes the text that was met, white space between elements left out.
    fn flush(&mut self, frame: &mut Frame<'_>) {
        let text = std::mem::take(&mut frame.text);
        if text.is_empty() || (frame.has_elements && text.trim().is_empty()) {
            return;
        }
        let is_data = self.tree.tag(frame.id) == Some(Tag::Data);
        if text.contains('\0') || (is_data && self.data == DataForm::Opaque) {
            self.opaque(&text);
            return;
        }
        let form = match self.counts.get(&*text) {
            Some(2..) => StringForm::Table(self.strings.index(&text)),
            _ => StringForm::Inline,
        };
        self.out.text(&text, TextForm::String(form), Span::default());
    }

    fn opaque(&mut self, text: &str) -> NodeId {
        let length_octets = width(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.out.text(text, TextForm::String(StringForm::Opaque { length_octets }), Span::default())
    }

    fn entity(&mut self, text: &str) {
        for character in text.chars() {
            let mut buffer = [0; 4];
            let code_octets = width(character.into());
            let form = TextForm::String(StringForm::Entity { code_octets });
            self.out.text(character.encode_utf8(&mut buffer), form, Span::default());
        }
    }
}
