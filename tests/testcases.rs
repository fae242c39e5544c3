//! The catalogue of test cases, held to its fixtures; cases as a user writes them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::testcase::{UNWRITTEN, built_in, proof};
use program::{Folder, dmscope};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

#[test]
fn every_case_is_held_to_fixtures_that_pass_fail_and_decide_nothing() {
    let mut wrong = Vec::new();
    for case in built_in().unwrap_or_else(|error| panic!("{error}")) {
        let path = root().join(&case.path).with_extension("fixtures");
        let fixtures = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let problems = proof::prove(case, &fixtures);
        wrong.extend(problems.into_iter().map(|(line, problem)| format!("{}:{line}: {problem}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_program_carries_is_what_the_files_say() {
    let checked = dmscope::testcase::checked().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(built_in().unwrap(), checked);
}

#[test]
fn every_case_of_the_catalogue_is_written_or_says_why_it_is_not() {
    let written: BTreeSet<&str> = built_in().unwrap().iter().map(|case| case.file.id.as_str()).collect();
    let unwritten: Vec<&str> = UNWRITTEN.iter().map(|case| case.id).collect();
    assert!(unwritten.is_sorted() && unwritten.iter().all(|id| !written.contains(id)), "{unwritten:?}");
    assert_eq!(written.len() + unwritten.len(), 309);
    let told = dmscope(&["testcases", "explain", "dm13-srv-dlg-001"]);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("DM13-SRV-DLG-001 (Delegation of a device between servers) is not written."),
        "{told:?}"
    );
}

#[test]
fn no_fixtures_stand_without_their_case() {
    let known: BTreeSet<PathBuf> =
        built_in().unwrap().iter().map(|case| root().join(&case.path).with_extension("fixtures")).collect();
    for area in std::fs::read_dir(root().join("testcases")).unwrap().map(|entry| entry.unwrap().path()) {
        for file in std::fs::read_dir(area).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "fixtures") {
                assert!(known.contains(&file), "{}", file.display());
            }
        }
    }
}

/// The blocks of a page that begin with this text.
fn block(page: &str, begin: &str) -> String {
    let at = page.find(begin).unwrap();
    page[at..].split("```").next().unwrap().to_owned()
}

/// The case that the guide to writing cases shows.
fn guide() -> (String, String) {
    let page = std::fs::read_to_string(root().join("docs/writing-test-cases.md")).unwrap();
    (block(&page, "format: 1\n"), block(&page, "=== base\n"))
}

#[test]
fn the_case_of_the_guide_holds() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("my-cases")).unwrap();
    let (case, fixtures) = guide();
    folder.put("my-cases/LAB-GET-001.yaml", case.as_bytes());
    folder.put("my-cases/LAB-GET-001.fixtures", fixtures.as_bytes());
    let run = folder.dmscope(["testcases", "check", "my-cases"]).succeeds();
    assert_eq!(run, "the test case is well-formed and holds to its fixtures\n");
    let capture = root().join("captures/01-xml-basic.pcap");
    let run = folder.dmscope(["analyze", "--tests", "my-cases", "--format", "json", capture.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["testcases"].as_array().unwrap().len(), 1);
    assert_eq!(report["testcases"][0]["id"], "LAB-GET-001");
}

#[test]
fn a_case_that_is_wrong_is_refused_with_its_place() {
    let folder = Folder::new();
    let (case, _) = guide();
    let table = [
        ("rev: 1", "revv: 1", "LAB-GET-001.yaml:3:1: unknown key `revv`; did you mean `rev`?"),
        ("where: {code: 200}", "where: {code: \"200\"}", "is a whole number; write it without quotes"),
        ("of: $get, where", "of: $got, where", "`$got` is not bound"),
        ("$item.data != \"\"", "$item.data ! \"\"", "in the expression, at character"),
        ("scope: exchange", "scope: device\nwhen: C-NOPE", "there is no ICS item `C-NOPE`"),
        ("id: LAB-GET-001", "id: LAB-GET-002", "is not the name of the file"),
        ("title: The client answers a Get", "title: &x The client answers a Get", "anchors"),
    ];
    for (old, new, told) in table {
        assert!(case.contains(old), "{old}");
        folder.put("LAB-GET-001.yaml", case.replacen(old, new, 1).as_bytes());
        for command in
            [&["testcases", "check", "LAB-GET-001.yaml"][..], &["analyze", "--tests", "LAB-GET-001.yaml", "x.pcap"]]
        {
            let run = folder.dmscope(command);
            assert_eq!((run.code, &*run.stdout), (2, ""), "{new}: {}", run.stderr);
            assert!(run.stderr.contains(told), "{new}: {}", run.stderr);
        }
    }
    // All that is wrong in all files, at once.
    folder.put("all/LAB-GET-001.yaml", case.replace("rev: 1", "revv: 1").replace("$item.data", "$itm.data").as_bytes());
    folder.put("all/LAB-GET-003.yaml", case.as_bytes());
    let run = folder.dmscope(["testcases", "check", "all"]);
    let places: Vec<&str> = run.stderr.lines().filter(|line| line.contains(".yaml:")).collect();
    assert_eq!((run.code, places.len()), (2, 3), "{}", run.stderr);
    for (line, told) in places.iter().zip(["unknown key `revv`", "`$itm` is not bound", "is not the name of the file"])
    {
        assert!(line.contains(told), "{}", run.stderr);
    }
    std::fs::create_dir_all(folder.path("twice/a")).unwrap();
    folder.put("twice/LAB-GET-001.yaml", case.as_bytes());
    folder.put("twice/a/LAB-GET-001.yaml", case.as_bytes());
    let run = folder.dmscope(["analyze", "--tests", "twice", "x.pcap"]);
    assert!(run.code == 2 && run.stderr.contains("is taken by"), "{}", run.stderr);
}

#[test]
fn cases_are_listed_explained_and_selected() {
    let list = dmscope(["testcases", "list", "--role", "client"]).succeeds();
    assert!(list.lines().any(|line| line.starts_with("DM12-CLI-AUTH-003 ")), "{list}");
    let json: serde_json::Value =
        serde_json::from_str(&dmscope(["testcases", "list", "--format", "json"]).succeeds()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), built_in().unwrap().len());
    insta::assert_snapshot!("explain", dmscope(["testcases", "explain", "dm12-cli-auth-003"]).succeeds());
    let yaml = dmscope(["testcases", "explain", "DM12-CLI-AUTH-003", "--format", "yaml"]).succeeds();
    assert!(yaml.starts_with("format: 1\n"));
    let run = dmscope(["testcases", "explain", "DM12-CLI-AUHT-003"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean DM12-CLI-A"), "{}", run.stderr);
    let capture = root().join("captures/03-wbxml-md5-challenge.pcapng");
    let run = dmscope(["analyze", "--format", "json", "--select", "DM12-CLI-AUTH-003", capture.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["testcases"].as_array().unwrap().len(), 1);
    assert_eq!(report["rules"].as_array().unwrap().len(), 0);
    let none = dmscope(["analyze", "--format", "json", "--no-tests", capture.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&none.stdout).unwrap();
    assert_eq!(report["testcases"].as_array().unwrap().len(), 0);
}

#[test]
fn ids_of_others_select_a_case_and_stand_in_the_report() {
    let folder = Folder::new();
    let capture = root().join("captures/03-wbxml-md5-challenge.pcapng");
    let capture = capture.to_str().unwrap();
    let map = "format: 1\nkind: id-map\nsource: Example plan\nmap:\n  DM12-CLI-AUTH-003: [X-DM-41]\n";
    folder.put("ids.yaml", map.as_bytes());
    let run = folder.dmscope(["analyze", "--format", "json", "--id-map", "ids.yaml", "--select", "x-dm-41", capture]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["testcases"].as_array().unwrap().len(), 1);
    assert_eq!(report["testcases"][0]["other_ids"][0], "X-DM-41");
    let wrong = [
        ("AUTH-003", "AUTH-0003", "there is no test case \"DM12-CLI-AUTH-0003\"; did you mean"),
        ("map:", "mapp:", "ids.yaml:4:1: unknown key `mapp`"),
        ("id-map", "ics", "ids.yaml:2:7: `ics` is not known here"),
    ];
    for (old, new, told) in wrong {
        folder.put("ids.yaml", map.replacen(old, new, 1).as_bytes());
        let run = folder.dmscope(["analyze", "--id-map", "ids.yaml", capture]);
        assert!(run.code == 2 && run.stderr.contains(told), "{new}: {}", run.stderr);
    }
}
