//! Reports that were written earlier: `report`, `merge`, `diff`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use program::Folder;

const CAPTURES: [&str; 3] = ["faults.pcap", "10-atomic.pcap", "latin1.pcap"];

/// A folder with captures of different devices in `in/`.
fn captures() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("in")).unwrap();
    for name in CAPTURES {
        let capture = std::fs::read(format!("{}/captures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        folder.put(&format!("in/{name}"), &capture);
    }
    folder
}

fn json(folder: &Folder, name: &str, arguments: &[&str]) {
    let run = folder.dmscope(["analyze", "--format", "json", "--fail-on", "never"].iter().chain(arguments));
    folder.put(name, run.stdout.as_bytes());
}

#[test]
fn parts_of_a_run_become_the_report_of_one_run() {
    let folder = captures();
    json(&folder, "whole.json", &["in", "missing.pcap"]);
    for of in [1, 2, 3, 5] {
        let parts: Vec<String> = (1..=of).map(|number| format!("part-{number}.json")).collect();
        for (at, part) in parts.iter().enumerate() {
            json(&folder, part, &["--shard", &format!("{}/{of}", at + 1), "in", "missing.pcap"]);
        }
        let merged = folder.dmscope(["merge", "--format", "json"].into_iter().chain(parts.iter().map(|part| &**part)));
        assert!(merged.stdout == folder.read("whole.json"), "{of} parts:\n{}\n{}", merged.stderr, merged.stdout);
        assert_eq!(merged.code, 3, "one input is missing");
    }
}

#[test]
fn a_stored_report_becomes_any_other_format() {
    let folder = captures();
    let run = folder.dmscope(["analyze", "--out", "out", "--fail-on", "never", "in"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (format, file) in [
        ("json", "report.json"),
        ("junit", "junit.xml"),
        ("csv", "report.csv"),
        ("markdown", "report.md"),
        ("ndjson", "report.ndjson"),
        ("sarif", "report.sarif"),
    ] {
        let made = folder.dmscope(["report", "out/report.json", "--format", format]).succeeds();
        assert!(made == folder.read(&format!("out/{file}")), "{format}");
    }
    let text = folder.dmscope(["report", "out/report.json"]).succeeds();
    assert!(text.starts_with("FAIL"), "{text}");
    assert_eq!(folder.dmscope(["report", "out/report.json", "--fail-on", "error"]).code, 1);
}

#[test]
fn what_changed_is_told_and_a_regression_is_an_exit_code() {
    let folder = captures();
    json(&folder, "old.json", &["in/10-atomic.pcap"]);
    json(&folder, "new.json", &["in/10-atomic.pcap", "in/faults.pcap"]);
    let worse = folder.dmscope(["diff", "old.json", "new.json"]);
    assert_eq!(worse.code, 1, "{}", worse.stderr);
    assert!(worse.stdout.contains("new    error"), "{}", worse.stdout);
    let better = folder.dmscope(["diff", "new.json", "old.json"]).succeeds();
    assert!(better.contains("gone   error"), "{better}");
    assert_eq!(folder.dmscope(["diff", "--fail-on", "never", "old.json", "new.json"]).code, 0);
    let same = folder.dmscope(["diff", "new.json", "new.json"]).succeeds();
    assert!(same.starts_with("0 new or worse, 0 better or gone"), "{same}");
    for format in ["json", "markdown"] {
        assert!(folder.dmscope(["diff", "--format", format, "old.json", "new.json"]).stdout.contains("HDR-006"));
    }
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    let folder = captures();
    json(&folder, "good.json", &["in/10-atomic.pcap"]);
    let good = folder.read("good.json");
    folder.put("other.json", good.replace("dmscope-report/1", "dmscope-report/9").as_bytes());
    folder.put("cut.json", &good.as_bytes()[..good.len() / 2]);
    folder.put("odd.json", b"{\n  \"schema\": 1\n}");
    folder.put("version.json", good.replacen("\"version\":\"0.1.0\"", "\"version\":\"0.0.9\"", 1).as_bytes());
    let table: [(&[&str], &[&str]); 6] = [
        (&["report", "missing.json"], &["missing.json can't be read"]),
        (&["report", "other.json"], &["other.json", "line ", "dmscope-report/9", "dmscope-report/1"]),
        (&["report", "cut.json"], &["cut.json", "line ", "column "]),
        (&["diff", "good.json", "odd.json"], &["odd.json", "line 2, column "]),
        (&["merge", "good.json", "version.json"], &["version.json", "0.0.9", "0.1.0"]),
        (&["analyze", "--shard", "3/2", "in"], &["--shard", "1/4"]),
    ];
    for (arguments, expected) in table {
        let run = folder.dmscope(arguments);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}: {}", run.stderr);
        for part in expected {
            assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing_half_written() {
    let folder = captures();
    std::fs::create_dir_all(folder.path("out/report.md/occupied")).unwrap();
    let run = folder.dmscope(["analyze", "--out", "out", "--format", "markdown", "in/latin1.pcap"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("report.md can't be written"), "{}", run.stderr);
    assert!(folder.names("out").iter().all(|name| name != "report.partial"), "{:?}", folder.names("out"));
}
