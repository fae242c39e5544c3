//! What is concluded of nodes, and what is not.

use super::FAMILY;
use crate::base::Severity::{self, Error, Warning};
use crate::rules::proof::{check, steps};

/// A rule, what the server sends and how the client answers it, step by step, and what is found.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [Severity]);

fn hold(table: &[Row]) {
    for (id, session, expected) in table {
        let text = steps(session);
        check(FAMILY.rules.iter().find(|rule| rule.id == *id).unwrap(), &[(text.as_str(), expected)]);
    }
}

type Step = (&'static str, &'static str);
const LEAF: Step = (" Add ./V/a=1 format=chr", " Status Add 200");
const DIR: Step = (" Add ./V/d format=node", " Status Add 200");
const CHILD: Step = (" Add ./V/a/c=1 format=chr", " Status Add 200");
const DELETE: Step = (" Delete ./V/a", " Status Delete 200");
const RENAME: Step = (" Replace ./V/a?prop=Name=b", " Status Replace 200");
const READ: Step = (" Get ./V/a", " Status Get 200\n Results ./V/a=1");

#[test]
fn only_what_is_a_leaf_for_certain_has_no_children() {
    hold(&[
        ("NOD-003", &[LEAF, CHILD], &[Error]),
        ("NOD-003", &[(" Add ./V/a", " Status Add 200"), CHILD], &[]),
        ("NOD-003", &[(" Add ./V/a format=node", " Status Add 200"), CHILD], &[]),
        ("NOD-003", &[LEAF, DELETE, (" Add ./V/a format=node", " Status Add 200"), CHILD], &[]),
        ("NOD-003", &[(" Get ./V/a", " Status Get 200\n Results ./V/a=1"), CHILD], &[]),
        ("NOD-003", &[(" Get ./V/a", " Status Get 200\n Results ./V/a=1 format=bool"), CHILD], &[Warning]),
        ("NOD-003", &[LEAF, (" Exec ./V/b", " Status Exec 200"), CHILD], &[]),
        ("NOD-003", &[LEAF, (" Delete ./V/a\n Add ./V/a/c=1 format=chr", " Status Delete 200\n Status Add 200")], &[]),
    ]);
}

#[test]
fn a_node_is_there_or_not_only_for_certain() {
    const EXISTS: Step = (" Add ./V/a=1 format=chr", " Status Add 418");
    hold(&[
        ("NOD-005", &[LEAF, DELETE, EXISTS], &[Warning]),
        ("NOD-005", &[LEAF, (" Delete ./V", " Status Delete 200"), EXISTS], &[Warning]),
        ("NOD-005", &[LEAF, (" Atomic\n  Delete ./V/a", " Status Atomic 507\n Status Delete 200"), EXISTS], &[]),
        ("NOD-005", &[(" Get ./V/a?prop=ACL", " Status Get 404"), EXISTS], &[]),
        ("NOD-005", &[LEAF, DELETE, LEAF, EXISTS], &[]),
        ("NOD-009", &[DIR, (" Replace ./V/d=1", " Status Replace 200")], &[Warning]),
        ("NOD-009", &[DIR, (" Replace ./V/d=1", " Status Replace 405")], &[]),
        ("NOD-009", &[DIR, (" Replace ./V/d?prop=Title=1", " Status Replace 200")], &[]),
        (
            "NOD-009",
            &[
                DIR,
                (" Replace ./V/d=<MgmtTree/> format=xml type=application/vnd.syncml.dmtnds+xml", " Status Replace 200"),
            ],
            &[],
        ),
    ]);
}

#[test]
fn a_renamed_node_has_one_name() {
    hold(&[
        ("NOD-015", &[LEAF, RENAME, READ], &[Error]),
        ("NOD-015", &[RENAME, READ], &[Warning]),
        ("NOD-015", &[LEAF, RENAME, LEAF, READ], &[]),
        ("NOD-015", &[LEAF, RENAME, (" Get ./V/b", " Status Get 404")], &[Error]),
        ("NOD-015", &[LEAF, RENAME, (" Delete ./V/b", " Status Delete 200"), (" Get ./V/b", " Status Get 404")], &[]),
        ("NOD-015", &[LEAF, RENAME, (" Delete ./V", " Status Delete 200"), (" Get ./V/b", " Status Get 404")], &[]),
        ("NOD-015", &[LEAF, (" Replace ./V/a?prop=Name=A", " Status Replace 200"), READ], &[]),
        ("NOD-015", &[LEAF, (" Replace ./V/a?prop=Name=b", " Status Replace 500"), READ], &[]),
        ("NOD-015", &[LEAF, RENAME, (" Exec ./V/x", " Status Exec 200"), READ], &[]),
    ]);
}

#[test]
fn names_of_permanent_nodes_stay() {
    hold(&[
        ("NOD-013", &[(" Replace ./DevDetail/URI/MaxDepth?prop=Name=x", " Status Replace 200")], &[Error]),
        ("NOD-013", &[(" Replace ./DevDetail/Ext?prop=Name=x", " Status Replace 200")], &[]),
        ("NOD-013", &[(" Replace .?prop=Name=x", " Status Replace 200")], &[Error]),
        ("NOD-013", &[(" Atomic\n  Replace ./DevInfo?prop=Name=x", " Status Atomic 507\n Status Replace 200")], &[]),
        ("NOD-024", &[LEAF, (" Get ./V/a?prop=Format", " Status Get 200\n Results ./V/a?prop=Format=bin")], &[]),
    ]);
}
