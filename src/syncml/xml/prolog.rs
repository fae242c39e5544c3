//! The XML declaration and the document type declaration, read for their facts only.

use super::attributes;
use super::chars::is_blank;
use super::document::{Declaration, DocType};
use crate::base::Span;

/// Reads what stands between `<?xml` and `?>`; the flag says whether it follows XML 1.0, section 2.8.
pub(super) fn declaration(raw: &str, span: Span) -> (Declaration, bool) {
    let mut found = Vec::new();
    let mut good = true;
    good &= attributes::split(raw, &mut found, |_, _| good = false).is_ok();
    let mut declaration = Declaration { span, ..Declaration::default() };
    let mut last = 0;
    for attribute in found {
        let (place, slot) = match attribute.name {
            "version" => (1, &mut declaration.version),
            "encoding" => (2, &mut declaration.encoding),
            "standalone" => (3, &mut declaration.standalone),
            _ => {
                good = false;
                continue;
            }
        };
        good &= place > last;
        last = place;
        slot.get_or_insert_with(|| attribute.value.into());
    }
    good &= declaration.version.as_deref().is_some_and(|version| version.starts_with("1."));
    good &= declaration.standalone.as_deref().is_none_or(|word| matches!(word, "yes" | "no"));
    (declaration, good)
}

/// Reads what stands between `<!DOCTYPE` and `>`.
pub(super) fn doctype(raw: &str, span: Span) -> DocType {
    let outside_end = outside_subset(raw);
    let outside = raw.get(..outside_end).unwrap_or_default();
    let subset = raw.get(outside_end..).unwrap_or_default();
    let trimmed = outside.trim_start();
    let name_end = trimmed.bytes().position(is_blank).unwrap_or(trimmed.len());
    let (name, rest) = trimmed.split_at_checked(name_end).unwrap_or((trimmed, ""));
    let mut quoted = quoted(rest);
    let keyword = rest.trim_start();
    let (public_id, system_id) = if keyword.starts_with("PUBLIC") {
        (quoted.next(), quoted.next())
    } else if keyword.starts_with("SYSTEM") {
        (None, quoted.next())
    } else {
        (None, None)
    };
    let mut entities = false;
    let mut external_entities = false;
    for at in memchr::memmem::find_iter(subset.as_bytes(), b"<!ENTITY") {
        entities = true;
        let rest = subset.get(at + "<!ENTITY".len()..).unwrap_or_default();
        // The key word of an external identifier stands before the first quote.
        let head = rest.split(['"', '\'', '>', '<']).next().unwrap_or_default();
        external_entities |= head.contains("SYSTEM") || head.contains("PUBLIC");
    }
    DocType {
        name: name.into(),
        public_id: public_id.map(Into::into),
        system_id: system_id.map(Into::into),
        internal_subset: !subset.is_empty(),
        entities,
        external_entities,
        span,
    }
}

/// Where the internal subset begins: the first `[` outside quotes.
fn outside_subset(raw: &str) -> usize {
    let mut quote = None;
    for (at, octet) in raw.bytes().enumerate() {
        match (quote, octet) {
            (None, b'[') => return at,
            (None, b'"' | b'\'') => quote = Some(octet),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    raw.len()
}

/// The quoted texts in a piece of a declaration.
fn quoted(mut rest: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let open = rest.find(['"', '\''])?;
        let quote = rest.get(open..open + 1)?;
        let inside = rest.get(open + 1..)?;
        let (text, after) = inside.split_once(quote)?;
        rest = after;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_judged_by_order_and_version() {
        let read = |raw| declaration(raw, Span::default());
        let (found, good) = read(" version='1.0' encoding=\"UTF-8\" standalone='yes'");
        assert!(good);
        assert_eq!(found.encoding.as_deref(), Some("UTF-8"));
        for raw in [
            "",
            " encoding='UTF-8'",
            " encoding='UTF-8' version='1.0'",
            " version=1.0",
            " version='2.0'",
            " version='1.0' standalone='maybe'",
            " version='1.0' x='y'",
            " version='1.0'encoding='UTF-8'",
        ] {
            assert!(!read(raw).1, "{raw}");
        }
    }

    #[test]
    fn a_document_type_gives_its_identifiers_and_what_it_declares() {
        let read = |raw| doctype(raw, Span::default());
        let found = read(" SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" 'http://x/s.dtd'");
        assert_eq!(&*found.name, "SyncML");
        assert_eq!(found.public_id.as_deref(), Some("-//SYNCML//DTD SyncML 1.2//EN"));
        assert_eq!(found.system_id.as_deref(), Some("http://x/s.dtd"));
        assert!(!found.internal_subset && !found.entities);
        let found = read(" SyncML SYSTEM 's' [<!ENTITY a 'b SYSTEM'>]");
        assert_eq!((found.system_id.as_deref(), found.entities, found.external_entities), (Some("s"), true, false));
        assert!(read(" S [<!ENTITY x SYSTEM \"file:///etc/passwd\">]").external_entities);
        assert!(read(" S [<!ELEMENT a ANY>]").internal_subset);
        assert_eq!(&*read("html").name, "html");
    }
}
