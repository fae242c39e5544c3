//! The scripts of `tests/fixtures`, and what the rules say of them.

#![allow(dead_code, reason = "each file of tests uses its part")]

use dmscope::dm::{Secret, Secrets, Session};
use dmscope::fixture::Script;
use dmscope::provisioning;
use dmscope::rules::{Engine, Finding};
use std::path::PathBuf;

/// All scripts of `tests/fixtures`, each with its name and text, in the order of their names.
pub(crate) fn scripts() -> Vec<(String, String)> {
    scripts_in("tests/fixtures")
}

/// All scripts of a folder of the project.
pub(crate) fn scripts_in(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "dms"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// A script from its text.
pub(crate) fn parse(name: &str, text: &str) -> Script {
    Script::parse(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

/// The credentials with which scripts are written: `Bruce2:OhBehave` and `dm.example.com:secret`, and the PIN and the
/// IMSI of bootstrap messages.
pub(crate) fn secrets() -> Secrets {
    let secret = |secret: &str| Some(Secret { name: None, secret: secret.to_owned(), nonce: None });
    let known = provisioning::Secrets {
        imsi: Some("262011234567890".to_owned()),
        pin: Some("1234".to_owned()),
        ..provisioning::Secrets::default()
    };
    Secrets { client: secret("OhBehave"), server: secret("secret"), bootstrap: known }
}

/// The sessions of a script.
pub(crate) fn sessions(script: &Script) -> Vec<Session> {
    dmscope::testcase::proof::sessions(script, &secrets())
}

/// What the rules find in a script.
pub(crate) fn findings(engine: &Engine, script: &Script) -> Vec<Finding> {
    sessions(script).iter().flat_map(|session| engine.judge(session).findings).collect()
}

/// Findings for the text of a failure, one a line.
pub(crate) fn shown(findings: &[&Finding]) -> String {
    let row = |finding: &&Finding| {
        format!(
            "{} {} message {}: {} (expected {})",
            finding.rule.id,
            finding.severity,
            finding.at.entry.0 + 1,
            finding.seen,
            finding.expected
        )
    };
    findings.iter().map(row).collect::<Vec<_>>().join("\n")
}
