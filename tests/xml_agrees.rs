//! The XML reader sees what quick-xml sees, wherever a document is well-formed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, unused_crate_dependencies)]

use dmscope::fixture::{Encoding, Script};
use dmscope::markup::{NodeId, Tree};
use dmscope::syncml::xml;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements and text in document order; pieces of text are joined, references resolved.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Open(String),
    Text(String),
    Close,
}

fn push_text(steps: &mut Vec<Step>, text: &str) {
    if text.is_empty() {
        return;
    }
    match steps.last_mut() {
        Some(Step::Text(last)) => last.push_str(text),
        _ => steps.push(Step::Text(text.to_owned())),
    }
}

fn theirs(body: &str) -> Option<Vec<Step>> {
    let mut reader = Reader::from_str(body);
    let mut steps = Vec::new();
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                steps.push(Step::Open(start.name().as_ref().to_owned()));
            }
            Event::Empty(start) => {
                steps.push(Step::Open(start.name().as_ref().to_owned()));
                steps.push(Step::Close);
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                steps.push(Step::Close);
            }
            Event::Text(text) if depth > 0 => push_text(&mut steps, &text),
            Event::CData(text) => push_text(&mut steps, &text),
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                let text = match reference.resolve_char_ref().ok()? {
                    Some(ch) => ch.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&name)?.to_owned(),
                };
                push_text(&mut steps, &text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    (depth == 0).then_some(steps)
}

fn ours(tree: &Tree) -> Vec<Step> {
    fn walk(tree: &Tree, id: NodeId, steps: &mut Vec<Step>) {
        if tree.tag(id).is_none() {
            if matches!(tree.kind(id), dmscope::markup::Kind::Text { .. }) {
                push_text(steps, tree.piece(id));
            }
            return;
        }
        steps.push(Step::Open(tree.qualified_name(id).to_owned()));
        for child in tree.children(id) {
            walk(tree, child, steps);
        }
        steps.push(Step::Close);
    }
    let mut steps = Vec::new();
    walk(tree, tree.root().unwrap(), &mut steps);
    steps
}

fn agree(body: &str) {
    let document = xml::decode(body.as_bytes()).unwrap();
    if !document.is_well_formed() {
        return;
    }
    assert_eq!(Some(ours(&document.tree)), theirs(body), "{body}");
}

#[test]
fn written_conversations_read_alike() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let script = Script::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for message in script.with_encoding(Encoding::Xml).unwrap().messages() {
            if let Some(text) = message.text().filter(|text| text.starts_with('<')) {
                agree(text);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn oddities_that_are_well_formed_read_alike() {
    for body in [
        "<a>x<![CDATA[<y>&amp;]]>z</a>",
        "<?xml version='1.0'?><!-- c --><a b='1' c=\"&lt;\"><d/><d></d ></a>\n",
        "<s:a xmlns:s='u'><s:b>&#x41;&#66;&quot;</s:b></s:a>",
        "<!DOCTYPE a><a>\r\n<b>1</b> <?p i?> </a>",
        "<a><!-- x --><b/>t<!-- y -->u</a>",
    ] {
        agree(body);
    }
}

fn element() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[ a-zA-Z0-9äß設]{0,12}",
        Just("&amp;".to_owned()),
        Just("&#65;".to_owned()),
        Just("<![CDATA[<x>&]]>".to_owned()),
        Just("<!-- note -->".to_owned()),
        Just("\n  ".to_owned()),
    ];
    let name = prop_oneof!["[A-Z][a-zA-Z]{0,6}", Just("Data".to_owned()), Just("Meta".to_owned())];
    let leaf = (name.clone(), text.clone()).prop_map(|(name, text)| format!("<{name}>{text}</{name}>"));
    leaf.prop_recursive(5, 48, 6, move |inner| {
        (name.clone(), prop::collection::vec(prop_oneof![inner, text.clone()], 0..6), any::<bool>()).prop_map(
            |(name, parts, space)| {
                let space = if space { " xmlns='syncml:metinf'" } else { "" };
                if parts.is_empty() {
                    format!("<{name}{space}/>")
                } else {
                    format!("<{name}{space}>{}</{name}>", parts.concat())
                }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_reads_alike(body in element()) {
        agree(&body);
    }
}
