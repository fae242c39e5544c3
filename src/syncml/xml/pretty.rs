//! A tree as indented XML, for people.

use super::canonical::{syncml_uri, wanted_uri};
use crate::base::Limits;
use crate::markup::{ElementForm, Kind, Namespace, NodeId, Prolog, Since, Tag, TextForm, Tree};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Levels that are indented; deeper ones stay in that column, lest blanks outweigh a hostile document.
const LEVELS: usize = 40;

/// How [`write_pretty`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrettyOptions {
    /// Blanks for each level.
    pub indent: usize,
    /// Whether documents inside texts and octets are written as elements.
    pub embedded: bool,
    /// The version whose name space the SyncML elements of a WBXML document get; `None`: that of its VerDTD.
    pub version: Option<Since>,
}

impl Default for PrettyOptions {
    fn default() -> Self {
        Self { indent: 2, embedded: true, version: None }
    }
}

/// Where a node begins in the written text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Writes a tree as indented XML.
///
/// Elements of an XML document keep their attributes as written; those of a WBXML document get the name spaces of their
/// code pages. Characters that are not seen, or that XML forbids, are shown as symbols (`␀`) or by number (`[U+202E]`);
/// octets are shown in base64 after a comment that says so. The result is to be looked at, not to be sent.
pub fn write_pretty(tree: &Tree, options: &PrettyOptions) -> String {
    write(tree, *options).out
}

/// As [`write_pretty`] with default options, with the place of each node that was written, in document order. Nodes of
/// embedded documents are not among them.
pub fn write_pretty_with_positions(tree: &Tree) -> (String, Vec<(NodeId, Place)>) {
    write_pretty_hiding(tree, &BTreeSet::new())
}

/// The same, with `***` in place of what is in these elements.
pub fn write_pretty_hiding(tree: &Tree, hidden: &BTreeSet<NodeId>) -> (String, Vec<(NodeId, Place)>) {
    let mut printer = Printer::new(PrettyOptions::default());
    printer.hidden = hidden.clone();
    printer.write(tree);
    (printer.out, printer.places)
}

fn write(tree: &Tree, options: PrettyOptions) -> Printer {
    let mut printer = Printer::new(options);
    printer.write(tree);
    printer
}

struct Printer {
    out: String,
    line: usize,
    column: usize,
    places: Vec<(NodeId, Place)>,
    indent: usize,
    options: PrettyOptions,
    /// Elements of the document whose content is not shown, and what is in them.
    hidden: BTreeSet<NodeId>,
}

struct Open<'t> {
    id: NodeId,
    uri: &'t str,
    /// Whether its children stand on lines of their own.
    block: bool,
    /// Whether its text was written as an embedded document.
    replaced: bool,
}

impl Printer {
    fn new(options: PrettyOptions) -> Self {
        let indent = options.indent;
        Self { out: String::new(), line: 1, column: 1, places: Vec::new(), indent, options, hidden: BTreeSet::new() }
    }

    fn write(&mut self, tree: &Tree) {
        self.document(tree, 0, 0);
        if !self.out.is_empty() {
            self.push("\n");
        }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rsplit_once('\n') {
            Some((before, last)) => {
                self.line += 1 + before.matches('\n').count();
                self.column = 1 + last.chars().count();
            }
            None => self.column += text.chars().count(),
        }
    }

    fn new_line(&mut self, level: usize) {
        if !self.out.is_empty() {
            self.push("\n");
        }
        let blanks = " ".repeat(level.min(LEVELS).saturating_mul(self.indent.min(16)));
        self.push(&blanks);
    }

    fn place(&mut self, id: NodeId, embedding: usize) {
        if embedding == 0 {
            self.places.push((id, Place { line: self.line, column: self.column }));
        }
    }

    fn document(&mut self, tree: &Tree, base: usize, embedding: usize) {
        let version = self.options.version.unwrap_or_else(|| version_of(tree));
        let mut open: Vec<Open<'_>> = Vec::new();
        for id in tree.ids() {
            let hides = embedding == 0 && !self.hidden.is_empty();
            if hides && tree.parent(id).is_some_and(|parent| self.hidden.contains(&parent)) {
                self.hidden.insert(id);
                continue;
            }
            while let Some(innermost) = open.last()
                && tree.parent(id) != Some(innermost.id)
            {
                let (closed, block) = (innermost.id, innermost.block);
                open.pop();
                self.end_tag(tree, closed, block, base + open.len());
            }
            let level = base + open.len();
            let block = open.last().is_none_or(|around| around.block);
            match tree.kind(id) {
                Kind::Element { form, .. } => {
                    let around = open.last().map_or("", |around| around.uri);
                    let uri = wanted_uri(tree, id, version).unwrap_or(around);
                    self.new_line(level);
                    self.place(id, embedding);
                    self.start_tag(tree, id, uri, around);
                    if hides && self.hidden.contains(&id) && tree.children(id).next().is_some() {
                        let end = format!(">***</{}>", visible(tree.qualified_name(id)));
                        self.push(&end);
                    } else if tree.children(id).next().is_some() {
                        self.push(">");
                        let block = tree.children(id).any(|child| {
                            matches!(tree.kind(child), Kind::Element { .. }) || self.shows(tree, child, embedding)
                        });
                        open.push(Open { id, uri, block, replaced: false });
                    } else if form == ElementForm::Open {
                        let end = format!("></{}>", visible(tree.qualified_name(id)));
                        self.push(&end);
                    } else {
                        self.push("/>");
                    }
                }
                Kind::Text { .. } | Kind::Bytes if open.last().is_some_and(|around| around.replaced) => {}
                Kind::Text { .. } | Kind::Bytes if self.shows(tree, id, embedding) => {
                    if let Some(around) = open.last_mut() {
                        around.replaced = true;
                    }
                    self.new_line(level);
                    self.place(id, embedding);
                    let held = match tree.kind(id) {
                        Kind::Text { form: TextForm::CData } => "in a CDATA section",
                        Kind::Text { form: TextForm::String(_) } | Kind::Bytes => "in a string or OPAQUE",
                        _ => "in escaped text",
                    };
                    self.push(&format!("<!-- a document {held}: -->"));
                    if let Some(inner) = tree.embedded(id) {
                        self.document(inner, level, embedding + 1);
                    }
                }
                Kind::Text { .. } => {
                    let text = if block { tree.piece(id).trim() } else { tree.piece(id) };
                    if !text.is_empty() {
                        if block {
                            self.new_line(level);
                        }
                        self.place(id, embedding);
                        let text = escaped(text);
                        self.push(&text);
                    }
                }
                Kind::Bytes => {
                    if block {
                        self.new_line(level);
                    }
                    self.place(id, embedding);
                    let bytes = tree.bytes(id);
                    let text = format!("<!-- {} octets in base64: -->{}", bytes.len(), STANDARD.encode(bytes));
                    self.push(&text);
                }
                Kind::Aside { what } => {
                    if block {
                        self.new_line(level);
                    }
                    self.place(id, embedding);
                    let piece = visible(tree.piece(id));
                    let text = match what {
                        Prolog::Declaration | Prolog::Instruction => format!("<?{piece}?>"),
                        Prolog::Comment => format!("<!--{piece}-->"),
                        Prolog::DocType => format!("<!DOCTYPE{piece}>"),
                        Prolog::WbxmlInstruction => format!("<!-- WBXML instruction: {piece} -->"),
                        Prolog::WbxmlExtension => format!("<!-- WBXML extension: {piece} -->"),
                    };
                    self.push(&text);
                }
            }
        }
        while let Some(innermost) = open.pop() {
            self.end_tag(tree, innermost.id, innermost.block, base + open.len());
        }
    }

    /// Whether a node is written as the document that it holds.
    fn shows(&self, tree: &Tree, id: NodeId, embedding: usize) -> bool {
        self.options.embedded && embedding < Limits::EMBEDDED && tree.embedded(id).is_some()
    }

    fn start_tag(&mut self, tree: &Tree, id: NodeId, uri: &str, around: &str) {
        let mut tag = String::from("<");
        tag.push_str(&visible(tree.qualified_name(id)));
        let raw = tree.raw(id).trim();
        if !raw.is_empty() {
            tag.push(' ');
            tag.push_str(&visible(raw));
        } else if matches!(tree.namespace(id), Namespace::CodePage(_)) && uri != around {
            let _ = write!(tag, " xmlns='{uri}'");
        }
        self.push(&tag);
    }

    fn end_tag(&mut self, tree: &Tree, id: NodeId, block: bool, level: usize) {
        if block {
            self.new_line(level);
        }
        let tag = format!("</{}>", visible(tree.qualified_name(id)));
        self.push(&tag);
    }
}

/// The version that the document's VerDTD names; 1.2 where it names none.
fn version_of(tree: &Tree) -> Since {
    let text = tree
        .root()
        .and_then(|root| tree.child(root, Tag::SyncHdr))
        .and_then(|hdr| tree.child(hdr, Tag::VerDTD))
        .map_or("", |version| tree.text(version).trim());
    [Since::V1_0, Since::V1_1, Since::V1_2]
        .into_iter()
        .find(|&version| !text.is_empty() && syncml_uri(version).ends_with(text))
        .unwrap_or(Since::V1_2)
}

/// Shows what is not seen.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|ch| push_visible(ch, &mut out));
    out
}

/// Escapes mark-up and shows what is not seen.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            ch => push_visible(ch, &mut out),
        }
    }
    out
}

fn push_visible(ch: char, out: &mut String) {
    match ch {
        '\t' | '\n' => out.push(ch),
        // The pictures of control characters stand in the order of the characters.
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(ch)).unwrap_or('\u{2426}')),
        '\u{7f}' => out.push('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fffe}'
        | '\u{ffff}' => {
            let _ = write!(out, "[U+{:04X}]", u32::from(ch));
        }
        ch => out.push(ch),
    }
}
