//! Holds the code to the table of layers: who may know whom.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each folder of `src/` and the folders that it may use. A new edge is a new line in a review, with a reason.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("capture", &["base"]),
    ("net", &["base", "capture"]),
    // Between the streams and what they carry: it changes events, and knows nothing of what is in them.
    ("tls", &["base", "net"]),
    ("http", &["base", "net"]),
    // What pushes carry, from the octets of a datagram on: who sent them stays with the sessions.
    ("push", &["base"]),
    // What short messages carry, from radio interfaces, gateways and files.
    ("sms", &["base", "net"]),
    ("markup", &["base"]),
    ("wbxml", &["base", "markup"]),
    ("syncml", &["base", "markup", "wbxml"]),
    // Bootstrap documents: the WBXML is their own, the XML is read by the reader of messages; smart cards hold messages of DM, too.
    ("provisioning", &["base", "markup", "wbxml", "syncml"]),
    // Descriptors of downloads are XML, and reports on them a line of text.
    ("download", &["base", "markup", "syncml"]),
    // Sessions carry the facts on transport that rules may use.
    ("dm", &["base", "markup", "syncml", "provisioning", "download", "http", "net", "push", "sms"]),
    // What management objects are, and the operations on them.
    ("objects", &["base", "markup", "syncml", "dm"]),
    // What sessions tell of devices' trees; serialised trees come in both encodings.
    ("tree", &["base", "markup", "wbxml", "syncml", "dm"]),
    // Descriptions of devices, in the XML that messages are written in; ACLs are those of the tree.
    ("ddf", &["base", "markup", "syncml", "tree"]),
    // Rules on access control and serialised trees read them as the tree does.
    ("rules", &["base", "markup", "wbxml", "syncml", "provisioning", "download", "dm", "objects", "tree", "ddf"]),
    ("verdict", &["base", "rules"]),
    // Cases judge sessions, lean on what the rules said of them, and give rows of the report.
    ("testcase", &["base", "push", "sms", "markup", "syncml", "dm", "rules", "verdict", "fixture"]),
    // Verdicts over time: rows of reports in, tables out.
    ("history", &["base", "verdict"]),
    ("report", &["base", "verdict"]),
    // What carried sessions, into packets and archives: rows of a store in, files out.
    ("export", &["base", "capture", "net", "sms", "verdict"]),
    (
        "analysis",
        &[
            "base",
            "capture",
            "net",
            "tls",
            "http",
            "push",
            "sms",
            "markup",
            "wbxml",
            "syncml",
            "provisioning",
            "download",
            "dm",
            "objects",
            "tree",
            "ddf",
            "rules",
            "testcase",
            "verdict",
        ],
    ),
    // Screens over what the analysis gives; a message that is opened is decoded again.
    (
        "tui",
        &["base", "markup", "wbxml", "syncml", "tree", "rules", "testcase", "verdict", "report", "export", "analysis"],
    ),
    // The proxy listens to what it relays with the layers that read captures; what it judges goes through `analysis`.
    ("proxy", &["base", "capture", "net", "tls", "http", "markup", "wbxml", "syncml", "dm", "analysis"]),
    // Fixtures are written by hand and read by tests: they speak to the layers that they imitate.
    ("fixture", &["base", "capture", "net", "http", "push", "sms", "markup", "wbxml", "syncml"]),
    // The entries of hostile octets lead to every decoder.
    (
        "entry",
        &[
            "base",
            "capture",
            "net",
            "tls",
            "http",
            "push",
            "sms",
            "markup",
            "wbxml",
            "syncml",
            "provisioning",
            "download",
            "verdict",
            "report",
            "analysis",
            "fixture",
        ],
    ),
    (
        "cli",
        &[
            "base",
            "capture",
            "tls",
            "push",
            "sms",
            "markup",
            "wbxml",
            "syncml",
            "provisioning",
            "dm",
            "tree",
            "ddf",
            "rules",
            "testcase",
            "verdict",
            "report",
            "export",
            "analysis",
            "proxy",
            "history",
            "tui",
        ],
    ),
];

/// What only one folder may know.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("httparse", &["http"]),
    ("aes", &["tls"]),
    ("rsa", &["tls"]),
    ("tokio", &["proxy", "cli"]),
    ("rustls", &["proxy"]),
    ("rcgen", &["proxy"]),
    ("openssl", &["proxy"]),
    ("pcap", &["capture"]),
    ("rusqlite", &["history"]),
    ("signal_hook", &["cli"]),
    ("ratatui", &["tui"]),
    ("tui_input", &["tui"]),
    ("similar", &["tui"]),
];

fn rust_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Folders that a file names after `crate::`, without those of its `#[cfg(test)]` part.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| {
            if let Some(group) = rest.strip_prefix('{') {
                group.split('}').next().unwrap().split(',').map(str::trim).map(str::to_owned).collect()
            } else {
                vec![rest.to_owned()]
            }
        })
        .map(|rest| rest.chars().take_while(|ch| ch.is_ascii_alphanumeric() || *ch == '_').collect())
        .collect()
}

#[test]
fn every_folder_uses_only_the_layers_below_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let folders: BTreeSet<String> = fs::read_dir(&source)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for folder in &folders {
        let allowed = MAY_USE.iter().find(|(name, _)| name == folder).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            wrong.push(format!("src/{folder} is not in the table of layers"));
            continue;
        };
        let mut files = Vec::new();
        rust_files(&source.join(folder), &mut files);
        for file in files {
            // A file that holds nothing but tests may use what it tests with.
            let is_test = ["rules/proof.rs", "tests.rs", "testing.rs"].iter().any(|name| file.ends_with(name));
            if is_test || file.components().any(|part| part.as_os_str() == "tests") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            for name in used(&text) {
                if folders.contains(&name) && name != *folder && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}: src/{folder} may not use crate::{name}", file.display()));
                }
            }
            for (library, homes) in ONLY_IN {
                let named = text.lines().any(|line| {
                    let line = line.trim_start();
                    !line.starts_with("//") && line.contains(&format!("{library}::"))
                });
                if named && !homes.contains(&folder.as_str()) {
                    wrong.push(format!("{}: {library} belongs into {homes:?}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_a_front_page() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (folder, _) in MAY_USE {
        let text = fs::read_to_string(source.join(folder).join("mod.rs")).unwrap();
        assert!(text.starts_with("//! "), "src/{folder}/mod.rs does not say what the folder is");
    }
}
