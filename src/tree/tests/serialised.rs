//! Serialised trees, into a tree and out of it.

use super::*;

const OBJECT: &str = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>Op</NodeName><RTProperties>\
    <ACL>Get=*</ACL><Format><node/></Format><Type><DDFName>urn:oma:mo:x:1.0</DDFName></Type></RTProperties>\
    <Node><NodeName>Name</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>\
    <Value>n &amp; m</Value></Node><Node><NodeName>Sub</NodeName><Node><NodeName>x</NodeName><RTProperties><Format><int/>\
    </Format></RTProperties><Value>1</Value></Node></Node></Node></MgmtTree>";

fn object_of(text: &str) -> tnds::Object {
    tnds::from_octets(text.as_bytes()).unwrap()
}

/// A message with a serialised tree as text in Data.
fn sent(command: &str, target: &str, object: &str, code: u16) -> String {
    let escaped = object.replace('&', "&amp;").replace('<', "&lt;");
    session(
        &format!(
            "    xml <{command}><CmdID>9</CmdID><Item><Target><LocURI>{target}</LocURI></Target><Meta><Format \
             xmlns='syncml:metinf'>xml</Format><Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta>\
             <Data>{escaped}</Data></Item></{command}>"
        ),
        &format!("    Status {command} {code} ref=9 msgref=1"),
    )
}

#[test]
fn an_object_is_read_from_both_encodings() {
    let object = object_of(OBJECT);
    let paths: Vec<String> = object.nodes.iter().map(|node| node.path.join("/")).collect();
    assert_eq!(paths, ["Op", "Op/Name", "Op/Sub", "Op/Sub/x"]);
    assert_eq!(object.oddities, []);
    let document = crate::syncml::xml::decode(OBJECT.as_bytes()).unwrap();
    let wbxml = crate::wbxml::encode(&crate::wbxml::from_tree(&document.tree, &crate::wbxml::EncodeOptions::default()));
    assert_eq!(tnds::from_octets(&wbxml), Ok(object.clone()));
    // Without name space.
    assert_eq!(object_of(&OBJECT.replace(" xmlns='syncml:dmddf1.2'", "")), object);
}

#[test]
fn an_accepted_object_makes_its_nodes() {
    let nodes = |base: &str, sure: &str| {
        format!(
            "{sure}{base}/ {sure}acl[Get=*] (urn:oma:mo:x:1.0)\n{sure}{base}/Name chr {sure}=n & m ~acl[] (text/plain)\n\
             {sure}{base}/Sub/\n{sure}{base}/Sub/x int {sure}=1 ~acl[]\n"
        )
    };
    assert_eq!(show(&journal(&sent("Add", "./V", OBJECT, 200)).end()), format!("./V/\n{}", nodes("./V/Op", "")));
    // The target may be the top node itself; which is meant, the texts do not say.
    assert_eq!(show(&journal(&sent("Add", "./V/Op", OBJECT, 200)).end()), format!("~./V/\n{}", nodes("./V/Op", "~")));
    let nameless = OBJECT.replacen("<NodeName>Op</NodeName>", "<NodeName/>", 1);
    assert_eq!(show(&journal(&sent("Add", "./Y", &nameless, 200)).end()), nodes("./Y", ""));
    assert_eq!(show(&journal(&sent("Add", "./Inbox", OBJECT, 200)).end()), "");
    assert_eq!(show(&journal(&sent("Add", "./V", OBJECT, 415)).end()), "");
}

#[test]
fn a_replaced_object_leaves_nothing_of_the_old_one() {
    let text = format!(
        "{}session session=2\n{}",
        session("    Get ./V/Op", "    Status Get 200\n    Results ./V/Op=Old/Name format=node"),
        sent("Replace", "./V", OBJECT, 200)
    );
    let tree = show(&journal(&text).end());
    assert!(tree.contains("./V/Op/Name chr =n & m") && !tree.contains("./V/Op/Old"), "{tree}");
}

#[test]
fn results_with_an_object_begin_with_the_node_that_was_asked_for() {
    let results = |source: &str, object: &str| {
        session(
            "    Get ./V/Op?list=TNDS",
            &format!(
                "    Status Get 200\n    xml <Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>{source}\
                 </LocURI></Source><Meta><Format xmlns='syncml:metinf'>xml</Format><Type xmlns='syncml:metinf'>\
                 application/vnd.syncml.dmtnds+xml</Type></Meta><Data><![CDATA[{object}]]></Data></Item></Results>"
            ),
        )
    };
    let with_path = OBJECT.replacen("</NodeName>", "</NodeName><Path>./V</Path>", 1);
    for (source, object) in [("./V/Op", OBJECT), ("./V/Op?list=TNDS", OBJECT), ("./V/Op", with_path.as_str())] {
        let tree = show(&journal(&results(source, object)).end());
        assert!(
            tree.starts_with("./V/\n./V/Op/ acl[Get=*]") && tree.contains("./V/Op/Sub/x int =1\n"),
            "{source}\n{tree}"
        );
        assert!(!tree.contains("Op/Op"), "{tree}");
    }
}

#[test]
fn oddities_of_an_object_are_named() {
    let node = |name: &str, path: &str, rest: &str| {
        format!("<Node><NodeName>{name}</NodeName><Path>{path}</Path>{rest}</Node>")
    };
    let leaf = "<Value>1</Value>";
    let table = [
        (format!("{}{}", node("a", "", leaf), node("a", "", leaf)), "the node a is there twice; the first counts"),
        (format!("{}{}", node("a", "", leaf), node("%61", "", leaf)), "the node %61 is there twice; the first counts"),
        (
            format!("{}{}", node("a", "", leaf), node("c", "b", leaf)),
            "the node b/c stands alone: the node above it is not in the object",
        ),
        (node("..", "", leaf), "\"..\" is no name of a node; the node and what is below it are left out"),
        (node("a", "", &format!("{leaf}{}", node("b", "", leaf))), "the node a has a value and nodes in it"),
        ((0..100).fold(String::new(), |inner, _| node("a", "", &inner)), "nodes deeper than 64 are left out"),
    ];
    for (nodes, told) in table {
        let object = object_of(&format!("<MgmtTree><VerDTD>1.2</VerDTD>{nodes}</MgmtTree>"));
        let oddities: Vec<String> = object.oddities.iter().map(ToString::to_string).collect();
        assert_eq!(oddities, [told], "{nodes}");
    }
    assert_eq!(tnds::from_octets(b"<SyncML/>"), Err(tnds::TndsError::NoTree));
    assert!(matches!(tnds::from_octets(b"no document"), Err(tnds::TndsError::NoDocument(_) | tnds::TndsError::NoTree)));
    let bad = journal(&sent(
        "Add",
        "./V",
        "<MgmtTree><Node><NodeName>a</NodeName><Value>1</Value></Node><Node>\
        <NodeName>a</NodeName><Value>2</Value></Node></MgmtTree>",
        200,
    ));
    assert_eq!(bad.problems().iter().map(|one| one.kind).collect::<Vec<_>>(), [TreeProblemKind::DuplicateNode]);
    assert!(show(&bad.end()).contains("./V/a =1"));
}

#[test]
fn a_tree_is_written_as_the_object_that_it_came_from() {
    let journal = journal(&sent("Add", "./V", OBJECT, 200));
    let tree = journal.end();
    let written = tnds::write(&tree, "./V/Op", false).unwrap().unwrap();
    let (mut again, mut original) = (object_of(&written), object_of(OBJECT));
    // What became known since: new nodes have an empty ACL; what has children is an interior node.
    for node in again.nodes.iter_mut().chain(&mut original.nodes) {
        node.acl = node.acl.take().filter(|acl| !acl.is_empty());
        node.format.get_or_insert_with(|| "node".to_owned());
    }
    assert_eq!(again, original, "{written}");
    assert_eq!(tnds::write(&tree, "./W", false), Ok(None));
    let sure = tnds::write(&tree, "./V/Op", true).unwrap().unwrap();
    assert!(!sure.contains("<ACL/>") && !sure.contains("<ACL></ACL>") && sure.contains("n &amp; m"), "{sure}");
}
