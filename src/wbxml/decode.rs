//! Tokens to tree (WBXML 1.3, section 5.8).

use super::anomaly::{Anomalies, Anomaly};
use super::charset::{Charset, Fit};
use super::document::{Choices, Document, Embedded, What};
use super::error::{WbxmlError, WbxmlErrorKind};
use super::header::{self, Header, PublicId, Start};
use super::language::{Hint, Language, Page, unknown_name};
use super::token::{Integer, Reader, Token};
use crate::base::{Limits, Span};
use crate::markup::{ElementForm, Namespace, NodeId, Prolog, StringForm, Tag, TextForm, Tree, TreeBuilder};
use std::fmt::Write as _;

/// Decodes a document.
///
/// Whatever follows a readable header gives a document: where reading had to stop, the tree up to there is in it and
/// [`Document::fault`] says why.
///
/// # Errors
/// There is no octet, the header is cut or senseless, or the body is no WBXML at all.
pub fn decode(body: &[u8], hint: Hint) -> Result<Document, WbxmlError> {
    decode_from(body, 0, hint, 0, &mut Budget::default())
}

/// What a document and those inside it may still cost.
#[derive(Debug, Clone, Copy)]
struct Budget {
    /// Nodes and choices.
    nodes: usize,
    /// Octets of text from the string table. Two octets of body may stand for a whole table.
    expansion: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: Limits::NODES, expansion: Limits::DECODED_BODY }
    }
}

/// Decodes the document that begins at `at` and ends with `body`; `level` documents are around it.
fn decode_from(body: &[u8], at: usize, hint: Hint, level: usize, budget: &mut Budget) -> Result<Document, WbxmlError> {
    let mut reader = Reader::new(body, at);
    let Start { header, language, fault, anomalies } = header::read(&mut reader, hint)?;
    if let Some(fault) = fault {
        let rest = reader.rest().to_vec();
        return Ok(Document {
            header,
            language,
            tree: Tree::default(),
            anomalies: anomalies.list,
            anomalies_left_out: anomalies.left_out,
            fault: Some(fault),
            embedded: Vec::new(),
            choices: Choices { header_cut: true, cut: Some(0), rest, ..Choices::default() },
        });
    }
    let mut decoder = Decoder {
        builder: TreeBuilder::for_body(reader.rest().len(), 7),
        charset: header.charset(),
        tags: language.tags(0),
        tags_page: 0,
        header: &header,
        language,
        anomalies,
        choices: Choices::default(),
        event: 0,
        page: 0,
        pending: None,
        token_at: reader.at(),
        reader,
        level,
        budget,
        embedded: Vec::new(),
    };
    let fault = decoder.document().err();
    let Decoder { builder, anomalies, choices, embedded, reader, .. } = decoder;
    let end = fault.as_ref().map_or(reader.at(), |fault| fault.at);
    Ok(Document {
        tree: builder.finish(end),
        header,
        language,
        anomalies: anomalies.list,
        anomalies_left_out: anomalies.left_out,
        fault,
        embedded,
        choices,
    })
}

/// Whether a document seems to begin at `at`, and if so, whether a known public identifier says so. Its first element must
/// be a known one, and without an identifier the root of a known language.
fn begins_document(body: &[u8], at: usize) -> Option<bool> {
    if !matches!(body.get(at), Some(1..=3)) {
        return None;
    }
    let mut reader = Reader::new(body, at);
    let start = header::read(&mut reader, Hint::NONE).ok()?;
    let named = start.header.public_id.known().is_some();
    let first = header::first_tag(&reader, &start);
    let plausible = match start.header.public_id {
        _ if named => first != Tag::Unknown,
        PublicId::Unknown => start.header.charset == Some(106) && Language::of_root(first).is_some(),
        _ => false,
    };
    plausible.then_some(named)
}

/// Whether an OPAQUE from `at` to the end of `body` would be taken for a document.
pub(crate) fn holds_document(body: &[u8], at: usize) -> bool {
    match begins_document(body, at) {
        None => false,
        Some(true) => true,
        Some(false) => decode_from(body, at, Hint::NONE, Limits::EMBEDDED, &mut Budget::default())
            .is_ok_and(|document| document.fault.is_none() && document.anomalies.is_empty()),
    }
}

struct Decoder<'a, 'd> {
    reader: Reader<'a>,
    header: &'d Header,
    language: Language,
    charset: Charset,
    builder: TreeBuilder,
    anomalies: Anomalies,
    choices: Choices,
    embedded: Vec<Embedded>,
    /// Number of the event that comes next (see [`Choices`]).
    event: u32,
    /// The page in force at the last token that is in the tree.
    page: u8,
    /// A switch after that token, and where it stands.
    pending: Option<(u8, usize)>,
    /// The token that is being read.
    token_at: usize,
    /// The tags of the page looked at last.
    tags: &'static Page,
    tags_page: u8,
    level: usize,
    budget: &'d mut Budget,
}

impl<'a> Decoder<'a, '_> {
    fn document(&mut self) -> Result<(), WbxmlError> {
        let outcome = self.body();
        let end = match &outcome {
            Ok(()) if self.builder.depth() == 0 && self.builder.tree().root().is_some() => {
                self.after_root();
                return Ok(());
            }
            Ok(()) => {
                self.token_at = self.reader.at();
                self.reader.at()
            }
            Err(error) => error.at,
        };
        let rest = self.pending.map_or(self.token_at, |(_, at)| at);
        self.choices.cut = Some(self.event);
        self.choices.rest = self.reader.body().get(rest..).unwrap_or_default().to_vec();
        let cut = matches!(&outcome, Ok(()) | Err(WbxmlError { kind: WbxmlErrorKind::Truncated { .. }, .. }));
        if cut && self.builder.depth() > 0 {
            self.anomalies.push(Anomaly::MissingEnd { offset: end, count: self.builder.depth() });
        }
        match outcome {
            Ok(()) if self.builder.tree().root().is_none() => Err(WbxmlError::new(end, WbxmlErrorKind::NoRoot)),
            outcome => outcome,
        }
    }

    /// Reads tokens up to the end of the root element, or of the octets.
    fn body(&mut self) -> Result<(), WbxmlError> {
        while self.reader.peek().is_some() {
            let at = self.reader.at();
            self.token_at = at;
            match self.reader.token()? {
                Token::Tag(octet) => {
                    if self.tag(at, octet)? {
                        return Ok(());
                    }
                }
                Token::End => {
                    if self.builder.depth() == 0 {
                        return Err(WbxmlError::new(at, WbxmlErrorKind::EndBeforeRoot));
                    }
                    self.settle(false);
                    self.builder.close(self.reader.at());
                    self.event += 1;
                    if self.builder.depth() == 0 {
                        return Ok(());
                    }
                }
                Token::Inline(octets) => self.inline(at, octets)?,
                Token::Switch(page) => self.switch(at, page)?,
                Token::Opaque(length, octets) => self.opaque(at, length, octets)?,
                Token::Table(index) => self.table(at, index)?,
                Token::Entity(code) => self.entity(at, code)?,
                Token::Literal(octet, index) => {
                    if self.literal(at, octet, index)? {
                        return Ok(());
                    }
                }
                Token::Instruction(octets) => self.instruction(at, octets)?,
                Token::ExtensionInline(number, octets) => {
                    let (text, _) = self.charset.decode(octets);
                    self.extension(at, &format!("EXT_I_{number} {text:?}"))?;
                }
                Token::ExtensionTable(number, argument) => {
                    self.check(argument);
                    self.extension(at, &format!("EXT_T_{number} {}", argument.value))?;
                }
                Token::Extension(number) => self.extension(at, &format!("EXT_{number}"))?,
            }
        }
        Ok(())
    }

    /// Makes sure that another node may be kept.
    #[inline]
    fn room(&mut self, at: usize) -> Result<(), WbxmlError> {
        match self.budget.nodes.checked_sub(1) {
            Some(left) => {
                self.budget.nodes = left;
                Ok(())
            }
            None => Err(WbxmlError::new(at, WbxmlErrorKind::Nodes)),
        }
    }

    fn check(&mut self, integer: Integer) {
        if integer.is_long() {
            self.anomalies.push(Anomaly::LongInteger { offset: integer.at, octets: integer.octets });
        }
    }

    fn switch(&mut self, at: usize, page: u8) -> Result<(), WbxmlError> {
        if self.pending.is_some() {
            self.room(at)?;
            self.settle(false);
        }
        if self.language.vocabulary(page).is_none() {
            self.anomalies.push(Anomaly::UnknownPage { offset: at, page });
        }
        self.pending = Some((page, at));
        Ok(())
    }

    /// Puts a pending switch into force, and keeps it as a choice unless a tag of that page needed it here.
    #[inline]
    fn settle(&mut self, tag: bool) {
        if let Some((page, _)) = self.pending.take() {
            if !tag || page == self.page {
                self.choices.switch(self.event, page);
            }
            self.page = page;
        }
    }

    fn deeper(&self, at: usize) -> Result<(), WbxmlError> {
        if self.builder.depth() < Limits::DEPTH { Ok(()) } else { Err(WbxmlError::new(at, WbxmlErrorKind::Depth)) }
    }

    /// Opens an element; tells whether it was the root and is closed already.
    #[inline]
    fn tag(&mut self, at: usize, octet: u8) -> Result<bool, WbxmlError> {
        self.deeper(at)?;
        self.room(at)?;
        let attributes = match octet & 0x80 {
            0 => None,
            _ => Some(self.reader.attributes("the attributes of a tag")?),
        };
        self.settle(true);
        if self.tags_page != self.page {
            self.tags_page = self.page;
            self.tags = self.language.tags(self.page);
        }
        let token = octet & 0x3f;
        let tag = self.tags.get(usize::from(token)).copied().unwrap_or(Tag::Unknown);
        let content = octet & 0x40 != 0;
        let form = if content { ElementForm::Open } else { ElementForm::Empty };
        let id = self.builder.open(tag, form, Namespace::CodePage(self.page), Span::new(at, at));
        if tag == Tag::Unknown {
            self.builder.set_name(id, &unknown_name(self.page, token));
            self.anomalies.push(Anomaly::UnknownTag { offset: at, page: self.page, token });
        }
        Ok(self.opened(at, attributes, content))
    }

    fn literal(&mut self, at: usize, octet: u8, index: Integer) -> Result<bool, WbxmlError> {
        self.deeper(at)?;
        self.room(at)?;
        let attributes = match octet & 0x80 {
            0 => None,
            _ => Some(self.reader.attributes("the attributes of a tag")?),
        };
        let header = self.header;
        let name = header.string(index.value).map(|(name, _)| name).filter(|name| !name.is_empty());
        self.expand(at, name.as_deref().unwrap_or_default())?;
        self.settle(false);
        self.check(index);
        let content = octet & 0x40 != 0;
        let form = ElementForm::Literal { index: index.value, content };
        let known = name.as_deref().and_then(|name| self.language.named(self.page, name));
        let (page, tag) = known.unwrap_or((self.page, Tag::Unknown));
        let id = self.builder.open(tag, form, Namespace::CodePage(page), Span::new(at, at));
        match name {
            Some(name) if tag == Tag::Unknown => self.builder.set_name(id, &name),
            Some(_) => {}
            None => {
                self.builder.set_name(id, &format!("Literal_{}", index.value));
                self.anomalies.push(Anomaly::LiteralIndex { offset: at, index: index.value });
            }
        }
        if !index.is_minimal() {
            self.keep_integer(index);
        }
        Ok(self.opened(at, attributes, content))
    }

    /// What the two kinds of tags have in common once the element is open.
    #[inline]
    fn opened(&mut self, at: usize, attributes: Option<&'a [u8]>, content: bool) -> bool {
        if let Some(attributes) = attributes {
            self.anomalies.push(Anomaly::Attributes { offset: at, length: attributes.len() });
            self.choices.octets(self.event, attributes, What::Attributes);
        }
        self.event += 1;
        if !content {
            self.builder.close(self.reader.at());
        }
        !content && self.builder.depth() == 0
    }

    /// Keeps a multi-byte integer as it was written.
    fn keep_integer(&mut self, integer: Integer) {
        let end = integer.at.saturating_add(usize::from(integer.octets));
        let octets = self.reader.body().get(integer.at..end).unwrap_or_default();
        self.choices.octets(self.event, octets, What::Integer);
    }

    /// Counts text from the string table.
    fn expand(&mut self, at: usize, text: &str) -> Result<(), WbxmlError> {
        match self.budget.expansion.checked_sub(text.len()) {
            Some(left) => {
                self.budget.expansion = left;
                Ok(())
            }
            None => Err(WbxmlError::new(at, WbxmlErrorKind::Expansion)),
        }
    }

    #[inline]
    fn judge(&mut self, at: usize, fit: Fit) {
        match fit {
            Fit::Exact => {}
            Fit::NotAscii => self.anomalies.push(Anomaly::NotAscii { offset: at }),
            Fit::Lossy => self.anomalies.push(Anomaly::BadText { offset: at }),
        }
        if self.builder.depth() == 0 {
            self.anomalies.push(Anomaly::TextOutsideRoot { offset: at });
        }
    }

    #[inline]
    fn text(&mut self, at: usize, text: &str, form: StringForm) -> NodeId {
        let id = self.builder.text(text, TextForm::String(form), Span::new(at, self.reader.at()));
        self.event += 1;
        id
    }

    #[inline]
    fn inline(&mut self, at: usize, octets: &[u8]) -> Result<(), WbxmlError> {
        self.room(at)?;
        self.settle(false);
        // The way that almost every string takes.
        if matches!(self.charset, Charset::Utf8)
            && let Ok(text) = str::from_utf8(octets)
        {
            self.judge(at, Fit::Exact);
            self.text(at, text, StringForm::Inline);
            return Ok(());
        }
        let (text, fit) = self.charset.decode(octets);
        self.judge(at, fit);
        if *self.charset.encode(&text) != *octets {
            self.choices.octets(self.event, octets, What::Octets);
        }
        self.text(at, &text, StringForm::Inline);
        Ok(())
    }

    fn table(&mut self, at: usize, index: Integer) -> Result<(), WbxmlError> {
        self.room(at)?;
        let header = self.header;
        let string = header.string(index.value);
        let (text, fit) = string.as_ref().map_or(("", Fit::Exact), |(text, fit)| (text, *fit));
        self.expand(at, text)?;
        self.settle(false);
        self.check(index);
        if string.is_none() {
            self.anomalies.push(Anomaly::StringIndex { offset: at, index: index.value });
        }
        self.judge(at, fit);
        if !index.is_minimal() {
            self.keep_integer(index);
        }
        self.text(at, text, StringForm::Table(index.value));
        Ok(())
    }

    fn entity(&mut self, at: usize, code: Integer) -> Result<(), WbxmlError> {
        self.room(at)?;
        self.settle(false);
        self.check(code);
        let character = char::from_u32(code.value).filter(|&character| character != '\0');
        if character.is_none() {
            self.anomalies.push(Anomaly::BadEntity { offset: at, code: code.value });
        }
        self.judge(at, Fit::Exact);
        if character.is_none() || code.overflow {
            self.keep_integer(code);
        }
        let mut buffer = [0; 4];
        let text = character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut buffer);
        self.text(at, text, StringForm::Entity { code_octets: code.octets });
        Ok(())
    }

    fn opaque(&mut self, at: usize, length: Integer, octets: &'a [u8]) -> Result<(), WbxmlError> {
        self.room(at)?;
        self.settle(false);
        self.check(length);
        self.judge(at, Fit::Exact);
        let id = match str::from_utf8(octets) {
            Ok(text) => self.text(at, text, StringForm::Opaque { length_octets: length.octets }),
            Err(_) => {
                if !length.is_minimal() {
                    self.keep_integer(length);
                }
                let id = self.builder.bytes(octets, Span::new(at, self.reader.at()));
                self.event += 1;
                id
            }
        };
        if let Some(inner) = self.inner(octets) {
            let Document { header, language, tree, anomalies, fault, .. } = inner;
            self.builder.set_embedded(id, tree);
            self.embedded.push(Embedded { node: id, header, language, anomalies, fault });
        }
        Ok(())
    }

    /// The document that an OPAQUE holds, where it holds one. Offsets count in the outer body.
    fn inner(&mut self, octets: &[u8]) -> Option<Document> {
        if self.level >= Limits::EMBEDDED {
            return None;
        }
        let body = self.reader.body().get(..self.reader.at())?;
        let at = self.reader.at().checked_sub(octets.len())?;
        let named = begins_document(body, at)?;
        let mut budget = *self.budget;
        let document = decode_from(body, at, Hint::NONE, self.level + 1, &mut budget).ok()?;
        // Without a name, only a document without a flaw is more than a coincidence.
        if !named && (document.fault.is_some() || !document.anomalies.is_empty()) {
            return None;
        }
        *self.budget = budget;
        Some(document)
    }

    fn instruction(&mut self, at: usize, octets: &[u8]) -> Result<(), WbxmlError> {
        self.room(at)?;
        self.settle(false);
        let mut text = String::with_capacity(octets.len().saturating_mul(2));
        for octet in octets {
            let _ = write!(text, "{octet:02X}");
        }
        self.aside(at, &text, Prolog::WbxmlInstruction);
        Ok(())
    }

    fn extension(&mut self, at: usize, text: &str) -> Result<(), WbxmlError> {
        self.room(at)?;
        self.settle(false);
        self.choices.octets(self.event, self.reader.since(at), What::Octets);
        self.aside(at, text, Prolog::WbxmlExtension);
        Ok(())
    }

    fn aside(&mut self, at: usize, text: &str, what: Prolog) {
        self.builder.aside(text, what, Span::new(at, self.reader.at()));
        self.event += 1;
    }

    /// After the root element only PIs may follow; whatever else does is kept undecoded.
    fn after_root(&mut self) {
        while self.reader.peek() == Some(0x43) {
            let at = self.reader.at();
            let mut ahead = self.reader.clone();
            let Ok(Token::Instruction(octets)) = ahead.token() else { break };
            let before = std::mem::replace(&mut self.reader, ahead);
            if self.instruction(at, octets).is_err() {
                self.reader = before;
                break;
            }
        }
        let (offset, rest) = (self.reader.at(), self.reader.rest());
        let ends = rest.iter().take_while(|&&octet| octet == 0x01).count();
        if ends > 0 {
            self.anomalies.push(Anomaly::SurplusEnd { offset, count: ends });
        }
        match rest.get(ends..).unwrap_or_default() {
            [] => {}
            [0] => self.anomalies.push(Anomaly::TrailingNul { offset: offset + ends }),
            more => self.anomalies.push(Anomaly::TrailingOctets { offset: offset + ends, count: more.len() }),
        }
        self.choices.rest = rest.to_vec();
    }
}
