//! Which Alerts there are, and who may send them: ALR-001 to ALR-006.

use super::super::cx::{Cmd, Cx};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Versions};
use super::super::sta::common::{FIRST, ONE_GET, opened};
use super::{ALERT, DREP, PRO, shown};
use crate::base::{Direction, Severity};
use crate::dm::Version;
use crate::syncml::number;

const CODES: Clause = Clause { document: DREP, section: "7 Alert Codes" };
const ALERT_ELEMENT: Clause = Clause { document: DREP, section: "6.6.2 Alert" };

/// A message that holds no Alert.
const NO_ALERT: &str = "device\n Replace ./DevInfo/Lang=en\n";

/// One code of an Alert (OMA-TS-DM_RepPro-V1_2_1, section 7).
struct Code {
    code: u16,
    name: &'static str,
    /// Who sends it; `None` for both sides.
    sender: Option<Direction>,
    /// Whether DM 1.2 brought it.
    since_1_2: bool,
}

const fn code(code: u16, name: &'static str, sender: Option<Direction>) -> Code {
    Code { code, name, sender, since_1_2: false }
}

const DEVICE: Option<Direction> = Some(Direction::DeviceToServer);
const SERVER: Option<Direction> = Some(Direction::ServerToDevice);

/// Every code of device management, ascending.
static KNOWN: [Code; 12] = [
    code(1100, "display", SERVER),
    code(1101, "confirmation", SERVER),
    code(1102, "user input", SERVER),
    code(1103, "single choice", SERVER),
    code(1104, "multiple choice", SERVER),
    code(1200, "session initiated by the server", DEVICE),
    code(1201, "session initiated by the client", DEVICE),
    code(1222, "next message", None),
    code(1223, "session abort", None),
    code(1224, "client event", DEVICE),
    code(1225, "no end of data", None),
    Code { since_1_2: true, ..code(1226, "generic alert", DEVICE) },
];

fn known(code: u16) -> Option<&'static Code> {
    KNOWN.iter().find(|known| known.code == code)
}

/// What an Alert with a code is.
pub(in crate::rules) fn meaning(code: u16) -> Option<&'static str> {
    known(code).map(|known| known.name)
}

pub(super) static CODE: Rule = Rule {
    id: "ALR-001",
    name: "alert-without-code",
    title: "An Alert has its code in Data",
    scope: Scope::Element,
    clause: &[ALERT_ELEMENT],
    what: "Each Alert has a Data element with a decimal number.",
    why: "Without the code nobody knows what is to be done; most implementations refuse the whole message.",
    mend: "Put the code into Data of the Alert itself, not into an Item.",
    pass: &[FIRST],
    violate: &["device\n Alert 1201\n patch \"<Data>1201</Data>\" => \"\"\n"],
    not_applicable: &[NO_ALERT],
    check: Check::Command(ALERT, has_code),
    ..Rule::MUST
};

fn has_code(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(alert.at_node(alert.command.data));
    let text = alert.text(alert.command.data);
    if number(text).is_some() {
        return;
    }
    let seen = match alert.command.data {
        None => "an Alert has no Data".to_owned(),
        Some(_) => format!("Data of an Alert is {}", quoted(text)),
    };
    occasion.violated(seen, "the code of the Alert, a decimal number");
}

pub(super) static DEFINED: Rule = Rule {
    id: "ALR-002",
    name: "alert-code-undefined",
    title: "The code of an Alert is one of device management",
    scope: Scope::Element,
    clause: &[CODES],
    what: "Each code is one of 1100 to 1104, 1200, 1201 and 1222 to 1226; codes of data synchronisation (200 to 250) are not. \
           1226 in DM 1.1.2, and a code from 1227 on in a version after DM 1.2, are warnings.",
    why: "The receiver answers 406 or drops the Alert; what it was meant to start does not happen.",
    mend: "Use the code that device management defines; say what has none with a Generic Alert, 1226.",
    pass: &[FIRST],
    violate: &["device\n Alert 1201\n Alert 1221\n", "device\n Alert 200\n"],
    not_applicable: &[NO_ALERT],
    check: Check::Command(ALERT, defined),
    ..Rule::MUST
};

fn defined(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    // What is no number at all is another rule's matter; one that is too large for a code is a code that is not defined.
    let text = alert.text(alert.command.data);
    if number(text).is_none() && alert.code().is_none() {
        return;
    }
    let version = cx.profile().version();
    let occasion = cx.occasion(alert.at_node(alert.command.data));
    let expected = "1100 to 1104, 1200, 1201 or 1222 to 1226";
    match alert.code().and_then(known) {
        Some(known) if known.since_1_2 && version == Version::V1_1_2 => occasion.violated_as(
            Severity::Warning,
            format!("an Alert {text} ({}), which came with DM 1.2", known.name),
            "a code of DM 1.1.2",
        ),
        Some(_) => occasion.held(),
        None => {
            let seen = format!("an Alert with the code {}", quoted(text));
            let is_later =
                matches!(version, Version::V1_3 | Version::Unknown) && alert.code().is_none_or(|code| code > 1226);
            if is_later {
                occasion.violated_as(Severity::Warning, seen, expected);
            } else {
                occasion.violated(seen, expected);
            }
        }
    }
}

/// Whether an Alert has one of these codes and comes from the side that may not send it, in words.
fn wrong_side(alert: Cmd<'_>, codes: std::ops::RangeInclusive<u16>) -> Option<String> {
    let known = alert.code().filter(|code| codes.contains(code)).and_then(known)?;
    let sender = known.sender.filter(|sender| *sender != alert.msg.entry.direction)?;
    let (by, of) = match sender {
        Direction::DeviceToServer => ("the server", "the client"),
        Direction::ServerToDevice => ("the client", "the server"),
    };
    Some(format!("{} ({}) comes from {by}; it belongs to {of}", shown(alert), known.name))
}

pub(super) static USER_INTERACTION: Rule = Rule {
    id: "ALR-003",
    name: "user-interaction-from-client",
    title: "Only the server sends user interaction Alerts",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2 User interaction alerts" }],
    what: "No Alert of the client has a code from 1100 to 1104.",
    why: "The server ignores it: it has no user.",
    mend: "Report what happened on the device with a Generic Alert, 1226.",
    pass: &[FIRST],
    violate: &["device\n Alert 1201\n Alert 1100 \"\" \"Hello\"\n"],
    not_applicable: &[NO_ALERT],
    check: Check::Command(ALERT, user_interaction),
    ..Rule::MUST
};

fn user_interaction(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(alert.at());
    if let Some(seen) = wrong_side(alert, 1100..=1104) {
        occasion.violated(seen, "an Alert of the client: 1200, 1201 or 1222 to 1226");
    }
}

/// A session in which the server sends an Alert that it may send.
const DISPLAY: &str = opened!(" Alert 1100 \"\" \"Please wait\"");

pub(super) static SESSION: Rule = Rule {
    id: "ALR-004",
    name: "session-alert-from-server",
    title: "Only the client sends the Alerts that open a session",
    level: Level::ShouldNot,
    strict: Severity::Error,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.3 Package 1" }, CODES],
    what: "No Alert of the server has 1200 or 1201. No sentence forbids it in words; the codes belong to package 1.",
    why: "Clients answer 406, or take it for another session and begin again.",
    mend: "Ask for a session with a notification (package 0); inside a session no Alert is needed.",
    pass: &[DISPLAY],
    violate: &[opened!(" Alert 1200")],
    not_applicable: &[ONE_GET],
    check: Check::Command(ALERT, session),
    ..Rule::SHOULD
};

fn session(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(alert.at());
    if let Some(seen) = wrong_side(alert, 1200..=1201) {
        occasion.violated(seen, FROM_SERVER);
    }
}

/// What a server may send.
const FROM_SERVER: &str = "an Alert of the server: 1100 to 1104, 1222, 1223 or 1225";

pub(super) static CLIENT_EVENT: Rule = Rule {
    id: "ALR-005",
    name: "client-event-from-server",
    title: "Only the client sends client events",
    level: Level::MustNot,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[CODES],
    what: "No Alert of the server has 1224.",
    why: "Clients have nothing to do for it, and answer 406.",
    mend: "Start what the device is to do with Exec.",
    pass: &[DISPLAY],
    violate: &[opened!(" Alert 1224 type=com.example.event format=chr data=1")],
    not_applicable: &[ONE_GET],
    check: Check::Command(ALERT, client_event),
    ..Rule::MUST
};

fn client_event(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(alert.at());
    if let Some(seen) = wrong_side(alert, 1224..=1224) {
        occasion.violated(seen, FROM_SERVER);
    }
}

pub(super) static GENERIC_ALERT: Rule = Rule {
    id: "ALR-006",
    name: "generic-alert-from-server",
    title: "Only the client sends Generic Alerts",
    level: Level::MustNot,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "8.7 Generic Alert" }],
    what: "No Alert of the server has 1226.",
    why: "Clients have nothing to do for it, and answer 406.",
    mend: "Start what the device is to do with Exec, and tell its user with Alert 1100.",
    pass: &[DISPLAY],
    violate: &[opened!(" Alert 1226 type=\"Reversed-Domain-Name: com.example.a\" format=chr data=1")],
    not_applicable: &[ONE_GET],
    check: Check::Command(ALERT, generic_alert),
    ..Rule::MUST
};

fn generic_alert(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(alert.at());
    if let Some(seen) = wrong_side(alert, 1226..=1226) {
        occasion.violated(seen, FROM_SERVER);
    }
}
