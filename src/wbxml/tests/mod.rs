//! Behaviour of the whole folder: documents in, trees, octets and lines out.

mod annotated;
mod built;
mod hostile;
mod odd;
mod vectors;

use super::*;
use crate::markup::{NodeId, Tag, Tree};

/// SyncML 1.2, Package 1 with one Alert.
const W1: &str = "03a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703687474703a2f2f732f646d0001\
                  01675703494d45493a310001015a00014c03353030300001010100006b464b033100014f0331323031000101120101";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn w1() -> Vec<u8> {
    hex(W1)
}

/// W1 with its public identifier in the string table.
fn w1_by_table(version: u8, id: &[u8]) -> Vec<u8> {
    let mut body = vec![version, 0, 0, 0x6a, u8::try_from(id.len()).unwrap()];
    body.extend_from_slice(id);
    body.extend_from_slice(&w1()[5..]);
    body
}

/// A document of SyncML 1.2 in UTF-8 without a string table.
fn syncml(tokens: &str) -> Vec<u8> {
    hex(&format!("03a4016a00{tokens}"))
}

fn read(body: &[u8]) -> Document {
    decode(body, Hint::NONE).unwrap()
}

/// Decodes, and holds the document to what must be true of every one: it is written as it was, and each octet has one
/// line of the annotation.
fn check(body: &[u8]) -> Option<Document> {
    let mut at = 0;
    for line in annotate(body, Hint::NONE) {
        assert_eq!(line.span.start as usize, at, "{body:02x?}");
        assert!(!line.span.is_empty());
        at = line.span.end as usize;
    }
    assert_eq!(at, body.len(), "{body:02x?}");
    let document = decode(body, Hint::NONE).ok()?;
    assert_eq!(encode(&document), body, "{document:?}");
    Some(document)
}

fn root(document: &Document) -> NodeId {
    document.tree.root().unwrap()
}

/// Elements and texts on one line: `SyncML(SyncHdr(VerDTD'1.2'))`.
fn outline(tree: &Tree) -> String {
    fn add(tree: &Tree, id: NodeId, out: &mut String) {
        if tree.tag(id).is_none() {
            *out += &match tree.piece(id) {
                "" => format!("{:02x?}", tree.bytes(id)),
                text => format!("'{text}'"),
            };
            return;
        }
        *out += tree.qualified_name(id);
        if tree.children(id).next().is_some() {
            out.push('(');
            for child in tree.children(id) {
                add(tree, child, out);
            }
            out.push(')');
        }
        out.push(' ');
    }
    let mut out = String::new();
    for id in tree.top() {
        add(tree, id, &mut out);
    }
    out.replace(" )", ")").trim_end().to_owned()
}

fn first(tree: &Tree, tag: Tag) -> NodeId {
    tree.ids().find(|&id| tree.tag(id) == Some(tag)).unwrap()
}
