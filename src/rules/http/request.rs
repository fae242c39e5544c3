//! What a client sends with a message: HTTP-006, HTTP-016, HTTP-019, HTTP-020, HTTP-024, HTTP-030.

use super::{ANSWER_ALONE, CREP, HTTP_BINDING, MS_MDM, PLAIN, PRO, exchange, request_of};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Session};
use crate::rules::address::{Address, path_of};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source};

pub(super) static METHOD: Rule = Rule {
    id: "HTTP-006",
    name: "method-not-post",
    title: "A client sends its messages with POST",
    judged: Judged::Client,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "POST" }],
    what: "The method of each HTTP request that holds a client's message is POST.",
    why: "Servers and gateways give no other method's body to the DM server.",
    mend: "Send messages with POST.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "method=PUT", "")],
    not_applicable: &[ANSWER_ALONE],
    check: Check::Encoding(method),
    ..Rule::MUST
};

fn method(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = request_of(msg).filter(|transport| !transport.method.is_empty()) else { return };
    let occasion = cx.occasion(msg.at());
    if transport.method != "POST" {
        occasion.violated(format!("method {}", quoted(&transport.method)), "POST");
    }
}

pub(super) static ACCEPT: Rule = Rule {
    id: "HTTP-016",
    name: "accept-without-dm",
    title: "A client says in Accept that it takes DM messages",
    judged: Judged::Client,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Accept" }],
    what: "The first request of a client in a session, and each one whose Accept differs from that of the one before, has Accept, \
           and it covers a media type of DM, by name or by a wildcard. \
           Where Content-Type is one of data synchronisation, that one counts too: another rule speaks of it.",
    why: "A server cannot choose the encoding of its answer, and may answer in one that the client does not read.",
    mend: "Send Accept with the media types that the client reads.",
    needs: &[Need::Transport],
    pass: &[PLAIN, exchange!("", "header=\"Accept: */*\"", "")],
    violate: &[exchange!("", "noheader=Accept", ""), exchange!("", "header=\"Accept: text/html\"", "")],
    not_applicable: &[ANSWER_ALONE],
    check: Check::Encoding(accept),
    ..Rule::MUST
};

fn accept(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = request_of(msg) else { return };
    let before = msg.session.previous_of_sender(msg.id).and_then(|(_, before)| before.transport.as_ref());
    if before.is_some_and(|before| before.accept == transport.accept && before.media == transport.media) {
        return;
    }
    let occasion = cx.occasion(msg.at());
    let expected = "application/vnd.syncml.dm+xml, +wbxml, or both";
    let Some(accept) = &transport.accept else {
        occasion.violated("no Accept", expected);
        return;
    };
    let own = transport.content_type.as_ref().filter(|_| transport.media.is_syncml());
    let types = ["application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"];
    if !types.into_iter().chain(own.map(|own| own.essence.as_str())).any(|essence| accept.takes(essence)) {
        let list: Vec<&str> = transport.elements("accept").collect();
        occasion.violated(format!("Accept {}", quoted(&list.join(", "))), expected);
    }
}

pub(super) static ACCEPT_CHARSET: Rule = Rule {
    id: "HTTP-019",
    name: "accept-charset-without-utf-8",
    title: "Accept-Charset of a client covers UTF-8",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Accept-Charset" }],
    what: "Where a request that holds a client's message has Accept-Charset, UTF-8 or * is on the list.",
    why: "DM is written in UTF-8; a server that goes by the list has nothing to answer with.",
    mend: "Put utf-8 on the list, or leave the header out.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "header=\"Accept-Charset: iso-8859-1\"", "")],
    not_applicable: &[exchange!("", "noheader=Accept-Charset", "")],
    check: Check::Encoding(accept_charset),
    ..Rule::MUST
};

fn accept_charset(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = request_of(msg).filter(|transport| transport.count("accept-charset") > 0) else { return };
    let occasion = cx.occasion(msg.at());
    let list: Vec<&str> = transport.elements("accept-charset").collect();
    let name = |element: &str| element.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !list.iter().any(|element| matches!(name(element).as_str(), "utf-8" | "utf8" | "*")) {
        occasion.violated(format!("Accept-Charset {}", quoted(&list.join(", "))), "utf-8 on the list");
    }
}

pub(super) static USER_AGENT: Rule = Rule {
    id: "HTTP-020",
    name: "no-user-agent",
    title: "A client sends User-Agent",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "User-Agent" }],
    what: "Each request that holds a client's message has User-Agent, and it is not empty.",
    why: "Servers tell the kinds of client apart by it, and work around their peculiarities.",
    mend: "Send User-Agent with the name and the version of the client.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "noheader=User-Agent", "")],
    not_applicable: &[ANSWER_ALONE],
    check: Check::Encoding(user_agent),
    ..Rule::MUST
};

fn user_agent(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = request_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    let first = transport.headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"user-agent"));
    if first.is_none_or(|first| first.value.trim_ascii().is_empty()) {
        occasion.violated("no User-Agent", "the name and the version of the client");
    }
}

pub(super) static ADDRESS: Rule = Rule {
    id: "HTTP-024",
    name: "request-not-to-target",
    title: "A request goes to Target of the message, or to RespURI",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "8.3" }, Clause { document: CREP, section: "6.1 RespURI" }],
    what: "Path and query of a client's request are those of Target/LocURI of its message, or of RespURI in the server's \
           latest message; percent-encoding and a port that is the default apart. Where Target is no http URI it is not looked \
           at. The right path at another authority is undecided, since a gateway may have been asked. Query parameters mode \
           and Platform of Windows devices do not count. Where RespURI was passed over, the rule on RespURI speaks.",
    why: "A server that finds sessions by their address does not find this one.",
    mend: "Send each message to the address in its Target, or to RespURI of the server's latest message.",
    needs: &[Need::Transport],
    yields_to: &["HDR-021"],
    pass: &[PLAIN],
    violate: &[exchange!("", "url=/elsewhere", "")],
    not_applicable: &[exchange!("server=srv1", "", ""), ANSWER_ALONE],
    check: Check::Message(address),
    ..Rule::MUST
};

fn address(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(sent) = request_of(msg).and_then(Address::of_request) else { return };
    let Some(target) = msg.message().target() else { return };
    let Some(wanted) = Address::of_uri(target) else { return };
    let before = msg.entry.answers.and_then(|id| msg.session.entry(id));
    let resp_uri = before.and_then(|entry| entry.message.value(entry.message.hdr.resp_uri)).and_then(Address::of_uri);
    let windows = cx.profile() == Profile::MsMdm;
    let path = path_of(sent.path, windows);
    let is_path_of = |wanted: &Address<'_>| path_of(wanted.path, windows) == path;
    let is_at = |wanted: &Address<'_>| sent.authority.is_none() || sent.authority == wanted.authority;
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.target));
    let known = || std::iter::once(&wanted).chain(&resp_uri);
    if known().any(|wanted| is_path_of(wanted) && is_at(wanted)) {
        return;
    }
    if known().any(is_path_of) {
        occasion.undecided(Reason::NotVisible);
        return;
    }
    let host = sent.authority.as_deref().unwrap_or("an unknown host");
    let seen = format!("a request to {} at {host}, with Target {}", quoted(sent.path), quoted(target));
    occasion.violated(seen, "a request to Target or RespURI");
}

pub(super) static WINDOWS: Rule = Rule {
    id: "HTTP-030",
    name: "windows-client",
    title: "A request shows that a Windows client sent it",
    judged: Judged::Client,
    source: Source::TextMs,
    scope: Scope::Session,
    clause: &[Clause { document: MS_MDM, section: "2.1" }],
    what: "Tells where User-Agent begins with MSFT OMA DM Client, where a header MS-Signature, MDM-GenericAlert, MS-CV or \
           DeviceToken stands in a request, or where the query has mode and Platform; once for each session. Such a session is \
           judged by the profile ms-mdm.",
    why: "Windows deviates from the specification in documented ways, which are no faults there.",
    mend: "Nothing is to be done. Where it is no Windows client, choose the profile by hand.",
    needs: &[Need::Transport],
    violate: &[exchange!("", "header=\"User-Agent: MSFT OMA DM Client/1.2.0.1\"", "")],
    not_applicable: &[PLAIN],
    check: Check::Session(windows),
    ..Rule::MAY
};

fn windows(session: &Session, cx: &mut Cx<'_>) {
    let mut sent = session.sent_by(Direction::DeviceToServer);
    let shown = sent.find_map(|(id, entry)| Some((id, entry.transport.as_ref()?.windows_sign()?)));
    if let Some((id, sign)) = shown {
        let occasion = cx.occasion(At { entry: id, command: None, node: None });
        occasion.violated(quoted(sign), "nothing: an observation");
    }
}
