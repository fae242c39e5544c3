//! The attributes of one start tag, split without judging values.

use super::anomaly::AnomalyKind;
use super::chars::{Reference, is_blank, is_qualified_name, reference};

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    /// Its name, with prefix.
    pub(super) name: &'t str,
    /// Its value as written, references unresolved.
    pub(super) value: &'t str,
}

/// `<` stands outside a value: where, from the start of the attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StrayLessThan(pub(super) usize);

/// Splits what stands in a start tag after the name. `odd` hears of every defect with its offset from the start of `raw`.
pub(super) fn split<'t>(
    raw: &'t str,
    into: &mut Vec<Attribute<'t>>,
    mut odd: impl FnMut(usize, AnomalyKind),
) -> Result<(), StrayLessThan> {
    into.clear();
    let bytes = raw.as_bytes();
    let slice = |start: usize, end: usize| raw.get(start..end).unwrap_or_default();
    let find = |from: usize, wanted: &dyn Fn(u8) -> bool| -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|&octet| wanted(octet)).map_or(bytes.len(), |at| from + at)
    };
    let skip_blanks = |from: usize| find(from, &|octet| !is_blank(octet));
    let mut at = 0;
    loop {
        let start = skip_blanks(at);
        if start >= bytes.len() {
            break;
        }
        let end = find(start, &|octet| is_blank(octet) || matches!(octet, b'=' | b'"' | b'\'' | b'<'));
        // A quote where a name is due would not move on.
        let end = if end == start && bytes.get(start) != Some(&b'=') { start + 1 } else { end };
        let name = slice(start, end);
        if name == "<" || bytes.get(end) == Some(&b'<') {
            return Err(StrayLessThan(if name == "<" { start } else { end }));
        }
        if start == at {
            odd(start, AnomalyKind::NoBlankBeforeAttribute { name: name.into() });
        }
        if !is_qualified_name(name) {
            odd(start, AnomalyKind::BadName { name: name.into() });
        }
        let equals = skip_blanks(end);
        if bytes.get(equals) != Some(&b'=') {
            odd(start, AnomalyKind::AttributeWithoutValue { name: name.into() });
            into.push(Attribute { name, value: "" });
            at = end;
            continue;
        }
        let open = skip_blanks(equals + 1);
        let value = match bytes.get(open) {
            Some(&quote @ (b'"' | b'\'')) => {
                let close = find(open + 1, &|octet| octet == quote);
                at = (close + 1).min(bytes.len());
                slice(open + 1, close)
            }
            _ => {
                odd(start, AnomalyKind::UnquotedAttribute { name: name.into() });
                let close = find(open, &is_blank);
                at = close;
                slice(open, close)
            }
        };
        if let Some(inside) = memchr::memchr(b'<', value.as_bytes()) {
            odd(open + 1 + inside, AnomalyKind::LessThanInAttribute { name: name.into() });
        }
        into.push(Attribute { name, value });
    }
    duplicates(into, &mut odd);
    Ok(())
}

/// The attributes of an element, in order, from what stands in its start tag ([`Tree::raw`](crate::markup::Tree::raw)):
/// names with their prefixes, values with references resolved and blanks made spaces (XML 1.0, section 3.3.3). A reference
/// that means nothing stays as it is written.
pub fn attributes_of(raw: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // The reader has said what is odd when it read the tag.
    let _ = split(raw, &mut found, |_, _| {});
    found.into_iter().map(|attribute| (attribute.name.to_owned(), value(attribute.value))).collect()
}

fn value(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut pieces = written.split('&');
    let plain = |out: &mut String, text: &str| {
        out.extend(text.chars().map(|ch| if matches!(ch, '\t' | '\n' | '\r') { ' ' } else { ch }));
    };
    plain(&mut out, pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.split_once(';').map(|(name, rest)| (reference(name), rest)) {
            Some((Reference::Char(ch), rest)) => {
                out.push(ch);
                plain(&mut out, rest);
            }
            _ => {
                out.push('&');
                plain(&mut out, piece);
            }
        }
    }
    out
}

fn duplicates(attributes: &[Attribute<'_>], odd: &mut impl FnMut(usize, AnomalyKind)) {
    if attributes.len() < 2 {
        return;
    }
    let mut names: Vec<&str> = attributes.iter().map(|attribute| attribute.name).collect();
    names.sort_unstable();
    let mut reported = None;
    for pair in names.windows(2) {
        if let [a, b] = pair
            && a == b
            && reported != Some(*a)
        {
            reported = Some(*a);
            odd(0, AnomalyKind::DuplicateAttribute { name: (*a).into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(raw: &str) -> (Vec<(&str, &str)>, Vec<AnomalyKind>, bool) {
        let (mut into, mut odd) = (Vec::new(), Vec::new());
        let end = split(raw, &mut into, |_, kind| odd.push(kind));
        (into.iter().map(|attribute| (attribute.name, attribute.value)).collect(), odd, end.is_ok())
    }

    #[test]
    fn attributes_are_split_whatever_their_quotes_and_blanks() {
        let (found, odd, _) = run(" a='1'\n b = \"x'y\"  s:c=''  ");
        assert_eq!(found, [("a", "1"), ("b", "x'y"), ("s:c", "")]);
        assert!(odd.is_empty());
    }

    #[test]
    fn values_have_their_references_resolved() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let found = attributes_of(" a='1 &amp; &#x32;' p:b=\"x\ty&#9;z\" c='&no; &' d");
        let wanted = [pair("a", "1 & 2"), pair("p:b", "x y\tz"), pair("c", "&no; &"), pair("d", "")];
        assert_eq!(found, wanted);
    }

    #[test]
    fn each_defect_has_its_name() {
        use AnomalyKind as K;
        let name = || Box::from("a");
        for (raw, expected) in [
            (" a=1", K::UnquotedAttribute { name: name() }),
            (" a", K::AttributeWithoutValue { name: name() }),
            (" b='1'a='2'", K::NoBlankBeforeAttribute { name: name() }),
            (" a='1' a='2'", K::DuplicateAttribute { name: name() }),
            (" a='<'", K::LessThanInAttribute { name: name() }),
            (" 1='x'", K::BadName { name: "1".into() }),
        ] {
            assert_eq!(run(raw).1, [expected], "{raw}");
        }
        assert!(!run(" a='1' <b").2);
        assert!(!run(" a<b").2);
    }
}
