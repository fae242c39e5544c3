//! What each command and its answer tell.

use super::*;

#[test]
fn what_each_answer_tells() {
    let table: [(&str, &str, &str); 33] = [
        // Reading.
        (
            "    Get ./A",
            "    Status Get 200\n    Results ./A=v format=chr type=text/plain",
            "./A chr =v (text/plain)\n",
        ),
        ("    Get ./A", "    Status Get 200\n    Results ./A=b/c format=node", "./A/!\n./A/b ?\n./A/c ?\n"),
        ("    Get ./A", "    Status Get 200", "./A ?\n"),
        ("    Get ./A", "    Status Get 404", "x ./A\n"),
        ("    Get ./A?prop=ACL", "    Status Get 404", ""),
        ("    Get ./A", "    Status Get 405", ""),
        ("    Get ./A", "    Results ./A=v format=chr", "~./A chr ~=v\n"),
        ("    Get ./A/b", "    Status Get 200\n    Results ./A/b=v format=int", "./A/\n./A/b int =v\n"),
        (
            "    Get ./A?list=StructData",
            "    Status Get 200\n    Results ./A format=node ./A/b=1 format=int ./A/c format=node ./A/c/d=x format=chr",
            "./A/\n./A/b int =1\n./A/c/\n./A/c/d chr =x\n",
        ),
        (
            "    Get ./A?list=Struct",
            "    Status Get 200\n    Results ./A format=node ./A/b format=int",
            "./A/\n./A/b int\n",
        ),
        ("    Get ./A?prop=ACL", "    Status Get 200\n    Results ./A?prop=ACL=Get=*", "./A ? acl[Get=*]\n"),
        ("    Get ./A?prop=Format", "    Status Get 200\n    Results ./A?prop=Format=node", "./A/\n"),
        (
            "    Get ./A?prop=Title ./A?prop=VerNo",
            "    Status Get 200\n    Results ./A?prop=Title=t ./A?prop=VerNo=7",
            "./A ? Title:t ~VerNo:7\n",
        ),
        // Adding.
        ("    Add ./A/B/c=v format=chr", "    Status Add 200", "./A/\n./A/B/\n./A/B/c chr =v ~acl[]\n"),
        ("    Add ./A format=node", "    Status Add 200", "./A/\n"),
        ("    Add ./A=v format=chr", "    Status Add 418", "./A ?\n"),
        ("    Add ./A=v format=chr", "    Status Add 425", ""),
        ("    Add ./Inbox=v format=chr", "    Status Add 200", ""),
        // Writing.
        ("    Replace ./A=v", "    Status Replace 200", "./A =v\n"),
        ("    Replace ./A=v", "    Status Replace 404", "x ./A\n"),
        ("    Replace ./A=v", "", ""),
        ("    Replace ./A?prop=ACL=Get=*", "    Status Replace 200", "./A ? acl[Get=*]\n"),
        ("    Replace ./A?prop=Title=t", "    Status Replace 406", ""),
        // The device changes these by itself.
        ("    Get ./A/State", "    Status Get 200\n    Results ./A/State=10 format=int", "./A/\n./A/State int ~=10\n"),
        // Removing.
        ("    Delete ./A", "    Status Delete 200", "x ./A\n"),
        ("    Delete ./A", "    Status Delete 404", "x ./A\n"),
        ("    Delete ./A", "    Status Delete 405", ""),
        // Two commands of one package: nobody knows which came first.
        ("    Add ./A=1\n    Delete ./A", "    Status Add 200\n    Status Delete 200", "x ~./A\n"),
        ("    Add ./A/b=1\n    Add ./A/c=2", "    Status * 200", "./A/\n./A/b =1 ~acl[]\n./A/c =2 ~acl[]\n"),
        ("    Sequence\n        Add ./A=1\n        Replace ./A=2", "    Status * 200", "./A =2 ~acl[]\n"),
        ("    Replace ./A=1\n    Get ./A", "    Status * 200\n    Results ./A=0", "./A =1\n"),
        // Copies and names.
        ("    Copy ./A -> ./B", "    Status Copy 200", "./B ? ~=(unseen)\n"),
        ("    Replace ./A/b?prop=Name=c", "    Status Replace 200", "./A/\nx ./A/b\n./A/c ?\n"),
    ];
    for (commands, answers, expected) in table {
        assert_eq!(learned(commands, answers), expected, "{commands}\n{answers}");
    }
}

#[test]
fn an_atomic_counts_as_a_whole() {
    let commands = "    Atomic\n        Add ./A=1\n        Replace ./B=2";
    let answered = |atomic: &str, inner: &str| learned(commands, &format!("{atomic}{inner}"));
    let inner = "    Status Add 200\n    Status Replace 200";
    assert_eq!(answered("    Status Atomic 200\n", inner), "./A =1 ~acl[]\n./B =2\n");
    assert_eq!(answered("    Status Atomic 507\n", inner), "");
    assert_eq!(answered("    Status Atomic 507\n", "    Status Add 216\n    Status Replace 500"), "");
    // Of the Atomic itself nothing is known.
    assert_eq!(answered("", inner), "~./A ~=1 ~acl[]\n~./B ~=2\n");
}

#[test]
fn several_items_are_told_apart_by_their_status() {
    let commands = "    Delete ./A ./B";
    let table = [
        ("    Status Delete 200", "x ./A\nx ./B\n"),
        ("    Status Delete 404", ""),
        ("    Status Delete 200 target=./A\n    Status Delete 405 ref=4 cmd-name=Delete target=./B", "x ./A\n"),
    ];
    for (answers, expected) in table {
        assert_eq!(learned(commands, answers), expected, "{answers}");
    }
}

#[test]
fn what_the_device_reports_is_known_before_anyone_asks() {
    let journal = journal(&session("", ""));
    let tree = journal.at(Point { session: 1, message: 1 });
    let row = tree.node("DevInfo/Man").unwrap().unwrap();
    let value = row.value.unwrap();
    assert_eq!(value.value.text.as_deref(), Some("M"));
    assert_eq!((value.certainty, value.origin.teller), (Certainty::Certain, Teller::Report));
    assert_eq!(value.origin.to_string(), "Replace 2 in message 1 of session 1: the device reported it");
    assert_eq!(journal.at(Point::START).rows().count(), 1);
}

#[test]
fn a_deleted_subtree_stays_gone_when_its_root_comes_back() {
    let text = format!(
        "{}session session=2\n{}session session=3\n{}",
        session("    Get ./A", "    Status Get 200\n    Results ./A=b format=node"),
        session("    Delete ./A", "    Status Delete 200"),
        session("    Add ./A format=node", "    Status Add 200")
    );
    let journal = journal(&text);
    assert_eq!(show(&journal.at(Point { session: 1, message: 3 })), "./A/!\n./A/b ?\n");
    assert_eq!(show(&journal.at(Point { session: 1, message: 2 })), "");
    assert_eq!(show(&journal.at(Point { session: 2, message: 2 })), "~./A/~!\n~./A/b ?\n");
    assert_eq!(show(&journal.at(Point { session: 2, message: 3 })), "x ./A\n");
    assert_eq!(show(&journal.end()), "./A/\n");
    let gone: Vec<String> = journal
        .diff(Point { session: 1, message: 4 }, Point { session: 2, message: 4 })
        .iter()
        .map(|one| format!("{} {} {}", one.kind.name(), one.uri, one.origin.as_ref().unwrap()))
        .collect();
    let by = "Delete 4 in message 2, 200 in message 3 of session 2: the device accepted the server's command";
    let by = by.replace("Delete 4", &gone[0].split(' ').skip(2).take(2).collect::<Vec<_>>().join(" "));
    assert_eq!(gone, [format!("gone ./A {by}"), format!("gone ./A/b {by}")]);
    let places: Vec<String> = journal.places().map(|point| point.to_string()).collect();
    assert_eq!(places.first().map(String::as_str), Some("session 1, message 1"));
}

#[test]
fn a_renamed_subtree_is_found_at_its_new_place_and_nowhere_else() {
    let text = format!(
        "{}session session=2\n{}",
        session(
            "    Get ./A?list=StructData",
            "    Status Get 200\n    Results ./A/b format=node ./A/b/c=1 format=int"
        ),
        session("    Replace ./A/b?prop=Name=n", "    Status Replace 200")
    );
    let journal = journal(&text);
    assert_eq!(show(&journal.end()), "~./A/\nx ./A/b\n./A/n/\n~./A/n/c int ~=1\n");
    assert_eq!(journal.end().node("./A/b/c").unwrap().unwrap().existence, Existence::Absent);
    assert_eq!(show(&journal.at(Point { session: 1, message: 4 })), "./A/\n./A/b/\n./A/b/c int =1\n");
}

#[test]
fn a_copy_has_the_value_of_its_source() {
    let text = format!(
        "{}session session=2\n{}",
        session("    Get ./A", "    Status Get 200\n    Results ./A=v format=chr"),
        session("    Copy ./A -> ./B", "    Status Copy 200")
    );
    assert_eq!(show(&journal(&text).end()), "~./A chr ~=v\n./B chr ~=v\n");
}

#[test]
fn a_full_list_tells_what_is_not_there() {
    let text = format!(
        "{}session session=2\n{}",
        session("    Get ./A", "    Status Get 200\n    Results ./A=b/c format=node"),
        session("    Get ./A", "    Status Get 200\n    Results ./A=c/d format=node")
    );
    assert_eq!(show(&journal(&text).end()), "./A/!\nx ./A/b\n./A/c ?\n./A/d ?\n");
}

#[test]
fn an_exec_leaves_its_object_in_doubt_and_nothing_else() {
    let before = session(
        "    Get ./F ./F/Name ./O",
        "    Status Get 200\n    Results ./F=Name/Update format=node type=urn:oma:mo:oma-fumo:1.0 ./F/Name=n ./O=o",
    );
    let text = before.replace(
        "server\n    Status SyncHdr 200\n",
        "server\n    Status SyncHdr 200\n    Exec ./F/Update\ndevice\n    Status SyncHdr 200\n    Status Exec 202\nserver\n    \
         Status SyncHdr 200\n",
    );
    // The first answer of the server has other lines behind it.
    let text = text.replacen(
        "    Exec ./F/Update\ndevice\n    Status SyncHdr 200\n    Status Exec 202\nserver\n    Status SyncHdr 200\n",
        "",
        1,
    );
    let tree = journal(&text);
    let shown = show(&tree.end());
    assert!(shown.contains("~./F/Name ~=n\n") && shown.contains("./O =o\n") && !shown.contains("~./O"), "{shown}");
}

#[test]
fn what_was_not_seen_leaves_everything_in_doubt() {
    let text = session("    Get ./A", "    Status Get 200\n    Results ./A=v");
    let text = format!(
        "{text}device lost\n    Status SyncHdr 200\nserver lost\n    Status SyncHdr 200\ndevice\n    Status SyncHdr 200\n"
    );
    let journal = journal(&text);
    assert_eq!(show(&journal.at(Point { session: 1, message: 4 })), "./A =v\n");
    assert_eq!(show(&journal.end()), "~./A ~=v\n");
}

#[test]
fn both_encodings_tell_the_same() {
    let text = session(
        "    Get ./A ./B?list=StructData\n    Add ./C=x format=chr",
        "    Status Get 200\n    Results ./A=b/c format=node ./B format=node ./B/漢=1 format=int\n    Status Add 200",
    );
    let shown = |encoding| {
        let mut forest = Forest::default();
        forest.take(1, &sessions(&text, Some(encoding))[0]);
        show(&forest.journals()[0].end())
    };
    assert_eq!(shown(Encoding::Wbxml), shown(Encoding::Xml));
    assert!(shown(Encoding::Xml).contains("./B/漢 int =1"));
}

#[test]
fn a_large_object_is_one_value() {
    let text = "
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Add ./A=abc size=6 more format=chr
device
    Status SyncHdr 200
    Status Add 213
    Alert 1222
server
    Status SyncHdr 200
    Status * 200
    Add ./A=def
device
    Status SyncHdr 200
    Status Add 200
server
    Status SyncHdr 200
";
    let journal = journal(text);
    assert_eq!(show(&journal.at(Point { session: 1, message: 4 })), "");
    assert_eq!(show(&journal.end()), "./A chr =abcdef ~acl[]\n");
}

#[test]
fn a_journal_survives_being_written_down() {
    let journal = journal(&session(
        "    Get ./A?prop=ACL ./A",
        "    Status Get 200\n    Results ./A?prop=ACL=Get=* ./A=b format=node",
    ));
    let json = serde_json::to_string(&journal).unwrap();
    let again: Journal = serde_json::from_str(&json).unwrap();
    assert_eq!(again.end().rows().collect::<Vec<_>>(), journal.end().rows().collect::<Vec<_>>());
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
}

#[test]
fn devices_have_trees_of_their_own() {
    let one = session("    Get ./A", "    Status Get 200\n    Results ./A=1");
    let text = format!("session device=X\n{one}session device=Y\n{}", one.replace("./A=1", "./A=2"));
    let forest = forest(&text);
    let shown: Vec<String> =
        forest.journals().iter().map(|one| format!("{}: {}", one.device(), show(&one.end()))).collect();
    assert_eq!(shown, ["X: ./A =1\n", "Y: ./A =2\n"]);
    assert_eq!(forest.of("Y").unwrap().sessions()[0].number, 2);
}

/// The tree that the specification takes as its example, with the ACLs that it has there.
const ACLS: [(&str, &str, &str); 9] = [
    (".", "node", "Add=*&Get=*"),
    ("./NodeA", "node", "Get=ServerC&Replace=ServerC"),
    ("./NodeA/Node1", "chr", "Get=*"),
    ("./NodeB", "node", "Get=ServerA&Replace=ServerA"),
    ("./NodeB/Node2", "chr", ""),
    ("./NodeB/Node3", "node", "Get=ServerB&Replace=ServerB&Delete=ServerB"),
    ("./NodeB/Node3/Node4", "chr", ""),
    ("./NodeB/Node3/Node5", "chr", "Get=ServerA&Replace=ServerA&Get=ServerB"),
    ("./NodeC", "node", "Get=ServerA&Replace=ServerA"),
];

#[test]
fn who_may_do_what_follows_from_the_acls() {
    let asked: String = ACLS.iter().map(|(uri, _, _)| format!(" {uri}?prop=ACL {uri}?prop=Format")).collect();
    let told: String =
        (ACLS.iter()).map(|(uri, format, acl)| format!(" {uri}?prop=ACL={acl} {uri}?prop=Format={format}")).collect();
    let journal = journal(&session(&format!("    Get{asked}"), &format!("    Status Get 200\n    Results{told}")));
    assert_eq!(journal.problems().iter().map(|one| one.kind).collect::<Vec<_>>(), [TreeProblemKind::BadAcl]);
    let tree = journal.end();
    use Access::{Allowed, Denied};
    use Right::{Add, Delete, Get, Replace};
    let table = [
        ("ServerX", Get, "./NodeA/Node1", Allowed),
        ("ServerC", Delete, "./NodeA/Node1", Denied),
        ("ServerC", Replace, "./NodeA/Node1", Denied),
        ("ServerC", Replace, "./NodeA/Node1?prop=ACL", Allowed),
        ("ServerA", Replace, "./NodeA/Node1?prop=ACL", Denied),
        ("ServerA", Replace, "./NodeB/Node3/Node5", Allowed),
        ("ServerA", Delete, "./NodeB/Node3/Node5", Denied),
        ("ServerA", Replace, "./NodeB/Node2", Allowed),
        ("ServerA", Replace, "./NodeB/Node2?prop=ACL", Allowed),
        ("ServerB", Delete, "./NodeB/Node3/Node4", Allowed),
        ("ServerA", Delete, "./NodeB/Node3/Node4", Denied),
        ("ServerB", Replace, "./NodeB/Node3?prop=ACL", Allowed),
        ("ServerA", Replace, "./NodeB/Node3?prop=ACL", Allowed),
        ("ServerC", Get, "./NodeB", Denied),
        ("ServerA", Add, "./NodeA/New", Denied),
        ("ServerA", Add, "./NodeD", Allowed),
        ("ServerA", Add, "./LeafX", Allowed),
        ("ServerA", Get, "./NodeD", Access::Unknown),
    ];
    for (server, right, uri, expected) in table {
        assert_eq!(tree.access(server, right, uri), Ok(expected), "{server} {right:?} {uri}");
    }
    // What is read of a node is its own ACL, not what it inherits.
    let own = |uri: &str| tree.node(uri).unwrap().unwrap().acl.unwrap().value;
    assert_eq!((own("./NodeA/Node1").as_str(), own("./NodeB/Node3/Node4").as_str()), ("Get=*", ""));
    assert_eq!(tree.effective_acl("./NodeB/Node2").unwrap().unwrap().to_string(), "Get=ServerA&Replace=ServerA");
}

#[test]
fn an_acl_that_is_not_known_decides_nothing() {
    let journal = journal(&session("    Get ./A?prop=ACL ./B", "    Status Get 200\n    Results ./A?prop=ACL= ./B=v"));
    let tree = journal.end();
    for uri in ["./A", "./B", "./C"] {
        assert_eq!(tree.access("S", Right::Get, uri), Ok(Access::Unknown), "{uri}");
    }
}
