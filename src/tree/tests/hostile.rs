//! What nobody should send.

use super::*;
use crate::base::Limits;
use proptest::prelude::*;

#[test]
fn uris_that_lead_nowhere_are_problems_and_no_nodes() {
    let deep = format!(".{}", "/a".repeat(1_000));
    for (uri, kind) in [
        (deep.as_str(), TreeProblemKind::EndlessUri),
        ("./A/../A/../A/b", TreeProblemKind::EndlessUri),
        ("http://host/A/b", TreeProblemKind::BadUri),
    ] {
        let journal = journal(&session(&format!("    Delete target={uri}"), "    Status Delete 200"));
        assert_eq!(show(&journal.end()), "", "{uri}");
        assert_eq!(journal.problems().iter().map(|one| one.kind).collect::<Vec<_>>(), [kind], "{uri}");
    }
    let journal = journal(&session("    Replace ./A/b?prop=Name=../c", "    Status Replace 200"));
    assert_eq!(journal.problems()[0].kind, TreeProblemKind::BadName);
}

#[test]
fn a_node_renamed_to_and_fro_is_still_one_node() {
    let mut text =
        session("    Get ./A/a?list=StructData", "    Status Get 200\n    Results ./A/a format=node ./A/a/x=1");
    for at in 0..20 {
        let (from, to) = if at % 2 == 0 { ("a", "b") } else { ("b", "a") };
        text.push_str(&format!("session session={at}\n"));
        text.push_str(&session(&format!("    Replace ./A/{from}?prop=Name={to}"), "    Status Replace 200"));
    }
    assert_eq!(show(&journal(&text).end()), "~./A/\n./A/a/\n~./A/a/x ~=1\nx ./A/b\n");
}

#[test]
fn a_ceiling_is_said_and_what_was_known_stays() {
    // Lists of names that differ: more than a forest remembers.
    let mut forest = Forest::default();
    let mut number = 0;
    let names = |from: usize| (from..from + 20_000).map(|at| format!("n{at}")).collect::<Vec<_>>().join("/");
    for from in (0..Limits::TREE_NODES + 40_000).step_by(20_000) {
        let text = session(
            &format!("    Get ./A{from}"),
            &format!("    Status Get 200\n    Results ./A{from}={} format=node", names(from)),
        );
        number += 1;
        forest.take(number, &sessions(&text, None)[0]);
    }
    let journal = forest.journals()[0];
    let limits = journal.problems().iter().filter(|one| one.kind == TreeProblemKind::Limit).count();
    assert_eq!(limits, 1);
    assert!(journal.end().node("./A0/n7").unwrap().is_some());
    assert!(journal.paths.len() <= Limits::TREE_NODES + 1);
}

#[test]
fn a_broken_journal_is_no_endless_one() {
    // A path that is its own parent, changes of paths and sources that are not there.
    let json = r#"{"device":"d","sessions":[],"sources":[],"texts":["a"],"paths":[[1,1],[9,7]],"changes":[
        {"source":3,"path":1,"certain":true,"what":"complete"},{"source":0,"path":77,"certain":true,"what":"absent"},
        {"source":0,"path":2,"certain":true,"what":{"moved":{"to":1,"is_top":true}}},
        {"source":0,"path":1,"certain":true,"what":{"moved":{"to":1,"is_top":true}}}],"problems":[],"more_problems":0}"#;
    let journal: Journal = serde_json::from_str(json).unwrap();
    assert!(journal.end().rows().count() < 10);
    journal.diff(Point::START, Point::END);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_uri_is_too_much(text in "[./a%?=A-Z0-9é:]{0,80}") {
        if let Ok(uri) = NodeUri::parse(&text) {
            prop_assert!(uri.segments.len() <= Limits::TREE_SEGMENTS);
            prop_assert!(uri.segments.iter().all(|name| !name.is_empty() && *name != ".." && *name != "."));
        }
    }

    #[test]
    fn no_document_is_too_much(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = tnds::from_octets(&octets);
    }

    #[test]
    fn no_serialised_tree_is_too_much(pieces in proptest::collection::vec(0..12_usize, 0..60)) {
        const PIECES: [&str; 12] = ["<Node>", "</Node>", "<NodeName>a</NodeName>", "<NodeName/>", "<Path>./x/y</Path>",
            "<Value>v</Value>", "<RTProperties><ACL>Get=*</ACL></RTProperties>", "<Node><NodeName>b</NodeName></Node>",
            "<Path>../..</Path>", "<![CDATA[", "]]>", "<Format><node/></Format>"];
        let inner: String = pieces.iter().map(|at| PIECES[*at]).collect();
        if let Ok(object) = tnds::from_octets(format!("<MgmtTree>{inner}</MgmtTree>").as_bytes()) {
            prop_assert!(object.nodes.iter().all(|node| !node.path.is_empty()));
            prop_assert!(object.oddities.len() <= Limits::PROBLEMS_OF_A_KIND + 1);
        }
    }

    #[test]
    fn an_acl_is_the_same_when_it_is_read_again(text in "[AddGetExc=&+* a-c]{0,60}") {
        let acl = Acl::parse(&text).0;
        prop_assert_eq!(Acl::parse(&acl.to_string()), (acl, Vec::new()));
    }

    /// Whatever is done to a handful of nodes: the tree at the end is the one that the recorder kept, and rows come
    /// parents first.
    #[test]
    fn a_replay_is_what_was_recorded(steps in proptest::collection::vec((0..5_usize, 0..4_usize, 0..4_usize), 1..12)) {
        const NODES: [&str; 4] = ["./a", "./a/b", "./a/b/c", "./d"];
        let mut text = String::new();
        for (at, (what, from, to)) in steps.iter().enumerate() {
            let (from, name) = (NODES[*from], ["x", "b", "c", "a"][*to]);
            let (command, answer) = match what {
                0 => (format!("    Add {from}=1"), "    Status Add 200".to_owned()),
                1 => (format!("    Delete {from}"), "    Status Delete 200".to_owned()),
                2 => (format!("    Replace {from}?prop=Name={name}"), "    Status Replace 200".to_owned()),
                3 => (format!("    Copy {from} -> {}", NODES[*to]), "    Status Copy 200".to_owned()),
                _ => (format!("    Get {from}"), format!("    Status Get 200\n    Results {from}=b/{name} format=node")),
            };
            text.push_str(&format!("session session={at}\n"));
            text.push_str(&session(&command, &answer));
        }
        let journal = journal(&text);
        let tree = journal.end();
        let rows: Vec<Row> = tree.rows().collect();
        for pair in rows.windows(2) {
            prop_assert!(pair[1].depth <= pair[0].depth + 1);
        }
        for row in &rows {
            let again = tree.node(&row.uri).unwrap();
            prop_assert_eq!(again.as_ref(), Some(row));
            // A node that is there stands below nodes that are.
            if row.existence == Existence::Present && row.depth > 0 {
                let (over, _) = row.uri.rsplit_once('/').unwrap();
                prop_assert_eq!(tree.node(over).unwrap().unwrap().existence, Existence::Present);
            }
        }
        prop_assert!(journal.diff(Point::END, Point::END).is_empty());
    }
}
