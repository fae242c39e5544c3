//! Provisioning documents in WBXML (OMA-WAP-TS-ProvCont-V1_1, section 7; WAP-192-WBXML).
//!
//! They differ from SyncML in that everything stands in attributes, so that the decoder of messages, which knows
//! none, is of no use. Pages of elements and of attributes are counted apart; elements have the same tokens on both.

use super::build::Builder;
use super::document::{Document, Encoding};
use super::error::{Fault, FaultKind, RemarkKind};
use super::tokens::{self, Start};
use crate::base::{Limits, Span};

/// The number of the public identifier `-//WAPFORUM//DTD PROV 1.0//EN`; that of ProvCont 1.1 has none of its own.
const PUBLIC_ID: u32 = 0x0b;
const PUBLIC_TEXT: &[u8] = b"-//WAPFORUM//DTD PROV 1.0//EN";
const UTF_8: u32 = 106;

const SWITCH_PAGE: u8 = 0x00;
const END: u8 = 0x01;
const ENTITY: u8 = 0x02;
const STR_I: u8 = 0x03;
const LITERAL: u8 = 0x04;
const PI: u8 = 0x43;
const STR_T: u8 = 0x83;
const OPAQUE: u8 = 0xc3;
const HAS_CONTENT: u8 = 0x40;
const HAS_ATTRIBUTES: u8 = 0x80;

/// A token, where it stands, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The octets of the token, and of what belongs to it.
    pub span: Span,
    /// How many elements it is in; attributes count as inside of theirs.
    pub depth: usize,
    /// What it is.
    pub token: &'static str,
    /// What it says.
    pub text: String,
}

/// Whether octets begin as a provisioning document in WBXML: by the public identifier, by number or by text.
pub fn is_wbxml(octets: &[u8]) -> bool {
    let mut reader = Reader { body: octets, at: 0 };
    let mut quiet = Lines(None);
    header(&mut reader, &mut quiet).is_ok_and(|header| header.is_provisioning())
}

/// What stands at the beginning of a provisioning document in WBXML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WbxmlHeader {
    /// The version octet: 0 to 3 for WBXML 1.0 to 1.3.
    pub version: u8,
    /// The public identifier by number; 0 where it stands in the string table.
    pub public_id: u32,
    /// Whether it is that of provisioning documents, by number or by text.
    pub is_provisioning: bool,
    /// The character set by its number; WBXML 1.0 has none.
    pub charset: Option<u32>,
}

/// The header of a document; `None` where it cannot be read.
pub fn wbxml_header(octets: &[u8]) -> Option<WbxmlHeader> {
    let mut reader = Reader { body: octets, at: 0 };
    let header = header(&mut reader, &mut Lines(None)).ok()?;
    Some(WbxmlHeader {
        version: *octets.first()?,
        public_id: header.public_id,
        is_provisioning: header.is_provisioning(),
        charset: header.charset,
    })
}

/// Reads a document. What cannot be read any further gives what stands before it, with [`Document::fault`].
pub(super) fn decode(body: &[u8]) -> Document {
    read(body, &mut Lines(None))
}

/// Every token of a document, in order, and the fault where there is one. The lines cover the octets up to that.
pub fn annotate(body: &[u8]) -> (Vec<Line>, Option<Fault>) {
    let mut lines = Lines(Some(Vec::new()));
    let document = read(body, &mut lines);
    (lines.0.unwrap_or_default(), document.fault)
}

/// Takes lines, where somebody wants them.
struct Lines(Option<Vec<Line>>);

impl Lines {
    fn add(&mut self, from: usize, to: usize, depth: usize, token: &'static str, text: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            lines.push(Line { span: Span::new(from, to), depth, token, text: text() });
        }
    }
}

struct Reader<'b> {
    body: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn octet(&mut self, what: &'static str) -> Result<u8, FaultKind> {
        let octet = self.peek().ok_or(FaultKind::Cut(what))?;
        self.at += 1;
        Ok(octet)
    }

    /// An integer of variable length (WAP-192-WBXML, 5.1).
    fn integer(&mut self, what: &'static str) -> Result<u32, FaultKind> {
        let mut sum = 0_u64;
        for _ in 0..5 {
            let octet = self.octet(what)?;
            sum = sum << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return u32::try_from(sum).map_err(|_| FaultKind::Integer);
            }
        }
        Err(FaultKind::Integer)
    }

    fn take(&mut self, length: u32, what: &'static str) -> Result<&'b [u8], FaultKind> {
        let rest = self.body.get(self.at..).unwrap_or_default();
        let length = usize::try_from(length).map_err(|_| FaultKind::Cut(what))?;
        let taken = rest.get(..length).ok_or(FaultKind::Cut(what))?;
        self.at += length;
        Ok(taken)
    }

    /// The octets up to a NUL, which is read too.
    fn string(&mut self) -> Result<&'b [u8], FaultKind> {
        let rest = self.body.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(0, rest).ok_or(FaultKind::Cut("a string"))?;
        self.at += length + 1;
        Ok(rest.get(..length).unwrap_or_default())
    }
}

struct Header<'b> {
    public_id: u32,
    /// Where the identifier stands in the table, for a `public_id` of 0.
    index: Option<u32>,
    charset: Option<u32>,
    table: &'b [u8],
}

impl Header<'_> {
    fn is_provisioning(&self) -> bool {
        match self.index {
            None => self.public_id == PUBLIC_ID,
            Some(index) => table_string(self.table, index).is_some_and(|text| text == PUBLIC_TEXT),
        }
    }
}

fn table_string(table: &[u8], index: u32) -> Option<&[u8]> {
    let rest = table.get(usize::try_from(index).ok()?..).filter(|rest| !rest.is_empty())?;
    rest.get(..memchr::memchr(0, rest).unwrap_or(rest.len()))
}

fn header<'b>(reader: &mut Reader<'b>, lines: &mut Lines) -> Result<Header<'b>, FaultKind> {
    let version = reader.octet("").map_err(|_| FaultKind::Empty)?;
    if version > 3 {
        reader.at = 0;
        return Err(FaultKind::Version(version));
    }
    lines.add(0, reader.at, 0, "version", || format!("WBXML 1.{version}"));
    let from = reader.at;
    let public_id = reader.integer("the public identifier")?;
    let index = if public_id == 0 { Some(reader.integer("the public identifier")?) } else { None };
    lines.add(from, reader.at, 0, "publicid", || match index {
        None => format!("{public_id:#x}"),
        Some(index) => format!("string table at {index}"),
    });
    // WBXML 1.0 has no such field.
    let from = reader.at;
    let charset = if version == 0 { None } else { Some(reader.integer("the character set")?) };
    if let Some(charset) = charset {
        lines.add(from, reader.at, 0, "charset", || charset.to_string());
    }
    let from = reader.at;
    let length = reader.integer("the length of the string table")?;
    if usize::try_from(length).is_ok_and(|length| length > Limits::STRING_TABLE) {
        return Err(FaultKind::Table(length));
    }
    let table = reader.take(length, "the string table")?;
    lines.add(from, reader.at, 0, "strtbl", || String::from_utf8_lossy(table).replace('\0', " ").trim_end().to_owned());
    Ok(Header { public_id, index, charset, table })
}

fn read(body: &[u8], lines: &mut Lines) -> Document {
    let mut reader = Reader { body, at: 0 };
    let mut builder = Builder::new(Encoding::Wbxml);
    let fault = match header(&mut reader, lines) {
        Err(kind) => Some(kind),
        Ok(header) => {
            if !header.is_provisioning() {
                builder.remark(1, RemarkKind::PublicId);
            }
            if let Some(charset) = header.charset.filter(|charset| ![UTF_8, 0, 3].contains(charset)) {
                builder.remark(1, RemarkKind::Charset(charset));
            }
            let mut elements =
                Elements { reader: &mut reader, table: header.table, builder: &mut builder, lines, page: 0 };
            elements.read().err()
        }
    };
    let at = reader.at;
    let fault = fault.map(|kind| Fault { at, kind });
    if fault.is_none() && at < body.len() {
        let rest = body.len() - at;
        builder.remark(at, RemarkKind::Trailing(rest));
        lines.add(at, body.len(), 0, "rest", || format!("{rest} octets"));
    }
    builder.finish(at, fault)
}

struct Elements<'a, 'b> {
    reader: &'a mut Reader<'b>,
    table: &'b [u8],
    builder: &'a mut Builder,
    lines: &'a mut Lines,
    /// The page of attributes. That of elements has no bearing.
    page: u8,
}

impl<'b> Elements<'_, 'b> {
    fn read(&mut self) -> Result<(), FaultKind> {
        while !self.builder.is_whole() {
            let from = self.reader.at;
            let depth = self.builder.depth();
            let token = self.reader.octet(if depth == 0 { "what stands before the root" } else { "an element" })?;
            match token {
                SWITCH_PAGE => {
                    let page = self.reader.octet("a switch of pages")?;
                    self.builder.count(0)?;
                    self.lines.add(from, self.reader.at, depth, "SWITCH", || format!("elements of page {page}"));
                }
                END if depth > 0 => {
                    self.lines.add(from, self.reader.at, depth - 1, "END", String::new);
                    self.builder.close(self.reader.at);
                }
                ENTITY | STR_I | STR_T | OPAQUE if depth > 0 => {
                    let text = self.text(from, token)?;
                    self.builder.count(text.len())?;
                    if !text.trim_ascii().is_empty() {
                        self.builder.remark(from, RemarkKind::StrayText);
                    }
                }
                // Extensions and instructions have no place in these documents: what they carry is not known.
                END | ENTITY | STR_I | PI | STR_T | 0x40..=0x42 | 0x80..=0x82 | 0xc0..=0xc3 => {
                    self.reader.at = from;
                    return Err(FaultKind::Token(token));
                }
                _ => self.element(from, token)?,
            }
        }
        Ok(())
    }

    fn element(&mut self, from: usize, token: u8) -> Result<(), FaultKind> {
        let depth = self.builder.depth();
        let bare = token & !(HAS_CONTENT | HAS_ATTRIBUTES);
        let name = match bare {
            LITERAL => String::from_utf8_lossy(self.table_text()?).into_owned(),
            _ => match tokens::tag(bare) {
                Some(name) => name.to_owned(),
                None => {
                    self.reader.at = from;
                    return Err(FaultKind::Tag(bare));
                }
            },
        };
        self.builder.count(if bare == LITERAL { name.len() } else { 0 })?;
        self.lines.add(from, self.reader.at, depth, "tag", || name.clone());
        let attributes = if token & HAS_ATTRIBUTES == 0 { Ok(Vec::new()) } else { self.attributes(depth + 1) };
        // What was cut in its attributes says too little to be taken for an element.
        self.builder.open(from, &name, attributes?)?;
        if token & HAS_CONTENT == 0 {
            self.builder.close(self.reader.at);
        }
        Ok(())
    }

    fn attributes(&mut self, depth: usize) -> Result<Vec<(String, String)>, FaultKind> {
        let mut all: Vec<(String, String)> = Vec::new();
        // Where values belong to: nowhere behind a token that is not known.
        let mut is_open = false;
        loop {
            let from = self.reader.at;
            let token = self.reader.octet("the attributes of an element")?;
            match token {
                END => {
                    self.lines.add(from, self.reader.at, depth, "END", || "of the attributes".to_owned());
                    return Ok(all);
                }
                SWITCH_PAGE => {
                    self.page = self.reader.octet("a switch of pages")?;
                    self.builder.count(0)?;
                    let page = self.page;
                    self.lines.add(from, self.reader.at, depth, "SWITCH", || format!("attributes of page {page}"));
                }
                ENTITY | STR_I | STR_T | OPAQUE => {
                    let text = self.text(from, token)?;
                    self.add(&mut all, is_open, &text)?;
                }
                LITERAL => {
                    let name = String::from_utf8_lossy(self.table_text()?).into_owned();
                    self.builder.count(name.len())?;
                    self.lines.add(from, self.reader.at, depth, "LITERAL", || name.clone());
                    all.push((name, String::new()));
                    is_open = true;
                }
                // Extensions of a value: inline strings, indices and single octets.
                0x40..=0x42 | 0xc0..=0xc2 => {
                    self.reader.at = from;
                    return Err(FaultKind::Token(token));
                }
                PI | 0x44 | 0x84 | 0xc4 => {
                    self.reader.at = from;
                    return Err(FaultKind::Token(token));
                }
                0x05..=0x7f => is_open = self.start(from, token, depth, &mut all)?,
                0x80..=0xff => {
                    let page = self.page;
                    let old = tokens::old_value(page, token);
                    let text = old.or_else(|| tokens::value(page, token));
                    self.lines.add(from, self.reader.at, depth, "value", || text.unwrap_or("unknown").to_owned());
                    match text {
                        Some(text) => self.add(&mut all, is_open, text)?,
                        None => {
                            self.builder.count(0)?;
                            self.builder.remark(from, RemarkKind::Value { page, token });
                        }
                    }
                    if old.is_some() {
                        self.builder.remark(from, RemarkKind::OldValue(token));
                    }
                }
            }
        }
    }

    /// A token that begins an attribute; whether it is one that is known.
    fn start(
        &mut self,
        from: usize,
        token: u8,
        depth: usize,
        all: &mut Vec<(String, String)>,
    ) -> Result<bool, FaultKind> {
        let page = self.page;
        let found = tokens::start(page, token);
        self.builder.count(0)?;
        self.lines.add(from, self.reader.at, depth, "attr", || match found {
            Some(Start::Name(name)) => format!("{name}="),
            Some(Start::Pair(name, value)) => format!("{name}={value}"),
            None => "unknown".to_owned(),
        });
        match found {
            Some(Start::Name(name)) => all.push((name.to_owned(), String::new())),
            Some(Start::Pair(name, value)) => all.push((name.to_owned(), value.to_owned())),
            None => self.builder.remark(from, RemarkKind::Start { page, token }),
        }
        Ok(found.is_some())
    }

    /// Adds a piece to the value of the last attribute.
    fn add(&mut self, all: &mut [(String, String)], is_open: bool, text: &str) -> Result<(), FaultKind> {
        self.builder.count(text.len())?;
        if let Some((_, value)) = all.last_mut().filter(|_| is_open) {
            value.push_str(text);
        }
        Ok(())
    }

    fn table_text(&mut self) -> Result<&'b [u8], FaultKind> {
        let index = self.reader.integer("a reference to the string table")?;
        table_string(self.table, index).ok_or(FaultKind::Outside(index))
    }

    /// The text of a token that carries one.
    fn text(&mut self, from: usize, token: u8) -> Result<String, FaultKind> {
        let depth = self.builder.depth() + 1;
        let octets = match token {
            ENTITY => {
                let number = self.reader.integer("an entity")?;
                let text = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
                self.lines.add(from, self.reader.at, depth, "ENTITY", || text.clone());
                return Ok(text);
            }
            STR_T => self.table_text()?,
            OPAQUE => {
                let length = self.reader.integer("the length of octets")?;
                self.reader.take(length, "octets of a length")?
            }
            _ => self.reader.string()?,
        };
        let name = match token {
            STR_T => "STR_T",
            OPAQUE => "OPAQUE",
            _ => "STR_I",
        };
        let text = String::from_utf8_lossy(octets).into_owned();
        if std::str::from_utf8(octets).is_err() {
            self.builder.remark(from, RemarkKind::Utf8);
        }
        self.lines.add(from, self.reader.at, depth, name, || text.clone());
        Ok(text)
    }
}
