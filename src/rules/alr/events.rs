//! What client events (1224) and Generic Alerts (1226) hold: ALR-007 to ALR-013, ALR-019 to ALR-022.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::quoted;
use super::super::res::unseen_before;
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use super::super::sta::common::{FIRST, number};
use super::{ALERT, DREP, FUMO, PRO, shown};
use crate::base::{Direction, MARKS, Severity};
use crate::dm::{Profile, Version};
use crate::markup::Tag;
use crate::syncml::{CommandName, Item};

const EVENT: u16 = 1224;
const GENERIC: u16 = 1226;

const EVENT_CLAUSE: Clause = Clause { document: DREP, section: "6.6.2 Alert" };

/// A client event and a Generic Alert that have all they need.
const GOOD: &str = "device\n Alert 1201\n Alert 1224 type=com.example.event format=chr data=x\n \
                    Alert 1226 source=./A type=\"Reversed-Domain-Name: com.example.a\" format=chr mark=minor data=1\n";

fn is_alert(alert: Cmd<'_>, code: u16) -> bool {
    alert.code() == Some(code)
}

/// Whether an Item may go on with a value that the sender's message before began: its Meta, Source and so on stand there.
/// Where the message before is not known, neither is this.
fn goes_on(alert: Cmd<'_>, position: usize) -> bool {
    if position != 0 {
        return false;
    }
    // Client events are not joined to objects: that the message before ends with MoreData must do.
    let is_rest_of_event = || {
        let before = alert.session().previous_of_sender(alert.msg.id);
        is_alert(alert, EVENT) && before.is_some_and(|(_, before)| before.content.chunk)
    };
    alert.msg.entry.is_continuation(alert.id) || is_rest_of_event()
}

/// Reports a defect of an Item; where the Item may be the rest of one that was not captured, nobody can say.
fn defective(alert: Cmd<'_>, position: usize, cx: &mut Cx<'_>, cap: Severity, seen: String, expected: &str) {
    let node = alert.items().get(position).map(|item| item.node);
    let unseen = if position == 0 { unseen_before(alert.msg) } else { None };
    let occasion = cx.occasion(alert.at_node(node));
    match unseen {
        Some(reason) => occasion.undecided(reason),
        None if cap == Severity::Error => occasion.violated(seen, expected),
        None => occasion.violated_as(cap, seen, expected),
    }
}

/// DM 1.1.2 was not re-read: what holds there is no more than a warning.
fn cap(cx: &Cx<'_>) -> Severity {
    if cx.profile().version() == Version::V1_1_2 { Severity::Warning } else { Severity::Error }
}

fn needs_item(alert: Cmd<'_>, code: u16, cx: &mut Cx<'_>) {
    if !is_alert(alert, code) {
        return;
    }
    let cap = cap(cx);
    let occasion = cx.occasion(alert.at());
    if alert.items().is_empty() {
        let (seen, expected) = (format!("{} has no Item", shown(alert)), "an Item for each event");
        if cap == Severity::Error {
            occasion.violated(seen, expected);
        } else {
            occasion.violated_as(cap, seen, expected);
        }
    }
}

fn needs_meta(alert: Cmd<'_>, code: u16, cx: &mut Cx<'_>) {
    if !is_alert(alert, code) {
        return;
    }
    let message = alert.message();
    for (position, item) in alert.items().iter().enumerate() {
        if goes_on(alert, position) {
            continue;
        }
        let lacks = |tag| message.value(message.met_inf(item.meta, tag)).is_none();
        let missing = match (item.meta.is_none(), lacks(Tag::Type), lacks(Tag::Format)) {
            (true, ..) => "Meta",
            (_, true, true) => "Type and Format",
            (_, true, false) => "Type",
            (_, false, true) => "Format",
            _ => {
                cx.occasion(alert.at_node(item.node)).held();
                continue;
            }
        };
        let seen = format!("Item {} of {} has no {missing}", position + 1, shown(alert));
        let cap = cap(cx);
        defective(alert, position, cx, cap, seen, "Meta of the Item with Type and Format");
    }
}

fn needs_data(alert: Cmd<'_>, code: u16, cx: &mut Cx<'_>) {
    if !is_alert(alert, code) {
        return;
    }
    for (position, item) in alert.items().iter().enumerate() {
        let cap = cap(cx);
        let occasion = cx.occasion(alert.at_node(item.node));
        if item.data.is_none() {
            let seen = format!("Item {} of {} has no Data", position + 1, shown(alert));
            let expected = "Data in each Item, empty where there is nothing to say";
            if cap == Severity::Error {
                occasion.violated(seen, expected);
            } else {
                occasion.violated_as(cap, seen, expected);
            }
        }
    }
}

pub(super) static EVENT_ITEM: Rule = Rule {
    id: "ALR-007",
    name: "client-event-without-item",
    title: "A client event has an Item",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[EVENT_CLAUSE],
    what: "Each Alert 1224 has at least one Item. A warning in DM 1.1.2.",
    why: "The server learns that something happened, and not what.",
    mend: "Send an Item with Type, Format and Data for each event.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1224\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_item(alert, EVENT, cx)),
    ..Rule::MUST
};

pub(super) static EVENT_META: Rule = Rule {
    id: "ALR-008",
    name: "client-event-without-type-or-format",
    title: "An Item of a client event has Type and Format",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[EVENT_CLAUSE],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "Each Item of an Alert 1224 has Meta with Type and Format. The rest of a value that an earlier message began needs \
           none. A warning in DM 1.1.2; an observation for Windows clients, whose published messages lack Format or put Type \
           beside Meta.",
    why: "The server cannot tell which event it is, and answers 406.",
    mend: "Give each Item Meta with Type and Format.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1224 type=com.example.event data=x\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_meta(alert, EVENT, cx)),
    ..Rule::MUST
};

pub(super) static EVENT_DATA: Rule = Rule {
    id: "ALR-009",
    name: "client-event-without-data",
    title: "An Item of a client event has Data",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "7 Alert Codes: 1224" }],
    what: "Each Item of an Alert 1224 has a Data element, which may be empty. A warning in DM 1.1.2.",
    why: "The event has no content; servers that read Data refuse the Alert.",
    mend: "Put what happened into Data of the Item.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1224 type=com.example.event format=chr\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_data(alert, EVENT, cx)),
    ..Rule::MUST
};

pub(super) static GENERIC_ITEM: Rule = Rule {
    id: "ALR-010",
    name: "generic-alert-without-item",
    title: "A Generic Alert has an Item",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7.1 Generic Alert: Item" }],
    what: "Each Alert 1226 has at least one Item.",
    why: "The alert says nothing; servers answer 412 and the result it was to report is lost.",
    mend: "Send an Item with Type, Format and Data for each alert.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1226\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_item(alert, GENERIC, cx)),
    ..Rule::MUST
};

pub(super) static GENERIC_META: Rule = Rule {
    id: "ALR-011",
    name: "generic-alert-without-type-or-format",
    title: "An Item of a Generic Alert has Type and Format",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7.1 Generic Alert: Meta, Type, Format" }],
    what: "Each Item of an Alert 1226 has Meta with Type and Format. The rest of a value that an earlier message began needs \
           none.",
    why: "The server cannot tell which alert it is, and answers 412 or 415.",
    mend: "Give each Item Meta with Type and Format; an Alert itself has no Meta.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1226 type=\"Reversed-Domain-Name: com.example.a\" data=x\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_meta(alert, GENERIC, cx)),
    ..Rule::MUST
};

pub(super) static GENERIC_TYPE: Rule = Rule {
    id: "ALR-012",
    name: "generic-alert-type-without-namespace",
    title: "The Type of a Generic Alert begins with its name space",
    severity: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7.1 Generic Alert: Type" }],
    what: "Type of each Item of an Alert 1226 begins with `Reversed-Domain-Name:` or `Content-Type:`. Nearly all devices, and \
           other specifications, write the bare reversed domain name: that is accepted, and a warning in strict mode only.",
    why: "The server finds no handler for the Type, and answers 415.",
    mend: "Write `Reversed-Domain-Name: ` before the name of the alert.",
    pass: &[
        GOOD,
        "device\n Alert 1201\n Alert 1226 type=org.openmobilealliance.dm.firmwareupdate.userrequest format=chr data=1\n",
    ],
    violate: &["device\n Alert 1201\n Alert 1226 type=\"update done\" format=chr data=1\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, generic_type),
    ..Rule::MUST
};

fn generic_type(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_alert(alert, GENERIC) {
        return;
    }
    let strict = cx.is_strict();
    for item in alert.items() {
        let Some(node) = alert.message().met_inf(item.meta, Tag::Type) else { continue };
        let kind = alert.text(node);
        if kind.is_empty() {
            continue;
        }
        let occasion = cx.occasion(alert.at_node(node));
        if has_prefix(kind) || (!strict && has_namespace(kind)) {
            continue;
        }
        let seen = format!("Type {} of {}", quoted(kind), shown(alert));
        let expected = "Reversed-Domain-Name: and a reversed domain name, or Content-Type: and a media type";
        if is_bare_name(kind) {
            occasion.violated_as(Severity::Warning, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}

/// Whether a Type names a content type or a reversed domain, with its prefix or, as nearly all do, bare.
pub(in crate::rules) fn has_namespace(kind: &str) -> bool {
    has_prefix(kind) || is_bare_name(kind)
}

fn has_prefix(kind: &str) -> bool {
    ["Content-Type:", "Reversed-Domain-Name:"].iter().any(|prefix| kind.starts_with(prefix))
}

/// A reversed domain name, perhaps with names behind it; vendors put a colon or a slash between.
fn is_bare_name(kind: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let mut labels = kind.split(['/', ':']).flat_map(|part| part.split('.'));
    kind.contains('.') && labels.all(|label| !label.is_empty() && label.bytes().all(fits))
}

pub(super) static GENERIC_DATA: Rule = Rule {
    id: "ALR-013",
    name: "generic-alert-without-data",
    title: "An Item of a Generic Alert has Data",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7.1 Generic Alert: Data" }],
    what: "Each Item of an Alert 1226 has a Data element, which may be empty.",
    why: "The alert has no content; servers answer 412.",
    mend: "Put the content into Data of the Item, an empty one where there is none.",
    pass: &[GOOD],
    violate: &["device\n Alert 1201\n Alert 1226 type=\"Reversed-Domain-Name: com.example.a\" format=chr\n"],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, |alert, cx| needs_data(alert, GENERIC, cx)),
    ..Rule::MUST
};

pub(super) static MARK: Rule = Rule {
    id: "ALR-019",
    name: "generic-alert-mark-unknown",
    title: "Mark of a Generic Alert is one of seven words",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7.1 Generic Alert: Mark" }],
    what: "Each Mark in an Item of an Alert 1226 is fatal, critical, minor, warning, informational, harmless or \
           indeterminate. Another case is a warning.",
    why: "The server cannot rank the alert: an alarm stays in the queue of what can wait.",
    mend: "Use one of the seven words, in small letters, or leave Mark out for informational.",
    pass: &[GOOD],
    violate: &[
        "device\n Alert 1201\n Alert 1226 type=\"Reversed-Domain-Name: com.example.a\" format=chr mark=high data=1\n",
    ],
    not_applicable: &[FIRST],
    check: Check::Command(ALERT, mark),
    ..Rule::MUST
};

fn mark(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_alert(alert, GENERIC) {
        return;
    }
    for item in alert.items() {
        let Some(node) = alert.message().met_inf(item.meta, Tag::Mark) else { continue };
        let text = alert.text(node);
        let occasion = cx.occasion(alert.at_node(node));
        if MARKS.contains(&text) {
            continue;
        }
        let seen = format!("Mark {} in {}", quoted(text), shown(alert));
        if MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(text)) {
            occasion.violated_as(Severity::Warning, seen, "the same word in small letters");
        } else {
            occasion.violated(seen, MARKS.join(", "));
        }
    }
}

/// What an alert of the firmware update object is about (OMA-TS-DM-FUMO-V1_0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Firmware {
    /// The result of an operation on a firmware object.
    Result,
    /// A request for an update.
    Request,
}

fn firmware(alert: Cmd<'_>, item: &Item) -> Option<Firmware> {
    let kind = alert.text(alert.message().met_inf(item.meta, Tag::Type));
    let kind = kind.strip_prefix("Reversed-Domain-Name:").unwrap_or(kind).trim_start();
    match kind.strip_prefix("org.openmobilealliance.dm.firmwareupdate.")? {
        "download" | "update" | "downloadandupdate" => Some(Firmware::Result),
        "devicerequest" | "userrequest" => Some(Firmware::Request),
        _ => None,
    }
}

/// An update that failed, with all that its alert needs.
const FAILED_UPDATE: &str = "device\n Alert 1201\n Alert 1226 source=./FwUpdate/A \
                             type=org.openmobilealliance.dm.firmwareupdate.update format=chr mark=critical data=402\n";

pub(super) static FAILURE_MARKED: Rule = Rule {
    id: "ALR-020",
    name: "failure-alert-without-mark",
    title: "An alert that tells of a failure has a Mark that says so",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: FUMO, section: "Use of Generic Alert" }],
    what: "Where an Alert 1226 reports the result of a firmware download or update, and the result is a failure (4xx or 5xx), \
           Mark is there and is not informational. Alerts of other types are not looked at, since what their data means is not \
           known.",
    why: "A failed update ranks with messages that nobody reads.",
    mend: "Send Mark critical, or what fits, with a failing result.",
    pass: &[FAILED_UPDATE],
    violate: &["device\n Alert 1201\n Alert 1226 source=./FwUpdate/A \
                type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=402\n"],
    not_applicable: &[FIRST, GOOD],
    check: Check::Command(ALERT, failure_marked),
    ..Rule::SHOULD
};

fn failure_marked(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_alert(alert, GENERIC) {
        return;
    }
    for item in alert.items() {
        let result = alert.text(item.data);
        let is_failure = matches!(result.as_bytes(), [b'4' | b'5', b'0'..=b'9', b'0'..=b'9']);
        if firmware(alert, item) != Some(Firmware::Result) || !is_failure {
            continue;
        }
        let mark = alert.text(alert.message().met_inf(item.meta, Tag::Mark));
        let occasion = cx.occasion(alert.at_node(item.node));
        if mark.is_empty() || mark == "informational" {
            let with = if mark.is_empty() { "no Mark" } else { "Mark informational" };
            occasion
                .violated(format!("{} reports {} with {with}", shown(alert), quoted(result)), "Mark critical, for one");
        }
    }
}

pub(super) static SOURCE: Rule = Rule {
    id: "ALR-021",
    name: "firmware-alert-without-source",
    title: "The result of a firmware operation names its object",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[
        Clause { document: PRO, section: "8.7.1 Generic Alert: LocURI" },
        Clause { document: FUMO, section: "Use of Generic Alert" },
    ],
    what: "Each Item of an Alert 1226 whose Type is that of a firmware download, update, or both has Source with LocURI. \
           Requests of the device or its user may leave it out; other types are not looked at.",
    why: "The server cannot tell which of several updates came to its end.",
    mend: "Put the URI of the firmware object into Source.",
    pass: &[FAILED_UPDATE],
    violate: &[
        "device\n Alert 1201\n Alert 1226 type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200\n",
    ],
    not_applicable: &[
        FIRST,
        GOOD,
        "device\n Alert 1201\n Alert 1226 type=org.openmobilealliance.dm.firmwareupdate.userrequest format=chr data=1\n",
    ],
    check: Check::Command(ALERT, source),
    ..Rule::MUST
};

fn source(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_alert(alert, GENERIC) {
        return;
    }
    for (position, item) in alert.items().iter().enumerate() {
        if firmware(alert, item) != Some(Firmware::Result) || goes_on(alert, position) {
            continue;
        }
        if !alert.text(item.source_uri).is_empty() {
            cx.occasion(alert.at_node(item.node)).held();
            continue;
        }
        let seen = format!("Item {} of {} has no Source", position + 1, shown(alert));
        defective(alert, position, cx, Severity::Error, seen, "Source with the URI of the firmware object");
    }
}

pub(super) static AFTER_SESSION_ALERT: Rule = Rule {
    id: "ALR-022",
    name: "generic-alert-before-session-alert",
    title: "Generic Alerts come after the Alert that opens the session",
    severity: Severity::Warning,
    strict: Severity::Warning,
    level: Level::MustNot,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.7 Generic Alert" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: Some(Direction::DeviceToServer), effect: Effect::Off }],
    what: "In a message with Alert 1200 or 1201, no Alert 1226 stands before it. Order inside package 1 is one reading of the \
           text, hence a warning; of client events (1224) the text does not speak, and Windows clients are not looked at.",
    why: "Servers that read in order meet an alert of a session that is not open.",
    mend: "Send the Alert 1200 or 1201 first.",
    pass: &[GOOD],
    violate: &["device\n Alert 1226 type=\"Reversed-Domain-Name: com.example.a\" format=chr data=1\n Alert 1201\n"],
    not_applicable: &[FIRST],
    check: Check::Message(after_session_alert),
    ..Rule::MUST
};

fn after_session_alert(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.content.session_alert {
        return;
    }
    let code = |cmd: &Cmd<'_>| cmd.code().filter(|_| cmd.command.name == CommandName::Alert);
    let opens = |cmd: &Cmd<'_>| matches!(code(cmd), Some(1200 | 1201));
    let is_own = |cmd: &Cmd<'_>| matches!(code(cmd), Some(GENERIC));
    let Some(own) = msg.commands().find(is_own) else { return };
    let occasion = cx.occasion(own.at());
    if let Some(opening) = msg.commands().skip_while(|cmd| cmd.id < own.id).find(opens) {
        occasion.related(opening.at()).violated(
            format!("{} stands before the Alert {} of {}", shown(own), opening.text(opening.command.data), number(msg)),
            "Alert 1200 or 1201 first",
        );
    }
}
