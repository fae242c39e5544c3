//! Exceptions, and what is concluded of properties.

use super::FAMILY;
use crate::base::Severity::{self, Error, Info, Warning};
use crate::rules::proof::{check, steps};
use crate::rules::rule::Rule;

/// A rule, what the server sends and how the client answers it, step by step, and what is found.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [Severity]);

fn rule(id: &str) -> &'static Rule {
    FAMILY.rules.iter().find(|rule| rule.id == id).unwrap()
}

fn hold(table: &[Row]) {
    for (id, session, expected) in table {
        let text = steps(session);
        check(rule(id), &[(text.as_str(), expected)]);
    }
}

type Step = (&'static str, &'static str);
const LIST: Step = (" Get ./V", " Status Get 200\n Results ./V=a/b format=node");
const LEAF: Step = (" Get ./V/a", " Status Get 200\n Results ./V/a=12 format=int");
const ADD: Step = (" Add ./V/a=abc format=chr type=text/plain", " Status Add 200");

#[test]
fn what_a_device_must_have_is_asked_only_of_nodes_that_are_there() {
    hold(&[
        ("PRP-001", &[LIST, (" Get ./V/b?prop=Name", " Status Get 406")], &[Error]),
        ("PRP-001", &[LIST, (" Get ./V/b?prop=Name", " Status Get 404")], &[Warning]),
        ("PRP-001", &[LIST, (" Get ./V/b?prop=Name", " Status Get 425")], &[]),
        ("PRP-001", &[LIST, (" Get ./V/c?prop=Name", " Status Get 406")], &[]),
        ("PRP-001", &[LIST, (" Delete ./V", " Status Delete 200"), (" Get ./V/b?prop=Name", " Status Get 406")], &[]),
        ("PRP-001", &[LIST, (" Exec ./V/b", " Status Exec 200"), (" Get ./V/b?prop=Name", " Status Get 406")], &[]),
        // In one package the order is the client's choice.
        (
            "PRP-001",
            &[(" Get ./V\n Get ./V/b?prop=Name", " Status Get 200\n Results ./V=a/b format=node\n Status Get 406")],
            &[],
        ),
        ("PRP-002", &[LIST, (" Get ./V?prop=Size", " Status Get 200\n Results ./V?prop=Size=3")], &[Error]),
        ("PRP-002", &[LIST, (" Get ./V?prop=Size", " Status Get 200\n Results ./V?prop=Size=\"\"")], &[Warning]),
        ("PRP-002", &[LEAF, (" Get ./V/a?prop=Size", " Status Get 200\n Results ./V/a?prop=Size=2")], &[]),
        ("PRP-003", &[LEAF, (" Get ./V/a?prop=Size", " Status Get 405")], &[Warning]),
        ("PRP-003", &[LEAF, (" Get ./V/a?prop=Size", " Status Get 500")], &[Info]),
        ("PRP-003", &[LEAF, (" Get ./V/a?prop=Size", " Status Get 406")], &[]),
        ("PRP-003", &[LIST, (" Get ./V?prop=Size", " Status Get 405")], &[]),
    ]);
}

#[test]
fn values_of_properties_are_held_to_kind_and_content() {
    hold(&[
        ("PRP-007", &[LEAF, (" Get ./V/a?prop=Format", " Status Get 200\n Results ./V/a?prop=Format=node")], &[Error]),
        ("PRP-007", &[LEAF, (" Get ./V/a?prop=Format", " Status Get 200\n Results ./V/a?prop=Format=int")], &[]),
        ("PRP-007", &[(" Get ./V/a?prop=Format", " Status Get 200\n Results ./V/a?prop=Format=Int")], &[Warning]),
        // The query was left out in Source.
        ("PRP-007", &[LIST, (" Get ./V?prop=Format", " Status Get 200\n Results ./V=chr")], &[Error]),
        ("PRP-008", &[(" Get ./V/abc?prop=Name", " Status Get 200\n Results ./V/abc?prop=Name=ABC")], &[Info]),
        ("PRP-008", &[(" Get .?prop=Name", " Status Get 200\n Results .?prop=Name=.")], &[]),
        ("PRP-008", &[(" Get ./V/A?prop=Name", " Status Get 200\n Results ./V/A?prop=Name=%41")], &[]),
        ("PRP-009", &[ADD, (" Get ./V/a?prop=Size", " Status Get 200\n Results ./V/a?prop=Size=3")], &[]),
        ("PRP-009", &[ADD, (" Get ./V/a?prop=Size", " Status Get 200\n Results ./V/a?prop=Size=7")], &[Warning]),
        (
            "PRP-009",
            &[
                ADD,
                (" Replace ./V/a=abcd format=chr", " Status Replace 200"),
                (" Get ./V/a?prop=Size", " Status Get 200\n Results ./V/a?prop=Size=4"),
            ],
            &[],
        ),
        (
            "PRP-009",
            &[
                (" Add ./V/a=aGVsbG8= format=b64 type=image/png", " Status Add 200"),
                (" Get ./V/a?prop=Size", " Status Get 200\n Results ./V/a?prop=Size=5"),
            ],
            &[],
        ),
        ("PRP-013", &[LEAF, (" Get ./V/a?prop=Type", " Status Get 200\n Results ./V/a?prop=Type=urn:x:y")], &[Warning]),
        ("PRP-013", &[LEAF, (" Get ./V/a?prop=Type", " Status Get 200\n Results ./V/a?prop=Type=\"\"")], &[Info]),
        ("PRP-013", &[LIST, (" Get ./V?prop=Type", " Status Get 200\n Results ./V?prop=Type=text/plain")], &[Info]),
        ("PRP-013", &[LIST, (" Get ./V?prop=Type", " Status Get 200\n Results ./V?prop=Type=\"\"")], &[]),
        (
            "PRP-014",
            &[ADD, (" Get ./V/a?prop=Type", " Status Get 200\n Results ./V/a?prop=Type=Text/Plain;charset=utf-8")],
            &[],
        ),
        (
            "PRP-014",
            &[
                ADD,
                (" Replace ./V/a=x", " Status Replace 200"),
                (" Get ./V/a?prop=Type", " Status Get 200\n Results ./V/a?prop=Type=image/gif"),
            ],
            &[],
        ),
    ]);
}

#[test]
fn a_version_must_go_up_only_where_the_value_is_known_to_have_changed() {
    const VERSION: Step = (" Get ./V/a?prop=VerNo", " Status Get 200\n Results ./V/a?prop=VerNo=3");
    hold(&[
        ("PRP-012", &[ADD, VERSION, (" Replace ./V/a=x format=chr", " Status Replace 200"), VERSION], &[Error]),
        ("PRP-012", &[ADD, VERSION, (" Replace ./V/a=abc format=chr", " Status Replace 200"), VERSION], &[]),
        ("PRP-012", &[VERSION, (" Replace ./V/a=x format=chr", " Status Replace 200"), VERSION], &[Info]),
        ("PRP-012", &[ADD, VERSION, (" Replace ./V/a=x format=chr", " Status Replace 405"), VERSION], &[]),
        ("PRP-012", &[ADD, VERSION, VERSION], &[]),
        // Whether it was read before or after the change is the client's choice.
        (
            "PRP-012",
            &[
                ADD,
                VERSION,
                (
                    " Replace ./V/a=x format=chr\n Get ./V/a?prop=VerNo",
                    " Status Replace 200\n Status Get 200\n Results ./V/a?prop=VerNo=3",
                ),
            ],
            &[],
        ),
    ]);
}

const ROOT_OPEN: Step = (" Get .?prop=ACL", " Status Get 200\n Results .?prop=ACL=Add=*&Get=*&Replace=*");
const ROOT_USUAL: Step = (" Get .?prop=ACL", " Status Get 200\n Results .?prop=ACL=Add=*&Get=*");
const NODE: Step = (" Add ./N format=node", " Status Add 200");
const READ_EMPTY: Step = (" Get ./N?prop=ACL", " Status Get 200\n Results ./N?prop=ACL=\"\"");
const READ_FULL: Step = (" Get ./N?prop=ACL", " Status Get 200\n Results ./N?prop=ACL=Add=a&Delete=a&Replace=a");

#[test]
fn acls_of_new_nodes_hang_on_the_rights_above() {
    hold(&[
        ("PRP-020", &[ROOT_OPEN, NODE, READ_FULL], &[Warning]),
        ("PRP-020", &[ROOT_OPEN, NODE, READ_EMPTY], &[]),
        ("PRP-020", &[ROOT_USUAL, NODE, READ_FULL], &[]),
        ("PRP-020", &[NODE, READ_FULL], &[]),
        ("PRP-020", &[ROOT_OPEN, NODE, (" Replace ./N?prop=ACL=Get=*", " Status Replace 200"), READ_FULL], &[]),
        ("PRP-021", &[ROOT_USUAL, NODE, READ_EMPTY], &[Error]),
        ("PRP-021", &[ROOT_USUAL, NODE, READ_FULL], &[]),
        ("PRP-021", &[ROOT_OPEN, NODE, READ_EMPTY], &[]),
        ("PRP-021", &[ROOT_USUAL, (" Add ./N=1 format=chr", " Status Add 200"), READ_EMPTY], &[]),
        // A node on the way to one that was added.
        (
            "PRP-021",
            &[ROOT_USUAL, (" Get ./N", " Status Get 404"), (" Add ./N/x=1 format=chr", " Status Add 200"), READ_EMPTY],
            &[Error],
        ),
        // The ACL of the root may have been changed in the package of the Add.
        (
            "PRP-021",
            &[
                ROOT_USUAL,
                (" Replace .?prop=ACL=Add=*&Replace=*\n Add ./N format=node", " Status Replace 200\n Status Add 200"),
                READ_EMPTY,
            ],
            &[],
        ),
    ]);
}

#[test]
fn acls_that_were_written_are_read_back() {
    const GET: &str = " Get ./N?prop=ACL";
    const WRITE: Step = (" Replace ./N?prop=ACL=Get=a&Replace=b", " Status Replace 200");
    hold(&[
        ("PRP-026", &[WRITE, (GET, " Status Get 200\n Results ./N?prop=ACL=Replace=b&Get=a")], &[]),
        ("PRP-026", &[WRITE, (GET, " Status Get 200\n Results ./N?prop=ACL=Get=a")], &[Error]),
        ("PRP-026", &[WRITE, (GET, " Status Get 200\n Results ./N?prop=ACL=\"\"")], &[Error]),
        ("PRP-026", &[(" Replace ./N?prop=ACL=Get=a", " Status Replace 425"), READ_FULL], &[]),
        ("PRP-026", &[WRITE, (" Exec ./M", " Status Exec 200"), READ_FULL], &[]),
        ("PRP-026", &[WRITE, (" Delete ./M", " Status Delete 200"), READ_FULL], &[]),
        (
            "PRP-026",
            &[(
                " Replace ./N?prop=ACL=Get=a\n Get ./N?prop=ACL",
                " Status Replace 200\n Status Get 200\n Results ./N?prop=ACL=Get=b",
            )],
            &[],
        ),
        ("PRP-024", &[(" Replace ./N?prop=ACL=\"\"", " Status Replace 200"), READ_FULL], &[Warning]),
        ("PRP-024", &[(" Replace ./N?prop=ACL=\"\"", " Status Replace 405"), READ_FULL], &[]),
        (
            "PRP-025",
            &[ROOT_USUAL, WRITE, (GET, " Status Get 200\n Results ./N?prop=ACL=Add=*&Get=*&Replace=b")],
            &[Error],
        ),
        ("PRP-025", &[ROOT_USUAL, WRITE, (GET, " Status Get 200\n Results ./N?prop=ACL=Get=a&Replace=b+c")], &[]),
    ]);
}

#[test]
fn a_server_whose_account_is_gone_is_in_no_acl() {
    const ONE: Step = (" Get ./DMAcc/1/ServerID", " Status Get 200\n Results ./DMAcc/1/ServerID=srv");
    const TWO: Step = (" Get ./DMAcc/2/ServerID", " Status Get 200\n Results ./DMAcc/2/ServerID=srv");
    const GONE: Step = (" Delete ./DMAcc/1", " Status Delete 200");
    const ACL: Step = (" Get ./V?prop=ACL", " Status Get 200\n Results ./V?prop=ACL=Get=srv+other");
    hold(&[
        ("PRP-032", &[ONE, GONE, ACL], &[Info]),
        ("PRP-032", &[ONE, TWO, GONE, ACL], &[]),
        ("PRP-032", &[ONE, (" Delete ./DMAcc/1", " Status Delete 405"), ACL], &[]),
        ("PRP-032", &[ONE, ACL, GONE], &[]),
        (
            "PRP-032",
            &[
                ONE,
                (
                    " Delete ./DMAcc/1\n Get ./V?prop=ACL",
                    " Status Delete 200\n Status Get 200\n Results ./V?prop=ACL=Get=srv",
                ),
            ],
            &[],
        ),
    ]);
}

#[test]
fn lists_hold_what_was_asked_for() {
    const TREE: &str = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>\
                        <Format><chr/></Format><ACL>Get=*</ACL></RTProperties><Value>1</Value></Node></MgmtTree>";
    let table: [(&str, &str, &str, &[Severity]); 7] = [
        ("./A?list=TNDS", "./A", "application/vnd.syncml.dmtnds+xml", &[]),
        ("./A?list=TNDS", "./B", "application/vnd.syncml.dmtnds+xml", &[Error]),
        ("./A?list=TNDS", "./A", "application/vnd.syncml.dmddf+xml", &[Error]),
        ("./A?list=TNDS+ACL+Value", "./A", "application/vnd.syncml.dmtnds+xml", &[Info]),
        ("./A?list=TNDS-ACL", "./A", "application/vnd.syncml.dmtnds+xml", &[Warning]),
        ("./A?list=TNDS%2BFormat%2BACL%2BValue", "./A", "application/vnd.syncml.dmtnds+xml", &[]),
        ("./A?list=Struct", "./A", "text/plain", &[]),
    ];
    for (asked, source, kind, expected) in table {
        let answer = format!(" Status Get 200\n Results {source}=\"{TREE}\" format=xml type={kind}");
        let text = steps(&[(&format!(" Get {asked}"), &answer)]);
        check(rule("PRP-038"), &[(text.as_str(), expected)]);
    }
    hold(&[
        (
            "PRP-035",
            &[(
                " Get ./A?list=StructData",
                " Status Get 200\n Results source=./A/B/C format=chr data=1\n Results source=./A/B format=node source=./A format=node msgref=1 ref=4",
            )],
            &[],
        ),
        (
            "PRP-036",
            &[(
                " Get .?list=StructData",
                " Status Get 200\n Results source=./DMAcc/x/AppAuth/1/AAuthData format=bin data=**** source=./V/AAuthName format=chr data=me",
            )],
            &[],
        ),
    ]);
}
