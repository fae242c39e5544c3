//! What each octet of a document is: the lines of an annotated dump.

use super::charset::Charset;
use super::error::{WbxmlError, WbxmlErrorKind};
use super::header::{self, Header, PublicId, Start};
use super::language::{Hint, Language, unknown_name};
use super::token::{Integer, Reader, Token};
use crate::base::{Limits, Span};
use crate::markup::{Tag, Vocabulary};
use std::collections::VecDeque;

/// Characters of a text that a line shows.
const EXCERPT: usize = 120;

/// One line: some octets, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotatedLine {
    /// The octets; the lines of a document cover each octet exactly once, in order.
    pub span: Span,
    /// Elements around it; those of the documents around it are counted too.
    pub depth: usize,
    /// The field or token, `STR_I` for one.
    pub token: String,
    /// What it says: an element as a tag, a string in quotes and escaped, a number. Safe to print.
    pub text: String,
}

/// Explains each octet of a document, hostile input included. A document inside an OPAQUE is explained too.
pub fn annotate(body: &[u8], hint: Hint) -> Annotation<'_> {
    Annotation::new(body, 0, hint, 0, 0)
}

/// See [`annotate`].
#[derive(Debug)]
pub struct Annotation<'a> {
    reader: Reader<'a>,
    ready: VecDeque<AnnotatedLine>,
    /// The document that the octets belong to at the moment, inside this one.
    inner: Option<Box<Annotation<'a>>>,
    state: State,
    header: Option<Header>,
    language: Language,
    charset: Charset,
    page: u8,
    /// Names of the elements that are open.
    open: Vec<Name>,
    depth: usize,
    level: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Body,
    AfterRoot,
    Done,
}

#[derive(Debug, Clone, Copy)]
enum Name {
    Tag(Tag),
    Unknown { page: u8, token: u8 },
    Literal(u32),
}

impl<'a> Annotation<'a> {
    fn new(body: &'a [u8], at: usize, hint: Hint, depth: usize, level: usize) -> Self {
        let mut reader = Reader::new(body, at);
        let mut annotation = Self {
            reader: reader.clone(),
            ready: VecDeque::new(),
            inner: None,
            state: State::Body,
            header: None,
            language: Language::SyncMl,
            charset: Charset::Utf8,
            page: 0,
            open: Vec::new(),
            depth,
            level,
        };
        match header::read(&mut reader, hint) {
            Err(error) => annotation.give_up(at, &error),
            Ok(Start { header, language, fault, .. }) => {
                annotation.reader = reader;
                annotation.language = language;
                annotation.charset = header.charset();
                annotation.header_lines(at, &header, fault.is_some());
                annotation.header = Some(header);
                if let Some(fault) = fault {
                    let at = annotation.reader.at();
                    annotation.give_up(at, &fault);
                }
            }
        }
        annotation
    }

    fn line(&mut self, start: usize, end: usize, token: impl Into<String>, text: String) {
        if end > start {
            let depth = self.depth + self.open.len();
            self.ready.push_back(AnnotatedLine { span: Span::new(start, end), depth, token: token.into(), text });
        }
    }

    fn give_up(&mut self, start: usize, error: &WbxmlError) {
        let end = self.reader.body().len();
        self.line(start, end, "undecoded", error.to_string());
        self.state = State::Done;
    }

    fn header_lines(&mut self, start: usize, header: &Header, cut: bool) {
        let widths = header.widths;
        let mut at = start;
        let mut field = |annotation: &mut Self, octets: usize, token: &str, text: String| {
            annotation.line(at, at + octets, token, text);
            at += octets;
        };
        let version = header.version;
        let (major, minor) = (version >> 4, version & 0x0f);
        field(self, 1, "version", format!("WBXML {}.{minor}", u32::from(major) + 1));
        let known = header.public_id.known().map_or("not a known identifier", |known| known.text);
        match &header.public_id {
            PublicId::Number(number) => {
                field(self, widths.public_id.into(), "public identifier", format!("0x{number:04X}: {known}"));
            }
            PublicId::Unknown => field(self, widths.public_id.into(), "public identifier", "unknown".to_owned()),
            PublicId::Table { index, text } => {
                field(self, widths.public_id.into(), "public identifier", "in the string table".to_owned());
                let text = text.as_deref().map_or_else(|| "outside the string table".to_owned(), quote);
                field(self, widths.index.into(), "index of the public identifier", format!("{index}: {text}"));
            }
        }
        if let Some(charset) = header.charset {
            field(self, widths.charset.into(), "charset", format!("MIBenum {charset}{}", charset_name(charset)));
        }
        if !cut {
            let length = header.string_table.len();
            field(self, widths.table.into(), "string table", format!("{length} octets"));
            let (text, _) = self.charset.decode(excerpt_octets(&header.string_table));
            field(self, length, "strings", quote(&text));
        }
    }

    /// Reads the next token and queues its lines.
    fn step(&mut self) {
        let start = self.reader.at();
        if self.reader.peek().is_none() {
            self.state = State::Done;
            return;
        }
        if self.state == State::AfterRoot && self.reader.peek() != Some(0x43) {
            let (end, rest) = (self.reader.body().len(), self.reader.rest());
            let token = if rest.iter().all(|&octet| octet == 0x01) { "surplus END" } else { "after the root element" };
            self.line(start, end, token, format!("{} octets", rest.len()));
            self.state = State::Done;
            return;
        }
        let mut reader = self.reader.clone();
        let token = match reader.token() {
            Ok(token) => token,
            Err(error) => return self.give_up(start, &error),
        };
        if matches!(token, Token::End) && self.open.is_empty() {
            return self.give_up(start, &WbxmlError::new(start, WbxmlErrorKind::EndBeforeRoot));
        }
        let end = reader.at();
        self.reader = reader;
        match token {
            Token::Switch(page) => {
                self.page = page;
                let what = match self.language.vocabulary(page) {
                    Some(vocabulary) => format!("page {page}: {}", vocabulary_name(vocabulary)),
                    None => format!("page {page}: not in this language"),
                };
                self.line(start, end, "SWITCH_PAGE", what);
            }
            Token::End => {
                let name = self.open.pop();
                let text = name.map(|name| format!("</{}>", self.name(name))).unwrap_or_default();
                self.line(start, end, "END", text);
                if self.open.is_empty() {
                    self.state = State::AfterRoot;
                }
            }
            Token::Entity(code) => {
                let character = char::from_u32(code.value).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.line(
                    start,
                    end,
                    "ENTITY",
                    format!("0x{:X} {}", code.value, quote(character.encode_utf8(&mut [0; 4]))),
                );
            }
            Token::Inline(octets) => {
                let text = self.octets(octets);
                self.line(start, end, "STR_I", text);
            }
            Token::Table(index) => {
                let text = self.string(index);
                self.line(start, end, "STR_T", text);
            }
            Token::Opaque(length, octets) => self.opaque(start, end, length, octets),
            Token::Tag(octet) => {
                let token = octet & 0x3f;
                let name = match self.language.tag(self.page, token) {
                    Tag::Unknown => Name::Unknown { page: self.page, token },
                    tag => Name::Tag(tag),
                };
                self.tag(start, octet, end, "tag", name);
            }
            Token::Literal(octet, index) => self.tag(start, octet, end, "LITERAL", Name::Literal(index.value)),
            Token::Instruction(octets) => self.line(start, end, "PI", format!("{} octets of attributes", octets.len())),
            Token::ExtensionInline(number, octets) => {
                let text = self.octets(octets);
                self.line(start, end, format!("EXT_I_{number}"), text);
            }
            Token::ExtensionTable(number, value) => {
                self.line(start, end, format!("EXT_T_{number}"), value.value.to_string());
            }
            Token::Extension(number) => self.line(start, end, format!("EXT_{number}"), String::new()),
        }
    }

    fn tag(&mut self, start: usize, octet: u8, end: usize, token: &str, name: Name) {
        let content = octet & 0x40 != 0;
        let text = self.name(name);
        self.line(start, end, token, if content { format!("<{text}>") } else { format!("<{text}/>") });
        if octet & 0x80 != 0 {
            match self.reader.attributes("the attributes of a tag") {
                Ok(octets) => self.line(end, self.reader.at(), "attributes", format!("{} octets", octets.len())),
                Err(error) => return self.give_up(end, &error),
            }
        }
        if content {
            self.open.push(name);
        } else if self.open.is_empty() {
            self.state = State::AfterRoot;
        }
    }

    fn opaque(&mut self, start: usize, end: usize, length: Integer, octets: &'a [u8]) {
        let payload = end.saturating_sub(octets.len());
        let body = self.reader.body().get(..end).unwrap_or_default();
        if self.level < Limits::EMBEDDED && super::decode::holds_document(body, payload) {
            self.line(start, payload, "OPAQUE", format!("{} octets, a document:", length.value));
            let depth = self.depth + self.open.len() + 1;
            self.inner = Some(Box::new(Annotation::new(body, payload, Hint::NONE, depth, self.level + 1)));
            return;
        }
        let text = match str::from_utf8(octets) {
            Ok(text) => format!("{} octets {}", length.value, quote(text)),
            Err(_) => format!("{} octets, binary", length.value),
        };
        self.line(start, end, "OPAQUE", text);
    }

    fn octets(&self, octets: &[u8]) -> String {
        quote(&self.charset.decode(excerpt_octets(octets)).0)
    }

    fn string(&self, index: Integer) -> String {
        match self.header.as_ref().and_then(|header| header.excerpt(index.value, EXCERPT * 4)) {
            Some(text) => format!("{}: {}", index.value, quote(&text)),
            None => format!("{}: outside the string table", index.value),
        }
    }

    fn name(&self, name: Name) -> String {
        match name {
            Name::Tag(tag) => tag.known_name().unwrap_or_default().to_owned(),
            Name::Unknown { page, token } => unknown_name(page, token),
            Name::Literal(index) => match self.header.as_ref().and_then(|header| header.excerpt(index, EXCERPT * 4)) {
                Some(text) => escape(&text),
                None => format!("Literal_{index}"),
            },
        }
    }
}

impl Iterator for Annotation<'_> {
    type Item = AnnotatedLine;

    fn next(&mut self) -> Option<AnnotatedLine> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if let Some(inner) = &mut self.inner {
                match inner.next() {
                    Some(line) => return Some(line),
                    None => self.inner = None,
                }
            }
            if self.state == State::Done {
                return None;
            }
            self.step();
        }
    }
}

/// As many octets as an excerpt can need.
fn excerpt_octets(octets: &[u8]) -> &[u8] {
    octets.get(..EXCERPT * 4).unwrap_or(octets)
}

fn escape(text: &str) -> String {
    let mut out: String = text.chars().take(EXCERPT).flat_map(char::escape_debug).collect();
    if text.chars().nth(EXCERPT).is_some() {
        out.push('…');
    }
    out
}

fn quote(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

const fn vocabulary_name(vocabulary: Vocabulary) -> &'static str {
    match vocabulary {
        Vocabulary::SyncMl => "SyncML",
        Vocabulary::MetInf => "MetInf",
        Vocabulary::Ddf => "DM DDF",
        Vocabulary::DevInf => "DevInf",
    }
}

const fn charset_name(charset: u32) -> &'static str {
    match charset {
        0 => ", unknown",
        3 => ", US-ASCII",
        4 => ", ISO-8859-1",
        106 => ", UTF-8",
        1013 => ", UTF-16BE",
        1014 => ", UTF-16LE",
        1015 => ", UTF-16",
        _ => "",
    }
}
