//! The alert that tells of the end of an operation: MOA-002, MOA-003, MOA-016.

use super::super::cx::{Cmd, Cx};
use super::super::finding::Reason;
use super::super::helper::{UriMatch, compare_uris, quoted};
use super::super::operation::{self, Operation, is_known_since, known};
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Source, Versions};
use super::super::sta::common::{FIRST, FUMO, ONE_GET, PRO, last_status, package_1, shown};
use crate::base::{FrameNo, Severity};
use crate::dm::{AlertContent, Earlier, EntryId, Past, Profile};
use crate::markup::Tag;
use crate::syncml::CommandName;

const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];
const ALERT: &[CommandName] = &[CommandName::Alert];
const GENERIC: Clause = Clause { document: PRO, section: "8.7 Generic Alert" };
const NOTIFICATION: Clause = Clause { document: FUMO, section: "Use of Generic Alert for Notifications" };

/// An object whose operations end with an alert of a registered type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Firmware,
    Software,
    Lock,
    Capability,
}

/// Which object's operation an alert of that Type tells the end of (OMA-TS-DM-FUMO-V1_0, alert types; registered types of SCOMO,
/// LAWMO and DCMO).
pub(super) fn object_of(kind: &str) -> Option<Object> {
    let kind = kind.trim();
    let kind = kind.strip_prefix("Reversed-Domain-Name:").unwrap_or(kind).trim_start();
    if let Some(event) = kind.strip_prefix("org.openmobilealliance.dm.firmwareupdate.") {
        return matches!(event, "download" | "update" | "downloadandupdate").then_some(Object::Firmware);
    }
    if kind == "org.openmobilealliance.dm.softwarecomponent.OperationComplete" {
        return Some(Object::Software);
    }
    let (object, event) = kind.strip_prefix("urn:oma:at:")?.split_once(':')?;
    if !event.ends_with(":OperationComplete") {
        return None;
    }
    match object {
        "scomo" => Some(Object::Software),
        "lawmo" => Some(Object::Lock),
        "dcmo" => Some(Object::Capability),
        _ => None,
    }
}

/// Two sessions: an Exec that is accepted, and in the second one its end; what follows there, and whatever comes then.
macro_rules! ended {
    ($alert:literal, $then:expr) => {
        concat!(
            "session session=1\n",
            package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Exec ./FwUpdate/Update correlator=7\n",
            "device\n Status SyncHdr 200\n Status * 202\nserver\n Status SyncHdr 200\n",
            "session session=2\n",
            package_1!(),
            $alert,
            "server\n Status SyncHdr 200\n Status * 200\n",
            $then
        )
    };
}
/// A third session that tells the same end.
macro_rules! again {
    ($alert:literal) => {
        concat!("session session=3\n", package_1!(), $alert, "server\n Status SyncHdr 200\n Status * 200\n")
    };
}

const DONE: &str = ended!(
    " Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200 correlator=7\n",
    ""
);

pub(super) static ONCE: Rule = Rule {
    id: "MOA-002",
    name: "end-of-operation-told-twice",
    title: "The end of an operation is told once",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[NOTIFICATION, GENERIC],
    overrides: NOT_WINDOWS,
    what: "Two Generic Alerts of the type with which an operation on firmware ends, or one of SCOMO, LAWMO or DCMO, do not have the same \
           Source, Type and Correlator, where the server took the first one with 200 or 202 and no Exec on the object came in between. \
           Without Correlator only those of firmware are compared. Undecided where not all in between is known. That nothing is told \
           at all is SES-011.",
    why: "The server takes it for a second operation, or the device has tried again what it was told to do once.",
    mend: "Forget the operation when the Status of its alert has come, and do not try it again without a new Exec.",
    pass: &[DONE],
    violate: &[ended!(
        " Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200 correlator=7\n",
        again!(
            " Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200 correlator=7\n"
        )
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, once),
    ..Rule::MUST
};

/// An alert that was sent before, and how it was answered.
struct Before<'s> {
    frame: FrameNo,
    /// The earlier session, counted from the oldest that is known; `None` for this one.
    session: Option<usize>,
    codes: Option<u16>,
    alert: Option<Cmd<'s>>,
}

fn is_same(a: &AlertContent, b: &AlertContent) -> bool {
    a.kind == b.kind && a.correlator == b.correlator && compare_uris(&a.source, &b.source) != UriMatch::Different
}

/// The latest alert of the same end before this one.
fn before<'s>(alert: Cmd<'s>, content: &AlertContent, past: &Past) -> Option<Before<'s>> {
    let session = alert.session();
    let own =
        session.entries_with_ids().take_while(|(id, _)| *id <= alert.msg.id).filter(|(_, entry)| entry.is_client());
    let mut found = None;
    for (at, earlier) in past.sessions().enumerate() {
        for one in earlier.alerts().iter().filter(|one| is_same(&one.content, content)) {
            found = Some(Before { frame: one.frame, session: Some(at), codes: one.codes.last().copied(), alert: None });
        }
    }
    for (id, entry) in own {
        let msg = super::super::cx::Msg { session, id, entry };
        for cmd in
            msg.commands().filter(|cmd| cmd.place() < alert.place() && !entry.is_continuation(cmd.id) && !entry.refused)
        {
            if AlertContent::of(cmd.message(), cmd.command).is_some_and(|one| is_same(&one, content)) {
                let frame = entry.frames.last().copied().unwrap_or(FrameNo::FIRST);
                let codes = last_status(cmd).map(|(_, code)| code);
                found = Some(Before { frame, session: None, codes, alert: Some(cmd) });
            }
        }
    }
    found
}

fn once(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(content) = operation::content(alert, cx) else { return };
    let Some(object) = object_of(&content.kind) else { return };
    if content.correlator.is_none() && (object != Object::Firmware || content.source.is_empty()) {
        return;
    }
    let (session, past) = (alert.session(), cx.past());
    let Some(before) = before(alert, &content, past) else { return cx.occasion(alert.at()).held() };
    let mut occasion = cx.occasion(alert.at());
    let operations = known(session, past, alert.msg.id);
    let is_meant = |operation: &Operation<'_>| match (operation.correlator, content.correlator.as_deref()) {
        (Some(asked), Some(told)) if asked == told => true,
        _ => operation.is_of(&content.source),
    };
    let is_asked_again = operations.iter().any(|operation| operation.frame >= before.frame && is_meant(operation));
    if is_asked_again || !matches!(before.codes, Some(200 | 202) | None) {
        return occasion.held();
    }
    if let Some(one) = before.alert {
        occasion = occasion.related(one.at());
    }
    let is_whole = before.session.is_none_or(|at| is_known_since(past, at));
    let from = before.alert.map_or(EntryId(0), |one| one.msg.id);
    if before.codes.is_none() || !is_whole || !past.is_complete() || past.is_interleaved() {
        return occasion.undecided(Reason::PastNotKnown);
    }
    if before.session.is_some() && !session.start_seen {
        return occasion.undecided(Reason::StartNotCaptured);
    }
    if !session.is_whole_between(from, alert.msg.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    let correlator =
        content.correlator.as_deref().map_or_else(String::new, |one| format!(" with Correlator {}", quoted(one)));
    let place = before.session.and_then(|at| past.sessions().nth(at)).map_or_else(
        || "earlier in the session".to_owned(),
        |earlier: &Earlier| format!("in the session {}", quoted(&earlier.session_id)),
    );
    let seen =
        format!("{} of Type {}{correlator}; the same was told {place}, and taken", shown(alert), quoted(&content.kind));
    occasion.violated(seen, "no second alert without a new Exec");
}

pub(super) static UNASKED: Rule = Rule {
    id: "MOA-003",
    name: "end-of-operation-without-exec",
    title: "The end of an operation belongs to an Exec that was captured",
    level: Level::May,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[GENERIC],
    overrides: NOT_WINDOWS,
    yields_to: &["CMD-037", "CMD-038"],
    what: "An observation: a Generic Alert of the type with which an operation on firmware ends, or one of SCOMO, LAWMO or DCMO, and no Exec \
           with its Correlator, or on its object, is known. The Exec may be older than the capture, or the user began the operation.",
    why: "What the alert tells the end of cannot be seen; a longer capture may show it.",
    mend: "Nothing is wrong; capture the session with the Exec too.",
    pass: &[],
    violate: &[concat!(
        package_1!(),
        " Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200\n",
        "server\n Status SyncHdr 200\n Status * 200\n"
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, unasked),
    ..Rule::MAY
};

fn unasked(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(content) = operation::content(alert, cx) else { return };
    if object_of(&content.kind).is_none() {
        return;
    }
    let operations = known(alert.session(), cx.past(), alert.msg.id);
    let own = content.correlator.as_deref();
    let is_known = operations
        .iter()
        .any(|operation| own.is_some() && operation.correlator == own || operation.is_of(&content.source));
    let occasion = cx.occasion(alert.at());
    if !is_known {
        let from = if content.source.is_empty() { String::new() } else { format!(" from {}", quoted(&content.source)) };
        let seen =
            format!("{} of Type {}{from}, and no Exec that it may belong to", shown(alert), quoted(&content.kind));
        occasion.violated(seen, "nothing: an observation");
    }
}

pub(super) static NUMBER: Rule = Rule {
    id: "MOA-016",
    name: "result-of-operation-no-number",
    title: "The result of an operation is a number",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[NOTIFICATION, Clause { document: FUMO, section: "Result Code" }],
    overrides: NOT_WINDOWS,
    what: "Data of a Generic Alert that tells the end of an operation on firmware, or of one of LAWMO or DCMO, is a decimal number. The text \
           of FUMO asks for it; for the others it is known from implementations. An empty one, and a value in several parts, are \
           not looked at.",
    why: "The server cannot tell success from failure.",
    mend: "Send the result code alone in Data; what is to be read by people belongs elsewhere.",
    yields_to: &["FUM-015", "LAW-006", "DCM-006"],
    pass: &[DONE],
    violate: &[concat!(
        package_1!(),
        " Alert 1226 source=./LAWMO type=urn:oma:at:lawmo:1.0:OperationComplete format=chr data=ok\n"
    )],
    not_applicable: &[
        FIRST,
        ONE_GET,
        concat!(
            package_1!(),
            " Alert 1226 source=./SCOMO type=urn:oma:at:scomo:1.0:OperationComplete format=chr data=ok\n"
        ),
    ],
    check: Check::Command(ALERT, number),
    ..Rule::MUST
};

fn number(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if alert.code() != Some(1226) || alert.msg.entry.is_server() || alert.msg.entry.is_continuation(alert.id) {
        return;
    }
    for item in alert.items().iter().filter(|item| item.more_data.is_none()) {
        let kind = alert.text(alert.message().met_inf(item.meta, Tag::Type));
        let Some(data) = item.data.filter(|_| object_of(kind).is_some_and(|object| object != Object::Software)) else {
            continue;
        };
        let text = alert.text(data);
        let tree = alert.message().tree();
        if text.is_empty() && tree.elements(data).next().is_none() {
            continue;
        }
        let occasion = cx.occasion(alert.at_node(data));
        let is_number = !text.is_empty()
            && text.bytes().all(|octet| octet.is_ascii_digit())
            && tree.elements(data).next().is_none();
        if !is_number {
            occasion.violated(format!("Data {} of {}", quoted(text), shown(alert)), "the result code, such as 200");
        }
    }
}
