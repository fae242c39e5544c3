//! Documents of known octets, whole and cut, and what can be wrong with one.

use super::*;
use crate::base::Limits;
use proptest::prelude::*;

const SHORT: &[u8] = include_bytes!("../../tests/corpus/provisioning/short");
/// A NAPDEF and an application `w7`; attributes stay on page 1.
const ACCOUNT: &[u8] = include_bytes!("../../tests/corpus/provisioning/account");
/// The same, written by another encoder: it switches back before each value.
const PAGES: &[u8] = include_bytes!("../../tests/corpus/provisioning/pages");

fn secrets(imsi: Option<&str>, pin: Option<&str>) -> Secrets {
    Secrets { imsi: imsi.map(str::to_owned), network: None, pin: pin.map(str::to_owned) }
}

#[test]
fn two_encoders_write_one_document() {
    let (document, other) = (decode(ACCOUNT), decode(PAGES));
    assert_eq!((document.fault.clone(), other.fault.clone()), (None, None));
    assert!(document.remarks.is_empty() && other.remarks.is_empty(), "{:?} {:?}", document.remarks, other.remarks);
    assert_eq!((document.encoding, document.version.as_deref()), (Encoding::Wbxml, Some("1.1")));
    assert_eq!(document.to_xml(), other.to_xml());
    insta::assert_snapshot!("account", document.to_xml());
    // What was written is read as the same document.
    let again = decode(document.to_xml().as_bytes());
    assert_eq!((again.encoding, again.fault.clone(), again.remarks.as_slice()), (Encoding::Xml, None, &[][..]));
    assert_eq!(again.to_xml(), document.to_xml());
    let rows: Vec<String> =
        account_rows(&document).into_iter().map(|row| format!("{} = {}", row.path, row.value)).collect();
    insta::assert_snapshot!("rows", rows.join("\n"));
    assert_eq!(account_rows(&again), account_rows(&document));
    assert!(account_rows(&decode(SHORT)).is_empty());
}

#[test]
fn spans_lead_to_the_octets() {
    let document = decode(SHORT);
    let napdef = characteristics(&document.items).next().unwrap();
    assert_eq!(napdef.span.of(SHORT), &SHORT[12..24]);
    assert_eq!(napdef.parm("NAPID").unwrap().span.of(SHORT), b"\x87\x11\x06\x03N1\0\x01");
    let (lines, fault) = annotate(SHORT);
    assert_eq!(fault, None);
    let mut at = 0;
    for line in lines {
        assert_eq!(line.span.start as usize, at, "{line:?}");
        at = line.span.end as usize;
    }
    assert_eq!(at, SHORT.len());
}

#[test]
fn every_cut_is_named_and_gives_what_stands_before_it() {
    for whole in [SHORT, ACCOUNT, PAGES, decode(ACCOUNT).to_xml().trim_end().as_bytes()] {
        let mut before = 0;
        for end in 0..whole.len() {
            let document = decode(&whole[..end]);
            let fault = document.fault.clone().unwrap_or_else(|| panic!("a cut at {end} is not told"));
            assert!(fault.at <= end, "cut at {end}: {fault}");
            let now = characteristics(&document.items).flat_map(|group| parms(&group.items)).count();
            // A longer prefix of WBXML never knows less.
            assert!(document.encoding == Encoding::Xml || now >= before, "cut at {end}");
            before = now;
        }
        assert_eq!(decode(whole).fault, None);
    }
}

#[test]
fn macs_of_provisioning_documents_are_recomputed() {
    let both = secrets(Some("262011234567890"), Some("1234"));
    let check = |sec: &str, mac: &str, body: &[u8], secrets: &Secrets| {
        verify(Profile::Provisioning, Some(sec), Some(mac), body, secrets)
    };
    for (sec, mac, body, form) in [
        ("1", "F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41", SHORT, KeyForm::NoNetwork),
        ("0", "EBA0A21247EEB32B36A11B028907D0121AC53DEF", SHORT, KeyForm::SemiOctets),
        ("2", "4C0268899B0AB688AD0CD70E9007468C1A4E58EA", SHORT, KeyForm::SemiOctets),
        ("NETWPIN", "1ecffd452cbad72dbd4978981a8a7b53ee435284", ACCOUNT, KeyForm::SemiOctets),
        ("USERPIN", "7754E3CE79D759BA626D5F39673CBAFEF5283F25", ACCOUNT, KeyForm::NoNetwork),
        ("USERNETWPIN", "14FE8A76ABA5BE3F27A2A75DB5D9287D94CAB54A", ACCOUNT, KeyForm::SemiOctets),
        ("1", "9482DC5DF77ADBF6C08DF9B9CE9415159254AF7B", PAGES, KeyForm::NoNetwork),
    ] {
        assert_eq!(check(sec, mac, body, &both), Proof::Authentic(form), "{sec} {mac}");
        let others = secrets(Some("262011234567891"), Some("1235"));
        assert_eq!(check(sec, mac, body, &others), Proof::Wrong, "{sec} {mac}");
        assert_eq!(check(sec, mac, body, &Secrets::default()), Proof::Undecided(Undecided::NoSecret));
    }
    // Both are wanted, and only one is known.
    let mac = "14FE8A76ABA5BE3F27A2A75DB5D9287D94CAB54A";
    for half in [secrets(Some("262011234567890"), None), secrets(None, Some("1234"))] {
        assert_eq!(check("2", mac, ACCOUNT, &half), Proof::Undecided(Undecided::NoSecret));
    }
    let octets = Secrets { network: Some(vec![0x29, 0x26, 0x10, 0x21, 0x43, 0x65, 0x87, 9]), ..Secrets::default() };
    let network = "1ECFFD452CBAD72DBD4978981A8A7B53EE435284";
    assert_eq!(check("0", network, ACCOUNT, &octets), Proof::Authentic(KeyForm::Octets));
}

#[test]
fn what_the_user_enters_holds_key_and_mac() {
    let check = |pin: &str| verify(Profile::Provisioning, Some("3"), None, ACCOUNT, &secrets(None, Some(pin)));
    assert_eq!(check("2468049082"), Proof::Authentic(KeyForm::NoNetwork));
    assert_eq!(check("2468049083"), Proof::Wrong);
    for no_entry in ["", "24680", "1234", "24680490821", "246804908x"] {
        assert_eq!(check(no_entry), Proof::Undecided(Undecided::BadSecret), "{no_entry}");
    }
}

#[test]
fn macs_of_dm_messages_are_recomputed() {
    let push = include_bytes!("../../tests/corpus/provisioning/dm-push");
    let body = &push[6..];
    let both = secrets(Some("262011234567890"), Some("1234"));
    for (sec, mac, form) in [
        ("NETWORKID", "575C8ADE371D6318F7165193CCA577BD62983892", KeyForm::SemiOctets),
        ("0", "7BD490A3A3B073E1C1913B74129E9070AEE9AC4A", KeyForm::Digits),
        ("USERPIN", "8EF61BD4C7C7B06BE6CE1E7CC45A15E8AC5D3A32", KeyForm::NoNetwork),
        ("USERPIN_NETWORKID", "90DD655DF6DB889AA5950FC3E9C463086405319B", KeyForm::Digits),
    ] {
        assert_eq!(verify(Profile::Dm, Some(sec), Some(mac), body, &both), Proof::Authentic(form), "{sec}");
    }
}

#[test]
fn what_cannot_be_recomputed_is_undecided() {
    let all = secrets(Some("26201123456789"), Some("1234"));
    let check = |sec, mac, secrets: &Secrets| verify(Profile::Provisioning, sec, mac, SHORT, secrets);
    let mac = Some("F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41");
    assert_eq!(check(None, None, &all), Proof::Unprotected);
    assert_eq!(check(None, mac, &all), Proof::Undecided(Undecided::NoMethod));
    assert_eq!(check(Some("9"), mac, &all), Proof::Undecided(Undecided::NoMethod));
    assert_eq!(check(Some("1"), None, &all), Proof::Undecided(Undecided::NoMac));
    assert_eq!(check(Some("1"), Some("F14E"), &all), Proof::Undecided(Undecided::BadMac));
    let bad = secrets(Some("26201x"), None);
    assert_eq!(check(Some("0"), mac, &bad), Proof::Undecided(Undecided::BadSecret));
    assert!(!format!("{all:?}").contains("1234"));
}

/// Octets of a document whose root has version 1.1 and holds this.
fn holding(body: &[u8]) -> Document {
    decode(&[&[3, 0x0b, 0x6a, 0, 0xc5, 0x46, 1][..], body, &[1]].concat())
}

#[test]
fn what_is_odd_is_remarked_and_read_over() {
    let table: [(&[u8], RemarkKind, &str); 5] = [
        (b"\x87\x4d\x06\x03x\0\x01", RemarkKind::Start { page: 0, token: 0x4d }, "<parm name=\"\" value=\"x\"/>"),
        (
            b"\x87\x07\x06\xff\x85\x01",
            RemarkKind::Value { page: 0, token: 0xff },
            "<parm name=\"NAME\" value=\"IPV4\"/>",
        ),
        (b"\x87\x00\x01\x33\x06\x81\x82\x01", RemarkKind::OldValue(0x81), "value=\"HTTP-BASIC\""),
        (b"\x03x\0", RemarkKind::StrayText, ""),
        (b"\x05", RemarkKind::Misplaced("wap-provisioningdoc"), ""),
    ];
    for (body, kind, text) in table {
        let document = holding(body);
        assert_eq!(document.fault, None, "{body:02x?}");
        assert!(document.remarks.iter().any(|remark| remark.kind == kind), "{body:02x?}: {:?}", document.remarks);
        assert!(document.to_xml().contains(text), "{}", document.to_xml());
    }
    assert_eq!(holding(b"\x87\x2b\x01").to_xml().lines().nth(1), Some("  <parm name=\"MASTER\"/>"));
}

#[test]
fn what_lies_ends_the_reading_where_it_stands() {
    let fault = |octets: &[u8]| decode(octets).fault.map(|fault| (fault.at, fault.kind));
    assert_eq!(fault(b""), Some((0, FaultKind::Empty)));
    assert_eq!(fault(b"\x09"), Some((0, FaultKind::Version(9))));
    assert_eq!(fault(b"\x03\x0b\x6a\x8f\xff\xff\xff\x7f"), Some((8, FaultKind::Table(u32::MAX))));
    assert_eq!(fault(b"\x03\x0b\x6a\xff\xff\xff\xff\xff\x7f"), Some((8, FaultKind::Integer)));
    assert_eq!(fault(b"\x03\x0b\x6a\x00\x06"), Some((5, FaultKind::Root("characteristic".to_owned()))));
    assert_eq!(fault(b"\x03\x0b\x6a\x00\x48"), Some((4, FaultKind::Tag(8))));
    let kind = |body: &[u8]| holding(body).fault.map(|fault| fault.kind);
    assert_eq!(kind(b"\x87\x07\x06\x83\x05\x01"), Some(FaultKind::Outside(5)));
    assert_eq!(kind(b"\x87\x07\x06\x84\x01"), Some(FaultKind::Token(0x84)));
    assert_eq!(kind(&[0x46; 300]), Some(FaultKind::Depth));
    assert_eq!(kind(&b"\x07".repeat(Limits::NODES)), Some(FaultKind::Nodes));
    // A table that is referred to again and again.
    let table = vec![b'x'; 1 << 20];
    let head = [&[3, 0x0b, 0x6a, 0xc0, 0x80, 0x00][..], &table, &[0xc5, 0x01, 0x87, 0x07, 0x06]].concat();
    let body = [head.as_slice(), &b"\x83\0".repeat(40)].concat();
    assert_eq!(decode(&body).fault.map(|fault| fault.kind), Some(FaultKind::Text));
    assert_eq!(fault(b"<SyncML/>").map(|fault| fault.1), Some(FaultKind::Root("SyncML".to_owned())));
}

#[test]
fn the_string_table_holds_identifier_names_and_values() {
    let mut body = vec![3, 0, 0, 0x6a];
    let table = b"-//WAPFORUM//DTD PROV 1.0//EN\0X-OWN\0value\0";
    body.push(u8::try_from(table.len()).unwrap());
    body.extend_from_slice(table);
    assert!(!is_wbxml(&body[..20]));
    body.extend_from_slice(b"\xc5\x46\x01\x87\x05\x83\x1e\x06\x83\x24\x01\x01");
    assert!(is_wbxml(&body) && !is_xml(&body));
    let document = decode(&body);
    assert_eq!((document.fault.clone(), document.remarks.len()), (None, 0), "{:?}", document.remarks);
    assert_eq!(document.to_xml().lines().nth(1), Some("  <parm name=\"X-OWN\" value=\"value\"/>"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_octets_are_read_and_what_is_written_is_read_again(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        crate::entry::provisioning(&octets);
        crate::entry::provisioning(&[&[3, 0x0b, 0x6a, 0, 0xc5, 0x01, 0xc6, 0x50, 0x03, b'x', 0, 0x01][..], &octets].concat());
    }
}

/// A message of DM, out of its push.
fn dm() -> Vec<u8> {
    let push = include_bytes!("../../tests/corpus/provisioning/dm-push");
    crate::push::BootstrapPush::decode(push).unwrap().body
}

#[test]
fn a_file_of_a_card_holds_documents_between_what_is_no_document() {
    let length = u16::try_from(SHORT.len()).unwrap().to_be_bytes();
    let unused = [0xff; 40];
    let image = [&[0x30, 0x82][..], &length, SHORT, &unused, &[0x04, 0x81], &dm(), &unused].concat();
    let found = card(&image);
    let kinds: Vec<_> = found.documents.iter().map(|document| (document.kind, document.whole)).collect();
    assert_eq!(kinds, [(CardKind::Provisioning, true), (CardKind::Dm, true)]);
    assert_eq!(found.documents[0].span.of(&image), SHORT);
    assert_eq!(found.documents[1].span.of(&image), dm());
    let skipped: Vec<_> = found.skipped.iter().map(|part| (part.span.len(), part.is_unused, part.has_length)).collect();
    assert_eq!(skipped, [(4, false, true), (40, true, false), (2, false, false), (40, true, false)]);
    assert!(is_card(&image));
    // What is unused before the first document is told apart from its header.
    let image = [&unused[..], SHORT, &unused].concat();
    assert_eq!(card(&image).skipped.len(), 2);
}

#[test]
fn what_is_one_document_is_no_image() {
    for whole in [SHORT.to_vec(), dm(), Vec::new(), vec![0xff; 100], b"<x/>".to_vec()] {
        assert!(!is_card(&whole), "{whole:02x?}");
    }
    assert!(is_card(&[SHORT, &[0xff]].concat()) && is_card(&[&dm()[..], &[0xff, 0xff]].concat()));
    assert!(!is_card(&[SHORT, &[0x00]].concat()));
}

#[test]
fn an_image_that_is_cut_or_lies_is_read_as_far_as_it_goes() {
    let image = [&[0x00, 0x10][..], SHORT, &[0xff; 8], &dm(), &[0xff; 8]].concat();
    for end in 0..image.len() {
        let cut = card(&image[..end]);
        assert!(cut.documents.iter().all(|document| document.span.end as usize <= end), "{end}");
        let _ = is_card(&image[..end]);
    }
    let many = [SHORT, &[0xff]].concat().repeat(Limits::CARD_DOCUMENTS + 3);
    assert_eq!(card(&many).documents.len(), Limits::CARD_DOCUMENTS);
    let next = Limits::CARD_DOCUMENTS * (SHORT.len() + 1);
    assert_eq!(card(&many).unread.map(|unread| (unread.start as usize, unread.end as usize)), Some((next, many.len())));
    assert_eq!(card(many.get(..next).unwrap()).unread, None);
    let large = card(&vec![0xff; Limits::CARD_IMAGE + 1]);
    assert!(large.documents.is_empty() && large.unread.is_some());
    // Beginnings without documents are tried so often, and no more.
    let begins = [0x03, 0xa4, 0x01, 0x6a, 0xff].repeat(Limits::CARD_TRIES * 4);
    assert_eq!(card(&begins).documents, []);
}
