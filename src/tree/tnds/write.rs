//! A part of a tree as TNDS in XML.

use super::super::node::{Certainty, Existence, Known, NodeKind, Property, Row};
use super::super::snapshot::Tree;
use super::super::uri::UriProblem;
use crate::markup::{Since, Tag, TreeBuilder};
use crate::syncml::{Format, xml};

/// The element of a format in Format (OMA-TS-DM_TNDS-V1_2_1, Format).
fn format_tag(name: &str) -> Option<Tag> {
    Some(match Format::of(name)? {
        Format::B64 => Tag::DdfB64,
        Format::Bin => Tag::DdfBin,
        Format::Bool => Tag::DdfBool,
        Format::Chr => Tag::DdfChr,
        Format::Int => Tag::DdfInt,
        Format::Node => Tag::DdfFormatNode,
        Format::Null => Tag::DdfNull,
        Format::Xml => Tag::DdfXml,
        Format::Date => Tag::DdfDate,
        Format::Time => Tag::DdfTime,
        Format::Float => Tag::DdfFloat,
    })
}

/// Writes a node and what is below it as one object, as far as it is known to be there. `None` where nothing is.
///
/// Values that are not known, or only in part, are left out; so is what only follows from something else, with `sure`.
///
/// # Errors
/// When the URI leads to no node.
pub fn write(tree: &Tree<'_>, uri: &str, sure: bool) -> Result<Option<String>, UriProblem> {
    let is_taken = |certainty: Option<Certainty>| !sure || certainty == Some(Certainty::Certain);
    let mut out = TreeBuilder::default();
    let (mut top, mut open) = (None, 0_u32);
    // A node that is left out takes what is below it along.
    let mut without = None;
    for row in tree.rows_below(uri)? {
        if without.is_some_and(|depth| row.depth > depth) {
            continue;
        }
        without = None;
        if row.existence != Existence::Present || !is_taken(row.certainty) {
            without = Some(row.depth);
            continue;
        }
        let top = *top.get_or_insert_with(|| {
            out.start(Tag::DdfMgmtTree);
            out.leaf(Tag::DdfVerDTD, "1.2");
            row.depth
        });
        let depth = row.depth.saturating_sub(top);
        while open > depth {
            out.close(0);
            open = open.saturating_sub(1);
        }
        out.start(Tag::DdfNode);
        open = open.saturating_add(1);
        node(&mut out, &row, is_taken);
    }
    if top.is_none() {
        return Ok(None);
    }
    let octets = xml::write_canonical(&out.finish(0), Since::V1_2);
    Ok(Some(String::from_utf8_lossy(&octets).into_owned()))
}

fn node(out: &mut TreeBuilder, row: &Row, is_taken: impl Fn(Option<Certainty>) -> bool) {
    fn taken<'k, T>(known: Option<&'k Known<T>>, is_taken: &impl Fn(Option<Certainty>) -> bool) -> Option<&'k T> {
        known.filter(|known| is_taken(Some(known.certainty))).map(|known| &known.value)
    }
    out.leaf(Tag::DdfNodeName, if row.depth == 0 { "" } else { &row.name });
    out.start(Tag::DdfRTProperties);
    if let Some(acl) = taken(row.acl.as_ref(), &is_taken) {
        out.leaf(Tag::DdfACL, acl);
    }
    let is_interior = row.kind == NodeKind::Interior;
    let format = if is_interior { Some(Tag::DdfFormatNode) } else { None };
    if let Some(tag) = format.or_else(|| format_tag(taken(row.format.as_ref(), &is_taken)?)) {
        out.start(Tag::DdfFormat);
        out.leaf(tag, "");
        out.close(0);
    }
    let property = |wanted| row.properties.iter().find(|(property, _)| *property == wanted).map(|(_, known)| known);
    for (wanted, tag) in [(Property::Title, Tag::DdfTitle), (Property::TStamp, Tag::DdfTStamp)] {
        if let Some(text) = taken(property(wanted), &is_taken) {
            out.leaf(tag, text);
        }
    }
    if let Some(media) = taken(row.media_type.as_ref(), &is_taken) {
        out.start(Tag::DdfType);
        out.leaf(if is_interior { Tag::DdfDDFName } else { Tag::DdfMIME }, media);
        out.close(0);
    }
    if let Some(number) = taken(property(Property::VerNo), &is_taken) {
        out.leaf(Tag::DdfVerNo, number);
    }
    out.close(0);
    let value = taken(row.value.as_ref(), &is_taken).filter(|value| !value.is_clipped && !is_interior);
    if let Some(text) = value.and_then(|value| value.text.as_deref()) {
        out.leaf(Tag::DdfValue, text);
    }
}
