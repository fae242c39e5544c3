//! A judged session for somebody who opens it.

use super::bootstraps;
use crate::dm::{Entry, HttpAnswer, ObjectEnd, Session, Transport};
use crate::verdict::{CloseUp, MessageCloseUp, ObjectCloseUp, Text, Tie, clip};

/// Keeps what the row of the session does not hold.
pub(super) fn of(session: &Session, redact: bool) -> CloseUp<'_> {
    CloseUp {
        session: 0,
        messages: session.entries.iter().map(message).collect(),
        objects: session.objects.iter().map(object).collect(),
        bootstraps: bootstraps::shown(session, redact),
    }
}

fn message(entry: &Entry) -> MessageCloseUp<'_> {
    let transport = entry.transport.as_ref();
    MessageCloseUp {
        carried: transport.map_or(Text::Borrowed(""), |transport| carried(transport).into()),
        attempt: entry.package.attempt,
        part: entry.package.part,
        resent: entry.resent,
        refused: entry.refused,
        after_loss: entry.is_after_loss(),
        bare: bare(entry),
        ties: ties(entry),
    }
}

fn ties(entry: &Entry) -> Vec<Tie> {
    let commands = entry.message.commands_with_ids();
    let tie = |(id, _)| {
        let to = entry.resolution(id)?.found()?;
        let message = to.entry.0.saturating_add(1);
        Some(Tie { command: id.0, message, to: to.command.map(|command| command.0) })
    };
    commands.filter_map(tie).collect()
}

fn carried(transport: &Transport) -> String {
    let (from, to) = match transport.is_request() {
        true => (transport.client, transport.server),
        false => (transport.server, transport.client),
    };
    let secured = match transport.secured {
        Some(secured) => {
            let words = [secured.version_name().unwrap_or("TLS"), secured.cipher_name];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        }
        None if transport.tls => "TLS".to_owned(),
        None => "no TLS".to_owned(),
    };
    format!("{from} → {to}, {}, {secured}", transport.version)
}

/// What came back that is no DM message.
fn bare(entry: &Entry) -> Vec<Text<'_>> {
    let mut lines: Vec<Text<'_>> = Vec::new();
    for response in &entry.bare {
        let mut line = format!("HTTP {}", response.status);
        if response.is_empty {
            line.push_str(", no body");
        }
        if response.asks_for_credentials {
            line.push_str(", asks for HTTP credentials");
        }
        if response.next_try.is_some() {
            line.push_str("; then sent again");
        }
        lines.push(line.into());
    }
    let last: Option<Text<'_>> = match entry.http_answer {
        HttpAnswer::Undecodable { status } => Some(format!("HTTP {status} with SyncML that can't be decoded").into()),
        HttpAnswer::Nothing => Some("the connection was closed without a response".into()),
        HttpAnswer::Empty { status } | HttpAnswer::Other { status } if entry.bare.is_empty() => {
            Some(format!("HTTP {status} without a DM message").into())
        }
        _ => None,
    };
    lines.extend(last.filter(|_| entry.is_client()));
    lines
}

fn object(object: &crate::dm::LargeObject) -> ObjectCloseUp<'_> {
    ObjectCloseUp {
        command: object.command.name().into(),
        uri: clip(&object.uri),
        announced: object.announced,
        octets: object.octets(),
        end: match object.end {
            ObjectEnd::Complete => "complete",
            ObjectEnd::Broken => "broken off",
            ObjectEnd::Refused => "refused",
            ObjectEnd::Open => "open",
        }
        .into(),
        chunks: object.chunks.iter().map(|chunk| (chunk.entry.0.saturating_add(1), chunk.command.0)).collect(),
    }
}
