//! What is concluded of nodes, and what is not.

use super::tests::rule;
use crate::base::Severity::{self, Error, Info, Warning};
use crate::rules::proof::{check, steps};
use crate::rules::sta::common::opened;

/// What the server sends and how the client answers it, step by step.
type Steps = &'static [(&'static str, &'static str)];

const ADD: (&str, &str) = (" Add ./V/A=1 format=chr", " Status Add 200");
const DELETE: (&str, &str) = (" Delete ./V/A", " Status Delete 200");
const READ: (&str, &str) = (" Get ./V/A", " Status Get 200\n Results ./V/A=1");

#[test]
fn a_second_add_counts_only_where_the_node_is_there_for_certain() {
    let table: &[(Steps, &[Severity])] = &[
        (&[ADD, ADD], &[Error]),
        (&[ADD, (" Add V/A=1 format=chr", " Status Add 200")], &[Error]),
        (&[ADD, (" Add ./v/a=1 format=chr", " Status Add 200")], &[]),
        (&[ADD, DELETE, ADD], &[]),
        (&[ADD, (" Delete ./V", " Status Delete 200"), ADD], &[]),
        (&[ADD, (" Delete ./V", " Status Delete 500"), ADD], &[]),
        (&[ADD, (" Delete ./V", " Status Delete 405"), ADD], &[]),
        (&[ADD, (" Replace ./V?prop=Name=W", " Status Replace 200"), ADD], &[]),
        (&[ADD, (" Exec ./V/B", " Status Exec 200"), ADD], &[]),
        (&[ADD, (" Exec ./V/B", " Status Exec 404"), ADD], &[Error]),
        (&[ADD, (" Get ./V/B", " Status Get 404"), ADD], &[Error]),
        (
            &[(" Add ./Inbox/A=1 format=chr", " Status Add 200"), (" Add ./Inbox/A=1 format=chr", " Status Add 200")],
            &[],
        ),
        // The order inside one package is the client's choice.
        (&[(" Add ./V/A=1 format=chr\n Add ./V/A=2 format=chr", " Status Add 200\n Status Add 200")], &[]),
        (&[(" Delete ./V/A\n Add ./V/A=1 format=chr", " Status Delete 200\n Status Add 200"), ADD], &[]),
        // A failed Atomic has added nothing.
        (&[(" Atomic\n  Add ./V/A=1 format=chr", " Status Atomic 507\n Status Add 200"), ADD], &[]),
        (&[(" Atomic\n  Add ./V/A=1 format=chr", " Status Atomic 200\n Status Add 200"), ADD], &[Error]),
        // Not executed, or not yet.
        (&[(" Add ./V/A=1 format=chr", " Status Add 202"), ADD], &[]),
        (&[(" Add ./V/A=1 format=chr", " Status Add 418"), ADD], &[]),
        // One Status for two Items.
        (&[(" Add ./V/A=1 format=chr ./V/B=1 format=chr", " Status Add 200"), ADD], &[Error]),
        (&[(" Add ./V/A=1 format=chr ./V/B=1 format=chr", " Status Add 500"), ADD], &[]),
        // One for each, told apart by TargetRef.
        (
            &[
                (
                    " Add ./V/A=1 format=chr ./V/B=1 format=chr",
                    " Status Add 200 targetref=./V/A\n Status Add 418 targetref=./V/B msgref=1 ref=4",
                ),
                ADD,
            ],
            &[Error],
        ),
        (
            &[
                (
                    " Add ./V/A=1 format=chr ./V/B=1 format=chr",
                    " Status Add 418 targetref=./V/A\n Status Add 200 targetref=./V/B msgref=1 ref=4",
                ),
                ADD,
            ],
            &[],
        ),
    ];
    for (given, expected) in table {
        check(rule("CMD-030"), &[(steps(given).as_str(), expected)]);
    }
    let lost = steps(&[ADD, READ, ADD]).replacen(
        "server\n Status SyncHdr 200\n Get",
        "server lost\n Status SyncHdr 200\n Get",
        1,
    );
    check(rule("CMD-030"), &[(lost.as_str(), &[])]);
    let sequence = steps(&[(
        " Sequence\n  Add ./V/A=1 format=chr\n  Add ./V/A=2 format=chr",
        " Status Sequence 200\n Status Add 200\n Status Add 200",
    )]);
    check(rule("CMD-030"), &[(sequence.as_str(), &[Error])]);
}

#[test]
fn what_was_deleted_is_gone() {
    let table: &[(Steps, &[Severity])] = &[
        (&[ADD, DELETE, READ], &[Error]),
        (&[ADD, (" Delete ./V", " Status Delete 200"), READ], &[Error]),
        // The device may put its own nodes back.
        (&[DELETE, READ], &[Warning]),
        (&[(" Delete ./V", " Status Delete 200"), READ], &[Warning]),
        (&[ADD, DELETE, ADD, READ], &[]),
        (&[ADD, DELETE, (" Add ./V/A/B=1 format=chr", " Status Add 200"), READ], &[]),
        (&[ADD, DELETE, (" Get ./V/A", " Status Get 404"), READ], &[Error]),
        (&[ADD, DELETE, (" Copy ./V/A -> ./V/B", " Status Copy 200")], &[Error]),
        (&[ADD, DELETE, (" Exec ./V/A", " Status Exec 200")], &[Error]),
        (&[ADD, DELETE, (" Exec ./V/A", " Status Exec 404")], &[]),
        (&[ADD, DELETE, (" Get ./V/A2", " Status Get 200\n Results ./V/A2=1")], &[]),
        (&[ADD, (" Delete ./V/A\n Get ./V/A", " Status Delete 200\n Status Get 200\n Results ./V/A=1")], &[]),
        (&[ADD, (" Delete ./V/A?prop=ACL", " Status Delete 200"), READ], &[]),
    ];
    for (given, expected) in table {
        check(rule("CMD-032"), &[(steps(given).as_str(), expected)]);
    }
    const REPLACE: (&str, &str) = (" Replace ./V/A=2 format=chr", " Status Replace 200");
    let table: &[(Steps, &[Severity])] = &[
        (&[DELETE, REPLACE], &[Warning]),
        (&[(" Get ./V/A", " Status Get 404"), REPLACE], &[Warning]),
        (&[(" Get ./V/A?prop=ACL", " Status Get 404"), REPLACE], &[]),
        (&[(" Get ./V/A ./V/B", " Status Get 404"), REPLACE], &[]),
        (&[(" Get ./V/A", " Status Get 404"), ADD, REPLACE], &[]),
        (&[(" Get ./V/A", " Status Get 404"), (" Add ./V/A/B=1 format=chr", " Status Add 200"), REPLACE], &[]),
        (
            &[
                DELETE,
                (" Replace ./V/A=<MgmtTree/> format=xml type=application/vnd.syncml.dmtnds+xml", " Status Replace 200"),
            ],
            &[],
        ),
        (&[(" Get ./V/A\n Replace ./V/A=2 format=chr", " Status Get 404\n Status Replace 200")], &[]),
        (
            &[(" Delete ./Vendor/MSFT/A", " Status Delete 200"), (" Replace ./Vendor/MSFT/A=1", " Status Replace 200")],
            &[Info],
        ),
    ];
    for (given, expected) in table {
        check(rule("CMD-031"), &[(steps(given).as_str(), expected)]);
    }
}

#[test]
fn permanent_nodes_and_the_inbox_have_their_codes() {
    for (uri, code, expected) in [
        (".", "200", &[Error][..]),
        ("./", "200", &[Error]),
        (".", "404", &[Warning]),
        (".", "425", &[]),
        (".", "500", &[]),
        ("./DevDetail", "200", &[Error]),
        ("./DevDetail", "404", &[]),
        ("./DMAcc/x", "200", &[]),
        ("./DevInfo/Ext", "200", &[]),
    ] {
        let text = format!("{} Delete {uri}\ndevice\n Status SyncHdr 200\n Status Delete {code}\n", opened!());
        check(rule("CMD-033"), &[(text.as_str(), expected)]);
    }
    for (uri, code, expected) in [
        ("./Inbox", "405", &[][..]),
        ("./Inbox/A", "200", &[Error]),
        ("./Inbox?list=Struct", "200", &[Error]),
        ("./Inbox?prop=ACL", "200", &[]),
        ("./Inbox", "404", &[Info]),
        ("./Inbox", "425", &[]),
        ("./Inbox", "500", &[]),
        ("./Inbox", "215", &[]),
        ("./Inbox", "414", &[Warning]),
        ("./InboxOfMine", "200", &[]),
    ] {
        let text = format!("{} Get {uri}\ndevice\n Status SyncHdr 200\n Status Get {code}\n", opened!());
        check(rule("CMD-034"), &[(text.as_str(), expected)]);
    }
}

#[test]
fn interior_nodes_siblings_and_values_are_known_from_answers() {
    const LIST: (&str, &str) = (" Get ./V", " Status Get 200\n Results ./V=A/B format=node");
    const COPY: (&str, &str) = (" Copy ./V -> ./W", " Status Copy 200");
    let table: &[(&str, Steps, &[Severity])] = &[
        ("CMD-046", &[LIST, COPY], &[Error]),
        ("CMD-046", &[LIST, (" Copy ./W -> ./V", " Status Copy 200")], &[Error]),
        ("CMD-046", &[LIST, (" Copy ./V -> ./W", " Status Copy 406")], &[]),
        ("CMD-046", &[READ, (" Copy ./V/A -> ./W", " Status Copy 200")], &[]),
        ("CMD-046", &[LIST, (" Delete ./V", " Status Delete 405"), COPY], &[]),
        ("CMD-047", &[LIST, (" Replace ./V/A?prop=Name=B", " Status Replace 200")], &[Error]),
        ("CMD-047", &[LIST, (" Replace ./V/A?prop=Name=A", " Status Replace 200")], &[]),
        ("CMD-047", &[LIST, (" Replace ./V/A?prop=Name=C", " Status Replace 200")], &[]),
        (
            "CMD-047",
            &[LIST, (" Delete ./V/B", " Status Delete 200"), (" Replace ./V/A?prop=Name=B", " Status Replace 200")],
            &[],
        ),
        ("CMD-045", &[(" Replace ./V/A=12345 format=chr", " Status Replace 200"), READ], &[Info]),
        ("CMD-045", &[(" Replace ./V/A=1 format=chr", " Status Replace 200"), READ], &[]),
        ("CMD-045", &[(" Replace ./V/A=2345 format=chr", " Status Replace 200"), READ], &[]),
        ("CMD-045", &[(" Replace ./V/A=12345 format=chr", " Status Replace 500"), READ], &[]),
        (
            "CMD-045",
            &[
                (" Replace ./V/A=12345 format=chr", " Status Replace 200"),
                (" Replace ./V/A=1 format=chr", " Status Replace 200"),
                READ,
            ],
            &[],
        ),
        (
            "CMD-045",
            &[
                (
                    " Replace ./V/A=12345 format=chr\n Replace ./V/A=1 format=chr",
                    " Status Replace 200\n Status Replace 200",
                ),
                READ,
            ],
            &[],
        ),
    ];
    for (id, given, expected) in table {
        check(rule(id), &[(steps(given).as_str(), expected)]);
    }
    check(
        rule("CMD-019"),
        &[
            (opened!(" Add ./V format=null", " Add ./W/A=1 format=chr"), &[]),
            (opened!(" Add ./V= format=chr", " Add ./V/A=1 format=chr"), &[]),
            (opened!(" Add ./V format=null", " Add ./V/A=1 format=chr ./V/B=1 format=chr"), &[Warning]),
        ],
    );
}

#[test]
fn the_target_of_a_serialised_tree_may_be_the_node_above_it() {
    let tree = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>B</NodeName><RTProperties/></Node></MgmtTree>";
    let script = format!(
        "{} Add ./Vendor/A format=node\ndevice\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n \
         Add ./Vendor/A=\"{tree}\" format=xml type=application/vnd.syncml.dmtnds+xml\ndevice\n Status SyncHdr 200\n Status Add 200\n",
        opened!()
    );
    check(rule("CMD-030"), &[(script.as_str(), &[])]);
}
