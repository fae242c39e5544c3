//! A judged session for somebody who opens it.

use super::bootstraps;
use crate::base::Direction;
use crate::dm::{AuthTrack, Challenge, Entry, EntryId, HttpAnswer, ObjectEnd, Scheme, Session, Transport};
use crate::syncml::CommandName;
use crate::verdict::{ChallengeCloseUp, CloseUp, CredentialsCloseUp, MessageCloseUp, ObjectCloseUp, Text, Tie, clip};

/// Keeps what the row of the session does not hold.
pub(super) fn of(session: &Session, redact: bool) -> CloseUp<'_> {
    let mut messages: Vec<MessageCloseUp<'_>> = session.entries.iter().map(message).collect();
    authentication(session, &mut messages);
    CloseUp {
        session: 0,
        messages,
        objects: session.objects.iter().map(object).collect(),
        bootstraps: bootstraps::shown(session, redact),
    }
}

/// Ties credentials to the Chal before them.
fn authentication<'s>(session: &'s Session, messages: &mut [MessageCloseUp<'s>]) {
    // The last Chal, and the last that had a nonce, for the device and for the server.
    let mut asked: [(Option<usize>, Option<usize>); 2] = Default::default();
    for (at, entry) in session.entries.iter().enumerate() {
        let [device, server] = &mut asked;
        let (track, own, peer) = match entry.direction {
            Direction::DeviceToServer => (&session.client_auth, device, server),
            Direction::ServerToDevice => (&session.server_auth, server, device),
        };
        let number = |at: usize| u32::try_from(at).ok().and_then(|at| at.checked_add(1));
        if let Some(mut shown) = credentials(entry, at, track) {
            let chal = if shown.has_nonce { own.1 } else { own.0 };
            shown.asked = chal.and_then(number);
            if let Some(chal) = chal.and_then(|at| messages.get_mut(at)?.challenge.as_mut()) {
                chal.used = chal.used.or(number(at));
            }
            if let Some(message) = messages.get_mut(at) {
                message.credentials = Some(shown);
            }
        }
        if let Some(chal) = challenge(entry) {
            *peer = (Some(at), if chal.has_nonce { Some(at) } else { peer.1 });
            if let Some(message) = messages.get_mut(at) {
                message.challenge = Some(chal);
            }
        }
    }
}

fn credentials<'s>(entry: &'s Entry, at: usize, track: &'s AuthTrack) -> Option<CredentialsCloseUp<'s>> {
    let hmac = entry.transport.as_ref().is_some_and(|transport| transport.header("x-syncml-hmac").is_some());
    let cred = entry.message.hdr.cred;
    // Without a Type they are basic.
    let of_cred = |cred| entry.message.auth_type(cred).map_or(Scheme::Basic, Scheme::of_type);
    let scheme = if hmac { Scheme::Mac } else { of_cred(cred?) };
    let proof = u32::try_from(at).ok().and_then(|at| track.proof(EntryId(at)));
    Some(CredentialsCloseUp {
        has_nonce: matches!(scheme, Scheme::Md5 | Scheme::Mac),
        scheme: clip(scheme.type_name()).into_owned().into(),
        asked: None,
        proof: proof.map(|proof| proof.outcome.to_string().into()),
    })
}

/// The Chal at the Status for a SyncHdr.
fn challenge(entry: &Entry) -> Option<ChallengeCloseUp<'_>> {
    let mut commands = entry.message.commands_with_ids();
    commands.find_map(|(id, command)| {
        let chal = command.chal.filter(|_| command.name == CommandName::Status)?;
        entry.resolution(id)?.found().filter(|place| place.command.is_none())?;
        let chal = Challenge::of(&entry.message, chal);
        Some(ChallengeCloseUp {
            scheme: chal.scheme.map(|scheme| clip(scheme.type_name()).into_owned().into()),
            has_nonce: chal.nonce.is_some(),
            for_next_session: entry.message.code(command) == Some(212),
            used: None,
        })
    })
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
        credentials: None,
        challenge: None,
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
