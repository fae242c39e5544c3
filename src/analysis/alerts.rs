//! What a device reports of its own accord, as the report lists it.

use crate::dm::{EntryId, Place, Session};
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Message};
use crate::verdict::{AlertReport, clip};

/// Client Event and Generic Alert (OMA-TS-DM_Protocol-V1_2_1, 8.7).
const CODES: [u16; 2] = [1224, 1226];

/// The alerts of the device in a session, Item by Item.
pub(super) fn report(session: &Session) -> Vec<AlertReport<'_>> {
    let mut found = Vec::new();
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.is_client()) {
        let message = &entry.message;
        for (at, command) in message.commands_with_ids() {
            let code = message.code(command).filter(|code| CODES.contains(code));
            // What goes on with a value of the message before is no other alert.
            if let Some(code) = code.filter(|_| command.name == CommandName::Alert && !entry.is_continuation(at)) {
                add(session, (id, message), (at, command), code, &mut found);
            }
        }
    }
    found
}

fn add<'s>(
    session: &'s Session,
    (id, message): (EntryId, &'s Message),
    (at, command): (CommandId, &'s Command),
    code: u16,
    found: &mut Vec<AlertReport<'s>>,
) {
    let answer = session.statuses_of(Place { entry: id, command: Some(at) }).last();
    let status = answer.and_then(|place| {
        let message = &session.entry(place.entry)?.message;
        message.value(message.command(place.command?)?.data)
    });
    let blank = || AlertReport {
        message: id.0.saturating_add(1),
        cmd_id: message.cmd_id(command).map(clip),
        code,
        mark: None,
        kind: None,
        source: None,
        correlator: message.value(command.correlator).map(clip),
        data: None,
        status: status.map(clip),
    };
    let items = message.items(command);
    found.extend(items.iter().map(|item| {
        let meta = |tag| message.value(message.met_inf(item.meta, tag)).map(clip);
        AlertReport {
            mark: meta(Tag::Mark),
            kind: meta(Tag::Type),
            source: message.value(item.source_uri).map(clip),
            data: message.value(item.data).map(clip),
            ..blank()
        }
    }));
    if items.is_empty() {
        found.push(blank());
    }
}
