//! A message and the HTTP message that carries it.

use super::{CREP, DREP, HTTP_BINDING, MET, ONE_GET};
use crate::base::{Direction, Severity};
use crate::dm::BodyEnd;
use crate::dm::Profile;
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::rule::{Check, Clause, Effect, Need, Override, Rule, Source};
use crate::syncml::Document;
use crate::syncml::xml::AnomalyKind;
use crate::wbxml;

pub(super) static TOO_LARGE: Rule = Rule {
    id: "MSG-002",
    name: "message-too-large",
    title: "A message is not larger than the other side's MaxMsgSize",
    clause: &[Clause { document: MET, section: "MaxMsgSize" }, Clause { document: DREP, section: "6.4 MaxMsgSize" }],
    what: "The octets of each body, transfer and content coding undone and HTTP headers not counted, are at most the \
           MaxMsgSize that the other side announced last. An error in the answer to a message that announces it; where the \
           other side's latest message does not repeat an older announcement, a warning. An announcement of 0, or none, \
           binds nobody.",
    why: "The receiver has no room for the message: it cuts it, refuses it with 413 or 513, or ends the session.",
    mend: "Look at MaxMsgSize of each message received, and split packages and large objects to fit.",
    overrides: &[Override {
        profile: Profile::MsMdm,
        direction: Some(Direction::DeviceToServer),
        effect: Effect::AtMost(Severity::Info),
    }],
    pass: &[
        "device maxmsg=4000\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
             ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n",
    ],
    violate: &["device maxmsg=400\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n"],
    not_applicable: &[ONE_GET],
    check: Check::Message(too_large),
    ..Rule::MUST
};

fn too_large(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(limit) = msg.entry.size_limit else { return };
    if limit.octets == 0 {
        return;
    }
    let octets = msg.message().body().len() as u64;
    let occasion = cx.occasion(msg.at());
    if octets <= limit.octets {
        return;
    }
    if !msg.session.is_whole_between(limit.announced_by, msg.id) {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    let announced = msg.session.entry(limit.announced_by).map(|entry| &entry.message);
    let node = announced.and_then(|message| message.hdr.meta);
    let number = announced.and_then(|message| message.msg_id()).unwrap_or("?");
    let occasion = occasion.related(At { entry: limit.announced_by, command: None, node });
    let seen = format!("{octets} octets; message {number} of the other side announced MaxMsgSize {}", limit.octets);
    let expected = format!("at most {} octets", limit.octets);
    if limit.latest {
        occasion.violated(seen, expected);
    } else {
        let seen = format!("{seen}, which its latest message does not repeat");
        occasion.violated_as(Severity::Warning, seen, expected);
    }
}

pub(super) static ONE_DOCUMENT: Rule = Rule {
    id: "MSG-011",
    name: "more-than-one-document",
    title: "An HTTP message carries one SyncML document and nothing after it",
    source: Source::Memory,
    clause: &[
        Clause { document: HTTP_BINDING, section: "Messages in HTTP bodies" },
        Clause { document: CREP, section: "5 Messages and packages" },
    ],
    what: "After the end of the root element a body holds no second document and no other octets. White space and U+0000 \
           after an XML document are let pass here (the latter is a fault of the XML itself); a single octet 00 after \
           WBXML is an observation. Looked at where the body is complete and the document was read to the end of its root.",
    why: "Receivers read the first document and lose the rest, or refuse the body as a whole.",
    mend: "Send each message in an HTTP message of its own, and let Content-Length end with the document.",
    needs: &[Need::Transport],
    pass: &[ONE_GET],
    violate: &[
        "device\n    Alert 1201\n    patch \"</SyncML>\" => \"</SyncML><SyncML xmlns='SYNCML:SYNCML1.2'/>\"\n",
        "device\n    Alert 1201\n    patch \"</SyncML>\" => \"</SyncML>xyz\"\n",
        "device encoding=wbxml\n    Alert 1201\n    hex-patch 120101 => 1201010003a4\n",
    ],
    not_applicable: &["device\n    Alert 1201\n    patch \"</SyncBody></SyncML>\" => \"\"\n"],
    check: Check::Encoding(one_document),
    ..Rule::MUST
};

fn one_document(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.transport.as_ref().is_none_or(|transport| transport.body_end != BodyEnd::Complete) {
        return;
    }
    const EXPECTED: &str = "the document and nothing after it";
    match msg.message().document() {
        Document::Xml(document) => {
            let Some(root) = document.tree.root() else { return };
            if document.fault.is_some() {
                return;
            }
            let occasion = cx.occasion(msg.at());
            let end = document.tree.span(root).end as usize;
            let after = document.anomalies.iter().find(|anomaly| match anomaly.kind {
                AnomalyKind::SecondRoot => true,
                AnomalyKind::TextOutsideRoot => anomaly.at >= end,
                _ => false,
            });
            if let Some(after) = after {
                let what = match after.kind {
                    AnomalyKind::SecondRoot => "a second document",
                    _ => "text",
                };
                occasion.violated(format!("{what} after the document, at offset {}", after.at), EXPECTED);
            }
        }
        Document::Wbxml(document) => {
            let cut = |anomaly: &wbxml::Anomaly| matches!(anomaly, wbxml::Anomaly::MissingEnd { .. });
            if document.fault.is_some() || document.anomalies.iter().any(cut) {
                return;
            }
            let occasion = cx.occasion(msg.at());
            for anomaly in &document.anomalies {
                match *anomaly {
                    wbxml::Anomaly::TrailingOctets { offset, count } => {
                        occasion.violated(format!("{count} octets after the document, at offset {offset}"), EXPECTED);
                        return;
                    }
                    wbxml::Anomaly::TrailingNul { offset } => {
                        let seen = format!("an octet 00 after the document, at offset {offset}");
                        occasion.violated_as(Severity::Info, seen, EXPECTED);
                        return;
                    }
                    _ => {}
                }
            }
        }
    }
}
