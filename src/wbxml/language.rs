//! Which table a document's tokens are looked up in: public identifiers, media types, code pages.

use crate::markup::{Since, Tag, Vocabulary};
use std::sync::LazyLock;

/// The language of a document, which gives its code pages their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// SyncML of data synchronisation and of device management: page 0 SyncML, page 1 MetInf, page 2 DM DDF.
    SyncMl,
    /// Meta information in a document of its own: page 0 and page 1 MetInf.
    MetInf,
    /// Device descriptions and serialised trees in a document of their own: page 0 DM DDF. Page 2 too, since that is
    /// the page of the same tokens inside SyncML (OMA-TS-DM_TND-V1_2_1, section 10).
    Ddf,
    /// Device information of data synchronisation: page 0 DevInf, page 1 MetInf.
    DevInf,
}

impl Language {
    /// The vocabulary of a code page; `None` where the language has no such page.
    pub const fn vocabulary(self, page: u8) -> Option<Vocabulary> {
        match (self, page) {
            (Self::SyncMl, 0) => Some(Vocabulary::SyncMl),
            (Self::SyncMl | Self::DevInf | Self::MetInf, 1) | (Self::MetInf, 0) => Some(Vocabulary::MetInf),
            (Self::SyncMl | Self::Ddf, 2) | (Self::Ddf, 0) => Some(Vocabulary::Ddf),
            (Self::DevInf, 0) => Some(Vocabulary::DevInf),
            _ => None,
        }
    }

    /// The lowest code page with a vocabulary; `None` where the language does not have it.
    pub const fn page(self, vocabulary: Vocabulary) -> Option<u8> {
        match (self, vocabulary) {
            (Self::SyncMl, Vocabulary::SyncMl)
            | (Self::MetInf, Vocabulary::MetInf)
            | (Self::Ddf, Vocabulary::Ddf)
            | (Self::DevInf, Vocabulary::DevInf) => Some(0),
            (Self::SyncMl | Self::DevInf, Vocabulary::MetInf) => Some(1),
            (Self::SyncMl, Vocabulary::Ddf) => Some(2),
            _ => None,
        }
    }

    /// The language whose root element this is.
    pub const fn of_root(tag: Tag) -> Option<Self> {
        match tag {
            Tag::SyncML => Some(Self::SyncMl),
            Tag::MetInf => Some(Self::MetInf),
            Tag::DdfMgmtTree => Some(Self::Ddf),
            Tag::DevInfDevInf => Some(Self::DevInf),
            _ => None,
        }
    }
}

/// A public identifier of the SyncML family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownId {
    /// The number; `None` for an identifier that only exists as text.
    pub number: Option<u32>,
    /// The formal public identifier.
    pub text: &'static str,
    /// The language that it names.
    pub language: Language,
    /// The version of SyncML that it belongs to.
    pub version: Since,
}

impl KnownId {
    /// Every public identifier (OMA-TS-SyncML-RepPro-V1_2_2, "WBXML Definition"; the registry of WINA; the identifier of
    /// DDF: OMA-TS-DM_TND-V1_2_1, section 10).
    pub const ALL: &'static [KnownId] = &[
        Self::new(Some(0x0fd1), "-//SYNCML//DTD SyncML 1.0//EN", Language::SyncMl, Since::V1_0),
        Self::new(Some(0x0fd2), "-//SYNCML//DTD DevInf 1.0//EN", Language::DevInf, Since::V1_0),
        Self::new(Some(0x0fd3), "-//SYNCML//DTD SyncML 1.1//EN", Language::SyncMl, Since::V1_1),
        Self::new(Some(0x0fd4), "-//SYNCML//DTD DevInf 1.1//EN", Language::DevInf, Since::V1_1),
        Self::new(Some(0x1201), "-//SYNCML//DTD SyncML 1.2//EN", Language::SyncMl, Since::V1_2),
        Self::new(Some(0x1202), "-//SYNCML//DTD MetInf 1.2//EN", Language::MetInf, Since::V1_2),
        Self::new(Some(0x1203), "-//SYNCML//DTD DevInf 1.2//EN", Language::DevInf, Since::V1_2),
        Self::new(None, "-//OMA//DTD-DM-DDF 1.2//EN", Language::Ddf, Since::V1_2),
    ];

    const fn new(number: Option<u32>, text: &'static str, language: Language, version: Since) -> Self {
        Self { number, text, language, version }
    }

    /// The identifier with this number.
    pub fn of_number(number: u32) -> Option<&'static KnownId> {
        Self::ALL.iter().find(|known| known.number == Some(number))
    }

    /// The identifier with this text, in whatever case: `SyncML` and `SYNCML` both occur.
    pub fn of_text(text: &str) -> Option<&'static KnownId> {
        Self::ALL.iter().find(|known| known.text.eq_ignore_ascii_case(text.trim_ascii()))
    }

    /// The identifier of a language in a version.
    pub fn of_language(language: Language, version: Since) -> Option<&'static KnownId> {
        let mut all = Self::ALL.iter().filter(|known| known.language == language);
        all.clone().find(|known| known.version == version).or_else(|| all.next())
    }
}

/// What is known of a document from elsewhere. It counts where the public identifier is missing or unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hint {
    /// The language that the media type names.
    pub language: Option<Language>,
}

impl Hint {
    /// Nothing is known.
    pub const NONE: Hint = Hint { language: None };

    /// What a media type says, parameters ignored (OMA-TS-SyncML_HTTPBinding-V1_2, OMA-TS-DM_TND-V1_2_1).
    pub fn of_media_type(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is = |known: &[&str]| known.iter().any(|known| essence.eq_ignore_ascii_case(known));
        let language = if is(&[
            "application/vnd.syncml+wbxml",
            "application/vnd.syncml.dm+wbxml",
            "application/vnd.syncml.ds+wbxml",
        ]) {
            Some(Language::SyncMl)
        } else if is(&["application/vnd.syncml.dmtnds+wbxml", "application/vnd.syncml.dmddf+wbxml"]) {
            Some(Language::Ddf)
        } else if is(&["application/vnd.syncml-devinf+wbxml"]) {
            Some(Language::DevInf)
        } else {
            None
        };
        Self { language }
    }
}

/// The tags of one code page by token; [`Tag::Unknown`] where there is none.
pub(crate) type Page = [Tag; 64];

/// A page without any tag.
pub(crate) static NO_PAGE: Page = [Tag::Unknown; 64];

static PAGES: LazyLock<[Page; 4]> = LazyLock::new(|| {
    let mut pages = [NO_PAGE; 4];
    for &tag in Tag::ALL {
        if let (Some(vocabulary), Some(token)) = (tag.vocabulary(), tag.token())
            && let Some(slot) = pages.get_mut(place(vocabulary)).and_then(|page| page.get_mut(usize::from(token)))
        {
            *slot = tag;
        }
    }
    pages
});

const fn place(vocabulary: Vocabulary) -> usize {
    match vocabulary {
        Vocabulary::SyncMl => 0,
        Vocabulary::MetInf => 1,
        Vocabulary::Ddf => 2,
        Vocabulary::DevInf => 3,
    }
}

impl Language {
    /// The tags of a code page; none where the language does not have it.
    pub(crate) fn tags(self, page: u8) -> &'static Page {
        self.vocabulary(page).and_then(|vocabulary| PAGES.get(place(vocabulary))).unwrap_or(&NO_PAGE)
    }

    /// The tag of a token on a page, without content and attribute bits.
    pub(crate) fn tag(self, page: u8, token: u8) -> Tag {
        self.tags(page).get(usize::from(token & 0x3f)).copied().unwrap_or(Tag::Unknown)
    }

    /// The tag of a name: on the page in force, or else on the first page that has it.
    pub(crate) fn named(self, page: u8, name: &str) -> Option<(u8, Tag)> {
        [page, 0, 1, 2].into_iter().find_map(|page| {
            let tag = Tag::of_name(self.vocabulary(page)?, name.as_bytes())?;
            Some((page, tag))
        })
    }
}

/// The name that a token without meaning gets.
pub(crate) fn unknown_name(page: u8, token: u8) -> String {
    format!("Tag_0x{token:02X} (page {page})")
}

/// The token behind a name of [`unknown_name`].
pub(crate) fn unknown_token(name: &str) -> Option<(u8, u8)> {
    let (token, page) = name.strip_prefix("Tag_0x")?.strip_suffix(')')?.split_once(" (page ")?;
    let token = u8::from_str_radix(token, 16).ok().filter(|token| (5..0x40).contains(token))?;
    Some((page.parse().ok()?, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_on_the_page_that_its_vocabulary_has() {
        for &tag in Tag::ALL {
            let (vocabulary, token) = (tag.vocabulary().unwrap(), tag.token().unwrap());
            for language in [Language::SyncMl, Language::MetInf, Language::Ddf, Language::DevInf] {
                if let Some(page) = language.page(vocabulary) {
                    assert_eq!(language.vocabulary(page), Some(vocabulary));
                    assert_eq!(language.tag(page, token), tag);
                }
            }
        }
        assert_eq!(Language::SyncMl.tag(0, 0x30), Tag::Unknown);
        assert_eq!(Language::SyncMl.tag(3, 0x05), Tag::Unknown);
        assert_eq!(Language::Ddf.tag(2, 0x20), Tag::DdfMgmtTree);
    }

    #[test]
    fn an_identifier_is_known_in_any_case() {
        assert_eq!(KnownId::of_text("-//SyncML//DTD SyncML 1.1//EN").unwrap().number, Some(0x0fd3));
        assert_eq!(KnownId::of_text("-//oma//dtd-dm-ddf 1.2//en").unwrap().language, Language::Ddf);
        assert_eq!(KnownId::of_text("-//WAPFORUM//DTD WML 1.3//EN"), None);
    }

    #[test]
    fn a_media_type_names_the_language() {
        for (media_type, language) in [
            ("application/vnd.syncml.dm+wbxml; charset=utf-8", Some(Language::SyncMl)),
            ("Application/Vnd.SyncML.DMTNDS+WBXML", Some(Language::Ddf)),
            ("application/vnd.syncml-devinf+wbxml", Some(Language::DevInf)),
            ("application/octet-stream", None),
            ("", None),
        ] {
            assert_eq!(Hint::of_media_type(media_type).language, language, "{media_type}");
        }
    }

    #[test]
    fn the_name_of_an_unknown_token_leads_back_to_it() {
        assert_eq!(unknown_name(2, 0x3f), "Tag_0x3F (page 2)");
        assert_eq!(unknown_token("Tag_0x3F (page 2)"), Some((2, 0x3f)));
        for name in ["Tag_0x3F", "Tag_0x40 (page 2)", "Tag_0x04 (page 2)", "Tag_0x3F (page 256)", "Status"] {
            assert_eq!(unknown_token(name), None, "{name}");
        }
    }
}
