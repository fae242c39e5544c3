//! Conversations to trees.

mod hostile;
mod learning;
mod readings;
mod serialised;

use super::*;
use crate::dm::{Finished, Session, Tracker};
use crate::fixture::{Encoding, Script};

/// The sessions of a script, in the order in which they began.
fn sessions(text: &str, encoding: Option<Encoding>) -> Vec<Session> {
    let mut script = Script::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    if let Some(encoding) = encoding {
        script = script.with_encoding(encoding).unwrap();
    }
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    let mut keep = |finished: Finished| sessions.push(*finished.session);
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    sessions.sort_by_key(|session| session.first_frame);
    sessions
}

fn forest(text: &str) -> Forest {
    let mut forest = Forest::default();
    for (at, session) in sessions(text, None).iter().enumerate() {
        forest.take(u32::try_from(at).unwrap() + 1, session);
    }
    forest
}

fn journal(text: &str) -> Journal {
    let forest = forest(text);
    let journals = forest.journals();
    assert_eq!(journals.len(), 1, "{text}");
    journals[0].clone()
}

/// A session whose second message of the server holds these commands, answered as told.
fn session(commands: &str, answers: &str) -> String {
    format!(
        "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:1 ./DevInfo/Man=M\nserver\n    Status SyncHdr 200\n    \
         Status * 200\n{commands}\ndevice\n    Status SyncHdr 200\n{answers}\nserver\n    Status SyncHdr 200\n"
    )
}

/// One line for each node but DevInfo: marks, URI, kind, format, value, ACL, Type. `~` stands before what is inferred.
fn show(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    for row in tree.rows().filter(|row| row.depth > 0 && !row.uri.starts_with("./DevInfo")) {
        let sure = |certainty| if certainty == Certainty::Certain { "" } else { "~" };
        match row.existence {
            Existence::Present => {}
            Existence::Absent => out.push_str("x "),
            Existence::Unknown => out.push_str("? "),
        }
        out.push_str(row.certainty.map_or("", sure));
        out.push_str(&row.uri);
        match row.kind {
            NodeKind::Interior => out.push('/'),
            NodeKind::Leaf => {}
            NodeKind::Unknown if row.existence == Existence::Present => out.push_str(" ?"),
            NodeKind::Unknown => {}
        }
        if let Some(complete) = row.children_complete {
            out.push_str(sure(complete));
            out.push('!');
        }
        if let Some(known) = row.format.filter(|known| known.value != "node") {
            out.push_str(&format!(" {}", known.value));
        }
        if let Some(known) = row.value {
            let text = known.value.text.unwrap_or_else(|| "(unseen)".to_owned());
            out.push_str(&format!(" {}={text}", sure(known.certainty)));
        }
        if let Some(known) = row.acl {
            out.push_str(&format!(" {}acl[{}]", sure(known.certainty), known.value));
        }
        if let Some(known) = row.media_type {
            out.push_str(&format!(" ({})", known.value));
        }
        for (property, known) in row.properties {
            out.push_str(&format!(" {}{}:{}", sure(known.certainty), property.name(), known.value));
        }
        out.push('\n');
    }
    out
}

/// What is known after the device has answered.
fn learned(commands: &str, answers: &str) -> String {
    show(&journal(&session(commands, answers)).end())
}
