//! Target and Source: who sends to whom.

use super::scripts::{FIRST, PLAIN, UNDECODABLE};
use super::{CREP, DREP, MS_MDM, PRO, SEC, STDOBJ};
use crate::base::Severity;
use crate::dm::{Profile, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::At;
use crate::rules::helper::{plain, quoted};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope, Source};
use crate::syncml::CommandName;

pub(super) static TARGET: Rule = Rule {
    id: "HDR-015",
    name: "target-missing",
    title: "Target is present with a LocURI",
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }, Clause { document: CREP, section: "7 DTD: SyncHdr" }],
    what: "Each SyncHdr has a Target with a LocURI that is not empty.",
    why: "A receiver that serves several addresses, or sits behind a gateway, does not know whom the message is for.",
    mend: "Put the address of the other side into Target/LocURI: the server's URI, or the device's identifier.",
    pass: &[PLAIN],
    violate: &[one_get!("", "target=", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(target),
    ..Rule::MUST
};

fn target(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let hdr = &msg.message().hdr;
    let occasion = cx.occasion(msg.at_node(hdr.target_uri.or(hdr.target)));
    if msg.message().target().is_none() {
        let seen = if hdr.target.is_some() { "Target has no LocURI, or an empty one" } else { "SyncHdr has no Target" };
        occasion.violated(seen, "Target with a LocURI");
    }
}

pub(super) static SOURCE: Rule = Rule {
    id: "HDR-016",
    name: "source-missing",
    title: "Source is present with a LocURI",
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }],
    what: "Each SyncHdr has a Source with a LocURI that is not empty.",
    why: "The receiver does not know who speaks: a server finds no account for the device, a client does not know its \
          server.",
    mend: "Put the own address into Source/LocURI: the device's identifier, or the server's URI.",
    pass: &[PLAIN],
    violate: &[one_get!("", "", "source=", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(source),
    ..Rule::MUST
};

fn source(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let hdr = &msg.message().hdr;
    let occasion = cx.occasion(msg.at_node(hdr.source_uri.or(hdr.source)));
    if msg.message().source().is_none() {
        let seen = if hdr.source.is_some() { "Source has no LocURI, or an empty one" } else { "SyncHdr has no Source" };
        occasion.violated(seen, "Source with a LocURI");
    }
}

pub(super) static ROLES: Rule = Rule {
    id: "HDR-017",
    name: "roles-of-target-and-source",
    title: "Target names the other side, Source the sender",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }],
    what: "Target of a server's message is the Source of the client's message that it answers (or its RespURI, or the \
           Source with which the session began); a difference in case alone is an observation. A client's Target is not its \
           own Source. A server's Source is not looked at: it may be a public address other than the client's Target.",
    why: "A device that checks Target takes the message for one to somebody else and drops it.",
    mend: "Answer with the Source of the message received as Target, unchanged.",
    pass: &[PLAIN],
    violate: &[one_get!("", "target=https://dm.example.com/dm", "", "")],
    not_applicable: &["device target=\n    Alert 1201\n"],
    check: Check::Message(roles),
    ..Rule::MUST
};

fn roles(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let message = msg.message();
    let Some(target) = message.target() else { return };
    if msg.entry.is_client() {
        let Some(source) = message.source() else { return };
        let occasion = cx.occasion(msg.at_node(message.hdr.target_uri));
        if target == source {
            let seen = format!("the client names itself as Target, {}", quoted(target));
            occasion.violated(seen, "the server's URI as Target");
        }
        return;
    }
    let Some((id, asked)) = msg.entry.answers.and_then(|id| Some((id, msg.session.entry(id)?))) else { return };
    let Some(device) = asked.message.source() else { return };
    let occasion = cx.occasion(msg.at_node(message.hdr.target_uri));
    if plain(target) == plain(device)
        || target == msg.session.identity.device
        || asked.message.value(asked.message.hdr.resp_uri) == Some(target)
    {
        return;
    }
    let occasion = occasion.related(At { entry: id, command: None, node: asked.message.hdr.source_uri });
    let seen = format!("Target {} in the answer to a message with Source {}", quoted(target), quoted(device));
    let expected = format!("Target {}", quoted(device));
    if target.eq_ignore_ascii_case(device) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static SOURCE_CONSTANT: Rule = Rule {
    id: "HDR-018",
    name: "device-source-changes",
    title: "The device keeps its Source throughout a session",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "8.3 and 8.5" }],
    what: "Source/LocURI of each client message is the one of the client's message before it, or the one with which the \
           session began. A difference in case alone is a warning.",
    why: "The server looks for the account of another device, and refuses the rest of the session.",
    mend: "Choose one identifier of the device and use it in every message.",
    pass: &[PLAIN],
    violate: &[one_get!("", "", "source=IMEI:004400112233446", "target=IMEI:004400112233446")],
    not_applicable: &[FIRST],
    check: Check::Message(source_constant),
    ..Rule::MUST
};

fn source_constant(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() {
        return;
    }
    let Some(found) = msg.message().source() else { return };
    let Some((id, before)) = msg.session.previous_of_sender(msg.id) else { return };
    let Some(expected) = before.message.source() else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.source_uri));
    if found == expected || found == msg.session.identity.device {
        return;
    }
    let occasion = occasion.related(At { entry: id, command: None, node: before.message.hdr.source_uri });
    let seen = format!("Source {}, after {} in the client's message before", quoted(found), quoted(expected));
    let wanted = format!("Source {}", quoted(expected));
    if found.eq_ignore_ascii_case(expected) {
        occasion.violated_as(Severity::Warning, seen, wanted);
    } else {
        occasion.violated(seen, wanted);
    }
}

pub(super) static DEV_ID: Rule = Rule {
    id: "HDR-019",
    name: "source-is-not-dev-id",
    title: "Source of the device is its DevId",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[
        Clause { document: STDOBJ, section: "5.3.2 DevInfo" },
        Clause { document: MS_MDM, section: "Device information" },
    ],
    what: "The value of ./DevInfo/DevId that a client sends in its first package is the text of Source/LocURI of that \
           message. Clients that protect their users' privacy may differ, hence only an observation.",
    why: "Servers that key the account on one of the two do not find what was stored under the other.",
    mend: "Use one identifier for both, unless the device has reason to hide its own.",
    pass: &[PLAIN],
    violate: &[one_get!("source=urn:uuid:4A3D7B1C-0E52-4F60-9C11-7D2B8A6E5F03", "", "", "")],
    not_applicable: &["device\n    Alert 1201\n"],
    check: Check::Command(&[CommandName::Replace], dev_id),
    ..Rule::SHOULD
};

fn dev_id(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if cmd.msg.entry.is_server() || cmd.msg.entry.package.number != 1 {
        return;
    }
    let Some(source) = cmd.message().source() else { return };
    for item in cmd.items() {
        let uri = cmd.message().value(item.source_uri).or_else(|| cmd.message().value(item.target_uri));
        if uri.is_none_or(|uri| plain(uri) != "DevInfo/DevId") || item.more_data.is_some() {
            continue;
        }
        let Some(found) = cmd.message().value(item.data) else { continue };
        let occasion = cx.occasion(cmd.at_node(item.data));
        if found != source {
            occasion
                .related(cmd.msg.at_node(cmd.message().hdr.source_uri))
                .violated(format!("DevId {}, Source {}", quoted(found), quoted(source)), "the same text in both");
        }
    }
}

pub(super) static LOC_NAME: Rule = Rule {
    id: "HDR-025",
    name: "loc-name-missing",
    title: "LocName carries the user name of digest credentials",
    severity: Severity::Info,
    clause: &[Clause { document: DREP, section: "6.1.9 LocName" }, Clause { document: SEC, section: "5.3.1" }],
    what: "A message with credentials of type syncml:auth-md5, or with an x-syncml-hmac header, has a Source/LocName that is \
           not empty. With the header a warning, since its user name is defined as the LocName; otherwise an observation \
           (in strict mode a warning), since most servers key the account on Source/LocURI. Not asked of Windows devices \
           and their servers over TLS.",
    why: "The digest does not show for whom it was made: a server that keys accounts on the user name cannot check it.",
    mend: "Put the user name of the account into Source/LocName of every message with digest credentials.",
    yields_to: &["HDR-016"],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    pass: &[
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 \
             ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
             server\n    Status SyncHdr 212 chal=md5:LG3iZQhhdmKNHg==\n    Status * 200\n",
    ],
    violate: &[one_get!("cred=md5:Bruce2:OhBehave:Tm9uY2U= locname=", "", "", "")],
    not_applicable: &[PLAIN, one_get!("cred=basic:Bruce2:OhBehave", "", "", "")],
    check: Check::Message(loc_name),
    ..Rule::SHOULD
};

fn loc_name(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let message = msg.message();
    let transport = msg.entry.transport.as_ref();
    let hmac = transport.is_some_and(|transport| transport.header("x-syncml-hmac").is_some());
    let digest = || {
        let kind = message.hdr.cred.and_then(|cred| message.auth_type(cred));
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("syncml:auth-md5"))
    };
    if !hmac && !digest() {
        return;
    }
    if cx.profile() == Profile::MsMdm && is_over_tls(msg.session) {
        return;
    }
    let occasion = cx.occasion(msg.at_node(message.hdr.source_name.or(message.hdr.source)));
    if message.value(message.hdr.source_name).is_some() {
        return;
    }
    let expected = "Source/LocName with the user name";
    if hmac {
        let seen = "an x-syncml-hmac header, and no LocName in Source";
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated("credentials of type syncml:auth-md5, and no LocName in Source", expected);
    }
}

fn is_over_tls(session: &Session) -> bool {
    session.entries.first().and_then(|entry| entry.transport.as_ref()).is_some_and(|transport| transport.tls)
}
