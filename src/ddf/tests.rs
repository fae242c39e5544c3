#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::base::Severity;

/// A description with one object of everything.
const DDF: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd">
<MgmtTree xmlns:x="urn:example">
  <VerDTD>1.2</VerDTD>
  <Man>Example</Man>
  <Node>
    <NodeName>Settings</NodeName>
    <Path>./Vendor/Example</Path>
    <DFProperties>
      <AccessType><Get/></AccessType>
      <DFFormat><node/></DFFormat>
      <Occurrence><One/></Occurrence>
      <Scope><Permanent/></Scope>
      <DFType><DDFName/></DFType>
      <x:Extension>ignored</x:Extension>
    </DFProperties>
    <Node>
      <NodeName>Volume</NodeName>
      <DFProperties>
        <AccessType><Get/><Replace/></AccessType>
        <DefaultValue>5</DefaultValue>
        <DFFormat><int/></DFFormat>
        <DFType><MIME>text/plain</MIME></DFType>
      </DFProperties>
    </Node>
    <Node>
      <NodeName></NodeName>
      <DFProperties>
        <AccessType><Add/><Delete/><Get/></AccessType>
        <DFFormat><node/></DFFormat>
        <Occurrence><ZeroOrN>8</ZeroOrN></Occurrence>
        <DFType><DDFName>urn:example:profile</DDFName></DFType>
        <CaseSense><CIS/></CaseSense>
      </DFProperties>
      <Node>
        <NodeName>Url</NodeName>
        <DFProperties>
          <AccessType><Get/></AccessType>
          <DFFormat><chr/></DFFormat>
          <DFType><MIME>text/plain</MIME></DFType>
        </DFProperties>
      </Node>
    </Node>
  </Node>
</MgmtTree>"#;

/// The same in WBXML.
fn wbxml(text: &str) -> Vec<u8> {
    let plain = text.replace("<x:Extension>ignored</x:Extension>", "");
    let document = crate::syncml::xml::decode(plain.as_bytes()).unwrap();
    crate::wbxml::encode(&crate::wbxml::from_tree(&document.tree, &crate::wbxml::EncodeOptions::default()))
}

fn faults(text: &str) -> Vec<(&'static str, Severity)> {
    read("x.xml", text.as_bytes()).unwrap().faults.into_iter().map(|fault| (fault.id, fault.severity)).collect()
}

#[test]
fn nodes_are_found_by_uri() {
    let ddf = read("x.xml", DDF.as_bytes()).unwrap();
    assert_eq!((ddf.len(), ddf.faults.as_slice(), ddf.manufacturer.as_deref()), (4, &[][..], Some("Example")));
    let node = |uri: &str| match ddf.find(uri) {
        Some(Found::Node(id)) => ddf.node(id).map(|node| node.name.as_str()),
        _ => None,
    };
    assert_eq!(node("./Vendor/Example/Settings"), Some("Settings"));
    assert_eq!(node("Vendor/Example/Settings/Volume"), Some("Volume"));
    assert_eq!(node("./Device/Vendor/Example/Settings/Volume"), Some("Volume"));
    assert_eq!(node("./Vendor/Example/Settings/home/Url"), Some("Url"));
    assert!(matches!(ddf.find("./Vendor/Example/Settings/Volume/x"), Some(Found::Below(_))));
    assert_eq!(ddf.find("./Vendor/Other"), None);
    let Some(Found::Node(volume)) = ddf.find("./Vendor/Example/Settings/Volume") else { unreachable!() };
    let volume = ddf.node(volume).unwrap();
    assert_eq!((volume.access.unwrap().names(), volume.format.as_str()), ("Get, Replace".to_owned(), "int"));
}

#[test]
fn each_requirement_is_checked() {
    let table = [
        ("<VerDTD>1.2</VerDTD>", "", ("DDF-001", Severity::Error)),
        ("<VerDTD>1.2</VerDTD>", "<VerDTD>1.1.2</VerDTD>", ("DDF-001", Severity::Info)),
        ("<Path>./Vendor/Example</Path>\n", "<Value>x</Value>", ("DDF-002", Severity::Warning)),
        ("<NodeName>Url</NodeName>", "", ("DDF-002", Severity::Warning)),
        ("<Get/><Replace/>", "<Get/><Fetch/>", ("DDF-005", Severity::Error)),
        ("<Get/><Replace/>", "<Get/><Get/>", ("DDF-005", Severity::Error)),
        ("<int/>", "<integer/>", ("DDF-006", Severity::Error)),
        ("<DFType><DDFName/></DFType>", "<DFType><MIME/></DFType>", ("DDF-007", Severity::Info)),
        ("<ZeroOrN>8</ZeroOrN>", "<ZeroOrN>1</ZeroOrN>", ("DDF-008", Severity::Error)),
        ("<Permanent/>", "<Fixed/>", ("DDF-009", Severity::Error)),
        ("<AccessType><Get/></AccessType>", "<AccessType><Get/><Delete/></AccessType>", ("DDF-010", Severity::Warning)),
        ("<NodeName>Volume</NodeName>", "<NodeName/>", ("DDF-011", Severity::Warning)),
        ("<NodeName>Volume</NodeName>", "<NodeName>Volume</NodeName><Path>./A</Path>", ("DDF-012", Severity::Warning)),
        (
            "<NodeName>Volume</NodeName>",
            "<NodeName>Volume</NodeName><RTProperties><ACL>Get</ACL></RTProperties>",
            ("DDF-014", Severity::Error),
        ),
        ("<CIS/>", "<No/>", ("DDF-015", Severity::Error)),
        ("<DefaultValue>5</DefaultValue>", "<DefaultValue>loud</DefaultValue>", ("DDF-016", Severity::Warning)),
    ];
    for (old, new, expected) in table {
        assert!(DDF.contains(old), "{old}");
        let found = faults(&DDF.replacen(old, new, 1));
        assert!(found.contains(&expected), "{new}: {found:?}");
    }
    let bare = DDF.replacen("<AccessType><Get/></AccessType>", "", 1);
    assert_eq!(faults(&bare), [("DDF-004", Severity::Error)]);
    let old = bare.replacen(">1.2<", ">1.1<", 1);
    assert_eq!(faults(&old), [("DDF-001", Severity::Info), ("DDF-004", Severity::Warning)]);
    assert!(REQUIREMENTS.is_sorted_by_key(|one| one.id));
}

#[test]
fn a_description_in_wbxml_is_read_as_the_same_in_xml() {
    let octets = wbxml(DDF);
    let of = |octets: &[u8]| {
        let ddf = read("x", octets).unwrap();
        assert_eq!(ddf.faults, [], "{:?}", ddf.faults);
        let nodes = ddf.nodes.iter().map(|node| Node { place: Place::Octet(0), ..node.clone() }).collect::<Vec<_>>();
        (ddf.version, ddf.manufacturer, ddf.tops, nodes)
    };
    assert_eq!(of(&octets), of(DDF.as_bytes()));
    let Place::Octet(at) = read("x", &octets).unwrap().nodes[1].place else { unreachable!() };
    assert_eq!(octets[at as usize], 0x40 | 0x24, "the token of a Node with content");
    for end in 0..octets.len() {
        assert!(read("x", &octets[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn tokens_of_other_pages_are_told_with_their_place() {
    let octets = wbxml(DDF);
    // The Get of the outermost node: an empty element.
    let at = octets.windows(2).position(|pair| pair == [0x45, 0x1d]).unwrap() + 1;
    let token = |token: &[u8]| {
        let octets = [&octets[..at], token, &octets[at + 1..]].concat();
        let ddf = read("x", &octets).unwrap();
        ddf.faults.into_iter().map(|fault| (fault.id, fault.place, fault.text)).collect::<Vec<_>>()
    };
    let place = Place::Octet(u32::try_from(at).unwrap());
    assert_eq!(token(&[0x3f]), [("DDF-019", place, "Tag_0x3F (page 0) is no element of code page 2".to_owned())]);
    let behind = Place::Octet(u32::try_from(at).unwrap() + 2);
    let switched = token(&[0, 7, 0x1d, 0, 0]);
    assert_eq!(switched, [("DDF-019", behind, "Tag_0x1D (page 7) is no element of code page 2".to_owned())]);
    // Page 2 is the same page inside messages.
    assert_eq!(token(&[0, 2, 0x1d, 0, 0]), []);
    let early = [&octets[..at], &[1; 3][..], &octets[at..]].concat();
    assert!(matches!(read("x", &early), Err(DdfError::Broken { place: Place::Octet(_), .. })));
    assert!(matches!(read("x", &[3]), Err(DdfError::NoWbxml(_) | DdfError::Broken { .. })));
}

#[test]
fn places_are_those_of_the_text_in_every_character_set() {
    let text = DDF.replacen("encoding=\"UTF-8\"", "encoding=\"UTF-16\"", 1).replacen("<int/>", "<integer/>", 1);
    let octets: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let place = |octets: &[u8]| read("x", octets).unwrap().faults[0].place;
    assert_eq!(place(&octets), place(DDF.replacen("<int/>", "<integer/>", 1).as_bytes()));
}

#[test]
fn what_is_no_description_says_so() {
    assert!(matches!(read("x", b"no xml"), Err(DdfError::NoXml(_) | DdfError::Broken { .. })));
    assert!(matches!(read("x", b"<SyncML/>"), Err(DdfError::OtherRoot(root)) if root == "SyncML"));
    for end in 0..DDF.len() {
        let _ = read("x", &DDF.as_bytes()[..end]);
    }
    let many = format!("<MgmtTree>{}</MgmtTree>", "<Node/>".repeat(5_000));
    let ddf = read("x", many.as_bytes()).unwrap();
    assert!(ddf.more_faults > 0 && ddf.len() == 5_000);
}
