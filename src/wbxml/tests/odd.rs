//! Documents with something wrong, and what is said of them.

use super::*;
use crate::markup::Prolog;

fn anomalies(body: &[u8]) -> Vec<Anomaly> {
    check(body).unwrap().anomalies
}

#[test]
fn each_oddity_is_named_with_its_offset() {
    for (name, body, expected) in [
        ("unknown token", syncml("6d 7d 03 31 00 01 01"), Anomaly::UnknownTag { offset: 6, page: 0, token: 0x3d }),
        ("hole in page 0", syncml("6d 30 01"), Anomaly::UnknownTag { offset: 6, page: 0, token: 0x30 }),
        ("attribute", syncml("6d c6 05 03 61 00 01 01 01"), Anomaly::Attributes { offset: 6, length: 5 }),
        ("literal", syncml("6d 04 07 01"), Anomaly::LiteralIndex { offset: 6, index: 7 }),
        ("string index", syncml("6d 4f 83 07 01 01"), Anomaly::StringIndex { offset: 7, index: 7 }),
        ("not UTF-8", syncml("6d 4f 03 ff 00 01 01"), Anomaly::BadText { offset: 7 }),
        ("not ASCII", hex("03a4010300 6d 4f 03 c3bc 00 01 01"), Anomaly::NotAscii { offset: 7 }),
        ("entity", syncml("6d 4f 02 83b000 01 01"), Anomaly::BadEntity { offset: 7, code: 0xd800 }),
        ("entity 0", syncml("6d 4f 02 00 01 01"), Anomaly::BadEntity { offset: 7, code: 0 }),
        ("before the root", syncml("03 61 00 6d 01"), Anomaly::TextOutsideRoot { offset: 5 }),
        ("missing END", syncml("6d 6c 6b"), Anomaly::MissingEnd { offset: 8, count: 3 }),
        ("surplus END", syncml("6d 01 01 01"), Anomaly::SurplusEnd { offset: 7, count: 2 }),
        ("NUL", syncml("6d 01 00"), Anomaly::TrailingNul { offset: 7 }),
        ("octets", syncml("2d 00 00"), Anomaly::TrailingOctets { offset: 6, count: 2 }),
        ("long length", syncml("6d 4f c3 8080808080 01 78 01 01"), Anomaly::LongInteger { offset: 8, octets: 6 }),
        ("version", hex("04a4016a00 2d"), Anomaly::UnknownVersion { offset: 0, version: 4 }),
        ("major version", hex("13a4016a00 2d"), Anomaly::UnknownVersion { offset: 0, version: 0x13 }),
        ("charset", hex("03a401876700 2d"), Anomaly::UnknownCharset { offset: 3, charset: 999 }),
        ("identifier", hex("0300056a00 2d"), Anomaly::PublicIdIndex { offset: 2, index: 5 }),
        ("charset in 1.0", hex("00a4016a00 6d01"), Anomaly::CharsetInVersion10 { offset: 3 }),
    ] {
        assert_eq!(anomalies(&body), [expected], "{name}");
        assert!(expected.to_string().starts_with(&format!("offset {}: ", expected.offset())), "{name}");
    }
}

#[test]
fn an_unknown_page_is_named_at_the_switch_and_at_its_tags() {
    let document = check(&syncml("6d 0007 7f 03 61 00 01 0000 6b 01 01")).unwrap();
    assert_eq!(outline(&document.tree), "SyncML(Tag_0x3F (page 7)('a') SyncBody)");
    assert_eq!(
        document.anomalies,
        [Anomaly::UnknownPage { offset: 6, page: 7 }, Anomaly::UnknownTag { offset: 8, page: 7, token: 0x3f }]
    );
}

#[test]
fn attributes_are_skipped_and_their_element_is_read() {
    let body = syncml("6d 86 85 04 00 c3 01 01 01 cb 05 01 03 31 00 01 01");
    let document = check(&body).unwrap();
    assert_eq!(outline(&document.tree), "SyncML(Alert CmdID('1'))");
    let literal = hex("03a4016a04 46 6f 6f 00 6d c4 00 05 01 03 31 00 01 01");
    assert_eq!(outline(&check(&literal).unwrap().tree), "SyncML(Foo('1'))");
}

#[test]
fn the_alert_with_the_attribute_bit_costs_only_itself() {
    let mut body = w1();
    let at = body.iter().rposition(|&octet| octet == 0x46).unwrap();
    body[at] = 0xc6;
    let document = check(&body).unwrap();
    assert!(document.anomalies.iter().any(|anomaly| matches!(anomaly, Anomaly::Attributes { .. })));
    assert!(outline(&document.tree).ends_with("SyncBody(Alert(Data('1201')) Final))"));
}

#[test]
fn what_cannot_be_read_leaves_the_tree_up_to_there() {
    use WbxmlErrorKind as Kind;
    for (name, body, at, kind, tree) in [
        ("text", syncml("6d 4f 03 61"), 8, Kind::Truncated { what: "STR_I" }, "SyncML(Data)"),
        ("opaque", syncml("6d 4f c3 7f 61"), 8, Kind::Opaque { length: 0x7f, left: 1 }, "SyncML(Data)"),
        ("length", syncml("6d 4f c3 ff"), 9, Kind::Truncated { what: "the length of an OPAQUE" }, "SyncML(Data)"),
        ("switch", syncml("6d 0001 00"), 9, Kind::Truncated { what: "SWITCH_PAGE" }, "SyncML"),
        ("attributes", syncml("6d 0001 c7 05"), 10, Kind::Truncated { what: "the attributes of a tag" }, "SyncML"),
        ("no root", syncml(""), 5, Kind::NoRoot, ""),
        ("END", syncml("0001 01 6d"), 7, Kind::EndBeforeRoot, ""),
        ("table", hex("03a4016a7f6d01"), 4, Kind::StringTable { length: 0x7f, left: 2 }, ""),
    ] {
        let document = check(&body).unwrap();
        assert_eq!(document.fault, Some(WbxmlError { at, kind }), "{name}");
        assert_eq!(outline(&document.tree), tree, "{name}");
        assert!(!document.undecoded().is_empty() || name == "no root", "{name}");
    }
}

#[test]
fn a_cut_message_is_missing_its_ends_but_one_with_a_bad_length_is_not() {
    let document = read(&w1()[..90]);
    assert!(document.anomalies.iter().any(|anomaly| matches!(anomaly, Anomaly::MissingEnd { .. })));
    let document = read(&syncml("6d 4f c3 7f 61"));
    assert_eq!(document.anomalies, []);
}

#[test]
fn only_an_unreadable_header_gives_no_document() {
    use WbxmlErrorKind as Kind;
    for (body, at, kind) in [
        (&b""[..], 0, Kind::Empty),
        (b"\x03", 1, Kind::Truncated { what: "the public identifier" }),
        (b"\x03\xa4", 2, Kind::Truncated { what: "the public identifier" }),
        (b"\x03\xa4\x01", 3, Kind::Truncated { what: "the charset" }),
        (b"\x03\xa4\x01\x6a", 4, Kind::Truncated { what: "the length of the string table" }),
        (b"<?xml version=\"1.0\"?><SyncML/>", 0, Kind::Version { version: b'<' }),
        (b"\x03\xff\xff\xff\xff\xff\x7f", 1, Kind::Integer { what: "the public identifier" }),
    ] {
        assert_eq!(decode(body, Hint::NONE).unwrap_err(), WbxmlError { at, kind }, "{body:02x?}");
        check(body);
    }
}

#[test]
fn version_1_0_has_no_charset_field() {
    let document = check(&hex("00 a401 00 6d 4f 03 c3bc 00 01 01")).unwrap();
    assert_eq!((document.header.version, document.header.charset), (0, None));
    assert_eq!(outline(&document.tree), "SyncML(Data('ü'))");
    assert_eq!(document.anomalies, []);
    let mut body = w1();
    body[0] = 0;
    assert!(outline(&check(&body).unwrap().tree).ends_with("Final))"), "a charset that should not be there is found");
}

#[test]
fn strings_of_other_charsets_become_utf_8() {
    for body in [
        hex("03a4010400 6d 4f 03 4d fc 00 01 01"),
        hex("03a401877700 6d 4f 03 004d 00fc 0000 01 01"),
        hex("03a401877600 6d 4f 03 4d00 fc00 0000 01 01"),
        hex("03a401877700 6d 4f 03 fffe 4d00 fc00 0000 01 01"),
        hex("03a401877706 004d 00fc 0000 6d 4f 83 00 01 01"),
    ] {
        let document = check(&body).unwrap();
        assert_eq!(outline(&document.tree), "SyncML(Data('Mü'))", "{body:02x?}");
        assert_eq!(document.anomalies, []);
    }
}

#[test]
fn instructions_and_extensions_stand_beside_the_data() {
    let body = syncml("43 05 03 61 00 01 6d 4f 40 61 00 81 05 c2 02 817c 01 01 43 05 01");
    let document = check(&body).unwrap();
    let tree = &document.tree;
    let asides: Vec<(Prolog, &str)> = tree
        .ids()
        .filter_map(|id| match tree.kind(id) {
            crate::markup::Kind::Aside { what } => Some((what, tree.piece(id))),
            _ => None,
        })
        .collect();
    assert_eq!(
        asides,
        [
            (Prolog::WbxmlInstruction, "0503610001"),
            (Prolog::WbxmlExtension, "EXT_I_0 \"a\""),
            (Prolog::WbxmlExtension, "EXT_T_1 5"),
            (Prolog::WbxmlExtension, "EXT_2"),
            (Prolog::WbxmlInstruction, "0501"),
        ]
    );
    assert_eq!(document.anomalies, [], "entities and extensions are facts, and for a rule to judge");
}

#[test]
fn a_literal_of_a_known_name_has_its_tag() {
    let body = hex("039f536a12 53 74 61 74 75 73 00 43 6f 72 72 65 6c 61 74 6f 72 00 6d 44 00 01 44 07 01 01");
    let document = check(&body).unwrap();
    let tags: Vec<_> = document.tree.elements(root(&document)).map(|id| document.tree.tag(id).unwrap()).collect();
    assert_eq!(tags, [Tag::Status, Tag::Correlator]);
}
