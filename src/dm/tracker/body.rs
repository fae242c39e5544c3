//! What is in the bodies of an exchange.

use super::super::build::confirmed_headers;
use super::super::live::names_dev_info;
use crate::http::{BodyEnd, HttpMessage};
use crate::syncml::{self, CommandName, MediaType, Message, sniff};

/// One body of an exchange, decoded or not.
pub(super) enum Body {
    Message(Box<Message>),
    /// It should be SyncML, but nothing could be made of it.
    Undecodable,
    Empty,
    Other,
    /// Nothing of it is in the capture, nor what it is.
    Missing,
}

/// Whether an answer behind octets that are missing is none to this request: it is of another session, or answers the SyncHdr
/// of another message.
pub(super) fn is_of_other_request(request: &Message, answer: &Message) -> bool {
    let (Some(own), mut confirmed) = (request.msg_number(), confirmed_headers(answer).peekable()) else { return false };
    let names_another = confirmed.peek().is_some() && confirmed.all(|number| number != own);
    let ids = (request.session_id(), answer.session_id());
    let is_of_another_device = matches!((request.source(), answer.target()), (Some(own), Some(to)) if own != to);
    names_another || is_of_another_device || matches!(ids, (Some(asked), Some(answered)) if asked != answered)
}

/// Whether an HTTP request carries a server's message: OBEX gateways and others swap the roles (guard G12).
pub(super) fn is_from_server(message: &Message) -> bool {
    let mut operations = false;
    for command in &message.commands {
        match command.name {
            CommandName::Results => return false,
            CommandName::Alert if matches!(message.code(command), Some(1200 | 1201 | 1224 | 1226)) => return false,
            CommandName::Replace if names_dev_info(message, command) => return false,
            CommandName::Get | CommandName::Exec | CommandName::Delete | CommandName::Copy => operations = true,
            _ => {}
        }
    }
    operations
}

/// Whether a document is a SyncML message, however much of it is missing.
pub(super) fn has_root(message: &Message) -> bool {
    let tree = message.tree();
    message.hdr.node.is_some() || tree.root().is_some_and(|root| tree.name(root).eq_ignore_ascii_case("SyncML"))
}

/// Decodes a body, and takes it out of the HTTP message.
pub(super) fn read<L>(http: &mut HttpMessage<L>) -> Body {
    let media = MediaType::parse(http.header("content-type"));
    if http.body.is_empty() {
        return match http.end {
            BodyEnd::Complete => Body::Empty,
            _ if media.is_syncml() => Body::Undecodable,
            // The head broke off before it said what follows.
            BodyEnd::Gap | BodyEnd::Truncated { .. } if http.header("content-type").is_none() => Body::Missing,
            _ => Body::Empty,
        };
    }
    if !media.is_syncml() && sniff(&http.body).is_none() {
        return Body::Other;
    }
    match syncml::decode(std::mem::take(&mut http.body), media) {
        Ok(mut message) if has_root(&message) => {
            if http.end != BodyEnd::Complete && !message.is_judgeable() {
                // What is left of the command in which it breaks off is not what was sent.
                message.commands.pop();
            }
            Body::Message(Box::new(message))
        }
        Ok(message) => {
            http.body = message.body().to_vec();
            Body::Undecodable
        }
        Err((_, body)) => {
            http.body = body;
            Body::Undecodable
        }
    }
}
