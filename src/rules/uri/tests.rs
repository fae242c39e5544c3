//! Exceptions.

use super::FAMILY;
use crate::base::Severity::{self, Error, Info, Warning};
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
const ADD: Step = (" Add ./V/Key=1 format=chr", " Status Add 200");

#[test]
fn case_of_names_is_compared_only_where_the_name_is_the_servers() {
    const OTHER: Step = (" Get ./V", " Status Get 200\n Results ./V=key/x format=node");
    hold(&[
        ("URI-015", &[ADD, OTHER], &[Warning]),
        ("URI-015", &[ADD, (" Get ./V", " Status Get 200\n Results ./V=key/Key format=node")], &[]),
        ("URI-015", &[ADD, (" Get ./V", " Status Get 200\n Results ./V=%4Bey format=node")], &[]),
        ("URI-015", &[OTHER, ADD, OTHER], &[]),
        ("URI-015", &[ADD, (" Delete ./V/Key", " Status Delete 200"), OTHER], &[]),
        ("URI-015", &[ADD, (" Replace ./V/Key?prop=Name=key", " Status Replace 200"), OTHER], &[]),
        ("URI-016", &[OTHER, ADD], &[Info]),
        ("URI-016", &[OTHER, (" Add ./v/Key=1 format=chr", " Status Add 200")], &[]),
        ("URI-016", &[OTHER, (" Delete ./V/key", " Status Delete 200"), ADD], &[]),
    ]);
}

#[test]
fn names_have_one_segment() {
    hold(&[
        ("URI-020", &[(" Replace ./V/a?prop=Name=\"\"", " Status Replace 500")], &[Error]),
        ("URI-020", &[(" Replace ./V/a?prop=Name=\"y z\"", " Status Replace 200")], &[]),
        ("URI-020", &[(" Get .?prop=Name", " Status Get 200\n Results .?prop=Name=\"\"")], &[]),
    ]);
}

#[test]
fn a_uri_is_short_only_beside_all_limits() {
    let told = |depth: &str, total: &str, code: u16| {
        let limits = format!(
            " Status Get 200\n Results ./DevDetail/URI/MaxSegLen=0 ./DevDetail/URI/MaxTotLen={total} ./DevDetail/URI/MaxDepth={depth}"
        );
        steps(&[
            (" Get ./DevDetail/URI/MaxSegLen ./DevDetail/URI/MaxTotLen ./DevDetail/URI/MaxDepth", &limits),
            (" Get ./A/B/C", &format!(" Status Get {code}")),
        ])
    };
    let table: [(&str, &str, u16, &[Severity]); 5] = [
        ("16", "255", 414, &[Warning]),
        ("0", "0", 414, &[Warning]),
        ("4", "255", 414, &[]),
        ("16", "7", 414, &[]),
        ("", "255", 414, &[]),
    ];
    let rule = FAMILY.rules.iter().find(|rule| rule.id == "URI-014").unwrap();
    for (depth, total, code, expected) in table {
        check(rule, &[(told(depth, total, code).as_str(), expected)]);
    }
}

#[test]
fn parts_of_a_large_value_are_one_item() {
    hold(&[(
        "URI-017",
        &[(
            " Get ./V?list=StructData",
            " Status Get 200\n Results source=./V format=node source=./V/a format=chr data=1\n Results source=./V/b format=chr data=2 msgref=1 ref=4",
        )],
        &[],
    )]);
}
