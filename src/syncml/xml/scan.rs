//! Where tags, text and references begin and end.
//!
//! Hand-written, since the reader checks everything that stands in them anyway and wants offsets only; a general reader
//! took half of the decoding time for events that were thrown away.

use super::anomaly::XmlErrorKind;
use super::chars::is_blank;
use memchr::{memchr, memchr2, memchr3, memmem};

/// What stands between two offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag; its name ends at this offset. `same` says that its attributes are those that the caller named.
    Start { name_end: usize, same: bool },
    /// An empty-element tag; its name ends at this offset.
    Empty { name_end: usize },
    /// An end tag.
    End,
    /// Text up to the next `<` or `&`.
    Text,
    /// `&` that no `;` follows before the next `&` or `<`, with the text up to there.
    BareAmpersand,
    /// `&…;`
    Reference,
    /// `<![CDATA[…]]>`
    CData,
    /// `<!--…-->`
    Comment,
    /// `<?xml …?>`
    Declaration,
    /// `<?…?>`
    Instruction,
    /// `<!DOCTYPE…>`
    DocType,
}

/// The token at an offset and the offset after it; `None` at the end. `attributes` are those of a start tag that is
/// recognised at once.
///
/// # Errors
///
/// The offset of the fault; nothing can be told of what follows.
pub(super) fn next(text: &[u8], at: usize, attributes: &[u8]) -> Result<Option<(Token, usize)>, (usize, XmlErrorKind)> {
    let rest = text.get(at..).unwrap_or_default();
    let whole = |token, length: usize| Ok(Some((token, at + length)));
    let up_to =
        |token, close: &[u8], from: usize, error| match memmem::find(rest.get(from..).unwrap_or_default(), close) {
            Some(found) => Ok(Some((token, at + from + found + close.len()))),
            None => Err((at, error)),
        };
    match rest {
        [] => Ok(None),
        [b'&', after @ ..] => match memchr3(b';', b'&', b'<', after) {
            Some(found) if after.get(found) == Some(&b';') => whole(Token::Reference, found + 2),
            Some(found) => whole(Token::BareAmpersand, found + 1),
            None => whole(Token::BareAmpersand, rest.len()),
        },
        [b'<', b'/', after @ ..] => match memchr(b'>', after) {
            Some(found) => whole(Token::End, found + 3),
            None => Err((at, XmlErrorKind::UnclosedTag)),
        },
        [b'<', b'?', ..] => {
            let declaration =
                rest.starts_with(b"<?xml") && rest.get(5).is_none_or(|&next| is_blank(next) || next == b'?');
            let token = if declaration { Token::Declaration } else { Token::Instruction };
            up_to(token, b"?>", 2, XmlErrorKind::UnclosedInstruction)
        }
        [b'<', b'!', b'-', b'-', ..] => up_to(Token::Comment, b"-->", 4, XmlErrorKind::UnclosedComment),
        [b'<', b'!', ..] if rest.starts_with(b"<![CDATA[") => {
            up_to(Token::CData, b"]]>", 9, XmlErrorKind::UnclosedCData)
        }
        [b'<', b'!', ..] if rest.get(..9).is_some_and(|word| word.eq_ignore_ascii_case(b"<!DOCTYPE")) => {
            match doctype_end(rest) {
                Some(length) => whole(Token::DocType, length),
                None => Err((at, XmlErrorKind::UnclosedDocType)),
            }
        }
        [b'<', b'!', ..] => Err((at, XmlErrorKind::StrayLessThan)),
        [b'<', after @ ..] => tag(rest, after, at, attributes).map(Some),
        [_, after @ ..] => whole(Token::Text, memchr2(b'<', b'&', after).map_or(rest.len(), |found| found + 1)),
    }
}

/// A start tag or an empty-element tag.
fn tag(rest: &[u8], after: &[u8], at: usize, attributes: &[u8]) -> Result<(Token, usize), (usize, XmlErrorKind)> {
    let Some(name) = after.iter().position(|&octet| octet == b'>' || octet == b'<' || is_blank(octet)) else {
        return Err((at, XmlErrorKind::UnclosedTag));
    };
    let stop = after.get(name).copied().unwrap_or_default();
    let end = name + 1;
    if name == 0 {
        return Err((at, XmlErrorKind::StrayLessThan));
    }
    match stop {
        b'<' => return Err((at + end, XmlErrorKind::StrayLessThan)),
        b'>' => {
            let empty = after.get(name - 1) == Some(&b'/');
            if empty && name == 1 {
                return Err((at, XmlErrorKind::StrayLessThan));
            }
            return Ok(if empty {
                (Token::Empty { name_end: at + end - 1 }, at + end + 1)
            } else {
                (Token::Start { name_end: at + end, same: false }, at + end + 1)
            });
        }
        _ => {}
    }
    let mut from = end;
    let written = rest.get(end..).unwrap_or_default();
    if !attributes.is_empty()
        && written.starts_with(attributes)
        && written.get(attributes.len()) == Some(&b'>')
        // `/` at the end of the attributes would make another tag of it.
        && attributes.last() != Some(&b'/')
    {
        return Ok((Token::Start { name_end: at + end, same: true }, at + end + attributes.len() + 1));
    }
    loop {
        let unread = rest.get(from..).unwrap_or_default();
        let Some(found) = memchr3(b'>', b'"', b'\'', unread) else {
            return Err((at, XmlErrorKind::UnclosedTag));
        };
        let octet = unread.get(found).copied().unwrap_or_default();
        from += found + 1;
        if octet == b'>' {
            break;
        }
        let Some(close) = memchr(octet, rest.get(from..).unwrap_or_default()) else {
            return Err((at, XmlErrorKind::UnclosedTag));
        };
        from += close + 1;
    }
    let name_end = at + end;
    let empty = from >= 2 && rest.get(from - 2) == Some(&b'/');
    Ok((if empty { Token::Empty { name_end } } else { Token::Start { name_end, same: false } }, at + from))
}

/// The length of a document type declaration (XML 1.0, section 2.8), its internal subset passed over.
fn doctype_end(rest: &[u8]) -> Option<usize> {
    let mut at = "<!DOCTYPE".len();
    let mut subset = false;
    loop {
        let unread = rest.get(at..)?;
        let skip = |close: &[u8], from: usize| {
            memmem::find(unread.get(from..).unwrap_or_default(), close).map(|found| from + found + close.len())
        };
        at += match unread {
            [] => return None,
            [b'<', b'!', b'-', b'-', ..] if subset => skip(b"-->", 4)?,
            [b'<', b'?', ..] if subset => skip(b"?>", 2)?,
            [quote @ (b'"' | b'\''), ..] => skip(&[*quote], 1)?,
            [b'[', ..] => {
                subset = true;
                1
            }
            [b']', ..] => {
                subset = false;
                1
            }
            [b'>', ..] if !subset => return Some(at + 1),
            _ => 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Token, &str)> {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some((token, end)) = next(text.as_bytes(), at, b" a='1'").unwrap() {
            assert!(end > at);
            found.push((token, &text[at..end]));
            at = end;
        }
        found
    }

    #[test]
    fn a_document_is_cut_into_its_pieces() {
        use Token as T;
        let start = |name_end| T::Start { name_end, same: false };
        assert_eq!(
            tokens("<?xml x?><?y?><a b='>'>t&amp;&x<c/>"),
            [
                (T::Declaration, "<?xml x?>"),
                (T::Instruction, "<?y?>"),
                (start(16), "<a b='>'>"),
                (T::Text, "t"),
                (T::Reference, "&amp;"),
                (T::BareAmpersand, "&x"),
                (T::Empty { name_end: 33 }, "<c/>"),
            ]
        );
        assert_eq!(
            tokens("<a a='1'></a><b a='1'/><![CDATA[<]]><!-->-->"),
            [
                (T::Start { name_end: 2, same: true }, "<a a='1'>"),
                (T::End, "</a>"),
                (T::Empty { name_end: 15 }, "<b a='1'/>"),
                (T::CData, "<![CDATA[<]]>"),
                (T::Comment, "<!-->-->"),
            ]
        );
    }

    #[test]
    fn a_document_type_ends_after_its_subset() {
        for text in [
            "<!DOCTYPE a>",
            "<!DOCTYPE a SYSTEM '>'>",
            "<!DOCTYPE a [<!ENTITY b \"]>\">]>",
            "<!DOCTYPE a [<!-- ]>' --><?x ]> ?>] >",
        ] {
            assert_eq!(tokens(text), [(Token::DocType, text)]);
            for end in 0..text.len() {
                assert!(next(&text.as_bytes()[..end], 0, b"").is_err() || end == 0, "{text}, {end}");
            }
        }
    }
}
