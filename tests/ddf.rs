//! Descriptions of devices: checked as files, and held against what a device does.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::fixture::Script;
use program::Folder;

/// A description in the form of Windows configuration service providers.
const CSP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE MgmtTree PUBLIC " -//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd" [<?oma-dm-ddf-ver supported-versions="1.2"?>]>
<MgmtTree xmlns:MSFT="http://schemas.microsoft.com/MobileDevice/DM">
  <VerDTD>1.2</VerDTD>
  <MSFT:Diagnostics></MSFT:Diagnostics>
  <Node>
    <NodeName>Sample</NodeName>
    <Path>./Device/Vendor/MSFT</Path>
    <DFProperties>
      <AccessType><Get /></AccessType>
      <DFFormat><node /></DFFormat>
      <Occurrence><One /></Occurrence>
      <Scope><Permanent /></Scope>
      <DFType><DDFName></DDFName></DFType>
      <MSFT:Applicability><MSFT:OsBuildVersion>10.0.10586</MSFT:OsBuildVersion></MSFT:Applicability>
    </DFProperties>
    <Node>
      <NodeName>Level</NodeName>
      <DFProperties>
        <AccessType><Get /></AccessType>
        <DFFormat><int /></DFFormat>
        <Occurrence><One /></Occurrence>
        <Scope><Dynamic /></Scope>
        <DFType><MIME>text/plain</MIME></DFType>
        <MSFT:AllowedValues ValueType="Range"><MSFT:Value>[0-9]</MSFT:Value></MSFT:AllowedValues>
      </DFProperties>
    </Node>
  </Node>
</MgmtTree>
"#;

#[test]
fn files_are_checked_with_line_and_column() {
    let folder = Folder::new();
    folder.put("csp.xml", CSP.as_bytes());
    let run = folder.dmscope(["ddf", "csp.xml"]);
    assert_eq!((run.code, &*run.stdout), (0, "csp.xml: 2 nodes described, nothing is wrong\n"), "{}", run.stderr);
    folder.put("bad.xml", CSP.replace("<int />", "<integer />").as_bytes());
    let run = folder.dmscope(["ddf", "bad.xml"]);
    let told = "bad.xml:21:9: error DDF-006: integer is no format (OMA-TS-DM_TND-V1_2_1, \"DFFormat\")\n\
                bad.xml: 2 nodes described, 1 thing is wrong\n";
    assert_eq!((run.code, &*run.stdout), (1, told), "{}", run.stderr);
    folder.put("cut.xml", &CSP.as_bytes()[..900]);
    for (file, told) in [("cut.xml", "line 2"), ("none.xml", "can't be read")] {
        let run = folder.dmscope(["ddf", file]);
        assert!(run.code == 2 && run.stderr.contains(file) && run.stderr.contains(told), "{}", run.stderr);
        assert_eq!(folder.dmscope(["analyze", "--ddf", file, "x.pcap"]).code, 2);
    }
}

#[test]
fn a_device_is_held_to_its_description() {
    let script = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Replace \
                  ./Vendor/MSFT/Sample/Level=3 format=int\ndevice\n    Status SyncHdr 200\n    Status Replace 200\nserver\n    \
                  Status SyncHdr 200\n";
    let folder = Folder::new();
    folder.put("csp.xml", CSP.as_bytes());
    folder.put("a.pcap", &Script::parse(script).unwrap().capture());
    let found = |arguments: &[&str]| {
        let all: Vec<&str> = [&["analyze", "--format", "json", "a.pcap"], arguments].concat();
        let report: serde_json::Value = serde_json::from_str(&folder.dmscope(all).stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().filter(|finding| finding["rule"] == "DDF-021").collect::<Vec<_>>()
    };
    assert!(found(&[]).is_empty());
    let findings = found(&["--ddf", "csp.xml"]);
    assert_eq!((findings.len(), findings[0]["severity"].as_str().unwrap()), (1, "warning"));
    let expected = findings[0]["expected"].as_str().unwrap();
    assert_eq!(expected, "405: the description allows Get (csp.xml, line 17)");
}

#[test]
fn the_page_lists_what_is_checked() {
    const MARKS: (&str, &str) = ("<!-- requirements -->\n", "<!-- /requirements -->");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ddf.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS.0).unwrap();
    let (_, after) = rest.split_once(MARKS.1).unwrap();
    let row = |one: &dmscope::ddf::Requirement| format!("| {} | {} |\n", one.id, one.title);
    let rows: String = dmscope::ddf::REQUIREMENTS.iter().map(row).collect();
    let head = "| id | what is asked |\n| --- | --- |\n";
    let right = format!("{before}{}{head}{rows}{}{after}", MARKS.0, MARKS.1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, right).unwrap();
    } else {
        assert!(text == right, "UPDATE=1 cargo test --test ddf writes it again");
    }
}
