//! Name spaces in force, and the tag that a name stands for.

use super::attributes::Attribute;
use crate::base::Limits;
use crate::markup::{Namespace, Tag, TreeBuilder, Vocabulary};

/// Bound to the prefix `xml` without a declaration (Namespaces in XML 1.0, section 3).
const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";

/// What an element's name space is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// No declaration is in force, or the prefix is not bound: the name decides.
    Open,
    /// A name space of SyncML, spelled more or less right.
    Of(Vocabulary),
    /// Another name space.
    Foreign,
}

/// The vocabulary that a URI names, spelled right or nearly so.
pub(crate) fn vocabulary_of_namespace(uri: &str) -> Option<Vocabulary> {
    match meaning(uri) {
        Meaning::Of(vocabulary) => Some(vocabulary),
        Meaning::Open | Meaning::Foreign => None,
    }
}

/// A name space with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) namespace: Namespace,
    pub(super) meaning: Meaning,
}

impl Space {
    pub(super) const UNDECLARED: Self = Self { namespace: Namespace::Undeclared, meaning: Meaning::Open };
    const UNBOUND: Self = Self { namespace: Namespace::UnboundPrefix, meaning: Meaning::Open };
}

/// The vocabulary that a URI is meant to name. Case, blanks and version suffixes do not count: the exact text stays with
/// the element, so that the difference can be judged.
pub(super) fn meaning(uri: &str) -> Meaning {
    const LONGEST: usize = 64;
    match uri {
        "" => return Meaning::Open,
        "syncml:metinf" => return Meaning::Of(Vocabulary::MetInf),
        "SYNCML:SYNCML1.2" | "SYNCML:SYNCML1.1" => return Meaning::Of(Vocabulary::SyncMl),
        _ if uri.len() > LONGEST => return Meaning::Foreign,
        _ => {}
    }
    let folded: String = uri.chars().filter(|ch| !ch.is_whitespace()).map(|ch| ch.to_ascii_lowercase()).collect();
    let known = [
        ("syncml:metinf", Vocabulary::MetInf),
        ("syncml:dmddf", Vocabulary::Ddf),
        ("syncml:devinf", Vocabulary::DevInf),
        ("syncml:syncml", Vocabulary::SyncMl),
        ("syncml:1", Vocabulary::SyncMl),
        ("syncml1", Vocabulary::SyncMl),
    ];
    match known.iter().find(|(start, _)| folded.starts_with(start)) {
        Some(&(_, vocabulary)) => Meaning::Of(vocabulary),
        None if folded == "syncml" => Meaning::Of(Vocabulary::SyncMl),
        None => Meaning::Foreign,
    }
}

/// Declarations with a prefix, innermost last, and the last answers.
#[derive(Debug, Default)]
pub(super) struct Bindings<'t> {
    prefixes: Vec<(&'t str, Space)>,
    last: Option<(&'t str, Space)>,
    /// The strange URI of the root.
    adopted: Option<(&'t str, Space)>,
}

/// The declarations of one start tag would go past [`Limits::NAMESPACES`].
pub(super) struct TooMany;

impl<'t> Bindings<'t> {
    /// Number of declarations, to come back to with [`Bindings::forget`].
    pub(super) fn mark(&self) -> usize {
        self.prefixes.len()
    }

    /// Drops the declarations since a mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.prefixes.truncate(mark);
    }

    /// Takes in the declarations among the attributes of an element; gives its new default name space, if it declares one.
    pub(super) fn declare(
        &mut self,
        attributes: &[Attribute<'t>],
        builder: &mut TreeBuilder,
        root: Option<Vocabulary>,
    ) -> Result<Option<Space>, TooMany> {
        let mut default = None;
        for attribute in attributes {
            if attribute.name == "xmlns" {
                default = Some(self.space(attribute.value, builder, root));
            } else if let Some(prefix) = attribute.name.strip_prefix("xmlns:") {
                if self.prefixes.len() >= Limits::NAMESPACES {
                    return Err(TooMany);
                }
                let space = self.space(attribute.value, builder, root);
                self.prefixes.push((prefix, space));
            }
        }
        Ok(default)
    }

    fn space(&mut self, uri: &'t str, builder: &mut TreeBuilder, root: Option<Vocabulary>) -> Space {
        for known in [self.last, self.adopted] {
            if let Some((known, space)) = known
                && known == uri
            {
                return space;
            }
        }
        let space = match (meaning(uri), root) {
            _ if uri.is_empty() => Space::UNDECLARED,
            // A root says what it is by its name; a strange URI on it is judged, not believed.
            (Meaning::Foreign, Some(vocabulary)) => {
                let space = Space { namespace: builder.namespace(uri), meaning: Meaning::Of(vocabulary) };
                self.adopted = Some((uri, space));
                space
            }
            (meaning, _) => Space { namespace: builder.namespace(uri), meaning },
        };
        self.last = Some((uri, space));
        space
    }

    /// Whether a prefix is bound.
    pub(super) fn binds(&self, prefix: &str) -> bool {
        matches!(prefix, "xml" | "xmlns") || self.prefixes.iter().any(|(known, _)| *known == prefix)
    }

    /// The name space of a prefix.
    pub(super) fn of_prefix(&self, prefix: &str, builder: &mut TreeBuilder) -> Space {
        if prefix == "xml" {
            return Space { namespace: builder.namespace(XML_URI), meaning: Meaning::Foreign };
        }
        self.prefixes.iter().rev().find(|(known, _)| *known == prefix).map_or(Space::UNBOUND, |&(_, space)| space)
    }
}

/// The vocabulary of the document that a root of this name begins.
pub(super) fn of_root(local: &str) -> Option<Vocabulary> {
    match local {
        "SyncML" => Some(Vocabulary::SyncMl),
        "MgmtTree" => Some(Vocabulary::Ddf),
        "DevInf" => Some(Vocabulary::DevInf),
        _ => None,
    }
}

/// The tag of a name. `inside` is the vocabulary of a MgmtTree or DevInf around it that was known by its name alone.
///
/// The vocabulary of the name space comes first. Where it does not have the name, another one's is taken, and the name
/// space that stays with the element shows that it was not declared: MetInf elements in the SyncML name space are
/// common.
pub(super) fn tag(meaning: Meaning, local: &str, inside: Option<Vocabulary>) -> Tag {
    let name = local.as_bytes();
    let of = |vocabulary| Tag::of_name(vocabulary, name);
    let found = match meaning {
        Meaning::Foreign => None,
        Meaning::Of(Vocabulary::SyncMl) | Meaning::Open => inside
            .and_then(of)
            .or_else(|| of(Vocabulary::SyncMl))
            .or_else(|| of(Vocabulary::MetInf))
            .or_else(|| of_root(local).and_then(of)),
        Meaning::Of(vocabulary) => of(vocabulary).or_else(|| of(Vocabulary::SyncMl)).or_else(|| of(Vocabulary::MetInf)),
    };
    found.unwrap_or(Tag::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_name_spaces_are_understood() {
        for (uri, expected) in [
            ("SYNCML:SYNCML1.2", Meaning::Of(Vocabulary::SyncMl)),
            ("SYNCML:SYNCML1.0", Meaning::Of(Vocabulary::SyncMl)),
            ("syncml:SYNCML1.2", Meaning::Of(Vocabulary::SyncMl)),
            ("SYNCML: SYNCML1.2 ", Meaning::Of(Vocabulary::SyncMl)),
            ("syncml :metinf", Meaning::Of(Vocabulary::MetInf)),
            ("syncml:metinf1.2", Meaning::Of(Vocabulary::MetInf)),
            ("SYNCML:METINF", Meaning::Of(Vocabulary::MetInf)),
            ("syncml:dmddf1.2", Meaning::Of(Vocabulary::Ddf)),
            ("syncml:devinf", Meaning::Of(Vocabulary::DevInf)),
            ("http://example.org/", Meaning::Foreign),
            ("", Meaning::Open),
        ] {
            assert_eq!(meaning(uri), expected, "{uri}");
        }
    }
}
