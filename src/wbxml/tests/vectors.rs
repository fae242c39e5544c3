//! Documents that toolkits write.

use super::*;
use crate::markup::{ElementForm, Kind, Namespace, StringForm, TextForm};

const OUTLINE: &str = "SyncML(SyncHdr(VerDTD('1.2') VerProto('DM/1.2') SessionID('1') MsgID('1') Target(LocURI('http://s/dm')) \
                       Source(LocURI('IMEI:1')) Meta(MaxMsgSize('5000'))) SyncBody(Alert(CmdID('1') Data('1201')) Final))";

fn variants() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let id = b"-//SYNCML//DTD SyncML 1.2//EN";
    let mut w4 = w1();
    w4.splice(86..92, [0xc3, 4, 0x31, 0x32, 0x30, 0x31]);
    vec![
        ("W1", w1(), "aa55df8a7aa5a7abef3de1bac088824c"),
        ("W2", w1_by_table(2, id), "5bc59b9b0c7be55202adef106fe3559c"),
        ("W3", w1_by_table(2, &[&id[..], &[0]].concat()), "9941ebafc1a67699c33cba857e5cad1f"),
        ("W4", w4, "8de464964c3e6e2f59d60a2276dd9dd7"),
    ]
}

#[test]
fn the_same_message_in_four_writings_is_the_same_tree() {
    use md5::{Digest, Md5};
    for (name, body, digest) in variants() {
        let found: String = Md5::digest(&body).iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(found, digest, "{name}");
        let document = check(&body).unwrap();
        assert_eq!(outline(&document.tree), OUTLINE, "{name}");
        assert_eq!((document.anomalies.len(), document.fault), (0, None), "{name}");
        assert_eq!(document.header.charset, Some(106));
    }
}

#[test]
fn the_public_identifier_is_known_by_number_and_by_text_in_any_case() {
    use crate::markup::Since;
    for (body, version, language) in [
        (hex("039f516a006d01"), Since::V1_0, Language::SyncMl),
        (hex("039f536a006d01"), Since::V1_1, Language::SyncMl),
        (hex("03a4016a006d01"), Since::V1_2, Language::SyncMl),
        (hex("03a4026a000e"), Since::V1_2, Language::MetInf),
        (hex("03a4036a000a"), Since::V1_2, Language::DevInf),
        (hex("039f526a000a"), Since::V1_0, Language::DevInf),
        (w1_by_table(3, b"-//SyncML//DTD SYNCML 1.1//EN"), Since::V1_1, Language::SyncMl),
        (w1_by_table(1, b"-//SYNCML//DTD SyncML 1.2//EN"), Since::V1_2, Language::SyncMl),
    ] {
        let document = check(&body).unwrap();
        let known = document.header.public_id.known().unwrap();
        assert_eq!((known.version, known.language, document.language), (version, language, language));
        assert_eq!(document.anomalies, []);
        assert_eq!(document.tree.tag(root(&document)).and_then(Language::of_root), Some(language));
    }
    let document = read(&w1_by_table(3, b"-//SYNCML//DTD SyncML 1.2//EN"));
    assert!(!document.header.is_table_terminated());
    assert!(read(&w1_by_table(3, b"-//SYNCML//DTD SyncML 1.2//EN\0")).header.is_table_terminated());
}

#[test]
fn without_an_identifier_the_hint_decides_and_then_the_root() {
    let ddf = hex("03016a00 60 7703312e32000101");
    assert_eq!(outline(&read(&ddf).tree), "MgmtTree(VerDTD('1.2'))");
    assert_eq!(read(&hex("03016a00 4a 01")).language, Language::DevInf);
    assert_eq!(read(&hex("03016a00 6d 01")).language, Language::SyncMl);
    assert_eq!(read(&hex("03016a00 64 01")).language, Language::SyncMl, "nothing is said, and the root is none");
    let node = hex("03016a00 64 01");
    let hint = Hint::of_media_type("application/vnd.syncml.dmtnds+wbxml");
    assert_eq!(outline(&decode(&node, hint).unwrap().tree), "Node");
    assert_eq!(decode(&w1(), hint).unwrap().language, Language::SyncMl, "a known identifier is stronger");
    let unknown = hex("03 05 6a00 64 01");
    assert_eq!(decode(&unknown, hint).unwrap().language, Language::Ddf);
    assert_eq!(read(&unknown).header.public_id, PublicId::Number(5));
}

#[test]
fn a_ddf_document_has_its_table_on_page_0() {
    let id = b"-//OMA//DTD-DM-DDF 1.2//EN";
    let mut body = vec![3, 0, 0, 0x6a, u8::try_from(id.len()).unwrap()];
    body.extend_from_slice(id);
    body.extend(hex("60 7703312e320001 64 6e 03 41 00 01 5c 25 01 01 01"));
    let document = check(&body).unwrap();
    assert_eq!(outline(&document.tree), "MgmtTree(VerDTD('1.2') Node(Replace('A') Format(node)))");
    assert_eq!(document.language, Language::Ddf);
    let again = from_tree(&document.tree, &EncodeOptions::default());
    assert!(decode(&encode(&again), Hint::NONE).unwrap().tree.same_content(&document.tree));
}

#[test]
fn a_devinf_document_has_metinf_on_page_1() {
    let document = check(&hex("03a4036a00 4a 6503312e320001 0001 5303 78 0001 0000 49 03 31 00 01 01")).unwrap();
    assert_eq!(outline(&document.tree), "DevInf(VerDTD('1.2') Type('x') DevID('1'))");
    assert_eq!(document.anomalies, []);
}

#[test]
fn a_serialised_tree_inside_data_is_elements_of_page_2() {
    let body = syncml("6d 6b 45 54 4f 0002 60 7703312e320001 64 6303 41 0001 01 01 01 0000 34 01 01 01 01");
    let document = check(&body).unwrap();
    assert_eq!(
        outline(&document.tree),
        "SyncML(SyncBody(Add(Item(Data(MgmtTree(VerDTD('1.2') Node(Name('A')))) MoreData))))"
    );
    assert_eq!(document.anomalies, []);
    let tree = first(&document.tree, Tag::DdfMgmtTree);
    assert_eq!(document.tree.namespace(tree), Namespace::CodePage(2));
}

#[test]
fn a_switch_before_or_after_end_reads_alike_and_is_written_as_it_was() {
    for tokens in [
        "6d 6c 5a 0001 47 03 62 00 01 01 0000 5b 03 31 00 01 01 01",
        "6d 6c 5a 0001 47 03 62 00 01 0000 01 5b 03 31 00 01 01 01",
        "6d 6c 5a 0001 47 03 62 00 0000 01 01 5b 03 31 00 01 01 01",
        "6d 6c 0001 0000 5a 0001 0001 47 03 62 00 01 01 0000 5b 0000 03 31 0000 00 01 01 01",
        "0000 6d 0000 6c 5a 0000 0001 47 03 62 00 01 01 0002 0000 5b 03 31 00 01 01 01",
    ] {
        let document = check(&syncml(tokens)).unwrap();
        assert_eq!((document.anomalies.len(), document.fault), (0, None), "{tokens}");
        assert!(outline(&document.tree).starts_with("SyncML(SyncHdr(Meta(Format('b'))"), "{tokens}");
    }
    let document = read(&syncml("6d 6c 5a 0001 47 03 62 00 01 0000 01 5b 03 31 00 01 01 01"));
    assert_eq!(outline(&document.tree), "SyncML(SyncHdr(Meta(Format('b')) MsgID('1')))");
    assert_eq!(document.anomalies, []);
}

#[test]
fn the_encoders_choices_are_in_the_tree() {
    let mut body = hex("03a4016a0a");
    body.extend_from_slice(b"abc\0Final\0");
    body.extend(hex("6d 4f 83 00 01 4f c3 80 01 78 01 52 01 12 04 04 0f 01"));
    let document = check(&body).unwrap();
    let tree = &document.tree;
    assert_eq!(outline(tree), "SyncML(Data('abc') Data('x') Final Final Final Data)");
    let forms: Vec<_> = tree.elements(root(&document)).map(|id| tree.element_form(id).unwrap()).collect();
    assert_eq!(forms[2..5], [ElementForm::Open, ElementForm::Empty, ElementForm::Literal { index: 4, content: false }]);
    let texts: Vec<_> = tree.ids().map(|id| tree.kind(id)).filter(|kind| matches!(kind, Kind::Text { .. })).collect();
    assert_eq!(
        texts,
        [StringForm::Table(0), StringForm::Opaque { length_octets: 2 }]
            .map(|form| Kind::Text { form: TextForm::String(form) })
    );
    assert_eq!(document.anomalies, []);
}

#[test]
fn spans_cover_a_token_with_its_payload_and_an_element_up_to_its_end() {
    let body = w1();
    let document = read(&body);
    let tree = &document.tree;
    assert_eq!(tree.span(root(&document)).of(&body), &body[5..]);
    let size = first(tree, Tag::MaxMsgSize);
    assert_eq!(tree.span(size).of(&body), hex("4c0335303030 0001"));
    let text = tree.children(size).next().unwrap();
    assert_eq!(tree.span(text).of(&body), hex("0335303030 00"));
    assert_eq!(tree.span(first(tree, Tag::Final)).of(&body), [0x12]);
}

#[test]
fn a_document_in_an_opaque_hangs_below_its_node() {
    let inner = hex("03016a00 60 7703312e320001 01");
    let mut tokens = String::from("6d 6b 45 54 4f c3");
    tokens += &format!("{:02x}", inner.len());
    tokens += &inner.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    tokens += "01 01 01 01 01";
    let body = syncml(&tokens);
    let document = check(&body).unwrap();
    let data = first(&document.tree, Tag::Data);
    let node = document.tree.children(data).next().unwrap();
    let embedded = document.tree.embedded(node).unwrap();
    assert_eq!(outline(embedded), "MgmtTree(VerDTD('1.2'))");
    assert_eq!(embedded.span(embedded.root().unwrap()).of(&body), &inner[4..], "spans count in the outer body");
    assert_eq!(document.embedded[0].language, Language::Ddf);
    assert_eq!((document.embedded[0].node, document.embedded.len()), (node, 1));
    assert!(annotate(&body, Hint::NONE).any(|line| line.text == "<MgmtTree>" && line.depth == 6));
}

#[test]
fn an_opaque_that_only_resembles_a_document_stays_octets() {
    for payload in ["03016a00ff", "030102036d", "0301", "03016a00603f01", "01016a004d01", "03056a006d01"] {
        let length = payload.len() / 2;
        let document = check(&syncml(&format!("6d 4f c3 {length:02x} {payload} 01 01"))).unwrap();
        assert_eq!(document.embedded.len(), 0, "{payload}");
        assert_eq!((document.anomalies.len(), document.fault), (0, None));
    }
}

#[test]
fn an_opaque_is_text_where_it_is_utf_8_and_octets_where_it_is_not() {
    let document = check(&syncml("6d 4f c3 02 c3bc 01 4f c3 03 89504e 01 4f c3 00 01 01")).unwrap();
    let contents: Vec<&[u8]> =
        document.tree.elements(root(&document)).map(|id| document.tree.content_bytes(id)).collect();
    assert_eq!(contents, ["ü".as_bytes(), &hex("89504e"), b""]);
}
