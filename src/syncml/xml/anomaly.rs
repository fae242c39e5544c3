//! What may be wrong with a document: faults that cost structure, and anomalies that do not.

use thiserror::Error;

/// A place at which the structure of a document was lost or had to be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("offset {at}: {kind}")]
pub struct XmlError {
    /// Octets from the start of the text (see [`XmlDocument::text`](super::XmlDocument::text)).
    pub at: usize,
    /// What happened.
    pub kind: XmlErrorKind,
}

/// See [`XmlError`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// No octet, or only white space.
    #[error("the document is empty")]
    Empty,
    /// The first character is not `<`.
    #[error("this is no XML: the first character is not `<`")]
    NotXml,
    /// UTF-32 and other encodings that nobody sends.
    #[error("the encoding {name} is not supported; send UTF-8")]
    UnsupportedEncoding {
        /// Its name.
        name: &'static str,
    },
    /// The document has no element.
    #[error("the document has no root element")]
    NoRoot,
    /// The document ends inside this element; it was closed there.
    #[error("the document ends before </{name}>")]
    UnclosedElement {
        /// Its name, with prefix.
        name: Box<str>,
    },
    /// An end tag names another element than the innermost; all up to the one that it names were closed.
    #[error("</{found}> stands where </{expected}> is due")]
    MismatchedEndTag {
        /// The innermost element.
        expected: Box<str>,
        /// The name in the end tag.
        found: Box<str>,
    },
    /// An end tag names no open element; it was passed over.
    #[error("</{found}> ends no open element")]
    UnmatchedEndTag {
        /// The name in the end tag.
        found: Box<str>,
    },
    /// An end tag holds more than a name and white space after it.
    #[error("an end tag holds a name and nothing else")]
    BadEndTag,
    /// A tag is not closed by `>`, or a quoted value in it by its quote. Reading stopped.
    #[error("a tag is not closed")]
    UnclosedTag,
    /// A comment has no `-->`. Reading stopped.
    #[error("a comment is not closed")]
    UnclosedComment,
    /// A CDATA section has no `]]>`. Reading stopped.
    #[error("a CDATA section is not closed")]
    UnclosedCData,
    /// A processing instruction has no `?>`. Reading stopped.
    #[error("a processing instruction is not closed")]
    UnclosedInstruction,
    /// A document type declaration is not closed. Reading stopped.
    #[error("a document type declaration is not closed")]
    UnclosedDocType,
    /// A document type declaration that is none: no name, or the key word in small letters.
    #[error("a document type declaration is malformed")]
    BadDocType,
    /// `<` is followed by nothing that XML knows, or stands inside a tag. Reading stopped.
    #[error("`<` stands where no tag begins (write &lt; in text)")]
    StrayLessThan,
    /// More nested elements than `Limits::DEPTH`. Reading stopped.
    #[error("elements are nested too deeply")]
    TooDeep,
    /// More nodes than `Limits::NODES`. Reading stopped.
    #[error("the document has too many elements and pieces of text")]
    TooManyNodes,
    /// More declarations in force than `Limits::NAMESPACES`. Reading stopped.
    #[error("too many name space declarations are in force")]
    TooManyNamespaces,
    /// More broken places than `Limits::RECOVERIES`. Reading stopped.
    #[error("too many broken places; the rest was not read")]
    TooManyFaults,
}

/// Something odd or forbidden that did not keep the document from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// Octets from the start of the text (see [`XmlDocument::text`](super::XmlDocument::text)).
    pub at: usize,
    /// What it was.
    pub kind: AnomalyKind,
}

/// See [`Anomaly`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// A character that XML forbids everywhere (XML 1.0, section 2.2); it stayed in the text.
    #[error("character U+{:04X} is forbidden in XML", u32::from(*.ch))]
    ForbiddenCharacter {
        /// The character.
        ch: char,
    },
    /// A second element at the top.
    #[error("a second root element")]
    SecondRoot,
    /// Text, a reference or a CDATA section outside the root.
    #[error("text outside the root element")]
    TextOutsideRoot,
    /// `]]>` in text (XML 1.0, section 2.4).
    #[error("`]]>` stands in text")]
    CDataEndInText,
    /// `&` that begins no reference; it stayed in the text.
    #[error("`&` begins no reference (write &amp;)")]
    BareAmpersand,
    /// A reference to an entity that XML does not predefine; the reference itself became the text.
    #[error("the entity &{name}; is not known")]
    UnknownEntity {
        /// What stood between `&` and `;`.
        name: Box<str>,
    },
    /// A character reference to no character or to a forbidden one; the reference itself became the text.
    #[error("&{raw}; refers to no character of XML")]
    BadCharacterReference {
        /// What stood between `&` and `;`.
        raw: Box<str>,
    },
    /// The name of an element or attribute that is no name (XML 1.0, section 2.3).
    #[error("\"{name}\" is no name of XML")]
    BadName {
        /// The name.
        name: Box<str>,
    },
    /// A prefix that no declaration binds (Namespaces in XML 1.0, section 5).
    #[error("the prefix \"{prefix}\" is not declared")]
    UnboundPrefix {
        /// The prefix.
        prefix: Box<str>,
    },
    /// The same attribute twice.
    #[error("the attribute {name} stands twice")]
    DuplicateAttribute {
        /// Its name.
        name: Box<str>,
    },
    /// An attribute value without quotes.
    #[error("the value of attribute {name} is not quoted")]
    UnquotedAttribute {
        /// Its name.
        name: Box<str>,
    },
    /// An attribute without `=` and value.
    #[error("the attribute {name} has no value")]
    AttributeWithoutValue {
        /// Its name.
        name: Box<str>,
    },
    /// No white space before an attribute.
    #[error("no white space stands before attribute {name}")]
    NoBlankBeforeAttribute {
        /// Its name.
        name: Box<str>,
    },
    /// `<` in an attribute value.
    #[error("`<` stands in the value of attribute {name}")]
    LessThanInAttribute {
        /// Its name.
        name: Box<str>,
    },
    /// `--` inside a comment, or `-` at its end (XML 1.0, section 2.5).
    #[error("`--` stands inside a comment")]
    DoubleHyphenInComment,
    /// Only white space stands before the XML declaration.
    #[error("white space stands before the XML declaration")]
    BlankBeforeDeclaration,
    /// The XML declaration is not the first thing in the document.
    #[error("the XML declaration does not stand at the start")]
    DeclarationNotFirst,
    /// The XML declaration lacks its version or is malformed (XML 1.0, section 2.8).
    #[error("the XML declaration is malformed")]
    BadDeclaration,
    /// A processing instruction whose target is `xml` in capitals, or no name.
    #[error("\"{target}\" may not be the target of a processing instruction")]
    BadInstruction {
        /// The target.
        target: Box<str>,
    },
    /// A document type declaration after the root began, or a second one.
    #[error("a document type declaration stands in the wrong place")]
    MisplacedDocType,
    /// The declared encoding is not the one in which the document is written; it was read as the latter.
    #[error("declared as {declared}, written in {actual}")]
    EncodingMismatch {
        /// The name in the declaration (or of the transport).
        declared: Box<str>,
        /// The encoding that the octets show.
        actual: &'static str,
    },
    /// The declared encoding has an unknown name.
    #[error("the encoding \"{declared}\" is not known")]
    UnknownEncoding {
        /// The name in the declaration.
        declared: Box<str>,
    },
    /// Octets that the encoding cannot have; U+FFFD stands for them.
    #[error("octets that are not {encoding}")]
    UndecodableOctets {
        /// The encoding.
        encoding: &'static str,
    },
    /// Text that is a SyncML, DevInf or MgmtTree document of its own has this fault and was left as text. The document
    /// around it is not touched by that.
    #[error("the document inside this text: {0}")]
    EmbeddedFault(XmlErrorKind),
}

impl AnomalyKind {
    /// Whether a parser that follows XML 1.0 and Namespaces in XML refuses the document for it.
    ///
    /// White space before the declaration is left out, though XML forbids it: parsers of DM servers commonly trim. So are
    /// encodings, which are a matter of their own.
    pub const fn breaks_well_formedness(&self) -> bool {
        !matches!(
            self,
            Self::BlankBeforeDeclaration
                | Self::EncodingMismatch { .. }
                | Self::UnknownEncoding { .. }
                | Self::UndecodableOctets { .. }
                | Self::EmbeddedFault(_)
        )
    }

    /// Whether it is the one defect that is repaired before judging: U+0000.
    pub const fn is_nul(&self) -> bool {
        matches!(self, Self::ForbiddenCharacter { ch: '\0' })
    }
}
