//! The conversations in `tests/fixtures` can be built, in both encodings and as captures.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]
#![allow(unused_crate_dependencies)]

use dmscope::fixture::{Encoding, LineKind, Script};
use std::path::PathBuf;

fn scripts() -> Vec<(PathBuf, Script)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "dms"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let script = Script::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, script)
    };
    paths.into_iter().map(read).collect()
}

/// The sessions of the catalogue, as opposed to the unusual conversations.
fn is_baseline(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('s'))
}

#[test]
fn the_page_lists_the_options_of_each_line() {
    const MARKS: (&str, &str) = ("<!-- options -->\n", "<!-- /options -->");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/fixtures.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS.0).unwrap();
    let (_, after) = rest.split_once(MARKS.1).unwrap();
    let row = |line: LineKind| {
        let cell = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        let names: Vec<&str> = line.name().split(", ").collect();
        format!("| {} | {} |\n", cell(&names), cell(&line.options()))
    };
    let rows: String = LineKind::ALL.into_iter().map(row).collect();
    let right = format!("{before}{}| line | options |\n| --- | --- |\n{rows}{}{after}", MARKS.0, MARKS.1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, right).unwrap();
    } else {
        assert!(text == right, "UPDATE=1 cargo test --test fixtures writes it again");
    }
}

#[test]
fn every_script_can_be_built() {
    let scripts = scripts();
    assert!(scripts.len() >= 26, "{}", scripts.len());
    for (path, script) in &scripts {
        let messages = script.messages().len();
        assert!(messages >= 2, "{}: {messages} messages", path.display());
        let exchanges = script.exchanges().len();
        assert!(exchanges * 2 >= messages && exchanges <= messages, "{}", path.display());
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let script = match script.with_encoding(encoding) {
                Ok(script) => script,
                // Mark-up that has no tokens (attributes, for one) stays XML.
                Err(_) if encoding == Encoding::Wbxml && !is_baseline(path) => continue,
                Err(error) => panic!("{}: {error}", path.display()),
            };
            assert!(script.capture().len() > 1_000, "{}", path.display());
        }
    }
}

#[test]
fn chunks_add_up_to_their_size() {
    for (path, script) in scripts() {
        // The conversations of the baseline have one large object each; the unusual ones try more.
        if !is_baseline(&path) {
            continue;
        }
        let script = script.with_encoding(Encoding::Xml).unwrap();
        let bodies: String = script.messages().iter().map(|message| message.text().unwrap()).collect();
        let Some((_, size)) = bodies.split_once("<Size xmlns='syncml:metinf'>") else { continue };
        let size: usize = size.split('<').next().unwrap().parse().unwrap();
        if path.ends_with("s08b.dms") {
            continue;
        }
        // The data of each item with MoreData, and of the last one, which has the same address.
        let items: Vec<&str> = bodies.split("<Item>").skip(1).collect();
        let first = items.iter().position(|item| item.contains("<MoreData/>")).unwrap();
        let address = |item: &str| item.split("<LocURI>").nth(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        let data = |item: &str| item.split("<Data>").nth(1).unwrap().split('<').next().unwrap().len();
        let wanted = address(items[first]);
        let sum: usize = items.iter().skip(first).filter(|item| address(item) == wanted).map(|item| data(item)).sum();
        assert_eq!(sum, size, "{}", path.display());
    }
}
