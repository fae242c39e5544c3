//! The history: verdicts over time.

#![cfg(feature = "history")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::fixture::Script;
use program::{Folder, Run};
use serde_json::Value;

/// A capture of one session: a device, its firmware, the day, and whether it forgets the Status of the Get.
fn session(device: &str, firmware: &str, day: u32, forgets: bool) -> Vec<u8> {
    let status = if forgets { "" } else { "    Status Get 200\n" };
    let text = format!(
        "session device={device} server=http://dm.example.com/dm\ndevice at={}\n    Alert 1201\n    Replace \
         ./DevInfo/DevId={device} ./DevInfo/Man=Acme ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    \
         Status SyncHdr 200\n    Status * 200\n    Get ./DevDetail/FwV\ndevice\n    Status SyncHdr 200\n{status}    Results \
         ./DevDetail/FwV={firmware}\nserver\n    Status SyncHdr 200\n",
        day * 86_400,
    );
    Script::parse(&text).unwrap().capture()
}

/// A history with two devices on firmware 1.2 and 1.3, of which one forgets a Status from 1.3 on.
fn lab() -> Folder {
    let folder = Folder::new();
    folder.put("old/a.pcap", &session("IMEI:1", "1.2", 0, false));
    folder.put("old/b.pcap", &session("IMEI:2", "1.2", 0, false));
    folder.put("new/a.pcap", &session("IMEI:1", "1.3", 1, true));
    folder.put("new/b.pcap", &session("IMEI:2", "1.3", 1, false));
    for input in ["old", "new"] {
        let run = folder.dmscope(["analyze", "-q", "--fail-on", "never", "--history", "lab.sqlite", input]);
        assert_eq!((run.code, &*run.stderr), (0, ""), "{}", run.stdout);
    }
    folder
}

fn json(run: Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", run.stdout, run.stderr))
}

#[test]
fn what_got_worse_between_two_versions_is_told() {
    let folder = lab();
    let compare = |arguments: &[&str]| {
        folder.dmscope([&["history", "compare", "lab.sqlite", "--firmware", "1.2..1.3"], arguments].concat())
    };
    let text = compare(&[]);
    assert_eq!((text.code, &*text.stderr), (1, ""));
    for part in [
        "before  firmware 1.2: 2 sessions of 2 devices, 2026-01-01\n",
        "after   firmware 1.3: 2 sessions of 2 devices, 2026-01-02\n",
        "new    error   STA-002  0 of 2 (0 %) → 1 of 2 (50 %) sessions",
    ] {
        assert!(text.stdout.contains(part), "{}", text.stdout);
    }
    assert_eq!(compare(&["--fail-on", "never"]).code, 0);
    let report = json(compare(&["--format", "json"]));
    let change = report["rules"].as_array().unwrap().iter().find(|one| one["rule"] == "STA-002").unwrap();
    assert_eq!((&change["change"], &change["severity"]), (&"new".into(), &"error".into()));
    assert_eq!((&change["before"]["violated"], &change["after"]["violated"]), (&0.into(), &1.into()));
    assert_eq!(change["new_fingerprints"].as_array().unwrap().len(), 1);
    // For one device alone; and the other way round.
    let other = compare(&["--device", "imei:2"]);
    assert_eq!(other.code, 0, "{}", other.stdout);
    let one = compare(&["--device", "IMEI:1"]);
    assert!(one.stdout.contains("0 of 1 (0 %) → 1 of 1 (100 %)"), "{}", one.stdout);
    let back = folder.dmscope(["history", "compare", "lab.sqlite", "--firmware", "1.3..1.2"]);
    assert_eq!(back.code, 0);
    assert!(back.stdout.contains("gone   error   STA-002"), "{}", back.stdout);
    let patterns = folder.dmscope(["history", "compare", "lab.sqlite", "--firmware", "*2..*3", "--model", "X*"]);
    assert_eq!(patterns.code, 1);
}

#[test]
fn a_version_that_is_not_there_is_told_with_those_that_are() {
    let folder = lab();
    for (range, said) in [
        ("1.2..1.4", "lab.sqlite: there is no session with firmware 1.4; there is 1.2, 1.3"),
        ("1.2", "--firmware 1.2: write the two versions, such as 1.2..1.3"),
        ("..1.3", "write the two versions"),
    ] {
        let run = folder.dmscope(["history", "compare", "lab.sqlite", "--firmware", range]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{range}");
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn runs_are_shown_with_devices_and_verdicts_and_over_time() {
    let folder = lab();
    let shown = json(folder.dmscope(["history", "show", "lab.sqlite", "--format", "json"]));
    let runs = shown["runs"].as_array().unwrap();
    let started: Vec<&str> = runs.iter().map(|run| run["started"].as_str().unwrap()).collect();
    assert_eq!(started, ["2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"]);
    assert_eq!(runs[0]["devices"].as_array().unwrap().len(), 2);
    assert_eq!(runs[1]["verdict"], "fail");
    assert_eq!(runs[1]["inputs"], serde_json::json!(["new/a.pcap", "new/b.pcap"]));
    let device = &runs[1]["devices"][0];
    assert_eq!((&device["device"], &device["firmware"], &device["fail"]), (&"IMEI:1".into(), &"1.3".into(), &1.into()));
    let text = folder.dmscope(["history", "show", "lab.sqlite", "--firmware", "1.3.."]).succeeds();
    let line = "  IMEI:1, Acme X1, firmware 1.3, with http://dm.example.com/dm: 1 session: 1 fail\n";
    assert!(text.contains(line) && !text.contains("firmware 1.2"), "{text}");
    let none = folder.dmscope(["history", "show", "lab.sqlite", "--server", "nobody"]).succeeds();
    assert_eq!(none, "no sessions\n");

    let trend = json(folder.dmscope(["history", "trend", "lab.sqlite", "--format", "json"]));
    let rows = trend["rows"].as_array().unwrap();
    let facts: Vec<_> =
        rows.iter().map(|row| (row["day"].as_str(), row["sessions"].as_u64(), row["fail"].as_u64())).collect();
    assert_eq!(facts, [(Some("2026-01-01"), Some(2), Some(0)), (Some("2026-01-02"), Some(2), Some(1))]);
    assert_eq!(rows[1]["firmware"], serde_json::json!(["1.3"]));
    assert!(rows[1]["rules"].as_array().unwrap().iter().any(|one| one["rule"] == "STA-002" && one["sessions"] == 1));
    let by_run = folder.dmscope(["history", "trend", "lab.sqlite", "--by", "run"]).succeeds();
    assert!(by_run.lines().next().unwrap().starts_with("day         run  sessions"), "{by_run}");
    assert_eq!(by_run.lines().count(), 3);
}

#[test]
fn a_run_and_a_session_count_once() {
    let folder = lab();
    // The same run, whatever is written beside it.
    let again = folder.dmscope(["analyze", "--out", "out", "--fail-on", "never", "--history", "lab.sqlite", "new"]);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("lab.sqlite: this run is already there, as run 2"), "{}", again.stderr);
    // A run that has a session of another one, under another name.
    folder.put("more/a.pcap", &session("IMEI:1", "1.3", 1, true));
    folder.put("more/c.pcap", &session("IMEI:3", "1.3", 1, false));
    folder.dmscope(["analyze", "-q", "--history", "lab.sqlite", "more"]);
    let compare = folder.dmscope(["history", "compare", "lab.sqlite", "--firmware", "1.2..1.3"]);
    assert!(compare.stdout.contains("→ 1 of 3 (33 %) sessions"), "{}", compare.stdout);
    let trend = json(folder.dmscope(["history", "trend", "lab.sqlite", "--by", "run", "--format", "json"]));
    let sessions: Vec<_> =
        trend["rows"].as_array().unwrap().iter().map(|row| row["sessions"].as_u64().unwrap()).collect();
    assert_eq!(sessions, [2, 2, 2]);
    // A rule that only one side was judged by says nothing.
    folder.put("next/a.pcap", &session("IMEI:1", "1.4", 2, true));
    folder.dmscope(["analyze", "-q", "--ignore", "STA,PKG", "--history", "lab.sqlite", "next"]);
    let compare = folder.dmscope(["history", "compare", "lab.sqlite", "--firmware", "1.3..1.4"]);
    assert_eq!(compare.code, 0, "{}", compare.stdout);
    assert!(compare.stdout.contains("only one side was judged by them: STA-002"), "{}", compare.stdout);
}

#[test]
fn the_report_is_the_same_with_a_history() {
    let folder = lab();
    let without = folder.dmscope(["analyze", "--format", "json", "new"]);
    let with = folder.dmscope(["analyze", "--format", "json", "--history", "other.sqlite", "new"]);
    assert_eq!((with.code, &*with.stderr), (1, ""));
    assert_eq!(with.stdout, without.stdout);
    folder.put("none.pcap", &program::EMPTY_PCAP);
    let none = folder.dmscope(["analyze", "--history", "other.sqlite", "none.pcap"]);
    assert_eq!(none.code, 0);
    assert!(none.stderr.contains("other.sqlite: nothing was added: there was no DM session"), "{}", none.stderr);
}

#[test]
fn what_is_no_history_is_refused_before_the_work_and_left_alone() {
    let folder = Folder::new();
    folder.put("a.pcap", &session("IMEI:1", "1.2", 0, false));
    folder.put("notes.txt", "no database at all, but long enough to look like one\n".repeat(100).as_bytes());
    folder.put("short.sqlite", b"SQLite format 3\0");
    for name in ["notes.txt", "short.sqlite", "no/such/folder.sqlite"] {
        let before = std::fs::read(folder.path(name)).ok();
        let run = folder.dmscope(["analyze", "--history", name, "a.pcap"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{name}: {}", run.stderr);
        assert!(run.stderr.starts_with(&format!("error: {name}: ")), "{}", run.stderr);
        for action in [&["show"][..], &["trend"], &["compare", "--firmware", "1..2"]] {
            let run = folder.dmscope([&["history"], action, &[name]].concat());
            assert_eq!((run.code, &*run.stdout), (2, ""), "{name}");
        }
        assert_eq!(std::fs::read(folder.path(name)).ok(), before);
    }
    let missing = folder.dmscope(["history", "show", "none.sqlite"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("none.sqlite: there is no such file; dmscope analyze --history FILE makes it"));
    assert!(!folder.path("none.sqlite").exists());
}

#[test]
fn a_damaged_history_ends_in_a_message() {
    let folder = lab();
    let whole = folder.octets("lab.sqlite");
    for seed in 0..60_usize {
        let mut damaged = whole.clone();
        for step in 0..20 {
            // Anywhere behind the header.
            let at = 100 + (seed * 7_919 + step * 104_729) % (damaged.len() - 100);
            damaged[at] = damaged[at].wrapping_add(u8::try_from(seed % 250).unwrap() + 1);
        }
        if seed % 3 == 0 {
            damaged.truncate(damaged.len() * (seed + 1) / 61);
        }
        folder.put("damaged.sqlite", &damaged);
        for action in [&["show"][..], &["trend"], &["compare", "--firmware", "1.2..1.3"]] {
            let run = folder.dmscope([&["history"], action, &["damaged.sqlite"]].concat());
            assert!((0..=2).contains(&run.code), "{seed}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{seed}: {}", run.stderr);
        }
    }
}

#[test]
fn names_from_the_wire_do_not_act_on_a_terminal() {
    let folder = Folder::new();
    folder.put("a.pcap", &session("\"IMEI:\u{202e}1\"", "\"1.2\u{200b}\"", 0, false));
    folder.dmscope(["analyze", "-q", "--history", "lab.sqlite", "a.pcap"]);
    for action in ["show", "trend"] {
        let text = folder.dmscope(["history", action, "lab.sqlite"]).succeeds();
        assert!(!text.contains(['\u{202e}', '\u{200b}']) && text.contains("\\u{200b}"), "{text}");
    }
}

#[test]
fn jobs_may_add_to_one_history_at_the_same_time() {
    let folder = Folder::new();
    let jobs = 8_u32;
    for job in 0..jobs {
        folder.put(&format!("{job}.pcap"), &session(&format!("IMEI:{job}"), "1.2", job, false));
    }
    std::thread::scope(|scope| {
        let folder = &folder;
        for job in 0..jobs {
            scope.spawn(move || {
                let run = folder.dmscope(["analyze", "-q", "--history", "ci.sqlite", &format!("{job}.pcap")]);
                assert_eq!((run.code, &*run.stderr), (0, ""));
            });
        }
    });
    let shown = json(folder.dmscope(["history", "show", "ci.sqlite", "--format", "json"]));
    assert_eq!(shown["runs"].as_array().unwrap().len(), jobs as usize);
    assert_eq!(
        folder.names(".").iter().filter(|name| name.starts_with("ci.sqlite")).count(),
        1,
        "nothing is left over"
    );
}
