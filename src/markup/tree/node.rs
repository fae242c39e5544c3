//! A node as a tree keeps it: small, since there are some dozens of them to a command, and all rules walk over them.

use super::{ElementForm, Kind, Namespace, NodeId, Prolog, StringForm, TextForm};
use crate::base::Span;
use crate::markup::Tag;

/// What a node is, without what few of its kind have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Shape {
    /// [`ElementForm::Open`].
    Open,
    /// [`ElementForm::Empty`].
    Empty,
    /// [`ElementForm::Literal`]; the index is an extra, `detail` says whether the content bit was set.
    Literal,
    /// [`TextForm::Plain`].
    Plain,
    /// [`TextForm::CData`].
    CData,
    /// [`TextForm::Reference`].
    Reference,
    /// [`StringForm::Inline`].
    Inline,
    /// [`StringForm::Table`]; the index is an extra.
    Table,
    /// [`StringForm::Opaque`]; `detail` has the octets of its length.
    Opaque,
    /// [`StringForm::Entity`]; `detail` has the octets of its code.
    Entity,
    /// [`Kind::Bytes`].
    Bytes,
    /// [`Kind::Aside`]; `detail` says of which kind.
    Aside,
}

impl Shape {
    pub(super) const fn is_element(self) -> bool {
        matches!(self, Self::Open | Self::Empty | Self::Literal)
    }

    pub(super) const fn is_text(self) -> bool {
        !self.is_element() && !matches!(self, Self::Bytes | Self::Aside)
    }
}

const PROLOGS: [Prolog; 6] = [
    Prolog::Declaration,
    Prolog::Comment,
    Prolog::Instruction,
    Prolog::DocType,
    Prolog::WbxmlInstruction,
    Prolog::WbxmlExtension,
];

#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Of an element.
    tag: Tag,
    pub(super) shape: Shape,
    detail: u8,
    pub(super) namespace: Namespace,
    /// Its first child stands right behind it.
    pub(super) has_children: bool,
    /// The tree keeps more of it elsewhere.
    pub(super) has_extra: bool,
    pub(super) span: Span,
    pub(super) parent: u32,
    pub(super) next: u32,
    /// Text: range in `text` (in `bytes` for [`Kind::Bytes`], in `raws` for [`Kind::Aside`]). Element: range in `text` of the
    /// character data directly inside it, up to a child element that follows some.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Node {
    /// A node that stands alone yet. What [`string_index`] gives for its kind is kept elsewhere.
    pub(super) fn new(kind: Kind, span: Span, (start, end): (u32, u32), namespace: Namespace) -> Self {
        let mut node = Self {
            tag: Tag::Unknown,
            shape: Shape::Bytes,
            detail: 0,
            namespace,
            has_children: false,
            has_extra: false,
            span,
            parent: NodeId::NONE,
            next: NodeId::NONE,
            start,
            end,
        };
        node.set_kind(kind);
        node
    }

    pub(super) fn set_kind(&mut self, kind: Kind) {
        let (tag, shape, detail) = match kind {
            Kind::Element { tag, form } => match form {
                ElementForm::Open => (tag, Shape::Open, 0),
                ElementForm::Empty => (tag, Shape::Empty, 0),
                ElementForm::Literal { content, .. } => (tag, Shape::Literal, u8::from(content)),
            },
            Kind::Text { form } => match form {
                TextForm::Plain => (Tag::Unknown, Shape::Plain, 0),
                TextForm::CData => (Tag::Unknown, Shape::CData, 0),
                TextForm::Reference => (Tag::Unknown, Shape::Reference, 0),
                TextForm::String(StringForm::Inline) => (Tag::Unknown, Shape::Inline, 0),
                TextForm::String(StringForm::Table(_)) => (Tag::Unknown, Shape::Table, 0),
                TextForm::String(StringForm::Opaque { length_octets }) => (Tag::Unknown, Shape::Opaque, length_octets),
                TextForm::String(StringForm::Entity { code_octets }) => (Tag::Unknown, Shape::Entity, code_octets),
            },
            Kind::Bytes => (Tag::Unknown, Shape::Bytes, 0),
            Kind::Aside { what } => (Tag::Unknown, Shape::Aside, what as u8),
        };
        (self.tag, self.shape, self.detail) = (tag, shape, detail);
    }

    /// What it is; `index` gives the index into the string table that is kept elsewhere.
    pub(super) fn kind(&self, index: impl FnOnce() -> u32) -> Kind {
        let element = |form| Kind::Element { tag: self.tag, form };
        let text = |form| Kind::Text { form };
        let string = |form| text(TextForm::String(form));
        match self.shape {
            Shape::Open => element(ElementForm::Open),
            Shape::Empty => element(ElementForm::Empty),
            Shape::Literal => element(ElementForm::Literal { index: index(), content: self.detail != 0 }),
            Shape::Plain => text(TextForm::Plain),
            Shape::CData => text(TextForm::CData),
            Shape::Reference => text(TextForm::Reference),
            Shape::Inline => string(StringForm::Inline),
            Shape::Table => string(StringForm::Table(index())),
            Shape::Opaque => string(StringForm::Opaque { length_octets: self.detail }),
            Shape::Entity => string(StringForm::Entity { code_octets: self.detail }),
            Shape::Bytes => Kind::Bytes,
            Shape::Aside => {
                let what = PROLOGS.get(usize::from(self.detail)).copied();
                Kind::Aside { what: what.unwrap_or(Prolog::Comment) }
            }
        }
    }

    /// The tag, where it is an element.
    pub(super) fn tag(&self) -> Option<Tag> {
        self.shape.is_element().then_some(self.tag)
    }

    /// Takes a piece of text that was just written to the arena. Pieces of one element stand next to each other there,
    /// since only text of child elements could come between.
    pub(super) fn join(&mut self, start: u32, end: u32) {
        if self.start == self.end {
            (self.start, self.end) = (start, end);
        } else if self.end == start {
            self.end = end;
        }
    }
}

/// The index into the string table of WBXML that a node of this kind has.
pub(super) const fn string_index(kind: Kind) -> Option<u32> {
    match kind {
        Kind::Element { form: ElementForm::Literal { index, .. }, .. }
        | Kind::Text { form: TextForm::String(StringForm::Table(index)) } => Some(index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_what_it_was_made_of() {
        let forms = [ElementForm::Open, ElementForm::Empty, ElementForm::Literal { index: 7, content: true }];
        let strings = [
            StringForm::Inline,
            StringForm::Table(7),
            StringForm::Opaque { length_octets: 3 },
            StringForm::Entity { code_octets: 2 },
        ];
        let texts = [TextForm::Plain, TextForm::CData, TextForm::Reference];
        let mut kinds = vec![
            Kind::Bytes,
            Kind::Element { tag: Tag::Unknown, form: ElementForm::Literal { index: 7, content: false } },
        ];
        kinds.extend(forms.map(|form| Kind::Element { tag: Tag::Status, form }));
        kinds.extend(texts.map(|form| Kind::Text { form }));
        kinds.extend(strings.map(|form| Kind::Text { form: TextForm::String(form) }));
        kinds.extend(PROLOGS.map(|what| Kind::Aside { what }));
        for kind in kinds {
            let node = Node::new(kind, Span::default(), (0, 0), Namespace::Undeclared);
            assert_eq!(node.kind(|| 7), kind);
            assert_eq!(string_index(kind).is_some(), matches!(node.shape, Shape::Literal | Shape::Table), "{kind:?}");
            let is_element = matches!(kind, Kind::Element { .. });
            assert_eq!((node.tag().is_some(), node.shape.is_element()), (is_element, is_element));
            assert_eq!(node.shape.is_text(), matches!(kind, Kind::Text { .. }));
        }
    }

    /// Two of them in a line of the processor's cache.
    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<Node>(), 32);
    }
}
