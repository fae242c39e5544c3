//! The conversations in `tests/fixtures` can be built, in both encodings and as captures.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]
#![allow(unused_crate_dependencies)]

use dmscope::fixture::{Encoding, Script};
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

/// Values whose last part never comes: their sender stops, or their recipient does not want them.
const UNFINISHED: &[&str] = &["s08b", "u31", "u32"];

fn name(path: &std::path::Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

#[test]
fn every_script_can_be_built() {
    let scripts = scripts();
    assert!(scripts.len() >= 26, "{}", scripts.len());
    for (path, script) in &scripts {
        let messages = script.messages().len();
        let exchanges = script.exchanges().len();
        assert!(messages >= 2, "{}: {messages} messages", path.display());
        // A request that comes again may go without an answer.
        assert!(exchanges * 2 >= messages && exchanges < messages, "{}: {exchanges} exchanges", path.display());
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let script = match script.with_encoding(encoding) {
                Ok(script) => script,
                Err(error) => {
                    assert_eq!((encoding, name(path)), (Encoding::Wbxml, "w02"), "{error}: attributes have no token");
                    continue;
                }
            };
            assert!(script.capture().len() > 1_000, "{}", path.display());
        }
    }
}

#[test]
fn chunks_add_up_to_their_size() {
    for (path, script) in scripts() {
        let script = script.with_encoding(Encoding::Xml).unwrap();
        let bodies: String = script.messages().iter().filter_map(|message| message.text()).collect();
        let Some((_, size)) = bodies.split_once("<Size xmlns='syncml:metinf'>") else { continue };
        let size: usize = size.split('<').next().unwrap().parse().unwrap();
        if UNFINISHED.contains(&name(&path)) {
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
