//! What one walk over the tree of a message tells about the form of its elements.
//!
//! Many questions on form look at every node; they are all answered in one walk, right after decoding.

use super::content::{Slot, content_of, slot_from};
use super::format::Format;
use super::xml;
use crate::markup::{ElementForm, Kind, Namespace, NodeId, Prolog, StringForm, Tag, TextForm, Tree, Vocabulary};

/// Something about the form of a message that most messages do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// XML: a MetInf element whose name space is not meant to be that of MetInf.
    MetInfElsewhere,
    /// XML: a MetInf element whose name space is that of MetInf, misspelled.
    MetInfMisspelled,
    /// Data with child elements.
    DataWithElements,
    /// XML: Data with a CDATA section.
    DataWithCData,
    /// Elements of a command or Item that are out of order, repeated, or do not belong there ([`content_of`]).
    OtherContent,
    /// A command, or a part of one, that data synchronisation alone has.
    DataSyncCommand,
    /// An element outside SyncHdr that OMA-TS-DM_RepPro-V1_2_1 (section 6.1) excludes.
    NotInDm,
    /// An element that SyncML 1.2 added for data synchronisation.
    DataSyncAddition,
    /// XML: an unknown element whose name differs from a known one in case only.
    NameInOtherCase,
    /// An element that is empty by definition holds text or elements.
    EmptyWithContent,
    /// An element that is empty by definition holds white space.
    EmptyWithBlank,
    /// XML: text other than white space directly in an element that holds elements only.
    StrayText,
    /// XML: an attribute that declares no name space.
    Attribute,
    /// XML: the attribute `originalerror` of [MS-MDM].
    OriginalError,
    /// XML: a short value with white space around it.
    PaddedValue,
    /// A Meta with the same MetInf element twice; the second one is seen.
    MetInfTwice,
    /// WBXML: an element of a page where the element around it cannot have one.
    WrongPage,
    /// WBXML: an element that is empty by definition has the content bit, and nothing in it.
    EmptyWithContentBit,
    /// WBXML: an element that needs text has the content bit, and nothing in it.
    NoTextWithContentBit,
    /// WBXML: a LITERAL for an element that has a token.
    LiteralForToken,
    /// WBXML: an element of page 0 or 1 that came with SyncML 1.2.
    Since1_2,
    /// WBXML: a character entity.
    Entity,
    /// WBXML: an extension token or a processing instruction.
    Extension,
}

impl Oddity {
    const COUNT: usize = Self::Extension as usize + 1;
}

/// Where an oddity stands first, and how often it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The first place.
    pub first: NodeId,
    /// All places.
    pub count: u32,
}

/// A set of MetInf elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetInfSet(u32);

impl MetInfSet {
    /// Tokens of MetInf begin at 5 and end at 0x16.
    fn bit(tag: Tag) -> u32 {
        let token = tag.token().filter(|token| *token < 32 && tag.vocabulary() == Some(Vocabulary::MetInf));
        token.map_or(0, |token| 1 << token)
    }

    /// Whether an element is in it.
    pub fn contains(self, tag: Tag) -> bool {
        self.0 & Self::bit(tag) != 0
    }

    /// Whether one of these elements is in it.
    pub fn contains_any(self, tags: &[Tag]) -> bool {
        tags.iter().any(|tag| self.contains(*tag))
    }

    /// Adds an element; says whether it is new.
    fn insert(&mut self, tag: Tag) -> bool {
        let is_new = !self.contains(tag);
        self.0 |= Self::bit(tag);
        is_new
    }
}

/// A set of formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FormatSet(u16);

impl FormatSet {
    /// Whether a format is in it.
    pub const fn contains(self, format: Format) -> bool {
        self.0 & (1 << format as u16) != 0
    }

    fn insert(&mut self, format: Format) {
        self.0 |= 1 << format as u16;
    }
}

/// Characters in URIs that most URIs do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UriMarks {
    /// A question mark.
    pub query: bool,
    /// A percent sign.
    pub percent: bool,
    /// Something else than printable ASCII, or one of `"`, `<`, `>`, `{`, `}`.
    pub unusual: bool,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Whether a Meta holds MetInf elements.
    pub has_met_inf: bool,
    /// Which MetInf elements there are, directly in a Meta.
    pub met_inf: MetInfSet,
    /// Which values Format has, in any Meta.
    pub formats: FormatSet,
    /// Whether a Format has another value than those.
    pub has_other_format: bool,
    /// WBXML: whether an OPAQUE stands in a Data.
    pub has_opaque_data: bool,
    /// Whether there is a Meta.
    pub has_meta: bool,
    /// Whether there is a Data.
    pub has_data: bool,
    /// Whether a Data holds elements, or a text that begins as mark-up does.
    pub has_markup_data: bool,
    /// Whether there is an element that is empty by definition.
    pub has_empty: bool,
    /// MetInf elements directly in a Meta other than Format, Type and Size, in document order.
    pub rare_met_inf: Vec<NodeId>,
    /// What stands in any LocURI.
    pub uris: UriMarks,
    /// Elements of SyncBody that are in no table, the first few of them.
    pub unknown_commands: Vec<NodeId>,
    sightings: [Option<Sighting>; Oddity::COUNT],
}

/// How many elements of SyncBody that are in no table are kept: each reference that leads nowhere looks through them.
const UNKNOWN_KEPT: usize = 16;

impl Survey {
    /// Walks over a tree. Documents inside Data are left out: their form is their own.
    pub(super) fn of(tree: &Tree, is_xml: bool) -> Self {
        let mut walk = Walk { tree, survey: Self::default(), around: Vec::new(), last: None, in_order: "", meta: None };
        for id in tree.ids() {
            walk.node(id, is_xml);
        }
        walk.survey
    }

    /// Where an oddity stands, where it occurs at all.
    pub fn sighting(&self, oddity: Oddity) -> Option<Sighting> {
        self.sightings.get(oddity as usize).copied().flatten()
    }

    fn see(&mut self, oddity: Oddity, at: NodeId) {
        if let Some(slot) = self.sightings.get_mut(oddity as usize) {
            let sighting = slot.get_or_insert(Sighting { first: at, count: 0 });
            sighting.count = sighting.count.saturating_add(1);
        }
    }
}

/// What a name space says of an element of MetInf, and whose names it has.
#[derive(Debug, Clone, Copy)]
struct Naming {
    exact: bool,
    vocabulary: Option<Vocabulary>,
}

struct Walk<'t> {
    tree: &'t Tree,
    survey: Survey,
    /// The elements around the walk, from the outside in. What stands in a Data is not among them.
    around: Vec<Around>,
    /// The name space looked at last; a message has few, and elements that follow each other mostly share theirs.
    last: Option<(Namespace, Naming)>,
    /// The attributes looked at last that held nothing but declarations.
    in_order: &'t str,
    /// The Meta that the walk is in, and what it held so far.
    meta: Option<(NodeId, MetInfSet)>,
}

/// An element that the walk is in.
struct Around {
    id: NodeId,
    tag: Tag,
    /// What may stand in it, and the highest slot that is taken.
    content: Option<&'static [Slot]>,
    slot: Option<usize>,
    /// A Data: whether it was seen to hold elements.
    has_elements: bool,
}

impl Walk<'_> {
    fn node(&mut self, id: NodeId, is_xml: bool) {
        let Some(parent) = self.tree.parent(id) else {
            if let Kind::Element { tag, .. } = self.tree.kind(id) {
                self.attributes(id, is_xml);
                if tag == Tag::SyncML {
                    self.literal(id, tag);
                }
                self.around.clear();
                self.enter(id, tag);
            }
            return;
        };
        // Nodes follow in document order: what began behind the parent of this one has ended.
        while self.around.last().is_some_and(|open| open.id > parent) {
            self.around.pop();
        }
        let Some(open) = self.around.last_mut().filter(|open| open.id == parent) else { return };
        let around = open.tag;
        match self.tree.kind(id) {
            Kind::Element { tag, form } => {
                if around == Tag::Data {
                    self.survey.has_markup_data = true;
                    if !std::mem::replace(&mut open.has_elements, true) {
                        self.survey.see(Oddity::DataWithElements, parent);
                    }
                    return;
                }
                self.element(id, tag, parent, around, is_xml);
                self.enter(id, tag);
                if is_xml {
                    self.attributes(id, is_xml);
                } else {
                    self.content_bit(id, tag, form);
                    self.literal(id, tag);
                }
            }
            Kind::Text { form } => {
                let is_opaque = matches!(form, TextForm::String(StringForm::Opaque { .. }));
                self.survey.has_opaque_data |= is_opaque && around == Tag::Data;
                self.survey.has_markup_data |= around == Tag::Data && self.tree.piece(id).trim_start().starts_with('<');
                if around == Tag::LocURI {
                    self.uri(id);
                }
                if is_xml {
                    self.text(id, form, parent, around);
                } else if matches!(form, TextForm::String(StringForm::Entity { .. })) {
                    self.survey.see(Oddity::Entity, id);
                }
                if is_empty_by_definition(around) {
                    let blank = is_blank(self.tree.piece(id));
                    self.survey.see(if blank { Oddity::EmptyWithBlank } else { Oddity::EmptyWithContent }, parent);
                }
            }
            Kind::Bytes if around == Tag::Data => self.survey.has_opaque_data = true,
            Kind::Bytes if is_empty_by_definition(around) => self.survey.see(Oddity::EmptyWithContent, parent),
            Kind::Aside { what: Prolog::WbxmlExtension | Prolog::WbxmlInstruction } => {
                self.survey.see(Oddity::Extension, id);
            }
            Kind::Bytes | Kind::Aside { .. } => {}
        }
    }

    fn enter(&mut self, id: NodeId, tag: Tag) {
        self.around.push(Around { id, tag, content: content_of(tag), slot: None, has_elements: false });
    }

    fn element(&mut self, id: NodeId, tag: Tag, parent: NodeId, around: Tag, is_xml: bool) {
        match tag {
            Tag::Meta => self.survey.has_meta = true,
            Tag::Data => self.survey.has_data = true,
            Tag::Unknown if is_xml => self.unknown(id),
            _ if is_empty_by_definition(tag) => self.survey.has_empty = true,
            _ => {}
        }
        let unknown = &mut self.survey.unknown_commands;
        if tag == Tag::Unknown && around == Tag::SyncBody && unknown.len() < UNKNOWN_KEPT {
            unknown.push(id);
        }
        if is_empty_by_definition(around) {
            self.survey.see(Oddity::EmptyWithContent, parent);
        }
        self.content(tag);
        if around != Tag::SyncHdr
            && let Some(oddity) = not_used(tag)
        {
            self.survey.see(oddity, id);
        }
        let vocabulary = tag.vocabulary();
        if vocabulary == Some(Vocabulary::MetInf) && matches!(around, Tag::Meta | Tag::MetInf) {
            self.survey.has_met_inf = true;
            self.met_inf(id, tag);
            if is_xml {
                let naming = self.naming(id);
                match naming.vocabulary {
                    Some(Vocabulary::MetInf) if naming.exact => {}
                    Some(Vocabulary::MetInf) => self.survey.see(Oddity::MetInfMisspelled, id),
                    _ => self.survey.see(Oddity::MetInfElsewhere, id),
                }
            }
        }
        if !is_xml && !may_hold(around, vocabulary) {
            self.survey.see(Oddity::WrongPage, id);
        }
    }

    fn met_inf(&mut self, id: NodeId, tag: Tag) {
        self.survey.met_inf.insert(tag);
        if !matches!(tag, Tag::Format | Tag::Type | Tag::Size | Tag::MetInf) {
            self.survey.rare_met_inf.push(id);
        }
        if tag == Tag::Format {
            match Format::of(super::trim(self.tree.text(id))) {
                Some(format) => self.survey.formats.insert(format),
                None => self.survey.has_other_format = true,
            }
        }
        let Some(parent) = self.tree.parent(id) else { return };
        let mut seen = self.meta.filter(|(meta, _)| *meta == parent).map(|(_, seen)| seen).unwrap_or_default();
        // EMI alone may be repeated.
        if !seen.insert(tag) && tag != Tag::EMI {
            self.survey.see(Oddity::MetInfTwice, id);
        }
        self.meta = Some((parent, seen));
    }

    /// Takes an element into account as a part of the one around it.
    fn content(&mut self, tag: Tag) {
        let Some(open) = self.around.last_mut() else { return };
        let Some(content) = open.content else { return };
        let in_order = match (open.slot, slot_from(content, tag, open.slot.unwrap_or(0))) {
            (_, None) => false,
            (Some(last), Some(slot)) if slot <= last => slot == last && content.get(slot).is_some_and(|slot| slot.many),
            (_, Some(slot)) => {
                open.slot = Some(slot);
                true
            }
        };
        if !in_order {
            self.survey.see(Oddity::OtherContent, open.id);
        }
    }

    fn naming(&mut self, id: NodeId) -> Naming {
        let namespace = self.tree.namespace(id);
        if let Some((last, naming)) = self.last
            && last == namespace
        {
            return naming;
        }
        let uri = self.tree.namespace_uri(id);
        let naming = Naming {
            exact: uri == Some(Vocabulary::MetInf.space().uri),
            vocabulary: uri.and_then(xml::vocabulary_of_namespace),
        };
        self.last = Some((namespace, naming));
        naming
    }

    /// An element that no table has: perhaps one of SyncML with a name in other letters.
    fn unknown(&mut self, id: NodeId) {
        let ours = match self.tree.namespace(id) {
            Namespace::Undeclared => true,
            Namespace::Uri(_) => {
                matches!(self.naming(id).vocabulary, Some(Vocabulary::SyncMl | Vocabulary::MetInf))
            }
            Namespace::CodePage(_) | Namespace::UnboundPrefix => false,
        };
        if ours && known_in_other_case(self.tree.name(id)).is_some() {
            self.survey.see(Oddity::NameInOtherCase, id);
        }
    }

    fn attributes(&mut self, id: NodeId, is_xml: bool) {
        let raw = self.tree.raw(id);
        // One declaration of a name space after the other: what was in order once is so again.
        if !is_xml || raw.is_empty() || raw == self.in_order {
            return;
        }
        let mut odd = false;
        for name in attribute_names(raw) {
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let local = name.rsplit(':').next().unwrap_or(name);
            let oddity = if local == "originalerror" { Oddity::OriginalError } else { Oddity::Attribute };
            self.survey.see(oddity, id);
            odd = true;
        }
        if !odd {
            self.in_order = raw;
        }
    }

    fn text(&mut self, id: NodeId, form: TextForm, parent: NodeId, around: Tag) {
        if form == TextForm::CData && around == Tag::Data {
            self.survey.see(Oddity::DataWithCData, parent);
        }
        if holds_elements_only(around) {
            if !is_blank(self.tree.piece(id)) {
                self.survey.see(Oddity::StrayText, parent);
            }
        } else if self.is_short_value(parent, around) {
            let blank = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_whitespace);
            let piece = self.tree.piece(id).as_bytes();
            // A text in several pieces is seen at its first one.
            if (blank(piece.first()) || blank(piece.last())) && self.tree.children(parent).next() == Some(id) {
                let whole = self.tree.text(parent).as_bytes();
                if blank(whole.first()) || blank(whole.last()) {
                    self.survey.see(Oddity::PaddedValue, parent);
                }
            }
        }
    }

    fn uri(&mut self, id: NodeId) {
        let is_usual = |octet: u8| matches!(octet, b'!' | b'#'..=b'$' | b'&'..=b';' | b'=' | b'@'..=b'z' | b'|' | b'~');
        let marks = &mut self.survey.uris;
        let text = self.tree.piece(id);
        if text.bytes().all(is_usual) {
            return;
        }
        for octet in text.bytes().filter(|octet| !is_usual(*octet)) {
            match octet {
                b'?' => marks.query = true,
                b'%' => marks.percent = true,
                _ => marks.unusual = true,
            }
        }
    }

    fn is_short_value(&self, parent: NodeId, around: Tag) -> bool {
        match around {
            Tag::MsgID | Tag::CmdID | Tag::CmdRef | Tag::MsgRef | Tag::SessionID | Tag::Cmd | Tag::LocURI => true,
            Tag::Data => self.tree.parent(parent).and_then(|over| self.tree.tag(over)) == Some(Tag::Status),
            _ => false,
        }
    }

    fn content_bit(&mut self, id: NodeId, tag: Tag, form: ElementForm) {
        let is_open = matches!(form, ElementForm::Open | ElementForm::Literal { content: true, .. });
        if is_open && self.tree.children(id).next().is_none() {
            if is_empty_by_definition(tag) {
                self.survey.see(Oddity::EmptyWithContentBit, id);
            } else if matches!(
                tag,
                Tag::CmdID | Tag::MsgID | Tag::MsgRef | Tag::SessionID | Tag::VerDTD | Tag::VerProto | Tag::Cmd
            ) {
                self.survey.see(Oddity::NoTextWithContentBit, id);
            }
        }
    }

    fn literal(&mut self, id: NodeId, tag: Tag) {
        if matches!(self.tree.element_form(id), Some(ElementForm::Literal { .. })) {
            if tag != Tag::Unknown {
                self.survey.see(Oddity::LiteralForToken, id);
            }
        } else if tag.since() == Some(crate::markup::Since::V1_2)
            && matches!(tag.vocabulary(), Some(Vocabulary::SyncMl | Vocabulary::MetInf))
        {
            self.survey.see(Oddity::Since1_2, id);
        }
    }
}

/// The SyncML or MetInf element whose name differs from this one in case only.
pub fn known_in_other_case(name: &str) -> Option<&'static str> {
    Tag::ALL
        .iter()
        .filter(|tag| matches!(tag.vocabulary(), Some(Vocabulary::SyncMl | Vocabulary::MetInf)))
        .filter_map(|tag| tag.known_name())
        .find(|known| known.eq_ignore_ascii_case(name) && *known != name)
}

/// Names of the attributes of a start tag without defect.
fn attribute_names(mut raw: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (name, rest) = raw.split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
        let (_, after) = rest.get(1..)?.split_once(quote)?;
        raw = after;
        Some(name.trim())
    })
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_whitespace()) || text.trim().is_empty()
}

/// Elements that are empty by definition (OMA-TS-SyncML-RepPro-V1_2_2, DTD).
const fn is_empty_by_definition(tag: Tag) -> bool {
    matches!(tag, Tag::Final | Tag::MoreData | Tag::NoResp | Tag::NoResults | Tag::Archive | Tag::SftDel)
}

/// What is to be said of an element that DM does not use.
const fn not_used(tag: Tag) -> Option<Oddity> {
    Some(match tag {
        Tag::Map | Tag::MapItem | Tag::Put | Tag::Search | Tag::Sync => Oddity::DataSyncCommand,
        Tag::Archive | Tag::Lang | Tag::NoResp | Tag::NoResults | Tag::NumberOfChanges | Tag::SftDel => Oddity::NotInDm,
        Tag::Move
        | Tag::Field
        | Tag::Filter
        | Tag::FilterType
        | Tag::Record
        | Tag::SourceParent
        | Tag::TargetParent => Oddity::DataSyncAddition,
        _ => return None,
    })
}

/// Elements that hold elements and no text (OMA-TS-SyncML-RepPro-V1_2_2, DTD).
const fn holds_elements_only(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::SyncML
            | Tag::SyncHdr
            | Tag::SyncBody
            | Tag::Add
            | Tag::Alert
            | Tag::Atomic
            | Tag::Copy
            | Tag::Delete
            | Tag::Exec
            | Tag::Get
            | Tag::Map
            | Tag::Move
            | Tag::Put
            | Tag::Replace
            | Tag::Results
            | Tag::Search
            | Tag::Sequence
            | Tag::Status
            | Tag::Sync
            | Tag::Item
            | Tag::Target
            | Tag::Source
            | Tag::Chal
            | Tag::Cred
    )
}

/// Whether an element of one vocabulary can stand in an element at all. What is unknown is no reason to doubt.
fn may_hold(around: Tag, inside: Option<Vocabulary>) -> bool {
    match (around, around.vocabulary(), inside) {
        (_, None, _) | (_, _, None) => true,
        (Tag::Meta, _, Some(inside)) => inside == Vocabulary::MetInf,
        (_, Some(around), Some(inside)) => around == inside,
    }
}

#[cfg(test)]
mod tests;
