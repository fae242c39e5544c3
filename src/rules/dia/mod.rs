//! Diagnostics and monitoring: requirements of the management-tree side, `DIA-001` to `DIA-012`.

use super::cx::{Cmd, Cx};
use super::helper::quoted;
use super::mo::{self, SEEN, accuse, alerted, leaves, typed};
use super::operation;
use super::rule::{Check, Clause, Family, Judged, LeftOut, Rule, Scope, Source, Versions};
use super::sta::common::{ONE_GET, shown};
use crate::base::Severity;
use crate::objects::{self, DIAG_FUNCTION, DIAG_TRAP};
use crate::syncml::CommandName;

/// Where it is specified; the text itself could not be read.
const CLAUSE: &[Clause] = &[Clause { document: "OMA-TS-DiagMonMOFrame-V1_2", section: "DiagMon Management Object" }];
/// The same of traps.
const TRAPS: &[Clause] = &[Clause { document: "OMA-TS-DiagMonTrapMOFrame-V1_2", section: "Trap Management Object" }];

pub(super) static FAMILY: Family = Family {
    letters: "DIA",
    title: "Diagnostics and monitoring",
    rules: &[&TARGETS, &TYPE, &TRAP_SOURCE, &SOURCE, &CODE, &UNITS, &LIMITS, &DATA_URL],
    left_out: &[
        LeftOut {
            id: "DIA-001",
            title: "Functions and traps have their identifiers",
            why: "That is how they are recognised: an object with another identifier is another object.",
        },
        LeftOut {
            id: "DIA-002",
            title: "A function has the nodes of its description",
            why: "Every node is optional, and each function has its own: only its description file tells, to which DDF-021 holds a device with `--ddf`.",
        },
        LeftOut {
            id: "DIA-008",
            title: "Alerts of a function go to the server that its ServerID names",
            why: "ServerID is a name of the account on the device; on the wire servers have addresses, and nothing ties the two.",
        },
        LeftOut {
            id: "DIA-010",
            title: "A trap that is disabled is silent",
            why: "Another server may have enabled it again; what it does in other sessions is not known.",
        },
    ],
    ..Family::NONE
};

pub(super) static TARGETS: Rule = Rule {
    id: "DIA-003",
    name: "diagnostics-exec-elsewhere",
    title: "Exec is for what stands below Operations of a function",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    source: Source::Memory,
    what: "The Target of an Exec below a function of DiagMon stands below its Operations; nodes below Ext are the vendor's.",
    why: "Nothing is started.",
    mend: "Send Exec to the node of the operation.",
    pass: &[typed!("./G", "urn:oma:mo:oma-diag:memory:1.0", " Exec ./G/Operations/Start\n", " Status Exec 202\n")],
    violate: &[typed!("./G", "urn:oma:mo:oma-diag:memory:1.0", " Exec ./G/DiagMonData\n", " Status Exec 405\n")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], targets),
    ..SEEN
};
fn targets(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let instances = cx.instances();
    let Some(item) = exec.items().first().filter(|_| exec.msg.entry.is_server()) else { return };
    let uri = exec.text(item.target_uri);
    let Some(found) = instances.of_object(&DIAG_FUNCTION, uri) else { return };
    if found.path.split('/').any(|name| name.eq_ignore_ascii_case("Ext")) {
        return;
    }
    let occasion = cx.occasion(exec.at_node(item.target_uri));
    // Functions may stand below one another.
    let mut around = found.path.split('/').rev().skip(1);
    if !around.any(|name| name.eq_ignore_ascii_case("Operations")) {
        let seen = format!("{} on {}", shown(exec), quoted(uri));
        accuse(occasion, (Severity::Warning, mo::of_nodes(found.sureness)), seen, "a node below Operations");
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "DIA-004",
    name: "diagnostics-alert-type-unknown",
    title: "An alert of diagnostics has a registered type",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Registry,
    what: "The type of an alert that begins like those of DiagMon is one of the five that are registered, in any version. \
           Others may have been registered since: an observation.",
    why: "The server does not know what the alert tells.",
    mend: "Send a registered type.",
    pass: &[alerted!("source=./G/Operations/Start type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=1200")],
    violate: &[alerted!("source=./G type=urn:oma:at:diagmon:1.0:Finished format=int data=1200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], kind),
    ..SEEN
};
fn kind(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    const START: &str = "urn:oma:at:diagmon:";
    let Some(content) = operation::content(alert, cx) else { return };
    if !content.kind.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START)) {
        return;
    }
    let occasion = cx.occasion(alert.at());
    if objects::by_alert(&content.kind).is_none() {
        let kinds = DIAG_FUNCTION.alerts.iter().chain(DIAG_TRAP.alerts).map(|alert| alert.kind);
        let known: Vec<&str> = kinds.filter_map(|kind| kind.rsplit(':').next()).collect();
        let seen = format!("{} of type {}", shown(alert), quoted(&content.kind));
        occasion.violated(seen, format!("one of {}", known.join(", ")));
    }
}

pub(super) static TRAP_SOURCE: Rule = Rule {
    id: "DIA-005",
    name: "trap-alert-from-elsewhere",
    title: "The alert of a trap names the trap",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: TRAPS,
    versions: Versions::Since1_2,
    source: Source::Registry,
    what: "Source of an alert of a trap is there, and is not the root of the tree or a node of DevInfo, DevDetail, DMAcc or \
           the Inbox.",
    why: "The server cannot tell which trap fired.",
    mend: "Put the URI of the trap into Source.",
    pass: &[alerted!("source=./G/Trap type=urn:oma:at:diagmon:1.0:TrapNotification format=int data=1")],
    violate: &[alerted!("source=./DevDetail type=urn:oma:at:diagmon:1.0:TrapNotification format=int data=1")],
    not_applicable: &[
        ONE_GET,
        alerted!("source=./X type=org.example.thing format=int data=7"),
        alerted!("source=./G/Operations/Start type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=1200"),
    ],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::source(cmd, cx, &DIAG_TRAP, Severity::Warning)),
    ..SEEN
};
pub(super) static SOURCE: Rule = Rule {
    id: "DIA-006",
    name: "diagnostics-alert-from-elsewhere",
    title: "The alert about diagnostics names the function",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    source: Source::Memory,
    what: "Source of an alert that an operation of a function has ended, or of one with data that it collected, is there, and \
           is not the root of the tree or a node of DevInfo, DevDetail, DMAcc or the Inbox.",
    why: "The server cannot tell which function it is about.",
    mend: "Put the URI of the function, or of the operation, into Source.",
    pass: &[alerted!("source=./G/Operations/Start type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=1200")],
    violate: &[alerted!("source=./DevDetail type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=1200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::source(cmd, cx, &DIAG_FUNCTION, Severity::Warning)),
    ..SEEN
};
pub(super) static CODE: Rule = Rule {
    id: "DIA-007",
    name: "diagnostics-result-unknown",
    title: "The result of an operation of diagnostics is of a known class",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    what: "The result code of an alert that an operation of a function has ended is 1200 to 1299, 1400 to 1499, or 1500 to \
           1599. The table of codes could not be read: an observation.",
    why: "The server cannot tell success from failure.",
    mend: "Send a code of one of the classes.",
    pass: &[alerted!("source=./G/Operations/Start type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=1200")],
    violate: &[alerted!("source=./G type=urn:oma:at:diagmon:1.0:OperationComplete format=int data=200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::code_known(cmd, cx, &DIAG_FUNCTION, Severity::Info)),
    ..SEEN
};
pub(super) static UNITS: Rule = Rule {
    id: "DIA-009",
    name: "diagnostics-value-impossible",
    title: "Values that were collected are possible",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    yields_to: &["MET-005"],
    what: "Results for BatteryLevel below DiagMonData of a function are a number from 0 to 100, those for RAMTotal and \
           RAMAvail a whole number.",
    why: "The server shows nonsense.",
    mend: "Send a level in percent, and sizes as numbers.",
    pass: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Get ./G/DiagMonData/BatteryLevel\n",
        " Status Get 200\n Results ./G/DiagMonData/BatteryLevel=80 format=int\n"
    )],
    violate: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Get ./G/DiagMonData/BatteryLevel\n",
        " Status Get 200\n Results ./G/DiagMonData/BatteryLevel=180 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], units),
    ..SEEN
};
fn units(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &DIAG_FUNCTION).into_iter().filter(|leaf| leaf.is(&["DiagMonData/<X>"])) {
        let name = leaf.uri.rsplit('/').next().unwrap_or_default();
        let most = match name {
            "BatteryLevel" => 100,
            "RAMTotal" | "RAMAvail" => u64::MAX,
            _ => continue,
        };
        let occasion = cx.occasion(leaf.at);
        if !leaf.value.parse::<u64>().is_ok_and(|value| value <= most) {
            let expected = if most == 100 { "0 to 100" } else { "a whole number" };
            accuse(occasion, (Severity::Info, leaf.sureness), leaf.shown(), expected);
        }
    }
}

pub(super) static LIMITS: Rule = Rule {
    id: "DIA-011",
    name: "diagnostics-limit-malformed",
    title: "Limits of time and memory are positive numbers",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    source: Source::Registry,
    yields_to: &["MET-005"],
    what: "An Add or Replace of DefDuration or DefMemory of a function has a whole number that is more than 0.",
    why: "The function does not run, or without a limit.",
    mend: "Send a positive number.",
    pass: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Replace ./G/DiagMonConfig/DefDuration=600 format=int\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Replace ./G/DiagMonConfig/DefDuration=0 format=int\n",
        " Status Replace 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace], limits),
    ..SEEN
};
fn limits(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    const LIMITS: &[&str] = &["DiagMonConfig/DefDuration", "DiagMonConfig/DefMemory"];
    for leaf in leaves(cmd, cx, &DIAG_FUNCTION).into_iter().filter(|leaf| leaf.is(LIMITS)) {
        let occasion = cx.occasion(leaf.at);
        if !leaf.value.parse::<u64>().is_ok_and(|value| value > 0) {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), "a whole number that is more than 0");
        }
    }
}

pub(super) static DATA_URL: Rule = Rule {
    id: "DIA-012",
    name: "diagnostics-url-not-absolute",
    title: "The server for data is an absolute URL",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    source: Source::Registry,
    what: "An Add or Replace of DiagDataURL of a function has an absolute URL, or nothing.",
    why: "The device does not know where to send the data.",
    mend: "Send the URL with its scheme.",
    pass: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Replace ./G/DiagMonConfig/DiagDataURL=https://example.com/d format=chr\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./G",
        "urn:oma:mo:oma-diag:memory:1.0",
        " Replace ./G/DiagMonConfig/DiagDataURL=example.com/d format=chr\n",
        " Status Replace 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace], data_url),
    ..SEEN
};
fn data_url(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &DIAG_FUNCTION).into_iter().filter(|leaf| leaf.is(&["DiagMonConfig/DiagDataURL"])) {
        let occasion = cx.occasion(leaf.at);
        let scheme = leaf.value.split_once(':').map_or("", |(scheme, _)| scheme);
        let is_scheme = |text: &str| {
            text.starts_with(|ch: char| ch.is_ascii_alphabetic())
                && text.chars().all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '+' | '-' | '.'))
        };
        if !leaf.value.is_empty() && !is_scheme(scheme) {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), "an absolute URL");
        }
    }
}
