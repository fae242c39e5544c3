//! Exceptions of the rules on serialised trees.

use super::super::proof::check;
use super::super::rule::Rule;
use crate::base::Severity::{Error, Info, Warning};

fn rule(id: &str) -> &'static Rule {
    super::super::find(id).unwrap_or_else(|| panic!("no {id}"))
}

/// A session in which the server adds a tree with these nodes.
fn adding(target: &str, nodes: &str) -> String {
    format!(
        "{}server\n Status SyncHdr 200\n Status * 200\n Add {target}=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>{nodes}</MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\ndevice\n Status SyncHdr 200\n Status Add 200\n",
        super::super::sta::common::package_1!()
    )
}

#[test]
fn what_a_node_may_look_like() {
    let table: &[(&str, &str, &[crate::base::Severity])] = &[
        ("TND-003", "<Node><NodeName/><RTProperties/></Node>", &[]),
        (
            "TND-004",
            "<Node><NodeName>A</NodeName><RTProperties/></Node><Node><NodeName>A</NodeName><Node><NodeName>x</NodeName><RTProperties/></Node></Node>",
            &[],
        ),
        (
            "TND-005",
            "<Node><NodeName>A</NodeName><RTProperties><Name>A</Name><Size>1</Size></RTProperties></Node>",
            &[],
        ),
        (
            "TND-006",
            "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format></RTProperties><Value/></Node>",
            &[],
        ),
        (
            "TND-006",
            "<Node><NodeName>A</NodeName><RTProperties/><Value/><Node><NodeName>x</NodeName><RTProperties/></Node></Node>",
            &[Warning],
        ),
        ("TND-007", "<Node><NodeName>A</NodeName><RTProperties><Format>chr</Format></RTProperties></Node>", &[Warning]),
        ("TND-007", "<Node><NodeName>A</NodeName><RTProperties><Format/></RTProperties></Node>", &[]),
        (
            "TND-008",
            "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties></Node>",
            &[],
        ),
        (
            "TND-008",
            "<Node><NodeName>A</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>1</Value></Node>",
            &[Info],
        ),
        ("TND-009", "<Node><NodeName>A</NodeName><RTProperties><ACL/></RTProperties></Node>", &[]),
        (
            "TND-009",
            "<Node><NodeName>A</NodeName><RTProperties><ACL>Get=a&amp;Get=b</ACL></RTProperties></Node>",
            &[Info],
        ),
        (
            "TND-010",
            "<Node><NodeName>A</NodeName><RTProperties><VerNo>65535</VerNo><TStamp/></RTProperties></Node>",
            &[],
        ),
        ("TND-011", "<Node><NodeName>A</NodeName><Path>./B/C</Path><RTProperties/></Node>", &[]),
        ("TND-011", "<Node><NodeName>A</NodeName><Path>B/</Path><RTProperties/></Node>", &[Warning]),
        ("TND-011", "<Node><NodeName>A/B</NodeName><RTProperties/></Node>", &[Error]),
        (
            "TND-019",
            "<Node><NodeName>A</NodeName><RTProperties/><Node><NodeName>x</NodeName><RTProperties/></Node></Node><Node><NodeName>B</NodeName><RTProperties/><Node><NodeName>x</NodeName><RTProperties/></Node></Node>",
            &[],
        ),
        (
            "TND-019",
            "<Node><NodeName/><Path>A</Path><RTProperties/></Node><Node><NodeName/><Path>B</Path><RTProperties/></Node>",
            &[],
        ),
        ("TND-022", "<Node><NodeName>A</NodeName><RTProperties><Format><int/></Format></RTProperties></Node>", &[]),
        (
            "TND-022",
            "<Node><NodeName>A</NodeName><RTProperties><Format><bin/></Format></RTProperties><Value>aGVsbG8=</Value></Node>",
            &[],
        ),
        (
            "TND-022",
            "<Node><NodeName>A</NodeName><RTProperties><Format><bin/></Format></RTProperties><Value>a*b</Value></Node>",
            &[Warning],
        ),
    ];
    for (id, nodes, expected) in table {
        check(rule(id), &[(adding("./Vendor", nodes).as_str(), expected)]);
    }
}

#[test]
fn several_defects_of_a_kind_are_one_finding() {
    let node = |name: usize| format!("<Node><NodeName>{name}</NodeName></Node>");
    let nodes: String = (0..9).map(node).collect();
    let (tally, findings) = super::super::proof::judge(rule("TND-004"), &adding("./Vendor", &nodes));
    assert_eq!((tally.occasions, findings.len()), (1, 1));
    assert!(findings[0].seen.contains("8 more like it"), "{}", findings[0].seen);
}

#[test]
fn what_is_worst_in_a_tree_is_told_behind_many_that_are_milder() {
    let mut look = super::Look::default();
    for severity in [Warning; 6].into_iter().chain([Error, Error]) {
        look.bad(super::Kind::Format, severity, format!("{severity:?}"), "x");
    }
    assert_eq!(look.count(super::Kind::Format), 8);
    assert_eq!(look.of(super::Kind::Format).filter(|defect| defect.severity == Error).count(), 1);
}

#[test]
fn a_tree_that_can_be_meant_in_two_ways_is_not_followed() {
    let follow = |target: &str, between: &str, code: &str| {
        let nodes = "<Node><NodeName>A</NodeName><RTProperties/><Node><NodeName>x</NodeName><RTProperties/><Value>5</Value></Node></Node>";
        format!(
            "{}server\n Status SyncHdr 200\n{between} Get ./Vendor/A/x\ndevice\n Status SyncHdr 200\n Status * {code}\nserver\n Status SyncHdr 200\n",
            adding(target, nodes)
        )
    };
    let added = rule("TND-016");
    check(
        added,
        &[
            (&follow("./Vendor", "", "404"), &[Warning]),
            (&follow("./Vendor/A", "", "404"), &[]),
            (&follow("./Vendor", " Exec ./Vendor/Run\n", "404"), &[]),
            (&follow("./Vendor", " Delete ./Vendor/A\n", "404"), &[]),
            (&follow("./Vendor", " Delete ./Vendor/B\n", "404"), &[Warning]),
            (&follow("./Vendor", "", "425"), &[]),
        ],
    );
}

#[test]
fn a_list_that_leaves_properties_out_is_no_defect() {
    let reading = |list: &str| {
        format!(
            "{}server\n Status SyncHdr 200\n Status * 200\n Get ./A?list={list}\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./A=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\nserver\n Status SyncHdr 200\n",
            super::super::sta::common::package_1!()
        )
    };
    check(rule("TND-004"), &[(&reading("TNDS"), &[Warning]), (&reading("TNDS-RTProperties"), &[])]);
}

#[test]
fn a_tree_in_several_parts_is_read_as_one_and_a_broken_one_is_not_judged() {
    let document = "<MgmtTree xmlns='syncml:dmddf1.2'><Node><NodeName>A</NodeName><RTProperties/></Node></MgmtTree>";
    let (first, rest) = document.split_at(40);
    let meta = "format=xml type=application/vnd.syncml.dmtnds+xml";
    let script = format!(
        "{}server nofinal\n Status SyncHdr 200\n Status * 200\n Add ./Vendor=\"{first}\" {meta} size={} more\ndevice nofinal\n Status SyncHdr 200\n Status Add 213\n Alert 1222\nserver\n Status SyncHdr 200\n Status Alert 200\n Add ./Vendor=\"{rest}\" {meta}\ndevice\n Status SyncHdr 200\n Status Add 200\n",
        super::super::sta::common::package_1!(),
        document.len()
    );
    check(rule("TND-002"), &[(&script, &[Error])]);
    let broken = script.replace("</MgmtTree>", "</Mgmt");
    check(rule("TND-002"), &[(&broken, &[])]);
    let (tally, findings) = super::super::proof::judge(rule("TND-001"), &broken);
    assert_eq!((tally.undecided_in_all(), findings.len()), (1, 0));
}
