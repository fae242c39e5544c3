//! Changes to one body.

use super::random::Random;
use super::spec::{Conditions, FaultKind};
use super::track::Place;
use crate::markup::{NodeId, Tag};
use crate::syncml::{CommandName, Message};
use std::fmt::Write as _;

/// A body after a change, and what was done, without values that are nobody's business.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) body: Vec<u8>,
    pub(super) detail: String,
}

/// Changes SyncML; `None` where there is nothing to change, or nothing that can be written again octet by octet.
pub(super) fn message(
    kind: &FaultKind,
    when: &Conditions,
    message: &Message,
    place: Option<&Place>,
) -> Option<Changed> {
    match kind {
        FaultKind::DropFinal => {
            let finals: Vec<NodeId> = message.each(message.sync_body?, Tag::Final).collect();
            if finals.is_empty() {
                return None;
            }
            Some(Changed { body: message.without(&finals)?, detail: String::new() })
        }
        FaultKind::MsgId(number) => msg_id(message, *number),
        FaultKind::RepeatMsgId => msg_id(message, place?.previous_msg_id?),
        FaultKind::AlterNonce => nonce(message),
        FaultKind::StripStatus { all } => strip(message, when, *all),
        _ => None,
    }
}

fn msg_id(message: &Message, number: u64) -> Option<Changed> {
    if message.msg_number() == Some(number) {
        return None;
    }
    let body = message.with_content(message.hdr.msg_id?, number.to_string().as_bytes())?;
    let mut detail = format!("MsgID {number}");
    if let Some(old) = message.msg_number() {
        // Writing to a String cannot fail.
        let _ = write!(detail, " instead of {old}");
    }
    Some(Changed { body, detail })
}

/// Another letter in the first NextNonce that has one: as base64 it is still well-formed, and other octets.
fn nonce(message: &Message) -> Option<Changed> {
    let tree = message.tree();
    let nonces = message.commands.iter().filter_map(|command| command.chal);
    let nonces = nonces.flat_map(|chal| tree.descendants(chal)).filter(|&id| tree.tag(id) == Some(Tag::NextNonce));
    for nonce in nonces {
        let mut content = tree.content_bytes(nonce).to_vec();
        let is_text = content.is_ascii();
        let Some(letter) = content.iter_mut().find(|octet| !is_text || octet.is_ascii_alphanumeric()) else { continue };
        *letter = match *letter {
            letter if !is_text => letter ^ 1,
            b'A' => b'B',
            _ => b'A',
        };
        if let Some(body) = message.with_content(nonce, &content) {
            return Some(Changed { body, detail: String::new() });
        }
    }
    None
}

fn strip(message: &Message, when: &Conditions, all: bool) -> Option<Changed> {
    let statuses = message.commands.iter().filter(|command| {
        command.name == CommandName::Status && when.status_to.is_none_or(|to| message.text(command.cmd) == to)
    });
    let gone: Vec<NodeId> = statuses.map(|status| status.node).take(if all { usize::MAX } else { 1 }).collect();
    if gone.is_empty() {
        return None;
    }
    let count = gone.len();
    let detail = if all { format!("{count} Status") } else { String::new() };
    Some(Changed { body: message.without(&gone)?, detail })
}

/// Changes octets, whatever they mean; `None` where the body is too short.
pub(super) fn octets(kind: &FaultKind, body: &[u8], random: &mut Random) -> Option<Changed> {
    match kind {
        FaultKind::Truncate(length) => {
            let body = body.get(..*length).filter(|cut| cut.len() < body.len())?;
            Some(Changed { body: body.to_vec(), detail: String::new() })
        }
        FaultKind::Corrupt(offset) => {
            let (at, mask) = match offset {
                Some(at) => (*at, 0xff),
                None => {
                    let at = random.below(body.len());
                    (at, u8::try_from(random.below(255)).unwrap_or_default() + 1)
                }
            };
            let mut body = body.to_vec();
            *body.get_mut(at)? ^= mask;
            let detail = if offset.is_none() { format!("octet {at}") } else { String::new() };
            Some(Changed { body, detail })
        }
        _ => None,
    }
}
