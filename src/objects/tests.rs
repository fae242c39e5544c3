//! The tables are sound, and objects are found.

use super::*;
use crate::fixture::Script;
use std::collections::BTreeSet;

#[test]
fn every_table_is_sound() {
    let mut names = BTreeSet::new();
    for object in OBJECTS {
        assert!(names.insert(object.name), "{}", object.name);
        assert!(!object.title.is_empty() && !object.document.is_empty(), "{}", object.name);
        assert!(!object.ids.is_empty() || object.place.is_some() || !object.shapes.is_empty(), "{}", object.name);
        let mut paths = BTreeSet::new();
        for node in object.nodes {
            assert!(paths.insert(node.path), "{} {} twice", object.name, node.path);
            // Whatever stands below a node stands behind it.
            if let Some((over, _)) = node.path.rsplit_once('/') {
                assert!(paths.contains(over), "{} {} has nothing above it", object.name, node.path);
            }
            assert!(node.meaning.ends_with('.'), "{} {}", object.name, node.path);
            assert!(node.action.is_none() || node.access.lists("Exec"), "{} {}", object.name, node.path);
            let values: BTreeSet<&str> = node.values.iter().map(|value| value.value).collect();
            assert_eq!(values.len(), node.values.len(), "{} {}", object.name, node.path);
        }
        let operations: BTreeSet<&str> = object.operations().map(|(node, _)| node.name()).collect();
        for pair in object.codes.windows(2) {
            assert!(pair[0].to < pair[1].from, "{} {}", object.name, pair[1].from);
        }
        for name in object.codes.iter().flat_map(|code| code.only) {
            assert!(operations.contains(name), "{} {name}", object.name);
        }
        for alert in object.alerts {
            assert_eq!(by_alert(alert.kind).unwrap().0.name, object.name, "{}", alert.kind);
            if let AlertRole::Result(name) = alert.role {
                assert!(name.is_empty() || operations.contains(name), "{}", alert.kind);
            }
        }
        for id in object.ids {
            assert_eq!(by_id(&id.id.replace('*', "x:1.0")).unwrap().name, object.name, "{}", id.id);
        }
    }
}

#[test]
fn the_states_of_a_firmware_update_follow_each_other_as_the_table_has_it() {
    let states: Vec<&str> = FUMO.node("State").unwrap().values.iter().map(|value| value.value).collect();
    let steps: Vec<&str> = FUMO.transitions.iter().map(|step| step.from).collect();
    assert_eq!(states, steps);
    for step in FUMO.transitions {
        // A device may always be found where it was, and may have forgotten all.
        assert!(step.alone.contains(&step.from) && step.alone.contains(&"10"), "{}", step.from);
        let all = step.alone.iter().chain(step.after.iter().flat_map(|(_, states)| *states));
        assert!(all.into_iter().all(|state| states.contains(state)), "{}", step.from);
    }
}

#[test]
fn identifiers_and_types_are_known_in_every_version() {
    assert_eq!(by_id("urn:oma:mo:oma-fumo:1.0.1").unwrap().name, "FUMO");
    assert_eq!(by_id(" urn:oma:mo:OMA-SCOMO:1.1 ").unwrap().name, "SCOMO");
    assert_eq!(by_id("urn:oma:mo:oma-diag:memory:1.0").unwrap().name, "DiagMon");
    assert_eq!(by_id("urn:oma:mo:oma-diagmontrap:1.1").unwrap().name, "DiagMon trap");
    assert_eq!(by_id("urn:oma:mo:ext-3gpp-mcptt-ue-config:1.0").unwrap().name, "3GPP");
    for unknown in ["urn:oma:mo:oma-fumo2:1.0", "text/plain", "", "urn:oma:mo:"] {
        assert!(by_id(unknown).is_none(), "{unknown}");
    }
    let object = |kind: &str| by_alert(kind).map(|(object, _)| object.name);
    assert_eq!(object("Reversed-Domain-Name: org.openmobilealliance.dm.firmwareupdate.update"), Some("FUMO"));
    assert_eq!(object("reversed-domain-name:org.openmobilealliance.dm.firmwareupdate.Update"), Some("FUMO"));
    assert_eq!(object("urn:oma:at:scomo:1.1:OperationComplete"), Some("SCOMO"));
    assert_eq!(object("urn:oma:at:diagmon:1.0:TrapNotification"), Some("DiagMon trap"));
    for unknown in ["urn:oma:at:scomo:OperationComplete", "urn:oma:at:scomo:1.0:Other", "org.example.update", ""] {
        assert_eq!(object(unknown), None, "{unknown}");
    }
}

#[test]
fn an_operation_is_known_by_the_end_of_its_uri_where_that_is_enough() {
    let table = [
        ("./LAWMO/Operations/UnLock", Some(("LAWMO", "./LAWMO"))),
        ("./A/B/LAWMO/Operations/wipe", Some(("LAWMO", "./A/B/LAWMO"))),
        ("./SCOMO/Download/game/Operations/DownloadInstall", Some(("SCOMO", "./SCOMO"))),
        ("./SCOMO/Inventory/Deployed/game/Operations/Remove", Some(("SCOMO", "./SCOMO"))),
        ("./Fw/DownloadAndUpdate", Some(("FUMO", "./Fw"))),
        ("./Diag/Battery/Operations/Start", Some(("DiagMon", "./Diag/Battery"))),
        // Both a capability and a trap have these.
        ("./X/Operations/Enable", None),
        ("./X/Update", None),
        ("Operations/UnLock", None),
        ("./Operations/UnLock", None),
        ("", None),
        ("./", None),
    ];
    for (uri, expected) in table {
        let found = by_operation(uri).map(|operand| (operand.object.name, operand.root));
        assert_eq!(found, expected, "{uri}");
    }
}

/// The objects that a script shows, with roots and how surely.
fn found(server: &str, device: &str) -> Vec<(&'static str, String, Sureness)> {
    let text = format!(
        "device\n Alert 1201\n Replace ./DevInfo/DevId=1\nserver\n Status SyncHdr 200\n Status * 200\n{server}\
         device\n Status SyncHdr 200\n Status * 200\n{device}server\n Status SyncHdr 200\n"
    );
    let script = Script::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let sessions = crate::testcase::proof::sessions(&script, &Default::default());
    let all = Instances::of(&sessions[0]);
    all.iter().map(|one| (one.object.name, one.root.clone(), one.sureness)).collect()
}

#[test]
fn objects_are_found_by_identifier_alert_and_names() {
    use Sureness::{Shape, Sure, Told};
    let of_type = " Results ./F/x?prop=Type=urn:oma:mo:oma-fumo:1.0\n";
    assert_eq!(found(" Get ./F/x?prop=Type\n", of_type), [("FUMO", "./F/x".to_owned(), Sure)]);
    let as_meta = " Results ./F/x=State/Update format=node type=urn:oma:mo:oma-fumo:1.0\n";
    assert_eq!(found(" Get ./F/x\n", as_meta), [("FUMO", "./F/x".to_owned(), Sure)]);
    let by_names = " Results ./F/x=PkgName/State/Update format=node\n";
    assert_eq!(found(" Get ./F/x\n", by_names), [("FUMO", "./F/x".to_owned(), Shape)]);
    // Another object has the same names: its identifier says so.
    let other = " Results ./F/x=PkgName/State/Update format=node type=org.example/1.0/other\n";
    assert_eq!(found(" Get ./F/x\n", other), []);
    assert_eq!(found(" Get ./F/x\n", " Results ./F/x=State/Name format=node\n"), []);
    let added = " Add ./S/Download/g/PkgURL=http://example.com/g\n";
    assert_eq!(found(added, ""), [("SCOMO", "./S".to_owned(), Shape)]);
    assert_eq!(found(" Replace ./F/x/Update/PkgData=AA\n", ""), [("FUMO", "./F/x".to_owned(), Shape)]);
    assert_eq!(
        found(" Exec ./F/x/Update\n Get ./F/x/State\n", " Results ./F/x/State=60\n"),
        [("FUMO", "./F/x".to_owned(), Shape)]
    );
    assert_eq!(found(" Exec ./F/x/Update\n", ""), []);
    let alert = |kind: &str, source: &str| {
        found(" Get ./Vendor/A\n", &format!(" Alert 1226 source={source} type={kind} format=int data=200\n"))
    };
    let update = "org.openmobilealliance.dm.firmwareupdate.update";
    assert_eq!(alert(update, "./F/x"), [("FUMO", "./F/x".to_owned(), Told)]);
    assert_eq!(alert(update, "./F/x/Update"), [("FUMO", "./F/x".to_owned(), Told)]);
    assert_eq!(alert(update, "./DevInfo"), []);
    let complete = "urn:oma:at:scomo:1.0:OperationComplete";
    assert_eq!(alert(complete, "./S/Inventory/Deployed/g"), [("SCOMO", "./S".to_owned(), Told)]);
    assert_eq!(alert(complete, "./S/Inventory/Deployed/g/Operations/Remove"), [("SCOMO", "./S".to_owned(), Told)]);
    assert_eq!(alert("org.example.thing", "./S"), []);
}

#[test]
fn objects_are_found_by_the_identifiers_in_serialised_trees() {
    use Sureness::{Shape, Sure};
    let tree = |name: &str, id: &str| {
        format!(
            "\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>{name}</NodeName><RTProperties>\
             <Format><node/></Format><Type><DDFName>{id}</DDFName></Type></RTProperties></Node></MgmtTree>\" \
             format=xml type=application/vnd.syncml.dmtnds+xml"
        )
    };
    let fumo = tree("x", "urn:oma:mo:oma-fumo:1.0");
    assert_eq!(found(&format!(" Add ./F={fumo}\n"), ""), [("FUMO", "./F/x".to_owned(), Sure)]);
    // The node that was asked for, by its name alone, and the query left out.
    let read = format!(" Results ./F/x={fumo}\n");
    assert_eq!(found(" Get ./F/x?list=TNDS\n", &read), [("FUMO", "./F/x".to_owned(), Sure)]);
    let read = format!(" Results ./F/x?list=TNDS={fumo}\n");
    assert_eq!(found(" Get ./F/x?list=TNDS\n", &read), [("FUMO", "./F/x".to_owned(), Sure)]);
    // Whether the target is the object or what is above it, nobody can say.
    assert_eq!(found(&format!(" Add ./F/x={fumo}\n"), ""), []);
    assert_eq!(found(" Get ./F/x?list=TNDS\n", " Results ./F/x=nonsense type=application/vnd.syncml.dmtnds+xml\n"), []);
    // Another identifier says that names mislead.
    let other = format!(" Add ./F={}\n Get ./F/x\n", tree("x", "urn:example:mo:other:1.0"));
    let names = " Results ./F/x=PkgName/State/Update format=node\n";
    assert_eq!(found(&other, names), []);
    // What a tree in Results is written in is no identifier.
    let media = " Results ./F/x=PkgName/State/Update format=node type=application/vnd.syncml.dmtnds+xml\n";
    assert_eq!(found(" Get ./F/x\n", media), [("FUMO", "./F/x".to_owned(), Shape)]);
}

#[test]
fn a_node_is_found_in_the_innermost_object_around_it() {
    let mut all = Instances::default();
    all.add(&FUMO, "./A/F", Sureness::Shape);
    all.add(&LAWMO, "./A", Sureness::Sure);
    let at = |uri: &str| {
        let found = all.at(uri)?;
        Some((found.object.name, found.path.to_owned(), found.node.map(|node| node.path)))
    };
    assert_eq!(at("./A/F/State"), Some(("FUMO", "State".to_owned(), Some("State"))));
    assert_eq!(at("a/f/state?prop=Type"), Some(("FUMO", "state".to_owned(), Some("State"))));
    assert_eq!(at("./A/State"), Some(("LAWMO", "State".to_owned(), Some("State"))));
    assert_eq!(at("./A"), Some(("LAWMO", String::new(), Some(""))));
    assert_eq!(at("./A/F/Other/x"), Some(("FUMO", "Other/x".to_owned(), None)));
    assert_eq!(at("./DevDetail/URI/MaxDepth"), Some(("DevDetail", "URI/MaxDepth".to_owned(), Some("URI/MaxDepth"))));
    assert_eq!(at("./B/State"), None);
}
