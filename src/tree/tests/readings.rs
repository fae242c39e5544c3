//! Every value that nodes had.

use super::*;

/// One line for each node: its values in order, `-` where it is gone, `~` before what is inferred.
fn readings(journal: &Journal, uri: &str) -> String {
    let mut out = String::new();
    for node in journal.readings(uri).unwrap() {
        out.push_str(&node.uri);
        for reading in &node.readings {
            let sure = if reading.certainty == Certainty::Certain { "" } else { "~" };
            let value = reading.value.as_ref().map_or("-", |value| value.text.as_deref().unwrap_or("(unseen)"));
            out.push_str(&format!(" {sure}{value}"));
        }
        if let Some((least, most)) = node.range() {
            out.push_str(&format!(" [{least}..{most}]"));
        }
        out.push('\n');
    }
    out
}

/// A session with these commands of the server, each in a message of its own and answered as told.
fn turns(number: u32, turns: &[(&str, &str)]) -> String {
    let mut text = format!(
        "session device=IMEI:1 session={number}\ndevice at=+10\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:1\nserver\n    \
         Status SyncHdr 200\n    Status * 200\n"
    );
    for (at, (commands, answers)) in turns.iter().enumerate() {
        if at > 0 {
            text.push_str("server\n    Status SyncHdr 200\n");
        }
        text.push_str(&format!("{commands}\ndevice\n    Status SyncHdr 200\n{answers}\n"));
    }
    text.push_str("server\n    Status SyncHdr 200\n");
    text
}

#[test]
fn what_is_measured_again_is_another_reading() {
    let get = |value: &str| {
        ("    Get ./D/Level".to_owned(), format!("    Status Get 200\n    Results ./D/Level={value} format=int"))
    };
    let all = [get("97"), get("97"), get("-5"), get("9.5")];
    let all: Vec<(&str, &str)> = all.iter().map(|(commands, answers)| (&**commands, &**answers)).collect();
    let journal = journal(&(turns(1, &all[..2]) + &turns(2, &all[2..])));
    assert_eq!(readings(&journal, "./D"), "./D/Level 97 97 -5 9.5 [-5..97]\n");
    // The node itself, percent-encoded, and without the leading ./
    for uri in ["./D/Level", "D/Level", "./D/L%65vel", "."] {
        assert!(readings(&journal, uri).contains("./D/Level 97 97 -5 9.5 [-5..97]\n"), "{uri}");
    }
    for uri in ["./D/Level/x", "./D/Lev", "./E"] {
        assert_eq!(readings(&journal, uri), "", "{uri}");
    }
    assert!(journal.readings("./../x").is_err());
    let times: Vec<String> =
        journal.readings("./D").unwrap()[0].readings.iter().map(|reading| reading.origin.time.clone()).collect();
    assert!(times.is_sorted() && times[1] != times[2], "{times:?}");
}

#[test]
fn what_is_deleted_or_renamed_has_its_value_no_longer() {
    let journal = journal(&turns(
        1,
        &[
            ("    Add ./A/b/c=1", "    Status Add 200"),
            ("    Delete ./A", "    Status Delete 200"),
            // What is not there cannot go once more.
            ("    Get ./A/b", "    Status Get 404"),
            ("    Add ./A/b/c=2", "    Status Add 200"),
            ("    Replace ./A/b?prop=Name=n", "    Status Replace 200"),
            ("    Replace ./A/n/c=text", "    Status Replace 200"),
        ],
    ));
    assert_eq!(readings(&journal, "./A"), "./A/b/c 1 - 2 - [1..2]\n./A/n/c 2 text\n");
    assert_eq!(readings(&journal, "./A/n"), "./A/n/c 2 text\n");
}

#[test]
fn values_of_one_package_stand_as_their_commands_do() {
    let journal = journal(&turns(
        1,
        &[(
            "    Add ./A=1\n    Replace ./A=2\n    Get ./A",
            "    Status Add 200\n    Status Replace 200\n    Status Get 200\n    Results ./A=2",
        )],
    ));
    assert_eq!(readings(&journal, "./A"), "./A ~1 ~2 ~2 [1..2]\n");
}

#[test]
fn a_rolled_back_value_was_never_there() {
    let journal = journal(&turns(
        1,
        &[(
            "    Atomic\n        Replace ./A=1\n        Replace ./B=2",
            "    Status Atomic 507\n    Status Replace 216\n    Status Replace 500",
        )],
    ));
    assert_eq!(readings(&journal, "."), "./DevInfo/DevId IMEI:1\n");
}
