//! The annotated dump.

use super::*;

fn dump(body: &[u8]) -> String {
    annotate(body, Hint::NONE)
        .map(|line| {
            let octets: String = line.span.of(body).iter().map(|octet| format!("{octet:02x}")).collect();
            format!("{:04x} {}{octets} {} {}\n", line.span.start, "  ".repeat(line.depth), line.token, line.text)
        })
        .collect()
}

#[test]
fn each_octet_of_a_message_is_explained() {
    insta::assert_snapshot!(dump(&w1()), @r#"
    0000 03 version WBXML 1.3
    0001 a401 public identifier 0x1201: -//SYNCML//DTD SyncML 1.2//EN
    0003 6a charset MIBenum 106, UTF-8
    0004 00 string table 0 octets
    0005 6d tag <SyncML>
    0006   6c tag <SyncHdr>
    0007     71 tag <VerDTD>
    0008       03312e3200 STR_I "1.2"
    000d     01 END </VerDTD>
    000e     72 tag <VerProto>
    000f       03444d2f312e3200 STR_I "DM/1.2"
    0017     01 END </VerProto>
    0018     65 tag <SessionID>
    0019       033100 STR_I "1"
    001c     01 END </SessionID>
    001d     5b tag <MsgID>
    001e       033100 STR_I "1"
    0021     01 END </MsgID>
    0022     6e tag <Target>
    0023       57 tag <LocURI>
    0024         03687474703a2f2f732f646d00 STR_I "http://s/dm"
    0031       01 END </LocURI>
    0032     01 END </Target>
    0033     67 tag <Source>
    0034       57 tag <LocURI>
    0035         03494d45493a3100 STR_I "IMEI:1"
    003d       01 END </LocURI>
    003e     01 END </Source>
    003f     5a tag <Meta>
    0040       0001 SWITCH_PAGE page 1: MetInf
    0042       4c tag <MaxMsgSize>
    0043         033530303000 STR_I "5000"
    0049       01 END </MaxMsgSize>
    004a     01 END </Meta>
    004b   01 END </SyncHdr>
    004c   0000 SWITCH_PAGE page 0: SyncML
    004e   6b tag <SyncBody>
    004f     46 tag <Alert>
    0050       4b tag <CmdID>
    0051         033100 STR_I "1"
    0054       01 END </CmdID>
    0055       4f tag <Data>
    0056         033132303100 STR_I "1201"
    005c       01 END </Data>
    005d     01 END </Alert>
    005e     12 tag <Final/>
    005f   01 END </SyncBody>
    0060 01 END </SyncML>
    "#);
}

#[test]
fn what_is_odd_is_explained_too() {
    let body = hex(
        "03 0000 6a 06 466f6f00 6261 6d 0007 bf 05 01 4400 83 04 83 09 02 8142 01 43 05 01 c3 02 ff00 03 1b5b31 00 c3 7f 00",
    );
    insta::assert_snapshot!(dump(&body), @r#"
    0000 03 version WBXML 1.3
    0001 00 public identifier in the string table
    0002 00 index of the public identifier 0: "Foo"
    0003 6a charset MIBenum 106, UTF-8
    0004 06 string table 6 octets
    0005 466f6f006261 strings "Foo\0ba"
    000b 6d tag <SyncML>
    000c   0007 SWITCH_PAGE page 7: not in this language
    000e   bf tag <Tag_0x3F (page 7)/>
    000f   0501 attributes 2 octets
    0011   4400 LITERAL <Foo>
    0013     8304 STR_T 4: "ba"
    0015     8309 STR_T 9: outside the string table
    0017     028142 ENTITY 0xC2 "Â"
    001a   01 END </Foo>
    001b   430501 PI 2 octets of attributes
    001e   c302ff00 OPAQUE 2 octets, binary
    0022   031b5b3100 STR_I "\u{1b}[1"
    0027   c37f00 undecoded offset 40: an OPAQUE is said to have 127 octets, more than the 1 that follow; the length or the document is damaged
    "#);
    let last = |body: &[u8]| dump(body).lines().last().unwrap().to_owned();
    assert_eq!(last(&syncml("6d 01 01 01")), "0007 0101 surplus END 2 octets");
    assert_eq!(last(&syncml("6d 01 01 00")), "0007 0100 after the root element 2 octets");
    assert_eq!(
        last(&syncml("6d 4f 03 61")),
        "0007     0361 undecoded offset 8: the body ends inside STR_I; the sender or the capture cut it"
    );
    assert!(dump(b"<?xml?>").starts_with("0000 3c3f786d6c3f3e undecoded offset 0: the first octet 0x3C is no version"));
}
