//! The reader: tokens to tree nodes, with every check of what stands in them.

use super::anomaly::{AnomalyKind, XmlError, XmlErrorKind};
use super::attributes::{self, Attribute};
use super::chars::{self, Reference};
use super::document::{Declaration, DocType, Notes, XmlDocument};
use super::encoding::{self, Decoded};
use super::names::{self, Bindings, Meaning, Space};
use super::prolog;
use super::scan::{self, Token};
use crate::base::{Limits, Span};
use crate::markup::{ElementForm, Prolog, Tag, TextForm, Tree, TreeBuilder, Vocabulary};
use std::borrow::Cow;

/// Reads a document.
///
/// # Errors
///
/// Only where there is no document at all: an empty body, one that does not begin with `<`, or an encoding that is not
/// supported. Everything else gives a tree; see [`XmlDocument::fault`] and [`XmlDocument::anomalies`].
pub fn decode(body: &[u8]) -> Result<XmlDocument, XmlError> {
    decode_as(body, None)
}

/// Reads a document for which the transport named a character set (the `charset` parameter of its media type).
///
/// # Errors
///
/// As [`decode`].
pub fn decode_as(body: &[u8], charset: Option<&str>) -> Result<XmlDocument, XmlError> {
    decode_at(body, charset, 0)
}

fn decode_at(body: &[u8], charset: Option<&str>, depth: usize) -> Result<XmlDocument, XmlError> {
    let mut notes = Notes::default();
    if body.iter().all(|&octet| chars::is_blank(octet)) {
        return Err(XmlError { at: 0, kind: XmlErrorKind::Empty });
    }
    let Decoded { text, encoding } = encoding::decode(body, charset, &mut notes)?;
    let start = text.strip_prefix('\u{feff}').unwrap_or(&text).trim_start();
    match start.chars().next() {
        Some('<') => {}
        None => return Err(XmlError { at: 0, kind: XmlErrorKind::Empty }),
        Some(_) => return Err(XmlError { at: text.len() - start.len(), kind: XmlErrorKind::NotXml }),
    }
    if chars::may_have_forbidden(text.as_bytes()) {
        for (at, ch) in chars::forbidden(&text) {
            notes.note(at, AnomalyKind::ForbiddenCharacter { ch });
        }
    }
    let mut decoder = Decoder::new(&text, notes, depth);
    decoder.read();
    let Decoder { builder, notes, fault, declaration, doctype, .. } = decoder;
    let tree = builder.finish(text.len());
    let Notes { anomalies, unlisted, breaking, .. } = notes;
    let text = match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text.into_boxed_str()),
    };
    Ok(XmlDocument { tree, encoding, declaration, doctype, anomalies, unlisted, fault, text, breaking })
}

/// An open element.
struct Frame<'t> {
    /// Its name with prefix, as the end tag must repeat it.
    name: &'t str,
    /// The default name space inside.
    default: Space,
    /// Declarations in force outside.
    mark: usize,
    /// The vocabulary of a MgmtTree or DevInf that was known by its name alone and goes on inside.
    inside: Option<Vocabulary>,
    /// A Data element, and what stands in it so far.
    data: Data,
}

/// Whether an element may hold a document in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// It is not Data, or holds something else.
    No,
    /// Data that is empty so far, white space aside.
    Blank,
    /// Its text begins with an escaped `<`.
    Markup,
}

struct Decoder<'t> {
    text: &'t str,
    /// Octets of the byte order mark.
    bom: usize,
    builder: TreeBuilder,
    notes: Notes,
    fault: Option<XmlError>,
    faults: usize,
    declaration: Option<Declaration>,
    doctype: Option<DocType>,
    frames: Vec<Frame<'t>>,
    bindings: Bindings<'t>,
    attributes: Vec<Attribute<'t>>,
    /// Attributes that declare a default name space and nothing else, and are without defect: mostly those of the last
    /// MetInf element, which are the ones of the next.
    plain: Option<(&'t str, Space)>,
    /// Whether `]]>` may stand in text.
    cdata_ends: bool,
    roots: usize,
    embedding: usize,
}

/// Reading stops; the fault is set.
struct Stop;

impl<'t> Decoder<'t> {
    fn new(text: &'t str, notes: Notes, embedding: usize) -> Self {
        Self {
            text,
            bom: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            builder: TreeBuilder::for_body(text.len(), 14),
            notes,
            fault: None,
            faults: 0,
            declaration: None,
            doctype: None,
            frames: Vec::new(),
            bindings: Bindings::default(),
            attributes: Vec::new(),
            plain: None,
            cdata_ends: memchr::memmem::find(text.as_bytes(), b"]]>").is_some(),
            roots: 0,
            embedding,
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn fault(&mut self, at: usize, kind: XmlErrorKind) -> Result<(), Stop> {
        self.faults += 1;
        if self.fault.is_none() {
            self.fault = Some(XmlError { at, kind });
        }
        if self.faults > Limits::RECOVERIES { Err(Stop) } else { Ok(()) }
    }

    fn stop(&mut self, at: usize, kind: XmlErrorKind) -> Stop {
        // What follows a first fault is mostly its consequence.
        let _ = self.fault(at, kind);
        Stop
    }

    fn read(&mut self) {
        let mut stopped = false;
        let mut at = self.bom;
        loop {
            let attributes = self.plain.map_or("", |(raw, _)| raw);
            let step = match scan::next(self.text.as_bytes(), at, attributes.as_bytes()) {
                Ok(None) => break,
                Ok(Some((token, end))) => {
                    let start = std::mem::replace(&mut at, end);
                    self.token(token, start, end)
                }
                Err((at, kind)) => Err(self.stop(at, kind)),
            };
            if step.is_err() {
                stopped = true;
                break;
            }
            if self.builder.len() >= Limits::NODES {
                let _ = self.stop(at, XmlErrorKind::TooManyNodes);
                stopped = true;
                break;
            }
        }
        if stopped {
            return;
        }
        if let Some(frame) = self.frames.last() {
            let name = frame.name.into();
            let _ = self.fault(self.text.len(), XmlErrorKind::UnclosedElement { name });
            while !self.frames.is_empty() {
                self.close(self.text.len());
            }
        } else if self.roots == 0 {
            let _ = self.fault(self.text.len(), XmlErrorKind::NoRoot);
        }
    }

    fn token(&mut self, token: Token, start: usize, end: usize) -> Result<(), Stop> {
        match token {
            Token::Start { name_end, same } => return self.start(start, name_end, end, ElementForm::Open, same),
            Token::Empty { name_end } => return self.start(start, name_end, end, ElementForm::Empty, false),
            Token::End => return self.end(start, end),
            Token::Text => self.plain_text(start, end),
            Token::BareAmpersand => {
                self.notes.note(start, AnomalyKind::BareAmpersand);
                self.plain_text(start, end);
            }
            Token::CData => self.cdata(start, end),
            Token::Reference => self.reference(start, end),
            Token::Comment => self.comment(start, end),
            Token::Declaration => self.declaration(start, end),
            Token::Instruction => self.instruction(start, end),
            Token::DocType => return self.doctype(start, end),
        }
        Ok(())
    }

    fn comment(&mut self, start: usize, end: usize) {
        let inside = self.slice(start + "<!--".len(), end.saturating_sub("-->".len()));
        if memchr::memmem::find(inside.as_bytes(), b"--").is_some() || inside.ends_with('-') {
            self.notes.note(start, AnomalyKind::DoubleHyphenInComment);
        }
        self.builder.aside(inside, Prolog::Comment, Span::new(start, end));
    }

    fn instruction(&mut self, start: usize, end: usize) {
        let inside = self.slice(start + "<?".len(), end.saturating_sub("?>".len()));
        let target = inside.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        if target.eq_ignore_ascii_case("xml") || target.contains(':') || !chars::is_qualified_name(target) {
            self.notes.note(start, AnomalyKind::BadInstruction { target: target.into() });
        }
        self.builder.aside(inside, Prolog::Instruction, Span::new(start, end));
    }

    fn declaration(&mut self, start: usize, end: usize) {
        let span = Span::new(start, end);
        let inside = self.slice(start + "<?".len(), end.saturating_sub("?>".len()));
        self.builder.aside(inside, Prolog::Declaration, span);
        let (declaration, good) = prolog::declaration(inside.get("xml".len()..).unwrap_or_default(), span);
        if !good {
            self.notes.note(start, AnomalyKind::BadDeclaration);
        }
        let before = self.slice(self.bom, start);
        if !before.is_empty() {
            let blank = chars::all_blank(before);
            let kind = if blank { AnomalyKind::BlankBeforeDeclaration } else { AnomalyKind::DeclarationNotFirst };
            self.notes.note(start, kind);
        }
        self.declaration.get_or_insert(declaration);
    }

    fn doctype(&mut self, start: usize, end: usize) -> Result<(), Stop> {
        let span = Span::new(start, end);
        let inside = self.slice(start + "<!DOCTYPE".len(), end.saturating_sub(">".len()));
        self.builder.aside(inside, Prolog::DocType, span);
        if self.roots > 0 || self.doctype.is_some() {
            self.notes.note(start, AnomalyKind::MisplacedDocType);
        }
        let doctype = prolog::doctype(inside, span);
        let named = !doctype.name.is_empty();
        self.doctype.get_or_insert(doctype);
        let keyword = self.slice(start, start + "<!DOCTYPE".len());
        if keyword != "<!DOCTYPE" || !named || !inside.starts_with([' ', '\t', '\r', '\n']) {
            return self.fault(start, XmlErrorKind::BadDocType);
        }
        Ok(())
    }

    /// Notes text outside the root. U+0000 is left out: as a terminator after the document it has its own anomaly.
    fn outside(&mut self, text: &str, at: usize) {
        if self.frames.is_empty() && !text.bytes().all(|octet| chars::is_blank(octet) || octet == 0) {
            self.notes.note(at, AnomalyKind::TextOutsideRoot);
        }
    }

    fn plain_text(&mut self, start: usize, end: usize) {
        let text = self.slice(start, end);
        if self.cdata_ends
            && let Some(at) = memchr::memmem::find(text.as_bytes(), b"]]>")
        {
            self.notes.note(start + at, AnomalyKind::CDataEndInText);
        }
        match self.frames.last_mut() {
            Some(frame) if frame.data == Data::Blank && !chars::all_blank(text) => frame.data = Data::No,
            Some(_) => {}
            None => self.outside(text, start),
        }
        self.builder.text(text, TextForm::Plain, Span::new(start, end));
    }

    fn cdata(&mut self, start: usize, end: usize) {
        let text = self.slice(start + "<![CDATA[".len(), end.saturating_sub("]]>".len()));
        match self.frames.last_mut() {
            Some(frame) if frame.data == Data::Blank => match text.trim_start().as_bytes().first() {
                Some(b'<') => frame.data = Data::Markup,
                Some(_) => frame.data = Data::No,
                None => {}
            },
            Some(_) => {}
            None => self.notes.note(start, AnomalyKind::TextOutsideRoot),
        }
        self.builder.text(text, TextForm::CData, Span::new(start, end));
    }

    fn reference(&mut self, start: usize, end: usize) {
        let whole = self.slice(start, end);
        let raw = self.slice(start + "&".len(), end.saturating_sub(";".len()));
        let mut buffer = [0; 4];
        let text: &str = match chars::reference(raw) {
            Reference::Char(ch) => ch.encode_utf8(&mut buffer),
            Reference::BadChar => {
                self.notes.note(start, AnomalyKind::BadCharacterReference { raw: raw.into() });
                whole
            }
            Reference::Unknown => {
                self.notes.note(start, AnomalyKind::UnknownEntity { name: raw.into() });
                whole
            }
            Reference::NotAName => {
                self.notes.note(start, AnomalyKind::BareAmpersand);
                whole
            }
        };
        match self.frames.last_mut() {
            Some(frame) if frame.data == Data::Blank => {
                if text == "<" {
                    frame.data = Data::Markup;
                } else if !chars::all_blank(text) {
                    frame.data = Data::No;
                }
            }
            Some(_) => {}
            None => self.notes.note(start, AnomalyKind::TextOutsideRoot),
        }
        let id = self.builder.text(text, TextForm::Reference, Span::new(start, end));
        self.builder.set_raw(id, raw);
    }

    fn start(&mut self, start: usize, name_end: usize, end: usize, form: ElementForm, same: bool) -> Result<(), Stop> {
        let tail = if form == ElementForm::Empty { "/>".len() } else { ">".len() };
        let name = self.slice(start + "<".len(), name_end);
        let raw = self.slice(name_end, end.saturating_sub(tail));
        if self.frames.len() >= Limits::DEPTH {
            return Err(self.stop(start, XmlErrorKind::TooDeep));
        }
        let (prefix, local) = match memchr::memchr(b':', name.as_bytes()) {
            Some(colon) => (name.get(..colon).unwrap_or_default(), name.get(colon + 1..).unwrap_or_default()),
            None => ("", name),
        };
        if self.frames.is_empty() {
            self.roots += 1;
            if self.roots > 1 {
                self.notes.note(start, AnomalyKind::SecondRoot);
            }
        }
        let mark = self.bindings.mark();
        let declared = match self.plain {
            Some((_, space)) if same => Some(space),
            _ => self.declarations(raw, name_end, local)?,
        };
        let (outer, outer_inside) =
            self.frames.last().map_or((Space::UNDECLARED, None), |frame| (frame.default, frame.inside));
        let default = declared.unwrap_or(outer);
        let space = if prefix.is_empty() { default } else { self.bindings.of_prefix(prefix, &mut self.builder) };
        // A declaration of its own is believed; what goes on from outside may have been left in force by mistake.
        let inherited = declared.is_none() && prefix.is_empty();
        let inside = if inherited { outer_inside } else { None };
        let tag = names::tag(space.meaning, local, inside);
        self.check_name(tag, name, prefix, space, start);
        let inside = match (tag.vocabulary(), space.meaning) {
            (
                Some(vocabulary @ (Vocabulary::Ddf | Vocabulary::DevInf)),
                Meaning::Open | Meaning::Of(Vocabulary::SyncMl),
            ) => Some(vocabulary),
            _ => inside,
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.data = Data::No;
        }
        let id = self.builder.open(tag, form, space.namespace, Span::new(start, end));
        if tag == Tag::Unknown || !prefix.is_empty() {
            self.builder.set_name(id, name);
        }
        self.builder.set_raw(id, raw);
        if form == ElementForm::Empty {
            self.builder.close(end);
            self.bindings.forget(mark);
            return Ok(());
        }
        let data = if tag == Tag::Data { Data::Blank } else { Data::No };
        self.frames.push(Frame { name, default, mark, inside, data });
        Ok(())
    }

    /// Checks the attributes of an element; gives the default name space that they declare.
    fn declarations(&mut self, raw: &'t str, raw_at: usize, local: &str) -> Result<Option<Space>, Stop> {
        if raw.is_empty() {
            return Ok(None);
        }
        if let Some((plain, space)) = self.plain
            && plain == raw
        {
            return Ok(Some(space));
        }
        if chars::all_blank(raw) {
            return Ok(None);
        }
        let notes = &mut self.notes;
        let before = notes.breaking;
        if let Err(stray) = attributes::split(raw, &mut self.attributes, |at, kind| notes.note(raw_at + at, kind)) {
            return Err(self.stop(raw_at + stray.0, XmlErrorKind::StrayLessThan));
        }
        let root = if self.frames.is_empty() { names::of_root(local) } else { None };
        let Ok(declared) = self.bindings.declare(&self.attributes, &mut self.builder, root) else {
            return Err(self.stop(raw_at, XmlErrorKind::TooManyNamespaces));
        };
        for attribute in &self.attributes {
            if let Some((prefix, _)) = attribute.name.split_once(':')
                && !self.bindings.binds(prefix)
            {
                self.notes.note(raw_at, AnomalyKind::UnboundPrefix { prefix: prefix.into() });
            }
        }
        if let (Some(space), 1) = (declared, self.attributes.len())
            && before == self.notes.breaking
        {
            self.plain = Some((raw, space));
        }
        Ok(declared)
    }

    /// Checks a name that is not a known one.
    fn check_name(&mut self, tag: Tag, name: &str, prefix: &str, space: Space, at: usize) {
        if tag != Tag::Unknown && prefix.is_empty() {
            return;
        }
        if !chars::is_qualified_name(name) {
            self.notes.note(at, AnomalyKind::BadName { name: name.into() });
        } else if space.namespace == crate::markup::Namespace::UnboundPrefix {
            self.notes.note(at, AnomalyKind::UnboundPrefix { prefix: prefix.into() });
        }
    }

    fn end(&mut self, start: usize, end: usize) -> Result<(), Stop> {
        let content = self.slice(start + "</".len(), end.saturating_sub(">".len()));
        if let Some(frame) = self.frames.last()
            && frame.name == content
        {
            self.close(end);
            return Ok(());
        }
        let name = content.trim_end_matches([' ', '\t', '\r', '\n']);
        let rest = content.get(name.len()..).unwrap_or_default();
        if self.frames.last().is_some_and(|frame| frame.name == name) {
            if let Some(id) = self.builder.current() {
                self.builder.set_end_raw(id, rest);
            }
            self.close(end);
            return Ok(());
        }
        self.broken_end(name, start, end)
    }

    /// An end tag that does not end the innermost element.
    fn broken_end(&mut self, written: &str, start: usize, end: usize) -> Result<(), Stop> {
        if memchr::memchr(b'<', written.as_bytes()).is_some() {
            return Err(self.stop(start, XmlErrorKind::StrayLessThan));
        }
        let name = written.split_ascii_whitespace().next().unwrap_or_default();
        let Some(expected) = self.frames.last().map(|frame| frame.name) else {
            return self.fault(start, XmlErrorKind::UnmatchedEndTag { found: name.into() });
        };
        if name == expected {
            self.fault(start, XmlErrorKind::BadEndTag)?;
            self.close(end);
            return Ok(());
        }
        let Some(up) = self.frames.iter().rev().position(|frame| frame.name == name) else {
            return self.fault(start, XmlErrorKind::UnmatchedEndTag { found: name.into() });
        };
        self.fault(start, XmlErrorKind::MismatchedEndTag { expected: expected.into(), found: name.into() })?;
        for _ in 0..up {
            self.close(start);
        }
        self.close(end);
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.frames.pop() else { return };
        self.bindings.forget(frame.mark);
        if frame.data == Data::Markup {
            self.embedded();
        }
        self.builder.close(end);
    }

    /// Decodes the document inside the Data element that is about to be closed, if it holds one.
    fn embedded(&mut self) {
        if self.embedding >= Limits::EMBEDDED {
            return;
        }
        let Some(data) = self.builder.current() else { return };
        let tree = self.builder.tree();
        let text = tree.text(data);
        if !begins_document(text) {
            return;
        }
        let held = tree.children(data).find(|&child| !tree.piece(child).trim().is_empty());
        let at = held.map_or(0, |held| tree.span(held).start as usize);
        let inner: Result<Tree, XmlErrorKind> = match decode_at(text.as_bytes(), None, self.embedding + 1) {
            Ok(XmlDocument { tree, fault: None, .. }) => Ok(tree),
            Ok(XmlDocument { fault: Some(fault), .. }) | Err(fault) => Err(fault.kind),
        };
        match (inner, held) {
            (Ok(inner), Some(held)) => self.builder.set_embedded(held, inner),
            (Ok(_), None) => {}
            (Err(kind), _) => self.notes.note(at, AnomalyKind::EmbeddedFault(kind)),
        }
    }
}

/// Whether a text begins like a document of a known root: a declaration or document type, then its start tag.
fn begins_document(text: &str) -> bool {
    let mut rest = text.trim_start();
    // A declaration, a document type and a comment or two.
    for _ in 0..4 {
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<!DOCTYPE") {
            ">"
        } else {
            break;
        };
        let Some((_, after)) = rest.split_once(end) else { return false };
        rest = after.trim_start();
    }
    let Some(tag) = rest.strip_prefix('<') else { return false };
    let name = tag.split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or_default();
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    names::of_root(local).is_some()
}
