//! Tree to octets (WBXML 1.3, sections 5.4 and 5.8).

use super::charset::Charset;
use super::document::{Choice, Choices, Document, What};
use super::header::{Header, PublicId};
use super::language::{Language, unknown_token};
use super::token::{width, write_integer};
use crate::markup::{Children, ElementForm, Kind, Namespace, NodeId, Prolog, StringForm, Tag, TextForm, Tree};

/// Writes a document.
///
/// What [`decode`](super::decode) made of some octets becomes the same octets, odd and undecodable ones included.
pub fn encode(document: &Document) -> Vec<u8> {
    let Document { header, language, tree, choices, .. } = document;
    let mut writer = Writer {
        out: Vec::with_capacity(tree.len().saturating_mul(8)),
        tree,
        language: *language,
        charset: header.charset(),
        choices,
        next: 0,
        event: 0,
        page: 0,
    };
    writer.header(header, choices.header_cut);
    for id in tree.top() {
        if writer.subtree(id).is_none() {
            break;
        }
    }
    // Switches before the place where reading stopped.
    writer.begin();
    writer.out.extend_from_slice(&choices.rest);
    writer.out
}

struct Writer<'d> {
    out: Vec<u8>,
    tree: &'d Tree,
    language: Language,
    charset: Charset,
    choices: &'d Choices,
    /// The choice that comes next.
    next: usize,
    event: u32,
    page: u8,
}

/// How one token deviates from the shortest way.
#[derive(Default)]
struct Deviation<'d> {
    integer: Option<&'d [u8]>,
    octets: Option<&'d [u8]>,
    attributes: Option<&'d [u8]>,
}

impl<'d> Writer<'d> {
    fn header(&mut self, header: &Header, cut: bool) {
        let widths = header.widths;
        self.out.push(header.version);
        match &header.public_id {
            PublicId::Number(number) => write_integer(&mut self.out, *number, widths.public_id),
            PublicId::Unknown => write_integer(&mut self.out, 1, widths.public_id),
            PublicId::Table { index, .. } => {
                write_integer(&mut self.out, 0, widths.public_id);
                write_integer(&mut self.out, *index, widths.index);
            }
        }
        if let Some(charset) = header.charset {
            write_integer(&mut self.out, charset, widths.charset);
        }
        if !cut {
            write_integer(&mut self.out, clamp(header.string_table.len()), widths.table);
            self.out.extend_from_slice(&header.string_table);
        }
    }

    /// Writes the switches before the next event and collects what else was chosen for it.
    fn begin(&mut self) -> Deviation<'d> {
        let choices = self.choices;
        let mut deviation = Deviation::default();
        while let Some(&Choice { event, what }) = choices.list.get(self.next) {
            if event != self.event {
                break;
            }
            self.next += 1;
            match what {
                What::Switch(page) => self.switch(page),
                What::Integer(start, end) => deviation.integer = Some(choices.range(start, end)),
                What::Octets(start, end) => deviation.octets = Some(choices.range(start, end)),
                What::Attributes(start, end) => deviation.attributes = Some(choices.range(start, end)),
            }
        }
        deviation
    }

    fn switch(&mut self, page: u8) {
        self.out.extend_from_slice(&[0x00, page]);
        self.page = page;
    }

    /// Whether the document was read no further than this.
    fn is_cut(&self) -> bool {
        self.choices.cut == Some(self.event)
    }

    /// Writes a node and all below it; `None` when the place is reached at which reading stopped.
    fn subtree(&mut self, top: NodeId) -> Option<()> {
        let tree = self.tree;
        let mut open: Vec<Children<'d>> = Vec::new();
        let mut next = Some(top);
        loop {
            match next {
                Some(id) => {
                    if self.is_cut() {
                        return None;
                    }
                    if self.node(id) {
                        open.push(tree.children(id));
                    }
                }
                None => {
                    if self.is_cut() {
                        return None;
                    }
                    self.begin();
                    self.out.push(0x01);
                    self.event += 1;
                    open.pop();
                }
            }
            match open.last_mut() {
                Some(children) => next = children.next(),
                None => return Some(()),
            }
        }
    }

    /// Writes the token of a node; tells whether content and an END follow.
    fn node(&mut self, id: NodeId) -> bool {
        let deviation = self.begin();
        let mut content = false;
        match self.tree.kind(id) {
            Kind::Element { tag, form } => content = self.tag(id, tag, form, &deviation),
            Kind::Text { form } => self.text(id, form, &deviation),
            Kind::Bytes => self.opaque(self.tree.bytes(id), 1, deviation.integer),
            Kind::Aside { what: Prolog::WbxmlInstruction } => {
                self.out.push(0x43);
                let text = self.tree.piece(id).as_bytes().chunks_exact(2);
                let octets = text.filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
                self.out.extend(octets);
            }
            Kind::Aside { .. } => self.out.extend_from_slice(deviation.octets.unwrap_or_default()),
        }
        self.event += 1;
        content
    }

    fn tag(&mut self, id: NodeId, tag: Tag, form: ElementForm, deviation: &Deviation<'_>) -> bool {
        let attributes = if deviation.attributes.is_some() { 0x80 } else { 0 };
        let content = match form {
            ElementForm::Literal { index, content } => {
                self.out.push(0x04 | attributes | if content { 0x40 } else { 0 });
                self.integer(index, 1, deviation.integer);
                content
            }
            ElementForm::Open | ElementForm::Empty => {
                let (page, token) = self.place(id, tag);
                if page != self.page {
                    self.switch(page);
                }
                let content = form == ElementForm::Open;
                self.out.push(token | attributes | if content { 0x40 } else { 0 });
                content
            }
        };
        self.out.extend_from_slice(deviation.attributes.unwrap_or_default());
        content
    }

    /// Page and token of an element that is not written as a LITERAL.
    fn place(&self, id: NodeId, tag: Tag) -> (u8, u8) {
        if let (Some(vocabulary), Some(token)) = (tag.vocabulary(), tag.token()) {
            let page = match self.tree.namespace(id) {
                Namespace::CodePage(page) if self.language.vocabulary(page) == Some(vocabulary) => Some(page),
                _ => self.language.page(vocabulary),
            };
            if let Some(page) = page {
                return (page, token);
            }
        }
        // `from_tree` writes what has no token as LITERAL; 0x3F is a token that no page has.
        unknown_token(self.tree.qualified_name(id)).unwrap_or((self.page, 0x3f))
    }

    fn text(&mut self, id: NodeId, form: TextForm, deviation: &Deviation<'_>) {
        let text = self.tree.piece(id);
        match form {
            TextForm::String(StringForm::Table(index)) => {
                self.out.push(0x83);
                self.integer(index, 1, deviation.integer);
            }
            TextForm::String(StringForm::Opaque { length_octets }) => {
                self.opaque(text.as_bytes(), length_octets, deviation.integer);
            }
            TextForm::String(StringForm::Entity { code_octets }) => {
                self.out.push(0x02);
                self.integer(text.chars().next().unwrap_or_default().into(), code_octets, deviation.integer);
            }
            TextForm::String(StringForm::Inline) | TextForm::Plain | TextForm::CData | TextForm::Reference => {
                self.out.push(0x03);
                match deviation.octets {
                    Some(octets) => self.out.extend_from_slice(octets),
                    None => self.out.extend_from_slice(&self.charset.encode(text)),
                }
                self.out.extend_from_slice(if self.charset.is_wide() { &[0, 0] } else { &[0] });
            }
        }
    }

    fn opaque(&mut self, octets: &[u8], length_octets: u8, written: Option<&[u8]>) {
        self.out.push(0xc3);
        self.integer(clamp(octets.len()), length_octets, written);
        self.out.extend_from_slice(octets);
    }

    fn integer(&mut self, value: u32, octets: u8, written: Option<&[u8]>) {
        match written {
            Some(written) => self.out.extend_from_slice(written),
            None => write_integer(&mut self.out, value, octets.max(width(value))),
        }
    }
}

fn clamp(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
