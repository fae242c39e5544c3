//! RespURI: where the answer shall go.

use super::scripts::{FIRST, PLAIN};
use super::{CREP, DREP, PRO};
use crate::base::Severity;
use crate::dm::Profile;
use crate::rules::address::{Address, path_of};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Need, Rule, Scope, Source};

pub(super) static RESP_URI_ABSOLUTE: Rule = Rule {
    id: "HDR-020",
    name: "resp-uri-relative",
    title: "RespURI is an absolute URI",
    severity: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "6.1 RespURI" }, Clause { document: DREP, section: "6.1.17 RespURI" }],
    what: "The text of each RespURI begins with a scheme and a colon, and something follows.",
    why: "The receiver has nothing against which to resolve a relative reference, and sends to its own idea of the address.",
    mend: "Write the whole URI, https:// and authority included.",
    pass: &[one_get!("", "respuri=https://dm.example.com/dm?sid=7", "url=/dm?sid=7", "")],
    violate: &[one_get!("", "respuri=/dm/s1", "", "")],
    not_applicable: &[PLAIN],
    check: Check::Message(resp_uri_absolute),
    ..Rule::MUST
};

fn resp_uri_absolute(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(node) = msg.message().hdr.resp_uri else { return };
    let occasion = cx.occasion(msg.at_node(node));
    let found = msg.text(node);
    if !is_absolute(found) {
        occasion.violated(format!("RespURI {}", quoted(found)), "an absolute URI, such as https://server/path");
    }
}

/// Whether a text begins as an absolute URI does (RFC 3986, section 4.3).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|ch: char| ch.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    })
}

pub(super) static RESP_URI_HONOURED: Rule = Rule {
    id: "HDR-021",
    name: "resp-uri-ignored",
    title: "A client sends its next message to the server's RespURI",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: CREP, section: "6.1 RespURI" }, Clause { document: PRO, section: "9.1" }],
    what: "After a server's message with an http or https RespURI, the client's next request goes to its path and query, \
           percent-encoding and default ports apart. A warning where the Host of the request is not the authority of \
           RespURI, since a gateway may have rewritten the path. Right path at another authority is undecided: a proxy may \
           hide it. Query parameters mode and Platform of Windows devices do not count.",
    why: "Servers put the session's key into RespURI; a request elsewhere reaches a server that does not know the session.",
    mend: "Send each message to the RespURI of the server's latest message, and to the configured address only where there \
           is none.",
    needs: &[Need::Transport],
    yields_to: &["AUTH-023"],
    pass: &[one_get!("", "respuri=https://dm.example.com/dm?sid=7", "url=/dm?sid=7", "")],
    violate: &[one_get!("", "respuri=https://dm.example.com/dm?sid=7", "", "")],
    not_applicable: &[PLAIN, FIRST],
    check: Check::Message(resp_uri_honoured),
    ..Rule::MUST
};

/// Judges where a client sent a message after a RespURI.
pub(in crate::rules) fn resp_uri_honoured(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() {
        return;
    }
    let session = msg.session;
    let Some((id, server)) = msg.entry.answers.and_then(|id| Some((id, session.entry(id)?))) else { return };
    let Some(uri) = server.message.value(server.message.hdr.resp_uri) else { return };
    let Some(wanted) = Address::of_uri(uri) else { return };
    // Only the first request after it is bound.
    if session.next_of_peer(id).is_none_or(|(next, _)| next != msg.id) {
        return;
    }
    let Some(sent) = msg.entry.transport.as_ref().and_then(Address::of_request) else { return };
    let windows = cx.profile() == Profile::MsMdm;
    let occasion = cx.occasion(msg.at()).related(At { entry: id, command: None, node: server.message.hdr.resp_uri });
    let same_path = path_of(wanted.path, windows) == path_of(sent.path, windows);
    let same_authority = sent.authority.as_ref().is_none_or(|authority| wanted.authority.as_ref() == Some(authority));
    if same_path && same_authority {
        return;
    }
    if !session.is_whole_between(id, msg.id) || skips_a_message(msg) {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    if same_path {
        occasion.undecided(Reason::NotVisible);
        return;
    }
    let host = sent.authority.as_deref().unwrap_or("an unknown host");
    let seen = format!("the client sent to {} at {host}, after RespURI {}", quoted(sent.path), quoted(uri));
    let expected = format!("a request to {}", quoted(uri));
    if sent.authority.is_some() && same_authority {
        occasion.violated(seen, expected);
    } else {
        occasion.violated_as(Severity::Warning, seen, expected);
    }
}

/// Whether the client's MsgIDs leave one out before a message: a whole exchange may be missing from the capture.
fn skips_a_message(msg: Msg<'_>) -> bool {
    let before = msg.session.previous_of_sender(msg.id).and_then(|(_, entry)| entry.message.msg_number());
    matches!((before, msg.message().msg_number()), (Some(then), Some(now)) if now > then.saturating_add(1))
}
