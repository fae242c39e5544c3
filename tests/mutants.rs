//! One change to a conforming conversation is one finding: by the rule that speaks of it, at the message that was changed,
//! and by no other.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

use dmscope::base::{Direction, Severity};
use dmscope::dm::{Secret, Secrets, Session};
use dmscope::fixture::{Encoding, Script};
use dmscope::provisioning;
use dmscope::rules::{self, Engine, Selection};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One change to a script. Messages, notifications and bootstrap messages among them, are counted from 1, over all sessions.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// Message options for a message.
    Opt(usize, &'static str),
    /// A line more at the end of a message.
    Add(usize, &'static str),
    /// Other text for the first place in a message where the text stands; lines are parted by `\n`, without their indentation.
    Swap(usize, &'static str, &'static str),
    /// Everything in WBXML.
    Wbxml,
}

use Edit::{Add, Opt, Swap, Wbxml};

/// A baseline, what is changed, and every finding at warning or above, as `RULE side:MsgID`. Rules that only observe are
/// looked at where a row names them.
type Mutant = (&'static str, &'static [Edit], &'static [&'static str]);

include!("mutants/table.rs");

/// A message of a script: its first line, and its other lines without indentation of their own.
struct Block {
    lines: Vec<String>,
    is_message: bool,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
        match blocks.last_mut() {
            Some(block) if line.starts_with(' ') => {
                block.lines.push(line.strip_prefix("    ").unwrap_or(line).to_owned())
            }
            _ => blocks.push(Block {
                lines: vec![line.to_owned()],
                is_message: line.starts_with("device")
                    || line.starts_with("server")
                    || line.starts_with("notification")
                    || line.starts_with("bootstrap")
                    || line.starts_with("download"),
            }),
        }
    }
    blocks
}

fn mutated(name: &str, edits: &[Edit]) -> Result<Script, String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).with_extension("dms");
    let mut blocks = blocks(&std::fs::read_to_string(&path).unwrap());
    let mut encoding = None;
    for edit in edits {
        let (Opt(at, _) | Add(at, _) | Swap(at, ..)) = edit else {
            encoding = Some(Encoding::Wbxml);
            continue;
        };
        let block = blocks.iter_mut().filter(|block| block.is_message).nth(at - 1).unwrap();
        match edit {
            Opt(_, options) => {
                block.lines[0].push(' ');
                block.lines[0].push_str(options);
            }
            Add(_, line) => block.lines.push((*line).to_owned()),
            Swap(_, old, new) => {
                let text = block.lines.join("\n");
                if !text.contains(old) {
                    return Err(format!("no {old:?} in {text:?}"));
                }
                block.lines = text.replacen(old, new, 1).lines().map(str::to_owned).collect();
            }
            Wbxml => {}
        }
    }
    let mut text = String::new();
    for block in blocks {
        for (at, line) in block.lines.iter().enumerate() {
            if at > 0 {
                text.push_str("    ");
            }
            text.push_str(line);
            text.push('\n');
        }
    }
    let script = Script::parse(&text).map_err(|error| error.to_string())?;
    match encoding {
        Some(encoding) => script.with_encoding(encoding).map_err(|error| error.to_string()),
        None => Ok(script),
    }
}

/// The credentials with which scripts are written: `Bruce2:OhBehave` and `dm.example.com:secret`, and the PIN and the
/// IMSI of bootstrap messages.
fn secrets() -> Secrets {
    let secret = |secret: &str| Some(Secret { name: None, secret: secret.to_owned(), nonce: None });
    let known = provisioning::Secrets {
        imsi: Some("262011234567890".to_owned()),
        pin: Some("1234".to_owned()),
        ..provisioning::Secrets::default()
    };
    Secrets { client: secret("OhBehave"), server: secret("secret"), bootstrap: known }
}

fn sessions(script: &Script) -> Vec<Session> {
    dmscope::testcase::proof::sessions(script, &secrets())
}

/// Findings as a row of the table has them, each with its text.
fn found(engine: &Engine, script: &Script, expected: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for session in sessions(script) {
        for finding in engine.judge(&session).findings {
            let is_named = expected.iter().any(|row| row.starts_with(finding.rule.id));
            if finding.severity < Severity::Warning && !is_named {
                continue;
            }
            let entry = session.entry(finding.at.entry).unwrap();
            let side = match entry.direction {
                Direction::DeviceToServer => "device",
                Direction::ServerToDevice => "server",
            };
            let place = format!("{} {side}:{}", finding.rule.id, entry.message.msg_id().unwrap_or("-"));
            found.push((place, format!("{}: {} (expected {})", finding.severity, finding.seen, finding.expected)));
        }
    }
    found
}

#[test]
fn a_change_is_found_once_by_the_rule_that_speaks_of_it() {
    let engine = Engine::new(Selection::default());
    let mut wrong = Vec::new();
    for (name, edits, expected) in MUTANTS {
        let script = match mutated(name, edits) {
            Ok(script) => script,
            Err(error) => {
                wrong.push(format!("{name} {edits:?}: {error}"));
                continue;
            }
        };
        let found = found(&engine, &script, expected);
        let mut places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        let mut expected: Vec<&str> = expected.to_vec();
        places.sort_unstable();
        expected.sort_unstable();
        if places != expected {
            let rows: Vec<String> = found.iter().map(|(place, text)| format!("  {place} {text}")).collect();
            wrong.push(format!("{name} {edits:?}\n  expected {expected:?}\n{}", rows.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), MUTANTS.len(), wrong.join("\n"));
}

#[test]
fn baselines_of_the_table_are_clean_without_the_change() {
    let engine = Engine::new(Selection::default());
    let names: BTreeSet<&str> = MUTANTS.iter().map(|(name, ..)| *name).collect();
    for name in names {
        let found = found(&engine, &mutated(name, &[]).unwrap(), &[]);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// Rules that no row shows, and why. Their own examples do.
const WITHOUT_A_ROW: &[(&str, &str)] = &[
    ("AUTH-051", "no baseline goes back to the default nonce after another one"),
    ("DDF-021", "needs the description of a device"),
    ("HTTP-022", "no baseline is sent in chunks"),
    ("HTTP-023", "no baseline is redirected"),
    ("HTTP-028", "no baseline is told to wait"),
    ("MOA-016", "yields to FUM-015, LAW-006 and DCM-006, which see the same of their objects"),
    ("MSG-001", "yields to LOB-024, which sees the same"),
    ("MSG-012", "the message numbers of both sides of a baseline are the same"),
    ("MSG-013", "needs an answer that comes a message late"),
    ("PKG-017", "yields to STA-002, which sees the same"),
    ("PKG-018", "yields to STA-002, which sees the same"),
    ("PKG-023", "yields to STA-001, which sees the same"),
    ("STA-006", "yields to RES-006, which sees the same of a Get"),
    ("SES-005", "no baseline has a device with two sessions under way"),
    ("SES-013", "needs a dozen messages without anything new"),
    ("WBX-013", "no baseline is refused for its version"),
    ("XML-016", "yields to XML-001, which sees the same of a document in XML"),
    ("WBX-016", "an observation; it accuses nobody"),
    ("DCM-009", "no baseline has a capability that is taken away"),
];

#[test]
fn every_rule_has_a_row_or_says_why_it_has_none() {
    let shown: BTreeSet<&str> =
        MUTANTS.iter().flat_map(|(.., expected)| *expected).filter_map(|row| row.split(' ').next()).collect();
    let without: Vec<&str> = rules::all().map(|rule| rule.id).filter(|id| !shown.contains(id)).collect();
    let mut said: Vec<&str> = WITHOUT_A_ROW.iter().map(|(id, _)| *id).collect();
    said.sort_by_key(|id| without.iter().position(|other| other == id));
    assert_eq!(without, said);
}
