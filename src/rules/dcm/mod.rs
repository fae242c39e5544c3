//! Device capabilities: requirements of the management-tree side, `DCM-001` to `DCM-010`.

use super::cx::{Cmd, Cx};
use super::mo::{self, SEEN, accuse, alerted, leaves, typed};
use super::rule::{Check, Clause, Family, Judged, LeftOut, Need, Rule, Scope, Source, Versions};
use super::sta::common::ONE_GET;
use super::sta::common::{shown, status_shown};
use crate::base::Severity;
use crate::objects::{DCMO, Sureness};
use crate::syncml::CommandName;

/// Where it is specified; the text itself could not be read.
const CLAUSE: &[Clause] = &[Clause { document: "OMA-TS-DCMO-V1_0", section: "Device Capability Management Object" }];

pub(super) static FAMILY: Family = Family {
    letters: "DCM",
    title: "Device capabilities",
    rules: &[&NODES, &VALUES, &TARGETS, &EFFECT, &ALERT, &CODE, &WRITTEN, &DETACHED],
    left_out: &[
        LeftOut {
            id: "DCM-003",
            title: "Group is one of the known words",
            why: "Group is free text; the known words are only the usual ones.",
        },
        LeftOut {
            id: "DCM-010",
            title: "Other alerts about capabilities",
            why: "They are accepted whatever they are: nothing is asked of them that holds for no other Generic Alert.",
        },
    ],
    ..Family::NONE
};

pub(super) static NODES: Rule = Rule {
    id: "DCM-001",
    name: "capability-nodes",
    title: "A capability has Property, Enabled and Operations",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of a DCMO object, Property, Enabled and Operations are among them; \
           other names than those of the description stand below Ext. An observation where only names tell that it is one.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Get ./D/Cam\n",
        " Status Get 200\n Results ./D/Cam=Property/Group/Enabled/Operations format=node\n"
    )],
    violate: &[
        typed!(
            "./D/Cam",
            "urn:oma:mo:oma-dcmo:1.0",
            " Get ./D/Cam\n",
            " Status Get 200\n Results ./D/Cam=Property/Enabled format=node\n"
        ),
        typed!(
            "./D/Cam",
            "urn:oma:mo:oma-dcmo:1.0",
            " Get ./D/Cam\n",
            " Status Get 200\n Results ./D/Cam=Property/Enabled/Operations/Size format=node\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &DCMO, &["", "DCMOConfig", "Operations"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static VALUES: Rule = Rule {
    id: "DCM-002",
    name: "capability-value-malformed",
    title: "A capability has a name, and switches that are true or false",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-006"],
    what: "A value of Attached, Enabled, DenyUserEnable or NotifyUser of a DCMO object, in Results, Add or Replace, is true or \
           false; one of Property in Results is not empty.",
    why: "The server cannot tell whether the capability is on.",
    mend: "Send true or false.",
    pass: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Get ./D/Cam/Enabled\n",
        " Status Get 200\n Results ./D/Cam/Enabled=true format=bool\n"
    )],
    violate: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Get ./D/Cam/Enabled\n",
        " Status Get 200\n Results ./D/Cam/Enabled=on format=chr\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace, CommandName::Results], values),
    ..SEEN
};
fn values(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    const SWITCHES: &[&str] = &["Attached", "Enabled", "DCMOConfig/DenyUserEnable", "DCMOConfig/NotifyUser"];
    mo::boolean(cmd, cx, &DCMO, SWITCHES, Severity::Warning);
    for leaf in leaves(cmd, cx, &DCMO).into_iter().filter(|leaf| leaf.is(&["Property"])) {
        let occasion = cx.occasion(leaf.at);
        if leaf.value.is_empty() {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), "a name");
        }
    }
}

pub(super) static TARGETS: Rule = Rule {
    id: "DCM-004",
    name: "capability-exec-elsewhere",
    title: "Exec is for Enable and Disable of a capability",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "The Target of an Exec below a DCMO object is Enable or Disable below Operations; nodes below Ext are the vendor's.",
    why: "Nothing is started.",
    mend: "Send Exec to the node of the operation.",
    pass: &[typed!("./D/Cam", "urn:oma:mo:oma-dcmo:1.0", " Exec ./D/Cam/Operations/Enable\n", " Status Exec 202\n")],
    violate: &[typed!("./D/Cam", "urn:oma:mo:oma-dcmo:1.0", " Exec ./D/Cam/Enabled\n", " Status Exec 405\n")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], |cmd, cx| mo::operations(cmd, cx, &DCMO, Severity::Warning)),
    ..SEEN
};
/// What the operations leave behind.
const AFTER: &[mo::After] = &[("Enable", "Enabled", "true"), ("Disable", "Enabled", "false")];

pub(super) static EFFECT: Rule = Rule {
    id: "DCM-005",
    name: "capability-against-result",
    title: "A capability that was enabled is enabled, one that was disabled is not",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    needs: &[Need::NoLoss],
    what: "Enabled of a DCMO object, asked for after an Enable or Disable that went well by its Status or alert, with no other \
           operation in between, is true or false. An observation where nothing tells whether a capability that can be removed \
           is there; left out where Attached is false.",
    why: "The server believes that the operation has done what it has not.",
    mend: "Answer with success when the new value can be read.",
    pass: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Exec ./D/Cam/Operations/Disable\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./D/Cam/Enabled\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./D/Cam/Enabled=false format=bool\n"
    )],
    violate: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Exec ./D/Cam/Operations/Disable\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./D/Cam/Enabled\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./D/Cam/Enabled=true format=bool\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], effect),
    ..SEEN
};
/// What the client said of Attached of a capability in the session: its value, empty where its list of nodes has none.
fn attached<'s>(cmd: Cmd<'s>, cx: &Cx<'_>, root: &str) -> Option<&'s str> {
    let uri = format!("{}/Attached", root.trim_end_matches('/'));
    if let Some((_, value)) = mo::last_value(cmd, &uri, &uri) {
        return Some(value);
    }
    let instances = cx.instances();
    let is_root = |uri: &str| instances.at(uri).is_some_and(|found| found.path.is_empty() && found.root == root);
    instances.lists().any(|list| is_root(&list.uri) && !list.has("Attached")).then_some("")
}

fn effect(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(leaf) = leaves(cmd, cx, &DCMO).into_iter().find(|leaf| leaf.is(&["Enabled"])) else { return };
    let severity = match attached(cmd, cx, &leaf.root) {
        Some("") => Severity::Warning,
        Some(value) if value.eq_ignore_ascii_case("true") => Severity::Warning,
        Some(_) => return,
        None => Severity::Info,
    };
    mo::after_success(cmd, cx, &DCMO, AFTER, severity);
}

pub(super) static ALERT: Rule = Rule {
    id: "DCM-006",
    name: "capability-alert-malformed",
    title: "The alert about a capability has its node and a result code",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "Source of an alert about the end of an operation on a capability is there, and is not the root of the tree or a \
           node of the standardized objects; its Data is a whole number, or has one in a ResultCode element.",
    why: "The server does not know whether the capability is on.",
    mend: "Send the URI of the operation, and the code.",
    pass: &[alerted!(
        "source=./D/Cam/Operations/Enable type=urn:oma:at:dcmo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[
        alerted!("source=./DevInfo type=urn:oma:at:dcmo:1.0:OperationComplete format=int data=1200"),
        alerted!("source=./D/Cam type=urn:oma:at:dcmo:1.0:OperationComplete format=chr data=done"),
    ],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| {
        mo::source(cmd, cx, &DCMO, Severity::Warning);
        mo::has_code(cmd, cx, &DCMO, Severity::Warning);
    }),
    ..SEEN
};
pub(super) static CODE: Rule = Rule {
    id: "DCM-007",
    name: "capability-result-unknown",
    title: "The result of an operation on a capability is of a known class",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    what: "The result code of an alert about the end of an operation on a capability is 1200 to 1299, 1400 to 1499, or 1500 to \
           1599. The table of codes could not be read: an observation.",
    why: "The server cannot tell success from failure.",
    mend: "Send a code of one of the classes.",
    pass: &[alerted!(
        "source=./D/Cam/Operations/Enable type=urn:oma:at:dcmo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[alerted!("source=./D/Cam type=urn:oma:at:dcmo:1.0:OperationComplete format=int data=200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::code_known(cmd, cx, &DCMO, Severity::Info)),
    ..SEEN
};
pub(super) static WRITTEN: Rule = Rule {
    id: "DCM-008",
    name: "capability-written",
    title: "Servers write the settings of a capability alone",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    what: "No Add, Replace or Delete of the server is for Property, Group, Description, Attached or Enabled of a DCMO object. \
           Devices may take more commands: an observation.",
    why: "The device refuses it, and the capability does not change.",
    mend: "Switch with Exec; write below DCMOConfig.",
    pass: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Replace ./D/Cam/DCMOConfig/NotifyUser=true format=bool\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Replace ./D/Cam/Enabled=true format=bool\n",
        " Status Replace 405\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace, CommandName::Delete], |cmd, cx| {
        mo::written(cmd, cx, &DCMO, &["Property", "Group", "Description", "Attached", "Enabled"], Severity::Info);
    }),
    ..SEEN
};
pub(super) static DETACHED: Rule = Rule {
    id: "DCM-009",
    name: "capability-enabled-when-detached",
    title: "A capability that is not there is not enabled",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    needs: &[Need::NoLoss],
    what: "A Status 200 for Enable of a DCMO object does not follow the client's word in the session that Attached is false.",
    why: "The server believes that the capability can be used.",
    mend: "Answer with a code of failure.",
    pass: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Get ./D/Cam/Attached\n",
        " Status Get 200\n Results ./D/Cam/Attached=true format=bool\nserver\n Status SyncHdr 200\n Exec ./D/Cam/Operations/Enable\ndevice\n Status SyncHdr 200\n Status Exec 200\n"
    )],
    violate: &[typed!(
        "./D/Cam",
        "urn:oma:mo:oma-dcmo:1.0",
        " Get ./D/Cam/Attached\n",
        " Status Get 200\n Results ./D/Cam/Attached=false format=bool\nserver\n Status SyncHdr 200\n Exec ./D/Cam/Operations/Enable\ndevice\n Status SyncHdr 200\n Status Exec 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Answer(&[CommandName::Exec], detached),
    ..SEEN
};
fn detached(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(exec) = status.answered().filter(|exec| exec.msg.entry.is_server()) else { return };
    let uri = exec.items().first().map_or("", |item| exec.text(item.target_uri));
    let instances = cx.instances();
    let Some(found) = instances.of_object(&DCMO, uri) else { return };
    if found.node.is_none_or(|node| node.name() != "Enable") || found.sureness != Sureness::Sure {
        return;
    }
    let attached = format!("{}/Attached", found.root.trim_end_matches('/'));
    let Some((at, value)) = mo::last_value(exec, &attached, &attached) else { return };
    let occasion = cx.occasion(status.at()).related(at).related(exec.at());
    if status.code() == Some(200) && value.eq_ignore_ascii_case("false") {
        occasion.violated(
            format!("{}, {}, and {attached} is false", status_shown(status), shown(exec)),
            "a code of failure",
        );
    }
}
