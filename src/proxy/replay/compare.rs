//! Where a live message differs from the recorded one that it stands for.

use super::heard::{Heard, asking, describe};
use super::player::is_for_hdr;
use crate::dm::{Entry, EntryId, Place, Session};
use crate::syncml::{Command, CommandId, CommandName, Message, number};
use std::collections::{BTreeMap, BTreeSet};

/// The differences, in sentences: commands that came or did not, and how commands of this side were answered. Values are not
/// compared: times, counters and nonces differ from run to run. Without own messages in `sent`, answers are not either.
pub(super) fn differences(
    session: &Session,
    sent: &[(String, EntryId)],
    peer: &str,
    recorded: &Entry,
    live: &Message,
    heard: &Heard,
) -> Vec<String> {
    let mut found = Vec::new();
    for (id, command) in asking(&recorded.message).filter(|(_, command)| !command.name.is_response()) {
        if heard.pair(id).is_none() {
            found.push(format!("the {peer} did not send {}, recorded", describe(&recorded.message, command)));
        }
    }
    for command in heard.unknown() {
        found.push(format!("the {peer} sent {}, not recorded", command.text));
    }
    if !sent.is_empty() {
        answers(session, sent, peer, recorded, live, &mut found);
    }
    if recorded.message.has_final() != live.has_final() {
        let (with, recorded) = if live.has_final() { ("with", "without") } else { ("without", "with") };
        found.push(format!(
            "the {peer} sent message {} {with} Final, recorded {recorded}",
            live.msg_id().unwrap_or("?")
        ));
    }
    found
}

/// How commands were answered.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answers {
    codes: BTreeMap<Place, Vec<u16>>,
    results: BTreeSet<Place>,
}

fn answers(
    session: &Session,
    sent: &[(String, EntryId)],
    peer: &str,
    recorded: &Entry,
    live: &Message,
    found: &mut Vec<String>,
) {
    let mut then = Answers::default();
    let was_sent = |place: &Place| sent.iter().any(|(_, entry)| *entry == place.entry);
    for (id, command) in recorded.message.commands_with_ids().filter(|(_, command)| command.name.is_response()) {
        let place = recorded.resolution(id).and_then(|resolution| resolution.found());
        if let Some(place) = place.filter(was_sent) {
            then.add(place, command);
        }
    }
    let lost = recorded.message.commands_with_ids().filter(|(id, command)| {
        command.name == CommandName::Status && recorded.resolution(*id).and_then(|to| to.found()).is_none()
    });
    // References that led nowhere in the recording may do so again.
    let mut forgiven = lost.count();
    let mut now = Answers::default();
    for command in live.commands.iter().filter(|command| command.name.is_response()) {
        match answered(session, sent, live, command) {
            Some(place) => now.add(place, command),
            None if command.name != CommandName::Status => {}
            None if forgiven > 0 => forgiven = forgiven.saturating_sub(1),
            None => found.push(format!(
                "the {peer} answered message {}, command {}, which was not sent",
                live.text(command.msg_ref),
                live.text(command.cmd_ref)
            )),
        }
    }
    let places: BTreeSet<Place> = then.codes.keys().chain(now.codes.keys()).copied().collect();
    for place in places {
        let name = name(session, place);
        match (now.codes.get(&place), then.codes.get(&place)) {
            (Some(now), Some(then)) if now != then => {
                found.push(format!("the {peer} answered {name} with {}, recorded {}", list(now), list(then)));
            }
            (Some(now), None) => {
                found.push(format!("the {peer} answered {name} with {}, not recorded here", list(now)));
            }
            (None, Some(then)) => {
                found.push(format!("the {peer} did not answer {name}, recorded {}", list(then)));
            }
            _ => {}
        }
    }
    for place in then.results.symmetric_difference(&now.results) {
        let name = name(session, *place);
        let what = if now.results.contains(place) { "sent Results" } else { "sent no Results" };
        found.push(format!("the {peer} {what} for {name}, other than recorded"));
    }
}

impl Answers {
    fn add(&mut self, place: Place, command: &Command) {
        if command.name == CommandName::Results {
            self.results.insert(place);
        } else {
            let codes = self.codes.entry(place).or_default();
            codes.push(command.code.unwrap_or_default());
            codes.sort_unstable();
        }
    }
}

/// The own command, in its place in the recording, that a live Status or Results answers. Commands keep their CmdIDs.
fn answered(session: &Session, sent: &[(String, EntryId)], live: &Message, answer: &Command) -> Option<Place> {
    // MsgRef may be left out of Results where there is but one message to refer to.
    let wanted = live.text(answer.msg_ref);
    let same = |id: &str| id == wanted || number(id).is_some() && number(id) == number(wanted);
    let entry = sent.iter().rev().find(|(id, _)| wanted.is_empty() || same(id)).map(|(_, entry)| *entry)?;
    if is_for_hdr(live, answer) {
        return Some(Place { entry, command: None });
    }
    let message = &session.entry(entry)?.message;
    let cmd_ref = live.value(answer.cmd_ref)?;
    let command = message.commands_with_ids().find(|(_, command)| message.cmd_id(command) == Some(cmd_ref));
    command.map(|(id, _): (CommandId, _)| Place { entry, command: Some(id) })
}

fn name(session: &Session, place: Place) -> String {
    match session.command(place) {
        Some((entry, command)) => describe(&entry.message, command),
        None => "SyncHdr".to_owned(),
    }
}

fn list(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" and ")
}
