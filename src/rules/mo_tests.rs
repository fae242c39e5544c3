//! What rules on management objects leave alone, and where they speak more softly.

use super::mo::{alerted, typed};
use super::proof::check;
use super::sta::common::opened;
use crate::base::Severity::{self, Error, Info, Warning};

fn hold(rule: &str, table: &[(&str, &[Severity])]) {
    check(super::find(rule).unwrap(), table);
}

const FUMO: &str = "org.openmobilealliance.dm.firmwareupdate";

#[test]
fn a_node_over_instances_is_no_instance() {
    let container =
        typed!("./F", "urn:oma:mo:oma-fumo:1.0", " Get ./F\n", " Status Get 200\n Results ./F=P1/P2 format=node\n");
    hold("FUM-001", &[(container, &[])]);
    hold("FUM-022", &[(container, &[])]);
    let below = typed!("./F", "urn:oma:mo:oma-fumo:1.0", " Exec ./F/P1/Update\n", " Status Exec 202\n");
    hold("FUM-007", &[(below, &[])]);
    let deeper =
        typed!("./G", "urn:oma:mo:oma-diagmon:1.1", " Exec ./G/Radio/Operations/Reset\n", " Status Exec 202\n");
    hold("DIA-003", &[(deeper, &[])]);
}

#[test]
fn names_of_nodes_alone_make_a_finding_milder() {
    let by_names = |data: &str| {
        opened!(
            " Get ./F",
            " Get ./F/State",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./F=Download/Update/State format=node",
            " Status Get 200",
            " Results ./F/State=VALUE format=int",
        )
        .replace("VALUE", data)
    };
    hold("FUM-002", &[(&by_names("15"), &[Warning]), (&by_names("50"), &[])]);
    let told = format!(
        "{}server\n Status SyncHdr 200\n Status * 200\n Get ./F\ndevice\n Status SyncHdr 200\n Status Get 200\n \
         Results ./F=Download/Update format=node\n",
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200")
    );
    hold("FUM-001", &[(&told, &[Info])]);
}

#[test]
fn another_identifier_makes_it_another_object() {
    let other = typed!("./F", "org.example/1.0/update", " Get ./F/State\n", " Status Get 200\n Results ./F/State=15\n");
    hold("FUM-002", &[(other, &[])]);
    let read = typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/State\n",
        " Status Get 200\n Results ./F/State=50 format=chr\n"
    );
    hold("FUM-002", &[(read, &[Info])]);
}

#[test]
fn an_update_may_go_on_unseen() {
    let twice = |first: &str, second: &str| {
        typed!(
            "./F",
            "urn:oma:mo:oma-fumo:1.0",
            " Get ./F/State\n",
            " Status Get 200\n Results ./F/State=FIRST format=int\nserver\n Status SyncHdr 200\n Get ./F/State\n\
             device\n Status SyncHdr 200\n Status Get 200\n Results ./F/State=SECOND format=int\n"
        )
        .replace("FIRST", first)
        .replace("SECOND", second)
    };
    let table: [(&str, &str, &[Severity]); 7] = [
        ("40", "90", &[]),
        ("10", "10", &[]),
        ("60", "100", &[]),
        ("90", "100", &[]),
        ("100", "90", &[Warning]),
        ("10", "60", &[Warning]),
        ("70", "90", &[Warning]),
    ];
    for (first, second, expected) in table {
        hold("FUM-012", &[(&twice(first, second), expected)]);
    }
}

#[test]
fn the_type_of_a_firmware_alert_is_held_to_the_exec_that_it_can_mean() {
    let ended = |exec: &str, alert: &str| {
        format!(
            "{} Exec ./F/{exec}\ndevice\n Status SyncHdr 200\n Status Exec 202\n Alert 1226 source=./F type={FUMO}.{alert}\n",
            opened!()
        )
    };
    let table: [(&str, &str, &[Severity]); 6] = [
        ("Update correlator=a", "download format=int data=200 correlator=a", &[Error]),
        ("Update", "download format=int data=200", &[Warning]),
        ("Update correlator=a", "download format=int data=200 correlator=b", &[]),
        ("DownloadAndUpdate", "download format=int mark=warning data=407", &[]),
        ("DownloadAndUpdate", "download format=int data=200", &[Warning]),
        ("DownloadAndUpdate", "devicerequest format=chr data=x", &[]),
    ];
    for (exec, alert, expected) in table {
        hold("FUM-013", &[(&ended(exec, alert), expected)]);
    }
}

#[test]
fn a_capability_that_may_be_away_is_an_observation() {
    let disabled = |attached: &str| {
        typed!(
            "./D",
            "urn:oma:mo:oma-dcmo:1.0",
            " Get ./D/Attached\n Exec ./D/Operations/Disable\n",
            "ATTACHED Status Exec 200\nserver\n Status SyncHdr 200\n Get ./D/Enabled\n\
             device\n Status SyncHdr 200\n Status Get 200\n Results ./D/Enabled=true format=bool\n"
        )
        .replace("ATTACHED", attached)
    };
    let is = |value: &str| format!(" Status Get 200\n Results ./D/Attached={value} format=bool\n");
    let table: [(String, &[Severity]); 3] =
        [(is("true"), &[Warning]), (is("false"), &[]), (" Status Get 405\n".to_owned(), &[Info])];
    for (attached, expected) in table {
        hold("DCM-005", &[(&disabled(&attached), expected)]);
    }
}
