//! Management objects: the page that their tables become, and operations told as stories, each held to its line.
//! `UPDATE=1 cargo test --test objects` writes the page.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, unused_crate_dependencies)]

mod scripted;

use dmscope::base::Severity;
use dmscope::objects;
use dmscope::rules::{Engine, Finding, Selection};
use scripted::{findings, parse, sessions, shown};
use std::path::Path;

#[test]
fn the_page_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/objects.md");
    let text = objects::page::text();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(committed == text, "docs/objects.md is stale; run: UPDATE=1 cargo test --test objects");
}

fn script(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.dms"));
    std::fs::read_to_string(path).unwrap()
}

/// The stories of a script, each to its end.
fn told(text: &str) -> Vec<String> {
    let sessions = sessions(&parse("script", text));
    objects::of_run(&sessions).iter().map(objects::Story::text_of_run).collect()
}

/// The lines of each session of a script.
fn lines(text: &str) -> Vec<Vec<String>> {
    let sessions = sessions(&parse("script", text));
    sessions.iter().map(|session| objects::stories(session).iter().map(objects::Story::text).collect()).collect()
}

#[test]
fn every_operation_has_its_line() {
    let table: [(&str, &[&str]); 12] = [
        (
            "m01",
            &[
                "firmware download and update of ./FwUpdate/P1: accepted, updating, updated (200 success), firmware 8.2 afterwards",
            ],
        ),
        (
            "m02",
            &[
                "firmware download of ./FwUpdate: accepted, downloaded (200 success)",
                "firmware update of ./FwUpdate: accepted, updated (250 success, of the vendor)",
            ],
        ),
        (
            "m03",
            &[
                "firmware download and update of ./FwUpdate: accepted, downloaded, update failed (410 firmware update failed)",
            ],
        ),
        (
            "m04",
            &[
                // Nothing in that session says what the node belongs to.
                "operation ./FwUpdate/Update: declined by the user, not executed (215)",
                "firmware update of ./FwUpdate: confirmed by the user, accepted, update failed (404 signature of the \
                 package not valid)",
            ],
        ),
        (
            "m05",
            &[
                "software download and installation of ./SCOMO/Download/game: accepted, installed (1200 success)",
                "software deactivation of ./SCOMO/Inventory/Deployed/game: done (200)",
                "software removal of ./SCOMO/Inventory/Deployed/game: accepted, removed (1200 success)",
            ],
        ),
        (
            "m06",
            &[
                "software installation without activation of ./SCOMO/Inventory/Delivered/tool: accepted, installing, \
                 installation failed (1405 installation failed)",
                "software activation of ./SCOMO/Inventory/Deployed/tool: refused (405)",
                "software package removal of ./SCOMO/Inventory/Delivered/tool: done (200)",
            ],
        ),
        (
            "m07",
            &[
                "full lock of ./LAWMO: done (200), fully locked",
                "wipe of ./LAWMO: accepted, wiped (1201 data wiped)",
                "unlock of ./LAWMO: accepted, unlock failed (1404 unlock failed)",
            ],
        ),
        (
            "m08",
            &[
                "diagnostics of ./DiagMon/Battery: accepted, data reported, completed (1200 success)",
                "diagnostics stop of ./DiagMon/Battery: done (200)",
            ],
        ),
        (
            "m09",
            &[
                "disabling of ./DCMO/Camera: done (200), disabled",
                "enabling of ./DCMO/Camera: accepted, enabled (1200 success)",
            ],
        ),
        ("m10", &[]),
        (
            "m11",
            &[
                "FUMO ./FwUpdate: the user asks for a check for updates",
                "firmware download and update of ./FwUpdate: accepted, pending: no alert in this capture",
            ],
        ),
        (
            "m12",
            &[
                "DiagMon trap ./DiagMon/Trap/LowPower: the trap fired",
                "trap disabling of ./DiagMon/Trap/LowPower: done (200)",
            ],
        ),
    ];
    for (name, expected) in table {
        assert_eq!(told(&script(name)), expected, "{name}");
    }
}

#[test]
fn a_session_tells_of_what_it_has_to_do_with_as_far_as_it_went() {
    let expected: [&[&str]; 3] = [
        &["firmware download and update of ./FwUpdate/P1: accepted, pending: no alert by the end of this session"],
        &[
            "firmware download and update of ./FwUpdate/P1 (begun in session 1A): accepted, updating, pending: no alert by \
           the end of this session",
        ],
        &[
            "firmware download and update of ./FwUpdate/P1 (begun in session 1A): accepted, updating, updated (200 success), firmware 8.2 afterwards",
        ],
    ];
    assert_eq!(lines(&script("m01")), expected);
    // A Get of something else has nothing to do with it.
    let other = script("m01").replace("    Get ./FwUpdate/P1/State\n", "    Get ./DevDetail/SwV\n");
    let other = other.replace("Results ./FwUpdate/P1/State=60 format=int", "Results ./DevDetail/SwV=7.1");
    let other = other.replace("Results ./FwUpdate/P1/State=10 format=int", "Results ./DevDetail/SwV=7.1");
    let other = other.replace("Results ./FwUpdate/P1/State=100 format=int", "Results ./DevDetail/SwV=7.1");
    assert_eq!(lines(&other)[1], Vec::<String>::new());
}

/// A firmware update that failed with every code of the table, in every class; the rules have nothing against any of them.
#[test]
fn every_result_of_a_firmware_update_is_told_and_accepted() {
    let engine = Engine::new(Selection::default());
    let failed = script("m03");
    for code in objects::FUMO.codes.iter().flat_map(|code| [code.from, code.to]) {
        let known = objects::FUMO.code(code).unwrap();
        let result = if objects::is_success(code) { "updated" } else { known.failed.unwrap_or("update failed") };
        let mut text = failed.replace("data=410", &format!("data={code}"));
        if objects::is_success(code) {
            text = text.replace(" mark=critical", "");
        }
        let line = format!(
            "firmware download and update of ./FwUpdate: accepted, downloaded, {result} ({code} {})",
            known.meaning
        );
        assert_eq!(told(&text), [line]);
        silent(&engine, &code.to_string(), &text);
    }
}

/// The same of a removal of software, of a lock, and of a capability.
#[test]
fn results_of_other_objects_are_told_and_accepted() {
    let engine = Engine::new(Selection::default());
    let table = [
        ("m06", "<ResultCode>1405</ResultCode>", &objects::SCOMO, "InstallInactive"),
        ("m07", "data=1404", &objects::LAWMO, "UnLock"),
        ("m08", "data=1200", &objects::DIAG_FUNCTION, "Start"),
        ("m09", "data=1200", &objects::DCMO, "Enable"),
    ];
    for (name, old, object, operation) in table {
        let fitting = object.codes.iter().filter(|code| code.only.is_empty() || code.only.contains(&operation));
        for code in fitting {
            let number = code.from.to_string();
            let mut text = script(name)
                .replace(old, &old.replace("1405", &number).replace("1404", &number).replace("1200", &number));
            let is_success = objects::is_success(code.from);
            if is_success {
                text = text.replace(" mark=warning", "");
            } else if !text.contains("mark=warning") {
                text = text.replace(&format!("data={number}"), &format!("mark=warning data={number}"));
            }
            let end = format!("({number} {})", code.meaning);
            assert!(told(&text).iter().any(|line| line.ends_with(&end)), "{name} {end}: {:?}", told(&text));
            silent(&engine, &format!("{name} {number}"), &text);
        }
    }
}

fn silent(engine: &Engine, what: &str, text: &str) {
    let found = findings(engine, &parse(what, text));
    let bad: Vec<&Finding> = found.iter().filter(|finding| finding.severity >= Severity::Warning).collect();
    assert!(bad.is_empty(), "{what}: {}", shown(&bad));
}

/// One session in which an Exec is answered, and what the device sends then.
fn one(exec: &str, status: &str, then: &str) -> Vec<String> {
    told(&format!(
        "device\n Alert 1201\n Replace ./DevInfo/DevId=1\nserver\n Status SyncHdr 200\n Status * 200\n Get ./F?prop=Type\n\
         {exec}device\n Status SyncHdr 200\n Status Get 200\n Results ./F?prop=Type=urn:oma:mo:oma-fumo:1.0\n{status}\
         {then}server\n Status SyncHdr 200\n"
    ))
}

#[test]
fn what_is_not_the_usual_way_is_told_as_it_was() {
    const UPDATE: &str = "org.openmobilealliance.dm.firmwareupdate.update";
    let alert =
        |source: &str, kind: &str, rest: &str| format!(" Alert 1226 source={source} type={kind} format=int {rest}\n");
    let end = alert("./F", UPDATE, "data=200");
    let exec = " Exec ./F/Update\n";
    let download = alert("./F", "org.openmobilealliance.dm.firmwareupdate.download", "data=200");
    let table: Vec<(Vec<String>, &[&str])> = vec![
        (one(exec, "", ""), &["firmware update of ./F: no Status in this capture"]),
        (one(exec, " Status Exec 405\n", ""), &["firmware update of ./F: refused (405)"]),
        (one(exec, " Status Exec 214\n", ""), &["firmware update of ./F: cancelled (214)"]),
        (one(exec, " Status Exec 200\n", ""), &["firmware update of ./F: done (200)"]),
        (one(exec, " Status Exec 200\n", &end), &["firmware update of ./F: done (200), updated (200 success)"]),
        (
            one(exec, " Status Exec 202\n", &format!("{end}{end}")),
            &["firmware update of ./F: accepted, updated (200 success), told again (200 success)"],
        ),
        (
            one(" Exec ./F/DownloadAndUpdate\n", " Status Exec 202\n", &download),
            &["firmware download and update of ./F: accepted, downloaded (200), pending: no alert in this capture"],
        ),
        (
            one(exec, " Status Exec 202\n", &alert("./F", UPDATE, "data=done")),
            &["firmware update of ./F: accepted, ended, without a result code"],
        ),
        // Another Correlator is that of another operation.
        (
            one(
                " Exec ./F/Update correlator=a\n",
                " Status Exec 202\n",
                &alert("./F", UPDATE, "data=200 correlator=b"),
            ),
            &[
                "firmware update of ./F: accepted, pending: no alert in this capture",
                "firmware update of ./F: updated (200 success), its Exec is not in this capture",
            ],
        ),
        // The Correlator ties what nothing else does.
        (
            one(
                " Exec ./F/Update correlator=a\n",
                " Status Exec 202\n",
                &alert("./Other", "org.example.end", "data=410 correlator=a"),
            ),
            &["firmware update of ./F: accepted, update failed (410 firmware update failed)"],
        ),
        (
            one(
                " Exec ./Vendor/Job/Run\n",
                " Status Exec 202\n",
                &alert("./Vendor/Job/Run", "org.example.job", "data=done"),
            ),
            &["operation ./Vendor/Job/Run: accepted, ended, without a result code"],
        ),
        // Of two, the one that the type of the alert fits.
        (
            one(" Exec ./F/Download\n Exec ./F/Update\n", " Status Exec 202\n Status Exec 202\n", &download),
            &[
                "firmware download of ./F: accepted, downloaded (200 success)",
                "firmware update of ./F: accepted, pending: no alert in this capture",
            ],
        ),
        (one(" Get ./Vendor/A\n", " Status Get 404\n", &alert("./X", "org.example.event", "data=1")), &[]),
        (
            one(" Exec ./L/Operations/Wipe\n", " Status Exec 1405\n", ""),
            &["wipe of ./L: wipe failed (1405 wipe failed)"],
        ),
        (one(" Exec ./L/Operations/Wipe\n", " Status Exec 1201\n", ""), &["wipe of ./L: wiped (1201 data wiped)"]),
    ];
    for (told, expected) in table {
        assert_eq!(told, expected);
    }
}

#[test]
fn of_one_session_not_all_operations_are_told() {
    let most = dmscope::base::Limits::STORIES;
    let execs = " Exec ./F/Update\n".repeat(most + 1);
    assert_eq!(one(&execs, "", "").len(), most);
}

/// Three sessions: the version is read and the update started, the update ends, the version is read again.
fn updated(before: &str, result: &str, after: &str) -> String {
    let begin = |session: u32| {
        format!(
            "session device=IMEI:004400112233445 session=F{session}\ndevice at=+60\n Alert 1201\n \
             Replace ./DevInfo/DevId=IMEI:004400112233445\n"
        )
    };
    let read = |version: &str| match version {
        "" => (String::new(), String::new()),
        version => (
            " Get ./DevDetail/FwV\n".to_owned(),
            format!(" Status Get 200\n Results ./DevDetail/FwV={version} format=chr\n"),
        ),
    };
    let ((ask, answer), (ask_after, answer_after)) = (read(before), read(after));
    let server = "server\n Status SyncHdr 200\n Status * 200\n";
    let end = "server\n Status SyncHdr 200\n";
    let first = begin(1);
    let (second, third) = (begin(2), begin(3));
    format!(
        "{first}{server}{ask} Exec ./FwUpdate/Update correlator=u\ndevice\n Status SyncHdr 200\n{answer} Status Exec 202\n{end}\
         {second} Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data={result} \
         correlator=u\n{server}{third}{server}{ask_after} Get ./DevInfo/Man\ndevice\n Status SyncHdr 200\n{answer_after} Status * 200\n \
         Results ./DevInfo/Man=E format=chr\n{end}"
    )
}

#[test]
fn the_version_before_and_after_an_update_is_told() {
    let table = [
        (
            updated("1.0", "200", "2.0"),
            "firmware update of ./FwUpdate: accepted, updated (200 success), firmware 1.0 → 2.0",
        ),
        (
            updated("1.0", "410", "1.0"),
            "firmware update of ./FwUpdate: accepted, update failed (410 firmware update failed), firmware still 1.0",
        ),
        (
            updated("", "200", "2.0"),
            "firmware update of ./FwUpdate: accepted, updated (200 success), firmware 2.0 afterwards",
        ),
        (updated("1.0", "200", ""), "firmware update of ./FwUpdate: accepted, updated (200 success)"),
    ];
    for (script, expected) in table {
        assert_eq!(told(&script), [expected], "{script}");
    }
    // The session in which the version is read tells of the update; that before it can't know.
    let lines = lines(&updated("1.0", "200", "2.0"));
    assert_eq!(lines[1], ["firmware update of ./FwUpdate (begun in session F1): accepted, updated (200 success)"]);
    assert_eq!(
        lines[2],
        ["firmware update of ./FwUpdate (begun in session F1): accepted, updated (200 success), firmware 1.0 → 2.0"]
    );
}

#[test]
fn another_event_on_the_same_node_is_no_end_of_an_operation() {
    let session = |between: &str, alerts: &str| {
        format!(
            "session session=F1\ndevice\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n Status SyncHdr 200\n Status * 200\n \
             Exec ./FwUpdate/Update {between}\ndevice\n Status SyncHdr 200\n Status Exec 202\n{alerts}server\n Status SyncHdr 200\n Status * 200\n"
        )
    };
    let alert = |kind: &str, data: u32, correlator: &str| {
        format!(" Alert 1226 source=./FwUpdate type={kind} format=int data={data} {correlator}\n")
    };
    let (update, other) = ("org.openmobilealliance.dm.firmwareupdate.update", "com.example.battery.low");
    let pending = ["operation ./FwUpdate/Update: accepted, pending: no alert in this capture"];
    let updated = ["firmware update of ./FwUpdate: accepted, updated (200 success)"];
    assert_eq!(told(&session("correlator=u", &alert(other, 4, ""))), pending);
    assert_eq!(told(&session("correlator=u", &(alert(update, 200, "correlator=u") + &alert(other, 4, "")))), updated);
    // Without its Correlator the right type tells, and a type of the vendor where nothing was given to tell by.
    assert_eq!(told(&session("correlator=u", &alert(update, 200, ""))), updated);
    let done = ["operation ./FwUpdate/Update: accepted, succeeded (200)"];
    assert_eq!(told(&session("", &alert("com.example.update.done", 200, ""))), done);
}
