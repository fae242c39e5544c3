use super::super::proof::{check, judge};
use super::*;
use crate::base::Severity::{Error, Info, Warning};

/// The session of [`session!`] with lines for the message that the server sends first.
fn with(lines: &str) -> String {
    GOOD.replacen("format=int\n", &format!("format=int\n{lines}"), 1)
}

/// The same as a session of Windows device management.
fn windows(lines: &str) -> String {
    with(lines).replace("./A/x", "./Vendor/MSFT/x")
}

#[test]
fn defects_that_parsers_pass_over_are_milder() {
    check(
        &document::NOT_WELL_FORMED,
        &[
            (with("    hex-patch 3c53796e634d4c => efbbbf3c53796e634d4c\n").as_str(), &[]),
            (with("    patch \"<SyncML\" => \" <?xml version='1.0'?><SyncML\"\n").as_str(), &[Warning]),
            (with("    patch \"</SyncML>\" => \"</SyncML>\\0\"\n").as_str(), &[Info]),
            (with("    patch \"</SyncML>\" => \"</SyncML>x\"\n").as_str(), &[Error]),
            (with("    patch \"</SyncML>\" => \"</SyncML>\\n\\n\"\n").as_str(), &[]),
            (with("    patch \"<Data>5\" => \"<Data>&#0;\"\n").as_str(), &[Error]),
        ],
    );
}

#[test]
fn a_defect_is_named_with_its_octet_and_element_and_the_others_are_counted() {
    let (_, findings) = judge(&document::NOT_WELL_FORMED, &with("    patch \"<Data>5\" => \"<Data>5\\0\\0\"\n"));
    let seen = &findings.first().unwrap().seen;
    assert!(seen.contains("U+0000") && seen.contains("octet "), "{seen}");
    assert!(seen.contains("/SyncML/SyncBody/Replace/Item/Data") && seen.contains("1 more"), "{seen}");
}

#[test]
fn nul_in_text_is_reported_once_and_the_message_is_judged_on() {
    let script = with("    patch \"<Data>5\" => \"<Data>5\\0\"\n");
    let engine = super::super::Engine::new(super::super::Selection {
        select: vec!["XML".to_owned()],
        ..super::super::Selection::default()
    });
    let found: Vec<&str> = super::super::proof::sessions(&script)
        .iter()
        .flat_map(|session| engine.judge(session).findings)
        .map(|finding| finding.rule.id)
        .collect();
    assert_eq!(found, ["XML-001"]);
    let (tally, _) = judge(&elements::PADDED_VALUE, &script);
    assert_eq!(tally.occasions, 4);
}

#[test]
fn a_message_that_is_not_well_formed_has_no_other_finding() {
    let script = with("    patch \"<Data>5\" => \"<Data><b>5\"\n");
    for rule in FAMILY.rules.iter().filter(|rule| rule.id != "XML-001") {
        assert!(judge(rule, &script).1.is_empty(), "{}", rule.id);
    }
}

#[test]
fn encodings() {
    let declared =
        |name: &str| format!("    patch \"<SyncML\" => \"<?xml version='1.0' encoding='{name}'?><SyncML\"\n");
    let latin = "    hex-patch 3e353c => 3ee93c\n";
    check(
        &document::ENCODING_MISMATCH,
        &[
            (with(&declared("UTF-8")).as_str(), &[]),
            (with(&declared("ISO-8859-1")).as_str(), &[]),
            (with(&format!("{}{latin}", declared("ISO-8859-1"))).as_str(), &[]),
            (with(&format!("{}{latin}", declared("UTF-8"))).as_str(), &[Error]),
            (with(&declared("nonsense")).as_str(), &[Warning]),
        ],
    );
    check(
        &document::UNUSUAL_ENCODING,
        &[(with(&declared("US-ASCII")).as_str(), &[]), (with(&declared("utf-8")).as_str(), &[])],
    );
}

#[test]
fn document_types() {
    let doctype = |text: &str| with(&format!("    patch \"<SyncML\" => \"<!DOCTYPE {text}><SyncML\"\n"));
    check(
        &document::DOCTYPE,
        &[
            (doctype("SyncML").as_str(), &[]),
            (doctype("SyncML PUBLIC '-//SyncML//DTD SyncML 1.1//EN' 'x'").as_str(), &[]),
            (doctype("SyncML PUBLIC '-//SYNCML//DTD SyncML 1.0//EN' 'x'").as_str(), &[Info]),
        ],
    );
    check(
        &document::ENTITIES,
        &[
            (doctype("SyncML PUBLIC '-//SYNCML//DTD SyncML 1.2//EN' 'http://x/y.dtd'").as_str(), &[]),
            (doctype("SyncML [<!ENTITY x SYSTEM 'file:///x'>]").as_str(), &[Warning]),
        ],
    );
}

#[test]
fn name_spaces_of_meta_information() {
    let format = "\"<Format xmlns='syncml:metinf'>int</Format>\"";
    let patched = |new: &str| with(&format!("    patch {format} => \"{new}\"\n"));
    check(
        &elements::MET_INF_ELSEWHERE,
        &[
            (patched("<MetInf xmlns='syncml:metinf'><Format>int</Format></MetInf>").as_str(), &[]),
            (patched("<m:Format xmlns:m='syncml:metinf'>int</m:Format>").as_str(), &[]),
            (patched("<Format xmlns='Syncml:MetInf'>int</Format>").as_str(), &[]),
            (patched("<x xmlns='urn:x'>int</x>").as_str(), &[]),
            (patched("<Format xmlns=''>int</Format>").as_str(), &[Warning]),
        ],
    );
    check(
        &elements::MET_INF_MISSPELLED,
        &[
            (patched("<Format xmlns='syncml :metinf'>int</Format>").as_str(), &[Warning]),
            (patched("<Format>int</Format>").as_str(), &[]),
        ],
    );
}

#[test]
fn mark_up_in_data() {
    let data = |new: &str, format: &str| {
        with(&format!("    patch \"<Data>5</Data>\" => \"<Data>{new}</Data>\"\n    patch \"int<\" => \"{format}<\"\n"))
    };
    let of_type = with(
        "    patch \"<Data>5\" => \"<Data><MgmtTree/>\"\n    patch \"<Format xmlns='syncml:metinf'>int</Format>\" => \
         \"<Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type>\"\n",
    );
    check(
        &elements::MARKUP_NOT_ESCAPED,
        &[
            (data("<![CDATA[<b/>]]>", "chr").as_str(), &[]),
            (data("<b/>", "chr").as_str(), &[Error]),
            (data("<MgmtTree/>", "xml").as_str(), &[]),
            (of_type.as_str(), &[]),
            (windows("    patch \"<Data>5\" => \"<Data><![CDATA[5]]>\"\n").as_str(), &[Warning]),
        ],
    );
    check(
        &elements::MARKUP_WITHOUT_NAMESPACE,
        &[
            (data("<MgmtTree/>", "xml").as_str(), &[Info]),
            (data("<MgmtTree xmlns='syncml:dmddf1.2'/>", "xml").as_str(), &[]),
            (data("<b/>", "xml").as_str(), &[Warning]),
        ],
    );
}

#[test]
fn content_of_elements() {
    check(&elements::NOT_EMPTY, &[(with("    patch \"<Final/>\" => \"<Final>\\n</Final>\"\n").as_str(), &[Info])]);
    check(&elements::MIXED_CONTENT, &[(with("    patch \"<SyncBody>\" => \"<SyncBody>\\n  \"\n").as_str(), &[])]);
    let error = "    patch \"<Data>5\" => \"<Data xmlns:m='urn:m' m:originalerror='0x1'>5\"\n";
    check(&elements::ATTRIBUTES, &[(windows(error).as_str(), &[]), (with(error).as_str(), &[Info])]);
}
