//! VerDTD, VerProto and the name space: which version a message says it speaks.

use super::scripts::{FIRST, PLAIN, UNDECODABLE};
use super::{CREP, DREP, PRO};
use crate::base::Severity;
use crate::dm::{Entry, EntryId, Profile, Session, Version};
use crate::markup::Namespace;
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Rule, Scope, Source};
use crate::syncml::Encoding;

pub(super) static VER_DTD: Rule = Rule {
    id: "HDR-001",
    name: "ver-dtd",
    title: "VerDTD is present and goes with the version",
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }, Clause { document: DREP, section: "6.1.24 VerDTD" }],
    what: "Each SyncHdr has a VerDTD, and it is the one of the version that VerProto names: 1.1 for DM/1.1, 1.2 for DM/1.2 \
           and DM/1.3. A wrong value with DM/1.3 is a warning. Where VerProto is absent or unknown only an absent VerDTD \
           is reported.",
    why: "Receivers choose the grammar of the message by it: with a wrong one they refuse the message with 505, or read \
          elements of another version.",
    mend: "Write the VerDTD that belongs to VerProto, 1.2 for DM 1.2, into every message.",
    pass: &[PLAIN, concat!("session version=1.1\n", one_get!("", "", "", ""))],
    violate: &[one_get!("", "verdtd=1.1", "", ""), one_get!("verdtd=", "", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(ver_dtd),
    ..Rule::MUST
};

fn ver_dtd(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let hdr = &msg.message().hdr;
    let version = spoken(msg.entry).unwrap_or(Version::Unknown);
    let expected = version.ver_dtd();
    let Some(found) = msg.message().value(hdr.ver_dtd) else {
        let expected = expected.map_or_else(|| "a VerDTD".to_owned(), |dtd| format!("VerDTD {dtd}"));
        cx.occasion(msg.at_node(hdr.ver_dtd)).violated("SyncHdr has no VerDTD, or an empty one", expected);
        return;
    };
    let Some(expected) = expected else { return };
    let occasion = cx.occasion(msg.at_node(hdr.ver_dtd));
    if found != expected {
        let seen = format!("VerDTD {} with VerProto {}", quoted(found), quoted(msg.text(hdr.ver_proto)));
        if version == Version::V1_3 {
            occasion.violated_as(Severity::Warning, seen, format!("VerDTD {expected}"));
        } else {
            occasion.violated(seen, format!("VerDTD {expected}"));
        }
    }
}

pub(super) static VER_PROTO: Rule = Rule {
    id: "HDR-002",
    name: "ver-proto",
    title: "VerProto is present and names a version of DM",
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }, Clause { document: DREP, section: "6.1.25 VerProto" }],
    what: "Each SyncHdr has a VerProto that is DM/1.1, DM/1.2 or DM/1.3. Another DM/x.y is a warning: it may be a version \
           to come. Data synchronisation (SyncML/x.y) is recognised by VerProto and not judged at all.",
    why: "A receiver that cannot tell the protocol answers 505 or treats the message as data synchronisation.",
    mend: "Write DM/1.2 (or the version spoken) with its prefix, in exactly this form.",
    pass: &[PLAIN],
    violate: &[one_get!("", "verproto=1.2", "", ""), one_get!("", "", "verproto=", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(ver_proto),
    ..Rule::MUST
};

fn ver_proto(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let node = msg.message().hdr.ver_proto;
    let occasion = cx.occasion(msg.at_node(node));
    const EXPECTED: &str = "DM/1.1, DM/1.2 or DM/1.3";
    match msg.message().value(node) {
        None => occasion.violated("SyncHdr has no VerProto, or an empty one", EXPECTED),
        Some("DM/1.1" | "DM/1.2" | "DM/1.3") => occasion.held(),
        Some(found) if is_version(found) => {
            occasion.violated_as(
                Severity::Warning,
                format!("VerProto {}, a version not known", quoted(found)),
                EXPECTED,
            );
        }
        Some(found) => occasion.violated(format!("VerProto {}", quoted(found)), EXPECTED),
    }
}

/// `DM/` and two numbers with a full stop between them.
fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    text.strip_prefix("DM/")
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

pub(super) static VERSION_CONSTANT: Rule = Rule {
    id: "HDR-003",
    name: "version-changes",
    title: "A side speaks one version throughout a session",
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }],
    what: "Each message is compared with the sender's message before it (the one after a single stray message with the one before \
           that): VerProto stays the same, and so does VerDTD where \
           VerProto does not determine it. A server that speaks another version than the client from its first message on \
           is a warning, since no text says in words that both must agree. A message that refuses the other's version with \
           505 or 513, and the client's next attempt after it, are left out.",
    why: "Elements and status codes differ between versions: what one message allows, the next forbids, and the session \
          ends with 505.",
    mend: "Fix the version when the session begins, and write it into every message of the session.",
    yields_to: &["STA-032"],
    pass: &[PLAIN],
    violate: &[
        one_get!("", "", "verdtd=1.1 verproto=DM/1.1 ns=SYNCML:SYNCML1.1", ""),
        one_get!(
            "",
            "verdtd=1.1 verproto=DM/1.1 ns=SYNCML:SYNCML1.1",
            "",
            "verdtd=1.1 verproto=DM/1.1 ns=SYNCML:SYNCML1.1"
        ),
    ],
    not_applicable: &[FIRST],
    check: Check::Message(version_constant),
    ..Rule::MUST
};

fn version_constant(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(version) = spoken(msg.entry) else { return };
    if refuses_version(msg.entry) {
        return;
    }
    let session = msg.session;
    let answered = msg.entry.answers.and_then(|id| Some((id, session.entry(id)?)));
    if msg.entry.is_client() && answered.is_some_and(|(_, answered)| refuses_version(answered)) {
        return;
    }
    let text = |entry: &Entry| quoted(entry.message.text(entry.message.hdr.ver_proto));
    let mut before = last_version(session, msg.id);
    if let Some((id, entry)) = before
        && entry.message.text(entry.message.hdr.ver_proto) != msg.text(msg.message().hdr.ver_proto)
        && let Some((earlier, other)) = last_version(session, id)
        && other.message.text(other.message.hdr.ver_proto) == msg.text(msg.message().hdr.ver_proto)
    {
        // One message that strays and comes back is one fault, and the stray one has it.
        before = Some((earlier, other));
    }
    if let Some((id, entry)) = before {
        let related = At { entry: id, command: None, node: entry.message.hdr.ver_proto };
        let same_proto = msg.text(msg.message().hdr.ver_proto) == entry.message.text(entry.message.hdr.ver_proto);
        let hdr = &msg.message().hdr;
        let (node, seen, expected) = if !same_proto {
            let seen = format!("VerProto {}, after {} in the message before", text(msg.entry), text(entry));
            (hdr.ver_proto, seen, text(entry))
        } else if version == Version::Unknown
            && let (Some(now), Some(then)) =
                (msg.message().value(hdr.ver_dtd), entry.message.value(entry.message.hdr.ver_dtd))
            && now != then
        {
            let seen = format!("VerDTD {}, after {} in the message before", quoted(now), quoted(then));
            (hdr.ver_dtd, seen, quoted(then))
        } else {
            cx.occasion(msg.at_node(hdr.ver_proto)).held();
            return;
        };
        let occasion = cx.occasion(msg.at_node(node)).related(related);
        if session.is_whole_between(id, msg.id) {
            occasion.violated(seen, format!("{expected} as before"));
        } else {
            occasion.undecided(Reason::MessageLost);
        }
    } else if msg.entry.is_server()
        && let Some((id, client)) = answered
        && spoken(client).is_some()
    {
        let node = msg.message().hdr.ver_proto;
        let occasion = cx.occasion(msg.at_node(node));
        if msg.text(node) != client.message.text(client.message.hdr.ver_proto) {
            occasion.related(At { entry: id, command: None, node: client.message.hdr.ver_proto }).violated_as(
                Severity::Warning,
                format!("the server answers with VerProto {} a client that speaks {}", text(msg.entry), text(client)),
                format!("{}, or a Status 505 or 513 for SyncHdr", text(client)),
            );
        }
    }
}

/// The sender's last message before one that says what version it speaks.
fn last_version(session: &Session, id: EntryId) -> Option<(EntryId, &Entry)> {
    let mut before = session.previous_of_sender(id);
    while let Some((id, entry)) = before {
        if spoken(entry).is_some() && !refuses_version(entry) {
            break;
        }
        before = session.previous_of_sender(id);
    }
    before
}

/// The version that VerProto names; `None` where it is absent or not of DM.
fn spoken(entry: &Entry) -> Option<Version> {
    entry.message.value(entry.message.hdr.ver_proto).and_then(Version::of_ver_proto)
}

/// Whether a message refuses the version of the one that it answers.
fn refuses_version(entry: &Entry) -> bool {
    matches!(entry.content.hdr_status, Some(505 | 513))
}

pub(super) static NAMESPACE: Rule = Rule {
    id: "HDR-004",
    name: "namespace",
    title: "The name space of SyncML goes with the version",
    severity: Severity::Warning,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.2 SyncML" }, Clause { document: DREP, section: "6.2.1 SyncML" }],
    what: "In XML, the element SyncML is in the name space SYNCML:SYNCML1.1 with VerDTD 1.1 and SYNCML:SYNCML1.2 with \
           VerDTD 1.2, in exactly these letters. No name space at all is an observation, and so is SYNCML:SYNCML1.1 from a \
           server of Windows devices. Not looked at where VerDTD itself is wrong.",
    why: "Parsers that honour name spaces do not find SyncML at all and refuse the document.",
    mend: "Declare xmlns='SYNCML:SYNCML1.2' on SyncML in messages with VerDTD 1.2.",
    pass: &[PLAIN],
    violate: &[one_get!("", "ns=SYNCML:SYNCML1.1", "", ""), one_get!("ns=syncml:SYNCML1.2", "", "", "")],
    not_applicable: &[one_get!("encoding=wbxml", "encoding=wbxml", "encoding=wbxml", "encoding=wbxml")],
    check: Check::Message(namespace),
    ..Rule::MUST
};

fn namespace(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let message = msg.message();
    if message.encoding() != Encoding::Xml {
        return;
    }
    let ver_dtd = message.text(message.hdr.ver_dtd);
    let expected = match ver_dtd {
        "1.1" => "SYNCML:SYNCML1.1",
        "1.2" => "SYNCML:SYNCML1.2",
        _ => return,
    };
    if spoken(msg.entry).and_then(Version::ver_dtd).is_some_and(|right| right != ver_dtd) {
        return;
    }
    let Some(root) = message.tree().root() else { return };
    let wanted = || format!("xmlns='{expected}', since VerDTD is {ver_dtd}");
    match (message.tree().namespace(root), message.tree().namespace_uri(root)) {
        (Namespace::Undeclared, _) => {
            cx.occasion(msg.at_node(root)).violated_as(Severity::Info, "SyncML declares no name space", wanted())
        }
        (_, Some(found)) if found == expected => cx.occasion(msg.at_node(root)).held(),
        (_, Some(found)) => {
            let windows = cx.profile() == Profile::MsMdm && msg.entry.is_server() && found == "SYNCML:SYNCML1.1";
            let occasion = cx.occasion(msg.at_node(root));
            let seen = format!("the name space {}", quoted(found));
            if windows {
                occasion.violated_as(Severity::Info, seen, wanted());
            } else {
                occasion.violated(seen, wanted());
            }
        }
        _ => {}
    }
}
