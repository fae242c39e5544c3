//! Input that nobody should send.

use super::*;
use crate::base::Limits;
use proptest::prelude::*;

#[test]
fn every_prefix_and_every_damaged_octet_of_a_message_is_read_or_refused() {
    let body = w1();
    for end in 0..body.len() {
        check(&body[..end]);
    }
    for at in 0..body.len() {
        for octet in 0..=255 {
            let mut damaged = body.clone();
            damaged[at] = octet;
            check(&damaged);
        }
    }
}

#[test]
fn ten_thousand_nested_elements_end_at_the_limit() {
    let mut body = syncml("6d");
    body.resize(10_005, 0x6b);
    body.resize(20_005, 0x01);
    let document = check(&body).unwrap();
    assert_eq!(document.fault, Some(WbxmlError { at: 5 + Limits::DEPTH, kind: WbxmlErrorKind::Depth }));
    assert_eq!(document.tree.len(), Limits::DEPTH);
    assert_eq!(document.anomalies, []);
}

#[test]
fn references_to_a_large_string_end_at_the_limit() {
    let mut body = hex("03a4016abfff7f");
    body.resize(7 + 0xf_ffff, b'a');
    body.extend(hex("6d"));
    body.extend(hex("8300").repeat(1_000));
    let document = decode(&body, Hint::NONE).unwrap();
    assert_eq!(document.fault.as_ref().unwrap().kind, WbxmlErrorKind::Expansion);
    assert_eq!(document.tree.text(root(&document)).len(), 16 * 0xf_ffff);
    assert_eq!(encode(&document), body);
}

#[test]
fn a_table_past_the_limit_is_not_kept() {
    let mut body = hex("03a4016ac08001");
    body.resize(7 + 0x10_0001, b'a');
    body.extend(hex("6d01"));
    let document = decode(&body, Hint::NONE).unwrap();
    assert_eq!(document.fault.as_ref().unwrap().kind, WbxmlErrorKind::StringTableLimit { length: 0x10_0001 });
    assert_eq!(encode(&document), body);
}

#[test]
fn anomalies_of_a_kind_are_listed_up_to_a_ceiling() {
    let mut body = syncml("6d");
    body.resize(body.len() + 500, 0x3f);
    let document = check(&body).unwrap();
    assert_eq!(document.anomalies.len(), Limits::PROBLEMS_OF_A_KIND + 1, "the missing END is of another kind");
    assert_eq!(document.anomalies_left_out, 400);
}

#[test]
fn documents_in_documents_end_at_the_limit() {
    let mut body = syncml("6d 4f 03 61 00 01 01");
    for _ in 0..20 {
        let mut outer = syncml("6d 4f c3");
        token::write_integer(&mut outer, u32::try_from(body.len()).unwrap(), 1);
        outer.extend_from_slice(&body);
        outer.extend(hex("01 01"));
        body = outer;
    }
    let document = check(&body).unwrap();
    let mut levels = 0;
    let mut tree = &document.tree;
    while let Some(inner) = tree.ids().find_map(|id| tree.embedded(id)) {
        levels += 1;
        tree = inner;
    }
    assert_eq!(levels, Limits::EMBEDDED);
}

/// Octets that are mostly tokens.
fn tokens() -> impl Strategy<Value = Vec<u8>> {
    let string = "[a-z\u{e9}\u{20ac}]{0,6}";
    let token = prop_oneof![
        4 => (5u8..0x40).prop_map(|tag| vec![tag | 0x40]),
        2 => (5u8..0x40).prop_map(|tag| vec![tag]),
        5 => Just(vec![0x01]),
        3 => string.prop_map(|text| [&[0x03], text.as_bytes(), &[0]].concat()),
        2 => (0u8..4).prop_map(|page| vec![0x00, page]),
        1 => (prop::collection::vec(any::<u8>(), 0..6), 1u8..4).prop_map(|(octets, width)| {
            let mut out = vec![0xc3];
            token::write_integer(&mut out, u32::try_from(octets.len()).unwrap(), width);
            out.extend(octets);
            out
        }),
        1 => (any::<u8>(), 1u8..8).prop_map(|(index, width)| {
            let mut out = vec![0x83];
            token::write_integer(&mut out, (index % 16).into(), width);
            out
        }),
        1 => (any::<u32>(), 1u8..8).prop_map(|(code, width)| {
            let mut out = vec![0x02];
            token::write_integer(&mut out, code % 0x12_0000, width);
            out
        }),
        1 => (prop::sample::select(vec![0x04u8, 0x44, 0x84, 0xc4]), 0u8..12).prop_map(|(token, index)| match token {
            0x84 | 0xc4 => vec![token, index, 0x05, 0x03, 0x61, 0x00, 0x01],
            _ => vec![token, index],
        }),
        1 => (0x85u8..0xc0).prop_map(|tag| vec![tag, 0x05, 0x85, 0x01]),
        1 => prop::sample::select(vec![vec![0x43, 0x05, 0x01], vec![0x40, 0x61, 0x00], vec![0x80, 0x81, 0x00], vec![0xc1]]),
        1 => any::<u8>().prop_map(|octet| vec![octet]),
    ];
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    let id = prop::sample::select(vec![hex("a401"), hex("9f53"), hex("01"), hex("0000"), hex("80a403"), hex("04")]);
    let charset = prop::sample::select(vec![hex("6a"), hex("806a"), hex("03"), hex("04"), hex("8777"), hex("11")]);
    (0u8..5, id, charset, 1u8..3, tokens()).prop_map(|(version, id, charset, width, tokens)| {
        let table = b"Status\0Foo\0b\0";
        let mut body = vec![version];
        body.extend(id);
        if version > 0 {
            body.extend(charset);
        }
        token::write_integer(&mut body, 13, width);
        body.extend_from_slice(table);
        body.push(0x6d);
        body.extend(tokens);
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_octets_are_written_as_they_were(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&body);
    }

    #[test]
    fn arbitrary_octets_after_a_header_are_written_as_they_were(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut body = syncml("6d");
        body.extend(tail);
        check(&body);
    }

    #[test]
    fn arbitrary_tokens_are_written_as_they_were(body in document()) {
        check(&body);
    }

    #[test]
    fn arbitrary_tokens_survive_being_built_anew(body in document()) {
        if let Some(document) = check(&body) {
            let again = encode(&from_tree(&document.tree, &EncodeOptions::default()));
            let document = decode(&again, Hint::NONE).unwrap();
            prop_assert_eq!(encode(&document), again);
        }
    }
}
