//! The example of a report in the repository is what the program writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of a folder and of those in it, by their paths below it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(path) = todo.pop() {
        for entry in std::fs::read_dir(&path).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                todo.push(entry);
            } else {
                found.insert(entry.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// `dmscope analyze captures/ --out reports/example`, run at the top of the repository.
#[test]
fn the_example_is_what_the_program_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = root.join("reports/example");
    let folder = tempfile::tempdir().unwrap();
    let out = if std::env::var_os("UPDATE").is_some() { example.clone() } else { folder.path().to_path_buf() };
    let run = Command::new(env!("CARGO_BIN_EXE_dmscope"))
        .args(["analyze", "captures/", "--quiet", "--out"])
        .arg(&out)
        .current_dir(root)
        .output()
        .unwrap();
    // Some of the captures hold violations, and one is cut on purpose.
    assert!(matches!(run.status.code(), Some(1 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
    let (written, committed) = (files(&out), files(&example));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&committed), "run: UPDATE=1 cargo test --test example_report");
    let stale: Vec<_> = written.iter().filter(|(path, octets)| committed.get(*path) != Some(octets)).collect();
    let stale: Vec<_> = stale.into_iter().map(|(path, _)| path).collect();
    assert!(stale.is_empty(), "{stale:?}; run: UPDATE=1 cargo test --test example_report");
    for name in ["report.json", "report.html", "junit.xml", "report.md", "report.sarif", "report.csv", "report.ndjson"]
    {
        assert!(committed.contains_key(Path::new(name)), "{name}");
    }
}
