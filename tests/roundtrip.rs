//! Every message of every sample is decoded and encoded again, in its own encoding and in the other one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "sample/mod.rs"]
mod sample;

use dmscope::markup::{Kind, Since, Tree};
use dmscope::syncml::xml;
use dmscope::syncml::{self, Document, Encoding, MediaType, Message};
use dmscope::wbxml;

/// Runs a check on each message of each sample, and tells how many there were in XML and in WBXML.
fn each(check: impl Fn(&Message, &str)) -> (usize, usize) {
    let (mut in_xml, mut in_wbxml) = (0, 0);
    for name in sample::captures() {
        for session in sample::sessions(&name) {
            for (number, entry) in session.entries.iter().enumerate() {
                let place = format!("{name}, {}, message {}", session.identity.device, number + 1);
                check(&entry.message, &place);
                match entry.message.document() {
                    Document::Xml(_) => in_xml += 1,
                    Document::Wbxml(_) => in_wbxml += 1,
                }
            }
        }
    }
    (in_xml, in_wbxml)
}

fn version(tree: &Tree) -> Since {
    let uri = tree.root().and_then(|root| tree.namespace_uri(root)).unwrap_or_default();
    if uri.ends_with("1.1") { Since::V1_1 } else { Since::V1_2 }
}

fn to_xml(tree: &Tree) -> Vec<u8> {
    xml::write_canonical(tree, version(tree))
}

fn to_wbxml(tree: &Tree) -> Vec<u8> {
    wbxml::encode(&wbxml::from_tree(tree, &wbxml::EncodeOptions::default()))
}

#[test]
fn decoding_and_encoding_again_gives_the_same_octets() {
    let (in_xml, in_wbxml) = each(|message, place| {
        let again = match message.document() {
            // Where octets are missing, the rest of an XML document can be read, not written again.
            Document::Xml(document) if document.fault.is_some() => return,
            Document::Xml(document) => xml::write_faithful(document),
            Document::Wbxml(document) => wbxml::encode(document),
        };
        assert!(again == message.body(), "{place}");
    });
    assert!(in_xml >= 100 && in_wbxml >= 100, "{in_xml} {in_wbxml}");
}

/// Octets in an OPAQUE become base64 in XML, as the format `b64` says: the content is another one then.
fn has_octets(tree: &Tree) -> bool {
    tree.ids().any(|id| tree.kind(id) == Kind::Bytes)
}

#[test]
fn a_message_says_the_same_in_the_other_encoding_and_back() {
    each(|message, place| {
        if !message.is_judgeable() {
            return;
        }
        let tree = message.tree();
        match message.document() {
            Document::Wbxml(_) => {
                let as_xml = xml::decode(&to_xml(tree)).unwrap();
                if has_octets(tree) {
                    assert!(place.starts_with("versions.pcap, IMEI:004400112233012, message 2"), "{place}");
                    return;
                }
                assert!(tree.same_content(&as_xml.tree), "{place}: WBXML to XML");
                let back = wbxml::decode(&to_wbxml(&as_xml.tree), wbxml::Hint::default()).unwrap();
                assert!(back.fault.is_none() && tree.same_content(&back.tree), "{place}: WBXML to XML to WBXML");
            }
            Document::Xml(_) => {
                let as_wbxml = wbxml::decode(&to_wbxml(tree), wbxml::Hint::default()).unwrap();
                assert!(as_wbxml.fault.is_none() && tree.same_content(&as_wbxml.tree), "{place}: XML to WBXML");
                let back = xml::decode(&to_xml(&as_wbxml.tree)).unwrap();
                assert!(tree.same_content(&back.tree), "{place}: XML to WBXML to XML");
            }
        }
    });
}

#[test]
fn the_canonical_form_and_the_short_wbxml_are_their_own_forms() {
    each(|message, place| {
        if !message.is_judgeable() {
            return;
        }
        let canonical = to_xml(message.tree());
        let document = xml::decode(&canonical).unwrap();
        assert!(xml::write_canonical(&document.tree, version(&document.tree)) == canonical, "{place}: XML");
        assert!(xml::write_faithful(&document) == canonical, "{place}: XML, faithfully");
        let short = to_wbxml(message.tree());
        let document = wbxml::decode(&short, wbxml::Hint::default()).unwrap();
        assert!(wbxml::encode(&document) == short, "{place}: WBXML");
    });
}

#[test]
fn an_element_taken_out_leaves_every_other_as_it_was() {
    let edits = std::cell::Cell::new(0);
    each(|message, place| {
        let (tree, body) = (message.tree(), message.body());
        let Some(sync_body) = message.sync_body.filter(|_| message.is_judgeable()) else { return };
        let is_xml_with_other_octets =
            matches!(message.document(), Document::Xml(document) if document.text().is_some());
        for element in tree.elements(sync_body).take(8) {
            let Some(without) = message.without(&[element]) else { continue };
            let again = syncml::decode(without.clone(), MediaType::Missing).unwrap_or_else(|_| panic!("{place}"));
            let mut expected = tree.clone();
            expected.remove(&[element]);
            assert!(again.is_judgeable() && again.tree().same_content(&expected), "{place}, {}", tree.path(element));
            assert_eq!(again.encoding(), message.encoding());
            let span = tree.span(element);
            let (start, end) = (span.start as usize, span.end as usize);
            if !is_xml_with_other_octets && message.encoding() == Encoding::Xml {
                assert!(without == [&body[..start], &body[end..]].concat(), "{place}, {}", tree.path(element));
            }
            // A switch of the code page that only this element needed goes with it, and may be needed behind it.
            assert!(
                without.len() <= body.len() - span.len() + 2 && without[..start - 2] == body[..start - 2],
                "{place}"
            );
            edits.set(edits.get() + 1);
        }
        if let Some(id) = message.hdr.msg_id
            && let Some(changed) = message.with_content(id, b"4711")
        {
            let again = syncml::decode(changed, MediaType::Missing).unwrap_or_else(|_| panic!("{place}"));
            assert_eq!(again.msg_id(), Some("4711"), "{place}");
            let back = again.with_content(again.hdr.msg_id.unwrap(), message.tree().text(id).as_bytes()).unwrap();
            let back = syncml::decode(back, MediaType::Missing).unwrap_or_else(|_| panic!("{place}"));
            assert!(back.tree().same_content(tree), "{place}");
            edits.set(edits.get() + 1);
        }
    });
    assert!(edits.get() > 500, "{}", edits.get());
}
