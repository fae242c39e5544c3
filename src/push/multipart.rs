//! Bodies in parts (RFC 2046, section 5.1), and the part of them that is pushed.

use super::entity::{APPLICATION_ID, Entity, essence, header, headers, is_pushed_type, parameter};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Parts of one body that are looked at, and bodies in parts within each other: a push has one part, with a text beside it.
const PARTS: usize = 16;
const DEPTH: usize = 3;

/// The headers of a part.
pub(super) type Headers<'p> = Vec<(&'p str, &'p str)>;

/// The parts of a body (RFC 2046, section 5.1.1), each with its headers, from the first delimiter to the last.
pub(super) fn parts<'p>(body: &'p [u8], boundary: &str) -> impl Iterator<Item = (Headers<'p>, &'p [u8])> {
    let delimiter = format!("--{boundary}");
    let mut rest = find(body, delimiter.as_bytes()).map(|(_, after)| after);
    std::iter::from_fn(move || {
        let own = rest.take()?;
        if own.starts_with(b"--") {
            return None;
        }
        let own = own.get(memchr::memchr(b'\n', own)?.saturating_add(1)..)?;
        let (part, after) = match find(own, format!("\n{delimiter}").as_bytes()) {
            Some((part, after)) => (part.strip_suffix(b"\r").unwrap_or(part), Some(after)),
            None => (own, None),
        };
        rest = after;
        let (headers, length) = headers(part)?;
        Some((headers, part.get(length..).unwrap_or_default()))
    })
}

/// What stands before a text and what behind it.
pub(super) fn find<'o>(octets: &'o [u8], text: &[u8]) -> Option<(&'o [u8], &'o [u8])> {
    let at = memchr::memmem::find(octets, text)?;
    Some((octets.get(..at)?, octets.get(at.saturating_add(text.len())..)?))
}

/// A part that says what it is, its transfer encoding undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content<'p> {
    content_type: &'p str,
    application: Option<&'p str>,
    body: Cow<'p, [u8]>,
}

impl<'p> Content<'p> {
    /// What a part is; `None` where it names no type.
    pub(super) fn of(headers: &[(&'p str, &'p str)], body: &'p [u8]) -> Option<Self> {
        let coding = header(headers, &["content-transfer-encoding"]);
        let is_base64 = coding.is_some_and(|coding| coding.eq_ignore_ascii_case("base64"));
        let undone = || {
            let text: Vec<u8> = body.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
            STANDARD.decode(text).ok()
        };
        Some(Self {
            content_type: header(headers, &["content-type"])?,
            application: header(headers, &[APPLICATION_ID]),
            // What is no base64 stays as it is: whoever reads the push says what is wrong with it.
            body: if is_base64 { undone().map_or(Cow::Borrowed(body), Cow::Owned) } else { Cow::Borrowed(body) },
        })
    }

    pub(super) fn entity(&self) -> Entity<'_> {
        Entity { content_type: self.content_type, application: self.application, body: &self.body }
    }
}

/// The part of an entity that is pushed, where the entity is a body in parts: the first that has the type of a push.
pub(super) fn pushed<'p>(entity: &Entity<'p>) -> Option<Content<'p>> {
    within(entity.content_type, entity.body, DEPTH)
}

fn within<'p>(content_type: &str, body: &'p [u8], depth: usize) -> Option<Content<'p>> {
    if depth == 0 || !is_in_parts(content_type) {
        return None;
    }
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())?;
    parts(body, &boundary).take(PARTS).find_map(|(headers, body)| {
        let of_part = header(&headers, &["content-type"])?;
        if is_pushed_type(of_part) { Content::of(&headers, body) } else { within(of_part, body, depth - 1) }
    })
}

/// Whether a Content-Type is that of a body in parts.
fn is_in_parts(content_type: &str) -> bool {
    essence(content_type).get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}
