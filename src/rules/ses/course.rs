//! What a session comes to.

use super::{ABORTS, AUTHENTICATION, PACKAGES};
use crate::base::{Direction, Severity};
use crate::dm::{Entry, EntryId, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::pkg::device_nodes;
use crate::rules::rule::{Check, Clause, Judged, Need, Rule, Scope, Source};
use crate::rules::sta::common::{COMMANDS, CREP, ONE_GET, after_package_1, message_at, number, opened, shown};
use crate::syncml::CommandName;
use std::collections::BTreeMap;

const SEC: &str = "OMA-TS-DM_Security-V1_2_1";

/// Challenges that one side may send in a session: for a missing scheme, a stale nonce, and one more.
const CHALLENGES_ALLOWED: u32 = 3;

pub(super) static CHALLENGES: Rule = Rule {
    id: "SES-007",
    name: "challenge-loop",
    title: "Neither side asks for credentials again and again",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.3.3" }],
    what: "Neither side sends more than three messages with 401 or 407 and Chal for SyncHdr in a session.",
    why: "Neither side comes to a decision: the device repeats its package until its battery is empty.",
    mend: "Refuse without Chal after the third try, and close the session; as a client, give up.",
    pass: &[after_package_1!("server", " Status SyncHdr 407 chal=basic", " Status * 407")],
    violate: &[after_package_1!(
        "server\n Status SyncHdr 407 chal=basic\n Status * 407",
        "device cred=basic:a:b\n Status SyncHdr 200\n Alert 1201",
        "server\n Status SyncHdr 401 chal=basic\n Status * 401",
        "device cred=basic:a:c\n Status SyncHdr 200\n Alert 1201",
        "server\n Status SyncHdr 401 chal=basic\n Status * 401",
        "device cred=basic:a:d\n Status SyncHdr 200\n Alert 1201",
        "server\n Status SyncHdr 401 chal=basic\n Status * 401",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(challenges),
    ..Rule::SHOULD
};

fn challenges(session: &Session, cx: &mut Cx<'_>) {
    let mut counts = [0u32; 2];
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.content.challenge) {
        let Some(count) = counts.get_mut(usize::from(entry.direction == Direction::ServerToDevice)) else { continue };
        *count += 1;
        let occasion = cx.occasion(Msg { session, id, entry }.at());
        if *count == CHALLENGES_ALLOWED + 1 {
            occasion.violated(format!("challenge number {count} of this side"), "a decision after three of them");
        }
    }
}

pub(super) static ABORT: Rule = Rule {
    id: "SES-009",
    name: "session-aborted",
    title: "Alert 1223 ends a session before its time",
    scope: Scope::Session,
    clause: &[ABORTS],
    what: "An observation: one side has sent Alert 1223. From there on nobody is held to complete a package.",
    why: "What the server wanted was not done, or only in part.",
    mend: "Nothing is wrong; look for the cause on the side that aborted.",
    violate: &["device\n Alert 1223\n"],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Alert], abort),
    ..Rule::MAY
};

fn abort(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if alert.code() == Some(1223) {
        let who = if alert.msg.entry.is_client() { "client" } else { "server" };
        cx.occasion(alert.at())
            .violated(format!("the {who} aborts the session in {}", number(alert.msg)), "a complete session");
    }
}

pub(super) static PENDING_AT_ABORT: Rule = Rule {
    id: "SES-010",
    name: "abort-without-pending-status",
    title: "The message that aborts a session answers what was done before",
    severity: Severity::Info,
    strict: Severity::Info,
    clause: &[ABORTS],
    yields_to: &["STA-001"],
    what: "A message with Alert 1223 has Status for the SyncHdr and for the commands of the message that it answers.",
    why: "The other side does not know which of its commands took effect before the abort.",
    mend: "Send the Status of what was executed together with Alert 1223.",
    pass: &[opened!(
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        " Alert 1223",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
    )],
    violate: &[opened!(" Get ./A", "device", " Status SyncHdr 200", " Alert 1223")],
    not_applicable: &[ONE_GET],
    check: Check::Message(pending_at_abort),
    ..Rule::SHOULD
};

fn pending_at_abort(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if !msg.entry.content.abort || msg.entry.is_after_loss() {
        return;
    }
    let Some(asked) = msg.entry.answers.and_then(|id| message_at(session, id)) else { return };
    if session.is_aborted_by(asked.id) || !asked.message().is_judgeable() {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(asked.at());
    if session.statuses_of(asked.header()).next().is_none() {
        return occasion
            .violated(format!("Alert 1223 without Status for the SyncHdr of {}", number(asked)), "its Status");
    }
    let open = asked.commands().find(|cmd| {
        COMMANDS.contains(&cmd.command.name)
            && cmd.command.no_resp.is_none()
            && session.statuses_of(cmd.place()).next().is_none()
    });
    if let Some(open) = open {
        occasion.related(open.at()).violated(format!("Alert 1223 without Status for {}", shown(open)), "its Status");
    }
}

pub(super) static SAME_VERSION: Rule = Rule {
    id: "SES-015",
    name: "refused-version-again",
    title: "After a refusal of its version the client tries another one",
    judged: Judged::Client,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 505, 513" }],
    needs: &[Need::NotAborted],
    what: "The client's message after a Status 505 or 513 for its SyncHdr has another VerProto or VerDTD, where it opens the session \
           again. Sessions that follow under MsgID 1 are not looked at.",
    why: "The server refuses it again, and the device never gets managed.",
    mend: "Use one of the versions that the server named in the Status, or give up.",
    pass: &[
        "device verproto=DM/1.3\n Alert 1201\nserver verproto=DM/1.2\n Status SyncHdr 513 \"DM/1.2\"\n Status * 513\n\
             device\n Status SyncHdr 200\n Alert 1201\n",
    ],
    violate: &[
        "device verproto=DM/1.3\n Alert 1201\nserver verproto=DM/1.2\n Status SyncHdr 513 \"DM/1.2\"\n Status * 513\n\
                device verproto=DM/1.3\n Status SyncHdr 200\n Alert 1201\n",
    ],
    not_applicable: &[ONE_GET],
    check: Check::Message(same_version),
    ..Rule::SHOULD
};

fn same_version(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_server() || !msg.entry.content.session_alert || msg.entry.is_after_loss() {
        return;
    }
    let Some(refusal) = msg.entry.answers.and_then(|id| message_at(session, id)) else { return };
    if !matches!(refusal.entry.content.hdr_status, Some(505 | 513)) {
        return;
    }
    let Some(refused) = refusal.entry.answers.and_then(|id| message_at(session, id)) else { return };
    let version = |msg: Msg<'_>| {
        let hdr = &msg.message().hdr;
        (msg.text(hdr.ver_proto).to_owned(), msg.text(hdr.ver_dtd).to_owned())
    };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.ver_proto)).related(refusal.at());
    let now = version(msg);
    if now == version(refused) {
        occasion.violated(
            format!("VerProto {} again, which was refused", quoted(&now.0)),
            "a version that the server speaks",
        );
    }
}

pub(super) static EVENTS: Rule = Rule {
    id: "SES-017",
    name: "client-event",
    title: "What the client reports of its own accord",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[PACKAGES],
    what: "An observation: each Alert 1224 and 1226 with the Type, Mark and Source of its first Item, and its Correlator.",
    why: "Ends of operations that were accepted earlier, and failures, come this way.",
    mend: "Nothing is wrong.",
    violate: &[
        "device\n Alert 1201\n Alert 1226 source=./A type=org.example.event mark=warning format=chr data=x correlator=7\n",
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Alert], events),
    ..Rule::MAY
};

fn events(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (1224 | 1226)) = alert.code() else { return };
    if alert.msg.entry.is_server() || alert.msg.entry.is_continuation(alert.id) {
        return;
    }
    let message = alert.message();
    let item = alert.items().first();
    let meta = |tag| alert.text(message.effective_met_inf(alert.command, item, tag));
    let told = [
        ("of type", meta(Tag::Type)),
        ("mark", meta(Tag::Mark)),
        ("from", alert.text(item.and_then(|item| item.source_uri))),
        ("correlator", alert.text(alert.command.correlator)),
    ];
    let mut seen = format!("Alert {code}");
    for (name, value) in told.iter().filter(|(_, value)| !value.is_empty()) {
        seen.push_str(&format!(", {name} {}", quoted(value)));
    }
    cx.occasion(alert.at()).violated(seen, "what the client has to report");
}

pub(super) static DEVICE_CHANGED: Rule = Rule {
    id: "SES-018",
    name: "device-information-changed",
    title: "DevInfo does not change within a session",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: crate::rules::sta::common::PRO, section: "8.3 Package 1" }, AUTHENTICATION],
    needs: &[Need::Start],
    what: "Each node of DevInfo in a package 1 that is sent again has the value that it had the first time.",
    why: "The server has prepared for another device, model or language than the one that it talks to.",
    mend: "Send the same DevInfo again.",
    pass: &[after_package_1!(
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status * 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        " Replace ./DevInfo/Lang=en",
    )],
    violate: &[after_package_1!(
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status * 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        " Replace ./DevInfo/Lang=de",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(device_changed),
    ..Rule::SHOULD
};

fn device_changed(session: &Session, cx: &mut Cx<'_>) {
    let is_again = |(_, entry): (EntryId, &Entry)| entry.package.number == 1 && entry.package.attempt > 1;
    if !session.sent_by(Direction::DeviceToServer).any(is_again) {
        return;
    }
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        if entry.package.number != 1 || !entry.message.is_judgeable() {
            continue;
        }
        let msg = Msg { session, id, entry };
        let nodes = device_nodes(msg);
        if entry.package.attempt > 1 && !nodes.is_empty() {
            let other = nodes.iter().find_map(|(node, value)| {
                let before = known.get(node)?;
                (before != value).then_some((node, *before, *value))
            });
            let occasion = cx.occasion(msg.at());
            if let Some((node, before, now)) = other {
                let seen = format!("{} for the node {node} of DevInfo, after {}", quoted(now), quoted(before));
                occasion.violated_as(Severity::Info, seen, "the same value again");
            }
        }
        for (node, value) in nodes {
            known.entry(node).or_insert(value);
        }
    }
}
