//! Trees that were not decoded from WBXML.

use super::*;
use crate::base::Span;
use crate::markup::{ElementForm, Namespace, StringForm, TextForm, TreeBuilder};
use proptest::prelude::*;

fn alert() -> Tree {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::SyncHdr);
    for (tag, text) in [(Tag::VerDTD, "1.2"), (Tag::VerProto, "DM/1.2"), (Tag::SessionID, "1"), (Tag::MsgID, "1")] {
        builder.leaf(tag, text);
    }
    for (tag, uri) in [(Tag::Target, "http://s/dm"), (Tag::Source, "IMEI:1")] {
        builder.start(tag);
        builder.leaf(Tag::LocURI, uri);
        builder.close(0);
    }
    builder.start(Tag::Meta);
    builder.text("\n  ", TextForm::Plain, Span::default());
    builder.leaf(Tag::MaxMsgSize, "5000");
    builder.close(0);
    builder.close(0);
    builder.start(Tag::SyncBody);
    builder.start(Tag::Alert);
    builder.leaf(Tag::CmdID, "1");
    builder.leaf(Tag::Data, "1201");
    builder.close(0);
    builder.leaf(Tag::Final, "");
    builder.finish(0)
}

#[test]
fn a_built_message_is_written_as_in_the_reference() {
    assert_eq!(encode(&from_tree(&alert(), &EncodeOptions::default())), w1());
    let id = |terminated| Some(IdForm::Text { text: "-//SYNCML//DTD SyncML 1.2//EN".to_owned(), terminated });
    let options = |terminated| EncodeOptions { version: 2, public_id: id(terminated), ..EncodeOptions::default() };
    assert_eq!(encode(&from_tree(&alert(), &options(false))), w1_by_table(2, b"-//SYNCML//DTD SyncML 1.2//EN"));
    assert_eq!(encode(&from_tree(&alert(), &options(true))), w1_by_table(2, b"-//SYNCML//DTD SyncML 1.2//EN\0"));
    let opaque = EncodeOptions { data: DataForm::Opaque, ..EncodeOptions::default() };
    let document = read(&encode(&from_tree(&alert(), &opaque)));
    let data = document.tree.children(first(&document.tree, Tag::Data)).next().unwrap();
    assert_eq!(
        document.tree.kind(data),
        crate::markup::Kind::Text { form: TextForm::String(StringForm::Opaque { length_octets: 1 }) }
    );
    assert!(document.tree.same_content(&alert()));
}

#[test]
fn strings_that_repeat_go_to_the_table() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    for text in ["./DevInfo/Man", "./DevInfo/Man", "once", "12", "12"] {
        builder.leaf(Tag::LocURI, text);
    }
    let tree = builder.finish(0);
    let options = EncodeOptions { share_strings: true, ..EncodeOptions::default() };
    let body = encode(&from_tree(&tree, &options));
    let document = check(&body).unwrap();
    assert_eq!(&*document.header.string_table, b"./DevInfo/Man\0");
    assert!(document.tree.same_content(&tree));
    let unterminated = Some(IdForm::Text { text: "-//SYNCML//DTD SyncML 1.2//EN".to_owned(), terminated: false });
    let body = encode(&from_tree(&tree, &EncodeOptions { public_id: unterminated, ..options }));
    let document = check(&body).unwrap();
    assert_eq!(&*document.header.string_table, b"-//SYNCML//DTD SyncML 1.2//EN\0./DevInfo/Man\0");
    assert!(document.tree.same_content(&tree));
}

#[test]
fn names_without_a_token_become_literals() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    let id = builder.open(Tag::Unknown, ElementForm::Open, Namespace::Undeclared, Span::default());
    builder.set_name(id, "Vendor");
    builder.text("1", TextForm::Plain, Span::default());
    builder.close(0);
    builder.leaf(Tag::DevInfMan, "x");
    let id = builder.open(Tag::Unknown, ElementForm::Empty, Namespace::CodePage(1), Span::default());
    builder.set_name(id, "Tag_0x3F (page 1)");
    builder.close(0);
    let tree = builder.finish(0);
    let body = encode(&from_tree(&tree, &EncodeOptions::default()));
    assert_eq!(
        body,
        [&hex("03a4016a0b")[..], b"Vendor\0Man\0", &hex("6d 4400 033100 01 4407 037800 01 0001 3f 01")].concat()
    );
    assert_eq!(outline(&check(&body).unwrap().tree), "SyncML(Vendor('1') Man('x') Tag_0x3F (page 1))");
}

#[test]
fn octets_and_texts_with_nul_become_opaque() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.leaf(Tag::Data, "a\0b");
    builder.start(Tag::Data);
    builder.bytes(&[0xff], Span::default());
    let tree = builder.finish(0);
    let body = encode(&from_tree(&tree, &EncodeOptions::default()));
    assert_eq!(body, syncml("6d 4f c3 03 61 00 62 01 4f c3 01 ff 01 01"));
}

#[test]
fn pieces_of_xml_text_are_joined_and_ddf_goes_to_page_2() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::Data);
    for (text, form) in [("a ", TextForm::Plain), ("&", TextForm::Reference), (" <b>", TextForm::CData)] {
        builder.text(text, form, Span::default());
    }
    builder.close(0);
    builder.start(Tag::Data);
    builder.start(Tag::DdfMgmtTree);
    builder.leaf(Tag::DdfVerDTD, "1.2");
    let tree = builder.finish(0);
    let body = encode(&from_tree(&tree, &EncodeOptions::default()));
    assert_eq!(body, syncml("6d 4f 03 61 20 26 20 3c 62 3e 00 01 4f 0002 60 77 03 31 2e 32 00 01 01 01 01"));
}

#[test]
fn the_identifier_follows_from_the_root_and_its_version() {
    for (tag, version, header) in [
        (Tag::SyncML, "1.1", &hex("039f536a00")[..]),
        (Tag::SyncML, "1.0", &hex("039f516a00")),
        (Tag::DevInfDevInf, "1.1", &hex("039f546a00")),
        (Tag::DevInfDevInf, "1.2", &hex("03a4036a00")),
        (Tag::DdfMgmtTree, "1.2", b"\x03\0\0\x6a\x1b-//OMA//DTD-DM-DDF 1.2//EN\0"),
    ] {
        let mut builder = TreeBuilder::default();
        builder.start(tag);
        match tag {
            Tag::SyncML => {
                builder.start(Tag::SyncHdr);
                builder.leaf(Tag::VerDTD, version);
            }
            Tag::DevInfDevInf => {
                builder.leaf(Tag::DevInfVerDTD, version);
            }
            _ => {
                builder.leaf(Tag::DdfVerDTD, version);
            }
        }
        let tree = builder.finish(0);
        let body = encode(&from_tree(&tree, &EncodeOptions::default()));
        assert!(body.starts_with(header), "{body:02x?}");
        assert!(check(&body).unwrap().tree.same_content(&tree));
    }
}

/// Steps that build a tree: open a tag, close, add text or octets.
#[derive(Debug, Clone)]
enum Step {
    Open(usize),
    Close,
    Text(String),
    Bytes(Vec<u8>),
}

fn tree(steps: &[Step]) -> Tree {
    let tags: Vec<Tag> = Tag::ALL.iter().copied().filter(|&tag| tag < Tag::DevInfCTCap).collect();
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    // An element holds elements or one text, as in every language of the family.
    let is_empty = |builder: &TreeBuilder| builder.tree().children(builder.current().unwrap()).next().is_none();
    let mut has_text = false;
    for step in steps {
        match step {
            Step::Open(tag) if !has_text => {
                builder.start(tags[tag % tags.len()]);
            }
            Step::Close if builder.depth() > 1 => {
                builder.close(0);
                has_text = false;
            }
            Step::Text(text) if is_empty(&builder) => {
                builder.text(text, TextForm::Plain, Span::default());
                has_text = true;
            }
            Step::Bytes(bytes) if is_empty(&builder) => {
                builder.bytes(bytes, Span::default());
                has_text = true;
            }
            _ => {}
        }
    }
    builder.finish(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_arbitrary_tree_comes_back(
        steps in prop::collection::vec(prop_oneof![
            3 => any::<usize>().prop_map(Step::Open),
            3 => Just(Step::Close),
            2 => "[a-c\u{0}\u{e4}]{1,5}".prop_map(Step::Text),
            1 => prop::collection::vec(0x80u8..0xc0, 1..4).prop_map(Step::Bytes),
        ], 0..80),
        share_strings: bool,
        opaque: bool,
        version in 0u8..4,
    ) {
        let tree = tree(&steps);
        let data = if opaque { DataForm::Opaque } else { DataForm::Inline };
        let options = EncodeOptions { version, public_id: None, data, share_strings };
        let body = encode(&from_tree(&tree, &options));
        let document = check(&body).unwrap();
        prop_assert_eq!(&document.anomalies, &[]);
        prop_assert!(document.tree.same_content(&tree), "{:?}", document);
    }
}
