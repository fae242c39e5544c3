//! The example of the specification (OMA-TS-DM_TND-V1_2_1, 7.7.1.6): who may do what in its tree.

use super::FAMILY;
use crate::rules::proof::judge;
use crate::rules::rule::Rule;
use crate::rules::sta::common::package_1;

/// A server, what it sends, and whether the ACLs permit it; `None` where rules on rights do not look.
type Vector = (&'static str, &'static str, Option<bool>);

const VECTORS: &[Vector] = &[
    ("ServerA", "Get ./NodeA/Node1", Some(true)),
    ("ServerC", "Delete ./NodeA/Node1", Some(false)),
    ("ServerA", "Delete ./NodeA/Node1", Some(false)),
    ("ServerC", "Replace ./NodeA/Node1=2 format=chr", Some(false)),
    ("ServerB", "Replace ./NodeA/Node1=2 format=chr", Some(false)),
    ("ServerC", "Replace ./NodeA/Node1?prop=ACL=Get=*", Some(true)),
    ("ServerA", "Replace ./NodeA/Node1?prop=ACL=Get=*", Some(false)),
    ("ServerC", "Get ./NodeA/Node1?prop=ACL", None),
    ("ServerB", "Get ./NodeB/Node3/Node4?prop=ACL", None),
    ("ServerA", "Replace ./NodeB/Node3/Node5=2 format=chr", Some(true)),
    ("ServerA", "Delete ./NodeB/Node3/Node5", Some(false)),
    ("ServerA", "Replace ./NodeB/Node2=2 format=chr", Some(true)),
    ("ServerA", "Replace ./NodeB/Node2?prop=ACL=Get=*", Some(true)),
    ("ServerB", "Delete ./NodeB/Node3/Node4", Some(true)),
    ("ServerA", "Delete ./NodeB/Node3/Node4", Some(false)),
    ("ServerB", "Replace ./NodeB/Node3?prop=ACL=Get=*", Some(true)),
    ("ServerA", "Replace ./NodeB/Node3?prop=ACL=Get=*", Some(true)),
    ("ServerC", "Replace ./NodeB/Node3?prop=ACL=Get=*", Some(false)),
    ("ServerC", "Get ./NodeB", Some(false)),
    ("ServerA", "Add ./NodeA/New=1 format=chr", Some(false)),
    ("ServerA", "Add ./NodeD format=node", Some(true)),
    ("ServerA", "Add ./LeafX=1 format=chr", Some(true)),
    // Titles are written with the right to replace the node.
    ("ServerA", "Replace ./NodeB/Node3/Node5?prop=Title=x", Some(true)),
    ("ServerB", "Replace ./NodeB/Node3/Node5?prop=Title=x", Some(false)),
    // Nothing grants Exec.
    ("ServerA", "Exec ./NodeB", Some(false)),
];

fn session((server, command, _): &Vector, code: u16) -> String {
    let name = command.split(' ').next().unwrap();
    format!(
        "{}server cred=md5:{server}:secret:bm9uY2U=\n Status SyncHdr 200\n Status Alert 200\n Status Replace 200\n \
         Get .?prop=ACL ./NodeA?prop=ACL ./NodeA/Node1?prop=ACL ./NodeB?prop=ACL ./NodeB/Node2?prop=ACL \
         ./NodeB/Node3?prop=ACL ./NodeB/Node3/Node4?prop=ACL ./NodeB/Node3/Node5?prop=ACL ./NodeC?prop=ACL\n \
         Get ./NodeA/Node1 ./NodeB/Node2 ./NodeB/Node3\ndevice\n Status SyncHdr 212\n Status Get 200\n Status Get 200\n \
         Results .?prop=ACL=Add=*&Get=* ./NodeA?prop=ACL=Get=ServerC&Replace=ServerC ./NodeA/Node1?prop=ACL=Get=* \
         ./NodeB?prop=ACL=Get=ServerA&Replace=ServerA ./NodeB/Node2?prop=ACL=\"\" \
         ./NodeB/Node3?prop=ACL=Get=ServerB&Replace=ServerB&Delete=ServerB ./NodeB/Node3/Node4?prop=ACL=\"\" \
         ./NodeB/Node3/Node5?prop=ACL=Get=ServerA&Replace=ServerA&Get=ServerB ./NodeC?prop=ACL=Get=ServerA&Replace=ServerA\n \
         Results ./NodeA/Node1=1 format=chr ./NodeB/Node2=1 format=chr ./NodeB/Node3=Node4/Node5 format=node\n\
         server\n Status SyncHdr 200\n {command}\ndevice\n Status SyncHdr 200\n Status {name} {code}\nserver\n Status SyncHdr 200\n",
        package_1!()
    )
}

/// How often the rules on rights looked, and what they found, in one text.
fn found(text: &str) -> (u64, Vec<&'static str>) {
    let is_on_rights = |rule: &&&'static Rule| matches!(rule.id, "PRP-022" | "PRP-023" | "PRP-027");
    let (mut looked, mut found) = (0, Vec::new());
    for rule in FAMILY.rules.iter().filter(is_on_rights) {
        let (tally, findings) = judge(rule, text);
        assert_eq!(tally.undecided_in_all(), 0, "{}\n{text}", rule.id);
        looked += tally.occasions;
        found.extend(findings.iter().map(|finding| finding.rule.id));
    }
    (looked, found)
}

#[test]
fn the_tree_of_the_specification_is_judged_as_the_specification_says() {
    for vector in VECTORS {
        let (executed, refused) = (found(&session(vector, 200)), found(&session(vector, 425)));
        let (by_success, by_refusal) = (executed.1.len(), refused.1.len());
        match vector.2 {
            Some(true) => assert_eq!((by_success, by_refusal), (0, 1), "{vector:?} {executed:?} {refused:?}"),
            Some(false) => assert_eq!((by_success, by_refusal), (1, 0), "{vector:?} {executed:?} {refused:?}"),
            None => assert_eq!((executed, refused), ((0, vec![]), (0, vec![])), "{vector:?}"),
        }
    }
}

#[test]
fn where_the_name_of_the_server_is_not_seen_only_what_holds_for_all_is_decided() {
    let unseen = |vector: &Vector| session(vector, 200).replace(" cred=md5:ServerA:secret:bm9uY2U=", "");
    let find = |command| {
        let text = unseen(&("ServerA", command, None));
        FAMILY.rules.iter().filter(|rule| matches!(rule.id, "PRP-022" | "PRP-023")).fold((0, 0), |sum, rule| {
            let (tally, findings) = judge(rule, &text);
            (sum.0 + findings.len(), sum.1 + tally.undecided_in_all())
        })
    };
    assert_eq!(find("Exec ./NodeB"), (1, 0));
    assert_eq!(find("Get ./NodeA/Node1"), (0, 0));
    assert_eq!(find("Get ./NodeB"), (0, 1));
}
